//! `comity audit`, as people and scripts use it.

use super::{attacker::Attacker, house::House};
use crate::support::need;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

#[tokio::test]
async fn the_commands_say_what_was_checked_and_by_which_key() {
    let house = House::built().await;
    let key = house.premises.run(&["audit", "key"]);
    assert_eq!(key.trim(), house.key().to_string());
    let told = house.premises.run(&["audit", "verify"]);
    for words in ["entries in", "3 checkpoints hold, by the key comity-", "All is as it was written."] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let kept = house.premises.run(&["audit", "verify", "--public-key", key.trim(), "--json"]);
    let report: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!((report["checkpoints"].as_u64(), report["faults"].as_array().map(Vec::len)), (Some(3), Some(0)));
    assert_eq!(house.premises.run(&["audit", "checkpoint"]).trim(), "Nothing happened since the last checkpoint.");
    let mode = |path: &str| house.premises.path().join(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("data/keys/checkpoints.key"), mode("data/checkpoints/checkpoints.txt")), (0o600, 0o600));
}

#[tokio::test]
async fn what_is_wrong_is_said_in_words_with_the_entry_and_its_time() {
    let house = House::built().await;
    let mut attacker = Attacker::of(&house);
    attacker.change_entry(&house, 5).await;
    let copy = attacker.database();
    let output = house.premises.comity(&["audit", "verify", "--database", copy.to_str().unwrap()]).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("WRONG: Entry 5 of 20"), "{told}");
    assert!(told.contains("was changed or put in after it was sealed (seal"), "{told}");
    assert!(told.contains("1 things are wrong") || told.contains("One thing is wrong"), "{told}");
}

/// The proof is checked by our own command with the key that was kept, in a folder without an installation; and by a program
/// that shares nothing with us.
#[tokio::test]
async fn a_customers_entries_are_proved_to_whoever_has_only_the_key() {
    let house = House::built().await;
    let proof = house.premises.run(&["audit", "prove", "C3"]);
    let file = house.premises.path().join("proof.json");
    fs::write(&file, &proof).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let check = || -> Output {
        let key = house.key().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
        command.arg("--dir").arg(elsewhere.path()).args(["audit", "check"]).arg(&file).args(["--public-key", &key]);
        command.output().unwrap()
    };
    let told = String::from_utf8(check().stdout).unwrap();
    assert!(told.contains("entries are proved: they stand among the"), "{told}");
    let read: serde_json::Value = serde_json::from_str(&proof).unwrap();
    let sources: Vec<&str> =
        read["entries"].as_array().unwrap().iter().map(|e| e["source"].as_str().unwrap()).collect();
    for source in ["ledger", "consents", "evidence"] {
        assert!(sources.contains(&source), "{sources:?}");
    }
    assert!(!proof.contains('@'), "no address leaves with it");
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/check_proof.py");
    if need::program("python3") {
        let output = Command::new("python3").arg(tool).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), sources.len().to_string());
    }
    // A yes that was a no.
    fs::write(&file, proof.replacen("granted", "withdrawn", 1)).unwrap();
    let refused = check();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("is not in the tree that was signed, or was changed"), "{said}");
}
