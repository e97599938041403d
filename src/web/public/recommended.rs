//! The page on which people say what should be recommended to them: `/recommended/{token}`.
//!
//! What · `GET` shows what one message recommended, each product with its reason and what its place is made of, and the categories.
//! `POST` to the same address keeps one word: not interested, don't use this purchase, more or less of a category. One button each.
//!
//! Promise · `GET` changes nothing, because mail scanners follow every link. What is said to be kept holds: see
//! [`crate::engine::desk::recommended`].

use super::{
    Public, Token,
    look::Style,
    pages,
    recommended_words::{self, RecommendedWords},
    words,
};
use crate::{
    base::{Recommended, recommended::Ground, token::Link},
    engine::desk::{
        AnswerFailed,
        recommended::{Click, RecommendedView},
    },
    people::{Language, Taste, TasteWord},
    policy::Policy,
    render::scope::anchor,
};
use askama::Template;
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

/// What the page says.
enum Page {
    /// What was recommended, and what holds.
    Shown(Box<Shown>),
    /// The database is away.
    Failed,
}

/// What was just said.
enum Said {
    /// Nothing: they look.
    Nothing,
    /// This, and it is kept.
    Kept(TasteWord),
    /// Something about nothing that the page has.
    NoSuchThing,
}

/// In words.
struct Shown {
    mailbox: String,
    products: Vec<Product>,
    purchases: Vec<Purchase>,
    categories: Vec<Category>,
    taken_out: usize,
    preferences: String,
}

/// A product, and why.
pub(super) struct Product {
    /// Its place on the page.
    pub place: String,
    pub name: String,
    pub reason: String,
    /// What its place in the list is made of.
    pub parts: Vec<String>,
    /// Whether it is out, by their word.
    is_out: bool,
}

/// A purchase that reasons name.
struct Purchase {
    place: String,
    name: String,
    /// Whether it may be looked at.
    is_used: bool,
}

struct Category {
    name: String,
    holds: &'static str,
}

#[derive(Template)]
#[template(path = "pages/recommended.html")]
struct Frame<'a> {
    words: &'static RecommendedWords,
    style: Style,
    business: &'a str,
    heading: &'static str,
    told: Option<(&'static str, bool)>,
    page: Page,
}

/// Shows it.
pub(super) async fn ask(State(public): State<Public>, token: Token, headers: HeaderMap) -> Response {
    let Some(link) = public.preference_link(&token) else { return public.no_preferences(&token, &headers) };
    public.show_recommended(&link, &token, Said::Nothing, &headers).await
}

/// Keeps one word.
pub(super) async fn say(State(public): State<Public>, token: Token, headers: HeaderMap, body: Body) -> Response {
    let Some(link) = public.preference_link(&token) else { return public.no_preferences(&token, &headers) };
    let click = click(&public.body(body).await);
    // In a task of its own, because hyper drops this one when the caller hangs up.
    let task = tokio::spawn({
        let (public, link) = (public.clone(), link.clone());
        async move {
            match click {
                Some(click) => public.recommended.say(&link, click).await,
                None => Ok(None),
            }
        }
    });
    match task.await.map_err(|gone| AnswerFailed(gone.to_string())).and_then(|said| said) {
        Ok(Some(word)) => public.show_recommended(&link, &token, Said::Kept(word), &headers).await,
        Ok(None) => public.show_recommended(&link, &token, Said::NoSuchThing, &headers).await,
        Err(why) => public.recommended_failed(&why, &headers),
    }
}

/// What a form of the page asks for.
fn click(body: &[u8]) -> Option<Click> {
    let field =
        |name: &str| form_urlencoded::parse(body).find_map(|(of, value)| (of == name).then(|| value.into_owned()));
    if let Some(place) = field("not-interested") {
        return Some(Click::NotInterested(place));
    }
    if let Some(place) = field("unused") {
        return Some(Click::Unused(place));
    }
    if field("forget").as_deref() == Some("products") {
        return Some(Click::ForgetProducts);
    }
    let (category, taste) = (field("category")?, field("taste")?);
    let known = Taste::ALL.iter().find(|(name, _)| *name == taste).map(|(_, taste)| *taste);
    (known.is_some() || taste == "usual").then_some(Click::Category(category, known))
}

impl Public {
    /// The address of the page for whoever holds a link of this kind.
    pub(super) fn own_recommended(&self, link: &Link) -> String {
        let token = link.sign(&self.keys, crate::base::token::LinkPurpose::Preferences);
        format!("{}/recommended/{token}", self.desk.business().public_url)
    }

    async fn show_recommended(&self, link: &Link, token: &Token, said: Said, headers: &HeaderMap) -> Response {
        let view = match self.recommended.recommended(link).await {
            Ok(Some(view)) => view,
            Ok(None) => return self.no_preferences(token, headers),
            Err(why) => return self.recommended_failed(&why, headers),
        };
        let words = self.recommended_words(view.language.as_ref(), headers);
        let [out, unused, category, forgotten, nothing] = words.told;
        let told = match said {
            Said::Nothing => None,
            Said::Kept(TasteWord::NotInterested(_)) => Some((out, false)),
            Said::Kept(TasteWord::Unused(_)) => Some((unused, false)),
            Said::Kept(TasteWord::Category(..)) => Some((category, false)),
            Said::Kept(TasteWord::ForgetProducts) => Some((forgotten, false)),
            Said::NoSuchThing => Some((nothing, true)),
        };
        let page = Page::Shown(Box::new(shown(&view, self.own_preferences(link), words)));
        self.recommended_page(StatusCode::OK, words, words.title, told, page)
    }

    fn recommended_failed(&self, why: &AnswerFailed, headers: &HeaderMap) -> Response {
        tracing::error!(%why, "what was recommended can't be shown or changed");
        let words = self.recommended_words(None, headers);
        self.recommended_page(StatusCode::SERVICE_UNAVAILABLE, words, words.failed.0, None, Page::Failed)
    }

    fn recommended_words(&self, theirs: Option<&Language>, headers: &HeaderMap) -> &'static RecommendedWords {
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        recommended_words::of(words::choose(theirs, accepted, &self.desk.business().language).tag)
    }

    fn recommended_page(
        &self,
        status: StatusCode,
        words: &'static RecommendedWords,
        heading: &'static str,
        told: Option<(&'static str, bool)>,
        page: Page,
    ) -> Response {
        let business = self.desk.business().name;
        let frame = Frame { words, style: self.style(), business: &business, heading, told, page };
        pages::html(status, words.tag, heading, &frame)
    }
}

fn shown(view: &RecommendedView, preferences: String, words: &'static RecommendedWords) -> Shown {
    let products = view
        .products
        .iter()
        .map(|product| Product { is_out: view.is_out(product), ..told(product, &view.policy, words) });
    let [usual, more, less, never] = words.tastes;
    let categories = view.categories.iter().map(|(name, taste)| Category {
        name: name.clone(),
        holds: match taste {
            None => usual,
            Some(Taste::More) => more,
            Some(Taste::Less) => less,
            Some(Taste::Never) => never,
        },
    });
    Shown {
        mailbox: view.mailbox.clone(),
        products: products.collect(),
        purchases: view
            .purchases()
            .into_iter()
            .map(|(named, is_used)| Purchase { place: anchor(&named.product), name: named.name.clone(), is_used })
            .collect(),
        categories: categories.collect(),
        taken_out: view.tastes.not_interested.len() + view.tastes.unused.len(),
        preferences,
    }
}

/// A product as pages tell it: the same sentence as in the message.
pub(super) fn told(product: &Recommended, policy: &Policy, words: &RecommendedWords) -> Product {
    let language = Language::parse(words.tag).unwrap_or_else(|| policy.business.language.clone());
    Product {
        place: anchor(&product.product),
        name: product.name.clone(),
        reason: policy.reason(&product.because, &language),
        parts: parts(product, words),
        is_out: false,
    }
}

/// By kinds of grounds: which purchases they are is told where the message itself names one.
fn parts(product: &Recommended, words: &RecommendedWords) -> Vec<String> {
    let mut sums = [0_i16; 4];
    for share in &product.parts {
        let ground = match share.of {
            Ground::Bought(_) | Ground::OtherPurchases => 0,
            Ground::Again => 1,
            Ground::Popular => 2,
            Ground::Values => 3,
        };
        if let Some(sum) = sums.get_mut(ground) {
            *sum = sum.saturating_add(share.percent);
        }
    }
    let said = sums.iter().zip(words.grounds).filter(|(sum, _)| **sum != 0);
    said.map(|(sum, ground)| format!("{sum}\u{a0}% {ground}")).collect()
}
