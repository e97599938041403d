//! The people written to: customers, what they agreed to, and what they refused.

pub mod consent;
pub mod customer;
pub mod directory;
pub mod suppression;

pub use consent::{ConsentEntry, ConsentKind, ConsentState};
pub use customer::{Customer, Language};
pub use directory::{Directory, Means, Whose};
pub use suppression::{Suppression, SuppressionReason};
