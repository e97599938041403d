//! What the server said, as the ledger keeps it: code, enhanced code, and a text without addresses.

use super::stream::Gauge;
use crate::{base::EmailAddress, ledger::Reply};
use lettre::transport::smtp::{Error, response::Response};
use std::error::Error as _;

/// Characters kept of a reply's text.
const TEXT_CHARS_MAX: usize = 200;

/// What came instead of a yes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Setback {
    /// A no, for now or for good.
    Negative(Reply),
    /// Something that is no answer to what was said.
    Odd,
    /// Nothing, for longer than the limit.
    TimedOut,
    /// The end of the connection.
    Lost,
}

/// A positive response.
pub fn from_response(response: &Response, recipient: Option<&EmailAddress>) -> Reply {
    let text = response.message().collect::<Vec<_>>().join(" ");
    reply(u16::from(response.code()), &text, recipient)
}

/// What lettre calls an error: a negative response, which it keeps as a code and a joined text, or no response.
pub fn from_error(error: &Error, gauge: &Gauge, recipient: Option<&EmailAddress>) -> Setback {
    match error.status() {
        Some(code) => {
            let text = error.source().map(ToString::to_string).unwrap_or_default();
            Setback::Negative(reply(u16::from(code), &text, recipient))
        }
        None if error.is_response() && !gauge.has_ended() => Setback::Odd,
        None => Setback::Lost,
    }
}

/// A reply from its parts, the enhanced code apart from the text. Addresses in the text are masked; the recipient's local
/// part also where it stands alone.
pub fn reply(code: u16, text: &str, recipient: Option<&EmailAddress>) -> Reply {
    let (word, rest) = text.trim_start().split_once(char::is_whitespace).unwrap_or((text.trim_start(), ""));
    let enhanced = enhanced(code, word);
    let text = if enhanced.is_some() { rest } else { text };
    let printable: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let masked = mask_addresses(&printable);
    let masked = match recipient {
        Some(recipient) => mask_word(&masked, recipient),
        None => masked,
    };
    Reply { code, enhanced, text: masked.chars().take(TEXT_CHARS_MAX).collect() }
}

/// An enhanced status code (RFC 2034 4): three numbers, the first the same as the reply code's first digit.
fn enhanced(code: u16, word: &str) -> Option<(u8, u16, u16)> {
    let mut parts = word.split('.').map(|part| {
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u16>().ok()).flatten()
    });
    let (class, subject, detail) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || class != code / 100 {
        return None;
    }
    Some((u8::try_from(class).ok()?, subject, detail))
}

/// Keeps the first character of whatever stands before an `@`.
fn mask_addresses(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut local: Option<(usize, char)> = None;
    let mut quoted = false;
    for c in text.chars() {
        match (c, local) {
            ('@', Some((start, first))) => {
                masked.truncate(start);
                masked.push(first);
                masked.push('…');
                local = None;
                quoted = false;
            }
            ('"', None) => {
                local = Some((masked.len(), '"'));
                quoted = true;
            }
            _ if quoted || is_local(c) => local = local.or(Some((masked.len(), c))),
            _ => local = None,
        }
        masked.push(c);
    }
    masked
}

/// What a local part is made of when it isn't quoted (RFC 5321 4.1.2: `Dot-string`).
fn is_local(c: char) -> bool {
    c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~-.".contains(c)
}

/// "User anna.martin unknown": some servers name the local part alone.
fn mask_word(text: &str, recipient: &EmailAddress) -> String {
    let address = recipient.reveal().to_lowercase();
    let Some((local, _)) = address.rsplit_once('@') else { return text.to_owned() };
    let first: String = local.chars().take(1).collect();
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain(std::iter::once(' ')) {
        if is_local(c) {
            word.push(c);
            continue;
        }
        if word.trim_end_matches('.').eq_ignore_ascii_case(local) && local.len() > 1 {
            masked.push_str(&first);
            masked.push('…');
        } else {
            masked.push_str(&word);
        }
        word.clear();
        masked.push(c);
    }
    masked.pop();
    masked
}

#[cfg(test)]
mod tests {
    use super::{Reply, reply};
    use crate::base::EmailAddress;

    fn heard(code: u16, text: &str) -> Reply {
        reply(code, text, Some(&EmailAddress::parse("Anna.Martin@salon.example").unwrap()))
    }

    #[test]
    fn an_enhanced_code_is_read_only_where_it_agrees_with_the_reply() {
        assert_eq!(heard(550, "5.1.1 no such user").enhanced, Some((5, 1, 1)));
        assert_eq!(heard(550, "5.7.515 access denied").enhanced, Some((5, 7, 515)));
        assert_eq!(heard(450, "5.1.1 confused").enhanced, None);
        assert_eq!(heard(550, "5.1 short").enhanced, None);
        assert_eq!(heard(550, "5.1.1.1 long").enhanced, None);
        assert_eq!(heard(550, "5.1.1234 wide").enhanced, None);
        assert_eq!(heard(550, "no 5.1.1 in front").enhanced, None);
        assert_eq!(heard(550, "").enhanced, None);
    }

    #[test]
    fn the_text_names_nobody() {
        for (text, kept) in [
            ("5.1.1 <anna.martin@salon.example>: unknown", "<a…@salon.example>: unknown"),
            ("User anna.martin unknown in local table", "User a… unknown in local table"),
            ("no ANNA.MARTIN.", "no a…"),
            ("\"anna martin\"@salon.example: no", "\"…@salon.example: no"),
            ("see https://x.example/?p=5 and bob+x@y.example", "see https://x.example/?p=5 and b…@y.example"),
            ("@", "@"),
            ("plain words\tonly", "plain words only"),
        ] {
            assert_eq!(heard(550, text).text, kept, "{text}");
        }
    }

    #[test]
    fn the_text_is_short() {
        assert_eq!(heard(550, &"é".repeat(500)).text.chars().count(), 200);
    }
}
