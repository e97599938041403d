//! The impact assessment of one workflow (GDPR 35): the risks that its files show, what lowers them, and a level.
//!
//! | risk | points | less, where |
//! |---|---|---|
//! | it reads sensitive data | 3 | 1: each of them is kept for a time and no longer |
//! | what is offered costs people differently, by what is known of them | 3 | |
//! | what is known of somebody, or what they left undone, decides whether they get it, and it is marketing | 2 | 1: a yes to it ends by itself |
//! | entries of a calendar are matched with people, by telephone or name | 1 | |
//! | nobody sees it before it leaves | 1 | 1: somebody approves each, or the workflow |
//! | it is marketing, and nobody asks how old somebody is | 1 | 1: a yes must be confirmed by the address itself |
//! | some are left out by lot, for comparison | 1 | |
//! | data go to a country whose law doesn't protect them | 1 | 1: a safeguard is named, without which the policy doesn't load |
//!
//! The points are added: up to 2 are *low*, up to 4 *medium*, more are *high*. The criteria are those of the guidelines of the
//! data protection authorities (WP 248 rev. 01), as far as files can show them. Three of theirs can't occur here: nobody is
//! watched, nothing is decided that has legal effect, and no right depends on a message. How many people it reaches, the
//! files don't say: `comity rehearse` counts them.
//!
//! Above the policy's `[assessment] sign_above`, a workflow is approved only when somebody has signed the assessment of it as
//! it stands.
//!
//! Not promised · That the level is the law's. It is a rule that anybody can follow, and no judgement.

use super::Facts;
use crate::{
    base::hex,
    people::Means,
    policy::{Basis, Level, Policy},
    render::Flow,
    workflow::{Approval, Condition, Moment, Trigger, Workflow},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fmt::Write};

/// The most points of each level but the last.
const LOW_MAX: u32 = 2;
const MEDIUM_MAX: u32 = 4;
/// Bytes of a digest that are kept.
const DIGEST_BYTES: usize = 8;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Of which workflow.
    pub workflow: String,
    /// What its messages serve.
    pub purpose: String,
    /// On which ground.
    pub basis: Basis,
    /// What it may do to people.
    pub risks: Vec<Risk>,
    /// What is in force against it, whatever the risks.
    pub measures: Vec<String>,
    /// All points together.
    pub points: u32,
    /// What follows from them.
    pub level: Level,
    /// Of the workflow's files and of all this: what is signed.
    pub digest: String,
}

/// Something that it may do to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// What, in a sentence.
    pub what: String,
    /// What lowers it, where something does.
    pub lowered_by: Option<String>,
    /// Its points, less what lowers it.
    pub points: u32,
}

impl Risk {
    fn new(points: u32, what: impl Into<String>) -> Self {
        Self { what: what.into(), lowered_by: None, points }
    }

    /// One point less, where this is so.
    fn unless(mut self, is_so: bool, because: &str) -> Self {
        if is_so {
            self.points = self.points.saturating_sub(1);
            self.lowered_by = Some(because.to_owned());
        }
        self
    }
}

/// Of a workflow, by its policy and by what it reads.
#[must_use]
pub fn assess(policy: &Policy, workflow: &Workflow, flows: &[Flow]) -> Assessment {
    let facts = Facts::of(policy, flows);
    let basis = policy.purposes.get(&workflow.purpose).map_or(Basis::Contract, |purpose| purpose.basis);
    let reads: Vec<&Flow> = flows.iter().filter(|flow| flow.workflow == workflow.name).collect();
    let risks_by = |names: &dyn Fn(&str) -> String| -> Vec<Risk> {
        let risks = [
            sensitive(&facts, &reads, names),
            prices(policy, workflow),
            profile(policy, workflow, basis),
            matching(policy, workflow),
            unseen(workflow),
            ages(policy, workflow, basis),
            lots(workflow),
            abroad(&facts),
        ];
        risks.into_iter().flatten().collect()
    };
    let risks = risks_by(&|field| match facts.title_of(field, &policy.business.language) {
        Some(title) => format!("{title} ({field})"),
        None => field.to_owned(),
    });
    let points = risks.iter().map(|risk| risk.points).sum();
    let level = if points <= LOW_MAX {
        Level::Low
    } else if points <= MEDIUM_MAX {
        Level::Medium
    } else {
        Level::High
    };
    let (name, purpose) = (workflow.name.clone(), workflow.purpose.clone());
    let measures = measures(&facts, workflow);
    // By the names alone: another title is no other risk, and needs no other signature.
    let digest = digest(&(&workflow.revision, &risks_by(&str::to_owned), &measures));
    Assessment { workflow: name, purpose, basis, risks, measures, points, level, digest }
}

fn sensitive(facts: &Facts, reads: &[&Flow], names: &dyn Fn(&str) -> String) -> Option<Risk> {
    let fields: BTreeSet<&str> = reads.iter().filter(|flow| flow.sensitive).map(|flow| flow.field.as_str()).collect();
    let ends = fields.iter().all(|field| facts.data.get(*field).is_some_and(|datum| datum.keep.is_some()));
    let names = fields.iter().map(|field| names(field)).collect::<Vec<_>>().join(", ");
    let risk = Risk::new(3, format!("It reads sensitive data: {names}."));
    (!fields.is_empty()).then(|| risk.unless(ends, "each of them is kept for a time and no longer"))
}

fn prices(policy: &Policy, workflow: &Workflow) -> Option<Risk> {
    let depend = policy.purposes.get(&workflow.purpose).is_some_and(|purpose| !purpose.prices_depend_on.is_empty());
    depend.then(|| Risk::new(3, "What it offers costs people differently, by what is known of them."))
}

fn profile(policy: &Policy, workflow: &Workflow, basis: Basis) -> Option<Risk> {
    let by_absence = matches!(workflow.trigger, Trigger::Absent(_) | Trigger::On(Moment::Changed { .. }));
    let about_them = |field: String| field.starts_with("customer.");
    let weighs =
        by_absence || !workflow.exit_on.is_empty() || workflow.conditions().flat_map(Condition::reads).any(about_them);
    let ends = policy.purposes.get(&workflow.purpose).is_some_and(|purpose| purpose.consent_lasts.is_some());
    let risk = Risk::new(2, "What is known of somebody, or what they left undone, decides whether they get it.");
    (basis.is_marketing() && weighs).then(|| risk.unless(ends, "a yes to it ends by itself"))
}

fn matching(policy: &Policy, workflow: &Workflow) -> Option<Risk> {
    let is_about_it = policy.calendar_record().is_some_and(|(kind, _)| kind == workflow.trigger.subject());
    let guesses = policy.matching.by.iter().any(|means| *means != Means::Address);
    (is_about_it && guesses)
        .then(|| Risk::new(1, "Entries of a calendar are matched with people, by telephone or name."))
}

fn unseen(workflow: &Workflow) -> Option<Risk> {
    let risk = Risk::new(1, "Nobody sees a message before it leaves.");
    match workflow.oversight.approval {
        Approval::Each => None,
        Approval::Workflow => Some(risk.unless(true, "somebody approves the workflow as it stands")),
        Approval::None | Approval::Above(_) => Some(risk),
    }
}

fn ages(policy: &Policy, workflow: &Workflow, basis: Basis) -> Option<Risk> {
    let is_confirmed = policy.purposes.get(&workflow.purpose).is_some_and(|purpose| purpose.double_opt_in);
    let risk = Risk::new(1, "Nobody asks how old somebody is who agrees to it: children may be among them.");
    basis.is_marketing().then(|| risk.unless(is_confirmed, "a yes must be confirmed by the address itself"))
}

fn lots(workflow: &Workflow) -> Option<Risk> {
    workflow.oversight.holdout.map(|_| Risk::new(1, "Some are left out by lot, for comparison."))
}

fn abroad(facts: &Facts) -> Option<Risk> {
    let abroad = facts.processors.values().any(|helps| helps.country.needs_safeguard());
    let risk = Risk::new(1, "Data go to a country whose law doesn't protect them as the EU's does.");
    abroad.then(|| risk.unless(true, "the policy names what protects them there"))
}

/// What is in force whatever the risks are.
fn measures(facts: &Facts, workflow: &Workflow) -> Vec<String> {
    let mut measures = vec![
        "Each message has a link that stops it at once, and one that says why it came.".to_owned(),
        "Templates and conditions read no field that isn't declared for this purpose.".to_owned(),
        "Objections, restrictions and marks of children stop it, whatever somebody agreed to.".to_owned(),
    ];
    if let Some(serves) = facts.purposes.get(&workflow.purpose) {
        let caps = serves.caps.len() + workflow.caps.len();
        measures.push(format!("Caps that hold for it: {caps}."));
        if serves.double_opt_in {
            measures.push("A yes by a form holds only when the address has confirmed it.".to_owned());
        }
    }
    if let Some(by) = workflow.oversight.review_by {
        measures.push(format!("Somebody looks at it again by {by}."));
    }
    measures
}

fn digest(of: &impl Serialize) -> String {
    let text = serde_json::to_string(of).unwrap_or_default();
    hex(Sha256::digest(text).iter().take(DIGEST_BYTES))
}

impl Assessment {
    /// Whether somebody must sign it before the workflow is approved.
    #[must_use]
    pub fn needs_signature(&self, policy: &Policy) -> bool {
        self.level > policy.sign_above
    }

    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let Self { workflow, purpose, risks, measures, points, level, digest, .. } = self;
        let mut text = format!(
            "# Impact assessment of {workflow}\n\nFor {purpose}. Level: {} (points: {points}). Digest {digest}.\n\n## Risks\n\n",
            level.name()
        );
        for Risk { what, lowered_by, points } in risks {
            let lowered = lowered_by.as_ref().map(|why| format!(" Lowered: {why}.")).unwrap_or_default();
            let _ = writeln!(text, "- {points}: {what}{lowered}");
        }
        if risks.is_empty() {
            text.push_str("The files show none.\n");
        }
        text.push_str("\n## What is in force against them\n\n");
        for measure in measures {
            let _ = writeln!(text, "- {measure}");
        }
        text
    }
}
