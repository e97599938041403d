//! Opening a database: where it lies, and its tables by migrations of the same names on both.

pub mod sqlite;
pub mod postgres;
mod scratch;
mod roll;

use super::{
    StoreError,
    database::{Link, Readers},
    keystore, moving, soundness,
};
#[cfg(debug_assertions)]
use crate::fault::{self, Switch};
use crate::{
    base::{Clock, keys::Keyring},
    clock::ClockWatch,
};
pub use postgres::{SESSION, Server};
pub use scratch::Scratch;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use std::{
    borrow::Cow,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// One migration.
#[derive(Clone, Copy)]
struct Step {
    version: i64,
    description: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
    /// Programs that know the tables up to this version may work on beside it: it only adds what they needn't know. See `roll`.
    beside: i64,
}

macro_rules! migrations {
    ($($version:literal $description:literal $file:literal $(beside $beside:literal)?,)+) => {
        const MIGRATIONS: &[Step] = &[$(Step {
            version: $version,
            description: $description,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $file, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $file, ".sql")),
            beside: [$($beside,)? $version][0],
        }),+];
    };
}

migrations! {
    1 "the way through" "0001_the_way_through",
    2 "calendars" "0002_calendars",
    3 "answers" "0003_answers",
    4 "revisions" "0004_revisions",
    5 "owner" "0005_owner",
    6 "the API" "0006_api",
    7 "approvals" "0007_approvals",
    8 "days of the year" "0008_customer_days",
    9 "tasks" "0009_tasks",
    10 "wordings" "0010_wordings",
    11 "preferences" "0011_preferences",
    12 "sign-ups" "0012_sign_ups",
    13 "seals" "0013_seals",
    14 "bars" "0014_bars",
    15 "privacy notices" "0015_privacy_notices",
    16 "key store" "0016_keystore",
    17 "erasures" "0017_erasures",
    18 "assessments" "0018_assessments",
    19 "erased handles" "0019_erased_handles",
    20 "requests" "0020_requests",
    21 "address changes" "0021_address_changes",
    22 "looks" "0022_looks",
    23 "notice news" "0023_notice_news",
    24 "confirmed at" "0024_confirmed_at",
    25 "retention" "0025_retention",
    26 "strangers" "0026_strangers",
    27 "catalogue" "0027_catalogue",
    28 "recommendations" "0028_recommendations",
    29 "listed products" "0029_listed_products",
    30 "shops" "0030_shops",
    31 "categories" "0031_categories",
    32 "homes" "0032_homes",
    33 "restored" "0033_restored",
}

/// All that this program knows.
fn steps() -> impl Iterator<Item = Step> {
    MIGRATIONS.iter().copied().chain(next_version())
}

/// What a version to come may add: a proof of upgrades needs one.
#[cfg(debug_assertions)]
fn next_version() -> Option<Step> {
    let beside = if fault::is_on(Switch::NextVersion) {
        MIGRATIONS.last()?.version
    } else if fault::is_on(Switch::NextVersionAlone) {
        9_001
    } else {
        return None;
    };
    let text = "ALTER TABLE plans ADD COLUMN next_version BIGINT";
    Some(Step { version: 9_001, description: "next version", sqlite: text, postgres: text, beside })
}

#[cfg(not(debug_assertions))]
const fn next_version() -> Option<Step> {
    None
}

fn migrator(text: impl Fn(&Step) -> &'static str) -> Migrator {
    let migrations = steps().map(|step| {
        let text = sqlx::SqlSafeStr::into_sql_str(text(&step));
        Migration::new(step.version, Cow::Borrowed(step.description), MigrationType::Simple, text, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// How long what is written stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lasting {
    /// A commit that was answered survives a power cut.
    ForEver,
    /// The file is a copy, deleted by whoever made it: the disk is never waited for.
    ForNow,
}

/// What a store needs.
#[derive(Clone)]
pub struct Opening {
    /// Where it lies.
    pub database: Database,
    /// The files in which it would lie if it weren't on a server: as long as they hold rows that nobody moved, nobody works.
    pub left: Option<Files>,
    /// The file of the journal: stops and receipts, while the database is away.
    pub journal: PathBuf,
    /// Seals personal columns.
    pub keys: Arc<Keyring>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Whether the clock is doubted.
    pub watch: ClockWatch,
    /// How long a permit lives.
    pub permit_life: Duration,
    /// How long what is written stays.
    pub lasting: Lasting,
    /// Which machine and data directory a node works from, where others work with the same database; empty where none do.
    pub home: String,
    /// The folder in which stops and erasures are kept outside the database, too. None: nowhere.
    pub kept: Option<PathBuf>,
}

/// Where a database lies.
#[derive(Clone, Debug)]
pub enum Database {
    /// In two files of this machine.
    Files(Files),
    /// On a PostgreSQL server.
    Server(Server),
}

/// The database of a data directory.
#[must_use]
pub fn file_in(data: &Path) -> PathBuf {
    data.join("comity.db")
}

/// The two files of a database.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Files {
    /// The rows.
    pub rows: PathBuf,
    /// The key store.
    pub keys: PathBuf,
}

impl Files {
    /// A database with its key store beside it.
    #[must_use]
    pub fn beside(rows: PathBuf) -> Self {
        Self { keys: keystore::beside(&rows), rows }
    }

    /// Those of a data directory whose key store is in this folder.
    #[must_use]
    pub fn of(data: &Path, keystore: &Path) -> Self {
        Self { rows: file_in(data), keys: keystore::beside(&file_in(keystore)) }
    }

    /// Each with the one of another database that is its like.
    #[must_use]
    pub fn paired<'a>(&'a self, other: &'a Self) -> [(&'a Path, &'a Path); 2] {
        [(&self.rows, &other.rows), (&self.keys, &other.keys)]
    }
}

impl Database {
    /// In this file, with its key store beside it.
    #[must_use]
    pub fn file(rows: PathBuf) -> Self {
        Self::Files(Files::beside(rows))
    }

    /// Whether it is known to be there: of one on a server, only who asks it can say.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match self {
            Self::Files(files) => files.rows.exists(),
            Self::Server(_) => true,
        }
    }

    /// The server, where it is on one.
    #[must_use]
    pub const fn server(&self) -> Option<&Server> {
        match self {
            Self::Files(_) => None,
            Self::Server(server) => Some(server),
        }
    }
}

/// As messages name it.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(Files { rows, .. }) => write!(f, "{}", rows.display()),
            Self::Server(server) => write!(f, "{server}"),
        }
    }
}

/// A link that only reads, to whatever is there.
pub(super) async fn open_reader(database: &Database) -> Result<Link, StoreError> {
    Ok(match database {
        Database::Files(files) => Link::Sqlite(sqlite::open_reader(&files.rows).await?),
        Database::Server(server) => postgres::open_reader(server).await?,
    })
}

/// The link that writes, with the schema in place, and those that only read.
pub(super) async fn open(
    Opening { database, left, journal, lasting, clock, .. }: &Opening,
) -> Result<(Link, Readers), StoreError> {
    Ok(match database {
        Database::Files(files) => {
            sqlite::look_for(files, journal)?;
            sqlite::make_private(files)?;
            let mut writer = Link::Sqlite(sqlite::open_writer(files, *lasting).await?);
            moving::must_not_be_moved(&mut writer).await?;
            if *lasting == Lasting::ForEver {
                soundness::begin(&mut writer, &database.to_string(), clock.now()).await?;
            }
            (writer, Readers::Sqlite(sqlite::open_readers(files).await?))
        }
        Database::Server(server) => {
            moving::must_be_moved(left.as_ref(), server).await?;
            let mut writer = postgres::open_writer(server, Some(journal)).await?;
            moving::must_have_come(&mut writer).await?;
            (writer, postgres::open_readers(server))
        }
    })
}
