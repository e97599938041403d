//! What comes by the API, on its way into the store: written down, then in force, then answered.
//!
//! A cancellation or a no is answered like a stop: what was permitted before it and has not begun is taken back, so that
//! no message about it begins after the answer (promise P2). When the database is away nothing is taken and the caller
//! hears it: other than a customer with a link in their hand, a program asks again.
//!
//! The same request twice: the second waits for nobody. While the first is under way it hears so; afterwards it gets the
//! first one's answer.

use crate::{
    engine::{desk::sign_up, office::Office},
    fault::{self, Point},
    intake::json::{self, Refused, Resource, Shape},
    people::{ConsentKind, consent::ConsentMethod},
    policy::Policy,
    store::{
        KeyRow, NewKey, StoreError,
        entry::{ConsentRow, Entered, Entry, EntryDone, Outcome, Question, Repeat, Rows},
    },
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// The name of an answer: the key's id, and the digest of the `Idempotency-Key`.
type Name = (String, [u8; 32]);

/// Where requests are handed in.
pub struct EntryDesk {
    office: Office,
    under_way: Mutex<BTreeSet<Name>>,
    /// How often the visits of new customers were asked for and not yet looked at.
    to_match: AtomicUsize,
}

/// Why a request was not even looked at.
#[derive(Debug, thiserror::Error)]
pub enum EntryFailed {
    /// The same request is under way.
    #[error("a request with this Idempotency-Key is under way")]
    UnderWay,
    /// The database can't do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own task broke off.
    #[error("the request broke off")]
    BrokenOff,
}

/// Takes its name out of the list when the request is answered, or nobody waits for the answer any more.
struct UnderWay {
    desk: Arc<EntryDesk>,
    name: Option<Name>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            self.desk.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        }
    }
}

impl EntryDesk {
    /// At this office.
    #[must_use]
    pub fn new(office: Office) -> Arc<Self> {
        Arc::new(Self { office, under_way: Mutex::default(), to_match: AtomicUsize::new(0) })
    }

    /// The office.
    #[must_use]
    pub const fn office(&self) -> &Office {
        &self.office
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self, body: &[u8], resource: &Resource, policy: &Policy) -> Result<(Shape, Rows), Refused> {
        json::read(body, resource, policy, self.office.clock.now())
    }

    /// What this request was answered before, where it was.
    ///
    /// # Errors
    /// The database's.
    pub async fn given(
        self: &Arc<Self>,
        key: &str,
        repeat: Option<Repeat>,
    ) -> Result<Option<Vec<Outcome>>, EntryFailed> {
        let Some(repeat) = repeat else { return Ok(None) };
        let _under_way = self.begin(Some((key.to_owned(), repeat.name)))?;
        Ok(self.office.store.answer_given(key, &repeat).await?)
    }

    /// Takes all rows, or none. When it returns, what they end holds.
    ///
    /// # Errors
    /// Nothing was done then.
    pub async fn enter(self: &Arc<Self>, mut entry: Entry) -> Result<Entered, EntryFailed> {
        self.add_questions(&mut entry.rows);
        let under_way = self.begin(entry.repeat.as_ref().map(|Repeat { name, .. }| (entry.key.clone(), *name)))?;
        let desk = Arc::clone(self);
        // In a task of its own, because hyper drops this one when the caller hangs up: a second request may not be
        // answered before the first one's cancellations hold.
        let task = tokio::spawn(async move {
            let entered = desk.carry_out(entry).await;
            drop(under_way);
            entered
        });
        Ok(task.await.map_err(|_| EntryFailed::BrokenOff)??)
    }

    fn add_questions(&self, rows: &mut Rows) {
        let Rows::Consents(rows) = rows else { return };
        add_questions(&self.office, rows);
    }

    fn begin(self: &Arc<Self>, name: Option<Name>) -> Result<UnderWay, EntryFailed> {
        if let Some(name) = &name
            && !self.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone())
        {
            return Err(EntryFailed::UnderWay);
        }
        Ok(UnderWay { desk: Arc::clone(self), name })
    }

    async fn carry_out(self: &Arc<Self>, entry: Entry) -> Result<Entered, StoreError> {
        let Office { store, flights, wake, .. } = &self.office;
        let brings_customers = matches!(entry.rows, Rows::Customers(_));
        let EntryDone { entered, open } = store.enter(entry, self.office.rules()).await?;
        fault::point(Point::AfterEntryCommit);
        flights.revoke(&open).await;
        wake.notify_one();
        if let Entered::Done(outcomes) = &entered
            && brings_customers
            && outcomes.iter().any(|outcome| *outcome != Outcome::Unchanged)
        {
            self.match_soon();
        }
        Ok(entered)
    }

    /// New customers may be those whose visits stand in a calendar already. That takes a look at everybody, so nobody's
    /// answer waits for it, and one look serves all who ask for it while another one is under way.
    fn match_soon(self: &Arc<Self>) {
        if self.to_match.fetch_add(1, Ordering::AcqRel) > 0 {
            return;
        }
        let desk = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                let asked = desk.to_match.load(Ordering::Acquire);
                desk.match_visits().await;
                if desk.to_match.compare_exchange(asked, 0, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                    return;
                }
            }
        });
    }

    async fn match_visits(&self) {
        let Office { store, flights, clock, wake, .. } = &self.office;
        match store.match_visits(clock.now(), self.office.rules()).await {
            Ok((_, applied)) => flights.revoke(&applied.open).await,
            Err(error) => tracing::warn!(%error, "visits could not be matched with new customers"),
        }
        wake.notify_one();
    }
}

/// What a form brings for a purpose with a double opt-in counts when the address has confirmed it.
pub(super) fn add_questions(office: &Office, rows: &mut [ConsentRow]) {
    let edition = office.in_force.now();
    let policy = edition.policy();
    for row in rows {
        let purpose = policy.purposes.get(&row.purpose).filter(|purpose| purpose.double_opt_in);
        if row.kind == ConsentKind::Granted && row.method == ConsentMethod::Form && purpose.is_some() {
            let language = row.language.clone().unwrap_or_else(|| policy.business.language.clone());
            let asked = sign_up::question(&edition, std::slice::from_ref(&row.purpose), &language);
            row.question = asked.map(|(_, (kind, fields))| Question { kind, fields, language });
        }
    }
}

impl Office {
    /// Adds a key of the API. `false` where one in force has this name.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_key(&self, key: NewKey) -> Result<bool, StoreError> {
        self.store.add_key(key).await
    }

    /// All keys of the API.
    ///
    /// # Errors
    /// The database's.
    pub async fn keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        self.store.keys().await
    }

    /// Revokes a key of the API. `false` where none in force has this name.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_key(&self, name: &str) -> Result<bool, StoreError> {
        self.store.revoke_key(name).await
    }
}
