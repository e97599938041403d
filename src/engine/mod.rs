//! What runs: the pipeline, its duties, its start and its end.
//!
//! | to read about | begin with |
//! |---|---|
//! | one plan's life | [`pipeline`], then the loop around it, [`run`], and its `worker`s; what is asked of the files, [`rulebook`] |
//! | a stop, an answer | [`desk`], carried out in [`desk::stop`] and [`desk::answer`] |
//! | what the business brings | [`arrivals`]: [`import`](arrivals::import) for files, [`entry`](arrivals::entry) for the API, [`feed`](arrivals::feed) for calendars |
//! | what the business asks, and what its people say | [`office`]: [`account`](office::account) of what happened, [`consents`](office::consents), [`approvals`](office::approvals), [`tasks`](office::tasks), visits of nobody |
//! | what is recommended to whom, night by night | [`recommending`] |
//! | what the owner hears | [`owner`] |
//! | what proves the ledger | [`audit`] |
//! | the files in force, and others that take their place | [`files`], [`files::in_force`] |
//! | a start and an end | [`house`]: [`front`](house::front), [`lifecycle`](house::lifecycle) |
//! | a rehearsal | [`rehearse`], counted in [`rehearse::tally`] |

pub mod letterhead;
pub mod rulebook;
pub mod wording;
pub mod letter;
pub mod outcome;
pub mod flights;
pub mod berth;
pub mod pipeline;
mod queue;
mod worker;
pub mod draw;
pub mod run;
pub mod desk;
pub mod files;
pub mod office;
pub mod arrivals;
pub mod owner;
pub mod recommending;
pub mod audit;
pub mod house;
pub mod rehearse;
