//! Where an installation keeps what is its own, and from where a node works: nobody else does from there at the same time.

use super::lifecycle::PERMIT_LIFE;
use crate::{
    base::{Clock, keys::Keyring},
    clock::ClockWatch,
    config::Config,
    fault::seam,
    store::{self, Database, Heir, Lasting, Opening},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How its database is opened.
pub fn opening(
    config: &Config,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    watch: ClockWatch,
    lasting: Lasting,
) -> Opening {
    let database = config.database();
    let (home, left, kept) = match (&database, seam::shared()) {
        (Database::Files(_), Some(shared)) => (shared.home(), None, kept_of_node(config)),
        // Files have one node at a time, wherever they lie.
        (Database::Files(_), None) => (String::new(), None, config.checkpoints.clone()),
        (Database::Server(_), _) => (named(&config.data), Some(config.files()), kept_of_node(config)),
    };
    Opening {
        database,
        left,
        journal: store::journal_in(&config.data),
        keys,
        clock,
        watch,
        permit_life: PERMIT_LIFE,
        lasting,
        home,
        // A rehearsal's stops are nobody's.
        kept: (lasting == Lasting::ForEver).then_some(kept),
    }
}

/// Who goes on here when the files have moved to a server.
#[must_use]
pub fn heir(config: &Config) -> Heir {
    Heir { home: named(&config.data), keeps_file: config.checkpoints == kept_of_node(config) }
}

/// The folder of the checkpoints may be that of all nodes, and each keeps what was said to it.
fn kept_of_node(config: &Config) -> PathBuf {
    config.data.join("checkpoints")
}

/// The machine, and the folder there.
fn named(data: &Path) -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let data = fs::canonicalize(data).unwrap_or_else(|_| data.to_owned());
    format!("{name} {} {}", machine.trim(), data.display())
}
