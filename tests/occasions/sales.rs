//! What rests on a sale: letters after it, to those who could say no when their address was taken, for a time; and files that
//! would rest it on something else.

use super::{Act, POLICY, config, premises, tell_by, workflow};

const SIMILAR: &str = r#"offered     = { type = "boolean", purposes = ["*"], keep = "2 years" }

[purposes.similar]
title = "More like this"
promise = "Now and then, what goes with what you bought."
basis = "soft-opt-in"
sale = { at = "purchase.bought_at", opt_out_offered = "purchase.offered", lasts = "12 months" }
"#;

const AFTER: &str = "[trigger]\nrecord = \"purchase\"\nafter = { field = \"bought_at\", by = [\"30d\", \"400d\"] }\n";

#[tokio::test]
async fn a_sale_is_a_ground_for_its_time_where_they_could_say_no_and_no_other_word_is_needed() {
    let told = tell_by(
        &format!("{POLICY}{SIMILAR}"),
        &[("it", &workflow("similar", AFTER))],
        "2027-03-01T12:00",
        "2028-06-01T12:00",
        &[
            // Nobody said yes to anything.
            ("2027-03-01T12:00", Act::Customers("anna;anna@post.example;;;Lyon;")),
            ("2027-03-01T12:00", Act::Customers("bert;bert@post.example;;;Lyon;")),
            ("2027-03-02T12:00", Act::Offers("1;anna;2027-03-02T11:00;yes\n2;bert;2027-03-02T11:00;no")),
        ],
    )
    .await;
    assert_eq!(told.left, ["2027-04-01T11:00 anna +30d"]);
    assert_eq!(
        told.refused,
        ["bert +30d no-opt-out-offered", "anna +400d sale-expired", "bert +400d no-opt-out-offered"]
    );
}

/// What is said about these files, or nothing.
fn said(policy: &str, trigger: &str) -> String {
    let loaded = config::load(premises(policy, &[("it", &workflow("similar", trigger))]).path());
    loaded.err().map(|why| format!("{why:?}")).unwrap_or_default()
}

#[test]
fn a_purpose_that_rests_on_a_sale_names_a_dated_one_with_its_opt_out_and_writes_about_nothing_else() {
    let policy = format!("{POLICY}{SIMILAR}");
    assert_eq!(said(&policy, AFTER), "");
    let about_nothing = said(&policy, "[trigger]\ncron = \"0 10 1 * *\"\n");
    assert!(about_nothing.contains("rests on a sale, and this message is about none"), "{about_nothing}");
    for (from, to, wrong) in [
        (", lasts = \"12 months\"", "", "lasts"),
        (", opt_out_offered = \"purchase.offered\"", "", "opt_out_offered"),
        ("purchase.offered", "purchase.product", "`purchase.product` is text"),
        ("purchase.offered", "purchase.nothing", "nothing"),
        ("purchase.bought_at", "purchase.product", "`purchase.product` is text"),
        ("purchase.bought_at", "bought_at", "no field of a record"),
        ("purchase.bought_at", "visit.bought_at", "`visit` is no record type"),
        ("basis = \"soft-opt-in\"", "basis = \"consent\"", "this purpose rests on no sale"),
        ("sale = {", "# sale = {", "sale"),
        ("{ type = \"boolean\", purposes = [\"*\"]", "{ type = \"boolean\", purposes = [\"news\"]", "offered"),
    ] {
        assert!(policy.contains(from), "{from}");
        let told = said(&policy.replace(from, to), AFTER);
        assert!(told.contains(wrong), "{from} -> {to}: {told}");
    }
}
