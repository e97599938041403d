//! The catcher: a mail server that takes everything and delivers nothing.
//!
//! It speaks real SMTP (RFC 5321 with PIPELINING, SIZE, 8BITMIME and enhanced codes) on this machine only, so that the
//! demo and the crash proofs send through the same lanes as a real installation. What it takes it hands to a callback;
//! nothing is kept here.
//!
//! `comity demo-catcher --log FILE` runs it as a process of its own, with a durable [`log`], so that it outlives a daemon
//! that is killed and can say what that daemon did.

pub mod log;
mod session;

use crate::{
    base::{Clock, Instant},
    cli::output,
    clock::SystemClock,
};
use log::Log;
use session::Session;
use std::{
    collections::BTreeMap,
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};

/// A message that was taken.
#[derive(Clone)]
pub struct Caught {
    /// When its dot was read, by the catcher's clock.
    pub at: Instant,
    /// `MAIL FROM`.
    pub sender: String,
    /// `RCPT TO`, one or more.
    pub recipients: Vec<String>,
    /// Headers and body, without dot-stuffing.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Caught {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Caught({} bytes for {})", self.bytes.len(), self.recipients.len())
    }
}

/// What a taken message is handed to, before it is answered.
pub type Callback = Arc<dyn Fn(Caught) + Send + Sync>;

/// How the catcher behaves.
pub struct Behaviour {
    /// Larger messages get a 552.
    pub message_bytes_max: usize,
    /// Further connections wait.
    pub connections_max: usize,
    /// How long a silent client is borne.
    pub idle_max: Duration,
    /// How long MAIL waits for its answer.
    pub delay_mail: Duration,
    /// How often a recipient, in lower case, is deferred with a 451 before it is accepted.
    pub deferrals: BTreeMap<String, u32>,
    /// Where what happens is written down.
    pub log: Option<Log>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            message_bytes_max: 10 * 1024 * 1024,
            connections_max: 256,
            idle_max: Duration::from_mins(5),
            delay_mail: Duration::ZERO,
            deferrals: BTreeMap::new(),
            log: None,
        }
    }
}

/// What all sessions share.
struct Shared {
    behaviour: Behaviour,
    deferrals: Mutex<BTreeMap<String, u32>>,
    clock: Arc<dyn Clock>,
    callback: Callback,
}

impl Shared {
    /// Whether this recipient is deferred once more.
    fn defers(&self, recipient: &str) -> Turn {
        let mut deferrals = self.deferrals.lock().unwrap_or_else(PoisonError::into_inner);
        match deferrals.get_mut(&recipient.to_lowercase()) {
            Some(left @ 1..) => {
                *left -= 1;
                Turn::Later
            }
            _ => Turn::Now,
        }
    }
}

/// When a recipient's message is taken.
enum Turn {
    Now,
    Later,
}

/// A catcher that listens. Dropped, it hears no new connection; those that stand end by themselves.
#[derive(Debug)]
pub struct Catcher {
    address: SocketAddr,
    listening: JoinHandle<()>,
}

impl Catcher {
    /// Listens on this machine; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn listen(
        port: u16,
        behaviour: Behaviour,
        clock: Arc<dyn Clock>,
        callback: Callback,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let deferrals = Mutex::new(behaviour.deferrals.clone());
        let places = Arc::new(Semaphore::new(behaviour.connections_max));
        let shared = Arc::new(Shared { behaviour, deferrals, clock, callback });
        let listening = tokio::spawn(accept(listener, places, shared));
        Ok(Self { address, listening })
    }

    /// Where.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Catcher {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn accept(listener: TcpListener, places: Arc<Semaphore>, shared: Arc<Shared>) {
    let mut connection = 0_u64;
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        // A connection that was gone before it was accepted is no reason to stop listening.
        let Ok((tcp, _)) = listener.accept().await else { continue };
        connection += 1;
        let session = Session::new(connection, Arc::clone(&shared));
        tokio::spawn(async move {
            converse(tcp, session).await;
            drop(place);
        });
    }
}

async fn converse(tcp: TcpStream, session: Session) {
    // Replies are small and wait for nothing; errors end the session as the client would.
    if tcp.set_nodelay(true).is_ok() {
        let _ = session.run(tcp).await;
    }
}

/// `comity demo-catcher`: the catcher as a process.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// The port on 127.0.0.1; 0 takes a free one, which is printed as {"port":n}.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Append what happens to this file, each line on disk before it is answered.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Write each message to this folder as `<number>.eml`.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Let each MAIL wait this long for its answer.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    delay_mail_ms: u64,
}

/// Runs until it is killed.
///
/// # Errors
/// When the port, the log or the folder can't be had.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let log = arguments.log.as_deref().map(Log::append_to).transpose()?;
    let delay_mail = Duration::from_millis(arguments.delay_mail_ms);
    let behaviour = Behaviour { delay_mail, log, ..Behaviour::default() };
    let callback: Callback = match arguments.keep {
        None => Arc::new(|_| {}),
        Some(folder) => {
            std::fs::create_dir_all(&folder)?;
            keep_in(folder)
        }
    };
    let catcher = Catcher::listen(arguments.port, behaviour, Arc::new(SystemClock), callback).await?;
    output::json(&serde_json::json!({ "port": catcher.address().port() }))?;
    std::future::pending().await
}

fn keep_in(folder: PathBuf) -> Callback {
    let taken = Mutex::new(0_u64);
    Arc::new(move |caught| {
        let mut number = taken.lock().unwrap_or_else(PoisonError::into_inner);
        *number += 1;
        let path = folder.join(format!("{number:06}.eml"));
        if let Err(error) = std::fs::write(&path, &caught.bytes) {
            output::warn(format_args!("{}: {error}", path.display()));
        }
    })
}
