//! The business's own colour and logo on the pages: as the policy says, from our own host, and nothing else is let in.

use crate::{
    browser::can_be_read,
    support::{
        browser::{Browser, DRIVER},
        clock::HandClock,
        daemon::Daemon,
        door::OpenDoor,
        http::{Answer, ask},
        need, proof, verifier,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use comity::base::{
    Clock, PlanId,
    token::{Link, LinkPurpose},
};
use sha2::{Digest, Sha256};
use std::{fs, path::Path, time::Duration};

const LOGO: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30" width="180"><path d="M5 25h80" stroke="#7a1f4b"/></svg>"##;
const LOOK: &str = "[business]\nlook = { accent = \"#7a1f4b\", logo = \"logo.svg\" }\n";
/// Pages that need no link.
const PAGES: [&str; 3] = ["/privacy", "/sign-up", "/u/forged"];

async fn salon(look: &str) -> (Daemon, OpenDoor) {
    let premises = proof::premises_to(25);
    fs::write(premises.path().join("logo.svg"), LOGO).unwrap();
    fs::write(premises.path().join("policy.toml"), proof::POLICY.replacen("[business]\n", look, 1)).unwrap();
    let mut daemon = Daemon::over(premises, HandClock::new()).await;
    daemon.run().await;
    let door = OpenDoor::of(&daemon).await;
    (daemon, door)
}

/// The style of a page, which its policy must let in.
fn style(page: &Answer) -> &str {
    let style = page.body.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = STANDARD.encode(Sha256::digest(style));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
    style
}

#[tokio::test]
async fn pages_bear_the_businesss_colour_and_logo_and_fetch_nothing_from_elsewhere() {
    let (_daemon, door) = salon(LOOK).await;
    let mut logo = String::new();
    for path in PAGES {
        let page = ask(door.at, "GET", path, "").await;
        assert!(style(&page).contains("--act:#7a1f4b;"), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("img-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let header = page.body.split_once("<header>").unwrap().1.split_once("</header>").unwrap().0;
        assert!(header.contains(" alt=\"Salon Lumière\""), "{header}");
        logo = header.split_once("src=\"").unwrap().1.split('"').next().unwrap().to_owned();
        assert!(logo.starts_with("/logo/"), "{logo}");
        assert!(page.body.len() < 20_000, "{path}: {} bytes", page.body.len());
    }

    let picture = ask(door.at, "GET", &logo, "").await;
    assert_eq!((picture.status, picture.body.as_str()), (200, LOGO));
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert_eq!(picture.header("cross-origin-resource-policy"), "same-origin");
    assert!(picture.header("cache-control").contains("immutable"));
    let policy = picture.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(!picture.headers.contains_key("set-cookie"));

    for other in ["/logo/0123456789abcdef", "/logo/", "/logo/../policy.toml", "/logo.svg"] {
        assert_eq!(ask(door.at, "GET", other, "").await.status, 404, "{other}");
    }
}

#[tokio::test]
async fn without_a_look_pages_are_as_they_were_and_let_no_picture_in() {
    let (_daemon, door) = salon("[business]\n").await;
    for path in PAGES {
        let page = ask(door.at, "GET", path, "").await;
        assert_eq!(style(&page).matches(":root").count(), 3, "{path}");
        assert!(!page.header("content-security-policy").contains("img-src"));
        assert!(!page.body.contains("<img") && page.body.contains("<header><p>Salon Lumière</p></header>"), "{path}");
    }
    assert_eq!(ask(door.at, "GET", "/logo/0123456789abcdef", "").await.status, 404);
}

#[tokio::test]
async fn another_logo_is_on_the_pages_when_its_file_has_changed() {
    let (daemon, door) = salon(LOOK).await;
    let before = ask(door.at, "GET", "/privacy", "").await.body;
    fs::write(daemon.premises.path().join("logo.svg"), LOGO.replace("#7a1f4b", "#123456")).unwrap();
    daemon.files().reload().await.unwrap();
    let after = ask(door.at, "GET", "/privacy", "").await.body;
    let address = |page: &str| page.split_once("/logo/").unwrap().1.split('"').next().unwrap().to_owned();
    assert_ne!(address(&before), address(&after));
    assert!(ask(door.at, "GET", &format!("/logo/{}", address(&after)), "").await.body.contains("#123456"));
    assert_eq!(ask(door.at, "GET", &format!("/logo/{}", address(&before)), "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_businesss_own_colour_and_logo_pages_can_be_read_by_day_and_by_night() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let Some(axe) = verifier::axe() else { return };
    let (daemon, door) = salon(LOOK).await;
    let customer = daemon.visit("anna", Duration::from_hours(1)).await.handle;
    let link = Link { customer, purpose: "reminders".to_owned(), plan: PlanId(1), issued_at: daemon.clock.now() };
    let to = |page, act| format!("/{page}/{}", link.sign(&daemon.engine.keys, act));
    let theirs =
        [to("u", LinkPurpose::Stop), to("preferences", LinkPurpose::Preferences), to("why", LinkPurpose::Preferences)];
    let browser = Browser::open().await;
    for page in theirs.iter().map(String::as_str).chain(PAGES) {
        browser.goto(&format!("http://{}{page}", door.at)).await;
        let width = browser.ask("arguments[0](document.querySelector('header img').naturalWidth)").await;
        assert_eq!(width, 180, "the logo is shown: {page}");
        can_be_read(&browser, &axe, page).await;
    }
    browser.close().await;
}
