//! Messages that a person reads before each leaves: in the words that were read, and not at all where the person says no.

use super::{SUBJECT, WEEK, claimed, listed, premises, refused, state};
use crate::support::{
    daemon::{Daemon, NODE, eventually},
    proof,
};
use comity::{
    base::{Clock, PlanId},
    deliver::transport::Begin,
    engine::office::approvals::{Pending, Taken, Word},
    gate::{Reason, Rule},
    plan::PlanState,
    store::Permission,
};
use std::{fs, sync::Arc, time::Duration};

/// Two workflows, of which a person reads the messages of one, `once`.
async fn daemon() -> Daemon {
    super::daemon("approval = \"each\"\n").await
}

async fn pending(daemon: &Daemon) -> Vec<Pending> {
    daemon.engine.office().pending(WEEK).await.unwrap()
}

async fn the_one(daemon: &Daemon) -> Pending {
    let mut pending = pending(daemon).await;
    assert_eq!(pending.len(), 1, "{pending:?}");
    pending.remove(0)
}

async fn say(daemon: &Daemon, plan: PlanId, code: Option<&str>) -> Taken {
    let word = Word { plan, code: code.map(str::to_owned), who: "Lucie".to_owned() };
    daemon.engine.office().judge(word).await.unwrap()
}

#[tokio::test]
async fn each_message_waits_for_its_own_yes_and_the_others_for_theirs() {
    let mut daemon = daemon().await;
    let (anna, bert) = (daemon.visit("anna", Duration::ZERO).await, daemon.visit("bert", Duration::ZERO).await);
    daemon.run().await;
    eventually("the others left", async || daemon.subjects().len() == 2).await;
    eventually("held", async || daemon.engine.office().standing().await.unwrap().unread == 2).await;
    let waiting = pending(&daemon).await;
    let of_anna = waiting.iter().find(|one| one.customer == anna.id).unwrap();
    assert_eq!(of_anna.waits, Reason::Unread { plan: of_anna.plan, approved_at: None });
    let reading = daemon.engine.office().reading(of_anna.plan).await.unwrap().unwrap();
    assert_eq!((&reading.pending, reading.text.contains("see you on")), (of_anna, true));

    assert_eq!(say(&daemon, of_anna.plan, Some(&of_anna.code)).await, Taken::Kept);
    eventually("left", async || state(&daemon, &anna).await == PlanState::Sent).await;
    assert_eq!(state(&daemon, &bert).await, PlanState::Planned);
    assert_eq!(the_one(&daemon).await.customer, bert.id);
    daemon.end().await;
}

#[tokio::test]
async fn what_would_read_otherwise_than_it_was_read_is_asked_about_again() {
    let mut daemon = daemon().await;
    let anna = daemon.visit("anna", Duration::from_hours(2)).await;
    let read = the_one(&daemon).await;
    assert_eq!(say(&daemon, read.plan, Some(&read.code)).await, Taken::Kept);
    assert_eq!(pending(&daemon).await, [], "long before it is due");
    fs::write(daemon.premises.path().join(SUBJECT), "Another word\n").unwrap();
    daemon.files().reload().await.unwrap();
    let again = the_one(&daemon).await;
    assert!(matches!(again.waits, Reason::Unread { approved_at: Some(_), .. }), "{again:?}");
    assert_eq!(again.subject, "Another word");
    assert_eq!(say(&daemon, read.plan, Some(&read.code)).await, Taken::OtherWords);
    for part in ["", again.code.get(..4).unwrap()] {
        assert_eq!(say(&daemon, read.plan, Some(part)).await, Taken::OtherWords, "{part:?} names no words");
    }

    daemon.clock.pass(Duration::from_hours(2));
    daemon.run().await;
    eventually("the other left", async || daemon.subjects().len() == 1).await;
    eventually("held", async || daemon.engine.office().standing().await.unwrap().unread == 1).await;
    assert_eq!(say(&daemon, again.plan, Some(&again.code)).await, Taken::Kept);
    eventually("left", async || state(&daemon, &anna).await == PlanState::Sent).await;
    daemon.end().await;
}

#[tokio::test]
async fn what_was_approved_in_time_leaves_when_it_is_due() {
    let mut daemon = daemon().await;
    let anna = daemon.visit("anna", Duration::from_hours(2)).await;
    let read = the_one(&daemon).await;
    say(&daemon, read.plan, Some(&read.code)).await;
    daemon.clock.pass(Duration::from_hours(2));
    daemon.run().await;
    eventually("left", async || state(&daemon, &anna).await == PlanState::Sent).await;
    assert_eq!(daemon.left(), [read.due_at, read.due_at]);
    daemon.end().await;
}

#[tokio::test]
async fn a_message_that_a_person_rejects_is_refused_with_that_reason_before_it_is_due_and_after_it_was_permitted() {
    let mut daemon = daemon().await;
    let anna = daemon.visit("anna", Duration::from_hours(2)).await;
    let of_anna = the_one(&daemon).await;
    assert_eq!(say(&daemon, of_anna.plan, None).await, Taken::Kept);

    let bert = daemon.visit("bert", Duration::ZERO).await;
    let waiting = pending(&daemon).await;
    let of_bert = waiting.iter().find(|one| one.customer == bert.id).unwrap();
    say(&daemon, of_bert.plan, Some(&of_bert.code)).await;
    let store = &daemon.engine.store;
    let (mut ours, others): (Vec<_>, Vec<_>) =
        claimed(&daemon).await.into_iter().partition(|claimed| claimed.plan.id == of_bert.plan);
    for other in others {
        store.release(other.plan.id, other.plan.epoch, daemon.clock.now()).await.unwrap();
    }
    let mut ours = ours.pop().expect("it is due");
    let rulebook = daemon.engine.rulebook();
    Arc::make_mut(&mut ours).words = comity::engine::wording::words(&ours, &rulebook, &daemon.engine.keys);
    let asked = store.permit(NODE, ours, rulebook).await.unwrap();
    let Permission::Permitted(attempt) = asked else { panic!("{asked:?}") };
    let flight = daemon.engine.flights.open(attempt.id(), [0; 32], store);
    // Nothing waits any more that could be read; the number alone is enough for a no.
    assert_eq!(say(&daemon, of_bert.plan, None).await, Taken::Kept);
    assert_eq!(flight.may_begin(), Begin::Revoked);
    drop(flight);

    daemon.run().await;
    for customer in [&anna, &bert] {
        eventually("refused", async || state(&daemon, customer).await == PlanState::Refused).await;
        let refused = refused(&daemon, customer).await;
        assert!(matches!(refused, Some((Rule::Approval, Reason::Rejected { .. }))), "{refused:?}");
    }
    daemon.end().await;
}

#[tokio::test]
async fn nobody_is_asked_about_what_no_person_has_to_read() {
    let daemon = Daemon::open().await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    assert_eq!(pending(&daemon).await, []);
    assert_eq!(say(&daemon, PlanId(1), None).await, Taken::NoMessage);
    daemon.end().await;
}

#[test]
fn the_commands_list_show_approve_and_reject_with_and_without_a_daemon() {
    let (premises, _) = premises("\"each\"", &[2]);
    let name = |one: &serde_json::Value| format!("{}-{}", one["plan"], one["code"].as_str().unwrap());
    let waiting = listed(&premises);
    assert_eq!(waiting.len(), 2, "{waiting:?}");
    let shown = premises.run(&["approvals", "show", &waiting[0]["plan"].to_string()]);
    assert!(shown.contains(&format!("comity approvals approve {}", name(&waiting[0]))), "{shown}");
    assert!(
        !shown.contains(&proof::address(1)) && !shown.contains(&proof::address(2)),
        "an address is masked: {shown}"
    );
    let approved = premises.run(&["approvals", "approve", &name(&waiting[0]), "--by", "Lucie"]);
    assert_eq!(approved.trim(), format!("Approved: message {}, by Lucie.", waiting[0]["plan"]));
    let who = format!("Lucie approved message {} of once, in the words ", waiting[0]["plan"]);
    let told = premises.run(&["explain", &waiting[0]["plan"].to_string()]);
    assert!(told.contains(&who), "{told}");
    let other = premises.comity(&["approvals", "approve", &format!("{}-00000000", waiting[1]["plan"]), "--by", "L"]);
    assert!(!{ other }.output().unwrap().status.success());

    let mut served = premises.serve(&[]);
    served.ready();
    assert_eq!(listed(&premises).len(), 1);
    premises.run(&["approvals", "reject", &waiting[1]["plan"].to_string(), "--by", "Lucie"]);
    assert_eq!(listed(&premises).len(), 0);
    let told = premises.run(&["approvals", "history"]);
    let rejected = format!("Lucie rejected message {} of once.", waiting[1]["plan"]);
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() == 2 && lines[0].contains(&who) && lines[1].ends_with(&rejected), "{told}");
    served.end();

    for name in ["Lucie.\nNobody", "\u{1b}[2JLucie", " ", ""] {
        let refused = premises.comity(&["approvals", "reject", "1", "--by", name]).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{name:?}: {refused:?}");
    }
}
