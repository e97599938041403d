//! No fake answer, no pressure, no countdown without a date.

use super::super::{
    Letter, Reader,
    fault::Dishonest,
    galley::What,
    page::{Page, Word},
    phrases::{self, Found},
    vocabulary::{REPLIES, Vocabulary},
};
use crate::{policy::FieldType, render::lint::reach::Named};
use std::ops::Range;

pub(in super::super) fn read(letter: &Letter, reader: &mut Reader<'_>) {
    fake_reply(&letter.subject, reader);
    for page in letter.pages() {
        for vocabulary in phrases::vocabularies(reader.language) {
            for found in phrases::all(page, vocabulary.pressure, vocabulary.innocent) {
                reader.blame(page, &found.at(), &Dishonest::Pressure(page.quote(&found.at())));
            }
            for found in phrases::all(page, vocabulary.deadlines, vocabulary.innocent) {
                if !has_date(page, &found) {
                    reader.blame(page, &found.at(), &Dishonest::Deadline(page.quote(&found.at())));
                }
            }
        }
    }
}

/// A subject that begins with `Re:`, `RE :`, `AW[2]:`, also after `[…]`. The business may be called so; nothing else may.
fn fake_reply(subject: &Page, reader: &mut Reader<'_>) {
    let Some(at) = reply(&subject.galley.text) else { return };
    let is_name = |what: &What| *what == What::Said("business.name".to_owned()) || matches!(what, What::Field(_));
    if subject.galley.touched(&at).all(|piece| is_name(&piece.what)) {
        return;
    }
    let prefix = subject.galley.text.get(at.clone()).unwrap_or_default().to_owned();
    reader.blame(subject, &at, &Dishonest::FakeReply(prefix));
}

/// Where a subject says that it is an answer.
fn reply(subject: &str) -> Option<Range<usize>> {
    let mut at = 0;
    loop {
        let rest = subject.get(at..)?;
        let sign = rest.chars().next()?;
        if sign.is_alphanumeric() {
            break;
        }
        // A name in brackets, as mailing lists put it before a subject.
        let bracket = rest.strip_prefix('[').and_then(|inside| inside.find(']'));
        at += bracket.map_or(sign.len_utf8(), |end| end + 2);
    }
    let rest = subject.get(at..)?;
    let word = rest.split(|c: char| !c.is_alphabetic()).next()?;
    if !REPLIES.contains(&word.to_lowercase().as_str()) {
        return None;
    }
    let after = rest.get(word.len()..)?;
    let count = after.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^'));
    let colon = count.trim_start();
    let first = colon.chars().next().filter(|c| matches!(c, ':' | '：'))?;
    Some(at..subject.len() - colon.len() + first.len_utf8())
}

/// Whether a date stands in the same paragraph.
fn has_date(page: &Page, found: &Found<'_>) -> bool {
    let block = found.words.first().map(|word| word.block);
    let words: Vec<&Word> = page.words.iter().filter(|word| Some(word.block) == block).collect();
    let is_field = |word: &&Word| match page.galley.piece(word.at.start).map(|piece| &piece.what) {
        Some(What::Field(Named { kind, .. })) => {
            matches!(kind, FieldType::Datetime | FieldType::Date | FieldType::MonthDay)
        }
        Some(What::Previous) => true,
        _ => false,
    };
    words.iter().any(is_field)
        || words.iter().any(|word| is_numeric_date(&word.text))
        || words.windows(2).any(|pair| matches!(pair, [one, other] if is_written_date(&one.text, &other.text)))
}

/// `31.03.2027`, `31/3`, `2027-03-31`.
fn is_numeric_date(word: &str) -> bool {
    let parts: Vec<u32> = word.split(['.', '/']).map(|part| part.parse().unwrap_or(0)).collect();
    let day_and_month = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    match parts.as_slice() {
        [first, second, _] => day_and_month(*first, *second) || day_and_month(*second, *first),
        // Open at all hours is no date.
        [24, 7] => false,
        [first, second] => word.contains('/') && day_and_month(*first, *second),
        _ => false,
    }
}

/// `31 March`, `March 31`, `31. März`, `1er avril`, `31 de marzo` (by its `de`).
fn is_written_date(one: &str, other: &str) -> bool {
    let is_month = |word: &str| {
        let months = |vocabulary: &Vocabulary| vocabulary.months.contains(&word);
        super::super::vocabulary::ALL.iter().any(months)
    };
    let is_day = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.parse::<u32>().is_ok_and(|day| (1..=31).contains(&day))
    };
    is_day(one) && (is_month(other) || other == "de") || is_month(one) && is_day(other)
}

#[cfg(test)]
mod tests {
    use super::{is_numeric_date, is_written_date, reply};

    #[test]
    fn a_subject_that_pretends_to_be_an_answer_is_known_in_many_languages() {
        for fake in [
            "Re: x",
            "RE : x",
            "re:x",
            "Fwd: x",
            "FW: x",
            "AW: x",
            "WG: x",
            "TR : x",
            "Tr: x",
            "SV: x",
            "VS: x",
            "Antw: x",
            "RV: x",
            "R: x",
            "I: x",
            "Re[2]: x",
            "RE(3): x",
            "Re^2: x",
            "[Salon] Re: x",
            "  » Re: x",
            "Re：x",
            "ENC: x",
        ] {
            assert!(reply(fake).is_some(), "{fake}");
        }
        for honest in [
            "",
            "Your visit",
            "Re your visit",
            "Ref: A1001",
            "Recall: x",
            "Your visit (re: colour)",
            "Reminder: x",
            "Are: x",
            "[a",
            "Betreff: x",
        ] {
            assert_eq!(reply(honest), None, "{honest}");
        }
        assert_eq!(reply("[Salon] Re : x"), Some(8..12));
    }

    #[test]
    fn dates_are_known_from_other_numbers() {
        for date in ["31.03.2027", "31/3", "31/03/27", "3/31/2027"] {
            assert!(is_numeric_date(date), "{date}");
        }
        for number in ["24/7", "12.50", "3", "10:00", "50/60", "1.000"] {
            assert!(!is_numeric_date(number), "{number}");
        }
        assert!(is_written_date("31", "march") && is_written_date("1er", "avril") && is_written_date("may", "3"));
        assert!(!is_written_date("3", "days") && !is_written_date("in", "march") && !is_written_date("45", "mai"));
    }
}
