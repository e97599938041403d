//! Objections, restrictions and children: what stops messages whatever people agreed to, over a real database, by the command
//! and by the API.

use crate::support::{
    api,
    daemon::{Daemon, NODE, eventually},
    proof, real,
};
use comity::{
    base::Clock,
    deliver::transport::Begin,
    engine::office::{
        Unnamed,
        bars::{Noted, Order},
    },
    gate::{Reason, Rule},
    ledger::Happening,
    people::{BarWord, Customer},
    store::{Permission, entry::Evidence},
};
use serde_json::json;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{sync::Arc, time::Duration};

async fn note(daemon: &Daemon, customer: &str, word: BarWord, purpose: Option<&str>) -> Noted {
    let evidence = Evidence { place: Some("a call".to_owned()), ..Evidence::default() };
    let order = Order { customer: customer.to_owned(), word, purpose: purpose.map(str::to_owned), evidence };
    daemon.engine.office().bar(order).await.unwrap()
}

async fn refusals(daemon: &Daemon, customer: &Customer) -> Vec<(Rule, String)> {
    let refusal = |happening: &Happening| match happening {
        Happening::Refused { rule, reason, .. } => Some((*rule, Reason::name(reason))),
        _ => None,
    };
    daemon.history(customer).await.iter().filter_map(|entry| refusal(&entry.happening)).collect()
}

#[tokio::test]
async fn a_restriction_and_an_objection_stop_the_messages_already_planned_for_that_person_alone() {
    let mut daemon = Daemon::open().await;
    let anna = daemon.visit("anna", Duration::ZERO).await;
    let bert = daemon.visit("bert", Duration::ZERO).await;
    let _ = daemon.visit("carl", Duration::ZERO).await;
    assert!(matches!(note(&daemon, "anna", BarWord::Restricted, None).await, Noted::Now(_)));
    assert_eq!(note(&daemon, "anna", BarWord::Restricted, None).await, Noted::Already);
    assert!(matches!(note(&daemon, "bert", BarWord::Objected, Some("reminders")).await, Noted::Now(_)));
    // These are services: neither stops them.
    note(&daemon, "carl", BarWord::Objected, None).await;
    note(&daemon, "carl", BarWord::Minor, None).await;
    daemon.run().await;
    let restricted = (Rule::Restriction, "restricted".to_owned());
    eventually("refused", async || refusals(&daemon, &anna).await.len() == 2).await;
    assert_eq!(refusals(&daemon, &anna).await, [restricted.clone(), restricted]);
    let objected = (Rule::Objection, "objected".to_owned());
    eventually("refused", async || refusals(&daemon, &bert).await.len() == 2).await;
    assert_eq!(refusals(&daemon, &bert).await, [objected.clone(), objected]);
    eventually("carl's left", async || daemon.subjects().len() == 2).await;
    daemon.end().await;
}

#[tokio::test]
async fn what_was_permitted_before_a_restriction_does_not_begin_and_after_its_end_it_may_be_asked_again() {
    let daemon = Daemon::open().await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    let store = &daemon.engine.store;
    let [claimed] = &store.claim(NODE, daemon.clock.now(), 10).await.unwrap()[..] else { panic!("one a customer") };
    let asked = store.permit(NODE, Arc::new(claimed.clone()), daemon.engine.rulebook()).await.unwrap();
    let Permission::Permitted(attempt) = asked else { panic!("{asked:?}") };
    let flight = daemon.engine.flights.open(attempt.id(), [0; 32], store);
    note(&daemon, "anna", BarWord::Restricted, None).await;
    assert_eq!(flight.may_begin(), Begin::Revoked);
    drop(flight);
    assert!(matches!(note(&daemon, "anna", BarWord::Unrestricted, None).await, Noted::Now(_)));
    let [again] = &store.claim(NODE, daemon.clock.now(), 10).await.unwrap()[..] else { panic!("it is due again") };
    let asked = store.permit(NODE, Arc::new(again.clone()), daemon.engine.rulebook()).await.unwrap();
    assert!(matches!(asked, Permission::Permitted(_)), "nobody refused it meanwhile: {asked:?}");
    daemon.end().await;
}

#[tokio::test]
async fn only_a_customer_who_is_known_for_certain_is_noted_and_no_row_is_written_over() {
    let daemon = Daemon::open().await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    assert_eq!(note(&daemon, "dora", BarWord::Minor, None).await, Noted::OfNobody(Unnamed::Nobody));
    assert_eq!(note(&daemon, "anna", BarWord::Objected, Some("letters")).await, Noted::NoSuchPurpose);
    assert_eq!(note(&daemon, "anna", BarWord::OfAge, None).await, Noted::Already, "she was never marked");
    assert!(matches!(note(&daemon, "anna", BarWord::Minor, None).await, Noted::Now(_)));
    let [noted] = &daemon.engine.office().consents("anna").await.unwrap()[0].noted[..] else { panic!("one row") };
    assert_eq!((noted.word, noted.source.as_str()), (BarWord::Minor, "operator"));
    assert_eq!(noted.evidence.as_ref().unwrap().place.as_deref(), Some("a call"));
    let path = daemon.premises.path().join("data/comity.db");
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    for change in ["said = 'of-age'", "customer = 2", "at = 0", "purpose = 'reminders'", "source = 'x'"] {
        let text = sqlx::AssertSqlSafe(format!("UPDATE bars SET {change}"));
        let done = sqlx::query(text).execute(&mut connection).await;
        assert!(done.is_err_and(|error| error.to_string().contains("append-only")), "{change}");
    }
    connection.close().await.unwrap();
    daemon.end().await;
}

#[test]
fn the_command_and_the_api_note_alike_and_only_evidence_lifts_a_restriction() {
    if !real::can_run() {
        return;
    }
    let premises = api::premises(25, 1_000_000);
    proof::bring_customers(&premises, 3);
    let key = api::key(&premises, "shop", "consents");
    // Without a daemon.
    let said = premises.run(&["object", "C1", "--place", "call of 3 March", "--by", "lucie"]);
    assert!(said.starts_with("The person objected to marketing (row "), "{said}");
    let mut daemon = premises.serve(&[]);
    let client = api::Client { address: api::opened(&mut daemon), key };
    // With one.
    assert!(
        premises
            .run(&["restrict", "C2", "--by", "lucie"])
            .starts_with("The use of the person's data was restricted (row ")
    );
    assert_eq!(premises.run(&["restrict", "C2", "--by", "lucie"]).trim_end(), "It was so already.");

    let at = "2026-03-29T10:00:00Z";
    let bars = json!([
        { "state": "minor", "customer": "C3", "at": at, "place": "CANARY-PLACE", "actor": "CANARY-ACTOR" },
        { "state": "objected", "customer": proof::address(3), "purpose": "tips", "at": at },
        { "state": "of-age", "customer": "C1", "at": at },
    ]);
    assert_eq!(client.post("/v1/bars", &bars).outcomes(), ["stopped", "stopped", "unchanged"]);
    assert_eq!(client.post("/v1/bars", &bars).outcomes(), ["unchanged", "unchanged", "unchanged"]);
    let flawed = json!([
        { "state": "unrestricted", "customer": "C2", "at": at },
        { "state": "minor", "customer": "C2", "at": at, "purpose": "tips" },
        { "state": "objected", "customer": "C2", "at": at, "purpose": "letters" },
        { "state": "lifted", "customer": "C2", "at": at },
    ]);
    let answer = client.post("/v1/bars", &flawed);
    let wrong = ["/0/place", "/1/purpose", "/2/purpose", "/3/state"];
    assert_eq!((answer.status, answer.pointers()), (422, wrong.map(str::to_owned).to_vec()), "{answer:?}");
    let nobody = client.post("/v1/bars", &json!({ "state": "minor", "customer": "C9", "at": at }));
    assert_eq!((nobody.status, nobody.pointers()), (422, vec!["/customer".to_owned()]), "{nobody:?}");

    // A yes that the business vouches for comes to nothing.
    let yes = |customer: &str| {
        json!({ "state": "granted", "customer": customer, "purpose": "tips", "at": "2026-04-01T10:00:00Z",
                "method": "paper", "wording": "Tips, once a month." })
    };
    let all = json!([yes("C1"), yes("C2"), yes("C3")]);
    assert_eq!(client.post("/v1/consents", &all).outcomes(), ["stays-stopped", "stays-stopped", "stays-stopped"]);

    let agreed = premises.run(&["consent", "C3"]);
    for kept in ["The person was marked as a minor", "api:shop", "CANARY-PLACE", "CANARY-ACTOR", "reminders  yes"] {
        assert!(agreed.contains(kept), "{kept} is missing in {agreed}");
    }
    assert!(premises.run(&["consent", "C1"]).contains("no   The person objected to marketing on"));
    assert!(premises.run(&["explain", "C2"]).contains("The use of the person's data was restricted (row "));
    for wrong in [&["restrict", "C2", "--lift"][..], &["object", "C2", "--purpose", "letters"], &["minor", "C9"]] {
        assert!(!premises.comity(wrong).output().unwrap().status.success(), "{wrong:?}");
    }
    let lifted = premises.run(&["restrict", "C2", "--lift", "--place", "told by letter on 20 March", "--by", "lucie"]);
    assert!(lifted.starts_with("The restriction of the person's data was lifted (row "), "{lifted}");
    assert_eq!(premises.files_that_hold("CANARY"), [] as [&str; 0], "evidence stands open");
    daemon.end();
}
