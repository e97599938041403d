//! What nobody can configure away: the most that may ever be sent, whatever a policy says. A policy only tightens.

use crate::policy::{Cap, Request};
use std::{num::NonZeroU32, time::Duration};

/// Marketing of all purposes together, to one mailbox: one in 24 hours, eight in 30 days.
pub static MARKETING: [Cap; 2] =
    [Cap::rolling(at_most(1), Duration::from_hours(24)), Cap::rolling(at_most(8), Duration::from_hours(30 * 24))];

/// Questions whether somebody signed up, to one mailbox: others may sign it up as often as they like.
pub static CONFIRMATIONS: [Cap; 1] = [Cap::rolling(at_most(1), Duration::from_hours(30 * 24))];

/// Messages with a link to all that is known about somebody, to one mailbox: whoever holds a forwarded message may ask for them.
pub static DATA_REQUESTS: [Cap; 1] = [Cap::rolling(at_most(3), Duration::from_hours(24))];

/// Questions whether we shall write to another address, to one mailbox: whoever holds a forwarded message may ask the one, and who
/// has the one may name any other.
pub static ADDRESS_CHANGES: [Cap; 1] = [Cap::rolling(at_most(3), Duration::from_hours(7 * 24))];

/// What stands above answers to a request.
#[must_use]
pub fn of_requests(request: Request) -> &'static [Cap] {
    match request {
        Request::SignUp => &CONFIRMATIONS,
        Request::Data => &DATA_REQUESTS,
        Request::Address => &ADDRESS_CHANGES,
    }
}

/// Messages of one workflow about one record, by contract: reminders that never end are no service.
pub const ABOUT_ONE_RECORD: u32 = 4;

const fn at_most(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    }
}
