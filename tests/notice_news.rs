//! What changed in the privacy notice is told once to those whom it concerns, over a real database: whatever breaks off in between.

use crate::support::{clock::HandClock, daemon::Daemon, proof};
use comity::{
    base::{CustomerId, value::Fields},
    policy::Practice,
    privacy::{Change, Held},
    store::{NewsStand, Published},
};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};

const NEWS: &str = r#"
[purposes.notice-changes]
title = "Changes"
promise = "We tell you what concerns you."
basis = "contract"
[records.notice_change]
event = true
[records.notice_change.fields]
what_changed = { type = "text", purposes = ["notice-changes"], keep = "30 days", written_by = "notices" }
[processors.mail]
name = "Example Mail SAS"
country = "FR"
purpose = "carries our messages"
contract = "2026-01-05"
"#;
const HOUR: Duration = Duration::from_hours(1);
const PEOPLE: usize = 40;

/// Whether something tells of changes.
#[derive(PartialEq)]
enum Workflow {
    There,
    Absent,
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A salon with so many customers.
async fn salon(workflow: Workflow) -> Daemon {
    let premises = proof::premises_to(25);
    let write = |file: &str, text: &str| write(premises.path(), file, text);
    write("policy.toml", &(proof::POLICY.to_owned() + NEWS));
    if workflow == Workflow::There {
        let head = "purpose = \"notice-changes\"\ntemplate = \"news\"\napproval = \"none\"\n\n[trigger]\n";
        write("workflows/news.toml", &format!("{head}on = \"event\"\nrecord = \"notice_change\"\nby = [\"0h\"]\n"));
        let body = "{{business.name}}, {{business.postal_address}}: {{notice_change.what_changed}} You get this because \
                    something changed. Stop: {{stop_url}}\n";
        write("templates/mail/news/subject.hbs", "Something changed\n");
        write("templates/mail/news/body.txt.hbs", body);
        write("templates/mail/news/body.html.hbs", &body.replace("{{stop_url}}", "<a href=\"{{stop_url}}\">here</a>"));
        write("templates/mail/news/sample.json", "{ \"notice_change\": { \"what_changed\": \"Something.\" } }");
    }
    proof::bring_customers(&premises, PEOPLE);
    Daemon::over(premises, HandClock::new()).await
}

/// Another company carries the mail.
async fn retell(daemon: &Daemon, version: &str, company: &str) {
    let (store, edition) = (&daemon.engine.store, daemon.engine.in_force.now());
    let mut notice = edition.notice();
    notice.version = version.to_owned();
    for helps in notice.content.facts.processors.values_mut() {
        company.clone_into(&mut helps.name);
    }
    let published = Published { notice: Some(notice), ..Published::default() };
    let revision = store.in_force().await.unwrap().unwrap().digest;
    store.put_in_force(&revision, published).await.unwrap();
}

/// How many people have how many messages of it.
async fn told(daemon: &Daemon) -> BTreeMap<usize, usize> {
    let mut told = BTreeMap::new();
    for customer in daemon.engine.store.customers_after(CustomerId(0), 1_000).await.unwrap() {
        let plans = daemon.engine.store.plans_of(customer).await.unwrap();
        *told.entry(plans.iter().filter(|plan| plan.facts.purpose == "notice-changes").count()).or_default() += 1;
    }
    told
}

#[tokio::test]
async fn a_telling_that_broke_off_goes_on_and_tells_nobody_twice() {
    let daemon = salon(Workflow::There).await;
    daemon.engine.notice_news().look().await.unwrap();
    retell(&daemon, "000000000001", "Another Mail").await;
    daemon.clock.go_on(25 * HOUR);
    // What the daemon does before it is killed: it begins, tells a page, and tells the same page again.
    let store = &daemon.engine.store;
    let NewsStand::Other { before, notice, .. } = store.news_stand().await.unwrap() else { panic!("there is news") };
    store.begin_news(before, notice, true).await.unwrap();
    let NewsStand::Begun(telling) = store.news_stand().await.unwrap() else { panic!("it has begun") };
    let (holders, last) = store.holders_after(telling.after, 10).await.unwrap().unwrap();
    let fields = || Fields::from([("what_changed".to_owned(), comity::base::Value::Text("Something.".to_owned()))]);
    let rows = || holders.iter().map(|it| (it.customer.id, "notice_change".to_owned(), fields())).collect();
    for _ in 0..2 {
        let _ = store.tell_news(telling, rows(), Some(last), daemon.engine.in_force.clone()).await.unwrap();
    }
    assert_eq!(told(&daemon).await, BTreeMap::from([(0, 30), (1, 10)]));
    for _ in 0..3 {
        daemon.engine.notice_news().look().await.unwrap();
        assert_eq!(told(&daemon).await, BTreeMap::from([(1, PEOPLE)]));
    }
    assert_eq!(store.news_stand().await.unwrap(), NewsStand::Nothing);
}

#[tokio::test]
async fn what_is_taken_back_within_a_day_is_told_to_nobody() {
    let daemon = salon(Workflow::There).await;
    daemon.engine.notice_news().look().await.unwrap();
    retell(&daemon, "000000000001", "Another Mail").await;
    daemon.clock.go_on(23 * HOUR);
    daemon.engine.notice_news().look().await.unwrap();
    retell(&daemon, "000000000002", "Example Mail SAS").await;
    daemon.clock.go_on(25 * HOUR);
    daemon.engine.notice_news().look().await.unwrap();
    assert_eq!(told(&daemon).await, BTreeMap::from([(0, PEOPLE)]));
    assert_eq!(daemon.engine.store.news_stand().await.unwrap(), NewsStand::Nothing, "people know it as it is");
}

#[tokio::test]
async fn where_no_workflow_tells_nobody_is_told_and_it_is_old_news_afterwards() {
    let daemon = salon(Workflow::Absent).await;
    daemon.engine.notice_news().look().await.unwrap();
    retell(&daemon, "000000000001", "Another Mail").await;
    daemon.clock.go_on(25 * HOUR);
    daemon.engine.notice_news().look().await.unwrap();
    assert_eq!(told(&daemon).await, BTreeMap::from([(0, PEOPLE)]));
    assert_eq!(daemon.engine.store.news_stand().await.unwrap(), NewsStand::Nothing);
}

#[tokio::test]
async fn a_change_concerns_those_whose_data_it_is_about() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installation = comity::config::load(root).unwrap();
    let facts = comity::privacy::Notice::of(&installation.policy, &installation.flows).content.facts;
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let held = |agreed: &[&str], fields: &[&str], records: &[&str]| Held {
        agreed: set(agreed),
        fields: set(fields),
        records: set(records),
    };
    let nobody = Held::default();
    let reader = held(&["letters"], &[], &[]);
    let guest = held(&[], &["appointment.starts_at"], &["appointment"]);
    let born = held(&[], &["customer.birthday"], &[]);
    let reads = |purpose: &str| Change::Reads { purpose: purpose.to_owned(), field: "customer.first_name".to_owned() };
    for (change, whom) in [
        (reads("letters"), [false, true, false, false]),
        (reads("appointment-reminders"), [false, false, true, false]),
        (reads("confirmations"), [false; 4]),
        (reads("gone"), [false; 4]),
        (Change::OtherBasis("letters".to_owned()), [false, true, false, false]),
        (Change::KeptLonger("customer.birthday".to_owned()), [false, false, false, true]),
        (Change::NewData("appointment.starts_at".to_owned()), [false, false, true, false]),
        (Change::NewProcessor("Another Mail".to_owned()), [true; 4]),
        (Change::NewPractice(Practice::NetworkPrefix), [true; 4]),
    ] {
        let concerned = [&nobody, &reader, &guest, &born].map(|held| change.concerns(held, &facts));
        assert_eq!(concerned, whom, "{change:?}");
    }
    for (tag, sentence) in [
        ("en", "We keep something for longer: “your birthday (no year)”."),
        ("fr", "Nous gardons quelque chose plus longtemps : « votre anniversaire (sans l'année) »."),
        ("de", "Wir bewahren etwas länger auf: „Ihr Geburtstag (ohne Jahr)“."),
        ("it", "We keep something for longer: “your birthday (no year)”."),
    ] {
        let language = comity::people::Language::parse(tag).unwrap();
        assert_eq!(Change::KeptLonger("customer.birthday".to_owned()).told(&facts, &language), sentence);
        for change in
            [Change::NewPurpose("letters".to_owned()), reads("letters"), Change::NewPractice(Practice::NetworkPrefix)]
        {
            let told = change.told(&facts, &language);
            assert!(!told.contains("{}") && told.ends_with('.'), "{told}");
        }
    }
}
