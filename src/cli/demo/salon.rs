//! The sample salon, inside the binary: its files, and how they are laid out in a folder.
//!
//! They are the files of the repository's own root, so that the demo can't differ from what the README shows, but for
//! `comity.toml`: ports and keys are the demo's own.

use crate::{cli::schema::File, deliver::dkim};
use anyhow::Context;
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::Write,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

macro_rules! files {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path)))),+]
    };
}

/// Path and text of each file, as in the repository.
pub const FILES: &[(&str, &str)] = files![
    "policy.toml",
    "samples/appointments-changed.csv",
    "samples/appointments.csv",
    "samples/customers.csv",
    "templates/mail/address-change/body.html.hbs",
    "templates/mail/address-change/body.txt.hbs",
    "templates/mail/address-change/fr/body.html.hbs",
    "templates/mail/address-change/fr/body.txt.hbs",
    "templates/mail/address-change/fr/subject.hbs",
    "templates/mail/address-change/sample.json",
    "templates/mail/address-change/subject.hbs",
    "templates/mail/appointment-reminder/body.html.hbs",
    "templates/mail/appointment-reminder/body.txt.hbs",
    "templates/mail/appointment-reminder/fr/body.html.hbs",
    "templates/mail/appointment-reminder/fr/body.txt.hbs",
    "templates/mail/appointment-reminder/fr/subject.hbs",
    "templates/mail/appointment-reminder/sample.json",
    "templates/mail/appointment-reminder/subject.hbs",
    "templates/mail/appointment-thanks/body.html.hbs",
    "templates/mail/appointment-thanks/body.txt.hbs",
    "templates/mail/appointment-thanks/fr/body.html.hbs",
    "templates/mail/appointment-thanks/fr/body.txt.hbs",
    "templates/mail/appointment-thanks/fr/subject.hbs",
    "templates/mail/appointment-thanks/sample.json",
    "templates/mail/appointment-thanks/subject.hbs",
    "templates/mail/birthday/body.html.hbs",
    "templates/mail/birthday/body.txt.hbs",
    "templates/mail/birthday/fr/body.html.hbs",
    "templates/mail/birthday/fr/body.txt.hbs",
    "templates/mail/birthday/fr/subject.hbs",
    "templates/mail/birthday/sample.json",
    "templates/mail/birthday/subject.hbs",
    "templates/mail/confirm-sign-up/body.html.hbs",
    "templates/mail/confirm-sign-up/body.txt.hbs",
    "templates/mail/confirm-sign-up/fr/body.html.hbs",
    "templates/mail/confirm-sign-up/fr/body.txt.hbs",
    "templates/mail/confirm-sign-up/fr/subject.hbs",
    "templates/mail/confirm-sign-up/sample.json",
    "templates/mail/confirm-sign-up/subject.hbs",
    "templates/mail/consent-renewal/body.html.hbs",
    "templates/mail/consent-renewal/body.txt.hbs",
    "templates/mail/consent-renewal/fr/body.html.hbs",
    "templates/mail/consent-renewal/fr/body.txt.hbs",
    "templates/mail/consent-renewal/fr/subject.hbs",
    "templates/mail/consent-renewal/sample.json",
    "templates/mail/consent-renewal/subject.hbs",
    "templates/mail/lead-nurturing-day/body.html.hbs",
    "templates/mail/lead-nurturing-day/body.txt.hbs",
    "templates/mail/lead-nurturing-day/fr/body.html.hbs",
    "templates/mail/lead-nurturing-day/fr/body.txt.hbs",
    "templates/mail/lead-nurturing-day/fr/subject.hbs",
    "templates/mail/lead-nurturing-day/sample.json",
    "templates/mail/lead-nurturing-day/subject.hbs",
    "templates/mail/lead-nurturing-trial/body.html.hbs",
    "templates/mail/lead-nurturing-trial/body.txt.hbs",
    "templates/mail/lead-nurturing-trial/fr/body.html.hbs",
    "templates/mail/lead-nurturing-trial/fr/body.txt.hbs",
    "templates/mail/lead-nurturing-trial/fr/subject.hbs",
    "templates/mail/lead-nurturing-trial/sample.json",
    "templates/mail/lead-nurturing-trial/subject.hbs",
    "templates/mail/lead-nurturing/body.html.hbs",
    "templates/mail/lead-nurturing/body.txt.hbs",
    "templates/mail/lead-nurturing/fr/body.html.hbs",
    "templates/mail/lead-nurturing/fr/body.txt.hbs",
    "templates/mail/lead-nurturing/fr/subject.hbs",
    "templates/mail/lead-nurturing/sample.json",
    "templates/mail/lead-nurturing/subject.hbs",
    "templates/mail/notice-change/body.html.hbs",
    "templates/mail/notice-change/body.txt.hbs",
    "templates/mail/notice-change/fr/body.html.hbs",
    "templates/mail/notice-change/fr/body.txt.hbs",
    "templates/mail/notice-change/fr/subject.hbs",
    "templates/mail/notice-change/sample.json",
    "templates/mail/notice-change/subject.hbs",
    "templates/mail/own-data/body.html.hbs",
    "templates/mail/own-data/body.txt.hbs",
    "templates/mail/own-data/fr/body.html.hbs",
    "templates/mail/own-data/fr/body.txt.hbs",
    "templates/mail/own-data/fr/subject.hbs",
    "templates/mail/own-data/sample.json",
    "templates/mail/own-data/subject.hbs",
    "templates/mail/thank-you-after-purchase/body.html.hbs",
    "templates/mail/thank-you-after-purchase/body.txt.hbs",
    "templates/mail/thank-you-after-purchase/fr/body.html.hbs",
    "templates/mail/thank-you-after-purchase/fr/body.txt.hbs",
    "templates/mail/thank-you-after-purchase/fr/subject.hbs",
    "templates/mail/thank-you-after-purchase/sample.json",
    "templates/mail/thank-you-after-purchase/subject.hbs",
    "templates/mail/visit-tips/body.html.hbs",
    "templates/mail/visit-tips/body.txt.hbs",
    "templates/mail/visit-tips/fr/body.html.hbs",
    "templates/mail/visit-tips/fr/body.txt.hbs",
    "templates/mail/visit-tips/fr/subject.hbs",
    "templates/mail/visit-tips/sample.json",
    "templates/mail/visit-tips/subject.hbs",
    "templates/mail/welcome/body.html.hbs",
    "templates/mail/welcome/body.txt.hbs",
    "templates/mail/welcome/fr/body.html.hbs",
    "templates/mail/welcome/fr/body.txt.hbs",
    "templates/mail/welcome/fr/subject.hbs",
    "templates/mail/welcome/sample.json",
    "templates/mail/welcome/subject.hbs",
    "templates/mail/win-back/body.html.hbs",
    "templates/mail/win-back/body.txt.hbs",
    "templates/mail/win-back/fr/body.html.hbs",
    "templates/mail/win-back/fr/body.txt.hbs",
    "templates/mail/win-back/fr/subject.hbs",
    "templates/mail/win-back/sample.json",
    "templates/mail/win-back/subject.hbs",
    "templates/partials/footer-text.hbs",
    "templates/partials/footer.hbs",
    "templates/partials/fr/footer-text.hbs",
    "templates/partials/fr/footer.hbs",
    "templates/partials/letter.hbs",
    "templates/partials/masthead.hbs",
    "workflows/address-change.toml",
    "workflows/appointment-reminder.toml",
    "workflows/appointment-thanks.toml",
    "workflows/birthday.toml",
    "workflows/confirm-sign-up.toml",
    "workflows/consent-renewal.toml",
    "workflows/lead-nurturing.toml",
    "workflows/notice-change.toml",
    "workflows/own-data.toml",
    "workflows/thank-you-after-purchase.toml",
    "workflows/visit-tips.toml",
    "workflows/welcome.toml",
    "workflows/win-back.toml",
];

/// A folder of the demo's own, gone when the demo is.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one among the system's temporary files, for this user alone.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new() -> anyhow::Result<Self> {
        let mut name = [0; 4];
        getrandom::fill(&mut name).context("the system gives no random bytes")?;
        let path = std::env::temp_dir().join(format!("comity-demo-{:08x}", u32::from_be_bytes(name)));
        DirBuilder::new().mode(0o700).create(&path).with_context(|| format!("{} can't be made", path.display()))?;
        Ok(Self(path))
    }

    /// Where.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed now, the system removes with its other temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Lays the salon out: its files, a configuration for these addresses, and a DKIM key of its own.
///
/// # Errors
/// When a file can't be written.
pub fn lay_out(root: &Path, catcher: SocketAddr, page: SocketAddr) -> anyhow::Result<()> {
    for (path, text) in FILES {
        write(&root.join(path), text, 0o644)?;
    }
    for file in File::ALL {
        write(&root.join(file.path()), &file.schema(), 0o644)?;
    }
    write(&root.join("comity.toml"), &configuration(catcher, page), 0o644)?;
    write(&root.join("data/keys/dkim.pem"), &dkim::new_key()?, 0o600)
}

fn configuration(catcher: SocketAddr, page: SocketAddr) -> String {
    format!(
        "# Made by `comity demo`: its mail server delivers nothing, its links lead to this machine.\n\
         [data]\ndirectory = \"data\"\n\n\
         [mail]\nfrom = \"reminders@salon.example\"\n\n\
         [mail.dkim]\ndomain = \"salon.example\"\nselector = \"demo\"\n\n\
         [smtp]\nhost = \"{}\"\nport = {}\ntls = \"none-on-loopback\"\nlanes = 4\n\n\
         [web]\nlisten = \"{page}\"\npublic_url = \"http://{page}\"\n\n\
         [log]\nformat = \"text\"\nlevel = \"error\"\n",
        catcher.ip(),
        catcher.port(),
    )
}

fn write(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let shown = || format!("{} can't be written", path.display());
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(shown)?;
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(path).with_context(shown)?;
    file.write_all(text.as_bytes()).with_context(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn below(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, found);
            } else {
                let relative = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
                found.insert(relative.to_str().unwrap().to_owned());
            }
        }
    }

    #[test]
    fn the_binary_holds_every_file_of_the_sample_salon() {
        let mut there = BTreeSet::from(["policy.toml".to_owned()]);
        for folder in ["samples", "templates/mail", "templates/partials", "workflows"] {
            below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut there);
        }
        let held: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(held, there);
    }
}
