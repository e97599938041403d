//! The page of preferences: what one gets, on or off, how often, from when on, in which language; and nothing at all.
//!
//! What · `GET /preferences/{token}` shows what holds now. `POST` to the same address keeps one choice, says what changed,
//! and offers to take it back. Each choice is a form of its own with one button, so that nothing is chosen by the way.
//!
//! Promise · `GET`, `HEAD` and `OPTIONS` change nothing, because mail scanners follow every link. What reduces sending is
//! said to hold when no message can leave any more that it stops (promise P2). Stopping works while the database is away.
//! A forged link, a cut one, one that is too old, and a customer who is gone get the same answer, to the byte.
//!
//! Promise · Leaving is one step, and joining is no easier: one kind is switched on by one click where nobody said no, and
//! after a "no", and for a purpose with a double opt-in, by a message to the mailbox with a button of its own. What was just changed can be taken back, by a value that is signed, good for half an
//! hour, and good only as long as nothing else changed.
//!
//! Not promised · Secrecy of a link that its owner forwards. Whoever holds it sees the masked mailbox and what it gets, and
//! can change that, for 90 days; never a name, a value, or what was before.

mod form;
mod shown;

use super::{
    Public, Token,
    look::Style,
    pages,
    preference_words::{self, PreferenceWords},
    sign_up::ALL,
    sign_up_words, words,
};
use crate::{
    base::{
        EmailAddress, NetworkPrefix, Zone,
        token::{Link, LinkPurpose},
    },
    engine::desk::{AnswerFailed, PreferenceView, Stands, StopOutcome},
    people::Language,
    store::{Choice, Chosen, TakenBack, Undo},
};
use askama::Template;
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use form::{Wanted, wanted};
use shown::{Renewal, Shown, said, shown, shown_in, title};
use std::time::Duration;

/// A link of a message leads here for so long.
pub(super) const LINK_FOR: Duration = Duration::from_hours(90 * 24);
/// A change can be taken back for so long.
const UNDO_FOR: Duration = Duration::from_mins(30);

/// What the page says.
enum Page {
    /// What holds now.
    Shown(Box<Shown>),
    /// The database is away: what can be stopped all the same.
    Failed { purpose: String },
    /// A link of a rehearsal.
    Rehearsed(&'static str),
    /// Not a link of ours, or not any more.
    NotFound,
}

/// What became of what was asked, above the page.
#[derive(Default)]
struct Told {
    sentence: &'static str,
    /// What it is about, after it.
    what: String,
    /// What stands behind that.
    rest: &'static str,
    /// The form's value that takes it back.
    undo: Option<String>,
    is_fault: bool,
}

#[derive(Template)]
#[template(path = "pages/preferences.html")]
struct Frame<'a> {
    words: &'static PreferenceWords,
    style: Style,
    business: &'a str,
    heading: &'static str,
    told: Option<Told>,
    page: Page,
    not_found: &'static str,
}

/// Shows what holds.
pub(super) async fn ask(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.preference_link(&token) else { return public.no_preferences(&token, &headers) };
    let view = public.preferences.preferences(&link).await;
    public.show_preferences(view, &link, None, &headers)
}

/// Keeps a choice.
pub(super) async fn keep(State(public): State<Public>, token: Token, headers: HeaderMap, body: Body) -> Response {
    let Some(link) = public.preference_link(&token) else { return public.no_preferences(&token, &headers) };
    // In a task of its own, because hyper drops this one when the caller hangs up.
    let task = tokio::spawn({
        let (public, headers) = (public.clone(), headers.clone());
        async move { public.carry_out(&link, body, &headers).await }
    });
    task.await.unwrap_or_else(|_| public.no_preferences(&token, &headers))
}

impl Public {
    /// A link that is ours and not too old.
    pub(super) fn preference_link(&self, token: &Token) -> Option<Link> {
        self.verify(token, LinkPurpose::Preferences).filter(|link| link.is_within(LINK_FOR, self.clock.now()))
    }

    /// The address of the page for whoever holds this link, for as long as it leads there.
    pub(super) fn preference_url(&self, link: &Link) -> Option<String> {
        let is_young = link.is_within(LINK_FOR, self.clock.now());
        is_young.then(|| {
            format!(
                "{}/preferences/{}",
                self.desk.business().public_url,
                link.sign(&self.keys, LinkPurpose::Preferences)
            )
        })
    }

    async fn carry_out(&self, link: &Link, body: Body, headers: &HeaderMap) -> Response {
        let before = self.preferences.preferences(link).await;
        let shown = before.as_ref().ok().and_then(Option::as_ref);
        let (now, zone) = shown.map_or_else(|| (self.clock.now(), Zone::UTC), |view| (view.now, view.zone));
        let wanted = wanted(&self.body(body).await, now, zone);
        let words = self.preference_words(before.as_ref().ok().and_then(Option::as_ref), headers);
        if let (Ok(None), _) = (&before, &wanted) {
            return self.not_a_link(headers);
        }
        let told = match self.done(link, (wanted, super::from(headers)), before.ok().flatten().as_ref(), words).await {
            Ok(Some(told)) => told,
            Ok(None) => Told { sentence: words.told.nothing, is_fault: true, ..Told::default() },
            Err(why) => {
                tracing::error!(%why, "a choice of a customer's could not be kept");
                return self.preferences_failed(link, words);
            }
        };
        let view = self.preferences.preferences(link).await;
        self.show_preferences(view, link, Some(told), headers)
    }

    async fn done(
        &self,
        link: &Link,
        (wanted, from): (Wanted, Option<NetworkPrefix>),
        view: Option<&PreferenceView>,
        words: &'static PreferenceWords,
    ) -> Result<Option<Told>, AnswerFailed> {
        let told = &words.told;
        Ok(match wanted {
            Wanted::Stop(purpose) => {
                let stopped = self.preferences.stop_of(link, &purpose).await;
                let (outcome, undo) = stopped.map_err(|why| AnswerFailed(why.to_string()))?;
                self.told_of_stop(link, &purpose, outcome, undo, view, words)
            }
            Wanted::On(purpose) => {
                // Nobody agrees to words that they can't have seen.
                let Some(language) = shown_in(&purpose, view, words) else { return Ok(None) };
                self.chosen(link, Choice::On { purpose, language, from }, view, words).await?
            }
            Wanted::Renew(purpose) => {
                let Some(language) = shown_in(&purpose, view, words) else { return Ok(None) };
                self.chosen(link, Choice::Renew { purpose, language, from }, view, words).await?
            }
            Wanted::Object => {
                let objected = self.preferences.object(link).await?;
                let sentence = |is_new| if is_new { told.objected } else { told.already };
                objected.map(|is_new| Told { sentence: sentence(is_new), ..Told::default() })
            }
            Wanted::Ask(purpose) => {
                let Some(language) = shown_in(&purpose, view, words) else { return Ok(None) };
                self.ask_by_mail(link, &purpose, language, words).await?
            }
            Wanted::Data => self.mail_link_to_data(link, words).await?,
            Wanted::Move(to) => self.mail_about_address(link, to, words).await?,
            Wanted::BadAddress => {
                let sentence = sign_up_words::of(words.tag).no_address;
                Some(Told { sentence, is_fault: true, ..Told::default() })
            }
            Wanted::Choose(choice) => self.chosen(link, choice, view, words).await?,
            Wanted::Undo(value) => {
                let back = match self.undo_of(link, &value) {
                    Some(undo) => self.preferences.take_back(link, undo).await?,
                    None => Some(TakenBack::Outdated),
                };
                back.map(|back| Told {
                    sentence: if back == TakenBack::Now { told.undone } else { told.outdated },
                    is_fault: back == TakenBack::Outdated,
                    ..Told::default()
                })
            }
            Wanted::AsItIs => Some(Told { sentence: told.already, ..Told::default() }),
            Wanted::BadDay => Some(Told { sentence: told.bad_day, is_fault: true, ..Told::default() }),
            Wanted::Nothing => None,
        })
    }

    /// What is told is the same whether they were asked lately or not.
    async fn ask_by_mail(
        &self,
        link: &Link,
        purpose: &str,
        language: Language,
        words: &'static PreferenceWords,
    ) -> Result<Option<Told>, AnswerFailed> {
        let say = sign_up_words::of(words.tag);
        if self.sign_up_pace.take(ALL).is_err() {
            return Ok(Some(Told { sentence: say.too_many.1, is_fault: true, ..Told::default() }));
        }
        let (_, sentence, rest) = say.taken;
        let asked = self.preferences.ask_about(link, purpose, language).await?;
        Ok(asked.map(|()| Told { sentence, rest, ..Told::default() }))
    }

    /// What is told is the same whether it was asked for a moment ago or not.
    async fn mail_link_to_data(
        &self,
        link: &Link,
        words: &'static PreferenceWords,
    ) -> Result<Option<Told>, AnswerFailed> {
        if self.sign_up_pace.take(ALL).is_err() {
            let sentence = sign_up_words::of(words.tag).too_many.1;
            return Ok(Some(Told { sentence, is_fault: true, ..Told::default() }));
        }
        let asked = self.my_data.ask_for_link(link).await?;
        Ok(asked.map(|()| Told { sentence: words.told.data, ..Told::default() }))
    }

    /// What is told is the same whoever's the new address is.
    async fn mail_about_address(
        &self,
        link: &Link,
        to: EmailAddress,
        words: &'static PreferenceWords,
    ) -> Result<Option<Told>, AnswerFailed> {
        if self.sign_up_pace.take(ALL).is_err() {
            let sentence = sign_up_words::of(words.tag).too_many.1;
            return Ok(Some(Told { sentence, is_fault: true, ..Told::default() }));
        }
        let asked = self.addresses.ask_to_move(link, to).await?;
        Ok(asked.map(|()| Told { sentence: words.told.address, ..Told::default() }))
    }

    async fn chosen(
        &self,
        link: &Link,
        choice: Choice,
        view: Option<&PreferenceView>,
        words: &'static PreferenceWords,
    ) -> Result<Option<Told>, AnswerFailed> {
        let (sentence, what) = said(&choice, view, words);
        let told = &words.told;
        Ok(self.preferences.choose(link, choice).await?.map(|chosen| match chosen {
            Chosen::Now(undo) => Told { sentence, what, undo: self.undo_value(link, &undo), ..Told::default() },
            Chosen::Renewed => Told { sentence, what, ..Told::default() },
            Chosen::Already => Told { sentence: told.already, ..Told::default() },
            Chosen::NoStands => Told { sentence: told.no_stands, is_fault: true, ..Told::default() },
        }))
    }

    fn told_of_stop(
        &self,
        link: &Link,
        purpose: &str,
        outcome: StopOutcome,
        undo: Option<Undo>,
        view: Option<&PreferenceView>,
        words: &'static PreferenceWords,
    ) -> Option<Told> {
        let told = &words.told;
        let undo = undo.and_then(|undo| self.undo_value(link, &undo));
        match outcome {
            StopOutcome::Stopped if purpose.is_empty() => {
                Some(Told { sentence: told.all_stopped, undo, ..Told::default() })
            }
            StopOutcome::Stopped => {
                Some(Told { sentence: told.stopped, what: title(purpose, view, words), undo, ..Told::default() })
            }
            StopOutcome::Journalled { within } => {
                let Some(within) = within else {
                    return Some(Told { sentence: told.journalled_here, ..Told::default() });
                };
                let [before, after] = told.journalled;
                let what = within.as_secs().max(1).to_string();
                Some(Told { sentence: before, what, rest: after, ..Told::default() })
            }
            StopOutcome::Unknown => None,
        }
    }

    /// A change, signed, for whoever holds this link.
    fn undo_value(&self, link: &Link, undo: &Undo) -> Option<String> {
        let purpose = serde_json::to_string(undo).ok()?;
        let link = Link { purpose, issued_at: self.clock.now(), ..link.clone() };
        Some(link.sign(&self.keys, LinkPurpose::Undo))
    }

    fn undo_of(&self, link: &Link, value: &str) -> Option<Undo> {
        let undo = Link::verify(&self.keys, LinkPurpose::Undo, value)?;
        let is_theirs = undo.customer == link.customer && undo.is_within(UNDO_FOR, self.clock.now());
        if is_theirs { serde_json::from_str(&undo.purpose).ok() } else { None }
    }

    /// A link that shows no preferences: of a rehearsal, or none of ours.
    pub(super) fn no_preferences(&self, token: &Token, headers: &HeaderMap) -> Response {
        match self.verify(token, LinkPurpose::Rehearsed) {
            Some(_) => {
                let words = self.preference_words(None, headers);
                let (heading, sentence) = words.rehearsed;
                self.preference_page(StatusCode::OK, words, heading, None, Page::Rehearsed(sentence))
            }
            None => self.not_a_link(headers),
        }
    }

    fn not_a_link(&self, headers: &HeaderMap) -> Response {
        let words = self.preference_words(None, headers);
        self.preference_page(StatusCode::NOT_FOUND, words, self.words(None, headers).not_found, None, Page::NotFound)
    }

    fn preferences_failed(&self, link: &Link, words: &'static PreferenceWords) -> Response {
        let page = Page::Failed { purpose: link.purpose.clone() };
        self.preference_page(StatusCode::SERVICE_UNAVAILABLE, words, words.failed, None, page)
    }

    fn show_preferences(
        &self,
        view: Result<Option<PreferenceView>, AnswerFailed>,
        link: &Link,
        told: Option<Told>,
        headers: &HeaderMap,
    ) -> Response {
        match view {
            Ok(Some(view)) => {
                let words = self.preference_words(Some(&view), headers);
                let why = format!(
                    "{}/why/{}",
                    self.desk.business().public_url,
                    link.sign(&self.keys, LinkPurpose::Preferences)
                );
                let has_signal = headers.get("sec-gpc").is_some_and(|value| value == "1");
                let page = Page::Shown(Box::new(shown(&view, words, why, has_signal)));
                self.preference_page(StatusCode::OK, words, words.title, told, page)
            }
            Ok(None) => self.not_a_link(headers),
            Err(why) => {
                tracing::warn!(%why, "a customer's preferences can't be shown");
                let words = self.preference_words(None, headers);
                // A stop that could be written down has its own answer, whatever can be shown beside it.
                let status = if told.is_some() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                let page = Page::Failed { purpose: link.purpose.clone() };
                self.preference_page(status, words, words.failed, told, page)
            }
        }
    }

    pub(super) fn preference_words(
        &self,
        view: Option<&PreferenceView>,
        headers: &HeaderMap,
    ) -> &'static PreferenceWords {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let theirs = view.and_then(|view| view.language.as_ref());
        preference_words::named(words::choose(theirs, accepted, &self.desk.business().language).tag)
    }

    fn preference_page(
        &self,
        status: StatusCode,
        words: &'static PreferenceWords,
        heading: &'static str,
        told: Option<Told>,
        page: Page,
    ) -> Response {
        let business = self.desk.business().name;
        let not_found = words.not_found_advice;
        let frame = Frame { words, style: self.style(), business: &business, heading, told, page, not_found };
        pages::html(status, words.tag, heading, &frame)
    }
}
