//! How a command reaches its installation: through the daemon where one runs, under the lock where none does.

mod approvals;
mod customers;
mod keys;
mod privacy;
mod recommendations;
mod requests;
mod tasks;

use crate::{
    base::Zone,
    clock::SystemClock,
    config::{self, Installation},
    engine::{
        arrivals::import::News,
        files::Reloaded,
        house::lock::{Lock, LockError},
        office::{
            Office,
            standing::Standing,
            visits::{Settled, Waiting},
        },
    },
    gate::Halt,
    store::{AfterRestore, Restored},
    web::control::{self, ImportOrder, ORDER_HEADER},
};
use anyhow::{Context, anyhow, bail};

use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{net::UnixStream, sync::mpsc};

/// So many pieces of news wait for a slow terminal.
const NEWS_MAX: usize = 256;

/// What a command does where there is no database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// It makes one: it may be the first to come.
    Make,
    /// It says so. A new one in the wrong place would take a pause that nobody hears.
    Refuse,
}

/// Opens the door of the installation in `dir`, runs an errand, and closes it. Gives the business's zone as well. A daemon
/// that runs is asked also where the files have mistakes or can't be read: it works on by what they said before.
///
/// # Errors
/// The installation's, the errand's; there is no database; or nobody answers while another process has the lock.
pub fn visit<T>(dir: &Path, errand: impl AsyncFnOnce(&Door) -> anyhow::Result<T>) -> anyhow::Result<(T, Zone)> {
    visit_or(Missing::Refuse, dir, errand)
}

/// As [`visit`], also where there is no database.
///
/// # Errors
/// As [`visit`].
pub fn visit_or<T>(
    missing: Missing,
    dir: &Path,
    errand: impl AsyncFnOnce(&Door) -> anyhow::Result<T>,
) -> anyhow::Result<(T, Zone)> {
    super::wait_for(async {
        let (door, zone) = match config::load(dir) {
            Ok(installation) => {
                let zone = installation.policy.business.time_zone;
                (Door::open(Arc::new(installation), missing).await?, zone)
            }
            Err(error) => (Door::of_daemon(&config::data(dir), || error.into()).await?, Zone::UTC),
        };
        let answer = errand(&door).await;
        door.close().await;
        Ok((answer?, zone))
    })
}

/// The way in.
pub enum Door {
    /// A daemon runs: it is asked.
    Daemon(Client),
    /// None runs, and none can start while this is open.
    Own(Box<Own>),
}

/// An installation that this process owns for a while.
pub struct Own {
    office: Office,
    _lock: Lock,
}

impl Door {
    /// Finds the way in.
    ///
    /// # Errors
    /// [`LockError::Held`] when another process has the lock and answers on no socket; or there is no database.
    pub async fn open(installation: Arc<Installation>, missing: Missing) -> anyhow::Result<Self> {
        let data = &installation.config.data;
        let refuses = || missing == Missing::Refuse && !installation.config.database().is_there();
        // Where nobody ever was, not even a lock is left behind.
        if refuses() && !Lock::lies_in(data) {
            return Err(no_database(&installation));
        }
        let lock = match Lock::acquire(data) {
            Ok(lock) => lock,
            Err(held @ LockError::Held { .. }) => return Self::of_daemon(data, || held.into()).await,
            Err(error) => return Err(error.into()),
        };
        if refuses() {
            return Err(no_database(&installation));
        }
        let office = Office::open(installation, Arc::new(SystemClock)).await?;
        Ok(Self::Own(Box::new(Own { office, _lock: lock })))
    }

    /// The way in to the daemon that works on this data directory, if one answers.
    async fn of_daemon(data: &Path, or: impl FnOnce() -> anyhow::Error) -> anyhow::Result<Self> {
        let client = Client { socket: control::path(data) };
        client.connect().await.map_err(|_| or())?;
        Ok(Self::Daemon(client))
    }

    /// Imports a file, and tells each piece of news.
    ///
    /// # Errors
    /// When there is no such thing to import, or the daemon goes away.
    pub async fn import(
        &self,
        order: ImportOrder,
        bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        mut tell: impl FnMut(News),
    ) -> anyhow::Result<()> {
        match self {
            Self::Daemon(client) => client.import(&order, bytes, tell).await,
            Self::Own(own) => {
                let ImportOrder { kind, name, ignore, dry, removals, shop } = order;
                let what = own
                    .office
                    .what(&kind, name, ignore)
                    .map_err(|why| anyhow!(why))?
                    .with_removals(removals)
                    .of_shop(shop);
                let (listener, mut news) = mpsc::channel(NEWS_MAX);
                let work = own.office.import(what, bytes, dry, listener);
                let hear = async {
                    while let Some(news) = news.recv().await {
                        tell(news);
                    }
                };
                tokio::join!(work, hear);
                Ok(())
            }
        }
    }

    /// Halts all sending. When it returns, no transaction begins any more.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn pause(&self, note: &str) -> anyhow::Result<()> {
        match self {
            Self::Daemon(client) => client.ask("POST", "/pause", note).await.map(|_| ()),
            Self::Own(own) => Ok(own.office.pause(note).await?),
        }
    }

    /// Lifts every halt that a person may lift.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn resume(&self) -> anyhow::Result<Vec<Halt>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/resume", "").await,
            Self::Own(own) => Ok(own.office.resume().await?),
        }
    }

    /// Goes on with an older database. `None` where nothing is halted for that.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn resume_restored(&self, choice: AfterRestore) -> anyhow::Result<Option<Restored>> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/resume/restored", &serde_json::to_string(&choice)?).await,
            Self::Own(own) => Ok(own.office.resume_restored(choice).await?),
        }
    }

    /// Takes a calendar at its word, although it lacks much. `false` where nothing of it is in doubt.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn believe(&self, calendar: &str) -> anyhow::Result<bool> {
        match self {
            Self::Daemon(client) => client.answer("POST", "/believe", calendar).await,
            Self::Own(own) => Ok(own.office.believe(calendar).await?),
        }
    }

    /// How things stand.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn standing(&self) -> anyhow::Result<Standing> {
        match self {
            Self::Daemon(client) => client.answer("GET", "/status", "").await,
            Self::Own(own) => Ok(own.office.standing().await?),
        }
    }

    /// The visits that nobody is known for.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn waiting_visits(&self) -> anyhow::Result<Vec<Waiting>> {
        match self {
            Self::Daemon(client) => client.answer("GET", "/visits", "").await,
            Self::Own(own) => Ok(own.office.waiting_visits().await?),
        }
    }

    /// Says whose a visit is.
    ///
    /// # Errors
    /// The database's, or the daemon went away.
    pub async fn settle_visit(&self, visit: i64, customer: &str) -> anyhow::Result<Settled> {
        match self {
            Self::Daemon(client) => client.answer("POST", &format!("/visits/{visit}"), customer).await,
            Self::Own(own) => Ok(own.office.settle_visit(visit, customer).await?),
        }
    }

    /// Whether a daemon runs.
    #[must_use]
    pub const fn is_daemon(&self) -> bool {
        matches!(self, Self::Daemon(_))
    }

    /// Lets go, with what was written sealed.
    pub async fn close(self) {
        if let Self::Own(own) = self {
            own.office.seal().await;
            own.office.store.close().await;
        }
    }
}

/// A data directory that was changed in the file is the likely cause.
fn no_database(Installation { root, config, .. }: &Installation) -> anyhow::Error {
    anyhow!(
        "there is no database in {} yet: the first `comity import` or `comity serve` makes it. If there was one, \
         [data] directory in {} was changed: put it back, or move the old directory to the new place",
        config.data.display(),
        root.join("comity.toml").display()
    )
}

/// A daemon, at the other end of its socket.
pub struct Client {
    socket: PathBuf,
}

/// What differs between requests.
struct Errand<'a> {
    method: &'a str,
    path: &'a str,
    order: Option<&'a [u8]>,
}

type Sending = UnsyncBoxBody<Bytes, io::Error>;

impl Client {
    /// Has the daemon read its files again.
    ///
    /// # Errors
    /// All that is wrong with them, drawn; or the daemon went away.
    pub async fn reload(&self) -> anyhow::Result<Reloaded> {
        self.answer("POST", "/reload", "").await
    }

    async fn connect(&self) -> anyhow::Result<http1::SendRequest<Sending>> {
        let stream = UnixStream::connect(&self.socket).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn send(&self, errand: Errand<'_>, body: Sending) -> anyhow::Result<Response<Incoming>> {
        let mut sender = self.connect().await.context("the daemon has gone away")?;
        let mut builder = Request::builder().method(errand.method).uri(errand.path).header("host", "comity");
        if let Some(order) = errand.order {
            builder = builder.header(ORDER_HEADER, order);
        }
        let response = sender.send_request(builder.body(body)?).await.context("the daemon has gone away")?;
        if response.status().is_success() {
            return Ok(response);
        }
        let why = response.into_body().collect().await?.to_bytes();
        bail!("{}", String::from_utf8_lossy(&why).trim())
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Bytes> {
        let body = Full::new(Bytes::from(body.to_owned())).map_err(|never| match never {}).boxed_unsync();
        let response = self.send(Errand { method, path, order: None }, body).await?;
        Ok(response.into_body().collect().await.context("the daemon has gone away")?.to_bytes())
    }

    async fn answer<T: DeserializeOwned>(&self, method: &str, path: &str, body: &str) -> anyhow::Result<T> {
        let answer = self.ask(method, path, body).await?;
        serde_json::from_slice(&answer).context("the daemon is of another version; restart it")
    }

    async fn import(
        &self,
        order: &ImportOrder,
        bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        mut tell: impl FnMut(News),
    ) -> anyhow::Result<()> {
        let order = serde_json::to_vec(order)?;
        let body = StreamBody::new(bytes.map(|piece| piece.map(Frame::data))).boxed_unsync();
        let errand = Errand { method: "POST", path: "/import", order: Some(&order) };
        let mut answer = self.send(errand, body).await?.into_body();
        let mut waiting: Vec<u8> = vec![];
        while let Some(frame) = answer.frame().await {
            let Ok(data) = frame.context("the daemon has gone away; run the import again")?.into_data() else {
                continue;
            };
            waiting.extend_from_slice(&data);
            while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = waiting.drain(..=end).collect();
                tell(serde_json::from_slice(&line).context("the daemon is of another version; restart it")?);
            }
        }
        Ok(())
    }
}
