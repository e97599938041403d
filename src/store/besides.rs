//! What a plan's rules want to know besides the plan: asked of the database only for those that want it.

use super::{
    StoreError,
    book::rows,
    conversation::Conversation,
    database::{Row, query},
    plan_rows::instant,
    statements::{
        Statement,
        pipeline::{ASKED_AHEAD, ASKED_ARRIVALS, ASKED_LATER},
    },
};
use crate::{
    base::{Instant, PlanId, RecordId},
    gate::{Ahead, Arrival, Besides, Slot, Wants},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// A row of [`ASKED_ARRIVALS`].
#[derive(Serialize)]
struct KindRow<'a> {
    plan: PlanId,
    kind: &'a str,
}

/// A row of [`ASKED_AHEAD`].
#[derive(Serialize)]
struct WorkflowRow<'a> {
    plan: PlanId,
    workflow: &'a str,
}

/// For each plan that wants something to be known.
pub(super) async fn read(
    database: &mut Conversation,
    wants: &BTreeMap<PlanId, Wants>,
    now: Instant,
) -> Result<BTreeMap<PlanId, Besides>, StoreError> {
    let mut besides: BTreeMap<PlanId, Besides> = BTreeMap::new();
    let later: Vec<PlanId> = wants.iter().filter(|(_, wants)| wants.later).map(|(plan, _)| *plan).collect();
    for row in asked(database, ASKED_LATER, &later, None).await? {
        let besides = besides.entry(plan(&row)?).or_default();
        besides.later = row.try_get::<Option<i64>, _>("later")?.map(PlanId);
        besides.same_date = row.try_get::<Option<i64>, _>("same_date")?.map(PlanId);
    }
    let kinds = wants.iter().flat_map(|(plan, wants)| wants.arrivals.iter().map(|kind| KindRow { plan: *plan, kind }));
    for row in asked(database, ASKED_ARRIVALS, &kinds.collect::<Vec<_>>(), None).await? {
        let arrival = Arrival { kind: row.try_get("kind")?, known_at: instant(&row, "known_at")? };
        besides.entry(plan(&row)?).or_default().arrivals.push(arrival);
    }
    let above =
        wants.iter().flat_map(|(plan, wants)| wants.ahead.iter().map(|workflow| WorkflowRow { plan: *plan, workflow }));
    for row in asked(database, ASKED_AHEAD, &above.collect::<Vec<_>>(), Some(now)).await? {
        besides.entry(plan(&row)?).or_default().ahead.push(ahead(&row)?);
    }
    Ok(besides)
}

/// With nothing to ask about, nothing is asked.
async fn asked<T: Serialize>(
    database: &mut Conversation,
    statement: Statement,
    about: &[T],
    now: Option<Instant>,
) -> Result<Vec<Row>, StoreError> {
    if about.is_empty() {
        return Ok(Vec::new());
    }
    let asked = query(statement).bind(rows(about)?);
    let asked = match now {
        Some(now) => asked.bind(now.ms()),
        None => asked,
    };
    database.rows(asked).await
}

fn plan(row: &Row) -> Result<PlanId, StoreError> {
    Ok(PlanId(row.try_get("plan")?))
}

fn ahead(row: &Row) -> Result<Ahead, StoreError> {
    let slot = Slot {
        plan: PlanId(row.try_get("id")?),
        at: instant(row, "next_at")?,
        purpose: row.try_get("purpose")?,
        marketing: row.try_get::<i64, _>("marketing")? != 0,
        workflow: row.try_get("workflow")?,
        record: RecordId(row.try_get("record")?),
        cap_keys: Vec::new(),
    };
    Ok(Ahead { slot, expires_at: instant(row, "expires_at")? })
}
