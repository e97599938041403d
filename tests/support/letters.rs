//! Letters as they go to the wire, and a key to sign them with.

use super::salon::{Salon, language};
use comity::{
    base::{EmailAddress, Instant},
    deliver::{
        Letter, Letterhead, Links, Signer, Signing,
        dkim::{DnsRecord, new_key},
    },
    render::Snapshot,
    workflow::Step,
};
use std::{
    fs,
    path::Path,
    sync::{Arc, OnceLock},
};

pub const DOMAIN: &str = "salon.example";
pub const SELECTOR: &str = "comity";

/// A test run's own key: made once, because that takes a second.
pub fn key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| new_key().unwrap().to_string())
}

pub fn signer() -> Arc<Signer> {
    static SIGNER: OnceLock<Arc<Signer>> = OnceLock::new();
    SIGNER.get_or_init(|| Arc::new(Signer::new(key(), DOMAIN, SELECTOR).unwrap())).clone()
}

/// What the DNS would say.
pub fn dns_record() -> DnsRecord {
    DnsRecord::of(key(), DOMAIN, SELECTOR).unwrap()
}

pub fn letterhead(links: Links, signing: Signing) -> Letterhead {
    let from = EmailAddress::parse("hello@salon.example").unwrap();
    let reply_to = EmailAddress::parse("Lucie.Martin@salon.example").unwrap();
    Letterhead::new(&from, "Salon Lumière", &reply_to, links, signing).unwrap()
}

pub fn now() -> Instant {
    Instant::from_ms(1_774_600_000_000)
}

/// Letters of every kind: two languages, a visit that moved, hostile and foreign names, a long body, days on which
/// clocks change.
pub fn all(letterhead: &Letterhead) -> Vec<(&'static str, Letter)> {
    let salon = || Salon::new("2027-03-30T10:00");
    let mut french = salon();
    french.customer.language = Some(language("fr"));
    let mut moved = salon();
    moved.step = Step::moved(2);
    moved.previous = Some(super::salon::civil("2027-03-29T09:00[Europe/Paris]"));
    let salons = vec![
        ("english", salon()),
        ("french", french),
        ("moved", moved),
        ("arabic", salon().called("عبد الرحمن \u{202b}بن محمد\u{202c}")),
        ("emoji", salon().called("👩‍👩‍👧‍👦 & Söhne <b>")),
        ("quoted", salon().called("\"O'Hara\" =?utf-8?q?=0ABcc?= \\\\ ;, (x)")),
        ("dots", salon().saying("A dot", ".\n..\n.\nFrom here \n")),
        ("long", salon().saying("A long line", &"Longword".repeat(2000))),
        ("gap", Salon::new("2027-03-28T02:30")),
        ("fold", Salon::new("2027-10-31T02:30")),
    ];
    let letter = |(name, salon): (&'static str, Salon)| {
        let message_id = format!("<{name}.0123456789abcdef@{DOMAIN}>");
        let draft = Snapshot { message_id: &message_id, ..salon.snapshot() }.draft().unwrap();
        (name, letterhead.compose(&draft, now()).unwrap())
    };
    salons.into_iter().map(letter).collect()
}

/// Writes `<name>.eml` for each signed letter, and `dns.txt` with the record (name, space, text): what
/// `tools/check_wire.py` needs.
pub fn write(folder: &Path) {
    for (name, letter) in all(&letterhead(Links::Https, Signing::Signed(signer()))) {
        fs::write(folder.join(format!("{name}.eml")), &letter.bytes).unwrap();
    }
    let record = dns_record();
    fs::write(folder.join("dns.txt"), format!("{} {}\n", record.name, record.text)).unwrap();
}
