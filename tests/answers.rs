//! Answers, over real connections and a real database: what a link does, what it doesn't, and what follows.

use crate::support::{
    anna::at,
    clock::HandClock,
    daemon::{Daemon, eventually},
    door::OpenDoor,
    http::{self, ask},
    proof,
    real::Premises,
};
use comity::{
    base::{
        Clock, PlanId, Value, Zone,
        civil::CivilTime,
        token::{Link, LinkPurpose},
        value::Fields,
    },
    deliver::transport::Begin,
    engine::house::lifecycle::Engine,
    ledger::Happening,
    people::{Answer, Customer},
    plan::PlanState,
    store::{CustomerRef, Dry, Permission, Put, RecordRow},
};
use std::{sync::Arc, time::Duration};

const MORE_FIELDS: &str = r#"
service = { type = "text", purposes = ["*"] }
answer = { type = "text", purposes = ["*"], written_by = "answers" }
"#;
const WORKFLOW: &str = r#"
purpose = "reminders"
template = "plain"
approval = "none"
answers = true
[trigger]
record = "appointment"
before = { field = "starts_at", by = ["3h", "1h"] }
"#;
const BODY: &str = "{{datetime appointment.starts_at}} {{answers.coming_url}} {{answers.cant_come_url}} \
                    {{answers.another_time_url}} You get this because you have a visit. {{stop_url}} \
                    {{business.postal_address}}\n";

/// A salon with its public page.
struct Salon {
    daemon: Daemon,
    door: OpenDoor,
}

impl Salon {
    async fn open() -> Self {
        let premises = Premises::new(&[
            ("comity.toml", &proof::settings(25)),
            ("policy.toml", &(proof::POLICY.to_owned() + MORE_FIELDS)),
            ("workflows/reminder.toml", WORKFLOW),
            ("templates/mail/plain/subject.hbs", "Your visit\n"),
            ("templates/mail/plain/body.txt.hbs", BODY),
            ("templates/mail/plain/body.html.hbs", BODY),
            ("templates/mail/plain/sample.json", r#"{ "appointment": { "starts_at": "2027-03-30T10:00" } }"#),
        ]);
        let daemon = Daemon::over(premises, HandClock::new()).await;
        let door = OpenDoor::of(&daemon).await;
        Self { daemon, door }
    }

    /// The address behind a link of the customer's first message.
    async fn path(&self, customer: &Customer, answer: Answer) -> String {
        let plan = self.daemon.engine.store.plans_of(customer.id).await.unwrap().remove(0).facts;
        format!("/a/{}/{}", answer.name(), self.token(customer, plan.id, LinkPurpose::Answer))
    }

    fn token(&self, customer: &Customer, plan: PlanId, act: LinkPurpose) -> String {
        let issued_at = at("2027-03-20T12:00");
        let link = Link { customer: customer.handle, purpose: "reminders".to_owned(), plan, issued_at };
        link.sign(&self.daemon.engine.keys, act)
    }

    async fn say(&self, path: &str, body: &str) -> http::Answer {
        http::post(self.door.at, path, body).await
    }

    async fn answer_of(&self, customer: &Customer) -> Option<Value> {
        let store = &self.daemon.engine.store;
        let plan = store.plans_of(customer.id).await.unwrap().remove(0).facts.id;
        store.asked(customer.handle, plan).await.unwrap().unwrap().record.fields.get("answer").cloned()
    }

    async fn states(&self, customer: &Customer) -> Vec<PlanState> {
        self.daemon.engine.store.plans_of(customer.id).await.unwrap().iter().map(|plan| plan.state).collect()
    }

    /// An import that tells of the visit again, so many hours later, by a file without a word about answers.
    async fn import(&self, name: &str, hours: u64, service: &str) -> Put {
        let store = &self.daemon.engine.store;
        let customer = store.find_by_external_id(name).await.unwrap().unwrap();
        let plan = store.plans_of(customer.id).await.unwrap().remove(0).facts.id;
        let known = store.asked(customer.handle, plan).await.unwrap().unwrap().record;
        let Some(Value::Datetime(start)) = known.fields.get("starts_at") else { unreachable!() };
        let start = start.at(Zone::UTC).plus(Duration::from_hours(hours));
        let starts_at = CivilTime { local: Zone::UTC.local(start), zone: Some(Zone::UTC) };
        let row = RecordRow {
            kind: "appointment".to_owned(),
            external_id: name.to_owned(),
            customer: CustomerRef::ExternalId(name.to_owned()),
            fields: Fields::from([
                ("starts_at".to_owned(), Value::Datetime(starts_at)),
                ("service".to_owned(), Value::Text(service.to_owned())),
            ]),
            untold: Arc::new(["answer".to_owned()].into()),
            left_to_calendars: Arc::default(),
            status: None,
        };
        store.put_records(vec![row], self.daemon.engine.in_force.clone(), Dry::Apply).await.unwrap().puts.remove(0)
    }
}

fn text(answer: Answer) -> Value {
    Value::Text(answer.name().to_owned())
}

#[tokio::test]
async fn whoever_cannot_come_is_not_reminded_and_may_change_their_mind() {
    let salon = Salon::open().await;
    let anna = salon.daemon.visit("anna", Duration::from_hours(4)).await;
    let path = salon.path(&anna, Answer::CantCome).await;
    let thanks = salon.say(&path, "answer=cant-come").await;
    assert_eq!(thanks.status, 200);
    assert!(thanks.body.contains("You get no more reminders of this visit"), "{}", thanks.body);
    assert_eq!(salon.answer_of(&anna).await, Some(text(Answer::CantCome)));
    assert_eq!(salon.states(&anna).await, [PlanState::Void, PlanState::Void]);
    let history = salon.daemon.history(&anna).await;
    let count = |wanted: &Happening| history.iter().filter(|entry| entry.happening == *wanted).count();
    assert_eq!(count(&Happening::Answered { answer: Answer::CantCome }), 1);
    assert_eq!(count(&Happening::Ended { answer: Answer::CantCome }), 2);

    // The same again is the same answer.
    assert_eq!(salon.say(&path, "answer=cant-come").await.body, thanks.body);
    assert_eq!(salon.daemon.history(&anna).await.len(), history.len());

    salon.say(&path, "answer=coming").await;
    assert_eq!(salon.answer_of(&anna).await, Some(text(Answer::Coming)));
    assert_eq!(salon.states(&anna).await, [PlanState::Planned, PlanState::Planned]);
    let status = salon.daemon.engine.store.status().await.unwrap();
    assert_eq!(status.answers.into_iter().collect::<Vec<_>>(), [(Answer::Coming, 1)]);
    salon.daemon.end().await;
}

#[tokio::test]
async fn the_page_says_what_became_of_the_answer_and_not_what_happened_meanwhile() {
    let salon = Salon::open().await;
    let anna = salon.daemon.visit("anna", Duration::ZERO).await;
    let path = salon.path(&anna, Answer::CantCome).await;
    // A reminder is on its way, so that the answer waits until it is past MAIL.
    let Engine { store, flights, .. } = &*salon.daemon.engine;
    let rulebook = salon.daemon.engine.rulebook();
    let (node, _) = store.begin_node(rulebook.after_uncertain()).await.unwrap();
    let claimed = store.claim(node, salon.daemon.clock.now(), 1).await.unwrap().remove(0);
    let permission = store.permit(node, Arc::new(claimed), rulebook).await.unwrap();
    let Permission::Permitted(attempt) = permission else { panic!("{permission:?}") };
    let flight = flights.open(attempt.id(), [7; 32], store);
    assert_eq!(flight.may_begin(), Begin::Go);
    let meanwhile = async {
        eventually("the answer is written", async || salon.answer_of(&anna).await.is_some()).await;
        salon.daemon.clock.pass(Duration::from_hours(2));
        flight.begun();
    };
    let (thanks, ()) = tokio::join!(salon.say(&path, "answer=cant-come"), meanwhile);
    assert!(thanks.body.contains("You get no more reminders of this visit"), "{}", thanks.body);
    assert!(salon.say(&path, "answer=coming").await.body.contains("This visit is over"));
    salon.daemon.end().await;
}

#[tokio::test]
async fn looking_at_a_link_changes_nothing_however_it_is_done() {
    let salon = Salon::open().await;
    let anna = salon.daemon.visit("anna", Duration::from_hours(4)).await;
    let before = salon.daemon.engine.store.last_entry().await.unwrap();
    for answer in Answer::ALL {
        let path = salon.path(&anna, answer).await;
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "GET"] {
            let seen = ask(salon.door.at, method, &path, "").await;
            assert!(!seen.headers.contains_key("set-cookie") && !seen.headers.contains_key("location"), "{seen:?}");
        }
        let page = ask(salon.door.at, "GET", &path, "").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(&format!("value=\"{}\" checked", answer.name())), "{}", page.body);
        assert_eq!(page.body.matches(" checked").count(), 1);
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert!(!page.body.contains("anna"), "a forwarded link shows no address");
    }
    assert_eq!(salon.daemon.engine.store.last_entry().await.unwrap(), before);
    assert_eq!(salon.answer_of(&anna).await, None);
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_link_is_good_for_its_own_message_its_own_customer_and_its_own_act() {
    let salon = Salon::open().await;
    let anna = salon.daemon.visit("anna", Duration::from_hours(4)).await;
    let bea = salon.daemon.visit("bea", Duration::from_hours(4)).await;
    let plan = salon.daemon.engine.store.plans_of(anna.id).await.unwrap().remove(0).facts.id;
    let good = salon.token(&anna, plan, LinkPurpose::Answer);
    let forged = [
        format!("/a/coming/{}", salon.token(&anna, plan, LinkPurpose::Stop)),
        format!("/a/coming/{}", salon.token(&bea, plan, LinkPurpose::Answer)),
        format!("/a/coming/{}", good.split_at(good.len() - 1).0),
        format!("/a/perhaps/{good}"),
        "/a/coming/preview".to_owned(),
    ];
    for path in forged {
        assert_eq!(salon.say(&path, "answer=cant-come").await.status, 404, "{path}");
    }
    let stop = format!("/u/{good}");
    assert_eq!(salon.say(&stop, "").await.status, 404, "an answer is no stop");
    assert_eq!((salon.answer_of(&anna).await, salon.answer_of(&bea).await), (None, None));
    let rehearsed = format!("/a/cant-come/{}", salon.token(&anna, plan, LinkPurpose::RehearsedAnswer));
    let page = salon.say(&rehearsed, "answer=cant-come").await;
    assert!(page.status == 200 && page.body.contains("This is a rehearsal"), "{}", page.body);
    assert_eq!((salon.answer_of(&anna).await, salon.answer_of(&bea).await), (None, None));
    assert_eq!(salon.states(&anna).await, [PlanState::Planned, PlanState::Planned]);
    // What the body doesn't say, the link does.
    assert_eq!(salon.say(&format!("/a/another-time/{good}"), "answer=perhaps").await.status, 200);
    assert_eq!(salon.answer_of(&anna).await, Some(text(Answer::AnotherTime)));
    assert_eq!(
        salon.states(&anna).await,
        [PlanState::Planned, PlanState::Planned],
        "only what the workflow names ends it"
    );
    salon.daemon.end().await;
}

#[tokio::test]
async fn an_import_keeps_the_answer_and_a_move_clears_it() {
    let salon = Salon::open().await;
    let anna = salon.daemon.visit("anna", Duration::from_hours(4)).await;
    let path = salon.path(&anna, Answer::CantCome).await;
    salon.say(&path, "").await;
    assert_eq!(salon.import("anna", 0, "Cut").await, Put::Changed(vec!["service".to_owned()]));
    assert_eq!(salon.answer_of(&anna).await, Some(text(Answer::CantCome)));
    assert_eq!(salon.states(&anna).await, [PlanState::Void, PlanState::Void]);

    let moved = salon.import("anna", 24, "Cut").await;
    assert_eq!(moved, Put::Changed(vec!["answer".to_owned(), "starts_at".to_owned()]));
    assert_eq!(salon.answer_of(&anna).await, None);
    assert_eq!(salon.states(&anna).await[2..], [PlanState::Planned, PlanState::Planned], "the new date is reminded of");
    let page = salon.say(&path, "answer=coming").await;
    assert!(page.body.contains("This visit is at another time now"), "{}", page.body);
    assert_eq!(salon.answer_of(&anna).await, None);
    salon.daemon.end().await;
}

#[tokio::test]
async fn past_the_visit_the_page_says_so_and_the_visits_kept_are_counted() {
    let mut salon = Salon::open().await;
    salon.daemon.run().await;
    let anna = salon.daemon.visit("anna", Duration::ZERO).await;
    let bea = salon.daemon.visit("bea", Duration::ZERO).await;
    eventually("both are reminded", async || salon.daemon.left().len() == 2).await;
    let (annas, beas) = (salon.path(&anna, Answer::Coming).await, salon.path(&bea, Answer::CantCome).await);
    salon.say(&beas, "").await;
    let status = salon.daemon.engine.store.status().await.unwrap();
    assert_eq!((status.visits_past, status.visits_kept), (0, 0));

    salon.daemon.clock.pass(Duration::from_hours(2));
    let page = salon.say(&annas, "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("This visit is over"), "{}", page.body);
    assert_eq!(salon.answer_of(&anna).await, None);
    let status = salon.daemon.engine.store.status().await.unwrap();
    assert_eq!((status.visits_past, status.visits_kept), (2, 1));
    assert_eq!(status.answers.into_iter().collect::<Vec<_>>(), [(Answer::CantCome, 1)]);
    salon.daemon.end().await;
}
