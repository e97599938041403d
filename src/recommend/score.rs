//! Scores: how well each product on the shelf suits one customer.
//!
//! ```text
//!  together(j)    = Σ over the customer's products i of strength(i) · weight(i, j)
//!  discovery(j)   = together(j) · trend(j) / the largest such value  +  0.1 · popularity(j)
//!  repeat(j)      = interest(j) · √trend(j) / the largest such value
//!  both(j)        = repeat(j)  +  share · discovery(j) / the largest discovery
//! ```
//!
//! and each of them times what the owner's values say.

use super::{Section, model::Model, profile::Profile, repeat};
use std::mem;

/// What popularity of late adds to a score that is at most 1. Between nothing and 0.2 it hardly matters; what has no partner
/// is ranked by it.
pub const POPULARITY: f32 = 0.1;

/// Room to compute in, used again for each customer.
#[derive(Debug, Default)]
pub struct Scores {
    /// By place.
    pub all: Vec<f32>,
    new: Vec<f32>,
    again: Vec<f32>,
    /// What the parts were multiplied by on their way into the score.
    pub scales: Scales,
}

/// What was multiplied by what, so that a score can be taken apart again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scales {
    /// For `strength · weight · trend`.
    pub together: f32,
    /// For popularity.
    pub popular: f32,
    /// For `interest · √trend`.
    pub again: f32,
}

impl Scores {
    /// Scores the whole shelf for one customer.
    pub fn score(&mut self, model: &Model, profile: &Profile, section: Section) {
        match section {
            Section::Discoveries => self.discoveries(model, profile),
            Section::Again => self.repeats(model, profile),
            Section::Both => {
                self.both(model, profile);
                let share = model.tuned.discoveries;
                self.blend(share);
                self.scales.together *= share;
                self.scales.popular *= share;
            }
        }
        for (score, favour) in self.all.iter_mut().zip(model.favour.iter().flatten()) {
            *score *= favour;
        }
    }

    fn discoveries(&mut self, model: &Model, profile: &Profile) {
        clear(&mut self.all, model);
        together(model, profile, &mut self.all);
        self.discover(model);
    }

    /// Makes discoveries of what stands here already: what goes together with the customer's products.
    pub fn discover(&mut self, model: &Model) {
        for (score, trend) in self.all.iter_mut().zip(&model.trend) {
            *score *= trend;
        }
        let together = shrinking(&self.all);
        self.scales = Scales { together, popular: POPULARITY, again: 0.0 };
        for (score, popularity) in self.all.iter_mut().zip(&model.popularity) {
            *score = *score * together + POPULARITY * popularity;
        }
    }

    fn repeats(&mut self, model: &Model, profile: &Profile) {
        clear(&mut self.all, model);
        for owned in &profile.owned {
            let item = model.shelf.item(owned.place);
            if let (Some(score), Some(item)) = (self.all.get_mut(owned.place as usize), item) {
                *score = repeat::score(owned.interest, item.trend);
            }
        }
        self.scales = Scales { again: shrink(&mut self.all), ..Scales::default() };
    }

    /// Both questions, each by itself: [`Self::blend`] makes one score of them.
    pub fn both(&mut self, model: &Model, profile: &Profile) {
        self.repeats(model, profile);
        let again = self.scales.again;
        mem::swap(&mut self.all, &mut self.again);
        self.discoveries(model, profile);
        let scale = shrink(&mut self.all);
        mem::swap(&mut self.all, &mut self.new);
        let Scales { together, popular, .. } = self.scales;
        self.scales = Scales { together: together * scale, popular: popular * scale, again };
    }

    /// Repeats, and a share of discoveries.
    pub fn blend(&mut self, share: f32) {
        self.all.clear();
        self.all.extend(self.new.iter().zip(&self.again).map(|(new, again)| share * new + again));
    }
}

fn clear(scores: &mut Vec<f32>, model: &Model) {
    scores.clear();
    scores.resize(model.shelf.items.len(), 0.0);
}

fn together(model: &Model, profile: &Profile, scores: &mut [f32]) {
    for source in &profile.sources {
        let strength = source.strength(model.tuned.use_of_it);
        for partner in model.partners.of(source.place) {
            if let Some(score) = scores.get_mut(partner.place as usize) {
                *score += strength * partner.weight;
            }
        }
    }
}

/// Divides by the largest, and says by what it multiplied.
fn shrink(scores: &mut [f32]) -> f32 {
    let scale = shrinking(scores);
    for score in scores {
        *score *= scale;
    }
    scale
}

/// What makes the largest 1; nothing where there is none.
fn shrinking(scores: &[f32]) -> f32 {
    // Eight at a time: the processor compares them at once.
    let mut most = [0.0_f32; 8];
    let eights = scores.chunks_exact(8);
    for (most, score) in most.iter_mut().zip(eights.remainder()) {
        *most = most.max(*score);
    }
    for eight in eights {
        for (most, score) in most.iter_mut().zip(eight) {
            *most = if *score > *most { *score } else { *most };
        }
    }
    let most = most.into_iter().fold(0.0, f32::max);
    if most > 0.0 { most.recip() } else { 0.0 }
}
