//! A rehearsal's way through: what is due, a lot at a time, each in one transaction.
//!
//! A message for the wire is claimed in one transaction, permitted in another and closed in a third, because rendering and
//! sending take time and may fail, and because whoever does it may die. A rehearsal has one process and no wire. It does the
//! same things in the same order by the same statements, but for a whole lot at once: claimed, gathered, written, decided by
//! the gate on what is so in that moment, and on paper.

use super::{
    Store, StoreError,
    asked::Known,
    claim,
    database::query,
    gather::gather,
    on_paper::Leaving,
    parts,
    permit::{PermitAsk, Permits},
    plan_rows::instant,
    round::{Desk, Kind},
    settle::{Outcome, Settle, Settles},
    statements::claims::NEXT_CLAIM,
    types::{Claimed, Decide, Permission, Refusal},
};
use crate::{
    base::{Instant, NodeId},
    gate::{Reason, Rule, facts::PlanFacts},
};
use std::{sync::Arc, time::Duration};

/// When what changed while it was written is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Who writes a rehearsal's messages.
pub trait Write: Send + Sync {
    /// Whether a message is made of others.
    fn gathers(&self, plan: &PlanFacts) -> bool;

    /// How a message leaves, where the gate lets it go; or why it can't be written.
    ///
    /// # Errors
    /// The reason for which it is refused.
    fn write(&self, claimed: &mut Claimed) -> Result<Leaving, Reason>;
}

impl Store {
    /// Rehearses what is due now, at most so many and at most one per customer, in due order: each message ends, waits, or
    /// has left on paper. Says when the next one is due.
    ///
    /// Many lots are one transaction: nobody but the rehearsal reads a copy, and what is open is committed before a read.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done, nor what of the lots before was not committed yet.
    pub async fn rehearse(
        &self,
        node: NodeId,
        limit: usize,
        decide: Arc<dyn Decide>,
        write: Arc<dyn Write>,
    ) -> Result<Option<Instant>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.errand_on_a_copy(move |desk| {
            Box::pin(async move { lot(desk, node, limit, &decide, write.as_ref()).await })
        })
        .await
    }
}

async fn lot(
    desk: &mut Desk,
    node: NodeId,
    limit: i64,
    decide: &Arc<dyn Decide>,
    write: &dyn Write,
) -> Result<Option<Instant>, StoreError> {
    let now = desk.clock.now();
    // Nobody but this lot changes what it claimed.
    let (batch, known) = claim::claim_to_decide(desk, node, now, limit).await?;
    let (mut asks, mut settles) = (Vec::new(), Vec::new());
    for mut claimed in batch.open(&desk.keys) {
        if is_gathered(desk, &claimed, decide.as_ref(), now).await? {
            continue;
        }
        if write.gathers(&claimed.plan) {
            claimed.parts = parts::still_of(desk, &claimed, decide.as_ref()).await?;
        }
        match write.write(&mut claimed) {
            Ok(leaving) => {
                asks.push(PermitAsk { node, claimed: Arc::new(claimed), decide: Arc::clone(decide), leaving });
            }
            Err(reason) => {
                let refusal = Refusal { rule: Rule::Relevance, reason };
                let by = decide.revision().to_owned();
                settles.push(settle(&claimed, Outcome::Refuse { refusal, by }));
            }
        }
    }
    let answers = if asks.is_empty() { Vec::new() } else { Permits::ask(desk, &asks, Known::Claimed(known)).await? };
    for (ask, answer) in asks.iter().zip(answers) {
        if matches!(answer?, Permission::Outdated) {
            settles.push(settle(&ask.claimed, Outcome::Release { next_at: now.plus(LOOK_AGAIN) }));
        }
    }
    if !settles.is_empty() {
        Settles::run(desk, &settles).await?.into_iter().collect::<Result<(), _>>()?;
    }
    let next = desk.database.rows(query(NEXT_CLAIM).bind(decide.revision())).await?;
    next.first().map(|row| instant(row, "next_at")).transpose()
}

/// Whether it went into a message together with others.
async fn is_gathered(
    desk: &mut Desk,
    claimed: &Claimed,
    decide: &dyn Decide,
    now: Instant,
) -> Result<bool, StoreError> {
    match decide.gathering(&claimed.plan, now) {
        Some(gathering) => Ok(gather(desk, claimed, &gathering, decide).await?.is_some()),
        None => Ok(false),
    }
}

fn settle(claimed: &Claimed, outcome: Outcome) -> Settle {
    Settle { plan: claimed.plan.id, epoch: claimed.plan.epoch, outcome }
}
