//! A stretch of virtual time on the command line: from when to when, and which files arrive in between.

use super::output;
use crate::{
    base::{
        Instant, Zone,
        civil::{self, CivilTime},
    },
    clock::VirtualClock,
    config::Installation,
    engine::{arrivals::import::News, house::lifecycle::Engine, office::Office, rehearse::timeline},
    store::Dry,
};
use anyhow::{Context, anyhow, bail};
use futures_util::stream;
use std::{collections::BTreeSet, path::PathBuf};
use tokio::sync::mpsc;

/// The options.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Span {
    /// When the stretch begins, by the business's clock: 2027-03-08, or 2027-03-08T09:30.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// When it ends.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Customers to import at the beginning.
    #[arg(long, value_name = "FILE")]
    customers: Vec<PathBuf>,
    /// Appointments to import at the beginning, after the customers.
    #[arg(long, value_name = "FILE")]
    appointments: Vec<PathBuf>,
    /// A file that arrives on the way: 2027-03-20T12:00=moved.csv; others by their kind, as 2027-03-20T12:00=customers:new.csv
    /// or 2027-03-20T12:00=calendar:salon.ics.
    #[arg(long = "change", value_name = "TIME=FILE")]
    changes: Vec<String>,
}

/// What to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// `customers`, `calendar`, or the record type's plural, as `comity import` takes it.
    pub kind: String,
    /// The file.
    pub file: PathBuf,
}

/// The stretch, read.
#[derive(Clone, Debug)]
pub struct Script {
    /// Begin.
    pub from: Instant,
    /// End.
    pub to: Instant,
    /// What arrives, in order of time.
    pub arrivals: Vec<(Instant, Arrival)>,
}

impl Span {
    /// `None` when no stretch was asked for.
    ///
    /// # Errors
    /// Says which option is missing or can't be read, and how it should look.
    pub fn read(&self, installation: &Installation) -> anyhow::Result<Option<Script>> {
        let zone = installation.policy.business.time_zone;
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => self.script(time("--from", from, zone)?, time("--to", to, zone)?, zone).map(Some),
            (None, None) if !self.brings_its_own() && self.changes.is_empty() => Ok(None),
            _ => bail!("virtual time has two ends: --from 2027-03-08 --to 2027-03-15"),
        }
    }

    /// The same, beginning now and so many days long where it doesn't say.
    ///
    /// # Errors
    /// Says which option can't be read, and how it should look.
    pub fn read_from(&self, installation: &Installation, now: Instant, days: u32) -> anyhow::Result<Script> {
        let zone = installation.policy.business.time_zone;
        let given = |option, text: &Option<String>| text.as_ref().map(|text| time(option, text, zone)).transpose();
        let from = given("--from", &self.from)?.unwrap_or(now);
        let end = zone.resolve(civil::days_after(zone.local(from), days.into()));
        let to = given("--to", &self.to)?.unwrap_or(end);
        self.script(from, to, zone)
    }

    fn script(&self, from: Instant, to: Instant, zone: Zone) -> anyhow::Result<Script> {
        if to <= from {
            bail!("the end lies before the beginning, {}", zone.local(from).format("%Y-%m-%d %H:%M"));
        }
        let first = |kind: &str, file: &PathBuf| (from, Arrival { kind: kind.to_owned(), file: file.clone() });
        let mut arrivals: Vec<_> = self.customers.iter().map(|file| first("customers", file)).collect();
        arrivals.extend(self.appointments.iter().map(|file| first("appointments", file)));
        for change in &self.changes {
            let (at, what) = change.split_once('=').with_context(|| format!("--change {change}: write TIME=FILE"))?;
            let (kind, file) = what.split_once(':').unwrap_or(("appointments", what));
            let at = time("--change", at, zone)?;
            if !(from..=to).contains(&at) {
                bail!("--change {change}: this lies outside --from and --to");
            }
            arrivals.push((at, Arrival { kind: kind.to_owned(), file: PathBuf::from(file) }));
        }
        // Stable: what is given first arrives first.
        arrivals.sort_by_key(|(at, _)| *at);
        Ok(Script { from, to, arrivals })
    }
}

impl Span {
    /// Whether the stretch begins with files of its own, on an empty database.
    #[must_use]
    pub fn brings_its_own(&self) -> bool {
        !self.customers.is_empty() || !self.appointments.is_empty()
    }
}

fn time(option: &str, text: &str, zone: Zone) -> anyhow::Result<Instant> {
    let time = CivilTime::parse(text).or_else(|| CivilTime::parse(&format!("{text}T00:00")));
    Ok(time.with_context(|| format!("{option} {text}: write a time as 2027-03-08T09:30"))?.at(zone))
}

impl Script {
    /// Lets the stretch pass, with its arrivals.
    ///
    /// # Errors
    /// When a file can't be imported.
    pub async fn play(self, engine: &Engine, clock: &VirtualClock) -> anyhow::Result<()> {
        let office = engine.office();
        timeline::drive(engine, clock, self.to, self.arrivals, |arrival| {
            let office = office.clone();
            async move { arrive(&office, &arrival).await }
        })
        .await
    }
}

/// Imports one file. Rows that aren't taken are said on standard error; the others are in.
async fn arrive(office: &Office, arrival: &Arrival) -> anyhow::Result<()> {
    let shown = arrival.file.display();
    let what = office.what(&arrival.kind, shown.to_string(), BTreeSet::new()).map_err(|why| anyhow!(why))?;
    let bytes = tokio::fs::read(&arrival.file).await.with_context(|| format!("{shown} can't be read"))?;
    let bytes = stream::iter([Ok::<_, std::io::Error>(bytes)]);
    let (listener, mut news) = mpsc::channel(1);
    let hear = async {
        while let Some(news) = news.recv().await {
            match news {
                News::Rejected(row) => output::warn(format_args!("{shown}, line {}: {}", row.line, row.reason)),
                News::Failed(failure) => bail!("{shown} can't be imported: {}", failure.why),
                News::Progress { .. } | News::Done(_) => {}
            }
        }
        Ok(())
    };
    let ((), heard) = tokio::join!(office.import(what, bytes, Dry::Apply, listener), hear);
    heard
}
