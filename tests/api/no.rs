//! A no by the API: answered when it holds (promise P2), and not at all while the database is away.

use super::Shop;
use crate::support::{
    api::Client,
    evidence::Evidence,
    proof::{self, Dice, LANES},
    real::{self, Seen},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, fs, sync::Mutex, thread};

/// How long a permit is held open, as in the race proof: what comes between is taken back.
const STALL: (&str, &str) = ("COMITY_STALL", "before-last-look:80");
const BEAT_MS: usize = 200;
const CUSTOMERS: usize = 100;
const PROGRAMS: usize = 6;

/// The ways to say no, and to leave it.
const WAYS: usize = 6;

fn no(n: usize) -> Option<(&'static str, Value)> {
    let (visit, customer, at) = (format!("A{n}"), format!("C{n}"), "2026-03-29T10:00:00Z");
    Some(match n % WAYS {
        0 => return None,
        1 => (
            "/v1/events",
            json!({ "type": "record.cancelled", "id": n.to_string(), "at": at, "record_type": "appointment",
                    "record": visit }),
        ),
        2 => ("/v1/records/appointment", json!({ "id": visit, "customer": customer, "status": "cancelled" })),
        3 => (
            "/v1/consents",
            json!({ "state": "withdrawn", "customer": customer, "purpose": "reminders", "at": at,
                    "method": "telephone" }),
        ),
        4 => ("/v1/bars", json!({ "state": "restricted", "customer": customer, "at": at })),
        _ => ("/v1/events", json!({ "type": "customer.stopped", "id": n.to_string(), "at": at, "customer": customer })),
    })
}

/// What came of it: who was written to after the answer, how many permissions were taken back, who got theirs.
#[derive(Debug)]
struct Tally {
    broken: Vec<usize>,
    revoked: usize,
    delivered: usize,
}

#[test]
fn no_transaction_begins_after_the_api_has_answered_a_no() {
    if !real::can_run() {
        return;
    }
    let tally = race(&[STALL]);
    println!("{tally:?}");
    assert!(tally.broken.is_empty(), "MAIL FROM after an answered no: {tally:?}");
    assert!(tally.revoked > 0, "no request met an open permit: {tally:?}");
    assert_eq!(tally.delivered, CUSTOMERS.div_ceil(WAYS), "the others get theirs: {tally:?}");
}

#[test]
fn the_proof_notices_when_the_api_revokes_nothing() {
    if !real::can_run() {
        return;
    }
    let tally = race(&[STALL, ("COMITY_FAULT", "skip-revocation")]);
    assert!(!tally.broken.is_empty(), "the proof would not notice: {tally:?}");
}

fn race(environment: &[(&str, &str)]) -> Tally {
    let mut dice = Dice::new();
    let delays = ["mail=0.005", "rcpt=0.005", "data=0.005", "dot=0.010"];
    let mut shop = Shop::with(&delays, &[], 1_000_000);
    shop.daemon.kill();
    fs::remove_file(shop.premises.path().join("workflows/once.toml")).unwrap();
    shop.daemon = shop.premises.serve(environment);
    shop.client.address = crate::support::api::opened(&mut shop.daemon);

    let first = proof::now() + TimeDelta::seconds(6);
    let due = |n: usize| first + TimeDelta::milliseconds(i64::try_from(n / LANES * BEAT_MS).unwrap());
    let customers: Vec<Value> =
        (0..CUSTOMERS).map(|n| json!({ "id": format!("C{n}"), "email": proof::address(n) })).collect();
    let start = |n: usize| (due(n) + TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    let visits: Vec<Value> = (0..CUSTOMERS)
        .map(|n| json!({ "id": format!("A{n}"), "customer": format!("C{n}"), "starts_at": start(n) }))
        .collect();
    assert_eq!(shop.client.post("/v1/customers", &json!(customers)).outcomes().len(), CUSTOMERS);
    assert_eq!(shop.client.post("/v1/records/appointment", &json!(visits)).outcomes().len(), CUSTOMERS);
    assert!(proof::now() < first, "bringing the rows took longer than the test thought");

    let aims: Vec<(usize, DateTime<Utc>)> = (0..CUSTOMERS)
        .map(|n| (n, due(n) + TimeDelta::milliseconds(i64::try_from(dice.below(110)).unwrap())))
        .filter(|(n, _)| no(*n).is_some())
        .collect();
    let answered = say_all(&shop.client, aims);
    let database = shop.premises.path().join("data/comity.db");
    proof::wait_for(|| (Evidence::of(&database).open() == 0).then_some(()));
    let revoked = Evidence::of(&database).attempts.iter().filter(|attempt| attempt.state == "revoked").count();
    judge(&answered, revoked, &shop.witness.seen())
}

/// Says each no at its moment. By customer, when it was answered.
fn say_all(client: &Client, aims: Vec<(usize, DateTime<Utc>)>) -> BTreeMap<usize, u64> {
    let (aims, answered) = (Mutex::new(aims.into_iter()), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..PROGRAMS {
            scope.spawn(|| {
                loop {
                    let Some((n, at)) = aims.lock().unwrap().next() else { break };
                    let (path, body) = no(n).unwrap();
                    proof::wait((at - proof::now()).to_std().unwrap_or_default());
                    let answer = client.post(path, &body);
                    let answered_ns = real::boot_ns();
                    assert!(matches!(answer.outcomes()[0].as_str(), "taken" | "changed" | "stopped"), "{answer:?}");
                    answered.lock().unwrap().insert(n, answered_ns);
                }
            });
        }
    });
    answered.into_inner().unwrap()
}

fn judge(answered: &BTreeMap<usize, u64>, revoked: usize, seen: &[Seen]) -> Tally {
    let mut last_mail: BTreeMap<u64, u64> = BTreeMap::new();
    let (mut mails, mut dots): (BTreeMap<&str, Vec<u64>>, BTreeMap<&str, usize>) = Default::default();
    for line in seen {
        match (line.event.as_str(), line.to.as_deref()) {
            ("mail", _) => drop(last_mail.insert(line.session, line.boot_ns)),
            ("rcpt", Some(to)) => mails.entry(to).or_default().push(last_mail[&line.session]),
            ("dot", Some(to)) => *dots.entry(to).or_default() += 1,
            _ => {}
        }
    }
    let began_after = |n: &usize, at: u64| {
        mails.get(proof::address(*n).as_str()).is_some_and(|mails| mails.iter().any(|mail| *mail > at))
    };
    let broken = answered.iter().filter(|(n, at)| began_after(n, **at)).map(|(n, _)| *n).collect();
    let left_alone = (0..CUSTOMERS).filter(|n| no(*n).is_none());
    let delivered = left_alone.filter(|n| dots.get(proof::address(*n).as_str()) == Some(&1)).count();
    Tally { broken, revoked, delivered }
}

#[test]
fn while_the_database_is_away_nothing_is_taken_and_the_caller_is_told_to_come_again() {
    if !real::can_run() {
        return;
    }
    let shop = Shop::open();
    let marie = json!({ "id": "C1", "email": "marie@mail.example" });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = SqliteConnectOptions::new().filename(shop.premises.path().join("data/comity.db"));
    let thief = runtime.block_on(async {
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        connection
    });
    let away = shop.client.post_as("k1", "/v1/customers", &marie);
    assert_eq!(away.status, 503, "{away:?}");
    assert_eq!(away.header("retry-after"), "5");
    assert!(away.json()["detail"].as_str().unwrap().contains("nothing was taken"), "{away:?}");
    runtime.block_on(thief.close()).unwrap();
    let back = shop.client.post_as("k1", "/v1/customers", &marie);
    assert_eq!((back.outcomes(), back.header("idempotent-replayed")), (vec!["created".to_owned()], ""));
}
