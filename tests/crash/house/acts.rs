//! What is done while a daemon runs that dies over it, and what whoever did it does then.

use super::{CUSTOMERS, House, INVITED, UNTOUCHED, die};
use crate::support::{evidence::Lookout, proof, real};
use chrono::TimeDelta;
use rustix::process::Signal;
use serde_json::json;
use std::{fmt::Write as _, fs, time::Duration};

impl House {
    /// The same while a daemon runs that dies over it, and once more.
    pub fn import_twice(&mut self, fault: &[(&str, &str)]) {
        let Some(mut open) = self.serve(fault) else { return };
        let from = *UNTOUCHED.start();
        let (file, count, _) = self.visits_file(from..=from + 20, Duration::from_secs(10));
        let import = ["import", "--yes", "appointments", file.to_str().unwrap()];
        assert!(!self.comity(&import).status.success(), "nobody was told that it is done");
        die(&mut open.daemon);
        self.premises.run(&import);
        self.visits += count;
    }

    /// New customers, likewise.
    pub fn import_customers_twice(&mut self, fault: &[(&str, &str)]) {
        let Some(mut open) = self.serve(fault) else { return };
        self.files += 1;
        let file = self.premises.path().join(format!("new-{}.csv", self.files));
        let mut text = String::from("id;email\n");
        for n in 1..=3 {
            let number = CUSTOMERS + self.files * 10 + n;
            writeln!(text, "C{number};{}", proof::address(number)).unwrap();
        }
        fs::write(&file, text).unwrap();
        let import = ["import", "--yes", "customers", file.to_str().unwrap()];
        assert!(!self.comity(&import).status.success(), "nobody was told that it is done");
        die(&mut open.daemon);
        self.premises.run(&import);
    }

    /// Somebody says stop, the daemon dies over it, and they say it again when they can.
    pub fn stop_and_die(&mut self, fault: &[(&str, &str)]) {
        let Some(mut open) = self.serve(fault) else { return };
        let customer = self.next_quitter();
        assert!(!self.click(open.page, customer), "nobody was told that it holds");
        die(&mut open.daemon);
    }

    pub fn enter_and_die(&mut self, fault: &[(&str, &str)]) {
        let Some(mut open) = self.serve(fault) else { return };
        self.files += 1;
        // Late enough that it is known in time, however often it has to be brought.
        let start = proof::now() + TimeDelta::hours(1) + TimeDelta::seconds(15);
        let start = start.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let visit =
            json!({ "id": format!("E{}", self.files), "customer": format!("C{CUSTOMERS}"), "starts_at": start });
        let name = format!("entry-{}", self.files);
        assert!(self.enter(&mut open, &name, &visit).is_none(), "nobody was told that it is done");
        die(&mut open.daemon);
        self.unentered.push((name, visit));
    }

    /// An approval that is taken back, so that something waits, and given again.
    pub fn approve_and_die(&mut self, fault: &[(&str, &str)]) {
        let Some(mut open) = self.serve(fault) else { return };
        self.premises.run(&["approve", "--by", "Lucie", "--withdraw", "asked"]);
        self.import("dinners", INVITED, Duration::from_millis(700));
        self.wait_for("'approved'", "SELECT COUNT(*) FROM plans WHERE waits_for = 'approved'");
        assert!(
            !self.comity(&["approve", "--by", "Lucie", "asked"]).status.success(),
            "nobody was told that it is done"
        );
        die(&mut open.daemon);
    }

    pub fn erase_and_die(&mut self, fault: &[(&str, &str)]) {
        let Some(mut open) = self.serve(fault) else { return };
        let customer = self.leavers.next().expect("somebody who was not erased");
        self.import("appointments", customer..=customer, Duration::from_secs(1));
        // Nobody's any more.
        self.visits -= 1;
        let name = format!("C{customer}");
        let erase = ["erase", "--yes", &name];
        assert!(!self.comity(&erase).status.success(), "nobody was told that it is done");
        die(&mut open.daemon);
        let again = self.comity(&erase);
        let said = String::from_utf8_lossy(&again.stderr).into_owned() + &String::from_utf8_lossy(&again.stdout);
        let left = format!("SELECT COUNT(*) FROM customers WHERE external_id = '{name}'");
        assert_eq!(Lookout::at(&self.rows()).number(&left), 0, "{said}");
        self.erased.push((customer, real::boot_ns()));
    }

    /// A pause that is lifted; what it held is due again, whatever dies.
    pub fn resume_and_die(&mut self, fault: &[(&str, &str)]) {
        let Some(mut open) = self.serve(fault) else { return };
        self.premises.run(&["pause"]);
        self.import("appointments", *UNTOUCHED.start()..=UNTOUCHED.start() + 10, Duration::from_millis(700));
        self.wait_for("a halt", "SELECT COUNT(*) FROM plans WHERE waits_for = 'halt-lifted'");
        assert!(!self.comity(&["resume"]).status.success(), "nobody was told that it is done");
        die(&mut open.daemon);
    }

    /// A file that concerns nobody changes: all plans are made anew all the same.
    pub fn reload_and_die(&mut self, fault: &[(&str, &str)]) {
        let Some(mut open) = self.serve(fault) else { return };
        let file = self.premises.path().join("workflows/other.toml");
        let text = fs::read_to_string(&file).unwrap();
        let changed =
            if text.contains("\"1h\"") { text.replace("\"1h\"", "\"2h\"") } else { text.replace("\"2h\"", "\"1h\"") };
        fs::write(file, changed).unwrap();
        assert!(!self.comity(&["reload"]).status.success(), "nobody was told that it is done");
        die(&mut open.daemon);
    }

    /// Asked to end while something is on the wire. Of nodes that share a server, the one that leads signs.
    pub fn end_and_die(&mut self, fault: &[(&str, &str)], leads: bool) {
        let Some(mut open) = self.serve(fault) else { return };
        if leads && self.cluster.is_some() {
            open.daemon.hear("what one node does alone").expect("it leads");
        }
        let before = self.dots();
        proof::wait_in_steps(Duration::from_millis(10), || (self.dots() > before).then_some(()));
        open.daemon.signal(Signal::TERM);
        die(&mut open.daemon);
    }
}
