//! One story for each workflow of the sample salon: a few people, a few days, and for each message that it left, or why
//! it did not. The engine is the daemon's, on virtual time and on paper; the stories stand in `tests/stories`.

use comity::{
    base::{Instant, Zone, civil::CivilTime, keys::Keyring, token::Link},
    config,
    engine::{
        desk::{StopDesk, StopOutcome},
        import::News,
        rehearse::{Line, Outcome, Rehearsal},
        timeline,
    },
    intake::{Order, ROWS_MAX, Sheet},
    ledger::entry::StopVia,
    plan::PlanState,
    store::Dry,
};
use futures_util::stream;
use std::{cell::RefCell, collections::BTreeSet, fmt::Write, io, path::Path, sync::Arc};
use tokio::sync::mpsc;

/// Somebody in a story.
struct Person {
    name: &'static str,
    language: &'static str,
    /// Where she or he lives, if not where the salon is.
    zone: Option<&'static str>,
    /// Since when there is a yes to tips.
    tips: Option<&'static str>,
}

const fn person(name: &'static str, language: &'static str) -> Person {
    Person { name, language, zone: None, tips: None }
}

impl Person {
    const fn of(self, zone: &'static str) -> Self {
        Self { zone: Some(zone), ..self }
    }

    const fn likes_tips_since(self, day: &'static str) -> Self {
        Self { tips: Some(day), ..self }
    }

    /// As a row of the customers' file. The name is the id, so that the story knows whom it is about.
    fn row(&self, tips: &str) -> String {
        let (name, zone) = (self.name, self.zone.unwrap_or_default());
        let mailbox = name.to_lowercase().replace(|c: char| !c.is_ascii(), "");
        format!("{name};{mailbox}@post.example;{name};{};{zone};{tips}\n", self.language)
    }

    fn traits(&self) -> String {
        let language = if self.language == "fr" { "French" } else { "English" };
        let lives = self.zone.map(|zone| format!(", lives by the clock of {zone}")).unwrap_or_default();
        let tips = self.tips.map(|day| format!(", asked for tips on {day}")).unwrap_or_default();
        format!("{language}{lives}{tips}")
    }

    /// With the time where she or he lives, if that is another.
    fn named(&self, paris: &str) -> String {
        let Some(zone) = self.zone.and_then(Zone::parse) else { return self.name.to_owned() };
        format!("{} ({} in {zone})", self.name, zone.local(at(paris)).format("%H:%M"))
    }
}

/// What happens from outside.
enum Act {
    /// Visits as the salon's book has them now: number, whose, when, and whether they stand.
    Book(&'static [[&'static str; 4]]),
    /// Somebody tells the salon that there should be no more tips.
    NoMoreTips(&'static str),
    /// Somebody presses the mail program's own button, in a message for a purpose.
    Stop(&'static str, &'static str),
    /// The salon halts all sending.
    Pause,
    /// And lifts that.
    Resume,
    /// Only the story says something.
    Aside,
}

/// When, in words, and what it is.
struct Scene(&'static str, &'static str, Act);

/// A story before it is told.
struct Story {
    workflow: &'static str,
    people: Vec<Person>,
    from: &'static str,
    to: &'static str,
    scenes: Vec<Scene>,
}

fn salon() -> Zone {
    Zone::parse("Europe/Paris").unwrap()
}

fn at(paris: &str) -> Instant {
    CivilTime::parse(paris).unwrap().at(salon())
}

impl Story {
    /// Lets it happen, and tells it.
    async fn tell(self) -> String {
        let data = tempfile::tempdir().unwrap();
        let mut installation = config::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        installation.config.data = data.path().to_owned();
        let keys = Arc::new(Keyring::derive(&[7; 32]));
        let rehearsal = Rehearsal::open(Arc::new(installation), keys, at(self.from)).await.unwrap();
        let rows: String = self.people.iter().map(|person| person.row(person.tips.unwrap_or_default())).collect();
        import(&rehearsal, "customers", rows).await;

        // Before each scene: how much of the report is its past.
        let pasts = RefCell::new(vec![]);
        let events = self.scenes.iter().map(|scene| (at(scene.0), scene)).collect();
        let (rehearsing, story, noted) = (&rehearsal, &self, &pasts);
        timeline::drive(&rehearsal.engine, &rehearsal.clock, at(self.to), events, |scene| async move {
            let past = rehearsing.report().await?.len();
            noted.borrow_mut().push(past);
            story.play(rehearsing, &scene.2).await;
            Ok(())
        })
        .await
        .unwrap();

        let open = [PlanState::Planned, PlanState::Leased, PlanState::Sending];
        let plans = rehearsal.engine.store.status().await.unwrap().plans;
        assert!(open.iter().all(|state| !plans.contains_key(state)), "the story leaves ends open: {plans:?}");
        let lines = rehearsal.report().await.unwrap();
        rehearsal.engine.close().await;
        self.transcript(lines, &pasts.into_inner())
    }

    async fn play(&self, rehearsal: &Rehearsal, act: &Act) {
        match act {
            Act::Book(visits) => {
                let rows = visits.iter().map(|visit| visit.join(";") + "\n").collect();
                import(rehearsal, "appointments", rows).await;
            }
            Act::NoMoreTips(name) => {
                let person = self.people.iter().find(|person| person.name == *name).unwrap();
                import(rehearsal, "customers", person.row("no")).await;
            }
            Act::Stop(name, purpose) => {
                let store = &rehearsal.engine.store;
                let customer = store.find_by_external_id(name).await.unwrap().unwrap();
                let plans = store.plans_of(customer.id).await.unwrap();
                let sent = plans.iter().find(|p| p.facts.purpose == *purpose && p.state == PlanState::Sent);
                let plan = sent.expect("whoever presses stop has a message to press it in").facts.id;
                let link =
                    Link { customer: customer.handle, purpose: (*purpose).to_owned(), plan, issued_at: Instant::NEVER };
                let outcome = rehearsal.engine.desk().stop(&link, StopVia::OneClick).await;
                assert_eq!(outcome, Ok(StopOutcome::Stopped));
            }
            Act::Pause => rehearsal.engine.office().pause("the salon's own").await.unwrap(),
            Act::Resume => drop(rehearsal.engine.office().resume().await.unwrap()),
            Act::Aside => {}
        }
    }

    /// The scenes and what came of them, day by day.
    fn transcript(&self, mut lines: Vec<Line>, pasts: &[usize]) -> String {
        let mut tale = Tale::default();
        let mut introduced: Vec<(String, Vec<&str>)> = vec![];
        for person in &self.people {
            match introduced.iter_mut().find(|(traits, _)| *traits == person.traits()) {
                Some((_, names)) => names.push(person.name),
                None => introduced.push((person.traits(), vec![person.name])),
            }
        }
        for (traits, names) in introduced {
            writeln!(tale.text, "  {}: {traits}", names.join(", ")).unwrap();
        }

        let mut told = 0;
        for (Scene(when, words, act), past) in self.scenes.iter().zip(pasts) {
            self.chapter(&mut tale, &mut lines[told..*past]);
            tale.moment(when, words);
            // One visit is in the words; a whole book is shown.
            if let Act::Book(visits @ [_, _, ..]) = act {
                for [_, name, starts_at, _] in *visits {
                    let visit = CivilTime::parse(starts_at).unwrap().local.format("%A, %-d %B at %H:%M");
                    writeln!(tale.text, "         {name}, {visit}").unwrap();
                }
            }
            told = *past;
        }
        self.chapter(&mut tale, &mut lines[told..]);
        tale.text
    }

    /// What came between two scenes. Lanes work side by side, so that within a minute the order of people is chance's.
    fn chapter(&self, tale: &mut Tale, lines: &mut [Line]) {
        lines.sort_by_key(|line| (line.local.clone(), line.customer.clone()));
        // The salon's other workflow has a story of its own.
        lines
            .iter()
            .filter(|line| line.workflow == self.workflow)
            .for_each(|l| tale.moment(&l.local, &self.sentence(l)));
    }

    fn sentence(&self, line: &Line) -> String {
        let person = self.people.iter().find(|person| person.name == line.customer).unwrap();
        let (name, step) = (person.named(&line.local), line.step.trim_start_matches('-'));
        let because = line.because.as_deref().unwrap_or_default();
        match line.outcome {
            Outcome::Sent => format!("{name} gets \"{}\"", line.subject.as_deref().unwrap()),
            Outcome::Held => format!("{name} must wait for the message of {step}. {because}"),
            Outcome::Refused => format!("{name} does not get the message of {step}. {because}"),
            Outcome::Voided => format!("{name} will not get the message of {step}: its date is gone."),
            Outcome::Failed => panic!("paper takes everything: {line:?}"),
        }
    }
}

/// What has been told.
#[derive(Default)]
struct Tale {
    text: String,
    day: String,
}

impl Tale {
    fn moment(&mut self, paris: &str, words: &str) {
        let local = CivilTime::parse(paris).unwrap().local;
        let day = local.format("%A, %-d %B %Y").to_string();
        if self.day != day {
            writeln!(self.text, "\n{day}").unwrap();
            self.day = day;
        }
        writeln!(self.text, "  {}  {words}", local.format("%H:%M")).unwrap();
    }
}

/// Imports rows, all of which must be taken.
async fn import(rehearsal: &Rehearsal, kind: &str, rows: String) {
    let columns = match kind {
        "customers" => "id;email;first_name;language;time_zone;consent:visit-tips",
        _ => "id;customer;starts_at;status",
    };
    let office = rehearsal.engine.office();
    let (sheet, now) = (Sheet::named(kind, &office.policy()).unwrap(), office.clock.now());
    let order = Order { sheet, name: kind.to_owned(), ignore: BTreeSet::new(), rows_max: ROWS_MAX, now };
    let bytes = stream::iter([Ok::<_, io::Error>(format!("{columns}\n{rows}").into_bytes())]);
    let (listener, mut news) = mpsc::channel(1);
    let hear = async {
        while let Some(news) = news.recv().await {
            assert!(matches!(news, News::Progress { .. } | News::Done(_)), "{rows}: {news:?}");
        }
    };
    tokio::join!(office.import(order, bytes, Dry::Apply, listener), hear);
}

/// Compares a story with what `tests/stories` holds under its workflow's name.
async fn told(story: Story) {
    let name = story.workflow;
    let tale = story.tell().await;
    insta::with_settings!({ snapshot_path => "stories", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, tale);
    });
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
    told(Story { workflow, people: people.into(), from, to, scenes }).await;
}

#[tokio::test]
async fn tips_come_to_those_who_asked_for_them_and_not_too_often() {
    let people = vec![
        person("Anna", "en").likes_tips_since("2026-11-02"),
        person("Benoît", "fr"),
        person("Claire", "fr").likes_tips_since("2026-05-20"),
        person("Denise", "fr").of("America/Toronto").likes_tips_since("2026-12-01"),
        person("Emma", "en").likes_tips_since("2026-09-14"),
        person("Farid", "fr").likes_tips_since("2025-01-10"),
        person("Gaëlle", "fr").likes_tips_since("2026-08-03"),
        person("Hugo", "fr").likes_tips_since("2026-10-30"),
        person("Inès", "fr").likes_tips_since("2027-01-05"),
    ];
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
        Scene("2027-03-13T11:00", "Claire tells the salon: no more tips, please.", Act::NoMoreTips("Claire")),
        Scene("2027-03-14T18:00", "Inès cancels.", Act::Book(&[["9", "Inès", "2027-03-18T16:30", "cancelled"]])),
        Scene("2027-03-15T12:00", "Gaëlle has read enough, and presses stop.", Act::Stop("Gaëlle", "visit-tips")),
        Scene(
            "2027-03-15T17:00",
            "Hugo's visit moves to Friday. His reminders say so; tips stay silent.",
            Act::Book(&[["8", "Hugo", "2027-03-19T16:00", "booked"]]),
        ),
    ];
    let (workflow, from, to) = ("visit-tips", "2027-03-08T08:00", "2027-04-09T08:00");
    told(Story { workflow, people, from, to, scenes }).await;
}
