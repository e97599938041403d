//! Why one message came: the reasons of that message alone, as its own page shows them.
//!
//! Invariant: no value, no name, no other message, no other purpose and no history is in here, because a forwarded message
//! carries the link; but for what that message itself recommended, with its reasons.

use super::{AnswerFailed, recommended::recommended_by, sign_up::form_of, stop::Desk};
use crate::{
    base::{Instant, Recommended, Zone, token::Link},
    deliver::transport::Boxed,
    gate::clearance::Evidence,
    ledger::Happening,
    people::Language,
    policy::{Cap, Policy, Request, field::FieldPurposes},
    privacy::caps::{self, Reach},
    render::flow::{Flow, Place},
    store::{About, PlanRow, Store, StoreError},
    workflow::Trigger,
};
use std::{collections::BTreeSet, sync::Arc};

/// Says why a message came.
pub trait WhyDesk: Send + Sync {
    /// Why the message came that carried this link. Changes nothing. `None` when there is no such customer or message (any
    /// more).
    ///
    /// # Errors
    /// When the database can't be asked.
    fn why<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<WhyView>, AnswerFailed>>;
}

/// What the page may show.
#[derive(Clone, Debug)]
pub struct WhyView {
    /// For titles and promises.
    pub policy: Arc<Policy>,
    /// The mailbox, masked.
    pub mailbox: String,
    /// The customer's language, where it is known.
    pub language: Option<Language>,
    /// The customer's clock.
    pub zone: Zone,
    /// The purpose's key.
    pub purpose: String,
    /// The workflow's name.
    pub workflow: String,
    /// What sets it off. None where the files have it no more.
    pub trigger: Option<Trigger>,
    /// What the permission rested on.
    pub ground: Ground,
    /// The kinds of data that its messages read.
    pub data: Vec<Datum>,
    /// The caps that it obeys.
    pub caps: Vec<(Reach, Cap)>,
    /// What it recommended, each with its reason.
    pub recommended: Vec<Recommended>,
    /// Whether they can ask for a link to their data.
    pub offers_data: bool,
}

/// What a permission rested on, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ground {
    /// A yes, which was given then.
    Agreed(Instant),
    /// Something that the customer arranged, of which we have known since then.
    Arranged(Instant),
    /// Something that they bought, of which we have known since then.
    Bought(Instant),
    /// Somebody signed the address up then, and it is asked whether it agrees.
    SignedUp(Instant),
    /// They asked for it themselves then: it leads to their own data.
    Asked(Instant),
    /// Somebody asked then that we write to another address, and both are asked.
    AskedToMove(Instant),
    /// It hasn't been asked for yet.
    Unknown,
}

/// A kind of data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Datum {
    /// As the policy names it: `customer.first_name`.
    pub field: String,
    /// What it does for the message.
    pub places: BTreeSet<Place>,
    /// Whether the policy calls it sensitive.
    pub sensitive: bool,
    /// For which messages it is declared.
    pub declared: Declared,
}

/// For which messages a field is declared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Declared {
    /// For this purpose, by name.
    ForThis,
    /// For every purpose.
    ForAll,
    /// It needs no declaration: the address, and that there is such a record.
    Implied,
}

impl Desk {
    async fn reasons(&self, link: &Link) -> Result<Option<WhyView>, AnswerFailed> {
        let store = self.database()?;
        let customer = store.find_customer(link.customer).await?;
        let plan = store.plan(link.plan).await?;
        let (Some(customer), Some(plan)) = (customer, plan) else { return Ok(None) };
        if plan.facts.customer != customer.id {
            return Ok(None);
        }
        let ground = ground(store, &plan).await?;
        let recommended = recommended_by(store, link, &customer).await?;
        let edition = self.in_force.now();
        let policy = Arc::clone(edition.policy());
        let ground = match (ground, policy.answers(&plan.facts.purpose)) {
            (Ground::Arranged(since), Some(Request::SignUp)) => Ground::SignedUp(since),
            (Ground::Arranged(since), Some(Request::Address)) => Ground::AskedToMove(since),
            (Ground::Arranged(since), Some(Request::Data)) => Ground::Asked(since),
            (ground, _) => ground,
        };
        let workflow = edition.rulebook.workflow(&plan.facts.workflow);
        let offers_data = form_of(edition.rulebook.installation(), Request::Data).is_some();
        let flows = edition.rulebook.installation().flows.iter();
        let flows = flows.filter(|flow| flow.workflow == plan.facts.workflow && flow.purpose == plan.facts.purpose);
        Ok(Some(WhyView {
            data: flows.map(|flow| datum(flow, &policy)).collect(),
            caps: caps::of(&policy, &plan.facts.purpose, workflow.map_or(&[], |workflow| &workflow.caps)),
            mailbox: customer.address.masked(),
            zone: customer.zone.unwrap_or(policy.business.time_zone),
            language: customer.language,
            trigger: workflow.map(|workflow| workflow.trigger.clone()),
            purpose: plan.facts.purpose,
            workflow: plan.facts.workflow,
            ground,
            recommended,
            offers_data,
            policy,
        }))
    }
}

/// What its last permission rested on.
async fn ground(store: &Store, plan: &PlanRow) -> Result<Ground, StoreError> {
    let history = store.history(About::Plan(plan.facts.id)).await?;
    let evidence = history.iter().rev().find_map(|entry| match &entry.happening {
        Happening::Permitted { evidence, .. } => Some(*evidence),
        _ => None,
    });
    Ok(match evidence {
        Some(Evidence::Consent(row)) => {
            let said = store.consents(plan.facts.customer).await?;
            said.iter().find(|said| said.row == row).map_or(Ground::Unknown, |said| Ground::Agreed(said.at))
        }
        Some(Evidence::Contract { .. }) => {
            store.known_since(plan.facts.id).await?.map_or(Ground::Unknown, Ground::Arranged)
        }
        Some(Evidence::Sale { .. }) => store.known_since(plan.facts.id).await?.map_or(Ground::Unknown, Ground::Bought),
        None => Ground::Unknown,
    })
}

fn datum(flow: &Flow, policy: &Policy) -> Datum {
    let declared = policy.field(&flow.field);
    Datum {
        field: flow.field.clone(),
        places: flow.places.clone(),
        sensitive: flow.sensitive,
        declared: match declared.map(|field| &field.purposes) {
            None => Declared::Implied,
            Some(FieldPurposes::All) => Declared::ForAll,
            Some(FieldPurposes::Only(_)) => Declared::ForThis,
        },
    }
}

impl WhyDesk for Desk {
    fn why<'a>(&'a self, link: &'a Link) -> Boxed<'a, Result<Option<WhyView>, AnswerFailed>> {
        Box::pin(self.reasons(link))
    }
}
