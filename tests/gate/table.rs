//! The decision table: each fact that speaks against a message, alone and against others, with the verdict in the words
//! that people read.

use crate::support::anna::{BIRTHDAY, REMINDERS, at, facts, granted, paris, policy, quiet, visit, workflow};
use chrono::NaiveDate;
use comity::{
    base::{CustomerId, Instant, PlanId, RecordId, Source, Term, Value, WordingDigest, Zone},
    gate::{
        Clearance, Facts, Halt, Reason, Rule, Rules, Slot, Until, Verdict,
        clearance::Evidence,
        decide,
        facts::{HaltCause, RunFacts, Said, Told, Word},
    },
    people::{
        Answer, BarWord, Bars, ConsentState, Snooze, Suppression, SuppressionReason, bar::BarEntry,
        consent::ConsentMethod, snooze::Snoozed,
    },
    policy::{
        Basis, Cap, Field, FieldType, Nature, Policy, RecordType, Sale, Scope, WrittenBy,
        cap::{RecordField, Same, Unit, Window},
        field::FieldPurposes,
    },
    trigger::RecordStatus,
    workflow::{Approval, Condition, Holdout, IfQuiet, Oversight, Step, Task, Workflow},
};
use std::{collections::BTreeMap, num::NonZeroU32, time::Duration};

/// Anna's reminder, with the policy and the workflow, to be changed by a line of the table.
struct Case {
    facts: Facts,
    policy: Policy,
    workflow: Option<Workflow>,
}

impl Case {
    fn new() -> Self {
        Self { facts: facts(), policy: policy(), workflow: Some(workflow(&["24h", "2h"])) }
    }

    fn verdict(&self) -> Verdict {
        decide(&self.facts, &Rules { policy: &self.policy, workflow: self.workflow.as_ref() }).verdict
    }

    /// The verdict as a person reads it.
    fn read(&self) -> String {
        match self.verdict() {
            Verdict::Send(clearance) => format!("send: {}", clearance.evidence().sentence()),
            Verdict::Hold { rule, reason, until } => {
                format!("{} holds {}: {}", rule.name(), until.phrase(paris()), reason.sentence(paris()))
            }
            Verdict::Refuse { rule, reason } => format!("{} refuses: {}", rule.name(), reason.sentence(paris())),
        }
    }
}

fn after(change: impl FnOnce(&mut Case)) -> String {
    let mut case = Case::new();
    change(&mut case);
    case.read()
}

fn halt(cause: HaltCause) -> Halt {
    Halt { cause, since: at("2027-03-29T09:00") }
}

fn suppression(purpose: Option<&str>, reason: SuppressionReason) -> Suppression {
    Suppression { id: 5, purpose: purpose.map(str::to_owned), reason, at: at("2027-01-05T09:00") }
}

fn birthday(case: &mut Case, consent: ConsentState) {
    case.facts.plan.purpose = BIRTHDAY.to_owned();
    case.facts.consent = consent;
}

fn cap(at_most: u32, hours: u64) -> Cap {
    Cap::rolling(NonZeroU32::new(at_most).unwrap(), Duration::from_hours(hours))
}

fn slot(text: &str, purpose: &str) -> Slot {
    Slot {
        plan: PlanId(99),
        at: at(text),
        purpose: purpose.to_owned(),
        marketing: purpose == BIRTHDAY,
        workflow: "appointment-reminder".to_owned(),
        record: RecordId(7),
        cap_keys: vec![],
    }
}

#[test]
fn what_nothing_speaks_against_is_sent_on_its_evidence() {
    assert_eq!(after(|_| ()), "send: It rests on what the customer asked for (record 7, version 1).");
    let agreed = granted(42, at("2026-01-01T10:00"));
    assert_eq!(after(|case| birthday(case, agreed)), "send: It rests on the person's consent (row 42).");
}

#[test]
fn a_clearance_names_the_plan_the_claim_and_the_moment_it_was_asked_for() {
    let case = Case::new();
    let Verdict::Send(clearance) = case.verdict() else { panic!("{}", case.read()) };
    let named = |c: &Clearance| (c.plan(), c.epoch(), c.decided_at(), c.evidence());
    let contract = Evidence::Contract { record: 7, version: 1 };
    assert_eq!(named(&clearance), (PlanId(100), 3, at("2027-03-29T10:00"), contract));
}

#[test]
fn any_halt_holds_without_a_date() {
    let said = |cause| after(|case| case.facts.halt = Some(halt(cause)));
    let since = "halt holds until sending is resumed: Halted since 09:00 on Monday, 29 March (Europe/Paris).";
    assert_eq!(said(HaltCause::Operator), format!("{since} The operator paused sending."));
    for cause in [HaltCause::Clock, HaltCause::ClockFarAhead, HaltCause::Journal, HaltCause::Route, HaltCause::Restored]
    {
        assert!(said(cause).starts_with(since), "{}", said(cause));
    }
}

#[test]
fn what_was_due_in_a_time_that_a_restored_database_knows_nothing_of_may_have_left() {
    let said = |to: &str| after(|case| case.facts.skipped_to = Some(at(to)));
    assert!(
        said("2027-03-29T10:00").starts_with("halt refuses: It was due before 10:00 on Monday"),
        "due at that moment"
    );
    assert!(said("2027-03-29T09:59").starts_with("send"));
    let halted = after(|case| {
        case.facts.skipped_to = Some(at("2027-03-29T10:00"));
        case.facts.halt = Some(halt(HaltCause::Restored));
    });
    assert!(halted.starts_with("halt holds"), "as long as nothing is sent anyway, nothing is refused: {halted}");
}

#[test]
fn a_mailbox_that_refused_the_purpose_or_everything_is_never_written_to() {
    let said = |purpose, reason| after(|case| case.facts.suppressions.push(suppression(purpose, reason)));
    let stopped = "suppression refuses: Somebody at this mailbox clicked stop on 5 January 2027.";
    assert_eq!(said(Some(REMINDERS), SuppressionReason::Stopped), stopped);
    assert_eq!(said(None, SuppressionReason::Stopped), stopped);
    let back = after(|case| case.facts.suppressions.push(suppression(None, SuppressionReason::Erased)));
    assert!(back.starts_with("send"), "who was erased and booked anew is reminded of it: {back}");
    let gone = "suppression refuses: The mail server said that there is no such mailbox on 5 January 2027.";
    assert_eq!(said(None, SuppressionReason::NoSuchMailbox), gone);
    assert!(
        said(Some(BIRTHDAY), SuppressionReason::Stopped).starts_with("send"),
        "another purpose's stop is not this one's"
    );
}

#[test]
fn whoever_wants_silence_hears_nothing_until_that_moment_but_what_they_arranged() {
    let said = |until: &str, of, purpose: &str| {
        after(|case| {
            if purpose == BIRTHDAY {
                birthday(case, granted(42, at("2026-01-01T10:00")));
            }
            case.facts.snooze = Some(Snooze { until: at(until), of });
        })
    };
    let silent = "snooze holds until 00:00 on Tuesday, 30 March (Europe/Paris): The person asked us to be silent until \
                  00:00 on Tuesday, 30 March (Europe/Paris).";
    assert_eq!(said("2027-03-30T00:00", Snoozed::Marketing, BIRTHDAY), silent);
    assert_eq!(said("2027-03-30T00:00", Snoozed::Everything, BIRTHDAY), silent);
    assert_eq!(said("2027-03-30T00:00", Snoozed::Everything, REMINDERS), silent);
    assert!(said("2027-03-30T00:00", Snoozed::Marketing, REMINDERS).starts_with("send"));
    // It is asked at 10:00.
    assert!(said("2027-03-29T10:00", Snoozed::Everything, REMINDERS).starts_with("send"));
    assert_eq!(
        said("2027-04-05T00:00", Snoozed::Everything, REMINDERS),
        "snooze refuses: The silence that the person asked for would hold it until 00:00 on Monday, 5 April \
         (Europe/Paris), but it is of use only until 08:00 on Tuesday, 30 March (Europe/Paris)."
    );
}

/// What Anna said, on 5 January.
fn barred(words: &[(BarWord, Option<&str>)]) -> Bars {
    let entry = |(&(word, purpose), id): (&(BarWord, Option<&str>), i64)| {
        let purpose = purpose.map(str::to_owned);
        BarEntry { id, word, purpose, at: at("2027-01-05T09:00") }
    };
    Bars::of(&words.iter().zip(11..).map(entry).collect::<Vec<_>>())
}

#[test]
fn an_objection_a_restriction_and_a_child_each_stop_what_they_are_about() {
    let said = |words: &[(BarWord, Option<&str>)], purpose: &str, method| {
        after(|case| {
            if purpose == BIRTHDAY {
                birthday(case, granted(42, at("2027-02-01T10:00")));
                let ConsentState::Granted(grant) = &mut case.facts.consent else { unreachable!() };
                grant.method = method;
            }
            case.facts.bars = barred(words);
        })
    };
    let ordinary = ConsentMethod::InPerson;
    let objected = "objection refuses: The person objected to marketing on 5 January 2027.";
    assert_eq!(said(&[(BarWord::Objected, None)], BIRTHDAY, ordinary), objected);
    assert!(said(&[(BarWord::Objected, None)], REMINDERS, ordinary).starts_with("send"));
    assert!(said(&[(BarWord::Objected, None)], BIRTHDAY, ConsentMethod::Confirmed).starts_with("send"));
    let to_one = "objection refuses: The person objected to \"appointment-reminders\" on 5 January 2027.";
    assert_eq!(said(&[(BarWord::Objected, Some(REMINDERS))], REMINDERS, ordinary), to_one);
    assert!(said(&[(BarWord::Objected, Some(REMINDERS))], BIRTHDAY, ordinary).starts_with("send"));

    let restricted = "restriction refuses: The use of the person's data was restricted on 5 January 2027.";
    for purpose in [BIRTHDAY, REMINDERS] {
        assert_eq!(said(&[(BarWord::Restricted, None)], purpose, ConsentMethod::Confirmed), restricted);
        let lifted = [(BarWord::Restricted, None), (BarWord::Unrestricted, None)];
        assert!(said(&lifted, purpose, ordinary).starts_with("send"));
    }

    let minor = "minor refuses: The person was marked as a minor on 5 January 2027.";
    assert_eq!(said(&[(BarWord::Minor, None)], BIRTHDAY, ConsentMethod::Confirmed), minor);
    assert!(said(&[(BarWord::Minor, None)], REMINDERS, ordinary).starts_with("send"));
    assert!(said(&[(BarWord::Minor, None), (BarWord::OfAge, None)], BIRTHDAY, ordinary).starts_with("send"));
}

#[test]
fn whoever_is_restricted_gets_an_answer_to_what_they_ask_for_since_and_a_child_is_asked_for_no_yes() {
    let asked_on = |day: &str, word| {
        after(|case| {
            case.policy.purposes.get_mut(REMINDERS).unwrap().basis = Basis::Request;
            case.facts.plan.occurrence = visit(day).key;
            case.facts.occurrence = Some(case.facts.plan.occurrence.clone());
            case.facts.bars = barred(&[(word, None)]);
        })
    };
    assert!(asked_on("2027-01-05T09:01", BarWord::Restricted).starts_with("send"));
    assert!(asked_on("2027-01-05T08:59", BarWord::Restricted).starts_with("restriction refuses"));
    assert!(asked_on("2027-01-05T09:01", BarWord::Minor).starts_with("minor refuses"));
    assert!(asked_on("2027-01-05T08:59", BarWord::Objected).starts_with("send"), "a question is no marketing");
}

#[test]
fn a_sale_clears_from_its_date_to_its_end_and_never_after_a_no() {
    let said = |now: &str, change: &dyn Fn(&mut Case)| {
        after(|case| {
            let purpose = case.policy.purposes.get_mut(REMINDERS).unwrap();
            let sold_on = RecordField { kind: "appointment".to_owned(), field: "sold_on".to_owned() };
            purpose.basis = Basis::SoftOptIn;
            purpose.sale = Some(Sale { at: sold_on, opt_out_offered: "offered".to_owned(), lasts: Term::Months(1) });
            case.facts.now = at(now);
            let record = case.facts.record.as_mut().unwrap();
            record.fields.insert("sold_on".to_owned(), Value::Date(NaiveDate::from_ymd_opt(2027, 2, 28).unwrap()));
            record.fields.insert("offered".to_owned(), Value::Boolean(true));
            change(case);
        })
    };
    let nothing = |_: &mut Case| ();
    let sent = "send: It rests on a sale at which the customer could say no (record 7, version 1).";
    let fields = |change: fn(&mut comity::base::value::Fields)| {
        said("2027-03-29T10:00", &move |case: &mut Case| {
            let sold_on = Value::Date(NaiveDate::from_ymd_opt(2027, 3, 1).unwrap());
            let fields = &mut case.facts.record.as_mut().unwrap().fields;
            fields.insert("sold_on".to_owned(), sold_on);
            change(fields);
        })
    };
    assert_eq!(fields(|_| ()), sent);
    let no_opt_out =
        "consent refuses: Nothing says that the person could say no to such messages when the address was taken.";
    assert_eq!(fields(|fields| drop(fields.remove("offered"))), no_opt_out);
    assert_eq!(fields(|fields| drop(fields.insert("offered".to_owned(), Value::Boolean(false)))), no_opt_out);
    let no_sale = "consent refuses: What it is about is no sale with a date, so it rests on nothing.";
    assert_eq!(fields(|fields| drop(fields.remove("sold_on"))), no_sale);
    let ended =
        "consent refuses: The person bought on 28 February 2027; that was a ground to write until 28 March 2027.";
    assert_eq!(said("2027-03-29T10:00", &nothing), ended);
    let no = |case: &mut Case| case.facts.consent = ConsentState::Withdrawn { row: 3, at: at("2027-03-02T10:00") };
    assert_eq!(said("2027-03-29T10:00", &no), "consent refuses: The person said no on 2 March 2027.");
    let objected = |case: &mut Case| case.facts.bars = barred(&[(BarWord::Objected, None)]);
    assert!(said("2027-03-29T10:00", &objected).starts_with("objection refuses"), "it is marketing");
}

#[test]
fn a_stop_is_outweighed_by_a_later_yes_through_the_mailbox_itself_and_by_nothing_else() {
    let said = |own_act: bool, agreed_at: &str, reason| {
        after(|case| {
            case.facts.suppressions.push(suppression(None, reason));
            birthday(case, granted(42, at(agreed_at)));
            let ConsentState::Granted(grant) = &mut case.facts.consent else { unreachable!() };
            grant.method = if own_act { ConsentMethod::Confirmed } else { ConsentMethod::InPerson };
        })
    };
    let (later, same, earlier) = ("2027-01-05T09:01", "2027-01-05T09:00", "2027-01-05T08:59");
    assert!(said(true, later, SuppressionReason::Stopped).starts_with("send"));
    let stopped = "suppression refuses: Somebody at this mailbox clicked stop on 5 January 2027.";
    assert_eq!(said(false, later, SuppressionReason::Stopped), stopped);
    assert_eq!(said(true, same, SuppressionReason::Stopped), stopped);
    assert_eq!(said(true, earlier, SuppressionReason::Stopped), stopped);
    // So it is with somebody who was erased and came back.
    assert!(said(true, later, SuppressionReason::Erased).starts_with("send"));
    let erased = "suppression refuses: All that was known about this person was erased on 5 January 2027.";
    assert_eq!(said(false, later, SuppressionReason::Erased), erased);
    assert_eq!(said(true, earlier, SuppressionReason::Erased), erased);
    assert!(said(true, later, SuppressionReason::Operator).starts_with("suppression refuses"));
    assert!(said(true, later, SuppressionReason::NoSuchMailbox).starts_with("suppression refuses"));
}

#[test]
fn a_yes_for_a_time_ends_then_even_where_the_policy_would_let_it_last() {
    let said = |until: &str, lasts: Option<Term>| {
        after(|case| {
            birthday(case, granted(42, at("2027-01-05T09:00")));
            let ConsentState::Granted(grant) = &mut case.facts.consent else { unreachable!() };
            grant.expires_at = Some(at(until));
            case.policy.purposes.get_mut(BIRTHDAY).unwrap().consent_lasts = lasts;
        })
    };
    let ended = "consent refuses: The person agreed on 5 January 2027; that ended on 29 March 2027.";
    assert_eq!(said("2027-03-29T10:00", None), ended);
    assert_eq!(said("2027-03-29T10:00", Some(Term::Months(24))), ended);
    assert!(said("2027-03-29T10:01", Some(Term::Months(24))).starts_with("send"));
    assert!(
        said("2030-01-01T00:00", Some(Term::Months(1))).starts_with("consent refuses"),
        "the policy's end is nearer"
    );
}

#[test]
fn without_a_living_yes_nothing_leaves_for_a_purpose_that_needs_one() {
    let yes = at("2027-01-05T09:00");
    let said = |consent, lasts: Option<u64>| {
        after(|case| {
            birthday(case, consent);
            case.policy.purposes.get_mut(BIRTHDAY).unwrap().consent_lasts =
                lasts.map(|days| Term::Exact(Duration::from_hours(days * 24)));
        })
    };
    assert_eq!(said(ConsentState::Never, None), "consent refuses: The person never agreed to this purpose.");
    let no = ConsentState::Withdrawn { row: 1, at: yes };
    assert_eq!(said(no, None), "consent refuses: The person said no on 5 January 2027.");
    let agreed = granted(42, yes);
    assert!(said(agreed, Some(84)).starts_with("send"));
    let ended = "consent refuses: The person agreed on 5 January 2027; that ended on 29 March 2027.";
    assert_eq!(said(agreed, Some(83)), ended);
    let tomorrow = granted(42, at("2027-03-29T12:00"));
    assert!(said(tomorrow, None).starts_with("consent holds until 12:00 on Monday, 29 March"));
}

#[test]
fn a_yes_is_a_yes_to_the_words_that_were_shown() {
    let said = |to: Option<WordingDigest>| {
        after(|case| {
            birthday(case, granted(42, at("2027-01-05T09:00")));
            let ConsentState::Granted(grant) = &mut case.facts.consent else { unreachable!() };
            grant.wording = to;
        })
    };
    let other = "consent refuses: The person agreed on 5 January 2027, to other words than those that we promise now.";
    assert_eq!(said(Some(WordingDigest::of("Birthday", "We write twice a week."))), other);
    assert_eq!(said(None), other, "what nobody knows is no yes to these words");
    assert!(said(Some(Case::new().policy.purposes[BIRTHDAY].wording)).starts_with("send"));
}

#[test]
fn a_yes_has_ended_at_its_very_end_and_not_before() {
    let mut case = Case::new();
    let yes = case.facts.now.minus(Duration::from_hours(24));
    birthday(&mut case, granted(42, yes));
    let lasts =
        |case: &mut Case, span| case.policy.purposes.get_mut(BIRTHDAY).unwrap().consent_lasts = Some(Term::Exact(span));
    lasts(&mut case, Duration::from_hours(24) + Duration::from_millis(1));
    assert!(matches!(case.verdict(), Verdict::Send(_)));
    lasts(&mut case, Duration::from_hours(24));
    assert!(matches!(case.verdict(), Verdict::Refuse { rule: Rule::Consent, .. }));
}

#[test]
fn a_yes_for_months_ends_on_the_day_of_the_month_by_the_businesss_calendar() {
    let asked = |yes: &str, months: u32, now: &str| {
        let mut case = Case::new();
        case.policy.business.time_zone = paris();
        // The person's own calendar is half a day ahead, and doesn't count here.
        case.facts.zone = Ok(Zone::parse("Pacific/Auckland").unwrap());
        case.policy.quiet_hours = None;
        birthday(&mut case, granted(42, at(yes)));
        case.policy.purposes.get_mut(BIRTHDAY).unwrap().consent_lasts = Some(Term::Months(months));
        (case.facts.now, case.facts.plan.due_at, case.facts.plan.expires_at) =
            (at(now), at(now), at(now).plus(Duration::from_hours(1)));
        matches!(case.verdict(), Verdict::Send(_))
    };
    for (yes, months, last, end) in [
        ("2025-03-29T10:00", 24, "2027-03-29T09:59", "2027-03-29T10:00"),
        ("2026-08-31T10:00", 6, "2027-02-28T09:59", "2027-02-28T10:00"),
        ("2027-01-31T00:00", 1, "2027-02-27T23:59", "2027-02-28T00:00"),
        ("2028-02-29T10:00", 12, "2029-02-28T09:59", "2029-02-28T10:00"),
        ("2024-02-29T10:00", 48, "2028-02-29T09:59", "2028-02-29T10:00"),
    ] {
        assert!(asked(yes, months, last), "{months} months from {yes} hold at {last}");
        assert!(!asked(yes, months, end), "{months} months from {yes} end at {end}");
    }
}

#[test]
fn a_person_may_stop_the_reminders_of_visits_that_they_keep() {
    let no = ConsentState::Withdrawn { row: 1, at: at("2027-03-29T09:59") };
    let said = after(|case| case.facts.consent = no);
    assert_eq!(said, "consent refuses: The person said no on 29 March 2027.");
}

#[test]
fn a_purpose_that_left_the_policy_sends_nothing() {
    let said = after(|case| drop(case.policy.purposes.remove(REMINDERS)));
    assert_eq!(said, "consent refuses: The policy no longer has this purpose.");
}

#[test]
fn what_is_no_longer_true_is_not_sent_and_the_reason_says_what_changed() {
    let cancelled = after(|case| {
        case.facts.record.as_mut().unwrap().status = RecordStatus::Cancelled;
        case.facts.occurrence = None;
    });
    assert_eq!(cancelled, "relevance refuses: What it is about was cancelled.");
    let moved = after(|case| case.facts.occurrence = Some(visit("2027-03-31T10:00").key));
    assert_eq!(moved, "relevance refuses: What it is about moved to another date.");
    let without_date = after(|case| case.facts.occurrence = None);
    assert_eq!(without_date, "relevance refuses: What it is about moved to another date.");
    let gone = after(|case| case.workflow = None);
    assert_eq!(gone, "relevance refuses: The workflow was removed.");
    let another = after(|case| case.workflow.as_mut().unwrap().name = "other".to_owned());
    assert_eq!(another, "relevance refuses: The workflow was removed.");
    let unreadable = after(|case| case.facts.record = Err("key is gone".to_owned()));
    assert_eq!(unreadable, "relevance refuses: What it is about can't be read.");
    let given_away = after(|case| case.facts.record.as_mut().unwrap().customer = CustomerId(2));
    assert_eq!(given_away, "consent refuses: Nothing that the customer asked for stands.");
}

#[test]
fn a_condition_is_asked_again_with_the_record_as_it_is_now() {
    let said = |condition: &str, change: fn(&mut Case)| {
        after(|case| {
            let declared = |kind| Field {
                kind,
                purposes: FieldPurposes::All,
                keep: None,
                sensitive: false,
                title: None,
                category: None,
                calendar: None,
                order: None,
                written_by: WrittenBy::Imports,
            };
            let fields =
                [("status", FieldType::Text), ("starts_at", FieldType::Datetime), ("visits", FieldType::Integer)];
            let fields: BTreeMap<String, Field> =
                fields.into_iter().map(|(name, kind)| (name.to_owned(), declared(kind))).collect();
            case.policy.customer = fields.clone();
            case.policy
                .records
                .insert("appointment".to_owned(), RecordType { title: None, nature: Nature::Lasting, fields });
            let scope = Scope::of(&case.policy, REMINDERS, "appointment");
            case.workflow.as_mut().unwrap().only_if = Some(Condition::compile(condition, &scope).unwrap());
            change(case);
        })
    };
    let booked = "appointment.status == 'booked'";
    assert!(said(booked, |_| ()).starts_with("send"));
    let no_show = |case: &mut Case| {
        let status = Value::Text("no-show".to_owned());
        case.facts.record.as_mut().unwrap().fields.insert("status".to_owned(), status);
    };
    assert_eq!(said(booked, no_show), "relevance refuses: The workflow's condition doesn't hold any more.");
    let regular = "customer.visits > 3";
    let often =
        |case: &mut Case| drop(case.facts.customer.as_mut().unwrap().insert("visits".to_owned(), Value::Integer(4)));
    assert!(said(regular, often).starts_with("send"));
    let unknown = said(regular, |_| ());
    assert!(unknown.starts_with("relevance refuses: The workflow's condition can't be answered: "), "{unknown}");
    let unreadable = said(regular, |case| case.facts.customer = Err("key is gone".to_owned()));
    assert_eq!(unreadable, "relevance refuses: What it is about can't be read.");
}

#[test]
fn an_answer_that_ends_the_workflow_refuses_what_is_left_of_it() {
    let said = |answer: &'static str| {
        after(|case| {
            let answers = Field {
                kind: FieldType::Text,
                purposes: FieldPurposes::All,
                keep: None,
                sensitive: false,
                title: None,
                category: None,
                calendar: None,
                order: None,
                written_by: WrittenBy::Answers,
            };
            let fields = BTreeMap::from([("answer".to_owned(), answers)]);
            case.policy
                .records
                .insert("appointment".to_owned(), RecordType { title: None, nature: Nature::Lasting, fields });
            case.workflow.as_mut().unwrap().ends_on = [Answer::CantCome].into();
            let given = Value::Text(answer.to_owned());
            case.facts.record.as_mut().unwrap().fields.insert("answer".to_owned(), given);
        })
    };
    assert_eq!(said("cant-come"), "relevance refuses: The customer answered \"I can't come\".");
    assert!(said("coming").starts_with("send"));
    assert!(said("another-time").starts_with("send"));
}

#[test]
fn a_plan_is_held_until_it_is_due_and_refused_from_its_expiry_on() {
    let at_ms = |ms: i64| after(|case| case.facts.now = Instant::from_ms(ms));
    let (due, expiry) = (facts().plan.due_at.ms(), at("2027-03-29T18:00").ms());
    assert_eq!(
        at_ms(due - 1),
        "relevance holds until 10:00 on Monday, 29 March (Europe/Paris): It is due at 10:00 on Monday, 29 March (Europe/Paris)."
    );
    assert!(at_ms(due).starts_with("send"));
    let at_end = |now: i64| {
        after(|case| {
            case.facts.plan.expires_at = Instant::from_ms(expiry);
            case.facts.now = Instant::from_ms(now);
        })
    };
    assert!(at_end(expiry - 1).starts_with("send"));
    assert_eq!(at_end(expiry), "relevance refuses: It was of use until 18:00 on Monday, 29 March (Europe/Paris).");
}

#[test]
fn a_correction_leaves_only_to_someone_who_was_told_another_date() {
    let said = |told| {
        after(|case| {
            case.facts.plan.step = Step::moved(2);
            case.facts.sequence.told = told;
        })
    };
    assert!(said(Told::AnotherDate).starts_with("send"));
    let nothing = "relevance refuses: The customer was told no other date, so there is nothing to correct.";
    assert_eq!(said(Told::Nothing), nothing);
    assert_eq!(said(Told::ThisDate), nothing);
}

#[test]
fn two_messages_of_one_visit_never_overtake_each_other() {
    let said = after(|case| case.facts.sequence.in_flight = Some(PlanId(99)));
    assert_eq!(
        said,
        "sequence holds until the message on its way has its answer: Message 99, on the same matter, is on its way."
    );
    let itself = after(|case| case.facts.sequence.in_flight = Some(PlanId(100)));
    assert!(itself.starts_with("send"), "a plan doesn't wait for itself: {itself}");
}

#[test]
fn nobody_is_disturbed_at_night_by_their_own_clock() {
    let late = |if_quiet| {
        after(|case| {
            case.facts.now = at("2027-03-29T21:00");
            case.facts.plan.expires_at = at("2027-03-30T10:00");
            case.workflow.as_mut().unwrap().if_quiet = if_quiet;
        })
    };
    let quiet_until = "It is quiet where the person lives until 08:00 on Tuesday, 30 March (Europe/Paris).";
    let held = format!("quiet-hours holds until 08:00 on Tuesday, 30 March (Europe/Paris): {quiet_until}");
    assert_eq!(late(IfQuiet::Later), held);
    assert_eq!(late(IfQuiet::Earlier), held, "what missed its earlier moment waits");
    assert_eq!(late(IfQuiet::Refuse), format!("quiet-hours refuses: {quiet_until}"));
    let in_tokyo = after(|case| case.facts.zone = Ok(crate::support::anna::zone("Asia/Tokyo")));
    assert!(in_tokyo.starts_with("send"), "17:00 in Tokyo: {in_tokyo}");
    let in_auckland = after(|case| case.facts.zone = Ok(crate::support::anna::zone("Pacific/Auckland")));
    assert!(in_auckland.starts_with("quiet-hours holds until 21:00 on Monday"), "{in_auckland}");
}

#[test]
fn whoever_lives_in_an_unknown_zone_is_not_written_to() {
    let unknown = |quiet_hours| {
        after(|case| {
            case.facts.zone = Err("Europe/Lutetia".to_owned());
            case.policy.quiet_hours = quiet_hours;
        })
    };
    let refused = "quiet-hours refuses: The person's time zone can't be read.";
    assert_eq!(unknown(Some(quiet("20:00", "08:00"))), refused);
    assert_eq!(unknown(None), refused);
}

#[test]
fn a_full_cap_holds_until_the_moment_it_opens() {
    let said = |change: fn(&mut Case)| {
        after(|case| {
            case.facts.plan.expires_at = at("2027-04-30T10:00");
            birthday(case, granted(42, at("2026-01-01T10:00")));
            case.facts.slots = vec![slot("2027-03-28T21:00", REMINDERS), slot("2027-03-26T09:30", BIRTHDAY)];
            change(case);
        })
    };
    let of_purpose = said(|case| case.policy.purposes.get_mut(BIRTHDAY).unwrap().caps = vec![cap(1, 96)]);
    assert_eq!(
        of_purpose,
        "frequency holds until 10:30 on Tuesday, 30 March (Europe/Paris): The cap \"birthday\", at most 1 in 4 days, is full until 10:30 on Tuesday, 30 March (Europe/Paris)."
    );
    assert!(
        said(|case| case.policy.caps.all = vec![cap(1, 12)]).starts_with("send"),
        "after thirteen hours it is open"
    );
    let of_all = said(|case| case.policy.caps.all = vec![cap(2, 24 * 7)]);
    assert!(of_all.contains("The cap \"all\", at most 2 in 7 days, is full until"), "{of_all}");
    assert!(said(|case| case.policy.caps.all = vec![cap(3, 24 * 7)]).starts_with("send"));
    let of_marketing = said(|case| case.policy.caps.all_marketing = vec![cap(1, 24 * 7)]);
    assert!(of_marketing.contains("The cap \"all-marketing\""), "{of_marketing}");
    assert!(said(|case| case.policy.caps.all_marketing = vec![cap(2, 24 * 7)]).starts_with("send"));
    let both = said(|case| {
        case.policy.caps.all = vec![cap(1, 24)];
        case.policy.caps.all_marketing = vec![cap(1, 24 * 7)];
    });
    assert!(both.contains("all-marketing"), "the cap that opens last is the reason: {both}");
}

#[test]
fn a_cap_over_marketing_never_holds_a_reminder() {
    let said = after(|case| {
        case.facts.slots = vec![slot("2027-03-29T09:00", BIRTHDAY)];
        case.policy.caps.all_marketing = vec![cap(1, 24 * 7)];
    });
    assert!(said.starts_with("send"), "{said}");
}

#[test]
fn a_refusal_comes_before_a_hold_and_the_first_refusal_before_a_later_one() {
    let both = after(|case| {
        case.facts.halt = Some(halt(HaltCause::Operator));
        case.facts.suppressions.push(suppression(None, SuppressionReason::Operator));
        case.facts.consent = ConsentState::Withdrawn { row: 1, at: at("2027-03-29T09:59") };
        case.facts.now = at("2027-03-30T08:00");
    });
    assert_eq!(both, "suppression refuses: The operator closed this mailbox on 5 January 2027.");
}

#[test]
fn the_longest_hold_is_the_reason_and_one_without_a_date_is_the_longest() {
    let night = |case: &mut Case| {
        case.facts.now = at("2027-03-29T21:00");
        case.facts.plan.expires_at = at("2027-04-30T10:00");
        case.facts.slots = vec![slot("2027-03-29T12:00", REMINDERS)];
        case.policy.caps.all = vec![cap(1, 24)];
    };
    assert!(after(night).starts_with("frequency holds until 12:00 on Tuesday"), "{}", after(night));
    let in_flight = after(|case| {
        night(case);
        case.facts.sequence.in_flight = Some(PlanId(99));
    });
    assert!(in_flight.starts_with("sequence holds"), "{in_flight}");
    let halted = after(|case| {
        night(case);
        case.facts.sequence.in_flight = Some(PlanId(99));
        case.facts.halt = Some(halt(HaltCause::Route));
    });
    assert!(halted.starts_with("halt holds"), "the first of two without a date: {halted}");
}

#[test]
fn caps_of_a_workflow_and_of_a_record_count_their_own_messages_only() {
    let before = || slot("2027-03-29T09:00", REMINDERS);
    let other_workflow = || Slot { workflow: "visit-tips".to_owned(), ..before() };
    let other_record = || Slot { record: RecordId(8), ..before() };
    let of_workflow = |slot| {
        after(|case| {
            case.workflow.as_mut().unwrap().caps = vec![cap(1, 2)];
            case.facts.slots = vec![slot];
        })
    };
    assert!(of_workflow(before()).starts_with("frequency holds until 11:00 on Monday, 29 March"));
    assert!(of_workflow(other_workflow()).starts_with("send"));
    let of_record = |slot| {
        after(|case| {
            case.policy.caps.all = vec![Cap { same: Same::Record, ..cap(1, 2) }];
            case.facts.slots = vec![slot];
        })
    };
    assert!(of_record(before()).starts_with("frequency holds"));
    assert!(of_record(other_record()).starts_with("send"));
}

#[test]
fn a_full_cap_names_those_that_fill_it_and_no_others() {
    let filled_by = |cap: Cap, slots: &[(i64, &str, &str)]| {
        let mut case = Case::new();
        case.policy.purposes.get_mut(REMINDERS).unwrap().caps = vec![cap];
        let one = |(plan, at, purpose): &(i64, &str, &str)| Slot { plan: PlanId(*plan), ..slot(at, purpose) };
        case.facts.slots = slots.iter().map(one).collect();
        match case.verdict() {
            Verdict::Hold { reason: Reason::CapFull { filled_by, .. }, .. } => filled_by,
            other => panic!("{other:?}"),
        }
    };
    let plans = |cap, slots: &[_]| filled_by(cap, slots).iter().map(|one| one.plan.0).collect::<Vec<_>>();
    let two_in_a_day = cap(2, 24);
    let slots = [
        (13, "2027-03-29T09:00", REMINDERS),
        (10, "2027-03-28T10:00", REMINDERS), // A day ago to the instant: it has left the window.
        (12, "2027-03-28T11:00", REMINDERS),
        (11, "2027-03-28T10:30", REMINDERS), // In the window, but two came after it.
        (14, "2027-03-29T09:30", BIRTHDAY),
    ];
    assert_eq!(plans(two_in_a_day.clone(), &slots), [12, 13], "the oldest first");
    let today = Cap { per: Window::Calendar(Unit::Day), ..cap(1, 1) };
    assert_eq!(plans(today, &slots), [13]);
    let first = &filled_by(two_in_a_day, &slots)[0];
    assert_eq!((first.at, first.workflow.as_str()), (at("2027-03-28T11:00"), "appointment-reminder"));
    let many: Vec<(i64, &str, &str)> = (1..=30).map(|plan| (plan, "2027-03-28T11:00", REMINDERS)).collect();
    assert_eq!(plans(cap(30, 24), &many), (1..=20).collect::<Vec<_>>(), "twenty are enough to tell");
}

#[test]
fn a_purpose_may_obey_no_caps_and_count_for_none_but_its_own() {
    let said = |obeys, counts, of_purpose: &[Cap]| {
        after(|case| {
            case.policy.caps.all = vec![cap(1, 2)];
            let purpose = case.policy.purposes.get_mut(REMINDERS).unwrap();
            (purpose.obeys_caps, purpose.caps) = (obeys, of_purpose.to_vec());
            case.policy.purposes.get_mut(BIRTHDAY).unwrap().counts_toward_caps = counts;
            case.facts.slots = vec![slot("2027-03-29T09:00", BIRTHDAY), slot("2027-03-29T09:30", REMINDERS)];
            if !counts {
                case.facts.slots.pop();
            }
        })
    };
    assert!(said(true, true, &[]).starts_with("frequency holds"));
    assert!(said(false, true, &[]).starts_with("send"));
    assert!(said(true, false, &[]).starts_with("send"));
    assert!(said(false, true, &[cap(1, 2)]).starts_with("frequency holds"), "its own caps hold");
}

#[test]
fn no_policy_lifts_the_ceiling_of_marketing() {
    let sent = |hours: &[u64]| {
        after(|case| {
            birthday(case, granted(42, at("2026-01-01T10:00")));
            case.policy.caps.all_marketing = vec![cap(100, 1)];
            let before = |hours: &u64| case.facts.now.minus(Duration::from_hours(*hours));
            case.facts.slots =
                hours.iter().map(|h| Slot { at: before(h), ..slot("2027-03-01T10:00", BIRTHDAY) }).collect();
        })
    };
    assert!(sent(&[24]).starts_with("send"));
    assert!(sent(&[23]).starts_with("frequency holds until 11:00 on Monday, 29 March"));
    let eight: Vec<u64> = (1..=8).map(|n| n * 48).collect();
    assert!(sent(&eight[..7]).starts_with("send"));
    assert!(sent(&eight).starts_with("frequency refuses"), "eight in 30 days: {}", sent(&eight));
}

#[test]
fn a_contract_is_no_reason_for_a_fifth_message_about_one_visit() {
    let said = |about| after(|case| case.facts.sequence.about = about);
    assert!(said(3).starts_with("send"));
    assert_eq!(said(4), "frequency refuses: Enough was written about it: 4 messages.");
}

#[test]
fn a_hold_that_would_outlast_the_plan_is_a_refusal_now() {
    let until_eight = |expires_at| {
        after(|case| {
            case.facts.now = at("2027-03-29T21:00");
            case.facts.plan.expires_at = expires_at;
        })
    };
    let eight = at("2027-03-30T08:00");
    assert_eq!(
        until_eight(eight),
        "quiet-hours refuses: The quiet hours would hold it until 08:00 on Tuesday, 30 March (Europe/Paris), but it is of use only until 08:00 on Tuesday, 30 March (Europe/Paris)."
    );
    assert!(until_eight(Instant::from_ms(eight.ms() + 1)).starts_with("quiet-hours holds"));
}

#[test]
fn while_the_clock_is_in_doubt_nothing_is_refused_because_of_the_time() {
    for cause in [HaltCause::Clock, HaltCause::ClockFarAhead] {
        let mut case = Case::new();
        case.facts.halt = Some(halt(cause));
        case.facts.now = at("2037-01-01T23:00");
        case.workflow.as_mut().unwrap().if_quiet = IfQuiet::Refuse;
        assert!(case.read().starts_with("halt holds"), "{}", case.read());
        case.facts.suppressions.push(suppression(None, SuppressionReason::Stopped));
        assert!(case.read().starts_with("suppression refuses"), "a stop is a stop at any time");
    }
    let paused = after(|case| {
        case.facts.halt = Some(halt(HaltCause::Operator));
        case.facts.now = at("2037-01-01T23:00");
    });
    assert!(paused.starts_with("relevance refuses: It was of use until"), "a pause doesn't stop time: {paused}");
}

/// Somebody's word about Anna's reminders, whose files are at this revision.
fn word(said: Said, seen: &str) -> Word {
    Word { row: 3, said, seen: seen.to_owned(), at: at("2027-03-01T09:00") }
}

#[test]
fn a_workflow_is_a_draft_until_somebody_approves_it_as_it_is() {
    let said = |word: Option<Word>| {
        after(|case| {
            case.workflow.as_mut().unwrap().oversight.approval = Approval::Workflow;
            case.facts.approvals.workflow = word;
        })
    };
    let held = "approval holds until somebody approves it: The workflow";
    assert_eq!(said(None), format!("{held} is a draft: `comity approve appointment-reminder` makes it live."));
    assert!(said(Some(word(Said::Approved, "0123456789abcdef"))).starts_with("send"));
    assert_eq!(
        said(Some(word(Said::Approved, "fedcba9876543210"))),
        format!("{held} has changed since it was approved on 1 March 2027: `comity approve appointment-reminder`.")
    );
    assert_eq!(
        said(Some(word(Said::Withdrawn, "0123456789abcdef"))),
        format!("{held}'s approval was withdrawn on 1 March 2027: `comity approve appointment-reminder`.")
    );
}

#[test]
fn a_message_that_a_person_reads_leaves_in_the_words_that_they_read() {
    let said = |word: Option<Word>, words: Option<&str>| {
        after(|case| {
            case.workflow.as_mut().unwrap().oversight.approval = Approval::Each;
            // A word about the workflow is none about its messages.
            case.facts.approvals.workflow = Some(self::word(Said::Approved, "0123456789abcdef"));
            case.facts.approvals.message = word;
            case.facts.approvals.words = words.map(str::to_owned);
        })
    };
    let waits = "approval holds until somebody approves it: Each message of this workflow waits for a person: \
                 `comity approvals show 100`.";
    assert_eq!(said(None, Some("as it reads")), waits);
    assert_eq!(said(Some(word(Said::Withdrawn, "as it reads")), Some("as it reads")), waits);
    assert!(said(Some(word(Said::Approved, "as it reads")), Some("as it reads")).starts_with("send"));
    for words in [Some("otherwise"), None] {
        assert_eq!(
            said(Some(word(Said::Approved, "as it read")), words),
            "approval holds until somebody approves it: It reads otherwise than what was approved on 1 March 2027: \
             `comity approvals show 100`."
        );
    }
    for words in [Some("as it reads"), None] {
        let rejected = said(Some(word(Said::Rejected, "as it reads")), words);
        assert_eq!(rejected, "approval refuses: A person rejected it on 1 March 2027.");
    }
}

#[test]
fn what_goes_to_more_people_than_may_be_without_a_yes_waits_for_one_that_covers_it() {
    let said = |people: u32, permitted: u32, among: bool, word: Option<Word>| {
        after(|case| {
            case.workflow.as_mut().unwrap().oversight.approval = Approval::Above(NonZeroU32::new(50).unwrap());
            case.facts.approvals.run = Some(RunFacts { people, permitted, among, word });
        })
    };
    let waits = |why: &str| {
        format!(
            "approval holds until somebody approves it: {why}: `comity approvals show appointment-reminder@2027-03-29`."
        )
    };
    assert!(said(50, 49, false, None).starts_with("send"));
    let nobody = waits("More than 50 people would get it on 29 March 2027, so a person has to say yes");
    assert_eq!(said(51, 0, false, None), nobody);
    assert_eq!(said(51, 0, true, Some(word(Said::Withdrawn, "60 of 0123456789abcdef"))), nobody);
    let yes = || Some(word(Said::Approved, "60 of 0123456789abcdef"));
    assert!(said(51, 65, false, yes()).starts_with("send"));
    assert!(said(51, 66, true, yes()).starts_with("send"), "one who is among those permitted is nobody more");
    assert_eq!(
        said(51, 66, false, yes()),
        waits(
            "For 29 March 2027 60 people were approved on 1 March 2027, and it would be more than a tenth above that"
        )
    );
    for seen in ["60 of fedcba9876543210", "60", "", "-60 of 0123456789abcdef"] {
        assert_eq!(
            said(51, 0, false, Some(word(Said::Approved, seen))),
            waits("The workflow has changed since what it sends on 29 March 2027 was approved on 1 March 2027")
        );
    }
    let rejected = said(1, 0, true, Some(word(Said::Rejected, "")));
    assert_eq!(rejected, "approval refuses: A person rejected it on 1 March 2027.");
    let uncounted = after(|case| {
        case.workflow.as_mut().unwrap().oversight.approval = Approval::Above(NonZeroU32::new(50).unwrap());
    });
    assert_eq!(uncounted, nobody, "what nobody counted is too many");
}

#[test]
fn a_task_for_a_person_heeds_every_no_but_those_that_are_about_sending() {
    let task = |case: &mut Case| {
        let workflow = case.workflow.as_mut().unwrap();
        let words = Source::new("workflows/appointment-reminder.toml", "Call her");
        for step in &mut workflow.steps {
            step.task = Some(Task { name: "task/appointment-reminder/call".to_owned(), words: words.clone() });
        }
    };
    let said = |change: &dyn Fn(&mut Case)| {
        after(|case| {
            task(case);
            change(case);
        })
    };
    let oversight = |case: &mut Case, approval| case.workflow.as_mut().unwrap().oversight.approval = approval;
    assert!(said(&|case| oversight(case, Approval::Each)).starts_with("send"));
    assert!(said(&|case| oversight(case, Approval::Above(NonZeroU32::new(1).unwrap()))).starts_with("send"));
    assert!(said(&|case| case.policy.quiet_hours = Some(quiet("00:00", "20:00"))).starts_with("send"));
    assert!(said(&|case| case.facts.sequence.about = 4).starts_with("send"));
    let held = said(&|case| oversight(case, Approval::Workflow));
    assert!(held.starts_with("approval holds"), "a draft is one as a whole: {held}");
    let stopped = said(&|case| case.facts.suppressions.push(suppression(None, SuppressionReason::Stopped)));
    assert!(stopped.starts_with("suppression refuses"), "{stopped}");
    let halted = said(&|case| case.facts.halt = Some(halt(HaltCause::Operator)));
    assert!(halted.starts_with("halt holds"), "{halted}");
    let lost = said(&|case| case.facts.zone = Err("Mars/Olympus".to_owned()));
    assert!(lost.starts_with("quiet-hours refuses"), "{lost}");
}

#[test]
fn a_workflow_that_needs_no_yes_takes_no_word_about_it() {
    let said = after(|case| case.facts.approvals.workflow = Some(word(Said::Withdrawn, "")));
    assert!(said.starts_with("send"), "{said}");
}

#[test]
fn past_its_review_a_workflow_is_a_draft_again_approved_or_not_by_the_businesss_calendar() {
    for approval in [Approval::None, Approval::Workflow] {
        let said = |now: &str| {
            after(|case| {
                let oversight = &mut case.workflow.as_mut().unwrap().oversight;
                *oversight = Oversight { approval, review_by: NaiveDate::from_ymd_opt(2027, 3, 29), ..Oversight::NONE };
                case.facts.approvals.workflow = Some(word(Said::Approved, "0123456789abcdef"));
                case.policy.quiet_hours = None;
                // Where the person lives it is the next day already.
                case.facts.zone = Ok(Zone::parse("Pacific/Auckland").unwrap());
                (case.facts.now, case.facts.plan.expires_at) = (at(now), at("2027-03-30T08:00"));
            })
        };
        assert!(said("2027-03-29T23:59").starts_with("send"));
        assert_eq!(
            said("2027-03-30T00:00"),
            "approval holds until somebody approves it: The workflow was to be reviewed by 29 March 2027: look at it, and \
             write another day in appointment-reminder.toml."
        );
    }
}

#[test]
fn who_is_left_out_for_comparison_is_so_only_where_nothing_else_objects() {
    let said = |draw: u16, change: fn(&mut Case)| {
        after(|case| {
            case.workflow.as_mut().unwrap().oversight.holdout = Holdout::parse("5 %");
            case.facts.draw = draw;
            change(case);
        })
    };
    let left_out = "holdout refuses: The person is among the 5 % whom this workflow leaves alone, for comparison.";
    assert_eq!(said(0, |_| ()), left_out);
    assert_eq!(said(499, |_| ()), left_out);
    assert!(said(500, |_| ()).starts_with("send"));
    assert!(said(9_999, |_| ()).starts_with("send"));
    assert!(said(0, |case| case.facts.occurrence = None).starts_with("relevance refuses"));
    assert!(said(0, |case| case.facts.halt = Some(halt(HaltCause::Operator))).starts_with("halt holds"));
    let draft = said(0, |case| case.workflow.as_mut().unwrap().oversight.approval = Approval::Workflow);
    assert!(draft.starts_with("approval holds"), "nobody is written to, so nobody is left out: {draft}");
}

#[test]
fn a_draft_is_refused_where_anything_refuses_and_says_so_where_the_workflow_is_gone() {
    let draft = |case: &mut Case| case.workflow.as_mut().unwrap().oversight.approval = Approval::Workflow;
    let expired = after(|case| {
        draft(case);
        case.facts.now = case.facts.plan.expires_at;
    });
    assert!(expired.starts_with("relevance refuses"), "{expired}");
    let paused = after(|case| {
        draft(case);
        case.facts.halt = Some(halt(HaltCause::Operator));
    });
    assert!(paused.starts_with("halt holds"), "{paused}");
}

#[test]
fn every_rule_speaks_in_its_order_whatever_the_verdict() {
    let mut case = Case::new();
    let rules = |case: &Case| -> Vec<Rule> {
        let rules = Rules { policy: &case.policy, workflow: case.workflow.as_ref() };
        decide(&case.facts, &rules).findings.iter().map(|finding| finding.rule).collect()
    };
    assert_eq!(rules(&case), Rule::ALL);
    case.facts.suppressions.push(suppression(None, SuppressionReason::Stopped));
    case.workflow = None;
    assert_eq!(rules(&case), Rule::ALL);
}

#[test]
fn at_the_ends_of_time_the_gate_still_answers() {
    for now in [Instant::from_ms(i64::MIN), Instant::NEVER] {
        let mut case = Case::new();
        case.facts.now = now;
        case.policy.caps.all = vec![Cap::rolling(NonZeroU32::MAX, Duration::MAX), cap(1, u64::MAX / 3600)];
        case.facts.slots = vec![Slot { at: Instant::NEVER, ..slot("2027-03-29T10:00", REMINDERS) }];
        assert!(!matches!(case.verdict(), Verdict::Send(_)), "{}", case.read());
    }
    let forever = Reason::HoldOutlastsPlan { rule: Rule::Frequency, until: Instant::NEVER, expires_at: Instant::NEVER };
    assert!(forever.sentence(paris()).contains("the end of time"));
    assert_eq!(Until::At(Instant::NEVER).phrase(paris()), "until the end of time");
}
