//! What proves the ledger: each entry a leaf of one tree, sealed once a second, signed once an hour.
//!
//! ```text
//!  rows of the ledger, consents, evidence, words, approvals, revisions, bars, notices, assessments
//!    │ canonical bytes ─► leaf
//!    ▼
//!  tree (RFC 6962) ── each second a seal: its leaves, the tree's peaks, and a link to the seal before
//!    ▼
//!  checkpoint: the tree's size and root, signed (Ed25519), in a file outside the database
//! ```
//!
//! **What is found.** Whoever changes, removes, adds or moves a row differs from its leaf; whoever changes the leaf as
//! well differs from the peaks of its seal; whoever makes all seals anew differs from what the next checkpoint signed. So
//! somebody who has the database and this code needs the checkpoints' key, too. Entries that no checkpoint covers yet can be
//! made anew by such a person, and are counted as not covered.
//!
//! **Erasure.** What is personal is no part of a leaf: entries name customers by number, and the evidence of a consent or a bar enters
//! by the SHA-256 of its sealed bytes. An erasure puts that hash in the place of the bytes and leaves the leaf as it was; the
//! random nonce in them goes, too, so that nobody can try contents against the hash.
//!
//! **Not promised.** That somebody who has the key, or took every copy of the checkpoints and the database back to the same
//! day, is found. Hence the folder of the checkpoints can lie on another machine, and the public key in a drawer.
//!
//! # Canonical bytes
//!
//! A row is its source's name and its columns in the order of [`Source::columns`], each as one byte for its kind and then its
//! value:
//!
//! | kind | bytes |
//! |---|---|
//! | nothing (`NULL`) | `00` |
//! | whole number | `01`, 8 bytes, big-endian, two's complement |
//! | text | `02`, its length in 4 bytes, big-endian, then UTF-8 |
//! | bytes | `03`, their length in 4 bytes, big-endian, then the bytes |
//!
//! A leaf is `SHA-256(00 ‖ row)` and an inner node `SHA-256(01 ‖ left ‖ right)`, as in RFC 6962, 2.1. A seal's link is
//! `SHA-256(02 ‖ number ‖ time ‖ upto ‖ size ‖ root ‖ link before)`, in the same encoding of values; before the first seal it is
//! 32 zero bytes. Leaves stand in the order of the seals, within a seal in that of the sources, and there by number.

pub mod canonical;
pub mod tree;
pub mod seal;
pub mod note;
pub mod checkpoint;
pub mod proof;

pub use canonical::{Field, Source};
pub use checkpoint::Checkpoint;
pub use proof::{Proof, Proven};
pub use seal::{Head, Seal, Upto};
pub use tree::{Hash, Tree};
