//! A browser that does what a person would: the few `WebDriver` calls that the tests need, in JSON over [`super::http`].
//!
//! W3C `WebDriver`, <https://www.w3.org/TR/webdriver2/>. Whatever is looked for is waited for, up to half a minute.

use super::{
    http::converse,
    process::{Process, try_start},
};
use serde_json::{Value, json};
use std::{net::SocketAddr, path::Path};
use tempfile::TempDir;

/// Where Debian puts the program that moves a browser.
pub const DRIVER: &str = "/usr/bin/chromedriver";

/// The name of an element's id in JSON (`WebDriver` 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Chromium, headless, with a profile of its own.
pub struct Browser {
    driver: SocketAddr,
    session: String,
    _process: Process,
    _profile: TempDir,
}

impl Browser {
    pub async fn open() -> Self {
        Self::open_with(json!({})).await
    }

    /// One that runs no page's scripts.
    pub async fn open_without_scripts() -> Self {
        Self::open_with(json!({ "profile.managed_default_content_settings.javascript": 2 })).await
    }

    async fn open_with(prefs: Value) -> Self {
        // It takes a free port of IPv6, wants the same of IPv4, and ends where another program has that one.
        let driver = || try_start(Path::new(DRIVER), &["--port=0"], &["successfully on port"]);
        let (process, port) = (0..5).find_map(|_| driver()).expect("a driver that finds a port");
        let driver = format!("127.0.0.1:{}", port[0].trim_end_matches('.')).parse().unwrap();
        let profile = tempfile::tempdir().unwrap();
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
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let options = json!({ "args": arguments, "prefs": prefs });
        let wanted = json!({ "goog:chromeOptions": options, "timeouts": { "implicit": 30_000 } });
        let asked = json!({ "capabilities": { "alwaysMatch": wanted } });
        let opened = call(driver, "POST", "/session", Some(&asked)).await;
        let session = format!("/session/{}", opened["sessionId"].as_str().unwrap());
        Self { driver, session, _process: process, _profile: profile }
    }

    pub async fn goto(&self, url: &str) {
        self.post("/url", &json!({ "url": url })).await;
    }

    /// The text of the first element that this CSS selects.
    pub async fn text(&self, selector: &str) -> String {
        loop {
            let element = self.find("css selector", selector).await;
            let path = format!("{}/element/{element}/text", self.session);
            match answer(self.driver, "GET", &path, None).await {
                Ok(text) => return text.as_str().unwrap().to_owned(),
                // A page that is just being loaded took the place of the one in which it was found.
                Err(error) if error.contains("stale element reference") => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// An attribute of the first element that this CSS selects, as the browser understands it: whole addresses.
    pub async fn property(&self, selector: &str, name: &str) -> String {
        let element = self.find("css selector", selector).await;
        self.get(&format!("/element/{element}/property/{name}")).await.as_str().unwrap().to_owned()
    }

    /// Clicks on the first element that this CSS selects.
    pub async fn press(&self, selector: &str) {
        let element = self.find("css selector", selector).await;
        self.post(&format!("/element/{element}/click"), &json!({})).await;
    }

    /// As large as a telephone's, or as a desk's.
    pub async fn resize(&self, width: u32, height: u32) {
        self.post("/window/rect", &json!({ "width": width, "height": height })).await;
    }

    /// A screen of exactly this size, in points of CSS: a telephone's is narrow.
    pub async fn screen(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", &size).await;
    }

    /// `light`, or `dark`.
    pub async fn prefers(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", &features).await;
    }

    async fn devtools(&self, command: &str, parameters: &Value) {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters })).await;
    }

    /// Runs a script on the page, as its own may not.
    pub async fn run(&self, script: &str) {
        self.post("/execute/sync", &json!({ "script": script, "args": [] })).await;
    }

    /// What a script comes to, which gives it to `arguments[0]`.
    pub async fn ask(&self, script: &str) -> Value {
        self.post("/execute/async", &json!({ "script": script, "args": [] })).await
    }

    /// Types, wherever the keyboard is.
    pub async fn keys(&self, keys: &str) {
        let element = self.get("/element/active").await[ELEMENT].as_str().unwrap().to_owned();
        self.post(&format!("/element/{element}/value"), &json!({ "text": keys })).await;
    }

    /// A property of what the keyboard is at.
    pub async fn at_keyboard(&self, property: &str) -> String {
        let element = self.get("/element/active").await[ELEMENT].as_str().unwrap().to_owned();
        let value = self.get(&format!("/element/{element}/property/{property}")).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// The width and height of everything that this CSS selects and that is shown.
    pub async fn sizes(&self, selector: &str) -> Vec<(f64, f64)> {
        let found = self.post("/elements", &json!({ "using": "css selector", "value": selector })).await;
        let mut sizes = vec![];
        for element in found.as_array().unwrap() {
            let rect = self.get(&format!("/element/{}/rect", element[ELEMENT].as_str().unwrap())).await;
            sizes.push((rect["width"].as_f64().unwrap(), rect["height"].as_f64().unwrap()));
        }
        sizes.retain(|(width, height)| *width > 0.0 && *height > 0.0);
        sizes
    }

    /// Waits for what this CSS selects.
    pub async fn see(&self, selector: &str) {
        self.find("css selector", selector).await;
    }

    /// Waits for what this `XPath` finds.
    pub async fn see_path(&self, path: &str) {
        self.find("xpath", path).await;
    }

    pub async fn window(&self) -> String {
        self.get("/window").await.as_str().unwrap().to_owned()
    }

    pub async fn windows(&self) -> Vec<String> {
        let windows = self.get("/window/handles").await;
        windows.as_array().unwrap().iter().map(|window| window.as_str().unwrap().to_owned()).collect()
    }

    pub async fn switch_to(&self, window: &str) {
        self.post("/window", &json!({ "handle": window })).await;
    }

    pub async fn cookies(&self) -> Vec<Value> {
        self.get("/cookie").await.as_array().unwrap().clone()
    }

    pub async fn close(self) {
        call(self.driver, "DELETE", &self.session, None).await;
    }

    async fn find(&self, using: &str, value: &str) -> String {
        let element = self.post("/element", &json!({ "using": using, "value": value })).await;
        element[ELEMENT].as_str().unwrap().to_owned()
    }

    async fn get(&self, what: &str) -> Value {
        call(self.driver, "GET", &format!("{}{what}", self.session), None).await
    }

    async fn post(&self, what: &str, body: &Value) -> Value {
        call(self.driver, "POST", &format!("{}{what}", self.session), Some(body)).await
    }
}

async fn call(driver: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> Value {
    answer(driver, method, path, body).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn answer(driver: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {driver}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = converse(driver, request.as_bytes()).await;
    if answer.status != 200 {
        return Err(format!("{method} {path} {body}: {} {}", answer.status, answer.body));
    }
    let mut answer: Value = serde_json::from_str(&answer.body).unwrap();
    Ok(answer["value"].take())
}
