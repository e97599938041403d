//! The checker. It knows the promises and the few numbers of a policy ([`Customs`]), and reads the history; what the engine
//! believes it can't see. So it reads the histories of real processes, too: see `support::history`.
//!
//! Who asked and was answered has an order, and so has what the server was told: the history's. A *no* binds from its
//! answer on. What was asked and not answered (the daemon died, the database failed) may hold or not.

use super::{
    customs::Customs,
    history::{Answer, End, Event, Mail, What},
    script::{DAY, Deed, HOUR, SECOND},
};
use std::collections::{BTreeMap, BTreeSet};

/// A permit's life: so long after a permission a transaction may begin.
const PERMIT: i64 = 2 * SECOND;
/// A beat: so long a clock that jumped ahead is doubted at least.
const BEAT: i64 = 5 * SECOND;

/// What somebody asked for.
struct Said<'a> {
    deed: &'a Deed,
    asked: usize,
    wall: i64,
    /// Where in the history, and when after boot it holds.
    done: Option<(usize, i64)>,
    /// It was said that it does not hold.
    refused: bool,
}

/// A transaction.
struct Begun<'a> {
    at: usize,
    boot: i64,
    wall: i64,
    node: usize,
    mail: &'a Mail,
    name: &'a str,
    visit: usize,
    start: i64,
    customer: usize,
    ended: Option<(usize, i64, End)>,
}

/// See the module.
pub struct Checker<'a> {
    customs: &'a Customs,
    events: &'a [Event],
    said: Vec<Said<'a>>,
    begun: Vec<Begun<'a>>,
    broken: Vec<String>,
}

/// Whom a deed is about.
pub const fn whose(deed: &Deed) -> Option<usize> {
    match deed {
        Deed::Book { customer, .. }
        | Deed::Cancel { customer, .. }
        | Deed::Stop { customer, .. }
        | Deed::Agree { customer, .. }
        | Deed::Snooze { customer, .. }
        | Deed::Unsnooze { customer }
        | Deed::Limit { customer, .. }
        | Deed::Readdress { customer, .. }
        | Deed::Erase { customer } => Some(*customer),
        _ => None,
    }
}

impl Said<'_> {
    /// Whether it bound before this transaction.
    fn binds(&self, begun: &Begun<'_>) -> bool {
        self.done.is_some_and(|(at, boot)| at < begun.at && boot < begun.boot)
    }
}

/// Whether others may take a node for dead from here on.
const fn is_doubt(event: &Event) -> bool {
    matches!(event.what, What::Died | What::Froze | What::Cut)
}

/// What of the promises a history breaks.
pub fn broken(events: &[Event], customs: &Customs) -> Vec<String> {
    let mut checker = Checker { customs, events, said: said(events), begun: vec![], broken: vec![] };
    checker.begun = checker.transactions();
    checker.check();
    checker.broken
}

fn said(events: &[Event]) -> Vec<Said<'_>> {
    let mut said: BTreeMap<usize, Said<'_>> = BTreeMap::new();
    // Everybody reaches the database then.
    let healed = events.iter().position(|event| event.what == What::Healed).map(|at| (at, events[at].boot));
    for (at, event) in events.iter().enumerate() {
        match &event.what {
            What::Asked(number, deed) => {
                said.insert(*number, Said { deed, asked: at, wall: event.wall, done: None, refused: false });
            }
            What::Answered(number, answer) => {
                let Some(said) = said.get_mut(number) else { continue };
                match answer {
                    Answer::Done => said.done = Some((at, event.boot - 1)),
                    Answer::Within(ms) => said.done = Some((at, event.boot + ms)),
                    Answer::Kept => said.done = healed,
                    Answer::No(_) => said.refused = true,
                    Answer::Failed(_) => {}
                }
            }
            _ => {}
        }
    }
    said.into_values().collect()
}

impl<'a> Checker<'a> {
    fn transactions(&mut self) -> Vec<Begun<'a>> {
        let mut begun: Vec<Begun<'a>> = vec![];
        for (at, event) in self.events.iter().enumerate() {
            match &event.what {
                What::Mail(mail) => match self.read(mail) {
                    Some((name, visit, start, customer)) => begun.push(Begun {
                        at,
                        boot: event.boot,
                        wall: event.wall,
                        node: event.node,
                        mail,
                        name,
                        visit,
                        start,
                        customer,
                        ended: None,
                    }),
                    None => self.broken.push(format!("P1: nobody asked for {event}")),
                },
                What::Ended(mail, end) => {
                    let found = begun.iter_mut().find(|begun| begun.mail.number == mail.number);
                    if let Some(begun) = found {
                        begun.ended = Some((at, event.wall, *end));
                    }
                }
                _ => {}
            }
        }
        begun
    }

    fn read(&self, mail: &'a Mail) -> Option<(&'a str, usize, i64, usize)> {
        let (name, slot) = mail.subject.split_once(" v")?;
        let (visit, start) = slot.split_once('@')?;
        let (visit, start) = (visit.parse().ok()?, start.parse().ok()?);
        let customer = self.said.iter().find_map(|said| match said.deed {
            Deed::Book { visit: of, customer, .. } if *of == visit => Some(*customer),
            _ => None,
        })?;
        Some((name, visit, start, customer))
    }

    fn check(&mut self) {
        let mut broken = vec![];
        for begun in &self.begun {
            let rules: [(&str, Option<String>); 10] = [
                ("P7, in its time", self.out_of_time(begun)),
                ("quiet hours", self.in_the_night(begun)),
                ("P2, stops", self.after_a_stop(begun)),
                ("P1, consent", self.without_a_yes(begun)),
                ("P2, snooze", self.in_a_snooze(begun)),
                ("P2, visits", self.for_no_visit(begun)),
                ("P9, erasure", self.to_nobody(begun)),
                ("P2, pause", self.in_a_pause(begun)),
                ("the address", self.to_an_old_address(begun)),
                ("the clock", self.by_a_doubted_clock(begun)),
            ];
            for (rule, why) in rules {
                broken.extend(why.map(|why| format!("{rule}: {}: {why}", self.events[begun.at])));
            }
            broken.extend(self.over_a_cap(begun).map(|why| format!("P3, caps: {}: {why}", self.events[begun.at])));
        }
        broken.extend(self.twice());
        broken.extend(self.never());
        self.broken.extend(broken);
    }

    /// Whether the wall was set while a permission for this may have been on its way.
    fn wall_was_set(&self, begun: &Begun<'_>) -> bool {
        let set = |event: &&Event| {
            let is_set = matches!(event.what, What::Jumped(_)) && event.node == begun.node;
            is_set && event.boot >= begun.boot - PERMIT - SECOND
        };
        self.events[..begun.at].iter().rev().take_while(|event| event.boot >= begun.boot - DAY).any(|event| set(&event))
    }

    fn out_of_time(&self, begun: &Begun<'_>) -> Option<String> {
        let (from, to) = (self.customs.window)(begun.name, begun.start);
        let out = begun.wall < from || begun.wall >= to + PERMIT;
        (out && !self.wall_was_set(begun))
            .then(|| format!("from {} to {}", super::script::said(from), super::script::said(to)))
    }

    fn in_the_night(&self, begun: &Begun<'_>) -> Option<String> {
        let is_quiet = |wall| (self.customs.is_quiet)(begun.customer, wall);
        let quiet = is_quiet(begun.wall) && is_quiet(begun.wall - PERMIT);
        (quiet && !self.wall_was_set(begun)).then(|| "it is night there".to_owned())
    }

    /// Where a person's mail may have gone at this place of the history.
    fn addresses(&self, customer: usize, at: usize) -> BTreeSet<String> {
        let mut all = BTreeSet::from([(self.customs.address)(customer)]);
        for said in self.said.iter().filter(|said| said.asked < at && !said.refused) {
            if let Deed::Readdress { customer: of, address: to } = said.deed
                && *of == customer
            {
                if said.done.is_some_and(|(done, _)| done < at) {
                    all.clear();
                }
                all.insert((self.customs.address)(*to));
            }
        }
        all
    }

    fn after_a_stop(&self, begun: &Begun<'_>) -> Option<String> {
        self.said.iter().filter(|said| said.binds(begun)).find_map(|said| {
            let Deed::Stop { customer, purpose: of } = said.deed else { return None };
            if !of.is_empty() && *of != (self.customs.purpose)(begun.name) {
                return None;
            }
            // It is the person's, and their mailbox's where it is known which that was.
            let (then, since) = (self.addresses(*customer, said.asked), said.done.map_or(0, |(at, _)| at));
            let mailbox = then.len() == 1 && then == self.addresses(*customer, since) && then.contains(&begun.mail.to);
            (*customer == begun.customer || mailbox).then(|| format!("after {:?}", said.deed))
        })
    }

    fn without_a_yes(&self, begun: &Begun<'_>) -> Option<String> {
        if !self.customs.is_marketing(begun.name) || (self.customs.agreed)(begun.customer) {
            return None;
        }
        let yes = |said: &Said<'_>| {
            said.asked < begun.at
                && !said.refused
                && matches!(said.deed, Deed::Agree { customer, purpose: of }
                    if *customer == begun.customer && *of == (self.customs.purpose)(begun.name))
        };
        (!self.said.iter().any(yes)).then(|| "they never said yes".to_owned())
    }

    fn in_a_snooze(&self, begun: &Begun<'_>) -> Option<String> {
        let about = |said: &&Said<'_>| {
            whose(said.deed) == Some(begun.customer) && matches!(said.deed, Deed::Snooze { .. } | Deed::Unsnooze { .. })
        };
        self.said.iter().filter(about).filter(|said| said.binds(begun)).find_map(|said| {
            let Deed::Snooze { hours, all, .. } = said.deed else { return None };
            let later = |other: &Said<'_>| other.asked > said.asked && other.asked < begun.at && !other.refused;
            let lifted = self.said.iter().filter(about).any(later);
            // It was asked before it was written down, so it ends no earlier than this.
            let holds = begun.wall < said.wall + hours * HOUR && (*all || self.customs.is_marketing(begun.name));
            (holds && !lifted && !self.wall_was_set(begun)).then(|| format!("in {:?}", said.deed))
        })
    }

    fn for_no_visit(&self, begun: &Begun<'_>) -> Option<String> {
        let about = |said: &&Said<'_>| match said.deed {
            Deed::Book { visit, .. } | Deed::Cancel { visit, .. } => *visit == begun.visit && !said.refused,
            _ => false,
        };
        let books = |said: &Said<'_>| matches!(said.deed, Deed::Book { start, .. } if *start == begun.start);
        self.said.iter().filter(about).filter(|said| said.binds(begun) && !books(said)).find_map(|said| {
            let again = |other: &Said<'_>| books(other) && other.asked > said.asked && other.asked < begun.at;
            (!self.said.iter().filter(about).any(again)).then(|| format!("after {:?}", said.deed))
        })
    }

    fn to_nobody(&self, begun: &Begun<'_>) -> Option<String> {
        self.said.iter().filter(|said| said.binds(begun)).find_map(|said| {
            let Deed::Erase { customer } = said.deed else { return None };
            (*customer == begun.customer).then(|| "they were erased".to_owned())
        })
    }

    fn in_a_pause(&self, begun: &Begun<'_>) -> Option<String> {
        self.said.iter().filter(|said| *said.deed == Deed::Pause && said.binds(begun)).find_map(|said| {
            let lifted = |other: &Said<'_>| {
                *other.deed == Deed::Resume
                    && other.asked < begun.at
                    && other.done.is_none_or(|(done, _)| done > said.asked)
            };
            (!self.said.iter().any(lifted)).then(|| "sending is paused".to_owned())
        })
    }

    fn to_an_old_address(&self, begun: &Begun<'_>) -> Option<String> {
        // The permission for it may stand since before the change: it was not answered then.
        let known = self.addresses(begun.customer, begun.at);
        (!known.contains(&begun.mail.to)).then(|| format!("they are at {known:?}"))
    }

    /// What a clock that jumped ahead makes due doesn't leave before two readings agree.
    fn by_a_doubted_clock(&self, begun: &Begun<'_>) -> Option<String> {
        self.events[..begun.at].iter().find_map(|event| {
            let What::Jumped(by) = event.what else { return None };
            let soon = by > 120 * SECOND && begun.node == event.node && begun.boot < event.boot + BEAT;
            let early = begun.wall - by < (self.customs.window)(begun.name, begun.start).0;
            (soon && early).then(|| format!("by a clock that was set {} s ahead just now", by / 1000))
        })
    }

    /// From when a message counts, by the wall.
    fn counts_from(&self, begun: &Begun<'_>) -> Option<i64> {
        let (at, wall, end) = begun.ended?;
        let until = self.events[at].boot + 10 * SECOND;
        match end {
            // Another may have said what became of it.
            End::Taken if self.events[begun.at..].iter().take_while(|e| e.boot < until).any(is_doubt) => {
                Some(begun.wall)
            }
            End::Taken => Some(wall),
            End::TakenUnheard => Some(begun.wall),
            _ => None,
        }
    }

    fn over_a_cap(&self, begun: &Begun<'_>) -> Option<String> {
        if self.wall_was_set(begun) {
            return None;
        }
        let before = |purposes: &dyn Fn(&Begun<'_>) -> bool, span: i64| {
            let earlier = self.begun.iter().filter(|other| {
                // What began after this one may have been permitted after it.
                other.at < begun.at && other.mail.to == begun.mail.to && purposes(other)
            });
            1 + earlier.filter_map(|other| self.counts_from(other)).filter(|from| *from > begun.wall - span).count()
        };
        begun.ended.filter(|(_, _, end)| end.is_taken())?;
        for cap in self.customs.caps.iter().filter(|cap| cap.counts(begun.name)) {
            let count = before(&|other| cap.counts(other.name), cap.hours * HOUR);
            if count > cap.at_most {
                return Some(format!("{count} of {:?} in {} h", cap.workflows, cap.hours));
            }
        }
        self.said.iter().filter(|said| said.binds(begun)).find_map(|said| {
            let Deed::Limit { customer, purpose: of, at_most, hours } = said.deed else { return None };
            let other = |other: &Said<'_>| {
                other.asked > said.asked
                    && matches!(other.deed, Deed::Limit { customer: whose, purpose: what, .. } if whose == customer && what == of)
            };
            let about = |begun: &Begun<'_>| of.is_empty() || *of == (self.customs.purpose)(begun.name);
            if *customer != begun.customer || !about(begun) || self.said.iter().any(other) {
                return None;
            }
            let count = before(&about, i64::from(*hours) * HOUR);
            (count > *at_most as usize).then(|| format!("{count} are more than {:?}", said.deed))
        })
    }

    /// P4.
    fn twice(&self) -> Vec<String> {
        let mut occurrences: BTreeMap<&str, Vec<&Begun<'_>>> = BTreeMap::new();
        for begun in &self.begun {
            occurrences.entry(&begun.mail.subject).or_default().push(begun);
        }
        let mut broken = vec![];
        for (subject, all) in occurrences {
            let end = |begun: &Begun<'_>| begun.ended.map(|(_, _, end)| end);
            let count = |of: End| all.iter().filter(|begun| end(begun) == Some(of)).count();
            let taken = count(End::Taken) + count(End::TakenUnheard);
            let deaths = self.events[all[0].at..all[all.len() - 1].at].iter().any(is_doubt);
            let in_doubt = deaths || count(End::TakenUnheard) > 0 || count(End::Nothing) > 0;
            let may_repeat = (self.customs.may_repeat)(all[0].name);
            let most = if may_repeat && in_doubt { 2 } else { 1 };
            if taken > most {
                broken.push(format!("P4, once: \"{subject}\" was taken {taken} times"));
            }
            if !may_repeat {
                let unheard = all.iter().position(|begun| end(begun) == Some(End::TakenUnheard));
                if unheard.is_some_and(|at| at + 1 < all.len()) {
                    broken.push(format!("P4, once: \"{subject}\" was tried again although it may have arrived"));
                }
            }
            if all.iter().any(|begun| begun.mail.id != all[0].mail.id) {
                broken.push(format!("P4, one id: \"{subject}\" had several"));
            }
        }
        broken
    }

    /// When all was well again, everybody who had not said no was written to, once.
    fn never(&self) -> Vec<String> {
        let mut broken = vec![];
        let last: Vec<(usize, usize, i64)> = self
            .said
            .iter()
            .filter(|said| said.done.is_some())
            .filter_map(|said| match said.deed {
                Deed::Book { visit, customer, start } if *visit >= 1000 => Some((*visit, *customer, *start)),
                _ => None,
            })
            .collect();
        for (visit, customer, start) in last {
            for name in self.customs.always {
                if self.may_be_missing(name, customer, start) {
                    continue;
                }
                let subject = format!("{name} v{visit}@{start}");
                let of_it = |begun: &&Begun<'_>| begun.mail.subject == subject;
                let taken =
                    self.begun.iter().filter(of_it).filter(|b| b.ended.is_some_and(|(_, _, end)| end == End::Taken));
                if taken.count() != 1 {
                    broken.push(format!("liveness: \"{subject}\" never came, although nothing spoke against it"));
                }
            }
        }
        broken
    }

    /// Whether somebody's own word, or their mailbox's, may keep it from them.
    fn may_be_missing(&self, name: &str, customer: usize, start: i64) -> bool {
        let mut people = BTreeSet::from([customer]);
        if self.customs.share.contains(&customer) {
            people.extend(self.customs.share);
        }
        let refused = self.said.iter().any(|said| match said.deed {
            Deed::Stop { customer: of, purpose: what } => {
                people.contains(of) && (what.is_empty() || *what == (self.customs.purpose)(name))
            }
            Deed::Erase { customer: of } => *of == customer,
            Deed::Snooze { customer: of, hours, all } => {
                *of == customer && *all && said.wall + hours * HOUR > start - 36 * HOUR
            }
            Deed::Limit { customer: of, purpose: what, .. } => {
                *of == customer && (what.is_empty() || *what == (self.customs.purpose)(name))
            }
            _ => false,
        });
        let bounced = self.begun.iter().any(|begun| {
            people.contains(&begun.customer) && begun.ended.is_some_and(|(_, _, end)| end == End::Rejected)
        });
        // Two people who end up with one address share what is said to it.
        let here = self.addresses(customer, self.events.len());
        let shared = self.said.iter().any(|said| {
            matches!(said.deed, Deed::Readdress { customer: of, address: to } if *of != customer && here.contains(&(self.customs.address)(*to)))
        });
        refused || bounced || shared
    }
}
