//! What stop links begin with: an address that every customer's telephone can reach.
//!
//! RFC 8058 3.1 wants `https`. A name that only this machine or this building knows gives links that fail for every
//! customer and work for the one who tries them out, so such names are refused before the first message leaves. Whether
//! the page is really there, only a look from outside proves: the link in `comity send-test`.

use crate::{deliver::Links, document::Complaint, fetch::is_public};
use std::net::IpAddr;

/// Names that are never on the internet: RFC 6761 (localhost, test, invalid), RFC 6762 (local), RFC 8375 (home.arpa), the
/// one that ICANN keeps for private use (internal), and those that routers and offices give out all the same.
const INSIDE: [&str; 11] = [
    "localhost",
    "localdomain",
    "local",
    "test",
    "invalid",
    "internal",
    "home.arpa",
    "lan",
    "home",
    "corp",
    "intranet",
];

/// The URL without a slash at its end. Loopback passes only where the mail stays on this machine, too.
///
/// # Errors
/// What is wrong with it, and what to write instead.
pub fn parse(text: &str, links: Links) -> Result<String, Complaint> {
    let bad = |message: String, label: &str| Complaint::new(message, label, "write \"https://mail.salon.example\"");
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(bad(format!("`{text}` is not a URL"), "bad URL"));
    };
    let rest = rest.trim_end_matches('/');
    let host = rest.split('/').next().unwrap_or_default();
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host });
    if name.is_empty() || rest.contains(['?', '#', '@', ' ', '"', '<', '>']) {
        return Err(bad(format!("`{text}` is not a URL that links could begin with"), "bad URL"));
    }
    if links == Links::Loopback && matches!(scheme, "http" | "https") && is_loopback(name) {
        return Ok(format!("{scheme}://{rest}"));
    }
    if scheme != "https" {
        return Err(bad("one-click stops work over https only".into(), "no https"));
    }
    if is_inside(name) {
        return Err(Complaint::new(
            format!("no customer's telephone can reach `{name}`"),
            "not on the internet",
            "write the name by which the internet knows your page: \"https://mail.salon.example\"",
        ));
    }
    Ok(format!("https://{rest}"))
}

/// Loopback by name or by address; a name that only resolves to it doesn't count.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || address(host).is_some_and(|ip| ip.is_loopback())
}

fn is_inside(name: &str) -> bool {
    if let Some(address) = address(name) {
        return !is_public(address);
    }
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends_in = |inside: &&str| name == *inside || name.ends_with(&format!(".{inside}"));
    !name.contains('.') || INSIDE.iter().any(ends_in)
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_matches(['[', ']']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_telephone_reaches_is_refused() {
        for text in [
            "http://mail.salon.example",
            "https://localhost",
            "https://localhost:8780",
            "https://127.0.0.1",
            "https://10.0.0.7",
            "https://172.16.3.4:8443",
            "https://192.168.1.20/comity",
            "https://169.254.1.1",
            "https://100.64.0.9",
            "https://[::1]",
            "https://[fe80::1]",
            "https://[fd00::7]:443",
            "https://[::ffff:192.168.0.1]",
            "https://salon",
            "https://salon:8780",
            "https://salon.local",
            "https://SALON.LOCAL.",
            "https://stop.salon.lan",
            "https://nas.home.arpa",
            "https://stop.internal",
            "mail.salon.example",
            "https://",
            "https://mail.salon.example?x",
        ] {
            assert!(parse(text, Links::Https).is_err(), "{text}");
        }
    }

    #[test]
    fn what_the_internet_knows_is_taken() {
        for (text, taken) in [
            ("https://mail.salon.example", "https://mail.salon.example"),
            ("https://mail.salon.example/", "https://mail.salon.example"),
            ("https://salon.example:8443/stop/", "https://salon.example:8443/stop"),
            ("https://9.9.9.9", "https://9.9.9.9"),
            ("https://locals.example", "https://locals.example"),
        ] {
            assert_eq!(parse(text, Links::Https).unwrap(), taken);
        }
    }

    #[test]
    fn loopback_is_for_mail_that_stays_on_this_machine() {
        assert_eq!(parse("http://127.0.0.1:8780", Links::Loopback).unwrap(), "http://127.0.0.1:8780");
        assert!(parse("http://127.0.0.1:8780", Links::Https).is_err());
        assert!(parse("http://192.168.0.1", Links::Loopback).is_err());
    }
}
