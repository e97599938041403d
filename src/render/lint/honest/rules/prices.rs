//! Prices and discounts: none in a service message but the record's own, and the same for everyone elsewhere.
//!
//! A visit's price is a fact of the visit that its customer booked, as its hour is: a reminder may show it. It comes from the
//! record, by a field. A price that is written into the template belongs to no record, and so it advertises something; a
//! fee for a missed visit is a field of the visit, too, or stands on a page that says the terms. A share alone ("half of it
//! is due") is no price; a share off is an offer, by its words.
//!
//! "The same for everyone" is read from conditions. An amount, a percentage or a voucher behind a question about the
//! customer is a price by person; so is a discount in a workflow whose conditions ask about the customer, an amount that is
//! a field of the customer, and one that is another in another language. What a customer owns, such as the rest on a gift
//! card, is a record's field. When a message is sent hangs on the customer's own days, and that is no price.
//!
//! A rule that everyone knows is fair: the purpose names its fields in `prices_depend_on`, and says the discount in its
//! promise, which people are shown when they agree, in each message and on the stop page.

use super::super::{
    Letter, Reader,
    amounts::{self, Amount, Origin},
    fault::Dishonest,
    galley::{Galley, What, Whose},
    page::Page,
    phrases,
};
use crate::{base::Source, render::Part};
use std::{collections::BTreeSet, ops::Range};

pub(in super::super) fn read(letter: &Letter, reader: &mut Reader<'_>) -> BTreeSet<String> {
    let mut written = BTreeSet::new();
    for page in letter.pages() {
        let amounts = amounts::all(page);
        for amount in &amounts {
            amount_is_fair(page, amount, reader);
        }
        offers_are_fair(page, &amounts, reader);
        let is_written = |amount: &Amount| amount.origin == Origin::Written;
        written.extend(amounts.into_iter().filter(is_written).map(|amount| amount.text));
    }
    written
}

fn amount_is_fair(page: &Page, amount: &Amount, reader: &mut Reader<'_>) {
    let at = &amount.at;
    match &amount.origin {
        Origin::Customer(name) => reader.blame(page, at, &Dishonest::CustomersPrice(name.clone())),
        Origin::Written if !reader.is_marketing() && !amount.is_share() => {
            let fault = Dishonest::Price { amount: amount.text.clone(), record: reader.record() };
            return reader.blame(page, at, &fault);
        }
        Origin::Written | Origin::Record => {}
    }
    let promised = |promise: &Page| amounts::all(promise).iter().any(|other| other.text == amount.text);
    same_for_everyone(page, at, &amount.text, reader, promised);
    if amount.is_share() && reader.is_marketing() {
        to_everyone(page, at, &amount.text, reader, promised);
    }
}

fn offers_are_fair(page: &Page, amounts: &[Amount], reader: &mut Reader<'_>) {
    for vocabulary in phrases::vocabularies(reader.language) {
        let offers = phrases::all(page, vocabulary.offers, vocabulary.innocent);
        let vouchers = phrases::all(page, vocabulary.vouchers, vocabulary.innocent);
        for found in &offers {
            if !reader.is_marketing() && !is_of_the_record(page, &found.at()) {
                reader.blame(page, &found.at(), &Dishonest::Offer(page.quote(&found.at())));
            }
        }
        let promised = |promise: &Page| {
            let said = |phrases| !phrases::all(promise, phrases, vocabulary.innocent).is_empty();
            said(vocabulary.offers) || said(vocabulary.vouchers)
        };
        // "10 % off" was looked at as an amount.
        let is_amount = |at: Range<usize>| amounts.iter().any(|one| one.at.start < at.end && at.start < one.at.end);
        for found in offers.iter().chain(&vouchers).filter(|found| !is_amount(found.at())) {
            same_for_everyone(page, &found.at(), &page.quote(&found.at()), reader, promised);
            if reader.is_marketing() {
                to_everyone(page, &found.at(), &page.quote(&found.at()), reader, promised);
            }
        }
    }
}

/// Whether all of it is the record's own value.
fn is_of_the_record(page: &Page, at: &Range<usize>) -> bool {
    let is_field = |what: &What| matches!(what, What::Field(named) if named.thing != "customer");
    page.galley.touched(at).all(|piece| is_field(&piece.what))
}

/// Nothing was asked of the customer before this stands there, or everyone knows the rule.
fn same_for_everyone(
    page: &Page,
    at: &Range<usize>,
    what: &str,
    reader: &mut Reader<'_>,
    promised: impl Fn(&Page) -> bool,
) {
    let asked = page.galley.touched(at).find_map(|piece| match &piece.whose {
        Whose::Customers(name) => Some(name.clone()),
        Whose::Anybodys => None,
    });
    let Some(asked) = asked else { return };
    let what = what.to_owned();
    match rule(&asked, reader, promised) {
        Rule::Promised => {}
        Rule::Unsaid => reader.blame(page, at, &Dishonest::Unpromised { what, asked }),
        Rule::None => reader.blame(page, at, &Dishonest::Bargain { what, asked }),
    }
}

/// The workflow's conditions keep a discount from nobody, or everyone knows the rule.
fn to_everyone(page: &Page, at: &Range<usize>, what: &str, reader: &mut Reader<'_>, promised: impl Fn(&Page) -> bool) {
    for asked in reader.desk.asked {
        let (what, asked) = (what.to_owned(), asked.clone());
        match rule(&asked, reader, &promised) {
            Rule::Promised => {}
            Rule::Unsaid => reader.blame(page, at, &Dishonest::Unpromised { what, asked }),
            Rule::None => reader.blame(page, at, &Dishonest::Audience { what, asked }),
        }
    }
}

/// What the policy says about prices by one field.
enum Rule {
    /// Nothing.
    None,
    /// That there is a rule, which nobody is told.
    Unsaid,
    /// The rule, to everyone.
    Promised,
}

fn rule(asked: &str, reader: &Reader<'_>, promised: impl Fn(&Page) -> bool) -> Rule {
    let desk = reader.desk;
    let Some(purpose) = desk.policy.purposes.get(desk.scope.purpose) else { return Rule::None };
    if !asked.strip_prefix("customer.").is_some_and(|field| purpose.prices_depend_on.contains(field)) {
        return Rule::None;
    }
    let promise = purpose.promise_in(reader.language);
    let page = Page::read(Galley::of(promise), Part::Text, Source::new("policy.toml", promise));
    if promised(&page) { Rule::Promised } else { Rule::Unsaid }
}
