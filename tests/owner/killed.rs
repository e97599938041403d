//! The real binary, killed between the answer and the letter about it.

use crate::support::{
    proof,
    real::{self, Premises, Witness},
};
use std::{fs, path::Path};

const OWNER: &str = "lucie@salon.example";
const WORKFLOW: &str = "purpose = \"reminders\"\ntemplate = \"plain\"\napproval = \"none\"\nanswers = true\n\n[trigger]\n\
                        record = \"appointment\"\nbefore = { field = \"starts_at\", by = [\"1h\"] }\n";
const BODY: &str = "You get this because you have a visit with us. {{business.postal_address}} {{stop_url}}\n{{answers.coming_url}}\n{{answers.cant_come_url}}\n\
                    {{answers.another_time_url}}\n";

/// The letters to the owner that the witness took to their end.
fn letters(witness: &Witness) -> usize {
    let mut to = String::new();
    let mut taken = 0;
    for seen in witness.seen() {
        match seen.event.as_str() {
            "rcpt" => to = seen.to.unwrap_or_default(),
            "dot" if to.contains(OWNER) => taken += 1,
            _ => {}
        }
    }
    taken
}

/// The link by which the one reminder offers "I can't come".
fn link(spool: &Path) -> Option<String> {
    let reminder = fs::read_dir(spool).ok()?.find_map(|entry| fs::read_to_string(entry.ok()?.path()).ok())?;
    let text = reminder.replace("=\r\n", "").replace("=\n", "");
    let is_link = |word: &&str| word.starts_with("https://stop.salon.example/a/cant-come/");
    text.split_whitespace().find(is_link).map(str::to_owned)
}

#[test]
fn a_daemon_killed_after_the_answer_tells_the_owner_when_it_is_back_and_once() {
    if !real::can_run() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let witness = Witness::start(folder.path(), &[]);
    let settings = format!("[owner]\nmail = \"{OWNER}\"\nmorning_mail = \"never\"\n{}", proof::settings(witness.port));
    let policy =
        proof::POLICY.to_owned() + "answer = { type = \"text\", purposes = [\"*\"], written_by = \"answers\" }\n";
    let premises = Premises::new(&[
        ("comity.toml", &settings),
        ("policy.toml", &policy),
        ("workflows/reminder.toml", WORKFLOW),
        ("templates/mail/plain/subject.hbs", "Your visit\n"),
        ("templates/mail/plain/body.txt.hbs", BODY),
        ("templates/mail/plain/body.html.hbs", BODY),
        ("templates/mail/plain/sample.json", r#"{ "appointment": { "starts_at": "2027-03-30T10:00" } }"#),
    ]);
    let [customers, visits] = ["customers.csv", "visits.csv"].map(|file| premises.path().join(file));
    proof::write_customers(&customers, 1);
    proof::write_visits(&visits, "V", std::iter::once((1, proof::now() + chrono::TimeDelta::seconds(5))));
    for (kind, file) in [("customers", &customers), ("appointments", &visits)] {
        premises.run(&["import", "--yes", kind, file.to_str().unwrap()]);
    }

    let mut daemon = premises.serve(&[]);
    let page = daemon.ready().unwrap();
    let link = proof::wait_for(|| link(&folder.path().join("spool")));
    assert!(real::click(page, &link).starts_with("HTTP/1.1 200"));
    daemon.kill();
    assert_eq!(letters(&witness), 0, "the kill came before the letter");

    let mut daemon = premises.serve(&[]);
    daemon.ready().unwrap();
    daemon.hear("the owner was told").unwrap();
    daemon.end();
    let mut daemon = premises.serve(&[]);
    daemon.ready().unwrap();
    // A second letter would be due at the first look.
    proof::wait(std::time::Duration::from_secs(1));
    daemon.end();
    assert_eq!(letters(&witness), 1);
}
