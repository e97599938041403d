//! An engine at work in this process, by a clock in the hand, sending on paper.

use super::{clock::HandClock, proof, real::Premises};
use comity::{
    base::{Clock, EmailAddress, Instant, NodeId, Value, Zone, civil::CivilTime, value::Fields},
    clock::{ClockWatch, SystemClock},
    config::{self, Trace},
    engine::{
        files::{Files, Fitting, in_force::Outfit},
        house::{
            key_file,
            lifecycle::{Engine, Means},
        },
        rehearse::paper::Paper,
        run::Going,
    },
    ledger::Entry,
    people::Customer,
    store::{About, CustomerRef, CustomerRow, Dry, Lasting, Put, RecordRow},
    trigger::RecordStatus,
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinHandle};

/// How long a test looks before it gives up: far more than it needs, even on a busy machine.
pub const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(1);
/// Between two beats.
const BEAT: Duration = Duration::from_secs(5);

/// The first incarnation over a database.
pub const NODE: NodeId = NodeId(1);

/// See the module.
pub struct Daemon {
    pub clock: Arc<HandClock>,
    pub engine: Arc<Engine>,
    pub premises: Premises,
    trace: Trace,
    paper: Arc<Paper>,
    fitting: Fitting,
    going: watch::Sender<Going>,
    running: Option<JoinHandle<()>>,
}

impl Daemon {
    /// Opened, and not yet running.
    pub async fn open() -> Self {
        Self::over(proof::premises_to(25), HandClock::new()).await
    }

    /// Opened over what an earlier one left.
    pub async fn over(premises: Premises, clock: Arc<HandClock>) -> Self {
        let paper = Arc::new(Paper::new(clock.clone() as Arc<dyn Clock>));
        let sheets = paper.clone();
        let fitting: Fitting = Arc::new(move |installation| Outfit::on(sheets.clone(), installation));
        Self::sending(premises, clock, fitting, paper).await
    }

    /// The same, sending otherwise than on paper.
    pub async fn with(premises: Premises, clock: Arc<HandClock>, fitting: Fitting) -> Self {
        let paper = Arc::new(Paper::new(clock.clone() as Arc<dyn Clock>));
        Self::sending(premises, clock, fitting, paper).await
    }

    async fn sending(premises: Premises, clock: Arc<HandClock>, fitting: Fitting, paper: Arc<Paper>) -> Self {
        let (installation, trace) = config::load_still(premises.path(), &Trace::default());
        let installation = Arc::new(installation.unwrap());
        let means = Means {
            clock: clock.clone(),
            watch: ClockWatch::On,
            keys: Arc::new(key_file::load(&installation.config.data).unwrap()),
            outfit: fitting(&installation).unwrap(),
            lasting: Lasting::ForEver,
        };
        let engine = Arc::new(Engine::open(installation, means).await.unwrap());
        Self { clock, engine, trace, premises, paper, fitting, going: watch::Sender::new(Going::On), running: None }
    }

    /// Opened and running.
    pub async fn start() -> Self {
        let mut daemon = Self::open().await;
        daemon.run().await;
        daemon
    }

    /// Runs, up to the wait for the first beat.
    pub async fn run(&mut self) {
        let before = self.clock.waits(BEAT);
        let (engine, going) = (Arc::clone(&self.engine), self.going.subscribe());
        self.running = Some(tokio::spawn(async move { engine.run(going).await }));
        eventually("it runs", async || self.clock.waits(BEAT) > before).await;
    }

    /// Lets the time to the next beat pass, and the beat happen.
    pub async fn beat(&self) {
        let before = self.clock.waits(BEAT);
        assert!(before > 0, "it runs");
        self.clock.go_on(BEAT);
        eventually("a beat", async || self.clock.waits(BEAT) > before).await;
    }

    /// Lets beats pass until it is so.
    pub async fn beat_until(&self, what: &str, mut look: impl AsyncFnMut() -> bool) {
        for _ in 0..1000 {
            if look().await {
                return;
            }
            self.beat().await;
        }
        panic!("never: {what}");
    }

    /// Does something to its database, behind its back.
    pub async fn sql(&self, text: &'static str) {
        let options = SqliteConnectOptions::new().filename(self.premises.path().join("data/comity.db"));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(text).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Ends it in good order; what is left is its installation and its clock.
    pub async fn end(mut self) -> (Premises, Arc<HandClock>) {
        self.going.send_replace(Going::Soft);
        if let Some(running) = self.running.take() {
            running.await.unwrap();
        }
        self.engine.close().await;
        (self.premises, self.clock)
    }

    /// A customer with a visit, whose two reminders (one of each workflow) are due after this time.
    pub async fn visit(&self, name: &str, due_after: Duration) -> Customer {
        let customer = CustomerRow {
            external_id: Some(name.to_owned()),
            address: EmailAddress::parse(&format!("{name}@salon.example")).unwrap(),
            fields: Fields::new(),
            untold: Arc::default(),
            zone: None,
            language: None,
            consents: Vec::new(),
        };
        let start = self.clock.now().plus(due_after + Duration::from_hours(1));
        let starts_at = CivilTime { local: Zone::UTC.local(start), zone: Some(Zone::UTC) };
        let record = RecordRow {
            kind: "appointment".to_owned(),
            external_id: name.to_owned(),
            customer: CustomerRef::ExternalId(name.to_owned()),
            fields: Fields::from([("starts_at".to_owned(), Value::Datetime(starts_at))]),
            untold: Arc::default(),
            left_to_calendars: Arc::default(),
            status: Some(RecordStatus::Live),
        };
        let store = &self.engine.store;
        let put = store.put_customers(vec![customer], self.engine.in_force.clone(), Dry::Apply).await.unwrap();
        assert_eq!(put.puts, [Put::Created]);
        let put = store.put_records(vec![record], self.engine.in_force.clone(), Dry::Apply).await.unwrap();
        assert_eq!(put.puts, [Put::Created]);
        self.look();
        store.find_by_external_id(name).await.unwrap().unwrap()
    }

    /// Has the loop look at what is due.
    pub fn look(&self) {
        self.engine.wake.notify_one();
    }

    /// When what left did.
    pub fn left(&self) -> Vec<Instant> {
        self.paper.sheets().lock().unwrap().iter().map(|sheet| sheet.at).collect()
    }

    /// The subjects of what left.
    pub fn subjects(&self) -> Vec<String> {
        self.paper.sheets().lock().unwrap().iter().map(|sheet| sheet.subject.clone()).collect()
    }

    /// Its files.
    pub fn files(&self) -> Arc<Files> {
        Arc::new(self.engine.files(self.premises.path(), self.trace.clone(), self.fitting.clone()))
    }

    pub async fn history(&self, customer: &Customer) -> Vec<Entry> {
        self.engine.store.history(About::Customer(customer.id)).await.unwrap()
    }
}

/// Looks until it is so. No time passes by the clock in the hand.
pub async fn eventually(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let over = SystemClock.boot().plus(PATIENCE);
    while !look().await {
        assert!(SystemClock.boot() < over, "never: {what}");
        SystemClock.wait_for(LOOK).await;
    }
}
