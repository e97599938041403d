//! Files that come in: nothing is lost silently, nothing is guessed, and nobody is revived.

mod calendar;
mod commands;
pub mod office;
mod reader;
mod socket;
