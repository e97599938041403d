//! Every fault that a mail server is known for, and what the ledger says of it.

use crate::support::{
    clock::HandClock,
    permit::attempt,
    smtp::{Act, At, Guard, Script, Server, say, settle},
    tls::Certified,
};
use comity::{
    base::{BootTime, Clock, EmailAddress, PlanId},
    deliver::{
        ConnectFailure, Flight, Lane, Letter, Login, Parcel, Readers, Route, SmtpTransport, Timeouts, Tls, Transport,
        transport::{Begin, Boxed, DotNotNoted, IntentFailed, Soundness},
    },
    ledger::{Carried, Receipt, receipt::NotBegun},
};
use std::{
    fmt::Write as _,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

const LONG: BootTime = BootTime(i64::MAX);

fn route(server: &Server) -> Route {
    Route {
        host: "localhost".into(),
        port: server.port,
        tls: Tls::NoneOnLoopback,
        extra_roots: server.certificate.iter().cloned().collect(),
        login: None,
        hello: "salon.example".into(),
        timeouts: timeouts(),
        lanes_max: NonZeroUsize::new(4).unwrap(),
    }
}

/// Each limit is another number, so that a test sees which one was kept.
fn timeouts() -> Timeouts {
    Timeouts {
        connect: Duration::from_secs(1),
        greeting: Duration::from_secs(2),
        command: Duration::from_secs(3),
        data: Duration::from_secs(4),
        body: Duration::from_secs(5),
        dot: Duration::from_secs(6),
    }
}

fn letter_to(recipient: &str) -> Letter {
    Letter {
        plan: PlanId(42),
        subject: "A visit".to_owned(),
        sender: EmailAddress::parse("hello@salon.example").unwrap(),
        recipient: Readers::Customers.recipient(&EmailAddress::parse(recipient).unwrap()),
        bytes: b"Subject: Tomorrow\r\n\r\n.a line with a dot\r\n..\r\nBye\r\n".to_vec(),
        digest: [0; 32],
    }
}

/// The engine's side, which writes down what it is asked.
struct Watched {
    asked: Mutex<Vec<&'static str>>,
    begin: Begin,
    intent: watch::Sender<Option<Result<(), IntentFailed>>>,
    note: Result<(), DotNotNoted>,
}

impl Watched {
    fn new(begin: Begin, intent: Option<Result<(), IntentFailed>>) -> Self {
        Self { asked: Mutex::default(), begin, intent: watch::Sender::new(intent), note: Ok(()) }
    }

    fn willing() -> Self {
        Self::new(Begin::Go, Some(Ok(())))
    }

    fn asked(&self) -> String {
        self.asked.lock().unwrap().join(" ")
    }
}

impl Flight for Watched {
    fn may_begin(&self) -> Begin {
        self.asked.lock().unwrap().push("may_begin");
        self.begin
    }

    fn begun(&self) {
        self.asked.lock().unwrap().push("begun");
    }

    fn intent(&self) -> Boxed<'_, Result<(), IntentFailed>> {
        self.asked.lock().unwrap().push("intent");
        let mut intent = self.intent.subscribe();
        Box::pin(async move { intent.wait_for(Option::is_some).await.unwrap().unwrap() })
    }

    fn note_dot(&self) -> Result<(), DotNotNoted> {
        self.asked.lock().unwrap().push("note_dot");
        self.note
    }
}

async fn lane_over(route: Route, clock: &Arc<HandClock>) -> Result<Box<dyn Lane>, ConnectFailure> {
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    SmtpTransport::over(route, clock).unwrap().connect().await
}

async fn lane_to(server: &Server, clock: &Arc<HandClock>) -> Box<dyn Lane> {
    lane_over(route(server), clock).await.unwrap()
}

async fn send(lane: &mut dyn Lane, letter: &Letter, flight: &Watched) -> Receipt {
    lane.carry(Parcel::of(attempt(LONG), letter).unwrap(), flight).await.receipt
}

/// What the ledger says, in one line.
fn told(receipt: &Receipt) -> String {
    match receipt {
        Receipt::Accepted(reply) => format!("accepted {}", reply.code),
        Receipt::Rehearsed(_) => "rehearsed".into(),
        Receipt::Deferred { phase, reply } => format!("deferred at {phase:?} by {}", reply.code),
        Receipt::Rejected { phase, reply } => format!("rejected at {phase:?} by {}", reply.code),
        Receipt::RouteRefused { phase, reply } => format!("route refused at {phase:?} by {}", reply.code),
        Receipt::Aborted { phase, why } => format!("aborted at {phase:?}: {why:?}"),
        Receipt::NotBegun(why) => format!("not begun: {why:?}"),
        Receipt::Uncertain => "uncertain".into(),
    }
}

fn state(lane: &dyn Lane) -> String {
    match lane.is_sound() {
        Soundness::Sound => "kept".into(),
        Soundness::Broken(None) => "closed".into(),
        Soundness::Broken(Some(reply)) => format!("closed after {}", reply.code),
    }
}

/// One message on a lane of its own. A stall ends by the clock.
async fn outcome(script: Script, letter: &Letter) -> (String, Server) {
    let server = Server::start(script).await;
    let clock = HandClock::new();
    let mut lane = lane_to(&server, &clock).await;
    let flight = Watched::willing();
    let receipt = {
        let mut carrying = std::pin::pin!(send(&mut *lane, letter, &flight));
        tokio::select! {
            receipt = &mut carrying => receipt,
            () = server.stalled() => {
                tokio::select! {
                    receipt = &mut carrying => panic!("answered while the server stalls: {}", told(&receipt)),
                    () = settle() => clock.end_all_waits(),
                }
                carrying.await
            }
        }
    };
    let mut outcome = format!("{}, lane {}", told(&receipt), state(&*lane));
    if server.log().stalls > 0 {
        let _ = write!(outcome, ", after {:?}", clock.last_wait().unwrap());
    }
    assert_eq!(flight.asked().matches("begun").count(), 1, "{outcome}: {}", flight.asked());
    (outcome, server)
}

#[tokio::test]
async fn each_fault_has_its_outcome() {
    let all = [At::Mail, At::Rcpt, At::Data, At::Dot];
    let replies = [
        "421 4.3.2 shutting down",
        "451 4.7.1 greylisted",
        "550 5.1.1 unknown",
        "552 5.2.2 mailbox full",
        "535 5.7.8 authentication",
        "554 5.7.1 policy",
        "550-5.5.0 on two\r\n550 5.5.0 lines",
        "@@@ what",
        "250",
        "250 unexpected",
        "354 unexpected",
        "550 bo\u{ee}te inconnue",
    ];
    let mut table = String::new();
    for at in all {
        let acts = [Act::Stall, Act::Close, Act::Drip].into_iter().chain(replies.iter().map(|reply| say(reply)));
        for act in acts {
            let title = format!("{at:?} {}", format!("{act:?}").replace("\\r\\n", " / "));
            for (script, how) in [(Script::default(), "serial"), (Script::pipelining(), "pipelined")] {
                let (line, server) = outcome(script.at(at, act.clone()), &letter_to("anna@example.org")).await;
                let seen = server.log().messages.len();
                assert!(
                    seen == 0 || at == At::Dot || line.starts_with("accepted"),
                    "{title} {how}: {line}, but the server saw the message"
                );
                let _ = writeln!(table, "{title:55} {how:10} {line}");
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[tokio::test]
async fn a_close_in_the_middle_of_a_large_body_is_an_abort() {
    let mut letter = letter_to("anna@example.org");
    letter.bytes = b"Subject: large\r\n\r\n".iter().copied().chain(b"word word\r\n".repeat(3_000_000)).collect();
    for script in [Script::default(), Script::pipelining()] {
        let (line, server) = outcome(script.at(At::Body, Act::Close), &letter).await;
        assert_eq!(line, "aborted at Body: Disconnected, lane closed");
        assert!(server.log().messages.is_empty());
    }
}

#[tokio::test]
async fn a_server_that_stops_reading_a_large_body_is_an_abort() {
    let mut letter = letter_to("anna@example.org");
    letter.bytes = b"Subject: large\r\n\r\n".iter().copied().chain(b"word word\r\n".repeat(3_000_000)).collect();
    let (line, server) = outcome(Script::pipelining().at(At::Body, Act::Stall), &letter).await;
    assert_eq!(line, "aborted at Body: Timeout, lane closed, after 5s");
    assert!(server.log().messages.is_empty());
}

#[tokio::test]
async fn a_message_taken_without_an_answer_is_uncertain() {
    let (line, server) = outcome(Script::pipelining().at(At::Dot, Act::Close), &letter_to("anna@example.org")).await;
    assert_eq!(line, "uncertain, lane closed");
    assert_eq!(server.log().messages.len(), 1);
}

#[tokio::test]
async fn the_bytes_arrive_as_they_were_composed() {
    for script in [Script::default(), Script::pipelining()] {
        let letter = letter_to("anna@example.org");
        let (line, server) = outcome(script, &letter).await;
        assert_eq!(line, "accepted 250, lane kept");
        let seen = &server.log().messages[0];
        assert_eq!(String::from_utf8_lossy(&seen.bytes), String::from_utf8_lossy(&letter.bytes));
        assert_eq!((seen.sender.as_str(), seen.recipient.as_str()), ("hello@salon.example", "anna@example.org"));
    }
}

#[tokio::test]
async fn a_rejection_keeps_the_lane_for_the_next() {
    for script in [Script::default(), Script::pipelining()] {
        let server = Server::start(script).await;
        let clock = HandClock::new();
        let mut lane = lane_to(&server, &clock).await;
        for (to, expected) in [
            ("rcpt_550@example.org", "rejected at Rcpt by 550"),
            ("anna@example.org", "accepted 250"),
            ("data_451@example.org", "deferred at Data by 451"),
            ("dot_552@example.org", "rejected at Dot by 552"),
            ("bob@example.org", "accepted 250"),
        ] {
            let receipt = send(&mut *lane, &letter_to(to), &Watched::willing()).await;
            assert_eq!(told(&receipt), expected, "{to}");
            assert_eq!(lane.is_sound(), Soundness::Sound, "{to}");
        }
        let log = server.log();
        assert_eq!(log.connections, 1);
        assert_eq!(log.words().iter().filter(|line| **line == "RSET").count(), 2);
        let kept: Vec<_> = log.messages.iter().map(|seen| seen.recipient.as_str()).collect();
        assert_eq!(kept, ["anna@example.org", "dot_552@example.org", "bob@example.org"]);
    }
}

#[tokio::test]
async fn a_server_that_takes_the_data_of_a_rejected_recipient_gets_none() {
    let script = Script::pipelining().at(At::Rcpt, say("550 5.1.1 no")).at(At::Data, say("354 go on"));
    let (line, server) = outcome(script, &letter_to("anna@example.org")).await;
    assert_eq!(line, "rejected at Rcpt by 550, lane closed");
    assert!(server.log().messages.is_empty());
}

#[tokio::test]
async fn a_lane_that_broke_while_idle_is_a_free_retry() {
    for (idle, expected) in
        [(Act::Farewell, "closed after 421"), (Act::Close, "closed"), (say("250 out of turn"), "closed")]
    {
        let server = Server::start(Script::pipelining().at(At::Idle, idle.clone())).await;
        let clock = HandClock::new();
        let mut lane = lane_to(&server, &clock).await;
        let first = send(&mut *lane, &letter_to("anna@example.org"), &Watched::willing()).await;
        assert_eq!(told(&first), "accepted 250");
        settle().await;
        let flight = Watched::willing();
        let second = send(&mut *lane, &letter_to("bob@example.org"), &flight).await;
        assert_eq!(second, Receipt::NotBegun(NotBegun::LaneBroken), "{idle:?}");
        assert_eq!(state(&*lane), expected, "{idle:?}");
        assert_eq!(server.log().messages.len(), 1);
    }
}

/// A server that ends every lane as soon as it is open: without an attempt that counts, it would be asked for ever.
#[tokio::test]
async fn a_lane_that_breaks_while_new_counts_as_an_attempt() {
    for (open, new, old) in [
        (Act::Farewell, "deferred at Connect by 421", "not begun: LaneBroken"),
        (Act::Close, "aborted at Connect: Disconnected", "not begun: LaneBroken"),
    ] {
        for (age, expected) in [(Duration::from_secs(9), new), (Duration::from_secs(10), old)] {
            let server = Server::start(Script::pipelining().at(At::Open, open.clone())).await;
            let clock = HandClock::new();
            let mut lane = lane_to(&server, &clock).await;
            clock.pass(age);
            settle().await;
            let flight = Watched::willing();
            let receipt = send(&mut *lane, &letter_to("anna@example.org"), &flight).await;
            assert_eq!((told(&receipt).as_str(), flight.asked().as_str()), (expected, ""), "{open:?} {age:?}");
        }
    }
}

#[tokio::test]
async fn a_fresh_lane_that_is_sent_away_counts_as_an_attempt() {
    let (line, _) = outcome(Script::default().at(At::Mail, Act::Farewell), &letter_to("anna@example.org")).await;
    assert_eq!(line, "deferred at Mail by 421, lane closed after 421");
}

#[tokio::test]
async fn without_permission_nothing_is_said() {
    let server = Server::start(Script::pipelining()).await;
    let clock = HandClock::new();
    let mut lane = lane_to(&server, &clock).await;
    let letter = letter_to("anna@example.org");

    let revoked = Watched::new(Begin::Revoked, Some(Ok(())));
    let receipt = send(&mut *lane, &letter, &revoked).await;
    assert_eq!((receipt, revoked.asked().as_str()), (Receipt::NotBegun(NotBegun::Revoked), "may_begin"));

    let too_late = Watched::willing();
    let until = clock.boot();
    let receipt = lane.carry(Parcel::of(attempt(until), &letter).unwrap(), &too_late).await.receipt;
    assert_eq!((receipt, too_late.asked().as_str()), (Receipt::NotBegun(NotBegun::PermitExpired), ""));

    let willing = Watched::willing();
    let until = until.plus(Duration::from_millis(1));
    let receipt = lane.carry(Parcel::of(attempt(until), &letter).unwrap(), &willing).await.receipt;
    assert_eq!(
        (told(&receipt).as_str(), willing.asked().as_str()),
        ("accepted 250", "may_begin begun intent note_dot")
    );
    assert_eq!(server.log().words().iter().filter(|line| line.starts_with("MAIL")).count(), 1);
}

#[tokio::test]
async fn no_byte_of_the_body_leaves_before_the_intent_is_on_disk() {
    for script in [Script::default(), Script::pipelining()] {
        let server = Server::start(script.clone()).await;
        let clock = HandClock::new();
        let mut lane = lane_to(&server, &clock).await;
        let flight = Watched::new(Begin::Go, None);
        let letter = letter_to("anna@example.org");
        let mut carrying = std::pin::pin!(send(&mut *lane, &letter, &flight));
        let asked_for_data = |log: &crate::support::smtp::Log| log.words().contains(&"DATA");
        tokio::select! {
            _ = &mut carrying => panic!("no intent, and yet it is over"),
            () = server.saw(asked_for_data) => {}
        }
        tokio::select! {
            _ = &mut carrying => panic!("no intent, and yet it is over"),
            () = settle() => {}
        }
        assert!(server.log().messages.is_empty());
        flight.intent.send_replace(Some(Ok(())));
        assert_eq!(told(&carrying.await), "accepted 250");
        assert_eq!(server.log().messages.len(), 1);
    }
}

#[tokio::test]
async fn a_dot_that_is_not_noted_never_leaves() {
    let server = Server::start(Script::pipelining()).await;
    let clock = HandClock::new();
    let mut lane = lane_to(&server, &clock).await;
    let flight = Watched { note: Err(DotNotNoted), ..Watched::willing() };
    let receipt = send(&mut *lane, &letter_to("anna@example.org"), &flight).await;
    assert_eq!((told(&receipt).as_str(), state(&*lane).as_str()), ("aborted at Body: NoIntent", "closed"));
    assert_eq!(flight.asked(), "may_begin begun intent note_dot");
    lane.close().await;
    assert!(server.log().messages.is_empty());
}

#[tokio::test]
async fn an_intent_that_fails_closes_the_lane_before_the_body() {
    let server = Server::start(Script::pipelining()).await;
    let clock = HandClock::new();
    let mut lane = lane_to(&server, &clock).await;
    let flight = Watched::new(Begin::Go, Some(Err(IntentFailed)));
    let receipt = send(&mut *lane, &letter_to("anna@example.org"), &flight).await;
    assert_eq!((told(&receipt).as_str(), state(&*lane).as_str()), ("aborted at Data: NoIntent", "closed"));
    lane.close().await;
    assert!(server.log().messages.is_empty());
}

#[tokio::test]
async fn a_dropped_transaction_leaves_a_lane_that_nobody_can_use() {
    for at in [At::Mail, At::Rcpt, At::Data, At::Dot] {
        let server = Server::start(Script::default().at(at, Act::Stall)).await;
        let clock = HandClock::new();
        let mut lane = lane_to(&server, &clock).await;
        let flight = Watched::willing();
        let letter = letter_to("anna@example.org");
        tokio::select! {
            receipt = send(&mut *lane, &letter, &flight) => panic!("{receipt:?}"),
            () = server.stalled() => {}
        }
        assert_eq!(flight.asked().matches("begun").count(), 1, "{at:?}: {}", flight.asked());
        assert_eq!(lane.is_sound(), Soundness::Broken(None), "{at:?}");
        let next = Watched::willing();
        let receipt = send(&mut *lane, &letter, &next).await;
        assert_eq!(receipt, Receipt::NotBegun(NotBegun::LaneBroken), "{at:?}");
        assert_eq!(next.asked(), "", "{at:?}");
    }
}

/// As [`outcome`], through TLS.
async fn encrypted_outcome(script: Script, letter: &Letter) -> (String, Server) {
    let server = Server::start(script.guarded(Guard::Implicit)).await;
    let clock = HandClock::new();
    let mut lane = lane_over(Route { tls: Tls::Implicit, ..route(&server) }, &clock).await.unwrap();
    let receipt = send(&mut *lane, letter, &Watched::willing()).await;
    (format!("{}, lane {}", told(&receipt), state(&*lane)), server)
}

#[tokio::test]
async fn the_truth_about_the_dot_is_known_under_tls_too() {
    let mut large = letter_to("anna@example.org");
    large.bytes = b"Subject: large\r\n\r\n".iter().copied().chain(b"word word\r\n".repeat(3_000_000)).collect();
    let (line, server) = encrypted_outcome(Script::pipelining().at(At::Body, Act::Close), &large).await;
    assert_eq!((line.as_str(), server.log().messages.len()), ("aborted at Body: Disconnected, lane closed", 0));

    let small = letter_to("anna@example.org");
    let (line, server) = encrypted_outcome(Script::pipelining().at(At::Dot, Act::Close), &small).await;
    assert_eq!((line.as_str(), server.log().messages.len()), ("uncertain, lane closed", 1));
    let (line, _) = encrypted_outcome(Script::pipelining().at(At::Rcpt, say("550 5.1.1 no")), &small).await;
    assert_eq!(line, "rejected at Rcpt by 550, lane kept");
}

async fn refusal(script: Script, tls: Tls) -> String {
    let server = Server::start(script).await;
    let clock = HandClock::new();
    let mut connecting = std::pin::pin!(lane_over(Route { tls, ..route(&server) }, &clock));
    let failure = tokio::select! {
        result = &mut connecting => result.err().unwrap(),
        () = server.stalled() => {
            tokio::select! {
                _ = &mut connecting => panic!("answered while the server stalls"),
                () = settle() => clock.end_all_waits(),
            }
            connecting.await.err().unwrap()
        }
    };
    assert!(server.log().messages.is_empty());
    match failure {
        ConnectFailure::Unreachable(why) => format!("unreachable: {why}"),
        ConnectFailure::Refused(why) => format!("refused: {why}"),
    }
}

#[tokio::test]
async fn each_failure_to_connect_says_whether_a_person_must_look() {
    let mut table = String::new();
    for at in [At::Greeting, At::Ehlo, At::StartTls] {
        for act in [Act::Stall, Act::Close, say("421 4.3.2 busy"), say("554 5.7.1 go away"), say("@@@")] {
            let (guard, tls) = if at == At::StartTls {
                (Guard::StartTls, Tls::RequiredStarttls)
            } else {
                (Guard::Plain, Tls::NoneOnLoopback)
            };
            let line = refusal(Script::default().guarded(guard).at(at, act.clone()), tls).await;
            let title = format!("{at:?} {act:?}");
            let _ = writeln!(table, "{title:45} {line}");
        }
    }
    insta::assert_snapshot!(table);
}

async fn through_tls(script: Script, route: impl FnOnce(Route) -> Route) -> (Result<String, ConnectFailure>, Server) {
    let server = Server::start(script).await;
    let clock = HandClock::new();
    let lane = lane_over(route(self::route(&server)), &clock).await;
    let told = match lane {
        Ok(mut lane) => {
            let letter = letter_to("anna@example.org");
            let receipts = [
                send(&mut *lane, &letter, &Watched::willing()).await,
                send(&mut *lane, &letter, &Watched::willing()).await,
            ];
            lane.close().await;
            Ok(receipts.iter().map(told).collect::<Vec<_>>().join(", "))
        }
        Err(failure) => Err(failure),
    };
    (told, server)
}

#[tokio::test]
async fn a_blank_line_in_the_answer_to_ehlo_is_borne() {
    let blank = say("250-scripted.example\r\n250-\r\n250-  \r\n250 \t");
    let (line, _) = outcome(Script::default().at(At::Ehlo, blank), &letter_to("anna@example.org")).await;
    assert_eq!(line, "accepted 250, lane kept");
}

#[tokio::test]
async fn mail_goes_through_tls() {
    for (guard, tls) in [(Guard::StartTls, Tls::RequiredStarttls), (Guard::Implicit, Tls::Implicit)] {
        let script = Script::pipelining().guarded(guard);
        let (told, server) = through_tls(script, |route| Route { tls, ..route }).await;
        assert_eq!(told.as_deref(), Ok("accepted 250, accepted 250"));
        assert_eq!(server.log().messages[1].bytes, letter_to("anna@example.org").bytes);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    for (guard, tls) in [(Guard::StartTls, Tls::RequiredStarttls), (Guard::Implicit, Tls::Implicit)] {
        let script = Script { certified: Certified::Other, ..Script::pipelining().guarded(guard) };
        let (told, server) = through_tls(script, |route| Route { tls, ..route }).await;
        let Err(ConnectFailure::Refused(why)) = told else { panic!("{told:?}") };
        assert!(why.contains("not valid for name"), "{why}");
        assert!(!server.log().words().iter().any(|line| line.starts_with("MAIL")));
    }
}

#[tokio::test]
async fn an_unknown_certificate_is_refused() {
    let script = Script::pipelining().guarded(Guard::Implicit);
    let unknown = |route| Route { tls: Tls::Implicit, extra_roots: vec![Certified::Other.certificate()], ..route };
    let (told, _) = through_tls(script, unknown).await;
    assert!(matches!(told, Err(ConnectFailure::Refused(_))), "{told:?}");
}

#[tokio::test]
async fn without_the_offer_of_starttls_there_is_no_lane() {
    let (told, server) = through_tls(Script::pipelining(), |route| Route {
        tls: Tls::RequiredStarttls,
        extra_roots: vec![Certified::Other.certificate()],
        ..route
    })
    .await;
    assert_eq!(told, Err(ConnectFailure::Refused("the server offers no STARTTLS".into())));
    assert_eq!(server.log().words(), ["EHLO salon.example"]);
}

#[tokio::test]
async fn what_was_said_in_the_clear_does_not_outlive_the_handshake() {
    let script = Script::pipelining().guarded(Guard::Injecting);
    let (told, server) = through_tls(script, |route| Route { tls: Tls::RequiredStarttls, ..route }).await;
    let Err(ConnectFailure::Refused(why)) = told else { panic!("{told:?}") };
    assert!(why.contains("injection"), "{why}");
    assert!(!server.log().words().iter().any(|line| line.starts_with("MAIL")));
}

fn login(password: &str) -> Login {
    Login { username: "salon".into(), password: password.to_owned().into() }
}

#[tokio::test]
async fn a_login_is_said_under_tls_only() {
    for extensions in [vec!["AUTH PLAIN LOGIN"], vec!["AUTH LOGIN"]] {
        let script =
            Script { login: Some(("salon", "opensesame")), extensions: extensions.clone(), ..Script::default() }
                .guarded(Guard::StartTls);
        let with = |password: &'static str| {
            move |route| Route { tls: Tls::RequiredStarttls, login: Some(login(password)), ..route }
        };
        let (told, server) = through_tls(script.clone(), with("opensesame")).await;
        assert_eq!(told.as_deref(), Ok("accepted 250, accepted 250"), "{extensions:?}");
        let log = server.log();
        let place = |word: &str| log.words().iter().position(|line| line.starts_with(word)).unwrap();
        assert!(place("STARTTLS") < place("AUTH") && place("AUTH") < place("MAIL"), "{:?}", log.words());

        let (told, _) = through_tls(script, with("guess")).await;
        assert_eq!(
            told,
            Err(ConnectFailure::Refused("AUTH: 535 5.7.8 authentication failed".into())),
            "{extensions:?}"
        );
    }
}

#[tokio::test]
async fn a_login_without_tls_is_a_mistake_that_connects_nowhere() {
    let server = Server::start(Script::default()).await;
    let clock: Arc<dyn Clock> = HandClock::new();
    let refused =
        SmtpTransport::over(Route { login: Some(login("opensesame")), ..route(&server) }, clock).err().unwrap();
    assert!(refused.to_string().contains("needs TLS"), "{refused}");
    assert_eq!(server.log().connections, 0);
}

#[tokio::test]
async fn no_more_lanes_are_open_than_the_route_allows() {
    let server = Server::start(Script::default()).await;
    let clock: Arc<dyn Clock> = HandClock::new();
    let one = Route { lanes_max: NonZeroUsize::MIN, ..route(&server) };
    let transport = SmtpTransport::over(one, clock).unwrap();
    let first = transport.connect().await.unwrap();
    let mut second = std::pin::pin!(transport.connect());
    assert!(futures_util::poll!(&mut second).is_pending());
    assert_eq!(server.log().connections, 1);
    first.close().await;
    assert!(second.await.is_ok());
}

#[test]
fn a_letter_does_not_go_out_under_another_plans_permission() {
    let letter = Letter { plan: PlanId(43), ..letter_to("anna@example.org") };
    let permitted = attempt(LONG);
    let (id, plan) = (permitted.id(), permitted.plan());
    let Carried { attempt, plan: of, receipt } = Parcel::of(permitted, &letter).unwrap_err();
    assert_eq!((attempt, of, receipt), (id, plan, Receipt::NotBegun(NotBegun::OtherLetter)));
}
