//! The demo in a real browser: a letter is opened, its stop link pressed, a day passes, and the next reminder is
//! refused with its reason.
//!
//! A second one answers a letter, and the ledger has it. Each page that a letter leads to is held against the rules of
//! accessibility that axe-core knows.
//!
//! It needs Debian's `chromium` and `chromium-driver`. Without them it says so and passes; where `CI` is set it fails.

mod own_ways;
mod shop;

use crate::support::{
    browser::{Browser, DRIVER},
    daemon::eventually,
    http::ask,
    need,
    process::{COMITY, Process, start},
    verifier,
};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The real demo, with its mailbox.
struct Demo {
    process: Process,
    mailbox: String,
    folder: PathBuf,
}

impl Demo {
    fn start() -> Self {
        Self::start_with(&["demo"])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let (process, said) = start(Path::new(COMITY), arguments, &["Mailbox", "--dir"]);
        let [mailbox, rest] = &said[..] else { unreachable!() };
        let folder = PathBuf::from(rest.split(' ').next().unwrap());
        Self { process, mailbox: mailbox.clone(), folder }
    }

    fn explain(&self, customer: &str) -> String {
        let explained =
            Command::new(COMITY).arg("--dir").arg(&self.folder).args(["explain", customer]).output().unwrap();
        String::from_utf8(explained.stdout).unwrap()
    }

    /// Opens the letter that the mailbox points at, and says whose it is.
    async fn open_letter(&self, browser: &Browser) -> String {
        browser.goto(&self.mailbox).await;
        browser.press(".hint a").await;
        browser.text("#customer").await
    }

    /// Waits for a letter with this subject, and gives a link in it.
    async fn link_in(&self, subject: &str, to: &str) -> String {
        self.link_in_last(1, subject, to).await
    }

    /// The same, of the last one when there are so many.
    async fn link_in_last(&self, many: usize, subject: &str, to: &str) -> String {
        let at = self.mailbox.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
        let rows = async || ask(at, "GET", "/", "").await.body;
        eventually("the letter is there", async || rows().await.matches(subject).count() >= many).await;
        let rows = rows().await;
        let letter = rows.split(subject).next().unwrap().rsplit("href=\"/letters/").next().unwrap();
        let letter = ask(at, "GET", &format!("/letters/{}", letter.split('"').next().unwrap()), "").await.body;
        let body = letter.split("<iframe").nth(1).unwrap().split("src=\"").nth(1).unwrap().split('"').next().unwrap();
        let body = ask(at, "GET", body, "").await.body;
        let mut links = body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        links.find(|link| link.contains(to)).unwrap().to_owned()
    }

    /// Asks it to end, which leaves nothing behind.
    fn end(mut self) {
        let process = rustix::process::Pid::from_child(&self.process.0);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
        assert!(self.process.0.wait().unwrap().success());
        assert!(!self.folder.exists(), "{} is left behind", self.folder.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_stop_in_one_letter_stops_that_customers_next_reminder() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let demo = Demo::start();
    let browser = Browser::open().await;
    let customer = demo.open_letter(&browser).await;
    let first = browser.window().await;
    browser.press("#stop").await;
    let windows = browser.windows().await;
    let page = windows.into_iter().find(|window| *window != first).expect("the stop link opens beside the mailbox");
    browser.switch_to(&page).await;
    let asked = browser.text("main").await;
    assert!(asked.contains("…@"), "the mailbox is masked: {asked}");
    browser.press("button").await;
    browser.see(".mark.good").await;
    assert!(browser.cookies().await.is_empty());

    browser.switch_to(&first).await;
    browser.press(".clock button").await;
    browser.see_path("//*[@class='story']/li[contains(., 'Not sent.')]").await;
    let story = browser.text(".story").await;
    browser.close().await;

    let explained = demo.explain(&customer);
    let stopped = explained.lines().position(|line| line.contains("Stopped \"appointment-reminders\""));
    let refused = explained.lines().position(|line| line.contains("Not sent. ") && line.contains("stop"));
    assert!(stopped.expect("the stop is told") < refused.expect("the refusal is told"), "{explained}\n{story}");

    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_a_letters_link_is_on_the_ledger_and_a_look_alone_is_not() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let demo = Demo::start();
    let browser = Browser::open().await;
    let customer = demo.open_letter(&browser).await;
    let body = browser.property("iframe", "src").await;
    browser.goto(&body).await;
    let link = browser.property("a.answer[href*='/another-time/']", "href").await;
    browser.goto(&link).await;
    assert_eq!(browser.property("input:checked", "value").await, "another-time");
    assert!(!demo.explain(&customer).contains("answered"), "a look changes nothing");

    browser.press("label:first-of-type").await;
    browser.press("button").await;
    browser.see(".mark.good").await;
    assert!(browser.cookies().await.is_empty());
    browser.close().await;
    let explained = demo.explain(&customer);
    assert!(explained.contains("The customer answered \"I'm coming\"."), "{explained}");

    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_keyboard_alone_a_kind_is_stopped_on_the_page_of_preferences_and_that_is_taken_back() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let demo = Demo::start();
    let browser = Browser::open().await;
    let customer = demo.open_letter(&browser).await;
    let body = browser.property("iframe", "src").await;
    browser.goto(&body).await;
    let link = browser.property("a[href*='/preferences/']", "href").await;
    let why = browser.property("a[href*='/why/']", "href").await;
    browser.resize(390, 844).await;
    browser.goto(&link).await;
    // WCAG 2.5.8: nothing to press is smaller than 24 by 24.
    for (width, height) in browser.sizes("button, select, input[type=date], summary, label:has(input)").await {
        assert!(width >= 24.0 && height >= 24.0, "{width} by {height}");
    }
    // The first button is the one that stops the first kind.
    until_at(&browser, "stop").await;
    let kind = browser.at_keyboard("value").await;
    browser.keys(ENTER).await;
    browser.see(".told").await;
    assert!(demo.explain(&customer).contains(&format!("Stopped \"{kind}\" on the page of preferences.")));
    until_at(&browser, "undo").await;
    browser.keys(ENTER).await;
    browser.see_path("//*[@class='told' and not(.//button)]").await;
    assert!(demo.explain(&customer).contains(&format!("Took back what they had just said about \"{kind}\"")));
    browser.goto(&why).await;
    until_at(&browser, "stop").await;
    assert!(browser.cookies().await.is_empty());
    browser.close().await;
    demo.end();
}

/// What axe finds, as short as it can be read, and how wide the page is.
const AXE: &str = "const done = arguments[0]; axe.run(document).then(found => done({
    wrong: found.violations.map(rule => [rule.id, ...rule.nodes.map(node => node.html)]),
    held: found.passes.length,
    width: document.documentElement.scrollWidth,
}));";

#[tokio::test(flavor = "multi_thread")]
async fn each_page_that_a_letter_leads_to_can_be_read_by_everybody_on_a_telephone_and_at_a_desk_by_day_and_by_night() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let Some(axe) = verifier::axe() else { return };
    let demo = Demo::start();
    let browser = Browser::open().await;
    browser.goto("data:text/html,<title>x</title><p style='color:silver'>pale").await;
    browser.run(&axe).await;
    let found = browser.ask(AXE).await;
    let wrong: Vec<_> = found["wrong"].as_array().unwrap().iter().map(|rule| rule[0].as_str().unwrap()).collect();
    assert!(wrong.contains(&"color-contrast") && wrong.contains(&"html-has-lang"), "it finds what is wrong: {found}");

    demo.open_letter(&browser).await;
    let body = browser.property("iframe", "src").await;
    browser.goto(&body).await;
    let mut pages = vec![];
    for link in ["/privacy", "/why/", "/preferences/", "/u/", "/a/coming/"] {
        pages.push(browser.property(&format!("a[href*='{link}']"), "href").await);
    }
    let notice = pages[0].clone();
    assert!(notice.ends_with("/privacy"), "{notice} is everybody's");
    pages.push(notice.replace("/privacy", "/sign-up"));
    pages.extend(["en", "fr", "de"].map(|language| format!("{notice}?lang={language}")));
    for page in &pages {
        browser.goto(page).await;
        can_be_read(&browser, &axe, page).await;
    }
    browser.close().await;
    weighs_little(&notice).await;
    demo.end();
}

/// The page that is open, by everybody: narrow and wide, by day and by night.
pub async fn can_be_read(browser: &Browser, axe: &str, page: &str) {
    for (width, height) in [(320, 640), (1280, 900)] {
        browser.screen(width, height).await;
        for scheme in ["light", "dark"] {
            browser.prefers(scheme).await;
            browser.run(axe).await;
            let found = browser.ask(AXE).await;
            assert_eq!(found["wrong"], serde_json::json!([]), "{page}, {width} wide, {scheme}");
            assert!(found["held"].as_u64().unwrap() > 10, "{page}: {found}");
            // WCAG 1.4.10: nothing is read by going to the side.
            assert!(found["width"].as_u64().unwrap() <= u64::from(width), "{page}, {width} wide: {found}");
        }
    }
}

/// The sample's notice is one small page in each language, without a script, also when it names as many earlier ones as it
/// may.
async fn weighs_little(notice: &str) {
    const EARLIER: usize = "<section>\n<h2>Autres versions</h2>\n<ul>\n</ul>\n</section>\n".len()
        + 6 * "<li><a href=\"/privacy/36e53aa51386?lang=fr\">mercredi 30 septembre 2026</a></li>\n".len();
    let at = notice.strip_prefix("http://").unwrap().strip_suffix("/privacy").unwrap().parse().unwrap();
    for language in ["en", "fr", "de"] {
        let page = ask(at, "GET", &format!("/privacy?lang={language}"), "").await;
        assert!(page.body.len() + EARLIER < 20_000, "{language}: {}", page.body.len());
        assert!(!page.body.contains("<script"), "{}", page.body);
    }
}

/// Keys, as `WebDriver` writes them (17.4.2).
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";

/// Goes on by the keyboard until it is at something of this name.
async fn until_at(browser: &Browser, name: &str) {
    until(browser, "name", name).await;
}

/// Goes on by the keyboard until it is at something of which this property is so.
async fn until(browser: &Browser, property: &str, value: &str) {
    for _ in 0..40 {
        browser.keys(TAB).await;
        if browser.at_keyboard(property).await == value {
            return;
        }
    }
    panic!("the keyboard never comes to where {property} is {value}");
}
