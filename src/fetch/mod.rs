//! Files from the web, within limits: what the owner named, of a bounded size, in a bounded time, from nobody's inside.
//! And calls to a server of the owner's ([`Fetcher::call`]), within the same.
//!
//! One GET at a time, on a connection of its own. The version that is known already is offered (`ETag`,
//! `Last-Modified`; RFC 9110 13.1), so that an unchanged file costs one round trip.
//!
//! - **Size and time**: a body beyond the limit is cut while it comes; the whole exchange, redirects included, has one
//!   limit of time. A server that sends 5 MB a second for an hour is left after seconds.
//! - **Whole or nothing**: a body that ends before its announced length is an error, never a shorter file.
//! - **Inside**: the host's name is resolved here, the addresses are looked at, and the connection goes to the address
//!   that was looked at: a name that is resolved anew between the look and the call can't lead inside (DNS rebinding).
//!   Where the owner says `internal = true`, their own host may be inside; a redirect elsewhere never may.
//! - Encryption never falls back: no redirect leads from `https` to `http`.
//!
//! Invariant: a link is a secret (whoever has it reads the calendar), so it is shown by its host alone.

mod address;
mod call;
mod link;

pub use address::is_public;
pub use call::Call;
pub use link::{BadLink, Link};

use crate::base::Clock;
use futures_util::future::{Either, select};
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Bytes, Incoming},
    client::conn::http1,
    header::{
        ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HOST, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        LAST_MODIFIED, LOCATION, USER_AGENT,
    },
};
use hyper_util::rt::TokioIo;
use std::{net::IpAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};

/// How often one file may be somewhere else.
const REDIRECTS_MAX: usize = 5;
/// What servers see of us.
const OUR_NAME: &str = concat!("comity/", env!("CARGO_PKG_VERSION"));
/// Longer ones aren't kept: then the file is read anew each time.
const VERSION_BYTES_MAX: usize = 512;

/// Bounds of one fetch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Of the body.
    pub bytes_max: u64,
    /// Of the whole exchange.
    pub time_max: Duration,
}

/// Where a link may lead.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// To the internet.
    Public,
    /// Its own host may be anywhere.
    OwnHostAnywhere,
}

/// What a server says about a file's version; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// `ETag`.
    pub etag: String,
    /// `Last-Modified`.
    pub modified: String,
}

/// What came of a fetch.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The file, as a whole.
    File(Vec<u8>, Version),
    /// It is the version that is known.
    Unchanged,
}

/// Why there is no file. No sentence names more of the link than its host.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FetchError {
    /// The name leads nowhere.
    #[error("{0} can't be found")]
    NoSuchHost(String),
    /// It leads inside.
    #[error("{0} is inside a private network, where a link may not lead (internal = true allows its own host)")]
    Inside(String),
    /// Nobody answers.
    #[error("{host} can't be reached: {why}")]
    Unreachable {
        /// Whose server.
        host: String,
        /// What the system says.
        why: String,
    },
    /// It answers something else.
    #[error("{host} answers with the status {status}")]
    Status {
        /// Whose server.
        host: String,
        /// HTTP's.
        status: u16,
    },
    /// It sends us in circles.
    #[error("{0} sends us on and on")]
    TooManyRedirects(String),
    /// It sends us where we don't go.
    #[error("{0} sends us to an address that can't be used: {1}")]
    BadRedirect(String, BadLink),
    /// From `https` to `http`.
    #[error("{0} sends us to an address without encryption")]
    Downgraded(String),
    /// Too much.
    #[error("{host} sends more than {max} bytes")]
    TooLarge {
        /// Whose server.
        host: String,
        /// The limit.
        max: u64,
    },
    /// Too slow.
    #[error("{host} took longer than {}", seconds(*.max))]
    TooSlow {
        /// Whose server.
        host: String,
        /// The limit.
        max: Duration,
    },
    /// The connection ended in the middle.
    #[error("{0} broke off in the middle of the file")]
    CutOff(String),
    /// Compressed although nobody asked: what it unfolds to has no bound.
    #[error("{0} sends a packed file, which was not asked for")]
    Packed(String),
}

fn seconds(span: Duration) -> String {
    format!("{} seconds", span.as_secs())
}

/// Fetches.
pub struct Fetcher {
    clock: Arc<dyn Clock>,
    tls: TlsConnector,
    limits: Limits,
}

/// One hop's answer.
enum Hop {
    Done(Fetched),
    Elsewhere(String),
}

impl Fetcher {
    /// With this trust in servers, and within these limits.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, trust: Arc<ClientConfig>, limits: Limits) -> Self {
        Self { clock, tls: TlsConnector::from(trust), limits }
    }

    /// Fetches a file, unless it is the version that is known.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn fetch(&self, link: &Link, reach: Reach, known: &Version) -> Result<Fetched, FetchError> {
        self.in_time(link, self.follow(link, reach, known)).await
    }

    async fn in_time<T>(
        &self,
        link: &Link,
        work: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        match select(pin!(work), self.clock.wait_for(self.limits.time_max)).await {
            Either::Left((done, _)) => done,
            Either::Right(_) => Err(FetchError::TooSlow { host: link.host().to_owned(), max: self.limits.time_max }),
        }
    }

    async fn follow(&self, first: &Link, reach: Reach, known: &Version) -> Result<Fetched, FetchError> {
        let mut link = first.clone();
        for _ in 0..=REDIRECTS_MAX {
            let trusted = reach == Reach::OwnHostAnywhere && link.is_on_the_host_of(first);
            let hear = |response| self.answer(response, &link, known);
            let to = match self.visit(&link, trusted, request(&link, known)?, hear).await? {
                Hop::Done(fetched) => return Ok(fetched),
                Hop::Elsewhere(to) => to,
            };
            let host = link.host().to_owned();
            let next = link.follow(&to).map_err(|why| FetchError::BadRedirect(host.clone(), why))?;
            if link.is_encrypted() && !next.is_encrypted() {
                return Err(FetchError::Downgraded(host));
            }
            link = next;
        }
        Err(FetchError::TooManyRedirects(first.host().to_owned()))
    }

    /// One request to the host that a link names, and its answer.
    async fn visit<T, F>(
        &self,
        link: &Link,
        trusted: bool,
        request: Request<Full<Bytes>>,
        hear: impl FnOnce(Response<Incoming>) -> F,
    ) -> Result<T, FetchError>
    where
        F: Future<Output = Result<T, FetchError>>,
    {
        let tcp = self.dial(link, trusted).await?;
        if link.is_encrypted() {
            return Box::pin(exchange(self.encrypt(link, tcp).await?, link, request, hear)).await;
        }
        Box::pin(exchange(tcp, link, request, hear)).await
    }

    /// Connects to an address that was looked at.
    async fn dial(&self, link: &Link, trusted: bool) -> Result<TcpStream, FetchError> {
        let host = || link.host().to_owned();
        // An address may stand in brackets in a link, and not where it is looked up.
        let name = link.host().trim_matches(['[', ']']);
        let found = lookup_host((name, link.port())).await.map_err(|_| FetchError::NoSuchHost(host()))?;
        let mut last = FetchError::Inside(host());
        for address in found.filter(|address| trusted || is_allowed(address.ip())) {
            match TcpStream::connect(address).await {
                Ok(tcp) => return Ok(tcp),
                Err(error) => last = FetchError::Unreachable { host: host(), why: error.to_string() },
            }
        }
        Err(last)
    }

    async fn encrypt(
        &self,
        link: &Link,
        tcp: TcpStream,
    ) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + 'static, FetchError> {
        let name = ServerName::try_from(link.host().trim_matches(['[', ']']).to_owned())
            .map_err(|error| unreachable(link, &error.to_string()))?;
        self.tls.connect(name, tcp).await.map_err(|error| unreachable(link, &format!("TLS: {error}")))
    }

    async fn answer(&self, response: Response<Incoming>, link: &Link, known: &Version) -> Result<Hop, FetchError> {
        let host = || link.host().to_owned();
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if *known != Version::default() => return Ok(Hop::Done(Fetched::Unchanged)),
            status if status.is_redirection() => {
                return match text(&response, &LOCATION) {
                    Some(to) => Ok(Hop::Elsewhere(to)),
                    None => Err(FetchError::Status { host: host(), status: status.as_u16() }),
                };
            }
            status => return Err(FetchError::Status { host: host(), status: status.as_u16() }),
        }
        if text(&response, &CONTENT_ENCODING).is_some_and(|packing| !packing.eq_ignore_ascii_case("identity")) {
            return Err(FetchError::Packed(host()));
        }
        let version = Version { etag: short(text(&response, &ETAG)), modified: short(text(&response, &LAST_MODIFIED)) };
        let max = self.limits.bytes_max;
        let mut body = response.into_body();
        if body.size_hint().lower() > max {
            return Err(FetchError::TooLarge { host: host(), max });
        }
        let mut bytes = vec![];
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| FetchError::CutOff(host()))?;
            if let Ok(data) = frame.into_data() {
                bytes.extend_from_slice(&data);
            }
            if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
                return Err(FetchError::TooLarge { host: host(), max });
            }
        }
        Ok(Hop::Done(Fetched::File(bytes, version)))
    }
}

/// One request and its answer. The connection is driven beside it, and dropped with it.
async fn exchange<S, T, F>(
    stream: S,
    link: &Link,
    request: Request<Full<Bytes>>,
    hear: impl FnOnce(Response<Incoming>) -> F,
) -> Result<T, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Result<T, FetchError>>,
{
    let failed = |error: hyper::Error| unreachable(link, &error.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
    let exchange = pin!(async {
        let response = sender.send_request(request).await.map_err(failed)?;
        hear(response).await
    });
    match select(exchange, pin!(connection)).await {
        Either::Left((done, _)) => done,
        // What the server sent before it closed is still there to be read.
        Either::Right((_, exchange)) => exchange.await,
    }
}

fn unreachable(link: &Link, why: &str) -> FetchError {
    FetchError::Unreachable { host: link.host().to_owned(), why: why.to_owned() }
}

fn is_allowed(address: IpAddr) -> bool {
    address::is_public(address)
}

fn request(link: &Link, known: &Version) -> Result<Request<Full<Bytes>>, FetchError> {
    let mut request = Request::get(link.path())
        .header(HOST, link.authority())
        .header(USER_AGENT, OUR_NAME)
        .header(ACCEPT, "text/calendar, */*;q=0.1")
        .header(ACCEPT_ENCODING, "identity");
    for (name, value) in [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.modified)] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    request.body(Full::default()).map_err(|error| unreachable(link, &error.to_string()))
}

fn text(response: &Response<Incoming>, name: &HeaderName) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
}

fn short(version: Option<String>) -> String {
    version.filter(|version| version.len() <= VERSION_BYTES_MAX).unwrap_or_default()
}
