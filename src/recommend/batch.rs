//! A batch: the lists of everybody, made at once and published together under one version.
//!
//! Lists that followed each purchase at once would tell of it (Calandrino 2011): between two batches nothing changes.

use super::{
    Day, Section, Settings,
    account::Account,
    model::Model,
    pick::Pick,
    profile::Profile,
    ready::Missing,
    reason::Reason,
    score::Scores,
    shop::{Customer, Shop},
    side::side_by_side,
    tuning::{Choice, tune},
    wishes::Wishes,
};
use crate::base::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Whom a batch is for, with what they said themself. A name that the shop doesn't know gets what many buy: those who never
/// bought, and those who didn't agree, whom it doesn't know either.
pub type Readers = BTreeMap<Box<str>, Wishes>;

/// The lists of everybody.
#[derive(Clone, Debug)]
pub struct Batch {
    /// What the shop's past chose, and what that rests on.
    pub choice: Choice,
    /// The model that they were made with.
    pub model: Model,
    /// The lists, in the order of the readers.
    pub lists: Vec<Vec<Pick>>,
}

/// One pick, explained.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The pick.
    pub pick: Pick,
    /// Why.
    pub reason: Reason,
    /// What its score is made of.
    pub account: Account,
}

impl Model {
    /// Tunes and fits: the model of a shop as of one day, with what chose it.
    ///
    /// # Errors
    /// What is missing, where the shop is too small.
    pub fn tuned(shop: &Shop, today: Day, settings: &Settings) -> Result<(Self, Choice), Vec<Missing>> {
        let choice = tune(shop, today, settings);
        let model = Self::of(shop, today, choice.tuned, settings);
        let missing = model.missing(shop, settings);
        if missing.is_empty() { Ok((model, choice)) } else { Err(missing) }
    }

    /// The profile of a reader by name; an empty one for whom the shop doesn't know.
    #[must_use]
    pub fn profile(&self, shop: &Shop, name: &str, settings: &Settings) -> Profile {
        let customer: Option<&Customer> = shop.customer(name).and_then(|number| shop.customers.get(number));
        customer.map(|customer| Profile::of(customer, &self.shelf, settings)).unwrap_or_default()
    }

    /// One section for everybody, in the order of the readers.
    #[must_use]
    pub fn lists(&self, shop: &Shop, readers: &Readers, section: Section, settings: &Settings) -> Vec<Vec<Pick>> {
        let readers: Vec<(&str, &Wishes)> = readers.iter().map(|(name, wishes)| (&**name, wishes)).collect();
        let parts = side_by_side(settings.hands, readers.len(), Scores::default, |scores, numbers| {
            let some = readers.get(numbers).unwrap_or_default().iter();
            let list = |(name, wishes): &(&str, &Wishes)| {
                self.list(&self.profile(shop, name, settings), wishes, section, settings, scores)
            };
            some.map(list).collect::<Vec<_>>()
        });
        parts.into_iter().flatten().collect()
    }

    /// One section for one reader, with the reason of each pick.
    #[must_use]
    pub fn explain(
        &self,
        shop: &Shop,
        name: &str,
        wishes: &Wishes,
        section: Section,
        settings: &Settings,
    ) -> Vec<Explained> {
        let mut scores = Scores::default();
        let profile = self.profile(shop, name, settings);
        let picks = self.list(&profile, wishes, section, settings, &mut scores);
        let accounts = self.accounts(shop, &profile, &picks, scores.scales, settings);
        let explained = picks.into_iter().zip(accounts).map(|(pick, account)| Explained {
            reason: self.reason(&profile, &pick, &account, settings.k),
            pick,
            account,
        });
        explained.collect()
    }

    /// The name in the shop's files of what stands at a place.
    #[must_use]
    pub fn name<'a>(&self, shop: &'a Shop, place: u32) -> &'a str {
        let product = self.shelf.item(place).and_then(|item| shop.products.get(item.product as usize));
        product.map_or("", |product| &product.name)
    }
}

impl Batch {
    /// Makes the lists of one section for everybody.
    ///
    /// # Errors
    /// What is missing, where the shop is too small.
    pub fn make(
        shop: &Shop,
        today: Day,
        readers: &Readers,
        section: Section,
        settings: &Settings,
    ) -> Result<Self, Vec<Missing>> {
        let (model, choice) = Model::tuned(shop, today, settings)?;
        let lists = model.lists(shop, readers, section, settings);
        Ok(Self { choice, model, lists })
    }

    /// The lists, each with the name of its reader.
    pub fn shown<'a>(&'a self, readers: &'a Readers) -> impl Iterator<Item = (&'a str, &'a [Pick])> {
        readers.keys().zip(&self.lists).map(|(name, list)| (&**name, &**list))
    }

    /// The version: another one where any list is another.
    #[must_use]
    pub fn version(&self, shop: &Shop, readers: &Readers) -> String {
        let mut hash = Sha256::new();
        for (name, list) in self.shown(readers) {
            hash.update(name.as_bytes());
            for pick in list {
                hash.update([0]);
                hash.update(self.model.name(shop, pick.place).as_bytes());
            }
            hash.update([1]);
        }
        hex(hash.finalize().iter().take(8))
    }
}
