//! What the owner answers, each judged at once.

use super::presets::{self, Preset};
use crate::{
    base::{EmailAddress, Zone},
    config::public_url,
    deliver::{Links, Tls},
    document::Complaint,
    fetch::Link,
    policy::parse::{parse_address, parse_zone},
};
use std::{fs, path::Path};
use zeroize::Zeroizing;

/// A line that stands on every message is no page.
const LINE_CHARS_MAX: usize = 200;

/// All answers.
pub struct Answers {
    pub name: String,
    pub postal_address: String,
    pub zone: Zone,
    pub language: &'static str,
    pub reply_to: String,
    pub server: Server,
    pub username: String,
    pub password: Zeroizing<String>,
    pub from: String,
    pub public_url: String,
    pub calendar: Option<String>,
}

/// Where the mail goes.
pub struct Server {
    pub host: String,
    pub port: Option<u16>,
    pub tls: Tls,
    pub login: &'static str,
    pub lanes: u8,
    pub per_minute: u16,
}

/// One line of text.
pub fn line(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text {
        "" => Err("An answer is needed here.".to_owned()),
        _ if text.chars().any(char::is_control) => Err("Write it on one line, without control characters.".to_owned()),
        _ if text.chars().nth(LINE_CHARS_MAX).is_some() => Err(format!("At most {LINE_CHARS_MAX} characters, please.")),
        _ => Ok(text.to_owned()),
    }
}

/// The address of a house: the law of most countries wants it under commercial mail.
pub fn postal(text: &str) -> Result<String, String> {
    let text = line(text)?;
    if text.chars().filter(|c| c.is_alphabetic()).count() < 5 {
        return Err("Write street and town: it stands at the foot of every message.".to_owned());
    }
    Ok(text)
}

/// `Europe/Paris`.
pub fn zone(text: &str) -> Result<Zone, String> {
    parse_zone(text.trim()).map_err(said)
}

/// The languages that the sample's templates are written in.
pub fn language(text: &str) -> Result<&'static str, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "en" | "english" => Ok("en"),
        "fr" | "français" | "francais" | "french" => Ok("fr"),
        _ => {
            Err("The templates that come with Comity are in en and fr. Take one; you can translate them later."
                .to_owned())
        }
    }
}

/// One address, as it was typed: it goes into a file of the owner's.
pub fn address(text: &str) -> Result<String, String> {
    parse_address(text.trim()).map(|_| text.trim().to_owned()).map_err(said)
}

/// An address's domain.
pub fn domain(address: &str) -> String {
    EmailAddress::parse(address).map(|address| address.domain().to_owned()).unwrap_or_default()
}

/// A provider's key, or `host`, or `host:port`.
pub fn server(text: &str) -> Result<Server, String> {
    let text = text.trim();
    if let Some(Preset { host, tls, login, lanes, per_minute, .. }) = presets::find(text) {
        let host = (*host).to_owned();
        return Ok(Server { host, port: None, tls: *tls, login, lanes: *lanes, per_minute: *per_minute });
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => {
            (host, Some(port.parse::<u16>().map_err(|_| format!("`{port}` is no port: write 587 or 465."))?))
        }
        None => (text, None),
    };
    let is_name = host.contains('.') || host == "localhost";
    if !is_name || !host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')) {
        let known: Vec<&str> = presets::PRESETS.iter().map(|preset| preset.key).collect();
        return Err(format!("Write one of {}, or your server's name.", known.join(", ")));
    }
    let tls = if port == Some(465) { Tls::Implicit } else { Tls::RequiredStarttls };
    let login = "the user and password that your provider gave you";
    Ok(Server { host: host.to_ascii_lowercase(), port, tls, login, lanes: 2, per_minute: 30 })
}

/// The public page's.
pub fn url(text: &str) -> Result<String, String> {
    public_url::parse(text.trim(), Links::Https).map_err(said)
}

/// A calendar's link or file; nothing for none.
pub fn calendar(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() || text == "none" {
        return Ok(None);
    }
    if text.contains("://") {
        return Link::parse(text).map(|_| Some(text.to_owned())).map_err(|why| format!("{why}."));
    }
    let file = fs::canonicalize(Path::new(text)).map_err(|_| format!("There is no file {text}."))?;
    file.to_str().map(|file| Some(file.to_owned())).ok_or_else(|| "The file's name is not UTF-8.".to_owned())
}

fn said(complaint: Complaint) -> String {
    let help = complaint.help.map(|help| format!(": {help}")).unwrap_or_default();
    format!("{}{help}.", complaint.message)
}
