//! Conditions: what they answer, and what is found before they run.

use super::*;
use crate::{
    base::Source,
    policy::{
        Policy,
        parse::{Reading, parse},
    },
};

const POLICY: &str = r#"
    [business]
    name = "S"
    postal_address = "A"
    reply_to = "a@salon.example"
    time_zone = "Europe/Paris"
    [purposes.visits]
    title = "T"
    promise = "P"
    basis = "contract"
    [purposes.gifts]
    title = "T"
    promise = "P"
    basis = "consent"
    [customer.fields]
    first_name = { type = "text", purposes = ["*"] }
    vip = { type = "boolean", purposes = ["*"] }
    birthday = { type = "month-day", purposes = ["gifts"] }
    [records.visit.fields]
    status = { type = "text", purposes = ["visits"] }
    minutes = { type = "integer", purposes = ["visits"] }
    price = { type = "money", purposes = ["visits"] }
    starts_at = { type = "datetime", purposes = ["visits"] }
"#;

fn policy() -> Policy {
    let Reading { policy, findings, .. } = parse(&Source::new("policy.toml", POLICY));
    assert!(findings.is_empty(), "{findings:?}");
    policy.expect("a policy")
}

fn compile(text: &str) -> Result<Condition, Vec<String>> {
    let policy = policy();
    let scope = Scope::of(&policy, "visits", "visit");
    let show = |(span, complaint): (Range<usize>, Complaint)| {
        format!(
            "{}: {} [{}]",
            text.get(span).expect("a span of the text"),
            complaint.message,
            complaint.help.unwrap_or_default()
        )
    };
    Condition::compile(text, &scope).map_err(|all| all.into_iter().map(show).collect())
}

fn fields(pairs: &[(&str, Value)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

#[test]
fn a_condition_answers_by_the_values_of_record_and_customer() {
    let visit = fields(&[
        ("status", Value::Text("booked".into())),
        ("minutes", Value::Integer(45)),
        ("price", Value::Money { minor: 5500, currency: "EUR".into() }),
    ]);
    let anna = fields(&[("first_name", Value::Text("Anna".into()))]);
    for (text, answer) in [
        ("visit.status == 'booked'", true),
        ("visit.status in ['cancelled', 'done']", false),
        ("visit.minutes + 15 >= 60 && customer.first_name.startsWith('A')", true),
        ("visit.price.minor >= 5000 && visit.price.currency == 'EUR'", true),
        ("has(visit.minutes)", true),
        ("['a', 'b'].exists(x, x == visit.status)", false),
        ("visit.starts_at == null", true),
        ("visit.status == 'booked' || visit.minutes / 0 == 1", true),
    ] {
        let condition = compile(text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        assert_eq!(condition.holds(&visit, &anna), Ok(answer), "{text}");
    }
}

#[test]
fn a_condition_that_can_not_be_answered_names_fields_and_no_values() {
    let condition = compile("visit.minutes > 30 && visit.status == 'booked'").expect("compiles");
    let secret = fields(&[("status", Value::Text("secret".into()))]);
    let booked = fields(&[("status", Value::Text("booked".into()))]);
    // With the other side false, CEL knows the answer without the missing value.
    assert_eq!(condition.holds(&secret, &Fields::new()), Ok(false));
    let error = condition.holds(&booked, &Fields::new()).expect_err("no value").to_string();
    assert!(error.contains("visit.minutes (no value)") && error.contains("visit.status"), "{error}");
    assert!(!error.contains("booked"), "{error}");
}

#[test]
fn what_a_condition_must_not_read_or_do_is_found_before_it_runs() {
    insta::assert_snapshot!(
        [
            "visit.statsu == 'booked'",
            "visit.status == 'booked' && custmer.first_name == 'x' && visit.mins > 3",
            "customer.birthday == '03-29'",
            "status == 'booked'",
            "visit == 'booked'",
            "visit.price > 50",
            "visit.price.cents > 50",
            "visit.status.length > 3",
            "visit.status.startWith('b')",
            "visit.status = 'booked'",
            "visit.status == 'booked' and visit.minutes > 3",
            "visit.status == 'booked",
            "(visit.minutes > 3",
            "visit.minutes > '3'",
            "visit.minutes + 3",
            "[1,2].all(x, [3].exists(y, x == y))",
            "{'a': 1}.a == 1",
        ]
        .map(|text| format!("{text}\n  {}", compile(text).expect_err(text).join("\n  ")))
        .join("\n")
    );
}

#[test]
fn yes_or_no_is_compared_because_a_field_may_have_no_value() {
    for (text, instead) in [
        ("customer.vip", "== true"),
        ("!customer.vip", "!= true"),
        ("visit.status == 'booked' && customer.vip", "== true"),
        ("visit.minutes > 3 || !customer.vip", "!= true"),
        ("visit.minutes > 3 ? customer.vip : false", "== true"),
        ("customer.vip ? true : false", "== true"),
    ] {
        let found = compile(text).expect_err(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with("vip: `customer.vip` may have no value"), "{text}: {found:?}");
        assert!(found[0].contains(&format!("write `customer.vip {instead}`")), "{text}: {found:?}");
    }
    let [yes, no] = [true, false].map(|yes| fields(&[("vip", Value::Boolean(yes))]));
    for (text, answers) in [
        ("customer.vip == true", [true, false, false]),
        ("customer.vip != true", [false, true, true]),
        ("customer.vip == false", [false, true, false]),
        ("has(customer.vip) && customer.vip == true", [true, false, false]),
    ] {
        let condition = compile(text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        for (customer, answer) in [&yes, &no, &Fields::new()].into_iter().zip(answers) {
            assert_eq!(condition.holds(&Fields::new(), customer), Ok(answer), "{text}: {customer:?}");
        }
    }
}

#[test]
fn a_condition_has_a_limit() {
    let text = vec!["visit.minutes > 1"; 100].join(" && ");
    assert!(compile(&text).expect_err("too long")[0].contains("at most 1000 bytes"));
}

#[test]
fn a_condition_can_not_be_nested_so_deeply_that_the_process_dies() {
    for (open, middle, close) in [
        ("(", "visit.minutes > 1", ")"),
        ("!", "true", ""),
        ("[", "1", "]"),
        ("-", "1", ""),
        ("true ? true : ", "true", ""),
    ] {
        let times = (900 - middle.len()) / (open.len() + close.len());
        let text = format!("{}{middle}{}", open.repeat(times), close.repeat(times));
        // On a small stack, as threads have it.
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let _ = thread.spawn(move || compile(&text).map(|_| ())).expect("a thread").join().expect("it ends");
    }
    let deep = format!("{}true{}", "(".repeat(300), ")".repeat(300));
    assert_eq!(compile(&deep).expect_err("too deep").len(), 1);
}
