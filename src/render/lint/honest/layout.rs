//! The layout of an HTML body: the elements that are open, how text looks in them, and the links that it stands in.

use super::{
    line::Line,
    markup::{self, Token},
    page::{Address, Does, Page, Seen},
    style::{Element, Look, Sheet},
};
use std::ops::Range;

/// Elements that break a line, and begin what the eye takes in at once.
#[rustfmt::skip]
const BLOCKS: [&str; 30] = [
    "address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
    "h1", "h2", "h3", "h4", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
];
/// Elements that the next of their kind ends.
const SHORT: [&str; 6] = ["p", "li", "td", "th", "dt", "dd"];
/// Attributes whose addresses are fetched by whoever shows the page.
const LOADS: [&str; 5] = ["src", "srcset", "background", "poster", "data"];

/// Where the reading stands.
#[derive(Default)]
pub(super) struct Layout {
    sheet: Sheet,
    path: Vec<Element>,
    /// The names of the open elements, how text looks in each, and the link that it is in.
    open: Vec<(String, Look, Option<usize>)>,
    line: Line,
}

impl Layout {
    /// Reads all of a page.
    pub(super) fn over(mut self, page: &mut Page) {
        let tokens = markup::tokens(&page.galley.text);
        // A style sheet holds for what stands before it, too.
        for token in &tokens {
            if let Token::Raw(name, css) = token
                && name == "style"
            {
                let css = page.galley.text.get(css.clone()).unwrap_or_default();
                self.sheet.read(css);
            }
        }
        for token in tokens {
            self.token(token, page);
        }
        self.line.end_word(&mut page.words);
    }

    fn token(&mut self, token: Token, page: &mut Page) {
        match token {
            Token::Text(text) => {
                let has_words =
                    page.galley.text.get(text.clone()).is_some_and(|text| text.contains(char::is_alphanumeric));
                let seen = self.seen();
                if has_words {
                    self.carries_words(page);
                }
                page.text(text, &mut self.line, seen);
            }
            Token::Raw(name, text) if name == "style" => fetched(&page.galley.text, text, &mut page.addresses),
            Token::Raw(..) => {}
            Token::Open(tag) => self.begin(&tag, page),
            Token::Close(name) => {
                if BLOCKS.contains(&name.as_str()) {
                    self.line.end_block(&mut page.words);
                }
                if let Some(at) = self.open.iter().rposition(|(open, ..)| *open == name) {
                    self.open.truncate(at);
                    self.path.truncate(at);
                }
            }
        }
    }

    fn seen(&self) -> Seen {
        if self.open.last().is_none_or(|(_, look, _)| look.is_seen()) { Seen::Yes } else { Seen::No }
    }

    /// The link around has something to click on.
    fn carries_words(&self, page: &mut Page) {
        let link = self.open.last().and_then(|(.., link)| *link);
        if let Some(address) = link.and_then(|link| page.addresses.get_mut(link)).filter(|_| self.seen() == Seen::Yes) {
            address.does = Does::Leads(Seen::Yes);
        }
    }

    fn begin(&mut self, tag: &markup::Tag, page: &mut Page) {
        let name = tag.name.as_str();
        if BLOCKS.contains(&name) {
            self.line.end_block(&mut page.words);
        } else if name == "br" {
            self.line.end_word(&mut page.words);
            self.line.begins = true;
        }
        if SHORT.contains(&name) && self.open.last().is_some_and(|(open, ..)| open == name) {
            self.open.pop();
            self.path.pop();
        }
        let (look, mut link) = self.open.last().map(|(_, look, link)| (*look, *link)).unwrap_or_default();
        self.path.push(Element::of(tag, &page.galley.text));
        let look = look.inside(tag, &page.galley.text, &self.sheet, &self.path);
        for (attribute, value) in &tag.attributes {
            let at = value.clone();
            match (attribute.as_str(), name) {
                ("href" | "xlink:href", "link" | "image" | "use") => {
                    page.addresses.push(Address { at, does: Does::Loads });
                }
                ("href" | "action" | "formaction", _) => {
                    link = Some(page.addresses.len());
                    page.addresses.push(Address { at, does: Does::Leads(Seen::No) });
                }
                ("style", _) => fetched(&page.galley.text, at, &mut page.addresses),
                (attribute, _) if LOADS.contains(&attribute) => page.addresses.push(Address { at, does: Does::Loads }),
                _ => {}
            }
        }
        self.open.push((tag.name.clone(), look, link));
        // The words of an image stand where it isn't shown.
        if let Some((_, alt)) = tag.attributes.iter().find(|(attribute, _)| attribute == "alt" && name == "img") {
            if !alt.is_empty() {
                self.carries_words(page);
            }
            let seen = self.seen();
            self.line.end_word(&mut page.words);
            page.text(alt.clone(), &mut self.line, seen);
            self.line.end_word(&mut page.words);
        }
        if tag.is_empty {
            self.open.pop();
            self.path.pop();
        }
    }
}

/// The addresses that a style fetches: `url(…)`, `image-set("…" 1x)` and `@import "…"`.
fn fetched(text: &str, stretch: Range<usize>, addresses: &mut Vec<Address>) {
    let css = text.get(stretch.clone()).unwrap_or_default();
    let small = css.to_ascii_lowercase();
    for (beginning, ends) in [("url(", ')'), ("image-set(", ')'), ("@import", ';')] {
        for (found, _) in small.match_indices(beginning) {
            let inside = css.get(found + beginning.len()..).unwrap_or_default();
            let end = inside.find(ends).unwrap_or(inside.len());
            let at = stretch.start + found + beginning.len();
            // The `url(…)` in it was found already.
            if !inside.get(..end).is_some_and(|inside| inside.contains('(')) {
                addresses.push(Address { at: at..at + end, does: Does::Loads });
            }
        }
    }
}
