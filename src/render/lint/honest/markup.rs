//! HTML as mail programs read it: tags with their attributes, the text between them, and what is neither.
//!
//! It is no parser of everything that HTML may be. It follows the rules of the standard's tokenizer where mails differ:
//! comments, `<style>`, `<script>` and `<title>` hold no text of the page, a `>` in quotes closes nothing, attributes come
//! with double quotes, single ones or none.

use std::ops::Range;

/// A part of the markup, by its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token {
    /// Text that is shown.
    Text(Range<usize>),
    Open(Tag),
    Close(String),
    /// What stands in an element whose text isn't shown: its name, its text.
    Raw(String, Range<usize>),
}

/// An opening tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Tag {
    /// In small letters.
    pub name: String,
    /// Names in small letters, with the places of their values.
    pub attributes: Vec<(String, Range<usize>)>,
    /// It has no end: it is void, or closes itself.
    pub is_empty: bool,
}

/// Elements without an end (HTML standard, 13.1.2).
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];
/// Elements whose text is not shown.
const UNSHOWN: [&str; 6] = ["style", "script", "title", "template", "noscript", "textarea"];

/// All of it, in order.
pub(super) fn tokens(html: &str) -> Vec<Token> {
    let mut tokens = vec![];
    let mut at = 0;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("<!--") {
            at += rest.find("-->").map_or(rest.len(), |end| end + 3);
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            at += rest.find('>').map_or(rest.len(), |end| end + 1);
        } else if let Some(name) =
            rest.strip_prefix("</").filter(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()))
        {
            tokens.push(Token::Close(word(name).to_ascii_lowercase()));
            at += rest.find('>').map_or(rest.len(), |end| end + 1);
        } else if is_tag(rest) {
            let (tag, end) = tag(html, at);
            at = end;
            let unshown = UNSHOWN.contains(&tag.name.as_str()) && !tag.is_empty;
            let name = tag.name.clone();
            tokens.push(Token::Open(tag));
            if unshown {
                let end = closing(html, at, &name);
                tokens.push(Token::Raw(name, at..end));
                at = end;
            }
        } else {
            // A `<` that opens nothing is text.
            let end = rest.char_indices().skip(1).find(|(_, c)| *c == '<').map_or(rest.len(), |(end, _)| end);
            tokens.push(Token::Text(at..at + end));
            at += end;
        }
    }
    tokens
}

fn is_tag(rest: &str) -> bool {
    rest.strip_prefix('<').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// The name at the beginning.
fn word(text: &str) -> &str {
    text.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default()
}

/// Where the closing tag of a name begins.
fn closing(html: &str, from: usize, name: &str) -> usize {
    let rest = html.get(from..).unwrap_or_default();
    let mut ends = rest.match_indices("</").map(|(at, _)| at);
    let is_end = |at: &usize| rest.get(at + 2..).is_some_and(|rest| word(rest).eq_ignore_ascii_case(name));
    ends.find(is_end).map_or(html.len(), |at| from + at)
}

/// The opening tag at a place, and where it ends.
fn tag(html: &str, from: usize) -> (Tag, usize) {
    let name = word(html.get(from + 1..).unwrap_or_default());
    let mut at = from + 1 + name.len();
    let name = name.to_ascii_lowercase();
    let mut attributes = vec![];
    let mut closes_itself = false;
    while let Some(rest) = html.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/').len();
        if skipped > 0 {
            closes_itself = rest.get(..skipped).is_some_and(|skipped| skipped.ends_with('/'));
            at += skipped;
            continue;
        }
        if rest.starts_with('>') {
            at += 1;
            break;
        }
        closes_itself = false;
        let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len()).max(1);
        let attribute = rest.get(..end).unwrap_or_default().to_ascii_lowercase();
        let value = value(html, at + end);
        at = value.1;
        attributes.push((attribute, value.0));
    }
    let is_empty = closes_itself || VOID.contains(&name.as_str());
    (Tag { name, attributes, is_empty }, at)
}

/// The value after an attribute's name, and where the attribute ends.
fn value(html: &str, from: usize) -> (Range<usize>, usize) {
    let rest = html.get(from..).unwrap_or_default();
    let Some(after) = rest.trim_start().strip_prefix('=') else { return (from..from, from) };
    let after = after.trim_start();
    let start = html.len() - after.len();
    for quote in ['"', '\''] {
        if let Some(inside) = after.strip_prefix(quote) {
            let end = inside.find(quote).unwrap_or(inside.len());
            return (start + 1..start + 1 + end, (start + 2 + end).min(html.len()));
        }
    }
    let end = after.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(after.len());
    (start..start + end, start + end)
}

/// Characters that people write by name (HTML standard, 13.5): those of the languages that we speak, and of letters.
#[rustfmt::skip]
const NAMED: [(&str, char); 58] = [
    ("nbsp", ' '), ("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("shy", '\u{ad}'),
    ("euro", '€'), ("pound", '£'), ("yen", '¥'), ("copy", '©'), ("reg", '®'), ("trade", '™'), ("hellip", '…'),
    ("ndash", '–'), ("mdash", '—'), ("lsquo", '‘'), ("rsquo", '’'), ("ldquo", '“'), ("rdquo", '”'), ("bdquo", '„'),
    ("laquo", '«'), ("raquo", '»'), ("middot", '·'), ("bull", '•'), ("times", '×'), ("deg", '°'),
    ("zwnj", '\u{200c}'), ("zwj", '\u{200d}'), ("thinsp", ' '), ("ensp", ' '), ("emsp", ' '), ("rarr", '→'),
    ("larr", '←'), ("agrave", 'à'), ("aacute", 'á'), ("acirc", 'â'), ("auml", 'ä'), ("ccedil", 'ç'), ("egrave", 'è'),
    ("eacute", 'é'), ("ecirc", 'ê'), ("euml", 'ë'), ("igrave", 'ì'), ("iacute", 'í'), ("icirc", 'î'), ("iuml", 'ï'),
    ("ntilde", 'ñ'), ("ograve", 'ò'), ("oacute", 'ó'), ("ocirc", 'ô'), ("ouml", 'ö'), ("ugrave", 'ù'),
    ("uacute", 'ú'), ("ucirc", 'û'), ("uuml", 'ü'), ("szlig", 'ß'), ("oelig", 'œ'),
];

/// The character that an entity at the beginning stands for, and its length. A capital in the name is a capital letter.
pub(super) fn entity(text: &str) -> Option<(char, usize)> {
    let inside = text.strip_prefix('&')?;
    let end = inside.find(';').filter(|end| *end <= 10)?;
    let name = inside.get(..end)?;
    let found = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        let c = char::from_u32(code)?;
        if c == '\u{a0}' { ' ' } else { c }
    } else {
        let small = name.to_ascii_lowercase();
        let c = NAMED.iter().find(|(known, _)| *known == small)?.1;
        if name.starts_with(|c: char| c.is_ascii_uppercase()) { c.to_uppercase().next()? } else { c }
    };
    Some((found, end + 2))
}

/// Text of an attribute, with its entities read.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (c, length) = entity(rest).unwrap_or((c, c.len_utf8()));
        out.push(c);
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Tag, Token, entity, plain, tokens};

    /// The tokens in short: text as it is, tags with their attributes.
    fn read(html: &str) -> Vec<String> {
        let at = |range: &std::ops::Range<usize>| html.get(range.clone()).unwrap().to_owned();
        let tag = |Tag { name, attributes, is_empty }: &Tag| {
            let attributes = attributes.iter().map(|(name, value)| format!("{name}={}", at(value)));
            let words: Vec<String> = std::iter::once(name.clone()).chain(attributes).collect();
            format!("<{}{}>", words.join(" "), if *is_empty { "/" } else { "" })
        };
        let word = |token: &Token| match token {
            Token::Text(range) => at(range),
            Token::Open(open) => tag(open),
            Token::Close(name) => format!("</{name}>"),
            Token::Raw(name, range) => format!("({name}: {})", at(range)),
        };
        tokens(html).iter().map(word).collect()
    }

    #[test]
    fn markup_is_read_as_mail_programs_read_it() {
        assert_eq!(
            read("<!doctype html><P Class='a>b' hidden data-x = 1 href=x/y>A &lt; b<br/>c<!-- d > e --> < f</p>"),
            ["<p class=a>b hidden= data-x=1 href=x/y>", "A &lt; b", "<br/>", "c", " ", "< f", "</p>"]
        );
        assert_eq!(
            read("<style>a > b { }</style><title>A <b></title><img src=a><a href=\"x\">"),
            [
                "<style>",
                "(style: a > b { })",
                "</style>",
                "<title>",
                "(title: A <b>)",
                "</title>",
                "<img src=a/>",
                "<a href=x>"
            ]
        );
        // What is never closed ends with the file.
        assert_eq!(read("a<b c=\"d"), ["a", "<b c=d>"]);
        assert_eq!(read("<style>a"), ["<style>", "(style: a)"]);
        assert_eq!(read("a<!-- b"), ["a"]);
    }

    #[test]
    fn entities_stand_for_their_characters() {
        assert_eq!(
            plain("20&nbsp;&euro; &amp;amp; &Eacute;&#233;&#xE9; &unknown; & &"),
            "20 € &amp; Ééé &unknown; & &"
        );
        assert_eq!(entity("&#99999999;"), None);
    }
}
