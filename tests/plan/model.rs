//! Once for ever (promise P4): random lives of one visit, with a table of plans that obeys `reconcile` and a list of the
//! promises that must hold after each change.

use crate::support::{
    anna::{at, paris, policy, visit, workflow},
    chance::seeded,
};
use comity::{
    base::{Instant, PlanId},
    plan::{Change, Existing, Left, PlanState, Planned, reconcile, schedule},
    workflow::{IfMoved, IfQuiet, Workflow},
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::{collections::BTreeMap, time::Duration};

const DATES: [&str; 4] = ["2027-03-28T09:00", "2027-03-28T21:30", "2027-03-29T10:00", "2027-04-02T07:00"];

/// What may happen to a visit and to its plans.
#[derive(Clone, Debug)]
enum Happens {
    MovesTo(usize),
    IsCancelled,
    IsBookedAgain,
    IsEdited,
    ConditionBecomes(bool),
    /// The workflow gets other steps.
    StepsBecome(&'static [&'static str]),
    TimePasses(u64),
    /// A due plan is sent without trouble.
    Send,
    /// A due plan gets its permission.
    Permit,
    /// The message on its way comes to its body.
    Intent,
    /// The message on its way ends so.
    Ends(PlanState),
    /// A due plan is refused by the gate.
    Refuse,
}

const STEPS: [&[&str]; 5] = [&["24h", "2h"], &["24h", "3h"], &["1d at 18:00"], &["2d", "13h", "90m"], &["12h", "2h"]];

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0..DATES.len()).prop_map(Happens::MovesTo),
        1 => Just(Happens::IsCancelled),
        2 => Just(Happens::IsBookedAgain),
        1 => Just(Happens::IsEdited),
        1 => any::<bool>().prop_map(Happens::ConditionBecomes),
        1 => prop::sample::select(&STEPS[..]).prop_map(Happens::StepsBecome),
        8 => (0_u64..60 * 14).prop_map(Happens::TimePasses),
        10 => Just(Happens::Send),
        3 => Just(Happens::Permit),
        3 => Just(Happens::Intent),
        3 => Just(Happens::Ends(PlanState::Sent)),
        1 => Just(Happens::Ends(PlanState::Uncertain)),
        1 => Just(Happens::Ends(PlanState::Rejected)),
        1 => Just(Happens::Ends(PlanState::Planned)),
        1 => Just(Happens::Refuse),
    ]
}

/// The visit, its plans, and the clock.
struct World {
    workflow: Workflow,
    now: Instant,
    date: usize,
    live: bool,
    condition: bool,
    version: i64,
    plans: Vec<Existing>,
    /// How often each kind of change was seen.
    seen: BTreeMap<&'static str, u32>,
}

impl World {
    fn new(workflow: Workflow) -> Self {
        let mut world = Self {
            workflow,
            now: at("2027-03-26T12:00"),
            date: 2,
            live: true,
            condition: true,
            version: 1,
            plans: Vec::new(),
            seen: BTreeMap::new(),
        };
        world.replan();
        world
    }

    fn wanted(&self) -> Vec<Planned> {
        let stands = self.live && self.condition;
        let occurrence = stands.then(|| visit(DATES[self.date]));
        occurrence
            .map(|it| schedule(&self.workflow, &policy(), &it, &comity::base::value::Fields::new(), paris()))
            .unwrap_or_default()
    }

    fn step(&mut self, happens: &Happens) {
        match happens {
            Happens::MovesTo(date) => self.date = *date,
            Happens::IsCancelled => self.live = false,
            Happens::IsBookedAgain => self.live = true,
            Happens::IsEdited => (),
            Happens::ConditionBecomes(holds) => self.condition = *holds,
            Happens::StepsBecome(offsets) => self.workflow.steps = workflow(offsets).steps,
            Happens::Send => {
                for step in [Happens::Permit, Happens::Intent, Happens::Ends(PlanState::Sent)] {
                    self.send(&step);
                }
                return;
            }
            other => return self.send(other),
        }
        self.version += 1;
        self.replan();
    }

    /// What the pipeline does, without a change of the record.
    fn send(&mut self, happens: &Happens) {
        let now = self.now;
        let told_otherwise = self.told().is_some_and(|told| told != visit(DATES[self.date]).key);
        let due = |plan: &&mut Existing| plan.state == PlanState::Planned && plan.due_at <= now;
        let on_its_way = |plan: &&mut Existing| plan.state == PlanState::Sending;
        match happens {
            Happens::TimePasses(minutes) => self.now = now.plus(Duration::from_mins(*minutes)),
            Happens::Permit if self.plans.iter().any(|plan| plan.state == PlanState::Sending) => (),
            Happens::Permit => {
                if let Some(plan) = self.plans.iter_mut().find(due) {
                    let allowed = now < plan.expires_at && (told_otherwise || !plan.step.is_moved());
                    plan.state = if allowed { PlanState::Sending } else { PlanState::Refused };
                }
            }
            Happens::Intent => {
                if let Some(plan) = self.plans.iter_mut().find(on_its_way) {
                    plan.left = Left::Yes(now);
                }
            }
            Happens::Ends(end) => {
                if let Some(plan) = self.plans.iter_mut().find(on_its_way) {
                    let arrived = matches!(end, PlanState::Sent | PlanState::Uncertain);
                    if arrived && plan.left == Left::No {
                        return;
                    }
                    plan.state = *end;
                    if !arrived {
                        plan.left = Left::No;
                    }
                }
            }
            Happens::Refuse => {
                if let Some(plan) = self.plans.iter_mut().find(due) {
                    plan.state = PlanState::Refused;
                }
            }
            _ => unreachable!("the record's changes are replanned"),
        }
    }

    fn told(&self) -> Option<String> {
        let left = self.plans.iter().filter_map(|plan| match plan.left {
            Left::Yes(at) => Some((at, plan.id, plan.occurrence.clone())),
            Left::No => None,
        });
        left.max().map(|(_, _, occurrence)| occurrence)
    }

    fn replan(&mut self) {
        let wanted = self.wanted();
        let changes = reconcile(&self.workflow, self.now, &wanted, &self.plans, self.version);
        for change in &changes {
            self.apply(change);
        }
        let again = reconcile(&self.workflow, self.now, &wanted, &self.plans, self.version);
        assert_eq!(again, [], "the second asking finds something to change");
        self.check(&wanted);
    }

    fn apply(&mut self, change: &Change) {
        let (name, id, planned, state) = match change {
            Change::Create(planned) => ("create", None, Some(planned), PlanState::Planned),
            Change::CreateRefused(planned) => ("refuse", None, Some(planned), PlanState::Refused),
            Change::Retime(id, planned) => ("retime", Some(id), Some(planned), PlanState::Planned),
            Change::Void(id) => ("void", Some(id), None, PlanState::Void),
            Change::Refuse(id, _) => ("gone", Some(id), None, PlanState::Refused),
            Change::Revive(id, planned) => ("revive", Some(id), Some(planned), PlanState::Planned),
        };
        *self.seen.entry(name).or_default() += 1;
        if planned.is_some_and(|planned| planned.step.is_moved()) {
            *self.seen.entry("tell").or_default() += 1;
        }
        let Some(id) = id else {
            let planned = planned.unwrap();
            let twin =
                self.plans.iter().find(|plan| plan.step == planned.step && plan.occurrence == planned.occurrence);
            assert!(twin.is_none(), "planned a second time: {planned:?}, there is {twin:?}");
            assert!(name == "refuse" || planned.due_at >= self.now, "created in the past: {planned:?}");
            let id = PlanId(i64::try_from(self.plans.len()).unwrap() + 1);
            return self.plans.push(Existing {
                id,
                step: planned.step.clone(),
                occurrence: planned.occurrence.clone(),
                state,
                gone: None,
                left: Left::No,
                due_at: planned.due_at,
                expires_at: planned.expires_at,
            });
        };
        let plan = self.plans.iter_mut().find(|plan| plan.id == *id).expect("a change of a plan that exists");
        match name {
            "revive" => assert!(plan.may_return(), "revived: {plan:?}"),
            "void" | "gone" => assert!(!plan.state.is_ended() && plan.left == Left::No, "voided: {plan:?}"),
            _ => assert!(!plan.state.is_ended(), "touched after its end: {plan:?}"),
        }
        if name != "retime" {
            plan.state = state;
            plan.gone = match change {
                Change::Refuse(_, gone) => Some(*gone),
                _ => None,
            };
        }
        if let Some(planned) = planned {
            assert_eq!(
                (&plan.step, &plan.occurrence),
                (&planned.step, &planned.occurrence),
                "an identity never changes"
            );
            (plan.due_at, plan.expires_at) = (planned.due_at, planned.expires_at);
        }
    }

    /// What must hold after each change of the record.
    fn check(&self, wanted: &[Planned]) {
        let on_the_wire = |plan: &Existing| plan.state == PlanState::Sending && plan.left != Left::No;
        let here = wanted.first().map(|plan| plan.occurrence.clone());
        let told_otherwise = here.is_some() && self.told().is_some_and(|told| Some(told) != here);
        let open: Vec<&Existing> =
            self.plans.iter().filter(|plan| !plan.state.is_ended() && !on_the_wire(plan)).collect();
        for plan in &open {
            assert_eq!(Some(&plan.occurrence), here.as_ref(), "open, but not for this date: {plan:?}");
            if plan.step.is_moved() {
                assert!(told_otherwise, "a correction of nothing: {plan:?}");
            } else {
                let want = wanted.iter().find(|want| want.step == plan.step).expect("an open plan that nobody wants");
                assert!([want.due_at, want.late_at].contains(&plan.due_at) && plan.expires_at == want.expires_at);
            }
        }
        assert!(open.iter().filter(|plan| plan.step.is_moved()).count() <= 1, "two corrections wait");
        for want in wanted {
            let plan = self.plans.iter().find(|plan| plan.step == want.step && plan.occurrence == want.occurrence);
            let plan = plan.unwrap_or_else(|| panic!("wanted, and neither planned nor refused: {want:?}"));
            let is_still_to_come = want.due_at >= self.now;
            assert!(!(is_still_to_come && plan.may_return()), "left void: {plan:?}");
        }
        let starts_at = visit(DATES[self.date]).starts_at();
        if told_otherwise && starts_at > self.now && self.workflow.if_moved == IfMoved::Tell {
            let answer = self.plans.iter().any(|plan| plan.step.is_moved() && Some(&plan.occurrence) == here.as_ref());
            assert!(answer, "told another date, and nothing corrects it");
        }
    }
}

fn life() -> impl Strategy<Value = (Workflow, Vec<Happens>)> {
    let modes = (
        prop_oneof![Just(IfQuiet::Later), Just(IfQuiet::Earlier)],
        prop_oneof![3 => Just(IfMoved::Tell), 1 => Just(IfMoved::Silent)],
        prop::sample::select(&STEPS[..]),
    );
    let workflow = modes.prop_map(|(if_quiet, if_moved, offsets)| Workflow { if_quiet, if_moved, ..workflow(offsets) });
    (workflow, prop::collection::vec(happens(), 1..50))
}

fn live(workflow: Workflow, happenings: &[Happens]) -> World {
    let mut world = World::new(workflow);
    for happens in happenings {
        world.step(happens);
    }
    world
}

proptest! {
    #![proptest_config(seeded(3000))]

    #[test]
    fn each_step_of_each_date_is_planned_once_for_ever_and_open_plans_are_those_that_are_wanted(
        (workflow, happenings) in life()
    ) {
        live(workflow, &happenings);
    }
}

#[test]
fn the_lives_of_this_test_see_every_kind_of_change() {
    let mut runner = TestRunner::new(seeded(1));
    let mut seen = BTreeMap::<&str, u32>::new();
    for _ in 0..1500 {
        let (workflow, happenings) = life().new_tree(&mut runner).unwrap().current();
        for (change, count) in live(workflow, &happenings).seen {
            *seen.entry(change).or_default() += count;
        }
    }
    for change in ["create", "refuse", "retime", "void", "gone", "revive", "tell"] {
        assert!(seen.get(change).is_some_and(|count| *count > 20), "{change} is too rare: {seen:?}");
    }
}
