//! Scanners of mail follow every link of a message, in every way but the one that means something: whatever they ask and
//! however often, nothing is written, and the links do what they say afterwards.
//!
//! `COMITY_SCANS=100000 cargo test --release --test all scanners::` asks so often; by default it is a hundredth of that.

use crate::support::{
    browser::{Browser, DRIVER},
    clock::HandClock,
    daemon::Daemon,
    door::OpenDoor,
    http::{Answer as Page, ask, exchange_owned},
    need,
    proof::{self, Dice},
    real::Premises,
};
use comity::{
    base::{
        Clock, Handle, PlanId,
        token::{Link, LinkPurpose},
    },
    engine::desk::proof as public_page,
    ledger::Happening,
    people::{Answer, Customer},
};
use sha2::{Digest, Sha256};
use std::{fs, net::SocketAddr, path::Path, time::Duration};
use tokio::task::JoinSet;

const SEED: u64 = 5_2027;
/// Callers at once.
const CALLERS: usize = 16;
/// Visits of a browser that runs scripts.
const VISITS: usize = 200;
const METHODS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];
/// What scanners, prefetchers and mail programs say about themselves.
const MANNERS: [&str; 6] = [
    "",
    "Sec-Purpose: prefetch;prerender\r\nPurpose: prefetch\r\nX-Moz: prefetch\r\n",
    "User-Agent: Mozilla/5.0 (compatible; LinkScanner/1.0)\r\nAccept: */*\r\n",
    "Referer: https://mail.example/inbox\r\nAccept-Language: fr\r\n",
    "Content-Type: application/x-www-form-urlencoded\r\nX-HTTP-Method-Override: POST\r\nX-Method-Override: POST\r\n",
    "Range: bytes=0-10\r\nIf-None-Match: *\r\nIf-Modified-Since: Sat, 01 Jan 2028 00:00:00 GMT\r\n",
];
/// What some append to a link.
const TAILS: [&str; 4] = ["", "?utm_source=mail", "?List-Unsubscribe=One-Click", "?stop=reminders&answer=coming"];
const FIELDS: &str = r#"
answer = { type = "text", purposes = ["*"], written_by = "answers" }

[purposes.letters]
title = "Letters"
promise = "One letter a month."
basis = "consent"
"#;
const WORKFLOW: &str = r#"
purpose = "reminders"
template = "plain"
approval = "none"
answers = true
[trigger]
record = "appointment"
before = { field = "starts_at", by = ["1h"] }
"#;
const BODY: &str = "{{datetime appointment.starts_at}} {{answers.coming_url}} {{answers.cant_come_url}} \
                    {{answers.another_time_url}} You get this because you have a visit. {{stop_url}} \
                    {{business.postal_address}}\n";

struct Salon {
    daemon: Daemon,
    door: OpenDoor,
    anna: Customer,
}

impl Salon {
    async fn open() -> Self {
        let premises = Premises::new(&[
            ("comity.toml", &proof::settings(25)),
            ("policy.toml", &(proof::POLICY.to_owned() + FIELDS)),
            ("workflows/reminder.toml", WORKFLOW),
            ("templates/mail/plain/subject.hbs", "Your visit\n"),
            ("templates/mail/plain/body.txt.hbs", BODY),
            ("templates/mail/plain/body.html.hbs", BODY),
            ("templates/mail/plain/sample.json", r#"{ "appointment": { "starts_at": "2027-03-30T10:00" } }"#),
        ]);
        let daemon = Daemon::over(premises, HandClock::new()).await;
        let door = OpenDoor::of(&daemon).await;
        let anna = daemon.visit("anna", Duration::from_hours(4)).await;
        Self { daemon, door, anna }
    }

    fn token(&self, act: LinkPurpose, customer: Handle, purpose: &str) -> String {
        let issued_at = self.daemon.clock.now();
        let link = Link { customer, purpose: purpose.to_owned(), plan: PlanId(1), issued_at };
        link.sign(&self.daemon.engine.keys, act)
    }

    fn path(&self, page: &str, act: LinkPurpose) -> String {
        format!("/{page}/{}", self.token(act, self.anna.handle, "reminders"))
    }

    /// Every link that leaves in a message, to a customer or to the owner, in earnest or rehearsed.
    fn links(&self) -> Vec<String> {
        let mut links = vec![
            self.path("u", LinkPurpose::Stop),
            self.path("u", LinkPurpose::Rehearsed),
            self.path("preferences", LinkPurpose::Preferences),
            self.path("why", LinkPurpose::Preferences),
            self.path("recommended", LinkPurpose::Preferences),
            self.path("confirm", LinkPurpose::Confirm),
            self.path("my-data", LinkPurpose::MyData),
            self.path("address", LinkPurpose::Address),
            "/privacy".to_owned(),
            format!("/visit/{}", self.token(LinkPurpose::Settle, Handle([0; 16]), "1")),
            format!("/u/{}", self.token(LinkPurpose::Stop, self.anna.handle, "")),
            format!("/u/{}", self.token(LinkPurpose::Stop, Handle([9; 16]), "reminders")),
            "/healthz".to_owned(),
            "/readyz".to_owned(),
            "/favicon.ico".to_owned(),
        ];
        let (edition, keys) = (self.daemon.engine.in_force.now(), &self.daemon.engine.keys);
        let proof = public_page::url(edition.config(), keys, self.daemon.clock.now());
        links.push(proof.replace(&edition.config().web.public_url, ""));
        for answer in Answer::ALL {
            links.push(self.path(&format!("a/{}", answer.name()), LinkPurpose::Answer));
            links.push(self.path(&format!("a/{}", answer.name()), LinkPurpose::RehearsedAnswer));
        }
        links
    }

    /// Every byte that the database has on disk.
    fn digest(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for file in ["comity.db", "comity.db-wal", "journal"] {
            hash.update(fs::read(self.daemon.premises.path().join("data").join(file)).unwrap_or_default());
        }
        hash.finalize().to_vec()
    }

    async fn press(&self, path: &str, body: &str) -> Page {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: stop.example\r\nConnection: close\r\n");
        exchange_owned(self.door.at, format!("{head}Content-Length: {length}\r\n\r\n{body}")).await
    }
}

async fn scan(at: SocketAddr, links: Vec<String>, mut dice: Dice, times: usize) -> usize {
    let mut pages = 0;
    for _ in 0..times {
        let link = format!("{}{}", links[dice.index(links.len())], dice.pick(&TAILS));
        let (method, manners) = (dice.pick(&METHODS), dice.pick(&MANNERS));
        let page = ask(at, method, &link, manners).await;
        assert!([200, 204, 404, 405, 503].contains(&page.status), "{method} {link}: {page:?}");
        assert!(method == "GET" || page.body.is_empty() || method == "OPTIONS", "{method} {link}: {page:?}");
        pages += usize::from(page.status == 200);
    }
    pages
}

/// "Shown by" 5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_scanners_ask_and_however_often_no_byte_is_written_and_the_links_work_afterwards() {
    let salon = Salon::open().await;
    let (before, times) = (salon.digest(), proof::scale("COMITY_SCANS", 1000));
    println!("seed: {SEED}");
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let dice = Dice::seeded(SEED + caller as u64);
        callers.spawn(scan(salon.door.at, salon.links(), dice, times.div_ceil(CALLERS)));
    }
    let pages: usize = callers.join_all().await.into_iter().sum();
    println!("{times} requests, {pages} of them with a page");
    assert!(pages > times / 3, "{pages} of {times}");
    assert_eq!(salon.digest(), before, "something was written");
    // The links do what they say.
    let coming = salon.press(&salon.path("a/coming", LinkPurpose::Answer), "answer=coming").await;
    assert_eq!(coming.status, 200, "{}", coming.body);
    let no = salon.press(&salon.path("preferences", LinkPurpose::Preferences), "stop=letters").await;
    assert_eq!(no.status, 200, "{}", no.body);
    let stopped = salon.press(&salon.path("u", LinkPurpose::Stop), "List-Unsubscribe=One-Click").await;
    assert_eq!(stopped.status, 200, "{}", stopped.body);
    assert_ne!(salon.digest(), before, "the digest tells what is written");
    assert_eq!(salon.daemon.engine.store.consents(salon.anna.id).await.unwrap().len(), 2);
    let answered = Happening::Answered { answer: Answer::Coming };
    assert!(salon.daemon.history(&salon.anna).await.iter().any(|entry| entry.happening == answered));
}

/// Follows everything that can be followed short of submitting: looks at each link and button, points at it, opens what opens, and
/// asks for where it leads.
const ROBOT: &str = "const done = arguments[0];
    for (const it of document.querySelectorAll('a, button, input, select, summary, textarea, label')) {
        it.focus();
        for (const event of ['mouseover', 'pointerdown', 'mousedown', 'touchstart', 'keydown', 'contextmenu']) {
            it.dispatchEvent(new Event(event, { bubbles: true, cancelable: true }));
        }
        if (it.tagName === 'SUMMARY' || it.type === 'checkbox' || it.type === 'radio') it.click();
    }
    const links = [...document.querySelectorAll('a[href]')].map(it => new URL(it.href).pathname);
    document.querySelectorAll('form').forEach(it => links.push(new URL(it.action).pathname));
    done(links);";

/// "Shown by" 5, its second half.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_runs_scripts_and_follows_every_link_changes_nothing() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let salon = Salon::open().await;
    let browser = Browser::open().await;
    let before = salon.digest();
    let mut links = salon.links();
    let (mut visits, mut next) = (0, 0);
    while visits < VISITS {
        let link = links[next % links.len()].clone();
        next += 1;
        browser.goto(&format!("http://{}{link}", salon.door.at)).await;
        let found = browser.ask(ROBOT).await;
        let found = found.as_array().unwrap().iter().map(|path| path.as_str().unwrap().to_owned());
        let new: Vec<String> = found.filter(|path| !links.contains(path)).collect();
        links.extend(new);
        visits += 1;
    }
    browser.close().await;
    assert!(links.len() > salon.links().len(), "it finds links on the pages");
    assert_eq!(salon.digest(), before, "something was written");
    let stopped = salon.press(&salon.path("u", LinkPurpose::Stop), "List-Unsubscribe=One-Click").await;
    assert_eq!(stopped.status, 200, "{}", stopped.body);
    assert_ne!(salon.digest(), before, "the digest tells what is written");
}

/// A link that has left is taken whichever key signs by now, and the next ones are signed with the new one.
#[tokio::test]
async fn a_key_that_was_made_while_links_are_on_their_way_takes_none_of_them_away() {
    let salon = Salon::open().await;
    let sent = salon.path("u", LinkPurpose::Stop);
    assert!(sent.starts_with("/u/1."), "{sent}");
    salon.daemon.clock.go_on(Duration::from_secs(1));
    assert_eq!(salon.daemon.engine.office().new_link_key().await.unwrap(), 2);
    let new = salon.path("u", LinkPurpose::Stop);
    assert!(new.starts_with("/u/2."), "{new}");
    for path in [&sent, &new] {
        assert_eq!(ask(salon.door.at, "GET", path, "").await.status, 200, "{path}");
    }
    assert_eq!(salon.press(&sent, "List-Unsubscribe=One-Click").await.status, 200);
    assert_eq!(salon.daemon.engine.store.consents(salon.anna.id).await.unwrap().len(), 1);
    // The next start knows both.
    let (premises, clock) = salon.daemon.end().await;
    let daemon = Daemon::over(premises, clock).await;
    let door = OpenDoor::of(&daemon).await;
    for path in [&sent, &new] {
        assert_eq!(ask(door.at, "GET", path, "").await.status, 200, "{path}");
    }
}
