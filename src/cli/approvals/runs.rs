//! Runs that wait for a person, in the terminal.

use super::letter;
use crate::{
    base::Zone,
    cli::{control, output},
    engine::office::runs::{PendingRun, RunReading, SeenRun},
    gate::sentence::moment,
};
use anyhow::bail;
use chrono::NaiveDate;
use std::{path::Path, process::ExitCode};

/// The length of `2027-03-01`.
const DAY_CHARS: usize = 10;

/// `2027-03-01`, or `2027-03-01-120-4f2a9c01`.
pub(super) fn day_and_code(text: &str) -> Option<(NaiveDate, Option<SeenRun>)> {
    let (day, rest) = text.split_at_checked(DAY_CHARS)?;
    let day = day.parse().ok()?;
    if rest.is_empty() {
        return Some((day, None));
    }
    let (people, revision) = rest.strip_prefix('-')?.split_once('-')?;
    Some((day, Some(SeenRun { people: people.parse().ok()?, revision: revision.to_owned() })))
}

pub(super) fn list(runs: &[PendingRun], zone: Zone) {
    if runs.is_empty() {
        return;
    }
    let mut table = output::table(["run", "people", "waiting", "first due", "last due"]);
    for one in runs {
        let [first, last] = [one.first_due_at, one.last_due_at].map(|at| zone.local(at).format("%H:%M").to_string());
        table.add_row([&name(one), &one.people.to_string(), &one.waiting.to_string(), &first, &last]);
    }
    output::line(table);
    output::line(format_args!("\nRuns: {}. `comity approvals show RUN` shows one.", runs.len()));
}

fn name(one: &PendingRun) -> String {
    format!("{}-{}", one.run, one.code)
}

pub(super) fn show(dir: &Path, workflow: &str, day: NaiveDate, json: bool) -> anyhow::Result<ExitCode> {
    let (reading, zone) = control::visit(dir, async |door| door.run(workflow, day).await)?;
    let Some(reading) = reading else { bail!("no run {workflow}@{day} waits for a person") };
    if json {
        output::json(&reading)?;
        return Ok(ExitCode::SUCCESS);
    }
    let RunReading { pending: one, example, looked_at, objections } = &reading;
    if let Some(example) = example {
        letter(example);
    }
    let (first, last) = (moment(one.first_due_at, zone), moment(one.last_due_at, zone));
    output::line(format_args!(
        "{}: {} people, of whom {} wait. Due from {first} to {last}.",
        one.run, one.people, one.waiting
    ));
    output::line(one.waits.sentence(zone));
    for objection in objections {
        let why = objection.reason.sentence(zone);
        output::line(format_args!(
            "Of {looked_at} looked at, {} would not leave at their time: {why}",
            objection.messages
        ));
    }
    output::line(format_args!("\ncomity approvals approve {}\ncomity approvals reject {}", name(one), one.run));
    Ok(ExitCode::SUCCESS)
}
