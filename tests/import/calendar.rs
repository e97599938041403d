//! `comity import calendar`: visits become appointments, and what can't is said.

use super::office::Salon;
use comity::{
    engine::{
        arrivals::import::Report,
        office::visits::{Settled, Why},
    },
    intake::calendar::LeftOut,
    plan::PlanState,
};

const CUSTOMERS: &str = "id;email;first_name\nC1;marie@post.example;Marie\nC2;paul@post.example;Paul\n";

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Salon//EN\r\n{events}END:VCALENDAR\r\n")
}

fn event(uid: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20270301T000000Z\r\n{lines}\r\nEND:VEVENT\r\n")
}

fn salons_week() -> String {
    calendar(
        &[
            event("a", "DTSTART:20270316T090000Z\r\nDTEND:20270316T094500Z\r\nSUMMARY:Cut\r\nATTENDEE:mailto:marie@post.example"),
            event("b", "DTSTART;TZID=Romance Standard Time:20270317T150000\r\nATTENDEE:mailto:PAUL@post.example\r\nATTENDEE:mailto:hello@salon.example"),
            event("c", "DTSTART;VALUE=DATE:20270318\r\nSUMMARY:Closed"),
            event("d", "DTSTART:20270318T090000Z\r\nSUMMARY:Zoé\\, colour"),
            event("e", "SUMMARY:without a start"),
            event("f", "DTSTART:20200101T090000Z\r\nATTENDEE:mailto:marie@post.example"),
        ]
        .concat(),
    )
}

#[tokio::test]
async fn a_calendar_s_visits_become_appointments_of_their_attendees() {
    let salon = Salon::open().await;
    salon.import("customers", CUSTOMERS).await;
    let promised = salon.preview("calendar", &salons_week()).await;
    assert_eq!(salon.status().await.records, 0);
    let done = salon.import("calendar", &salons_week()).await;
    assert_eq!(promised.report(), done.report());
    let Report { rows, created, rejected, visits, .. } = done.report();
    assert_eq!((*rows, *created, *rejected, visits.of_nobody), (4, 2, 1, 1));
    assert_eq!(visits.left_out, [(LeftOut::AllDay, 1), (LeftOut::Past, 1)].into());
    assert_eq!(done.reasons(), [(31, "the event has no start (DTSTART)")]);
    let plans = salon.status().await.plans;
    assert!(plans[&PlanState::Planned] >= 4, "{plans:?}");

    let again = salon.import("calendar", &salons_week()).await;
    assert_eq!((again.report().unchanged, again.report().created), (2, 0));
    let zoe = "id;email;first_name\nC3;zoe@post.example;Zoé\n";
    assert_eq!(salon.import("customers", zoe).await.report().visits.matched, 0, "a first name decides nothing");
}

#[tokio::test]
async fn customers_that_come_after_their_calendar_get_their_visits() {
    let salon = Salon::open().await;
    assert_eq!(salon.import("calendar", &salons_week()).await.report().visits.of_nobody, 3);
    let then = salon.import("customers", CUSTOMERS).await;
    assert_eq!(then.report().visits.matched, 2);
    assert!(salon.status().await.plans[&PlanState::Planned] >= 4);
}

#[tokio::test]
async fn a_calendar_that_is_cut_off_or_none_changes_nothing() {
    let salon = Salon::open().await;
    salon.import("customers", CUSTOMERS).await;
    let cut_off = salons_week().replace("END:VCALENDAR\r\n", "");
    for (text, why) in
        [(cut_off.as_str(), "cut off"), ("<html>Sign in</html>", "web page"), (CUSTOMERS, "not a calendar")]
    {
        let failed = salon.import("calendar", text).await.end.expect_err(why);
        assert!(failed.why.contains(why), "{}", failed.why);
        assert_eq!(salon.status().await.records, 0);
    }
}

const NAMED: &str = "id;email;first_name;last_name\n\
    C1;marie@post.example;Marie;Dupont\nC2;paul@post.example;Paul;Dupont\nC3;zoe@post.example;Zoé;Durand\n";

#[tokio::test]
async fn a_visit_without_an_attendee_finds_its_customer_by_name_or_address_or_waits() {
    let salon = Salon::open().await;
    salon.import("customers", NAMED).await;
    let week = calendar(
        &[
            event("a", "DTSTART:20270316T090000Z\r\nSUMMARY:DUPONT Marie - coupe"),
            event("b", "DTSTART:20270316T100000Z\r\nSUMMARY:Coupe\r\nDESCRIPTION:Booked by zoe@post.example"),
            event("c", "DTSTART:20270316T110000Z\r\nSUMMARY:Marie\\, coupe"),
            event("d", "DTSTART:20270316T120000Z\r\nSUMMARY:Marie Dupont et Paul Dupont"),
            event("e", "DTSTART:20270316T130000Z\r\nSUMMARY:Mrs Unknown"),
        ]
        .concat(),
    );
    let report = salon.import("calendar", &week).await.report().clone();
    assert_eq!((report.created, report.visits.of_nobody), (2, 2), "{report:?}");
    let waiting = salon.office.waiting_visits().await.unwrap();
    let told: Vec<(&str, Why, Vec<&str>)> = waiting
        .iter()
        .map(|one| (one.says[0].as_str(), one.why, one.likely.iter().map(|likely| likely.customer.as_str()).collect()))
        .collect();
    assert_eq!(
        told,
        [
            ("Marie, coupe", Why::NobodyFits, vec!["C1"]),
            ("Marie Dupont et Paul Dupont", Why::SeveralFit, vec!["C1", "C2"]),
            ("Mrs Unknown", Why::NobodyFits, vec![]),
        ]
    );
}

#[tokio::test]
async fn what_the_business_says_about_a_visit_holds_for_its_whole_series_and_for_ever() {
    let salon = Salon::open().await;
    salon.import("customers", NAMED).await;
    let series = "DTSTART:20270316T110000Z\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nSUMMARY:Mrs Unknown";
    salon.import("calendar", &calendar(&event("s", series))).await;
    let waiting = salon.office.waiting_visits().await.unwrap();
    assert_eq!(waiting.len(), 3);
    let first = waiting[0].visit;

    assert_eq!(salon.office.settle_visit(first, "C9").await.unwrap(), Settled::NoSuchCustomer);
    assert_eq!(salon.office.settle_visit(-1, "C3").await.unwrap(), Settled::NoSuchVisit);
    assert_eq!(salon.office.settle_visit(first, "zoe@post.example").await.unwrap(), Settled::Done);
    assert_eq!(salon.office.waiting_visits().await.unwrap().len(), 0);
    assert_eq!(salon.status().await.records, 3);
    assert!(salon.status().await.plans[&PlanState::Planned] >= 3);
    assert_eq!(salon.office.settle_visit(first, "C3").await.unwrap(), Settled::NoSuchVisit, "it waits no more");

    let longer = calendar(&event("s", &series.replace("COUNT=3", "COUNT=5")));
    let report = salon.import("calendar", &longer).await.report().clone();
    assert_eq!((report.created, report.visits.of_nobody), (2, 0), "later visits of the series are hers too");
}
