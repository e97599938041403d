//! `[owner]`: who runs the business, and what they hear of it, by mail and by a call to their own server.
//!
//! Whoever names a mailbox gets the morning mail and hears of answers at once; without one nobody is told anything. The
//! business's `reply_to` isn't taken for it: that mailbox is often read by others.

use super::{
    layers::{Layers, Section},
    secret,
};
use crate::{
    base::{EmailAddress, civil},
    document::{Complaint, Need, Table},
    fetch::{BadLink, Link, Reach},
    policy::parse::parse_address,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::NaiveTime;
use std::{fmt, path::Path};
use zeroize::Zeroizing;

/// When the day's mail leaves, where the file says nothing.
const MORNING: NaiveTime = match NaiveTime::from_hms_opt(7, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};
/// Standard Webhooks, "Signature scheme": 24 to 64 bytes, in base64 behind this.
const SECRET_PREFIX: &str = "whsec_";
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Who runs the business, and what they hear.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// `mail`: where they are written to. What is rehearsed goes there too, or else to the business's `reply_to`.
    pub mail: Option<EmailAddress>,
    /// `morning_mail`: when the day's mail leaves, by the business's clock.
    pub morning_mail: Option<NaiveTime>,
    /// `answers`: how they hear that somebody can't come.
    pub answers: Answers,
    /// `[owner.webhook]`: where their own server hears of answers.
    pub webhook: Option<Webhook>,
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

/// A server of the owner's own, which is called.
#[derive(Clone)]
pub struct Webhook {
    /// Where.
    pub link: Link,
    /// What calls are signed with.
    pub secret: Zeroizing<Vec<u8>>,
    /// Whether its host may be inside a private network.
    pub reach: Reach,
}

/// Without the secret.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({})", self.link)
    }
}

/// Reads the section.
pub(super) fn read(layers: &Layers<'_>, root: &Table<'_>, folder: &Path) -> Owner {
    let section = layers.section(root, "owner");
    let mail = section.parsed("mail", Need::May, parse_address);
    let morning = section.parsed("morning_mail", Need::May, parse_morning);
    let words = [("at once", Answers::AtOnce), ("morning", Answers::Morning), ("never", Answers::Never)];
    let answers = section.choice("answers", &words);
    let webhook = webhook(section.section("webhook", "owner.webhook"), folder);
    // Whoever is named badly is named all the same, and hears of that alone.
    let wanted =
        [("morning_mail", matches!(morning, Some(Some(_)))), ("answers", answers.is_some_and(|a| a != Answers::Never))];
    for (key, _) in wanted.into_iter().filter(|(_, wanted)| *wanted && !section.is_set("mail")) {
        let help = "write mail = \"lucie@salon.example\" under [owner]";
        section.complain(key, Complaint::new("there is nobody to write to", "to whom?", help));
    }
    if section.is_set("mail") && answers == Some(Answers::Morning) && morning == Some(None) {
        let help = "write morning_mail = \"07:00\", or answers = \"at once\", or \"never\"";
        section.complain("answers", Complaint::new("no mail leaves in the morning", "by which mail?", help));
    }
    section.finish();
    match mail {
        Some(_) => Owner {
            mail,
            morning_mail: morning.unwrap_or(Some(MORNING)),
            answers: answers.unwrap_or(Answers::AtOnce),
            webhook,
        },
        None => Owner { webhook, ..Owner::default() },
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

fn webhook(section: Section<'_, '_>, folder: &Path) -> Option<Webhook> {
    if !section.is_there() {
        section.finish();
        return None;
    }
    let link = section.parsed("url", Need::Must("url = \"https://salon.example/comity\""), |text| {
        Link::parse(text).map_err(|why| {
            let help = match why {
                BadLink::Login => "the signature says who calls: leave name and password out",
                BadLink::Syntax | BadLink::Scheme => "write url = \"https://salon.example/comity\"",
            };
            Complaint::new(why.to_string(), "bad link", help)
        })
    });
    let internal = section.boolean("internal").unwrap_or(false);
    if link.as_ref().is_some_and(|link| !link.is_encrypted()) && !internal {
        let help = "write https://, or internal = true where the server stands in your own network";
        section.complain("url", Complaint::new("whoever listens on the way would read the calls", "no https", help));
    }
    let secret_file = section.text("secret_file", Need::Must("secret_file = \"webhook-secret\""));
    let secret = secret_file.map(|file| folder.join(file)).and_then(|path| {
        section.note_secret(&path);
        let read = secret::read(&path).and_then(|text| parse_secret(&text));
        read.map_err(|complaint| section.complain("secret_file", complaint)).ok()
    });
    section.finish();
    let reach = if internal { Reach::OwnHostAnywhere } else { Reach::Public };
    Some(Webhook { link: link?, secret: secret?, reach })
}

/// Never shows what it read.
fn parse_secret(text: &str) -> Result<Zeroizing<Vec<u8>>, Complaint> {
    let bytes = text.strip_prefix(SECRET_PREFIX).and_then(|rest| STANDARD.decode(rest).ok()).map(Zeroizing::new);
    bytes.filter(|bytes| SECRET_BYTES.contains(&bytes.len())).ok_or_else(|| {
        Complaint::new(
            "the file holds no webhook secret",
            "no secret",
            "write one: echo whsec_$(head -c 32 /dev/urandom | base64) > webhook-secret; chmod 600 webhook-secret",
        )
    })
}
