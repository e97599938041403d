//! Answers at once: who can't come, and who wishes for another time, so that the chair is free while it can be filled.

use super::{Missing, Scribe, words::Tongue};
use crate::{
    base::{Instant, Value, Zone, civil::CivilTime},
    config,
    gate::facts::PlanFacts,
    people::{Answer, Customer},
    policy::{CalendarPart, Policy},
    render::{
        Note,
        note::{Item, Section, foreign},
    },
    store::{
        self, AnswerTold, Hear, StoreError,
        notices::{Matter, Notice, Way},
    },
    trigger::{self, Record},
};
use std::{collections::BTreeMap, time::Duration};

/// What is answered within this time shares a letter, and whoever chose wrong has the time to choose again.
const TOGETHER: Duration = Duration::from_secs(15);

/// How the owner hears of an answer, and not before when. "I'm coming" is told at once only where it takes back what was
/// told at once.
#[must_use]
pub fn ways(owner: &config::Owner, before: Option<Answer>, answer: Answer, now: Instant) -> Vec<(Way, Instant)> {
    let presses = |answer: Answer| answer != Answer::Coming;
    let by_mail = owner.answers == config::Answers::AtOnce && (presses(answer) || before.is_some_and(presses));
    let mail = by_mail.then(|| (Way::Mail, now.plus(TOGETHER)));
    let webhook = owner.webhook.is_some().then_some((Way::Webhook, now));
    mail.into_iter().chain(webhook).collect()
}

/// An answer, as the owner reads it.
pub(super) struct Heard {
    pub answer: Answer,
    pub who: String,
    /// The civil start that the message named.
    pub start: CivilTime,
    /// The visit's title, where the policy says which field holds it.
    pub title: Option<String>,
}

impl Heard {
    /// When the visit begins.
    pub fn starts_at(&self) -> Instant {
        self.start.at(Zone::UTC)
    }

    /// The line.
    pub fn item(&self, tongue: Tongue) -> Item {
        let title = self.title.as_ref().map(|title| format!(" ({title})")).unwrap_or_default();
        Item::from(format!("{}{title}.", tongue.answered(self.answer, &self.who, &tongue.civil(self.start))))
    }
}

impl Scribe<'_> {
    /// The letter about answers. The last word about each visit counts, where it holds still when this is written: minutes
    /// or, after a mail server's trouble, days after it was said.
    pub(super) async fn answers_note(&self, notices: &[Notice]) -> Result<Option<Note>, StoreError> {
        let answer = |notice: &Notice| match notice.matter {
            Ok(Matter::Answer(answer)) => Some(answer),
            _ => None,
        };
        let ids: Vec<i64> = notices.iter().filter_map(answer).collect();
        let mut missing = Missing::new();
        let mut heard = self.heard(self.office.store.answers_told(&ids).await?, &mut missing);
        heard.sort_by_key(|heard| (heard.answer == Answer::Coming, heard.starts_at()));
        let tongue = self.tongue();
        let subject = match (heard.split_first(), missing.is_empty()) {
            (Some((first, others)), _) => {
                tongue.answers_subject(first.answer, &first.who, &tongue.civil(first.start), others.len())
            }
            (None, false) => tongue.missing_subject().to_owned(),
            (None, true) => return Ok(None),
        };
        let items = heard.iter().map(|heard| heard.item(tongue).with(tongue.follows(heard.answer))).collect();
        let sections = [(tongue.answers_heading(), items), (tongue.wrong_heading(), self.missing_items(&missing))];
        let section = |(heading, items): (&str, Vec<Item>)| Section { heading: heading.to_owned(), items, more: None };
        Ok(Some(Note {
            subject,
            opening: vec![],
            sections: sections.into_iter().filter(|(_, items)| !items.is_empty()).map(section).collect(),
            closing: vec![],
            language: tongue.tag(),
        }))
    }

    /// Of these answers the last one about each visit, where it holds still.
    pub(super) fn heard(&self, told: Vec<AnswerTold>, missing: &mut Missing) -> Vec<Heard> {
        let mut last: BTreeMap<String, Heard> = BTreeMap::new();
        for AnswerTold { answer, plan, content, .. } in told {
            let Ok((customer, record)) = content else {
                missing.insert(plan.customer);
                continue;
            };
            let Some(start) = trigger::start_in(&plan.occurrence) else { continue };
            if self.holds(answer, &plan, &customer, &record, start) {
                let heard = Heard { answer, who: self.who(&customer), start, title: title(self.policy(), &record) };
                last.insert(plan.occurrence, heard);
            }
        }
        last.into_values().collect()
    }

    /// Whether an answer holds still. Otherwise the owner would give away a chair that is taken again: the customer said
    /// something else since, or the visit begins at another time, or not at all.
    fn holds(&self, answer: Answer, plan: &PlanFacts, customer: &Customer, record: &Record, start: CivilTime) -> bool {
        let stands = match self.rulebook.hear(plan, customer, record, answer) {
            store::Heard::Taken(_) => true,
            // Its workflow is gone from the files, and neither the visit nor what was said about it is.
            store::Heard::NotAsked => start.at(Zone::UTC) > self.office.clock.now(),
            store::Heard::Over | store::Heard::Moved | store::Heard::Cancelled => false,
        };
        stands && self.rulebook.answer(record) == Some(answer)
    }
}

/// What the calendar calls a visit.
fn title(policy: &Policy, record: &Record) -> Option<String> {
    let fields = &policy.records.get(&record.kind)?.fields;
    let (name, _) = fields.iter().find(|(_, field)| field.calendar == Some(CalendarPart::Title))?;
    match record.fields.get(name) {
        Some(Value::Text(title)) if !title.trim().is_empty() => Some(foreign(title)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_frees_a_chair_or_takes_that_back_is_told_at_once() {
        let now = Instant::from_ms(0);
        let owner = |answers| config::Owner { answers, ..config::Owner::default() };
        let mailed = |answers, before, answer| !ways(&owner(answers), before, answer, now).is_empty();
        let (coming, cant, other) = (Answer::Coming, Answer::CantCome, Answer::AnotherTime);
        for (before, answer, told) in [
            (None, coming, false),
            (Some(coming), coming, false),
            (None, cant, true),
            (None, other, true),
            (Some(coming), cant, true),
            (Some(cant), coming, true),
            (Some(other), coming, true),
        ] {
            assert_eq!(mailed(config::Answers::AtOnce, before, answer), told, "{before:?} {answer:?}");
            assert!(!mailed(config::Answers::Morning, before, answer));
            assert!(!mailed(config::Answers::Never, before, answer));
        }
    }
}
