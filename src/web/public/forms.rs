//! What a business puts elsewhere so that people can sign up: a form for its own site, and a card for its counter.
//!
//! The form is plain HTML without a script or a style of its own. Nothing in it is ticked, each kind of message has a box of its
//! own with its promise, and it leads to our own `POST /sign-up`: what follows is a double opt-in, see `sign_up`.

use super::sign_up_words::{self, SignUpWords};
use crate::{engine::desk::sign_up::Offer, privacy};
use askama::Template;
use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Light modules around a code, without which many cameras don't see it (ISO/IEC 18004, 9.1).
const QUIET_ZONE: usize = 4;

/// What both say.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// Who writes.
    pub business: &'a str,
    /// What the addresses of all public pages begin with.
    pub public_url: &'a str,
    /// What is offered, in the same language.
    pub offers: &'a [Offer],
    /// By its tag; English where we have no words in it.
    pub language: &'a str,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum NoSheet {
    /// The template.
    #[error("it can't be written: {0}")]
    Template(#[from] askama::Error),
    /// The address is too long for a code.
    #[error("the address of the page doesn't fit into a QR code: {0}")]
    Code(#[from] qrcode::types::QrError),
}

#[derive(Template)]
#[template(path = "pages/form.html")]
struct Form<'a> {
    say: &'static SignUpWords,
    public_url: &'a str,
    offers: &'a [Offer],
    privacy: &'static str,
}

#[derive(Template)]
#[template(path = "pages/card.html")]
struct Card<'a> {
    say: &'static SignUpWords,
    business: &'a str,
    offers: &'a [Offer],
    url: String,
    code: Code,
}

/// A code as one path of squares.
struct Code {
    side: usize,
    path: String,
}

impl Sheet<'_> {
    /// The form, to be put into a page.
    ///
    /// # Errors
    /// The template's.
    pub fn form(&self) -> Result<String, NoSheet> {
        let say = sign_up_words::of(self.language);
        let privacy = privacy::words::of(say.tag).title;
        Ok(Form { say, public_url: self.public_url, offers: self.offers, privacy }.render()?)
    }

    /// The card, a page to be printed.
    ///
    /// # Errors
    /// The address's or the template's.
    pub fn card(&self) -> Result<String, NoSheet> {
        let url = format!("{}/sign-up", self.public_url);
        let code = code(&url)?;
        let say = sign_up_words::of(self.language);
        Ok(Card { say, business: self.business, offers: self.offers, url, code }.render()?)
    }
}

fn code(text: &str) -> Result<Code, NoSheet> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (place % width + QUIET_ZONE, place / width + QUIET_ZONE);
            // Writing to a String can't fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    Ok(Code { side: width + 2 * QUIET_ZONE, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_ticks_nothing_and_nothing_in_it_passes_for_markup() {
        let offer = |key: &str| Offer { key: key.to_owned(), title: "<b>&".to_owned(), promise: "\"x\"".to_owned() };
        let offers = [offer("letters"), offer("tips")];
        let sheet =
            |language| Sheet { business: "Salon", public_url: "https://mail.salon.example", offers: &offers, language };
        for language in ["en", "fr", "de", "xx"] {
            let form = sheet(language).form().unwrap();
            assert_eq!(form.matches("type=\"checkbox\"").count(), 2, "{form}");
            assert!(!form.contains("checked") && !form.contains("<b>") && !form.contains("<script"), "{form}");
            assert!(
                form.contains("action=\"https://mail.salon.example/sign-up\"") && form.contains("name=\"website\"")
            );
            let card = sheet(language).card().unwrap();
            assert!(
                card.contains("<svg") && card.contains("https://mail.salon.example/sign-up") && !card.contains("<b>")
            );
        }
        assert!(sheet("fr").form().unwrap().contains("lang=\"fr\""));
    }

    #[test]
    fn a_code_has_its_three_corners_and_a_light_edge() {
        let Code { side, path } = code("https://mail.salon.example/sign-up").unwrap();
        let dark = |x: usize, y: usize| path.contains(&format!("M{x} {y}h"));
        let last = side - QUIET_ZONE - 1;
        assert!(dark(4, 4) && dark(last, 4) && dark(4, last) && !dark(5, 5) && dark(6, 6));
        assert!((0..side).all(|at| !dark(at, 3) && !dark(3, at) && !dark(last + 1, at)), "{path}");
        assert!(code(&"x".repeat(5_000)).is_err());
    }
}
