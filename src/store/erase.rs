//! Erasing a person: everything that says something about them goes, and nothing brings it back.
//!
//! ```text
//!  one transaction   what was permitted is taken back, their rows go, their key is destroyed,
//!                    keyed hashes of their mailbox and of their names stay
//!  then              the log is folded into the files and emptied, until no reader holds on to it
//! ```
//!
//! **What stays.** What they agreed to and what happened, about a number that leads to nobody: leaves of the audit
//! ([`crate::audit`]), without a word about who it was. The hash of each piece of evidence stays in its place. And keyed hashes:
//! of the mailbox, as a suppression, unless somebody else has it too; of what sources call them and their records. Whoever
//! holds no key can't even try an address against them.
//!
//! **Who comes back.** No import, calendar or program brings them back: their names and their mailbox are known to be erased.
//! Only their own act does: a booking or a purchase of a later day than the erasure, or a sign-up. Service for it works then; anything else needs a yes that
//! they confirm anew (see [`crate::people::Suppression::forbids`]).
//!
//! **Old copies.** A backup of the database holds rows that no key opens any more. A backup of the key store opens them, so
//! backups of that one must not live long.

use super::{
    Store, StoreError, address_changes,
    book::{Line, rows},
    customers,
    database::{query, query_as},
    kept::Word,
    keystore,
    open_visits::visit_of_nobody,
    round::Desk,
    sealing::{StoredCustomer, name, seal_visit},
    statements::{
        erasures::{
            ADD_ERASURE, BAR_EVIDENCE_OF, DESTROY_KEY, ERASE, ERASE_SUPPRESSIONS, ERASE_VISIT_OF_NOBODY, EVIDENCE_OF,
            FORGET_BAR_EVIDENCE, FORGET_EVIDENCE, IS_ERASED_NAME, KEEP_ERASED_NAME, KEYS_TO_DESTROY, MAILBOX_ERASED_AT,
            NAME_OF_CUSTOMER, NAMES_OF_RECORDS, SCRUBBED, SEAL_VISIT_ANEW, SUPPRESS_ERASED, TO_SCRUB,
        },
        people::CUSTOMER_BY_ID,
        requests::{ADD_REQUEST, ANSWER_ALL_REQUESTS},
        visits::VISITS_OF_NOBODY,
    },
    writer::Message,
};
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, Handle, Instant},
    fault::{self, Point},
    ledger::{ErasedVia, Happening},
    people::{AskedVia, RequestKind, SuppressionReason},
    workflow::CUSTOMER,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

impl Store {
    /// Erases a customer; on disk when this returns. Gives the attempts that it found open: what is on the wire can't be
    /// called back. `None` where there is no such customer.
    ///
    /// The log may still hold pages as they were before: [`Self::scrub`] follows.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn erase(&self, customer: CustomerId, via: ErasedVia) -> Result<Option<Vec<AttemptId>>, StoreError> {
        let erased = self.change_with_keys(1, move |desk| Box::pin(erase(desk, customer, via))).await?;
        fault::point(Point::AfterErasureCommit);
        Ok(erased.map(|erased| erased.open))
    }

    /// Empties the log where something was erased, so that no file holds what was there before. `false`: a reader still
    /// needs it, ask again.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn scrub(&self) -> Result<bool, StoreError> {
        let rows = query(TO_SCRUB).fetch_all(&mut self.reader().await?).await?;
        let Some(last) = rows.last() else { return Ok(true) };
        let last: i64 = last.try_get("id")?;
        let mut keys: Vec<i64> = Vec::new();
        for row in &rows {
            let odd = |error: serde_json::Error| StoreError::odd("erasures.keys", &error.to_string());
            keys.extend(serde_json::from_str::<Vec<i64>>(row.try_get("keys")?).map_err(odd)?);
        }
        // A power cut may have fallen between the rows and the keys.
        self.change(move |desk| Box::pin(async move { destroy_keys(desk, &keys).await })).await?;
        if !self.ask(&self.inner.ordinary, Message::ClearAway).await? {
            return Ok(false);
        }
        fault::point(Point::AfterLogCleared);
        self.change(move |desk| Box::pin(scrubbed(desk, last))).await?;
        Ok(true)
    }
}

/// A person who is erased, before the commit.
struct Erased {
    /// As in [`super::Applied::open`].
    open: Vec<AttemptId>,
    erasure: i64,
}

async fn erase(desk: &mut Desk, customer: CustomerId, via: ErasedVia) -> Result<Option<Erased>, StoreError> {
    let asked = query(CUSTOMER_BY_ID).bind(customer.0);
    let Some(row) = asked.fetch_optional(desk.database.alone().await?).await? else { return Ok(None) };
    let StoredCustomer { mailbox, handle, .. } = StoredCustomer::read(&row)?;
    let now = desk.clock.now();
    let mut open = customers::revoke(desk, customer).await?;
    open.extend(address_changes::see_off_guests_of(desk, customer).await?);
    let erasure = begin(desk, (customer, Some(handle)), now, via).await?;
    let mut names = names_of(desk, customer).await?;
    let left = address_changes::left_by(desk, customer).await?;
    forget_evidence(desk, customer).await?;
    answer_requests(desk, customer, via, now).await?;
    delete(desk, customer).await?;
    let mut keys = forget_visits_of_nobody(desk, mailbox, &mut names).await?;
    keys.push(customer.0);
    keep_names(desk, &names, erasure).await?;
    suppress(desk, mailbox, now).await?;
    // The business's own list may still have a mailbox that they said is theirs no more: it brings them back by none of these.
    for former in left {
        suppress(desk, former, now).await?;
        desk.kept.note(Word::stopped(former, "", SuppressionReason::Erased, now));
    }
    destroy(desk, erasure, &keys).await?;
    desk.kept.note(Word::erased(handle, mailbox, &names, via, now));
    fault::point(Point::BeforeErasureCommit);
    desk.enter(now, &[Line::of_customer(customer, Happening::Erased { via })])?;
    Ok(Some(Erased { open, erasure }))
}

/// Takes out somebody of whom nothing is known but that a form was filled in for them. Nothing is left by which they would be kept
/// out: they may be signed up again. What was asked about them stands in the ledger, about a number that leads to nobody.
pub(super) async fn without_trace(desk: &mut Desk, customer: CustomerId) -> Result<Option<Vec<AttemptId>>, StoreError> {
    let asked = query(CUSTOMER_BY_ID).bind(customer.0);
    if asked.fetch_optional(desk.database.alone().await?).await?.is_none() {
        return Ok(None);
    }
    let (now, via) = (desk.clock.now(), ErasedVia::Unconfirmed);
    let open = customers::revoke(desk, customer).await?;
    let erasure = begin(desk, (customer, None), now, via).await?;
    delete(desk, customer).await?;
    destroy(desk, erasure, &[customer.0]).await?;
    desk.enter(now, &[Line::of_customer(customer, Happening::Erased { via })])?;
    Ok(Some(open))
}

async fn delete(desk: &mut Desk, customer: CustomerId) -> Result<(), StoreError> {
    for statement in ERASE {
        query(statement).bind(customer.0).execute(desk.database.alone().await?).await?;
    }
    Ok(())
}

/// Destroys keys, and notes them for a power cut that falls between the rows and the key store.
async fn destroy(desk: &mut Desk, erasure: i64, keys: &[i64]) -> Result<(), StoreError> {
    let asked = query(KEYS_TO_DESTROY).bind(erasure).bind(rows(keys)?);
    asked.execute(desk.database.alone().await?).await?;
    destroy_keys(desk, keys).await
}

/// Nothing is left to answer. What they asked for on their own page is in the register with its answer.
async fn answer_requests(
    desk: &mut Desk,
    customer: CustomerId,
    via: ErasedVia,
    now: Instant,
) -> Result<(), StoreError> {
    let asked = query(ANSWER_ALL_REQUESTS).bind(customer.0).bind(now.ms());
    asked.execute(desk.database.alone().await?).await?;
    if via == ErasedVia::Link {
        let asked = query(ADD_REQUEST).bind(customer.0).bind(name(&RequestKind::Erasure)).bind(now.ms());
        let asked = asked.bind(name(&AskedVia::Page)).bind(None::<i64>).bind(None::<Vec<u8>>).bind(now.ms());
        asked.execute(desk.database.alone().await?).await?;
    }
    Ok(())
}

/// An erasure that an older database doesn't know: the same again, or only what keeps the person erased.
pub(super) async fn again(
    desk: &mut Desk,
    known: Option<CustomerId>,
    handle: Option<Handle>,
    (mailbox, names): (Option<BlindIndex>, &[BlindIndex]),
    via: ErasedVia,
    at: Instant,
) -> Result<(), StoreError> {
    let erased = match known {
        Some(customer) => erase(desk, customer, via).await?,
        None => None,
    };
    let erasure = match erased {
        Some(Erased { erasure, .. }) => erasure,
        None => begin(desk, (CustomerId(0), handle), at, via).await?,
    };
    keep_names(desk, names, erasure).await?;
    match mailbox {
        Some(mailbox) => suppress(desk, mailbox, at).await,
        None => Ok(()),
    }
}

async fn begin(
    desk: &mut Desk,
    (customer, handle): (CustomerId, Option<Handle>),
    at: Instant,
    via: ErasedVia,
) -> Result<i64, StoreError> {
    let asked = query_as(ADD_ERASURE).bind(customer.0).bind(handle.map(|handle| handle.0.to_vec()));
    asked.bind(at.ms()).bind(name(&via)).fetch_one(desk.database.alone().await?).await
}

/// The mailbox is written to no more, where nobody else has it.
async fn suppress(desk: &mut Desk, mailbox: BlindIndex, at: Instant) -> Result<(), StoreError> {
    let asked = query(ERASE_SUPPRESSIONS).bind(mailbox.0.as_slice());
    asked.execute(desk.database.alone().await?).await?;
    let asked = query(SUPPRESS_ERASED).bind(mailbox.0.as_slice()).bind(at.ms());
    asked.execute(desk.database.alone().await?).await?;
    Ok(())
}

/// Keyed hashes of what sources call the customer and their records.
async fn names_of(desk: &mut Desk, customer: CustomerId) -> Result<Vec<BlindIndex>, StoreError> {
    let database = desk.database.alone().await?;
    let own: Option<String> = query_as(NAME_OF_CUSTOMER).bind(customer.0).fetch_one(&mut *database).await?;
    let records: Vec<(String, String)> = query_as(NAMES_OF_RECORDS).bind(customer.0).fetch_all(database).await?;
    let all = own.map(|name| (CUSTOMER.to_owned(), name)).into_iter().chain(records);
    Ok(all.map(|(kind, name)| BlindIndex::of_name(&desk.keys, &kind, &name)).collect())
}

async fn keep_names(desk: &mut Desk, names: &[BlindIndex], erasure: i64) -> Result<(), StoreError> {
    for name in names {
        let asked = query(KEEP_ERASED_NAME).bind(name.0.as_slice()).bind(erasure);
        asked.execute(desk.database.alone().await?).await?;
    }
    Ok(())
}

/// Puts the hash of the sealed bytes in their place, as the audit has it.
async fn forget_evidence(desk: &mut Desk, customer: CustomerId) -> Result<(), StoreError> {
    for (kept, forget) in [(EVIDENCE_OF, FORGET_EVIDENCE), (BAR_EVIDENCE_OF, FORGET_BAR_EVIDENCE)] {
        let asked = query_as(kept).bind(customer.0);
        let rows: Vec<(i64, Vec<u8>)> = asked.fetch_all(desk.database.alone().await?).await?;
        for (row, content) in rows {
            let asked = query(forget).bind(row).bind(Sha256::digest(&content).as_slice());
            asked.execute(desk.database.alone().await?).await?;
        }
    }
    Ok(())
}

/// Visits that nobody was known for and that name this mailbox go, and all others get another key: an old copy of the database
/// opens none of them any more. Gives the keys that are of no use then.
async fn forget_visits_of_nobody(
    desk: &mut Desk,
    mailbox: BlindIndex,
    names: &mut Vec<BlindIndex>,
) -> Result<Vec<i64>, StoreError> {
    let asked = query(VISITS_OF_NOBODY).bind(i64::MIN).bind(i64::MIN).bind(i64::MAX);
    let rows = asked.fetch_all(desk.database.alone().await?).await?;
    let mut visits = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some(visit) = visit_of_nobody(row, &desk.keys)? else { continue };
        let is_theirs = visit.content.people.iter().any(|(address, _)| BlindIndex::of(&desk.keys, address) == mailbox);
        visits.push((row.try_get::<i64, _>("id")?, row.try_get::<i64, _>("key")?, visit, is_theirs));
    }
    if !visits.iter().any(|(.., is_theirs)| *is_theirs) {
        return Ok(Vec::new());
    }
    let (id, key) = keystore::take(desk)?;
    let mut old = BTreeSet::new();
    for (row, sealed_by, visit, is_theirs) in visits {
        old.insert(sealed_by);
        if is_theirs {
            names.push(BlindIndex::of_name(&desk.keys, &visit.kind, &visit.external_id));
            query(ERASE_VISIT_OF_NOBODY).bind(row).execute(desk.database.alone().await?).await?;
        } else {
            let content = seal_visit(&key, &visit.kind, &visit.external_id, &visit.content)?;
            let asked = query(SEAL_VISIT_ANEW).bind(row).bind(content).bind(id);
            asked.execute(desk.database.alone().await?).await?;
        }
    }
    Ok(old.into_iter().collect())
}

async fn destroy_keys(desk: &mut Desk, keys: &[i64]) -> Result<(), StoreError> {
    for key in keys {
        query(DESTROY_KEY).bind(*key).execute(desk.database.alone().await?).await?;
    }
    Ok(())
}

async fn scrubbed(desk: &mut Desk, last: i64) -> Result<(), StoreError> {
    let asked = query(SCRUBBED).bind(desk.clock.now().ms()).bind(last);
    asked.execute(desk.database.alone().await?).await?;
    Ok(())
}

/// When somebody was erased who had this mailbox alone; `None` where nobody was.
pub(super) async fn mailbox_erased_at(desk: &mut Desk, mailbox: BlindIndex) -> Result<Option<Instant>, StoreError> {
    let asked = query_as(MAILBOX_ERASED_AT).bind(mailbox.0.as_slice());
    let at: Option<i64> = asked.fetch_optional(desk.database.alone().await?).await?;
    Ok(at.map(Instant::from_ms))
}

/// Whether a source calls somebody so who was erased, or a record of theirs.
pub(super) async fn had_name(desk: &mut Desk, kind: &str, name: &str) -> Result<bool, StoreError> {
    let hash = BlindIndex::of_name(&desk.keys, kind, name);
    let asked = query_as(IS_ERASED_NAME).bind(hash.0.as_slice());
    let found: i64 = asked.fetch_one(desk.database.alone().await?).await?;
    Ok(found > 0)
}
