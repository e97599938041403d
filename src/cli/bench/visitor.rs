//! Somebody at the public pages: one connection, one request, the whole answer, and how long that took.

use crate::clock::SystemClock;
use anyhow::{Context, bail};
use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Handle,
    sync::oneshot,
};

/// What came back.
pub struct Answer {
    /// The body.
    pub body: Vec<u8>,
    /// Before the connection was asked for, in microseconds of boot time.
    pub asked_us: i64,
    /// When the last byte was there.
    pub answered_us: i64,
}

/// Where callers are: on a thread of their own, as on another machine, they don't wait for this one's work. Ends when dropped.
pub struct Outside(pub Handle, #[expect(dead_code, reason = "dropped with the callers")] oneshot::Sender<()>);

impl Outside {
    /// Its thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn open() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (handle, (leave, left)) = (runtime.handle().clone(), oneshot::channel());
        std::thread::Builder::new().name("callers".to_owned()).spawn(move || drop(runtime.block_on(left)))?;
        Ok(Self(handle, leave))
    }
}

/// Sends a form; looks at the page where it is `None`.
///
/// # Errors
/// When the answer is no 200.
pub async fn call(page: SocketAddr, path: &str, form: Option<&str>, language: &str) -> anyhow::Result<Answer> {
    let (method, form) = form.map_or(("GET", ""), |form| ("POST", form));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {page}\r\nAccept-Language: {language}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let asked_us = SystemClock.boot_us();
    let mut stream = TcpStream::connect(page).await.context("the public page is closed")?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answered_us = SystemClock.boot_us();
    let end =
        answer.windows(4).position(|four| four == b"\r\n\r\n").context("an answer without an end of its headers")?;
    let body = answer.split_off(end + 4);
    if !answer.starts_with(b"HTTP/1.1 200 ") {
        let head = String::from_utf8_lossy(&answer);
        bail!("{method} of a public page was answered with {}", head.lines().next().unwrap_or_default());
    }
    Ok(Answer { body, asked_us, answered_us })
}
