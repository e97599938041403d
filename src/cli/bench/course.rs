//! One case: the engine between two runs of bare lanes over the same way. What the bare lanes reach is its limit.
//!
//! - **bare lanes**: our lanes with the same messages, composed beforehand; no database, no gate, no rendering.
//! - **engine**: the whole way through, from due rows to receipts on disk; several nodes have as many lanes together.
//!
//! Both share two cores with the sink that they send to, so each figure holds its share of the sink's work. The
//! bare lanes run before the engine and after it, because a shared machine is not equally fast for a minute.

use super::{
    far::Way,
    nodes::Nodes,
    usage,
    yard::{DUE_AT, Ground, Signing, VISITS_IN, Yard, towards},
};
use crate::{
    base::{Clock, NodeId},
    clock::SystemClock,
    config::Installation,
    deliver::{Letter, SmtpTransport, bare::BareLane},
    engine::{audit::Sealer, letterhead, wording},
    ledger::Receipt,
    plan::PlanState,
};
use anyhow::{Context, bail};
use futures_util::future::try_join_all;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Different messages that the bare lanes go through.
const SPECIMENS: usize = 500;
/// A server is far from this latency on.
const FAR: Duration = Duration::from_millis(50);

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Engines that share the database.
    pub nodes: usize,
    /// From a command to its answer.
    pub latency: Duration,
    /// Messages of each run.
    pub messages: usize,
    /// Connections of all nodes together.
    pub lanes: usize,
}

/// What is to be reached of the limit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Goal {
    /// Of what bare lanes reach.
    pub percent: f64,
    /// In words.
    pub words: &'static str,
}

impl Case {
    /// Where one is set: of a near server the work is the limit, of a far one the way there and back.
    pub fn goal(&self, ground: &Ground) -> Option<Goal> {
        let (percent, words) = match (self.latency, &ground.server) {
            (Duration::ZERO, None) => (60.0, "60 % of bare lanes"),
            (Duration::ZERO, Some(_)) => (45.0, "45 % of bare lanes"),
            (latency, _) if latency >= FAR => (90.0, "90 % of bare lanes"),
            _ => return None,
        };
        Some(Goal { percent, words })
    }
}

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Messages a second.
    pub rate: f64,
    /// Processor time of this process for one message, in µs.
    pub cpu_us: f64,
}

impl Pace {
    /// Of two runs with the same number of messages.
    fn of_both(self, other: Self) -> Self {
        // So the rate of both is the harmonic mean.
        let rate = 2.0 / (1.0 / self.rate + 1.0 / other.rate);
        Self { rate, cpu_us: f64::midpoint(self.cpu_us, other.cpu_us) }
    }
}

/// What the engine sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// How fast.
    pub pace: Pace,
    /// Processor time to seal all entries about one message, in µs: done afterwards, so that it stands alone.
    pub seal_us: f64,
}

/// What a case came to.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// The limit.
    pub bare: Pace,
    /// The engine, unsigned.
    pub engine: Sent,
    /// Peak memory of this process while the database was filled and the engine ran, in MB.
    pub memory_mb: f64,
}

/// A case with all that it needs.
pub struct Course<'a> {
    ground: &'a Ground,
    case: Case,
    /// To the mail server.
    pub way: Way,
    /// Messages as the engine composes them.
    pub letters: Arc<Vec<Letter>>,
}

impl<'a> Course<'a> {
    /// Starts the mail server, and composes what the bare lanes send.
    ///
    /// # Errors
    /// When Postfix's tools are missing.
    pub async fn open(ground: &'a Ground, case: Case) -> anyhow::Result<Self> {
        let way = Way::to_a_sink(case.latency).await?;
        let mut course = Self { ground, case, way, letters: Arc::default() };
        course.letters = Arc::new(course.specimens().await?);
        Ok(course)
    }

    /// Bytes of a message.
    pub fn bytes(&self) -> usize {
        self.letters.iter().map(|letter| letter.bytes.len()).sum::<usize>() / self.letters.len().max(1)
    }

    /// Runs it.
    ///
    /// # Errors
    /// When a message was not delivered.
    pub async fn run(&self) -> anyhow::Result<Figures> {
        let messages = self.case.messages;
        let before = self.bare(messages).await?;
        usage::forget_peak()?;
        let engine = self.engine(messages, Signing::Off).await?;
        let memory_mb = usage::peak_mb()?;
        let after = self.bare(messages).await?;
        Ok(Figures { bare: before.of_both(after), engine, memory_mb })
    }

    /// The engine from due rows to receipts.
    ///
    /// # Errors
    /// When a message was not delivered.
    pub async fn engine(&self, messages: usize, signing: Signing) -> anyhow::Result<Sent> {
        let yard = Yard::lay(self.installation(signing)?, messages, messages, VISITS_IN).await?;
        all_sent(Nodes::over(yard, self.case.nodes).await?, &self.way, messages).await
    }

    /// So many over bare lanes.
    ///
    /// # Errors
    /// When one was refused.
    pub async fn bare(&self, messages: usize) -> anyhow::Result<Pace> {
        let lanes = self.lanes_each() * self.case.nodes;
        // A way of its own: those of the nodes have their own lanes only.
        let route = towards(self.ground, self.way.address(), lanes, Signing::Off)?.config.smtp.route();
        let transport = SmtpTransport::over(route, Arc::new(SystemClock))?;
        let open = try_join_all((0..lanes).map(|_| BareLane::open(&transport))).await?;
        let next = Arc::new(AtomicUsize::new(0));
        timed(&self.way, messages, async {
            let mut running = tokio::task::JoinSet::new();
            for lane in open {
                running.spawn(send_all(lane, Arc::clone(&self.letters), Arc::clone(&next), messages));
            }
            while let Some(ended) = running.join_next().await {
                ended.context("a bare lane broke")??;
            }
            Ok(())
        })
        .await
    }

    /// Of one node.
    ///
    /// # Errors
    /// When the installation has mistakes.
    pub fn installation(&self, signing: Signing) -> anyhow::Result<Installation> {
        let mut installation = towards(self.ground, self.way.address(), self.lanes_each(), signing)?;
        // What one has claimed at the end, the others can't help with.
        let claim_rows = &mut installation.config.limits.claim_rows;
        *claim_rows = (*claim_rows / self.case.nodes.max(1)).max(1);
        Ok(installation)
    }

    fn lanes_each(&self) -> usize {
        (self.case.lanes / self.case.nodes.max(1)).max(1)
    }

    async fn specimens(&self) -> anyhow::Result<Vec<Letter>> {
        let count = SPECIMENS.min(self.case.messages);
        let yard = Yard::lay(self.installation(Signing::Off)?, count, count, VISITS_IN).await?;
        let letterhead = letterhead::of(&yard.installation)?;
        let engine = &yard.engine;
        let mut letters = Vec::with_capacity(count);
        for claimed in engine.store.claim(NodeId(1), DUE_AT, count).await? {
            let draft = wording::draft(&claimed, &engine.rulebook(), &engine.keys).map_err(anyhow::Error::msg)?;
            letters.push(letterhead.compose(&draft, DUE_AT)?);
        }
        yard.close().await?;
        Ok(letters)
    }
}

/// Lets so many become due, and measures until the last one has left.
///
/// # Errors
/// When another number has.
pub async fn all_sent(nodes: Nodes, way: &Way, messages: usize) -> anyhow::Result<Sent> {
    let pace = timed(way, messages, nodes.drive()).await?;
    let Yard { engine, installation, .. } = &nodes.first;
    let status = engine.store.status().await?;
    let sealer = Sealer::new(engine.store.clone(), Arc::new(SystemClock), &installation.config);
    let sealing = timed(way, messages, async {
        sealer.seal_now().await;
        Ok(())
    });
    let seal_us = sealing.await?.cpu_us;
    nodes.close().await?;
    let sent = status.plans.get(&PlanState::Sent).copied().unwrap_or_default();
    if usize::try_from(sent) != Ok(messages) {
        bail!("the engine sent {sent} of {messages}: {status:?}");
    }
    Ok(Sent { pace, seal_us })
}

/// How fast so many messages are, with this work.
///
/// # Errors
/// The work's.
pub async fn timed(way: &Way, messages: usize, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<Pace> {
    let (begun, used) = (SystemClock.boot(), way.cpu_seconds_beside().await?);
    work.await?;
    let rate = super::rate(messages, begun)?;
    let cpu_us = (way.cpu_seconds_beside().await? - used) * 1e6 / f64::from(u32::try_from(messages)?);
    Ok(Pace { rate, cpu_us })
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
