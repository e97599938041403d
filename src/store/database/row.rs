//! A row of either database, and what may be read out of it.

use sqlx::{
    ColumnIndex, Decode, Postgres, Row as _, Sqlite, Type, TypeInfo, ValueRef, postgres::PgRow, sqlite::SqliteRow,
};

/// See the module.
pub(in crate::store) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What a column may hold, in both databases: whole numbers of 64 bits, text, bytes, and nothing.
pub(in crate::store) trait Cell<'r>:
    Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>
{
}

impl<'r, T> Cell<'r> for T where T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres> {}

/// A column, by its name or its place.
pub(in crate::store) trait Place: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> {}

impl<I> Place for I where I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> {}

/// Of what kind a value is, as it stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::store) enum Kind {
    Nothing,
    Integer,
    Text,
    Bytes,
    /// Something that no statement of ours gives.
    Other,
}

/// A column of a row.
pub(in crate::store) struct Column {
    pub name: String,
    pub place: usize,
}

impl Row {
    /// A value.
    pub fn try_get<'r, T, I>(&'r self, column: I) -> Result<T, sqlx::Error>
    where
        T: Cell<'r>,
        I: Place,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
    }

    /// A value, whatever the database says that it is.
    pub fn try_get_unchecked<'r, T, I>(&'r self, column: I) -> Result<T, sqlx::Error>
    where
        T: Cell<'r>,
        I: Place,
    {
        match self {
            Self::Sqlite(row) => row.try_get_unchecked(column),
            Self::Postgres(row) => row.try_get_unchecked(column),
        }
    }

    /// What stands in a column.
    pub fn kind(&self, place: usize) -> Result<Kind, sqlx::Error> {
        match self {
            Self::Sqlite(row) => row.try_get_raw(place).map(|value| kind(&value)),
            Self::Postgres(row) => row.try_get_raw(place).map(|value| kind(&value)),
        }
    }

    /// All columns, in their order.
    pub fn columns(&self) -> Vec<Column> {
        match self {
            Self::Sqlite(row) => row.columns().iter().map(column).collect(),
            Self::Postgres(row) => row.columns().iter().map(column).collect(),
        }
    }
}

fn column(column: &impl sqlx::Column) -> Column {
    Column { name: column.name().to_owned(), place: column.ordinal() }
}

fn kind<'r>(value: &impl ValueRef<'r>) -> Kind {
    if value.is_null() {
        return Kind::Nothing;
    }
    match value.type_info().name() {
        "INTEGER" | "INT8" => Kind::Integer,
        "TEXT" => Kind::Text,
        "BLOB" | "BYTEA" => Kind::Bytes,
        _ => Kind::Other,
    }
}

/// What a row is read as.
pub(in crate::store) trait Read: Sized + Send {
    fn read(row: Row) -> Result<Self, sqlx::Error>;
}

impl Read for Row {
    fn read(row: Row) -> Result<Self, sqlx::Error> {
        Ok(row)
    }
}

macro_rules! read_one {
    ($($type:ty),+) => {
        $(impl Read for $type {
            fn read(row: Row) -> Result<Self, sqlx::Error> {
                row.try_get(0)
            }
        })+
    };
}

read_one!(i64, String, Vec<u8>, Option<i64>, Option<String>, Option<Vec<u8>>);

macro_rules! read_several {
    ($($place:tt $type:ident),+) => {
        impl<$($type),+> Read for ($($type,)+)
        where
            $($type: for<'r> Cell<'r> + Send),+
        {
            fn read(row: Row) -> Result<Self, sqlx::Error> {
                Ok(($(row.try_get::<$type, usize>($place)?,)+))
            }
        }
    };
}

read_several!(0 A);
read_several!(0 A, 1 B);
read_several!(0 A, 1 B, 2 C);
read_several!(0 A, 1 B, 2 C, 3 D);
read_several!(0 A, 1 B, 2 C, 3 D, 4 E);
read_several!(0 A, 1 B, 2 C, 3 D, 4 E, 5 F);
