//! One customer's entries, with what proves each of them to somebody without the database.
//!
//! The rows are read once by the customer; the rest are hashes: the leaves stand in the seals, and going through them gives the
//! subtrees that the paths need, without keeping the others.

use super::Book;
use crate::{
    audit::{
        Checkpoint, Hash, Head, Proof, Proven, Source, Tree,
        note::PublicKey,
        tree::{Place, fold, path, places},
    },
    base::CustomerId,
    store::archive::{Archive, Row},
};
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};

/// The proof of all that the last checkpoint covers about a customer.
///
/// # Errors
/// When the database or the file can't be read, nothing is signed yet, or what is signed isn't what is there.
pub async fn prove(archive: &mut Archive, book: &Book, key: &PublicKey, customer: CustomerId) -> anyhow::Result<Proof> {
    let (signed, note) = book.last_note(key)?.context("nothing is signed yet: `comity audit checkpoint` does it")?;
    let entries = placed(archive, &signed, customer).await?;
    let paths: Vec<_> = entries.iter().map(|(place, ..)| path(*place, signed.entries)).collect();
    let wanted: BTreeSet<Place> = paths.iter().flatten().flat_map(places).collect();
    let nodes = nodes(archive, &signed, &wanted).await?;
    let hash = |range| fold(places(range).iter().filter_map(|place| nodes.get(place).copied()));
    let proven = entries.into_iter().zip(&paths).map(|((place, source, row), ranges)| Proven {
        source,
        row: source.columns().iter().map(|name| (*name).to_owned()).zip(row.fields).collect(),
        place,
        path: ranges.iter().filter_map(hash).collect(),
    });
    let proof = Proof { checkpoint: note, entries: proven.collect() };
    proof.check(key).context("the database is not what was signed: run `comity audit verify`")?;
    Ok(proof)
}

/// The customer's rows, each with its place in the tree.
async fn placed(
    archive: &mut Archive,
    signed: &Checkpoint,
    customer: CustomerId,
) -> anyhow::Result<Vec<(u64, Source, Row)>> {
    let about: BTreeSet<(Source, i64)> = archive.about(customer).await?.into_iter().collect();
    let (mut before, mut found) = (Head::before_all(), vec![]);
    while let Some(head) = next(archive, &before, signed).await?.map(|(head, _)| head) {
        let has = |source| {
            let range = (source, before.upto.of(source).saturating_add(1))..=(source, head.upto.of(source));
            range.start() <= range.end() && about.range(range).next().is_some()
        };
        if Source::ALL.into_iter().any(has) {
            let mut place = before.tree.size();
            for source in Source::ALL {
                for row in archive.rows(source, before.upto.of(source)..head.upto.of(source)).await? {
                    if about.contains(&(source, row.id)) {
                        found.push((place, source, row));
                    }
                    place += 1;
                }
            }
        }
        before = head;
    }
    Ok(found)
}

/// The hashes of these subtrees.
async fn nodes(
    archive: &mut Archive,
    signed: &Checkpoint,
    wanted: &BTreeSet<Place>,
) -> anyhow::Result<BTreeMap<Place, Hash>> {
    let (mut before, mut tree, mut nodes) = (Head::before_all(), Tree::default(), BTreeMap::new());
    while let Some((head, leaves)) = next(archive, &before, signed).await? {
        for leaf in leaves {
            tree.push(leaf, |place, hash| {
                if wanted.contains(&place) {
                    nodes.insert(place, hash);
                }
            });
        }
        before = head;
    }
    Ok(nodes)
}

/// The seal after this one, up to the one that was signed.
async fn next(archive: &mut Archive, before: &Head, signed: &Checkpoint) -> anyhow::Result<Option<(Head, Vec<Hash>)>> {
    if before.seal >= signed.seal {
        return Ok(None);
    }
    match archive.seal_after(before.seal).await? {
        Some((_, Some(seal))) => Ok(Some((seal.head, seal.leaves))),
        _ => bail!("the seals are damaged, or end before what was signed: run `comity audit verify`"),
    }
}
