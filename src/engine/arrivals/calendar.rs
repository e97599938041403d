//! How this installation looks at calendars: how far, in which zone, and who the business itself is.

use crate::{
    base::{EmailAddress, Instant},
    engine::office::Office,
    intake::calendar::{self, Calendar, Lens, NoCalendar},
    store::calendar::Window,
};
use std::time::Duration;

/// Visits that began a day ago are still looked at: a visit is moved on its own day.
const BACK: Duration = Duration::from_hours(24);
/// More than a year ahead, for those who book the next one when they pay.
const AHEAD: Duration = Duration::from_hours(400 * 24);

/// The visits that a reading at this time should have, if they are still booked.
#[must_use]
pub fn window(now: Instant) -> Window {
    Window { after: now, until: now.plus(AHEAD) }
}

/// Reads a calendar as of now, away from the tasks that mustn't wait: a large one takes seconds.
///
/// # Errors
/// When it is no calendar, or not all of one.
pub async fn read(office: &Office, bytes: Vec<u8>) -> Result<Calendar, NoCalendar> {
    let now = office.clock.now();
    let edition = office.in_force.now();
    let business = &edition.policy().business;
    let own: [&EmailAddress; 2] = [&business.reply_to, &edition.config().mail.from];
    let lens = Lens::new(now.minus(BACK), now.plus(AHEAD), business.time_zone, &own);
    let reading = tokio::task::spawn_blocking(move || calendar::read(&bytes, &lens));
    reading.await.unwrap_or_else(|_| Err(NoCalendar::Unreadable("the reader failed".to_owned())))
}
