//! How an installation stands: what its database holds, by which files it works, and what keeps newer ones away.

use super::{Office, approval::Draft, requests::Turn};
use crate::{
    base::{Instant, Zone},
    config::Mode,
    engine::{desk::proof, files::in_force::Trouble, owner::webhook},
    store::{Revision, Status, StoreError},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// See the module. By the files in force, which a daemon may have read before somebody changed them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What the database holds.
    pub status: Status,
    /// Whether the owner gets every message.
    pub rehearsal: bool,
    /// The business's zone.
    pub zone: Zone,
    /// When the public page was reached from outside.
    pub page_proven_at: Option<Instant>,
    /// The calendars that are polled.
    pub calendars: Vec<Polled>,
    /// The set of files in force; `None` before the first start.
    pub revision: Option<Revision>,
    /// Since when the owner's server wants no more calls; nothing where it does, or there is none.
    pub webhook_gone_since: Option<Instant>,
    /// The workflows whose messages wait for somebody's yes.
    pub drafts: Vec<Draft>,
    /// How many messages wait for a person to read them, and are due.
    pub unread: u64,
    /// What people ask about their own data, and the business is to answer: how many, and until when the first.
    pub requests: Option<(u64, Instant)>,
    /// Since when entries of the ledger wait for their seal, where that is longer than it should be.
    pub unsealed_since: Option<Instant>,
    /// What keeps the files that lie there from coming into force, if anything does.
    pub trouble: Option<Trouble>,
}

/// A calendar that is polled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polled {
    /// Its name.
    pub name: String,
    /// After so long without a reading it is out of date.
    pub stale_after: Duration,
}

/// A daemon seals once a second; when it is this late, something is wrong.
const SEALED_WITHIN: Duration = Duration::from_mins(1);

impl Office {
    /// How things stand.
    ///
    /// # Errors
    /// The database's.
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        let edition = self.in_force.now();
        let config = edition.config();
        let polled = config.sources.iter();
        Ok(Standing {
            status: self.store.status().await?,
            rehearsal: config.mode == Mode::Rehearsal,
            zone: edition.policy().business.time_zone,
            page_proven_at: proof::at(config),
            calendars: polled.map(|s| Polled { name: s.name.clone(), stale_after: s.stale_after }).collect(),
            revision: self.store.in_force().await?,
            webhook_gone_since: match &config.owner.webhook {
                Some(webhook) => webhook::gone_since(&self.store, webhook).await?,
                None => None,
            },
            drafts: self.drafts(&edition).await?,
            unread: self.unread(&edition).await?,
            requests: self.requests_of_ours().await?,
            unsealed_since: self.late_seal().await,
            trouble: self.in_force.trouble(),
        })
    }

    /// A last seal that can't be read is as late as can be: nothing can be sealed on it.
    async fn late_seal(&self) -> Option<Instant> {
        let since = self.store.unsealed_since().await.unwrap_or(Some(Instant::from_ms(0)));
        since.filter(|since| since.plus(SEALED_WITHIN) < self.clock.now())
    }

    async fn requests_of_ours(&self) -> Result<Option<(u64, Instant)>, StoreError> {
        let open = self.requests(false).await?;
        let ours = open.iter().filter(|one| matches!(one.turn, Turn::Ours | Turn::Overdue));
        let count = u64::try_from(ours.clone().count()).unwrap_or(u64::MAX);
        Ok(ours.map(|one| one.due_at).min().map(|first| (count, first)))
    }
}
