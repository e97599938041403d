//! The real binary over a back-up of yesterday: it holds, says so, and writes to nobody twice.

use crate::support::{
    evidence::{Evidence, Rows},
    postgres,
    proof::{self, now, wait, wait_for},
    real::{self, Premises, Witness},
};
use chrono::TimeDelta;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

const CUSTOMERS: usize = 6;

/// A visit for everybody, whose reminder is due in three seconds.
fn visits(premises: &Premises, name: &str) {
    let file = premises.path().join("visits.csv");
    let due = now() + TimeDelta::seconds(3);
    proof::write_visits(&file, name, (1..=CUSTOMERS).map(|n| (n, due)));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
}

fn bodies(witness: &Witness) -> BTreeMap<String, usize> {
    let mut got: BTreeMap<String, usize> = BTreeMap::new();
    for to in witness.seen().into_iter().filter(|seen| seen.event == "dot").filter_map(|seen| seen.to) {
        *got.entry(to).or_default() += 1;
    }
    got
}

/// As deploy/README.md says, while a daemon may run.
fn vacuum_into(file: &Path, copy: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let into = sqlx::query("VACUUM INTO $1").bind(copy.to_str().unwrap().to_owned());
        into.execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

/// Restores what was backed up by the first, as the page says, and gives the premises back.
type BackUp = fn(Premises) -> (Premises, Box<dyn FnOnce(Premises) -> Premises>);

fn of_files(premises: Premises) -> (Premises, Box<dyn FnOnce(Premises) -> Premises>) {
    let (rows, copy) = (premises.path().join("data/comity.db"), premises.path().join("back-up.db"));
    vacuum_into(&rows, &copy);
    let restore = move |premises: Premises| {
        for left in ["comity.db", "comity.db-wal", "comity.db-shm"] {
            let _ = fs::remove_file(premises.path().join("data").join(left));
        }
        fs::rename(&copy, &rows).unwrap();
        premises
    };
    (premises, Box::new(restore))
}

fn of_the_server(premises: Premises) -> (Premises, Box<dyn FnOnce(Premises) -> Premises>) {
    let Rows::Server(url) = premises.rows() else { panic!("it is on a server") };
    let dumped = postgres::dump_all(&url);
    let restore = move |premises: Premises| {
        let anew = postgres::database();
        postgres::script(&anew, &dumped);
        premises.on(anew)
    };
    (premises, Box::new(restore))
}

fn holds(premises: Premises, witness: &Witness, back_up: BackUp) {
    fs::remove_file(premises.path().join("workflows/again.toml")).unwrap();
    proof::bring_customers(&premises, CUSTOMERS);
    visits(&premises, "first-");
    let (premises, restore) = back_up(premises);
    let mut daemon = premises.serve(&[]);
    daemon.ready().unwrap();
    wait_for(|| (bodies(witness).len() == CUSTOMERS).then_some(()));
    daemon.kill();
    let links = proof::links(&witness.seen());

    let premises = restore(premises);
    let mut daemon = premises.serve(&[]);
    let page = daemon.ready().unwrap();
    let status: serde_json::Value = serde_json::from_str(&premises.run(&["status", "--json"])).unwrap();
    assert_eq!(status["halts"][0]["cause"], "restored", "{status}");
    let told = || {
        let output = premises.comity(&["resume"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    // Held plans are asked in turn.
    wait_for(|| told().contains("6 messages are due now that may have left already").then_some(()));
    assert!(premises.run(&["status"]).contains("--skip-restored"));
    assert_eq!(real::one_click(page, &links[&proof::address(1)]), 200, "stops work");
    wait(Duration::from_secs(1));
    assert_eq!(bodies(witness).values().sum::<usize>(), CUSTOMERS, "nothing is sent");

    let said = premises.run(&["resume", "--skip-restored"]);
    assert!(said.contains("is not sent any more") && said.contains("Resumed"), "{said}");
    visits(&premises, "second-");
    wait_for(|| (Evidence::of(premises.rows()).open() == 0).then_some(()));
    let got = bodies(witness);
    for customer in 1..=CUSTOMERS {
        let wanted = if customer == 1 { 1 } else { 2 };
        assert_eq!(got[&proof::address(customer)], wanted, "C{customer}: one of each visit, and a stop");
    }
    // However it ends, it is no older one.
    daemon.end();
    for _ in 0..2 {
        let mut daemon = premises.serve(&[]);
        daemon.ready().unwrap();
        let status: serde_json::Value = serde_json::from_str(&premises.run(&["status", "--json"])).unwrap();
        assert_eq!(status["halts"], serde_json::json!([]), "{status}");
        daemon.kill();
    }
}

#[test]
fn a_restored_file_holds_and_nobody_is_written_to_twice() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    holds(proof::premises(&witness), &witness, of_files);
}

#[test]
fn a_restored_dump_holds_and_nobody_is_written_to_twice() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    holds(proof::premises(&witness).on_server(), &witness, of_the_server);
}
