//! Figures in words, alike in verdicts, tables and pages.

use super::{exposure::Share, groups::Attribute};
use crate::recommend::measure::Mean;

/// `12.5 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// `0.334 ± 0.021`.
#[must_use]
pub fn mean(mean: &Mean, digits: usize) -> String {
    format!("{:.digits$} ± {:.digits$}", mean.value, mean.margin)
}

/// `+0.012 ± 0.005`, a price steer: a percentile within a category, recommended minus bought.
#[must_use]
pub fn steer(mean: &Mean) -> String {
    format!("{} ± {:.3}", signed(mean.value), mean.margin)
}

/// `+0.030`, and with a minus that is as wide as the plus.
#[must_use]
pub fn signed(value: f64) -> String {
    format!("{value:+.3}").replace('-', "−")
}

/// `p = .0001` is as small as ten thousand deals can show.
#[must_use]
pub fn p(p: f64) -> String {
    if p < 0.001 { format!("{p:.4}") } else { format!("{p:.3}") }
}

/// `2.10`, or a dash where nobody bought it.
#[must_use]
pub fn times(share: &Share) -> String {
    share.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
}

/// How the groups of an attribute compare, and how many aren't shown: a sentence each.
#[must_use]
pub fn compared(attribute: &Attribute) -> Vec<String> {
    let compared = attribute.hits.as_ref().map(|hits| {
        let by_chance = hits.p.map(|by_chance| {
            let alike = hits.p_alike.map(|alike| format!("; among those who buy as often, with p = {}", p(alike)));
            format!(" By chance they would lie as far apart with p = {}{}.", p(by_chance), alike.unwrap_or_default())
        });
        let by_chance = by_chance.unwrap_or_default();
        format!("“{}” is served worst, “{}” best: {:.2} times.{by_chance}", hits.worst, hits.best, hits.ratio)
    });
    let small = match attribute.too_small {
        0 => None,
        1 => Some("One group of fewer than 50 isn't shown.".to_owned()),
        many => Some(format!("{many} groups of fewer than 50 aren't shown.")),
    };
    compared.into_iter().chain(small).collect()
}
