//! One connection to the catcher: commands in, replies out, in the order that RFC 5321 demands.

use super::{
    Caught, Shared, Turn,
    log::{Event, Line, Place},
};
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// RFC 5321 4.5.3.1.4 asks for 512 octets; parameters of extensions add to it.
const COMMAND_BYTES_MAX: usize = 2048;
/// Read at a time.
const READ_BYTES: usize = 16 * 1024;
/// RFC 5321 4.5.3.1.8 asks for 100.
const RECIPIENTS_MAX: usize = 100;

/// See the module.
pub struct Session {
    connection: u64,
    shared: Arc<Shared>,
    unread: Vec<u8>,
    /// When the last bytes were read, by the boot clock.
    read_at: i64,
    /// Replies that wait until every command that came with theirs is answered.
    replies: String,
    envelope: Option<Envelope>,
}

struct Envelope {
    transaction: u64,
    sender: String,
    recipients: Vec<String>,
}

enum Then {
    GoOn,
    Body,
    Quit,
}

impl Session {
    pub fn new(connection: u64, shared: Arc<Shared>) -> Self {
        Self { connection, shared, unread: Vec::new(), read_at: 0, replies: String::new(), envelope: None }
    }

    pub async fn run(mut self, mut tcp: TcpStream) -> io::Result<()> {
        self.reply("220 catcher.localhost ESMTP takes everything, delivers nothing");
        loop {
            let Some(line) = self.command(&mut tcp).await? else { return Ok(()) };
            match self.answer(&line).await? {
                Then::GoOn => {}
                Then::Body => self.take_body(&mut tcp).await?,
                Then::Quit => return self.say(&mut tcp).await,
            }
        }
    }

    async fn answer(&mut self, line: &str) -> io::Result<Then> {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => self.hello(),
            "HELO" => {
                self.envelope = None;
                self.reply("250 catcher.localhost");
            }
            "MAIL" => self.mail(line).await?,
            "RCPT" => self.rcpt(line)?,
            "DATA" => match &self.envelope {
                Some(envelope) if !envelope.recipients.is_empty() => {
                    self.reply("354 go ahead");
                    return Ok(Then::Body);
                }
                Some(_) => self.reply("554 5.5.1 no valid recipients"),
                None => self.reply("503 5.5.1 MAIL first"),
            },
            "RSET" => {
                self.envelope = None;
                self.reply("250 2.0.0 reset");
            }
            "NOOP" => self.reply("250 2.0.0 ok"),
            "VRFY" => self.reply("252 2.5.0 send and see"),
            "QUIT" => {
                self.reply("221 2.0.0 bye");
                return Ok(Then::Quit);
            }
            _ => self.reply("500 5.5.2 unknown command"),
        }
        Ok(Then::GoOn)
    }

    fn hello(&mut self) {
        self.envelope = None;
        let size = self.shared.behaviour.message_bytes_max;
        let lines = ["catcher.localhost", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"];
        for line in lines {
            self.reply(&format!("250-{line}"));
        }
        self.reply(&format!("250 SIZE {size}"));
    }

    async fn mail(&mut self, line: &str) -> io::Result<()> {
        let read_at = self.read_at;
        let shared = Arc::clone(&self.shared);
        let transaction = shared.behaviour.log.as_ref().map_or(0, super::Log::next_transaction);
        let sender = path(line).unwrap_or_default();
        self.log(read_at, transaction, Event::Mail { from: sender })?;
        if !shared.behaviour.delay_mail.is_zero() {
            shared.clock.wait_for(shared.behaviour.delay_mail).await;
        }
        if self.envelope.is_some() {
            self.reply("503 5.5.1 one at a time");
        } else if path(line).is_none() {
            self.reply("501 5.1.7 MAIL FROM:<address>");
        } else {
            self.envelope = Some(Envelope { transaction, sender: sender.to_owned(), recipients: Vec::new() });
            self.reply("250 2.1.0 sender ok");
        }
        Ok(())
    }

    fn rcpt(&mut self, line: &str) -> io::Result<()> {
        let Some(transaction) = self.envelope.as_ref().map(|envelope| envelope.transaction) else {
            self.reply("503 5.5.1 MAIL first");
            return Ok(());
        };
        let Some(to) = path(line).filter(|to| to.contains('@')) else {
            self.reply("501 5.1.3 RCPT TO:<address>");
            return Ok(());
        };
        let deferred = matches!(self.shared.defers(to), Turn::Later);
        self.log(self.read_at, transaction, Event::Rcpt { to, deferred })?;
        match &mut self.envelope {
            _ if deferred => self.reply("451 4.7.1 greylisted, come again"),
            Some(envelope) if envelope.recipients.len() < RECIPIENTS_MAX => {
                envelope.recipients.push(to.to_owned());
                self.reply("250 2.1.5 recipient ok");
            }
            _ => self.reply("452 4.5.3 too many recipients"),
        }
        Ok(())
    }

    /// Reads up to `CRLF.CRLF`, and no other line end counts: a lone LF must not end a message (CVE-2023-51764).
    async fn take_body(&mut self, tcp: &mut TcpStream) -> io::Result<()> {
        self.say(tcp).await?;
        let bytes_max = self.shared.behaviour.message_bytes_max;
        let mut bytes = Vec::new();
        let mut line = Vec::new();
        let mut too_large = false;
        loop {
            self.line(tcp, &mut line, usize::MAX).await?;
            if line == b".\r\n" && (bytes.is_empty() || bytes.ends_with(b"\r\n")) {
                break;
            }
            let unstuffed = if bytes.is_empty() || bytes.ends_with(b"\r\n") {
                line.strip_prefix(b".").unwrap_or(&line)
            } else {
                &line
            };
            too_large |= bytes.len() + unstuffed.len() > bytes_max;
            if too_large {
                // The end is still looked for, and nothing more is kept than what tells where a line begins.
                bytes.clear();
                bytes.extend_from_slice(unstuffed.last_chunk::<2>().map_or(unstuffed, |end| end));
            } else {
                bytes.extend_from_slice(unstuffed);
            }
        }
        let Some(envelope) = self.envelope.take() else { return Ok(()) };
        if too_large {
            self.reply("552 5.3.4 too large");
            return Ok(());
        }
        self.take(tcp, envelope, bytes).await
    }

    async fn take(&mut self, tcp: &mut TcpStream, envelope: Envelope, bytes: Vec<u8>) -> io::Result<()> {
        let Envelope { transaction, sender, recipients } = envelope;
        let message_id = message_id(&bytes);
        let event = Event::Body { to: &recipients, message_id: &message_id, bytes: bytes.len() };
        self.log(self.read_at, transaction, event)?;
        (self.shared.callback)(Caught { at: self.shared.clock.now(), sender, recipients, bytes });
        self.reply("250 2.0.0 taken");
        self.say(tcp).await?;
        self.log(self.shared.clock.boot().0, transaction, Event::Answered { message_id: &message_id })
    }

    fn log(&self, boot_ms: i64, transaction: u64, event: Event<'_>) -> io::Result<()> {
        let Some(log) = &self.shared.behaviour.log else { return Ok(()) };
        log.write(&Line { place: Place { boot_ms, connection: self.connection, transaction }, event })
    }

    fn reply(&mut self, line: &str) {
        self.replies.push_str(line);
        self.replies.push_str("\r\n");
    }

    async fn say(&mut self, tcp: &mut TcpStream) -> io::Result<()> {
        let said = tcp.write_all(self.replies.as_bytes()).await;
        self.replies.clear();
        said
    }

    /// The next command without its line end. `None` at the end of the connection, and for a client that sends lines
    /// without end or nothing for too long.
    async fn command(&mut self, tcp: &mut TcpStream) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        match self.line(tcp, &mut line, COMMAND_BYTES_MAX).await {
            Ok(()) => Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One line with its LF. What there is to say is said before waiting.
    async fn line(&mut self, tcp: &mut TcpStream, line: &mut Vec<u8>, bytes_max: usize) -> io::Result<()> {
        let mut looked_at = 0;
        loop {
            if let Some(found) = self.unread.iter().skip(looked_at).position(|byte| *byte == b'\n') {
                line.clear();
                line.extend(self.unread.drain(..=looked_at + found));
                return Ok(());
            }
            looked_at = self.unread.len();
            // A body without line ends is not mail either.
            if looked_at > bytes_max.min(self.shared.behaviour.message_bytes_max) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            if !self.replies.is_empty() {
                self.say(tcp).await?;
            }
            self.unread.reserve(READ_BYTES);
            tokio::select! {
                read = tcp.read_buf(&mut self.unread) => {
                    if read? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                () = self.shared.clock.wait_for(self.shared.behaviour.idle_max) => {
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
            self.read_at = self.shared.clock.boot().0;
        }
    }
}

/// What stands between the angle brackets.
fn path(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once(":<").or_else(|| line.split_once(": <"))?;
    rest.split_once('>').map(|(path, _)| path)
}

/// The header, which our letters have on one line.
fn message_id(bytes: &[u8]) -> String {
    let headers = bytes.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    let found = headers.filter_map(|line| {
        let (name, value) = line.split_at_checked("Message-ID:".len())?;
        name.eq_ignore_ascii_case(b"Message-ID:").then(|| String::from_utf8_lossy(value.trim_ascii()).into_owned())
    });
    found.take(1).collect()
}
