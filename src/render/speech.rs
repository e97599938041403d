//! How a language writes dates, times and amounts: the natural forms, one row per language.
//!
//! Names of days and months are CLDR's (by glibc's tables, which chrono carries); the order of the words is ours,
//! because no table says "mardi 30 mars 2027 à 10:00". A language without a row is an error when templates are loaded,
//! not an English date in a Polish message.

use crate::people::Language;
use chrono::{DateTime, Datelike, Locale, NaiveDate, TimeZone};
use std::fmt::{Display, Write};

/// One language's forms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Speech {
    tag: &'static str,
    locale: Locale,
    date: &'static str,
    month_day: &'static str,
    first_of_month: Option<&'static str>,
    before_time: &'static str,
    after_time: &'static str,
    amounts: Amounts,
}

/// How a language writes an amount of money.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Amounts {
    decimal: char,
    thousands: &'static str,
    symbol: SymbolPlace,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum SymbolPlace {
    /// `€12.50`, but `CHF 12.50`.
    Before,
    /// `€ 12,50`.
    BeforeWithSpace,
    /// `12,50 €`.
    After,
}

const NO_BREAK_SPACE: &str = "\u{a0}";
const NARROW_NO_BREAK_SPACE: &str = "\u{202f}";

const SPEECHES: [Speech; 6] = [
    Speech {
        tag: "de",
        locale: Locale::de_DE,
        date: "%A, %-d. %B %Y",
        month_day: "%-d. %B",
        first_of_month: None,
        before_time: " um ",
        after_time: " Uhr",
        amounts: Amounts { decimal: ',', thousands: ".", symbol: SymbolPlace::After },
    },
    Speech {
        tag: "en",
        locale: Locale::en_GB,
        date: "%A, %-d %B %Y",
        month_day: "%-d %B",
        first_of_month: None,
        before_time: " at ",
        after_time: "",
        amounts: Amounts { decimal: '.', thousands: ",", symbol: SymbolPlace::Before },
    },
    Speech {
        tag: "es",
        locale: Locale::es_ES,
        date: "%A, %-d de %B de %Y",
        month_day: "%-d de %B",
        first_of_month: None,
        before_time: " a las ",
        after_time: "",
        amounts: Amounts { decimal: ',', thousands: ".", symbol: SymbolPlace::After },
    },
    Speech {
        tag: "fr",
        locale: Locale::fr_FR,
        date: "%A %-d %B %Y",
        month_day: "%-d %B",
        first_of_month: Some("1er"),
        before_time: " à ",
        after_time: "",
        amounts: Amounts { decimal: ',', thousands: NARROW_NO_BREAK_SPACE, symbol: SymbolPlace::After },
    },
    Speech {
        tag: "it",
        locale: Locale::it_IT,
        date: "%A %-d %B %Y",
        month_day: "%-d %B",
        first_of_month: Some("1º"),
        before_time: " alle ore ",
        after_time: "",
        amounts: Amounts { decimal: ',', thousands: ".", symbol: SymbolPlace::After },
    },
    Speech {
        tag: "nl",
        locale: Locale::nl_NL,
        date: "%A %-d %B %Y",
        month_day: "%-d %B",
        first_of_month: None,
        before_time: " om ",
        after_time: " uur",
        amounts: Amounts { decimal: ',', thousands: ".", symbol: SymbolPlace::BeforeWithSpace },
    },
];

/// Between a word and what is said of it: French sets a space before it that doesn't break.
#[must_use]
pub fn colon(tag: &str) -> &'static str {
    if tag == "fr" { "\u{a0}:" } else { ":" }
}

impl Speech {
    /// The forms of a language, if we know them.
    #[must_use]
    pub fn of(language: &Language) -> Option<Self> {
        Self::by_tag(language.tag())
    }

    /// The same by tag.
    pub(super) fn by_tag(tag: &str) -> Option<Self> {
        SPEECHES.into_iter().find(|speech| speech.tag == tag)
    }

    /// The languages that we know, for suggestions.
    pub fn tags() -> impl Iterator<Item = &'static str> {
        SPEECHES.iter().map(|speech| speech.tag)
    }

    /// The language's tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.tag
    }

    /// `mardi 30 mars 2027`, `Tuesday, 30 March 2027`.
    #[must_use]
    pub fn date(self, date: NaiveDate) -> String {
        date.format_localized(&self.with_first(self.date, date), self.locale).to_string()
    }

    /// `mardi 30 mars`, `Tuesday, 30 March`: a day of these weeks.
    #[must_use]
    pub fn day(self, date: NaiveDate) -> String {
        let form = self.date.trim_end_matches("%Y").trim_end().trim_end_matches(" de");
        date.format_localized(&self.with_first(form, date), self.locale).to_string()
    }

    /// `30 mars`, `30 March`: a birthday, whose year is nobody's business.
    #[must_use]
    pub fn month_day(self, date: NaiveDate) -> String {
        date.format_localized(&self.with_first(self.month_day, date), self.locale).to_string()
    }

    /// `10:00`; in German and Dutch with the word that belongs to it.
    #[must_use]
    pub fn time<Z: TimeZone<Offset: Display>>(self, at: &DateTime<Z>) -> String {
        format!("{}{}", at.format("%H:%M"), self.after_time)
    }

    /// `mardi 30 mars 2027 à 10:00`, `Tuesday, 30 March 2027 at 10:00`.
    #[must_use]
    pub fn datetime<Z: TimeZone<Offset: Display>>(self, at: &DateTime<Z>) -> String {
        format!("{}{}{}", self.date(at.date_naive()), self.before_time, self.time(at))
    }

    fn with_first(self, form: &'static str, date: NaiveDate) -> std::borrow::Cow<'static, str> {
        match self.first_of_month {
            Some(first) if date.day() == 1 => form.replace("%-d", first).into(),
            _ => form.into(),
        }
    }

    /// `12,50 €`, `€12.50`; `minor` is in units of 10^-`digits`.
    #[must_use]
    pub fn money(self, minor: i64, digits: u32, currency: &str) -> String {
        let scale = 10_u64.pow(digits.min(4));
        let amount = minor.unsigned_abs();
        let mut number = self.grouped(amount / scale);
        if digits > 0 {
            number.push(self.amounts.decimal);
            let _ = write!(number, "{:0width$}", amount % scale, width = digits.min(4) as usize);
        }
        let sign = if minor < 0 { "-" } else { "" };
        let symbol = symbol(currency);
        match self.amounts.symbol {
            SymbolPlace::After => format!("{sign}{number}{NO_BREAK_SPACE}{symbol}"),
            SymbolPlace::Before if symbol != currency => format!("{sign}{symbol}{number}"),
            SymbolPlace::Before | SymbolPlace::BeforeWithSpace => format!("{sign}{symbol}{NO_BREAK_SPACE}{number}"),
        }
    }

    fn grouped(self, whole: u64) -> String {
        let digits = whole.to_string();
        let mut out = String::with_capacity(digits.len() + 6);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push_str(self.amounts.thousands);
            }
            out.push(digit);
        }
        out
    }
}

/// The sign of a currency where all readers know it; otherwise its code.
fn symbol(currency: &str) -> &str {
    match currency {
        "EUR" => "€",
        "GBP" => "£",
        "USD" => "$",
        "JPY" => "¥",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speech(tag: &str) -> Speech {
        Speech::of(&Language::parse(tag).unwrap()).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_reads_as_people_write_it() {
        let at = day("2027-03-30").and_hms_opt(10, 0, 0).unwrap().and_utc();
        let said: Vec<String> = Speech::tags().map(|tag| speech(tag).datetime(&at)).collect();
        assert_eq!(
            said,
            [
                "Dienstag, 30. März 2027 um 10:00 Uhr",
                "Tuesday, 30 March 2027 at 10:00",
                "martes, 30 de marzo de 2027 a las 10:00",
                "mardi 30 mars 2027 à 10:00",
                "martedì 30 marzo 2027 alle ore 10:00",
                "dinsdag 30 maart 2027 om 10:00 uur",
            ]
        );
    }

    #[test]
    fn the_first_of_a_month_is_premier_in_french() {
        assert_eq!(speech("fr").date(day("2027-04-01")), "jeudi 1er avril 2027");
        assert_eq!(speech("fr").date(day("2027-04-11")), "dimanche 11 avril 2027");
        assert_eq!(speech("en").date(day("2027-04-01")), "Thursday, 1 April 2027");
        assert_eq!(speech("fr").month_day(day("2000-02-29")), "29 février");
    }

    #[test]
    fn an_amount_reads_as_people_write_it() {
        assert_eq!(speech("fr").money(123_456, 2, "EUR"), "1\u{202f}234,56\u{a0}€");
        assert_eq!(speech("en").money(123_456, 2, "EUR"), "€1,234.56");
        assert_eq!(speech("en").money(-1250, 2, "CHF"), "-CHF\u{a0}12.50");
        assert_eq!(speech("nl").money(5, 2, "EUR"), "€\u{a0}0,05");
        assert_eq!(speech("en").money(1_000_000, 0, "JPY"), "¥1,000,000");
        assert_eq!(speech("de").money(12_345_678, 3, "KWD"), "12.345,678\u{a0}KWD");
    }
}
