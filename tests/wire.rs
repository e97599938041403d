//! Letters as bytes: headers by the rules of RFC 5322, 2045, 2369, 2919, 3834 and 8058, read back by another parser.

use crate::support::{
    letters::{self, DOMAIN, all, dns_record, key, letterhead, now, signer},
    salon::{STOP_URL, Salon},
    verifier,
};
use comity::{
    base::EmailAddress,
    deliver::{
        ComposeError, Letter, Letterhead, Links, Signer, Signing,
        compose::digest,
        dkim::{DnsRecord, KeyError, SIGNED},
        header::{HeaderError, HeaderFault},
    },
    render::{Draft, RenderError},
};
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use proptest::prelude::*;
use std::collections::BTreeMap;

const HEADERS: [&str; 15] = [
    "DKIM-Signature",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
    "List-Unsubscribe",
    "List-Id",
    "Feedback-ID",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
];

/// Without a signature, and so without one click.
fn unsigned_headers() -> Vec<&'static str> {
    HEADERS.into_iter().filter(|name| !matches!(*name, "DKIM-Signature" | "List-Unsubscribe-Post")).collect()
}

fn signed() -> Letterhead {
    letterhead(Links::Https, Signing::Signed(signer()))
}

fn unsigned() -> Letterhead {
    letterhead(Links::Https, Signing::Unsigned)
}

fn draft() -> Draft {
    Salon::new("2027-03-30T10:00").draft().unwrap()
}

fn parsed(letter: &Letter) -> Message<'_> {
    MessageParser::new().parse(&letter.bytes).unwrap()
}

/// The header fields as they stand in the bytes, unfolded: name and value.
fn fields(letter: &Letter) -> Vec<(String, String)> {
    let text = std::str::from_utf8(&letter.bytes).unwrap();
    let (head, _) = text.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").map(|line| line.split_once(": ").unwrap()).map(|(n, v)| (n.into(), v.into())).collect()
}

fn field(letter: &Letter, name: &str) -> String {
    let all: Vec<_> = fields(letter).into_iter().filter(|(n, _)| n == name).collect();
    assert_eq!(all.len(), 1, "{name}: {all:?}");
    all[0].1.clone()
}

/// What holds for every letter, whatever is in it.
fn is_well_formed(letter: &Letter, draft: &Draft, headers: &[&str]) -> Result<(), TestCaseError> {
    let text = std::str::from_utf8(&letter.bytes).map_err(|_| TestCaseError::fail("not UTF-8"))?;
    prop_assert!(text.is_ascii(), "a body is not 7-bit");
    prop_assert!(!text.replace("\r\n", "").contains(['\r', '\n', '\0']), "a bare CR, LF or NUL");
    let longest = text.split("\r\n").map(str::len).max().unwrap_or(0);
    prop_assert!(longest <= 998, "a line of {} octets", longest);
    let names: Vec<String> = fields(letter).into_iter().map(|(name, _)| name).collect();
    prop_assert_eq!(&names, headers);

    let message = parsed(letter);
    prop_assert_eq!(message.subject(), Some(draft.subject.as_str()));
    let to: Vec<_> = message.to().unwrap().iter().map(|a| a.address().unwrap().to_owned()).collect();
    prop_assert_eq!(to, [draft.to.reveal()]);
    prop_assert_eq!(letter.recipient.address(), &draft.to);
    let kinds: Vec<String> = message.parts.iter().map(kind).collect();
    prop_assert_eq!(kinds, ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]);
    for (at, expected) in [(2, &draft.text), (3, &draft.html), (4, draft.calendar.as_ref().unwrap())] {
        let expected = expected.replace("\r\n", "\n");
        let found = message.parts[at].text_contents().unwrap().replace("\r\n", "\n");
        // The line end before a boundary belongs to the boundary (RFC 2046 5.1.1).
        prop_assert_eq!(found.trim_end_matches('\n'), expected.trim_end_matches('\n'));
    }
    Ok(())
}

fn kind(part: &mail_parser::MessagePart<'_>) -> String {
    let kind = part.content_type().unwrap();
    assert!(!matches!(part.body, PartType::Binary(_)), "{kind:?}");
    format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default())
}

#[test]
fn a_letter_has_these_headers_once_and_no_others() {
    for (name, letter) in all(&signed()) {
        let names: Vec<String> = fields(&letter).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, HEADERS, "{name}");
    }
    let letter = signed().compose(&draft(), now()).unwrap();
    for (name, value) in [
        ("From", "=?utf-8?b?U2Fsb24gTHVtacOocmU=?= <hello@salon.example>"),
        ("To", "anna@example.org"),
        ("Reply-To", "Lucie.Martin@salon.example"),
        ("Subject", "Anna, your visit on Tuesday, 30 March 2027 at 10:00"),
        ("Date", "Fri, 27 Mar 2026 08:26:40 +0000"),
        ("Message-ID", "<42.0123456789abcdef@salon.example>"),
        ("List-Unsubscribe", &format!("<{STOP_URL}>")),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", "<appointment-reminders.salon.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("Feedback-ID", "appointment-reminder:appointment-reminders:en:salonexample"),
        ("Content-Language", "en"),
        ("MIME-Version", "1.0"),
    ] {
        assert_eq!(field(&letter, name), value, "{name}");
    }
    assert_eq!(letter.sender.reveal(), "hello@salon.example");
}

#[test]
fn every_kind_of_letter_reads_back_as_it_was_drafted() {
    for (name, letter) in all(&signed()) {
        let message = parsed(&letter);
        assert_eq!(message.parts.len(), 5, "{name}");
        let longest = letter.bytes.split(|b| *b == b'\n').map(<[u8]>::len).max().unwrap();
        assert!(longest <= 999, "{name}: {longest}");
    }
    is_well_formed(&signed().compose(&draft(), now()).unwrap(), &draft(), &HEADERS).unwrap();
}

#[test]
fn another_parser_and_another_verifier_find_every_letter_in_order_and_every_change_to_it() {
    let Some(python) = verifier::python() else { return };
    let folder = tempfile::tempdir().unwrap();
    letters::write(folder.path());
    let letters = all(&signed()).len();
    let checked = verifier::check(&python, &folder.path().join("dns.txt"), folder.path(), DOMAIN, letters);
    assert_eq!(checked, letters);
}

#[test]
fn the_same_draft_gives_the_same_bytes() {
    let once = unsigned().compose(&draft(), now()).unwrap();
    let again = unsigned().compose(&draft(), now()).unwrap();
    assert_eq!(once.bytes, again.bytes);
    assert_eq!(once.digest, again.digest);
}

#[test]
fn the_digest_is_of_what_the_customer_sees() {
    let same = [
        Draft { stop_url: "https://salon.example/u/other".into(), ..draft() },
        Draft { message_id: "<other@salon.example>".into(), ..draft() },
    ];
    for draft in same {
        assert_eq!(digest(&draft), digest(&self::draft()), "{draft:?}");
    }
    let other = [
        Draft { to: EmailAddress::parse("bea@example.org").unwrap(), ..draft() },
        Draft { subject: "x".into(), ..draft() },
        Draft { html: "x".into(), ..draft() },
        Draft { text: "x".into(), ..draft() },
        Draft { calendar: None, ..draft() },
        // The same letters, cut elsewhere.
        Draft { subject: draft().subject + "<", html: draft().html.replacen('<', "", 1), ..draft() },
    ];
    let mut digests: Vec<_> = other.iter().map(digest).collect();
    digests.push(digest(&draft()));
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), 7);
}

#[test]
fn one_click_leaves_only_under_a_signature_that_covers_it() {
    let letter = unsigned().compose(&draft(), now()).unwrap();
    let names: Vec<_> = fields(&letter).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, unsigned_headers());

    let letter = signed().compose(&draft(), now()).unwrap();
    let signature = field(&letter, "DKIM-Signature");
    let tags: BTreeMap<&str, String> = signature
        .split(';')
        .filter_map(|tag| tag.trim().split_once('='))
        .map(|(name, value)| (name, value.replace(char::is_whitespace, "")))
        .collect();
    assert_eq!((tags["a"].as_str(), tags["c"].as_str()), ("rsa-sha256", "relaxed/relaxed"));
    assert_eq!((tags["d"].as_str(), tags["s"].as_str()), (DOMAIN, "comity"));
    assert!(!tags.contains_key("l") && !tags.contains_key("x"), "{tags:?}");
    let mut covered: Vec<&str> = tags["h"].split(':').collect();
    covered.sort_unstable();
    let mut intended = SIGNED.to_vec();
    intended.sort_unstable();
    assert_eq!(covered, intended);
    for name in &HEADERS[1..] {
        assert!(covered.contains(name), "{name} is not covered");
    }
    for name in ["From", "To", "Subject", "Date", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"] {
        assert_eq!(covered.iter().filter(|covered| *covered == &name).count(), 2, "{name} is not over-signed");
    }
}

#[test]
fn whatever_a_business_is_called_it_reads_back_as_its_name() {
    let from = EmailAddress::parse("\"a.b\"@salon.example").unwrap();
    for name in
        ["Salon", "Müller, Söhne & Co. (\"Hair\")", "=?utf-8?q?=0ABcc?=", "美容室 <3", "a  b", "x@y.example", "\\"]
    {
        let head = Letterhead::new(&from, name, &from, Links::Https, Signing::Unsigned).unwrap();
        let letter = head.compose(&draft(), now()).unwrap();
        let message = parsed(&letter);
        let people = message.from().unwrap().as_list().unwrap();
        assert_eq!((people.len(), people[0].name()), (1, Some(name)));
        assert_eq!(field(&letter, "Reply-To"), "\"a.b\"@salon.example");
    }
}

#[test]
fn a_signature_for_a_strangers_domain_makes_no_letterhead() {
    let stranger = std::sync::Arc::new(Signer::new(key(), "example.net", "comity").unwrap());
    let from = EmailAddress::parse("hello@salon.example").unwrap();
    let error = Letterhead::new(&from, "Salon", &from, Links::Https, Signing::Signed(stranger)).unwrap_err();
    assert!(matches!(error, ComposeError::NotAligned { .. }), "{error}");

    // A parent answers for its children (RFC 9989 4.4, relaxed alignment); a look-alike doesn't.
    let below = EmailAddress::parse("hello@mail.salon.example").unwrap();
    Letterhead::new(&below, "Salon", &below, Links::Https, Signing::Signed(signer())).unwrap();
    let alike = EmailAddress::parse("hello@notsalon.example").unwrap();
    Letterhead::new(&alike, "Salon", &alike, Links::Https, Signing::Signed(signer())).unwrap_err();
}

#[test]
fn a_header_that_would_break_is_refused_with_its_name() {
    let refused = |draft: Draft| match unsigned().compose(&draft, now()).unwrap_err() {
        ComposeError::Header(error) => error,
        other => panic!("{other}"),
    };
    let control = |name, c: char| HeaderError { name, fault: HeaderFault::Control(c.into()) };
    assert_eq!(refused(Draft { subject: "a\nBcc: b".into(), ..draft() }), control("Subject", '\n'));
    assert_eq!(refused(Draft { subject: "a\0".into(), ..draft() }), control("Subject", '\0'));
    assert_eq!(refused(Draft { message_id: "<a\r\nb@c>".into(), ..draft() }), control("Message-ID", '\r'));
    assert_eq!(refused(Draft { workflow: "a\rb".into(), ..draft() }), control("Feedback-ID", '\r'));
    assert_eq!(refused(Draft { stop_url: "https://a/\n".into(), ..draft() }), control("List-Unsubscribe", '\n'));
    let fault = |name, fault| HeaderError { name, fault };
    let url = |url: &str| refused(Draft { stop_url: url.into(), ..draft() });
    for bad in ["https://a/>,<https://b/", "https://a/ b", "https://a/é", "https://a/,b"] {
        assert_eq!(url(bad), fault("List-Unsubscribe", HeaderFault::Syntax), "{bad}");
    }
    assert_eq!(url(&format!("https://a/{}", "b".repeat(990))), fault("List-Unsubscribe", HeaderFault::TooLong));
    assert_eq!(refused(Draft { purpose: "a.b>".into(), ..draft() }), fault("List-Id", HeaderFault::Syntax));
    assert_eq!(refused(Draft { purpose: "a".repeat(250), ..draft() }), fault("List-Id", HeaderFault::TooLong));

    let from = EmailAddress::parse("hello@salon.example").unwrap();
    let error = Letterhead::new(&from, "Salon\r\nBcc: x", &from, Links::Https, Signing::Unsigned).unwrap_err();
    assert_eq!(error, ComposeError::Header(control("From", '\r')));
}

#[test]
fn a_stop_link_without_tls_leaves_only_in_the_demo_and_only_to_this_machine() {
    let compose = |links, url: &str| {
        letterhead(links, Signing::Unsigned).compose(&Draft { stop_url: url.into(), ..draft() }, now()).is_ok()
    };
    for url in ["http://127.0.0.1:8080/u/x", "http://localhost/u/x", "http://[::1]:80/u/x"] {
        assert!(compose(Links::Loopback, url), "{url}");
        assert!(!compose(Links::Https, url), "{url}");
    }
    for url in [
        "http://salon.example/u/x",
        "http://localhost.evil.example/u",
        "http://127.0.0.1@evil.example/u",
        "ftp://localhost/",
    ] {
        assert!(!compose(Links::Loopback, url), "{url}");
    }
    assert!(compose(Links::Loopback, "https://salon.example/u/x"));
}

#[test]
fn the_dns_record_is_cut_into_strings_that_dns_can_hold() {
    let record = dns_record();
    assert_eq!(record.name, "comity._domainkey.salon.example");
    assert!(record.text.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0B"), "{}", record.text);
    let line = record.zone_line();
    let strings: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    assert!(strings.iter().all(|s| s.len() <= 255) && strings.len() == 2, "{line}");
    assert_eq!(strings.concat(), record.text);
    assert_eq!(DnsRecord::of("nonsense", DOMAIN, "x").unwrap_err(), KeyError::NotAKey);
    assert_eq!(Signer::new("nonsense", DOMAIN, "x").unwrap_err(), KeyError::NotAKey);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Names that people have, and names that nobody has: either the message is refused, or it is exactly the one that
    /// was intended.
    #[test]
    fn whatever_a_name_is_the_letter_has_the_intended_headers_or_is_refused(name in name()) {
        match Salon::new("2027-03-30T10:00").called(&name).draft() {
            Ok(draft) => {
                prop_assert!(!name.contains(|c: char| c.is_control()), "accepted {:?}", name);
                let letter = unsigned().compose(&draft, now()).unwrap();
                is_well_formed(&letter, &draft, &unsigned_headers())?;
            }
            Err(RenderError::Control { .. }) => {
                let ends_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
                prop_assert!(name.contains(ends_line), "refused {:?}", name);
            }
            Err(RenderError::TooLong { .. }) => prop_assert!(name.chars().count() > 100, "refused {:?}", name),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Zéàüßøñ '\\-]{1,12}",
        "\\PC{0,20}",
        "[\u{590}-\u{6ff}\u{202a}-\u{202e}\u{2066}-\u{2069} ]{1,20}",
        "[\u{1f300}-\u{1f6ff}\u{200d}\u{fe0f}]{1,8}",
        Just("\"".to_owned()),
        Just("=?utf-8?q?=0ABcc:_x?=".to_owned()),
        Just("  ".to_owned()),
        Just(".\r\n.\r\n".to_owned()),
        Just("\r\nBcc: eve@example.org\r\n\r\n".to_owned()),
        Just("\0".to_owned()),
        Just("\u{2028}".to_owned()),
        Just("x".repeat(10_000)),
    ];
    proptest::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat())
}
