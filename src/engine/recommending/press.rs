//! The press: lists of everybody who agreed, from one model. Nothing here waits, writes or asks for the time.

use super::gather::{Gathered, Reader};
use crate::{
    base::Recommended,
    people::{Taste, Tastes},
    policy::{Business, GateLimits, Policy, Recommending},
    recommend::{
        Choice, Explained, Missing, Model, Pick, Section, Settings, Shop, Subject, View, Wish, Wishes,
        audit::{Asked, Audit, Gates},
        rhythm::Rhythms,
        told::Names,
    },
};
use std::collections::BTreeSet;

/// Two lists of somebody.
pub struct Lists<'a> {
    /// Whose.
    pub reader: &'a Reader,
    /// The picks that are shown.
    pub picks: Vec<Pick>,
    /// What else could please them.
    pub discoveries: Vec<Recommended>,
    /// What it may be time for.
    pub repeats: Vec<Recommended>,
}

/// All that lists are made with.
pub struct Press<'p> {
    shop: Shop,
    /// What goes with what.
    pub model: Model,
    /// What chose it.
    pub choice: Choice,
    rhythms: Rhythms,
    settings: Settings,
    rules: &'p Recommending,
    business: &'p Business,
    gathered: Gathered,
}

/// Why there are no lists.
pub struct TooSmall {
    /// Customers who agreed.
    pub agreed: usize,
    /// Of them, those who bought something that counts.
    pub customers: usize,
    /// What is missing.
    pub missing: Vec<Missing>,
}

impl<'p> Press<'p> {
    /// Chooses and fits a model.
    ///
    /// # Errors
    /// What is missing, where the shop is too small.
    pub fn of(mut gathered: Gathered, policy: &'p Policy, rules: &'p Recommending) -> Result<Self, TooSmall> {
        let shop = std::mem::take(&mut gathered.till).close();
        let settings = Settings {
            k: rules.k,
            rest_days: rules.rest_days,
            weights: gathered.weights.clone(),
            view: View::Wide,
            ..Settings::default()
        };
        match Model::tuned(&shop, gathered.today, &settings) {
            Ok((model, choice)) => {
                let rhythms = Rhythms::of(&shop, &model, &settings);
                Ok(Self { shop, model, choice, rhythms, settings, rules, business: &policy.business, gathered })
            }
            Err(missing) => Err(TooSmall { agreed: gathered.readers.len(), customers: shop.customers.len(), missing }),
        }
    }

    /// Customers who agreed.
    pub fn agreed(&self) -> usize {
        self.gathered.readers.len()
    }

    /// Of them, those who bought something that counts.
    pub fn customers(&self) -> usize {
        self.shop.customers.len()
    }

    /// Those of everybody who agreed, in the order of their names.
    pub fn lists(&self) -> Vec<Lists<'_>> {
        self.gathered.readers.iter().map(|(name, reader)| self.made(name, reader)).collect()
    }

    fn made<'r>(&self, name: &str, reader: &'r Reader) -> Lists<'r> {
        let wishes = wishes(&reader.tastes, &reader.refunded, &self.shop);
        let profile = self.model.profile(&self.shop, name, &self.settings);
        let found = self.model.explain(&self.shop, name, &wishes, Section::Discoveries, &self.settings);
        let good: Vec<&Explained> = found.iter().filter(|told| told.is_good(&profile)).take(self.rules.show).collect();
        let picks = good.iter().map(|told| told.pick).collect();
        let discoveries = good.into_iter().filter_map(|told| self.told(told, reader)).collect();
        let customer = self.shop.customer(name).and_then(|number| self.shop.customers.get(number));
        let due = customer.map(|customer| self.rhythms.due(customer, &self.model)).unwrap_or_default();
        let again = if due.is_empty() {
            Vec::new()
        } else {
            self.model.explain(&self.shop, name, &wishes, Section::Again, &self.settings)
        };
        let is_due = |told: &&Explained| due.binary_search(&told.pick.place).is_ok();
        let repeats =
            again.iter().filter(is_due).take(self.rules.show).filter_map(|told| self.told(told, reader)).collect();
        Lists { reader, picks, discoveries, repeats }
    }

    /// As it is kept and told. `None`: the catalogue doesn't offer it.
    fn told(&self, told: &Explained, reader: &Reader) -> Option<Recommended> {
        let title = |product: &str| self.gathered.title(product, reader);
        let names = Names { shop: &self.shop, weights: &self.settings.weights, title: &title };
        let product = self.gathered.catalogue.get(self.model.name(&self.shop, told.pick.place))?;
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

    /// Looks at discoveries that are about to be told, or would be.
    pub fn audit(&self, lists: &[Lists<'_>], asked: Asked) -> Audit {
        let shown = self.gathered.readers.keys().zip(lists);
        let shown = shown.map(|(name, lists)| (name.as_str(), &*lists.picks));
        let asked = Asked { own_brands: self.rules.own_brands.iter().cloned().collect(), ..asked };
        let audit = Audit::of_batch(&self.shop, &self.model, shown, &self.settings, &asked);
        audit.calling(|product| self.gathered.called(product))
    }

    /// What the audit is held against.
    pub fn gates(&self) -> Gates {
        let GateLimits { own_brands, steer, product } = self.rules.gates;
        let share = |percent: u16| f64::from(percent) / 100.0;
        Gates { steer: share(steer), own_brands: share(own_brands), product: share(product), ..Gates::default() }
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
