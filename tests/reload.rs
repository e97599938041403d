//! Changed files while the daemon runs: the whole set or nothing, and no message by rules that are no longer in force.

mod gone;
mod real;

use crate::support::{
    clock::HandClock,
    daemon::{Daemon, NODE, eventually},
    proof,
    smtp::{Guard, Script, Server},
};
use comity::{
    base::{Clock, token::Link},
    config::{Installation, LoadError},
    deliver::{
        ConnectFailure, Lane, Route, SmtpTransport, Transport,
        transport::{Begin, Boxed},
    },
    engine::{
        berth::{Berth, Route as BerthRoute},
        desk::{StopDesk, StopOutcome},
        files::{Fitting, LOOK, NotReloaded, Plans, in_force::Outfit},
        house::lifecycle::PERMIT_LIFE,
        letterhead,
        pipeline::{Pipeline, Place},
        rehearse::paper::Paper,
    },
    gate::facts::HaltCause,
    ledger::entry::StopVia,
    people::Customer,
    plan::PlanState,
    store::{Claimed, Permission, Published, StoreError},
};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

const SUBJECT: &str = "templates/mail/plain/subject.hbs";
const ONCE: &str = "workflows/once.toml";

/// Writes one of the installation's files.
fn write(daemon: &Daemon, path: &str, text: &str) {
    fs::write(daemon.premises.path().join(path), text).unwrap();
}

/// Changes a word in one of them.
fn change(daemon: &Daemon, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(daemon.premises.path().join(path)).unwrap();
    assert!(text.contains(from), "{path} says {from}");
    write(daemon, path, &text.replace(from, to));
}

async fn revision(daemon: &Daemon) -> String {
    daemon.engine.store.in_force().await.unwrap().unwrap().digest
}

async fn states(daemon: &Daemon, customer: &Customer) -> Vec<PlanState> {
    daemon.engine.store.plans_of(customer.id).await.unwrap().iter().map(|plan| plan.state).collect()
}

async fn claim(daemon: &Daemon) -> Arc<Claimed> {
    let claimed = daemon.engine.store.claim(NODE, daemon.clock.now(), 1).await.unwrap();
    Arc::new(claimed.into_iter().next().expect("one is due"))
}

/// What the gate says by the rules that are in force in memory.
async fn permit(daemon: &Daemon, claimed: &Arc<Claimed>) -> Permission {
    daemon.engine.store.permit(NODE, claimed.clone(), daemon.engine.rulebook()).await.unwrap()
}

#[tokio::test]
async fn the_next_message_is_by_the_new_template_and_the_database_knows_the_revision() {
    let mut daemon = Daemon::open().await;
    let files = daemon.files();
    let before = revision(&daemon).await;
    write(&daemon, SUBJECT, "A new word\n");
    let reloaded = files.reload().await.unwrap();
    assert_eq!((reloaded.files, reloaded.plans), (vec![SUBJECT.to_owned()], Plans::UpToDate));
    assert_ne!(reloaded.revision, before);
    assert_eq!(revision(&daemon).await, reloaded.revision);

    let _ = daemon.visit("anna", Duration::ZERO).await;
    daemon.run().await;
    eventually("left", async || daemon.subjects() == ["A new word", "A new word"]).await;
    daemon.end().await;
}

#[tokio::test]
async fn what_was_drafted_under_other_rules_is_drafted_anew() {
    let daemon = Daemon::open().await;
    let files = daemon.files();
    let _ = daemon.visit("anna", Duration::ZERO).await;
    let (claimed, old_rules) = (claim(&daemon).await, daemon.engine.rulebook());
    // Nothing of it changes for this message's plan, which stays leased; only its words are other ones.
    write(&daemon, SUBJECT, "A new word\n");
    files.reload().await.unwrap();
    let store = &daemon.engine.store;
    let asked = store.permit(NODE, claimed.clone(), old_rules).await.unwrap();
    assert!(matches!(asked, Permission::Outdated), "{asked:?}");
    let asked = permit(&daemon, &claimed).await;
    assert!(matches!(asked, Permission::Permitted(_)), "{asked:?}");
    daemon.end().await;
}

#[tokio::test]
async fn nothing_is_permitted_until_all_plans_are_up_to_the_rules_in_force() {
    let daemon = Daemon::open().await;
    let anna = daemon.visit("anna", Duration::ZERO).await;
    let claimed = claim(&daemon).await;
    let (store, rules) = (&daemon.engine.store, daemon.engine.rulebook());
    store.put_in_force("another", Published::default()).await.unwrap();
    store.put_in_force(&rules.installation().revision, Published::default()).await.unwrap();
    let asked = permit(&daemon, &claimed).await;
    assert!(matches!(asked, Permission::Outdated), "its own rules, but not its own plans: {asked:?}");

    // A stop is taken at this moment as at any other.
    let link = Link {
        customer: anna.handle,
        purpose: "reminders".into(),
        plan: claimed.plan.id,
        issued_at: daemon.clock.now(),
    };
    let stopped = daemon.engine.desk().stop(&link, StopVia::OneClick).await.unwrap();
    assert_eq!(stopped, StopOutcome::Stopped);

    let adopted = store.adopt("another").await;
    assert!(matches!(adopted, Err(StoreError::NotInForce(_))), "{adopted:?}");
    assert_eq!(store.in_force().await.unwrap().unwrap().planned_at, None, "another is not in force");
    store.adopt(&rules.installation().revision).await.unwrap();
    let asked = permit(&daemon, &claimed).await;
    assert!(matches!(asked, Permission::Ended), "stopped: {asked:?}");
    daemon.end().await;
}

#[tokio::test]
async fn a_workflow_that_needs_a_yes_or_goes_sends_nothing_more_whatever_is_claimed_or_permitted() {
    for gone in [false, true] {
        let mut daemon = Daemon::open().await;
        let files = daemon.files();
        let anna = daemon.visit("anna", Duration::ZERO).await;
        let bert = daemon.visit("bert", Duration::ZERO).await;
        // One message is leased and drafted, another permitted with its lane about to begin; two wait.
        let (leased, old_rules) = (claim(&daemon).await, daemon.engine.rulebook());
        let other = claim(&daemon).await;
        let Permission::Permitted(attempt) = permit(&daemon, &other).await else { panic!("it may leave") };
        let flight = daemon.engine.flights.open(attempt.id(), [0; 32], &daemon.engine.store);
        for workflow in ["once", "again"] {
            let path = format!("workflows/{workflow}.toml");
            let text = fs::read_to_string(daemon.premises.path().join(&path)).unwrap();
            // Something has to be left.
            if gone && workflow == "once" {
                fs::remove_file(daemon.premises.path().join(&path)).unwrap();
            } else {
                write(&daemon, &path, &text.replace("approval = \"none\"", "approval = \"workflow\""));
            }
        }
        files.reload().await.unwrap();

        assert_eq!(flight.may_begin(), Begin::Revoked);
        drop(flight);
        let asked = daemon.engine.store.permit(NODE, leased.clone(), old_rules).await.unwrap();
        assert!(!matches!(asked, Permission::Permitted(_)), "{asked:?}");
        daemon.engine.store.release(leased.plan.id, leased.plan.epoch, daemon.clock.now()).await.unwrap();
        daemon.run().await;
        daemon.look();
        daemon.beat().await;
        let waiting = async || daemon.engine.store.unapproved().await.unwrap().into_values().sum::<u64>();
        eventually("asked", async || waiting().await == if gone { 2 } else { 4 }).await;
        for customer in [&anna, &bert] {
            let mut states = states(&daemon, customer).await;
            states.sort();
            let of_once = if gone { PlanState::Refused } else { PlanState::Planned };
            assert_eq!(states, [PlanState::Planned, of_once]);
        }
        assert_eq!(daemon.subjects(), [] as [String; 0]);
        daemon.end().await;
    }
}

#[tokio::test]
async fn a_reload_that_can_not_take_back_what_was_permitted_is_acknowledged_when_it_has_expired() {
    let daemon = Daemon::open().await;
    let files = daemon.files();
    let anna = daemon.visit("anna", Duration::ZERO).await;
    let Permission::Permitted(attempt) = permit(&daemon, &claim(&daemon).await).await else { panic!("it may leave") };
    let flight = daemon.engine.flights.open(attempt.id(), [0; 32], &daemon.engine.store);
    daemon.sql("CREATE TRIGGER bad BEFORE UPDATE ON attempts BEGIN SELECT RAISE(ABORT, 'a bad day'); END").await;
    write(&daemon, SUBJECT, "A new word\n");
    let outlasting = PERMIT_LIFE + Duration::from_millis(500);
    let before = daemon.clock.waits(outlasting);
    let reloading = tokio::spawn(async move { files.reload().await });
    eventually("it waits", async || daemon.clock.waits(outlasting) > before).await;
    assert!(!reloading.is_finished() && daemon.clock.boot() < attempt.valid_until());
    daemon.clock.go_on(outlasting);
    let reloaded = reloading.await.unwrap().unwrap();
    assert_eq!(reloaded.plans, Plans::Behind);
    assert!(daemon.clock.boot() > attempt.valid_until(), "no lane writes MAIL any more");

    // The next look takes up what was left.
    daemon.sql("DROP TRIGGER bad").await;
    drop(flight);
    keep_looking(&daemon).await;
    look(&daemon).await;
    assert!(daemon.engine.store.in_force().await.unwrap().unwrap().planned_at.is_some());
    assert_eq!(states(&daemon, &anna).await, [PlanState::Planned; 2]);
    daemon.end().await;
}

#[tokio::test]
async fn a_workflow_that_goes_and_comes_back_before_plans_are_up_to_it_loses_no_message() {
    let mut daemon = Daemon::open().await;
    let files = daemon.files();
    let anna = daemon.visit("anna", Duration::ZERO).await;
    let claimed = claim(&daemon).await;
    let workflow = format!("workflows/{}.toml", claimed.plan.workflow);
    let path = daemon.premises.path().join(&workflow);
    let text = fs::read_to_string(&path).unwrap();
    daemon.sql("CREATE TRIGGER bad BEFORE UPDATE ON plans WHEN NEW.state = 'refused' BEGIN SELECT RAISE(ABORT, 'a bad day'); END").await;
    fs::remove_file(&path).unwrap();
    daemon.clock.end_all_waits();
    assert_eq!(files.reload().await.unwrap().plans, Plans::Behind);

    // It was claimed under the old rules, and is drafted by the new ones, which know nothing of its workflow.
    let engine = &daemon.engine;
    let pipeline = Pipeline {
        store: engine.store.clone(),
        clock: daemon.clock.clone(),
        in_force: engine.in_force.clone(),
        keys: engine.keys.clone(),
        flights: engine.flights.clone(),
        node: NODE,
    };
    let mut berth = Berth::new(BerthRoute::new(daemon.clock.clone()), engine.store.begin_flights(NODE));
    let claimed = Arc::into_inner(claimed).unwrap();
    let still = daemon.clock.stand_still();
    assert!(pipeline.prepare(claimed, still, Place::Free(&mut berth)).await.unwrap().is_none());
    assert_eq!(states(&daemon, &anna).await, [PlanState::Planned; 2]);

    write(&daemon, &workflow, &text);
    daemon.sql("DROP TRIGGER bad").await;
    assert_eq!(files.reload().await.unwrap().plans, Plans::UpToDate);
    daemon.run().await;
    daemon.clock.go_on(Duration::from_mins(1));
    daemon.look();
    eventually("left", async || daemon.subjects().len() == 2).await;
    daemon.end().await;
}

#[tokio::test]
async fn another_offset_plans_every_message_anew() {
    let daemon = Daemon::open().await;
    let files = daemon.files();
    let _ = daemon.visit("anna", Duration::from_hours(5)).await;
    let due = daemon.engine.store.next_due().await.unwrap().unwrap();
    change(&daemon, ONCE, "\"1h\"", "\"3h\"");
    files.reload().await.unwrap();
    assert_eq!(daemon.engine.store.next_due().await.unwrap(), Some(due.minus(Duration::from_hours(2))));
    // And back, with nothing lost and nothing twice.
    change(&daemon, ONCE, "\"3h\"", "\"1h\"");
    files.reload().await.unwrap();
    assert_eq!(daemon.engine.store.next_due().await.unwrap(), Some(due));
    let planned = daemon.engine.store.status().await.unwrap().plans[&PlanState::Planned];
    assert_eq!(planned, 2);
    daemon.end().await;
}

#[tokio::test]
async fn a_set_with_one_mistake_changes_nothing_at_all() {
    let daemon = Daemon::open().await;
    let files = daemon.files();
    let before = (revision(&daemon).await, daemon.engine.office().policy().business.name.clone());
    change(&daemon, "policy.toml", "Salon Lumière", "Salon Ombre");
    change(&daemon, ONCE, "by = [", "buy = [");
    let refused = files.reload().await.unwrap_err();
    assert!(matches!(refused, NotReloaded::Load(LoadError::Findings(_))), "{refused:?}");
    assert!(refused.in_full().contains("buy = ["), "drawn as by check: {}", refused.in_full());
    let office = daemon.engine.office();
    assert_eq!((revision(&daemon).await, office.policy().business.name.clone()), before);
    let trouble = office.standing().await.unwrap().trouble.expect("the status says so");
    assert_eq!(trouble.since, daemon.clock.now());
    assert!(trouble.why.starts_with("2 mistakes") && trouble.why.contains(ONCE), "{trouble:?}");

    // Another mistake in its place: it is in trouble since the first.
    daemon.clock.pass(Duration::from_mins(1));
    change(&daemon, ONCE, "buy = [", "bye = [");
    files.reload().await.unwrap_err();
    assert_eq!(office.standing().await.unwrap().trouble.unwrap().since, trouble.since);

    change(&daemon, ONCE, "bye = [", "by = [");
    files.reload().await.unwrap();
    assert_eq!(office.standing().await.unwrap().trouble, None);
    assert_eq!(office.policy().business.name, "Salon Ombre");
    daemon.end().await;
}

#[tokio::test]
async fn a_key_that_needs_a_restart_is_refused_by_name_and_the_rest_of_the_set_with_it() {
    let daemon = Daemon::open().await;
    let files = daemon.files();
    let before = revision(&daemon).await;
    write(&daemon, SUBJECT, "A new word\n");
    change(&daemon, "comity.toml", "127.0.0.1:0", "127.0.0.1:8780");
    change(&daemon, "comity.toml", "lanes = 4", "lanes = 5");
    let refused = files.reload().await.unwrap_err();
    assert_eq!(refused.to_string(), "only a new start takes over [web] listen and [smtp] lanes: restart the daemon");
    assert_eq!(revision(&daemon).await, before);
    daemon.end().await;
}

#[tokio::test]
async fn files_that_are_put_back_are_in_force_again_whatever_the_database_was_told_in_between() {
    let daemon = Daemon::open().await;
    let files = daemon.files();
    let first = revision(&daemon).await;
    // A commit whose answer was lost on the way.
    daemon.engine.store.put_in_force("another", Published::default()).await.unwrap();
    files.reload().await.unwrap();
    let in_force = daemon.engine.store.in_force().await.unwrap().unwrap();
    assert_eq!((in_force.digest, in_force.planned_at.is_some()), (first, true));
    daemon.end().await;
}

/// Lets the time to the next look pass, and the look happen.
async fn look(daemon: &Daemon) {
    let before = daemon.clock.waits(LOOK);
    daemon.clock.go_on(LOOK);
    eventually("a look", async || daemon.clock.waits(LOOK) > before).await;
}

/// Looks at its files in the background, up to the wait for the first look.
async fn keep_looking(daemon: &Daemon) {
    let files = daemon.files();
    tokio::spawn(async move { files.look().await });
    eventually("it looks", async || daemon.clock.waits(LOOK) > 0).await;
}

#[tokio::test]
async fn a_changed_file_is_noticed_when_it_has_stood_still_and_a_mistake_is_tried_once() {
    let daemon = Daemon::open().await;
    keep_looking(&daemon).await;
    let (first, in_force) = (revision(&daemon).await, || daemon.engine.in_force.now());
    for _ in 0..3 {
        look(&daemon).await;
    }
    assert_eq!(revision(&daemon).await, first, "nothing has changed");

    // Somebody is at work: each look sees something else.
    for word in ["A", "A new", "A new word\n"] {
        write(&daemon, SUBJECT, word);
        look(&daemon).await;
        assert_eq!(revision(&daemon).await, first, "half a set");
    }
    look(&daemon).await;
    let second = revision(&daemon).await;
    assert_ne!(second, first);
    assert_eq!(in_force().revision(), second);

    // A new file counts, too; this one is a mistake.
    write(&daemon, "workflows/third.toml", "purpose = \"newsletter\"\n");
    look(&daemon).await;
    look(&daemon).await;
    let trouble = daemon.engine.in_force.trouble().expect("it was tried");
    look(&daemon).await;
    look(&daemon).await;
    assert_eq!(daemon.engine.in_force.trouble(), Some(trouble));
    fs::remove_file(daemon.premises.path().join("workflows/third.toml")).unwrap();
    look(&daemon).await;
    look(&daemon).await;
    assert_eq!((daemon.engine.in_force.trouble(), revision(&daemon).await), (None, second));
    daemon.end().await;
}

#[tokio::test]
async fn what_a_lost_answer_left_in_the_database_is_put_right_by_the_next_look() {
    let mut daemon = Daemon::open().await;
    keep_looking(&daemon).await;
    let first = revision(&daemon).await;
    // A commit whose answer was lost on the way, for files that nobody has any more.
    daemon.engine.store.put_in_force("another", Published::default()).await.unwrap();
    let _ = daemon.visit("anna", Duration::ZERO).await;
    daemon.run().await;
    assert_eq!(
        daemon.engine.store.next_claim(daemon.engine.in_force.now().revision()).await.unwrap(),
        None,
        "nothing goes until all is up to one revision"
    );
    look(&daemon).await;
    let in_force = daemon.engine.store.in_force().await.unwrap().unwrap();
    assert_eq!((in_force.digest, in_force.planned_at.is_some()), (first, true));
    eventually("left", async || daemon.subjects().len() == 2).await;
    daemon.end().await;
}

#[tokio::test]
async fn files_that_can_not_be_used_are_tried_once_also_where_they_name_other_secrets() {
    let clock = HandClock::new();
    let (tries, paper) = (Arc::new(AtomicUsize::new(0)), Arc::new(Paper::new(clock.clone() as Arc<dyn Clock>)));
    let count = tries.clone();
    let fitting: Fitting = Arc::new(move |installation| {
        count.fetch_add(1, SeqCst);
        anyhow::ensure!(installation.config.mail.dkim.is_none(), "a key that can't be used");
        Outfit::on(paper.clone(), installation)
    });
    let daemon = Daemon::with(proof::premises_to(25), clock, fitting).await;
    keep_looking(&daemon).await;
    let key = "[mail]\ndkim = { domain = \"salon.example\", selector = \"s\", key_file = \"key.pem\" }\n";
    change(&daemon, "comity.toml", "[mail]\n", key);
    write(&daemon, "key.pem", "no key");
    let before = tries.load(SeqCst);
    for _ in 0..8 {
        look(&daemon).await;
    }
    assert_eq!(daemon.engine.in_force.trouble().unwrap().why, "a key that can't be used");
    assert_eq!(tries.load(SeqCst) - before, 1);
    // Another key in its file is worth another try.
    write(&daemon, "key.pem", "no key either");
    for _ in 0..4 {
        look(&daemon).await;
    }
    assert_eq!(tries.load(SeqCst) - before, 2);
    daemon.end().await;
}

#[tokio::test]
async fn a_secret_that_was_missing_is_noticed_when_it_is_there() {
    let daemon = Daemon::open().await;
    keep_looking(&daemon).await;
    let hook = "[owner.webhook]\nurl = \"https://salon.example/comity\"\nsecret_file = \"secret\"\n[mail]\n";
    change(&daemon, "comity.toml", "[mail]\n", hook);
    look(&daemon).await;
    look(&daemon).await;
    assert!(daemon.engine.in_force.trouble().is_some(), "there is no such file");
    write(&daemon, "secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let path = daemon.premises.path().join("secret");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    look(&daemon).await;
    look(&daemon).await;
    assert_eq!(daemon.engine.in_force.trouble(), None);
    assert!(daemon.engine.in_force.now().config().owner.webhook.is_some());
    daemon.end().await;
}

/// A secret, planted.
const CANARY: &str = "canary-7f3a";
/// Ways to write one down, and to go wrong with it.
const SECRETS: [&str; 8] = [
    "password = \"canary-7f3a\"\n",
    "pasword = \"canary-7f3a\"\n",
    "password = \"canary-7f3a\n",
    "password = canary-7f3a\n",
    "[[sources]]\nname = \"salon\"\ncalendar = \"https://anna:canary-7f3a@salon.example/\"\n",
    "[[sources]]\nname = \"salon\"\ncalendar = \"ftp://salon.example/canary-7f3a\"\n",
    "[[sources]]\nname = \"salon\"\ncalendar = [\"https://salon.example/canary-7f3a\"]\n",
    "[owner.webhook]\nurl = \"ftp://salon.example/canary-7f3a\"\nsecret_file = \"none\"\n",
];

/// These settings with a secret: a password in its section, the others below.
fn plant(settings: &str, secret: &str) -> String {
    if secret.starts_with('[') {
        return format!("{settings}{secret}");
    }
    settings.replace("[smtp]\n", &format!("[smtp]\n{secret}"))
}

#[tokio::test]
async fn what_a_setting_says_comes_into_no_log_status_or_letter_whichever_key_it_stands_at() {
    let daemon = Daemon::open().await;
    let files = daemon.files();
    let whole = fs::read_to_string(daemon.premises.path().join("comity.toml")).unwrap();
    let at_another_key = [
        ("mail", "from"),
        ("mail", "dkim"),
        ("smtp", "tls"),
        ("smtp", "port"),
        ("smtp", "timeouts"),
        ("web", "listen"),
        ("web", "public_url"),
        ("log", "format"),
        ("api", "listen"),
        ("owner", "mail"),
        ("owner", "morning_mail"),
        ("owner", "answers"),
        ("limits", "shutdown"),
        ("limits", "claim_rows"),
    ];
    let elsewhere = at_another_key.map(|(section, key)| {
        let mut settings: toml::Table = whole.parse().unwrap();
        let section = settings.entry(section).or_insert(toml::Table::new().into());
        section.as_table_mut().unwrap().insert(key.to_owned(), CANARY.into());
        settings.to_string()
    });
    let mode = format!("mode = \"{CANARY}\"\n{whole}");
    let named = format!("{whole}[[sources]]\nname = \"https://salon.example/{CANARY}\"\ncalendar = \"x.ics\"\n");
    let secrets = SECRETS.map(|secret| plant(&whole, secret));
    for settings in elsewhere.into_iter().chain([mode, named]).chain(secrets) {
        write(&daemon, "comity.toml", &settings);
        let refused = files.reload().await.expect_err(&settings);
        assert!(refused.in_brief().contains("comity.toml, line "), "{}", refused.in_brief());
        // The status and the owner's letter have their words from there.
        let why = daemon.engine.in_force.trouble().unwrap().why;
        assert!(why == refused.in_brief() && !why.contains(CANARY), "{why}");
    }
    daemon.end().await;
}

#[tokio::test]
async fn a_link_that_is_switched_to_another_folder_is_a_changed_set() {
    let daemon = Daemon::open().await;
    keep_looking(&daemon).await;
    let first = revision(&daemon).await;
    // As Kubernetes mounts a ConfigMap, and as releases are deployed.
    let folder = daemon.premises.path().join("templates/mail/plain");
    let other = daemon.premises.path().join("other");
    fs::rename(&folder, &other).unwrap();
    fs::write(other.join("subject.hbs"), "By a link\n").unwrap();
    std::os::unix::fs::symlink(&other, &folder).unwrap();
    look(&daemon).await;
    look(&daemon).await;
    assert_ne!(revision(&daemon).await, first);
    daemon.end().await;
}

/// A server that takes one password, and a way to it: the real one, but for the authority that vouches for the server.
fn by_login(server: &Server, clock: &Arc<HandClock>, installation: &Installation) -> anyhow::Result<Outfit> {
    let route = Route { extra_roots: server.certificate.iter().cloned().collect(), ..installation.config.smtp.route() };
    Ok(Outfit {
        letterhead: Arc::new(letterhead::on_paper(installation)?),
        transport: Arc::new(SmtpTransport::over(route, clock.clone())?),
        stack: None,
    })
}

/// A server, and how often it was knocked at.
struct Knocked(Paper, AtomicUsize);

impl Transport for Knocked {
    fn connect(&self) -> Boxed<'_, Result<Box<dyn Lane>, ConnectFailure>> {
        self.1.fetch_add(1, SeqCst);
        self.0.connect()
    }
}

#[tokio::test]
async fn a_letter_goes_to_the_server_of_its_own_edition() {
    let clock = HandClock::new();
    let server = || Arc::new(Knocked(Paper::new(clock.clone()), AtomicUsize::new(0)));
    let (old, new) = (server(), server());
    let servers = [(25, old.clone()), (26, new.clone())];
    let fitting: Fitting = Arc::new(move |installation| {
        let (_, transport) = servers.iter().find(|(port, _)| *port == installation.config.smtp.port).unwrap();
        let letterhead = Arc::new(letterhead::on_paper(installation)?);
        Ok(Outfit { letterhead, transport: transport.clone(), stack: None })
    });
    let daemon = Daemon::with(proof::premises_to(25), clock.clone(), fitting).await;
    let (files, engine) = (daemon.files(), &daemon.engine);
    let before = engine.in_force.now();
    change(&daemon, "comity.toml", "port = 25\n", "port = 26\n");
    files.reload().await.unwrap();
    let after = engine.in_force.now();

    let mut berth = Berth::new(BerthRoute::new(clock), engine.store.begin_flights(NODE));
    let knocks = || [&old, &new].map(|server| server.1.load(SeqCst));
    // A letter that was drafted before the reload.
    assert!(berth.has_lane(&before.transport, &engine.store).await);
    assert_eq!(knocks(), [1, 0]);
    assert!(berth.has_lane(&after.transport, &engine.store).await);
    assert!(berth.has_lane(&after.transport, &engine.store).await);
    assert_eq!(knocks(), [1, 1]);
    daemon.end().await;
}

#[tokio::test]
async fn another_password_in_its_file_is_used_for_the_next_connection() {
    let script = Script { login: Some(("salon", "second")), ..Script::pipelining().guarded(Guard::StartTls) };
    let server = Arc::new(Server::start(script).await);
    let premises = proof::premises_to(server.port);
    let secret = premises.path().join("password");
    fs::write(&secret, "first\n").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    let toml = premises.path().join("comity.toml");
    let settings = fs::read_to_string(&toml).unwrap();
    let login = "tls = \"required-starttls\"\nusername = \"salon\"\npassword_file = \"password\"";
    fs::write(
        &toml,
        settings.replace("tls = \"none-on-loopback\"", login).replace("127.0.0.1\"\nport", "localhost\"\nport"),
    )
    .unwrap();

    let (clock, mail) = (HandClock::new(), server.clone());
    let hand = clock.clone();
    let fitting: Fitting = Arc::new(move |installation| by_login(&mail, &hand, installation));
    let mut daemon = Daemon::with(premises, clock, fitting).await;
    keep_looking(&daemon).await;
    let _ = daemon.visit("anna", Duration::ZERO).await;
    daemon.run().await;
    let halted = async || !daemon.engine.store.halts().await.unwrap().is_empty();
    eventually("refused", halted).await;
    assert_eq!(daemon.engine.store.halts().await.unwrap()[0].cause, HaltCause::Route);

    fs::write(&secret, "second\n").unwrap();
    look(&daemon).await;
    look(&daemon).await;
    let left = async || {
        // The second message may be refused on the connection of the first password, after the operator's word for the first.
        // Messages and connections wait for the time at which the server would have been asked again.
        if halted().await {
            daemon.engine.office().resume().await.unwrap();
        }
        daemon.clock.go_on(Duration::from_secs(1));
        server.log().messages.len() == 2
    };
    eventually("left", left).await;
    daemon.end().await;
}
