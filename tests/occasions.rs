//! What sets a workflow off besides a date that draws near: a date that is past, a customer who stays away, something that
//! happens, a birthday, a schedule, a yes; and journeys, whose steps wait for each other. On the daemon's own engine, on
//! virtual time and on paper.

mod caps;
mod digest;
mod events;
mod priority;
mod sales;
mod sign_ups;
mod tasks;
mod words;

use crate::support::real::Premises;
use comity::{
    base::{Instant, Zone, civil::CivilTime, keys::Keyring},
    config,
    engine::{
        arrivals::import::News,
        house::lifecycle::Engine,
        office::approval,
        rehearse::{Line, Outcome, Rehearsal, Written, timeline},
    },
    gate::facts::Said,
    intake::{Order, ROWS_MAX, Sheet},
    store::Dry,
};
use futures_util::stream;
use std::{collections::BTreeSet, io, sync::Arc};
use tokio::sync::mpsc;

const POLICY: &str = r#"
[business]
name = "Shop"
postal_address = "12 rue des Lilas, 69001 Lyon, France"
reply_to = "hello@shop.example"
time_zone = "Europe/Paris"
language = "en"
currency = "EUR"

[purposes.news]
title = "News"
promise = "Now and then, a letter."
basis = "consent"
may_be_merged = true

[purposes.cards]
title = "Cards"
promise = "A card on your birthday."
basis = "consent"

[purposes.orders]
title = "Your orders"
promise = "What you should know about an order."
basis = "contract"

[customer.fields]
birthday = { type = "month-day", purposes = ["*"] }
town     = { type = "text", purposes = ["*"] }

[records.purchase.fields]
bought_at = { type = "datetime", purposes = ["*"], keep = "2 years" }
product   = { type = "text", purposes = ["*"], keep = "2 years" }
status    = { type = "text", purposes = ["*"], keep = "2 years" }
"#;

const BODY: &str = "A word from us.\n\n-- \n{{business.name}}, {{business.postal_address}}. You get this because you asked for it. {{purpose.promise}} Stop: {{stop_url}}\n";
const HTML: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Note</title></head><body>\
    <p>{{business.name}}, {{business.postal_address}}. You get this because you asked for it. {{purpose.promise}}</p>\
    <p><a href=\"{{stop_url}}\">Stop these messages</a></p></body></html>\n";

const CARD: &str = "{{#unless merged}}Hello! {{/unless}}All the best.\n\n-- \n{{business.name}}, {{business.postal_address}}. \
    You get this because you asked for it. {{purpose.promise}} Stop: {{stop_url}}\n";
const TOGETHER: &str = "{{#each messages}}\n* {{title}}\n{{text}}\n{{/each}}\n-- \n{{business.name}}, {{business.postal_address}}. \
    You get this because you asked for it. {{purpose.promise}} Stop: {{stop_url}}\n";
const TOGETHER_HTML: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Notes</title></head><body>\
    {{#each messages}}<h2>{{title}}</h2><p>{{text}}</p>{{/each}}\
    <p>{{business.name}}, {{business.postal_address}}. You get this because you asked for it. {{purpose.promise}}</p>\
    <p><a href=\"{{stop_url}}\">Stop these messages</a></p></body></html>\n";

const CONFIRM: &str = "Was it you? {{sign_up.asked_for}}: {{confirm_url}}\n\n-- \n{{business.name}}, {{business.postal_address}}. \
    You get this because somebody typed this address. {{purpose.promise}} Stop: {{stop_url}}\n";
const CONFIRM_HTML: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Was it you?</title></head><body>\
    <p>Was it you? {{sign_up.asked_for}}: <a href=\"{{confirm_url}}\">Yes</a></p>\
    <p>{{business.name}}, {{business.postal_address}}. You get this because somebody typed this address. {{purpose.promise}}</p>\
    <p><a href=\"{{stop_url}}\">Stop these messages</a></p></body></html>\n";

/// A workflow's file, from what follows `purpose` and `template`.
fn workflow(purpose: &str, rest: &str) -> String {
    format!("purpose = \"{purpose}\"\ntemplate = \"note\"\napproval = \"none\"\n\n{rest}")
}

/// What happens, and when by the clock of Paris.
enum Act {
    Customers(&'static str),
    /// The same, with a yes to cards or none.
    Friends(&'static str),
    Purchases(&'static str),
    /// The same, of a product.
    Sales(&'static str),
    /// The same, with whether they could say no to letters.
    Offers(&'static str),
    Enquiries(&'static str),
    /// Enquiries that were told otherwise: none is taken.
    Changed(&'static str),
    /// Somebody says yes to a workflow.
    Approved(&'static str),
    /// And takes it back.
    Withdrawn(&'static str),
}

/// The messages that left: when, in Paris; to whom; which step.
struct Told {
    left: Vec<String>,
    refused: Vec<String>,
    /// Of what left.
    subjects: Vec<String>,
    /// What went into another message.
    merged: Vec<String>,
}

fn at(paris: &str) -> Instant {
    CivilTime::parse(paris).unwrap().at(Zone::parse("Europe/Paris").unwrap())
}

/// With each workflow by the name of its file.
fn premises(policy: &str, workflows: &[(&str, &str)]) -> Premises {
    let files: Vec<(String, &str)> =
        workflows.iter().map(|(name, text)| (format!("workflows/{name}.toml"), *text)).collect();
    let mut all = vec![
        (
            "comity.toml",
            "[mail]\nfrom = \"news@shop.example\"\n[smtp]\nhost = \"127.0.0.1\"\ntls = \"none-on-loopback\"\n[web]\npublic_url = \"https://stop.shop.example\"\n",
        ),
        ("policy.toml", policy),
        ("templates/mail/note/subject.hbs", "A note\n"),
        ("templates/mail/note/body.txt.hbs", BODY),
        ("templates/mail/note/body.html.hbs", HTML),
        ("templates/mail/note/sample.json", "{}"),
        ("templates/mail/card/subject.hbs", "A card\n"),
        ("templates/mail/card/body.txt.hbs", CARD),
        ("templates/mail/card/body.html.hbs", HTML),
        ("templates/mail/card/sample.json", "{}"),
        ("templates/mail/together/subject.hbs", "{{#each messages}}<{{title}}: {{text}}>{{/each}}\n"),
        ("templates/mail/together/body.txt.hbs", TOGETHER),
        ("templates/mail/together/body.html.hbs", TOGETHER_HTML),
        ("templates/mail/confirm/subject.hbs", "Was it you? {{sign_up.asked_for}}\n"),
        ("templates/mail/confirm/body.txt.hbs", CONFIRM),
        ("templates/mail/confirm/body.html.hbs", CONFIRM_HTML),
        ("templates/mail/confirm/sample.json", "{ \"sign_up\": { \"asked_for\": \"News\" } }"),
        (
            "templates/mail/together/sample.json",
            "{ \"messages\": [{ \"title\": \"A letter\", \"text\": \"Spring.\" }, { \"title\": \"A card\", \"text\": \"All the best.\" }] }",
        ),
    ];
    all.extend(files.iter().map(|(name, text)| (name.as_str(), *text)));
    Premises::new(&all)
}

async fn tell(workflow: &str, from: &str, to: &str, acts: &[(&str, Act)]) -> Told {
    tell_of(&[("it", workflow)], from, to, acts).await
}

/// With more than one workflow; then a step is named with its workflow.
async fn tell_of(workflows: &[(&str, &str)], from: &str, to: &str, acts: &[(&str, Act)]) -> Told {
    tell_by(POLICY, workflows, from, to, acts).await
}

/// By another policy.
async fn tell_by(policy: &str, workflows: &[(&str, &str)], from: &str, to: &str, acts: &[(&str, Act)]) -> Told {
    let premises = premises(policy, workflows);
    let installation = config::load(premises.path()).unwrap_or_else(|why| panic!("{why:?}"));
    let keys = Arc::new(Keyring::derive(&[7; 32]));
    let rehearsal = Rehearsal::open(installation, keys, at(from), Written::All).await.unwrap();
    let events = acts.iter().map(|(when, act)| (at(when), act)).collect();
    timeline::drive(&rehearsal.engine, &rehearsal.clock, at(to), events, |act| {
        let rehearsal = &rehearsal;
        async move {
            happen(&rehearsal.engine, act).await;
            Ok(())
        }
    })
    .await
    .unwrap();
    let lines = rehearsal.report().await.unwrap();
    rehearsal.engine.close().await;
    let of_purchases = workflows.iter().any(|(_, text)| text.contains("record = "));
    let about_themselves = lines.iter().all(|line| line.record == line.customer);
    assert_eq!(about_themselves, !of_purchases, "what is about the customer is called as the customer");
    let step = |line: &Line| match workflows {
        [_] => line.step.clone(),
        _ => format!("{} {}", line.workflow, line.step),
    };
    let of = |outcome| lines.iter().filter(move |line| line.outcome == outcome);
    Told {
        left: of(Outcome::Sent).map(|line| format!("{} {} {}", line.local, line.customer, step(line))).collect(),
        subjects: of(Outcome::Sent).map(|line| line.subject.clone().unwrap()).collect(),
        merged: of(Outcome::Merged).map(|line| format!("{} {} {}", line.local, line.customer, step(line))).collect(),
        refused: of(Outcome::Refused)
            .map(|line| format!("{} {} {}", line.customer, step(line), line.reason.as_ref().unwrap().name()))
            .collect(),
    }
}

async fn happen(engine: &Engine, act: &Act) {
    let (kind, columns, rows) = match act {
        Act::Approved(workflow) => return judge(engine, workflow, Said::Approved).await,
        Act::Withdrawn(workflow) => return judge(engine, workflow, Said::Withdrawn).await,
        Act::Customers(rows) => ("customers", "id;email;time_zone;birthday;town;consent:news", rows),
        Act::Friends(rows) => ("customers", "id;email;time_zone;birthday;town;consent:news;consent:cards", rows),
        Act::Enquiries(rows) | Act::Changed(rows) => ("enquiry", "id;customer;topic", rows),
        Act::Offers(rows) => ("purchases", "id;customer;bought_at;offered", rows),
        Act::Sales(rows) => ("purchases", "id;customer;bought_at;product", rows),
        Act::Purchases(rows) => ("purchases", "id;customer;bought_at;status", rows),
    };
    let office = engine.office();
    let (sheet, now) = (Sheet::named(kind, &office.policy()).unwrap(), office.clock.now());
    let order = Order { sheet, name: kind.to_owned(), ignore: BTreeSet::new(), rows_max: ROWS_MAX, now };
    let bytes = stream::iter([Ok::<_, io::Error>(format!("{columns}\n{rows}\n").into_bytes())]);
    let (listener, mut news) = mpsc::channel(1);
    let hear = async {
        while let Some(news) = news.recv().await {
            let was_taken = matches!(news, News::Progress { .. } | News::Done(_));
            assert!(was_taken || matches!(act, Act::Changed(_)), "{rows}: {news:?}");
        }
    };
    tokio::join!(office.import(order, bytes, Dry::Apply, listener), hear);
}

async fn judge(engine: &Engine, workflow: &str, said: Said) {
    let office = engine.office();
    let revision = engine.rulebook().workflow(workflow).unwrap().revision.clone();
    let order =
        approval::Order { workflow: workflow.to_owned(), said, revision: Some(revision), who: "Lucie".to_owned() };
    assert!(matches!(office.approve(order).await.unwrap(), approval::Answered::Kept { .. }));
}

const ANNA: &str = "anna;anna@post.example;;03-14;Lyon;2026-11-10";

#[tokio::test]
async fn a_birthday_is_kept_once_a_year_whatever_happens() {
    let yearly = workflow("news", "[trigger]\nyearly = { field = \"birthday\", by = [\"0d at 09:00\"] }\n");
    let told = tell(
        &yearly,
        "2027-03-01T12:00",
        "2029-03-20T12:00",
        &[
            ("2027-03-01T12:00", Act::Customers(ANNA)),
            // Known on the day itself, at noon: late, and still today.
            ("2027-03-14T12:00", Act::Customers("bert;bert@post.example;;03-14;Lyon;2027-01-10")),
            // Corrected after it was kept: not twice a year.
            ("2027-06-01T12:00", Act::Customers("anna;anna@post.example;;09-02;Lyon;2026-11-10")),
            // Known the day after: not this year.
            ("2027-10-10T12:00", Act::Customers("carl;carl@post.example;America/New_York;10-09;Lyon;2027-01-10")),
            // No yes, no note.
            ("2027-10-10T12:00", Act::Customers("dora;dora@post.example;;12-24;Lyon;")),
        ],
    )
    .await;
    assert_eq!(
        told.left,
        [
            "2027-03-14T09:00 anna -0d at 09:00",
            "2027-03-14T12:00 bert -0d at 09:00",
            "2028-03-14T09:00 bert -0d at 09:00",
            "2028-09-02T09:00 anna -0d at 09:00",
            // Nine o'clock in New York.
            "2028-10-09T15:00 carl -0d at 09:00",
            "2029-03-14T09:00 bert -0d at 09:00",
        ]
    );
    assert_eq!(told.refused, ["dora -0d at 09:00 never-agreed", "dora -0d at 09:00 never-agreed"]);
}

#[tokio::test]
async fn the_twenty_ninth_of_february_is_kept_as_the_file_says() {
    for (word, expected) in [
        ("28 february", ["2026-02-28T09:00", "2027-02-28T09:00", "2028-02-29T09:00"].as_slice()),
        ("1 march", &["2026-03-01T09:00", "2027-03-01T09:00", "2028-02-29T09:00"]),
        ("leap years only", &["2028-02-29T09:00"]),
    ] {
        let trigger =
            format!("[trigger]\nyearly = {{ field = \"birthday\", by = [\"0d at 09:00\"], leap_day = \"{word}\" }}\n");
        let acts = [("2026-01-01T12:00", Act::Customers("anna;anna@post.example;;02-29;Lyon;2025-12-10"))];
        let told = tell(&workflow("news", &trigger), "2026-01-01T12:00", "2028-04-01T12:00", &acts).await;
        let expected: Vec<String> = expected.iter().map(|at| format!("{at} anna -0d at 09:00")).collect();
        assert_eq!(told.left, expected, "{word}");
    }
}

#[tokio::test]
async fn a_letter_of_the_month_goes_to_its_audience_at_ten_by_each_ones_clock() {
    let monthly = workflow("news", "[trigger]\ncron = \"0 10 1 * *\"\naudience = \"customer.town == 'Lyon'\"\n");
    let told = tell(
        &monthly,
        "2027-02-15T12:00",
        "2027-05-02T12:00",
        &[
            ("2027-02-15T12:00", Act::Customers(ANNA)),
            ("2027-02-15T12:00", Act::Customers("bert;bert@post.example;America/New_York;;Lyon;2027-01-10")),
            ("2027-02-15T12:00", Act::Customers("carl;carl@post.example;;;Paris;2027-01-10")),
            // Moves away after the letter was planned, and before it left.
            ("2027-04-01T08:00", Act::Customers("anna;anna@post.example;;03-14;Paris;2026-11-10")),
            // Comes too late for this one.
            ("2027-04-01T18:00", Act::Customers("dora;dora@post.example;;;Lyon;2027-03-10")),
        ],
    )
    .await;
    assert_eq!(
        told.left,
        [
            "2027-03-01T10:00 anna +0h",
            "2027-03-01T16:00 bert +0h",
            "2027-04-01T16:00 bert +0h",
            "2027-05-01T10:00 dora +0h",
            "2027-05-01T16:00 bert +0h",
        ]
    );
    assert!(told.refused.is_empty(), "{:?}", told.refused);
}

#[tokio::test]
async fn a_welcome_follows_the_yes_and_comes_once() {
    let welcome = workflow("news", "[trigger]\non = \"consent\"\nby = [\"1h\"]\n");
    let told = tell(
        &welcome,
        "2027-03-01T12:00",
        "2027-04-01T12:00",
        &[
            // A yes of long ago is no occasion.
            ("2027-03-01T12:00", Act::Customers("old;old@post.example;;;Lyon;2026-01-10")),
            ("2027-03-02T12:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-02T11:30")),
            ("2027-03-09T12:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-09T11:30")),
            ("2027-03-10T12:00", Act::Customers("bert;bert@post.example;;;Lyon;")),
        ],
    )
    .await;
    assert_eq!(told.left, ["2027-03-02T12:30 anna +1h"]);
}

#[tokio::test]
async fn a_yes_said_again_counts_from_then_where_the_workflow_says_so() {
    let renewal = workflow("news", "[trigger]\non = \"latest consent\"\nby = [\"20d at 10:00\"]\n");
    let told = tell(
        &renewal,
        "2027-03-01T12:00",
        "2027-05-20T12:00",
        &[
            ("2027-03-01T12:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-01T11:30")),
            ("2027-03-01T12:00", Act::Customers("bert;bert@post.example;;;Lyon;2027-03-01T11:30")),
            // Again before it was asked for; an older card is found later, and changes nothing.
            ("2027-03-10T12:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-10T12:00")),
            ("2027-03-11T12:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-04T12:00")),
            // And after: it begins anew.
            ("2027-03-22T12:00", Act::Customers("bert;bert@post.example;;;Lyon;2027-03-22T12:00")),
        ],
    )
    .await;
    assert_eq!(
        told.left,
        [
            "2027-03-21T10:00 bert +20d at 10:00",
            "2027-03-30T10:00 anna +20d at 10:00",
            "2027-04-11T10:00 bert +20d at 10:00",
        ]
    );
    assert!(told.refused.is_empty(), "{:?}", told.refused);
}

#[test]
fn what_would_come_after_the_yes_has_ended_does_not_load() {
    let policy = POLICY.replacen("basis = \"consent\"", "basis = \"consent\"\nconsent_lasts = \"3 months\"", 1);
    let journey = "[trigger]\non = \"consent\"\n\n[[steps]]\nname = \"a\"\nwait = \"50 days\"\n\n[[steps]]\nname = \"b\"\nwait = ";
    let once = "[trigger]\non = \"consent\"\nby = ";
    for (rest, late) in [
        (format!("{once}[\"91d at 10:00\"]\n"), "`+91d at 10:00` comes when the yes has ended"),
        (format!("{once}[\"85d at 10:00\"]\n"), ""),
        (format!("{journey}\"6 weeks\"\n"), "`b` comes when the yes has ended"),
        (format!("{journey}\"5 weeks\"\n"), ""),
    ] {
        let loaded = config::load(premises(&policy, &[("it", &workflow("news", &rest))]).path());
        match loaded {
            Ok(_) => assert_eq!(late, "", "{rest}"),
            Err(why) => assert!(!late.is_empty() && format!("{why:?}").contains(late), "{rest}{why:?}"),
        }
    }
}

#[tokio::test]
async fn who_comes_back_is_not_missed() {
    let absent = workflow(
        "news",
        "[trigger]\nrecord = \"purchase\"\nabsent = { field = \"bought_at\", by = [\"90d at 10:00\"] }\n",
    );
    let told = tell(
        &absent,
        "2027-01-01T12:00",
        "2027-12-01T12:00",
        &[
            ("2027-01-01T12:00", Act::Customers(ANNA)),
            ("2027-01-01T12:00", Act::Customers("bert;bert@post.example;;;Lyon;2026-11-10")),
            ("2027-01-01T12:00", Act::Customers("cora;cora@post.example;;;Lyon;2026-11-10")),
            ("2027-01-01T12:00", Act::Customers("dora;dora@post.example;;;Lyon;2026-11-10")),
            ("2027-01-02T12:00", Act::Purchases("a1;anna;2027-01-02T11:00;paid\nb1;bert;2027-01-02T11:00;paid")),
            // Bert comes back after two months; an older receipt is found later and changes nothing.
            ("2027-03-02T12:00", Act::Purchases("b3;bert;2027-03-02T11:00;paid")),
            ("2027-03-03T12:00", Act::Purchases("b2;bert;2027-02-01T11:00;paid")),
            // Two of Cora's purchases are heard of at once.
            ("2027-02-20T12:00", Act::Purchases("c1;cora;2027-02-01T11:00;paid\nc2;cora;2027-02-20T11:00;paid")),
            // Dora's second purchase is taken back: she was last there in January.
            ("2027-01-02T12:00", Act::Purchases("d1;dora;2027-01-05T11:00;paid")),
            ("2027-02-20T12:00", Act::Purchases("d2;dora;2027-02-20T11:00;paid")),
            ("2027-02-21T12:00", Act::Purchases("d2;dora;2027-02-20T11:00;cancelled")),
        ],
    )
    .await;
    assert_eq!(
        told.left,
        [
            "2027-04-02T10:00 anna +90d at 10:00",
            "2027-04-05T10:00 dora +90d at 10:00",
            "2027-05-21T10:00 cora +90d at 10:00",
            "2027-05-31T10:00 bert +90d at 10:00"
        ]
    );
    let of_earlier = ["bert", "bert", "cora"].map(|who| format!("{who} +90d at 10:00 came-back"));
    let mut refused = told.refused.clone();
    refused.sort();
    assert_eq!(refused, of_earlier);
}

/// The lines of an order have one date. One alone of them is the last, so that nobody is missed four times.
#[tokio::test]
async fn an_order_of_four_lines_is_missed_once() {
    let absent = workflow(
        "news",
        "[trigger]\nrecord = \"purchase\"\nabsent = { field = \"bought_at\", by = [\"90d at 10:00\"] }\n",
    );
    let told = tell(
        &absent,
        "2027-01-01T12:00",
        "2027-12-01T12:00",
        &[
            ("2027-01-01T12:00", Act::Customers(ANNA)),
            (
                "2027-01-02T12:00",
                Act::Purchases(
                    "a1;anna;2027-01-02T11:00;paid\na2;anna;2027-01-02T11:00;paid\n\
                     a3;anna;2027-01-02T11:00;paid\na4;anna;2027-01-02T11:00;paid",
                ),
            ),
            // The hour of the first line was wrong: that makes nobody stay away once more.
            ("2027-04-02T11:00", Act::Purchases("a1;anna;2027-01-02T11:30;paid")),
            // Of another order the last line is taken back, and the one before it is the last.
            (
                "2027-05-02T12:00",
                Act::Purchases(
                    "b1;anna;2027-05-02T11:00;paid\nb2;anna;2027-05-02T11:00;paid\nb3;anna;2027-05-02T11:00;paid",
                ),
            ),
            ("2027-06-02T12:00", Act::Purchases("b3;anna;2027-05-02T11:00;cancelled")),
        ],
    )
    .await;
    assert_eq!(told.left, ["2027-04-02T10:00 anna +90d at 10:00", "2027-07-31T10:00 anna +90d at 10:00"]);
    let of_the_same_date = vec!["anna +90d at 10:00 same-date"; told.refused.len()];
    assert_eq!(told.refused, of_the_same_date);
    assert!(told.refused.len() >= 4, "{:?}", told.refused);
}

#[tokio::test]
async fn thanks_come_two_days_after_a_purchase_and_not_for_a_shops_whole_history() {
    let thanks = workflow(
        "orders",
        "[trigger]\nrecord = \"purchase\"\nafter = { field = \"bought_at\", by = [\"2d at 10:00\"] }\n",
    );
    let told = tell(
        &thanks,
        "2027-03-01T12:00",
        "2027-04-01T12:00",
        &[
            ("2027-03-01T12:00", Act::Customers(ANNA)),
            ("2027-03-01T12:00", Act::Purchases("old;anna;2026-03-01T11:00;paid\nnew;anna;2027-03-01T11:00;paid")),
            // Heard of after four days: late, and still welcome.
            ("2027-03-10T12:00", Act::Purchases("late;anna;2027-03-06T11:00;paid")),
            ("2027-03-20T12:00", Act::Purchases("void;anna;2027-03-20T11:00;paid")),
            ("2027-03-21T12:00", Act::Purchases("void;anna;2027-03-20T11:00;cancelled")),
        ],
    )
    .await;
    assert_eq!(told.left, ["2027-03-03T10:00 anna +2d at 10:00", "2027-03-10T12:00 anna +2d at 10:00"]);
    assert!(told.refused.is_empty(), "{:?}", told.refused);
}

#[tokio::test]
async fn a_change_is_told_once_and_what_was_so_before_is_no_change() {
    let shipped = workflow(
        "orders",
        "[trigger]\nrecord = \"purchase\"\non = \"changed\"\nonly_if = \"purchase.status == 'shipped'\"\n",
    );
    let told = tell(
        &shipped,
        "2027-03-01T12:00",
        "2027-04-01T12:00",
        &[
            ("2027-03-01T12:00", Act::Customers(ANNA)),
            ("2027-03-01T13:00", Act::Purchases("a;anna;2027-03-01T11:00;paid")),
            ("2027-03-02T13:00", Act::Purchases("a;anna;2027-03-01T11:00;shipped")),
            ("2027-03-03T13:00", Act::Purchases("a;anna;2027-03-01T11:00;returned")),
            ("2027-03-04T13:00", Act::Purchases("a;anna;2027-03-01T11:00;shipped")),
            ("2027-03-05T13:00", Act::Purchases("b;anna;2027-03-05T11:00;shipped")),
        ],
    )
    .await;
    assert_eq!(told.left, ["2027-03-02T13:00 anna +0h", "2027-03-05T13:00 anna +0h"]);
}

const JOURNEY: &str = r#"
[trigger]
on = "consent"
exit_when = "customer.town == 'Rome'"

[[steps]]
name = "hello"
wait = "0 hours"

[[steps]]
name = "story"
wait = "3 days at 10:00"
only_if = "customer.town == 'Lyon'"

[[steps]]
name = "offer"
wait = "4 days"
cancel_after = "2 days"
"#;

#[tokio::test]
async fn a_journey_keeps_its_order_and_asks_anew_at_each_step() {
    let told = tell(
        &workflow("news", JOURNEY),
        "2027-03-01T12:00",
        "2027-04-01T12:00",
        &[
            ("2027-03-01T12:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-01T12:00")),
            ("2027-03-01T12:00", Act::Customers("bert;bert@post.example;;;Paris;2027-03-01T12:00")),
            ("2027-03-01T12:00", Act::Customers("carl;carl@post.example;;;Lyon;2027-03-01T12:00")),
            ("2027-03-05T12:00", Act::Customers("carl;carl@post.example;;;Rome;")),
            // The welcome waits for the end of a cap, and the rest of the journey with it.
        ],
    )
    .await;
    assert_eq!(
        told.left,
        [
            "2027-03-01T12:00 anna hello",
            "2027-03-01T12:00 bert hello",
            "2027-03-01T12:00 carl hello",
            "2027-03-04T10:00 anna story",
            "2027-03-04T10:00 carl story",
            "2027-03-08T10:00 anna offer",
            "2027-03-08T10:00 bert offer",
        ]
    );
    assert_eq!(told.refused, ["bert story condition-false", "carl offer exited"]);
}

#[tokio::test]
async fn a_step_that_left_late_keeps_the_next_one_at_its_distance() {
    let journey = "cap = { at_most = 1, per = \"5 days\" }\n\n[trigger]\non = \"consent\"\n\n\
        [[steps]]\nname = \"one\"\nwait = \"0 hours\"\n\n[[steps]]\nname = \"two\"\nwait = \"1 day\"\n\n\
        [[steps]]\nname = \"three\"\nwait = \"6 days\"\ncancel_after = \"20 days\"\n";
    let acts = [("2027-03-01T12:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-01T12:00"))];
    let told = tell(&workflow("news", journey), "2027-03-01T12:00", "2027-04-10T12:00", &acts).await;
    // The cap holds "two" from the second of March to the sixth; "three" would have been due on the eighth.
    assert_eq!(told.left, ["2027-03-01T12:00 anna one", "2027-03-06T12:00 anna two", "2027-03-12T12:00 anna three"]);
    assert!(told.refused.is_empty(), "{:?}", told.refused);
}

#[tokio::test]
async fn a_step_that_is_refused_lets_the_next_one_go_at_once() {
    let journey = "cap = { at_most = 1, per = \"5 days\" }\n\n[trigger]\non = \"consent\"\n\n\
        [[steps]]\nname = \"one\"\nwait = \"0 hours\"\n\n\
        [[steps]]\nname = \"two\"\nwait = \"1 day\"\nonly_if = \"customer.town == 'Lyon'\"\n\n\
        [[steps]]\nname = \"three\"\nwait = \"70m\"\n";
    let acts = [
        ("2027-03-01T12:07", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-01T12:07")),
        // The cap holds "two" until the sixth; by then it is not for her any more.
        ("2027-03-04T12:00", Act::Customers("anna;anna@post.example;;;Rome;")),
    ];
    let told = tell(&workflow("news", journey), "2027-03-01T12:00", "2027-03-20T12:00", &acts).await;
    assert_eq!(told.left, ["2027-03-01T12:07 anna one", "2027-03-06T12:07 anna three"]);
    assert_eq!(told.refused, ["anna two condition-false"]);
}
