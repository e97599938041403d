//! A seal: what came since the one before, as leaves of the tree, and a link to the one before.

use super::{
    canonical::{Field, Source, put},
    tree::{Hash, Tree},
};
use crate::base::Instant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last row of each source that is sealed. Their JSON is part of the link.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Upto(pub BTreeMap<Source, i64>);

impl Upto {
    /// Of this source; below all for none.
    #[must_use]
    pub fn of(&self, source: Source) -> i64 {
        self.0.get(&source).copied().unwrap_or(i64::MIN)
    }

    /// As it is hashed and stored: sources in their order, nothing between the words.
    #[must_use]
    pub fn text(&self) -> String {
        // Words and numbers: writing them as JSON can't fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Where the chain stands after a seal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// The seal's number, from 1 without gaps; 0 before the first.
    pub seal: i64,
    /// When it was made.
    pub sealed_at: Instant,
    /// Up to where.
    pub upto: Upto,
    /// All leaves so far.
    pub tree: Tree,
    /// The link.
    pub chain: Hash,
}

/// A seal, with the leaves that it adds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seal {
    /// Where the chain stands with it.
    pub head: Head,
    /// What came since the one before.
    pub leaves: Vec<Hash>,
}

impl Head {
    /// Before the first seal.
    #[must_use]
    pub fn before_all() -> Self {
        let (upto, tree) = (Upto::default(), Tree::default());
        Self { seal: 0, sealed_at: Instant::from_ms(0), upto, tree, chain: Hash([0; 32]) }
    }

    /// The next seal.
    #[must_use]
    pub fn seal(&self, sealed_at: Instant, upto: Upto, leaves: Vec<Hash>) -> Seal {
        let (seal, mut tree) = (self.seal + 1, self.tree.clone());
        for leaf in &leaves {
            tree.push(*leaf, |_, _| ());
        }
        let chain = link(seal, sealed_at, &upto, &tree, self.chain);
        Seal { head: Self { seal, sealed_at, upto, tree, chain }, leaves }
    }
}

/// `SHA-256(02 ‖ …)`, as the module above says.
fn link(seal: i64, sealed_at: Instant, upto: &Upto, tree: &Tree, before: Hash) -> Hash {
    let mut bytes = vec![2];
    let fields = [
        Field::Integer(seal),
        Field::Integer(sealed_at.ms()),
        Field::Text(upto.text().into()),
        Field::Integer(i64::try_from(tree.size()).unwrap_or(i64::MAX)),
        Field::Bytes(tree.root()),
        Field::Bytes(before),
    ];
    put(&mut bytes, &fields);
    Hash::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upto(row: i64) -> Upto {
        Upto([(Source::Ledger, row), (Source::Consents, 2)].into())
    }

    #[test]
    fn a_seal_is_linked_to_all_that_it_says_and_to_the_one_before() {
        let at = Instant::from_ms(5);
        let leaves = vec![Hash([1; 32]), Hash([2; 32])];
        let one = Head::before_all().seal(at, upto(1), leaves.clone());
        assert_eq!(one.head.upto.text(), r#"{"ledger":1,"consents":2}"#);
        let others = [
            Head::before_all().seal(Instant::from_ms(6), upto(1), leaves.clone()),
            Head::before_all().seal(at, upto(2), leaves.clone()),
            Head::before_all().seal(at, upto(1), leaves.iter().rev().copied().collect()),
            Head::before_all().seal(at, upto(1), leaves.iter().take(1).copied().collect()),
            Head { chain: Hash([1; 32]), ..Head::before_all() }.seal(at, upto(1), leaves.clone()),
            Head { seal: 1, ..Head::before_all() }.seal(at, upto(1), leaves),
        ];
        for other in others {
            assert_ne!(other.head.chain, one.head.chain, "{other:?}");
        }
        // Made by a program of a few lines in another language, so that no later version seals in another way.
        assert_eq!(one.head.chain.to_string(), "d6623330e3583c131e82f8c23f91eeacedf01931ddc0ded48773c9337bc1d4c5");
    }
}
