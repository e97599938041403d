//! A mail server that does as it is told: it rejects, stalls, closes, babbles or forgets, in the phase a test names.
//!
//! A [`Script`] says what happens where it differs from good behaviour; for RCPT and later the recipient's local part
//! can say it too: `rcpt_550`, `data_close`, `dot_451`, `body_close`. The server logs every line with the milliseconds
//! since boot and keeps every message that it saw to its end, whatever it answered.

use super::tls::Certified;
use comity::{base::Clock, clock::SystemClock};
use std::{collections::BTreeMap, pin::Pin, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::CertificateDer},
};

/// Where something can happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum At {
    Greeting,
    Ehlo,
    /// After the answer to the second EHLO: the lane is open and lies idle.
    Open,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the first bytes of the body.
    Body,
    /// After the whole message was seen, instead of the answer.
    Dot,
    /// After the answer to the dot was said.
    Idle,
    Rset,
}

/// What happens there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// This reply instead of a good one.
    Say(String),
    /// A 421, and the end.
    Farewell,
    /// Nothing, for ever.
    Stall,
    /// The end of the connection.
    Close,
    /// The good reply, a byte at a time.
    Drip,
}

pub fn say(reply: &str) -> Act {
    Act::Say(reply.to_owned())
}

/// How the server is reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Guard {
    #[default]
    Plain,
    StartTls,
    /// STARTTLS, with a second reply in the clear in the same segment as its 220.
    Injecting,
    Implicit,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub acts: BTreeMap<At, Act>,
    pub guard: Guard,
    /// Lines of the answer to EHLO, beside those that `guard` and `login` bring.
    pub extensions: Vec<&'static str>,
    pub login: Option<(&'static str, &'static str)>,
    /// Whose certificate it shows.
    pub certified: Certified,
}

impl Script {
    /// Good behaviour, with PIPELINING.
    pub fn pipelining() -> Self {
        Self { extensions: vec!["PIPELINING", "8BITMIME"], ..Self::default() }
    }

    pub fn at(mut self, at: At, act: Act) -> Self {
        self.acts.insert(at, act);
        self
    }

    pub fn guarded(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }
}

/// A message that was seen to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    pub sender: String,
    pub recipient: String,
    pub bytes: Vec<u8>,
}

/// What happened so far.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub connections: usize,
    /// The connection, the line, and when it was read, by the boot clock.
    pub lines: Vec<(usize, String, i64)>,
    pub messages: Vec<Seen>,
    /// How often a stall has begun.
    pub stalls: usize,
}

impl Log {
    /// The lines alone.
    pub fn words(&self) -> Vec<&str> {
        self.lines.iter().map(|(_, line, _)| line.as_str()).collect()
    }
}

/// See the module. Stops listening when dropped.
pub struct Server {
    pub port: u16,
    pub certificate: Option<CertificateDer<'static>>,
    log: watch::Sender<Log>,
    listening: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Server {
    pub async fn start(script: Script) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (certificate, acceptor) = if script.guard == Guard::Plain {
            (None, None)
        } else {
            let (certificate, acceptor) = certify(script.certified);
            (Some(certificate), Some(acceptor))
        };
        let log = watch::Sender::new(Log::default());
        let script = Arc::new(script);
        let listening = tokio::spawn({
            let log = log.clone();
            async move {
                while let Ok((tcp, _)) = listener.accept().await {
                    tcp.set_nodelay(true).unwrap();
                    log.send_modify(|log| log.connections += 1);
                    let talk = Talk {
                        wire: Box::pin(tcp),
                        connection: log.borrow().connections,
                        script: Arc::clone(&script),
                        log: log.clone(),
                        unread: Vec::new(),
                        hellos: 0,
                        recipient: String::new(),
                        sender: String::new(),
                    };
                    tokio::spawn(talk.run(acceptor.clone()));
                }
            }
        });
        Self { port, certificate, log, listening }
    }

    pub fn log(&self) -> Log {
        self.log.borrow().clone()
    }

    /// Waits until a connection stalls.
    pub async fn stalled(&self) {
        self.log.subscribe().wait_for(|log| log.stalls > 0).await.unwrap();
    }

    /// Waits until the log holds what is asked for.
    pub async fn saw(&self, what: impl Fn(&Log) -> bool) {
        self.log.subscribe().wait_for(|log| what(log)).await.unwrap();
    }
}

fn certify(name: Certified) -> (CertificateDer<'static>, TlsAcceptor) {
    let certificate = name.certificate();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], name.key())
        .unwrap();
    (certificate, TlsAcceptor::from(Arc::new(config)))
}

trait Bytes: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Bytes for T {}

/// The connection is over, or nothing more will be said on it.
struct Over;

struct Talk {
    wire: Pin<Box<dyn Bytes>>,
    connection: usize,
    script: Arc<Script>,
    log: watch::Sender<Log>,
    unread: Vec<u8>,
    hellos: u32,
    sender: String,
    recipient: String,
}

impl Talk {
    async fn run(mut self, acceptor: Option<TlsAcceptor>) {
        if self.script.guard == Guard::Implicit && self.encrypt(acceptor.as_ref()).await.is_err() {
            return;
        }
        if self.act(At::Greeting, "220 scripted.example ESMTP").await.is_err() {
            return;
        }
        while let Some(line) = self.line().await {
            if self.answer(&line, acceptor.as_ref()).await.is_err() {
                return;
            }
        }
    }

    async fn answer(&mut self, line: &str, acceptor: Option<&TlsAcceptor>) -> Result<(), Over> {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => {
                let reply = self.extensions(acceptor.is_some());
                self.act(At::Ehlo, &reply).await?;
                self.hellos += 1;
                if self.hellos == 2 {
                    self.idle(At::Open).await?;
                }
            }
            "STARTTLS" => self.start_tls(acceptor).await?,
            "AUTH" => self.authenticate(line).await?,
            "MAIL" => {
                self.recipient = String::new();
                let accepted = self.act(At::Mail, "250 2.1.0 sender ok").await?.starts_with('2');
                self.sender = if accepted { between_brackets(line) } else { String::new() };
            }
            "RCPT" if self.sender.is_empty() => self.say("503 5.5.1 MAIL first").await?,
            "RCPT" => {
                self.recipient = between_brackets(line);
                if !self.act(At::Rcpt, "250 2.1.5 recipient ok").await?.starts_with('2') {
                    self.recipient = String::new();
                }
            }
            "DATA" => {
                let good = if self.recipient.is_empty() { "554 5.5.1 no valid recipients" } else { "354 go ahead" };
                if self.act(At::Data, good).await?.starts_with('3') {
                    self.message().await?;
                }
            }
            "RSET" => {
                self.recipient = String::new();
                self.act(At::Rset, "250 2.0.0 reset").await?;
            }
            "NOOP" => self.say("250 2.0.0 ok").await?,
            "QUIT" => {
                self.say("221 2.0.0 bye").await?;
                return Err(Over);
            }
            _ => self.say("500 5.5.2 what?").await?,
        }
        Ok(())
    }

    async fn message(&mut self) -> Result<(), Over> {
        if self.told(At::Body) == Some(Act::Close) {
            let mut some = [0; 4096];
            let _ = self.wire.read(&mut some).await;
            return Err(Over);
        }
        if self.told(At::Body) == Some(Act::Stall) {
            return self.stall().await;
        }
        let mut bytes = Vec::new();
        loop {
            let Some(mut line) = self.raw_line().await else { return Err(Over) };
            if line.starts_with(b"..") {
                line.remove(0);
            } else if line == b".\r\n" && (bytes.is_empty() || bytes.ends_with(b"\r\n")) {
                break;
            }
            bytes.extend(line);
        }
        let seen = Seen { sender: self.sender.clone(), recipient: self.recipient.clone(), bytes };
        self.log.send_modify(|log| log.messages.push(seen));
        self.act(At::Dot, "250 2.0.0 queued as 1").await?;
        self.idle(At::Idle).await
    }

    /// What is said while nothing was asked.
    async fn idle(&mut self, at: At) -> Result<(), Over> {
        match self.told(at) {
            Some(Act::Farewell) => {
                self.say("421 4.4.2 idle for too long").await?;
                Err(Over)
            }
            Some(Act::Say(reply)) => self.say(&reply).await,
            Some(Act::Close) => Err(Over),
            _ => Ok(()),
        }
    }

    async fn start_tls(&mut self, acceptor: Option<&TlsAcceptor>) -> Result<(), Over> {
        if self.act(At::StartTls, "220 2.0.0 go").await?.starts_with('2') {
            self.encrypt(acceptor).await?;
        }
        Ok(())
    }

    async fn encrypt(&mut self, acceptor: Option<&TlsAcceptor>) -> Result<(), Over> {
        let bare: Pin<Box<dyn Bytes>> = Box::pin(tokio::io::empty());
        let wire = std::mem::replace(&mut self.wire, bare);
        let encrypted = acceptor.ok_or(Over)?.accept(wire).await.map_err(|_| Over)?;
        self.wire = Box::pin(encrypted);
        self.unread.clear();
        Ok(())
    }

    /// AUTH PLAIN with an initial response, or LOGIN with its two questions.
    async fn authenticate(&mut self, line: &str) -> Result<(), Over> {
        use base64::{Engine, prelude::BASE64_STANDARD as B64};
        let Some((user, password)) = self.script.login else {
            return self.say("503 5.5.1 no").await;
        };
        let words: Vec<&str> = line.split(' ').collect();
        let good = match words.as_slice() {
            [_, "PLAIN", given] => *given == B64.encode(format!("\0{user}\0{password}")),
            [_, "LOGIN"] => {
                self.say("334 VXNlcm5hbWU6").await?;
                let name = self.line().await.ok_or(Over)?;
                self.say("334 UGFzc3dvcmQ6").await?;
                let word = self.line().await.ok_or(Over)?;
                name == B64.encode(user) && word == B64.encode(password)
            }
            _ => false,
        };
        let reply = if good { "235 2.7.0 welcome" } else { "535 5.7.8 authentication failed" };
        self.act(At::Auth, reply).await.map(drop)
    }

    fn extensions(&self, can_encrypt: bool) -> String {
        let script = &self.script;
        let mut lines = vec!["scripted.example"];
        lines.extend(&script.extensions);
        if can_encrypt && script.guard != Guard::Implicit {
            lines.push("STARTTLS");
        }
        if script.login.is_some() && !script.extensions.iter().any(|line| line.starts_with("AUTH")) {
            lines.push("AUTH PLAIN LOGIN");
        }
        let last = lines.len() - 1;
        let number = |(n, line): (usize, &&str)| format!("250{}{line}", if n == last { ' ' } else { '-' });
        lines.iter().enumerate().map(number).collect::<Vec<_>>().join("\r\n")
    }

    /// What the script or the recipient's name says about a phase.
    fn told(&self, at: At) -> Option<Act> {
        let named = self.recipient.split('@').next().and_then(|local| local.split_once('_'));
        let act = named.and_then(|(phase, act)| {
            let is_here = match phase {
                "rcpt" => at == At::Rcpt,
                "data" => at == At::Data,
                "body" => at == At::Body,
                "dot" => at == At::Dot,
                _ => false,
            };
            is_here.then(|| match act {
                "close" => Act::Close,
                "stall" => Act::Stall,
                "drip" => Act::Drip,
                "421" => Act::Farewell,
                code => Act::Say(format!("{code} as you wish")),
            })
        });
        act.or_else(|| self.script.acts.get(&at).cloned())
    }

    /// Acts as told, or says what is good. Returns what was said.
    async fn act(&mut self, at: At, good: &str) -> Result<String, Over> {
        match self.told(at) {
            None => {
                let injected = at == At::StartTls && self.script.guard == Guard::Injecting;
                let reply = if injected { format!("{good}\r\n250 injected") } else { good.to_owned() };
                self.say(&reply).await?;
                Ok(good.to_owned())
            }
            Some(Act::Say(reply)) => {
                self.say(&reply).await?;
                Ok(reply)
            }
            Some(Act::Farewell) => {
                self.say("421 4.3.2 shutting down").await?;
                Err(Over)
            }
            Some(Act::Stall) => self.stall().await.map(|()| String::new()),
            Some(Act::Close) => Err(Over),
            Some(Act::Drip) => {
                for byte in format!("{good}\r\n").bytes() {
                    self.wire.write_all(&[byte]).await.map_err(|_| Over)?;
                    self.wire.flush().await.map_err(|_| Over)?;
                    tokio::task::yield_now().await;
                }
                Ok(good.to_owned())
            }
        }
    }

    /// In Latin-1, as many servers still speak.
    async fn say(&mut self, reply: &str) -> Result<(), Over> {
        let bytes: Vec<u8> = reply.chars().chain("\r\n".chars()).map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
        self.wire.write_all(&bytes).await.map_err(|_| Over)?;
        self.wire.flush().await.map_err(|_| Over)
    }

    /// Until the other side goes.
    async fn stall(&mut self) -> Result<(), Over> {
        self.log.send_modify(|log| log.stalls += 1);
        std::future::pending().await
    }

    async fn line(&mut self) -> Option<String> {
        let raw = self.raw_line().await?;
        let line = String::from_utf8_lossy(&raw).trim_end().to_owned();
        let at = SystemClock.boot().0;
        let connection = self.connection;
        self.log.send_modify(|log| log.lines.push((connection, line.clone(), at)));
        Some(line)
    }

    async fn raw_line(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let rest = self.unread.split_off(end + 1);
                return Some(std::mem::replace(&mut self.unread, rest));
            }
            if self.wire.read_buf(&mut self.unread).await.ok()? == 0 {
                return None;
            }
        }
    }
}

fn between_brackets(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

/// Lets everything that has been sent on this machine arrive, and everybody who waits for it look.
pub async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}
