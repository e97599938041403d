//! Permits: the gate, asked inside the transaction that records its answer.
//!
//! A lot of asks is read in nine statements ([`Evidence`]) and decided one after the other. What the draft was made
//! from is not read and opened again: where the versions of customer and record are still those of the claim, so is all
//! that they say. Each permission takes its slot under the caps before the next decision, so that caps are exact however
//! many ask at once (promise P3). Then each kind of answer is written in one statement: attempts with their slots, plans
//! that leave, plans that wait, plans that end, and the ledger. The permission is handed out after the commit, and its life
//! counts from before the facts were read.
//!
//! What was drafted under other rules than those in force is outdated, whatever they say; so is everything as long as
//! plans are being brought up to new rules (see [`super::revisions`]).
//!
//! The clock is judged first, in the same transaction: a message that a jump of the clock made due finds sending halted.
//!
//! What is *not* promised: that a held plan is asked at the instant its event happens. A plan that waits for an event
//! is woken by it, and asked again every quarter of an hour besides, in case the wake was lost with a process. The messages of
//! a draft may be very many and wait for weeks: they are asked again once a day, and at every start.

use super::{
    Store, StoreError,
    asked::{Asked, Known},
    book::{Line, rows},
    cap_keys,
    database::query,
    evidence::Evidence,
    node,
    on_paper::{self, Leaving, OnPaper},
    parts,
    round::{Desk, Kind, Results},
    settle::{PlannedRow, Refused, plan_again, refuse},
    statements::pipeline::{PERMIT, TO_SENDING},
    tasks::{Given, give},
    types::{Claimed, Decide, Permission, Refusal},
    watch,
    writer::Message,
};
use crate::{
    base::{AttemptId, CustomerId, Instant, NodeId, PlanId, Zone, keys::Keyring},
    clock::guard::Reading,
    fault::{self, Point},
    gate::{Clearance, Decision, Facts, Reason, Rule, Until, Verdict, finding::Event},
    ledger::{Attempt, Happening},
    plan::PlanState,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

/// How long a plan waits for an event before it is asked again anyway.
const ASK_AGAIN: Duration = Duration::from_mins(15);
/// How long one of a draft does: only a person's yes and other files make it live, and both wake it.
const ASK_A_DRAFT_AGAIN: Duration = Duration::from_hours(24);

/// See [`PermitAsk`].
pub(super) struct Permits;

/// A question to the gate, with the gate.
pub(super) struct PermitAsk {
    pub node: NodeId,
    /// What the draft was made from.
    pub claimed: Arc<Claimed>,
    pub decide: Arc<dyn Decide>,
    pub leaving: Leaving,
}

impl Store {
    /// Asks the gate about a plan as it was claimed, and records its answer in the same transaction.
    ///
    /// # Errors
    /// When the database can't be written. Nothing was permitted then, and the plan is still leased.
    pub async fn permit(
        &self,
        node: NodeId,
        claimed: Arc<Claimed>,
        decide: Arc<dyn Decide>,
    ) -> Result<Permission, StoreError> {
        let ask = PermitAsk { node, claimed, decide, leaving: Leaving::OverTheWire };
        self.ask(&self.inner.ordinary, |reply| Message::Permit(ask, reply)).await
    }
}

impl PermitAsk {
    /// The longest window under which it is counted.
    fn look_back(&self) -> Duration {
        self.decide.look_back().max(self.claimed.reach())
    }
}

/// A hold as `plans.hold` keeps it.
#[derive(Serialize)]
struct HoldNote<'a> {
    rule: Rule,
    reason: &'a Reason,
    until: Until,
}

/// A permission.
struct Cleared {
    clearance: Clearance,
    node: NodeId,
    cap_keys: Option<String>,
}

/// A row of [`PERMIT`] and [`TO_SENDING`].
#[derive(Serialize)]
struct PermitRow {
    plan: PlanId,
    epoch: i64,
    cap_keys: Option<String>,
}

/// What is to be written for a lot.
#[derive(Default)]
struct Answers {
    cleared: Vec<Cleared>,
    on_paper: Vec<OnPaper>,
    given: Vec<Given>,
    held: Vec<PlannedRow>,
    refused: Vec<Refused>,
    lines: Vec<Line>,
}

impl Kind for Permits {
    type Ask = PermitAsk;
    type Answer = Permission;
    const POINTS: Option<(Point, Point)> = Some((Point::BeforePermitCommit, Point::AfterPermitCommit));

    async fn run(desk: &mut Desk, asks: &[PermitAsk]) -> Results<Permission> {
        Self::ask(desk, asks, Known::Nothing).await
    }
}

impl Permits {
    /// Where some of what the gate sees was read in this transaction already.
    pub async fn ask(desk: &mut Desk, asks: &[PermitAsk], known: Known) -> Results<Permission> {
        let reading = Reading::of(desk.clock.as_ref());
        let now = reading.wall;
        if let Some(ask) = asks.first() {
            node::lives(desk, ask.node).await?;
        }
        // Before the evidence, which sees the halt that an unsound clock brings about.
        watch::look(desk, reading).await?;
        let look_back = asks.iter().map(PermitAsk::look_back).max().unwrap_or_default();
        let plans = asks.iter().map(|ask| &ask.claimed.plan);
        let wants = asks.iter().map(|ask| (ask.claimed.plan.id, ask.decide.wants(&ask.claimed.plan))).collect();
        let mut evidence = Evidence::beyond(known, desk, plans, PlanState::Leased, now.minus(look_back), wants).await?;
        let outdated = with_other_parts(desk, asks, &evidence, now).await?;
        let mut answers = Answers::default();
        let mut verdicts = Vec::with_capacity(asks.len());
        for ask in asks {
            let is_outdated = outdated.contains(&ask.claimed.plan.id);
            verdicts.push(if is_outdated {
                Considered::Outdated
            } else {
                consider(&mut evidence, ask, &desk.keys, now, &mut answers)
            });
        }
        fault::point(Point::AfterDecision);
        let attempts = write(desk, answers, now).await?;
        evidence.keep_runs(desk)?;
        let mut attempts: BTreeMap<PlanId, (AttemptId, Clearance)> = attempts;
        let valid_until = reading.boot.plus(desk.permit_life);
        Ok(verdicts
            .into_iter()
            .zip(asks)
            .map(|(verdict, ask)| match verdict {
                Considered::Sent => match attempts.remove(&ask.claimed.plan.id) {
                    Some((id, clearance)) => Ok(Permission::Permitted(Attempt::committed(id, clearance, valid_until))),
                    None => Ok(Permission::Lost),
                },
                Considered::Ended => Ok(Permission::Ended),
                Considered::Outdated => Ok(Permission::Outdated),
                Considered::Lost => Ok(Permission::Lost),
            })
            .collect())
    }
}

/// The messages that others went into, and whose parts are not those any more that the draft was made from.
async fn with_other_parts(
    desk: &mut Desk,
    asks: &[PermitAsk],
    evidence: &Evidence,
    now: Instant,
) -> Result<BTreeSet<PlanId>, StoreError> {
    let of_several = asks.iter().filter(|ask| !ask.claimed.parts.is_empty());
    // What was drafted under other rules is outdated anyway.
    let those: Vec<&PermitAsk> =
        of_several.filter(|ask| evidence.revision.as_deref() == Some(ask.decide.revision())).collect();
    let Some(PermitAsk { decide, .. }) = those.first() else { return Ok(BTreeSet::new()) };
    let messages: Vec<PlanId> = those.iter().map(|ask| ask.claimed.plan.id).collect();
    let parts = parts::of(desk, &messages, decide.as_ref(), now).await?;
    let as_drafted =
        |claimed: &Claimed| parts.get(&claimed.plan.id).is_some_and(|parts| parts.are_as_drafted(&claimed.parts));
    Ok(those.iter().filter(|ask| !as_drafted(&ask.claimed)).map(|ask| ask.claimed.plan.id).collect())
}

enum Considered {
    Sent,
    Ended,
    Outdated,
    Lost,
}

fn consider(
    evidence: &mut Evidence,
    PermitAsk { node, claimed, decide, leaving }: &PermitAsk,
    keys: &Keyring,
    now: Instant,
    answers: &mut Answers,
) -> Considered {
    let (plan, epoch, customer) = (claimed.plan.id, claimed.plan.epoch, claimed.plan.customer);
    let Some(asked) = evidence.plans.get(&plan).filter(|asked| asked.epoch == epoch) else {
        return Considered::Lost;
    };
    if evidence.revision.as_deref() != Some(decide.revision()) {
        return Considered::Outdated;
    }
    if !asked.is_as_drafted(claimed) {
        return Considered::Outdated;
    }
    let facts = facts(evidence, asked, claimed, decide.as_ref(), keys, now);
    let Decision { verdict, findings } = decide.decide(&facts);
    // Of a rehearsal the verdict is told.
    let findings = if *leaving == Leaving::OnPaper { Vec::new() } else { findings };
    match verdict {
        Verdict::Send(clearance) => {
            if let Leaving::AsTask(words) = leaving {
                answers.given.push(Given { plan, epoch, customer, words: words.clone() });
                evidence.plans.remove(&plan);
                return Considered::Ended;
            }
            let cap_keys = cap_keys::written(&facts.cap_keys);
            evidence.take(&facts);
            // Asked twice in one lot, it is permitted once.
            evidence.plans.remove(&plan);
            if *leaving == Leaving::OnPaper {
                answers.on_paper.push(OnPaper { clearance, node: *node, customer, cap_keys });
                return Considered::Ended;
            }
            answers.cleared.push(Cleared { clearance, node: *node, cap_keys });
            return Considered::Sent;
        }
        Verdict::Hold { rule, reason, until } => {
            let note = serde_json::to_string(&HoldNote { rule, reason: &reason, until }).unwrap_or_default();
            let (next_at, waits_for) = asked_again(until, &reason, asked.expires_at, now);
            if note != asked.hold {
                answers.lines.push(Line::of_plan(customer, plan, Happening::Held { rule, reason, until, findings }));
            }
            answers.held.push(PlannedRow { plan, epoch, next_at, waits_for, hold: Some(note) });
        }
        Verdict::Refuse { rule, reason } => {
            answers.refused.push(Refused { plan, epoch, refusal: Refusal { rule, reason }, findings });
        }
    }
    evidence.plans.remove(&plan);
    Considered::Ended
}

pub(super) fn facts(
    evidence: &Evidence,
    asked: &Asked,
    claimed: &Claimed,
    decide: &dyn Decide,
    keys: &Keyring,
    now: Instant,
) -> Facts {
    let consent = evidence.consent_of(claimed.plan.id);
    let zone = match &asked.zone {
        None => Ok(decide.fallback_zone()),
        Some(name) => Zone::parse(name).ok_or_else(|| name.clone()),
    };
    let (customer, record) = match claimed.content.clone() {
        Ok((customer, record)) => (Ok(customer.fields), Ok(record)),
        Err(why) => (Err(why.clone()), Err(why)),
    };
    let occurrence = match (&record, &customer, &zone) {
        (Ok(record), Ok(customer), Ok(zone)) => decide.occurrence(&claimed.plan, record, customer, *zone),
        _ => None,
    };
    Facts {
        now,
        halt: evidence.halt.clone(),
        skipped_to: evidence.skipped_to,
        plan: claimed.plan.clone(),
        zone,
        customer,
        customer_version: asked.customer_version,
        bars: evidence.bars_of(claimed.plan.id),
        suppressions: evidence.suppressions_of(claimed.plan.id),
        consent,
        record,
        occurrence,
        sequence: evidence.sequence_of(&claimed.plan),
        draw: claimed.draw,
        approvals: evidence.approvals_of(&claimed.plan, claimed.words),
        besides: evidence.besides(claimed.plan.id),
        own_limits: claimed.own_limits.clone(),
        snooze: claimed.snooze,
        cap_keys: cap_keys::of(claimed, decide, keys),
        slots: evidence.slots_of(asked.mailbox),
    }
}

/// When a held plan is asked again, and which event makes that sooner.
fn asked_again(until: Until, reason: &Reason, expires_at: Instant, now: Instant) -> (Instant, Option<&'static str>) {
    // At its expiry at the latest, which ends it then. By a clock that is doubted that may lie behind, and ends nothing.
    let again_in = |span: Duration| {
        let again = now.plus(span);
        if expires_at > now { again.min(expires_at) } else { again }
    };
    let (at, waits_for) = match until {
        Until::At(at) => (at, None),
        Until::When(Event::HaltLifted) => (again_in(ASK_AGAIN), Some("halt-lifted")),
        Until::When(Event::StepEnded) => (again_in(ASK_AGAIN), Some("step-ended")),
        Until::When(Event::Approved) => {
            let again = if matches!(reason, Reason::Draft { .. }) { ASK_A_DRAFT_AGAIN } else { ASK_AGAIN };
            (again_in(again), Some("approved"))
        }
    };
    // A hold that has no length would be asked again at once, for ever.
    (at.max(now.plus(Duration::from_millis(1))), waits_for)
}

async fn write(
    desk: &mut Desk,
    Answers { cleared, on_paper, given, held, refused, mut lines }: Answers,
    now: Instant,
) -> Result<BTreeMap<PlanId, (AttemptId, Clearance)>, StoreError> {
    let permitted = permit(desk, &cleared, now).await?;
    let mut attempts = BTreeMap::new();
    for Cleared { clearance, .. } in cleared {
        let plan = clearance.plan();
        let Some((attempt, customer)) = permitted.get(&plan).copied() else { continue };
        let happening = Happening::Permitted { evidence: clearance.evidence(), approval: clearance.approval() };
        lines.push(Line::of_plan(customer, plan, happening).with_attempt(attempt));
        attempts.insert(plan, (attempt, clearance));
    }
    give(desk, &given, now).await?;
    if !held.is_empty() {
        desk.database.say(plan_again(&held)?.changing(held.len()));
    }
    // Behind those that are held, so that they wake whoever waits for them.
    on_paper::put(desk, on_paper, now)?;
    let to_refuse = refused.len() as u64;
    if refuse(desk, refused).await? != to_refuse {
        return Err(StoreError::odd("plans.state", "a change between reading and writing"));
    }
    desk.enter(now, &lines)?;
    Ok(attempts)
}

/// Attempts with their slots, one statement per node that asks (which is one).
async fn permit(
    desk: &mut Desk,
    cleared: &[Cleared],
    now: Instant,
) -> Result<BTreeMap<PlanId, (AttemptId, CustomerId)>, StoreError> {
    let mut by_node: BTreeMap<NodeId, Vec<PermitRow>> = BTreeMap::new();
    for Cleared { clearance, node, cap_keys } in cleared {
        let (plan, epoch) = (clearance.plan(), clearance.epoch());
        by_node.entry(*node).or_default().push(PermitRow { plan, epoch, cap_keys: cap_keys.clone() });
    }
    let mut permitted = BTreeMap::new();
    for (node, plans) in by_node {
        let bulk = rows(&plans)?;
        let permit = query(PERMIT).bind(bulk.clone()).bind(node.0).bind(now.ms());
        for row in desk.database.rows(permit).await? {
            let attempt = (AttemptId(row.try_get(0)?), CustomerId(row.try_get(2)?));
            permitted.insert(PlanId(row.try_get(1)?), attempt);
        }
        desk.database.say(query(TO_SENDING).bind(bulk).changing(plans.len()));
    }
    Ok(permitted)
}
