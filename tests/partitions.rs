//! Partitions: three nodes over one PostgreSQL and one mail server, and a network that fails them while messages are due all
//! the time and customers click "stop" on any node's page. What goes between a node and the database, or the mail server, is swallowed,
//! in both directions or in one, delayed for longer than a lease, or cut; for one node, or for all.
//!
//! Held against what the nodes said to the mail server, its own log, and what the pages answered: nobody is written to after a
//! stop that was acknowledged; a stop that a cut-off node could only write down holds once its database is back; nothing comes
//! twice but where its workflow says so; no cap is exceeded; and when all is well again every plan ends, and who said nothing has
//! got everything.
//!
//! `COMITY_PARTITIONS=200 tests/run partitions` is a longer one; `COMITY_TEST_SEED` is its seed.

use crate::support::{
    nodes::{Clicked, House, Stop},
    proof::{self, Dice},
    real,
    relay::Weather,
};
use std::{collections::BTreeMap, time::Duration};

/// Nodes.
const NODES: usize = 3;
/// As `COMITY_SPANS` has it.
const LEASE: Duration = Duration::from_secs(8);
/// A stop that was written down at a cut-off node holds so long after its database was back, at the latest.
const APPLIED: Duration = Duration::from_secs(6);
/// So long a page may let a person wait, whatever the network does: until the silence is noticed, and a permit's life. Twice that,
/// because the machine is busy.
const ANSWERED: Duration = Duration::from_secs(11);

/// One time in which the network fails.
#[derive(Clone, Copy, Debug)]
struct Partition {
    /// Whose link; of all of them, where there is none.
    node: Option<usize>,
    to: To,
    weather: Weather,
    lasts: Duration,
    /// Until the next one on links of this kind.
    rest: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum To {
    Database,
    Mail,
}

impl Partition {
    fn by(dice: &mut Dice, to: To, turn: usize) -> Self {
        // Every kind comes, in an order that chance has nothing to do with.
        let short = [Weather::Hole, Weather::Cut, Weather::HoleThere, Weather::HoleBack];
        let (weather, lasts) = if turn % 6 == 4 {
            let slow = Weather::Slow(LEASE + Duration::from_secs(1));
            (if to == To::Database && turn % 12 == 4 { slow } else { Weather::Hole }, LEASE + Duration::from_secs(4))
        } else {
            (short[turn % short.len()], Duration::from_millis(500 + dice.below(2_000)))
        };
        let node = Some(dice.index(NODES)).filter(|_| turn % 5 != 3);
        Self { node, to, weather, lasts, rest: Duration::from_millis(200 + dice.below(1_000)) }
    }
}

#[test]
fn no_partition_breaks_a_promise() {
    if !real::can_run() {
        return;
    }
    let mut dice = Dice::new();
    let each = proof::scale("COMITY_PARTITIONS", 20).div_ceil(2);
    let tracks = [To::Database, To::Mail].map(|to| (0..each).map(|turn| Partition::by(&mut dice, to, turn)).collect());
    let lasts = |track: &Vec<Partition>| track.iter().map(|one| one.lasts + one.rest).sum::<Duration>();
    let tracks: [Vec<Partition>; 2] = tracks;
    let span = tracks.iter().map(lasts).max().unwrap();

    let house = House::open(NODES);
    let load = house.load(&mut dice, span);
    let clicks = std::thread::scope(|scope| {
        for track in &tracks {
            scope.spawn(|| weather(&house, track));
        }
        house.click_all(&load)
    });
    // All that was written down holds by then.
    house.last_visits(APPLIED + Duration::from_secs(2));
    house.wait_for_the_end();
    let judged = house.judge(&clicks, APPLIED);
    println!("{}", told(&tracks, &clicks));
    println!("{judged:#?}");
    assert!(judged.broken.is_empty(), "{:#?}", judged.broken);
    assert!(clicks.iter().all(|click| click.waited < ANSWERED), "{:?}", clicks.iter().map(|click| click.waited).max());
    assert!(clicks.iter().any(|click| click.stop == Stop::Written), "no stop met a node without its database");
    house.end();
}

/// All wait for the turn that it has, and nobody tells the server that it is gone.
#[test]
fn a_node_that_is_cut_off_in_the_middle_of_a_transaction_holds_the_others_up_for_seconds_only() {
    if !real::can_run() {
        return;
    }
    let (mut dice, house) = (Dice::new(), House::open(2));
    let load = house.load(&mut dice, Duration::from_secs(8));
    let [cut, other] = [&house.nodes[0], &house.nodes[1]];
    let clicks = std::thread::scope(|scope| {
        let clicks = scope.spawn(|| house.click_all(&load));
        // With a slow network its transactions last, and one of them is under way when it is cut.
        let tries = (0..10).find(|_| {
            cut.turn_database(Weather::Slow(Duration::from_millis(60)));
            proof::wait(Duration::from_millis(1_000 + dice.below(1_000)));
            cut.turn_database(Weather::Hole);
            proof::wait(Duration::from_millis(600));
            house.in_the_middle() > 0
        });
        assert!(tries.is_some(), "it was never cut off in the middle of a transaction");
        let before = real::boot_ns();
        // Who stops is one that nobody else has.
        let click = house.click_at(1, 4);
        assert_eq!(click.stop, Stop::Now, "the other one has its database");
        assert!(click.waited < Duration::from_secs(8), "{:?}", click.waited);
        proof::wait_for(|| (other.begun_since(before) > 0).then_some(()));
        println!("cut off in the middle at the try {tries:?}; a stop at the other node waited for {:?}", click.waited);
        let mut clicks = clicks.join().unwrap();
        cut.turn_database(Weather::Fair);
        clicks.push(click);
        clicks
    });
    house.last_visits(APPLIED + Duration::from_secs(2));
    house.wait_for_the_end();
    let judged = house.judge(&clicks, APPLIED);
    assert!(judged.broken.is_empty(), "{judged:#?}");
    house.end();
}

/// What the network did, and how the stops were answered.
fn told(tracks: &[Vec<Partition>], clicks: &[Clicked]) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for Partition { node, to, weather, .. } in tracks.iter().flatten() {
        let whose = if node.is_some() { "of one" } else { "of all" };
        *kinds.entry(format!("{to:?} {whose} {weather:?}")).or_default() += 1;
    }
    let mut waited: Vec<Duration> = clicks.iter().map(|click| click.waited).collect();
    waited.sort_unstable();
    let written = clicks.iter().filter(|click| click.stop == Stop::Written).count();
    let again = clicks.iter().map(|click| click.tries - 1).sum::<usize>();
    format!(
        "{} partitions: {kinds:#?}\n{} stops, {written} of them only written down, {again} clicks that came to nothing; \
         answered within {:?} (half of them) to {:?}",
        tracks.iter().map(Vec::len).sum::<usize>(),
        clicks.len(),
        waited[waited.len() / 2],
        waited[waited.len() - 1],
    )
}

/// One partition after the other.
fn weather(house: &House, track: &[Partition]) {
    for Partition { node, to, weather, lasts, rest } in track {
        let links: Vec<usize> = node.map_or_else(|| (0..NODES).collect(), |node| vec![node]);
        let turn = |weather: Weather| {
            for link in &links {
                match to {
                    To::Database => house.nodes[*link].turn_database(weather),
                    To::Mail => house.nodes[*link].turn_mail(weather),
                }
            }
        };
        turn(*weather);
        proof::wait(*lasts);
        turn(Weather::Fair);
        proof::wait(*rest);
    }
}
