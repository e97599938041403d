//! The business's logo: a small picture of the installation's own, served beside the public pages.
//!
//! Promise · It runs nothing and loads nothing. A picture of lines (SVG) may hold scripts and addresses of others; one that does is
//! refused here, and what is served says besides that nothing of it may run.

use crate::base::{Findings, Source};
use sha2::{Digest, Sha256};
use std::{fs, io::Read, path::Path, sync::Arc};

/// Bytes of a logo at most: pages are read on telephones.
const BYTES_MAX: u64 = 100 * 1024;
/// What a picture of lines may not hold, in small letters: what runs, what is fetched, and what hides either.
const FOREIGN: [&str; 10] = [
    "<script",
    "javascript:",
    "<foreignobject",
    "<!entity",
    "@import",
    "href=\"http",
    "href='http",
    "href=\"//",
    "href='//",
    "url(http",
];

/// See the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Logo {
    /// The picture.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub kind: &'static str,
    /// The first 16 hexadecimal digits of its SHA-256: another picture has another address.
    pub digest: String,
}

/// What is wrong with it, and what to do.
type Fault = (String, &'static str);

/// Reads the logo that the policy names. What is wrong with it is found at its name.
pub(super) fn read(root: &Path, name: &str, policy: &Source, findings: &mut Findings) -> Option<Arc<Logo>> {
    match logo(&root.join(name)) {
        Ok(logo) => Some(Arc::new(logo)),
        Err((why, help)) => {
            let written = format!("\"{name}\"");
            let at = policy.text.find(&written).unwrap_or_default();
            findings.add(
                policy,
                at..at + written.len(),
                format!("the logo `{name}` {why}"),
                "this file",
                Some(help.into()),
            );
            None
        }
    }
}

fn logo(path: &Path) -> Result<Logo, Fault> {
    let unreadable =
        |error: std::io::Error| (format!("can't be read: {error}"), "put it into the installation's folder");
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(unreadable)?.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(("is larger than 100 KiB".to_owned(), "make it smaller: it is shown 4 rem high"));
    }
    let kind = kind(&bytes)?;
    let first: [u8; 8] = Sha256::digest(&bytes).first_chunk().copied().unwrap_or_default();
    Ok(Logo { bytes, kind, digest: format!("{:016x}", u64::from_be_bytes(first)) })
}

/// By what stands in it; a file's name says nothing.
fn kind(bytes: &[u8]) -> Result<&'static str, Fault> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok("image/png");
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Ok("image/webp");
    }
    let text = std::str::from_utf8(bytes).map(str::to_ascii_lowercase).unwrap_or_default();
    if !text.trim_start_matches('\u{feff}').trim_start().starts_with('<') || !text.contains("<svg") {
        return Err(("is no picture that browsers all show".to_owned(), "make it a PNG, an SVG or a WebP"));
    }
    let help = "save it as a plain SVG, or as a PNG";
    match FOREIGN.into_iter().find(|foreign| text.contains(foreign)).or_else(|| handler(&text)) {
        Some(foreign) => {
            Err((format!("has something in it that runs or is fetched from elsewhere: `{foreign}`"), help))
        }
        None => Ok("image/svg+xml"),
    }
}

/// An attribute such as `onload=`.
fn handler(text: &str) -> Option<&'static str> {
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/'));
    let is_handler = |word: &str| {
        let name = word.split_once('=').map(|(name, _)| name).and_then(|name| name.strip_prefix("on"));
        name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()))
    };
    words.any(is_handler).then_some("on…=")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str =
        r##"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><use href="#a"/></svg>"##;

    #[test]
    fn a_logo_is_known_by_what_stands_in_it() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\nrest"), Ok("image/png"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Ok("image/webp"));
        assert_eq!(kind(PLAIN.as_bytes()), Ok("image/svg+xml"));
        for other in [&b"GIF89a"[..], b"<html>", b"", b"\xff\xd8\xff\xe0", b"svg", b"text <svg"] {
            assert!(kind(other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn nothing_in_a_logo_runs_or_is_fetched() {
        for foreign in [
            "<SCRIPT>alert(1)</SCRIPT>",
            "<a href=\"javascript:alert(1)\">",
            "<g onload=\"alert(1)\">",
            "<g\nonclick='x'>",
            "<image href=\"https://elsewhere.example/pixel\"/>",
            "<image xlink:href='//elsewhere.example/pixel'/>",
            "<style>@import 'x';</style>",
            "<g fill=\"url(https://elsewhere.example/x)\"/>",
            "<foreignObject/>",
        ] {
            let svg = PLAIN.replace("</svg>", &format!("{foreign}</svg>"));
            assert!(kind(svg.as_bytes()).is_err(), "{foreign}");
        }
        let entity = format!("<!DOCTYPE svg [<!ENTITY x \"y\">]>{PLAIN}");
        assert!(kind(entity.as_bytes()).is_err());
    }
}
