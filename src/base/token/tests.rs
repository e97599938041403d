//! Golden vectors, turned bits, and keys that follow each other through four hundred days.

use super::*;
use crate::base::keys::{FIRST_KEY, NumberedKey, NumberedKeys};
use std::time::Duration;
use zeroize::Zeroizing;

const DAY: Duration = Duration::from_hours(24);
const STOP: LinkPurpose = LinkPurpose::Stop;

fn made(day: u32, byte: u8) -> (Instant, NumberedKey) {
    (Instant::from_ms(0).plus(DAY * day), Zeroizing::new([byte; 32]))
}

fn link(issued_at: Instant) -> Link {
    Link { customer: Handle([7; 16]), purpose: "reminders".to_owned(), plan: PlanId(42), issued_at }
}

/// Made by a program of a few lines in another language, from the description at the top of `token.rs`: links in mail that has
/// left must verify in every later version.
#[test]
fn a_link_is_signed_as_it_always_was() {
    let keys = Keyring::derive(&[9; 32]);
    let link = link(Instant::from_ms(1_774_856_400_000));
    assert_eq!(
        link.sign(&keys, STOP),
        "1.AQEHBwcHBwcHBwcHBwcHBwcHAAAAAAAAACoAAAGdPa9sgHJlbWluZGVycw.h8nSSNKsUwnEf46bjiEgzg"
    );
    keys.put_link_keys([(2, made(0, 5))].into());
    assert_eq!(
        link.sign(&keys, STOP),
        "2.AQEHBwcHBwcHBwcHBwcHBwcHAAAAAAAAACoAAAGdPa9sgHJlbWluZGVycw.mzf5wMtNhmB4zNmnjSgDHg"
    );
    for golden in [
        "1.AQEHBwcHBwcHBwcHBwcHBwcHAAAAAAAAACoAAAGdPa9sgHJlbWluZGVycw.h8nSSNKsUwnEf46bjiEgzg",
        "2.AQEHBwcHBwcHBwcHBwcHBwcHAAAAAAAAACoAAAGdPa9sgHJlbWluZGVycw.mzf5wMtNhmB4zNmnjSgDHg",
    ] {
        assert_eq!(Link::verify(&keys, STOP, golden), Some(link.clone()), "{golden}");
    }
}

/// Of the text as it stands in a link, and of what it encodes.
#[test]
fn no_bit_of_a_link_can_be_turned() {
    let keys = Keyring::derive(&[9; 32]);
    keys.put_link_keys([(2, made(0, 5)), (3, made(0, 6))].into());
    let token = link(Instant::from_ms(1_774_856_400_000)).sign(&keys, STOP);
    let mut tries = 0;
    let mut refused = |forged: &str, what: &str| {
        assert_eq!(Link::verify(&keys, STOP, forged), None, "{what}: {forged}");
        tries += 1;
    };
    for bit in 0..token.len() * 8 {
        let mut bytes = token.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(forged) = String::from_utf8(bytes) {
            refused(&forged, "a bit of the text");
        }
    }
    let parts: Vec<&str> = token.split('.').collect();
    for part in [1, 2] {
        let whole = URL_SAFE_NO_PAD.decode(parts[part]).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut forged: Vec<String> = parts.iter().map(ToString::to_string).collect();
            forged[part] = URL_SAFE_NO_PAD.encode(bytes);
            refused(&forged.join("."), "a bit of the bytes");
        }
    }
    for number in ["", "0", "1", "2", "03", "+3", " 3", "4", "4294967296", "٣"] {
        refused(&format!("{number}.{}.{}", parts[1], parts[2]), "another key");
    }
    for cut in 0..token.len() {
        refused(&token.chars().take(cut).collect::<String>(), "cut off");
    }
    for act in 2..=6_u8 {
        let other = [
            LinkPurpose::Rehearsed,
            LinkPurpose::Proof,
            LinkPurpose::Answer,
            LinkPurpose::RehearsedAnswer,
            LinkPurpose::Settle,
        ][usize::from(act) - 2];
        assert_eq!(Link::verify(&keys, other, &token), None, "{other:?}");
    }
    assert!(tries > 1000, "{tries}");
}

/// A new key each fortnight: the newest signs from the moment it is here, and what the others signed goes on being taken.
#[test]
fn links_of_four_hundred_days_are_taken_whichever_key_signed_them() {
    let keys = Keyring::derive(&[9; 32]);
    let (mut later, mut sent): (NumberedKeys, Vec<(String, Link)>) = (NumberedKeys::new(), Vec::new());
    for day in 0..=400_u32 {
        if day % 14 == 13 {
            let number = FIRST_KEY + (day + 1) / 14;
            later.insert(number, made(day, u8::try_from(number).unwrap()));
            keys.put_link_keys(later.clone());
        }
        let link = link(Instant::from_ms(0).plus(DAY * day));
        let token = link.sign(&keys, STOP);
        assert!(token.starts_with(&format!("{}.", FIRST_KEY + (day + 1) / 14)), "{token} on day {day}");
        sent.push((token, link));
        for (token, link) in &sent {
            assert_eq!(Link::verify(&keys, STOP, token).as_ref(), Some(link), "day {day}: {token}");
            assert_eq!(
                &link.sign(&keys, STOP),
                token,
                "day {day}: a message that is sent again is the same to the byte"
            );
        }
    }
    // A key that is taken out takes nothing any more, and no other key's links with it.
    later.remove(&5);
    keys.put_link_keys(later);
    for (token, link) in &sent {
        let taken = (!token.starts_with("5.")).then_some(link);
        assert_eq!(Link::verify(&keys, STOP, token).as_ref(), taken, "{token}");
    }
}
