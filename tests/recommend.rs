//! The recommendation engine: k, consent, sensitivity, true reasons, and scores beside a naive model.

mod audit;
mod audit_command;
mod command;
mod lists;
mod naive;
mod promises;
mod scores;
mod shops;

pub use command::GIFTS;
