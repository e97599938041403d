//! `comity bench table`: every case in one table, each beside its own limit of the same minutes, and two plots of it.
//!
//! What fails in one case is told in its row, and the others go on.

use super::{
    chart::{Bar, Chart, Group},
    course::{Case, Course, Figures},
    ruled,
    yard::Ground,
};
use crate::cli::{output, wait_for};
use anyhow::Context;
use serde::Serialize;
use std::{fs, path::Path, process::ExitCode, time::Duration};

/// What the cases are made of.
pub struct Asked<'a> {
    /// Messages of each run.
    pub messages: usize,
    /// Connections of all nodes together.
    pub lanes: usize,
    /// Of the mail server.
    pub latencies: &'a [Duration],
    /// On a PostgreSQL server; files have one.
    pub nodes: &'a [usize],
    /// Where the plots go.
    pub plots: Option<&'a Path>,
    /// One object a line in place of the table.
    pub json: bool,
}

/// One case.
#[derive(Clone, Debug, Serialize)]
struct Line {
    database: &'static str,
    nodes: usize,
    latency_ms: u64,
    messages: usize,
    lanes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted_percent: Option<f64>,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Measured(Measured),
    Failed(String),
}

/// Rates in messages a second, processor times of one message in µs.
#[derive(Clone, Copy, Debug, Serialize)]
struct Measured {
    rate: f64,
    limit: f64,
    ratio: f64,
    cpu_us: f64,
    limit_cpu_us: f64,
    memory_mb: f64,
}

/// Measures all cases, and prints them.
///
/// # Errors
/// When a plot can't be written.
pub fn run(ground: &Ground, asked: &Asked) -> anyhow::Result<ExitCode> {
    let files = Ground { server: None, ..ground.clone() };
    let in_files = asked.latencies.iter().map(|latency| (&files, "SQLite", 1, *latency));
    let nodes = if ground.server.is_some() { asked.nodes } else { &[] };
    let on_server =
        asked.latencies.iter().flat_map(|latency| nodes.iter().map(|nodes| (ground, "PostgreSQL", *nodes, *latency)));
    let mut lines = Vec::new();
    for (ground, database, nodes, latency) in in_files.chain(on_server) {
        let case = Case { nodes, latency, messages: asked.messages, lanes: asked.lanes };
        let line = measured(ground, database, case);
        if asked.json {
            output::json(&line)?;
        } else {
            output::warn(line.told());
        }
        lines.push(line);
    }
    if !asked.json {
        output::line(table(&lines));
    }
    if let Some(folder) = asked.plots {
        plot(&lines, folder)?;
    }
    let has_failed = lines.iter().any(|line| line.measured().is_none());
    Ok(if has_failed { ExitCode::from(output::PARTLY) } else { ExitCode::SUCCESS })
}

fn measured(ground: &Ground, database: &'static str, case: Case) -> Line {
    let figures = wait_for(async { Course::open(ground, case).await?.run().await });
    let outcome = figures.map_or_else(
        |why| Outcome::Failed(format!("{why:#}")),
        |Figures { bare, engine, memory_mb }| {
            Outcome::Measured(Measured {
                rate: engine.pace.rate,
                limit: bare.rate,
                ratio: engine.pace.rate / bare.rate,
                cpu_us: engine.pace.cpu_us,
                limit_cpu_us: bare.cpu_us,
                memory_mb,
            })
        },
    );
    Line {
        database,
        nodes: case.nodes,
        latency_ms: u64::try_from(case.latency.as_millis()).unwrap_or(u64::MAX),
        messages: case.messages,
        lanes: case.lanes,
        wanted_percent: case.goal(ground).map(|goal| goal.percent),
        outcome,
    }
}

impl Line {
    const fn measured(&self) -> Option<&Measured> {
        match &self.outcome {
            Outcome::Measured(measured) => Some(measured),
            Outcome::Failed(_) => None,
        }
    }

    /// Database and nodes.
    fn who(&self) -> String {
        match self.nodes {
            1 => self.database.to_owned(),
            nodes => format!("{}, {nodes} nodes", self.database),
        }
    }

    /// While the others are still to come.
    fn told(&self) -> String {
        let (who, ms) = (self.who(), self.latency_ms);
        match &self.outcome {
            Outcome::Measured(Measured { rate, limit, .. }) => format!("{who}, {ms} ms: {rate:.0}/s of {limit:.0}/s"),
            Outcome::Failed(why) => format!("{who}, {ms} ms: {why}"),
        }
    }
}

fn table(lines: &[Line]) -> comfy_table::Table {
    let mut table = ruled([
        "database",
        "latency",
        "messages",
        "bare lanes",
        "ratio",
        "wanted",
        "processor",
        "of bare lanes",
        "peak memory",
    ]);
    for line in lines {
        let begins = [line.who(), format!("{} ms", line.latency_ms)];
        let rest = match &line.outcome {
            Outcome::Measured(Measured { rate, limit, ratio, cpu_us, limit_cpu_us, memory_mb }) => vec![
                format!("{rate:.0}/s"),
                format!("{limit:.0}/s"),
                format!("{:.0} %", 100.0 * ratio),
                line.wanted_percent.map(|percent| format!("{percent:.0} %")).unwrap_or_default(),
                format!("{cpu_us:.0} µs"),
                format!("{limit_cpu_us:.0} µs"),
                format!("{memory_mb:.0} MB"),
            ],
            // Why was told when it did.
            Outcome::Failed(_) => vec!["failed".to_owned()],
        };
        table.add_row(begins.into_iter().chain(rest));
    }
    table
}

fn plot(lines: &[Line], folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (file, chart) in [("ratios.svg", ratios(lines)), ("rates.svg", rates(lines))] {
        let path = folder.join(file);
        fs::write(&path, chart.draw()).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn ratios(lines: &[Line]) -> Chart {
    Chart {
        title: "What is left of the speed of bare lanes, with all checks, on disk",
        axis: "% of what bare lanes send a second, the same way in the same run",
        mark: "to be reached",
        groups: by_latency(lines, |line, measured| {
            (100.0 * measured.ratio, format!("{:.0} %", 100.0 * measured.ratio), line.wanted_percent)
        }),
    }
}

fn rates(lines: &[Line]) -> Chart {
    Chart {
        title: "Messages a second by database and nodes",
        axis: "messages a second, with all checks, on disk",
        mark: "bare lanes, the same way in the same run",
        groups: by_latency(lines, |_, measured| (measured.rate, format!("{:.0}", measured.rate), Some(measured.limit))),
    }
}

/// A group for each latency; a bar's value, its words, and its mark.
fn by_latency(lines: &[Line], bar: impl Fn(&Line, &Measured) -> (f64, String, Option<f64>)) -> Vec<Group> {
    let mut latencies: Vec<u64> = lines.iter().map(|line| line.latency_ms).collect();
    latencies.sort_unstable();
    latencies.dedup();
    let group = |ms: u64| {
        let bars = lines.iter().filter(|line| line.latency_ms == ms).map(|line| {
            let (value, label, mark) =
                line.measured().map_or((0.0, "failed".to_owned(), None), |measured| bar(line, measured));
            Bar { name: line.who(), value, label, mark }
        });
        Group { name: format!("The mail server answers after {ms} ms"), bars: bars.collect() }
    };
    latencies.into_iter().map(group).collect()
}
