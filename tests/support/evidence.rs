//! What the database of a real installation says after the fact: plans and attempts, by plain SQL.

use sqlx::{AssertSqlSafe, PgPool, SqlSafeStr, SqlitePool, postgres::PgPoolOptions, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, path::PathBuf};

/// One plan, with its customer's id in the import.
#[derive(Clone, Debug)]
pub struct PlanRow {
    pub customer: String,
    pub workflow: String,
    pub state: String,
    /// When it is asked next, while it is planned, in milliseconds.
    pub next_at: i64,
    /// The name of the reason, where it was refused.
    pub refused_for: Option<String>,
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    pub plan: i64,
    pub node: i64,
    pub state: String,
}

/// Both, read in one go.
#[derive(Debug, Default)]
pub struct Evidence {
    pub plans: BTreeMap<i64, PlanRow>,
    pub attempts: Vec<AttemptRow>,
}

/// Where an installation keeps its rows.
#[derive(Clone, Debug)]
pub enum Rows {
    File(PathBuf),
    Server(String),
}

impl From<&Rows> for Rows {
    fn from(rows: &Self) -> Self {
        rows.clone()
    }
}

impl From<&PathBuf> for Rows {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    async fn at(rows: &Rows) -> Result<Self, sqlx::Error> {
        Ok(match rows {
            Rows::File(path) => Self::Sqlite(
                SqlitePool::connect_with(SqliteConnectOptions::new().filename(path).read_only(true)).await?,
            ),
            Rows::Server(url) => Self::Postgres(PgPoolOptions::new().max_connections(1).connect(url).await?),
        })
    }
}

/// A plan with its customer, workflow and state, and the node and state of one attempt.
type Attempted = (i64, String, String, String, i64, Option<String>, Option<i64>, Option<String>);

/// Asks whichever it is.
macro_rules! ask {
    ($pool:expr, $query:expr) => {
        match $pool {
            Pool::Sqlite(pool) => $query.fetch_all(pool).await,
            Pool::Postgres(pool) => $query.fetch_all(pool).await,
        }
    };
}

impl Evidence {
    /// Reads it, while a daemon runs or after it ended.
    pub fn of(rows: impl Into<Rows>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(Self::read(&rows.into())).unwrap()
    }

    async fn read(rows: &Rows) -> Result<Self, sqlx::Error> {
        let pool = Pool::at(rows).await?;
        // One statement, so that it is one moment: plans, and with each what was attempted.
        let all: Vec<Attempted> = ask!(
            &pool,
            sqlx::query_as(
                "SELECT p.id, c.external_id, p.workflow, p.state, p.next_at, p.refused_for, a.node, a.state
                 FROM plans p JOIN customers c ON c.id = p.customer LEFT JOIN attempts a ON a.plan = p.id
                 ORDER BY a.id",
            )
        )?;
        let mut evidence = Self::default();
        for (plan, customer, workflow, state, next_at, refused_for, node, attempt) in all {
            evidence.plans.insert(plan, PlanRow { customer, workflow, state, next_at, refused_for });
            if let (Some(node), Some(state)) = (node, attempt) {
                evidence.attempts.push(AttemptRow { plan, node, state });
            }
        }
        Ok(evidence)
    }

    /// Plans that have not ended.
    pub fn open(&self) -> usize {
        self.plans.values().filter(|p| matches!(p.state.as_str(), "planned" | "leased" | "sending")).count()
    }

    /// How many attempts of a plan are in this state.
    pub fn attempts(&self, plan: i64, state: &str) -> usize {
        self.attempts.iter().filter(|a| a.plan == plan && a.state == state).count()
    }
}

/// Changes rows, while no daemon runs.
pub fn write(rows: &Rows, statement: &'static str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match rows {
            Rows::File(path) => {
                let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await.unwrap();
                sqlx::query(statement).execute(&pool).await.unwrap();
                pool.close().await;
            }
            Rows::Server(url) => {
                let pool = PgPool::connect(url).await.unwrap();
                sqlx::query(statement).execute(&pool).await.unwrap();
                pool.close().await;
            }
        }
    });
}

/// Asks the rows, again and again, while daemons work on them.
pub struct Lookout {
    runtime: tokio::runtime::Runtime,
    pool: Pool,
}

impl Lookout {
    pub fn at(rows: &Rows) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let pool = runtime.block_on(Pool::at(rows)).unwrap();
        Self { runtime, pool }
    }

    /// One number.
    pub fn number(&self, question: &str) -> i64 {
        self.numbers(question).into_iter().next().expect("a row")
    }

    /// One number of each row.
    pub fn numbers(&self, question: &str) -> Vec<i64> {
        let asked = AssertSqlSafe(question.to_owned()).into_sql_str();
        self.runtime.block_on(async { ask!(&self.pool, sqlx::query_scalar(asked)).unwrap() })
    }

    /// A name and bytes of each row.
    pub fn named_bytes(&self, question: &'static str) -> Vec<(String, Vec<u8>)> {
        self.runtime.block_on(async { ask!(&self.pool, sqlx::query_as(question)).unwrap() })
    }
}
