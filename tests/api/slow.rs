//! Programs that take their time: they are cut off, and what they began to say changes nothing.

use crate::support::{
    daemon::{Daemon, eventually},
    http,
};
use comity::{
    base::api_key::{ApiKey, May, RANDOM_BYTES},
    engine::arrivals::entry::EntryDesk,
    store::NewKey,
    web::{api, listen},
};
use std::{num::NonZeroU32, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How long a body may take.
const BODY_FOR: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_body_that_takes_too_long_is_cut_off() {
    let daemon = Daemon::open().await;
    let key = ApiKey::new(&[7; RANDOM_BYTES]);
    let new =
        NewKey { id: key.id().to_owned(), name: "till".to_owned(), digest: key.digest(), may: vec![May::Customers] };
    assert!(daemon.engine.store.add_key(new).await.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let api = api::Api::new(EntryDesk::new(daemon.engine.office()), NonZeroU32::MAX, daemon.clock.clone());
    let (_open, stop) = watch::channel(false);
    tokio::spawn(listen::serve(listener, api::router(api), daemon.clock.clone(), stop));

    let mut caller = TcpStream::connect(at).await.unwrap();
    let head = format!(
        "POST /v1/customers HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{\"email\":",
        key.text().as_str()
    );
    caller.write_all(head.as_bytes()).await.unwrap();
    eventually("its body is waited for", async || daemon.clock.waits(BODY_FOR) > 0).await;
    daemon.clock.go_on(BODY_FOR);
    let mut said = vec![];
    caller.read_to_end(&mut said).await.unwrap();
    let answer = http::parse(&said);
    assert_eq!((answer.status, answer.json()["type"].as_str()), (408, Some("urn:comity:problem:too-slow")));
    assert_eq!(daemon.engine.store.status().await.unwrap().customers, 0);
    daemon.end().await;
}
