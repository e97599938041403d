//! The installation's letterhead: its sender, its links, and the key that signs.

use crate::{
    config::Installation,
    deliver::{Letterhead, Links, Signer, Signing, Tls},
};
use anyhow::{Context, bail};
use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

/// As the installation says.
///
/// # Errors
/// When the DKIM key is missing, readable by others, or no key; or the sender can't stand in a header.
pub fn of(installation: &Installation) -> anyhow::Result<Letterhead> {
    let signing = match &installation.config.mail.dkim {
        None => Signing::Unsigned,
        Some(dkim) => {
            let pem = private_key(&dkim.key_file)?;
            let signer = Signer::new(&pem, &dkim.domain, &dkim.selector);
            Signing::Signed(Arc::new(signer.with_context(|| dkim.key_file.display().to_string())?))
        }
    };
    with(installation, signing)
}

/// For paper: nothing leaves, so nothing is signed and no key is needed.
///
/// # Errors
/// When the sender can't stand in a header.
pub fn on_paper(installation: &Installation) -> anyhow::Result<Letterhead> {
    with(installation, Signing::Unsigned)
}

fn with(installation: &Installation, signing: Signing) -> anyhow::Result<Letterhead> {
    let (mail, business) = (&installation.config.mail, &installation.policy.business);
    let name = mail.from_name.as_deref().unwrap_or(&business.name);
    // Where no mail leaves this machine, neither do its links.
    let links = match installation.config.smtp.tls {
        Tls::NoneOnLoopback => Links::Loopback,
        Tls::RequiredStarttls | Tls::Implicit => Links::Https,
    };
    Ok(Letterhead::new(&mail.from, name, &business.reply_to, links, signing)?)
}

fn private_key(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let missing = || format!("the DKIM key {shown} can't be read; `comity dkim new` makes one");
    let mode = fs::metadata(path).with_context(missing)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("the DKIM key {shown} can be read by others; run: chmod 600 {shown}");
    }
    fs::read_to_string(path).with_context(missing)
}
