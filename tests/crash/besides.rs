//! Points that no running daemon passes in minutes: what goes after days, and a move to a server.

use super::{
    deeds::{Deed, deed},
    house::die,
};
use crate::support::{
    evidence::{Evidence, Lookout},
    postgres, proof,
    real::{self, Premises, Witness},
};
use chrono::TimeDelta;
use comity::fault::Point;
use std::fs;

/// The points that are passed so, each twice.
fn points(of: Deed) -> impl Iterator<Item = Point> {
    Point::ALL.iter().filter(move |point| deed(**point) == of).flat_map(|point| [*point; 2])
}

fn visits(premises: &Premises, count: usize, due_in: TimeDelta) {
    let file = premises.path().join("visits.csv");
    let due = proof::now() + due_in;
    proof::write_visits(&file, "V", (1..=count).map(|n| (n, due)));
    premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
}

/// What is to be forgotten is gone in the end, whatever died over it.
#[test]
fn fields_whose_time_is_over_go_whatever_dies_over_it() {
    if !real::can_run() {
        return;
    }
    for (point, on_server) in points(Deed::Days).zip([false, true].into_iter().cycle()) {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &[]);
        let premises = proof::premises(&witness);
        let premises = if on_server { premises.on_server() } else { premises };
        let policy = fs::read_to_string(premises.path().join("policy.toml")).unwrap();
        fs::write(premises.path().join("policy.toml"), policy.replace("90 days", "1 day")).unwrap();
        proof::bring_customers(&premises, 3);
        visits(&premises, 3, TimeDelta::days(-3));
        let mut daemon = premises.serve(&[("COMITY_HURRY", "1"), ("COMITY_FAULT", point.name())]);
        die(&mut daemon);
        assert!(daemon.said().iter().all(|line| !line.contains("\"ended\"")), "{point:?} was not reached");
        let daemon = premises.serve(&[("COMITY_HURRY", "1")]);
        let lookout = Lookout::at(&premises.rows());
        let changed = "SELECT COUNT(*) FROM records WHERE version > 1";
        proof::wait_for(|| (lookout.number(changed) == 3).then_some(()));
        daemon.end();
        assert_eq!(witness.count("\"dot\""), 0, "{point:?}: late is not sent");
    }
}

/// Files or server, the rows are worked with at one place, and all of them arrive.
#[test]
fn a_move_that_was_killed_is_finished_by_another() {
    if !real::can_run() {
        return;
    }
    for point in points(Deed::Move) {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &[]);
        let premises = proof::premises(&witness);
        proof::bring_customers(&premises, 20);
        visits(&premises, 20, TimeDelta::seconds(8));
        let premises = premises.on(postgres::database());
        let died = premises.comity(&["migrate"]).env("COMITY_FAULT", point.name()).output().unwrap();
        assert!(!died.status.success(), "{point:?} was not reached: {died:?}");
        // Nobody works with half of it.
        let mut daemon = premises.serve(&[]);
        daemon.stop_page().expect("stops are taken");
        proof::wait_for(|| daemon.said().iter().any(|line| line.contains("the database is away")).then_some(()));
        premises.run(&["migrate"]);
        daemon.ready().expect("it goes on by itself");
        let rows = premises.rows();
        proof::wait_for(|| (Evidence::of(&rows).open() == 0).then_some(()));
        daemon.kill();
        die(&mut daemon);
        let evidence = Evidence::of(&rows);
        assert_eq!(evidence.plans.len(), 40, "{point:?}");
        assert!(evidence.plans.keys().all(|plan| evidence.attempts(*plan, "accepted") == 1), "{point:?}: {evidence:?}");
    }
}

/// Two messages to each, which leave as one.
fn letters(witness: &Witness) -> Premises {
    let premises = proof::premises(witness);
    let write = |file: &str, text: &str| {
        let path = premises.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let letters = "\n[purposes.letters]\ntitle = \"Letters\"\npromise = \"Now and then, a letter.\"\nbasis = \"consent\"\n\
                   may_be_merged = true\n";
    write("policy.toml", &(proof::POLICY.to_owned() + letters));
    for name in ["again", "once"] {
        let file = premises.path().join(format!("workflows/{name}.toml"));
        let text = fs::read_to_string(&file).unwrap().replace("\"reminders\"", "\"letters\"");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("if_uncertain")).collect();
        fs::write(file, lines.join("\n") + "\n").unwrap();
    }
    let digest =
        "purpose = \"letters\"\ntemplate = \"together\"\napproval = \"none\"\n\n[trigger]\ndigest = \"2 days\"\n";
    write("workflows/together.toml", digest);
    let foot =
        "{{business.name}}, {{business.postal_address}}. You get this because you asked for it. {{purpose.promise}}";
    let each = "{{#each messages}}<h2>{{title}}</h2><p>{{text}}</p>{{/each}}";
    let page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Notes</title></head><body>";
    let stop = "<p><a href=\"{{stop_url}}\">Stop these messages</a></p></body></html>";
    write("templates/mail/together/subject.hbs", "Letters\n");
    let text = format!(
        "{{{{#each messages}}}}\n* {{{{title}}}}\n{{{{text}}}}\n{{{{/each}}}}\n-- \n{foot} Stop: {{{{stop_url}}}}\n"
    );
    write("templates/mail/together/body.txt.hbs", &text);
    write("templates/mail/together/body.html.hbs", &format!("{page}{each}<p>{foot}</p>{stop}\n"));
    let sample =
        r#"{ "messages": [{ "title": "One", "text": "Spring." }, { "title": "Two", "text": "All the best." }] }"#;
    write("templates/mail/together/sample.json", sample);
    premises
}

/// Each message goes into one other or into none, and that one leaves once.
#[test]
fn what_leaves_together_leaves_once_whatever_dies_over_it() {
    if !real::can_run() {
        return;
    }
    for (point, on_server) in points(Deed::Gather).zip([false, true].into_iter().cycle()) {
        let folder = tempfile::tempdir().unwrap();
        let witness = Witness::start(folder.path(), &["dot=0.005"]);
        let premises = letters(&witness);
        let premises = if on_server { premises.on_server() } else { premises };
        premises.run(&["check"]);
        let people: Vec<String> = (1..=8).map(|n| format!("C{n};{};2026-01-10\n", proof::address(n))).collect();
        let file = premises.path().join("customers.csv");
        fs::write(&file, format!("id;email;consent:letters\n{}", people.concat())).unwrap();
        premises.run(&["import", "--yes", "customers", file.to_str().unwrap()]);
        visits(&premises, 8, TimeDelta::seconds(1));
        let mut daemon = premises.serve(&[("COMITY_FAULT", &format!("{}:3", point.name()))]);
        die(&mut daemon);
        let rows = premises.rows();
        let daemon = premises.serve(&[]);
        proof::wait_for(|| (Evidence::of(&rows).open() == 0).then_some(()));
        daemon.end();
        let evidence = Evidence::of(&rows);
        let ended = |of: &str| {
            let sent = |id: &i64| evidence.attempts(*id, "accepted") + evidence.attempts(*id, "uncertain");
            let those = evidence.plans.iter().filter(|(_, plan)| plan.workflow == of);
            those.map(|(id, plan)| (plan.state.clone(), sent(id))).collect::<Vec<_>>()
        };
        for part in ["again", "once"] {
            assert_eq!(ended(part), vec![("merged".to_owned(), 0); 8], "{point:?}: {evidence:?}");
        }
        assert!(
            ended("together").iter().all(|(_, sent)| *sent == 1) && ended("together").len() == 8,
            "{point:?}: {evidence:?}"
        );
    }
}
