//! The rows of a chunk, taken at once: a fixed number of statements, however many rows there are.
//!
//! ```text
//!   look    who is meant by each row, and what is known of them
//!   decide  each row in memory
//!   write   what all of them change
//! ```
//!
//! One row after the other, each would be five to twenty exchanges with SQLite's thread, and most of an import's time would go by
//! in waking the one and the other (see [`super::conversation`]).
//!
//! Invariant: a chunk that is taken at once comes out like its rows taken one after the other. What can't be sure of that is
//! taken by itself, in its turn.

mod customers;
mod look;
mod orders;
mod records;
mod write;

pub(super) use customers::put as put_customers;
pub(super) use orders::put as put_orders;
pub(super) use records::put as put_records;

#[cfg(test)]
mod tests;
