//! The proof that the public page is reached from outside: who runs the business opened it on their telephone, and said so.
//!
//! A file beside the database, because it is true or false without one. It names the URL: another one is proven anew.

use crate::{
    base::{
        Handle, Instant, PlanId,
        keys::Keyring,
        token::{Link, LinkPurpose},
    },
    config::Config,
    disk,
};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Serialize, Deserialize)]
struct Proof {
    url: String,
    at: Instant,
}

/// The link that proves it when it is opened, and its button pressed, far away.
#[must_use]
pub fn url(config: &Config, keys: &Keyring, now: Instant) -> String {
    let url = &config.web.public_url;
    // No customer's and no message's: the address alone is vouched for.
    let link = Link { customer: Handle([0; 16]), purpose: url.clone(), plan: PlanId(0), issued_at: now };
    format!("{url}/proof/{}", link.sign(keys, LinkPurpose::Proof))
}

/// Notes that the page was reached at an address.
///
/// # Errors
/// When the file can't be written.
pub fn note(config: &Config, url: &str, at: Instant) -> anyhow::Result<()> {
    let (path, url) = (path(&config.data), url.to_owned());
    let text = serde_json::to_string(&Proof { url, at })?;
    disk::replace(&path, text.as_bytes(), 0o644)
        .map(drop)
        .with_context(|| format!("{} can't be written", path.display()))
}

/// When the page was proven last, at its present address. A file that can't be read proves nothing.
#[must_use]
pub fn at(config: &Config) -> Option<Instant> {
    let proof: Proof = serde_json::from_str(&fs::read_to_string(path(&config.data)).ok()?).ok()?;
    (proof.url == config.web.public_url).then_some(proof.at)
}

fn path(data: &Path) -> PathBuf {
    data.join("public-page.json")
}
