//! The conversation with SQLite's thread: what needs no answer travels with the next question.
//!
//! sqlx gives every SQLite connection a thread of its own, so that each statement is two switches between threads,
//! and on a machine at rest two sleeping processors to be woken: some 100 µs for a statement that takes 10. A round of
//! the writer is some twenty statements. So those whose answer nobody needs at once wait here, and go in one text,
//! separated by `;`, in front of the next one that is needed: a round becomes five or six exchanges.
//!
//! Parameters are numbered through, because `$1` means the first argument of the whole text. That sqlx takes several
//! statements with arguments in one text holds for SQLite only; PostgreSQL has pipelining in its protocol.
//!
//! Invariant: statements reach the database in the order in which they were said. Whoever wants the connection itself
//! gets it when nothing waits any more.
//!
//! In a rehearsal's copy a transaction may stand open after its round: see [`Conversation::leave_open`].

use super::{StoreError, schema::BUSY_FOR, statements::Statement};
use futures_util::TryStreamExt;
use sqlx::{
    Arguments, AssertSqlSafe, Connection, Either, Executor, Row, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};
use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Rounds that one transaction takes at most. What they write is kept in memory until it ends.
const ROUNDS_OPEN: u32 = 32;

/// One statement with its arguments.
pub(super) struct Query {
    sql: &'static str,
    arguments: Vec<Argument>,
    changes: Option<u64>,
}

enum Argument {
    Text(String),
    Integer(i64),
}

impl Query {
    pub fn of(statement: Statement) -> Self {
        Self { sql: statement.sqlite, arguments: Vec::new(), changes: None }
    }

    pub fn text(mut self, text: String) -> Self {
        self.arguments.push(Argument::Text(text));
        self
    }

    pub fn integer(mut self, integer: i64) -> Self {
        self.arguments.push(Argument::Integer(integer));
        self
    }

    /// Another number of changed rows is an error: something changed between reading and writing.
    pub fn changing(mut self, rows: usize) -> Self {
        self.changes = Some(rows as u64);
        self
    }
}

/// See the module.
pub(super) struct Conversation {
    connection: SqliteConnection,
    waiting: Vec<Query>,
    /// The joined texts, by the texts that they are made of. There are as many as kinds of rounds: some dozens.
    joined: HashMap<Vec<&'static str>, Arc<str>>,
    /// Rounds that the transaction which stands open has taken.
    rounds: u32,
    /// Whether there is one. Who reads on another connection asks before.
    stands_open: Arc<AtomicBool>,
}

impl Conversation {
    pub fn over(connection: SqliteConnection) -> Self {
        let stands_open = Arc::default();
        Self { connection, waiting: Vec::new(), joined: HashMap::new(), rounds: 0, stands_open }
    }

    /// Whether something was answered that other connections don't see yet.
    pub fn stands_open(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stands_open)
    }

    /// Says it with the next question.
    pub fn say(&mut self, query: Query) {
        self.waiting.push(query);
    }

    /// Says what stands in no table of statements: `BEGIN`, `COMMIT` and their kind.
    pub fn control(&mut self, sql: &'static str) {
        self.say(Query { sql, arguments: Vec::new(), changes: None });
    }

    /// Says all that waits, and hears that it is done.
    pub async fn finish(&mut self) -> Result<(), StoreError> {
        self.ask([]).await.map(drop)
    }

    /// The rows that one statement gives.
    pub async fn rows(&mut self, query: Query) -> Result<Vec<SqliteRow>, StoreError> {
        let [rows] = self.ask([query]).await?;
        Ok(rows)
    }

    /// The rows that each statement gives, after all that waits.
    pub async fn ask<const N: usize>(&mut self, questions: [Query; N]) -> Result<[Vec<SqliteRow>; N], StoreError> {
        let silent = self.waiting.len();
        let mut all = std::mem::take(&mut self.waiting);
        all.extend(questions);
        let mut answers = [const { Vec::new() }; N];
        if all.is_empty() {
            return Ok(answers);
        }
        let text = AssertSqlSafe(self.text(&all));
        let mut stream = self.connection.fetch_many(sqlx::query_with(text, arguments(&all)?));
        let mut current = 0_usize;
        while let Some(news) = stream.try_next().await? {
            match news {
                Either::Right(row) => {
                    if let Some(rows) = current.checked_sub(silent).and_then(|at| answers.get_mut(at)) {
                        rows.push(row);
                    }
                }
                Either::Left(done) => {
                    let expected = all.get(current).and_then(|query| query.changes);
                    if expected.is_some_and(|expected| expected != done.rows_affected()) {
                        return Err(StoreError::odd("a row's state", "a change between reading and writing"));
                    }
                    current += 1;
                }
            }
        }
        Ok(answers)
    }

    /// Begins a transaction of its own: what stands open is committed before.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        if self.rounds > 0 {
            self.commit().await?;
        }
        self.control("BEGIN IMMEDIATE");
        Ok(())
    }

    /// Goes on with the transaction that stands open, or begins one.
    pub fn go_on(&mut self) {
        if self.rounds == 0 {
            self.control("BEGIN IMMEDIATE");
        }
    }

    /// Leaves the transaction open for the rounds to come, so that a page that several of them change is written once. Then
    /// it commits. Whoever answers before that may lose what was answered: for copies, which are lost as a whole.
    pub async fn leave_open(&mut self) -> Result<(), StoreError> {
        if self.rounds >= ROUNDS_OPEN {
            return self.commit().await;
        }
        self.finish().await?;
        self.rounds += 1;
        self.stands_open.store(true, Ordering::Release);
        Ok(())
    }

    fn closed(&mut self) {
        self.rounds = 0;
        self.stands_open.store(false, Ordering::Release);
    }

    /// Commits. What waits is heard first where its number of rows is to be checked: SQLite's thread runs ahead of
    /// whoever listens, and would have committed before the number is seen.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        if self.waiting.iter().any(|query| query.changes.is_some()) {
            self.finish().await?;
        }
        self.control("COMMIT");
        self.finish().await?;
        self.closed();
        Ok(())
    }

    /// The connection, when all that waited is done.
    pub async fn alone(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.finish().await?;
        Ok(&mut self.connection)
    }

    /// Folds the log into the files, and empties it. `false` where a reader still needs what stands in it: nobody waits for
    /// one, because all writing would wait with them.
    pub async fn empty_log(&mut self) -> Result<bool, StoreError> {
        sqlx::query("PRAGMA busy_timeout = 0").execute(self.alone().await?).await?;
        let emptied = self.try_to_empty_log().await;
        let waits = format!("PRAGMA busy_timeout = {}", BUSY_FOR.as_millis());
        sqlx::query(AssertSqlSafe(waits)).execute(self.alone().await?).await?;
        emptied
    }

    async fn try_to_empty_log(&mut self) -> Result<bool, StoreError> {
        let mut is_empty = true;
        for log in ["PRAGMA main.wal_checkpoint(TRUNCATE)", "PRAGMA keystore.wal_checkpoint(TRUNCATE)"] {
            let row = sqlx::query(log).fetch_one(self.alone().await?).await?;
            is_empty &= row.try_get::<i64, _>("busy")? == 0;
        }
        Ok(is_empty)
    }

    /// Forgets what waits, and takes the transaction back.
    pub async fn take_back(&mut self) {
        self.waiting.clear();
        // SQLite may have rolled back by itself; then this finds no transaction, which is what we want.
        let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        self.closed();
    }

    /// Forgets what waits, and goes back to the savepoint.
    pub async fn take_back_to(&mut self, savepoint: &'static str) -> Result<(), StoreError> {
        self.waiting.clear();
        self.control(savepoint);
        self.finish().await
    }

    pub async fn close(mut self) -> Result<(), StoreError> {
        if self.rounds > 0 {
            self.commit().await?;
        }
        Ok(self.connection.close().await?)
    }

    fn text(&mut self, queries: &[Query]) -> Arc<str> {
        let key: Vec<&'static str> = queries.iter().map(|query| query.sql).collect();
        let joined = self.joined.entry(key).or_insert_with(|| join(queries).into());
        Arc::clone(joined)
    }
}

/// One text, with the parameters numbered through.
fn join(queries: &[Query]) -> String {
    let mut text = String::new();
    let mut before = 0;
    for query in queries {
        let mut pieces = query.sql.split('$');
        text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = piece.split_at(digits);
            let number = number.parse::<usize>().unwrap_or_default();
            // Writing to a String can't fail.
            let _ = write!(text, "${}{rest}", before + number);
        }
        text.push_str(";\n");
        before += query.arguments.len();
    }
    text
}

fn arguments(queries: &[Query]) -> Result<SqliteArguments, StoreError> {
    let mut arguments = SqliteArguments::default();
    for argument in queries.iter().flat_map(|query| &query.arguments) {
        let added = match argument {
            Argument::Text(text) => arguments.add(text.as_str()),
            Argument::Integer(integer) => arguments.add(*integer),
        };
        added.map_err(|error| StoreError::odd("an argument", &error.to_string()))?;
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAKE: Statement = plain("CREATE TABLE cups (id INTEGER PRIMARY KEY, full INTEGER NOT NULL)");
    const FILL: Statement = plain("INSERT INTO cups (id, full) VALUES ($1, $2)");
    const EMPTY: Statement = plain("UPDATE cups SET full = 0 WHERE id = $1");
    const FULL: Statement = plain("SELECT id FROM cups WHERE full = $1 AND id > $2 ORDER BY id");

    const fn plain(sql: &'static str) -> Statement {
        Statement { name: "test", sqlite: sql, postgres: sql }
    }

    async fn cupboard() -> Conversation {
        let mut database = Conversation::over(SqliteConnection::connect("sqlite::memory:").await.unwrap());
        database.say(Query::of(MAKE));
        database
    }

    async fn full(database: &mut Conversation) -> Vec<i64> {
        use sqlx::Row;
        let rows = database.rows(Query::of(FULL).integer(1).integer(0)).await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect()
    }

    #[tokio::test]
    async fn what_is_said_comes_before_what_is_asked_with_its_own_arguments() {
        let mut database = cupboard().await;
        for id in 1..=3 {
            database.say(Query::of(FILL).integer(id).integer(1));
        }
        database.say(Query::of(EMPTY).integer(2));
        assert_eq!(full(&mut database).await, [1, 3]);
    }

    #[tokio::test]
    async fn a_wrong_number_of_rows_is_never_committed() {
        let mut database = cupboard().await;
        database.control("BEGIN IMMEDIATE");
        database.say(Query::of(EMPTY).integer(7).changing(1));
        database.say(Query::of(FILL).integer(1).integer(1));
        assert!(database.commit().await.is_err());
        // Whether SQLite's thread is ahead is chance, so the text is looked at: a check and the commit are never in one.
        let together = |text: &&Vec<&str>| text.contains(&EMPTY.sqlite) && text.contains(&"COMMIT");
        assert_eq!(database.joined.keys().find(together), None);
        database.take_back().await;
        assert_eq!(full(&mut database).await, [] as [i64; 0]);
    }

    #[test]
    fn every_dollar_in_a_statement_is_a_parameter() {
        // A path of JSON (`'$.x'`) would be numbered like one.
        for statement in super::super::statements::all() {
            let is_number = |piece: &str| piece.starts_with(|c: char| c.is_ascii_digit());
            assert!(statement.sqlite.split('$').skip(1).all(is_number), "{}", statement.name);
        }
    }
}
