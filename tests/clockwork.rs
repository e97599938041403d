//! A daemon whose clock jumps, whose database goes away, and whose duties put things right.

use crate::support::{
    clock::HandClock,
    daemon::{Daemon, NODE, eventually},
    door::OpenDoor,
    http,
};
use comity::{
    base::{AttemptId, Clock},
    deliver::transport::Begin,
    engine::{flights::Flights, house::lifecycle::PERMIT_LIFE},
    gate::{Reason, facts::HaltCause},
    ledger::{Happening, Receipt, receipt::NotBegun},
    people::Customer,
    store::{Claimed, Permission, Pulse},
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{sync::Arc, time::Duration};

/// Between two beats.
const BEAT: Duration = Duration::from_secs(5);

async fn halts(daemon: &Daemon) -> Vec<HaltCause> {
    daemon.engine.store.halts().await.unwrap().iter().map(|halt| halt.cause).collect()
}

/// Both reminders were asked about, and held for this cause.
async fn is_held(daemon: &Daemon, customer: &Customer, cause: HaltCause) -> bool {
    let held = |happening: &Happening| matches!(happening, Happening::Held { reason: Reason::Halted { cause: why, .. }, .. } if *why == cause);
    daemon.history(customer).await.iter().filter(|entry| held(&entry.happening)).count() == 2
}

#[tokio::test]
async fn what_a_jump_ahead_made_due_does_not_leave_before_the_clock_has_settled() {
    let daemon = Daemon::start().await;
    let anna = daemon.visit("anna", Duration::from_mins(2)).await;
    // Between two beats.
    daemon.clock.set_ahead(150);
    daemon.look();
    eventually("held", async || is_held(&daemon, &anna, HaltCause::Clock).await).await;
    assert_eq!(halts(&daemon).await, [HaltCause::Clock]);
    assert_eq!(daemon.left(), []);

    daemon.beat_until("lifted", async || halts(&daemon).await.is_empty()).await;
    // No time passes: the loop is woken, and doesn't sleep its thirty seconds.
    eventually("left", async || daemon.left().len() == 2).await;
    daemon.end().await;
}

#[tokio::test]
async fn two_beats_must_agree_before_a_clock_that_jumped_is_believed() {
    let daemon = Daemon::open().await;
    let store = &daemon.engine.store;
    daemon.clock.set_ahead(150);
    let mut pulses = vec![];
    for _ in 0..4 {
        pulses.push(store.beat(NODE).await.unwrap());
        daemon.clock.pass(BEAT);
    }
    assert_eq!(pulses, [Pulse::Held, Pulse::Lifted, Pulse::Steady, Pulse::Steady]);
    daemon.end().await;
}

#[tokio::test]
async fn nothing_leaves_while_the_clock_shows_what_has_been_before() {
    let daemon = Daemon::start().await;
    daemon.beat_until("a mark", async || daemon.engine.store.high_water().await.unwrap().is_some()).await;
    // Due at once by the clock that is behind.
    daemon.clock.set_ahead(-1800);
    let anna = daemon.visit("anna", Duration::ZERO).await;
    eventually("held", async || is_held(&daemon, &anna, HaltCause::Clock).await).await;
    assert_eq!(daemon.left(), []);

    let behind = daemon.engine.store.high_water().await.unwrap().unwrap();
    daemon.beat_until("left", async || daemon.left().len() == 2).await;
    assert!(
        daemon.left().iter().all(|at| at.plus(Duration::from_secs(1)) >= behind),
        "not before that time came again"
    );
    daemon.end().await;
}

#[tokio::test]
async fn a_start_behind_the_time_of_the_last_run_sends_nothing() {
    let daemon = Daemon::start().await;
    daemon.beat_until("a mark", async || daemon.engine.store.high_water().await.unwrap().is_some()).await;
    let (premises, clock) = daemon.end().await;
    clock.set_ahead(-3600);
    let mut daemon = Daemon::over(premises, clock).await;
    daemon.run().await;
    let anna = daemon.visit("anna", Duration::ZERO).await;
    eventually("held", async || is_held(&daemon, &anna, HaltCause::Clock).await).await;
    assert_eq!(daemon.left(), []);
    daemon.end().await;
}

#[tokio::test]
async fn a_jump_of_days_waits_for_a_person_and_is_not_held_against_the_clock_set_right() {
    let daemon = Daemon::start().await;
    let anna = daemon.visit("anna", Duration::from_mins(2)).await;
    let far = 40 * 24 * 3600;
    daemon.clock.set_ahead(far);
    daemon.look();
    eventually("held", async || is_held(&daemon, &anna, HaltCause::ClockFarAhead).await).await;
    for _ in 0..10 {
        daemon.engine.store.beat(NODE).await.unwrap();
        daemon.clock.pass(BEAT);
    }
    assert_eq!(halts(&daemon).await, [HaltCause::ClockFarAhead], "no beat lifts it");

    // Somebody sets the clock right, and says so.
    daemon.clock.set_ahead(-far);
    daemon.engine.office().resume().await.unwrap();
    daemon.beat_until("left", async || daemon.left().len() == 2).await;
    assert_eq!(halts(&daemon).await, []);
    daemon.end().await;
}

#[tokio::test]
async fn what_a_doubted_clock_says_is_past_is_not_asked_about_again_and_again() {
    let daemon = Daemon::start().await;
    let anna = daemon.visit("anna", Duration::from_mins(2)).await;
    // By this clock her visit is over; whether it is, nobody knows.
    daemon.clock.set_ahead(40 * 24 * 3600);
    daemon.look();
    eventually("held", async || is_held(&daemon, &anna, HaltCause::ClockFarAhead).await).await;
    let next = daemon.engine.store.next_due().await.unwrap().unwrap();
    assert!(next >= daemon.clock.now().plus(Duration::from_mins(1)), "asked again at {next}, at once and for ever");
    daemon.end().await;
}

/// Another program in the middle of a write.
async fn lock(daemon: &Daemon) -> SqliteConnection {
    let path = daemon.engine.rulebook().installation().config.data.join("comity.db");
    let mut thief = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut thief).await.unwrap();
    thief
}

#[tokio::test]
async fn whoever_watches_hears_that_the_database_is_away_and_that_it_is_back() {
    let mut daemon = Daemon::open().await;
    let door = OpenDoor::of(&daemon).await;
    let ready = async || {
        let answer = http::ask(door.at, "GET", "/readyz", "").await;
        (answer.status, answer.body)
    };
    assert_eq!(ready().await, (503, "starting\n".to_owned()));
    daemon.run().await;
    assert_eq!(ready().await, (200, "ready\n".to_owned()));

    let mut thief = lock(&daemon).await;
    daemon.beat().await;
    assert_eq!(
        ready().await,
        (503, "the database is away (another program has locked it); stops are journalled\n".to_owned())
    );
    assert_eq!(http::ask(door.at, "GET", "/healthz", "").await.status, 200, "it lives");

    sqlx::query("ROLLBACK").execute(&mut thief).await.unwrap();
    daemon.beat().await;
    assert_eq!(ready().await, (200, "ready\n".to_owned()));
    daemon.end().await;
}

#[tokio::test]
async fn domains_that_have_their_pace_back_are_forgotten_by_a_beat() {
    let daemon = Daemon::start().await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    eventually("left", async || daemon.left().len() == 2).await;
    assert_eq!(daemon.engine.paced_domains(), 1);
    daemon.beat().await;
    assert_eq!(daemon.engine.paced_domains(), 0);
    daemon.end().await;
}

/// Claims what is due, and permits it; the answer is for the caller to lose.
async fn permit(daemon: &Daemon) -> AttemptId {
    let store = &daemon.engine.store;
    let claimed: Vec<Claimed> = store.claim(NODE, daemon.clock.now(), 1).await.unwrap();
    let [claimed] = claimed.try_into().unwrap();
    match store.permit(NODE, Arc::new(claimed), daemon.engine.rulebook()).await.unwrap() {
        Permission::Permitted(attempt) => attempt.id(),
        other => panic!("it may leave: {other:?}"),
    }
}

#[tokio::test]
async fn a_permission_whose_answer_was_lost_is_taken_back_and_its_message_leaves() {
    let mut daemon = Daemon::open().await;
    let anna = daemon.visit("anna", Duration::ZERO).await;
    // The database commits, and the answer never comes.
    let lost = permit(&daemon).await;
    daemon.run().await;
    eventually("the other one left", async || daemon.left().len() == 1).await;

    // While the permit may live, nobody touches it.
    daemon.beat().await;
    assert!(daemon.engine.store.unflown(NODE).await.unwrap().contains(&lost));
    daemon.beat().await;
    eventually("left", async || daemon.left().len() == 2).await;
    let closed = |happening: &Happening| {
        matches!(happening, Happening::Received { receipt: Receipt::NotBegun(NotBegun::PermitExpired), .. })
    };
    let history = daemon.history(&anna).await;
    let closed: Vec<_> = history.iter().filter(|entry| closed(&entry.happening)).map(|entry| entry.attempt).collect();
    assert_eq!(closed, [Some(lost)]);
    // The other one's receipt may still be on its way to the disk.
    eventually("closed", async || daemon.engine.store.unflown(NODE).await.unwrap().is_empty()).await;
    daemon.end().await;
}

#[tokio::test]
async fn an_attempt_in_the_air_is_never_taken_for_a_lost_one() {
    let mut daemon = Daemon::open().await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    let attempt = permit(&daemon).await;
    let flight = daemon.engine.flights.open(attempt, [0; 32], &daemon.engine.store);
    daemon.run().await;
    for _ in 0..5 {
        daemon.beat().await;
    }
    // Her other message may be on its way, too.
    assert!(daemon.engine.store.unflown(NODE).await.unwrap().contains(&attempt));
    drop(flight);
    daemon.beat().await;
    daemon.beat().await;
    assert!(!daemon.engine.store.unflown(NODE).await.unwrap().contains(&attempt));
    daemon.end().await;
}

#[tokio::test]
async fn a_mark_lives_as_long_as_a_permit_and_revokes_what_opens_meanwhile() {
    let daemon = Daemon::open().await;
    let clock = HandClock::new();
    let flights = Flights::new(PERMIT_LIFE, clock.clone());
    let open = |id| flights.open(AttemptId(id), [0; 32], &daemon.engine.store);
    let attempts: Vec<AttemptId> = (1..=50_000).map(AttemptId).collect();
    flights.revoke(&attempts).await;
    assert_eq!(flights.marks(), 50_000, "none gives way to another");

    clock.pass(PERMIT_LIFE.saturating_sub(Duration::from_millis(1)));
    flights.revoke(&[AttemptId(60_000)]).await;
    for id in [1, 25_000, 50_000, 60_000] {
        assert_eq!(open(id).may_begin(), Begin::Revoked, "{id}");
    }
    assert_eq!(open(70_000).may_begin(), Begin::Go);
    assert_eq!(flights.marks(), 50_001 - 4, "a flight takes its mark");

    // From here on the first permits have ended, and their lanes know it by the clock.
    clock.pass(Duration::from_millis(1));
    flights.revoke(&[]).await;
    assert_eq!(flights.marks(), 0, "and that of 60,000 was taken");
    flights.revoke(&[AttemptId(70_000)]).await;
    assert_eq!(flights.marks(), 1, "its flight is closed");
    clock.pass(PERMIT_LIFE);
    flights.revoke(&[AttemptId(70_001)]).await;
    assert_eq!(flights.marks(), 1);
    daemon.end().await;
}

#[tokio::test]
async fn a_stop_waits_for_a_mail_that_may_be_on_the_wire_and_for_nothing_else() {
    let daemon = Daemon::open().await;
    let flights = daemon.engine.flights.clone();
    let flight = flights.open(AttemptId(1), [0; 32], &daemon.engine.store);
    assert_eq!(flight.may_begin(), Begin::Go);
    let attempts = [AttemptId(1), AttemptId(2)];
    let mut stop = std::pin::pin!(flights.revoke(&attempts));
    assert!(futures_util::poll!(&mut stop).is_pending());
    flight.begun();
    stop.await;
    assert_eq!(flights.marks(), 1);
    drop(flight);
    daemon.end().await;
}
