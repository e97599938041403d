//! A yard to measure in: a fresh database, filled, and an engine over it.

use crate::{
    base::{Clock, EmailAddress, Instant, Value, Zone, civil::CivilTime, value::Fields},
    clock::{ClockWatch, SystemClock, VirtualClock},
    config::{self, Installation},
    deliver::Tls,
    engine::{
        files::in_force::Outfit,
        house::{
            key_file,
            lifecycle::{Engine, Means},
        },
        rehearse::paper::Paper,
    },
    policy::{Field, FieldType, WrittenBy},
    store::{CustomerRef, CustomerRow, Dry, Lasting, Put, RecordRow, Scratch, Server},
    trigger::RecordStatus,
    workflow::{CUSTOMER, trigger::DateOf},
};
use anyhow::{Context, bail};
use std::{
    collections::BTreeMap, net::SocketAddr, num::NonZeroUsize, ops::Range, path::PathBuf, sync::Arc, time::Duration,
};

/// Rows of one import transaction.
pub const CHUNK: usize = 500;
/// Plans claimed at a time.
const CLAIM_ROWS: usize = 256;
/// When everything is due: a Wednesday at 10:00 UTC.
pub const DUE_AT: Instant = Instant::from_ms(1_804_672_800_000);
/// Visits lie a day after everything is due: the first step's distance in the sample.
pub const VISITS_IN: Duration = Duration::from_hours(24);
/// Known a minute before.
const KNOWN: Duration = Duration::from_mins(1);

/// Whether messages are signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signing {
    /// As in the installation.
    Dkim,
    /// Not at all, and so without the one-click headers.
    Off,
}

/// See the module.
pub struct Yard<C = VirtualClock> {
    /// Over the fresh database; its clock stands a minute before everything is due.
    pub engine: Engine,
    /// The engine's clock.
    pub clock: Arc<C>,
    /// With its data directory and mail server replaced.
    pub installation: Arc<Installation>,
    // Deleted when dropped, after the engine.
    _folder: tempfile::TempDir,
    scratch: Option<Scratch>,
}

/// Where a measurement takes place.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The installation's files.
    pub dir: PathBuf,
    /// Where databases are made for it; in temporary files without one.
    pub server: Option<Server>,
}

impl Ground {
    /// The installation, with no database yet.
    ///
    /// # Errors
    /// When it has mistakes.
    pub fn installation(&self) -> anyhow::Result<Installation> {
        let mut installation = config::load(&self.dir)?;
        installation.config.server = self.server.clone().map(|server| (PathBuf::new(), server));
        Ok(installation)
    }
}

impl Yard {
    /// Lays one with so many visits, in turn of so many customers, `visits_in` after [`DUE_AT`].
    ///
    /// # Errors
    /// When there is no room for it, or the installation has no workflow on records.
    pub async fn lay(
        installation: Installation,
        visits: usize,
        of: usize,
        visits_in: Duration,
    ) -> anyhow::Result<Self> {
        Self::lay_with(installation, visits, of, visits_in, Outfit::by_smtp).await
    }

    /// The same, where messages leave in another way.
    ///
    /// # Errors
    /// As [`Yard::lay`].
    pub async fn lay_with(
        installation: Installation,
        visits: usize,
        of: usize,
        visits_in: Duration,
        outfit: impl FnOnce(&Installation) -> anyhow::Result<Outfit>,
    ) -> anyhow::Result<Self> {
        let clock = VirtualClock::starting_at(DUE_AT.minus(KNOWN));
        let yard = Self::open(installation, clock, ClockWatch::Off, |installation, _| outfit(installation)).await?;
        yard.fill(visits, of, DUE_AT.plus(visits_in)).await?;
        Ok(yard)
    }

    /// One where everything goes onto paper, with nobody in it, at this time.
    ///
    /// # Errors
    /// When there is no room for it.
    pub async fn on_paper(installation: Installation, now: Instant) -> anyhow::Result<Self> {
        Self::open(installation, VirtualClock::starting_at(now), ClockWatch::Off, |installation, clock| {
            Outfit::on(Arc::new(Paper::new(Arc::clone(clock) as Arc<dyn Clock>)), installation)
        })
        .await
    }

    async fn fill(&self, visits: usize, of: usize, visit: Instant) -> anyhow::Result<()> {
        self.put_people(0..of).await?;
        self.put_visits(0..visits, of, visit).await
    }
}

impl Yard<SystemClock> {
    /// One on the machine's own clock, with nobody in it.
    ///
    /// # Errors
    /// When there is no room for it.
    pub async fn at_large(
        installation: Installation,
        outfit: impl FnOnce(&Installation, &Arc<SystemClock>) -> anyhow::Result<Outfit>,
    ) -> anyhow::Result<Self> {
        Self::open(installation, Arc::new(SystemClock), ClockWatch::On, outfit).await
    }
}

impl<C: Clock + 'static> Yard<C> {
    async fn open(
        mut installation: Installation,
        clock: Arc<C>,
        watch: ClockWatch,
        outfit: impl FnOnce(&Installation, &Arc<C>) -> anyhow::Result<Outfit>,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder")?;
        installation.config.data = folder.path().join("data");
        // What people say here is noted in no other folder either.
        installation.config.checkpoints = folder.path().join("checkpoints");
        let scratch = match &installation.config.server {
            Some((_, server)) => Some(Scratch::make(server).await?),
            None => None,
        };
        let data = installation.config.data.clone();
        installation.config.server = scratch.as_ref().map(|scratch| (data, scratch.database()));
        let installation = Arc::new(installation);
        let means = Means {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            watch,
            outfit: outfit(&installation, &clock)?,
            keys: Arc::new(key_file::load(&installation.config.data)?),
            lasting: Lasting::ForEver,
        };
        let engine = Engine::open(Arc::clone(&installation), means).await?;
        Ok(Self { engine, clock, installation, _folder: folder, scratch })
    }

    /// Ends it, with its database.
    ///
    /// # Errors
    /// When a server keeps it.
    pub async fn close(self) -> anyhow::Result<()> {
        self.engine.close().await;
        self.clear().await
    }

    /// Makes away with what its engine left, which was closed before.
    ///
    /// # Errors
    /// When a server keeps it.
    pub async fn clear(self) -> anyhow::Result<()> {
        match self.scratch {
            Some(scratch) => Ok(scratch.end().await?),
            None => Ok(()),
        }
    }

    /// Takes customers by their numbers.
    ///
    /// # Errors
    /// When one is not taken as new.
    pub async fn put_people(&self, numbers: Range<usize>) -> anyhow::Result<()> {
        let fields = specimen(CUSTOMER, &self.installation.policy.customer);
        for people in numbers.collect::<Vec<_>>().chunks(CHUNK) {
            let people = people.iter().map(|i| customer(*i, fields.clone()));
            self.put_customers(people.collect::<anyhow::Result<_>>()?).await?;
        }
        Ok(())
    }

    /// Takes visits at one time by their numbers, in turn of so many customers.
    ///
    /// # Errors
    /// When the installation has no workflow on records, or one is not taken as new.
    pub async fn put_visits(&self, numbers: Range<usize>, of: usize, visit: Instant) -> anyhow::Result<()> {
        let (_, date) = reminder(&self.installation).context("no workflow is about what is to come")?;
        let record = self.installation.policy.records.get(&date.record).context("its record type is not declared")?;
        let mut fields = specimen(&date.record, &record.fields);
        fields.insert(date.field.clone(), at(visit));
        for chunk in numbers.collect::<Vec<_>>().chunks(CHUNK) {
            let rows = chunk.iter().map(|i| self::record(&date.record, *i, i % of.max(1), fields.clone()));
            self.put_records(rows.collect()).await?;
        }
        Ok(())
    }

    /// Takes these customers.
    ///
    /// # Errors
    /// When one is not taken as new.
    pub async fn put_customers(&self, rows: Vec<CustomerRow>) -> anyhow::Result<()> {
        done(&self.engine.store.put_customers(rows, self.engine.rulebook() as _, Dry::Apply).await?.puts)
    }

    /// Takes these records.
    ///
    /// # Errors
    /// When one is not taken as new.
    pub async fn put_records(&self, rows: Vec<RecordRow>) -> anyhow::Result<()> {
        done(&self.engine.store.put_records(rows, self.engine.rulebook() as _, Dry::Apply).await?.puts)
    }
}

/// The installation with its mail server replaced by one on this machine.
///
/// # Errors
/// When the installation has mistakes.
pub fn towards(ground: &Ground, server: SocketAddr, lanes: usize, signing: Signing) -> anyhow::Result<Installation> {
    let mut installation = ground.installation()?;
    let smtp = &mut installation.config.smtp;
    smtp.host = server.ip().to_string();
    smtp.port = server.port();
    smtp.tls = Tls::NoneOnLoopback;
    smtp.login = None;
    smtp.lanes = NonZeroUsize::new(lanes).context("no lanes")?;
    if signing == Signing::Off {
        installation.config.mail.dkim = None;
    }
    installation.config.limits.claim_rows = CLAIM_ROWS;
    Ok(installation)
}

/// The first workflow about what is to come, by its name, and the date that it counts to.
pub fn reminder(installation: &Installation) -> Option<(&str, &DateOf)> {
    let mut ahead = installation.workflows.iter().filter(|(_, workflow)| workflow.trigger.is_ahead());
    ahead.find_map(|(name, workflow)| Some((name.as_str(), workflow.trigger.date()?)))
}

/// A person by their number.
///
/// # Errors
/// When the address is none.
pub fn customer(i: usize, fields: Fields) -> anyhow::Result<CustomerRow> {
    let address = EmailAddress::parse(&format!("customer{i}@mail{}.example", i % 97))?;
    let external_id = Some(format!("C{i}"));
    Ok(CustomerRow {
        external_id,
        address,
        fields,
        zone: None,
        language: None,
        consents: Vec::new(),
        untold: Arc::default(),
    })
}

/// A record by its number, and its customer by theirs.
pub fn record(kind: &str, i: usize, customer: usize, fields: Fields) -> RecordRow {
    RecordRow {
        kind: kind.to_owned(),
        external_id: format!("V{i}"),
        customer: CustomerRef::ExternalId(format!("C{customer}")),
        fields,
        status: Some(RecordStatus::Live),
        untold: Arc::default(),
        left_to_calendars: Arc::default(),
    }
}

/// A moment as a field holds it.
pub fn at(instant: Instant) -> Value {
    Value::Datetime(CivilTime { local: Zone::UTC.local(instant), zone: Some(Zone::UTC) })
}

fn done(puts: &[Put]) -> anyhow::Result<()> {
    match puts.iter().find(|put| **put != Put::Created) {
        Some(other) => bail!("a row of the benchmark was not taken: {other:?}"),
        None => Ok(()),
    }
}

/// One value of each declared field, but for its dates. A status is one that the sample's conditions ask for.
pub fn specimen(kind: &str, fields: &BTreeMap<String, Field>) -> Fields {
    let status = if kind == "purchase" { "paid" } else { "booked" };
    let value = |name: &str, field: &Field| match field.kind {
        FieldType::Text if name == "status" => Some(Value::Text(status.to_owned())),
        FieldType::Text if field.written_by == WrittenBy::Answers => None,
        FieldType::Text => Some(Value::Text(format!("Some {name}"))),
        FieldType::Integer => Some(Value::Integer(45)),
        FieldType::Boolean => Some(Value::Boolean(true)),
        FieldType::Money => Some(Value::Money { minor: 4500, currency: "EUR".to_owned() }),
        FieldType::Datetime | FieldType::Date | FieldType::MonthDay | FieldType::Products => None,
    };
    fields.iter().filter_map(|(name, field)| Some((name.clone(), value(name, field)?))).collect()
}
