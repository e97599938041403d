//! What comes by the API, in the store: whole or not at all, once, and never over a person's own no.

use super::world::*;
use crate::support::anna::{self, REMINDERS, at};
use comity::{
    base::{Clock, Instant, api_key::May},
    gate::Rule,
    ledger::EventKind,
    people::{ConsentKind, consent::ConsentMethod},
    plan::PlanState,
    store::{
        CustomerRef, CustomerRow, Dry, NewKey, Next, Permission, Put, PutError,
        calendar::{Teller, VisitContent, VisitRow},
        entry::{ConsentRow, Entered, Entry, EntryDone, Event, EventAbout, EventRow, Evidence, Outcome, Repeat, Rows},
    },
    trigger::RecordStatus,
};
use std::{sync::Arc, time::Duration};

const KEY: &str = "0123456789ab";

async fn world() -> World {
    let world = World::new().await;
    let key = NewKey { id: KEY.to_owned(), name: "till".to_owned(), digest: [7; 32], may: vec![May::Events] };
    assert!(world.store.add_key(key.clone()).await.unwrap());
    assert!(!world.store.add_key(NewKey { id: "ba9876543210".to_owned(), ..key }).await.unwrap(), "the name is taken");
    world
}

async fn enter(world: &World, rows: Rows) -> EntryDone {
    enter_as(world, rows, None).await
}

async fn enter_as(world: &World, rows: Rows, repeat: Option<Repeat>) -> EntryDone {
    world.store.enter(Entry { key: KEY.to_owned(), rows, repeat }, world.house.clone()).await.unwrap()
}

fn of_visit(id: &str, kind: EventKind, record: &str) -> EventRow {
    let about = EventAbout::Record { kind: "appointment".to_owned(), external_id: record.to_owned() };
    EventRow { external_id: id.to_owned(), kind, at: at(START), about }
}

fn events(rows: &[EventRow]) -> Rows {
    Rows::Events(rows.iter().cloned().map(Event::Known).collect())
}

fn consent(customer: CustomerRef, kind: ConsentKind, said_at: &str) -> ConsentRow {
    ConsentRow {
        customer,
        purpose: REMINDERS.to_owned(),
        kind,
        at: at(said_at),
        method: ConsentMethod::Paper,
        language: None,
        expires_at: None,
        evidence: Evidence { wording: Some("Yes, write to me.".to_owned()), ..Evidence::default() },
        question: None,
    }
}

fn by_id(name: &str) -> CustomerRef {
    CustomerRef::ExternalId(name.to_owned())
}

#[tokio::test]
async fn a_yes_after_the_persons_own_no_is_history_and_nothing_is_sent() {
    let world = world().await;
    let anna = world.visit("anna", VISIT).await;
    let _ = world.stop(&anna).await;
    let yes = consent(by_id("anna"), ConsentKind::Granted, "2027-03-20T11:00");
    let done = enter(&world, Rows::Consents(vec![yes])).await;
    assert_eq!(done.entered, Entered::Done(vec![Outcome::StaysStopped]));
    assert_eq!(world.sql("SELECT kind FROM consents ORDER BY id").await, ["withdrawn", "granted"]);
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Ended));
    assert_eq!(world.plan(claimed.plan.id).await.refusal.unwrap().rule, Rule::Suppression);
}

#[tokio::test]
async fn what_was_said_stays_said() {
    let world = world().await;
    let anna = world.visit("anna", VISIT).await;
    let _ = world.stop(&anna).await;
    let changed = world.try_sql("UPDATE consents SET kind = 'granted' RETURNING kind").await;
    assert!(changed.unwrap_err().to_string().contains("append-only"));
    assert_eq!(world.sql("SELECT kind FROM consents").await, ["withdrawn"]);
}

#[tokio::test]
async fn a_withdrawn_consent_takes_back_the_permission_in_the_air_and_says_so_again() {
    let world = world().await;
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    let attempt = world.permit(&claimed).await;
    let no = || Rows::Consents(vec![consent(by_id("anna"), ConsentKind::Withdrawn, START)]);
    let done = enter(&world, no()).await;
    assert_eq!((done.entered, done.open), (Entered::Done(vec![Outcome::Stopped]), attempt_ids(&[&attempt])));
    assert!(world.store.intent(attempt.id(), [1; 32]).await.is_err(), "the body may not be written");
    // The second no may not be answered before the first one holds.
    let again = enter(&world, no()).await;
    assert_eq!((again.entered, again.open), (Entered::Done(vec![Outcome::Unchanged]), attempt_ids(&[&attempt])));
}

#[tokio::test]
async fn a_cancellation_that_is_repeated_waits_for_what_the_first_one_found() {
    for kind in ["event", "other event", "record"] {
        let world = world().await;
        let _ = world.visit("anna", VISIT).await;
        world.until(DAY_BEFORE).await;
        let claimed = world.claim_one().await;
        let attempt = world.permit(&claimed).await;
        let off = |id: &str| match kind {
            "record" => Rows::Records(vec![cancelled("anna", VISIT)]),
            "event" => events(&[of_visit("e1", EventKind::RecordCancelled, "anna")]),
            _ => events(&[of_visit(id, EventKind::RecordCancelled, "anna")]),
        };
        assert_eq!(enter(&world, off("e1")).await.open, attempt_ids(&[&attempt]), "{kind}");
        assert_eq!(enter(&world, off("e2")).await.open, attempt_ids(&[&attempt]), "{kind}");
        assert_eq!(world.state(claimed.plan.id).await, PlanState::Void, "{kind}");
    }
}

#[tokio::test]
async fn a_no_for_an_address_that_nobody_is_known_by_holds_when_somebody_is() {
    let world = world().await;
    let stopped = |customer| EventRow {
        external_id: "e1".to_owned(),
        kind: EventKind::CustomerStopped,
        at: at(START),
        about: EventAbout::Customer { customer, purpose: None },
    };
    let unknown = enter(&world, events(&[stopped(by_id("anna"))])).await;
    assert_eq!(unknown.entered, Entered::Rejected(vec![(0, PutError::UnknownCustomer)]));
    let done = enter(&world, events(&[stopped(by_address("anna"))])).await;
    assert_eq!(done.entered, Entered::Done(vec![Outcome::Taken]));
    let _ = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Ended));
    assert_eq!(world.plan(claimed.plan.id).await.refusal.unwrap().rule, Rule::Suppression);
}

#[tokio::test]
async fn whoever_stopped_everything_is_not_written_to_at_another_address() {
    let world = world().await;
    let yes = || Rows::Consents(vec![consent(by_id("anna"), ConsentKind::Granted, "2027-03-20T12:30")]);
    let _ = world.visit("anna", VISIT).await;
    let stopped = EventRow {
        external_id: "e1".to_owned(),
        kind: EventKind::CustomerStopped,
        at: at(START),
        about: EventAbout::Customer { customer: by_id("anna"), purpose: None },
    };
    assert_eq!(enter(&world, events(&[stopped])).await.entered, Entered::Done(vec![Outcome::Taken]));
    let _ = world.customers(vec![CustomerRow { address: address("anna.new"), ..customer("anna") }]).await;
    assert_eq!(enter(&world, yes()).await.entered, Entered::Done(vec![Outcome::StaysStopped]));
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Ended));
    assert_eq!(world.plan(claimed.plan.id).await.refusal.unwrap().rule, Rule::Consent);
}

#[tokio::test]
async fn a_no_for_what_is_one_customers_address_and_anothers_id_holds_for_both() {
    let world = world().await;
    let _ = world.customers(vec![customer("anna"), customer("bert")]).await;
    let carl = CustomerRow { external_id: Some("anna@salon.example".to_owned()), ..customer("carl") };
    let _ = world.customers(vec![carl]).await;
    let no = consent(by_address("anna"), ConsentKind::Withdrawn, START);
    assert_eq!(enter(&world, Rows::Consents(vec![no])).await.entered, Entered::Done(vec![Outcome::Stopped]));
    let stopped = "SELECT CAST(customer AS TEXT) FROM consents WHERE kind = 'withdrawn' ORDER BY customer";
    assert_eq!(world.sql(stopped).await, ["1", "3"]);
    assert_eq!(world.sql("SELECT CAST(COUNT(*) AS TEXT) FROM suppressions").await, ["2"]);
}

#[tokio::test]
async fn an_event_is_taken_once_and_another_under_its_id_not_at_all() {
    let world = world().await;
    let _ = world.visit("anna", VISIT).await;
    let off = of_visit("e1", EventKind::RecordCancelled, "anna");
    assert_eq!(enter(&world, events(std::slice::from_ref(&off))).await.entered, Entered::Done(vec![Outcome::Taken]));
    // The same old row says nothing anew; another time does.
    assert_eq!(world.records(vec![appointment("anna", VISIT)]).await.puts, [Put::StaysCancelled]);
    assert_eq!(world.sql("SELECT status FROM records").await, ["cancelled"]);
    let later = || Rows::Records(vec![appointment("anna", "2027-03-30T11:00")]);
    let changed = Outcome::Changed { fields: vec!["starts_at".to_owned(), "status".to_owned()] };
    assert_eq!(enter(&world, later()).await.entered, Entered::Done(vec![changed]));
    // The old event, sent again, is not a new cancellation.
    assert_eq!(
        enter(&world, events(std::slice::from_ref(&off))).await.entered,
        Entered::Done(vec![Outcome::TakenBefore])
    );
    assert_eq!(world.sql("SELECT status FROM records").await, ["live"]);
    let other = EventRow { kind: EventKind::RecordMissed, ..off };
    let rows = events(&[of_visit("e2", EventKind::RecordMissed, "anna"), other]);
    assert_eq!(enter(&world, rows).await.entered, Entered::Rejected(vec![(1, PutError::OtherEvent)]));
    assert_eq!(world.sql("SELECT external_id FROM events").await, ["e1"], "the sound row is taken back with the other");
}

#[tokio::test]
async fn a_visit_that_a_calendar_tells_of_is_cancelled_there() {
    let world = world().await;
    let _ = world.customers(vec![customer("anna")]).await;
    let told = VisitRow {
        teller: Teller::Calendar { name: "salon".into(), fetch: 1 },
        kind: "appointment".to_owned(),
        external_id: "v1".to_owned(),
        starts_at: at(VISIT),
        sequence: 0,
        status: RecordStatus::Live,
        content: VisitContent {
            fields: appointment("anna", VISIT).fields,
            untold: Arc::default(),
            people: vec![(address("anna"), None)],
            texts: Vec::new(),
        },
    };
    let _ = world.store.put_visits(vec![told], world.house.clone(), Dry::Apply).await.unwrap();
    let row = comity::store::RecordRow { external_id: "v1".to_owned(), ..cancelled("anna", VISIT) };
    let later = comity::store::RecordRow {
        left_to_calendars: Arc::new(["starts_at".to_owned()].into()),
        external_id: "v1".to_owned(),
        ..appointment("anna", "2027-03-30T11:00")
    };
    for rows in [
        events(&[of_visit("e1", EventKind::RecordCancelled, "v1")]),
        Rows::Records(vec![row]),
        Rows::Records(vec![later]),
    ] {
        let done = enter(&world, rows).await;
        assert_eq!(done.entered, Entered::Rejected(vec![(0, PutError::CalendarTells)]));
    }
}

#[tokio::test]
async fn the_business_says_who_came_and_the_visits_kept_are_counted_so() {
    let world = World::with(anna::policy(), anna::workflow(&["24h"])).await;
    let key = NewKey { id: KEY.to_owned(), name: "till".to_owned(), digest: [7; 32], may: vec![May::Events] };
    assert!(world.store.add_key(key).await.unwrap());
    for name in ["anna", "bert", "carl"] {
        let _ = world.visit(name, VISIT).await;
    }
    world.until(DAY_BEFORE).await;
    for claimed in world.claim().await {
        let attempt = world.permit(&claimed).await;
        world.store.intent(attempt.id(), [1; 32]).await.unwrap();
        world.close(&attempt, accepted(), Next::Done).await;
    }
    world.until("2027-03-31T10:00").await;
    let kept = async || {
        let status = world.store.status().await.unwrap();
        (status.visits_past, status.visits_kept)
    };
    assert_eq!(kept().await, (3, 3));
    let rows = [of_visit("e1", EventKind::RecordMissed, "anna"), of_visit("e2", EventKind::RecordMissed, "bert")];
    assert_eq!(enter(&world, events(&rows)).await.entered, Entered::Done(vec![Outcome::Taken, Outcome::Taken]));
    assert_eq!(kept().await, (3, 1));
    // The last word counts.
    let rows = events(&[of_visit("e3", EventKind::RecordKept, "anna")]);
    assert_eq!(enter(&world, rows).await.entered, Entered::Done(vec![Outcome::Taken]));
    assert_eq!(kept().await, (3, 2));
}

#[tokio::test]
async fn a_key_that_is_revoked_while_its_request_is_read_changes_nothing() {
    let world = world().await;
    assert!(world.store.revoke_key("till").await.unwrap());
    assert!(!world.store.revoke_key("till").await.unwrap());
    let done = enter(&world, Rows::Customers(vec![customer("anna")])).await;
    assert_eq!(done.entered, Entered::KeyRevoked);
    assert_eq!(world.sql("SELECT CAST(COUNT(*) AS TEXT) FROM customers").await, ["0"]);
    assert_eq!(world.store.key_in_force(KEY).await.unwrap(), None);
    assert_eq!(world.store.keys().await.unwrap()[0].revoked_at, Some(at(START)));
}

#[tokio::test]
async fn an_answer_is_forgotten_after_a_day_and_not_before() {
    let world = world().await;
    let repeat = Some(Repeat { name: [1; 32], request: [2; 32] });
    let rows = || Rows::Customers(vec![customer("anna")]);
    let created = vec![Outcome::Created];
    assert_eq!(enter_as(&world, rows(), repeat).await.entered, Entered::Done(created.clone()));
    let day_before = |now: Instant| now.minus(Duration::from_hours(24));
    world.until("2027-03-21T12:00").await;
    world.store.forget_answers(day_before(world.clock.now())).await.unwrap();
    assert_eq!(enter_as(&world, rows(), repeat).await.entered, Entered::Repeated(created));
    world.until("2027-03-21T12:01").await;
    world.store.forget_answers(day_before(world.clock.now())).await.unwrap();
    assert_eq!(enter_as(&world, rows(), repeat).await.entered, Entered::Done(vec![Outcome::Unchanged]));
}
