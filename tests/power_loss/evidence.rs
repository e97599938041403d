//! What had been promised by when: what was answered, and what a mail server had begun to read.

use super::{
    history::{History, Words},
    scene::Life,
};
use crate::support::real::Seen;
use std::collections::BTreeMap;

/// Something that a power cut may not take back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fact {
    /// These customers are here.
    Known(Vec<usize>),
    /// As many visits whose names begin so.
    Visits { begin: String, count: i64 },
    /// A customer's stop holds.
    Stopped(usize),
    /// Nothing is left of a customer, whose key was this one.
    Erased { customer: usize, id: i64 },
    /// A workflow may send.
    Approved(String),
    /// Nothing may leave.
    Paused,
    /// A program has a key.
    HasKey(String),
    /// A file holds this.
    Holds { file: &'static str, text: String },
    /// So many keys that sign links followed the first.
    LinkKeys(usize),
    /// One key wraps all others, and it followed the first.
    Rewrapped,
    /// The mail server had this message, or a part of it, and whoever gets it has this link.
    Left { plan: i64, stop: String },
}

/// Each fact, and the moment from which on it is one.
pub struct Evidence {
    pub facts: Vec<(usize, Fact)>,
}

impl Evidence {
    /// Reads the lives, one after the other, into the history, and says what was promised in each.
    pub fn gather(history: &mut History, lives: &[Life], seen: &[Seen]) -> Self {
        let mut facts = Vec::new();
        for life in lives {
            history.live(&life.log);
            for (mark, deed) in &life.deeds {
                // A command that ran to its end was answered by that.
                let at = mark.map_or(history.over - 1, |mark| answered(&history.wire, mark));
                facts.extend(deed.iter().map(|fact| (at, fact.clone())));
            }
        }
        let stops: BTreeMap<i64, &str> = seen
            .iter()
            .filter(|seen| seen.event == "dot")
            .filter_map(|seen| Some((plan(seen.message_id.as_deref()?)?, seen.stop.as_deref()?)))
            .collect();
        let left = bodies(&history.wire);
        assert_eq!(left.len(), seen.iter().filter(|seen| seen.event == "body").count(), "bodies by both books");
        for (at, plan) in left {
            let stop = stops.get(&plan).map(|stop| (*stop).to_owned()).unwrap_or_default();
            facts.push((at, Fact::Left { plan, stop }));
        }
        facts.sort_by_key(|(at, _)| *at);
        Self { facts }
    }

    /// What had been promised by this moment.
    pub fn by(&self, at: usize) -> impl Iterator<Item = &Fact> {
        self.facts.iter().take_while(move |(since, _)| *since <= at).map(|(_, fact)| fact)
    }
}

/// The end of the last answer before somebody looked at the page of this number.
fn answered(wire: &[Words], mark: usize) -> usize {
    let asked = format!("GET {} ", super::scene::page_of(mark));
    let here = wire.iter().position(|words| !words.is_said && words.bytes.starts_with(asked.as_bytes()));
    let before = &wire[..here.expect("the mark was heard")];
    let answer =
        before.iter().rfind(|words| words.is_said && words.bytes.starts_with(b"HTTP/1.1 ")).expect("an answer");
    // An import is told about on the way, and its end last.
    before.iter().rfind(|words| words.is_said && words.on == answer.on).unwrap_or(answer).ended
}

/// Messages of which a first byte was written to a mail server, and when. Their heads are in one piece.
fn bodies(wire: &[Words]) -> Vec<(usize, i64)> {
    let body = |words: &Words| {
        let text = String::from_utf8_lossy(&words.bytes);
        let (_, id) = text.split_once("Message-ID: ")?;
        Some((words.ended, plan(id)?))
    };
    wire.iter().filter(|words| words.is_said && words.ended != usize::MAX).filter_map(body).collect()
}

/// Of the name of a message.
pub fn plan(message_id: &str) -> Option<i64> {
    message_id.trim_start_matches('<').split('.').next()?.parse().ok()
}
