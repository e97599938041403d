//! `comity bench long`: whether the millionth message leaves as fast as the first, and in as much memory.
//!
//! The run is cut where so many messages have been carried: into twenty parts, and at the end of its first fiftieth, which of a million
//! is the run of 20,000 that all others are held against. Bare lanes run before and after it, because a shared machine isn't equally
//! fast for minutes.

use super::{
    Row,
    course::{self, Case, Course},
    nodes::Nodes,
    ruled, table, usage,
    witness::{Watch, Watched},
    yard::{Ground, Signing, VISITS_IN, Yard},
};
use crate::{
    cli::{output, wait_for},
    clock::SystemClock,
};
use anyhow::{Context, bail};
use serde::Serialize;
use std::{
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Parts of a run.
const PARTS: usize = 20;
/// The first of so many equal parts is what the others are held against.
const FIRST_OF: usize = 50;
/// Messages over bare lanes, before and after.
const BARE: usize = 20_000;

/// One part of the run.
#[derive(Clone, Copy, Debug, Serialize)]
struct Part {
    /// It ends with this message.
    messages: usize,
    /// Messages a second.
    rate: f64,
    /// In MB, while it ran.
    peak_memory_mb: f64,
}

/// What was measured; rates in messages a second.
#[derive(Clone, Debug, Serialize)]
struct Report {
    messages: usize,
    lanes: usize,
    bare_before: f64,
    bare_after: f64,
    /// The messages that the parts are held against.
    first: Part,
    parts: Vec<Part>,
    rate: f64,
    cpu_us: f64,
}

/// Measures, and prints tables or JSON.
///
/// # Errors
/// When Postfix's tools are missing, or a message was not delivered.
pub fn run(ground: &Ground, case: Case, json: bool) -> anyhow::Result<ExitCode> {
    let report = wait_for(measure(ground, case))?;
    if json {
        output::json(&report)?;
    } else {
        print(&report)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn measure(ground: &Ground, case: Case) -> anyhow::Result<Report> {
    let Case { messages, lanes, .. } = case;
    if messages < FIRST_OF {
        bail!("a long run has {FIRST_OF} messages at least, and is meant for a million");
    }
    let course = Course::open(ground, case).await?;
    let bare_before = course.bare(BARE.min(messages)).await?.rate;
    let milestones = Arc::new(Milestones::of(messages));
    let watch = Arc::clone(&milestones);
    let installation = course.installation(Signing::Off)?;
    let yard = Yard::lay_with(installation, messages, messages, VISITS_IN, |installation| {
        Watched::by_smtp(installation, watch)
    })
    .await?;
    milestones.begin()?;
    let sent = course::all_sent(Nodes::over(yard, 1).await?, &course.way, messages).await?;
    let (first, parts) = milestones.parts()?;
    let bare_after = course.bare(BARE.min(messages)).await?.rate;
    let (rate, cpu_us) = (sent.pace.rate, sent.pace.cpu_us);
    Ok(Report { messages, lanes, bare_before, bare_after, first, parts, rate, cpu_us })
}

/// Where a run is cut, noted as the messages pass.
struct Milestones {
    first: usize,
    part: usize,
    carried: AtomicUsize,
    passed: Mutex<Vec<Passed>>,
}

/// So many had been carried at this moment.
struct Passed {
    messages: usize,
    at_us: i64,
    /// Since the part began.
    peak_mb: anyhow::Result<f64>,
}

impl Milestones {
    fn of(messages: usize) -> Self {
        let (first, part) = (messages / FIRST_OF, messages.div_ceil(PARTS));
        Self { first, part, carried: AtomicUsize::new(0), passed: Mutex::default() }
    }

    fn begin(&self) -> anyhow::Result<()> {
        self.pass(0);
        usage::forget_peak()
    }

    fn pass(&self, messages: usize) {
        let peak_mb = usage::peak_mb();
        if messages.is_multiple_of(self.part) {
            // Where this fails it has failed at the beginning.
            let _ = usage::forget_peak();
        }
        let passed = Passed { messages, at_us: SystemClock.boot_us(), peak_mb };
        self.passed.lock().unwrap_or_else(PoisonError::into_inner).push(passed);
    }

    /// The first messages, and all parts that came to their end.
    fn parts(&self) -> anyhow::Result<(Part, Vec<Part>)> {
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        passed.sort_by_key(|passed| passed.messages);
        let at = |messages: usize| passed.iter().find(|passed| passed.messages == messages);
        let part = |from: usize, to: usize| {
            let (begun, ended) = at(from).zip(at(to)).context("a part of the run was not seen")?;
            let us = u32::try_from((ended.at_us - begun.at_us).max(1))?;
            let peak_memory_mb = *ended.peak_mb.as_ref().map_err(|why| anyhow::anyhow!("{why:#}"))?;
            let rate = f64::from(u32::try_from(to - from)?) * 1e6 / f64::from(us);
            anyhow::Ok(Part { messages: to, rate, peak_memory_mb })
        };
        let last = self.carried.load(Ordering::Relaxed);
        let ends = (1..=PARTS).map(|number| number * self.part).take_while(|end| *end <= last);
        let parts = ends.map(|end| part(end - self.part, end)).collect::<anyhow::Result<_>>()?;
        Ok((part(0, self.first)?, parts))
    }
}

impl Watch for Milestones {
    fn ended(&self) {
        let messages = self.carried.fetch_add(1, Ordering::Relaxed) + 1;
        if messages == self.first || messages.is_multiple_of(self.part) {
            self.pass(messages);
        }
    }
}

fn print(report: &Report) -> anyhow::Result<()> {
    let first = &report.first;
    let mut parts = ruled(["messages", "a second", "of the first", "peak memory"]);
    for Part { messages, rate, peak_memory_mb } in std::iter::once(first).chain(&report.parts) {
        let ratio = 100.0 * rate / first.rate;
        parts.add_row([
            messages.to_string(),
            format!("{rate:.0}"),
            format!("{ratio:.0} %"),
            format!("{peak_memory_mb:.0} MB"),
        ]);
    }
    output::line(parts);
    let slowest = report.parts.iter().map(|part| part.rate).reduce(f64::min).context("no part came to its end")?;
    let memory = report.parts.iter().map(|part| part.peak_memory_mb).reduce(f64::max).unwrap_or_default();
    let Report { messages, lanes, bare_before, bare_after, rate, cpu_us, .. } = report;
    let row = |what, measured, wanted, reached| Row { what, measured, wanted, reached };
    output::line("");
    output::line(table(&[
        row("bare lanes, before and after", format!("{bare_before:.0}/s, {bare_after:.0}/s"), "", String::new()),
        row(
            "the whole run",
            format!("{rate:.0}/s ({messages} messages, {lanes} lanes), {cpu_us:.0} µs of processors for one"),
            "90 % of its beginning",
            format!("{:.0} %", 100.0 * rate / first.rate),
        ),
        row(
            "its slowest part",
            format!("{slowest:.0}/s"),
            "reported",
            format!("{:.0} %", 100.0 * slowest / first.rate),
        ),
        row(
            "peak memory",
            format!("{memory:.0} MB, at the beginning {:.0} MB", first.peak_memory_mb),
            "under 128 MB",
            format!("{:.1} times", memory / 128.0),
        ),
    ]));
    Ok(())
}
