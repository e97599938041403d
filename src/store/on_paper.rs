//! What leaves on paper: a rehearsal's messages.
//!
//! Over the wire a message needs a permission on disk, an intent, and a receipt, each in a transaction of its own, because
//! in between it may be taken back and the process may die. On paper nothing comes in between. So what all of that leaves
//! behind is written at once: the attempt that a mail server took, with its slot under the caps; the plan that was sent; and
//! the steps that waited for it, woken. The gate sees no difference.
//!
//! Not written · The ledger's line about the permission, for the receipt says all that a rehearsal tells; and what each rule
//! found of those that wait or end, for the verdict does.

use super::{
    StoreError,
    book::{Line, rows},
    database::query,
    round::Desk,
    statements::{
        paper::{PUT_ON_PAPER, TO_SENT},
        pipeline::WAKE_STEPS,
    },
};
use crate::{
    base::{CustomerId, Instant, NodeId, PlanId},
    gate::Clearance,
    ledger::{Happening, Receipt, Reply},
};
use serde::Serialize;

/// How a message leaves, where the gate lets it go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Leaving {
    /// Over the wire: its receipt comes later.
    OverTheWire,
    /// On paper: it has left with its permission, in the same transaction.
    OnPaper,
    /// Not at all: a person is given this task.
    AsTask(String),
}

/// A message that the gate let go.
pub(super) struct OnPaper {
    pub clearance: Clearance,
    pub node: NodeId,
    pub customer: CustomerId,
    pub cap_keys: Option<String>,
}

/// A row of [`PUT_ON_PAPER`].
#[derive(Serialize)]
struct PaperRow {
    plan: PlanId,
    epoch: i64,
    node: NodeId,
    cap_keys: Option<String>,
}

/// Has them left.
pub(super) fn put(desk: &mut Desk, on_paper: Vec<OnPaper>, now: Instant) -> Result<(), StoreError> {
    if on_paper.is_empty() {
        return Ok(());
    }
    let receipt = Receipt::Accepted(Reply { code: 250, enhanced: None, text: "on paper".to_owned() });
    let text =
        serde_json::to_string(&receipt).map_err(|error| StoreError::odd("attempts.receipt", &error.to_string()))?;
    let (mut plans, mut lines) = (Vec::new(), Vec::new());
    for OnPaper { clearance, node, customer, cap_keys } in on_paper {
        let plan = clearance.plan();
        plans.push(PaperRow { plan, epoch: clearance.epoch(), node, cap_keys });
        lines.push(Line::of_plan(
            customer,
            plan,
            Happening::Received { receipt: receipt.clone(), retry_at: None, digest: None },
        ));
    }
    let ended: Vec<PlanId> = plans.iter().map(|row| row.plan).collect();
    let bulk = rows(&plans)?;
    let put = query(PUT_ON_PAPER).bind(bulk.clone()).bind(now.ms()).bind(text);
    desk.database.say(put.changing(plans.len()));
    desk.database.say(query(TO_SENT).bind(bulk).bind(now.ms()).changing(plans.len()));
    desk.database.say(query(WAKE_STEPS).bind(rows(&ended)?).bind(now.ms()));
    desk.enter(now, &lines)
}
