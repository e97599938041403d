//! The paper transport: the same engine, the same gate, the same permissions and receipts; no mail, and no intent: a message
//! on paper has no bytes whose fate could be in doubt.

use crate::{
    base::{Clock, Instant, PlanId},
    deliver::{
        ConnectFailure, Flight, Lane, Letter, Parcel, Transport,
        transport::{Begin, Boxed, Soundness},
    },
    ledger::{Carried, Receipt, Reply, receipt::NotBegun},
};
use std::sync::{Arc, Mutex, PoisonError};

/// What would have left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// When.
    pub at: Instant,
    /// Which plan.
    pub plan: PlanId,
    /// Its subject.
    pub subject: String,
}

/// Takes every message, and remembers it.
pub struct Paper {
    clock: Arc<dyn Clock>,
    sheets: Arc<Mutex<Vec<Sheet>>>,
}

impl Paper {
    /// An empty stack.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, sheets: Arc::default() }
    }

    /// The stack, to read when the rehearsal is over.
    #[must_use]
    pub fn sheets(&self) -> Arc<Mutex<Vec<Sheet>>> {
        Arc::clone(&self.sheets)
    }
}

impl Transport for Paper {
    fn connect(&self) -> Boxed<'_, Result<Box<dyn Lane>, ConnectFailure>> {
        let lane = PaperLane { clock: Arc::clone(&self.clock), sheets: Arc::clone(&self.sheets) };
        Box::pin(async move { Ok(Box::new(lane) as Box<dyn Lane>) })
    }
}

struct PaperLane {
    clock: Arc<dyn Clock>,
    sheets: Arc<Mutex<Vec<Sheet>>>,
}

impl PaperLane {
    fn take(&self, letter: &Letter, flight: &dyn Flight) -> Receipt {
        if flight.may_begin() == Begin::Revoked {
            return Receipt::NotBegun(NotBegun::Revoked);
        }
        flight.begun();
        let sheet = Sheet { at: self.clock.now(), plan: letter.plan, subject: letter.subject.clone() };
        self.sheets.lock().unwrap_or_else(PoisonError::into_inner).push(sheet);
        Receipt::Accepted(Reply { code: 250, enhanced: None, text: "on paper".to_owned() })
    }
}

impl Lane for PaperLane {
    fn carry<'a>(&'a mut self, parcel: Parcel<'a>, flight: &'a dyn Flight) -> Boxed<'a, Carried> {
        Box::pin(async move {
            let receipt = self.take(parcel.letter(), flight);
            parcel.carried(receipt)
        })
    }

    fn is_sound(&self) -> Soundness {
        Soundness::Sound
    }

    fn close(self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(async {})
    }
}
