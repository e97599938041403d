//! The privacy notice: `GET /privacy`, and `GET /privacy/{version}` for one that was in force.
//!
//! Promise · It is there for everybody, without a link of theirs, and also while the database is away. It changes nothing.

use super::{
    Public,
    look::Style,
    pages,
    privacy_words::{self, LANGUAGES, PrivacyWords},
};
use crate::{
    base::{Instant, Zone},
    engine::desk::privacy::NoticeView,
    people::Language,
    privacy::{Line, Told},
    render::{Speech, colon},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};

#[derive(Template)]
#[template(path = "pages/privacy.html")]
struct Frame<'a> {
    words: &'static PrivacyWords,
    style: Style,
    business: &'a str,
    heading: &'a str,
    path: String,
    since: String,
    told: Option<&'a Told>,
    others: Vec<Other>,
    languages: [(&'static str, &'static str); 3],
}

/// What stands under a heading, as HTML lays it out.
enum Block<'a> {
    Heading(&'a str),
    Said(&'a str),
    /// Items that follow each other: one list.
    Items(Vec<(&'a str, &'a str)>),
    Link(&'a str),
}

/// Another version, by the day on which it came into force.
struct Other {
    version: String,
    day: String,
}

/// Shows the notice in force.
pub(super) async fn now(State(public): State<Public>, query: RawQuery, headers: HeaderMap) -> Response {
    let (words, language) = public.privacy_words(query, &headers);
    let view = public.privacy.in_force(&language).await;
    match view {
        Some(view) => public.notice("/privacy".to_owned(), words, &language, &view, words.since),
        None => public.not_found(&headers),
    }
}

/// Shows a version.
pub(super) async fn version(
    State(public): State<Public>,
    version: Result<Path<String>, PathRejection>,
    query: RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(Path(version)) = version else { return public.not_found(&headers) };
    let (words, language) = public.privacy_words(query, &headers);
    match public.privacy.version(&version, &language).await {
        Ok(Some(view)) => {
            let in_force = public.privacy.in_force(&language).await;
            let is_in_force = in_force.is_some_and(|in_force| in_force.version == view.version);
            let since = if is_in_force { words.since } else { words.earlier };
            public.notice(format!("/privacy/{}", view.version), words, &language, &view, since)
        }
        Ok(None) => public.not_found(&headers),
        Err(why) => {
            tracing::warn!(%why, "a privacy notice can't be shown");
            public.no_notice(words)
        }
    }
}

impl Public {
    fn privacy_words(&self, query: RawQuery, headers: &HeaderMap) -> (&'static PrivacyWords, Language) {
        let query = query.0.unwrap_or_default();
        let chosen = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang");
        let chosen = chosen.and_then(|(_, tag)| Language::parse(&tag));
        let tag = self.words_for(chosen.as_ref(), headers).tag;
        let language = Language::parse(tag).unwrap_or_else(|| self.desk.business().language);
        (privacy_words::of(tag), language)
    }

    fn notice(
        &self,
        path: String,
        words: &'static PrivacyWords,
        language: &Language,
        view: &NoticeView,
        since: &str,
    ) -> Response {
        let business = self.desk.business();
        let day = |at| day(at, business.time_zone, language);
        let since = view
            .since
            .map_or_else(String::new, |at| since.replace("{day}", &day(at)).replace("{version}", &view.version));
        let others = view.others.iter().map(|other| Other { version: other.version.clone(), day: day(other.since) });
        let frame = Frame {
            words,
            style: self.style(),
            business: &business.name,
            heading: &view.told.title,
            path,
            since,
            told: Some(&view.told),
            others: others.collect(),
            languages: LANGUAGES,
        };
        pages::html(StatusCode::OK, words.tag, &view.told.title, &frame)
    }

    fn no_notice(&self, words: &'static PrivacyWords) -> Response {
        let frame = Frame {
            words,
            style: self.style(),
            business: &self.desk.business().name,
            heading: words.failed.0,
            path: String::new(),
            since: String::new(),
            told: None,
            others: Vec::new(),
            languages: LANGUAGES,
        };
        pages::html(StatusCode::SERVICE_UNAVAILABLE, words.tag, words.failed.0, &frame)
    }
}

fn blocks(lines: &[Line]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    for line in lines {
        match (line, blocks.last_mut()) {
            (Line::Item(word, rest), Some(Block::Items(items))) => items.push((word.as_str(), rest.as_str())),
            (Line::Item(word, rest), _) => blocks.push(Block::Items(vec![(word, rest)])),
            (Line::Heading(heading), _) => blocks.push(Block::Heading(heading)),
            (Line::Said(sentence), _) => blocks.push(Block::Said(sentence)),
            (Line::Link(page), _) => blocks.push(Block::Link(page)),
        }
    }
    blocks
}

fn day(at: Instant, zone: Zone, language: &Language) -> String {
    let day = zone.local(at).date();
    Speech::of(language).map_or_else(|| day.to_string(), |speech| speech.date(day))
}
