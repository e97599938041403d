//! What was recommended, and what somebody says of it: "not interested", "don't use this purchase", more or less of a category.
//!
//! Promise · A word holds when this returns: what is recommended already and hasn't left falls away, and the next lists obey.
//!
//! Not promised · Secrecy of a link that its owner forwards: whoever holds it sees what that one message recommended, which the
//! message says itself, and the categories that they chose. What else they bought is named nowhere.

use super::{AnswerFailed, stop::Desk};
use crate::{
    base::{Because, Recommended, Value, recommended::Named, token::Link},
    deliver::transport::Boxed,
    people::{Customer, Language, Taste, TasteWord, Tastes},
    policy::Policy,
    render::scope::anchor,
    store::Store,
    trigger::Record,
};
use std::{collections::BTreeMap, sync::Arc};

/// Shows what was recommended, and takes what people say of it.
pub trait RecommendedDesk: Send + Sync {
    /// What the message recommended that carried this link, and what holds now. Changes nothing: mail scanners follow every link.
    /// `None` when there is no such customer (any more), or nothing is recommended here.
    ///
    /// # Errors
    /// When the database can't be asked.
    fn recommended<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<RecommendedView>, AnswerFailed>>;

    /// Keeps a word of theirs; `None` where it is about nothing that this link shows.
    ///
    /// # Errors
    /// When it is not on disk: the page must not say that it is.
    fn say<'a>(&'a self, link: &'a Link, click: Click) -> Boxed<'a, Result<Option<TasteWord>, AnswerFailed>>;
}

/// A button of the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Click {
    /// Not this product, by its place on the page.
    NotInterested(String),
    /// Don't look at this purchase that a reason names, by the place of what was bought.
    Unused(String),
    /// So much of a category.
    Category(String, Option<Taste>),
    /// All words about products and purchases are taken back.
    ForgetProducts,
}

/// What the page may show.
#[derive(Clone, Debug)]
pub struct RecommendedView {
    /// For the words of reasons.
    pub policy: Arc<Policy>,
    /// The mailbox, masked.
    pub mailbox: String,
    /// The customer's language, where it is known.
    pub language: Option<Language>,
    /// What this message recommended; empty where it recommended nothing.
    pub products: Vec<Recommended>,
    /// What holds by their own word.
    pub tastes: Tastes,
    /// The categories that may be recommended, by name, with what holds of each.
    pub categories: BTreeMap<String, Option<Taste>>,
}

impl RecommendedView {
    /// Whether this product is out, by their word.
    #[must_use]
    pub fn is_out(&self, product: &Recommended) -> bool {
        self.tastes.not_interested.contains(&product.product)
    }

    /// The purchases that the reasons name, each once, and whether each may be looked at.
    #[must_use]
    pub fn purchases(&self) -> Vec<(&Named, bool)> {
        let mut named: Vec<(&Named, bool)> = Vec::new();
        for product in &self.products {
            if let Because::Bought(bought) = &product.because
                && named.iter().all(|(other, _)| *other != bought)
            {
                named.push((bought, self.tastes.may_use(&bought.product)));
            }
        }
        named
    }
}

/// All products that a record recommends.
pub(in crate::engine) fn products(record: &Record) -> impl Iterator<Item = &Recommended> {
    let lists = record.fields.values().filter_map(|value| match value {
        Value::Products(products) => Some(products),
        _ => None,
    });
    lists.flatten()
}

impl Desk {
    async fn what_was_recommended(&self, link: &Link) -> Result<Option<RecommendedView>, AnswerFailed> {
        let store = self.database()?;
        let policy = Arc::clone(self.in_force.now().policy());
        let Some(customer) = store.find_customer(link.customer).await? else { return Ok(None) };
        let Some(rules) = &policy.recommending else { return Ok(None) };
        let tastes = store.tastes(link.customer).await?.unwrap_or_default();
        let may_be_named = |name: &String| !rules.sensitive_categories.contains(name);
        let names = store.categories().await?.into_iter().filter(may_be_named);
        let categories = names.map(|name| (tastes.categories.get(&name).copied(), name));
        Ok(Some(RecommendedView {
            mailbox: customer.address.masked(),
            language: customer.language.clone(),
            products: recommended_by(store, link, &customer).await?,
            categories: categories.map(|(taste, name)| (name, taste)).collect(),
            tastes,
            policy,
        }))
    }

    async fn keep_word(&self, link: &Link, click: Click) -> Result<Option<TasteWord>, AnswerFailed> {
        let Some(view) = self.what_was_recommended(link).await? else { return Ok(None) };
        let find = |place: &str| view.products.iter().find(|product| anchor(&product.product) == place);
        let word = match click {
            Click::NotInterested(place) => {
                find(&place).map(|product| TasteWord::NotInterested(product.product.clone()))
            }
            Click::Unused(place) => {
                let purchases = view.purchases();
                let named = purchases.iter().find(|(named, _)| anchor(&named.product) == place);
                named.map(|(named, _)| TasteWord::Unused(named.product.clone()))
            }
            Click::Category(name, taste) => {
                view.categories.contains_key(&name).then_some(TasteWord::Category(name, taste))
            }
            Click::ForgetProducts => Some(TasteWord::ForgetProducts),
        };
        let Some(word) = word else { return Ok(None) };
        let kinds = view.policy.recommending_records().map(|(kind, _)| kind.to_owned()).collect();
        let rules = self.in_force.clone();
        let done = self.database()?.say_taste(link.customer, word.clone(), kinds, rules).await;
        let done = done?;
        self.flights.revoke(&done.open).await;
        self.wake.notify_one();
        Ok(done.what.map(|_| word))
    }
}

/// What the link's own message recommended to whom the link belongs.
pub(super) async fn recommended_by(
    store: &Store,
    link: &Link,
    customer: &Customer,
) -> Result<Vec<Recommended>, AnswerFailed> {
    let asked = store.asked(link.customer, link.plan).await?;
    let asked = asked.filter(|asked| asked.record.customer == customer.id);
    Ok(asked.map(|asked| products(&asked.record).cloned().collect()).unwrap_or_default())
}

impl RecommendedDesk for Desk {
    fn recommended<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<RecommendedView>, AnswerFailed>> {
        Box::pin(self.what_was_recommended(link))
    }

    fn say<'a>(&'a self, link: &'a Link, click: Click) -> Boxed<'a, Result<Option<TasteWord>, AnswerFailed>> {
        Box::pin(self.keep_word(link, click))
    }
}
