//! Opening lanes: name, socket, TLS, greeting, EHLO, login; each within its limit.
//!
//! What fails here is nobody's message: see [`ConnectFailure`].

use super::{
    lane::{Pipelining, SmtpLane},
    reply::{Setback, from_error},
    route::{Route, RouteError, Timeouts, Tls},
    stream::{Gauge, Stream, Wire},
    tls::{Encryption, ask_for_tls},
    transport::{Boxed, ConnectFailure, Lane, Transport},
    trial::Stage,
    within::{within, within_each},
};
use crate::{
    base::Clock,
    fault::{self, Point},
};
use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::AsyncSmtpConnection,
    commands::Ehlo,
    extension::ClientId,
};
use std::sync::Arc;
use tokio::{
    net::{TcpStream, lookup_host},
    sync::Semaphore,
};

/// The SMTP transport: lanes to one route, at most [`Route::lanes_max`] at once.
pub struct SmtpTransport {
    route: Route,
    hello: ClientId,
    encryption: Option<Encryption>,
    clock: Arc<dyn Clock>,
    berths: Arc<Semaphore>,
}

impl SmtpTransport {
    /// Over a route.
    ///
    /// # Errors
    /// When the route can't be used as configured. Nothing is connected yet.
    pub fn over(route: Route, clock: Arc<dyn Clock>) -> Result<Self, RouteError> {
        let encryption = match route.tls {
            Tls::NoneOnLoopback if route.login.is_some() => return Err(RouteError::LoginWithoutTls),
            Tls::NoneOnLoopback => None,
            Tls::RequiredStarttls | Tls::Implicit => Some(Encryption::of(&route)?),
        };
        let berths = Arc::new(Semaphore::new(route.lanes_max.get()));
        Ok(Self { hello: route.client_id()?, encryption, clock, berths, route })
    }

    /// A new lane. Waits while as many as the route allows are open. `tell` hears how far it came.
    pub(super) async fn open(&self, tell: &(dyn Fn(Stage) + Send + Sync)) -> Result<SmtpLane, ConnectFailure> {
        let berth = Arc::clone(&self.berths)
            .acquire_owned()
            .await
            .map_err(|_| ConnectFailure::Unreachable("the route is closed".into()))?;
        let tcp = self.dial().await?;
        tell(Stage::Connected);
        let (stream, gauge) = self.protect(tcp).await?;
        if self.encryption.is_some() {
            tell(Stage::Encrypted);
        }
        let mut talk = self.greet(stream, &gauge).await?;
        let pipelining = self.ask_for_extensions(&mut talk, &gauge).await?;
        tell(Stage::Greeted);
        self.log_in(&mut talk, &gauge).await?;
        if self.route.login.is_some() {
            tell(Stage::LoggedIn);
        }
        Ok(SmtpLane::new(talk, gauge, Arc::clone(&self.clock), self.route.timeouts, pipelining, berth))
    }

    const fn timeouts(&self) -> &Timeouts {
        &self.route.timeouts
    }

    /// The first address that answers. Each has its share of the limit, so that one that is dead (a network that only
    /// looks as if it had IPv6) doesn't take the time of the others.
    async fn dial(&self) -> Result<TcpStream, ConnectFailure> {
        let host = self.route.host.as_str();
        let unreachable = |why: &dyn std::fmt::Display| ConnectFailure::Unreachable(format!("{host}: {why}"));
        let limit = self.timeouts().connect;
        let addresses: Vec<_> = match within(&*self.clock, limit, lookup_host((host, self.route.port))).await {
            Ok(found) => found.map_err(|error| unreachable(&error))?.collect(),
            Err(_) => return Err(unreachable(&"the name was not resolved in time")),
        };
        if self.encryption.is_none() && addresses.iter().any(|address| !address.ip().is_loopback()) {
            let why = format!("{host} is another machine: without TLS mail goes to this one only");
            return Err(ConnectFailure::Refused(why));
        }
        let share = limit / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut last = unreachable(&"the name has no address");
        for address in addresses {
            match within(&*self.clock, share, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => {
                    fault::point(Point::AfterConnect);
                    return tcp.set_nodelay(true).map(|()| tcp).map_err(|error| unreachable(&error));
                }
                Ok(Err(error)) => last = unreachable(&error),
                Err(_) => last = unreachable(&"no connection in time"),
            }
        }
        Err(last)
    }

    async fn protect(&self, mut tcp: TcpStream) -> Result<(Stream, Arc<Gauge>), ConnectFailure> {
        let Some(encryption) = &self.encryption else { return Ok(Stream::new(Wire::Plain(tcp))) };
        let clock = &*self.clock;
        if self.route.tls == Tls::RequiredStarttls {
            ask_for_tls(&mut tcp, &self.hello, clock, self.timeouts()).await?;
        }
        let tls = Wire::Encrypted(encryption.shake_hands(tcp, clock, self.timeouts().connect).await?);
        Ok(if self.route.tls == Tls::RequiredStarttls { Stream::greeted(tls) } else { Stream::new(tls) })
    }

    /// Greeting and EHLO.
    async fn greet(&self, stream: Stream, gauge: &Gauge) -> Result<AsyncSmtpConnection, ConnectFailure> {
        let stage = || match gauge.flushed() {
            0 => ("the greeting", self.timeouts().greeting),
            _ => ("EHLO", self.timeouts().command),
        };
        let greet = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello);
        match within_each(&*self.clock, stage, greet).await {
            Ok(Ok(talk)) => {
                fault::point(Point::AfterGreeting);
                Ok(talk)
            }
            Ok(Err(error)) => Err(failure(stage().0, from_error(&error, gauge, None))),
            Err(stage) => Err(failure(stage, Setback::TimedOut)),
        }
    }

    /// EHLO again: lettre keeps four extensions of the answer, and PIPELINING is none of them.
    async fn ask_for_extensions(
        &self,
        talk: &mut AsyncSmtpConnection,
        gauge: &Gauge,
    ) -> Result<Pipelining, ConnectFailure> {
        let ask = talk.command(Ehlo::new(self.hello.clone()));
        match within(&*self.clock, self.timeouts().command, ask).await {
            Ok(Ok(answer)) if answer.message().any(|line| line.trim().eq_ignore_ascii_case("PIPELINING")) => {
                Ok(Pipelining::Offered)
            }
            Ok(Ok(_)) => Ok(Pipelining::None),
            Ok(Err(error)) => Err(failure("EHLO", from_error(&error, gauge, None))),
            Err(_) => Err(failure("EHLO", Setback::TimedOut)),
        }
    }

    async fn log_in(&self, talk: &mut AsyncSmtpConnection, gauge: &Gauge) -> Result<(), ConnectFailure> {
        let Some(login) = &self.route.login else { return Ok(()) };
        if talk.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
            return Err(ConnectFailure::Refused("the server offers no login by PLAIN or LOGIN".into()));
        }
        let credentials = Credentials::new(login.username.clone(), login.password.to_string());
        let auth = talk.auth(DEFAULT_MECHANISMS, &credentials);
        match within(&*self.clock, self.timeouts().command, auth).await {
            Ok(Ok(answer)) if answer.has_code(235) => Ok(()),
            Ok(Ok(_)) => Err(failure("AUTH", Setback::Odd)),
            Ok(Err(error)) => Err(failure("AUTH", from_error(&error, gauge, None))),
            Err(_) => Err(failure("AUTH", Setback::TimedOut)),
        }
    }
}

impl Transport for SmtpTransport {
    fn connect(&self) -> Boxed<'_, Result<Box<dyn Lane>, ConnectFailure>> {
        Box::pin(async move { self.open(&|_| {}).await.map(|lane| Box::new(lane) as Box<dyn Lane>) })
    }
}

/// 5xx needs a person; everything else passes.
pub(super) fn failure(what: &str, setback: Setback) -> ConnectFailure {
    match setback {
        Setback::Negative(reply) if reply.code >= 500 => ConnectFailure::Refused(format!("{what}: {reply}")),
        Setback::Negative(reply) => ConnectFailure::Unreachable(format!("{what}: {reply}")),
        Setback::Odd => ConnectFailure::Unreachable(format!("{what}: the answer is not SMTP")),
        Setback::TimedOut => ConnectFailure::Unreachable(format!("{what}: no answer in time")),
        Setback::Lost => ConnectFailure::Unreachable(format!("{what}: the connection was closed")),
    }
}
