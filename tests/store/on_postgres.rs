//! The same proofs on PostgreSQL.
#![expect(clippy::duplicate_mod, reason = "each of them runs on both databases")]

#[path = "entries.rs"]
mod entries;
#[path = "erasure.rs"]
mod erasure;
#[path = "fence.rs"]
mod fence;
#[path = "imports.rs"]
mod imports;
#[path = "kept.rs"]
mod kept;
#[path = "life.rs"]
mod life;
#[path = "nodes.rs"]
mod nodes;
#[path = "stops.rs"]
mod stops;
#[path = "visits.rs"]
mod visits;
#[path = "world.rs"]
pub mod world;

/// Where these worlds keep their rows.
pub use super::Home;
const HOME: Home = Home::Postgres;
