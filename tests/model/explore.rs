//! The exploration: breadth first, every state once, with the shortest way to what breaks a promise.

use super::{
    properties::{Promise, is_healed},
    state::State,
    steps::{Action, Model},
};
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    hash::{BuildHasherDefault, Hasher},
};

/// What came of it.
#[derive(Debug)]
pub struct Exploration {
    pub states: usize,
    pub steps: usize,
    /// Of the shortest way to the farthest state.
    pub depth: usize,
    pub broken: Option<Broken>,
}

/// A promise that isn't kept, and the way there.
#[derive(Debug)]
pub struct Broken {
    pub promise: Promise,
    pub trace: Vec<Action>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:", self.promise)?;
        self.trace.iter().enumerate().try_for_each(|(n, action)| writeln!(f, "{:>4}. {action:?}", n + 1))
    }
}

/// A hash for small numbers: nobody plants states that collide.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(byte.into());
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.cast_unsigned() as u64);
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23);
    }
}

/// All that was seen, each state by its number.
#[derive(Default)]
struct Seen {
    numbers: HashMap<State, u32, BuildHasherDefault<Quick>>,
    /// From which state, by which step, after how many.
    ways: Vec<(u32, Option<Action>, u32)>,
    /// Whether all plans have ended there.
    over: Vec<bool>,
    /// Steps of a world without faults.
    healed: Vec<(u32, u32)>,
    steps: usize,
}

/// Looks at every state that the model can reach, until one of these promises is broken.
pub fn explore(model: &Model, promises: &[Promise]) -> Exploration {
    let mut seen = Seen::default();
    let broken = walk(model, promises, &mut seen);
    let broken = broken.or_else(|| promises.contains(&Promise::Ends).then(|| stuck(&seen)).flatten());
    let depth = seen.ways.iter().map(|way| way.2).max().unwrap_or(0);
    Exploration { states: seen.ways.len(), steps: seen.steps, depth: depth as usize, broken }
}

fn walk(model: &Model, promises: &[Promise], seen: &mut Seen) -> Option<Broken> {
    let first = model.at_first();
    let mut ahead = VecDeque::from([(0, first.clone())]);
    seen.note(first, (0, None, 0));
    while let Some((from, state)) = ahead.pop_front() {
        for action in model.enabled(&state) {
            let after = model.after(&state, action);
            seen.steps += 1;
            let broken = promises.iter().find(|promise| !promise.is_kept(model, &state, action, &after));
            if let Some(promise) = broken {
                let trace = seen.way_to(from).into_iter().chain([action]).collect();
                return Some(Broken { promise: *promise, trace });
            }
            let to = seen.numbers.get(&after).copied().unwrap_or_else(|| {
                let way = (from, Some(action), seen.ways[from as usize].2 + 1);
                let number = seen.note(after.clone(), way);
                ahead.push_back((number, after));
                number
            });
            if is_healed(action) && to != from {
                seen.healed.push((from, to));
            }
        }
    }
    None
}

impl Seen {
    fn note(&mut self, state: State, way: (u32, Option<Action>, u32)) -> u32 {
        let number = u32::try_from(self.ways.len()).unwrap();
        self.ways.push(way);
        self.over.push(state.is_over());
        self.numbers.insert(state, number);
        number
    }

    fn way_to(&self, mut at: u32) -> Vec<Action> {
        let mut way = Vec::new();
        while let (from, Some(action), _) = self.ways[at as usize] {
            way.push(action);
            at = from;
        }
        way.reverse();
        way
    }
}

/// The nearest state from which a world without faults may never come to the end of all plans: because nothing more can
/// happen before it, or because it can go round in circles.
fn stuck(seen: &Seen) -> Option<Broken> {
    let count = seen.ways.len();
    let (mut ahead, mut behind) = (vec![0_u32; count], vec![Vec::new(); count]);
    for (from, to) in &seen.healed {
        ahead[*from as usize] += 1;
        behind[*to as usize].push(*from);
    }
    // Backwards from where nothing more happens: a state all of whose ways are known to end ends too.
    let mut ends: VecDeque<usize> = (0..count).filter(|at| ahead[*at] == 0 && seen.over[*at]).collect();
    let mut good = vec![false; count];
    while let Some(at) = ends.pop_front() {
        good[at] = true;
        for from in behind[at].iter().map(|from| *from as usize) {
            ahead[from] -= 1;
            if ahead[from] == 0 {
                ends.push_back(from);
            }
        }
    }
    let nearest = (0..count).filter(|at| !good[*at]).min_by_key(|at| seen.ways[*at].2)?;
    Some(Broken { promise: Promise::Ends, trace: seen.way_to(u32::try_from(nearest).unwrap()) })
}
