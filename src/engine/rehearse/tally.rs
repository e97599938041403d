//! A rehearsal's lines, counted: by day, by workflow, by reason.
//!
//! A message counts once, by the last word about it. Reasons count messages too: one that three evenings held for the quiet
//! hours is one message held by them, whatever became of it later.

use super::{Line, Outcome, nights::Night};
use crate::{
    base::{Instant, PlanId, Zone},
    gate::Rule,
};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

/// Messages, by what became of them in the end.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize)]
pub struct Counts {
    /// They left.
    pub sent: usize,
    /// They are tasks, and a person was given them.
    pub given: usize,
    /// They were held, and still are at the end.
    pub held: usize,
    /// They never leave, for a reason.
    pub refused: usize,
    /// Their record changed, and they are not needed any more.
    pub voided: usize,
    /// They went into others, which are counted by themselves.
    pub merged: usize,
    /// The server would not have them, or nobody knows.
    pub failed: usize,
}

impl Counts {
    const fn count(&mut self, outcome: Outcome) {
        let number = match outcome {
            Outcome::Sent => &mut self.sent,
            Outcome::Given => &mut self.given,
            Outcome::Held => &mut self.held,
            Outcome::Refused => &mut self.refused,
            Outcome::Voided => &mut self.voided,
            Outcome::Merged => &mut self.merged,
            Outcome::Failed => &mut self.failed,
        };
        *number += 1;
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            given: self.given + other.given,
            held: self.held + other.held,
            refused: self.refused + other.refused,
            voided: self.voided + other.voided,
            merged: self.merged + other.merged,
            failed: self.failed + other.failed,
        }
    }

    /// All but those that left and those that nobody needs any more.
    #[must_use]
    pub const fn not_sent(&self) -> usize {
        self.held + self.refused + self.failed
    }
}

/// Why messages were refused, or held for a while.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Because {
    /// [`Outcome::Refused`] or [`Outcome::Held`].
    pub outcome: Outcome,
    /// Which workflow's.
    pub workflow: String,
    /// The rule that decided.
    pub rule: Rule,
    /// The reason's name, as `comity status` has it.
    pub reason: String,
    /// How many.
    pub messages: usize,
    /// The first of them: whose.
    pub customer: String,
    /// The first of them: why, as a sentence.
    pub because: String,
}

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Tally {
    /// When the stretch began, by the business's clock.
    pub from: String,
    /// When it ended.
    pub to: String,
    /// The clock's zone.
    pub zone: String,
    /// All of them.
    #[serde(flatten)]
    pub all: Counts,
    /// By civil day, days without a message too.
    pub days: BTreeMap<NaiveDate, Counts>,
    /// By workflow.
    pub workflows: BTreeMap<String, Counts>,
    /// By reason: what was refused first, the commonest first.
    pub reasons: Vec<Because>,
    /// What the recommendations of each night came to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nights: Vec<Night>,
}

/// A tally in the making: of lines in the order in which things happened, of one share of the customers after the other, over
/// a stretch by a zone's clock.
#[derive(Clone)]
pub struct Counting {
    tally: Tally,
    zone: Zone,
    /// The last word about each message, by workflow.
    last: BTreeMap<String, BTreeMap<Message, (Outcome, Instant)>>,
    reasons: BTreeMap<Kind, Messages>,
}

/// Its share of the customers, and its number there.
type Message = (usize, PlanId);

/// Those that a reason counts, and the first one, which it names.
#[derive(Clone)]
struct Messages {
    all: BTreeSet<Message>,
    first: (Instant, PlanId),
    because: Because,
}

impl Messages {
    fn join(&mut self, Self { all, first, because }: Self) {
        self.all.extend(all);
        if (first.0, &*because.customer, first.1) < self.order() {
            (self.first, self.because) = (first, because);
        }
    }

    /// By name before by number: what is planned on the way is numbered by each share for itself.
    fn order(&self) -> (Instant, &str, PlanId) {
        (self.first.0, &self.because.customer, self.first.1)
    }
}

/// What counts as one reason.
type Kind = (Outcome, String, Rule, String);

impl Counting {
    /// Nothing yet.
    #[must_use]
    pub fn over((from, to): (Instant, Instant), zone: Zone) -> Self {
        let tally = Tally {
            from: minute(from, zone),
            to: minute(to, zone),
            zone: zone.to_string(),
            all: Counts::default(),
            days: days(from, to, zone).map(|day| (day, Counts::default())).collect(),
            workflows: BTreeMap::new(),
            reasons: Vec::new(),
            nights: Vec::new(),
        };
        Self { tally, zone, last: BTreeMap::new(), reasons: BTreeMap::new() }
    }

    /// One more line.
    pub fn add(&mut self, line: &Line) {
        let (message, word) = ((line.share, line.plan), (line.outcome, line.instant));
        if let Some(of_workflow) = self.last.get_mut(&line.workflow) {
            of_workflow.insert(message, word);
        } else {
            self.last.insert(line.workflow.clone(), BTreeMap::from([(message, word)]));
        }
        let (Some(rule), Some(reason)) = (line.rule, &line.reason) else { return };
        let kind = (line.outcome, line.workflow.clone(), rule, reason.name());
        let first = |(outcome, workflow, rule, reason): &Kind| Messages {
            all: BTreeSet::new(),
            first: (line.instant, line.plan),
            because: Because {
                outcome: *outcome,
                workflow: workflow.clone(),
                rule: *rule,
                reason: reason.clone(),
                messages: 0,
                customer: line.customer.clone(),
                because: line.because.clone().unwrap_or_default(),
            },
        };
        let of_kind = self.reasons.entry(kind).or_insert_with_key(first);
        of_kind.all.insert(message);
        if (line.instant, &*line.customer, line.plan) < of_kind.order() {
            let (customer, because) = (line.customer.clone(), line.because.clone().unwrap_or_default());
            of_kind.because = Because { customer, because, ..of_kind.because.clone() };
            of_kind.first = (line.instant, line.plan);
        }
    }

    /// And those of another share.
    pub fn join(&mut self, other: Self) {
        for (workflow, messages) in other.last {
            self.last.entry(workflow).or_default().extend(messages);
        }
        for (kind, messages) in other.reasons {
            match self.reasons.entry(kind) {
                Entry::Vacant(place) => {
                    place.insert(messages);
                }
                Entry::Occupied(mut ours) => ours.get_mut().join(messages),
            }
        }
    }

    /// The tally of all of them.
    #[must_use]
    pub fn tally(self) -> Tally {
        let Self { mut tally, zone, last, reasons } = self;
        for (workflow, plans) in last {
            let mut counts = Counts::default();
            for (outcome, at) in plans.into_values() {
                counts.count(outcome);
                tally.days.entry(zone.local(at).date()).or_default().count(outcome);
            }
            tally.all = tally.all.and(counts);
            tally.workflows.insert(workflow, counts);
        }
        let reasons = reasons.into_values();
        let reasons = reasons.map(|Messages { all, because, .. }| Because { messages: all.len(), ..because });
        tally.reasons = reasons.collect();
        tally.reasons.sort_by_key(|because| (because.outcome == Outcome::Held, usize::MAX - because.messages));
        tally
    }
}

fn minute(at: Instant, zone: Zone) -> String {
    zone.local(at).format("%Y-%m-%dT%H:%M").to_string()
}

/// The civil days that have a part in the stretch.
fn days(from: Instant, to: Instant, zone: Zone) -> impl Iterator<Item = NaiveDate> {
    let last = zone.local(Instant::from_ms(to.ms() - 1)).date();
    zone.local(from).date().iter_days().take_while(move |day| *day <= last)
}

#[cfg(test)]
mod tests {
    use super::{Counting, Counts};
    use crate::{
        base::{Instant, PlanId, Zone},
        engine::rehearse::{Line, Outcome},
        gate::{Reason, Rule},
    };

    fn line(plan: i64, hour: i64, outcome: Outcome, because: Option<(Rule, Reason)>) -> Line {
        let (rule, reason) = because.unzip();
        Line {
            plan: PlanId(plan),
            share: 0,
            instant: Instant::from_ms(hour * 3_600_000),
            at: String::new(),
            local: String::new(),
            customer: format!("C{plan}"),
            record: String::new(),
            workflow: "reminder".to_owned(),
            step: "-1h".to_owned(),
            purpose: "reminders".to_owned(),
            outcome,
            subject: None,
            because: reason.as_ref().map(|reason| reason.sentence(Zone::UTC)),
            rule,
            reason,
        }
    }

    #[test]
    fn a_message_counts_once_by_its_last_word_and_each_reason_once_for_it() {
        let quiet = |hour: i64| Some((Rule::QuietHours, Reason::Quiet { until: Instant::from_ms(hour * 3_600_000) }));
        let lines = [
            line(1, 1, Outcome::Held, quiet(8)),
            line(2, 2, Outcome::Held, quiet(8)),
            line(2, 3, Outcome::Held, quiet(9)),
            line(1, 8, Outcome::Sent, None),
            line(3, 30, Outcome::Refused, Some((Rule::Consent, Reason::NeverAgreed))),
            line(4, 31, Outcome::Voided, None),
        ];
        let stretch = (Instant::from_ms(0), Instant::from_ms(72 * 3_600_000));
        let mut counting = Counting::over(stretch, Zone::UTC);
        for line in &lines {
            counting.add(line);
        }
        let tally = counting.tally();
        let (one, none) = (Counts { sent: 1, held: 1, ..Counts::default() }, Counts::default());
        let second = Counts { refused: 1, voided: 1, ..Counts::default() };
        assert_eq!(tally.days.values().copied().collect::<Vec<_>>(), [one, second, none]);
        assert_eq!((tally.all, tally.all.not_sent()), (one.and(second), 2));
        assert_eq!(tally.workflows["reminder"], tally.all);
        let reasons = tally
            .reasons
            .iter()
            .map(|because| (because.outcome, because.reason.as_str(), because.messages, because.customer.as_str()));
        let expected = [(Outcome::Refused, "never-agreed", 1, "C3"), (Outcome::Held, "quiet", 2, "C1")];
        assert_eq!(reasons.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_day_of_another_length_is_one_day() {
        let paris = Zone::parse("Europe/Paris").unwrap();
        let at = |text: &str| crate::base::civil::CivilTime::parse(text).unwrap().at(paris);
        let tally = Counting::over((at("2027-03-27T12:00"), at("2027-03-30T00:00")), paris).tally();
        let days: Vec<String> = tally.days.keys().map(ToString::to_string).collect();
        assert_eq!(days, ["2027-03-27", "2027-03-28", "2027-03-29"]);
    }
}
