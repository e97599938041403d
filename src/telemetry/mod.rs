//! Logs: text for people, JSON for machines. Ids and reasons in both, never an address, a body or a token.

use crate::config::{Log, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. `COMITY_LOG` overrides the level, in the syntax of `tracing` filters.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_from_env("COMITY_LOG").unwrap_or_else(|_| EnvFilter::new(&log.level));
    // Colours for a terminal alone: a file or the journal would hold their escapes.
    let coloured = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start in one process (tests) keeps the first.
    let _ = match log.format {
        LogFormat::Text => builder.with_ansi(coloured).compact().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
