//! The control socket: how commands reach a daemon that runs.
//!
//! HTTP over a Unix socket in the data directory, readable and writable by its owner alone, so that there is no password
//! and no port. `curl --unix-socket data/control.sock http://comity/status` works too.
//!
//! ```text
//! GET  /status                     how things stand, as JSON
//! POST /pause    body: a note      204
//! POST /resume                     what was lifted, as JSON
//! POST /resume/restored  body: a choice  what was at stake, as JSON
//! POST /explain  body: about what  accounts, as JSON
//! POST /consents  body: whose      what they agreed to, as JSON
//! POST /export   body: whose      all that is known about them, as JSON
//! POST /export/pseudonymous        who got what, with tokens in place of people, as JSON
//! POST /erase    body: whose      what became of it, as JSON
//! POST /believe  body: a calendar  whether it was in doubt, as JSON
//! POST /approve  body: an order    what became of it, as JSON
//! POST /approvals/within  body: days  messages that wait for a person, as JSON
//! GET  /approvals/N                how one reads, as JSON
//! POST /approvals  body: a word    what became of it, as JSON
//! POST /approvals/history  body: how many  what was said last, as JSON
//! POST /runs/within  body: days    runs that wait for a person, as JSON
//! GET  /runs/WORKFLOW/DAY          how one looks, as JSON
//! POST /runs     body: a word      what became of it, as JSON
//! POST /consents/record  body: an order  what became of it, as JSON
//! POST /limit    body: an order    what became of it, as JSON
//! POST /bars     body: an order    what became of it, as JSON
//! GET  /tasks                      what people are to do, as JSON
//! POST /tasks/N  body: a word      whether it was to be done, as JSON
//! GET  /visits                     visits that nobody is known for, as JSON
//! POST /visits/N body: a customer  what became of the settlement, as JSON
//! GET  /requests                   what people ask about their own data, as JSON; /requests/all
//! GET  /requests/looks             who was looked up by the business, as JSON
//! POST /requests body: a request   as it stands in the register, as JSON
//! POST /requests/N                 whether it was open, as JSON
//! GET  /recommendations            what the last batch came to, as JSON
//! POST /recommendations  body: an order  what a batch is now, as JSON
//! GET  /keys                       the keys of the API, as JSON
//! POST /keys     body: a key       whether the name was free, as JSON
//! POST /keys/revoke  body: a name  whether there was one in force, as JSON
//! POST /link-keys                  the number of the key that signs from now on, as JSON
//! POST /rewrap                     how many keys were wrapped anew, as JSON
//! POST /checkpoint                 what was signed, as JSON
//! POST /import   header: order     news, one JSON value a line, until done or failed
//! POST /reload                     what is in force now, as JSON; or 422 and what is wrong with the files
//! ```

mod approvals;
mod privacy;
mod recommendations;
mod requests;
mod tasks;

use crate::{
    engine::{
        arrivals::import::{Listener, Removals, What},
        files::Files,
        office::Office,
    },
    store::Dry,
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path as AxumPath, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    convert::Infallible,
    fmt::Display,
    fs::{self, Permissions},
    future::Future,
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{net::UnixListener, sync::mpsc};

/// Where it lies in the data directory.
const FILE: &str = "control.sock";
/// The header that carries the [`ImportOrder`].
pub const ORDER_HEADER: &str = "comity-order";
/// So many lines of news wait for a slow reader.
const NEWS_MAX: usize = 256;
/// A note or a question is no longer.
const TEXT_BYTES_MAX: usize = 4096;

/// What to import: a header, as JSON, because the body is the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOrder {
    /// `customers`, `calendar`, `products`, `orders`, or a record type of the policy.
    pub kind: String,
    /// The file's name, for evidence and findings.
    pub name: String,
    /// Columns to leave out.
    pub ignore: BTreeSet<String>,
    /// Whether to do it or only to show what it would do.
    pub dry: Dry,
    /// Whether a catalogue may take as many products away as it doesn't name.
    #[serde(default)]
    pub removals: Removals,
    /// What the shop is called whose orders they are.
    #[serde(default)]
    pub shop: Option<String>,
}

/// The socket's path in a data directory.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// Opens the socket. The caller holds the installation's lock, so that a socket that is there is a dead daemon's.
///
/// # Errors
/// When it can't be made.
pub fn bind(data: &Path) -> io::Result<UnixListener> {
    let path = path(data);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    // The data directory is its owner's alone, so nobody comes in between.
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers until told to stop, and ends what is being answered. Without `files` nothing is reloaded.
///
/// # Errors
/// The socket's.
pub async fn serve(
    listener: UnixListener,
    office: Office,
    files: Option<Arc<Files>>,
    until: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, routes(office, files)).with_graceful_shutdown(until).await
}

fn routes(office: Office, files: Option<Arc<Files>>) -> Router {
    let short = Router::new()
        .route("/status", get(status))
        .route("/pause", post(pause))
        .route("/resume", post(resume))
        .route("/resume/restored", post(resume_restored))
        .route("/explain", post(explain))
        .route("/consents", post(consents))
        .route("/consents/record", post(record_yes))
        .route("/export", post(export))
        .route("/export/pseudonymous", post(for_analysts))
        .route("/erase", post(erase))
        .route("/believe", post(believe))
        .merge(approvals::routes())
        .route("/limit", post(limit))
        .route("/bars", post(bar))
        .merge(tasks::routes())
        .merge(requests::routes())
        .merge(privacy::routes())
        .merge(recommendations::routes())
        .route("/visits", get(visits))
        .route("/visits/{visit}", post(settle))
        .route("/keys", get(keys).post(add_key))
        .route("/keys/revoke", post(revoke_key))
        .route("/checkpoint", post(checkpoint))
        .route("/link-keys", post(new_link_key))
        .route("/rewrap", post(rewrap))
        .layer(DefaultBodyLimit::max(TEXT_BYTES_MAX));
    let reload = Router::new().route("/reload", post(reload)).with_state(files);
    // An import is as long as it is: it is read row by row, and has its limits there.
    short.route("/import", post(import)).with_state(office).merge(reload)
}

async fn status(State(office): State<Office>) -> Response {
    answer(office.standing().await)
}

async fn pause(State(office): State<Office>, note: String) -> Response {
    match office.pause(&note).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => failed(&error),
    }
}

async fn resume(State(office): State<Office>) -> Response {
    answer(office.resume().await)
}

async fn believe(State(office): State<Office>, calendar: String) -> Response {
    answer(office.believe(calendar.trim()).await)
}

async fn resume_restored(State(office): State<Office>, choice: String) -> Response {
    told(&choice, async |choice| answer(office.resume_restored(choice).await)).await
}

async fn explain(State(office): State<Office>, about: String) -> Response {
    answer(office.explain(about.trim()).await)
}

async fn consents(State(office): State<Office>, about: String) -> Response {
    answer(office.consents(about.trim()).await)
}

async fn record_yes(State(office): State<Office>, order: String) -> Response {
    told(&order, async |order| answer(office.record_yes(order).await)).await
}

async fn export(State(office): State<Office>, whom: String) -> Response {
    answer(office.take_away(whom.trim()).await.map_err(|error| format!("{error:#}")))
}

async fn for_analysts(State(office): State<Office>) -> Response {
    answer(office.for_analysts().await.map_err(|error| format!("{error:#}")))
}

async fn erase(State(office): State<Office>, whom: String) -> Response {
    // In a task of its own: the log is emptied also where the one who asked went away.
    match tokio::spawn(async move { office.erase(whom.trim()).await }).await {
        Ok(erased) => answer(erased),
        Err(gone) => failed(&gone),
    }
}

async fn limit(State(office): State<Office>, order: String) -> Response {
    told(&order, async |order| answer(office.limit(order).await)).await
}

async fn bar(State(office): State<Office>, order: String) -> Response {
    told(&order, async |order| answer(office.bar(order).await)).await
}

async fn visits(State(office): State<Office>) -> Response {
    answer(office.waiting_visits().await)
}

async fn settle(State(office): State<Office>, AxumPath(visit): AxumPath<i64>, customer: String) -> Response {
    answer(office.settle_visit(visit, customer.trim()).await)
}

async fn keys(State(office): State<Office>) -> Response {
    answer(office.keys().await)
}

async fn add_key(State(office): State<Office>, key: String) -> Response {
    told(&key, async |key| answer(office.add_key(key).await)).await
}

async fn revoke_key(State(office): State<Office>, name: String) -> Response {
    answer(office.revoke_key(name.trim()).await)
}

async fn checkpoint(State(office): State<Office>) -> Response {
    answer(office.checkpoint().await.map_err(|error| format!("{error:#}")))
}

async fn new_link_key(State(office): State<Office>) -> Response {
    answer(office.new_link_key().await.map_err(|error| format!("{error:#}")))
}

async fn rewrap(State(office): State<Office>) -> Response {
    // In a task of its own: it goes on where the one who asked went away.
    match tokio::spawn(async move { office.rewrap().await }).await {
        Ok(wrapped) => answer(wrapped.map_err(|error| format!("{error:#}"))),
        Err(gone) => failed(&gone),
    }
}

async fn reload(State(files): State<Option<Arc<Files>>>) -> Response {
    let Some(files) = files else {
        let why = "this daemon runs on virtual time: its files stay as they were at its start";
        return (StatusCode::CONFLICT, why).into_response();
    };
    // In a task of its own: plans that are half brought up would hold everything back if the one who asked went away.
    match tokio::spawn(async move { files.reload().await }).await {
        Ok(Ok(reloaded)) => answer(Ok::<_, Infallible>(reloaded)),
        Ok(Err(why)) => (StatusCode::UNPROCESSABLE_ENTITY, why.in_full()).into_response(),
        Err(gone) => failed(&gone),
    }
}

async fn import(State(office): State<Office>, headers: HeaderMap, body: Body) -> Response {
    let order = headers.get(ORDER_HEADER).and_then(|order| serde_json::from_slice(order.as_bytes()).ok());
    let Some(ImportOrder { kind, name, ignore, dry, removals, shop }) = order else {
        return (StatusCode::BAD_REQUEST, "the header comity-order is missing or can't be read").into_response();
    };
    let what = match office.what(&kind, name, ignore) {
        Ok(what) => what.with_removals(removals).of_shop(shop),
        Err(why) => return (StatusCode::BAD_REQUEST, why).into_response(),
    };
    let (listener, news) = mpsc::channel(NEWS_MAX);
    tokio::spawn(run(office, what, body, dry, listener));
    let lines = stream::unfold(news, |mut news| async move {
        let line = serde_json::to_string(&news.recv().await?).unwrap_or_default() + "\n";
        Some((Ok::<_, Infallible>(Bytes::from(line)), news))
    });
    ([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response()
}

/// Goes on in a task of its own, so that a transaction is never dropped half way when the one who asked goes away.
async fn run(office: Office, what: What, body: Body, dry: Dry, listener: Listener) {
    let bytes = body.into_data_stream().map(|piece| piece.map_err(io::Error::other));
    office.import(what, bytes, dry, listener).await;
}

fn answer<T: Serialize, E: Display>(result: Result<T, E>) -> Response {
    match result.map(|value| serde_json::to_string(&value)) {
        Ok(Ok(json)) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

/// What was sent as JSON, and what then.
async fn told<T: DeserializeOwned>(text: &str, then: impl AsyncFnOnce(T) -> Response) -> Response {
    match serde_json::from_str(text) {
        Ok(told) => then(told).await,
        Err(why) => bad(&why),
    }
}

fn bad(why: &impl Display) -> Response {
    (StatusCode::BAD_REQUEST, format!("this can't be read: {why}")).into_response()
}

fn failed(error: &impl Display) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}
