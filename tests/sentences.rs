//! Every value of the gate and the ledger in words, as people read it.

use crate::support::anna::{at, paris, zone};
use comity::{
    base::{Instant, PlanId},
    gate::{
        DraftCause, Reason, Rule, RunCause, Until, choice::Choice, clearance::Evidence, facts::HaltCause,
        finding::Event,
    },
    ledger::{
        Act, AddressStep, ErasedVia, EventKind, Happening, Phase, Preferred, Receipt, Reply, Shown, TaskEnd,
        entry::StopVia,
        receipt::{AbortCause, NotBegun},
    },
    people::{Answer, AskedVia, BarWord, Language, RequestKind, Snooze, SuppressionReason, snooze::Snoozed},
    policy::cap::{Unit, Window},
};
use std::time::Duration;

/// Each cause of a draft.
fn drafts(at: Instant) -> [Reason; 4] {
    let causes = [
        DraftCause::NeverApproved,
        DraftCause::Changed { approved_at: at },
        DraftCause::Withdrawn { at },
        DraftCause::ReviewDue { by: paris().local(at).date() },
    ];
    causes.map(|why| Reason::Draft { workflow: "visit-tips".to_owned(), why })
}

/// Each cause that what goes to many people waits.
fn large_runs(at: Instant) -> [Reason; 3] {
    let causes = [
        RunCause::NeverApproved,
        RunCause::Changed { approved_at: at },
        RunCause::Grown { approved_at: at, people: 120 },
    ];
    let day = paris().local(at).date();
    causes.map(|why| Reason::ManyPeople { workflow: "visit-tips".to_owned(), day, above: 50, why })
}

/// What people and draws decide, and what waits for a person.
fn reasons_of_people(since: Instant) -> [Reason; 9] {
    [
        Reason::Halted { cause: HaltCause::Restored, since },
        Reason::MayHaveLeft { came_to: since },
        Reason::Unread { plan: PlanId(31), approved_at: None },
        Reason::Unread { plan: PlanId(31), approved_at: Some(since) },
        Reason::Rejected { row: 1, at: since },
        Reason::NotHeldOut,
        Reason::HeldOut { percent: 5 },
        Reason::NeedsNoApproval,
        Reason::Approved { row: 1, at: since },
    ]
}

/// What other records take away.
fn reasons_of_other_records() -> [Reason; 2] {
    [Reason::CameBack { plan: PlanId(99) }, Reason::SameDate { plan: PlanId(99) }]
}

fn reasons() -> Vec<Reason> {
    let night = at("2027-03-30T08:00");
    let since = at("2027-01-05T09:00");
    vec![
        Reason::Running,
        Reason::Halted { cause: HaltCause::Operator, since: night },
        Reason::Halted { cause: HaltCause::Clock, since: night },
        Reason::Halted { cause: HaltCause::ClockFarAhead, since: night },
        Reason::Halted { cause: HaltCause::Journal, since: night },
        Reason::Halted { cause: HaltCause::Route, since: night },
        Reason::NotRestricted,
        Reason::Restricted { row: 1, since },
        Reason::NoObjection,
        Reason::Objected { row: 1, at: since, purpose: None },
        Reason::Objected { row: 1, at: since, purpose: Some("birthday".to_owned()) },
        Reason::NoMinor,
        Reason::Minor { row: 1, since },
        Reason::NotSuppressed,
        Reason::Suppressed { row: 1, why: SuppressionReason::Stopped, since },
        Reason::Suppressed { row: 1, why: SuppressionReason::NoSuchMailbox, since },
        Reason::Suppressed { row: 1, why: SuppressionReason::Operator, since },
        Reason::Suppressed { row: 1, why: SuppressionReason::Erased, since },
        Reason::Agreed { row: 1, at: since },
        Reason::Contract { record: 7, version: 1 },
        Reason::Sold { record: 7, version: 1, at: since },
        Reason::NoSale,
        Reason::NoOptOutOffered,
        Reason::SaleExpired { at: since, ended_at: night },
        Reason::NeverAgreed,
        Reason::Withdrawn { row: 1, at: since },
        Reason::ConsentExpired { at: since, ended_at: night },
        Reason::Reworded { row: 1, at: since },
        Reason::PurposeGone,
        Reason::NoLiveRecord,
        Reason::Relevant { version: 1 },
        Reason::Expired { expired_at: night },
        Reason::NotDue { due_at: night },
        Reason::KnownTooLate { due_at: night },
        Reason::RecordCancelled,
        Reason::RecordMoved,
        Reason::Answered { answer: Answer::CantCome },
        Reason::ConditionFalse,
        Reason::ConditionFailed { why: "nothing is compared: it reads customer.visits (no value)".to_owned() },
        Reason::RecordUnreadable,
        Reason::WorkflowGone,
        Reason::NothingToCorrect,
        Reason::NotRenderable { why: "body.html.hbs, line 3: customer.first_name has no value".to_owned() },
        Reason::DiffersFromUncertain,
        Reason::InOrder,
        Reason::StepInFlight { plan: PlanId(99) },
        Reason::NotSnoozed,
        Reason::Snoozed { until: night },
        Reason::NotQuiet,
        Reason::Quiet { until: night },
        Reason::ZoneUnknown { name: "Mars/Olympus".to_owned() },
        Reason::NothingIsSent,
        Reason::UnderCaps,
        full("all-marketing", 4, Window::Rolling(Duration::from_hours(7 * 24))),
        full("visit-tips", 1, Window::Calendar(Unit::Week)),
        Reason::EnoughAboutRecord { at_most: 4 },
        full("own limit", 1, Window::Calendar(Unit::Month)),
        full("own limit of the purpose", 2, Window::Calendar(Unit::Year)),
        Reason::OwnLimitUnreadable,
        full("all", 1, Window::Rolling(Duration::from_hours(36))),
        outlasting(Rule::Consent),
        outlasting(Rule::Relevance),
        outlasting(Rule::QuietHours),
        outlasting(Rule::Frequency),
    ]
}

fn full(cap: &str, at_most: u32, per: Window) -> Reason {
    let (cap, opens_at) = (cap.to_owned(), at("2027-03-30T08:00"));
    Reason::CapFull { cap, at_most, per, same: None, opens_at, filled_by: vec![] }
}

/// Of the rules whose hold has a date.
fn outlasting(rule: Rule) -> Reason {
    Reason::HoldOutlastsPlan { rule, until: at("2027-03-30T08:00"), expires_at: at("2027-03-30T07:30") }
}

fn receipts() -> Vec<Receipt> {
    let reply = |code, enhanced, text: &str| Reply { code, enhanced, text: text.to_owned() };
    let mut receipts = vec![
        Receipt::Accepted(reply(250, Some((2, 0, 0)), "Ok: queued")),
        Receipt::Deferred { phase: Phase::Rcpt, reply: reply(451, Some((4, 7, 1)), "Greylisted") },
        Receipt::Rejected { phase: Phase::Dot, reply: reply(550, None, "") },
        Receipt::RouteRefused { phase: Phase::Connect, reply: reply(535, None, "Authentication failed") },
        Receipt::NotBegun(NotBegun::Revoked),
        Receipt::NotBegun(NotBegun::PermitExpired),
        Receipt::NotBegun(NotBegun::LaneBroken),
        Receipt::NotBegun(NotBegun::OtherLetter),
        Receipt::Uncertain,
    ];
    let aborted = [
        (Phase::Mail, AbortCause::Timeout),
        (Phase::Data, AbortCause::Disconnected),
        (Phase::Rcpt, AbortCause::OddReply),
        (Phase::Body, AbortCause::NoIntent),
        (Phase::Connect, AbortCause::OwnerLost),
        (Phase::Mail, AbortCause::Outdated),
    ];
    receipts.extend(aborted.map(|(phase, why)| Receipt::Aborted { phase, why }));
    receipts
}

fn acts() -> [Act; 11] {
    [
        Act::Imported { what: "customers".to_owned(), new: 3, changed: 1 },
        Act::KeyMade { name: "till".to_owned() },
        Act::KeyRevoked { name: "till".to_owned() },
        Act::LinkKeyMade { number: 2 },
        Act::Forgot { fields: 12, records: 4, customers: 1, visits: 0, tasks: 0 },
        Act::Forgot { fields: 0, records: 0, customers: 0, visits: 3, tasks: 2 },
        Act::Replayed { words: 3 },
        Act::ExportedPseudonymous { people: 200 },
        Act::Rewrapped { number: 2, keys: 40 },
        Act::Believed { calendar: "salon".to_owned() },
        Act::Settled { visit: 7 },
    ]
}

fn of_own_data() -> impl Iterator<Item = Happening> {
    let vias = [AskedVia::Page, AskedVia::Operator];
    let asked = move |kind| vias.map(|via| Happening::Requested { kind, via, row: 49 });
    let rest = [
        Happening::OpenedOwnData { row: 49 },
        Happening::ConfirmedOwnData { row: 49 },
        Happening::RequestAnswered { row: 49 },
    ];
    let steps = [AddressStep::Asked, AddressStep::Agreed, AddressStep::Changed];
    let moved = steps.map(|step| Happening::AddressChange { row: 50, step });
    let erased = [ErasedVia::Link, ErasedVia::Operator, ErasedVia::Unconfirmed].map(|via| Happening::Erased { via });
    RequestKind::ALL.into_iter().flat_map(asked).chain(rest).chain(moved).chain(erased)
}

fn happenings() -> Vec<Happening> {
    let (due_at, expires_at) = (at("2027-03-29T21:00"), at("2027-03-30T10:00"));
    let night = at("2027-03-30T08:00");
    let held = |reason: Reason, until| Happening::Held { rule: Rule::QuietHours, reason, until, findings: Vec::new() };
    let cap = Reason::CapFull {
        cap: "all".to_owned(),
        at_most: 2,
        per: Window::Rolling(Duration::from_hours(24)),
        same: Some("purchase.product".to_owned()),
        opens_at: night,
        filled_by: vec![],
    };
    let paused = Reason::Halted { cause: HaltCause::Operator, since: due_at };
    let mut happenings = vec![
        Happening::Planned { due_at, expires_at },
        Happening::Retimed { due_at, expires_at },
        Happening::Voided,
        Happening::Given { task: 7 },
        Happening::TaskEnded { task: 7, how: TaskEnd::Done, who: String::new() },
        Happening::TaskEnded { task: 7, how: TaskEnd::Dropped, who: "Lucie".to_owned() },
        Happening::TaskEnded { task: 7, how: TaskEnd::Withdrawn, who: String::new() },
        Happening::Ended { answer: Answer::CantCome },
        Happening::Answered { answer: Answer::AnotherTime },
        Happening::Revived { due_at },
        Happening::Merged { into: PlanId(99) },
        Happening::Parted { from: PlanId(99) },
        held(Reason::Quiet { until: night }, Until::At(night)),
        held(Reason::NotDue { due_at: night }, Until::At(night)),
        held(cap, Until::At(night)),
        held(paused, Until::When(Event::HaltLifted)),
        held(Reason::StepInFlight { plan: PlanId(99) }, Until::When(Event::StepEnded)),
        held(drafts(night)[0].clone(), Until::When(Event::Approved)),
        Happening::Refused { rule: Rule::Relevance, reason: Reason::RecordCancelled, findings: Vec::new() },
        Happening::Permitted { evidence: Evidence::Consent(42), approval: Some(3) },
        Happening::Permitted { evidence: Evidence::Contract { record: 7, version: 1 }, approval: None },
        Happening::Permitted { evidence: Evidence::Sale { record: 7, version: 1 }, approval: None },
        Happening::ConsentImported { purpose: "birthday".to_owned(), row: 42 },
        Happening::ConsentReported { purpose: "birthday".to_owned(), row: 43 },
        Happening::Stopped { purpose: String::new(), via: StopVia::Api },
        Happening::Preferred(Preferred::On { purpose: "birthday".to_owned(), row: 44 }),
        Happening::Preferred(Preferred::TookBack { purpose: "birthday".to_owned(), row: 45 }),
        Happening::Preferred(Preferred::TookBack { purpose: String::new(), row: 46 }),
        Happening::Preferred(Preferred::Snooze(Some(Snooze { until: night, of: Snoozed::Marketing }))),
        Happening::Preferred(Preferred::Snooze(Some(Snooze { until: night, of: Snoozed::Everything }))),
        Happening::Preferred(Preferred::Snooze(None)),
        Happening::Preferred(Preferred::Language(Language::parse("fr"))),
        Happening::Preferred(Preferred::Language(None)),
        Happening::Halted { cause: HaltCause::Route },
        Happening::Resumed { cause: HaltCause::Route },
    ];
    happenings.extend(BarWord::ALL.map(|(_, word)| Happening::Barred { word, purpose: None, row: 47 }));
    let purpose = Some("birthday".to_owned());
    happenings.push(Happening::Barred { word: BarWord::Objected, purpose, row: 48 });
    happenings.extend(acts().map(|act| Happening::Did { act }));
    happenings.extend([Shown::History, Shown::Consents, Shown::Everything].map(|at| Happening::LookedUp { at }));
    happenings.extend(of_own_data());
    let ours = [StopVia::OneClick, StopVia::Page, StopVia::Preferences];
    let vias = ours.into_iter().chain([StopVia::Operator, StopVia::Bounce, StopVia::Api]);
    happenings.extend(EventKind::ALL.map(|event| Happening::Reported { event }));
    happenings.extend(vias.map(|via| Happening::Stopped { purpose: "birthday".to_owned(), via }));
    happenings.extend(receipts().into_iter().map(|receipt| Happening::Received {
        receipt,
        retry_at: None,
        digest: None,
    }));
    let receipt = Receipt::Aborted { phase: Phase::Data, why: AbortCause::Timeout };
    happenings.push(Happening::Received { receipt, retry_at: Some(night), digest: None });
    happenings
}

#[test]
fn every_reason_has_its_sentence() {
    let sentences: Vec<String> = reasons()
        .iter()
        .chain(&reasons_of_people(at("2027-01-05T09:00")))
        .chain(&reasons_of_other_records())
        .chain(&drafts(at("2027-01-05T09:00")))
        .chain(&large_runs(at("2027-01-05T09:00")))
        .map(|reason| reason.sentence(paris()))
        .collect();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn every_happening_has_its_sentence() {
    let sentences: Vec<String> = happenings().iter().map(|happening| happening.sentence(paris())).collect();
    insta::assert_snapshot!(sentences.join("\n"));
}

#[test]
fn every_choice_of_a_customer_has_its_sentence() {
    insta::assert_snapshot!(Choice::ALL.map(Choice::sentence).join("\n"));
}

#[test]
fn only_what_is_a_customers_own_is_theirs_to_change() {
    let since = at("2027-01-05T09:00");
    let choice = |why| Reason::Suppressed { row: 1, why, since }.choice();
    assert_eq!(choice(SuppressionReason::Stopped), Choice::TakeBackTheNo);
    assert_eq!(choice(SuppressionReason::NoSuchMailbox), Choice::GiveAnAddress);
    assert_eq!(choice(SuppressionReason::Operator), Choice::Nothing, "the operator's word is not theirs");
    assert_eq!(Reason::NeverAgreed.choice(), Choice::Agree);
    assert_eq!(Reason::Withdrawn { row: 1, at: since }.choice(), Choice::TakeBackTheNo);
    assert_eq!(Reason::Objected { row: 1, at: since, purpose: None }.choice(), Choice::TakeBackTheNo);
    assert_eq!(Reason::Restricted { row: 1, since }.choice(), Choice::AskTheBusiness);
    assert_eq!(Reason::Minor { row: 1, since }.choice(), Choice::Nothing, "no yes of a child's counts");
    assert_eq!(Reason::Quiet { until: since }.choice(), Choice::TellTheZone);
    assert_eq!(Reason::Answered { answer: Answer::CantCome }.choice(), Choice::AnswerOtherwise);
    assert_eq!(Reason::Snoozed { until: since }.choice(), Choice::EndTheSilence);
    assert_eq!(Reason::WorkflowGone.choice(), Choice::Nothing);
}

#[test]
fn every_sentence_begins_with_a_capital_and_ends_with_a_full_stop() {
    let reasons = reasons()
        .into_iter()
        .chain(reasons_of_people(at("2027-01-05T09:00")))
        .chain(reasons_of_other_records())
        .chain(drafts(at("2027-01-05T09:00")))
        .chain(large_runs(at("2027-01-05T09:00")))
        .map(|reason| reason.sentence(paris()));
    let happenings = happenings().into_iter().map(|happening| happening.sentence(paris()));
    for sentence in reasons.chain(happenings) {
        assert!(sentence.starts_with(char::is_uppercase) && sentence.ends_with('.'), "{sentence}");
        assert!(!sentence.contains("  ") && !sentence.contains(".."), "{sentence}");
    }
}

#[test]
fn a_moment_is_shown_by_the_clock_of_its_reader() {
    let reason = Reason::Quiet { until: at("2027-03-30T08:00") };
    let tokyo = reason.sentence(zone("Asia/Tokyo"));
    assert_eq!(tokyo, "It is quiet where the person lives until 15:00 on Tuesday, 30 March (Asia/Tokyo).");
    let never = Reason::NotDue { due_at: Instant::NEVER };
    assert_eq!(never.sentence(paris()), "It is due at the end of time.");
}
