//! Nodes: one row per start of a daemon, and what a new one does with what the dead left behind.
//!
//! The caller holds the installation's lock, so every older node that worked from there is dead. Where several share a database,
//! so is one that beats no more, by the database's own clock. An attempt without an intent never had its
//! body begun: it is aborted and its plan is due again. So is one with an intent whose dot had not left, where the flight recorder
//! says so. Any other with an intent may have arrived: it is uncertain, and only a service message whose workflow says so is sent
//! again, once. A live node's attempts are never touched.

use super::{
    Store, StoreError,
    book::rows,
    database::{Link, query, query_as},
    flight_recorder::Recorded,
    marks::{self, CLOCK},
    moving,
    receipt::{Closing, Receipts},
    round::{Desk, Kind},
    statements::pipeline::{
        BEAT, BEGIN_NODE, DEAD_NODES, LIVES, LIVING_NODES, NOT_BEGUN, ORPHANS, RELEASE_ORPHANS, SERVER_TIME,
    },
    types::{AfterUncertain, LivingNode, Next, Rescued},
};
use crate::{
    base::{AttemptId, Instant, NodeId, PlanId},
    fault::{self, Point, seam},
    ledger::{
        Phase, Receipt,
        receipt::{AbortCause, NotBegun},
    },
};
use std::time::Duration;

/// A node that hasn't beaten for so long is dead: several beats.
const LEASE: Duration = Duration::from_secs(30);

fn lease() -> Duration {
    fault::span("lease", LEASE)
}

impl Store {
    /// A new incarnation of the daemon. The caller holds the installation's lock, so all older ones that worked from there are dead:
    /// their attempts are closed, as aborted or uncertain, and their plans released. So are those of nodes that beat no more.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn begin_node(&self, if_uncertain: AfterUncertain) -> Result<(NodeId, Rescued), StoreError> {
        let (home, recorded) = (self.inner.home.clone(), Recorded::read(&self.inner.journal));
        self.change(move |desk| Box::pin(async move { begin(desk, &home, &recorded, &if_uncertain).await })).await
    }

    /// The same for nodes that died while this one works.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn rescue(&self, node: NodeId, if_uncertain: AfterUncertain) -> Result<Rescued, StoreError> {
        // Their recorders lie elsewhere.
        let recorded = Recorded::default();
        self.change(move |desk| Box::pin(async move { rescue(desk, node, &recorded, &if_uncertain).await })).await
    }

    /// Whether other nodes may work with the same database.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.inner.is_shared
    }

    /// Whether this node does what one node does alone. Once it does, it goes on until its link to the database breaks, and no
    /// other begins before.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn leads(&self) -> Result<bool, StoreError> {
        // Files have one node.
        if !self.is_shared() {
            return Ok(true);
        }
        self.errand(|desk| Box::pin(async { desk.database.leads().await })).await
    }

    /// How many nodes are alive.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn nodes_alive(&self) -> Result<u32, StoreError> {
        let nodes = living(&mut self.reader().await?).await?;
        Ok(u32::try_from(nodes.len()).unwrap_or(u32::MAX))
    }

    /// Whether one of these may still begin, on whatever node.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn may_begin(&self, attempts: &[AttemptId]) -> Result<bool, StoreError> {
        let asked = query_as::<i64>(NOT_BEGUN).bind(rows(attempts)?);
        Ok(asked.fetch_one(&mut self.reader().await?).await? > 0)
    }
}

/// A new node, with the rescue of its dead predecessors.
pub(super) async fn begin(
    desk: &mut Desk,
    home: &str,
    recorded: &Recorded,
    after: &AfterUncertain,
) -> Result<(NodeId, Rescued), StoreError> {
    // Rounds take turns with a move: one that began after this database was opened is seen here.
    moving::must_have_come(desk.database.alone().await?).await?;
    let (now, beat) = (desk.clock.now(), time_of_all(desk).await?);
    let node = query_as(BEGIN_NODE).bind(now.ms()).bind(beat.ms()).bind(home);
    let node = NodeId(node.fetch_one(desk.database.alone().await?).await?);
    let nothing = Recorded::default();
    // Of a database that was put back, it would speak of attempts that came after it.
    let recorded = if desk.fence.is_level() { recorded } else { &nothing };
    Ok((node, rescue(desk, node, recorded, after).await?))
}

/// What the dead left behind is closed and given back.
async fn rescue(
    desk: &mut Desk,
    node: NodeId,
    recorded: &Recorded,
    after: &AfterUncertain,
) -> Result<Rescued, StoreError> {
    let now = desk.clock.now();
    let since = time_of_all(desk).await?.minus(lease());
    let dead: Vec<i64> =
        query_as(DEAD_NODES).bind(node.0).bind(since.ms()).fetch_all(desk.database.alone().await?).await?;
    let dead = rows(&dead)?;
    let orphans: Vec<(i64, i64, String, i64, String, i64)> =
        query_as(ORPHANS).bind(&dead).fetch_all(desk.database.alone().await?).await?;
    let mut rescued = Rescued::default();
    let closings: Vec<Closing> = orphans
        .into_iter()
        .map(|(attempt, owner, state, plan, workflow, repeats)| {
            let aborted = |phase| Receipt::Aborted { phase, why: AbortCause::OwnerLost };
            let (receipt, next) = match state.as_str() {
                "intent" if recorded.rules_out(NodeId(owner), AttemptId(attempt)) => {
                    rescued.aborted += 1;
                    (aborted(Phase::Body), Next::RetryAt(now))
                }
                "intent" => {
                    rescued.uncertain += 1;
                    // As where the server doesn't answer: see `engine::outcome`.
                    let again = repeats == 0 && after.send_again.contains(&workflow);
                    (Receipt::Uncertain, if again { Next::RetryAt(now) } else { Next::Done })
                }
                // Its plan went on when it was revoked.
                "revoked" => (Receipt::NotBegun(NotBegun::Revoked), Next::Done),
                _ => {
                    rescued.aborted += 1;
                    (aborted(Phase::Connect), Next::RetryAt(now))
                }
            };
            Closing { attempt: AttemptId(attempt), plan: PlanId(plan), receipt, next, at: now }
        })
        .collect();
    for result in Receipts::run(desk, &closings).await? {
        result?;
    }
    fault::point(Point::AfterRescue);
    let released = query(RELEASE_ORPHANS).bind(dead).bind(now.ms());
    rescued.released = released.execute(desk.database.alone().await?).await?.rows_affected();
    Ok(rescued)
}

/// A sign of life.
pub(super) async fn beat(desk: &mut Desk, node: NodeId) -> Result<(), StoreError> {
    let now = time_of_all(desk).await?;
    query(BEAT).bind(node.0).bind(now.ms()).execute(desk.database.alone().await?).await?;
    Ok(())
}

/// Where others share the database: this node is alive, as from this transaction on everybody sees. One that has slept for long would be
/// taken for dead at once, with all that it is given now; and a stop would not wait for what nobody holds any more.
pub(super) async fn lives(desk: &mut Desk, node: NodeId) -> Result<(), StoreError> {
    if seam::shared().is_some() {
        return beat(desk, node).await;
    }
    if desk.database.is_shared() {
        desk.database.say(query(LIVES).bind(node.0));
    }
    Ok(())
}

/// The nodes that are alive.
pub(super) async fn living(reader: &mut Link) -> Result<Vec<LivingNode>, StoreError> {
    let since = server_time(reader).await?.minus(lease());
    let nodes: Vec<(i64, String, i64, i64)> = query_as(LIVING_NODES).bind(since.ms()).fetch_all(reader).await?;
    let node = |(id, home, beat_at, holds)| LivingNode {
        id,
        home,
        beat_at: Instant::from_ms(beat_at),
        holds: u64::try_from(holds).unwrap_or_default(),
    };
    Ok(nodes.into_iter().map(node).collect())
}

/// The time by which lives and deaths are judged: nodes may differ about it, so a server says it.
async fn time_of_all(desk: &mut Desk) -> Result<Instant, StoreError> {
    if !desk.database.is_shared() {
        return Ok(desk.clock.now());
    }
    server_time(desk.database.alone().await?).await
}

async fn server_time(link: &mut Link) -> Result<Instant, StoreError> {
    let at: i64 = query_as(SERVER_TIME).fetch_one(link).await?;
    Ok(Instant::from_ms(seam::shared().map_or(at, |shared| shared.time())))
}

/// The latest instant seen. It never goes back.
pub(super) async fn mark(desk: &mut Desk, now: Instant) -> Result<(), StoreError> {
    marks::raise(desk.database.alone().await?, CLOCK, now.ms()).await
}

/// The latest instant that this installation has seen.
pub(super) async fn high_water(connection: &mut Link) -> Result<Option<Instant>, StoreError> {
    Ok(marks::read(connection, CLOCK).await?.map(Instant::from_ms))
}
