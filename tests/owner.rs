//! What the owner hears: by a real mail server, from the sample salon with a database of its own.

mod alarms;
mod answers;
mod killed;
mod morning;
mod visits;
mod webhook;

use crate::support::{
    door::OpenDoor,
    http::{Answer as Page, ask, exchange},
    smtp::{Script, Server},
};
use comity::{
    base::{
        Clock, EmailAddress, Instant, Zone,
        civil::{self, CivilTime},
        token::{Link, LinkPurpose},
    },
    clock::{ClockWatch, SystemClock, VirtualClock},
    config::{self, Answers, Installation},
    engine::{
        arrivals::import::News,
        files::in_force::Outfit,
        house::{
            key_file,
            lifecycle::{Engine, Means},
        },
        owner::Clerk,
        rehearse::paper::Paper,
    },
    ledger::{Carried, Phase, Receipt, Reply},
    people::{Answer, Language},
    policy::Policy,
    store::{Dry, Lasting, Next, Permission, notices::Way},
    web::{Public, listen},
    workflow::Approval,
};
use futures_util::stream;
use mail_parser::MessageParser;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{collections::BTreeSet, io, path::Path, sync::Arc};
use tempfile::TempDir;
use tokio::sync::mpsc;

const OWNER: &str = "lucie@salon.example";
const CUSTOMERS: &str = "id;email;first_name;last_name\nC1;anna@post.example;Anna;Martin\n\
                         C2;bea@post.example;Béa;Roux\nC3;marie@post.example;Marie;Blanc\n\
                         C4;marie2@post.example;Marie;Blanc\n";

/// The sample salon, its clerk, and the mail server that takes the clerk's letters. Nothing else runs.
struct House {
    engine: Engine,
    clerk: Clerk,
    clock: Arc<VirtualClock>,
    server: Server,
    door: OpenDoor,
    data: TempDir,
}

/// A letter as the owner's mail program shows it.
#[derive(Debug, PartialEq, Eq)]
struct Mail {
    to: String,
    id: String,
    subject: String,
    text: String,
    html: String,
}

fn paris(text: &str) -> Instant {
    CivilTime::parse(text).unwrap().at(Zone::parse("Europe/Paris").unwrap())
}

/// The repository's own installation, told to write to the owner.
fn installation(data: &Path, port: u16) -> Installation {
    let mut installation = config::load_with(Path::new(env!("CARGO_MANIFEST_DIR")), []).unwrap();
    // Without the drafts: tests count what is planned.
    installation.workflows.retain(|_, workflow| workflow.oversight.approval == Approval::None);
    let config = &mut installation.config;
    config.data = data.to_owned();
    config.checkpoints = data.join("checkpoints");
    config.smtp.port = port;
    config.owner.mail = Some(EmailAddress::parse(OWNER).unwrap());
    config.owner.answers = Answers::AtOnce;
    config.owner.morning_mail = civil::parse_time("07:00");
    installation
}

fn in_language(installation: &mut Installation, tag: &str) {
    let mut policy: Policy = (*installation.policy).clone();
    policy.business.language = Language::parse(tag).unwrap();
    installation.policy = Arc::new(policy);
}

fn in_french(installation: &mut Installation) {
    in_language(installation, "fr");
}

impl House {
    /// On a morning of March 2027, with four customers.
    async fn open(at: &str) -> Self {
        Self::with(at, |_| {}).await
    }

    async fn with(at: &str, change: impl FnOnce(&mut Installation)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(Script::default()).await;
        let mut installation = installation(data.path(), server.port);
        change(&mut installation);
        let house = Self::over(installation, VirtualClock::starting_at(paris(at)), server, data).await;
        house.import("customers", CUSTOMERS).await;
        house
    }

    async fn over(installation: Installation, clock: Arc<VirtualClock>, server: Server, data: TempDir) -> Self {
        let installation = Arc::new(installation);
        let keys = Arc::new(key_file::load(&installation.config.data).unwrap());
        let means = Means {
            clock: clock.clone(),
            watch: ClockWatch::Off,
            keys: keys.clone(),
            outfit: Outfit::on(Arc::new(Paper::new(clock.clone())), &installation).unwrap(),
            lasting: Lasting::ForEver,
        };
        let engine = Engine::open(installation.clone(), means).await.unwrap();
        let clerk = Clerk { office: engine.office(), keys: keys.clone(), wire: Arc::new(SystemClock) };
        let public = Public::at(engine.desk(), keys, clock.clone());
        let door = OpenDoor::open(public, listen::CONNECTIONS_MAX).await;
        Self { engine, clerk, clock, server, door, data }
    }

    /// Dies without a word, and comes up again over the same database.
    async fn again(self) -> Self {
        self.under(|_| {}).await
    }

    /// Another mail server, and a new start.
    async fn moved_to(mut self, server: Server) -> Self {
        self.server = server;
        let port = self.server.port;
        self.under(|installation| installation.config.smtp.port = port).await
    }

    /// Other files, and a new start.
    async fn under(self, change: impl FnOnce(&mut Installation)) -> Self {
        let mut installation = self.engine.rulebook().installation().clone();
        change(&mut installation);
        self.engine.close().await;
        Self::over(installation, self.clock, self.server, self.data).await
    }

    async fn import(&self, kind: &str, text: &str) {
        let office = self.engine.office();
        let what = office.what(kind, kind.to_owned(), BTreeSet::new()).unwrap();
        let (listener, mut news) = mpsc::channel(8);
        let work = office.import(what, stream::iter([io::Result::Ok(text.as_bytes().to_vec())]), Dry::Apply, listener);
        let hear = async {
            while let Some(news) = news.recv().await {
                assert!(!matches!(news, News::Rejected(_) | News::Failed(_)), "{news:?}");
            }
        };
        tokio::join!(work, hear);
    }

    async fn visits(&self, lines: &str) {
        self.import("appointments", &format!("id;customer;starts_at;status;service\n{lines}")).await;
    }

    /// A calendar file with these events: id, civil start in Paris, title.
    async fn calendar(&self, events: &[(&str, &str, &str)]) {
        let event = |(id, start, title): &(&str, &str, &str)| {
            format!(
                "BEGIN:VEVENT\r\nUID:{id}\r\nDTSTART;TZID=Europe/Paris:{start}\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n"
            )
        };
        let events: String = events.iter().map(event).collect();
        self.import("calendar", &format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")).await;
    }

    /// Time goes on to this moment; nobody looks at it.
    async fn goes_on_to(&self, at: &str) {
        self.clock.allow_until(paris(at));
        self.clock.wait_until(paris(at)).await;
    }

    async fn clerk_looks(&self) {
        for way in [Way::Mail, Way::Webhook] {
            self.clerk.turn(way).await.unwrap();
        }
    }

    /// The same, and the clerk looks.
    async fn clerk_at(&self, at: &str) {
        self.goes_on_to(at).await;
        self.clerk_looks().await;
    }

    /// A customer answers by the link of their first message.
    async fn says(&self, customer: &str, answer: Answer) {
        let store = &self.engine.store;
        let customer = store.find_by_external_id(customer).await.unwrap().unwrap();
        let plan = store.plans_of(customer.id).await.unwrap().remove(0).facts;
        let link = Link { customer: customer.handle, purpose: plan.purpose, plan: plan.id, issued_at: plan.due_at };
        let path = format!("/a/{}/{}", answer.name(), link.sign(&self.engine.keys, LinkPurpose::Answer));
        assert_eq!(self.post(&path, "").await.status, 200);
    }

    /// A customer presses stop in their first message.
    async fn presses_stop(&self, customer: &str) {
        let store = &self.engine.store;
        let customer = store.find_by_external_id(customer).await.unwrap().unwrap();
        let plan = store.plans_of(customer.id).await.unwrap().remove(0).facts;
        let link = Link { customer: customer.handle, purpose: plan.purpose, plan: plan.id, issued_at: plan.due_at };
        let path = format!("/u/{}", link.sign(&self.engine.keys, LinkPurpose::Stop));
        assert_eq!(self.post(&path, "").await.status, 200);
    }

    /// A customer's message that is due is refused by the mail server: there is no such mailbox.
    async fn is_refused(&self, customer: &str) {
        let (store, rulebook) = (&self.engine.store, self.engine.rulebook());
        let customer = store.find_by_external_id(customer).await.unwrap().unwrap();
        let (node, _) = store.begin_node(rulebook.after_uncertain()).await.unwrap();
        let due = store.claim(node, self.clock.now(), 100).await.unwrap();
        let claimed = due.into_iter().find(|claimed| claimed.plan.customer == customer.id).unwrap();
        let plan = claimed.plan.id;
        let permission = store.permit(node, Arc::new(claimed), rulebook).await.unwrap();
        let Permission::Permitted(attempt) = permission else { panic!("{permission:?}") };
        store.intent(attempt.id(), [7; 32]).await.unwrap();
        let reply = Reply { code: 550, enhanced: Some((5, 1, 1)), text: "No such user here".to_owned() };
        let receipt = Receipt::Rejected { phase: Phase::Rcpt, reply };
        store.receipt(Carried { attempt: attempt.id(), plan, receipt }, Next::Done).await.unwrap();
    }

    /// Somebody or something else changes the database.
    async fn damage(&self, sql: &'static str) {
        let options = SqliteConnectOptions::new().filename(self.data.path().join("comity.db"));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        assert!(sqlx::query(sql).execute(&mut connection).await.unwrap().rows_affected() > 0);
    }

    async fn get(&self, path: &str) -> Page {
        ask(self.door.at, "GET", path, "").await
    }

    async fn post(&self, path: &str, body: &str) -> Page {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        exchange(self.door.at, (head + body).as_bytes()).await
    }

    /// The letters that the server has seen.
    fn mail(&self) -> Vec<Mail> {
        let read = |seen: crate::support::smtp::Seen| {
            let message = MessageParser::default().parse(&seen.bytes).unwrap();
            Mail {
                to: seen.recipient,
                id: message.message_id().unwrap().to_owned(),
                subject: message.subject().unwrap().to_owned(),
                text: message.body_text(0).unwrap().replace("\r\n", "\n"),
                html: message.body_html(0).unwrap().replace("\r\n", "\n"),
            }
        };
        self.server.log().messages.into_iter().map(read).collect()
    }

    /// The one letter.
    #[track_caller]
    fn letter(&self) -> Mail {
        let mut mail = self.mail();
        assert_eq!(mail.len(), 1, "{mail:#?}");
        mail.remove(0)
    }
}
