//! The stop page, asked by browsers, mail programs, scanners and forgers, over real connections.

use crate::support::{
    door::OpenDoor,
    http::{Answer, ask, exchange},
    process::{COMITY, start},
};
use comity::{
    base::{
        Clock, EmailAddress, Handle, Instant, NetworkPrefix, PlanId, Zone,
        keys::Keyring,
        token::{Link, LinkPurpose},
    },
    clock::SystemClock,
    deliver::transport::Boxed,
    engine::{
        desk::{
            AnswerDesk, AnswerFailed, Business, Look, PreferenceDesk, PreferenceView, PrivacyDesk, Readiness,
            RecommendedDesk, StopDesk, StopFailed, StopOutcome, StopView, VisitDesk, VisitView, WhyDesk,
            address::{AddressDesk, AddressView},
            my_data::{DataDone, DataView, DataWish, MyDataDesk},
            privacy::NoticeView,
            recommended::{Click, RecommendedView},
            sign_up::{ConfirmView, Offer, SignUpDesk, SignUpFailed, Wish},
            why::WhyView,
        },
        office::visits::Question,
    },
    ledger::entry::StopVia,
    people::{self, Language},
    store::{Choice, Chosen, TakenBack, Undo},
    web::{Public, listen},
};
use std::{
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Notify};

/// A desk that knows one customer, Chloé, and writes down what it is handed.
struct Desk {
    outcome: Result<StopOutcome, StopFailed>,
    language: &'static str,
    stops: Mutex<Vec<(Link, StopVia)>>,
    news: Notify,
    proofs: Mutex<Vec<String>>,
}

/// Nobody answers here; see `tests/answers.rs`.
impl VisitDesk for Desk {
    fn whose(&self, _visit: i64) -> Boxed<'_, Result<Question, AnswerFailed>> {
        Box::pin(async { Ok(Question::Gone) })
    }

    fn settle<'a>(&'a self, visit: i64, _customer: &'a str) -> Boxed<'a, Result<Question, AnswerFailed>> {
        self.whose(visit)
    }
}

impl AnswerDesk for Desk {
    fn visit<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<VisitView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn answer<'a>(&'a self, _: &'a Link, _: people::Answer) -> Boxed<'a, Result<Option<VisitView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }
}

/// Nobody asks here; see `tests/why.rs`.
impl WhyDesk for Desk {
    fn why<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<WhyView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }
}

/// Nothing is recommended here; see `tests/shop.rs`.
impl RecommendedDesk for Desk {
    fn recommended<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<RecommendedView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn say<'a>(&'a self, _: &'a Link, _: Click) -> Boxed<'a, Result<Option<people::TasteWord>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }
}

/// There is no notice here; see `tests/privacy.rs`.
impl PrivacyDesk for Desk {
    fn in_force<'a>(&'a self, _: &'a Language) -> Boxed<'a, Option<NoticeView>> {
        Box::pin(async { None })
    }

    fn version<'a>(&'a self, _: &'a str, _: &'a Language) -> Boxed<'a, Result<Option<NoticeView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }
}

/// Nobody sees their data here; see `tests/my_data.rs`.
impl MyDataDesk for Desk {
    fn ask_for_link<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<()>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn look<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<DataView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn do_with_data<'a>(&'a self, _: &'a Link, _: DataWish) -> Boxed<'a, Result<Option<DataDone>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }
}

/// Nobody has another address here; see `tests/address_change.rs`.
impl AddressDesk for Desk {
    fn ask_to_move<'a>(&'a self, _: &'a Link, _: EmailAddress) -> Boxed<'a, Result<Option<()>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn move_asked<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<AddressView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn agree_to_move<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<AddressView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }
}

/// Nobody signs up here; see `tests/occasions/sign_ups.rs`.
impl SignUpDesk for Desk {
    fn offers(&self, _: &Language) -> Vec<Offer> {
        Vec::new()
    }

    fn sign_up(&self, _: Wish) -> Boxed<'_, Result<(), SignUpFailed>> {
        Box::pin(async { Ok(()) })
    }

    fn question<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<ConfirmView>, SignUpFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn confirm<'a>(
        &'a self,
        _: &'a Link,
        _: Option<NetworkPrefix>,
    ) -> Boxed<'a, Result<Option<ConfirmView>, SignUpFailed>> {
        Box::pin(async { Ok(None) })
    }
}

/// Nobody chooses here; see `tests/preferences.rs`.
impl PreferenceDesk for Desk {
    fn preferences<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<PreferenceView>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn choose<'a>(&'a self, _: &'a Link, _: Choice) -> Boxed<'a, Result<Option<Chosen>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn stop_of<'a>(&'a self, _: &'a Link, _: &'a str) -> Boxed<'a, Result<(StopOutcome, Option<Undo>), StopFailed>> {
        Box::pin(async { Ok((StopOutcome::Unknown, None)) })
    }

    fn ask_about<'a>(&'a self, _: &'a Link, _: &'a str, _: Language) -> Boxed<'a, Result<Option<()>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn object<'a>(&'a self, _: &'a Link) -> Boxed<'a, Result<Option<bool>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }

    fn take_back<'a>(&'a self, _: &'a Link, _: Undo) -> Boxed<'a, Result<Option<TakenBack>, AnswerFailed>> {
        Box::pin(async { Ok(None) })
    }
}

impl StopDesk for Desk {
    fn look<'a>(&'a self, link: &'a Link) -> Boxed<'a, Option<StopView>> {
        let view = StopView {
            business: "Salon <Lumière> & filles".to_owned(),
            title: "Appointment reminders".to_owned(),
            promise: "We write before each visit, so that you don't miss it.".to_owned(),
            mailbox: Some("c…@exemple.fr".to_owned()),
            language: Language::parse(self.language),
        };
        let known = link.customer == CHLOE;
        Box::pin(async move { known.then_some(view) })
    }

    fn stop<'a>(&'a self, link: &'a Link, via: StopVia) -> Boxed<'a, Result<StopOutcome, StopFailed>> {
        Box::pin(async move {
            if link.customer != CHLOE {
                return Ok(StopOutcome::Unknown);
            }
            self.stops.lock().unwrap().push((link.clone(), via));
            self.news.notify_one();
            self.outcome.clone()
        })
    }

    fn prove(&self, url: &str) -> Result<(), StopFailed> {
        self.proofs.lock().unwrap().push(url.to_owned());
        Ok(())
    }

    fn business(&self) -> Business {
        Business {
            name: "Salon Lumière".to_owned(),
            language: Language::parse("en").unwrap(),
            time_zone: Zone::UTC,
            public_url: "https://mail.salon.example".to_owned(),
            look: Look::default(),
        }
    }

    fn readiness(&self) -> Readiness {
        Readiness::DatabaseAway("its disk is full")
    }
}

const CHLOE: Handle = Handle([7; 16]);

/// A running page.
pub struct Door {
    pub at: SocketAddr,
    desk: Arc<Desk>,
    keys: Arc<Keyring>,
    _open: OpenDoor,
}

impl Door {
    async fn open() -> Self {
        Self::with(Ok(StopOutcome::Stopped), "en").await
    }

    async fn with(outcome: Result<StopOutcome, StopFailed>, language: &'static str) -> Self {
        Self::by(Arc::new(SystemClock), listen::CONNECTIONS_MAX, outcome, language).await
    }

    /// With room for so many at once, by this clock.
    pub async fn narrow(clock: Arc<dyn Clock>, connections: usize) -> Self {
        Self::by(clock, connections, Ok(StopOutcome::Stopped), "en").await
    }

    async fn by(
        clock: Arc<dyn Clock>,
        connections: usize,
        outcome: Result<StopOutcome, StopFailed>,
        language: &'static str,
    ) -> Self {
        let (stops, proofs, news) = (Mutex::default(), Mutex::default(), Notify::new());
        let desk = Arc::new(Desk { outcome, language, stops, news, proofs });
        let keys = Arc::new(Keyring::derive(&[1; 32]));
        let public = Public::at(desk.clone(), keys.clone(), clock);
        let open = OpenDoor::open(public, connections).await;
        Self { at: open.at, desk, keys, _open: open }
    }

    fn token(&self, customer: Handle) -> String {
        self.signed(customer, LinkPurpose::Stop)
    }

    fn signed(&self, customer: Handle, act: LinkPurpose) -> String {
        let link = Link {
            customer,
            purpose: "appointment-reminders".to_owned(),
            plan: PlanId(41),
            issued_at: Instant::from_ms(1_700_000_000_000),
        };
        link.sign(&self.keys, act)
    }

    pub fn path(&self) -> String {
        format!("/u/{}", self.token(CHLOE))
    }

    pub fn stops(&self) -> Vec<StopVia> {
        self.desk.stops.lock().unwrap().drain(..).map(|(_, via)| via).collect()
    }

    async fn post(&self, path: &str, headers: &str, body: &str) -> Answer {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: stop.example\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        exchange(self.at, request.as_bytes()).await
    }
}

fn assert_strict(answer: &Answer) {
    assert!(!(300..400).contains(&answer.status), "{answer:?}");
    assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
    assert!(!answer.headers.contains_key("location"), "{answer:?}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert!(answer.header("x-robots-tag").contains("noindex"));
    let policy = answer.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{part} is missing in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
}

const URLENCODED: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

fn multipart(boundary: &str, fields: &[(&str, &str)]) -> (String, String) {
    let part = |(name, value): &(&str, &str)| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = format!("{}--{boundary}--\r\n", fields.iter().map(part).collect::<String>());
    (format!("Content-Type: multipart/form-data; boundary=\"{boundary}\"\r\n"), body)
}

#[tokio::test]
async fn a_post_stops_whatever_its_body_looks_like() {
    let door = Door::open().await;
    let path = door.path();
    let first = door.post(&path, URLENCODED, ONE_CLICK).await;
    assert_eq!(first.status, 200);
    assert_strict(&first);
    assert_eq!(door.stops(), [StopVia::OneClick]);

    let long = "x".repeat(60_000);
    let mut bodies: Vec<(String, String)> = vec![
        (URLENCODED.to_owned(), format!("  {ONE_CLICK}\r\n")),
        (URLENCODED.to_owned(), format!("a=b&{ONE_CLICK}&c=d")),
        (URLENCODED.to_owned(), "list-unsubscribe=one-click".to_owned()),
        (URLENCODED.to_owned(), "List-Unsubscribe%3DOne-Click".to_owned()),
        (URLENCODED.to_owned(), "%%%&&&===\u{0}".to_owned()),
        ("Content-Type: application/json\r\n".to_owned(), "{}".to_owned()),
        ("Content-Type: multipart/form-data\r\n".to_owned(), "no boundary".to_owned()),
        (
            "Content-Type: ?\r\nCookie: session=1; consent=no\r\nOrigin: https://evil.example\r\n".to_owned(),
            String::new(),
        ),
        ("Accept: application/json\r\nReferer: https://mail.example/\r\n".to_owned(), long),
        (String::new(), String::new()),
    ];
    for boundary in ["b", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "=_'()+_,-./:=?", &"z".repeat(70)] {
        bodies.push(multipart(boundary, &[("List-Unsubscribe", "One-Click")]));
        bodies.push(multipart(boundary, &[("x", "1"), ("List-Unsubscribe", " One-Click "), ("y", "2")]));
    }
    for (headers, body) in bodies {
        let answer = door.post(&path, &headers, &body).await;
        assert_eq!((answer.status, &answer.body), (200, &first.body), "{headers}{body:.80}");
        assert_strict(&answer);
        assert_eq!(door.stops(), [StopVia::OneClick], "{headers}{body:.80}");
    }
}

#[tokio::test]
async fn a_post_stops_however_its_body_is_framed() {
    let door = Door::open().await;
    let path = door.path();
    let line = |rest: &str| format!("POST {path} HTTP/1.1\r\nHost: stop.example\r\nConnection: close\r\n{rest}");
    let chunked =
        "Transfer-Encoding: chunked\r\n\r\n10\r\nList-Unsubscribe\r\n1;x=y\r\n=\r\n9\r\nOne-Click\r\n0\r\n\r\n";
    let requests = [
        line(chunked),
        line("\r\n"),
        format!("POST {path} HTTP/1.0\r\n\r\n"),
        format!("POST {path} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{ONE_CLICK}", ONE_CLICK.len()),
        // Longer than the limit: what is over is not read, and the stop stands.
        line(&format!("Content-Length: 200000\r\n\r\n{}", "x".repeat(70_000))),
    ];
    for request in requests {
        let answer = exchange(door.at, request.as_bytes()).await;
        assert_eq!(answer.status, 200, "{request:.200}");
        assert_eq!(door.stops(), [StopVia::OneClick], "{request:.200}");
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_in_the_middle_of_the_body_has_stopped_all_the_same() {
    let door = Door::open().await;
    let mut stream = TcpStream::connect(door.at).await.unwrap();
    let head = format!("POST {} HTTP/1.1\r\nHost: stop.example\r\nContent-Length: 26\r\n\r\nList-Uns", door.path());
    stream.write_all(head.as_bytes()).await.unwrap();
    drop(stream);
    door.desk.news.notified().await;
    assert_eq!(door.stops(), [StopVia::OneClick]);
}

#[tokio::test]
async fn our_own_button_is_told_from_the_mail_programs() {
    let door = Door::open().await;
    let page = ask(door.at, "GET", &door.path(), "").await;
    assert!(page.body.contains(r#"<form method="post"><button name="from" value="page">"#));
    door.post(&door.path(), URLENCODED, "from=page").await;
    assert_eq!(door.stops(), [StopVia::Page]);
}

#[tokio::test]
async fn looking_changes_nothing() {
    let door = Door::open().await;
    for method in ["GET", "HEAD", "OPTIONS", "HEAD", "GET", "OPTIONS", "OPTIONS", "GET", "GET", "HEAD"] {
        let answer = ask(door.at, method, &door.path(), "").await;
        assert_eq!(answer.status, if method == "OPTIONS" { 204 } else { 200 });
        assert_strict(&answer);
    }
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"] {
        let answer = ask(door.at, method, &door.path(), "").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_strict(&answer);
    }
    assert_eq!(door.stops(), []);
}

/// What the real daemon knows, as its own commands tell it.
fn knows(folder: &str, customer: &str) -> String {
    let tell = |arguments: &[&str]| {
        let told = Command::new(COMITY).args(["--dir", folder]).args(arguments).output().unwrap();
        assert!(told.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8(told.stdout).unwrap()
    };
    tell(&["status", "--json"]) + &tell(&["explain", customer, "--json"])
}

#[tokio::test]
async fn looking_leaves_the_real_database_as_it_was_and_one_post_does_not() {
    let (_demo, said) = start(Path::new(COMITY), &["demo"], &["Mailbox", "--dir"]);
    let [mailbox, why] = &said[..] else { unreachable!() };
    let [folder, _, customer] = why.split(' ').collect::<Vec<_>>()[..] else { unreachable!() };
    let mailbox: SocketAddr = mailbox.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    let letter = ask(mailbox, "GET", "/letters/1", "").await.body;
    let link = letter.split_once("id=\"stop\" href=\"http://").unwrap().1.split('"').next().unwrap();
    let (page, path) = link.split_once('/').unwrap();
    let (page, path): (SocketAddr, _) = (page.parse().unwrap(), format!("/{path}"));
    let id = letter.split_once("id=\"customer\"").unwrap().1.split(['>', '<']).nth(1).unwrap();

    let before = (knows(folder, id), knows(folder, customer));
    for method in ["GET", "HEAD", "OPTIONS", "OPTIONS", "HEAD", "GET", "GET"] {
        assert!(ask(page, method, &path, "").await.status < 300);
    }
    assert_eq!((knows(folder, id), knows(folder, customer)), before);
    assert_eq!(ask(page, "POST", &path, "").await.status, 200);
    let after = knows(folder, id);
    assert_ne!(after, before.0);
    assert_eq!(ask(page, "POST", &path, "").await.status, 200);
    assert_eq!(knows(folder, id), after, "the second stop adds nothing");
}

#[tokio::test]
async fn no_variant_of_the_address_redirects() {
    let door = Door::open().await;
    let path = door.path();
    for variant in [format!("{path}/"), format!("{path}//"), format!("{path}?utm_source=x"), format!("{path}/?a=/&b")] {
        let answer = door.post(&variant, URLENCODED, ONE_CLICK).await;
        assert_eq!(answer.status, 200, "{variant}");
        assert_eq!(door.stops(), [StopVia::OneClick], "{variant}");
    }
    for odd in ["/", "/u", "/u/", "//u/x", "/U/x", "/u/%ff", "/u/../u/x", "/favicon.ico", "/u/a/b/c", "/%2e%2e/"] {
        for answer in [ask(door.at, "GET", odd, "").await, door.post(odd, URLENCODED, ONE_CLICK).await] {
            assert_eq!(answer.status, 404, "{odd}");
            assert_strict(&answer);
        }
    }
    assert_eq!(door.stops(), []);
}

#[tokio::test]
async fn a_stop_link_of_a_rehearsal_stops_nothing() {
    let door = Door::open().await;
    let path = format!("/u/{}", door.signed(CHLOE, LinkPurpose::Rehearsed));
    for answer in [ask(door.at, "GET", &path, "").await, door.post(&path, "", "List-Unsubscribe=One-Click").await] {
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains("This is a rehearsal"), "{}", answer.body);
    }
    assert_eq!(door.stops(), []);
}

#[tokio::test]
async fn looking_at_the_page_proves_nothing_and_the_button_proves_it() {
    let door = Door::open().await;
    let path = format!("/proof/{}", door.signed(Handle([0; 16]), LinkPurpose::Proof));
    assert!(ask(door.at, "GET", &path, "").await.body.contains("I see this page"));
    assert_eq!(*door.desk.proofs.lock().unwrap(), Vec::<String>::new());
    assert!(door.post(&path, "", "").await.body.contains("Noted"));
    assert_eq!(*door.desk.proofs.lock().unwrap(), ["appointment-reminders"], "what the link names");
    // Neither kind of link does the other's work.
    let stop = format!("/proof/{}", door.token(CHLOE));
    assert_eq!((ask(door.at, "GET", &stop, "").await.status, door.post(&stop, "", "").await.status), (404, 404));
    let stop = format!("/u/{}", door.signed(CHLOE, LinkPurpose::Proof));
    assert_eq!(door.post(&stop, "", "").await.status, 404);
    assert_eq!((door.desk.proofs.lock().unwrap().len(), door.stops()), (1, vec![]));
}

#[tokio::test]
async fn a_forged_token_changes_nothing_and_looks_like_any_other_wrong_one() {
    let door = Door::open().await;
    let gone = ask(door.at, "GET", &format!("/u/{}", door.token(Handle([9; 16]))), "").await;
    let gone_post = door.post(&format!("/u/{}", door.token(Handle([9; 16]))), URLENCODED, ONE_CLICK).await;
    assert_eq!((gone.status, gone_post.status), (404, 404));
    assert_eq!(gone.body, gone_post.body);

    let token = door.token(CHLOE);
    let mut forged: Vec<String> = (0..token.len() * 8).map(|bit| flipped(&token, bit)).collect();
    forged.push(token.rsplit_once('.').unwrap().0.to_owned());
    forged.push(format!("{token}A"));
    forged.push("A".repeat(4000));
    for token in forged {
        let path: String = format!("/u/{}", percent(&token));
        let answer = door.post(&path, URLENCODED, ONE_CLICK).await;
        assert_eq!((answer.status, &answer.body), (404, &gone.body), "{path}");
        assert_eq!(answer.header("content-length"), gone.header("content-length"));
    }
    assert_eq!(door.stops(), []);
}

fn flipped(token: &str, bit: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes.into_iter().map(char::from).collect()
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[tokio::test]
async fn the_page_says_what_whose_and_what_stopping_means_and_escapes_it() {
    let door = Door::open().await;
    let page = ask(door.at, "GET", &door.path(), "Accept-Language: fr\r\n").await;
    let has =
        ["lang=\"en\"", "Appointment reminders", "c…@exemple.fr", "Salon &#60;Lumière&#62; &#38; filles", "At once."];
    for text in has {
        assert!(page.body.contains(text), "{text} is missing in {}", page.body);
    }
    assert!(!page.body.contains("<script"));
    assert_eq!(page.body.matches("<button").count(), 1);
    assert_eq!(page.header("content-language"), "en");

    let french = Door::with(Ok(StopOutcome::Stopped), "fr").await;
    let page = ask(french.at, "GET", &french.path(), "Accept-Language: en\r\n").await;
    assert!(page.body.contains("lang=\"fr\"") && page.body.contains("Ne plus recevoir ces e-mails"));
}

#[tokio::test]
async fn a_stop_that_is_only_journalled_says_so_and_states_its_bound() {
    let door = Door::with(Ok(StopOutcome::Journalled { within: Some(Duration::from_secs(3)) }), "en").await;
    let answer = door.post(&door.path(), URLENCODED, ONE_CLICK).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("written down") && answer.body.contains("3 s"), "{}", answer.body);
    assert!(!answer.body.contains("From now on"), "it doesn't hold yet");
}

#[tokio::test]
async fn where_others_send_too_a_journalled_stop_promises_no_number_of_seconds() {
    let door = Door::with(Ok(StopOutcome::Journalled { within: None }), "en").await;
    let answer = door.post(&door.path(), URLENCODED, ONE_CLICK).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("written down") && answer.body.contains("as soon as that is over"), "{}", answer.body);
    assert!(!answer.body.contains("From now on") && !answer.body.contains(" s<"), "{}", answer.body);
}

#[tokio::test]
async fn a_stop_that_is_nowhere_on_disk_is_never_acknowledged() {
    let door = Door::with(Err(StopFailed("disk full".to_owned())), "en").await;
    let answer = door.post(&door.path(), URLENCODED, ONE_CLICK).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "60"));
    assert!(!answer.body.contains("disk full"));
    assert_strict(&answer);
}

#[tokio::test]
async fn the_page_weighs_less_than_20_kb_in_every_state() {
    let door = Door::with(Ok(StopOutcome::Stopped), "fr").await;
    for answer in [
        ask(door.at, "GET", &door.path(), "").await,
        door.post(&door.path(), "", "").await,
        ask(door.at, "GET", "/u/x", "").await,
    ] {
        let length: usize = answer.header("content-length").parse().unwrap();
        assert!(length < 20_000 && length > 1_000, "{length}");
    }
}

#[tokio::test]
async fn the_watchers_learn_whether_the_daemon_lives_and_works() {
    let door = Door::open().await;
    assert_eq!(ask(door.at, "GET", "/healthz", "").await.status, 200);
    let ready = ask(door.at, "GET", "/readyz", "").await;
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("database"));
    assert_strict(&ready);
}
