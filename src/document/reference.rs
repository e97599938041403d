//! Forms as a page for people: every key with its type, its meaning and an example, in Markdown.

use super::form::{Form, Key, Kind, Presence};
use std::fmt::Write as _;

/// A section for each form of these files, in the order in which they are met. A form that several keys lead to stands once.
#[must_use]
pub fn reference(files: &[&'static Form]) -> String {
    let mut page = String::new();
    let mut told: Vec<&str> = vec![];
    for file in files {
        section(file, "##", &mut page, &mut told);
    }
    page
}

fn section(form: &'static Form, level: &str, page: &mut String, told: &mut Vec<&'static str>) {
    if told.contains(&form.name) {
        return;
    }
    told.push(form.name);
    let _ = write!(page, "\n{level} {}\n\n{}\n\n", form.name, form.about);
    page.push_str("| key | what stands there | what it means |\n|---|---|---|\n");
    for key in form.keys {
        let must = if key.presence == Presence::May { "" } else { " (must)" };
        let _ = writeln!(page, "| `{}`{must} | {} | {} |", key.name, kind(key), cell(key.about));
    }
    if !form.one_of.is_empty() {
        let one: Vec<String> = form.one_of.iter().map(|key| format!("`{key}`")).collect();
        let _ = write!(page, "\nExactly one of {} stands there.\n", one.join(", "));
    }
    for key in form.keys {
        if let Some(inner) = key.kind.form() {
            section(inner, "###", page, told);
        }
    }
}

fn kind(key: &Key) -> String {
    let example = |what: &str| format!("{what}: `{}`", cell(key.example));
    match key.kind {
        Kind::Text => example("text"),
        Kind::Word(words) => listed(words, " or "),
        Kind::WordOrField(words) => format!("{}, or a field such as `\"purchase.product\"`", listed(words, " or ")),
        Kind::Integer(from, to) => example(&format!("a whole number, {from} to {to}")),
        Kind::Boolean => "`true` or `false`".to_owned(),
        Kind::Texts => example("a list"),
        Kind::Words(words) => format!("a list of {}", listed(words, " and ")),
        Kind::Table(form) => link("a table", form),
        Kind::WordOr(words, form) => format!("{}, or {}", listed(words, " or "), link("a table", form)),
        Kind::Tables(form) => link("a table, or a list of them", form),
        Kind::Named(form, _) => link("tables by names of your own", form),
    }
}

fn listed(words: &[&str], last: &str) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
    match words.split_last() {
        Some((end, before)) if !before.is_empty() => format!("{}{last}{end}", before.join(", ")),
        _ => words.concat(),
    }
}

/// To the form's heading, by the rules by which Markdown's readers make names of headings.
fn link(what: &str, form: &Form) -> String {
    let letters = form.name.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    let anchor: String = letters.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect();
    format!("[{what}](#{anchor})")
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
