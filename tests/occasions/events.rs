//! An event, which happens once and never changes: what it sets off, and what is said about a file that takes it for
//! something else.

use super::{ANNA, Act, POLICY, config, premises, tell_by, workflow};

/// With an event beside the purchases.
fn policy(more: &str) -> String {
    let enquiry = format!(
        "\n[records.enquiry]\nevent = true\n{more}\n[records.enquiry.fields]\n\
         topic = {{ type = \"text\", purposes = [\"*\"], keep = \"90 days\" }}\n\
         asked_at = {{ type = \"datetime\", purposes = [\"*\"], keep = \"90 days\" }}\n"
    );
    POLICY.to_owned() + &enquiry
}

#[tokio::test]
async fn each_event_sets_its_workflow_off_once_and_a_file_that_tells_it_otherwise_changes_nothing() {
    let answer = workflow(
        "orders",
        "[trigger]\nrecord = \"enquiry\"\non = \"event\"\nby = [\"1h\"]\nonly_if = \"enquiry.topic == 'dress'\"\n",
    );
    let told = tell_by(
        &policy(""),
        &[("it", &answer)],
        "2027-03-01T12:00",
        "2027-03-10T12:00",
        &[
            ("2027-03-01T12:00", Act::Customers(ANNA)),
            ("2027-03-02T12:00", Act::Enquiries("e1;anna;dress\ne2;anna;opening hours")),
            // The same file again, and with one more line.
            ("2027-03-03T12:00", Act::Enquiries("e1;anna;dress\ne2;anna;opening hours\ne3;anna;dress")),
            // What has happened has happened.
            ("2027-03-04T12:00", Act::Changed("e2;anna;dress")),
            ("2027-03-04T12:00", Act::Changed("e1;anna;hats")),
        ],
    )
    .await;
    assert_eq!(told.left, ["2027-03-02T13:00 anna +1h", "2027-03-03T13:00 anna +1h"]);
    assert!(told.refused.is_empty(), "{:?}", told.refused);
}

/// What is said about a workflow with this trigger, or nothing.
fn said(policy: &str, trigger: &str) -> String {
    let loaded = config::load(premises(policy, &[("it", &workflow("orders", trigger))]).path());
    loaded.err().map(|why| format!("{why:?}")).unwrap_or_default()
}

#[test]
fn an_event_is_no_record_that_changes_and_a_record_is_no_event() {
    let of = |record: &str, on: &str| said(&policy(""), &format!("[trigger]\nrecord = \"{record}\"\non = \"{on}\"\n"));
    assert_eq!(of("enquiry", "event"), "");
    assert_eq!(of("purchase", "created"), "");
    let created = of("enquiry", "created");
    assert!(
        created.contains("`enquiry` is an event: it happens") && created.contains("on = \\\"event\\\""),
        "{created}"
    );
    let changed = of("enquiry", "changed");
    assert!(changed.contains("an event never changes") && !changed.contains("into what?"), "{changed}");
    let purchase = of("purchase", "event");
    assert!(purchase.contains("`purchase` is no event: it may change"), "{purchase}");
    assert!(purchase.contains("event = true under [records.purchase] in policy.toml"), "{purchase}");
    let unknown = of("enquiries", "event");
    assert!(unknown.contains("did you mean `enquiry`?") && !unknown.contains("is no event"), "{unknown}");
}

#[test]
fn nothing_of_an_event_may_say_that_it_changes() {
    let with =
        |field: &str| said(&format!("{}{field}\n", policy("")), "[trigger]\nrecord = \"enquiry\"\non = \"event\"\n");
    let keep = "purposes = [\"*\"], keep = \"90 days\"";
    assert_eq!(with(&format!("note = {{ type = \"text\", {keep} }}")), "");
    for (field, why) in [
        (
            format!("status = {{ type = \"text\", {keep} }}"),
            "`status`: an event has a `type` of its own, and no `status`",
        ),
        (format!("type = {{ type = \"text\", {keep} }}"), "`type`: an event has a `type` of its own"),
        (
            format!("answer = {{ type = \"text\", {keep}, written_by = \"answers\" }}"),
            "`answer`: customers answer about visits",
        ),
        (
            format!("starts_at = {{ type = \"datetime\", {keep}, calendar = \"start\" }}"),
            "`starts_at`: calendars tell of visits",
        ),
    ] {
        let said = with(&field);
        assert!(said.contains(why), "{field}: {said}");
    }
    // A record may have them all.
    let lasting = policy("").replace("event = true", "event = false");
    let lasting = format!("{lasting}status = {{ type = \"text\", {keep} }}\n");
    assert_eq!(said(&lasting, "[trigger]\nrecord = \"enquiry\"\non = \"created\"\n"), "");
}
