//! The map: a module uses only modules above it in `src/lib.rs`, and only the crates that belong to its floor.

use super::{House, Violation, reading::Reading};
use std::collections::{BTreeMap, BTreeSet};

/// Who may use an outside crate.
enum Home {
    /// Any module.
    Anywhere,
    /// Any module from this one downward in `src/lib.rs`.
    From(&'static str),
    /// The same, and the file whose path this is.
    FromAndIn(&'static str, &'static str),
    /// These modules, or files whose path begins so.
    In(&'static [&'static str]),
}

/// Floor 2 begins here: above it there is no async, no I/O and no chance.
const HANDS: &str = "clock";

/// Every crate of `[dependencies]` has its home. A crate without a line here is a crate that nobody thought about.
#[rustfmt::skip]
const HOMES: &[(&str, Home)] = &[
    // Words, in any module.
    ("base64", Home::Anywhere),
    ("chrono", Home::Anywhere),
    ("chrono_tz", Home::Anywhere),
    ("hmac", Home::Anywhere),
    ("serde", Home::Anywhere),
    ("serde_json", Home::Anywhere),
    ("sha2", Home::Anywhere),
    ("thiserror", Home::Anywhere),
    ("zeroize", Home::Anywhere),
    // The binary alone.
    ("mimalloc", Home::In(&["src/main"])),
    // One job, one module.
    ("axum", Home::In(&["web", "src/cli/demo"])),
    ("qrcode", Home::In(&["web"])),
    ("askama", Home::In(&["web", "src/cli/demo"])),
    ("calcard", Home::In(&["intake"])),
    ("cel", Home::In(&["src/workflow/condition"])),
    ("chacha20poly1305", Home::In(&["base"])),
    ("clap", Home::In(&["cli"])),
    ("clap_complete", Home::In(&["cli"])),
    ("comfy_table", Home::In(&["cli"])),
    ("config", Home::In(&["config"])),
    ("console", Home::In(&["cli"])),
    ("csv", Home::In(&["engine", "src/cli/recommend"])),
    ("cron", Home::In(&["src/workflow/cron"])),
    ("email_address", Home::In(&["base"])),
    ("encoding_rs", Home::In(&["intake"])),
    ("flate2", Home::In(&["src/cli/recommend"])),
    ("governor", Home::In(&["deliver"])),
    ("handlebars", Home::In(&["render"])),
    ("hkdf", Home::In(&["base"])),
    ("icalendar", Home::In(&["render"])),
    ("idna", Home::In(&["base"])),
    ("indicatif", Home::In(&["cli"])),
    ("intl_pluralrules", Home::In(&["render"])),
    ("lettre", Home::In(&["deliver", "src/cli/demo/catcher"])),
    ("mail_auth", Home::In(&["deliver"])),
    ("miette", Home::In(&["document", "cli"])),
    ("quick_xml", Home::In(&["src/intake/catalogue"])),
    ("quoted_printable", Home::In(&["deliver"])),
    ("ring", Home::In(&["audit"])),
    ("rsa", Home::In(&["deliver"])),
    ("rustls_platform_verifier", Home::In(&["deliver"])),
    ("sd_notify", Home::In(&["engine", "cli"])),
    ("sqlx", Home::In(&["store"])),
    ("tempfile", Home::In(&["cli"])),
    ("tokio_rustls", Home::In(&["deliver", "fetch"])),
    ("tracing_subscriber", Home::In(&["telemetry"])),
    ("unic_langid", Home::In(&["render"])),
    ("unicode_normalization", Home::In(&["base", "people"])),
    ("zip", Home::In(&["engine"])),
    // Files that people write.
    ("strsim", Home::In(&["people", "document", "policy", "workflow", "render", "config", "cli"])),
    ("toml", Home::In(&["document", "policy", "workflow", "config"])),
    // The world outside.
    ("anyhow", Home::From("config")),
    ("futures_util", Home::From(HANDS)),
    ("form_urlencoded", Home::In(&["web"])),
    ("getrandom", Home::From(HANDS)),
    ("http_body_util", Home::In(&["fetch", "web", "cli"])),
    ("hyper", Home::In(&["fetch", "web", "cli"])),
    ("hyper_util", Home::In(&["fetch", "web", "cli"])),
    ("mail_parser", Home::In(&["deliver", "web", "cli"])),
    ("rustix", Home::From(HANDS)),
    ("tokio", Home::From(HANDS)),
    ("tracing", Home::From(HANDS)),
];

/// Parts of crates and of the standard library that have a home of their own.
#[rustfmt::skip]
const PARTS: &[(&[&str], Home, &str)] = &[
    (&["tokio", "time"], Home::In(&["clock"]), "wait through `base::Clock`"),
    (&["tokio", "spawn"], Home::In(&["engine", "store", "cli", "web"]), "return a future and let the engine spawn it"),
    (&["tokio", "task"], Home::In(&["engine", "store", "cli", "web"]), "return a future and let the engine spawn it"),
    (&["std", "fs"], Home::From(HANDS), "take the text as a parameter"),
    // A folder whose name is not on disk, and a file that is put in place before its bytes are, are lost with the power.
    (&["std", "fs", "DirBuilder"], Home::In(&["disk", "src/cli/demo"]), "use `disk::make_folder`"),
    (&["std", "fs", "rename"], Home::In(&["disk"]), "use `disk::replace`"),
    (&["std", "net"], Home::From(HANDS), "take the data as a parameter"),
    (&["std", "env"], Home::From(HANDS), "take the value as a parameter"),
    // Computing side by side is no waiting: its result is the same with one thread and with many.
    (&["std", "thread"], Home::FromAndIn(HANDS, "src/recommend/side.rs"), "leave the waiting to `clock` and the engine"),
    (&["std", "process"], Home::From(HANDS), "return an error"),
    (&["std", "time", "Instant"], Home::In(&[]), "use `base::Clock` and `base::BootTime`"),
    (&["std", "time", "SystemTime"], Home::In(&["clock"]), "use `base::Clock`"),
];

/// The modules of `src/lib.rs`, from the top.
pub fn reading_order(library: &Reading) -> Vec<String> {
    library.children.iter().map(|(name, _)| name.clone()).collect()
}

impl Home {
    /// `None` when the file is at home here, else the words for where home is.
    fn refuses(&self, order: &[String], reading: &Reading) -> Option<String> {
        let module = reading.module.first()?;
        let rank = |name: &str| order.iter().position(|m| m == name);
        match self {
            Self::Anywhere => None,
            Self::From(first) => (rank(module) < rank(first)).then(|| format!("belongs to `{first}` and below")),
            Self::FromAndIn(_, file) if reading.path == *file => None,
            Self::FromAndIn(first, _) => Self::From(first).refuses(order, reading),
            Self::In([]) => Some("is used nowhere".to_owned()),
            Self::In(homes) => {
                let at_home = homes.iter().any(|home| module == home || reading.path.starts_with(home));
                (!at_home).then(|| format!("belongs to {}", homes.join(", ")))
            }
        }
    }
}

/// A module uses only modules above it.
pub fn reading_order_is_kept(house: &House, found: &mut Vec<Violation>) {
    for reading in &house.production {
        let Some(own) = reading.module.first() else { continue };
        let Some(rank) = house.order.iter().position(|m| m == own) else { continue };
        for name in &reading.names {
            let Some(target) = reading.inside(&name.what).and_then(|path| path.into_iter().next()) else { continue };
            if house.order.iter().position(|m| *m == target).is_some_and(|other| other > rank) {
                let what = format!("`{own}` uses `{target}`, which stands below it in src/lib.rs");
                let to_do = "Move the shared word up to a module that both may use, or pass it in as a parameter.";
                found.push(Violation::at(&reading.path, name.line, what, to_do));
            }
        }
    }
}

/// An outside crate is used at its home only, and each has one.
pub fn crates_stay_at_home(house: &House, found: &mut Vec<Violation>) {
    let homes: BTreeMap<&str, &Home> = HOMES.iter().map(|(name, home)| (*name, home)).collect();
    let known: BTreeSet<String> = homes.keys().map(|name| (*name).to_owned()).collect();
    for missing in house.dependencies.difference(&known) {
        let what = format!("the crate `{missing}` has no home");
        found.push(Violation::in_file("Cargo.toml", what, "Add it to HOMES in tests/tidy/order.rs, or do without it."));
    }
    for gone in known.difference(&house.dependencies) {
        let what = format!("HOMES names the crate `{gone}`, which Cargo.toml doesn't");
        found.push(Violation::in_file("tests/tidy/order.rs", what, "Take the line out."));
    }
    for reading in &house.production {
        for name in &reading.names {
            let Some(used) = reading.outside(&name.what, &known) else { continue };
            if let Some(home) = homes.get(used).and_then(|home| home.refuses(&house.order, reading)) {
                let what = format!("the crate `{used}` is used here, but it {home}");
                let to_do = "Move this code there, or change HOMES in tests/tidy/order.rs and say why.";
                found.push(Violation::at(&reading.path, name.line, what, to_do));
            }
        }
    }
}

/// Every crate that we ship is used by what we ship.
pub fn no_crate_is_idle(house: &House, found: &mut Vec<Violation>) {
    let mut idle = house.dependencies.clone();
    for reading in &house.production {
        for name in &reading.names {
            if let Some(used) = reading.outside(&name.what, &house.dependencies) {
                idle.remove(used);
            }
        }
    }
    for name in idle {
        let what = format!("nothing uses the crate `{name}`");
        found.push(Violation::in_file("Cargo.toml", what, "Take it out; what only tests use is a dev-dependency."));
    }
}

/// Waiting, spawning and the outside world have homes too; thought has no async.
pub fn parts_stay_at_home(house: &House, found: &mut Vec<Violation>) {
    for reading in &house.production {
        for name in &reading.names {
            for (part, home, to_do) in PARTS {
                let begins = part.iter().zip(&name.what).all(|(a, b)| a == b) && name.what.len() >= part.len();
                if let Some(home) = begins.then(|| home.refuses(&house.order, reading)).flatten() {
                    let what = format!("`{}` is used here, but it {home}", part.join("::"));
                    found.push(Violation::at(&reading.path, name.line, what, &format!("Instead {to_do}.")));
                }
            }
        }
        if Home::From(HANDS).refuses(&house.order, reading).is_some() {
            for line in &reading.asyncs {
                let what = "async stands on a floor of words or thought".to_owned();
                let to_do = "Make the function pure and let a module below call it.";
                found.push(Violation::at(&reading.path, *line, what, to_do));
            }
        }
    }
}
