//! Erasure: what is known about a person goes from every file, an old copy is of no use, and nothing brings them back.

use super::world::*;
use crate::support::{anna::at, postgres, traces::found};
use comity::{
    base::{CustomerId, PlanId, Value},
    ledger::{ErasedVia, Happening, Receipt, Reply},
    people::{ConsentKind, Customer},
    plan::PlanState,
    store::{
        ConsentClaim, CustomerRef, CustomerRow, Dry, Next, Permission, Put, PutError, RecordRow, Store, StoreError,
        calendar::{VisitContent, VisitRow},
    },
};
use std::{collections::BTreeSet, fs};

/// In each personal column another word that stands nowhere else.
const CANARIES: [&str; 7] = ["kanarienvogel", "zeisig", "girlitz", "stieglitz", "dompfaff", "bergfink", "gruenfink"];

/// A visit that the salon's calendar tells of, with words that a person would know them by.
fn told(id: &str, name: &str, start: &str, text: &str) -> VisitRow {
    let visit = told_visit(id, &[name], start);
    let people = vec![(address(name), Some(text.to_owned()))];
    VisitRow { content: VisitContent { people, texts: vec![text.to_owned()], ..visit.content }, ..visit }
}

impl World {
    async fn tell_of(&self, row: VisitRow) -> Put {
        self.store.put_visits(vec![row], self.house.clone(), Dry::Apply).await.unwrap().puts.remove(0)
    }

    async fn erase(&self, customer: CustomerId) {
        assert!(self.store.erase(customer, ErasedVia::Operator).await.unwrap().is_some());
        assert!(self.store.scrub().await.unwrap(), "a reader holds on to the log");
    }

    /// Where these words stand: in any file beside the database and of it, or in the rows that a server has.
    fn found(&self, words: &[&str]) -> BTreeSet<String> {
        let mut all = found(self.dir.path(), words);
        if let Some(url) = &self.url {
            let rows = tempfile::tempdir().unwrap();
            fs::write(rows.path().join("rows"), postgres::dump(url, None)).unwrap();
            all.extend(found(rows.path(), words));
        }
        all
    }

    /// An older copy, with the keys that there are now.
    async fn with_its_keys(&self, old: &Copy) -> Store {
        match old {
            Copy::File(folder) => {
                let keys = folder.path().join("comity.keys.db");
                fs::copy(self.path().with_extension("keys.db"), keys).unwrap();
                open(&folder.path().join("comity.db"), None, &self.clock).await.unwrap()
            }
            Copy::Server(url) => {
                let keys = postgres::dump(self.url.as_deref().unwrap(), Some("keystore.keys"));
                postgres::script(url, &format!("TRUNCATE keystore.keys;\n{keys}"));
                let elsewhere = tempfile::tempdir().unwrap();
                open(&elsewhere.path().join("comity.db"), Some(url), &self.clock).await.unwrap()
            }
        }
    }

    /// Somebody of whom every table has something, under words that stand nowhere else.
    pub async fn somebody(&self) -> Customer {
        let [name, record, field, note, other, mailbox, visit_word] = CANARIES;
        // Visits that nobody is known for: somebody else's, and one with their address.
        assert_eq!(self.tell_of(told(other, "other", "2027-04-02T10:00", other)).await, Put::OfNobody);
        assert_eq!(self.tell_of(told(visit_word, mailbox, "2027-04-03T10:00", visit_word)).await, Put::OfNobody);
        let claim = ConsentClaim::new("birthday", ConsentKind::Granted, at(START), "list.csv:2");
        let row = CustomerRow {
            external_id: Some(name.to_owned()),
            address: address(mailbox),
            consents: vec![claim],
            ..customer(field)
        };
        assert_eq!(self.customers(vec![row]).await.puts, [Put::Created]);
        let visit = RecordRow { external_id: record.to_owned(), ..appointment(name, VISIT) };
        let mut visit = RecordRow { customer: CustomerRef::ExternalId(name.to_owned()), ..visit };
        visit.fields.insert("stylist".to_owned(), Value::Text(note.to_owned()));
        assert_eq!(self.records(vec![visit]).await.puts, [Put::Created]);
        self.store.find_by_external_id(name).await.unwrap().unwrap()
    }

    /// A first message that left.
    pub async fn written_to(&self) -> PlanId {
        self.until(DAY_BEFORE).await;
        let (claimed, attempt) = self.on_the_wire().await;
        let reply = Reply { code: 250, enhanced: None, text: "2.0.0 Ok".to_owned() };
        self.close(&attempt, Receipt::Accepted(reply), Next::Done).await;
        claimed.plan.id
    }
}

/// Its rows are gone, and a lane of another node may be about to write `MAIL`.
#[tokio::test]
async fn what_was_permitted_to_somebody_who_is_erased_may_still_begin() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let attempt = world.permit(&world.claim_one().await).await;
    let open = world.store.erase(anna.id, ErasedVia::Operator).await.unwrap().unwrap();
    assert_eq!(open, attempt_ids(&[&attempt]));
    assert!(world.store.may_begin(&open).await.unwrap());
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_and_an_old_copy_is_of_no_use() {
    let world = World::new().await;
    let erased = world.somebody().await;
    let bert = world.visit("bert", "2027-05-30T10:00").await;
    let plan = world.written_to().await;
    // It was there, and is read with the key.
    assert_eq!(erased.fields["first_name"], Value::Text(CANARIES[2].to_owned()));
    let sealed = world.found(&CANARIES);
    let names = [CANARIES[0], CANARIES[1], CANARIES[4], CANARIES[6]];
    for name in names {
        assert!(sealed.iter().any(|hit| hit.starts_with(name)), "the search finds what sources call them: {sealed:?}");
    }
    assert!(sealed.iter().all(|hit| names.iter().any(|name| hit.starts_with(name))), "all else is sealed: {sealed:?}");
    // Yesterday's copy of the rows, without the key store.
    let (world, old) = world.copied().await;

    world.erase(erased.id).await;
    let visits = world.sql("SELECT external_id FROM visits WHERE record IS NULL").await;
    assert_eq!(visits, [CANARIES[4]], "somebody else's visit stays");
    let gone: Vec<&str> = CANARIES.into_iter().filter(|word| *word != CANARIES[4]).collect();
    assert_eq!(world.found(&gone), BTreeSet::new());
    assert_eq!(world.store.find_customer(erased.handle).await.unwrap(), None);
    assert!(world.store.plan(plan).await.unwrap().is_none());
    // What is not theirs stands.
    assert_eq!(world.known("bert").await.address, bert.address);
    assert!(!world.plans(&bert).await.is_empty());
    world.store.close().await;
    assert_eq!(world.found(&gone), BTreeSet::new(), "closed");

    // Today's keys open nothing of them in yesterday's rows, and all the rest.
    let old = world.with_its_keys(&old).await;
    assert!(matches!(old.find_customer(erased.handle).await, Err(StoreError::Unreadable(_))));
    assert_eq!(old.find_customer(bert.handle).await.unwrap().unwrap().address, bert.address);
}

#[tokio::test]
async fn every_table_is_erased_or_says_nothing_about_anybody() {
    // Leaves of the audit, which name a number that leads to nobody, and what is left as a keyed hash.
    const ABOUT_A_NUMBER: [&str; 7] =
        ["ledger", "consents", "consent_evidence", "approvals", "suppressions", "bars", "requests"];
    const NOT_PERSONAL: [&str; 22] = [
        "nodes",
        "marks",
        "halts",
        "sources",
        "revisions",
        "api_keys",
        "api_answers",
        "runs",
        "wordings",
        "seals",
        "checkpoints",
        "erasures",
        "erased_names",
        "_sqlx_migrations",
        "sqlite_schema",
        "sqlite_sequence",
        "privacy_notices",
        "notice_news",
        "assessments",
        "products",
        "shop_calls",
        "batches",
    ];
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let tables = match &world.url {
        None => "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
        Some(_) => "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
    };
    let tables = world.sql(tables).await;
    let erased: BTreeSet<String> = comity::store::statements::all()
        .filter(|statement| statement.name.starts_with("ERASE_"))
        .filter_map(|statement| statement.sqlite.split_whitespace().skip_while(|word| *word != "FROM").nth(1))
        .map(ToOwned::to_owned)
        .collect();
    let is_known = |table: &str| NOT_PERSONAL.contains(&table) || ABOUT_A_NUMBER.contains(&table);
    let forgotten: Vec<&String> = tables.iter().filter(|table| !erased.contains(*table) && !is_known(table)).collect();
    assert!(forgotten.is_empty(), "neither erased nor said to be about nobody: {forgotten:?}");
    assert!(erased.len() >= 12, "{erased:?}");
    // What is about somebody is theirs to take away.
    let shown: BTreeSet<String> =
        world.store.all_of(anna.id).await.unwrap().unwrap().tables.into_iter().map(|(table, _)| table).collect();
    let about: BTreeSet<String> = erased.into_iter().chain(ABOUT_A_NUMBER.map(ToOwned::to_owned)).collect();
    assert_eq!(shown, about);
}

#[tokio::test]
async fn nothing_that_the_business_brings_revives_an_erased_person() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    assert_eq!(world.tell_of(told("v1", "anna", "2027-04-05T10:00", "Cut")).await, Put::Created);
    world.erase(anna.id).await;

    let claim = ConsentClaim::new("birthday", ConsentKind::Granted, at(START), "list.csv:2");
    let same = CustomerRow { consents: vec![claim], ..customer("anna") };
    let moved = CustomerRow { address: address("elsewhere"), ..same.clone() };
    let unnamed = CustomerRow { external_id: None, ..same.clone() };
    for row in [same, moved, unnamed] {
        assert_eq!(world.customers(vec![row.clone()]).await.puts, [Put::Rejected(PutError::Erased)], "{row:?}");
    }
    assert_eq!(world.records(vec![appointment("anna", VISIT)]).await.puts, [Put::Rejected(PutError::Erased)]);
    let by_mail = RecordRow { customer: by_address("anna"), ..appointment("anna", VISIT) };
    assert_eq!(world.records(vec![by_mail]).await.puts, [Put::Rejected(PutError::Erased)]);
    // The calendar goes on telling of the visit that they had.
    assert_eq!(world.tell_of(told("v1", "anna", "2027-04-05T10:00", "Cut")).await, Put::Unchanged);
    assert_eq!(world.sql("SELECT CAST(COUNT(*) AS TEXT) FROM customers").await, ["0"]);
    assert_eq!(world.sql("SELECT CAST(COUNT(*) AS TEXT) FROM visits").await, ["0"]);
    // Nor is there anybody to erase.
    assert_eq!(world.store.erase(anna.id, ErasedVia::Operator).await.unwrap(), None);
}

#[tokio::test]
async fn who_books_anew_is_reminded_and_gets_nothing_else_without_a_yes_that_they_confirm() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.erase(anna.id).await;
    let new = RecordRow { customer: by_address("anna"), external_id: "new".to_owned(), ..appointment("anna", VISIT) };
    assert_eq!(world.records(vec![new]).await.puts, [Put::Created]);
    let back = world.store.find_by_mailbox(&address("anna")).await.unwrap().pop().unwrap();
    assert_ne!(back.id, anna.id, "another number");
    assert_ne!(back.handle, anna.handle, "old links lead nowhere");
    assert!(back.fields.is_empty());
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Permitted(_)), "service works");
    let refused = world.sql("SELECT reason || ':' || purpose FROM suppressions").await;
    assert_eq!(refused, ["erased:"], "for the gate's other rows, see the table of `gate::`");
}

#[tokio::test]
async fn what_lies_before_the_erasure_brings_nobody_back() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.erase(anna.id).await;
    let past = "2027-03-20T11:00";
    let by_mail =
        |id: &str, row: RecordRow| RecordRow { customer: by_address("anna"), external_id: id.to_owned(), ..row };
    let old = by_mail("old", appointment("anna", past));
    let undated = RecordRow { fields: std::collections::BTreeMap::new(), ..by_mail("undated", old.clone()) };
    for row in [old, undated] {
        assert_eq!(world.records(vec![row]).await.puts, [Put::Rejected(PutError::Erased)]);
    }
    assert_eq!(world.tell_of(told("v1", "anna", past, "Cut")).await, Put::Unchanged);
    assert_eq!(world.sql("SELECT CAST(COUNT(*) AS TEXT) FROM visits").await, ["0"], "nor is it kept as nobody's");
    assert_eq!(world.sql("SELECT CAST(COUNT(*) AS TEXT) FROM customers").await, ["0"]);
    assert_eq!(world.tell_of(told("v2", "anna", "2027-04-05T10:00", "Cut")).await, Put::Created);
}

#[tokio::test]
async fn a_message_that_was_being_made_is_not_permitted_any_more() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    world.erase(anna.id).await;
    assert!(!matches!(world.try_ask(&claimed).await, Ok(Permission::Permitted(_))));
}

#[tokio::test]
async fn a_message_on_the_wire_ends_and_leaves_no_trace() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    world.until(DAY_BEFORE).await;
    let (claimed, attempt) = world.on_the_wire().await;
    let open = world.store.erase(anna.id, ErasedVia::Operator).await.unwrap().unwrap();
    assert_eq!(open, [attempt.id()], "whoever erases waits for it to be past MAIL");
    let carried = comity::ledger::Carried { attempt: attempt.id(), plan: claimed.plan.id, receipt: Receipt::Uncertain };
    assert!(matches!(world.store.receipt(carried, Next::Done).await, Err(StoreError::NotOpen(_))));
    assert_eq!(world.sql("SELECT CAST(COUNT(*) AS TEXT) FROM attempts").await, ["0"]);
    assert_eq!(
        world.store.history(comity::store::About::Customer(anna.id)).await.unwrap().last().unwrap().happening,
        Happening::Erased { via: ErasedVia::Operator }
    );
}

#[tokio::test]
async fn who_shares_a_mailbox_with_an_erased_person_is_written_to_as_before() {
    let world = World::new().await;
    let anna = world.visit("anna", VISIT).await;
    let twin = CustomerRow { address: address("anna"), ..customer("twin") };
    let _ = world.customers(vec![twin.clone()]).await;
    let _ = world.records(vec![appointment("twin", VISIT)]).await;
    world.erase(anna.id).await;
    assert_eq!(world.customers(vec![twin]).await.puts, [Put::Unchanged]);
    assert_eq!(world.customers(vec![customer("anna")]).await.puts, [Put::Rejected(PutError::Erased)]);
    world.until(DAY_BEFORE).await;
    let claimed = world.claim_one().await;
    assert!(matches!(world.ask(&claimed).await, Permission::Permitted(_)));
    assert_eq!(world.plans(&world.known("twin").await).await[0].state, PlanState::Sending);
}
