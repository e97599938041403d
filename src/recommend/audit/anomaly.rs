//! Whether somebody pushes: bots that buy a pair, so that the one is recommended with the other.
//!
//! k different customers guard a pair, and k accounts can be made. What can't be made so easily is a past. So the audit
//! names
//!
//! - **few accounts**: a product, or a pair, that at least k accounts with hardly any other history bought within [`BURST_DAYS`]
//!   days, where these are two thirds or more of all such accounts that bought it in the last [`RECENT_DAYS`] days, and far more
//!   of its new buyers than such accounts are elsewhere in the shop: by [`SURE`] standard deviations;
//! - **a leap**: a pair of which at least k customers came to have both within [`BURST_DAYS`] days, and these are two thirds or
//!   more of all who ever had both. A leap of something that is on sale for less than [`RECENT_DAYS`] days is a launch and isn't
//!   named.
//!
//! An account has hardly any history if it has at most [`THIN_PRODUCTS`] different products and began in these weeks. A shop that
//! is younger than these weeks has no past to tell such accounts from, and nothing is named.
//!
//! Invariant: no customer is named, and no count under k.
//!
//! **Not promised:** that nobody pushes unseen. Whoever gives each account a year of groceries isn't found; and a newsletter
//! makes a leap, too, or a feast: on real groceries Thanksgiving does. A line asks somebody to look; it stops nothing.

use crate::recommend::{
    Day, Model, Shop,
    number::{count, index},
    shelf::by_product,
    side::side_by_side,
};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeMap, num::NonZeroUsize};

/// What happened in so many days before the lists is looked at.
pub const RECENT_DAYS: u16 = 28;
/// A burst.
pub const BURST_DAYS: u16 = 3;
/// Hardly any history: at most so many different products.
pub const THIN_PRODUCTS: usize = 5;
/// From this share of what it is held against, a burst is odd.
const ODD: f64 = 2.0 / 3.0;
/// So many standard deviations are no chance, among a million pairs.
pub const SURE: f64 = 5.0;

/// What looks pushed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Anomaly {
    /// The product, by its name in the shop's files.
    pub product: String,
    /// What it is bought with, where it is a pair.
    pub with: Option<String>,
    /// What is odd.
    pub kind: Kind,
    /// Customers in the burst; of few accounts only those with hardly any other history.
    pub burst: u32,
    /// All customers that the burst is held against: of few accounts the new buyers of these weeks, of a leap who ever had both.
    pub of: u32,
    /// The burst's first day.
    pub from: chrono::NaiveDate,
}

/// What is odd about a product or a pair.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// It comes from accounts with hardly any other history.
    FewAccounts,
    /// Nearly all of it is of a few days.
    Leap,
}

impl Anomaly {
    /// For the owner.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { product, with, kind, burst, of, from } = self;
        let until = from.checked_add_days(chrono::Days::new(u64::from(BURST_DAYS - 1))).unwrap_or(*from);
        let days = format!("between {} and {}", from.format("%-d %B"), until.format("%-d %B %Y"));
        let thin = format!("{burst} accounts with hardly any other history");
        match (kind, with) {
            (Kind::FewAccounts, None) => format!(
                "“{product}”: {thin} bought it {days}. In the last {RECENT_DAYS} days it had {of} new buyers in all."
            ),
            (Kind::FewAccounts, Some(with)) => format!(
                "“{product}” with “{with}”: {thin} bought both {days}. In the last {RECENT_DAYS} days {of} customers in all came \
                 to have both."
            ),
            (Kind::Leap, with) => {
                let with = with.as_deref().unwrap_or_default();
                format!("“{product}” with “{with}”: {burst} of the {of} who ever bought both came to have both {days}.")
            }
        }
    }
}

/// When a customer first bought what is on the shelf.
struct First {
    place: u32,
    on: Day,
}

struct Account {
    firsts: Vec<First>,
    is_thin: bool,
}

/// What looks pushed in what a model rests on, the worst first.
#[must_use]
pub fn find(shop: &Shop, model: &Model, k: u32, hands: NonZeroUsize) -> Vec<Anomaly> {
    let since = model.shelf.cut.back(RECENT_DAYS);
    if shop.span().is_none_or(|(first, _)| first >= since) {
        return Vec::new();
    }
    let search = Search::of(shop, model, since, k.max(2));
    let mut found = search.thin_pairs();
    let covers = |found: &[Anomaly], product: &str| {
        found.iter().any(|pair| pair.product == product || pair.with.as_deref() == Some(product))
    };
    let products = search.products();
    let products: Vec<Anomaly> = products.into_iter().filter(|one| !covers(&found, &one.product)).collect();
    let same = |a: &Anomaly, b: &Anomaly| a.product == b.product && a.with == b.with;
    let leaps = search.leaps(hands);
    let leaps: Vec<Anomaly> = leaps.into_iter().filter(|leap| !found.iter().any(|pair| same(pair, leap))).collect();
    found.extend(products.into_iter().chain(leaps));
    found.sort_by_cached_key(|one| (one.kind, Reverse(one.burst), one.product.clone(), one.with.clone()));
    found
}

struct Search<'a> {
    shop: &'a Shop,
    model: &'a Model,
    k: u32,
    /// The first day that is looked at.
    since: Day,
    accounts: Vec<Account>,
    /// Who has what is at a place.
    buyers: Vec<Vec<u32>>,
    /// When it was first bought by anybody.
    on_sale: Vec<Day>,
    /// New buyers of these weeks, all and those with hardly any other history.
    new: (f64, f64),
}

/// Customers by the day on which something happened to them, in the days that are looked at.
#[derive(Clone, Copy, Default)]
struct ByDay {
    days: [u16; RECENT_DAYS as usize],
    sum: u16,
}

impl ByDay {
    fn add(&mut self, day: usize) {
        if let Some(slot) = self.days.get_mut(day) {
            *slot = slot.saturating_add(1);
            self.sum = self.sum.saturating_add(1);
        }
    }

    /// The days with most, and how many; the first of equals.
    fn burst(&self) -> (usize, u32) {
        let burst = |days: &[u16]| days.iter().map(|n| u32::from(*n)).sum::<u32>();
        let sums = self.days.windows(usize::from(BURST_DAYS)).map(burst);
        sums.enumerate().fold((0, 0), |best, next| if next.1 > best.1 { next } else { best })
    }
}

impl<'a> Search<'a> {
    fn of(shop: &'a Shop, model: &'a Model, since: Day, k: u32) -> Self {
        let shelf = &model.shelf;
        let mut buyers = vec![Vec::new(); shelf.items.len()];
        let mut on_sale = vec![shelf.cut; shelf.items.len()];
        let accounts = shop.customers.iter().zip(0..).map(|(customer, number)| {
            let (mut products, mut began) = (0, shelf.cut);
            let mut firsts = Vec::new();
            for bought in by_product(&customer.purchases, shelf.cut) {
                (products, began) = (products + 1, began.min(bought.oldest));
                let Some(place) = shelf.place(bought.product) else { continue };
                firsts.push(First { place, on: bought.oldest });
                if let Some(buyers) = buyers.get_mut(place as usize) {
                    buyers.push(number);
                }
                if let Some(first) = on_sale.get_mut(place as usize) {
                    *first = bought.oldest.min(*first);
                }
            }
            Account { firsts, is_thin: products <= THIN_PRODUCTS && began >= since }
        });
        let accounts: Vec<Account> = accounts.collect();
        let new = |account: &Account| account.firsts.iter().filter(|first| first.on >= since).count();
        let all = accounts.iter().map(new).sum();
        let thin = accounts.iter().filter(|account| account.is_thin).map(new).sum();
        Self { shop, model, k, since, accounts, buyers, on_sale, new: (count(all), count(thin)) }
    }

    fn account(&self, number: u32) -> Option<&Account> {
        self.accounts.get(number as usize)
    }

    fn name(&self, place: u32) -> String {
        self.model.name(self.shop, place).to_owned()
    }

    /// The day among those that are looked at; `None` for an earlier one.
    fn day(&self, on: Day) -> Option<usize> {
        (on >= self.since).then(|| usize::from(on.since(self.since)))
    }

    /// Whether accounts with hardly any history, of so many new buyers in all, are too many to be chance; their burst.
    fn few_accounts(&self, thin: &ByDay, all: u32) -> Option<(usize, u32)> {
        let (begin, burst) = thin.burst();
        let (new, new_thin) = self.new;
        let (all, here) = (f64::from(all), f64::from(thin.sum));
        let elsewhere = ((new_thin - here) / (new - all).max(1.0)).clamp(0.0, 1.0);
        let chance = all * elsewhere + SURE * (all * elsewhere * (1.0 - elsewhere)).sqrt();
        (burst >= self.k && f64::from(burst) >= ODD * here && f64::from(burst) > chance).then_some((begin, burst))
    }

    fn products(&self) -> Vec<Anomaly> {
        let mut by_place = vec![(0, ByDay::default()); self.buyers.len()];
        for account in &self.accounts {
            for first in &account.firsts {
                let slot = by_place.get_mut(first.place as usize);
                let (Some(day), Some((all, thin))) = (self.day(first.on), slot) else { continue };
                *all += 1;
                if account.is_thin {
                    thin.add(day);
                }
            }
        }
        let odd = |((all, thin), place): (&(u32, ByDay), u32)| {
            let burst = self.few_accounts(thin, *all)?;
            Some(self.anomaly(place, None, Kind::FewAccounts, burst, *all))
        };
        by_place.iter().zip(0..).filter_map(odd).collect()
    }

    fn thin_pairs(&self) -> Vec<Anomaly> {
        let mut by_pair: BTreeMap<(u32, u32), ByDay> = BTreeMap::new();
        for Account { firsts, .. } in self.accounts.iter().filter(|account| account.is_thin) {
            for (first, before) in firsts.iter().zip(0..) {
                for other in firsts.iter().take(before) {
                    if let Some(day) = self.day(first.on.max(other.on)) {
                        by_pair.entry((first.place, other.place)).or_default().add(day);
                    }
                }
            }
        }
        let odd = |((place, other), thin): (&(u32, u32), &ByDay)| {
            if thin.burst().1 < self.k {
                return None;
            }
            let recent = self.both(*place, *other).filter(|on| *on >= self.since).count();
            let burst = self.few_accounts(thin, index(recent))?;
            Some(self.anomaly(*place, Some(*other), Kind::FewAccounts, burst, index(recent)))
        };
        by_pair.iter().filter_map(odd).collect()
    }

    /// When each customer of two places came to have both.
    fn both(&self, place: u32, other: u32) -> impl Iterator<Item = Day> {
        let buyers = self.buyers.get(place as usize).into_iter().flatten();
        buyers.filter_map(move |number| {
            let account = self.account(*number)?;
            Some(account.first(place)?.max(account.first(other)?))
        })
    }

    fn leaps(&self, hands: NonZeroUsize) -> Vec<Anomaly> {
        let tools = || (vec![ByDay::default(); self.buyers.len()], Vec::new());
        let parts = side_by_side(hands, self.buyers.len(), tools, |(days, touched), places| {
            let mut found = Vec::new();
            for place in places {
                self.count(place, days, touched);
                for other in touched.drain(..) {
                    let Some(slot) = days.get_mut(other as usize) else { continue };
                    let (begin, burst) = std::mem::take(slot).burst();
                    if burst >= self.k {
                        found.extend(self.leap(index(place), other, (begin, burst)));
                    }
                }
            }
            found
        });
        parts.into_iter().flatten().collect()
    }

    /// On which days customers of a place came to have it and one of the places before it.
    fn count(&self, place: usize, days: &mut [ByDay], touched: &mut Vec<u32>) {
        for account in self.buyers.get(place).into_iter().flatten().filter_map(|number| self.account(*number)) {
            let Some(first) = account.first(index(place)) else { continue };
            for other in account.firsts.iter().take_while(|other| (other.place as usize) < place) {
                let Some(day) = self.day(first.max(other.on)) else { continue };
                let Some(slot) = days.get_mut(other.place as usize) else { continue };
                if slot.sum == 0 {
                    touched.push(other.place);
                }
                slot.add(day);
            }
        }
    }

    fn leap(&self, place: u32, other: u32, burst: (usize, u32)) -> Option<Anomaly> {
        let ever = index(self.both(place, other).count());
        let is_launch = [place, other].iter().any(|place| self.on_sale.get(*place as usize) >= Some(&self.since));
        let is_leap = f64::from(burst.1) >= ODD * f64::from(ever) && !is_launch;
        is_leap.then(|| self.anomaly(place, Some(other), Kind::Leap, burst, ever))
    }

    fn anomaly(&self, place: u32, with: Option<u32>, kind: Kind, (begin, burst): (usize, u32), of: u32) -> Anomaly {
        Anomaly {
            product: self.name(place),
            with: with.map(|other| self.name(other)),
            kind,
            burst,
            of,
            from: self.since.on(u16::try_from(begin).unwrap_or(0)).date(),
        }
    }
}

impl Account {
    fn first(&self, place: u32) -> Option<Day> {
        let at = self.firsts.binary_search_by_key(&place, |first| first.place).ok()?;
        self.firsts.get(at).map(|first| first.on)
    }
}
