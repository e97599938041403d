//! Stories of visits: before them, after them, and when no other one comes.

use super::{Act, House::Salon, Person, Scene, Story, person, told};

/// Who comes often; most of them have asked for what the salon writes beside reminders.
fn regulars() -> Vec<Person> {
    vec![
        person("Anna", "en").said_yes_on("2026-11-02"),
        person("Benoît", "fr"),
        person("Claire", "fr").said_yes_on("2026-05-20"),
        person("Denise", "fr").of("America/Toronto").said_yes_on("2026-12-01"),
        person("Emma", "en").said_yes_on("2026-09-14"),
        person("Gaëlle", "fr").said_yes_on("2026-08-03"),
        person("Hugo", "fr").said_yes_on("2026-10-30"),
        person("Inès", "fr").said_yes_on("2027-01-05"),
    ]
}

#[tokio::test]
async fn a_reminder_comes_in_time_by_day_and_only_while_its_visit_stands() {
    let people = ["Anna", "Benoît", "Claire", "Daiki", "Emma", "Farid", "Gaëlle", "Hugo", "Inès"];
    let people = people.map(|name| match name {
        "Anna" | "Emma" => person(name, "en"),
        "Daiki" => person(name, "en").of("Asia/Tokyo"),
        _ => person(name, "fr"),
    });
    let scenes = vec![
        Scene(
            "2027-03-08T09:00",
            "The salon opens its book.",
            Act::Book(&[
                ["1", "Anna", "2027-03-11T10:00", "booked"],
                ["2", "Benoît", "2027-03-11T09:00", "booked"],
                ["3", "Claire", "2027-03-12T14:00", "booked"],
                ["4", "Daiki", "2027-03-16T17:00[Europe/Paris]", "booked"],
                ["5", "Emma", "2027-03-12T11:00", "booked"],
                ["7", "Gaëlle", "2027-03-13T15:00", "booked"],
                ["8", "Hugo", "2027-03-28T11:00", "booked"],
                ["9", "Inès", "2027-03-17T10:00", "booked"],
            ]),
        ),
        Scene(
            "2027-03-11T12:00",
            "Emma calls and cancels: tomorrow's visit is off.",
            Act::Book(&[["5", "Emma", "2027-03-12T11:00", "cancelled"]]),
        ),
        Scene(
            "2027-03-11T15:00",
            "Claire can't come tomorrow. The salon moves her visit to Monday at eleven.",
            Act::Book(&[["3", "Claire", "2027-03-15T11:00", "booked"]]),
        ),
        Scene(
            "2027-03-11T16:00",
            "Farid finds a place for tomorrow, half past nine.",
            Act::Book(&[["6", "Farid", "2027-03-12T09:30", "booked"]]),
        ),
        Scene("2027-03-12T14:30", "The computer is moved to another table. The salon pauses sending.", Act::Pause),
        Scene("2027-03-12T15:20", "Sending goes on.", Act::Resume),
        Scene("2027-03-12T18:00", "Gaëlle presses stop.", Act::Stop("Gaëlle", "appointment-reminders")),
        Scene(
            "2027-03-13T17:00",
            "Inès moves her visit by a day, before anybody wrote about it.",
            Act::Book(&[["9", "Inès", "2027-03-18T10:00", "booked"]]),
        ),
        Scene("2027-03-27T20:00", "Tonight the clocks go forward. So Hugo's 24 hours began at ten.", Act::Aside),
    ];
    let (workflow, from, to) = ("appointment-reminder", "2027-03-08T08:00", "2027-03-29T08:00");
    let purpose = ["visit-tips", "tips"];
    told(Story { house: Salon, workflow, purpose, people: people.into(), from, to, scenes }).await;
}

#[tokio::test]
async fn tips_come_to_those_who_asked_for_them_and_not_too_often() {
    let mut people = regulars();
    people.insert(5, person("Farid", "fr").said_yes_on("2025-01-10"));
    let scenes = vec![
        Scene(
            "2027-03-08T09:00",
            "The salon opens its book. Emma and Gaëlle come twice.",
            Act::Book(&[
                ["1", "Anna", "2027-03-18T10:00", "booked"],
                ["2", "Benoît", "2027-03-18T10:30", "booked"],
                ["3", "Claire", "2027-03-18T11:00", "booked"],
                ["4", "Denise", "2027-03-18T15:00[Europe/Paris]", "booked"],
                ["5", "Emma", "2027-03-18T14:00", "booked"],
                ["6", "Farid", "2027-03-18T14:30", "booked"],
                ["7", "Gaëlle", "2027-03-18T15:30", "booked"],
                ["8", "Hugo", "2027-03-18T16:00", "booked"],
                ["9", "Inès", "2027-03-18T16:30", "booked"],
                ["10", "Emma", "2027-03-25T14:00", "booked"],
                ["11", "Gaëlle", "2027-04-08T15:30", "booked"],
            ]),
        ),
        Scene("2027-03-13T11:00", "Claire tells the salon: no more tips, please.", Act::No("Claire")),
        Scene("2027-03-14T18:00", "Inès cancels.", Act::Book(&[["9", "Inès", "2027-03-18T16:30", "cancelled"]])),
        Scene("2027-03-15T12:00", "Gaëlle has read enough, and presses stop.", Act::Stop("Gaëlle", "visit-tips")),
        Scene(
            "2027-03-15T17:00",
            "Hugo's visit moves to Friday. His reminders say so; tips stay silent.",
            Act::Book(&[["8", "Hugo", "2027-03-19T16:00", "booked"]]),
        ),
    ];
    let (workflow, from, to) = ("visit-tips", "2027-03-08T08:00", "2027-04-09T08:00");
    let purpose = ["visit-tips", "tips"];
    told(Story { house: Salon, workflow, purpose, people, from, to, scenes }).await;
}

#[tokio::test]
async fn thanks_follow_the_visits_that_took_place() {
    let people = regulars();
    let scenes = vec![
        Scene(
            "2027-03-15T09:00",
            "The salon opens its book.",
            Act::Book(&[
                ["1", "Anna", "2027-03-16T10:00", "booked"],
                ["2", "Benoît", "2027-03-16T10:30", "booked"],
                ["3", "Claire", "2027-03-16T11:00", "booked"],
                ["4", "Denise", "2027-03-16T15:00[Europe/Paris]", "booked"],
                ["5", "Emma", "2027-03-16T14:00", "booked"],
                ["6", "Gaëlle", "2027-03-16T15:30", "booked"],
                ["7", "Gaëlle", "2027-03-24T15:30", "booked"],
                ["8", "Hugo", "2027-03-16T16:00", "booked"],
                ["9", "Inès", "2027-03-16T17:00", "booked"],
            ]),
        ),
        Scene(
            "2027-03-15T16:00",
            "Claire calls: she would rather come on Thursday.",
            Act::Book(&[["3", "Claire", "2027-03-18T11:00", "booked"]]),
        ),
        Scene(
            "2027-03-16T08:30",
            "Emma is ill, and cancels.",
            Act::Book(&[["5", "Emma", "2027-03-16T14:00", "cancelled"]]),
        ),
        Scene(
            "2027-03-16T18:30",
            "Hugo did not come. The salon marks it in its book.",
            Act::Book(&[["8", "Hugo", "2027-03-16T16:00", "missed"]]),
        ),
        Scene("2027-03-16T20:00", "Inès tells the salon: no more notes, please.", Act::No("Inès")),
    ];
    let (workflow, from, to) = ("appointment-thanks", "2027-03-15T08:00", "2027-03-29T08:00");
    told(Story { house: Salon, workflow, purpose: ["aftercare", "notes afterwards"], people, from, to, scenes }).await;
}

#[tokio::test]
async fn who_stays_away_is_asked_once() {
    let people = vec![
        person("Anna", "en").said_yes_on("2026-11-02"),
        person("Benoît", "fr").said_yes_on("2026-09-08"),
        person("Claire", "fr"),
        person("Emma", "en").said_yes_on("2026-09-14"),
        person("Gaëlle", "fr").said_yes_on("2026-08-03"),
    ];
    let scenes = vec![
        Scene(
            "2027-01-11T09:00",
            "The salon opens its book.",
            Act::Book(&[
                ["1", "Anna", "2027-01-12T10:00", "booked"],
                ["2", "Benoît", "2027-01-13T10:30", "booked"],
                ["3", "Claire", "2027-01-13T11:00", "booked"],
                ["4", "Emma", "2027-01-14T14:00", "booked"],
                ["5", "Gaëlle", "2027-01-15T15:30", "booked"],
            ]),
        ),
        Scene(
            "2027-03-20T11:00",
            "Emma calls, and comes ten days later.",
            Act::Book(&[["6", "Emma", "2027-03-30T14:00", "booked"]]),
        ),
        Scene(
            "2027-04-05T17:00",
            "Benoît takes a place in two weeks. Nobody asks where he has been.",
            Act::Book(&[["7", "Benoît", "2027-04-20T10:30", "booked"]]),
        ),
        Scene(
            "2027-04-06T12:00",
            "Anna answers: she had a child. She comes back in May.",
            Act::Book(&[["8", "Anna", "2027-05-11T10:00", "booked"]]),
        ),
        Scene("2027-04-10T09:00", "Gaëlle has read enough, and presses stop.", Act::Stop("Gaëlle", "letters")),
        Scene(
            "2027-04-12T09:00",
            "She comes all the same.",
            Act::Book(&[["9", "Gaëlle", "2027-04-14T15:30", "booked"]]),
        ),
    ];
    let (workflow, from, to) = ("win-back", "2027-01-11T08:00", "2027-08-20T08:00");
    told(Story { house: Salon, workflow, purpose: ["letters", "letters"], people, from, to, scenes }).await;
}
