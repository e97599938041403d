//! What somebody does by themselves, with the keyboard alone: they sign up and confirm it; they ask for their data, see it, and are
//! erased. Each page on the way can be read by everybody.

use super::{DRIVER, Demo, ENTER, SPACE, can_be_read, until, until_at};
use crate::support::{browser::Browser, need, verifier};
use std::path::Path;

/// The public side of the demo, by the link of a letter.
fn public(link: &str) -> String {
    let (scheme, rest) = link.split_once("://").unwrap();
    format!("{scheme}://{}", rest.split('/').next().unwrap())
}

/// At the page of preferences of whoever got the letter that the mailbox points at; says who that is.
async fn at_preferences(demo: &Demo, browser: &Browser) -> String {
    let customer = demo.open_letter(browser).await;
    let body = browser.property("iframe", "src").await;
    browser.goto(&body).await;
    let preferences = browser.property("a[href*='/preferences/']", "href").await;
    browser.goto(&preferences).await;
    customer
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_keyboard_alone_somebody_signs_up_and_confirms_it() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let Some(axe) = verifier::axe() else { return };
    let demo = Demo::start();
    let browser = Browser::open().await;
    demo.open_letter(&browser).await;
    let body = browser.property("iframe", "src").await;
    browser.goto(&body).await;
    let public = public(&browser.property("a[href*='/why/']", "href").await);
    browser.goto(&format!("{public}/sign-up?lang=en")).await;
    can_be_read(&browser, &axe, "the form").await;
    until_at(&browser, "for").await;
    browser.keys(SPACE).await;
    until_at(&browser, "email").await;
    browser.keys("somebody@post.example").await;
    until(&browser, "tagName", "BUTTON").await;
    browser.keys(ENTER).await;
    browser.see_path("//h1[contains(., 'look into your mailbox')]").await;
    can_be_read(&browser, &axe, "what follows").await;

    browser.goto(&demo.link_in("Was it you who signed up?", "/confirm/").await).await;
    can_be_read(&browser, &axe, "the question").await;
    until(&browser, "tagName", "BUTTON").await;
    browser.keys(ENTER).await;
    browser.see(".mark.good").await;
    can_be_read(&browser, &axe, "the answer").await;
    assert!(browser.cookies().await.is_empty());
    browser.close().await;
    let explained = demo.explain("somebody@post.example");
    assert!(explained.contains("by the link of a confirmation"), "it is on the ledger: {explained}");
    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_keyboard_alone_somebody_sees_their_data_and_is_erased() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let Some(axe) = verifier::axe() else { return };
    let demo = Demo::start();
    let browser = Browser::open().await;
    let customer = at_preferences(&demo, &browser).await;
    until_at(&browser, "data").await;
    browser.keys(ENTER).await;
    browser.see(".told").await;
    can_be_read(&browser, &axe, "the page of preferences").await;

    browser.goto(&demo.link_in("Le lien vers vos données", "/my-data/").await).await;
    can_be_read(&browser, &axe, "the closed page").await;
    until_at(&browser, "do").await;
    browser.keys(ENTER).await;
    browser.see("textarea").await;
    can_be_read(&browser, &axe, "one's own data").await;
    until_at(&browser, "words").await;
    browser.keys("Je m’appelle autrement.").await;
    until_at(&browser, "do").await;
    browser.keys(ENTER).await;
    browser.see(".told").await;
    until(&browser, "innerText", "Je veux être effacé(e)").await;
    browser.keys(ENTER).await;
    can_be_read(&browser, &axe, "before the erasure").await;
    until(&browser, "value", "erase").await;
    browser.keys(ENTER).await;
    browser.see(".mark.good").await;
    can_be_read(&browser, &axe, "the erasure").await;
    assert!(browser.cookies().await.is_empty());
    browser.close().await;
    assert_eq!(demo.explain(&customer), "", "nobody is called so");
    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_keyboard_alone_somebody_changes_their_address() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let Some(axe) = verifier::axe() else { return };
    let demo = Demo::start();
    let browser = Browser::open().await;
    let customer = at_preferences(&demo, &browser).await;
    until_at(&browser, "move").await;
    browser.keys("une.autre@post.example").await;
    until(&browser, "innerText", "Interroger les deux boîtes").await;
    browser.keys(ENTER).await;
    browser.see(".told").await;
    can_be_read(&browser, &axe, "the page of preferences").await;

    for (letters, heading) in [(1, "C’est presque fait"), (2, "Votre adresse est changée")] {
        let link = demo.link_in_last(letters, "Faut-il écrire à une autre adresse ?", "/address/").await;
        browser.goto(&link).await;
        can_be_read(&browser, &axe, "the question").await;
        until(&browser, "tagName", "BUTTON").await;
        browser.keys(ENTER).await;
        browser.see_path(&format!("//h1[contains(., '{heading}')]")).await;
        can_be_read(&browser, &axe, heading).await;
    }
    assert!(browser.cookies().await.is_empty());
    browser.close().await;
    assert!(demo.explain(&customer).contains("it is theirs from now on"), "{}", demo.explain(&customer));
    demo.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_in_a_browser_that_runs_no_scripts() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let demo = Demo::start();
    let browser = Browser::open_without_scripts().await;
    browser.goto("data:text/html,<p>before<script>document.querySelector('p').innerText = 'after'</script>").await;
    assert_eq!(browser.text("p").await, "before", "it runs none");
    let customer = demo.open_letter(&browser).await;
    let body = browser.property("iframe", "src").await;
    browser.goto(&body).await;
    let [stop, preferences, coming, why, privacy] = [
        browser.property("a[href*='/u/']", "href").await,
        browser.property("a[href*='/preferences/']", "href").await,
        browser.property("a[href*='/a/coming/']", "href").await,
        browser.property("a[href*='/why/']", "href").await,
        browser.property("a[href*='/privacy']", "href").await,
    ];
    for page in [why, privacy] {
        browser.goto(&page).await;
        browser.see("h1").await;
    }
    browser.goto(&coming).await;
    browser.press("button").await;
    browser.see(".mark.good").await;
    browser.goto(&preferences).await;
    browser.press("[name=everything]").await;
    browser.see(".told").await;
    browser.press("[name=undo]").await;
    browser.see_path("//*[@class='told' and not(.//button)]").await;
    browser.press("[name=data]").await;
    browser.see(".told").await;
    browser.goto(&demo.link_in("Le lien vers vos données", "/my-data/").await).await;
    browser.press("[name=do][value=see]").await;
    browser.see("textarea").await;
    browser.press("[name=do][value=confirm]").await;
    browser.see(".told").await;
    browser.goto(&stop).await;
    browser.press("button").await;
    browser.see(".mark.good").await;
    browser.goto(&format!("{}/sign-up?lang=en", public(&stop))).await;
    browser.press("[name=for]").await;
    browser.press("[name=email]").await;
    browser.keys("somebody@post.example").await;
    browser.press("form button").await;
    browser.see_path("//h1[contains(., 'look into your mailbox')]").await;
    browser.goto(&demo.link_in("Was it you who signed up?", "/confirm/").await).await;
    browser.press("button").await;
    browser.see(".mark.good").await;
    browser.close().await;
    let explained = demo.explain(&customer);
    for said in ["answered", "Stopped everything", "said that what is kept about them is right"] {
        assert!(explained.contains(said), "{said} in {explained}");
    }
    demo.end();
}
