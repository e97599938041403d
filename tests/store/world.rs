//! A salon with a database in a temporary folder, a clock in the hand, and the real gate.

use super::{HOME, Home};
use crate::support::{
    anna::{self, REMINDERS, at, civil, paris},
    postgres,
};
use comity::{
    base::{
        AttemptId, Clock, CustomerId, EmailAddress, Handle, Instant, NodeId, PlanId, Value, Zone, civil::CivilTime,
        keys::Keyring, value::Fields,
    },
    clock::{ClockWatch, VirtualClock},
    gate::{
        self, Decision, Facts, Rules, Wants,
        facts::{PlanFacts, Word},
    },
    ledger::{Attempt, Carried, Entry, Receipt, Reply, entry::StopVia},
    people::{Answer, Customer},
    plan::{PlanState, Planned, reconcile, schedule},
    policy::{Matching, Nature, Policy, cap::RecordField},
    store::{
        About, AfterUncertain, Applied, Claimed, CustomerRef, CustomerRow, Database, Decide, Dry, Gathering, Hear,
        Heard, Lasting, Next, Opening, Permission, PlanRow, PlansOf, Published, RecordRow, Refusal, Replan, Server,
        StopOrder, Stopped, Store, StoreError, WorkflowChanges,
        calendar::{Teller, VisitContent, VisitRow},
        notices::Way,
    },
    trigger::{self, News, Record, RecordStatus, Subject},
    workflow::Workflow,
};
use sqlx::{Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs, iter,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

/// The policy, the workflow, and the engine's two answers.
pub struct House {
    pub policy: Policy,
    pub workflow: Workflow,
    pub clock: Arc<VirtualClock>,
}

impl Decide for House {
    fn decide(&self, facts: &Facts) -> Decision {
        let workflow = (facts.plan.workflow == self.workflow.name).then_some(&self.workflow);
        gate::decide(facts, &Rules { policy: &self.policy, workflow })
    }

    fn occurrence(&self, _plan: &PlanFacts, record: &Record, _: &Fields, customer_zone: Zone) -> Option<String> {
        trigger::occurrence(&self.workflow, record, customer_zone).map(|occurrence| occurrence.key)
    }

    fn fallback_zone(&self) -> Zone {
        self.policy.business.time_zone
    }

    fn revision(&self) -> &'static str {
        "r1"
    }

    fn look_back(&self) -> Duration {
        Duration::from_hours(24 * 7)
    }

    fn gathering(&self, _: &PlanFacts, _: Instant) -> Option<Gathering> {
        None
    }

    fn is_live(&self, _: &Gathering, _: Option<&Word>, _: Instant) -> bool {
        false
    }

    fn gathered(&self, _: &Gathering, _: &Record, _: Option<Zone>) -> Option<Planned> {
        None
    }

    fn counted_by(&self, _: &PlanFacts) -> Vec<RecordField> {
        Vec::new()
    }

    fn wants(&self, plan: &PlanFacts) -> Wants {
        gate::wants(&self.workflow, plan, iter::empty(), self.fallback_zone())
    }
}

impl Replan for House {
    fn replan(&self, subject: &Subject, existing: &PlansOf) -> Vec<WorkflowChanges> {
        let Subject { record, customer, .. } = subject;
        let zone = customer.zone.unwrap_or(self.policy.business.time_zone);
        let wanted = trigger::occurrence(&self.workflow, record, zone)
            .map(|occurrence| schedule::schedule(&self.workflow, &self.policy, &occurrence, &record.fields, zone))
            .unwrap_or_default();
        let existing = existing.get(&self.workflow.name).map_or(&[][..], Vec::as_slice);
        let changes = reconcile::reconcile(&self.workflow, self.clock.now(), &wanted, existing, record.version);
        vec![WorkflowChanges {
            workflow: self.workflow.name.clone(),
            purpose: self.workflow.purpose.clone(),
            marketing: self.policy.purposes.get(&self.workflow.purpose).is_some_and(|p| p.basis.is_marketing()),
            ended_by: None,
            changes,
        }]
    }

    fn concerns(&self, _: &Customer, _: &News) -> bool {
        false
    }

    fn nature(&self, _: &str) -> Nature {
        Nature::Lasting
    }

    fn zone(&self) -> Zone {
        self.policy.business.time_zone
    }

    fn matching(&self) -> Matching {
        self.policy.matching.clone()
    }

    fn outdate(&self, _: &Record, _: &mut Record) {}
}

impl Hear for House {
    fn hear(&self, _: &PlanFacts, _: &Customer, _: &Record, _: Answer) -> Heard {
        Heard::NotAsked
    }

    fn tell(&self, _: &Record, _: Answer, _: Instant) -> Vec<(Way, Instant)> {
        Vec::new()
    }
}

/// See the module.
pub struct World {
    pub dir: TempDir,
    pub clock: Arc<VirtualClock>,
    pub house: Arc<House>,
    pub store: Store,
    pub node: NodeId,
    /// The address of its database, where that is on a server.
    pub url: Option<String>,
}

/// Saturday, 20 March 2027, at noon: ten days before Anna's visit.
pub const START: &str = "2027-03-20T12:00";
/// Anna's visit.
pub const VISIT: &str = "2027-03-30T10:00";
/// When her first reminder is due.
pub const DAY_BEFORE: &str = "2027-03-29T10:00";

pub fn keys() -> Arc<Keyring> {
    Arc::new(Keyring::derive(&[7; 32]))
}

impl World {
    pub async fn new() -> Self {
        Self::with(anna::policy(), anna::workflow(&["24h", "2h"])).await
    }

    pub async fn with(policy: Policy, workflow: Workflow) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = VirtualClock::starting_at(at(START));
        let house = Arc::new(House { policy, workflow, clock: Arc::clone(&clock) });
        let url = (HOME == Home::Postgres).then(postgres::database);
        let store = open(&dir.path().join("comity.db"), url.as_deref(), &clock).await.unwrap();
        let (node, _) = store.begin_node(AfterUncertain::default()).await.unwrap();
        store.put_in_force("r1", Published::default()).await.unwrap();
        store.adopt("r1").await.unwrap();
        Self { dir, clock, house, store, node, url }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("comity.db")
    }

    /// Another store over the same database.
    pub async fn open(&self) -> Result<Store, StoreError> {
        open(&self.path(), self.url.as_deref(), &self.clock).await
    }

    /// The process dies, and another one starts.
    pub async fn restart(&mut self, after: AfterUncertain) -> comity::store::Rescued {
        self.store.close().await;
        self.store = self.open().await.unwrap();
        let (node, rescued) = self.store.begin_node(after).await.unwrap();
        self.node = node;
        rescued
    }

    /// The time comes.
    pub async fn until(&self, civil: &str) {
        self.clock.allow_until(at(civil));
        self.clock.wait_until(at(civil)).await;
    }

    pub async fn customers(&self, rows: Vec<CustomerRow>) -> Applied {
        self.store.put_customers(rows, self.house.clone(), Dry::Apply).await.unwrap()
    }

    pub async fn records(&self, rows: Vec<RecordRow>) -> Applied {
        self.store.put_records(rows, self.house.clone(), Dry::Apply).await.unwrap()
    }

    /// A customer with one visit.
    pub async fn visit(&self, name: &str, start: &str) -> Customer {
        let _ = self.customers(vec![customer(name)]).await;
        let _ = self.records(vec![appointment(name, start)]).await;
        self.known(name).await
    }

    pub async fn known(&self, name: &str) -> Customer {
        self.store.find_by_external_id(name).await.unwrap().unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    pub async fn plans(&self, customer: &Customer) -> Vec<PlanRow> {
        self.store.plans_of(customer.id).await.unwrap()
    }

    pub async fn plan(&self, plan: PlanId) -> PlanRow {
        self.store.plan(plan).await.unwrap().unwrap()
    }

    pub async fn state(&self, plan: PlanId) -> PlanState {
        self.plan(plan).await.state
    }

    pub async fn claim(&self) -> Vec<Claimed> {
        self.store.claim(self.node, self.clock.now(), 100).await.unwrap()
    }

    /// The only plan that is due.
    pub async fn claim_one(&self) -> Claimed {
        let mut claimed = self.claim().await;
        assert_eq!(claimed.len(), 1, "one plan is due: {claimed:?}");
        claimed.remove(0)
    }

    pub async fn ask(&self, claimed: &Claimed) -> Permission {
        self.try_ask(claimed).await.unwrap()
    }

    pub async fn try_ask(&self, claimed: &Claimed) -> Result<Permission, StoreError> {
        self.store.permit(self.node, Arc::new(claimed.clone()), self.house.clone()).await
    }

    pub async fn permit(&self, claimed: &Claimed) -> Attempt {
        permitted(self.ask(claimed).await)
    }

    /// Claim, permit and intent of the only plan that is due.
    pub async fn on_the_wire(&self) -> (Claimed, Attempt) {
        let claimed = self.claim_one().await;
        let attempt = self.permit(&claimed).await;
        self.store.intent(attempt.id(), [1; 32]).await.unwrap();
        (claimed, attempt)
    }

    /// Rules of this revision know nothing of its workflow.
    pub async fn refuse(&self, claimed: &Claimed, by: &str) {
        let refusal = Refusal { rule: gate::Rule::Relevance, reason: gate::Reason::WorkflowGone };
        self.store.refuse(claimed.plan.id, claimed.plan.epoch, refusal, by).await.unwrap();
    }

    pub async fn close(&self, attempt: &Attempt, receipt: Receipt, next: Next) {
        let carried = Carried { attempt: attempt.id(), plan: attempt.plan(), receipt };
        self.store.receipt(carried, next).await.unwrap();
    }

    pub async fn stop(&self, customer: &Customer) -> Stopped {
        self.store.stop(stop_order(customer.handle, self.clock.now())).await.unwrap()
    }

    pub async fn history(&self, plan: PlanId) -> Vec<Entry> {
        self.store.history(About::Plan(plan)).await.unwrap()
    }

    /// A look into the database by a connection of its own.
    pub async fn sql(&self, text: &'static str) -> Vec<String> {
        self.try_sql(text).await.unwrap()
    }

    pub async fn try_sql(&self, text: &'static str) -> Result<Vec<String>, sqlx::Error> {
        if let Some(url) = &self.url {
            let mut connection = PgConnection::connect(url).await?;
            let rows = sqlx::query_scalar(text).fetch_all(&mut connection).await;
            connection.close().await?;
            return rows;
        }
        let options = SqliteConnectOptions::new().filename(self.path());
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let rows = sqlx::query_scalar(text).fetch_all(&mut connection).await;
        connection.close().await?;
        rows
    }

    /// A copy of the rows as they are, and of no file beside them. Whoever works on goes on in the world that comes back.
    pub async fn copied(self) -> (Self, Copy) {
        self.store.close().await;
        let copy = if let Some(url) = &self.url {
            Copy::Server(postgres::copy(url))
        } else {
            let folder = tempfile::tempdir().unwrap();
            fs::copy(self.path(), folder.path().join("comity.db")).unwrap();
            Copy::File(folder)
        };
        (self.opened_anew().await, copy)
    }

    /// The rows as they were, in the place of those that are.
    pub async fn restored(mut self, old: Copy) -> Self {
        self.store.close().await;
        match old {
            Copy::Server(url) => self.url = Some(url),
            Copy::File(folder) => {
                for left in ["comity.db-wal", "comity.db-shm"] {
                    let _ = fs::remove_file(self.dir.path().join(left));
                }
                fs::copy(folder.path().join("comity.db"), self.path()).unwrap();
            }
        }
        self.opened_anew().await
    }

    async fn opened_anew(self) -> Self {
        let store = self.open().await.unwrap();
        let (node, _) = store.begin_node(AfterUncertain::default()).await.unwrap();
        Self { store, node, ..self }
    }
}

/// The rows as they were.
pub enum Copy {
    File(TempDir),
    Server(String),
}

pub async fn open<C: Clock + 'static>(path: &Path, url: Option<&str>, clock: &Arc<C>) -> Result<Store, StoreError> {
    Store::open(opening(path, url, clock)).await
}

pub fn opening<C: Clock + 'static>(path: &Path, url: Option<&str>, clock: &Arc<C>) -> Opening {
    let clock: Arc<dyn Clock> = clock.clone();
    let database = match url {
        Some(url) => Database::Server(Server::parse(url, None).unwrap()),
        None => Database::file(path.to_owned()),
    };
    Opening {
        left: None,
        database,
        journal: path.with_file_name("journal"),
        keys: keys(),
        clock,
        watch: ClockWatch::Off,
        permit_life: Duration::from_secs(2),
        lasting: Lasting::ForEver,
        home: String::new(),
        kept: Some(path.with_file_name("kept")),
    }
}

pub fn permitted(permission: Permission) -> Attempt {
    match permission {
        Permission::Permitted(attempt) => attempt,
        other => panic!("the gate lets it go, but the store says {other:?}"),
    }
}

/// By the address, as it stands in a file.
pub fn by_address(name: &str) -> CustomerRef {
    let text = format!("{name}@salon.example");
    CustomerRef::Address { address: EmailAddress::parse(&text).unwrap(), text }
}

pub fn address(name: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{name}@salon.example")).unwrap()
}

pub fn customer(name: &str) -> CustomerRow {
    CustomerRow {
        external_id: Some(name.to_owned()),
        address: address(name),
        fields: Fields::from([("first_name".to_owned(), Value::Text(name.to_owned()))]),
        untold: Arc::default(),
        zone: None,
        language: None,
        consents: Vec::new(),
    }
}

/// The visit with the customer's name as its id.
pub fn appointment(name: &str, start: &str) -> RecordRow {
    RecordRow {
        kind: "appointment".to_owned(),
        external_id: name.to_owned(),
        customer: CustomerRef::ExternalId(name.to_owned()),
        fields: Fields::from([(
            "starts_at".to_owned(),
            Value::Datetime(CivilTime { local: civil(start), zone: Some(paris()) }),
        )]),
        untold: Arc::default(),
        left_to_calendars: Arc::default(),
        status: Some(RecordStatus::Live),
    }
}

pub fn cancelled(name: &str, start: &str) -> RecordRow {
    RecordRow { status: Some(RecordStatus::Cancelled), ..appointment(name, start) }
}

pub fn stop_order(customer: Handle, at: Instant) -> StopOrder {
    StopOrder { customer, purpose: REMINDERS.to_owned(), via: StopVia::OneClick, plan: None, at }
}

pub fn accepted() -> Receipt {
    Receipt::Accepted(reply(250, None))
}

pub fn reply(code: u16, enhanced: Option<(u8, u16, u16)>) -> Reply {
    Reply { code, enhanced, text: "as scripted".to_owned() }
}

pub fn ids(plans: &[Claimed]) -> Vec<CustomerId> {
    plans.iter().map(|claimed| claimed.plan.customer).collect()
}

pub fn attempt_ids(attempts: &[&Attempt]) -> Vec<AttemptId> {
    attempts.iter().map(|attempt| attempt.id()).collect()
}

/// A reading of the salon's calendar.
pub fn reading(fetch: i64) -> Teller {
    Teller::Calendar { name: "salon".into(), fetch }
}

/// A visit of these people, by the salon's calendar.
pub fn told_visit(id: &str, people: &[&str], start: &str) -> VisitRow {
    let row = appointment("", start);
    VisitRow {
        teller: reading(1),
        kind: row.kind,
        external_id: id.to_owned(),
        starts_at: at(start),
        sequence: 0,
        status: RecordStatus::Live,
        content: VisitContent {
            fields: row.fields,
            untold: Arc::new(["stylist".to_owned()].into()),
            people: people.iter().map(|name| (address(name), Some((*name).to_owned()))).collect(),
            texts: vec!["Cut".to_owned()],
        },
    }
}
