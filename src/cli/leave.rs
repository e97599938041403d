//! Leave: how somebody ends a command before its time. It is heard at once and kept until the command asks, so that it
//! never ends without tidying up.

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Ctrl-C, SIGTERM, or a terminal that is closed.
#[derive(Debug)]
pub struct Leave {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Leave {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system lets nobody listen.
    pub fn heed() -> anyhow::Result<Self> {
        let heed = |kind| signal(kind).context("signals can't be heard");
        Ok(Self {
            interrupt: heed(SignalKind::interrupt())?,
            terminate: heed(SignalKind::terminate())?,
            hang_up: heed(SignalKind::hangup())?,
        })
    }

    /// Returns when somebody wants to leave.
    pub async fn taken(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
