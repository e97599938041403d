//! Events that policy.toml declares: each is taken once, sets its workflow off once, and never changes.

use super::Shop;
use crate::support::{
    api::{self, Client},
    proof,
    real::{self, Witness},
};
use serde_json::json;
use std::fs;

const WORKFLOW: &str = r#"
purpose = "reminders"
template = "enquiry"
approval = "none"

[trigger]
record = "enquiry"
on = "event"
by = ["0h"]
"#;
const TEXT: &str = "{{business.name}}, {{business.postal_address}}: you asked about {{enquiry.topic}}. \
                    You get this because you asked. Stop: {{stop_url}}\n";
const HTML: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Enquiry</title></head><body>\
    <p>{{business.name}}, {{business.postal_address}}: you asked about {{enquiry.topic}}.</p>\
    <p>You get this because you asked. <a href=\"{{stop_url}}\">Stop these messages</a></p></body></html>\n";

/// A shop that answers enquiries.
fn shop() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let premises = api::premises(witness.port, 1_000_000);
    for (file, text) in [
        ("workflows/enquiry.toml", WORKFLOW),
        ("templates/mail/enquiry/subject.hbs", "Your enquiry about {{enquiry.topic}}\n"),
        ("templates/mail/enquiry/body.txt.hbs", TEXT),
        ("templates/mail/enquiry/body.html.hbs", HTML),
        ("templates/mail/enquiry/sample.json", r#"{ "enquiry": { "topic": "hats" } }"#),
    ] {
        let path = premises.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    Shop::at(premises, witness, folder, &[])
}

#[test]
fn an_event_is_answered_once_and_the_same_id_never_says_something_else() {
    if !real::can_run() {
        return;
    }
    let shop = shop();
    let client = &shop.client;
    let customers = json!([
        { "id": "C1", "email": "marie@mail.example" },
        { "id": "C2", "email": "ben@mail.example" },
    ]);
    assert_eq!(client.post("/v1/customers", &customers).outcomes(), ["created", "created"]);
    let hats = json!({ "type": "enquiry", "id": "1", "customer": "C1", "topic": "hats", "count": 2 });
    let events = json!([
        hats,
        { "type": "customer.stopped", "id": "1", "at": "2026-03-29T10:00:00Z", "customer": "C2", "purpose": "tips" },
        { "type": "enquiry", "id": "2", "customer": "ben@mail.example", "topic": "gloves" },
    ]);
    assert_eq!(client.post("/v1/events", &events).outcomes(), ["taken", "taken", "taken"]);
    assert_eq!(client.post("/v1/events", &events).outcomes(), ["taken-before", "taken-before", "taken-before"]);

    for (other, at) in [
        (json!({ "type": "enquiry", "id": "1", "customer": "C1", "topic": "scarves", "count": 2 }), "/id"),
        (json!({ "type": "enquiry", "id": "1", "customer": "C2", "topic": "hats", "count": 2 }), "/id"),
        // What it leaves out, it doesn't have.
        (json!({ "type": "enquiry", "id": "1", "customer": "C1", "topic": "hats" }), "/id"),
        (json!({ "type": "enquiry", "id": "3", "customer": "C9", "topic": "hats" }), "/customer"),
        (json!({ "type": "enquiry", "id": "3", "customer": "C1", "subject": "hats" }), "/subject"),
        (json!({ "type": "enquiry", "id": "3", "customer": "C1", "count": "many" }), "/count"),
        (json!({ "type": "enquiry", "customer": "C1" }), "/id"),
        (json!({ "type": "enquiries", "id": "3", "customer": "C1" }), "/type"),
        (
            json!({ "type": "record.cancelled", "id": "4", "at": "2026-03-29T10:00:00Z", "record_type": "enquiry",
                 "record": "1" }),
            "/record_type",
        ),
    ] {
        let answer = client.post("/v1/events", &other);
        assert_eq!((answer.status, answer.pointers()), (422, vec![at.to_owned()]), "{other}: {answer:?}");
    }
    let twice = client.post(
        "/v1/events",
        &json!([{ "type": "enquiry", "id": "5", "customer": "C1" },
                                                  { "type": "enquiry", "id": "5", "customer": "C1" }]),
    );
    assert_eq!((twice.status, twice.pointers()), (422, vec!["/1/id".to_owned()]), "{twice:?}");
    assert_eq!(shop.count("SELECT COUNT(*) FROM records"), 2);

    // A file tells them, too; one that is known stays as it is.
    let file = shop.premises.path().join("enquiries.csv");
    fs::write(&file, "id;customer;topic\n1;C1;scarves\n2;C2;gloves\n6;C1;shoes\n").unwrap();
    let import = shop.premises.comity(&["import", "--yes", "enquiry", file.to_str().unwrap()]).output().unwrap();
    let told = String::from_utf8_lossy(&[import.stdout, import.stderr].concat()).into_owned();
    assert!(told.contains("an event with this id was reported before, and it said something else"), "{told}");
    assert_eq!(shop.count("SELECT COUNT(*) FROM records"), 3);

    let subjects = || -> Vec<String> {
        let mut subjects: Vec<String> = shop.witness.seen().into_iter().filter_map(|seen| seen.subject).collect();
        subjects.sort_unstable();
        subjects
    };
    proof::wait_for(|| (subjects().len() >= 3).then_some(()));
    assert_eq!(subjects(), ["Your enquiry about gloves", "Your enquiry about hats", "Your enquiry about shoes"]);
    assert_eq!(shop.count("SELECT COUNT(*) FROM plans"), 3);
}

#[test]
fn an_event_is_posted_as_one_by_who_may_report_events() {
    if !real::can_run() {
        return;
    }
    let shop = shop();
    assert_eq!(shop.client.post("/v1/customers", &json!({ "id": "C1", "email": "m@mail.example" })).status, 200);
    let row = json!({ "id": "1", "customer": "C1", "topic": "hats" });
    let answer = shop.client.post("/v1/records/enquiry", &row);
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("`enquiry` is an event: POST it to /v1/events"), "{answer:?}");
    let event = json!({ "type": "enquiry", "id": "1", "customer": "C1", "topic": "hats" });
    let key = api::key(&shop.premises, "records", "records");
    let other = Client { key, ..shop.client.clone() };
    assert_eq!(other.post("/v1/events", &event).status, 403);
    let key = api::key(&shop.premises, "events", "events");
    let other = Client { key, ..shop.client.clone() };
    assert_eq!(other.post("/v1/events", &event).outcomes(), ["taken"]);
    let refused = shop.premises.comity(&["keys", "new", "form", "--may", "records:enquiry"]).output().unwrap();
    assert!(!refused.status.success(), "{refused:?}");

    let document: serde_json::Value = serde_json::from_str(&shop.premises.run(&["openapi"])).unwrap();
    assert_eq!(document["paths"]["/v1/records/enquiry"], json!(null));
    let form = &document["components"]["schemas"]["Event_enquiry"];
    assert_eq!(form["required"], json!(["type", "customer", "id"]));
    assert_eq!(form["properties"]["type"]["enum"], json!(["enquiry"]));
    let mapping = &document["components"]["schemas"]["Event"]["discriminator"]["mapping"];
    assert_eq!(mapping["enquiry"], "#/components/schemas/Event_enquiry");
}
