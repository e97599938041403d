//! The mailbox's pages, from `templates/pages/mailbox*.html`.

use super::{Letter, Scene};
use askama::Template;
use std::sync::Arc;

/// The one style sheet, inline.
pub const STYLE: &str = include_str!("../../../templates/pages/mailbox.css");

/// How a letter is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tab {
    /// As a mail program shows it.
    Html,
    /// As one without HTML does.
    Text,
    /// What it hides.
    Headers,
}

impl Tab {
    /// From the address; HTML where it says nothing.
    pub fn named(name: &str) -> Self {
        match name {
            "text" => Self::Text,
            "headers" => Self::Headers,
            _ => Self::Html,
        }
    }
}

#[derive(Template)]
#[template(path = "pages/mailbox_list.html")]
struct List<'a> {
    style: &'static str,
    title: &'static str,
    scene: &'a Scene,
    letters: &'a [Arc<Letter>],
    query: &'a str,
}

/// All letters, newest first.
pub fn list(scene: &Scene, letters: &[Arc<Letter>], query: &str) -> askama::Result<String> {
    List { style: STYLE, title: "Mailbox", scene, letters, query }.render()
}

#[derive(Template)]
#[template(path = "pages/mailbox_letter.html")]
struct Sheet<'a> {
    style: &'static str,
    title: &'a str,
    scene: &'a Scene,
    letter: &'a Letter,
    story: &'a [String],
    tab: Tab,
}

/// One letter.
pub fn letter(scene: &Scene, letter: &Letter, story: &[String], tab: Tab) -> askama::Result<String> {
    Sheet { style: STYLE, title: &letter.subject, scene, letter, story, tab }.render()
}
