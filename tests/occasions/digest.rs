//! Messages of one purpose that fall due together, and leave as one.

use super::{Act, POLICY, Told, at, happen, premises, tell_of, workflow};
use crate::support::daemon::NODE;
use comity::{
    base::keys::Keyring,
    config,
    deliver::transport::Begin,
    engine::rehearse::{Rehearsal, Written},
    store::Permission,
};
use std::sync::Arc;

const LETTER: &str = "[trigger]\ncron = \"0 10 1 * *\"\nexpires = \"6 days\"\n";
const CARD: &str = "[trigger]\nyearly = { field = \"birthday\", by = [\"0d at 09:00\"] }\n";
const TOGETHER: &str = "[trigger]\ndigest = \"2 days\"\n";

/// In one minute anybody may be first.
fn sorted(lines: &[String]) -> Vec<&str> {
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    lines.sort_unstable();
    lines
}

fn of(template: &str, rest: &str) -> String {
    workflow("news", rest).replace("\"note\"", &format!("\"{template}\""))
}

async fn letters_and_cards(together: &str) -> Told {
    let (letter, card) = (of("note", LETTER), of("card", CARD));
    let workflows = [("card", card.as_str()), ("letter", letter.as_str()), ("together", together)];
    let (from, to) = ("2027-02-26T12:00", "2027-03-25T12:00");
    let customers = "anna;anna@post.example;;03-02;Lyon;2027-01-10\n\
        bert;bert@post.example;;03-20;Lyon;2027-01-10\n\
        dora;dora@post.example;;03-02;Lyon;";
    tell_of(&workflows, from, to, &[(from, Act::Customers(customers))]).await
}

#[tokio::test]
async fn a_letter_takes_tomorrows_card_along_and_nobody_elses() {
    let told = letters_and_cards(&of("together", TOGETHER)).await;
    assert_eq!(
        sorted(&told.left),
        [
            "2027-03-01T10:00 anna together +0h",
            "2027-03-01T10:00 bert letter +0h",
            "2027-03-20T09:00 bert card -0d at 09:00",
        ]
    );
    // The card greets only where it is alone; what stands below the signature is the digest's own.
    assert!(
        told.subjects.contains(&"<A note: A word from us.><A card: All the best.>".to_owned()),
        "{:?}",
        told.subjects
    );
    assert_eq!(sorted(&told.merged), ["2027-03-01T10:00 anna card -0d at 09:00", "2027-03-01T10:00 anna letter +0h"]);
    assert_eq!(sorted(&told.refused), ["dora card -0d at 09:00 never-agreed", "dora letter +0h never-agreed"]);
}

#[tokio::test]
async fn a_draft_gathers_nothing() {
    let told = letters_and_cards(&of("together", TOGETHER).replace("approval = \"none\"\n", "")).await;
    assert_eq!(
        sorted(&told.left),
        [
            "2027-03-01T10:00 anna letter +0h",
            "2027-03-01T10:00 bert letter +0h",
            // Nobody gets marketing twice in 24 hours.
            "2027-03-02T10:00 anna card -0d at 09:00",
            "2027-03-20T09:00 bert card -0d at 09:00",
        ]
    );
    assert!(told.merged.is_empty(), "{:?}", told.merged);
}

#[tokio::test]
async fn what_people_judge_by_itself_or_by_the_day_goes_into_no_message() {
    for judged in ["\"each\"", "{ above = 50 }"] {
        let letter = of("note", LETTER).replace("\"none\"", judged);
        let (card, together) = (of("card", CARD), of("together", TOGETHER));
        let (from, to) = ("2027-02-26T12:00", "2027-03-25T12:00");
        let acts = [(from, Act::Customers("anna;anna@post.example;;03-02;Lyon;2027-01-10"))];
        let told = tell_of(&[("card", &card), ("letter", &letter), ("together", &together)], from, to, &acts).await;
        assert!(told.merged.is_empty(), "{judged}: {:?}", told.merged);
    }
}

#[tokio::test]
async fn a_task_for_a_person_goes_into_no_message() {
    let on = "[trigger]\nrecord = \"purchase\"\non = \"created\"\n\n";
    let call = of(
        "note",
        &format!("{on}[[steps]]\nname = \"call\"\nwait = \"1 day\"\ntask = \"Call {{{{customer.town}}}}\"\n"),
    );
    let card = of("card", &format!("{on}[[steps]]\nname = \"card\"\nwait = \"1 day\"\n"));
    let together = of("together", TOGETHER);
    let (from, to) = ("2027-03-01T08:00", "2027-03-05T12:00");
    let acts = [
        (from, Act::Customers("anna;anna@post.example;;;Lyon;2027-01-10")),
        ("2027-03-01T12:00", Act::Purchases("a1;anna;2027-03-01T11:00;paid")),
    ];
    let told = tell_of(&[("call", &call), ("card", &card), ("together", &together)], from, to, &acts).await;
    assert_eq!(told.left, ["2027-03-02T12:00 anna card card"]);
    assert!(told.merged.is_empty() && told.refused.is_empty(), "{:?} {:?}", told.merged, told.refused);
}

#[tokio::test]
async fn what_becomes_untrue_meanwhile_is_left_out() {
    let thanks =
        of("card", "[trigger]\nrecord = \"purchase\"\nafter = { field = \"bought_at\", by = [\"2d at 10:00\"] }\n");
    let together = of("together", &format!("cap = {{ at_most = 1, per = \"3 days\" }}\n\n{TOGETHER}"));
    let workflows = [("thanks", thanks.as_str()), ("together", together.as_str())];
    let told = tell_of(
        &workflows,
        "2027-03-01T08:00",
        "2027-03-20T12:00",
        &[
            ("2027-03-01T08:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-01-10\nbert;bert@post.example;;;Lyon;2027-01-10")),
            ("2027-03-01T12:00", Act::Purchases("a1;anna;2027-03-01T11:00;paid\na2;anna;2027-03-01T11:30;paid\nb1;bert;2027-03-01T11:00;paid\nb2;bert;2027-03-01T11:30;paid")),
            ("2027-03-03T12:00", Act::Purchases("a3;anna;2027-03-03T11:00;paid\na4;anna;2027-03-03T11:30;paid\nb3;bert;2027-03-03T11:00;paid\nb4;bert;2027-03-03T11:30;paid")),
            // The cap holds the second one for a day.
            ("2027-03-05T12:00", Act::Purchases("a3;anna;2027-03-03T11:00;cancelled\nb3;bert;2027-03-03T11:00;cancelled\nb4;bert;2027-03-03T11:30;cancelled")),
        ],
    )
    .await;
    assert_eq!(
        sorted(&told.left),
        [
            "2027-03-03T10:00 anna together +0h",
            "2027-03-03T10:00 bert together +0h",
            "2027-03-06T10:00 anna together +0h"
        ]
    );
    assert_eq!(told.subjects[2], "<A card: All the best.>");
    assert_eq!(
        sorted(&told.refused),
        [
            "anna thanks +2d at 10:00 record-cancelled",
            "bert thanks +2d at 10:00 record-cancelled",
            "bert thanks +2d at 10:00 record-cancelled",
            "bert together +0h nothing-left-to-say",
        ]
    );
    assert_eq!(told.merged.len(), 8);
}

/// The shop's two letters about a purchase of two days ago.
const AFTER: &str = "[trigger]\nrecord = \"purchase\"\nafter = { field = \"bought_at\", by = [\"2d at 10:00\"] }\n";

/// Of Anna's two purchases the first one's letters leave on 3 March; those of the second are merged on the fifth, and the
/// cap holds them for a day.
async fn held_for_a_day(workflows: &[(&str, &str)], acts: Vec<(&'static str, Act)>) -> Told {
    let mut all = vec![
        ("2027-03-01T08:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-01-10")),
        ("2027-03-01T12:00", Act::Purchases("a1;anna;2027-03-01T11:00;paid")),
        ("2027-03-03T12:00", Act::Purchases("a2;anna;2027-03-03T11:00;paid")),
    ];
    all.extend(acts);
    all.sort_by_key(|(when, _)| *when);
    let together = of("together", &format!("cap = {{ at_most = 1, per = \"3 days\" }}\n\n{TOGETHER}"));
    let workflows: Vec<(&str, &str)> = workflows.iter().copied().chain([("together", together.as_str())]).collect();
    tell_of(&workflows, "2027-03-01T08:00", "2027-03-20T12:00", &all).await
}

#[tokio::test]
async fn a_yes_that_is_taken_back_takes_its_messages_out_again() {
    let (thanks, care) = (of("card", AFTER).replace("approval = \"none\"\n", ""), of("note", AFTER));
    let acts = vec![
        ("2027-03-01T08:00", Act::Approved("thanks")),
        ("2027-03-05T12:00", Act::Withdrawn("thanks")),
        ("2027-03-08T15:00", Act::Approved("thanks")),
    ];
    let told = held_for_a_day(&[("care", &care), ("thanks", &thanks)], acts).await;
    assert_eq!(
        told.left,
        [
            "2027-03-03T10:00 anna together +0h",
            "2027-03-06T10:00 anna together +0h",
            // It waited for a yes by itself, and goes when there is one.
            "2027-03-08T15:00 anna thanks +2d at 10:00",
        ]
    );
    assert_eq!(told.subjects[1], "<A note: A word from us.>");
    assert_eq!(told.merged.len(), 4);
    assert!(told.refused.is_empty(), "{:?}", told.refused);
}

#[tokio::test]
async fn who_comes_back_meanwhile_is_not_missed_in_a_message_of_several_either() {
    let missed =
        of("card", "[trigger]\nrecord = \"purchase\"\nabsent = { field = \"bought_at\", by = [\"2d at 10:00\"] }\n");
    let care = of("note", AFTER);
    let acts = vec![("2027-03-05T12:00", Act::Purchases("a3;anna;2027-03-05T11:00;paid"))];
    let told = held_for_a_day(&[("care", &care), ("missed", &missed)], acts).await;
    assert_eq!(
        told.left,
        [
            "2027-03-03T10:00 anna together +0h",
            "2027-03-06T10:00 anna together +0h",
            "2027-03-09T10:00 anna together +0h"
        ]
    );
    assert_eq!(told.subjects[1], "<A note: A word from us.>");
    assert_eq!(told.refused, ["anna missed +2d at 10:00 came-back"]);
}

#[tokio::test]
async fn a_yes_that_is_taken_back_stops_a_message_of_several_that_was_permitted_already() {
    let thanks = of("card", "[trigger]\nrecord = \"purchase\"\non = \"created\"\nby = [\"0h\"]\n");
    let care = thanks.replace("\"card\"", "\"note\"");
    let thanks = thanks.replace("approval = \"none\"\n", "");
    let together = of("together", TOGETHER);
    let premises = premises(POLICY, &[("care", &care), ("thanks", &thanks), ("together", &together)]);
    let installation = config::load(premises.path()).unwrap();
    let (keys, from) = (Arc::new(Keyring::derive(&[7; 32])), at("2027-03-01T12:00"));
    let rehearsal = Rehearsal::open(installation, keys, from, Written::All).await.unwrap();
    let acts = [
        Act::Approved("thanks"),
        Act::Customers("anna;anna@post.example;;;Lyon;2027-01-10"),
        Act::Purchases("a1;anna;2027-03-01T11:00;paid"),
    ];
    for act in &acts {
        happen(&rehearsal.engine, act).await;
    }
    let (store, rulebook) = (&rehearsal.engine.store, rehearsal.engine.rulebook());
    let claim = async || store.claim(NODE, from, 10).await.unwrap().pop().map(Arc::new).expect("one is due");
    let into = store.gather(&claim().await, rulebook.clone()).await.unwrap();
    let mut message = claim().await;
    assert_eq!(into, Some(message.plan.id));
    let parts = store.parts(&message, rulebook.clone()).await.unwrap();
    assert_eq!(parts.len(), 2);
    Arc::make_mut(&mut message).parts = parts;
    let asked = store.permit(NODE, message.clone(), rulebook).await.unwrap();
    let Permission::Permitted(attempt) = asked else { panic!("{asked:?}") };
    let flight = rehearsal.engine.flights.open(attempt.id(), [0; 32], store);
    assert_eq!(flight.may_begin(), Begin::Go);
    happen(&rehearsal.engine, &Act::Withdrawn("thanks")).await;
    assert_eq!(flight.may_begin(), Begin::Revoked);
    drop(flight);
    rehearsal.engine.close().await;
}
