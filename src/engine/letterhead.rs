//! The installation's letterhead: its sender, its links, and the key that signs.

use crate::{
    config::{Installation, Mode},
    deliver::{Letterhead, Links, Owner, Readers, Signer, Signing, Tls, dkim::read_key},
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
    Ok(with(installation, signing)?.read_by(readers(installation)))
}

/// Whoever gets what leaves: here, and nowhere else, the mode becomes a recipient.
fn readers(installation: &Installation) -> Readers {
    match installation.config.mode {
        Mode::Rehearsal => Readers::Owner(owner(installation)),
        Mode::Unsaid | Mode::Live => Readers::Customers,
    }
}

/// The person who runs the business, as a reader.
#[must_use]
pub fn owner(installation: &Installation) -> Owner {
    let business = &installation.policy.business;
    let address = installation.config.owner.mail.as_ref().unwrap_or(&business.reply_to);
    Owner::named(address.clone(), business.language.clone())
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
