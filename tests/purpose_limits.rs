//! Promise P5, as a table: what a template, a condition or a policy may not read does not load, by whichever way it is read,
//! and what it may read does.

use crate::support::proof;
use comity::{
    base::Findings,
    config::{self, Installation, LoadError},
};
use std::{fs, path::Path};

/// `secret` and `note` serve tips alone; `diagnosis` and `service` are sensitive.
const POLICY: &str = r#"
[business]
name = "Salon Lumière"
postal_address = "12 rue des Lilas, 69001 Lyon, France"
reply_to = "hello@salon.example"
time_zone = "Europe/Paris"
language = "en"
currency = "EUR"
[purposes.reminders]
title = "Reminders"
promise = "We write before each visit."
basis = "contract"
[purposes.tips]
title = "Tips"
promise = "We write what is good to know."
basis = "consent"
[customer.fields]
first_name = { type = "text", purposes = ["*"] }
visits = { type = "integer", purposes = ["*"] }
secret = { type = "text", purposes = ["tips"] }
diagnosis = { type = "text", purposes = ["*"], sensitive = true, category = "user.health_and_medical" }
[records.appointment.fields]
starts_at = { type = "datetime", purposes = ["*"] }
booked_at = { type = "datetime", purposes = ["tips"] }
status = { type = "text", purposes = ["*"] }
service = { type = "text", purposes = ["reminders"], sensitive = true }
note = { type = "text", purposes = ["tips"] }
duration_minutes = { type = "integer", purposes = ["tips"] }
price = { type = "money", purposes = ["reminders"] }
"#;
const WORKFLOW: &str = r#"purpose = "reminders"
template = "plain"
[trigger]
record = "appointment"
before = { field = "starts_at", by = ["1h"] }
"#;
const END: &str = "\n\nYou get this because you have a visit. Vous recevez ce message parce que vous avez une visite. {{stop_url}} {{business.postal_address}}\n";

/// A file laid over the installation; a body gets what every body must have.
type Change = (&'static str, &'static str);

const HTML: &str = "templates/mail/plain/body.html.hbs";
const TEXT: &str = "templates/mail/plain/body.txt.hbs";
const SUBJECT: &str = "templates/mail/plain/subject.hbs";
const FRENCH: &str = "templates/mail/plain/fr/body.html.hbs";
const SAMPLE: &str = "templates/mail/plain/sample.json";
const PEEK: &str = "templates/partials/peek.hbs";
const FRAME: &str = "templates/partials/frame.hbs";
/// A line of the workflow.
const LINE: &str = "workflow";
/// The purpose is marketing.
const TIPS: Change = (LINE, "tips");

/// What must not load: the changes, the file that is blamed, and the word in it.
#[rustfmt::skip]
const REFUSED: &[(&[Change], &str, &str)] = &[
    // Templates, by whichever way.
    (&[(HTML, "{{customer.secret}}")], HTML, "customer.secret"),
    (&[(TEXT, "{{customer.secret}}")], TEXT, "customer.secret"),
    (&[(SUBJECT, "{{customer.secret}}")], SUBJECT, "customer.secret"),
    (&[(FRENCH, "{{customer.secret}}")], FRENCH, "customer.secret"),
    (&[(HTML, "{{appointment.note}}")], HTML, "appointment.note"),
    (&[(HTML, "{{customer/secret}}")], HTML, "customer/secret"),
    (&[(HTML, "{{this.customer.secret}}")], HTML, "this.customer.secret"),
    (&[(HTML, "{{@root.customer.secret}}")], HTML, "@root.customer.secret"),
    (&[(HTML, "{{customer.[secret]}}")], HTML, "customer.[secret]"),
    (&[(HTML, "{{{customer.secret}}}")], HTML, "customer.secret"),
    (&[(HTML, "{{&customer.secret}}")], HTML, "customer.secret"),
    (&[(HTML, "{{#if customer.secret}}yes{{/if}}")], HTML, "customer.secret"),
    (&[(HTML, "{{#unless customer.secret}}no{{/unless}}")], HTML, "customer.secret"),
    (&[(HTML, "{{#if customer.first_name}}a{{else}}{{customer.secret}}{{/if}}")], HTML, "customer.secret"),
    (&[(HTML, "{{#if (eq customer.secret \"a\")}}a{{/if}}")], HTML, "customer.secret"),
    (&[(HTML, "{{#if (and customer.first_name (not customer.secret))}}a{{/if}}")], HTML, "customer.secret"),
    (&[(HTML, "{{#with customer}}{{secret}}{{/with}}")], HTML, "secret"),
    (&[(HTML, "{{#with customer}}{{../appointment.note}}{{/with}}")], HTML, "../appointment.note"),
    (&[(HTML, "{{#with customer as |c|}}{{c.secret}}{{/with}}")], HTML, "as |"),
    (&[(HTML, "{{#each customer}}{{this}}{{/each}}")], HTML, "each"),
    (&[(HTML, "{{lookup customer \"secret\"}}")], HTML, "lookup"),
    (&[(HTML, "{{len customer.secret}}")], HTML, "customer.secret"),
    (&[(HTML, "{{plural appointment.duration_minutes one=\"a\" other=\"b\"}}")], HTML, "appointment.duration_minutes"),
    (&[(HTML, "{{plural customer.visits one=customer.secret other=\"b\"}}")], HTML, "customer.secret"),
    (&[(HTML, "{{datetime appointment.booked_at}}")], HTML, "appointment.booked_at"),
    (&[(HTML, "<a href=\"https://salon.example/{{customer.secret}}\">a</a>")], HTML, "customer.secret"),
    // Partials.
    (&[(HTML, "{{> peek}}"), (PEEK, "{{customer.secret}}")], PEEK, "customer.secret"),
    (&[(HTML, "{{> frame}}"), (FRAME, "{{> peek}}"), (PEEK, "{{appointment.note}}")], PEEK, "appointment.note"),
    (&[(HTML, "{{> peek customer}}"), (PEEK, "{{secret}}")], PEEK, "secret"),
    (&[(HTML, "{{> peek this}}"), (PEEK, "{{customer.secret}}")], PEEK, "customer.secret"),
    (&[(HTML, "{{> peek customer=appointment}}"), (PEEK, "{{customer.note}}")], PEEK, "customer.note"),
    (&[(HTML, "{{> peek value=customer.secret}}"), (PEEK, "{{value}}")], HTML, "customer.secret"),
    (&[(HTML, "{{#> frame}}{{customer.secret}}{{/frame}}"), (FRAME, "<b>{{> @partial-block}}</b>")], HTML, "customer.secret"),
    (&[(HTML, "{{#*inline \"a\"}}{{customer.secret}}{{/inline}}{{> a}}")], HTML, "{{#*inline \"a\"}}"),
    // Samples, which a preview shows.
    (&[(SAMPLE, "{ \"customer\": { \"secret\": \"x\" } }")], SAMPLE, "\"secret\""),
    // Conditions and triggers.
    (&[(LINE, "only_if = \"customer.secret == 'x'\"")], LINE, "secret"),
    (&[(LINE, "only_if = \"has(customer.secret)\"")], LINE, "secret"),
    (&[(LINE, "only_if = \"customer['secret'] == 'x'\"")], LINE, "customer"),
    (&[(LINE, "only_if = \"[customer][0].secret == 'x'\"")], LINE, "customer"),
    (&[(LINE, "only_if = \"['a'].exists(x, x == customer.secret)\"")], LINE, "secret"),
    (&[(LINE, "only_if = \"appointment.status == 'booked' || size(appointment.note) > 0\"")], LINE, "note"),
    (&[(LINE, "only_if = \"(appointment.status == 'a' ? customer.secret : 'b') == 'b'\"")], LINE, "secret"),
    (&[(LINE, "before = { field = \"booked_at\", by = [\"1h\"] }")], LINE, "\"booked_at\""),
    // What is sensitive.
    (&[(SUBJECT, "{{appointment.service}}")], SUBJECT, "appointment.service"),
    (&[(SUBJECT, "{{#if appointment.service}}a{{else}}b{{/if}}")], SUBJECT, "appointment.service"),
    (&[(SUBJECT, "{{> peek}}"), (PEEK, "{{appointment.service}}")], PEEK, "appointment.service"),
    (&[(SUBJECT, "{{> peek what=appointment.service}}"), (PEEK, "{{what}}")], SUBJECT, "appointment.service"),
    (&[(HTML, "<div style=\"display:none\">{{appointment.service}}</div>")], HTML, "appointment.service"),
    (&[(HTML, "<div class=\"preheader\"><b>a</b>{{appointment.service}}</div>")], HTML, "appointment.service"),
    (&[(HTML, "<div hidden>{{#if customer.diagnosis}}a{{/if}}</div>")], HTML, "customer.diagnosis"),
    (&[(HTML, "<div hidden>{{> peek}}</div>"), (PEEK, "{{appointment.service}}")], PEEK, "appointment.service"),
    (&[TIPS, (HTML, "{{customer.diagnosis}}")], HTML, "customer.diagnosis"),
    (&[TIPS, (TEXT, "{{appointment.service}}")], TEXT, "appointment.service"),
    (&[TIPS, (LINE, "only_if = \"customer.diagnosis != 'x'\"")], LINE, "diagnosis"),
    (&[("policy", "diagnosis2 = { type = \"text\", purposes = [\"tips\"], sensitive = true }")], "policy.toml", "\"tips\""),
    (&[("policy", "diagnosis2 = { type = \"text\", purposes = [\"*\"], category = \"Health\" }")], "policy.toml", "\"Health\""),
];

/// What must load, and what then flows where: `field place`.
#[rustfmt::skip]
const TAKEN: &[(&[Change], &[&str])] = &[
    (&[(HTML, "{{customer.first_name}}")], &["customer.first_name body"]),
    (&[(TEXT, "{{customer.first_name}}")], &["customer.first_name body"]),
    (&[(SUBJECT, "{{customer.first_name}}")], &["customer.first_name subject"]),
    (&[(FRENCH, "{{appointment.service}}")], &["appointment.service body"]),
    (&[(HTML, "{{customer/first_name}} {{this.customer.visits}}")], &["customer.first_name body", "customer.visits body"]),
    (&[(HTML, "{{@root.customer.first_name}}")], &["customer.first_name body"]),
    (&[(HTML, "{{#if customer.diagnosis}}a{{/if}}")], &["customer.diagnosis body"]),
    (&[(HTML, "{{#unless customer.first_name}}a{{/unless}}")], &["customer.first_name body"]),
    (&[(HTML, "{{#if appointment.status}}a{{else}}{{money appointment.price}}{{/if}}")], &["appointment.price body"]),
    (&[(HTML, "{{#if (eq appointment.status \"booked\")}}a{{/if}}")], &["appointment.status body"]),
    (&[(HTML, "{{#if (and customer.first_name (not customer.visits))}}a{{/if}}")], &["customer.visits body"]),
    (&[(HTML, "{{#with customer}}{{first_name}}{{/with}}")], &["customer.first_name body"]),
    (&[(HTML, "{{#with customer}}{{../appointment.service}}{{/with}}")], &["appointment.service body"]),
    (&[(HTML, "{{#with business}}{{name}}{{/with}}")], &[]),
    (&[(HTML, "{{plural customer.visits one=\"a\" other=customer.first_name}}")], &["customer.first_name body", "customer.visits body"]),
    (&[(HTML, "{{date appointment.starts_at}} {{time appointment.starts_at}}")], &["appointment.starts_at body"]),
    (&[(HTML, "{{#if moved}}{{datetime previous}}{{/if}}")], &["appointment.starts_at body"]),
    (&[(HTML, "<a href=\"https://salon.example/{{appointment.status}}\">a</a>")], &["appointment.status body"]),
    (&[(HTML, "{{> peek}}"), (PEEK, "{{customer.first_name}}")], &["customer.first_name body"]),
    (&[(HTML, "{{> frame}}"), (FRAME, "{{> peek}}"), (PEEK, "{{appointment.service}}")], &["appointment.service body"]),
    (&[(HTML, "{{> peek customer}}"), (PEEK, "{{first_name}}")], &["customer.first_name body"]),
    (&[(HTML, "{{> peek value=customer.first_name}}"), (PEEK, "{{value}}")], &["customer.first_name body"]),
    (&[(HTML, "{{> peek secret=\"a word\"}}"), (PEEK, "{{secret}}")], &[]),
    (&[(HTML, "{{#> frame}}{{customer.first_name}}{{/frame}}"), (FRAME, "<b>{{> @partial-block}}</b>")], &["customer.first_name body"]),
    // A partial that one workflow may not include is nobody's mistake until it does.
    (&[(PEEK, "{{customer.secret}}")], &[]),
    (&[(HTML, "customer.secret {{!-- {{customer.secret}} --}}")], &[]),
    (&[(HTML, "<div hidden>{{customer.first_name}}</div>{{appointment.service}}"), (TEXT, "{{appointment.service}}")], &["customer.first_name body", "appointment.service body"]),
    (&[(HTML, "<div style=\"display:none\">a</div><div>{{customer.diagnosis}}</div>")], &["customer.diagnosis body"]),
    (&[TIPS, (HTML, "{{customer.secret}} {{appointment.note}}")], &["customer.secret body", "appointment.note body"]),
    (&[TIPS, (SUBJECT, "{{customer.secret}}")], &["customer.secret subject"]),
    (&[TIPS], &["appointment.duration_minutes attachment"]),
    (&[TIPS, (LINE, "before = { field = \"booked_at\", by = [\"1h\"] }")], &["appointment.booked_at trigger", "appointment.booked_at attachment"]),
    (&[(LINE, "only_if = \"appointment.status == 'booked' && has(customer.visits)\"")], &["appointment.status condition", "customer.visits condition"]),
    (&[(LINE, "only_if = \"['a'].exists(secret, secret == customer.first_name)\"")], &["customer.first_name condition"]),
    (&[(LINE, "only_if = \"customer.diagnosis != 'x'\"")], &["customer.diagnosis condition"]),
    (&[(SAMPLE, "{ \"customer\": { \"first_name\": \"Anna\" }, \"appointment\": { \"service\": \"Cut\" } }")], &[]),
];

fn load(changes: &[Change]) -> (tempfile::TempDir, Result<Installation, Findings>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let (mut policy, mut workflow) = (POLICY.to_owned(), WORKFLOW.to_owned());
    // What one body says, the other says, too.
    let alike = |one, other| changes.iter().find(|(file, _)| *file == one).map(|(_, text)| (other, *text));
    let bodies = [alike(HTML, TEXT).unwrap_or((TEXT, "")), alike(TEXT, HTML).unwrap_or((HTML, ""))];
    for (file, text) in bodies.iter().chain(&[(SUBJECT, "Your visit"), (SAMPLE, "{}")]).chain(changes) {
        match *file {
            LINE if *text == "tips" => workflow = workflow.replace("\"reminders\"", "\"tips\""),
            LINE if text.starts_with("before") => {
                workflow = workflow.replace("before = { field = \"starts_at\", by = [\"1h\"] }", text);
            }
            LINE => workflow = format!("{workflow}{text}\n"),
            "policy" => policy = policy.replace("[records.", &format!("{text}\n[records.")),
            HTML | TEXT => write(file, &format!("{text}{END}")),
            FRENCH => {
                write(file, &format!("{text}{END}"));
                write("templates/mail/plain/fr/body.txt.hbs", &format!("{text}{END}"));
                write("templates/mail/plain/fr/subject.hbs", "Visite");
            }
            _ => write(file, text),
        }
    }
    write("comity.toml", &proof::settings(25));
    write("policy.toml", &policy);
    write("workflows/visit.toml", &workflow);
    let loaded = match config::load_with(folder.path(), Vec::new()) {
        Ok(installation) => Ok(installation),
        Err(LoadError::Findings(findings)) => Err(findings),
        Err(other) => panic!("{other}"),
    };
    (folder, loaded)
}

fn file(name: &str) -> &str {
    if name == LINE { "workflows/visit.toml" } else { name }
}

#[test]
fn what_may_not_be_read_does_not_load_by_whichever_way_it_is_read() {
    assert!(REFUSED.len() >= 30);
    for (changes, blamed, word) in REFUSED {
        let (_, loaded) = load(changes);
        let Err(findings) = loaded else { panic!("{changes:?} loads") };
        let places: Vec<(String, &str)> = findings
            .0
            .iter()
            .map(|f| (f.source.path.to_string(), f.source.text.get(f.span.clone()).unwrap_or_default()))
            .collect();
        let named = places.iter().any(|(path, text)| Path::new(path).ends_with(file(blamed)) && text == word);
        assert!(named, "{changes:?}: {blamed} and {word:?} are not blamed, but {places:?}");
        assert!(findings.0.iter().all(|finding| finding.help.is_some()), "{changes:?}: no way out is named");
    }
}

#[test]
fn what_may_be_read_loads_and_its_flow_is_known() {
    assert!(TAKEN.len() >= 30);
    for (changes, flows) in TAKEN {
        let (_, loaded) = load(changes);
        let installation = loaded.unwrap_or_else(|findings| panic!("{changes:?}: {findings:#?}"));
        let known: Vec<String> = installation
            .flows
            .iter()
            .flat_map(|flow| flow.places.iter().map(|place| format!("{} {}", flow.field, place.name())))
            .collect();
        for flow in *flows {
            assert!(known.iter().any(|known| known == flow), "{changes:?}: {flow} is missing in {known:?}");
        }
        let secret = known.iter().find(|flow| flow.starts_with("customer.secret"));
        assert!(secret.is_none() || changes.contains(&TIPS), "{changes:?}: {secret:?}");
        let minutes = known.iter().any(|flow| flow == "appointment.duration_minutes attachment");
        assert_eq!(minutes, changes.contains(&TIPS), "{changes:?}: the attachment takes what it may");
    }
}
