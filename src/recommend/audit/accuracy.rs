//! How good the lists of a closed window were, beside simple methods; and for whom.

use super::played::{Beside, Lists, Played};
use crate::recommend::{
    Model, Section,
    measure::{Figures, Mean, Trial, gini, mean, ndcg},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What the engine's own line is called.
pub const OURS: &str = "co-buy";

/// One method's figures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Its name.
    pub method: Cow<'static, str>,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures of one kind of list, ours first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Accuracy {
    /// Each method.
    pub lines: Vec<Line>,
    /// What our NDCG is more than that of the best popularity, customer by customer.
    pub ahead: Mean,
    /// Share of customers for whom nothing was right.
    pub without_hit: f64,
    /// How unevenly NDCG is spread over customers: 0 all alike, 1 one has all.
    pub utility_gini: f64,
}

/// What a list was worth to one customer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Outcome {
    /// Their number in the shop.
    pub customer: u32,
    /// Whether anything in it was right.
    pub hit: Hit,
    /// Its NDCG.
    pub gain: f64,
}

/// Whether anything in a list was right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hit {
    /// At least one pick.
    Right,
    /// None.
    None,
}

impl Hit {
    /// As a number to add up.
    #[must_use]
    pub const fn value(self) -> f64 {
        match self {
            Self::Right => 1.0,
            Self::None => 0.0,
        }
    }
}

/// Measures one kind of list; with what ours were worth to each customer who bought something.
#[must_use]
pub fn measure(
    played: &Played<'_>,
    model: &Model,
    ours: &Lists,
    section: Section,
    length: usize,
    beside: Beside,
) -> (Accuracy, Vec<Outcome>) {
    let targets = played.targets(&model.shelf, section);
    let gains = |lists: &Lists| -> Vec<f64> {
        let trials = Played::trials(lists, &targets);
        trials.iter().map(|Trial { list, targets }| ndcg(list.iter().copied(), targets, length)).collect()
    };
    let own = gains(ours);
    let figures = |lists: &Lists| played.figures(lists, &targets, &model.shelf);
    let mut lines = vec![Line { method: Cow::Borrowed(OURS), figures: figures(ours) }];
    let mut best: Option<(f64, Mean)> = None;
    for (method, lists) in played.baselines(section, beside) {
        let line = Line { method: Cow::Borrowed(method), figures: figures(&lists) };
        let ndcg = line.figures.ndcg.value;
        if method.starts_with("popularity") && best.is_none_or(|(most, _)| ndcg > most) {
            let differences: Vec<f64> = own.iter().zip(gains(&lists)).map(|(own, other)| own - other).collect();
            best = Some((ndcg, mean(&differences)));
        }
        lines.push(line);
    }
    let outcomes: Vec<Outcome> = played
        .customers
        .iter()
        .zip(ours.iter().zip(&targets))
        .filter(|(_, (_, targets))| !targets.is_empty())
        .map(|(customer, (list, targets))| {
            let hit = if list.iter().any(|p| targets.binary_search(p).is_ok()) { Hit::Right } else { Hit::None };
            Outcome { customer: *customer, hit, gain: ndcg(list.iter().copied(), targets, length) }
        })
        .collect();
    let hit_rate = lines.first().map_or(0.0, |line| line.figures.hit_rate.value);
    let accuracy = Accuracy {
        ahead: best.map_or_else(Mean::default, |(_, ahead)| ahead),
        without_hit: 1.0 - hit_rate,
        utility_gini: gini(own, outcomes.len()),
        lines,
    };
    (accuracy, outcomes)
}
