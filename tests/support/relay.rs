//! A piece of network between a node and a server, of the test's own: it can be told to swallow what is sent, in both
//! directions or in one, to delay it, and to break. And it writes down when `MAIL`, `RCPT` and a subject came from the node: what the
//! network delivers later was not said later.

use super::real;
use comity::{base::Clock, clock::SystemClock};
use std::{
    io,
    path::PathBuf,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    runtime::Runtime,
    sync::watch,
};

/// All relays of the process.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("relay").enable_all().build().unwrap()
});

/// Where it leads.
#[derive(Clone, Debug)]
pub enum Target {
    Port(u16),
    Socket(PathBuf),
}

/// How the network is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Weather {
    /// Everything comes through.
    Fair,
    /// Nothing does, in either direction, and nobody hears of it.
    Hole,
    /// What the node sends doesn't.
    HoleThere,
    /// What the node is sent doesn't.
    HoleBack,
    /// Everything does, each piece so much later.
    Slow(Duration),
    /// Every link is broken, and none is made.
    Cut,
}

/// What the node said, and when.
#[derive(Clone, Debug)]
pub struct Told {
    pub boot_ns: u64,
    /// Of which link.
    pub link: usize,
    pub said: Said,
}

#[derive(Clone, Debug)]
pub enum Said {
    Mail,
    To(String),
    Subject(String),
}

/// See the module.
pub struct Relay {
    pub port: u16,
    weather: watch::Sender<Weather>,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Relay {
    pub fn to(target: Target) -> Self {
        let (weather, told) = (watch::Sender::new(Weather::Fair), Arc::default());
        let listener = RUNTIME.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let line = Line { target, weather: weather.subscribe(), told: Arc::clone(&told), link: 0 };
        RUNTIME.spawn(serve(listener, line));
        Self { port, weather, told }
    }

    pub fn turn(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// What the node said on all links, in order.
    pub fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }
}

#[derive(Clone)]
struct Line {
    target: Target,
    weather: watch::Receiver<Weather>,
    told: Arc<Mutex<Vec<Told>>>,
    link: usize,
}

async fn serve(listener: TcpListener, mut line: Line) {
    let relay_lives = line.weather.clone();
    let accept = async {
        loop {
            let Ok((node, _)) = listener.accept().await else { continue };
            line.link += 1;
            tokio::spawn(line.clone().lead(node));
        }
    };
    tokio::select! {
        () = accept => {}
        () = gone(relay_lives) => {}
    }
}

/// Until the relay is dropped.
async fn gone(mut weather: watch::Receiver<Weather>) {
    while weather.changed().await.is_ok() {}
}

/// Until the network is such that this may pass.
async fn until(weather: &mut watch::Receiver<Weather>, may: impl Fn(Weather) -> bool) {
    // Where the relay is gone, so is the test.
    let _ = weather.wait_for(|weather| may(*weather)).await;
}

const fn there(weather: Weather) -> bool {
    matches!(weather, Weather::Fair | Weather::HoleBack | Weather::Slow(_))
}

const fn back(weather: Weather) -> bool {
    matches!(weather, Weather::Fair | Weather::HoleThere | Weather::Slow(_))
}

impl Line {
    /// One link, from its first byte to its last.
    async fn lead(mut self, mut node: TcpStream) {
        let mut cut = self.weather.clone();
        let _ = node.set_nodelay(true);
        tokio::select! {
            () = until(&mut cut, |weather| weather == Weather::Cut) => {}
            () = self.pass(&mut node) => return,
        }
        // It ends by RST and not by a word.
        let _ = node.set_zero_linger();
    }

    async fn pass(&mut self, node: &mut TcpStream) {
        // Nobody is there to say that there is a listener.
        until(&mut self.weather, |weather| there(weather) && back(weather)).await;
        let _ = match self.target.clone() {
            Target::Port(port) => match TcpStream::connect(("127.0.0.1", port)).await {
                Ok(server) => {
                    let _ = server.set_nodelay(true);
                    self.both(node, server).await
                }
                Err(error) => Err(error),
            },
            Target::Socket(path) => match UnixStream::connect(path).await {
                Ok(server) => self.both(node, server).await,
                Err(error) => Err(error),
            },
        };
    }

    async fn both(&self, node: &mut TcpStream, server: impl AsyncRead + AsyncWrite) -> io::Result<()> {
        let (from_node, to_node) = node.split();
        let (from_server, to_server) = tokio::io::split(server);
        let there = self.carry(from_node, to_server, there, true);
        let back = self.carry(from_server, to_node, back, false);
        tokio::try_join!(there, back).map(drop)
    }

    async fn carry(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        may: fn(Weather) -> bool,
        listens: bool,
    ) -> io::Result<()> {
        let (mut weather, mut piece, mut line) = (self.weather.clone(), vec![0; 64 * 1024], Vec::new());
        loop {
            let length = from.read(&mut piece).await?;
            if listens {
                self.listen(&mut line, &piece[..length]);
            }
            let now = *weather.borrow_and_update();
            if let Weather::Slow(by) = now {
                SystemClock.wait_for(by).await;
            }
            until(&mut weather, may).await;
            if length == 0 {
                return to.shutdown().await;
            }
            to.write_all(&piece[..length]).await?;
        }
    }

    /// Writes down what of SMTP's commands is in it.
    fn listen(&self, line: &mut Vec<u8>, piece: &[u8]) {
        for byte in piece {
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            let text = String::from_utf8_lossy(line).into_owned();
            line.clear();
            let said = if text.starts_with("MAIL FROM:") {
                Said::Mail
            } else if let Some(rest) = text.strip_prefix("RCPT TO:<") {
                Said::To(rest.split('>').next().unwrap_or_default().to_owned())
            } else if let Some(subject) = text.strip_prefix("Subject: ") {
                Said::Subject(subject.trim_end().to_owned())
            } else {
                continue;
            };
            let told = Told { boot_ns: real::boot_ns(), link: self.link, said };
            self.told.lock().unwrap_or_else(PoisonError::into_inner).push(told);
        }
    }
}
