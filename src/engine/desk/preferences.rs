//! How the page of preferences sees a customer, and how what they choose there is carried out: on the record first, then
//! the flights, then the answer.
//!
//! A stop is taken with the database away, by the journal. Everything else waits for it, and the page says so: a wish that
//! is not on disk must not look as if it were.

use super::{
    AnswerFailed, StopFailed, StopOutcome,
    sign_up::{form, form_of, keeps_network},
    stop::Desk,
};
use crate::{
    base::{Instant, Zone, token::Link},
    deliver::transport::Boxed,
    engine::files::in_force::Edition,
    gate::{Outcome, Reason, consent},
    ledger::entry::StopVia,
    people::{BarWord, ConsentEntry, ConsentState, Language, Snooze, SuppressionReason, consent::fold},
    policy::{Basis, OwnLimits, Policy, Purpose, Request},
    store::{Choice, Chosen, NewBar, Preferences, Store, TakenBack, Undo, entry::Evidence, sign_ups::Whom},
    workflow::CUSTOMER,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// Shows what a customer chose, and takes what they choose.
pub trait PreferenceDesk: Send + Sync {
    /// What the page shows. Changes nothing: mail scanners follow every link. `None` when there is no such customer (any
    /// more).
    ///
    /// # Errors
    /// When the database can't be asked.
    fn preferences<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<PreferenceView>, AnswerFailed>>;

    /// Keeps a choice. `None` when there is no such customer (any more), or nothing of that name to choose.
    ///
    /// # Errors
    /// When it is not on disk: the page must not say that it is.
    fn choose<'a>(&'a self, link: &'a Link, choice: Choice) -> Boxed<'a, Result<Option<Chosen>, AnswerFailed>>;

    /// Stops a purpose, or with `""` everything. Where it is new, it can be taken back.
    ///
    /// # Errors
    /// When the stop is neither in the database nor in the journal: the page must not say that it is.
    fn stop_of<'a>(
        &'a self,
        link: &'a Link,
        purpose: &'a str,
    ) -> Boxed<'a, Result<(StopOutcome, Option<Undo>), StopFailed>>;

    /// Asks the mailbox by a message whether it agrees to a purpose, once in thirty days. `None` when there is no such customer
    /// (any more), or nothing of that name to ask about.
    ///
    /// # Errors
    /// When the question is not on disk.
    fn ask_about<'a>(
        &'a self,
        link: &'a Link,
        purpose: &'a str,
        language: Language,
    ) -> Boxed<'a, Result<Option<()>, AnswerFailed>>;

    /// Objects to all marketing, whatever it rests on (GDPR 21(2)). It holds when this returns; `false` where it did before. `None`
    /// when there is no such customer (any more).
    ///
    /// # Errors
    /// When that is not on disk.
    fn object<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<bool>, AnswerFailed>>;

    /// Takes a change back.
    ///
    /// # Errors
    /// When that is not on disk.
    fn take_back<'a>(&'a self, link: &'a Link, undo: Undo) -> Boxed<'a, Result<Option<TakenBack>, AnswerFailed>>;
}

/// What the page may show: what holds now. No history, no fields, and the address masked, because forwarded mail carries
/// its links.
#[derive(Clone, Debug)]
pub struct PreferenceView {
    /// Titles and promises.
    pub policy: Arc<Policy>,
    /// The mailbox, masked.
    pub mailbox: String,
    /// The customer's language, where it is known.
    pub language: Option<Language>,
    /// Whether they can ask for a link to their data.
    pub offers_data: bool,
    /// Whether they can ask us to write to another address.
    pub offers_address: bool,
    /// Those that messages are written in.
    pub languages: BTreeSet<Language>,
    /// How each purpose stands, by its key.
    pub purposes: BTreeMap<String, Stands>,
    /// When a yes that holds ends, by the purpose's key, where it does.
    pub ends: BTreeMap<String, Instant>,
    /// The names of what is kept about them and nobody has confirmed for a year, as people read them, where they can see it.
    pub unchecked: Vec<String>,
    /// Whether they objected to all marketing.
    pub objected: bool,
    /// How much they want to hear of us at most.
    pub limits: OwnLimits,
    /// The silence that they asked for, as long as it lasts.
    pub snooze: Option<Snooze>,
    /// The customer's clock.
    pub zone: Zone,
    /// When this was so.
    pub now: Instant,
}

/// How a purpose stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stands {
    /// Its messages come, where there is an occasion.
    On,
    /// Nobody said no, and nothing that holds says yes.
    Off,
    /// The same; only the mailbox itself could say yes, and no message asks it.
    Unoffered,
    /// One click on this page is not enough, and the mailbox itself can be asked.
    ToConfirm,
    /// They said no, and the mailbox itself can be asked whether it says yes again.
    RefusedToConfirm,
    /// They said no: one click on this page is not enough for a new yes.
    Refused,
}

impl PreferenceView {
    /// Whether nothing at all is sent.
    #[must_use]
    pub fn is_all_refused(&self) -> bool {
        self.purposes.values().all(|stands| matches!(stands, Stands::Refused | Stands::RefusedToConfirm))
    }
}

/// Where a question was asked for, for its record.
const PAGE: &str = "preferences";

/// Whether a purpose can be switched on by one click on our page. Where the mailbox itself must have said yes, it is asked by a
/// message: the page comes by links of ordinary messages, and these are forwarded.
fn can_be_chosen(policy: &Policy, purpose: &str) -> bool {
    policy.purposes.get(purpose).is_some_and(|purpose| purpose.basis == Basis::Consent && !purpose.double_opt_in)
}

/// What nobody has confirmed for so long is shown to them for checking.
const UNCHECKED_AFTER: Duration = Duration::from_hours(365 * 24);

/// What is to be checked. No values, and no names of what is sensitive: links of messages are forwarded.
fn unchecked(chosen: &Preferences, edition: &Edition, now: Instant) -> Vec<String> {
    let can_be_seen = form_of(edition.rulebook.installation(), Request::Data).is_some();
    if !can_be_seen || now < chosen.confirmed_at.plus(UNCHECKED_AFTER) {
        return Vec::new();
    }
    let policy = edition.policy();
    let language = chosen.customer.language.as_ref().unwrap_or(&policy.business.language);
    let fields = chosen.customer.fields.keys().map(|field| format!("{CUSTOMER}.{field}"));
    let is_sensitive = |field: &String| policy.field(field).is_some_and(|field| field.sensitive);
    fields.filter(|field| !is_sensitive(field)).map(|field| policy.field_title(&field, language)).collect()
}

/// Those that messages are written in.
fn languages(edition: &Edition) -> BTreeSet<Language> {
    let sets = edition.rulebook.installation().templates.iter().map(|(_, set)| set);
    sets.flat_map(|set| set.translations.keys().chain([&set.own.language])).cloned().collect()
}

impl Desk {
    pub(super) fn database(&self) -> Result<&Store, AnswerFailed> {
        self.standby.store().ok_or_else(|| AnswerFailed("it is not open yet".to_owned()))
    }

    async fn shown(&self, link: &Link) -> Result<Option<PreferenceView>, AnswerFailed> {
        let store = self.database()?;
        let Some(chosen) = store.preferences(link.customer).await? else { return Ok(None) };
        let said = store.consents(chosen.customer.id).await?;
        let edition = self.in_force.now();
        let (policy, now) = (Arc::clone(edition.policy()), self.clock.now());
        let about = |purpose: &str| -> Vec<ConsentEntry> {
            let said = said.iter().filter(|said| said.purpose.as_deref().is_none_or(|of| of == purpose));
            said.map(crate::store::Said::entry).collect()
        };
        let (asks, at) = (form(edition.rulebook.installation()).is_some(), (now, policy.business.time_zone));
        let ends = policy.purposes.iter().filter_map(|(key, purpose)| {
            let ConsentState::Granted(grant) = fold(&about(key)) else { return None };
            let ends_at = consent::ends_at(purpose, grant.at, grant.expires_at, policy.business.time_zone);
            ends_at.filter(|_| purpose.basis == Basis::Consent).map(|ends_at| (key.clone(), ends_at))
        });
        let purposes = policy.purposes.iter();
        let purposes = purposes
            .map(|(key, purpose)| (key.clone(), stands(&chosen, (key.as_str(), purpose), &about(key), asks, at)));
        Ok(Some(PreferenceView {
            purposes: purposes.collect(),
            mailbox: chosen.customer.address.masked(),
            offers_data: form_of(edition.rulebook.installation(), Request::Data).is_some(),
            offers_address: form_of(edition.rulebook.installation(), Request::Address).is_some(),
            unchecked: unchecked(&chosen, &edition, now),
            languages: languages(&edition),
            zone: chosen.customer.zone.unwrap_or(policy.business.time_zone),
            language: chosen.customer.language,
            ends: ends.collect(),
            objected: chosen.bars.objections.iter().any(|objection| objection.purpose.is_none()),
            limits: chosen.limits,
            snooze: chosen.snooze.filter(|snooze| now < snooze.until),
            policy,
            now,
        }))
    }

    async fn keep(&self, link: &Link, mut choice: Choice) -> Result<Option<Chosen>, AnswerFailed> {
        let edition = self.in_force.now();
        let policy = edition.policy();
        if let Choice::On { from, .. } | Choice::Renew { from, .. } = &mut choice {
            *from = from.filter(|_| keeps_network(policy));
        }
        match &choice {
            Choice::On { purpose, .. } | Choice::Renew { purpose, .. } if !can_be_chosen(policy, purpose) => {
                return Ok(None);
            }
            Choice::Limit(wish) if !wish.purpose().is_empty() && !policy.purposes.contains_key(wish.purpose()) => {
                return Ok(None);
            }
            Choice::Language(language) if !languages(&edition).contains(language) => return Ok(None),
            _ => {}
        }
        let kept = self.database()?.choose(link.customer, choice, self.in_force.clone()).await;
        let kept = kept?;
        self.flights.revoke(&kept.open).await;
        self.wake.notify_one();
        Ok(kept.what)
    }

    async fn ask(&self, link: &Link, purpose: &str, language: Language) -> Result<Option<()>, AnswerFailed> {
        let customer = self.database()?.find_customer(link.customer).await;
        let Some(customer) = customer? else { return Ok(None) };
        let asked = self.ask_whether(Whom::Customer(customer.id), &[purpose.to_owned()], language, PAGE).await;
        Ok(asked.map_err(|error| AnswerFailed(error.0))?.then_some(()))
    }

    async fn take_objection(&self, link: &Link) -> Result<Option<bool>, AnswerFailed> {
        let store = self.database()?;
        let Some(customer) = store.find_customer(link.customer).await? else { return Ok(None) };
        let (word, purpose, source) = (BarWord::Objected, None, PAGE.to_owned());
        let (at, evidence) = (self.clock.now(), Evidence::default());
        let barred = store.bar(NewBar { customer: customer.id, word, purpose, at, source, evidence }).await?;
        self.flights.revoke(&barred.open).await;
        Ok(Some(barred.row.is_some()))
    }

    async fn put_back(&self, link: &Link, undo: Undo) -> Result<Option<TakenBack>, AnswerFailed> {
        let done = self.database()?.undo(link.customer, undo, self.in_force.clone()).await;
        let done = done?;
        self.flights.revoke(&done.open).await;
        self.wake.notify_one();
        Ok(done.what)
    }
}

/// As the gate would see it, but for the occasion. `asks`: whether the mailbox can be asked by a message.
fn stands(
    chosen: &Preferences,
    (key, purpose): (&str, &Purpose),
    said: &[ConsentEntry],
    asks: bool,
    (now, zone): (Instant, Zone),
) -> Stands {
    let may_be_asked = asks && purpose.basis == Basis::Consent;
    let refused = if may_be_asked { Stands::RefusedToConfirm } else { Stands::Refused };
    let suppressed = || chosen.refused.iter().find(|row| row.forbids(key, fold(said)));
    match consent::of_history(said, &chosen.bars, (key, purpose), now, zone) {
        // Not theirs to change by a yes.
        (_, Some(Reason::Restricted { .. } | Reason::Minor { .. })) => Stands::Refused,
        _ if let Some(row) = suppressed() => {
            if row.reason == SuppressionReason::Stopped {
                refused
            } else {
                Stands::Refused
            }
        }
        (_, Some(Reason::Withdrawn { .. } | Reason::Objected { .. })) => refused,
        (Outcome::Pass | Outcome::Hold(_), _) => Stands::On,
        (Outcome::Refuse, _) if purpose.double_opt_in => {
            if asks {
                Stands::ToConfirm
            } else {
                Stands::Unoffered
            }
        }
        (Outcome::Refuse, _) => Stands::Off,
    }
}

impl PreferenceDesk for Desk {
    fn preferences<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<PreferenceView>, AnswerFailed>> {
        Box::pin(self.shown(link))
    }

    fn choose<'a>(&'a self, link: &'a Link, choice: Choice) -> Boxed<'a, Result<Option<Chosen>, AnswerFailed>> {
        Box::pin(self.keep(link, choice))
    }

    fn stop_of<'a>(
        &'a self,
        link: &'a Link,
        purpose: &'a str,
    ) -> Boxed<'a, Result<(StopOutcome, Option<Undo>), StopFailed>> {
        Box::pin(async move {
            // What the policy has, and what the message was for, also where the policy has it no more.
            let is_known = self.in_force.now().policy().purposes.contains_key(purpose);
            if !is_known && !purpose.is_empty() && purpose != link.purpose {
                return Ok((StopOutcome::Unknown, None));
            }
            let link = Link { purpose: purpose.to_owned(), ..link.clone() };
            self.carry_out(&link, StopVia::Preferences).await
        })
    }

    fn ask_about<'a>(
        &'a self,
        link: &'a Link,
        purpose: &'a str,
        language: Language,
    ) -> Boxed<'a, Result<Option<()>, AnswerFailed>> {
        Box::pin(self.ask(link, purpose, language))
    }

    fn object<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<bool>, AnswerFailed>> {
        Box::pin(self.take_objection(link))
    }

    fn take_back<'a>(&'a self, link: &'a Link, undo: Undo) -> Boxed<'a, Result<Option<TakenBack>, AnswerFailed>> {
        Box::pin(self.put_back(link, undo))
    }
}
