//! E-mail addresses: parsed once at the edge, printed masked, compared by a normalised key.
//!
//! RFC 5321 2.4 makes the local part case-sensitive, so the address is kept as it was given and written so to the wire.
//! People don't know that: for look-up, suppression and caps, `Anna@Salon.example` and `anna@salon.example` are one
//! [mailbox](EmailAddress::mailbox). Dots and plus tags are left alone: stripping them would merge strangers.

use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// RFC 5321 4.5.3.1.1.
const LOCAL_PART_OCTETS_MAX: usize = 64;
/// RFC 5321 4.5.3.1.3, less the angle brackets.
const ADDRESS_OCTETS_MAX: usize = 254;

/// A deliverable address. The domain is an A-label, the local part is as given.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress {
    local: String,
    domain: String,
}

/// Why a text is not an address that mail can be sent to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("the address is empty")]
    Empty,
    /// No `@`, spaces, control characters, …
    #[error("this is not an e-mail address")]
    Syntax,
    /// The domain is not one that the DNS could hold.
    #[error("the domain is not valid")]
    Domain,
    /// Longer than mail servers accept.
    #[error("the address is longer than mail servers accept")]
    TooLong,
    /// Local parts beyond ASCII need SMTPUTF8, which few servers offer and no relay can downgrade.
    #[error("letters beyond ASCII before the @ can't be delivered by most servers")]
    NotAscii,
}

impl EmailAddress {
    /// Parses and normalises.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(AddressError::Syntax);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Syntax)?;
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| AddressError::Domain)?;
        if !domain.contains('.') && domain != "localhost" {
            return Err(AddressError::Domain);
        }
        if local.len() > LOCAL_PART_OCTETS_MAX || local.len() + 1 + domain.len() > ADDRESS_OCTETS_MAX {
            return Err(AddressError::TooLong);
        }
        if !local.is_ascii() {
            return Err(AddressError::NotAscii);
        }
        let options = email_address::Options::default().without_display_text().without_domain_literal();
        email_address::EmailAddress::parse_with_options(&format!("{local}@{domain}"), options)
            .map_err(|_| AddressError::Syntax)?;
        Ok(Self { local: local.to_owned(), domain })
    }

    /// The plain address. Few files may call this; `tests/tidy.rs` has their names.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// The receiving domain, an A-label in lower case. Not personal: pace and errors are kept by it.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The key by which two spellings of one mailbox are the same: NFC, lower case. Only ever hashed, never shown.
    #[must_use]
    pub fn mailbox(&self) -> String {
        let local: String = self.local.nfc().collect();
        format!("{}@{}", local.to_lowercase(), self.domain)
    }

    /// `a…@salon.example`, for pages that the owner of the mailbox reads.
    #[must_use]
    pub fn masked(&self) -> String {
        let first = self.local.chars().next().unwrap_or('…');
        format!("{first}…@{}", self.domain)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}
