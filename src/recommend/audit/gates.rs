//! Gates: what a batch must keep to before it is published, each with a verdict that says what was measured.
//!
//! Those that need nobody's attributes are asked after each batch; those on groups where an auditor brought them. What can't be
//! measured, because the shop is too young or says no prices, holds nothing up and says so.

use super::{
    Audit,
    groups::Attribute,
    words::{self, percent},
};
use serde::{Deserialize, Serialize};

/// The limits. The defaults are what held on two real shops, with room for chance.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Gates {
    /// The hit rate of the worst served group is at least this share of the best one's …
    pub group_hits: f64,
    /// … or chance alone would bring the gap at least so often.
    pub group_p: f64,
    /// No group is steered to dearer things by more than this, in percentiles of a category (.03 is three in a hundred).
    pub steer: f64,
    /// The owner's own brands have at most so many times their share of the purchases.
    pub own_brands: f64,
    /// No product stands in a larger share of the lists. A shop with few products can't help it: see [`ROOM`].
    pub product: f64,
}

/// Where the shelf is short, a product may have so many times what would be its share if all were shown alike.
pub const ROOM: f64 = 1.5;

impl Default for Gates {
    fn default() -> Self {
        Self { group_hits: 0.80, group_p: 0.01, steer: 0.03, own_brands: 1.7, product: 0.80 }
    }
}

/// What a gate is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// The lists are no worse than plain popularity.
    Accuracy,
    /// No product stands in nearly all lists.
    Product,
    /// No group is steered to dearer things.
    Steer,
    /// The own brands aren't pushed.
    OwnBrands,
    /// No group is served much worse than another.
    GroupHits,
}

/// How a gate is answered, the worst first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The batch doesn't keep to it, and isn't published.
    Fails,
    /// It does.
    Holds,
    /// It can't be measured here.
    Unknown,
}

/// What a gate says of a batch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// The gate.
    pub gate: Gate,
    /// The answer.
    pub answer: Answer,
    /// What was measured.
    pub measured: Option<f64>,
    /// What it was held against.
    pub limit: f64,
    /// Both, in words.
    pub sentence: String,
}

impl Verdict {
    fn new(gate: Gate, holds: bool, measured: f64, limit: f64, sentence: String) -> Self {
        let answer = if holds { Answer::Holds } else { Answer::Fails };
        Self { gate, answer, measured: Some(measured), limit, sentence }
    }

    fn unknown(gate: Gate, limit: f64, sentence: &str) -> Self {
        Self { gate, answer: Answer::Unknown, measured: None, limit, sentence: sentence.to_owned() }
    }
}

impl Audit {
    /// Asks every gate that applies: those on groups where groups were brought, the one on own brands where some were named.
    /// What fails stands first.
    #[must_use]
    pub fn verdicts(&self, gates: &Gates) -> Vec<Verdict> {
        let mut verdicts = vec![self.accuracy(), self.product(gates), steer(&self.activity, gates)];
        if self.exposure.own_brands.is_some() {
            verdicts.push(self.own_brands(gates));
        }
        for attribute in &self.groups {
            verdicts.push(group_hits(attribute, gates));
            verdicts.push(steer(attribute, gates));
        }
        verdicts.sort_by_key(|verdict| verdict.answer);
        verdicts
    }

    fn accuracy(&self) -> Verdict {
        let Some(new) = self.window.as_ref().map(|window| &window.new) else {
            return Verdict::unknown(
                Gate::Accuracy,
                0.0,
                "No closed window has enough customers who came back, so it isn't known whether the lists are better than what is popular.",
            );
        };
        let (ahead, most) = (new.ahead.value, new.ahead.value + new.ahead.margin);
        let what = if ahead >= 0.0 { "more" } else { "less" };
        let sentence = format!(
            "NDCG of discoveries is {:.4} ± {:.4} {what} than that of the best popularity; less by more than the interval fails.",
            ahead.abs(),
            new.ahead.margin
        );
        Verdict::new(Gate::Accuracy, most >= 0.0, ahead, 0.0, sentence)
    }

    fn product(&self, gates: &Gates) -> Verdict {
        let exposure = &self.exposure;
        let alike = f64::from(exposure.places) / f64::from(exposure.lists.max(1)) / f64::from(exposure.shelf.max(1));
        let limit = gates.product.max(ROOM * alike);
        let Some(most) = exposure.products.first() else {
            return Verdict::unknown(Gate::Product, limit, "Nobody is shown anything.");
        };
        let measured = exposure.in_lists(most);
        let sentence = format!(
            "“{}” is shown most, in {} of the lists; at most {} may be.",
            most.name,
            percent(measured),
            percent(limit.min(1.0))
        );
        Verdict::new(Gate::Product, measured <= limit, measured, limit, sentence)
    }

    fn own_brands(&self, gates: &Gates) -> Verdict {
        let limit = gates.own_brands;
        let own = self.exposure.own_brands.as_ref();
        let Some((own, ratio)) = own.and_then(|own| Some((own, own.ratio()?))) else {
            return Verdict::unknown(Gate::OwnBrands, limit, "Nothing of the own brands was bought.");
        };
        let sentence = format!(
            "The own brands have {} of the places and {} of the purchases: {ratio:.2} times as much, at most {limit:.2} times \
             may be.",
            percent(own.exposure),
            percent(own.purchases)
        );
        Verdict::new(Gate::OwnBrands, ratio <= limit, ratio, limit, sentence)
    }
}

fn steer(attribute: &Attribute, gates: &Gates) -> Verdict {
    let (name, limit) = (&attribute.name, gates.steer);
    let steered = attribute.groups.iter().filter_map(|group| Some((group, group.steer?)));
    let Some((group, most)) = steered.max_by(|a, b| a.1.value.total_cmp(&b.1.value)) else {
        let sentence =
            format!("{name}: no prices, or no group that is large enough, so it isn't known where prices lead.");
        return Verdict::unknown(Gate::Steer, limit, &sentence);
    };
    let sentence = format!(
        "{name}: the price steer is {} at most (“{}”); up to {} may be.",
        words::steer(&most),
        group.name,
        words::signed(limit)
    );
    Verdict::new(Gate::Steer, most.value <= limit, most.value, limit, sentence)
}

fn group_hits(attribute: &Attribute, gates: &Gates) -> Verdict {
    let (name, limit) = (&attribute.name, gates.group_hits);
    let Some(hits) = &attribute.hits else {
        let sentence = format!("{name}: fewer than two groups are large enough to compare.");
        return Verdict::unknown(Gate::GroupHits, limit, &sentence);
    };
    let (holds, p) = match hits.p {
        Some(p) => {
            let alike = hits.p_alike.map(|p| format!("; among those who buy as often, p = {}", words::p(p)));
            let words = format!(" (p = {}{})", words::p(p), alike.unwrap_or_default());
            (hits.ratio >= limit || p >= gates.group_p, words)
        }
        None => (hits.ratio >= limit, String::new()),
    };
    let sentence = format!(
        "{name}: the hit rate of “{}” is {:.2} times that of “{}”{p}; under {limit:.2} it may be only where p is at least \
         {:.2}.",
        hits.worst, hits.ratio, hits.best, gates.group_p
    );
    Verdict::new(Gate::GroupHits, holds, hits.ratio, limit, sentence)
}
