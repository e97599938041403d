//! What the database of a real installation says after the fact: plans and attempts, by plain SQL.

use sqlx::{Row, SqlitePool, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, path::Path};

/// One plan, with its customer's id in the import.
#[derive(Clone, Debug)]
pub struct PlanRow {
    pub customer: String,
    pub workflow: String,
    pub state: String,
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

impl Evidence {
    /// Reads it, while a daemon runs or after it ended.
    pub fn of(database: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(Self::read(database)).unwrap()
    }

    async fn read(database: &Path) -> Result<Self, sqlx::Error> {
        let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(database)).await?;
        let mut transaction = pool.begin().await?;
        let plans = sqlx::query(
            "SELECT p.id, c.external_id, p.workflow, p.state
             FROM plans p JOIN customers c ON c.id = p.customer",
        );
        let plans = plans
            .fetch_all(&mut *transaction)
            .await?
            .into_iter()
            .map(|row| (row.get(0), PlanRow { customer: row.get(1), workflow: row.get(2), state: row.get(3) }));
        let attempts = sqlx::query("SELECT plan, node, state FROM attempts ORDER BY id");
        let attempts = attempts.fetch_all(&mut *transaction).await?.into_iter();
        let attempts = attempts.map(|row| AttemptRow { plan: row.get(0), node: row.get(1), state: row.get(2) });
        let evidence = Self { plans: plans.collect(), attempts: attempts.collect() };
        transaction.commit().await?;
        pool.close().await;
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

/// Looks at single plans while the daemon works on them.
pub struct Lookout {
    runtime: tokio::runtime::Runtime,
    pool: SqlitePool,
}

impl Lookout {
    pub fn at(database: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = SqliteConnectOptions::new().filename(database).read_only(true);
        let pool = runtime.block_on(SqlitePool::connect_with(options)).unwrap();
        Self { runtime, pool }
    }

    /// The state of this customer's newest plan at this moment.
    pub fn state(&self, customer: &str) -> String {
        let query = sqlx::query_scalar(
            "SELECT p.state FROM plans p JOIN customers c ON c.id = p.customer
             WHERE c.external_id = $1 ORDER BY p.id DESC LIMIT 1",
        );
        self.runtime.block_on(query.bind(customer).fetch_one(&self.pool)).unwrap()
    }
}
