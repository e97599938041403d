//! The API: what the business's own programs bring. A port of its own, so that a stop gets through whatever happens here.
//!
//! ```text
//! POST /v1/customers        one object, or a list of up to a hundred: all of them are taken, or none
//! POST /v1/records/{type}   the record types of policy.toml
//! POST /v1/consents         what people agreed to or withdrew, with its evidence
//! POST /v1/bars             objections, restrictions, and who is a child
//! POST /v1/limits           how much people want to hear at most
//! POST /v1/events           what happened: a closed list
//! PUT  /v1/products         what is sold: each product as it is now
//! POST /v1/webhooks/shopify, /v1/webhooks/woocommerce    what web shops call about, signed by them
//! GET  /v1/openapi.json     all of this for machines, with the fields of policy.toml
//! ```
//!
//! Each request but those of web shops brings a key that `comity keys new` made, and which says what it may do. An answer comes when what was
//! asked holds: after a cancellation has been answered, no message about it begins (promise P2).
//!
//! Invariant: no input makes a 5xx. Those say that the database is away, or that something in it is damaged.

pub mod openapi;
pub mod problem;
mod request;
mod webhooks;

use crate::{
    base::{Clock, api_key::May},
    deliver::Pace,
    document::did_you_mean,
    engine::arrivals::entry::{EntryDesk, EntryFailed},
    intake::json::Resource,
    policy::{Nature, Policy},
    store::entry::{Entered, Entry, Outcome, Repeat},
};
use axum::{
    Router,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{HeaderName, HeaderValue, StatusCode},
    middleware,
    response::Response,
    routing::{get, post, put},
};
use problem::{Kind, Problem};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc};

/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Nothing of an answer is a page.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// What the doors share.
#[derive(Clone)]
pub struct Api {
    desk: Arc<EntryDesk>,
    pace: Arc<Pace>,
    clock: Arc<dyn Clock>,
    calls: Arc<webhooks::Calls>,
}

impl Api {
    /// At this desk; each key may come so many times a minute. `clock` is the real one.
    #[must_use]
    pub fn new(desk: Arc<EntryDesk>, per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let pace = Arc::new(Pace::new(per_minute, &BTreeMap::new(), &clock));
        Self { desk, pace, clock, calls: Arc::default() }
    }
}

/// The answer to what was done.
#[derive(Serialize)]
struct Results {
    results: Vec<Outcome>,
}

/// The whole API.
pub fn router(api: Api) -> Router {
    Router::new()
        .route("/v1/customers", post(customers))
        .route("/v1/records/{type}", post(records))
        .route("/v1/consents", post(consents))
        .route("/v1/bars", post(bars))
        .route("/v1/limits", post(limits))
        .route("/v1/events", post(events))
        .route("/v1/products", put(products))
        .route("/v1/webhooks/shopify", post(webhooks::shopify))
        .route("/v1/webhooks/woocommerce", post(webhooks::woocommerce))
        .route("/v1/openapi.json", get(document))
        .method_not_allowed_fallback(|| async { Problem::new(Kind::OTHER_METHOD, "the header Allow says what can") })
        .fallback(|| async { Problem::new(Kind::NOT_FOUND, "see /v1/openapi.json") })
        .with_state(api)
        .layer(middleware::map_response(|response| async move { super::shield::cover(response, PAGE_POLICY) }))
}

async fn customers(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.post(Resource::Customers, request).await
}

async fn records(
    State(api): State<Api>,
    kind: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let kind = kind.map(|Path(kind)| kind).unwrap_or_default();
    api.post(Resource::Records(kind), request).await
}

async fn consents(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.post(Resource::Consents, request).await
}

async fn bars(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.post(Resource::Bars, request).await
}

async fn limits(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.post(Resource::Limits, request).await
}

async fn events(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.post(Resource::Events, request).await
}

async fn products(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.post(Resource::Products, request).await
}

async fn document(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.authenticate(request.headers()).await?;
    let document = openapi::document(&api.desk.office().policy());
    Ok(problem::json(StatusCode::OK, "application/json", &document))
}

impl Api {
    /// One request, from its key to its answer.
    async fn post(&self, resource: Resource, request: Request) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        let key = self.authenticate(&parts.headers).await?;
        let policy = self.desk.office().policy();
        find(&resource, &policy)?;
        let needed = need(&resource);
        if !key.may.iter().any(|may| may.covers(&needed)) {
            let how = format!("it lacks `{needed}`: make another with `comity keys new NAME --may {needed}`");
            return Err(Problem::new(Kind::NOT_ALLOWED, how));
        }
        request::is_json(&parts.headers)?;
        let repeat_key = request::repeat_key(&parts.headers)?;
        let body = request::body(body, self.clock.as_ref()).await?;
        let repeat = repeat_key.map(|name| Repeat {
            name: Sha256::digest(name).into(),
            request: Sha256::new()
                .chain_update(parts.uri.path())
                .chain_update([0])
                .chain_update(&body)
                .finalize()
                .into(),
        });
        let (shape, rows) = match self.desk.read(&body, &resource, &policy) {
            Ok(read) => read,
            // It may have been taken under other rules: then that is the answer.
            Err(refused) => match self.desk.given(&key.id, repeat).await.map_err(failed)? {
                Some(results) => return Ok(repeated(results)),
                None => return Err(Problem::of_refused(refused)),
            },
        };
        let entered = self.desk.enter(Entry { key: key.id, rows, repeat }).await;
        match entered.map_err(failed)? {
            Entered::Done(results) => Ok(done(results)),
            Entered::Repeated(results) => Ok(repeated(results)),
            Entered::Rejected(rejected) => Err(Problem::of_rejected(&rejected, shape, &resource)),
            Entered::OtherRequest => {
                let how = "it was sent with another body or path; take a new one for each new request";
                Err(Problem::new(Kind::KEY_REUSED, how))
            }
            Entered::KeyRevoked => Err(Problem::no_key()),
        }
    }
}

fn done(results: Vec<Outcome>) -> Response {
    problem::json(StatusCode::OK, "application/json", &Results { results })
}

/// The same as it was answered before.
fn repeated(results: Vec<Outcome>) -> Response {
    let mut answer = done(results);
    answer.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    answer
}

/// A record type that the policy doesn't have is nowhere.
fn find(resource: &Resource, policy: &Policy) -> Result<(), Problem> {
    let Resource::Records(kind) = resource else { return Ok(()) };
    match policy.records.get(kind).map(|record| record.nature) {
        Some(Nature::Lasting) => return Ok(()),
        Some(Nature::Event) => {
            let how = format!("`{kind}` is an event: POST it to /v1/events, with \"type\": \"{kind}\"");
            return Err(Problem::new(Kind::NOT_FOUND, how));
        }
        None => {}
    }
    let help = did_you_mean(kind, policy.records_of(Nature::Lasting).map(String::as_str));
    let help = help.map(|help| format!("; {help}")).unwrap_or_default();
    Err(Problem::new(Kind::NOT_FOUND, format!("policy.toml has no such record type{help}")))
}

/// What a key needs for a resource.
fn need(resource: &Resource) -> May {
    match resource {
        Resource::Customers => May::Customers,
        Resource::Records(kind) => May::Records(Some(kind.clone())),
        // What customers said, all three.
        Resource::Consents | Resource::Bars | Resource::Limits => May::Consents,
        Resource::Events => May::Events,
        Resource::Products => May::Products,
    }
}

fn failed(failed: EntryFailed) -> Problem {
    match failed {
        EntryFailed::UnderWay => Problem::under_way(),
        EntryFailed::Store(error) => Problem::of_store(&error),
        EntryFailed::BrokenOff => Problem::new(Kind::BROKEN, "the log says what is wrong"),
    }
}
