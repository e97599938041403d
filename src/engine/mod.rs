//! What runs: the pipeline, its duties, its start and its end.

pub mod desk;
pub mod lock;
