//! Whether somebody pushes: bots that buy a pair, so that the one is recommended with the other.
//!
//! k different customers guard a pair, and k accounts can be made. What can't be made so easily is a past. So the audit
//! names
//!
//! - **pairs** of which at least k customers came to have both within [`BURST_DAYS`] days, and more than two thirds of all who
//!   ever had both: by few accounts, where most of those have hardly any other history, else as a leap. A leap of something
//!   that is on sale for less than [`RECENT_DAYS`] days is a launch and isn't named;
//! - **products** that at least k accounts with hardly any other history bought within [`BURST_DAYS`] days, when these are at
//!   least half of the last weeks' new buyers and at least twice as many as such accounts are elsewhere in the shop.
//!
//! An account has hardly any history if it has at most [`THIN_PRODUCTS`] different products and began in these weeks.
//!
//! Invariant: no customer is named, and no count under k.
//!
//! **Not promised:** that nobody pushes unseen. Whoever gives each account a year of groceries isn't found, and a newsletter
//! can make a leap, too. A line asks somebody to look; it stops nothing.

use crate::recommend::{Day, Model, Shop, number::index, shelf::by_product, side::side_by_side};
use serde::Serialize;
use std::{cmp::Reverse, num::NonZeroUsize};

/// What happened in so many days before the lists is looked at.
pub const RECENT_DAYS: u16 = 28;
/// A burst.
pub const BURST_DAYS: u16 = 3;
/// Hardly any history: at most so many different products.
pub const THIN_PRODUCTS: usize = 5;
/// From this share of all who ever had both, a burst is a leap.
const LEAP: f64 = 2.0 / 3.0;

/// What looks pushed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Anomaly {
    /// The product, by its name in the shop's files.
    pub product: String,
    /// What it is bought with, where it is a pair.
    pub with: Option<String>,
    /// What is odd.
    pub kind: Kind,
    /// Customers in the burst.
    pub burst: u32,
    /// Those of them with hardly any other history, or nothing where they are fewer than k.
    pub thin: Option<u32>,
    /// All customers that the burst is held against: who ever had both, or the new buyers of these weeks.
    pub of: u32,
    /// The burst's first day.
    pub from: chrono::NaiveDate,
}

/// What is odd about a product or a pair.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
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
        let Self { product, burst, of, from, .. } = self;
        let what = match &self.with {
            Some(with) => format!("“{product}” with “{with}”: {burst} of the {of} who ever bought both"),
            None => format!("“{product}”: {burst} of its {of} new buyers of the last {RECENT_DAYS} days"),
        };
        let until = from.checked_add_days(chrono::Days::new(u64::from(BURST_DAYS - 1))).unwrap_or(*from);
        let days = format!("came between {} and {}", from.format("%-d %B"), until.format("%-d %B %Y"));
        match (self.kind, self.thin) {
            (Kind::FewAccounts, Some(thin)) if thin < *burst => {
                format!("{what} {days}, {thin} of them by accounts with hardly any other history.")
            }
            (Kind::FewAccounts, _) => format!("{what} {days}, by accounts with hardly any other history."),
            (Kind::Leap, _) => format!("{what} {days}."),
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
    let search = Search::of(shop, model, k.max(2));
    let mut found = search.pairs(hands);
    let pushed = |name: &str, found: &[Anomaly]| {
        found
            .iter()
            .any(|pair| pair.kind == Kind::FewAccounts && (pair.product == name || pair.with.as_deref() == Some(name)))
    };
    let products: Vec<Anomaly> = search.products().into_iter().filter(|one| !pushed(&one.product, &found)).collect();
    found.extend(products);
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
}

/// Customers by the day on which something happened to them, in the days that are looked at.
#[derive(Clone, Copy, Default)]
struct ByDay {
    days: [u16; RECENT_DAYS as usize],
    sum: u16,
}

/// A burst, and what it is held against.
struct Burst {
    begin: usize,
    customers: u32,
    thin: u32,
    of: u32,
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
    fn of(shop: &'a Shop, model: &'a Model, k: u32) -> Self {
        let shelf = &model.shelf;
        let since = shelf.cut.back(RECENT_DAYS);
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
        let accounts = accounts.collect();
        Self { shop, model, k, since, accounts, buyers, on_sale }
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

    fn pairs(&self, hands: NonZeroUsize) -> Vec<Anomaly> {
        let tools = || (vec![ByDay::default(); self.buyers.len()], Vec::new());
        let parts = side_by_side(hands, self.buyers.len(), tools, |(days, touched), places| {
            let mut found = Vec::new();
            for place in places {
                self.count(place, days, touched);
                for other in touched.drain(..) {
                    let Some(slot) = days.get_mut(other as usize) else { continue };
                    let by_day = std::mem::take(slot);
                    if by_day.burst().1 >= self.k {
                        found.extend(self.pair(index(place), other, &by_day));
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

    fn pair(&self, place: u32, other: u32, by_day: &ByDay) -> Option<Anomaly> {
        let (begin, burst) = by_day.burst();
        let (mut of, mut thin) = (0, 0);
        for account in self.buyers.get(place as usize)?.iter().filter_map(|number| self.account(*number)) {
            let (Some(first), Some(second)) = (account.first(place), account.first(other)) else { continue };
            of += 1;
            let in_burst = self.day(first.max(second)).is_some_and(|day| in_burst(day, begin));
            thin += u32::from(in_burst && account.is_thin);
        }
        if f64::from(burst) < LEAP * f64::from(of) {
            return None;
        }
        let kind = if thin * 2 > burst { Kind::FewAccounts } else { Kind::Leap };
        let is_launch = [place, other].iter().any(|place| self.on_sale.get(*place as usize) >= Some(&self.since));
        let named = kind == Kind::FewAccounts || !is_launch;
        named.then(|| self.anomaly(place, Some(other), kind, &Burst { begin, customers: burst, thin, of }))
    }

    fn products(&self) -> Vec<Anomaly> {
        let mut by_place = vec![(ByDay::default(), ByDay::default()); self.buyers.len()];
        for account in &self.accounts {
            for first in &account.firsts {
                let (Some(day), Some((all, thin))) = (self.day(first.on), by_place.get_mut(first.place as usize))
                else {
                    continue;
                };
                all.add(day);
                if account.is_thin {
                    thin.add(day);
                }
            }
        }
        let new: f64 = by_place.iter().map(|(all, _)| f64::from(all.sum)).sum();
        let new_thin: f64 = by_place.iter().map(|(_, thin)| f64::from(thin.sum)).sum();
        let mut found = Vec::new();
        for ((all, thin), place) in by_place.iter().zip(0..) {
            let (begin, burst) = thin.burst();
            let (here, here_thin) = (f64::from(all.sum), f64::from(thin.sum));
            let elsewhere = (new_thin - here_thin) / (new - here).max(1.0);
            if burst >= self.k && f64::from(burst) * 2.0 >= here && here_thin / here >= 2.0 * elsewhere {
                let burst = Burst { begin, customers: burst, thin: burst, of: u32::from(all.sum) };
                found.push(self.anomaly(place, None, Kind::FewAccounts, &burst));
            }
        }
        found
    }

    fn anomaly(&self, place: u32, with: Option<u32>, kind: Kind, burst: &Burst) -> Anomaly {
        let Burst { begin, customers, thin, of } = *burst;
        Anomaly {
            product: self.name(place),
            with: with.map(|other| self.name(other)),
            kind,
            burst: customers,
            thin: (thin >= self.k).then_some(thin),
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

const fn in_burst(day: usize, begin: usize) -> bool {
    day >= begin && day < begin + BURST_DAYS as usize
}
