//! Answers at once: who can't come, and who wishes for another time, so that the chair is free while it can be filled.

use super::{Scribe, words::Tongue};
use crate::{
    base::{Instant, Value, Zone, civil::CivilTime},
    config,
    people::Answer,
    policy::{CalendarPart, Policy},
    render::{
        Note,
        note::{Item, Section, foreign},
    },
    store::{
        AnswerTold, StoreError,
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
    /// The letter about answers. The last word about each visit counts; a visit that has begun is no news.
    pub(super) async fn answers_note(&self, notices: &[Notice]) -> Result<Option<Note>, StoreError> {
        let answer = |notice: &Notice| match notice.matter {
            Matter::Answer(answer) => Some(answer),
            _ => None,
        };
        let ids: Vec<i64> = notices.iter().filter_map(answer).collect();
        let mut heard = self.heard(self.office.store.answers_told(&ids).await?);
        heard.sort_by_key(|heard| (heard.answer == Answer::Coming, heard.starts_at()));
        let tongue = self.tongue();
        let Some((first, others)) = heard.split_first() else { return Ok(None) };
        let items = heard.iter().map(|heard| heard.item(tongue).with(tongue.follows(heard.answer)));
        Ok(Some(Note {
            subject: tongue.answers_subject(first.answer, &first.who, &tongue.civil(first.start), others.len()),
            opening: vec![],
            sections: vec![Section {
                heading: tongue.answers_heading().to_owned(),
                items: items.collect(),
                more: None,
            }],
            closing: vec![],
            language: tongue.tag(),
        }))
    }

    /// Of these answers the last one about each visit that has not begun.
    pub(super) fn heard(&self, told: Vec<AnswerTold>) -> Vec<Heard> {
        let now = self.office.clock.now();
        let mut last: BTreeMap<String, Heard> = BTreeMap::new();
        for AnswerTold { answer, plan, customer, record, .. } in told {
            let Some(start) = trigger::start_in(&plan.occurrence) else { continue };
            let title = title(self.policy(), &record);
            let heard = Heard { answer, who: self.who(&customer), start, title };
            if heard.starts_at() > now {
                last.insert(plan.occurrence, heard);
            }
        }
        last.into_values().collect()
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
