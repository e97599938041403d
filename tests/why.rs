//! Why a message came, over real connections and a real database: what its page says, and what it keeps to itself.

use crate::support::{
    daemon::{Daemon, eventually},
    door::OpenDoor,
    http::{self, ask},
    proof,
};
use comity::{
    base::{
        Clock, Handle, PlanId,
        token::{Link, LinkPurpose},
    },
    people::Customer,
};
use std::{fs, time::Duration};

const MORE: &str = r#"
notes = { type = "text", purposes = ["letters"], keep = "90 days" }
[customer.fields]
first_name = { type = "text", purposes = ["*"] }
[purposes.letters]
title = "Letters"
promise = "One letter a month."
basis = "consent"
[caps]
all = { at_most = 3, per = "24 hours" }
"#;

/// A salon whose reminders of Anna's visit have left, with its public page.
struct Salon {
    daemon: Daemon,
    door: OpenDoor,
    anna: Customer,
}

impl Salon {
    async fn open() -> Self {
        Self::by(&(proof::POLICY.to_owned() + MORE)).await
    }

    /// By this policy.
    async fn by(policy: &str) -> Self {
        let premises = proof::premises_to(25);
        fs::write(premises.path().join("policy.toml"), policy).unwrap();
        let mut daemon = Daemon::over(premises, crate::support::clock::HandClock::new()).await;
        let anna = daemon.visit("anna", Duration::ZERO).await;
        daemon.run().await;
        eventually("both left", async || daemon.subjects().len() == 2).await;
        let door = OpenDoor::of(&daemon).await;
        Self { daemon, door, anna }
    }

    async fn link(&self) -> Link {
        let plan = self.daemon.engine.store.plans_of(self.anna.id).await.unwrap().remove(0).facts.id;
        let issued_at = self.daemon.clock.now();
        Link { customer: self.anna.handle, purpose: "reminders".to_owned(), plan, issued_at }
    }

    async fn ask(&self, link: &Link, headers: &str) -> http::Answer {
        let token = link.sign(&self.daemon.engine.keys, LinkPurpose::Preferences);
        ask(self.door.at, "GET", &format!("/why/{token}"), headers).await
    }
}

#[tokio::test]
async fn the_page_says_of_one_message_what_it_is_why_it_may_come_what_was_read_and_how_to_change_it() {
    let salon = Salon::open().await;
    let page = salon.ask(&salon.link().await, "").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for said in [
        "<strong>Reminders</strong><br>We write before each visit.",
        "It is written before something that you arranged with us.",
        "which we have known of since <strong>",
        "<bdi>your e-mail address</bdi></strong>: where it goes, needed for any message",
        "<bdi>appointment: starts at</bdi></strong>: when it is sent, in the subject, in the text",
        "kept for every kind of message",
        "<strong>all messages together</strong>: at most 3 in 1 day",
        "name=\"stop\" value=\"reminders\"",
    ] {
        assert!(page.body.contains(said), "{said} in {}", page.body);
    }
    // And the form that it shows leads to where it is taken.
    let (_, rest) = page.body.split_once("action=\"https://stop.salon.example").unwrap();
    let path = rest.split('"').next().unwrap();
    assert_eq!(ask(salon.door.at, "GET", path, "").await.status, 200, "{path}");
    salon.daemon.end().await;
}

#[tokio::test]
async fn what_was_read_is_called_what_the_policy_says_in_the_readers_language() {
    let titles = "title = \"when your visit is\", translations.fr.title = \"quand vous venez\" }";
    let salon =
        Salon::by(&(proof::POLICY.replace("keep = \"90 days\" }", &format!("keep = \"90 days\", {titles}")) + MORE))
            .await;
    for (language, title) in [("en", "when your visit is"), ("fr", "quand vous venez"), ("de", "when your visit is")] {
        let page = salon.ask(&salon.link().await, &format!("Accept-Language: {language}\r\n")).await;
        assert!(page.body.contains(&format!("<strong><bdi>{title}</bdi></strong>")), "{language}: {}", page.body);
        assert!(!page.body.contains("starts at"), "{language}: {}", page.body);
    }
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_field_without_a_title_is_called_by_its_name_and_its_records_title() {
    let titled =
        "[records.appointment]\ntitle = \"visit\"\ntranslations.fr.title = \"visite\"\n[records.appointment.fields]";
    let salon = Salon::by(&(proof::POLICY.replace("[records.appointment.fields]", titled) + MORE)).await;
    for (language, title) in [("en", "visit: starts at"), ("fr", "visite: starts at")] {
        let page = salon.ask(&salon.link().await, &format!("Accept-Language: {language}\r\n")).await;
        assert!(page.body.contains(&format!("<strong><bdi>{title}</bdi></strong>")), "{language}: {}", page.body);
    }
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_forwarded_message_tells_no_value_no_other_purpose_and_no_history() {
    let salon = Salon::open().await;
    for (language, heading) in
        [("en", "Why you got this message"), ("fr", "Pourquoi vous avez reçu"), ("de", "Warum Sie diese Nachricht")]
    {
        let page = salon.ask(&salon.link().await, &format!("Accept-Language: {language}\r\n")).await;
        assert!(page.body.contains(heading), "{}", page.body);
        for kept in ["anna@", "Letters", "notes", "first name", "2026-"] {
            assert!(!page.body.contains(kept), "{kept} in {}", page.body);
        }
        assert!(page.body.len() < 20_000, "{language}: {}", page.body.len());
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("x-robots-tag"), "noindex, nofollow");
    }
    salon.daemon.end().await;
}

#[tokio::test]
async fn a_link_to_somebody_elses_message_leads_nowhere_like_any_other_that_is_none() {
    let salon = Salon::open().await;
    let bert = salon.daemon.visit("bert", Duration::from_hours(2)).await;
    let good = salon.link().await;
    let expected = ask(salon.door.at, "GET", "/why/forged", "").await;
    assert_eq!(expected.status, 404);
    let old = Link { issued_at: good.issued_at.minus(Duration::from_hours(24 * 90)), ..good.clone() };
    for link in [
        Link { customer: bert.handle, ..good.clone() },
        Link { customer: Handle([9; 16]), ..good.clone() },
        Link { plan: PlanId(9_999), ..good.clone() },
        old,
    ] {
        let answer = salon.ask(&link, "").await;
        assert!((answer.status, &answer.body) == (404, &expected.body), "{link:?}: {}", answer.body);
    }
    let stop = format!("/why/{}", good.sign(&salon.daemon.engine.keys, LinkPurpose::Stop));
    assert_eq!(ask(salon.door.at, "GET", &stop, "").await.body, expected.body);
    let rehearsed = format!("/why/{}", good.sign(&salon.daemon.engine.keys, LinkPurpose::Rehearsed));
    assert!(ask(salon.door.at, "GET", &rehearsed, "").await.body.contains("This is a rehearsal"));
    let path = format!("/why/{}", good.sign(&salon.daemon.engine.keys, LinkPurpose::Preferences));
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        assert_eq!(ask(salon.door.at, method, &path, "").await.status, 405, "{method}");
    }
    salon.daemon.end().await;
}
