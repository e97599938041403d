//! What the gate never does, for facts of every kind: it is compared with a second opinion that is written as plainly as
//! possible, and its holds are measured to the millisecond.

use crate::support::{
    anna::{BIRTHDAY, REMINDERS, at, facts, granted, policy, quiet, visit, workflow, zone},
    chance::seeded,
};
use chrono::{NaiveDate, Timelike};
use comity::{
    base::{Instant, PlanId, RecordId, Term, WordingDigest, Zone},
    gate::{
        Ahead, Facts, Halt, Outcome, Rule, Rules, Slot, Until, Verdict, decide,
        facts::{Approvals, HaltCause, RunFacts, Said, Told, Word},
    },
    people::{
        BarWord, Bars, ConsentState, Grant, Snooze, Suppression, SuppressionReason, bar::BarEntry,
        consent::ConsentMethod, snooze::Snoozed,
    },
    policy::{Cap, OwnLimit, Policy, Purpose, QuietHours, cap::Window},
    trigger::RecordStatus,
    workflow::{Approval, Holdout, IfQuiet, Oversight, Step, Workflow},
};
use proptest::prelude::*;
use std::{num::NonZeroU32, time::Duration};

const MINUTE: i64 = 60_000;
const ZONES: [&str; 6] =
    ["Europe/Paris", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati"];

/// A question to the gate.
#[derive(Debug)]
struct Question {
    facts: Facts,
    policy: Policy,
    workflow: Option<Workflow>,
}

impl Question {
    fn decide(&self) -> comity::gate::Decision {
        decide(&self.facts, &Rules { policy: &self.policy, workflow: self.workflow.as_ref() })
    }
}

/// Mostly harmless, so that many questions differ from "yes" in one thing only.
fn rarely<T: Clone + std::fmt::Debug + 'static>(
    usual: T,
    rare: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    prop_oneof![14 => Just(usual), 1 => rare].boxed()
}

fn minutes_from(base: Instant, minutes: std::ops::Range<i64>) -> impl Strategy<Value = Instant> {
    minutes.prop_map(move |minutes| Instant::from_ms(base.ms() + minutes * MINUTE))
}

fn state() -> impl Strategy<Value = ConsentState> {
    let when = || minutes_from(at("2027-03-29T10:00"), -60 * 24 * 30..600);
    prop_oneof![
        Just(ConsentState::Never),
        when().prop_map(|at| ConsentState::Withdrawn { row: 1, at }),
        when().prop_map(|at| granted(2, at)),
        minutes_from(at("2027-03-29T10:00"), 0..3000).prop_map(|at| granted(3, at)),
    ]
}

fn slots() -> impl Strategy<Value = Vec<Slot>> {
    let one = (minutes_from(at("2027-03-29T10:00"), -60 * 24 * 9..1), any::<bool>()).prop_map(|(at, marketing)| Slot {
        plan: PlanId(99),
        at,
        purpose: if marketing { BIRTHDAY } else { REMINDERS }.to_owned(),
        marketing,
        workflow: "appointment-reminder".to_owned(),
        record: RecordId(7),
        cap_keys: vec![],
    });
    prop::collection::vec(one, 0..5)
}

/// Silences that are over, and some that outlast a message's life.
fn snoozes() -> impl Strategy<Value = Option<Snooze>> {
    let until = minutes_from(at("2027-03-29T10:00"), -600..60 * 48);
    let of = prop_oneof![Just(Snoozed::Marketing), Just(Snoozed::Everything)];
    (until, of).prop_map(|(until, of)| Some(Snooze { until, of }))
}

/// Messages that go before it, in the order of their times.
fn ahead() -> impl Strategy<Value = Vec<Ahead>> {
    let one = (minutes_from(at("2027-03-29T10:00"), -60..60 * 60), 1..60 * 48_i64, any::<bool>());
    prop::collection::vec(one, 1..4).prop_map(|mut times| {
        times.sort_by_key(|(at, ..)| *at);
        let ahead = |(place, (at, lives_for, marketing)): (i64, (Instant, i64, bool))| {
            let purpose = if marketing { BIRTHDAY } else { REMINDERS }.to_owned();
            let plan = PlanId(place);
            let slot = Slot {
                plan,
                at,
                purpose,
                marketing,
                workflow: "before-it".to_owned(),
                record: RecordId(8),
                cap_keys: vec![],
            };
            Ahead { expires_at: Instant::from_ms(at.ms() + lives_for * MINUTE), slot }
        };
        (200..).zip(times).map(ahead).collect()
    })
}

fn word(said: Said, seen: &str) -> Word {
    Word { row: 1, said, seen: seen.to_owned(), at: at("2027-03-01T00:00") }
}

fn words() -> impl Strategy<Value = Option<Word>> {
    prop_oneof![
        Just(None),
        Just(Some(word(Said::Withdrawn, "0123456789abcdef"))),
        Just(Some(word(Said::Rejected, "0123456789abcdef"))),
        Just(Some(word(Said::Approved, "fedcba9876543210"))),
    ]
}

/// How far a run reaches, of which fifty people need no yes, and what was said of it.
fn runs() -> impl Strategy<Value = Option<RunFacts>> {
    const SEEN: [&str; 4] = ["50 of 0123456789abcdef", "60 of 0123456789abcdef", "60 of fedcba9876543210", "60"];
    const SAID: [Said; 4] = [Said::Approved, Said::Approved, Said::Rejected, Said::Withdrawn];
    let said = (prop::sample::select(&SAID[..]), prop::sample::select(&SEEN[..]));
    let word = prop::option::of(said.prop_map(|(said, seen)| word(said, seen)));
    let run = (49_u32..=51, 50_u32..70, any::<bool>(), word);
    rarely(None, run.prop_map(|(people, permitted, among, word)| Some(RunFacts { people, permitted, among, word })))
}

fn caps() -> impl Strategy<Value = Vec<Cap>> {
    let one = (1_u32..4, 1_u64..24 * 9)
        .prop_map(|(at_most, hours)| Cap::rolling(NonZeroU32::new(at_most).unwrap(), Duration::from_hours(hours)));
    prop::collection::vec(one, 0..2)
}

/// One word, of before or after most yeses.
fn bars() -> impl Strategy<Value = Bars> {
    let word = prop::sample::select(&BarWord::ALL[..]);
    let purpose = prop_oneof![Just(None), Just(Some(REMINDERS)), Just(Some(BIRTHDAY))];
    (word, purpose, minutes_from(at("2027-03-20T10:00"), -60..60)).prop_map(|((_, word), purpose, at)| {
        let purpose = purpose.filter(|_| word == BarWord::Objected).map(str::to_owned);
        Bars::of(&[BarEntry { id: 1, word, purpose, at }])
    })
}

fn suppressions() -> impl Strategy<Value = Vec<Suppression>> {
    let one = prop_oneof![Just(None), Just(Some(REMINDERS)), Just(Some(BIRTHDAY)), Just(Some("newsletter"))].prop_map(
        |purpose| Suppression {
            id: 1,
            purpose: purpose.map(str::to_owned),
            reason: SuppressionReason::Stopped,
            at: at("2027-01-01T00:00"),
        },
    );
    prop::collection::vec(one, 1..3)
}

prop_compose! {
    fn asked_facts()(
        now in minutes_from(at("2027-03-29T10:00"), -30..60 * 30),
        purpose in prop_oneof![8 => Just(REMINDERS), 8 => Just(BIRTHDAY), 1 => Just("gone")],
        halt in rarely(None, prop_oneof![Just(HaltCause::Operator), Just(HaltCause::Clock), Just(HaltCause::Route)].prop_map(Some)),
        bars in rarely(Bars::default(), bars()),
        suppressions in rarely(Vec::new(), suppressions()),
        consent in prop_oneof![Just(granted(9, at("2027-03-20T10:00"))), state()],
        reworded in rarely(false, Just(true)),
        own_act in any::<bool>(),
        ends in rarely(None, minutes_from(at("2027-03-29T10:00"), -600..60 * 30).prop_map(Some)),
        record in rarely(Some(RecordStatus::Live), prop_oneof![Just(None), Just(Some(RecordStatus::Cancelled))]),
        place in rarely(Some("2027-03-30T10:00"), prop_oneof![Just(None), Just(Some("2027-03-31T10:00"))]),
        zone_name in prop::sample::select(&ZONES[..]),
        zone_known in rarely(true, Just(false)),
        in_flight in rarely(None, Just(Some(PlanId(99)))),
        told in rarely(None, prop_oneof![Just(Told::Nothing), Just(Told::ThisDate), Just(Told::AnotherDate)].prop_map(Some)),
        about in rarely(0_u32, 3..6_u32),
        lives_for in 60..60 * 60_i64,
        slots in slots(),
        // As often as caps; and now and then they can't be read.
        own in prop_oneof![28 => (caps(), caps()).prop_map(Some), 1 => Just(None)],
        snooze in rarely(None, snoozes()),
        ahead in prop_oneof![3 => Just(Vec::new()), 1 => ahead()],
        draw in rarely(500_u16, 0..500_u16),
        message in rarely(Some(word(Said::Approved, "0123456789abcdef")), words()),
        word in rarely(Some(word(Said::Approved, "0123456789abcdef")), words()),
        run in runs(),
    ) -> Facts {
        let mut asked = facts();
        asked.now = now;
        asked.plan.purpose = purpose.to_owned();
        asked.plan.expires_at = Instant::from_ms(asked.plan.due_at.ms() + lives_for * MINUTE);
        asked.halt = halt.map(|cause| Halt { cause, since: at("2027-03-01T00:00") });
        asked.bars = bars;
        asked.suppressions = suppressions;
        asked.consent = consent;
        if let ConsentState::Granted(grant) = &mut asked.consent {
            grant.method = if own_act { ConsentMethod::Confirmed } else { ConsentMethod::Form };
            grant.expires_at = ends;
            if reworded {
                grant.wording = Some(WordingDigest::of("Birthday", "We write twice a week."));
            }
        }
        asked.record = match (record, asked.record) {
            (Some(status), Ok(record)) => Ok(comity::trigger::Record { status, ..record }),
            _ => Err("damaged".to_owned()),
        };
        asked.occurrence = place.map(|start| visit(start).key);
        asked.zone = if zone_known { Ok(zone(zone_name)) } else { Err("Mars/Olympus".to_owned()) };
        asked.sequence.in_flight = in_flight;
        asked.sequence.about = about;
        if let Some(told) = told {
            asked.plan.step = Step::moved(2);
            asked.sequence.told = told;
        }
        asked.slots = slots;
        asked.own_limits = match own {
            Some((of_all, of_purpose)) => {
                let of = |purpose: &str, caps: Vec<Cap>| {
                    let limit = |Cap { at_most, per, .. }| OwnLimit { purpose: purpose.to_owned(), at_most, per };
                    caps.into_iter().map(limit).collect::<Vec<_>>()
                };
                Ok([of("", of_all), of(purpose, of_purpose)].concat().into())
            }
            None => Err("damaged".to_owned()),
        };
        asked.snooze = snooze;
        asked.besides.ahead = ahead;
        asked.approvals = Approvals { workflow: word, message, words: Some("0123456789abcdef".to_owned()), run };
        asked.draw = draw;
        asked
    }
}

prop_compose! {
    fn question()(
        facts in asked_facts(),
        has_workflow in rarely(true, Just(false)),
        approval in prop::sample::select(vec![
            Approval::None, Approval::Workflow, Approval::Each, Approval::Above(NonZeroU32::new(50).unwrap()),
        ]),
        holdout in any::<bool>(),
        review_by in rarely(None, Just(NaiveDate::from_ymd_opt(2027, 3, 29))),
        if_quiet in prop_oneof![Just(IfQuiet::Later), Just(IfQuiet::Earlier), Just(IfQuiet::Refuse)],
        hours in prop_oneof![Just(None), Just(Some(("20:00", "08:00"))), Just(Some(("12:30", "14:00")))],
        lasts in prop_oneof![Just(None), (1_u64..40).prop_map(|days| Some(Term::Exact(Duration::from_hours(days * 24))))],
        of_purpose in caps(),
        of_all in caps(),
        of_marketing in caps(),
    ) -> Question {
        let mut policy = policy();
        policy.quiet_hours = hours.map(|(from, to)| quiet(from, to));
        let birthday = policy.purposes.get_mut(BIRTHDAY).unwrap();
        birthday.consent_lasts = lasts;
        birthday.caps = of_purpose;
        policy.caps.all = of_all;
        policy.caps.all_marketing = of_marketing;
        let workflow = has_workflow.then(|| {
            let oversight = Oversight { approval, review_by, holdout: holdout.then(|| Holdout::parse("5 %").unwrap()) };
            Workflow { if_quiet, oversight, ..workflow(&["24h", "2h"]) }
        });
        Question { facts, policy, workflow }
    }
}

/// A yes of then, to the words of today, that has not ended.
fn holds(grant: &Grant, facts: &Facts, purpose: &Purpose) -> bool {
    let lasts = |lasts| matches!(lasts, Term::Exact(span) if grant.at.plus(span) > facts.now);
    grant.at <= facts.now
        && grant.wording == Some(purpose.wording)
        && grant.expires_at.is_none_or(|end| end > facts.now)
        && purpose.consent_lasts.is_none_or(lasts)
}

/// A stop from before, which the mailbox itself took back.
fn is_taken_back(row: &Suppression, facts: &Facts) -> bool {
    let ConsentState::Granted(grant) = facts.consent else { return false };
    row.reason == SuppressionReason::Stopped && grant.method == ConsentMethod::Confirmed && row.at < grant.at
}

/// By a word of the person's, or about them, that weighs more than a yes.
fn is_barred(facts: &Facts, marketing: bool) -> bool {
    let Bars { objections, restriction, minor } = &facts.bars;
    let own_yes_at = match facts.consent {
        ConsentState::Granted(grant) if grant.method == ConsentMethod::Confirmed => Some(grant.at),
        _ => None,
    };
    let objects = objections.iter().any(|objection| {
        let is_of_it = objection.purpose.as_ref().map_or(marketing, |to| *to == facts.plan.purpose);
        is_of_it && own_yes_at.is_none_or(|at| at <= objection.mark.at)
    });
    objects || restriction.is_some() || (minor.is_some() && marketing)
}

/// The second opinion: may it leave? Each line is one promise, none looks at another.
fn may_leave(question: &Question) -> bool {
    let Question { facts, policy, workflow } = question;
    let plan = &facts.plan;
    let Some(purpose) = policy.purposes.get(&plan.purpose) else { return false };
    let marketing = plan.purpose == BIRTHDAY;
    let is_silent =
        facts.snooze.is_some_and(|Snooze { until, of }| facts.now < until && (marketing || of == Snoozed::Everything));
    if is_silent || is_barred(facts, marketing) {
        return false;
    }

    let halted = facts.halt.is_some();
    let of_it = |row: &&Suppression| row.purpose.is_none() || row.purpose.as_ref() == Some(&plan.purpose);
    let suppressed = facts.suppressions.iter().filter(of_it).any(|row| !is_taken_back(row, facts));
    let agreed = match facts.consent {
        ConsentState::Withdrawn { .. } => false,
        ConsentState::Never => !marketing,
        ConsentState::Granted(grant) => !marketing || holds(&grant, facts, purpose),
    };
    let stands = facts.record.as_ref().is_ok_and(|record| record.status == RecordStatus::Live)
        && facts.occurrence.as_ref() == Some(&plan.occurrence);
    let in_time = plan.due_at <= facts.now && facts.now < plan.expires_at;
    let true_correction = !plan.step.is_moved() || facts.sequence.told == Told::AnotherDate;
    let first = facts.sequence.in_flight.is_none();
    let awake = facts.zone.as_ref().is_ok_and(|zone| !quiet_by_the_wall(policy, facts.now, *zone));
    let fits = |at_most: usize, length: Duration, counts: &dyn Fn(&Slot) -> bool| {
        facts.slots.iter().filter(|slot| counts(slot) && slot.at.plus(length) > facts.now).count() < at_most
    };
    let counted = |cap: &Cap, counts: &dyn Fn(&Slot) -> bool| {
        let Window::Rolling(length) = cap.per else { unreachable!("none is asked about here") };
        fits(cap.at_most.get() as usize, length, counts)
    };
    let under_ceiling = if marketing {
        let of_marketing = |slot: &Slot| slot.marketing;
        fits(1, Duration::from_hours(24), &of_marketing) && fits(8, Duration::from_hours(720), &of_marketing)
    } else {
        facts.sequence.about < 4
    };
    let under_caps = purpose.caps.iter().all(|cap| counted(cap, &|slot| slot.purpose == plan.purpose))
        && policy.caps.all.iter().all(|cap| counted(cap, &|_| true))
        && facts.own_limits.as_ref().is_ok_and(|own| {
            own.of("").iter().all(|cap| counted(cap, &|_| true))
                && own.of(&plan.purpose).iter().all(|cap| counted(cap, &|slot| slot.purpose == plan.purpose))
        })
        && (!marketing || policy.caps.all_marketing.iter().all(|cap| counted(cap, &|slot| slot.marketing)));

    let approved = workflow.as_ref().is_some_and(|workflow| is_approved(workflow, facts));
    let reviewed = workflow.as_ref().is_some_and(|workflow| {
        workflow.oversight.review_by.is_none_or(|by| policy.business.time_zone.local(facts.now).date() <= by)
    });

    let left_out = facts.draw < 500 && workflow.as_ref().is_some_and(|workflow| workflow.oversight.holdout.is_some());

    !halted
        && !left_out
        && approved
        && reviewed
        && !suppressed
        && agreed
        && workflow.is_some()
        && stands
        && in_time
        && true_correction
        && first
        && awake
        && under_caps
        && under_ceiling
        && leaves_room(question)
}

/// The caps that the message must fit under: so many in such a length, of marketing alone or of all.
fn caps_of(Question { facts, policy, .. }: &Question) -> Vec<(usize, Duration, &'static [&'static str])> {
    let rolling = |cap: &Cap| match cap.per {
        Window::Rolling(length) => (cap.at_most.get() as usize, length),
        Window::Calendar(_) => unreachable!("none is asked about here"),
    };
    let of = |caps: &[Cap], purposes: &'static [&'static str]| -> Vec<_> {
        caps.iter().map(rolling).map(|(at_most, length)| (at_most, length, purposes)).collect()
    };
    let mut caps = of(&policy.caps.all, &[REMINDERS, BIRTHDAY]);
    if let Ok(own) = &facts.own_limits {
        let of_purpose = if facts.plan.purpose == BIRTHDAY { &[BIRTHDAY] } else { &[REMINDERS] };
        caps.extend(of(own.of(""), &[REMINDERS, BIRTHDAY]));
        caps.extend(of(own.of(&facts.plan.purpose), of_purpose));
    }
    if facts.plan.purpose == BIRTHDAY {
        caps.extend(of(&policy.purposes[BIRTHDAY].caps, &[BIRTHDAY]));
        caps.extend(of(&policy.caps.all_marketing, &[BIRTHDAY]));
        caps.extend(
            [1, 8].map(|at_most| (at_most, Duration::from_hours(if at_most == 1 { 24 } else { 720 }), &[BIRTHDAY][..])),
        );
    }
    caps
}

/// Whether everybody who goes before it, and is asked from now on, finds under each cap the place beside it that they would
/// find without it, or none in time.
fn leaves_room(question: &Question) -> bool {
    let facts = &question.facts;
    caps_of(question).into_iter().all(|(at_most, length, purposes)| {
        let counts = |slot: &&Slot| purposes.contains(&slot.purpose.as_str());
        let place = |taken: &[Instant], from: Instant| {
            let mut moments: Vec<Instant> = taken.iter().map(|at| at.plus(length)).filter(|at| *at > from).collect();
            moments.push(from);
            let fits = |moment: &Instant| taken.iter().filter(|at| at.plus(length) > *moment).count() < at_most;
            moments.into_iter().filter(fits).min().unwrap()
        };
        let mut taken: Vec<Instant> = facts.slots.iter().filter(counts).map(|slot| slot.at).collect();
        let asked = facts.besides.ahead.iter().filter(|ahead| ahead.slot.at.ms() + MINUTE > facts.now.ms());
        for ahead in asked.filter(|ahead| counts(&&ahead.slot)) {
            let alone = place(&taken, ahead.slot.at);
            if alone < ahead.expires_at && alone < facts.plan.expires_at {
                let mut beside = taken.clone();
                beside.push(facts.now.min(alone));
                if place(&beside, ahead.slot.at) > alone {
                    return false;
                }
                taken.push(alone);
            }
        }
        true
    })
}

fn is_approved(workflow: &Workflow, facts: &Facts) -> bool {
    let yes_to = |word: &Option<Word>, seen: &str| {
        word.as_ref().is_some_and(|word| word.said == Said::Approved && word.seen == seen)
    };
    match workflow.oversight.approval {
        Approval::None => true,
        Approval::Workflow => yes_to(&facts.approvals.workflow, &workflow.revision),
        Approval::Each => yes_to(&facts.approvals.message, "0123456789abcdef"),
        Approval::Above(_) => facts.approvals.run.as_ref().is_some_and(|run| {
            let covers = |people: u32, room: u32| {
                yes_to(&run.word, &format!("{people} of 0123456789abcdef")) && (run.among || run.permitted < room)
            };
            let is_rejected = run.word.as_ref().is_some_and(|word| word.said == Said::Rejected);
            !is_rejected && (run.people <= 50 || covers(50, 55) || covers(60, 66))
        }),
    }
}

/// By the minutes of the day. None of the days asked about changes the clocks.
fn quiet_by_the_wall(policy: &Policy, now: Instant, zone: Zone) -> bool {
    let Some(QuietHours { usual: hours, .. }) = &policy.quiet_hours else { return false };
    let minute = zone.local(now).time();
    if hours.from < hours.to {
        hours.from <= minute && minute < hours.to
    } else {
        minute >= hours.from || minute < hours.to
    }
}

proptest! {
    #![proptest_config(seeded(4000))]

    #[test]
    fn it_sends_exactly_when_no_single_rule_objects(question in question()) {
        let sends = matches!(question.decide().verdict, Verdict::Send(_));
        prop_assert_eq!(sends, may_leave(&question), "{:?}", question.decide());
    }

    #[test]
    fn a_dated_hold_ends_at_its_moment_and_not_a_millisecond_before(question in question()) {
        let mut question = question;
        for finding in question.decide().findings {
            let Outcome::Hold(Until::At(until)) = finding.outcome else { continue };
            prop_assert!(until > question.facts.now, "a hold into the past: {:?}", finding);
            let of_rule = |question: &Question| {
                question.decide().findings.into_iter().find(|other| other.rule == finding.rule).unwrap().outcome
            };
            let asked_at = question.facts.now;
            question.facts.now = Instant::from_ms(until.ms() - 1);
            prop_assert_eq!(of_rule(&question), finding.outcome, "{} a millisecond before {}", finding.rule.name(), until);
            question.facts.now = until;
            prop_assert!(!matches!(of_rule(&question), Outcome::Hold(_)) , "{} still holds at {}", finding.rule.name(), until);
            question.facts.now = asked_at;
        }
    }

    #[test]
    fn a_dated_hold_always_ends_within_the_plans_life(question in question()) {
        match question.decide().verdict {
            Verdict::Hold { until: Until::At(until), .. } => prop_assert!(until < question.facts.plan.expires_at),
            Verdict::Hold { until: Until::When(_), rule, .. } => {
                prop_assert!(matches!(rule, Rule::Halt | Rule::Sequence | Rule::Approval), "{:?} holds without a date", rule);
            }
            Verdict::Send(_) | Verdict::Refuse { .. } => {}
        }
    }

    #[test]
    fn the_same_facts_get_the_same_answer(question in question()) {
        prop_assert_eq!(format!("{:?}", question.decide()), format!("{:?}", question.decide()));
    }
}

#[test]
fn the_questions_of_these_tests_meet_every_rule_and_every_verdict() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::new(seeded(1));
    let mut met = std::collections::BTreeMap::<String, u32>::new();
    for _ in 0..3000 {
        let asked = question().new_tree(&mut runner).unwrap().current();
        let name = match asked.decide().verdict {
            Verdict::Send(_) => "send".to_owned(),
            Verdict::Hold { rule, .. } => format!("{} holds", rule.name()),
            Verdict::Refuse { rule, .. } => format!("{} refuses", rule.name()),
        };
        *met.entry(name).or_default() += 1;
    }
    for verdict in [
        "send",
        "halt holds",
        "suppression refuses",
        "consent refuses",
        "consent holds",
        "relevance refuses",
        "relevance holds",
        "sequence holds",
        "quiet-hours holds",
        "quiet-hours refuses",
        "frequency holds",
        "frequency refuses",
        "approval holds",
        "approval refuses",
        "holdout refuses",
    ] {
        assert!(met.contains_key(verdict), "no question led to {verdict:?}: {met:?}");
    }
    assert!(met.get("send").is_some_and(|count| *count > 50), "{met:?}");
    assert_eq!(zone("Europe/Paris").local(at("2027-03-29T10:00")).hour(), 10);
}
