//! The mailbox's side of the stage: what its pages show, and its button.

use super::{chronicle::What, stage::Stage};
use crate::{
    base::Clock,
    deliver::transport::Boxed,
    plan::PlanState,
    web::mailbox::{Host, Letter, Refused, Scene},
};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Somebody pressed "let a day pass", and waits for its end.
pub type Press = oneshot::Sender<()>;

/// See the module.
pub struct Lodge {
    /// What is shown.
    pub stage: Arc<Stage>,
    /// Where presses go: the narrator lets the days pass, whoever asks.
    pub presses: mpsc::Sender<Press>,
}

impl Host for Lodge {
    fn letters(&self) -> Vec<Arc<Letter>> {
        self.stage.letters()
    }

    fn scene(&self) -> Boxed<'_, Scene> {
        Box::pin(async move {
            let zone = self.stage.zone();
            let engine = &self.stage.engine;
            // A page without numbers is better than none: the letters are there all the same.
            let (beats, stopped) = self.stage.history().await.unwrap_or_default();
            let status = engine.store.status().await.unwrap_or_default();
            let waiting = status.plans.get(&PlanState::Planned).copied().unwrap_or_default();
            let sent = status.plans.get(&PlanState::Sent).copied().unwrap_or_default();
            let refused = beats.into_iter().rev().filter_map(|beat| match beat.what {
                What::Refused(_, because) => Some(Refused {
                    time: zone.local(beat.at).format("%a %-d %b, %H:%M").to_string(),
                    customer: beat.customer,
                    because,
                }),
                _ => None,
            });
            Scene {
                business: engine.rulebook().policy().business.name.clone(),
                time: zone.local(self.stage.clock.now()).format("%A %-d %B %Y, %H:%M").to_string(),
                explain: self.stage.explain(),
                waiting,
                sent,
                refused: refused.collect(),
                worth_stopping: self.stage.worth_stopping().await.ok().flatten(),
                stopped,
            }
        })
    }

    fn story<'a>(&'a self, customer: &'a str) -> Boxed<'a, Vec<String>> {
        Box::pin(async move {
            let zone = self.stage.zone();
            let accounts = self.stage.engine.office().explain(customer).await.unwrap_or_default();
            let entries = accounts.into_iter().flat_map(|account| account.entries);
            let line = |entry: crate::ledger::Entry| {
                let at = zone.local(entry.at).format("%a %-d %b, %H:%M");
                format!("{at}  {}", entry.happening.sentence(zone))
            };
            entries.map(line).collect()
        })
    }

    fn advance(&self) -> Boxed<'_, ()> {
        Box::pin(async move {
            let (done, end) = oneshot::channel();
            if self.presses.send(done).await.is_ok() {
                let _ = end.await;
            }
        })
    }
}
