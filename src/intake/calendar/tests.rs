//! What a calendar's visits are, and what becomes of calendars that lie, break off or go on for ever.

use super::*;
use crate::base::civil::CivilTime;
use proptest::prelude::*;

const PARIS: &str = "Europe/Paris";

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn at(text: &str) -> Instant {
    CivilTime::parse(text).unwrap().at(zone(PARIS))
}

/// The year 2027 in a salon in Paris.
fn lens() -> Lens {
    let own = EmailAddress::parse("hello@salon.example").unwrap();
    Lens::new(at("2027-01-01T00:00"), at("2027-12-31T00:00"), zone(PARIS), &[&own])
}

/// A calendar around these lines.
fn calendar(lines: &str) -> String {
    let lines: Vec<&str> = lines.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}\r\nEND:VCALENDAR\r\n", lines.join("\r\n"))
}

/// An event with a name around these lines.
fn event(lines: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\nUID:a@b\nDTSTAMP:20261201T000000Z\n{lines}\nEND:VEVENT"))
}

fn reading(text: &str) -> Calendar {
    read(text.as_bytes(), &lens()).unwrap()
}

/// Names and starts, as a person would write them.
fn starts(calendar: &Calendar) -> Vec<String> {
    let of = |visit: &Visit| {
        let cancelled = if visit.standing == Standing::Cancelled { " cancelled" } else { "" };
        format!("{} {}{cancelled}", visit.id, visit.start)
    };
    calendar.visits.iter().map(of).collect()
}

fn first_fault(text: &str) -> Fault {
    reading(text).rejected.first().expect("a rejected event").1.clone()
}

#[test]
fn every_form_of_a_start_is_understood() {
    for (start, shown) in [
        ("DTSTART;TZID=Europe/Paris:20270329T100000", "2027-03-29T10:00[Europe/Paris]"),
        ("DTSTART;TZID=Asia/Tokyo:20270329T180000", "2027-03-29T18:00[Asia/Tokyo]"),
        ("DTSTART;TZID=Romance Standard Time:20270329T100000", "2027-03-29T10:00[Europe/Paris]"),
        ("DTSTART;TZID=\"W. Europe Standard Time\":20270329T100000", "2027-03-29T10:00[Europe/Berlin]"),
        ("DTSTART;TZID=europe/paris:20270329T100000", "2027-03-29T10:00[Europe/Paris]"),
        ("DTSTART;TZID=/citadel.org/20190914_1/Europe/Paris:20270329T100000", "2027-03-29T10:00[Europe/Paris]"),
        ("DTSTART:20270329T080000Z", "2027-03-29T10:00[Europe/Paris]"),
        ("DTSTART;TZID=America/New_York:20270329T080000Z", "2027-03-29T10:00[Europe/Paris]"),
        ("DTSTART:20270329T100000", "2027-03-29T10:00[Europe/Paris]"),
        // In the gap: kept as written, and an instant by our own rule.
        ("DTSTART;TZID=Europe/Paris:20270328T023000", "2027-03-28T02:30[Europe/Paris]"),
        // The second pass of the hour that is lived twice has no name on a Paris wall.
        ("DTSTART:20271031T013000Z", "2027-10-31T01:30[UTC]"),
        ("DTSTART:20271031T003000Z", "2027-10-31T02:30[Europe/Paris]"),
    ] {
        assert_eq!(starts(&reading(&event(start))), [format!("a@b {shown}")], "{start}");
    }
    let in_the_gap = reading(&event("DTSTART;TZID=Europe/Paris:20270328T023000"));
    assert_eq!(in_the_gap.visits[0].starts_at, at("2027-03-28T03:00"));
}

#[test]
fn a_zone_that_nobody_knows_is_the_business_s_only_by_its_rules() {
    let custom = |standard: &str, daylight: &str| {
        calendar(&format!(
            "BEGIN:VTIMEZONE
             TZID:Customized Time Zone
             BEGIN:STANDARD
             DTSTART:16010101T030000
             TZOFFSETFROM:{daylight}
             TZOFFSETTO:{standard}
             RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
             END:STANDARD
             BEGIN:DAYLIGHT
             DTSTART:16010101T020000
             TZOFFSETFROM:{standard}
             TZOFFSETTO:{daylight}
             RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
             END:DAYLIGHT
             END:VTIMEZONE
             BEGIN:VEVENT
             UID:a@b
             DTSTART;TZID=Customized Time Zone:20270329T100000
             END:VEVENT"
        ))
    };
    assert_eq!(starts(&reading(&custom("+0100", "+0200"))), ["a@b 2027-03-29T10:00[Europe/Paris]"]);
    assert_eq!(first_fault(&custom("+0000", "+0100")), Fault::Zone("Customized Time Zone".to_owned()));
    assert_eq!(
        first_fault(&event("DTSTART;TZID=Mars/Olympus:20270329T100000")),
        Fault::Zone("Mars/Olympus".to_owned())
    );
    let hinted =
        custom("-0500", "-0400").replace("BEGIN:STANDARD", "X-LIC-LOCATION:America/New_York\r\nBEGIN:STANDARD");
    assert_eq!(starts(&reading(&hinted)), ["a@b 2027-03-29T10:00[America/New_York]"]);
}

#[test]
fn whole_days_are_no_visits() {
    for all_day in [
        "DTSTART;VALUE=DATE:20270329",
        "DTSTART:20270329",
        "DTSTART;TZID=Europe/Paris:20270329T000000\nDTEND;TZID=Europe/Paris:20270330T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE",
    ] {
        let calendar = reading(&event(all_day));
        assert_eq!(calendar.visits, [], "{all_day}");
        assert_eq!(calendar.left_out, BTreeMap::from([(LeftOut::AllDay, 1)]), "{all_day}");
    }
}

#[test]
fn a_series_keeps_its_wall_time_when_clocks_change_and_its_first_visit_keeps_the_name() {
    let weekly = "DTSTART;TZID=Europe/Paris:20270320T100000\nRRULE:FREQ=WEEKLY;COUNT=3";
    let calendar = reading(&event(weekly));
    assert_eq!(
        starts(&calendar),
        [
            "a@b 2027-03-20T10:00[Europe/Paris]",
            "a@b/20270327T090000Z 2027-03-27T10:00[Europe/Paris]",
            "a@b/20270403T080000Z 2027-04-03T10:00[Europe/Paris]",
        ]
    );
    let single = reading(&event("DTSTART;TZID=Europe/Paris:20270320T100000"));
    assert_eq!(single.visits[0].id, calendar.visits[0].id);
    let in_the_gap = reading(&event("DTSTART;TZID=Europe/Paris:20270327T023000\nRRULE:FREQ=DAILY;COUNT=3"));
    let instants: Vec<Instant> = in_the_gap.visits.iter().map(|visit| visit.starts_at).collect();
    assert_eq!(instants, [at("2027-03-27T02:30"), at("2027-03-28T03:00"), at("2027-03-29T02:30")]);
}

#[test]
fn an_end_of_a_rule_is_read_in_each_of_its_forms() {
    for (until, count) in [
        ("UNTIL=20270403T080000Z", 3),
        ("UNTIL=20270403T075959Z", 2),
        ("UNTIL=20270403", 3),
        ("UNTIL=20270403T100000", 3),
        ("UNTIL=20270319", 1),
    ] {
        let weekly = format!("DTSTART;TZID=Europe/Paris:20270320T100000\nRRULE:FREQ=WEEKLY;{until}");
        assert_eq!(reading(&event(&weekly)).visits.len(), count, "{until}");
    }
}

#[test]
fn exceptions_stand_in_their_places() {
    let series = calendar(
        "BEGIN:VEVENT
         UID:a@b
         DTSTART;TZID=Europe/Paris:20270302T100000
         RRULE:FREQ=WEEKLY;COUNT=5
         EXDATE;TZID=Europe/Paris:20270309T100000
         SUMMARY:Cut
         END:VEVENT
         BEGIN:VEVENT
         UID:a@b
         RECURRENCE-ID:20270316T090000Z
         DTSTART;TZID=Europe/Paris:20270317T150000
         SUMMARY:Colour
         SEQUENCE:2
         END:VEVENT
         BEGIN:VEVENT
         UID:a@b
         RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Paris:20270323T100000
         DTSTART;TZID=Europe/Paris:20270323T113000
         END:VEVENT",
    );
    let calendar = reading(&series);
    assert_eq!(
        starts(&calendar),
        [
            "a@b 2027-03-02T10:00[Europe/Paris]",
            "a@b/20270309T090000Z 2027-03-09T10:00[Europe/Paris] cancelled",
            "a@b/20270316T090000Z 2027-03-17T15:00[Europe/Paris]",
            "a@b/20270323T090000Z 2027-03-23T11:30[Europe/Paris]",
            "a@b/20270330T080000Z 2027-03-30T11:30[Europe/Paris]",
        ]
    );
    let moved = &calendar.visits[2];
    assert_eq!((moved.summary.as_deref(), moved.sequence), (Some("Colour"), 2));
}

#[test]
fn exceptions_of_a_series_that_is_not_there_are_visits_of_their_own() {
    let lone = event("RECURRENCE-ID:20270316T090000Z\nDTSTART:20270317T140000Z\nRRULE:FREQ=DAILY");
    assert_eq!(starts(&reading(&lone)), ["a@b/20270316T090000Z 2027-03-17T15:00[Europe/Paris]"]);
}

#[test]
fn what_is_cancelled_is_read_as_cancelled() {
    let start = "DTSTART;TZID=Europe/Paris:20270329T100000";
    let declined = "ATTENDEE;PARTSTAT=DECLINED:mailto:marie@post.example";
    let by_status = event(&format!("{start}\nSTATUS:CANCELLED"));
    let by_method = event(start).replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:CANCEL");
    for text in [by_status, by_method, event(&format!("{start}\n{declined}"))] {
        assert_eq!(reading(&text).visits[0].standing, Standing::Cancelled, "{text}");
    }
    let tentative = reading(&event(&format!("{start}\nSTATUS:TENTATIVE")));
    assert_eq!(tentative.visits[0].standing, Standing::Tentative);
    let answer = event(start).replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:REPLY");
    assert_eq!(read(answer.as_bytes(), &lens()), Err(NoCalendar::Answer("REPLY".to_owned())));
}

#[test]
fn who_comes_is_neither_the_salon_nor_its_chairs() {
    let calendar = reading(&event(
        "DTSTART;TZID=Europe/Paris:20270329T100000
         ORGANIZER;CN=Salon:mailto:karim@gmail.example
         ATTENDEE;CN=Karim:mailto:karim@gmail.example
         ATTENDEE:MAILTO:Hello@Salon.example
         ATTENDEE;CUTYPE=ROOM;CN=Chair 3:mailto:chair3@resource.example
         ATTENDEE;CN=\"Dubois, Marie\";PARTSTAT=ACCEPTED:mailto:marie@post.example
         ATTENDEE;CN=paul@post.example:mailto:paul@post.example
         ATTENDEE;PARTSTAT=DECLINED:mailto:zoe@post.example
         ATTENDEE:tel:+33612345678",
    ));
    let people: Vec<(String, Option<&str>)> =
        calendar.visits[0].people.iter().map(|person| (person.address.mailbox(), person.name.as_deref())).collect();
    assert_eq!(
        people,
        [("marie@post.example".to_owned(), Some("Dubois, Marie")), ("paul@post.example".to_owned(), None)]
    );
}

#[test]
fn an_event_that_is_wrong_is_named_with_its_line_and_the_others_are_taken() {
    for (lines, fault) in [
        ("SUMMARY:x", Fault::NoStart),
        ("DTSTART:20270230T100000Z", Fault::Unreadable("DTSTART")),
        ("DTSTART:tomorrow", Fault::Unreadable("DTSTART")),
        ("DTSTART:20270329T100000Z\nDTSTART:20270329T110000Z", Fault::Twice("DTSTART")),
        ("DTSTART:20270329T100000Z\nDTEND:20270329T093000Z", Fault::EndsBeforeStart),
        ("DTSTART:20270329T100000Z\nDURATION:-PT1H", Fault::EndsBeforeStart),
        ("DTSTART:20270329T100000Z\nSEQUENCE:-1", Fault::Unreadable("SEQUENCE")),
        ("DTSTART:20270329T100000Z\nRRULE:FREQ=SOMETIMES", Fault::Rule),
        ("DTSTART:20270329T100000Z\nRRULE:FREQ=DAILY;INTERVAL=0", Fault::Rule),
        ("DTSTART:20270329T100000Z\nRRULE:FREQ=YEARLY;INTERVAL=1000000", Fault::Rule),
        ("DTSTART:20270329T100000Z\nRRULE:FREQ=DAILY;COUNT=0", Fault::Rule),
        ("DTSTART:20270329T100000Z\nRRULE:FREQ=MONTHLY;BYMONTHDAY=257", Fault::Rule),
        ("DTSTART:20270329T100000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,XX", Fault::Rule),
        ("DTSTART:20270329T100000Z\nRRULE:FREQ=WEEKLY;BYMOON=FULL", Fault::Rule),
        ("DTSTART:20270329T100000Z\nRRULE:FREQ=SECONDLY", Fault::RepeatsTooOften),
        ("DTSTART:19700101T100000Z\nRRULE:FREQ=DAILY;BYHOUR=8,9,10", Fault::RepeatsTooOften),
        ("DTSTART:20270329T100000Z\nEXRULE:FREQ=DAILY", Fault::Rule),
    ] {
        let good = "BEGIN:VEVENT\r\nUID:good\r\nDTSTART:20270401T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR";
        let text = event(lines).replace("END:VCALENDAR", good);
        let calendar = reading(&text);
        assert_eq!(calendar.rejected, [(3, fault)], "{lines}");
        assert_eq!(starts(&calendar), ["good 2027-04-01T10:00[Europe/Paris]"], "{lines}");
    }
    let folded = event("DTSTART:20270329T100000Z\nRRULE:FREQ=MONTHLY;FOLD").replace("FOLD", "\r\n BYMONTHDAY=257");
    assert_eq!(first_fault(&folded), Fault::Rule);
    let nameless = event("DTSTART:20270329T100000Z").replace("UID:a@b\r\n", "");
    assert_eq!(first_fault(&nameless), Fault::NoUid);
}

#[test]
fn of_two_events_with_one_name_the_newer_is_taken() {
    let two = |first: &str, second: &str| {
        let of = |lines: &str| format!("BEGIN:VEVENT\nUID:a@b\n{lines}\nEND:VEVENT\n");
        reading(&calendar(&(of(first) + &of(second))))
    };
    for (first, second, taken) in [
        ("DTSTART:20270329T080000Z\nSEQUENCE:2", "DTSTART:20270330T080000Z\nSEQUENCE:1", "2027-03-29T10:00"),
        ("DTSTART:20270329T080000Z\nSEQUENCE:1", "DTSTART:20270330T080000Z\nSEQUENCE:2", "2027-03-30T10:00"),
        (
            "DTSTART:20270329T080000Z\nDTSTAMP:20270102T000000Z",
            "DTSTART:20270330T080000Z\nDTSTAMP:20270101T000000Z",
            "2027-03-29T10:00",
        ),
        ("DTSTART:20270329T080000Z", "DTSTART:20270330T080000Z", "2027-03-30T10:00"),
    ] {
        let calendar = two(first, second);
        assert_eq!(starts(&calendar), [format!("a@b {taken}[Europe/Paris]")], "{first} / {second}");
        assert_eq!(calendar.rejected.len(), 1);
        assert_eq!(calendar.rejected[0].1, Fault::Superseded);
    }
}

#[test]
fn a_calendar_that_is_cut_off_anywhere_is_refused_as_a_whole() {
    let whole = event("DTSTART:20270329T100000Z\nSUMMARY:Cut\nBEGIN:VALARM\nTRIGGER:-PT10M\nEND:VALARM");
    assert!(read(whole.as_bytes(), &lens()).is_ok());
    let end = whole.trim_end().len();
    for cut in 0..end {
        let part = &whole.as_bytes()[..cut];
        assert!(read(part, &lens()).is_err(), "cut after {cut} bytes: {:?}", String::from_utf8_lossy(part));
    }
    assert!(read(&whole.as_bytes()[..end], &lens()).is_ok(), "a last line without its end is whole");
}

#[test]
fn what_is_no_calendar_is_told_apart() {
    for (text, why) in [
        ("", NoCalendar::Empty),
        (" \r\n\r\n", NoCalendar::Empty),
        ("<!DOCTYPE html><html>Please sign in</html>", NoCalendar::WebPage),
        ("id;customer\n1;2\n", NoCalendar::Other),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nmore\n", NoCalendar::Other),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", NoCalendar::Crossed { closed: "VCALENDAR".into(), line: 3 }),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", NoCalendar::CutOff { open: "VEVENT".into(), line: 2 }),
    ] {
        assert_eq!(read(text.as_bytes(), &lens()), Err(why), "{text}");
    }
    assert_eq!(read(b"BEGIN:VCALENDAR\nX:\xFF\nEND:VCALENDAR", &lens()), Err(NoCalendar::NotUtf8));
    let deep = "BEGIN:X\n".repeat(100_000);
    let deep = read(format!("BEGIN:VCALENDAR\n{deep}").as_bytes(), &lens());
    assert_eq!(deep, Err(NoCalendar::TooDeep { line: 7 }));
}

#[test]
fn a_rule_without_end_ends_with_the_window() {
    for rule in [
        "FREQ=DAILY;COUNT=365000000",
        "FREQ=DAILY;UNTIL=99991231T000000Z",
        "FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;WKST=SU",
    ] {
        let calendar = reading(&event(&format!("DTSTART:20270101T100000Z\nRRULE:{rule}")));
        assert_eq!(calendar.visits.len(), 364, "{rule}");
    }
    let never = reading(&event("DTSTART:20200101T100000Z\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"));
    assert_eq!(never.visits, []);
    let rare = reading(&event("DTSTART:20270101T100000Z\nRRULE:FREQ=YEARLY;INTERVAL=60000"));
    assert_eq!(rare.visits.len(), 1);
}

#[test]
fn too_many_of_anything_is_said() {
    let one =
        |number: usize, rule: &str| format!("BEGIN:VEVENT\nUID:{number}\nDTSTART:20270301T100000Z\n{rule}END:VEVENT\n");
    let many = |count: usize, rule: &str| {
        let events: String = (0..count).map(|number| one(number, rule)).collect();
        format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")
    };
    let ended = many(fault::SERIES_MAX + 1, "RRULE:FREQ=DAILY;UNTIL=20260101\n");
    assert!(read(ended.as_bytes(), &lens()).is_ok(), "series that are over cost nothing");
    let series = many(fault::SERIES_MAX + 1, "RRULE:FREQ=YEARLY\n");
    assert_eq!(read(series.as_bytes(), &lens()), Err(NoCalendar::TooManySeries));
    let visits = many(fault::VISITS_MAX + 1, "");
    assert_eq!(read(visits.as_bytes(), &lens()), Err(NoCalendar::TooManyVisits));
}

#[test]
fn ten_years_of_visits_are_read_and_left_out() {
    let one = |number: usize| {
        let (year, day) = (2016 + number % 10, 1 + number % 28);
        format!("BEGIN:VEVENT\nUID:{number}\nDTSTART:{year}03{day:02}T100000Z\nSUMMARY:Cut\nEND:VEVENT\n")
    };
    let many = |count: usize| format!("BEGIN:VCALENDAR\n{}END:VCALENDAR\n", (0..count).map(one).collect::<String>());
    let calendar = reading(&many(100_000));
    assert_eq!(calendar.left_out, BTreeMap::from([(LeftOut::Past, 100_000)]));
    assert_eq!(read(many(fault::EVENTS_MAX + 1).as_bytes(), &lens()), Err(NoCalendar::TooManyEvents));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever a calendar says, it is read or refused; the visits lie in the window and each has its own name.
    #[test]
    fn a_mangled_calendar_breaks_nothing(cuts in prop::collection::vec((0_usize..600, 0_usize..30, "[A-Z0-9;:=,/\r\n-]{0,12}"), 0..6)) {
        let mut text = event(
            "DTSTART;TZID=Europe/Paris:20270302T100000\nDTEND;TZID=Europe/Paris:20270302T110000\n\
             RRULE:FREQ=WEEKLY;BYDAY=TU,FR;COUNT=20\nEXDATE;TZID=Europe/Paris:20270309T100000\n\
             RDATE;VALUE=DATE-TIME:20270601T080000Z,20270602T080000Z\nSUMMARY:Cut\\, colour\nSEQUENCE:1\n\
             ATTENDEE;CN=Marie:mailto:marie@post.example",
        ).into_bytes();
        for (at, length, with) in cuts {
            let from = at.min(text.len());
            let to = (from + length).min(text.len());
            text.splice(from..to, with.bytes());
        }
        if let Ok(calendar) = read(&text, &lens()) {
            let names: BTreeSet<&String> = calendar.visits.iter().map(|visit| &visit.id).collect();
            prop_assert_eq!(names.len(), calendar.visits.len());
            prop_assert!(calendar.visits.iter().all(|visit| lens().shows(visit.starts_at)));
        }
    }
}
