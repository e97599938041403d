//! The schemas that editors complete by: the repository's are what the command prints, every key of them is one that the
//! readers take, and another program holds the files against them.

use crate::support::{real::Premises, verifier};
use comity::{
    base::Source,
    cli::schema::{File, page},
    config,
    document::{Form, form::Kind},
    policy, workflow,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn toml_files(folder: &str) -> Vec<String> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    paths.sort();
    paths.iter().map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()).collect()
}

/// Files that load, with all keys between them.
fn accepted() -> Vec<(File, String)> {
    let one = |file, path: &str| (file, read(path));
    let mut files = vec![
        one(File::Policy, "policy.toml"),
        one(File::Policy, "tests/schema/policy.toml"),
        one(File::Comity, "comity.toml"),
        one(File::Comity, "deploy/comity.toml"),
    ];
    files.extend(toml_files("workflows").iter().map(|path| one(File::Workflow, path)));
    files.extend(toml_files("tests/schema/workflows").iter().map(|path| one(File::Workflow, path)));
    files.extend(toml_files("tests/schema/settings").iter().map(|path| one(File::Comity, path)));
    files
}

/// What the reader finds in a file. Each file of `tests/schema` is read against the policy beside it.
fn findings(file: File, text: &str) -> Option<String> {
    let source = |name: &str, text: &str| Source::new(name, text.to_owned());
    let found = match file {
        File::Policy => policy::parse::parse(&source("policy.toml", text)).findings,
        File::Workflow => {
            let policy = [read("tests/schema/policy.toml"), read("policy.toml")];
            let mut tried = policy.map(|policy| {
                let policy = policy::parse::parse(&source("policy.toml", &policy)).policy.unwrap();
                let templates = fs::read_dir(root().join("templates/mail")).unwrap();
                let templates = templates.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
                workflow::parse::parse(&source("w.toml", text), "w", &|_| String::new(), Some(&policy), &templates).1
            });
            tried.sort_by_key(|findings| findings.0.len());
            let [best, _] = tried;
            best
        }
        File::Comity => return settings(text),
    };
    (!found.is_empty()).then(|| format!("{found:?}"))
}

/// What a whole installation has to say of these settings.
fn settings(text: &str) -> Option<String> {
    let secret = format!("whsec_{}", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let mut files = vec![
        ("comity.toml", text.to_owned()),
        ("policy.toml", read("policy.toml")),
        ("secret", secret.clone()),
        ("smtp-password", secret),
    ];
    let workflows: Vec<(String, String)> =
        toml_files("workflows").into_iter().map(|path| (path.clone(), read(&path))).collect();
    files.extend(workflows.iter().map(|(path, text)| (path.as_str(), text.clone())));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let premises = Premises::new(&files);
    for secret in ["comity.toml", "secret", "smtp-password"] {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(premises.path().join(secret), fs::Permissions::from_mode(0o600)).unwrap();
    }
    config::load_with(premises.path(), []).err().map(|error| format!("{error:?}"))
}

/// Notes each key of the form that stands in the table, and in the tables below it.
fn keys(form: &'static Form, table: &Value, seen: &mut BTreeSet<(&'static str, &'static str)>) {
    for key in form.keys {
        let Some(value) = table.get(key.name) else { continue };
        seen.insert((form.name, key.name));
        let Some(inner) = key.kind.form() else { continue };
        let tables: Vec<&Value> = match (key.kind, value) {
            (Kind::Named(..), Value::Object(tables)) => tables.values().collect(),
            (_, Value::Array(tables)) => tables.iter().collect(),
            (_, table) => vec![table],
        };
        for table in tables {
            keys(inner, table, seen);
        }
    }
}

fn all_keys(form: &'static Form, all: &mut BTreeSet<(&'static str, &'static str)>) {
    for key in form.keys {
        if all.insert((form.name, key.name))
            && let Some(inner) = key.kind.form()
        {
            all_keys(inner, all);
        }
    }
}

#[test]
fn what_the_repository_shows_is_what_the_command_prints() {
    let comity = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_comity")).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (name, file) in ["policy", "workflow", "comity"].into_iter().zip(File::ALL) {
        let path = file.path();
        assert!(read(path) == comity(&["schema", name]), "run: comity schema {name} > {path}");
    }
    assert!(read("REFERENCE.md") == comity(&["schema", "--markdown"]), "run: comity schema --markdown > REFERENCE.md");
    assert_eq!(page(), read("REFERENCE.md"));
}

#[test]
fn the_readers_take_every_key_that_the_schemas_have() {
    let (mut seen, mut all) = (BTreeSet::new(), BTreeSet::new());
    for file in File::ALL {
        all_keys(file.form(), &mut all);
    }
    for (file, text) in accepted() {
        assert_eq!(findings(file, &text), None, "{text}");
        keys(file.form(), &toml::from_str(&text).unwrap(), &mut seen);
    }
    let untried: Vec<_> = all.difference(&seen).collect();
    assert!(untried.is_empty(), "show these in a file under tests/schema: {untried:#?}");
}

/// The mistakes that the other program finds in each file, by its schema.
fn mistakes(python: &Path, files: &[(File, &str)]) -> Vec<Vec<String>> {
    let name = |file: File| file.path();
    let schemas: Value =
        File::ALL.iter().map(|file| (name(*file).to_owned(), json!(root().join(file.path())))).collect();
    let files: Vec<Value> = files.iter().map(|(file, text)| json!({ "schema": name(*file), "toml": text })).collect();
    let tool = root().join("tests/tools/schemas.py");
    let mut command = Command::new(python);
    command.arg(tool).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let asked = json!({ "schemas": schemas, "files": files }).to_string();
    child.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "it found a schema that is none");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn another_program_takes_every_file_by_its_schema_that_the_readers_take() {
    let Some(python) = verifier::python_with_schemas() else { return };
    let files = accepted();
    let files: Vec<(File, &str)> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
    for ((_, text), found) in files.iter().zip(mistakes(&python, &files)) {
        assert!(found.is_empty(), "{found:#?}\n{text}");
    }
}

/// Files of which each has one mistake.
fn planted() -> Vec<(File, String)> {
    let (policy, settings) = (read("tests/schema/policy.toml"), read("tests/schema/settings/all.toml"));
    let (ahead, journey) = (read("tests/schema/workflows/ahead.toml"), read("tests/schema/workflows/journey.toml"));
    let plant = |file, text: &str, (right, wrong): (&str, &str)| {
        assert!(text.contains(right), "{right}");
        (file, text.replacen(right, wrong, 1))
    };
    let of = |file, text: &str, plants: &[(&str, &str)]| {
        plants.iter().map(|one| plant(file, text, *one)).collect::<Vec<_>>()
    };
    let mut planted = of(
        File::Policy,
        &policy,
        &[
            ("language = \"en\"", "langage = \"en\""),
            ("name = \"Salon Lumière\"\n", ""),
            ("basis = \"contract\"", "basis = \"interest\""),
            ("at_most = 6", "at_most = 0"),
            ("at_most = 6", "at_most = \"six\""),
            ("obeys_caps = false", "obeys_caps = \"no\""),
            ("links = [\"maps.example/salon-lumiere\"]", "links = \"maps.example\""),
            ("links = [\"maps.example/salon-lumiere\"]", "links = []"),
            ("by = [\"address\", \"telephone\", \"name\"]", "by = [\"face\"]"),
            ("type = \"boolean\"", "type = \"bool\""),
            ("[purposes.letters]", "[purposes.Letters]"),
            ("calendar = \"start\"", "calendar = \"begin\""),
            ("birthday = { type = \"month-day\"", "birthday = { calendar = \"start\", type = \"month-day\""),
            ("sunday]", "someday]"),
            ("same = \"record\"", "same = \"visit\""),
        ],
    );
    planted.extend(of(
        File::Workflow,
        &ahead,
        &[
            ("approval = \"each\"", "approval = \"all\""),
            ("if_quiet = \"earlier\"", "if_quiet = true"),
            ("ends_on = [\"cant-come\"", "ends_on = [\"no\""),
            ("before = {", "after = { field = \"starts_at\" }\nbefore = {"),
            ("before = { field = \"starts_at\", by = [\"24h\", \"2h\"] }\n", ""),
            ("priority", "importance"),
            ("purpose = \"reminders\"\n", ""),
        ],
    ));
    planted.extend(of(
        File::Workflow,
        &journey,
        &[
            ("until = \"09:00\"", "until = \"09:00\"\nwait = \"2 days\""),
            ("until = \"09:00\"", ""),
            ("name = \"hello\"\n", ""),
            ("on = \"created\"", "on = \"create\""),
        ],
    ));
    planted.extend(of(
        File::Comity,
        &settings,
        &[
            ("mode = \"rehearsal\"", "mode = \"test\""),
            ("port = 465", "port = 70000"),
            ("tls = \"implicit\"", "tls = \"none\""),
            ("internal = true", "internal = \"yes\""),
            ("[log]", "[logs]"),
            ("name = \"salon\"\n", ""),
            ("listen = \"127.0.0.1:8781\"", "listen = 8781"),
        ],
    ));
    planted
}

#[test]
fn a_planted_mistake_is_refused_by_schema_and_reader_alike() {
    let Some(python) = verifier::python_with_schemas() else { return };
    let planted = planted();
    let files: Vec<(File, &str)> = planted.iter().map(|(file, text)| (*file, text.as_str())).collect();
    for ((file, text), found) in files.iter().zip(mistakes(&python, &files)) {
        assert!(!found.is_empty(), "the schema takes it:\n{text}");
        assert_ne!(findings(*file, text), None, "the reader takes it:\n{text}");
    }
}
