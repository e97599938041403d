//! From a draft to bytes: the letterhead knows who writes, and puts a draft into a letter.
//!
//! ```text
//! multipart/mixed
//! ├── multipart/alternative
//! │   ├── text/plain   quoted-printable
//! │   └── text/html    quoted-printable
//! └── text/calendar    base64, an attachment
//! ```
//!
//! The same draft at the same time gives the same bytes, but for the signature's own time: boundaries are made of the
//! Message-ID. They begin with `=_`, which neither quoted-printable nor base64 can produce, so that no body can end its
//! part (RFC 2045 6.7). All bodies are 7-bit, so that no relay has a reason to rewrite them under the signature.
//!
//! # One click
//!
//! `List-Unsubscribe-Post` promises that one POST stops the messages, and RFC 8058 3.1 lets a receiver believe it only
//! under a signature that covers it and `List-Unsubscribe`. So only [`Signing::Signed`] writes the header, and a letter
//! whose signature doesn't name both is not given out.
//!
//! Invariant: no header is made of text that holds a control character. Such text is refused with the header's name; it
//! is never encoded away or cut out, because both would hide it from the one who can repair it.

use super::{
    dkim::{SignError, Signer},
    header::{self, HeaderError, Links},
    readers::{Owner, Readers, Recipient},
    transport::Letter,
    trial::OwnLetter,
};
use crate::{
    base::{EmailAddress, Instant, PlanId},
    render::{Draft, Note, Notice, marked},
};
use lettre::message::{
    Attachment, Body, Mailbox, Message, MessageBuilder, MultiPart, SinglePart,
    header::{ContentTransferEncoding, ContentType},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Who writes, and how it is vouched for.
#[derive(Clone, Debug)]
pub struct Letterhead {
    from: EmailAddress,
    from_mailbox: Mailbox,
    reply_to: Mailbox,
    feedback_sender: String,
    links: Links,
    signing: Signing,
    readers: Readers,
}

/// Whether letters are signed.
#[derive(Clone, Debug)]
pub enum Signing {
    /// By this key. One-click headers leave.
    Signed(Arc<Signer>),
    /// Not at all: the letter still says where to stop, but doesn't offer the mail program's own button.
    Unsigned,
}

/// Why a draft doesn't become a letter, or settings no letterhead.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ComposeError {
    /// A header can't be written.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// There is no signature that covers what it must.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The signing domain doesn't answer for the sender: receivers would count it as a forgery (RFC 9989 4.4).
    #[error("the signature is for `{signer}`, but the messages come from `{sender}`: `d=` must be that or its parent")]
    NotAligned {
        /// `d=`.
        signer: String,
        /// The domain in `From`.
        sender: String,
    },
    /// lettre found the parts incomplete.
    #[error("the message can't be put together")]
    Incomplete,
}

impl Letterhead {
    /// From the sender's address and name, and the mailbox that a person reads.
    ///
    /// # Errors
    /// When a name can't stand in a header, or the signer's domain isn't the sender's.
    pub fn new(
        from: &EmailAddress,
        from_name: &str,
        reply_to: &EmailAddress,
        links: Links,
        signing: Signing,
    ) -> Result<Self, ComposeError> {
        if let Signing::Signed(signer) = &signing {
            let (sender, signer) = (from.domain(), signer.domain());
            if sender != signer && !sender.ends_with(&format!(".{signer}")) {
                return Err(ComposeError::NotAligned { signer: signer.to_owned(), sender: sender.to_owned() });
            }
        }
        Ok(Self {
            from_mailbox: header::mailbox("From", Some(from_name), from)?,
            reply_to: header::mailbox("Reply-To", None, reply_to)?,
            feedback_sender: feedback_sender(from.domain()),
            from: from.clone(),
            links,
            signing,
            readers: Readers::Customers,
        })
    }

    /// The same, for these readers.
    #[must_use]
    pub fn read_by(self, readers: Readers) -> Self {
        Self { readers, ..self }
    }

    /// Puts a draft into a letter to the draft's own recipient and to nobody else; in a rehearsal, to the owner.
    ///
    /// # Errors
    /// When a header can't be written, or there is no signature that covers the one-click headers.
    pub fn compose(&self, draft: &Draft, now: Instant) -> Result<Letter, ComposeError> {
        self.write(&self.readers.copy(draft), self.readers.recipient(&draft.to), now)
    }

    /// Puts a sample into a letter to the owner, with the link that proves the public page.
    ///
    /// # Errors
    /// As of any letter.
    pub fn to_owner(
        &self,
        sample: &Draft,
        owner: Owner,
        proof_url: String,
        now: Instant,
    ) -> Result<OwnLetter, ComposeError> {
        let draft = marked(sample, &Notice::Test { proof_url }, owner.language());
        self.write(&draft, Recipient::owner(owner), now).map(OwnLetter)
    }

    /// Puts a note into a letter to the owner. It is no customer's message: there is nothing to stop, and no list.
    ///
    /// # Errors
    /// As of any letter.
    pub fn note(&self, note: &Note, owner: Owner, message_id: &str, now: Instant) -> Result<OwnLetter, ComposeError> {
        let recipient = Recipient::owner(owner);
        let parts = alternative(&note.text(), &note.html(), &boundary(message_id))?;
        let head = self.head(&recipient, &note.subject, message_id, note.language, now)?;
        let message = head.multipart(parts).map_err(|_| ComposeError::Incomplete)?.formatted();
        Ok(OwnLetter(Letter {
            plan: PlanId(0),
            subject: note.subject.clone(),
            sender: self.from.clone(),
            recipient,
            digest: Sha256::digest(&message).into(),
            bytes: self.sign(message, &[])?,
        }))
    }

    /// What stands on top of every letter.
    fn head(
        &self,
        recipient: &Recipient,
        subject: &str,
        message_id: &str,
        language: &str,
        now: Instant,
    ) -> Result<MessageBuilder, ComposeError> {
        Ok(Message::builder()
            .from(self.from_mailbox.clone())
            .to(header::mailbox("To", None, recipient.address())?)
            .reply_to(self.reply_to.clone())
            .raw_header(header::text("Subject", subject)?)
            .raw_header(header::word("Date", now.to_utc().format("%a, %d %b %Y %H:%M:%S +0000").to_string())?)
            .raw_header(header::word("Message-ID", message_id.to_owned())?)
            .raw_header(header::word("Auto-Submitted", "auto-generated".to_owned())?)
            .raw_header(header::word("Content-Language", language.to_owned())?))
    }

    fn write(&self, draft: &Draft, recipient: Recipient, now: Instant) -> Result<Letter, ComposeError> {
        let head = self.head(&recipient, &draft.subject, &draft.message_id, draft.language.tag(), now)?;
        let mut builder = head
            .raw_header(header::list_unsubscribe(&draft.stop_url, self.links)?)
            .raw_header(header::list_id(&draft.purpose, self.from.domain())?)
            .raw_header(header::word("Feedback-ID", self.feedback_id(draft))?);
        if matches!(self.signing, Signing::Signed(_)) {
            builder = builder.raw_header(header::word(ONE_CLICK, "List-Unsubscribe=One-Click".to_owned())?);
        }
        let message = builder.multipart(parts(draft)?).map_err(|_| ComposeError::Incomplete)?;
        Ok(Letter {
            plan: draft.plan,
            subject: draft.subject.clone(),
            sender: self.from.clone(),
            recipient,
            bytes: self.sign(message.formatted(), &["List-Unsubscribe", ONE_CLICK])?,
            digest: digest(draft),
        })
    }

    /// With the signature in front, where there is one: it covers these headers.
    fn sign(&self, message: Vec<u8>, promises: &[&'static str]) -> Result<Vec<u8>, SignError> {
        let Signing::Signed(signer) = &self.signing else { return Ok(message) };
        let mut letter = signer.sign(&message, promises)?.into_bytes();
        letter.extend(message);
        Ok(letter)
    }

    /// For Gmail's feedback loop: what to group complaints by, and who sends. No customer is named in it.
    fn feedback_id(&self, draft: &Draft) -> String {
        format!("{}:{}:{}:{}", draft.workflow, draft.purpose, draft.language, self.feedback_sender)
    }
}

const ONE_CLICK: &str = "List-Unsubscribe-Post";

/// What the customer would see, as one hash: the same on every attempt as long as nothing changed. Each part is led by
/// its length, so that no text can pass for two.
#[must_use]
pub fn digest(draft: &Draft) -> [u8; 32] {
    let mut hash = Sha256::new();
    let recipient = draft.to.reveal();
    let calendar = draft.calendar.as_deref().unwrap_or_default();
    for part in [&recipient, &draft.subject, &draft.html, &draft.text, calendar] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Google's rule for Feedback-ID: 5 to 15 characters that don't change. Letters and digits of the domain are that.
fn feedback_sender(domain: &str) -> String {
    let mut sender: String = domain.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    while sender.len() < 5 {
        sender.push('0');
    }
    sender
}

fn parts(draft: &Draft) -> Result<MultiPart, ComposeError> {
    let name = boundary(&draft.message_id);
    let alternative = alternative(&draft.text, &draft.html, &name)?;
    let mixed = MultiPart::mixed().boundary(format!("=_m_{name}")).multipart(alternative);
    let Some(calendar) = &draft.calendar else { return Ok(mixed) };
    let calendar = Attachment::new("visit.ics".to_owned())
        .body(calendar.clone().into_bytes(), content_type("text/calendar; charset=utf-8; method=PUBLISH")?);
    Ok(mixed.singlepart(calendar))
}

/// What boundaries of this message are called.
fn boundary(message_id: &str) -> String {
    let id = Sha256::digest(message_id.as_bytes());
    format!("{:032x}", id.first_chunk().map_or(0, |id| u128::from_be_bytes(*id)))
}

fn alternative(text: &str, html: &str, name: &str) -> Result<MultiPart, ComposeError> {
    Ok(MultiPart::alternative()
        .boundary(format!("=_a_{name}"))
        .singlepart(body(text, "text/plain; charset=utf-8")?)
        .singlepart(body(html, "text/html; charset=utf-8")?))
}

/// A body in quoted-printable: readable for the most part, 76 characters a line, and the same after every relay. By the
/// crate that lettre calls too, without its search for the best encoding and its line ends made in place: half the time.
fn body(text: &str, kind: &str) -> Result<SinglePart, ComposeError> {
    let encoded = quoted_printable::encode(with_crlf(text));
    let encoded = Body::dangerous_pre_encoded(encoded, ContentTransferEncoding::QuotedPrintable);
    Ok(SinglePart::builder().header(content_type(kind)?).body(encoded))
}

/// Every line end as SMTP wants it. A draft holds no carriage return but in front of a line feed.
fn with_crlf(text: &str) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 32);
    for line in text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => lines.extend([line.strip_suffix('\r').unwrap_or(line), "\r\n"]),
            None => lines.push_str(line),
        }
    }
    lines
}

fn content_type(kind: &str) -> Result<ContentType, ComposeError> {
    ContentType::parse(kind).map_err(|_| ComposeError::Incomplete)
}
