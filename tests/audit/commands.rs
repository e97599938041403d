//! `comity audit`, as people and scripts use it.

use super::{attacker::Attacker, house::House};
use std::os::unix::fs::PermissionsExt;

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
