//! Amounts of money and percentages among the words of a page, written so that two languages can be compared: `€1,000.00`,
//! `1 000 euros` and `1.000 EUR` are `1000 €`.

use super::{
    galley::What,
    page::{Page, Word},
};
use crate::policy::FieldType;
use std::ops::Range;

/// What stands beside a number that is an amount, and the sign that it is compared by.
const CURRENCIES: [(&str, &[&str]); 9] = [
    ("€", &["€", "eur", "euro", "euros"]),
    ("$", &["$", "usd", "dollar", "dollars"]),
    ("£", &["£", "gbp", "pound", "pounds"]),
    ("¥", &["¥", "jpy", "yen"]),
    ("CHF", &["chf", "franken", "francs", "franchi"]),
    ("SEK", &["sek"]),
    ("NOK", &["nok"]),
    ("DKK", &["dkk"]),
    ("PLN", &["pln"]),
];
/// What stands behind a number that is a share: one word, or two.
const PERCENT: [&str; 6] = ["%", "percent", "prozent", "pourcent", "procent", "percento"];
const PER_CENT: [(&str, &str); 4] = [("per", "cent"), ("pour", "cent"), ("por", "ciento"), ("per", "cento")];

/// An amount or a percentage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Amount {
    pub at: Range<usize>,
    /// As it is compared.
    pub text: String,
    pub origin: Origin,
}

/// Where an amount comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    /// A template, or the policy.
    Written,
    /// A field of the customer, by its name.
    Customer(String),
    /// A field of the record.
    Record,
}

impl Amount {
    /// Whether it is a share.
    pub(super) fn is_share(&self) -> bool {
        self.text.ends_with('%')
    }
}

/// All of a page.
pub(super) fn all(page: &Page) -> Vec<Amount> {
    let mut amounts: Vec<Amount> = vec![];
    for at in 0..page.words.len() {
        let found = field(page, at).or_else(|| written(page, at));
        amounts.extend(found.filter(|found| amounts.last().is_none_or(|last| last.at.end <= found.at.start)));
    }
    amounts
}

/// A field that holds money.
fn field(page: &Page, at: usize) -> Option<Amount> {
    let piece = page.galley.piece(page.words.get(at)?.at.start)?;
    match &piece.what {
        What::Field(named) if named.kind == FieldType::Money => {
            let text = format!("{}.{}", named.thing, named.field);
            Some(Amount { at: piece.at.clone(), text, origin: origin(page, &piece.at) })
        }
        _ => None,
    }
}

/// A number, with its sign before or behind it.
fn written(page: &Page, at: usize) -> Option<Amount> {
    let number = page.words.get(at).filter(|word| starts_with_digit(&word.text))?;
    // Groups of three behind a space belong to the number.
    let is_short = number.text.len() <= 3 && number.text.bytes().all(|b| b.is_ascii_digit());
    let groups = page.words.iter().skip(at + 1);
    let groups: Vec<&Word> = groups
        .scan(number.at.end, |end, word| {
            let gap = page.galley.text.get(*end..word.at.start).map(super::markup::plain);
            let is_next = gap.is_some_and(|gap| matches!(gap.as_str(), " " | "\u{a0}" | "\u{202f}"));
            *end = word.at.end;
            (is_next && is_short && is_group(&word.text)).then_some(word)
        })
        .collect();
    let last = groups.last().map_or(number, |word| *word);
    let digits: String = std::iter::once(number).chain(groups.iter().copied()).map(|word| word.text.as_str()).collect();
    let word = |at: Option<usize>| page.words.get(at?).filter(|word| word.block == number.block);
    let behind = at + groups.len() + 1;
    let (next, after) = (word(Some(behind)), word(Some(behind + 1)));
    let before = word(at.checked_sub(1));
    let is_per_cent = |one: &Word, two: &Word| PER_CENT.contains(&(one.text.as_str(), two.text.as_str()));
    let (span, sign) = match (before.and_then(currency), next, after) {
        (_, Some(next), _) if PERCENT.contains(&next.text.as_str()) => (number.at.start..next.at.end, "%"),
        (_, Some(next), Some(after)) if is_per_cent(next, after) => (number.at.start..after.at.end, "%"),
        (_, Some(next), _) if currency(next).is_some() => (number.at.start..next.at.end, currency(next)?),
        (Some(sign), ..) => (before?.at.start..last.at.end, sign),
        _ => return None,
    };
    let text = format!("{} {sign}", plain(&digits));
    // The whole of a thing is no share of it: "100 % cotton".
    (text != "100 %").then(|| Amount { text, origin: origin(page, &number.at), at: span })
}

fn origin(page: &Page, at: &Range<usize>) -> Origin {
    match page.galley.piece(at.start).map(|piece| &piece.what) {
        Some(What::Field(named)) if named.thing == "customer" => Origin::Customer(format!("customer.{}", named.field)),
        Some(What::Field(_)) => Origin::Record,
        _ => Origin::Written,
    }
}

pub(super) fn starts_with_digit(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

fn is_group(word: &str) -> bool {
    word.split([',', '.']).next().is_some_and(|whole| whole.len() == 3 && whole.bytes().all(|b| b.is_ascii_digit()))
}

fn currency(word: &Word) -> Option<&'static str> {
    CURRENCIES.iter().find(|(_, words)| words.contains(&word.text.as_str())).map(|(sign, _)| *sign)
}

/// A number without the signs between its thousands, and without a fraction of nothing: `1.000,00` is `1000`.
fn plain(number: &str) -> String {
    let (whole, fraction) = match number.rsplit_once([',', '.']) {
        Some((whole, fraction)) if fraction.len() != 3 => (whole, fraction),
        _ => (number, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::{super::page::Page, all};
    use crate::{base::Source, render::Part};

    fn amounts(text: &str) -> Vec<String> {
        let page = Page::read(super::super::galley::Galley::of(text), Part::Text, Source::new("a", text));
        all(&page).into_iter().map(|amount| amount.text).collect()
    }

    #[test]
    fn one_amount_is_the_same_in_all_languages() {
        for text in ["€1,000.00", "1 000 €", "1\u{a0}000,00 euros", "1.000 EUR", "EUR 1000", "€ 1.000"] {
            assert_eq!(amounts(text), ["1000 €"], "{text}");
        }
        for text in
            ["12.50 %", "12,5%", "12.5 percent", "12.5 per cent", "12,5 pour cent", "12,50 Prozent", "12,5 por ciento"]
        {
            assert_eq!(amounts(text), ["12.5 %"], "{text}");
        }
        assert_eq!(
            amounts("from €12 to €20, 5 % less at 15:00. 200 % CHF 30"),
            ["12 €", "20 €", "5 %", "200 %", "30 CHF"]
        );
    }

    #[test]
    fn other_numbers_are_no_amounts() {
        for text in [
            "10:00",
            "3 days",
            "12 rue des Lilas, 69001 Lyon",
            "100 people",
            "€",
            "20\n\n%",
            "at 10, per person",
            "100 % cotton",
        ] {
            assert_eq!(amounts(text), [""; 0], "{text}");
        }
    }
}
