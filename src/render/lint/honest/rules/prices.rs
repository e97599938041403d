//! Prices and discounts: none in a service message but the record's own, and the same for everyone elsewhere.
//!
//! A visit's price is a fact of the visit that its customer booked, as its hour is: a reminder may show it. It comes from the
//! record, by a field. A price that is written into the template belongs to no record, and so it advertises something; a
//! fee for a missed visit is a field of the visit, too, or stands on a page that says the terms.
//!
//! "The same for everyone" is read from conditions: an amount, a percentage or a voucher behind a question about the
//! customer is a price by person. So is an amount that is a field of the customer, and one that is another in another
//! language. What a customer owns, such as the rest on a gift card, is a record's field.

use super::super::{
    Letter, Reader,
    fault::Dishonest,
    galley::{What, Whose},
    page::{Page, Word},
    phrases,
};
use crate::policy::FieldType;
use std::{collections::BTreeSet, ops::Range};

/// What stands beside a number that is an amount.
const CURRENCIES: [&str; 20] = [
    "€", "$", "£", "¥", "eur", "euro", "euros", "chf", "franken", "francs", "franchi", "usd", "dollar", "dollars",
    "gbp", "pound", "pounds", "sek", "nok", "dkk",
];
/// What stands behind a number that is a share.
const PERCENT: [&str; 7] = ["%", "percent", "prozent", "pourcent", "procent", "cent", "ciento"];

/// An amount or a percentage.
struct Amount {
    at: Range<usize>,
    /// As it is compared: `20 %`.
    text: String,
    origin: Origin,
}

/// Where an amount comes from.
enum Origin {
    Written,
    /// A field, by its name.
    Customer(String),
    Record,
}

pub(in super::super) fn read(letter: &Letter, reader: &mut Reader<'_>) -> BTreeSet<String> {
    let mut written = BTreeSet::new();
    for page in letter.pages() {
        for amount in amounts(page) {
            written.extend(amount_is_fair(page, amount, reader));
        }
        offers_are_fair(page, reader);
    }
    written
}

/// Gives what is written.
fn amount_is_fair(page: &Page, amount: Amount, reader: &mut Reader<'_>) -> Option<String> {
    if let Some(asked) = asked(page, &amount.at) {
        reader.blame(page, &amount.at, &Dishonest::Bargain { what: amount.text.clone(), asked });
    }
    match amount.origin {
        Origin::Customer(name) => reader.blame(page, &amount.at, &Dishonest::CustomersPrice(name)),
        Origin::Record => {}
        Origin::Written => {
            if !reader.is_marketing() {
                let record = reader.record();
                reader.blame(page, &amount.at, &Dishonest::Price { amount: amount.text.clone(), record });
            }
            return Some(amount.text);
        }
    }
    None
}

fn offers_are_fair(page: &Page, reader: &mut Reader<'_>) {
    for vocabulary in phrases::vocabularies(reader.language) {
        let offers = phrases::all(page, vocabulary.offers, vocabulary.innocent);
        let vouchers = phrases::all(page, vocabulary.vouchers, vocabulary.innocent);
        for found in &offers {
            if !reader.is_marketing() && !is_of_the_record(page, &found.at()) {
                reader.blame(page, &found.at(), &Dishonest::Offer(found.quoted(page)));
            }
        }
        for found in offers.iter().chain(&vouchers) {
            if let Some(asked) = asked(page, &found.at()) {
                reader.blame(page, &found.at(), &Dishonest::Bargain { what: found.quoted(page), asked });
            }
        }
    }
}

/// Whether all of it is the record's own value.
fn is_of_the_record(page: &Page, at: &Range<usize>) -> bool {
    let is_field = |what: &What| matches!(what, What::Field(named) if named.thing != "customer");
    page.galley.touched(at).all(|piece| is_field(&piece.what))
}

/// What was asked of the customer before this stood there.
fn asked(page: &Page, at: &Range<usize>) -> Option<String> {
    page.galley.touched(at).find_map(|piece| match &piece.whose {
        Whose::Customers(name) => Some(name.clone()),
        Whose::Anybodys => None,
    })
}

/// All amounts of a page.
fn amounts(page: &Page) -> Vec<Amount> {
    let is_number = |word: &Word| word.text.starts_with(|c: char| c.is_ascii_digit());
    let mut amounts: Vec<Amount> = vec![];
    for (at, word) in page.words.iter().enumerate() {
        let field = page.galley.piece(word.at.start).and_then(|piece| match &piece.what {
            What::Field(named) => Some((piece, named)),
            _ => None,
        });
        let beside = |other: Option<&Word>, signs: &[&str]| {
            other.filter(|other| other.block == word.block && signs.contains(&other.text.as_str())).cloned()
        };
        let before = at.checked_sub(1).and_then(|at| page.words.get(at));
        let after = page.words.get(at + 1);
        let stretch = match field {
            Some((piece, named)) if named.kind == FieldType::Money => Some(piece.at.clone()),
            _ if is_number(word) => beside(after, &PERCENT)
                .or_else(|| beside(after, &CURRENCIES))
                .map(|sign| word.at.start..sign.at.end)
                .or_else(|| beside(before, &CURRENCIES).map(|sign| sign.at.start..word.at.end)),
            _ => None,
        };
        let Some(stretch) = stretch.filter(|stretch| amounts.last().is_none_or(|last| last.at != *stretch)) else {
            continue;
        };
        let origin = match field {
            Some((_, named)) if named.thing == "customer" => Origin::Customer(format!("customer.{}", named.field)),
            Some(_) => Origin::Record,
            None => Origin::Written,
        };
        amounts.push(Amount { text: text(page, &stretch), at: stretch, origin });
    }
    amounts
}

/// The words of a stretch, the number first.
fn text(page: &Page, stretch: &Range<usize>) -> String {
    let inside = page.words.iter().filter(|word| word.at.start >= stretch.start && word.at.end <= stretch.end);
    let mut words: Vec<&str> = inside.map(|word| word.text.as_str()).collect();
    words.sort_by_key(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
    words.join(" ")
}
