//! What a worker makes ready while its lane is busy: it leaves next, unless something comes between.

use crate::support::{
    clock::HandClock,
    daemon::{Daemon, NODE, eventually},
    proof,
};
use comity::{
    deliver::{
        ConnectFailure, Flight, Lane, Parcel, Transport,
        transport::{Begin, Boxed, Soundness},
    },
    engine::{
        files::{Fitting, in_force::Outfit},
        letterhead,
    },
    ledger::{
        Carried, Phase, Receipt, Reply,
        receipt::{AbortCause, NotBegun},
    },
    store::Rescued,
};
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::Semaphore;

/// A message behind which another one may wait takes no longer.
const QUICK: Duration = Duration::from_millis(500);

/// A server that answers when it is let.
struct Held {
    answers: Semaphore,
    said: Mutex<Vec<String>>,
}

impl Held {
    fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    fn say(&self, what: &str) {
        self.said.lock().unwrap().push(what.to_owned());
    }

    fn answer(&self, messages: usize) {
        self.answers.add_permits(messages);
    }
}

struct HeldTransport(Arc<Held>);

impl Transport for HeldTransport {
    fn connect(&self) -> Boxed<'_, Result<Box<dyn Lane>, ConnectFailure>> {
        self.0.say("connected");
        Box::pin(async { Ok(Box::new(HeldLane(Arc::clone(&self.0))) as Box<dyn Lane>) })
    }
}

struct HeldLane(Arc<Held>);

impl HeldLane {
    async fn transact(&self, flight: &dyn Flight) -> Receipt {
        if flight.may_begin() == Begin::Revoked {
            self.0.say("revoked");
            return Receipt::NotBegun(NotBegun::Revoked);
        }
        self.0.say("begun");
        flight.begun();
        let refused = Receipt::Aborted { phase: Phase::Data, why: AbortCause::NoIntent };
        if flight.intent().await.is_err() || flight.note_dot().is_err() {
            return refused;
        }
        self.0.say("sent");
        self.0.answers.acquire().await.unwrap().forget();
        self.0.say("taken");
        Receipt::Accepted(Reply { code: 250, enhanced: None, text: String::new() })
    }
}

impl Lane for HeldLane {
    fn carry<'a>(&'a mut self, parcel: Parcel<'a>, flight: &'a dyn Flight) -> Boxed<'a, Carried> {
        Box::pin(async move {
            let receipt = self.transact(flight).await;
            parcel.carried(receipt)
        })
    }

    fn is_sound(&self) -> Soundness {
        Soundness::Sound
    }

    fn close(self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(async {})
    }
}

/// A daemon with one lane that has carried one message, and carries another one while a third waits.
async fn one_waits() -> (Daemon, Arc<Held>) {
    let premises = proof::premises_that_leave(25);
    let settings = fs::read_to_string(premises.path().join("comity.toml")).unwrap();
    fs::write(premises.path().join("comity.toml"), settings.replace("lanes = 4", "lanes = 1")).unwrap();
    let held = Arc::new(Held { answers: Semaphore::new(0), said: Mutex::default() });
    let server = Arc::clone(&held);
    let fitting: Fitting = Arc::new(move |installation| {
        let letterhead = Arc::new(letterhead::on_paper(installation)?);
        Ok(Outfit { letterhead, transport: Arc::new(HeldTransport(Arc::clone(&server))), stack: None })
    });
    let mut daemon = Daemon::with(premises, HandClock::new(), fitting).await;
    for name in ["anna", "bert", "carl"] {
        let _ = daemon.visit(name, Duration::ZERO).await;
    }
    daemon.run().await;
    eventually("the first", async || held.said() == ["connected", "begun", "sent"]).await;
    assert_eq!(waiting(&daemon).await, 0, "how quick the server is, nobody knows yet");
    held.answer(1);
    eventually("the second", async || held.said()[3..] == ["taken", "begun", "sent"]).await;
    eventually("the third", async || waiting(&daemon).await == 1).await;
    (daemon, held)
}

/// Messages that are permitted, and whose intent is not written.
async fn waiting(daemon: &Daemon) -> usize {
    let unflown = daemon.engine.store.unflown(NODE).await.unwrap();
    unflown.into_iter().filter(|attempt| daemon.engine.flights.knows(*attempt)).count()
}

/// What was said since the third waited.
fn since(held: &Held) -> Vec<String> {
    held.said().split_off(6)
}

#[tokio::test]
async fn the_next_message_waits_with_its_permission_and_leaves_by_the_same_lane() {
    let (daemon, held) = one_waits().await;
    held.answer(1);
    eventually("the third leaves", async || since(&held) == ["taken", "begun", "sent"]).await;
    held.answer(1);
    eventually("taken", async || since(&held) == ["taken", "begun", "sent", "taken"]).await;
    daemon.end().await;
}

#[tokio::test]
async fn what_waits_is_taken_back_by_a_pause_and_leaves_when_that_is_over() {
    let (daemon, held) = one_waits().await;
    daemon.engine.office().pause("a test").await.unwrap();
    held.answer(1);
    eventually("taken back", async || since(&held) == ["taken", "revoked"]).await;
    daemon.engine.office().resume().await.unwrap();
    held.answer(1);
    eventually("taken", async || since(&held) == ["taken", "revoked", "begun", "sent", "taken"]).await;
    daemon.end().await;
}

#[tokio::test]
async fn behind_a_slow_message_nothing_waits() {
    let (daemon, held) = one_waits().await;
    eventually("it is waited for", async || daemon.clock.waits(QUICK) > 0).await;
    daemon.clock.go_on(QUICK);
    eventually("given up", async || waiting(&daemon).await == 0).await;
    // Whoever was slow carries the next one when it has nothing else to do.
    held.answer(2);
    eventually("all", async || since(&held) == ["taken", "begun", "sent", "taken"]).await;
    daemon.end().await;
}

#[tokio::test]
async fn at_the_end_what_is_on_the_wire_is_ended_and_what_waits_is_given_up() {
    let (daemon, held) = one_waits().await;
    let ((premises, clock), ()) = tokio::join!(daemon.end(), async { held.answer(1) });
    assert_eq!(since(&held), ["taken"]);
    let after = Daemon::over(premises, clock).await;
    assert_eq!(after.engine.rescued, Rescued::default(), "nothing was left to rescue");
    assert!(after.engine.store.next_due().await.unwrap().is_some(), "the third is due");
    after.end().await;
}
