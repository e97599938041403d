//! Another address: what somebody wants on the page of preferences, and what the two mailboxes say to it.
//!
//! Whoever asks hears that the mailbox which we have is asked, whoever's the new one is. What follows is the store's: see
//! [`crate::store::AddressQuestion`].

use super::{AnswerFailed, sign_up::form_of, stop::Desk};
use crate::{
    base::{EmailAddress, Value, token::Link, value::Fields},
    deliver::transport::Boxed,
    people::Language,
    policy::Request,
    store::{AddressQuestion, AddressStands, MailboxAsked},
};

/// Takes wishes for another address, and what the two mailboxes say to them.
pub trait AddressDesk: Send + Sync {
    /// Plans the question to the mailbox that we have. `None` when there is no such customer (any more), or no such message.
    ///
    /// # Errors
    /// When that is not on disk.
    fn ask_to_move<'a>(&'a self, link: &'a Link, to: EmailAddress) -> Boxed<'a, Result<Option<()>, AnswerFailed>>;

    /// What the link of such a question asks. Changes nothing: mail scanners follow every link. `None` when it leads nowhere (any
    /// more).
    ///
    /// # Errors
    /// When the database can't be asked.
    fn move_asked<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<AddressView>, AnswerFailed>>;

    /// Takes the mailbox's yes, once. What comes back is how it was found: open, where it said yes just now.
    ///
    /// # Errors
    /// When it is not on disk: the page must not say that it is.
    fn agree_to_move<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<AddressView>, AnswerFailed>>;
}

/// What the page behind such a link shows: addresses masked, for messages are forwarded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddressView {
    /// Which mailbox is asked.
    pub asked: MailboxAsked,
    /// How it stands.
    pub stands: AddressStands,
    /// Where we write, masked.
    pub from: String,
    /// Where we shall, masked.
    pub to: String,
    /// The customer's language, where it is known.
    pub language: Option<Language>,
}

impl Desk {
    async fn take_wish(&self, link: &Link, to: EmailAddress) -> Result<Option<()>, AnswerFailed> {
        let store = self.database()?;
        let Some(customer) = store.find_customer(link.customer).await? else { return Ok(None) };
        let Some(record) = self.move_record(&customer.address, &to) else { return Ok(None) };
        if customer.address.mailbox() == to.mailbox() {
            return Ok(Some(()));
        }
        let asked = store.ask_for_address(link.customer, to, record, self.in_force.clone()).await;
        let Some(open) = asked? else { return Ok(None) };
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(Some(()))
    }

    async fn take_agreement(&self, link: &Link) -> Result<Option<AddressView>, AnswerFailed> {
        let store = self.database()?;
        let Some(asked) = store.address_question(link.customer, link.plan).await? else { return Ok(None) };
        let Some(record) = self.move_record(&asked.customer.address, &asked.new) else { return Ok(None) };
        let agreed = store.agree_to_address((link.customer, link.plan), record, self.in_force.clone()).await?;
        self.flights.revoke(&agreed.open).await;
        self.wake.notify_one();
        Ok(agreed.found.map(|found| view(&found)))
    }

    /// The record by which a mailbox is asked. The new address stands in it as it was typed, so that a slip is seen; the other is
    /// masked, because the new mailbox may be anybody's.
    fn move_record(&self, from: &EmailAddress, to: &EmailAddress) -> Option<(String, Fields)> {
        let edition = self.in_force.now();
        let (kind, field) = form_of(edition.rulebook.installation(), Request::Address)?;
        let text = format!("{} → {}", from.masked(), to.reveal());
        Some((kind, Fields::from([(field, Value::Text(text))])))
    }
}

fn view(question: &AddressQuestion) -> AddressView {
    let AddressQuestion { asked, stands, customer, new } = question;
    let (from, to) = (customer.address.masked(), new.masked());
    AddressView { asked: *asked, stands: *stands, from, to, language: customer.language.clone() }
}

impl AddressDesk for Desk {
    fn ask_to_move<'a>(&'a self, link: &'a Link, to: EmailAddress) -> Boxed<'a, Result<Option<()>, AnswerFailed>> {
        Box::pin(self.take_wish(link, to))
    }

    fn move_asked<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<AddressView>, AnswerFailed>> {
        Box::pin(async move {
            let asked = self.database()?.address_question(link.customer, link.plan).await?;
            Ok(asked.map(|question| view(&question)))
        })
    }

    fn agree_to_move<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<AddressView>, AnswerFailed>> {
        Box::pin(self.take_agreement(link))
    }
}
