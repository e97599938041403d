//! A visit that nobody is known for: from the line in the mail to the page, and from one button to the reminder.

use super::{House, in_language};
use crate::support::{
    browser::{Browser, DRIVER},
    http::ask,
    need,
};
use comity::{engine::office::visits::Settled, plan::PlanState};
use std::path::Path;

/// Two customers are called Marie Blanc.
const EVENTS: [(&str, &str, &str); 2] =
    [("e1", "20270325T140000", "Marie Blanc\\, coupe"), ("e2", "20270326T090000", "<i>Zoé</i>")];

impl House {
    /// The paths of the links in the morning mail.
    async fn links(&self) -> Vec<String> {
        self.clerk_at("2027-03-23T07:00").await;
        let text = self.letter().text;
        let begins = "http://127.0.0.1:8780";
        text.split_whitespace().filter_map(|word| word.strip_prefix(begins)).map(str::to_owned).collect()
    }

    async fn planned_for(&self, customer: &str) -> usize {
        let store = &self.engine.store;
        let customer = store.find_by_external_id(customer).await.unwrap().unwrap();
        let plans = store.plans_of(customer.id).await.unwrap();
        plans.iter().filter(|plan| plan.state == PlanState::Planned).count()
    }
}

#[tokio::test]
async fn one_button_settles_a_visit_once_and_for_all() {
    let house = House::open("2027-03-22T14:00").await;
    house.calendar(&EVENTS).await;
    let links = house.links().await;
    assert_eq!(links.len(), 1, "whom nobody fits is settled by the command");
    let page = house.get(&links[0]).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.body.matches("<button").count(), 2, "{}", page.body);
    assert!(page.body.contains("Thursday, 25 March, 14:00") && page.body.contains("Marie Blanc, coupe"));
    assert!(!page.body.contains("marie@"), "a forwarded link shows no address");

    let settled = house.post(&links[0], "customer=C4").await;
    assert!(settled.status == 200 && settled.body.contains("This visit has its customer"), "{}", settled.body);
    assert_eq!((house.planned_for("C3").await, house.planned_for("C4").await), (0, 2));
    for again in ["customer=C4", "customer=C3", ""] {
        assert_eq!(house.post(&links[0], again).await.body, settled.body);
    }
    assert_eq!(house.get(&links[0]).await.body, settled.body);
    assert_eq!((house.planned_for("C3").await, house.planned_for("C4").await), (0, 2));
}

#[tokio::test]
async fn a_number_of_ours_is_not_mistaken_for_a_sources_id_that_looks_like_it() {
    let house = House::open("2027-03-22T14:00").await;
    let store = &house.engine.store;
    let marie = store.find_by_external_id("C4").await.unwrap().unwrap().id;
    house.import("customers", &format!("id;email;first_name\n@{marie};eve@post.example;Eve\n")).await;
    house.calendar(&EVENTS).await;
    let visit = house.engine.office().waiting_visits().await.unwrap().remove(0).visit;
    let settled = house.engine.office().settle_visit(visit, &format!("@{marie}")).await.unwrap();
    assert_eq!(settled, Settled::Done);
    assert_eq!((house.planned_for("C4").await, house.planned_for(&format!("@{marie}")).await), (2, 0));
}

#[tokio::test]
async fn looking_and_guessing_change_nothing_and_tell_nothing() {
    let house = House::open("2027-03-22T14:00").await;
    house.calendar(&EVENTS).await;
    let link = house.links().await.remove(0);
    let asked = house.get(&link).await;
    for method in ["HEAD", "OPTIONS", "PUT", "DELETE", "GET"] {
        ask(house.door.at, method, &link, "").await;
    }
    for guess in ["customer=C1", "customer=nobody", "customer=anna%40post.example", "customer=%401", "", "x=C4"] {
        assert_eq!(house.post(&link, guess).await.body, asked.body, "{guess}");
    }
    let cut = link.split_at(link.len() - 1).0;
    for forged in [cut, "/visit/1", &link.replace("/visit/", "/u/"), &link.replace("/visit/", "/proof/")] {
        assert_eq!(house.post(forged, "customer=C4").await.status, 404, "{forged}");
    }
    assert_eq!(house.engine.office().waiting_visits().await.unwrap().len(), 2);
    let planned: usize = house.planned_for("C3").await + house.planned_for("C4").await;
    assert_eq!(planned, 0);
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_mail_and_not_the_browsers() {
    let house = House::with("2027-03-22T14:00", |installation| in_language(installation, "it")).await;
    house.calendar(&EVENTS).await;
    let link = house.links().await.remove(0);
    let page = ask(house.door.at, "GET", &link, "Accept-Language: fr\r\n").await;
    assert!(page.header("content-language") == "en" && page.body.contains("Whose visit is it?"), "{}", page.body);
}

#[tokio::test]
async fn past_the_visit_or_without_it_the_link_is_dead() {
    let house = House::open("2027-03-22T14:00").await;
    house.calendar(&EVENTS).await;
    let link = house.links().await.remove(0);
    house.goes_on_to("2027-03-25T14:00").await;
    let page = house.post(&link, "customer=C4").await;
    assert!(page.body.contains("This visit is over"), "{}", page.body);
    assert_eq!(house.planned_for("C4").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_settles_it_in_a_browser() {
    if !Path::new(DRIVER).exists() && !need::missing("chromium-driver") {
        return;
    }
    let house = House::open("2027-03-22T14:00").await;
    house.calendar(&EVENTS).await;
    let link = format!("http://{}{}", house.door.at, house.links().await.remove(0));
    let browser = Browser::open().await;
    browser.goto(&link).await;
    assert!(browser.text("main").await.contains("Marie Blanc, coupe"));
    assert_eq!(house.planned_for("C4").await, 0, "a look changes nothing");
    browser.press("button[value='C4']").await;
    browser.see(".mark.good").await;
    assert!(browser.cookies().await.is_empty());
    browser.close().await;
    assert_eq!(house.planned_for("C4").await, 2);
}
