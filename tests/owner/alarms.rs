//! A calendar that can't be believed is told of once per trouble, not at each look.

use super::House;
use comity::{
    clock::SystemClock,
    config::{Place, Source},
    deliver,
    engine::arrivals::feed::{Feed, Trouble},
    fetch::{Fetcher, Limits, Reach},
};
use std::{fmt::Write as _, sync::Arc, time::Duration};

/// A calendar in a file, with visits on so many days of April.
struct Calendar {
    feed: Feed,
    file: std::path::PathBuf,
}

impl Calendar {
    fn of(house: &House) -> Self {
        let file = house.data.path().join("salon.ics");
        let source = Source {
            name: "salon".to_owned(),
            place: Place::File(file.clone()),
            every: Duration::from_mins(10),
            stale_after: Duration::from_hours(24),
            reach: Reach::Public,
        };
        let limits = Limits { bytes_max: 1_000_000, time_max: Duration::from_mins(1) };
        let fetcher = Arc::new(Fetcher::new(Arc::new(SystemClock), deliver::trust(&[]).unwrap(), limits));
        Self { feed: Feed::new(house.engine.office(), source, fetcher, 1_000_000), file }
    }

    async fn shows(&mut self, days: std::ops::RangeInclusive<u32>) -> Result<(), Trouble> {
        let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_owned();
        for day in days {
            let start = format!("DTSTART;TZID=Europe/Paris:202704{day:02}T100000");
            let _ = write!(text, "BEGIN:VEVENT\r\nUID:v{day}\r\n{start}\r\nSUMMARY:Anna Martin\r\nEND:VEVENT\r\n");
        }
        std::fs::write(&self.file, text + "END:VCALENDAR\r\n").unwrap();
        self.feed.look().await.map(drop)
    }
}

#[tokio::test]
async fn a_calendar_that_shrank_is_told_of_once_per_trouble() {
    let house = House::open("2027-03-22T14:00").await;
    let mut calendar = Calendar::of(&house);
    calendar.shows(1..=20).await.unwrap();
    for at in ["14:10", "14:20", "14:30"] {
        house.goes_on_to(&format!("2027-03-22T{at}")).await;
        assert!(matches!(calendar.shows(1..=5).await, Err(Trouble::Shrunk { .. })));
        house.clerk_looks().await;
    }
    let letter = house.letter();
    assert_eq!(letter.subject, "The calendar “salon” is in trouble");
    assert!(
        letter.text.contains("since Monday, 22 March, 14:10.\n  15 of 20 visits to come are missing"),
        "{}",
        letter.text
    );

    // It is well again, and then it isn't: another trouble.
    calendar.shows(1..=20).await.unwrap();
    house.clerk_at("2027-03-22T14:40").await;
    assert!(calendar.shows(1..=5).await.is_err());
    house.clerk_at("2027-03-22T14:50").await;
    assert_eq!(house.mail().len(), 2);

    // What lasts stands in the morning mail, too.
    house.clerk_at("2027-03-23T07:00").await;
    let morning = house.mail().remove(2);
    assert_eq!(morning.subject, "Tuesday, 23 March: something needs you");
    assert!(
        morning.text.contains("What is wrong\n- The calendar “salon” is in trouble since Monday, 22 March, 14:40."),
        "{}",
        morning.text
    );
}

#[tokio::test]
async fn a_calendar_that_is_away_for_a_moment_alarms_nobody() {
    let house = House::open("2027-03-22T14:00").await;
    let mut calendar = Calendar::of(&house);
    calendar.shows(1..=3).await.unwrap();
    std::fs::remove_file(&calendar.file).unwrap();
    for at in ["14:10", "14:30", "15:05"] {
        house.goes_on_to(&format!("2027-03-22T{at}")).await;
        assert!(matches!(calendar.feed.look().await, Err(Trouble::File(_))));
        house.clerk_looks().await;
        assert_eq!(house.mail(), [], "{at}");
    }
    house.goes_on_to("2027-03-22T15:10").await;
    assert!(calendar.feed.look().await.is_err());
    // It comes back before the letter is written: there is nothing left to say.
    calendar.shows(1..=3).await.unwrap();
    house.clerk_looks().await;
    assert_eq!(house.mail(), []);
    std::fs::remove_file(&calendar.file).unwrap();
    for at in ["2027-03-22T16:00", "2027-03-22T17:00", "2027-03-22T18:00"] {
        house.goes_on_to(at).await;
        assert!(calendar.feed.look().await.is_err());
        house.clerk_looks().await;
    }
    assert!(house.letter().text.contains("the file can't be read"), "{}", house.letter().text);
}
