//! Doors for customers: the page behind each stop link, and the server that holds it.

pub mod control;
pub mod data_flow;
pub mod listen;
pub mod mailbox;
pub mod public;
pub mod shield;

pub use public::{Public, router};
