//! The audit: whom recommendations serve, what they show, where their prices lead, and whether somebody pushes.
//!
//! ```text
//!  lists of a batch ─► exposure · price steer · what looks pushed ┐
//!  a closed window  ─► accuracy beside popularity · hits by group ┴─► Audit ─► verdicts of the gates
//! ```
//!
//! **What.** Accuracy alone is nearly popularity: it can't tell a shop that serves half of its customers from one that serves
//! all. So each batch is looked at from the sides of the reader (who finds nothing, who is led to dearer things), of the
//! makers (who is shown beside what is bought) and of the owner (is it any better than a list of what is popular).
//!
//! **Example.** Own brands have 22 % of the purchases and 48 % of the places: 2.2 times, and 1.7 is the limit, so the batch
//! isn't published, and the verdict says so in these numbers.
//!
//! **Promise.** No customer is named. Groups of fewer than fifty aren't shown. Attributes come from an auditor, for the time of
//! the audit; the engine has none, and no score can look at them, or at a price. The same batch gives the same audit.
//!
//! **Not promised.** That equal hit rates are justice; they are what can be measured offline.

mod chance;
pub mod played;
pub mod accuracy;
pub mod activity;
mod price;
pub mod exposure;
pub mod anomaly;
mod deal;
pub mod groups;
pub mod words;
pub mod gates;

pub use accuracy::{Accuracy, Line};
pub use anomaly::Anomaly;
pub use exposure::{Exposure, Share};
pub use gates::{Answer, Gate, Gates, Verdict};
pub use groups::{Attribute, Brought, Group, Groups};
pub use played::Beside;

use super::{
    Day, Missing, Model, Pick, Section, Settings, Shop, measure::Mean, number::index, tuning::tune, window::WINDOW_DAYS,
};
use accuracy::Outcome;
use activity::Activity;
use chance::Chance;
use groups::Served;
use played::Played;
use price::Percentiles;
use serde::{Deserialize, Serialize};

/// A window with fewer customers who bought something says nothing.
const CUSTOMERS_MIN: usize = 50;

/// What is asked, beside the batch itself.
#[derive(Clone, Default)]
pub struct Asked {
    /// The makers that are the owner's own brands, by their names in the shop's files.
    pub own_brands: Vec<String>,
    /// What an auditor brought; nothing in the form that runs after each batch.
    pub groups: Groups,
    /// What the deals of the permutation test are drawn from.
    pub seed: u64,
    /// What accuracy is held against.
    pub beside: Beside,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Audit {
    /// The day of the lists.
    pub on: chrono::NaiveDate,
    /// The closed window, if there is one.
    pub window: Option<Window>,
    /// What the lists show.
    pub exposure: Exposure,
    /// By how much customers are steered to dearer things; `None` without prices.
    pub steer: Option<Mean>,
    /// How customers are served by how much they buy.
    pub activity: Attribute,
    /// How the groups are served that an auditor brought.
    pub groups: Vec<Attribute>,
    /// What looks pushed.
    pub anomalies: Vec<Anomaly>,
}

/// What a closed window says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Window {
    /// Its first day.
    pub from: chrono::NaiveDate,
    /// Its last day.
    pub to: chrono::NaiveDate,
    /// Lists of discoveries.
    pub new: Accuracy,
    /// Lists of what they buy next, new or not.
    pub all: Accuracy,
}

/// The lists that are looked at, each with the number of its customer where the shop knows them.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// What they were made with.
    pub model: &'a Model,
    /// Places of the shelf.
    pub lists: Vec<(Option<u32>, Vec<u32>)>,
}

impl Audit {
    /// Of discoveries that are about to be published, each list with the name of its reader, beside the last closed window
    /// before them.
    #[must_use]
    pub fn of_batch<'a>(
        shop: &Shop,
        model: &Model,
        lists: impl IntoIterator<Item = (&'a str, &'a [Pick])>,
        settings: &Settings,
        asked: &Asked,
    ) -> Self {
        let number = |name: &str| shop.customer(name).map(index);
        let lists = lists.into_iter();
        let lists = lists.map(|(name, list)| (number(name), list.iter().map(|pick| pick.place).collect()));
        let shown = Shown { model, lists: lists.collect() };
        let (until, mut played) = (model.shelf.cut, None);
        let cut = until.back(WINDOW_DAYS);
        if shop.span().is_some_and(|(first, _)| cut.since(first) >= WINDOW_DAYS) {
            let tuned = tune(shop, cut, settings).tuned;
            let model = Model::of(shop, cut, tuned, settings);
            played = Play::of(shop, &model, until, settings).measured(settings, asked);
        }
        Self::of(shop, &shown, played, settings, asked)
    }

    /// Of the lists that would have been made on the morning of a day, beside what was bought from that day on until another.
    ///
    /// # Errors
    /// What is missing, where the shop was too small.
    pub fn of_window(
        shop: &Shop,
        cut: Day,
        until: Day,
        settings: &Settings,
        asked: &Asked,
    ) -> Result<Self, Vec<Missing>> {
        let (model, _) = Model::tuned(shop, cut, settings)?;
        let play = Play::of(shop, &model, until, settings);
        let numbered = play.played.customers.iter().zip(&play.lists);
        let lists = numbered.map(|(customer, list)| (Some(*customer), list.clone())).collect();
        let measured = play.measured(settings, asked);
        Ok(Self::of(shop, &Shown { model: &model, lists }, measured, settings, asked))
    }

    /// With products by what people call them instead of their names in the shop's files.
    #[must_use]
    pub fn calling(mut self, title: impl Fn(&str) -> String) -> Self {
        for share in &mut self.exposure.products {
            share.name = title(&share.name);
        }
        for anomaly in &mut self.anomalies {
            anomaly.product = title(&anomaly.product);
            anomaly.with = anomaly.with.as_deref().map(&title);
        }
        self
    }

    fn of(
        shop: &Shop,
        shown: &Shown<'_>,
        measured: Option<(Window, Vec<Outcome>)>,
        settings: &Settings,
        asked: &Asked,
    ) -> Self {
        let cut = shown.model.shelf.cut;
        let (window, outcomes) = measured.map_or((None, Vec::new()), |(window, outcomes)| (Some(window), outcomes));
        let steers = steers(shop, shown);
        let activity = Activity::before(shop, cut);
        let served = Served { outcomes: &outcomes, steers: &steers, activity: &activity };
        let name = |number: u32| shop.customers.get(number as usize).map_or("", |customer| &*customer.name);
        let alone: Vec<f64> = steers.iter().map(|(_, steer)| *steer).collect();
        Self {
            on: cut.date(),
            window,
            exposure: Exposure::of(shop, shown, &asked.own_brands),
            steer: (!alone.is_empty()).then(|| super::measure::mean(&alone)),
            activity: served.by_activity(),
            groups: asked.groups.compare(&served, name, &Chance::from_seed(asked.seed)),
            anomalies: anomaly::find(shop, shown.model, settings.k, settings.hands),
        }
    }
}

/// A window with the lists of discoveries that the engine would have shown.
struct Play<'a> {
    played: Played<'a>,
    model: &'a Model,
    until: Day,
    lists: played::Lists,
}

impl<'a> Play<'a> {
    fn of(shop: &'a Shop, model: &'a Model, until: Day, settings: &'a Settings) -> Self {
        let played = Played::of(shop, model.shelf.cut, until, settings);
        let lists = played.lists(model, Section::Discoveries, settings);
        Self { played, model, until, lists }
    }

    fn measured(&self, settings: &Settings, asked: &Asked) -> Option<(Window, Vec<Outcome>)> {
        let Self { played, model, until, lists } = self;
        let measure = |lists, section| accuracy::measure(played, model, lists, section, settings.list, asked.beside);
        let (new, outcomes) = measure(lists, Section::Discoveries);
        if outcomes.len() < CUSTOMERS_MIN {
            return None;
        }
        let (all, _) = measure(&played.lists(model, Section::Both, settings), Section::Both);
        Some((Window { from: model.shelf.cut.date(), to: until.back(1).date(), new, all }, outcomes))
    }
}

fn steers(shop: &Shop, shown: &Shown<'_>) -> Vec<(u32, f64)> {
    let shelf = &shown.model.shelf;
    let percentiles = Percentiles::of(shop, shelf.cut);
    let of = |(customer, list): &(Option<u32>, Vec<u32>)| {
        let number = (*customer)?;
        let products = list.iter().filter_map(|place| shelf.item(*place)).map(|item| item.product);
        Some((number, percentiles.steer(shop.customers.get(number as usize)?, products, shelf.cut)?))
    };
    shown.lists.iter().filter_map(of).collect()
}
