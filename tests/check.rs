//! `comity check`: every mistake in the files that people write is found at once, and reads well.
//!
//! Each folder of `tests/broken` lies over the sample installation at the root of the repository: its files replace the
//! sample's, and `<file>.absent` takes one away.

use crate::support::process::COMITY;
use chrono::NaiveDate;
use comity::{
    cli,
    config::{self, Installation, LoadError},
    document::report::{self, Canvas},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

const SAMPLE: [&str; 5] = ["comity.toml", "policy.toml", "workflows", "templates/mail", "templates/partials"];

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Lays a file or a folder over another.
pub fn lay(from: &Path, over: &Path) {
    if from.is_dir() {
        fs::create_dir_all(over).expect("a folder");
        for entry in fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            lay(&entry.path(), &over.join(entry.file_name()));
        }
    } else if let Some(absent) = over.to_str().and_then(|over| over.strip_suffix(".absent")) {
        fs::remove_file(absent).expect("the sample has the file that is to be absent");
    } else {
        fs::create_dir_all(over.parent().expect("a parent")).expect("a folder");
        fs::copy(from, over).expect("a copy");
    }
}

/// Takes away all workflows and templates but those that the broken files are written over: the others would only echo
/// them.
fn keep_two(folder: &Path) {
    for entry in
        ["workflows", "templates/mail"].iter().flat_map(|part| fs::read_dir(folder.join(part)).expect("a folder"))
    {
        let path = entry.expect("an entry").path();
        match path.file_stem().and_then(|name| name.to_str()) {
            Some("appointment-reminder" | "visit-tips") => {}
            _ if path.is_dir() => fs::remove_dir_all(path).expect("a folder"),
            _ => fs::remove_file(path).expect("a file"),
        }
    }
}

/// The sample installation with a broken one over it.
fn installation(broken: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for part in SAMPLE {
        lay(&repository().join(part), &folder.path().join(part));
    }
    if let Some(broken) = broken {
        keep_two(folder.path());
        lay(&repository().join("tests/broken").join(broken), folder.path());
    }
    // As a checkout leaves it, whoever checked out.
    fs::set_permissions(folder.path().join("comity.toml"), fs::Permissions::from_mode(0o644)).expect("a mode");
    folder
}

fn no_variables() -> Vec<(String, String)> {
    Vec::new()
}

/// All findings, as `comity check` draws them.
fn findings(folder: &Path, variables: Vec<(String, String)>) -> String {
    match config::load_with(folder, variables) {
        Err(LoadError::Findings(findings)) => {
            report::draw(&findings, Canvas::Plain).replace(&folder.display().to_string(), "<folder>")
        }
        other => panic!("no findings: {other:?}"),
    }
}

#[test]
fn the_sample_installation_has_no_mistakes() {
    let installation = config::load_with(&repository(), no_variables()).unwrap_or_else(|error| match error {
        LoadError::Findings(findings) => panic!("{}", report::draw(&findings, Canvas::Plain)),
        other => panic!("{other}"),
    });
    let revision = &installation.revision;
    insta::assert_snapshot!(
        cli::check::summary(&installation, NaiveDate::from_ymd_opt(2027, 3, 29).unwrap())
            .replace(revision.as_str(), "<revision>")
    );
}

macro_rules! broken {
    ($($test:ident = $name:literal)*) => {$(
        #[test]
        fn $test() {
            insta::assert_snapshot!($name, findings(installation(Some($name)).path(), no_variables()));
        }
    )*};
}

broken! {
    unknown_keys_come_with_the_ones_that_were_meant = "unknown-keys"
    wrong_types_come_with_the_right_ones = "wrong-types"
    what_is_not_toml_is_found_with_its_line = "not-toml"
    bad_lengths_of_time_come_with_good_ones = "bad-durations"
    undeclared_purposes_records_and_fields_are_found = "undeclared"
    bad_conditions_are_found_word_by_word = "bad-conditions"
    missing_and_stray_templates_are_found = "missing-templates"
    bad_handlebars_is_found_with_line_and_column = "bad-handlebars"
    partials_that_include_each_other_never_run = "partial-cycle"
    a_template_that_reads_what_it_may_not_does_not_load = "undeclared-reads"
    what_is_not_supported_yet_says_so = "not-yet"
    digests_of_what_may_not_be_merged_are_found = "bad-digests"
    bad_calendars_are_found_with_their_remedies = "bad-calendars"
    requests_that_no_message_may_answer_are_found_with_their_remedies = "bad-requests"
    recommendations_that_rest_on_nothing_are_found_with_their_remedies = "bad-recommendations"
    answers_that_nobody_can_give_are_found_with_their_remedies = "bad-answers"
    an_owner_who_cannot_be_told_is_found_with_the_remedy = "bad-owner"
    an_owner_who_would_hear_of_answers_by_no_mail_is_found = "silent-owner"
    what_is_dishonest_is_found_with_what_to_write_instead = "dishonest"
    a_look_that_cannot_be_read_is_found_with_what_can = "pale"
    mistakes_in_all_files_are_found_at_once = "everywhere"
}

#[test]
fn a_secret_that_everybody_can_read_is_refused() {
    let folder = installation(Some("open-secret"));
    let secret = folder.path().join("smtp-password");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).expect("a mode");
    let found = findings(folder.path(), no_variables());
    assert!(!found.contains("horse"), "{found}");
    insta::assert_snapshot!("open-secret", found);

    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).expect("a mode");
    assert!(!findings(folder.path(), no_variables()).contains("everybody"));
}

#[test]
fn a_password_in_the_file_is_refused_where_others_can_read_it_and_never_shown() {
    let folder = installation(Some("written-secret"));
    fs::set_permissions(folder.path().join("comity.toml"), fs::Permissions::from_mode(0o644)).expect("a mode");
    let found = findings(folder.path(), no_variables());
    assert!(!found.contains("horse"), "{found}");
    insta::assert_snapshot!("written-secret", found);
}

#[test]
fn the_environment_overrides_the_file_key_by_key() {
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let folder = installation(None);
    let variables = vec![
        set("COMITY_SMTP__HOST", "smtp.example.net"),
        set("COMITY_SMTP__TLS", "implicit"),
        // Mail that leaves this machine needs links that lead back to it.
        set("COMITY_WEB__PUBLIC_URL", "https://stop.salon.example"),
        set("COMITY_SMTP__PORT", "4650"),
        set("COMITY_SMTP__USERNAME", "salon"),
        set("COMITY_SMTP__PASSWORD", "12345"),
        set("COMITY_MAIL__DKIM__DOMAIN", "salon.example"),
        set("COMITY_MAIL__DKIM__SELECTOR", "s2027"),
        set("COMITY_DIR", "/elsewhere"),
        set("HOME", "/root"),
    ];
    let config = config::load_with(folder.path(), variables).expect("no mistakes").config;
    assert_eq!((config.smtp.host.as_str(), config.smtp.port), ("smtp.example.net", 4650));
    // A password of digits stays a text.
    assert_eq!(config.smtp.login.expect("a login").password.as_str(), "12345");
    let dkim = config.mail.dkim.expect("a signature");
    assert_eq!((dkim.domain.as_str(), dkim.selector.as_str()), ("salon.example", "s2027"));
    assert_eq!(dkim.key_file, folder.path().join("data/keys/dkim.pem"));
    assert_eq!(config.mail.from.domain(), "salon.example");
}

#[test]
fn a_mistake_in_the_environment_is_found_by_name_without_its_value() {
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let variables = vec![
        set("COMITY_SMTP__PROT", "587"),
        set("COMITY_SMTP__PORT", "secret-1"),
        set("COMITY_SMTP__PASSWORD", "secret-2"),
        set("COMITY_WEB__PUBLIC_URL", "ftp://x"),
    ];
    let found = findings(installation(None).path(), variables);
    assert!(!found.contains("secret"), "{found}");
    insta::assert_snapshot!("environment", found);
}

#[test]
fn an_installation_is_read_as_a_whole_and_its_revision_follows_every_file() {
    let folder = installation(None);
    let load = || config::load_with(folder.path(), no_variables()).expect("no mistakes");
    let before = load();
    assert_eq!(before.revision, load().revision);

    let partial = folder.path().join("templates/partials/footer.hbs");
    let text = fs::read_to_string(&partial).expect("a partial");
    fs::write(&partial, text.replace("no questions", "no question")).expect("written");
    let after = load();
    assert_ne!(before.revision, after.revision);
    assert_ne!(before.workflows["visit-tips"].revision, after.workflows["visit-tips"].revision);
}

#[test]
fn the_data_directory_is_told_by_a_file_in_another_encoding() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(config::data(folder.path()), folder.path().join("data"), "no file");
    fs::write(folder.path().join("comity.toml"), b"# f\xfcr uns\n[data]\ndirectory = \"house\"\n").expect("written");
    assert!(matches!(config::load(folder.path()), Err(LoadError::Io { .. })));
    assert_eq!(config::data(folder.path()), folder.path().join("house"));
}

#[test]
fn a_folder_without_an_installation_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = config::load_with(folder.path(), no_variables()).expect_err("nothing there");
    assert!(error.to_string().contains("is not an installation: it has no comity.toml"), "{error}");
}

#[test]
fn scripts_read_a_finding_as_one_json_object() {
    let folder = installation(Some("everywhere"));
    let Err(LoadError::Findings(findings)) = config::load_with(folder.path(), no_variables()) else {
        panic!("no findings");
    };
    let lines: Vec<_> = findings.0.iter().map(report::line).collect();
    insta::assert_json_snapshot!("everywhere-json", lines);
}

#[test]
fn the_command_ends_with_a_code_for_scripts() {
    let check = |folder: &Path| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_comity"));
        command.env_clear().arg("check").arg(folder).output().expect("it runs")
    };
    let good = check(&repository());
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
    assert!(String::from_utf8_lossy(&good.stdout).starts_with("Salon Lumière: no mistakes found."));

    let folder = installation(Some("everywhere"));
    let bad = check(folder.path());
    assert_eq!(bad.status.code(), Some(1));
    let drawn = String::from_utf8_lossy(&bad.stdout).into_owned();
    assert!(drawn.ends_with(&format!("9 mistakes in {}.\n", folder.path().display())), "{drawn}");

    let nothing = tempfile::tempdir().expect("a folder");
    let missing = check(nothing.path());
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("it has no comity.toml"));
}

#[test]
fn every_command_that_meets_mistakes_draws_them_as_check_does() {
    let folder = installation(Some("everywhere"));
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_comity"));
        command.env_clear().arg("--dir").arg(folder.path()).args(arguments).output().expect("it runs")
    };
    let drawn = String::from_utf8(run(&["check"]).stdout).expect("UTF-8");
    let (drawn, _) = drawn.rsplit_once("9 mistakes").expect("a count at the end");
    assert!(drawn.lines().count() > 20, "{drawn}");
    let stretch = ["rehearse", "--from", "2027-03-08T00:00", "--to", "2027-03-09T00:00"];
    for arguments in [&stretch[..], &["serve"], &["import", "customers", "samples/customers.csv", "--yes"], &["status"]]
    {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        let said = String::from_utf8(refused.stderr).expect("UTF-8");
        assert_eq!(said, format!("{drawn}comity: 9 mistakes in the installation's files\n"), "{arguments:?}");
    }
    assert!(!folder.path().join("data").exists(), "a broken installation has no data made for it");
}

#[test]
fn the_data_flow_is_a_table_and_a_picture_of_it() {
    let folder = installation(None);
    // A field that nothing reads.
    let policy = folder.path().join("policy.toml");
    let text = fs::read_to_string(&policy).expect("a policy");
    let field = "[customer.fields]\nshoe_size = { type = \"integer\", purposes = [\"*\"] }";
    fs::write(&policy, text.replace("[customer.fields]", field)).expect("a policy");
    let picture = folder.path().join("flow.svg");
    let command = ["check", "--data-flow", "--picture", picture.to_str().expect("UTF-8")];
    let output = Command::new(COMITY).arg("--dir").arg(folder.path()).args(command).output().expect("it runs");
    insta::assert_snapshot!("data-flow", String::from_utf8(output.stdout).expect("UTF-8"));

    let drawn = fs::read_to_string(&picture).expect("a picture");
    let lines = drawn.matches("<path").count();
    let Installation { flows, workflows, .. } = config::load_with(folder.path(), no_variables()).expect("no mistakes");
    assert_eq!(lines, flows.len() + workflows.len(), "a line for each flow, and one from each message to its purpose");
    assert!(flows.iter().all(|flow| drawn.contains(&flow.field)) && drawn.contains("customer.shoe_size"), "{drawn}");
}

#[test]
fn that_a_record_is_there_is_a_flow_where_a_message_waits_for_it_or_ends_with_it() {
    let folder = installation(None);
    let path = folder.path().join("workflows/thank-you-after-purchase.toml");
    let text = fs::read_to_string(&path).expect("a workflow");
    let created =
        text.replace("after = { field = \"bought_at\", by = [\"2d at 10:00\"] }", "on = \"created\"\nby = [\"2d\"]");
    assert_ne!(created, text);
    fs::write(&path, created + "exit_when = \"customer.first_name == 'Anna'\"\nexit_on = [\"appointment\"]\n")
        .expect("a workflow");
    let installation = config::load_with(folder.path(), no_variables()).expect("no mistakes");
    let places = |field: &str| {
        let mut flows = installation.flows.iter();
        let flow = flows.find(|flow| flow.workflow == "thank-you-after-purchase" && flow.field == field).expect(field);
        flow.places.iter().map(|place| place.name()).collect::<Vec<_>>()
    };
    assert_eq!((places("purchase"), places("appointment")), (vec!["trigger"], vec!["condition"]));
    let said = cli::check::summary(&installation, NaiveDate::from_ymd_opt(2027, 3, 29).unwrap());
    let until = ": 2d after a new purchase, only if purchase.status == 'paid', until customer.first_name == 'Anna' or a new appointment";
    assert!(said.contains(until), "{said}");
}
