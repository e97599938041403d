//! The demo's shop in a real browser: a product isn't wanted, by the keyboard, and two weeks on the next list does without it.

use super::{DRIVER, Demo, ENTER, can_be_read, until};
use crate::support::{browser::Browser, http::post_with, need, verifier};
use std::path::Path;

/// Days until somebody may be recommended something again, and one more.
const DAYS: usize = 15;

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_is_not_interested_in_is_in_no_later_list() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let Some(axe) = verifier::axe() else { return };
    let demo = Demo::start_with(&["demo", "--shop"]);
    let browser = Browser::open().await;
    browser.goto(&format!("{}letters/1", demo.mailbox)).await;
    let customer = browser.text("#customer").await;
    let body = browser.property("iframe", "src").await;
    browser.goto(&body).await;
    let why = browser.property("a[href*='/why/']", "href").await;
    let page = browser.property("a[href*='/recommended/']", "href").await;
    browser.goto(&why).await;
    can_be_read(&browser, &axe, "why").await;
    browser.goto(page.split('#').next().unwrap()).await;
    can_be_read(&browser, &axe, "what we recommend").await;
    let product = browser.text("section h3").await;
    until(&browser, "name", "not-interested").await;
    browser.keys(ENTER).await;
    browser.see(".told").await;
    can_be_read(&browser, &axe, "what was said").await;
    assert!(browser.cookies().await.is_empty());

    browser.close().await;
    let mailbox = demo.mailbox.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for _ in 0..DAYS {
        let passed = post_with(mailbox, "/advance", form, "back=").await;
        assert_eq!(passed.status, 303, "{}", passed.body);
    }
    let explained = demo.explain(&customer);
    let lists: Vec<&str> = explained.split("\n  message ").filter(|plan| plan.contains("\n    recommends ")).collect();
    assert!(lists.len() >= 2, "{explained}");
    let holds = |list: &&str| list.contains(&format!("    recommends {product}: "));
    assert!(holds(&lists[0]), "{product}: {explained}");
    assert!(!lists[1..].iter().any(holds), "{product}: {explained}");
    assert!(explained.contains("Said what they want more of"), "it is on the ledger: {explained}");
    demo.end();
}
