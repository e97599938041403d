//! Parts: what went into a message, and whether it still may.
//!
//! Between the moment at which messages were merged and the one at which their message leaves, anything may change: a
//! visit is cancelled, a customer comes back, somebody takes back their yes to a workflow. So each part is asked by the
//! gate as any message is, at its own time: when the message is drafted, and again in the transaction that permits it.
//! Only halts, quiet hours and caps are not its own to ask, but those of the message that it goes along with.
//!
//! What may not go along any more leaves the message. If the gate refuses it, it ends with that reason; if the gate holds it,
//! it is planned again, and asked about by itself. Where an earlier attempt of the message may have arrived, with that part
//! in it, it stays: nobody is told one thing twice (promise P4).

use super::{
    Store, StoreError,
    book::{Line, rows},
    claim,
    database::query,
    evidence::Evidence,
    permit::facts,
    round::Desk,
    settle::{PlannedRow, Refused, plan_again, refuse},
    statements::plans::{PARTS, TO_PARTED},
    types::{Claimed, Decide, Refusal},
};
use crate::{
    base::{Instant, PlanId, keys::Keyring},
    gate::{Decision, Finding, Outcome, facts::PlanFacts},
    ledger::Happening,
    plan::PlanState,
};
use std::{collections::BTreeMap, sync::Arc};

/// What went into one message.
#[derive(Default)]
pub(super) struct Parts {
    /// What may go along, in due order.
    pub standing: Vec<Claimed>,
    /// What may not any more.
    gone: Vec<Gone>,
}

/// What may not go along any more.
struct Gone {
    plan: PlanId,
    due_at: Instant,
    /// Which finding says so.
    why: Finding,
    findings: Vec<Finding>,
}

impl Parts {
    /// Whether what stands is what the draft was made from.
    pub fn are_as_drafted(&self, drafted: &[Claimed]) -> bool {
        let versions = |parts: &[Claimed]| -> BTreeMap<PlanId, Option<(i64, i64)>> {
            parts.iter().map(|part| (part.plan.id, part.versions())).collect()
        };
        versions(&self.standing) == versions(drafted)
    }
}

impl Store {
    /// The parts of a claimed message that gathers others, as they stand now. What may not go along any more leaves it.
    ///
    /// # Errors
    /// When the database can't be read or written: nothing was done.
    pub async fn parts(&self, message: &Arc<Claimed>, decide: Arc<dyn Decide>) -> Result<Vec<Claimed>, StoreError> {
        let message = Arc::clone(message);
        self.errand(move |desk| Box::pin(async move { still_of(desk, &message, decide.as_ref()).await })).await
    }
}

/// The same in the caller's transaction.
pub(super) async fn still_of(
    desk: &mut Desk,
    message: &Claimed,
    decide: &dyn Decide,
) -> Result<Vec<Claimed>, StoreError> {
    let (now, plan) = (desk.clock.now(), message.plan.id);
    let Parts { standing, gone } = of(desk, &[plan], decide, now).await?.remove(&plan).unwrap_or_default();
    if message.uncertain_digest.is_none() {
        part(desk, message, gone, now).await?;
    }
    Ok(standing)
}

/// The parts of these messages, each asked at its own time.
pub(super) async fn of(
    desk: &mut Desk,
    messages: &[PlanId],
    decide: &dyn Decide,
    now: Instant,
) -> Result<BTreeMap<PlanId, Parts>, StoreError> {
    let mut parts: BTreeMap<PlanId, Parts> = BTreeMap::new();
    if messages.is_empty() {
        return Ok(parts);
    }
    let mut messages_of = BTreeMap::new();
    for row in desk.database.rows(query(PARTS).bind(rows(messages)?)).await? {
        messages_of.insert(PlanId(row.try_get("id")?), PlanId(row.try_get("merged_into")?));
    }
    let ids: Vec<i64> = messages_of.keys().map(|part| part.0).collect();
    let mut merged = claim::read(desk.database.alone().await?, &ids, PlanState::Merged).await?.open(&desk.keys);
    merged.sort_by_key(|part| (part.plan.due_at, part.plan.id));
    let wants = merged.iter().map(|part| (part.plan.id, decide.wants(&part.plan))).collect();
    // Caps are the message's to ask: what counts under them isn't looked for.
    let evidence = Evidence::read(desk, merged.iter().map(|part| &part.plan), PlanState::Merged, now, wants).await?;
    // While sending is halted nothing leaves, and the time may be in doubt; nor does anything under other rules.
    let is_judged = evidence.halt.is_none() && evidence.revision.as_deref() == Some(decide.revision());
    for part in merged {
        let Some(message) = messages_of.get(&part.plan.id) else { continue };
        let Parts { standing, gone } = parts.entry(*message).or_default();
        match asked(&evidence, &part, decide, &desk.keys, now).filter(|_| is_judged) {
            Some(decision) if let Some(why) = decision.objection_to_going_along().cloned() => {
                let PlanFacts { id: plan, due_at, .. } = part.plan;
                gone.push(Gone { plan, due_at, why, findings: decision.findings });
            }
            _ => standing.push(part),
        }
    }
    Ok(parts)
}

/// What the gate says of it at its own time; nothing of what is not there any more.
pub(super) fn asked(
    evidence: &Evidence,
    part: &Claimed,
    decide: &dyn Decide,
    keys: &Keyring,
    now: Instant,
) -> Option<Decision> {
    let at = part.plan.due_at.max(now);
    let asked = evidence.plans.get(&part.plan.id)?;
    Some(decide.decide(&facts(evidence, asked, part, decide, keys, at)))
}

/// Takes out of a message what may not go along any more, as long as that is claimed.
async fn part(desk: &mut Desk, message: &Claimed, gone: Vec<Gone>, now: Instant) -> Result<(), StoreError> {
    if gone.is_empty() {
        return Ok(());
    }
    let (from, customer) = (message.plan.id, message.plan.customer);
    let plans: Vec<PlanId> = gone.iter().map(|gone| gone.plan).collect();
    let asked = query(TO_PARTED).bind(rows(&plans)?).bind(from.0).bind(message.plan.epoch);
    let parted = desk.database.rows(asked).await?;
    let epochs = parted.iter().map(|row| Ok((PlanId(row.try_get("id")?), row.try_get("epoch")?)));
    let epochs: BTreeMap<PlanId, i64> = epochs.collect::<Result<_, sqlx::Error>>()?;
    let lines: Vec<Line> =
        epochs.keys().map(|plan| Line::of_plan(customer, *plan, Happening::Parted { from })).collect();
    desk.enter(now, &lines)?;
    let (mut planned, mut refused) = (Vec::new(), Vec::new());
    for Gone { plan, due_at, why: Finding { rule, outcome, reason }, findings } in gone {
        let Some(epoch) = epochs.get(&plan).copied() else { continue };
        if outcome == Outcome::Refuse {
            refused.push(Refused { plan, epoch, refusal: Refusal { rule, reason }, findings });
        } else {
            planned.push(PlannedRow { plan, epoch, next_at: due_at.max(now), waits_for: None, hold: None });
        }
    }
    if !planned.is_empty() {
        desk.database.say(plan_again(&planned)?.changing(planned.len()));
    }
    refuse(desk, refused).await?;
    Ok(())
}
