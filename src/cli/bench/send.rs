//! How fast reminders leave, all checks on, against the limits of the same machine in the same run.
//!
//! - **source**: Postfix's `smtp-source`, a C program that sends one constant message over and over.
//! - **bare lanes**: our lanes with the same messages, composed beforehand; no database, no gate, no rendering.
//! - **engine**: the whole way through, from due rows to receipts on disk.
//!
//! The three share two cores with the sink that they send to, so each figure holds its share of the sink's work. The
//! bare lanes run before the engine and after it, because a shared machine is not equally fast for a minute.

use super::{
    Row,
    sink::Sink,
    yard::{DUE_AT, Ground, Signing, VISITS_IN, Yard, towards},
};
use crate::{
    base::{Clock, NodeId},
    clock::SystemClock,
    deliver::{Letter, SmtpTransport, bare::BareLane},
    engine::{audit::Sealer, letterhead, rehearse::timeline, wording},
    ledger::Receipt,
    plan::PlanState,
};
use anyhow::{Context, bail};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Different messages that the bare lanes go through.
const SPECIMENS: usize = 500;

/// What was measured, in messages a second.
#[derive(Clone, Debug)]
pub struct Rates {
    /// Messages sent by each.
    pub messages: usize,
    /// Bytes of one.
    pub bytes: usize,
    /// Connections.
    pub lanes: usize,
    /// `smtp-source`.
    pub source: f64,
    /// Bare lanes.
    pub bare: f64,
    /// The engine, unsigned.
    pub unsigned: f64,
    /// Processor time that one message takes of this process, in µs: with the engine, and over bare lanes.
    pub cpu_us: (f64, f64),
    /// Processor time that it takes to seal what the ledger says of one message, in µs.
    pub seal_us: f64,
    /// The engine, signed.
    pub signed: f64,
    /// DKIM signatures alone, on all cores.
    pub signatures: f64,
    /// Peak memory of this process after the unsigned run, in MB.
    pub memory_mb: f64,
}

/// Measures.
///
/// # Errors
/// When Postfix's tools are missing, or a message was not delivered.
pub async fn measure(ground: &Ground, messages: usize, lanes: usize) -> anyhow::Result<Rates> {
    let sink = Sink::start().await?;
    let letters = Arc::new(specimens(ground, &sink, lanes).await?);
    let bytes = letters.iter().map(|letter| letter.bytes.len()).sum::<usize>() / letters.len().max(1);
    let before = bare(&sink, Arc::clone(&letters), ground, messages, lanes).await?;
    let Sent { pace: unsigned, seal_us } = engine(ground, &sink, messages, lanes, Signing::Off).await?;
    let memory_mb = super::usage::peak_mb()?;
    let after = bare(&sink, Arc::clone(&letters), ground, messages, lanes).await?;
    let source = timed(messages, async { sink.run_source(messages, bytes, lanes) }).await?.rate;
    let signed = engine(ground, &sink, messages / 4, lanes, Signing::Dkim).await?.pace.rate;
    let signatures = super::sign::rate(&letters)?;
    Ok(Rates {
        messages,
        bytes,
        lanes,
        source,
        // The same number of messages in both runs, so the rate of both is the harmonic mean.
        bare: 2.0 / (1.0 / before.rate + 1.0 / after.rate),
        unsigned: unsigned.rate,
        cpu_us: (unsigned.cpu_us, f64::midpoint(before.cpu_us, after.cpu_us)),
        seal_us,
        signed,
        signatures,
        memory_mb,
    })
}

/// One measurement.
pub struct Pace {
    /// Messages a second.
    pub rate: f64,
    /// Processor time of this process for one message, in µs.
    pub cpu_us: f64,
}

/// What the engine sent.
pub struct Sent {
    /// How fast.
    pub pace: Pace,
    /// Processor time to seal all entries about one message, in µs: done afterwards, so that it stands alone.
    pub seal_us: f64,
}

async fn timed(messages: usize, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<Pace> {
    let (begun, used) = (SystemClock.boot(), super::usage::cpu_seconds()?);
    work.await?;
    let rate = super::rate(messages, begun)?;
    let cpu_us = (super::usage::cpu_seconds()? - used) * 1e6 / f64::from(u32::try_from(messages)?);
    Ok(Pace { rate, cpu_us })
}

/// The engine from due rows to receipts.
async fn engine(ground: &Ground, sink: &Sink, messages: usize, lanes: usize, signing: Signing) -> anyhow::Result<Sent> {
    let yard = Yard::lay(towards(ground, sink.address, lanes, signing)?, messages, messages, VISITS_IN).await?;
    all_sent(yard, messages).await
}

/// Lets so many become due, and measures until the last one has left.
///
/// # Errors
/// When another number has.
pub async fn all_sent(yard: Yard, messages: usize) -> anyhow::Result<Sent> {
    let pace = timed(messages, async {
        timeline::drive(&yard.engine, &yard.clock, DUE_AT, Vec::new(), |()| async { Ok(()) }).await
    })
    .await?;
    let status = yard.engine.store.status().await?;
    let sealer = Sealer::new(yard.engine.store.clone(), Arc::new(SystemClock), &yard.installation.config);
    let sealing = timed(messages, async {
        sealer.seal_now().await;
        Ok(())
    });
    let seal_us = sealing.await?.cpu_us;
    yard.close().await?;
    let sent = status.plans.get(&PlanState::Sent).copied().unwrap_or_default();
    if usize::try_from(sent) != Ok(messages) {
        bail!("the engine sent {sent} of {messages}: {status:?}");
    }
    Ok(Sent { pace, seal_us })
}

/// Messages as the engine composes them.
async fn specimens(ground: &Ground, sink: &Sink, lanes: usize) -> anyhow::Result<Vec<Letter>> {
    let installation = towards(ground, sink.address, lanes, Signing::Off)?;
    let yard = Yard::lay(installation, SPECIMENS, SPECIMENS, VISITS_IN).await?;
    let letterhead = letterhead::of(&yard.installation)?;
    let engine = &yard.engine;
    let mut letters = Vec::with_capacity(SPECIMENS);
    for claimed in engine.store.claim(NodeId(1), DUE_AT, SPECIMENS).await? {
        let draft = wording::draft(&claimed, &engine.rulebook(), &engine.keys).map_err(anyhow::Error::msg)?;
        letters.push(letterhead.compose(&draft, DUE_AT)?);
    }
    yard.close().await?;
    Ok(letters)
}

async fn bare(
    sink: &Sink,
    letters: Arc<Vec<Letter>>,
    ground: &Ground,
    messages: usize,
    lanes: usize,
) -> anyhow::Result<Pace> {
    let route = towards(ground, sink.address, lanes, Signing::Off)?.config.smtp.route();
    let transport = SmtpTransport::over(route, Arc::new(SystemClock))?;
    let mut open = Vec::with_capacity(lanes);
    for _ in 0..lanes {
        open.push(BareLane::open(&transport).await?);
    }
    let next = Arc::new(AtomicUsize::new(0));
    timed(messages, async {
        let mut running = tokio::task::JoinSet::new();
        for lane in open {
            running.spawn(send_all(lane, Arc::clone(&letters), Arc::clone(&next), messages));
        }
        while let Some(ended) = running.join_next().await {
            ended.context("a bare lane broke")??;
        }
        Ok(())
    })
    .await
}

async fn send_all(
    mut lane: BareLane,
    letters: Arc<Vec<Letter>>,
    next: Arc<AtomicUsize>,
    messages: usize,
) -> anyhow::Result<()> {
    loop {
        let i = next.fetch_add(1, Ordering::Relaxed);
        if i >= messages {
            return Ok(());
        }
        let letter = letters.get(i % letters.len()).context("no specimens")?;
        match lane.send_without_gate(letter).await {
            Receipt::Accepted(_) => {}
            other => bail!("a bare lane was refused: {other:?}"),
        }
    }
}

/// For the table.
pub fn rows(rates: &Rates) -> Vec<Row> {
    let both = 1.0 / (1.0 / rates.unsigned + 1.0 / rates.signatures);
    let percent = |a: f64, b: f64| format!("{:.0} %", 100.0 * a / b);
    let per_second = |rate: f64| format!("{rate:.0}/s");
    vec![
        Row {
            what: "smtp-source",
            measured: format!(
                "{} ({} messages of {} bytes, {} lanes)",
                per_second(rates.source),
                rates.messages,
                rates.bytes,
                rates.lanes
            ),
            wanted: "",
            reached: String::new(),
        },
        Row {
            what: "bare lanes",
            measured: per_second(rates.bare),
            wanted: "50 % of smtp-source",
            reached: percent(rates.bare, rates.source),
        },
        Row {
            what: "engine, all checks, durable, unsigned",
            measured: per_second(rates.unsigned),
            wanted: "40 % of bare lanes",
            reached: percent(rates.unsigned, rates.bare),
        },
        Row {
            what: "engine, signed",
            measured: format!("{} (signing alone: {})", per_second(rates.signed), per_second(rates.signatures)),
            wanted: "85 % of 1 / (1/unsigned + 1/signatures)",
            reached: percent(rates.signed, both),
        },
        Row {
            what: "processor time of a message",
            measured: format!("{:.0} µs, over bare lanes {:.0} µs", rates.cpu_us.0, rates.cpu_us.1),
            wanted: "",
            reached: String::new(),
        },
        Row {
            what: "of it, sealing the ledger",
            measured: format!("{:.1} µs", rates.seal_us),
            wanted: "below 2 %",
            reached: format!("{:.1} %", 100.0 * rates.seal_us / rates.cpu_us.0),
        },
        Row {
            what: "peak memory, unsigned run",
            measured: format!("{:.0} MB", rates.memory_mb),
            wanted: "below 128 MB",
            reached: String::new(),
        },
    ]
}
