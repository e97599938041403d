//! What else dies: the database goes away, its server is killed, the mail server is.

use super::house::{DEFER, House, die};
use crate::support::{
    proof::{self, Dice},
    real,
};
use std::{fs, path::PathBuf, time::Duration};

/// The database is away until this is dropped.
pub enum Away<'a> {
    File { here: PathBuf, there: PathBuf },
    Server(&'a crate::support::postgres::Cluster),
}

impl<'a> Away<'a> {
    pub fn of(house: &'a House) -> Self {
        if let Some(cluster) = &house.cluster {
            cluster.kill();
            return Self::Server(cluster);
        }
        let data = house.premises.path().join("data");
        let (here, there) = (data.join("comity.db"), data.join("elsewhere.db"));
        fs::rename(&here, &there).unwrap();
        Self::File { here, there }
    }
}

impl Drop for Away<'_> {
    fn drop(&mut self) {
        match self {
            Self::File { here, there } => fs::rename(there, here).unwrap(),
            Self::Server(cluster) => cluster.start_again(),
        }
    }
}

impl House {
    /// Somebody says stop while the database is away, and the daemon dies over it.
    pub fn stop_without_database_and_die(&mut self, fault: &[(&str, &str)]) {
        let customer = self.next_quitter();
        let mut daemon = {
            let _away = self.without_database();
            let mut daemon = self.premises.serve(fault);
            let page = daemon.stop_page().expect("the page opens without the database");
            let link = self.link(customer);
            assert_eq!(real::try_to_click(page, &link), None, "nobody was told that it holds");
            die(&mut daemon);
            daemon
        };
        daemon.kill();
        self.ask_again(customer);
    }

    /// Two are told that their stop is written down, and the next start dies over it.
    pub fn start_with_journal_and_die(&mut self, fault: &[(&str, &str)]) {
        let quitters = [self.next_quitter(), self.next_quitter()];
        let links = quitters.map(|customer| self.link(customer));
        let mut answered = Vec::new();
        {
            let _away = self.without_database();
            let mut daemon = self.premises.serve(&[]);
            let page = daemon.stop_page().expect("the page opens without the database");
            for (customer, link) in quitters.into_iter().zip(&links) {
                let answer = real::try_to_click(page, link).expect("an answer");
                assert!(answer.contains("is written down"), "{answer}");
                answered.push((customer, real::boot_ns()));
            }
            daemon.kill();
        }
        for (customer, at) in answered {
            self.was_told(customer, at, true);
        }
        die(&mut self.premises.serve(fault));
    }

    /// The server of the database is killed while messages leave, and comes back; now and then somebody says stop meanwhile.
    pub fn kill_database(&mut self, dice: &mut Dice) {
        let mut open = self.serve(&[]).expect("the daemon is ready");
        proof::wait(Duration::from_millis(dice.below(300)));
        let customer = (dice.below(2) == 0).then(|| self.next_quitter());
        self.cluster.as_ref().unwrap().kill();
        self.killed_another();
        if let Some(customer) = customer {
            assert!(self.click(open.page, customer), "a stop is taken whatever is away");
        }
        proof::wait(Duration::from_millis(dice.below(200)));
        self.cluster.as_ref().unwrap().start_again();
        if dice.below(2) == 0 {
            let before = self.dots();
            proof::wait_in_steps(Duration::from_millis(10), || (self.dots() > before + 1).then_some(()));
        }
        assert!(!open.daemon.has_ended(), "the daemon ended by itself: {:#?}", open.daemon.said());
        open.daemon.kill();
    }

    /// The mail server is killed while messages leave, and comes back.
    pub fn kill_mail_server(&mut self, dice: &mut Dice) {
        let mut open = self.serve(&[]).expect("the daemon is ready");
        let before = self.dots();
        proof::wait_in_steps(Duration::from_millis(5), || (self.dots() > before).then_some(()));
        proof::wait(Duration::from_millis(dice.below(200)));
        self.witness.kill();
        self.killed_another();
        proof::wait(Duration::from_millis(dice.below(100)));
        self.witness.start_again(DEFER);
        proof::wait(Duration::from_millis(dice.below(200)));
        assert!(!open.daemon.has_ended(), "the daemon ended by itself: {:#?}", open.daemon.said());
        open.daemon.kill();
    }
}
