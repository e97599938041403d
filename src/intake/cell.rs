//! One cell: text of a decent length, then the type that the policy declares for its column.

use super::defect::Defect;
use crate::{
    base::{
        EmailAddress, Instant, Value, Zone,
        civil::{CivilTime, MonthDay, is_year},
        money::minor_digits,
    },
    document::suggest::{did_you_mean, nearest},
    people::{ConsentKind, Language},
    policy::{FieldType, OwnLimit, Policy, cap::Window},
};
use chrono::{Datelike, NaiveDate, NaiveTime};
use std::{num::NonZeroU32, time::Duration};

/// A cell may have so many characters: a long note fits, a swallowed file doesn't.
pub const CELL_CHARACTERS_MAX: usize = 4_000;
/// So far may the clock of another machine be ahead of ours.
pub(super) const AHEAD_MAX: Duration = Duration::from_mins(5);

/// One cell and the name of its column.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    column: &'a str,
    text: &'a str,
}

impl<'a> Cell<'a> {
    /// Looks at the letters. `None` for an empty cell.
    pub fn new(column: &'a str, text: &'a str) -> Result<Option<Self>, Defect> {
        let text = text.trim();
        let named = || column.to_owned();
        if text.chars().nth(CELL_CHARACTERS_MAX).is_some() {
            return Err(Defect::CellTooLong { column: named(), max: CELL_CHARACTERS_MAX });
        }
        if text.contains('\u{FFFD}') {
            return Err(Defect::LostLetter { column: named() });
        }
        if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t')) {
            return Err(Defect::ControlCharacter { column: named() });
        }
        Ok((!text.is_empty()).then_some(Self { column, text }))
    }

    /// The text.
    pub fn text(self) -> String {
        self.text.to_owned()
    }

    /// An e-mail address.
    pub fn address(self) -> Result<EmailAddress, Defect> {
        EmailAddress::parse(self.text).map_err(|why| Defect::Address { column: self.column.to_owned(), why })
    }

    /// A time zone by its IANA name, in any case.
    pub fn zone(self) -> Result<Zone, Defect> {
        Zone::parse(self.text)
            .or_else(|| Zone::names().find(|name| name.eq_ignore_ascii_case(self.text)).and_then(Zone::parse))
            .ok_or_else(|| self.no_zone(self.text))
    }

    /// A language by its tag.
    pub fn language(self) -> Result<Language, Defect> {
        Language::parse(self.text).ok_or_else(|| self.not("a language, such as `en` or `fr`"))
    }

    /// A value of the declared type. Amounts without a currency are in the business's.
    pub fn value(self, kind: FieldType, currency: &str) -> Result<Value, Defect> {
        match kind {
            FieldType::Text => Ok(Value::Text(self.text())),
            FieldType::Integer => {
                self.text.parse().map(Value::Integer).map_err(|_| self.not("a whole number, such as `3`"))
            }
            FieldType::Boolean => match self.text.to_ascii_lowercase().as_str() {
                "yes" | "true" | "1" => Ok(Value::Boolean(true)),
                "no" | "false" | "0" => Ok(Value::Boolean(false)),
                _ => Err(self.not("`yes` or `no`")),
            },
            FieldType::Money => {
                money(self.text, currency).ok_or_else(|| self.not("an amount with its currency, such as `12.50 EUR`"))
            }
            FieldType::Datetime => self.datetime().map(Value::Datetime),
            FieldType::Date => {
                date(self.text).map(Value::Date).ok_or_else(|| self.not("a date, such as `2026-03-29` or `29/03/2026`"))
            }
            FieldType::MonthDay => MonthDay::parse(self.text)
                .or_else(|| any_date(self.text).map(|day| MonthDay { month: day.month(), day: day.day() }))
                .map(Value::MonthDay)
                .ok_or_else(|| self.not("a day of the year, such as `03-29`")),
            FieldType::Products => Err(self.not("anything that an import may bring")),
        }
    }

    /// When something was said or done elsewhere, by the business's clock where no zone is named. A clock elsewhere may be
    /// a little ahead of ours.
    pub fn past(self, policy: &Policy, now: Instant) -> Result<Instant, Defect> {
        let at = self.datetime()?.at(policy.business.time_zone);
        if at > now.plus(AHEAD_MAX) {
            return Err(Defect::FutureYes { column: self.column.to_owned() });
        }
        Ok(at)
    }

    /// The end of what began at that time, by the business's clock where no zone is named.
    pub fn after(self, start: Instant, policy: &Policy) -> Result<Instant, Defect> {
        let end = self.datetime()?.at(policy.business.time_zone);
        if end > start { Ok(end) } else { Err(self.not("a date after the one when it was said")) }
    }

    /// One of these words.
    pub fn word<T: Copy>(self, words: &[(&str, T)]) -> Result<T, Defect> {
        words.iter().find(|(word, _)| *word == self.text).map(|(_, value)| *value).ok_or_else(|| Defect::Word {
            column: self.column.to_owned(),
            help: did_you_mean(self.text, words.iter().map(|(word, _)| *word)),
        })
    }

    /// How many messages somebody wants at most.
    pub fn count(self) -> Result<NonZeroU32, Defect> {
        let count = self.text.parse().ok().filter(|count: &NonZeroU32| count.get() <= OwnLimit::AT_MOST_MAX);
        count.ok_or_else(|| self.not("a number from 1 to 1000"))
    }

    /// In which time they want no more.
    pub fn window(self) -> Result<Window, Defect> {
        let window = Window::parse(self.text).ok().filter(|window| window.reach() <= OwnLimit::REACH_MAX);
        window.ok_or_else(|| self.not("a time up to a year, such as `30 days` or `calendar month`"))
    }

    /// A consent: `no`, or the date of the yes, which is meant in `zone` where it names none.
    pub fn consent(self, policy: &Policy, zone: Option<Zone>, now: Instant) -> Result<(ConsentKind, Instant), Defect> {
        match self.text.to_ascii_lowercase().as_str() {
            "no" | "false" | "0" => return Ok((ConsentKind::Withdrawn, now)),
            "yes" | "true" | "1" => return Err(Defect::YesWithoutDate { column: self.column.to_owned() }),
            _ => {}
        }
        let given = match date(self.text) {
            Some(day) => CivilTime { local: day.and_time(NaiveTime::MIN), zone: None },
            None => CivilTime::parse(self.text)
                .ok_or_else(|| self.not("`no` or the date of the yes, such as `2026-03-29` or `2026-03-29T10:00`"))?,
        };
        let at = given.at(zone.unwrap_or(policy.business.time_zone));
        if at > now {
            return Err(Defect::FutureYes { column: self.column.to_owned() });
        }
        Ok((ConsentKind::Granted, at))
    }

    fn datetime(self) -> Result<CivilTime, Defect> {
        CivilTime::parse(self.text).ok_or_else(|| {
            let named = self.text.strip_suffix(']').and_then(|text| text.split_once('[')).map(|(_, zone)| zone.trim());
            match named {
                Some(zone) if Zone::parse(zone).is_none() => self.no_zone(zone),
                _ => self.not("a date and time, such as `2026-03-29T10:00` or `29/03/2026 10:00`"),
            }
        })
    }

    fn not(self, expected: &'static str) -> Defect {
        Defect::Type { column: self.column.to_owned(), expected }
    }

    fn no_zone(self, name: &str) -> Defect {
        let suggestion = nearest(name, Zone::names()).map(ToOwned::to_owned);
        Defect::Zone { column: self.column.to_owned(), name: name.chars().take(60).collect(), suggestion }
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    any_date(text).filter(|day| is_year(day.year()))
}

/// A date of any year, or of two digits of one.
fn any_date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

/// `12.50 EUR`, `EUR 12.50`, `12,50 €`, `12`. A dollar sign is many currencies', so it is none.
fn money(text: &str, currency: &str) -> Option<Value> {
    let mut amount = text.replace('€', "EUR").replace('£', "GBP");
    amount.retain(|letter| !letter.is_whitespace());
    let code: String = amount.chars().filter(char::is_ascii_alphabetic).collect();
    let number = if code.is_empty() {
        amount.as_str()
    } else {
        amount.strip_suffix(code.as_str()).or_else(|| amount.strip_prefix(code.as_str()))?
    };
    let code = match code.len() {
        0 => currency.to_owned(),
        3 => code.to_ascii_uppercase(),
        _ => return None,
    };
    let (sign, number) = match number.strip_prefix('-') {
        Some(number) => (-1, number),
        None => (1, number),
    };
    let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, ""));
    let digits = minor_digits(&code) as usize;
    if part.len() > digits || whole.is_empty() || !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let minor: i64 = format!("{whole}{part:0<digits$}").parse().ok()?;
    Some(Value::Money { minor: sign * minor, currency: code })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents(text: &str) -> Option<(i64, String)> {
        match money(text, "EUR")? {
            Value::Money { minor, currency } => Some((minor, currency)),
            _ => None,
        }
    }

    #[test]
    fn no_cent_is_rounded_away_or_guessed() {
        let is = |text, minor, currency: &str| assert_eq!(cents(text), Some((minor, currency.to_owned())), "{text}");
        is("12.50 EUR", 1250, "EUR");
        is("12,5", 1250, "EUR");
        is("£ 7", 700, "GBP");
        is("chf 1200.05", 120_005, "CHF");
        is("-3,20 €", -320, "EUR");
        is("1500 JPY", 1500, "JPY");
        is("1.234 KWD", 1234, "KWD");
        // Three digits behind the point are thousands to one and cents to another.
        for unclear in ["1.234", "12.345,00", "$5", "12 EU", "EUR", "1500.5 JPY", "12.5.0", "99999999999999999999"] {
            assert_eq!(cents(unclear), None, "{unclear}");
        }
    }
    #[test]
    fn a_year_of_two_digits_is_nobodys_but_of_a_birthday() {
        let value = |text: &str, kind| Cell::new("a", text).unwrap().unwrap().value(kind, "EUR");
        for (text, kind) in [
            ("29/03/26 10:00", FieldType::Datetime),
            ("26-03-29T10:00", FieldType::Datetime),
            ("29.03.26", FieldType::Date),
        ] {
            assert!(matches!(value(text, kind), Err(Defect::Type { .. })), "{text}");
            assert!(value(&text.replace("26", "2026"), kind).is_ok(), "{text}");
        }
        let birthday = MonthDay { month: 3, day: 29 };
        assert_eq!(value("29/03/90", FieldType::MonthDay), Ok(Value::MonthDay(birthday)));
    }
}
