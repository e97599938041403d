//! Bars: what stops messages to a person whatever they agreed to. What holds now is the fold of what was said, by
//! [`Bars::of`] alone; the history is only added to.
//!
//! - **Objection** (GDPR 21): to marketing altogether, or to one purpose. Nobody of the business can lift it. What outweighs
//!   it is a later yes that the person confirmed from the mailbox itself, for the purpose that they confirmed.
//! - **Restriction** (GDPR 18): their data may be kept, and used for nothing but what they ask for themselves. The business
//!   lifts it, and only with evidence, for it must have told the person before (18(3)).
//! - **Minor**: a child can't agree alone, so that no yes of theirs counts. It is a mark that somebody sets; we ask for no
//!   year of birth to find out. Somebody of the business says when they are of age.
//!
//! Two customers with one mailbox are two people: a bar is each person's.

use super::ConsentState;
use crate::base::Instant;
use serde::{Deserialize, Serialize};

/// What can be said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BarWord {
    /// The person objects.
    Objected,
    /// The use of their data is restricted.
    Restricted,
    /// It is not any more.
    Unrestricted,
    /// They are a child.
    Minor,
    /// They are not any more.
    OfAge,
}

impl BarWord {
    /// All, with their names in the API.
    pub const ALL: [(&'static str, Self); 5] = [
        ("objected", Self::Objected),
        ("restricted", Self::Restricted),
        ("unrestricted", Self::Unrestricted),
        ("minor", Self::Minor),
        ("of-age", Self::OfAge),
    ];

    /// What was said, to this purpose or to marketing: a sentence without its full stop.
    #[must_use]
    pub fn phrase(self, purpose: Option<&str>) -> String {
        match (self, purpose) {
            (Self::Objected, None) => "The person objected to marketing".to_owned(),
            (Self::Objected, Some(purpose)) => format!("The person objected to \"{purpose}\""),
            (Self::Restricted, _) => "The use of the person's data was restricted".to_owned(),
            (Self::Unrestricted, _) => "The restriction of the person's data was lifted".to_owned(),
            (Self::Minor, _) => "The person was marked as a minor".to_owned(),
            (Self::OfAge, _) => "The person is a minor no more".to_owned(),
        }
    }

    /// Whether it stops messages; else it lets them go again.
    #[must_use]
    pub const fn stops(self) -> bool {
        matches!(self, Self::Objected | Self::Restricted | Self::Minor)
    }
}

/// One row of the history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BarEntry {
    /// It.
    pub id: i64,
    /// What was said.
    pub word: BarWord,
    /// Of an objection, to which purpose; none: to marketing.
    pub purpose: Option<String>,
    /// When.
    pub at: Instant,
}

/// What stops messages to one person now.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bars {
    /// To what they object: the last row about each.
    pub objections: Vec<Objection>,
    /// The restriction in force.
    pub restriction: Option<Mark>,
    /// That they are a child.
    pub minor: Option<Mark>,
}

/// By which row, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The evidence.
    pub row: i64,
    /// When it was said.
    pub at: Instant,
}

/// An objection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Objection {
    /// By which row.
    pub mark: Mark,
    /// To which purpose; none: to marketing.
    pub purpose: Option<String>,
}

impl Bars {
    /// Folds a history, oldest first.
    #[must_use]
    pub fn of(history: &[BarEntry]) -> Self {
        let mut bars = Self::default();
        for BarEntry { id, word, purpose, at } in history {
            let mark = Mark { row: *id, at: *at };
            match word {
                BarWord::Objected => match bars.objections.iter_mut().find(|known| known.purpose == *purpose) {
                    Some(known) if known.mark.at < *at => known.mark = mark,
                    Some(_) => {}
                    None => bars.objections.push(Objection { mark, purpose: purpose.clone() }),
                },
                BarWord::Restricted => bars.restriction = bars.restriction.or(Some(mark)),
                BarWord::Unrestricted => bars.restriction = None,
                BarWord::Minor => bars.minor = bars.minor.or(Some(mark)),
                BarWord::OfAge => bars.minor = None,
            }
        }
        bars
    }

    /// What holds with one more word, where that changes anything. Said again, an objection does: it weighs against what was
    /// confirmed since. What is dated before a word that ended it does not.
    #[must_use]
    pub fn with(mut history: Vec<BarEntry>, new: BarEntry) -> Option<Self> {
        let before = Self::of(&history);
        history.push(new);
        history.sort_by_key(|entry| (entry.at, entry.id));
        Some(Self::of(&history)).filter(|after| *after != before)
    }

    /// The objection that forbids a purpose to somebody who said this about it.
    #[must_use]
    pub fn objection_to(&self, purpose: &str, is_marketing: bool, consent: ConsentState) -> Option<&Objection> {
        self.objections.iter().find(|Objection { mark, purpose: to }| {
            to.as_ref().map_or(is_marketing, |to| to == purpose) && !consent.is_own_yes_after(mark.at)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Grant, consent::ConsentMethod};

    fn history(said: &[BarWord]) -> Vec<BarEntry> {
        let entry = |(&word, id): (&BarWord, i64)| BarEntry { id, word, purpose: None, at: Instant::from_ms(id) };
        said.iter().zip(1..).map(entry).collect()
    }

    fn yes(method: ConsentMethod, at: i64) -> ConsentState {
        let at = Instant::from_ms(at);
        ConsentState::Granted(Grant { row: 9, at, method, wording: None, expires_at: None })
    }

    #[test]
    fn a_bar_holds_since_it_was_set_first_and_until_it_is_lifted() {
        use BarWord::{Minor, OfAge, Restricted, Unrestricted};
        let mark = |row| Some(Mark { row, at: Instant::from_ms(row) });
        let bars = Bars::of(&history(&[Restricted, Restricted, Minor, OfAge]));
        assert_eq!((bars.restriction, bars.minor), (mark(1), None));
        let bars = Bars::of(&history(&[Restricted, Unrestricted, Restricted, OfAge, Minor]));
        assert_eq!((bars.restriction, bars.minor), (mark(3), mark(5)));
    }

    #[test]
    fn nothing_but_a_later_confirmation_outweighs_an_objection() {
        let bars = Bars::of(&history(&[BarWord::Objected]));
        let stands = |state| bars.objection_to("letters", true, state).is_some();
        assert!(stands(ConsentState::Never));
        for (_, method) in ConsentMethod::VOUCHED {
            assert!(stands(yes(method, 5)), "{method:?}");
        }
        assert!(stands(yes(ConsentMethod::Confirmed, 1)));
        assert!(!stands(yes(ConsentMethod::Confirmed, 2)));
        // Whoever objects again, does.
        let again = Bars::of(&history(&[BarWord::Objected, BarWord::Minor, BarWord::Objected]));
        assert_eq!(again.objections.len(), 1);
        assert!(again.objection_to("letters", true, yes(ConsentMethod::Confirmed, 2)).is_some());
    }

    #[test]
    fn a_word_that_changes_nothing_is_known_and_one_that_came_late_ends_nothing() {
        use BarWord::{Minor, Objected, Restricted, Unrestricted};
        let said = |word, at: i64| BarEntry { id: i64::MAX, word, purpose: None, at: Instant::from_ms(at) };
        let known = || history(&[Objected, Restricted]);
        assert!(Bars::with(known(), said(Minor, 9)).is_some_and(|bars| bars.minor.is_some()));
        assert!(Bars::with(known(), said(Restricted, 9)).is_none());
        assert!(Bars::with(known(), said(Objected, 9)).is_some(), "who objects again, does");
        assert!(Bars::with(known(), said(Objected, 1)).is_none(), "it is the same one");
        assert!(Bars::with(known(), said(Unrestricted, 9)).is_some_and(|bars| bars.restriction.is_none()));
        // It was lifted before it was restricted at the second moment.
        assert!(Bars::with(known(), said(Unrestricted, 1)).is_none());
    }

    #[test]
    fn an_objection_to_marketing_leaves_services_alone_and_one_to_a_purpose_does_not() {
        let to_all = Bars::of(&history(&[BarWord::Objected]));
        assert!(to_all.objection_to("reminders", false, ConsentState::Never).is_none());
        let mut said = history(&[BarWord::Objected]);
        for entry in &mut said {
            entry.purpose = Some("reminders".to_owned());
        }
        let to_one = Bars::of(&said);
        assert!(to_one.objection_to("reminders", false, ConsentState::Never).is_some());
        assert!(to_one.objection_to("letters", true, ConsentState::Never).is_none());
    }
}
