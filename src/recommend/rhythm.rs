//! When it is time for more: how many days lie between two purchases of the same thing.
//!
//! A customer's own rhythm counts where they bought a thing three times or more; else that of the shop, where k customers have one.
//! Before nine tenths of it, it is too early, and after three times as long they have gone over to something else. Without a rhythm
//! nobody is asked.

use super::{
    Day, Settings,
    model::Model,
    number::index,
    shelf::{Bought, by_product},
    shop::{Customer, Shop},
};

/// From so many days on somebody has a rhythm of their own.
const DAYS_FOR_ONES_OWN: usize = 3;
/// Of its rhythm, in tenths.
const FROM_TENTHS: u32 = 9;
const UNTIL_TENTHS: u32 = 30;

/// The rhythm of each place: days between two purchases, where enough customers have bought it twice.
#[derive(Clone, Debug, Default)]
pub struct Rhythms(Vec<Option<u16>>);

impl Rhythms {
    /// Those of a shop.
    #[must_use]
    pub fn of(shop: &Shop, model: &Model, settings: &Settings) -> Self {
        let mut gaps: Vec<Vec<u16>> = vec![Vec::new(); model.shelf.items.len()];
        for customer in &shop.customers {
            for bought in by_product(&customer.purchases, model.shelf.cut) {
                let place = model.shelf.place(bought.product);
                let gap = own(&bought, 2);
                if let Some((of_place, gap)) = place.and_then(|place| gaps.get_mut(place as usize)).zip(gap) {
                    of_place.push(gap);
                }
            }
        }
        let usual = |gaps: Vec<u16>| if index(gaps.len()) >= settings.k { median(gaps) } else { None };
        Self(gaps.into_iter().map(usual).collect())
    }

    /// The places of which it is time for more, by place.
    #[must_use]
    pub fn due(&self, customer: &Customer, model: &Model) -> Vec<u32> {
        let bought = by_product(&customer.purchases, model.shelf.cut);
        let due = bought.filter_map(|bought| {
            let place = model.shelf.place(bought.product)?;
            let usual = self.0.get(place as usize).copied().flatten();
            let rhythm = own(&bought, DAYS_FOR_ONES_OWN).or(usual)?;
            is_time(bought.newest, model.shelf.cut, rhythm).then_some(place)
        });
        due.collect()
    }
}

fn is_time(newest: Day, today: Day, rhythm: u16) -> bool {
    let tenths = u32::from(today.since(newest)) * 10;
    (u32::from(rhythm) * FROM_TENTHS..=u32::from(rhythm) * UNTIL_TENTHS).contains(&tenths)
}

/// The middle of the gaps between somebody's own purchases, where there were so many.
fn own(bought: &Bought<'_>, days_min: usize) -> Option<u16> {
    if bought.days.len() < days_min {
        return None;
    }
    let gaps = bought.days.iter().zip(bought.days.iter().skip(1)).map(|(one, next)| next.on.since(one.on));
    median(gaps.filter(|gap| *gap > 0).collect())
}

/// The lower middle.
fn median(mut gaps: Vec<u16>) -> Option<u16> {
    gaps.sort_unstable();
    gaps.get(gaps.len().checked_sub(1)? / 2).copied()
}
