//! The morning mail, as the owner reads it.

use super::{House, in_french, paris};
use comity::{
    base::{Zone, api_key::May},
    config::{self, Installation, Mode},
    engine::{files::in_force::Trouble, owner::morning},
    ledger::EventKind,
    people::Answer,
    store::{
        BatchOutcome, CustomerRef, NewKey,
        entry::{Entered, Entry, Event, EventAbout, EventRow, Outcome, Rows},
    },
    workflow::Approval,
};
use std::{fmt::Write as _, path::Path, sync::Arc, time::Duration};

async fn a_full_day(house: &House) {
    house
        .visits(
            "V1;C1;2027-03-23T11:00;booked;Cut\nV2;C2;2027-03-24T09:30;booked;Colour\nV3;C3;2027-03-24T10:00;booked;Cut\n",
        )
        .await;
    house
        .calendar(&[
            ("e1", "20270325T140000", "Marie Blanc\\, coupe"),
            ("e2", "20270326T090000", "<b>Bcc: x@y.example</b> \u{202e}pay https://evil.example"),
        ])
        .await;
    house.says("C2", Answer::Coming).await;
    house.says("C3", Answer::CantCome).await;
}

#[tokio::test]
async fn the_morning_mail_reads_like_a_receptionists_note() {
    let house = House::open("2027-03-22T14:00").await;
    a_full_day(&house).await;
    house.clerk_at("2027-03-22T14:01").await;
    house.clerk_at("2027-03-23T07:00").await;
    let mail = house.mail();
    let morning = &mail[1];
    insta::assert_snapshot!("english", format!("{}\n\n{}", morning.subject, without_tokens(&morning.text)));
    assert!(!morning.html.contains("<b>Bcc"), "{}", morning.html);
    assert!(morning.html.contains("&lt;b&gt;Bcc: x@y.example&lt;/b&gt; pay https: //evil.example"), "{}", morning.html);
}

#[tokio::test]
async fn a_french_salon_is_told_in_french() {
    let house = House::with("2027-03-22T14:00", in_french).await;
    a_full_day(&house).await;
    house.clerk_at("2027-03-23T07:00").await;
    let mail = house.mail();
    let morning = &mail[mail.len() - 1];
    insta::assert_snapshot!("french", format!("{}\n\n{}", morning.subject, without_tokens(&morning.text)));
}

/// Sending is paused, an address is wrong, somebody stopped, a cap is full, and fifteen others are reminded.
async fn a_bad_day(house: &House) {
    let mut customers = "id;email;first_name;last_name\n".to_owned();
    let mut visits = String::new();
    for n in 1..=15 {
        let _ = writeln!(customers, "G{n};g{n}@post.example;Guest;Number {n}");
        let _ = writeln!(visits, "W{n};G{n};2027-03-24T{:02}:30;booked;Cut", 8 + n / 2);
    }
    for n in 1..=8 {
        let _ = writeln!(visits, "A{n};C1;2027-03-24T1{n}:00;booked;Cut");
    }
    house.import("customers", &customers).await;
    house.visits(&(visits + "V2;C2;2027-03-23T15:00;booked;Colour\nV3;C3;2027-03-25T10:00;booked;Cut\n")).await;
    house.presses_stop("C3").await;
    house.goes_on_to("2027-03-22T15:00").await;
    house.is_refused("C2").await;
    house.engine.office().pause("a test").await.unwrap();
    let since = paris("2027-03-22T16:00");
    let why = "1 mistake in the installation's files: policy.toml, line 3: `name` is missing".to_owned();
    house.engine.in_force.note_trouble(Some(Trouble { since, why }));
}

#[tokio::test]
async fn on_a_bad_day_what_is_wrong_comes_first_and_long_lists_are_cut() {
    let house = House::with("2027-03-22T14:00", |installation| installation.config.mode = Mode::Rehearsal).await;
    a_bad_day(&house).await;
    house.clerk_at("2027-03-23T07:00").await;
    let morning = house.letter();
    insta::assert_snapshot!("bad-day", format!("{}\n\n{}", morning.subject, morning.text));
}

#[tokio::test]
async fn a_bad_day_is_told_in_french_too() {
    let house = House::with("2027-03-22T14:00", in_french).await;
    a_bad_day(&house).await;
    house.clerk_at("2027-03-23T07:00").await;
    let morning = house.letter();
    insta::assert_snapshot!("bad-day-in-french", format!("{}\n\n{}", morning.subject, morning.text));
}

#[tokio::test]
async fn whoever_wants_no_more_messages_at_all_stands_in_it() {
    let house = House::open("2027-03-22T14:00").await;
    let office = &house.clerk.office;
    let key =
        NewKey { id: "0123456789ab".to_owned(), name: "till".to_owned(), digest: [7; 32], may: vec![May::Events] };
    assert!(office.store.add_key(key.clone()).await.unwrap());
    let stopped = EventRow {
        external_id: "e1".to_owned(),
        kind: EventKind::CustomerStopped,
        at: paris("2027-03-22T14:00"),
        about: EventAbout::Customer { customer: CustomerRef::ExternalId("C1".to_owned()), purpose: None },
    };
    let entry = Entry { key: key.id, rows: Rows::Events(vec![Event::Known(stopped)]), repeat: None };
    let done = office.store.enter(entry, office.rules()).await.unwrap();
    assert_eq!(done.entered, Entered::Done(vec![Outcome::Taken]));
    house.clerk_at("2027-03-23T07:00").await;
    let letter = house.letter();
    assert!(letter.text.contains("no more messages at all"), "{}", letter.text);
}

#[tokio::test]
async fn customers_who_cannot_be_read_are_counted_and_the_others_are_told_of() {
    let house = House::open("2027-03-22T14:00").await;
    house
        .visits(
            "V1;C1;2027-03-24T10:00;booked;Cut\nV2;C2;2027-03-23T15:00;booked;Colour\n\
             V3;C3;2027-03-25T10:00;booked;Cut\nV4;C4;2027-03-24T11:00;booked;Cut\n",
        )
        .await;
    house.calendar(&[("e1", "20270325T140000", "Marie Blanc\\, coupe")]).await;
    house.says("C1", Answer::CantCome).await;
    house.presses_stop("C3").await;
    house.goes_on_to("2027-03-22T15:00").await;
    house.is_refused("C2").await;
    house.damage("UPDATE customers SET address = x'00' WHERE external_id <> 'C4'").await;
    house.damage("UPDATE notices SET state = 'moot', ended_at = 0").await;
    house.clerk_at("2027-03-23T07:00").await;
    let letter = house.letter();
    assert!(letter.text.contains("- The data of 3 customers can’t be read"), "{}", letter.text);
    assert!(letter.text.contains("  Marie Blanc: "), "{}", letter.text);
    assert_eq!(letter.subject, "Tuesday, 23 March: something needs you");
}

#[tokio::test]
async fn a_card_for_a_birthday_stands_among_what_leaves_though_it_is_about_no_visit() {
    let with_cards = |installation: &mut Installation| {
        let mut cards = config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), []).unwrap().workflows;
        let mut birthday = cards.remove("birthday").unwrap();
        Arc::get_mut(&mut birthday).unwrap().oversight.approval = Approval::None;
        installation.workflows.insert(birthday.name.clone(), birthday);
    };
    let house = House::with("2027-03-22T14:00", with_cards).await;
    let customers = "id;email;first_name;birthday;consent:birthday-cards\n\
                     C9;dora@post.example;Dora;03-23;2026-05-01T10:00\n";
    house.import("customers", customers).await;
    house.clerk_at("2027-03-23T07:00").await;
    let letter = house.letter();
    assert!(letter.text.contains("- 09:00  Dora: A card for your birthday\n"), "{}", letter.text);
}

#[tokio::test]
async fn recommendations_that_a_gate_withheld_stand_in_it_until_a_night_goes_well() {
    let house = House::open("2027-03-22T14:00").await;
    let figures = r#"{"gates":[{"holds":false,"sentence":"The own brands have 3.10 times as much."},
                               {"holds":true,"sentence":"All else holds."}]}"#;
    let store = &house.clerk.office.store;
    let withheld =
        store.add_batch(0, "a".to_owned(), BatchOutcome::Withheld, figures.to_owned()).await.unwrap().unwrap();
    house.clerk_at("2027-03-23T07:00").await;
    let letter = house.letter();
    assert!(letter.text.contains("- The recommendations of Monday, 22 March"), "{}", letter.text);
    assert!(letter.text.contains("The own brands have 3.10 times as much."), "{}", letter.text);
    assert!(!letter.text.contains("All else"), "{}", letter.text);
    assert_eq!(letter.subject, "Tuesday, 23 March: something needs you");
    let after = store.add_batch(withheld, "b".to_owned(), BatchOutcome::TooSmall, "{}".to_owned()).await.unwrap();
    assert!(after.is_some());
    house.clerk_at("2027-03-24T07:00").await;
    assert_eq!(house.mail()[1].subject, "Wednesday, 24 March: nothing needs you");
}

#[tokio::test]
async fn a_quiet_day_is_one_sentence() {
    let house = House::open("2027-03-22T14:00").await;
    house.clerk_at("2027-03-23T07:00").await;
    let letter = house.letter();
    assert_eq!(letter.subject, "Tuesday, 23 March: nothing needs you");
    let (note, _small_letters) = letter.text.split_once("\n-- \n").unwrap();
    assert_eq!(note.trim(), "Good morning. It is a quiet day: no message leaves, and nothing needs you.");
}

#[tokio::test]
async fn it_comes_once_a_day_over_restarts_and_not_in_the_evening() {
    let house = House::open("2027-03-22T18:00").await;
    house.clerk_looks().await;
    assert_eq!(house.mail(), [], "it is too late for the morning");
    house.clerk_at("2027-03-23T06:59:59").await;
    assert_eq!(house.mail(), []);
    let house = house.again().await;
    house.clerk_at("2027-03-23T11:00").await;
    let house = house.again().await;
    house.clerk_at("2027-03-23T11:30").await;
    assert_eq!(house.letter().subject, "Tuesday, 23 March: nothing needs you");
    house.clerk_at("2027-03-24T07:00:01").await;
    assert_eq!(house.mail().len(), 2);
}

/// Half a minute at a time over a year with both days on which the clocks change.
#[test]
fn every_civil_day_has_one_morning_in_every_zone() {
    for (zone, time) in [
        ("Europe/Paris", "07:00"),
        ("Europe/Paris", "02:30"),
        ("America/New_York", "01:30"),
        ("America/Santiago", "00:00"),
        ("Australia/Lord_Howe", "02:00"),
        ("Asia/Kolkata", "23:59"),
    ] {
        let (zone, time) = (Zone::parse(zone).unwrap(), comity::base::civil::parse_time(time).unwrap());
        let (mut now, end) = (paris("2027-01-01T12:00"), paris("2028-01-01T12:00"));
        let mut days = vec![];
        while now < end {
            if let Some((day, until)) = morning::due(now, zone, time) {
                assert!(now < until && zone.local(now).date() == day);
                if days.last() != Some(&day) {
                    let late = now.ms_since(zone.resolve(day.and_time(time)));
                    // The first one may have begun before the year.
                    assert!(days.is_empty() || (0..30_000).contains(&late), "{zone} {day}: {late} ms late");
                    days.push(day);
                }
            }
            now = now.plus(Duration::from_secs(30));
        }
        assert!(days.windows(2).all(|pair| pair[0].succ_opt() == Some(pair[1])), "{zone} {time}: {days:?}");
        assert!(days.len() >= 365, "{zone} {time}: {}", days.len());
    }
}

/// Links hold a signature of the test's own key.
fn without_tokens(text: &str) -> String {
    let line = |line: &str| match line.split_once("/visit/") {
        Some((before, _)) => format!("{before}/visit/…"),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
