//! Stories of the sample shop: what goes with what somebody bought, what may be used up, and who hasn't been there for long.
//!
//! Nothing is recommended that fewer than ten people stand behind, so that a quiet crowd is there before each story of lists: two
//! circles, those who drink tea and those who keep a good house, each of whom bought six of the eight things of their circle.

use super::{Act, House::Shop, Scene, Story, person, told};
use crate::support::{circles, import::import};
use chrono::{Days, NaiveDate};
use comity::{
    config::{self, Installation},
    engine::rehearse::Rehearsal,
    store::Dry,
};
use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

/// So many people.
const CROWD: u64 = 60;
const CIRCLES: [[&str; 8]; 2] = [
    ["T-101", "T-102", "T-103", "T-104", "W-301", "W-303", "H-201", "B-501"],
    ["S-601", "S-602", "S-603", "S-604", "P-401", "P-402", "L-701", "L-703"],
];
/// Who has this comes for it again, six weeks later.
const USED_UP: (&str, u64) = ("T-103", 42);

/// Its files.
pub fn installation() -> Installation {
    let premises = circles::premises(|policy| policy);
    config::load(premises.path()).unwrap()
}

/// Its catalogue, and the crowd.
pub async fn open(rehearsal: &Rehearsal) {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/shop/products.csv");
    let catalogue = fs::read_to_string(catalogue).unwrap();
    let (mut customers, mut purchases) = (
        "id;email;first_name;language;consent:recommendations\n".to_owned(),
        "id;customer;status;bought_at;sku\n".to_owned(),
    );
    let first = NaiveDate::from_ymd_opt(2026, 8, 1).unwrap();
    for n in 0..CROWD {
        writeln!(customers, "V{n};v{n}@crowd.example;Vera;en;2026-07-01").unwrap();
        let mut buys = |thing: u64, sku: &str, after: u64| {
            let on = first + Days::new((n * 7 + thing * 13) % 160 + after);
            writeln!(purchases, "V{n}-{thing}-{after};V{n};paid;{on}T11:00;{sku}").unwrap();
        };
        let circle = CIRCLES[usize::try_from(n % 2).unwrap()];
        for (thing, sku) in (0..).zip(circle).filter(|(thing, _)| (thing + 8 - n / 2 % 8) % 8 > 1) {
            buys(thing, sku, 0);
            if sku == USED_UP.0 {
                buys(thing, sku, USED_UP.1);
            }
        }
    }
    let office = rehearsal.engine.office();
    for (kind, table) in [("products", catalogue), ("customers", customers), ("purchases", purchases)] {
        let what = office.what(kind, format!("{kind}.csv"), BTreeSet::new()).unwrap();
        let done = import(&office, what, vec![Ok(table.into_bytes())], Dry::Apply).await;
        assert!(done.rejections.is_empty() && done.end.is_ok(), "{kind}: {:?}", done.reasons());
    }
}

#[tokio::test]
async fn who_agreed_is_recommended_what_goes_with_what_they_bought_and_why() {
    let people = vec![
        person("Anna", "en").said_yes_on("2026-11-02"),
        person("Benoît", "fr").said_yes_on("2026-12-01"),
        person("Claire", "fr"),
        person("Gaëlle", "fr").said_yes_on("2026-08-03"),
    ];
    let bought = |name: &str, day: &str, skus: &[&str]| {
        let row = |sku: &&str| [format!("{name}-{sku}"), name.to_owned(), format!("{day}T11:00"), (*sku).to_owned()];
        skus.iter().map(row).collect::<Vec<_>>()
    };
    let sales = [
        bought("Anna", "2027-03-01", &["T-101", "T-103", "W-303"]),
        // All that the crowd's tea drinkers buy, but for the biscuits.
        bought("Benoît", "2027-03-01", &["T-101", "T-102", "T-103", "T-104", "W-301", "W-303", "H-201"]),
        bought("Claire", "2027-03-01", &["T-101", "T-103", "W-303"]),
        bought("Gaëlle", "2027-03-01", &["S-601", "P-401"]),
    ];
    let scenes = vec![
        Scene(
            "2027-03-01T18:30",
            "The till closes. Anna took two teas and a strainer, Claire the same, Gaëlle soap and honey. Benoît has nearly all there is.",
            Act::Orders(sales.concat()),
        ),
        Scene(
            "2027-03-02T12:00",
            "Anna doesn't eat biscuits, and presses the button beside them.",
            Act::NotInterested("Anna", "B-501"),
        ),
        Scene("2027-03-17T12:00", "Gaëlle has read enough, and presses stop.", Act::Stop("Gaëlle", "recommendations")),
    ];
    let (workflow, from, to) = ("recommendations", "2027-03-01T08:00", "2027-04-06T08:00");
    let purpose = ["recommendations", "recommendations"];
    told(Story { house: Shop, workflow, purpose, people, from, to, scenes }).await;
}

#[tokio::test]
async fn who_may_have_used_something_up_is_asked_by_their_own_rhythm_or_by_that_of_others() {
    let people = vec![
        person("Anna", "en").said_yes_on("2026-11-02"),
        person("Benoît", "fr").said_yes_on("2026-12-01"),
        person("Claire", "fr"),
        person("Gaëlle", "fr").said_yes_on("2026-08-03"),
    ];
    let scenes = vec![
        Scene(
            "2027-03-01T18:30",
            "The till closes. Anna came for Earl Grey as every eight weeks; Benoît, Claire and Gaëlle took it for the first time.",
            Act::Till(&[
                ["a1", "Anna", "2026-11-09T11:00", "T-103", "paid"],
                ["a2", "Anna", "2027-01-04T11:00", "T-103", "paid"],
                ["a3", "Anna", "2027-03-01T11:00", "T-103", "paid"],
                ["b1", "Benoît", "2027-03-01T14:00", "T-103", "paid"],
                ["c1", "Claire", "2027-03-01T15:00", "T-103", "paid"],
                ["g1", "Gaëlle", "2027-03-01T16:00", "T-103", "paid"],
            ]),
        ),
        Scene(
            "2027-03-03T10:00",
            "Benoît brings his back.",
            Act::Till(&[["b1", "Benoît", "2027-03-01T14:00", "T-103", "refunded"]]),
        ),
        Scene(
            "2027-04-12T17:00",
            "Gaëlle comes for more.",
            Act::Till(&[["g2", "Gaëlle", "2027-04-12T16:00", "T-103", "paid"]]),
        ),
        Scene(
            "2027-05-05T12:00",
            "Anna has gone over to coffee, and presses the button beside it.",
            Act::NotInterested("Anna", "T-103"),
        ),
    ];
    let (workflow, from, to) = ("replenish", "2027-03-01T08:00", "2027-05-28T08:00");
    let purpose = ["recommendations", "recommendations"];
    told(Story { house: Shop, workflow, purpose, people, from, to, scenes }).await;
}

#[tokio::test]
async fn who_has_not_bought_for_half_a_year_is_asked_once() {
    let people = vec![
        person("Anna", "en").said_yes_on("2026-11-02"),
        person("Benoît", "fr").said_yes_on("2026-12-01"),
        person("Claire", "fr"),
        person("Emma", "en").said_yes_on("2026-09-14"),
        person("Gaëlle", "fr").said_yes_on("2026-08-03"),
    ];
    let scenes = vec![
        Scene(
            "2027-01-11T18:30",
            "The till closes. Anna's order has four lines, and everybody else's one.",
            Act::Till(&[
                ["a1", "Anna", "2027-01-11T11:00", "T-101", "paid"],
                ["a2", "Anna", "2027-01-11T11:00", "T-102", "paid"],
                ["a3", "Anna", "2027-01-11T11:00", "W-303", "paid"],
                ["a4", "Anna", "2027-01-11T11:00", "B-501", "paid"],
                ["b1", "Benoît", "2027-01-11T12:00", "S-601", "paid"],
                ["c1", "Claire", "2027-01-11T14:00", "S-601", "paid"],
                ["e1", "Emma", "2027-01-11T15:00", "L-702", "paid"],
                ["g1", "Gaëlle", "2027-01-11T16:00", "P-401", "paid"],
            ]),
        ),
        Scene(
            "2027-01-20T10:00",
            "Emma brings her apron back.",
            Act::Till(&[["e1", "Emma", "2027-01-11T15:00", "L-702", "refunded"]]),
        ),
        Scene(
            "2027-05-03T17:00",
            "Benoît comes for soap.",
            Act::Till(&[["b2", "Benoît", "2027-05-03T16:00", "S-602", "paid"]]),
        ),
        Scene("2027-07-12T09:00", "Gaëlle has read it, and presses stop.", Act::Stop("Gaëlle", "letters")),
        Scene(
            "2027-07-13T09:00",
            "She comes all the same, and so does Anna.",
            Act::Till(&[
                ["g2", "Gaëlle", "2027-07-13T08:30", "P-402", "paid"],
                ["a5", "Anna", "2027-07-13T08:40", "T-101", "paid"],
            ]),
        ),
    ];
    let (workflow, from, to) = ("win-back", "2027-01-11T08:00", "2028-01-17T08:00");
    told(Story { house: Shop, workflow, purpose: ["letters", "letters"], people, from, to, scenes }).await;
}
