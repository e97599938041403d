//! The form by which somebody signs up, and the page behind the link that is mailed to them: a double opt-in.
//!
//! What · `GET /sign-up` shows one box for each purpose that rests on consent, none of them ticked; `POST` takes it, from
//! this page or from a form on the business's own. `GET /confirm/{token}` asks, `POST` to the same address confirms.
//!
//! Promise · `GET`, `HEAD` and `OPTIONS` change nothing. Whoever signs an address up hears the same whether anybody is
//! known by it, has stopped, or was asked already. A robot that fills the field which nobody sees hears it, too, and
//! nothing is kept. A link confirms once, for seven days.
//!
//! Not promised · That nobody else types an address: it gets one question in thirty days, and nothing without an answer.

use super::{
    Public, Token,
    look::Style,
    pages,
    sign_up_words::{self, SignUpWords},
    words::{self, Words},
};
use crate::{
    base::{EmailAddress, token::LinkPurpose},
    engine::desk::sign_up::{ConfirmView, Offer, SignUpFailed, Wish},
    people::Language,
    store::sign_ups::ConfirmStanding,
};
use askama::Template;
use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

/// Sign-ups are limited together, by nobody's address: a proxy stands before this page, and robots have many.
pub(super) const ALL: &str = "";

/// What the page says.
enum Page<'a> {
    /// The form, with what was typed before and what is wrong with it.
    Form { offers: Vec<(Offer, &'static str)>, wrong: Option<&'static str>, address: String },
    /// The question behind the link.
    Question { view: &'a ConfirmView },
    /// Sentences, and perhaps the way to the form.
    Said { sentences: Vec<&'static str>, role: &'static str, again: bool },
}

#[derive(Template)]
#[template(path = "pages/sign_up.html")]
struct Frame<'a> {
    words: &'static Words,
    say: &'static SignUpWords,
    style: Style,
    business: &'a str,
    heading: &'static str,
    page: Page<'a>,
}

/// What a form said.
#[derive(Default)]
struct Typed {
    address: String,
    purposes: Vec<String>,
    language: Option<Language>,
    /// What nobody sees, and robots fill.
    trap: String,
}

impl Typed {
    fn read(bytes: &[u8]) -> Self {
        let mut typed = Self::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            match &*name {
                "email" => value.trim().clone_into(&mut typed.address),
                "for" => typed.purposes.push(value.into_owned()),
                "lang" => typed.language = Language::parse(&value),
                "website" => typed.trap = value.into_owned(),
                _ => {}
            }
        }
        typed
    }
}

/// Shows the form.
pub(super) async fn form(State(public): State<Public>, query: RawQuery, headers: HeaderMap) -> Response {
    let typed = Typed::read(query.0.unwrap_or_default().as_bytes());
    let words = public.words_for(typed.language.as_ref(), &headers);
    public.form_page(words, StatusCode::OK, &Typed { purposes: Vec::new(), ..typed }, None)
}

/// Takes what the form says.
pub(super) async fn take(State(public): State<Public>, headers: HeaderMap, body: Body) -> Response {
    let typed = Typed::read(&public.body(body).await);
    let words = public.words_for(typed.language.as_ref(), &headers);
    let say = sign_up_words::of(words.tag);
    let offers = public.offers(words);
    if offers.is_empty() {
        return public.form_page(words, StatusCode::NOT_FOUND, &typed, None);
    }
    let Ok(address) = EmailAddress::parse(&typed.address) else {
        return public.form_page(words, StatusCode::UNPROCESSABLE_ENTITY, &typed, Some(say.no_address));
    };
    if !offers.iter().any(|offer| typed.purposes.contains(&offer.key)) {
        return public.form_page(words, StatusCode::UNPROCESSABLE_ENTITY, &typed, Some(say.no_choice));
    }
    let (heading, first, second) = say.taken;
    if typed.trap.is_empty() {
        if public.sign_up_pace.take(ALL).is_err() {
            let (heading, sentence) = say.too_many;
            return public.say(words, StatusCode::TOO_MANY_REQUESTS, heading, vec![sentence]);
        }
        let language = Language::parse(words.tag).unwrap_or_else(|| public.desk.business().language);
        let wish = Wish { address, purposes: typed.purposes, language };
        // In a task of its own, because hyper drops this one when the caller hangs up.
        let desk = public.sign_ups.clone();
        let kept = tokio::spawn(async move { desk.sign_up(wish).await }).await;
        if let Err(why) = kept.map_err(|gone| SignUpFailed(gone.to_string())).and_then(|kept| kept) {
            tracing::error!(%why, "a sign-up could not be written down");
            let (heading, sentence) = say.failed;
            return public.say(words, StatusCode::SERVICE_UNAVAILABLE, heading, vec![sentence]);
        }
    }
    public.say(words, StatusCode::OK, heading, vec![first, second])
}

/// Shows the question.
pub(super) async fn ask(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::Confirm) else { return public.elsewhere(&token, &headers) };
    let found = public.sign_ups.question(&link).await;
    public.show_question(found, &headers, Act::Look)
}

/// Takes the answer.
pub(super) async fn confirm(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::Confirm) else { return public.elsewhere(&token, &headers) };
    let (desk, from) = (public.sign_ups.clone(), super::from(&headers));
    let answer = tokio::spawn(async move { desk.confirm(&link, from).await }).await;
    let found = answer.map_err(|gone| SignUpFailed(gone.to_string())).and_then(|found| found);
    public.show_question(found, &headers, Act::Take)
}

/// What was asked of the page behind the link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Look,
    Take,
}

impl Public {
    pub(super) fn words_for(&self, chosen: Option<&Language>, headers: &HeaderMap) -> &'static Words {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        words::choose(chosen, accepted, &self.desk.business().language)
    }

    fn offers(&self, words: &Words) -> Vec<Offer> {
        let business = self.desk.business().language;
        self.sign_ups.offers(&Language::parse(words.tag).unwrap_or(business))
    }

    fn form_page(
        &self,
        words: &'static Words,
        status: StatusCode,
        typed: &Typed,
        wrong: Option<&'static str>,
    ) -> Response {
        let say = sign_up_words::of(words.tag);
        let offers = self.offers(words);
        if offers.is_empty() {
            let (heading, sentence) = say.closed;
            return self.say(words, StatusCode::NOT_FOUND, heading, vec![sentence]);
        }
        // What was ticked stays ticked after a mistake; nothing is before.
        let checked = |offer: &Offer| if typed.purposes.contains(&offer.key) { " checked" } else { "" };
        let offers = offers.into_iter().map(|offer| {
            let checked = checked(&offer);
            (offer, checked)
        });
        let page = Page::Form { offers: offers.collect(), wrong, address: typed.address.clone() };
        self.sign_up_page(words, status, say.ask, page)
    }

    fn say(
        &self,
        words: &'static Words,
        status: StatusCode,
        heading: &'static str,
        sentences: Vec<&'static str>,
    ) -> Response {
        let role = if status == StatusCode::OK { "status" } else { "alert" };
        self.sign_up_page(words, status, heading, Page::Said { sentences, role, again: false })
    }

    fn show_question(
        &self,
        found: Result<Option<ConfirmView>, SignUpFailed>,
        headers: &HeaderMap,
        act: Act,
    ) -> Response {
        let view = match found {
            Ok(Some(view)) => view,
            Ok(None) => return self.not_found(headers),
            Err(why) => {
                tracing::error!(%why, "a confirmation could not be asked about or written down");
                let words = self.words_for(None, headers);
                let (heading, sentence) = sign_up_words::of(words.tag).failed;
                return self.say(words, StatusCode::SERVICE_UNAVAILABLE, heading, vec![sentence]);
            }
        };
        let words = self.words_for(view.language.as_ref(), headers);
        let say = sign_up_words::of(words.tag);
        let (heading, sentence) = match (view.standing, act) {
            // What the policy has taken back since can't be agreed to.
            (ConfirmStanding::Open, _) if view.offers.is_empty() => say.expired,
            (ConfirmStanding::Open, Act::Look) => {
                return self.sign_up_page(words, StatusCode::OK, say.confirm, Page::Question { view: &view });
            }
            (ConfirmStanding::Open, Act::Take) => say.confirmed,
            (ConfirmStanding::Confirmed, _) => say.already,
            (ConfirmStanding::Expired, _) => say.expired,
        };
        let again = heading == say.expired.0;
        let page = Page::Said { sentences: vec![sentence], role: if again { "alert" } else { "status" }, again };
        self.sign_up_page(words, StatusCode::OK, heading, page)
    }

    fn sign_up_page(
        &self,
        words: &'static Words,
        status: StatusCode,
        heading: &'static str,
        page: Page<'_>,
    ) -> Response {
        let (say, business) = (sign_up_words::of(words.tag), self.desk.business().name);
        let frame = Frame { words, say, style: self.style(), business: &business, heading, page };
        pages::html(status, words.tag, heading, &frame)
    }
}
