//! What goes to many people on one day waits as a whole for a person, and leaves as far as that person saw it reach.

use super::{ONCE, SUBJECT, WEEK, change, claimed, listed, premises, refused, state};
use crate::support::{
    daemon::{Daemon, NODE, eventually},
    proof,
};
use comity::{
    base::Clock,
    deliver::transport::Begin,
    engine::office::{
        approvals::Taken,
        runs::{PendingRun, RunReading, RunWord, SeenRun},
    },
    gate::{Reason, Rule, RunCause},
    people::Customer,
    plan::PlanState,
    store::Permission,
};
use std::{fs, time::Duration};

/// Two workflows, of which `once` needs a yes for more than so many people a day.
async fn daemon(above: u32) -> Daemon {
    super::daemon(&format!("approval = {{ above = {above} }}\n")).await
}

/// So many visits; the messages are due at once.
async fn visits(daemon: &Daemon, names: std::ops::Range<usize>) -> Vec<Customer> {
    let mut customers = Vec::new();
    for n in names {
        customers.push(daemon.visit(&format!("c{n}"), Duration::ZERO).await);
    }
    customers
}

async fn runs(daemon: &Daemon) -> Vec<PendingRun> {
    daemon.engine.office().runs(WEEK).await.unwrap()
}

async fn the_one(daemon: &Daemon) -> PendingRun {
    let mut runs = runs(daemon).await;
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// Says yes to a run as it was shown, or to none at all.
async fn say(daemon: &Daemon, run: &PendingRun, yes: bool) -> Taken {
    let seen = run
        .code
        .split_once('-')
        .map(|(people, revision)| SeenRun { people: people.parse().unwrap(), revision: revision.to_owned() });
    let (workflow, day) = (run.workflow.clone(), run.day);
    let word = RunWord { workflow, day, seen: seen.filter(|_| yes), who: "Lucie".to_owned() };
    daemon.engine.office().judge_run(word).await.unwrap()
}

/// How many messages of `once` stand so.
async fn so_many(daemon: &Daemon, customers: &[Customer], wanted: PlanState) -> usize {
    let mut count = 0;
    for customer in customers {
        count += usize::from(state(daemon, customer).await == wanted);
    }
    count
}

async fn held(daemon: &Daemon) -> u64 {
    daemon.engine.office().standing().await.unwrap().unread
}

#[tokio::test]
async fn of_fifty_one_people_nobody_is_written_to_before_a_person_says_yes_and_then_all_are() {
    let mut daemon = daemon(50).await;
    let customers = visits(&daemon, 0..51).await;
    daemon.run().await;
    eventually("held", async || held(&daemon).await == 51).await;
    eventually("the others left", async || daemon.subjects().len() == 51).await;
    assert_eq!(so_many(&daemon, &customers, PlanState::Planned).await, 51);

    let run = the_one(&daemon).await;
    assert_eq!((run.people, run.waiting, run.first_due_at), (51, 51, daemon.clock.now()));
    let why = RunCause::NeverApproved;
    assert_eq!(run.waits, Reason::ManyPeople { workflow: "once".to_owned(), day: run.day, above: 50, why });
    let reading = daemon.engine.office().run("once", run.day).await.unwrap().unwrap();
    let RunReading { pending, example, looked_at, objections } = reading;
    assert_eq!((pending, looked_at, objections), (run.clone(), 51, vec![]));
    assert!(example.unwrap().text.contains("see you on"));

    assert_eq!(say(&daemon, &run, true).await, Taken::Kept);
    eventually("left", async || daemon.subjects().len() == 102).await;
    eventually("sent", async || so_many(&daemon, &customers, PlanState::Sent).await == 51).await;
    assert_eq!((runs(&daemon).await, held(&daemon).await), (vec![], 0));
    let history = daemon.history(&customers[0]).await;
    let yes = history.iter().filter_map(|entry| entry.happening.word()).collect::<Vec<_>>();
    let words = daemon.engine.store.words(10).await.unwrap();
    assert_eq!(yes, [words[0].word.row], "the ledger names the yes that it left by");
    assert_eq!((words.len(), words[0].who.as_str()), (1, "Lucie"));
    daemon.end().await;
}

#[tokio::test]
async fn fifty_people_need_nobodys_yes_and_the_next_one_of_that_day_does() {
    let mut daemon = daemon(50).await;
    let customers = visits(&daemon, 0..50).await;
    daemon.run().await;
    eventually("sent", async || so_many(&daemon, &customers, PlanState::Sent).await == 50).await;
    let last = visits(&daemon, 50..51).await;
    eventually("held", async || held(&daemon).await == 1).await;
    assert_eq!(state(&daemon, &last[0]).await, PlanState::Planned);
    let run = the_one(&daemon).await;
    assert_eq!((run.people, run.waiting), (51, 1));
    // Tomorrow's run is another one.
    let tomorrow = daemon.visit("tomorrow", Duration::from_hours(24)).await;
    daemon.clock.pass(Duration::from_hours(24));
    daemon.look();
    eventually("left", async || state(&daemon, &tomorrow).await == PlanState::Sent).await;
    daemon.end().await;
}

#[tokio::test]
async fn a_run_that_a_person_rejects_is_refused_with_that_reason_what_is_due_later_too() {
    let mut daemon = daemon(2).await;
    let mut customers = visits(&daemon, 0..2).await;
    customers.push(daemon.visit("later", Duration::from_mins(5)).await);
    daemon.run().await;
    eventually("held", async || held(&daemon).await == 2).await;
    let run = the_one(&daemon).await;
    assert_eq!((run.people, run.waiting), (3, 3));
    assert_eq!(say(&daemon, &run, false).await, Taken::Kept);
    eventually("refused", async || so_many(&daemon, &customers, PlanState::Refused).await == 3).await;
    for customer in &customers {
        let refused = refused(&daemon, customer).await;
        assert!(matches!(refused, Some((Rule::Approval, Reason::Rejected { .. }))), "{refused:?}");
    }
    // Whoever comes to it afterwards is, too, although they are few.
    let last = visits(&daemon, 2..3).await;
    eventually("refused", async || state(&daemon, &last[0]).await == PlanState::Refused).await;
    assert_eq!(runs(&daemon).await, []);
    assert_eq!(say(&daemon, &run, true).await, Taken::NoMessage);
    daemon.end().await;
}

#[tokio::test]
async fn a_yes_is_for_as_many_people_as_there_were_and_a_tenth_more_and_then_the_run_asks_again() {
    let mut daemon = daemon(2).await;
    let mut customers = visits(&daemon, 0..3).await;
    let seen = the_one(&daemon).await;
    assert_eq!(say(&daemon, &seen, true).await, Taken::Kept);
    assert_eq!(runs(&daemon).await, []);
    customers.extend(visits(&daemon, 3..6).await);
    let grown = the_one(&daemon).await;
    assert!(
        matches!(grown.waits, Reason::ManyPeople { why: RunCause::Grown { people: 3, .. }, .. }),
        "it says so before it happens: {grown:?}"
    );
    daemon.run().await;
    eventually("held", async || held(&daemon).await == 2).await;
    eventually("sent", async || so_many(&daemon, &customers, PlanState::Sent).await == 4).await;
    assert_eq!(say(&daemon, &seen, true).await, Taken::OtherWords, "three were shown, not six");
    assert_eq!(say(&daemon, &the_one(&daemon).await, true).await, Taken::Kept);
    eventually("sent", async || so_many(&daemon, &customers, PlanState::Sent).await == 6).await;
    daemon.end().await;
}

#[tokio::test]
async fn permissions_asked_for_side_by_side_let_no_more_people_through_than_the_yes_covers() {
    let daemon = daemon(1).await;
    let _ = visits(&daemon, 0..10).await;
    assert_eq!(say(&daemon, &the_one(&daemon).await, true).await, Taken::Kept);
    let _ = visits(&daemon, 10..20).await;
    let (store, rulebook) = (&daemon.engine.store, daemon.engine.rulebook());
    let ours = claimed(&daemon).await;
    assert_eq!(ours.len(), 20);
    let asks = ours.iter().map(|one| store.permit(NODE, one.clone(), rulebook.clone()));
    let answers = futures_util::future::join_all(asks).await;
    let permitted: Vec<_> = answers
        .into_iter()
        .filter_map(|answer| match answer.unwrap() {
            Permission::Permitted(attempt) => Some(attempt),
            Permission::Ended => None,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(permitted.len(), 11, "ten were approved, and a tenth more");
    daemon.end().await;
}

#[tokio::test]
async fn a_yes_is_for_the_workflow_as_it_was_read() {
    let mut daemon = daemon(1).await;
    let customers = visits(&daemon, 0..3).await;
    let seen = the_one(&daemon).await;
    assert_eq!(say(&daemon, &seen, true).await, Taken::Kept);
    fs::write(daemon.premises.path().join(SUBJECT), "Another word\n").unwrap();
    daemon.files().reload().await.unwrap();
    let again = the_one(&daemon).await;
    assert!(matches!(again.waits, Reason::ManyPeople { why: RunCause::Changed { .. }, .. }), "{again:?}");
    assert_ne!(again.code, seen.code);
    assert_eq!(say(&daemon, &seen, true).await, Taken::OtherWords);
    let part = PendingRun { code: "3-".to_owned(), ..again.clone() };
    assert_eq!(say(&daemon, &part, true).await, Taken::OtherWords);
    daemon.run().await;
    eventually("held", async || held(&daemon).await == 3).await;
    assert_eq!(say(&daemon, &again, true).await, Taken::Kept);
    eventually("sent", async || so_many(&daemon, &customers, PlanState::Sent).await == 3).await;
    daemon.end().await;
}

#[tokio::test]
async fn nobody_says_yes_to_people_who_are_not_there_yet() {
    let daemon = daemon(1).await;
    let _ = visits(&daemon, 0..2).await;
    let run = the_one(&daemon).await;
    let more = PendingRun { code: run.code.replacen('2', "1000", 1), ..run };
    assert_eq!(say(&daemon, &more, true).await, Taken::Kept);
    let _ = visits(&daemon, 2..4).await;
    let grown = the_one(&daemon).await;
    assert!(matches!(grown.waits, Reason::ManyPeople { why: RunCause::Grown { people: 2, .. }, .. }), "{grown:?}");
    daemon.end().await;
}

#[tokio::test]
async fn a_rejection_takes_back_what_was_permitted() {
    let daemon = daemon(1).await;
    let _ = visits(&daemon, 0..3).await;
    let run = the_one(&daemon).await;
    assert_eq!(say(&daemon, &run, true).await, Taken::Kept);
    let ours = claimed(&daemon).await;
    let store = &daemon.engine.store;
    let asked = store.permit(NODE, ours[0].clone(), daemon.engine.rulebook()).await.unwrap();
    let Permission::Permitted(attempt) = asked else { panic!("{asked:?}") };
    let flight = daemon.engine.flights.open(attempt.id(), [0; 32], store);
    assert_eq!(say(&daemon, &run, false).await, Taken::Kept);
    assert_eq!(flight.may_begin(), Begin::Revoked);
    drop(flight);
    let asked = store.permit(NODE, ours[1].clone(), daemon.engine.rulebook()).await.unwrap();
    assert!(matches!(asked, Permission::Ended), "{asked:?}");
    daemon.end().await;
}

#[tokio::test]
async fn a_number_that_is_none_is_a_mistake_of_the_file() {
    for line in ["{ above = 0 }", "{ above = 1000000 }", "{}", "{ above = \"50\" }", "{ above = 50, below = 3 }", "50"]
    {
        let daemon = super::daemon("").await;
        change(&daemon, ONCE, "purpose", &format!("approval = {line}\npurpose"));
        let refused = daemon.files().reload().await.unwrap_err().in_full();
        assert!(refused.contains("once.toml:1"), "{line}: {refused}");
        daemon.end().await;
    }
}

#[test]
fn the_commands_list_show_approve_and_reject_runs_with_and_without_a_daemon() {
    let (premises, days) = premises("{ above = 2 }", &[3, 3]);
    let waiting = listed(&premises);
    let names: Vec<_> = waiting.iter().map(|run| run["run"].as_str().unwrap()).collect();
    assert_eq!(names, [0, 1].map(|day| format!("once@{}", days[day].date_naive())));
    let code = waiting[0]["code"].as_str().unwrap();
    let shown = premises.run(&["approvals", "show", names[0]]);
    let to_type = format!("comity approvals approve {}-{code}", names[0]);
    assert!(shown.contains(&to_type) && shown.contains("3 people, of whom 3 wait."), "{shown}");
    assert!(shown.contains("Subject: Your visit") && !shown.contains(&proof::address(1)), "{shown}");
    let uncoded = premises.comity(&["approvals", "approve", names[0], "--by", "Lucie"]).output().unwrap();
    assert!(!uncoded.status.success(), "{uncoded:?}");
    let approved = premises.run(&["approvals", "approve", &format!("{}-{code}", names[0]), "--by", "Lucie"]);
    assert_eq!(approved.trim(), format!("Approved: run {}, by Lucie.", names[0]));

    let mut served = premises.serve(&[]);
    served.ready();
    assert_eq!(listed(&premises).len(), 1);
    premises.run(&["approvals", "show", names[1], "--json"]);
    let rejected = premises.run(&["approvals", "reject", names[1], "--by", "Lucie"]);
    assert_eq!(rejected.trim(), format!("Rejected: run {}, by Lucie. It is never sent.", names[1]));
    assert_eq!(listed(&premises).len(), 0);
    let told = premises.run(&["approvals", "history", "--json"]);
    let told: Vec<serde_json::Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let about = |at: usize| format!("{} {}", told[at]["day"].as_str().unwrap(), told[at]["said"].as_str().unwrap());
    assert_eq!(told.len(), 2);
    assert_eq!(about(0), format!("{} approved", days[0].date_naive()));
    assert_eq!(about(1), format!("{} rejected", days[1].date_naive()));
    let last = premises.run(&["approvals", "history", "--last", "1"]);
    assert!(last.trim_end().ends_with(&format!("Lucie rejected {}.", names[1])), "{last}");
    served.end();
}
