//! The database. SQL stands here and nowhere else.
//!
//! One writer, many readers. All writes go through `Store`'s writer task, which takes what has gathered (permits,
//! intents, receipts, stops first), does it in one transaction and answers after the commit: the disk is waited for
//! once per group, not once per message.

pub mod error;
pub mod types;

pub use error::StoreError;
pub use types::{
    About, AfterUncertain, Applied, Ask, Claimed, ConsentClaim, CustomerRef, CustomerRow, Decide, Dry, Next,
    Permission, PlanRow, Put, PutError, RecordRow, Refusal, Replan, Replanned, Rescued, Status, StopOrder, StopState,
    Stopped, WorkflowChanges, merged,
};
