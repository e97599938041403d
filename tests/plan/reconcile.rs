//! What changes when a visit does: Anna's visit moves, is cancelled, comes back, and is known late.

use crate::support::anna::{at, paris, policy, visit, workflow};
use comity::{
    base::{Instant, PlanId},
    plan::{Change, Existing, Gone, Left, PlanState, Planned, abandon, reconcile, schedule},
    workflow::{IfMoved, IfQuiet, Step, Workflow},
};

const TUESDAY: &str = "2027-03-30T10:00";
const WEDNESDAY: &str = "2027-03-31T10:00";

fn wanted(workflow: &Workflow, start: &str) -> Vec<Planned> {
    schedule(workflow, &policy(), &visit(start), &comity::base::value::Fields::new(), paris())
}

fn changes(workflow: &Workflow, now: &str, start: Option<&str>, existing: &[Existing]) -> Vec<Change> {
    let wanted = start.map(|start| wanted(workflow, start)).unwrap_or_default();
    reconcile(workflow, at(now), &wanted, existing, 2)
}

/// A plan of Anna's as schedule made it, in this state.
fn plan(workflow: &Workflow, start: &str, step: &str, id: i64, state: PlanState, left: Option<&str>) -> Existing {
    let planned = wanted(workflow, start).into_iter().find(|plan| plan.step.0 == step).unwrap();
    Existing {
        id: PlanId(id),
        step: planned.step,
        occurrence: planned.occurrence,
        state,
        gone: None,
        left: left.map_or(Left::No, |text| Left::Yes(at(text))),
        due_at: planned.due_at,
        expires_at: planned.expires_at,
    }
}

/// In short: what happens to which step or plan, when it is due and expires.
fn short(changes: &[Change]) -> Vec<String> {
    let show = |at: Instant| paris().local(at).format("%d %H:%M").to_string();
    let times = |plan: &Planned| format!("{} {} to {}", plan.step, show(plan.due_at), show(plan.expires_at));
    let one = |change: &Change| match change {
        Change::Create(plan) => format!("create {}", times(plan)),
        Change::CreateRefused(plan) => format!("too late {}", times(plan)),
        Change::Retime(id, plan) => format!("retime {id} {}", times(plan)),
        Change::Void(id) => format!("void {id}"),
        Change::Refuse(id, gone) => format!("refuse {id}: no {gone:?}"),
        Change::Revive(id, plan) => format!("revive {id} {}", times(plan)),
    };
    changes.iter().map(one).collect()
}

#[test]
fn a_new_visit_gets_its_steps() {
    let both = workflow(&["24h", "2h"]);
    let planned = changes(&both, "2027-03-20T10:00", Some(TUESDAY), &[]);
    assert_eq!(short(&planned), ["create -24h 29 10:00 to 30 08:00", "create -2h 30 08:00 to 30 10:00"]);
}

#[test]
fn a_step_whose_moment_is_past_when_the_visit_is_known_is_refused_on_record() {
    let both = workflow(&["24h", "2h"]);
    let known_late = changes(&both, "2027-03-29T15:00", Some(TUESDAY), &[]);
    assert_eq!(short(&known_late), ["too late -24h 29 10:00 to 30 08:00", "create -2h 30 08:00 to 30 10:00"]);
    let just_in_time = changes(&both, "2027-03-29T10:00", Some(TUESDAY), &[]);
    assert_eq!(short(&just_in_time)[0], "create -24h 29 10:00 to 30 08:00", "due now is not past");
}

#[test]
fn a_step_that_missed_only_its_earlier_moment_is_due_when_the_quiet_hours_end() {
    let early = Workflow { if_quiet: IfQuiet::Earlier, ..workflow(&["12h", "2h"]) };
    let at_night = changes(&early, "2027-03-29T20:30", Some("2027-03-30T09:00"), &[]);
    let expected = ["too late -12h 29 19:45 to 29 19:45", "create -2h 30 08:00 to 30 09:00"];
    assert_eq!(short(&at_night), expected, "the first was merged into the second, and stays so");
    let mut made = plan(&early, "2027-03-30T09:00", "-2h", 1, PlanState::Planned, None);
    made.due_at = at("2027-03-30T08:00");
    let refused = plan(&early, "2027-03-30T09:00", "-12h", 2, PlanState::Refused, None);
    let again = changes(&early, "2027-03-29T20:40", Some("2027-03-30T09:00"), &[made, refused]);
    assert_eq!(short(&again), Vec::<String>::new(), "asked again, it is no news");
}

#[test]
fn a_visit_that_becomes_known_at_night_is_reminded_of_as_if_it_had_been_known_before() {
    let later = workflow(&["24h", "2h"]);
    let in_the_night = changes(&later, "2027-03-30T07:30", Some("2027-03-30T09:00"), &[]);
    assert_eq!(short(&in_the_night), ["too late -24h 29 09:00 to 30 07:00", "create -2h 30 08:00 to 30 09:00"]);
    let too_early = changes(&later, "2027-03-30T07:00", Some("2027-03-30T07:45"), &[]);
    let expected = ["too late -24h 29 07:45 to 30 05:45", "too late -2h 30 05:45 to 30 07:45"];
    assert_eq!(short(&too_early), expected, "nobody wants it after the visit began");
    let refuse = Workflow { if_quiet: IfQuiet::Refuse, ..workflow(&["2h"]) };
    let refused = changes(&refuse, "2027-03-30T07:30", Some("2027-03-30T09:00"), &[]);
    assert_eq!(short(&refused), ["too late -2h 30 07:00 to 30 09:00"]);
}

#[test]
fn nothing_changes_when_nothing_changed() {
    let both = workflow(&["24h", "2h"]);
    let sent = plan(&both, TUESDAY, "-24h", 1, PlanState::Sent, Some("2027-03-29T10:00"));
    let open = plan(&both, TUESDAY, "-2h", 2, PlanState::Planned, None);
    assert_eq!(changes(&both, "2027-03-29T12:00", Some(TUESDAY), &[sent, open]), []);
}

#[test]
fn a_visit_that_moves_takes_its_plans_with_it() {
    let both = workflow(&["24h", "2h"]);
    let open = [
        plan(&both, TUESDAY, "-24h", 1, PlanState::Leased, None),
        plan(&both, TUESDAY, "-2h", 2, PlanState::Planned, None),
    ];
    let moved = short(&changes(&both, "2027-03-28T12:00", Some(WEDNESDAY), &open));
    let expected = ["void 1", "void 2", "create -24h 30 10:00 to 31 08:00", "create -2h 31 08:00 to 31 10:00"];
    assert_eq!(moved, expected, "nothing was said, so there is nothing to correct");
}

#[test]
fn a_cancelled_visit_loses_every_open_plan_and_no_other() {
    let all = workflow(&["3d", "24h", "2h", "1h"]);
    let plans = [
        plan(&all, TUESDAY, "-3d", 1, PlanState::Sent, Some("2027-03-27T10:00")),
        plan(&all, TUESDAY, "-24h", 2, PlanState::Refused, None),
        plan(&all, TUESDAY, "-2h", 3, PlanState::Sending, None),
        plan(&all, TUESDAY, "-1h", 4, PlanState::Planned, None),
    ];
    assert_eq!(short(&changes(&all, "2027-03-30T08:00", None, &plans)), ["void 3", "void 4"]);
}

#[test]
fn what_is_on_the_wire_is_left_to_its_receipt() {
    let both = workflow(&["24h", "2h"]);
    let plans = [
        plan(&both, TUESDAY, "-24h", 1, PlanState::Sending, Some("2027-03-29T10:00")),
        plan(&both, TUESDAY, "-2h", 2, PlanState::Planned, None),
    ];
    assert_eq!(short(&changes(&both, "2027-03-29T10:00", None, &plans)), ["void 2"]);
}

#[test]
fn a_visit_that_moves_after_a_reminder_left_gets_one_message_that_says_so() {
    let both = workflow(&["24h", "2h"]);
    let mut plans = vec![
        plan(&both, TUESDAY, "-24h", 1, PlanState::Sent, Some("2027-03-29T10:00")),
        plan(&both, TUESDAY, "-2h", 2, PlanState::Planned, None),
    ];
    let moved = changes(&both, "2027-03-29T12:00", Some(WEDNESDAY), &plans);
    let expected = [
        "void 2",
        "create -24h 30 10:00 to 31 08:00",
        "create -2h 31 08:00 to 31 10:00",
        "create moved#2 29 12:00 to 30 10:00",
    ];
    assert_eq!(short(&moved), expected);

    let Some(Change::Create(correction)) = moved.last() else { panic!("{moved:?}") };
    plans.retain(|plan| plan.id == PlanId(1));
    plans.push(Existing {
        id: PlanId(5),
        step: Step::moved(2),
        occurrence: correction.occurrence.clone(),
        state: PlanState::Planned,
        gone: None,
        left: Left::No,
        due_at: correction.due_at,
        expires_at: correction.expires_at,
    });
    let again = |state, left| {
        let mut plans = plans.clone();
        let correction = plans.last_mut().unwrap();
        (correction.state, correction.left) = (state, left);
        let wanted = wanted(&both, WEDNESDAY);
        let third = reconcile(&both, at("2027-03-29T12:30"), &wanted, &plans, 3);
        short(&third).into_iter().filter(|change| change.contains("moved") || change.contains(" 5")).collect::<Vec<_>>()
    };
    let none = Vec::<String>::new();
    assert_eq!(again(PlanState::Planned, Left::No), none, "another edit doesn't make another message");
    assert_eq!(again(PlanState::Sent, Left::Yes(at("2027-03-29T12:01"))), none, "told is told");
    assert_eq!(again(PlanState::Refused, Left::No), none, "what was refused isn't asked again under another name");
    assert_eq!(again(PlanState::Void, Left::No), ["revive 5 moved#2 29 12:30 to 30 10:00"]);
}

#[test]
fn a_correction_is_dropped_when_the_visit_returns_to_the_date_that_was_told() {
    let both = workflow(&["24h", "2h"]);
    let correction = Existing {
        id: PlanId(5),
        step: Step::moved(2),
        occurrence: visit(WEDNESDAY).key,
        state: PlanState::Planned,
        gone: None,
        left: Left::No,
        due_at: at("2027-03-29T21:00"),
        expires_at: at("2027-03-30T10:00"),
    };
    let plans = [
        plan(&both, TUESDAY, "-24h", 1, PlanState::Sent, Some("2027-03-29T10:00")),
        plan(&both, TUESDAY, "-2h", 2, PlanState::Void, None),
        correction,
    ];
    let back = short(&changes(&both, "2027-03-29T22:00", Some(TUESDAY), &plans));
    assert_eq!(back, ["void 5", "revive 2 -2h 30 08:00 to 30 10:00"]);
}

#[test]
fn who_was_told_of_two_moves_is_told_of_the_third() {
    let one = workflow(&["24h"]);
    let told = |id: i64, start: &str, version: i64, when: &str| Existing {
        id: PlanId(id),
        step: Step::moved(version),
        occurrence: visit(start).key,
        state: PlanState::Sent,
        gone: None,
        left: Left::Yes(at(when)),
        due_at: at(when),
        expires_at: at(TUESDAY),
    };
    let plans = [
        plan(&one, TUESDAY, "-24h", 1, PlanState::Sent, Some("2027-03-29T10:00")),
        told(2, WEDNESDAY, 2, "2027-03-29T11:00"),
        told(3, TUESDAY, 3, "2027-03-29T12:00"),
    ];
    let wanted = wanted(&one, WEDNESDAY);
    let third = short(&reconcile(&one, at("2027-03-29T13:00"), &wanted, &plans, 4));
    assert_eq!(third, ["create -24h 30 10:00 to 31 10:00", "create moved#4 29 13:00 to 30 10:00"]);
}

#[test]
fn a_workflow_may_keep_silent_about_moves_and_none_speaks_of_the_past() {
    let silent = Workflow { if_moved: IfMoved::Silent, ..workflow(&["24h"]) };
    let sent = [plan(&silent, TUESDAY, "-24h", 1, PlanState::Sent, Some("2027-03-29T10:00"))];
    let moved = short(&changes(&silent, "2027-03-29T12:00", Some(WEDNESDAY), &sent));
    assert_eq!(moved, ["create -24h 30 10:00 to 31 10:00"]);
    let tells = workflow(&["24h"]);
    let into_the_past = short(&changes(&tells, "2027-03-29T12:00", Some("2027-03-29T12:00"), &sent));
    assert_eq!(into_the_past, ["too late -24h 28 12:00 to 29 12:00"]);
}

#[test]
fn a_step_whose_moment_passed_while_the_visit_was_elsewhere_stays_void() {
    let both = workflow(&["24h", "2h"]);
    let plans =
        [plan(&both, TUESDAY, "-24h", 1, PlanState::Void, None), plan(&both, TUESDAY, "-2h", 2, PlanState::Void, None)];
    let back = short(&changes(&both, "2027-03-29T15:00", Some(TUESDAY), &plans));
    assert_eq!(back, ["revive 2 -2h 30 08:00 to 30 10:00"]);
}

#[test]
fn a_message_that_may_have_arrived_is_never_planned_again() {
    let one = workflow(&["24h"]);
    let state_and_left = [
        (PlanState::Sent, Some("2027-03-28T10:00")),
        (PlanState::Uncertain, Some("2027-03-28T10:00")),
        (PlanState::Void, Some("2027-03-28T10:00")),
        (PlanState::Rejected, None),
        (PlanState::Refused, None),
    ];
    for (state, left) in state_and_left {
        let plans = [plan(&one, TUESDAY, "-24h", 1, state, left)];
        let again = short(&changes(&one, "2027-03-28T12:00", Some(TUESDAY), &plans));
        assert_eq!(again, Vec::<String>::new(), "{state:?}");
    }
}

#[test]
fn a_workflow_that_changes_its_steps_changes_the_open_plans() {
    let old = workflow(&["24h", "2h"]);
    let new = workflow(&["24h", "3h"]);
    let plans = [
        plan(&old, TUESDAY, "-24h", 1, PlanState::Planned, None),
        plan(&old, TUESDAY, "-2h", 2, PlanState::Planned, None),
    ];
    let replanned = short(&changes(&new, "2027-03-20T10:00", Some(TUESDAY), &plans));
    let expected = ["refuse 2: no Step", "retime 1 -24h 29 10:00 to 30 07:00", "create -3h 30 07:00 to 30 10:00"];
    assert_eq!(replanned, expected);
}

#[test]
fn a_step_that_is_not_in_the_file_any_more_is_refused_and_what_left_is_left_alone() {
    let (three, one) = (workflow(&["3d", "24h", "2h"]), workflow(&["2h"]));
    let mut plans = [
        plan(&three, TUESDAY, "-3d", 1, PlanState::Sent, Some("2027-03-27T10:00")),
        plan(&three, TUESDAY, "-24h", 2, PlanState::Leased, None),
        plan(&three, TUESDAY, "-2h", 3, PlanState::Planned, None),
    ];
    let now = "2027-03-28T12:00";
    assert_eq!(short(&changes(&one, now, Some(TUESDAY), &plans)), ["refuse 2: no Step"]);
    assert_eq!(short(&changes(&one, now, None, &plans)), ["refuse 2: no Step", "void 3"], "cancelled as well");
    assert_eq!(short(&abandon(&plans, Gone::Workflow)), ["refuse 2: no Workflow", "refuse 3: no Workflow"]);

    // Put back, it lives again before its moment; what was refused for another reason doesn't.
    (plans[1].state, plans[1].gone) = (PlanState::Refused, Some(Gone::Step));
    let back = ["revive 2 -24h 29 10:00 to 30 08:00"];
    assert_eq!(short(&changes(&three, now, Some(TUESDAY), &plans)), back);
    let none = Vec::<String>::new();
    assert_eq!(short(&changes(&three, "2027-03-29T12:00", Some(TUESDAY), &plans)), none, "too late");
    let left = Existing { left: Left::Yes(at(now)), ..plans[1].clone() };
    assert_eq!(short(&changes(&three, now, Some(TUESDAY), &[plans[0].clone(), left, plans[2].clone()])), none);
    plans[1].gone = None;
    assert_eq!(short(&changes(&three, now, Some(TUESDAY), &plans)), none);
}
