//! The page behind a stop link: `GET` asks, `POST` stops.
//!
//! What · `GET /u/{token}` shows from what, for which mailbox (masked), and one button. `POST` to the same address
//! stops, at once, and answers when the stop holds. The same address stands in `List-Unsubscribe`, so the `POST` may be a
//! person's, by our button, or a mail program's (RFC 8058).
//!
//! Promise · Method and token decide, nothing else. The body may be `List-Unsubscribe=One-Click` in either encoding, in
//! any order, too long, cut off, something else or nothing: a stop is a stop. No cookie, referrer or origin is looked
//! at. The second `POST` gets the same answer as the first. Tokens don't expire and aren't used up. `GET`, `HEAD` and
//! `OPTIONS` change nothing, because mail scanners follow every link. No answer redirects (RFC 8058 3.1), so the
//! address with a slash at its end is the address. A caller who hangs up doesn't undo the stop.
//!
//! Promise · A forged token, a cut one, and a customer who is gone get the same answer, to the byte; the MAC is checked
//! before the database is asked.
//!
//! Not promised · Secrecy of a link that its owner forwards: whoever holds it can stop this one purpose, and sees the
//! masked mailbox and the name of the business. Nothing else.
//!
//! Invariant: there is no limit on the rate, no log line with a token, and no template that says who clicked.

mod address;
mod address_words;
mod answer;
mod answer_words;
mod look;
mod my_data;
mod my_data_words;
mod pages;
mod preference_words;
mod preferences;
mod privacy;
mod privacy_words;
mod recommended;
mod recommended_words;
mod settle;
pub mod forms;
mod sign_up;
mod sign_up_words;
mod why;
mod why_words;
mod words;

use crate::{
    base::{
        Clock, NetworkPrefix,
        keys::Keyring,
        token::{Link, LinkPurpose},
    },
    deliver::Pace,
    engine::desk::{
        AnswerDesk, PreferenceDesk, PrivacyDesk, Readiness, RecommendedDesk, StopDesk, StopOutcome, StopView,
        VisitDesk, WhyDesk, address::AddressDesk, my_data::MyDataDesk, sign_up::SignUpDesk,
    },
    ledger::entry::StopVia,
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, Method, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use http_body_util::BodyExt;
use look::Style;
use pages::{Page, STYLE};
use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc, time::Duration};
use words::Words;

/// Octets of a body that are looked at; what comes after is not read.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// A body that takes longer is not waited for.
const BODY_FOR: Duration = Duration::from_secs(5);
/// What our own button sends, so that the ledger can say which button it was.
const OUR_BUTTON: &[u8] = b"from=page";

/// What the page needs to know.
#[derive(Clone)]
pub struct Public {
    /// Verifies tokens.
    pub keys: Arc<Keyring>,
    /// Takes stops.
    pub desk: Arc<dyn StopDesk>,
    /// Takes answers.
    pub answers: Arc<dyn AnswerDesk>,
    /// Takes the owner's word about visits.
    pub visits: Arc<dyn VisitDesk>,
    /// Takes what people choose.
    pub preferences: Arc<dyn PreferenceDesk>,
    /// Says why messages came.
    pub why: Arc<dyn WhyDesk>,
    /// Shows what was recommended, and takes what people say of it.
    pub recommended: Arc<dyn RecommendedDesk>,
    /// Shows the privacy notice.
    pub privacy: Arc<dyn PrivacyDesk>,
    /// Shows people their own data.
    pub my_data: Arc<dyn MyDataDesk>,
    /// Takes wishes for another address.
    pub addresses: Arc<dyn AddressDesk>,
    /// Takes sign-ups.
    pub sign_ups: Arc<dyn SignUpDesk>,
    /// How many of those a minute, whoever they come from.
    pub sign_up_pace: Arc<Pace>,
    /// For the limit on a body's time.
    pub clock: Arc<dyn Clock>,
}

/// More people than this sign up in no minute; robots do.
const SIGN_UPS_PER_MINUTE: NonZeroU32 = match NonZeroU32::new(300) {
    Some(most) => most,
    None => NonZeroU32::MIN,
};

impl Public {
    /// One desk takes everything.
    #[must_use]
    pub fn at<D>(desk: Arc<D>, keys: Arc<Keyring>, clock: Arc<dyn Clock>) -> Self
    where
        D: StopDesk
            + AnswerDesk
            + VisitDesk
            + PreferenceDesk
            + WhyDesk
            + RecommendedDesk
            + PrivacyDesk
            + SignUpDesk
            + MyDataDesk
            + AddressDesk
            + 'static,
    {
        Self {
            keys,
            answers: desk.clone(),
            visits: desk.clone(),
            preferences: desk.clone(),
            why: desk.clone(),
            recommended: desk.clone(),
            privacy: desk.clone(),
            my_data: desk.clone(),
            addresses: desk.clone(),
            sign_ups: desk.clone(),
            sign_up_pace: Arc::new(Pace::new(SIGN_UPS_PER_MINUTE, &BTreeMap::new(), &clock)),
            desk,
            clock,
        }
    }
}

/// The public side: stop links, and two addresses for whoever watches over the daemon.
///
/// # Errors
/// Never with the style that this binary holds: its hash makes a header.
pub fn router(public: Public) -> Result<Router, header::InvalidHeaderValue> {
    let desk = Arc::clone(&public.desk);
    // A style that makes no header is a fault of ours, to be known at once.
    Style::of(desk.business().look).policy()?;
    Ok(Router::new()
        .route("/u/{*token}", get(ask).post(stop).options(options))
        .route("/proof/{token}", get(look).post(prove).options(options))
        .route("/a/{answer}/{*token}", get(answer::ask).post(answer::take).options(options))
        .route("/visit/{*token}", get(settle::ask).post(settle::settle).options(options))
        .route("/preferences/{*token}", get(preferences::ask).post(preferences::keep).options(options))
        .route("/why/{*token}", get(why::say).options(options))
        .route("/recommended/{*token}", get(recommended::ask).post(recommended::say).options(options))
        .route("/privacy", get(privacy::now).options(options))
        .route("/privacy/{version}", get(privacy::version).options(options))
        .route("/sign-up", get(sign_up::form).post(sign_up::take).options(options))
        .route("/confirm/{*token}", get(sign_up::ask).post(sign_up::confirm).options(options))
        .route("/my-data/{*token}", get(my_data::ask).post(my_data::open).options(options))
        .route("/address/{*token}", get(address::ask).post(address::agree).options(options))
        .route("/logo/{digest}", get(look::logo).options(options))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(readiness))
        .fallback(unknown)
        .with_state(public)
        .layer(middleware::map_response(move |response| {
            // By the files in force at this moment, as the page itself.
            let policy = Style::of(desk.business().look).policy();
            async move { super::shield::cover(response, policy.unwrap_or(super::shield::NOTHING)) }
        })))
}

type Token = Result<Path<String>, PathRejection>;

async fn ask(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::Stop) else { return public.elsewhere(&token, &headers) };
    match public.desk.look(&link).await {
        Some(view) => {
            let words = public.words(Some(&view), &headers);
            let page = Page::Ask { view: &view, preferences: public.preference_url(&link) };
            pages::answer(StatusCode::OK, words, &view.business, public.style(), &page)
        }
        None => public.not_found(&headers),
    }
}

async fn stop(State(public): State<Public>, token: Token, headers: HeaderMap, body: Body) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::Stop) else { return public.elsewhere(&token, &headers) };
    // In a task of its own, because hyper drops this one when the caller hangs up.
    let task = tokio::spawn({
        let (public, link) = (public.clone(), link.clone());
        async move {
            let via = public.which_button(body).await;
            public.desk.stop(&link, via).await
        }
    });
    let outcome = task.await.map_err(|gone| gone.to_string()).and_then(|done| done.map_err(|why| why.to_string()));
    let view = public.desk.look(&link).await;
    let words = public.words(view.as_ref(), &headers);
    let business = view.as_ref().map_or_else(|| public.desk.business().name, |view| view.business.clone());
    let business = business.as_str();
    match outcome {
        Ok(StopOutcome::Stopped) => {
            let page = Page::Stopped { view: view.as_ref(), preferences: public.preference_url(&link) };
            pages::answer(StatusCode::OK, words, business, public.style(), &page)
        }
        Ok(StopOutcome::Journalled { within }) => {
            let seconds = within.map(|within| within.as_secs().max(1));
            pages::answer(StatusCode::OK, words, business, public.style(), &Page::Journalled { seconds })
        }
        Ok(StopOutcome::Unknown) => public.not_found(&headers),
        Err(why) => {
            tracing::error!(plan = link.plan.0, why, "a stop could not be written down");
            pages::answer(StatusCode::SERVICE_UNAVAILABLE, words, business, public.style(), &Page::Failed)
        }
    }
}

/// The owner's link in `comity send-test`. Looking changes nothing: scanners look, too.
async fn look(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    match public.verify(&token, LinkPurpose::Proof) {
        Some(_) => public.page(StatusCode::OK, &headers, &Page::Prove),
        None => public.not_found(&headers),
    }
}

async fn prove(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::Proof) else { return public.not_found(&headers) };
    match public.desk.prove(&link.purpose) {
        Ok(()) => public.page(StatusCode::OK, &headers, &Page::Proven),
        Err(why) => {
            tracing::error!(%why, "the proof of the public page could not be written down");
            public.page(StatusCode::SERVICE_UNAVAILABLE, &headers, &Page::Prove)
        }
    }
}

/// From where somebody comes, as the proxy in front says it. What leads to a person doesn't enter.
fn from(headers: &HeaderMap) -> Option<NetworkPrefix> {
    NetworkPrefix::forwarded(headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?)
}

async fn options() -> Response {
    (StatusCode::NO_CONTENT, [(header::ALLOW, "GET, HEAD, OPTIONS, POST")]).into_response()
}

async fn readiness(State(public): State<Public>) -> Response {
    let (status, text) = match public.desk.readiness() {
        Readiness::Ready => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting\n".to_owned()),
        Readiness::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned()),
        Readiness::DatabaseAway(why) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("the database is away ({why}); stops are journalled\n"))
        }
    };
    (status, text).into_response()
}

async fn unknown(State(public): State<Public>, method: Method, headers: HeaderMap) -> Response {
    if method == Method::OPTIONS { options().await } else { public.not_found(&headers) }
}

impl Public {
    fn verify(&self, token: &Token, act: LinkPurpose) -> Option<Link> {
        let Path(token) = token.as_ref().ok()?;
        Link::verify(&self.keys, act, token.trim_end_matches('/'))
    }

    /// A link that stops nothing: of a rehearsal, or none of ours.
    fn elsewhere(&self, token: &Token, headers: &HeaderMap) -> Response {
        match self.verify(token, LinkPurpose::Rehearsed) {
            Some(_) => self.page(StatusCode::OK, headers, &Page::Rehearsed),
            None => self.not_found(headers),
        }
    }

    /// A page that knows no customer.
    fn page(&self, status: StatusCode, headers: &HeaderMap, page: &Page<'_>) -> Response {
        pages::answer(status, self.words(None, headers), &self.desk.business().name, self.style(), page)
    }

    fn words(&self, view: Option<&StopView>, headers: &HeaderMap) -> &'static Words {
        let theirs = view.and_then(|view| view.language.as_ref());
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        words::choose(theirs, accepted, &self.desk.business().language)
    }

    fn not_found(&self, headers: &HeaderMap) -> Response {
        self.page(StatusCode::NOT_FOUND, headers, &Page::NotFound)
    }

    /// A body, as far as it comes in time.
    async fn body(&self, body: Body) -> Bytes {
        tokio::select! {
            bytes = read(body) => bytes,
            () = self.clock.wait_for(BODY_FOR) => Bytes::new(),
        }
    }

    /// What a form of ours says under this name. It offers plain words and ids, but for the signs that forms write in
    /// their own way.
    async fn field(&self, body: Body, name: &str) -> Option<String> {
        let bytes = self.body(body).await;
        let mut pairs = std::str::from_utf8(&bytes).ok()?.split('&');
        let value = pairs.find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))?;
        Some(value.replace("%40", "@").replace("%3A", ":"))
    }

    /// The mail program's button, unless the body is exactly what ours sends.
    async fn which_button(&self, body: Body) -> StopVia {
        if self.body(body).await.trim_ascii() == OUR_BUTTON { StopVia::Page } else { StopVia::OneClick }
    }
}

/// Reads a body to its end, or to the limit, or to where it breaks.
async fn read(body: Body) -> Bytes {
    let limited = http_body_util::Limited::new(body, BODY_BYTES_MAX);
    limited.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default()
}
