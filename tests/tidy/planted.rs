//! Violations planted in a small house, each of which the rules must catch, and nothing else.

use super::{House, RULES, Violation, order, pairs, reading::Source};
use std::fs;

const MANIFEST: &str = include_str!("../../Cargo.toml");

/// A house in order, with one more file in it.
fn house_with(path: &str, text: &str) -> House {
    let file = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let library = file("src/lib.rs", include_str!("../../src/lib.rs"));
    let clean = file("src/base/clean.rs", "//! Words.\n\n/// A word.\npub struct Word;\n");
    House::of(&[library, clean, file(path, text)], MANIFEST)
}

fn found_in(path: &str, text: &str) -> Vec<String> {
    let house = house_with(path, text);
    let mut found: Vec<Violation> = Vec::new();
    for rule in RULES {
        rule(&house, &mut found);
    }
    found.iter().map(ToString::to_string).collect()
}

/// Exactly one violation, at this line, that says this.
#[track_caller]
fn caught(path: &str, text: &str, line: usize, says: &str) {
    let found = found_in(path, text);
    assert_eq!(found.len(), 1, "one violation was planted, these were found: {found:#?}");
    assert!(found[0].starts_with(&format!("{path}:{line}: ")), "the place is wrong: {}", found[0]);
    assert!(found[0].contains(says), "{} should say {says:?}", found[0]);
}

#[test]
fn a_house_in_order_is_left_alone() {
    assert_eq!(
        found_in("src/plan/good.rs", "//! Plans.\n\nuse crate::{base::Instant, workflow::Step};\n"),
        Vec::<String>::new()
    );
}

#[test]
fn a_gate_that_asks_the_database_is_caught() {
    let text = "//! A rule.\n\nuse crate::{\n    base::Instant,\n    store::Store,\n};\n";
    caught("src/gate/planted.rs", text, 5, "`gate` uses `store`, which stands below it");
    let through_super = "//! A rule.\n\nuse super::super::store::Store;\n";
    caught("src/gate/planted.rs", through_super, 3, "`gate` uses `store`");
    let in_a_macro = "//! A rule.\n\nfn f() {\n    assert!(crate::store::Store::is_open());\n}\n";
    caught("src/gate/planted.rs", in_a_macro, 4, "`gate` uses `store`");
}

#[test]
fn a_page_that_asks_the_database_behind_the_store_is_caught() {
    let text = "//! A page.\n\nfn f(pool: &sqlx::SqlitePool) {\n    drop(pool);\n}\n";
    caught("src/web/planted.rs", text, 3, "the crate `sqlx` is used here, but it belongs to store");
    let sql = "//! A page.\n\nfn f() -> &'static str {\n    \"\n    SELECT id\n    FROM plans\"\n}\n";
    caught("src/web/planted.rs", sql, 4, "this text is SQL");
}

#[test]
fn a_clearance_made_without_the_gate_is_caught() {
    let text = "//! A short cut.\n\nfn f() {\n    send(Clearance::new(&facts, evidence));\n}\n";
    caught("src/engine/planted.rs", text, 4, "`Clearance::new` is called here; only src/gate/ may");
}

#[test]
fn a_customer_written_to_by_the_owners_door_is_caught() {
    let carried = "//! A short cut.\n\nuse crate::deliver;\n\nfn f() {\n    deliver::trial::carry(&transport, &letter, &|_| {});\n}\n";
    caught("src/engine/planted.rs", carried, 6, "`trial::carry` is called here; only src/engine/owner/");
    let imported = "//! A short cut.\n\nuse crate::deliver::trial::carry;\n";
    caught("src/web/planted.rs", imported, 3, "`trial::carry` is called here");
    let renamed = "//! A short cut.\n\nuse crate::deliver::{\n    trial as truth,\n};\n";
    caught("src/engine/planted.rs", renamed, 4, "`deliver::trial` is called here");
    let named = "//! A short cut.\n\nfn f() {\n    let owner = Owner::named(customer.address, language);\n}\n";
    caught("src/engine/owner/planted.rs", named, 4, "`Owner::named` is called here; only src/engine/letterhead.rs");
    let at_home = "//! Tells.\n\nuse crate::deliver::trial::{self, carry};\n";
    assert_eq!(found_in("src/engine/owner/planted.rs", at_home), Vec::<String>::new());
}

#[test]
fn an_address_in_a_log_is_caught() {
    let text = "//! A log.\n\nfn f(c: &Customer) {\n    tracing::info!(to = %c.address.reveal(), \"sent\");\n}\n";
    caught("src/engine/planted.rs", text, 4, "`reveal` is called here");
}

#[test]
fn a_thought_that_waits_is_caught() {
    let text = "//! A thought.\n\nfn f() {\n    let _ = async { 1 };\n}\n";
    caught("src/plan/planted.rs", text, 4, "async stands on a floor of words or thought");
    let sleeping = "//! Waits.\n\nuse tokio::{\n    time,\n};\n";
    caught("src/deliver/planted.rs", sleeping, 4, "`tokio::time` is used here, but it belongs to clock");
}

#[test]
fn files_without_head_or_measure_are_caught() {
    caught("src/plan/planted.rs", "fn f() {}\n", 1, "doesn't begin with `//!`");
    let long = format!("//! Long.\n\nfn f() {{\n{}}}\n", "    g();\n".repeat(69));
    caught("src/plan/planted.rs", &long, 3, "the function `f` has 71 lines, more than 70");
    let endless = format!("//! Endless.\n{}", "// More.\n".repeat(400));
    caught("src/plan/planted.rs", &endless, 1, "has 401 lines without its tests");
    let tested = format!("//! Tested.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "    // More.\n".repeat(400));
    assert_eq!(found_in("src/plan/planted.rs", &tested), Vec::<String>::new());
}

#[test]
fn a_lint_silenced_without_a_reason_is_caught() {
    let text = "//! Quiet.\n\n#[allow(dead_code)]\nfn f() {}\n";
    caught("src/plan/planted.rs", text, 3, "`#[allow(dead_code)]` silences a lint");
    let expected = "//! Quiet.\n\n#[expect(dead_code, reason = \"read by a macro\")]\nfn f() {}\n";
    assert_eq!(found_in("src/plan/planted.rs", expected), Vec::<String>::new());
}

#[test]
fn a_crate_that_nothing_uses_is_caught() {
    let file = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    let manifest = "[dependencies]\nserde = \"1\"\nmail-auth = \"0.13\"\nserde_json = \"1\"\n";
    let sources = [
        file("src/lib.rs", "//! Map.\n\npub mod base;\n"),
        file("src/base/mod.rs", "//! Words.\n\nuse serde::Serialize;\n\nfn f() {\n    serde_json::json!({});\n}\n"),
        file("tests/main.rs", "//! Tests.\n\nuse mail_auth::dkim;\n"),
    ];
    let mut found = Vec::new();
    order::no_crate_is_idle(&House::of(&sources, manifest), &mut found);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("Cargo.toml: nothing uses the crate `mail_auth`."), "{}", found[0]);
}

#[test]
fn a_workflow_without_a_story_is_caught() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for part in ["subject.hbs", "body.html.hbs", "body.txt.hbs", "sample.json"] {
        write(&format!("templates/mail/thanks/{part}"), "");
    }
    for name in ["told", "untold"] {
        write(&format!("workflows/{name}.toml"), "template = \"thanks\"\n");
    }
    write("tests/stories/told.snap", "Once.");
    // The shop's workflow is told of where the shop's stories stand, and has its own template.
    write("samples/shop/workflows/told.toml", "template = \"again\"\n");
    for part in ["subject.hbs", "body.html.hbs", "sample.json"] {
        write(&format!("samples/shop/templates/mail/again/{part}"), "");
    }
    let mut found = Vec::new();
    pairs::workflows_have_template_sample_and_story(root.path(), &mut found);
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    let expected = [
        "workflows/untold.toml: no story shows it at work.",
        "samples/shop/workflows/told.toml: no story shows it at work.",
        "samples/shop/workflows/told.toml: templates/mail/again/body.txt.hbs is missing.",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
}
