//! Attempts for tests of the wire: the gate's own clearance for Anna's visit, and no database.

use super::{
    anna,
    salon::{PURPOSE, Salon},
};
use comity::{
    base::{AttemptId, BootTime, Instant, PlanId},
    gate::{Facts, Rules, Verdict, decide, facts::PlanFacts},
    ledger::Attempt,
};

/// A permission for Anna's reminder that lives until then.
pub fn attempt(valid_until: BootTime) -> Attempt {
    let salon = Salon::new("2026-03-29T10:00");
    let now = Instant::from_ms(1_774_600_000_000);
    let occurrence = salon.occurrence.key;
    let facts = Facts {
        now,
        plan: PlanFacts {
            id: PlanId(42),
            epoch: 1,
            customer: salon.customer.id,
            workflow: salon.workflow.name.clone(),
            step: salon.step.clone(),
            occurrence: occurrence.clone(),
            purpose: PURPOSE.into(),
            due_at: now,
            expires_at: now.plus(std::time::Duration::from_hours(1)),
        },
        zone: Ok(salon.occurrence.zone),
        customer: Ok(salon.customer.fields.clone()),
        customer_version: salon.customer.version,
        record: Ok(salon.record.clone()),
        occurrence: Some(occurrence),
        ..anna::facts()
    };
    let rules = Rules { policy: &salon.policy, workflow: Some(&salon.workflow) };
    match decide(&facts, &rules).verdict {
        Verdict::Send(clearance) => Attempt::committed(AttemptId(7), clearance, valid_until),
        other => panic!("Anna's reminder may leave, but the gate says {other:?}"),
    }
}
