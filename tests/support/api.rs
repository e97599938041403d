//! A program of the business that uses the API: the real binary, a key, and requests byte by byte.

use super::{
    http::{self, Answer},
    proof,
    real::{Daemon, Premises},
};
use serde_json::Value;
use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

/// The proofs' policy with a purpose that rests on consent, and more fields.
const MORE_POLICY: &str = r#"
status    = { type = "text",     purposes = ["*"], keep = "90 days" }
minutes   = { type = "integer",  purposes = ["*"], keep = "90 days" }
first     = { type = "boolean",  purposes = ["*"], keep = "90 days" }
price     = { type = "money",    purposes = ["*"], keep = "90 days" }
day       = { type = "date",     purposes = ["*"], keep = "90 days" }
answer    = { type = "text",     purposes = ["*"], keep = "90 days", written_by = "answers" }

[records.purchase.fields]
article = { type = "text", purposes = ["*"], keep = "90 days" }

[records.enquiry]
event = true

[records.enquiry.fields]
topic = { type = "text", purposes = ["*"], keep = "90 days" }
count = { type = "integer", purposes = ["*"], keep = "90 days" }

[customer.fields]
first_name = { type = "text", purposes = ["*"] }
birthday   = { type = "month-day", purposes = ["tips"] }

[purposes.tips]
title = "Tips"
promise = "A note now and then."
basis = "consent"
"#;

/// A premises with an API, that sends to whoever listens at this port.
pub fn premises(smtp_port: u16, per_minute: u32) -> Premises {
    let premises = proof::premises_to(smtp_port);
    let api = format!("\n[api]\nlisten = \"127.0.0.1:0\"\nper_minute = {per_minute}\n");
    append(&premises, "comity.toml", &api);
    append(&premises, "policy.toml", MORE_POLICY);
    premises
}

fn append(premises: &Premises, file: &str, more: &str) {
    let path = premises.path().join(file);
    let text = fs::read_to_string(&path).unwrap() + more;
    fs::write(path, text).unwrap();
}

/// Everything that a key may do.
pub const ALL: &str = "customers,records,consents,events,products";

/// Makes a key and gives it back.
pub fn key(premises: &Premises, name: &str, may: &str) -> String {
    premises.run(&["keys", "new", name, "--may", may]).trim().to_owned()
}

/// Waits until the API is open, and says where.
pub fn opened(daemon: &mut Daemon) -> SocketAddr {
    let line = daemon.hear("the API is open").unwrap();
    line["address"].as_str().unwrap().parse().unwrap()
}

/// A program with its key.
#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub key: String,
}

impl Client {
    /// Posts a JSON value.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, "", &body.to_string())
    }

    /// Posts this text, with these further header lines.
    pub fn post_text(&self, path: &str, headers: &str, body: &str) -> Answer {
        let headers = format!("Content-Type: application/json\r\n{headers}");
        self.send("POST", path, &headers, body.as_bytes())
    }

    /// Posts under an `Idempotency-Key`.
    pub fn post_as(&self, name: &str, path: &str, body: &Value) -> Answer {
        self.post_text(path, &format!("Idempotency-Key: {name}\r\n"), &body.to_string())
    }

    /// One request with the key.
    pub fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        let headers = format!("Authorization: Bearer {}\r\n{headers}", self.key);
        self.send_bare(method, path, &headers, body)
    }

    /// One request with nothing but these headers.
    pub fn send_bare(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        self.try_send(method, path, headers, body).expect("an answer")
    }

    /// The same. `None` where the daemon died over it.
    pub fn try_send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Option<Answer> {
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: api.example\r\nConnection: close\r\n{headers}");
        let head = format!("{head}Content-Length: {length}\r\n\r\n");
        let mut stream = TcpStream::connect(self.address).ok()?;
        // A server that has heard enough may close before it has read everything.
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        (!bytes.is_empty()).then(|| http::parse(&bytes))
    }
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// What became of each row, where all were taken.
    #[track_caller]
    pub fn outcomes(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{self:?}");
        let json = self.json();
        json["results"].as_array().unwrap().iter().map(|one| one["outcome"].as_str().unwrap().to_owned()).collect()
    }

    /// Where something is wrong.
    #[track_caller]
    pub fn pointers(&self) -> Vec<String> {
        let json = self.json();
        json["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap().to_owned()).collect()
    }
}
