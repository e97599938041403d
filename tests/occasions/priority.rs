//! Which message goes first, where a cap has room for one only: nobody gets marketing twice in 24 hours.

use super::{Act, Told, tell, tell_of, workflow};

/// At ten on the first of the month. In 2027 that is a Monday in March.
const LETTER: &str = "[trigger]\ncron = \"0 10 1 * *\"\nexpires = \"6 days\"\n";

async fn told(priority: &str, friends: &'static str) -> Told {
    let card = format!(
        "priority = \"{priority}\"\n\n[trigger]\nyearly = {{ field = \"birthday\", by = [\"0d at 09:00\"] }}\n"
    );
    let (card, letter) = (workflow("cards", &card), workflow("news", LETTER));
    let (from, to) = ("2027-02-26T12:00", "2027-03-25T12:00");
    tell_of(&[("card", &card), ("letter", &letter)], from, to, &[(from, Act::Friends(friends))]).await
}

#[tokio::test]
async fn a_letter_leaves_its_place_to_a_birthday_card_of_tomorrow_and_comes_after_it() {
    let told = told(
        "high",
        "anna;anna@post.example;;03-02;Lyon;2027-01-10;2027-01-10\n\
         bert;bert@post.example;;03-20;Lyon;2027-01-10;2027-01-10\n\
         carl;carl@post.example;;03-01;Lyon;2027-01-10;2027-01-10\n\
         dora;dora@post.example;;03-02;Lyon;2027-01-10;",
    )
    .await;
    assert_eq!(
        told.left,
        [
            "2027-03-01T09:00 carl card -0d at 09:00",
            "2027-03-01T10:00 bert letter +0h",
            // She wants no cards: nothing is kept free for one.
            "2027-03-01T10:00 dora letter +0h",
            "2027-03-02T09:00 anna card -0d at 09:00",
            "2027-03-02T09:00 carl letter +0h",
            "2027-03-03T09:00 anna letter +0h",
            "2027-03-20T09:00 bert card -0d at 09:00",
        ]
    );
    assert_eq!(told.refused, ["dora card -0d at 09:00 never-agreed"]);
}

#[tokio::test]
async fn of_equals_the_one_that_is_due_first_goes_first() {
    let anna = "anna;anna@post.example;;03-02;Lyon;2027-01-10;2027-01-10";
    for priority in ["normal", "low"] {
        let told = told(priority, anna).await;
        // The card has its day, and the letter's day ends an hour after the card is due.
        assert_eq!(
            told.left,
            ["2027-03-01T10:00 anna letter +0h", "2027-03-02T10:00 anna card -0d at 09:00"],
            "{priority}"
        );
        assert!(told.refused.is_empty(), "{:?}", told.refused);
    }
}

#[tokio::test]
async fn a_journey_ends_with_a_new_record_and_not_with_one_that_was_there_before() {
    let journey = "[trigger]\non = \"consent\"\nexit_on = [\"purchase\"]\n\n\
        [[steps]]\nname = \"hello\"\nwait = \"1 hour\"\n\n[[steps]]\nname = \"story\"\nwait = \"3 days\"\n";
    let told = tell(
        &workflow("news", journey),
        "2027-03-01T12:00",
        "2027-03-20T12:00",
        &[
            ("2027-03-01T12:00", Act::Customers("anna;anna@post.example;;;Lyon;\nbert;bert@post.example;;;Lyon;\ncora;cora@post.example;;;Lyon;")),
            ("2027-03-01T13:00", Act::Purchases("a1;anna;2027-03-01T11:00;paid\nb1;bert;2027-03-01T11:00;paid\nc1;cora;2027-03-01T11:00;paid")),
            ("2027-03-02T12:00", Act::Customers("anna;anna@post.example;;;Lyon;2027-03-02T12:00\nbert;bert@post.example;;;Lyon;2027-03-02T12:00\ncora;cora@post.example;;;Lyon;2027-03-02T12:00")),
            // What changes of an old purchase is no new one.
            ("2027-03-03T12:00", Act::Purchases("a1;anna;2027-03-01T11:00;shipped")),
            ("2027-03-03T12:00", Act::Purchases("b2;bert;2027-03-03T11:00;paid")),
            // One that was taken back before the next step ends nothing.
            ("2027-03-03T12:00", Act::Purchases("c2;cora;2027-03-03T11:00;paid")),
            ("2027-03-04T12:00", Act::Purchases("c2;cora;2027-03-03T11:00;cancelled")),
        ],
    )
    .await;
    assert_eq!(
        told.left,
        [
            "2027-03-02T13:00 anna hello",
            "2027-03-02T13:00 bert hello",
            "2027-03-02T13:00 cora hello",
            "2027-03-05T13:00 anna story",
            "2027-03-05T13:00 cora story",
        ]
    );
    assert_eq!(told.refused, ["bert story record-came"]);
}
