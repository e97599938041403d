//! Whether a file is a calendar, and all of one.
//!
//! RFC 5545 3.6: everything stands between a `BEGIN:X` and an `END:X`. Where one isn't closed, the file was cut off; the
//! parser would take what is left and say nothing. A cut inside a line leaves its event open, so it is found the same way.
//!
//! What can't be seen here is an event that was lost from the middle together with both its ends: against that stand the
//! rules of the polled feed.

use super::{
    fault::{EVENTS_MAX, NoCalendar},
    rule,
};
use calcard::{Entry, Parser, icalendar::ICalendar};
use std::collections::BTreeSet;

/// Parts inside parts: VCALENDAR, VEVENT, VALARM, and room for what is still to be thought of.
const DEPTH_MAX: usize = 6;

/// A file that has the shape of a calendar.
#[derive(Debug)]
pub(super) struct Shape {
    pub text: String,
    /// Lines, from 1, on which events begin, in order.
    pub events: Vec<u64>,
    /// Those of them that have a rule beyond all bounds.
    pub unsound: BTreeSet<u64>,
}

/// Looks at the beginnings and ends.
pub(super) fn look(bytes: &[u8]) -> Result<Shape, NoCalendar> {
    let text = std::str::from_utf8(bytes).map_err(|_| NoCalendar::NotUtf8)?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).ok_or(NoCalendar::Empty)?;
    if first.starts_with('<') {
        return Err(NoCalendar::WebPage);
    }
    if !first.eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        return Err(NoCalendar::Other);
    }
    let mut open: Vec<(String, u64)> = vec![];
    let mut events = vec![];
    let mut unsound = BTreeSet::new();
    let mut lines = text.lines().zip(1_u64..).peekable();
    while let Some((line, number)) = lines.next() {
        if let Some(name) = after(line, "BEGIN:") {
            if name == "VEVENT" {
                events.push(number);
            }
            open.push((name, number));
            if open.len() > DEPTH_MAX {
                return Err(NoCalendar::TooDeep { line: number });
            }
        } else if let Some(closed) = after(line, "END:") {
            match open.pop() {
                Some((name, _)) if name == closed => {}
                _ => return Err(NoCalendar::Crossed { closed, line: number }),
            }
        } else if open.is_empty() && !line.trim().is_empty() {
            return Err(NoCalendar::Other);
        } else if after(line, "RRULE").is_some() && open.last().is_some_and(|(name, _)| name == "VEVENT") {
            let mut folded = line.to_owned();
            while let Some((more, _)) = lines.next_if(|(next, _)| next.starts_with([' ', '\t'])) {
                folded.extend(more.chars().skip(1));
            }
            if !folded.split_once(':').is_some_and(|(_, text)| rule::is_sound(text)) {
                unsound.extend(events.last());
            }
        }
    }
    if events.len() > EVENTS_MAX {
        return Err(NoCalendar::TooManyEvents);
    }
    match open.pop() {
        Some((open, line)) => Err(NoCalendar::CutOff { open, line }),
        None => Ok(Shape { text: text.to_owned(), events, unsound }),
    }
}

/// The calendars of a file: usually one, but RFC 5545 3.4 allows several.
pub(super) fn parts(text: &str) -> Result<Vec<ICalendar>, NoCalendar> {
    let mut parser = Parser::new(text);
    let mut parts = vec![];
    loop {
        match parser.entry() {
            Entry::ICalendar(part) => parts.push(part),
            Entry::Eof => return Ok(parts),
            Entry::InvalidLine(line) if line.trim().is_empty() => {}
            other => {
                let what = match other {
                    Entry::TooManyComponents => "it has too many parts",
                    _ => "a part of it is not a calendar's",
                };
                return Err(NoCalendar::Unreadable(what.to_owned()));
            }
        }
    }
}

/// What stands after a word in any case, in upper case. A line that begins with a space goes on with the one before it.
fn after(line: &str, word: &str) -> Option<String> {
    let (start, rest) = line.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then(|| rest.trim().to_ascii_uppercase())
}
