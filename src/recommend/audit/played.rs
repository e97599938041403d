//! A closed window, played: who would have been shown what on its first morning, and what they bought in it.
//!
//! Products with at least k different customers before the window count, and everybody with a past gets a list. Of discoveries,
//! what a customer had is no candidate and no target. What is chosen is chosen on windows before this one.

use crate::recommend::{
    Day, Model, Profile, Section, Settings, Shop, Tuned, Wishes,
    cobuy::{Judge, Partners},
    measure::{Figures, Trial, figures, targets},
    profile::Histories,
    score::Scores,
    shelf::{POPULAR_DAYS, Shelf},
    shop::Customer,
    side::side_by_side,
};

/// Item-kNN looks at so many neighbours.
const NEIGHBOURS: usize = 100;

/// The places of everybody's list, in the order of [`Played::customers`].
pub type Lists = Vec<Vec<u32>>;

/// What lists are held against.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Beside {
    /// What is popular: all the time, and of late.
    #[default]
    Popularity,
    /// And item-kNN by cosine, which takes as long as the engine itself.
    Neighbours,
}

/// A window of a shop.
#[derive(Clone, Debug)]
pub struct Played<'a> {
    shop: &'a Shop,
    settings: &'a Settings,
    cut: Day,
    until: Day,
    /// Who has a past, by their number in the shop.
    pub customers: Vec<u32>,
}

impl<'a> Played<'a> {
    /// The window of these days, the last one excluded.
    #[must_use]
    pub fn of(shop: &'a Shop, cut: Day, until: Day, settings: &'a Settings) -> Self {
        let has_past = |customer: &Customer| customer.purchases.iter().any(|purchase| purchase.on < cut);
        let numbered = shop.customers.iter().zip(0..).filter(|(customer, _)| has_past(customer));
        Self { shop, settings, cut, until, customers: numbered.map(|(_, number)| number).collect() }
    }

    /// The customers, in their order.
    pub fn people(&self) -> impl Iterator<Item = &'a Customer> {
        self.customers.iter().filter_map(|number| self.shop.customers.get(*number as usize))
    }

    fn everybody(&self, list: impl Fn(&Customer, &mut Scores) -> Vec<u32> + Sync) -> Lists {
        let customers: Vec<&Customer> = self.people().collect();
        let parts = side_by_side(self.settings.hands, customers.len(), Scores::default, |scores, numbers| {
            let some = customers.get(numbers).unwrap_or_default().iter();
            some.map(|customer| list(customer, scores)).collect::<Vec<_>>()
        });
        parts.into_iter().flatten().collect()
    }

    /// What the engine would have shown.
    #[must_use]
    pub fn lists(&self, model: &Model, section: Section, settings: &Settings) -> Lists {
        self.everybody(|customer, scores| {
            let profile = Profile::of(customer, &model.shelf, settings);
            let picks = model.list(&profile, &Wishes::default(), section, settings, scores);
            picks.iter().map(|pick| pick.place).collect()
        })
    }

    /// What simple methods would have shown, each with its name. Popularity comes first.
    #[must_use]
    pub fn baselines(&self, section: Section, beside: Beside) -> Vec<(&'static str, Lists)> {
        let settings = Settings { products_max: usize::MAX, ..self.settings.clone() };
        let products = Shelf::before(self.shop, self.cut, &settings);
        let [week, month] = POPULAR_DAYS.map(|popular_days| {
            let tuned = Tuned { popular_days, ..Tuned::default() };
            Model::from_parts(products.clone(), Partners::default(), tuned)
        });
        let ever: Vec<f32> =
            products.items.iter().map(|item| f32::from(u16::try_from(item.buyers).unwrap_or(u16::MAX))).collect();
        let by = |model: &Model, score: &(dyn Fn(&Profile, &mut Vec<f32>) + Sync)| {
            self.everybody(|customer, scores| {
                let profile = Profile::of(customer, &model.shelf, &settings);
                score(&profile, &mut scores.all);
                model.bar(&profile, section, &settings, &mut scores.all);
                let mut picks = model.best(&scores.all, &Wishes::default(), settings.list);
                model.fill(&mut picks, &scores.all, &Wishes::default(), settings.list);
                picks.iter().map(|pick| pick.place).collect()
            })
        };
        let mut all = vec![
            ("popularity", by(&month, &|_, scores| scores.clone_from(&ever))),
            ("popularity, last 7 days", by(&week, &|_, scores| scores.clone_from(&week.popularity))),
            ("popularity, last 28 days", by(&month, &|_, scores| scores.clone_from(&month.popularity))),
        ];
        if beside == Beside::Neighbours {
            let histories = Histories::of(&self.shop.customers, &products, &settings);
            let neighbours = Partners::find(&products, &histories, Judge::Cosine, NEIGHBOURS, &settings);
            let knn = |profile: &Profile, scores: &mut Vec<f32>| {
                scores.clear();
                scores.resize(products.items.len(), 0.0);
                for partner in profile.sources.iter().flat_map(|source| neighbours.of(source.place)) {
                    if let Some(score) = scores.get_mut(partner.place as usize) {
                        *score += partner.weight;
                    }
                }
            };
            all.push(("item-kNN, cosine", by(&month, &knn)));
        }
        all
    }

    /// What everybody bought in the window, by place; nothing for those who bought nothing that counts.
    #[must_use]
    pub fn targets(&self, on: &Shelf, section: Section) -> Lists {
        self.everybody(|customer, _| {
            let profile = Profile::of(customer, on, self.settings);
            targets(customer, &profile, on, self.until, section)
        })
    }

    /// The lists of those who bought something that counts, beside what that was.
    #[must_use]
    pub fn trials(lists: &Lists, targets: &Lists) -> Vec<Trial> {
        let both = lists.iter().zip(targets).filter(|(_, targets)| !targets.is_empty());
        both.map(|(list, targets)| Trial { list: list.clone(), targets: targets.clone() }).collect()
    }

    /// The figures of lists.
    #[must_use]
    pub fn figures(&self, lists: &Lists, targets: &Lists, on: &Shelf) -> Figures {
        figures(&Self::trials(lists, targets), on, self.settings.list)
    }
}
