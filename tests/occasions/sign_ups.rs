//! A double opt-in: whoever signs up is asked by mail whether it was they, and only their own answer is a yes.

use super::{Act, POLICY, happen, premises, workflow};
use crate::support::{
    clock::HandClock,
    daemon::{Daemon, eventually},
    door::OpenDoor,
    http::{self, Answer, ask, exchange},
    proof::SIGN_UPS,
};
use comity::{
    base::{
        Clock, EmailAddress, Instant,
        api_key::May,
        token::{Link, LinkPurpose},
    },
    engine::{
        arrivals::entry::EntryDesk,
        desk::StopDesk,
        office::bars::{Noted, Order},
    },
    gate::Reason,
    intake::json::Resource,
    ledger::{Happening, entry::StopVia},
    people::{AskedVia, BarWord, ConsentKind, Customer, Language, RequestKind},
    plan::PlanState,
    store::{
        CustomerRow, Dry, NewKey, NewRequest, Put,
        entry::{Entered, Entry, Evidence, Outcome},
    },
};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

/// A shop that writes to whoever says yes to its news, at once, and asks whoever signs up.
struct Shop {
    daemon: Daemon,
    door: OpenDoor,
}

impl Shop {
    async fn open() -> Self {
        Self::by(POLICY).await
    }

    async fn by(policy: &str) -> Self {
        let confirm = workflow("confirmations", "[trigger]\non = \"event\"\nrecord = \"sign_up\"\nby = [\"0h\"]\n");
        let confirm = confirm.replace("\"note\"", "\"confirm\"");
        let thanks = workflow("news", "[trigger]\non = \"latest consent\"\nby = [\"0h\"]\n");
        let bought = workflow("news", "[trigger]\nrecord = \"purchase\"\non = \"created\"\nby = [\"0h\"]\n");
        let cards = "promise = \"A card on your birthday.\"\n";
        let policy = format!("{}{SIGN_UPS}", policy.replace(cards, &format!("{cards}double_opt_in = true\n")));
        let premises = premises(&policy, &[("bought", &bought), ("confirm", &confirm), ("thanks", &thanks)]);
        let mut daemon = Daemon::over(premises, HandClock::new()).await;
        daemon.run().await;
        let door = OpenDoor::of(&daemon).await;
        Self { daemon, door }
    }

    async fn form(&self, body: &str) -> Answer {
        let request = format!(
            "POST /sign-up HTTP/1.1\r\nHost: stop.example\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        exchange(self.door.at, request.as_bytes()).await
    }

    async fn sign_up(&self, name: &str) -> Answer {
        self.form(&format!("email={name}%40post.example&for=news&website=")).await
    }

    async fn customer(&self, name: &str) -> Option<Customer> {
        let address = EmailAddress::parse(&format!("{name}@post.example")).unwrap();
        self.daemon.engine.store.find_by_mailbox(&address).await.unwrap().into_iter().next()
    }

    /// The last message of a purpose that somebody got.
    async fn message(&self, name: &str, purpose: &str) -> Link {
        let customer = self.customer(name).await.expect("somebody has this address");
        let store = &self.daemon.engine.store;
        let sent = async || {
            let plans = store.plans_of(customer.id).await.unwrap();
            plans.into_iter().rev().find(|p| p.facts.purpose == purpose && p.state == PlanState::Sent)
        };
        eventually("the message left", async || sent().await.is_some()).await;
        let plan = sent().await.unwrap().facts.id;
        Link { customer: customer.handle, purpose: purpose.to_owned(), plan, issued_at: Instant::from_ms(0) }
    }

    fn path(&self, link: &Link) -> String {
        format!("/confirm/{}", link.sign(&self.daemon.engine.keys, LinkPurpose::Confirm))
    }

    /// What the page of preferences of this link's owner answers.
    async fn press(&self, link: &Link, body: &str) -> Answer {
        let link = Link { issued_at: self.daemon.clock.now(), ..link.clone() };
        let path = format!("/preferences/{}", link.sign(&self.daemon.engine.keys, LinkPurpose::Preferences));
        if body.is_empty() {
            return ask(self.door.at, "GET", &path, "").await;
        }
        http::post(self.door.at, &path, body).await
    }

    async fn post(&self, path: &str) -> Answer {
        ask(self.door.at, "POST", path, "Content-Length: 0\r\n").await
    }

    /// How often they agreed by a link, and how often they were asked.
    async fn history(&self, name: &str) -> (usize, usize) {
        let Some(customer) = self.customer(name).await else { return (0, 0) };
        let entries = self.daemon.history(&customer).await;
        let count = |is: fn(&Happening) -> bool| entries.iter().filter(|entry| is(&entry.happening)).count();
        (count(|it| matches!(it, Happening::Confirmed { .. })), count(|it| matches!(it, Happening::SignedUp { .. })))
    }

    async fn refusals(&self, name: &str) -> Vec<String> {
        let customer = self.customer(name).await.unwrap();
        let reason = |happening| match happening {
            Happening::Refused { reason, .. } => Some(Reason::name(&reason)),
            _ => None,
        };
        self.daemon.history(&customer).await.into_iter().filter_map(|entry| reason(entry.happening)).collect()
    }
}

#[tokio::test]
async fn the_form_ticks_nothing_and_says_what_is_missing() {
    let shop = Shop::open().await;
    let page = ask(shop.door.at, "GET", "/sign-up", "").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.body.matches("type=\"checkbox\"").count(), 2, "news and cards; a contract is nothing to ask for");
    assert!(!page.body.contains(" checked"), "{}", page.body);
    assert!(page.body.len() < 20_000);
    for (body, missing) in [
        ("email=anna%40post.example&website=", "choose at least one"),
        ("email=anna&for=news", "doesn’t look like"),
        ("for=news", "doesn’t look like"),
        ("", "doesn’t look like"),
        ("email=anna%40post.example&for=orders", "choose at least one"),
        ("email=anna%40post.example%0d%0aBcc:x&for=news", "doesn’t look like"),
    ] {
        let answer = shop.form(body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert!(answer.body.contains(missing) && answer.body.contains("role=\"alert\""), "{body}: {}", answer.body);
    }
    assert_eq!(shop.history("anna").await, (0, 0));
    assert!(ask(shop.door.at, "GET", "/sign-up?lang=de", "").await.body.contains("Nichts ist für Sie vorgewählt"));
}

#[tokio::test]
async fn the_form_for_the_businesss_own_site_signs_up_as_ours_does_and_the_card_leads_to_it() {
    let shop = Shop::open().await;
    let printed = shop.daemon.premises.run(&["forms"]);
    assert!(printed.starts_with("<form method=\"post\" action=\"https://stop.shop.example/sign-up\""), "{printed}");
    assert!(!printed.contains("checked") && printed.matches("type=\"checkbox\"").count() == 2, "{printed}");
    // What it sends when one box is ticked, field by field.
    let names = ["for\" value=\"news", "email\"", "website\"", "lang\" value=\"en"];
    assert!(names.iter().all(|name| printed.contains(&format!("name=\"{name}"))), "{printed}");
    let answer = shop.form("for=news&email=anna%40post.example&website=&lang=en").await;
    assert_eq!((answer.status, shop.history("anna").await), (200, (0, 1)));
    assert!(shop.daemon.premises.run(&["forms", "--language", "de"]).contains("Nichts ist für Sie vorgewählt"));

    let card = shop.daemon.premises.run(&["forms", "--card"]);
    assert!(
        card.contains("https://stop.shop.example/sign-up") && card.contains("<svg") && card.contains("Now and then")
    );
    let alone = premises(POLICY, &[("it", &workflow("news", "[trigger]\ncron = \"0 10 1 * *\"\n"))]);
    let none = alone.comity(&["forms"]).output().unwrap();
    assert!(!none.status.success() && String::from_utf8_lossy(&none.stderr).contains("nothing to sign up for"));
}

#[tokio::test]
async fn a_robot_hears_what_everybody_hears_and_nothing_is_kept() {
    let shop = Shop::open().await;
    let human = shop.sign_up("anna").await;
    let robot = shop.form("email=bert%40post.example&for=news&website=http%3A%2F%2Fspam.example").await;
    assert_eq!((human.status, &human.body), (200, &robot.body));
    assert!(shop.customer("bert").await.is_none() && shop.customer("anna").await.is_some());
}

#[tokio::test]
async fn only_the_button_behind_the_mailed_link_is_a_yes_and_it_is_one_once() {
    let shop = Shop::open().await;
    assert_eq!(shop.sign_up("anna").await.status, 200);
    let path = shop.path(&shop.message("anna", "confirmations").await);
    assert_eq!(shop.daemon.subjects(), ["Was it you? News"]);

    for method in ["GET", "HEAD", "OPTIONS", "GET"] {
        assert!(ask(shop.door.at, method, &path, "").await.status < 300);
    }
    assert_eq!(shop.history("anna").await, (0, 1), "looking changes nothing");
    let question = ask(shop.door.at, "GET", &path, "").await;
    assert!(question.body.contains("Shall we write to you?") && question.body.contains("Now and then, a letter."));
    assert!(!question.body.contains("anna@post.example"), "the mailbox is masked");

    let link = shop.message("anna", "confirmations").await;
    let reasons = Link { issued_at: shop.daemon.clock.now(), ..link };
    let why = format!("/why/{}", reasons.sign(&shop.daemon.engine.keys, LinkPurpose::Preferences));
    let why = ask(shop.door.at, "GET", &why, "").await.body;
    assert!(why.contains("Somebody typed this address into our form") && why.contains("at most 1 in 30 days"), "{why}");

    assert!(shop.post(&path).await.body.contains("We have your yes"));
    let thanks = shop.message("anna", "news").await;
    assert_eq!(shop.history("anna").await, (1, 1));

    assert!(shop.post(&path).await.body.contains("confirmed this before"));
    let desk = shop.daemon.engine.desk();
    desk.stop(&thanks, StopVia::Page).await.unwrap();
    assert!(shop.post(&path).await.body.contains("confirmed this before"), "an old link takes no stop back");
    assert!(ask(shop.door.at, "GET", &path, "").await.body.contains("confirmed this before"));
    assert_eq!(shop.history("anna").await, (1, 1));
}

#[tokio::test]
async fn after_seven_days_the_link_says_that_it_is_too_old() {
    let shop = Shop::open().await;
    shop.sign_up("anna").await;
    let path = shop.path(&shop.message("anna", "confirmations").await);
    shop.daemon.clock.go_on(Duration::from_hours(7 * 24));
    for answer in [ask(shop.door.at, "GET", &path, "").await, shop.post(&path).await] {
        assert!(answer.body.contains("This link is too old") && answer.body.contains("/sign-up"), "{}", answer.body);
    }
    assert_eq!(shop.history("anna").await, (0, 1));
}

#[tokio::test]
async fn after_a_no_the_confirmed_yes_counts_for_whoever_gave_it_and_for_nobody_else_at_the_mailbox() {
    let shop = Shop::open().await;
    let engine = &shop.daemon.engine;
    happen(engine, &Act::Customers("anna;anna@post.example;;;Lyon;2026-01-10")).await;
    let anna = engine.store.find_by_external_id("anna").await.unwrap().unwrap();
    let everything = Link {
        customer: anna.handle,
        purpose: String::new(),
        plan: comity::base::PlanId(0),
        issued_at: Instant::NEVER,
    };
    engine.desk().stop(&everything, StopVia::Operator).await.unwrap();
    happen(engine, &Act::Customers("anna;anna@post.example;;;Lyon;2026-03-27T09:20")).await;
    assert_eq!(shop.daemon.subjects().len(), 0, "an import takes no stop back");

    // The occurrence is kept to the minute.
    shop.daemon.clock.go_on(Duration::from_mins(2));
    shop.sign_up("anna").await;
    let path = shop.path(&shop.message("anna", "confirmations").await);
    shop.daemon.clock.go_on(Duration::from_mins(2));
    assert!(shop.post(&path).await.body.contains("We have your yes"));
    shop.message("anna", "news").await;

    let before = shop.daemon.subjects().len();
    happen(engine, &Act::Customers("twin;anna@post.example;;;Lyon;2026-03-27T09:20")).await;
    let twin = engine.store.find_by_external_id("twin").await.unwrap().unwrap();
    happen(engine, &Act::Purchases("1;twin;2026-03-27T09:00;paid")).await;
    shop.daemon.look();
    let refused = async || {
        shop.daemon
            .history(&twin)
            .await
            .iter()
            .any(|entry| matches!(&entry.happening, Happening::Refused { reason: Reason::Suppressed { .. }, .. }))
    };
    eventually("the twin is refused", refused).await;
    assert_eq!(shop.daemon.subjects().len(), before);
}

#[tokio::test]
async fn a_confirmed_yes_is_what_outweighs_an_objection_and_a_child_is_not_even_asked() {
    let shop = Shop::open().await;
    let engine = &shop.daemon.engine;
    let people = "anna;anna@post.example;;;Lyon;2026-01-10\nbert;bert@post.example;;;Lyon;2026-01-10";
    happen(engine, &Act::Customers(people)).await;
    for (customer, word) in [("anna", BarWord::Objected), ("bert", BarWord::Minor)] {
        let order = Order { customer: customer.to_owned(), word, purpose: None, evidence: Evidence::default() };
        assert!(matches!(engine.office().bar(order).await.unwrap(), Noted::Now(_)), "{customer}");
    }
    happen(engine, &Act::Purchases("1;anna;2026-03-27T09:00;paid\n2;bert;2026-03-27T09:00;paid")).await;
    shop.daemon.look();
    eventually("refused", async || shop.refusals("anna").await == ["objected"]).await;
    eventually("refused", async || shop.refusals("bert").await == ["minor"]).await;

    shop.daemon.clock.go_on(Duration::from_mins(2));
    assert_eq!(shop.sign_up("anna").await.body, shop.sign_up("bert").await.body);
    let path = shop.path(&shop.message("anna", "confirmations").await);
    eventually("refused", async || shop.refusals("bert").await == ["minor", "minor"]).await;
    shop.daemon.clock.go_on(Duration::from_mins(2));
    assert!(shop.post(&path).await.body.contains("We have your yes"));
    shop.message("anna", "news").await;
}

#[tokio::test]
async fn the_page_of_preferences_asks_by_mail_after_a_no_and_where_one_click_is_not_enough() {
    let shop = Shop::open().await;
    let engine = &shop.daemon.engine;
    happen(engine, &Act::Customers("anna;anna@post.example;;;Lyon;2026-03-27T09:20")).await;
    let letter = shop.message("anna", "news").await;
    shop.daemon.clock.go_on(Duration::from_mins(2));
    assert!(shop.press(&letter, "stop=news").await.body.contains("Stopped."));

    let page = shop.press(&letter, "").await.body;
    assert!(page.contains("name=\"ask\" value=\"news\"") && page.contains("name=\"ask\" value=\"cards\""), "{page}");
    assert!(!page.contains("name=\"on\"") && page.contains("nothing holds before you press it"), "{page}");
    for odd in ["ask=orders", "ask=letters", "ask=confirmations", "ask="] {
        assert!(shop.press(&letter, odd).await.body.contains("We didn’t understand that"), "{odd}");
    }
    assert_eq!(shop.history("anna").await, (0, 0), "looking and nonsense ask nothing");

    shop.daemon.clock.go_on(Duration::from_mins(2));
    let asked = shop.press(&letter, "ask=news").await;
    assert!(asked.status == 200 && asked.body.contains("a message with one button is on its way"), "{}", asked.body);
    let path = shop.path(&shop.message("anna", "confirmations").await);
    let told = |answer: &Answer| {
        answer.body.split("class=\"told").nth(1).map(|rest| rest.split("</div>").next().unwrap().to_owned())
    };
    let again = shop.press(&letter, "ask=cards").await;
    assert_eq!(told(&again), told(&asked), "asked lately or not, the page is one");
    assert_eq!(shop.history("anna").await, (0, 1));

    shop.daemon.clock.go_on(Duration::from_mins(2));
    assert!(shop.post(&path).await.body.contains("We have your yes"));
    let page = shop.press(&letter, "").await.body;
    assert!(page.contains("name=\"stop\" value=\"news\"") && page.contains("name=\"ask\" value=\"cards\""), "{page}");
    shop.daemon.clock.go_on(Duration::from_hours(30 * 24));
    shop.press(&letter, "ask=cards").await;
    assert_eq!(shop.history("anna").await, (1, 2));

    let order =
        Order { customer: "anna".to_owned(), word: BarWord::Minor, purpose: None, evidence: Evidence::default() };
    assert!(matches!(engine.office().bar(order).await.unwrap(), Noted::Now(_)));
    let page = shop.press(&letter, "").await.body;
    assert!(!page.contains("name=\"ask\"") && !page.contains("name=\"on\""), "{page}");
}

#[tokio::test]
async fn a_yes_by_a_form_of_the_business_counts_when_the_address_has_confirmed_it_and_is_asked_once() {
    let shop = Shop::open().await;
    let engine = &shop.daemon.engine;
    happen(engine, &Act::Customers("anna;anna@post.example;;;Lyon;")).await;
    let key =
        NewKey { id: "0123456789ab".to_owned(), name: "site".to_owned(), digest: [7; 32], may: vec![May::Consents] };
    assert!(engine.store.add_key(key.clone()).await.unwrap());
    let desk = EntryDesk::new(engine.office());
    let report = async |purpose: &str, method: &str, minute: u32| {
        let at = format!("2026-03-27T08:{minute:02}:00Z");
        let body = serde_json::json!({ "state": "granted", "customer": "anna", "purpose": purpose, "at": at,
            "method": method, "wording": "Yes." });
        let policy = engine.office().policy();
        let (_, rows) = desk.read(body.to_string().as_bytes(), &Resource::Consents, &policy).unwrap();
        match desk.enter(Entry { key: key.id.clone(), rows, repeat: None }).await.unwrap() {
            Entered::Done(outcomes) => outcomes,
            other => panic!("{other:?}"),
        }
    };
    shop.daemon.clock.go_on(Duration::from_mins(2));
    assert_eq!(report("cards", "form", 1).await, [Outcome::ToConfirm]);
    assert_eq!(report("cards", "form", 1).await, [Outcome::Unchanged]);
    assert_eq!(report("cards", "form", 2).await, [Outcome::ToConfirm], "the same, though nobody is asked again");
    assert_eq!(report("news", "form", 3).await, [Outcome::Granted], "it needs no confirmation");
    assert_eq!(shop.history("anna").await, (0, 1));
    let path = shop.path(&shop.message("anna", "confirmations").await);
    let standing = async || {
        let all = engine.office().consents("anna").await.unwrap();
        all[0].standing.iter().find(|one| one.purpose == "cards").unwrap().outcome
    };
    assert_eq!(standing().await, comity::gate::Outcome::Refuse);
    shop.daemon.clock.go_on(Duration::from_mins(2));
    assert!(shop.post(&path).await.body.contains("We have your yes"));
    assert_eq!(standing().await, comity::gate::Outcome::Pass);
}

#[tokio::test]
async fn an_address_is_asked_once_in_thirty_days_and_the_form_never_says_so() {
    let shop = Shop::open().await;
    happen(&shop.daemon.engine, &Act::Customers("bert;bert@post.example;;;Lyon;")).await;
    let first = shop.sign_up("anna").await;
    shop.message("anna", "confirmations").await;
    for (days, name) in [(0, "anna"), (8, "anna"), (21, "anna"), (0, "bert")] {
        shop.daemon.clock.go_on(Duration::from_hours(24 * days));
        assert_eq!(shop.sign_up(name).await.body, first.body, "known, asked or neither: the page is one");
    }
    shop.message("bert", "confirmations").await;
    assert_eq!(shop.history("anna").await, (0, 1), "29 days later it leaves no trace");
    shop.daemon.clock.go_on(Duration::from_hours(24));
    shop.sign_up("anna").await;
    assert_eq!(shop.history("anna").await, (0, 2));
    eventually("asked again", async || shop.daemon.subjects().len() == 3).await;
}

#[tokio::test]
async fn whoever_stops_the_questions_is_asked_no_more() {
    let shop = Shop::open().await;
    shop.sign_up("anna").await;
    let question = shop.message("anna", "confirmations").await;
    shop.daemon.engine.desk().stop(&question, StopVia::OneClick).await.unwrap();
    shop.daemon.clock.go_on(Duration::from_hours(31 * 24));
    shop.sign_up("anna").await;
    shop.daemon.look();
    eventually("refused", async || shop.refusals("anna").await == ["suppressed"]).await;
    assert_eq!(shop.daemon.subjects().len(), 1);
}

#[tokio::test]
async fn links_of_other_acts_confirm_nothing_and_all_get_one_answer() {
    let shop = Shop::open().await;
    shop.sign_up("anna").await;
    let link = shop.message("anna", "confirmations").await;
    let keys = &shop.daemon.engine.keys;
    let good = shop.path(&link);
    let nowhere = ask(shop.door.at, "GET", "/confirm/1.AAAA.AAAA", "").await;
    assert_eq!(nowhere.status, 404);
    let mut tried = 0;
    for act in [LinkPurpose::Stop, LinkPurpose::Preferences, LinkPurpose::Answer, LinkPurpose::Proof] {
        let forged = format!("/confirm/{}", link.sign(keys, act));
        for answer in [ask(shop.door.at, "GET", &forged, "").await, shop.post(&forged).await] {
            assert_eq!((answer.status, &answer.body), (404, &nowhere.body), "{act:?}");
            tried += 1;
        }
    }
    for place in (10..good.len()).step_by(3) {
        let mut flipped = good.clone().into_bytes();
        flipped[place] = if flipped[place] == b'A' { b'B' } else { b'A' };
        let flipped = String::from_utf8(flipped).unwrap();
        assert_eq!(shop.post(&flipped).await.status, 404, "{flipped}");
        tried += 1;
    }
    assert!(tried > 30);
    // A stop link's own message is no question.
    let other = Link { plan: comity::base::PlanId(link.plan.0 + 1), ..link };
    assert_eq!(shop.post(&shop.path(&other)).await.body, nowhere.body);
    assert_eq!(shop.history("anna").await, (0, 1));
}

#[tokio::test]
async fn the_beginning_of_the_network_address_is_kept_where_the_policy_asks_for_it_and_nowhere_else() {
    let asked = POLICY.replace("[business]", "[business]\nprivacy_notice_names = [\"network-prefix\"]");
    for (policy, kept) in [(POLICY, None), (asked.as_str(), Some("203.0.113.0/24"))] {
        let shop = Shop::by(policy).await;
        shop.sign_up("anna").await;
        let link = shop.message("anna", "confirmations").await;
        let post = async |path: &str, body: &str| {
            http::post_with(shop.door.at, path, "X-Forwarded-For: 6.6.6.6, 203.0.113.77\r\n", body).await
        };
        assert_eq!(post(&shop.path(&link), "").await.status, 200);
        let anna = shop.customer("anna").await.unwrap();
        let preferences = Link { issued_at: shop.daemon.clock.now(), ..link };
        let token = preferences.sign(&shop.daemon.engine.keys, LinkPurpose::Preferences);
        assert_eq!(post(&format!("/preferences/{token}"), "renew=news").await.status, 200);
        let said = shop.daemon.engine.store.consents(anna.id).await.unwrap();
        assert_eq!(said.len(), 2, "{said:?}");
        for said in said {
            let proof = said.evidence.unwrap().proof;
            assert_eq!(proof.get("network").map(String::as_str), kept, "{proof:?}");
        }
        let notice = ask(shop.door.at, "GET", "/privacy", "").await.body;
        assert_eq!(notice.contains("the beginning of your network address"), kept.is_some(), "{notice}");
    }
}

#[tokio::test]
async fn a_link_that_went_to_another_mailbox_confirms_nothing() {
    let shop = Shop::open().await;
    let store = &shop.daemon.engine.store;
    let import = async |name: &str| {
        let address = EmailAddress::parse(&format!("{name}@post.example")).unwrap();
        let row = CustomerRow { external_id: Some("A1".to_owned()), ..CustomerRow::of_address(address, None) };
        let _ = store.put_customers(vec![row], shop.daemon.engine.in_force.clone(), Dry::Apply).await.unwrap();
    };
    import("anna").await;
    shop.sign_up("anna").await;
    let link = shop.message("anna", "confirmations").await;
    import("bea").await;
    assert!(shop.post(&shop.path(&link)).await.body.contains("This link is too old"));
    assert_eq!(shop.history("bea").await.0, 0, "nobody agreed");
    import("anna").await;
    assert!(shop.post(&shop.path(&link)).await.body.contains("Thank you"), "it went there");
}

#[tokio::test]
async fn who_never_confirmed_is_forgotten_after_thirty_days_and_may_be_signed_up_again() {
    let shop = Shop::open().await;
    for name in ["anna", "bea", "cleo", "dora"] {
        shop.sign_up(name).await;
    }
    let bea = shop.message("bea", "confirmations").await;
    assert_eq!(shop.post(&shop.path(&bea)).await.status, 200);
    let anna = shop.message("anna", "confirmations").await;
    let store = &shop.daemon.engine.store;
    // Cleo is brought by the business, too.
    let cleo = EmailAddress::parse("cleo@post.example").unwrap();
    let row = CustomerRow::of_address(cleo, Language::parse("de"));
    let put = store.put_customers(vec![row], shop.daemon.engine.in_force.clone(), Dry::Apply).await.unwrap();
    assert!(matches!(put.puts[..], [Put::Changed(_)]), "{:?}", put.puts);

    // Dora asked by telephone what is known about her.
    let (customer, kind, via) = (shop.customer("dora").await.unwrap().id, RequestKind::Access, AskedVia::Operator);
    let request = NewRequest { customer, kind, via, at: shop.daemon.clock.now(), words: None };
    let request = store.add_request(request).await.unwrap().unwrap();

    shop.daemon.clock.pass(29 * DAY);
    assert_eq!(store.forget_unconfirmed().await.unwrap().0, 0, "until then it is known that they were asked");
    shop.daemon.clock.pass(2 * DAY);
    assert_eq!(store.forget_unconfirmed().await.unwrap().0, 1);
    assert!(shop.customer("anna").await.is_none());
    assert!(shop.customer("bea").await.is_some() && shop.customer("cleo").await.is_some());
    assert_eq!(shop.post(&shop.path(&anna)).await.status, 404, "her old link leads nowhere");
    assert!(shop.customer("dora").await.is_some(), "an answer is owed to her");
    assert!(store.answer_request(request).await.unwrap());
    assert_eq!(store.forget_unconfirmed().await.unwrap().0, 0);
    // Nothing keeps her out.
    shop.sign_up("anna").await;
    let again = shop.message("anna", "confirmations").await;
    assert_eq!(shop.post(&shop.path(&again)).await.status, 200);
    assert_eq!(shop.history("anna").await, (1, 1));
}

#[tokio::test]
async fn a_second_stop_of_everything_after_a_yes_is_a_word_of_its_own() {
    let shop = Shop::open().await;
    let store = &shop.daemon.engine.store;
    let mut last = None;
    for round in 1..=2 {
        shop.sign_up("anna").await;
        eventually("another message left", async || Some(shop.message("anna", "confirmations").await.plan) != last)
            .await;
        let asked = shop.message("anna", "confirmations").await;
        last = Some(asked.plan);
        assert_eq!(shop.post(&shop.path(&asked)).await.status, 200);
        shop.daemon.clock.pass(DAY);
        shop.press(&asked, "everything=stop").await;
        let said = store.consents(shop.customer("anna").await.unwrap().id).await.unwrap();
        assert_eq!(said.iter().filter(|said| said.purpose.is_none()).count(), round, "{said:?}");
        assert_eq!(said.last().unwrap().kind, ConsentKind::Withdrawn, "no yes stands, at whatever mailbox");
        shop.daemon.clock.pass(31 * DAY);
    }
}
