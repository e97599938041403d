//! The page of preferences, over real connections and a real database: what each button does, what takes it back, and what
//! nothing changes.

use crate::support::{
    clock::HandClock,
    daemon::{Daemon, eventually},
    door::OpenDoor,
    http::{self, ask},
    proof,
    real::Premises,
};
use comity::{
    base::{
        Clock, EmailAddress, Handle, Instant, PlanId,
        token::{Link, LinkPurpose},
        value::Fields,
    },
    gate::Rule,
    ledger::Happening,
    people::{ConsentKind, Customer, consent::ConsentMethod},
    plan::PlanState,
    store::{CustomerRow, Dry, Put},
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fs, sync::Arc, time::Duration};

const LETTERS: &str = r#"
[purposes.letters]
title = "Letters"
promise = "One letter a month."
basis = "consent"
translations.fr = { title = "Lettres", promise = "Une lettre par mois." }
"#;

const DAY: Duration = Duration::from_hours(24);

/// A salon with its public page, and Anna, whose two reminders of a visit are due at once when it runs.
struct Salon {
    daemon: Daemon,
    door: OpenDoor,
    anna: Customer,
}

impl Salon {
    async fn open() -> Self {
        let premises = proof::premises_to(25);
        let policy = premises.path().join("policy.toml");
        fs::write(&policy, proof::POLICY.to_owned() + LETTERS).unwrap();
        Self::over(premises).await
    }

    async fn over(premises: Premises) -> Self {
        let daemon = Daemon::over(premises, HandClock::new()).await;
        let door = OpenDoor::of(&daemon).await;
        let anna = daemon.visit("anna", Duration::ZERO).await;
        Self { daemon, door, anna }
    }

    fn link(&self) -> Link {
        let issued_at = self.daemon.clock.now();
        Link { customer: self.anna.handle, purpose: "reminders".to_owned(), plan: PlanId(1), issued_at }
    }

    fn path(&self) -> String {
        format!("/preferences/{}", self.link().sign(&self.daemon.engine.keys, LinkPurpose::Preferences))
    }

    async fn look(&self) -> http::Answer {
        ask(self.door.at, "GET", &self.path(), "").await
    }

    async fn press(&self, body: &str) -> http::Answer {
        self.press_at(&self.path(), body).await
    }

    async fn press_at(&self, path: &str, body: &str) -> http::Answer {
        http::post(self.door.at, path, body).await
    }

    /// What her history says about a purpose, oldest first.
    async fn said(&self, purpose: Option<&str>) -> Vec<(ConsentKind, ConsentMethod)> {
        let said = self.daemon.engine.store.consents(self.anna.id).await.unwrap();
        let about = said.iter().filter(|said| said.purpose.as_deref() == purpose);
        about.map(|said| (said.kind, said.method)).collect()
    }

    /// All that can be told apart about her and everybody in the database.
    async fn digest(&self) -> String {
        let store = &self.daemon.engine.store;
        let chosen = store.preferences(self.anna.handle).await.unwrap();
        let said = store.consents(self.anna.id).await.unwrap();
        let last = store.last_entry().await.unwrap();
        format!("{chosen:?} {said:?} {last} {:?}", store.plans_of(self.anna.id).await.unwrap())
    }
}

/// The value that takes the change back.
fn undo(answer: &http::Answer) -> String {
    let (_, rest) = answer.body.split_once("name=\"undo\" value=\"").unwrap_or_else(|| panic!("{}", answer.body));
    format!("undo={}", rest.split('"').next().unwrap())
}

fn says(answer: &http::Answer, words: &str) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.contains(words), "{words} in {}", answer.body);
}

#[tokio::test]
async fn one_click_stops_a_kind_and_one_more_takes_that_back_as_if_it_had_not_been() {
    let mut salon = Salon::open().await;
    says(&salon.look().await, "<p class=\"stands on\">On</p>");
    let stopped = salon.press("stop=reminders").await;
    says(&stopped, "no more of these leave: <strong>Reminders</strong>");
    says(&stopped, "You said no, and that stays.");
    let no = (ConsentKind::Withdrawn, ConsentMethod::PreferencePage);
    assert_eq!(salon.said(Some("reminders")).await, [no]);
    says(&salon.press(&undo(&stopped)).await, "it is as it was before");
    let back = (ConsentKind::Granted, ConsentMethod::Undone);
    assert_eq!(salon.said(Some("reminders")).await, [no, back]);
    says(&salon.look().await, "<p class=\"stands on\">On</p>");
    // And that is no mere word: her visit is written about.
    salon.daemon.run().await;
    let states = async || {
        let plans = salon.daemon.engine.store.plans_of(salon.anna.id).await.unwrap();
        plans.iter().map(|plan| plan.state).collect::<Vec<_>>()
    };
    eventually("both left", async || states().await == [PlanState::Sent; 2]).await;
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_change_is_taken_back_once_and_only_while_nothing_else_has_changed() {
    let salon = Salon::open().await;
    let stopped = undo(&salon.press("stop=reminders").await);
    salon.press(&stopped).await;
    let before = salon.digest().await;
    says(&salon.press(&stopped).await, "can’t be taken back any more");
    assert_eq!(salon.digest().await, before, "pressed twice");

    let on = undo(&salon.press("on=letters").await);
    let limited = undo(&salon.press("limit=letters&rate=month").await);
    let before = salon.digest().await;
    says(&salon.press(&on).await, "can’t be taken back any more");
    assert_eq!(salon.digest().await, before, "out of order");
    says(&salon.press(&limited).await, "it is as it was before");

    // A value of another customer, one that is too old, and one that nobody signed.
    let late = undo(&salon.press("stop=letters").await);
    let bert = salon.daemon.visit("bert", DAY).await;
    let path = Link { customer: bert.handle, ..salon.link() }.sign(&salon.daemon.engine.keys, LinkPurpose::Preferences);
    says(&salon.press_at(&format!("/preferences/{path}"), &late).await, "can’t be taken back any more");
    let mut forged = late.clone().into_bytes();
    forged[20] ^= 1;
    let forged = String::from_utf8(forged).unwrap();
    says(&salon.press(&forged).await, "can’t be taken back any more");
    salon.daemon.clock.go_on(Duration::from_mins(30));
    says(&salon.press(&late).await, "can’t be taken back any more");
    let said = salon.said(Some("letters")).await;
    assert_eq!(said.last(), Some(&(ConsentKind::Withdrawn, ConsentMethod::PreferencePage)));
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_yes_on_the_page_counts_where_nobody_said_no_and_after_a_no_it_does_not() {
    let salon = Salon::open().await;
    says(&salon.look().await, "<p class=\"stands\">Off</p>");
    says(&salon.press("on=letters").await, "Switched on: <strong>Letters</strong>");
    let yes = (ConsentKind::Granted, ConsentMethod::PreferencePage);
    assert_eq!(salon.said(Some("letters")).await, [yes]);
    let no = (ConsentKind::Withdrawn, ConsentMethod::PreferencePage);
    salon.press("stop=letters").await;
    let refused = salon.press("on=letters").await;
    says(&refused, "one click is not enough");
    assert!(!refused.body.contains("name=\"undo\""), "{}", refused.body);
    assert_eq!(salon.said(Some("letters")).await, [yes, no]);
    // What rests on a visit isn't agreed to, and what the policy doesn't have isn't anything.
    for odd in ["on=reminders", "on=news", "limit=news&rate=week", "stop=news"] {
        let before = salon.digest().await;
        says(&salon.press(odd).await, "We didn’t understand that");
        assert_eq!(salon.digest().await, before, "{odd}");
    }
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_yes_is_said_anew_by_one_click_before_it_ends() {
    let premises = proof::premises_to(25);
    let letters = LETTERS.replace("\"consent\"", "\"consent\"\nconsent_lasts = \"90 days\"");
    fs::write(premises.path().join("policy.toml"), proof::POLICY.to_owned() + &letters).unwrap();
    let salon = Salon::over(premises).await;
    salon.press("renew=letters").await;
    assert_eq!(salon.said(Some("letters")).await, [], "there is no yes to be said anew");
    salon.press("on=letters").await;
    let shown = salon.look().await;
    says(&shown, "Your yes ends by itself on");
    assert!(!shown.body.contains("name=\"renew\""), "it has only begun");
    salon.daemon.clock.pass(40 * DAY);
    says(&salon.look().await, "name=\"renew\" value=\"letters\"");
    says(&salon.press("renew=letters").await, "Your yes holds anew: <strong>Letters</strong>");
    let yes = (ConsentKind::Granted, ConsentMethod::PreferencePage);
    assert_eq!(salon.said(Some("letters")).await, [yes, yes]);
    salon.daemon.clock.pass(60 * DAY);
    says(&salon.look().await, "Your yes ends by itself on");
    salon.press("stop=letters").await;
    salon.press("renew=letters").await;
    assert_eq!(salon.said(Some("letters")).await.last().unwrap().0, ConsentKind::Withdrawn, "a no stands");
}

#[tokio::test]
async fn where_the_mailbox_itself_must_say_yes_no_click_behind_an_ordinary_link_does() {
    let premises = proof::premises_to(25);
    let letters = LETTERS.replace("\"consent\"", "\"consent\"\ndouble_opt_in = true");
    fs::write(premises.path().join("policy.toml"), proof::POLICY.to_owned() + &letters).unwrap();
    let salon = Salon::over(premises).await;
    let shown = salon.look().await;
    says(&shown, "<p class=\"stands\">Off</p>");
    assert!(!shown.body.contains("name=\"on\""), "nothing asks the mailbox here: {}", shown.body);
    for crafted in ["on=letters", "renew=letters"] {
        says(&salon.press(crafted).await, "We didn’t understand that");
        assert_eq!(salon.said(Some("letters")).await, [], "{crafted}");
    }
}

#[tokio::test]
async fn an_objection_ends_all_advertising_and_leaves_what_was_arranged() {
    let mut salon = Salon::open().await;
    salon.press("on=letters").await;
    says(&salon.press("object=marketing").await, "No advertising any more.");
    let shown = salon.look().await;
    says(&shown, "You said no");
    assert!(!shown.body.contains("name=\"object\""), "once is enough");
    assert_eq!(salon.daemon.engine.store.bars(salon.anna.id).await.unwrap().len(), 1);
    says(&salon.press("on=letters").await, "class=\"told fault\"");
    salon.daemon.run().await;
    let states = async || {
        let plans = salon.daemon.engine.store.plans_of(salon.anna.id).await.unwrap();
        plans.iter().map(|plan| plan.state).collect::<Vec<_>>()
    };
    eventually("both reminders left", async || states().await == [PlanState::Sent; 2]).await;
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_yes_that_is_taken_back_leaves_no_yes() {
    let salon = Salon::open().await;
    let on = salon.press("on=letters").await;
    says(&salon.press(&undo(&on)).await, "it is as it was before");
    says(&salon.look().await, "<p class=\"stands\">Off</p>");
    salon.daemon.end().await;
}

#[tokio::test]
async fn stop_everything_is_one_button_and_nothing_leaves_for_any_purpose() {
    let mut salon = Salon::open().await;
    salon.press("on=letters").await;
    let stopped = salon.press("everything=stop").await;
    says(&stopped, "Everything is stopped.");
    assert_eq!(stopped.body.matches("You said no, and that stays.").count(), 2, "{}", stopped.body);
    assert_eq!(salon.said(None).await, [(ConsentKind::Withdrawn, ConsentMethod::PreferencePage)]);
    salon.daemon.run().await;
    let refused = async || {
        let happened = salon.daemon.history(&salon.anna).await;
        happened
            .iter()
            .filter(|entry| matches!(entry.happening, Happening::Refused { rule: Rule::Suppression, .. }))
            .count()
    };
    eventually("both refused", async || refused().await == 2).await;
    assert_eq!(salon.daemon.subjects(), [""; 0]);
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_silence_holds_what_is_due_until_its_day_and_ends_at_once_when_they_say_so() {
    let mut salon = Salon::open().await;
    let now = salon.daemon.clock.now();
    let day = |days: u32| now.plus(DAY * days).to_utc().format("%Y-%m-%d").to_string();
    for odd in ["", "soon", &day(0), "2020-01-01", &day(400)] {
        let before = salon.digest().await;
        says(&salon.press(&format!("until={odd}&of=everything")).await, "Please name a day after today");
        assert_eq!(salon.digest().await, before, "{odd}");
    }
    // What they arranged is written about unless they say so.
    says(&salon.press(&format!("until={}&of=marketing", day(20))).await, "We are silent until");
    salon.press(&format!("until={}&of=everything", day(20))).await;
    salon.daemon.run().await;
    let refused = async || {
        let happened = salon.daemon.history(&salon.anna).await;
        happened.iter().filter(|entry| matches!(entry.happening, Happening::Refused { rule: Rule::Snooze, .. })).count()
    };
    eventually("both came too late", async || refused().await == 2).await;
    says(&salon.look().await, "We are silent until <strong>");
    let awake = salon.press("awake=now").await;
    says(&awake, "The silence has ended.");
    says(&salon.press(&undo(&awake)).await, "it is as it was before");
    says(&salon.look().await, "We are silent until <strong>");
    salon.daemon.end().await;
}

#[tokio::test]
async fn own_limit_and_language_are_kept_and_taken_back() {
    let salon = Salon::open().await;
    let limited = salon.press("limit=reminders&rate=week").await;
    says(&limited, "<strong>Reminders, one a week</strong>");
    says(&limited, "<option value=\"week\" selected>");
    says(&salon.press("limit=reminders&rate=week").await, "That was so already.");
    salon.press("limit=&rate=month").await;
    let french = salon.press("language=fr").await;
    says(&french, "From now on, we write to you in <strong>Français</strong>");
    says(&french, "Ce que vous recevez de nous");
    says(&salon.press(&undo(&french)).await, "What you get from us");
    // No template speaks it.
    says(&salon.press("language=nl").await, "We didn’t understand that");
    salon.daemon.end().await;
}

#[tokio::test]
async fn nothing_but_a_button_of_ours_changes_anything() {
    let salon = Salon::open().await;
    let path = salon.path();
    let before = salon.digest().await;
    for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"] {
        for query in ["", "?stop=reminders", "?everything=stop", "/"] {
            ask(salon.door.at, method, &format!("{path}{query}"), "Purpose: prefetch\r\n").await;
        }
    }
    let long = "x".repeat(200_000);
    let bodies = ["", "&&&", "stop", "%00", "\u{0}", "{\"stop\":\"reminders\"}", "List-Unsubscribe=One-Click", &long];
    for body in bodies {
        salon.press(body).await;
    }
    assert_eq!(salon.digest().await, before);
    salon.press("stop=reminders").await;
    assert_ne!(salon.digest().await, before, "the digest would have shown it");
    salon.daemon.end().await;
}

#[tokio::test]
async fn while_the_database_is_away_the_page_says_so_and_takes_stops_all_the_same() {
    let salon = Salon::open().await;
    let options = SqliteConnectOptions::new().filename(salon.daemon.premises.path().join("data/comity.db"));
    let mut thief = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut thief).await.unwrap();
    let limited = salon.press("limit=&rate=week").await;
    assert_eq!(limited.status, 503, "{}", limited.body);
    assert!(limited.body.contains("name=\"stop\" value=\"reminders\""), "{}", limited.body);
    assert!(limited.body.contains("name=\"everything\" value=\"stop\""), "{}", limited.body);
    let stopped = salon.press("everything=stop").await;
    says(&stopped, "Your stop is safe on disk, and in force at the latest after");
    assert!(!stopped.body.contains("name=\"undo\""), "{}", stopped.body);
    assert_eq!(salon.said(None).await, []);
    sqlx::query("ROLLBACK").execute(&mut thief).await.unwrap();
    thief.close().await.unwrap();
    // The next word to the database is said behind the journal's.
    salon.press("limit=&rate=week").await;
    assert_eq!(salon.said(None).await, [(ConsentKind::Withdrawn, ConsentMethod::PreferencePage)]);
    assert_eq!(
        salon.daemon.engine.store.preferences(salon.anna.handle).await.unwrap().unwrap().limits.iter().count(),
        1
    );
    salon.daemon.end().await;
}

#[tokio::test]
async fn leaving_is_one_press_and_joining_is_no_fewer() {
    let salon = Salon::open().await;
    // A press is a request that changes something; looking is free on both ways.
    let mut presses = [0, 0];
    for (of, form) in ["stop=reminders", "on=letters"].into_iter().enumerate() {
        let before = salon.digest().await;
        while salon.digest().await == before {
            salon.press(form).await;
            presses[of] += 1;
        }
    }
    let [leaving, joining] = presses;
    assert!(leaving <= joining, "{presses:?}");
    assert_eq!(leaving, 1);
    salon.daemon.end().await;
}

#[tokio::test]
async fn what_is_no_link_of_ours_any_more_gets_one_answer_to_the_byte() {
    let salon = Salon::open().await;
    let keys = &salon.daemon.engine.keys;
    let good = salon.link().sign(keys, LinkPurpose::Preferences);
    let day =
        |days: u64| Link { issued_at: Instant::from_ms(salon.daemon.clock.now().ms() - days_ms(days)), ..salon.link() };
    let mut links = vec![
        "x".to_owned(),
        good.chars().take(good.len() - 1).collect(),
        format!("{good}x"),
        good.replace("1.", "2."),
        salon.link().sign(keys, LinkPurpose::Stop),
        salon.link().sign(keys, LinkPurpose::Undo),
        salon.link().sign(keys, LinkPurpose::Answer),
        Link { customer: Handle([9; 16]), ..salon.link() }.sign(keys, LinkPurpose::Preferences),
        day(90).sign(keys, LinkPurpose::Preferences),
    ];
    // Each bit of the token, in the alphabet of tokens or out of it.
    for place in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[place] ^= 1;
        // What can't stand in an address is another way of being wrong.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        links.push(String::from_utf8(bytes).unwrap().replace(|c| !is_plain(c), "_"));
    }
    let expected = ask(salon.door.at, "GET", "/preferences/forged", "").await;
    assert_eq!(expected.status, 404);
    let before = salon.digest().await;
    for link in links.into_iter().filter(|link| *link != good) {
        let path = format!("/preferences/{link}");
        for answer in [ask(salon.door.at, "GET", &path, "").await, salon.press_at(&path, "everything=stop").await] {
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.body == expected.body, "{path}: {}", answer.body);
        }
    }
    assert_eq!(salon.digest().await, before);
    let young = format!("/preferences/{}", day(89).sign(keys, LinkPurpose::Preferences));
    assert_eq!(ask(salon.door.at, "GET", &young, "").await.status, 200);
    salon.daemon.end().await;
}

fn days_ms(days: u64) -> i64 {
    i64::try_from(Duration::from_hours(24 * days).as_millis()).unwrap()
}

#[tokio::test]
async fn a_rehearsals_link_shows_nothing_and_changes_nothing() {
    let salon = Salon::open().await;
    let path = format!("/preferences/{}", salon.link().sign(&salon.daemon.engine.keys, LinkPurpose::Rehearsed));
    let before = salon.digest().await;
    for answer in [ask(salon.door.at, "GET", &path, "").await, salon.press_at(&path, "everything=stop").await] {
        says(&answer, "This is a rehearsal");
        assert!(!answer.body.contains("salon.example"), "{}", answer.body);
    }
    assert_eq!(salon.digest().await, before);
    salon.daemon.end().await;
}

#[tokio::test]
async fn the_page_shows_a_masked_mailbox_and_no_history_and_is_small_in_every_language() {
    let salon = Salon::open().await;
    for body in ["on=letters", "stop=letters", "limit=reminders&rate=month"] {
        salon.press(body).await;
    }
    for (language, heading) in
        [("en", "What you get from us"), ("fr", "Ce que vous recevez de nous"), ("de", "Was Sie von uns bekommen")]
    {
        let headers = format!("Accept-Language: {language}\r\nSec-GPC: 1\r\n");
        let page = ask(salon.door.at, "GET", &salon.path(), &headers).await;
        says(&page, heading);
        says(&page, "Global Privacy Control");
        says(&page, &format!("<html lang=\"{language}\""));
        assert!(!page.body.contains("anna@"), "{}", page.body);
        assert!(page.body.contains("a…@salon.example") || page.body.contains("a…@s"), "{}", page.body);
        assert!(page.body.len() < 20_000, "{language}: {}", page.body.len());
        assert!(!page.headers.contains_key("set-cookie"));
        assert_eq!(page.header("cache-control"), "no-store");
    }
    salon.daemon.end().await;
}

#[tokio::test]
async fn one_of_two_with_one_mailbox_takes_back_only_what_they_wrote_themselves() {
    let salon = Salon::open().await;
    let twin = CustomerRow {
        external_id: Some("twin".to_owned()),
        address: EmailAddress::parse("anna@salon.example").unwrap(),
        fields: Fields::new(),
        untold: Arc::default(),
        zone: None,
        language: None,
        consents: Vec::new(),
    };
    let store = &salon.daemon.engine.store;
    let put = store.put_customers(vec![twin], salon.daemon.engine.in_force.clone(), Dry::Apply).await.unwrap();
    assert_eq!(put.puts, [Put::Created]);
    let twin = store.find_by_external_id("twin").await.unwrap().unwrap();
    let keys = &salon.daemon.engine.keys;
    let path = Link { customer: twin.handle, ..salon.link() }.sign(keys, LinkPurpose::Preferences);
    salon.press("stop=reminders").await;
    let second = salon.press_at(&format!("/preferences/{path}"), "stop=reminders").await;
    says(&second, "no more of these leave");
    assert!(!second.body.contains("name=\"undo\""), "the mailbox's no is Anna's: {}", second.body);
    salon.daemon.end().await;
}
