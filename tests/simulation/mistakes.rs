//! Mistakes that are planted on purpose, each between the engine and what it works with, never in the engine: in a lane, at
//! the desk, in the files, in the clock's watch, in the database by a trigger, or in what a death leaves behind.
//!
//! A checker that finds none of them has proved nothing.

use super::{script::Deed, server::Rash};
use comity::clock::ClockWatch;
use std::{fs, io::ErrorKind, path::Path};

/// What is wrong.
#[derive(Clone, Copy)]
pub struct Plant {
    pub name: &'static str,
    /// In the lanes.
    pub rash: Rash,
    /// At the desk.
    pub desk: Desk,
    /// In the database, from the start on.
    pub sql: &'static str,
    /// In the files: this, in place of that.
    pub files: (&'static str, &'static str),
    pub watch: ClockWatch,
    /// What the death of the last node does to what lies on the disk.
    pub death: fn(&Path),
    /// How many times too fast the time of leases goes.
    pub haste: i64,
}

/// How the desk answers a stop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Desk {
    /// As it should.
    Well,
    /// Before it is done.
    Hasty,
    /// And does nothing.
    Idle,
    /// It takes back what is in the air at its own node.
    Alone,
    /// An erasure does.
    ErasesAlone,
}

impl Desk {
    /// What is wrong with it where somebody asks for this.
    pub const fn at(self, deed: &Deed) -> Self {
        match (self, deed) {
            (Self::ErasesAlone, Deed::Erase { .. }) | (Self::Hasty | Self::Idle | Self::Alone, Deed::Stop { .. }) => {
                self
            }
            _ => Self::Well,
        }
    }
}

/// Nothing is wrong.
pub const NOTHING: Plant = Plant {
    name: "nothing",
    rash: Rash::No,
    desk: Desk::Well,
    sql: "",
    files: ("", ""),
    watch: ClockWatch::On,
    death: |_| {},
    haste: 1,
};

const fn lane(name: &'static str, rash: Rash) -> Plant {
    Plant { name, rash, ..NOTHING }
}

const fn desk(name: &'static str, desk: Desk) -> Plant {
    Plant { name, desk, ..NOTHING }
}

const fn sql(name: &'static str, sql: &'static str) -> Plant {
    Plant { name, sql, ..NOTHING }
}

const fn files(name: &'static str, files: (&'static str, &'static str)) -> Plant {
    Plant { name, files, ..NOTHING }
}

/// All of them, each with the seed that found it first, of those from 1 on.
pub const ALL: [(Plant, u64); 26] = [
    (lane("a lane takes no last look", Rash::NoLook), 36),
    (lane("a lane says that MAIL is past before it is written", Rash::Early), 14),
    (lane("a lane writes no intent", Rash::NoIntent), 10),
    (lane("a lost answer is taken for a broken connection", Rash::Sure), 1),
    (lane("a lane waits for its server for ever", Rash::Mute), 10),
    (desk("a stop is answered before it is done", Desk::Hasty), 4),
    (desk("a stop is answered and not written", Desk::Idle), 1),
    (sql("a stop's suppression is undone", NO_SUPPRESSION), 43),
    (sql("a snooze is forgotten", NO_SNOOZE), 27),
    (sql("somebody's own limit is forgotten", NO_LIMIT), 20),
    (sql("what was accepted counts for no cap", NO_COUNT), 2),
    (sql("a halt is forgotten", NO_HALT), 16),
    (sql("an address stays what it was", OLD_ADDRESS), 4),
    (sql("a message that is past its time lives on", NO_END), 2),
    (sql("who is to be tried again waits for ever", NO_RETRY), 8),
    (Plant { name: "a visit that is cancelled stands", sql: STANDS, files: ONLY_IF, ..NOTHING }, 3),
    (files("nights are not quiet", QUIET), 1),
    (files("tips need no yes", TIPS), 1),
    (files("what may have arrived is sent again", AGAIN), 10),
    (Plant { name: "nobody watches the clock", watch: ClockWatch::Off, ..NOTHING }, 21),
    (Plant { name: "a death takes what was not folded into the file", death: forget_log, ..NOTHING }, 3),
    // Of several nodes.
    (lane("a lane does not look whether its permit has ended", Rash::NoEnd), 68),
    (desk("a stop asks no other node", Desk::Alone), 4),
    (desk("an erasure asks no other node", Desk::ErasesAlone), 89),
    (sql("what a dead node had on the wire is sent again", DEAD_AGAIN), 10),
    (Plant { name: "a node is taken for dead too early", haste: 20, ..NOTHING }, 2),
];

const NO_SUPPRESSION: &str = "CREATE TRIGGER planted AFTER INSERT ON suppressions
    BEGIN DELETE FROM suppressions WHERE id = new.id; END";
const NO_SNOOZE: &str = "CREATE TRIGGER planted AFTER UPDATE OF snoozed_until ON customers
    WHEN new.snoozed_until IS NOT NULL
    BEGIN UPDATE customers SET snoozed_until = NULL, snoozed = NULL WHERE id = new.id; END";
const NO_LIMIT: &str = "CREATE TRIGGER planted AFTER UPDATE OF own_limits ON customers WHEN new.own_limits IS NOT NULL
    BEGIN UPDATE customers SET own_limits = NULL WHERE id = new.id; END";
const NO_COUNT: &str = "CREATE TRIGGER planted AFTER UPDATE OF state ON attempts WHEN new.state = 'accepted'
    BEGIN UPDATE attempts SET counts_at = 0 WHERE id = new.id; END";
const NO_HALT: &str = "CREATE TRIGGER planted AFTER INSERT ON halts
    BEGIN DELETE FROM halts WHERE cause = new.cause; END";
const OLD_ADDRESS: &str = "CREATE TRIGGER planted AFTER UPDATE OF address ON customers WHEN new.mailbox <> old.mailbox
    BEGIN UPDATE customers SET address = old.address, mailbox = old.mailbox WHERE id = new.id; END";
const NO_END: &str = "CREATE TRIGGER planted AFTER INSERT ON plans
    BEGIN UPDATE plans SET expires_at = expires_at + 86400000 WHERE id = new.id; END";
const NO_RETRY: &str = "CREATE TRIGGER planted AFTER UPDATE OF attempts ON plans
    WHEN new.attempts > 0 AND new.state = 'planned'
    BEGIN UPDATE plans SET next_at = 9000000000000 WHERE id = new.id; END";
const STANDS: &str = "CREATE TRIGGER planted AFTER UPDATE OF status ON records WHEN new.status = 'cancelled'
    BEGIN UPDATE records SET status = 'live' WHERE id = new.id; END;
    CREATE TRIGGER planted_too AFTER UPDATE OF state ON plans WHEN new.state = 'void' AND old.state = 'planned'
    BEGIN UPDATE plans SET state = 'planned' WHERE id = new.id; END";
const DEAD_AGAIN: &str = "CREATE TRIGGER planted AFTER UPDATE OF state ON plans
    WHEN new.state = 'uncertain'
      AND (SELECT n.beat_at FROM nodes n WHERE n.id = new.node) < (SELECT MAX(beat_at) FROM nodes) - 30000
    BEGIN UPDATE plans SET state = 'planned' WHERE id = new.id; END";
const ONLY_IF: (&str, &str) = ("only_if = \"appointment.status == 'booked'\"", "");
const QUIET: (&str, &str) = ("[quiet_hours]\nfrom = \"20:00\"\nto = \"08:00\"", "");
const TIPS: (&str, &str) = ("A note now and then.\"\nbasis = \"consent\"", "A note.\"\nbasis = \"contract\"");
const AGAIN: (&str, &str) = ("by = [\"3h\"] }", "by = [\"3h\"] }\nif_uncertain = \"send-again\"");

/// What SQLite wrote and did not fold into the file is gone, as if nobody had waited for the disk.
fn forget_log(data: &Path) {
    for entry in fs::read_dir(data).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().ends_with("-wal") {
            match fs::remove_file(entry.path()) {
                // A connection of the dead process that was still closing has folded it into the file just now.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                done => done.unwrap(),
            }
        }
    }
}
