//! The database keeps its promises: one plan's life, concurrency, stops, imports, and days on which the disk is against us.

#[path = "store/bad_days.rs"]
mod bad_days;
#[path = "store/entries.rs"]
mod entries;
#[path = "store/erasure.rs"]
mod erasure;
#[path = "store/fence.rs"]
mod fence;
#[path = "store/imports.rs"]
mod imports;
#[path = "store/kept.rs"]
mod kept;
#[path = "store/life.rs"]
mod life;
#[path = "store/looks.rs"]
mod looks;
#[path = "store/looks_on_postgres.rs"]
mod looks_on_postgres;
#[path = "store/moving.rs"]
mod moving;
#[path = "store/on_postgres.rs"]
mod on_postgres;
#[path = "store/soundness.rs"]
mod soundness;
#[path = "store/stops.rs"]
mod stops;
#[path = "store/visits.rs"]
mod visits;
#[path = "store/world.rs"]
pub mod world;

/// Which database a world keeps its rows in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    Sqlite,
    Postgres,
}

/// Where these worlds keep their rows.
const HOME: Home = Home::Sqlite;
