//! The clocks: the system's, the virtual one of rehearsals, demos and proofs, and the guard that doubts them.
//!
//! Invariant: `tokio::time` and the system's clocks are read here and nowhere else.

pub mod guard;
pub mod system;
pub mod virtual_time;

pub use guard::ClockWatch;
pub use system::SystemClock;
pub use virtual_time::VirtualClock;
