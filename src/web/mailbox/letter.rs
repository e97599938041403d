//! A letter as the catcher took it, read for the mailbox: what a mail program would show, and what it would hide.

use crate::base::{Instant, PlanId, Zone};
use mail_parser::MessageParser;

/// One letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// From 1, in the order in which they were taken.
    pub number: usize,
    /// When it was sent, by its own `Date` and the business's wall clock, for people.
    pub time: String,
    /// Whose, by the id in the business's own file. Whoever took the letter knows it by the plan.
    pub customer: String,
    /// The plan that it carries out, read from its Message-ID.
    pub plan: Option<PlanId>,
    /// `From`, decoded.
    pub from: String,
    /// `To`, decoded.
    pub to: String,
    /// `Subject`, decoded.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The text part.
    pub text: String,
    /// Name and raw value of each header, unfolded.
    pub headers: Vec<(String, String)>,
    /// The address in `List-Unsubscribe`.
    pub stop_url: String,
    /// The calendar entry, where there is one.
    pub calendar: Option<Vec<u8>>,
}

impl Letter {
    /// Reads a message. What it lacks is empty: the mailbox shows what came, it doesn't judge.
    #[must_use]
    pub fn read(number: usize, bytes: &[u8], zone: Zone) -> Self {
        let message = MessageParser::default().parse(bytes).unwrap_or_default();
        let headers: Vec<(String, String)> =
            message.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect();
        let raw = |name: &str| {
            let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let stop_url = raw("List-Unsubscribe").split(['<', '>']).find(|part| part.starts_with("http"));
        let calendar = message.attachments().find(|part| is_calendar(part)).map(|part| part.contents().to_vec());
        let sent_at = message.date().map(|date| Instant::from_ms(date.to_timestamp().saturating_mul(1000)));
        Self {
            number,
            time: sent_at.map(|at| zone.local(at).format("%a %-d %b, %H:%M").to_string()).unwrap_or_default(),
            customer: String::new(),
            plan: message.message_id().and_then(plan),
            from: shown(message.from()),
            to: shown(message.to()),
            subject: message.subject().unwrap_or_default().to_owned(),
            html: message.body_html(0).unwrap_or_default().into_owned(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            stop_url: stop_url.unwrap_or_default().to_owned(),
            calendar,
            headers,
        }
    }

    /// Whether it has all these words, in any of its visible parts.
    #[must_use]
    pub fn has(&self, words: &str) -> Found {
        let page = [&self.customer, &self.from, &self.to, &self.subject, &self.text].map(|part| part.to_lowercase());
        let everywhere =
            words.to_lowercase().split_whitespace().all(|word| page.iter().any(|part| part.contains(word)));
        if everywhere { Found::Here } else { Found::Not }
    }

    /// The first line of the text that isn't a greeting, for the list.
    #[must_use]
    pub fn preview(&self) -> String {
        let lines = self.text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.skip(1).collect::<Vec<_>>().join(" ").chars().take(120).collect()
    }
}

/// Whether a search finds a letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// It does.
    Here,
    /// It doesn't.
    Not,
}

fn unfolded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_calendar(part: &mail_parser::MessagePart<'_>) -> bool {
    use mail_parser::MimeHeaders;
    part.content_type()
        .is_some_and(|kind| kind.ctype().eq_ignore_ascii_case("text") && kind.subtype() == Some("calendar"))
}

/// `<41.0f….@salon.example>` carries plan 41.
fn plan(message_id: &str) -> Option<PlanId> {
    message_id.split('.').next()?.parse().ok().map(PlanId)
}

fn shown(addresses: Option<&mail_parser::Address<'_>>) -> String {
    let one = addresses.and_then(mail_parser::Address::first);
    let address = one.and_then(mail_parser::Addr::address).unwrap_or_default();
    match one.and_then(mail_parser::Addr::name) {
        Some(name) => format!("{name} <{address}>"),
        None => address.to_owned(),
    }
}
