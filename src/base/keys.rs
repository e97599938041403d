//! The installation's secret, and the keys derived from it, each for one use.
//!
//! One file holds 32 random bytes. HKDF-SHA-256 makes from it a key that wraps people's own keys, one for blind indexes, one
//! for link tokens and one for draws, so that a key leaked from one use opens nothing else.
//!
//! Two of them can be followed by others, each with random bytes of its own and a number. Links live longest, in mail that lies in
//! somebody's folder for years: a later key signs what is issued from the moment when it was made, and the others go on
//! verifying. The key that wraps is replaced for good: what the earlier ones wrapped is wrapped anew, and then they are gone.

use super::Instant;
use hkdf::Hkdf;
use sha2::Sha256;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{PoisonError, RwLock},
};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes in a master key and in each derived key.
pub const KEY_BYTES: usize = 32;

/// The first key of each kind: made from the master key, and there from the beginning.
pub const FIRST_KEY: u32 = 1;

/// The bytes of a key that followed.
pub type NumberedKey = Zeroizing<[u8; KEY_BYTES]>;

/// The keys that followed the first, by their numbers, each with the time when it was made.
pub type NumberedKeys = BTreeMap<u32, (Instant, NumberedKey)>;

/// The keys of one installation. Not `Clone`: share it by `Arc`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Keyring {
    wrapping: [u8; KEY_BYTES],
    index: [u8; KEY_BYTES],
    token: [u8; KEY_BYTES],
    draw: [u8; KEY_BYTES],
    /// By number, from [`FIRST_KEY`] + 1. They wipe themselves.
    #[zeroize(skip)]
    links: RwLock<NumberedKeys>,
    #[zeroize(skip)]
    wrappings: RwLock<NumberedKeys>,
}

impl Keyring {
    /// Derives all keys from the master key. `key_id` names the master key, for rotation.
    #[must_use]
    pub fn derive(master: &[u8; KEY_BYTES]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, master);
        let key = |info: &[u8]| {
            let mut out = [0; KEY_BYTES];
            // HKDF fails only for outputs over 255 hashes long; these are one.
            let _ = hkdf.expand(info, &mut out);
            out
        };
        Self {
            wrapping: key(b"comity/wrap/1"),
            index: key(b"comity/index/1"),
            token: key(b"comity/token/1"),
            draw: key(b"comity/draw/1"),
            links: RwLock::default(),
            wrappings: RwLock::default(),
        }
    }

    /// Puts the later keys of links in the place of those that were here.
    pub fn put_link_keys(&self, keys: NumberedKeys) {
        *self.links.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The key that signs what is issued then, with its number: the newest that was there. A message bears the time at which it
    /// was due, so that it stays the same to the byte on every attempt, whatever key came in between.
    pub(super) fn link_key_at(&self, issued_at: Instant) -> (u32, NumberedKey) {
        let links = self.links.read().unwrap_or_else(PoisonError::into_inner);
        let newest = links.iter().rev().find(|(_, (made_at, _))| *made_at <= issued_at);
        newest.map_or_else(|| (FIRST_KEY, Zeroizing::new(self.token)), |(number, (_, key))| (*number, key.clone()))
    }

    /// A key of links by its number. `None`: there is none.
    pub(super) fn link_key(&self, number: u32) -> Option<NumberedKey> {
        if number == FIRST_KEY {
            return Some(Zeroizing::new(self.token));
        }
        let links = self.links.read().unwrap_or_else(PoisonError::into_inner);
        links.get(&number).map(|(_, key)| key.clone())
    }

    /// Puts the later keys that wrap in the place of those that were here.
    pub fn put_wrapping_keys(&self, keys: NumberedKeys) {
        *self.wrappings.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The key that wraps people's keys now, with its number.
    pub(super) fn wrapping_key(&self) -> (u32, NumberedKey) {
        let later = self.wrappings.read().unwrap_or_else(PoisonError::into_inner);
        let newest = later.last_key_value();
        newest.map_or_else(|| (FIRST_KEY, Zeroizing::new(self.wrapping)), |(number, (_, key))| (*number, key.clone()))
    }

    /// A key that wraps by its number. `None`: there is none.
    pub(super) fn wrapping_key_by(&self, number: u32) -> Option<NumberedKey> {
        if number == FIRST_KEY {
            return Some(Zeroizing::new(self.wrapping));
        }
        let later = self.wrappings.read().unwrap_or_else(PoisonError::into_inner);
        later.get(&number).map(|(_, key)| key.clone())
    }

    pub(super) fn index(&self) -> &[u8; KEY_BYTES] {
        &self.index
    }

    pub(super) fn token(&self) -> &[u8; KEY_BYTES] {
        &self.token
    }

    pub(super) fn draw(&self) -> &[u8; KEY_BYTES] {
        &self.draw
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}
