//! Stories of all that is not about a visit: a birthday, a purchase, a yes.

use super::{Act, House::Salon, Scene, Story, person, told};
use comity::store::AddressStands;

#[tokio::test]
async fn a_card_comes_on_the_day_and_on_no_other() {
    let people = vec![
        person("Anna", "en").born_on("02-24").said_yes_on("2026-11-02"),
        person("Benoît", "fr").born_on("02-25"),
        person("Claire", "fr").born_on("02-29").said_yes_on("2026-05-20"),
        person("Daiki", "en").of("Asia/Tokyo").born_on("02-26").said_yes_on("2026-12-01"),
        person("Emma", "en").said_yes_on("2026-09-14"),
        person("Gaëlle", "fr").born_on("02-27").said_yes_on("2026-08-03"),
    ];
    let scenes = vec![
        Scene("2027-02-27T12:00", "Gaëlle wants no cards, and presses stop.", Act::Stop("Gaëlle", "birthday-cards")),
        Scene("2028-01-10T09:00", "A new year, and a leap year.", Act::Aside),
    ];
    let (workflow, from, to) = ("birthday", "2027-02-20T08:00", "2028-03-10T08:00");
    told(Story { house: Salon, workflow, purpose: ["birthday-cards", "a card"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn a_welcome_comes_an_hour_after_the_yes() {
    let people = vec![
        person("Anna", "en"),
        person("Benoît", "fr"),
        person("Claire", "fr"),
        person("Emma", "en").said_yes_on("2026-09-14"),
    ];
    let scenes = vec![
        Scene("2027-03-09T15:20", "Anna says yes to the letters.", Act::Yes("Anna")),
        Scene("2027-03-09T21:40", "Benoît says yes, late in the evening.", Act::Yes("Benoît")),
        Scene("2027-03-10T11:00", "Claire says yes.", Act::Yes("Claire")),
        Scene("2027-03-10T11:30", "Claire thinks again, and tells the salon no.", Act::No("Claire")),
        Scene("2027-04-12T10:00", "Anna says yes a second time. She was welcomed already.", Act::Yes("Anna")),
    ];
    let (workflow, from, to) = ("welcome", "2027-03-08T08:00", "2027-04-20T08:00");
    told(Story { house: Salon, workflow, purpose: ["letters", "letters"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn a_purchase_is_thanked_for_when_it_stands() {
    let people = vec![
        person("Anna", "en").said_yes_on("2026-11-02"),
        person("Benoît", "fr"),
        person("Claire", "fr").said_yes_on("2026-05-20"),
        person("Emma", "en").said_yes_on("2026-09-14"),
        person("Hugo", "fr").said_yes_on("2026-10-30"),
    ];
    let scenes = vec![
        Scene(
            "2027-03-08T18:30",
            "The till closes. Anna, Benoît, Claire and Emma took something home.",
            Act::Till(&[
                ["1", "Anna", "2027-03-08T11:00", "Shampoo with oat milk", "paid"],
                ["2", "Benoît", "2027-03-08T11:40", "Peigne en bois", "paid"],
                ["3", "Claire", "2027-03-08T15:10", "Huile de camélia", "paid"],
                ["4", "Emma", "2027-03-08T17:00", "Hair brush", "paid"],
            ]),
        ),
        Scene(
            "2027-03-09T10:00",
            "Claire brings her oil back.",
            Act::Till(&[["3", "Claire", "2027-03-08T15:10", "Huile de camélia", "returned"]]),
        ),
        Scene(
            "2027-03-17T18:30",
            "Emma comes for a comb.",
            Act::Till(&[["5", "Emma", "2027-03-17T16:00", "Wooden comb", "paid"]]),
        ),
        Scene(
            "2027-03-18T09:00",
            "A receipt of last month turns up: Hugo's.",
            Act::Till(&[["6", "Hugo", "2027-02-18T16:00", "Cire", "paid"]]),
        ),
    ];
    let (workflow, from, to) = ("thank-you-after-purchase", "2027-03-08T08:00", "2027-03-29T08:00");
    told(Story { house: Salon, workflow, purpose: ["aftercare", "notes afterwards"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn three_letters_and_whoever_books_gets_no_more() {
    let people = vec![person("Anna", "en"), person("Benoît", "fr"), person("Claire", "fr"), person("Emma", "en")];
    let scenes = vec![
        Scene(
            "2027-03-08T11:00",
            "Anna asks about hair for her wedding, and says yes to the letters.",
            Act::Yes("Anna"),
        ),
        Scene("2027-03-08T14:00", "So does Claire.", Act::Yes("Claire")),
        Scene("2027-03-08T15:00", "And Emma.", Act::Yes("Emma")),
        Scene("2027-03-08T22:10", "And Benoît, late in the evening.", Act::Yes("Benoît")),
        Scene(
            "2027-03-11T16:00",
            "Claire books: the salon does her hair.",
            Act::Book(&[["c1", "Claire", "2027-03-26T11:00", "booked"]]),
        ),
        Scene("2027-03-16T09:00", "Emma marries in jeans, and presses stop.", Act::Stop("Emma", "wedding-letters")),
    ];
    let (workflow, from, to) = ("lead-nurturing", "2027-03-08T08:00", "2027-04-05T08:00");
    told(Story { house: Salon, workflow, purpose: ["wedding-letters", "letters"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn a_yes_is_asked_for_again_before_it_ends() {
    let people = vec![
        person("Anna", "en").said_yes_on("2027-03-01"),
        person("Benoît", "fr").said_yes_on("2027-03-02"),
        person("Claire", "fr").said_yes_on("2027-03-03"),
        person("Emma", "en").said_yes_on("2027-03-04"),
    ];
    let scenes = vec![
        Scene("2028-02-01T11:00", "Claire fills in the card at the till once more: yes.", Act::Yes("Claire")),
        Scene("2028-05-02T09:00", "Emma tells the salon: no more letters, please.", Act::No("Emma")),
        Scene("2029-02-01T09:30", "Anna presses the button on her page.", Act::Renew("Anna", "letters")),
        Scene("2029-03-02T09:00", "Benoît said nothing. His yes has ended, and no letter comes any more.", Act::Aside),
        Scene("2030-01-10T09:00", "Anna tells the salon that it is enough now.", Act::No("Anna")),
    ];
    let (workflow, from, to) = ("consent-renewal", "2027-03-05T08:00", "2031-01-20T08:00");
    told(Story { house: Salon, workflow, purpose: ["letters", "letters"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn whoever_asks_for_their_data_gets_one_link_to_it() {
    let people = vec![person("Anna", "en"), person("Benoît", "fr").said_yes_on("2026-05-20"), person("Claire", "fr")];
    let scenes = vec![
        Scene("2027-03-09T22:40", "Late in the evening, Anna asks for her data.", Act::AskForData("Anna")),
        Scene("2027-03-09T22:50", "She opens it.", Act::OpenData("Anna")),
        Scene("2027-03-10T11:00", "Benoît asks for his.", Act::AskForData("Benoît")),
        Scene("2027-03-10T11:02", "He clicks again. It is the same link.", Act::AskForData("Benoît")),
        Scene("2027-03-12T10:00", "The salon halts all sending.", Act::Pause),
        Scene("2027-03-12T10:05", "Claire asks for hers.", Act::AskForData("Claire")),
        Scene("2027-03-12T15:00", "The salon sends again. For hers it is too late by then.", Act::Resume),
    ];
    let (workflow, from, to) = ("own-data", "2027-03-08T08:00", "2027-03-20T08:00");
    told(Story { house: Salon, workflow, purpose: ["letters", "letters"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn what_changed_in_the_notice_is_told_to_those_whom_it_concerns() {
    let people = vec![
        person("Anna", "en").born_on("02-24"),
        person("Benoît", "fr").said_yes_on("2026-05-20"),
        person("Claire", "fr").born_on("07-09"),
        person("Daniel", "en"),
    ];
    let open = r#""purposes":["birthday-cards"],"keep":null"#;
    let short = r#""purposes":["birthday-cards"],"keep":{"months":1}"#;
    let scenes = vec![
        Scene("2027-03-09T08:30", "The salon's notice keeps birthdays for a month.", Act::Retold(open, short)),
        Scene("2027-03-09T09:00", "The daemon starts. What its notice says is known.", Act::Tell),
        Scene("2027-03-09T10:00", "The salon keeps birthdays for longer.", Act::Retold(open, open)),
        Scene("2027-03-09T20:00", "A slip could still be mended.", Act::Tell),
        Scene("2027-03-10T10:30", "A day later, who told their birthday hears of it.", Act::Tell),
        Scene("2027-03-11T10:30", "Once.", Act::Tell),
        Scene("2027-03-12T10:00", "Claire wants no such messages.", Act::Stop("Claire", "notice-changes")),
        Scene("2027-03-30T10:00", "Another company carries the mail.", Act::Retold("Example Mail", "Another Mail")),
        Scene("2027-03-31T10:30", "That concerns everybody.", Act::Tell),
    ];
    let (workflow, from, to) = ("notice-change", "2027-03-08T08:00", "2027-04-20T08:00");
    told(Story { house: Salon, workflow, purpose: ["letters", "letters"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn another_address_holds_when_both_mailboxes_have_agreed() {
    let people = vec![
        person("Anna", "en"),
        person("Benoît", "fr").said_yes_on("2026-05-20"),
        person("Claire", "fr"),
        person("Daniel", "en"),
    ];
    let (anna, at_daniels) = ("anna.moreau@mail.example", "daniel@post.example");
    let scenes = vec![
        Scene("2027-03-09T22:40", "Late, Anna says she shares Daniel's mailbox.", Act::AskToMove("Anna", at_daniels)),
        Scene("2027-03-09T22:50", "Her own mailbox agrees.", Act::AgreeToMove("Anna", AddressStands::Open)),
        Scene("2027-03-09T22:55", "So does Daniel's.", Act::AgreeToMove("Daniel", AddressStands::Open)),
        Scene("2027-03-10T11:00", "Somebody names another one for Benoît.", Act::AskToMove("Benoît", anna)),
        Scene("2027-03-10T11:30", "He says nothing, and nobody else is asked.", Act::Aside),
        Scene("2027-03-11T10:00", "Claire makes a slip.", Act::AskToMove("Claire", "clarie@mail.example")),
        Scene("2027-03-11T10:20", "She writes it well.", Act::AskToMove("Claire", "claire@mail.example")),
        Scene("2027-03-11T10:30", "The older link is over.", Act::AgreeToMove("Claire", AddressStands::Over)),
    ];
    let (workflow, from, to) = ("address-change", "2027-03-08T08:00", "2027-03-20T08:00");
    told(Story { house: Salon, workflow, purpose: ["letters", "letters"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn whoever_signs_up_is_asked_whether_it_was_they() {
    let people = vec![person("Anna", "en"), person("Benoît", "fr"), person("Claire", "fr").said_yes_on("2026-05-20")];
    let scenes = vec![
        Scene("2027-03-09T15:20", "Anna types her address into the form.", Act::SignUp("Anna", "letters")),
        Scene("2027-03-09T15:40", "She presses the button.", Act::Confirm("Anna")),
        Scene("2027-03-10T22:10", "Late in the evening, somebody types Benoît's.", Act::SignUp("Benoît", "letters")),
        Scene("2027-03-11T09:00", "And once more. He is not asked twice.", Act::SignUp("Benoît", "letters")),
        Scene("2027-03-12T11:00", "Claire tells the salon no.", Act::No("Claire")),
        Scene("2027-03-15T11:00", "Three days later she signs up.", Act::SignUp("Claire", "letters")),
        Scene("2027-03-15T11:30", "She presses the button: her own yes, after her own no.", Act::Confirm("Claire")),
        Scene("2027-03-20T10:00", "She wants no such questions any more.", Act::Stop("Claire", "confirmations")),
        Scene("2027-05-01T10:00", "Somebody types her address again.", Act::SignUp("Claire", "letters")),
    ];
    let (workflow, from, to) = ("confirm-sign-up", "2027-03-08T08:00", "2027-05-20T08:00");
    told(Story { house: Salon, workflow, purpose: ["letters", "letters"], people, from, to, scenes }).await;
}
