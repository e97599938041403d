//! The disk is full, really: under a daemon at work, and under one that starts. Stops and receipts go to the journal,
//! whose place was reserved; nothing is lost, nothing is sent twice, and with room again everything goes on.

use crate::support::{
    need,
    proof::{self, now, wait, wait_for},
    real::{self, Daemon, Premises, Witness},
};
use chrono::TimeDelta;
use std::{collections::BTreeMap, fs, time::Duration};

/// Room for the journal, the database and its log while all is well.
const DISK_BYTES: u64 = 8 << 20;
/// Their second reminders are on their way when the disk gets full.
const BUSY: usize = 120;
/// Theirs are due when it is full; they stop before that, half of them before the daemon dies, half after.
const STOPPING: usize = 8;
/// Theirs too, and they don't stop.
const WAITING: usize = 8;
const CUSTOMERS: usize = BUSY + STOPPING + WAITING;
/// So many of the second reminders have left when the disk gets full.
const SOME: usize = 12;

#[test]
fn on_a_full_disk_nothing_is_lost_and_nothing_is_sent_twice() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &["dot=0.1"]);
    let Some(premises) = proof::premises(&witness).on_disk(DISK_BYTES) else {
        need::lacking("the right to mount a disk", "run as root, or allow user namespaces");
        return;
    };
    let links = open_shop(&premises, &witness);
    let bodies = || witness.seen().iter().filter(|seen| seen.event == "dot").count();

    let soon = now() + TimeDelta::seconds(4);
    let due = |n| if n <= BUSY { soon } else { soon + TimeDelta::seconds(6) };
    import(&premises, "second-", (1..=CUSTOMERS).map(|n| (n, due(n))));
    let mut daemon = premises.serve(&[]);
    let page = daemon.ready().unwrap();
    wait_for(|| (bodies() >= CUSTOMERS + SOME).then_some(()));
    premises.disk().fill();
    wait_for(|| real::look(page, "/readyz").contains("its disk is full").then_some(()));
    stop(page, &links, BUSY + 1..=BUSY + STOPPING / 2);
    assert!(daemon.said().iter().any(|line| line.contains("the receipt goes to the journal")), "{:#?}", daemon.said());
    let before = bodies();
    assert!(before < CUSTOMERS + BUSY, "the disk was full before everything had left");

    // It dies, and another starts on the full disk, when the last reminders come due.
    daemon.kill();
    let mut daemon = premises.serve(&[]);
    let page = daemon.stop_page().expect("the page opens on a full disk");
    stop(page, &links, BUSY + STOPPING / 2 + 1..=BUSY + STOPPING);
    assert!(real::look(page, "/readyz").contains("its disk is full"), "{:#?}", daemon.said());
    wait((due(CUSTOMERS) - now()).to_std().unwrap_or_default() + Duration::from_millis(500));
    assert_eq!(bodies(), before, "nothing is sent while the disk is full");

    premises.disk().free();
    daemon.ready().expect("the daemon goes on when there is room");
    finish(&premises, daemon);
    let mut got: BTreeMap<String, usize> = BTreeMap::new();
    for to in witness.seen().into_iter().filter(|seen| seen.event == "dot").filter_map(|seen| seen.to) {
        *got.entry(to).or_default() += 1;
    }
    for n in 1..=CUSTOMERS {
        let stopped = (BUSY + 1..=BUSY + STOPPING).contains(&n);
        assert_eq!(got[&proof::address(n)], if stopped { 1 } else { 2 }, "C{n}");
    }
}

/// Clicks these customers' links, and hears that the stop is written down.
fn stop(page: std::net::SocketAddr, links: &BTreeMap<String, String>, customers: impl Iterator<Item = usize>) {
    for customer in customers {
        let answer = real::click(page, &links[&proof::address(customer)]);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("is written down"), "C{customer}: {answer}");
    }
}

/// A shop whose customers have each been sent a stop link.
fn open_shop(premises: &Premises, witness: &Witness) -> BTreeMap<String, String> {
    fs::remove_file(premises.path().join("workflows/once.toml")).unwrap();
    proof::bring_customers(premises, CUSTOMERS);
    let due = now() + TimeDelta::seconds(3);
    import(premises, "first-", (1..=CUSTOMERS).map(|n| (n, due)));
    let daemon = premises.serve(&[]);
    let links = wait_for(|| Some(proof::links(&witness.seen())).filter(|links| links.len() == CUSTOMERS));
    finish(premises, daemon);
    links
}

fn import(premises: &Premises, name: &str, visits: impl Iterator<Item = (usize, chrono::DateTime<chrono::Utc>)>) {
    let file = premises.path().join("visits.csv");
    proof::write_visits(&file, name, visits);
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
}

/// Waits until every plan has ended, and ends the daemon.
fn finish(premises: &Premises, daemon: Daemon) {
    wait_for(|| {
        let status: serde_json::Value = serde_json::from_str(&premises.run(&["status", "--json"])).unwrap();
        let open = ["planned", "leased", "sending"].iter().filter_map(|state| status["plans"][state].as_u64());
        (open.sum::<u64>() == 0).then_some(())
    });
    daemon.end();
}
