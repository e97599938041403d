//! The sample salon, inside the binary.
//!
//! Its files are those of the repository's own root, so that the demo can't differ from what the README shows, but for
//! `comity.toml`: ports and keys are the demo's own.

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

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

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
        for folder in ["templates/mail", "templates/partials", "workflows"] {
            below(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut there);
        }
        // What lies in a folder of its own is another sample.
        let samples = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")).unwrap();
        let files = samples.map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
        there.extend(files.map(|entry| format!("samples/{}", entry.file_name().to_str().unwrap())));
        let held: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(held, there);
    }
}
