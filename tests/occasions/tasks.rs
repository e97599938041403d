//! A step of a journey may give a person of the business a task in place of a message: who said no isn't called either.

use super::{ANNA, Act, POLICY, at, happen, premises, workflow};
use crate::support::{proof, real::Premises};
use comity::{
    base::{Instant, keys::Keyring},
    config::{self, LoadError},
    document::report::{self, Canvas},
    engine::{
        house::key_file,
        office::tasks::Task,
        rehearse::{Line, Outcome, Rehearsal, Written, timeline},
    },
    ledger::{Happening, TaskEnd, entry::StopVia},
    plan::PlanState,
    render::flow::Place,
    store::{About, StopOrder},
};
use std::sync::Arc;

const JOURNEY: &str = "[trigger]
record = \"purchase\"
on = \"created\"
exit_when = \"purchase.status == 'returned'\"

[[steps]]
name = \"call\"
wait = \"1 day at 22:00\"
task = \"Call the customer in {{customer.town}} who has {{purchase.status}}.\"

[[steps]]
name = \"letter\"
wait = \"1 day at 10:00\"
";

/// With quiet hours, and a cap that lets one message through.
fn shop() -> Premises {
    let policy =
        POLICY.replace("basis = \"consent\"", "basis = \"consent\"\ncap = [{ at_most = 1, per = \"30 days\" }]");
    premises(
        &format!("{policy}\n[quiet_hours]\nfrom = \"20:00\"\nto = \"08:00\"\n"),
        &[("care", &workflow("news", JOURNEY))],
    )
}

async fn open(premises: &Premises, from: Instant, keys: Keyring) -> Rehearsal {
    let installation = config::load(premises.path()).unwrap_or_else(|why| panic!("{why:?}"));
    Rehearsal::open(installation, Arc::new(keys), from, Written::All).await.unwrap()
}

/// Lets time pass to there, with what happens meanwhile.
async fn until(rehearsal: &Rehearsal, to: Instant, acts: &[(Instant, Act)]) {
    let events = acts.iter().map(|(when, act)| (*when, act)).collect();
    let act = |act| async move {
        happen(&rehearsal.engine, act).await;
        Ok(())
    };
    timeline::drive(&rehearsal.engine, &rehearsal.clock, to, events, act).await.unwrap();
}

async fn tasks(rehearsal: &Rehearsal) -> Vec<Task> {
    rehearsal.engine.office().tasks().await.unwrap()
}

async fn stop(rehearsal: &Rehearsal, who: &str) {
    let store = &rehearsal.engine.store;
    let customer = store.find_by_external_id(who).await.unwrap().unwrap().handle;
    let (purpose, via) = ("news".to_owned(), StopVia::Page);
    let stopped =
        store.stop(StopOrder { customer, purpose, via, plan: None, at: rehearsal.engine.office().clock.now() });
    let _ = stopped.await.unwrap();
}

fn told(lines: &[Line], outcome: Outcome) -> Vec<String> {
    let of = lines.iter().filter(|line| line.outcome == outcome);
    let what = |line: &Line| line.reason.as_ref().map_or_else(String::new, |reason| format!(" {}", reason.name()));
    of.map(|line| format!("{} {} {}{}", line.local, line.customer, line.step, what(line))).collect()
}

#[tokio::test]
async fn a_person_is_asked_to_call_those_who_agreed_and_the_journey_goes_on() {
    let shop = shop();
    let rehearsal = open(&shop, at("2027-03-01T12:00"), Keyring::derive(&[7; 32])).await;
    let people = [ANNA, "bert;bert@post.example;;;Lyon;", "cora;cora@post.example;;;Nantes;2027-01-10"];
    let mut acts: Vec<_> = people.map(|row| (at("2027-03-01T12:00"), Act::Customers(row))).into();
    acts.push((at("2027-03-01T13:00"), Act::Purchases("a;anna;2027-03-01T11:00;paid")));
    acts.push((at("2027-03-01T13:00"), Act::Purchases("b;bert;2027-03-01T11:00;paid")));
    acts.push((at("2027-03-01T13:00"), Act::Purchases("c;cora;2027-03-01T11:00;paid")));
    acts.push((at("2027-03-02T12:00"), Act::Purchases("c;cora;2027-03-01T11:00;returned")));
    until(&rehearsal, at("2027-03-02T23:00"), &acts).await;
    let open = tasks(&rehearsal).await;
    let words: Vec<&str> = open.iter().map(|task| task.words.as_str()).collect();
    assert_eq!(
        words,
        ["Call the customer in Lyon who has paid."],
        "who never agreed and who brought it back isn't called"
    );
    assert_eq!(open[0].given_at, at("2027-03-02T22:00"), "quiet hours are for what is sent");
    until(&rehearsal, at("2027-03-05T12:00"), &[]).await;

    let lines = rehearsal.report().await.unwrap();
    assert_eq!(told(&lines, Outcome::Given), ["2027-03-02T22:00 anna call"]);
    assert_eq!(told(&lines, Outcome::Sent), ["2027-03-03T10:00 anna letter"], "it took no place under the cap");
    assert_eq!(
        told(&lines, Outcome::Refused),
        [
            "2027-03-02T22:00 bert call never-agreed",
            "2027-03-02T22:00 cora call exited",
            "2027-03-03T10:00 bert letter never-agreed",
            "2027-03-03T10:00 cora letter exited",
        ]
    );
    let given = lines.iter().find(|line| line.outcome == Outcome::Given).unwrap();
    assert_eq!(given.subject.as_deref(), Some("Call the customer in Lyon who has paid."));
    let plan = rehearsal.engine.store.plan(given.plan).await.unwrap().unwrap();
    assert_eq!((plan.state, plan.attempts), (PlanState::Given, 0));
    rehearsal.engine.close().await;
}

#[tokio::test]
async fn a_task_is_withdrawn_when_its_customer_stops_or_its_reason_is_gone_or_its_time() {
    let shop = shop();
    let rehearsal = open(&shop, at("2027-03-01T12:00"), Keyring::derive(&[7; 32])).await;
    let people = [
        ANNA,
        "bert;bert@post.example;;;Nantes;2027-01-10",
        "cora;cora@post.example;;;Paris;2027-01-10",
        "dora;dora@post.example;;;Brest;2027-01-10",
    ];
    let mut acts: Vec<_> = people.map(|row| (at("2027-03-01T12:00"), Act::Customers(row))).into();
    for row in ["a;anna;2027-03-01T11:00;paid", "b;bert;2027-03-01T11:00;paid"] {
        acts.push((at("2027-03-01T13:00"), Act::Purchases(row)));
    }
    for row in ["c;cora;2027-03-01T11:00;paid", "d;dora;2027-03-01T11:00;paid"] {
        acts.push((at("2027-03-01T13:00"), Act::Purchases(row)));
    }
    until(&rehearsal, at("2027-03-02T23:00"), &acts).await;
    let given = tasks(&rehearsal).await;
    assert_eq!(given.len(), 4);
    stop(&rehearsal, "anna").await;
    let towns = |tasks: &[Task]| tasks.iter().map(|task| task.words.clone()).collect::<Vec<_>>().join(" ");
    let left = tasks(&rehearsal).await;
    assert!(left.len() == 3 && !towns(&left).contains("Lyon"), "{left:?}");
    until(
        &rehearsal,
        at("2027-03-03T09:00"),
        &[(at("2027-03-03T08:00"), Act::Purchases("b;bert;2027-03-01T11:00;returned"))],
    )
    .await;
    let left = tasks(&rehearsal).await;
    assert!(left.len() == 2 && !towns(&left).contains("Nantes"), "{left:?}");

    let office = rehearsal.engine.office();
    let (cora, lucie) = (left[0].task, "Lucie".to_owned());
    assert!(rehearsal.engine.store.end_task(cora, TaskEnd::Done, lucie.clone()).await.unwrap());
    assert!(!rehearsal.engine.store.end_task(cora, TaskEnd::Dropped, lucie).await.unwrap(), "it has ended");
    until(&rehearsal, at("2027-03-20T12:00"), &[]).await;
    assert_eq!(office.tasks().await.unwrap(), [], "after a week it is of no use any more");
    let mut ends = Vec::new();
    for task in &given {
        let history = rehearsal.engine.store.history(About::Plan(task.plan)).await.unwrap();
        ends.extend(history.iter().find_map(|entry| match entry.happening {
            Happening::TaskEnded { how, .. } => Some(how),
            _ => None,
        }));
    }
    assert_eq!(ends, [TaskEnd::Withdrawn, TaskEnd::Withdrawn, TaskEnd::Done, TaskEnd::Withdrawn]);
    rehearsal.engine.close().await;
}

#[test]
fn a_task_reads_what_its_purpose_may_read_and_a_finding_stands_where_it_is_written() {
    let policy = POLICY
        .replace("[customer.fields]\n", "[customer.fields]\nphone = { type = \"text\", purposes = [\"cards\"] }\nmood = { type = \"text\", purposes = [\"orders\"], sensitive = true }\n");
    for (line, found) in [
        ("task = \"Call {{customer.phone}}\"", "workflows/it.toml:12:"),
        ("task = 'Call {{customer.phone}}'", "customer.phone"),
        ("task = \"Call {{customer.mood}}\"", "customer.mood"),
        ("task = \"Call {{custmer.town}}\"", "custmer"),
        ("task = \"Call {{#if customer.phone}}her{{/if}}\"", "customer.phone"),
        ("task = \"Call {{> nobody}}\"", "there is no partial `nobody`"),
        ("task = \"Call {{customer.town\"", "workflows/it.toml:12:"),
        ("task = \"Call \\\"her\\\"\"", "a task has no backslashes in it"),
        ("task = \"Call {{customer.town}}\"\ntemplate = \"note\"", "a step is a message, or a task for a person"),
        ("task = \"Call {{customer.town}}\"", ""),
    ] {
        let rest = format!("[trigger]\non = \"consent\"\n\n[[steps]]\nname = \"call\"\nwait = \"1 hour\"\n\n{line}\n");
        let loaded = config::load(premises(&policy, &[("it", &workflow("news", &rest))]).path());
        match loaded {
            Ok(installation) => {
                assert_eq!(found, "", "{line}");
                let flow = installation.flows.iter().find(|flow| flow.field == "customer.town").unwrap();
                assert!(flow.places.contains(&Place::Task), "{flow:?}");
            }
            Err(LoadError::Findings(findings)) => {
                let drawn = report::draw(&findings, Canvas::Plain);
                assert!(!found.is_empty() && drawn.contains(found), "{line}\n{drawn}");
                assert!(drawn.contains("task = "), "the line is shown as it is written: {drawn}");
            }
            Err(why) => panic!("{why:?}"),
        }
    }
}

#[test]
fn the_commands_list_show_end_and_drop_tasks_with_and_without_a_daemon() {
    let journey = JOURNEY.replace("\"1 day at 22:00\"", "\"1 minute\"");
    let shop = premises(POLICY, &[("care", &workflow("news", &journey))]);
    std::fs::write(shop.path().join("comity.toml"), proof::settings(25)).unwrap();
    let from = Instant::from_ms(proof::now().timestamp_millis()).minus(std::time::Duration::from_hours(1));
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let data = config::load(shop.path()).unwrap().config.data;
        let rehearsal = open(&shop, from, key_file::load(&data).unwrap()).await;
        let acts = [
            (from, Act::Customers("anna;anna@post.example;;;Lyon;2026-01-10")),
            (from, Act::Customers("bert;bert@post.example;;;Nantes;2026-01-10")),
            (from, Act::Purchases("a;anna;2026-03-01T11:00;paid\nb;bert;2026-03-01T11:00;paid")),
        ];
        until(&rehearsal, from.plus(std::time::Duration::from_mins(10)), &acts).await;
        rehearsal.engine.close().await;
    });
    let list = || -> Vec<serde_json::Value> {
        shop.run(&["tasks", "list", "--json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let open = list();
    assert_eq!(open.len(), 2, "{open:?}");
    let number = |at: usize| open[at]["task"].to_string();
    let shown = shop.run(&["tasks", "show", &number(0)]);
    assert!(shown.starts_with(open[0]["words"].as_str().unwrap()), "{shown}");
    assert!(
        shown.contains(&format!("comity tasks done {}", number(0))) && !shown.contains("anna@post.example"),
        "{shown}"
    );
    assert!(shop.run(&["tasks", "list"]).contains("Call the customer in"));
    let done = shop.run(&["tasks", "done", &number(0), "--by", "Lucie"]);
    assert_eq!(done.trim(), format!("Done: task {}, by Lucie.", number(0)));

    let mut served = shop.serve(&[]);
    served.ready();
    assert_eq!(list().len(), 1);
    let dropped = shop.run(&["tasks", "drop", &number(1), "--by", "Lucie"]);
    assert_eq!(dropped.trim(), format!("Dropped: task {}, by Lucie.", number(1)));
    let again = shop.comity(&["tasks", "done", &number(1), "--by", "Lucie"]).output().unwrap();
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    assert_eq!(shop.run(&["tasks", "list"]).trim(), "Nothing is to be done.");
    let explained = shop.run(&["explain", &open[1]["plan"].to_string()]);
    assert!(explained.contains("A person dropped the task."), "{explained}");
    served.end();
}
