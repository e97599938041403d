//! The installation's secret, and the keys derived from it, each for one use.
//!
//! One file holds 32 random bytes. HKDF-SHA-256 makes from it a key for sealed columns, one for blind indexes, one for
//! link tokens and one for draws, so that a key leaked from one use opens nothing else.

use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bytes in a master key and in each derived key.
pub const KEY_BYTES: usize = 32;

/// The keys of one installation. Not `Clone`: share it by `Arc`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Keyring {
    seal: [u8; KEY_BYTES],
    index: [u8; KEY_BYTES],
    token: [u8; KEY_BYTES],
    draw: [u8; KEY_BYTES],
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
            seal: key(b"comity/seal/1"),
            index: key(b"comity/index/1"),
            token: key(b"comity/token/1"),
            draw: key(b"comity/draw/1"),
        }
    }

    pub(super) fn seal(&self) -> &[u8; KEY_BYTES] {
        &self.seal
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
