//! `comity bench`: how fast it is on this machine, as ratios to limits that are measured in the same run.
//!
//! Absolute figures of a shared machine mean little; the ratio of two figures from one run means much.

mod gate;
mod send;
mod sign;
mod sink;
mod tick;
mod usage;
mod yard;

use super::output;
use crate::{
    base::{BootTime, Clock},
    clock::SystemClock,
};
use serde::Serialize;
use std::{path::Path, process::ExitCode};

/// Measure speed and memory, as ratios to limits of the same run.
#[derive(Debug, clap::Args)]
#[command(after_help = "Needs smtp-sink and smtp-source (on Debian: apt-get install postfix) and a release build:
  cargo run --release -- bench")]
pub struct Args {
    /// How many reminders are due.
    #[arg(long, default_value_t = 20_000)]
    messages: usize,
    /// Connections to the mail server.
    #[arg(long, default_value_t = 64)]
    lanes: usize,
    /// Future appointments for the measurement of an idle tick.
    #[arg(long, default_value_t = 200_000)]
    appointments: usize,
    /// One JSON object.
    #[arg(long)]
    json: bool,
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

/// Measures everything and prints the table.
///
/// # Errors
/// When a tool is missing or a measurement fails.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let rates = super::wait_for(send::measure(dir, args.messages, args.lanes))?;
    let tick = super::wait_for(tick::measure(dir, args.appointments))?;
    let mut rows = send::rows(&rates);
    rows.extend(tick::rows(&tick));
    rows.extend(gate::rows(&gate::measure()?));
    if args.json {
        output::json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["what", "measured", "wanted", "reached"]);
    for row in &rows {
        table.add_row([row.what, &row.measured, row.wanted, &row.reached]);
    }
    output::line(table);
    Ok(ExitCode::SUCCESS)
}

/// So many things since then, in things a second.
fn rate(things: usize, begun: BootTime) -> anyhow::Result<f64> {
    let ms = SystemClock.boot().0.saturating_sub(begun.0).max(1);
    Ok(f64::from(u32::try_from(things)?) * 1000.0 / f64::from(u32::try_from(ms)?))
}
