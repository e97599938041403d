//! The byte stream under a lane: it knows whether the final dot has left us.
//!
//! lettre drives the dialogue over this stream and sees an ordinary one. What the stream adds:
//!
//! - **Nagle's algorithm is off.** With it, body and dot cost 40 ms of delayed acknowledgement (measured, design §8).
//! - **Body and dot leave together.** lettre writes them apart and flushes between; here the body waits for its dot. Between
//!   the two the stream stands still until the lane has noted that the dot comes next; the kernel is told that more follows, so
//!   that both are one segment train all the same.
//! - **The [`Gauge`].** The lane looks at it from outside, while lettre's future holds the stream: how many bytes the
//!   wire took, and whether the last byte of `\r\n.\r\n` was among them. Only that tells "surely not arrived" from
//!   "perhaps arrived".
//! - **Replies are made plain**, by [`Plain`], because servers say what lettre can't read.
//!
//! Under TLS a byte counts as written as soon as the session has taken it, though it may still lie in our own buffer:
//! the doubt goes to "perhaps arrived".

use crate::fault::{self, Point};
use lettre::transport::smtp::client::AsyncTokioStream;
use rustix::net::{SendFlags, send};
use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

/// What ends a message (RFC 5321 4.1.1.4). A dot-stuffed body never contains it.
const TERMINATOR: &[u8] = b"\r\n.\r\n";
/// A buffer that grew beyond this for a large message is given back.
const HELD_BYTES_KEPT: usize = 256 * 1024;

/// What has passed through a stream. Shared by the stream, which writes it, and the lane, which reads it.
///
/// Relaxed ordering is enough: both run in one task, one after the other.
#[derive(Debug, Default)]
pub struct Gauge {
    heard: AtomicU64,
    written: AtomicU64,
    flushed: AtomicU64,
    ended: AtomicBool,
    in_body: AtomicBool,
    note: Note,
    dot: AtomicBool,
}

/// Between the body and its dot.
#[derive(Debug, Default)]
struct Note {
    is_awaited: AtomicBool,
    is_taken: AtomicBool,
}

/// What is known about the final dot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dot {
    /// Its last byte has not left us: no server can have taken the message.
    Unwritten,
    /// Its last byte was handed over.
    Handed,
}

impl Gauge {
    /// Bytes that came in.
    pub fn heard(&self) -> u64 {
        self.heard.load(Relaxed)
    }

    /// Bytes that have surely left us: what was written before the last flush that came to its end.
    pub fn flushed(&self) -> u64 {
        self.flushed.load(Relaxed)
    }

    /// Whether the other side has closed.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Relaxed)
    }

    /// The final dot of the message that was begun last.
    pub fn dot(&self) -> Dot {
        if self.dot.load(Relaxed) { Dot::Handed } else { Dot::Unwritten }
    }

    /// From here on, what is written is a message: it is held until its dot.
    pub fn begin_body(&self) {
        self.dot.store(false, Relaxed);
        self.note.is_taken.store(false, Relaxed);
        self.in_body.store(true, Relaxed);
    }

    /// Whether all of the body has left, and its dot waits for [`Self::let_dot_go`].
    pub fn waits_for_note(&self) -> bool {
        self.note.is_awaited.load(Relaxed)
    }

    /// It is noted that the dot comes next.
    pub fn let_dot_go(&self) {
        self.note.is_awaited.store(false, Relaxed);
        self.note.is_taken.store(true, Relaxed);
    }

    /// The message is over: what is written is commands again.
    pub fn end_body(&self) {
        self.in_body.store(false, Relaxed);
        self.note.is_awaited.store(false, Relaxed);
    }
}

/// The connection itself.
pub enum Wire {
    /// To this machine.
    Plain(TcpStream),
    /// To any other.
    Encrypted(Box<TlsStream<TcpStream>>),
}

/// See the module.
pub struct Stream {
    wire: Wire,
    gauge: Arc<Gauge>,
    /// The message that is being written, dot-stuffed.
    held: Vec<u8>,
    /// How much of it the wire has taken.
    taken: usize,
    sealed: bool,
    /// A greeting that is read before the wire's own bytes. See [`Stream::greeted`].
    greeting: &'static [u8],
    plain: Plain,
}

/// Replies as lettre can read them, whatever the server says.
///
/// - `250` alone is a reply (RFC 5321 4.2: the text is optional), but lettre wants the blank: it is added.
/// - Servers speak Latin-1 too; lettre would take that for a network error: such bytes become `?`.
/// - lettre panics over a line of blanks in the answer to EHLO: a blank where a text begins becomes `?`.
#[derive(Debug, Default)]
struct Plain {
    column: usize,
}

impl Plain {
    fn made(&mut self, byte: u8) -> impl Iterator<Item = u8> + use<> {
        let column = self.column;
        self.column = if byte == b'\n' { 0 } else { column.saturating_add(1) };
        let added = (column == 3 && byte == b'\r').then_some(b' ');
        let is_odd = !byte.is_ascii() || (column == 4 && byte.is_ascii_whitespace() && byte != b'\r' && byte != b'\n');
        added.into_iter().chain([if is_odd { b'?' } else { byte }])
    }
}

impl Stream {
    /// Over a connection on which the server will speak first.
    pub fn new(wire: Wire) -> (Self, Arc<Gauge>) {
        let gauge = Arc::new(Gauge::default());
        let stream = Self {
            wire,
            gauge: Arc::clone(&gauge),
            held: Vec::new(),
            taken: 0,
            sealed: false,
            greeting: &[],
            plain: Plain::default(),
        };
        (stream, gauge)
    }

    /// Over a connection whose greeting was heard before STARTTLS. A server doesn't greet again (RFC 3207 4.2), but
    /// lettre begins by reading a greeting, so this stream says one.
    pub fn greeted(wire: Wire) -> (Self, Arc<Gauge>) {
        let (stream, gauge) = Self::new(wire);
        (Self { greeting: b"220 \r\n", ..stream }, gauge)
    }

    /// The body, then its dot, once that is noted.
    fn poll_release(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_body(cx))?;
        ready!(self.wire.poll_flush(cx))?;
        if !self.gauge.note.is_taken.load(Relaxed) {
            if !self.gauge.note.is_awaited.swap(true, Relaxed) {
                fault::point(Point::BeforeDotNoted);
            }
            // Whoever takes the note polls again at once.
            return Poll::Pending;
        }
        ready!(self.poll_dot(cx))?;
        self.held.clear();
        self.held.shrink_to(HELD_BYTES_KEPT);
        self.taken = 0;
        self.sealed = false;
        Poll::Ready(Ok(()))
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let end = self.held.len().saturating_sub(TERMINATOR.len());
        while let Some(rest) = self.held.get(self.taken..end).filter(|rest| !rest.is_empty()) {
            let taken = ready!(self.wire.poll_write_more(cx, fault::at_once(self.taken, rest)))?;
            self.took(taken)?;
            if self.taken < end {
                fault::point(Point::InBody);
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_dot(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.held.get(self.taken..).filter(|rest| !rest.is_empty()) {
            let taken = ready!(self.wire.poll_write(cx, rest))?;
            self.took(taken)?;
        }
        self.gauge.dot.store(true, Relaxed);
        fault::point(Point::AfterDot);
        Poll::Ready(Ok(()))
    }

    fn took(&mut self, bytes: usize) -> io::Result<()> {
        if bytes == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.taken += bytes;
        self.gauge.written.fetch_add(bytes as u64, Relaxed);
        Ok(())
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.gauge.in_body.load(Relaxed) {
            self.held.extend_from_slice(bytes);
            self.sealed = bytes == TERMINATOR;
            return Poll::Ready(Ok(bytes.len()));
        }
        let taken = ready!(self.wire.poll_write(cx, bytes))?;
        self.gauge.written.fetch_add(taken as u64, Relaxed);
        fault::command_written(bytes);
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            if !self.sealed {
                return Poll::Ready(Ok(()));
            }
            ready!(self.poll_release(cx))?;
        }
        ready!(self.wire.poll_flush(cx))?;
        self.gauge.flushed.store(self.gauge.written.load(Relaxed), Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire.poll_shutdown(cx)
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some((spoken, rest)) = self.greeting.split_at_checked(self.greeting.len().min(buffer.remaining()))
            && !spoken.is_empty()
        {
            buffer.put_slice(spoken);
            self.greeting = rest;
            return Poll::Ready(Ok(()));
        }
        let mut bytes = [0; 2048];
        // A reply without text grows by a byte in at least four.
        let room = bytes.len().min(buffer.remaining() / 5 * 4);
        let Some(bytes) = bytes.get_mut(..room) else { return Poll::Ready(Ok(())) };
        let mut raw = ReadBuf::new(bytes);
        ready!(self.wire.poll_read(cx, &mut raw))?;
        for byte in raw.filled() {
            for plain in self.plain.made(*byte) {
                buffer.put_slice(&[plain]);
            }
        }
        let heard = raw.filled().len();
        if heard == 0 && room > 0 {
            self.gauge.ended.store(true, Relaxed);
        }
        self.gauge.heard.fetch_add(heard as u64, Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl Wire {
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Self::Encrypted(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    /// As [`Self::poll_write`], where more follows at once.
    fn poll_write_more(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let Self::Plain(tcp) = self else { return self.poll_write(cx, bytes) };
        loop {
            ready!(tcp.poll_write_ready(cx))?;
            let send = || Ok(send(&*tcp, bytes, SendFlags::MORE | SendFlags::NOSIGNAL)?);
            match tcp.try_io(Interest::WRITABLE, send) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                taken => return Poll::Ready(taken),
            }
        }
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Self::Encrypted(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Self::Encrypted(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Self::Encrypted(tls) => Pin::new(tls).poll_read(cx, buffer),
        }
    }
}

impl AsyncTokioStream for Stream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        match &self.wire {
            Wire::Plain(tcp) => tcp.peer_addr(),
            Wire::Encrypted(tls) => tls.get_ref().0.peer_addr(),
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.wire {
            Wire::Plain(_) => "Stream(plain)",
            Wire::Encrypted(_) => "Stream(encrypted)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Plain;

    fn made_plain(bytes: &[u8]) -> String {
        let mut plain = Plain::default();
        String::from_utf8(bytes.iter().flat_map(|byte| plain.made(*byte)).collect()).unwrap()
    }

    #[test]
    fn whatever_a_server_says_can_be_read() {
        for (said, read) in [
            (b"250 2.0.0 ok\r\n".as_slice(), "250 2.0.0 ok\r\n"),
            (b"250\r\n354\r\n", "250 \r\n354 \r\n"),
            (b"550 bo\xeete inconnue\r\n", "550 bo?te inconnue\r\n"),
            (b"250-host\r\n250-  \r\n250-\r\n250 \tx\r\n", "250-host\r\n250-? \r\n250-\r\n250 ?x\r\n"),
        ] {
            assert_eq!(made_plain(said), read);
        }
    }
}
