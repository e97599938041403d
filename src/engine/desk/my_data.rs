//! What somebody sees of their own data, and what they do about it: by a link that was mailed to them when they asked for it.
//!
//! Whoever holds a forwarded message may ask for that link, and hears that it is on its way; it goes to the address and to nobody
//! else. Behind it everything can be seen, taken away, said to be wrong, and erased.

use super::{AnswerFailed, sign_up::form_of, stop::Desk};
use crate::{
    base::{Instant, Value, Zone, token::Link, value::Fields},
    deliver::transport::Boxed,
    ledger::ErasedVia,
    people::{AskedVia, ConsentKind, Customer, Language, RequestKind, consent::ConsentMethod},
    plan::PlanState,
    policy::{Policy, RecordType, Request},
    store::{About, DataLink, Holdings, LinkStands, NewRequest, Opened, Said, Store, StoreError},
    workflow::CUSTOMER,
};
use std::sync::Arc;

/// Shows people their own data, and takes what they want done about it.
pub trait MyDataDesk: Send + Sync {
    /// Plans the message with the link. `None` when there is no such customer (any more), or no such message.
    ///
    /// # Errors
    /// When that is not on disk.
    fn ask_for_link<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<()>, AnswerFailed>>;

    /// What the page shows before anything is opened. Changes nothing: mail scanners follow every link. `None` when the link leads
    /// nowhere (any more).
    ///
    /// # Errors
    /// When the database can't be asked.
    fn look<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<DataView>, AnswerFailed>>;

    /// Does what they want, as long as the link is open; the first time opens it. `None` when the link leads nowhere (any more).
    ///
    /// # Errors
    /// When it was not done.
    fn do_with_data<'a>(&'a self, link: &'a Link, wish: DataWish) -> Boxed<'a, Result<Option<DataDone>, AnswerFailed>>;
}

/// What may be seen by whoever holds the link before it is opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataView {
    /// The mailbox, masked.
    pub mailbox: String,
    /// The customer's language, where it is known.
    pub language: Option<Language>,
    /// How the link stands.
    pub stands: LinkStands,
}

/// What they want.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DataWish {
    /// To see it.
    See,
    /// To take it away.
    Take,
    /// To say that all of it is right.
    Confirm,
    /// To have something put right, in their words.
    Correct(String),
    /// To be erased.
    Erase,
}

/// What became of it.
#[derive(Clone, Debug)]
pub enum DataDone {
    /// Here it is.
    Shown(Box<OwnData>),
    /// All of it, in one archive.
    Taken(Vec<u8>),
    /// It is right, as they say; and here is what they saw.
    Confirmed(Box<OwnData>),
    /// It is in the register; and here is what they saw.
    Noted(Box<OwnData>),
    /// It is not: enough of theirs waits there.
    Enough(Box<OwnData>),
    /// They are nobody any more.
    Erased(Option<Language>),
    /// The link was opened before, or is too old.
    Over(DataView),
}

/// What is known about somebody, as they read it. The archive has all of it.
#[derive(Clone, Debug)]
pub struct OwnData {
    /// Where we write.
    pub address: String,
    /// Their language, where it is known.
    pub language: Option<Language>,
    /// Their zone.
    pub zone: Zone,
    /// Fields of theirs, by name.
    pub fields: Vec<(String, String)>,
    /// Their visits, purchases and the like, newest first, by their type and with their fields.
    pub records: Vec<(String, Vec<(String, String)>)>,
    /// What they said, newest first.
    pub consents: Vec<OwnWord>,
    /// When a message of which purpose left, newest first.
    pub messages: Vec<(Instant, String)>,
    /// What happened, newest first, in English.
    pub history: Vec<(Instant, String)>,
    /// The policy in force, for titles.
    pub policy: Arc<Policy>,
}

/// A yes or a no of theirs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OwnWord {
    /// The purpose's key. None: everything.
    pub purpose: Option<String>,
    /// Yes or no.
    pub kind: ConsentKind,
    /// When.
    pub at: Instant,
    /// How.
    pub method: ConsentMethod,
}

/// As much of each kind is shown on the page.
const SHOWN: usize = 25;

impl Desk {
    async fn mail_the_link(&self, link: &Link) -> Result<Option<()>, AnswerFailed> {
        let edition = self.in_force.now();
        let Some((kind, field)) = form_of(edition.rulebook.installation(), Request::Data) else { return Ok(None) };
        let store = self.database()?;
        let Some(customer) = store.find_customer(link.customer).await? else { return Ok(None) };
        let record = (kind, Fields::from([(field, Value::Text(title(edition.policy(), customer.language.as_ref())))]));
        let asked = store.ask_for_data(link.customer, record, self.in_force.clone()).await;
        let Some(open) = asked? else { return Ok(None) };
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(Some(()))
    }

    async fn data_view(&self, link: &Link) -> Result<Option<DataView>, AnswerFailed> {
        let found = self.database()?.data_link(link.customer, link.plan).await?;
        self.view_of(link, found).await
    }

    async fn view_of(&self, link: &Link, found: Option<DataLink>) -> Result<Option<DataView>, AnswerFailed> {
        let customer = self.database()?.find_customer(link.customer).await?;
        let (Some(found), Some(customer)) = (found, customer) else { return Ok(None) };
        let mailbox = customer.address.masked();
        Ok(Some(DataView { mailbox, language: customer.language, stands: found.stands }))
    }

    async fn carry_out_wish(&self, link: &Link, wish: DataWish) -> Result<Option<DataDone>, AnswerFailed> {
        let store = self.database()?;
        let found = store.open_data_link(link.customer, link.plan).await?;
        let Some(view) = self.view_of(link, found).await? else { return Ok(None) };
        let Some(DataLink { customer, request, stands: LinkStands::Fresh | LinkStands::Open }) = found else {
            return Ok(Some(DataDone::Over(view)));
        };
        Ok(match wish {
            DataWish::See => self.own_data(link).await?.map(|data| DataDone::Shown(Box::new(data))),
            DataWish::Take => {
                let archive = self.office_over(store.clone()).archive_of(customer).await;
                archive.map_err(|error| AnswerFailed(format!("{error:#}")))?.map(DataDone::Taken)
            }
            DataWish::Confirm => {
                store.confirm_data(customer, request).await?;
                self.own_data(link).await?.map(|data| DataDone::Confirmed(Box::new(data)))
            }
            DataWish::Correct(words) => {
                let (kind, via, at) = (RequestKind::Rectification, AskedVia::Page, self.clock.now());
                let request = NewRequest { customer, kind, via, at, words: Some(words) };
                let noted = store.add_request(request).await?;
                let said = if noted.is_some() { DataDone::Noted } else { DataDone::Enough };
                self.own_data(link).await?.map(|data| said(Box::new(data)))
            }
            DataWish::Erase => {
                let office = self.office_over(store.clone());
                office.erase_customer(customer, ErasedVia::Link).await?;
                Some(DataDone::Erased(view.language))
            }
        })
    }

    async fn own_data(&self, link: &Link) -> Result<Option<OwnData>, AnswerFailed> {
        let store = self.database()?;
        let Some(customer) = store.find_customer(link.customer).await? else { return Ok(None) };
        let policy = Arc::clone(self.in_force.now().policy());
        Ok(gather(store, customer, policy).await?)
    }
}

/// What they asked for, in their language.
fn title(policy: &Policy, language: Option<&Language>) -> String {
    let language = language.unwrap_or(&policy.business.language);
    let mut purposes = policy.purposes.iter().filter(|(key, _)| policy.answers(key) == Some(Request::Data));
    purposes.next().map(|(_, purpose)| purpose.title_in(language).to_owned()).unwrap_or_default()
}

async fn gather(store: &Store, own: Customer, policy: Arc<Policy>) -> Result<Option<OwnData>, StoreError> {
    let customer = own.id;
    let Some(holdings) = store.all_of(customer).await? else { return Ok(None) };
    let language = own.language.clone().unwrap_or_else(|| policy.business.language.clone());
    let zone = own.zone.unwrap_or(policy.business.time_zone);
    let said = store.consents(customer).await?;
    let word =
        |said: &Said| OwnWord { purpose: said.purpose.clone(), kind: said.kind, at: said.at, method: said.method };
    let entries = store.history(About::Customer(customer)).await?;
    let history = entries.iter().rev().map(|entry| (entry.at, entry.happening.sentence(zone)));
    let plans = store.plans_of(customer).await?;
    let left = plans.iter().rev().filter(|plan| matches!(plan.state, PlanState::Sent));
    Ok(Some(OwnData {
        address: own.address.reveal(),
        language: own.language,
        zone,
        fields: fields(rows(&holdings, "customers").first(), |name| {
            policy.field_title(&format!("{CUSTOMER}.{name}"), &language)
        }),
        records: records(&holdings, &policy, &language),
        consents: said.iter().rev().take(SHOWN).map(word).collect(),
        messages: left.take(SHOWN).map(|plan| (plan.facts.due_at, plan.facts.purpose.clone())).collect(),
        history: history.take(SHOWN).collect(),
        policy,
    }))
}

fn rows<'a>(holdings: &'a Holdings, table: &str) -> &'a [Opened] {
    holdings.tables.iter().find(|(name, _)| name == table).map_or(&[], |(_, rows)| rows)
}

/// What they asked for by our own pages, and what we told them, is told as what happened.
fn records(holdings: &Holdings, policy: &Policy, language: &Language) -> Vec<(String, Vec<(String, String)>)> {
    let is_ours = |kind: &str| policy.records.get(kind).is_some_and(RecordType::is_daemons);
    let kind = |row: &Opened| row.get("kind").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let rows = rows(holdings, "records").iter().rev();
    let all = rows.map(|row| (kind(row), row)).filter(|(kind, _)| kind != CUSTOMER && !is_ours(kind));
    let shown = |(kind, row): (String, &Opened)| {
        let title = policy.records.get(&kind).and_then(|record| record.title.as_ref());
        let title = title.map_or_else(|| kind.replace('_', " "), |title| title.in_language(language).to_owned());
        (title, fields(Some(row), |name| policy.field_title(&format!("{kind}.{name}"), language)))
    };
    all.take(SHOWN).map(shown).collect()
}

/// As the business's own files write them.
fn fields(row: Option<&Opened>, named: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let fields = row.and_then(|row| row.get("fields")).and_then(serde_json::Value::as_object);
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    fields.into_iter().flatten().map(|(name, value)| (named(name), text(value))).collect()
}

impl MyDataDesk for Desk {
    fn ask_for_link<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<()>, AnswerFailed>> {
        Box::pin(self.mail_the_link(link))
    }

    fn look<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<DataView>, AnswerFailed>> {
        Box::pin(self.data_view(link))
    }

    fn do_with_data<'a>(&'a self, link: &'a Link, wish: DataWish) -> Boxed<'a, Result<Option<DataDone>, AnswerFailed>> {
        Box::pin(self.carry_out_wish(link, wish))
    }
}
