//! The people written to: customers, what they agreed to, and what they refused.

pub mod answer;
pub mod consent;
pub mod bar;
pub mod customer;
pub mod data_request;
pub mod directory;
pub mod snooze;
pub mod suppression;
pub mod tastes;

pub use answer::Answer;
pub use bar::{BarWord, Bars};
pub use consent::{ConsentEntry, ConsentKind, ConsentState, Grant};
pub use customer::{Customer, Language};
pub use data_request::{AskedVia, RequestKind};
pub use directory::{Directory, Means, Whose};
pub use snooze::Snooze;
pub use suppression::{Suppression, SuppressionReason};
pub use tastes::{Taste, TasteWord, Tastes};
