//! "I can't come" reaches the owner while the chair can still be filled.

use super::{House, OWNER};
use crate::support::smtp::{At, Script, Server, say};
use comity::{gate::facts::HaltCause, people::Answer};

const VISITS: &str = "V1;C1;2027-03-24T10:00;booked;Cut\nV2;C2;2027-03-24T11:00;booked;Colour\n";

#[tokio::test]
async fn who_cannot_come_is_told_to_the_owner_at_once_and_once() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.says("C1", Answer::CantCome).await;
    house.clerk_looks().await;
    assert_eq!(house.mail(), [], "whoever chose wrong has a moment to choose again");
    house.clerk_at("2027-03-22T14:00:20").await;
    let letter = house.letter();
    assert_eq!(letter.to, OWNER);
    assert_eq!(letter.subject, "Anna Martin can’t come: Wednesday, 24 March, 10:00");
    assert!(
        letter.text.contains("- Anna Martin can’t come: Wednesday, 24 March, 10:00 (Cut).\n  The chair is free."),
        "{}",
        letter.text
    );
    for later in ["2027-03-22T14:10", "2027-03-23T06:00"] {
        house.clerk_at(later).await;
    }
    assert_eq!(house.mail().len(), 1);
}

#[tokio::test]
async fn answers_that_come_together_share_a_letter_and_the_last_word_counts() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.says("C1", Answer::CantCome).await;
    house.says("C2", Answer::CantCome).await;
    house.says("C2", Answer::AnotherTime).await;
    house.clerk_at("2027-03-22T14:00:20").await;
    let letter = house.letter();
    assert_eq!(letter.subject, "Anna Martin can’t come: Wednesday, 24 March, 10:00, and 1 more");
    assert!(
        letter.text.contains("- Béa Roux asks for another time: Wednesday, 24 March, 11:00 (Colour)."),
        "{}",
        letter.text
    );
    assert!(!letter.text.contains("Béa Roux can’t come"), "{}", letter.text);

    // Whoever comes after all is told of, too; whoever only comes is news for the morning.
    house.says("C1", Answer::Coming).await;
    house.clerk_at("2027-03-22T14:01").await;
    let mail = house.mail();
    assert_eq!(mail.len(), 2);
    assert_eq!(mail[1].subject, "Anna Martin is coming: Wednesday, 24 March, 10:00");
}

#[tokio::test]
async fn a_crash_between_the_answer_and_the_letter_loses_nothing() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.says("C1", Answer::CantCome).await;
    let house = house.again().await;
    house.clerk_at("2027-03-22T14:00:20").await;
    assert_eq!(house.letter().subject, "Anna Martin can’t come: Wednesday, 24 March, 10:00");
}

#[tokio::test]
async fn a_letter_whose_fate_is_unknown_comes_again_under_the_same_id() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.says("C1", Answer::CantCome).await;
    house.goes_on_to("2027-03-22T14:00:20").await;
    // The letter is at the server, and nobody hears of its answer.
    let seen = house.server.saw(|log| log.messages.len() == 1);
    tokio::select! {
        biased;
        () = seen => {}
        () = house.clerk_looks() => {}
    }
    // Another answer meanwhile doesn't change which letter it is.
    house.says("C2", Answer::CantCome).await;
    let house = house.again().await;
    house.clerk_at("2027-03-22T14:05").await;
    let mail = house.mail();
    let about = |name: &str| {
        mail.iter().filter(|letter| letter.subject.starts_with(name)).map(|letter| &letter.id).collect::<Vec<_>>()
    };
    let [first, again] = about("Anna Martin")[..] else {
        panic!("the server had it, and it came once more: {mail:#?}")
    };
    assert_eq!(first, again);
    assert_eq!(about("Béa Roux").len(), 1, "{mail:#?}");
}

#[tokio::test]
async fn sending_that_is_paused_or_refused_keeps_nothing_from_the_owner() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.engine.office().pause("a test").await.unwrap();
    house.says("C1", Answer::CantCome).await;
    house.clerk_at("2027-03-22T14:00:20").await;
    assert_eq!(house.mail().len(), 1);

    house.engine.store.halt(HaltCause::Route, "550 5.7.1 quota").await.unwrap();
    house.clerk_at("2027-03-22T14:01").await;
    house.clerk_at("2027-03-22T14:02").await;
    let mail = house.mail();
    assert_eq!(mail.len(), 2, "an alarm is told once");
    assert_eq!(mail[1].subject, "No message leaves until you look");
    assert!(mail[1].text.contains("comity resume"), "{}", mail[1].text);

    let _ = house.engine.store.halt(HaltCause::Restored, "").await.unwrap();
    house.clerk_at("2027-03-22T14:03").await;
    let mail = house.mail();
    assert_eq!(mail.len(), 3, "each halt that takes a person has its alarm");
    assert!(mail[2].text.contains("The database is an older one"), "{}", mail[2].text);
}

#[tokio::test]
async fn a_mail_server_that_says_no_is_asked_again_and_the_status_says_why() {
    let script = Script::default().at(At::Rcpt, say("451 4.2.1 later"));
    let house = House::open("2027-03-22T14:00").await;
    let busy = Server::start(script).await;
    let house = house.moved_to(busy).await;
    house.visits(VISITS).await;
    house.says("C1", Answer::CantCome).await;
    house.clerk_at("2027-03-22T14:00:20").await;
    assert_eq!(house.mail(), []);
    let status = house.engine.store.status().await.unwrap();
    assert!(status.owner_untold.as_ref().is_some_and(|why| why.contains("451")), "{status:?}");

    let house = house.moved_to(Server::start(Script::default()).await).await;
    house.clerk_at("2027-03-22T14:03").await;
    assert_eq!(house.letter().subject, "Anna Martin can’t come: Wednesday, 24 March, 10:00");
    assert_eq!(house.engine.store.status().await.unwrap().owner_untold, None);
}

/// A salon whose mail server is busy, and that writes no morning mail.
async fn behind_a_busy_server() -> House {
    let house = House::with("2027-03-22T14:00", |installation| installation.config.owner.morning_mail = None).await;
    house.moved_to(Server::start(Script::default().at(At::Rcpt, say("451 4.2.1 later"))).await).await
}

#[tokio::test]
async fn a_chair_that_is_taken_again_is_not_told_to_be_free_however_late_the_letter_comes() {
    let house = behind_a_busy_server().await;
    house.visits(VISITS).await;
    house.visits("V3;C3;2027-03-24T12:00;booked;Cut\nV4;C4;2027-03-24T13:00;booked;Cut\n").await;
    for customer in ["C1", "C2", "C3", "C4"] {
        house.says(customer, Answer::CantCome).await;
    }
    house.clerk_at("2027-03-22T14:00:20").await;
    // One comes after all; one visit is cancelled, and one moves; one chair stays free.
    house.says("C1", Answer::Coming).await;
    house.visits("V2;C2;2027-03-24T11:00;cancelled;Colour\nV3;C3;2027-03-25T12:00;booked;Cut\n").await;
    let house = house.moved_to(Server::start(Script::default()).await).await;
    house.clerk_at("2027-03-22T14:05").await;
    let subjects: Vec<String> = house.mail().into_iter().map(|letter| letter.subject).collect();
    assert_eq!(
        subjects,
        ["Marie Blanc can’t come: Wednesday, 24 March, 13:00", "Anna Martin is coming: Wednesday, 24 March, 10:00"]
    );
}

#[tokio::test]
async fn what_could_not_be_told_in_three_days_is_not_told_on_the_fourth() {
    let house = behind_a_busy_server().await;
    house.visits("V1;C1;2027-03-29T10:00;booked;Cut\n").await;
    house.says("C1", Answer::CantCome).await;
    house.clerk_at("2027-03-22T14:00:20").await;
    house.goes_on_to("2027-03-25T14:00").await;
    let house = house.moved_to(Server::start(Script::default()).await).await;
    house.clerk_looks().await;
    assert_eq!(house.mail(), []);
    assert_eq!(house.engine.store.status().await.unwrap().owner_untold, None, "it has ended");
}

#[tokio::test]
async fn a_letter_that_cannot_be_written_holds_up_no_other() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.damage("UPDATE plans SET hold = 'odd', next_at = next_at + 86400000").await;
    house.clerk_at("2027-03-23T07:00").await;
    assert_eq!(house.mail(), []);
    house.says("C1", Answer::CantCome).await;
    house.clerk_at("2027-03-23T07:05").await;
    assert_eq!(house.letter().subject, "Anna Martin can’t come: Wednesday, 24 March, 10:00");
    let status = house.engine.store.status().await.unwrap();
    assert!(status.owner_untold.as_ref().is_some_and(|why| why.contains("plans.hold")), "{status:?}");
}

#[tokio::test]
async fn a_notice_that_nobody_can_read_holds_up_no_other() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.engine.store.halt(HaltCause::Route, "550 5.7.1 quota").await.unwrap();
    house.clerk_looks().await;
    house.engine.office().resume().await.unwrap();
    house.damage("UPDATE notices SET about = 'odd', state = 'open', ended_at = NULL").await;
    house.says("C1", Answer::CantCome).await;
    house.clerk_at("2027-03-22T14:00:20").await;
    let mail = house.mail();
    assert_eq!((mail.len(), mail[1].subject.as_str()), (2, "Anna Martin can’t come: Wednesday, 24 March, 10:00"));
    let status = house.engine.store.status().await.unwrap();
    assert!(status.owner_untold.as_ref().is_some_and(|why| why.contains("notices.about")), "{status:?}");
}

#[tokio::test]
async fn an_answer_is_told_although_its_workflow_is_gone_from_the_files() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.says("C1", Answer::CantCome).await;
    let house = house.under(|installation| installation.workflows.clear()).await;
    house.clerk_at("2027-03-22T14:00:20").await;
    assert_eq!(house.letter().subject, "Anna Martin can’t come: Wednesday, 24 March, 10:00");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_any_more_is_told_of_all_the_same() {
    let house = House::open("2027-03-22T14:00").await;
    house.visits(VISITS).await;
    house.says("C1", Answer::CantCome).await;
    house.damage("UPDATE customers SET address = x'00' WHERE external_id = 'C1'").await;
    house.clerk_at("2027-03-22T14:00:20").await;
    let letter = house.letter();
    assert_eq!(letter.subject, "Somebody answered, and can’t be read");
    assert!(letter.text.contains("- The data of a customer can’t be read"), "{}", letter.text);
}

#[tokio::test]
async fn what_strangers_wrote_adds_no_header_and_no_markup() {
    let house = House::open("2027-03-22T14:00").await;
    let name = "<b>Eve</b>\u{202e}\u{2028}Bcc: spy@evil.example";
    house.import("customers", &format!("id;email;first_name\nE;eve@post.example;{name}\n")).await;
    house.visits("V1;E;2027-03-24T10:00;booked;<script>x</script>\n").await;
    house.says("E", Answer::CantCome).await;
    house.clerk_at("2027-03-22T14:00:20").await;
    let letter = house.letter();
    assert_eq!(letter.subject, "<b>Eve</b>Bcc: spy@evil.example can’t come: Wednesday, 24 March, 10:00");
    assert_eq!(letter.to, OWNER);
    assert!(letter.html.contains("&lt;b&gt;Eve&lt;/b&gt;") && letter.html.contains("(&lt;script&gt;x&lt;/script&gt;)"));
    let bytes = house.server.log().messages.remove(0).bytes;
    let head = String::from_utf8_lossy(&bytes).split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
    assert!(!head.lines().any(|line| line.starts_with("bcc")), "{head}");
    for absent in ["list-unsubscribe", "list-id", "feedback-id"] {
        assert!(!head.contains(absent), "it is no customer's letter: {head}");
    }
}
