//! Keys of the API: `comity_<id>_<secret>`, and what a key may do.
//!
//! The secret is 256 random bits, so at rest its SHA-256 is enough: a slow hash guards words that people think of, which
//! can be tried one after the other; these can't. The id is no secret: it finds the row.
//!
//! Invariant: the secret is printed once, by the command that made it, and stands in no log: `Debug` doesn't show it.

use super::hex;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{fmt, hint};
use zeroize::Zeroizing;

/// Random bytes that a new key takes: its id's and its secret's.
pub const RANDOM_BYTES: usize = ID_BYTES + SECRET_BYTES;
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;
const PREFIX: &str = "comity_";

/// A key, as its holder has it.
pub struct ApiKey {
    id: String,
    secret: Zeroizing<[u8; SECRET_BYTES]>,
}

impl ApiKey {
    /// From chance.
    #[must_use]
    pub fn new(random: &[u8; RANDOM_BYTES]) -> Self {
        let (id, secret) = random.split_at(ID_BYTES);
        let mut key = Self { id: hex(id), secret: Zeroizing::new([0; SECRET_BYTES]) };
        key.secret.copy_from_slice(secret);
        key
    }

    /// From what its holder sent. `None` where it can't be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        if id.len() != 2 * ID_BYTES || !id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(secret).ok()?);
        Some(Self { id: id.to_owned(), secret: Zeroizing::new(bytes.as_slice().try_into().ok()?) })
    }

    /// What finds its row.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What stands at rest.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_slice()).into()
    }

    /// Whether it is the key with this digest; takes as long for every answer.
    #[must_use]
    pub fn has_digest(&self, digest: &[u8; 32]) -> bool {
        let differences = self.digest().iter().zip(digest).fold(0, |all, (a, b)| hint::black_box(all | (a ^ b)));
        differences == 0
    }

    /// All of it, for its holder.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}_{}", self.id, URL_SAFE_NO_PAD.encode(self.secret.as_slice())))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({})", self.id)
    }
}

/// One thing that a key may do, or that a request needs. Written `customers`, `records:appointment`, `records` (of every
/// type), `consents`, `events`, `products`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum May {
    /// Bring customers.
    Customers,
    /// Bring records: of one type, or of every type.
    Records(Option<String>),
    /// Report consents, withdrawals, and customers' own limits.
    Consents,
    /// Report events.
    Events,
    /// Say what is sold.
    Products,
}

impl May {
    /// By its name. `None` where there is no such thing.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name.split_once(':') {
            Some(("records", kind)) if !kind.is_empty() => Some(Self::Records(Some(kind.to_owned()))),
            Some(_) => None,
            None => [Self::Customers, Self::Records(None), Self::Consents, Self::Events, Self::Products]
                .into_iter()
                .find(|may| may.to_string() == name),
        }
    }

    /// Whether whoever may do this may do `needed`.
    #[must_use]
    pub fn covers(&self, needed: &Self) -> bool {
        self == needed || matches!((self, needed), (Self::Records(None), Self::Records(_)))
    }
}

impl fmt::Display for May {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customers => f.write_str("customers"),
            Self::Records(None) => f.write_str("records"),
            Self::Records(Some(kind)) => write!(f, "records:{kind}"),
            Self::Consents => f.write_str("consents"),
            Self::Events => f.write_str("events"),
            Self::Products => f.write_str("products"),
        }
    }
}

impl From<May> for String {
    fn from(may: May) -> Self {
        may.to_string()
    }
}

impl TryFrom<String> for May {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("`{name}` is nothing that a key may do"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> ApiKey {
        ApiKey::new(&std::array::from_fn(|place| u8::try_from(place).unwrap_or(0) ^ 0xa5))
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_shows_itself_to_nobody_else() {
        let text = key().text();
        let read = ApiKey::parse(&text).unwrap();
        assert!(read.id() == key().id() && read.has_digest(&key().digest()));
        assert_eq!(format!("{read:?}"), "ApiKey(a5a4a7a6a1a0)");
        assert!(!text.contains(&format!("{:?}", read.digest())));
    }

    #[test]
    fn nothing_but_the_key_is_the_key() {
        let text = key().text().to_string();
        for place in 0..text.len() {
            for other in ["A", "b", "_", "-", ""] {
                let (before, after) = text.split_at(place);
                let changed = before.to_owned() + other + after.strip_prefix(|_: char| true).unwrap();
                let opens = ApiKey::parse(&changed)
                    .is_some_and(|read| read.id() == key().id() && read.has_digest(&key().digest()));
                assert_eq!(opens, changed == text, "{changed}");
            }
        }
        for no in ["", "comity_", "comity__", "comity_a5a4a7a6a1a0_", "Comity_a5a4a7a6a1a0_x"] {
            assert!(ApiKey::parse(no).is_none(), "{no}");
        }
    }

    #[test]
    fn a_scope_covers_itself_and_all_records_cover_each_type() {
        let may = |name: &str| May::named(name).unwrap();
        assert!(may("records").covers(&may("records:appointment")));
        assert!(!may("records:appointment").covers(&may("records:purchase")));
        assert!(!may("records:appointment").covers(&may("records")));
        assert!(!may("customers").covers(&may("consents")));
        assert_eq!(May::named("records:"), None);
        assert_eq!(May::named("Customers"), None);
    }
}
