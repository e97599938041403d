//! The days of a small business, recorded: from the first key to an end by force, with all that its people are promised.

use super::{
    evidence::Fact,
    recording::{Tracer, recorded},
};
use crate::support::{
    evidence::{Evidence, Lookout},
    proof,
    real::{self, Daemon, Premises, Witness},
};
use chrono::TimeDelta;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, fs, net::SocketAddr, ops::RangeInclusive, path::PathBuf};
use tempfile::TempDir;

/// All who are known before the first day.
const CUSTOMERS: RangeInclusive<usize> = 1..=12;
/// Who comes in the midst of it.
const NEW: RangeInclusive<usize> = 13..=20;
/// Theirs is erased, and there is no other fact about them.
const ERASED: usize = 12;

/// One process, from its start to its end.
pub struct Life {
    pub log: PathBuf,
    /// What it did, by the mark that follows it. Without a mark: it did it by its end.
    pub deeds: Vec<(Option<usize>, Vec<Fact>)>,
}

/// See the module.
pub struct Scene {
    pub premises: Premises,
    pub witness: Witness,
    pub lives: Vec<Life>,
    marks: usize,
    folder: TempDir,
}

/// A daemon that runs, and what it did so far.
struct Day {
    daemon: Daemon,
    page: SocketAddr,
    life: Life,
}

/// What is looked at after a deed, so that the recording shows where it was over.
pub fn page_of(mark: usize) -> String {
    format!("/mark-{mark}-")
}

impl Scene {
    /// All of it, played.
    pub fn play() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &["dot=0.02"]);
        let premises = proof::premises(&witness);
        let asked = fs::read_to_string(premises.path().join("workflows/once.toml")).unwrap();
        let asked = asked.replace("approval = \"none\"", "approval = \"workflow\"");
        fs::write(premises.path().join("workflows/asked.toml"), asked).unwrap();
        let mut scene = Self { premises, witness, lives: Vec::new(), marks: 0, folder };
        scene.open();
        scene.first_day();
        scene.second_day();
        scene.third_day();
        scene
    }

    /// Before the first daemon.
    fn open(&mut self) {
        self.run(&["dkim", "new"], vec![]);
        let file = "data/keys/dkim.pem";
        let text = fs::read_to_string(self.premises.path().join(file)).unwrap();
        self.lives[0].deeds.push((None, vec![Fact::Holds { file, text }]));
        let file = self.premises.path().join("customers.csv");
        proof::write_customers(&file, *CUSTOMERS.end());
        let known = CUSTOMERS.filter(|n| *n != ERASED).collect();
        self.run(&["import", "--yes", "customers", file.to_str().unwrap()], vec![Fact::Known(known)]);
        let key = ["keys", "new", "shop", "--may", "customers"];
        self.run(&key, vec![Fact::HasKey("shop".to_owned())]);
    }

    /// Messages, stops, an approval, an erasure, new keys, a stop while the database is locked; a soft end.
    fn first_day(&mut self) {
        let mut day = self.serve();
        self.visits(&mut day, "first", 1..=8);
        self.until_left(&["once", "again"]);
        let links = self.links();
        self.stop(&mut day, &links, 1);
        self.stop(&mut day, &links, 2);
        self.premises.run(&["approve", "--by", "Lucie", "asked"]);
        self.did(&mut day, vec![Fact::Approved("asked".to_owned())]);
        self.until_left(&["once", "again", "asked"]);
        self.erase(&mut day);
        self.premises.run(&["link-keys", "new"]);
        self.did(&mut day, vec![Fact::LinkKeys(1)]);
        self.visits(&mut day, "second", 3..=6);
        self.until_left(&["once", "again", "asked"]);
        self.premises.run(&["rewrap"]);
        self.did(&mut day, vec![Fact::Rewrapped]);
        self.premises.run(&["audit", "checkpoint"]);
        self.did(&mut day, vec![]);
        self.come(&mut day);
        self.stop_beside_a_lock(&mut day, &links, 3);
        self.end(day);
    }

    /// More of it, up to a pause and an end by force.
    fn second_day(&mut self) {
        let links = self.links();
        let mut day = self.serve();
        self.visits(&mut day, "third", 4..=10);
        self.stop(&mut day, &links, 4);
        self.until_left(&["once", "again", "asked"]);
        self.visits(&mut day, "fourth", 5..=9);
        self.premises.run(&["pause"]);
        self.did(&mut day, vec![Fact::Paused]);
        day.daemon.kill();
        self.over(day.daemon, day.life);
    }

    /// Over what was left of that.
    fn third_day(&mut self) {
        let links = self.links();
        let mut day = self.serve();
        self.stop(&mut day, &links, 5);
        self.end(day);
    }

    /// A command that runs to its end while no daemon does.
    fn run(&mut self, arguments: &[&str], facts: Vec<Fact>) {
        let log = self.next_log();
        let output = recorded(&self.premises.comity(arguments), &log, Tracer::Parent).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        self.lives.push(Life { log, deeds: vec![(None, facts)] });
    }

    fn serve(&self) -> Day {
        let log = self.next_log();
        let mut daemon = Daemon::start(recorded(&self.premises.comity(&["serve"]), &log, Tracer::Aside));
        let page = daemon.ready().unwrap_or_else(|| panic!("it is not ready: {:#?}", daemon.said()));
        Day { daemon, page, life: Life { log, deeds: Vec::new() } }
    }

    fn next_log(&self) -> PathBuf {
        self.folder.path().join(format!("calls-{}", self.lives.len()))
    }

    /// Something was done, and answered.
    fn did(&mut self, day: &mut Day, facts: Vec<Fact>) {
        self.marks += 1;
        real::look(day.page, &page_of(self.marks));
        day.life.deeds.push((Some(self.marks), facts));
    }

    /// Visits whose messages are due soon, but not before they are known: then none would come of them.
    fn visits(&mut self, day: &mut Day, begin: &str, who: RangeInclusive<usize>) {
        let count = i64::try_from(who.clone().count()).unwrap();
        let mut lead = TimeDelta::seconds(1);
        loop {
            let begin = format!("{begin}-{}-", lead.num_seconds());
            let file = self.premises.path().join(format!("{begin}.csv"));
            let due = proof::now() + lead;
            proof::write_visits(&file, &begin, who.clone().map(|n| (n, due)));
            self.premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
            let was_in_time = proof::now() < due;
            self.did(day, vec![Fact::Visits { begin, count }]);
            if was_in_time {
                return;
            }
            lead = lead * 2;
        }
    }

    /// Waits until nothing of these workflows is due any more.
    fn until_left(&self, workflows: &[&str]) {
        proof::wait_for(|| {
            let rows = Evidence::of(self.premises.rows());
            let is_open = |state: &str| matches!(state, "planned" | "leased" | "sending");
            let mut plans = rows.plans.values().filter(|plan| workflows.contains(&plan.workflow.as_str()));
            (!plans.any(|plan| is_open(&plan.state))).then_some(())
        });
    }

    fn links(&self) -> BTreeMap<String, String> {
        proof::links(&self.witness.seen())
    }

    fn stop(&mut self, day: &mut Day, links: &BTreeMap<String, String>, customer: usize) {
        assert_eq!(real::one_click(day.page, &links[&proof::address(customer)]), 200);
        self.did(day, vec![Fact::Stopped(customer)]);
    }

    fn erase(&mut self, day: &mut Day) {
        let question = format!("SELECT id FROM customers WHERE external_id = 'C{ERASED}'");
        let id = Lookout::at(&self.premises.rows()).number(&question);
        self.premises.run(&["erase", "--yes", &format!("C{ERASED}")]);
        self.did(day, vec![Fact::Erased { customer: ERASED, id }]);
    }

    /// New customers.
    fn come(&mut self, day: &mut Day) {
        let file = self.premises.path().join("new.csv");
        let lines: Vec<String> = NEW.map(|n| format!("C{n};{}\n", proof::address(n))).collect();
        fs::write(&file, format!("id;email\n{}", lines.concat())).unwrap();
        self.premises.run(&["import", "--yes", "customers", file.to_str().unwrap()]);
        self.did(day, vec![Fact::Known(NEW.collect())]);
    }

    /// Another program locks the database for longer than a stop waits.
    fn stop_beside_a_lock(&mut self, day: &mut Day, links: &BTreeMap<String, String>, customer: usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = SqliteConnectOptions::new().filename(self.premises.path().join("data/comity.db"));
        let mut other = runtime.block_on(SqliteConnection::connect_with(&options)).unwrap();
        runtime.block_on(sqlx::query("BEGIN IMMEDIATE").execute(&mut other)).unwrap();
        let answer = real::click(day.page, &links[&proof::address(customer)]);
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("is written down"), "{answer}");
        self.did(day, vec![Fact::Stopped(customer)]);
        runtime.block_on(sqlx::query("ROLLBACK").execute(&mut other)).unwrap();
        runtime.block_on(other.close()).unwrap();
        let question = format!(
            "SELECT COUNT(*) FROM consents t JOIN customers c ON c.id = t.customer \
             WHERE c.external_id = 'C{customer}' AND t.kind = 'withdrawn'"
        );
        let lookout = Lookout::at(&self.premises.rows());
        proof::wait_for(|| (lookout.number(&question) > 0).then_some(()));
    }

    fn end(&mut self, day: Day) {
        day.daemon.signal(rustix::process::Signal::TERM);
        self.over(day.daemon, day.life);
    }

    /// When it has ended, and all of it is written down.
    fn over(&mut self, mut daemon: Daemon, life: Life) {
        let main = daemon.pid().as_raw_nonzero().to_string();
        proof::wait_for(|| {
            let text = fs::read_to_string(&life.log).unwrap_or_default();
            let ends = |line: &str| {
                line.split_once(' ').is_some_and(|(who, what)| who == main && what.trim().starts_with("+++"))
            };
            (daemon.has_ended() && text.lines().rev().take(100).any(ends)).then_some(())
        });
        self.lives.push(life);
    }
}
