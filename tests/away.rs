//! The daemon is started while its database is away. It takes stops all the same, sends nothing, says why, and goes on
//! when the database is back: the stops are in force then, and everybody else gets their message, once.

use crate::support::{
    evidence::Evidence,
    postgres::Cluster,
    proof::{self, now, wait, wait_for},
    real::{self, Premises, Witness},
};
use chrono::TimeDelta;
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{any::Any, collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

const CUSTOMERS: usize = 12;
/// Who stops in each trouble.
const STOPS: usize = 2;

/// What keeps the database away, until it is dropped.
type Trouble = fn(&Path) -> Box<dyn Any>;

/// Another program at work on it.
struct Thief {
    _held: SqliteConnection,
    _runtime: tokio::runtime::Runtime,
}

/// It does this, and stays.
fn thief(data: &Path, how: &str) -> Thief {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = SqliteConnectOptions::new().filename(data.join("comity.db"));
    let held = runtime.block_on(async {
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        connection.execute(sqlx::SqlSafeStr::into_sql_str(sqlx::AssertSqlSafe(how))).await.unwrap();
        connection
    });
    Thief { _held: held, _runtime: runtime }
}

/// Something else lies where the database was.
struct Swapped {
    here: std::path::PathBuf,
    there: std::path::PathBuf,
}

impl Swapped {
    fn of(data: &Path) -> Self {
        let swapped = Self { here: data.join("comity.db"), there: data.join("kept.db") };
        fs::rename(&swapped.here, &swapped.there).unwrap();
        swapped
    }
}

impl Drop for Swapped {
    fn drop(&mut self) {
        fs::rename(&self.there, &self.here).unwrap();
    }
}

const TROUBLES: [(&str, &str, Trouble); 4] = [
    ("a writer", "another program has locked it", |data| Box::new(thief(data, "BEGIN IMMEDIATE"))),
    ("an owner", "another program has locked it", |data| {
        Box::new(thief(data, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE"))
    }),
    ("no file", "it is gone", |data| Box::new(Swapped::of(data))),
    ("damage", "it is damaged", |data| {
        let swapped = Swapped::of(data);
        fs::write(&swapped.here, "This is no database. ".repeat(1000)).unwrap();
        Box::new(swapped)
    }),
];

#[test]
fn stops_are_taken_from_the_start_whatever_keeps_the_database_away() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let premises = proof::premises(&witness);
    let links = open_shop(&premises, &witness);
    let data = premises.path().join("data");
    let bodies = || witness.seen().iter().filter(|seen| seen.event == "dot").count();

    for (round, (name, why, trouble)) in TROUBLES.into_iter().enumerate() {
        let due = visits(&premises, &format!("S{round}-"));
        let before = bodies();
        let mended = trouble(&data);
        let mut daemon = premises.serve(&[]);
        let page = daemon.stop_page().expect("the page opens without the database");
        for customer in stopping(round) {
            let link = &links[&proof::address(customer)];
            for _ in 0..2 {
                let answer = real::click(page, link);
                assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("is written down"), "{name}: {answer}");
            }
        }
        let ready = real::look(page, "/readyz");
        assert!(ready.starts_with("HTTP/1.1 503") && ready.contains(why), "{name}: {ready}");
        wait((due - now()).to_std().unwrap_or_default() + Duration::from_millis(300));
        assert_eq!(bodies(), before, "{name}: nothing is sent without the database");

        drop(mended);
        daemon.ready().expect("the daemon goes on when the database is back");
        wait_for(|| (Evidence::of(&data.join("comity.db")).open() == 0).then_some(()));
        wait_for(|| real::look(page, "/readyz").starts_with("HTTP/1.1 200").then_some(()));
        daemon.end();
        let left = CUSTOMERS - STOPS * (round + 1);
        assert_eq!(bodies() - before, left, "{name}: all but those who stopped get one message");
    }
    let mut got: BTreeMap<String, usize> = BTreeMap::new();
    for to in witness.seen().into_iter().filter(|seen| seen.event == "dot").filter_map(|seen| seen.to) {
        *got.entry(to).or_default() += 1;
    }
    for round in 0..TROUBLES.len() {
        for customer in stopping(round) {
            assert_eq!(got[&proof::address(customer)], 1 + round, "C{customer} got nothing after the stop");
        }
    }
}

/// Who stops in this round.
fn stopping(round: usize) -> impl Iterator<Item = usize> {
    (1..=STOPS).map(move |n| round * STOPS + n)
}

/// A shop whose customers have each been sent a stop link.
fn open_shop(premises: &Premises, witness: &Witness) -> BTreeMap<String, String> {
    fs::remove_file(premises.path().join("workflows/once.toml")).unwrap();
    proof::bring_customers(premises, CUSTOMERS);
    visits(premises, "first-");
    let daemon = premises.serve(&[]);
    let links = wait_for(|| Some(proof::links(&witness.seen())).filter(|links| links.len() == CUSTOMERS));
    daemon.end();
    links
}

/// Not there at the start, gone while the daemon runs, and back without a word.
#[test]
fn stops_hold_that_are_taken_while_the_server_of_the_database_is_away() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let cluster = Cluster::start();
    let premises = proof::premises(&witness).on(cluster.url("postgres"));
    let links = open_shop(&premises, &witness);
    let bodies = || witness.seen().iter().filter(|seen| seen.event == "dot").count();
    let stop = |page, round| {
        for customer in stopping(round) {
            let answer = real::click(page, &links[&proof::address(customer)]);
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("is written down"), "{answer}");
        }
    };
    let is_away = |page| {
        let ready = real::look(page, "/readyz");
        ready.starts_with("HTTP/1.1 503") && ready.contains("its server can't be reached")
    };
    let due = visits(&premises, "second-");
    let before = bodies();

    cluster.stop();
    let mut daemon = premises.serve(&[]);
    let page = daemon.stop_page().expect("the page opens without the database");
    stop(page, 0);
    assert!(is_away(page));
    cluster.start_again();
    daemon.ready().expect("the daemon goes on when the database is back");

    cluster.stop();
    wait_for(|| is_away(page).then_some(()));
    stop(page, 1);
    wait((due - now()).to_std().unwrap_or_default() + Duration::from_millis(300));
    assert_eq!(bodies(), before, "nothing is sent without the database");
    cluster.start_again();
    wait_for(|| real::look(page, "/readyz").starts_with("HTTP/1.1 200").then_some(()));
    wait_for(|| (Evidence::of(premises.rows()).open() == 0).then_some(()));
    daemon.end();
    let mut got: BTreeMap<String, usize> = BTreeMap::new();
    for to in witness.seen().into_iter().filter(|seen| seen.event == "dot").filter_map(|seen| seen.to) {
        *got.entry(to).or_default() += 1;
    }
    for customer in 1..=CUSTOMERS {
        let stopped = (0..2).any(|round| stopping(round).any(|one| one == customer));
        assert_eq!(got[&proof::address(customer)], if stopped { 1 } else { 2 }, "C{customer}");
    }
}

/// A visit for everybody; says when the reminders are due.
fn visits(premises: &Premises, name: &str) -> chrono::DateTime<chrono::Utc> {
    let file = premises.path().join("visits.csv");
    let due = now() + TimeDelta::seconds(3);
    proof::write_visits(&file, name, (1..=CUSTOMERS).map(|n| (n, due)));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
    assert!(due > now(), "the import took longer than the test thought");
    due
}

#[test]
fn what_waiting_can_not_mend_ends_the_start() {
    let premises = proof::premises_to(9);
    proof::bring_customers(&premises, 0);
    let data = premises.path().join("data");

    // A newer version was here.
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'newer', TRUE, x'00', 0)";
    drop(thief(&data, newer));
    let mut daemon = premises.serve(&[]);
    assert_eq!(daemon.hear("the database is open"), None);
    assert!(daemon.said().iter().any(|line| line.contains("newer version of Comity")), "{:#?}", daemon.said());
    drop(thief(&data, "DELETE FROM _sqlx_migrations WHERE version = 9999"));

    // Something that never was a database, and nobody who could hold a link.
    fs::remove_file(data.join("journal")).unwrap();
    fs::rename(data.join("comity.db"), data.join("kept.db")).unwrap();
    fs::write(data.join("comity.db"), "This is no database. ".repeat(1000)).unwrap();
    let mut daemon = premises.serve(&[]);
    assert_eq!(daemon.hear("the database is open"), None);
    assert!(daemon.said().iter().any(|line| line.contains("is damaged")), "{:#?}", daemon.said());

    // The key is gone: no link could be told from a forged one.
    fs::rename(data.join("kept.db"), data.join("comity.db")).unwrap();
    fs::remove_file(data.join("keys/master.key")).unwrap();
    let mut daemon = premises.serve(&[]);
    assert_eq!(daemon.stop_page(), None);
    assert!(daemon.said().iter().any(|line| line.contains("master.key")), "{:#?}", daemon.said());
}

#[test]
fn the_master_key_may_come_from_systemd_and_lie_in_no_file_of_the_data() {
    if !real::can_run() {
        return;
    }
    let witness_folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(witness_folder.path(), &[]);
    let premises = proof::premises(&witness);
    proof::bring_customers(&premises, 1);
    let file = premises.path().join("data/keys/master.key");
    let (key, credentials) = (fs::read_to_string(&file).unwrap(), tempfile::tempdir().unwrap());
    let handed_over = credentials.path().join("comity-master-key");
    let environment = [("CREDENTIALS_DIRECTORY", credentials.path().to_str().unwrap())];
    let put = |key: &str, mode| {
        let _ = fs::remove_file(&handed_over);
        fs::write(&handed_over, key).unwrap();
        fs::set_permissions(&handed_over, fs::Permissions::from_mode(mode)).unwrap();
    };

    // As systemd puts it: the group's right is the mask of a list.
    put(&key, 0o440);
    fs::remove_file(&file).unwrap();
    let mut daemon = premises.serve(&environment);
    assert!(daemon.ready().is_some(), "{:#?}", daemon.said());
    // The customer of before is opened with it, by a command that has no key of its own.
    assert!(premises.run(&["explain", &proof::address(1)]).contains('1'));
    daemon.end();
    assert!(!file.exists(), "no file is made where the key comes from systemd");

    let refused = |what: &str| {
        let mut daemon = premises.serve(&environment);
        assert_eq!(daemon.stop_page(), None);
        assert!(daemon.said().iter().any(|line| line.contains(what)), "{:#?}", daemon.said());
    };
    put(&key, 0o444);
    refused("can be read by others");
    put("too short", 0o400);
    refused("is damaged");
    put(&key, 0o400);
    fs::write(&file, key.chars().rev().collect::<String>()).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    refused("another master key");
}

#[test]
fn the_key_store_may_lie_on_another_disk_and_is_made_anew_by_nobody() {
    if !real::can_run() {
        return;
    }
    let (folder, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let witness = Witness::start(folder.path(), &[]);
    let premises = proof::premises(&witness);
    let settings = fs::read_to_string(premises.path().join("comity.toml")).unwrap();
    let elsewhere = format!("[data]\nkeystore = \"{}\"\n{settings}", disk.path().display());
    fs::write(premises.path().join("comity.toml"), elsewhere).unwrap();
    proof::bring_customers(&premises, 3);
    let keystore = disk.path().join("comity.keys.db");
    assert!(keystore.exists() && !premises.path().join("data/comity.keys.db").exists());
    assert!(premises.run(&["explain", &proof::address(1)]).contains('1'));

    // A rehearsal has keys of its own copy, and leaves these alone.
    let before = fs::read(&keystore).unwrap();
    premises.run(&["rehearse", "--days", "2"]);
    assert_eq!(fs::read(&keystore).unwrap(), before);
    let daemon_said = |what: &str| {
        let mut daemon = premises.serve(&[]);
        assert!(daemon.hear(what).is_some(), "{:#?}", daemon.said());
        daemon.end();
    };
    daemon_said("the database is open");

    // The disk isn't mounted: nothing is made in its place.
    let unmounted = disk.path().join("unmounted");
    fs::rename(&keystore, &unmounted).unwrap();
    daemon_said("the database is away: stops are taken, nothing is sent, and it is tried again");
    assert!(!keystore.exists(), "a new key store would lock the old data for ever");
    fs::rename(&unmounted, &keystore).unwrap();
    daemon_said("the database is open");
}
