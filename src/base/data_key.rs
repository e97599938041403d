//! The key of one person: what is sealed with it is gone for good when it is gone.
//!
//! Each customer's values are sealed with 32 random bytes of their own. These lie wrapped in a store of their own, apart from
//! the rows, in backups that don't live long: erasing a person destroys their key, and with it what any old copy of the
//! database still holds of them. A wrapped key is `number ‖ nonce ‖ XChaCha20-Poly1305(key)`, with its id as associated
//! data; the number says which of the installation's wrapping keys it was (see [`super::keys`]).

use super::{
    keys::{KEY_BYTES, Keyring},
    sealed::{NONCE_BYTES, Unreadable},
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use std::fmt;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The bytes that seal what belongs to one person.
#[derive(Clone, ZeroizeOnDrop)]
pub struct DataKey([u8; KEY_BYTES]);

impl DataKey {
    /// From bytes that nobody can guess.
    #[must_use]
    pub fn from_random(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// As it is stored under this id, by the newest of the wrapping keys.
    ///
    /// # Errors
    /// Never for a key; the cipher's signature has one.
    pub fn wrap(&self, keys: &Keyring, id: i64, nonce: [u8; NONCE_BYTES]) -> Result<Vec<u8>, Unreadable> {
        let (number, wrapping) = keys.wrapping_key();
        let body = XChaCha20Poly1305::new((&*wrapping).into())
            .encrypt(&nonce.into(), Payload { msg: &self.0, aad: &associated(id) })
            .map_err(|_| Unreadable)?;
        Ok([number.to_be_bytes().as_slice(), &nonce, &body].concat())
    }

    /// The key that was stored under this id.
    ///
    /// # Errors
    /// When the wrapping key is no longer there, or the bytes were stored under another id, or are damaged.
    pub fn unwrap(keys: &Keyring, id: i64, wrapped: &[u8]) -> Result<Self, Unreadable> {
        let (number, rest) = wrapped.split_first_chunk::<4>().ok_or(Unreadable)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unreadable)?;
        let wrapping = keys.wrapping_key_by(u32::from_be_bytes(*number)).ok_or(Unreadable)?;
        let plain = XChaCha20Poly1305::new((&*wrapping).into())
            .decrypt(nonce.into(), Payload { msg: body, aad: &associated(id) })
            .map_err(|_| Unreadable)?;
        let plain = Zeroizing::new(plain);
        Ok(Self(plain.as_slice().try_into().map_err(|_| Unreadable)?))
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

fn associated(id: i64) -> Vec<u8> {
    [b"keystore.keys\0".as_slice(), &id.to_be_bytes()].concat()
}
