//! How many DKIM signatures a second all cores make together: what signing alone would allow.

use crate::{
    base::Clock,
    clock::SystemClock,
    deliver::{Letter, Signer, dkim},
};
use anyhow::Context;
use std::{sync::Arc, thread};

/// Signatures of one measurement, on each core.
const SIGNATURES: usize = 1_000;

/// Signs what the lanes sent.
///
/// # Errors
/// When there is no key, or it doesn't sign.
pub fn rate(letters: &Arc<Vec<Letter>>) -> anyhow::Result<f64> {
    let signer = Arc::new(Signer::new(&dkim::new_key()?, "salon.example", "bench")?);
    let cores = thread::available_parallelism()?.get();
    let begun = SystemClock.boot();
    let signing: Vec<_> = (0..cores)
        .map(|_| {
            let (signer, letters) = (Arc::clone(&signer), Arc::clone(letters));
            thread::spawn(move || sign(&signer, &letters))
        })
        .collect();
    for core in signing {
        core.join().ok().context("a signing thread broke")??;
    }
    super::rate(SIGNATURES * cores, begun)
}

fn sign(signer: &Signer, letters: &[Letter]) -> anyhow::Result<()> {
    for letter in letters.iter().cycle().take(SIGNATURES) {
        signer.sign(&letter.bytes, &[])?;
    }
    Ok(())
}
