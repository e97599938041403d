//! What a negative reply means: come again, this message not, or *us* not.
//!
//! The order of the questions matters. A server that refuses us (no login, no relaying, a bad reputation, our quota
//! spent) says so with the codes it also uses for one recipient, and reading it wrongly writes off every customer of
//! the day. So: what is about us is asked first, and only what names the recipient is ever held against an address.

use crate::ledger::{Phase, Receipt, Reply};

/// The receipt for a negative reply in a phase.
pub fn negative(phase: Phase, reply: Reply) -> Receipt {
    if reply.code < 500 {
        return Receipt::Deferred { phase, reply };
    }
    match about(phase, &reply) {
        About::Us => Receipt::RouteRefused { phase, reply },
        About::Message => Receipt::Rejected { phase, reply },
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum About {
    Us,
    Message,
}

fn about(phase: Phase, reply: &Reply) -> About {
    // Before RCPT the server knows nobody but us.
    if phase <= Phase::Mail {
        return About::Us;
    }
    // 530, 534, 535, 538: authentication (RFC 4954 6).
    if matches!(reply.code, 530 | 534 | 535 | 538) {
        return About::Us;
    }
    match reply.enhanced {
        // Of 5.7, these are about the recipient: a mailing list that takes no strangers (RFC 3463 3.8), a mailbox or
        // domain that has changed hands (RFC 7293).
        Some((5, 7, 2 | 17 | 18)) => About::Message,
        // The rest of 5.7 is security and policy; 5.1.7 and 5.1.8 are a bad sender's address (RFC 3463 3.2); 5.1.90 is
        // Exchange Online's daily limit, 5.4.5 Gmail's.
        Some((5, 7, _) | (5, 1, 7 | 8 | 90) | (5, 4, 5)) => About::Us,
        // Exim: "relay not permitted", Exchange: "Unable to relay", both without an enhanced code.
        None if phase == Phase::Rcpt && reply.text.to_ascii_lowercase().contains("relay") => About::Us,
        _ => About::Message,
    }
}

/// Whether the server said that there is no such mailbox: 5.1.1 (bad mailbox) or 5.1.10 (its domain takes no mail,
/// RFC 7505). Nothing less is held against an address: a bare 550 may mean anything.
#[must_use]
pub fn is_no_such_mailbox(receipt: &Receipt) -> bool {
    matches!(receipt, Receipt::Rejected { reply: Reply { enhanced: Some((5, 1, 1 | 10)), .. }, .. })
}

#[cfg(test)]
mod tests {
    use super::{is_no_such_mailbox, negative};
    use crate::{
        deliver::reply::reply,
        ledger::{Phase, Receipt},
    };

    fn kind(phase: Phase, code: u16, text: &str) -> &'static str {
        let receipt = negative(phase, reply(code, text, None));
        match receipt {
            _ if is_no_such_mailbox(&receipt) => "no such mailbox",
            Receipt::Deferred { .. } => "deferred",
            Receipt::Rejected { .. } => "rejected",
            Receipt::RouteRefused { .. } => "route refused",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nobody_is_blamed_for_what_is_about_us() {
        for (phase, code, text, expected) in [
            (Phase::Mail, 421, "4.3.2 shutting down", "deferred"),
            (Phase::Mail, 451, "4.7.1 greylisted", "deferred"),
            (Phase::Mail, 550, "5.1.1 odd, but the recipient is not known yet", "route refused"),
            (Phase::Mail, 530, "5.7.0 authentication required", "route refused"),
            (Phase::Rcpt, 450, "4.2.2 over quota", "deferred"),
            (Phase::Rcpt, 550, "5.1.1 unknown", "no such mailbox"),
            (Phase::Rcpt, 556, "5.1.10 null MX", "no such mailbox"),
            (Phase::Rcpt, 550, "who?", "rejected"),
            (Phase::Rcpt, 552, "5.2.2 mailbox full", "rejected"),
            (Phase::Rcpt, 554, "5.7.1 relay access denied", "route refused"),
            (Phase::Rcpt, 550, "relay not permitted", "route refused"),
            (Phase::Rcpt, 535, "no", "route refused"),
            (Phase::Rcpt, 550, "5.7.17 mailbox owner has changed", "rejected"),
            (Phase::Data, 554, "5.5.1 no valid recipients", "rejected"),
            (Phase::Dot, 552, "5.3.4 too big", "rejected"),
            (Phase::Dot, 554, "spam", "rejected"),
            (Phase::Dot, 550, "5.7.26 not authenticated", "route refused"),
            (Phase::Dot, 550, "5.7.515 access denied", "route refused"),
            (Phase::Dot, 550, "5.4.5 daily sending quota exceeded", "route refused"),
            (Phase::Dot, 451, "4.7.0 try later", "deferred"),
        ] {
            assert_eq!(kind(phase, code, text), expected, "{phase:?} {code} {text}");
        }
    }
}
