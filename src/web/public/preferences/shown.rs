//! What holds now, in the words of the page.

use super::{
    super::preference_words::{AUTONYMS, PreferenceWords},
    form,
};
use crate::{
    base::{Instant, Zone},
    engine::desk::{PreferenceView, Stands},
    people::Language,
    policy::own_limit::Wish,
    render::Speech,
    store::Choice,
};
use chrono::NaiveDate;
use std::time::Duration;

/// A yes can be said anew for so long before it ends.
const RENEWED_BEFORE: Duration = Duration::from_hours(60 * 24);

/// What holds now, in words.
pub struct Shown {
    pub mailbox: String,
    pub kinds: Vec<Kind>,
    /// Those that answer what people ask for themselves: nobody comes for them.
    pub answers: Vec<Kind>,
    /// How often at most, of everything together.
    pub rates: Vec<Rate>,
    /// The silence that they asked for, by its end.
    pub snoozed: Option<String>,
    /// The first and the last day that silence may end on.
    pub days: [NaiveDate; 2],
    pub languages: Vec<Tongue>,
    pub is_over: bool,
    pub offers: Offers,
    pub why: String,
    pub has_signal: bool,
}

/// What else can be done here.
pub struct Offers {
    /// To object to marketing: there is some, and they didn't.
    pub objection: bool,
    /// To ask for the link to their data.
    pub data: bool,
    /// To ask us to write to another address.
    pub address: bool,
    /// What is to be checked, by its names; empty: nothing.
    pub check: String,
}

/// One purpose.
pub struct Kind {
    /// Its place on the page.
    pub number: usize,
    pub key: String,
    pub title: String,
    pub promise: String,
    pub stands: Stands,
    pub word: &'static str,
    /// The day on which a yes ends that holds, and whether it is said anew by one click or by a message.
    pub ends: Option<(String, Renewal)>,
    pub rates: Vec<Rate>,
}

/// How a yes is said anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Not yet: it lasts for a long time.
    NotYet,
    /// By one click.
    Here,
    /// By a message with a button.
    ByMail,
}

/// How often at most.
pub struct Rate {
    pub value: &'static str,
    pub words: &'static str,
    pub selected: &'static str,
}

/// A language that messages are written in.
pub struct Tongue {
    pub tag: String,
    pub name: String,
    pub selected: &'static str,
}

/// All of it.
pub fn shown(view: &PreferenceView, words: &'static PreferenceWords, why: String, has_signal: bool) -> Shown {
    let language = Language::parse(words.tag).unwrap_or_else(|| view.policy.business.language.clone());
    let kinds = view.purposes.iter().filter_map(|(key, stands)| {
        let purpose = view.policy.purposes.get(key)?;
        let [on, off, refused] = words.stands;
        Some(Kind {
            number: 0,
            key: key.clone(),
            title: purpose.title_in(&language).to_owned(),
            promise: purpose.promise_in(&language).to_owned(),
            stands: *stands,
            word: match stands {
                Stands::On => on,
                Stands::Off | Stands::Unoffered | Stands::ToConfirm => off,
                Stands::Refused | Stands::RefusedToConfirm => refused,
            },
            ends: view.ends.get(key).filter(|_| *stands == Stands::On).map(|ends_at| {
                let renewal = match purpose.double_opt_in {
                    _ if *ends_at > view.now.plus(RENEWED_BEFORE) => Renewal::NotYet,
                    true => Renewal::ByMail,
                    false => Renewal::Here,
                };
                (day(*ends_at, view.zone, words), renewal)
            }),
            rates: if view.policy.answers(key).is_some() { Vec::new() } else { rates(key, view, words) },
        })
    });
    let mut kinds: Vec<Kind> = kinds.collect();
    // What comes is what people come for.
    kinds.sort_by_key(|kind| kind.stands);
    for (place, kind) in kinds.iter_mut().enumerate() {
        kind.number = place + 1;
    }
    let (answers, kinds) = kinds.into_iter().partition(|kind| view.policy.answers(&kind.key).is_some());
    let spoken = view.language.as_ref().unwrap_or(&view.policy.business.language);
    Shown {
        mailbox: view.mailbox.clone(),
        kinds,
        answers,
        rates: rates("", view, words),
        snoozed: view.snooze.map(|snooze| day(snooze.until, view.zone, words)),
        days: form::days(view.now, view.zone),
        languages: view
            .languages
            .iter()
            .map(|language| Tongue {
                tag: language.tag().to_owned(),
                name: autonym(language),
                selected: if language == spoken { " selected" } else { "" },
            })
            .collect(),
        is_over: view.is_all_refused(),
        offers: Offers {
            objection: offers_objection(view),
            data: view.offers_data,
            address: view.offers_address,
            check: view.unchecked.join(", "),
        },
        why,
        has_signal,
    }
}

/// There is marketing, and they didn't object to it, or have agreed to some of it since.
fn offers_objection(view: &PreferenceView) -> bool {
    let mut marketing = view.policy.purposes.iter().filter(|(_, purpose)| purpose.basis.is_marketing());
    marketing.any(|(key, _)| !view.objected || view.purposes.get(key) == Some(&Stands::On))
}

/// The rates that are offered, with the one that holds.
fn rates(purpose: &str, view: &PreferenceView, words: &'static PreferenceWords) -> Vec<Rate> {
    let of = form::RATES.map(|(name, _)| form::wish(purpose, name));
    let holds = view.limits.wish_for(purpose);
    let at = match &holds {
        Wish::None(_) => 0,
        limit @ Wish::Limit(_) => of.iter().position(|of| of.as_ref() == Some(limit)).map_or(4, |at| at + 1),
    };
    let values = ["none", "week", "month", "year", form::KEPT];
    let all = values.into_iter().zip(words.rates).enumerate();
    all.filter(|(place, _)| *place < 4 || at == 4)
        .map(|(place, (value, words))| Rate { value, words, selected: if place == at { " selected" } else { "" } })
        .collect()
}

/// The language in which the page shows what a purpose promises: its own, where the policy has the words in it.
pub fn shown_in(purpose: &str, view: Option<&PreferenceView>, words: &PreferenceWords) -> Option<Language> {
    let (view, language) = view.zip(Language::parse(words.tag))?;
    let is_translated = view.policy.purposes.get(purpose)?.translations.contains_key(&language);
    Some(if is_translated { language } else { view.policy.business.language.clone() })
}

/// A purpose's title in the page's language; its key where the policy or the database can't say.
pub fn title(purpose: &str, view: Option<&PreferenceView>, words: &PreferenceWords) -> String {
    let known = view.and_then(|view| view.policy.purposes.get(purpose)).zip(Language::parse(words.tag));
    known.map_or(purpose, |(purpose, language)| purpose.title_in(&language)).to_owned()
}

/// What is said of a choice that was kept.
pub fn said(choice: &Choice, view: Option<&PreferenceView>, words: &'static PreferenceWords) -> (&'static str, String) {
    let told = &words.told;
    match choice {
        Choice::On { purpose, .. } => (told.on, title(purpose, view, words)),
        Choice::Renew { purpose, .. } => (told.renewed, title(purpose, view, words)),
        Choice::Limit(wish) => {
            let rate = form::RATES.iter().position(|(name, _)| form::wish(wish.purpose(), name).as_ref() == Some(wish));
            let rate = words.rates.get(rate.map_or(0, |at| at + 1)).copied().unwrap_or_default();
            let of = if wish.purpose().is_empty() { String::new() } else { title(wish.purpose(), view, words) + ", " };
            (told.limited, of + rate)
        }
        Choice::Snooze(None) => (told.awake, String::new()),
        Choice::Snooze(Some(snooze)) => {
            (told.snoozed, day(snooze.until, view.map_or(Zone::UTC, |view| view.zone), words))
        }
        Choice::Language(language) => (told.language, autonym(language)),
    }
}

fn day(at: Instant, zone: Zone, words: &PreferenceWords) -> String {
    let date = zone.local(at).date();
    let speech = Language::parse(words.tag).and_then(|language| Speech::of(&language));
    speech.map_or_else(|| date.to_string(), |speech| speech.date(date))
}

fn autonym(language: &Language) -> String {
    let known = AUTONYMS.iter().find(|(tag, _)| *tag == language.tag());
    known.map_or_else(|| language.tag().to_owned(), |(_, name)| (*name).to_owned())
}
