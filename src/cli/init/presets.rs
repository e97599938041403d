//! The usual mail providers: where they take mail, by which login, and how fast.
//!
//! Facts of the providers' own help pages, as of 2026; each names its page. Daily limits are theirs to enforce: a message
//! above one is put off and comes again. `per_minute` keeps a day's small business well below them.

use crate::deliver::Tls;

/// One provider.
pub struct Preset {
    /// What the owner types.
    pub key: &'static str,
    /// Domains of mailboxes that are surely theirs.
    pub domains: &'static [&'static str],
    /// The server.
    pub host: &'static str,
    /// How the connection is protected; the port follows.
    pub tls: Tls,
    /// What they want for user and password.
    pub login: &'static str,
    /// Connections at once.
    pub lanes: u8,
    /// Messages a minute.
    pub per_minute: u16,
}

const STARTTLS: Tls = Tls::RequiredStarttls;

/// All of them.
pub const PRESETS: [Preset; 10] = [
    // support.google.com/mail/answer/185833 (app passwords); support.google.com/a/answer/166852: 2,000 a day, 500 for
    // gmail.com.
    preset(
        "gmail",
        &["gmail.com", "googlemail.com"],
        "smtp.gmail.com",
        STARTTLS,
        "your address, and an app password",
        2,
        30,
    ),
    // learn.microsoft.com, "Authenticated client SMTP submission": SMTP AUTH switched on for the mailbox, 30 messages a
    // minute, 3 connections.
    preset(
        "microsoft365",
        &[],
        "smtp.office365.com",
        STARTTLS,
        "your address and password, with SMTP AUTH switched on",
        3,
        25,
    ),
    // www.infomaniak.com/en/support/faq, "Configure an email program".
    preset(
        "infomaniak",
        &["ik.me", "ikmail.com"],
        "mail.infomaniak.com",
        Tls::Implicit,
        "your address and its password",
        2,
        30,
    ),
    // help.ovhcloud.com, "MX Plan": ssl0.ovh.net, 465; 200 messages an hour and account.
    preset("ovh", &[], "ssl0.ovh.net", Tls::Implicit, "your address and its password", 2, 3),
    // docs.gandi.net, "Standard mail settings".
    preset("gandi", &[], "mail.gandi.net", Tls::Implicit, "your address and its password", 2, 30),
    // www.fastmail.help, "Server names and ports" and "App passwords".
    preset(
        "fastmail",
        &["fastmail.com", "fastmail.fm"],
        "smtp.fastmail.com",
        Tls::Implicit,
        "your address, and an app password",
        2,
        30,
    ),
    // documentation.mailjet.com, "SMTP".
    preset("mailjet", &[], "in-v3.mailjet.com", STARTTLS, "the API key, and the secret key", 4, 120),
    // developers.brevo.com/docs/smtp-integration: an SMTP key, not an API key; 465 for TLS. 300 a day without a contract.
    preset("brevo", &[], "smtp-relay.brevo.com", Tls::Implicit, "the SMTP login, and an SMTP key", 4, 120),
    // postmarkapp.com/developer/user-guide/send-email-with-smtp.
    preset("postmark", &[], "smtp.postmarkapp.com", STARTTLS, "the server API token, twice", 4, 120),
    // docs.aws.amazon.com/ses, "Connecting to an SMTP endpoint": the region is in the name; 1 a second in the sandbox.
    preset(
        "ses",
        &[],
        "email-smtp.eu-west-1.amazonaws.com",
        STARTTLS,
        "the SMTP credentials of this region, not the account's",
        4,
        60,
    ),
];

const fn preset(
    key: &'static str,
    domains: &'static [&'static str],
    host: &'static str,
    tls: Tls,
    login: &'static str,
    lanes: u8,
    per_minute: u16,
) -> Preset {
    Preset { key, domains, host, tls, login, lanes, per_minute }
}

/// By its key, or by the domain of an address.
pub fn find(text: &str) -> Option<&'static Preset> {
    let text = text.trim().to_ascii_lowercase();
    PRESETS.iter().find(|preset| preset.key == text || preset.domains.contains(&text.as_str()))
}
