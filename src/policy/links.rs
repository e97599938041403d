//! Where the links and images of messages may lead: to the business itself, and to what `[business]` of `policy.toml` names.
//!
//! | key | what it allows |
//! |---|---|
//! | `links = ["salon.example", "maps.example/salon-lumiere"]` | links to these hosts, their subdomains, and below these paths |
//! | `contact = ["https://salon.example/find-us"]` | these pages in service messages too, which link to nothing else but the visit |
//! | `images = ["salon.example/mail"]` | images that are fetched when a message is read; without it there are none |
//!
//! The domain of `reply_to` needs no line, unless a mail provider shares it among strangers. A redirecting service
//! (`bit.ly`, a mailer's click counter) is another's domain like any other: whoever lists it has decided to.

use std::fmt;

/// Domains whose mailboxes belong to strangers: whoever writes from there doesn't own the site. The large ones of Europe
/// and America; one that is missing allows links to a provider's own pages, and no more.
const SHARED: [&str; 30] = [
    "aol.com",
    "arcor.de",
    "bluewin.ch",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.com",
    "mailbox.org",
    "orange.fr",
    "outlook.com",
    "outlook.fr",
    "proton.me",
    "sfr.fr",
    "t-online.de",
    "wanadoo.fr",
    "web.de",
    "yahoo.com",
    "yahoo.fr",
    "ziggo.nl",
];

/// What `[business]` says about links.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Links {
    /// Where links may lead, beside the business's own domain.
    pub to: Vec<Site>,
    /// The pages that say how to reach the business, each as it is written in a message.
    pub contact: Vec<String>,
    /// From where images may come.
    pub images: Vec<Site>,
}

/// Host in small letters and path of an address, where it is one of a page and nothing in it is disguised.
#[must_use]
pub fn host_and_path(address: &str) -> Option<(String, &str)> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))?;
    let rest = address.get(scheme.len()..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    let host = authority.split(':').next().unwrap_or_default();
    let is_plain = !address.contains(|letter: char| letter.is_whitespace() || matches!(letter, '\\' | '"' | '<' | '>'));
    (is_plain && host.contains('.') && !authority.contains(['@', '['])).then(|| (host.to_lowercase(), path))
}

/// A host with its subdomains, from a path downward.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    host: String,
    /// Empty, or with a slash at its beginning and none at its end.
    path: String,
}

impl Site {
    /// From `salon.example`, `salon.example/shop` or the same after `https://`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let is_host = host.contains('.')
            && host.split('.').all(|label| {
                !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
            });
        if !is_host || path.contains(|c: char| c.is_whitespace() || matches!(c, '?' | '#' | '"' | '<' | '*')) {
            return None;
        }
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { String::new() } else { format!("/{path}") };
        Some(Self { host: host.to_lowercase(), path })
    }

    /// The domain of an address, unless strangers share it.
    #[must_use]
    pub fn of_mailbox(domain: &str) -> Option<Self> {
        if SHARED.contains(&domain) { None } else { Self::parse(domain) }
    }

    /// Whether an address lies here. `host` is in small letters, `path` begins with a slash or is empty.
    #[must_use]
    pub fn holds(&self, host: &str, path: &str) -> bool {
        let is_host = host.strip_suffix(&self.host).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
        let is_below =
            path.strip_prefix(&self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        // A step upward could leave the path again.
        is_host && (self.path.is_empty() || is_below && !path.contains(".."))
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.host, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Site;

    #[test]
    fn a_site_holds_its_subdomains_and_what_lies_below_its_path() {
        let holds = |site: &str, host, path| Site::parse(site).unwrap().holds(host, path);
        assert!(holds("salon.example", "salon.example", ""));
        assert!(holds("https://Salon.example/", "www.salon.example", "/any?x=1"));
        assert!(holds("maps.example/salon", "maps.example", "/salon"));
        assert!(holds("maps.example/salon/", "maps.example", "/salon/way#north"));
        for (site, host, path) in [
            ("salon.example", "evilsalon.example", ""),
            ("salon.example", "salon.example.evil.example", ""),
            ("www.salon.example", "salon.example", ""),
            ("maps.example/salon", "maps.example", "/salon-de-coiffure"),
            ("maps.example/salon", "maps.example", "/salon/../other"),
            ("maps.example/salon", "maps.example", ""),
        ] {
            assert!(!holds(site, host, path), "{site}: {host}{path}");
        }
    }

    #[test]
    fn what_is_no_host_is_no_site_and_a_shared_mailbox_is_nobodys() {
        for text in
            ["", "salon", "*.salon.example", "salon.example/a b", "ftp://salon.example", "a@salon.example", "-a.b"]
        {
            assert_eq!(Site::parse(text), None, "{text}");
        }
        assert!(Site::of_mailbox("salon.example").is_some());
        assert_eq!(Site::of_mailbox("gmail.com"), None);
    }
}
