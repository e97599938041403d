//! A polled calendar: what it holds is taken, what it lacks is believed only twice, and never in a flood.

use crate::{
    import::office::{Salon, instant},
    support::web::{Say, WebServer, answer},
};
use comity::{
    base::Clock,
    clock::SystemClock,
    config::{Place, Source},
    deliver,
    engine::arrivals::feed::{Feed, Looked, Trouble},
    fetch::{Fetcher, Limits, Link, Reach},
    intake::calendar::NoCalendar,
    plan::PlanState,
    store::calendar::SourceState,
};
use std::{
    fmt::Write as _,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

const BYTES_MAX: u64 = 1_000_000;

/// A salon with ten customers, and its calendar.
struct Chair {
    salon: Salon,
    feed: Feed,
    file: PathBuf,
}

/// Ten customers, `c0@post.example` to `c9@post.example`.
fn customers() -> String {
    (0..10).fold("id;email\n".to_owned(), |mut text, n| {
        let _ = writeln!(text, "C{n};c{n}@post.example");
        text
    })
}

/// A visit of each of these customers, on a day of March 2027 of their own.
fn visits(of: &[usize]) -> String {
    let events: String = of.iter().map(|n| visit(*n, "")).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
}

fn visit(n: usize, more: &str) -> String {
    let day = 12 + n;
    format!(
        "BEGIN:VEVENT\r\nUID:v{n}\r\nDTSTART;TZID=Europe/Paris:202703{day}T100000\r\n\
         ATTENDEE:mailto:c{n}@post.example\r\n{more}END:VEVENT\r\n"
    )
}

fn feed(salon: &Salon, place: Place) -> Feed {
    let source = Source {
        name: "salon".to_owned(),
        place,
        every: Duration::from_mins(10),
        stale_after: Duration::from_hours(24),
        reach: Reach::OwnHostAnywhere,
    };
    let limits = Limits { bytes_max: BYTES_MAX, time_max: Duration::from_mins(1) };
    let fetcher = Fetcher::new(Arc::new(SystemClock), deliver::trust(&[]).unwrap(), limits);
    Feed::new(salon.office.clone(), source, Arc::new(fetcher), BYTES_MAX)
}

impl Chair {
    /// With a calendar in a file.
    async fn new() -> Self {
        let salon = Salon::open().await;
        salon.import("customers", &customers()).await;
        let file = salon.data().join("calendar.ics");
        let feed = feed(&salon, Place::File(file.clone()));
        Self { salon, feed, file }
    }

    /// The file says this now, and is looked at.
    async fn reads(&mut self, text: &str) -> Result<Looked, Trouble> {
        std::fs::write(&self.file, text).unwrap();
        self.feed.look().await
    }

    async fn planned(&self) -> u64 {
        self.salon.status().await.plans.get(&PlanState::Planned).copied().unwrap_or_default()
    }

    async fn state(&self) -> SourceState {
        self.salon.status().await.sources.remove(0)
    }
}

const ALL: [usize; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

#[tokio::test]
async fn a_calendar_s_visits_come_in_move_and_are_cancelled() {
    let mut chair = Chair::new().await;
    let looked = chair.reads(&visits(&ALL)).await.unwrap();
    assert_eq!(looked, Looked { visits: 10, created: 10, ..Looked::default() });
    let planned = chair.planned().await;
    assert_eq!(planned, 30, "two reminders and a note with tips each");
    assert_eq!(chair.reads(&visits(&ALL)).await.unwrap(), Looked { visits: 10, ..Looked::default() });
    let moved = visits(&ALL).replace("20270312T100000", "20270312T150000");
    assert_eq!(chair.reads(&moved).await.unwrap().changed, 1);
    let cancelled = moved.replace("UID:v3\r\n", "UID:v3\r\nSTATUS:CANCELLED\r\n");
    assert_eq!(chair.reads(&cancelled).await.unwrap().changed, 1);
    assert_eq!(chair.planned().await, planned - 3);
    assert_eq!(chair.state().await.trouble, None);
}

#[tokio::test]
async fn what_vanishes_is_cancelled_by_the_second_reading_that_lacks_it() {
    let mut chair = Chair::new().await;
    chair.reads(&visits(&ALL)).await.unwrap();
    let three_less = visits(&ALL[3..]);
    assert_eq!(chair.reads(&three_less).await.unwrap().vanished, 0);
    assert_eq!(chair.planned().await, 30);
    assert_eq!(chair.reads(&three_less).await.unwrap().vanished, 3);
    assert_eq!(chair.planned().await, 21);
    let back = chair.reads(&visits(&ALL)).await.unwrap();
    assert_eq!((back.changed, chair.planned().await), (3, 30), "shown again, they are booked again");
}

#[tokio::test]
async fn a_calendar_that_shrinks_cancels_nothing_and_says_so() {
    let mut chair = Chair::new().await;
    chair.reads(&visits(&ALL)).await.unwrap();
    let six = visits(&ALL[4..]);
    for _ in 0..5 {
        let trouble = chair.reads(&six).await.unwrap_err();
        assert!(matches!(trouble, Trouble::Shrunk { lacking: 4, known: 10 }), "{trouble}");
        assert_eq!(chair.planned().await, 30);
    }
    let state = chair.state().await;
    assert_eq!(state.trouble.as_ref().map(|(_, since)| *since), Some(chair.salon.office.clock.now()));
    // What it does hold is taken all the same.
    let moved = six.replace("T100000", "T150000");
    assert!(chair.reads(&moved).await.is_err());
    let moved = chair.salon.office.store.find_by_external_id("C9").await.unwrap().unwrap();
    let plans = chair.salon.office.store.plans_of(moved.id).await.unwrap();
    assert!(plans.iter().any(|plan| plan.facts.due_at == instant("2027-03-20T15:00")), "{plans:?}");
    // And when it is whole again, all is well.
    assert!(chair.reads(&visits(&ALL)).await.is_ok());
    assert_eq!(chair.state().await.trouble, None);
}

#[tokio::test]
async fn the_operator_can_take_a_shrunk_calendar_at_its_word() {
    let mut chair = Chair::new().await;
    let office = chair.salon.office.clone();
    chair.reads(&visits(&ALL)).await.unwrap();
    assert!(!office.believe("salon").await.unwrap(), "nothing is in doubt");
    let four = visits(&ALL[6..]);
    assert!(chair.reads(&four).await.is_err());
    assert!(office.believe("salon").await.unwrap());
    assert_eq!(chair.reads(&four).await.unwrap().vanished, 0, "two readings must agree all the same");
    assert_eq!(chair.reads(&four).await.unwrap().vanished, 6);
    assert_eq!(chair.planned().await, 12);
    // It lacks little now: it is judged again.
    chair.reads(&four).await.unwrap();
    assert!(matches!(chair.reads("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").await, Err(Trouble::Empty)));
    assert_eq!(chair.planned().await, 12);
}

#[tokio::test]
async fn no_bad_reading_cancels_anything() {
    let mut chair = Chair::new().await;
    let whole = visits(&ALL);
    chair.reads(&whole).await.unwrap();
    let cut_off = whole.replace("END:VCALENDAR\r\n", "");
    let unreadable = whole.replace("DTSTART;TZID=Europe/Paris:20270315", "DTSTART;TZID=Mars/Olympus:20270315");
    let too_long = format!("{whole}{}", "\r\n".repeat(600_000));
    for _ in 0..3 {
        for (text, why) in [
            (cut_off.as_str(), "cut off"),
            ("<html>Sign in</html>", "a web page"),
            ("", "empty"),
            ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "has become empty"),
            (unreadable.as_str(), "can't be read any more"),
            (too_long.as_str(), "more than 1000000 bytes"),
        ] {
            let trouble = chair.reads(text).await.expect_err(why);
            assert!(trouble.to_string().contains(why), "{trouble}");
            assert!(chair.state().await.trouble.unwrap().0.contains(why));
            assert_eq!(chair.planned().await, 30, "{why}");
        }
        std::fs::remove_file(&chair.file).unwrap();
        assert!(matches!(chair.feed.look().await, Err(Trouble::File(_))));
        assert_eq!(chair.planned().await, 30);
    }
    // Two whole readings that lack a visit must follow each other; bad ones in between prove nothing either way.
    assert_eq!(chair.reads(&visits(&ALL[1..])).await.unwrap().vanished, 0);
    assert!(matches!(chair.reads(&cut_off).await, Err(Trouble::NoCalendar(NoCalendar::CutOff { .. }))));
    assert_eq!(chair.reads(&visits(&ALL[1..])).await.unwrap().vanished, 1);
}

/// A server with a version for each content, and how often it sent the whole.
async fn server_of(content: &Arc<Mutex<String>>, sent: &Arc<AtomicUsize>) -> WebServer {
    let (content, sent) = (Arc::clone(content), Arc::clone(sent));
    WebServer::start(move |head: &str| {
        let content = content.lock().unwrap();
        let etag = format!("\"{}-{}\"", content.len(), content.matches("UID").count());
        if head.contains(&format!("if-none-match: {etag}")) {
            return Say::This(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec());
        }
        sent.fetch_add(1, SeqCst);
        answer(200, &format!("ETag: {etag}\r\n"), &content)
    })
    .await
}

#[tokio::test]
async fn not_modified_is_believed_only_while_nothing_hangs_in_the_air() {
    let mut chair = Chair::new().await;
    let (content, sent) = (Arc::new(Mutex::new(visits(&ALL))), Arc::new(AtomicUsize::new(0)));
    let server = server_of(&content, &sent).await;
    let link = Link::parse(&server.link("/basic.ics")).unwrap();
    chair.feed = feed(&chair.salon, Place::Web(link));
    assert_eq!(chair.feed.look().await.unwrap().created, 10);
    for _ in 0..3 {
        assert_eq!(chair.feed.look().await.unwrap(), Looked::default());
    }
    assert_eq!(sent.load(SeqCst), 1, "asked by its version");
    // One visit less: the second reading comes as a whole, although the server would say that nothing changed.
    *content.lock().unwrap() = visits(&ALL[1..]);
    assert_eq!(chair.feed.look().await.unwrap().vanished, 0);
    assert_eq!(chair.feed.look().await.unwrap().vanished, 1);
    assert_eq!(sent.load(SeqCst), 3);
    assert_eq!(chair.feed.look().await.unwrap(), Looked::default());
    // Not believed: read again each time.
    *content.lock().unwrap() = visits(&ALL[6..]);
    assert!(chair.feed.look().await.is_err());
    assert!(chair.feed.look().await.is_err());
    assert_eq!(sent.load(SeqCst), 5);
    // And once a day in any case.
    *content.lock().unwrap() = visits(&ALL[1..]);
    chair.feed.look().await.unwrap();
    chair.feed.look().await.unwrap();
    assert_eq!(sent.load(SeqCst), 6);
    let tomorrow = instant("2027-03-09T09:00");
    chair.salon.clock.allow_until(tomorrow);
    chair.salon.clock.wait_until(tomorrow).await;
    chair.feed.look().await.unwrap();
    assert_eq!(sent.load(SeqCst), 7);
}

#[tokio::test]
async fn customers_that_come_later_find_their_visits_although_the_calendar_is_unchanged() {
    let salon = Salon::open().await;
    let mut feed = {
        let file = salon.data().join("calendar.ics");
        std::fs::write(&file, visits(&ALL)).unwrap();
        feed(&salon, Place::File(file))
    };
    let looked = feed.look().await.unwrap();
    assert_eq!(looked, Looked { visits: 10, waiting: 10, ..Looked::default() });
    assert_eq!(salon.status().await.visits_of_nobody, 10);
    let imported = salon.import("customers", &customers()).await;
    assert_eq!(imported.report().visits.matched, 10);
    assert_eq!(salon.status().await.visits_of_nobody, 0);
    assert_eq!(feed.look().await.unwrap(), Looked { visits: 10, ..Looked::default() });
}
