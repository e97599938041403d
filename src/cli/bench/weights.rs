//! How heavy the public pages are: each as a browser gets it, in the language in which it is longest.

use super::{visitor, yard::Yard};
use crate::{
    base::{
        Clock, Handle, PlanId,
        token::{Link, LinkPurpose},
    },
    clock::SystemClock,
    plan::PlanState,
};
use anyhow::{Context, bail};
use std::{net::SocketAddr, time::Duration};

const LANGUAGES: [&str; 3] = ["en", "fr", "de"];
/// Until the message with the link to somebody's data has left.
const MAIL_FOR: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// The pages of the person whom this message is planned for, in bytes.
///
/// # Errors
/// When one can't be had.
pub async fn weigh(
    yard: &Yard<SystemClock>,
    page: SocketAddr,
    plan: PlanId,
) -> anyhow::Result<Vec<(&'static str, usize)>> {
    let store = &yard.engine.store;
    let facts = store.plan(plan).await?.context("the message is not planned any more")?.facts;
    let customers = store.names(plan).await?.and_then(|names| names.customer).context("nobody's message")?;
    let customer = store.find_by_external_id(&customers).await?.context("nobody by this number")?;
    let by = |act, plan, purpose: &str| {
        let link = Link { customer: customer.handle, purpose: purpose.to_owned(), plan, issued_at: SystemClock.now() };
        link.sign(&yard.engine.keys, act)
    };
    let preferences = format!("/preferences/{}", by(LinkPurpose::Preferences, plan, &facts.purpose));
    let mut weights = Vec::new();
    for (what, path) in [
        ("the stop page", format!("/u/{}", by(LinkPurpose::Stop, plan, &facts.purpose))),
        ("the page of preferences", preferences.clone()),
        ("why a message came", format!("/why/{}", by(LinkPurpose::Preferences, plan, &facts.purpose))),
        ("the privacy notice", "/privacy".to_owned()),
        ("the form to sign up", "/sign-up".to_owned()),
    ] {
        weights.push((what, heaviest(page, &path, None).await?));
    }
    let (plan, purpose) = ask_for_data(yard, page, &preferences, customer.handle).await?;
    let path = format!("/my-data/{}", by(LinkPurpose::MyData, plan, &purpose));
    weights.push(("one's own data", heaviest(page, &path, Some("do=see")).await?));
    Ok(weights)
}

async fn heaviest(page: SocketAddr, path: &str, form: Option<&str>) -> anyhow::Result<usize> {
    let mut most = 0;
    for language in LANGUAGES {
        most = most.max(visitor::call(page, path, form, language).await?.body.len());
    }
    Ok(most)
}

/// The message with the link to somebody's data, when it has left.
async fn ask_for_data(
    yard: &Yard<SystemClock>,
    page: SocketAddr,
    preferences: &str,
    who: Handle,
) -> anyhow::Result<(PlanId, String)> {
    let store = &yard.engine.store;
    visitor::call(page, preferences, Some("data=link"), "en").await?;
    let until = SystemClock.now().plus(MAIL_FOR);
    let customer = store.find_customer(who).await?.context("somebody is gone")?;
    while SystemClock.now() < until {
        let plans = store.plans_of(customer.id).await?;
        if let Some(mailed) = plans.into_iter().find(|plan| plan.state == PlanState::Sent) {
            return Ok((mailed.facts.id, mailed.facts.purpose));
        }
        SystemClock.wait_for(LOOK_AGAIN).await;
    }
    bail!("the link to somebody's data didn't leave")
}
