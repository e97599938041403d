//! Personal values at rest: encrypted, bound to their place, and found again by a keyed hash.
//!
//! A sealed value is `nonce ‖ XChaCha20-Poly1305(plaintext)` with its table, column and row key as associated data, so
//! that a value copied to another row or column does not open. Nonces of 192 bits may be random without a counter;
//! the randomness is a parameter, because floor 0 makes none.
//!
//! The key is one person's own ([`super::data_key`]). Not promised: secrecy from someone who has the database, the key store and the
//! key file.

use super::{data_key::DataKey, keys::Keyring};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;
use std::{fmt, marker::PhantomData};

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 24;

/// A `T` that only the key opens. The database stores [`Sealed::as_bytes`].
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed<T> {
    bytes: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

/// The value could not be opened: another key, another row, or damaged bytes. Never a reason to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a sealed value does not open: the key file is another one, or the row is damaged")]
pub struct Unreadable;

impl<T: Serialize + DeserializeOwned> Sealed<T> {
    /// Seals a value for one place, such as `customers.fields` and the row's handle.
    ///
    /// # Errors
    /// Only for a value that has no JSON form.
    pub fn seal(
        key: &DataKey,
        place: &str,
        row: &[u8],
        nonce: [u8; NONCE_BYTES],
        value: &T,
    ) -> Result<Self, Unreadable> {
        let plain = serde_json::to_vec(value).map_err(|_| Unreadable)?;
        let aad = associated(place, row);
        let body = XChaCha20Poly1305::new(key.bytes().into())
            .encrypt(&nonce.into(), Payload { msg: &plain, aad: &aad })
            .map_err(|_| Unreadable)?;
        let mut bytes = nonce.to_vec();
        bytes.extend(body);
        Ok(Self::from_bytes(bytes))
    }

    /// Opens the value in the place it was sealed for.
    ///
    /// # Errors
    /// When key, place or bytes are not those it was sealed with.
    pub fn open(&self, key: &DataKey, place: &str, row: &[u8]) -> Result<T, Unreadable> {
        let (nonce, body) = self.bytes.split_first_chunk::<NONCE_BYTES>().ok_or(Unreadable)?;
        let aad = associated(place, row);
        let plain = XChaCha20Poly1305::new(key.bytes().into())
            .decrypt(nonce.into(), Payload { msg: body, aad: &aad })
            .map_err(|_| Unreadable)?;
        serde_json::from_slice(&plain).map_err(|_| Unreadable)
    }
}

impl<T> Sealed<T> {
    /// As stored.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self { bytes, of: PhantomData }
    }

    /// For storing.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

fn associated(place: &str, row: &[u8]) -> Vec<u8> {
    let mut aad = place.as_bytes().to_vec();
    aad.push(0);
    aad.extend(row);
    aad
}

/// A keyed hash: tells whether two things are the same without holding them. Of a mailbox it finds rows without the address,
/// and survives erasure as a suppression. A plain hash could be guessed from a list of addresses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindIndex(pub [u8; 32]);

impl BlindIndex {
    /// Of an address's mailbox.
    #[must_use]
    pub fn of(keys: &Keyring, address: &super::EmailAddress) -> Self {
        Self(mac(keys.index(), &[b"mailbox\0", address.mailbox().as_bytes()]))
    }

    /// Of what a source calls a customer or a record: another one for each type.
    #[must_use]
    pub fn of_name(keys: &Keyring, kind: &str, name: &str) -> Self {
        Self(mac(keys.index(), &[b"name\0", kind.as_bytes(), b"\0", name.as_bytes()]))
    }

    /// Of what a field holds: another one for each field.
    #[must_use]
    pub fn of_value(keys: &Keyring, field: &str, value: &super::Value) -> Self {
        // Plain data: writing it as JSON can't fail.
        let text = serde_json::to_vec(value).unwrap_or_default();
        Self(mac(keys.index(), &[b"value\0", field.as_bytes(), b"\0", &text]))
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex(…)")
    }
}

/// HMAC-SHA-256, ready for its input. A key shorter than the block is padded with zeros (RFC 2104 2), done here because
/// the padded form is the constructor that cannot fail.
pub(super) fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    if let Some(head) = block.first_chunk_mut::<32>() {
        *head = *key;
    }
    <Hmac<Sha256> as hmac::KeyInit>::new(&block.into())
}

/// HMAC-SHA-256 over the parts, in order.
pub(super) fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = hmac(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
