//! What web shops call about, on its way into the store. The signature was looked at by whoever opened the door.
//!
//! A call is answered like a stop: when the answer goes out, what the call ended holds (promise P2). A call that can't be taken
//! is answered all the same: the shop would send the same one again for two days, and then no other.

use super::entry::add_questions;
use crate::{
    config::Shop,
    engine::office::Office,
    intake::orders::{Call, Filler, hear},
    store::{
        StoreError,
        shops::{Heard, Told, Word},
    },
};

/// What became of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is done.
    Done,
    /// It was done before.
    Before,
    /// It is about nothing that concerns purchases.
    Nothing,
    /// It can't be taken, for this reason.
    NotTaken(String),
}

/// A call whose signature is the shop's.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Which shop.
    pub shop: Shop,
    /// What it says that it is about. Not signed.
    pub topic: String,
    /// Its name, where it has one. Not signed.
    pub name: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Office {
    /// Takes a call.
    ///
    /// # Errors
    /// When the database can't be written: the shop calls again.
    pub async fn hear_shop(&self, call: Signed) -> Result<Answer, StoreError> {
        let Signed { shop, topic, name, body } = call;
        let policy = self.policy();
        let Some(filler) = Filler::new(&policy, &shop.name) else {
            return Ok(Answer::NotTaken("no record of policy.toml holds the lines of orders".to_owned()));
        };
        let (order, what) = match hear(shop.kind, &topic, &body, &policy, self.clock.now()) {
            Err(why) => return Ok(Answer::NotTaken(why.to_string())),
            Ok(Call::Nothing) => return Ok(Answer::Nothing),
            Ok(Call::Deleted(order)) => (order, Word::Deleted),
            Ok(Call::Refund(order, refunds)) => match refunds.into_iter().next() {
                Some((id, lines)) => (order, Word::Refund(id, lines)),
                None => return Ok(Answer::Nothing),
            },
            Ok(Call::Order(told)) => {
                let (mut yes, not_taken) = filler.yes(&told.order);
                add_questions(self, &mut yes);
                if !not_taken.is_empty() {
                    tracing::info!(
                        shop = shop.name,
                        "a ticked box is no yes: policy.toml doesn't say what stood beside it"
                    );
                }
                (told.order.id.clone(), filler.told(*told, yes, &format!("webhook:{}", shop.name)))
            }
        };
        let told = Told { frame: filler.frame(&order), shop: shop.name, order, call: name, what };
        let (heard, open) = self.store.hear_shop(told, self.rules()).await?;
        self.flights.revoke(&open).await;
        self.wake.notify_one();
        Ok(match heard {
            Heard::Done => Answer::Done,
            Heard::Before => Answer::Before,
            Heard::NotTaken(why) => Answer::NotTaken(why.to_string()),
        })
    }
}
