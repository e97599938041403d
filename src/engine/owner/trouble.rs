//! Alarms: what only a person can mend, told once each; and the same in the morning mail, for as long as it lasts.

use super::{ALARM_WITHIN, Missing, Scribe, webhook, words::Tongue};
use crate::{
    base::Instant,
    config::Source,
    engine::{arrivals::feed::Trouble, recommending::Figures},
    gate::{Halt, facts::HaltCause},
    ledger::Receipt,
    render::{
        Note,
        note::{Item, Section, foreign},
    },
    store::{
        BatchOutcome, Failed, StoreError,
        calendar::SourceState,
        notices::{CalendarTrouble, Matter, NewNotice, Way},
    },
};
use std::time::Duration;

/// A server may be away for so long before anybody is told.
const AWAY_PATIENCE: Duration = Duration::from_hours(1);
/// Trouble that is younger than this may have passed by the time the mail is read.
const MORNING_PATIENCE: Duration = Duration::from_mins(30);

/// What the owner is to be told of a calendar's trouble that began then; nothing while it may still pass.
#[must_use]
pub fn alarm(source: &Source, trouble: &Trouble, since: Instant, now: Instant) -> Option<NewNotice> {
    let kind = match trouble {
        Trouble::Shrunk { .. } | Trouble::Empty | Trouble::Unreadable(_) | Trouble::NoCalendar(_) => {
            CalendarTrouble::Doubt
        }
        Trouble::Fetch(_) | Trouble::File(_) => CalendarTrouble::Away,
        Trouble::Store(_) => return None,
    };
    let patience = AWAY_PATIENCE.min(source.stale_after);
    if kind == CalendarTrouble::Away && now < since.plus(patience) {
        return None;
    }
    let matter = Matter::Calendar { name: source.name.clone(), trouble: kind, since };
    Some(NewNotice { matter, way: Way::Mail, next_at: now, expires_at: now.plus(ALARM_WITHIN) })
}

impl Scribe<'_> {
    /// The letter about a calendar; none where the trouble is over.
    pub(super) async fn calendar_note(&self, name: &str, since: Instant) -> Result<Option<Note>, StoreError> {
        let sources = self.office.store.sources().await?;
        let same = |state: &&SourceState| {
            state.name == name && state.trouble.as_ref().is_some_and(|(_, began_at)| *began_at == since)
        };
        let tongue = self.tongue();
        let subject = tongue.calendar_subject(name);
        Ok(sources
            .iter()
            .find(same)
            .and_then(|state| self.calendar_item(state))
            .map(|item| alone(tongue, subject, item)))
    }

    /// The letter about a halt; none where it was lifted.
    pub(super) async fn halt_note(&self, cause: HaltCause, since: Instant) -> Result<Option<Note>, StoreError> {
        let halts = self.office.store.halts().await?;
        let tongue = self.tongue();
        let halt = halts.iter().find(|halt| halt.cause == cause && halt.since == since);
        Ok(halt.map(|halt| alone(tongue, tongue.halt_subject().to_owned(), self.halt_item(halt))))
    }

    /// The letter about a server that wants no more calls; none where comity.toml names another one by now.
    pub(super) async fn webhook_note(&self, since: Instant) -> Result<Option<Note>, StoreError> {
        let tongue = self.tongue();
        let gone = self.webhook_gone().await?.filter(|(_, gone_since)| *gone_since == since);
        Ok(gone.map(|(item, _)| alone(tongue, tongue.webhook_subject().to_owned(), item)))
    }

    async fn webhook_gone(&self) -> Result<Option<(Item, Instant)>, StoreError> {
        let Some(webhook) = &self.installation().config.owner.webhook else { return Ok(None) };
        let since = webhook::gone_since(&self.office.store, webhook).await?;
        let tongue = self.tongue();
        let item = |since| Item::from(tongue.webhook_gone(webhook.link.host(), &self.moment(since)));
        Ok(since.map(|since| (item(since).with(tongue.call_again()), since)))
    }

    /// All that is wrong now, and what failed since then.
    pub(super) async fn troubles(&self, since: Instant, missing: &mut Missing) -> Result<Vec<Item>, StoreError> {
        let store = &self.office.store;
        let lasts = |state: &&SourceState| {
            let old_enough = self.office.clock.now().minus(MORNING_PATIENCE);
            state.trouble.as_ref().is_some_and(|(_, began_at)| *began_at <= old_enough)
        };
        let mut items: Vec<Item> = store.halts().await?.iter().map(|halt| self.halt_item(halt)).collect();
        items.extend(self.office.in_force.trouble().map(|trouble| {
            let words = self.tongue().files_in_trouble(&self.moment(trouble.since));
            Item::from(words).with(foreign_sentence(&trouble.why))
        }));
        items.extend(store.sources().await?.iter().filter(lasts).filter_map(|state| self.calendar_item(state)));
        items.extend(self.webhook_gone().await?.map(|(item, _)| item));
        items.extend(self.withheld_item().await?);
        for Failed { customer, receipt, .. } in store.failed_since(since).await? {
            let Some(who) = self.named(customer, missing).await? else { continue };
            items.push(self.failed_item(&who, receipt.as_ref()));
        }
        Ok(items)
    }

    /// That the last night's recommendations were withheld, and by which gates.
    async fn withheld_item(&self) -> Result<Option<Item>, StoreError> {
        let last = self.office.store.last_batch().await?;
        let Some(batch) = last.filter(|batch| batch.outcome == BatchOutcome::Withheld) else { return Ok(None) };
        let figures: Figures = serde_json::from_str(&batch.figures).unwrap_or_default();
        let failed = figures.gates.iter().filter(|gate| !gate.holds).map(|gate| gate.sentence.as_str());
        let tongue = self.tongue();
        let item = Item::from(tongue.withheld(&self.moment(batch.made_at)));
        Ok(Some(failed.fold(item, |item, sentence| item.with(foreign_sentence(sentence)))))
    }

    /// That the letter lacks customers; nothing where it lacks none.
    pub(super) fn missing_items(&self, missing: &Missing) -> Vec<Item> {
        let tongue = self.tongue();
        let item = || Item::from(tongue.missing(missing.len())).with(tongue.restore());
        (!missing.is_empty()).then(item).into_iter().collect()
    }

    fn halt_item(&self, halt: &Halt) -> Item {
        let tongue = self.tongue();
        let (words, command) = tongue.halted(halt.cause, &self.moment(halt.since));
        let item = Item::from(words);
        match command {
            Some(command) => item.with(command),
            None => item,
        }
    }

    fn calendar_item(&self, state: &SourceState) -> Option<Item> {
        let (what, since) = state.trouble.as_ref()?;
        let words = self.tongue().calendar_in_trouble(&state.name, &self.moment(*since));
        Some(Item::from(words).with(foreign_sentence(what)))
    }

    fn failed_item(&self, who: &str, receipt: Option<&Receipt>) -> Item {
        let tongue = self.tongue();
        match receipt {
            Some(receipt @ Receipt::Rejected { .. }) => {
                Item::from(tongue.rejected(who)).with(foreign_sentence(&receipt.sentence()))
            }
            _ => Item::from(tongue.uncertain(who)),
        }
    }
}

/// A sentence with words of a server in it, at its full length.
fn foreign_sentence(text: &str) -> String {
    text.split_inclusive(' ').map(foreign).collect::<Vec<_>>().join(" ")
}

/// A letter of one matter.
fn alone(tongue: Tongue, subject: String, item: Item) -> Note {
    let heading = tongue.wrong_heading().to_owned();
    Note {
        subject,
        opening: vec![],
        sections: vec![Section { heading, items: vec![item], more: None }],
        closing: vec![],
        language: tongue.tag(),
    }
}
