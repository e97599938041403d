//! Due times and expiries, by examples that a person can check on a calendar. The clocks of Paris go forward on 28 March
//! 2027 and back on 31 October 2027.

use crate::support::{
    anna::{REMINDERS, at, civil, paris, policy, quiet, visit, workflow, zone},
    chance::seeded,
};
use comity::{
    base::{Instant, Zone},
    plan::{Planned, schedule},
    trigger::Occurrence,
    workflow::{IfQuiet, Workflow},
};
use proptest::prelude::*;

/// Due time and expiry of each step, by the clock of Paris.
fn times(workflow: &Workflow, start: &str, customer_zone: Zone) -> Vec<String> {
    let show = |at: Instant| paris().local(at).format("%d %H:%M").to_string();
    schedule(workflow, &policy(), &visit(start), &comity::base::value::Fields::new(), customer_zone)
        .iter()
        .map(|plan| format!("{}: {} to {}", plan.step, show(plan.due_at), show(plan.expires_at)))
        .collect()
}

fn earlier(offsets: &[&str]) -> Workflow {
    Workflow { if_quiet: IfQuiet::Earlier, ..workflow(offsets) }
}

#[test]
fn a_step_expires_when_the_next_is_due_and_the_last_when_the_visit_begins() {
    let plans = times(&workflow(&["3d", "24h", "2h"]), "2027-04-20T15:00", paris());
    assert_eq!(plans, ["-3d: 17 15:00 to 19 15:00", "-24h: 19 15:00 to 20 13:00", "-2h: 20 13:00 to 20 15:00"]);
}

#[test]
fn hours_are_hours_and_days_are_days_when_the_clocks_change() {
    let spring = times(&workflow(&["24h", "1d"]), "2027-03-28T10:00", paris());
    assert_eq!(spring, ["-24h: 27 09:00 to 27 10:00", "-1d: 27 10:00 to 28 10:00"]);
    let autumn = times(&workflow(&["1d", "24h"]), "2027-10-31T10:00", paris());
    assert_eq!(autumn, ["-1d: 30 10:00 to 30 11:00", "-24h: 30 11:00 to 31 10:00"]);
    let in_the_gap = times(&workflow(&["1d at 02:30", "2h"]), "2027-03-29T10:00", paris());
    assert_eq!(in_the_gap.first().unwrap(), "-1d at 02:30: 28 03:00 to 29 08:00", "02:30 doesn't exist");
    let in_the_fold = schedule(
        &workflow(&["1d at 02:30"]),
        &policy(),
        &visit("2027-11-01T10:00"),
        &comity::base::value::Fields::new(),
        paris(),
    );
    assert_eq!(
        in_the_fold.first().unwrap().due_at.to_utc().to_rfc3339(),
        "2027-10-31T00:30:00+00:00",
        "the first 02:30"
    );
}

#[test]
fn civil_days_are_counted_in_the_zone_of_the_visit() {
    let abroad = Occurrence { zone: zone("America/New_York"), ..visit("2027-04-20T09:00") };
    let plans = schedule(&workflow(&["1d at 18:00"]), &policy(), &abroad, &comity::base::value::Fields::new(), paris());
    assert_eq!(plans.first().unwrap().due_at, at("2027-04-20T00:00"), "18:00 in New York is midnight in Paris");
}

#[test]
fn a_reminder_for_the_morning_goes_out_the_evening_before() {
    let plans = times(&earlier(&["24h", "2h"]), "2027-04-20T09:00", paris());
    assert_eq!(plans, ["-24h: 19 09:00 to 19 19:45", "-2h: 19 19:45 to 20 09:00"]);
    let later = times(&workflow(&["24h", "2h"]), "2027-04-20T09:00", paris());
    assert_eq!(later, ["-24h: 19 09:00 to 20 07:00", "-2h: 20 07:00 to 20 09:00"], "only `earlier` moves");
    let not_quiet = times(&earlier(&["24h", "2h"]), "2027-04-20T10:00", paris());
    assert_eq!(not_quiet, ["-24h: 19 10:00 to 20 08:00", "-2h: 20 08:00 to 20 10:00"], "at 08:00 it isn't quiet");
}

#[test]
fn the_quiet_hours_that_count_are_those_of_the_customer() {
    let plans = times(&earlier(&["2h"]), "2027-04-20T17:00", zone("Asia/Tokyo"));
    assert_eq!(plans, ["-2h: 20 12:45 to 20 17:00"], "15:00 in Paris is 22:00 in Tokyo; 19:45 there is 12:45 here");
}

#[test]
fn a_purpose_with_quiet_hours_of_its_own_is_planned_around_those() {
    let mut policy = policy();
    policy.purposes.get_mut(REMINDERS).unwrap().quiet_hours = Some(quiet("12:00", "16:00"));
    let due = |start: &str| {
        let plans = schedule(&earlier(&["2h"]), &policy, &visit(start), &comity::base::value::Fields::new(), paris());
        plans.iter().map(|plan| paris().local(plan.due_at).format("%d %H:%M").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(due("2027-04-20T17:00"), ["20 11:45"], "15:00 is quiet for this purpose");
    assert_eq!(due("2027-04-20T09:00"), ["20 07:00"], "the night of the others is not");
}

#[test]
fn the_evening_before_is_right_when_the_clocks_change_in_the_night() {
    let plans = times(&earlier(&["4h"]), "2027-03-28T09:00", paris());
    assert_eq!(plans, ["-4h: 27 19:45 to 28 09:00"]);
    let plans = times(&earlier(&["4h"]), "2027-10-31T09:00", paris());
    assert_eq!(plans, ["-4h: 30 19:45 to 31 09:00"]);
}

#[test]
fn two_steps_of_one_night_become_one_message_the_evening_before() {
    let plans = times(&earlier(&["12h", "2h"]), "2027-04-20T09:00", paris());
    assert_eq!(plans, ["-12h: 19 19:45 to 19 19:45", "-2h: 19 19:45 to 20 09:00"], "the first one's life is empty");
}

#[test]
fn a_step_that_moves_never_overtakes_the_one_before_it() {
    let plans = times(
        &earlier(&["13h10m", "2h"].map(|text| if text == "13h10m" { "790m" } else { text })),
        "2027-04-20T09:00",
        paris(),
    );
    assert_eq!(plans, ["-790m: 19 19:50 to 19 19:50", "-2h: 19 19:50 to 20 09:00"], "both are due at 19:50");
}

#[test]
fn a_step_asked_for_after_the_visit_has_an_empty_life() {
    let plans = times(&workflow(&["2h", "0d at 18:00"]), "2027-04-20T15:00", paris());
    assert_eq!(plans, ["-2h: 20 13:00 to 20 15:00", "-0d at 18:00: 20 18:00 to 20 18:00"]);
}

#[test]
fn a_step_that_is_written_twice_is_planned_once() {
    let plans = times(&workflow(&["60m", "1h"]), "2027-04-20T15:00", paris());
    assert_eq!(plans, ["-1h: 20 14:00 to 20 15:00"]);
}

fn offset() -> impl Strategy<Value = String> {
    prop_oneof![
        (1_u32..80).prop_map(|hours| format!("{hours}h")),
        (1_u32..300).prop_map(|minutes| format!("{minutes}m")),
        (1_u32..4).prop_map(|days| format!("{days}d")),
        (0_u32..4, 0_u32..24, 0_u32..60).prop_map(|(days, hour, minute)| format!("{days}d at {hour:02}:{minute:02}")),
    ]
}

proptest! {
    #![proptest_config(seeded(3000))]

    #[test]
    fn due_times_never_decrease_and_nothing_expires_before_it_is_due(
        offsets in prop::collection::vec(offset(), 1..6),
        hours_after_new_year in 0_i64..24 * 365,
        minutes in 0_i64..60,
        zone_names in prop::array::uniform2(prop::sample::select(vec![
            "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut", "Pacific/Chatham",
        ])),
        if_quiet in prop_oneof![Just(IfQuiet::Later), Just(IfQuiet::Earlier)],
    ) {
        let [zone_of_visit, customer_zone] = zone_names.map(zone);
        let offsets: Vec<&str> = offsets.iter().map(String::as_str).collect();
        let workflow = Workflow { if_quiet, ..workflow(&offsets) };
        let start = civil("2027-01-01T00:00") + chrono::TimeDelta::minutes(hours_after_new_year * 60 + minutes);
        let occurrence = Occurrence { start, zone: zone_of_visit, ..visit("2027-01-01T00:00") };
        let mut policy = policy();
        policy.quiet_hours = Some(quiet("20:00", "08:00"));
        let plans = schedule(&workflow, &policy, &occurrence, &comity::base::value::Fields::new(), customer_zone);

        let starts_at = occurrence.starts_at();
        prop_assert!(!plans.is_empty());
        for plan in &plans {
            prop_assert!(plan.due_at <= plan.expires_at, "{:?}", plan);
            prop_assert!(plan.due_at <= plan.late_at, "{:?}", plan);
            prop_assert!(plan.expires_at <= starts_at.max(plan.due_at), "{:?}", plan);
            let quiet_at = |at| policy.quiet_hours.as_ref().and_then(|hours| hours.around(at, customer_zone));
            prop_assert!(if_quiet == IfQuiet::Later || quiet_at(plan.due_at).is_none(), "in the night: {:?}", plan);
            prop_assert!(plan.late_at == plan.due_at || quiet_at(plan.late_at).is_none(), "in the night: {:?}", plan);
        }
        for pair in plans.windows(2) {
            let [a, b]: &[Planned; 2] = pair.try_into().unwrap();
            prop_assert!(a.due_at <= b.due_at, "{:?} and {:?}", a, b);
            prop_assert!(a.expires_at <= b.due_at, "both are worth sending at one moment: {:?} and {:?}", a, b);
            prop_assert!(a.step != b.step);
        }
    }
}
