//! A request that is sent again: it is done once, whatever happened in between.

use super::{Shop, resources::in_hours};
use crate::support::{api, http::Answer, real};
use comity::fault::Point;
use serde_json::json;
use std::{fs, thread};

fn replayed(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == "true"
}

#[test]
fn a_request_sent_again_gets_its_first_answer() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let client = &shop.client;
    let (marie, ben) =
        (json!({ "id": "C1", "email": "marie@mail.example" }), json!({ "id": "C2", "email": "ben@mail.example" }));
    let first = client.post_as("k1", "/v1/customers", &marie);
    let again = client.post_as("\"k1\"", "/v1/customers", &marie);
    assert_eq!((first.outcomes(), again.outcomes()), (vec!["created".to_owned()], vec!["created".to_owned()]));
    assert_eq!((replayed(&first), replayed(&again)), (false, true));
    // Without the header the ids say that it is the same.
    assert_eq!(client.post("/v1/customers", &marie).outcomes(), ["unchanged"]);
    let other = client.post_as("k1", "/v1/customers", &ben);
    assert_eq!((other.status, other.json()["type"].as_str()), (422, Some("urn:comity:problem:key-reused")));
    let elsewhere = client.post_as("k1", "/v1/records/purchase", &json!({ "id": "P1", "customer": "C1" }));
    assert_eq!(elsewhere.status, 422);
    // A request that failed is mended and sent again under the same name.
    assert_eq!(client.post_as("k2", "/v1/customers", &json!({ "id": "C2", "email": "?" })).status, 422);
    let unknown = json!({ "id": "P1", "customer": "C2" });
    assert_eq!(client.post_as("k2", "/v1/records/purchase", &unknown).status, 422);
    assert_eq!(client.post_as("k2", "/v1/customers", &ben).outcomes(), ["created"]);
    // Another key's names are its own.
    let other = api::Client { key: api::key(&shop.premises, "other", api::ALL), ..client.clone() };
    assert!(!replayed(&other.post_as("k1", "/v1/customers", &marie)));
    assert_eq!(shop.count("SELECT COUNT(*) FROM customers"), 2);
    assert_eq!(shop.count("SELECT COUNT(*) FROM api_answers"), 3);
}

#[test]
fn an_event_is_taken_once_also_when_the_daemon_dies_over_it() {
    if !real::can_run() {
        return;
    }
    for point in [Point::BeforeEntryCommit, Point::AfterEntryCommit].map(Point::name) {
        // The first two requests pass the point, the third dies at it.
        let fault = format!("{point}:3");
        let mut shop = Shop::with(&[], &[("COMITY_FAULT", &fault)], 1_000_000);
        assert_eq!(shop.client.post("/v1/customers", &json!({ "id": "C1", "email": "a@mail.example" })).status, 200);
        let visit = json!({ "id": "A1", "customer": "C1", "starts_at": in_hours(30) });
        assert_eq!(shop.client.post("/v1/records/appointment", &visit).status, 200);
        let off = json!([
            { "type": "record.cancelled", "id": "e1", "at": in_hours(0), "record_type": "appointment", "record": "A1" },
            { "type": "customer.stopped", "id": "e2", "at": in_hours(0), "customer": "C1", "purpose": "tips" },
        ]);
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\nIdempotency-Key: k1\r\n",
            shop.client.key
        );
        let body = off.to_string();
        let answer = shop.client.try_send("POST", "/v1/events", &headers, body.as_bytes());
        assert_eq!(answer, None, "{point} did not fire");
        // What was done and its answer are in one commit: both are there, or neither.
        let done = shop.count("SELECT COUNT(*) FROM events");
        assert_eq!(done, if point == "before-entry-commit" { 0 } else { 2 }, "{point}");
        assert_eq!(shop.count("SELECT COUNT(*) FROM api_answers"), done / 2, "{point}");
        assert_eq!(shop.count("SELECT COUNT(*) FROM suppressions"), done / 2, "{point}");
        assert_eq!(shop.count("SELECT COUNT(*) FROM records WHERE status = 'cancelled'"), done / 2, "{point}");

        shop.daemon.kill();
        shop.daemon = shop.premises.serve(&[]);
        shop.client.address = api::opened(&mut shop.daemon);
        let again = shop.client.post_as("k1", "/v1/events", &off);
        assert_eq!(again.outcomes(), ["taken", "taken"], "{point}");
        assert_eq!(replayed(&again), done > 0, "{point}");
        assert_eq!(shop.count("SELECT COUNT(*) FROM events"), 2, "{point}");
        assert_eq!(shop.count("SELECT COUNT(*) FROM ledger WHERE happening LIKE '%record.cancelled%'"), 1, "{point}");
        assert_eq!(shop.count("SELECT COUNT(*) FROM plans WHERE state = 'void'"), 2, "{point}");
    }
}

#[test]
fn of_many_requests_with_one_name_at_a_time_one_is_done() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    for round in 0..10 {
        let rows: Vec<_> =
            (0..50).map(|n| json!({ "id": format!("C{round}-{n}"), "email": format!("c{n}@mail.example") })).collect();
        let (rows, name) = (json!(rows), format!("round-{round}"));
        let answers: Vec<Answer> = thread::scope(|scope| {
            let senders: Vec<_> =
                (0..8).map(|_| scope.spawn(|| shop.client.post_as(&name, "/v1/customers", &rows))).collect();
            senders.into_iter().map(|sender| sender.join().unwrap()).collect()
        });
        let done = answers.iter().filter(|answer| answer.status == 200 && !replayed(answer)).count();
        assert_eq!(done, 1, "{answers:?}");
        for answer in answers {
            match answer.status {
                200 => assert_eq!(answer.outcomes(), vec!["created"; 50]),
                _ => assert_eq!((answer.status, answer.header("retry-after")), (409, "1"), "{answer:?}"),
            }
        }
    }
    assert_eq!(shop.count("SELECT COUNT(*) FROM customers"), 500);
    assert_eq!(shop.count("SELECT COUNT(*) FROM customers WHERE version > 1"), 0);
}

#[test]
fn an_answer_is_given_again_also_when_the_rules_have_changed_since() {
    if !real::can_run() {
        return;
    }
    let mut shop = Shop::open();
    let marie = json!({ "id": "C1", "email": "marie@mail.example", "first_name": "Marie" });
    assert_eq!(shop.client.post_as("k1", "/v1/customers", &marie).outcomes(), ["created"]);
    shop.daemon.kill();
    let policy = shop.premises.path().join("policy.toml");
    let text = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, text.replace("first_name = ", "called = ")).unwrap();
    shop.daemon = shop.premises.serve(&[]);
    shop.client.address = api::opened(&mut shop.daemon);
    let again = shop.client.post_as("k1", "/v1/customers", &marie);
    assert_eq!((again.outcomes(), replayed(&again)), (vec!["created".to_owned()], true));
    assert_eq!(shop.client.post_as("k2", "/v1/customers", &marie).pointers(), ["/first_name"]);
}
