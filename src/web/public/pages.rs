//! The page's states, each with its template under `templates/pages`.

use super::{look::Style, words::Words};
use crate::engine::desk::StopView;
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// The one style sheet, inline, so that the page is one answer.
pub const STYLE: &str = include_str!("../../../templates/pages/stop.css");

/// What the page says.
pub enum Page<'a> {
    /// The question, with the button.
    Ask {
        /// From what.
        view: &'a StopView,
        /// Where one can choose something else.
        preferences: Option<String>,
    },
    /// The stop holds.
    Stopped {
        /// From what; nothing when the database can't say.
        view: Option<&'a StopView>,
        /// Where one can choose something else.
        preferences: Option<String>,
    },
    /// The stop is on disk, and holds at the latest after this time; or, without one, when the database is back.
    Journalled {
        /// The bound.
        seconds: Option<u64>,
    },
    /// The stop is nowhere.
    Failed,
    /// A stop link of a rehearsal: nothing to stop.
    Rehearsed,
    /// The owner looks whether the page is there.
    Prove,
    /// It is, and that is on disk.
    Proven,
    /// Not a link of ours, or not any more.
    NotFound,
}

#[derive(Template)]
#[template(path = "pages/stop.html")]
struct Frame<'a> {
    words: &'static Words,
    style: Style,
    business: &'a str,
    heading: &'static str,
    page: &'a Page<'a>,
}

/// The page as an answer.
pub fn answer(status: StatusCode, words: &'static Words, business: &str, style: Style, page: &Page<'_>) -> Response {
    let heading = match page {
        Page::Ask { .. } => words.ask,
        Page::Stopped { .. } => words.stopped,
        Page::Journalled { .. } => words.journalled,
        Page::Failed => words.failed,
        Page::Rehearsed => words.rehearsed,
        Page::Prove => words.prove,
        Page::Proven => words.proven,
        Page::NotFound => words.not_found,
    };
    html(status, words.tag, heading, &Frame { words, style, business, heading, page })
}

/// A page as an answer, in this language.
pub fn html(status: StatusCode, language: &'static str, heading: &str, page: &impl Template) -> Response {
    // The templates have nothing in them that could fail; were it otherwise, the heading alone is still the answer.
    let html = page.render().unwrap_or_else(|_| heading.to_owned());
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}
