//! The signature: DKIM (RFC 6376) by RSA-2048, relaxed/relaxed, over the final bytes.
//!
//! # What it covers
//!
//! Every header that we write. Those that a forger would add a second time, or that RFC 8058 3.1 asks for, are signed
//! once more than they occur (RFC 6376 8.15, "over-signing"), so that one more of them breaks the signature. There is no
//! `l=`: a body with something added to it is another message (8.2).
//!
//! RSA alone: RFC 8463 asks for Ed25519 beside it, but a second key is a second record to publish and to turn, and every
//! receiver reads RSA.
//!
//! Not promised: the same bytes twice. `t=` is the machine's own clock, which mail-auth reads; verifiers refuse a time
//! that lies ahead, so a virtual clock would be wrong here.

use base64::{Engine, engine::general_purpose::STANDARD};
use mail_auth::{
    common::{crypto::RsaKey, crypto::Sha256, headers::HeaderWriter},
    dkim::{DkimSigner, Done},
};
use rsa::{
    RsaPrivateKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding},
    traits::PublicKeyParts,
};
use std::{
    fmt, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use zeroize::Zeroizing;

/// RFC 8301 3.2: at least 2048; longer keys don't fit into one UDP answer.
pub const KEY_BITS: usize = 2048;
/// The longest string of a TXT record, RFC 1035 3.3.
const TXT_STRING_OCTETS_MAX: usize = 255;

/// The headers that a signature covers, in the order of `h=`. A name that stands twice is over-signed.
pub const SIGNED: [&str; 22] = [
    "From",
    "From",
    "To",
    "To",
    "Subject",
    "Subject",
    "Date",
    "Date",
    "Reply-To",
    "Reply-To",
    "List-Unsubscribe",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Unsubscribe-Post",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
    "List-Id",
    "List-Help",
    "Auto-Submitted",
    "Feedback-ID",
];

/// Signs letters for one domain.
pub struct Signer {
    inner: DkimSigner<RsaKey<Sha256>, Done>,
}

/// Why a key can't be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyError {
    /// The file can't be read.
    #[error("{}: {why}; `comity dkim new` makes a key", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's word.
        why: String,
    },
    /// Others on this machine may read it.
    #[error("{}: others can read this private key; `chmod 600` it", .0.display())]
    Open(PathBuf),
    /// Not a private RSA key in PEM.
    #[error("this is not a private RSA key in PKCS#8 PEM; `comity dkim new` makes one")]
    NotAKey,
    /// Receivers distrust it.
    #[error("the key has fewer than {KEY_BITS} bits; `comity dkim new` makes one")]
    TooShort,
    /// The system gave no randomness.
    #[error("the key could not be made")]
    NotMade,
}

/// Why there is no signature that a letter could leave under.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignError {
    /// The key would not sign.
    #[error("the message can't be signed")]
    Failed,
    /// The signature doesn't name a header that promises something.
    #[error("the signature doesn't cover `{0}`")]
    NotCovered(&'static str),
}

/// Reads a private key that nobody else can read.
///
/// # Errors
/// When there is none, or its file is open to others.
pub fn read_key(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let unreadable = |error: std::io::Error| KeyError::Unreadable { path: path.to_owned(), why: error.to_string() };
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyError::Open(path.to_owned()));
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(unreadable)
}

impl Signer {
    /// From a private key as `comity dkim new` writes it. `d=` and `s=` say where its public half is published.
    ///
    /// # Errors
    /// When the key isn't one, or is too short.
    pub fn new(pem: &str, domain: &str, selector: &str) -> Result<Self, KeyError> {
        let private = RsaPrivateKey::from_pkcs8_pem(pem).map_err(|_| KeyError::NotAKey)?;
        if private.n().bits() < KEY_BITS {
            return Err(KeyError::TooShort);
        }
        let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::NotAKey)?;
        let key = RsaKey::<Sha256>::from_key_der(der).map_err(|_| KeyError::NotAKey)?;
        let inner = DkimSigner::from_key(key).domain(domain).selector(selector).headers(SIGNED);
        Ok(Self { inner })
    }

    /// `d=`.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.inner.template.d
    }

    /// The `DKIM-Signature` header, with its line end. `promises` names headers that must not leave uncovered.
    ///
    /// # Errors
    /// When the key fails, or the signature doesn't name one of the promises.
    pub fn sign(&self, message: &[u8], promises: &[&'static str]) -> Result<String, SignError> {
        let signature = self.inner.sign(message).map_err(|_| SignError::Failed)?;
        let uncovered = promises.iter().find(|name| !signature.h.iter().any(|h| h.eq_ignore_ascii_case(name)));
        match uncovered {
            Some(name) => Err(SignError::NotCovered(name)),
            None => Ok(signature.to_header()),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}._domainkey.{})", self.inner.template.s, self.inner.template.d)
    }
}

/// Makes a new private key, PKCS#8 PEM. Takes a second or two.
///
/// # Errors
/// When the system gives no randomness.
pub fn new_key() -> Result<Zeroizing<String>, KeyError> {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS).map_err(|_| KeyError::NotMade)?;
    key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::NotMade)
}

/// What the DNS must say so that receivers believe the signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DnsRecord {
    /// `<selector>._domainkey.<domain>`.
    pub name: String,
    /// The TXT record's text, in one piece.
    pub text: String,
}

impl DnsRecord {
    /// The record for a private key.
    ///
    /// # Errors
    /// When the key isn't one.
    pub fn of(pem: &str, domain: &str, selector: &str) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem).map_err(|_| KeyError::NotAKey)?;
        let public = key.to_public_key().to_public_key_der().map_err(|_| KeyError::NotAKey)?;
        Ok(Self {
            name: format!("{selector}._domainkey.{domain}"),
            text: format!("v=DKIM1; k=rsa; p={}", STANDARD.encode(public.as_bytes())),
        })
    }

    /// A line for a zone file: the text in strings of at most 255 octets, which readers put together again (RFC 6376
    /// 3.6.2.2).
    #[must_use]
    pub fn zone_line(&self) -> String {
        let octets: Vec<char> = self.text.chars().collect();
        let strings: Vec<String> = octets
            .chunks(TXT_STRING_OCTETS_MAX)
            .map(|piece| format!("\"{}\"", piece.iter().collect::<String>()))
            .collect();
        format!("{}. IN TXT ( {} )", self.name, strings.join(" "))
    }
}
