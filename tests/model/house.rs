//! The rest of the steps: stops and cancellations, nodes that die and are rescued, and time.

use super::{
    mistakes::Mistake,
    state::*,
    steps::{Action, Again, Model, narrow},
};
use comity::plan::PlanState;

impl Model {
    pub(super) fn of_house(&self, state: &State, enabled: &mut Vec<Action>) {
        let nodes = || (0..state.nodes.len()).map(narrow);
        let runs = |node: &u8| state.node(*node).life == Life::Alive;
        let ended = state.is_over();
        let Budget { stops, cancels, rebookings, crashes, freezes, .. } = state.budget;
        if stops > 0 && !ended {
            enabled.extend(nodes().filter(runs).map(|node| Action::Stop { node }));
        }
        if cancels > 0 && !state.cancelled && !state.plans[0].state.is_ended() {
            enabled.extend(nodes().filter(runs).map(|node| Action::Cancel { node }));
        }
        if rebookings > 0 && state.cancelled {
            enabled.push(Action::Rebook);
        }
        for (at, order) in state.orders.iter().enumerate() {
            if !runs(&order.node) {
                continue;
            }
            match order.stage {
                Stage::Written => enabled.push(Action::Revoke { order: narrow(at) }),
                Stage::Waiting(_) if self.is_answered(state, *order) => {
                    enabled.push(Action::Acknowledge { order: narrow(at) });
                }
                Stage::Waiting(_) | Stage::Acknowledged => {}
            }
        }
        enabled.extend(self.lost(state).map(|attempt| Action::TakeBack { attempt }));
        for node in nodes() {
            match state.node(node) {
                Node { life: Life::Alive, silent, .. } => {
                    enabled.extend((crashes > 0 && !ended).then_some(Action::Crash { node }));
                    enabled.extend((freezes > 0 && !ended).then_some(Action::Freeze { node }));
                    enabled.extend((silent > 0).then_some(Action::Beat { node }));
                }
                Node { life: Life::Frozen, .. } => {
                    enabled.push(Action::Thaw { node });
                    enabled.extend((crashes > 0 && !ended).then_some(Action::Crash { node }));
                }
                Node { life: Life::Dead, seat, .. } => {
                    let is_last = state.nodes.iter().rposition(|node| node.seat == seat) == Some(usize::from(node));
                    enabled.extend(is_last.then_some(Action::Begin { seat }));
                }
            }
            if self.bounds.shape == Shape::TwoDaemons && self.is_over(state, node) && has_left_anything(state, node) {
                let others = nodes().filter(|by| *by != node).filter(runs);
                enabled.extend(others.map(|by| Action::Rescue { by, of: node }));
            }
        }
        if self.may_tick(state) && tick(state) != *state {
            enabled.push(Action::Tick);
        }
    }

    pub(super) fn house(&self, state: &mut State, action: Action) {
        match action {
            Action::TakeBack { attempt } => self.close(state, attempt, Receipt::NotBegun, Again::Yes),
            Action::Stop { node } => {
                state.budget.stops -= 1;
                state.stopped = true;
                self.order(state, Cause::Stop, node);
            }
            Action::Cancel { node } => {
                state.budget.cancels -= 1;
                state.cancelled = true;
                self.order(state, Cause::Cancel, node);
            }
            Action::Rebook => self.rebook(state),
            Action::Revoke { order } => self.revoke_in_memory(state, usize::from(order)),
            Action::Acknowledge { order } => state.orders[usize::from(order)].stage = Stage::Acknowledged,
            Action::Tick => *state = tick(state),
            Action::Crash { node } => self.crash(state, node),
            Action::Freeze { node } => {
                state.budget.freezes -= 1;
                state.nodes[usize::from(node)].life = Life::Frozen;
            }
            Action::Thaw { node } => state.nodes[usize::from(node)].life = Life::Alive,
            Action::Beat { node } => state.nodes[usize::from(node)].silent = 0,
            Action::Begin { seat } => {
                state.nodes.push(Node { life: Life::Alive, silent: 0, seat });
                if self.bounds.shape == Shape::OneDaemon {
                    for dead in 0..narrow(state.nodes.len() - 1) {
                        self.rescue(state, dead);
                    }
                }
            }
            Action::Rescue { of, .. } => self.rescue(state, of),
            other => unreachable!("{other:?} is a lane's"),
        }
    }

    /// Writes the fact, revokes what has no intent, and notes all that has no receipt.
    fn order(&self, state: &mut State, cause: Cause, node: u8) {
        let (mut found, mut revoked) = (0, Vec::new());
        for at in 0..state.attempts.len() {
            let row = state.attempts[at];
            let concerns = row.closed == Closed::No && (cause == Cause::Stop || row.plan == 0);
            if !concerns || self.has(Mistake::StopRevokesNothing) {
                continue;
            }
            if row.state != AttemptState::Revoked || !self.has(Mistake::RevokedCountsAsClosed) {
                found |= 1 << at;
            }
            if row.state == AttemptState::Permitted {
                state.attempts[at].state = AttemptState::Revoked;
                revoked.push(row.plan);
            }
        }
        if cause == Cause::Cancel {
            self.void(state);
        }
        // `REVOKE_PLANS`: those that did not end are asked again.
        for plan in revoked {
            let plan = state.plan(plan);
            if plan.state == PlanState::Sending {
                plan.turns(PlanState::Planned);
                plan.epoch += 1;
            }
        }
        state.orders.push(Order { cause, node, found, stage: Stage::Written });
    }

    /// `END_PLANS`, where `plan::reconcile` wants it: not what is on the wire. A repetition counts as that from its permission on.
    fn void(&self, state: &mut State) {
        let repeats = state.plans[0].state == PlanState::Sending && has(state, &[AttemptState::Uncertain]);
        let may_arrive = has(state, &[AttemptState::Intent]) && !self.has(Mistake::RevivesWhatMayHaveArrived);
        let plan = state.plan(0);
        if !plan.state.is_ended() && !repeats && !may_arrive {
            plan.turns(PlanState::Void);
            plan.epoch += 1;
        }
    }

    /// `REVIVE_PLANS`, where `plan::reconcile` wants it.
    fn rebook(&self, state: &mut State) {
        state.budget.rebookings -= 1;
        state.cancelled = false;
        // The cancellation is over, and so is what was promised with it.
        state.orders.retain(|order| order.cause != Cause::Cancel);
        let left = [AttemptState::Permitted, AttemptState::Intent, AttemptState::Accepted, AttemptState::Uncertain];
        let may_return = !has(state, &left) || self.has(Mistake::RevivesWhatMayHaveArrived);
        let old_epoch = self.has(Mistake::RevivedUnderAnOldEpoch);
        let plan = state.plan(0);
        if plan.state == PlanState::Void && may_return {
            plan.turns(PlanState::Planned);
            plan.epoch = if old_epoch { 0 } else { plan.epoch + 1 };
        }
    }

    /// `Flights::take_back`: what has not begun is revoked, what isn't here is marked.
    fn revoke_in_memory(&self, state: &mut State, order: usize) {
        let Order { node, found, .. } = state.orders[order];
        for at in [0, 1] {
            if self.node_of(state, narrow(at)) != Some(node) {
                continue;
            }
            let lane = &mut state.lanes[at];
            *lane = match *lane {
                Lane::Cleared(attempt, _) if holds(found, attempt) && !self.has(Mistake::NoMarks) => {
                    Lane::Cleared(attempt, Mark::Revoked)
                }
                Lane::Aloft(attempt, _) if holds(found, attempt) => Lane::Aloft(attempt, Mark::Revoked),
                other => other,
            };
        }
        state.orders[order].stage = Stage::Waiting(0);
    }

    /// Whether a stop may be acknowledged: all that it found is past the answer to `MAIL` or closed, or can't begin any more.
    pub fn is_answered(&self, state: &State, order: Order) -> bool {
        let Stage::Waiting(ticks) = order.stage else { return false };
        let long = if self.has(Mistake::NoMargin) { LIFE } else { LIFE + MARGIN };
        ticks >= long
            || self.has(Mistake::StopWaitsForNobody)
            || (0..narrow(state.attempts.len()))
                .filter(|attempt| holds(order.found, *attempt))
                .all(|attempt| self.is_past(state, order.node, attempt))
    }

    fn is_past(&self, state: &State, node: u8, attempt: u8) -> bool {
        let row = state.attempts[usize::from(attempt)];
        if row.node == node {
            // This process knows where its own lanes are.
            let waits = |lane: &Lane| matches!(lane, Lane::Beginning(at) | Lane::Mailing(at) if *at == attempt);
            return !state.lanes.iter().any(waits);
        }
        let revoked = row.state == AttemptState::Revoked && self.has(Mistake::RevokedCountsAsClosed);
        // An intent is asked for when `MAIL` was answered.
        row.closed == Closed::Yes || row.intent == Intent::Durable || revoked || self.has(Mistake::OtherNodesAreTrusted)
    }

    /// Permissions of nodes that run, without a flight, whose life is over.
    fn lost<'a>(&self, state: &'a State) -> impl Iterator<Item = u8> + 'a {
        let stay = self.has(Mistake::LostPermissionsStay);
        (0..narrow(state.attempts.len())).filter(move |attempt| {
            let row = state.attempts[usize::from(*attempt)];
            let without_intent = matches!(row.state, AttemptState::Permitted | AttemptState::Revoked);
            let flies = state.lanes.iter().any(|lane| lane.flies() && lane.attempt() == Some(*attempt));
            let over = row.left <= MARGIN && row.closed == Closed::No;
            !stay && without_intent && over && !flies && state.node(row.node).life == Life::Alive
        })
    }

    fn crash(&self, state: &mut State, node: u8) {
        state.budget.crashes -= 1;
        for lane in [0, 1] {
            if self.node_of(state, lane) == Some(node) {
                state.lanes[usize::from(lane)] = Lane::Idle;
            }
        }
        // Nobody hears an answer from it any more; whoever asked may ask again.
        let unanswered = |order: &Order| order.node == node && order.stage != Stage::Acknowledged;
        let stops = state.orders.iter().filter(|order| unanswered(order) && order.cause == Cause::Stop).count();
        state.budget.stops += narrow(stops);
        state.orders.retain(|order| !unanswered(order));
        state.nodes[usize::from(node)].life = Life::Dead;
    }

    /// Whether a node counts as dead.
    fn is_over(&self, state: &State, node: u8) -> bool {
        let of = state.node(node);
        of.silent >= LEASE || (self.has(Mistake::RescueOfTheLiving) && of.life == Life::Alive)
    }

    /// `store::node::begin`, as to what a dead one left behind.
    fn rescue(&self, state: &mut State, dead: u8) {
        for attempt in 0..narrow(state.attempts.len()) {
            let row = state.attempts[usize::from(attempt)];
            if row.closed == Closed::Yes || row.node != dead {
                continue;
            }
            let (receipt, again) = match row.state {
                AttemptState::Intent if self.has(Mistake::IntentRescuedAsRetry) => (Receipt::Aborted, Again::Yes),
                AttemptState::Intent => {
                    let forgets = self.has(Mistake::RescueForgetsARepetition)
                        && self.bounds.if_uncertain == IfUncertain::SendAgain;
                    let again = forgets || self.may_repeat(state, row.plan);
                    (Receipt::Uncertain, if again { Again::Yes } else { Again::No })
                }
                AttemptState::Revoked => (Receipt::NotBegun, Again::No),
                _ => (Receipt::Aborted, Again::Yes),
            };
            self.close(state, attempt, receipt, again);
        }
        if self.has(Mistake::RescueKeepsLeases) {
            return;
        }
        for plan in &mut state.plans {
            if plan.state == PlanState::Leased && plan.owner == Some(dead) {
                plan.turns(PlanState::Planned);
            }
        }
    }

    /// Time stands still where a lane is between its look and the write for as long as the margin allows; and where a lane
    /// that runs would be too slow for its permit, unless that is among the faults.
    fn may_tick(&self, state: &State) -> bool {
        let unfenced = self.has(Mistake::FrozenAtTheLook);
        let at_the_look =
            |lane: &Lane| matches!(lane, Lane::Beginning(at) if state.attempts[usize::from(*at)].left == 1);
        (unfenced || !state.lanes.iter().any(at_the_look)) && too_slow(state) <= state.budget.faults
    }
}

/// Whether the first plan has an attempt in one of these states.
fn has(state: &State, states: &[AttemptState]) -> bool {
    state.attempts.iter().any(|attempt| attempt.plan == 0 && states.contains(&attempt.state))
}

const fn holds(found: u16, attempt: u8) -> bool {
    found & (1 << attempt) != 0
}

/// Whether there is anything to rescue.
fn has_left_anything(state: &State, node: u8) -> bool {
    state.attempts.iter().any(|attempt| attempt.node == node && attempt.closed == Closed::No)
        || state.plans.iter().any(|plan| plan.owner == Some(node))
}

/// Lanes of running nodes whose permit ends with the next tick before they looked.
fn too_slow(state: &State) -> u8 {
    let slow = |lane: &&Lane| match lane {
        Lane::Cleared(attempt, Mark::Free) | Lane::Aloft(attempt, Mark::Free) => {
            let row = state.attempts[usize::from(*attempt)];
            row.left == MARGIN + 1 && state.node(row.node).life == Life::Alive
        }
        _ => false,
    };
    narrow(state.lanes.iter().filter(slow).count())
}

fn tick(state: &State) -> State {
    let mut next = state.clone();
    next.budget.faults -= too_slow(state);
    for attempt in &mut next.attempts {
        attempt.left = attempt.left.saturating_sub(1);
    }
    for order in &mut next.orders {
        if let Stage::Waiting(ticks) = &mut order.stage {
            *ticks = (*ticks + 1).min(LIFE + MARGIN);
        }
    }
    let several = state.nodes.iter().any(|node| node.seat > 0);
    for node in next.nodes.iter_mut().filter(|node| several && node.life != Life::Alive) {
        node.silent = (node.silent + 1).min(LEASE);
    }
    next
}
