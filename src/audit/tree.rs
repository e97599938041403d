//! The tree of RFC 6962, 2.1 (and RFC 9162): it grows at its right edge, and a path of some twenty hashes proves one leaf of a
//! million.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::{fmt, ops::Range};

/// Bytes of a hash.
pub const HASH_BYTES: usize = 32;

/// A SHA-256. In words it is hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl Hash {
    /// Of any bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// From hexadecimal.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> =
            text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, d| byte * 16 + d)).collect();
        (digits.len() == 2 * HASH_BYTES).then_some(())?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("a hash is 64 hexadecimal digits"))
    }
}

/// A subtree that is full: `(level, index)`, which holds the leaves from `index << level` on, `1 << level` of them.
pub type Place = (u32, u64);

/// A tree, by its right edge alone: the full subtrees that it consists of, the largest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tree {
    size: u64,
    peaks: Vec<Hash>,
}

impl Tree {
    /// From what [`Self::peaks`] gave. `None`: a tree of this size has another number of peaks.
    #[must_use]
    pub fn of(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()).ok()? == peaks.len()).then_some(Self { size, peaks })
    }

    /// How many leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The full subtrees' hashes, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// One more leaf. Tells of each subtree that it fills.
    pub fn push(&mut self, leaf: Hash, mut filled: impl FnMut(Place, Hash)) {
        let (mut node, mut level) = (leaf, 0);
        filled((0, self.size), node);
        while (self.size >> level) & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            node = join(left, node);
            level += 1;
            filled((level, self.size >> level), node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The hash that stands for all leaves in their order.
    #[must_use]
    pub fn root(&self) -> Hash {
        fold(self.peaks.iter().copied()).unwrap_or_else(|| Hash::of(b""))
    }
}

/// `SHA-256(01 ‖ left ‖ right)`.
fn join(left: Hash, right: Hash) -> Hash {
    let mut bytes = [1; 1 + 2 * HASH_BYTES];
    let (_, both) = bytes.split_at_mut(1);
    let (one, other) = both.split_at_mut(HASH_BYTES);
    one.copy_from_slice(&left.0);
    other.copy_from_slice(&right.0);
    Hash::of(&bytes)
}

/// Neighbouring subtrees, the largest first, as one.
pub fn fold(peaks: impl DoubleEndedIterator<Item = Hash>) -> Option<Hash> {
    peaks.rev().reduce(|right, left| join(left, right))
}

/// The leaves under each hash of the path from a leaf up to the root of a tree of `size` (RFC 6962, 2.1.1), the lowest first.
#[must_use]
pub fn path(index: u64, size: u64) -> Vec<Range<u64>> {
    let (mut all, mut ranges) = (0..size, vec![]);
    while all.end - all.start > 1 {
        // The largest power of two that is smaller.
        let half = 1 << (all.end - all.start - 1).ilog2();
        let middle = all.start + half;
        if index < middle {
            ranges.push(middle..all.end);
            all.end = middle;
        } else {
            ranges.push(all.start..middle);
            all.start = middle;
        }
    }
    ranges.reverse();
    ranges
}

/// The full subtrees that such leaves consist of, the largest first.
#[must_use]
pub fn places(range: &Range<u64>) -> Vec<Place> {
    let (mut at, mut places) = (range.start, vec![]);
    while at < range.end {
        let level = (range.end - at).ilog2().min(at.trailing_zeros());
        places.push((level, at >> level));
        at += 1 << level;
    }
    places
}

/// Whether a leaf stands at this place of the tree of this size and root (RFC 9162, 2.1.3.2).
#[must_use]
pub fn holds(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut node) = (index, size - 1, leaf);
    for other in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            node = join(*other, node);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            node = join(node, *other);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && node == root
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// RFC 6962's definition, as it stands there.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::of(b""),
            [one] => *one,
            more => {
                let half = (more.len() - 1).ilog2();
                let (left, right) = more.split_at(1 << half);
                join(by_definition(left), by_definition(right))
            }
        }
    }

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| Hash::of(&[&[0], n.to_be_bytes().as_slice()].concat())).collect()
    }

    #[test]
    fn a_tree_that_grew_is_the_tree_of_the_definition() {
        for size in 0..130 {
            let leaves = leaves(size);
            let mut tree = Tree::default();
            for leaf in &leaves {
                tree.push(*leaf, |_, _| ());
            }
            assert_eq!(tree.root(), by_definition(&leaves), "{size}");
            assert_eq!(Tree::of(size, tree.peaks().to_vec()), Some(tree));
        }
    }

    /// The vectors of the reference implementation of Certificate Transparency, for its eight leaves.
    #[test]
    fn the_roots_are_those_of_certificate_transparency() {
        let inputs: [&[u8]; 8] = [
            &[],
            &[0],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let mut tree = Tree::default();
        for input in inputs {
            tree.push(Hash::of(&[&[0], input].concat()), |_, _| ());
        }
        assert_eq!(tree.root().to_string(), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    #[test]
    fn every_leaf_of_every_tree_is_proved_and_no_other_is() {
        for size in 1..70_u64 {
            let leaves = leaves(size);
            let (mut tree, mut full) = (Tree::default(), BTreeMap::new());
            for leaf in &leaves {
                tree.push(*leaf, |place, hash| full.extend([(place, hash)]));
            }
            for (index, leaf) in (0..size).zip(&leaves) {
                let hash = |range: Range<u64>| fold(places(&range).iter().map(|place| full[place])).unwrap();
                let path: Vec<Hash> = path(index, size).into_iter().map(hash).collect();
                assert!(holds(*leaf, index, size, &path, tree.root()), "{index} of {size}");
                for other in 0..size {
                    assert_eq!(holds(*leaf, other, size, &path, tree.root()), other == index, "{index} {other} {size}");
                }
                assert!(!holds(Hash::of(b"other"), index, size, &path, tree.root()));
                assert!(!holds(*leaf, index, size, &path[..path.len().saturating_sub(1)], tree.root()) || size == 1);
            }
        }
    }

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let hash = Hash::of(b"some");
        assert_eq!(Hash::parse(&hash.to_string()), Some(hash));
        assert_eq!(Hash::parse("00"), None);
        assert_eq!(Hash::parse(&"g".repeat(64)), None);
        assert_eq!(Hash::parse(&"0".repeat(65)), None);
    }
}
