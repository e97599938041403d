//! The sample shop's files over customers of the test's own: two circles of people, those who drink tea and those who wash with good
//! soap, each of whom bought five of the eight things of their circle. What goes with what is therefore known beforehand.

use super::{clock::HandClock, daemon::Daemon, import::import, proof, real::Premises};
use comity::{
    base::{Clock, CustomerId, Instant, PlanId, Recommended, Value},
    engine::{arrivals::import::Report, recommending::Published},
    people::Customer,
    store::Dry,
    trigger::Record,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
    time::Duration,
};

/// Things of a circle.
pub const THINGS: usize = 8;
/// A day.
pub const DAY: Duration = Duration::from_hours(24);
const CIRCLES: [(&str, &str); 2] = [("T", "Tea"), ("S", "Soap")];

/// Somebody.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their id in the shop's list.
    pub id: String,
    /// Whether they agreed to recommendations.
    pub agreed: bool,
    /// What they bought, by SKU, how many days ago, and how the order stands.
    pub bought: Vec<(String, u64, &'static str)>,
}

impl Person {
    /// The n-th person: of the one circle or of the other, in turn.
    pub fn number(n: usize, agreed: bool) -> Self {
        let (letter, _) = CIRCLES[n % 2];
        let things = (0..THINGS).filter(|thing| (thing + THINGS - n / 2 % THINGS) % THINGS > 2);
        let ago = |thing: usize| 40 + ((n * 7 + thing * 13) % 150) as u64;
        let bought = things.map(|thing| (format!("{letter}{thing}"), ago(thing), "paid")).collect();
        Self { id: format!("P{n:03}"), agreed, bought }
    }

    /// What they haven't got of their circle.
    pub fn lacks(&self) -> BTreeSet<String> {
        let letter = self.bought[0].0.chars().next().unwrap();
        let has: BTreeSet<&String> = self.bought.iter().map(|(sku, _, _)| sku).collect();
        (0..THINGS).map(|thing| format!("{letter}{thing}")).filter(|sku| !has.contains(sku)).collect()
    }
}

/// So many people, of whom these agreed.
pub fn people(count: usize, agreed: impl Fn(usize) -> bool) -> Vec<Person> {
    (0..count).map(|n| Person::number(n, agreed(n))).collect()
}

/// See the module.
pub struct Shop {
    pub daemon: Daemon,
}

impl Shop {
    /// A shop with these people and its whole catalogue.
    pub async fn with(people: &[Person]) -> Self {
        Self::by(people, |policy| policy).await
    }

    /// By another policy than the sample's.
    pub async fn by(people: &[Person], policy: impl FnOnce(String) -> String) -> Self {
        let daemon = Daemon::over(premises(policy), HandClock::new()).await;
        let shop = Self { daemon };
        shop.bring("products", &catalogue(|_| true)).await;
        shop.bring("customers", &customers(people, shop.now())).await;
        shop.bring("purchases", &purchases(people, shop.now())).await;
        shop
    }

    pub fn now(&self) -> Instant {
        self.daemon.clock.now()
    }

    /// Imports a table.
    pub async fn bring(&self, kind: &str, table: &str) -> Report {
        let office = self.daemon.engine.office();
        let what = office.what(kind, format!("{kind}.csv"), BTreeSet::new()).unwrap();
        let done = import(&office, what, vec![Ok(table.as_bytes().to_vec())], Dry::Apply).await;
        assert!(done.rejections.is_empty(), "{kind}: {:?}", done.reasons());
        done.end.unwrap_or_else(|failure| panic!("{}", failure.why))
    }

    /// Makes a batch.
    pub async fn publish(&self) -> Published {
        self.daemon.engine.recommender().publish().await.unwrap().unwrap()
    }

    /// Two weeks on: everybody may be recommended something again.
    pub fn two_weeks_on(&self) {
        self.daemon.clock.go_on(14 * DAY);
    }

    pub async fn known(&self, id: &str) -> Customer {
        self.daemon.engine.store.find_by_external_id(id).await.unwrap().unwrap()
    }

    /// The records by which somebody was recommended something, the newest last.
    pub async fn records(&self, id: &str) -> Vec<Record> {
        let customer = self.known(id).await;
        self.records_of(customer.id).await
    }

    /// The messages about what was recommended to them, the newest last.
    pub async fn messages(&self, id: &str) -> Vec<PlanId> {
        let customer = self.known(id).await;
        let plans = self.daemon.engine.store.plans_of(customer.id).await.unwrap();
        let mut plans: Vec<PlanId> =
            plans.iter().filter(|plan| plan.facts.purpose == "recommendations").map(|plan| plan.facts.id).collect();
        plans.sort_unstable();
        plans
    }

    async fn records_of(&self, customer: CustomerId) -> Vec<Record> {
        let kinds = ["recommendation".to_owned(), "replenishment".to_owned()];
        let store = &self.daemon.engine.store;
        let mut records = Vec::new();
        for kind in &kinds {
            records.extend(store.shopping_of(customer, kind, &[]).await.unwrap().lines);
        }
        records.sort_by_key(|record| record.id);
        records
    }

    /// What was recommended to them last, and whether it is more of what they have.
    pub async fn last(&self, id: &str) -> Vec<Recommended> {
        self.records(id).await.last().map(products).unwrap_or_default()
    }

    /// All that was recommended to anybody, by their id.
    pub async fn everything(&self) -> BTreeMap<String, Vec<Vec<Recommended>>> {
        let mut all = BTreeMap::new();
        for customer in self.daemon.engine.store.customers_after(CustomerId(0), 10_000).await.unwrap() {
            let lists: Vec<_> = self.records_of(customer).await.iter().map(products).collect();
            if !lists.is_empty() {
                let known = self.daemon.engine.store.find_customers(&BTreeSet::from([customer])).await.unwrap();
                let address = known[&customer].address.reveal();
                all.insert(address.split('@').next().unwrap().to_uppercase(), lists);
            }
        }
        all
    }
}

/// All products that a record recommends.
pub fn products(record: &Record) -> Vec<Recommended> {
    let lists = record.fields.values().filter_map(|value| match value {
        Value::Products(products) => Some(products.clone()),
        _ => None,
    });
    lists.flatten().collect()
}

/// The sample shop's folder, by this policy.
pub fn premises(policy: impl FnOnce(String) -> String) -> Premises {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![("comity.toml".to_owned(), proof::settings(25))];
    below(&root.join("samples/shop"), Path::new(""), &mut files);
    for name in ["confirm-sign-up", "own-data"] {
        let path = format!("workflows/{name}.toml");
        files.push((path.clone(), fs::read_to_string(root.join(path)).unwrap()));
    }
    for (path, text) in &mut files {
        if path == "policy.toml" {
            *text = policy(std::mem::take(text));
            break;
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Premises::new(&files)
}

fn below(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            below(root, &path, files);
        } else {
            files.push((path.to_str().unwrap().to_owned(), fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

/// The catalogue; whether each can be had.
pub fn catalogue(in_stock: impl Fn(&str) -> bool) -> String {
    let mut table = String::from("sku;name;category;price;stock;maker\n");
    for (letter, category) in CIRCLES {
        for thing in 0..THINGS {
            let sku = format!("{letter}{thing}");
            let stock = usize::from(in_stock(&sku));
            writeln!(
                table,
                "{sku};{category} number {thing};{category};{}.50 EUR;{stock};Maker {}",
                4 + thing,
                thing % 3
            )
            .unwrap();
        }
    }
    writeln!(table, "R0;Drops for the night;Remedies;9.90 EUR;5;Maker 1").unwrap();
    table
}

/// The shop's list of people.
pub fn customers(people: &[Person], now: Instant) -> String {
    let since = day(now, 250);
    let mut table = String::from("id;email;first_name;language;consent:recommendations\n");
    for person in people {
        let agreed = if person.agreed { since.as_str() } else { "" };
        writeln!(table, "{0};{0}@post.example;Anna;en;{agreed}", person.id).unwrap();
    }
    table
}

/// What they bought.
pub fn purchases(people: &[Person], now: Instant) -> String {
    let mut table = String::from("id;customer;status;bought_at;sku;product;category\n");
    for person in people {
        for (number, (sku, ago, status)) in person.bought.iter().enumerate() {
            let category = if sku.starts_with('R') { "Remedies" } else { "" };
            let at = day(now, *ago);
            writeln!(table, "{0}-{number};{0};{status};{at}T12:00;{sku};Bought {sku};{category}", person.id).unwrap();
        }
    }
    table
}

fn day(now: Instant, ago: u64) -> String {
    let at = comity::base::Zone::UTC.local(now) - chrono::Days::new(ago);
    at.date().to_string()
}
