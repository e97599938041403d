//! Puts the edition in force here in force in the database, too, and brings all plans up to it.
//!
//! Plans are made by rules: which records call for a message, and when. So when the rules have changed, every record is
//! looked at once more, page by page, each page a transaction that is short enough for a stop to get in between. Nothing is
//! permitted meanwhile (see `store::revisions`), and what was permitted by the rules before and has not begun is taken
//! back, so that when this returns no message begins that the old rules alone would have sent (promise P2).
//!
//! Cut off anywhere, it is done again from the beginning: a page that is done changes nothing more. Where the database
//! says that all is done, nothing is.

use super::{in_force::InForce, unsigned};
use crate::{
    base::{Clock, RecordId},
    config::Mode,
    engine::flights::Flights,
    fault::{self, Point},
    store::{PutInForce, Store, StoreError},
};
use std::{collections::BTreeMap, sync::Arc};

/// Records whose plans are looked at in one transaction.
const REPLAN_ROWS: usize = 500;

/// See the module.
///
/// # Errors
/// The database's. What is done is done; the rest waits for the next try.
pub async fn catch_up(
    store: &Store,
    in_force: &Arc<InForce>,
    flights: &Flights,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let edition = in_force.now();
    let PutInForce { revision, reworded } = store.put_in_force(edition.revision(), edition.published()).await?;
    tell_of(&reworded);
    unsigned::withdraw(store, &edition, flights).await?;
    if revision.planned_at.is_some() {
        return Ok(());
    }
    let mut after: Option<RecordId> = None;
    loop {
        let page = store.replan_all(after, REPLAN_ROWS, edition.rulebook.clone()).await?;
        flights.revoke(&page.open).await;
        fault::point(Point::AfterReplannedPage);
        fault::stall(Point::AfterReplannedPage, clock).await;
        let Some(next) = page.next else { break };
        after = Some(next);
    }
    // What visits are known by may have changed, too.
    let (_, applied) = store.match_visits(clock.now(), edition.rulebook.clone()).await?;
    flights.revoke(&applied.open).await;
    if edition.config().mode != Mode::Rehearsal {
        store.end_rehearsal().await?;
    }
    fault::point(Point::BeforeRulesAdopted);
    store.adopt(edition.revision()).await?;
    // The files may need no yes any more, or be those again that have one.
    store.wake_approved("").await
}

/// Says of which purposes the words have changed, and how many people that concerns.
pub(super) fn tell_of(reworded: &BTreeMap<String, u64>) {
    for (purpose, people) in reworded {
        tracing::warn!(
            purpose,
            people,
            "worded anew: who agreed to other words gets nothing of it until they agree again"
        );
    }
}
