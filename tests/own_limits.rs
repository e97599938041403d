//! The customer's own limit: it wins where it is stricter, whatever the policy says, and no import loosens it.

use crate::support::{
    api,
    daemon::{Daemon, NODE, eventually},
    proof, real,
};
use comity::{
    base::{Clock, CustomerId, Value, Zone, civil::CivilTime, value::Fields},
    deliver::transport::Begin,
    engine::office::{
        Unnamed,
        limits::{Limited, Order},
    },
    gate::{Reason, Rule},
    ledger::{Happening, entry::LimitVia},
    people::Customer,
    policy::{OwnLimit, OwnLimits, cap::Window, own_limit::Wish},
    store::{CustomerRef, Dry, Permission, RecordRow},
    trigger::RecordStatus,
};
use serde_json::json;
use std::{fs, num::NonZeroU32, sync::Arc, time::Duration};

const MINUTES: Duration = Duration::from_mins(20);

fn at_most(at_most: u32, per: &str, purpose: &str) -> OwnLimit {
    OwnLimit {
        purpose: purpose.to_owned(),
        at_most: NonZeroU32::new(at_most).unwrap(),
        per: Window::parse(per).unwrap(),
    }
}

async fn say(daemon: &Daemon, customer: &str, wish: Wish) -> Limited {
    daemon.engine.office().limit(Order { customer: customer.to_owned(), wish }).await.unwrap()
}

/// By which rule of the customer's own messages were held, and why others never left.
async fn objections(daemon: &Daemon, customer: &Customer) -> Vec<(Rule, String)> {
    let entries = daemon.history(customer).await;
    let objection = |happening: &Happening| match happening {
        Happening::Held { rule, reason: Reason::CapFull { cap, .. }, .. } => Some((*rule, cap.clone())),
        Happening::Refused { rule, reason, .. } => Some((*rule, reason.name())),
        _ => None,
    };
    entries.iter().filter_map(|entry| objection(&entry.happening)).collect()
}

#[tokio::test]
async fn who_wants_less_than_the_policy_lets_out_gets_less_and_the_hold_ends_to_the_millisecond() {
    for purpose in ["", "reminders"] {
        let mut daemon = Daemon::open().await;
        let anna = daemon.visit("anna", Duration::ZERO).await;
        let _ = daemon.visit("bert", Duration::ZERO).await;
        let limit = at_most(1, "20 minutes", purpose);
        let limits = OwnLimits::from(vec![limit.clone()]);
        assert_eq!(say(&daemon, "anna", Wish::Limit(limit.clone())).await, Limited::Now(limits.clone()));
        assert_eq!(say(&daemon, "anna@salon.example", Wish::Limit(limit)).await, Limited::Already(limits));
        daemon.run().await;
        eventually("three left", async || daemon.subjects().len() == 3).await;
        eventually("held", async || !objections(&daemon, &anna).await.is_empty()).await;
        let key = if purpose.is_empty() { "own limit" } else { "own limit of the purpose" };
        assert_eq!(objections(&daemon, &anna).await, [(Rule::Frequency, key.to_owned())]);
        let first = daemon.left()[0];
        daemon.beat_until("the fourth left", async || daemon.left().len() == 4).await;
        let waited = daemon.left()[3].ms() - first.ms();
        let exact = i64::try_from(MINUTES.as_millis()).unwrap();
        assert!((exact..exact + 6_000).contains(&waited), "{waited} ms, and a look every five seconds");
        daemon.end().await;
    }
}

#[tokio::test]
async fn a_limit_that_is_lifted_lets_what_it_held_leave_at_once() {
    let mut daemon = Daemon::open().await;
    let anna = daemon.visit("anna", Duration::ZERO).await;
    say(&daemon, "anna", Wish::Limit(at_most(1, "20 minutes", ""))).await;
    daemon.run().await;
    eventually("held", async || !objections(&daemon, &anna).await.is_empty()).await;
    eventually("one left", async || daemon.subjects().len() == 1).await;
    assert_eq!(say(&daemon, "anna", Wish::None(String::new())).await, Limited::Now(OwnLimits::default()));
    eventually("both left", async || daemon.subjects().len() == 2).await;
    assert_eq!(daemon.left()[0], daemon.left()[1]);
    let told: Vec<String> =
        daemon.history(&anna).await.iter().map(|entry| entry.happening.sentence(Zone::UTC)).collect();
    let told = told.join("\n");
    assert!(told.contains("The person's own limit, by the operator: At most 1 message in 20 minutes."), "{told}");
    assert!(told.contains("The person's own limit over everything, at most 1 in 20 minutes, is full"), "{told}");
    assert!(told.contains("The person's own limit on everything was lifted by the operator."), "{told}");
    daemon.end().await;
}

#[tokio::test]
async fn what_was_drafted_or_permitted_before_the_limit_is_asked_again() {
    let daemon = Daemon::open().await;
    let anna = daemon.visit("anna", Duration::ZERO).await;
    let store = &daemon.engine.store;
    let rules = || daemon.engine.rulebook();
    let [drafted] = &store.claim(NODE, daemon.clock.now(), 10).await.unwrap()[..] else { panic!("one a customer") };
    let drafted = drafted.clone();
    let limit = Wish::Limit(at_most(1, "calendar year", ""));
    say(&daemon, "anna", limit.clone()).await;
    let asked = store.permit(NODE, Arc::new(drafted.clone()), rules()).await.unwrap();
    assert!(matches!(asked, Permission::Outdated), "{asked:?}");

    let anew = store.reload(drafted.plan.id, drafted.plan.epoch).await.unwrap().unwrap();
    assert_eq!(anew.own_limits, Ok(OwnLimits::from(vec![at_most(1, "calendar year", "")])));
    let asked = store.permit(NODE, Arc::new(anew), rules()).await.unwrap();
    let Permission::Permitted(attempt) = asked else { panic!("{asked:?}") };
    let flight = daemon.engine.flights.open(attempt.id(), [0; 32], store);
    say(&daemon, "anna", Wish::Limit(at_most(1, "calendar month", ""))).await;
    assert_eq!(flight.may_begin(), Begin::Revoked);
    drop(flight);
    let plans = store.plans_of(anna.id).await.unwrap();
    assert!(plans.iter().all(|plan| plan.state == comity::plan::PlanState::Planned), "{plans:?}");
    daemon.end().await;
}

async fn another_visit(daemon: &Daemon, name: &str, id: &str) {
    let start = daemon.clock.now().plus(Duration::from_hours(1));
    let starts_at = CivilTime { local: Zone::UTC.local(start), zone: Some(Zone::UTC) };
    let record = RecordRow {
        kind: "appointment".to_owned(),
        external_id: id.to_owned(),
        customer: CustomerRef::ExternalId(name.to_owned()),
        fields: Fields::from([("starts_at".to_owned(), Value::Datetime(starts_at))]),
        untold: Arc::default(),
        left_to_calendars: Arc::default(),
        status: Some(RecordStatus::Live),
    };
    let _ = daemon.engine.store.put_records(vec![record], daemon.engine.in_force.clone(), Dry::Apply).await.unwrap();
    daemon.look();
}

#[tokio::test]
async fn a_limit_a_year_looks_further_back_than_any_cap_of_the_policy() {
    let daemon = Daemon::open().await;
    let anna = daemon.visit("anna", Duration::ZERO).await;
    say(&daemon, "anna", Wish::Limit(at_most(2, "365 days", "reminders"))).await;
    let mut daemon = daemon;
    daemon.run().await;
    eventually("both left", async || daemon.subjects().len() == 2).await;
    let (premises, clock) = daemon.end().await;
    clock.pass(Duration::from_hours(24 * 200));
    let mut daemon = Daemon::over(premises, clock).await;
    another_visit(&daemon, "anna", "A2").await;
    daemon.run().await;
    eventually("refused", async || objections(&daemon, &anna).await.len() == 2).await;
    assert_eq!(daemon.subjects().len(), 0, "nobody's cap is so long but her own");
    daemon.end().await;
}

#[tokio::test]
async fn a_limit_that_cant_be_read_lets_nothing_out() {
    let mut daemon = Daemon::open().await;
    let anna = daemon.visit("anna", Duration::ZERO).await;
    let _ = daemon.visit("bert", Duration::ZERO).await;
    daemon.sql("UPDATE customers SET own_limits = '[{\"at_most\":0}]' WHERE external_id = 'anna'").await;
    daemon.run().await;
    let unreadable = (Rule::Frequency, "own-limit-unreadable".to_owned());
    eventually("refused", async || objections(&daemon, &anna).await.len() == 2).await;
    assert_eq!(objections(&daemon, &anna).await, [unreadable.clone(), unreadable]);
    eventually("bert's left", async || daemon.subjects().len() == 2).await;
    let accounts = daemon.engine.office().explain("anna").await.unwrap();
    assert_eq!(accounts[0].own_limits, None);
    daemon.end().await;
}

#[tokio::test]
async fn only_a_customer_who_is_known_for_certain_has_a_limit_on_a_purpose_that_there_is() {
    let daemon = Daemon::open().await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    let limit = |purpose: &str| Wish::Limit(at_most(1, "calendar month", purpose));
    assert_eq!(say(&daemon, "carl", limit("")).await, Limited::OfNobody(Unnamed::Nobody));
    assert_eq!(say(&daemon, "anna", limit("letters")).await, Limited::NoSuchPurpose);
    // What is no more can be lifted all the same.
    assert_eq!(say(&daemon, "anna", Wish::None("letters".into())).await, Limited::Already(OwnLimits::default()));
    let customer = daemon.engine.store.find_by_external_id("anna").await.unwrap().unwrap().id;
    let CustomerId(number) = customer;
    assert!(matches!(say(&daemon, &format!("@{number}"), limit("reminders")).await, Limited::Now(_)));
    let accounts = daemon.engine.office().explain(&format!("@{number}")).await.unwrap();
    assert_eq!(accounts[0].own_limits, Some(OwnLimits::from(vec![at_most(1, "calendar month", "reminders")])));
    daemon.end().await;
}

#[test]
fn a_limit_comes_by_the_command_and_by_the_api_and_no_import_touches_it() {
    if !real::can_run() {
        return;
    }
    let premises = api::premises(25, 1_000_000);
    proof::bring_customers(&premises, 2);
    let key = api::key(&premises, "shop", "consents");
    // Without a daemon.
    let said = premises.run(&["limit", "C1", "--at-most", "2", "--per", "30 days"]);
    assert_eq!(said.trim_end(), "Kept. At most 2 messages in 30 days.");
    let mut daemon = premises.serve(&[]);
    let client = api::Client { address: api::opened(&mut daemon), key };
    // With one.
    let said = premises.run(&["limit", "C1", "--purpose", "tips", "--at-most", "1", "--per", "calendar month"]);
    assert_eq!(
        said.trim_end(),
        "Kept. At most 2 messages in 30 days. At most 1 message in a calendar month for \"tips\"."
    );

    let limits = json!([
        { "state": "limited", "customer": "C2", "at_most": 1, "per": "calendar week" },
        { "state": "limited", "customer": proof::address(1), "purpose": "tips", "at_most": 3, "per": "2 weeks" },
        { "state": "lifted", "customer": "C1" },
    ]);
    assert_eq!(client.post("/v1/limits", &limits).outcomes(), ["limited", "limited", "lifted"]);
    assert_eq!(client.post("/v1/limits", &limits).outcomes(), ["unchanged", "unchanged", "unchanged"]);
    let flawed = json!([
        { "state": "limited", "customer": "C1", "at_most": 0, "per": "calendar week" },
        { "state": "limited", "customer": "C1", "at_most": 1, "per": "400 days" },
        { "state": "limited", "customer": "C1", "purpose": "letters", "at_most": 1, "per": "month" },
        { "state": "lifted", "customer": "C1", "at_most": 1 },
        { "state": "limited", "customer": "C1" },
    ]);
    let answer = client.post("/v1/limits", &flawed);
    let wrong = ["/0/at_most", "/1/per", "/2/purpose", "/2/per", "/3/at_most", "/4/at_most", "/4/per"];
    assert_eq!((answer.status, answer.pointers()), (422, wrong.map(str::to_owned).to_vec()), "{answer:?}");
    let answer = client.post("/v1/limits", &json!({ "state": "lifted", "customer": "C3" }));
    assert_eq!((answer.status, answer.pointers()), (422, vec!["/customer".to_owned()]), "{answer:?}");

    let file = premises.path().join("again.csv");
    fs::write(&file, format!("id;email;time_zone\nC1;{};Europe/Paris\n", proof::address(1))).unwrap();
    premises.run(&["import", "--yes", "customers", file.to_str().unwrap()]);
    let explained = premises.run(&["explain", "C1"]);
    assert!(explained.contains("their own limit: At most 3 messages in 14 days for \"tips\"."), "{explained}");
    assert!(
        explained.contains("The person's own limit on everything was lifted as the business reported."),
        "{explained}"
    );
    let none = premises.run(&["limit", "C1", "--purpose", "tips", "--none"]);
    assert_eq!(none.trim_end(), "Kept. No limit of their own holds.");
    for wrong in [
        &["limit", "C1", "--at-most", "1"][..],
        &["limit", "C1"],
        &["limit", "C1", "--at-most", "1", "--per", "calendar month", "--none"],
        &["limit", "C1", "--at-most", "1", "--per", "calendar fortnight"],
        &["limit", "C9", "--none"],
    ] {
        assert!(!premises.comity(wrong).output().unwrap().status.success(), "{wrong:?}");
    }
    daemon.end();
}

#[test]
fn what_the_ledger_keeps_of_a_limit_reads_back_as_it_was() {
    for wish in [Wish::Limit(at_most(2, "30 days", "reminders")), Wish::None(String::new())] {
        let happening = Happening::Limited { wish, via: LimitVia::Api };
        let text = serde_json::to_string(&happening).unwrap();
        assert_eq!(serde_json::from_str::<Happening>(&text).unwrap(), happening);
    }
}
