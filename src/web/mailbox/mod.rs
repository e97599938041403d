//! The demo's mailbox: the letters of people who don't exist, shown as their mail programs would.
//!
//! It stands on an address of its own, beside the daemon and not in it, on this machine only. A letter's HTML is shown
//! in a frame that may not run anything, not send forms and not load anything; its links open beside it, so that the
//! stop link can be tried.

pub mod letter;
mod pages;

pub use letter::Letter;

use crate::{deliver::transport::Boxed, web::shield};
use axum::{
    Form, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use std::{collections::BTreeSet, sync::Arc};

/// The demo, as its mailbox sees it.
pub trait Host: Send + Sync {
    /// All letters, oldest first.
    fn letters(&self) -> Vec<Arc<Letter>>;
    /// How things stand.
    fn scene(&self) -> Boxed<'_, Scene>;
    /// A customer's story in sentences, oldest first.
    fn story<'a>(&'a self, customer: &'a str) -> Boxed<'a, Vec<String>>;
    /// Lets a day pass. Returns when everything that was due in it is done.
    fn advance(&self) -> Boxed<'_, ()>;
}

/// How things stand, in words and numbers.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// The business's name.
    pub business: String,
    /// The demo's time, in the business's zone, for people.
    pub time: String,
    /// The command that explains, up to the customer.
    pub explain: String,
    /// Messages planned and not yet due.
    pub waiting: u64,
    /// Messages that left.
    pub sent: u64,
    /// Messages that will never leave, with the reason; newest first.
    pub refused: Vec<Refused>,
    /// Customers who pressed stop.
    pub stopped: BTreeSet<String>,
    /// A letter whose customer has another message of the same kind to come: stopping shows there.
    pub worth_stopping: Option<Arc<Letter>>,
}

/// A message that didn't leave.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When that was decided, for people.
    pub time: String,
    /// Whose it would have been.
    pub customer: String,
    /// The gate's sentence.
    pub because: String,
}

#[derive(Clone)]
struct Mailbox {
    host: Arc<dyn Host>,
    policy: HeaderValue,
}

/// The mailbox's pages.
///
/// # Errors
/// Never with the style that this binary holds: its hash makes a header.
pub fn router(host: Arc<dyn Host>) -> Result<Router, header::InvalidHeaderValue> {
    let policy = shield::policy(pages::STYLE, "frame-src 'self'; ")?;
    Ok(Router::new()
        .route("/", get(list))
        .route("/letters/{number}", get(letter))
        .route("/letters/{number}/body", get(body))
        .route("/letters/{number}/visit.ics", get(calendar))
        .route("/advance", post(advance))
        .with_state(Mailbox { host, policy }))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn list(State(mailbox): State<Mailbox>, Query(Search { q }): Query<Search>) -> Response {
    // The scene first: it takes in what came since somebody looked last.
    let scene = mailbox.host.scene().await;
    let mut letters = mailbox.host.letters();
    letters.retain(|letter| letter.has(&q) == letter::Found::Here);
    letters.reverse();
    mailbox.page(pages::list(&scene, &letters, &q))
}

#[derive(Deserialize)]
struct View {
    #[serde(default)]
    view: String,
}

async fn letter(State(mailbox): State<Mailbox>, Path(number): Path<usize>, Query(view): Query<View>) -> Response {
    let Some(letter) = mailbox.letter(number) else { return mailbox.nothing() };
    let scene = mailbox.host.scene().await;
    let story = mailbox.host.story(&letter.customer).await;
    let tab = pages::Tab::named(&view.view);
    mailbox.page(pages::letter(&scene, &letter, &story, tab))
}

/// The letter's own HTML, for the frame. Whatever stands in it, it is inert.
async fn body(State(mailbox): State<Mailbox>, Path(number): Path<usize>) -> Response {
    const INERT: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
                         style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
    let Some(letter) = mailbox.letter(number) else { return mailbox.nothing() };
    // Links open beside the mailbox instead of in its frame.
    let html = format!("<base target=\"_blank\">{}", letter.html);
    let answer = ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    let mut covered = shield::cover(answer, HeaderValue::from_static(INERT));
    covered.headers_mut().insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    covered
}

async fn calendar(State(mailbox): State<Mailbox>, Path(number): Path<usize>) -> Response {
    let Some(calendar) = mailbox.letter(number).and_then(|letter| letter.calendar.clone()) else {
        return mailbox.nothing();
    };
    let answer = ([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], calendar).into_response();
    shield::cover(answer, mailbox.policy)
}

#[derive(Deserialize)]
struct Advance {
    #[serde(default)]
    back: String,
}

async fn advance(State(mailbox): State<Mailbox>, headers: HeaderMap, Form(form): Form<Advance>) -> Response {
    // Another site's page may not drive the demo (OWASP ASVS 5.0: 3.5.1). Browsers that say where a form stands say it
    // truthfully; what says nothing is no browser.
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok()).unwrap_or("none");
    if !matches!(site, "same-origin" | "none") {
        return (StatusCode::FORBIDDEN, "This button works only on the mailbox's own page.\n").into_response();
    }
    mailbox.host.advance().await;
    let number: Option<usize> = form.back.parse().ok();
    let back = number.map_or_else(|| "/".to_owned(), |number| format!("/letters/{number}"));
    shield::cover(Redirect::to(&back).into_response(), mailbox.policy)
}

impl Mailbox {
    fn letter(&self, number: usize) -> Option<Arc<Letter>> {
        self.host.letters().into_iter().find(|letter| letter.number == number)
    }

    fn page(self, rendered: askama::Result<String>) -> Response {
        let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        let answer = match rendered {
            Ok(page) => (html, page).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        };
        shield::cover(answer, self.policy)
    }

    fn nothing(self) -> Response {
        shield::cover((StatusCode::NOT_FOUND, "There is no such letter.\n").into_response(), self.policy)
    }
}
