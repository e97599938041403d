//! Proofs have one maker, plain addresses few readers, SQL, HTML and SMTP one place each.

use super::{House, Violation, reading::Reading};

/// A method or function, and the only places that may call it.
struct Guarded {
    /// The last segments of its path; one segment means a method.
    path: &'static [&'static str],
    /// Beginnings of file paths.
    homes: &'static [&'static str],
    to_do: &'static str,
}

/// Where mail to the owner leaves.
const OWNERS_DOORS: &[&str] = &["src/engine/owner/", "src/cli/send_test"];

const GUARDED: &[Guarded] = &[
    Guarded {
        path: &["reveal"],
        // `render/scope.rs` and `privacy/facts.rs` show the business's own reply address, which every message names;
        // `desk/my_data.rs` a person's own, to them, and `desk/address.rs` the one that they typed.
        homes: &[
            "src/base/address.rs",
            "src/render/scope.rs",
            "src/privacy/facts.rs",
            "src/deliver/",
            "src/store/",
            "src/cli/demo/catcher",
            "src/engine/desk/address.rs",
            "src/engine/desk/my_data.rs",
        ],
        to_do: "Print the address masked (`Display`), or pass on the `EmailAddress`.",
    },
    Guarded {
        path: &["Clearance", "new"],
        homes: &["src/gate/"],
        to_do: "Ask `gate::decide`: nothing else may say that a message can leave (promise P1).",
    },
    Guarded {
        path: &["Attempt", "committed"],
        homes: &["src/store/"],
        to_do: "Get the attempt from the store, which makes it after its commit (promise P4).",
    },
    Guarded {
        path: &["send_without_gate"],
        homes: &["src/cli/bench"],
        to_do: "Send through a `Lane`, which requires an attempt: bare lanes are for the benchmark.",
    },
    Guarded {
        path: &["trial", "carry"],
        homes: OWNERS_DOORS,
        to_do: "Send through a `Lane`, which requires an attempt: no gate stands before what the owner is told.",
    },
    // By another name it would be out of sight.
    Guarded {
        path: &["deliver", "trial"],
        homes: OWNERS_DOORS,
        to_do: "Send through a `Lane`, which requires an attempt: no gate stands before what the owner is told.",
    },
    Guarded {
        path: &["Owner", "named"],
        homes: &["src/engine/letterhead.rs", "src/cli/send_test.rs"],
        to_do: "Ask `letterhead::owner` who it is: whoever is named so gets letters that no gate has seen.",
    },
];

/// A language of its own, by what its literals look like, and the only places for it.
struct Tongue {
    name: &'static str,
    spoken: fn(&str) -> bool,
    homes: &'static [&'static str],
    to_do: &'static str,
}

const TONGUES: &[Tongue] = &[
    Tongue {
        name: "SQL",
        spoken: looks_like_sql,
        homes: &["src/store/"],
        to_do: "Give `store` a function for it: one statement, one function.",
    },
    Tongue {
        name: "HTML",
        spoken: looks_like_html,
        homes: &["src/render/", "src/web/"],
        to_do: "Put it into a template under `templates/`, or into `render` or `web`.",
    },
    Tongue {
        name: "SMTP",
        spoken: looks_like_smtp,
        homes: &["src/deliver/", "src/cli/demo/catcher"],
        to_do: "Let `deliver` say it.",
    },
];

/// Guarded functions are called at home only.
pub fn proofs_have_one_maker(house: &House, found: &mut Vec<Violation>) {
    for reading in &house.production {
        for guarded in GUARDED.iter().filter(|g| !at_home(reading, g.homes)) {
            let name = guarded.path.join("::");
            let calls = reading.names.iter().filter(|n| n.what.len() > 1 && n.what.ends_with(&owned(guarded.path)));
            let methods = reading.methods.iter().filter(|m| guarded.path == [m.what.as_str()]);
            let lines = calls.map(|n| n.line).chain(methods.map(|m| m.line));
            found.extend(lines.map(|line| {
                let what = format!("`{name}` is called here; only {} may", guarded.homes.join(", "));
                Violation::at(&reading.path, line, what, guarded.to_do)
            }));
        }
    }
}

/// SQL, HTML and SMTP are spoken at home only.
pub fn tongues_stay_at_home(house: &House, found: &mut Vec<Violation>) {
    for reading in &house.production {
        for tongue in TONGUES.iter().filter(|t| !at_home(reading, t.homes)) {
            found.extend(reading.literals.iter().filter(|l| (tongue.spoken)(&l.what)).map(|literal| {
                let what = format!("this text is {}; that stands only in {}", tongue.name, tongue.homes.join(", "));
                Violation::at(&reading.path, literal.line, what, tongue.to_do)
            }));
        }
    }
}

fn at_home(reading: &Reading, homes: &[&str]) -> bool {
    homes.iter().any(|home| reading.path.starts_with(home))
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|s| (*s).to_owned()).collect()
}

fn looks_like_sql(text: &str) -> bool {
    const STARTS: [&str; 10] = [
        "SELECT ",
        "INSERT INTO ",
        "DELETE FROM ",
        "CREATE TABLE ",
        "CREATE INDEX ",
        "ALTER TABLE ",
        "DROP TABLE ",
        "PRAGMA ",
        "BEGIN IMMEDIATE",
        "WITH RECURSIVE ",
    ];
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ") + " ";
    STARTS.iter().any(|start| words.starts_with(start)) || words.starts_with("UPDATE ") && words.contains(" SET ")
}

fn looks_like_html(text: &str) -> bool {
    text.split("</").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
        || text.contains("<!DOCTYPE")
        || text.contains("<!doctype")
}

fn looks_like_smtp(text: &str) -> bool {
    ["MAIL FROM:", "RCPT TO:", "EHLO "].iter().any(|verb| text.starts_with(verb))
}
