//! The installation's letterhead: its sender, its links, and the key that signs.

use crate::{
    config::Installation,
    deliver::{Letterhead, Links, Signer, Signing, Tls, dkim::read_key},
};
use anyhow::Context;
use std::sync::Arc;

/// As the installation says.
///
/// # Errors
/// When the DKIM key is missing, readable by others, or no key; or the sender can't stand in a header.
pub fn of(installation: &Installation) -> anyhow::Result<Letterhead> {
    let signing = match &installation.config.mail.dkim {
        None => Signing::Unsigned,
        Some(dkim) => {
            let pem = read_key(&dkim.key_file)?;
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
