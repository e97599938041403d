//! Race proof: "stop" against "send". Messages come due one after the other, and three of four people click their stop link
//! about then. No `MAIL FROM` may follow an acknowledged stop, by the witness's own log.
//!
//! The daemon holds every permit open for a moment before its last look (`COMITY_STALL`), so that stops really come
//! between. The same proof must catch a daemon that revokes nothing.
//!
//! `COMITY_RACES=100000 tests/run race` is the full proof; without the variable it is one that takes some four minutes for each of the
//! databases.

use crate::{
    store::Home,
    support::{
        evidence::{Lookout, Rows},
        proof::{self, Dice, LANES},
        real::{self, Daemon, Premises, Seen, Witness},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use comity::{
    base::{
        Handle, Instant, PlanId,
        token::{Link, LinkPurpose},
    },
    engine::house::key_file,
};
use std::{
    collections::BTreeMap,
    fs, iter,
    net::SocketAddr,
    sync::{Mutex, mpsc},
    time::Duration,
};

/// How long a permit is held open: a few times what a stop needs to get in.
const STALL: (&str, &str) = ("COMITY_STALL", "before-last-look:80");
/// Lanes of all nodes together: each has a message for some 120 ms.
const ALL_LANES: usize = 36;
/// Messages that come due in a second. The lanes can carry more.
const PER_SECOND: usize = 120;
/// Between two looks at what was permitted.
const LOOK: Duration = Duration::from_millis(10);
/// One click of three comes about when its message is due, so much earlier or later: before the claim, and after it.
const ABOUT_MS: u64 = 40;
/// The others come when their messages were permitted, and up to so much later: in the permit's time, and after it.
const LATER_MS: u64 = 70;
/// Telephones that click at the same time.
const CLICKERS: usize = 48;
/// Stops in a test run that nobody asked for more.
const RACES: usize = 20_000;
/// Where a few are enough.
const FEW: usize = 240;

/// What a clicker is going to do.
struct Aim {
    customer: usize,
    link: String,
    /// Of which node.
    page: SocketAddr,
}

/// When.
enum Moment {
    At(DateTime<Utc>),
    /// So long after its permit was seen.
    Permitted(TimeDelta),
}

/// One customer's race, as the clicker saw it.
pub struct Click {
    pub customer: usize,
    /// Whether the message was permitted before the click.
    pub in_hand: bool,
    /// When the click left.
    pub asked_ns: u64,
    /// When the stop was acknowledged.
    pub acknowledged_ns: u64,
}

/// What came of all races.
#[derive(Debug, Default)]
pub struct Tally {
    pub stopped: usize,
    /// A `MAIL FROM` after the acknowledgement.
    pub broken: Vec<usize>,
    /// Stops that left the telephone while the message was permitted and its `MAIL FROM` not yet seen.
    between: usize,
    /// Permits that a stop took back.
    revoked: usize,
    pub unstopped: usize,
    /// Once.
    pub delivered: usize,
    /// How many nodes attempted the second messages.
    nodes: usize,
}

#[test]
fn no_transaction_begins_after_an_acknowledged_stop() {
    if !real::can_run() {
        return;
    }
    for home in [Home::Sqlite, Home::Postgres] {
        // Three nodes are harder on the server than one.
        let races = if home == Home::Sqlite { proof::scale("COMITY_RACES", RACES) } else { FEW };
        holds(&run(races, (home, 1), &[STALL]));
    }
}

/// Each telephone talks to one of them, and its message may be in the hands of another.
#[test]
fn nor_where_three_nodes_share_a_database() {
    if !real::can_run() {
        return;
    }
    let tally = run(proof::scale("COMITY_RACES", RACES), (Home::Postgres, 3), &[STALL]);
    holds(&tally);
    assert_eq!(tally.nodes, 3, "all of them sent: {tally:?}");
}

fn holds(tally: &Tally) {
    println!("{tally:?}");
    assert!(tally.broken.is_empty(), "MAIL FROM after an acknowledged stop: {tally:?}");
    assert!(tally.between * 10 >= tally.stopped * 3, "too few stops came between permit and MAIL FROM: {tally:?}");
    assert!(tally.revoked > 0, "no stop met an open permit: {tally:?}");
    assert!(tally.delivered * 100 >= tally.unstopped * 99, "too few of the others were delivered: {tally:?}");
}

#[test]
fn the_race_proof_notices_when_permits_are_not_revoked() {
    if !real::can_run() {
        return;
    }
    let tally = run(FEW, (Home::Sqlite, 1), &[STALL, ("COMITY_FAULT", "skip-revocation")]);
    println!("{tally:?}");
    assert!(!tally.broken.is_empty(), "the proof would not notice a stop that revokes nothing: {tally:?}");
}

fn run(races: usize, (home, nodes): (Home, usize), environment: &[(&str, &str)]) -> Tally {
    // Three customers of four stop; what the fourth gets shows that the daemon went on sending.
    let customers = races + races / 3;
    let mut dice = Dice::new();
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &["mail=0.005", "rcpt=0.005", "data=0.005", "dot=0.010"]);
    let premises = match home {
        Home::Sqlite => proof::premises(&witness),
        Home::Postgres => proof::premises(&witness).on_server(),
    };
    let lanes = format!("lanes = {}", ALL_LANES / nodes);
    let settings = proof::settings(witness.port).replace(&format!("lanes = {LANES}"), &lanes);
    fs::write(premises.path().join("comity.toml"), settings).unwrap();
    fs::remove_file(premises.path().join("workflows/once.toml")).unwrap();
    proof::bring_customers(&premises, customers);
    let rows = premises.rows();
    let links = links(&premises, &rows);

    let others: Vec<Premises> = (1..nodes).map(|_| premises.another()).collect();
    let mut daemons: Vec<Daemon> =
        iter::once(&premises).chain(&others).map(|premises| premises.serve(environment)).collect();
    let pages: Vec<SocketAddr> =
        daemons.iter_mut().map(|daemon| daemon.ready().expect("the daemon is ready")).collect();
    // An import is faster than the messages come due, in the same order.
    let first = proof::now() + TimeDelta::seconds(4);
    let due = |n: usize| first + TimeDelta::milliseconds(i64::try_from(n * 1000 / PER_SECOND).unwrap());
    let mut ms = |below| TimeDelta::milliseconds(i64::try_from(dice.below(below)).unwrap());
    let aims = (1..=customers).filter(|n| !n.is_multiple_of(4)).map(|customer| {
        let aim = Aim { customer, link: links[&customer].clone(), page: pages[customer % nodes] };
        let about = || due(customer) - TimeDelta::milliseconds(15);
        let moment =
            if customer % 3 == 0 { Moment::At(about() + ms(ABOUT_MS)) } else { Moment::Permitted(ms(LATER_MS)) };
        (aim, moment)
    });
    let aims = aims.collect();
    let clicks = std::thread::scope(|scope| {
        scope.spawn(|| import(&premises, (1..=customers).map(|n| (n, due(n)))));
        click_all(&rows, aims)
    });
    let lookout = Lookout::at(&rows);
    let open = "SELECT COUNT(*) FROM plans WHERE state IN ('planned', 'leased', 'sending')";
    proof::wait_for(|| (lookout.number(open) == 0).then_some(()));
    daemons.into_iter().for_each(Daemon::end);

    let clicks = with_what_was_in_hand(clicks, &lookout);
    let count = |what: &str| usize::try_from(lookout.number(&format!("SELECT COUNT({what}"))).unwrap();
    let (revoked, nodes) = (count("*) FROM attempts WHERE state = 'revoked'"), count("DISTINCT node) FROM attempts"));
    Tally { revoked, nodes, ..tally(customers, 0, &clicks, &witness.seen()) }
}

/// Each customer's stop link, as a message has it.
fn links(premises: &Premises, rows: &Rows) -> BTreeMap<usize, String> {
    let keys = key_file::load(&premises.path().join("data")).unwrap();
    let link = |(customer, handle): (String, Vec<u8>)| {
        let customer: usize = customer.trim_start_matches('C').parse().unwrap();
        let handle = Handle(handle.try_into().unwrap());
        // The name of a message that they got before.
        let plan = PlanId(i64::try_from(customer).unwrap());
        let link = Link { customer: handle, purpose: "reminders".to_owned(), plan, issued_at: Instant::from_ms(0) };
        (customer, format!("https://stop.salon.example/u/{}", link.sign(&keys, LinkPurpose::Stop)))
    };
    Lookout::at(rows).named_bytes("SELECT external_id, handle FROM customers").into_iter().map(link).collect()
}

/// Visits whose reminders are due at these moments, the earliest first.
fn import(premises: &Premises, visits: impl Iterator<Item = (usize, DateTime<Utc>)>) {
    let file = premises.path().join("visits.csv");
    proof::write_visits(&file, "V", visits);
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
}

/// Clicks each link at its moment, several at a time.
fn click_all(rows: &Rows, aims: Vec<(Aim, Moment)>) -> Vec<Click> {
    let ((hand_out, handed), (tell, told)) = (mpsc::channel(), mpsc::channel());
    let handed = Mutex::new(handed);
    std::thread::scope(|scope| {
        for _ in 0..CLICKERS {
            let (handed, tell) = (&handed, tell.clone());
            scope.spawn(move || {
                loop {
                    let Ok(aim) = handed.lock().unwrap().recv() else { break };
                    tell.send(click(&aim)).unwrap();
                }
            });
        }
        drop(tell);
        hand_out_in_time(rows, aims, &hand_out);
        drop(hand_out);
        told.into_iter().collect()
    })
}

/// Hands each aim out when its moment has come.
fn hand_out_in_time(rows: &Rows, aims: Vec<(Aim, Moment)>, hand_out: &mpsc::Sender<Aim>) {
    let lookout = Lookout::at(rows);
    let (mut timed, mut waiting) = (BTreeMap::new(), BTreeMap::new());
    for (aim, moment) in aims {
        match moment {
            Moment::At(at) => drop(timed.insert((at, aim.customer), aim)),
            Moment::Permitted(later) => drop(waiting.insert(aim.customer, (aim, later))),
        }
    }
    let mut last = 0;
    let mut seen_at = proof::now();
    while !timed.is_empty() || !waiting.is_empty() {
        let permitted = lookout.numbers(&format!(
            "SELECT a.id * 1000000 + CAST(SUBSTR(c.external_id, 2) AS BIGINT)
             FROM attempts a JOIN customers c ON c.id = a.customer WHERE a.id > {last} ORDER BY a.id"
        ));
        let now = proof::now();
        seen_at = if permitted.is_empty() { seen_at } else { now };
        assert!(now - seen_at < TimeDelta::minutes(3), "{} messages were never permitted", waiting.len());
        for both in permitted {
            last = both / 1_000_000;
            if let Some((aim, later)) = waiting.remove(&usize::try_from(both % 1_000_000).unwrap()) {
                timed.insert((now + later, aim.customer), aim);
            }
        }
        let still = timed.split_off(&(now, 0));
        for aim in std::mem::replace(&mut timed, still).into_values() {
            hand_out.send(aim).unwrap();
        }
        proof::wait(LOOK);
    }
}

fn click(aim: &Aim) -> Click {
    let asked_ns = real::boot_ns();
    assert_eq!(real::one_click(aim.page, &aim.link), 200, "the stop of customer {} is acknowledged", aim.customer);
    Click { customer: aim.customer, in_hand: false, asked_ns, acknowledged_ns: real::boot_ns() }
}

/// By when each message was permitted for the first time: the rows have the wall clock's milliseconds.
fn with_what_was_in_hand(clicks: Vec<Click>, lookout: &Lookout) -> Vec<Click> {
    let boot_ms = i64::try_from(real::boot_ns() / 1_000_000).unwrap();
    let ahead_ms = proof::now().timestamp_millis() - boot_ms;
    // Both numbers in one: a race takes no eleven days.
    let first = lookout.number("SELECT COALESCE(MIN(permitted_at), 0) FROM attempts");
    let permitted: BTreeMap<usize, i64> = lookout
        .numbers(&format!(
            "SELECT CAST(SUBSTR(c.external_id, 2) AS BIGINT) * 1000000000 + MIN(a.permitted_at) - {first}
             FROM attempts a JOIN customers c ON c.id = a.customer GROUP BY c.external_id"
        ))
        .into_iter()
        .map(|both| (usize::try_from(both / 1_000_000_000).unwrap(), first + both % 1_000_000_000 - ahead_ms))
        .collect();
    let in_hand = |click: &Click| {
        let asked_ms = i64::try_from(click.asked_ns / 1_000_000).unwrap();
        permitted.get(&click.customer).is_some_and(|at| *at < asked_ms)
    };
    clicks.into_iter().map(|click| Click { in_hand: in_hand(&click), ..click }).collect()
}

/// Judges by the witness's log. What it saw before `since` were the messages with the links.
pub fn tally(customers: usize, since: u64, clicks: &[Click], seen: &[Seen]) -> Tally {
    // When each transaction began: a session's last MAIL before the RCPT that names the customer.
    let mut last_mail: BTreeMap<u64, u64> = BTreeMap::new();
    let (mut mails, mut dots): (BTreeMap<&str, Vec<u64>>, BTreeMap<&str, usize>) = Default::default();
    for line in seen.iter().filter(|line| line.boot_ns > since) {
        match (line.event.as_str(), line.to.as_deref()) {
            ("mail", _) => drop(last_mail.insert(line.session, line.boot_ns)),
            ("rcpt", Some(to)) => mails.entry(to).or_default().push(last_mail[&line.session]),
            ("dot", Some(to)) => *dots.entry(to).or_default() += 1,
            _ => {}
        }
    }
    let clicks: BTreeMap<usize, &Click> = clicks.iter().map(|click| (click.customer, click)).collect();
    let mut tally = Tally::default();
    for n in 1..=customers {
        let address = proof::address(n);
        let Some(click) = clicks.get(&n) else {
            tally.unstopped += 1;
            tally.delivered += usize::from(dots.get(address.as_str()) == Some(&1));
            continue;
        };
        let began = mails.get(address.as_str()).map_or(&[][..], Vec::as_slice);
        tally.stopped += 1;
        tally.between += usize::from(click.in_hand && began.iter().all(|mail| *mail > click.asked_ns));
        if began.iter().any(|mail| *mail > click.acknowledged_ns) {
            tally.broken.push(n);
        }
    }
    tally
}
