//! The installation on disk: the sample's files with the owner's answers in them.

use super::{Trade, answers::Answers};
use crate::{
    cli::{
        demo::{salon, shop},
        schema::File,
    },
    deliver::Tls,
    disk,
};
use anyhow::Context;
use std::{collections::BTreeMap, path::Path};

/// Need nobody's yes, for they answer what a customer did; every other workflow is a draft until it is approved.
const LIVE: [&str; 4] = [
    "workflows/address-change.toml",
    "workflows/appointment-reminder.toml",
    "workflows/confirm-sign-up.toml",
    "workflows/own-data.toml",
];

/// Writes everything.
pub fn installation(folder: &Path, trade: Trade, answers: &Answers) -> anyhow::Result<()> {
    let sample: Vec<(&str, &str)> = match trade {
        Trade::Salon => salon::FILES.to_vec(),
        Trade::Shop => shop::files().collect(),
    };
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    // The sample's customers are nobody's.
    let is_table = |path: &str| Path::new(path).extension().is_some_and(|extension| extension == "csv");
    for (path, text) in sample.into_iter().filter(|(path, _)| !is_table(path)) {
        let text = match path {
            "policy.toml" => policy(text, answers),
            path if path.starts_with("workflows/") && !LIVE.contains(&path) => draft(text),
            _ => text.to_owned(),
        };
        files.insert(path.to_owned(), text);
    }
    if answers.language == "fr" {
        files = in_french(&files);
    }
    for (path, text) in &files {
        write(&folder.join(path), text, 0o644)?;
    }
    for file in File::ALL {
        write(&folder.join(file.path()), &file.schema(), 0o644)?;
    }
    // Closed to others: it may hold a calendar's secret link.
    write(&folder.join("comity.toml"), &settings(answers), 0o600)?;
    write(&folder.join("smtp-password"), &answers.password, 0o600)
}

/// Its key for that, with another value.
fn draft(text: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some(("approval ", _)) => {
            "approval = \"workflow\"                  # nothing leaves before `comity approve`".to_owned()
        }
        _ => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// The sample's own language is English and its translations French: the other way round. Partials keep their places,
/// because templates call them by these.
fn in_french(files: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let place = |path: &String| {
        let french = path.rsplit_once('/').map(|(folder, file)| format!("{folder}/fr/{file}"));
        match path.replacen("/fr/", "/", 1) {
            here if here != *path => here,
            _ => match french.filter(|french| files.contains_key(french)) {
                Some(french) => french.replacen("/fr/", "/en/", 1),
                None => path.clone(),
            },
        }
    };
    let moved = |path: &String| if path.starts_with("templates/mail/") { place(path) } else { path.clone() };
    files.iter().map(|(path, text)| (moved(path), text.clone())).collect()
}

/// The sample's policy, with this business in it.
fn policy(text: &str, answers: &Answers) -> String {
    let zone = answers.zone.to_string();
    let business = [
        ("name", answers.name.as_str()),
        ("postal_address", &answers.postal_address),
        ("reply_to", &answers.reply_to),
        ("time_zone", &zone),
        ("language", answers.language),
    ];
    let mut section = String::new();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            line.clone_into(&mut section);
        }
        let key = line.split_once('=').map(|(key, _)| key.trim());
        let answer = business.iter().find(|(name, _)| section == "[business]" && key == Some(*name));
        lines.push(match answer {
            Some((name, value)) => format!("{name} = {}", quoted(value)),
            // The audit looks at how much a shop favours what bears its own name.
            None if section == "[recommendations]" && key == Some("own_brands") => {
                format!("own_brands = [{}]", quoted(&answers.name))
            }
            None => line.to_owned(),
        });
    }
    if answers.language == "fr" {
        lines = words_in_french(lines);
    }
    lines.join("\n") + "\n"
}

/// Titles and promises change places with their translations.
fn words_in_french(mut lines: Vec<String>) -> Vec<String> {
    let mut section = String::new();
    let mut words: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut swaps = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        if line.starts_with('[') {
            line.trim_matches(['[', ']']).clone_into(&mut section);
        }
        for key in ["title", "promise"].into_iter().filter(|key| line.starts_with(&format!("{key} = "))) {
            match section.strip_suffix(".translations.fr") {
                Some(purpose) => swaps.extend(words.get(&(purpose.to_owned(), key)).map(|other| (*other, number))),
                None => {
                    words.insert((section.clone(), key), number);
                }
            }
        }
    }
    for (one, other) in swaps {
        lines.swap(one, other);
    }
    let headings = |line: String| line.replace(".translations.fr]", ".translations.en]");
    lines.into_iter().map(|line| field_in_french(&line).unwrap_or_else(|| headings(line))).collect()
}

/// A field's line, with its title and the French one changed over.
fn field_in_french(line: &str) -> Option<String> {
    let (field, rest) = line.split_once(", title = \"")?;
    let (english, rest) = rest.split_once("\", translations = { fr.title = \"")?;
    let (french, rest) = rest.split_once('"')?;
    Some(format!("{field}, title = \"{french}\", translations = {{ en.title = \"{english}\"{rest}"))
}

fn settings(answers: &Answers) -> String {
    let server = &answers.server;
    let tls = if server.tls == Tls::Implicit { "implicit" } else { "required-starttls" };
    let port = server.port.map(|port| format!("port = {port}\n")).unwrap_or_default();
    let calendar = answers.calendar.as_ref().map(|calendar| {
        format!(
            "\n# Read every ten minutes. Whoever has its link reads it: keep this file closed to others.\n\
             [[sources]]\nname = \"visits\"\ncalendar = {}\n",
            quoted(calendar)
        )
    });
    format!(
        "#:schema ./schemas/comity.json\n\
         # How this installation runs. Made by `comity init`; every key is yours to change, and `comity check` looks after it.\n\n\
         mode = \"rehearsal\"                      # every message goes to the owner; `comity go-live` ends it\n\n\
         [owner]\nmail = {owner}\n\
         morning_mail = \"07:00\"                  # what the day brings, by your clock; \"never\" for none\n\
         answers = \"at once\"                     # who can't come; or \"morning\", \"never\"\n\n\
         [data]\ndirectory = \"data\"                      # database, journal, keys\n\n\
         [mail]\nfrom = {from}\n\n\
         [smtp]\nhost = {host}\n{port}tls = \"{tls}\"\nusername = {username}\n\
         password_file = \"smtp-password\"         # beside this file, closed to others\n\
         lanes = {lanes}                               # connections at once\n\
         per_minute = {per_minute:<27}# to one receiving domain\n\n\
         [web]\nlisten = \"127.0.0.1:8780\"               # a web server with TLS stands in front: deploy/Caddyfile\n\
         public_url = {url}\n{calendar}",
        owner = quoted(&answers.reply_to),
        from = quoted(&answers.from),
        host = quoted(&server.host),
        username = quoted(&answers.username),
        lanes = server.lanes,
        per_minute = server.per_minute,
        url = quoted(&answers.public_url),
        calendar = calendar.unwrap_or_default(),
    )
}

/// As TOML's basic strings are written. Answers hold no control characters, so that JSON's way is TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn write(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let shown = || format!("{} can't be written", path.display());
    disk::make_folder(disk::folder_of(path), 0o755)
        .and_then(|()| disk::write_new(path, text.as_bytes(), mode))
        .with_context(shown)
}
