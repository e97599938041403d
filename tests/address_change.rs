//! Another address, over real connections and a real database: asked for on the page of preferences, agreed to by both mailboxes,
//! and not taken back by the business's own list.

use crate::support::{
    clock::HandClock,
    daemon::{Daemon, eventually},
    door::OpenDoor,
    http::{self, Answer, ask},
    proof,
};
use comity::{
    base::{
        Clock, EmailAddress, PlanId,
        token::{Link, LinkPurpose},
        value::Fields,
    },
    engine::desk::StopDesk,
    ledger::{AddressStep, ErasedVia, Happening, entry::StopVia},
    people::{Customer, RequestKind},
    plan::PlanState,
    store::{CustomerRow, Dry, Put, PutError},
};
use std::time::Duration;

const ADDRESS_CHANGES: &str = r#"
stylist = { type = "text", purposes = ["*"], keep = "90 days" }
[customer.fields]
first_name = { type = "text", purposes = ["*"] }
[purposes.address-changes]
title = "Questions about another address"
promise = "We ask both mailboxes first."
basis = "request"
[records.address_change]
event = true
[records.address_change.fields]
asked_for = { type = "text", purposes = ["address-changes"], keep = "7 days", written_by = "address-changes" }
"#;
const DAY: Duration = Duration::from_hours(24);
const NEW: &str = "anna.moreau@mail.example";

/// A salon that lets people change their address, and Anna, who has a visit in a month.
struct Salon {
    daemon: Daemon,
    door: OpenDoor,
    anna: Customer,
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

impl Salon {
    async fn open() -> Self {
        let premises = proof::premises_that_answer(ADDRESS_CHANGES, "address-changes", "address_change");
        let mut daemon = Daemon::over(premises, HandClock::new()).await;
        let anna = daemon.visit("anna", 30 * DAY).await;
        daemon.run().await;
        let door = OpenDoor::of(&daemon).await;
        Self { daemon, door, anna }
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        http::post(self.door.at, path, body).await
    }

    async fn get(&self, path: &str) -> Answer {
        ask(self.door.at, "GET", path, "").await
    }

    fn link(&self, customer: &Customer, plan: PlanId) -> Link {
        let issued_at = self.daemon.clock.now();
        Link { customer: customer.handle, purpose: "address-changes".to_owned(), plan, issued_at }
    }

    /// Says on Anna's page that her address is another one.
    async fn wish(&self, new: &str) -> Answer {
        let token = self.link(&self.anna, PlanId(1)).sign(&self.daemon.engine.keys, LinkPurpose::Preferences);
        let body: String = form_urlencoded::Serializer::new(String::new()).append_pair("move", new).finish();
        self.post(&format!("/preferences/{token}"), &body).await
    }

    /// The questions that left for somebody.
    async fn asked(&self, customer: &Customer) -> Vec<PlanId> {
        let plans = self.daemon.engine.store.plans_of(customer.id).await.unwrap();
        let left = plans.iter().filter(|p| p.facts.purpose == "address-changes" && p.state == PlanState::Sent);
        left.map(|plan| plan.facts.id).collect()
    }

    /// The path of the link in the question that this mailbox gets, of so many.
    async fn question(&self, mailbox: &str, number: usize) -> String {
        let store = &self.daemon.engine.store;
        let one = async || store.find_by_mailbox(&address(mailbox)).await.unwrap().into_iter().next();
        eventually("the question is mailed", async || match one().await {
            Some(customer) => self.asked(&customer).await.len() >= number,
            None => false,
        })
        .await;
        let customer = one().await.unwrap();
        let plan = self.asked(&customer).await.pop().unwrap();
        format!("/address/{}", self.link(&customer, plan).sign(&self.daemon.engine.keys, LinkPurpose::Address))
    }

    async fn anna(&self) -> Customer {
        self.daemon.engine.store.find_customer(self.anna.handle).await.unwrap().unwrap()
    }

    async fn import(&self, row: CustomerRow) -> Put {
        let (store, rules) = (&self.daemon.engine.store, self.daemon.engine.in_force.clone());
        store.put_customers(vec![row], rules, Dry::Apply).await.unwrap().puts.pop().unwrap()
    }

    async fn steps(&self) -> Vec<AddressStep> {
        let entries = self.daemon.history(&self.anna).await;
        let step = |entry: &comity::ledger::Entry| match entry.happening {
            Happening::AddressChange { step, .. } => Some(step),
            _ => None,
        };
        entries.iter().filter_map(step).collect()
    }
}

fn row(id: Option<&str>, mailbox: &EmailAddress) -> CustomerRow {
    CustomerRow { external_id: id.map(ToOwned::to_owned), ..CustomerRow::of_address(mailbox.clone(), None) }
}

#[tokio::test]
async fn both_mailboxes_agree_and_then_it_holds_whatever_the_businesss_list_says() {
    let salon = Salon::open().await;
    let old = salon.anna.address.clone();
    assert!(salon.wish(NEW).await.body.contains("a message with one button is on its way to this mailbox"));
    let store = &salon.daemon.engine.store;
    let here = salon.question(&old.reveal(), 1).await;
    assert_eq!(store.find_by_mailbox(&address(NEW)).await.unwrap(), [], "nobody is asked there yet");

    let shown = salon.get(&here).await.body;
    assert!(shown.contains("Shall we write to another address?") && shown.contains("a…@mail.example"), "{shown}");
    assert!(!shown.contains(NEW), "a link that is forwarded shows no address: {shown}");
    assert!(salon.post(&here, "").await.body.contains("Almost done"));
    assert_eq!(salon.anna().await.address, old, "one yes is not enough");
    assert!(salon.post(&here, "").await.body.contains("Almost done"), "twice is once");
    let there = salon.question(NEW, 1).await;
    let guest = store.find_by_mailbox(&address(NEW)).await.unwrap().pop().unwrap();
    assert_eq!(salon.asked(&guest).await.len(), 1);
    assert!(salon.get(&there).await.body.contains("Shall we write to another address?"));
    assert_eq!(salon.anna().await.address, old, "looking changes nothing");

    assert!(salon.post(&there, "").await.body.contains("Your address is changed"));
    assert_eq!(salon.anna().await.address, address(NEW));
    assert_eq!(store.find_customer(guest.handle).await.unwrap(), None, "whoever was asked is nobody again");
    assert!(salon.post(&there, "").await.body.contains("Your address is changed"), "clicked again");
    assert!(salon.get(&here).await.body.contains("Your address is changed"));
    assert_eq!(salon.steps().await, [AddressStep::Asked, AddressStep::Agreed, AddressStep::Changed]);

    // The business hears of it, and its list doesn't change it back.
    let [request] = &store.requests(false).await.unwrap()[..] else { panic!("one request") };
    assert_eq!(request.kind, RequestKind::Rectification);
    assert!(request.words.as_ref().unwrap().contains(NEW), "{request:?}");
    assert_eq!(salon.import(row(Some("anna"), &old)).await, Put::Unchanged);
    assert_eq!(salon.import(row(None, &old)).await, Put::Unchanged, "whoever has no id is meant by the address");
    assert_eq!(salon.anna().await.address, address(NEW));
    assert_eq!(store.find_by_mailbox(&old).await.unwrap(), []);
    let third = address("anna@third.example");
    assert_eq!(salon.import(row(Some("anna"), &third)).await, Put::Changed(vec!["email".to_owned()]));
    assert_eq!(salon.anna().await.address, third, "what is new to us is news");
}

#[tokio::test]
async fn whoever_is_erased_comes_back_by_no_mailbox_that_they_left() {
    let salon = Salon::open().await;
    let old = salon.anna.address.clone();
    salon.wish(NEW).await;
    salon.post(&salon.question(&old.reveal(), 1).await, "").await;
    salon.post(&salon.question(NEW, 1).await, "").await;
    assert_eq!(salon.anna().await.address, address(NEW));
    let _ = salon.daemon.engine.store.erase(salon.anna.id, ErasedVia::Operator).await.unwrap().unwrap();
    for mailbox in [&old, &address(NEW)] {
        for id in [None, Some("another id")] {
            assert_eq!(salon.import(row(id, mailbox)).await, Put::Rejected(PutError::Erased), "{mailbox} {id:?}");
        }
    }
}

#[tokio::test]
async fn whoever_is_erased_leaves_nobody_at_the_mailbox_that_they_wanted() {
    let salon = Salon::open().await;
    salon.wish(NEW).await;
    salon.post(&salon.question(&salon.anna.address.reveal(), 1).await, "").await;
    let there = salon.question(NEW, 1).await;
    salon.daemon.clock.pass(Duration::from_mins(10));
    salon.wish(NEW).await;
    salon.post(&salon.question(&salon.anna.address.reveal(), 2).await, "").await;
    let store = &salon.daemon.engine.store;
    assert_eq!(store.find_by_mailbox(&address(NEW)).await.unwrap().len(), 1);
    let _ = store.erase(salon.anna.id, ErasedVia::Operator).await.unwrap().unwrap();
    assert_eq!(store.find_by_mailbox(&address(NEW)).await.unwrap(), []);
    assert_eq!(salon.post(&there, "").await.status, 404);
}

#[tokio::test]
async fn a_no_goes_with_them_and_what_the_new_mailbox_refused_stays_refused() {
    let salon = Salon::open().await;
    let old = salon.anna.address.reveal();
    let store = &salon.daemon.engine.store;
    // Somebody who has the new mailbox stopped everything; Anna no reminders.
    assert_eq!(
        salon.import(CustomerRow { fields: Fields::new(), ..row(Some("bert"), &address(NEW)) }).await,
        Put::Created
    );
    let bert = store.find_by_external_id("bert").await.unwrap().unwrap();
    let desk = salon.daemon.engine.desk();
    let stop =
        |customer: &Customer, purpose: &str| Link { purpose: purpose.to_owned(), ..salon.link(customer, PlanId(1)) };
    desk.stop(&stop(&bert, ""), StopVia::Page).await.unwrap();
    desk.stop(&stop(&salon.anna, "reminders"), StopVia::Page).await.unwrap();
    salon.daemon.clock.pass(Duration::from_mins(1));
    salon.wish(NEW).await;
    salon.post(&salon.question(&old, 1).await, "").await;
    assert!(salon.post(&salon.question(NEW, 1).await, "").await.body.contains("Your address is changed"));
    assert!(store.find_customer(bert.handle).await.unwrap().is_some(), "who was known stays");
    assert_eq!(store.find_by_mailbox(&address(NEW)).await.unwrap().len(), 2);
    for (customer, purpose) in [(&salon.anna, "reminders"), (&bert, "")] {
        let said = store.consents(customer.id).await.unwrap();
        assert_eq!(said.last().unwrap().purpose.as_deref().unwrap_or_default(), purpose);
    }
    let refused = store.preferences(salon.anna.handle).await.unwrap().unwrap().refused;
    assert_eq!(refused.len(), 1, "the mailbox's own no: {refused:?}");
    salon.daemon.clock.pass(30 * DAY);
    salon.daemon.beat().await;
    let plans = store.plans_of(salon.anna.id).await.unwrap();
    let left = plans.into_iter().filter(|p| p.facts.purpose == "reminders" && p.state == PlanState::Sent);
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn a_link_agrees_to_nothing_that_is_too_old_or_not_theirs_any_more() {
    let salon = Salon::open().await;
    let old = salon.anna.address.reveal();
    salon.wish("slip@mail.example").await;
    let first = salon.question(&old, 1).await;
    salon.wish(NEW).await;
    let second = salon.question(&old, 2).await;
    assert!(salon.post(&first, "").await.body.contains("This link is over"), "something newer was asked for");
    assert_eq!(salon.daemon.engine.store.find_by_mailbox(&address("slip@mail.example")).await.unwrap(), []);
    // The business's list brings another address meanwhile.
    assert!(matches!(salon.import(row(Some("anna"), &address("anna@work.example"))).await, Put::Changed(_)));
    assert!(salon.post(&second, "").await.body.contains("This link is over"));

    salon.wish(NEW).await;
    let third = salon.question("anna@work.example", 3).await;
    assert!(salon.post(&third, "").await.body.contains("Almost done"));
    let there = salon.question(NEW, 1).await;
    salon.daemon.clock.pass(7 * DAY);
    assert!(salon.post(&there, "").await.body.contains("This link is over"));
    assert_eq!(salon.anna().await.address, address("anna@work.example"));
    // Who was asked and said nothing is forgotten.
    let guest = salon.daemon.engine.store.find_by_mailbox(&address(NEW)).await.unwrap().pop().unwrap();
    salon.daemon.clock.pass(24 * DAY);
    eventually("the guest is forgotten", async || {
        let _ = salon.daemon.engine.store.forget_unconfirmed().await.unwrap();
        salon.daemon.engine.store.find_customer(guest.handle).await.unwrap().is_none()
    })
    .await;
    assert_eq!(salon.get(&there).await.status, 404);
}

#[tokio::test]
async fn nobody_is_bombed_and_what_is_no_address_is_refused() {
    let salon = Salon::open().await;
    for odd in ["", "anna", "anna@mail.example\r\nBcc: bert@mail.example", "a@b@c.example", &"x".repeat(9_000)] {
        assert!(salon.wish(odd).await.body.contains("This doesn’t look like an e-mail address"), "{odd}");
    }
    salon.wish(&salon.anna.address.reveal()).await;
    salon.wish(&salon.anna.address.reveal().to_uppercase()).await;
    assert_eq!(salon.steps().await, [], "it is hers already");
    for number in 1..=6 {
        salon.wish(&format!("a{number}@mail.example")).await;
        salon.wish(&format!("a{number}@mail.example")).await;
        salon.daemon.clock.pass(Duration::from_mins(10));
    }
    assert_eq!(salon.steps().await.len(), 6, "clicked twice is once");
    salon.daemon.clock.pass(DAY);
    salon.daemon.beat().await;
    assert_eq!(salon.asked(&salon.anna).await.len(), 3);
    for name in ["a1", "a6"] {
        let found = salon.daemon.engine.store.find_by_mailbox(&address(&format!("{name}@mail.example"))).await.unwrap();
        assert_eq!(found, [], "her own mailbox has not agreed");
    }
}
