//! The protocol of one send as a model, explored in every state that it can reach: claim, permit, intent, body, receipt;
//! a stop, a cancelled visit, a node that dies, freezes or is slow, at any step.
//!
//! ```text
//!  state ─► steps, house ─► explore ◄─ properties
//!             │    ▲           │
//!             │    └ mistakes ─┘ each is found, with the way there
//!             ▼
//!           real: traces by chance, replayed against the store and its flights, row by row
//! ```
//!
//! So the promises are shown for every order of events within the bounds, and not for those that chance picks; and the model
//! can't drift from the code, for the store is led through the same steps and compared after each.
//!
//! Two shapes: one daemon with two lanes, and two daemons that know of each other by the database alone. In both a tick is a
//! second; a permit lives two, and a stop waits one more.
//!
//! What the model takes for granted: transactions are atomic, time passes alike for all, a process is not frozen for longer
//! than the margin between its last look and the write, and a node that wakes beats before it claims. What it leaves out:
//! expiry, holds, caps, the journal, versions of customers. Nothing in it lets a plan end by expiring, so that every plan ends
//! without that.
//!
//! Why not `stateright`: its `eventually` is not decided on ways that run together or in circles, so "from every state the end
//! is reached" can't be said in it; it keeps hashes and not states; and it brings a web server. A hundred lines do what is
//! needed here.
//!
//! `COMITY_MODEL=1000 tests/run model` explores larger bounds, and replays so many traces.

#[path = "model/state.rs"]
mod state;
#[path = "model/mistakes.rs"]
mod mistakes;
#[path = "model/steps.rs"]
mod steps;
#[path = "model/house.rs"]
mod house;
#[path = "model/properties.rs"]
mod properties;
#[path = "model/explore.rs"]
mod explore;
#[path = "model/real.rs"]
mod real;
#[path = "model/replay.rs"]
mod replay;

use crate::support::proof;
use explore::explore;
use mistakes::PLANTED;
use properties::{OF_A_STEP, Promise};
use state::{
    Bounds, Budget,
    IfUncertain::{self, Leave, SendAgain},
    Shape::{self, OneDaemon, TwoDaemons},
};
use steps::Model;

/// How many traces are replayed where nobody says otherwise.
const TRACES: usize = 60;

/// Stops, cancellations, rebookings, crashes, freezes, faults.
type Befalls = [u8; 6];

/// One stop and one crash at any step, each with something else beside it.
const SMALL: [(Shape, IfUncertain, usize, Befalls); 11] = [
    (OneDaemon, SendAgain, 1, [1, 0, 0, 1, 0, 1]),
    (OneDaemon, Leave, 1, [1, 1, 1, 1, 0, 0]),
    (OneDaemon, Leave, 1, [0, 1, 1, 0, 0, 1]),
    (OneDaemon, SendAgain, 1, [0, 0, 0, 2, 0, 1]),
    (TwoDaemons, Leave, 1, [1, 0, 0, 1, 0, 0]),
    (TwoDaemons, SendAgain, 1, [1, 0, 0, 1, 0, 0]),
    (TwoDaemons, SendAgain, 1, [0, 0, 0, 1, 1, 0]),
    (TwoDaemons, Leave, 1, [1, 0, 0, 0, 1, 0]),
    (TwoDaemons, Leave, 1, [1, 1, 1, 0, 0, 0]),
    (TwoDaemons, Leave, 1, [0, 1, 1, 0, 1, 0]),
    (TwoDaemons, Leave, 1, [0, 0, 0, 0, 1, 1]),
];

/// More at a time, two crashes, two plans.
const LARGE: [(Shape, IfUncertain, usize, Befalls); 8] = [
    (OneDaemon, SendAgain, 1, [1, 1, 1, 1, 0, 1]),
    (OneDaemon, SendAgain, 1, [1, 0, 0, 2, 0, 2]),
    (OneDaemon, SendAgain, 2, [1, 0, 0, 1, 0, 0]),
    (TwoDaemons, SendAgain, 1, [1, 0, 0, 1, 0, 1]),
    (TwoDaemons, SendAgain, 1, [1, 0, 0, 1, 1, 0]),
    (TwoDaemons, Leave, 1, [1, 1, 1, 1, 0, 0]),
    (TwoDaemons, SendAgain, 1, [0, 0, 0, 2, 0, 1]),
    (TwoDaemons, Leave, 2, [1, 0, 0, 0, 0, 0]),
];

fn bounds(shape: Shape, if_uncertain: IfUncertain, plans: usize, befalls: Befalls) -> Bounds {
    let [stops, cancels, rebookings, crashes, freezes, faults] = befalls;
    Bounds { shape, plans, if_uncertain, budget: Budget { stops, cancels, rebookings, crashes, freezes, faults } }
}

fn is_large() -> bool {
    std::env::var_os("COMITY_MODEL").is_some()
}

#[test]
fn in_every_state_that_can_be_reached_every_promise_is_kept() {
    let promises = [OF_A_STEP.as_slice(), &[Promise::Ends]].concat();
    let further = if is_large() { LARGE.as_slice() } else { &[] };
    let mut states = 0;
    for (shape, if_uncertain, plans, befalls) in SMALL.iter().chain(further) {
        let model = Model { bounds: bounds(*shape, *if_uncertain, *plans, *befalls), mistake: None };
        let explored = explore(&model, &promises);
        states += explored.states;
        println!(
            "{shape:?} {if_uncertain:?}, plans {plans}, befalls {befalls:?}: {} states, {} steps, {} deep",
            explored.states, explored.steps, explored.depth
        );
        if let Some(broken) = explored.broken {
            panic!("{shape:?} {if_uncertain:?} {befalls:?}\n{broken}");
        }
    }
    println!("{states} states in all");
    assert!(states > 300_000, "far fewer states than there were: is something never enabled? {states}");
}

#[test]
fn every_planted_mistake_is_found_by_the_promise_that_it_breaks() {
    for (mistake, promise, shape, if_uncertain, befalls) in PLANTED {
        let model = Model { bounds: bounds(shape, if_uncertain, 1, befalls), mistake: Some(mistake) };
        let explored = explore(&model, &[promise]);
        let Some(broken) = explored.broken else {
            panic!("{mistake:?} is not found in {} states: {promise}", explored.states);
        };
        assert_eq!(broken.promise, promise);
        println!("{mistake:?}: {} steps, after {} states. {broken}", broken.trace.len(), explored.states);
        let sound = Model { mistake: None, ..model };
        assert!(explore(&sound, &[promise]).broken.is_none(), "{promise} is broken without {mistake:?}");
    }
}

#[tokio::test]
async fn the_store_goes_the_way_of_the_model() {
    replay::replay(proof::scale("COMITY_MODEL", TRACES)).await;
}

#[tokio::test]
async fn the_store_does_not_go_the_way_of_a_model_with_a_mistake() {
    replay::replay_mistakes().await;
}
