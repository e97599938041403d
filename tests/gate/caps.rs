//! Caps are exact (promise P3): in every sliding window, and never stricter than they say.

use crate::support::{
    anna::{at, paris},
    chance::seeded,
};
use comity::{
    base::{Instant, Zone, civil::CivilTime},
    policy::{
        Cap,
        cap::{Unit, Window},
    },
};
use proptest::prelude::*;
use std::{num::NonZeroU32, time::Duration};

fn cap(at_most: u32, per_ms: u64) -> Cap {
    Cap::rolling(NonZeroU32::new(at_most).unwrap(), Duration::from_millis(per_ms))
}

/// How many lie in the window of this length that ends at `end`, counted one by one.
fn inside(sent: &[Instant], end: i64, per_ms: u64) -> usize {
    let per_ms = i64::try_from(per_ms).unwrap();
    sent.iter().filter(|at| at.ms() > end - per_ms && at.ms() <= end).count()
}

proptest! {
    #![proptest_config(seeded(2000))]

    #[test]
    fn no_window_ever_holds_more_than_the_cap_and_no_hold_is_longer_than_it_must_be(
        at_most in 1_u32..5,
        per_ms in 1_u64..5_000,
        wishes in prop::collection::vec(0_i64..1_500, 1..60),
    ) {
        let cap = cap(at_most, per_ms);
        let limit = at_most as usize;
        let mut now = at("2027-03-29T10:00").ms();
        let mut sent: Vec<Instant> = Vec::new();
        for pause in wishes {
            now += pause;
            let opens_at = cap.opens_at(sent.iter().copied(), Instant::from_ms(now), Zone::UTC);
            prop_assert!(opens_at.ms() >= now);
            if opens_at.ms() > now {
                let early = inside(&sent, opens_at.ms() - 1, per_ms);
                prop_assert!(early >= limit, "a millisecond earlier it would have fitted: {} of {}", early, limit);
            }
            now = opens_at.ms();
            sent.push(opens_at);
        }
        // A window that is too full can be slid to the right until it ends at a message, so these are all.
        for end in &sent {
            let count = inside(&sent, end.ms(), per_ms);
            prop_assert!(count <= limit, "{} in the window that ends at {}, at most {}", count, end, limit);
        }
    }

    #[test]
    fn the_order_in_which_messages_are_counted_does_not_matter(
        at_most in 1_u32..5,
        times in prop::collection::vec(0_i64..10_000, 0..12),
    ) {
        let now = Instant::from_ms(10_000);
        let of = |times: &[i64]| cap(at_most, 6_000).opens_at(times.iter().copied().map(Instant::from_ms), now, Zone::UTC);
        let mut sorted = times.clone();
        sorted.sort_unstable();
        prop_assert_eq!(of(&times), of(&sorted));
    }
}

#[test]
fn seven_days_are_168_hours_also_when_the_clocks_change() {
    let week = cap(1, 7 * 24 * 3_600_000);
    let opens_at = week.opens_at([at("2027-03-24T10:00")].into_iter(), at("2027-03-30T10:00"), paris());
    assert_eq!(opens_at, at("2027-03-31T11:00"), "the clocks went forward on 28 March");
}

#[test]
fn a_calendar_window_ends_on_the_customers_wall_and_not_a_millisecond_earlier() {
    let opens = |unit, now: &str, zone: &str| {
        let cap = Cap { per: Window::Calendar(unit), ..cap(1, 1) };
        let now = CivilTime::parse(now).unwrap().at(Zone::UTC);
        cap.opens_at([now].into_iter(), now, Zone::parse(zone).unwrap()).to_string()
    };
    // The clocks go forward on 28 March in Paris: that day has 23 hours.
    assert_eq!(opens(Unit::Day, "2027-03-28T12:00", "Europe/Paris"), "2027-03-28T22:00:00.000Z");
    assert_eq!(opens(Unit::Week, "2027-03-28T12:00", "Europe/Paris"), "2027-03-28T22:00:00.000Z");
    assert_eq!(opens(Unit::Month, "2027-03-28T12:00", "Europe/Paris"), "2027-03-31T22:00:00.000Z");
    assert_eq!(opens(Unit::Year, "2027-03-28T12:00", "Europe/Paris"), "2027-12-31T23:00:00.000Z");
    assert_eq!(opens(Unit::Day, "2027-03-28T12:00", "Pacific/Kiritimati"), "2027-03-29T10:00:00.000Z");
    // In Cairo the clocks go forward at midnight: 30 April begins at 01:00.
    assert_eq!(opens(Unit::Day, "2027-04-29T12:00", "Africa/Cairo"), "2027-04-29T22:00:00.000Z");
}

#[test]
fn yesterdays_messages_leave_room_at_midnight() {
    let cap = Cap { per: Window::Calendar(Unit::Day), ..cap(1, 1) };
    let sent = at("2027-03-29T23:59");
    assert_eq!(cap.opens_at([sent].into_iter(), at("2027-03-29T23:59"), paris()), at("2027-03-30T00:00"));
    assert_eq!(cap.opens_at([sent].into_iter(), at("2027-03-30T00:00"), paris()), at("2027-03-30T00:00"));
}
