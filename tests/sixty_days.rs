//! Sixty days of a polled calendar, on virtual time: visits come in, move, are cancelled and booked again, are deleted and
//! shown again, while the server breaks off, answers web pages and errors, shows half of the calendar, or an old one. The
//! messages that leave are those that another program, with other libraries, computes from what the server answered.

use crate::{
    import::office::{installation, instant},
    support::{
        proof::Dice,
        verifier,
        web::{Say, WebServer, answer},
    },
};
use comity::{
    clock::SystemClock,
    config::{Place, Source},
    deliver,
    engine::{
        arrivals::{feed::Feed, import::News},
        house::key_file,
        office::Office,
        rehearse::{Outcome, Rehearsal, Written, timeline},
    },
    fetch::{Fetcher, Limits, Link, Reach},
    store::Dry,
};
use futures_util::stream;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;

const SEED: u64 = 20_270_308;
const FROM: &str = "2027-03-08T08:00";
const UNTIL: &str = "2027-05-07T08:00";
const DAYS: usize = 60;
/// Looks a day: every six hours, at a minute at which nothing is due.
const LOOKS: usize = 4;
const CUSTOMERS: usize = 40;

fn customers() -> String {
    (0..CUSTOMERS).fold("id;email;consent:visit-tips\n".to_owned(), |mut text, n| {
        let yes = if n % 3 == 0 { "2027-01-02" } else { "" };
        let _ = writeln!(text, "C{n};c{n}@post.example;{yes}");
        text
    })
}

/// A visit in the salon's book.
#[derive(Clone, PartialEq)]
struct Visit {
    customer: usize,
    /// Quarters of an hour since the first day's midnight.
    quarter: usize,
    sequence: usize,
    cancelled: bool,
    deleted: bool,
}

/// The salon's book, and how it changes.
struct Book {
    dice: Dice,
    visits: BTreeMap<String, Visit>,
    next: usize,
}

impl Book {
    fn new() -> Self {
        let mut book = Self { dice: Dice::seeded(SEED), visits: BTreeMap::new(), next: 0 };
        for _ in 0..60 {
            book.book(0);
        }
        book
    }

    /// A visit in the four weeks after a day, between 8:00 and 19:00.
    fn book(&mut self, day: usize) {
        let quarter = (day + 1 + self.dice.index(28)) * 96 + 32 + self.dice.index(44);
        let customer = self.dice.index(CUSTOMERS);
        let visit = Visit { customer, quarter, sequence: 0, cancelled: false, deleted: false };
        self.visits.insert(format!("v{:03}", self.next), visit);
        self.next += 1;
    }

    /// A quarter of a day passes.
    fn change(&mut self, day: usize) {
        if self.dice.index(3) > 0 {
            self.book(day);
        }
        let ids: Vec<String> =
            self.visits.iter().filter(|(_, v)| v.quarter / 96 > day).map(|(id, _)| id.clone()).collect();
        for _ in 0..self.dice.index(3) {
            let id = &ids[self.dice.index(ids.len())];
            let (what, far) = (self.dice.index(6), 1 + self.dice.index(5));
            let hour = 32 + self.dice.index(44);
            let Some(visit) = self.visits.get_mut(id) else { continue };
            match what {
                0 | 1 => {
                    visit.quarter = (day + far) * 96 + hour;
                    visit.sequence += 1;
                }
                2 => {
                    visit.cancelled = true;
                    visit.sequence += 1;
                }
                3 if visit.cancelled => {
                    visit.cancelled = false;
                    // Not every calendar counts: then it stays cancelled.
                    visit.sequence += far % 2;
                }
                4 => visit.deleted = true,
                _ => visit.deleted = false,
            }
        }
    }

    fn calendar(&self, shows: impl Fn(&str) -> bool) -> String {
        let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Salon//EN\r\n".to_owned();
        for (id, visit) in self.visits.iter().filter(|(id, visit)| !visit.deleted && shows(id)) {
            let day =
                chrono::NaiveDate::from_ymd_opt(2027, 3, 8).unwrap() + chrono::Days::new((visit.quarter / 96) as u64);
            let (hour, minute) = (visit.quarter % 96 / 4, visit.quarter % 4 * 15);
            let _ = write!(
                text,
                "BEGIN:VEVENT\r\nUID:{id}\r\nDTSTAMP:20270301T000000Z\r\nSEQUENCE:{}\r\nSTATUS:{}\r\n\
                 DTSTART;TZID=Europe/Paris:{}T{hour:02}{minute:02}00\r\nSUMMARY:Cut\r\n\
                 ATTENDEE:mailto:c{}@post.example\r\nEND:VEVENT\r\n",
                visit.sequence,
                if visit.cancelled { "CANCELLED" } else { "CONFIRMED" },
                day.format("%Y%m%d"),
                visit.customer,
            );
        }
        text + "END:VCALENDAR\r\n"
    }
}

/// What the server answers at one look.
#[derive(Clone, PartialEq)]
enum Answer {
    Body(String),
    Nothing,
}

/// All looks, with the civil time of each.
fn history() -> Vec<(String, Answer)> {
    let mut book = Book::new();
    let mut looks = vec![];
    let mut before = book.calendar(|_| true);
    for look in 1..DAYS * LOOKS {
        let (day, hour) = (look / LOOKS, 2 + look % LOOKS * 6);
        book.change(day);
        let whole = book.calendar(|_| true);
        let kind = book.dice.index(12);
        let half: BTreeSet<String> =
            book.visits.keys().filter(|id| id.ends_with(['0', '2', '4', '6', '8'])).cloned().collect();
        let answer = match kind {
            0 => Answer::Body(whole.split_at(whole.len() * 2 / 3).0.to_owned()),
            1 => Answer::Body("<html><body>Please sign in</body></html>".to_owned()),
            2 => Answer::Nothing,
            3 => Answer::Body(book.calendar(|id| half.contains(id))),
            4 => Answer::Body(book.calendar(|_| false)),
            5 => Answer::Body(before.clone()),
            _ => Answer::Body(whole.clone()),
        };
        before = whole;
        let date = chrono::NaiveDate::from_ymd_opt(2027, 3, 8).unwrap() + chrono::Days::new(day as u64);
        looks.push((format!("{date}T{hour:02}:07"), answer));
    }
    looks.retain(|(at, _)| at.as_str() > FROM);
    looks
}

/// What the other program makes of the history.
fn calculate(python: &Path, looks: &[(String, Answer)]) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut index = String::new();
    for (number, (at, answer)) in looks.iter().enumerate() {
        let file = format!("{number}.ics");
        let name = match answer {
            Answer::Body(text) => {
                fs::write(folder.path().join(&file), text).unwrap();
                serde_json::json!(file)
            }
            Answer::Nothing => serde_json::Value::Null,
        };
        let _ = writeln!(index, "{}", serde_json::json!({"at": at, "answer": name}));
    }
    fs::write(folder.path().join("history.jsonl"), index).unwrap();
    fs::write(folder.path().join("customers.csv"), customers()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(root.join("tests/tools/feed_history.py"))
        .args(["--until", UNTIL, "--root"])
        .arg(root)
        .arg("--customers")
        .arg(folder.path().join("customers.csv"))
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap().to_string();
    String::from_utf8(output.stdout).unwrap().lines().map(value).collect()
}

async fn import_customers(office: &Office) {
    let (listener, mut news) = mpsc::channel(100);
    let what = office.what("customers", "customers.csv".to_owned(), BTreeSet::new()).unwrap();
    let bytes = stream::iter([Ok(customers().into_bytes())]);
    let hear = async {
        while let Some(news) = news.recv().await {
            assert!(!matches!(news, News::Failed(_) | News::Rejected(_)), "{news:?}");
        }
    };
    tokio::join!(office.import(what, bytes, Dry::Apply, listener), hear);
}

/// The server answers what stands here now, by its version.
async fn server(now: &Arc<Mutex<Answer>>) -> WebServer {
    let now = Arc::clone(now);
    WebServer::start(move |head: &str| match &*now.lock().unwrap() {
        Answer::Nothing => answer(503, "", ""),
        Answer::Body(text) => {
            let sum = text.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
            if head.contains(&format!("if-none-match: \"{sum}\"")) {
                return Say::This(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec());
            }
            answer(200, &format!("ETag: \"{sum}\"\r\n"), text)
        }
    })
    .await
}

/// Runs the engine over the history, on paper.
async fn live(looks: &[(String, Answer)]) -> BTreeSet<String> {
    let data = tempfile::tempdir().unwrap();
    let installation = installation(data.path());
    let keys = Arc::new(key_file::load(data.path()).unwrap());
    let rehearsal =
        Rehearsal::open(Arc::unwrap_or_clone(installation), keys, instant(FROM), Written::All).await.unwrap();
    let (engine, clock) = (&rehearsal.engine, &rehearsal.clock);
    let office = engine.office();
    import_customers(&office).await;

    let now = Arc::new(Mutex::new(Answer::Nothing));
    let server = server(&now).await;
    let source = Source {
        name: "salon".to_owned(),
        place: Place::Web(Link::parse(&server.link("/basic.ics")).unwrap()),
        every: Duration::from_hours(6),
        stale_after: Duration::from_hours(24),
        reach: Reach::OwnHostAnywhere,
    };
    let limits = Limits { bytes_max: 1_000_000, time_max: Duration::from_mins(1) };
    let fetcher = Arc::new(Fetcher::new(Arc::new(SystemClock), deliver::trust(&[]).unwrap(), limits));
    let feed = Feed::new(office, source, fetcher, 1_000_000);

    let feed = tokio::sync::Mutex::new(feed);
    let events = looks.iter().map(|(at, answer)| (instant(at), answer.clone())).collect();
    let driven = timeline::drive(engine, clock, instant(UNTIL), events, |answer| async {
        *now.lock().unwrap() = answer;
        // Trouble is part of the history; what it must not do is seen in what is sent.
        let _ = feed.lock().await.look().await;
        Ok(())
    });
    Box::pin(driven).await.unwrap();
    let lines = rehearsal.report().await.unwrap();
    engine.close().await;
    let sent = lines.into_iter().filter(|line| line.outcome == Outcome::Sent);
    let said = sent.map(|line| {
        let minute: String = line.at.chars().take(16).collect();
        let (workflow, step) = (line.workflow, line.step);
        serde_json::json!({"at": minute, "customer": line.customer, "record": line.record, "workflow": workflow, "step": step})
            .to_string()
    });
    said.collect()
}

#[tokio::test]
async fn sixty_days_of_a_calendar_send_what_another_program_computes() {
    let Some(python) = verifier::python() else { return };
    let looks = history();
    let bodies =
        |found: &str| looks.iter().filter(|(_, a)| matches!(a, Answer::Body(text) if text.contains(found))).count();
    assert!(bodies("<html>") > 5 && bodies("CANCELLED") > 100, "the history is too quiet");
    let (calculated, found) = (calculate(&python, &looks), live(&looks).await);
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
        these.difference(those).take(10).cloned().collect::<Vec<_>>()
    };
    println!("{} messages calculated, {} sent", calculated.len(), found.len());
    let (missing, too_much) = (only(&calculated, &found), only(&found, &calculated));
    assert!(
        missing.is_empty() && too_much.is_empty(),
        "seed {SEED}\nonly calculated: {missing:#?}\nonly sent: {too_much:#?}"
    );
    assert!(found.iter().any(|line| line.contains("moved#")), "nobody was told of a move");
    assert!(found.len() > 200, "only {} messages: too few to mean anything", found.len());
}
