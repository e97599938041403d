//! What runs: the pipeline, its duties, its start and its end.
//!
//! | to read about | begin with |
//! |---|---|
//! | one plan's life | [`pipeline`], then the loop around it, [`run`] |
//! | a stop, an answer | [`desk`], carried out in [`stop`] and [`answer`] |
//! | a start and an end | [`front`], [`lifecycle`] |
//! | the files in force, and others that take their place | [`in_force`], [`files`] |
//! | what the business brings | [`office`]; [`import`] for files, [`entry`] for the API, [`feed`] for calendars; what it is told, [`account`] |
//! | what the owner hears | [`owner`] |
//! | a rehearsal | [`rehearse`], counted in [`tally`] |

pub mod lock;
pub mod key_file;
pub mod letterhead;
pub mod rulebook;
pub mod paper;
pub mod wording;
pub mod specimens;
pub mod scribe;
pub mod in_force;
pub mod letter;
pub mod outcome;
pub mod flights;
pub mod berth;
pub mod pipeline;
mod queue;
pub mod draw;
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
pub mod account;
pub mod approval;
pub mod approvals;
pub mod runs;
pub mod limits;
pub mod tasks;
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
pub mod difference;
