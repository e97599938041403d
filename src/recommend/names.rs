//! Names as numbers, and numbers that don't depend on who was read first.
//!
//! Ties are broken by number. If numbers followed the order of rows, a row of somebody who hasn't agreed could turn a tie.
//! So they are given anew at the end, in the order of the names.

use std::collections::HashMap;

/// Names, numbered as they come.
#[derive(Debug, Default)]
pub struct Names(HashMap<Box<str>, u32>);

/// Names in their order, and where each number went.
pub struct Sorted {
    /// The names.
    pub names: Vec<Box<str>>,
    moved: Vec<u32>,
}

impl Names {
    /// The number of a name, a new one where it is new.
    pub fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let number = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.insert(name.into(), number);
        number
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them in their order.
    #[must_use]
    pub fn sorted(self) -> Sorted {
        let mut all: Vec<(Box<str>, u32)> = self.0.into_iter().collect();
        all.sort_unstable();
        let mut moved = vec![0; all.len()];
        for ((_, before), now) in all.iter().zip(0..) {
            if let Some(place) = moved.get_mut(*before as usize) {
                *place = now;
            }
        }
        Sorted { names: all.into_iter().map(|(name, _)| name).collect(), moved }
    }
}

impl Sorted {
    /// The number that a name has now.
    #[must_use]
    pub fn now(&self, before: u32) -> u32 {
        self.moved.get(before as usize).copied().unwrap_or(before)
    }

    /// A list in the order of the old numbers, put into the order of the names.
    #[must_use]
    pub fn arrange<T: Default>(&self, list: Vec<T>) -> Vec<T> {
        let mut arranged: Vec<T> = self.names.iter().map(|_| T::default()).collect();
        for (item, now) in list.into_iter().zip(&self.moved) {
            if let Some(place) = arranged.get_mut(*now as usize) {
                *place = item;
            }
        }
        arranged
    }
}
