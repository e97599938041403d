//! Callers who take their time at the stop page: they are cut off, and everybody else is served.

use crate::{
    stop_page::Door,
    support::{
        clock::HandClock,
        daemon::{PATIENCE, eventually},
        http,
    },
};
use comity::{base::Clock, clock::SystemClock, ledger::entry::StopVia, web::listen::HEADERS_FOR};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SECOND: Duration = Duration::from_secs(1);

/// Connections that have said this much, once the server waits for the rest of it.
async fn callers(door: &Door, clock: &HandClock, count: usize, said: &str) -> Vec<TcpStream> {
    let before = clock.waits(HEADERS_FOR);
    let mut callers = vec![];
    for _ in 0..count {
        let mut caller = TcpStream::connect(door.at).await.unwrap();
        caller.write_all(said.as_bytes()).await.unwrap();
        callers.push(caller);
    }
    eventually("they are attended to", async || clock.waits(HEADERS_FOR) == before + count).await;
    callers
}

/// Reads to the end: what the server said until it closed, orderly or not.
async fn until_closed(caller: &mut TcpStream) -> String {
    let mut heard = vec![];
    tokio::select! {
        _ = caller.read_to_end(&mut heard) => {}
        () = SystemClock.wait_for(PATIENCE) => panic!("never cut off"),
    }
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn a_byte_a_second_does_not_keep_a_place() {
    let clock = HandClock::new();
    let door = Door::narrow(clock.clone(), 40).await;
    let head = format!("POST {} HTTP/1.1\r\nHost: stop.example\r\nX-Patience: ", door.path());
    let mut slow = callers(&door, &clock, 30, &head).await;
    let seconds = HEADERS_FOR.as_secs();
    for second in 1..=seconds {
        for caller in &mut slow {
            caller.write_all(b"x").await.unwrap();
        }
        assert_eq!(
            http::ask(door.at, "GET", &door.path(), "").await.status,
            200,
            "others are served in second {second}"
        );
        if second < seconds {
            clock.go_on(SECOND);
        }
    }
    let mut byte = [0];
    for caller in &slow {
        let read = caller.try_read(&mut byte);
        assert!(read.is_err_and(|why| why.kind() == std::io::ErrorKind::WouldBlock), "nobody is cut off too early");
    }
    clock.go_on(SECOND);
    for caller in &mut slow {
        assert_eq!(until_closed(caller).await, "");
    }
    assert_eq!(door.stops(), [], "half a request is no stop");
}

#[tokio::test]
async fn when_slow_callers_hold_every_place_the_next_one_is_served_as_soon_as_they_are_cut_off() {
    let clock = HandClock::new();
    let door = Door::narrow(clock.clone(), 8).await;
    // Some say nothing at all.
    let mut slow = callers(&door, &clock, 4, "").await;
    slow.extend(callers(&door, &clock, 4, "GET /").await);
    let asked = tokio::spawn(http::exchange_owned(
        door.at,
        format!("POST {} HTTP/1.1\r\nHost: stop.example\r\nConnection: close\r\n\r\n", door.path()),
    ));
    assert_eq!(door.stops(), []);
    clock.go_on(HEADERS_FOR);
    assert_eq!(asked.await.unwrap().status, 200);
    assert_eq!(door.stops(), [StopVia::OneClick]);
    for caller in &mut slow {
        assert_eq!(until_closed(caller).await, "");
    }
}

#[tokio::test]
async fn a_stop_with_a_body_that_never_ends_is_a_stop_all_the_same_and_is_cut_off() {
    let clock = HandClock::new();
    let door = Door::narrow(clock.clone(), 4).await;
    let head = format!("POST {} HTTP/1.1\r\nHost: stop.example\r\nContent-Length: 26\r\n\r\nList", door.path());
    let mut slow = vec![];
    for _ in 0..4 {
        let mut caller = TcpStream::connect(door.at).await.unwrap();
        caller.write_all(head.as_bytes()).await.unwrap();
        slow.push(caller);
    }
    let body = Duration::from_secs(5);
    eventually("their bodies are waited for", async || clock.waits(body) == 4).await;
    for _ in 0..5 {
        for caller in &mut slow {
            caller.write_all(b"-").await.unwrap();
        }
        assert_eq!(door.stops(), []);
        clock.go_on(SECOND);
    }
    let mut stops = vec![];
    eventually("all have stopped", async || {
        stops.extend(door.stops());
        stops.len() == 4
    })
    .await;
    assert_eq!(stops, [StopVia::OneClick; 4]);
    // Each is answered, and the rest of its body is nobody's business any more.
    for mut caller in slow {
        let cut_off = tokio::spawn(async move { until_closed(&mut caller).await });
        eventually("cut off", async || {
            clock.go_on(SECOND);
            cut_off.is_finished()
        })
        .await;
        assert!(cut_off.await.unwrap().starts_with("HTTP/1.1 200 "));
    }
}

#[tokio::test]
async fn headers_without_an_end_are_read_up_to_a_limit() {
    let clock = HandClock::new();
    let door = Door::narrow(clock.clone(), 4).await;
    let mut endless = TcpStream::connect(door.at).await.unwrap();
    endless.write_all(format!("GET {} HTTP/1.1\r\n", door.path()).as_bytes()).await.unwrap();
    // By no clock at all: the server has heard enough.
    let line = format!("X-{}: y\r\n", "x".repeat(1000));
    let mut written = 0;
    while endless.write_all(line.as_bytes()).await.is_ok() {
        written += line.len();
        assert!(written < 64 << 20, "it never ends");
    }
    assert_eq!(http::ask(door.at, "GET", &door.path(), "").await.status, 200);
}

#[tokio::test]
async fn a_caller_who_keeps_the_connection_has_the_same_time_for_the_next_request() {
    let clock = HandClock::new();
    let door = Door::narrow(clock.clone(), 4).await;
    let request = format!("HEAD {} HTTP/1.1\r\nHost: stop.example\r\n\r\n", door.path());
    let mut caller = callers(&door, &clock, 1, "").await.remove(0);
    for answered in 1..=3 {
        clock.go_on(HEADERS_FOR.saturating_sub(SECOND));
        caller.write_all(request.as_bytes()).await.unwrap();
        let mut heard = [0; 4096];
        let length = caller.read(&mut heard).await.unwrap();
        assert!(heard[..length].starts_with(b"HTTP/1.1 200 "));
        eventually("it is their turn", async || clock.waits(HEADERS_FOR) == 1 + answered).await;
    }
    clock.go_on(HEADERS_FOR);
    assert_eq!(until_closed(&mut caller).await, "");
}
