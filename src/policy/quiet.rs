//! Quiet hours: when nobody is written to, by the wall clock of the person who would be disturbed.
//!
//! The window is half open: at `from` it is quiet, at `to` it no longer is. It may span midnight. Both daylight-saving
//! days come out right because the ends are civil times, resolved on the day in question.

use crate::base::{
    Instant, Zone,
    civil::{days_after, days_before},
};
use chrono::{NaiveDateTime, NaiveTime};
use std::time::Duration;

/// How long before the quiet hours a message leaves that was moved forward by `if_quiet = "earlier"`: time enough to be
/// delivered, retried and read.
pub const EARLIER_LEAD: Duration = Duration::from_mins(15);

/// `[quiet_hours] from = "20:00" to = "08:00"`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QuietHours {
    /// First quiet moment of the day.
    pub from: NaiveTime,
    /// First moment that is not quiet any more.
    pub to: NaiveTime,
}

impl QuietHours {
    /// The quiet window that `at` lies in, in this zone: its start and its end. `None` when it isn't quiet.
    #[must_use]
    pub fn around(&self, at: Instant, zone: Zone) -> Option<(Instant, Instant)> {
        let local = zone.local(at);
        let today = local.date().and_time(self.from);
        // A window that began yesterday, or one that begins today. Its moments are resolved only where the wall clock
        // leaves a doubt: whoever reads the window's end on the wall, or a later time, has passed it in every zone.
        [days_before(today, 1), today].into_iter().find_map(|start| {
            let end = self.end_of(start);
            if local >= end {
                return None;
            }
            let begins = zone.resolve(start);
            if at < begins {
                return None;
            }
            let ends = zone.resolve(end);
            (at < ends).then_some((begins, ends))
        })
    }

    fn end_of(&self, start: NaiveDateTime) -> NaiveDateTime {
        let same_day = start.date().and_time(self.to);
        if self.to > self.from { same_day } else { days_after(same_day, 1) }
    }
}
