//! The demo in a real browser: a letter is opened, its stop link pressed, a day passes, and the next reminder is
//! refused with its reason.
//!
//! It needs Debian's `chromium` and `chromium-driver`. Without them the test says so and passes, but in CI it fails.

use crate::support::process::{COMITY, start};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

const DRIVER: &str = "/usr/bin/chromedriver";

async fn browser(port: &str, profile: &Path) -> Client {
    let profile = format!("--user-data-dir={}", profile.display());
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,1000",
        &profile,
    ];
    let options = serde_json::json!({ "goog:chromeOptions": { "args": arguments } });
    ClientBuilder::new(HttpConnector::new())
        .capabilities(options.as_object().unwrap().clone())
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .unwrap()
}

async fn text(client: &Client, selector: &str) -> String {
    client.wait().for_element(Locator::Css(selector)).await.unwrap().text().await.unwrap()
}

async fn press(client: &Client, selector: &str) {
    client.wait().for_element(Locator::Css(selector)).await.unwrap().click().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_stop_in_one_letter_stops_that_customers_next_reminder() {
    if !Path::new(DRIVER).exists() {
        assert_ne!(
            env::var("CI").as_deref(),
            Ok("true"),
            "{DRIVER} is missing: apt-get install chromium chromium-driver"
        );
        println!("not tried: {DRIVER} is missing (apt-get install chromium chromium-driver)");
        return;
    }
    let (mut demo, said) = start(Path::new(COMITY), &["demo"], &["Mailbox", "--dir"]);
    let [mailbox, rest] = &said[..] else { unreachable!() };
    let folder = PathBuf::from(rest.split(' ').next().unwrap());
    let (_driver, port) = start(Path::new(DRIVER), &["--port=0"], &["successfully on port"]);
    let profile = tempfile::tempdir().unwrap();
    let client = browser(port[0].trim_end_matches('.'), profile.path()).await;

    client.goto(mailbox).await.unwrap();
    press(&client, ".hint a").await;
    let customer = text(&client, "#customer").await;
    let first = client.window().await.unwrap();
    press(&client, "#stop").await;
    let windows = client.windows().await.unwrap();
    let page = windows.into_iter().find(|window| *window != first).expect("the stop link opens beside the mailbox");
    client.switch_to_window(page).await.unwrap();
    let asked = text(&client, "main").await;
    assert!(asked.contains("…@"), "the mailbox is masked: {asked}");
    press(&client, "button").await;
    client.wait().for_element(Locator::Css(".mark.good")).await.unwrap();
    assert!(client.get_all_cookies().await.unwrap().is_empty());

    client.switch_to_window(first).await.unwrap();
    press(&client, ".clock button").await;
    client.wait().for_element(Locator::XPath("//*[@class='story']/li[contains(., 'Not sent.')]")).await.unwrap();
    let story = text(&client, ".story").await;
    client.close().await.unwrap();

    let explained = Command::new(COMITY).arg("--dir").arg(&folder).args(["explain", &customer]).output().unwrap();
    let explained = String::from_utf8(explained.stdout).unwrap();
    let stopped = explained.lines().position(|line| line.contains("Stopped \"appointment-reminders\""));
    let refused = explained.lines().position(|line| line.contains("Not sent. ") && line.contains("stop"));
    assert!(stopped.expect("the stop is told") < refused.expect("the refusal is told"), "{explained}\n{story}");

    let process = rustix::process::Pid::from_child(&demo.0);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    assert!(demo.0.wait().unwrap().success());
    assert!(!folder.exists(), "{} is left behind", folder.display());
}
