//! How fast reminders leave, all checks on, against the limits of the same machine in the same run.
//!
//! Beside bare lanes (see [`course`](super::course)) stands **source**: Postfix's `smtp-source`, a C program that sends one constant
//! message over and over. All go the same way to the mail server, which may be a long one.

use super::{
    Row,
    course::{Case, Course, Figures, Goal, Pace, Sent, timed},
    yard::{Ground, Signing},
};

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    case: Case,
    goal: Option<Goal>,
    /// Bytes of a message.
    bytes: usize,
    /// The engine and bare lanes.
    figures: Figures,
    /// `smtp-source`, in messages a second.
    source: f64,
    /// The engine, signed, in messages a second.
    signed: f64,
    /// DKIM signatures alone, on all cores, in signatures a second.
    signatures: f64,
}

/// Measures.
///
/// # Errors
/// When Postfix's tools are missing, or a message was not delivered.
pub async fn measure(ground: &Ground, case: Case) -> anyhow::Result<Rates> {
    let course = Course::open(ground, case).await?;
    let figures = course.run().await?;
    let (way, bytes, Case { messages, lanes, .. }) = (&course.way, course.bytes(), case);
    let source = timed(way, messages, async { way.run_source(messages, bytes, lanes) }).await?.rate;
    let signed = course.engine((messages / 4).max(1), Signing::Dkim).await?.pace.rate;
    let signatures = super::sign::rate(&course.letters)?;
    Ok(Rates { case, goal: case.goal(ground), bytes, figures, source, signed, signatures })
}

/// For the table.
pub fn rows(rates: &Rates) -> Vec<Row> {
    let Rates { case, goal, bytes, figures, source, signed, signatures } = *rates;
    let Figures { bare, engine: Sent { pace: Pace { rate: unsigned, cpu_us }, seal_us }, memory_mb } = figures;
    let both = 1.0 / (1.0 / unsigned + 1.0 / signatures);
    let far = if case.latency.is_zero() { String::new() } else { format!(", {} ms away", case.latency.as_millis()) };
    let percent = |a: f64, b: f64| format!("{:.0} %", 100.0 * a / b);
    let per_second = |rate: f64| format!("{rate:.0}/s");
    vec![
        Row {
            what: "smtp-source",
            measured: format!(
                "{} ({} messages of {bytes} bytes, {} lanes{far})",
                per_second(source),
                case.messages,
                case.lanes
            ),
            wanted: "",
            reached: String::new(),
        },
        Row {
            what: "bare lanes",
            measured: per_second(bare.rate),
            wanted: "50 % of smtp-source",
            reached: percent(bare.rate, source),
        },
        Row {
            what: "engine, all checks, durable, unsigned",
            measured: per_second(unsigned),
            wanted: goal.map_or("reported", |goal| goal.words),
            reached: percent(unsigned, bare.rate),
        },
        Row {
            what: "engine, signed",
            measured: format!("{} (signing alone: {})", per_second(signed), per_second(signatures)),
            wanted: "85 % of 1 / (1/unsigned + 1/signatures)",
            reached: percent(signed, both),
        },
        Row {
            what: "processor time of a message",
            measured: format!("{cpu_us:.0} µs, over bare lanes {:.0} µs", bare.cpu_us),
            wanted: "",
            reached: String::new(),
        },
        Row {
            what: "of it, sealing the ledger",
            measured: format!("{seal_us:.1} µs"),
            wanted: "below 2 %",
            reached: format!("{:.1} %", 100.0 * seal_us / cpu_us),
        },
        Row {
            what: "peak memory, unsigned run",
            measured: format!("{memory_mb:.0} MB"),
            wanted: "below 128 MB",
            reached: String::new(),
        },
    ]
}
