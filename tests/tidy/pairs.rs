//! What comes in pairs: a workflow and its template, sample and story; a migration for each database. And the budget.

use super::{Violation, root};
use std::{collections::BTreeSet, fs, path::Path, process::Command};

/// Crates in the normal graph: each one is code that we ship and must watch.
const CRATES_MAX: usize = 380;

/// The sample installations, each with where its stories stand: the salon's, and the shop's.
const SAMPLES: [(&str, &str); 2] = [("", "tests/stories"), ("samples/shop/", "tests/stories/shop")];

/// Each workflow has its template in all parts, with a sample, and a story that shows it at work.
pub fn workflows_have_template_sample_and_story(root: &Path, found: &mut Vec<Violation>) {
    for (sample, stories) in SAMPLES {
        of_sample(root, sample, stories, found);
    }
}

fn of_sample(root: &Path, sample: &str, stories: &str, found: &mut Vec<Violation>) {
    for file in names_in(&root.join(format!("{sample}workflows"))) {
        if Path::new(&file).extension().is_none_or(|e| e != "toml") {
            continue;
        }
        let path = format!("{sample}workflows/{file}");
        let story = format!("{stories}/{}.snap", file.trim_end_matches(".toml"));
        if !root.join(&story).is_file() {
            let what = "no story shows it at work".to_owned();
            found.push(Violation::in_file(&path, what, &format!("Tell one in tests/stories.rs; it becomes {story}.")));
        }
        let text = fs::read_to_string(root.join(&path)).unwrap_or_default();
        let template = text.parse::<toml::Table>().ok().and_then(|t| t.get("template")?.as_str().map(str::to_owned));
        let Some(template) = template else {
            found.push(Violation::in_file(&path, "names no template".to_owned(), "Write `template = \"…\"`."));
            continue;
        };
        for part in ["subject.hbs", "body.html.hbs", "body.txt.hbs", "sample.json"] {
            let part = format!("templates/mail/{template}/{part}");
            if !root.join(sample).join(&part).is_file() {
                found.push(Violation::in_file(&path, format!("{part} is missing"), "Write it."));
            }
        }
    }
}

/// Both databases are migrated by files of the same names.
pub fn migrations_come_in_pairs(root: &Path, found: &mut Vec<Violation>) {
    let sqlite = names_in(&root.join("migrations/sqlite"));
    let postgres = names_in(&root.join("migrations/postgres"));
    for (here, there, names, others) in
        [("sqlite", "postgres", &sqlite, &postgres), ("postgres", "sqlite", &postgres, &sqlite)]
    {
        for name in names.difference(others) {
            let what = format!("has no twin migrations/{there}/{name}");
            found.push(Violation::in_file(&format!("migrations/{here}/{name}"), what, "Write the same change for it."));
        }
    }
}

/// The normal graph stays within its budget.
pub fn crates_stay_within_budget(found: &mut Vec<Violation>) {
    let crates = graph("normal", "{p}");
    if crates.len() > CRATES_MAX {
        let what = format!("the normal graph has {} crates, more than {CRATES_MAX}", crates.len());
        found.push(Violation::in_file("Cargo.toml", what, "Drop a crate, or a feature that brings many."));
    }
}

/// What tests need beside it changes no crate of the normal graph: `cargo test` and `cargo run` share what they compile.
pub fn tests_share_what_is_compiled(found: &mut Vec<Violation>) {
    let with_tests = graph("normal,build,dev", "{p} with {f}");
    for alone in graph("normal,build", "{p} with {f}").difference(&with_tests) {
        let what = format!("{alone} is compiled again for the tests, with other features");
        let to_do = "See `cargo tree -e features -i` and give the crate among [dev-dependencies] fewer features.";
        found.push(Violation::in_file("Cargo.toml", what, to_do));
    }
}

/// The lines of `cargo tree` for these kinds of dependencies, each once.
fn graph(kinds: &str, format: &str) -> BTreeSet<String> {
    let arguments = ["tree", "--locked", "--offline", "--prefix", "none", "--no-dedupe", "-e", kinds, "-f", format];
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let lines: BTreeSet<String> =
        text.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).filter(|line| !line.is_empty()).collect();
    assert!(lines.len() > 50, "cargo tree said too little to be believed:\n{text}");
    lines
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeSet::new() };
    entries.filter_map(|e| e.ok()?.file_name().into_string().ok()).collect()
}
