//! Consent against a model: whatever happens, in whatever order, what holds is what a few plain rules say, and it is the fold of
//! rows that are only ever added.
//!
//! The model keeps a word and a flag for each person and purpose, and folds nothing. The real thing is the daemon's own desk and
//! store. `COMITY_TEST_SEED` repeats a run; `COMITY_CONSENTS=1000 cargo test --test all consent_model` runs so many.

use crate::support::{
    clock::HandClock,
    daemon::Daemon,
    proof::{self, Dice, SIGN_UPS},
};
use comity::{
    base::{
        Clock, EmailAddress, PlanId,
        token::{Link, LinkPurpose},
        value::Fields,
    },
    engine::desk::{
        PreferenceDesk, Stands, StopDesk, StopOutcome,
        sign_up::{SignUpDesk, Wish},
    },
    ledger::entry::StopVia,
    people::{ConsentKind, ConsentState, Customer, Language, consent},
    store::{Choice, Chosen, ConsentClaim, CustomerRow, Dry, TakenBack},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

const PURPOSES_TOO: &str = r#"
[purposes.news]
title = "News"
promise = "Now and then, a letter."
basis = "consent"
[purposes.tips]
title = "Tips"
promise = "What to do with your hair."
basis = "consent"
"#;
const PURPOSES: [&str; 2] = ["news", "tips"];
/// Anna and her twin have one mailbox.
const PEOPLE: [(&str, &str); 4] = [("anna", "family"), ("twin", "family"), ("bea", "bea"), ("cleo", "cleo")];
const STEPS: usize = 60;
const RUNS: usize = 12;

/// What the model knows of one person and one purpose.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
struct Word {
    yes: bool,
    no: bool,
    /// The step of a yes that the mailbox itself confirmed, as long as it is the last word.
    confirmed: Option<usize>,
}

/// What the model knows.
#[derive(Clone, Default, PartialEq, Debug)]
struct Model {
    words: BTreeMap<(&'static str, &'static str), Word>,
    /// Mailbox and purpose, or `""` for all: the step of the stop.
    refused: BTreeMap<(&'static str, &'static str), usize>,
    objected: BTreeMap<&'static str, usize>,
    signed_up: BTreeSet<&'static str>,
}

impl Model {
    fn word(&self, person: &'static str, purpose: &'static str) -> Word {
        self.words.get(&(person, purpose)).copied().unwrap_or_default()
    }

    /// Whether something stands against a yes that only a confirmation outweighs.
    fn is_against(&self, (person, mailbox): (&'static str, &'static str), purpose: &'static str) -> bool {
        let word = self.word(person, purpose);
        let outweighs = |at: usize| word.confirmed.is_some_and(|confirmed| confirmed > at);
        let refused = [purpose, ""].into_iter().filter_map(|of| self.refused.get(&(mailbox, of)));
        let objected = self.objected.get(person);
        word.no || refused.chain(objected).any(|at| !outweighs(*at))
    }

    fn say_yes(&mut self, person: &'static str, purpose: &'static str, confirmed: Option<usize>) {
        let word = self.words.entry((person, purpose)).or_default();
        if !word.no || confirmed.is_some() {
            *word = Word { yes: true, no: false, confirmed };
        }
    }

    fn say_no(&mut self, person: &'static str, purpose: &'static str) {
        *self.words.entry((person, purpose)).or_default() = Word { yes: false, no: true, confirmed: None };
    }

    fn stop(&mut self, (person, mailbox): (&'static str, &'static str), purpose: &'static str, step: usize) {
        self.refused.insert((mailbox, purpose), step);
        let of = if purpose.is_empty() { PURPOSES.to_vec() } else { vec![purpose] };
        for purpose in of {
            self.say_no(person, purpose);
        }
    }
}

/// The real thing.
struct House {
    daemon: Daemon,
    rows: Vec<(i64, String)>,
}

impl House {
    async fn open() -> Self {
        let premises = proof::premises_that_answer(&format!("{PURPOSES_TOO}{SIGN_UPS}"), "confirmations", "sign_up");
        let house = Self { daemon: Daemon::over(premises, HandClock::new()).await, rows: Vec::new() };
        for person in PEOPLE {
            house.import(person, Vec::new()).await;
        }
        house
    }

    async fn import(&self, (name, mailbox): (&str, &str), consents: Vec<ConsentClaim>) {
        let row = CustomerRow {
            external_id: Some(name.to_owned()),
            address: address(mailbox),
            fields: Fields::new(),
            untold: Arc::default(),
            zone: None,
            language: None,
            consents,
        };
        let rules = self.daemon.engine.in_force.clone();
        let _ = self.daemon.engine.store.put_customers(vec![row], rules, Dry::Apply).await.unwrap();
    }

    async fn person(&self, name: &str) -> Customer {
        self.daemon.engine.store.find_by_external_id(name).await.unwrap().unwrap()
    }

    async fn link(&self, name: &str, purpose: &str) -> Link {
        let customer = self.person(name).await.handle;
        Link { customer, purpose: purpose.to_owned(), plan: PlanId(1), issued_at: self.daemon.clock.now() }
    }

    /// By the link of the question that was planned last.
    async fn confirm(&self, name: &str) {
        let customer = self.person(name).await;
        let plans = self.daemon.engine.store.plans_of(customer.id).await.unwrap();
        let asked = plans.iter().filter(|plan| plan.facts.purpose == "confirmations").map(|plan| plan.facts.id).max();
        let link = Link { plan: asked.expect("they were asked"), ..self.link(name, "confirmations").await };
        let _ = link.sign(&self.daemon.engine.keys, LinkPurpose::Confirm);
        assert!(self.daemon.engine.desk().confirm(&link, None).await.unwrap().is_some());
    }

    /// Holds what is there against the model, and the rows against those that were there before.
    async fn compare(&mut self, model: &Model, what: &str) {
        let store = &self.daemon.engine.store;
        let mut rows = Vec::new();
        for (name, mailbox) in PEOPLE {
            let customer = self.person(name).await;
            let said = store.consents(customer.id).await.unwrap();
            rows.extend(said.iter().map(|said| (said.row, format!("{} {said:?}", customer.id))));
            let view = self.daemon.engine.desk().preferences(&self.link(name, "news").await).await.unwrap().unwrap();
            for purpose in PURPOSES {
                let about = said.iter().filter(|said| said.purpose.as_deref().is_none_or(|of| of == purpose));
                let history: Vec<_> = about.map(comity::store::Said::entry).collect();
                let word = model.word(name, purpose);
                let state = match consent::fold(&history) {
                    ConsentState::Never => (false, false),
                    ConsentState::Granted(_) => (true, false),
                    ConsentState::Withdrawn { .. } => (false, true),
                };
                assert_eq!(state, (word.yes, word.no), "{name}, {purpose}, after {what}: {history:?}");
                let comes = word.yes && !model.is_against((name, mailbox), purpose);
                assert_eq!(view.purposes[purpose] == Stands::On, comes, "{name}, {purpose}, after {what}: {view:?}");
            }
        }
        rows.sort();
        let kept = rows.iter().filter(|(row, _)| self.rows.iter().any(|(before, _)| before == row));
        assert!(kept.eq(self.rows.iter()), "after {what}: a row is gone, or another");
        self.rows = rows;
    }
}

fn address(mailbox: &str) -> EmailAddress {
    EmailAddress::parse(&format!("{mailbox}@post.example")).unwrap()
}

/// One thing that happens; gives what it was.
async fn happen(house: &House, model: &mut Model, dice: &mut Dice, step: usize) -> String {
    let (person, purpose) = (dice.pick(&PEOPLE), dice.pick(&PURPOSES));
    let (name, _) = person;
    let desk = house.daemon.engine.desk();
    let english = Language::parse("en").unwrap();
    let now = house.daemon.clock.now();
    match dice.below(9) {
        0 | 1 => {
            let claim = ConsentClaim::new(purpose, ConsentKind::Granted, now, "list.csv:2");
            house.import(person, vec![claim]).await;
            model.say_yes(name, purpose, None);
            format!("an import of a yes of {name}'s to {purpose}")
        }
        2 => {
            let claim = ConsentClaim::new(purpose, ConsentKind::Withdrawn, now, "list.csv:3");
            house.import(person, vec![claim]).await;
            model.say_no(name, purpose);
            format!("an import of a no of {name}'s to {purpose}")
        }
        3 => {
            let purpose = if dice.below(3) == 0 { "" } else { purpose };
            let stopped = desk.stop(&house.link(name, purpose).await, StopVia::OneClick).await;
            assert_eq!(stopped, Ok(StopOutcome::Stopped));
            model.stop(person, purpose, step);
            format!("{name}'s stop of {purpose:?}")
        }
        4 | 5 => {
            let choice = Choice::On { purpose: purpose.to_owned(), language: english, from: None };
            let chosen = desk.choose(&house.link(name, purpose).await, choice).await.unwrap().unwrap();
            assert_eq!(matches!(chosen, Chosen::NoStands), model.is_against(person, purpose), "{name}, {purpose}");
            if matches!(chosen, Chosen::Now(_)) {
                model.say_yes(name, purpose, None);
            }
            format!("{name}'s switching {purpose} on")
        }
        6 => {
            let (_, undo) = desk.stop_of(&house.link(name, purpose).await, purpose).await.unwrap();
            let before = model.clone();
            model.stop(person, purpose, step);
            if let Some(undo) = undo {
                let back = desk.take_back(&house.link(name, purpose).await, undo).await;
                assert_eq!(back, Ok(Some(TakenBack::Now)));
                *model = before;
            }
            format!("{name}'s stop of {purpose}, taken back where it was new")
        }
        7 if model.objected.len() < 2 => {
            let objected = desk.object(&house.link(name, purpose).await).await.unwrap();
            assert_eq!(objected, Some(true), "said again, it is about what was agreed to since");
            model.objected.insert(name, step);
            format!("{name}'s objection")
        }
        // The form knows an address and nobody: twins can't be told apart.
        _ if name == "anna" || name == "twin" => "nothing".to_owned(),
        _ => {
            house.daemon.clock.pass(Duration::from_hours(31 * 24));
            let wish = Wish { address: address(person.1), purposes: vec![purpose.to_owned()], language: english };
            desk.sign_up(wish).await.unwrap();
            if model.signed_up.insert(name) || dice.below(2) == 0 {
                house.confirm(name).await;
                model.say_yes(name, purpose, Some(step));
                return format!("{name}'s confirmed sign-up for {purpose}");
            }
            format!("somebody's signing {name} up for {purpose}")
        }
    }
}

#[tokio::test]
async fn whatever_happens_in_whatever_order_what_holds_is_the_fold_of_what_was_said() {
    let runs = std::env::var("COMITY_CONSENTS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(RUNS);
    let mut dice = Dice::new();
    for _ in 0..runs {
        let mut house = House::open().await;
        let mut model = Model::default();
        let mut told = Vec::new();
        for step in 1..=STEPS {
            house.daemon.clock.pass(Duration::from_mins(1));
            told.push(happen(&house, &mut model, &mut dice, step).await);
            house.compare(&model, &told.join("; ")).await;
        }
        assert!(house.rows.len() > 10, "{told:?}");
        house.daemon.end().await;
    }
}
