//! Reads `comity.toml` and the environment into settings, or into findings.

use super::{
    form,
    layers::{Layers, Section},
    owner, public_url, secret,
    settings::{Api, Config, Dkim, Limits, Log, LogFormat, Mail, Mode, Pace, Smtp, Web},
    shops, sources,
};
use crate::{
    base::{Findings, Source},
    deliver::{Links, Login, Timeouts, Tls},
    document::{Complaint, Document, Need, Table, parse_span},
    policy::parse::parse_address,
    store::Server,
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};
use toml::Spanned;

/// What was read.
pub(super) struct Reading {
    /// None where something is missing that must be there.
    pub config: Option<Config>,
    pub findings: Findings,
    /// Files with secrets, which may lie outside the installation's folder, and may not be there.
    pub secrets: Vec<PathBuf>,
}

/// Reads the settings of the installation at `root`, with these environment variables over the file's.
pub(super) fn read(source: &Source, root: &Path, variables: impl IntoIterator<Item = (String, String)>) -> Reading {
    let document = Document::parse(source);
    let layers = Layers::new(&document, variables);
    let table = document.root(&form::FILE);
    let config = config(&layers, &table, root);
    table.finish(|_| None);
    let (mut findings, secrets) = layers.finish();
    findings.absorb(document.into_findings());
    Reading { config, findings, secrets }
}

/// The data directory alone, whatever else is wrong with the file.
pub(super) fn data(source: &Source, root: &Path, variables: impl IntoIterator<Item = (String, String)>) -> PathBuf {
    let document = Document::parse(source);
    let layers = Layers::new(&document, variables);
    directories(&layers, &document.root(&form::FILE), root).data
}

/// `[data]`.
struct Directories {
    data: PathBuf,
    keystore: Option<PathBuf>,
    server: Option<Server>,
    checkpoints: PathBuf,
}

fn directories(layers: &Layers<'_>, table: &Table<'_>, root: &Path) -> Directories {
    let section = layers.section(table, "data");
    let data = root.join(section.text("directory", Need::May).unwrap_or_else(|| "data".into()));
    let checkpoints = section.text("checkpoints", Need::May);
    let checkpoints = checkpoints.map_or_else(|| data.join("checkpoints"), |folder| root.join(folder));
    let keystore = section.text("keystore", Need::May).map(|folder| root.join(folder));
    let server = server(&section, root, keystore.is_some());
    section.finish();
    Directories { data, keystore, server, checkpoints }
}

/// `[data] database`.
fn server(section: &Section<'_, '_>, root: &Path, has_keystore: bool) -> Option<Server> {
    let file = section.text("password_file", Need::May).map(|file| root.join(file));
    let url = section.text("database", Need::May);
    let complain =
        |key, message: &str, label: &str, help: &str| section.complain(key, Complaint::new(message, label, help));
    let Some(url) = url else {
        if file.is_some() {
            complain(
                "password_file",
                "a password without a database",
                "no database",
                "write database = \"postgres://…\"",
            );
        }
        return None;
    };
    if has_keystore {
        complain("keystore", "the key store of a database on a server lies there, too", "not here", "delete keystore");
    }
    let password = match file.as_deref() {
        Some(file) => {
            section.note_secret(file);
            Some(secret::read(file).map_err(|complaint| section.complain("password_file", complaint)).ok()?)
        }
        None => None,
    };
    let complaint = |why: &str| {
        Complaint::new(
            why.to_owned(),
            "no database",
            "write database = \"postgres://comity@db.example/comity?sslmode=verify-full\"",
        )
    };
    match Server::parse(&url, password.as_ref()) {
        Ok(server) => Some(server),
        Err(why) => {
            section.complain("database", complaint(why));
            None
        }
    }
}

fn config(layers: &Layers<'_>, table: &Table<'_>, root: &Path) -> Option<Config> {
    let mode = table.choice("mode", Need::May, &[("rehearsal", Mode::Rehearsal), ("live", Mode::Live)]);
    let mode = mode.map_or(Mode::Unsaid, Spanned::into_inner);
    let owner = owner::read(layers, table, root);
    let Directories { data, keystore, server, checkpoints } = directories(layers, table, root);
    let keystore = keystore.map(|folder| (data.clone(), folder));
    let server = server.map(|server| (data.clone(), server));
    let mail = mail(layers.section(table, "mail"), root, &data);
    let domain = mail.as_ref().map(|mail| mail.from.domain().to_owned());
    let smtp = smtp(layers.section(table, "smtp"), root, domain);
    let stays_here = mode == Mode::Unsaid && smtp.as_ref().is_none_or(|smtp| smtp.tls == Tls::NoneOnLoopback);
    let links = if stays_here { Links::Loopback } else { Links::Https };
    let web = web(layers.section(table, "web"), links);
    let api = api(layers.section(table, "api"));
    let log = log(layers.section(table, "log"));
    let limits = limits(layers.section(table, "limits"));
    let sources = sources::read(table, root);
    let shops = shops::read(layers, table, root, api.is_some());
    Some(Config {
        mode,
        owner,
        data,
        keystore,
        server,
        checkpoints,
        mail: mail?,
        smtp: smtp?,
        web: web?,
        api,
        log,
        limits,
        sources,
        shops,
    })
}

fn mail(section: Section<'_, '_>, root: &Path, data: &Path) -> Option<Mail> {
    let from = section.parsed("from", Need::Must("from = \"hello@salon.example\""), parse_address);
    let from_name = section.text("from_name", Need::May);
    let dkim = section.section("dkim", "mail.dkim");
    let signature = dkim.is_there().then(|| {
        let domain = dkim.parsed("domain", Need::Must("domain = \"salon.example\""), parse_domain);
        // DMARC wants the signature's domain to be the sender's, or one above it (RFC 7489 3.1.1).
        if let (Some(from), Some(domain)) = (&from, &domain)
            && from.domain() != domain
            && !from.domain().ends_with(&format!(".{domain}"))
        {
            let help = format!("write domain = \"{}\"", from.domain());
            let message = format!("mail from {} can't be signed by {domain}", from.domain());
            dkim.complain("domain", Complaint::new(message, "another domain", help));
        }
        let selector = dkim.parsed("selector", Need::Must("selector = \"comity\""), parse_label);
        let key_file = dkim.text("key_file", Need::May);
        let key_file = key_file.map_or_else(|| data.join("keys/dkim.pem"), |file| root.join(file));
        dkim.note_secret(&key_file);
        Some(Dkim { domain: domain?, selector: selector?, key_file })
    });
    dkim.finish();
    section.finish();
    Some(Mail { from: from?, from_name, dkim: signature.flatten() })
}

fn smtp(section: Section<'_, '_>, root: &Path, domain: Option<String>) -> Option<Smtp> {
    let host = section.text("host", Need::Must("host = \"smtp.example.net\""));
    let words = [
        ("required-starttls", Tls::RequiredStarttls),
        ("implicit", Tls::Implicit),
        ("none-on-loopback", Tls::NoneOnLoopback),
    ];
    let tls = section.choice("tls", &words).unwrap_or_default();
    let usual = if tls == Tls::Implicit { 465 } else { 587 };
    let port = section.integer("port", 1..=65_535).and_then(|port| u16::try_from(port).ok()).unwrap_or(usual);
    if tls == Tls::NoneOnLoopback && host.as_deref().is_some_and(|host| !public_url::is_loopback(host)) {
        let complaint = Complaint::new(
            "without TLS, mail goes to this machine only",
            "not this machine",
            "write tls = \"required-starttls\", or host = \"127.0.0.1\"",
        );
        section.complain("tls", complaint);
    }
    let login = login(&section, root, tls);
    let lanes = section.integer("lanes", 1..=100).and_then(|lanes| usize::try_from(lanes).ok());
    let hello = section.text("hello", Need::May).or(domain);
    let pace = pace(&section);
    let timeouts = timeouts(section.section("timeouts", "smtp.timeouts"));
    section.finish();
    let lanes = lanes.and_then(NonZeroUsize::new).or(NonZeroUsize::new(4))?;
    Some(Smtp { host: host?, port, tls, login, lanes, hello: hello?, pace, timeouts })
}

fn login(section: &Section<'_, '_>, root: &Path, tls: Tls) -> Option<Login> {
    let username = section.text("username", Need::May);
    let written = section.text("password", Need::May).map(zeroize::Zeroizing::new);
    let file = section.text("password_file", Need::May).map(|file| root.join(file));
    if let Some(file) = &file {
        section.note_secret(file);
    }
    if written.is_some() && file.is_some() {
        section.complain(
            "password_file",
            Complaint::new("the password is given twice", "twice", "keep password_file, and delete password"),
        );
    }
    let complain =
        |key, message: &str, label: &str, help: &str| section.complain(key, Complaint::new(message, label, help));
    if written.is_some()
        && section.is_written("password")
        && let Err(complaint) = secret::guarded(&root.join("comity.toml"))
    {
        section.complain("password", complaint);
    }
    let password = match file.as_deref().map(secret::read) {
        Some(Ok(secret)) => Some(secret),
        Some(Err(complaint)) => {
            section.complain("password_file", complaint);
            return None;
        }
        None => written,
    };
    match (username, password) {
        (Some(_), Some(_)) if tls == Tls::NoneOnLoopback => {
            complain(
                "username",
                "a login needs TLS",
                "no TLS",
                "write tls = \"required-starttls\", or delete username and password",
            );
            None
        }
        (Some(username), Some(password)) => Some(Login { username, password }),
        (Some(_), None) => {
            complain(
                "username",
                "a username without a password",
                "no password",
                "write password_file = \"…\", or set COMITY_SMTP__PASSWORD",
            );
            None
        }
        (None, Some(_)) => {
            complain("password", "a password without a username", "no username", "write username = \"…\"");
            None
        }
        (None, None) => None,
    }
}

fn pace(section: &Section<'_, '_>) -> Pace {
    let number = |number: i64| u32::try_from(number).ok().and_then(NonZeroU32::new);
    let per_minute = section.integer("per_minute", 1..=1_000_000).and_then(number);
    let mut domains = BTreeMap::new();
    for table in section.tables("pace") {
        let domain = table.parsed("domain", Need::Must("domain = \"gmail.com\""), parse_domain);
        let rate = table.integer("per_minute", Need::Must("per_minute = 60"), 1..=1_000_000);
        table.finish(|_| None);
        if let (Some(domain), Some(rate)) = (domain, rate.map(Spanned::into_inner).and_then(number)) {
            domains.insert(domain.into_inner(), rate);
        }
    }
    Pace { per_minute: per_minute.or(NonZeroU32::new(600)).unwrap_or(NonZeroU32::MIN), domains }
}

fn timeouts(section: Section<'_, '_>) -> Timeouts {
    let usual = Timeouts::default();
    let limit = |key, usual: Duration| section.parsed(key, Need::May, parse_span).unwrap_or(usual);
    let timeouts = Timeouts {
        connect: limit("connect", usual.connect),
        greeting: limit("greeting", usual.greeting),
        command: limit("command", usual.command),
        data: limit("data", usual.data),
        body: limit("body", usual.body),
        dot: limit("dot", usual.dot),
    };
    section.finish();
    timeouts
}

fn web(section: Section<'_, '_>, links: Links) -> Option<Web> {
    let listen = section.parsed("listen", Need::May, |text| parse_listen(text, 8780));
    let line = "public_url = \"https://mail.salon.example\"";
    let public_url = section.parsed("public_url", Need::Must(line), |text| public_url::parse(text, Links::Loopback));
    // Only what counts in the end: a variable may take the place of what the file says.
    if let Some(Err(complaint)) = public_url.as_deref().map(|url| public_url::parse(url, links)) {
        section.complain("public_url", complaint);
    }
    section.finish();
    let listen = listen.or_else(|| Some(SocketAddr::from(([127, 0, 0, 1], 8780))))?;
    Some(Web { listen, public_url: public_url? })
}

fn api(section: Section<'_, '_>) -> Option<Api> {
    if !section.is_there() {
        section.finish();
        return None;
    }
    let must = Need::Must("listen = \"127.0.0.1:8781\"");
    let listen = section.parsed("listen", must, |text| parse_listen(text, 8781));
    let per_minute = section.integer("per_minute", 1..=1_000_000).and_then(|number| u32::try_from(number).ok());
    section.finish();
    let per_minute = per_minute.and_then(NonZeroU32::new).or(NonZeroU32::new(600))?;
    Some(Api { listen: listen?, per_minute })
}

fn parse_listen(text: &str, port: u16) -> Result<SocketAddr, Complaint> {
    text.parse().map_err(|_| {
        Complaint::new(
            format!("`{text}` is not an address to listen on"),
            "bad address",
            format!("write \"127.0.0.1:{port}\" or \"[::1]:{port}\""),
        )
    })
}

fn log(section: Section<'_, '_>) -> Log {
    let format = section.choice("format", &[("text", LogFormat::Text), ("json", LogFormat::Json)]).unwrap_or_default();
    let level = section.text("level", Need::May).unwrap_or_else(|| "info".into());
    section.finish();
    Log { format, level }
}

fn limits(section: Section<'_, '_>) -> Limits {
    let usual = Limits::default();
    let claim_rows = section.integer("claim_rows", 1..=1_000).and_then(|rows| usize::try_from(rows).ok());
    let shutdown = section.parsed("shutdown", Need::May, parse_span);
    let bytes = |key| section.integer(key, 1..=10_000_000_000).and_then(|bytes| u64::try_from(bytes).ok());
    let (import_bytes, calendar_bytes) = (bytes("import_bytes"), bytes("calendar_bytes"));
    section.finish();
    Limits {
        claim_rows: claim_rows.unwrap_or(usual.claim_rows),
        shutdown: shutdown.unwrap_or(usual.shutdown),
        import_bytes: import_bytes.unwrap_or(usual.import_bytes),
        calendar_bytes: calendar_bytes.unwrap_or(usual.calendar_bytes),
    }
}

/// A domain as the wire has it, by the same rules as an address's.
fn parse_domain(text: &str) -> Result<String, Complaint> {
    parse_address(&format!("postmaster@{text}")).map(|address| address.domain().to_owned()).map_err(|_| {
        Complaint::new(format!("`{text}` is not a domain"), "bad domain", "write it as in \"salon.example\"")
    })
}

fn parse_label(text: &str) -> Result<String, Complaint> {
    let valid = text.len() <= 63 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    if valid && !text.starts_with(['-', '.']) && !text.ends_with(['-', '.']) {
        return Ok(text.to_owned());
    }
    Err(Complaint::new(
        format!("`{text}` can't be a name in the DNS"),
        "bad selector",
        "write letters and digits: \"comity\"",
    ))
}
