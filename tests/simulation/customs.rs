//! The few numbers of a policy that the checker needs to know.

use super::{
    clock::BOOTED_AT_MS,
    house::{address, agreed, local, zone},
    script::{HOUR, MARKETING, SHARE},
};
use chrono::Timelike;
use comity::base::Instant;

/// What a business has said of its messages. A message is known by its workflow's name.
pub struct Customs {
    pub purpose: fn(&str) -> &'static str,
    /// Purposes that need a yes.
    pub marketing: &'static [&'static str],
    /// May it leave twice, where nobody knows of the first?
    pub may_repeat: fn(&str) -> bool,
    /// Between which times by the wall it may leave, about a visit that begins then.
    pub window: fn(&str, i64) -> (i64, i64),
    /// Whether it is night where this customer is.
    pub is_quiet: fn(usize, i64) -> bool,
    /// Who said yes before the history begins.
    pub agreed: fn(usize) -> bool,
    pub address: fn(usize) -> String,
    pub caps: &'static [Cap],
    /// What everybody gets before each visit from the thousandth on, unless they said no.
    pub always: &'static [&'static str],
    /// People with one mailbox.
    pub share: &'static [usize],
}

/// At most so many messages of these workflows to one mailbox.
pub struct Cap {
    pub workflows: &'static [&'static str],
    pub at_most: usize,
    pub hours: i64,
}

impl Cap {
    pub fn counts(&self, name: &str) -> bool {
        self.workflows.contains(&name)
    }
}

impl Customs {
    pub fn is_marketing(&self, name: &str) -> bool {
        self.marketing.contains(&(self.purpose)(name))
    }
}

/// Those of the simulation's business.
pub const SALON: Customs = Customs {
    purpose,
    marketing: &MARKETING,
    may_repeat: |name| matches!(name, "day" | "hour"),
    window,
    is_quiet,
    agreed,
    address,
    caps: &[
        Cap { workflows: &["tip", "care"], at_most: 1, hours: 24 },
        Cap { workflows: &["tip", "care"], at_most: 2, hours: 72 },
        Cap { workflows: &["tip"], at_most: 1, hours: 30 },
    ],
    always: &["day", "hour", "once"],
    share: &SHARE,
};

fn purpose(name: &str) -> &'static str {
    match name {
        "day" | "hour" => "reminders",
        "once" => "service",
        "tip" => "tips",
        _ => "aftercare",
    }
}

fn window(name: &str, start: i64) -> (i64, i64) {
    // Out of a night of twelve hours it leaves the evening before.
    match name {
        "day" => (start - 36 * HOUR, start),
        "hour" => (start - 14 * HOUR, start),
        "once" => (start - 3 * HOUR, start),
        "tip" => (start - 26 * HOUR, start),
        _ => (start + 2 * HOUR, start + 26 * HOUR),
    }
}

fn is_quiet(customer: usize, wall: i64) -> bool {
    let hour = local(zone(customer), Instant::from_ms(BOOTED_AT_MS + wall)).hour();
    !(8..20).contains(&hour)
}
