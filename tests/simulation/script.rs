//! What happens in a simulation, written down before it begins: made from the seed, and shortened when it fails.

use crate::support::proof::Dice;
use std::fmt;

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// So many customers are known at first.
pub const CUSTOMERS: usize = 12;
/// These two share a mailbox.
pub const SHARE: [usize; 2] = [10, 11];
/// Nodes at most.
pub const NODES: usize = 3;
/// When a script begins, after boot: eight in the morning in Paris.
pub const BEGINS: i64 = 7 * HOUR;
/// The purposes that rest on a yes.
pub const MARKETING: [&str; 2] = ["tips", "aftercare"];

/// One thing, at one time after boot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Act {
    pub at: i64,
    /// To which node, where it is done to one.
    pub node: usize,
    pub deed: Deed,
}

/// What happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// A visit is booked, or moved, to a time after boot by the wall.
    Book { visit: usize, customer: usize, start: i64 },
    /// It is cancelled.
    Cancel { visit: usize, customer: usize, start: i64 },
    /// One click on a message's link.
    Stop { customer: usize, purpose: &'static str },
    /// A yes on the page of preferences.
    Agree { customer: usize, purpose: &'static str },
    /// No messages for so long: marketing, or all.
    Snooze { customer: usize, hours: i64, all: bool },
    /// No silence any more.
    Unsnooze { customer: usize },
    /// At most so many in so many hours, of a purpose or all.
    Limit { customer: usize, purpose: &'static str, at_most: u32, hours: u32 },
    /// Another address.
    Readdress { customer: usize, address: usize },
    /// Erased by the operator.
    Erase { customer: usize },
    /// Everything is halted.
    Pause,
    /// Not any more.
    Resume,
    /// The mail server changes.
    Weather(Weather),
    /// The wall clock is set ahead, or back.
    Jump(i64),
    /// The daemon is killed, and begins again after so long.
    Die { down: i64 },
    /// The same, before the so-manieth statement from now.
    DieBefore { statements: u64, down: i64 },
    /// So many statements from then on fail.
    Fail { after: u64, statements: u64 },
    /// Each statement may take so long, as chance has it.
    Slow { ms: i64 },
    /// The node can't reach its database for so long.
    Cut { ms: i64 },
    /// The node stands still for so long, and goes on.
    Freeze { ms: i64 },
}

/// How the mail server is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weather {
    /// It takes everything.
    Fair,
    /// 4xx, here and there.
    Deferring,
    /// 5xx about the mailbox, here and there.
    Rejecting,
    /// It ends connections before the dot, here and there.
    Dropping,
    /// It takes messages, and its answer is lost.
    Losing,
    /// It answers after minutes, or never.
    Stalling,
    /// It says 4xx and has taken the message.
    Lying,
    /// Nobody answers.
    Away,
    /// It won't have us.
    Refusing,
    /// All of it.
    Wild,
}

impl Weather {
    const ALL: [Self; 10] = [
        Self::Fair,
        Self::Deferring,
        Self::Rejecting,
        Self::Dropping,
        Self::Losing,
        Self::Stalling,
        Self::Lying,
        Self::Away,
        Self::Refusing,
        Self::Wild,
    ];
}

/// A script.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    pub seed: u64,
    pub nodes: usize,
    pub acts: Vec<Act>,
    /// From here on all is well.
    pub heals: i64,
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  nodes: {}", self.nodes)?;
        for Act { at, node, deed } in &self.acts {
            writeln!(f, "  {} node {node} {deed:?}", said(*at))?;
        }
        writeln!(f, "  {} all is well", said(self.heals))
    }
}

/// A time after boot.
pub fn said(at: i64) -> String {
    let (day, rest) = (at / DAY, at % DAY);
    format!("{day}d {:02}:{:02}:{:02}.{:03}", rest / HOUR, rest % HOUR / MINUTE, rest % MINUTE / SECOND, rest % SECOND)
}

impl Script {
    /// From a seed.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::seeded(seed);
        let nodes = 1 + dice.index(NODES);
        let mut maker = Maker { dice, nodes, acts: vec![], visits: vec![], ends: 0 };
        maker.make();
        let Maker { mut acts, ends, .. } = maker;
        acts.sort_by_key(|act| act.at);
        Self { seed, nodes, acts, heals: BEGINS + ends }
    }
}

struct Maker {
    dice: Dice,
    nodes: usize,
    acts: Vec<Act>,
    /// Whose each visit is, and when.
    visits: Vec<(usize, i64)>,
    ends: i64,
}

impl Maker {
    fn below(&mut self, bound: i64) -> i64 {
        i64::try_from(self.dice.below(u64::try_from(bound).unwrap())).unwrap()
    }

    fn act(&mut self, at: i64, deed: Deed) {
        let node = self.dice.index(self.nodes);
        self.act_at(at, node, deed);
    }

    fn act_at(&mut self, at: i64, node: usize, deed: Deed) {
        self.acts.push(Act { at: BEGINS + at, node, deed });
    }

    fn make(&mut self) {
        self.ends = DAY + self.below(2 * DAY);
        // A few people at a time, so that what happens meets.
        let people: Vec<usize> = (0..4 + self.dice.index(4)).map(|_| self.dice.index(CUSTOMERS)).collect();
        for _ in 0..3 + self.dice.index(6) {
            let customer = self.dice.pick(&people);
            let at = self.below(self.ends / 3);
            self.book(customer, at);
        }
        for _ in 0..6 + self.dice.index(if self.nodes > 1 { 26 } else { 18 }) {
            self.something(&people);
        }
    }

    /// Starts fall on the same minutes: messages come due together.
    fn start(&mut self, at: i64) -> i64 {
        let span = self.dice.pick(&[3 * HOUR, 8 * HOUR, 26 * HOUR, 50 * HOUR]);
        let start = BEGINS + at + 2 * HOUR + self.below(span);
        start - start % (30 * MINUTE)
    }

    fn book(&mut self, customer: usize, at: i64) {
        let start = self.start(at);
        let visit = self.visits.len();
        self.visits.push((customer, start));
        self.act(at, Deed::Book { visit, customer, start });
    }

    /// Close to a moment at which messages are due, or at any time.
    fn moment(&mut self) -> i64 {
        let anywhere = self.below(self.ends);
        let (_, start) = self.dice.pick(&self.visits);
        let before = self.dice.pick(&[24 * HOUR, 2 * HOUR, 3 * HOUR, 26 * HOUR, -2 * HOUR]);
        let near = start - before - BEGINS - 3 * SECOND + self.below(6 * SECOND);
        let late = self.below(3) == 0;
        let near = if late { near + self.below(20 * MINUTE) } else { near };
        if self.below(3) == 0 || near < 0 || near >= self.ends { anywhere } else { near }
    }

    fn something(&mut self, people: &[usize]) {
        let at = self.moment();
        let customer = if self.below(3) == 0 { self.dice.pick(people) } else { self.dice.pick(&self.visits).0 };
        let kinds = if self.nodes > 1 { 52 } else { 32 };
        match self.dice.below(kinds) {
            0..=2 => self.book(customer, at),
            3..=5 => {
                let visit = self.dice.index(self.visits.len());
                let start = if self.below(4) == 0 { self.visits[visit].1 } else { self.start(at) };
                let (customer, _) = self.visits[visit];
                self.visits[visit].1 = start;
                self.act(at, Deed::Book { visit, customer, start });
            }
            6..=8 => {
                let visit = self.dice.index(self.visits.len());
                let (customer, start) = self.visits[visit];
                self.act(at, Deed::Cancel { visit, customer, start });
            }
            9..=13 => {
                let purpose = self.dice.pick(&["reminders", "reminders", "service", "tips", "aftercare", ""]);
                self.act(at, Deed::Stop { customer, purpose });
                // Somebody who said no and has another address is still somebody who said no.
                if self.below(3) == 0 {
                    let (later, address) = (at + self.below(HOUR), CUSTOMERS + self.dice.index(50));
                    self.act(later, Deed::Readdress { customer, address });
                }
            }
            14 => {
                let purpose = self.dice.pick(&MARKETING);
                self.act(at, Deed::Agree { customer, purpose });
            }
            15..=17 => self.wish(at, customer),
            18 => {
                let address = CUSTOMERS + self.dice.index(50);
                self.act(at, Deed::Readdress { customer, address });
            }
            19 if !SHARE.contains(&customer) => self.act(at, Deed::Erase { customer }),
            20 => {
                self.act(at, Deed::Pause);
                let later = at + self.below(2 * HOUR);
                self.act(later, Deed::Resume);
            }
            21..=24 => {
                let weather = self.dice.pick(&Weather::ALL);
                self.act(at, Deed::Weather(weather));
            }
            25 => self.jump(at),
            26..=28 => {
                let down = self.dice.pick(&[0, SECOND, 5 * MINUTE, 3 * HOUR, 30 * HOUR]);
                if self.below(2) == 0 {
                    self.act(at, Deed::Die { down });
                } else {
                    let statements = self.dice.below(60);
                    self.act(at, Deed::DieBefore { statements, down });
                }
            }
            29 => self.fail(at, customer),
            32.. => self.among_nodes(),
            _ => {
                let ms = self.dice.pick(&[0, 20, 400, 3000]);
                self.act(at, Deed::Slow { ms });
            }
        }
    }

    fn fail(&mut self, at: i64, customer: usize) {
        let (after, statements) = (self.dice.below(30), 1 + self.dice.below(8));
        self.act(at, Deed::Fail { after, statements });
        // Somebody says no while the database is away.
        if self.below(3) > 0 {
            let (after, statements) = (self.dice.below(5), 10 + self.dice.below(30));
            self.act(at + 1, Deed::Fail { after, statements });
            let purpose = self.dice.pick(&["reminders", "service", "tips", "aftercare", ""]);
            self.act(at + 1, Deed::Stop { customer, purpose });
        }
    }

    /// When a message is due, to whom, and of which purpose.
    fn due(&mut self) -> (i64, usize, &'static str) {
        let (customer, start) = self.dice.pick(&self.visits);
        let (before, purpose) = self.dice.pick(&[
            (24 * HOUR, "reminders"),
            (2 * HOUR, "reminders"),
            (3 * HOUR, "service"),
            (26 * HOUR, "tips"),
            (-2 * HOUR, "aftercare"),
        ]);
        let at = start - before - BEGINS;
        let at = if at < 0 || at >= self.ends { self.below(self.ends) } else { at };
        (at, customer, purpose)
    }

    /// What only several nodes can meet: one is about to write to somebody, and another one hears their no.
    fn among_nodes(&mut self) {
        let (due, customer, purpose) = self.due();
        let at = due + self.below(700);
        let node = self.dice.index(self.nodes);
        let no = match self.below(5) {
            0..=2 => Deed::Stop { customer, purpose },
            3 if !SHARE.contains(&customer) => Deed::Erase { customer },
            _ => Deed::Pause,
        };
        let pauses = no == Deed::Pause;
        match self.below(4) {
            0 => {
                let ms = self.dice.pick(&[300, 1_500, 2_200, 6 * SECOND, 6 * SECOND, 40 * SECOND, 10 * MINUTE]);
                self.act_at(at, node, Deed::Freeze { ms });
                let (later, other) = (at + self.below(ms.min(4 * SECOND)), node + 1 + self.dice.index(self.nodes - 1));
                self.act_at(later, other, no);
            }
            1 => {
                let ms = self.dice.pick(&[200, 2 * SECOND, 20 * SECOND, 50 * SECOND, 20 * MINUTE]);
                self.act_at(at, node, Deed::Cut { ms });
                let later = at + self.below(ms.min(4 * SECOND));
                self.act(later, no);
            }
            2 => {
                let down = self.dice.pick(&[SECOND, 5 * MINUTE, 3 * HOUR]);
                self.act_at(at, node, Deed::Die { down });
                self.act_at(at + 1, node + 1, no);
            }
            _ => self.act_at(at, node, no),
        }
        if pauses {
            let later = at + self.below(20 * MINUTE);
            self.act(later, Deed::Resume);
        }
    }

    fn wish(&mut self, at: i64, customer: usize) {
        match self.dice.below(5) {
            0 | 1 => {
                let (hours, all) = (1 + self.below(40), self.below(2) == 0);
                self.act(at, Deed::Snooze { customer, hours, all });
            }
            2 => self.act(at, Deed::Unsnooze { customer }),
            _ => {
                let purpose = self.dice.pick(&["", "reminders", "tips", "aftercare"]);
                let at_most = 1 + u32::try_from(self.below(2)).unwrap();
                let hours = 6 + u32::try_from(self.below(60)).unwrap();
                self.act(at, Deed::Limit { customer, purpose, at_most, hours });
            }
        }
    }

    fn jump(&mut self, at: i64) {
        let by = self.dice.pick(&[3 * MINUTE, HOUR, 3 * HOUR, 26 * HOUR, -10 * MINUTE, -2 * HOUR]);
        self.act(at, Deed::Jump(by));
        if self.below(3) > 0 {
            let later = at + self.below(10 * MINUTE);
            self.act(later, Deed::Jump(-by));
        }
    }
}
