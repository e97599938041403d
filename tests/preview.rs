//! The sample installation's messages, as they look, and the commands that show them.

use crate::support::letters::{letterhead, now};
use comity::{
    config,
    deliver::{Links, Signer, Signing, dkim::read_key},
    people::Language,
    render::{Draft, Occasion, preview},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn drafted(workflow: &str, language: &str, occasion: Occasion) -> Draft {
    let sample = config::load_with(root(), []).unwrap();
    let language = Language::parse(language).unwrap();
    preview(
        &sample.policy,
        &sample.workflows[workflow],
        &sample.templates,
        &language,
        occasion,
        "https://salon.example",
    )
    .unwrap()
}

/// Headers, text and calendar entry, as a reader gets them; the HTML is looked at in a browser.
fn shown(draft: &Draft) -> String {
    let letter = letterhead(Links::Https, Signing::Unsigned).compose(draft, now()).unwrap();
    let bytes = String::from_utf8(letter.bytes).unwrap();
    let (headers, _) = bytes.split_once("\r\n\r\n").unwrap();
    let calendar = draft.calendar.as_deref().unwrap_or_default();
    format!("{headers}\n\n{}\n\n{calendar}", draft.text.trim_end()).replace("\r\n", "\n")
}

#[test]
fn the_samples_reminder_reads_well_in_english() {
    insta::assert_snapshot!(shown(&drafted("appointment-reminder", "en", Occasion::First)));
}

#[test]
fn the_samples_reminder_reads_well_in_french() {
    insta::assert_snapshot!(shown(&drafted("appointment-reminder", "fr", Occasion::First)));
}

#[test]
fn every_sample_fills_its_template_in_every_language_and_on_every_occasion() {
    let sample = config::load_with(root(), []).unwrap();
    let mut filled = 0;
    for (name, workflow) in &sample.workflows {
        let set = sample.templates.set(&workflow.template).unwrap();
        for language in std::iter::once(&set.own.language).chain(set.translations.keys()) {
            let ahead = workflow.trigger.is_ahead();
            let steps = workflow.steps.iter().map(|rule| Occasion::Step(&rule.name));
            for occasion in steps.chain(ahead.then_some(Occasion::Move)) {
                let draft = drafted(name, language.tag(), occasion);
                assert_eq!(&draft.language, language);
                assert_eq!(draft.calendar.is_some(), ahead, "{name}: what is still to come has a calendar entry");
                let (html, text) = ("<a href=\"https://salon.example/privacy\">", ": https://salon.example/privacy\n");
                assert!(draft.html.contains(html) && draft.text.contains(text), "{name} leads to the privacy notice");
                filled += 1;
            }
        }
    }
    assert!(filled >= 20, "{filled}");
}

fn comity(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_comity"))
        .args(arguments)
        .env("COMITY_DIR", root())
        .env("COMITY_DATA__DIRECTORY", data)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_preview_goes_to_the_terminal_or_into_a_file_for_the_browser() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = comity(folder.path(), &["preview", "appointment-reminder", "--language", "fr", "--moved"]);
    assert!(terminal.status.success(), "{}", said(&terminal));
    let text = said(&terminal);
    assert!(text.contains("\nSubject: Nouvel horaire de votre rendez-vous : mardi 30 mars 2027 à 10:00\n"), "{text}");
    assert!(text.contains("lundi 29 mars 2027 à 10:00"), "{text}");

    let page = folder.path().join("page.html");
    let browser = comity(folder.path(), &["preview", "appointment-reminder", "--html", page.to_str().unwrap()]);
    assert!(said(&browser).starts_with("file://"), "{}", said(&browser));
    assert!(fs::read_to_string(page).unwrap().contains("Tuesday, 30 March 2027"));

    let unknown = comity(folder.path(), &["preview", "appointment-reminders"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(said(&unknown).contains("did you mean `appointment-reminder`?"), "{}", said(&unknown));
}

#[test]
fn a_new_key_is_kept_from_others_and_from_being_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys/dkim.pem");
    let none = comity(folder.path(), &["dkim", "show"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(said(&none).contains("`comity dkim new` makes a key"), "{}", said(&none));

    let new = comity(folder.path(), &["dkim", "new"]);
    assert!(new.status.success(), "{}", said(&new));
    assert!(said(&new).contains("comity._domainkey.salon.example. IN TXT ( \"v=DKIM1; k=rsa; p="), "{}", said(&new));
    assert!(said(&new).contains("[mail.dkim]\ndomain = \"salon.example\"\nselector = \"comity\""), "{}", said(&new));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    Signer::new(&read_key(&file).unwrap(), "salon.example", "comity").unwrap();

    let show = comity(folder.path(), &["dkim", "show", "--json"]);
    let record: serde_json::Value = serde_json::from_slice(&show.stdout).unwrap();
    let whole = said(&new).replace("\" \"", "");
    assert!(whole.contains(record["text"].as_str().unwrap()), "{record} is not what was printed first");

    let key = fs::read(&file).unwrap();
    let again = comity(folder.path(), &["dkim", "new"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(said(&again).contains("there is a key already"), "{}", said(&again));
    assert_eq!(fs::read(&file).unwrap(), key);

    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let open = comity(folder.path(), &["dkim", "show"]);
    assert!(said(&open).contains("others can read this private key"), "{}", said(&open));
}
