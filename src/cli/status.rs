//! `comity status`: how things stand, at a glance.

use super::{
    control::{self, Door},
    output,
};
use crate::{
    base::{Clock, Instant, Zone},
    clock::SystemClock,
    engine::{
        files::in_force::Trouble,
        office::{
            approval::Draft,
            standing::{Polled, Standing},
        },
    },
    gate::{DraftCause, facts::HaltCause},
    store::{LivingNode, Restored, calendar::SourceState},
};
use serde::Serialize;
use std::{collections::BTreeMap, path::Path, process::ExitCode};

/// Show how things stand: messages by state, what is due next, what is halted, which files are in force.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity status
  comity status --json | jq .next_due

With --json, times are in UTC; on the terminal they are by the business's clock.")]
pub struct Args {
    /// Print it as one JSON value.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed {
    daemon: bool,
    rehearsal: bool,
    revision: Option<String>,
    in_force_since: Option<String>,
    plans_are_behind: bool,
    files_in_trouble: Option<PrintedTrouble>,
    drafts: Vec<PrintedDraft>,
    unread: u64,
    page_proven_at: Option<String>,
    customers: u64,
    records: u64,
    plans: BTreeMap<&'static str, u64>,
    refused: BTreeMap<String, u64>,
    suppressions: u64,
    oldest_open: Option<String>,
    next_due: Option<String>,
    halts: Vec<PrintedHalt>,
    restored: Option<PrintedRestored>,
    journal: u64,
    nodes: Vec<PrintedNode>,
    calendars: Vec<PrintedCalendar>,
    visits_of_nobody: u64,
    answers: BTreeMap<&'static str, u64>,
    visits_past: u64,
    visits_kept: u64,
    requests: u64,
    first_request_due: Option<String>,
    owner_untold: Option<String>,
    webhook_gone_since: Option<String>,
    unsealed_since: Option<String>,
}

#[derive(Serialize)]
struct PrintedNode {
    home: String,
    beat_at: String,
    holds: u64,
}

#[derive(Serialize)]
struct PrintedCalendar {
    name: String,
    visits: i64,
    confirmed_at: Option<String>,
    trouble: Option<String>,
    trouble_since: Option<String>,
    out_of_date: bool,
}

/// Files that can't come into force.
#[derive(Serialize)]
struct PrintedTrouble {
    since: String,
    why: String,
}

/// A workflow that waits for a yes.
#[derive(Serialize)]
struct PrintedDraft {
    workflow: String,
    why: DraftCause,
    waiting: u64,
}

#[derive(Serialize)]
struct PrintedHalt {
    cause: HaltCause,
    since: String,
}

/// That the database is an older one.
#[derive(Serialize)]
struct PrintedRestored {
    knows_to: Option<String>,
    came_to: String,
    messages: u64,
}

/// Asks and prints.
///
/// # Errors
/// When the installation can't be reached.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let ask = async |door: &Door| Ok(House { standing: door.standing().await?, daemon: door.is_daemon() });
    let (house, _) = control::visit(dir, ask)?;
    let calendars = calendars(&house.standing, SystemClock.now());
    if args.json {
        output::json(&printed(&house, &calendars))?;
    } else {
        output::line(table(&house, &calendars));
    }
    Ok(ExitCode::SUCCESS)
}

struct House {
    standing: Standing,
    daemon: bool,
}

/// A calendar of comity.toml, with what is known of it.
struct Calendar<'a> {
    polled: &'a Polled,
    state: Option<&'a SourceState>,
    age: Age,
}

/// Whether a calendar was read lately.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    InTime,
    OutOfDate,
}

fn calendars<'a>(standing: &'a Standing, now: Instant) -> Vec<Calendar<'a>> {
    let of = |polled: &'a Polled| {
        let state = standing.status.sources.iter().find(|state| state.name == polled.name);
        let read_at = state.and_then(|state| state.confirmed_at);
        let is_old = read_at.is_none_or(|at| now > at.plus(polled.stale_after));
        Calendar { polled, state, age: if is_old { Age::OutOfDate } else { Age::InTime } }
    };
    standing.calendars.iter().map(of).collect()
}

impl Calendar<'_> {
    fn printed(&self) -> PrintedCalendar {
        let state = self.state.cloned().unwrap_or_default();
        let (trouble, trouble_since) = state.trouble.map(|(what, since)| (what, since.to_string())).unzip();
        PrintedCalendar {
            name: self.polled.name.clone(),
            visits: state.visits,
            confirmed_at: state.confirmed_at.map(|at| at.to_string()),
            trouble,
            trouble_since,
            out_of_date: self.age == Age::OutOfDate,
        }
    }

    fn sentence(&self, at: impl Fn(Instant) -> String) -> String {
        let Some(state) = self.state else { return "not read yet: the daemon reads it".to_owned() };
        let read = match state.confirmed_at {
            Some(read_at) => format!("{} visits, read {}", state.visits, at(read_at)),
            None => "never read".to_owned(),
        };
        let old = if self.age == Age::OutOfDate { "OUT OF DATE: " } else { "" };
        match &state.trouble {
            Some((trouble, since)) => format!("{old}{read}; in trouble since {}: {trouble}", at(*since)),
            None => format!("{old}{read}"),
        }
    }
}

fn printed(house: &House, calendars: &[Calendar<'_>]) -> Printed {
    let House { standing, daemon } = house;
    let at = |at: Instant| at.to_string();
    let Standing { status, revision, trouble, .. } = standing;
    Printed {
        daemon: *daemon,
        rehearsal: standing.rehearsal,
        revision: revision.as_ref().map(|revision| revision.digest.clone()),
        in_force_since: revision.as_ref().map(|revision| at(revision.in_force_at)),
        plans_are_behind: revision.as_ref().is_some_and(|revision| revision.planned_at.is_none()),
        files_in_trouble: trouble.clone().map(|trouble| PrintedTrouble { since: at(trouble.since), why: trouble.why }),
        unread: standing.unread,
        drafts: standing.drafts.iter().map(printed_draft).collect(),
        page_proven_at: standing.page_proven_at.map(at),
        customers: status.customers,
        records: status.records,
        plans: status.plans.iter().map(|(state, count)| (state.name(), *count)).collect(),
        refused: status.refused.clone(),
        suppressions: status.suppressions,
        oldest_open: status.oldest_open.map(at),
        next_due: status.next_due.map(at),
        halts: status.halts.iter().map(|h| PrintedHalt { cause: h.cause, since: at(h.since) }).collect(),
        restored: status.restored.as_ref().map(|restored| PrintedRestored {
            knows_to: restored.knows_to.map(at),
            came_to: at(restored.came_to),
            messages: restored.messages,
        }),
        journal: status.journal,
        nodes: status.nodes.iter().map(printed_node).collect(),
        calendars: calendars.iter().map(Calendar::printed).collect(),
        visits_of_nobody: status.visits_of_nobody,
        answers: status.answers.iter().map(|(answer, count)| (answer.name(), *count)).collect(),
        visits_past: status.visits_past,
        visits_kept: status.visits_kept,
        requests: standing.requests.map_or(0, |(count, _)| count),
        first_request_due: standing.requests.map(|(_, first)| at(first)),
        owner_untold: status.owner_untold.clone(),
        webhook_gone_since: standing.webhook_gone_since.map(at),
        unsealed_since: late_seal(house).map(at),
    }
}

fn printed_node(LivingNode { home, beat_at, holds, .. }: &LivingNode) -> PrintedNode {
    PrintedNode { home: home.clone(), beat_at: beat_at.to_string(), holds: *holds }
}

fn printed_draft(Draft { workflow, why, waiting }: &Draft) -> PrintedDraft {
    PrintedDraft { workflow: workflow.clone(), why: *why, waiting: *waiting }
}

/// With the zone whose clock it is.
pub(super) fn by_clock(at: Instant, zone: Zone) -> String {
    format!("{} ({zone})", zone.local(at).format("%Y-%m-%d %H:%M"))
}

/// What an older database knows, what may have left already, and what to do.
pub(super) fn at_stake(Restored { knows_to, came_to, messages, .. }: &Restored, zone: Zone) -> String {
    let at = |at: Instant| format!("{} ({zone})", zone.local(at).format("%Y-%m-%d %H:%M:%S"));
    let knows =
        knows_to.map_or_else(|| "nothing that was done".to_owned(), |to| format!("what happened until {}", at(to)));
    format!(
        "It knows {knows}, and had come to {} before. {messages} messages are due now that may have left already: `comity \
         resume --skip-restored` never sends them, `comity resume --send-restored` does.",
        at(*came_to)
    )
}

/// The files in force, those that can't be, and the workflows that wait for a yes.
fn files(House { standing, daemon }: &House) -> Vec<(String, String)> {
    let Standing { zone, revision, drafts, unread, trouble, .. } = standing;
    let at = |at: Instant| by_clock(at, *zone);
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    if let Some(revision) = revision {
        row("files in force", format!("revision {}, since {}", revision.digest, at(revision.in_force_at)));
        if revision.planned_at.is_none() {
            let planned = if *daemon { "messages are being planned" } else { "the next start plans the messages" };
            row("", format!("{planned} by them, and nothing is sent before"));
        }
    }
    if let Some(Trouble { since, why }) = trouble {
        row("NOT IN FORCE", format!("the files as they lie there, since {}: {why}", at(*since)));
    }
    for Draft { workflow, why, waiting } in drafts {
        let waiting = if *waiting > 0 { format!(" {waiting} messages wait.") } else { String::new() };
        row(&format!("draft {workflow}"), why.sentence(workflow, *zone) + &waiting);
    }
    if *unread > 0 {
        row("to be read", format!("{unread} messages wait for a person: `comity approvals list`"));
    }
    rows
}

/// What waits for a person of the business.
fn waiting(House { standing, .. }: &House) -> Vec<(String, String)> {
    let status = &standing.status;
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push((name.to_owned(), value));
    if let Some((count, first)) = standing.requests {
        let first = standing.zone.local(first).format("%Y-%m-%d");
        row(
            "requests",
            format!("{count} about people's own data, the first to be answered before {first}: `comity requests`"),
        );
    }
    if let Some(why) = &status.owner_untold {
        row("the owner", format!("can't be told what waits: {why}"));
    }
    if let Some(since) = standing.webhook_gone_since {
        let so = "wants no more calls (410 Gone): give it another url or another secret in comity.toml";
        row("the webhook", format!("since {}, its server {so}", by_clock(since, standing.zone)));
    }
    if status.visits_of_nobody > 0 {
        row("visits of nobody", format!("{}: see `comity visits --unmatched`", status.visits_of_nobody));
    }
    rows
}

/// Where no daemon runs, what commands wrote waits for it, and nothing is wrong.
fn late_seal(house: &House) -> Option<Instant> {
    house.standing.unsealed_since.filter(|_| house.daemon)
}

fn table(house: &House, calendars: &[Calendar<'_>]) -> comfy_table::Table {
    let Standing { status, zone, .. } = &house.standing;
    let zone = *zone;
    let at = |at: Instant| by_clock(at, zone);
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("daemon", if house.daemon { "running" } else { "not running" }.to_owned());
    if house.standing.rehearsal {
        row("mode", "rehearsal: the owner gets every message, and no customer any".to_owned());
    }
    row(
        "public page",
        house
            .standing
            .page_proven_at
            .map_or_else(|| "not proven yet: `comity send-test`".to_owned(), |then| format!("proven {}", at(then))),
    );
    for (name, value) in files(house) {
        row(&name, value);
    }
    if let Some(since) = late_seal(house) {
        row("NOT SEALED", format!("what happened since {}: the log says why", at(since)));
    }
    for halt in &status.halts {
        row("halted", halt.sentence(zone));
    }
    if let Some(restored) = &status.restored {
        row("", at_stake(restored, zone));
    }
    for LivingNode { home, beat_at, holds, .. } in &status.nodes {
        row("node", format!("{home}, alive at {}, has {holds} messages in hand", at(*beat_at)));
    }
    row("next due", status.next_due.map_or_else(|| "nothing".to_owned(), at));
    row("customers", status.customers.to_string());
    row("records", status.records.to_string());
    row("mailboxes stopped", status.suppressions.to_string());
    for (state, count) in &status.plans {
        row(&format!("messages {}", state.name()), count.to_string());
    }
    for (reason, count) in &status.refused {
        row(&format!("  refused: {reason}"), count.to_string());
    }
    for (answer, count) in &status.answers {
        row(&format!("answered \"{}\"", answer.words()), count.to_string());
    }
    if status.visits_past > 0 {
        let (kept, past) = (status.visits_kept, status.visits_past);
        row("visits kept", format!("{kept} of {past} that we wrote about"));
    }
    for calendar in calendars {
        row(&format!("calendar {}", calendar.polled.name), calendar.sentence(at));
    }
    for (name, value) in waiting(house) {
        row(&name, value);
    }
    if let Some(oldest) = status.oldest_open {
        row("on the wire since", at(oldest));
    }
    if status.journal > 0 {
        row("journal", format!("{} stops wait for the database", status.journal));
    }
    table
}
