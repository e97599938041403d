//! Which messages of a rehearsal are written out: the first of each kind, where only the verdicts are asked for.
//!
//! To write a message out costs more than to decide on it, and a hundred thousand reminders are alike. Two messages are of a
//! kind when they are the same step of a workflow, in one language, about a customer and a record that have the same fields:
//! what one of them can be made of, the other can be made of, but for what a template does with the values themselves.
//!
//! Invariant: what the gate asks of a message's words is asked of words. A message that a person reads before it leaves, one
//! that follows another of unknown fate, and one whose matter doesn't stand any more are always written out; and so is one
//! that others went into, which no other is like.

use crate::{
    base::PlanId,
    engine::{rulebook::Rulebook, wording},
    store::Claimed,
};
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

/// See the module. By default everything is written out.
#[derive(Default)]
pub struct Specimens {
    /// Of each kind; `None`: all.
    most: Option<usize>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// How many of each kind were written out, by the kind's hash: two kinds that share one share their specimens.
    of_kind: HashMap<u64, usize>,
    spared: HashSet<PlanId>,
}

impl Specimens {
    /// So many of each kind.
    #[must_use]
    pub fn of_each_kind(most: usize) -> Self {
        Self { most: Some(most), ..Self::default() }
    }

    /// How many messages were left unwritten so far.
    #[must_use]
    pub fn spared(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).spared.len()
    }

    /// Whether this one may be left unwritten.
    #[must_use]
    pub fn spares(&self, claimed: &Claimed, rulebook: &Rulebook) -> bool {
        let Some(most) = self.most else { return false };
        if claimed.uncertain_digest.is_some() || !claimed.parts.is_empty() || wording::is_read(claimed, rulebook) {
            return false;
        }
        let (Ok((customer, record)), Ok(_)) = (&claimed.content, wording::matter(claimed, rulebook)) else {
            return false;
        };
        let mut kind = DefaultHasher::new();
        (&claimed.plan.workflow, &claimed.plan.step, &claimed.told_before.is_some(), &customer.language)
            .hash(&mut kind);
        customer.fields.keys().for_each(|name| name.hash(&mut kind));
        // Between the two lists, so that no field can change sides.
        0xff_u8.hash(&mut kind);
        record.fields.keys().for_each(|name| name.hash(&mut kind));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let written = seen.of_kind.entry(kind.finish()).or_default();
        if *written < most {
            *written += 1;
            return false;
        }
        seen.spared.insert(claimed.plan.id);
        true
    }
}
