//! A closed window of the past, played again with every choice at once.

use super::{
    Day, Power, Section, Settings, Tuned, Use,
    cobuy::{Judge, PARTNERS_MAX, Partners},
    measure::{ndcg, targets},
    model::Model,
    profile::{Histories, Profile},
    score::Scores,
    shelf::{POPULAR_DAYS, Shelf},
    shop::{Customer, Shop},
    side::side_by_side,
    wishes::Wishes,
};
use std::ops::Range;

/// A window has so many days.
pub const WINDOW_DAYS: u16 = 28;
/// A window says something only with so many customers who had a past and came back.
const CUSTOMERS_MIN: usize = 30;
/// Of more customers than this, as many are played, evenly among all: a choice among a few numbers needs no more.
const CUSTOMERS_MAX: usize = 2_000;

/// How many partners may count.
pub const PARTNERS: [usize; 6] = [5, 10, 20, 50, 100, PARTNERS_MAX];
/// What may weigh.
pub const LANES: [(Power, Use); 4] = [
    (Power::Root, Use::Alike),
    (Power::Root, Use::ByInterest),
    (Power::Whole, Use::Alike),
    (Power::Whole, Use::ByInterest),
];
/// What discoveries may weigh beside repeats.
pub const SHARES: [f32; 4] = [0.05, 0.1, 0.2, 0.4];

/// Sums over customers of what each choice would have gained.
#[derive(Clone, Copy, Default)]
pub struct Gains {
    /// By [`PARTNERS`], then by [`LANES`].
    pub discoveries: [[f64; LANES.len()]; PARTNERS.len()],
    /// By [`POPULAR_DAYS`].
    pub popular: [f64; 2],
    /// How many customers.
    pub customers: usize,
    /// What they count.
    pub weight: f64,
    /// By [`SHARES`].
    pub shares: [f64; SHARES.len()],
}

impl Gains {
    /// Adds those of others, so many times.
    pub fn add(&mut self, other: &Self, weight: f64) {
        for (sums, more) in self.discoveries.iter_mut().zip(&other.discoveries) {
            add(sums, more, weight);
        }
        add(&mut self.popular, &other.popular, weight);
        add(&mut self.shares, &other.shares, weight);
        self.customers += other.customers;
        self.weight += other.weight * weight;
    }
}

/// Adds each to each, so many times.
pub fn add<const N: usize>(sums: &mut [f64; N], more: &[f64; N], weight: f64) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more * weight;
    }
}

/// A window: the shop before it, and who bought something in it.
pub struct Window<'a> {
    settings: &'a Settings,
    shelf: Shelf,
    partners: Partners,
    until: Day,
    customers: Vec<&'a Customer>,
}

impl<'a> Window<'a> {
    /// The window that begins on a day; `None` where too few customers came in it.
    #[must_use]
    pub fn of(shop: &'a Shop, cut: Day, settings: &'a Settings) -> Option<Self> {
        let until = cut.on(WINDOW_DAYS);
        let came = |customer: &&Customer| customer.purchases.iter().any(|p| (cut..until).contains(&p.on));
        let has_past = |customer: &&Customer| customer.purchases.iter().any(|p| p.on < cut);
        let customers: Vec<&Customer> = shop.customers.iter().filter(came).filter(has_past).collect();
        if customers.len() < CUSTOMERS_MIN {
            return None;
        }
        let step = customers.len().div_ceil(CUSTOMERS_MAX);
        let customers = customers.into_iter().step_by(step).collect();
        let shelf = Shelf::before(shop, cut, settings);
        let histories = Histories::of(&shop.customers, &shelf, settings);
        let partners = Partners::find(&shelf, &histories, Judge::Surprise, PARTNERS_MAX, settings);
        Some(Self { settings, shelf, partners, until, customers })
    }

    /// What each choice would have gained.
    #[must_use]
    pub fn gains(self) -> Gains {
        let mut all = self.discoveries();
        all.shares = self.shares();
        all
    }

    fn discoveries(&self) -> Gains {
        let [week, month] = POPULAR_DAYS.map(|popular_days| {
            let tuned = Tuned { popular_days, ..Tuned::default() };
            Model::from_parts(self.shelf.clone(), Partners::default(), tuned)
        });
        let tools = || (Lanes::default(), Scores::default());
        let parts = side_by_side(self.settings.hands, self.customers.len(), tools, |(lanes, scores), numbers| {
            let mut gains = Gains::default();
            for customer in self.customers.get(numbers).unwrap_or_default() {
                let player = self.player(customer, Section::Discoveries);
                if player.targets.is_empty() {
                    continue;
                }
                gains.customers += 1;
                gains.weight += 1.0;
                for (gain, model) in gains.popular.iter_mut().zip([&week, &month]) {
                    scores.all.clone_from(&model.popularity);
                    *gain += player.gain(model, scores);
                }
                lanes.begin(self.shelf.items.len());
                let mut seen = 0;
                for (gains, partners) in gains.discoveries.iter_mut().zip(PARTNERS) {
                    lanes.add(&self.partners, &player.profile, seen..partners);
                    seen = partners;
                    for (lane, gain) in gains.iter_mut().enumerate() {
                        lanes.take(lane, &mut scores.all);
                        scores.discover(&month);
                        *gain += player.gain(&month, scores);
                    }
                }
            }
            gains
        });
        let mut all = Gains::default();
        for part in &parts {
            all.add(part, 1.0);
        }
        all
    }

    /// What each share of discoveries would have gained beside repeats, with pairs as they do for most shops.
    fn shares(self) -> [f64; SHARES.len()] {
        let Self { settings, shelf, partners, until, customers } = self;
        let tuned = Tuned::default();
        let partners = partners.weighed(tuned.partners, |ratio| tuned.power.of(ratio));
        let window = Window { settings, shelf: shelf.clone(), partners: Partners::default(), until, customers };
        let model = Model::from_parts(shelf, partners, tuned);
        let parts = side_by_side(settings.hands, window.customers.len(), Scores::default, |scores, numbers| {
            let mut gains = [0.0; SHARES.len()];
            for customer in window.customers.get(numbers).unwrap_or_default() {
                let player = window.player(customer, Section::Both);
                if player.targets.is_empty() {
                    continue;
                }
                scores.both(&model, &player.profile);
                for (gain, share) in gains.iter_mut().zip(SHARES) {
                    scores.blend(share);
                    *gain += player.gain(&model, scores);
                }
            }
            gains
        });
        let mut all = [0.0; SHARES.len()];
        for part in &parts {
            add(&mut all, part, 1.0);
        }
        all
    }

    fn player(&self, customer: &Customer, section: Section) -> Player<'a> {
        let profile = Profile::of(customer, &self.shelf, self.settings);
        let targets = targets(customer, &profile, &self.shelf, self.until, section);
        Player { settings: self.settings, section, profile, targets }
    }
}

/// A customer as they were, and what they bought then.
struct Player<'a> {
    settings: &'a Settings,
    section: Section,
    profile: Profile,
    targets: Vec<u32>,
}

impl Player<'_> {
    fn gain(&self, model: &Model, scores: &mut Scores) -> f64 {
        model.bar(&self.profile, self.section, self.settings, &mut scores.all);
        let picks = model.best(&scores.all, &Wishes::default(), self.settings.list);
        ndcg(picks.iter().map(|pick| pick.place), &self.targets, self.settings.list)
    }
}

/// The same sums with four kinds of weights, side by side: a partner's four sums lie in one line of the cache.
#[derive(Default)]
struct Lanes(Vec<[f32; LANES.len()]>);

impl Lanes {
    fn begin(&mut self, places: usize) {
        self.0.clear();
        self.0.resize(places, [0.0; LANES.len()]);
    }

    /// Adds these ranks of each source's partners.
    fn add(&mut self, partners: &Partners, profile: &Profile, ranks: Range<usize>) {
        for source in &profile.sources {
            let all = partners.of(source.place);
            for partner in all.get(ranks.start.min(all.len())..ranks.end.min(all.len())).unwrap_or_default() {
                let Some(sums) = self.0.get_mut(partner.place as usize) else { continue };
                let (root, whole) = (Power::Root.of(partner.weight), Power::Whole.of(partner.weight));
                let weights = [root, root * source.interest, whole, whole * source.interest];
                sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
            }
        }
    }

    fn take(&self, lane: usize, scores: &mut Vec<f32>) {
        scores.clear();
        scores.extend(self.0.iter().map(|sums| sums.get(lane).copied().unwrap_or(0.0)));
    }
}
