//! The lists of one night, made at once: nothing here waits, writes or asks for the time.

use super::gather::{Gathered, Reader};
use crate::{
    base::{CustomerId, Recommended, Value, hex, value::Fields},
    people::{Taste, Tastes},
    policy::{Business, Policy, Recommending, RecordType, recommending::Recommends},
    recommend::{
        Choice, Explained, Missing, Model, Pick, Section, Settings, Shop, Subject, View, Wish, Wishes,
        audit::{Anomaly, Answer, Asked, Audit, Gates, Verdict},
        rhythm::Rhythms,
        side::side_by_side,
        told::Names,
    },
    store::{BatchOutcome, Recommendation},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// What a night came to.
#[derive(Debug)]
pub struct Made {
    /// Whether it is to be published, or why not.
    pub outcome: BatchOutcome,
    /// Another one where any list is another; empty where there are none.
    pub version: String,
    /// What it was measured by.
    pub figures: Figures,
    /// Who is recommended something.
    pub recommended: Vec<Recommendation>,
}

/// What a batch was measured by. Nobody is named in it; products are, where a gate or what looks pushed is about them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Customers who agreed.
    pub agreed: usize,
    /// Of them, those who bought something that counts.
    pub customers: usize,
    /// Products that enough different customers bought.
    pub products: usize,
    /// Pairs of products that enough different customers bought.
    pub pairs: usize,
    /// Closed windows of the past that chose how it was made.
    pub windows: u32,
    /// What it reached in them, as NDCG of discoveries.
    pub ndcg: f64,
    /// What plain popularity reached there.
    pub popular_ndcg: f64,
    /// Customers with enough good candidates.
    pub lists: usize,
    /// What is missing, where the shop is too small.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What the gates of the audit say, one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSaid>,
    /// What looks pushed: products that few accounts bought in a short time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pushed: Vec<String>,
}

/// What a gate of the audit says of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GateSaid {
    /// Whether the batch keeps to it, or that can't be measured.
    pub holds: bool,
    /// What was measured, and the limit.
    pub sentence: String,
}

/// Two lists of somebody.
struct Lists<'a> {
    reader: &'a Reader,
    /// The picks that are shown.
    picks: Vec<Pick>,
    discoveries: Vec<Recommended>,
    repeats: Vec<Recommended>,
}

/// Makes them.
pub fn make(mut gathered: Gathered, policy: &Policy) -> Made {
    let shop = std::mem::take(&mut gathered.till).close();
    let Some(rules) = &policy.recommending else { return nothing(Figures::default()) };
    let settings = Settings {
        k: rules.k,
        rest_days: rules.rest_days,
        weights: gathered.weights.clone(),
        view: View::Wide,
        ..Settings::default()
    };
    let figures = Figures { agreed: gathered.readers.len(), customers: shop.customers.len(), ..Figures::default() };
    let (model, choice) = match Model::tuned(&shop, gathered.today, &settings) {
        Ok(tuned) => tuned,
        Err(missing) => {
            return nothing(Figures { missing: missing.iter().map(Missing::sentence).collect(), ..figures });
        }
    };
    let press = Press {
        rhythms: Rhythms::of(&shop, &model, &settings),
        shop: &shop,
        model: &model,
        settings,
        rules,
        business: &policy.business,
        gathered,
    };
    let lists = press.lists();
    let enough = |lists: &&Lists<'_>| lists.discoveries.len() >= rules.at_least || !lists.repeats.is_empty();
    let mut figures = press.figures(choice, lists.iter().filter(enough).count(), figures);
    let version = version(&lists);
    if press.audit(&lists, &mut figures) == BatchOutcome::Withheld {
        return Made { outcome: BatchOutcome::Withheld, version, figures, recommended: Vec::new() };
    }
    let recommended = lists.iter().filter_map(|lists| recommendation(lists, policy, rules)).collect();
    Made { outcome: BatchOutcome::Publishing, version, figures, recommended }
}

const fn nothing(figures: Figures) -> Made {
    Made { outcome: BatchOutcome::TooSmall, version: String::new(), figures, recommended: Vec::new() }
}

/// All that one list is made with.
struct Press<'a> {
    shop: &'a Shop,
    model: &'a Model,
    rhythms: Rhythms,
    settings: Settings,
    rules: &'a Recommending,
    business: &'a Business,
    gathered: Gathered,
}

impl Press<'_> {
    fn lists(&self) -> Vec<Lists<'_>> {
        let readers: Vec<(&str, &Reader)> =
            self.gathered.readers.iter().map(|(name, reader)| (name.as_str(), reader)).collect();
        let parts = side_by_side(
            self.settings.hands,
            readers.len(),
            || (),
            |(), numbers| {
                let some = readers.get(numbers).unwrap_or_default().iter();
                some.map(|(name, reader)| self.of(name, reader)).collect::<Vec<_>>()
            },
        );
        parts.into_iter().flatten().collect()
    }

    fn of<'r>(&self, name: &str, reader: &'r Reader) -> Lists<'r> {
        let wishes = wishes(&reader.tastes, &reader.refunded, self.shop);
        let profile = self.model.profile(self.shop, name, &self.settings);
        let found = self.model.explain(self.shop, name, &wishes, Section::Discoveries, &self.settings);
        let good: Vec<&Explained> = found.iter().filter(|told| told.is_good(&profile)).take(self.rules.show).collect();
        let picks = good.iter().map(|told| told.pick).collect();
        let discoveries = good.into_iter().filter_map(|told| self.told(told, reader)).collect();
        let customer = self.shop.customer(name).and_then(|number| self.shop.customers.get(number));
        let due = customer.map(|customer| self.rhythms.due(customer, self.model)).unwrap_or_default();
        let again = if due.is_empty() {
            Vec::new()
        } else {
            self.model.explain(self.shop, name, &wishes, Section::Again, &self.settings)
        };
        let is_due = |told: &&Explained| due.binary_search(&told.pick.place).is_ok();
        let repeats =
            again.iter().filter(is_due).take(self.rules.show).filter_map(|told| self.told(told, reader)).collect();
        Lists { reader, picks, discoveries, repeats }
    }

    /// As it is kept and told. `None`: the catalogue doesn't offer it.
    fn told(&self, told: &Explained, reader: &Reader) -> Option<Recommended> {
        let title = |product: &str| self.gathered.title(product, reader);
        let names = Names { shop: self.shop, weights: &self.settings.weights, title: &title };
        let product = self.gathered.catalogue.get(self.model.name(self.shop, told.pick.place))?;
        Some(Recommended {
            product: product.sku.clone(),
            name: product.name.clone(),
            category: product.category.clone(),
            price: product.price.clone(),
            // The policy may have changed since the catalogue came in.
            url: product.url.clone().filter(|url| self.business.may_lead(url)),
            image: product.image.clone().filter(|image| self.business.may_show(image)),
            because: told.because(&names),
            parts: told.parts(&names),
        })
    }

    /// Looks at what is about to be published, and asks the gates that need nobody's attributes.
    fn audit(&self, lists: &[Lists<'_>], figures: &mut Figures) -> BatchOutcome {
        let shown = self.gathered.readers.keys().zip(lists);
        let shown = shown.map(|(name, lists)| (name.as_str(), &*lists.picks));
        let own_brands = self.rules.own_brands.iter().cloned().collect();
        let asked = Asked { own_brands, ..Asked::default() };
        let audit = Audit::of_batch(self.shop, self.model, shown, &self.settings, &asked);
        let limits = self.rules.gates;
        let share = |percent: u16| f64::from(percent) / 100.0;
        let gates = Gates {
            steer: share(limits.steer),
            own_brands: share(limits.own_brands),
            product: share(limits.product),
            ..Gates::default()
        };
        let verdicts = audit.verdicts(&gates);
        let holds = |verdict: &Verdict| verdict.answer != Answer::Fails;
        figures.pushed = audit.anomalies.iter().map(Anomaly::sentence).collect();
        figures.gates = verdicts
            .iter()
            .map(|verdict| GateSaid { holds: holds(verdict), sentence: verdict.sentence.clone() })
            .collect();
        if verdicts.iter().all(holds) { BatchOutcome::Publishing } else { BatchOutcome::Withheld }
    }

    fn figures(&self, choice: Choice, lists: usize, figures: Figures) -> Figures {
        Figures {
            products: self.model.shelf.items.len(),
            pairs: self.model.partners.pairs(),
            windows: choice.windows,
            ndcg: choice.ndcg,
            popular_ndcg: choice.popular_ndcg,
            lists,
            ..figures
        }
    }
}

/// What they said, by the shop's numbers. What was brought back isn't recommended to them again.
fn wishes(tastes: &Tastes, refunded: &BTreeSet<String>, shop: &Shop) -> Wishes {
    let categories = tastes.categories.iter().filter_map(|(name, taste)| {
        let wish = match taste {
            Taste::More => Wish::More,
            Taste::Less => Wish::Less,
            Taste::Never => Wish::Never,
        };
        Some((Subject::Category(shop.category(name)?), wish))
    });
    let products = tastes.not_interested.iter().chain(refunded);
    let products = products.filter_map(|sku| Some((Subject::Product(shop.product(sku)?), Wish::Never)));
    Wishes::new(categories.chain(products))
}

/// The record by which somebody is recommended something, where it is time and there is enough: one a night, each type in its turn.
fn recommendation(lists: &Lists<'_>, policy: &Policy, rules: &Recommending) -> Option<Recommendation> {
    let Lists { reader: Reader { customer, tastes, due, .. }, .. } = lists;
    let filled = due.iter().find_map(|kind| Some((kind, fields(lists, policy.records.get(kind)?, rules)?)));
    filled.map(|(kind, fields)| Recommendation {
        customer: *customer,
        kind: kind.clone(),
        fields,
        tastes: tastes.clone(),
    })
}

fn finds_new(record: &RecordType) -> bool {
    record.recommended().any(|(_, asked)| asked == Recommends::Discoveries)
}

/// What stands in a record of this type; `None` where that is too little.
fn fields(lists: &Lists<'_>, record: &RecordType, rules: &Recommending) -> Option<Fields> {
    let is_enough =
        if finds_new(record) { lists.discoveries.len() >= rules.at_least } else { !lists.repeats.is_empty() };
    let list = |(name, asked): (&str, Recommends)| {
        let products = match asked {
            Recommends::Discoveries => &lists.discoveries,
            Recommends::Repeats => &lists.repeats,
        };
        (!products.is_empty()).then(|| (name.to_owned(), Value::Products(products.clone())))
    };
    is_enough.then(|| record.recommended().filter_map(list).collect())
}

fn version(lists: &[Lists<'_>]) -> String {
    let mut hash = Sha256::new();
    for Lists { reader: Reader { customer: CustomerId(id), .. }, discoveries, repeats, .. } in lists {
        hash.update(id.to_be_bytes());
        for (section, products) in [(1_u8, discoveries), (2, repeats)] {
            hash.update([section]);
            for product in products {
                hash.update(product.product.as_bytes());
                hash.update([0]);
            }
        }
    }
    hex(hash.finalize().iter().take(8))
}
