//! The owner's own server hears of answers: signed, again until it takes them, and nothing personal.

use super::{CUSTOMERS, House, paris};
use crate::support::{
    clock::HandClock,
    daemon::eventually,
    smtp::{Act, At, Script, Server},
    web::{Say, WebServer, answer},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use comity::{
    base::Clock,
    clock::SystemClock,
    config::{Answers, Webhook},
    engine::{office::Office, owner::Clerk, run::Going},
    fetch::{Link, Reach},
    gate::facts::HaltCause,
    people::Answer,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::{
    io::Write,
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;
use zeroize::Zeroizing;

const SECRET: [u8; 24] = *b"an owner's webhook key!!";
const SECRET_TEXT: &str = "whsec_YW4gb3duZXIncyB3ZWJob29rIGtleSEh\n";
const VISITS: &str = "V1;C1;2027-03-24T10:00;booked;Cut\nV2;C2;2027-03-24T11:00;booked;Colour\n";

/// By this link, which may lead inside.
fn webhook(link: &str) -> Webhook {
    let (link, secret) = (Link::parse(link).unwrap(), Zeroizing::new(SECRET.to_vec()));
    Webhook { link, secret, reach: Reach::OwnHostAnywhere }
}

/// A salon that calls this link, and mails nobody about answers.
async fn house(link: &str, reach: Reach) -> House {
    let house = House::with("2027-03-22T14:00", |installation| {
        installation.config.owner.answers = Answers::Morning;
        installation.config.owner.webhook = Some(Webhook { reach, ..webhook(link) });
    })
    .await;
    house.visits(VISITS).await;
    house
}

/// Answers the first calls with these, and all others with 204.
async fn server(first: Vec<Say>) -> WebServer {
    let mut first = first.into_iter();
    WebServer::start(move |_| first.next().unwrap_or_else(|| answer(204, "", ""))).await
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    request.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap()
}

/// What an implementation that shares no code with ours makes of it.
fn verified(request: &str) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, SECRET_TEXT).unwrap();
    let mut tool = Command::new("python3");
    tool.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/verify_webhook.py")).arg(&secret);
    let mut child = tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() { Ok(said(output.stdout)) } else { Err(said(output.stderr)) }
}

#[tokio::test]
async fn an_answer_is_called_out_signed_and_without_anything_personal() {
    let server = server(vec![]).await;
    let house = house(&server.link("/comity?x=1"), Reach::OwnHostAnywhere).await;
    house.says("C1", Answer::CantCome).await;
    house.clerk_looks().await;
    house.clerk_looks().await;
    let calls = server.asked();
    assert_eq!(calls.len(), 1);
    assert!(calls[0].starts_with("POST /comity?x=1 HTTP/1.1\r\n"), "{}", calls[0]);
    assert_eq!(
        verified(&calls[0]).unwrap(),
        "{\"data\": {\"answer\": \"cant-come\", \"id\": \"V1\", \"starts_at\": \"2027-03-24T10:00:00+01:00\"}, \
         \"timestamp\": \"2027-03-22T13:00:00.000Z\", \"type\": \"appointment.answered\"}"
    );
    assert!(verified(&calls[0].replace("cant-come", "coming")).unwrap_err().contains("the signature is wrong"));
    for personal in CUSTOMERS.split([';', '\n']).filter(|text| text.len() > 2) {
        assert!(!calls[0].contains(personal), "{personal} in {}", calls[0]);
    }
    assert_eq!(house.mail(), []);
}

#[tokio::test]
async fn a_visits_id_that_may_hold_an_address_leaves_as_its_hash_under_the_secret() {
    let server = server(vec![]).await;
    let house = house(&server.link("/hook"), Reach::OwnHostAnywhere).await;
    let uid = "marie@post.example-20270325";
    house.import("customers", "id;email;first_name;last_name\nC5;zoe@post.example;Zoé;Petit\n").await;
    house.calendar(&[(uid, "20270325T140000", "Zoé Petit")]).await;
    house.says("C5", Answer::CantCome).await;
    house.clerk_looks().await;
    let call = server.asked().remove(0);
    assert!(!call.contains("marie"), "{call}");
    let mut hash = Hmac::<Sha256>::new_from_slice(&SECRET).unwrap();
    hash.update(format!("id:{uid}").as_bytes());
    let hash = STANDARD.encode(hash.finalize().into_bytes());
    assert!(verified(&call).unwrap().contains(&format!("\"id\": \"hmac-sha256:{hash}\"")), "{call}");
}

#[tokio::test]
async fn a_server_that_fails_is_called_again_under_the_same_id_and_in_order() {
    let moved = answer(302, "Location: /elsewhere\r\n", "");
    let server = server(vec![answer(500, "", "oh"), Say::This(vec![]), moved]).await;
    let house = house(&server.link("/hook"), Reach::OwnHostAnywhere).await;
    house.says("C1", Answer::CantCome).await;
    house.says("C2", Answer::Coming).await;
    for (at, calls) in [("14:00", 1), ("14:03", 2), ("14:08", 3), ("14:16", 5), ("15:30", 5)] {
        house.clerk_at(&format!("2027-03-22T{at}")).await;
        assert_eq!(server.asked().len(), calls, "{at}");
    }
    let calls = server.asked();
    let ids: Vec<&str> = calls.iter().map(|call| header(call, "webhook-id")).collect();
    assert!(ids[..4].iter().all(|id| *id == ids[0]) && ids[4] != ids[0], "{ids:?}");
    assert_ne!(header(&calls[0], "webhook-timestamp"), header(&calls[1], "webhook-timestamp"));
    assert!(calls.iter().all(|call| verified(call).is_ok() && call.starts_with("POST /hook ")), "{calls:#?}");
}

#[tokio::test]
async fn no_call_overtakes_one_that_waits_for_its_next_try() {
    let server = server(vec![answer(503, "", "")]).await;
    let house = house(&server.link("/hook"), Reach::OwnHostAnywhere).await;
    house.says("C1", Answer::CantCome).await;
    house.clerk_at("2027-03-22T14:00").await;
    house.says("C1", Answer::Coming).await;
    house.clerk_at("2027-03-22T14:00:20").await;
    assert_eq!(server.asked().len(), 1, "the last word would come first");
    house.clerk_at("2027-03-22T14:02").await;
    let answers: Vec<bool> = server.asked().iter().map(|call| call.contains("\"cant-come\"")).collect();
    assert_eq!(answers, [true, true, false]);
}

#[tokio::test]
async fn a_mail_server_that_says_nothing_keeps_no_call_waiting() {
    let server = server(vec![]).await;
    let house = house(&server.link("/hook"), Reach::OwnHostAnywhere).await;
    let house = house.moved_to(Server::start(Script::default().at(At::Greeting, Act::Stall)).await).await;
    house.engine.store.halt(HaltCause::Route, "550 5.7.1 quota").await.unwrap();
    let clock = HandClock::new();
    clock.set_ahead(house.clock.now().ms_since(clock.now()) / 1000);
    let office = Office { clock: clock.clone(), ..house.engine.office() };
    let clerk = Clerk { office, keys: house.engine.keys.clone(), wire: Arc::new(SystemClock) };
    let (stop, going) = watch::channel(Going::On);
    let keeping = tokio::spawn(async move { clerk.keep(going).await });
    house.server.stalled().await;
    for (customer, calls) in [("C1", 1), ("C2", 2)] {
        house.says(customer, Answer::CantCome).await;
        eventually("the call is made", async || {
            clock.go_on(Duration::from_secs(5));
            server.asked().len() == calls
        })
        .await;
    }
    assert_eq!(house.mail(), []);
    stop.send_replace(Going::Hard);
    keeping.await.unwrap();
}

#[tokio::test]
async fn whoever_wants_no_more_calls_gets_none_until_another_server_is_named() {
    let server = server(vec![answer(410, "", "")]).await;
    let house = house(&server.link("/hook"), Reach::OwnHostAnywhere).await;
    house.says("C1", Answer::CantCome).await;
    house.says("C2", Answer::CantCome).await;
    house.clerk_at("2027-03-22T14:00").await;
    let house = house.again().await;
    house.says("C2", Answer::Coming).await;
    house.clerk_at("2027-03-22T18:00").await;
    assert_eq!(server.asked().len(), 1);
    let standing = house.engine.office().standing().await.unwrap();
    assert_eq!(standing.webhook_gone_since, Some(paris("2027-03-22T14:00")));
    assert_eq!(standing.status.owner_untold, None, "nothing waits for it");

    // The owner hears of it once, and every morning as long as it lasts.
    let alarm = house.letter();
    assert_eq!(alarm.subject, "Your server wants no more calls");
    let told = "Since Monday, 22 March, 14:00 your server 127.0.0.1 wants no more calls (410 Gone), and gets none.";
    assert!(alarm.text.contains(told) && !alarm.text.contains("/hook"), "{}", alarm.text);
    house.clerk_at("2027-03-23T07:00").await;
    assert!(house.mail()[1].text.contains(told), "{}", house.mail()[1].text);

    let house =
        house.under(|installation| installation.config.owner.webhook = Some(webhook(&server.link("/new")))).await;
    house.says("C1", Answer::AnotherTime).await;
    house.clerk_at("2027-03-23T07:01").await;
    let calls = server.asked();
    assert!(calls.len() == 2 && calls[1].starts_with("POST /new "), "{calls:#?}");
    assert_eq!(house.engine.office().standing().await.unwrap().webhook_gone_since, None);
}

#[tokio::test]
async fn no_call_leads_inside_unless_the_owner_says_so() {
    let server = server(vec![]).await;
    let house = house(&server.link("/hook"), Reach::Public).await;
    house.says("C1", Answer::CantCome).await;
    house.clerk_looks().await;
    assert_eq!(server.asked(), [] as [String; 0]);
    let status = house.engine.store.status().await.unwrap();
    assert!(status.owner_untold.as_ref().is_some_and(|why| why.contains("inside a private network")), "{status:?}");
}
