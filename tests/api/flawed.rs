//! Requests that are not as they should be: each is told precisely what is wrong, and none changes anything.

use super::Shop;
use crate::support::{http::Answer, real};
use serde_json::json;

/// Status, the last word of the type, and where.
fn says(answer: &Answer) -> (u16, String, Vec<String>) {
    let json = answer.json();
    assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
    assert_eq!(json["status"], answer.status);
    let kind = json["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let places = json["errors"].as_array().map_or(vec![], |_| answer.pointers());
    (answer.status, kind, places)
}

#[test]
fn every_flaw_is_named_with_its_place() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let client = &shop.client;
    let customer = r#"{"email": "a@mail.example""#;
    let many = format!("[{}]", vec![r#"{"email":"a@mail.example"}"#; 101].join(","));
    let long = format!(r#"{customer}, "first_name": "{}"}}"#, "x".repeat(4001));
    let deep = format!(r#"{customer}, "first_name": {}}}"#, "[".repeat(500) + &"]".repeat(500));
    let bodies: Vec<(&str, Vec<&str>)> = vec![
        ("[]", vec![""]),
        (&many, vec![""]),
        ("null", vec![""]),
        ("7", vec![""]),
        ("[[]]", vec!["/0"]),
        ("[{}, 3]", vec!["/0/email", "/1"]),
        (r#"{"email": 3}"#, vec!["/email"]),
        (r#"{"email": null}"#, vec!["/email"]),
        (r#"{"email": " "}"#, vec!["/email"]),
        (r#"{"email": "a@mail.example", "email": "b@mail.example"}"#, vec!["/email"]),
        (r#"{"email": "a@mail.example", "e-mail~x/y": 1}"#, vec!["/e-mail~0x~1y"]),
        (r#"{"email": "a@mail.example", "first_name": ["x"]}"#, vec!["/first_name"]),
        (r#"{"email": "a@mail.example", "first_name": "x\u0000y"}"#, vec!["/first_name"]),
        (r#"{"email": "a@mail.example", "birthday": "13-40"}"#, vec!["/birthday"]),
        (
            r#"{"email": "a@mail.example", "time_zone": "Europe/Pariss", "language": "f"}"#,
            vec!["/language", "/time_zone"],
        ),
        (r#"[{"id":"1","email":"a@mail.example"},{"id":"1","email":"b@mail.example"}]"#, vec!["/1/id"]),
        (r#"[{"email":"a@mail.example"},{"email":"A@mail.example"}]"#, vec!["/1/email"]),
        (&long, vec!["/first_name"]),
    ];
    for (body, places) in bodies {
        let (status, kind, mut found) = says(&client.post_text("/v1/customers", "", body));
        found.sort();
        assert_eq!(
            (status, kind.as_str(), found),
            (422, "flawed", places.iter().map(ToString::to_string).collect()),
            "{body:.200}"
        );
    }
    for body in ["", "{", "{}{}", "{'a':1}", r#"{"email":"\ud800"}"#, "[1e999]", "\u{feff}{}", &deep] {
        let (status, kind, _) = says(&client.post_text("/v1/customers", "", body));
        assert_eq!((status, kind.as_str()), (400, "not-json"), "{body:.60}");
    }
    let not_utf8 = client.send("POST", "/v1/customers", "Content-Type: application/json\r\n", b"{\"email\":\"\xff\"}");
    assert_eq!(says(&not_utf8).0, 400);
    // The key that these requests bear was made by a person, which stands in the ledger.
    let written =
        "SELECT (SELECT COUNT(*) FROM customers) + (SELECT COUNT(*) FROM ledger WHERE happening NOT LIKE '{\"did\"%')";
    assert_eq!(shop.count(written), 0);
}

#[test]
fn a_record_is_looked_at_as_closely_as_a_file_s_line() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let client = &shop.client;
    assert_eq!(client.post("/v1/customers", &json!({ "id": "C1", "email": "a@mail.example" })).status, 200);
    let visit = |member: &str, value: serde_json::Value| {
        let mut visit = json!({ "id": "A1", "customer": "C1" });
        visit[member] = value;
        client.post("/v1/records/appointment", &visit)
    };
    for (member, value) in [
        ("starts_at", json!("2026-02-30T10:00")),
        ("starts_at", json!("soon")),
        ("starts_at", json!("2027-03-30T10:00[Mars/Olympus]")),
        ("starts_at", json!(1_900_000_000)),
        ("minutes", json!("45")),
        ("minutes", json!(4.5)),
        ("minutes", json!(1e300)),
        ("minutes", json!(true)),
        ("first", json!("yes")),
        ("price", json!(42)),
        ("price", json!("42.505 EUR")),
        ("day", json!("2026-13-01")),
        // Only customers answer.
        ("answer", json!("coming")),
        ("customer", json!("C2")),
        ("start_at", json!("2027-03-30T10:00")),
    ] {
        let (status, _, places) = says(&visit(member, value.clone()));
        assert_eq!((status, places), (422, vec![format!("/{member}")]), "{member} {value}");
    }
    let typo = visit("start_at", json!("2027-03-30T10:00"));
    assert!(typo.body.contains("did you mean `starts_at`?"), "{typo:?}");

    assert_eq!(shop.count("SELECT COUNT(*) FROM records"), 0);
}

#[test]
fn consents_and_events_are_looked_at_as_closely() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let client = &shop.client;
    assert_eq!(client.post("/v1/customers", &json!({ "id": "C1", "email": "a@mail.example" })).status, 200);
    let consent = json!({ "state": "granted", "customer": "C1", "purpose": "tips", "at": "2026-03-29T10:00Z",
                          "method": "form", "wording": "Yes" });
    for (member, value, place) in [
        ("state", json!("maybe"), "/state"),
        ("state", json!(1), "/state"),
        ("state", json!(null), "/state"),
        ("purpose", json!("tip"), "/purpose"),
        ("at", json!("2126-03-29T10:00:00Z"), "/at"),
        ("at", json!(null), "/at"),
        ("method", json!("import"), "/method"),
        ("wording", json!(""), "/wording"),
        ("customer", json!("nobody@mail.example"), "/customer"),
    ] {
        let mut consent = consent.clone();
        consent["at"] = json!("2026-03-29T10:00:00Z");
        consent[member] = value.clone();
        let (status, _, places) = says(&client.post("/v1/consents", &consent));
        assert_eq!((status, places), (422, vec![place.to_owned()]), "{member} {value}");
    }
    for (event, places) in [
        (json!({ "type": "record.moved", "id": "e", "at": "2026-03-29" }), vec!["/type"]),
        (json!({ "type": "record.kept" }), vec!["/id", "/at", "/record_type", "/record"]),
        (
            json!({ "type": "record.kept", "id": "e", "at": "2026-03-29T10:00", "record_type": "appointment",
                    "record": "A9" }),
            vec!["/record"],
        ),
        (
            json!({ "type": "customer.stopped", "id": "e", "at": "2026-03-29T10:00", "customer": "C1",
                    "record": "A1" }),
            vec!["/record"],
        ),
    ] {
        let (status, _, found) = says(&client.post("/v1/events", &event));
        assert_eq!((status, found), (422, places.iter().map(ToString::to_string).collect()), "{event}");
    }
    assert_eq!(shop.count("SELECT (SELECT COUNT(*) FROM consents) + (SELECT COUNT(*) FROM events)"), 0);
}

#[test]
fn what_stands_around_a_body_is_looked_at_first() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let client = &shop.client;
    let send = |method: &str, path: &str, headers: &str, body: &[u8]| says(&client.send(method, path, headers, body));
    let is = |said: (u16, String, Vec<String>), status: u16, kind: &str| {
        assert_eq!((said.0, said.1.as_str()), (status, kind));
    };
    let json = "Content-Type: application/json\r\n";
    is(send("POST", "/v1/customers", "", b"{}"), 415, "other-type");
    is(send("POST", "/v1/customers", "Content-Type: text/plain\r\n", b"{}"), 415, "other-type");
    is(send("POST", "/v1/customers", "Content-Type: application/json; charset=latin1\r\n", b"{}"), 415, "other-type");
    is(send("POST", "/v1/customers", &format!("{json}Content-Encoding: gzip\r\n"), b"{}"), 415, "other-type");
    is(send("POST", "/v1/customers", "Content-Type: application/JSON; charset=\"UTF-8\"\r\n", b"{}"), 422, "flawed");
    is(send("POST", "/v1/customers", &format!("{json}Idempotency-Key: a b\r\n"), b"{}"), 400, "bad-header");
    is(send("POST", "/v1/customers", &format!("{json}Idempotency-Key: \"a\r\n"), b"{}"), 400, "bad-header");
    is(
        send("POST", "/v1/customers", &format!("{json}Idempotency-Key: {}\r\n", "x".repeat(256)), b"{}"),
        400,
        "bad-header",
    );
    is(
        send("POST", "/v1/customers", &format!("{json}Idempotency-Key: a\r\nIdempotency-Key: b\r\n"), b"{}"),
        400,
        "bad-header",
    );
    is(send("POST", "/v1/customers", json, &vec![b' '; 1024 * 1024 + 1]), 413, "too-long");
    is(send("POST", "/v1/nothing", json, b"{}"), 404, "not-found");
    is(send("POST", "/v1/records/%ff", json, b"{}"), 404, "not-found");
    let other = client.send("DELETE", "/v1/customers", "", b"");
    is(says(&other), 405, "other-method");
    assert_eq!(other.header("allow"), "POST");
    assert_eq!(client.send("POST", "/v1/openapi.json", "", b"").header("allow"), "GET,HEAD");
    let document = client.send("GET", "/v1/openapi.json", "", b"");
    assert_eq!((document.status, document.json()["openapi"].as_str()), (200, Some("3.1.0")));
    assert_eq!(client.send_bare("GET", "/v1/openapi.json", "", b"").status, 401);
    // The document that the command prints is the same.
    let printed: serde_json::Value = serde_json::from_str(&shop.premises.run(&["openapi"])).unwrap();
    assert_eq!(printed, document.json());
}
