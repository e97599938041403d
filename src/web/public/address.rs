//! The page behind the link that asks a mailbox whether we shall write to another address: `GET /address/{token}` asks, `POST` to
//! the same address agrees.
//!
//! Promise · `GET`, `HEAD` and `OPTIONS` change nothing, because mail scanners follow every link. Nothing changes before both
//! mailboxes have agreed; each link agrees once, for seven days. A forged link, a cut one, and a person who is gone get the same
//! answer, to the byte.
//!
//! Not promised · Secrecy of a link that its owner forwards: whoever holds it sees both mailboxes masked, and can agree.

use super::{
    Public, Token,
    address_words::{self, AddressWords},
    look::Style,
    pages,
};
use crate::{
    base::token::LinkPurpose,
    engine::desk::{AnswerFailed, address::AddressView},
    store::{AddressStands, MailboxAsked},
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

/// What the page says.
enum Page {
    /// The question, with the button.
    Question { from: String, to: String },
    /// A sentence, and perhaps the address that it is about.
    Said { sentence: &'static str, to: Option<String>, is_fault: bool },
}

#[derive(Template)]
#[template(path = "pages/address.html")]
struct Frame<'a> {
    words: &'static AddressWords,
    style: Style,
    business: &'a str,
    heading: &'static str,
    page: Page,
}

/// What was asked of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Look,
    Agree,
}

/// Shows the question.
pub(super) async fn ask(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::Address) else { return public.elsewhere(&token, &headers) };
    let found = public.addresses.move_asked(&link).await;
    public.address_answer(found, Act::Look, &headers)
}

/// Takes the answer.
pub(super) async fn agree(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.verify(&token, LinkPurpose::Address) else { return public.elsewhere(&token, &headers) };
    // In a task of its own, because hyper drops this one when the caller hangs up.
    let desk = public.addresses.clone();
    let agreed = tokio::spawn(async move { desk.agree_to_move(&link).await }).await;
    let found = agreed.map_err(|gone| AnswerFailed(gone.to_string())).and_then(|found| found);
    public.address_answer(found, Act::Agree, &headers)
}

impl Public {
    fn address_answer(
        &self,
        found: Result<Option<AddressView>, AnswerFailed>,
        act: Act,
        headers: &HeaderMap,
    ) -> Response {
        let view = match found {
            Ok(Some(view)) => view,
            Ok(None) => return self.not_found(headers),
            Err(why) => {
                tracing::error!(%why, "a change of address could not be asked about or written down");
                let words = address_words::of(self.words_for(None, headers).tag);
                let page = Page::Said { sentence: words.failed.1, to: None, is_fault: true };
                return self.address_page(StatusCode::SERVICE_UNAVAILABLE, words, words.failed.0, page);
            }
        };
        let words = address_words::of(self.words_for(view.language.as_ref(), headers).tag);
        let ((heading, sentence), is_fault) = match (view.stands, view.asked, act) {
            (AddressStands::Open, _, Act::Look) => {
                let page = Page::Question { from: view.from, to: view.to };
                return self.address_page(StatusCode::OK, words, words.title, page);
            }
            (AddressStands::Open, MailboxAsked::Present, Act::Agree) | (AddressStands::Agreed, _, _) => {
                (words.agreed, false)
            }
            (AddressStands::Open, MailboxAsked::New, Act::Agree) | (AddressStands::Done, _, _) => (words.done, false),
            (AddressStands::Over, _, _) => (words.over, true),
        };
        let to = if is_fault { None } else { Some(view.to) };
        self.address_page(StatusCode::OK, words, heading, Page::Said { sentence, to, is_fault })
    }

    fn address_page(
        &self,
        status: StatusCode,
        words: &'static AddressWords,
        heading: &'static str,
        page: Page,
    ) -> Response {
        let business = self.desk.business().name;
        let frame = Frame { words, style: self.style(), business: &business, heading, page };
        pages::html(status, words.tag, heading, &frame)
    }
}
