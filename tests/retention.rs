//! What is no longer to be kept goes: when its time is over, and when it served only what somebody has stopped.

use crate::support::{clock::HandClock, daemon::Daemon, proof};
use comity::{
    base::{Clock, CustomerId, EmailAddress, Instant, RecordId, Value, Zone, civil::CivilTime, value::Fields},
    engine::house::retention::Retention,
    gate::facts::HaltCause,
    ledger::{Act, Happening, entry::StopVia},
    people::Customer,
    policy::Matching,
    store::{
        CustomerRef, CustomerRow, Dry, Put, RecordRow, StopOrder,
        calendar::{Teller, VisitContent, VisitRow},
    },
    trigger::RecordStatus,
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{collections::BTreeSet, fs, sync::Arc, time::Duration};

const MORE: &str = r#"
service = { type = "text", purposes = ["reminders"] }
[customer.fields]
first_name = { type = "text", purposes = ["*"], keep = "12 months" }
birthday = { type = "month-day", purposes = ["letters"] }
size = { type = "text", purposes = ["letters", "reminders"] }
[purposes.letters]
title = "Letters"
promise = "One letter a month."
basis = "consent"
[records.enquiry]
event = true
[records.enquiry.fields]
topic = { type = "text", purposes = ["letters"], keep = "30 days" }
"#;

const DAY: Duration = Duration::from_hours(24);

struct Salon {
    daemon: Daemon,
    retention: Retention,
    anna: Customer,
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

impl Salon {
    /// Anna, whose visit is in a week, and who asked something yesterday.
    async fn open() -> Self {
        let premises = proof::premises_to(25);
        fs::write(premises.path().join("policy.toml"), proof::POLICY.to_owned() + MORE).unwrap();
        let daemon = Daemon::over(premises, HandClock::new()).await;
        let engine = &daemon.engine;
        let retention = Retention {
            store: engine.store.clone(),
            in_force: Arc::clone(&engine.in_force),
            flights: Arc::clone(&engine.flights),
            clock: Arc::clone(&engine.clock),
        };
        let anna = CustomerRow {
            external_id: Some("anna".to_owned()),
            address: EmailAddress::parse("anna@salon.example").unwrap(),
            fields: Fields::from([
                ("first_name".to_owned(), text("Anna")),
                ("birthday".to_owned(), Value::MonthDay(comity::base::civil::MonthDay::parse("03-29").unwrap())),
                ("size".to_owned(), text("38")),
            ]),
            untold: Arc::default(),
            zone: None,
            language: None,
            consents: Vec::new(),
        };
        let put = engine.store.put_customers(vec![anna], engine.in_force.clone(), Dry::Apply).await.unwrap();
        assert_eq!(put.puts, [Put::Created]);
        let start = daemon.clock.now().plus(7 * DAY);
        let starts_at = CivilTime { local: Zone::UTC.local(start), zone: Some(Zone::UTC) };
        let visit = [("starts_at".to_owned(), Value::Datetime(starts_at)), ("service".to_owned(), text("Cut"))];
        let enquiry = [("topic".to_owned(), text("A wedding"))];
        let record = |kind: &str, fields| RecordRow {
            kind: kind.to_owned(),
            external_id: "1".to_owned(),
            customer: CustomerRef::ExternalId("anna".to_owned()),
            fields,
            untold: Arc::default(),
            left_to_calendars: Arc::default(),
            status: Some(RecordStatus::Live),
        };
        let rows = vec![record("appointment", visit.into()), record("enquiry", enquiry.into())];
        let put = engine.store.put_records(rows, engine.in_force.clone(), Dry::Apply).await.unwrap();
        assert_eq!(put.puts, [Put::Created, Put::Created]);
        let anna = engine.store.find_by_external_id("anna").await.unwrap().unwrap();
        Self { daemon, retention, anna }
    }

    async fn after(&self, days: u32) {
        self.daemon.clock.go_on(days * DAY);
        self.retention.look().await.unwrap();
    }

    /// The names of all that is kept of Anna.
    async fn kept(&self) -> BTreeSet<String> {
        let store = &self.daemon.engine.store;
        let records = store.records_kept(RecordId(0), 100).await.unwrap().rows;
        let customers = store.customers_kept(CustomerId(0), 100).await.unwrap().rows;
        let of_records = records.into_iter().flat_map(|kept| kept.record.fields.into_keys());
        of_records.chain(customers.into_iter().flat_map(|kept| kept.customer.fields.into_keys())).collect()
    }

    async fn stop(&self, purpose: &str) {
        let order = StopOrder {
            customer: self.anna.handle,
            purpose: purpose.to_owned(),
            via: StopVia::Page,
            plan: None,
            at: self.daemon.clock.now(),
        };
        let _ = self.daemon.engine.store.stop(order).await.unwrap();
    }
}

impl Salon {
    /// What stands in a table, by a reader that knows no key.
    async fn count(&self, query: &'static str) -> i64 {
        let options = SqliteConnectOptions::new().filename(self.daemon.premises.path().join("data/comity.db"));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let count = sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    }
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn a_field_goes_when_its_time_is_over_counted_from_the_visit_or_from_the_last_that_was_heard() {
    let salon = Salon::open().await;
    let all = names(&["starts_at", "service", "topic", "first_name", "birthday", "size"]);
    salon.after(29).await;
    assert_eq!(salon.kept().await, all);
    salon.after(2).await;
    assert_eq!(salon.kept().await, &all - &names(&["topic"]), "an enquiry counts from the day on which it came");
    // 90 days after the visit, and not after the day on which it was booked.
    salon.after(65).await;
    assert!(salon.kept().await.contains("starts_at"));
    salon.after(2).await;
    assert_eq!(salon.kept().await, names(&["service", "first_name", "birthday", "size"]));
    salon.after(300).await;
    assert_eq!(salon.kept().await, names(&["service", "birthday", "size"]), "a year after she was last heard of");
    salon.daemon.end().await;
}

#[tokio::test]
async fn what_went_is_counted_once_in_the_ledger_and_named_nowhere() {
    let salon = Salon::open().await;
    salon.after(98).await;
    salon.after(1).await;
    let options = SqliteConnectOptions::new().filename(salon.daemon.premises.path().join("data/comity.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let query = sqlx::query_scalar("SELECT happening FROM ledger WHERE happening LIKE '%forgot%'");
    let entries: Vec<String> = query.fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let [entry] = entries.as_slice() else { panic!("{entries:?}") };
    let happening: Happening = serde_json::from_str(entry).unwrap();
    assert_eq!(
        happening,
        Happening::Did { act: Act::Forgot { fields: 2, records: 2, customers: 0, visits: 0, tasks: 0 } }
    );
    assert!(!entry.contains("topic") && !entry.contains("anna"), "{entry}");
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_stop_takes_what_served_only_what_was_stopped_when_a_day_has_passed_over_it() {
    let salon = Salon::open().await;
    salon.after(1).await;
    salon.stop("letters").await;
    salon.daemon.clock.go_on(Duration::from_hours(23));
    salon.retention.look().await.unwrap();
    assert!(salon.kept().await.contains("birthday"), "whoever takes the stop back has lost nothing");
    salon.after(1).await;
    assert_eq!(salon.kept().await, names(&["starts_at", "service", "first_name", "size"]));
    // What served both goes with the second.
    salon.stop("reminders").await;
    salon.after(2).await;
    let until_the_visit = names(&["starts_at", "service", "first_name"]);
    assert_eq!(salon.kept().await, until_the_visit, "the visit takes place, whoever wants to be reminded of it");
    salon.after(4).await;
    assert_eq!(salon.kept().await, names(&["starts_at", "first_name"]));
    salon.daemon.end().await;
}

#[tokio::test]
async fn nothing_goes_while_the_clock_is_in_doubt_and_once_a_day_is_enough() {
    let salon = Salon::open().await;
    salon.after(1).await;
    let all = salon.kept().await;
    let _ = salon.daemon.engine.store.halt(HaltCause::ClockFarAhead, "").await.unwrap();
    salon.after(4_000).await;
    assert_eq!(salon.kept().await, all);
    salon.daemon.engine.store.resume(HaltCause::ClockFarAhead).await.unwrap();
    salon.retention.look().await.unwrap();
    assert_eq!(salon.kept().await, names(&["service", "birthday", "size"]));
    let looked_at = salon.daemon.engine.store.looked_at().await.unwrap();
    assert_eq!(looked_at, Some(salon.daemon.clock.now()));
    salon.daemon.clock.go_on(Duration::from_hours(23));
    salon.retention.look().await.unwrap();
    assert_eq!(salon.daemon.engine.store.looked_at().await.unwrap(), looked_at);
    assert!(looked_at > Some(Instant::from_ms(0)));
    salon.daemon.end().await;
}

#[tokio::test]
async fn past_visits_of_nobody_and_tasks_that_have_ended_go_when_the_policy_says() {
    const KEPT: &str = "SELECT COUNT(*) FROM visits WHERE content IS NOT NULL";
    const ENDED: &str = "SELECT COUNT(*) FROM tasks";
    let salon = Salon::open().await;
    let store = &salon.daemon.engine.store;
    let visit = |name: &str, days: u32| VisitRow {
        teller: Teller::File,
        kind: "appointment".to_owned(),
        external_id: name.to_owned(),
        starts_at: salon.daemon.clock.now().plus(days * DAY),
        sequence: 0,
        status: RecordStatus::Live,
        content: VisitContent {
            fields: Fields::new(),
            untold: Arc::default(),
            people: Vec::new(),
            texts: vec!["Stieglitz, Strähnen".to_owned()],
        },
    };
    let rows = vec![visit("soon", 1), visit("later", 40)];
    let put = store.put_visits(rows.clone(), salon.daemon.engine.in_force.clone(), Dry::Apply).await.unwrap();
    assert_eq!(put.puts, [Put::OfNobody, Put::OfNobody]);
    // One that was done today, and one that is still to be done.
    let task = "INSERT INTO tasks (plan, words, given_at, state, ended_at, who)
                SELECT p.id, x'00', l.at, CASE p.n WHEN 1 THEN 'done' ELSE 'open' END, CASE p.n WHEN 1 THEN l.at END, ''
                FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM plans) p, (SELECT MAX(at) AS at FROM ledger) l
                WHERE p.n <= 2";
    salon.daemon.sql(task).await;
    assert_eq!((salon.count(KEPT).await, salon.count(ENDED).await), (2, 2));

    salon.after(30).await;
    assert_eq!(salon.count(KEPT).await, 2, "29 days after it took place");
    salon.after(2).await;
    assert_eq!(salon.count(KEPT).await, 1, "the one that is still to come is asked about");
    assert_eq!(salon.count(ENDED).await, 2);
    let open = store.open_visits(salon.daemon.clock.now(), &Matching::default()).await.unwrap();
    assert_eq!(open.len(), 1);

    salon.after(59).await;
    assert_eq!(
        (salon.count(KEPT).await, salon.count(ENDED).await),
        (0, 1),
        "90 days after it was done; the open one stays"
    );
    let told = salon.count("SELECT COUNT(*) FROM ledger WHERE happening LIKE '%\"visits\":1%'").await;
    assert!(told >= 1, "it is counted in the ledger");
    salon.daemon.end().await;
}
