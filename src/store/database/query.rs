//! A statement with its arguments.

use super::{
    link::{Link, Side},
    row::{Read, Row},
};
use crate::{
    fault::seam,
    store::{StoreError, statements::Statement},
};
use futures_util::{
    FutureExt, StreamExt, TryStreamExt, future,
    stream::{self, BoxStream},
};
use sqlx::{
    Arguments, Encode, Type,
    postgres::{PgArguments, PgQueryResult},
    sqlite::{SqliteArguments, SqliteQueryResult},
};
use std::marker::PhantomData;

/// See the module. It is read as `T`.
pub(in crate::store) struct Query<T = Row> {
    pub statement: Statement,
    pub arguments: Vec<Argument>,
    /// How many rows it changes. Another number is an error: something changed between reading and writing.
    pub changes: Option<u64>,
    read: PhantomData<fn() -> T>,
}

/// A query whose rows are looked at as they are.
pub(in crate::store) const fn query(statement: Statement) -> Query {
    query_as(statement)
}

/// A query whose rows are read as something.
pub(in crate::store) const fn query_as<T>(statement: Statement) -> Query<T> {
    Query { statement, arguments: Vec::new(), changes: None, read: PhantomData }
}

/// What a statement did that gives no rows.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Done(u64);

impl Done {
    pub const fn rows_affected(self) -> u64 {
        self.0
    }
}

impl From<SqliteQueryResult> for Done {
    fn from(done: SqliteQueryResult) -> Self {
        Self(done.rows_affected())
    }
}

impl From<PgQueryResult> for Done {
    fn from(done: PgQueryResult) -> Self {
        Self(done.rows_affected())
    }
}

impl<T> Query<T> {
    /// The next argument.
    pub fn bind(mut self, argument: impl Into<Argument>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// See [`Query::changes`].
    pub fn changing(mut self, rows: usize) -> Self {
        self.changes = Some(rows as u64);
        self
    }

    /// Whether each parameter has an argument, in both texts. One without would be NULL to SQLite, and find nothing.
    fn is_whole(&self) -> bool {
        [self.statement.sqlite, self.statement.postgres].map(parameters) == [self.arguments.len(); 2]
    }

    /// Whether it changed as many rows as it should have.
    pub fn agrees(&self, Done(changed): Done) -> Result<(), StoreError> {
        match self.changes {
            Some(expected) if expected != changed => {
                Err(StoreError::odd("a row's state", "a change between reading and writing"))
            }
            _ => Ok(()),
        }
    }

    /// Does it.
    pub async fn execute(self, link: &mut Link) -> Result<Done, StoreError> {
        // On the heap: whoever waits for it would carry both ways of doing it along.
        Ok(match link.side() {
            Side::Sqlite(link) => {
                let arguments: SqliteArguments = arguments([&self])?;
                let done = sqlx::query_with(self.statement.sqlite, arguments).execute(link);
                seam::ask(self.statement.name, done).boxed().await??.into()
            }
            Side::Postgres(link, ear) => {
                let arguments: PgArguments = arguments([&self])?;
                ear.hear(sqlx::query_with(self.statement.postgres, arguments).execute(link)).boxed().await??.into()
            }
        })
    }
}

impl<T: Read + 'static> Query<T> {
    /// All rows.
    pub async fn fetch_all(self, link: &mut Link) -> Result<Vec<T>, StoreError> {
        self.fetch(link).try_collect().await
    }

    /// The one row.
    pub async fn fetch_one(self, link: &mut Link) -> Result<T, StoreError> {
        Ok(self.fetch_optional(link).await?.ok_or(sqlx::Error::RowNotFound)?)
    }

    /// The first row, where there is one.
    pub async fn fetch_optional(self, link: &mut Link) -> Result<Option<T>, StoreError> {
        // To its end: a statement that is dropped in the middle runs on.
        Ok(self.fetch_all(link).await?.into_iter().next())
    }

    /// The rows, as they come.
    pub fn fetch(self, link: &mut Link) -> BoxStream<'_, Result<T, StoreError>> {
        let read = |row: Row| future::ready(T::read(row).map_err(StoreError::from));
        match link.side() {
            Side::Sqlite(link) => match arguments::<SqliteArguments, T>([&self]) {
                Ok(arguments) => {
                    let rows = sqlx::query_with(self.statement.sqlite, arguments).fetch(link);
                    let rows = rows.map_ok(Row::Sqlite).map_err(StoreError::from).and_then(read).boxed();
                    if seam::is_here() { at_once(self.statement.name, rows) } else { rows }
                }
                Err(error) => stream::iter([Err(error)]).boxed(),
            },
            Side::Postgres(link, ear) => match arguments::<PgArguments, T>([&self]) {
                Ok(arguments) => {
                    let rows = sqlx::query_with(self.statement.postgres, arguments).fetch(link);
                    ear.hear_all(rows.map_ok(Row::Postgres).map_err(StoreError::from).and_then(read).boxed())
                }
                Err(error) => stream::iter([Err(error)]).boxed(),
            },
        }
    }
}

/// The same rows for a simulation, all of them read when the first one is asked for.
fn at_once<'a, T: Send + 'a>(
    statement: &'static str,
    rows: BoxStream<'a, Result<T, StoreError>>,
) -> BoxStream<'a, Result<T, StoreError>> {
    let all = async move {
        let all: Vec<_> = seam::ask(statement, rows.collect()).await.unwrap_or_else(|failed| vec![Err(failed.into())]);
        stream::iter(all)
    };
    all.flatten_stream().boxed()
}

/// The highest parameter of a text.
fn parameters(text: &str) -> usize {
    let number = |piece: &str| {
        let digits = piece.len() - piece.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        piece.get(..digits).and_then(|digits| digits.parse().ok())
    };
    text.split('$').skip(1).filter_map(number).max().unwrap_or(0)
}

/// Nothing has a type, too: PostgreSQL wants to know of which.
pub(in crate::store) enum Argument {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

macro_rules! arguments {
    ($($kind:ident: $($from:ty)+;)+) => {
        $($(
            impl From<$from> for Argument {
                fn from(argument: $from) -> Self {
                    Self::$kind(Some(argument.into()))
                }
            }

            impl From<Option<$from>> for Argument {
                fn from(argument: Option<$from>) -> Self {
                    Self::$kind(argument.map(Into::into))
                }
            }
        )+)+
    };
}

impl From<&Option<String>> for Argument {
    fn from(argument: &Option<String>) -> Self {
        Self::Text(argument.clone())
    }
}

arguments! {
    Integer: i64 i32 u32 u8 bool;
    Text: &str String &String;
    Bytes: &[u8] Vec<u8>;
}

/// The arguments of these, one after the other, as one of the two databases takes them.
pub(in crate::store) fn arguments<'a, A, T: 'a>(
    queries: impl IntoIterator<Item = &'a Query<T>>,
) -> Result<A, StoreError>
where
    A: Arguments + Default,
    for<'q> Option<i64>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<&'q str>: Encode<'q, A::Database> + Type<A::Database>,
    for<'q> Option<&'q [u8]>: Encode<'q, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for query in queries {
        debug_assert!(query.is_whole(), "{} lacks an argument", query.statement.name);
        for argument in &query.arguments {
            let added = match argument {
                Argument::Integer(integer) => arguments.add(*integer),
                Argument::Text(text) => arguments.add(text.as_deref()),
                Argument::Bytes(bytes) => arguments.add(bytes.as_deref()),
            };
            added.map_err(|error| StoreError::odd("an argument", &error.to_string()))?;
        }
    }
    Ok(arguments)
}
