//! Race proof: "stop" against "send". Each customer got one message and has its stop link; while the next messages go
//! out, three links of four are clicked. No `MAIL FROM` may follow an acknowledged stop, by the witness's own log.
//!
//! The daemon holds every permit open for a moment before its last look (`COMITY_STALL`), so that stops really come
//! between. The same proof must catch a daemon that revokes nothing.
//!
//! `COMITY_RACES=2000 tests/run race` is the full proof; without the variable it is a small one.

use crate::{
    store::Home,
    support::{
        evidence::{Evidence, Lookout, Rows},
        proof::{self, Dice, LANES},
        real::{self, Daemon, Premises, Seen, Witness},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
    net::SocketAddr,
    sync::{Mutex, mpsc},
    time::Duration,
};

/// How long a permit is held open: a few times what a stop needs to get in.
const STALL: (&str, &str) = ("COMITY_STALL", "before-last-look:80");
/// One reminder for each lane comes due in every beat. A beat is longer than a message needs, so no queue grows.
const BEAT_MS: usize = 200;
/// States of a due message that a click lets pass: none, so that it may come before the lease; until the lease; until
/// the permit. Chance picks one, so that every stretch of the way is raced, however slow the machine is.
const PASSES: [&[&str]; 3] = [&[], &["planned"], &["planned", "leased"]];
/// Then it comes up to so long afterwards: before, in and after the permit's time.
const AFTER_MS: u64 = 110;
/// Telephones that click at the same time.
const CLICKERS: usize = 8;

/// What a clicker is going to do.
struct Aim {
    customer: usize,
    due: DateTime<Utc>,
    lets_pass: &'static [&'static str],
    pause: Duration,
    link: String,
    /// Of which node.
    page: SocketAddr,
}

/// One customer's race, as the clicker saw it.
pub struct Click {
    pub customer: usize,
    /// Whether the message was in work before the click.
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
    /// Stops that left the telephone while the message was leased and its `MAIL FROM` not yet seen.
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
        holds(&run(proof::scale("COMITY_RACES", 240), (home, 1), &[STALL]));
    }
}

/// Each telephone talks to one of them, and its message may be in the hands of another.
#[test]
fn nor_where_three_nodes_share_a_database() {
    if !real::can_run() {
        return;
    }
    let tally = run(proof::scale("COMITY_RACES", 240), (Home::Postgres, 3), &[STALL]);
    holds(&tally);
    assert_eq!(tally.nodes, 3, "all of them sent: {tally:?}");
}

fn holds(tally: &Tally) {
    println!("{tally:?}");
    assert!(tally.broken.is_empty(), "MAIL FROM after an acknowledged stop: {tally:?}");
    assert!(tally.between * 10 >= tally.stopped * 3, "too few stops came between lease and MAIL FROM: {tally:?}");
    assert!(tally.revoked > 0, "no stop met an open permit: {tally:?}");
    assert!(tally.delivered * 100 >= tally.unstopped * 99, "too few of the others were delivered: {tally:?}");
}

#[test]
fn the_race_proof_notices_when_permits_are_not_revoked() {
    if !real::can_run() {
        return;
    }
    let tally =
        run(proof::scale("COMITY_RACES", 240) / 5, (Home::Sqlite, 1), &[STALL, ("COMITY_FAULT", "skip-revocation")]);
    println!("{tally:?}");
    assert!(!tally.broken.is_empty(), "the proof would not notice a stop that revokes nothing: {tally:?}");
}

fn run(races: usize, (home, nodes): (Home, usize), environment: &[(&str, &str)]) -> Tally {
    // Three customers of four stop; what the fourth gets shows that the daemon went on sending.
    let (customers, stops) = (races + races / 3, |n: &usize| !n.is_multiple_of(4));
    let mut dice = Dice::new();
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &["mail=0.005", "rcpt=0.005", "data=0.005", "dot=0.010"]);
    let premises = match home {
        Home::Sqlite => proof::premises(&witness),
        Home::Postgres => proof::premises(&witness).on_server(),
    };
    std::fs::remove_file(premises.path().join("workflows/once.toml")).unwrap();
    proof::bring_customers(&premises, customers);
    let rows = premises.rows();
    let head_start = TimeDelta::milliseconds(4_000) + TimeDelta::milliseconds(8) * i32::try_from(customers).unwrap();

    // The first message brings everybody a stop link.
    let first = proof::now() + head_start;
    import(&premises, "first", (1..=customers).map(|n| (n, first)));
    let daemon = premises.serve(&[]);
    let links = proof::wait_for(|| Some(proof::links(&witness.seen())).filter(|links| links.len() == customers));
    daemon.end();

    // The second one races against the stops.
    let others: Vec<Premises> = (1..nodes).map(|_| premises.another()).collect();
    let mut daemons: Vec<Daemon> =
        iter::once(&premises).chain(&others).map(|premises| premises.serve(environment)).collect();
    let pages: Vec<SocketAddr> =
        daemons.iter_mut().map(|daemon| daemon.ready().expect("the daemon is ready")).collect();
    let (second, since_ns) = (proof::now() + head_start, real::boot_ns());
    let due = |n: usize| second + TimeDelta::milliseconds(i64::try_from(n / LANES * BEAT_MS).unwrap());
    import(&premises, "second", (1..=customers).map(|n| (n, due(n))));
    let aims = (1..=customers).filter(stops).map(|customer| Aim {
        customer,
        due: due(customer),
        lets_pass: dice.pick(&PASSES),
        pause: Duration::from_millis(dice.below(AFTER_MS)),
        link: links[&proof::address(customer)].clone(),
        page: pages[customer % nodes],
    });
    let before = Evidence::of(&rows).attempts.len();
    let clicks = click_all(&rows, aims.collect());
    proof::wait_for(|| (Evidence::of(&rows).open() == 0).then_some(()));
    daemons.into_iter().for_each(Daemon::end);

    let attempts = Evidence::of(&rows).attempts.split_off(before);
    let revoked = attempts.iter().filter(|attempt| attempt.state == "revoked").count();
    let nodes = attempts.iter().map(|attempt| attempt.node).collect::<BTreeSet<_>>().len();
    Tally { revoked, nodes, ..tally(customers, since_ns, &clicks, &witness.seen()) }
}

/// Visits whose reminders are due at these moments, the earliest first.
fn import(premises: &Premises, name: &str, mut visits: impl Iterator<Item = (usize, DateTime<Utc>)> + Clone) {
    let file = premises.path().join("visits.csv");
    proof::write_visits(&file, name, visits.clone());
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    assert!(visits.next().unwrap().1 > proof::now(), "the import took longer than the test thought");
}

/// Clicks each link at its moment, several at a time. The aims come in the order of their moments.
fn click_all(rows: &Rows, aims: Vec<Aim>) -> Vec<Click> {
    let (aims, (tell, told)) = (Mutex::new(aims.into_iter()), mpsc::channel());
    std::thread::scope(|scope| {
        for _ in 0..CLICKERS {
            let (aims, tell) = (&aims, tell.clone());
            scope.spawn(move || {
                let lookout = Lookout::at(rows);
                loop {
                    let Some(aim) = aims.lock().unwrap().next() else { break };
                    tell.send(click(&lookout, &aim)).unwrap();
                }
            });
        }
        drop(tell);
        told.into_iter().collect()
    })
}

fn click(lookout: &Lookout, aim: &Aim) -> Click {
    let state = || lookout.state(&format!("C{}", aim.customer));
    proof::wait((aim.due - proof::now()).to_std().unwrap_or_default());
    while aim.lets_pass.contains(&state().as_str()) {
        proof::wait(Duration::from_millis(2));
    }
    proof::wait(aim.pause);
    let in_hand = matches!(state().as_str(), "leased" | "sending");
    let asked_ns = real::boot_ns();
    assert_eq!(real::one_click(aim.page, &aim.link), 200, "the stop of customer {} is acknowledged", aim.customer);
    Click { customer: aim.customer, in_hand, asked_ns, acknowledged_ns: real::boot_ns() }
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
