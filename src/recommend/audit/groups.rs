//! Whether some kinds of customers are served worse, or steered to dearer things, than others.
//!
//! Without any attribute there is one kind of group: how much people buy. On demand an auditor brings others (age, income,
//! family), which the shop itself doesn't know and needn't: they are held in memory while the audit is made, and nowhere else.
//!
//! **Shown** are groups of at least [`GROUP_MIN`] customers only: of fewer, a rate says something of a person.
//!
//! **The test** asks whether chance alone would spread the groups' hit rates as far (`deal`). Asked once more, it deals
//! only among those who buy as often ([`Activity`]): where the gap is gone then, it is one between those who buy much and those
//! who buy little.

use super::{
    accuracy::Outcome,
    activity::Activity,
    chance::Chance,
    deal::{self, Hand},
};
use crate::recommend::{
    measure::{Mean, mean},
    number::index,
};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, collections::BTreeMap};

/// Groups of fewer customers aren't shown.
pub const GROUP_MIN: usize = 50;
/// A group of customers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Group {
    /// What they have in common.
    pub name: String,
    /// Those of them who bought something that counts in the window.
    pub customers: u32,
    /// Share of these for whom at least one pick was right.
    pub hit_rate: Mean,
    /// By how much they are steered to dearer things; `None` without prices.
    pub steer: Option<Mean>,
}

/// The groups of one attribute.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attribute {
    /// What it is: `activity`, `income`.
    pub name: String,
    /// The groups that are large enough.
    pub groups: Vec<Group>,
    /// How many groups aren't.
    pub too_small: u32,
    /// How far the worst served lies below the best; `None` where there aren't two.
    pub hits: Option<Disparity>,
}

/// How far the worst served group lies below the best.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Disparity {
    /// The group with the lowest hit rate.
    pub worst: String,
    /// The group with the highest.
    pub best: String,
    /// The one rate divided by the other.
    pub ratio: f64,
    /// How often chance would spread the groups as far; `None` where that wasn't asked.
    pub p: Option<f64>,
    /// The same among customers who buy as often.
    pub p_alike: Option<f64>,
}

/// What an auditor's file says, row by row, on its way to where the audit is made.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Brought {
    /// What each column is: age, income.
    pub attributes: Vec<String>,
    /// Of each customer, by the name that the file has for them, the group of each column; an empty one says nothing.
    pub customers: Vec<(String, Vec<String>)>,
}

/// What an auditor brought: of each customer, the groups that they belong to.
///
/// Invariant: no way leads from here to a file, and it has no `Serialize`.
#[derive(Clone, Default)]
pub struct Groups {
    attributes: Vec<Named>,
    customers: BTreeMap<Box<str>, Vec<Option<u32>>>,
}

#[derive(Clone, Default)]
struct Named {
    name: String,
    groups: BTreeMap<String, u32>,
}

impl Groups {
    /// Of what was brought, with those customers alone that `name` knows, by the name that it gives them.
    #[must_use]
    pub fn of(brought: &Brought, name: impl Fn(&str) -> Option<String>) -> Self {
        let named = |name: &String| Named { name: name.clone(), groups: BTreeMap::new() };
        let mut all = Self { attributes: brought.attributes.iter().map(named).collect(), customers: BTreeMap::new() };
        for (customer, groups) in &brought.customers {
            let Some(customer) = name(customer) else { continue };
            let own = all.attributes.iter_mut().zip(groups).map(|(attribute, group)| {
                let next = index(attribute.groups.len());
                (!group.is_empty()).then(|| *attribute.groups.entry(group.clone()).or_insert(next))
            });
            let own = own.collect();
            all.customers.insert(customer.into(), own);
        }
        all
    }

    /// Compares the groups of every attribute. `name` gives a customer's name by their number.
    #[must_use]
    pub fn compare<'a>(&self, of: &Served<'_>, name: impl Fn(u32) -> &'a str, chance: &Chance) -> Vec<Attribute> {
        let compare = |(at, attribute): (usize, &Named)| {
            let group = |customer| {
                self.customers.get(name(customer)).and_then(|own: &Vec<Option<u32>>| own.get(at).copied().flatten())
            };
            let mut names: Vec<(&str, u32)> = attribute.groups.iter().map(|(name, n)| (name.as_str(), *n)).collect();
            names.sort_by(|a, b| as_read(a.0).cmp(&as_read(b.0)));
            of.compare(&attribute.name, &names, group, Some(chance))
        };
        self.attributes.iter().enumerate().map(compare).collect()
    }
}

/// `19-24` before `100-124K`, and `Under 15K` before `15-24K`: by the first number, as people read it.
fn as_read(name: &str) -> (u64, bool, &str) {
    let digits = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let number = digits.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    (number.parse().unwrap_or(u64::MAX), name.starts_with(|c: char| c.is_ascii_digit()), name)
}

/// How customers are served: by what was right in a closed window, and by where prices lead.
#[derive(Clone, Copy, Debug)]
pub struct Served<'a> {
    /// Of those who bought something that counts.
    pub outcomes: &'a [Outcome],
    /// Price steer of those who were shown something, by the number of the customer.
    pub steers: &'a [(u32, f64)],
    /// Who buys as often as whom.
    pub activity: &'a Activity,
}

impl Served<'_> {
    /// Compares those who buy little and those who buy much.
    #[must_use]
    pub fn by_activity(&self) -> Attribute {
        let names: Vec<(&str, u32)> = self.activity.names.iter().map(String::as_str).zip(0..).collect();
        self.compare("activity", &names, |customer| self.activity.of(customer), None)
    }

    /// Compares groups, which are given by their names and numbers. Without chance no p is computed.
    #[must_use]
    pub fn compare(
        &self,
        attribute: &str,
        names: &[(&str, u32)],
        group: impl Fn(u32) -> Option<u32>,
        chance: Option<&Chance>,
    ) -> Attribute {
        let mut hits: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for outcome in self.outcomes {
            if let Some(group) = group(outcome.customer) {
                hits.entry(group).or_default().push(outcome.hit.value());
            }
        }
        let mut steers: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (customer, steer) in self.steers {
            if let Some(group) = group(*customer) {
                steers.entry(group).or_default().push(*steer);
            }
        }
        let large = |all: &BTreeMap<u32, Vec<f64>>, number: &u32| {
            all.get(number).filter(|values| values.len() >= GROUP_MIN).map(|values| (index(values.len()), mean(values)))
        };
        let mut groups = Vec::new();
        for (name, number) in names {
            if let Some((customers, hit_rate)) = large(&hits, number) {
                let steer = large(&steers, number).map(|(_, steer)| steer);
                groups.push(Group { name: (*name).to_owned(), customers, hit_rate, steer });
            }
        }
        let p = |alike: Alike| {
            let chance = chance?.clone();
            let hand = |outcome: &Outcome| {
                let group = group(outcome.customer).filter(|group| large(&hits, group).is_some())?;
                let among = self.activity.of(outcome.customer).filter(|_| alike == Alike::Activity);
                Some(Hand { among, group, hit: outcome.hit.value() })
            };
            deal::p(self.outcomes.iter().filter_map(hand).collect(), chance)
        };
        Attribute {
            name: attribute.to_owned(),
            too_small: index(names.len() - groups.len()),
            hits: disparity(&groups, p(Alike::All), p(Alike::Activity)),
            groups,
        }
    }
}

/// Among whom hits are dealt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alike {
    All,
    Activity,
}

fn disparity(groups: &[Group], p: Option<f64>, p_alike: Option<f64>) -> Option<Disparity> {
    let by_rate = |a: &&Group, b: &&Group| -> Ordering { a.hit_rate.value.total_cmp(&b.hit_rate.value) };
    let (worst, best) = (groups.iter().min_by(by_rate)?, groups.iter().max_by(by_rate)?);
    if groups.len() < 2 || best.hit_rate.value <= 0.0 {
        return None;
    }
    let ratio = worst.hit_rate.value / best.hit_rate.value;
    Some(Disparity { worst: worst.name.clone(), best: best.name.clone(), ratio, p, p_alike })
}

#[cfg(test)]
mod tests {
    use super::as_read;

    #[test]
    fn groups_stand_as_people_read_them() {
        let mut names = ["100-124K", "15-24K", "250K+", "Homeowner", "Under 15K", "35-49K"];
        names.sort_by(|a, b| as_read(a).cmp(&as_read(b)));
        assert_eq!(names, ["Under 15K", "15-24K", "35-49K", "100-124K", "250K+", "Homeowner"]);
    }
}
