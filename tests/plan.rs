//! Plans: what a visit calls for, and what changes when it does.

mod model;
mod reconcile;
mod schedule;
