//! One run of a script: nodes that begin, freeze and die over one database, people who ask them for things, and the weather.
//!
//! Everything happens on one thread, by turns: each node that has something to do goes as far as it can; when none has, what the
//! script says happens, or time goes on. The database is left by a death as SQLite leaves it then.

use super::{
    clock::{BOOTED_AT_MS, SimClock},
    desk::{VISITS, answer, row},
    history::{Answer, Event, History, What},
    house::House,
    mistakes::{Desk, Plant},
    nodes::{Faults, Hands, Life, Node, Server},
    promises::whose,
    script::{Act, BEGINS, DAY, Deed, HOUR, MINUTE, SECOND, Script, Weather},
    server::{self, Way, mix},
};
use crate::support::import::import;
use comity::{
    engine::house::lifecycle::Engine,
    fault::seam::{self, Seam},
    store::Dry,
};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tempfile::TempDir;

/// Beats that come in time after anything happened, for each node.
const PUNCTUAL: u32 = 1;
/// The same after a node is gone: until another takes up what it left.
const UNTIL_RESCUE: u32 = 9;

/// What became of a run.
pub struct Ran {
    pub events: Vec<Event>,
    /// Plans that did not end, by their state.
    pub left: String,
}

/// All of it.
struct World {
    script: Script,
    clock: Arc<SimClock>,
    history: Arc<History>,
    mail: Arc<server::Server>,
    /// What the nodes share, where there are several.
    server: Arc<Server>,
    nodes: Vec<Node>,
    plant: Plant,
    house: Arc<House>,
    _folder: TempDir,
    asked: usize,
}

/// Why nothing goes on.
type Stuck = String;

/// Off this thread, however the run ends.
struct Sewn;

impl Drop for Sewn {
    fn drop(&mut self) {
        seam::put(None);
    }
}

/// Runs a script.
pub fn run(script: &Script, plant: &Plant) -> Ran {
    let _sewn = Sewn;
    let mut world = World::of(script, plant);
    let left = world.play().unwrap_or_else(|stuck| stuck);
    world.nodes.iter_mut().for_each(|node| drop(node.life.take()));
    Ran { events: world.history.take(), left }
}

impl World {
    fn of(script: &Script, plant: &Plant) -> Self {
        let house = House::of(plant);
        let folder = house.copy(plant.sql);
        let clock = SimClock::at(BEGINS);
        let history = History::new(Arc::clone(&clock));
        let mail = server::Server::new(script.seed, Arc::clone(&clock), Arc::clone(&history), plant.rash);
        let server = Arc::<Server>::default();
        let several = (script.nodes > 1).then_some((&server, plant.haste));
        let node = |n: usize| Node {
            faults: Faults::new(script.seed, n, &clock, several),
            data: House::data_of(n, folder.path(), script.nodes),
            life: None,
            begins: BEGINS,
            frozen_until: 0,
        };
        let nodes = (0..script.nodes).map(node).collect();
        // Machines differ by less than a second.
        for n in 1..script.nodes {
            let by = i64::try_from(mix(script.seed, &format!("wall of {n}")) % 800).unwrap() - 400;
            clock.set_ahead(n, by);
        }
        Self {
            script: script.clone(),
            clock,
            history,
            mail,
            server,
            nodes,
            plant: *plant,
            house,
            _folder: folder,
            asked: 0,
        }
    }

    fn play(&mut self) -> Result<String, Stuck> {
        for act in self.script.acts.clone() {
            // What was not done in time, because no daemon ran, is done one after the other.
            let late = act.at < self.clock.since_boot();
            self.until(if late { self.clock.since_boot() + 2 * SECOND } else { act.at })?;
            self.stir(PUNCTUAL);
            self.happen(&act)?;
        }
        self.until(self.script.heals)?;
        self.end_well()
    }

    fn stir(&self, punctual: u32) {
        self.clock.stir(punctual * u32::try_from(self.nodes.len()).unwrap());
    }

    fn now(&self) -> i64 {
        self.clock.since_boot()
    }

    /// Everything that happens until then.
    fn until(&mut self, at: i64) -> Result<(), Stuck> {
        loop {
            if self.all_go()? {
                continue;
            }
            let now = self.now();
            if self.begin_those_due() {
                continue;
            }
            if now >= at {
                return Ok(());
            }
            self.clock.go_on(self.comings().filter(|then| *then > now).fold(at, i64::min));
        }
    }

    /// When each node begins or goes on, or did.
    fn comings(&self) -> impl Iterator<Item = i64> {
        self.nodes.iter().map(|node| if node.life.is_some() { node.frozen_until } else { node.begins })
    }

    /// Each node that has something to do does it. Says whether one had.
    fn all_go(&mut self) -> Result<bool, Stuck> {
        let (now, holder) = (self.now(), self.server.holder());
        let mut any = false;
        for n in 0..self.nodes.len() {
            let node = &self.nodes[n];
            // One that is frozen in the middle of a transaction is not simulated: it ends it first.
            let may_go = node.frozen_until <= now || holder == Some(n);
            if let Some(life) = node.life.as_ref().filter(|life| may_go && life.has_work()) {
                seam::put(Some(Arc::clone(&node.faults) as Arc<dyn Seam>));
                life.go();
                any = true;
            }
            let (is_dead, spins, dies) = {
                let state = self.nodes[n].faults.state();
                (state.is_dead, state.spins, state.dies)
            };
            if spins {
                return Err("the engine goes round while time stands still".to_owned());
            }
            if is_dead {
                self.die(n, dies.map_or(0, |(_, down)| down));
            }
        }
        Ok(any)
    }

    fn die(&mut self, n: usize, down: i64) {
        let node = &mut self.nodes[n];
        seam::put(Some(Arc::clone(&node.faults) as Arc<dyn Seam>));
        drop(node.life.take());
        node.faults.calm();
        (node.begins, node.frozen_until) = (self.clock.since_boot() + down, 0);
        self.server.forget(n);
        self.history.note(n, What::Died);
        if self.nodes.iter().all(|node| node.life.is_none()) {
            (self.plant.death)(&self.nodes[n].data);
        }
        self.stir(UNTIL_RESCUE);
    }

    /// Those that are down begin again, when it is time.
    fn begin_those_due(&mut self) -> bool {
        let now = self.now();
        let due = |node: &Node| node.life.is_none() && node.begins <= now;
        // An opening asks for turns, and nobody else goes on meanwhile.
        let Some(n) = self.nodes.iter().position(due).filter(|_| self.server.holder().is_none()) else { return false };
        let faults = Arc::clone(&self.nodes[n].faults);
        seam::put(Some(Arc::clone(&faults) as Arc<dyn Seam>));
        let (hands, held) = (Hands::new(), self.clock.hold());
        let way = Arc::new(Way { server: Arc::clone(&self.mail), node: n });
        let opened = hands.wait_for(async {
            tokio::select! {
                biased;
                () = faults.died() => None,
                opened = self.house.engine(&self.nodes[n].data, self.clock.of(n), way, &self.plant) => Some(opened),
            }
        });
        drop(held);
        match opened {
            Some(Ok(engine)) => {
                self.nodes[n].life = Some(Life::begin(hands, engine));
                self.history.note(n, What::Began);
            }
            Some(Err(_)) => self.nodes[n].begins = now + SECOND,
            None => {
                drop(hands);
                let dies = faults.state().dies;
                self.die(n, dies.map_or(0, |(_, down)| down));
            }
        }
        true
    }

    /// This node, or the next one that can be asked.
    fn some_node(&mut self, first: usize) -> Result<usize, Stuck> {
        loop {
            let now = self.now();
            let count = self.nodes.len();
            let there = |n: &usize| self.nodes[*n].life.is_some() && self.nodes[*n].frozen_until <= now;
            if let Some(n) = (0..count).map(|n| (first + n) % count).find(there) {
                return Ok(n);
            }
            let next = self.comings().min().unwrap_or(now);
            self.until(next.max(now + SECOND))?;
        }
    }

    fn happen(&mut self, Act { node, deed, .. }: &Act) -> Result<(), Stuck> {
        let (n, now) = (*node % self.nodes.len(), self.now());
        let lives = self.nodes[n].life.is_some();
        let mut state = self.nodes[n].faults.state();
        let next = state.statements + 1;
        match *deed {
            Deed::Weather(weather) => self.mail.turn(weather),
            Deed::DieBefore { statements, down } => state.dies = Some((next + statements, down)),
            Deed::Fail { after, statements } => {
                state.fails = Some((next + after, next + after + statements));
                drop(state);
                self.history.note(n, What::Cut);
            }
            Deed::Slow { ms } => state.slow = ms,
            Deed::Jump(by) => {
                drop(state);
                self.clock.set_ahead(n, by);
                self.history.note(n, What::Jumped(by));
            }
            Deed::Die { down } => {
                drop(state);
                if lives {
                    self.die(n, down);
                }
            }
            Deed::Cut { ms } => {
                state.cut_until = now + ms;
                drop(state);
                self.server.forget(n);
                self.history.note(n, What::Cut);
                self.stir(UNTIL_RESCUE);
            }
            Deed::Freeze { ms } => {
                drop(state);
                if lives {
                    self.nodes[n].frozen_until = now + ms;
                    self.history.note(n, What::Froze);
                    self.stir(UNTIL_RESCUE);
                }
            }
            ref deed => {
                drop(state);
                let n = self.some_node(n)?;
                self.ask(n, deed.clone());
            }
        }
        Ok(())
    }

    /// Somebody asks for something. The answer comes when it comes.
    fn ask(&mut self, n: usize, deed: Deed) {
        let number = self.number();
        self.history.note(n, What::Asked(number, deed.clone()));
        let Some(life) = &self.nodes[n].life else { return };
        let (engine, history, clock) = (Arc::clone(&life.engine), Arc::clone(&self.history), Arc::clone(&self.clock));
        let house = Arc::clone(&self.house);
        let desk = self.plant.desk.at(&deed);
        if matches!(desk, Desk::Hasty | Desk::Idle) {
            self.history.note(n, What::Answered(number, Answer::Done));
        }
        if desk == Desk::Idle {
            return;
        }
        life.spawn(async move {
            let answer = answer((&engine, &house.handles), &deed, desk, &*clock.of(n)).await;
            if desk != Desk::Hasty {
                history.note(n, What::Answered(number, answer.unwrap_or_else(Answer::Failed)));
            }
            clock.stir(PUNCTUAL);
        });
    }

    fn number(&mut self) -> usize {
        self.asked += 1;
        self.asked
    }

    /// All is well from now on. Everybody has one more visit; when it is past, every plan has ended.
    fn end_well(&mut self) -> Result<String, Stuck> {
        self.mail.turn(Weather::Fair);
        let now = self.now();
        let ahead = (0..self.nodes.len()).map(|n| self.clock.ahead(n)).fold(i64::MIN, i64::max);
        for (n, node) in self.nodes.iter_mut().enumerate() {
            node.faults.calm();
            node.frozen_until = 0;
            node.begins = node.begins.min(now);
            if ahead - self.clock.ahead(n) > SECOND {
                self.clock.set_ahead(n, ahead - self.clock.ahead(n));
            }
        }
        self.until(now + MINUTE)?;
        self.history.note(0, What::Healed);
        self.stir(PUNCTUAL);
        let n = self.some_node(0)?;
        self.ask(n, Deed::Resume);
        let later = self.now() + 10 * MINUTE;
        for step in 1..=4 {
            self.until(self.now() + step * 10 * SECOND)?;
            self.stir(PUNCTUAL);
        }
        self.until(later)?;
        let ready = self.clock.latest() - BOOTED_AT_MS + 30 * HOUR;
        // 16:00 UTC is day in both zones, and so are the times before it.
        let start = ready - ready % DAY + if ready % DAY < 16 * HOUR { 16 * HOUR } else { 40 * HOUR };
        self.book_all(n, start)?;
        let ahead = self.clock.ahead(n);
        // The last plan of the last visit has expired.
        let starts = self.script.acts.iter().filter_map(|act| match act.deed {
            Deed::Book { start, .. } => Some(start),
            _ => None,
        });
        let over = starts.fold(start, i64::max) - ahead + 30 * HOUR;
        while self.now() < over {
            self.until(over.min(self.now() + 3 * HOUR))?;
        }
        self.what_is_left(n)
    }

    /// Has a node do this, and sees it done.
    fn see<W: Future<Output = ()> + Send + 'static>(
        &mut self,
        n: usize,
        work: impl FnOnce(Arc<Engine>) -> W,
    ) -> Result<(), Stuck> {
        let Some(life) = &self.nodes[n].life else { return Err("a node died when all was well".to_owned()) };
        let (work, done) = (work(Arc::clone(&life.engine)), Arc::new(AtomicBool::new(false)));
        let seen = Arc::clone(&done);
        life.spawn(async move {
            work.await;
            seen.store(true, Ordering::SeqCst);
        });
        while !done.load(Ordering::SeqCst) {
            self.until(self.now() + 1)?;
        }
        Ok(())
    }

    fn what_is_left(&mut self, n: usize) -> Result<String, Stuck> {
        let (told, heard) = std::sync::mpsc::channel();
        self.see(n, |engine| async move {
            let _ = told.send(engine.store.status().await.unwrap());
        })?;
        let status = heard.recv().unwrap();
        let left = status.plans.iter().filter(|(state, count)| !state.is_ended() && **count > 0);
        Ok(left.map(|(state, count)| format!("{count} {state:?}")).collect::<Vec<_>>().join(", "))
    }

    /// One more visit for everybody whom the script names.
    fn book_all(&mut self, n: usize, start: i64) -> Result<(), Stuck> {
        let people: BTreeSet<usize> = self.script.acts.iter().filter_map(|act| whose(&act.deed)).collect();
        let asked: Vec<(usize, usize)> = people.iter().map(|customer| (self.number(), *customer)).collect();
        let mut csv = VISITS.to_owned();
        for (number, customer) in &asked {
            let deed = Deed::Book { visit: 1000 + customer, customer: *customer, start };
            self.history.note(n, What::Asked(*number, deed));
            csv += &row(1000 + customer, *customer, start, "booked");
        }
        let history = Arc::clone(&self.history);
        self.see(n, |engine| async move {
            let what = engine.office().what("appointments", "a.csv".to_owned(), BTreeSet::new()).unwrap();
            let imported = import(&engine.office(), what, vec![Ok(csv.into_bytes())], Dry::Apply).await;
            for (line, (number, _)) in (2_u64..).zip(asked) {
                let rejected = imported.rejections.iter().find(|rejection| rejection.line == line);
                let answer = rejected.map_or(Answer::Done, |rejection| Answer::No(rejection.reason.clone()));
                history.note(n, What::Answered(number, answer));
            }
        })
    }
}
