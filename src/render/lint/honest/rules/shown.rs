//! Stop link, sender and reason: each body shows them, to everyone.

use super::super::{
    Letter, Reader,
    fault::Dishonest,
    galley::What,
    page::{Address, Does, Page, Seen},
    phrases,
};
use crate::render::Part;
use std::collections::BTreeMap;

/// What every body must show, by its name in templates.
const STOP: &str = "stop_url";
const SENDER: &str = "business.postal_address";

/// What was shown so far, in which body, under one supposition and under another.
#[derive(Debug, Default)]
pub(in super::super) struct Musts(BTreeMap<(&'static str, Part), Shown>);

#[derive(Debug, Default)]
struct Shown {
    somewhere: bool,
    /// The end of the body that lacks it, with its file.
    lacking: Option<Page>,
}

pub(in super::super) fn read(letter: &Letter, musts: &mut Musts, reader: &mut Reader<'_>) {
    for page in letter.bodies() {
        for (name, shown) in [(STOP, stop(page)), (SENDER, sender(page))] {
            let so_far = musts.0.entry((name, page.part)).or_default();
            match shown {
                Some((_, Seen::Yes)) => so_far.somewhere = true,
                Some((at, Seen::No)) => {
                    so_far.somewhere = true;
                    reader.blame(page, &at, &Dishonest::Hidden(name));
                }
                None => so_far.lacking = Some(page.without_words()),
            }
        }
        reason(page, reader);
    }
}

impl Musts {
    /// What was shown under some suppositions only. What is shown under none was found when the names were read.
    pub(in super::super) fn finish(self, reader: &mut Reader<'_>) {
        for ((name, _), shown) in self.0 {
            if let Some(page) = shown.lacking.filter(|_| shown.somewhere) {
                reader.blame_end(&page, &Dishonest::NotAlways(name));
            }
        }
    }
}

type Place = (std::ops::Range<usize>, Seen);

/// The best of several places.
fn best(places: impl Iterator<Item = Place>) -> Option<Place> {
    places.max_by_key(|(_, seen)| *seen == Seen::Yes)
}

/// The stop link: a link with something to click on, or the address itself.
fn stop(page: &Page) -> Option<Place> {
    let of = |address: &Address| {
        let mut pieces = page.galley.touched(&address.at);
        let is_stop = pieces.any(|piece| piece.what == What::Own(STOP.to_owned()));
        match address.does {
            Does::Leads(seen) if is_stop => Some((address.at.clone(), seen)),
            _ => None,
        }
    };
    best(page.addresses.iter().filter_map(of))
}

fn sender(page: &Page) -> Option<Place> {
    let is_sender = |at: usize| page.galley.piece(at).is_some_and(|piece| piece.what == What::Said(SENDER.to_owned()));
    best(page.words.iter().filter(|word| is_sender(word.at.start)).map(|word| (word.at.clone(), word.seen)))
}

/// "You get this because …", in the message's language.
fn reason(page: &Page, reader: &mut Reader<'_>) {
    let Some(vocabulary) = phrases::own(reader.language) else { return };
    let found = phrases::all(page, vocabulary.reasons, &[]);
    if !found.iter().any(|found| found.words.iter().all(|word| word.seen == Seen::Yes)) {
        reader.blame_end(page, &Dishonest::NoReason(vocabulary.reason));
    }
}
