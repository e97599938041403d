//! A yard to measure in: a fresh database full of customers with one visit each, and an engine over it.

use crate::{
    base::{Clock, EmailAddress, Instant, Value, Zone, civil::CivilTime, keys::Keyring, value::Fields},
    clock::{ClockWatch, VirtualClock},
    config::{self, Installation},
    deliver::Tls,
    engine::{
        in_force::Outfit,
        lifecycle::{Engine, Means},
    },
    policy::{Field, FieldType},
    store::{CustomerRef, CustomerRow, Dry, Put, RecordRow},
    trigger::RecordStatus,
};
use anyhow::{Context, bail};
use std::{collections::BTreeMap, net::SocketAddr, num::NonZeroUsize, path::Path, sync::Arc, time::Duration};

/// Rows of one import transaction.
const CHUNK: usize = 500;
/// Plans claimed at a time.
const CLAIM_ROWS: usize = 256;
/// When everything is due: a Wednesday at 10:00 UTC.
pub const DUE_AT: Instant = Instant::from_ms(1_804_672_800_000);
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
pub struct Yard {
    /// Over the fresh database; its clock stands a minute before everything is due.
    pub engine: Engine,
    /// The engine's clock.
    pub clock: Arc<VirtualClock>,
    /// With its data directory and mail server replaced.
    pub installation: Arc<Installation>,
    // Deleted when dropped, after the engine.
    _folder: tempfile::TempDir,
}

impl Yard {
    /// Lays one with so many customers whose visits are `visits_in` after [`DUE_AT`].
    ///
    /// # Errors
    /// When there is no room for it, or the installation has no workflow on records.
    pub async fn lay(
        dir: &Path,
        customers: usize,
        visits_in: Duration,
        server: SocketAddr,
        lanes: usize,
        signing: Signing,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let mut installation = towards(dir, server, lanes)?;
        installation.config.data = folder.path().join("data");
        if signing == Signing::Off {
            installation.config.mail.dkim = None;
        }
        let installation = Arc::new(installation);

        let clock = VirtualClock::starting_at(DUE_AT.minus(KNOWN));
        let means = Means {
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            watch: ClockWatch::Off,
            outfit: Outfit::by_smtp(&installation)?,
            keys: Arc::new(Keyring::derive(&[7; 32])),
        };
        let engine = Engine::open(Arc::clone(&installation), means).await?;
        fill(&engine, &installation, customers, DUE_AT.plus(visits_in)).await?;
        Ok(Self { engine, clock, installation, _folder: folder })
    }
}

/// The installation with its mail server replaced by one on this machine.
///
/// # Errors
/// When the installation has mistakes.
pub fn towards(dir: &Path, server: SocketAddr, lanes: usize) -> anyhow::Result<Installation> {
    let mut installation = config::load(dir)?;
    let smtp = &mut installation.config.smtp;
    smtp.host = server.ip().to_string();
    smtp.port = server.port();
    smtp.tls = Tls::NoneOnLoopback;
    smtp.login = None;
    smtp.lanes = NonZeroUsize::new(lanes).context("no lanes")?;
    installation.config.limits.claim_rows = CLAIM_ROWS;
    Ok(installation)
}

async fn fill(engine: &Engine, installation: &Installation, customers: usize, visit: Instant) -> anyhow::Result<()> {
    let workflow = installation.workflows.values().next().context("the installation has no workflow")?;
    let date = workflow.trigger.date().context("the workflow is about no date of a record")?;
    let record = installation.policy.records.get(&date.record).context("its record type is not declared")?;
    let visit = Value::Datetime(CivilTime { local: Zone::UTC.local(visit), zone: Some(Zone::UTC) });
    let mut fields = specimen(&record.fields);
    fields.insert(date.field.clone(), visit);
    let customer_fields = specimen(&installation.policy.customer);
    for chunk in (0..customers).collect::<Vec<_>>().chunks(CHUNK) {
        let people = chunk.iter().map(|i| customer(*i, customer_fields.clone())).collect::<anyhow::Result<_>>()?;
        done(&engine.store.put_customers(people, engine.rulebook() as _, Dry::Apply).await?.puts)?;
        let visits = chunk.iter().map(|i| RecordRow {
            kind: date.record.clone(),
            external_id: format!("V{i}"),
            customer: CustomerRef::ExternalId(format!("C{i}")),
            fields: fields.clone(),
            status: Some(RecordStatus::Live),
            untold: Arc::default(),
            left_to_calendars: Arc::default(),
        });
        let rulebook = engine.rulebook();
        done(&engine.store.put_records(visits.collect(), rulebook, Dry::Apply).await?.puts)?;
    }
    Ok(())
}

fn customer(i: usize, fields: Fields) -> anyhow::Result<CustomerRow> {
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

fn done(puts: &[Put]) -> anyhow::Result<()> {
    match puts.iter().find(|put| **put != Put::Created) {
        Some(other) => bail!("a row of the benchmark was not taken: {other:?}"),
        None => Ok(()),
    }
}

/// One value of each declared field.
fn specimen(fields: &BTreeMap<String, Field>) -> Fields {
    let value = |name: &str, field: &Field| match field.kind {
        FieldType::Text if name == "status" => Some(Value::Text("booked".to_owned())),
        FieldType::Text => Some(Value::Text(format!("Some {name}"))),
        FieldType::Integer => Some(Value::Integer(45)),
        FieldType::Boolean => Some(Value::Boolean(true)),
        FieldType::Money => Some(Value::Money { minor: 4500, currency: "EUR".to_owned() }),
        FieldType::Datetime | FieldType::Date | FieldType::MonthDay => None,
    };
    fields.iter().filter_map(|(name, field)| Some((name.clone(), value(name, field)?))).collect()
}
