//! One run of a script: daemons that begin and die over one database, people who ask them for things, and the weather.
//!
//! Everything happens on one thread. A daemon that dies is a runtime that is dropped, with every task at the await where it
//! stands; the database is left as SQLite leaves it then.

use super::{
    clock::SimClock,
    history::{Answer, Event, History, What},
    house::House,
    mistakes::{self, Plant},
    promises::whose,
    script::{BEGINS, DAY, Deed, HOUR, SECOND, Script, Weather},
    server::{Server, Way, mix},
};
use crate::support::import::import;
use comity::{
    base::{Clock, Instant, PlanId, instant::Wait, token::Link},
    engine::{
        desk::{PreferenceDesk, StopDesk, StopOutcome},
        house::lifecycle::Engine,
        office::{Office, erasure::Erased},
        run::Going,
    },
    fault::seam::{self, Seam},
    ledger::entry::StopVia,
    people::{Language, Snooze, snooze::Snoozed},
    policy::{
        cap::Window,
        own_limit::{OwnLimit, Wish},
    },
    store::{Choice, Chosen, Dry},
};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Notify, watch},
};

/// What became of a run.
pub struct Ran {
    pub events: Vec<Event>,
    /// Plans that did not end, by their state.
    pub left: String,
}

/// Between the engine and its database.
struct Faults {
    seed: u64,
    clock: Arc<SimClock>,
    state: Mutex<State>,
    death: Notify,
}

#[derive(Default)]
struct State {
    statements: u64,
    rolls: u64,
    /// The last statement's number, and how long the daemon is down then.
    dies: Option<(u64, i64)>,
    is_dead: bool,
    fails: Option<(u64, u64)>,
    slow: i64,
    /// Statements at this time after boot.
    at_once: (i64, u64),
    /// The engine goes round and round while time stands still.
    spins: bool,
}

/// More statements at one time are no work: something goes round.
const AT_ONCE: u64 = 5_000;

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn died(&self) {
        while !self.state().is_dead {
            self.death.notified().await;
        }
    }

    /// Nothing of it any more.
    fn calm(&self) {
        let mut state = self.state();
        *state = State { statements: state.statements, rolls: state.rolls, ..State::default() };
    }
}

impl Seam for Faults {
    fn before(&self, statement: &'static str) -> Wait<'static> {
        let mut state = self.state();
        state.statements += 1;
        let number = state.statements;
        let now = self.clock.since_boot();
        state.at_once = (now, if state.at_once.0 == now { state.at_once.1 + 1 } else { 0 });
        if state.at_once.1 > AT_ONCE {
            (state.spins, state.is_dead) = (true, true);
            self.death.notify_one();
        }
        if state.dies.is_some_and(|(last, _)| number >= last) {
            state.is_dead = true;
            self.death.notify_one();
        }
        if state.is_dead {
            return Box::pin(std::future::pending());
        }
        if state.slow == 0 || self.clock.is_held() {
            return Box::pin(std::future::ready(()));
        }
        let chance = mix(self.seed ^ number, statement);
        let ms = i64::try_from(chance % 8).unwrap() * state.slow / 8;
        if (chance / 8).is_multiple_of(4) {
            self.clock.until(self.clock.since_boot() + ms)
        } else {
            Box::pin(std::future::ready(()))
        }
    }

    fn fails(&self) -> bool {
        let state = self.state();
        state.fails.is_some_and(|(from, to)| (from..to).contains(&state.statements))
    }

    fn roll(&self) -> u32 {
        let mut state = self.state();
        state.rolls += 1;
        u32::try_from(mix(self.seed ^ state.rolls, "roll") % 1000).unwrap()
    }
}

/// What all incarnations of the daemon share.
struct Stage {
    script: Script,
    clock: Arc<SimClock>,
    history: Arc<History>,
    server: Arc<Server>,
    faults: Arc<Faults>,
    data: PathBuf,
    plant: Plant,
    house: Arc<House>,
    /// The next act.
    next: Mutex<usize>,
    asked: Mutex<usize>,
}

/// How a daemon's life ended.
enum End {
    Died { down: i64 },
    Over { left: String },
}

/// Off this thread, however the run ends.
struct Sewn;

impl Drop for Sewn {
    fn drop(&mut self) {
        seam::put(None);
    }
}

fn runtime(clock: &Arc<SimClock>) -> Runtime {
    let clock = Arc::clone(clock);
    // What comes from other threads comes when there is nothing else to do, so that it doesn't matter when it does.
    let mut builder = Builder::new_current_thread();
    builder.enable_all().global_queue_interval(u32::MAX).on_thread_park(move || clock.idle());
    builder.build().unwrap()
}

/// Runs a script.
pub fn run(script: &Script, plant: &Plant) -> Ran {
    let house = House::of(plant);
    let folder = house.copy(plant.sql);
    let clock = SimClock::at(BEGINS);
    let history = History::new(Arc::clone(&clock));
    let server = Server::new(script.seed, Arc::clone(&clock), Arc::clone(&history), plant.rash);
    let faults = Arc::new(Faults {
        seed: script.seed,
        clock: Arc::clone(&clock),
        state: Mutex::default(),
        death: Notify::new(),
    });
    seam::put(Some(Arc::clone(&faults) as Arc<dyn Seam>));
    let _sewn = Sewn;
    let stage = Arc::new(Stage {
        script: script.clone(),
        clock: Arc::clone(&clock),
        history: Arc::clone(&history),
        server,
        faults: Arc::clone(&faults),
        data: folder.path().to_owned(),
        plant: *plant,
        house: Arc::clone(&house),
        next: Mutex::new(0),
        asked: Mutex::new(0),
    });
    let left = loop {
        let runtime = runtime(&clock);
        let life = Arc::clone(&stage).live();
        let end = runtime.block_on(async { runtime.spawn(life).await.unwrap() });
        drop(runtime);
        (plant.death)(folder.path());
        match end {
            End::Over { left } => break left,
            End::Died { down } => {
                history.note(What::Died);
                faults.calm();
                clock.pass(down);
            }
        }
    };
    Ran { events: history.take(), left }
}

impl Stage {
    async fn live(self: Arc<Self>) -> End {
        let acts = self.acts();
        tokio::select! {
            biased;
            () = self.faults.died() => {
                if self.faults.state().spins {
                    return End::Over { left: "the engine goes round while time stands still".to_owned() };
                }
                let down = self.faults.state().dies.map_or(0, |(_, down)| down);
                End::Died { down }
            }
            end = acts => end,
        }
    }

    async fn open(&self) -> Engine {
        loop {
            let held = self.clock.hold();
            let way = Arc::new(Way(Arc::clone(&self.server)));
            match self.house.engine(&self.data, Arc::clone(&self.clock), way, &self.plant).await {
                Ok(engine) => return engine,
                Err(error) => drop(error),
            }
            drop(held);
            self.clock.until(self.clock.since_boot() + SECOND).await;
        }
    }

    /// A daemon's life.
    async fn acts(&self) -> End {
        let engine = Arc::new(self.open().await);
        self.history.note(What::Began);
        let (_going, heard) = watch::channel(Going::On);
        let running = Arc::clone(&engine);
        tokio::spawn(async move { running.run(heard).await });
        loop {
            let next = *self.next.lock().unwrap();
            let Some(act) = self.script.acts.get(next).cloned() else { break };
            // What was not done in time, because no daemon ran, is done one after the other.
            let late = act.at < self.clock.since_boot();
            self.clock.until(if late { self.clock.since_boot() + 2 * SECOND } else { act.at }).await;
            *self.next.lock().unwrap() += 1;
            self.clock.stir();
            if let Deed::Die { down } = act.deed {
                return End::Died { down };
            }
            self.happen(act.deed, &engine);
        }
        self.clock.until(self.script.heals).await;
        self.end_well(&engine).await
    }

    fn happen(&self, deed: Deed, engine: &Arc<Engine>) {
        let mut state = self.faults.state();
        let now = state.statements;
        match deed {
            Deed::Weather(weather) => self.server.turn(weather),
            Deed::Jump(by) => {
                drop(state);
                self.clock.set_ahead(by);
                self.history.note(What::Jumped(by));
            }
            Deed::DieBefore { statements, down } => state.dies = Some((now + 1 + statements, down)),
            Deed::Fail { after, statements } => state.fails = Some((now + 1 + after, now + 1 + after + statements)),
            Deed::Slow { ms } => state.slow = ms,
            deed => {
                drop(state);
                self.ask(deed, engine);
            }
        }
    }

    /// Somebody asks for something. The answer comes when it comes.
    fn ask(&self, deed: Deed, engine: &Arc<Engine>) {
        let number = self.number();
        self.history.note(What::Asked(number, deed.clone()));
        let (engine, history, clock) = (Arc::clone(engine), Arc::clone(&self.history), Arc::clone(&self.clock));
        let desk = if matches!(deed, Deed::Stop { .. }) { self.plant.desk } else { mistakes::Desk::Well };
        if desk != mistakes::Desk::Well {
            self.history.note(What::Answered(number, Answer::Done));
        }
        if desk == mistakes::Desk::Idle {
            return;
        }
        tokio::spawn(async move {
            let answer = answer(&engine, &deed, &*clock).await;
            if desk == mistakes::Desk::Well {
                history.note(What::Answered(number, answer.unwrap_or_else(Answer::Failed)));
            }
            clock.stir();
        });
    }

    fn number(&self) -> usize {
        let mut asked = self.asked.lock().unwrap();
        *asked += 1;
        *asked
    }

    /// All is well from now on. Everybody has one more visit; when it is past, every plan has ended.
    async fn end_well(&self, engine: &Arc<Engine>) -> End {
        self.server.turn(Weather::Fair);
        self.faults.calm();
        self.clock.until(self.clock.since_boot() + 60 * SECOND).await;
        self.history.note(What::Healed);
        self.clock.stir();
        self.ask(Deed::Resume, engine);
        let later = self.clock.since_boot() + 10 * 60 * SECOND;
        for step in 1..=4 {
            self.clock.until(self.clock.since_boot() + step * 10 * SECOND).await;
            self.clock.stir();
        }
        self.clock.until(later).await;
        let ready = self.clock.latest() - super::clock::BOOTED_AT_MS + 30 * HOUR;
        // 16:00 UTC is day in both zones, and so are the times before it.
        let start = ready - ready % DAY + if ready % DAY < 16 * HOUR { 16 * HOUR } else { 40 * HOUR };
        self.book_all(start, engine).await;
        let ahead = self.clock.now().ms() - super::clock::BOOTED_AT_MS - self.clock.since_boot();
        // The last plan of the last visit has expired.
        let starts = self.script.acts.iter().filter_map(|act| match act.deed {
            Deed::Book { start, .. } => Some(start),
            _ => None,
        });
        let over = starts.fold(start, i64::max) - ahead + 30 * HOUR;
        while self.clock.since_boot() < over {
            self.clock.until(over.min(self.clock.since_boot() + 3 * HOUR)).await;
        }
        let status = engine.store.status().await.unwrap();
        let left = status.plans.iter().filter(|(state, count)| !state.is_ended() && **count > 0);
        let left = left.map(|(state, count)| format!("{count} {state:?}")).collect::<Vec<_>>().join(", ");
        End::Over { left }
    }
}

impl Stage {
    /// One more visit for everybody whom the script names.
    async fn book_all(&self, start: i64, engine: &Engine) {
        let people: BTreeSet<usize> = self.script.acts.iter().filter_map(|act| whose(&act.deed)).collect();
        let asked: Vec<(usize, usize)> = people.iter().map(|customer| (self.number(), *customer)).collect();
        let mut csv = VISITS.to_owned();
        for (number, customer) in &asked {
            let deed = Deed::Book { visit: 1000 + customer, customer: *customer, start };
            self.history.note(What::Asked(*number, deed));
            csv += &row(1000 + customer, *customer, start, "booked");
        }
        let what = engine.office().what("appointments", "a.csv".to_owned(), BTreeSet::new()).unwrap();
        let imported = import(&engine.office(), what, vec![Ok(csv.into_bytes())], Dry::Apply).await;
        for (line, (number, _)) in (2_u64..).zip(asked) {
            let rejected = imported.rejections.iter().find(|rejection| rejection.line == line);
            let answer = rejected.map_or(Answer::Done, |rejection| Answer::No(rejection.reason.clone()));
            self.history.note(What::Answered(number, answer));
        }
    }
}

/// The columns of visits.
const VISITS: &str = "id;customer;starts_at;status;slot\n";

fn row(visit: usize, customer: usize, start: i64, status: &str) -> String {
    let at = Instant::from_ms(super::clock::BOOTED_AT_MS + start);
    let at = at.to_utc().format("%Y-%m-%dT%H:%M:%S%.3fZ");
    format!("v{visit};C{customer};{at};{status};v{visit}@{start}\n")
}

fn failed(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Does it, as the engine's doors do.
async fn answer(engine: &Engine, deed: &Deed, clock: &dyn Clock) -> Result<Answer, String> {
    let office = engine.office();
    Ok(match deed {
        Deed::Book { visit, customer, start } => {
            put(&office, "appointments", VISITS.to_owned() + &row(*visit, *customer, *start, "booked")).await
        }
        Deed::Cancel { visit, customer, start } => {
            put(&office, "appointments", VISITS.to_owned() + &row(*visit, *customer, *start, "cancelled")).await
        }
        Deed::Readdress { customer, address } => {
            let csv = format!("id;email\nC{customer};{}\n", super::house::address(*address));
            put(&office, "customers", csv).await
        }
        Deed::Erase { customer } => match office.erase(&format!("C{customer}")).await.map_err(failed)? {
            Erased::Gone { .. } => Answer::Done,
            other => Answer::No(format!("{other:?}")),
        },
        Deed::Pause => office.pause("a simulation").await.map(|()| Answer::Done).map_err(failed)?,
        Deed::Resume => office.resume().await.map(|_| Answer::Done).map_err(failed)?,
        Deed::Stop { customer, purpose } => stop(engine, *customer, purpose, clock).await?,
        Deed::Agree { customer, purpose } => {
            let language = Language::parse("en").unwrap();
            let choice = Choice::On { purpose: (*purpose).to_owned(), language, from: None };
            choose(engine, *customer, choice, clock).await?
        }
        Deed::Snooze { customer, hours, all } => {
            let until = clock.now().plus(Duration::from_hours(u64::try_from(*hours).unwrap()));
            let of = if *all { Snoozed::Everything } else { Snoozed::Marketing };
            choose(engine, *customer, Choice::Snooze(Some(Snooze { until, of })), clock).await?
        }
        Deed::Unsnooze { customer } => choose(engine, *customer, Choice::Snooze(None), clock).await?,
        Deed::Limit { customer, purpose, at_most, hours } => {
            let per = Window::Rolling(Duration::from_hours(u64::from(*hours)));
            let limit = OwnLimit { purpose: (*purpose).to_owned(), at_most: (*at_most).try_into().unwrap(), per };
            choose(engine, *customer, Choice::Limit(Wish::Limit(limit)), clock).await?
        }
        other => Answer::No(format!("{other:?} is nobody's to ask for")),
    })
}

async fn link(engine: &Engine, customer: usize, purpose: &str, clock: &dyn Clock) -> Result<Option<Link>, String> {
    let known = engine.store.find_by_external_id(&format!("C{customer}")).await.map_err(failed)?;
    Ok(known.map(|known| Link {
        customer: known.handle,
        purpose: purpose.to_owned(),
        plan: PlanId(1),
        issued_at: clock.now(),
    }))
}

async fn stop(engine: &Engine, customer: usize, purpose: &str, clock: &dyn Clock) -> Result<Answer, String> {
    let desk = engine.desk();
    let Some(link) = link(engine, customer, purpose, clock).await? else { return Ok(Answer::No("unknown".to_owned())) };
    let outcome = if purpose.is_empty() {
        desk.stop_of(&link, "").await.map_err(failed)?.0
    } else {
        StopDesk::stop(&*desk, &link, StopVia::OneClick).await.map_err(failed)?
    };
    Ok(match outcome {
        StopOutcome::Stopped => Answer::Done,
        StopOutcome::Journalled { within } => {
            Answer::Within(i64::try_from(within.expect("files have one node").as_millis()).unwrap())
        }
        StopOutcome::Unknown => Answer::No("unknown".to_owned()),
    })
}

async fn choose(engine: &Engine, customer: usize, choice: Choice, clock: &dyn Clock) -> Result<Answer, String> {
    let Some(link) = link(engine, customer, "", clock).await? else { return Ok(Answer::No("unknown".to_owned())) };
    let chosen = engine.desk().choose(&link, choice).await.map_err(failed)?;
    Ok(match chosen {
        Some(Chosen::Now(_) | Chosen::Renewed | Chosen::Already) => Answer::Done,
        Some(Chosen::NoStands) => Answer::No("a no stands".to_owned()),
        None => Answer::No("unknown".to_owned()),
    })
}

async fn put(office: &Office, kind: &str, csv: String) -> Answer {
    let what = office.what(kind, format!("{kind}.csv"), BTreeSet::new()).unwrap();
    let imported = import(office, what, vec![Ok(csv.into_bytes())], Dry::Apply).await;
    match (&imported.end, imported.rejections.first()) {
        (Err(failure), _) => Answer::Failed(failure.why.clone()),
        (Ok(_), Some(rejection)) => Answer::No(rejection.reason.clone()),
        (Ok(report), None) if report.visits.of_nobody > 0 => Answer::No("of nobody".to_owned()),
        (Ok(_), None) => Answer::Done,
    }
}
