//! `comity migrate`: an installation goes from its files to a server while its daemon runs and people click.

use crate::{
    race::{self, Click},
    support::{
        evidence::Evidence,
        postgres,
        proof::{self, LANES},
        real::{self, Daemon, Premises, Witness},
    },
};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    sync::{
        RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Two messages each; three of four stop after the first.
const CUSTOMERS: usize = 160;
/// Between the moments at which second messages are due.
const BEAT: TimeDelta = TimeDelta::milliseconds(60);

#[test]
fn nobody_who_said_stop_is_written_to_and_everybody_else_once_while_an_installation_moves() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &["mail=0.002", "dot=0.010"]);
    let premises = proof::premises(&witness);
    fs::remove_file(premises.path().join("workflows/once.toml")).unwrap();
    proof::bring_customers(&premises, CUSTOMERS);
    import(&premises, "first", TimeDelta::seconds(3), TimeDelta::zero());
    let mut daemon = premises.serve(&[]);
    let page = RwLock::new(daemon.ready().expect("the daemon is ready"));
    let links = proof::wait_for(|| Some(proof::links(&witness.seen())).filter(|links| links.len() == CUSTOMERS));

    let second = import(&premises, "second", TimeDelta::seconds(4), BEAT);
    let since_ns = real::boot_ns();
    let taken = AtomicUsize::new(0);
    let (daemon, premises, clicks) = std::thread::scope(|scope| {
        let clicks = scope.spawn(|| click_all(&links, second, &page, &taken));
        let (daemon, premises) = move_house(daemon, premises, &page, &witness, &taken);
        (daemon, premises, clicks.join().unwrap())
    });
    let rows = premises.rows();
    proof::wait_for(|| (Evidence::of(&rows).open() == 0).then_some(()));
    daemon.end();

    let tally = race::tally(CUSTOMERS, since_ns, &clicks, &witness.seen());
    println!("{tally:?}");
    assert!(tally.broken.is_empty(), "MAIL FROM after an acknowledged stop: {tally:?}");
    assert_eq!(tally.delivered, tally.unstopped, "everybody else got it once");
    let evidence = Evidence::of(&rows);
    assert_eq!(evidence.plans.len(), 2 * CUSTOMERS, "every plan came along");
    assert!(evidence.attempts.iter().map(|attempt| attempt.node).max() > Some(1), "both daemons sent");
}

/// Ends the daemon over the files, starts one over a server, and moves the installation under its feet.
fn move_house(
    mut daemon: Daemon,
    premises: Premises,
    page: &RwLock<SocketAddr>,
    witness: &Witness,
    taken: &AtomicUsize,
) -> (Daemon, Premises) {
    let sent = || witness.seen().iter().filter(|seen| seen.event == "dot").count();
    proof::wait_for(|| (sent() > CUSTOMERS + 2 * LANES).then_some(()));
    let premises = premises.on(postgres::database());
    let refused = premises.comity(&["migrate"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(3), "a daemon works with the files: {refused:?}");
    daemon.hear("the database is open");
    daemon.end();
    let mut daemon = premises.serve(&[]);
    *page.write().unwrap() = daemon.stop_page().expect("stops are taken");
    // Some come while the rows are nowhere.
    let before = taken.load(Ordering::SeqCst);
    proof::wait_for(|| (taken.load(Ordering::SeqCst) > before + 3).then_some(()));
    let said = premises.run(&["migrate"]);
    assert!(said.contains("each is as it was; the chain of"), "{said}");
    daemon.hear("the database is open").expect("it goes on by itself");
    assert!(premises.run(&["migrate"]).contains("already"), "a second time nothing is moved");
    (daemon, premises)
}

/// Visits of all, whose reminders are due one after the other.
fn import(premises: &Premises, name: &str, after: TimeDelta, beat: TimeDelta) -> DateTime<Utc> {
    let first = proof::now() + after;
    let file = premises.path().join("visits.csv");
    let due = |n: usize| first + beat * i32::try_from(n).unwrap();
    proof::write_visits(&file, name, (1..=CUSTOMERS).map(|n| (n, due(n))));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    first
}

/// Three of four click about when their message is due, and again where nobody answers.
fn click_all(
    links: &BTreeMap<String, String>,
    first: DateTime<Utc>,
    page: &RwLock<SocketAddr>,
    taken: &AtomicUsize,
) -> Vec<Click> {
    let stops = (1..=CUSTOMERS).filter(|n| !n.is_multiple_of(4));
    let click = |customer: usize| {
        let due = first + BEAT * i32::try_from(customer).unwrap();
        proof::wait((due - proof::now()).to_std().unwrap_or_default());
        let asked_ns = real::boot_ns();
        let clicked = || real::try_click(*page.read().unwrap(), &links[&proof::address(customer)]);
        proof::wait_for(|| (clicked() == Some(200)).then_some(()));
        taken.fetch_add(1, Ordering::SeqCst);
        Click { customer, in_hand: false, asked_ns, acknowledged_ns: real::boot_ns() }
    };
    stops.map(click).collect()
}

#[test]
fn a_rehearsal_over_a_server_comes_to_what_it_came_to_over_files() {
    if !real::can_run() {
        return;
    }
    let premises = proof::premises_to(25);
    proof::bring_customers(&premises, 12);
    let start: DateTime<Utc> = "2027-03-10T09:00:00Z".parse().unwrap();
    let visits = premises.path().join("visits.csv");
    proof::write_visits(&visits, "V", (1..=12).map(|n| (n, start + TimeDelta::hours(i64::try_from(n).unwrap()))));
    premises.run(&["import", "--yes", "appointments", visits.to_str().unwrap()]);
    let rehearse = |premises: &Premises| {
        premises.run(&["rehearse", "--from", "2027-03-10", "--to", "2027-03-12", "--each", "--json"])
    };
    let over_files = rehearse(&premises);
    assert!(over_files.lines().count() >= 24, "{over_files}");
    let premises = premises.on(postgres::database());
    premises.run(&["migrate"]);
    assert_eq!(rehearse(&premises), over_files);
}
