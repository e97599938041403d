//! Signed notes, as transparency logs write them (C2SP, `signed-note`): a text, an empty line, and a line with an Ed25519
//! signature. Programs of others can check them.
//!
//! ```text
//! comity-4f1d…
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — comity-4f1d… Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+…
//! ```

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

/// Bytes of a key, private or public.
pub const KEY_BYTES: usize = 32;
/// Ed25519, in the list of signature types.
const ED25519_TYPE: u8 = 1;
/// Begins a line with a signature.
pub const SIGNATURE_MARK: &str = "\u{2014} ";
/// Begins the text of a private key.
const PRIVATE_MARK: &str = "PRIVATE+KEY+";

/// Who can check: `name+id+key`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicKey {
    name: String,
    key: [u8; KEY_BYTES],
}

/// Who can sign. Not `Clone`, and never shown.
pub struct SigningKey {
    public: PublicKey,
    seed: Zeroizing<[u8; KEY_BYTES]>,
    pair: Ed25519KeyPair,
}

/// Why a note isn't believed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoteError {
    /// It has not the form of one.
    #[error("it is damaged")]
    Malformed,
    /// Another key signed it.
    #[error("it bears the name of another key, {0}")]
    OtherKey(String),
    /// The signature isn't one of this text.
    #[error("its signature is false")]
    Forged,
}

/// The text isn't a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this is no key: it has the form name+0123abcd+base64")]
pub struct NoKey;

impl PublicKey {
    /// Whose, and of which log.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first bytes of a hash of name and key: tells keys of one name apart.
    fn id(&self) -> [u8; 4] {
        let hash = Sha256::new()
            .chain_update(self.name.as_bytes())
            .chain_update([b'\n', ED25519_TYPE])
            .chain_update(self.key)
            .finalize();
        hash.first_chunk().copied().unwrap_or_default()
    }

    /// The text of a note that this key signed.
    ///
    /// # Errors
    /// When it didn't.
    pub fn open<'a>(&self, note: &'a str) -> Result<&'a str, NoteError> {
        let (body, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let text = note.get(..=body.len()).ok_or(NoteError::Malformed)?;
        let mut others = None;
        for line in signatures.lines() {
            let signature = line.strip_prefix(SIGNATURE_MARK).and_then(|rest| rest.split_once(' '));
            let (name, signature) = signature.ok_or(NoteError::Malformed)?;
            let bytes = STANDARD.decode(signature).map_err(|_| NoteError::Malformed)?;
            let (id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteError::Malformed)?;
            if name != self.name || *id != self.id() {
                others = Some(name.to_owned());
                continue;
            }
            let key = UnparsedPublicKey::new(&ED25519, self.key);
            return key.verify(text.as_bytes(), signature).map(|()| text).map_err(|_| NoteError::Forged);
        }
        Err(others.map_or(NoteError::Malformed, NoteError::OtherKey))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", written(&self.name, self.id(), &self.key).as_str())
    }
}

impl FromStr for PublicKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let (name, id, key) = read(text)?;
        let public = Self { name, key: *key };
        if public.id() == id { Ok(public) } else { Err(NoKey) }
    }
}

impl SigningKey {
    /// From random bytes. The name is the log's: no spaces, no `+`.
    ///
    /// # Errors
    /// When it can't be a name.
    pub fn new(name: &str, seed: Zeroizing<[u8; KEY_BYTES]>) -> Result<Self, NoKey> {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == '+') {
            return Err(NoKey);
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(|_| NoKey)?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| NoKey)?;
        Ok(Self { public: PublicKey { name: name.to_owned(), key }, seed, pair })
    }

    /// Who can check.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// For its file.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<String> {
        let rest = written(&self.public.name, self.public.id(), &self.seed);
        Zeroizing::new(format!("{PRIVATE_MARK}{}", rest.as_str()))
    }

    /// The note of this text, which ends in a line break.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let mut bytes = self.public.id().to_vec();
        bytes.extend(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n{SIGNATURE_MARK}{} {}\n", self.public.name, STANDARD.encode(bytes))
    }
}

impl FromStr for SigningKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let (name, id, seed) = read(text.strip_prefix(PRIVATE_MARK).ok_or(NoKey)?)?;
        let key = Self::new(&name, seed)?;
        if key.public.id() == id { Ok(key) } else { Err(NoKey) }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

fn written(name: &str, id: [u8; 4], key: &[u8; KEY_BYTES]) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(vec![ED25519_TYPE]);
    bytes.extend(key);
    let encoded = Zeroizing::new(STANDARD.encode(&*bytes));
    Zeroizing::new(format!("{name}+{:08x}+{}", u32::from_be_bytes(id), encoded.as_str()))
}

type KeyParts = (String, [u8; 4], Zeroizing<[u8; KEY_BYTES]>);

fn read(text: &str) -> Result<KeyParts, NoKey> {
    let (name, rest) = text.split_once('+').ok_or(NoKey)?;
    let (id, encoded) = rest.split_once('+').ok_or(NoKey)?;
    let id = u32::from_str_radix(id, 16).map_err(|_| NoKey)?.to_be_bytes();
    let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| NoKey)?);
    match bytes.split_first() {
        Some((&ED25519_TYPE, key)) if !name.is_empty() => {
            Ok((name.to_owned(), id, Zeroizing::new(key.try_into().map_err(|_| NoKey)?)))
        }
        _ => Err(NoKey),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the documentation of Go's package `golang.org/x/mod/sumdb/note`, whose format this is.
    #[test]
    fn a_note_is_signed_and_read_as_others_do() {
        let secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
        let public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        let text = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
        let signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let key: SigningKey = secret.parse().unwrap();
        assert_eq!(key.public().to_string(), public);
        assert_eq!(key.secret().as_str(), secret);
        let note = key.sign(text);
        assert_eq!(note, format!("{text}\n\u{2014} PeterNeumann {signature}\n"));
        assert_eq!(public.parse::<PublicKey>().unwrap().open(&note), Ok(text));
    }

    #[test]
    fn no_bit_of_a_note_can_be_changed() {
        let key = SigningKey::new("comity-1", Zeroizing::new([7; 32])).unwrap();
        let note = key.sign("one\n2\n");
        assert_eq!(key.public().open(&note), Ok("one\n2\n"));
        let mut tries = 0;
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                // What isn't UTF-8 isn't a note.
                let Ok(changed) = String::from_utf8(bytes) else { continue };
                // The line break at the end is outside of what is signed.
                if let Ok(text) = key.public().open(&changed) {
                    assert_eq!((text, at), ("one\n2\n", note.len() - 1), "bit {bit} of byte {at}");
                }
                tries += 1;
            }
        }
        assert!(tries > 500, "{tries}");
        let other = SigningKey::new("comity-1", Zeroizing::new([8; 32])).unwrap();
        assert_eq!(other.public().open(&note), Err(NoteError::OtherKey("comity-1".to_owned())));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "a+b", "name+00000000+AQ==", "PRIVATE+KEY+a+00000000+AQ=="] {
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
            assert!(text.parse::<SigningKey>().is_err(), "{text}");
        }
        assert!(SigningKey::new("two words", Zeroizing::new([0; 32])).is_err());
        assert!(SigningKey::new("a+b", Zeroizing::new([0; 32])).is_err());
    }
}
