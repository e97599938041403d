//! The proof that entries stand in a signed tree: for whoever has no database, and believes nobody but the key.
//!
//! For each entry its columns, its place in the tree and the hashes beside its path to the root, which a checkpoint signs. Who
//! checks it makes the leaf from the columns, climbs up the path, and comes to the signed root or doesn't.

use super::{
    canonical::{Field, Source, leaf},
    checkpoint::Checkpoint,
    note::{NoteError, PublicKey},
    tree::{Hash, holds},
};
use serde::{Deserialize, Serialize};

/// Entries under one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The signed note.
    pub checkpoint: String,
    /// The entries.
    pub entries: Vec<Proven>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// Where it stands.
    pub source: Source,
    /// Its columns by their names, in their order. Of evidence there is only its hash.
    pub row: Vec<(String, Field<'static>)>,
    /// Its place in the tree, from 0.
    pub place: u64,
    /// The hashes beside its path, the lowest first.
    pub path: Vec<Hash>,
}

/// Why a proof proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The checkpoint isn't to be believed.
    #[error("its checkpoint can't be believed: {0}")]
    Checkpoint(#[from] NoteError),
    /// An entry isn't in the signed tree.
    #[error("entry number {0} of it is not in the tree that was signed, or was changed")]
    Entry(usize),
}

impl Proof {
    /// Checks it by a public key. Gives what was signed.
    ///
    /// # Errors
    /// When it proves nothing.
    pub fn check(&self, key: &PublicKey) -> Result<Checkpoint, Unproven> {
        let signed = Checkpoint::open(&self.checkpoint, key)?;
        for (number, entry) in (1..).zip(&self.entries) {
            if !entry.is_under(&signed) {
                return Err(Unproven::Entry(number));
            }
        }
        Ok(signed)
    }
}

impl Proven {
    fn is_under(&self, signed: &Checkpoint) -> bool {
        let names: Vec<&str> = self.row.iter().map(|(name, _)| name.as_str()).collect();
        let fields: Vec<Field<'_>> = self.row.iter().map(|(_, field)| field.clone()).collect();
        names == self.source.columns()
            && holds(leaf(self.source, &fields), self.place, signed.entries, &self.path, signed.root)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{note::SigningKey, tree::Tree},
        *,
    };
    use crate::base::Instant;
    use zeroize::Zeroizing;

    fn row(id: i64) -> Vec<(String, Field<'static>)> {
        let fields = [Field::Integer(id), Field::Text("r1".into()), Field::Integer(9)];
        Source::Revisions.columns().iter().map(|name| (*name).to_owned()).zip(fields).collect()
    }

    fn leaf_of(id: i64) -> Hash {
        leaf(Source::Revisions, &row(id).into_iter().map(|(_, field)| field).collect::<Vec<_>>())
    }

    #[test]
    fn an_entry_is_proved_and_a_changed_one_is_not() {
        let key = SigningKey::new("comity-1", Zeroizing::new([7; 32])).unwrap();
        let mut tree = Tree::default();
        tree.push(leaf_of(1), |_, _| ());
        tree.push(leaf_of(2), |_, _| ());
        let (root, chain, made_at) = (tree.root(), Hash([0; 32]), Instant::from_ms(0));
        let signed = Checkpoint { number: 1, entries: 2, root, seal: 1, chain, made_at };
        let entry = Proven { source: Source::Revisions, row: row(2), place: 1, path: vec![leaf_of(1)] };
        let proof = Proof { checkpoint: key.sign(&signed.text("comity-1")), entries: vec![entry.clone()] };
        assert_eq!(proof.check(key.public()), Ok(signed));
        let json = serde_json::to_string(&proof).unwrap();
        assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), proof, "it survives its file");
        let changed = [
            Proven { row: row(3), ..entry.clone() },
            Proven { place: 0, ..entry.clone() },
            Proven { path: vec![leaf_of(3)], ..entry.clone() },
            Proven { path: vec![], ..entry.clone() },
            Proven { source: Source::Wordings, ..entry.clone() },
        ];
        for entry in changed {
            let proof = Proof { entries: vec![entry], ..proof.clone() };
            assert_eq!(proof.check(key.public()), Err(Unproven::Entry(1)), "{proof:?}");
        }
    }
}
