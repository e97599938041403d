//! What runs: the pipeline, its duties, its start and its end.
//!
//! One plan's life is [`pipeline`]; the loop around it is [`run`]; a stop comes in at [`desk`] and is carried out in
//! [`stop`]; [`lifecycle`] puts them together.

pub mod lock;
pub mod key_file;
pub mod letterhead;
pub mod rulebook;
pub mod paper;
pub mod in_force;
pub mod wording;
pub mod outcome;
pub mod flights;
pub mod berth;
pub mod pipeline;
mod queue;
pub mod run;
pub mod desk;
pub mod proof;
pub mod duties;
pub mod stop;
pub mod answer;
pub mod catch_up;
pub mod files;
pub mod front;
pub mod lifecycle;
pub mod office;
pub mod standing;
pub mod visits;
pub mod calendar;
pub mod import;
pub mod entry;
pub mod feed;
pub mod feeds;
pub mod owner;
pub mod timeline;
pub mod rehearse;
pub mod tally;
