//! TLS for lanes: rustls, 1.2 or newer, the system's trust store, and the way in through STARTTLS.
//!
//! Invariant: no fallback. A route that asks for TLS has it, with a certificate that bears the server's name, or there
//! is no lane. STARTTLS is spoken on the bare socket, by this file and not by lettre, so that nothing read before the
//! handshake can outlive it: bytes that came with the `220` are an injection (CVE-2011-0411) and end the attempt, and
//! the dialogue begins anew over the encrypted stream, which also forgets what the server claimed in the clear (RFC
//! 3207 4.2).

use super::{
    connect::failure,
    reply::{Setback, reply},
    route::{Route, RouteError, Timeouts},
    transport::ConnectFailure,
    within::within,
};
use crate::base::Clock;
use lettre::transport::smtp::extension::ClientId;
use rustls_platform_verifier::Verifier;
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ALL_VERSIONS, ClientConfig, Error, crypto::ring, pki_types::CertificateDer, pki_types::ServerName},
};

/// A reply before TLS is a greeting, a list of extensions or a word: more is not a mail server.
const REPLY_BYTES_MAX: usize = 16 * 1024;

/// How to encrypt the connections of one route.
pub struct Encryption {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Encryption {
    /// For a route's server.
    ///
    /// # Errors
    /// When the host is no name for a certificate, or the system has no usable trust store.
    pub fn of(route: &Route) -> Result<Self, RouteError> {
        let name = ServerName::try_from(route.host.clone()).map_err(|_| RouteError::Host(route.host.clone()))?;
        Ok(Self { connector: TlsConnector::from(trust(&route.extra_roots)?), name })
    }

    /// The handshake.
    pub async fn shake_hands(
        &self,
        tcp: TcpStream,
        clock: &dyn Clock,
        limit: Duration,
    ) -> Result<Box<TlsStream<TcpStream>>, ConnectFailure> {
        match within(clock, limit, self.connector.connect(self.name.clone(), tcp)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) if is_distrust(&error) => Err(ConnectFailure::Refused(format!("TLS: {error}"))),
            Ok(Err(error)) => Err(ConnectFailure::Unreachable(format!("TLS: {error}"))),
            Err(_) => Err(ConnectFailure::Unreachable("no TLS handshake in time".into())),
        }
    }
}

/// Trust in the servers that the system trusts, and in those with these roots.
///
/// # Errors
/// When the system has no usable trust store.
pub fn trust(extra_roots: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(extra_roots.iter().cloned(), Arc::clone(&provider))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(ALL_VERSIONS)?
        .dangerous() // The name of the function that takes any verifier but webpki's; this one is the system's.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// A handshake that failed by what was said in it, rather than by the network.
fn is_distrust(error: &io::Error) -> bool {
    error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<Error>)
}

/// Greeting, EHLO and STARTTLS on the bare socket, up to the point where the handshake may begin.
pub async fn ask_for_tls(
    tcp: &mut TcpStream,
    hello: &ClientId,
    clock: &dyn Clock,
    timeouts: &Timeouts,
) -> Result<(), ConnectFailure> {
    let mut talk = Talk { tcp, clock, unread: Vec::new() };
    talk.hear("the greeting", timeouts.greeting).await?;
    let offers = talk.ask(&format!("EHLO {hello}\r\n"), timeouts.command).await?;
    if !offers.lines().any(|line| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))) {
        return Err(ConnectFailure::Refused("the server offers no STARTTLS".into()));
    }
    let go = talk.ask("STARTTLS\r\n", timeouts.command).await?;
    if !go.starts_with("220") {
        return Err(failure("STARTTLS", Setback::Odd));
    }
    if !talk.unread.is_empty() {
        return Err(ConnectFailure::Refused("something was said in the clear after STARTTLS: an injection".into()));
    }
    Ok(())
}

struct Talk<'a> {
    tcp: &'a mut TcpStream,
    clock: &'a dyn Clock,
    unread: Vec<u8>,
}

impl Talk<'_> {
    async fn ask(&mut self, command: &str, limit: Duration) -> Result<String, ConnectFailure> {
        let what = command.trim_end().split(' ').next().unwrap_or_default();
        match within(self.clock, limit, self.tcp.write_all(command.as_bytes())).await {
            Ok(Ok(())) => self.hear(what, limit).await,
            Ok(Err(_)) => Err(failure(what, Setback::Lost)),
            Err(_) => Err(failure(what, Setback::TimedOut)),
        }
    }

    /// One positive reply, all of its lines.
    async fn hear(&mut self, what: &str, limit: Duration) -> Result<String, ConnectFailure> {
        let end = match within(self.clock, limit, read_reply(self.tcp, &mut self.unread)).await {
            Ok(Ok(end)) => end,
            Ok(Err(setback)) => return Err(failure(what, setback)),
            Err(_) => return Err(failure(what, Setback::TimedOut)),
        };
        let rest = self.unread.split_off(end);
        let text = String::from_utf8_lossy(&std::mem::replace(&mut self.unread, rest)).into_owned();
        let last = text.lines().last().unwrap_or_default();
        let code = last.get(..3).and_then(|code| code.parse::<u16>().ok()).unwrap_or_default();
        match code {
            220 | 250 => Ok(text),
            400..=599 => Err(failure(what, Setback::Negative(reply(code, last.get(4..).unwrap_or_default(), None)))),
            _ => Err(failure(what, Setback::Odd)),
        }
    }
}

/// Reads until `unread` begins with a whole reply, and returns where it ends.
async fn read_reply(tcp: &mut TcpStream, unread: &mut Vec<u8>) -> Result<usize, Setback> {
    loop {
        if let Some(end) = end_of_reply(unread) {
            return Ok(end);
        }
        if unread.len() > REPLY_BYTES_MAX {
            return Err(Setback::Odd);
        }
        if !matches!(tcp.read_buf(unread).await, Ok(1..)) {
            return Err(Setback::Lost);
        }
    }
}

/// The first line whose fourth character is not `-` is the last of its reply (RFC 5321 4.2.1).
fn end_of_reply(bytes: &[u8]) -> Option<usize> {
    let mut end = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        end += line.len();
        if line.ends_with(b"\n") && line.get(3) != Some(&b'-') {
            return Some(end);
        }
    }
    None
}
