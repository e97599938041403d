//! The same words in other languages: `translations.fr.title = "…"`.

use super::parse_language;
use crate::{
    document::{Complaint, Need, Table},
    people::Language,
    policy::Phrase,
};
use std::collections::BTreeMap;
use toml::Spanned;

/// `title`, and its translations: none without it.
pub(super) fn title(table: &Table<'_>) -> Option<Phrase> {
    let own = table.text("title", Need::May).map(|text| (*text.get_ref()).to_owned());
    let others = others(table, "title", "title = \"…\" in this language");
    if own.is_none()
        && let Some(place) = table.place("translations")
    {
        let complaint = Complaint::new(
            "a translation needs what it translates",
            "no title",
            "write title = \"…\" beside it, in this file's own language",
        );
        table.find(place, complaint);
    }
    own.map(|own| Phrase::new(own, others))
}

/// Under `translations`, this key by the language's tag.
pub(super) fn others(table: &Table<'_>, key: &'static str, line: &'static str) -> BTreeMap<Language, String> {
    let read = |(tag, words): (Spanned<&str>, Table<'_>)| {
        let language = words.take(tag.span(), parse_language(tag.get_ref()));
        let said = words.text(key, Need::Must(line)).map(|text| (*text.get_ref()).to_owned());
        words.finish(|_| None);
        Some((language?, said?))
    };
    let translations = table.table("translations", Need::May);
    translations.map(|table| table.named().into_iter().filter_map(read).collect()).unwrap_or_default()
}
