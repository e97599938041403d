//! Imports into a real database: idempotent, previewed truthfully, and deaf to nobody's no.

use crate::support::import::{Outcome, import};
use comity::{
    base::{CustomerId, EmailAddress, Instant, Zone, civil::CivilTime},
    clock::VirtualClock,
    config::{self, Installation},
    engine::{
        arrivals::import::{CHUNK_ROWS, Report, What},
        office::Office,
        rulebook::Rulebook,
    },
    gate::{Reason, Rule},
    ledger::{Happening, entry::StopVia},
    store::{About, Decide, Dry, Permission, Published, Status, StopOrder},
    workflow::Approval,
};
use futures_util::stream;
use std::{collections::BTreeSet, io, path::Path, sync::Arc};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// The sample salon with a database of its own, on the morning of 8 March 2027.
pub struct Salon {
    pub office: Office,
    rulebook: Arc<Rulebook>,
    pub clock: Arc<VirtualClock>,
    data: TempDir,
}

pub fn instant(paris: &str) -> Instant {
    CivilTime::parse(paris).unwrap().at(Zone::parse("Europe/Paris").unwrap())
}

fn sample(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(file)).unwrap()
}

/// The repository's own installation, with its data elsewhere. Without the drafts: tests count what is planned.
pub fn installation(data: &Path) -> Arc<Installation> {
    let mut installation = config::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    installation.config.data = data.to_owned();
    installation.config.checkpoints = data.join("checkpoints");
    installation.workflows.retain(|_, workflow| workflow.oversight.approval == Approval::None);
    Arc::new(installation)
}

impl Salon {
    pub async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let installation = installation(data.path());
        let clock = VirtualClock::starting_at(instant("2027-03-08T08:00"));
        let office = Office::open(Arc::clone(&installation), clock.clone()).await.unwrap();
        let rulebook = Arc::new(Rulebook::new(installation, clock.clone()));
        Self { office, rulebook, clock, data }
    }

    /// A folder of its own.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    fn what(&self, kind: &str) -> What {
        self.office.what(kind, format!("{kind}.csv"), BTreeSet::new()).unwrap()
    }

    async fn import_pieces(&self, kind: &str, pieces: Vec<io::Result<Vec<u8>>>, dry: Dry) -> Outcome {
        import(&self.office, self.what(kind), pieces, dry).await
    }

    pub async fn import(&self, kind: &str, text: &str) -> Outcome {
        self.import_pieces(kind, vec![Ok(text.as_bytes().to_vec())], Dry::Apply).await
    }

    pub async fn preview(&self, kind: &str, text: &str) -> Outcome {
        self.import_pieces(kind, vec![Ok(text.as_bytes().to_vec())], Dry::Preview).await
    }

    pub async fn status(&self) -> Status {
        self.office.store.status().await.unwrap()
    }

    async fn entries(&self) -> usize {
        self.office.store.entries_after(0, 100_000).await.unwrap().len()
    }

    async fn customer(&self, id: &str) -> CustomerId {
        self.office.store.find_by_external_id(id).await.unwrap().unwrap().id
    }

    /// Lets the wall clock go on, asks the gate about everything that is due, and gives back what it refused.
    async fn refusals_until(&self, paris: &str) -> Vec<(Rule, Reason)> {
        use comity::base::Clock;
        self.clock.allow_until(instant(paris));
        self.clock.wait_until(instant(paris)).await;
        let store = &self.office.store;
        let (node, _) = store.begin_node(self.rulebook.after_uncertain()).await.unwrap();
        store.put_in_force(self.rulebook.revision(), Published::default()).await.unwrap();
        store.adopt(self.rulebook.revision()).await.unwrap();
        let mut refused = vec![];
        for claimed in store.claim(node, self.clock.now(), 100).await.unwrap() {
            let plan = claimed.plan.id;
            let permission = store.permit(node, Arc::new(claimed), self.rulebook.clone()).await.unwrap();
            if let Permission::Ended = permission {
                let history = store.history(About::Plan(plan)).await.unwrap();
                if let Some(Happening::Refused { rule, reason, .. }) =
                    history.into_iter().next_back().map(|e| e.happening)
                {
                    refused.push((rule, reason));
                }
            }
        }
        refused
    }
}

#[tokio::test]
async fn the_same_files_twice_change_nothing() {
    let salon = Salon::open().await;
    let (customers, appointments) = (sample("customers.csv"), sample("appointments.csv"));
    let first = salon.import("customers", &customers).await;
    assert_eq!((first.report().created, first.report().rejected), (200, 0), "{first:?}");
    assert!(first.report().consents > 50, "{first:?}");
    let first = salon.import("appointments", &appointments).await;
    assert_eq!(first.report().created, first.report().rows, "{first:?}");
    let (status, entries) = (salon.status().await, salon.entries().await);
    assert!(status.plans.values().sum::<u64>() > 400, "{status:?}");

    for (kind, text) in [("customers", &customers), ("appointments", &appointments)] {
        let again = salon.import(kind, text).await;
        let rows = again.report().rows;
        assert_eq!(again.report(), &Report { rows, unchanged: rows, ..Report::default() });
    }
    assert_eq!((salon.status().await, salon.entries().await), (status, entries));
}

#[tokio::test]
async fn a_preview_says_what_will_happen_and_does_none_of_it() {
    let salon = Salon::open().await;
    salon.import("customers", &sample("customers.csv")).await;
    salon.import("appointments", &sample("appointments.csv")).await;
    let (status, entries) = (salon.status().await, salon.entries().await);
    let changed = sample("appointments-changed.csv");
    let promised = salon.preview("appointments", &changed).await;
    assert_eq!((salon.status().await, salon.entries().await), (status, entries));
    let done = salon.import("appointments", &changed).await;
    assert_eq!(promised.report(), done.report());
    let Report { created, changed, fields, .. } = done.report();
    assert_eq!(*created, 9);
    assert!(fields["starts_at"] > 5 && fields["status"] > 5 && *changed >= fields["starts_at"], "{done:?}");
}

const ANNA: &str = "id;email;first_name;consent:visit-tips\nC1;anna@post.example;Anna;2027-01-02\n";
const VISIT: &str = "id;customer;starts_at;status\nA1;C1;2027-03-16T10:00;booked\n";

async fn stop(salon: &Salon, id: &str, purpose: &str) {
    let customer = salon.office.store.find_by_external_id(id).await.unwrap().unwrap();
    let (purpose, at) = (purpose.to_owned(), salon.office.clock.now());
    let order = StopOrder { customer: customer.handle, purpose, via: StopVia::Page, plan: None, at };
    let _ = salon.office.store.stop(order).await.unwrap();
}

#[tokio::test]
async fn an_import_never_revives_who_said_stop() {
    let salon = Salon::open().await;
    salon.import("customers", ANNA).await;
    salon.import("appointments", VISIT).await;
    stop(&salon, "C1", "visit-tips").await;
    stop(&salon, "C1", "appointment-reminders").await;
    // A newer yes, the same mailbox spelled otherwise, and the same person under another id.
    let again = "id;email;first_name;consent:visit-tips\n\
                 C1;Anna@post.example;Anna;2027-03-07\n\
                 C2;ANNA@POST.EXAMPLE;Anna;2027-03-07\n";
    let outcome = salon.import("customers", again).await;
    assert_eq!(outcome.report().stay_stopped, 2, "{outcome:?}");
    salon
        .import(
            "appointments",
            "id;customer;starts_at;status\nA1;C1;2027-03-16T10:30;booked\nA2;C2;2027-03-16T11:00;booked\n",
        )
        .await;

    // The tips are due on 13 March at ten, the reminders a day before the visits.
    let refused = salon.refusals_until("2027-03-15T11:30").await;
    assert_eq!(refused.len(), 2, "one of each customer: {refused:?}");
    let refused = [refused, salon.refusals_until("2027-03-15T11:30").await].concat();
    assert!(refused.len() >= 3, "{refused:?}");
    for (rule, reason) in refused {
        let stopped = matches!(
            (rule, &reason),
            (Rule::Suppression, Reason::Suppressed { .. }) | (Rule::Relevance, Reason::Expired { .. })
        );
        assert!(stopped, "{rule:?}: {reason:?}");
    }
}

#[tokio::test]
async fn a_withdrawal_in_a_file_is_kept_and_a_later_yes_of_a_file_does_not_undo_it() {
    let salon = Salon::open().await;
    salon.import("customers", ANNA).await;
    let no = salon.import("customers", "id;email;consent:visit-tips\nC1;anna@post.example;no\n").await;
    assert_eq!((no.report().changed, no.report().consents), (1, 1));
    let again = salon.import("customers", "id;email;consent:visit-tips\nC1;anna@post.example;no\n").await;
    assert_eq!((again.report().unchanged, again.report().consents), (1, 0));
    let yes = salon.import("customers", "id;email;consent:visit-tips\nC1;anna@post.example;2027-03-06\n").await;
    assert_eq!(yes.report().stay_stopped, 1, "{yes:?}");
}

#[tokio::test]
async fn a_file_without_a_column_erases_nothing() {
    let salon = Salon::open().await;
    salon.import("customers", ANNA).await;
    salon.import("customers", "id;email;language\nC1;anna@post.example;fr\n").await;
    let anna = salon.office.store.find_by_external_id("C1").await.unwrap().unwrap();
    assert_eq!(anna.language.unwrap().tag(), "fr");
    assert!(anna.fields.contains_key("first_name"), "{:?}", anna.fields);
    // An empty cell is an answer; a missing column isn't.
    salon.import("customers", "id;email;first_name\nC1;anna@post.example;\n").await;
    let anna = salon.office.store.find_by_external_id("C1").await.unwrap().unwrap();
    assert!(!anna.fields.contains_key("first_name"));

    salon.import("appointments", "id;customer;starts_at;status\nA1;C1;2027-03-16T10:00;cancelled\n").await;
    let moved = salon.import("appointments", "id;customer;starts_at\nA1;C1;2027-03-17T10:00\n").await;
    assert_eq!(moved.report().fields.keys().collect::<Vec<_>>(), ["starts_at"]);
    assert_eq!(salon.status().await.next_due, None, "a cancelled visit comes back only when the file says so");
}

#[tokio::test]
async fn an_address_of_two_is_never_guessed_at() {
    let salon = Salon::open().await;
    let two = "id;email;first_name\nC1;family@post.example;Anna\nC2;family@post.example;Ben\n";
    assert_eq!(salon.import("customers", two).await.report().created, 2);
    let outcome = salon
        .import(
            "appointments",
            "id;customer;starts_at;status\n\
             A1;Family@post.example;2027-03-16T10:00;booked\n\
             A2;C2;2027-03-16T10:00;booked\n\
             A3;C3;2027-03-16T10:00;booked\n\
             A4;stranger@post.example;2027-03-16T10:00;booked\n",
        )
        .await;
    assert_eq!(
        outcome.reasons(),
        [
            (2, "several customers share this address; name the customer by its id"),
            (4, "no customer has this id or address; import the customer first"),
            (5, "no customer has this id or address; import the customer first"),
        ]
    );
    let other = salon.import("appointments", "id;customer;starts_at\nA2;C1;2027-03-16T10:00\n").await;
    assert_eq!(
        other.reasons(),
        [(2, "this record belongs to another customer already; give the new one an id of its own")]
    );
    // The letters of one mailbox's two people are told apart by whose they are.
    let address = EmailAddress::parse("family@post.example").unwrap();
    assert_eq!(salon.office.store.find_by_mailbox(&address).await.unwrap().len(), 2);
    let accounts = salon.office.explain("FAMILY@post.example").await.unwrap();
    assert_eq!(accounts.iter().map(|account| account.plans.len()).collect::<Vec<_>>().iter().sum::<usize>(), 3);
    assert_eq!(accounts[1].customer, salon.customer("C2").await);
    assert!(accounts[0].plans.is_empty() && accounts[1].mailbox.as_deref() == Some("f…@post.example"));
}

/// A file of so many customers.
fn many(rows: usize) -> String {
    let row = |n| format!("C{n};c{n}@post.example\n");
    std::iter::once("id;email\n".to_owned()).chain((0..rows).map(row)).collect()
}

#[tokio::test]
async fn an_import_that_is_cut_off_is_finished_by_running_it_again() {
    let salon = Salon::open().await;
    let text = many(CHUNK_ROWS + 100);
    let (begun, rest) = text.as_bytes().split_at(text.len() - 500);
    let pieces = vec![Ok(begun.to_vec()), Err(io::Error::other("the line went dead")), Ok(rest.to_vec())];
    let cut = salon.import_pieces("customers", pieces, Dry::Apply).await;
    let failure = cut.end.unwrap_err();
    assert_eq!(failure.why, "the file can't be read: the line went dead");
    // All was ASCII, so the reader still held it back; what is reported is what is in.
    assert_eq!(salon.status().await.customers, failure.so_far.created);
    let whole = salon.import("customers", &text).await;
    assert_eq!(whole.report().created + whole.report().unchanged, CHUNK_ROWS as u64 + 100);
    assert_eq!(salon.status().await.customers, CHUNK_ROWS as u64 + 100);
}

#[tokio::test]
async fn a_file_that_does_not_fit_changes_nothing() {
    let salon = Salon::open().await;
    let outcome = salon.import("customers", "id;e-mail;nom\nC1;anna@post.example;Anna\n").await;
    let failure = outcome.end.unwrap_err();
    assert_eq!(failure.so_far, Report::default());
    let findings = failure.header.unwrap().into_findings();
    assert_eq!(findings.0.len(), 3, "{findings:?}");
    assert_eq!(salon.status().await.customers, 0);
}

#[tokio::test]
async fn an_import_that_nobody_hears_ends_between_two_chunks() {
    let salon = Salon::open().await;
    let (listener, news) = mpsc::channel(8);
    drop(news);
    let bytes = stream::iter([Ok::<_, io::Error>(many(3 * CHUNK_ROWS))]);
    salon.office.import(salon.what("customers"), bytes, Dry::Apply, listener).await;
    assert_eq!(salon.status().await.customers, 0);
}
