//! A clean HTTP client: the bytes that are written, and the answer that is read. It follows nothing and keeps nothing.

use std::{collections::BTreeMap, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An answer, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// By name in lower case.
    pub headers: BTreeMap<String, Vec<String>>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|values| values.first()).map_or("", String::as_str)
    }
}

/// Writes a request as it stands and reads until the server closes.
pub async fn exchange(to: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // A server that has heard enough may close before it has read everything.
    let _ = stream.write_all(request).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    parse(&bytes)
}

/// The same with a server that leaves the connection open: reads as much as the answer says it has.
pub async fn converse(to: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut bytes = Vec::new();
    loop {
        let read = stream.read_buf(&mut bytes).await.unwrap();
        let whole = bytes.windows(4).any(|end| end == b"\r\n\r\n").then(|| parse(&bytes));
        match whole {
            Some(answer) if answer.header("content-length").parse() == Ok(answer.body.len()) => return answer,
            _ => assert_ne!(read, 0, "cut off: {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
}

/// The same, as a task of its own may do it.
pub async fn exchange_owned(to: SocketAddr, request: String) -> Answer {
    exchange(to, request.as_bytes()).await
}

/// One request without a body, on a connection of its own.
pub async fn ask(to: SocketAddr, method: &str, path: &str, extra: &str) -> Answer {
    let request = format!("{method} {path} HTTP/1.1\r\nHost: stop.example\r\nConnection: close\r\n{extra}\r\n");
    exchange(to, request.as_bytes()).await
}

/// What a form of a page sends.
pub async fn post(to: SocketAddr, path: &str, body: &str) -> Answer {
    post_with(to, path, "", body).await
}

/// The same with more lines in its head.
pub async fn post_with(to: SocketAddr, path: &str, extra: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!("POST {path} HTTP/1.1\r\nHost: stop.example\r\nConnection: close\r\n{extra}");
    exchange(to, format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes()).await
}

/// An answer out of its bytes.
pub fn parse(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        headers.entry(name.to_ascii_lowercase()).or_default().push(value.trim().to_owned());
    }
    Answer { status, headers, body: body.to_owned() }
}
