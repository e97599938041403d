//! Another address: whoever asks for it on the page of preferences is written to there once both mailboxes have agreed.
//!
//! ```text
//!  page of preferences ──► the question goes to the mailbox that they have; nothing else happens
//!  its link            ──► the question goes to the new mailbox, of whoever has it: a guest, where nobody does
//!  that one's link     ──► the address is another one; the guest is nobody again; the register tells the business
//! ```
//!
//! The link of a message may be forwarded, so whoever asks shows nothing: the mailbox that they have must say yes. Nor does it show
//! whose the new one is: nobody is written to there but by one question, until it says yes, too.
//!
//! **What goes with them.** All that they agreed to and refused: it is the person's. What the new mailbox refused stays refused, for
//! whoever has it.
//!
//! **What brings the old address.** The business's own list still has it. Where that brings it, it means them, and doesn't change it
//! back; that the list is to be put right stands in the register of requests.

use super::{
    Store, StoreError,
    book::Line,
    customers::{self, Found},
    database::{Link, Row, query, query_as},
    erase,
    plan_rows::instant,
    records,
    replan::Subjects,
    requests::{self, NewRequest},
    round::Desk,
    sealing::{StoredCustomer, fixed, open_new_address, seal_new_address},
    statements::{
        address_changes::{
            ADD_ADDRESS_CHANGE, ADDRESS_CHANGED, ADDRESS_LINK, AGREE_TO_ADDRESS, DONE_ADDRESS_CHANGE, GUESTS_OF,
            HAS_LEFT, IS_JUST_A_GUEST, LAST_ADDRESS_CHANGE, LEFT_BY, MOVED_FROM,
        },
        people::{CUSTOMER_BY_ID, CUSTOMERS_BY_MAILBOX},
    },
    types::{CustomerRow, Replan, Rules},
};
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, EmailAddress, Handle, Instant, PlanId, keys::Keyring, value::Fields},
    ledger::{AddressStep, Happening},
    people::{AskedVia, Customer, RequestKind},
};
use std::{sync::Arc, time::Duration};

/// The same wish within this time is the first one, clicked twice.
const APART: Duration = Duration::from_mins(5);
/// How long each of the two links agrees.
const AGREE_WITHIN: Duration = Duration::from_hours(7 * 24);

/// Which of the two mailboxes is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MailboxAsked {
    /// The one that they have.
    Present,
    /// The one that they want.
    New,
}

/// How a question stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddressStands {
    /// It can be agreed to.
    Open,
    /// This mailbox has agreed; the new one is asked.
    Agreed,
    /// Both have, and the address is another one.
    Done,
    /// It is too old, another wish came after it, or their address was changed otherwise.
    Over,
}

/// What a link asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddressQuestion {
    /// Of which mailbox.
    pub asked: MailboxAsked,
    /// How it stands.
    pub stands: AddressStands,
    /// Who wants it.
    pub customer: Customer,
    /// The address that they want.
    pub new: EmailAddress,
}

/// What somebody's word did.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct Agreed {
    /// The question, as it was found. `None`: the link leads nowhere (any more).
    pub found: Option<AddressQuestion>,
    /// As in [`super::Applied::open`].
    pub open: Vec<AttemptId>,
}

/// A row, with what is to be done about it.
struct Change {
    row: i64,
    customer: StoredCustomer,
    guest: Option<(CustomerId, bool)>,
    question: AddressQuestion,
}

impl Store {
    /// Keeps somebody's wish for another address, and plans the question to the mailbox that they have. Gives what was taken back, as
    /// in [`super::Applied::open`]; `None` where there is no such customer (any more).
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn ask_for_address(
        &self,
        customer: Handle,
        new: EmailAddress,
        record: (String, Fields),
        rules: Arc<dyn Rules>,
    ) -> Result<Option<Vec<AttemptId>>, StoreError> {
        self.errand(move |desk| Box::pin(async move { ask(desk, customer, &new, record, &*rules.in_force()).await }))
            .await
    }

    /// What the link of this message asks. `None` where it leads nowhere (any more).
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn address_question(&self, to: Handle, plan: PlanId) -> Result<Option<AddressQuestion>, StoreError> {
        let now = self.inner.clock.now();
        let found = read(&mut self.reader().await?, &self.inner.keys, (to, plan), now).await?;
        Ok(found.map(|change| change.question))
    }

    /// Takes a mailbox's yes; on disk when this returns. `record` is the question to the new one.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn agree_to_address(
        &self,
        (to, plan): (Handle, PlanId),
        record: (String, Fields),
        rules: Arc<dyn Rules>,
    ) -> Result<Agreed, StoreError> {
        let agreed = self.errand_with_keys(1, move |desk| {
            Box::pin(async move { agree(desk, (to, plan), record, &*rules.in_force()).await })
        });
        agreed.await
    }
}

async fn ask(
    desk: &mut Desk,
    customer: Handle,
    new: &EmailAddress,
    record: (String, Fields),
    planner: &dyn Replan,
) -> Result<Option<Vec<AttemptId>>, StoreError> {
    let Some(stored) = customers::by_handle(desk, customer).await? else { return Ok(None) };
    let (now, key) = (desk.clock.now(), stored.key(&desk.keys)?);
    let own = stored.open(&desk.keys)?;
    let asked = query(LAST_ADDRESS_CHANGE).bind(stored.id.0);
    if let Some(last) = asked.fetch_optional(desk.database.alone().await?).await? {
        let at = instant(&last, "at")?;
        let same = open_new_address(&key, stored.id, at, last.try_get("address")?).is_ok_and(|last| last == *new);
        let same = same && BlindIndex(fixed(&last, "former")?) == stored.mailbox;
        if same && at.plus(APART) > now {
            return Ok(Some(Vec::new()));
        }
    }
    let mut subjects = Subjects::of(planner);
    let Some(record) = records::put_own(desk, record, None, &own, &mut subjects).await? else { return Ok(None) };
    let sealed = seal_new_address(&key, stored.id, now, new)?;
    let asked = query_as(ADD_ADDRESS_CHANGE).bind(stored.id.0).bind(now.ms()).bind(sealed);
    let asked = asked.bind(record.0).bind(stored.mailbox.0.as_slice());
    let row: i64 = asked.fetch_one(desk.database.alone().await?).await?;
    enter(desk, stored.id, None, (row, AddressStep::Asked))?;
    subjects.replan(desk).await.map(Some)
}

async fn agree(
    desk: &mut Desk,
    (to, plan): (Handle, PlanId),
    record: (String, Fields),
    planner: &dyn Replan,
) -> Result<Agreed, StoreError> {
    let now = desk.clock.now();
    let keys = Arc::clone(&desk.keys);
    let found = read(desk.database.alone().await?, &keys, (to, plan), now).await?;
    let Some(change) = found else { return Ok(Agreed { found: None, open: Vec::new() }) };
    let open = match (change.question.stands, change.question.asked) {
        (AddressStands::Open, MailboxAsked::Present) => ask_the_new_one(desk, &change, plan, record, planner).await?,
        (AddressStands::Open, MailboxAsked::New) => change_it(desk, &change).await?,
        (AddressStands::Agreed | AddressStands::Done | AddressStands::Over, _) => Vec::new(),
    };
    Ok(Agreed { found: Some(change.question), open })
}

async fn ask_the_new_one(
    desk: &mut Desk,
    change: &Change,
    plan: PlanId,
    record: (String, Fields),
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    let AddressQuestion { customer, new, .. } = &change.question;
    let (guest, is_new) = if let Some(guest) = known(desk, new).await? {
        (guest, false)
    } else {
        let row = CustomerRow::of_address(new.clone(), customer.language.clone());
        (customers::create(desk, &row).await?, true)
    };
    let mut subjects = Subjects::of(planner);
    let record = records::put_own(desk, record, None, &guest, &mut subjects).await?;
    let asked = query(AGREE_TO_ADDRESS).bind(change.row).bind(desk.clock.now().ms());
    let asked = asked
        .bind(guest.id.0)
        .bind(guest.handle.0.as_slice())
        .bind(record.map(|record| record.0))
        .bind(i64::from(is_new));
    asked.execute(desk.database.alone().await?).await?;
    enter(desk, customer.id, Some(plan), (change.row, AddressStep::Agreed))?;
    subjects.replan(desk).await
}

/// Somebody who can be asked at this mailbox: whoever of those who have it.
async fn known(desk: &mut Desk, address: &EmailAddress) -> Result<Option<Customer>, StoreError> {
    let asked = query(CUSTOMERS_BY_MAILBOX).bind(BlindIndex::of(&desk.keys, address).0.to_vec());
    let rows = asked.fetch_all(desk.database.alone().await?).await?;
    let stored: Vec<StoredCustomer> = rows.iter().map(StoredCustomer::read).collect::<Result<_, _>>()?;
    Ok(stored.iter().find_map(|stored| stored.open(&desk.keys).ok()))
}

async fn change_it(desk: &mut Desk, change: &Change) -> Result<Vec<AttemptId>, StoreError> {
    let AddressQuestion { customer, new, .. } = &change.question;
    let now = desk.clock.now();
    let wanted = Customer { address: new.clone(), ..customer.clone() };
    customers::write(desk, &change.customer, &wanted, None).await?;
    // What was permitted was permitted for another mailbox.
    let mut open = customers::revoke(desk, customer.id).await?;
    let asked = query(ADDRESS_CHANGED).bind(change.row).bind(now.ms());
    asked.execute(desk.database.alone().await?).await?;
    enter(desk, customer.id, None, (change.row, AddressStep::Changed))?;
    let (kind, via) = (RequestKind::Rectification, AskedVia::Page);
    let words = Some(format!("My address is {} now, no longer {}.", new.reveal(), customer.address.reveal()));
    requests::add(desk, &NewRequest { customer: customer.id, kind, via, at: now, words }, None).await?;
    if let Some((guest, true)) = change.guest {
        open.extend(see_off(desk, guest, customer.id).await?);
    }
    Ok(open)
}

/// Whoever was asked is nobody again, unless something else is known of them by now.
async fn see_off(desk: &mut Desk, guest: CustomerId, of: CustomerId) -> Result<Vec<AttemptId>, StoreError> {
    let asked = query_as::<i64>(IS_JUST_A_GUEST).bind(guest.0).bind(of.0);
    match asked.fetch_optional(desk.database.alone().await?).await? {
        Some(_) => Ok(erase::without_trace(desk, guest).await?.unwrap_or_default()),
        None => Ok(Vec::new()),
    }
}

/// Whoever is erased leaves nobody at the mailboxes that they wanted: the address there is theirs.
pub(super) async fn see_off_guests_of(desk: &mut Desk, customer: CustomerId) -> Result<Vec<AttemptId>, StoreError> {
    let asked = query_as(GUESTS_OF).bind(customer.0);
    let guests: Vec<i64> = asked.fetch_all(desk.database.alone().await?).await?;
    let mut open = Vec::new();
    for guest in guests {
        open.extend(see_off(desk, CustomerId(guest), customer).await?);
    }
    Ok(open)
}

fn enter(
    desk: &mut Desk,
    customer: CustomerId,
    plan: Option<PlanId>,
    (row, step): (i64, AddressStep),
) -> Result<(), StoreError> {
    let line = Line { plan, ..Line::of_customer(customer, Happening::AddressChange { row, step }) };
    desk.enter(desk.clock.now(), &[line])
}

async fn read(
    connection: &mut Link,
    keys: &Keyring,
    (to, plan): (Handle, PlanId),
    now: Instant,
) -> Result<Option<Change>, StoreError> {
    let asked = query(ADDRESS_LINK).bind(plan.0).bind(to.0.as_slice());
    let Some(row) = asked.fetch_optional(&mut *connection).await? else { return done(connection, keys, to).await };
    let Some(customer) = who(connection, &row).await? else { return Ok(None) };
    let asked = if row.try_get::<i64, _>("is_guest")? > 0 { MailboxAsked::New } else { MailboxAsked::Present };
    let at = instant(&row, "at")?;
    let [agreed_at, done_at] = ["agreed_at", "done_at"].map(|column| row.try_get::<Option<i64>, _>(column));
    let (agreed_at, done_at) = (agreed_at?.map(Instant::from_ms), done_at?);
    let new = open_new_address(&customer.key(keys)?, customer.id, at, row.try_get("address")?)?;
    let former = BlindIndex(fixed(&row, "former")?);
    // The message went to the mailbox that its addressee has.
    let is_theirs = match asked {
        MailboxAsked::Present => true,
        MailboxAsked::New => BlindIndex(fixed(&row, "mailbox")?) == BlindIndex::of(keys, &new),
    };
    let is_over = row.try_get::<i64, _>("is_outdated")? > 0 || customer.mailbox != former || !is_theirs;
    let asked_at = match asked {
        MailboxAsked::Present => Some(at),
        MailboxAsked::New => agreed_at,
    };
    let stands = match (done_at, asked) {
        (Some(_), _) => AddressStands::Done,
        _ if is_over || asked_at.is_none_or(|asked_at| now >= asked_at.plus(AGREE_WITHIN)) => AddressStands::Over,
        (None, MailboxAsked::Present) if agreed_at.is_some() => AddressStands::Agreed,
        (None, _) => AddressStands::Open,
    };
    let guest = row.try_get::<Option<i64>, _>("guest")?.map(CustomerId);
    let made_guest = row.try_get::<i64, _>("made_guest")? > 0;
    let question = AddressQuestion { asked, stands, customer: customer.open(keys)?, new };
    Ok(Some(Change { row: row.try_get("id")?, customer, guest: guest.zip(Some(made_guest)), question }))
}

/// What a link asked of somebody who is nobody any more, since it was agreed to.
async fn done(connection: &mut Link, keys: &Keyring, guest: Handle) -> Result<Option<Change>, StoreError> {
    let asked = query(DONE_ADDRESS_CHANGE).bind(guest.0.to_vec());
    let Some(row) = asked.fetch_optional(&mut *connection).await? else { return Ok(None) };
    let Some(customer) = who(connection, &row).await? else { return Ok(None) };
    let own = customer.open(keys)?;
    let (asked, stands, new) = (MailboxAsked::New, AddressStands::Done, own.address.clone());
    let question = AddressQuestion { asked, stands, customer: own, new };
    Ok(Some(Change { row: 0, customer, guest: None, question }))
}

async fn who(connection: &mut Link, row: &Row) -> Result<Option<StoredCustomer>, StoreError> {
    let asked = query(CUSTOMER_BY_ID).bind(row.try_get::<i64, _>("customer")?);
    asked.fetch_optional(connection).await?.map(|row| StoredCustomer::read(&row)).transpose()
}

/// Who had this mailbox before they said that theirs is another one.
pub(super) async fn moved_from(desk: &mut Desk, mailbox: BlindIndex) -> Result<Found, StoreError> {
    let asked = query_as(MOVED_FROM).bind(mailbox.0.to_vec());
    let customer: Option<i64> = asked.fetch_optional(desk.database.alone().await?).await?;
    match customer {
        Some(customer) => customers::by_number(desk, CustomerId(customer)).await,
        None => Ok(Found::Nobody),
    }
}

/// The mailboxes that they said are theirs no more.
pub(super) async fn left_by(desk: &mut Desk, customer: CustomerId) -> Result<Vec<BlindIndex>, StoreError> {
    let rows = query(LEFT_BY).bind(customer.0).fetch_all(desk.database.alone().await?).await?;
    rows.iter().map(|row| fixed(row, "former").map(BlindIndex)).collect()
}

/// Whether they said themselves that this mailbox is theirs no more.
pub(super) async fn has_left(desk: &mut Desk, customer: CustomerId, mailbox: BlindIndex) -> Result<bool, StoreError> {
    let asked = query_as::<i64>(HAS_LEFT).bind(customer.0).bind(mailbox.0.to_vec());
    Ok(asked.fetch_one(desk.database.alone().await?).await? > 0)
}
