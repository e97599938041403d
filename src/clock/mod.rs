//! The clocks: the system's, and the virtual one of rehearsals, demos and proofs.
//!
//! Invariant: `tokio::time` and the system's clocks are read here and nowhere else.

pub mod system;
pub mod virtual_time;

pub use system::SystemClock;
pub use virtual_time::VirtualClock;
