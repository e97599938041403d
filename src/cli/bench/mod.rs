//! `comity bench`: how fast it is on this machine, as ratios to limits that are measured in the same run.
//!
//! Absolute figures of a shared machine mean little; the ratio of two figures from one run means much.

mod cases;
mod chart;
mod course;
mod crowd;
mod customers;
mod draw;
mod far;
mod gate;
mod long;
mod nodes;
mod recommend;
mod rehearse;
mod send;
mod sign;
mod sink;
mod stop;
mod tick;
mod usage;
mod visitor;
mod weights;
mod witness;
mod yard;

use super::{output, wait_for};
use crate::{
    base::{BootTime, Clock},
    clock::SystemClock,
    store::Server,
};
use anyhow::{anyhow, bail};
use cases::Asked;
use clap::ValueEnum as _;
use course::Case;
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};
use yard::Ground;

/// Messages of a run.
const MESSAGES: usize = 20_000;
const A_MILLION: usize = 1_000_000;
/// How far the mail server of the table is.
const LATENCIES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(10), Duration::from_millis(50)];
/// Messages and lanes of a measurement of stops, and of a quick one.
const STOPS: (usize, usize) = (20_000, 512);
const QUICK_STOPS: (usize, usize) = (1_000, 100);

/// Measure speed and memory, as ratios to limits of the same run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  cargo run --release -- bench
  cargo run --release -- bench gate rehearse
  cargo run --release -- bench send stop --server postgres://comity@localhost/postgres
  cargo run --release -- bench send --latency 50ms
  cargo run --release -- bench table --server postgres://comity@localhost/postgres --plots plots
  cargo run --release -- bench long --messages 1000000
  cargo run --release -- bench recommend --data purchases.csv.gz --cut 2027-03-01 --days 28

Needs a release build, and for send, table, long, customers and stop smtp-sink and smtp-source (on Debian: apt-get \
install postfix). table, long and recommend have tables of their own, and are measured where they are named alone. \
Where a case of table fails, the others are measured all the same, and the exit code is 4.")]
pub struct Args {
    /// Which parts; all where none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// send, table, long, stop: how many reminders are due; 20000 where nothing is said, for long 1000000.
    #[arg(long)]
    messages: Option<usize>,
    /// send, table, long: connections to the mail server, of all nodes together.
    #[arg(long, default_value_t = 64)]
    lanes: usize,
    /// send, table, long: how long the mail server's answers take, as 50ms, half of it there and half of it back. Without it table
    /// measures 0ms,10ms,50ms, the others 0ms.
    #[arg(long, value_name = "TIME", value_delimiter = ',', value_parser = milliseconds)]
    latency: Vec<Duration>,
    /// table: how many nodes share the database on the server, all of them in this process.
    #[arg(long, value_name = "COUNT", value_delimiter = ',', default_values_t = [1, 2, 4])]
    nodes: Vec<usize>,
    /// table: where ratios.svg and rates.svg are written.
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
    /// stop: connections to a mail server that lets each message wait a second; 512 where nothing is said.
    #[arg(long)]
    slow_lanes: Option<usize>,
    /// stop: ten seconds of it, with 1000 messages over 100 lanes.
    #[arg(long)]
    quick: bool,
    /// tick: future appointments.
    #[arg(long, default_value_t = 200_000)]
    appointments: usize,
    /// draw: customers with a birthday.
    #[arg(long, default_value_t = 1_000_000)]
    birthdays: usize,
    /// rehearse: customers with visits, purchases, birthdays and consents.
    #[arg(long, default_value_t = 100_000)]
    customers: usize,
    /// A PostgreSQL server, 15 or newer, as in [data] database: what isn't measured on paper is measured over databases that are made
    /// there and dropped again. Its user may make some, and needs no password.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// recommend: purchases, as `comity recommend` reads them.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// recommend: what is known ends before this day. Without it, so many days before the end of the file.
    #[arg(long, value_name = "DATE")]
    cut: Option<String>,
    /// recommend: what was bought in so many days from then on counts; 30 where nothing is said.
    #[arg(long, value_name = "DAYS")]
    days: Option<u16>,
    /// One JSON object; for table one a line.
    #[arg(long)]
    json: bool,
}

/// What is measured, in the order of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Part {
    /// How fast reminders leave, against the limits of the machine.
    Send,
    /// The same over SQLite and PostgreSQL, with one to four nodes, and a mail server near and far: ratios, and plots.
    Table,
    /// Whether a million messages leave as fast as the first of them, and in as much memory.
    Long,
    /// The same to many customers and to few, over many lanes and over one.
    Customers,
    /// How fast a stop is acknowledged while messages leave, and how heavy the public pages are.
    Stop,
    /// What the daemon costs when nothing is due.
    Tick,
    /// How many decisions the gate makes.
    Gate,
    /// A day's birthdays among many customers.
    Draw,
    /// A rehearsal of a month.
    Rehearse,
    /// How good recommendations are beside simple baselines, how fast, and in how much memory.
    Recommend,
}

impl Part {
    /// Whether it has a table of its own.
    const fn stands_alone(self) -> bool {
        matches!(self, Self::Table | Self::Long | Self::Recommend)
    }
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
struct Row {
    what: &'static str,
    measured: String,
    /// The ratio or figure to reach.
    wanted: &'static str,
    reached: String,
}

/// Measures what was asked for and prints the table.
///
/// # Errors
/// When a tool is missing or a measurement fails.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let server = args.server.as_deref().map(|url| Server::parse(url, None)).transpose().map_err(|why| anyhow!(why))?;
    let ground = Ground { dir: dir.to_owned(), server };
    match args.parts[..] {
        [Part::Recommend] => return recommend::run(args.data.as_deref(), args.cut.as_deref(), args.days, args.json),
        [Part::Table] => return cases::run(&ground, &args.cases()),
        [Part::Long] => return long::run(&ground, args.case(A_MILLION)?, args.json),
        _ => {}
    }
    let all: Vec<Part> = Part::value_variants().iter().copied().filter(|part| !part.stands_alone()).collect();
    let parts = if args.parts.is_empty() { &all } else { &args.parts };
    let mut rows = Vec::new();
    for part in parts {
        rows.extend(measure(&ground, args, *part)?);
    }
    if args.json {
        output::json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(table(&rows));
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn cases(&self) -> Asked<'_> {
        Asked {
            messages: self.messages.unwrap_or(MESSAGES),
            lanes: self.lanes,
            latencies: if self.latency.is_empty() { &LATENCIES } else { &self.latency },
            nodes: &self.nodes,
            plots: self.plots.as_deref(),
            json: self.json,
        }
    }

    /// One node, and one mail server; so many messages where nothing is said.
    fn case(&self, messages: usize) -> anyhow::Result<Case> {
        let latency = match self.latency[..] {
            [] => Duration::ZERO,
            [latency] => latency,
            _ => bail!("one --latency at a time: several are table's"),
        };
        Ok(Case { nodes: 1, latency, messages: self.messages.unwrap_or(messages), lanes: self.lanes })
    }

    /// Messages and lanes.
    fn stops(&self) -> (usize, usize) {
        let (messages, lanes) = if self.quick { QUICK_STOPS } else { STOPS };
        (self.messages.unwrap_or(messages), self.slow_lanes.unwrap_or(lanes))
    }
}

/// As `50ms`.
fn milliseconds(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix("ms").and_then(|number| number.trim_end().parse::<u32>().ok());
    number.map(|ms| Duration::from_millis(ms.into())).ok_or_else(|| "write milliseconds as 50ms".to_owned())
}

/// Without rows yet.
fn ruled(header: impl Into<comfy_table::Row>) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    table
}

fn table(rows: &[Row]) -> comfy_table::Table {
    let mut table = ruled(["what", "measured", "wanted", "reached"]);
    for row in rows {
        table.add_row([row.what, &row.measured, row.wanted, &row.reached]);
    }
    table
}

fn measure(ground: &Ground, args: &Args, part: Part) -> anyhow::Result<Vec<Row>> {
    Ok(match part {
        Part::Send => send::rows(&wait_for(send::measure(ground, args.case(MESSAGES)?))?),
        Part::Customers => customers::rows(&wait_for(customers::measure(ground))?),
        Part::Stop => {
            let (messages, lanes) = args.stops();
            stop::rows(&wait_for(stop::measure(ground, messages, lanes))?)
        }
        Part::Tick => tick::rows(&wait_for(tick::measure(ground, args.appointments))?),
        Part::Gate => gate::rows(&gate::measure()?),
        Part::Draw => draw::rows(&wait_for(draw::measure(ground, args.birthdays))?),
        Part::Rehearse => rehearse::rows(&rehearse::measure(ground, args.customers)?),
        Part::Table | Part::Long | Part::Recommend => {
            bail!("table, long and recommend have tables of their own: name one of them alone")
        }
    })
}

/// So many things since then, in things a second.
fn rate(things: usize, begun: BootTime) -> anyhow::Result<f64> {
    let ms = SystemClock.boot().0.saturating_sub(begun.0).max(1);
    Ok(f64::from(u32::try_from(things)?) * 1000.0 / f64::from(u32::try_from(ms)?))
}
