//! Several nodes over one PostgreSQL and one mail server, with a piece of network of the test's own in front of each, load on all of
//! them, and customers who click "stop"; and what the promises say of all that came of it.

use super::{
    evidence::{Evidence, Rows},
    history::Booked,
    postgres,
    proof::{self, Dice},
    real::{self, Daemon, Premises, Witness},
    relay::{Relay, Said, Target, Weather},
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    net::SocketAddr,
    sync::{Mutex, mpsc},
    time::Duration,
};
use tempfile::TempDir;

/// Customers who are reminded of visits; of four, three stop.
pub const GUESTS: usize = 120;
/// Visits of each in the time that counts.
pub const VISITS: usize = 4;
/// Customers who get offers, and never more than the cap.
pub const SHOPPERS: usize = 20;
const OFFERS: usize = 6;
pub const CAP: usize = 2;
/// Telephones that click at the same time.
const CLICKERS: usize = 8;
/// A node that beats no more is taken for dead sooner than in life, and what failed is tried again sooner, so that both happen
/// in a test.
const SPANS: (&str, &str) = ("COMITY_SPANS", "lease:8000,beat:2500,retry:2500");

/// One node, with its network.
pub struct Node {
    pub premises: Premises,
    pub database: Relay,
    pub mail: Relay,
    /// Where it runs: its stop page, too.
    running: Mutex<Option<(Daemon, SocketAddr)>>,
    /// When its database was away, and until when.
    away: Mutex<Vec<(u64, u64)>>,
    /// When any of its network was.
    doubts: Mutex<Vec<(u64, u64)>>,
}

/// See the module.
pub struct House {
    pub nodes: Vec<Node>,
    pub witness: Witness,
    pub rows: Rows,
    links: BTreeMap<String, String>,
    /// When it began, by both clocks.
    pub since_ns: u64,
    since: DateTime<Utc>,
    pub booked: Mutex<Vec<Booked>>,
    _folder: TempDir,
}

/// Who is going to click, when, and on which node's page.
pub struct Aim {
    guest: usize,
    at: DateTime<Utc>,
    node: usize,
}

/// How a stop was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// It holds.
    Now,
    /// It is written down, and holds when the node's database is back.
    Written,
}

/// One customer's stop.
#[derive(Clone, Debug)]
pub struct Clicked {
    pub guest: usize,
    pub asked_ns: u64,
    /// On whose page it was answered.
    pub node: usize,
    pub stop: Stop,
    pub acknowledged_ns: u64,
    /// From the first click to the answer.
    pub waited: Duration,
    pub tries: usize,
}

impl Node {
    fn new(premises: impl FnOnce(String) -> Premises, url: &str, mail: u16) -> Self {
        let (database, mail) = (Relay::to(Target::Socket(postgres::socket(url))), Relay::to(Target::Port(mail)));
        let premises = premises(postgres::through(url, database.port));
        Self { premises, database, mail, running: Mutex::default(), away: Mutex::default(), doubts: Mutex::default() }
    }

    /// Starts it, and waits until it is at work.
    pub fn start(&self, environment: &[(&str, &str)]) {
        let port = self.mail.port.to_string();
        let own = [SPANS, ("COMITY_SMTP__PORT", port.as_str())];
        let mut daemon = self.premises.serve(&[&own, environment].concat());
        let page = daemon.ready().expect("the node is ready");
        *self.running.lock().unwrap() = Some((daemon, page));
    }

    /// SIGTERM, and waits until it is gone.
    pub fn end(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some((mut daemon, _)) = running {
            assert!(!daemon.has_ended(), "the node ended by itself: {:#?}", daemon.said());
            daemon.end();
        }
    }

    /// Where its stop page is, if it runs.
    pub fn page(&self) -> Option<SocketAddr> {
        self.running.lock().unwrap().as_ref().map(|(_, page)| *page)
    }

    /// Turns the network before its database.
    pub fn turn_database(&self, weather: Weather) {
        self.note_away(weather != Weather::Fair);
        self.note_doubt(weather != Weather::Fair);
        self.database.turn(weather);
    }

    /// The same before its mail server.
    pub fn turn_mail(&self, weather: Weather) {
        self.note_doubt(weather != Weather::Fair);
        self.mail.turn(weather);
    }

    /// Whether it can work with its database from now on.
    pub fn note_away(&self, is_away: bool) {
        note(&self.away, is_away);
    }

    fn note_doubt(&self, is_away: bool) {
        note(&self.doubts, is_away);
    }

    /// Moments at which what was on its way may have been lost.
    pub fn doubts(&self) -> Vec<u64> {
        let doubts = self.doubts.lock().unwrap();
        doubts.iter().flat_map(|(since, until)| (*since..*until).step_by(250_000_000).chain([*until])).collect()
    }

    /// What it has begun to say to the mail server since then.
    pub fn begun_since(&self, boot_ns: u64) -> usize {
        self.mail.told().iter().filter(|told| matches!(told.said, Said::Mail) && told.boot_ns > boot_ns).count()
    }

    /// What a running one answers at this path.
    pub fn look(&self, path: &str) -> String {
        real::look(self.page().expect("it runs"), path)
    }

    /// From when on its database was there for so long, at this moment or later.
    pub fn back_for(&self, from: u64, so_long: u64) -> u64 {
        let away = self.away.lock().unwrap();
        away.iter()
            .fold(from, |from, (since, until)| if from + so_long > *since && from < *until { *until } else { from })
            + so_long
    }
}

/// From now on it is away, or not any more. Of several reasons for it, the last to end counts.
fn note(times: &Mutex<Vec<(u64, u64)>>, is_away: bool) {
    let now = real::boot_ns();
    let mut times = times.lock().unwrap();
    if is_away {
        times.push((now, u64::MAX));
    } else {
        times.iter_mut().filter(|(_, until)| *until == u64::MAX).for_each(|(_, until)| *until = now);
    }
}

impl House {
    /// So many nodes, all of them at work, and each guest has a stop link.
    pub fn open(nodes: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &["mail=0.005", "rcpt=0.002", "data=0.002", "dot=0.300"]);
        let url = postgres::database();
        let first = Node::new(|url| premises(&witness).on(url), &url, witness.port);
        first.premises.run(&["check"]);
        proof::bring_customers(&first.premises, GUESTS + SHOPPERS);
        let (rows, links) = (Rows::Server(url.clone()), BTreeMap::new());
        let (since_ns, since, booked) = (real::boot_ns(), proof::now(), Mutex::default());
        let mut house = Self { nodes: vec![first], witness, rows, links, since_ns, since, booked, _folder: folder };
        let due = proof::now() + TimeDelta::seconds(4);
        house.import((1..=GUESTS).map(|guest| (guest, due, "visit")));
        house.nodes[0].start(&[]);
        let links = || Some(proof::links(&house.witness.seen())).filter(|links| links.len() == GUESTS);
        house.links = proof::wait_for(links);
        for _ in 1..nodes {
            let another = house.nodes[0].premises.another();
            let node = Node::new(|url| another.on(url), &url, house.witness.port);
            node.start(&[]);
            house.nodes.push(node);
        }
        house.wait_for_the_end();
        house
    }

    /// Visits and offers, due all the time from now on for so long; and who is going to stop then.
    pub fn load(&self, dice: &mut Dice, span: Duration) -> Vec<Aim> {
        let begins = proof::now() + TimeDelta::seconds(4);
        let mut moment = || {
            begins
                + TimeDelta::milliseconds(i64::try_from(dice.below(u64::try_from(span.as_millis()).unwrap())).unwrap())
        };
        for _ in 0..VISITS {
            let visits: Vec<_> = (1..=GUESTS).map(|guest| (guest, moment(), "visit")).collect();
            self.import(visits.into_iter());
        }
        for _ in 0..OFFERS {
            let offers: Vec<_> = (GUESTS + 1..=GUESTS + SHOPPERS).map(|guest| (guest, moment(), "offer")).collect();
            self.import(offers.into_iter());
        }
        assert!(proof::now() < begins, "the imports took longer than the test thought");
        let stops: Vec<_> =
            (1..=GUESTS).filter(|guest| !guest.is_multiple_of(4)).map(|guest| (guest, moment())).collect();
        let mut aims: Vec<Aim> =
            stops.into_iter().map(|(guest, at)| Aim { guest, at, node: dice.index(self.nodes.len()) }).collect();
        aims.sort_by_key(|aim| aim.at);
        aims
    }

    /// One visit more for every guest, due when every stop must hold.
    pub fn last_visits(&self, after: Duration) {
        let due = proof::now() + TimeDelta::from_std(after).unwrap();
        // Of these, the checker says where one never came.
        let number = self.booked.lock().unwrap().len().max(1000);
        self.import_from(number, (1..=GUESTS).map(|guest| (guest, due, "visit")));
    }

    fn import(&self, visits: impl Iterator<Item = (usize, DateTime<Utc>, &'static str)>) {
        let number = self.booked.lock().unwrap().len();
        self.import_from(number, visits);
    }

    fn import_from(&self, number: usize, visits: impl Iterator<Item = (usize, DateTime<Utc>, &'static str)>) {
        let (mut text, asked_ns) = (String::from("id;customer;starts_at;kind;slot\n"), real::boot_ns());
        let mut booked: Vec<Booked> = vec![];
        for ((customer, due, name), visit) in visits.zip(number..) {
            let begins = due + TimeDelta::hours(1);
            let start = (begins - self.since).num_milliseconds();
            let one = Booked { visit, customer, name, start, asked_ns, done_ns: 0 };
            let starts_at = begins.format("%Y-%m-%dT%H:%M:%S%.3fZ");
            writeln!(text, "V{visit};C{customer};{starts_at};{name};{}", one.subject()).unwrap();
            booked.push(one);
        }
        let file = self.nodes[0].premises.path().join("visits.csv");
        fs::write(&file, text).unwrap();
        self.nodes[0].premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
        let done_ns = real::boot_ns();
        self.booked.lock().unwrap().extend(booked.into_iter().map(|one| Booked { done_ns, ..one }));
    }

    /// Each of them clicks at its moment, and again on another node's page where nobody answers. They come in the order of
    /// their moments.
    pub fn click_all(&self, aims: &[Aim]) -> Vec<Clicked> {
        let (aims, (tell, told)) = (Mutex::new(aims.iter()), mpsc::channel());
        std::thread::scope(|scope| {
            for _ in 0..CLICKERS {
                let (aims, tell) = (&aims, tell.clone());
                scope.spawn(move || {
                    loop {
                        let Some(aim) = aims.lock().unwrap().next() else { break };
                        proof::wait((aim.at - proof::now()).to_std().unwrap_or_default());
                        tell.send(self.click(aim)).unwrap();
                    }
                });
            }
            drop(tell);
            told.into_iter().collect()
        })
    }

    /// Somebody clicks on this node's page now.
    pub fn click_at(&self, node: usize, guest: usize) -> Clicked {
        self.click(&Aim { guest, at: proof::now(), node })
    }

    fn click(&self, aim: &Aim) -> Clicked {
        let (link, asked_ns) = (&self.links[&proof::address(aim.guest)], real::boot_ns());
        let (mut node, mut tries) = (aim.node, 0);
        let stop = proof::wait_for(|| {
            tries += 1;
            let answer =
                self.nodes[node].page().and_then(|page| real::try_click_and_read(page, link)).unwrap_or_default();
            if answer.starts_with("HTTP/1.1 200") {
                return Some(if answer.contains("is written down") { Stop::Written } else { Stop::Now });
            }
            node = (node + 1) % self.nodes.len();
            None
        });
        let acknowledged_ns = real::boot_ns();
        let waited = Duration::from_nanos(acknowledged_ns - asked_ns);
        Clicked { guest: aim.guest, asked_ns, node, stop, acknowledged_ns, waited, tries }
    }

    /// How many sessions of the database have the turn, and were asked for nothing for a moment.
    pub fn in_the_middle(&self) -> usize {
        let Rows::Server(url) = &self.rows else { panic!("it is on a server") };
        let asked = "\\a \\t on\nSELECT count(*) FROM pg_stat_activity a JOIN pg_locks l USING (pid)
            WHERE a.datname = current_database() AND a.state = 'idle in transaction'
              AND a.state_change < clock_timestamp() - INTERVAL '400 ms' AND l.locktype = 'advisory' AND l.granted;";
        postgres::ask(url, asked).lines().filter_map(|line| line.trim().parse().ok()).next_back().unwrap_or(0)
    }

    /// Until every plan has ended.
    pub fn wait_for_the_end(&self) {
        proof::wait_for(|| (Evidence::of(&self.rows).open() == 0).then_some(()));
    }

    /// Ends all that still run.
    pub fn end(self) {
        self.nodes.iter().for_each(Node::end);
    }
}

/// Reminders for guests, which come again where nobody knows; offers for shoppers, which don't, and have a cap.
fn premises(witness: &Witness) -> Premises {
    let premises = proof::premises(witness);
    let write = |file: &str, text: &str| fs::write(premises.path().join(file), text).unwrap();
    let offers = format!(
        "[purposes.offers]\ntitle = \"Offers\"\npromise = \"We write now and then.\"\nbasis = \"contract\"\n\
         cap = {{ at_most = {CAP}, per = \"7 days\" }}\n\n[records"
    );
    let policy = proof::POLICY.replacen("[records", &offers, 1);
    let text = "{ type = \"text\", purposes = [\"*\"], keep = \"90 days\" }";
    write("policy.toml", &format!("{policy}kind = {text}\nslot = {text}\n"));
    write("templates/mail/plain/subject.hbs", "{{appointment.slot}}\n");
    write(
        "templates/mail/plain/sample.json",
        r#"{ "appointment": { "starts_at": "2027-03-30T10:00[Europe/Paris]", "slot": "visit v1@0" } }"#,
    );
    let workflow = |purpose: &str, kind: &str, if_uncertain: &str| {
        format!(
            "purpose = \"{purpose}\"\ntemplate = \"plain\"\napproval = \"none\"\n\n[trigger]\nrecord = \"appointment\"\n\
             before = {{ field = \"starts_at\", by = [\"1h\"] }}\nonly_if = \"appointment.kind == '{kind}'\"\n\
             if_uncertain = \"{if_uncertain}\"\n"
        )
    };
    write("workflows/again.toml", &workflow("reminders", "visit", "send-again"));
    write("workflows/once.toml", &workflow("offers", "offer", "leave"));
    premises
}
