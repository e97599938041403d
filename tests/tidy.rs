//! The rules of the house, as tests: what `src/lib.rs` and the style promise, checked with `syn`.
//!
//! Each rule says what it found, where, and what to do. To see all of them at once: `cargo test --test all tidy`.

mod calls;
mod order;
mod pairs;
mod planted;
mod reading;
mod shape;

use reading::{Reading, Source};
use std::{
    collections::BTreeSet,
    fmt, fs,
    path::{Path, PathBuf},
};

/// What a rule found: where, what, and what to do about it.
struct Violation {
    place: String,
    what: String,
    to_do: String,
}

impl Violation {
    fn at(path: &str, line: usize, what: String, to_do: &str) -> Self {
        Self::in_file(&format!("{path}:{line}"), what, to_do)
    }

    fn in_file(place: &str, what: String, to_do: &str) -> Self {
        Self { place: place.to_owned(), what, to_do: to_do.to_owned() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}.\n    {}", self.place, self.what, self.to_do)
    }
}

/// The whole house, read.
struct House {
    /// The modules of `src/lib.rs`, from the top.
    order: Vec<String>,
    /// Names of `[dependencies]`, as code writes them.
    dependencies: BTreeSet<String>,
    /// `src`, without tests.
    production: Vec<Reading>,
    /// `tests`, and the files in `src` that are tests.
    tests: Vec<Reading>,
}

impl House {
    fn of(sources: &[Source], manifest: &str) -> Self {
        let manifest: toml::Table = manifest.parse().expect("Cargo.toml is TOML");
        let dependencies = manifest["dependencies"].as_table().expect("a table").keys();
        let (library, tests): (Vec<_>, Vec<_>) = sources.iter().partition(|s| s.path.starts_with("src/"));
        let mut production: Vec<Reading> = library.iter().map(|s| Reading::production(s)).collect();
        let test_files: BTreeSet<PathBuf> = production.iter().flat_map(test_children).collect();
        production.retain(|r| !test_files.contains(Path::new(&r.path)));
        let in_src = library.iter().filter(|s| test_files.contains(Path::new(&s.path)));
        let order = production.iter().find(|r| r.path == "src/lib.rs").map(order::reading_order).unwrap_or_default();
        Self {
            order,
            dependencies: dependencies.map(|name| name.replace('-', "_")).collect(),
            tests: tests.iter().chain(in_src).map(|s| Reading::whole(s)).collect(),
            production,
        }
    }

    fn ours() -> Self {
        let mut sources = Vec::new();
        for folder in ["src", "tests"] {
            collect(&root().join(folder), &mut sources);
        }
        Self::of(&sources, &fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml is there"))
    }
}

/// The files of `#[cfg(test)] mod x;`.
fn test_children(parent: &Reading) -> Vec<PathBuf> {
    let folder = match parent.path.strip_suffix("/mod.rs") {
        Some(folder) => folder,
        None => parent.path.trim_end_matches(".rs"),
    };
    let of = |name: &String| [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")].map(PathBuf::from);
    parent.children.iter().filter(|(_, tests)| *tests).flat_map(|(name, _)| of(name)).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files under a folder, by path; what is planted to be caught is left out.
fn collect(folder: &Path, sources: &mut Vec<Source>) {
    let mut entries: Vec<_> = fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).expect("UTF-8");
            let path = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
            sources.push(Source { path, text });
        }
    }
}

type Rule = fn(&House, &mut Vec<Violation>);

/// The rules about code.
const RULES: &[Rule] = &[
    order::reading_order_is_kept,
    order::crates_stay_at_home,
    order::parts_stay_at_home,
    calls::proofs_have_one_maker,
    calls::tongues_stay_at_home,
    shape::files_say_what_they_are_for,
    shape::files_and_functions_are_short,
    shape::nothing_is_silenced,
];

fn report(found: &[Violation]) -> String {
    let mut lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    lines.sort();
    lines.dedup();
    lines.join("\n")
}

#[test]
fn the_code_keeps_the_rules_of_the_house() {
    let house = House::ours();
    assert!(house.order.len() > 10, "src/lib.rs lists too few modules to be believed: {:?}", house.order);
    let mut found = Vec::new();
    for rule in RULES {
        rule(&house, &mut found);
    }
    assert!(found.is_empty(), "\n{}\n", report(&found));
}

#[test]
fn migrations_come_in_pairs() {
    let mut found = Vec::new();
    pairs::migrations_come_in_pairs(root(), &mut found);
    assert!(found.is_empty(), "\n{}\n", report(&found));
}

#[test]
fn the_crates_stay_within_their_budget() {
    let mut found = Vec::new();
    pairs::crates_stay_within_budget(&mut found);
    assert!(found.is_empty(), "\n{}\n", report(&found));
}

#[test]
fn the_tests_share_what_is_compiled() {
    let mut found = Vec::new();
    pairs::tests_share_what_is_compiled(&mut found);
    assert!(found.is_empty(), "\n{}\n", report(&found));
}

#[test]
fn no_crate_is_idle() {
    let mut found = Vec::new();
    order::no_crate_is_idle(&House::ours(), &mut found);
    assert!(found.is_empty(), "\n{}\n", report(&found));
}

#[test]
fn workflows_have_their_template_sample_and_story() {
    let mut found = Vec::new();
    pairs::workflows_have_template_sample_and_story(root(), &mut found);
    assert!(found.is_empty(), "\n{}\n", report(&found));
}
