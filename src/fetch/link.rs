//! A link as the owner pastes it, taken apart.

use hyper::Uri;
use sha2::{Digest, Sha256};
use std::fmt;

/// A calendar's link is no novel.
const LINK_CHARACTERS_MAX: usize = 2_000;

/// Where a file lies on the web.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    encrypted: bool,
    host: String,
    port: u16,
    path: String,
}

/// Why a text is no link that can be fetched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadLink {
    /// Not a URL, or one that is far too long.
    #[error("this is not a link")]
    Syntax,
    /// Neither `https`, `http` nor `webcal`.
    #[error("a link begins with https://, http:// or webcal://")]
    Scheme,
    /// `https://name:password@host`.
    #[error("a link can't carry a name and a password")]
    Login,
}

impl Link {
    /// Takes a link apart. `webcal://`, as calendars like to be linked, is `https://`.
    ///
    /// # Errors
    /// Says what it lacks.
    pub fn parse(text: &str) -> Result<Self, BadLink> {
        let text = text.trim();
        if text.chars().nth(LINK_CHARACTERS_MAX).is_some() {
            return Err(BadLink::Syntax);
        }
        let (scheme, rest) = text.split_once("://").ok_or(BadLink::Syntax)?;
        let encrypted = match scheme.to_ascii_lowercase().as_str() {
            "https" | "webcal" | "webcals" => true,
            "http" => false,
            _ => return Err(BadLink::Scheme),
        };
        // What stands behind # is for a browser.
        let rest = rest.split('#').next().unwrap_or_default();
        let uri: Uri = format!("http://{rest}").parse().map_err(|_| BadLink::Syntax)?;
        let authority = uri.authority().ok_or(BadLink::Syntax)?;
        if authority.as_str().contains('@') {
            return Err(BadLink::Login);
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(BadLink::Syntax);
        }
        let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { encrypted, host, port, path })
    }

    /// Where a redirect from here leads.
    ///
    /// # Errors
    /// When it is no link.
    pub fn follow(&self, to: &str) -> Result<Self, BadLink> {
        let to = to.trim();
        if to.starts_with("//") {
            return Self::parse(&format!("{}:{to}", self.scheme()));
        }
        if to.starts_with('/') {
            return Self::parse(&format!("{}://{}{to}", self.scheme(), self.authority()));
        }
        Self::parse(to)
    }

    /// The host's name or address; an IPv6 address in its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Whether both lead to the same door of the same host.
    #[must_use]
    pub fn is_on_the_host_of(&self, other: &Self) -> bool {
        (self.host(), self.port) == (other.host(), other.port)
    }

    /// Tells this link, with a secret that goes with it, from every other pair, and shows nothing of either.
    #[must_use]
    pub fn mark(&self, secret: &[u8]) -> String {
        let mut hash = Sha256::new();
        hash.update(secret.len().to_be_bytes());
        hash.update(secret);
        hash.update(format!("{}://{}{}", self.scheme(), self.authority(), self.path));
        let first: [u8; 16] = hash.finalize().first_chunk().copied().unwrap_or_default();
        format!("{:032x}", u128::from_be_bytes(first))
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Host and port, as the `Host` header has them.
    pub(super) fn authority(&self) -> String {
        match (self.encrypted, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            (_, port) => format!("{}:{port}", self.host),
        }
    }

    const fn scheme(&self) -> &'static str {
        if self.encrypted { "https" } else { "http" }
    }
}

/// By its host alone: the rest is a secret.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}/…", self.scheme(), self.host)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_taken_apart_as_people_paste_them() {
        for (text, encrypted, authority, path) in [
            (
                "https://calendar.example/ical/a%40b/private-1/basic.ics",
                true,
                "calendar.example",
                "/ical/a%40b/private-1/basic.ics",
            ),
            (" webcal://P01.calendar.example/published/2/x?y=1 ", true, "p01.calendar.example", "/published/2/x?y=1"),
            ("http://127.0.0.1:8080", false, "127.0.0.1:8080", "/"),
            ("https://[2001:db8::1]:444/x#here", true, "[2001:db8::1]:444", "/x"),
        ] {
            let link = Link::parse(text).unwrap();
            assert_eq!((link.is_encrypted(), link.authority().as_str(), link.path()), (encrypted, authority, path));
        }
    }

    #[test]
    fn what_is_no_link_says_why() {
        for (text, why) in [
            ("calendar.ics", BadLink::Syntax),
            ("https://", BadLink::Syntax),
            ("https://a b/", BadLink::Syntax),
            ("ftp://calendar.example/x", BadLink::Scheme),
            ("file:///etc/passwd", BadLink::Scheme),
            ("https://anna:secret@calendar.example/", BadLink::Login),
            ("https://calendar.example\r\nX: y/", BadLink::Syntax),
        ] {
            assert_eq!(Link::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_redirect_is_read_from_where_it_stands() {
        let here = Link::parse("https://calendar.example:444/a/b").unwrap();
        for (to, there) in [
            ("/c?d", "https://calendar.example:444/c?d"),
            ("//other.example/c", "https://other.example/c"),
            ("http://other.example/", "http://other.example/"),
        ] {
            assert_eq!(here.follow(to), Link::parse(there), "{to}");
        }
        assert_eq!(here.follow("c/d"), Err(BadLink::Syntax));
        assert_eq!(here.follow("file:///etc/passwd"), Err(BadLink::Scheme));
    }

    #[test]
    fn a_link_is_shown_by_its_host_alone() {
        let link = Link::parse("https://calendar.example/ical/private-0123456789/basic.ics").unwrap();
        assert_eq!(format!("{link} {link:?}"), "https://calendar.example/… https://calendar.example/…");
    }
}
