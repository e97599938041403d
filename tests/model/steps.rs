//! What may happen next, and what comes of it. Each step says which function it mirrors; those without one happen on the
//! wire, in memory or in the world.

use super::{mistakes::Mistake, state::*};
use comity::plan::PlanState;

/// The protocol within its bounds, with a mistake in it or without.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    pub bounds: Bounds,
    pub mistake: Option<Mistake>,
}

/// One step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// `store::claim::claim`: the lease, under a new epoch.
    Claim {
        lane: u8,
        plan: u8,
    },
    /// `store::settle::Settles`, as `Store::release`: at a shutdown, or without a lane.
    Release {
        lane: u8,
    },
    /// Only where facts are read before the lock.
    Judge {
        lane: u8,
    },
    /// `store::permit::Permits::ask`: the gate's answer and its record in one transaction.
    Permit {
        lane: u8,
    },
    /// The database failed between commit and answer: nobody ever hears of the permission.
    LosePermission {
        lane: u8,
    },
    /// `engine::flights::Flights::open`.
    Open {
        lane: u8,
    },
    /// `deliver::lane::SmtpLane::transact`: the permit's life, then `Flight::may_begin`.
    Look {
        lane: u8,
    },
    /// `SmtpLane::mail`, as far as it writes.
    Mail {
        lane: u8,
    },
    /// The same, with the server's yes: `Flight::begun`.
    Answer {
        lane: u8,
    },
    /// `store::intent::Intents`.
    Intent {
        lane: u8,
    },
    /// `SmtpLane::body`: the first byte.
    Body {
        lane: u8,
    },
    /// The same: the dot.
    Dot {
        lane: u8,
    },
    /// The transaction ends so; the flight is closed.
    End {
        lane: u8,
        receipt: Receipt,
    },
    /// `store::receipt::Receipts`.
    Close {
        lane: u8,
    },
    /// `store::lost::take_back`, called by `engine::house::duties` when no flight has the permission and its life is over.
    TakeBack {
        attempt: u8,
    },
    /// `store::stop::apply`, at this node.
    Stop {
        node: u8,
    },
    /// `store::replan::replan` after `store::records::put`: the visit is cancelled.
    Cancel {
        node: u8,
    },
    /// The same: it is booked again.
    Rebook,
    /// `engine::flights::Flights::revoke`, up to its first wait.
    Revoke {
        order: u8,
    },
    /// The same, at its end: whoever asked is answered.
    Acknowledge {
        order: u8,
    },
    /// A second passes.
    Tick,
    /// The process is gone, with all that it had in memory.
    Crash {
        node: u8,
    },
    Freeze {
        node: u8,
    },
    Thaw {
        node: u8,
    },
    /// `store::node::beat`, after a thaw; nodes that run beat in time.
    Beat {
        node: u8,
    },
    /// A daemon's new incarnation, `store::node::begin`. Under the installation's lock it rescues all others.
    Begin {
        seat: u8,
    },
    /// The same rescue by a node that runs, of one whose lease is over.
    Rescue {
        by: u8,
        of: u8,
    },
}

impl Model {
    pub fn at_first(&self) -> State {
        State::at_first(&self.bounds)
    }

    pub fn has(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    /// Everything that may happen now.
    pub fn enabled(&self, state: &State) -> Vec<Action> {
        let mut enabled = Vec::new();
        for lane in [0, 1] {
            if self.node_of(state, lane).is_some_and(|node| state.node(node).life == Life::Alive) {
                self.of_lane(state, lane, &mut enabled);
            }
        }
        self.of_house(state, &mut enabled);
        enabled
    }

    /// The incarnation that a lane belongs to.
    pub fn node_of(&self, state: &State, lane: u8) -> Option<u8> {
        let seat = match self.bounds.shape {
            Shape::OneDaemon => 0,
            Shape::TwoDaemons => lane,
        };
        state.nodes.iter().rposition(|node| node.seat == seat).map(narrow)
    }

    fn of_lane(&self, state: &State, lane: u8, enabled: &mut Vec<Action>) {
        let fault = state.budget.faults > 0;
        let end = |receipt| Action::End { lane, receipt };
        match state.lanes[usize::from(lane)] {
            Lane::Idle => {
                // Whoever wakes beats before it claims.
                let beats = self.node_of(state, lane).is_some_and(|node| state.node(node).silent == 0);
                let claimable = (0..state.plans.len()).filter(|plan| beats && self.may_claim(state, *plan));
                enabled.extend(claimable.map(|plan| Action::Claim { lane, plan: narrow(plan) }));
            }
            Lane::Drafting(_) => {
                let judged_first = self.has(Mistake::FactsBeforeTheLock);
                enabled.push(if judged_first { Action::Judge { lane } } else { Action::Permit { lane } });
                enabled.extend(fault.then_some(Action::Release { lane }));
            }
            Lane::Judged(..) => enabled.push(Action::Permit { lane }),
            Lane::Cleared(..) => {
                enabled.push(Action::Open { lane });
                enabled.extend(fault.then_some(Action::LosePermission { lane }));
            }
            Lane::Aloft(..) => {
                enabled.push(Action::Look { lane });
                // The server ended the lane meanwhile.
                enabled.extend(fault.then_some(end(Receipt::NotBegun)));
            }
            Lane::Beginning(attempt) => {
                let in_time = state.attempts[usize::from(attempt)].left > 0;
                let unfenced = self.has(Mistake::FrozenAtTheLook) || self.has(Mistake::PermitLifeUnchecked);
                if in_time || unfenced {
                    enabled.push(Action::Mail { lane });
                }
                // The wire doesn't take it before the permit ends.
                enabled.extend(fault.then_some(end(Receipt::Aborted)));
            }
            Lane::Mailing(_) => {
                enabled.push(Action::Answer { lane });
                enabled.extend([Receipt::Deferred, Receipt::Aborted].map(end).into_iter().filter(|_| fault));
            }
            Lane::Begun(_, Wanted::Unasked) => {
                let body_first = self.has(Mistake::IntentAfterTheBody);
                enabled.push(if body_first { Action::Body { lane } } else { Action::Intent { lane } });
            }
            Lane::Begun(_, Wanted::Durable) => {
                enabled.push(Action::Body { lane });
                let ends = [Receipt::Deferred, Receipt::Rejected, Receipt::Aborted].map(end);
                enabled.extend(ends.into_iter().filter(|_| fault));
            }
            Lane::Begun(_, Wanted::Failed) => enabled.push(end(Receipt::Aborted)),
            Lane::Body(_) => {
                enabled.push(Action::Dot { lane });
                let lost = if self.has(Mistake::UncertainBeforeTheDot) { Receipt::Uncertain } else { Receipt::Aborted };
                enabled.extend(fault.then_some(end(lost)));
            }
            Lane::Dotted(_) => {
                enabled.push(end(Receipt::Accepted));
                let ends = [Receipt::Uncertain, Receipt::Deferred, Receipt::Rejected].map(end);
                enabled.extend(ends.into_iter().filter(|_| fault));
            }
            Lane::Ended(..) => enabled.push(Action::Close { lane }),
        }
    }

    /// Of a customer one plan is leased at a time, and there is one customer.
    fn may_claim(&self, state: &State, plan: usize) -> bool {
        if self.has(Mistake::ClaimWithoutCondition) {
            // Once is enough to see what comes of it.
            return !state.plans[plan].state.is_ended() && state.plans[plan].epoch < 3;
        }
        let leased = state.plans.iter().any(|plan| plan.state == PlanState::Leased);
        !leased && state.plans[plan].state == PlanState::Planned
    }

    /// The state after a step that [`Model::enabled`] gave.
    pub fn after(&self, state: &State, action: Action) -> State {
        let mut next = state.clone();
        match action {
            Action::Claim { lane, plan } => self.claim(&mut next, lane, plan),
            Action::Release { lane } => self.release(&mut next, lane),
            Action::Judge { lane } => {
                if let Lane::Drafting(claim) = next.lanes[usize::from(lane)] {
                    next.lanes[usize::from(lane)] = Lane::Judged(claim, judge(state, claim.plan));
                }
            }
            Action::Permit { lane } => self.permit(&mut next, lane),
            Action::LosePermission { lane } => {
                next.budget.faults -= 1;
                next.lanes[usize::from(lane)] = Lane::Idle;
            }
            Action::Open { lane }
            | Action::Look { lane }
            | Action::Mail { lane }
            | Action::Answer { lane }
            | Action::Intent { lane }
            | Action::Body { lane }
            | Action::Dot { lane } => self.fly(&mut next, lane),
            Action::End { lane, receipt } => Self::end(&mut next, lane, receipt),
            Action::Close { lane } => self.close_flight(&mut next, lane),
            _ => self.house(&mut next, action),
        }
        next
    }

    fn claim(&self, state: &mut State, lane: u8, plan: u8) {
        let owner = self.node_of(state, lane);
        let plan_row = state.plan(plan);
        plan_row.turns(PlanState::Leased);
        plan_row.owner = owner;
        plan_row.epoch += 1;
        let claim = Claim { plan, epoch: plan_row.epoch, turn: plan_row.turn };
        state.lanes[usize::from(lane)] = Lane::Drafting(claim);
    }

    /// Whether the claim still stands, by what the statements ask: (leased, epoch).
    fn is_leased(&self, state: &State, claim: Claim) -> bool {
        let plan = state.plans[usize::from(claim.plan)];
        plan.state == PlanState::Leased && (plan.epoch == claim.epoch || self.has(Mistake::EpochDropped))
    }

    fn release(&self, state: &mut State, lane: u8) {
        let Lane::Drafting(claim) = state.lanes[usize::from(lane)] else { return };
        state.budget.faults -= 1;
        if self.is_leased(state, claim) {
            state.plan(claim.plan).turns(PlanState::Planned);
        }
        state.lanes[usize::from(lane)] = Lane::Idle;
    }

    fn permit(&self, state: &mut State, lane: u8) {
        let (claim, verdict) = match state.lanes[usize::from(lane)] {
            Lane::Drafting(claim) => (claim, judge(state, claim.plan)),
            Lane::Judged(claim, verdict) => (claim, verdict),
            _ => return,
        };
        state.lanes[usize::from(lane)] = Lane::Idle;
        // The index `attempts_one_open` refuses a second one.
        if !self.is_leased(state, claim) || is_open(state, claim.plan) {
            return;
        }
        if verdict == Verdict::Refuse {
            state.plan(claim.plan).turns(PlanState::Refused);
            return;
        }
        let node = self.node_of(state, lane).unwrap_or(0);
        let plan = state.plan(claim.plan);
        plan.state = PlanState::Sending;
        plan.owner = None;
        let epoch = plan.epoch;
        state.lanes[usize::from(lane)] = Lane::Cleared(narrow(state.attempts.len()), Mark::Free);
        state.attempts.push(Attempt {
            plan: claim.plan,
            epoch,
            node,
            state: AttemptState::Permitted,
            closed: Closed::No,
            intent: Intent::None,
            left: LIFE + MARGIN,
            dot: Dot::Unwritten,
            turn: claim.turn,
        });
    }

    /// One step further on the way, none of which can be refused but the look and the intent.
    fn fly(&self, state: &mut State, lane: u8) {
        let next = match state.lanes[usize::from(lane)] {
            Lane::Cleared(attempt, mark) => Lane::Aloft(attempt, mark),
            Lane::Aloft(attempt, mark) => {
                let lives = state.attempt(attempt).left > MARGIN || self.has(Mistake::PermitLifeUnchecked);
                let begins = lives && mark == Mark::Free;
                if begins { Lane::Beginning(attempt) } else { Lane::Ended(attempt, Receipt::NotBegun) }
            }
            Lane::Beginning(attempt) => {
                state.attempt(attempt).left = 0;
                Lane::Mailing(attempt)
            }
            Lane::Mailing(attempt) => Lane::Begun(attempt, Wanted::Unasked),
            Lane::Begun(attempt, Wanted::Unasked) if !self.has(Mistake::IntentAfterTheBody) => {
                let unconditional = self.has(Mistake::IntentUnconditional);
                let row = state.attempt(attempt);
                if row.state == AttemptState::Permitted || unconditional {
                    row.intent = Intent::Durable;
                    // What is closed stays so; the lane goes on all the same.
                    if row.closed == Closed::No {
                        row.state = AttemptState::Intent;
                    }
                    Lane::Begun(attempt, Wanted::Durable)
                } else {
                    Lane::Begun(attempt, Wanted::Failed)
                }
            }
            Lane::Begun(attempt, _) => Lane::Body(attempt),
            Lane::Body(attempt) => {
                state.attempt(attempt).dot = Dot::Written;
                let plan = state.attempt(attempt).plan;
                state.plan(plan).arrived += 1;
                Lane::Dotted(attempt)
            }
            other => other,
        };
        state.lanes[usize::from(lane)] = next;
    }

    fn end(state: &mut State, lane: u8, receipt: Receipt) {
        let at = state.lanes[usize::from(lane)];
        let Some(attempt) = at.attempt() else { return };
        let plan = state.attempt(attempt).plan;
        let as_it_should =
            matches!((at, receipt), (Lane::Dotted(_), Receipt::Accepted) | (Lane::Begun(_, Wanted::Failed), _));
        if !as_it_should {
            state.budget.faults -= 1;
        }
        // After the dot a no is as good as never written.
        if matches!((at, receipt), (Lane::Dotted(_), Receipt::Deferred | Receipt::Rejected)) {
            state.plan(plan).arrived -= 1;
        }
        state.lanes[usize::from(lane)] = Lane::Ended(attempt, receipt);
    }

    fn close_flight(&self, state: &mut State, lane: u8) {
        let Lane::Ended(attempt, receipt) = state.lanes[usize::from(lane)] else { return };
        state.lanes[usize::from(lane)] = Lane::Idle;
        let again = self.again(state, attempt, receipt);
        self.close(state, attempt, receipt, again);
    }

    /// `engine::outcome::next`: whether the plan is tried again.
    fn again(&self, state: &State, attempt: u8, receipt: Receipt) -> Again {
        let plan = state.attempts[usize::from(attempt)].plan;
        match receipt {
            Receipt::Deferred | Receipt::Aborted | Receipt::NotBegun => Again::Yes,
            Receipt::Uncertain if self.may_repeat(state, plan) => Again::Yes,
            Receipt::Accepted | Receipt::Rejected | Receipt::Uncertain => Again::No,
        }
    }

    /// The same, as a yes or a no.
    pub fn tries_again(&self, state: &State, attempt: u8, receipt: Receipt) -> bool {
        self.again(state, attempt, receipt) == Again::Yes
    }

    /// A message of unknown fate is repeated once, where its workflow says so.
    pub fn may_repeat(&self, state: &State, plan: u8) -> bool {
        let is_uncertain = |attempt: &Attempt| attempt.plan == plan && attempt.state == AttemptState::Uncertain;
        self.bounds.if_uncertain == IfUncertain::SendAgain && !state.attempts.iter().any(is_uncertain)
    }

    /// `store::receipt`: what a receipt does to its attempt and its plan.
    pub fn close(&self, state: &mut State, attempt: u8, receipt: Receipt, again: Again) {
        let row = *state.attempt(attempt);
        let is_open = matches!(row.state, AttemptState::Permitted | AttemptState::Intent);
        let has_left = matches!(receipt, Receipt::Accepted | Receipt::Uncertain);
        if !is_open && row.state != AttemptState::Revoked {
            return;
        }
        let closed = state.attempt(attempt);
        closed.closed = Closed::Yes;
        closed.left = 0;
        if !is_open && !has_left {
            return;
        }
        closed.state = row_state(receipt);
        let plan = state.plan(row.plan);
        let of_this = plan.state == PlanState::Sending && (plan.epoch == row.epoch || self.has(Mistake::EpochDropped));
        // What happened to a revoked attempt wins over where its plan went meanwhile.
        if !of_this && is_open {
            return;
        }
        plan.turns(match (receipt, again) {
            (Receipt::Accepted, _) => PlanState::Sent,
            (Receipt::Rejected, _) => PlanState::Rejected,
            (Receipt::Uncertain, Again::No) => PlanState::Uncertain,
            _ => PlanState::Planned,
        });
    }
}

/// What follows from a receipt, as `store::Next` without times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Again {
    Yes,
    No,
}

/// `gate::decide`, as far as this goes: the customer's no, and the record that stands no more.
fn judge(state: &State, plan: u8) -> Verdict {
    let refused = state.stopped || (plan == 0 && state.cancelled);
    if refused { Verdict::Refuse } else { Verdict::Send }
}

/// Whether an attempt is open by the index.
pub fn is_open(state: &State, plan: u8) -> bool {
    let of_this = |attempt: &&Attempt| attempt.plan == plan;
    state
        .attempts
        .iter()
        .filter(of_this)
        .any(|attempt| matches!(attempt.state, AttemptState::Permitted | AttemptState::Intent))
}

const fn row_state(receipt: Receipt) -> AttemptState {
    match receipt {
        Receipt::Accepted => AttemptState::Accepted,
        Receipt::Deferred => AttemptState::Deferred,
        Receipt::Rejected => AttemptState::Rejected,
        Receipt::Aborted => AttemptState::Aborted,
        Receipt::NotBegun => AttemptState::NotBegun,
        Receipt::Uncertain => AttemptState::Uncertain,
    }
}

/// Few enough to count in a byte.
pub fn narrow(count: usize) -> u8 {
    u8::try_from(count).unwrap()
}
