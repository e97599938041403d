//! The conversation with the database: what needs no answer travels with the next question.
//!
//! sqlx gives every SQLite connection a thread of its own, so that each statement is two switches between threads,
//! and on a machine at rest two sleeping processors to be woken: some 100 µs for a statement that takes 10. A round of
//! the writer is some twenty statements. So those whose answer nobody needs at once wait here, and go in one text,
//! separated by `;`, in front of the next one that is needed: a round becomes five or six exchanges.
//!
//! Parameters are numbered through, because `$1` means the first argument of the whole text. That sqlx takes several
//! statements with arguments in one text holds for SQLite only: PostgreSQL is asked one after the other.
//!
//! Invariant: statements reach the database in the order in which they were said. Whoever wants the connection itself
//! gets it when nothing waits any more.
//!
//! In a rehearsal's copy a transaction may stand open after its round: see [`Conversation::leave_open`].

use super::{
    StoreError,
    away::Away,
    database::{Link, Query, Row, Side, arguments, query, query_as},
    schema::{Server, postgres, sqlite::SQLITE_WAITS},
    statements::{Statement, control},
};
use crate::fault::seam::{self, Shared, Turn};
use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, Either, Executor, Row as _, SqliteConnection, postgres::PgArguments, sqlite::SqliteArguments,
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
/// Milliseconds: as a node's lease. It beats far more often.
const ENDS_WHEN_IDLE: &str = "SET idle_session_timeout = 30000";

/// See the module.
pub(super) struct Conversation {
    link: Link,
    waiting: Vec<Query>,
    /// The joined texts, by the texts that they are made of. There are as many as kinds of rounds: some dozens.
    joined: HashMap<Vec<&'static str>, Arc<str>>,
    /// Rounds that the transaction which stands open has taken.
    rounds: u32,
    /// Whether there is one. Who reads on another connection asks before.
    stands_open: Arc<AtomicBool>,
    /// Where a link that broke is made anew: a file's doesn't break.
    server: Option<Server>,
    broken: bool,
    /// Whether this link is another one than the one over which the database was met.
    another: bool,
    /// See [`Self::leads`].
    leads: bool,
    away: Arc<Away>,
    /// What was found wrong with the files.
    damage: Option<StoreError>,
    /// What does a server's part, where nodes of a simulation share files.
    shared: Option<Arc<dyn Shared>>,
    /// Behind the link: whoever comes next finds what this one left.
    turn: Option<Turn>,
}

impl Conversation {
    pub fn over(link: Link, server: Option<Server>) -> Self {
        let (waiting, joined) = (Vec::new(), HashMap::new());
        let (stands_open, rounds) = (Arc::default(), 0);
        let (broken, another, leads, away, damage) = (false, false, false, Arc::default(), None);
        let (shared, turn) = (seam::shared(), None);
        Self { link, waiting, joined, rounds, stands_open, server, broken, another, leads, away, damage, shared, turn }
    }

    /// Whether the server is away.
    pub fn away(&self) -> Arc<Away> {
        Arc::clone(&self.away)
    }

    /// Whether other nodes may work with the same database.
    pub const fn is_shared(&self) -> bool {
        self.server.is_some() || self.shared.is_some()
    }

    /// Whether this node has, or gets now, the lock of the one that does what one does alone. It holds it by this link.
    pub async fn leads(&mut self) -> Result<bool, StoreError> {
        if let Some(shared) = self.shared.clone() {
            let asked: i64 = query_as(control::LEAD).fetch_one(self.alone().await?).await?;
            return Ok(asked > 0 && shared.leads());
        }
        if !self.leads && self.is_shared() {
            let held: i64 = query_as(control::LEAD).fetch_one(self.alone().await?).await?;
            self.leads = held > 0;
            if self.leads {
                // A node that is frozen leads no longer than it lives.
                self.link.script(ENDS_WHEN_IDLE.to_owned()).await?;
            }
        }
        Ok(self.leads || !self.is_shared())
    }

    /// Whether something was answered that other connections don't see yet.
    pub fn stands_open(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stands_open)
    }

    /// Says it with the next question.
    pub fn say(&mut self, query: Query) {
        self.waiting.push(query);
    }

    /// Says all that waits, and hears that it is done.
    pub async fn finish(&mut self) -> Result<(), StoreError> {
        self.ask([]).await.map(drop)
    }

    /// The rows that one statement gives.
    pub async fn rows(&mut self, query: Query) -> Result<Vec<Row>, StoreError> {
        let [rows] = self.ask([query]).await?;
        Ok(rows)
    }

    /// The rows that each statement gives, after all that waits.
    pub async fn ask<const N: usize>(&mut self, questions: [Query; N]) -> Result<[Vec<Row>; N], StoreError> {
        let silent = self.waiting.len();
        let mut all = std::mem::take(&mut self.waiting);
        all.extend(questions);
        let mut answers = [const { Vec::new() }; N];
        if all.is_empty() {
            return Ok(answers);
        }
        let mut heard = |current: usize, row: Row| {
            if let Some(rows) = current.checked_sub(silent).and_then(|at| answers.get_mut(at)) {
                rows.push(row);
            }
        };
        match self.link.side() {
            Side::Sqlite(link) => {
                let text = AssertSqlSafe(text(&mut self.joined, &all));
                let mut stream = link.fetch_many(sqlx::query_with(text, arguments::<SqliteArguments, _>(&all)?));
                let answers = async {
                    let mut current = 0_usize;
                    while let Some(news) = stream.try_next().await? {
                        match news {
                            Either::Right(row) => heard(current, Row::Sqlite(row)),
                            Either::Left(done) => {
                                all.get(current).map_or(Ok(()), |query| query.agrees(done.into()))?;
                                current += 1;
                            }
                        }
                    }
                    Ok::<(), StoreError>(())
                };
                let last = all.last().map_or("", |query| query.statement.name);
                seam::ask(last, answers).await??;
            }
            Side::Postgres(link, ear) => {
                for (current, query) in all.iter().enumerate() {
                    let arguments = arguments::<PgArguments, _>([query])?;
                    let mut stream = link.fetch_many(sqlx::query_with(query.statement.postgres, arguments));
                    while let Some(news) = ear.hear(stream.try_next()).await?? {
                        match news {
                            Either::Right(row) => heard(current, Row::Postgres(row)),
                            Either::Left(done) => query.agrees(done.into())?,
                        }
                    }
                }
            }
        }
        Ok(answers)
    }

    /// Begins a transaction of its own: what stands open is committed before.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        self.damage.clone().map_or(Ok(()), Err)?;
        if self.rounds > 0 {
            self.commit().await?;
        }
        self.mend().await?;
        if let Some(shared) = &self.shared {
            self.turn = Some(shared.turn().await);
        }
        self.say(query(control::BEGIN));
        if self.server.is_some() {
            self.say(query(control::TAKE_TURN));
        }
        Ok(())
    }

    /// Nothing is written to files that are damaged: whoever would hears this.
    pub fn begin_no_more(&mut self, damage: StoreError) {
        self.damage = Some(damage);
    }

    async fn mend(&mut self) -> Result<(), StoreError> {
        if self.broken
            && let Some(server) = &self.server
        {
            self.link = match postgres::link_anew(server).await {
                Ok(link) => link,
                Err(error) => {
                    self.away.turn(Some(error.clone()));
                    return Err(error);
                }
            };
            self.away.turn(None);
            (self.broken, self.another, self.leads) = (false, true, false);
        }
        Ok(())
    }

    /// Whether the link is a new one, made now or before, and nobody has said that what is behind it is known.
    pub async fn is_another(&mut self) -> Result<bool, StoreError> {
        self.mend().await?;
        Ok(self.another)
    }

    /// What is behind the new link is known.
    pub const fn was_met(&mut self) {
        self.another = false;
    }

    /// Goes on with the transaction that stands open, or begins one.
    pub fn go_on(&mut self) {
        if self.rounds == 0 {
            self.say(query(control::BEGIN));
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
        self.turn = None;
        self.stands_open.store(false, Ordering::Release);
    }

    /// Commits. What waits is heard first where its number of rows is to be checked: SQLite's thread runs ahead of
    /// whoever listens, and would have committed before the number is seen.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        if self.waiting.iter().any(|query| query.changes.is_some()) {
            self.finish().await?;
        }
        self.say(query(control::COMMIT));
        self.finish().await?;
        self.closed();
        Ok(())
    }

    /// The connection, when all that waited is done.
    pub async fn alone(&mut self) -> Result<&mut Link, StoreError> {
        self.finish().await?;
        Ok(&mut self.link)
    }

    /// Makes away with what was written over: what SQLite's log holds goes into the files, and the log is emptied; PostgreSQL
    /// writes the keys anew. `false` where a reader still needs what stands there: nobody waits for one, because all writing
    /// would wait with them.
    pub async fn clear_away(&mut self) -> Result<bool, StoreError> {
        self.finish().await?;
        match self.link.side() {
            // Others may be reading.
            Side::Sqlite(_) if self.shared.is_some() => Ok(seam::ask("clear away", std::future::ready(true)).await?),
            Side::Sqlite(link) => seam::ask("clear away", fold_log(link)).await?,
            Side::Postgres(link, ear) => {
                ear.hear_out(sqlx::query("VACUUM (FULL) keystore.keys").execute(link)).await??;
                Ok(true)
            }
        }
    }

    /// Forgets what waits, and takes the transaction back.
    pub async fn take_back(&mut self) {
        self.waiting.clear();
        // The database may have rolled back by itself; then this finds no transaction, which is what we want.
        if !self.broken
            && let Err(error @ StoreError::Unreachable { .. }) = query(control::ROLLBACK).execute(&mut self.link).await
        {
            self.broken = true;
            self.away.turn(Some(error));
        }
        self.closed();
    }

    /// Forgets what waits, and goes back to the savepoint.
    pub async fn take_back_to(&mut self, savepoint: Statement) -> Result<(), StoreError> {
        self.waiting.clear();
        self.say(query(savepoint));
        self.finish().await
    }

    pub async fn close(mut self) -> Result<(), StoreError> {
        if self.rounds > 0 {
            self.commit().await?;
        }
        self.link.close().await
    }
}

async fn fold_log(link: &mut SqliteConnection) -> Result<bool, StoreError> {
    sqlx::query("PRAGMA busy_timeout = 0").execute(&mut *link).await?;
    let emptied = empty_log(link).await;
    let waits = format!("PRAGMA busy_timeout = {}", SQLITE_WAITS.as_millis());
    sqlx::query(AssertSqlSafe(waits)).execute(link).await?;
    emptied
}

async fn empty_log(link: &mut SqliteConnection) -> Result<bool, StoreError> {
    let mut is_empty = true;
    for log in ["PRAGMA main.wal_checkpoint(TRUNCATE)", "PRAGMA keystore.wal_checkpoint(TRUNCATE)"] {
        let row = sqlx::query(log).fetch_one(&mut *link).await?;
        is_empty &= row.try_get::<i64, _>("busy")? == 0;
    }
    Ok(is_empty)
}

fn text(joined: &mut HashMap<Vec<&'static str>, Arc<str>>, queries: &[Query]) -> Arc<str> {
    let key: Vec<&'static str> = queries.iter().map(|query| query.statement.sqlite).collect();
    Arc::clone(joined.entry(key).or_insert_with(|| join(queries).into()))
}

/// One text, with the parameters numbered through.
fn join(queries: &[Query]) -> String {
    let mut text = String::new();
    let mut before = 0;
    for query in queries {
        let mut pieces = query.statement.sqlite.split('$');
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

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection;

    const MAKE: Statement = plain("CREATE TABLE cups (id INTEGER PRIMARY KEY, full INTEGER NOT NULL)");
    const FILL: Statement = plain("INSERT INTO cups (id, full) VALUES ($1, $2)");
    const EMPTY: Statement = plain("UPDATE cups SET full = 0 WHERE id = $1");
    const FULL: Statement = plain("SELECT id FROM cups WHERE full = $1 AND id > $2 ORDER BY id");

    const fn plain(sql: &'static str) -> Statement {
        Statement { name: "test", sqlite: sql, postgres: sql }
    }

    async fn cupboard() -> Conversation {
        let mut database =
            Conversation::over(Link::Sqlite(SqliteConnection::connect("sqlite::memory:").await.unwrap()), None);
        database.say(query(MAKE));
        database
    }

    async fn full(database: &mut Conversation) -> Vec<i64> {
        let rows = database.rows(query(FULL).bind(1).bind(0)).await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect()
    }

    #[tokio::test]
    async fn what_is_said_comes_before_what_is_asked_with_its_own_arguments() {
        let mut database = cupboard().await;
        for id in 1..=3 {
            database.say(query(FILL).bind(id).bind(1));
        }
        database.say(query(EMPTY).bind(2));
        assert_eq!(full(&mut database).await, [1, 3]);
    }

    #[tokio::test]
    async fn a_wrong_number_of_rows_is_never_committed() {
        let mut database = cupboard().await;
        database.say(query(control::BEGIN));
        database.say(query(EMPTY).bind(7).changing(1));
        database.say(query(FILL).bind(1).bind(1));
        assert!(database.commit().await.is_err());
        // Whether SQLite's thread is ahead is chance, so the text is looked at: a check and the commit are never in one.
        let together = |text: &&Vec<&str>| text.contains(&EMPTY.sqlite) && text.contains(&control::COMMIT.sqlite);
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
