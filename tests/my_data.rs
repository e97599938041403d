//! One's own data, over real connections and a real database: asked for on the page of preferences, mailed, opened once, taken
//! away, said to be wrong, and erased.

use crate::support::{
    clock::HandClock,
    daemon::{Daemon, eventually},
    door::OpenDoor,
    http::{self, Answer, ask},
    proof,
};
use comity::{
    base::{
        Clock, EmailAddress, PlanId, Value,
        token::{Link, LinkPurpose},
        value::Fields,
    },
    engine::desk::StopDesk,
    ledger::{Happening, entry::StopVia},
    people::{AskedVia, BarWord, Customer, RequestKind},
    plan::PlanState,
    store::{CustomerRow, Dry, NewBar, Put, PutError, Requested, entry::Evidence},
};
use std::time::Duration;

const OWN_DATA: &str = r#"
stylist = { type = "text", purposes = ["*"], keep = "90 days" }
[customer.fields]
first_name = { type = "text", purposes = ["*"] }
[purposes.own-data]
title = "Your own data"
promise = "When you ask for your data, we mail you one link to it."
basis = "request"
[records.data_request]
event = true
[records.data_request.fields]
asked_for = { type = "text", purposes = ["own-data"], keep = "7 days", written_by = "data-requests" }
"#;
const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);

/// A salon that mails people the link to their data, and Anna, who has a visit in a week.
struct Salon {
    daemon: Daemon,
    door: OpenDoor,
    anna: Customer,
}

impl Salon {
    async fn open() -> Self {
        let premises = proof::premises_that_answer(OWN_DATA, "own-data", "data_request");
        let mut daemon = Daemon::over(premises, HandClock::new()).await;
        let anna = daemon.visit("anna", Duration::from_hours(7 * 24)).await;
        daemon.run().await;
        let door = OpenDoor::of(&daemon).await;
        Self { daemon, door, anna }
    }

    fn link(&self, plan: PlanId) -> Link {
        let issued_at = self.daemon.clock.now();
        Link { customer: self.anna.handle, purpose: "own-data".to_owned(), plan, issued_at }
    }

    /// The page of preferences, by the link of any message.
    fn preferences(&self) -> String {
        format!("/preferences/{}", self.link(PlanId(1)).sign(&self.daemon.engine.keys, LinkPurpose::Preferences))
    }

    fn path(&self, plan: PlanId) -> String {
        format!("/my-data/{}", self.link(plan).sign(&self.daemon.engine.keys, LinkPurpose::MyData))
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        http::post(self.door.at, path, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        ask(self.door.at, "GET", path, "").await
    }

    /// How many messages with the link left, and the last of them.
    async fn mailed(&self) -> (usize, Option<PlanId>) {
        let plans = self.daemon.engine.store.plans_of(self.anna.id).await.unwrap();
        let left = plans.iter().filter(|plan| plan.facts.purpose == "own-data" && plan.state == PlanState::Sent);
        let left: Vec<PlanId> = left.map(|plan| plan.facts.id).collect();
        (left.len(), left.last().copied())
    }

    /// Asks for the link, and gives the path of the one that comes.
    async fn ask(&self) -> String {
        let (before, _) = self.mailed().await;
        let told = self.post(&self.preferences(), "data=link").await;
        assert!(told.body.contains("On its way to your address"), "{}", told.body);
        eventually("the link is mailed", async || self.mailed().await.0 > before).await;
        self.path(self.mailed().await.1.unwrap())
    }

    async fn register(&self) -> Vec<Requested> {
        self.daemon.engine.store.requests(true).await.unwrap()
    }
}

#[tokio::test]
async fn whoever_asks_sees_everything_by_the_link_that_is_mailed_and_nothing_before() {
    let salon = Salon::open().await;
    assert!(salon.get(&salon.preferences()).await.body.contains("name=\"data\" value=\"link\""));
    let path = salon.ask().await;
    for method in ["GET", "HEAD", "OPTIONS"] {
        let seen = ask(salon.door.at, method, &path, "").await;
        assert!(seen.status < 300 && !seen.body.contains("anna@"), "{method}: {}", seen.body);
    }
    let closed = salon.get(&path).await;
    assert!(closed.body.contains("Open my data") && closed.body.contains("…@"), "{}", closed.body);
    let [request] = &salon.register().await[..] else { panic!("one request") };
    assert_eq!((request.kind, request.via, request.answered_at), (RequestKind::Access, AskedVia::Page, None));
    assert!(request.mailed, "the next step is hers");

    let open = salon.post(&path, "do=see").await;
    assert_eq!(open.header("cache-control"), "no-store");
    for word in ["anna@salon.example", "starts at", "The person asked for the link", "Download the archive"] {
        assert!(open.body.contains(word), "{word} is missing: {}", open.body);
    }
    assert!(salon.register().await[0].answered_at.is_some());
    let archive = salon.post(&path, "do=take").await;
    assert_eq!(archive.header("content-type"), "application/zip");
    assert!(archive.body.starts_with("PK"));
    let opened = |entry: &comity::ledger::Entry| matches!(entry.happening, Happening::OpenedOwnData { .. });
    assert_eq!(salon.daemon.history(&salon.anna).await.iter().filter(|entry| opened(entry)).count(), 1, "once");
}

#[tokio::test]
async fn the_link_opens_once_within_an_hour() {
    let salon = Salon::open().await;
    let path = salon.ask().await;
    assert!(salon.post(&path, "do=see").await.body.contains("anna@"));
    salon.daemon.clock.pass(14 * MINUTE);
    assert!(salon.post(&path, "do=see").await.body.contains("anna@"), "who clicks twice sees it twice");
    salon.daemon.clock.pass(2 * MINUTE);
    for body in ["do=see", "do=take", "do=erase", "do=correct&words=x"] {
        let over = salon.post(&path, body).await;
        assert!(over.body.contains("This link is over") && !over.body.contains("anna@"), "{body}: {}", over.body);
    }
    assert!(salon.daemon.engine.store.find_customer(salon.anna.handle).await.unwrap().is_some());

    let late = salon.ask().await;
    salon.daemon.clock.pass(61 * MINUTE);
    assert!(salon.get(&late).await.body.contains("This link is over"));
    assert!(salon.post(&late, "do=see").await.body.contains("This link is over"));
    // A link for something else opens nothing, nor one of somebody else's message.
    let token = salon.preferences().split_off("/preferences/".len());
    assert_eq!(salon.post(&format!("/my-data/{token}"), "do=see").await.status, 404);
    assert_eq!(salon.post(&salon.path(PlanId(1)), "do=see").await.status, 404);
}

#[tokio::test]
async fn nobody_is_bombed_with_links() {
    let salon = Salon::open().await;
    let _ = salon.ask().await;
    // A second click is the first one.
    let again = salon.post(&salon.preferences(), "data=link").await;
    assert!(again.body.contains("On its way to your address"));
    assert_eq!(salon.register().await.len(), 1);
    for _ in 0..2 {
        salon.daemon.clock.pass(6 * MINUTE);
        let _ = salon.ask().await;
    }
    salon.daemon.clock.pass(6 * MINUTE);
    let told = salon.post(&salon.preferences(), "data=link").await;
    assert!(told.body.contains("On its way to your address"), "it says the same");
    salon.daemon.beat().await;
    assert_eq!(salon.mailed().await.0, 3, "three in a day");
}

#[tokio::test]
async fn what_is_wrong_stands_in_the_register_until_it_is_answered() {
    let salon = Salon::open().await;
    let path = salon.ask().await;
    let empty = salon.post(&path, "do=correct&words=++").await;
    assert!(empty.body.contains("Please write what should be put right"), "{}", empty.body);
    let noted = salon.post(&path, "do=correct&words=My+name+is+%3Cb%3EZo%C3%AB%3C%2Fb%3E").await;
    assert!(noted.body.contains("Noted."), "{}", noted.body);
    assert!(!noted.body.contains("<b>Zo"), "{}", noted.body);
    let store = &salon.daemon.engine.store;
    let [open] = &store.requests(false).await.unwrap()[..] else { panic!("one is open") };
    assert_eq!((open.kind, open.words.as_deref()), (RequestKind::Rectification, Some("My name is <b>Zoë</b>")));
    assert!(store.answer_request(open.row).await.unwrap());
    assert!(!store.answer_request(open.row).await.unwrap(), "it was answered");
    assert_eq!(store.requests(false).await.unwrap(), []);
    assert_eq!(salon.register().await[0].words, None, "what she wrote served the answer");
}

#[tokio::test]
async fn what_nobody_confirmed_for_a_year_is_shown_for_checking() {
    let salon = Salon::open().await;
    let unchecked = "Nobody has confirmed this for a year. Is it still right?";
    let import = async |name: &str| {
        let row = CustomerRow {
            external_id: Some("anna".to_owned()),
            fields: Fields::from([("first_name".to_owned(), Value::Text(name.to_owned()))]),
            ..CustomerRow::of_address(salon.anna.address.clone(), None)
        };
        let (store, rules) = (&salon.daemon.engine.store, salon.daemon.engine.in_force.clone());
        store.put_customers(vec![row], rules, Dry::Apply).await.unwrap().puts.pop().unwrap()
    };
    assert_eq!(import("Anna").await, Put::Changed(vec!["first_name".to_owned()]));
    salon.daemon.clock.pass(364 * DAY);
    assert!(!salon.get(&salon.preferences()).await.body.contains(unchecked));
    assert_eq!(import("Anna").await, Put::Unchanged, "the same list again says nothing new");
    salon.daemon.clock.pass(2 * DAY);
    let shown = salon.get(&salon.preferences()).await.body;
    assert!(shown.contains(unchecked) && shown.contains("first name") && !shown.contains("Anna"), "{shown}");
    let path = salon.ask().await;
    assert!(salon.post(&path, "do=see").await.body.contains("All of this is right"));
    assert!(salon.post(&path, "do=confirm").await.body.contains("We ask again in a year"));
    assert!(!salon.get(&salon.preferences()).await.body.contains(unchecked));
    let said = |entry: &comity::ledger::Entry| matches!(entry.happening, Happening::ConfirmedOwnData { .. });
    assert!(salon.daemon.history(&salon.anna).await.iter().any(said));
    salon.daemon.clock.pass(366 * DAY);
    assert!(salon.get(&salon.preferences()).await.body.contains(unchecked));
    assert_eq!(import("Anne").await, Put::Changed(vec!["first_name".to_owned()]));
    assert!(!salon.get(&salon.preferences()).await.body.contains(unchecked), "that was told anew");
}

#[tokio::test]
async fn a_link_that_went_to_another_mailbox_opens_nothing_and_no_form_fills_the_register() {
    let salon = Salon::open().await;
    let path = salon.ask().await;
    for n in 0..12 {
        let told = salon.post(&path, &format!("do=correct&words=wrong+{n}")).await;
        assert_eq!(told.body.contains("Noted."), n < 10, "{n}: {}", told.body);
    }
    assert_eq!(salon.daemon.engine.store.requests(false).await.unwrap().len(), 10);
    // The business learns of another address, and the mailbox is somebody else's.
    let row = CustomerRow {
        external_id: Some("anna".to_owned()),
        ..CustomerRow::of_address(EmailAddress::parse("anna@new.example").unwrap(), None)
    };
    let rules = salon.daemon.engine.in_force.clone();
    let put = salon.daemon.engine.store.put_customers(vec![row], rules, Dry::Apply).await.unwrap();
    assert!(matches!(put.puts[..], [Put::Changed(_)]));
    let over = salon.post(&path, "do=see").await;
    assert!(over.body.contains("This link is over") && !over.body.contains("anna@"), "{}", over.body);
}

#[tokio::test]
async fn whoever_stopped_everything_gets_their_data_and_is_erased_by_one_button() {
    let salon = Salon::open().await;
    let desk = salon.daemon.engine.desk();
    for purpose in ["own-data", ""] {
        let link = Link { purpose: purpose.to_owned(), ..salon.link(PlanId(1)) };
        desk.stop(&link, StopVia::Preferences).await.unwrap();
    }
    let (word, source, evidence) = (BarWord::Minor, "operator".to_owned(), Evidence::default());
    let (customer, at) = (salon.anna.id, salon.daemon.clock.now());
    let bar = NewBar { customer, word, purpose: None, at, source, evidence };
    assert!(salon.daemon.engine.store.bar(bar).await.unwrap().row.is_some());
    salon.daemon.clock.pass(MINUTE);

    let path = salon.ask().await;
    let open = salon.post(&path, "do=see").await;
    assert!(open.body.contains("no to everything, on the page behind a message"), "{}", open.body);
    let erased = salon.post(&path, "do=erase").await;
    assert!(erased.body.contains("You are erased"), "{}", erased.body);
    let store = &salon.daemon.engine.store;
    assert_eq!(store.find_customer(salon.anna.handle).await.unwrap(), None);
    let gone = salon.post(&path, "do=see").await;
    assert_eq!(gone.status, 404);
    assert_eq!(gone.body, salon.get("/my-data/forged").await.body.clone(), "to the byte");
    // The register knows that somebody was erased, and nobody by name.
    let register = salon.register().await;
    assert!(register.iter().all(|request| request.answered_at.is_some() && request.words.is_none()), "{register:?}");
    assert_eq!(register.iter().filter(|request| request.kind == RequestKind::Erasure).count(), 1);
    let put = store
        .put_customers(
            vec![CustomerRow::of_address(salon.anna.address.clone(), None)],
            salon.daemon.engine.in_force.clone(),
            Dry::Apply,
        )
        .await
        .unwrap();
    assert_eq!(put.puts, [Put::Rejected(PutError::Erased)]);
}

#[test]
fn the_register_is_kept_by_commands() {
    let premises = proof::premises_to(25);
    proof::bring_customers(&premises, 2);
    assert_eq!(premises.run(&["requests"]), "Nobody waits for an answer.\n");
    let long_ago = premises.run(&["requests", "add", "C1", "access", "--on", "2026-01-31"]);
    assert_eq!(long_ago, "Request 1, to be answered before 2026-03-01.\n");
    let to_come = premises.comity(&["requests", "add", "C1", "access", "--on", "2999-01-01"]).output().unwrap();
    assert!(!to_come.status.success());
    assert!(String::from_utf8_lossy(&to_come.stderr).contains("that day is still to come"), "{to_come:?}");
    premises.run(&["requests", "add", "C2", "rectification", "--words", "My name is Zoë"]);
    let list = premises.run(&["requests"]);
    for word in ["YOURS, OVERDUE", "yours", "access", "My name is Zoë", "2026-01-31", "2026-03-01"] {
        assert!(list.contains(word), "{word} is missing: {list}");
    }
    let status: serde_json::Value = serde_json::from_str(&premises.run(&["status", "--json"])).unwrap();
    assert_eq!(status["requests"], 2);
    assert_eq!(status["first_request_due"], "2026-03-01T00:00:00.000Z");
    assert_eq!(premises.run(&["requests", "done", "2"]), "Answered: request 2.\n");
    let again = premises.comity(&["requests", "done", "2"]).output().unwrap();
    assert!(String::from_utf8_lossy(&again.stderr).contains("no request 2 is open"));
    assert!(!premises.run(&["requests", "--all", "--json"]).contains("Zoë"), "what she wrote served the answer");
    assert_eq!(premises.run(&["requests", "looks"]), "Nobody was looked up.\n");
    premises.run(&["explain", "C1"]);
    premises.run(&["consent", "C2"]);
    let looks = premises.run(&["requests", "looks"]);
    let said = ["the history of this customer's messages", "what this customer agreed to"].map(|what| looks.find(what));
    assert!(said[1] < said[0], "the newest first: {looks}");
    assert!(!looks.contains("c1@"), "no address: {looks}");
    premises.run(&["erase", "C1", "--yes"]);
    assert!(premises.run(&["requests", "looks"]).contains("@1, erased"));
    assert_eq!(premises.run(&["requests"]), "Nobody waits for an answer.\n");
    assert!(premises.run(&["requests", "--all"]).contains("@1, erased"));
}
