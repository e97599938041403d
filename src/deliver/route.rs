//! A route: the mail server that takes our messages, how the way there is protected, and how long each phase may take.

use lettre::transport::smtp::extension::ClientId;
use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
    num::NonZeroUsize,
    time::Duration,
};
use tokio_rustls::rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

/// Where messages are handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The server's name, which its certificate must bear.
    pub host: String,
    /// 587, for implicit TLS 465.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Certificates that are trusted beside the system's, for a server with an authority of its own.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// User and password. Never without TLS.
    pub login: Option<Login>,
    /// Our name in `EHLO`: a host name, or `[192.0.2.1]` (RFC 5321 4.1.4).
    pub hello: String,
    /// How long each phase may take.
    pub timeouts: Timeouts,
    /// Connections at once.
    pub lanes_max: NonZeroUsize,
}

/// How the connection is protected. There is no "if the server offers it": that is what an attacker strips.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tls {
    /// `required-starttls`: plain greeting, then TLS or nothing.
    #[default]
    RequiredStarttls,
    /// `implicit`: TLS from the first byte.
    Implicit,
    /// `none-on-loopback`: plain, only to this machine.
    NoneOnLoopback,
}

/// For AUTH.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub username: String,
    /// The password.
    pub password: Zeroizing<String>,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

/// A limit for each phase of a transaction. Defaults from RFC 5321 4.5.3.2, where it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// The name, TCP, and apart from it TLS.
    pub connect: Duration,
    /// The 220.
    pub greeting: Duration,
    /// Answers to EHLO, STARTTLS, AUTH, MAIL, RCPT.
    pub command: Duration,
    /// The 354.
    pub data: Duration,
    /// All of the body. RFC 5321 gives as much to each chunk; our messages are one.
    pub body: Duration,
    /// The answer to the final dot.
    pub dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            greeting: Duration::from_mins(5),
            command: Duration::from_mins(5),
            data: Duration::from_mins(2),
            body: Duration::from_mins(3),
            dot: Duration::from_mins(10),
        }
    }
}

/// Why a route can't be used as it is configured.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// A password would be readable on the way.
    #[error("a login needs TLS: without it the password would be readable on the way")]
    LoginWithoutTls,
    /// Not a name for `EHLO`.
    #[error("{0:?} is not a name to say EHLO with: write a host name, or an address in brackets")]
    Hello(String),
    /// Not a name that a certificate could bear.
    #[error("{0:?} is not a host name")]
    Host(String),
    /// The system's trust store can't be used.
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

impl Route {
    /// Our name as lettre takes it.
    pub(super) fn client_id(&self) -> Result<ClientId, RouteError> {
        let wrong = || RouteError::Hello(self.hello.clone());
        if let Some(literal) = self.hello.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return match literal.strip_prefix("IPv6:") {
                Some(v6) => v6.parse::<Ipv6Addr>().map(ClientId::Ipv6).map_err(|_| wrong()),
                None => literal.parse::<Ipv4Addr>().map(ClientId::Ipv4).map_err(|_| wrong()),
            };
        }
        let is_name = !self.hello.is_empty()
            && self.hello.len() <= 255
            && self.hello.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
        if is_name { Ok(ClientId::Domain(self.hello.clone())) } else { Err(wrong()) }
    }
}
