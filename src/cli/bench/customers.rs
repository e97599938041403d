//! How fast messages leave where they are to few customers and where they are to many, over many lanes and over one: a lock
//! over everything would make them all alike.
//!
//! The caps are lifted, so that each run sends the same number of messages.

use super::{
    Row, course,
    far::Way,
    nodes::Nodes,
    yard::{Ground, Signing, VISITS_IN, Yard, towards},
};
use crate::{config::Installation, policy::Policy};
use std::{sync::Arc, time::Duration};

/// Messages of one run.
const MESSAGES: usize = 10_000;
/// Few customers.
const FEW: usize = 100;
/// Senders at work at the same time.
const LANES: usize = 8;

/// Messages a second.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    many: f64,
    few: f64,
    one_lane: f64,
}

/// Measures.
///
/// # Errors
/// When Postfix's tools are missing, or a message was not delivered.
pub async fn measure(ground: &Ground) -> anyhow::Result<Rates> {
    let way = Way::to_a_sink(Duration::ZERO).await?;
    Ok(Rates {
        many: one(ground, &way, MESSAGES, LANES).await?,
        few: one(ground, &way, FEW, LANES).await?,
        one_lane: one(ground, &way, MESSAGES, 1).await?,
    })
}

async fn one(ground: &Ground, way: &Way, customers: usize, lanes: usize) -> anyhow::Result<f64> {
    let mut installation = towards(ground, way.address(), lanes, Signing::Off)?;
    lift_caps(&mut installation);
    let yard = Yard::lay(installation, MESSAGES, customers, VISITS_IN).await?;
    Ok(course::all_sent(Nodes::over(yard, 1).await?, way, MESSAGES).await?.pace.rate)
}

fn lift_caps(installation: &mut Installation) {
    let policy: &mut Policy = Arc::make_mut(&mut installation.policy);
    policy.caps.all.clear();
    for purpose in policy.purposes.values_mut() {
        purpose.caps.clear();
    }
}

/// For the table.
pub fn rows(rates: &Rates) -> Vec<Row> {
    let Rates { many, few, one_lane } = *rates;
    let row = |what, measured: String, reached: f64| Row {
        what,
        measured,
        wanted: "reported",
        reached: format!("{reached:.2} times"),
    };
    vec![
        row(
            "10,000 messages to 10,000 customers, 8 lanes",
            format!("{many:.0}/s; 1 lane: {one_lane:.0}/s"),
            many / one_lane,
        ),
        row("10,000 messages to 100 customers, 8 lanes", format!("{few:.0}/s"), few / many),
    ]
}
