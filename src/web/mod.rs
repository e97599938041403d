//! Doors: the page behind each stop link, the API for the business's programs, and the server that holds them.

pub mod api;
pub mod control;
pub mod data_flow;
pub mod listen;
pub mod mailbox;
pub mod public;
pub mod recommendations;
pub mod shield;

pub use public::{Public, router};
