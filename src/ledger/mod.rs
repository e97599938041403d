//! The ledger: what happened, for ever; and the proofs that something did.

pub mod act;
pub mod attempt;
pub mod event;
pub mod preferred;
pub mod entry;
pub mod receipt;
pub mod retry;
pub mod explain;
pub mod ruling;

pub use act::Act;
pub use attempt::Attempt;
pub use entry::{AddressStep, Entry, ErasedVia, Happening, Shown, TaskEnd};
pub use event::EventKind;
pub use preferred::Preferred;
pub use receipt::{Carried, Phase, Receipt, Reply};
pub use ruling::{Allowed, Ruling};
