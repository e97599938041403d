//! A yes is a yes to words: where a purpose promises something else, whoever agreed before gets nothing of it until they agree
//! again.

use super::{Act, POLICY, happen, premises, workflow};
use crate::support::{
    clock::HandClock,
    daemon::{Daemon, eventually},
};
use comity::{
    base::{Clock, Zone},
    engine::files::Reloaded,
    gate::Reason,
    ledger::Happening,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, time::Duration};

const PROMISE: &str = "Now and then, a letter.";

/// Whoever buys something is thanked at once.
async fn daemon() -> Daemon {
    let thanks = workflow("news", "[trigger]\nrecord = \"purchase\"\non = \"created\"\nby = [\"0h\"]\n");
    let mut daemon = Daemon::over(premises(POLICY, &[("thanks", &thanks)]), HandClock::new()).await;
    happen(&daemon.engine, &Act::Customers("anna;anna@post.example;;;Lyon;2026-01-10\nbert;bert@post.example;;;Lyon;"))
        .await;
    daemon.run().await;
    daemon
}

async fn reload(daemon: &Daemon, policy: &str) -> Reloaded {
    fs::write(daemon.premises.path().join("policy.toml"), policy).unwrap();
    daemon.files().reload().await.unwrap()
}

/// Anna buys something, a day and an hour after the last time. What became of the message about it?
async fn buys(daemon: &Daemon, number: u32) -> Option<Reason> {
    // Before anything can leave.
    let before = daemon.subjects().len();
    daemon.clock.go_on(Duration::from_hours(25));
    let row = format!("a{number};anna;2026-03-27T09:00;paid");
    happen(&daemon.engine, &Act::Purchases(row.leak())).await;
    daemon.look();
    let anna = daemon.engine.store.find_by_external_id("anna").await.unwrap().unwrap();
    let refused = async || {
        let refusals = daemon.history(&anna).await.into_iter().filter_map(|entry| match entry.happening {
            Happening::Refused { reason, .. } => Some((entry.at, reason)),
            _ => None,
        });
        refusals.filter(|(at, _)| *at == daemon.clock.now()).map(|(_, reason)| reason).next_back()
    };
    eventually("it left, or didn't", async || daemon.subjects().len() > before || refused().await.is_some()).await;
    refused().await
}

#[tokio::test]
async fn who_agreed_to_other_words_gets_nothing_until_they_agree_again_or_the_words_are_back() {
    let daemon = daemon().await;
    assert_eq!(buys(&daemon, 1).await, None);

    let often = POLICY.replace(PROMISE, "Three times a week, a letter.");
    let reloaded = reload(&daemon, &often).await;
    assert_eq!(reloaded.reworded, BTreeMap::from([("news".to_owned(), 1)]), "Bert never agreed");
    assert!(matches!(buys(&daemon, 2).await, Some(Reason::Reworded { .. })));

    // The same words in another line, with a translation: nobody is asked anew.
    let translated = POLICY.replace(
        &format!("promise = \"{PROMISE}\""),
        &format!("promise = \"{PROMISE} \"\ntranslations.fr = {{ title = \"Nouvelles\", promise = \"Une lettre de temps en temps.\" }}"),
    );
    assert_ne!(translated, POLICY);
    assert_eq!(reload(&daemon, &translated).await.reworded, BTreeMap::new());
    assert_eq!(buys(&daemon, 3).await, None);

    assert_eq!(reload(&daemon, &often).await.reworded.len(), 1);
    daemon.clock.go_on(Duration::from_hours(1));
    let now = Zone::parse("Europe/Paris").unwrap().local(daemon.clock.now());
    let again = format!("anna;anna@post.example;;;Lyon;{}", now.format("%Y-%m-%dT%H:%M:%S"));
    happen(&daemon.engine, &Act::Customers(again.leak())).await;
    assert_eq!(buys(&daemon, 4).await, None);
    daemon.end().await;
}

#[test]
fn what_somebody_agreed_to_is_shown_with_the_words_that_were_in_force() {
    let letter = workflow("news", "[trigger]\ncron = \"0 10 1 * *\"\n");
    let premises = premises(POLICY, &[("letter", &letter)]);
    let customers = premises.path().join("customers.csv");
    fs::write(&customers, "id;email;consent:news\nanna;anna@post.example;2026-01-10\n").unwrap();
    premises.run(&["import", "--yes", "customers", customers.to_str().unwrap()]);
    let told = premises.run(&["consent", "anna"]);
    assert_eq!(
        told.trim_end().lines().collect::<Vec<_>>(),
        [
            "Customer 1, a…@post.example",
            "  cards   no   The person never agreed to this purpose.",
            "  news    yes  The person agreed on 10 January 2026.",
            "  orders  yes  It rests on what they arranged or bought, and they did not object.",
            "",
            "2026-01-10 00:00  yes to news, as an import says",
            "    written: customers.csv:2",
            "    in force then: News. Now and then, a letter.",
        ]
    );

    let policy = premises.path().join("policy.toml");
    fs::write(&policy, POLICY.replace(PROMISE, "Three times a week, a letter.")).unwrap();
    let now: Value = serde_json::from_str(&premises.run(&["consent", "anna@post.example", "--json"])).unwrap();
    assert_eq!(now["said"][0]["wording"]["promise"], PROMISE, "what was in force then, and not what the file says now");
    let news = now["standing"].as_array().unwrap().iter().find(|one| one["purpose"] == "news").unwrap();
    assert_eq!((&news["outcome"], news["reason"]["reworded"]["row"].is_i64()), (&json!("refuse"), true));
}
