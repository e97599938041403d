//! A wider view: no category crowds the others out, and one place is kept for something else.
//!
//! Maximal marginal relevance (Carbonell & Goldstein 1998): a product loses for each product of its category that stands in
//! the list already. The last place goes to the best product of a category that the customer never bought from and that isn't
//! in the list yet: a list that only ever confirms itself learns nothing, and neither does its reader.

use super::{
    model::Model,
    pick::{By, Pick},
    profile::Profile,
    wishes::{Wish, Wishes},
};
use std::collections::BTreeSet;

/// What relevance weighs, beside being something else.
const RELEVANCE: f32 = 0.87;

/// The list of so many from more candidates than that, which stand in order.
#[must_use]
pub fn widen(
    model: &Model,
    profile: &Profile,
    mut candidates: Vec<Pick>,
    scores: &[f32],
    wishes: &Wishes,
    at_most: usize,
) -> Vec<Pick> {
    let most = candidates.iter().map(|pick| pick.score).fold(0.0, f32::max);
    let mut list: Vec<Pick> = Vec::with_capacity(at_most);
    let mut categories = BTreeSet::new();
    while list.len() + 1 < at_most && !candidates.is_empty() {
        let first_wish = candidates.first().map_or(Wish::Nothing, |pick| pick.wish);
        let mut best = (0, f32::NEG_INFINITY);
        for (at, pick) in candidates.iter().enumerate().filter(|(_, pick)| pick.wish == first_wish) {
            let again = f32::from(u8::from(categories.contains(&model.category(pick.place))));
            let worth = RELEVANCE * pick.score / most - (1.0 - RELEVANCE) * again;
            if worth > best.1 {
                best = (at, worth);
            }
        }
        let pick = candidates.remove(best.0);
        categories.insert(model.category(pick.place));
        list.push(pick);
    }
    let explored = explore(model, profile, scores, wishes, &categories);
    list.extend(explored.or_else(|| candidates.first().copied()).filter(|_| list.len() < at_most));
    list
}

fn explore(model: &Model, profile: &Profile, scores: &[f32], wishes: &Wishes, listed: &BTreeSet<u32>) -> Option<Pick> {
    let known: BTreeSet<u32> = profile.owned.iter().map(|owned| model.category(owned.place)).collect();
    let is_new = |place: u32| {
        let category = model.category(place);
        !known.contains(&category) && !listed.contains(&category) && model.wish(wishes, place) <= Wish::Nothing
    };
    let mut best: Option<(u32, f32)> = None;
    for (score, place) in scores.iter().zip(0..) {
        if *score > best.map_or(0.0, |(_, score)| score) && is_new(place) {
            best = Some((place, *score));
        }
    }
    best.map(|(place, score)| Pick { place, score, wish: model.wish(wishes, place), by: By::Exploring })
}

impl Model {
    /// The category of a place.
    #[must_use]
    pub fn category(&self, place: u32) -> u32 {
        self.shelf.item(place).map_or(u32::MAX, |item| item.category)
    }
}
