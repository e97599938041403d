//! Fetching a calendar: bounded in size and time, whole or not at all, and never inside.

use crate::support::{
    clock::HandClock,
    tls::Certified,
    web::{Say, WebServer, answer},
};
use comity::{
    clock::SystemClock,
    deliver,
    fetch::{FetchError, Fetched, Fetcher, Limits, Link, Reach, Version},
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring},
};

const BODY: &str = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
const MINUTE: Duration = Duration::from_mins(1);
const MAX: u64 = 1_000_000;

fn fetcher() -> Fetcher {
    let limits = Limits { bytes_max: MAX, time_max: MINUTE };
    Fetcher::new(Arc::new(SystemClock), deliver::trust(&[]).unwrap(), limits)
}

async fn fetch(link: &str, known: &Version) -> Result<Fetched, FetchError> {
    fetcher().fetch(&Link::parse(link).unwrap(), Reach::OwnHostAnywhere, known).await
}

/// What comes of a server that says this to everybody.
async fn fetch_from(say: Say) -> Result<Fetched, FetchError> {
    let server = WebServer::start(move |_| say.clone()).await;
    fetch(&server.link("/calendar.ics"), &Version::default()).await
}

fn host() -> String {
    "127.0.0.1".to_owned()
}

#[tokio::test]
async fn a_file_is_fetched_once_for_each_version() {
    let server = WebServer::start(|head: &str| {
        if head.contains("if-none-match: \"v1\"") {
            Say::This(b"HTTP/1.1 304 Not Modified\r\n\r\n".to_vec())
        } else {
            answer(200, "ETag: \"v1\"\r\nLast-Modified: Mon, 01 Mar 2027 08:00:00 GMT\r\n", BODY)
        }
    })
    .await;
    let link = server.link("/private-0123/basic.ics?x=%20y");
    let Fetched::File(bytes, version) = fetch(&link, &Version::default()).await.unwrap() else { panic!("a file") };
    assert_eq!(bytes, BODY.as_bytes());
    assert_eq!(version, Version { etag: "\"v1\"".into(), modified: "Mon, 01 Mar 2027 08:00:00 GMT".into() });
    assert_eq!(fetch(&link, &version).await, Ok(Fetched::Unchanged));
    let asked = server.asked();
    assert!(asked[0].starts_with("GET /private-0123/basic.ics?x=%20y HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(asked[0].contains("accept-encoding: identity\r\n") && !asked[0].contains("if-"), "{}", asked[0]);
    assert!(asked[1].contains("if-modified-since: Mon, 01 Mar 2027 08:00:00 GMT\r\n"), "{}", asked[1]);
}

#[tokio::test]
async fn an_answer_that_is_no_file_is_no_file() {
    let status = |status| Err(FetchError::Status { host: host(), status });
    for code in [304, 401, 404, 410, 500, 503, 204, 206] {
        assert_eq!(fetch_from(answer(code, "", "")).await, status(code), "{code}");
    }
    assert_eq!(fetch_from(answer(302, "", "")).await, status(302), "a redirect to nowhere");
    let packed = fetch_from(answer(200, "Content-Encoding: gzip\r\n", BODY)).await;
    assert_eq!(packed, Err(FetchError::Packed(host())));
}

#[tokio::test]
async fn a_file_that_breaks_off_is_never_a_shorter_file() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
    let cut = Say::This(format!("{head}{BODY}").into_bytes());
    assert_eq!(fetch_from(cut).await, Err(FetchError::CutOff(host())));
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nBEGIN\r\n";
    assert_eq!(fetch_from(Say::This(chunked.into())).await, Err(FetchError::CutOff(host())));
    let whole = format!("{chunked}0\r\n\r\n");
    assert_eq!(fetch_from(Say::This(whole.into())).await, Ok(Fetched::File(b"BEGIN".to_vec(), Version::default())));
    assert!(matches!(fetch_from(Say::This(vec![])).await, Err(FetchError::Unreachable { .. })));
}

#[tokio::test]
async fn a_file_without_end_is_left_at_the_limit() {
    let too_large = Err(FetchError::TooLarge { host: host(), max: MAX });
    let endless =
        |headers: &str| Say::ForEver(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes(), vec![b'x'; 100_000]);
    assert_eq!(fetch_from(endless("")).await, too_large);
    assert_eq!(fetch_from(endless("Content-Length: 18000000000\r\n")).await, too_large);
    let exact = answer(200, "", &"x".repeat(1_000_000));
    assert!(matches!(fetch_from(exact).await, Ok(Fetched::File(bytes, _)) if bytes.len() == 1_000_000));
}

#[tokio::test]
async fn a_server_that_never_ends_is_left_in_time() {
    for said in ["", "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nBEGIN"] {
        let clock = HandClock::new();
        let limits = Limits { bytes_max: MAX, time_max: MINUTE };
        let fetcher = Fetcher::new(clock.clone(), deliver::trust(&[]).unwrap(), limits);
        let server = WebServer::start(move |_| Say::ThenSilence(said.into())).await;
        let link = Link::parse(&server.link("/")).unwrap();
        let known = Version::default();
        let (outcome, ()) = tokio::join!(fetcher.fetch(&link, Reach::OwnHostAnywhere, &known), async {
            while server.asked().is_empty() {
                tokio::task::yield_now().await;
            }
            clock.go_on(MINUTE);
        });
        assert_eq!(outcome, Err(FetchError::TooSlow { host: host(), max: MINUTE }), "{said:?}");
    }
}

#[tokio::test]
async fn what_is_inside_is_not_even_called() {
    let server = WebServer::start(|_| answer(200, "", BODY)).await;
    let port = server.address.port();
    for name in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"] {
        let Ok(link) = Link::parse(&format!("http://{name}:{port}/")) else { continue };
        let fetched = fetcher().fetch(&link, Reach::Public, &Version::default()).await;
        assert!(matches!(fetched, Err(FetchError::Inside(_) | FetchError::NoSuchHost(_))), "{name}: {fetched:?}");
    }
    assert_eq!(server.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn a_redirect_leads_nowhere_inside() {
    let inner = WebServer::start(|_| answer(200, "", BODY)).await;
    let port = inner.address.port();
    for (to, refused) in [
        (format!("http://127.0.0.1:{port}/"), true),
        (format!("http://localhost:{port}/"), true),
        (format!("http://[::ffff:127.0.0.1]:{port}/"), true),
        ("http://169.254.169.254/latest/meta-data/".to_owned(), true),
        ("http://192.168.0.1/".to_owned(), true),
        (format!("//127.0.0.1:{port}/"), true),
        ("/elsewhere".to_owned(), false),
    ] {
        let outer = WebServer::start(move |head: &str| {
            if head.starts_with("GET /elsewhere ") {
                answer(200, "", BODY)
            } else {
                answer(302, &format!("Location: {to}\r\n"), "")
            }
        })
        .await;
        let fetched = fetch(&outer.link("/"), &Version::default()).await;
        if refused {
            assert!(matches!(fetched, Err(FetchError::Inside(_))), "{fetched:?}");
        } else {
            assert!(matches!(fetched, Ok(Fetched::File(..))), "{fetched:?}");
        }
    }
    assert_eq!(inner.asked(), Vec::<String>::new(), "nobody called inside");
    let elsewhere = |to: &'static str| fetch_from(answer(301, &format!("Location: {to}\r\n"), ""));
    assert_eq!(elsewhere("/").await, Err(FetchError::TooManyRedirects(host())));
    assert!(matches!(elsewhere("file:///etc/passwd").await, Err(FetchError::BadRedirect(..))));
}

#[tokio::test]
async fn nothing_that_is_said_of_a_trouble_tells_the_link() {
    let server = WebServer::start(|_| answer(403, "", "")).await;
    let error = fetch(&server.link("/private-0123/basic.ics"), &Version::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "127.0.0.1 answers with the status 403");
}

/// A server with a certificate, which says this to everybody.
async fn encrypted(certified: Certified, say: &'static str) -> SocketAddr {
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.certificate()], certified.key())
        .unwrap();
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = vec![0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(say.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}

#[tokio::test]
async fn encryption_has_the_right_certificate_and_is_never_given_up() {
    let limits = Limits { bytes_max: MAX, time_max: MINUTE };
    let trust = deliver::trust(&[Certified::Localhost.certificate(), Certified::Other.certificate()]).unwrap();
    let fetcher = Fetcher::new(Arc::new(SystemClock), trust, limits);
    let file = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nBEGIN";
    let away = "HTTP/1.1 302 Found\r\nLocation: http://calendar.example/\r\nContent-Length: 0\r\n\r\n";
    let known = Version::default();
    for (certified, say, done) in [
        (Certified::Localhost, file, "a file"),
        (Certified::Other, file, "TLS"),
        (Certified::Localhost, away, "without encryption"),
    ] {
        let port = encrypted(certified, say).await.port();
        let link = Link::parse(&format!("https://localhost:{port}/basic.ics")).unwrap();
        let said = match fetcher.fetch(&link, Reach::OwnHostAnywhere, &known).await {
            Ok(_) => "a file".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(said.contains(done), "{certified:?}: {said}");
    }
    let port = encrypted(Certified::Localhost, file).await.port();
    let stranger = fetch(&format!("https://localhost:{port}/"), &known).await;
    assert!(matches!(&stranger, Err(FetchError::Unreachable { why, .. }) if why.contains("TLS")), "{stranger:?}");
}
