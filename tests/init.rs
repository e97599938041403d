//! `comity init`: what a new owner answers becomes an installation without a mistake, which reaches nobody but them.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output, Stdio},
};

const ANSWERS: [&str; 10] = [
    "Salon \"Chez Zoé\"",
    "3 rue du Port, 13002 Marseille, France",
    "Europe/Paris",
    "fr",
    "zoe@chez-zoe.example",
    "infomaniak",
    "",
    "correct horse battery staple",
    "",
    "none",
];

/// All but the reminders.
const DRAFTS: [&str; 9] = [
    "appointment-thanks",
    "birthday",
    "consent-renewal",
    "lead-nurturing",
    "notice-change",
    "thank-you-after-purchase",
    "visit-tips",
    "welcome",
    "win-back",
];

fn init(folder: &Path, options: &[&str], typed: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
    command.arg("init").arg(folder).args(options).env("LANG", "C").env_remove("TZ");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all((typed.join("\n") + "\n").as_bytes());
    child.wait_with_output().unwrap()
}

fn check(folder: &Path) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_comity")).args(["check", "--json"]).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn eight_answers_make_an_installation_that_rehearses() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("salon");
    let output = init(&folder, &[], &ANSWERS);
    assert!(output.status.success(), "{}", said(&output));
    let summary = check(&folder);
    assert_eq!((&summary["mode"], &summary["need_approval"]), (&"rehearsal".into(), &serde_json::json!(DRAFTS)));
    assert_eq!(summary["business"], "Salon \"Chez Zoé\"");
    let settings = fs::read_to_string(folder.join("comity.toml")).unwrap();
    for line in [
        "host = \"mail.infomaniak.com\"",
        "tls = \"implicit\"",
        "username = \"zoe@chez-zoe.example\"",
        "public_url = \"https://mail.chez-zoe.example\"",
    ] {
        assert!(settings.contains(line), "{line}\n{settings}");
    }
    // The secret is where only the owner reads it, and nowhere else.
    assert_eq!(fs::read_to_string(folder.join("smtp-password")).unwrap(), "correct horse battery staple");
    assert_eq!((mode(&folder.join("smtp-password")), mode(&folder.join("comity.toml"))), (0o600, 0o600));
    assert!(!settings.contains("battery") && !said(&output).contains("battery"));
}

#[test]
fn a_french_business_writes_french_where_it_knows_no_better() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("salon");
    assert!(init(&folder, &[], &ANSWERS).status.success());
    let preview = |language: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
        command.arg("-C").arg(&folder).args(["preview", "appointment-reminder"]).args(language);
        said(&command.output().unwrap())
    };
    let (own, english) = (preview(&[]), preview(&["--language", "en"]));
    assert!(own.contains("Content-Language: fr") || own.contains("Ne plus recevoir"), "{own}");
    assert!(english.contains("Stop these messages"), "{english}");
    let policy = fs::read_to_string(folder.join("policy.toml")).unwrap();
    let (before, after) = policy.split_once("[purposes.appointment-reminders.translations.en]").unwrap();
    assert!(before.contains("title = \"Rappels de rendez-vous\""), "{policy}");
    assert!(after.contains("title = \"Appointment reminders\""), "{policy}");
    let titles =
        "title = \"votre prénom\", translations = { en.title = \"your first name\", de.title = \"Ihr Vorname\" } }\n";
    assert!(policy.contains(titles) && !policy.contains("fr.title"), "{policy}");
    let record =
        "[records.appointment]\ntitle = \"visite\"\n[records.appointment.translations.en]\ntitle = \"visit\"\n";
    assert!(policy.contains(record) && !policy.contains("translations.fr]"), "{policy}");
}

#[test]
fn a_shop_begins_with_recommendations_as_drafts_in_its_own_language() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("shop");
    let (_calendar, seven) = ANSWERS.split_last().unwrap();
    let output = init(&folder, &["--shop"], seven);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("7/7") && said(&output).contains("import orders"), "{}", said(&output));
    let summary = check(&folder);
    let drafts = ["recommendations", "replenish", "thank-you-after-purchase", "win-back"];
    assert_eq!((&summary["mode"], &summary["need_approval"]), (&"rehearsal".into(), &serde_json::json!(drafts)));
    let policy = fs::read_to_string(folder.join("policy.toml")).unwrap();
    assert!(policy.contains("own_brands = [\"Salon \\\"Chez Zoé\\\"\"]"), "{policy}");
    assert!(!policy.contains("fr.title") && !policy.contains("translations.fr]"), "{policy}");
    assert!(policy.contains("[recommendations.values.local]\ntitle = \"fabriqué près de chez nous\""), "{policy}");
    assert!(!policy.contains("Verveine"), "{policy}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
    let preview = command.arg("-C").arg(&folder).args(["preview", "recommendations"]).output().unwrap();
    assert!(said(&preview).contains("Ne plus recevoir"), "{}", said(&preview));
    // Nobody's customers come along.
    assert!(!folder.join("customers.csv").exists());
}

#[test]
fn a_wrong_answer_is_asked_again_with_a_reason() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("salon");
    let urls = ["http://localhost:8780", "https://192.168.1.20", "https://stop.chez-zoe.example"];
    let typed = [&ANSWERS[..2], &["Europe/Pariss"], &ANSWERS[2..8], &urls, &["none"]].concat();
    let output = init(&folder, &[], &typed);
    let said = said(&output);
    for why in ["did you mean `Europe/Paris`?", "over https only", "no customer's telephone can reach `192.168.1.20`"] {
        assert!(said.contains(why), "{why}\n{said}");
    }
    assert!(output.status.success());
    let settings = fs::read_to_string(folder.join("comity.toml")).unwrap();
    assert!(settings.contains("https://stop.chez-zoe.example"), "{settings}");
}

#[test]
fn nothing_is_asked_where_options_answer() {
    let place = tempfile::tempdir().unwrap();
    let (folder, secret) = (place.path().join("salon"), place.path().join("secret"));
    fs::write(&secret, "s3cret\n").unwrap();
    let options =
        ["--name", "Zoé", "--address", "3 rue du Port, Marseille", "--zone", "Europe/Paris", "--yes", "--dkim"];
    let more = ["--reply-to", "zoe@chez-zoe.example", "--smtp", "smtp.chez-zoe.example:465", "--password-file"];
    let options = [&options[..], &more[..], &[secret.to_str().unwrap()]].concat();
    let output = init(&folder, &options, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("comity._domainkey.chez-zoe.example"), "{}", said(&output));
    check(&folder);
    assert_eq!(mode(&folder.join("data/keys/dkim.pem")), 0o600);
    // Live needs what nobody has proven yet.
    let live = Command::new(env!("CARGO_BIN_EXE_comity")).arg("-C").arg(&folder).arg("go-live").output().unwrap();
    assert_eq!(live.status.code(), Some(1));
    assert!(said(&live).contains("nobody has opened https://mail.chez-zoe.example"), "{}", said(&live));

    let again = init(&folder, &options, &[]);
    assert!(!again.status.success() && said(&again).contains("holds something already"), "{}", said(&again));
}

#[test]
fn nothing_is_written_before_the_last_answer() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("salon");
    for count in [0, 1, 5, 8] {
        let output = init(&folder, &[], &ANSWERS[..count]);
        assert!(!output.status.success(), "{count}: {}", said(&output));
        assert!(!folder.exists(), "{count}");
    }
}
