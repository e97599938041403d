//! The privacy notice: what it says, where it can be read, and that what was said stays readable.

use crate::support::{
    clock::HandClock,
    daemon::Daemon,
    door::OpenDoor,
    http::{Answer, ask},
    process::COMITY,
    proof,
};
use comity::{
    base::Clock,
    config,
    people::Language,
    privacy::{Change, Notice, material},
};
use std::{collections::BTreeSet, fs, path::Path, process::Command, time::Duration};

/// What the salon's policy says beside the reminders.
const MORE: &str = r#"
notes = { type = "text", purposes = ["reminders"], keep = "90 days", sensitive = true, title = "our notes", translations = { fr.title = "nos notes" } }
[customer.fields]
first_name = { type = "text", purposes = ["*"] }
[purposes.letters]
title = "Letters"
promise = "One letter a month."
basis = "consent"
consent_lasts = "24 months"
translations.fr = { title = "Lettres", promise = "Une lettre par mois." }
[processors.mail]
name = "Example Mail Inc."
country = "US"
purpose = "carries our messages"
contract = "2026-01-05"
safeguard = "EU standard contractual clauses"
[caps]
all = { at_most = 3, per = "24 hours" }
"#;

async fn salon() -> (Daemon, OpenDoor) {
    let premises = proof::premises_to(25);
    fs::write(premises.path().join("policy.toml"), proof::POLICY.to_owned() + MORE).unwrap();
    let mut daemon = Daemon::over(premises, HandClock::new()).await;
    daemon.run().await;
    let door = OpenDoor::of(&daemon).await;
    (daemon, door)
}

async fn get(door: &OpenDoor, path: &str) -> Answer {
    ask(door.at, "GET", path, "").await
}

/// The version that a page names.
fn version(page: &str) -> String {
    let (_, rest) = page.split_once("Version ").unwrap();
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

/// The sample installation in a folder of its own, with one file changed.
fn sample(file: &str, old: &str, new: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["comity.toml", "policy.toml", "workflows", "templates"] {
        crate::check::lay(&root.join(part), &folder.path().join(part));
    }
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{file} has {old}");
    fs::write(path, text.replace(old, new)).unwrap();
    folder
}

fn notice_of(folder: &Path) -> Notice {
    let installation = config::load(folder).unwrap();
    Notice::of(&installation.policy, &installation.flows)
}

#[tokio::test]
async fn anybody_can_read_who_writes_what_for_on_which_ground_with_which_data_how_long_and_who_else_sees_it() {
    let (daemon, door) = salon().await;
    let page = get(&door, "/privacy").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for said in [
        "In force since ",
        "<bdi>Salon Lumière</bdi></strong>: 12 rue des Lilas",
        "hello@salon.example. A person reads it.",
        "<h3>Letters</h3>\n<p>One letter a month.</p>",
        "You said yes, and for no other reason (GDPR, Article 6(1)(a)).",
        "A yes holds 24 months, and then ends by itself.",
        "It belongs to something that you arranged with us (GDPR, Article 6(1)(b)).",
        "What is read for it</bdi></strong>: starts at (appointment)",
        "all messages together: at most 3 in 1 day",
        "letters and offers, always: at most 1 in 1 day",
        "<bdi>Our notes</bdi></strong>: for “Reminders”; kept for 90 days after its date; sensitive",
        "<bdi>first name</bdi></strong>: for everything above; kept while you are our customer",
        "<bdi>Example Mail Inc. (United States)</bdi></strong>: carries our messages; contract of Monday, 5 January 2026; protected there by: EU standard contractual clauses",
        "write to hello@salon.example, or answer any message.",
        "the data protection authority where you live or work",
    ] {
        assert!(page.body.contains(said), "{said} in {}", page.body);
    }
    for (language, heading, title, notes) in [
        ("fr", "Ce que nous faisons de vos données", "Lettres", "Nos notes"),
        ("de", "Was wir mit Ihren Daten tun", "Letters", "Our notes"),
    ] {
        let page = get(&door, &format!("/privacy?lang={language}")).await;
        assert!(page.body.contains(&format!("<h1>{heading}</h1>")), "{}", page.body);
        assert!(page.body.contains(&format!("<h3>{title}</h3>")), "{}", page.body);
        assert!(page.body.contains(&format!("<bdi>{notes}</bdi>")), "{}", page.body);
        assert!(page.body.contains(&format!("<html lang=\"{language}\"")), "{}", page.body);
        assert!(page.body.len() < 20_000, "{language}: {}", page.body.len());
        assert!(!page.body.contains("<script") && !page.body.contains('{'.to_string().repeat(2).as_str()));
        assert_eq!(page.header("cache-control"), "no-store");
    }
    let browser = ask(door.at, "GET", "/privacy", "Accept-Language: de-AT, en;q=0.5\r\n").await;
    assert!(browser.body.contains("Was wir mit Ihren Daten tun"), "{}", browser.body);
    // And it is where people look for it: at the foot of every page.
    let foot = get(&door, "/sign-up?lang=fr").await;
    assert!(foot.body.contains("<a href=\"/privacy?lang=fr\">Ce que nous faisons de vos données</a>"), "{}", foot.body);
    daemon.end().await;
}

#[tokio::test]
async fn what_people_were_told_stays_readable_with_its_day_after_the_files_have_changed() {
    let (daemon, door) = salon().await;
    let first = get(&door, "/privacy").await;
    let old = version(&first.body);
    daemon.clock.go_on(Duration::from_hours(24 * 40));
    let policy = daemon.premises.path().join("policy.toml");
    let changed = fs::read_to_string(&policy).unwrap().replace("One letter a month.", "Two letters a month.");
    fs::write(&policy, changed).unwrap();
    daemon.files().reload().await.unwrap();
    let now = get(&door, "/privacy").await;
    let new = version(&now.body);
    assert_ne!(old, new);
    assert!(now.body.contains("Two letters a month.") && !now.body.contains("One letter a month."), "{}", now.body);
    assert!(now.body.contains(&format!("<a href=\"/privacy/{old}?lang=en\">")), "{}", now.body);

    let kept = get(&door, &format!("/privacy/{old}")).await;
    assert_eq!(kept.status, 200);
    assert!(kept.body.contains("One letter a month.") && kept.body.contains("in force no more"), "{}", kept.body);
    let same = get(&door, &format!("/privacy/{new}")).await;
    assert!(same.body.contains("In force since") && !same.body.contains("no more. Version"), "{}", same.body);
    let since = daemon.engine.store.notices(9).await.unwrap();
    assert_eq!(since.iter().map(|kept| kept.version.clone()).collect::<Vec<_>>(), [new, old]);
    assert_eq!(since[0].since, daemon.clock.now());
    // The same files again are the same version, and no new row.
    daemon.files().reload().await.unwrap();
    assert_eq!(daemon.engine.store.notices(9).await.unwrap(), since);
    for none in ["/privacy/000000000000", "/privacy/'", "/privacy/%00", "/privacy/../policy.toml"] {
        assert_eq!(get(&door, none).await.status, 404, "{none}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(ask(door.at, method, "/privacy", "").await.status, 405, "{method}");
    }
    daemon.end().await;
}

#[tokio::test]
#[should_panic(expected = "privacy notices are append-only")]
async fn a_notice_that_was_in_force_is_never_written_over() {
    let (daemon, _door) = salon().await;
    daemon.sql("UPDATE privacy_notices SET since = 0").await;
}

#[test]
fn a_condition_that_reads_another_field_is_another_version_and_a_comment_is_none() {
    let as_it_is = notice_of(Path::new(env!("CARGO_MANIFEST_DIR")));
    let comment = sample("policy.toml", "# What we may do", "# What we might do");
    assert_eq!(notice_of(comment.path()), as_it_is);
    let file = "workflows/appointment-reminder.toml";
    let condition = ("== 'booked'\"", "== 'booked' && customer.last_name != ''\"");
    let reading = notice_of(sample(file, condition.0, condition.1).path());
    let reads =
        |notice: &Notice| notice.content.facts.purposes["appointment-reminders"].reads.contains("customer.last_name");
    assert_eq!((reads(&as_it_is), reads(&reading)), (false, true));
    let longer = notice_of(sample("policy.toml", "keep = \"7 days\"", "keep = \"8 days\"").path());
    assert_eq!(BTreeSet::from([&as_it_is.version, &reading.version, &longer.version]).len(), 3);
}

#[test]
fn the_record_of_processing_tells_of_each_purpose_whose_data_which_and_for_how_long_and_who_else_sees_them() {
    let folder = sample("policy.toml", "country = \"FR\"", "country = \"US\"\nsafeguard = \"standard clauses\"");
    let run = |args: &[&str]| {
        let run = Command::new(COMITY).arg("-C").arg(folder.path()).arg("ropa").args(args).output().unwrap();
        String::from_utf8(run.stdout).unwrap()
    };
    let markdown = run(&[]);
    for said in [
        "- Controller: Salon Lumière, 12 rue des Lilas, 69001 Lyon, France, hello@salon.example\n",
        "- Supervisory authority: CNIL, www.cnil.fr\n",
        "## Appointment reminders (appointment-reminders)\n\nWe write before each visit",
        "- Ground: contract, GDPR 6(1)(b)\n- People: customers\n- Workflows: appointment-reminder\n",
        "| what you come for (appointment.service, sensitive) |  | 90 days |\n",
        "| your first name (customer.first_name) |  | while they are a customer |\n",
        "| customer.email |  | while they are a customer |\n",
        "- People: people whose address was typed into the sign-up form\n",
        "- Example Mail SAS (US): carries our messages; contract of 2026-01-05; safeguard: standard clauses\n",
        "## Transfers to third countries\n\n- Example Mail SAS (US), by standard clauses\n",
    ] {
        assert!(markdown.contains(said), "{said} in {markdown}");
    }
    let json: serde_json::Value = serde_json::from_str(&run(&["--json"])).unwrap();
    assert_eq!(json["activities"].as_object().unwrap().len(), 10);
    assert_eq!(json["transfers"][0]["country"], "US");
    let birthday = &json["activities"]["birthday-cards"]["data"][0];
    assert_eq!((&birthday["field"], &birthday["title"]), (&"customer.birthday".into(), &TITLE.into()));
    let policy = folder.path().join("policy.toml");
    let untitled = fs::read_to_string(&policy).unwrap().replace(&titles(), "");
    fs::write(&policy, untitled).unwrap();
    assert!(run(&[]).contains("| customer.birthday |  | while they are a customer |\n"));
}

const TITLE: &str = "your birthday (no year)";

/// What the sample's policy says of the birthday, for people to read.
fn titles() -> String {
    let others = "fr.title = \"votre anniversaire (sans l'année)\", de.title = \"Ihr Geburtstag (ohne Jahr)\"";
    format!(", title = \"{TITLE}\", translations = {{ {others} }}")
}

#[test]
fn a_field_is_called_what_its_title_says_in_the_readers_language_and_without_one_as_the_files_call_it() {
    let titled = notice_of(Path::new(env!("CARGO_MANIFEST_DIR")));
    let untitled = notice_of(sample("policy.toml", &titles(), "").path());
    // What is kept, and what is read for the card.
    let says = |notice: &Notice, language: &str, heading: &str, name: &str| {
        let text = comity::privacy::markdown(&notice.content.told[language]);
        [format!("- **{heading}**: "), format!("**: {name}, ")].map(|said| text.contains(&said))
    };
    for (language, heading, name) in [
        ("en", "Your birthday (no year)", TITLE),
        ("fr", "Votre anniversaire (sans l'année)", "votre anniversaire (sans l'année)"),
        ("de", "Ihr Geburtstag (ohne Jahr)", "Ihr Geburtstag (ohne Jahr)"),
    ] {
        assert_eq!(says(&titled, language, heading, name), [true; 2], "{language}");
        assert_eq!(says(&titled, language, "birthday", "birthday"), [false; 2], "{language}");
        assert_eq!(says(&untitled, language, "birthday", "birthday"), [true; 2], "{language}");
    }
    // Where it counts that there is a record, it is called by its title, too.
    let record = |old: &str, new: &str| {
        let told = notice_of(sample("policy.toml", old, new).path()).content.told;
        ["en", "fr", "de"].map(|language| comity::privacy::markdown(&told[language]))
    };
    let [english, french, german] = record("title = \"Termin\"", "title = \"Besuch\"");
    assert!(english.contains("that there is one (visit), "), "{english}");
    assert!(french.contains("qu’il y en a un (visite), ") && german.contains("dass es so etwas gibt (Besuch), "));
    let [english, ..] = record("[records.sign_up]\ntitle = \"sign-up\"\n", "[records.sign_up]\ntitle = \"form\"\n");
    assert!(english.contains("that there is one (form), "), "{english}");
    // Words alone: another version, which changes nothing for anybody; and without titles the version of before there were any.
    assert_ne!(titled.version, untitled.version);
    assert_eq!(material(&untitled.content.facts, &titled.content.facts), []);
    let kept = serde_json::to_value(&untitled.content.facts.data["customer.birthday"]).unwrap();
    assert!(kept.as_object().unwrap().keys().all(|key| key != "title"), "{kept}");
}

#[test]
fn the_command_prints_what_the_page_says_and_refuses_a_language_that_is_none() {
    let run = |args: &[&str]| {
        let root = env!("CARGO_MANIFEST_DIR");
        Command::new(COMITY).args(["-C", root, "notice"]).args(args).output().unwrap()
    };
    let text = |args: &[&str]| String::from_utf8(run(args).stdout).unwrap();
    let notice = notice_of(Path::new(env!("CARGO_MANIFEST_DIR")));
    let french = text(&["--language", "fr"]);
    assert_eq!(french.trim_end(), comity::privacy::markdown(&notice.content.told["fr"]).trim_end());
    assert!(french.contains("- **Example Mail SAS (France)**: transporte nos messages; contrat du"), "{french}");
    assert!(text(&[]).starts_with("# What we do with your data\n\n## Who we are\n\n- **Salon Lumière**: "));
    let json: serde_json::Value = serde_json::from_str(&text(&["--json"])).unwrap();
    assert_eq!(json["facts"]["controller"]["authority"], "CNIL, www.cnil.fr");
    let none = run(&["--language", "???"]);
    assert!(!none.status.success());
    assert!(String::from_utf8(none.stderr).unwrap().contains("is not a language"));
    assert!(Language::parse("???").is_none());
    assert!(!run(&["--kept", "no version"]).status.success());
}

#[test]
fn what_matters_in_a_new_notice_is_told_by_rule_and_other_words_are_nothing() {
    let as_it_is = notice_of(Path::new(env!("CARGO_MANIFEST_DIR"))).content.facts;
    let changes = |old: &str, new: &str| {
        let there = notice_of(sample("policy.toml", old, new).path()).content.facts;
        (material(&as_it_is, &there), material(&there, &as_it_is))
    };
    let none = || Vec::<Change>::new();
    let title = changes("title = \"Tips for your visit\"", "title = \"Before you come\"");
    assert_eq!(title, (none(), none()));
    let longer = changes("keep = \"7 days\"", "keep = \"3 months\"");
    let requests = ["address_change.asked_for", "data_request.asked_for", "sign_up.asked_for"];
    assert_eq!(longer, (requests.map(|field| Change::KeptLonger(field.to_owned())).to_vec(), none()));
    let moved = changes("country = \"FR\"", "country = \"DE\"");
    assert_eq!(moved.0, [Change::NewProcessor("Example Mail SAS".to_owned())]);
    let field = "last_name  = { type";
    let more = changes(field, &format!("town = {{ type = \"text\", purposes = [\"letters\"] }}\n{field}"));
    assert_eq!(more, (vec![Change::NewData("customer.town".to_owned())], none()), "and less is nothing that matters");
    let purpose = "[purposes.visit-tips]";
    let offers = format!("[purposes.offers]\ntitle = \"O\"\npromise = \"P\"\nbasis = \"consent\"\n\n{purpose}");
    assert_eq!(changes(purpose, &offers).0, [Change::NewPurpose("offers".to_owned())]);
}

#[tokio::test]
async fn a_reload_says_what_matters_in_the_new_notice() {
    let (daemon, _door) = salon().await;
    let policy = daemon.premises.path().join("policy.toml");
    let text = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, text.replace("country = \"US\"", "country = \"CA\"")).unwrap();
    let reloaded = daemon.files().reload().await.unwrap();
    assert_eq!(reloaded.notice, [Change::NewProcessor("Example Mail Inc.".to_owned())]);
    assert_eq!(daemon.files().reload().await.unwrap().notice, []);
    daemon.end().await;
}
