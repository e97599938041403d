//! What the API takes, and what becomes of it.

use super::Shop;
use crate::support::{
    api::{self, Client},
    proof::now,
    real,
};
use chrono::TimeDelta;
use serde_json::{Value, json};

pub fn in_hours(hours: i64) -> String {
    (now() + TimeDelta::hours(hours)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[test]
fn a_business_brings_its_customers_records_consents_and_events() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let client = &shop.client;
    let customers = json!([
        { "id": "C1", "email": "marie@mail.example", "first_name": "Marie", "birthday": "03-29", "language": "fr" },
        { "id": "C2", "email": "ben@mail.example", "time_zone": "Europe/Paris" },
        { "email": "carl@mail.example" },
    ]);
    assert_eq!(client.post("/v1/customers", &customers).outcomes(), ["created", "created", "created"]);
    assert_eq!(client.post("/v1/customers", &customers).outcomes(), ["unchanged", "unchanged", "unchanged"]);
    // What is left out stays, null removes.
    let changed = client.post("/v1/customers", &json!({ "id": "C1", "email": "marie@mail.example", "birthday": null }));
    assert_eq!(changed.json(), json!({ "results": [{ "outcome": "changed", "fields": ["birthday"] }] }));

    let visits = json!([
        { "id": "A1", "customer": "C1", "starts_at": in_hours(30), "status": "booked", "minutes": 45, "first": true,
          "price": "42.50 EUR", "day": "2026-11-22" },
        { "id": "A2", "customer": "ben@mail.example", "starts_at": in_hours(40) },
    ]);
    assert_eq!(client.post("/v1/records/appointment", &visits).outcomes(), ["created", "created"]);
    assert_eq!(shop.count("SELECT COUNT(*) FROM plans WHERE state = 'planned'"), 4);
    let purchase = json!({ "id": "P1", "customer": "C1", "article": "Shampoo" });
    assert_eq!(client.post("/v1/records/purchase", &purchase).outcomes(), ["created"]);
    let cancelled = json!({ "id": "A1", "customer": "C1", "status": "cancelled" });
    assert_eq!(client.post("/v1/records/appointment", &cancelled).outcomes(), ["changed"]);
    assert_eq!(shop.count("SELECT COUNT(*) FROM plans WHERE state = 'planned'"), 2);

    let granted = json!({
        "state": "granted", "customer": "C2", "purpose": "tips", "at": "2026-03-29T10:00:00Z", "method": "form",
        "wording": "CANARY-WORDING", "place": "CANARY-PLACE", "actor": "CANARY-ACTOR",
    });
    assert_eq!(client.post("/v1/consents", &granted).outcomes(), ["granted"]);
    assert_eq!(client.post("/v1/consents", &granted).outcomes(), ["unchanged"]);
    assert_eq!(shop.count("SELECT COUNT(*) FROM consents WHERE method = 'form' AND source = 'api:till'"), 1);
    assert_eq!(shop.count("SELECT COUNT(*) FROM consent_evidence"), 1);

    let events = json!([
        { "type": "record.cancelled", "id": "e1", "at": in_hours(0), "record_type": "appointment", "record": "A2" },
        { "type": "record.missed", "id": "e2", "at": in_hours(0), "record_type": "appointment", "record": "A1" },
        { "type": "customer.stopped", "id": "e3", "at": in_hours(0), "customer": "carl@mail.example" },
    ]);
    assert_eq!(client.post("/v1/events", &events).outcomes(), ["taken", "taken", "taken"]);
    assert_eq!(client.post("/v1/events", &events).outcomes(), ["taken-before", "taken-before", "taken-before"]);
    assert_eq!(shop.count("SELECT COUNT(*) FROM plans WHERE state = 'planned'"), 0);
    assert_eq!(shop.count("SELECT COUNT(*) FROM events"), 3);
    assert_eq!(shop.count("SELECT COUNT(*) FROM suppressions WHERE purpose = '' AND reason = 'stopped'"), 1);

    let explained = shop.premises.run(&["explain", "C2"]);
    assert!(explained.contains("The business reported that it is off."), "{explained}");
    let agreed = shop.premises.run(&["consent", "C2"]);
    for kept in
        ["2026-03-29 10:00  yes to tips, by a form", "api:till", "CANARY-WORDING", "CANARY-PLACE", "CANARY-ACTOR"]
    {
        assert!(agreed.contains(kept), "{kept} is missing in {agreed}");
    }
    assert_eq!(shop.premises.files_that_hold("CANARY"), [] as [&str; 0], "evidence stands open");
}

#[test]
fn one_bad_row_of_a_hundred_changes_nothing_and_is_named() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let client = &shop.client;
    let mut rows: Vec<Value> =
        (0..100).map(|n| json!({ "id": format!("C{n}"), "email": format!("c{n}@mail.example") })).collect();
    // What the reader finds.
    rows[37]["email"] = json!("nobody");
    let answer = client.post("/v1/customers", &json!(rows));
    assert_eq!((answer.status, answer.pointers()), (422, vec!["/37/email".to_owned()]), "{answer:?}");
    assert_eq!(shop.count("SELECT COUNT(*) FROM customers"), 0);
    rows[37]["email"] = json!("c37@mail.example");
    assert_eq!(client.post("/v1/customers", &json!(rows)).outcomes().len(), 100);
    // What only the database knows.
    let before: String = shop.one(
        "SELECT group_concat(id || happening) || '' FROM (SELECT id, happening FROM ledger)
                                   UNION ALL SELECT ''",
    );
    let mut visits: Vec<Value> = (0..100)
        .map(|n| json!({ "id": format!("A{n}"), "customer": format!("C{n}"), "starts_at": in_hours(30) }))
        .collect();
    visits[99]["customer"] = json!("C100");
    visits[4]["customer"] = json!("nobody@mail.example");
    let answer = client.post("/v1/records/appointment", &json!(visits));
    assert_eq!((answer.status, answer.pointers()), (422, vec!["/4/customer".to_owned(), "/99/customer".to_owned()]));
    assert_eq!(shop.count("SELECT (SELECT COUNT(*) FROM records) + (SELECT COUNT(*) FROM plans)"), 0);
    let after: String = shop.one(
        "SELECT group_concat(id || happening) || '' FROM (SELECT id, happening FROM ledger)
                                  UNION ALL SELECT ''",
    );
    assert_eq!(before, after);
    visits.truncate(99);
    visits.remove(4);
    assert_eq!(client.post("/v1/records/appointment", &json!(visits)).outcomes().len(), 98);
    assert_eq!(shop.count("SELECT COUNT(*) FROM plans"), 98 * 2);
}

#[test]
fn a_key_does_what_it_may_until_it_is_revoked_and_stands_nowhere() {
    if !real::can_run() {
        return;
    }
    let mut shop = Shop::open();
    let till = Client { key: api::key(&shop.premises, "counter", "records:purchase,events"), ..shop.client.clone() };
    let marie = json!({ "id": "C1", "email": "marie@mail.example" });
    let answer = till.post("/v1/customers", &marie);
    assert_eq!(answer.status, 403);
    assert!(answer.json()["detail"].as_str().unwrap().contains("`customers`"), "{answer:?}");
    assert_eq!(shop.client.post("/v1/customers", &marie).status, 200);
    let record = json!({ "id": "1", "customer": "C1" });
    assert_eq!(till.post("/v1/records/appointment", &record).status, 403);
    assert_eq!(till.post("/v1/records/purchase", &record).outcomes(), ["created"]);
    let nowhere = till.post("/v1/records/purchases", &record);
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.body.contains("did you mean `purchase`?"), "{nowhere:?}");

    let listed = shop.premises.run(&["keys", "list", "--json"]);
    assert!(listed.contains(r#""name":"counter""#) && listed.contains(r#""used_on":1"#), "{listed}");
    shop.premises.run(&["keys", "revoke", "counter"]);
    let answer = till.post("/v1/records/purchase", &record);
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer realm=\"comity\""));
    assert_eq!(shop.count("SELECT COUNT(*) FROM records"), 1);

    let wrong = [
        String::new(),
        "Authorization: Bearer\r\n".to_owned(),
        format!("Authorization: Basic {}\r\n", shop.client.key),
        format!("Authorization: Bearer {}x\r\n", shop.client.key),
        format!("Authorization: Bearer {}\r\nAuthorization: Bearer {}\r\n", shop.client.key, shop.client.key),
        format!("Authorization: Bearer {}\r\n", shop.client.key.replace("comity_", "comity_0")),
    ];
    for headers in wrong {
        let headers = format!("{headers}Content-Type: application/json\r\n");
        let answer = shop.client.send_bare("POST", "/v1/customers", &headers, marie.to_string().as_bytes());
        assert_eq!(answer.status, 401, "{headers}: {answer:?}");
    }

    // The secret may hold an underscore of its own.
    let secret = till.key.splitn(3, '_').nth(2).unwrap().to_owned();
    let said = shop.daemon.said().join("\n");
    assert!(!said.contains(&secret) && !said.contains("marie@mail.example"), "{said}");
    for file in ["data/comity.db", "data/comity.db-wal"] {
        let bytes = std::fs::read(shop.premises.path().join(file)).unwrap();
        assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()), "a key stands in {file}");
    }
}

#[test]
fn a_key_that_comes_too_often_is_told_when_to_come_again_and_the_others_are_served() {
    if !real::can_run() {
        return;
    }
    // A tenth of them may come at once: two.
    let shop = Shop::with(&[], &[], 20);
    let other = Client { key: api::key(&shop.premises, "other", "customers"), ..shop.client.clone() };
    let marie = json!({ "id": "C1", "email": "marie@mail.example" });
    let answers: Vec<_> = (0..4).map(|_| shop.client.post("/v1/customers", &marie)).collect();
    assert_eq!(answers[0].status, 200);
    let late = answers.last().unwrap();
    assert_eq!(late.status, 429);
    let seconds: u64 = late.header("retry-after").parse().unwrap();
    assert!((1..=3).contains(&seconds), "{late:?}");
    assert_eq!(other.post("/v1/customers", &marie).status, 200);
}

#[test]
fn products_are_put_one_by_one_and_never_emptied_by_a_program() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let put = |body: &Value| {
        let headers = "Content-Type: application/json\r\n";
        shop.client.send("PUT", "/v1/products", headers, body.to_string().as_bytes())
    };
    let products: Vec<Value> =
        (0..10).map(|n| json!({ "sku": format!("P{n}"), "name": format!("Lamp {n}") })).collect();
    assert_eq!(put(&json!(products)).outcomes(), vec!["created"; 10]);
    let lamp = json!({ "sku": "P1", "name": "Lamp", "price": "39.90 EUR", "url": "https://salon.example/p1", "sensitive": true });
    assert_eq!(put(&lamp).json()["results"][0]["fields"], json!(["name", "price", "url", "sensitive"]));
    // What is left out stays; null removes.
    assert_eq!(put(&json!({ "sku": "P1", "name": "Lamp" })).outcomes(), ["unchanged"]);
    assert_eq!(
        put(&json!({ "sku": "P1", "name": "Lamp", "price": null })).json()["results"][0]["fields"],
        json!(["price"])
    );
    for (member, value, says) in [
        ("price", json!("5 USD"), "in USD"),
        ("price", json!("-5 EUR"), "below zero"),
        ("url", json!("https://elsewhere.example/p"), "links = ["),
        ("image", json!("https://elsewhere.example/p.jpg"), "from where no image"),
    ] {
        let mut row = json!({ "sku": "P2", "name": "Lamp" });
        row[member] = value;
        let answer = put(&json!([products[3], row]));
        assert_eq!((answer.status, answer.pointers()), (422, vec![format!("/1/{member}")]), "{answer:?}");
        assert!(answer.body.contains(says), "{says}: {answer:?}");
    }
    let gone = |count: usize| -> Value {
        (0..count).map(|n| json!({ "sku": format!("P{n}"), "name": format!("Lamp {n}"), "listed": false })).collect()
    };
    let answer = put(&gone(4));
    assert_eq!((answer.status, answer.pointers().len()), (422, 4), "{answer:?}");
    assert!(answer.body.contains("--allow-removals"), "{answer:?}");
    assert_eq!(put(&gone(3)).outcomes(), ["changed"; 3]);
    assert_eq!(shop.count("SELECT COUNT(*) FROM products WHERE listed = 1"), 7);
    let key = api::key(&shop.premises, "another", "customers");
    let till = api::Client { key, ..shop.client.clone() };
    assert_eq!(till.send("PUT", "/v1/products", "Content-Type: application/json\r\n", b"{}").status, 403);
    assert_eq!(shop.client.post("/v1/products", &lamp).status, 405);
}
