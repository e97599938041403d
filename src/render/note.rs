//! A note: mail to the owner, in words and in the light HTML and plain text that carry them.
//!
//! Invariant: a note is no draft. Nothing makes a customer's message of it, and the letterhead puts it into a letter to the
//! owner alone.

use handlebars::{Handlebars, no_escape};
use serde::Serialize;

const HTML: &str = include_str!("../../templates/owner/note.html.hbs");
const TEXT: &str = include_str!("../../templates/owner/note.txt.hbs");
/// Of what strangers wrote, so much is shown.
const FOREIGN_CHARS_MAX: usize = 80;

/// See the module. All of it is plain text; nothing is markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// One line.
    pub subject: String,
    /// What it begins with: a sentence each.
    pub opening: Vec<String>,
    /// What it tells.
    pub sections: Vec<Section>,
    /// What it ends with, in small letters.
    pub closing: Vec<String>,
    /// The tag of the language that it is written in.
    pub language: &'static str,
}

/// A heading, and what stands under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// Each a line.
    pub items: Vec<Item>,
    /// Where the rest is, when the list was cut.
    pub more: Option<String>,
}

/// A line, and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The line.
    pub words: String,
    /// More about it, a line each.
    pub details: Vec<Detail>,
    /// What can be done about it, in the browser.
    pub link: Option<NoteLink>,
}

/// A line under a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// The line.
    pub words: String,
    /// What to type, where there is something.
    pub command: Option<String>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoteLink {
    /// Its words.
    pub words: String,
    /// Where it leads.
    pub url: String,
}

impl From<String> for Item {
    fn from(words: String) -> Self {
        Self { words, ..Self::default() }
    }
}

impl Item {
    /// The line with one more under it.
    #[must_use]
    pub fn with(mut self, words: impl Into<String>) -> Self {
        self.details.push(Detail { words: words.into(), command: None });
        self
    }
}

impl Note {
    /// As HTML, complete.
    #[must_use]
    pub fn html(&self) -> String {
        self.fill(&Handlebars::new(), HTML)
    }

    /// As plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut plain = Handlebars::new();
        plain.register_escape_fn(no_escape);
        self.fill(&plain, TEXT)
    }

    /// The templates are this program's own and read nothing that a note may lack; were it otherwise, its first words are
    /// still its most important ones.
    fn fill(&self, registry: &Handlebars<'_>, template: &str) -> String {
        registry.render_template(template, self).unwrap_or_else(|_| self.opening.join("\n"))
    }
}

/// What strangers wrote (a calendar's title, a name), on one line and no longer than it deserves. Characters that steer
/// the display are left out: they could show the owner another text than the one that is there (Unicode TR 36, 2.10).
/// What mail programs make links of is taken apart: a scheme, and a name that begins with `www.`.
#[must_use]
pub fn foreign(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !steers(*c)).collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = without_www(&line.replace("://", ": //"));
    match line.char_indices().nth(FOREIGN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

fn without_www(line: &str) -> String {
    let mut apart = String::with_capacity(line.len());
    for c in line.chars() {
        if c == '.' && apart.len() >= 3 && apart.bytes().rev().take(3).all(|b| b.eq_ignore_ascii_case(&b'w')) {
            apart.push(' ');
        }
        apart.push(c);
    }
    apart
}

/// Directional formatting, invisible separators and the like: Unicode's `Bidi_Control`, and what has no width.
const fn steers(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_wrote_stays_on_its_line_and_steers_nothing() {
        assert_eq!(foreign("Marie,\r\nBcc: x@y.example\t coupe "), "Marie, Bcc: x@y.example coupe");
        assert_eq!(foreign("a\u{202e}b\u{2066}c\u{200b}d\u{feff}"), "abcd");
        assert_eq!(foreign("see https://evil.example"), "see https: //evil.example");
        assert_eq!(foreign("(www.evil.example, WwW.evil.example) ww.w"), "(www .evil.example, WwW .evil.example) ww.w");
        assert_eq!(foreign("w\u{200b}ww.evil.example"), "www .evil.example");
        assert_eq!(foreign("عبد الرحمن"), "عبد الرحمن", "whoever writes from right to left is shown so");
        assert_eq!(foreign(&"é".repeat(90)), "é".repeat(80) + "…");
    }

    #[test]
    fn a_note_escapes_what_it_is_told() {
        let item = Item {
            words: "<b>Marie</b> & \"co\"".to_owned(),
            details: vec![Detail { words: "<i>".to_owned(), command: Some("comity <x>".to_owned()) }],
            link: Some(NoteLink { words: "<a>".to_owned(), url: "https://x.example/\"><script>".to_owned() }),
        };
        let note = Note {
            subject: "s".to_owned(),
            opening: vec!["<p>".to_owned()],
            sections: vec![Section { heading: "<h1>".to_owned(), items: vec![item], more: Some("<more>".to_owned()) }],
            closing: vec!["<end>".to_owned()],
            language: "en",
        };
        let html = note.html();
        for raw in ["<b>", "<i>", "<x>", "<a>", "<script>", "<h1>", "<more>", "<end>"] {
            assert!(!html.contains(raw), "{raw} in {html}");
        }
        assert!(html.contains("&lt;b&gt;Marie") && html.contains("&quot;&gt;&lt;script"), "{html}");
        assert!(note.text().contains("<b>Marie</b> & \"co\""), "{}", note.text());
    }
}
