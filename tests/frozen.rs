//! A process that is frozen (`kill -STOP`, a machine whose lid is closed) can't be told that somebody said stop. Another node
//! answers the stop when the permit's life is over; then the frozen one wakes.
//!
//! Frozen before its last look, it begins nothing: the permit is too old. Frozen between that look and the write of `MAIL FROM`, a
//! window of microseconds, it writes `MAIL FROM` when it wakes; it goes no further, because its intent is refused, so nobody
//! gets a message. How wide the window is stands in this test's output.
//!
//! `COMITY_FREEZES=500 tests/run frozen` freezes so many; by default it is a few.

use crate::support::{
    evidence::{Lookout, Rows},
    proof::{self, LANES},
    real::{self, Daemon, Premises, Seen, Witness},
};
use chrono::TimeDelta;
use comity::fault::Point;
use rustix::process::Signal;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    thread,
    time::Duration,
};

/// Nodes that freeze, each with one lane, so that one message is concerned.
const FREEZING: usize = 3;

/// One stop of a message whose node was frozen.
struct Stopped {
    customer: usize,
    answered_ns: u64,
    took: Duration,
}

/// The node that answers. Its one lane is kept waiting, so that the others have the messages.
const STALL: (&str, &str) = ("COMITY_STALL", "before-last-look:3600000");

struct Salon {
    witness: Witness,
    premises: Vec<Premises>,
    rows: Rows,
    links: BTreeMap<String, String>,
    customers: usize,
    _folder: tempfile::TempDir,
}

impl Salon {
    /// Customers with their links, whose next messages are due in a moment.
    fn open(freezes: usize) -> Self {
        let customers = freezes + 4 * FREEZING;
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &["mail=0.005", "rcpt=0.005", "data=0.005", "dot=0.010"]);
        let first = proof::premises(&witness).on_server();
        let settings = proof::settings(witness.port).replace(&format!("lanes = {LANES}"), "lanes = 1");
        let settings = settings + "[limits]\nclaim_rows = 1\n";
        fs::write(first.path().join("comity.toml"), settings).unwrap();
        fs::remove_file(first.path().join("workflows/once.toml")).unwrap();
        proof::bring_customers(&first, customers);
        visits(&first, "first", customers);
        let window = first.path().join("window");
        let daemon = first.serve(&[("COMITY_WINDOW", window.to_str().unwrap())]);
        let links = proof::wait_for(|| Some(proof::links(&witness.seen())).filter(|links| links.len() == customers));
        daemon.end();
        let others: Vec<Premises> = (0..FREEZING).map(|_| first.another()).collect();
        let rows = first.rows();
        let premises = std::iter::once(first).chain(others).collect();
        Self { witness, premises, rows, links, customers, _folder: folder }
    }
}

/// Due in a moment.
fn visits(premises: &Premises, name: &str, customers: usize) {
    let due = proof::now() + TimeDelta::seconds(1) + TimeDelta::milliseconds(4) * i32::try_from(customers).unwrap();
    let file = premises.path().join("visits.csv");
    proof::write_visits(&file, name, (1..=customers).map(|n| (n, due)));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
}

/// Whether it stands still.
fn is_frozen(daemon: &Daemon) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", daemon.pid().as_raw_nonzero())).unwrap();
    stat.rsplit_once(") ").unwrap().1.starts_with('T')
}

/// Freezes nodes at this point, has the stops of what they hold answered by the one that never freezes, and wakes them. Gives the
/// stops, what the mail server saw, and how wide the window was of messages before that.
fn freeze(point: Point, freezes: usize) -> (Vec<Stopped>, Vec<Seen>, Vec<u64>) {
    let salon = Salon::open(freezes);
    let mut awake = salon.premises[0].serve(&[STALL]);
    let page = awake.ready().expect("the node is ready");
    let node = Lookout::at(&salon.rows).number("SELECT MAX(id) FROM nodes");
    let order = format!("{}:1", point.name());
    let mut freezing: Vec<Daemon> =
        salon.premises[1..].iter().map(|premises| premises.serve(&[("COMITY_FREEZE", &order)])).collect();
    for daemon in &mut freezing {
        daemon.ready().expect("the node is ready");
    }
    visits(&salon.premises[0], "second", salon.customers);
    let mut stopped = Vec::new();
    let mut done = BTreeSet::new();
    while stopped.len() < freezes {
        proof::wait_in_steps(Duration::from_millis(5), || freezing.iter().all(is_frozen).then_some(()));
        let held = salon.permitted_by_others_than(node);
        let stops = salon.stop_all(page, held.difference(&done).copied().collect());
        assert!(!stops.is_empty(), "the frozen nodes hold nothing");
        stopped.extend(stops);
        done.extend(held);
        for daemon in &freezing {
            daemon.signal(Signal::CONT);
        }
    }
    // What they held is seen when each has frozen again, with its next message.
    proof::wait_in_steps(Duration::from_millis(5), || freezing.iter().all(is_frozen).then_some(()));
    freezing.iter_mut().for_each(Daemon::kill);
    awake.kill();
    let window = fs::read_to_string(salon.premises[0].path().join("window")).unwrap();
    let window = window.lines().map(|line| line.parse().unwrap()).collect();
    (stopped, salon.witness.seen(), window)
}

impl Salon {
    /// The customers whose messages others hold the permission for.
    fn permitted_by_others_than(&self, node: i64) -> BTreeSet<usize> {
        let permitted = format!(
            "SELECT CAST(SUBSTR(c.external_id, 2) AS BIGINT) FROM attempts a JOIN plans p ON p.id = a.plan
             JOIN customers c ON c.id = p.customer WHERE a.state = 'permitted' AND a.node > {node}"
        );
        Lookout::at(&self.rows).numbers(&permitted).into_iter().map(|n| usize::try_from(n).unwrap()).collect()
    }

    /// Everybody at once: each waits for a permit's life.
    fn stop_all(&self, page: SocketAddr, customers: Vec<usize>) -> Vec<Stopped> {
        thread::scope(|scope| {
            let stops: Vec<_> = customers
                .into_iter()
                .map(|customer| {
                    scope.spawn(move || {
                        let asked_ns = real::boot_ns();
                        let link = &self.links[&proof::address(customer)];
                        assert_eq!(real::one_click(page, link), 200, "the stop of customer {customer} is answered");
                        let answered_ns = real::boot_ns();
                        Stopped { customer, answered_ns, took: Duration::from_nanos(answered_ns - asked_ns) }
                    })
                })
                .collect();
            stops.into_iter().map(|stop| stop.join().unwrap()).collect()
        })
    }
}

/// Of these stops: after how many a `MAIL FROM` was seen, the longest time to one, and how many bodies.
fn after(stopped: &[Stopped], seen: &[Seen]) -> (usize, Duration, usize) {
    let mut last_mail: BTreeMap<u64, u64> = BTreeMap::new();
    let mut mails: BTreeMap<&str, u64> = BTreeMap::new();
    let mut bodies: BTreeMap<&str, u64> = BTreeMap::new();
    for line in seen {
        match (line.event.as_str(), line.to.as_deref()) {
            ("mail", _) => drop(last_mail.insert(line.session, line.boot_ns)),
            ("rcpt", Some(to)) => drop(mails.insert(to, last_mail[&line.session])),
            ("body", Some(to)) => drop(bodies.insert(to, line.boot_ns)),
            _ => {}
        }
    }
    let (mut raced, mut longest, mut messages) = (0, Duration::ZERO, 0);
    for stop in stopped {
        let address = proof::address(stop.customer);
        let late = mails.get(address.as_str()).and_then(|mail| mail.checked_sub(stop.answered_ns));
        if let Some(late) = late {
            raced += 1;
            longest = longest.max(Duration::from_nanos(late));
        }
        messages += usize::from(bodies.get(address.as_str()).is_some_and(|body| *body > stop.answered_ns));
    }
    (raced, longest, messages)
}

#[test]
fn a_node_that_was_frozen_before_its_last_look_begins_nothing_after_a_stop() {
    if !real::can_run() {
        return;
    }
    let (stopped, seen, _) = freeze(Point::BeforeLastLook, proof::scale("COMITY_FREEZES", 12));
    let (raced, longest, messages) = after(&stopped, &seen);
    println!("{} stops of messages of frozen nodes: {raced} begun afterwards, {longest:?} later", stopped.len());
    assert_eq!((raced, messages), (0, 0), "begun after an answered stop");
}

#[test]
fn one_that_was_frozen_after_it_sends_no_message() {
    if !real::can_run() {
        return;
    }
    let (stopped, seen, mut window) = freeze(Point::AfterLastLook, proof::scale("COMITY_FREEZES", 12));
    let (raced, longest, messages) = after(&stopped, &seen);
    window.sort_unstable();
    let at = |part: usize| Duration::from_nanos(window[(window.len() - 1) * part / 1000]);
    println!(
        "{} stops of messages of nodes frozen between last look and MAIL FROM: {raced} MAIL FROM afterwards, up to {longest:?} \
         after the answer, {messages} messages; the stops took up to {:?}",
        stopped.len(),
        stopped.iter().map(|stop| stop.took).max().unwrap()
    );
    println!(
        "the window of {} messages, in a debug build: half of them {:?}, 99 % {:?}, the widest {:?}",
        window.len(),
        at(500),
        at(990),
        at(1000)
    );
    assert_eq!(messages, 0, "a message left after an answered stop");
}
