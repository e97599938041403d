//! Picks: who gets which products, in which order, after everything that mustn't be in a list is out.

use super::{
    Day, Section, Settings, View,
    model::Model,
    profile::{Owned, Profile},
    score::Scores,
    view,
    wishes::{Wish, Wishes},
};
use std::cmp::Ordering;

/// A product in a list.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pick {
    /// Its place on the shelf.
    pub place: u32,
    /// How well it suits.
    pub score: f32,
    /// What the customer said about it themself.
    pub wish: Wish,
    /// How it came into the list.
    pub by: By,
}

/// How a product came into a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// Its score.
    Score,
    /// The place that is kept for a category that is new to the customer.
    Exploring,
    /// Nothing is known that would lead to more: it is what many buy.
    Favour,
}

/// A score below all that count.
const OUT: f32 = -1.0;
/// So many scores are compared at once.
const BLOCK: usize = 32;
/// A wide view chooses among so many.
pub const CANDIDATES: usize = 60;

impl Model {
    /// The list of one section for one customer.
    pub fn list(
        &self,
        profile: &Profile,
        wishes: &Wishes,
        section: Section,
        settings: &Settings,
        scores: &mut Scores,
    ) -> Vec<Pick> {
        scores.score(self, profile, section);
        self.bar(profile, section, settings, &mut scores.all);
        let candidates = if settings.view == View::Wide { CANDIDATES.max(settings.list) } else { settings.list };
        let mut picks = self.best(&scores.all, wishes, candidates);
        if settings.view == View::Wide {
            picks = view::widen(self, profile, picks, &scores.all, wishes, settings.list);
        }
        if section != Section::Again {
            self.fill(&mut picks, &scores.all, wishes, settings.list);
        }
        picks
    }

    /// Takes out what mustn't be recommended.
    pub fn bar(&self, profile: &Profile, section: Section, settings: &Settings, scores: &mut [f32]) {
        let mut out = |place: u32| {
            if let Some(score) = scores.get_mut(place as usize) {
                *score = OUT;
            }
        };
        self.withheld.iter().for_each(|place| out(*place));
        let rests = |owned: &&Owned| rests(owned.newest, self.shelf.cut, settings.rest_days);
        match section {
            Section::Discoveries => profile.owned.iter().for_each(|owned| out(owned.place)),
            Section::Again | Section::Both => profile.owned.iter().filter(rests).for_each(|owned| out(owned.place)),
        }
    }

    /// The best by wish and score; nothing without a score.
    #[must_use]
    pub fn best(&self, scores: &[f32], wishes: &Wishes, at_most: usize) -> Vec<Pick> {
        let mut best = Best { picks: Vec::with_capacity(at_most + 1), at_most, least: 0.0 };
        if *wishes == Wishes::default() {
            // Nearly all are below the least of the best: whole blocks are passed over.
            for (block, start) in scores.chunks(BLOCK).zip((0..).step_by(BLOCK)) {
                if block.iter().copied().fold(OUT, largest) > best.least {
                    for (score, place) in block.iter().zip(start..) {
                        if *score > best.least {
                            best.offer(Pick { place, score: *score, wish: Wish::Nothing, by: By::Score });
                        }
                    }
                }
            }
        } else {
            for (score, place) in scores.iter().zip(0..).filter(|(score, _)| **score > 0.0) {
                let wish = self.wish(wishes, place);
                if wish != Wish::Never {
                    best.offer(Pick { place, score: *score, wish, by: By::Score });
                }
            }
        }
        best.picks
    }

    /// What somebody said of the product at a place.
    #[must_use]
    pub fn wish(&self, wishes: &Wishes, place: u32) -> Wish {
        self.shelf.item(place).map_or(Wish::Never, |item| wishes.of(item))
    }

    /// Fills what is left with what many buy, and says so.
    pub fn fill(&self, picks: &mut Vec<Pick>, scores: &[f32], wishes: &Wishes, at_most: usize) {
        for wish in [Wish::More, Wish::Nothing, Wish::Less] {
            for place in &self.favourites {
                if picks.len() >= at_most {
                    return;
                }
                let out = scores.get(*place as usize).is_none_or(|score| *score < 0.0);
                if !out && self.wish(wishes, *place) == wish && picks.iter().all(|pick| pick.place != *place) {
                    picks.push(Pick { place: *place, score: 0.0, wish, by: By::Favour });
                }
            }
        }
    }
}

/// Without the care for what is no number, that a processor could not take eight at a time.
const fn largest(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// The best so far, in order.
struct Best {
    picks: Vec<Pick>,
    at_most: usize,
    /// Where the list is full, the score of its last.
    least: f32,
}

impl Best {
    fn offer(&mut self, pick: Pick) {
        let at = self.picks.partition_point(|other| order(other, &pick) != Ordering::Greater);
        if at >= self.at_most {
            return;
        }
        self.picks.insert(at, pick);
        self.picks.truncate(self.at_most);
        if self.picks.len() == self.at_most {
            self.least = self.picks.last().map_or(0.0, |last| last.score);
        }
    }
}

/// Wishes first, then scores, then the order of the shop.
#[must_use]
pub fn order(a: &Pick, b: &Pick) -> Ordering {
    a.wish.cmp(&b.wish).then(b.score.total_cmp(&a.score)).then(a.place.cmp(&b.place))
}

fn rests(newest: Day, today: Day, rest_days: u16) -> bool {
    rest_days > 0 && today.since(newest) <= rest_days
}
