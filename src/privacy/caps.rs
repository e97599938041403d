//! How many messages there may be, as customers read it: on the page that says why one came, and in the privacy notice.

use crate::{
    gate::ceiling,
    policy::{
        Cap, Policy,
        cap::{Same, Unit, Window},
    },
};
use serde::{Deserialize, Serialize};

/// Of which messages a cap counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Of everything.
    All,
    /// Of all that rests on a yes.
    Marketing,
    /// Of this purpose.
    Purpose,
    /// Of this workflow.
    Workflow,
    /// Of all that rests on a yes, whatever the business decides.
    Ceiling,
}

/// The caps that messages of a purpose obey, with those of one workflow.
#[must_use]
pub fn of(policy: &Policy, key: &str, of_workflow: &[Cap]) -> Vec<(Reach, Cap)> {
    let Some(purpose) = policy.purposes.get(key) else { return vec![] };
    let is_marketing = purpose.basis.is_marketing();
    let with = |reach: Reach, caps: &[Cap]| caps.iter().map(|cap| (reach, cap.clone())).collect::<Vec<_>>();
    let mut all = [with(Reach::Workflow, of_workflow), with(Reach::Purpose, &purpose.caps)].concat();
    if purpose.obeys_caps && is_marketing {
        all.extend(with(Reach::Marketing, &policy.caps.all_marketing));
    }
    if purpose.obeys_caps {
        all.extend(with(Reach::All, &policy.caps.all));
    }
    if let Some(request) = policy.answers(key) {
        all.extend(with(Reach::Purpose, ceiling::of_requests(request)));
    }
    if is_marketing {
        all.extend(with(Reach::Ceiling, &ceiling::MARKETING));
    }
    all
}

/// The words of one language.
struct Words {
    tag: &'static str,
    /// Of what: everything, marketing, this kind, this series, the ceiling.
    reaches: [&'static str; 5],
    at_most: &'static str,
    /// Before a length of time.
    within: &'static str,
    /// Days, hours, minutes: one and many.
    spans: [[&'static str; 2]; 3],
    /// A day, a week, a month, a year of the calendar.
    units: [&'static str; 4],
    /// Where a cap counts what is about the same thing.
    about_the_same: &'static str,
}

const ENGLISH: Words = Words {
    tag: "en",
    reaches: [
        "all messages together",
        "all letters and offers together",
        "this kind",
        "this series",
        "letters and offers, always",
    ],
    at_most: "at most",
    within: "in",
    spans: [["day", "days"], ["hour", "hours"], ["minute", "minutes"]],
    units: ["in a calendar day", "in a calendar week", "in a calendar month", "in a calendar year"],
    about_the_same: "about the same thing",
};

const FRENCH: Words = Words {
    tag: "fr",
    reaches: [
        "tous les messages ensemble",
        "toutes les lettres et offres ensemble",
        "ce type",
        "cette série",
        "lettres et offres, toujours",
    ],
    at_most: "au plus",
    within: "en",
    spans: [["jour", "jours"], ["heure", "heures"], ["minute", "minutes"]],
    units: ["par jour", "par semaine", "par mois", "par an"],
    about_the_same: "sur la même chose",
};

const GERMAN: Words = Words {
    tag: "de",
    reaches: [
        "alle Nachrichten zusammen",
        "alle Briefe und Angebote zusammen",
        "diese Art",
        "diese Reihe",
        "Briefe und Angebote, immer",
    ],
    at_most: "höchstens",
    within: "in",
    spans: [["Tag", "Tagen"], ["Stunde", "Stunden"], ["Minute", "Minuten"]],
    units: ["am Tag", "in der Kalenderwoche", "im Kalendermonat", "im Kalenderjahr"],
    about_the_same: "über dieselbe Sache",
};

/// A cap in the language of this tag, else in English: of which messages, and how many.
#[must_use]
pub fn said(reach: Reach, cap: &Cap, tag: &str) -> (&'static str, String) {
    let words = [&ENGLISH, &FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH);
    let [all, marketing, purpose, workflow, ceiling] = words.reaches;
    let of = match reach {
        Reach::All => all,
        Reach::Marketing => marketing,
        Reach::Purpose => purpose,
        Reach::Workflow => workflow,
        Reach::Ceiling => ceiling,
    };
    let [day, week, month, year] = words.units;
    let window = match cap.per {
        Window::Rolling(length) => format!("{} {}", words.within, span(length.as_secs(), words)),
        Window::Calendar(Unit::Day) => day.to_owned(),
        Window::Calendar(Unit::Week) => week.to_owned(),
        Window::Calendar(Unit::Month) => month.to_owned(),
        Window::Calendar(Unit::Year) => year.to_owned(),
    };
    let same = if cap.same == Same::Mailbox { String::new() } else { format!(", {}", words.about_the_same) };
    (of, format!("{} {} {window}{same}", words.at_most, cap.at_most))
}

/// In the largest unit that fits.
fn span(seconds: u64, words: &Words) -> String {
    let [day, hour, minute] = words.spans;
    let (count, [one, many]) = match seconds {
        s if s >= 86_400 && s.is_multiple_of(86_400) => (s / 86_400, day),
        s if s >= 3_600 && s.is_multiple_of(3_600) => (s / 3_600, hour),
        s => (s.div_ceil(60), minute),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}
