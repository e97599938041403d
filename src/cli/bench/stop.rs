//! How fast a stop is acknowledged while messages leave: by the public page, over TCP, with an engine on the machine's clock.
//!
//! The mail server waits a second before it answers `MAIL`, so that at any moment as many messages are on the wire as there are
//! lanes. Half of the stops are those of people whose `MAIL` has no answer yet, the other half of people whose message waits.
//! They come at fixed moments, whether those before were answered or not. A witness at the wire, beside the engine's own
//! records, says whether any `MAIL` left after its stop was acknowledged; one that did ends the measurement.
//!
//! **What to expect.** A stop that finds its message's `MAIL` on the wire is acknowledged when that was answered (promise P2),
//! so it takes as long as the server does, and not longer. Everything else is ours, and is held against the same stops when
//! nothing is sent.

use super::{
    Row, crowd,
    sink::Sink,
    visitor::{self, Outside},
    weights,
    witness::{Watched, Witness},
    yard::{Ground, Signing, Yard, reminder, towards},
};
use crate::{
    base::{
        Clock, PlanId,
        token::{Link, LinkPurpose},
    },
    clock::SystemClock,
    config::Installation,
    engine::{audit::Sealer, run::Going},
    plan::PlanState,
    web::{self, Public},
};
use anyhow::{Context, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, runtime::Handle, sync::watch, task::JoinSet};

/// How long the server lets `MAIL` wait: `smtp-sink`'s option, and the same as a number.
const MAIL_WAITS: (&str, u64) = ("MAIL:1", 1000);
/// The sink takes a few connections more than we have lanes.
const SPARE_LANES: usize = 16;
/// One stop for so many messages.
const MESSAGES_PER_STOP: usize = 5;
/// Stops of one measurement, half of them in flight.
const STOPS_MAX: usize = 2_000;
/// Stops are spread over this share of the time that all messages need, so that messages are sent during all of them.
const STRETCH_PERCENT: u64 = 80;
/// From the first visit that is written to when all are due: so long, and this for each visit.
const KNOWN: (Duration, Duration) = (Duration::from_secs(3), Duration::from_millis(1));
/// Visits of those who stop when nothing is sent.
const FAR: Duration = Duration::from_hours(24 * 30);
/// The first step's distance from the visit.
const A_DAY: Duration = Duration::from_hours(24);
/// Between two looks at what isn't there yet.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Looks for a message in flight before the measurement is given up.
const LOOKS_MAX: usize = 2_000;
/// What a mail program sends.
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// What was measured.
#[derive(Clone, Debug)]
pub struct Stops {
    messages: usize,
    lanes: usize,
    sent: usize,
    /// Their `MAIL` was on the wire, and the stop came before the message itself.
    taken_back: usize,
    seconds: f64,
    /// With nothing being sent.
    quiet: Spread,
    /// All of them while messages leave.
    all: Spread,
    /// Of people whose message waits.
    waiting: Spread,
    /// Of people whose message is in flight.
    in_flight: Spread,
    /// Of those, whose `MAIL` was answered after the stop was asked for, from its answer on.
    behind_mail: Spread,
    /// In bytes, the heaviest of the languages.
    weights: Vec<(&'static str, usize)>,
}

/// Times of many stops, in milliseconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spread {
    count: usize,
    p50: f64,
    p99: f64,
    most: f64,
}

impl Spread {
    /// Of times in microseconds.
    fn of(mut times: Vec<i64>) -> Self {
        times.sort_unstable();
        // The least time that so many percent of all don't exceed.
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(rank).map_or(0.0, |us| f64::from(u32::try_from(*us).unwrap_or(u32::MAX)) / 1000.0)
        };
        Self { count: times.len(), p50: at(50), p99: at(99), most: at(100) }
    }

    fn told(&self) -> String {
        let Self { count, p50, p99, most } = self;
        format!("{count} stops: p50 {p50:.1} ms, p99 {p99:.1} ms, max {most:.1} ms")
    }
}

/// Somebody with a visit, and their way out.
#[derive(Clone)]
struct Person {
    plan: PlanId,
    path: String,
}

/// A stop that was acknowledged.
struct Acknowledged {
    plan: PlanId,
    asked_us: i64,
    answered_us: i64,
}

impl Acknowledged {
    const fn took_us(&self) -> i64 {
        self.answered_us - self.asked_us
    }
}

/// Measures.
///
/// # Errors
/// When Postfix's tools are missing, a message was lost, or one left after an acknowledged stop.
pub async fn measure(ground: &Ground, messages: usize, lanes: usize) -> anyhow::Result<Stops> {
    // Without PIPELINING: smtp-sink answers what comes behind a command that it lets wait before it answers that.
    let sink = Sink::start_with(&["-p", "-W", MAIL_WAITS.0, "-m", &(lanes + SPARE_LANES).to_string()]).await?;
    let mut installation = crowd::live(towards(ground, sink.address, lanes, Signing::Off)?);
    at_any_hour(&mut installation);
    let witness = Arc::new(Witness::default());
    let watch = Arc::clone(&witness);
    let yard = Yard::at_large(installation, |installation, _| Watched::by_smtp(installation, watch)).await?;
    let engine = &yard.engine;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let page = listener.local_addr()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let app = web::router(Public::at(engine.desk(), Arc::clone(&engine.keys), Arc::clone(&clock)))?;
    let (door, closed) = watch::channel(false);
    // As in the daemon.
    let serving = web::listen::serve_apart(listener, app, Arc::clone(&clock), closed)?;
    let outside = Outside::open()?;
    let (going, heard) = watch::channel(Going::On);
    let sealer = Sealer::new(engine.store.clone(), clock, &yard.installation.config);
    let scene = Scene { yard: &yard, witness: &witness, page, outside: outside.0.clone(), messages, lanes };
    // As in the daemon: the loop, and the sealing of its ledger.
    let stops = tokio::select! {
        stops = scene.play() => stops?,
        () = engine.run(heard.clone()) => bail!("the engine ended"),
        () = sealer.keep(heard) => bail!("the sealing ended"),
    };
    drop((door, going));
    serving.await;
    yard.close().await?;
    Ok(stops)
}

/// No quiet hours, and no pace but the server's: the machine's clock may say anything.
fn at_any_hour(installation: &mut Installation) {
    let policy = Arc::make_mut(&mut installation.policy);
    policy.quiet_hours = None;
    for purpose in policy.purposes.values_mut() {
        purpose.quiet_hours = None;
    }
    installation.config.smtp.pace.per_minute = NonZeroU32::MAX;
    installation.config.smtp.pace.domains.clear();
}

/// What it is measured on.
struct Scene<'a> {
    yard: &'a Yard<SystemClock>,
    witness: &'a Witness,
    page: SocketAddr,
    /// Where the callers are.
    outside: Handle,
    messages: usize,
    lanes: usize,
}

impl Scene<'_> {
    async fn play(&self) -> anyhow::Result<Stops> {
        let Self { yard, messages, lanes, .. } = self;
        let (messages, lanes) = (*messages, *lanes);
        let stops = (messages / MESSAGES_PER_STOP).clamp(2, STOPS_MAX);
        let people = messages + stops;
        // One more, whose pages are weighed.
        yard.put_people(0..people + 1).await?;
        yard.put_visits(messages..people + 1, people + 1, SystemClock.now().plus(FAR)).await?;
        let reader = self.person(people).await?;
        let weights = weights::weigh(yard, self.page, reader.plan).await?;
        let quiet = self.stop_when_nothing_is_sent(messages..people).await?;

        let before = self.sent().await?;
        let each = KNOWN.1.saturating_mul(u32::try_from(messages)?);
        let due = SystemClock.now().plus(KNOWN.0).plus(each);
        yard.put_visits(0..messages, people + 1, due.plus(A_DAY)).await?;
        yard.engine.wake.notify_one();
        let mut those = Vec::with_capacity(messages);
        for number in 0..messages {
            those.push(self.person(number).await?);
        }
        SystemClock.wait_until(due).await;
        let started_us = SystemClock.boot_us();
        let (waiting, in_flight) = self.stop_while_sending(&those, stops).await?;
        self.until_all_have_ended().await?;
        let seconds = f64::from(u32::try_from(SystemClock.boot_us() - started_us)?) / 1e6;

        let sent = self.sent().await? - before;
        let begun = those.iter().filter(|person| !self.witness.begun(person.plan).is_empty()).count();
        if sent > begun || sent + stops < messages {
            bail!("of {messages} messages {begun} began, {sent} were sent by the ledger, and {stops} people stopped");
        }
        self.kept_the_promise(waiting.iter().chain(&in_flight))?;
        let took = |stops: &[Acknowledged]| stops.iter().map(Acknowledged::took_us).collect::<Vec<_>>();
        Ok(Stops {
            messages,
            lanes,
            sent,
            taken_back: begun - sent,
            seconds,
            quiet: Spread::of(took(&quiet)),
            all: Spread::of([took(&waiting), took(&in_flight)].concat()),
            waiting: Spread::of(took(&waiting)),
            in_flight: Spread::of(took(&in_flight)),
            behind_mail: Spread::of(in_flight.iter().filter_map(|stop| self.behind_mail(stop)).collect()),
            weights,
        })
    }

    /// By their number.
    async fn person(&self, number: usize) -> anyhow::Result<Person> {
        let engine = &self.yard.engine;
        let customer =
            engine.store.find_by_external_id(&format!("C{number}")).await?.context("nobody by this number")?;
        let (workflow, _) = reminder(&self.yard.installation).context("no workflow is about what is to come")?;
        let mut plans = engine.store.plans_of(customer.id).await?.into_iter();
        let plan = plans.find(|plan| plan.facts.workflow == workflow).context("nothing planned for somebody")?;
        let link = Link {
            customer: customer.handle,
            purpose: plan.facts.purpose,
            plan: plan.facts.id,
            issued_at: SystemClock.now(),
        };
        Ok(Person { plan: link.plan, path: format!("/u/{}", link.sign(&engine.keys, LinkPurpose::Stop)) })
    }

    /// One after the other.
    async fn stop_when_nothing_is_sent(&self, numbers: std::ops::Range<usize>) -> anyhow::Result<Vec<Acknowledged>> {
        let mut stopped = Vec::with_capacity(numbers.len());
        for number in numbers {
            let stopping = stop(self.page, self.person(number).await?);
            stopped.push(self.outside.spawn(stopping).await.context("a stop broke")??);
        }
        Ok(stopped)
    }

    /// Each at its moment: those of people whose message waits, and those of people whose message is in flight.
    async fn stop_while_sending(
        &self,
        those: &[Person],
        stops: usize,
    ) -> anyhow::Result<(Vec<Acknowledged>, Vec<Acknowledged>)> {
        let lasts_ms = MAIL_WAITS.1 * u64::try_from(self.messages.div_ceil(self.lanes))?;
        let begins = SystemClock.now();
        let by_plan: BTreeMap<PlanId, &Person> = those.iter().map(|person| (person.plan, person)).collect();
        // They are sent in the order in which they are planned: the last of all wait longest.
        let mut waiting = those.iter().rev();
        let (mut taken, mut running) = (BTreeSet::new(), JoinSet::new());
        for number in 0..stops {
            let at = lasts_ms * STRETCH_PERCENT * u64::try_from(number)? / (100 * u64::try_from(stops)?);
            SystemClock.wait_until(begins.plus(Duration::from_millis(at))).await;
            let is_in_flight = number.is_multiple_of(2);
            let person = if is_in_flight {
                self.somebody_in_flight(&by_plan, &taken, number).await?
            } else {
                waiting.next().context("nobody's message waits")?
            };
            taken.insert(person.plan);
            let stopping = stop(self.page, person.clone());
            running.spawn_on(async move { stopping.await.map(|stopped| (is_in_flight, stopped)) }, &self.outside);
        }
        let (mut waiting, mut in_flight) = (Vec::new(), Vec::new());
        while let Some(ended) = running.join_next().await {
            let (is_in_flight, stopped) = ended.context("a stop broke")??;
            if is_in_flight { &mut in_flight } else { &mut waiting }.push(stopped);
        }
        Ok((waiting, in_flight))
    }

    /// One of those whose `MAIL` has no answer at this moment.
    async fn somebody_in_flight<'p>(
        &self,
        by_plan: &BTreeMap<PlanId, &'p Person>,
        taken: &BTreeSet<PlanId>,
        number: usize,
    ) -> anyhow::Result<&'p Person> {
        for _ in 0..LOOKS_MAX {
            let mut unanswered = self.witness.unanswered();
            unanswered.retain(|plan| !taken.contains(plan) && by_plan.contains_key(plan));
            // Any of them: a large prime's multiples fall evenly.
            let any = number.wrapping_mul(7_919).checked_rem(unanswered.len()).and_then(|any| unanswered.get(any));
            if let Some(person) = any.and_then(|plan| by_plan.get(plan)) {
                return Ok(person);
            }
            SystemClock.wait_for(LOOK_AGAIN).await;
        }
        bail!("no message was in flight")
    }

    async fn until_all_have_ended(&self) -> anyhow::Result<()> {
        let store = &self.yard.engine.store;
        loop {
            let plans = store.status().await?.plans;
            let underway = [PlanState::Leased, PlanState::Sending].iter().any(|state| plans.contains_key(state));
            let due = store.next_due().await?;
            if !underway && due.is_none_or(|due| due > SystemClock.now()) {
                return Ok(());
            }
            SystemClock.wait_for(Duration::from_millis(100)).await;
        }
    }

    async fn sent(&self) -> anyhow::Result<usize> {
        let status = self.yard.engine.store.status().await?;
        Ok(usize::try_from(status.plans.get(&PlanState::Sent).copied().unwrap_or_default())?)
    }

    /// No `MAIL` left after its stop was acknowledged, and none was without an answer then.
    fn kept_the_promise<'s>(&self, mut stops: impl Iterator<Item = &'s Acknowledged>) -> anyhow::Result<()> {
        let broken = stops.find(|stop| {
            let begun = self.witness.begun(stop.plan);
            begun.iter().any(|mail| mail.answered_us.is_none_or(|answered_us| answered_us > stop.answered_us))
        });
        match broken {
            Some(Acknowledged { plan, .. }) => bail!("message {plan} was on the wire after its stop was acknowledged"),
            None => Ok(()),
        }
    }

    /// How long it took from the answer to `MAIL` on, where that came after the stop was asked for.
    fn behind_mail(&self, stop: &Acknowledged) -> Option<i64> {
        let begun = self.witness.begun(stop.plan);
        let answered_us = begun.iter().filter_map(|mail| mail.answered_us).find(|at_us| *at_us > stop.asked_us)?;
        Some(stop.answered_us - answered_us)
    }
}

async fn stop(page: SocketAddr, person: Person) -> anyhow::Result<Acknowledged> {
    let answer = visitor::call(page, &person.path, Some(ONE_CLICK), "en").await?;
    Ok(Acknowledged { plan: person.plan, asked_us: answer.asked_us, answered_us: answer.answered_us })
}

/// For the table.
pub fn rows(stops: &Stops) -> Vec<Row> {
    let Stops { messages, lanes, sent, taken_back, seconds, quiet, all, waiting, in_flight, behind_mail, .. } = stops;
    let row = |what, spread: &Spread, wanted, reached: String| Row { what, measured: spread.told(), wanted, reached };
    let times = |spread: &Spread| format!("{:.1} times as with nothing being sent", spread.p99 / quiet.p99);
    let mut rows = vec![
        row("a stop with nothing being sent", quiet, "", String::new()),
        row("whose message waits, while messages leave", waiting, "p99 under 50 ms", times(waiting)),
        row("whose message is in flight", in_flight, "the server's second", format!("{:.2} s", in_flight.p99 / 1000.0)),
        row("of it, after the server's answer to MAIL", behind_mail, "p99 under 50 ms", times(behind_mail)),
        row("both halves", all, "reported", String::new()),
        Row {
            what: "messages meanwhile",
            measured: format!(
                "{sent} of {messages} sent in {seconds:.1} s over {lanes} lanes, {taken_back} taken back behind MAIL"
            ),
            wanted: "none on the wire after its stop",
            reached: "none".to_owned(),
        },
    ];
    rows.extend(stops.weights.iter().map(|(what, bytes)| Row {
        what,
        measured: format!("{bytes} bytes"),
        wanted: "under 20 kB",
        reached: format!("{:.2} times", f64::from(u32::try_from(*bytes).unwrap_or(u32::MAX)) / 20_000.0),
    }));
    rows
}
