//! Somebody who has the database and our code, and lacks only the key of the checkpoints.

use super::house::{House, connect};
use crate::support::proof::Dice;
use comity::{
    audit::{Hash, Head, Source, Upto},
    store::{Database, archive::Archive},
};
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

const SEED: u64 = 7_2027;
const SEAL_COLUMNS: [&str; 6] = ["sealed_at", "upto", "entries", "peaks", "leaves", "chain"];

pub struct Attacker {
    dice: Dice,
    folder: PathBuf,
    copies: usize,
    tally: BTreeMap<String, usize>,
}

/// What is done about the chain afterwards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Then {
    Nothing,
    /// All seals are made anew, by our own code.
    Reseal,
}

/// Where a source's rows stand.
pub fn table(source: Source) -> &'static str {
    match source {
        Source::Evidence => "consent_evidence",
        Source::Notices => "privacy_notices",
        source => source.name(),
    }
}

impl Attacker {
    pub fn of(house: &House) -> Self {
        println!("seed: {SEED}");
        Self { dice: Dice::seeded(SEED), folder: house.premises.path().to_owned(), copies: 0, tally: BTreeMap::new() }
    }

    /// A copy under attack.
    pub fn database(&self) -> PathBuf {
        self.folder.join(format!("attacked{}.db", self.copies))
    }

    /// Another one, under another name: SQLite's side files of the one before are not this one's.
    fn copy(&mut self, house: &House) {
        for side in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{side}", self.database().display()));
        }
        self.copies += 1;
        fs::copy(house.database(), self.database()).unwrap();
    }

    /// How often each kind of attack was tried.
    pub const fn tally(&self) -> &BTreeMap<String, usize> {
        &self.tally
    }

    /// The next attack on a fresh copy, and what it was.
    pub async fn next(&mut self, house: &House) -> String {
        let mut connection = self.fresh(house).await;
        let then = self.dice.pick(&[Then::Nothing, Then::Reseal]);
        let source = Source::ALL[self.dice.index(Source::ALL.len())];
        let (kind, what) = match self.dice.below(8) {
            0 | 1 => ("bit", self.turn_a_bit_of_a_row(&mut connection, source).await),
            2 => ("delete", self.delete(&mut connection, source).await),
            3 => ("neighbours", self.swap(&mut connection, source, 1).await),
            4 => ("distant", self.swap(&mut connection, source, 7).await),
            5 => ("truncate", self.truncate(&mut connection).await),
            6 => ("insert", self.insert(&mut connection, source).await),
            // A seal that is made anew would be as it was.
            _ => {
                let what = self.damage_a_seal(&mut connection).await;
                connection.close().await.unwrap();
                return self.noted("seal", source, Then::Nothing, &what);
            }
        };
        if then == Then::Reseal {
            reseal(&mut connection, &self.database()).await;
        }
        connection.close().await.unwrap();
        self.noted(kind, source, then, &what)
    }

    fn noted(&mut self, kind: &str, source: Source, then: Then, what: &str) -> String {
        *self.tally.entry(format!("{kind} {then:?}")).or_default() += 1;
        if kind == "bit" {
            *self.tally.entry(format!("in {}", source.name())).or_default() += 1;
        }
        format!("{kind} {source:?} {then:?}: {what}")
    }

    async fn fresh(&mut self, house: &House) -> SqliteConnection {
        self.copy(house);
        let mut connection = connect(&self.database()).await;
        let triggers: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        for trigger in triggers {
            run(&mut connection, format!("DROP TRIGGER {trigger}")).await;
        }
        connection
    }

    async fn ids(&self, connection: &mut SqliteConnection, source: Source) -> Vec<i64> {
        let (id, table) = (source.columns()[0], table(source));
        let text = AssertSqlSafe(format!("SELECT {id} FROM {table} ORDER BY 1"));
        sqlx::query_scalar(text).fetch_all(connection).await.unwrap()
    }

    /// One bit of one value: of a number, a letter or a byte.
    async fn turn_a_bit_of_a_row(&mut self, connection: &mut SqliteConnection, source: Source) -> String {
        let ids = self.ids(connection, source).await;
        let id = self.dice.pick(&ids);
        let column = self.dice.pick(source.columns());
        self.turn(connection, table(source), source.columns()[0], id, column).await
    }

    async fn damage_a_seal(&mut self, connection: &mut SqliteConnection) -> String {
        let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM seals").fetch_all(&mut *connection).await.unwrap();
        let id = self.dice.pick(&ids);
        if self.dice.below(7) == 0 {
            run(connection, format!("DELETE FROM seals WHERE id = {id}")).await;
            return format!("seal {id} is deleted");
        }
        let column = self.dice.pick(&SEAL_COLUMNS);
        self.turn(connection, "seals", "id", id, column).await
    }

    async fn turn(
        &mut self,
        connection: &mut SqliteConnection,
        table: &str,
        key: &str,
        id: i64,
        column: &str,
    ) -> String {
        let place = format!("{table}.{column} of {id}");
        run(connection, "PRAGMA ignore_check_constraints = ON".to_owned()).await;
        let text =
            AssertSqlSafe(format!("SELECT typeof({column}), CAST({column} AS BLOB) FROM {table} WHERE {key} = {id}"));
        let row = sqlx::query(text).fetch_one(&mut *connection).await.unwrap();
        let (kind, bytes): (String, Vec<u8>) = (row.get(0), row.try_get(1).unwrap_or_default());
        match kind.as_str() {
            "null" => run(connection, format!("UPDATE {table} SET {column} = 1 WHERE {key} = {id}")).await,
            "integer" => {
                // A number that another row bears already can't be written.
                let bit = if column == key { 20 + self.dice.below(20) } else { self.dice.below(40) };
                run(connection, format!("UPDATE {table} SET {column} = ({column} | (1 << {bit})) - ({column} & (1 << {bit})) WHERE {key} = {id}")).await;
            }
            "text" | "blob" if bytes.is_empty() => {
                run(connection, format!("UPDATE {table} SET {column} = CAST(x'41' AS TEXT) WHERE {key} = {id}")).await;
            }
            _ => {
                let mut bytes = bytes;
                let (at, bit) = (self.dice.index(bytes.len()), self.dice.below(8));
                bytes[at] ^= 1 << bit;
                let cast = if kind == "text" { "CAST($1 AS TEXT)" } else { "$1" };
                let text = AssertSqlSafe(format!("UPDATE {table} SET {column} = {cast} WHERE {key} = {id}"));
                sqlx::query(text).bind(bytes).execute(connection).await.unwrap();
            }
        }
        place
    }

    async fn delete(&mut self, connection: &mut SqliteConnection, source: Source) -> String {
        let ids = self.ids(connection, source).await;
        let id = self.dice.pick(&ids);
        run(connection, format!("DELETE FROM {} WHERE {} = {id}", table(source), source.columns()[0])).await;
        format!("row {id}")
    }

    /// Two rows change their places: each bears the other's number.
    async fn swap(&mut self, connection: &mut SqliteConnection, source: Source, apart: usize) -> String {
        let ids = self.ids(connection, source).await;
        let one = self.dice.index(ids.len());
        let (one, other) = (ids[one], ids[(one + apart.min(ids.len() - 1).max(1)) % ids.len()]);
        let (table, key) = (table(source), source.columns()[0]);
        // A single row changes its place with nobody, and moves instead.
        let other = if one == other { one + 1000 } else { other };
        for (from, to) in [(one, -1), (other, one), (-1, other)] {
            run(connection, format!("UPDATE {table} SET {key} = {to} WHERE {key} = {from}")).await;
        }
        format!("rows {one} and {other}")
    }

    /// The end of the ledger is cut off, with the seals that spoke of it.
    async fn truncate(&mut self, connection: &mut SqliteConnection) -> String {
        let seals: i64 = sqlx::query_scalar("SELECT MAX(id) FROM seals").fetch_one(&mut *connection).await.unwrap();
        let keep = i64::try_from(self.dice.below(u64::try_from(seals).unwrap())).unwrap();
        let upto: Option<String> = sqlx::query_scalar("SELECT upto FROM seals WHERE id = $1")
            .bind(keep)
            .fetch_optional(&mut *connection)
            .await
            .unwrap();
        let upto: Upto = upto.map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
        run(connection, format!("DELETE FROM seals WHERE id > {keep}")).await;
        for source in Source::ALL {
            let (table, key) = (table(source), source.columns()[0]);
            run(connection, format!("DELETE FROM {table} WHERE {key} > {}", upto.of(source))).await;
        }
        format!("after seal {keep}")
    }

    /// A row is put in before all, or between others, whose numbers make room for it. Behind all it is a new one.
    async fn insert(&mut self, connection: &mut SqliteConnection, source: Source) -> String {
        let ids = self.ids(connection, source).await;
        let at = self.dice.pick(&ids) - 1;
        let (table, key) = (table(source), source.columns()[0]);
        run(connection, format!("UPDATE {table} SET {key} = -{key} WHERE {key} >= {at} AND {at} > 0")).await;
        run(connection, format!("UPDATE {table} SET {key} = 1 - {key} WHERE {key} < 0")).await;
        let others = source.columns()[1..].join(", ");
        let text =
            format!("INSERT INTO {table} ({key}, {others}) SELECT {at}, {others} FROM {table} WHERE {key} = {at} + 1");
        run(connection, text).await;
        format!("before row {at}")
    }

    /// One bit of the file.
    pub fn turn_a_bit(&mut self, house: &House) -> String {
        self.copy(house);
        let mut bytes = fs::read(house.database()).unwrap();
        let (at, bit) = (self.dice.index(bytes.len()), self.dice.below(8));
        bytes[at] ^= 1 << bit;
        fs::write(self.database(), bytes).unwrap();
        format!("bit {bit} of byte {at}")
    }

    /// One bit of a text, as it would be read.
    pub fn turn_a_bit_of(&mut self, text: &str) -> (String, String) {
        let mut bytes = text.as_bytes().to_vec();
        let (at, bit) = (self.dice.index(bytes.len()), self.dice.below(8));
        bytes[at] ^= 1 << bit;
        (String::from_utf8_lossy(&bytes).into_owned(), format!("bit {bit} of byte {at}"))
    }

    /// No attack: what an erasure does. Gives how many evidences it erased.
    pub async fn erase_what_is_personal(&mut self, house: &House) -> u64 {
        self.copy(house);
        let mut connection = connect(&self.database()).await;
        run(&mut connection, "UPDATE customers SET address = x'', fields = x'', external_id = NULL".to_owned()).await;
        let evidence: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT consent, content FROM consent_evidence").fetch_all(&mut connection).await.unwrap();
        for (consent, content) in &evidence {
            sqlx::query("UPDATE consent_evidence SET content = $2 WHERE consent = $1")
                .bind(consent)
                .bind(Hash::of(content).0.as_slice())
                .execute(&mut connection)
                .await
                .unwrap();
        }
        connection.close().await.unwrap();
        evidence.len() as u64
    }

    /// The time of one entry is another.
    pub async fn change_entry(&mut self, house: &House, entry: i64) {
        let mut connection = self.fresh(house).await;
        run(&mut connection, format!("UPDATE ledger SET at = at + 1 WHERE id = {entry}")).await;
        connection.close().await.unwrap();
    }

    /// The last seal and what it sealed, as if they had never been.
    pub async fn forget_the_last_entry(&mut self, house: &House) {
        let mut connection = self.fresh(house).await;
        run(&mut connection, "DELETE FROM seals WHERE id = (SELECT MAX(id) FROM seals)".to_owned()).await;
        run(&mut connection, "DELETE FROM ledger WHERE id = (SELECT MAX(id) FROM ledger)".to_owned()).await;
        connection.close().await.unwrap();
    }
}

async fn run(connection: &mut SqliteConnection, text: String) {
    sqlx::query(AssertSqlSafe(text)).execute(connection).await.unwrap();
}

/// Makes all seals anew over what stands there now, with the times and the bounds that they had.
async fn reseal(connection: &mut SqliteConnection, database: &Path) {
    let mut archive = Archive::open(&Database::file(database.to_owned())).await.unwrap();
    let (mut head, mut seals) = (Head::before_all(), Vec::new());
    for (_, seal) in archive.seals(0).await.unwrap() {
        let old = seal.unwrap().head;
        let mut leaves = Vec::new();
        for source in Source::ALL {
            let rows = archive.rows(source, head.upto.of(source)..old.upto.of(source)).await.unwrap();
            leaves.extend(rows.iter().map(|row| row.leaf(source)));
        }
        if leaves.is_empty() {
            continue;
        }
        let seal = head.seal(old.sealed_at, old.upto, leaves);
        head = seal.head.clone();
        seals.push(seal);
    }
    run(connection, "DELETE FROM seals".to_owned()).await;
    let joined = |hashes: &[Hash]| hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>();
    for seal in seals {
        let text = "INSERT INTO seals (id, sealed_at, upto, entries, peaks, leaves, chain) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        sqlx::query(text)
            .bind(seal.head.seal)
            .bind(seal.head.sealed_at.ms())
            .bind(seal.head.upto.text())
            .bind(i64::try_from(seal.head.tree.size()).unwrap())
            .bind(joined(seal.head.tree.peaks()))
            .bind(joined(&seal.leaves))
            .bind(seal.head.chain.0.as_slice())
            .execute(&mut *connection)
            .await
            .unwrap();
    }
}
