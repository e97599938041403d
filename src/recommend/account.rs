//! What a score is made of: each part with its ground, and together they are the score.
//!
//! The reason that is shown is read off this account, never guessed: see [`super::reason`].

use super::{Settings, model::Model, pick::Pick, profile::Profile, repeat, score::Scales, shop::Shop};

/// What a part of a score rests on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ground {
    /// The customer bought this product, by its number in the shop.
    Bought(u32),
    /// They bought this very product before.
    Again,
    /// Many buy it of late.
    Popular,
    /// What the owner's values add, or take away.
    Values,
}

/// A part of a score.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Part {
    /// What it rests on.
    pub ground: Ground,
    /// How much it is.
    pub amount: f32,
}

/// The account of one pick.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Account {
    /// The parts; those that are nothing are left out.
    pub parts: Vec<Part>,
    /// The value of the owner that lifts it most.
    pub value: Option<u8>,
}

impl Account {
    /// The sum of all parts: the score.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.parts.iter().map(|part| part.amount).sum()
    }

    /// What one ground adds.
    #[must_use]
    pub fn of(&self, ground: Ground) -> f32 {
        self.parts.iter().filter(|part| part.ground == ground).map(|part| part.amount).sum()
    }

    /// What all that they bought adds together.
    #[must_use]
    pub fn together(&self) -> f32 {
        let bought = |part: &&Part| matches!(part.ground, Ground::Bought(_));
        self.parts.iter().filter(bought).map(|part| part.amount).sum()
    }

    /// The product that adds most, and how much that is; the first of equals.
    #[must_use]
    pub fn foremost(&self) -> Option<(u32, f32)> {
        let bought = self.parts.iter().filter_map(|part| match part.ground {
            Ground::Bought(product) => Some((product, part.amount)),
            _ => None,
        });
        bought.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}

const NOT_PICKED: u8 = u8::MAX;

impl Model {
    /// The accounts of a customer's picks, in their order. The scales are those that the list was scored with.
    #[must_use]
    pub fn accounts(
        &self,
        shop: &Shop,
        profile: &Profile,
        picks: &[Pick],
        scales: Scales,
        settings: &Settings,
    ) -> Vec<Account> {
        let mut accounts = vec![Account::default(); picks.len()];
        let mut picked = vec![NOT_PICKED; self.shelf.items.len()];
        for (pick, number) in picks.iter().zip(0..NOT_PICKED) {
            if let Some(slot) = picked.get_mut(pick.place as usize) {
                *slot = number;
            }
        }
        for source in &profile.sources {
            let strength = source.strength(self.tuned.use_of_it);
            let Some(bought) = self.shelf.item(source.place) else { continue };
            for partner in self.partners.of(source.place) {
                let slot = picked.get(partner.place as usize).copied().unwrap_or(NOT_PICKED);
                if let Some(account) = accounts.get_mut(usize::from(slot)) {
                    let trend = self.trend.get(partner.place as usize).copied().unwrap_or(0.0);
                    let amount = strength * partner.weight * trend * scales.together;
                    account.add(Ground::Bought(bought.product), amount);
                }
            }
        }
        for (account, pick) in accounts.iter_mut().zip(picks) {
            self.finish(account, profile, pick, scales);
            let product = self.shelf.item(pick.place).and_then(|item| shop.products.get(item.product as usize));
            account.value = product.and_then(|product| settings.weights.foremost(product.values));
        }
        accounts
    }

    fn finish(&self, account: &mut Account, profile: &Profile, pick: &Pick, scales: Scales) {
        let at = |list: &[f32]| list.get(pick.place as usize).copied();
        if let Ok(owned) = profile.owned.binary_search_by_key(&pick.place, |owned| owned.place) {
            let interest = profile.owned.get(owned).map_or(0.0, |owned| owned.interest);
            account.add(Ground::Again, repeat::score(interest, at(&self.trend).unwrap_or(0.0)) * scales.again);
        }
        account.add(Ground::Popular, at(&self.popularity).unwrap_or(0.0) * scales.popular);
        let factor = self.favour.as_deref().and_then(at).unwrap_or(1.0);
        account.add(Ground::Values, account.score() * (factor - 1.0));
    }
}

impl Account {
    fn add(&mut self, ground: Ground, amount: f32) {
        if amount != 0.0 {
            self.parts.push(Part { ground, amount });
        }
    }
}
