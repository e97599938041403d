//! `comity rehearse`: who would get what, when, and why not. Nothing is sent.

mod chart;
mod nights;
mod diff;
mod shares;

use super::{
    leave::Leave,
    output,
    script::{Script, Span},
};
use crate::{
    base::{Clock, Instant, Zone, keys::Keyring},
    clock::{SystemClock, VirtualClock},
    config::{self, Installation},
    engine::{
        arrivals::feeds::Feeds,
        house::key_file,
        rehearse::{
            Line, Outcome, Written,
            difference::Difference,
            tally::{Because, Counting, Tally},
        },
    },
    gate::{Halt, Rule},
    store::{self, AfterRestore, Files, Store},
    workflow::Oversight,
};
use anyhow::{Context, bail};
use comfy_table::{CellAlignment, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shares::Shares;
use std::{
    collections::BTreeSet,
    convert::Infallible,
    io::{IsTerminal, stderr},
    num::NonZeroU8,
    ops::Range,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

/// Up to so many messages are listed without being asked for.
const LISTED: usize = 20;
/// Between two looks at how far virtual time has come.
const LOOK: Duration = Duration::from_millis(200);

/// Run the engine on virtual time and on paper: who would get what, when, and why not.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A copy of the installation's database is rehearsed, or the files given by --customers and --appointments. \
Nothing is sent, and nothing is written to the database itself. Where the policy recommends, the lists of each night are made at \
their time, and lead to messages like any other record.

Examples:
  comity rehearse                           the next 7 days
  comity rehearse --days 30 --feeds --each  calendars as they are now, every message
  comity rehearse --days 30 --diff ../next  what the files of another folder change
  comity rehearse --from 2027-03-08 --to 2027-04-07 \\
      --customers samples/customers.csv --appointments samples/appointments.csv \\
      --change 2027-03-20T12:00=samples/appointments-changed.csv --json | jq .reasons"
)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct Args {
    #[command(flatten)]
    span: Span,
    /// How long, where --to doesn't say.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3660), conflicts_with = "to")]
    days: u32,
    /// Read the calendars of `[[sources]]` first, as they are now.
    #[arg(long)]
    feeds: bool,
    /// As if `comity resume` had been said, where sending is halted; of an older database, with --skip-restored.
    #[arg(long)]
    resumed: bool,
    /// As if everything were approved.
    #[arg(long)]
    drafts: bool,
    /// What the files of another installation would change: who would get more, less, or at another time.
    #[arg(long, value_name = "FOLDER")]
    diff: Option<PathBuf>,
    /// Every message, also where there are many.
    #[arg(long)]
    each: bool,
    /// Into how many shares of the customers the copy is divided, each with a copy of its own. A large one is divided among the
    /// processors, unless the policy recommends: each share would make the lists of all.
    #[arg(long, value_name = "NUMBER")]
    shares: Option<NonZeroU8>,
    /// One JSON value: by day, workflow and reason. With --each one value a line, for each message.
    #[arg(long)]
    json: bool,
}

/// What a rehearsal showed.
struct Shown {
    /// All of them where each is asked for, else the first ones.
    lines: Vec<Line>,
    tally: Tally,
    halts: Vec<Halt>,
    /// Messages that were decided on, and not written out.
    unwritten: usize,
}

impl Args {
    /// Who asks for each message, or compares them, wants to see what each says.
    const fn written(&self) -> Written {
        if self.each || self.diff.is_some() { Written::All } else { Written::Specimens }
    }
}

/// Rehearses and prints the report.
///
/// # Errors
/// When the installation or a file can't be read.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let installation = load(dir, args)?;
    let zone = installation.policy.business.time_zone;
    let now = SystemClock.now();
    let data = installation.config.data.clone();
    let shown = rehearse_by(installation, now, args)?;
    if let Some(other) = &args.diff {
        let mut changed = load(other, args)?;
        // Its own data are nobody's here: the same people and visits, by other files.
        changed.config.data = data;
        let then = rehearse_by(changed, now, args)?;
        let difference = Difference::between(&shown.lines, &then.lines);
        let difference = difference.with_nights(&shown.tally.nights, &then.tally.nights);
        if args.json {
            output::json(&difference)?;
        } else {
            diff::print(&difference, &shown.tally, other, args.each);
        }
        return Ok(ExitCode::SUCCESS);
    }
    match (args.json, args.each) {
        (true, true) => shown.lines.iter().try_for_each(output::json)?,
        (true, false) => output::json(&shown.tally)?,
        (false, _) => print(&shown, args, zone),
    }
    Ok(ExitCode::SUCCESS)
}

/// So many days from `now` over the installation's own database, for the benchmark.
///
/// # Errors
/// As [`run`].
pub(super) fn ahead(installation: Installation, now: Instant, days: u32) -> anyhow::Result<Tally> {
    let span = Span::default();
    let args = Args {
        span,
        days,
        feeds: false,
        resumed: false,
        drafts: false,
        diff: None,
        each: false,
        shares: None,
        json: true,
    };
    Ok(rehearse_by(installation, now, &args)?.tally)
}

fn load(dir: &Path, args: &Args) -> anyhow::Result<Installation> {
    let mut installation = config::load(dir)?;
    if args.drafts {
        wake_drafts(&mut installation);
    }
    Ok(installation)
}

fn rehearse_by(installation: Installation, now: Instant, args: &Args) -> anyhow::Result<Shown> {
    let script = args.span.read_from(&installation, now, args.days)?;
    super::wait_for(async {
        let mut leave = Leave::heed()?;
        tokio::select! {
            shown = rehearse(installation, script, now, args) => shown,
            () = leave.taken() => bail!("ended before its time; nothing is left behind"),
        }
    })
}

/// Another revision: what the copied database holds for lack of a yes is asked again.
fn wake_drafts(installation: &mut Installation) {
    for workflow in installation.workflows.values_mut().filter_map(Arc::get_mut) {
        workflow.oversight = Oversight { holdout: workflow.oversight.holdout, ..Oversight::NONE };
    }
    installation.revision.push_str("+drafts");
}

async fn rehearse(mut installation: Installation, script: Script, now: Instant, args: &Args) -> anyhow::Result<Shown> {
    let folder = tempfile::tempdir().context("no temporary folder")?;
    let database = installation.config.database();
    let live = std::mem::replace(&mut installation.config.data, folder.path().to_owned());
    let keys = Arc::new(if args.span.brings_its_own() {
        // Thrown away with the folder.
        Keyring::derive(&[0; 32])
    } else {
        if !database.is_there() {
            bail!(
                "there is no database yet: import customers and appointments first, or give them by --customers and --appointments"
            );
        }
        let keys = key_file::load(&live)?;
        let copy = Files::beside(store::file_in(folder.path()));
        Store::copy(&database, &copy).await.with_context(|| format!("{database} can't be copied"))?;
        keys
    });
    let (zone, stretch) = (installation.policy.business.time_zone, (script.from, script.to));
    let settings = installation.config.clone();
    // What the database holds goes on from now; files begin when they are said to.
    let begin = if args.span.brings_its_own() { script.from } else { script.from.min(now) };
    let of = shares::number(args, &script, &installation)?;
    let mut shares = Shares::open(installation, keys, begin, args.written(), of).await?;
    for rehearsal in &shares.rehearsals {
        let office = rehearsal.engine.office();
        if args.resumed {
            let _ = office.resume_restored(AfterRestore::Skip).await?;
            office.resume().await?;
        }
        if args.feeds {
            for (calendar, looked) in Feeds::of(&office, &settings, Arc::new(SystemClock))?.look().await {
                if let Err(trouble) = looked {
                    output::warn(format_args!("calendar {calendar}: {trouble}"));
                }
            }
        }
    }
    let first = shares.rehearsals.first().context("a share without customers")?;
    let halts = first.engine.store.halts().await?;
    let bar = bar((begin, stretch.1))?;
    let clock = Arc::clone(&first.clock);
    tokio::select! {
        played = shares.play(&script) => played?,
        never = show_time(&bar, &clock, begin, zone) => match never {},
    }
    bar.finish_and_clear();
    // Of a great many lines only those that are shown are kept.
    let kept = if args.written() == Written::All { usize::MAX } else { LISTED + 1 };
    let (mut lines, counting) = shares.tell(&Counting::over(stretch, zone), kept).await?;
    lines.sort_by_key(|line| line.instant);
    let unwritten = shares.unwritten();
    let tally = Tally { nights: shares.nights().await?, ..counting.tally() };
    shares.close().await;
    Ok(Shown { lines, tally, halts, unwritten })
}

/// How far virtual time has come, in hours, for whoever looks at a terminal.
fn bar((from, to): (Instant, Instant)) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::hidden();
    if stderr().is_terminal() {
        bar.set_length(hours(from, to));
        bar.set_style(ProgressStyle::with_template("{bar:40} {msg}")?);
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    Ok(bar)
}

async fn show_time(bar: &ProgressBar, clock: &VirtualClock, from: Instant, zone: Zone) -> Infallible {
    loop {
        bar.set_position(hours(from, clock.now()));
        bar.set_message(zone.local(clock.now()).format("%A, %-d %B %Y").to_string());
        SystemClock.wait_for(LOOK).await;
    }
}

fn hours(from: Instant, to: Instant) -> u64 {
    to.ms_since(from).unsigned_abs() / 3_600_000
}

fn print(shown: &Shown, args: &Args, zone: Zone) {
    let Shown { lines, tally, halts, unwritten } = shown;
    let what = if args.span.brings_its_own() { "with the files given" } else { "on a copy of the database" };
    let (from, to) = (tally.from.replace('T', " "), tally.to.replace('T', " "));
    output::line(format_args!("From {from} to {to} ({}), {what}. Nothing was sent.", tally.zone));
    for halt in halts {
        output::line(format_args!("{} --resumed shows what would leave otherwise.", halt.sentence(zone)));
    }
    let by_approval = tally.reasons.iter().filter(|because| because.rule == Rule::Approval);
    let held: BTreeSet<&str> = by_approval.map(|because| because.workflow.as_str()).collect();
    if !held.is_empty() {
        let drafts = held.into_iter().collect::<Vec<_>>().join(", ");
        output::line(format_args!("Not approved, and held: {drafts}. --drafts shows what would leave otherwise."));
    }
    nights::print(&tally.nights, args.each);
    if lines.is_empty() {
        output::line(if tally.nights.is_empty() { "Nothing would happen." } else { "\nNo message would come of it." });
        return;
    }
    output::line("");
    chart::print(tally);
    output::line("");
    output::line(workflows(tally));
    let tasks: usize = tally.workflows.values().map(|counts| counts.given).sum();
    if tasks > 0 {
        output::line(format_args!("\nTasks for people: {tasks}."));
    }
    because("not sent", Outcome::Refused, tally);
    because("held for a while", Outcome::Held, tally);
    if args.each || lines.len() <= LISTED {
        output::line(format_args!("\n{}", each(lines)));
    }
    if *unwritten > 0 {
        output::line(format_args!(
            "\n{unwritten} messages were decided on, and not written out: of each kind the first ones are. \
             --each writes and lists them all."
        ));
    } else if !args.each && lines.len() > LISTED {
        output::line("\n--each lists every message.");
    }
}

fn workflows(tally: &Tally) -> Table {
    let mut header = vec!["workflow", "sent", "still held", "not sent", "not needed any more", "failed"];
    // Few installations merge any.
    let merge = tally.workflows.values().any(|counts| counts.merged > 0);
    header.extend(merge.then_some("merged into others"));
    let mut table = output::table(&header);
    for (workflow, counts) in &tally.workflows {
        let numbers = [counts.sent, counts.held, counts.refused, counts.voided, counts.failed].into_iter();
        let numbers = numbers.chain(merge.then_some(counts.merged));
        let shown = numbers.map(|number| if number == 0 { String::new() } else { number.to_string() });
        table.add_row([workflow.clone()].into_iter().chain(shown));
    }
    right(&mut table, 1..header.len());
    table
}

fn because(heading: &str, outcome: Outcome, tally: &Tally) {
    let mut table = output::table([heading, "workflow", "why", "for example"]);
    for Because { workflow, reason, messages, customer, because, .. } in
        tally.reasons.iter().filter(|because| because.outcome == outcome)
    {
        let example = format!("{customer}: {because}");
        table.add_row([&messages.to_string(), workflow, &reason.replace('-', " "), &example]);
    }
    if !table.is_empty() {
        right(&mut table, 0..1);
        output::line(format_args!("\n{table}"));
    }
}

/// Numbers stand under one another by their last digit.
fn right(table: &mut Table, columns: Range<usize>) {
    for column in table.column_iter_mut().skip(columns.start).take(columns.len()) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn each(lines: &[Line]) -> Table {
    let mut table = output::table(["when", "customer", "step", "outcome", "what"]);
    for line in lines {
        let what = line.subject.as_ref().or(line.because.as_ref()).map_or("", String::as_str);
        let step = format!("{} {}", line.workflow, line.step);
        table.add_row([line.local.replace('T', " ").as_str(), &line.customer, &step, name(line.outcome), what]);
    }
    table
}

const fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sent => "sent",
        Outcome::Given => "task",
        Outcome::Held => "held",
        Outcome::Refused => "not sent",
        Outcome::Voided => "not needed",
        Outcome::Merged => "merged",
        Outcome::Failed => "failed",
    }
}
