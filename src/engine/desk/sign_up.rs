//! Sign-ups at the desk: the form, the question behind the link that is mailed, and its answer.
//!
//! Whoever types an address into the form hears the same whoever's it is. What follows is the store's: see
//! [`crate::store::sign_ups`].

use super::stop::Desk;
use crate::{
    base::{EmailAddress, NetworkPrefix, Value, token::Link, value::Fields},
    config::Installation,
    deliver::transport::Boxed,
    engine::files::in_force::Edition,
    people::Language,
    policy::{Basis, Policy, Practice, Request},
    store::{
        Store,
        sign_ups::{ConfirmStanding, SignUp, ToConfirm, Whom},
    },
};
use std::sync::Arc;

/// Takes sign-ups and their confirmations.
pub trait SignUpDesk: Send + Sync {
    /// What somebody can sign up for, in this language. Empty: there is no form, for nobody would be asked.
    fn offers(&self, language: &Language) -> Vec<Offer>;

    /// Takes a sign-up. What the policy doesn't offer is left out.
    ///
    /// # Errors
    /// When it is not on disk.
    fn sign_up(&self, wish: Wish) -> Boxed<'_, Result<(), SignUpFailed>>;

    /// What the link of a confirmation asks. Changes nothing: mail scanners follow every link. `None` when it leads nowhere
    /// (any more).
    ///
    /// # Errors
    /// When the database can't be asked.
    fn question<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<ConfirmView>, SignUpFailed>>;

    /// Confirms, once; `from` is kept where the policy asks for it. What comes back is how it was found: open, where it was confirmed just now.
    ///
    /// # Errors
    /// When it is not on disk: the page must not say that it is.
    fn confirm<'a>(
        &'a self,
        link: &'a Link,
        from: Option<NetworkPrefix>,
    ) -> Boxed<'a, Result<Option<ConfirmView>, SignUpFailed>>;
}

/// Something that somebody can sign up for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The purpose's key.
    pub key: String,
    /// Its title.
    pub title: String,
    /// What is promised.
    pub promise: String,
}

/// What a form says.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Under which address.
    pub address: EmailAddress,
    /// Keys of purposes.
    pub purposes: Vec<String>,
    /// In which language the form was shown.
    pub language: Language,
}

/// What the page of a confirmation shows. The link came to the mailbox itself; a forwarded message shows it masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmView {
    /// What was asked for, as far as the policy still offers it.
    pub offers: Vec<Offer>,
    /// The mailbox, masked.
    pub mailbox: String,
    /// Whether it can be confirmed.
    pub standing: ConfirmStanding,
    /// The customer's language, where it is known.
    pub language: Option<Language>,
}

/// It is nowhere on disk, or can't be shown.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the database can't be asked: {0}")]
pub struct SignUpFailed(pub String);

/// Where the form stands, for the record of what was asked for.
const PAGE: &str = "sign-up page";
/// Between titles.
const AND: &str = ", ";

impl Desk {
    fn sign_ups(&self) -> Result<&Store, SignUpFailed> {
        self.standby.store().ok_or_else(|| SignUpFailed("it is not open yet".to_owned()))
    }

    async fn take_sign_up(&self, wish: Wish) -> Result<(), SignUpFailed> {
        let Wish { address, purposes, language } = wish;
        self.ask_whether(Whom::Address(address), &purposes, language, PAGE).await.map(drop)
    }

    /// Plans the question for what the policy offers of these. `false` where that is nothing.
    pub(super) async fn ask_whether(
        &self,
        whom: Whom,
        purposes: &[String],
        language: Language,
        source: &str,
    ) -> Result<bool, SignUpFailed> {
        let Some((purposes, record)) = question(&self.in_force.now(), purposes, &language) else { return Ok(false) };
        let sign_up = SignUp { whom, purposes, language, source: source.to_owned(), record };
        let open = self.sign_ups()?.sign_up(sign_up, self.in_force.clone()).await;
        self.flights.revoke(&open.map_err(|error| SignUpFailed(error.to_string()))?).await;
        self.wake.notify_one();
        Ok(true)
    }

    async fn asked_to_confirm(&self, link: &Link) -> Result<Option<ConfirmView>, SignUpFailed> {
        let found = self.sign_ups()?.to_confirm(link.customer, link.plan).await;
        self.confirm_view(link, found.map_err(|error| SignUpFailed(error.to_string()))?).await
    }

    async fn take_confirmation(
        &self,
        link: &Link,
        from: Option<NetworkPrefix>,
    ) -> Result<Option<ConfirmView>, SignUpFailed> {
        let edition = self.in_force.now();
        let from = from.filter(|_| keeps_network(edition.policy()));
        let may_be = Arc::new(move |purpose: &str| is_offered(edition.policy(), purpose));
        let who = (link.customer, link.plan);
        let language = self.language_of(link).await?;
        let confirmed = self.sign_ups()?.confirm(who, language, from, may_be, self.in_force.clone()).await;
        let confirmed = confirmed.map_err(|error| SignUpFailed(error.to_string()))?;
        self.flights.revoke(&confirmed.open).await;
        self.wake.notify_one();
        self.confirm_view(link, confirmed.found).await
    }

    async fn language_of(&self, link: &Link) -> Result<Option<Language>, SignUpFailed> {
        let customer = self.sign_ups()?.find_customer(link.customer).await;
        Ok(customer.map_err(|error| SignUpFailed(error.to_string()))?.and_then(|customer| customer.language))
    }

    async fn confirm_view(&self, link: &Link, found: Option<ToConfirm>) -> Result<Option<ConfirmView>, SignUpFailed> {
        let Some(ToConfirm { purposes, standing }) = found else { return Ok(None) };
        let customer = self.sign_ups()?.find_customer(link.customer).await;
        let Some(customer) = customer.map_err(|error| SignUpFailed(error.to_string()))? else { return Ok(None) };
        let edition = self.in_force.now();
        let shown = customer.language.clone().unwrap_or_else(|| edition.policy().business.language.clone());
        let mut offers = offers(edition.policy(), &shown);
        offers.retain(|offer| purposes.contains(&offer.key));
        Ok(Some(ConfirmView { offers, mailbox: customer.address.masked(), standing, language: customer.language }))
    }
}

impl SignUpDesk for Desk {
    fn offers(&self, language: &Language) -> Vec<Offer> {
        let edition = self.in_force.now();
        form(edition.rulebook.installation()).map(|_| offers(edition.policy(), language)).unwrap_or_default()
    }

    fn sign_up(&self, wish: Wish) -> Boxed<'_, Result<(), SignUpFailed>> {
        Box::pin(self.take_sign_up(wish))
    }

    fn question<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<ConfirmView>, SignUpFailed>> {
        Box::pin(self.asked_to_confirm(link))
    }

    fn confirm<'a>(
        &'a self,
        link: &'a Link,
        from: Option<NetworkPrefix>,
    ) -> Boxed<'a, Result<Option<ConfirmView>, SignUpFailed>> {
        Box::pin(self.take_confirmation(link, from))
    }
}

/// Whether the policy asks that the beginning of the network address be kept with a yes.
pub(super) fn keeps_network(policy: &Policy) -> bool {
    policy.business.privacy_notice_names.contains(&Practice::NetworkPrefix)
}

/// What may be asked of these purposes, and the record that the question is; none where nobody is asked, or about nothing.
pub(in crate::engine) fn question(
    edition: &Edition,
    purposes: &[String],
    language: &Language,
) -> Option<(Vec<String>, (String, Fields))> {
    let (kind, field) = form(edition.rulebook.installation())?;
    let offers = offers(edition.policy(), language);
    let asked: Vec<Offer> = offers.into_iter().filter(|offer| purposes.contains(&offer.key)).collect();
    let titles: Vec<&str> = asked.iter().map(|offer| offer.title.as_str()).collect();
    let fields = Fields::from([(field, Value::Text(titles.join(AND)))]);
    (!asked.is_empty()).then(|| (asked.into_iter().map(|offer| offer.key).collect(), (kind, fields)))
}

/// The type of the records that sign-ups are, and the field that says for what; none where nobody would be asked.
#[must_use]
pub fn form(installation: &Installation) -> Option<(String, String)> {
    form_of(installation, Request::SignUp)
}

/// The type of the records that such requests are, and the field that says for what; none where no message would answer them.
pub(super) fn form_of(installation: &Installation, request: Request) -> Option<(String, String)> {
    let policy = &installation.policy;
    let (kind, field) = policy.record_of(request)?;
    let is_answered =
        installation.workflows.values().any(|workflow| policy.answers(&workflow.purpose) == Some(request));
    is_answered.then(|| (kind.to_owned(), field.to_owned()))
}

/// What the policy offers, in this language.
#[must_use]
pub fn offers(policy: &Policy, language: &Language) -> Vec<Offer> {
    let offered = policy.purposes.iter().filter(|(key, _)| is_offered(policy, key));
    let offer = |(key, purpose): (&String, &crate::policy::Purpose)| Offer {
        key: key.clone(),
        title: purpose.title_in(language).to_owned(),
        promise: purpose.promise_in(language).to_owned(),
    };
    offered.map(offer).collect()
}

fn is_offered(policy: &Policy, purpose: &str) -> bool {
    policy.purposes.get(purpose).is_some_and(|purpose| purpose.basis == Basis::Consent)
}
