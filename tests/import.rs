//! Files that come in: nothing is lost silently, nothing is guessed, and nobody is revived.

mod calendar;
mod commands;
mod office;
mod reader;
mod socket;
