//! What a customer chooses on the page of preferences, kept; and taken back, as long as nothing else has changed since.
//!
//! A purpose is switched on here as the person's own act, where no "no" stands. A "no" is a stop like any other and goes
//! the way of stops, journal and all; see [`super::stop`].
//!
//! **Taking back.** What was written names the state that it left: the customer's version and the last row of their
//! consents. [`Undo`] holds that mark and what to put back. It puts it back only where both are still the same, so that it
//! restores the state before that very change and nothing else, once. A word about a purpose is taken back by a row of its
//! own, never by deleting one; the row of the mailbox's suppression goes, and only the one that the stop itself wrote.
//!
//! What reduces sending takes back every permission that has not begun, as a stop does; the caller revokes them in memory
//! before it answers.

use super::{
    Store, StoreError, bars,
    book::Line,
    cards,
    consents::{NewConsent, consents_of, position},
    customers,
    database::{query, query_as},
    entry::{Evidence, keep_evidence},
    limits,
    plan_rows::{own_limits, snooze},
    round::Desk,
    sealing::StoredCustomer,
    statements::{
        people::{CUSTOMER_BY_HANDLE, LAST_CONSENT, PREFERENCES, RELEASE_MAILBOX, SET_LANGUAGE, SET_SNOOZE},
        pipeline::WAKE_HELD_OF,
    },
    suppressions,
    types::{Replan, Rules},
};
use crate::{
    base::{AttemptId, CustomerId, Handle, Instant, NetworkPrefix},
    ledger::{Happening, Preferred, entry::LimitVia},
    people::{
        Bars, ConsentKind, ConsentState, Customer, Language, Snooze, Suppression,
        consent::{self, ConsentMethod},
    },
    policy::{OwnLimits, own_limit::Wish},
    trigger::News,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Where a choice is written, as a consent's source says it.
const SOURCE: &str = "preferences";

/// What holds of a customer, beside their consents.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// Who.
    pub customer: Customer,
    /// How much they want to hear of us at most.
    pub limits: OwnLimits,
    /// The silence that they asked for.
    pub snooze: Option<Snooze>,
    /// What their mailbox refuses.
    pub refused: Vec<Suppression>,
    /// What stops messages to them whatever they agreed to.
    pub bars: Bars,
    /// When what is kept about them was last told or confirmed.
    pub confirmed_at: Instant,
}

/// A choice that isn't a stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Messages of this purpose, by the person's own act.
    On {
        /// Its key.
        purpose: String,
        /// In which language they read what it promises.
        language: Language,
        /// From where, where that is kept.
        from: Option<NetworkPrefix>,
    },
    /// A yes that holds, said anew before it ends.
    Renew {
        /// The purpose's key.
        purpose: String,
        /// In which language they read what it promises.
        language: Language,
        /// From where, where that is kept.
        from: Option<NetworkPrefix>,
    },
    /// At most so many.
    Limit(Wish),
    /// Silence until a day, or no more.
    Snooze(Option<Snooze>),
    /// In this language.
    Language(Language),
}

/// How to take a change back. It is good for the state that the change left, and for no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    mark: Mark,
    back: Back,
}

/// A state of what a customer chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    version: i64,
    consent: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Back {
    /// A no, and the suppression that was written with it.
    No {
        suppression: i64,
    },
    Yes,
    Limit(Wish),
    Snooze(Option<Snooze>),
    Language(Option<Language>),
}

/// What became of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// It holds, and this takes it back.
    Now(Undo),
    /// It holds, and a stop ends it as it would have before.
    Renewed,
    /// It held already.
    Already,
    /// They said no to this purpose: only a confirmation from the mailbox itself is the way back.
    NoStands,
}

/// What became of taking back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// The state before the change holds again.
    Now,
    /// Something else happened since, or it was taken back already.
    Outdated,
}

/// With the attempts that the caller must revoke in memory, as in [`super::Applied::open`].
#[must_use = "open attempts must be revoked in memory as well"]
pub struct Done<T> {
    /// What became of it. None: nobody has this handle.
    pub what: Option<T>,
    /// Those.
    pub open: Vec<AttemptId>,
}

impl Undo {
    /// Of a no that wrote these rows.
    pub(super) const fn no(version: i64, consent: i64, suppression: i64) -> Self {
        Self { mark: Mark { version, consent }, back: Back::No { suppression } }
    }
}

impl Store {
    /// What a customer chose, beside their consents. None: nobody has this handle.
    ///
    /// # Errors
    /// When the database or the row can't be read.
    pub async fn preferences(&self, handle: Handle) -> Result<Option<Preferences>, StoreError> {
        let mut reader = self.reader().await?;
        let row = query(CUSTOMER_BY_HANDLE).bind(handle.0.as_slice()).fetch_optional(&mut reader).await?;
        let Some(row) = row else { return Ok(None) };
        let stored = StoredCustomer::read(&row)?;
        let chosen = query(PREFERENCES).bind(stored.id.0).fetch_one(&mut reader).await?;
        let refused = suppressions::of(&mut reader, stored.mailbox).await?;
        let bars = bars::of(&mut reader, stored.id).await?;
        Ok(Some(Preferences {
            customer: stored.open(&self.inner.keys)?,
            limits: own_limits(&chosen)?,
            snooze: snooze(&chosen)?,
            confirmed_at: Instant::from_ms(chosen.try_get("confirmed_at")?),
            refused,
            bars,
        }))
    }

    /// Keeps a choice.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn choose(
        &self,
        handle: Handle,
        choice: Choice,
        rules: Arc<dyn Rules>,
    ) -> Result<Done<Chosen>, StoreError> {
        self.change(move |desk| Box::pin(async move { choose(desk, handle, choice, &*rules.in_force()).await })).await
    }

    /// Takes a change back.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn undo(&self, handle: Handle, undo: Undo, rules: Arc<dyn Rules>) -> Result<Done<TakenBack>, StoreError> {
        self.change(move |desk| Box::pin(async move { take_back(desk, handle, undo, &*rules.in_force()).await })).await
    }
}

async fn mark(desk: &mut Desk, customer: CustomerId) -> Result<Mark, StoreError> {
    let row = query(PREFERENCES).bind(customer.0).fetch_one(desk.database.alone().await?).await?;
    let consent: Option<i64> = query_as(LAST_CONSENT).bind(customer.0).fetch_one(desk.database.alone().await?).await?;
    Ok(Mark { version: row.try_get("version")?, consent: consent.unwrap_or(0) })
}

async fn choose(
    desk: &mut Desk,
    handle: Handle,
    choice: Choice,
    planner: &dyn Replan,
) -> Result<Done<Chosen>, StoreError> {
    let Some(stored) = customers::by_handle(desk, handle).await? else { return Ok(Done { what: None, open: vec![] }) };
    let (back, open) = match choice {
        Choice::On { purpose, language, from } => {
            let database = desk.database.alone().await?;
            if position(database, stored.id, stored.mailbox, &purpose).await?.against.is_some() {
                return Ok(Done { what: Some(Chosen::NoStands), open: vec![] });
            }
            (Some(Back::Yes), switch_on(desk, stored.id, (&purpose, &language, from), planner).await?)
        }
        Choice::Renew { purpose, language, from } => {
            let position = position(desk.database.alone().await?, stored.id, stored.mailbox, &purpose).await?;
            let holds = matches!(consent::fold(&position.history), ConsentState::Granted(_));
            if !holds || position.against.is_some() {
                return Ok(Done { what: Some(Chosen::NoStands), open: vec![] });
            }
            let open = switch_on(desk, stored.id, (&purpose, &language, from), planner).await?;
            return Ok(Done { what: Some(Chosen::Renewed), open });
        }
        Choice::Limit(wish) => {
            let limited = limits::limit(desk, stored.id, wish.clone(), LimitVia::Page).await?;
            let before = limited.before.wish_for(wish.purpose());
            ((limited.before != limited.now).then_some(Back::Limit(before)), limited.open)
        }
        Choice::Snooze(wanted) => {
            let (before, open) = set_snooze(desk, stored.id, wanted).await?;
            ((before != wanted).then_some(Back::Snooze(before)), open)
        }
        Choice::Language(wanted) => {
            let before = stored.language.as_deref().and_then(Language::parse);
            let is_new = before.as_ref() != Some(&wanted);
            if is_new {
                set_language(desk, stored.id, Some(wanted)).await?;
            }
            (is_new.then_some(Back::Language(before)), vec![])
        }
    };
    let what = match back {
        Some(back) => Chosen::Now(Undo { mark: mark(desk, stored.id).await?, back }),
        None => Chosen::Already,
    };
    Ok(Done { what: Some(what), open })
}

async fn switch_on(
    desk: &mut Desk,
    customer: CustomerId,
    (purpose, language, from): (&str, &Language, Option<NetworkPrefix>),
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    let now = desk.clock.now();
    let said = NewConsent {
        purpose,
        kind: ConsentKind::Granted,
        method: ConsentMethod::PreferencePage,
        at: now,
        source: SOURCE,
        language: Some(language),
        expires_at: None,
    };
    let row = said.write(desk, customer).await?;
    keep_evidence(desk, customer, row, &Evidence::of_page(from)).await?;
    enter(desk, customer, Preferred::On { purpose: purpose.to_owned(), row })?;
    cards::plan_of(desk, customer, News::Agreed([(purpose.to_owned(), now)].into()), planner).await
}

/// Gives the one before.
async fn set_snooze(
    desk: &mut Desk,
    customer: CustomerId,
    wanted: Option<Snooze>,
) -> Result<(Option<Snooze>, Vec<AttemptId>), StoreError> {
    let row = query(PREFERENCES).bind(customer.0).fetch_one(desk.database.alone().await?).await?;
    let before = snooze(&row)?;
    if before == wanted {
        return Ok((before, vec![]));
    }
    let now = desk.clock.now();
    let database = desk.database.alone().await?;
    query(SET_SNOOZE)
        .bind(customer.0)
        .bind(wanted.map(|snooze| snooze.until.ms()))
        .bind(wanted.map(|snooze| super::sealing::name(&snooze.of)))
        .execute(&mut *database)
        .await?;
    // What waited for another end is asked again.
    query(WAKE_HELD_OF).bind(customer.0).bind(now.ms()).execute(database).await?;
    enter(desk, customer, Preferred::Snooze(wanted))?;
    Ok((before, customers::revoke(desk, customer).await?))
}

async fn set_language(desk: &mut Desk, customer: CustomerId, wanted: Option<Language>) -> Result<(), StoreError> {
    query(SET_LANGUAGE)
        .bind(customer.0)
        .bind(wanted.as_ref().map(Language::tag))
        .execute(desk.database.alone().await?)
        .await?;
    enter(desk, customer, Preferred::Language(wanted))
}

async fn take_back(
    desk: &mut Desk,
    handle: Handle,
    undo: Undo,
    planner: &dyn Replan,
) -> Result<Done<TakenBack>, StoreError> {
    let Some(stored) = customers::by_handle(desk, handle).await? else { return Ok(Done { what: None, open: vec![] }) };
    let Undo { mark: left, back } = undo;
    if mark(desk, stored.id).await? != left {
        return Ok(Done { what: Some(TakenBack::Outdated), open: vec![] });
    }
    let open = match back {
        Back::No { suppression } => {
            let released: Option<i64> = query_as(RELEASE_MAILBOX)
                .bind(suppression)
                .bind(stored.mailbox.0.as_slice())
                .fetch_optional(desk.database.alone().await?)
                .await?;
            if released.is_none() {
                return Ok(Done { what: Some(TakenBack::Outdated), open: vec![] });
            }
            unsay(desk, stored.id, left.consent, ConsentKind::Granted).await?;
            cards::plan_of(desk, stored.id, News::Nothing, planner).await?
        }
        Back::Yes => {
            unsay(desk, stored.id, left.consent, ConsentKind::Withdrawn).await?;
            customers::revoke(desk, stored.id).await?
        }
        Back::Limit(wish) => limits::limit(desk, stored.id, wish, LimitVia::Page).await?.open,
        Back::Snooze(before) => set_snooze(desk, stored.id, before).await?.1,
        Back::Language(before) => {
            set_language(desk, stored.id, before).await?;
            vec![]
        }
    };
    Ok(Done { what: Some(TakenBack::Now), open })
}

/// Adds the row by which the last word doesn't count.
async fn unsay(desk: &mut Desk, customer: CustomerId, last: i64, kind: ConsentKind) -> Result<(), StoreError> {
    let histories = consents_of(desk.database.alone().await?, customer).await?;
    let word = histories.iter().find_map(|(purpose, said)| Some((purpose, said.iter().find(|row| row.id == last)?)));
    let (purpose, at) = word.map(|(purpose, word)| (purpose.clone(), word.at)).unwrap_or_default();
    // Behind what it takes back, whatever the clock did meanwhile: histories are read by their times.
    let at: Instant = desk.clock.now().max(at);
    let said = NewConsent {
        purpose: &purpose,
        kind,
        method: ConsentMethod::Undone,
        at,
        source: SOURCE,
        language: None,
        expires_at: None,
    };
    let row = said.write(desk, customer).await?;
    enter(desk, customer, Preferred::TookBack { purpose, row })
}

fn enter(desk: &mut Desk, customer: CustomerId, what: Preferred) -> Result<(), StoreError> {
    let now = desk.clock.now();
    desk.enter(now, &[Line::of_customer(customer, Happening::Preferred(what))])
}
