//! What a change of the files would change: two rehearsals of the same stretch, message by message.
//!
//! A message is paired with the one about the same record of the same customer by the same workflow. What leaves at the same
//! minute in both is the same one; of the rest, the first of the one goes with the first of the other as moved, and what
//! remains on one side is more or fewer.

use super::{Line, Outcome, nights::Night};
use serde::Serialize;
use std::collections::BTreeMap;

/// A message that leaves.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Leaves {
    /// When, by the business's clock, to the minute.
    pub at: String,
    /// To whom.
    pub customer: String,
    /// About what.
    pub record: String,
    /// By which workflow.
    pub workflow: String,
    /// Which step.
    pub step: String,
    /// Its subject.
    pub subject: String,
}

/// A message that leaves in both, and differs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Changed {
    /// As it is.
    pub from: Leaves,
    /// As it would be.
    pub to: Leaves,
}

/// How many messages of one workflow differ.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Counts {
    /// That leave in both alike.
    pub same: usize,
    /// That would leave in addition.
    pub more: usize,
    /// That would not leave any more.
    pub fewer: usize,
    /// That would leave at another time.
    pub moved: usize,
    /// That would have another subject.
    pub reworded: usize,
}

/// See the module. Each list is in the order of time.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// By workflow.
    pub workflows: BTreeMap<String, Counts>,
    /// Would leave in addition.
    pub more: Vec<Leaves>,
    /// Would not leave any more.
    pub fewer: Vec<Leaves>,
    /// Would leave at another time.
    pub moved: Vec<Changed>,
    /// Would leave with another subject.
    pub reworded: Vec<Changed>,
    /// Nights whose recommendations would come to something else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nights: Vec<ChangedNight>,
}

/// A night whose recommendations differ.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ChangedNight {
    /// Its day, by the business's clock.
    pub day: String,
    /// As it is; `None` where nothing is recommended.
    pub from: Option<Night>,
    /// As it would be.
    pub to: Option<Night>,
}

impl Difference {
    /// Between what leaves now and what would.
    #[must_use]
    pub fn between(now: &[Line], then: &[Line]) -> Self {
        let (mut now, mut then) = (by_about(now), by_about(then));
        let mut abouts: Vec<About> = now.keys().chain(then.keys()).cloned().collect();
        abouts.sort();
        abouts.dedup();
        let mut difference = Self::default();
        for about in abouts {
            let (now, then) = (now.remove(&about).unwrap_or_default(), then.remove(&about).unwrap_or_default());
            difference.pair(&about.2, now, then);
        }
        difference.more.sort_by(|one, other| one.at.cmp(&other.at));
        difference.fewer.sort_by(|one, other| one.at.cmp(&other.at));
        difference.moved.sort_by(|one, other| one.from.at.cmp(&other.from.at));
        difference.reworded.sort_by(|one, other| one.from.at.cmp(&other.from.at));
        difference
    }

    /// With the nights that differ.
    #[must_use]
    pub fn with_nights(mut self, now: &[Night], then: &[Night]) -> Self {
        let mut days: BTreeMap<String, [Option<Night>; 2]> = BTreeMap::new();
        for (side, nights) in [now, then].into_iter().enumerate() {
            for night in nights {
                let day = night.local.split('T').next().unwrap_or_default().to_owned();
                if let Some(place) = days.entry(day).or_default().get_mut(side) {
                    *place = Some(night.clone());
                }
            }
        }
        let changed = days.into_iter().map(|(day, [from, to])| ChangedNight { day, from, to });
        self.nights = changed.filter(|night| night.from != night.to).collect();
        self
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let messages = self.more.len() + self.fewer.len() + self.moved.len() + self.reworded.len();
        messages + self.nights.len() == 0
    }

    fn pair(&mut self, workflow: &str, now: Vec<Leaves>, mut then: Vec<Leaves>) {
        let counts = self.workflows.entry(workflow.to_owned()).or_default();
        let mut left = Vec::new();
        for from in now {
            let Some(place) = then.iter().position(|to| to.at == from.at) else {
                left.push(from);
                continue;
            };
            let to = then.remove(place);
            if from.subject == to.subject {
                counts.same += 1;
            } else {
                counts.reworded += 1;
                self.reworded.push(Changed { from, to });
            }
        }
        let moved = left.len().min(then.len());
        let more = then.split_off(moved);
        let fewer = left.split_off(moved);
        counts.moved += moved;
        counts.more += more.len();
        counts.fewer += fewer.len();
        self.moved.extend(left.into_iter().zip(then).map(|(from, to)| Changed { from, to }));
        self.more.extend(more);
        self.fewer.extend(fewer);
    }
}

/// Customer, record, workflow.
type About = (String, String, String);

/// What leaves, by what it is about, in order of time.
fn by_about(lines: &[Line]) -> BTreeMap<About, Vec<Leaves>> {
    let mut found: BTreeMap<About, Vec<Leaves>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.outcome == Outcome::Sent) {
        let about = (line.customer.clone(), line.record.clone(), line.workflow.clone());
        found.entry(about).or_default().push(Leaves {
            at: line.local.clone(),
            customer: line.customer.clone(),
            record: line.record.clone(),
            workflow: line.workflow.clone(),
            step: line.step.clone(),
            subject: line.subject.clone().unwrap_or_default(),
        });
    }
    for messages in found.values_mut() {
        messages.sort_by(|one, other| one.at.cmp(&other.at));
    }
    found
}
