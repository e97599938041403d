//! `comity.toml` as a type: how this installation runs, and every limit it keeps, with its default.
//!
//! Units stand in the types. Where a default has a source in a standard, the source stands beside it.

use super::Owner;
use crate::{
    base::EmailAddress,
    deliver::{Login, Route, Timeouts, Tls},
    fetch::{Link, Reach},
    intake::orders::ShopKind,
    store::{Database, Files, Server},
};
use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};
use zeroize::Zeroizing;

/// Whose mailbox the messages go to: `mode`.
///
/// Only the file says it: a variable in the environment must not end a rehearsal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// The file says nothing. In earnest, but for an installation whose mail stays on this machine: its links may, too.
    Unsaid,
    /// `rehearsal`: the owner gets every message, and no customer any.
    Rehearsal,
    /// `live`: the customers get them.
    Live,
}

/// The whole file, after the environment had its say.
#[derive(Clone, Debug)]
pub struct Config {
    /// `mode`.
    pub mode: Mode,
    /// `[owner]`.
    pub owner: Owner,
    /// `[data] directory`, absolute or under the installation's root: database, journal, lock, socket, keys.
    pub data: PathBuf,
    /// `[data] keystore`: the data directory, and the folder of its key store. A copy of the data elsewhere has another.
    pub keystore: Option<(PathBuf, PathBuf)>,
    /// `[data] database`: the data directory, and the server on which its database is. A copy of the data elsewhere is in files.
    pub server: Option<(PathBuf, Server)>,
    /// `[data] checkpoints`: the folder for what signs the ledger, and for stops and erasures. Default `checkpoints` in the data directory.
    pub checkpoints: PathBuf,
    /// `[mail]`.
    pub mail: Mail,
    /// `[smtp]`.
    pub smtp: Smtp,
    /// `[web]`.
    pub web: Web,
    /// `[api]`: without it there is none.
    pub api: Option<Api>,
    /// `[log]`.
    pub log: Log,
    /// `[limits]`.
    pub limits: Limits,
    /// `[[sources]]`.
    pub sources: Vec<Source>,
    /// `[[shops]]`.
    pub shops: Vec<Shop>,
}

/// A web shop that calls when something becomes of an order.
#[derive(Clone)]
pub struct Shop {
    /// What its orders' records are named by.
    pub name: String,
    /// Which software it is.
    pub kind: ShopKind,
    /// What its calls are signed with.
    pub secret: Zeroizing<String>,
}

/// Without the secret.
impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shop({}, {})", self.name, self.kind.name())
    }
}

impl Config {
    /// What a message shows of it, to whom it goes, and who signs it: for the revision's digest, and nothing else.
    pub(super) fn shown(&self) -> String {
        let Self { mode, owner, mail: Mail { from, from_name, dkim }, web, .. } = self;
        let owner = owner.mail.as_ref().map(EmailAddress::mailbox);
        let signer = dkim.as_ref().map(|dkim| (&dkim.domain, &dkim.selector));
        format!("{:?}", (mode, owner, from.mailbox(), from_name, signer, &web.public_url))
    }

    /// The folder of the key store. Data that are not those which the file names, a rehearsal's, have theirs beside them.
    #[must_use]
    pub fn keystore(&self) -> PathBuf {
        let named = self.keystore.as_ref().filter(|(of, _)| *of == self.data);
        named.map_or_else(|| self.data.clone(), |(_, folder)| folder.clone())
    }

    /// Where the rows are, and the key store.
    #[must_use]
    pub fn database(&self) -> Database {
        match &self.server {
            Some((of, server)) if *of == self.data => Database::Server(server.clone()),
            _ => Database::Files(self.files()),
        }
    }

    /// The files of the data directory in which both are, or were before they moved to a server.
    #[must_use]
    pub fn files(&self) -> Files {
        Files::of(&self.data, &self.keystore())
    }

    /// The keys that only a new start takes over, as far as they differ: what they name was opened once.
    #[must_use]
    pub fn needs_restart(&self, new: &Self) -> Vec<&'static str> {
        let differs = [
            ("[data] directory", self.data != new.data),
            ("[data] database", self.server != new.server),
            ("[data] keystore", self.keystore() != new.keystore()),
            ("[data] checkpoints", self.checkpoints != new.checkpoints),
            ("[web] listen", self.web.listen != new.web.listen),
            ("[api]", self.api != new.api),
            ("[smtp] lanes", self.smtp.lanes != new.smtp.lanes),
            ("[log] format", self.log.format != new.log.format),
            ("[log] level", self.log.level != new.log.level),
        ];
        differs.into_iter().filter_map(|(key, differs)| differs.then_some(key)).collect()
    }
}

/// A calendar that is read again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called in `comity status` and in the log.
    pub name: String,
    /// Where it lies.
    pub place: Place,
    /// Between two looks.
    pub every: Duration,
    /// After so long without a reading it is out of date.
    pub stale_after: Duration,
    /// Whether its host may be inside a private network.
    pub reach: Reach,
}

/// Where a calendar lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the web.
    Web(Link),
    /// On this machine.
    File(PathBuf),
}

/// Who the messages come from.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The address in `From`, and the envelope sender.
    pub from: EmailAddress,
    /// The name in `From`; the business's where the file names none.
    pub from_name: Option<String>,
    /// `[mail.dkim]`. Without it the one-click headers do not leave.
    pub dkim: Option<Dkim>,
}

/// The signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dkim {
    /// `d=`: the domain that answers for the message.
    pub domain: String,
    /// `s=`: where the public key lies, `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// The private key, PEM. Default `keys/dkim.pem` in the data directory.
    pub key_file: PathBuf,
}

/// The mail server that takes our messages.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// 587, for implicit TLS 465.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// User and password, both or neither.
    pub login: Option<Login>,
    /// Connections at once.
    pub lanes: NonZeroUsize,
    /// Our name in `EHLO`: a host name, or `[192.0.2.1]`. Default: the sender's domain.
    pub hello: String,
    /// How fast.
    pub pace: Pace,
    /// How long each phase may take.
    pub timeouts: Timeouts,
}

impl Smtp {
    /// What the transport is made with.
    #[must_use]
    pub fn route(&self) -> Route {
        Route {
            host: self.host.clone(),
            port: self.port,
            tls: self.tls,
            extra_roots: Vec::new(),
            login: self.login.clone(),
            hello: self.hello.clone(),
            timeouts: self.timeouts,
            lanes_max: self.lanes,
        }
    }
}

/// Messages a minute for one receiving domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// For every domain that isn't named.
    pub per_minute: NonZeroU32,
    /// By domain, an A-label in lower case.
    pub domains: BTreeMap<String, NonZeroU32>,
}

/// The public pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// Where the daemon listens; a proxy with TLS stands in front.
    pub listen: SocketAddr,
    /// What links begin with, without a slash at the end.
    pub public_url: String,
}

/// The API for the business's own programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Api {
    /// Where the daemon listens; a proxy with TLS stands in front.
    pub listen: SocketAddr,
    /// Requests a minute for each key. A tenth of them may come at once.
    pub per_minute: NonZeroU32,
}

/// Logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// For whom.
    pub format: LogFormat,
    /// A filter as `tracing` reads it: `info`, `comity=debug`.
    pub level: String,
}

/// Who reads the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// People.
    #[default]
    Text,
    /// Machines, one object a line.
    Json,
}

/// Bounds on what one step may take on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Plans claimed at a time.
    pub claim_rows: usize,
    /// How long a soft shutdown waits for what is on the wire.
    pub shutdown: Duration,
    /// The largest import file, in bytes.
    pub import_bytes: u64,
    /// The largest calendar that is fetched, in bytes.
    pub calendar_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            claim_rows: 64,
            shutdown: Duration::from_secs(30),
            import_bytes: 64 * 1024 * 1024,
            calendar_bytes: 32 * 1024 * 1024,
        }
    }
}
