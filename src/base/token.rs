//! Link tokens: what stands in the links of a message and of our pages: stop, answer, preferences. `kid.payload.mac`, base64url.
//!
//! The payload names a purpose of the *link* (stop, or answer), the customer by a random handle, the purpose of the
//! *message* and the plan; never an address, never a serial customer number. The MAC's key is derived per link
//! purpose, so that a token for one act is useless for another. A stop never expires and is never used up: scanners
//! fetch links, and people click twice.
//!
//! Invariant: the MAC is checked, in constant time, before anything in the payload is looked at.

use super::{
    Handle, Instant, PlanId,
    keys::{KEY_BYTES, Keyring},
    sealed::{hmac, mac},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac;
use std::time::Duration;

/// 128 bits.
const MAC_BYTES: usize = 16;
/// Layout of the payload.
const VERSION: u8 = 1;
/// Longest token that is looked at.
const TOKEN_CHARS_MAX: usize = 512;

/// What a link may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum LinkPurpose {
    /// Stop messages of one purpose.
    Stop = 1,
    /// Show what a stop would do: in what the owner gets instead of the customer. It stops nothing.
    Rehearsed = 2,
    /// Prove to the owner that the public page is reached from outside.
    Proof = 3,
    /// Say whether one comes to the visit that one message was about.
    Answer = 4,
    /// Show what an answer would do: in what the owner gets instead of the customer. It changes nothing.
    RehearsedAnswer = 5,
    /// Say whose a visit is: in what the owner gets.
    Settle = 6,
    /// See why one message came, and change what one gets. One purpose for both pages, because each leads to the other.
    Preferences = 7,
    /// Take back what was changed a moment ago, on the page that says so. [`Link::purpose`] says what.
    Undo = 8,
    /// Confirm what somebody signed up for.
    Confirm = 9,
    /// See, take away, have put right and erase what is known about one.
    MyData = 10,
    /// Agree to a change of address.
    Address = 11,
}

/// A verified link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Whose.
    pub customer: Handle,
    /// Stop from what: the purpose's key in the policy. Of some links it says something else that their act needs.
    pub purpose: String,
    /// The message that carried it.
    pub plan: PlanId,
    /// When it was made.
    pub issued_at: Instant,
}

impl Link {
    /// Whether it was made no longer than this ago.
    #[must_use]
    pub fn is_within(&self, life: Duration, now: Instant) -> bool {
        now < self.issued_at.plus(life)
    }

    /// The token for a URL.
    #[must_use]
    pub fn sign(&self, keys: &Keyring, act: LinkPurpose) -> String {
        let mut payload = vec![VERSION, act as u8];
        payload.extend(self.customer.0);
        payload.extend(self.plan.0.to_be_bytes());
        payload.extend(self.issued_at.ms().to_be_bytes());
        payload.extend(self.purpose.as_bytes());
        let (number, key) = keys.link_key_at(self.issued_at);
        let tag = mac(&act_key(&key, number, act), &[&payload]);
        let tag = tag.first_chunk::<MAC_BYTES>().copied().unwrap_or_default();
        format!("{number}.{}.{}", URL_SAFE_NO_PAD.encode(payload), URL_SAFE_NO_PAD.encode(tag))
    }

    /// Verifies a token for one act. `None` says nothing about why, on purpose.
    #[must_use]
    pub fn verify(keys: &Keyring, act: LinkPurpose, token: &str) -> Option<Self> {
        if token.len() > TOKEN_CHARS_MAX {
            return None;
        }
        let (key_id, rest) = token.split_once('.')?;
        let (payload, given) = rest.split_once('.')?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let given = URL_SAFE_NO_PAD.decode(given).ok()?;
        // Numbers are written in one way only: `01` is none.
        let number: u32 = key_id.parse().ok().filter(|number: &u32| number.to_string() == key_id)?;
        if given.len() != MAC_BYTES {
            return None;
        }
        let mut check = hmac(&act_key(&*keys.link_key(number)?, number, act));
        check.update(&payload);
        check.verify_truncated_left(&given).ok()?;
        Self::read(&payload, act)
    }

    fn read(payload: &[u8], act: LinkPurpose) -> Option<Self> {
        let (head, rest) = payload.split_first_chunk::<2>()?;
        let (customer, rest) = rest.split_first_chunk::<16>()?;
        let (plan, rest) = rest.split_first_chunk::<8>()?;
        let (issued_at, purpose) = rest.split_first_chunk::<8>()?;
        (*head == [VERSION, act as u8]).then_some(())?;
        Some(Self {
            customer: Handle(*customer),
            purpose: String::from_utf8(purpose.to_vec()).ok()?,
            plan: PlanId(i64::from_be_bytes(*plan)),
            issued_at: Instant::from_ms(i64::from_be_bytes(*issued_at)),
        })
    }
}

/// The Message-ID of a plan's message, the same on every attempt: `<17.9f86d081884c7d65@salon.example>`. The keyed hash
/// keeps strangers from guessing the ids of other messages, by which bounces and replies are told apart.
#[must_use]
pub fn message_id(keys: &Keyring, plan: PlanId, domain: &str) -> String {
    format!("<{plan}.{}@{domain}>", unguessable(keys, b"message-id\0", plan.0))
}

/// The Message-ID of a letter to the owner, the same on every attempt: `<owner-17.9f86d081884c7d65@salon.example>`.
#[must_use]
pub fn notice_id(keys: &Keyring, letter: i64, domain: &str) -> String {
    format!("<owner-{letter}.{}@{domain}>", unguessable(keys, b"notice-id\0", letter))
}

/// The id of a call to the owner's server, the same on every attempt, and another one for every installation.
#[must_use]
pub fn call_id(keys: &Keyring, notice: i64) -> String {
    format!("comity_{notice}_{}", unguessable(keys, b"call-id\0", notice))
}

fn unguessable(keys: &Keyring, of: &[u8], number: i64) -> String {
    let tag = mac(keys.token(), &[of, &number.to_be_bytes()]);
    let half = tag.first_chunk::<8>().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(half))
}

/// One key for each act, so that a token for one is useless for another.
fn act_key(key: &[u8; KEY_BYTES], number: u32, act: LinkPurpose) -> [u8; KEY_BYTES] {
    mac(key, &[b"link\0", number.to_string().as_bytes(), &[act as u8]])
}

#[cfg(test)]
mod tests;
