//! What is known of an order: which version each line stands at, what was refunded, and whether it was deleted.

use super::{Line, Stamp, Version, Word};
use crate::policy::OrderStatus;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is known of an order.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct State {
    newest: Stamp,
    /// How many lines the newest version has.
    count: usize,
    pub lines: Vec<Known>,
    refunds: BTreeMap<String, BTreeMap<String, i64>>,
    deleted: bool,
}

/// What is known of a line. One that no version had yet is without a stamp.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Known {
    stamp: Stamp,
    id: String,
    pieces: i64,
    status: String,
}

impl State {
    pub fn take(&mut self, what: &Word) {
        match what {
            Word::Refund(id, lines) => drop(self.refunds.insert(id.clone(), lines.clone())),
            Word::Deleted => self.deleted = true,
            Word::Order(version) => {
                self.refunds.extend(version.refunds.clone());
                if version.stamp >= self.newest {
                    self.newest = version.stamp.clone();
                    self.count = version.lines.len();
                }
            }
        }
    }

    /// The line at this place, where this version is the newest that has it. It is known by it then.
    pub fn newer<'v>(&mut self, place: usize, version: &'v Version) -> Option<&'v Line> {
        // One that can't be taken says nothing: an older version may have it in order.
        let line = version.lines.get(place).filter(|line| line.record.is_some())?;
        if self.lines.len() <= place {
            self.lines.resize(place + 1, Known::default());
        }
        let known = self.lines.get_mut(place)?;
        if version.stamp < known.stamp {
            return None;
        }
        *known = Known {
            stamp: version.stamp.clone(),
            id: line.id.clone(),
            pieces: line.pieces,
            status: line.status.word().to_owned(),
        };
        Some(line)
    }

    /// How a line stands after all that was told.
    pub fn standing(&self, place: usize) -> Option<OrderStatus> {
        let known = self.lines.get(place).filter(|known| !known.status.is_empty())?;
        if self.deleted || place >= self.count {
            return Some(OrderStatus::Cancelled);
        }
        let status = OrderStatus::named(&known.status)?;
        let refunded: i64 = self.refunds.values().filter_map(|lines| lines.get(&known.id)).sum();
        let is_gone = known.pieces > 0 && refunded >= known.pieces;
        Some(if status == OrderStatus::Paid && is_gone { OrderStatus::Refunded } else { status })
    }
}
