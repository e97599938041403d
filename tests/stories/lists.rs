//! What a story's people were recommended, as it is told: by the night, and by the message.

use super::{Person, salon};
use crate::support::circles::products;
use comity::{
    base::{PlanId, Recommended},
    engine::rehearse::{Rehearsal, nights::Night},
    people::Language,
    store::BatchOutcome,
};
use std::collections::{BTreeMap, VecDeque};

/// The types of records by which a shop recommends something, each named with whether everybody may get one.
const KINDS: [(&str, bool); 2] = [("recommendation", true), ("replenishment", false)];

/// See the module.
#[derive(Default)]
pub struct Lists {
    /// When, and what is said of it.
    nights: VecDeque<(String, String)>,
    messages: BTreeMap<PlanId, Vec<String>>,
}

impl Lists {
    /// Of these people.
    pub async fn of(rehearsal: &Rehearsal, people: &[Person]) -> Self {
        let (nights, mut lists) = (rehearsal.nights().await.unwrap(), Self::default());
        let (store, policy) = (&rehearsal.engine.store, rehearsal.engine.rulebook().policy().clone());
        // By the day of the night: whose list was made then.
        let mut whose: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        let mut may_be_none = false;
        for person in people {
            let customer = store.find_by_external_id(person.name).await.unwrap().unwrap();
            let plans = store.plans_of(customer.id).await.unwrap();
            for (kind, is_everybodys) in KINDS {
                for record in store.shopping_of(customer.id, kind, &[]).await.unwrap().lines {
                    let plan = &plans.iter().find(|plan| plan.record == record.id).unwrap().facts;
                    let day = salon().local(plan.due_at).date().to_string();
                    whose.entry(day).or_default().push(person.name);
                    may_be_none |= is_everybodys;
                    let language = Language::parse(person.language).unwrap();
                    let told = |product: &Recommended| {
                        format!("{}: {}", product.name, policy.reason(&product.because, &language))
                    };
                    lists.messages.insert(plan.id, products(&record).iter().map(told).collect());
                }
            }
        }
        let agreed = people.iter().filter(|person| person.agreed.is_some() && may_be_none).map(|person| person.name);
        let agreed: Vec<&str> = agreed.collect();
        lists.nights = nights.iter().filter_map(|night| said(night, &whose, &agreed)).collect();
        lists
    }

    /// The next night, if it is before that time.
    pub fn next_night(&mut self, paris: &str) -> Option<(String, String)> {
        self.nights.pop_front_if(|(at, _)| at.as_str() < paris)
    }

    /// Each product of a message, and why.
    pub fn in_message(&self, plan: PlanId) -> &[String] {
        self.messages.get(&plan).map_or(&[], Vec::as_slice)
    }
}

/// What a night came to, where somebody of the story got something, or nobody could.
fn said(night: &Night, whose: &BTreeMap<String, Vec<&str>>, agreed: &[&str]) -> Option<(String, String)> {
    let at = night.local.clone();
    if night.outcome != BatchOutcome::Published {
        return Some((at, format!("Nothing is recommended: {}", night.because.join(" "))));
    }
    let names = whose.get(night.local.split('T').next()?)?;
    let others = night.people - u64::try_from(names.len()).unwrap();
    let missing: Vec<&str> = agreed.iter().filter(|name| !names.contains(name)).copied().collect();
    let none = if missing.is_empty() { String::new() } else { format!(" None for {}.", missing.join(" and ")) };
    let (names, all) = (names.join(", "), night.agreed);
    let names = if others == 0 { names } else { format!("{names} and {others} others") };
    Some((at, format!("Of {all} people who agreed, the shop has something to say to {names}.{none}")))
}
