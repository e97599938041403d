//! Caps that count by a field: about one product nobody is written to twice in a month, and about another they may be.

use super::{ANNA, Act, POLICY, premises, tell_by, workflow};
use comity::config;

const AFTER: &str = "[trigger]\nrecord = \"purchase\"\nafter = { field = \"bought_at\", by = [\"2d at 10:00\"] }\n";
const CAP: &str = "cap = { at_most = 1, per = \"30 days\", same = \"purchase.product\" }\n";
/// Two of soap, one of oil, one of nobody knows what, and soap again after a month.
const SALES: [(&str, &str); 5] = [
    ("2027-03-01T12:00", "a1;anna;2027-03-01T11:00;soap"),
    ("2027-03-05T12:00", "a2;anna;2027-03-05T11:00;soap"),
    ("2027-03-09T12:00", "a3;anna;2027-03-09T11:00;oil"),
    ("2027-03-12T12:00", "a4;anna;2027-03-12T11:00;"),
    ("2027-04-02T12:00", "a5;anna;2027-04-02T11:00;soap"),
];
const LEFT: [&str; 4] = ["2027-03-03T10:00", "2027-03-11T10:00", "2027-03-14T10:00", "2027-04-04T10:00"];

fn sales() -> Vec<(&'static str, Act)> {
    let sales = SALES.map(|(at, row)| (at, Act::Sales(row)));
    std::iter::once(("2027-03-01T08:00", Act::Customers(ANNA))).chain(sales).collect()
}

#[tokio::test]
async fn about_one_product_nobody_is_written_to_twice_in_a_month() {
    let of_purpose = POLICY.replacen("may_be_merged = true\n", &format!("may_be_merged = true\n{CAP}"), 1);
    let of_all = format!("{POLICY}\n[caps]\nall = [{}]\n", CAP.trim_start_matches("cap = ").trim());
    let of_marketing = of_all.replace("\nall = ", "\nall-marketing = ");
    for (policy, cap) in [(POLICY, CAP), (&of_purpose, ""), (&of_all, ""), (&of_marketing, "")] {
        let care = workflow("news", &format!("{cap}\n{AFTER}"));
        let told = tell_by(policy, &[("care", &care)], "2027-03-01T08:00", "2027-04-20T12:00", &sales()).await;
        assert_eq!(told.left, LEFT.map(|at| format!("{at} anna +2d at 10:00")), "{policy}{cap}");
        assert_eq!(told.refused, ["anna +2d at 10:00 hold-outlasts-plan"], "{policy}{cap}");
    }
}

#[tokio::test]
async fn a_message_of_several_counts_for_each_of_their_products() {
    let policy = POLICY.replacen("may_be_merged = true\n", &format!("may_be_merged = true\n{CAP}"), 1);
    let care = workflow("news", AFTER);
    let together = workflow("news", "[trigger]\ndigest = \"2 days\"\n").replace("\"note\"", "\"together\"");
    let acts = [
        ("2027-03-01T08:00", Act::Customers(ANNA)),
        ("2027-03-01T12:00", Act::Sales("a1;anna;2027-03-01T11:00;soap\na2;anna;2027-03-01T11:30;oil")),
        ("2027-03-05T12:00", Act::Sales("a3;anna;2027-03-05T11:00;oil")),
        ("2027-03-08T12:00", Act::Sales("a4;anna;2027-03-08T11:00;wax")),
    ];
    let workflows = [("care", care.as_str()), ("together", together.as_str())];
    let told = tell_by(&policy, &workflows, "2027-03-01T08:00", "2027-03-25T12:00", &acts).await;
    assert_eq!(told.left, ["2027-03-03T10:00 anna together +0h", "2027-03-10T10:00 anna care +2d at 10:00"]);
    assert_eq!(told.refused, ["anna care +2d at 10:00 hold-outlasts-plan"]);
}

#[test]
fn a_cap_counts_by_a_field_that_is_declared_and_may_serve_what_it_counts() {
    let in_policy =
        |same: &str| format!("{POLICY}\n[caps]\nall = [{{ at_most = 1, per = \"30 days\", same = \"{same}\" }}]\n");
    let of_news = |policy: &str| {
        policy.replace(
            "product   = { type = \"text\", purposes = [\"*\"]",
            "product   = { type = \"text\", purposes = [\"news\"]",
        )
    };
    let sensitive = |policy: &str| {
        policy.replace("product   = { type = \"text\",", "product   = { type = \"text\", sensitive = true,")
    };
    let care = |same: &str| workflow("news", &format!("{}\n{AFTER}", CAP.replace("purchase.product", same)));
    let plain = workflow("news", AFTER);
    let cases = [
        (in_policy("person"), plain.clone(), "a cap can't count by `person`"),
        (in_policy("sale.product"), plain.clone(), "`sale` is no record type"),
        (in_policy("customer.town"), plain.clone(), "`customer` is no record type"),
        (in_policy("purchase.produkt"), plain.clone(), "did you mean `product`?"),
        (
            of_news(&in_policy("purchase.product")),
            plain.clone(),
            "`purchase.product` may not serve the purpose `cards`",
        ),
        (
            sensitive(&in_policy("purchase.product")),
            plain,
            "`purchase.product` is sensitive, and the purpose `cards` is marketing",
        ),
        (POLICY.to_owned(), care("purchase.produkt"), "did you mean `product`?"),
        (POLICY.to_owned(), care("visit.product"), "the workflow is about the purchase, not about the visit"),
        (of_news(POLICY), care("purchase.product"), ""),
        (
            of_news(POLICY),
            care("purchase.product").replace("\"news\"", "\"orders\""),
            "`purchase.product` may not serve the purpose `orders`",
        ),
    ];
    for (policy, workflow, wrong) in cases {
        match config::load(premises(&policy, &[("care", &workflow)]).path()) {
            Ok(_) => assert_eq!(wrong, "", "{workflow}"),
            Err(why) => assert!(!wrong.is_empty() && format!("{why:?}").contains(wrong), "{wrong}: {why:?}"),
        }
    }
}
