//! The demo's mail server: it takes what our lanes bring, byte by byte, and writes down when.

use crate::support::smtp::settle;
use comity::{
    base::{Clock, EmailAddress, PlanId},
    cli::demo::catcher::{Behaviour, Callback, Catcher, Caught, log::Log},
    clock::SystemClock,
    deliver::{Letter, Readers, Route, SmtpTransport, Timeouts, Tls, bare::BareLane},
    ledger::Receipt,
};
use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

type Mail = Arc<Mutex<Vec<Caught>>>;

async fn catcher(behaviour: Behaviour) -> (Catcher, Mail) {
    let mail: Mail = Arc::default();
    let callback: Callback = {
        let mail = Arc::clone(&mail);
        Arc::new(move |caught| mail.lock().unwrap().push(caught))
    };
    (Catcher::listen(0, behaviour, Arc::new(SystemClock), callback).await.unwrap(), mail)
}

async fn lane_to(catcher: &Catcher) -> BareLane {
    let route = Route {
        host: "127.0.0.1".into(),
        port: catcher.address().port(),
        tls: Tls::NoneOnLoopback,
        extra_roots: Vec::new(),
        login: None,
        hello: "salon.example".into(),
        timeouts: Timeouts::default(),
        lanes_max: NonZeroUsize::MIN,
    };
    BareLane::open(&SmtpTransport::over(route, Arc::new(SystemClock)).unwrap()).await.unwrap()
}

fn letter(to: &str, body: &[u8]) -> Letter {
    Letter {
        plan: PlanId(42),
        subject: "A visit".to_owned(),
        sender: EmailAddress::parse("hello@salon.example").unwrap(),
        recipient: Readers::Customers.recipient(&EmailAddress::parse(to).unwrap()),
        bytes: [b"Subject: Tomorrow\r\nMessage-ID: <42.abc@salon.example>\r\n\r\n", body].concat(),
        digest: [0; 32],
    }
}

/// Says all of it at once, and hears until the catcher closes.
async fn conversation(catcher: &Catcher, words: &[u8]) -> String {
    let mut tcp = TcpStream::connect(catcher.address()).await.unwrap();
    tcp.write_all(words).await.unwrap();
    let mut heard = String::new();
    tcp.read_to_string(&mut heard).await.unwrap();
    heard.lines().map(|line| line.split([' ', '-']).next().unwrap_or_default()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn what_a_lane_brings_is_taken_to_the_byte() {
    let (catcher, mail) = catcher(Behaviour::default()).await;
    let mut lane = lane_to(&catcher).await;
    let bodies: [&[u8]; 4] =
        [b"plain\r\n", b".\r\n..\r\n...three\r\n.\r\n\r\n", b"\r\n\r\n", b"a lone \n.\n and \n.\r\n are text\r\n"];
    for body in bodies {
        let letter = letter("anna@example.org", body);
        let receipt = lane.send_without_gate(&letter).await;
        assert!(matches!(receipt, Receipt::Accepted(_)), "{receipt:?}");
        let caught = mail.lock().unwrap().pop().unwrap();
        assert_eq!(String::from_utf8_lossy(&caught.bytes), String::from_utf8_lossy(&letter.bytes));
        assert_eq!(
            (caught.sender.as_str(), caught.recipients),
            ("hello@salon.example", vec!["anna@example.org".into()])
        );
    }
}

/// All messages of up to four pieces, whatever dots and line ends they are made of: each is one message, the same to
/// the byte, and none ends early (RUSTSEC-2021-0069, CVE-2023-51764).
#[tokio::test]
async fn every_short_body_arrives_as_one_message() {
    let (catcher, mail) = catcher(Behaviour::default()).await;
    let mut lane = lane_to(&catcher).await;
    let pieces: [&[u8]; 5] = [b".", b"\r\n", b"\n", b"\r", b"a"];
    let mut bodies: Vec<Vec<u8>> = vec![Vec::new()];
    let mut longest = bodies.clone();
    for _ in 0..4 {
        longest = longest.iter().flat_map(|body| pieces.map(|piece| [body, piece].concat())).collect();
        bodies.extend(longest.iter().cloned());
    }
    assert_eq!(bodies.len(), 1 + 5 + 25 + 125 + 625);
    for body in bodies {
        let letter = letter("anna@example.org", &[&body, b"\r\n".as_slice()].concat());
        let receipt = lane.send_without_gate(&letter).await;
        assert!(matches!(receipt, Receipt::Accepted(_)), "{receipt:?} to {body:?}");
        let caught = std::mem::take(&mut *mail.lock().unwrap());
        assert_eq!(caught.len(), 1, "{body:?}");
        assert_eq!(caught[0].bytes, letter.bytes, "{body:?}");
    }
}

#[tokio::test]
async fn a_recipient_is_deferred_as_often_as_it_was_told() {
    let deferrals = BTreeMap::from([("anna@example.org".to_owned(), 2)]);
    let (catcher, mail) = catcher(Behaviour { deferrals, ..Behaviour::default() }).await;
    let mut lane = lane_to(&catcher).await;
    for (to, taken) in
        [("Anna@example.org", 0), ("bob@example.org", 1), ("anna@example.org", 1), ("anna@example.org", 2)]
    {
        let receipt = lane.send_without_gate(&letter(to, b"hello\r\n")).await;
        assert_eq!(mail.lock().unwrap().len(), taken, "{to}: {receipt:?}");
    }
}

#[tokio::test]
async fn commands_out_of_order_are_refused_and_long_ones_end_the_session() {
    let (catcher, mail) = catcher(Behaviour { message_bytes_max: 4000, ..Behaviour::default() }).await;
    for (words, replies) in [
        ("QUIT\r\n", "220 221"),
        ("DATA\r\nRCPT TO:<a@b.c>\r\nQUIT\r\n", "220 503 503 221"),
        ("MAIL FROM:<>\r\nMAIL FROM:<a@b.c>\r\nDATA\r\nRSET\r\nDATA\r\nQUIT\r\n", "220 250 503 554 250 503 221"),
        ("MAIL me\r\nWHAT\r\n\r\nquit\r\n", "220 501 500 500 221"),
        ("MAIL FROM:<a@b.c>\r\nRCPT TO:<you>\r\nQUIT\r\n", "220 250 501 221"),
    ] {
        assert_eq!(conversation(&catcher, words.as_bytes()).await, replies, "{words}");
    }
    assert_eq!(conversation(&catcher, &b"x".repeat(5000)).await, "220");
    let large = format!("MAIL FROM:<a@b.c>\r\nRCPT TO:<a@b.c>\r\nDATA\r\n{}.\r\nQUIT\r\n", "word\r\n".repeat(1000));
    assert_eq!(conversation(&catcher, large.as_bytes()).await, "220 250 250 354 552 221");
    assert!(mail.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_log_says_when_each_mail_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catcher.jsonl");
    let log = Some(Log::append_to(&path).unwrap());
    let (catcher, _mail) = catcher(Behaviour { log, ..Behaviour::default() }).await;
    let mut lane = lane_to(&catcher).await;
    let before = SystemClock.boot().0;
    let _ = lane.send_without_gate(&letter("anna@example.org", b"hello\r\n")).await;
    let after = SystemClock.boot().0;
    let mut lines: Vec<serde_json::Value> = Vec::new();
    // The last line is written after its answer.
    while lines.len() < 4 {
        settle().await;
        let text = std::fs::read_to_string(&path).unwrap();
        lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    }
    let told: Vec<_> =
        lines.iter().map(|line| (line["event"].as_str().unwrap(), line["transaction"].as_u64())).collect();
    assert_eq!(told, [("mail", Some(1)), ("rcpt", Some(1)), ("body", Some(1)), ("answered", Some(1))]);
    assert!((before..=after).contains(&lines[0]["boot_ms"].as_i64().unwrap()), "{lines:?}");
    assert_eq!(lines[1]["to"], "anna@example.org");
    assert_eq!(lines[2]["message_id"], "<42.abc@salon.example>");
}
