//! The server: takes connections, each within limits, and ends when it is told.
//!
//! A stop must get through whatever else happens at the door. So no connection may hold its place for long: whenever it
//! is the caller's turn, whole headers must come in time, however many bytes dribble in meanwhile; it lives a minute at
//! most; and only so many stand at once. There is no limit per caller: a mail provider stops for thousands of people
//! from one address.
//!
//! What is *not* promised: to be served at once while slow callers hold every place. The next one waits for as long as
//! they may be slow.

use crate::base::Clock;
use axum::Router;
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch},
    task::JoinSet,
};

/// Connections at once; the next one waits in the system's queue.
pub const CONNECTIONS_MAX: usize = 1024;
/// From the connection, or the answer before, to the end of the headers. An answer that nobody reads counts too.
pub const HEADERS_FOR: Duration = Duration::from_secs(10);
/// Octets of a request's line and headers.
const HEADERS_BYTES_MAX: usize = 64 * 1024;
/// A connection's life; a request that is being answered at its end is answered.
const CONNECTION_FOR: Duration = Duration::from_mins(1);
/// After the end was asked for, this long for answers under way.
const GOODBYE_FOR: Duration = Duration::from_secs(5);
/// After the system gave no connection (out of descriptors, say), before the next try.
const BREATH_FOR: Duration = Duration::from_millis(100);

/// Serves on a thread of its own: what is asked at this door doesn't queue behind the house's other work, which may be hundreds of
/// messages to write at one moment. Gives what ends when it has ended.
///
/// # Errors
/// When the system gives no thread.
pub fn serve_apart(
    listener: TcpListener,
    app: Router,
    clock: Arc<dyn Clock>,
    stop: watch::Receiver<bool>,
) -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = listener.into_std()?;
    let listener = {
        let _inside = runtime.enter();
        TcpListener::from_std(listener)?
    };
    let (ended, end) = oneshot::channel::<()>();
    std::thread::Builder::new().name("door".to_owned()).spawn(move || {
        runtime.block_on(serve(listener, app, clock, stop));
        drop(ended);
    })?;
    Ok(async move { end.await.unwrap_or_default() })
}

/// Serves until `stop` says true or is dropped, then lets the answers under way end.
pub async fn serve(listener: TcpListener, app: Router, clock: Arc<dyn Clock>, stop: watch::Receiver<bool>) {
    serve_at_most(CONNECTIONS_MAX, listener, app, clock, stop).await;
}

/// The same with another number of connections at once.
pub async fn serve_at_most(
    connections: usize,
    listener: TcpListener,
    app: Router,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(connections));
    let mut guests = JoinSet::new();
    loop {
        while guests.try_join_next().is_some() {}
        let guest = tokio::select! {
            biased;
            () = ended(&mut stop) => break,
            guest = welcome(&listener, &places) => guest,
        };
        match guest {
            Some((stream, place)) => {
                let (app, clock, stop) = (app.clone(), clock.clone(), stop.clone());
                guests.spawn(async move {
                    attend(stream, app, &*clock, stop).await;
                    drop(place);
                });
            }
            None => clock.wait_for(BREATH_FOR).await,
        }
    }
    drop(listener);
    tokio::select! {
        () = async { while guests.join_next().await.is_some() {} } => {}
        () = clock.wait_for(GOODBYE_FOR) => {}
    }
}

async fn welcome(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    let (stream, _) = listener.accept().await.ok()?;
    // Answers are small and asked one at a time.
    let _ = stream.set_nodelay(true);
    Some((stream, place))
}

/// Whose turn it is to say something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// A request is to come, or the answer is to be read.
    Theirs,
    /// A request is being answered.
    Ours,
}

async fn attend(stream: TcpStream, app: Router, clock: &dyn Clock, mut stop: watch::Receiver<bool>) {
    let app = TowerToHyperService::new(app);
    let turn = Arc::new(watch::Sender::new(Turn::Theirs));
    let patience = patience(turn.subscribe(), clock);
    let service = service_fn(move |request| {
        turn.send_replace(Turn::Ours);
        let (answer, turn) = (app.call(request), Arc::clone(&turn));
        async move {
            let answer = answer.await;
            turn.send_replace(Turn::Theirs);
            answer
        }
    });
    let connection = http1::Builder::new()
        // hyper's own limit knows no clock but its own.
        .header_read_timeout(None)
        .max_buf_size(HEADERS_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let (mut connection, mut patience) = (std::pin::pin!(connection), std::pin::pin!(patience));
    // What goes wrong on a caller's connection is the caller's; there is nobody to tell.
    tokio::select! {
        _ = &mut connection => return,
        () = &mut patience => return,
        () = ended(&mut stop) => {}
        () = clock.wait_for(CONNECTION_FOR) => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = &mut connection => {}
        () = patience => {}
        () = clock.wait_for(CONNECTION_FOR) => {}
    }
}

/// Ends when the caller's turn has lasted too long.
async fn patience(mut turn: watch::Receiver<Turn>, clock: &dyn Clock) {
    loop {
        let whose = *turn.borrow_and_update();
        let changed = match whose {
            Turn::Ours => turn.changed().await,
            Turn::Theirs => tokio::select! {
                changed = turn.changed() => changed,
                () = clock.wait_for(HEADERS_FOR) => return,
            },
        };
        if changed.is_err() {
            return;
        }
    }
}

async fn ended(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
