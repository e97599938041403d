//! `[owner]`: who runs the business, and what they hear of it by mail.
//!
//! Whoever names a mailbox gets the morning mail and hears of answers at once; without one nobody is told anything. The
//! business's `reply_to` isn't taken for it: that mailbox is often read by others.

use super::layers::Layers;
use crate::{
    base::{EmailAddress, civil},
    document::{Complaint, Need, Table},
    policy::parse::parse_address,
};
use chrono::NaiveTime;

/// When the day's mail leaves, where the file says nothing.
const MORNING: NaiveTime = match NaiveTime::from_hms_opt(7, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// Who runs the business, and what they hear.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// `mail`: where they are written to. What is rehearsed goes there too, or else to the business's `reply_to`.
    pub mail: Option<EmailAddress>,
    /// `morning_mail`: when the day's mail leaves, by the business's clock.
    pub morning_mail: Option<NaiveTime>,
    /// `answers`: how they hear that somebody can't come.
    pub answers: Answers,
}

/// How the owner hears by mail of what customers answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Answers {
    /// `at once`: of "I can't come" and "another time"; of the others in the morning.
    AtOnce,
    /// `morning`: of all in the morning mail.
    Morning,
    /// `never`.
    #[default]
    Never,
}

/// Reads the section.
pub(super) fn read(layers: &Layers<'_>, root: &Table<'_>) -> Owner {
    let section = layers.section(root, "owner");
    let mail = section.parsed("mail", Need::May, parse_address);
    let morning = section.parsed("morning_mail", Need::May, parse_morning);
    let words = [("at once", Answers::AtOnce), ("morning", Answers::Morning), ("never", Answers::Never)];
    let answers = section.choice("answers", &words);
    let wanted =
        [("morning_mail", matches!(morning, Some(Some(_)))), ("answers", answers.is_some_and(|a| a != Answers::Never))];
    for (key, _) in wanted.into_iter().filter(|(_, wanted)| *wanted && mail.is_none()) {
        let complaint = Complaint::new(
            "there is nobody to write to",
            "to whom?",
            "write mail = \"lucie@salon.example\" under [owner]",
        );
        section.complain(key, complaint);
    }
    section.finish();
    match mail {
        Some(_) => {
            Owner { mail, morning_mail: morning.unwrap_or(Some(MORNING)), answers: answers.unwrap_or(Answers::AtOnce) }
        }
        None => Owner::default(),
    }
}

fn parse_morning(text: &str) -> Result<Option<NaiveTime>, Complaint> {
    if text == "never" {
        return Ok(None);
    }
    civil::parse_time(text).map(Some).ok_or_else(|| {
        Complaint::new(format!("`{text}` is no time of the day"), "no time", "write \"07:00\", or \"never\"")
    })
}
