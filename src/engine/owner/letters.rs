//! By mail: which letters there are, and how one leaves.

use super::{ALARM_WITHIN, Clerk, Scribe, ids, morning};
use crate::{
    base::token,
    deliver::{SmtpTransport, trial},
    engine::letterhead,
    gate::facts::HaltCause,
    ledger::Receipt,
    render::Note,
    store::{
        StoreError,
        notices::{Ended, Matter, NewNotice, Notice, Way},
    },
};
use anyhow::Context;
use std::{collections::BTreeMap, sync::Arc};

/// What one letter is about: notices that share it, the first one first.
struct Letter {
    number: i64,
    notices: Vec<Notice>,
}

impl Clerk {
    /// Writes down what is to be told, and sends what is due.
    pub(super) async fn mail(&self, scribe: &Scribe<'_>) -> Result<(), StoreError> {
        scribe.note_duties().await?;
        let due = self.office.store.due_letters(self.office.clock.now()).await?;
        for letter in self.letters(self.in_time(due).await?).await? {
            self.deliver(scribe, letter).await?;
        }
        Ok(())
    }

    /// Answers that are due together share a letter; which ones do is on disk before it leaves.
    async fn letters(&self, due: Vec<Notice>) -> Result<Vec<Letter>, StoreError> {
        let mut letters: BTreeMap<i64, Vec<Notice>> = BTreeMap::new();
        let mut fresh = None;
        for notice in due {
            let number = match (notice.letter, &notice.matter) {
                (Some(letter), _) => letter,
                (None, Ok(Matter::Answer(_))) => *fresh.get_or_insert(notice.id),
                (None, _) => notice.id,
            };
            letters.entry(number).or_default().push(notice);
        }
        if let Some(letter) = fresh
            && let Some(shared) = letters.get(&letter)
        {
            let ids = shared.iter().map(|notice| notice.id).collect();
            self.office.store.share_letter(ids, letter).await?;
        }
        Ok(letters.into_iter().map(|(number, notices)| Letter { number, notices }).collect())
    }

    /// Writes a letter, sends it, and notes what became of it. What can't be written waits, and holds up no other.
    async fn deliver(&self, scribe: &Scribe<'_>, Letter { number, notices }: Letter) -> Result<(), StoreError> {
        let ended = match scribe.tell(&notices, number).await {
            Ok(ended) => ended,
            Err(why) => return self.put_off(&notices, format!("{why:#}")).await,
        };
        if ended == Ended::Sent {
            tracing::info!(letter = number, "the owner was told");
        }
        self.office.store.end_notices(ids(&notices), ended).await
    }
}

impl Scribe<'_> {
    /// The mail of the day, and what only a person can mend.
    async fn note_duties(&self) -> Result<(), StoreError> {
        let (store, now, installation) = (&self.office.store, self.office.clock.now(), self.installation());
        let zone = installation.policy.business.time_zone;
        if let Some(time) = installation.config.owner.morning_mail
            && let Some((day, expires_at)) = morning::due(now, zone, time)
        {
            let matter = Matter::Morning(day);
            store.announce(NewNotice { matter, way: Way::Mail, next_at: now, expires_at }).await?;
        }
        for halt in store.halts().await? {
            if matches!(halt.cause, HaltCause::ClockFarAhead | HaltCause::Route | HaltCause::Restored) {
                let matter = Matter::Halt { cause: halt.cause, since: halt.since };
                let expires_at = now.plus(ALARM_WITHIN);
                store.announce(NewNotice { matter, way: Way::Mail, next_at: now, expires_at }).await?;
            }
        }
        Ok(())
    }

    /// Writes what is to be told, and sends it.
    async fn tell(&self, notices: &[Notice], number: i64) -> anyhow::Result<Ended> {
        if self.installation().config.owner.mail.is_none() {
            return Ok(Ended::Moot);
        }
        let Some(note) = self.write(notices).await? else { return Ok(Ended::Moot) };
        self.send(&note, number).await?;
        Ok(Ended::Sent)
    }

    /// The words. `None` when there is nothing left to say.
    async fn write(&self, notices: &[Notice]) -> Result<Option<Note>, StoreError> {
        let Some(first) = notices.first() else { return Ok(None) };
        match first.matter.as_ref().map_err(Clone::clone)? {
            Matter::Answer(_) => self.answers_note(notices).await,
            Matter::Morning(day) => self.morning_note(*day, first.created_at).await.map(Some),
            Matter::Calendar { name, since, .. } => self.calendar_note(name, *since).await,
            Matter::Halt { cause, since } => self.halt_note(*cause, *since).await,
            Matter::WebhookGone { since, .. } => self.webhook_note(*since).await,
        }
    }

    /// Over a connection of its own.
    async fn send(&self, note: &Note, number: i64) -> anyhow::Result<()> {
        let installation = self.installation();
        let domain = installation.config.mail.from.domain();
        let message_id = token::notice_id(self.keys, number, domain);
        let owner = letterhead::owner(installation);
        let letter = self
            .letterhead
            .note(note, owner, &message_id, self.office.clock.now())
            .context("a letter to the owner can't be written")?;
        let transport = SmtpTransport::over(installation.config.smtp.route(), Arc::clone(self.wire))?;
        match trial::carry(&transport, &letter, &|_| {}).await? {
            Receipt::Accepted(_) => Ok(()),
            receipt => anyhow::bail!(receipt.sentence()),
        }
    }
}
