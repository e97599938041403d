//! The page behind the link that somebody asked for, to all that is known about them: `GET /my-data/{token}` asks, `POST` to the
//! same address opens.
//!
//! What · One button opens it. Then it can be read, taken away as an archive, said to be wrong, and erased; each is a form of its
//! own.
//!
//! Promise · `GET`, `HEAD` and `OPTIONS` change nothing and show nothing but the masked mailbox, because mail scanners follow every
//! link. The link opens once, within an hour from when its message left, and what it opened stays open for a quarter of an hour:
//! who clicks twice, or takes the archive after reading, is not sent away. A forged link, a cut one, and a person who is gone
//! get the same answer, to the byte.
//!
//! Not promised · Secrecy from whoever else reads the mailbox.

use super::{
    Public, Token,
    look::Style,
    my_data_words::{self, MyDataWords},
    pages,
};
use crate::{
    base::{Instant, Zone, civil::CivilTime, token::LinkPurpose},
    engine::desk::{
        AnswerFailed,
        my_data::{DataDone, DataView, DataWish, OwnData, OwnWord},
    },
    people::{ConsentKind, Language},
    render::Speech,
    store::LinkStands,
};
use askama::Template;
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

/// More than this of what somebody writes is cut off.
const WORDS_MAX: usize = 2_000;

/// What the page says.
enum Page {
    /// The question, with the button.
    Closed { mailbox: String },
    /// All that is known.
    Shown(Box<Shown>),
    /// A heading's sentence: it is over, gone, or failed.
    Said { sentence: &'static str, is_fault: bool },
}

/// What is known, in words.
struct Shown {
    /// What became of what they asked for.
    told: Option<(&'static str, bool)>,
    about: Vec<(String, String)>,
    /// Each by what it is and when, with its fields.
    records: Vec<(String, Vec<(String, String)>)>,
    consents: Vec<String>,
    messages: Vec<String>,
    history: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/my_data.html")]
struct Frame<'a> {
    words: &'static MyDataWords,
    style: Style,
    business: &'a str,
    heading: &'static str,
    page: Page,
}

/// Shows the button.
pub(super) async fn ask(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::MyData) else { return public.elsewhere(&token, &headers) };
    match public.my_data.look(&link).await {
        Ok(Some(view)) => public.closed(view, &headers),
        Ok(None) => public.not_found(&headers),
        Err(why) => public.no_data(&why, &headers),
    }
}

/// Opens, and does what the form asks for.
pub(super) async fn open(State(public): State<Public>, token: Token, headers: HeaderMap, body: Body) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::MyData) else { return public.elsewhere(&token, &headers) };
    let (wish, told) = wish(&public.body(body).await);
    // In a task of its own, because hyper drops this one when the caller hangs up.
    let desk = public.my_data.clone();
    let done = tokio::spawn(async move { desk.do_with_data(&link, wish).await }).await;
    match done.map_err(|gone| AnswerFailed(gone.to_string())).and_then(|done| done) {
        Ok(Some(DataDone::Shown(data))) => public.data(&data, told, &headers),
        Ok(Some(DataDone::Confirmed(data))) => public.data(&data, Some(Said::Confirmed), &headers),
        Ok(Some(DataDone::Enough(data))) => public.data(&data, Some(Said::Enough), &headers),
        Ok(Some(DataDone::Noted(data))) => public.data(&data, Some(Said::Noted), &headers),
        Ok(Some(DataDone::Taken(archive))) => taken(archive),
        Ok(Some(DataDone::Erased(language))) => {
            let words = public.data_words(language.as_ref(), &headers);
            public.data_page(StatusCode::OK, words, words.erased.0, said(words.erased.1))
        }
        Ok(Some(DataDone::Over(view))) => public.closed(view, &headers),
        Ok(None) => public.not_found(&headers),
        Err(why) => public.no_data(&why, &headers),
    }
}

/// What the form asks for, and what is to be said of it already. Whatever else comes opens the page, and does nothing more.
fn wish(body: &[u8]) -> (DataWish, Option<Said>) {
    let field = |name: &str| form_urlencoded::parse(body).find_map(|(of, value)| (of == name).then_some(value));
    match field("do").as_deref() {
        Some("take") => (DataWish::Take, None),
        Some("erase") => (DataWish::Erase, None),
        Some("confirm") => (DataWish::Confirm, None),
        Some("correct") => match field("words").as_deref().unwrap_or_default().trim() {
            "" => (DataWish::See, Some(Said::Nothing)),
            words => (DataWish::Correct(words.chars().take(WORDS_MAX).collect()), None),
        },
        _ => (DataWish::See, None),
    }
}

/// What became of what they wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    Confirmed,
    Noted,
    Enough,
    Nothing,
}

fn taken(archive: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"my-data.zip\""),
    ];
    (StatusCode::OK, headers, archive).into_response()
}

const fn said(sentence: &'static str) -> Page {
    Page::Said { sentence, is_fault: false }
}

impl Public {
    fn data_words(&self, theirs: Option<&Language>, headers: &HeaderMap) -> &'static MyDataWords {
        my_data_words::of(self.words_for(theirs, headers).tag)
    }

    fn closed(&self, view: DataView, headers: &HeaderMap) -> Response {
        let words = self.data_words(view.language.as_ref(), headers);
        match view.stands {
            LinkStands::Fresh | LinkStands::Open => {
                self.data_page(StatusCode::OK, words, words.title, Page::Closed { mailbox: view.mailbox })
            }
            LinkStands::Over => self.data_page(
                StatusCode::OK,
                words,
                words.over.0,
                Page::Said { sentence: words.over.1, is_fault: true },
            ),
        }
    }

    fn data(&self, data: &OwnData, told: Option<Said>, headers: &HeaderMap) -> Response {
        let words = self.data_words(data.language.as_ref(), headers);
        let told = told.map(|told| match told {
            Said::Confirmed => (words.confirmed, false),
            Said::Noted => (words.noted, false),
            Said::Enough => (words.enough, true),
            Said::Nothing => (words.nothing, true),
        });
        let page = Page::Shown(Box::new(shown(data, told, words)));
        self.data_page(StatusCode::OK, words, words.title, page)
    }

    fn no_data(&self, why: &AnswerFailed, headers: &HeaderMap) -> Response {
        tracing::error!(%why, "what is known about a customer can't be shown to them");
        let words = self.data_words(None, headers);
        let page = Page::Said { sentence: words.failed.1, is_fault: true };
        self.data_page(StatusCode::SERVICE_UNAVAILABLE, words, words.failed.0, page)
    }

    fn data_page(
        &self,
        status: StatusCode,
        words: &'static MyDataWords,
        heading: &'static str,
        page: Page,
    ) -> Response {
        let business = self.desk.business().name;
        let frame = Frame { words, style: self.style(), business: &business, heading, page };
        pages::html(status, words.tag, heading, &frame)
    }
}

fn shown(data: &OwnData, told: Option<(&'static str, bool)>, words: &'static MyDataWords) -> Shown {
    let language = Language::parse(words.tag).unwrap_or_else(|| data.policy.business.language.clone());
    let title = |purpose: &str| {
        let declared = data.policy.purposes.get(purpose);
        declared.map_or(purpose, |purpose| purpose.title_in(&language)).to_owned()
    };
    let day = |at| day(at, data.zone, &language);
    let mut about = vec![(words.address.to_owned(), data.address.clone())];
    about.extend(data.language.iter().map(|language| (words.language.to_owned(), language.tag().to_owned())));
    about.push((words.zone.to_owned(), data.zone.name().to_owned()));
    about.extend(data.fields.iter().cloned());
    let consent = |word: &OwnWord| {
        let of = word.purpose.as_deref().map_or_else(|| words.everything.to_owned(), title);
        let said = if word.kind == ConsentKind::Granted { words.yes } else { words.no };
        format!("{} · {said} {of}, {}", day(word.at), words.how(word.method))
    };
    Shown {
        told,
        about,
        records: data.records.iter().map(|(kind, fields)| record(kind, fields, &language)).collect(),
        consents: data.consents.iter().map(consent).collect(),
        messages: data.messages.iter().map(|(at, purpose)| format!("{} · {}", day(*at), title(purpose))).collect(),
        history: data.history.iter().map(|(at, sentence)| format!("{} · {sentence}", minute(*at, data.zone))).collect(),
    }
}

fn day(at: Instant, zone: Zone, language: &Language) -> String {
    let day = zone.local(at).date();
    Speech::of(language).map_or_else(|| day.to_string(), |speech| speech.date(day))
}

/// By what it is, and the first date that it bears. Times are shown as people write them.
fn record(kind: &str, fields: &[(String, String)], language: &Language) -> (String, Vec<(String, String)>) {
    let dates = fields.iter().filter_map(|(_, text)| CivilTime::parse(text));
    let name = match (dates.map(|time| time.local.date()).next(), Speech::of(language)) {
        (Some(date), Some(speech)) => format!("{kind} · {}", speech.date(date)),
        (Some(date), None) => format!("{kind} · {date}"),
        (None, _) => kind.to_owned(),
    };
    let shown = |text: &str| {
        CivilTime::parse(text).map_or_else(|| text.to_owned(), |time| time.local.format("%Y-%m-%d %H:%M").to_string())
    };
    (name, fields.iter().map(|(name, text)| (name.clone(), shown(text))).collect())
}

fn minute(at: Instant, zone: Zone) -> String {
    zone.local(at).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_erased_by_what_no_form_of_ours_sends() {
        for body in ["", "do", "do=", "erase", "erase=erase", "do=erased", "words=x", "do=see&do=erase", "\u{fffd}"] {
            assert_eq!(wish(body.as_bytes()), (DataWish::See, None), "{body}");
        }
        assert_eq!(wish(b"do=erase"), (DataWish::Erase, None));
        assert_eq!(wish(b"do=confirm"), (DataWish::Confirm, None));
        assert_eq!(wish(b"do=take"), (DataWish::Take, None));
        let correct = |words: &str| (DataWish::Correct(words.to_owned()), None);
        assert_eq!(wish(b"do=correct&words=+my+name+is+Zo%C3%AB+"), correct("my name is Zoë"));
        let long = format!("do=correct&words={}", "x".repeat(10_000));
        assert_eq!(wish(long.as_bytes()), correct(&"x".repeat(WORDS_MAX)));
        for body in ["do=correct", "do=correct&words=", "do=correct&words=+%0A"] {
            assert_eq!(wish(body.as_bytes()), (DataWish::See, Some(Said::Nothing)), "{body}");
        }
    }
}
