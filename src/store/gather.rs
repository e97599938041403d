//! Gathering: messages of one purpose to one customer that fall due close together leave as one.
//!
//! Asked when a message is about to be drafted, in one transaction: which others are due soon after it, and which of them
//! might leave if they were due now. If it may leave itself, and others may with it, all of them end as merged into a new
//! message, which is due at once and is asked by the gate like any other. What each of them says is rendered when that
//! one is, from what is so then; see [`super::parts`].
//!
//! Tasks for a person stay what they are, and so do messages that a person reads before they leave, alone or with their
//! run, that are drafts, that wait for the step before them, or that would be refused: they end by themselves. Quiet hours
//! and caps are the new message's to ask.
//!
//! Promise: a plan goes into one message or into none (P4, P6). What was claimed meanwhile by another, or changed, is not
//! touched.

use super::{
    Store, StoreError, approvals,
    asked::AskedRow,
    book::{Line, rows},
    cards, claim,
    database::query,
    evidence::Evidence,
    parts,
    permit::facts,
    replan::{self, NewRow},
    round::Desk,
    statements::plans::{COMPANIONS, MERGE_PLANS},
    types::{Claimed, Decide},
};
use crate::{
    base::{Instant, PlanId},
    fault::{self, Point},
    gate::{Topic, Verdict},
    ledger::Happening,
    plan::PlanState,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A workflow that gathers messages of its purpose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gathering {
    /// Its name.
    pub workflow: String,
    /// Whether its purpose is marketing.
    pub marketing: bool,
    /// The workflows whose messages it gathers.
    pub members: Vec<String>,
    /// Those that are due until then.
    pub until: Instant,
}

/// Waiting, or claimed at the same time: whoever works on that one finds it gone, as after a change of its record.
const OPEN: [PlanState; 2] = [PlanState::Planned, PlanState::Leased];

/// A row of [`COMPANIONS`].
#[derive(Serialize)]
struct MemberRow<'a> {
    plan: PlanId,
    workflow: &'a str,
}

impl Store {
    /// The message that a claimed one went into, together with others; `None` where it leaves alone.
    ///
    /// # Errors
    /// When the database can't be written: nothing was done.
    pub async fn gather(&self, claimed: &Arc<Claimed>, decide: Arc<dyn Decide>) -> Result<Option<PlanId>, StoreError> {
        let Some(gathering) = decide.gathering(&claimed.plan, self.inner.clock.now()) else { return Ok(None) };
        let claimed = Arc::clone(claimed);
        self.errand(move |desk| Box::pin(async move { gather(desk, &claimed, &gathering, decide.as_ref()).await }))
            .await
    }
}

pub(super) async fn gather(
    desk: &mut Desk,
    claimed: &Claimed,
    gathering: &Gathering,
    decide: &dyn Decide,
) -> Result<Option<PlanId>, StoreError> {
    let now = desk.clock.now();
    let others = companions(desk, claimed, gathering, now).await?;
    if others.is_empty()
        || !may_leave(desk, claimed, decide, now).await?
        || !is_live(desk, gathering, decide, now).await?
    {
        return Ok(None);
    }
    let others = those_that_may(desk, others, decide, now).await?;
    if others.is_empty() {
        return Ok(None);
    }
    let customer = claimed.plan.customer;
    let Some(card) = cards::card_of(desk, customer).await? else { return Ok(None) };
    let zone = claimed.content.as_ref().ok().and_then(|(customer, _)| customer.zone);
    let Some(planned) = decide.gathered(gathering, &card, zone) else { return Ok(None) };
    let row = NewRow::planned(&card, &gathering.workflow, &claimed.plan.purpose, gathering.marketing, planned);
    let (created, mut lines): (Vec<PlanId>, Vec<Line>) = replan::create(desk, &[row]).await?.into_iter().unzip();
    // Two in one minute would be one: the second stays as it is.
    let Some(into) = created.first().copied() else { return Ok(None) };
    let parts = others.iter().chain([claimed]).map(|part| AskedRow { plan: part.plan.id, epoch: part.plan.epoch });
    let parts: Vec<AskedRow> = parts.collect();
    desk.database.say(query(MERGE_PLANS).bind(rows(&parts)?).bind(into.0).changing(parts.len()));
    lines.extend(parts.iter().map(|part| Line::of_plan(customer, part.plan, Happening::Merged { into })));
    desk.enter(now, &lines)?;
    fault::point(Point::BeforeGatherCommit);
    Ok(Some(into))
}

/// The open messages of the same purpose that are due soon.
async fn companions(
    desk: &mut Desk,
    claimed: &Claimed,
    gathering: &Gathering,
    now: Instant,
) -> Result<Vec<(PlanState, Claimed)>, StoreError> {
    let members: Vec<MemberRow<'_>> =
        gathering.members.iter().map(|workflow| MemberRow { plan: claimed.plan.id, workflow }).collect();
    let asked = query(COMPANIONS).bind(rows(&members)?).bind(gathering.until.ms()).bind(now.ms());
    let found = desk.database.rows(asked).await?;
    let ids = found.iter().map(|row| row.try_get("id")).collect::<Result<Vec<i64>, _>>()?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut companions = Vec::new();
    for state in OPEN {
        let batch = claim::read(desk.database.alone().await?, &ids, state).await?;
        companions.extend(batch.open(&desk.keys).into_iter().map(|companion| (state, companion)));
    }
    Ok(companions)
}

/// Whether nothing speaks against the message itself, under the rules in force.
async fn may_leave(desk: &mut Desk, claimed: &Claimed, decide: &dyn Decide, now: Instant) -> Result<bool, StoreError> {
    let wants = BTreeMap::from([(claimed.plan.id, decide.wants(&claimed.plan))]);
    let plans = std::iter::once(&claimed.plan);
    let since = now.minus(decide.look_back().max(claimed.reach()));
    let evidence = Evidence::read(desk, plans, PlanState::Leased, since, wants).await?;
    let Some(asked) = evidence.plans.get(&claimed.plan.id) else { return Ok(false) };
    if evidence.revision.as_deref() != Some(decide.revision()) || !asked.is_as_drafted(claimed) {
        return Ok(false);
    }
    let decision = decide.decide(&facts(&evidence, asked, claimed, decide, &desk.keys, now));
    Ok(matches!(decision.verdict, Verdict::Send(_)))
}

/// Whether the workflow that would send them together may send anything: a draft gathers nothing.
async fn is_live(
    desk: &mut Desk,
    gathering: &Gathering,
    decide: &dyn Decide,
    now: Instant,
) -> Result<bool, StoreError> {
    let topic = Topic::Workflow(gathering.workflow.clone());
    let words = approvals::last_words(&mut desk.database, &BTreeSet::from([topic.clone()])).await?;
    Ok(decide.is_live(gathering, words.get(&topic), now))
}

/// Those against which nothing would speak at their own time, but what the message that they go into asks itself.
async fn those_that_may(
    desk: &mut Desk,
    others: Vec<(PlanState, Claimed)>,
    decide: &dyn Decide,
    now: Instant,
) -> Result<Vec<Claimed>, StoreError> {
    let mut those = Vec::new();
    for state in OPEN {
        let of_state = || others.iter().filter(move |(of, _)| *of == state).map(|(_, other)| other);
        let wants = of_state().map(|other| (other.plan.id, decide.wants(&other.plan))).collect();
        let plans = of_state().map(|other| &other.plan).collect::<Vec<_>>();
        // As in `parts`: what counts under caps isn't looked for.
        let evidence = Evidence::read(desk, plans.into_iter(), state, now, wants).await?;
        let may = |other: &&Claimed| {
            let asked = || parts::asked(&evidence, other, decide, &desk.keys, now);
            decide.gathering(&other.plan, now).is_some()
                && asked().is_some_and(|decision| decision.objection_to_going_along().is_none())
        };
        those.extend(of_state().filter(may).cloned());
    }
    Ok(those)
}
