//! What a customer said about our purposes: a row added, the histories that are folded, and all that shows it, for whoever
//! must prove it.

use super::{
    Store, StoreError, bars,
    database::{Link, Row, query, query_as},
    entry::Evidence,
    kept::{Word, written_name},
    plan_rows::instant,
    round::Desk,
    sealing::{name, open_evidence, parse, unwrap},
    statements::people::{ADD_CONSENT, CONSENTS, CONSENTS_SHOWN},
    suppressions,
    types::ConsentClaim,
};
use crate::{
    base::{BlindIndex, CustomerId, Instant, WordingDigest, unhex},
    gate::{Reason, consent::against_a_yes},
    people::{Bars, ConsentEntry, ConsentKind, ConsentState, Language, Suppression, consent, consent::ConsentMethod},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that a customer said, and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The row, which permissions name as their evidence.
    pub row: i64,
    /// The purpose's key; none: all of them.
    pub purpose: Option<String>,
    /// Yes or no.
    pub kind: ConsentKind,
    /// How.
    pub method: ConsentMethod,
    /// When.
    pub at: Instant,
    /// Where it is written: a file and a line, a program, a link.
    pub source: String,
    /// The words that were in force then, in the policy's own language and the others; none where it was about everything.
    pub wording: Option<StatedWording>,
    /// In which language the words were shown, where that is known.
    pub language: Option<Language>,
    /// Until when, exclusive, where they agreed for a time.
    pub expires_at: Option<Instant>,
    /// What else was kept; none where it can't be read.
    pub evidence: Option<Evidence>,
}

/// A purpose's words, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedWording {
    /// What a yes to them is a yes to, in hexadecimal.
    #[serde(default)]
    pub digest: String,
    /// The title.
    pub title: String,
    /// The promise.
    pub promise: String,
    /// Both in other languages.
    #[serde(default)]
    pub translations: BTreeMap<String, BTreeMap<String, String>>,
}

impl Said {
    /// As the gate folds it.
    #[must_use]
    pub fn entry(&self) -> ConsentEntry {
        let digest = self.wording.as_ref().and_then(|wording| unhex(&wording.digest));
        ConsentEntry {
            id: self.row,
            kind: self.kind,
            at: self.at,
            method: self.method,
            wording: digest.map(WordingDigest),
            expires_at: self.expires_at,
        }
    }
}

impl Store {
    /// All that a customer said, oldest first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn consents(&self, customer: CustomerId) -> Result<Vec<Said>, StoreError> {
        let found = query(CONSENTS_SHOWN).bind(customer.0).fetch_all(&mut self.reader().await?).await?;
        found.iter().map(|row| self.said(customer, row)).collect()
    }

    /// What a customer said about one purpose, with the words that were in force then; oldest first.
    pub(super) async fn said_about(
        &self,
        customer: CustomerId,
        purpose: &str,
    ) -> Result<Vec<ConsentEntry>, StoreError> {
        let said = self.consents(customer).await?;
        let about = said.iter().filter(|said| said.purpose.as_deref().is_none_or(|of| of == purpose));
        Ok(about.map(Said::entry).collect())
    }

    fn said(&self, customer: CustomerId, row: &Row) -> Result<Said, StoreError> {
        let (id, purpose): (i64, String) = (row.try_get("id")?, row.try_get("purpose")?);
        let sealed: Option<Vec<u8>> = row.try_get("evidence")?;
        let wrapped: Option<&[u8]> = row.try_get("wrapped")?;
        let open = |sealed: Vec<u8>| {
            let key = unwrap(&self.inner.keys, customer.0, wrapped).ok()?;
            open_evidence(&key, id, &sealed).ok()
        };
        let evidence = sealed.map_or(Some(Evidence::default()), open);
        let content: Option<String> = row.try_get("wording")?;
        let odd = |error: serde_json::Error| StoreError::odd("wordings.content", &error.to_string());
        let mut wording: Option<StatedWording> =
            content.map(|content| serde_json::from_str(&content).map_err(odd)).transpose()?;
        if let Some(wording) = &mut wording {
            wording.digest = row.try_get("digest")?;
        }
        Ok(Said {
            row: id,
            purpose: (!purpose.is_empty()).then_some(purpose),
            kind: parse(row, "kind")?,
            method: parse(row, "method")?,
            at: instant(row, "at")?,
            source: row.try_get("source")?,
            wording,
            language: row.try_get::<Option<String>, _>("language")?.and_then(|tag| Language::parse(&tag)),
            expires_at: end(row)?,
            evidence,
        })
    }
}

/// A row to be.
pub(super) struct NewConsent<'a> {
    pub purpose: &'a str,
    pub kind: ConsentKind,
    pub method: ConsentMethod,
    pub at: Instant,
    pub source: &'a str,
    pub language: Option<&'a Language>,
    pub expires_at: Option<Instant>,
}

impl NewConsent<'_> {
    /// Adds it to a customer's history.
    pub async fn write(&self, desk: &mut Desk, customer: CustomerId) -> Result<i64, StoreError> {
        let row = query_as(ADD_CONSENT)
            .bind(customer.0)
            .bind(self.purpose)
            .bind(name(&self.kind))
            .bind(name(&self.method))
            .bind(self.at.ms())
            .bind(self.source)
            .bind(self.language.map(Language::tag))
            .bind(self.expires_at.map(Instant::ms))
            .fetch_one(desk.database.alone().await?)
            .await?;
        if self.kind == ConsentKind::Withdrawn
            && let Some(customer) = written_name(desk, customer).await?
        {
            let purpose = self.purpose.to_owned();
            desk.kept.note(Word::Withdrawn { customer, purpose, method: self.method, at: self.at });
        }
        Ok(row)
    }
}

/// What one customer said, by purpose; under `""` what is about everything.
pub(super) type Histories = BTreeMap<String, Vec<ConsentEntry>>;

/// A customer's consent histories by purpose, oldest first.
pub(super) async fn consents_of(connection: &mut Link, customer: CustomerId) -> Result<Histories, StoreError> {
    let mut histories = Histories::new();
    for row in query(CONSENTS).bind(customer.0).fetch_all(connection).await? {
        histories.entry(row.try_get("purpose")?).or_default().push(entry(&row)?);
    }
    Ok(histories)
}

/// A row of a history.
pub(super) fn entry(row: &Row) -> Result<ConsentEntry, StoreError> {
    Ok(ConsentEntry {
        id: row.try_get("id")?,
        kind: parse(row, "kind")?,
        at: instant(row, "at")?,
        method: parse(row, "method")?,
        wording: None,
        expires_at: end(row)?,
    })
}

/// Whether a no to this purpose, or with `""` to everything, stands already, and saying it again changes nothing: one to everything
/// doesn't where there was a yes to anything since.
pub(super) fn is_refused(histories: &Histories, purpose: &str) -> bool {
    let own = histories.get(purpose).map_or(&[][..], Vec::as_slice);
    let is_granted = |other: &String| {
        let said = history_of(histories, other);
        matches!(consent::fold(&said), ConsentState::Granted(_))
    };
    matches!(consent::fold(own), ConsentState::Withdrawn { .. })
        && (!purpose.is_empty() || !histories.keys().filter(|other| !other.is_empty()).any(is_granted))
}

/// The end that was set to a yes.
pub(super) fn end(row: &Row) -> Result<Option<Instant>, StoreError> {
    Ok(row.try_get::<Option<i64>, _>("expires_at")?.map(Instant::from_ms))
}

/// How a customer stands to a purpose.
pub(super) struct Position {
    /// What they said about it, or about everything, oldest first.
    pub history: Vec<ConsentEntry>,
    /// What stands against a yes to it that the mailbox itself didn't confirm.
    pub against: Option<Reason>,
}

/// Before anything is said.
pub(super) async fn position(
    connection: &mut Link,
    customer: CustomerId,
    mailbox: BlindIndex,
    purpose: &str,
) -> Result<Position, StoreError> {
    let histories = consents_of(&mut *connection, customer).await?;
    let suppressions = suppressions::of(&mut *connection, mailbox).await?;
    let bars = bars::of(connection, customer).await?;
    Ok(Position::of(&histories, &bars, &suppressions, purpose))
}

impl Position {
    /// By all that is known.
    pub fn of(histories: &Histories, bars: &Bars, suppressions: &[Suppression], purpose: &str) -> Self {
        let history = history_of(histories, purpose);
        let against = against_a_yes(purpose, consent::fold(&history), bars, suppressions);
        Self { history, against }
    }

    /// Whether the history holds already what is claimed.
    pub fn holds(&self, claim: &ConsentClaim, method: ConsentMethod) -> bool {
        match claim.kind {
            // Another way of saying it is another piece of evidence.
            ConsentKind::Granted => {
                let is_it =
                    |entry: &ConsentEntry| entry.kind == claim.kind && entry.at == claim.at && entry.method == method;
                self.history.iter().any(is_it)
            }
            ConsentKind::Withdrawn => matches!(consent::fold(&self.history), ConsentState::Withdrawn { .. }),
        }
    }
}

/// What a customer said about one purpose, or about everything, oldest first.
pub(super) fn history_of(histories: &Histories, purpose: &str) -> Vec<ConsentEntry> {
    let those = histories.iter().filter(|(of, _)| of.is_empty() || *of == purpose);
    let mut history: Vec<ConsentEntry> = those.flat_map(|(_, said)| said).cloned().collect();
    history.sort_by_key(|entry| (entry.at, entry.id));
    history
}
