//! Imports: idempotent, never guessing, never reviving a stopped person, and the plans follow the records.

use super::world::*;
use crate::support::anna::{BIRTHDAY, at, zone};
use comity::{
    base::{Clock, Value, civil::CivilTime},
    ledger::Happening,
    people::ConsentKind,
    plan::PlanState,
    store::{ConsentClaim, CustomerRow, Dry, Next, Put, PutError, RecordRow, StopState},
};

#[tokio::test]
async fn the_same_file_twice_changes_nothing() {
    let world = World::new().await;
    assert_eq!(world.customers(vec![customer("anna")]).await.puts, [Put::Created]);
    assert_eq!(world.records(vec![appointment("anna", VISIT)]).await.puts, [Put::Created]);
    let before = world.sql("SELECT happening FROM ledger ORDER BY id").await;
    assert_eq!(world.customers(vec![customer("anna")]).await.puts, [Put::Unchanged]);
    assert_eq!(world.records(vec![appointment("anna", VISIT)]).await.puts, [Put::Unchanged]);
    assert_eq!(world.sql("SELECT happening FROM ledger ORDER BY id").await, before);
}

#[tokio::test]
async fn a_preview_says_the_same_and_writes_nothing() {
    let world = World::new().await;
    let _ = world.visit("anna", VISIT).await;
    let tables = "SELECT (SELECT string_agg(id || ':' || version, ',') FROM customers) || '/' ||
                         (SELECT string_agg(id || ':' || version, ',') FROM records) || '/' ||
                         (SELECT string_agg(id || state || due_at || epoch, ',') FROM plans) || '/' ||
                         (SELECT COUNT(*) FROM ledger) || '/' || (SELECT COUNT(*) FROM consents)";
    let before = world.sql(tables).await;
    let new = vec![customer("anna"), customer("bert")];
    let moved = vec![appointment("anna", "2027-03-31T10:00")];
    let shown = world.store.put_customers(new.clone(), world.house.clone(), Dry::Preview).await.unwrap();
    assert_eq!(shown.puts, [Put::Unchanged, Put::Created]);
    let shown = world.store.put_records(moved.clone(), world.house.clone(), Dry::Preview).await.unwrap();
    assert_eq!(shown.puts, [Put::Changed(vec!["starts_at".to_owned()])]);
    assert_eq!(world.sql(tables).await, before);
    assert_eq!(world.customers(new).await.puts, [Put::Unchanged, Put::Created]);
    assert_eq!(world.records(moved).await.puts, shown.puts);
    assert_ne!(world.sql(tables).await, before);
}

#[tokio::test]
async fn nobody_is_guessed() {
    let world = World::new().await;
    let family = |name: &str| CustomerRow { address: address("family"), ..customer(name) };
    let _ = world.customers(vec![family("anna"), family("bert"), customer("carl")]).await;
    let of = |id: &str, name: &str| RecordRow {
        external_id: id.to_owned(),
        customer: by_address(name),
        ..appointment("anna", VISIT)
    };
    let _ = world.records(vec![appointment("anna", VISIT)]).await;
    let applied = world
        .records(vec![
            of("1", "family"),
            of("2", "CARL"),
            of("3", "nobody"),
            RecordRow { external_id: "anna".to_owned(), ..of("", "carl") },
        ])
        .await;
    assert_eq!(
        applied.puts,
        [
            Put::Rejected(PutError::AmbiguousCustomer),
            Put::Created,
            Put::Rejected(PutError::UnknownCustomer),
            Put::Rejected(PutError::OtherCustomer),
        ]
    );
    let nameless = CustomerRow { external_id: None, ..family("x") };
    assert_eq!(world.customers(vec![nameless]).await.puts, [Put::Rejected(PutError::AmbiguousCustomer)]);
}

#[tokio::test]
async fn a_customer_without_an_id_is_known_by_the_mailbox() {
    let world = World::new().await;
    let row = || CustomerRow { external_id: None, ..customer("anna") };
    assert_eq!(world.customers(vec![row()]).await.puts, [Put::Created]);
    let shouted = CustomerRow { address: address("ANNA"), ..row() };
    assert_eq!(world.customers(vec![shouted]).await.puts, [Put::Changed(vec!["email".to_owned()])]);
    assert_eq!(world.store.status().await.unwrap().customers, 1);
}

#[tokio::test]
async fn an_import_never_revives_a_stopped_person() {
    let world = World::new().await;
    let yes = |purpose: &str, day: &str| ConsentClaim::new(purpose, ConsentKind::Granted, at(day), "customers.csv:2");
    let claims = |claims: Vec<ConsentClaim>| vec![CustomerRow { consents: claims, ..customer("anna") }];
    let first = claims(vec![yes(BIRTHDAY, "2027-01-01T10:00")]);
    let applied = world.customers(first.clone()).await;
    assert_eq!((applied.consents, applied.stay_stopped.len()), (1, 0));
    assert_eq!(world.customers(first.clone()).await.consents, 0, "the same file again adds nothing");

    let anna = world.known("anna").await;
    let mut order = stop_order(anna.handle, world.clock.now());
    order.purpose = BIRTHDAY.to_owned();
    assert_eq!(world.store.stop(order.clone()).await.unwrap().state, StopState::Now);
    let applied = world.customers(claims(vec![yes(BIRTHDAY, "2027-03-19T10:00")])).await;
    assert_eq!((applied.consents, applied.stay_stopped), (1, vec![0]), "kept as history, and the no stays");
    assert_eq!(world.store.stop(order).await.unwrap().state, StopState::Already);
}

#[tokio::test]
async fn a_visit_that_moves_voids_its_plans_and_moving_back_revives_them_under_a_new_epoch() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let before = world.plans(&anna).await;
    let _ = world.records(vec![appointment("anna", "2027-04-02T10:00")]).await;
    for plan in &before {
        assert_eq!(world.state(plan.facts.id).await, PlanState::Void);
    }
    let _ = world.records(vec![appointment("anna", VISIT)]).await;
    for plan in &before {
        let revived = world.plan(plan.facts.id).await;
        assert_eq!((revived.state, revived.facts.due_at), (PlanState::Planned, plan.facts.due_at));
        assert!(revived.facts.epoch > plan.facts.epoch);
        let last = world.history(plan.facts.id).await.pop().unwrap().happening;
        assert!(matches!(last, Happening::Revived { .. }), "{last:?}");
    }
    assert_eq!(world.plans(&anna).await.len(), 4, "one row per occurrence, for ever");
}

#[tokio::test]
async fn a_visit_that_moves_after_a_reminder_left_gets_one_message_that_says_so() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (told, attempt) = world.on_the_wire().await;
    world.close(&attempt, accepted(), Next::Done).await;
    let _ = world.records(vec![appointment("anna", "2027-04-02T10:00")]).await;

    let correction = world.claim_one().await;
    assert!(correction.plan.step.is_moved());
    assert_eq!(correction.told_before.as_deref(), Some(told.plan.occurrence.as_str()));
    let _ = world.permit(&correction).await;
    assert_eq!(world.state(told.plan.id).await, PlanState::Sent);
    assert_eq!(world.plans(&anna).await.iter().filter(|plan| plan.facts.step.is_moved()).count(), 1);
}

#[tokio::test]
async fn a_step_that_was_due_before_the_visit_was_known_is_refused_on_the_record() {
    let world = World::new().await;
    let anna = world.visit("anna", "2027-03-20T18:00").await;
    let plans = world.plans(&anna).await;
    let states: Vec<PlanState> = plans.iter().map(|plan| plan.state).collect();
    assert_eq!(states, [PlanState::Refused, PlanState::Planned]);
    assert_eq!(world.store.status().await.unwrap().refused.get("known-too-late"), Some(&1));
}

#[tokio::test]
async fn a_new_zone_moves_the_due_times_of_civil_visits() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna")]).await;
    let start = CivilTime::parse(VISIT).unwrap();
    let mut visit = appointment("anna", VISIT);
    visit.fields.insert("starts_at".to_owned(), Value::Datetime(start));
    let _ = world.records(vec![visit]).await;
    assert_eq!(world.store.next_due().await.unwrap(), Some(at(DAY_BEFORE)));
    let abroad = CustomerRow { zone: Some(zone("America/New_York")), ..customer("anna") };
    assert_eq!(world.customers(vec![abroad]).await.puts, [Put::Changed(vec!["time_zone".to_owned()])]);
    let due = zone("America/New_York").resolve(crate::support::anna::civil(DAY_BEFORE));
    assert_eq!(world.store.next_due().await.unwrap(), Some(due));
}

#[tokio::test]
async fn a_large_import_goes_through_in_chunks() {
    let world = World::new().await;
    let names: Vec<String> = (0..250).map(|n| format!("customer-{n}")).collect();
    let applied = world.customers(names.iter().map(|name| customer(name)).collect()).await;
    assert!(applied.puts.iter().all(|put| *put == Put::Created));
    let applied = world.records(names.iter().map(|name| appointment(name, VISIT)).collect()).await;
    assert_eq!(applied.puts.len(), 250);
    let mut page = None;
    let mut pages = 0;
    loop {
        let replanned = world.store.replan_all(page, 100, world.house.clone()).await.unwrap();
        page = replanned.next;
        if page.is_none() {
            break;
        }
        pages += 1;
    }
    assert_eq!(pages, 3);
    assert_eq!(world.store.status().await.unwrap().plans.get(&PlanState::Planned), Some(&500));
}
