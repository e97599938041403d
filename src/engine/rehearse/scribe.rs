//! Who writes a rehearsal's messages, where they are written, and puts them on a stack in place of the wire.

use super::specimens::Specimens;
use crate::{
    base::{Clock, PlanId, keys::Keyring},
    engine::{files::in_force::Edition, letter, wording},
    gate::{Reason, facts::PlanFacts},
    store::{Claimed, Leaving, Write},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What a rehearsal wrote.
#[derive(Default)]
pub struct Stack {
    /// Which of its messages are written out.
    pub specimens: Specimens,
    /// As they were last written.
    subjects: Mutex<BTreeMap<PlanId, String>>,
}

impl Stack {
    /// An empty one, for messages of which these are written out.
    #[must_use]
    pub fn of(specimens: Specimens) -> Self {
        Self { specimens, ..Self::default() }
    }

    /// The subject of a message that was written out.
    #[must_use]
    pub fn subject(&self, plan: PlanId) -> Option<String> {
        self.subjects.lock().unwrap_or_else(PoisonError::into_inner).get(&plan).cloned()
    }
}

/// See the module. It writes by one edition.
pub struct Scribe {
    /// That one.
    pub edition: Arc<Edition>,
    /// Where it puts them.
    pub stack: Arc<Stack>,
    /// For stop links and message ids.
    pub keys: Arc<Keyring>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl Write for Scribe {
    fn gathers(&self, plan: &PlanFacts) -> bool {
        self.edition.rulebook.gathers(plan)
    }

    fn write(&self, claimed: &mut Claimed) -> Result<Leaving, Reason> {
        let rulebook = &self.edition.rulebook;
        if let Some(task) = wording::task(claimed, rulebook, &self.keys) {
            return task.map(Leaving::AsTask).map_err(|why| Reason::NotRenderable { why });
        }
        letter::has_something_to_say(claimed, &self.edition)?;
        if !self.stack.specimens.spares(claimed, rulebook) {
            let letter = letter::write(claimed, &self.edition, &self.keys, self.clock.now())?;
            let mut subjects = self.stack.subjects.lock().unwrap_or_else(PoisonError::into_inner);
            subjects.insert(claimed.plan.id, letter.subject);
        }
        Ok(Leaving::OnPaper)
    }
}
