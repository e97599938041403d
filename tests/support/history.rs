//! What happened to real processes, as a history that the simulation's checker reads: what people asked for and were answered, and
//! what was said to the mail server. Never what the engine believes.

use super::{proof, real::Seen};
use crate::simulation::{
    customs::{Cap, Customs},
    history::{Answer, End, Event, Mail, What},
    script::{Deed, HOUR, SECOND},
};
use std::{collections::BTreeMap, time::Duration};

/// Days of a cap, in hours.
const WEEK: i64 = 7 * 24;

/// A business that reminds of visits an hour before, perhaps twice, and makes offers, once and no more than two in a week.
/// A subject is the workflow's name, the visit and its start: `visit v17@3600000`.
pub const HOUSE: Customs = Customs {
    purpose: |name| if name == "visit" { "reminders" } else { "offers" },
    marketing: &[],
    may_repeat: |name| name == "visit",
    window: |_, start| (start - HOUR - SECOND / 10, start),
    is_quiet: |_, _| false,
    agreed: |_| true,
    address: proof::address,
    caps: &[Cap { workflows: &["offer"], at_most: 2, hours: WEEK }],
    always: &["visit"],
    share: &[],
};

/// A visit that was booked, between being asked for and being there.
#[derive(Clone, Copy, Debug)]
pub struct Booked {
    pub visit: usize,
    pub customer: usize,
    pub name: &'static str,
    /// In milliseconds since the beginning.
    pub start: i64,
    pub asked_ns: u64,
    pub done_ns: u64,
}

impl Booked {
    /// Of a message about it.
    pub fn subject(&self) -> String {
        format!("{} v{}@{}", self.name, self.visit, self.start)
    }
}

/// A stop that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Stopped {
    pub customer: usize,
    pub asked_ns: u64,
    pub answered_ns: u64,
    /// It holds so long after it was answered.
    pub within: Duration,
}

/// A transaction that was begun.
#[derive(Clone, Debug)]
pub struct Begun {
    pub boot_ns: u64,
    pub to: String,
    /// Where it came so far.
    pub subject: Option<String>,
}

/// All of it.
pub struct Course {
    /// When it began.
    pub since_ns: u64,
    pub booked: Vec<Booked>,
    pub stopped: Vec<Stopped>,
    /// Moments at which nobody could know what had become of what was on the wire.
    pub doubts: Vec<u64>,
    pub begun: Vec<Begun>,
    pub seen: Vec<Seen>,
}

impl Course {
    /// For the checker.
    pub fn history(&self) -> Vec<Event> {
        let mut all: Vec<(u64, What)> = self.doubts.iter().map(|at| (*at, What::Died)).collect();
        for (number, Booked { visit, customer, start, asked_ns, done_ns, .. }) in
            self.booked.iter().copied().enumerate()
        {
            all.push((asked_ns, What::Asked(number, Deed::Book { visit, customer, start })));
            all.push((done_ns, What::Answered(number, Answer::Done)));
        }
        for (number, Stopped { customer, asked_ns, answered_ns, within }) in (self.booked.len()..).zip(&self.stopped) {
            all.push((*asked_ns, What::Asked(number, Deed::Stop { customer: *customer, purpose: "reminders" })));
            let within = i64::try_from(within.as_millis()).unwrap();
            let answer = if within == 0 { Answer::Done } else { Answer::Within(within) };
            all.push((*answered_ns, What::Answered(number, answer)));
        }
        self.transactions(&mut all);
        all.sort_by_key(|(at, _)| *at);
        let event = |(at, what): (u64, What)| {
            let boot = self.since(at);
            Event { boot, wall: boot, node: 0, what }
        };
        all.into_iter().map(event).collect()
    }

    fn transactions(&self, all: &mut Vec<(u64, What)>) {
        let mut taken: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
        for dot in self.seen.iter().filter(|seen| seen.event == "dot") {
            taken.entry(dot.subject.as_deref().unwrap()).or_default().push(dot);
        }
        let mut ids: Vec<&str> = vec![];
        let mut begun: Vec<&Begun> = self.begun.iter().collect();
        begun.sort_by_key(|begun| begun.boot_ns);
        for (number, Begun { boot_ns, to, subject }) in begun.into_iter().enumerate() {
            let at = self.since(*boot_ns);
            // One that came to nothing before its subject was said is about what was due then.
            let due = || {
                let own = self.booked.iter().filter(|booked| proof::address(booked.customer) == *to);
                own.filter(|booked| booked.start - HOUR <= at).max_by_key(|booked| booked.start).map(Booked::subject)
            };
            let Some(subject) = subject.clone().or_else(due) else { continue };
            let dots =
                taken.get_mut(subject.as_str()).filter(|dots| dots.first().is_some_and(|dot| dot.boot_ns > *boot_ns));
            let dot = dots.map(|dots| dots.remove(0));
            let id = self.seen.iter().find(|seen| seen.subject.as_deref() == Some(&subject));
            let id = dot.or(id).and_then(|seen| seen.message_id.as_deref()).unwrap_or_default();
            let known = ids.iter().position(|known| *known == id).unwrap_or(ids.len());
            if known == ids.len() {
                ids.push(id);
            }
            let mail = Mail { number, to: to.clone(), subject, id: known };
            let end = dot.map_or((*boot_ns, End::Nothing), |dot| (dot.boot_ns, End::Taken));
            all.push((*boot_ns, What::Mail(mail.clone())));
            all.push((end.0, What::Ended(mail, end.1)));
        }
        // What arrived and nobody is known to have said.
        for dot in taken.into_values().flatten() {
            let mail = Mail { number: usize::MAX, to: dot.to.clone().unwrap(), subject: "nobody's".to_owned(), id: 0 };
            all.push((dot.boot_ns, What::Mail(mail)));
        }
    }

    /// In milliseconds.
    fn since(&self, at_ns: u64) -> i64 {
        i64::try_from(at_ns / 1_000_000).unwrap() - i64::try_from(self.since_ns / 1_000_000).unwrap()
    }
}
