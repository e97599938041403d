//! Traces by chance, replayed: which there are, and what they must have come upon.

use super::{
    mistakes::Mistake,
    properties::is_healed,
    real::{Follows, Premises, Real},
    state::{
        AttemptState, Bounds, Budget, Closed,
        IfUncertain::{Leave, SendAgain},
        Lane, Mark, Receipt,
        Shape::{OneDaemon, TwoDaemons},
        State, Wanted,
    },
    steps::{Action, Model},
};
use crate::support::proof::Dice;
use comity::plan::PlanState;
use futures_util::FutureExt;
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet, VecDeque},
    panic::{AssertUnwindSafe, resume_unwind},
};

const SEED: u64 = 20_270_330;
/// Far more than any of them has.
const STEPS_MAX: usize = 400;

/// Of so many one is replayed.
const DRAWN: usize = 100;

/// Until a mistake shows in one.
const DRAWN_MAX: usize = 20_000;

/// Mistakes that show in what the store and its flights do.
const VISIBLE: [Mistake; 12] = [
    Mistake::StopRevokesNothing,
    Mistake::StopWaitsForNobody,
    Mistake::NoMarks,
    Mistake::RevokedCountsAsClosed,
    Mistake::NoMargin,
    Mistake::PermitLifeUnchecked,
    Mistake::RevivedUnderAnOldEpoch,
    Mistake::RevivesWhatMayHaveArrived,
    Mistake::IntentUnconditional,
    Mistake::IntentRescuedAsRetry,
    Mistake::RescueForgetsARepetition,
    Mistake::RescueKeepsLeases,
];

/// What the traces of every run come upon, in the words of [`moments`].
const MOMENTS: [&str; 34] = [
    "claim",
    "release",
    "permit: cleared",
    "permit: refused",
    "permit: lost",
    "look: go",
    "look: revoked",
    "look: too late",
    "intent: durable",
    "intent: refused",
    "receipt Accepted on Intent",
    "receipt Deferred on Permitted",
    "receipt Deferred on Intent",
    "receipt Rejected on Intent",
    "receipt Aborted on Permitted",
    "receipt Aborted on Revoked",
    "receipt Aborted on Intent",
    "receipt NotBegun on Permitted",
    "receipt NotBegun on Revoked",
    "receipt Uncertain on Intent",
    "receipt Accepted on Uncertain",
    "take back Permitted",
    "take back Revoked",
    "stop finds Permitted",
    "stop finds Revoked",
    "stop finds Intent",
    "cancel: Leased is Void",
    "cancel: Sending is Void",
    "cancel: Sending is Sending",
    "rebook: Void is Planned",
    "rescue of Permitted",
    "rescue of Revoked",
    "rescue of Intent",
    "rescue of a lease",
];

/// A way through the model.
struct Trace {
    model: Model,
    steps: Vec<(State, Action, State)>,
    end: Follows,
}

/// Replays what chance comes upon too seldom, and then so many: of some by chance each time the one with the most that was
/// seen least.
pub async fn replay(traces: usize) {
    let premises = Premises::new().await;
    let mut seen = BTreeMap::new();
    let mut seldom = VecDeque::from([woken_too_late(), repeated_once(), unanswered()]);
    let traces = traces + seldom.len();
    let (mut steps, mut whole) = (0, 0);
    for number in 0..traces {
        let mut dice = Dice::seeded(SEED + number as u64);
        let news = |trace: &Trace| -> usize {
            let moments: BTreeSet<String> = trace.moments().collect();
            moments.iter().map(|moment| 1000 / (1 + seen.get(moment).unwrap_or(&0))).sum()
        };
        let trace = seldom.pop_front().or_else(|| (0..DRAWN).map(|_| draw(&mut dice, None)).max_by_key(news)).unwrap();
        for moment in trace.moments() {
            *seen.entry(moment).or_default() += 1;
        }
        if let Err((at, panic)) = trace.replay(&premises).await {
            trace.steps[..=at].iter().enumerate().for_each(|(n, step)| println!("{:>4}. {:?}", n + 1, step.1));
            println!("at its last step the store left the way of trace {number}, {:?}", trace.model.bounds);
            resume_unwind(panic);
        }
        steps += trace.steps.len();
        whole += usize::from(trace.end == Follows::Yes);
    }
    println!("{traces} traces, {whole} of them to their end, {steps} steps; {seen:#?}");
    let missed: Vec<&&str> = MOMENTS.iter().filter(|moment| !seen.contains_key(**moment)).collect();
    assert!(missed.is_empty(), "no trace came upon {missed:?}");
}

/// Replays for each mistake one trace of a model that has it, and that goes another way for it. The store must not follow.
pub async fn replay_mistakes() {
    let premises = Premises::new().await;
    let mut dice = Dice::seeded(SEED);
    for mistake in VISIBLE {
        let trace = (0..DRAWN_MAX).map(|_| draw(&mut dice, Some(mistake))).find(Trace::goes_astray);
        let trace = trace.unwrap_or_else(|| panic!("no trace shows {mistake:?}"));
        let followed = trace.replay(&premises).await;
        assert!(followed.is_err(), "the store follows a model with {mistake:?}");
    }
}

impl Trace {
    /// Leads the store through it; else at which step it went another way.
    async fn replay(&self, premises: &Premises) -> Result<(), (usize, Box<dyn Any + Send>)> {
        let mut real = Real::new(self.model, premises).await;
        for (at, (before, action, after)) in self.steps.iter().enumerate() {
            let step = AssertUnwindSafe(real.step(before, *action, after)).catch_unwind().await;
            step.map_err(|panic| (at, panic))?;
        }
        Ok(())
    }

    /// Whether the model without the mistake would go another way, or answer at another time.
    fn goes_astray(&self) -> bool {
        let sound = Model { mistake: None, ..self.model };
        let alone = self.model.bounds.shape == OneDaemon;
        self.steps.iter().any(|(before, action, after)| {
            let answers =
                |model: &Model| after.orders.iter().map(|order| model.is_answered(after, *order)).collect::<Vec<_>>();
            sound.after(before, *action) != *after || (alone && answers(&sound) != answers(&self.model))
        })
    }

    fn moments(&self) -> impl Iterator<Item = String> {
        self.steps.iter().flat_map(|(before, action, after)| moments(before, *action, after))
    }
}

/// What leads a lane from the claim to the intent.
fn to_the_intent(lane: u8) -> Vec<Action> {
    let claim = Action::Claim { lane, plan: 0 };
    let on = [Action::Permit { lane }, Action::Open { lane }, Action::Look { lane }, Action::Mail { lane }];
    [[claim].as_slice(), &on, &[Action::Answer { lane }, Action::Intent { lane }]].concat()
}

/// A node is frozen with its intent on disk, and its lease passes; it wakes, and its message arrives all the same.
fn woken_too_late() -> Trace {
    let befalls = Budget { stops: 0, cancels: 0, rebookings: 0, crashes: 0, freezes: 1, faults: 0 };
    let frozen = [Action::Freeze { node: 0 }, Action::Tick, Action::Tick, Action::Tick, Action::Tick];
    let woken = [Action::Rescue { by: 1, of: 0 }, Action::Thaw { node: 0 }, Action::Beat { node: 0 }];
    let lane = 0;
    let arrives = [Action::Body { lane }, Action::Dot { lane }, Action::End { lane, receipt: Receipt::Accepted }];
    let way = [to_the_intent(lane).as_slice(), &frozen, &woken, &arrives, &[Action::Close { lane }]].concat();
    led(Bounds { shape: TwoDaemons, plans: 1, if_uncertain: Leave, budget: befalls }, &way)
}

/// Two daemons die one after the other, each with its intent on disk: the message is repeated once, and no more.
fn repeated_once() -> Trace {
    let befalls = Budget { stops: 0, cancels: 0, rebookings: 0, crashes: 2, freezes: 0, faults: 0 };
    let dies = |node| [Action::Crash { node }, Action::Begin { seat: 0 }];
    let way = [to_the_intent(0).as_slice(), &dies(0), &to_the_intent(1), &dies(1)].concat();
    led(Bounds { shape: OneDaemon, plans: 1, if_uncertain: SendAgain, budget: befalls }, &way)
}

/// The same where it is the server that doesn't answer.
fn unanswered() -> Trace {
    let befalls = Budget { stops: 0, cancels: 0, rebookings: 0, crashes: 0, freezes: 0, faults: 2 };
    let (lane, receipt) = (0, Receipt::Uncertain);
    let unheard = [Action::Body { lane }, Action::Dot { lane }, Action::End { lane, receipt }, Action::Close { lane }];
    let once = [to_the_intent(lane).as_slice(), &unheard].concat();
    led(
        Bounds { shape: OneDaemon, plans: 1, if_uncertain: SendAgain, budget: befalls },
        &[once.as_slice(), &once].concat(),
    )
}

/// A trace by these steps.
fn led(bounds: Bounds, way: &[Action]) -> Trace {
    let model = Model { bounds, mistake: None };
    let (mut state, mut steps) = (model.at_first(), Vec::new());
    for action in way {
        assert!(model.enabled(&state).contains(action), "{action:?} can't happen after {steps:?}");
        let after = model.after(&state, *action);
        steps.push((std::mem::replace(&mut state, after.clone()), *action, after));
    }
    assert!(state.is_over(), "{state:?}");
    Trace { model, steps, end: Follows::Yes }
}

/// One trace, to its end or to where the store can't follow.
fn draw(dice: &mut Dice, mistake: Option<Mistake>) -> Trace {
    let model = Model { mistake, ..model(dice) };
    let (mut state, mut steps) = (model.at_first(), Vec::new());
    for _ in 0..STEPS_MAX {
        let all = model.enabled(&state);
        let follows = |action: &Action| Real::follows(&model.bounds, &state, *action) == Follows::Yes;
        let enabled: Vec<Action> = all.iter().copied().filter(follows).collect();
        if enabled.is_empty() {
            let end = if all.is_empty() { Follows::Yes } else { Follows::No };
            return Trace { model, steps, end };
        }
        let action = pick(dice, &enabled);
        let after = model.after(&state, action);
        steps.push((std::mem::replace(&mut state, after.clone()), action, after));
    }
    panic!("a trace without an end");
}

fn model(dice: &mut Dice) -> Model {
    let shape = dice.pick(&[OneDaemon, TwoDaemons]);
    let budget = Budget {
        stops: dice.pick(&[0, 1, 2]),
        cancels: dice.pick(&[0, 1]),
        rebookings: 1,
        crashes: dice.pick(&[0, 1, 2]),
        freezes: if shape == TwoDaemons { dice.pick(&[0, 1]) } else { 0 },
        faults: dice.pick(&[0, 1, 2]),
    };
    Model { bounds: Bounds { shape, plans: 1, if_uncertain: dice.pick(&[Leave, SendAgain]), budget }, mistake: None }
}

/// Most steps go on with what is under way: else few messages came as far as the wire.
fn pick(dice: &mut Dice, enabled: &[Action]) -> Action {
    let goes_on = |action: &&Action| is_healed(**action) && **action != Action::Tick;
    let on: Vec<Action> = enabled.iter().filter(goes_on).copied().collect();
    let goes_on = !on.is_empty() && dice.below(4) > 0;
    dice.pick(if goes_on { &on } else { enabled })
}

/// What a step was an instance of.
fn moments(before: &State, action: Action, after: &State) -> Vec<String> {
    let row = |attempt: u8| before.attempts[usize::from(attempt)];
    let changed = before.plans != after.plans;
    let one = |text: &str| vec![text.to_owned()];
    match action {
        Action::Claim { .. } => one("claim"),
        Action::Release { .. } => one(if changed { "release" } else { "release: over" }),
        Action::Permit { lane } => match after.lanes[usize::from(lane)] {
            Lane::Cleared(..) => one("permit: cleared"),
            _ if changed => one("permit: refused"),
            _ => one("permit: lost"),
        },
        Action::Look { lane } => match (before.lanes[usize::from(lane)], after.lanes[usize::from(lane)]) {
            (_, Lane::Beginning(_)) => one("look: go"),
            (Lane::Aloft(_, Mark::Revoked), _) => one("look: revoked"),
            _ => one("look: too late"),
        },
        Action::Intent { lane } => match after.lanes[usize::from(lane)] {
            Lane::Begun(_, Wanted::Durable) => one("intent: durable"),
            _ => one("intent: refused"),
        },
        Action::Close { lane } => {
            let Lane::Ended(attempt, receipt) = before.lanes[usize::from(lane)] else { return vec![] };
            vec![format!("receipt {receipt:?} on {:?}", row(attempt).state)]
        }
        Action::TakeBack { attempt } => vec![format!("take back {:?}", row(attempt).state)],
        Action::Stop { .. } => {
            let found = after.orders.last().map_or(0, |order| order.found);
            let found = (0..).zip(&before.attempts).filter(|(at, _)| found & (1 << at) != 0);
            found.map(|(_, row)| format!("stop finds {:?}", row.state)).collect()
        }
        Action::Cancel { .. } | Action::Rebook => {
            let word = if action == Action::Rebook { "rebook" } else { "cancel" };
            vec![format!("{word}: {:?} is {:?}", before.plans[0].state, after.plans[0].state)]
        }
        Action::Begin { .. } | Action::Rescue { .. } => {
            let rescued = before.attempts.iter().zip(&after.attempts);
            let rescued = rescued.filter(|(was, is)| was.closed == Closed::No && is.closed == Closed::Yes);
            let leased = before.plans[0].state == PlanState::Leased && changed;
            rescued.map(|(was, _)| rescue_of(was.state)).chain(leased.then(|| "rescue of a lease".to_owned())).collect()
        }
        _ => vec![],
    }
}

fn rescue_of(state: AttemptState) -> String {
    format!("rescue of {state:?}")
}
