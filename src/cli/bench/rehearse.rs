//! How long a rehearsal of a month takes, and how much memory: the command itself, over a database of its own.

use super::{
    Row, crowd, usage,
    yard::{DUE_AT, Ground, Yard},
};
use crate::{base::Clock, cli, clock::SystemClock};

/// How long a stretch is rehearsed.
const DAYS: u32 = 30;

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Month {
    customers: usize,
    workflows: usize,
    /// Messages with a last word.
    messages: usize,
    sent: usize,
    seconds: f64,
    /// Of all threads.
    cpu_seconds: f64,
    memory_mb: f64,
}

/// Measures.
///
/// # Errors
/// When there is no room for it, or nothing left.
pub fn measure(ground: &Ground, customers: usize) -> anyhow::Result<Month> {
    let installation = || Ok::<_, anyhow::Error>(crowd::live(ground.installation()?));
    let yard = cli::wait_for(async {
        let yard = Yard::on_paper(installation()?, DUE_AT).await?;
        crowd::with_everything(&yard, customers, DUE_AT).await?;
        yard.engine.close().await;
        Ok(yard)
    })?;
    let mut rehearsed = installation()?;
    rehearsed.config.data.clone_from(&yard.installation.config.data);
    rehearsed.config.server.clone_from(&yard.installation.config.server);
    let workflows = rehearsed.workflows.len();
    usage::forget_peak()?;
    let (begun, used) = (SystemClock.boot(), usage::cpu_seconds()?);
    let tally = cli::rehearse::ahead(rehearsed, DUE_AT, DAYS)?;
    let ms = SystemClock.boot().0.saturating_sub(begun.0);
    cli::wait_for(yard.clear())?;
    Ok(Month {
        customers,
        workflows,
        messages: tally.all.sent + tally.all.not_sent() + tally.all.voided,
        sent: tally.all.sent,
        seconds: f64::from(u32::try_from(ms)?) / 1000.0,
        cpu_seconds: usage::cpu_seconds()? - used,
        memory_mb: usage::peak_mb()?,
    })
}

/// For the table.
pub fn rows(month: &Month) -> Vec<Row> {
    let Month { customers, workflows, messages, sent, seconds, cpu_seconds, memory_mb } = *month;
    vec![
        Row {
            what: "a rehearsal of 30 days",
            measured: format!(
                "{seconds:.1} s: {customers} customers, {workflows} workflows, {messages} messages, {sent} sent"
            ),
            wanted: "under 30 s",
            reached: format!("{:.1} times", seconds / 30.0),
        },
        Row {
            what: "its processor time",
            measured: format!("{cpu_seconds:.1} s"),
            wanted: "reported",
            reached: String::new(),
        },
        Row {
            what: "its peak memory",
            measured: format!("{memory_mb:.0} MB"),
            wanted: "under 512 MB",
            reached: format!("{:.1} times", memory_mb / 512.0),
        },
    ]
}
