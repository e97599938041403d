//! A chunk that is taken at once comes out like its rows taken one after the other: the same answers, the same tables.
//!
//! Two stores live through the same days, with few people and few names, so that rows clash: they share mailboxes, change them,
//! stop, are erased, come back, order. What differs between the two is only how their rows are taken.

use crate::{
    base::{
        Clock, CustomerId, EmailAddress, Instant, Value, Zone,
        civil::{CivilTime, MonthDay},
        keys::Keyring,
        value::Fields,
    },
    clock::{ClockWatch, VirtualClock},
    ledger::{ErasedVia, entry::StopVia},
    people::{BarWord, ConsentKind, Customer, Language, consent::ConsentMethod},
    plan::{Change, Planned},
    policy::{Matching, Nature},
    store::{
        Applied, ConsentClaim, CustomerRef, CustomerRow, Database, Lasting, NewBar, Opening, PlansOf, RecordRow,
        Replan, StopOrder, Store, StoreError, WorkflowChanges, bulk, cards, customers,
        database::{query, query_as},
        entry::{ConsentRow, Evidence},
        journal_in,
        orders::{self, OrderRow, OrdersApplied},
        records,
        replan::Subjects,
        round::Desk,
        sealing::{StoredCustomer, StoredRecord},
        statements::{Statement, people::ALL_CUSTOMERS, records::RECORDS_AFTER},
    },
    trigger::{News, Record, RecordStatus, Subject},
    workflow::Step,
};
use std::{fmt::Write as _, sync::Arc, time::Duration};

const RUNS: u64 = 16;
const DAYS: u64 = 14;
const START: i64 = 1_800_000_000_000;
const DAY: i64 = 86_400_000;

/// Plans something by every record, and by every card of somebody who agreed to something.
struct Planner;

impl Replan for Planner {
    fn replan(&self, subject: &Subject, existing: &PlansOf) -> Vec<WorkflowChanges> {
        let Subject { record, customer, news } = subject;
        let due_at = Instant::from_ms(START + 400 * DAY + record.version * 1000 + customer.version);
        let (step, late_at, expires_at) = (Step("only".to_owned()), due_at, Instant::from_ms(due_at.ms() + DAY));
        let planned =
            Planned { step, occurrence: format!("{} {}", record.kind, record.id.0), due_at, late_at, expires_at };
        let changes = match existing.get("w").and_then(|plans| plans.first()) {
            Some(plan) if record.status == RecordStatus::Cancelled => vec![Change::Void(plan.id)],
            Some(plan) => vec![Change::Retime(plan.id, planned)],
            None if *news == News::Nothing => vec![],
            None => vec![Change::Create(planned)],
        };
        let (workflow, purpose) = ("w".to_owned(), "news".to_owned());
        vec![WorkflowChanges { workflow, purpose, marketing: true, ended_by: None, changes }]
    }

    fn concerns(&self, customer: &Customer, news: &News) -> bool {
        *news != News::Nothing || customer.language.is_some()
    }

    fn nature(&self, kind: &str) -> Nature {
        if kind == "ping" { Nature::Event } else { Nature::Lasting }
    }

    fn zone(&self) -> Zone {
        Zone::parse("Europe/Paris").unwrap()
    }

    fn matching(&self) -> Matching {
        Matching::default()
    }

    fn outdate(&self, _: &Record, _: &mut Record) {}
}

/// Chance with a seed, by `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn name(&mut self) -> String {
        format!("c{}", self.below(9))
    }

    fn address(&mut self) -> EmailAddress {
        let text = format!("box{}@post.example", self.below(8));
        let text = if self.once_in(8) { text.to_uppercase() } else { text };
        EmailAddress::parse(&text).unwrap()
    }

    fn fields(&mut self) -> Fields {
        let mut fields = Fields::new();
        if !self.once_in(3) {
            fields.insert("first_name".to_owned(), Value::Text(format!("name {}", self.below(3))));
        }
        if self.once_in(2) {
            let day = MonthDay::parse(&format!("03-{:02}", 1 + self.below(3))).unwrap();
            fields.insert("birthday".to_owned(), Value::MonthDay(day));
        }
        fields
    }

    fn claims(&mut self, now: i64) -> Vec<ConsentClaim> {
        let count = [0, 0, 1, 1, 2, 3][usize::try_from(self.below(6)).unwrap()];
        let mut claim = |_| {
            let purpose = ["news", "tips"][usize::try_from(self.below(2)).unwrap()];
            let kind = if self.once_in(4) { ConsentKind::Withdrawn } else { ConsentKind::Granted };
            let at = Instant::from_ms(now - i64::try_from(self.below(4)).unwrap() * DAY);
            ConsentClaim::new(purpose, kind, at, "customers.csv:7")
        };
        (0..count).map(&mut claim).collect()
    }

    fn customer(&mut self, now: i64) -> CustomerRow {
        let zones = [None, None, None, None, Zone::parse("Europe/Paris"), Zone::parse("Asia/Tokyo")];
        CustomerRow {
            external_id: (!self.once_in(3)).then(|| self.name()),
            address: self.address(),
            fields: self.fields(),
            untold: Arc::new(if self.once_in(2) { ["birthday".to_owned()].into() } else { [].into() }),
            zone: zones[usize::try_from(self.below(6)).unwrap()],
            language: if self.once_in(3) { Language::parse("fr") } else { None },
            consents: self.claims(now),
        }
    }

    /// One, or one by their name and by their mailbox.
    fn customers(&mut self, now: i64) -> Vec<CustomerRow> {
        let one = self.customer(now);
        if !self.once_in(3) {
            return vec![one];
        }
        let name = Some(self.name());
        let other = CustomerRow { address: one.address.clone(), external_id: name, ..self.customer(now) };
        let one = CustomerRow { external_id: None, ..one };
        if self.once_in(2) { vec![one, other] } else { vec![other, one] }
    }

    fn record(&mut self, now: i64) -> RecordRow {
        let address = self.address();
        let text = "as written".to_owned();
        let status = [None, Some(RecordStatus::Live), Some(RecordStatus::Live), Some(RecordStatus::Cancelled)];
        let day = Instant::from_ms(now + (i64::try_from(self.below(4)).unwrap() - 1) * DAY);
        let zone = Planner.zone();
        let starts_at = CivilTime { local: zone.local(day), zone: Some(zone) };
        let fields = Fields::from([
            ("starts_at".to_owned(), Value::Datetime(starts_at)),
            ("what".to_owned(), Value::Text(format!("cut {}", self.below(2)))),
        ]);
        RecordRow {
            kind: ["visit", "visit", "ping"][usize::try_from(self.below(3)).unwrap()].to_owned(),
            external_id: format!("r{}", self.below(14)),
            customer: if self.once_in(2) {
                CustomerRef::ExternalId(self.name())
            } else {
                CustomerRef::Address { address, text }
            },
            fields,
            untold: Arc::default(),
            left_to_calendars: Arc::new(if self.once_in(3) { ["starts_at".to_owned()].into() } else { [].into() }),
            status: status[usize::try_from(self.below(4)).unwrap()],
        }
    }

    fn order(&mut self, now: i64) -> OrderRow {
        let buyer = CustomerRow { fields: self.fields(), ..CustomerRow::of_address(self.address(), None) };
        let ordered_at = Instant::from_ms(now - i64::try_from(self.below(3)).unwrap() * DAY);
        let whose = CustomerRef::Address { address: buyer.address.clone(), text: String::new() };
        let lines = (0..=self.below(3)).map(|_| RecordRow { customer: whose.clone(), ..self.record(now) }).collect();
        let wording = Some("Yes, write to me.".to_owned());
        let yes = ConsentRow {
            customer: whose.clone(),
            purpose: "news".to_owned(),
            kind: ConsentKind::Granted,
            at: ordered_at,
            method: ConsentMethod::Form,
            language: None,
            expires_at: None,
            evidence: Evidence { wording, ..Evidence::default() },
            question: None,
        };
        OrderRow {
            buyer,
            ordered_at,
            lines,
            yes: if self.once_in(3) { vec![yes] } else { vec![] },
            source: "orders.csv:3".to_owned(),
            order: ("shop".to_owned(), format!("o{}", self.below(12))),
            says_status: !self.once_in(3),
        }
    }
}

/// What happens on a day.
#[derive(Clone, Debug)]
enum Event {
    Customers(Vec<CustomerRow>),
    Records(Vec<RecordRow>),
    Orders(Vec<OrderRow>),
    Stop(String, &'static str),
    Erase(String),
    Bar(String, BarWord),
    /// They say themselves that they had this mailbox, and have it no more.
    Left(String, EmailAddress),
    /// A calendar tells of this record.
    Told(String),
    /// The shop tells of this order.
    Order(String),
    /// Half of what is planned was permitted, and has not begun.
    Permitted(u64),
}

fn event(dice: &mut Dice, now: i64) -> Event {
    let count = 2 + dice.below(12);
    match dice.below(14) {
        0..=3 => Event::Customers((0..count).flat_map(|_| dice.customers(now)).collect()),
        4 | 5 => Event::Records((0..count).map(|_| dice.record(now)).collect()),
        6 => Event::Orders((0..count).map(|_| dice.order(now)).collect()),
        7 => Event::Stop(dice.name(), if dice.once_in(2) { "news" } else { "" }),
        8 => Event::Erase(dice.name()),
        9 => Event::Bar(dice.name(), if dice.once_in(2) { BarWord::Objected } else { BarWord::Minor }),
        10 | 11 => Event::Permitted(dice.below(2)),
        12 => Event::Left(dice.name(), dice.address()),
        _ if dice.once_in(2) => Event::Told(format!("r{}", dice.below(14))),
        _ => Event::Order(format!("o{}", dice.below(12))),
    }
}

/// How the rows of a chunk are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    AtOnce,
    OneByOne,
}

struct Life {
    store: Store,
    dir: tempfile::TempDir,
    way: Way,
}

/// What these tests alone ask.
const fn alone(sql: &'static str) -> Statement {
    Statement { name: "test", sqlite: sql, postgres: sql }
}

impl Life {
    async fn new(way: Way, clock: &Arc<VirtualClock>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = clock.clone();
        let opening = Opening {
            database: Database::file(dir.path().join("comity.db")),
            left: None,
            journal: journal_in(dir.path()),
            keys: Arc::new(Keyring::derive(&[7; 32])),
            clock,
            watch: ClockWatch::Off,
            permit_life: Duration::from_secs(2),
            lasting: Lasting::ForEver,
            home: String::new(),
            kept: Some(dir.path().join("kept")),
        };
        Self { store: Store::open(opening).await.unwrap(), dir, way }
    }

    async fn tell(&self, text: String) {
        let told =
            self.store.change(move |desk| Box::pin(async move { desk.database.alone().await?.script(text).await }));
        told.await.unwrap();
    }

    /// What was answered.
    async fn live(&self, event: Event, now: i64) -> String {
        let way = self.way;
        match event {
            Event::Customers(rows) => {
                let put = self
                    .store
                    .errand_with_keys(20, move |desk| Box::pin(async move { put_customers(desk, &rows, way).await }));
                format!("{:?}", put.await.unwrap())
            }
            Event::Records(rows) => {
                let put = self
                    .store
                    .errand_with_keys(20, move |desk| Box::pin(async move { put_records(desk, &rows, way).await }));
                format!("{:?}", put.await.unwrap())
            }
            Event::Orders(rows) => {
                let put = self
                    .store
                    .errand_with_keys(20, move |desk| Box::pin(async move { put_orders(desk, &rows, way).await }));
                format!("{:?}", put.await.unwrap())
            }
            Event::Stop(name, purpose) => {
                let Some(customer) = self.known(&name).await else { return String::new() };
                let (customer, purpose) = (customer.handle, purpose.to_owned());
                let order = StopOrder { customer, purpose, via: StopVia::Page, plan: None, at: Instant::from_ms(now) };
                format!("{:?}", self.store.stop(order).await.unwrap())
            }
            Event::Erase(name) => {
                let Some(customer) = self.known(&name).await else { return String::new() };
                format!("{:?}", self.store.erase(customer.id, ErasedVia::Operator).await.unwrap())
            }
            Event::Bar(name, word) => {
                let Some(Customer { id: customer, .. }) = self.known(&name).await else { return String::new() };
                let (at, source, evidence) = (Instant::from_ms(now), "operator".to_owned(), Evidence::default());
                let bar = NewBar { customer, word, purpose: None, at, source, evidence };
                format!("{:?}", self.store.bar(bar).await.unwrap())
            }
            by_hand => {
                self.happen(by_hand, now).await;
                String::new()
            }
        }
    }

    /// What comes in by another way, put there by hand.
    async fn happen(&self, event: Event, now: i64) {
        match event {
            Event::Left(name, address) => {
                let Some(customer) = self.known(&name).await else { return };
                let former = crate::base::BlindIndex::of(self.store.keyring(), &address);
                let former = crate::base::hex(&former.0);
                self.tell(format!(
                    "INSERT INTO address_changes (customer, at, address, record, former, agreed_at, done_at)
                     VALUES ({}, {now}, x'', 0, x'{former}', {now}, {now})",
                    customer.id.0
                ))
                .await;
            }
            Event::Told(name) => {
                self.tell(format!(
                    "INSERT INTO visits (kind, external_id, source, record, turn, starts_at, sequence, state, reading, missed)
                     SELECT kind, external_id, 'salon', id, 0, 0, 0, 'live', 1, 0 FROM records
                     WHERE kind = 'visit' AND external_id = '{name}'
                       AND NOT EXISTS (SELECT 1 FROM visits v WHERE v.record = records.id)"
                ))
                .await;
            }
            Event::Permitted(half) => {
                self.tell(format!(
                    "INSERT INTO attempts (plan, customer, node, epoch, mailbox, purpose, marketing, state, permitted_at, counts_at)
                     SELECT p.id, p.customer, 1, p.epoch, c.mailbox, p.purpose, 1, 'permitted', {now}, {now}
                     FROM plans p JOIN customers c ON c.id = p.customer
                     WHERE p.state = 'planned' AND p.id % 2 = {half}
                       AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.plan = p.id AND a.closed_at IS NULL)"
                ))
                .await;
                let sending = "UPDATE plans SET state = 'sending'
                     WHERE id IN (SELECT plan FROM attempts WHERE state = 'permitted')";
                self.tell(sending.to_owned()).await;
            }
            Event::Order(id) => {
                self.tell(format!(
                    "INSERT INTO shop_orders (shop, id, customer, state, at)
                     SELECT 'shop', '{id}', MIN(id), '{{}}', {now} FROM customers HAVING MIN(id) IS NOT NULL
                     ON CONFLICT DO NOTHING"
                ))
                .await;
            }
            answered => unreachable!("{answered:?} is answered"),
        }
    }

    async fn known(&self, name: &str) -> Option<Customer> {
        self.store.find_by_external_id(name).await.unwrap()
    }

    /// All that is written, but for what is random.
    async fn tables(&self) -> String {
        let mut text = self.store.errand(|desk| Box::pin(tables(desk))).await.unwrap();
        let kept: u64 = std::fs::read_dir(self.dir.path().join("kept"))
            .map(|files| files.map(|file| file.unwrap().metadata().unwrap().len()).sum())
            .unwrap_or_default();
        writeln!(text, "kept outside: {kept} bytes").unwrap();
        text
    }
}

async fn put_customers(desk: &mut Desk, rows: &[CustomerRow], way: Way) -> Result<Applied, StoreError> {
    if way == Way::AtOnce {
        return bulk::put_customers(desk, rows, &Planner).await;
    }
    let (mut applied, mut people) = (Applied::default(), Vec::new());
    for row in rows.iter().enumerate() {
        let _ = customers::put_one(desk, row, &Planner, &mut people, &mut applied).await?;
    }
    applied.open.extend(cards::plan(desk, people, &Planner).await?);
    Ok(applied)
}

async fn put_records(desk: &mut Desk, rows: &[RecordRow], way: Way) -> Result<Applied, StoreError> {
    if way == Way::AtOnce {
        return bulk::put_records(desk, rows, &Planner).await;
    }
    let (mut applied, mut subjects) = (Applied::default(), Subjects::of(&Planner));
    for row in rows {
        applied.puts.push(records::put_one(desk, row, &mut subjects).await?);
    }
    applied.open = subjects.replan(desk).await?;
    Ok(applied)
}

async fn put_orders(desk: &mut Desk, rows: &[OrderRow], way: Way) -> Result<OrdersApplied, StoreError> {
    if way == Way::AtOnce {
        return bulk::put_orders(desk, rows, &Planner).await;
    }
    let (mut applied, mut subjects) = (OrdersApplied::default(), Subjects::of(&Planner));
    let (mut people, mut buyers) = (Vec::new(), Vec::new());
    for (place, row) in rows.iter().enumerate() {
        let told = alone("SELECT COUNT(*) FROM shop_orders WHERE id = $1 AND customer IS NOT NULL");
        let told = query_as::<i64>(told).bind(&row.order.1).fetch_one(desk.database.alone().await?).await?;
        if told > 0 {
            applied.told.push(place);
            applied.lines.puts.extend(row.lines.iter().map(|_| crate::store::Put::Unchanged));
            continue;
        }
        let customer = orders::put_one(desk, (place, row), &mut subjects, &mut people, &mut applied).await?;
        buyers.extend(customer.map(|customer| (place, row, customer)));
    }
    applied.lines.open.extend(cards::plan(desk, people, &Planner).await?);
    for (place, row, customer) in buyers {
        orders::agree(desk, (place, row), &customer, &Planner, &mut applied).await?;
    }
    applied.lines.open.extend(subjects.replan(desk).await?);
    Ok(applied)
}

async fn tables(desk: &mut Desk) -> Result<String, StoreError> {
    let mut text = String::new();
    for row in query(ALL_CUSTOMERS).fetch_all(desk.database.alone().await?).await? {
        let stored = StoredCustomer::read(&row)?;
        let Customer { id: CustomerId(id), address, fields, zone, language, version, .. } = stored.open(&desk.keys)?;
        let (address, name): (_, Option<String>) = (address.reveal(), row.try_get("external_id")?);
        writeln!(text, "customer {id} {name:?} {address} {fields:?} {zone:?} {language:?} {version}").unwrap();
    }
    let records = query(RECORDS_AFTER).bind(0_i64).bind(10_000_i64);
    for row in records.fetch_all(desk.database.alone().await?).await? {
        let stored = StoredRecord::read(&row)?;
        writeln!(text, "{:?} {}", stored.open(&desk.keys)?, stored.external_id).unwrap();
    }
    let plain = [
        "SELECT concat_ws(' ', 'confirmed', id, confirmed_at) FROM customers ORDER BY id",
        "SELECT concat_ws(' ', 'day', customer, field, day) FROM customer_days ORDER BY customer, field, day",
        "SELECT concat_ws(' ', 'consent', id, customer, purpose, kind, method, at, source, language, expires_at)
         FROM consents ORDER BY id",
        "SELECT concat_ws(' ', 'evidence', consent) FROM consent_evidence ORDER BY consent",
        "SELECT concat_ws(' ', 'suppression', id, hex(mailbox), purpose, reason, at) FROM suppressions ORDER BY id",
        "SELECT concat_ws(' ', 'ledger', id, at, customer, plan, attempt, happening) FROM ledger ORDER BY id",
        "SELECT concat_ws(' ', 'plan', id, customer, record, workflow, step, occurrence, state, due_at, epoch)
         FROM plans ORDER BY id",
        "SELECT concat_ws(' ', 'attempt', id, plan, state, closed_at) FROM attempts ORDER BY id",
        "SELECT concat_ws(' ', 'key', id, spare, wrapped IS NULL) FROM keystore.keys ORDER BY id",
        "SELECT concat_ws(' ', 'erased', hex(name), erasure) FROM erased_names ORDER BY name",
    ];
    for sql in plain {
        let rows: Vec<String> = query_as(alone(sql)).fetch_all(desk.database.alone().await?).await?;
        for row in rows {
            writeln!(text, "{row}").unwrap();
        }
    }
    Ok(text)
}

#[tokio::test]
async fn a_chunk_at_once_is_its_rows_one_after_the_other() {
    for seed in 0..RUNS {
        let clock = VirtualClock::starting_at(Instant::from_ms(START));
        let [at_once, one_by_one] = [Life::new(Way::AtOnce, &clock).await, Life::new(Way::OneByOne, &clock).await];
        let mut dice = Dice(seed);
        for day in 0..DAYS {
            let now = clock.now().ms();
            let event = event(&mut dice, now);
            let answers = [at_once.live(event.clone(), now).await, one_by_one.live(event.clone(), now).await];
            assert_eq!(answers[0], answers[1], "seed {seed}, day {day}: {event:#?}");
            let tables = [at_once.tables().await, one_by_one.tables().await];
            for (one, other) in tables[0].lines().zip(tables[1].lines()) {
                assert_eq!(one, other, "seed {seed}, day {day}: {event:#?}");
            }
            assert_eq!(tables[0], tables[1], "seed {seed}, day {day}");
            let next = Instant::from_ms(now + DAY);
            clock.allow_until(next);
            clock.wait_until(next).await;
        }
    }
}
