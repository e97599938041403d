//! A rehearsal's nights, for eyes: what the recommendations of each came to.

use super::{LISTED, right};
use crate::{cli::output, engine::rehearse::nights::Night};
use chrono::NaiveDateTime;

/// Prints them. Nights on end that came to the same are one row; without `each`, a long list ends early.
pub fn print(nights: &[Night], each: bool) {
    if nights.is_empty() {
        return;
    }
    let mut table = output::table(["recommendations", "", "agreed", "enough to say", "recommended to", "why"]);
    let alike: Vec<&[Night]> = nights.chunk_by(alike).collect();
    let most = if each { usize::MAX } else { LISTED };
    for nights in alike.iter().take(most) {
        let [first, ..] = nights else { continue };
        let [agreed, lists] = [first.agreed, first.lists].map(|number| number.to_string());
        table.add_row([&when(nights), first.words(), &agreed, &lists, &first.people.to_string(), &why(first)]);
    }
    right(&mut table, 2..5);
    output::line(format_args!("\n{table}"));
    if alike.len() > most {
        output::line(format_args!("and {} more; --each lists them all", alike.len() - most));
    }
}

/// Whether a person would say of both the same.
fn alike(one: &Night, next: &Night) -> bool {
    let said = |night: &Night| (night.outcome, night.agreed, night.lists, night.people, night.because.clone());
    said(one) == said(next)
}

fn when(nights: &[Night]) -> String {
    let [first, .., last] = nights else { return nights.first().map(at).unwrap_or_default() };
    format!("{} to {}, {} nights", at(first), at(last), nights.len())
}

fn at(night: &Night) -> String {
    let local = NaiveDateTime::parse_from_str(&night.local, "%Y-%m-%dT%H:%M");
    local.map_or_else(|_| night.local.clone(), |local| local.format("%a %-d %b %H:%M").to_string())
}

/// What withheld it, or what is missing.
pub(super) fn why(night: &Night) -> String {
    night.because.join(" ")
}
