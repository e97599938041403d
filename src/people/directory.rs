//! Who is meant? Customers by their addresses, telephone numbers and names, for calendars that name no attendee.
//!
//! Each means that finds anybody narrows the answer, and one that speaks of somebody else makes it a question for a
//! person. **Nobody is ever guessed**: a reminder to the wrong person tells a stranger about somebody's visit. So
//!
//! - an address or a telephone number decides if it is one customer's alone;
//! - a name decides if it is a full one, first name and last, one customer's alone, and nobody is called almost so: one
//!   slip of the pen would otherwise make one sister of the other;
//! - a first name never decides, but it tells apart those who share a telephone.

use crate::base::{CustomerId, EmailAddress, Telephone};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;

/// Slips of the pen that lie between two names which are almost the same.
const SLIPS: usize = 2;
/// Words of the longest name that is looked for.
const NAME_WORDS_MAX: usize = 6;
/// So many likely customers are named.
const LIKELY_MAX: usize = 5;

/// What a customer is known by.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Who.
    pub customer: CustomerId,
    /// Where mail goes.
    pub address: EmailAddress,
    /// All numbers.
    pub telephones: Vec<Telephone>,
    /// As the policy's fields say it; empty for none.
    pub first_name: String,
    /// As the policy's fields say it; empty for none.
    pub last_name: String,
}

/// The means that may be used, by the policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Means {
    /// An address in the title, the notes or the place.
    Address,
    /// A telephone number there.
    Telephone,
    /// A name there.
    Name,
}

impl Means {
    /// All, with their names in `policy.toml`.
    pub const ALL: [(&'static str, Self); 3] =
        [("address", Self::Address), ("telephone", Self::Telephone), ("name", Self::Name)];
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whose {
    /// This customer's.
    Customer(CustomerId),
    /// Nobody fits; these are near.
    Nobody(Vec<CustomerId>),
    /// Several fit, or what is said contradicts itself.
    Several(Vec<CustomerId>),
}

type Found = BTreeSet<CustomerId>;

/// See the module.
#[derive(Clone, Debug)]
pub struct Directory {
    means: Vec<Means>,
    calling_code: String,
    by_mailbox: BTreeMap<String, Found>,
    by_telephone: BTreeMap<Telephone, Found>,
    by_full_name: BTreeMap<String, Found>,
    by_first_name: BTreeMap<String, Found>,
    by_last_name: BTreeMap<String, Found>,
    names: BTreeMap<CustomerId, (String, String)>,
}

impl Directory {
    /// Of nobody yet. With no means, attendees alone are looked for.
    #[must_use]
    pub fn new(means: &[Means], calling_code: &str) -> Self {
        Self {
            means: means.to_vec(),
            calling_code: calling_code.to_owned(),
            by_mailbox: BTreeMap::new(),
            by_telephone: BTreeMap::new(),
            by_full_name: BTreeMap::new(),
            by_first_name: BTreeMap::new(),
            by_last_name: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// One more customer.
    pub fn add(&mut self, entry: &Entry) {
        let id = entry.customer;
        self.by_mailbox.entry(entry.address.mailbox()).or_default().insert(id);
        for telephone in &entry.telephones {
            self.by_telephone.entry(telephone.clone()).or_default().insert(id);
        }
        let (first, last) = (words(&entry.first_name).join(" "), words(&entry.last_name).join(" "));
        if !first.is_empty() {
            self.by_first_name.entry(first.clone()).or_default().insert(id);
        }
        if !last.is_empty() {
            self.by_last_name.entry(last.clone()).or_default().insert(id);
        }
        if !first.is_empty() && !last.is_empty() {
            for name in [format!("{first} {last}"), format!("{last} {first}")] {
                self.by_full_name.entry(name).or_default().insert(id);
            }
        }
        self.names.insert(id, (first, last));
    }

    /// Who is meant by these attendees and texts.
    #[must_use]
    pub fn whose(&self, attendees: &[EmailAddress], texts: &[String]) -> Whose {
        let means = &self.means;
        let mut found: Vec<Found> = vec![];
        found.extend(attendees.iter().filter_map(|address| self.by_mailbox.get(&address.mailbox()).cloned()));
        let mut full_names = Found::new();
        let mut first_names = Found::new();
        for text in texts {
            if means.contains(&Means::Address) {
                found.extend(addresses(text).filter_map(|mailbox| self.by_mailbox.get(&mailbox).cloned()));
            }
            if means.contains(&Means::Telephone) {
                let numbers = Telephone::all_in(text, &self.calling_code);
                found.extend(numbers.iter().filter_map(|number| self.by_telephone.get(number).cloned()));
            }
            if means.contains(&Means::Name) {
                let words = words(text);
                full_names.extend(named(&words, &self.by_full_name));
                first_names.extend(named(&words, &self.by_first_name));
            }
        }
        self.weigh(found, &full_names, &first_names)
    }

    /// `found`: whom each address and each number names. They must all mean one.
    fn weigh(&self, found: Vec<Found>, full_names: &Found, first_names: &Found) -> Whose {
        let everybody: Found = found.iter().flatten().chain(full_names).copied().collect();
        let Some(mut left) = found.into_iter().reduce(|all, one| &all & &one) else {
            return self.by_name_alone(full_names, first_names);
        };
        if !full_names.is_empty() {
            // A full name of somebody else contradicts.
            left = &left & full_names;
        } else if left.len() > 1 {
            left = self.called(left, first_names);
        }
        match single(&left) {
            Some(customer) => Whose::Customer(customer),
            None => Whose::Several(first_of(if left.is_empty() { &everybody } else { &left })),
        }
    }

    fn by_name_alone(&self, full_names: &Found, first_names: &Found) -> Whose {
        match single(full_names) {
            Some(customer) => {
                let almost = self.almost(customer);
                if almost.is_empty() {
                    Whose::Customer(customer)
                } else {
                    Whose::Several(first_of(&(&almost | full_names)))
                }
            }
            None if full_names.is_empty() => Whose::Nobody(first_of(first_names)),
            None => Whose::Several(first_of(full_names)),
        }
    }

    /// Those among `left` who have one of these first names, unless a slip of the pen lies between them and the others.
    fn called(&self, left: Found, first_names: &Found) -> Found {
        let named = &left & first_names;
        let first = |id: &CustomerId| self.names.get(id).map_or("", |(first, _)| first.as_str());
        let is_near = |other| named.iter().any(|id| strsim::damerau_levenshtein(first(id), first(other)) <= SLIPS);
        if named.is_empty() || left.difference(&named).any(is_near) { left } else { named }
    }

    /// Others with the same last name and almost the same first, or the other way round.
    fn almost(&self, customer: CustomerId) -> Found {
        let Some((first, last)) = self.names.get(&customer) else { return Found::new() };
        let of = |map: &BTreeMap<String, Found>, name: &String| map.get(name).cloned().unwrap_or_default();
        let namesakes = &of(&self.by_last_name, last) | &of(&self.by_first_name, first);
        let is_near = |other: &CustomerId| {
            let Some((other_first, other_last)) = self.names.get(other) else { return false };
            strsim::damerau_levenshtein(first, other_first) + strsim::damerau_levenshtein(last, other_last) <= SLIPS
        };
        namesakes.into_iter().filter(|other| *other != customer && is_near(other)).collect()
    }
}

fn single(found: &Found) -> Option<CustomerId> {
    let mut all = found.iter();
    all.next().filter(|_| all.next().is_none()).copied()
}

fn first_of(found: &Found) -> Vec<CustomerId> {
    found.iter().take(LIKELY_MAX).copied().collect()
}

/// Whom neighbouring words name. A name that is part of a longer one that fits, isn't meant: `Anne Martin` in
/// `Anne Martin Dubois`.
fn named<'a>(words: &[String], names: &'a BTreeMap<String, Found>) -> impl Iterator<Item = CustomerId> + use<'a> {
    let mut found: Vec<&'a Found> = vec![];
    let mut start = 0;
    while start < words.len() {
        let longest = (1..=NAME_WORDS_MAX).rev().find_map(|count| {
            let end = start.checked_add(count)?;
            Some((count, names.get(&words.get(start..end)?.join(" "))?))
        });
        start += longest.map_or(1, |(count, _)| count);
        found.extend(longest.map(|(_, found)| found));
    }
    found.into_iter().flatten().copied()
}

/// Mailboxes in a text.
fn addresses(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| c.is_whitespace() || "<>()[],;:\"'".contains(c))
        .filter(|word| word.contains('@'))
        .filter_map(|word| EmailAddress::parse(word.trim_end_matches('.')).ok())
        .map(|address| address.mailbox())
}

/// The words of a text, in lower case and without accents.
fn words(text: &str) -> Vec<String> {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfd().flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            // Apostrophes, and the combining marks that accents decompose into.
            '\'' | '\u{2019}' | '\u{300}'..='\u{36f}' => {}
            c if c.is_alphabetic() => folded.push(c),
            _ => folded.push(' '),
        }
    }
    folded.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
