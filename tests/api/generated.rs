//! Calls that schemathesis makes from the OpenAPI document alone: good ones, and hundreds that are malformed in some way.
//! Every answer keeps to the document, none is a 5xx, and afterwards the database holds what was acknowledged, no more.
//!
//! `COMITY_API_CASES=1000 tests/run api::generated` makes more of each kind; without the variable it is a small run. Both
//! throw the dice with one seed.

use super::Shop;
use crate::support::{proof, real, verifier};
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, fs, path::Path, process::Command};

const SEED: &str = "20261122";
/// Random cases of each operation, besides those that schemathesis derives one by one.
const CASES: usize = 15;

/// A line of `tests/tools/api_calls.py`.
#[derive(Debug, Deserialize)]
struct Call {
    method: String,
    path: String,
    good: bool,
    rows: usize,
    named: bool,
    replayed: bool,
    status: u16,
    problem: String,
    outcomes: Vec<String>,
}

#[test]
fn generated_calls_keep_to_the_document_and_leave_nothing_half_done() {
    let Some(python) = verifier::python_with_schemas().filter(|_| real::can_run()) else { return };
    let shop = Shop::open();
    // What the document's examples name.
    assert_eq!(shop.client.post("/v1/customers", &json!({ "id": "C0042", "email": "marie@mail.example" })).status, 200);
    assert_eq!(shop.client.post("/v1/records/appointment", &json!({ "id": "A1001", "customer": "C0042" })).status, 200);
    let calls = call_all(&python, &shop);
    tell(&calls);

    assert_eq!(calls.iter().filter(|call| call.status >= 500).count(), 0);
    let malformed = calls.iter().filter(|call| !call.good && (400..500).contains(&call.status));
    let malformed = malformed.count();
    let good = calls.iter().filter(|call| call.good && call.status == 200).count();
    assert!(malformed >= 200, "{malformed} malformed requests were refused");
    assert!(good >= 50, "{good} good requests were taken");
    for call in calls.iter().filter(|call| call.status == 200 && call.method != "GET") {
        assert_eq!(call.outcomes.len(), call.rows, "each row has its outcome: {call:?}");
    }
    nothing_is_half_done(&shop, &calls);
}

fn call_all(python: &Path, shop: &Shop) -> Vec<Call> {
    let folder = shop.premises.path();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools");
    let (document, log) = (folder.join("document.json"), folder.join("calls.jsonl"));
    fs::write(&document, shop.premises.run(&["openapi"])).unwrap();
    let mut command = Command::new(python);
    command.args(["-m", "schemathesis.cli", "--config-file"]).arg(tools.join("schemathesis.toml"));
    command.arg("run").arg(document).args(["--url", &format!("http://{}", shop.client.address)]);
    command.args(["--header", &format!("Authorization: Bearer {}", shop.client.key)]);
    command.args(["--phases", "examples,coverage,fuzzing", "--seed", SEED, "--continue-on-failure"]);
    command.args(["--max-examples", &proof::scale("COMITY_API_CASES", CASES).to_string()]);
    command.args(["--generation-database", "none", "--warnings", "off"]);
    command.env("PYTHONPATH", &tools).env("PYTHONDONTWRITEBYTECODE", "1").env("SCHEMATHESIS_HOOKS", "api_calls");
    let output = command.env("API_CALLS", &log).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "seed {SEED}: {said}");
    fs::read_to_string(log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How many there were, by what they were and how they were answered.
fn tell(calls: &[Call]) {
    let mut counts: BTreeMap<(&str, &str, u16, &str), usize> = BTreeMap::new();
    for call in calls {
        let kind = if call.good { "good" } else { "malformed" };
        *counts.entry((kind, &call.path, call.status, &call.problem)).or_default() += 1;
    }
    for ((kind, path, status, problem), count) in counts {
        println!("{count:>6} {kind:<9} {path:<26} {status} {problem}");
    }
}

fn nothing_is_half_done(shop: &Shop, calls: &[Call]) {
    let done = || calls.iter().filter(|call| call.status == 200 && !call.replayed);
    let said = |path: &str, outcome: &str| {
        let of_path = done().filter(|call| call.path.starts_with(path));
        let said = of_path.flat_map(|call| &call.outcomes).filter(|said| *said == outcome);
        i64::try_from(said.count()).unwrap()
    };
    // Two came in before.
    assert_eq!(shop.count("SELECT COUNT(*) FROM customers") - 1, said("/v1/customers", "created"));
    let lasting = shop.count("SELECT COUNT(*) FROM records WHERE kind <> 'enquiry'");
    assert_eq!(lasting - 1, said("/v1/records/", "created"));
    let declared = shop.count("SELECT COUNT(*) FROM records WHERE kind = 'enquiry'");
    assert!(declared > 0, "good events of a declared type were taken");
    assert_eq!(shop.count("SELECT COUNT(*) FROM events") + declared, said("/v1/events", "taken"));
    let named = done().filter(|call| call.method != "GET" && call.named).count();
    assert_eq!(shop.count("SELECT COUNT(*) FROM api_answers"), i64::try_from(named).unwrap());
    // A consent, its line in the ledger and its evidence are one.
    let consents = shop.count("SELECT COUNT(*) FROM consents");
    let granted = said("/v1/consents", "granted") + said("/v1/consents", "stays-stopped");
    assert!(consents > 0 && shop.count("SELECT COUNT(*) FROM consents WHERE kind = 'granted'") <= granted);
    assert_eq!(shop.count("SELECT COUNT(*) FROM ledger WHERE happening LIKE '{\"consent-reported\"%'"), consents);
    assert_eq!(
        shop.count(
            "SELECT COUNT(*) FROM consents k LEFT JOIN consent_evidence e ON e.consent = k.id
                    WHERE k.kind = 'granted' AND e.consent IS NULL"
        ),
        0
    );
}
