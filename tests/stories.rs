//! One story for each workflow of the sample salon and of the sample shop: a few people, a few days, and for each message that it
//! left, or why it did not. The engine is the daemon's, on virtual time and on paper; the stories stand in `tests/stories`.

mod letters;
mod visits;
mod lists;
mod shop;

use comity::{
    base::{EmailAddress, Instant, PlanId, Zone, civil::CivilTime, keys::Keyring, token::Link},
    config::{self, Installation},
    engine::{
        arrivals::import::News,
        desk::{
            PreferenceDesk, StopDesk, StopOutcome,
            address::AddressDesk,
            my_data::{DataDone, DataWish, MyDataDesk},
            recommended::{Click, RecommendedDesk},
            sign_up::{SignUpDesk, Wish},
        },
        rehearse::{Line, Outcome, Rehearsal, Written, timeline},
    },
    intake::{Order, ROWS_MAX, Sheet},
    ledger::entry::StopVia,
    people::Language,
    plan::PlanState,
    render::scope::anchor,
    store::{AddressStands, Choice, Chosen, Dry, Published},
    workflow::{Approval, Oversight},
};
use futures_util::stream;
use lists::Lists;
use std::{cell::RefCell, collections::BTreeSet, fmt::Write, io, path::Path, sync::Arc};
use tokio::sync::mpsc;

/// Whose workflows are told of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum House {
    Salon,
    Shop,
}

impl House {
    /// Its files.
    fn installation(self) -> Installation {
        match self {
            Self::Salon => config::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap(),
            Self::Shop => shop::installation(),
        }
    }

    /// Of the customers' file, up to the consent.
    const fn columns(self) -> &'static str {
        match self {
            Self::Salon => "id;email;first_name;language;time_zone;birthday",
            Self::Shop => "id;email;first_name;language",
        }
    }

    /// Of the till's. A salon's names what was bought, a shop's its number.
    const fn sales(self) -> &'static str {
        match self {
            Self::Salon => "id;customer;bought_at;product;status",
            Self::Shop => "id;customer;bought_at;sku;status",
        }
    }

    /// Where its stories stand.
    const fn folder(self) -> &'static str {
        match self {
            Self::Salon => "stories",
            Self::Shop => "stories/shop",
        }
    }
}

/// Somebody in a story.
struct Person {
    name: &'static str,
    language: &'static str,
    /// Where she or he lives, if not where the salon is.
    zone: Option<&'static str>,
    /// Since when there is a yes to the story's purpose.
    agreed: Option<&'static str>,
    /// Month and day, where the salon knows them.
    birthday: Option<&'static str>,
}

const fn person(name: &'static str, language: &'static str) -> Person {
    Person { name, language, zone: None, agreed: None, birthday: None }
}

impl Person {
    const fn of(self, zone: &'static str) -> Self {
        Self { zone: Some(zone), ..self }
    }

    const fn said_yes_on(self, day: &'static str) -> Self {
        Self { agreed: Some(day), ..self }
    }

    const fn born_on(self, day: &'static str) -> Self {
        Self { birthday: Some(day), ..self }
    }

    /// As a row of the customers' file. The name is the id, so that the story knows whom it is about.
    fn row(&self, house: House, consent: &str) -> String {
        let (name, zone) = (self.name, self.zone.unwrap_or_default());
        let own = match house {
            House::Salon => format!("{zone};{};", self.birthday.unwrap_or_default()),
            House::Shop => String::new(),
        };
        format!("{name};{};{name};{};{own}{consent}\n", self.mailbox(), self.language)
    }

    fn mailbox(&self) -> String {
        format!("{}@post.example", self.name.to_lowercase().replace(|c: char| !c.is_ascii(), ""))
    }

    fn traits(&self, asked_for: &str) -> String {
        let language = if self.language == "fr" { "French" } else { "English" };
        let lives = self.zone.map(|zone| format!(", lives by the clock of {zone}")).unwrap_or_default();
        let born = self.birthday.map(|day| format!(", birthday on {day}")).unwrap_or_default();
        let agreed = self.agreed.map(|day| format!(", asked for {asked_for} on {day}")).unwrap_or_default();
        format!("{language}{lives}{born}{agreed}")
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
    /// The till: number, whose, when, what, and whether it was paid.
    Till(&'static [[&'static str; 5]]),
    /// The till, where it sold much that was paid: number, whose, when, what.
    Orders(Vec<[String; 4]>),
    /// Somebody says yes to the story's purpose, now.
    Yes(&'static str),
    /// Somebody tells the salon no.
    No(&'static str),
    /// Somebody types their address into the form, and chooses a purpose.
    SignUp(&'static str, &'static str),
    /// Somebody presses the button behind the link of the question that they got.
    Confirm(&'static str),
    /// Somebody asks for the link to their data.
    AskForData(&'static str),
    /// Somebody wants to be written to at another address.
    AskToMove(&'static str, &'static str),
    /// Somebody's mailbox says yes, and finds the question so.
    AgreeToMove(&'static str, AddressStands),
    /// Somebody opens what the link that they got leads to.
    OpenData(&'static str),
    /// Somebody says a yes anew, on their page.
    Renew(&'static str, &'static str),
    /// Somebody presses the button beside a product, by its number: it doesn't interest them.
    NotInterested(&'static str, &'static str),
    /// Somebody presses the mail program's own button, in a message for a purpose.
    Stop(&'static str, &'static str),
    /// What the salon does with data changes in its notice: what stood there, and what does from now on.
    Retold(&'static str, &'static str),
    /// The daemon looks whether somebody is to be told of it.
    Tell,
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
    house: House,
    workflow: &'static str,
    /// The purpose that people say yes to, and what they asked for, in words.
    purpose: [&'static str; 2],
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
        let mut installation = self.house.installation();
        installation.config.data = data.path().to_owned();
        // Whoever tells of a draft has approved it. The other drafts have stories of their own.
        installation.workflows.retain(|name, of| name == self.workflow || of.oversight.approval == Approval::None);
        let own = installation.workflows.get_mut(self.workflow).and_then(Arc::get_mut);
        own.unwrap().oversight = Oversight::NONE;
        let keys = Arc::new(Keyring::derive(&[7; 32]));
        let rehearsal = Rehearsal::open(installation, keys, at(self.from), Written::All).await.unwrap();
        let row = |person: &Person| person.row(self.house, person.agreed.unwrap_or_default());
        let rows: String = self.people.iter().map(row).collect();
        import(&rehearsal, "customers", self.columns(), rows).await;
        if self.makes_lists() {
            shop::open(&rehearsal).await;
        }

        // Before each scene: how much of the report is its past.
        let pasts = RefCell::new(vec![]);
        let events = self.scenes.iter().map(|scene| (at(scene.0), scene)).collect();
        let (rehearsing, story, noted) = (&rehearsal, &self, &pasts);
        timeline::drive(&rehearsal.engine, &rehearsal.clock, at(self.to), events, |scene| async move {
            let past = rehearsing.report().await?.len();
            noted.borrow_mut().push(past);
            story.play(rehearsing, scene).await;
            Ok(())
        })
        .await
        .unwrap();

        let open = [PlanState::Planned, PlanState::Leased, PlanState::Sending];
        let plans = rehearsal.engine.store.status().await.unwrap().plans;
        assert!(open.iter().all(|state| !plans.contains_key(state)), "the story leaves ends open: {plans:?}");
        let lines = rehearsal.report().await.unwrap();
        let lists = if self.makes_lists() { Lists::of(&rehearsal, &self.people).await } else { Lists::default() };
        rehearsal.engine.close().await;
        self.transcript(lines, &pasts.into_inner(), lists)
    }

    /// Whether it is about recommendations.
    fn makes_lists(&self) -> bool {
        self.house == House::Shop && self.purpose[0] == "recommendations"
    }

    /// Of the customers' file.
    fn columns(&self) -> String {
        format!("{};consent:{}", self.house.columns(), self.purpose[0])
    }

    fn person(&self, name: &str) -> &Person {
        self.people.iter().find(|person| person.name == name).unwrap()
    }

    async fn play(&self, rehearsal: &Rehearsal, Scene(when, _, act): &Scene) {
        let tell = |row| import(rehearsal, "customers", self.columns(), row);
        match act {
            Act::Book(visits) => {
                let rows = visits.iter().map(|visit| visit.join(";") + "\n").collect();
                import(rehearsal, "appointments", "id;customer;starts_at;status".to_owned(), rows).await;
            }
            Act::Till(sales) => {
                let rows = sales.iter().map(|sale| sale.join(";") + "\n").collect();
                import(rehearsal, "purchases", self.house.sales().to_owned(), rows).await;
            }
            Act::Orders(sales) => {
                let rows = sales.iter().map(|sale| sale.join(";") + ";paid\n").collect();
                import(rehearsal, "purchases", self.house.sales().to_owned(), rows).await;
            }
            Act::Yes(name) => tell(self.person(name).row(self.house, when)).await,
            Act::No(name) => tell(self.person(name).row(self.house, "no")).await,
            Act::NotInterested(name, product) => {
                let link = sent_to(rehearsal, name, self.purpose[0]).await;
                let click = Click::NotInterested(anchor(product));
                assert!(rehearsal.engine.desk().say(&link, click).await.unwrap().is_some(), "it was recommended");
            }
            Act::Stop(name, purpose) => {
                let link = sent_to(rehearsal, name, purpose).await;
                let outcome = rehearsal.engine.desk().stop(&link, StopVia::OneClick).await;
                assert_eq!(outcome, Ok(StopOutcome::Stopped));
            }
            Act::SignUp(name, purpose) => {
                let address = EmailAddress::parse(&self.person(name).mailbox()).unwrap();
                let language = Language::parse(self.person(name).language).unwrap();
                let wish = Wish { address, purposes: vec![(*purpose).to_owned()], language };
                rehearsal.engine.desk().sign_up(wish).await.unwrap();
            }
            Act::Confirm(name) => {
                let link = sent_to(rehearsal, name, "confirmations").await;
                assert!(rehearsal.engine.desk().confirm(&link, None).await.unwrap().is_some());
            }
            Act::Renew(name, purpose) => {
                let link = sent_to(rehearsal, name, purpose).await;
                let language = Language::parse(self.person(name).language).unwrap();
                let choice = Choice::Renew { purpose: (*purpose).to_owned(), language, from: None };
                assert_eq!(rehearsal.engine.desk().choose(&link, choice).await, Ok(Some(Chosen::Renewed)));
            }
            Act::Pause => rehearsal.engine.office().pause("the salon's own").await.unwrap(),
            Act::Resume => drop(rehearsal.engine.office().resume().await.unwrap()),
            Act::Aside => {}
            Act::Retold(from, to) => retell(rehearsal, when, (from, to)).await,
            Act::Tell => rehearsal.engine.notice_news().look().await.unwrap(),
            act => self.play_request(rehearsal, act).await,
        }
    }

    /// What people do about their own data and their address.
    async fn play_request(&self, rehearsal: &Rehearsal, act: &Act) {
        match act {
            Act::AskForData(name) => {
                let customer = rehearsal.engine.store.find_by_external_id(name).await.unwrap().unwrap().handle;
                let (purpose, issued_at) = ("own-data".to_owned(), Instant::NEVER);
                let link = Link { customer, purpose, plan: PlanId(0), issued_at };
                assert_eq!(rehearsal.engine.desk().ask_for_link(&link).await, Ok(Some(())));
            }
            Act::AskToMove(name, to) => {
                let customer = rehearsal.engine.store.find_by_external_id(name).await.unwrap().unwrap().handle;
                let (purpose, issued_at) = ("address-changes".to_owned(), Instant::NEVER);
                let link = Link { customer, purpose, plan: PlanId(0), issued_at };
                let to = EmailAddress::parse(to).unwrap();
                assert_eq!(rehearsal.engine.desk().ask_to_move(&link, to).await, Ok(Some(())));
            }
            Act::AgreeToMove(mailbox, stands) => {
                let link = sent_to(rehearsal, mailbox, "address-changes").await;
                let found = rehearsal.engine.desk().agree_to_move(&link).await.unwrap().unwrap();
                assert_eq!(found.stands, *stands);
            }
            Act::OpenData(name) => {
                let link = sent_to(rehearsal, name, "own-data").await;
                let done = rehearsal.engine.desk().do_with_data(&link, DataWish::See).await.unwrap().unwrap();
                assert!(matches!(done, DataDone::Shown(_)), "{done:?}");
            }
            _ => unreachable!("played before"),
        }
    }

    /// The scenes and what came of them, day by day.
    fn transcript(&self, mut lines: Vec<Line>, pasts: &[usize], lists: Lists) -> String {
        let mut tale = Tale { lists, ..Tale::default() };
        // The crowd is as quiet as it is large.
        let speaks = |line: &Line| self.people.iter().any(|person| person.name == line.customer);
        let quiet = |until: usize| lines.iter().take(until).filter(|line| !speaks(line)).count();
        let pasts: Vec<usize> = pasts.iter().map(|past| past - quiet(*past)).collect();
        lines.retain(speaks);
        let mut introduced: Vec<(String, Vec<&str>)> = vec![];
        for person in &self.people {
            match introduced.iter_mut().find(|(traits, _)| *traits == person.traits(self.purpose[1])) {
                Some((_, names)) => names.push(person.name),
                None => introduced.push((person.traits(self.purpose[1]), vec![person.name])),
            }
        }
        for (traits, names) in introduced {
            writeln!(tale.text, "  {}: {traits}", names.join(", ")).unwrap();
        }

        let mut told = 0;
        for (Scene(when, words, act), past) in self.scenes.iter().zip(pasts) {
            self.chapter(&mut tale, &mut lines[told..past]);
            tale.nights_until(when);
            tale.moment(when, words);
            // One visit is in the words; a whole book is shown.
            if let Act::Book(visits @ [_, _, ..]) = act {
                for [_, name, starts_at, _] in *visits {
                    let visit = CivilTime::parse(starts_at).unwrap().local.format("%A, %-d %B at %H:%M");
                    writeln!(tale.text, "         {name}, {visit}").unwrap();
                }
            }
            told = past;
        }
        self.chapter(&mut tale, &mut lines[told..]);
        tale.text
    }

    /// What came between two scenes. Lanes work side by side, so that within a minute the order of people is chance's.
    fn chapter(&self, tale: &mut Tale, lines: &mut [Line]) {
        lines.sort_by_key(|line| (line.local.clone(), line.customer.clone()));
        // The others of the house have stories of their own.
        for line in lines.iter().filter(|line| line.workflow == self.workflow) {
            tale.nights_until(&line.local);
            tale.moment(&line.local, &self.sentence(line));
            if line.outcome == Outcome::Sent {
                tale.list(line.plan);
            }
        }
    }

    fn sentence(&self, line: &Line) -> String {
        let name = self.person(&line.customer).named(&line.local);
        let step = line.step.trim_start_matches(['-', '+']);
        let because = line.because.as_deref().unwrap_or_default();
        match line.outcome {
            Outcome::Sent => format!("{name} gets \"{}\"", line.subject.as_deref().unwrap()),
            Outcome::Given => format!("Somebody is asked: \"{}\"", line.subject.as_deref().unwrap()),
            Outcome::Held => format!("{name} must wait for the message of {step}. {because}"),
            Outcome::Refused => format!("{name} does not get the message of {step}. {because}"),
            Outcome::Voided => {
                let gone = if self.house == House::Shop { "the purchase doesn't stand" } else { "its date is gone" };
                format!("{name} will not get the message of {step}: {gone}.")
            }
            Outcome::Merged => format!("{name} gets the message of {step} with another one."),
            Outcome::Failed => panic!("paper takes everything: {line:?}"),
        }
    }
}

/// Puts another privacy notice in force: one word of its facts is another one.
async fn retell(rehearsal: &Rehearsal, when: &str, (from, to): (&str, &str)) {
    let edition = rehearsal.engine.in_force.now();
    let mut notice = edition.notice();
    let facts = serde_json::to_string(&notice.content.facts).unwrap();
    assert!(facts.contains(from), "{from} in {facts}");
    notice.content.facts = serde_json::from_str(&facts.replace(from, to)).unwrap();
    notice.version = when.replace(|c: char| !c.is_ascii_digit(), "");
    let published = Published { notice: Some(notice), ..Published::default() };
    let revision = rehearsal.engine.store.in_force().await.unwrap().unwrap().digest;
    rehearsal.engine.store.put_in_force(&revision, published).await.unwrap();
}

/// The link of a message that somebody got.
async fn sent_to(rehearsal: &Rehearsal, name: &str, purpose: &str) -> Link {
    let store = &rehearsal.engine.store;
    let customer = store.find_by_external_id(name).await.unwrap().unwrap();
    let plans = store.plans_of(customer.id).await.unwrap();
    let sent = plans.iter().find(|p| p.facts.purpose == purpose && p.state == PlanState::Sent);
    let plan = sent.expect("whoever presses a link has a message to press it in").facts.id;
    Link { customer: customer.handle, purpose: purpose.to_owned(), plan, issued_at: Instant::NEVER }
}

/// What has been told.
#[derive(Default)]
struct Tale {
    text: String,
    day: String,
    /// What is still to be told of the lists.
    lists: Lists,
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

    /// The nights before that time.
    fn nights_until(&mut self, paris: &str) {
        while let Some((at, words)) = self.lists.next_night(paris) {
            self.moment(&at, &words);
        }
    }

    /// What a message recommends, and why.
    fn list(&mut self, plan: PlanId) {
        for product in self.lists.in_message(plan) {
            writeln!(self.text, "         {product}").unwrap();
        }
    }
}

/// Imports rows, all of which must be taken.
async fn import(rehearsal: &Rehearsal, kind: &str, columns: String, rows: String) {
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
    let (name, folder) = (story.workflow, story.house.folder());
    let tale = Box::pin(story.tell()).await;
    insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, tale);
    });
}
