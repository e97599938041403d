//! Sign-ups, and the confirmations that turn them into consent: a double opt-in.
//!
//! Whoever types an address into a form has shown nothing about whose it is. The sign-up is kept as a record, so that the
//! question "was it you?" is planned, capped and asked by the gate like any message. The answer comes by the link of that
//! message, which went to the address and to nobody else: the person's own act, and the only way back after a no.
//!
//! Promise: a sign-up consents to nothing, and changes nothing about a customer who is known. One within thirty days of the
//! last leaves no trace: another message would not leave anyway, and a robot fills no table.
//!
//! Promise: a link confirms once. Clicked again it says so, and changes nothing, whatever was said since.

use super::{
    Store, StoreError,
    book::Line,
    cards,
    consents::NewConsent,
    customers::{self, Found},
    database::{Link, query, query_as},
    entry::{Evidence, keep_evidence},
    erase, records,
    replan::Subjects,
    round::Desk,
    statements::{
        address_changes::UNAGREED,
        sign_ups::{ADD_SIGN_UP, CONFIRMED_AT, LAST_SIGN_UP, TO_CONFIRM, UNCONFIRMED},
    },
    types::{CustomerRow, Replan, Rules},
};
use crate::{
    base::{
        AttemptId, BlindIndex, CustomerId, EmailAddress, Handle, Instant, NetworkPrefix, PlanId, RecordId,
        value::Fields,
    },
    ledger::Happening,
    people::{ConsentKind, Customer, Language, consent::ConsentMethod},
    trigger::News,
};
use std::{sync::Arc, time::Duration};

/// A sign-up that comes sooner after another one of the same address asks nothing.
pub const APART: Duration = Duration::from_hours(30 * 24);
/// How long the link of a confirmation confirms.
pub const CONFIRM_WITHIN: Duration = Duration::from_hours(7 * 24);

/// So many that nobody confirmed go in one transaction.
const FORGOTTEN_AT_ONCE: i64 = 32;

/// Who is asked.
#[derive(Clone, Debug)]
pub enum Whom {
    /// Whoever has this address.
    Address(EmailAddress),
    /// A customer who is known.
    Customer(CustomerId),
}

/// What somebody asked for by a form.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// Who is asked.
    pub whom: Whom,
    /// For which purposes.
    pub purposes: Vec<String>,
    /// In which language the form was shown.
    pub language: Language,
    /// Where the form stands.
    pub source: String,
    /// The type of the record, and what it says.
    pub record: (String, Fields),
}

/// What a link asks to confirm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToConfirm {
    /// The purposes.
    pub purposes: Vec<String>,
    /// Whether it can be confirmed.
    pub standing: ConfirmStanding,
}

/// Whether a sign-up can be confirmed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConfirmStanding {
    /// It can.
    Open,
    /// It was, by this link.
    Confirmed,
    /// It can't any more: the link was good for [`CONFIRM_WITHIN`], or went to a mailbox that isn't theirs any more.
    Expired,
}

/// What a confirmation did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "open attempts must be revoked in memory as well"]
pub struct Confirmed {
    /// What was asked for, and how the transaction found it. `None`: the link leads nowhere (any more).
    pub found: Option<ToConfirm>,
    /// As in [`super::Applied::open`].
    pub open: Vec<AttemptId>,
}

/// A sign-up as it is stored.
struct Asked {
    record: RecordId,
    customer: CustomerId,
    to_confirm: ToConfirm,
}

impl Store {
    /// Keeps a sign-up and plans the question whether it was they. Says nothing about whether anybody has this address.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn sign_up(&self, sign_up: SignUp, rules: Arc<dyn Rules>) -> Result<Vec<AttemptId>, StoreError> {
        let kept = self
            .errand_with_keys(1, move |desk| Box::pin(async move { keep(desk, &sign_up, &*rules.in_force()).await }));
        kept.await
    }

    /// Takes out whoever is known by sign-ups alone that nobody confirmed, or by questions about somebody's other address that nobody
    /// agreed to, none of them in the last thirty days: until then it is known that they were asked. They may be signed up again. Gives how many went, and the attempts that it found open, as in
    /// [`super::Applied::open`].
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn forget_unconfirmed(&self) -> Result<(u64, Vec<AttemptId>), StoreError> {
        self.errand(|desk| Box::pin(forget_unconfirmed(desk))).await
    }

    /// What a link asks to confirm. `None` where it leads nowhere (any more).
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn to_confirm(&self, customer: Handle, plan: PlanId) -> Result<Option<ToConfirm>, StoreError> {
        let now = self.inner.clock.now();
        let asked = read(&mut self.reader().await?, customer, plan, now).await?;
        Ok(asked.map(|asked| asked.to_confirm))
    }

    /// Takes a confirmation; on disk when this returns. `may_be` says to what the policy still lets people agree.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn confirm(
        &self,
        (customer, plan): (Handle, PlanId),
        language: Option<Language>,
        from: Option<NetworkPrefix>,
        may_be: Arc<dyn Fn(&str) -> bool + Send + Sync>,
        rules: Arc<dyn Rules>,
    ) -> Result<Confirmed, StoreError> {
        self.change(move |desk| {
            Box::pin(async move {
                confirm(desk, (customer, plan), (language.as_ref(), from), &*may_be, &*rules.in_force()).await
            })
        })
        .await
    }
}

async fn forget_unconfirmed(desk: &mut Desk) -> Result<(u64, Vec<AttemptId>), StoreError> {
    let before = desk.clock.now().minus(APART);
    let mut those: Vec<i64> = Vec::new();
    for statement in [UNCONFIRMED, UNAGREED] {
        let asked = query_as::<i64>(statement).bind(before.ms()).bind(FORGOTTEN_AT_ONCE);
        those.extend(asked.fetch_all(desk.database.alone().await?).await?);
    }
    let (mut gone, mut open) = (0, Vec::new());
    for customer in those {
        if let Some(found) = erase::without_trace(desk, CustomerId(customer)).await? {
            gone += 1;
            open.extend(found);
        }
    }
    Ok((gone, open))
}

/// In the caller's transaction.
pub(super) async fn keep(
    desk: &mut Desk,
    sign_up: &SignUp,
    planner: &dyn Replan,
) -> Result<Vec<AttemptId>, StoreError> {
    let now = desk.clock.now();
    let Some((customer, made)) = whose(desk, sign_up, now).await? else { return Ok(Vec::new()) };
    let mut subjects = Subjects::of(planner);
    let record = records::put_own(desk, sign_up.record.clone(), None, &customer, &mut subjects).await?;
    let Some(record) = record else { return Ok(Vec::new()) };
    for purpose in &sign_up.purposes {
        query(ADD_SIGN_UP)
            .bind(record.0)
            .bind(customer.id.0)
            .bind(purpose)
            .bind(now.ms())
            .bind(sign_up.language.tag())
            .bind(&sign_up.source)
            .bind(i64::from(made))
            .execute(desk.database.alone().await?)
            .await?;
        let asked = Happening::SignedUp { purpose: purpose.clone() };
        desk.enter(now, &[Line::of_customer(customer.id, asked)])?;
    }
    subjects.replan(desk).await
}

/// Who is asked, and whether they are new: the one customer with this mailbox, or a new one, for nobody is guessed. Nobody, where
/// they were asked lately.
async fn whose(desk: &mut Desk, sign_up: &SignUp, now: Instant) -> Result<Option<(Customer, bool)>, StoreError> {
    let found = match &sign_up.whom {
        Whom::Address(address) => customers::by_mailbox(desk, BlindIndex::of(&desk.keys, address)).await?,
        Whom::Customer(customer) => customers::by_number(desk, *customer).await?,
    };
    if let Found::Customer(stored) = found {
        let last: Option<i64> =
            query_as(LAST_SIGN_UP).bind(stored.id.0).fetch_one(desk.database.alone().await?).await?;
        let lately = last.is_some_and(|last| Instant::from_ms(last).plus(APART) > now);
        // One who can't be read gets nothing: the gate would refuse it.
        return Ok(if lately { None } else { stored.open(&desk.keys).ok().map(|customer| (customer, false)) });
    }
    let Whom::Address(address) = &sign_up.whom else { return Ok(None) };
    let row = CustomerRow::of_address(address.clone(), Some(sign_up.language.clone()));
    Ok(Some((customers::create(desk, &row).await?, true)))
}

async fn read(
    connection: &mut Link,
    customer: Handle,
    plan: PlanId,
    now: Instant,
) -> Result<Option<Asked>, StoreError> {
    let asked = query(TO_CONFIRM).bind(plan.0).bind(customer.0.as_slice());
    let rows = asked.fetch_all(&mut *connection).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let (record, customer) = (RecordId(first.try_get("record")?), CustomerId(first.try_get("customer")?));
    let at = Instant::from_ms(first.try_get("at")?);
    let purposes = rows.iter().map(|row| row.try_get("purpose")).collect::<Result<_, _>>()?;
    let asked = query_as(CONFIRMED_AT).bind(customer.0).bind(source(record));
    let confirmed_at: Option<i64> = asked.fetch_one(connection).await?;
    let went_away = first.try_get::<i64, _>("went_away")? > 0;
    let standing = match confirmed_at {
        Some(_) => ConfirmStanding::Confirmed,
        None if went_away || now >= at.plus(CONFIRM_WITHIN) => ConfirmStanding::Expired,
        None => ConfirmStanding::Open,
    };
    Ok(Some(Asked { record, customer, to_confirm: ToConfirm { purposes, standing } }))
}

/// What a consent names as its source that confirms this sign-up.
fn source(record: RecordId) -> String {
    format!("sign-up:{record}")
}

async fn confirm(
    desk: &mut Desk,
    (customer, plan): (Handle, PlanId),
    (language, from): (Option<&Language>, Option<NetworkPrefix>),
    may_be: &(dyn Fn(&str) -> bool + Send + Sync),
    planner: &dyn Replan,
) -> Result<Confirmed, StoreError> {
    let now = desk.clock.now();
    let Some(asked) = read(desk.database.alone().await?, customer, plan, now).await? else {
        return Ok(Confirmed { found: None, open: Vec::new() });
    };
    let Asked { record, customer, to_confirm } = asked;
    if to_confirm.standing != ConfirmStanding::Open {
        return Ok(Confirmed { found: Some(to_confirm), open: Vec::new() });
    }
    let source = source(record);
    let mut agreed = std::collections::BTreeMap::new();
    for purpose in to_confirm.purposes.iter().filter(|purpose| may_be(purpose)) {
        let (kind, method) = (ConsentKind::Granted, ConsentMethod::Confirmed);
        let row = NewConsent { purpose, kind, method, at: now, source: &source, language, expires_at: None };
        let row = row.write(desk, customer).await?;
        keep_evidence(desk, customer, row, &Evidence::of_page(from)).await?;
        let confirmed = Happening::Confirmed { purpose: purpose.clone(), row };
        desk.enter(now, &[Line { plan: Some(plan), ..Line::of_customer(customer, confirmed) }])?;
        agreed.insert(purpose.clone(), now);
    }
    let open = cards::plan_of(desk, customer, News::Agreed(agreed), planner).await?;
    Ok(Confirmed { found: Some(to_confirm), open })
}
