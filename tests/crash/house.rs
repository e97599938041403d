//! An installation that is killed again and again, and what was done to it: who said stop and was answered, who was erased,
//! what came in.

mod acts;
mod furniture;

use super::trouble::Away;
use crate::support::{
    api::{self, Client},
    evidence::{self, Evidence, Lookout, PlanRow, Rows},
    http::Answer,
    postgres::Cluster,
    proof::{self, LANES},
    real::{self, Daemon, Premises, Witness},
};
use chrono::{DateTime, TimeDelta, Utc};
use comity::fault::Point;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    ops::RangeInclusive,
    path::PathBuf,
    process::Output,
    time::Duration,
};
use tempfile::TempDir;

/// Those who say stop, one after the other.
const QUITTERS: RangeInclusive<usize> = 1..=110;
/// Those who are erased.
const LEAVERS: RangeInclusive<usize> = 111..=150;
/// Those who may get so many messages of a kind, and are due more of them.
const CAPPED: RangeInclusive<usize> = 151..=180;
pub const AT_MOST: usize = 2;
/// Those whose messages wait until somebody approves them.
const INVITED: RangeInclusive<usize> = 181..=200;
/// Those to whom nothing happens but that they are written to.
const UNTOUCHED: RangeInclusive<usize> = 201..=400;
/// All who are known from the beginning.
const CUSTOMERS: usize = *UNTOUCHED.end();
/// Plans that are due, below which there is a new stock.
const FEW: usize = 150;
/// Of the recipients, one in so many is deferred.
pub const DEFER: u32 = 10;
/// How long a daemon may take to reach its point, or to do what it is asked.
const PATIENCE: Duration = Duration::from_mins(1);
/// `[smtp]` of the server: a message takes some 50 ms.
const DELAYS: [&str; 4] = ["mail=0.008", "rcpt=0.008", "data=0.008", "dot=0.025"];

/// A stop that was answered.
pub struct Stopped {
    pub customer: usize,
    pub answered_ns: u64,
    /// Whether the answer was that it is written down: what is on its way may begin for as long as a permit lives.
    pub is_journalled: bool,
}

/// One life of a daemon, or several that belong together.
pub struct Run {
    pub what: String,
    /// The last incarnation that it made.
    pub last_node: i64,
    /// How often the mail server was killed in it, or the database.
    pub others_killed: usize,
    /// Whether another node looks after what this one left.
    pub is_rescued_elsewhere: bool,
}

/// See the module.
pub struct House {
    pub premises: Premises,
    pub witness: Witness,
    pub cluster: Option<Cluster>,
    pub runs: Vec<Run>,
    pub stopped: Vec<Stopped>,
    /// Customer, and when the answer came.
    pub erased: Vec<(usize, u64)>,
    /// Visits that were imported or entered, and that this was answered.
    pub visits: usize,
    /// Clicks that nobody answered, to be repeated.
    unanswered: BTreeSet<usize>,
    /// The same of programs: the name of the request, and the visit.
    unentered: Vec<(String, serde_json::Value)>,
    links: BTreeMap<String, String>,
    key: String,
    quitters: RangeInclusive<usize>,
    leavers: RangeInclusive<usize>,
    files: usize,
    others_killed: usize,
    _folder: TempDir,
}

/// A daemon that is open.
pub struct Open {
    pub daemon: Daemon,
    pub page: SocketAddr,
}

impl House {
    /// With its rows in files or on a server of its own, customers who have their links, and work to do.
    pub fn open(cluster: Option<Cluster>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &DELAYS);
        let premises = furniture::furnished(&witness);
        let premises = match &cluster {
            Some(cluster) => premises.on(cluster.url("postgres")),
            None => premises,
        };
        premises.run(&["check"]);
        proof::bring_customers(&premises, CUSTOMERS);
        let key = api::key(&premises, "shop", api::ALL);
        let mut house = Self {
            premises,
            witness,
            cluster,
            runs: Vec::new(),
            stopped: Vec::new(),
            erased: Vec::new(),
            visits: 0,
            unanswered: BTreeSet::new(),
            unentered: Vec::new(),
            links: BTreeMap::new(),
            key,
            quitters: QUITTERS,
            leavers: LEAVERS,
            files: 0,
            others_killed: 0,
            _folder: folder,
        };
        house.import("appointments", QUITTERS, Duration::from_secs(2));
        let daemon = house.premises.serve(&[]);
        let links = || Some(proof::links(&house.witness.seen())).filter(|links| links.len() == QUITTERS.count());
        house.links = proof::wait_for(links);
        daemon.end();
        house.witness.start_again(DEFER);
        for _ in 0..AT_MOST + 2 {
            house.import("checkups", CAPPED, Duration::from_secs(1));
        }
        house.end_run("the opening".to_owned());
        house
    }

    /// As much work as it takes.
    pub fn stock_up(&mut self) {
        let soon = (proof::now() + TimeDelta::seconds(2)).timestamp_millis();
        let due = |plan: &&PlanRow| is_open_now(plan) && plan.next_at <= soon;
        if Evidence::of(self.rows()).plans.values().filter(due).count() < FEW {
            // Also for those who have not said stop yet.
            self.import("appointments", self.quitters.clone(), Duration::from_secs(1));
            self.import("appointments", UNTOUCHED, Duration::from_secs(1));
        }
    }

    pub fn rows(&self) -> Rows {
        self.premises.rows()
    }

    /// Imports a visit of each of these customers; what follows from it is due so long after now. Done again until it is done.
    pub fn import(&mut self, kind: &str, who: RangeInclusive<usize>, due_in: Duration) {
        let (file, count, due) = self.visits_file(who, due_in);
        let output = self.comity(&["import", "--yes", kind, file.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(proof::now() < due, "the import took longer than the test thought");
        if kind == "appointments" {
            self.visits += count;
        }
    }

    fn visits_file(&mut self, who: RangeInclusive<usize>, due_in: Duration) -> (PathBuf, usize, DateTime<Utc>) {
        self.files += 1;
        let file = self.premises.path().join(format!("visits-{}.csv", self.files));
        let count = who.clone().count();
        // An import of so many takes that long.
        let due = proof::now() + due_in + TimeDelta::milliseconds(8) * i32::try_from(count).unwrap();
        proof::write_visits(&file, &format!("V{}-", self.files), who.map(|n| (n, due)));
        (file, count, due)
    }

    /// Starts a daemon and waits until it is open. `None` where it died of its fault before that. What was not answered before
    /// is asked again, of one without a fault.
    pub fn serve(&mut self, fault: &[(&str, &str)]) -> Option<Open> {
        let is_asked_again = !self.unentered.is_empty() || !self.unanswered.is_empty();
        if is_asked_again && !fault.is_empty() {
            self.serve(&[]).expect("the daemon is ready").daemon.kill();
        }
        let mut daemon = self.premises.serve(fault);
        let page = daemon.ready()?;
        let mut open = Open { daemon, page };
        if fault.is_empty() {
            for customer in self.unanswered.clone() {
                assert!(self.click(page, customer), "the stop of customer {customer} is answered at last");
            }
            for (name, visit) in std::mem::take(&mut self.unentered) {
                self.enter(&mut open, &name, &visit).expect("an answer at last");
                self.visits += 1;
            }
        }
        Some(open)
    }

    /// The next customer who has had enough.
    pub fn next_quitter(&mut self) -> usize {
        self.quitters.next().expect("somebody who has not said stop")
    }

    /// Clicks their link; noted where it was answered.
    pub fn click(&mut self, page: SocketAddr, customer: usize) -> bool {
        let Some(answer) = real::try_to_click(page, &self.link(customer)) else {
            self.ask_again(customer);
            return false;
        };
        assert!(answer.starts_with("HTTP/1.1 200"), "the stop of customer {customer}: {answer}");
        self.was_told(customer, real::boot_ns(), answer.contains("is written down"));
        true
    }

    /// A program brings a visit. `None` where nobody answered.
    fn enter(&mut self, open: &mut Open, name: &str, visit: &serde_json::Value) -> Option<Answer> {
        let client = Client { address: api::opened(&mut open.daemon), key: self.key.clone() };
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\nIdempotency-Key: {name}\r\n",
            client.key
        );
        let body = visit.to_string();
        let answer = client.try_send("POST", "/v1/records/appointment", &headers, body.as_bytes())?;
        assert_eq!(answer.status, 200, "{answer:?}");
        Some(answer)
    }

    /// Messages that the witness has taken, as it says now.
    pub fn dots(&self) -> usize {
        self.witness.count("\"dot\"")
    }

    /// Takes the database away until that is dropped.
    pub fn without_database(&self) -> Away<'_> {
        Away::of(self)
    }

    /// Their stop link.
    pub fn link(&self, customer: usize) -> String {
        self.links[&proof::address(customer)].clone()
    }

    /// Notes that they were told that their stop holds, or is written down.
    pub fn was_told(&mut self, customer: usize, answered_ns: u64, is_journalled: bool) {
        self.stopped.push(Stopped { customer, answered_ns, is_journalled });
        self.unanswered.remove(&customer);
    }

    /// Nobody told them anything: they click again when they can.
    pub fn ask_again(&mut self, customer: usize) {
        self.unanswered.insert(customer);
    }

    fn comity(&self, arguments: &[&str]) -> Output {
        self.premises.comity(arguments).output().unwrap()
    }

    fn wait_for(&self, what: &str, question: &str) {
        let lookout = Lookout::at(&self.rows());
        let step = Duration::from_millis(20);
        for _ in 0..PATIENCE.as_millis() / step.as_millis() {
            if lookout.number(question) > 0 {
                return;
            }
            proof::wait(step);
        }
        panic!("nothing waits for {what}");
    }

    /// The mail server, or the database, was killed in this run.
    pub fn killed_another(&mut self) {
        self.others_killed += 1;
    }

    /// Notes which incarnations were of this run.
    pub fn end_run(&mut self, what: String) {
        let last_node = Lookout::at(&self.rows()).number("SELECT COALESCE(MAX(id), 0) FROM nodes");
        let others_killed = std::mem::take(&mut self.others_killed);
        self.runs.push(Run { what, last_node, others_killed, is_rescued_elsewhere: false });
    }

    /// Where a daemon that dies of its fault says so.
    fn fired(&self) -> PathBuf {
        self.premises.path().join("fired")
    }

    /// How often one has died there.
    pub fn times(&self, point: Point) -> usize {
        let fired = fs::read_to_string(self.fired()).unwrap_or_default();
        fired.lines().filter(|line| *line == point.name()).count()
    }

    /// What a daemon is told.
    pub fn fault(&self, point: Point, nth: u64) -> [(&'static str, String); 2] {
        let log = self.fired().to_str().unwrap().to_owned();
        [("COMITY_FAULT", format!("{}:{nth}", point.name())), ("COMITY_FAULT_LOG", log)]
    }

    /// Lets an unharmed daemon end what is left. Whom the server deferred, and what broke off with it, need not wait for that.
    pub fn finish(&mut self) -> Evidence {
        self.witness.start_again_in_haste();
        self.premises.run(&["approve", "--by", "Lucie", "asked"]);
        evidence::write(
            &self.rows(),
            "UPDATE plans SET next_at = due_at WHERE state = 'planned' AND next_at > due_at AND waits_for IS NULL",
        );
        let mut open = self.serve(&[]).expect("the daemon is ready");
        let step = Duration::from_millis(100);
        for _ in 0..2 * PATIENCE.as_millis() / step.as_millis() {
            if open_now(&Evidence::of(self.rows())) == 0 {
                open.daemon.end();
                self.end_run("the end".to_owned());
                return Evidence::of(self.rows());
            }
            proof::wait(step);
        }
        let evidence = Evidence::of(self.rows());
        let left: Vec<_> = evidence.plans.iter().filter(|(_, plan)| is_open_now(plan)).take(10).collect();
        panic!("{} plans have not ended: {left:?}; it said {:#?}", open_now(&evidence), open.daemon.said());
    }
}

fn open_now(evidence: &Evidence) -> usize {
    evidence.plans.values().filter(|plan| is_open_now(plan)).count()
}

/// What a cap holds waits for longer than anything else. What waits for an event, waits for what the test forgot.
fn is_open_now(plan: &PlanRow) -> bool {
    let long = proof::now() + TimeDelta::minutes(10);
    let waits_for_a_cap = plan.workflow == "capped" && plan.next_at > long.timestamp_millis();
    matches!(plan.state.as_str(), "planned" | "leased" | "sending") && !waits_for_a_cap
}

/// Waits until it has died.
#[track_caller]
pub fn die(daemon: &mut Daemon) {
    let step = Duration::from_millis(5);
    for _ in 0..PATIENCE.as_millis() / step.as_millis() {
        if daemon.has_ended() {
            return;
        }
        proof::wait(step);
    }
    panic!("the daemon did not die; it said {:#?}", daemon.said());
}

/// Uncertain attempts that one incarnation may leave.
pub const fn uncertain_at_most(run: &Run) -> usize {
    LANES * (1 + run.others_killed)
}
