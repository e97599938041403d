//! The public page on a port of its own.

use super::daemon::Daemon;
use comity::web::{Public, listen, router};
use std::net::SocketAddr;
use tokio::{net::TcpListener, sync::watch};

/// Open for as long as this stands.
pub struct OpenDoor {
    pub at: SocketAddr,
    _open: watch::Sender<bool>,
}

impl OpenDoor {
    /// With room for so many callers at once.
    pub async fn open(public: Public, connections: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (open, stop) = watch::channel(false);
        let clock = public.clock.clone();
        tokio::spawn(listen::serve_at_most(connections, listener, router(public).unwrap(), clock, stop));
        Self { at, _open: open }
    }

    /// Of an engine in this process.
    pub async fn of(daemon: &Daemon) -> Self {
        let public = Public::at(daemon.engine.desk(), daemon.engine.keys.clone(), daemon.clock.clone());
        Self::open(public, listen::CONNECTIONS_MAX).await
    }
}
