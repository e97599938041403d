//! A shop's nights over a real database: who is recommended what, who never is, and what a word of theirs does.

use crate::support::{
    circles::{DAY, Person, Shop, catalogue, people, products, purchases},
    daemon::eventually,
    door::OpenDoor,
    http::{ask, post},
};
use comity::{
    base::{
        Because, Ground, PlanId, Recommended, Value, Zone,
        token::{Link, LinkPurpose},
    },
    engine::recommending::{AuditOrder, Audited},
    ledger::entry::ErasedVia,
    people::{Customer, Language, TasteWord, Tastes},
    plan::PlanState,
    recommend::audit::{Brought, Share},
    render::scope::anchor,
    store::{BatchOutcome, Recommendation},
    trigger::RecordStatus,
};
use std::{collections::BTreeSet, fmt::Write};

/// As many as make a shop.
const PEOPLE: usize = 80;

fn skus(products: &[Recommended]) -> BTreeSet<String> {
    products.iter().map(|product| product.product.clone()).collect()
}

fn path(shop: &Shop, customer: &Customer, plan: PlanId, page: &str) -> String {
    let link = Link { customer: customer.handle, purpose: "recommendations".to_owned(), plan, issued_at: shop.now() };
    format!("/{page}/{}", link.sign(&shop.daemon.engine.keys, LinkPurpose::Preferences))
}

#[tokio::test]
async fn those_who_agreed_are_recommended_what_they_lack_with_a_true_reason_and_nobody_else_is() {
    let people = people(PEOPLE + 10, |n| n < PEOPLE);
    let shop = Shop::with(&people).await;
    let made = shop.publish().await;
    assert_eq!((made.outcome, made.figures.agreed), (BatchOutcome::Published, PEOPLE));
    let all = shop.everything().await;
    assert!(all.keys().all(|id| people.iter().any(|person| person.id == *id && person.agreed)), "{:?}", all.keys());
    assert!(all.len() > PEOPLE / 2, "{} lists", all.len());
    for person in people.iter().filter(|person| all.contains_key(&person.id)) {
        let list = &all[&person.id][0];
        let bought: BTreeSet<&String> = person.bought.iter().map(|(sku, _, _)| sku).collect();
        assert!(list.iter().any(|product| person.lacks().contains(&product.product)), "{list:?}");
        for product in list {
            assert!(!bought.contains(&product.product), "{product:?}");
            assert_eq!(product.parts.iter().map(|share| i32::from(share.percent)).sum::<i32>(), 100, "{product:?}");
            // What a reason names was bought, and carries a fifth or more.
            if let Because::Bought(named) = &product.because {
                assert!(bought.contains(&named.product), "{product:?}");
                let share = product.parts.iter().find(|share| share.of == Ground::Bought(named.clone())).unwrap();
                assert!(share.percent >= 20, "{product:?}");
            }
        }
    }
}

#[tokio::test]
async fn whoever_did_not_agree_changes_nothing_and_whoever_withdraws_was_never_there() {
    let some = people(PEOPLE, |_| true);
    let alone = Shop::with(&some).await;
    alone.publish().await;
    let lists = alone.everything().await;

    // A third more who never agreed, in between.
    let mut mixed = Vec::new();
    for (number, person) in some.iter().enumerate() {
        mixed.push(person.clone());
        if number % 3 == 0 {
            mixed.push(Person { id: format!("N{number:03}"), ..Person::number(number + 1, false) });
        }
    }
    let crowded = Shop::with(&mixed).await;
    crowded.publish().await;
    assert_eq!(crowded.everything().await, lists, "nobody who didn't agree counts");

    // The same, where they had agreed, and one is erased.
    let agreed: Vec<Person> = mixed.iter().map(|person| Person { agreed: true, ..person.clone() }).collect();
    let shop = Shop::with(&agreed).await;
    for person in mixed.iter().filter(|person| !person.agreed) {
        let customer = shop.known(&person.id).await;
        if person.id == "N000" {
            let _ = shop.daemon.engine.store.erase(customer.id, ErasedVia::Operator).await.unwrap().unwrap();
        } else {
            let link = Link {
                customer: customer.handle,
                purpose: "recommendations".to_owned(),
                plan: PlanId(0),
                issued_at: shop.now(),
            };
            let desk = shop.daemon.engine.desk();
            comity::engine::desk::StopDesk::stop(&*desk, &link, comity::ledger::entry::StopVia::Page).await.unwrap();
        }
    }
    shop.publish().await;
    assert_eq!(shop.everything().await, lists, "whoever withdrew, was never there");
}

#[tokio::test]
async fn what_is_sensitive_is_neither_counted_nor_recommended_nor_named() {
    let mut some = people(PEOPLE, |_| true);
    for (number, person) in some.iter_mut().enumerate().filter(|(number, _)| number % 2 == 0) {
        person.bought.push(("R0".to_owned(), 50 + number as u64 % 30, "paid"));
    }
    let with = Shop::with(&some).await;
    with.publish().await;
    let without = Shop::with(&people(PEOPLE, |_| true)).await;
    without.publish().await;
    let lists = with.everything().await;
    assert_eq!(lists, without.everything().await, "as if nobody had bought it");
    assert!(!format!("{lists:?}").contains("R0") && !format!("{lists:?}").contains("Drops"));
}

#[tokio::test]
async fn what_is_sold_out_was_brought_back_or_is_not_sold_any_more_is_not_recommended() {
    let mut some = people(PEOPLE, |_| true);
    let lacks: Vec<String> = some[0].lacks().into_iter().collect();
    some[0].bought.push((lacks[0].clone(), 45, "refunded"));
    let shop = Shop::by(&some, |policy| policy.replace("at_least = 3", "at_least = 1")).await;
    shop.bring("products", &catalogue(|sku| *sku != *lacks[1])).await;
    shop.publish().await;
    let all = shop.everything().await;
    assert!(!skus(&all["P000"][0]).contains(&lacks[0]), "they brought it back");
    assert!(all.values().flatten().all(|list| !skus(list).contains(&lacks[1])), "nobody is shown what is sold out");
    assert!(all.iter().any(|(id, lists)| *id != "P000" && skus(&lists[0]).contains(&lacks[0])), "others may like it");

    // Another catalogue that names it no more.
    shop.two_weeks_on();
    let fewer: String = catalogue(|_| true)
        .lines()
        .filter(|line| !line.starts_with("T1;"))
        .fold(String::new(), |all, line| all + line + "\n");
    shop.bring("products", &fewer).await;
    shop.publish().await;
    let all = shop.everything().await;
    assert!(all.values().filter_map(|lists| lists.get(1)).all(|list| !skus(list).contains("T1")));
}

#[tokio::test]
async fn what_was_bought_again_after_a_refund_counts_whatever_the_order_in_which_it_came() {
    let mut some = people(PEOPLE, |_| true);
    let out = some[0].lacks().first().unwrap().clone();
    // They came as written: each person's lines are read in the order of their records.
    let (bought, refunded) = ((out.clone(), 60, "paid"), (out.clone(), 90, "refunded"));
    some[0].bought.extend([bought.clone(), refunded.clone()]);
    let turned = Shop::with(&some).await;
    turned.publish().await;
    let first = turned.everything().await;
    some[0].bought.truncate(5);
    some[0].bought.extend([refunded, bought]);
    let shop = Shop::with(&some).await;
    shop.publish().await;
    assert_eq!(shop.everything().await, first);
    // The other way round: brought back at last.
    some[0].bought.truncate(5);
    some[0].bought.extend([(out.clone(), 50, "refunded"), (out.clone(), 90, "paid")]);
    let shop = Shop::with(&some).await;
    shop.publish().await;
    assert!(shop.everything().await.values().flatten().flatten().count() > 0);
    assert!(!skus(&shop.last("P000").await).contains(&out));
}

#[tokio::test]
async fn a_word_about_a_product_a_purchase_or_a_category_holds_from_the_next_list_on() {
    let shop = Shop::with(&people(PEOPLE, |_| true)).await;
    shop.publish().await;
    let anna = shop.known("P000").await;
    let list = shop.last("P000").await;
    let plan = *shop.messages("P000").await.last().unwrap();
    let door = OpenDoor::of(&shop.daemon).await;
    let page = path(&shop, &anna, plan, "recommended");

    // Looking writes nothing, and shows the sentence of the message.
    let shown = ask(door.at, "GET", &page, "").await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let policy = shop.daemon.engine.rulebook().policy().clone();
    for product in &list {
        let sentence = policy.reason(&product.because, &Language::parse("en").unwrap());
        assert!(shown.body.contains(&sentence), "{sentence} in {}", shown.body);
    }
    assert_eq!(shop.daemon.engine.store.tastes(anna.handle).await.unwrap().unwrap(), comity::people::Tastes::default());

    // One product out, one purchase unused: what hasn't left yet falls away at once.
    let out = &list[0].product;
    let said = post(door.at, &page, &format!("not-interested={}", anchor(out))).await;
    assert!(said.status == 200 && said.body.contains("isn’t recommended to you any more"), "{}", said.body);
    assert_eq!(shop.records("P000").await.last().unwrap().status, RecordStatus::Cancelled);
    let store = &shop.daemon.engine.store;
    assert_eq!(store.plan(plan).await.unwrap().unwrap().state, PlanState::Void);
    let named = list.iter().find_map(|product| match &product.because {
        Because::Bought(named) => Some(named.product.clone()),
        _ => None,
    });
    let named = named.expect("a reason names a purchase");
    let said = post(door.at, &page, &format!("unused={}", anchor(&named))).await;
    assert!(said.body.contains("nothing rests on that purchase"), "{}", said.body);
    shop.two_weeks_on();
    shop.publish().await;
    let next = shop.last("P000").await;
    assert!(!skus(&next).contains(out), "{next:?}");
    assert!(next.iter().all(|product| product.rests_on().iter().all(|rests| rests.product != named)), "{next:?}");

    // A whole category out; and then the words about products are taken back.
    let said = post(door.at, &page, "category=Tea&taste=never").await;
    assert!(said.body.contains("the next list obeys"), "{}", said.body);
    shop.two_weeks_on();
    let before = shop.records("P000").await.len();
    shop.publish().await;
    let since = shop.records("P000").await.split_off(before);
    assert!(since.iter().flat_map(products).all(|product| product.category != "Tea"), "{since:?}");
    post(door.at, &page, "category=Tea&taste=more").await;
    post(door.at, &page, "forget=products").await;
    shop.two_weeks_on();
    shop.publish().await;
    let back = shop.last("P000").await;
    assert!(back.iter().all(|product| product.because != Because::Asked || product.category == "Tea"), "{back:?}");
    assert_eq!(back[0].because, Because::Asked, "{back:?}");
}

#[tokio::test]
async fn what_no_button_sends_and_what_is_not_theirs_changes_nothing() {
    let shop = Shop::with(&people(PEOPLE, |_| true)).await;
    shop.publish().await;
    let anna = shop.known("P000").await;
    let list = shop.last("P000").await;
    let plan = *shop.messages("P000").await.last().unwrap();
    let door = OpenDoor::of(&shop.daemon).await;
    let page = path(&shop, &anna, plan, "recommended");
    for odd in [
        "",
        "not-interested=",
        "not-interested=p000000000000",
        "unused=x",
        "category=Nothing&taste=more",
        "category=Tea&taste=much",
    ] {
        let said = post(door.at, &page, odd).await;
        assert!(said.body.contains("Nothing was changed"), "{odd}: {}", said.body);
    }
    let other = shop.known("P001").await;
    let foreign = path(&shop, &other, plan, "recommended");
    assert!(!ask(door.at, "GET", &foreign, "").await.body.contains(&list[0].name), "another's message");
}

#[tokio::test]
async fn the_message_its_pages_and_explain_say_the_same_of_each_product() {
    let mut shop = Shop::with(&people(PEOPLE, |_| true)).await;
    shop.publish().await;
    shop.daemon.run().await;
    shop.daemon.clock.go_on(5 * DAY / 48);
    shop.daemon.look();
    eventually("they leave", async || !shop.daemon.subjects().is_empty()).await;
    assert!(shop.daemon.subjects().iter().all(|subject| subject == "What goes with what you bought"));
    let anna = shop.known("P000").await;
    let plan = *shop.messages("P000").await.last().unwrap();
    let door = OpenDoor::of(&shop.daemon).await;
    let why = ask(door.at, "GET", &path(&shop, &anna, plan, "why"), "").await;
    let own = ask(door.at, "GET", &path(&shop, &anna, plan, "recommended"), "").await;
    let accounts = shop.daemon.engine.office().explain("P000").await.unwrap();
    let told: Vec<&String> = accounts[0].plans.iter().flat_map(|plan| &plan.recommended).collect();
    let policy = shop.daemon.engine.rulebook().policy().clone();
    let list = shop.last("P000").await;
    assert!(list.len() >= 3);
    for product in list {
        let sentence = policy.reason(&product.because, &Language::parse("en").unwrap());
        assert!(why.body.contains(&sentence) && own.body.contains(&sentence), "{sentence}");
        assert!(told.iter().any(|line| line.starts_with(&format!("{}: {sentence}", product.name))), "{told:?}");
    }
    assert!(why.body.contains("to find what we recommend"), "what was bought is said to be read: {}", why.body);
}

#[tokio::test]
async fn a_night_is_one_batch_and_a_person_is_recommended_something_once_in_two_weeks() {
    let shop = Shop::with(&people(PEOPLE, |_| true)).await;
    let recommender = shop.daemon.engine.recommender();
    assert!(recommender.look().await.unwrap().is_some());
    assert!(recommender.look().await.unwrap().is_none(), "tonight's is made");
    shop.daemon.clock.go_on(DAY);
    let next = recommender.look().await.unwrap().unwrap();
    assert_eq!(next.people, 0, "nobody's two weeks are over");
    assert!(shop.everything().await.values().all(|lists| lists.len() == 1));
}

/// Tea, to somebody who had said this when it was chosen.
fn tea(customer: &Customer, tastes: Tastes) -> Recommendation {
    let product = Recommended {
        product: "T1".to_owned(),
        name: "Tea".to_owned(),
        category: String::new(),
        price: None,
        url: None,
        image: None,
        because: Because::Popular,
        parts: Vec::new(),
    };
    let fields = [("products".to_owned(), Value::Products(vec![product]))].into();
    Recommendation { customer: customer.id, kind: "recommendation".to_owned(), fields, tastes }
}

#[tokio::test]
async fn a_word_that_comes_while_the_lists_are_made_is_not_passed_over() {
    let shop = Shop::with(&people(2, |_| true)).await;
    let store = &shop.daemon.engine.store;
    let batch = store.add_batch(0, "x".to_owned(), BatchOutcome::Publishing, "{}".to_owned()).await.unwrap().unwrap();
    let (anna, bert) = (shop.known("P000").await, shop.known("P001").await);
    let some = vec![tea(&anna, Tastes::default()), tea(&bert, Tastes::default())];
    let rules = || shop.daemon.engine.in_force.clone();
    let word = TasteWord::NotInterested("T1".to_owned());
    let said =
        store.say_taste(anna.handle, word, vec!["recommendation".to_owned()], rules()).await.unwrap().what.unwrap();
    let _ = store.recommend(batch, some, rules()).await.unwrap();
    assert_eq!(shop.records("P000").await, vec![], "she said so before it was kept");
    assert_eq!(shop.records("P001").await.len(), 1);
    let _ = store.recommend(batch, vec![tea(&anna, said)], rules()).await.unwrap();
    assert_eq!(shop.records("P000").await.len(), 1, "a list that knows the word is hers");
    assert_eq!(store.last_batch().await.unwrap().unwrap().people, 2);
}

#[tokio::test]
async fn what_others_called_a_product_when_they_bought_it_is_told_to_nobody() {
    let some = people(PEOPLE, |_| true);
    let shop = Shop::with(&some).await;
    // One thing isn't in the catalogue any more, and each had something else engraved on it.
    let own = |person: &Person| format!("For {}, with love", person.id);
    let mut table = String::from("id;customer;status;bought_at;sku;product;category\n");
    for person in &some {
        for (number, (sku, ago, _)) in person.bought.iter().enumerate() {
            let at = Zone::UTC.local(shop.now()).date() - chrono::Days::new(*ago);
            let (id, own) = (&person.id, own(person));
            writeln!(table, "{id}-x{number};{id};paid;{at}T12:00;X-{sku};{own};").unwrap();
        }
    }
    shop.bring("purchases", &table).await;
    shop.publish().await;
    let all = shop.everything().await;
    let told = |person: &Person| format!("{:?}", all.get(&person.id));
    for person in &some {
        for other in some.iter().filter(|other| other.id != person.id) {
            assert!(!told(person).contains(&own(other)), "{}", told(person));
        }
    }
    assert!(some.iter().any(|person| told(person).contains(&own(person))), "{all:?}");
}

#[tokio::test]
async fn a_batch_that_broke_off_recommends_nothing_twice_and_the_next_night_goes_on() {
    let shop = Shop::with(&people(PEOPLE, |_| true)).await;
    // What the daemon does before it is killed: it enters the batch, and makes the records of a few.
    let store = &shop.daemon.engine.store;
    let first = store.add_batch(0, "x".to_owned(), BatchOutcome::Publishing, "{}".to_owned()).await.unwrap().unwrap();
    let anna = shop.known("P000").await;
    for _ in 0..2 {
        let some = vec![tea(&anna, Tastes::default())];
        let _ = store.recommend(first, some, shop.daemon.engine.in_force.clone()).await.unwrap();
    }
    assert_eq!(shop.records("P000").await.len(), 1, "the same batch, the same record");
    shop.daemon.clock.go_on(DAY);
    shop.daemon.engine.recommender().look().await.unwrap();
    assert_eq!(shop.records("P000").await.len(), 1);
    assert_eq!(shop.records("P001").await.len(), 1);
}

#[tokio::test]
async fn time_for_more_is_asked_by_a_rhythm_and_not_before() {
    // Twelve people buy soap every thirty days; the last time 20 days ago, and one of them 29 days ago.
    let mut some = people(PEOPLE, |_| true);
    for (number, person) in some.iter_mut().enumerate().filter(|(number, _)| number % 2 == 1).take(12) {
        let late = if number == 1 { 9 } else { 0 };
        let again = [0, 30, 60, 90].map(|ago| ("S7".to_owned(), 20 + late + ago, "paid"));
        person.bought.retain(|(sku, _, _)| sku != "S7");
        person.bought.extend(again);
    }
    let shop = Shop::by(&some, |policy| {
        policy.replace("rest_days = 30", "rest_days = 10").replace("at_least = 3", "at_least = 10")
    })
    .await;
    shop.publish().await;
    let all = shop.everything().await;
    assert!(all.contains_key("P001"), "whose own rhythm is over: {:?}", all.keys());
    // Of the others, those whom the shop's rhythm of thirty days tells: a purchase, and 27 to 90 days.
    for person in &some {
        let last = person.bought.iter().filter(|(sku, _, _)| sku == "S7").map(|(_, ago, _)| *ago).min();
        assert_eq!(all.contains_key(&person.id), last.is_some_and(|ago| (27..=90).contains(&ago)), "{person:?}");
    }
    assert!(matches!(all["P001"][0][0].because, Because::Again { .. }), "{all:?}");
    assert_eq!(all["P001"][0][0].product, "S7");
    assert_eq!(shop.records("P001").await[0].kind, "replenishment");
}

#[tokio::test]
async fn a_shop_that_is_too_small_says_what_is_missing_and_recommends_nothing() {
    let shop = Shop::with(&people(20, |_| true)).await;
    let made = shop.publish().await;
    assert_eq!((made.outcome, made.people), (BatchOutcome::TooSmall, 0));
    assert!(made.figures.missing.iter().any(|line| line.contains("50 are needed")), "{:?}", made.figures.missing);
    assert!(shop.everything().await.is_empty());
    let last = shop.daemon.engine.office().last_batch().await.unwrap().unwrap();
    assert_eq!(last.outcome, BatchOutcome::TooSmall);
}

#[tokio::test]
async fn whoever_is_erased_leaves_no_word_and_no_recommendation() {
    let shop = Shop::with(&people(PEOPLE, |_| true)).await;
    shop.publish().await;
    let anna = shop.known("P000").await;
    let store = &shop.daemon.engine.store;
    let word = comity::people::TasteWord::Category("Tea".to_owned(), Some(comity::people::Taste::Never));
    let _ = store.say_taste(anna.handle, word, Vec::new(), shop.daemon.engine.in_force.clone()).await.unwrap();
    // All of it is theirs to take away.
    let taken = shop.daemon.engine.office().archive_of(anna.id).await.unwrap().unwrap();
    assert!(taken.len() > 1_000);
    let held = format!("{:?}", store.all_of(anna.id).await.unwrap().unwrap().tables);
    assert!(held.contains("never") && held.contains("rests on your purchases of"), "{held}");
    let _ = store.erase(anna.id, ErasedVia::Operator).await.unwrap().unwrap();
    assert_eq!(store.tastes(anna.handle).await.unwrap(), None);
    shop.two_weeks_on();
    assert_eq!(shop.publish().await.figures.agreed, PEOPLE - 1);
}

#[tokio::test]
async fn what_a_gate_withholds_is_recommended_to_nobody_and_says_why() {
    // What the shop makes itself is favoured so much that it is shown three times as often as it is bought.
    let policy = |policy: String| {
        let few = policy.replace("at_least = 3", "at_least = 1\nshow = 1").replace("weight = 115", "weight = 200");
        few.replace("[\"Maison Verveine\"]", "[\"Ours\"]")
    };
    let shop = Shop::by(&people(PEOPLE, |_| true), policy).await;
    let with_values = |line: &str| match line {
        line if line.starts_with("sku") => format!("{line};values\n"),
        line if line.starts_with("T0;") => line.replace("Maker 0", "Ours") + ";local\n",
        line => format!("{line};\n"),
    };
    let ours: String = catalogue(|_| true).lines().map(with_values).collect();
    shop.bring("products", &ours).await;
    let made = shop.publish().await;
    assert_eq!((made.outcome, made.people), (BatchOutcome::Withheld, 0), "{:?}", made.figures);
    let failed: Vec<&String> =
        made.figures.gates.iter().filter(|gate| !gate.holds).map(|gate| &gate.sentence).collect();
    assert!(failed.len() == 1 && failed[0].contains("own brands"), "{failed:?}");
    assert!(shop.everything().await.is_empty());
}

#[tokio::test]
async fn the_audit_looks_at_the_lists_of_those_who_agreed_and_names_nobody() {
    let all = people(130, |n| n < 120);
    let shop = Shop::with(&all).await;
    // By their ids, and by their addresses.
    let called_by = |(n, person): (usize, &Person)| match n % 3 {
        0 => person.id.clone(),
        _ => format!("{}@post.example", person.id),
    };
    // Whom nobody knows, and one who stands in the file twice.
    let names = all.iter().enumerate().map(called_by).chain(["P999".to_owned(), "P000".to_owned()]);
    let customers = names.enumerate().map(|(n, name)| (name, vec![["tea", "soap"][n % 2].to_owned()]));
    let groups = Brought { attributes: vec!["drinks".to_owned()], customers: customers.collect() };
    let order = AuditOrder { groups, ..AuditOrder::default() };
    let office = shop.daemon.engine.office();
    let audited = office.audit_lists(order).await.unwrap().unwrap().unwrap();
    // As it comes through the socket.
    let Audited { audit, verdicts, gates, k, show, unknown } =
        serde_json::from_str(&serde_json::to_string(&audited).unwrap()).unwrap();
    assert_eq!((k, show, unknown), (10, 5, 11));
    assert!((gates.own_brands - 1.7).abs() < 1e-9, "{gates:?}");
    let [drinks] = &*audit.groups else { panic!("{:?}", audit.groups) };
    assert_eq!(drinks.name, "drinks");
    assert!(verdicts.iter().any(|verdict| verdict.sentence.starts_with("drinks:")), "{verdicts:#?}");
    assert!(audit.exposure.lists > 60 && audit.exposure.lists <= 120, "{}", audit.exposure.lists);
    let called = |share: &Share| share.name.starts_with("Tea number ") || share.name.starts_with("Soap number ");
    assert!(audit.exposure.products.iter().all(called), "{:?}", audit.exposure.products);
    let text = serde_json::to_string(&(&audit, &verdicts)).unwrap().to_lowercase();
    assert!(all.iter().all(|person| !text.contains(&person.id.to_lowercase())), "{text}");
    assert!(shop.everything().await.is_empty(), "an audit recommends nothing");
}

#[test]
fn nobodys_purchases_are_looked_at_without_a_purpose_that_people_agree_to() {
    let found = |from: &str, to: &str| {
        let premises = crate::support::circles::premises(|policy| policy.replacen(from, to, 1));
        match comity::config::load_with(premises.path(), []) {
            Err(comity::config::LoadError::Findings(findings)) => {
                findings.0.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>().join("; ")
            }
            other => panic!("{to}: {other:?}"),
        }
    };
    let purpose = "[recommendations]\npurpose = \"recommendations\"";
    for (other, said) in [("own-data", "nobody agrees to `own-data`"), ("finds", "`finds` is not a purpose")] {
        let found = found(purpose, &format!("[recommendations]\npurpose = \"{other}\""));
        assert!(found.contains(said) && !found.contains("``"), "{found}");
    }
    assert!(found(", order = \"product\"", "").contains("no record says so"));
    let premises = crate::support::circles::premises(|policy| {
        let (before, rest) = policy.split_once("[recommendations]").unwrap();
        before.to_owned() + "[processors.mail]" + rest.split_once("[processors.mail]").unwrap().1
    });
    let error = format!("{:?}", comity::config::load_with(premises.path(), []).unwrap_err());
    assert!(error.contains("by which rules products are recommended"), "{error}");
}

#[tokio::test]
async fn whoever_has_bought_everything_is_left_alone() {
    let mut some = people(PEOPLE, |_| true);
    for letter in ["T", "S"] {
        let all = (0..crate::support::circles::THINGS).map(|thing| (format!("{letter}{thing}"), 60, "paid"));
        some[0].bought.extend(all);
    }
    let shop = Shop::with(&some).await;
    shop.publish().await;
    assert!(shop.records("P000").await.is_empty());
    assert!(products(&shop.records("P002").await[0]).len() >= 3);
    // And what they buy next counts from the next night on.
    let more = Person { bought: vec![("S1".to_owned(), 0, "paid")], ..some[2].clone() };
    assert!(!purchases(&[more], shop.now()).is_empty());
}
