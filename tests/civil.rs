//! Civil time in every zone of the world: each wall time is exactly one instant, gaps end, folds come first, and quiet
//! hours are right on the days that are 23 or 25 hours long.

use crate::support::anna::{civil, quiet, zone};
use chrono::{NaiveDateTime, TimeDelta};
use comity::base::{Instant, Zone, civil::CivilTime};

const HOUR: i64 = 3_600_000;

/// How far the wall clock is ahead of UTC, in milliseconds.
fn offset(zone: Zone, at: Instant) -> i64 {
    zone.local(at).and_utc().timestamp_millis() - at.ms()
}

/// A change of the wall clock: the first instant of the new offset, and by how much it jumps.
#[derive(Debug)]
struct Change {
    at: Instant,
    jump_ms: i64,
}

/// All changes of a zone's clock in 2026 and 2027, found by looking every four hours and halving.
fn changes(zone: Zone) -> Vec<Change> {
    let (from, to) = (zone.resolve(civil("2026-01-01T00:00")).ms(), zone.resolve(civil("2028-01-01T00:00")).ms());
    let of = |ms| offset(zone, Instant::from_ms(ms));
    let mut found = Vec::new();
    let mut before = from;
    while before < to {
        let after = before + 4 * HOUR;
        if of(before) != of(after) {
            let (mut old, mut new) = (before, after);
            while new - old > 1 {
                let middle = old + (new - old) / 2;
                if of(middle) == of(before) { old = middle } else { new = middle }
            }
            found.push(Change { at: Instant::from_ms(new), jump_ms: of(new) - of(old) });
        }
        before = after;
    }
    found
}

fn zones() -> impl Iterator<Item = Zone> {
    Zone::names().map(zone)
}

fn ms(count: i64) -> TimeDelta {
    TimeDelta::milliseconds(count)
}

#[test]
fn what_falls_into_a_gap_is_the_first_valid_instant_after_it_in_every_zone() {
    let mut gaps = 0;
    for zone in zones() {
        for change in changes(zone).iter().filter(|change| change.jump_ms > 0) {
            gaps += 1;
            let end = zone.local(change.at);
            let start = end - ms(change.jump_ms);
            for inside in [start, start + ms(1), start + ms(change.jump_ms / 2), end - ms(1), end] {
                assert_eq!(zone.resolve(inside), change.at, "{inside} in {zone}");
            }
            assert_eq!(zone.resolve(start - ms(1)).ms(), change.at.ms() - 1, "the last moment before, in {zone}");
        }
    }
    assert!(gaps > 200, "only {gaps} gaps were found");
}

#[test]
fn what_happens_twice_is_the_first_of_the_two_in_every_zone() {
    let mut folds = 0;
    for zone in zones() {
        for change in changes(zone).iter().filter(|change| change.jump_ms < 0) {
            folds += 1;
            let start = zone.local(change.at);
            let length = -change.jump_ms;
            for into in [0, 1, length / 2, length - 1] {
                let first = change.at.ms() - length + into;
                assert_eq!(zone.resolve(start + ms(into)).ms(), first, "{into} ms into the fold in {zone}");
            }
            assert_eq!(zone.resolve(start + ms(length)).ms(), change.at.ms() + length, "after the fold in {zone}");
        }
    }
    assert!(folds > 200, "only {folds} folds were found");
}

#[test]
fn around_every_change_later_wall_times_are_never_earlier_instants() {
    for zone in zones() {
        for change in changes(zone) {
            let middle = zone.local(change.at);
            let slots = (-24 * 4..24 * 4).map(|slot| zone.resolve(middle + ms(slot * HOUR / 4)));
            let slots: Vec<Instant> = slots.collect();
            assert!(slots.is_sorted(), "{zone} around {}", change.at);
        }
    }
}

#[test]
fn away_from_the_changes_a_wall_time_and_its_instant_are_two_names_of_one_thing() {
    for zone in zones() {
        for day in 0..730_i64 {
            let local: NaiveDateTime = civil("2026-01-01T12:34") + TimeDelta::days(day);
            assert_eq!(zone.local(zone.resolve(local)), local, "{zone}");
        }
    }
}

#[test]
fn no_wall_time_breaks_it_not_even_at_the_ends_of_the_calendar() {
    for name in ["Pacific/Kiritimati", "Pacific/Niue", "Europe/Paris"] {
        let zone = zone(name);
        assert!(zone.resolve(NaiveDateTime::MIN) < zone.resolve(civil("2026-01-01T00:00")));
        assert!(zone.resolve(NaiveDateTime::MAX) > zone.resolve(civil("2026-01-01T00:00")));
        assert!(zone.local(Instant::NEVER) > zone.local(Instant::from_ms(i64::MIN)));
    }
}

/// The days on which clocks change, in zones that do it at odd hours, by odd amounts, at midnight, and twice a year in
/// opposite seasons.
const ODD_ZONES: [&str; 9] = [
    "Europe/Paris",
    "America/New_York",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/Santiago",
    "Africa/Casablanca",
];

#[test]
fn quiet_hours_follow_the_wall_clock_on_the_days_when_it_changes() {
    let mut minutes_checked = 0;
    for zone in ODD_ZONES.map(zone) {
        for change in changes(zone) {
            for hours in [quiet("20:00", "08:00"), quiet("22:15", "06:45"), quiet("12:00", "14:00")] {
                // Where an end lies in the fold itself, the wall shows it twice: see the next test.
                for minute in -36 * 60..36 * 60 {
                    let now = Instant::from_ms(change.at.ms() + minute * 60_000);
                    let wall = zone.local(now).time();
                    let span = hours.usual;
                    let by_the_wall = if span.from < span.to {
                        span.from <= wall && wall < span.to
                    } else {
                        wall >= span.from || wall < span.to
                    };
                    let window = hours.around(now, zone);
                    assert_eq!(window.is_some(), by_the_wall, "{wall} in {zone}, {} around {}", now, change.at);
                    let Some((start, end)) = window else { continue };
                    assert!(start <= now && now < end);
                    assert!(hours.around(end, zone).is_none(), "at its end it is not quiet: {zone} {end}");
                    assert!(
                        hours.around(Instant::from_ms(start.ms() - 1), zone).is_none(),
                        "nor before: {zone} {start}"
                    );
                    minutes_checked += 1;
                }
            }
        }
    }
    assert!(minutes_checked > 50_000, "{minutes_checked}");
}

#[test]
fn a_chain_of_holidays_is_one_stretch_however_long() {
    let paris = zone("Europe/Paris");
    let first = chrono::NaiveDate::from_ymd_opt(2027, 1, 4).unwrap();
    let mut hours = quiet("20:00", "08:00");
    hours.holidays = first.iter_days().take(200).collect();
    let at = |text: &str| CivilTime::parse(text).unwrap().at(paris);
    let stretch = Some((at("2027-01-03T20:00"), at("2027-07-23T08:00")));
    assert_eq!(hours.around(at("2027-01-03T21:00"), paris), stretch);
    assert_eq!(hours.around(at("2027-07-23T07:59"), paris), stretch);
    assert_eq!(hours.around(at("2027-07-23T08:00"), paris), None);
}

#[test]
fn quiet_hours_that_begin_or_end_in_a_gap_or_a_fold_are_one_stretch() {
    let paris = zone("Europe/Paris");
    let utc = |text: &str| CivilTime::parse(text).unwrap().at(Zone::UTC);
    // 28 March 2027: 02:00 is 03:00. 31 October 2027: 03:00 is 02:00 again.
    let window = |hours: comity::policy::QuietHours, at: &str| hours.around(utc(at), paris);
    let gap = window(quiet("20:00", "02:30"), "2027-03-28T00:59");
    assert_eq!(gap, Some((utc("2027-03-27T19:00"), utc("2027-03-28T01:00"))), "02:30 is the end of the gap");
    let fold = window(quiet("20:00", "02:30"), "2027-10-31T00:29");
    assert_eq!(fold, Some((utc("2027-10-30T18:00"), utc("2027-10-31T00:30"))), "the first 02:30 ends it");
    assert_eq!(window(quiet("20:00", "02:30"), "2027-10-31T01:15"), None, "the second 02:15 doesn't begin it anew");
    let from_the_fold = window(quiet("02:30", "08:00"), "2027-10-31T01:15");
    assert_eq!(from_the_fold, Some((utc("2027-10-31T00:30"), utc("2027-10-31T07:00"))), "nor does it interrupt it");
    assert_eq!(window(quiet("02:15", "02:45"), "2027-03-28T01:00"), None, "a window that doesn't exist is empty");
}
