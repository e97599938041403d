//! What to do where a test message came to its end: by how far it got, and by what the server said.
//!
//! Servers say the same thing in many words. Each case here is one that a provider documents or a common server has built
//! in; what fits none of them gets the sentence of its step.

use crate::{config::Smtp, deliver::trial::Stage, ledger::Phase};

/// For a way that ended before the message was begun.
pub fn before_login(reached: Stage, said: &str, smtp: &Smtp) -> String {
    let said = said.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let (host, port) = (&smtp.host, smtp.port);
    if has(&["lookup", "not resolved", "no address", "name or service not known"]) {
        return format!("The name {host} isn't known. Compare [smtp] host with what your provider writes.");
    }
    if has(&["starttls"]) {
        return "The server offers no STARTTLS on this port. Try tls = \"implicit\" with port = 465.".to_owned();
    }
    if has(&["notvalidforname", "not valid for name"]) {
        return format!(
            "The server's certificate bears another name than {host}. Write the name that your provider gives, not an \
             alias of your own domain."
        );
    }
    if has(&["unknownissuer", "expired", "certificate"]) {
        return "This machine doesn't trust the server's certificate. If it is your own server, add its authority to the \
                system's trust store; check also this machine's clock."
            .to_owned();
    }
    if has(&["tls"]) {
        return "The encryption failed. Port 465 wants tls = \"implicit\", port 587 tls = \"required-starttls\"."
            .to_owned();
    }
    if reached == Stage::Begun {
        return format!(
            "No connection to port {port}. Many hosts block outgoing mail ports: try 465 (tls = \"implicit\"), 587 or, where \
             your provider has it, 2525; or ask the host to open it."
        );
    }
    if reached < Stage::Greeted {
        return "Something answers there, but no mail server that wants us. Compare host, port and tls with what your \
                provider writes."
            .to_owned();
    }
    login(&said)
}

/// The server greeted us, and would not let us in.
fn login(said: &str) -> String {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    // Google, "application-specific password required" (5.7.9); Fastmail, Apple and Yahoo say it alike.
    if has(&["application-specific", "app password", "5.7.9"]) {
        return "The provider wants an app password, made in the account's security settings, and not the one that you log \
                in with."
            .to_owned();
    }
    // Microsoft: "SmtpClientAuthentication is disabled" (5.7.139), for the mailbox or for the whole organisation.
    if has(&["5.7.139", "smtpclientauthentication", "basic authentication is disabled"]) {
        return "Microsoft 365 has SMTP AUTH switched off for this mailbox. An administrator switches it on: Users, Mail, \
                Manage email apps, Authenticated SMTP."
            .to_owned();
    }
    if has(&["no login by"]) {
        return "The server offers no login here. Use the port for submission: 587 or 465, not 25.".to_owned();
    }
    if has(&["no answer in time", "closed"]) {
        return "The server went silent at the login. Try once more in some minutes: it may count wrong passwords."
            .to_owned();
    }
    "The server doesn't take this user and password. Type the password anew into the file that [smtp] password_file names. \
     The username is often the whole address; some providers want an API key, or an app password."
        .to_owned()
}

/// For what the server said of the message.
pub fn after_login(phase: Phase, said: &str, smtp: &Smtp) -> String {
    let said = said.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["authentication required", " authenticate", "530 "]) || (smtp.login.is_none() && has(&["relay"])) {
        return "The server wants a login first: write username and password_file under [smtp].".to_owned();
    }
    // Exchange Online: SendAsDenied, 5.7.60. Postfix: "Sender address rejected: not owned by user". SES: "not verified".
    let sender = [
        "sendasdenied",
        "5.7.60",
        "not owned by user",
        "sender address rejected",
        "not verified",
        "not allowed to send",
    ];
    if phase == Phase::Mail || has(&sender) {
        return "The server doesn't let this login write as [mail] from. Use the login's own address, or register the \
                sender's address with your provider."
            .to_owned();
    }
    if has(&["quota", "limit", "too many"]) {
        return "The provider's limit is reached. Wait, or ask for a larger one.".to_owned();
    }
    if has(&["spf", "dkim", "dmarc", "5.7.26"]) {
        return "The receiver can't tell that the mail is yours. Publish the DNS records that your provider asks for, and \
                those of `comity dkim show`."
            .to_owned();
    }
    if has(&["relay"]) {
        return "The server carries no mail to that address for us. Compare host and login with what your provider writes."
            .to_owned();
    }
    match phase {
        Phase::Rcpt => "The server refuses the recipient: try another address, `comity send-test ADDRESS`.",
        Phase::Data | Phase::Body | Phase::Dot => "The server refused the message itself; its words above say why.",
        Phase::Connect | Phase::Mail => "The connection broke on the way. Try once more in some minutes.",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::Pace,
        deliver::{Login, Timeouts, Tls},
    };
    use std::{
        collections::BTreeMap,
        num::{NonZeroU32, NonZeroUsize},
    };

    fn smtp() -> Smtp {
        Smtp {
            host: "smtp.provider.example".into(),
            port: 587,
            tls: Tls::RequiredStarttls,
            login: Some(Login { username: "salon".into(), password: String::new().into() }),
            lanes: NonZeroUsize::MIN,
            hello: "salon.example".into(),
            pace: Pace { per_minute: NonZeroU32::MIN, domains: BTreeMap::new() },
            timeouts: Timeouts::default(),
        }
    }

    #[test]
    fn each_failure_before_the_message_says_what_to_do() {
        for (reached, said, to_do) in [
            (Stage::Begun, "smtp.provider.example: failed to lookup address information", "isn't known"),
            (Stage::Begun, "smtp.provider.example: no connection in time", "block outgoing mail ports"),
            (Stage::Begun, "smtp.provider.example: Connection refused (os error 111)", "block outgoing mail ports"),
            (Stage::Connected, "the server offers no STARTTLS", "implicit"),
            (Stage::Connected, "TLS: invalid peer certificate: certificate not valid for name \"x\"", "another name"),
            (Stage::Connected, "TLS: invalid peer certificate: UnknownIssuer", "trust store"),
            (Stage::Connected, "TLS: received corrupt message of type InvalidContentType", "Port 465 wants"),
            (Stage::Greeted, "AUTH: 535 5.7.8 Error: authentication failed", "Type the password anew"),
            (Stage::Greeted, "AUTH: 534 5.7.9 Application-specific password required", "app password"),
            (
                Stage::Greeted,
                "AUTH: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled",
                "switched off",
            ),
            (Stage::Greeted, "the server offers no login by PLAIN or LOGIN", "587 or 465"),
        ] {
            let advice = before_login(reached, said, &smtp());
            assert!(advice.contains(to_do), "{said}: {advice}");
        }
    }

    #[test]
    fn each_refusal_of_the_message_says_what_to_do() {
        for (phase, said, to_do) in [
            (Phase::Mail, "553 5.7.1 Sender address rejected: not owned by user salon", "write as [mail] from"),
            (Phase::Dot, "554 5.2.252 SendAsDenied", "write as [mail] from"),
            (Phase::Dot, "554 Message rejected: Email address is not verified.", "write as [mail] from"),
            (Phase::Rcpt, "554 5.7.1 relay access denied", "carries no mail"),
            (Phase::Rcpt, "550 5.1.1 unknown", "another address"),
            (Phase::Dot, "550 5.4.5 Daily sending quota exceeded", "limit is reached"),
            (Phase::Dot, "550 5.7.26 unauthenticated", "DNS records"),
            (Phase::Dot, "554 spam", "refused the message itself"),
        ] {
            let advice = after_login(phase, said, &smtp());
            assert!(advice.contains(to_do), "{said}: {advice}");
        }
    }
}
