//! A daemon whose clock jumps, whose database goes away, and whose duties put things right.

use crate::support::daemon::{Daemon, NODE, eventually};
use comity::{
    gate::{Reason, facts::HaltCause},
    ledger::Happening,
    people::Customer,
    store::Pulse,
};
use std::time::Duration;

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
