//! Receipts: what became of an attempt, and what follows for its plan.
//!
//! | receipt | the slot under the caps | the plan |
//! |---|---|---|
//! | accepted | counts from the receipt | sent |
//! | rehearsed | counts until the rehearsal is over | rehearsed |
//! | rejected | released | rejected; no such mailbox: suppressed for all purposes |
//! | deferred, aborted | released | again later, or refused as expired |
//! | not begun | released | again; nothing is counted against it |
//! | route refused | released | again; sending halts, because the server refuses *us* |
//! | uncertain | counts from now | uncertain; a service message again where its workflow says so |
//!
//! Idempotent: a receipt for an attempt that is closed changes nothing. One that was revoked meanwhile is only noted,
//! unless the server took the message after all: then what happened wins over what was meant to.

use super::{
    StoreError,
    book::{Line, rows},
    database::{Row, query, query_as},
    journal::JournalEntry,
    round::{Desk, Kind, Results},
    sealing::{fixed, name, parse},
    statements::{
        people::SUPPRESS,
        pipeline::{CLOSE_ATTEMPTS, CLOSE_PLANS, CLOSING, HALT, WAKE_STEPS},
    },
    types::{Next, Refusal},
};
use crate::{
    base::{AttemptId, BlindIndex, CustomerId, Instant, PlanId},
    fault::Point,
    gate::{Reason, Rule, facts::HaltCause},
    ledger::{Happening, Receipt, Reply, entry::StopVia},
    people::SuppressionReason,
    plan::PlanState,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// Enhanced codes that say that the mailbox does not exist: bad destination mailbox (RFC 3463 3.2, X.1.1), and a domain
/// that takes no mail (RFC 7505 4.2, X.1.10).
const NO_SUCH_MAILBOX: [(u8, u16, u16); 2] = [(5, 1, 1), (5, 1, 10)];

/// See [`Closing`].
pub(super) struct Receipts;

/// The end of an attempt.
#[derive(Clone)]
pub(super) struct Closing {
    pub attempt: AttemptId,
    pub plan: PlanId,
    pub receipt: Receipt,
    pub next: Next,
    pub at: Instant,
}

/// What is known of the attempt and its plan.
struct Open {
    state: String,
    plan: PlanId,
    epoch: i64,
    customer: CustomerId,
    mailbox: BlindIndex,
    plan_state: PlanState,
    plan_epoch: i64,
    marketing: bool,
    expires_at: Instant,
    digest: Option<String>,
}

#[derive(Serialize)]
struct AttemptRow<'a> {
    attempt: AttemptId,
    state: &'static str,
    receipt: &'a Receipt,
    counts_at: Option<Instant>,
}

#[derive(Serialize)]
struct PlanEndRow {
    plan: PlanId,
    epoch: i64,
    from: &'static str,
    state: &'static str,
    next_at: Instant,
    failed: u8,
    refused_for: Option<String>,
    refusal: Option<String>,
}

/// What is to be written for a lot.
#[derive(Default)]
struct Ends<'a> {
    attempts: Vec<AttemptRow<'a>>,
    plans: Vec<PlanEndRow>,
    lines: Vec<Line>,
    no_such_mailbox: Vec<(CustomerId, BlindIndex)>,
    route_refused: Option<&'a Reply>,
}

impl Kind for Receipts {
    type Ask = Closing;
    type Answer = ();
    const POINTS: Option<(Point, Point)> = Some((Point::BeforeReceiptCommit, Point::AfterReceiptCommit));

    async fn run(desk: &mut Desk, asks: &[Closing]) -> Results<()> {
        let ids: Vec<AttemptId> = asks.iter().map(|ask| ask.attempt).collect();
        let mut open = BTreeMap::new();
        for row in desk.database.rows(query(CLOSING).bind(rows(&ids)?)).await? {
            open.insert(AttemptId(row.try_get("id")?), Open::read(&row)?);
        }
        let mut ends = Ends::default();
        let mut results = Vec::with_capacity(asks.len());
        for ask in asks {
            // Taken out: a second receipt for the same attempt in the same lot finds it closed.
            match open.remove(&ask.attempt) {
                Some(open) => ends.add(ask, &open)?,
                None if ids.iter().filter(|id| **id == ask.attempt).count() > 1 => {}
                None => {
                    results.push(Err(StoreError::NotOpen(ask.attempt)));
                    continue;
                }
            }
            results.push(Ok(()));
        }
        write(desk, ends).await?;
        Ok(results)
    }

    fn away(desk: &mut Desk, asks: &[Closing], error: &StoreError) -> Vec<Result<(), StoreError>> {
        let now = desk.clock.now();
        asks.iter()
            .map(|Closing { attempt, plan, receipt, next, at }| {
                let entry = JournalEntry::Receipt {
                    attempt: *attempt,
                    plan: *plan,
                    receipt: receipt.clone(),
                    next: *next,
                    at: *at,
                };
                tracing::warn!(%attempt, %error, "the database is away: the receipt goes to the journal");
                desk.journal.append(entry, now)
            })
            .collect()
    }
}

impl Open {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            state: row.try_get("state")?,
            plan: PlanId(row.try_get("plan")?),
            epoch: row.try_get("epoch")?,
            customer: CustomerId(row.try_get("customer")?),
            mailbox: BlindIndex(fixed(row, "mailbox")?),
            plan_state: parse(row, "plan_state")?,
            plan_epoch: row.try_get("plan_epoch")?,
            marketing: row.try_get::<i64, _>("marketing")? != 0,
            expires_at: Instant::from_ms(row.try_get("expires_at")?),
            digest: row.try_get("digest")?,
        })
    }

    fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "permitted" | "intent")
    }
}

impl<'a> Ends<'a> {
    fn add(&mut self, closing: &'a Closing, open: &Open) -> Result<(), StoreError> {
        let receipt = &closing.receipt;
        let has_left = matches!(receipt, Receipt::Accepted(_) | Receipt::Rehearsed(_) | Receipt::Uncertain);
        let revoked = open.state == "revoked";
        if !open.is_open() && !revoked {
            return Ok(());
        }
        let state = if revoked && !has_left { "revoked" } else { attempt_state(receipt) };
        let counts_at = has_left.then_some(closing.at);
        self.attempts.push(AttemptRow { attempt: closing.attempt, state, receipt, counts_at });
        let end = plan_end(closing, open);
        let retry_at = (end.state == PlanState::Planned.name() && !revoked).then_some(end.next_at);
        let received = Happening::Received { receipt: receipt.clone(), retry_at, digest: open.digest.clone() };
        self.lines.push(Line::of_plan(open.customer, open.plan, received).with_attempt(closing.attempt));
        if !revoked || has_left {
            if let Some(text) = &end.refusal {
                let Refusal { rule, reason } = super::plan_rows::read_refusal(text)?;
                let refused = Happening::Refused { rule, reason, findings: Vec::new() };
                self.lines.push(Line::of_plan(open.customer, open.plan, refused));
            }
            self.plans.push(end);
        }
        match receipt {
            Receipt::Rejected { reply, .. } if reply.enhanced.is_some_and(|code| NO_SUCH_MAILBOX.contains(&code)) => {
                self.no_such_mailbox.push((open.customer, open.mailbox));
            }
            Receipt::RouteRefused { reply, .. } => self.route_refused = Some(reply),
            _ => {}
        }
        Ok(())
    }
}

const fn attempt_state(receipt: &Receipt) -> &'static str {
    match receipt {
        Receipt::Accepted(_) => "accepted",
        Receipt::Rehearsed(_) => "rehearsed",
        Receipt::Deferred { .. } => "deferred",
        Receipt::Rejected { .. } => "rejected",
        Receipt::RouteRefused { .. } => "route-refused",
        Receipt::Aborted { .. } => "aborted",
        Receipt::NotBegun(_) => "not-begun",
        Receipt::Uncertain => "uncertain",
    }
}

/// What follows for the plan.
fn plan_end(closing: &Closing, open: &Open) -> PlanEndRow {
    let Closing { receipt, next, at, .. } = closing;
    let state = match (receipt, next) {
        (Receipt::Accepted(_), _) => PlanState::Sent,
        (Receipt::Rehearsed(_), _) => PlanState::Rehearsed,
        (Receipt::Rejected { .. }, _) => PlanState::Rejected,
        (Receipt::Uncertain, Next::RetryAt(_)) if !open.marketing => PlanState::Planned,
        (Receipt::Uncertain, _) => PlanState::Uncertain,
        (_, Next::GiveUp) => PlanState::Refused,
        (_, Next::Done | Next::RetryAt(_)) => PlanState::Planned,
    };
    let refusal = (state == PlanState::Refused)
        .then_some(Refusal { rule: Rule::Relevance, reason: Reason::Expired { expired_at: open.expires_at } });
    let failed = matches!(receipt, Receipt::Deferred { .. } | Receipt::Aborted { .. } | Receipt::Uncertain);
    PlanEndRow {
        plan: open.plan,
        // What happened to a revoked attempt wins over where its plan went meanwhile.
        epoch: if open.is_open() { open.epoch } else { open.plan_epoch },
        from: if open.is_open() { PlanState::Sending.name() } else { open.plan_state.name() },
        state: state.name(),
        next_at: match next {
            Next::RetryAt(next_at) => *next_at,
            Next::Done | Next::GiveUp => *at,
        },
        failed: u8::from(failed),
        refused_for: refusal.as_ref().map(|refusal| refusal.reason.name()),
        refusal: refusal.and_then(|refusal| serde_json::to_string(&refusal).ok()),
    }
}

async fn write(desk: &mut Desk, mut ends: Ends<'_>) -> Result<(), StoreError> {
    let now = desk.clock.now();
    if ends.attempts.is_empty() {
        return Ok(());
    }
    let ended: Vec<PlanId> = ends.plans.iter().map(|end| end.plan).collect();
    let (attempts, plans) = (rows(&ends.attempts)?, rows(&ends.plans)?);
    desk.database.say(query(CLOSE_ATTEMPTS).bind(attempts).bind(now.ms()).changing(ends.attempts.len()));
    desk.database.say(query(CLOSE_PLANS).bind(plans));
    desk.database.say(query(WAKE_STEPS).bind(rows(&ended)?).bind(now.ms()));
    for (customer, mailbox) in ends.no_such_mailbox {
        let new: Option<i64> = query_as(SUPPRESS)
            .bind(mailbox.0.as_slice())
            .bind("")
            .bind(name(&SuppressionReason::NoSuchMailbox))
            .bind(now.ms())
            .fetch_optional(desk.database.alone().await?)
            .await?;
        if new.is_some() {
            let stopped = Happening::Stopped { purpose: "*".to_owned(), via: StopVia::Bounce };
            ends.lines.push(Line::of_customer(customer, stopped));
        }
    }
    if let Some(reply) = ends.route_refused {
        let halted = query(HALT)
            .bind(name(&HaltCause::Route))
            .bind(now.ms())
            .bind(format!("{} {}", reply.code, reply.text))
            .execute(desk.database.alone().await?)
            .await?;
        if halted.rows_affected() == 1 {
            ends.lines.push(Line::of_house(Happening::Halted { cause: HaltCause::Route }));
        }
    }
    desk.enter(now, &ends.lines)
}
