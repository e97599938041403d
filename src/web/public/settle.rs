//! The page behind the owner's link about a visit that nobody is known for: `GET` asks whose it is, `POST` settles it.
//!
//! Promise · `GET`, `HEAD` and `OPTIONS` change nothing. The page shows what the mail that carried its link says, and no
//! more, because mail is forwarded; a `POST` that names anybody but the likely customers changes nothing and tells
//! nothing. The second `POST` gets the same answer as the first. Past the visit the link is dead, and says so.

use super::{Public, Token, look::Style, pages};
use crate::{
    engine::{
        desk::AnswerFailed,
        office::visits::{Likely, Question, Waiting, settled_by},
        owner::words::Tongue,
    },
    render::note::foreign,
};
use askama::Template;
use axum::{
    body::Body,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

/// Everything that the page says in one language.
struct SettleWords {
    tag: &'static str,
    tongue: Tongue,
    ask: &'static str,
    visit: &'static str,
    says: &'static str,
    legend: &'static str,
    nobody: &'static str,
    otherwise: &'static str,
    settled: (&'static str, &'static str),
    not_taken: (&'static str, &'static str),
    over: (&'static str, &'static str),
    gone: (&'static str, &'static str),
    failed: (&'static str, &'static str),
    not_found: (&'static str, &'static str),
    privacy: &'static str,
}

/// What the page says.
enum Page {
    /// The question.
    Ask { visit: i64, says: String, likely: Vec<Choice> },
    /// It has its customer.
    Settled(&'static str),
    /// It can't be settled here: why, and what the database says of it.
    Closed(&'static str, Option<String>),
}

/// A customer who may be meant.
struct Choice {
    customer: String,
    name: String,
}

#[derive(Template)]
#[template(path = "pages/settle.html")]
struct Frame<'a> {
    words: &'static SettleWords,
    style: Style,
    business: &'a str,
    heading: &'static str,
    when: Option<String>,
    page: Page,
}

/// Asks whose it is.
pub(super) async fn ask(State(public): State<Public>, token: Token) -> Response {
    match public.visit(&token) {
        Some(visit) => public.question(public.visits.whose(visit).await),
        None => public.no_question(),
    }
}

/// Takes the owner's word.
pub(super) async fn settle(State(public): State<Public>, token: Token, body: Body) -> Response {
    let Some(visit) = public.visit(&token) else { return public.no_question() };
    // In a task of its own, because hyper drops this one when the caller hangs up.
    let task = tokio::spawn({
        let public = public.clone();
        async move {
            match public.field(body, "customer").await {
                Some(customer) => public.visits.settle(visit, &customer).await,
                None => public.visits.whose(visit).await,
            }
        }
    });
    public.question(task.await.unwrap_or_else(|gone| Err(AnswerFailed(gone.to_string()))))
}

impl Public {
    fn visit(&self, token: &Token) -> Option<i64> {
        let Path(token) = token.as_ref().ok()?;
        settled_by(&self.keys, token.trim_end_matches('/'))
    }

    fn question(&self, question: Result<Question, AnswerFailed>) -> Response {
        let words = self.settle_words();
        let (heading, when, page) = match question {
            Ok(Question::Open(Waiting { visit, starts_at, says, likely, .. })) => {
                let when = words.tongue.moment(starts_at, self.desk.business().time_zone);
                let likely = likely.into_iter().map(choice).collect();
                (words.ask, Some(when), Page::Ask { visit, says: foreign(&says.join(" · ")), likely })
            }
            Ok(Question::Settled) => (words.settled.0, None, Page::Settled(words.settled.1)),
            Ok(Question::NotTaken(why)) => (words.not_taken.0, None, Page::Closed(words.not_taken.1, Some(why))),
            Ok(Question::Over) => (words.over.0, None, Page::Closed(words.over.1, None)),
            Ok(Question::Gone) => (words.gone.0, None, Page::Closed(words.gone.1, None)),
            Err(why) => {
                tracing::error!(%why, "a visit could not be settled, or not be shown");
                let page = Page::Closed(words.failed.1, None);
                return self.settle_page(StatusCode::SERVICE_UNAVAILABLE, words, words.failed.0, None, page);
            }
        };
        self.settle_page(StatusCode::OK, words, heading, when, page)
    }

    fn no_question(&self) -> Response {
        let words = self.settle_words();
        let page = Page::Closed(words.not_found.1, None);
        self.settle_page(StatusCode::NOT_FOUND, words, words.not_found.0, None, page)
    }

    /// In the language of the mail.
    fn settle_words(&self) -> &'static SettleWords {
        match Tongue::of(&self.desk.business().language) {
            Tongue::English => &ENGLISH,
            Tongue::French => &FRENCH,
        }
    }

    fn settle_page(
        &self,
        status: StatusCode,
        words: &'static SettleWords,
        heading: &'static str,
        when: Option<String>,
        page: Page,
    ) -> Response {
        let business = self.desk.business().name;
        let frame = Frame { words, style: self.style(), business: &business, heading, when, page };
        pages::html(status, words.tag, heading, &frame)
    }
}

fn choice(likely: Likely) -> Choice {
    let name = foreign(&likely.words());
    Choice { customer: likely.customer, name }
}

const ENGLISH: SettleWords = SettleWords {
    tag: "en",
    tongue: Tongue::English,
    ask: "Whose visit is it?",
    visit: "The visit",
    says: "Your calendar says",
    legend: "It may be one of these. Your word holds for the whole series.",
    nobody: "No customer fits. Import them first, then say whose visit it is:",
    otherwise: "Somebody else? Then say it on the machine where Comity runs:",
    settled: (
        "This visit has its customer",
        "Their reminders are planned, and later visits of its series are theirs too.",
    ),
    not_taken: ("Noted, but not taken yet", "It is written down whose the visit is, but it can’t be taken now:"),
    over: ("This visit is over", "There is nothing left to settle."),
    gone: ("This visit is gone", "It was cancelled, or your calendar has it no more. There is nothing left to settle."),
    failed: ("We couldn’t write that down", "Please open the link again in a minute."),
    not_found: (
        "This link doesn’t lead anywhere",
        "Some mail programs cut long links. Please open it from the message once more.",
    ),
    privacy: "This page is for the business. It sets no cookies.",
};

const FRENCH: SettleWords = SettleWords {
    tag: "fr",
    tongue: Tongue::French,
    ask: "À qui est ce rendez-vous ?",
    visit: "Le rendez-vous",
    says: "Votre agenda dit",
    legend: "C’est peut-être l’un d’eux. Votre réponse vaut pour toute la série.",
    nobody: "Aucun client ne convient. Importez-le d’abord, puis dites à qui est ce rendez-vous :",
    otherwise: "Quelqu’un d’autre ? Dites-le sur la machine où tourne Comity :",
    settled: (
        "Ce rendez-vous a son client",
        "Ses rappels sont prévus, et les rendez-vous suivants de la série sont aussi les siens.",
    ),
    not_taken: (
        "Noté, mais pas encore pris",
        "Il est noté à qui est ce rendez-vous, mais il ne peut pas être pris maintenant :",
    ),
    over: ("Ce rendez-vous est passé", "Il n’y a plus rien à régler."),
    gone: (
        "Ce rendez-vous n’existe plus",
        "Il a été annulé, ou votre agenda ne l’a plus. Il n’y a plus rien à régler.",
    ),
    failed: ("Cela n’a pas pu être enregistré", "Rouvrez le lien dans une minute."),
    not_found: (
        "Ce lien ne mène nulle part",
        "Certains logiciels de messagerie coupent les longs liens. Rouvrez-le depuis le message.",
    ),
    privacy: "Cette page est pour l’établissement. Elle ne dépose aucun cookie.",
};
