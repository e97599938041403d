//! A yes that staff write down: with the words in force and what shows it, and not where it would come to nothing.

use crate::support::{api, proof, real};
use serde_json::json;

#[test]
fn a_yes_given_to_staff_is_kept_with_its_proof_and_refused_where_a_no_an_objection_or_a_childs_mark_stands() {
    if !real::can_run() {
        return;
    }
    let premises = api::premises(25, 1_000_000);
    proof::bring_customers(&premises, 4);
    let key = api::key(&premises, "shop", "consents");
    let record = |customer: &str, more: &[&str]| {
        let arguments =
            [&["consent", customer, "--record", "tips", "--method", "paper", "--by", "lucie"], more].concat();
        premises.comity(&arguments).output().unwrap()
    };
    let refused = |customer: &str, why: &str| {
        let output = record(customer, &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("come to nothing") && said.contains(why), "{said}");
    };
    // Without a daemon.
    let kept = record("C1", &["--place", "CANARY sheet 12", "--proof", "card=CANARY-17"]);
    let said = String::from_utf8_lossy(&kept.stdout).into_owned();
    assert!(said.starts_with("Kept: a yes to \"tips\", on paper (row "), "{said}{kept:?}");
    let mut daemon = premises.serve(&[]);
    let client = api::Client { address: api::opened(&mut daemon), key };
    // With one.
    assert!(record("C1", &["--wording", "Yes, tips!\nno to everything"]).status.success());
    let agreed = premises.run(&["consent", "C1"]);
    let words = "shown: Tips. A note now and then.";
    for kept in
        [words, "where: CANARY sheet 12", "card: CANARY-17", "taken by: lucie", "written: operator", "language: en"]
    {
        assert!(agreed.contains(kept), "{kept} is missing in {agreed}");
    }
    assert!(agreed.contains("shown: Yes, tips!\n      | no to everything\n"), "{agreed}");
    assert!(agreed.contains("tips       yes  The person agreed on"), "{agreed}");
    assert!(premises.run(&["explain", "C1"]).contains("reported the person's answer about \"tips\""));

    let at = "2026-03-29T10:00:00Z";
    let no = json!({ "state": "withdrawn", "customer": "C2", "purpose": "tips", "at": at, "method": "telephone",
                     "proof": { "recording": "CANARY 7\nsecond line", "empty": "" } });
    assert_eq!(client.post("/v1/consents", &no).outcomes(), ["stopped"]);
    premises.run(&["object", "C3", "--by", "lucie"]);
    premises.run(&["minor", "C4", "--by", "lucie"]);
    refused("C2", "Only the customer can change that, from the mailbox itself");
    refused("C3", "The person objected to marketing");
    refused("C4", "The person was marked as a minor");
    let told = premises.run(&["consent", "C2"]);
    assert!(told.contains("recording: CANARY 7\n      | second line") && !told.contains("yes to tips"), "{told}");
    assert!(!told.contains("empty:"), "{told}");
    premises.run(&["audit", "checkpoint"]);
    assert!(premises.run(&["audit", "verify"]).contains("All is as it was written."));

    let many: serde_json::Map<_, _> = (0..9).map(|n| (format!("p{n}"), json!("x"))).collect();
    for proof in [json!({ "Till": "2" }), json!({ "till": 2 }), json!(many), json!(["x"]), json!({ "t": "\u{7}" })] {
        let answer = client.post("/v1/bars", &json!({ "state": "minor", "customer": "C2", "at": at, "proof": proof }));
        assert_eq!((answer.status, answer.pointers()), (422, vec!["/proof".to_owned()]), "{answer:?}");
    }
    for wrong in [
        &["consent", "C1", "--record", "tips"][..],
        &["consent", "C1", "--record", "tips", "--method", "form"],
        &["consent", "C1", "--record", "reminders", "--method", "paper"],
        &["consent", "C1", "--record", "letters", "--method", "paper"],
        &["consent", "C9", "--record", "tips", "--method", "paper", "--by", "lucie"],
        &["consent", "C1", "--place", "sheet 12"],
    ] {
        assert!(!premises.comity(wrong).output().unwrap().status.success(), "{wrong:?}");
    }
    assert_eq!(premises.files_that_hold("CANARY"), [] as [&str; 0], "evidence stands open");
    daemon.end();
}
