//! Visits that calendars tell of: they follow their calendar, come back only by its word, and are never guessed.

use super::world::*;
use crate::support::anna::at;
use comity::{
    base::{Clock, Value, civil::CivilTime},
    plan::PlanState,
    store::{
        Applied, Dry, Put, PutError, RecordRow,
        calendar::{Absence, SourceState, Teller, VisitRow, Window},
    },
    trigger::RecordStatus,
};
use std::sync::Arc;

fn cancelled_at(sequence: i64) -> VisitRow {
    VisitRow { status: RecordStatus::Cancelled, sequence, ..told_visit("v1", &["anna"], VISIT) }
}

impl World {
    async fn tell(&self, rows: Vec<VisitRow>) -> Applied {
        self.store.put_visits(rows, self.house.clone(), Dry::Apply).await.unwrap()
    }

    async fn told(&self, row: VisitRow) -> Put {
        self.tell(vec![row]).await.puts.remove(0)
    }

    /// The states of somebody's plans, in due order.
    async fn states(&self, name: &str) -> Vec<PlanState> {
        self.plans(&self.known(name).await).await.iter().map(|plan| plan.state).collect()
    }

    /// A complete reading of the salon's calendar ends; gives back how many visits it ended.
    async fn read_to_the_end(&self, fetch: i64) -> u64 {
        let now = self.clock.now();
        let window = Window { after: now, until: at("2028-01-01T00:00") };
        let state = SourceState { name: "salon".to_owned(), fetches: fetch, ..SourceState::default() };
        self.store.end_fetch(state, window, Absence::Counts).await.unwrap();
        self.store.end_vanished("salon", now, self.house.clone()).await.unwrap().0
    }
}

#[tokio::test]
async fn a_visit_is_its_attendee_s_and_its_plans_follow_the_calendar() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna")]).await;
    assert_eq!(world.told(told_visit("v1", &["anna", "nobody"], VISIT)).await, Put::Created);
    assert_eq!(world.states("anna").await, [PlanState::Planned, PlanState::Planned]);
    assert_eq!(world.told(told_visit("v1", &["anna"], VISIT)).await, Put::Unchanged);
    let moved = world.told(told_visit("v1", &["anna"], "2027-03-31T10:00")).await;
    assert_eq!(moved, Put::Changed(vec!["starts_at".to_owned()]));
    let anna = world.known("anna").await;
    let due: Vec<_> = world.plans(&anna).await.iter().map(|plan| (plan.facts.due_at, plan.state)).collect();
    assert!(due.contains(&(at("2027-03-30T10:00"), PlanState::Planned)), "{due:?}");
    assert_eq!(world.told(cancelled_at(1)).await, Put::Changed(vec!["starts_at".to_owned(), "status".to_owned()]));
    assert!(world.states("anna").await.iter().all(|state| *state == PlanState::Void));
}

#[tokio::test]
async fn what_is_cancelled_comes_back_only_with_a_higher_sequence() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna")]).await;
    let live = |sequence, teller| VisitRow { sequence, teller, ..told_visit("v1", &["anna"], VISIT) };
    for teller in [reading(1), Teller::File] {
        let cancelled = |sequence| VisitRow { teller: teller.clone(), ..cancelled_at(sequence) };
        let _ = world.told(live(9, teller.clone())).await;
        let _ = world.told(cancelled(10)).await;
        assert_eq!(
            world.told(live(9, Teller::File)).await,
            match teller {
                Teller::File => Put::Unchanged,
                Teller::Calendar { .. } => Put::Rejected(PutError::CalendarTells),
            }
        );
        assert_eq!(world.told(live(10, teller.clone())).await, Put::StaysCancelled, "{teller:?}");
        assert!(world.states("anna").await.iter().all(|state| *state == PlanState::Void), "{teller:?}");
        assert_eq!(world.told(live(11, teller.clone())).await, Put::Changed(vec!["status".to_owned()]));
        assert_eq!(world.states("anna").await, [PlanState::Planned, PlanState::Planned], "{teller:?}");
        // The next teller begins anew.
        let _ = world.sql("DELETE FROM visits").await;
    }
}

#[tokio::test]
async fn what_was_cancelled_before_anybody_heard_of_it_concerns_nobody() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna")]).await;
    assert_eq!(world.told(cancelled_at(0)).await, Put::Unchanged);
    assert_eq!(world.store.status().await.unwrap().records, 0);
}

#[tokio::test]
async fn two_complete_readings_must_agree_that_a_visit_is_gone() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna"), customer("bert")]).await;
    let both = vec![told_visit("v1", &["anna"], VISIT), told_visit("v2", &["bert"], VISIT)];
    let _ = world.tell(both.clone()).await;
    assert_eq!(world.read_to_the_end(1).await, 0);
    let second = |row: &VisitRow, fetch| VisitRow { teller: reading(fetch), ..row.clone() };

    let _ = world.tell(vec![second(&both[0], 2)]).await;
    assert_eq!(world.read_to_the_end(2).await, 0, "one reading proves nothing");
    assert!(world.store.misses_visits("salon").await.unwrap());
    let _ = world.tell(both.iter().map(|row| second(row, 3)).collect()).await;
    assert_eq!(world.read_to_the_end(3).await, 0);
    assert!(!world.store.misses_visits("salon").await.unwrap(), "it was there again");

    for (fetch, ended) in [(4, 0), (5, 1), (6, 0)] {
        let _ = world.tell(vec![second(&both[0], fetch)]).await;
        assert_eq!(world.read_to_the_end(fetch).await, ended, "reading {fetch}");
    }
    assert_eq!(world.states("bert").await, [PlanState::Void, PlanState::Void]);
    assert_eq!(world.states("anna").await, [PlanState::Planned, PlanState::Planned]);

    // An imported file doesn't bring it back; its own calendar does.
    let file = VisitRow { teller: Teller::File, ..both[1].clone() };
    assert_eq!(world.told(file).await, Put::Rejected(PutError::CalendarTells));
    assert_eq!(world.told(second(&both[1], 7)).await, Put::Changed(vec!["status".to_owned()]));
    assert_eq!(world.states("bert").await, [PlanState::Planned, PlanState::Planned]);
}

#[tokio::test]
async fn a_visit_that_is_over_is_not_missed() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna")]).await;
    let _ = world.tell(vec![told_visit("v1", &["anna"], VISIT)]).await;
    world.until("2027-03-30T10:00").await;
    for fetch in 2..5 {
        assert_eq!(world.read_to_the_end(fetch).await, 0);
    }
    assert_eq!(world.sql("SELECT status FROM records").await, ["live"]);
}

#[tokio::test]
async fn a_visit_that_nobody_is_known_for_waits_sealed_until_somebody_is() {
    let world = World::new().await;
    let family = |name: &str| comity::store::CustomerRow { address: address("family"), ..customer(name) };
    let _ = world.customers(vec![family("carl"), family("dora"), customer("bert")]).await;
    let puts = world
        .tell(vec![
            told_visit("v1", &["anna"], VISIT),
            told_visit("v2", &["family"], VISIT),
            told_visit("v3", &["bert", "family"], VISIT),
            told_visit("v4", &[], VISIT),
        ])
        .await
        .puts;
    assert_eq!(puts, [Put::OfNobody, Put::OfSeveral, Put::OfSeveral, Put::OfNobody]);
    assert_eq!(world.store.visits_of_nobody(world.clock.now()).await.unwrap(), 4);
    assert_eq!(world.store.status().await.unwrap().records, 0);
    let open = world.sql("SELECT external_id FROM visits WHERE CAST(content AS TEXT) LIKE '%salon.example%'").await;
    assert_eq!(open, Vec::<String>::new(), "a content that is not sealed");

    assert_eq!(world.store.match_visits(world.clock.now(), world.house.clone()).await.unwrap().0, 0);
    let _ = world.customers(vec![customer("anna")]).await;
    assert_eq!(world.store.match_visits(world.clock.now(), world.house.clone()).await.unwrap().0, 1);
    assert_eq!(world.states("anna").await, [PlanState::Planned, PlanState::Planned]);
    assert_eq!(world.sql("SELECT external_id FROM visits WHERE content IS NULL").await, ["v1"]);
    assert_eq!(world.store.visits_of_nobody(world.clock.now()).await.unwrap(), 3);
}

#[tokio::test]
async fn a_visit_that_is_given_to_another_customer_is_cancelled_for_the_first() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna"), customer("bert")]).await;
    let _ = world.tell(vec![told_visit("v1", &["anna"], VISIT)]).await;
    assert_eq!(world.told(told_visit("v1", &["bert"], VISIT)).await, Put::Created);
    assert_eq!(world.states("anna").await, [PlanState::Void, PlanState::Void]);
    assert_eq!(world.states("bert").await, [PlanState::Planned, PlanState::Planned]);
    assert_eq!(world.told(told_visit("v1", &["bert"], VISIT)).await, Put::Unchanged);
    let back = world.told(told_visit("v1", &["anna"], VISIT)).await;
    assert_eq!(back, Put::Changed(vec!["status".to_owned()]), "it is the visit that she knows");
    assert_eq!(world.states("anna").await, [PlanState::Planned, PlanState::Planned]);
    assert_eq!(world.states("bert").await, [PlanState::Void, PlanState::Void]);
    // Without attendees nobody new is named: it stays hers.
    assert_eq!(world.told(told_visit("v1", &[], VISIT)).await, Put::Unchanged);
}

#[tokio::test]
async fn a_table_leaves_to_the_calendar_what_the_calendar_tells() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna")]).await;
    let text = |text: &str| Value::Text(text.to_owned());
    let table = |start: &str, stylist: &str| {
        let mut row = RecordRow {
            external_id: "v1".to_owned(),
            left_to_calendars: Arc::new(["starts_at".to_owned(), "service".to_owned()].into()),
            ..appointment("anna", start)
        };
        row.fields.insert("stylist".to_owned(), text(stylist));
        row.fields.insert("service".to_owned(), text("Perm"));
        row
    };
    // The table comes first and says whose it is.
    let _ = world.records(vec![table("2027-04-02T10:00", "Karim")]).await;
    let by_calendar = world.told(told_visit("v1", &[], VISIT)).await;
    assert_eq!(by_calendar, Put::Changed(vec!["service".to_owned(), "starts_at".to_owned()]));
    let again = world.records(vec![table("2027-04-03T10:00", "Aurore")]).await;
    assert_eq!(again.puts, [Put::Changed(vec!["stylist".to_owned()])]);
    let _ = world.told(cancelled_at(1)).await;
    let _ = world.records(vec![table("2027-04-03T10:00", "Aurore")]).await;
    assert_eq!(world.sql("SELECT status FROM records").await, ["cancelled"], "a table brings nothing back");
    let other = RecordRow { external_id: "t1".to_owned(), ..table("2027-04-03T10:00", "Karim") };
    assert_eq!(world.records(vec![other]).await.puts, [Put::Created], "its own records are the table's");
}

#[tokio::test]
async fn the_visits_of_a_calendar_that_is_no_more_are_anybody_s_to_tell() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna")]).await;
    let _ = world.told(told_visit("v1", &["anna"], VISIT)).await;
    let file = || VisitRow { teller: Teller::File, ..told_visit("v1", &["anna"], "2027-04-02T10:00") };
    world.store.keep_only_sources(vec!["salon".to_owned()]).await.unwrap();
    assert_eq!(world.told(file()).await, Put::Rejected(PutError::CalendarTells));
    world.store.keep_only_sources(vec![]).await.unwrap();
    assert_eq!(world.told(file()).await, Put::Changed(vec!["starts_at".to_owned()]));
    assert_eq!(world.store.sources().await.unwrap(), []);
}

#[tokio::test]
async fn two_calendars_do_not_share_a_visit() {
    let world = World::new().await;
    let _ = world.customers(vec![customer("anna")]).await;
    let _ = world.tell(vec![told_visit("v1", &["anna"], VISIT)]).await;
    let other = VisitRow {
        teller: Teller::Calendar { name: "karim".into(), fetch: 1 },
        ..told_visit("v1", &["anna"], "2027-04-02T10:00")
    };
    assert_eq!(world.told(other).await, Put::Rejected(PutError::OtherCalendar));
    let start = CivilTime::parse("2027-03-30T10:00[Europe/Paris]").unwrap();
    assert_eq!(
        world.plans(&world.known("anna").await).await[0].facts.occurrence.split('@').nth(1),
        Some(start.to_string().as_str())
    );
}
