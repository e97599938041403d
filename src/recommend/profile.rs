//! One customer as the engine sees them: what they bought, how often, how lately. Nothing else is known, and they can read it.

use super::{
    Day, Settings, Use,
    number::index,
    repeat,
    shelf::{Bought, Shelf, by_product},
    shop::Customer,
};
use std::cmp::Reverse;

/// A product that a customer bought and that is on the shelf.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Owned {
    /// Its place.
    pub place: u32,
    /// When they last bought it.
    pub newest: Day,
    /// How often and how lately.
    pub interest: f32,
}

/// What counts of a customer.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// All that they bought from the shelf, by place.
    pub owned: Vec<Owned>,
    /// The newest of it, newest first: what leads to discoveries.
    pub sources: Vec<Owned>,
}

impl Profile {
    /// The profile of a customer as of the shelf's day.
    #[must_use]
    pub fn of(customer: &Customer, shelf: &Shelf, settings: &Settings) -> Self {
        let owned: Vec<Owned> = by_product(&customer.purchases, shelf.cut)
            .filter_map(|bought| {
                let place = shelf.place(bought.product)?;
                Some(Owned { place, newest: bought.newest, interest: repeat::interest(&bought, shelf.cut) })
            })
            .collect();
        let mut sources = owned.clone();
        newest_first(&mut sources, settings.products_max);
        Self { owned, sources }
    }
}

impl Owned {
    /// What it counts as a source.
    #[must_use]
    pub const fn strength(&self, use_of_it: Use) -> f32 {
        match use_of_it {
            Use::Alike => 1.0,
            Use::ByInterest => self.interest,
        }
    }
}

fn newest_first(owned: &mut Vec<Owned>, at_most: usize) {
    owned.sort_unstable_by_key(|owned| (Reverse(owned.newest), owned.place));
    owned.truncate(at_most);
}

/// Who has what: each customer's sources, and for each place its customers. No pair is ever stored, so that an erasure is
/// exact: without a customer's purchases all of it is as if they had never been here.
#[derive(Clone, Debug)]
pub struct Histories {
    sources: Lists,
    customers: Lists,
}

/// Lists of numbers, one after the other.
#[derive(Clone, Debug, Default)]
struct Lists {
    ends: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    fn get(&self, number: usize) -> &[u32] {
        let end = |number: usize| self.ends.get(number).map_or(0, |end| *end as usize);
        let start = number.checked_sub(1).map_or(0, end);
        self.all.get(start..end(number)).unwrap_or_default()
    }
}

impl Histories {
    /// The histories of these customers.
    #[must_use]
    pub fn of(customers: &[Customer], shelf: &Shelf, settings: &Settings) -> Self {
        let purchases: usize = customers.iter().map(|customer| customer.purchases.len()).sum();
        let mut sources = Lists { ends: Vec::with_capacity(customers.len()), all: Vec::with_capacity(purchases) };
        let mut newest: Vec<(Reverse<Day>, u32)> = Vec::new();
        for customer in customers {
            newest.clear();
            let on_shelf = |bought: Bought<'_>| Some((Reverse(bought.newest), shelf.place(bought.product)?));
            newest.extend(by_product(&customer.purchases, shelf.cut).filter_map(on_shelf));
            newest.sort_unstable();
            sources.all.extend(newest.iter().take(settings.products_max).map(|(_, place)| place));
            sources.ends.push(index(sources.all.len()));
        }
        let customers = inverted(&sources, shelf.items.len());
        Self { sources, customers }
    }

    /// The places of a customer's sources.
    #[must_use]
    pub fn sources(&self, customer: u32) -> &[u32] {
        self.sources.get(customer as usize)
    }

    /// The customers among whose sources a place is.
    #[must_use]
    pub fn customers(&self, place: usize) -> &[u32] {
        self.customers.get(place)
    }
}

fn inverted(lists: &Lists, places: usize) -> Lists {
    let mut next = vec![0_u32; places];
    for place in &lists.all {
        if let Some(count) = next.get_mut(*place as usize) {
            *count += 1;
        }
    }
    let mut total = 0;
    for start in &mut next {
        total += *start;
        *start = total - *start;
    }
    let mut all = vec![0; lists.all.len()];
    for customer in 0..lists.ends.len() {
        for place in lists.get(customer) {
            let Some(at) = next.get_mut(*place as usize) else { continue };
            if let Some(slot) = all.get_mut(*at as usize) {
                *slot = index(customer);
            }
            *at += 1;
        }
    }
    // Every list is full now, so its next place is its end.
    Lists { ends: next, all }
}
