//! Who agreed, what they bought, and what is sold: put into a till that takes nothing else.

use crate::{
    base::{CustomerId, Instant, Value, value::Fields},
    config::Installation,
    engine::files::in_force::Edition,
    gate::consent,
    people::Tastes,
    policy::{OrderPart, OrderRecord, OrderStatus, Policy, Recommending},
    recommend::{Day, Listed, Offer, Till, Values, Weight, Weights, goods::Price},
    store::{Shopping, Store, StoreError, Word, catalogue::Product},
    trigger::{Record, RecordStatus},
};
use std::collections::{BTreeMap, BTreeSet};

/// People who are looked at in one go.
const PAGE: u32 = 256;
/// So many lines of one person's orders are looked at, the newest: more is no person's shopping.
const LINES_MAX: usize = 20_000;

/// What lists are made from.
pub struct Gathered {
    /// Purchases and products.
    pub till: Till,
    /// Whom the lists are for, by their names in the till.
    pub readers: BTreeMap<String, Reader>,
    /// The catalogue, by SKU.
    pub catalogue: BTreeMap<String, Product>,
    /// What the owner favours.
    pub weights: Weights,
    /// The day of the lists.
    pub today: Day,
}

/// Somebody who agreed.
pub struct Reader {
    /// Who.
    pub customer: CustomerId,
    /// What they said themself.
    pub tastes: Tastes,
    /// What they brought back and didn't buy again.
    pub refunded: BTreeSet<String>,
    /// What products that the catalogue doesn't have were called when they bought them: what others' were called is theirs alone.
    pub bought_as: BTreeMap<String, String>,
    /// The types of records by which they may be recommended something by now, in their turn; none while the last time is too near.
    pub due: Vec<String>,
}

/// Reads all of it.
pub async fn gather(store: &Store, edition: &Edition, now: Instant) -> Result<Gathered, StoreError> {
    let policy = edition.policy();
    let zone = policy.business.time_zone;
    let today = Day::of(zone.local(now).date()).unwrap_or_default();
    let mut gathered = Gathered {
        till: Till::default(),
        readers: BTreeMap::new(),
        catalogue: store.catalogue().await?.into_iter().map(|product| (product.sku.clone(), product)).collect(),
        weights: weights(policy),
        today,
    };
    let (Some(rules), Some(orders)) = (&policy.recommending, policy.order_record()) else { return Ok(gathered) };
    gathered.list(rules);
    let kinds = kinds(edition.rulebook.installation());
    let mut after = CustomerId(0);
    while let Some((words, last)) = store.words_after(after, PAGE, &rules.purpose).await? {
        after = last;
        for word in words.iter().filter(|word| agrees(word, policy, rules, now)) {
            let shopping = store.shopping_of(word.customer, orders.kind, &kinds).await?;
            let last = shopping.last.values().max();
            let is_time = last.is_none_or(|last| rules.every.end(*last, zone) <= now);
            let due = if is_time { in_turn(&kinds, &shopping) } else { Vec::new() };
            // Who knows what they refused?
            let Some(tastes) = &shopping.tastes else { continue };
            let mut reader = Reader::new(word.customer, tastes.clone(), due);
            gathered.take(&mut reader, &shopping.lines, orders, rules);
            gathered.readers.insert(reader.name(), reader);
        }
    }
    Ok(gathered)
}

/// First what they were recommended by the longest ago.
fn in_turn(kinds: &[String], shopping: &Shopping) -> Vec<String> {
    let mut kinds = kinds.to_vec();
    kinds.sort_by_key(|kind| shopping.last.get(kind).copied());
    kinds
}

/// The types of records by which a workflow recommends something.
fn kinds(installation: &Installation) -> Vec<String> {
    let tells = |kind: &str| installation.workflows.values().any(|workflow| workflow.trigger.subject() == kind);
    let records = installation.policy.recommending_records().map(|(kind, _)| kind);
    records.filter(|kind| tells(kind)).map(ToOwned::to_owned).collect()
}

/// Whether a yes to the purpose holds.
fn agrees(word: &Word, policy: &Policy, rules: &Recommending, now: Instant) -> bool {
    let Some(purpose) = policy.purposes.get(&rules.purpose) else { return false };
    let of = (rules.purpose.as_str(), purpose);
    consent::holds(&word.said, &word.bars, &word.refused, of, (now, policy.business.time_zone))
}

fn weights(policy: &Policy) -> Weights {
    let values = policy.recommending.iter().flat_map(|rules| &rules.values);
    Weights::new(
        values.map(|value| Weight { name: value.name.clone(), factor: f32::from(value.weight) / 100.0 }).collect(),
    )
}

impl Gathered {
    /// What is sold, and what mustn't be looked at.
    fn list(&mut self, rules: &Recommending) {
        for product in self.catalogue.values() {
            if product.sensitive || rules.sensitive_categories.contains(&product.category) {
                self.till.keep_private(&product.sku);
            }
            let numbers = product.tags.iter().filter_map(|tag| self.weights.number(tag));
            let offer = match (product.listed, product.in_stock) {
                (false, _) => Offer::Unlisted,
                (true, false) => Offer::OutOfStock,
                (true, true) => Offer::Offered,
            };
            let category = Some(product.category.as_str()).filter(|category| !category.is_empty()).map(Into::into);
            let values = numbers.fold(Values::default(), Values::and);
            let price = product.price.as_ref().and_then(|price| Price::new(u32::try_from(price.minor).ok()?));
            let maker = Some(product.maker.as_str()).filter(|maker| !maker.is_empty()).map(Into::into);
            self.till.list(&product.sku, Listed { offer, values, category, price, maker });
        }
    }

    /// In the order of their days, whatever the order they came in.
    fn take(&mut self, reader: &mut Reader, records: &[Record], orders: OrderRecord<'_>, rules: &Recommending) {
        let name = reader.name();
        let mut lines: Vec<Line<'_>> = records.iter().filter_map(|record| Line::of(record, orders)).collect();
        lines.sort_by_key(|line| (line.on, line.went_back));
        let skip = lines.len().saturating_sub(LINES_MAX);
        for line in lines.into_iter().skip(skip) {
            if rules.sensitive_categories.contains(line.category) {
                self.till.keep_private(line.product);
            }
            if !line.is_theirs {
                if line.went_back {
                    let _ = reader.refunded.insert(line.product.to_owned());
                }
                continue;
            }
            let _ = reader.refunded.remove(line.product);
            if !self.catalogue.contains_key(line.product) && !line.name.is_empty() {
                reader.bought_as.insert(line.product.to_owned(), line.name.to_owned());
            }
            if line.on < self.today && reader.tastes.may_use(line.product) {
                let _ = self.till.sell(&name, line.product, line.category, line.on);
            }
        }
    }

    /// What a product is called to the owner: two may have one name.
    pub fn called(&self, product: &str) -> String {
        let listed = self.catalogue.get(product);
        listed.map_or_else(|| product.to_owned(), |known| format!("{} ({product})", known.name))
    }

    /// What a product is called to somebody.
    pub fn title(&self, product: &str, reader: &Reader) -> String {
        let listed = self.catalogue.get(product).map(|product| &product.name);
        listed.or_else(|| reader.bought_as.get(product)).map_or(product, String::as_str).to_owned()
    }
}

impl Reader {
    const fn new(customer: CustomerId, tastes: Tastes, due: Vec<String>) -> Self {
        Self { customer, tastes, refunded: BTreeSet::new(), bought_as: BTreeMap::new(), due }
    }

    /// Their name in the till.
    fn name(&self) -> String {
        Self::named(self.customer)
    }

    /// The name that somebody has in the till.
    pub fn named(customer: CustomerId) -> String {
        format!("{:012}", customer.0)
    }
}

/// A line of an order.
struct Line<'a> {
    product: &'a str,
    name: &'a str,
    category: &'a str,
    on: Day,
    /// Whether it was paid, and stands.
    is_theirs: bool,
    /// Whether it was brought back.
    went_back: bool,
}

impl<'a> Line<'a> {
    fn of(record: &'a Record, orders: OrderRecord<'_>) -> Option<Self> {
        let text = |part| match orders.field(part).and_then(|(name, _)| record.fields.get(name)) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let status = text(OrderPart::Status);
        let has_status = orders.field(OrderPart::Status).is_some();
        let is_paid = !has_status || status == OrderStatus::Paid.word();
        Some(Self {
            product: Some(text(OrderPart::Product)).filter(|product| !product.is_empty())?,
            name: text(OrderPart::Name),
            category: text(OrderPart::Category),
            on: day(&record.fields, orders)?,
            is_theirs: is_paid && record.status == RecordStatus::Live,
            went_back: status == OrderStatus::Refunded.word(),
        })
    }
}

fn day(fields: &Fields, orders: OrderRecord<'_>) -> Option<Day> {
    let (time, _) = orders.field(OrderPart::Time)?;
    match fields.get(time) {
        Some(Value::Datetime(at)) => Day::of(at.local.date()),
        _ => None,
    }
}
