//! The real store, led through a trace of the model: what each step calls, and what must come of it.
//!
//! A daemon is a node of the store with `Flights` of its own; a lane is what its worker would have in hand. Two daemons share
//! one store here, as they would share a database.

use super::{
    state::{self, AttemptState, Bounds, Cause, Closed, IfUncertain, Intent, Lane, Shape, Stage, State, Wanted},
    steps::{Action, Model, narrow},
};
use crate::{
    store::world::{House, accepted, appointment, customer, open, reply, stop_order},
    support::{
        anna::{self, at},
        clock::HandClock,
    },
};
use comity::{
    base::{AttemptId, Clock, NodeId, Value},
    clock::VirtualClock,
    deliver::transport::Begin,
    engine::{
        flights::{Flights, OpenFlight},
        house::lifecycle::PERMIT_LIFE,
    },
    ledger::{
        Attempt, Carried, Phase, Receipt,
        receipt::{AbortCause, NotBegun},
    },
    people::Customer,
    store::{AfterUncertain, Claimed, Dry, Next, Permission, Published, RecordRow, StopState, Store},
    trigger::RecordStatus,
};
use futures_util::{FutureExt, future::BoxFuture};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

/// One tick.
const SECOND: Duration = Duration::from_secs(1);
/// A day before it the hand clock's time has come, not that of the files.
const VISIT: &str = "2026-03-28T09:00";
/// What the files go by: a visit that is booked again lives again only before its moment.
const PLANNED_AT: &str = "2026-03-27T08:00";
const DATABASE: &str = "comity.db";
const DIGEST: [u8; 32] = [1; 32];

/// What a worker has in hand.
#[derive(Default)]
struct Hand {
    claimed: Option<Arc<Claimed>>,
    attempt: Option<Attempt>,
    flight: Option<OpenFlight>,
}

/// A stop at its wait.
struct Waiting {
    open: Vec<AttemptId>,
    revoking: Option<BoxFuture<'static, ()>>,
}

/// A salon with one visit, whose reminder is due; before any daemon.
pub struct Premises {
    dir: TempDir,
    house: Arc<House>,
}

impl Premises {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let files = VirtualClock::starting_at(at(PLANNED_AT));
        let house = Arc::new(House { policy: anna::policy(), workflow: anna::workflow(&["24h"]), clock: files });
        let store = open(&dir.path().join(DATABASE), None, &HandClock::new()).await.unwrap();
        store.put_in_force("r1", Published::default()).await.unwrap();
        store.adopt("r1").await.unwrap();
        let _ = store.put_customers(vec![customer("anna")], house.clone(), Dry::Apply).await.unwrap();
        let _ = store.put_records(vec![visit(RecordStatus::Live)], house.clone(), Dry::Apply).await.unwrap();
        store.close().await;
        Self { dir, house }
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&place).unwrap();
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// See the module.
pub struct Real {
    model: Model,
    dir: TempDir,
    clock: Arc<HandClock>,
    house: Arc<House>,
    store: Store,
    anna: Customer,
    /// By the model's numbers.
    nodes: Vec<(NodeId, Arc<Flights>)>,
    hands: [Hand; 2],
    orders: Vec<Waiting>,
}

/// Whether the store can follow a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follows {
    Yes,
    /// A rescue by a node that runs beside others is not in the store: a node that begins takes all others for dead.
    No,
}

impl Real {
    /// In a copy of the premises.
    pub async fn new(model: Model, premises: &Premises) -> Self {
        let dir = tempfile::tempdir().unwrap();
        copy(premises.dir.path(), dir.path());
        let clock = HandClock::new();
        let store = open(&dir.path().join(DATABASE), None, &clock).await.unwrap();
        let anna = store.find_by_external_id("anna").await.unwrap().unwrap();
        let (hands, house) = (Default::default(), Arc::clone(&premises.house));
        let mut real = Self { model, dir, clock, house, store, anna, nodes: vec![], hands, orders: vec![] };
        for _ in &model.at_first().nodes {
            real.begin().await;
        }
        real
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join(DATABASE)
    }

    async fn begin(&mut self) {
        let (node, _) = self.store.begin_node(self.after_uncertain()).await.unwrap();
        self.nodes.push((node, Flights::new(PERMIT_LIFE, self.clock.clone())));
    }

    fn after_uncertain(&self) -> AfterUncertain {
        let again = self.model.bounds.if_uncertain == IfUncertain::SendAgain;
        AfterUncertain { send_again: again.then(|| self.house.workflow.name.clone()).into_iter().collect() }
    }

    /// Whether the store has what this step is about.
    pub fn follows(bounds: &Bounds, state: &State, action: Action) -> Follows {
        let rescued = match (bounds.shape, action) {
            (Shape::TwoDaemons, Action::Begin { .. }) => return Follows::No,
            (_, Action::Rescue { of, .. }) => of,
            _ => return Follows::Yes,
        };
        let open = state.attempts.iter().filter(|row| row.closed == Closed::No).map(|row| row.node);
        let mut owners = open.chain(state.plans.iter().filter_map(|plan| plan.owner));
        if owners.all(|node| node == rescued) { Follows::Yes } else { Follows::No }
    }

    /// Takes a step, and compares what came of it.
    pub async fn step(&mut self, before: &State, action: Action, after: &State) {
        match action {
            Action::Claim { lane, .. } | Action::Release { lane } | Action::Permit { lane } => {
                self.ask(before, action, after, usize::from(lane)).await;
            }
            Action::LosePermission { lane } => self.hands[usize::from(lane)] = Hand::default(),
            Action::Open { lane }
            | Action::Look { lane }
            | Action::Answer { lane }
            | Action::Intent { lane }
            | Action::End { lane, .. }
            | Action::Close { lane } => self.fly(before, action, after, usize::from(lane)).await,
            Action::TakeBack { attempt } => {
                let id = self.attempts().await[usize::from(attempt)];
                let (node, flights) = &self.nodes[usize::from(before.attempts[usize::from(attempt)].node)];
                assert!(self.store.unflown(*node).await.unwrap().contains(&id) && !flights.knows(id));
                assert_eq!(self.store.take_back(vec![id]).await.unwrap(), 1);
            }
            Action::Stop { .. } | Action::Cancel { .. } | Action::Rebook => self.say(before, action, after).await,
            Action::Revoke { order } => self.revoke(before, usize::from(order)),
            Action::Tick => self.clock.go_on(SECOND),
            Action::Crash { node } => self.crash(before, node, after).await,
            Action::Beat { node } => drop(self.store.beat(self.nodes[usize::from(node)].0).await.unwrap()),
            Action::Begin { .. } => self.begin().await,
            // By a node that the model doesn't know, and that does nothing else.
            Action::Rescue { .. } => drop(self.store.begin_node(self.after_uncertain()).await.unwrap()),
            Action::Judge { .. } => panic!("only a mistake judges before the lock"),
            Action::Mail { .. }
            | Action::Body { .. }
            | Action::Dot { .. }
            | Action::Freeze { .. }
            | Action::Thaw { .. }
            | Action::Acknowledge { .. } => {}
        }
        self.compare(after).await;
    }

    fn node(&self, state: &State, lane: usize) -> usize {
        usize::from(self.model.node_of(state, narrow(lane)).unwrap())
    }

    async fn ask(&mut self, before: &State, action: Action, after: &State, lane: usize) {
        let node = self.nodes[self.node(before, lane)].0;
        let now = self.clock.now();
        if let Action::Claim { .. } = action {
            let mut claimed = self.store.claim(node, now, 1).await.unwrap();
            assert_eq!(claimed.len(), 1, "the plan is due");
            let claimed = claimed.remove(0);
            assert_eq!(claimed.plan.epoch, i64::from(after.plans[0].epoch));
            self.hands[lane].claimed = Some(Arc::new(claimed));
            return;
        }
        let claimed = self.hands[lane].claimed.take().unwrap();
        if let Action::Release { .. } = action {
            self.store.release(claimed.plan.id, claimed.plan.epoch, now).await.unwrap();
            return;
        }
        let (plan, epoch) = (claimed.plan.id, claimed.plan.epoch);
        let mut permission = self.store.permit(node, claimed, self.house.clone()).await.unwrap();
        // The visit changed since the claim and its plan didn't: `engine::pipeline` drafts again, and the model has no drafts.
        if let Permission::Outdated = permission {
            let fresh = self.store.reload(plan, epoch).await.unwrap().unwrap();
            permission = self.store.permit(node, Arc::new(fresh), self.house.clone()).await.unwrap();
        }
        match (permission, after.lanes[lane], before == after) {
            (Permission::Permitted(attempt), Lane::Cleared(..), _) => self.hands[lane].attempt = Some(attempt),
            (Permission::Ended, Lane::Idle, _) if before.plans != after.plans => {}
            (Permission::Lost, Lane::Idle, _) if before.plans == after.plans => {}
            (other, lane, _) => panic!("the store says {other:?}, the model {lane:?}"),
        }
    }

    async fn fly(&mut self, before: &State, action: Action, after: &State, lane: usize) {
        let flights = Arc::clone(&self.nodes[self.node(before, lane)].1);
        let hand = &mut self.hands[lane];
        let attempt = hand.attempt.as_ref().unwrap();
        match action {
            Action::Open { .. } => hand.flight = Some(flights.open(attempt.id(), DIGEST, &self.store)),
            Action::Look { .. } => {
                let lives = self.clock.boot() < attempt.valid_until();
                let begins = lives && hand.flight.as_ref().unwrap().may_begin() == Begin::Go;
                assert_eq!(begins, matches!(after.lanes[lane], Lane::Beginning(_)), "the last look");
            }
            Action::Answer { .. } => hand.flight.as_ref().unwrap().begun(),
            Action::Intent { .. } => {
                let durable = hand.flight.as_ref().unwrap().intent().await.is_ok();
                assert_eq!(durable, matches!(after.lanes[lane], Lane::Begun(_, Wanted::Durable)), "the intent");
            }
            Action::Close { .. } => {
                let Lane::Ended(number, receipt) = before.lanes[lane] else { panic!("{:?}", before.lanes[lane]) };
                let now = self.clock.now();
                let again = self.model.tries_again(before, number, receipt);
                let next = if again { Next::RetryAt(now) } else { Next::Done };
                let carried = Carried { attempt: attempt.id(), plan: attempt.plan(), receipt: as_told(receipt) };
                self.store.receipt(carried, next).await.unwrap();
                *hand = Hand::default();
            }
            _ => {}
        }
        if matches!(after.lanes[lane], Lane::Ended(..)) {
            self.hands[lane].flight = None;
        }
    }

    /// What a customer or the business says, and which attempts it found.
    async fn say(&mut self, before: &State, action: Action, after: &State) {
        let put = async |row| self.store.put_records(vec![row], self.house.clone(), Dry::Apply).await.unwrap().open;
        let open = match action {
            Action::Stop { .. } => {
                let stopped = self.store.stop(stop_order(self.anna.handle, self.clock.now())).await.unwrap();
                let expected = if before.stopped { StopState::Already } else { StopState::Now };
                assert_eq!(stopped.state, expected);
                stopped.open
            }
            Action::Cancel { .. } => put(visit(RecordStatus::Cancelled)).await,
            _ => {
                let _ = put(visit(RecordStatus::Live)).await;
                let stops = before.orders.iter().map(|order| order.cause == Cause::Stop);
                let mut stops = stops.collect::<Vec<_>>().into_iter();
                self.orders.retain(|_| stops.next().unwrap());
                return;
            }
        };
        let found = after.orders.last().unwrap().found;
        let ids = self.attempts().await;
        let expected = (0..).zip(&ids).filter(|(at, _)| found & (1 << at) != 0).map(|(_, id)| *id);
        assert_eq!(open, expected.collect::<Vec<_>>(), "what is open");
        self.orders.push(Waiting { open, revoking: None });
    }

    /// By the flights of the node that carries it out. It doesn't know of other nodes' lanes yet: those the model waits for.
    fn revoke(&mut self, before: &State, order: usize) {
        let node = before.orders[order].node;
        let own = before.attempts.iter().enumerate().filter(|(_, row)| row.node == node).map(|(at, _)| at);
        let own: BTreeSet<usize> = own.filter(|at| before.orders[order].found & (1 << at) != 0).collect();
        let found = (0..before.attempts.len()).filter(|at| before.orders[order].found & (1 << at) != 0);
        let open = found.zip(&self.orders[order].open).filter(|(at, _)| own.contains(at)).map(|(_, id)| *id);
        let (open, flights) = (open.collect::<Vec<_>>(), Arc::clone(&self.nodes[usize::from(node)].1));
        let mut revoking = async move { flights.revoke(&open).await }.boxed();
        let is_done = (&mut revoking).now_or_never().is_some();
        self.orders[order].revoking = (!is_done).then_some(revoking);
    }

    async fn crash(&mut self, before: &State, node: u8, after: &State) {
        for lane in [0, 1] {
            if self.node(before, lane) == usize::from(node) {
                self.hands[lane] = Hand::default();
            }
        }
        let mut answered = before.orders.iter().map(|order| after.orders.contains(order));
        self.orders.retain(|_| answered.next().unwrap());
        if self.model.bounds.shape == Shape::OneDaemon {
            self.store.close().await;
            self.store = open(&self.path(), None, &self.clock).await.unwrap();
        }
    }

    async fn attempts(&self) -> Vec<AttemptId> {
        let [ids] = self.look(["SELECT CAST(id AS TEXT) FROM attempts ORDER BY id"]).await;
        ids.iter().map(|id| AttemptId(id.parse().unwrap())).collect()
    }

    /// By a connection of its own.
    async fn look<const N: usize>(&self, texts: [&'static str; N]) -> [Vec<String>; N] {
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let mut found = [const { Vec::new() }; N];
        for (rows, text) in found.iter_mut().zip(texts) {
            *rows = sqlx::query_scalar(text).fetch_all(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        found
    }

    /// The database, row by row; and who is answered.
    async fn compare(&mut self, model: &State) {
        let owner = |owner: Option<u8>| owner.map_or(0, |node| self.nodes[usize::from(node)].0.0);
        let plans: Vec<String> = model
            .plans
            .iter()
            .map(|plan| format!("{} {} {}", plan.state.name(), plan.epoch, owner(plan.owner)))
            .collect();
        let attempts: Vec<String> = model.attempts.iter().map(|row| as_stored(row, owner(Some(row.node)))).collect();
        let stored = [
            "SELECT state || ' ' || epoch || ' ' || CASE state WHEN 'leased' THEN node ELSE 0 END FROM plans ORDER BY id",
            "SELECT state || ' ' || epoch || ' ' || node || ' ' || (receipt IS NOT NULL) || ' ' || (intent_at IS NOT NULL)
            FROM attempts ORDER BY id",
        ];
        let [stored_plans, stored_attempts] = self.look(stored).await;
        assert_eq!(stored_plans, plans, "plans: state, epoch, who leased it");
        assert_eq!(stored_attempts, attempts, "attempts: state, epoch, node, whether with receipt, with intent");
        for (order, waiting) in model.orders.iter().zip(&mut self.orders) {
            if let Some(revoking) = &mut waiting.revoking
                && revoking.now_or_never().is_some()
            {
                waiting.revoking = None;
            }
            let is_alone = self.model.bounds.shape == Shape::OneDaemon;
            if matches!(order.stage, Stage::Waiting(_)) && is_alone {
                let may_answer = self.model.is_answered(model, *order);
                assert_eq!(waiting.revoking.is_none(), may_answer, "whether {:?} is acknowledged", order.cause);
            }
        }
    }
}

/// Anna's visit. A table says by the word of its status that what was cancelled is on again.
fn visit(status: RecordStatus) -> RecordRow {
    let mut row = RecordRow { status: Some(status), ..appointment("anna", VISIT) };
    row.fields.insert("status".to_owned(), Value::Text(format!("{status:?}")));
    row
}

fn as_stored(row: &state::Attempt, node: i64) -> String {
    let state = match row.state {
        AttemptState::Permitted => "permitted",
        AttemptState::Intent => "intent",
        AttemptState::Accepted => "accepted",
        AttemptState::Deferred => "deferred",
        AttemptState::Rejected => "rejected",
        AttemptState::Aborted => "aborted",
        AttemptState::NotBegun => "not-begun",
        AttemptState::Revoked => "revoked",
        AttemptState::Uncertain => "uncertain",
    };
    let (closed, intent) = (u8::from(row.closed == Closed::Yes), u8::from(row.intent == Intent::Durable));
    format!("{state} {} {node} {closed} {intent}", row.epoch)
}

fn as_told(receipt: state::Receipt) -> Receipt {
    match receipt {
        state::Receipt::Accepted => accepted(),
        state::Receipt::Deferred => Receipt::Deferred { phase: Phase::Dot, reply: reply(451, None) },
        state::Receipt::Rejected => Receipt::Rejected { phase: Phase::Dot, reply: reply(554, None) },
        state::Receipt::Aborted => Receipt::Aborted { phase: Phase::Body, why: AbortCause::Disconnected },
        state::Receipt::NotBegun => Receipt::NotBegun(NotBegun::LaneBroken),
        state::Receipt::Uncertain => Receipt::Uncertain,
    }
}
