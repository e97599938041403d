//! The gate: what it decides, what it never does, and when exactly a hold ends.

mod caps;
mod properties;
mod table;
