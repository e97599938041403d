//! Comity: email automation with manners. This file is the map.
//!
//! Comity writes to a person only when they agreed to this purpose, at a time and a rate that suit them, says why, and
//! stops at once.
//!
//! ```text
//!  intake ─► trigger ─► plan ─► render ─► gate ─► deliver ─► ledger
//!            Occurrence Plan    Draft   Clearance Receipt    Entry
//! ```
//!
//! Invariant: a module uses only modules that stand above it in this list; `tests/tidy.rs` reads the list and enforces
//! it. Read it from top to bottom; one plan's life on one page is [`engine::pipeline`], and the decision to send is
//! [`gate`].

// Floor 0: words. No I/O, no clock, no chance.
pub mod base;
pub mod people;

// Floor 1: thought. Pure: what should happen, and why.
pub mod document;
pub mod policy;
pub mod workflow;
pub mod trigger;
pub mod plan;
pub mod recommend;
pub mod render;
pub mod gate;
pub mod ledger;
pub mod audit;
pub mod privacy;

// Floor 2: hands. The clock, the disk, the database, the wire, the files that come in.
pub mod clock;
pub mod disk;
pub mod fault;
pub mod store;
pub mod deliver;
pub mod fetch;
pub mod intake;

// Floor 3: life. What runs, in which order, and how it ends.
pub mod config;
pub mod telemetry;
pub mod engine;

// Floor 4: doors. Pages for customers, commands for the business.
pub mod web;
pub mod cli;
