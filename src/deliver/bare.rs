//! Bare lanes, for the benchmark alone: the same connection and the same transaction, without a gate before it.
//!
//! Invariant: only `cli::bench` calls this, and besides it only [`trial`](super::trial), which writes to the owner alone,
//! asks no gate; `tests/tidy.rs` sees to both. Every message to a customer needs an [`Attempt`](crate::ledger::Attempt),
//! which needs a clearance.

use super::{
    connect::SmtpTransport,
    lane::SmtpLane,
    transport::{Begin, Boxed, ConnectFailure, DotNotNoted, Flight, IntentFailed, Letter},
};
use crate::{base::BootTime, ledger::Receipt};

/// A lane that asks nobody.
pub struct BareLane(SmtpLane);

impl BareLane {
    /// Connects.
    ///
    /// # Errors
    /// As [`Transport::connect`](super::transport::Transport::connect).
    pub async fn open(transport: &SmtpTransport) -> Result<Self, ConnectFailure> {
        transport.open(&|_| {}).await.map(Self)
    }

    /// Sends the letter, without permission, intent or record.
    pub async fn send_without_gate(&mut self, letter: &Letter) -> Receipt {
        self.0.transact(BootTime(i64::MAX), letter, &Ungated).await
    }
}

/// Nobody to ask, and nobody to tell.
pub(super) struct Ungated;

impl Flight for Ungated {
    fn may_begin(&self) -> Begin {
        Begin::Go
    }

    fn begun(&self) {}

    fn intent(&self) -> Boxed<'_, Result<(), IntentFailed>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn note_dot(&self) -> Result<(), DotNotNoted> {
        Ok(())
    }
}
