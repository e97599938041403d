//! The business that a simulation runs: its files, and its database as it is before anything happens. Made once; each run
//! has a copy of the database, on a disk that is memory where there is one.

use super::{
    clock::{NodeClock, SimClock},
    mistakes::{NOTHING, Plant},
    script::{BEGINS, CUSTOMERS, HOUR, SHARE},
};
use crate::support::import::import;
use comity::{
    base::{Clock, Handle, Instant, Zone, keys::Keyring},
    config::{self, Installation},
    deliver::Transport,
    engine::{
        files::in_force::Outfit,
        house::{
            key_file,
            lifecycle::{Engine, Means},
        },
        rehearse::paper::Paper,
    },
    store::{self, Dry, Lasting},
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::TempDir;

/// The customers' zone where they have none of their own.
pub const PARIS: &str = "Europe/Paris";
/// That of every fifth.
pub const NEW_YORK: &str = "America/New_York";

const POLICY: &str = r#"
[business]
name = "Salon Lumière"
postal_address = "12 rue des Lilas, 69001 Lyon, France"
reply_to = "hello@salon.example"
time_zone = "Europe/Paris"
language = "en"
currency = "EUR"

[purposes.reminders]
title = "Reminders"
promise = "We write before each visit."
basis = "contract"
[purposes.service]
title = "Service"
promise = "We write once shortly before a visit."
basis = "contract"
[purposes.tips]
title = "Tips"
promise = "A note now and then."
basis = "consent"
cap = { at_most = 1, per = "30 hours" }
[purposes.aftercare]
title = "Care"
promise = "A note after a visit."
basis = "consent"

[records.appointment.fields]
status = { type = "text", purposes = ["*"], keep = "90 days" }
starts_at = { type = "datetime", purposes = ["*"], keep = "90 days" }
slot = { type = "text", purposes = ["*"], keep = "90 days" }

[caps]
all-marketing = { at_most = 2, per = "3 days" }

[quiet_hours]
from = "20:00"
to = "08:00"
"#;

const SETTINGS: &str = r#"
[mail]
from = "reminders@salon.example"
[smtp]
host = "127.0.0.1"
port = 25
tls = "none-on-loopback"
lanes = 3
per_minute = 100000
[web]
listen = "127.0.0.1:0"
public_url = "https://stop.salon.example"
"#;

/// Name, purpose, trigger and the rest of each workflow. The name is the first word of the subject.
const WORKFLOWS: [(&str, &str, &str); 5] = [
    (
        "day",
        "reminders",
        "before = { field = \"starts_at\", by = [\"24h\"] }\nif_quiet = \"earlier\"\nif_uncertain = \"send-again\"",
    ),
    (
        "hour",
        "reminders",
        "before = { field = \"starts_at\", by = [\"2h\"] }\nif_quiet = \"earlier\"\nif_uncertain = \"send-again\"",
    ),
    ("once", "service", "before = { field = \"starts_at\", by = [\"3h\"] }\nif_quiet = \"later\""),
    ("tip", "tips", "before = { field = \"starts_at\", by = [\"26h\"] }\nif_quiet = \"later\""),
    (
        "care",
        "aftercare",
        "after = { field = \"starts_at\", by = [\"2h\"] }\nexpires = \"1 day\"\nif_quiet = \"later\"",
    ),
];

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

fn files(root: &Path, (right, wrong): (&str, &str)) {
    let write = |root: &Path, file: &str, text: &str| {
        write(root, file, &if right.is_empty() { text.to_owned() } else { text.replace(right, wrong) });
    };
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &root.join("templates"));
    write(root, "policy.toml", POLICY);
    write(root, "comity.toml", SETTINGS);
    for (name, purpose, trigger) in WORKFLOWS {
        let workflow = format!(
            "purpose = \"{purpose}\"\ntemplate = \"{name}\"\napproval = \"none\"\n\n[trigger]\nrecord = \"appointment\"\n\
             only_if = \"appointment.status == 'booked'\"\nif_moved = \"silent\"\n{trigger}\n"
        );
        let said = "{{business.name}}, {{business.postal_address}}: your visit on {{datetime appointment.starts_at}}. You get \
                    this because you have a visit, or asked for it.";
        write(root, &format!("workflows/{name}.toml"), &workflow);
        let place = |file: &str| format!("templates/mail/{name}/{file}");
        write(root, &place("subject.hbs"), &format!("{name} {{{{appointment.slot}}}}\n"));
        write(root, &place("body.txt.hbs"), &format!("{said} Stop: {{{{stop_url}}}}\n"));
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Visit</title></head><body><p>{said} \
             <a href=\"{{{{stop_url}}}}\">Stop these messages</a></p></body></html>\n"
        );
        write(root, &place("body.html.hbs"), &html);
        let sample = r#"{ "appointment": { "starts_at": "2027-03-30T10:00[Europe/Paris]", "slot": "v0@0", "status": "booked" } }"#;
        write(root, &place("sample.json"), sample);
    }
}

/// Where a customer's mail goes at first.
pub fn address(customer: usize) -> String {
    let customer = if customer == SHARE[1] { SHARE[0] } else { customer };
    format!("c{customer}@post{}.example", customer % 3)
}

/// In which zone they live.
pub fn zone(customer: usize) -> &'static str {
    if customer.is_multiple_of(5) { NEW_YORK } else { PARIS }
}

/// Whether they said yes before anything happens.
pub fn agreed(customer: usize) -> bool {
    customer % 4 != 3
}

fn customers() -> String {
    (0..CUSTOMERS).fold("id;email;time_zone;consent:tips;consent:aftercare\n".to_owned(), |mut text, n| {
        let yes = if agreed(n) { "2027-01-02" } else { "" };
        writeln!(text, "C{n};{};{};{yes};{yes}", address(n), zone(n)).unwrap();
        text
    })
}

/// See the module.
pub struct House {
    data: TempDir,
    installation: Installation,
    keys: Arc<Keyring>,
    /// What each customer is called in links, at first.
    pub handles: Vec<Handle>,
}

/// A folder that lies in memory, where there is such a place: nobody waits for its disk.
pub fn folder() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.or_else(|_| tempfile::tempdir()).unwrap()
}

impl House {
    /// The one that simulations run, with this mistake in its files.
    pub fn of(plant: &Plant) -> Arc<Self> {
        static HOUSES: Mutex<BTreeMap<(&str, &str), Arc<House>>> = Mutex::new(BTreeMap::new());
        let mut houses = HOUSES.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(houses.entry(plant.files).or_insert_with(|| Arc::new(Self::made(plant.files))))
    }

    fn made(mistake: (&str, &str)) -> Self {
        let root = folder();
        files(root.path(), mistake);
        let mut installation = config::load(root.path()).unwrap_or_else(|error| panic!("{error:?}"));
        let data = folder();
        installation.config.data = data.path().to_owned();
        installation.config.checkpoints = data.path().join("checkpoints");
        let keys = Arc::new(key_file::load(data.path()).unwrap());
        let mut house = Self { data, installation, keys, handles: vec![] };
        house.handles = house.furnish();
        house
    }

    fn furnish(&self) -> Vec<Handle> {
        let house = || async {
            let clock = SimClock::at(BEGINS - HOUR).of(0);
            let paper: Arc<dyn Transport> = Arc::new(Paper::new(clock.clone()));
            let engine = self.engine(self.data.path(), clock, paper, &NOTHING).await.unwrap();
            let office = engine.office();
            let what = office.what("customers", "customers.csv".to_owned(), BTreeSet::new()).unwrap();
            let imported = import(&office, what, vec![Ok(customers().into_bytes())], Dry::Apply).await;
            assert_eq!(imported.report().created, CUSTOMERS as u64, "{imported:?}");
            let mut handles = vec![];
            for n in 0..CUSTOMERS {
                handles.push(engine.store.find_by_external_id(&format!("C{n}")).await.unwrap().unwrap().handle);
            }
            engine.close().await;
            handles
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(house())
    }

    /// A copy of its database, with this done to it.
    pub fn copy(&self, sql: &'static str) -> TempDir {
        let place = folder();
        copy(self.data.path(), place.path());
        if !sql.is_empty() {
            let spoil = async {
                let options = SqliteConnectOptions::new().filename(store::file_in(place.path()));
                let mut database = SqliteConnection::connect_with(&options).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut database).await.unwrap();
                database.close().await.unwrap();
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(spoil);
        }
        place
    }

    /// The data directory of a node: that of the copy; or, where there are several, one of its own with their database in it.
    pub fn data_of(node: usize, copy: &Path, nodes: usize) -> PathBuf {
        if nodes == 1 {
            return copy.to_owned();
        }
        let place = copy.join(format!("node-{node}"));
        fs::create_dir(&place).unwrap();
        let rows = store::file_in(copy);
        for file in [rows.with_extension("keys.db"), rows] {
            std::os::unix::fs::symlink(&file, place.join(file.file_name().unwrap())).unwrap();
        }
        place
    }

    /// A daemon's engine over this copy.
    pub async fn engine(
        &self,
        data: &Path,
        clock: Arc<NodeClock>,
        transport: Arc<dyn Transport>,
        plant: &Plant,
    ) -> anyhow::Result<Engine> {
        let mut installation = self.installation.clone();
        installation.config.data = data.to_owned();
        installation.config.checkpoints = data.join("checkpoints");
        let paper = Arc::new(Paper::new(clock.clone()));
        let outfit = Outfit { transport, ..Outfit::on(paper, &installation)? };
        let (clock, keys) = (clock as Arc<dyn Clock>, Arc::clone(&self.keys));
        let means = Means { clock, watch: plant.watch, outfit, keys, lasting: Lasting::ForEver };
        Engine::open(Arc::new(installation), means).await
    }
}

/// What a wall in this zone shows.
pub fn local(zone: &str, at: Instant) -> chrono::NaiveDateTime {
    Zone::parse(zone).unwrap().local(at)
}
