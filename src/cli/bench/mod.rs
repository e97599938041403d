//! `comity bench`: how fast it is on this machine, as ratios to limits that are measured in the same run.
//!
//! Absolute figures of a shared machine mean little; the ratio of two figures from one run means much.

mod crowd;
mod customers;
mod draw;
mod gate;
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
use clap::ValueEnum as _;
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use yard::Ground;

/// Measure speed and memory, as ratios to limits of the same run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  cargo run --release -- bench
  cargo run --release -- bench gate rehearse
  cargo run --release -- bench send stop --server postgres://comity@localhost/postgres
  cargo run --release -- bench recommend --data purchases.csv.gz --cut 2027-03-01 --days 28

Needs a release build, and for send, customers and stop smtp-sink and smtp-source (on Debian: apt-get \
install postfix). recommend has a table of its own, and is measured where it is named alone.")]
pub struct Args {
    /// Which parts; all where none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// send, stop: how many reminders are due.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// send: connections to the mail server.
    #[arg(long, default_value_t = 64)]
    lanes: usize,
    /// stop: connections to a mail server that lets each message wait a second.
    #[arg(long, default_value_t = 512)]
    slow_lanes: usize,
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
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// What is measured, in the order of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Part {
    /// How fast reminders leave, against the limits of the machine.
    Send,
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
    if args.parts == [Part::Recommend] {
        return recommend::run(args.data.as_deref(), args.cut.as_deref(), args.days, args.json);
    }
    let server = args.server.as_deref().map(|url| Server::parse(url, None)).transpose().map_err(|why| anyhow!(why))?;
    let ground = Ground { dir: dir.to_owned(), server };
    let all: Vec<Part> = Part::value_variants().iter().copied().filter(|part| *part != Part::Recommend).collect();
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

fn table(rows: &[Row]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["what", "measured", "wanted", "reached"]);
    for row in rows {
        table.add_row([row.what, &row.measured, row.wanted, &row.reached]);
    }
    table
}

fn measure(ground: &Ground, args: &Args, part: Part) -> anyhow::Result<Vec<Row>> {
    Ok(match part {
        Part::Send => send::rows(&wait_for(send::measure(ground, args.messages, args.lanes))?),
        Part::Customers => customers::rows(&wait_for(customers::measure(ground))?),
        Part::Stop => stop::rows(&wait_for(stop::measure(ground, args.messages, args.slow_lanes))?),
        Part::Tick => tick::rows(&wait_for(tick::measure(ground, args.appointments))?),
        Part::Gate => gate::rows(&gate::measure()?),
        Part::Draw => draw::rows(&wait_for(draw::measure(ground, args.birthdays))?),
        Part::Rehearse => rehearse::rows(&rehearse::measure(ground, args.customers)?),
        Part::Recommend => bail!("recommend has a table of its own: name it alone"),
    })
}

/// So many things since then, in things a second.
fn rate(things: usize, begun: BootTime) -> anyhow::Result<f64> {
    let ms = SystemClock.boot().0.saturating_sub(begun.0).max(1);
    Ok(f64::from(u32::try_from(things)?) * 1000.0 / f64::from(u32::try_from(ms)?))
}
