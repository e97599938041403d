//! The page behind the links of a reminder: `GET` shows the visit and three answers, `POST` takes one.
//!
//! What · `/a/coming/{token}`: the link says which answer is chosen already, the token whose visit and which message. The
//! `POST` goes to the same address with `answer=…`; without it, the link's own answer counts.
//!
//! Promise · `GET`, `HEAD` and `OPTIONS` change nothing, because mail scanners follow every link. The same answer twice is
//! one answer; another one replaces it until the visit begins. A link never goes dead in silence: past the visit, after a
//! move and after a cancellation the page says so. A caller who hangs up doesn't undo the answer.
//!
//! Not promised · That an answer is taken while the database is away: the page says that it was not.

use super::{
    Public,
    answer_words::{self, AnswerWords},
    look::Style,
    pages,
};
use crate::{
    base::{
        Zone,
        token::{Link, LinkPurpose},
    },
    engine::desk::{AnswerFailed, Standing, VisitView},
    people::Answer,
    render::Speech,
};
use askama::Template;
use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

/// What the page says.
enum Page {
    /// The question.
    Ask,
    /// The answer is on the visit, and this follows from it.
    Thanks(&'static str),
    /// It can't be answered, or not any more: why.
    Closed(&'static str),
    /// The answer is nowhere.
    Failed,
    /// Not a link of ours, or not any more.
    NotFound,
}

/// One of the answers, as the form offers it.
struct Choice {
    name: &'static str,
    words: &'static str,
    checked: &'static str,
}

#[derive(Template)]
#[template(path = "pages/answer.html")]
struct Frame<'a> {
    words: &'static AnswerWords,
    style: Style,
    business: &'a str,
    heading: &'static str,
    when: Option<String>,
    /// What was answered before.
    before: Option<&'static str>,
    choices: [Choice; 3],
    chosen: &'static str,
    page: Page,
}

/// What was asked of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Look,
    Take,
}

type Address = Result<Path<(String, String)>, PathRejection>;

/// Shows the visit.
pub(super) async fn ask(State(public): State<Public>, address: Address, headers: HeaderMap) -> Response {
    let Some((chosen, link)) = public.answer_link(&address, LinkPurpose::Answer) else {
        return public.no_answer(&address, &headers);
    };
    let view = public.answers.visit(&link).await;
    public.show(view, chosen, &headers, Act::Look)
}

/// Takes the answer.
pub(super) async fn take(State(public): State<Public>, address: Address, headers: HeaderMap, body: Body) -> Response {
    let Some((chosen, link)) = public.answer_link(&address, LinkPurpose::Answer) else {
        return public.no_answer(&address, &headers);
    };
    // In a task of its own, because hyper drops this one when the caller hangs up.
    let task = tokio::spawn({
        let public = public.clone();
        async move {
            // A body that says nothing that we know leaves the link's own answer.
            let said = public.field(body, "answer").await.and_then(|said| Answer::named(&said)).unwrap_or(chosen);
            (said, public.answers.answer(&link, said).await)
        }
    });
    let (said, view) = task.await.unwrap_or_else(|gone| (chosen, Err(AnswerFailed(gone.to_string()))));
    public.show(view, said, &headers, Act::Take)
}

impl Public {
    fn answer_link(&self, address: &Address, act: LinkPurpose) -> Option<(Answer, Link)> {
        let Path((answer, token)) = address.as_ref().ok()?;
        let link = Link::verify(&self.keys, act, token.trim_end_matches('/'))?;
        Some((Answer::named(answer)?, link))
    }

    /// A link that takes no answer: of a rehearsal, or none of ours.
    fn no_answer(&self, address: &Address, headers: &HeaderMap) -> Response {
        match self.answer_link(address, LinkPurpose::RehearsedAnswer) {
            Some((chosen, _)) => {
                let words = self.answer_words(None, headers);
                self.visit_page(words, words.rehearsed.0, Page::Closed(words.rehearsed.1), None, chosen)
            }
            None => self.no_visit(headers),
        }
    }

    fn show(
        &self,
        view: Result<Option<VisitView>, AnswerFailed>,
        chosen: Answer,
        headers: &HeaderMap,
        act: Act,
    ) -> Response {
        let words = self.answer_words(view.as_ref().ok().and_then(Option::as_ref), headers);
        let view = match view {
            Ok(Some(view)) => view,
            Ok(None) => return self.no_visit(headers),
            Err(why) => {
                tracing::error!(%why, "an answer could not be taken, or its visit not be shown");
                return self.visit_page(words, words.failed, Page::Failed, None, chosen);
            }
        };
        let said = words.of(chosen);
        let (heading, page) = match (view.standing, act) {
            (Standing::Ahead, Act::Look) => (words.ask, Page::Ask),
            (Standing::Ahead, Act::Take) => (said.thanks, Page::Thanks(said.follows)),
            (Standing::Over, _) => (words.over.0, Page::Closed(words.over.1)),
            (Standing::Moved, _) => (words.moved.0, Page::Closed(words.moved.1)),
            (Standing::Cancelled, _) => (words.cancelled.0, Page::Closed(words.cancelled.1)),
        };
        self.visit_page(words, heading, page, Some(&view), chosen)
    }

    fn no_visit(&self, headers: &HeaderMap) -> Response {
        let words = self.answer_words(None, headers);
        self.visit_page(words, words.not_found, Page::NotFound, None, Answer::Coming)
    }

    fn answer_words(&self, view: Option<&VisitView>, headers: &HeaderMap) -> &'static AnswerWords {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        answer_words::choose(view.and_then(|view| view.language.as_ref()), accepted, &self.desk.business().language)
    }

    fn visit_page(
        &self,
        words: &'static AnswerWords,
        heading: &'static str,
        page: Page,
        view: Option<&VisitView>,
        chosen: Answer,
    ) -> Response {
        let status = match page {
            Page::Ask | Page::Thanks(_) | Page::Closed(_) => StatusCode::OK,
            Page::Failed => StatusCode::SERVICE_UNAVAILABLE,
            Page::NotFound => StatusCode::NOT_FOUND,
        };
        let frame = Frame {
            words,
            style: self.style(),
            business: &self.desk.business().name,
            heading,
            when: view.map(|view| when(view, words)),
            before: view.and_then(|view| view.answered).map(|answer| words.of(answer).choice),
            choices: Answer::ALL.map(|answer| Choice {
                name: answer.name(),
                words: words.of(answer).choice,
                checked: if answer == chosen { " checked" } else { "" },
            }),
            chosen: chosen.name(),
            page,
        };
        pages::html(status, words.tag, heading, &frame)
    }
}

/// When the visit is, on the clock of the place where it is.
fn when(view: &VisitView, words: &AnswerWords) -> String {
    let at = view.starts_at.zone.unwrap_or(Zone::UTC).zoned(view.starts_at.at(Zone::UTC));
    crate::people::Language::parse(words.tag)
        .and_then(|language| Speech::of(&language))
        .map_or_else(|| at.format("%Y-%m-%d %H:%M").to_string(), |speech| speech.datetime(&at))
}
