//! The way to a mail server, near or far away: a far one is reached through a relay that delivers each byte later, and no fewer of them.
//!
//! Each direction takes half of the latency. What came later leaves later, and may set out before that has arrived: the way is long,
//! not narrow. The relay has a thread of its own, whose processor time is known, so that it is not taken for the lanes'.
//!
//! Not promised: less than a millisecond more, the grain of the timers. A connection is made at once, which real ones aren't: lanes last.

use super::{
    sink::{self, Sink},
    usage,
    visitor::Outside,
};
use crate::{base::Clock, clock::SystemClock};
use anyhow::Context;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
};

/// Bytes that are taken at a time.
const PIECE: usize = 16 * 1024;

/// A sink, and how it is reached.
pub struct Way {
    sink: Sink,
    relay: Option<Relay>,
}

impl Way {
    /// To a sink of its own, whose answers come so much later.
    ///
    /// # Errors
    /// When Postfix isn't installed, or the system gives no thread.
    pub async fn to_a_sink(latency: Duration) -> anyhow::Result<Self> {
        let sink = Sink::start().await?;
        let relay = if latency.is_zero() { None } else { Some(Relay::before(sink.address, latency / 2).await?) };
        Ok(Self { sink, relay })
    }

    /// What a lane connects to.
    pub fn address(&self) -> SocketAddr {
        self.relay.as_ref().map_or(self.sink.address, |relay| relay.address)
    }

    /// Runs `smtp-source` over it: the fastest that a C program sends.
    ///
    /// # Errors
    /// When Postfix isn't installed, or the source fails.
    pub fn run_source(&self, messages: usize, bytes: usize, lanes: usize) -> anyhow::Result<()> {
        sink::run_source(self.address(), messages, bytes, lanes)
    }

    /// Processor time of this process but for the way's own, in seconds.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub async fn cpu_seconds_beside(&self) -> anyhow::Result<f64> {
        let own = match &self.relay {
            Some(relay) => relay.thread.0.spawn(async { usage::thread_cpu_seconds() }).await.context("no relay")??,
            None => 0.0,
        };
        Ok(usage::cpu_seconds()? - own)
    }
}

/// Ends when dropped, with all its connections.
struct Relay {
    address: SocketAddr,
    thread: Outside,
}

impl Relay {
    async fn before(server: SocketAddr, late: Duration) -> anyhow::Result<Self> {
        let thread = Outside::open()?;
        let bound = thread.0.spawn(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = bound.await.context("the relay broke")??;
        let address = listener.local_addr()?;
        thread.0.spawn(serve(listener, server, late));
        Ok(Self { address, thread })
    }
}

async fn serve(listener: TcpListener, server: SocketAddr, late: Duration) {
    loop {
        let Ok((near, _)) = listener.accept().await else { continue };
        // A connection that breaks is the lane's to tell of.
        tokio::spawn(lead(near, server, late));
    }
}

async fn lead(near: TcpStream, server: SocketAddr, late: Duration) -> io::Result<()> {
    let far = TcpStream::connect(server).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    tokio::try_join!(carry(from_near, to_far, late), carry(from_far, to_near, late)).map(drop)
}

async fn carry(from: OwnedReadHalf, to: OwnedWriteHalf, late: Duration) -> io::Result<()> {
    let (depart, under_way) = mpsc::unbounded_channel();
    tokio::try_join!(take(from, depart, late), deliver(to, under_way)).map(drop)
}

/// What is under way: when it is due in microseconds of boot time, and its bytes. None of them: the end.
type Piece = (i64, Vec<u8>);

async fn take(mut from: OwnedReadHalf, depart: UnboundedSender<Piece>, late: Duration) -> io::Result<()> {
    let late_us = i64::try_from(late.as_micros()).unwrap_or(i64::MAX);
    loop {
        let mut bytes = Vec::with_capacity(PIECE);
        let is_end = from.read_buf(&mut bytes).await? == 0;
        if depart.send((SystemClock.boot_us().saturating_add(late_us), bytes)).is_err() || is_end {
            return Ok(());
        }
    }
}

async fn deliver(mut to: OwnedWriteHalf, mut under_way: UnboundedReceiver<Piece>) -> io::Result<()> {
    while let Some((due_us, bytes)) = under_way.recv().await {
        if let Ok(early_us @ 1..) = u64::try_from(due_us - SystemClock.boot_us()) {
            SystemClock.wait_for(Duration::from_micros(early_us)).await;
        }
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        to.write_all(&bytes).await?;
    }
    Ok(())
}
