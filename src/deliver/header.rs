//! Header fields: what may stand in one, and how it is written.
//!
//! Invariant: names are constants of this crate. lettre takes `X-A\r\nBcc` for a name, so none may come from data.

use crate::base::EmailAddress;
use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::{
    Address,
    message::{
        Mailbox,
        header::{HeaderName, HeaderValue},
    },
};

/// RFC 5322 2.1.1, without CRLF.
const LINE_OCTETS_MAX: usize = 998;
/// RFC 2919 3.
const LIST_ID_OCTETS_MAX: usize = 255;

/// Why a header can't be written. Never the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the header {name} can't be written: {fault}")]
pub struct HeaderError {
    /// Which header.
    pub name: &'static str,
    /// What is wrong with its value.
    pub fault: HeaderFault,
}

/// What is wrong with a header's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HeaderFault {
    /// A line end, NUL or another control character.
    #[error("its value holds the control character U+{0:04X}")]
    Control(u32),
    /// Characters that the field's syntax doesn't have.
    #[error("its value isn't in the form that the field asks for")]
    Syntax,
    /// Longer than a line may be.
    #[error("its value is longer than a line may be")]
    TooLong,
    /// A link that isn't `https`.
    #[error("the link must begin with https://")]
    NotHttps,
}

/// Which stop links may be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Links {
    /// `https` alone, as RFC 8058 3.1 asks.
    Https,
    /// Also `http` to this machine: the demo, whose letters go no further than its own mailbox.
    Loopback,
}

impl Links {
    const fn allow_loopback(self) -> bool {
        matches!(self, Self::Loopback)
    }
}

/// A field whose value is one word of ASCII: written as it is, on one line. Folding would be lawful, but relays and
/// signers have broken folded `List-Unsubscribe` fields.
pub(super) fn word(name: &'static str, value: String) -> Result<HeaderValue, HeaderError> {
    no_controls(name, &value)?;
    let fault = |fault| HeaderError { name, fault };
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return Err(fault(HeaderFault::Syntax));
    }
    if name.len() + ": ".len() + value.len() > LINE_OCTETS_MAX {
        return Err(fault(HeaderFault::TooLong));
    }
    Ok(HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), value.clone(), value))
}

/// A field whose value is text in any language: encoded by RFC 2047 and folded.
pub(super) fn text(name: &'static str, value: &str) -> Result<HeaderValue, HeaderError> {
    no_controls(name, value)?;
    let header = HeaderName::new_from_ascii_str(name);
    // Written as they are, mail programs would decode "=?utf-8?q?=0A?=", and swallow spaces at the ends.
    if !value.contains("=?") && !value.contains("  ") && value.trim() == value {
        return Ok(HeaderValue::new(header, value.to_owned()));
    }
    Ok(HeaderValue::dangerous_new_pre_encoded(header, value.to_owned(), encoded_words(value)))
}

/// RFC 2047 4.1 and 2: words of base64, each at most 75 octets and made of whole characters.
fn encoded_words(value: &str) -> String {
    const PLAIN_OCTETS_MAX: usize = 45;
    let mut words = vec![String::new()];
    for c in value.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= PLAIN_OCTETS_MAX => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    let words: Vec<String> = words.iter().map(|word| format!("=?utf-8?b?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

/// A mailbox, with a name where one is shown.
pub(super) fn mailbox(name: &'static str, shown: Option<&str>, address: &EmailAddress) -> Result<Mailbox, HeaderError> {
    if let Some(shown) = shown {
        no_controls(name, shown)?;
    }
    let address: Address = address.reveal().parse().map_err(|_| HeaderError { name, fault: HeaderFault::Syntax })?;
    Ok(Mailbox::new(shown.map(str::to_owned), address))
}

/// RFC 2919 3: `<list-label.list-namespace>`, stable for ever. The namespace is a domain of the sender's.
pub(super) fn list_id(purpose: &str, domain: &str) -> Result<HeaderValue, HeaderError> {
    const NAME: &str = "List-Id";
    let is_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if purpose.is_empty() || !purpose.chars().all(is_label) {
        return Err(HeaderError { name: NAME, fault: HeaderFault::Syntax });
    }
    if purpose.len() + 1 + domain.len() > LIST_ID_OCTETS_MAX {
        return Err(HeaderError { name: NAME, fault: HeaderFault::TooLong });
    }
    word(NAME, format!("<{purpose}.{domain}>"))
}

/// RFC 2369 2 and RFC 8058 3.1: exactly one link in angle brackets.
pub(super) fn list_unsubscribe(url: &str, links: Links) -> Result<HeaderValue, HeaderError> {
    const NAME: &str = "List-Unsubscribe";
    no_controls(NAME, url)?;
    let is_allowed = url.starts_with("https://") || (links.allow_loopback() && is_loopback(url));
    if !is_allowed {
        return Err(HeaderError { name: NAME, fault: HeaderFault::NotHttps });
    }
    // A comma would begin a second link, a bracket end the first.
    if !url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b',' | b'"' | b'\\')) {
        return Err(HeaderError { name: NAME, fault: HeaderFault::Syntax });
    }
    word(NAME, format!("<{url}>"))
}

fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _port)| host);
    matches!(host, "127.0.0.1" | "[::1]" | "localhost")
}

/// RFC 5322 2.2: no value may end its line. U+0085, U+2028 and U+2029 end one for some readers.
fn no_controls(name: &'static str, value: &str) -> Result<(), HeaderError> {
    match value.chars().find(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        Some(c) => Err(HeaderError { name, fault: HeaderFault::Control(c.into()) }),
        None => Ok(()),
    }
}
