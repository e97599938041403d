//! Approval: what a person has not said yes to doesn't leave, and a yes that is taken back holds from that moment on.

use super::{AGAIN, ONCE, change, claimed, premises, revision};
use crate::support::daemon::{Daemon, NODE, eventually};
use comity::{
    deliver::transport::Begin,
    engine::{
        files::NotReloaded,
        office::approval::{Answered, Draft, Order},
    },
    gate::{DraftCause, Reason, Rule, facts::Said},
    ledger::Happening,
    plan::PlanState,
    store::Permission,
};
use std::{fs, time::Duration};

/// Two workflows of which one, `once`, needs a yes.
async fn daemon() -> Daemon {
    super::daemon("").await
}

fn order(workflow: &str, said: Said, revision: Option<String>) -> Order {
    Order { workflow: workflow.to_owned(), said, revision, who: "Lucie".to_owned() }
}

async fn say(daemon: &Daemon, said: Said) -> Answered {
    let revision = (said == Said::Approved).then(|| revision(daemon, "once"));
    daemon.engine.office().approve(order("once", said, revision)).await.unwrap()
}

async fn waiting(daemon: &Daemon) -> u64 {
    daemon.engine.store.unapproved().await.unwrap().into_values().sum()
}

async fn drafts(daemon: &Daemon) -> Vec<Draft> {
    daemon.engine.office().standing().await.unwrap().drafts
}

#[tokio::test]
async fn a_draft_plans_its_whole_audience_and_sends_nothing_until_it_is_approved() {
    let mut daemon = daemon().await;
    let (anna, bert) = (daemon.visit("anna", Duration::ZERO).await, daemon.visit("bert", Duration::ZERO).await);
    daemon.run().await;
    eventually("held", async || waiting(&daemon).await == 2).await;
    eventually("left", async || daemon.subjects().len() == 2).await;
    for customer in [&anna, &bert] {
        let plans = daemon.engine.store.plans_of(customer.id).await.unwrap();
        let of_once = plans.iter().find(|plan| plan.facts.workflow == "once").unwrap();
        assert_eq!(of_once.state, PlanState::Planned);
    }
    let history = daemon.history(&anna).await;
    let held = history.iter().filter_map(|entry| match &entry.happening {
        Happening::Held { rule, reason, .. } => Some((*rule, reason.clone())),
        _ => None,
    });
    let why = DraftCause::NeverApproved;
    let reason = Reason::Draft { workflow: "once".to_owned(), why };
    assert_eq!(held.collect::<Vec<_>>(), [(Rule::Approval, reason)], "said once, however often it is asked");
    assert_eq!(drafts(&daemon).await, [Draft { workflow: "once".to_owned(), why, waiting: 2 }]);

    let next = daemon.engine.store.plans_of(anna.id).await.unwrap();
    let of_once = next.iter().find(|plan| plan.facts.workflow == "once").unwrap();
    assert_eq!(
        of_once.next_at, of_once.facts.expires_at,
        "nothing but a yes would change that: it isn't asked meanwhile"
    );

    let kept = Answered::Kept { revision: revision(&daemon, "once"), waiting: 2 };
    assert_eq!(say(&daemon, Said::Approved).await, kept);
    eventually("left", async || daemon.subjects().len() == 4).await;
    assert_eq!(drafts(&daemon).await, []);
    daemon.end().await;
}

#[tokio::test]
async fn any_change_of_its_file_its_template_or_a_partial_makes_it_a_draft_again() {
    for path in [ONCE, "templates/mail/plain/subject.hbs", "templates/partials/footer.hbs"] {
        let daemon = daemon().await;
        say(&daemon, Said::Approved).await;
        assert_eq!(drafts(&daemon).await, []);
        let path = daemon.premises.path().join(path);
        let text = fs::read_to_string(&path).unwrap();
        // One space more, where it does no harm.
        fs::write(&path, text.trim_end().to_owned() + " \n").unwrap();
        daemon.files().reload().await.unwrap();
        let why = drafts(&daemon).await.pop().map(|draft| draft.why);
        assert!(matches!(why, Some(DraftCause::Changed { .. })), "{}: {why:?}", path.display());
        // Back to what was approved: nobody is asked again.
        fs::write(&path, text).unwrap();
        daemon.files().reload().await.unwrap();
        assert_eq!(drafts(&daemon).await, []);
        daemon.end().await;
    }
}

#[tokio::test]
async fn another_workflows_file_and_the_sample_change_nothing_about_a_yes() {
    let daemon = daemon().await;
    say(&daemon, Said::Approved).await;
    let sample = daemon.premises.path().join("templates/mail/plain/sample.json");
    let text = fs::read_to_string(&sample).unwrap();
    fs::write(&sample, text + "\n").unwrap();
    change(&daemon, AGAIN, "\"1h\"", "\"2h\"");
    daemon.files().reload().await.unwrap();
    assert_eq!(drafts(&daemon).await, []);
    daemon.end().await;
}

#[tokio::test]
async fn a_yes_is_taken_for_the_files_that_were_read_and_no_others() {
    let daemon = daemon().await;
    let office = daemon.engine.office();
    let of = async |workflow: &str, revision: &str| {
        office.approve(order(workflow, Said::Approved, Some(revision.to_owned()))).await.unwrap()
    };
    assert_eq!(of("once", "0123456789abcdef").await, Answered::OtherFiles);
    assert_eq!(of("gone", "0123456789abcdef").await, Answered::NoWorkflow);
    assert_eq!(of("again", &revision(&daemon, "again")).await, Answered::NeedsNone);
    assert_eq!(drafts(&daemon).await.len(), 1);
    daemon.end().await;
}

#[tokio::test]
async fn a_yes_that_is_taken_back_takes_what_was_permitted_with_it_and_holds_from_that_commit_on() {
    let mut daemon = daemon().await;
    say(&daemon, Said::Approved).await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    let _ = daemon.visit("bert", Duration::ZERO).await;
    let store = &daemon.engine.store;
    let claimed = claimed(&daemon).await;
    let [permitted, drafted] = &claimed[..] else { panic!("{claimed:?}") };
    let asked = store.permit(NODE, permitted.clone(), daemon.engine.rulebook()).await.unwrap();
    let Permission::Permitted(attempt) = asked else { panic!("{asked:?}") };
    let flight = daemon.engine.flights.open(attempt.id(), [0; 32], store);

    assert!(matches!(say(&daemon, Said::Withdrawn).await, Answered::Kept { .. }));
    assert_eq!(flight.may_begin(), Begin::Revoked);
    drop(flight);
    let asked = store.permit(NODE, drafted.clone(), daemon.engine.rulebook()).await.unwrap();
    assert!(matches!(asked, Permission::Ended), "{asked:?}");
    daemon.run().await;
    eventually("held", async || waiting(&daemon).await == 2).await;
    eventually("the others left", async || daemon.subjects().len() == 2).await;
    let why = drafts(&daemon).await.pop().map(|draft| draft.why);
    assert!(matches!(why, Some(DraftCause::Withdrawn { .. })), "{why:?}");

    say(&daemon, Said::Approved).await;
    eventually("left after all", async || daemon.subjects().len() == 4).await;
    daemon.end().await;
}

#[tokio::test]
async fn what_needs_no_yes_any_more_leaves_when_the_files_that_say_so_are_in_force() {
    let mut daemon = daemon().await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    daemon.run().await;
    eventually("held", async || waiting(&daemon).await == 1).await;
    change(&daemon, ONCE, "purpose", "approval = \"none\"\npurpose");
    daemon.files().reload().await.unwrap();
    eventually("left", async || daemon.subjects().len() == 2).await;
    daemon.end().await;
}

#[tokio::test]
async fn a_yes_is_no_review() {
    let daemon = daemon().await;
    change(&daemon, ONCE, "purpose", "review_by = \"2020-06-30\"\npurpose");
    daemon.files().reload().await.unwrap();
    assert!(matches!(say(&daemon, Said::Approved).await, Answered::ReviewIsDue { .. }));
    let why = drafts(&daemon).await.pop().map(|draft| draft.why);
    assert!(matches!(why, Some(DraftCause::ReviewDue { .. })), "{why:?}");
    daemon.end().await;
}

/// What is said about a line at the top of a workflow by consent, with this line at the top of the policy's business.
async fn said_of(line: &str, business: &str) -> String {
    let daemon = daemon().await;
    change(&daemon, "policy.toml", "basis = \"contract\"", "basis = \"consent\"");
    change(&daemon, AGAIN, "if_uncertain = \"send-again\"\n", "");
    change(&daemon, "policy.toml", "[business]\n", &format!("[business]\n{business}\n"));
    change(&daemon, ONCE, "purpose", &format!("{line}\npurpose"));
    let reloaded = daemon.files().reload().await;
    daemon.end().await;
    reloaded.map_or_else(|refused| refused.in_full(), |_| "loaded".to_owned())
}

#[tokio::test]
async fn a_part_is_left_out_of_marketing_alone_and_only_where_customers_are_told() {
    let told = "privacy_notice_names = [\"holdouts\"]";
    for line in ["holdout = \"5 %\"", "holdout = \"1%\"", "holdout = \"50 %\""] {
        assert_eq!(said_of(line, told).await, "loaded");
    }
    let untold = said_of("holdout = \"5 %\"", "").await;
    assert!(untold.contains("customers aren't told that some are left out"), "{untold}");
    for part in ["0 %", "51 %", "5", "0.5 %", "-1 %"] {
        let said = said_of(&format!("holdout = \"{part}\""), told).await;
        assert!(said.contains(&format!("`{part}` is no part of an audience")), "{said}");
    }
    let misnamed = said_of("holdout = \"5 %\"", "privacy_notice_names = [\"holdout\"]").await;
    assert!(misnamed.contains("`holdout` is nothing that a notice has to name"), "{misnamed}");

    let daemon = daemon().await;
    change(&daemon, "policy.toml", "[business]\n", &format!("[business]\n{told}\n"));
    change(&daemon, ONCE, "purpose", "holdout = \"5 %\"\npurpose");
    let owed = daemon.files().reload().await.unwrap_err().in_full();
    assert!(owed.contains("a message that is owed to a customer is owed to all"), "{owed}");
    daemon.end().await;
}

#[tokio::test]
async fn a_day_that_is_none_is_a_mistake_of_the_file() {
    let daemon = daemon().await;
    change(&daemon, ONCE, "purpose", "review_by = \"30 June\"\npurpose");
    let refused = daemon.files().reload().await.unwrap_err();
    assert!(matches!(&refused, NotReloaded::Load(_)) && refused.in_full().contains("2027-06-30"), "{refused:?}");
    daemon.end().await;
}

#[test]
fn the_command_approves_what_lies_there_with_and_without_a_daemon() {
    let (premises, _) = premises("\"workflow\"", &[0]);
    let drafts = || -> serde_json::Value { serde_json::from_str(&premises.run(&["status", "--json"])).unwrap() };
    let mut daemon = premises.serve(&[]);
    daemon.ready();
    assert_eq!(drafts()["drafts"][0]["why"], "never-approved");
    let said = premises.run(&["approve", "once", "--by", "Lucie"]);
    assert!(said.starts_with("Approved: once, revision ") && said.trim_end().ends_with(", by Lucie."), "{said}");
    assert_eq!(drafts()["drafts"], serde_json::json!([]));
    daemon.end();

    premises.run(&["approve", "once", "--withdraw", "--by", "Lucie"]);
    assert!(drafts()["drafts"][0]["why"]["withdrawn"]["at"].is_i64());
    premises.run(&["approve", "once", "--by", "Lucie", "--json"]);
    assert_eq!(drafts()["drafts"], serde_json::json!([]));
    let refused = premises.comity(&["approve", "again", "--by", "Lucie"]).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("needs no approval"), "{refused:?}");
}

#[tokio::test]
async fn a_yes_whose_process_died_before_it_woke_anybody_wakes_them_at_the_next_start() {
    let mut daemon = daemon().await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    daemon.run().await;
    eventually("held", async || waiting(&daemon).await == 1).await;
    let (premises, clock) = daemon.end().await;
    let daemon = Daemon::over(premises, clock).await;
    say(&daemon, Said::Approved).await;
    daemon.sql("UPDATE plans SET next_at = expires_at, waits_for = 'approved' WHERE workflow = 'once'").await;
    let (premises, clock) = daemon.end().await;
    let mut daemon = Daemon::over(premises, clock).await;
    daemon.run().await;
    eventually("left", async || daemon.subjects().len() == 1).await;
    daemon.end().await;
}
