//! The page that says why one message came: `GET /why/{token}`.
//!
//! Promise · It shows what the message itself tells its reader, and why: the kind of message, the ground and since when, the
//! kinds of data that were read, the caps, what it recommended and why, and what to click. No value, no other message, no other purpose and no history
//! stands on it, because messages are forwarded. It changes nothing, whatever comes.

use super::{
    Public, Token,
    look::Style,
    pages, recommended, recommended_words,
    why_words::{self, WhyWords},
    words,
};
use crate::{
    base::token::{Link, LinkPurpose},
    engine::desk::why::{Datum, Declared, Ground, WhyView},
    people::Language,
    policy::{Cap, Policy},
    privacy::caps::{self, Reach},
    render::{Speech, colon, flow::Place},
    workflow::{Moment, Trigger},
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

/// What the page says.
enum Page {
    /// Why.
    Shown(Box<Shown>),
    /// The database is away.
    Failed,
}

/// The reasons, in words.
struct Shown {
    mailbox: String,
    title: String,
    promise: String,
    trigger: &'static str,
    name: String,
    ground: &'static str,
    since: Option<String>,
    data: Vec<Line>,
    caps: Vec<Line>,
    recommended: Vec<recommended::Product>,
    recommended_title: &'static str,
    recommended_url: String,
    purpose: String,
    preferences: String,
    offers_data: bool,
}

/// A word, and what is said of it.
struct Line {
    word: String,
    rest: String,
}

#[derive(Template)]
#[template(path = "pages/why.html")]
struct Frame<'a> {
    words: &'static WhyWords,
    style: Style,
    business: &'a str,
    heading: &'static str,
    page: Page,
}

/// Says why.
pub(super) async fn say(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.preference_link(&token) else { return public.no_preferences(&token, &headers) };
    let view = match public.why.why(&link).await {
        Ok(Some(view)) => Some(view),
        Ok(None) => return public.no_preferences(&token, &headers),
        Err(why) => {
            tracing::warn!(%why, "it can't be said why a message came");
            None
        }
    };
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let business = public.desk.business();
    let theirs = view.as_ref().and_then(|view| view.language.as_ref());
    let words = why_words::named(words::choose(theirs, accepted, &business.language).tag);
    let (status, heading, page) = match view {
        Some(view) => {
            let shown = shown(&view, public.own_preferences(&link), public.own_recommended(&link), words);
            let page = Page::Shown(Box::new(shown));
            (StatusCode::OK, words.title, page)
        }
        None => (StatusCode::SERVICE_UNAVAILABLE, words.failed.0, Page::Failed),
    };
    let frame = Frame { words, style: public.style(), business: &business.name, heading, page };
    pages::html(status, words.tag, heading, &frame)
}

impl Public {
    /// The address of the preferences of whoever holds this link.
    pub(super) fn own_preferences(&self, link: &Link) -> String {
        format!("{}/preferences/{}", self.desk.business().public_url, link.sign(&self.keys, LinkPurpose::Preferences))
    }
}

fn shown(view: &WhyView, preferences: String, recommended_url: String, words: &'static WhyWords) -> Shown {
    let tastes = recommended_words::of(words.tag);
    let language = Language::parse(words.tag).unwrap_or_else(|| view.policy.business.language.clone());
    let purpose = view.policy.purposes.get(&view.purpose);
    let (ground, since) = match view.ground {
        Ground::Agreed(at) => (words.grounds[0], Some(at)),
        Ground::Arranged(at) => (words.grounds[1], Some(at)),
        Ground::SignedUp(at) => (words.grounds[2], Some(at)),
        Ground::Bought(at) => (words.grounds[3], Some(at)),
        Ground::Asked(at) => (words.grounds[4], Some(at)),
        Ground::AskedToMove(at) => (words.grounds[5], Some(at)),
        Ground::Unknown => (words.grounds[6], None),
    };
    let date = |at| {
        let date = view.zone.local(at).date();
        Speech::of(&language).map_or_else(|| date.to_string(), |speech| speech.date(date))
    };
    Shown {
        mailbox: view.mailbox.clone(),
        title: purpose.map_or(view.purpose.as_str(), |purpose| purpose.title_in(&language)).to_owned(),
        promise: purpose.map_or("", |purpose| purpose.promise_in(&language)).to_owned(),
        trigger: words.triggers.get(trigger(view)).copied().unwrap_or_default(),
        name: view.workflow.replace(['-', '_'], " "),
        ground,
        since: since.map(date),
        data: view.data.iter().map(|datum| of_datum(datum, &view.policy, words, &language)).collect(),
        caps: view.caps.iter().map(|(reach, cap)| of_cap(*reach, cap, words.tag)).collect(),
        recommended: view.recommended.iter().map(|product| recommended::told(product, &view.policy, tastes)).collect(),
        recommended_title: tastes.title,
        recommended_url,
        purpose: view.purpose.clone(),
        preferences,
        offers_data: view.offers_data,
    }
}

/// Its place among the words.
fn trigger(view: &WhyView) -> usize {
    match &view.trigger {
        Some(_) if !view.recommended.is_empty() => 9,
        Some(Trigger::Before(_)) => 0,
        Some(Trigger::After(_)) => 1,
        Some(Trigger::Absent(_)) => 2,
        Some(Trigger::On(Moment::Created { .. } | Moment::Changed { .. })) => 3,
        Some(Trigger::On(Moment::Agreed(_))) => 4,
        Some(Trigger::Yearly { .. }) => 5,
        Some(Trigger::Cron { .. }) => 6,
        Some(Trigger::Digest { .. }) => 7,
        None => 8,
    }
}

/// What people read for it, else the names that the files give.
fn name_of(name: &str, policy: &Policy, words: &'static WhyWords, language: &Language) -> String {
    let title = policy.field(name).and_then(|field| field.title.as_ref());
    let record = |kind: &str| {
        let title = policy.records.get(kind).and_then(|record| record.title.as_ref());
        title.map_or(kind, |title| title.in_language(language)).to_owned()
    };
    match (title, name.split_once('.')) {
        (Some(title), _) => title.in_language(language).to_owned(),
        (None, None) => record(name),
        (None, Some(("customer", "email"))) => words.address.to_owned(),
        (None, Some(("customer", field))) => field.replace('_', " "),
        (None, Some((kind, field))) => format!("{}: {}", record(kind), field.replace('_', " ")),
    }
}

fn of_datum(datum: &Datum, policy: &Policy, words: &'static WhyWords, language: &Language) -> Line {
    let name = name_of(&datum.field, policy, words, language);
    let places = datum.places.iter().filter_map(|place| words.places.get(of_place(*place)).copied());
    let declared = match datum.declared {
        Declared::ForThis => words.declared[0],
        Declared::ForAll => words.declared[1],
        Declared::Implied => words.declared[2],
    };
    let sensitive = datum.sensitive.then_some(words.sensitive);
    let said: Vec<&str> = places.chain([declared]).chain(sensitive).collect();
    Line { word: name, rest: said.join(", ") }
}

const fn of_place(place: Place) -> usize {
    match place {
        Place::Recipient => 0,
        Place::Trigger => 1,
        Place::Condition => 2,
        Place::Cap => 3,
        Place::Subject => 4,
        Place::Body => 5,
        Place::Attachment => 6,
        Place::Task => 7,
        Place::Recommendation => 8,
    }
}

fn of_cap(reach: Reach, cap: &Cap, tag: &str) -> Line {
    let (of, most) = caps::said(reach, cap, tag);
    Line { word: of.to_owned(), rest: most }
}
