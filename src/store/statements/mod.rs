//! Every SQL statement, by area, each with its text for SQLite and for PostgreSQL.
//!
//! Most are one text that both accept: `$1` binds on both. A *bulk* statement takes its rows as one JSON array in `$1`,
//! so that sixty-four permits cost as many statements as one; the two databases unfold that array by functions of
//! different names, and that is all that differs. (`jsonb_each`, and not `json_each`: that one writes each row as text
//! again, and `->>` reads it anew for each column. PostgreSQL expects ten rows of an array, and a hundred of a function
//! that gives JSON: with ten, it looks each of them up.) The few that differ in more are written twice.
//!
//! Invariant: a statement that isn't in [`all`] doesn't exist; the tests prepare every one on both databases.

pub mod address_changes;
pub mod answers;
pub mod api;
pub mod approvals;
pub mod bulk;
pub mod catalogue;
pub mod control;
pub mod claims;
pub mod erasures;
pub mod export;
pub mod fence;
pub mod kept;
pub mod keystore;
pub mod marks;
pub mod moving;
pub mod notice_news;
pub mod notices;
pub mod paper;
pub mod pipeline;
pub mod people;
pub mod plans;
pub mod privacy;
pub mod reads;
pub mod recommending;
pub mod records;
pub mod requests;
pub mod retention;
pub mod revisions;
pub mod seals;
pub mod shops;
pub mod sign_ups;
pub mod tasks;
pub mod visits;

/// One statement.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// The constant's name.
    pub name: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

/// Declares statements and lists them: `one "text"`, `bulk "before the rows" "after them"`, `two "SQLite" "PostgreSQL"`.
macro_rules! statements {
    (@text $name:ident one $text:literal) => {
        $crate::store::statements::Statement { name: stringify!($name), sqlite: $text, postgres: $text }
    };
    (@text $name:ident bulk $before:literal $after:literal) => {
        $crate::store::statements::Statement {
            name: stringify!($name),
            sqlite: concat!($before, " jsonb_each($1) AS j ", $after),
            postgres: concat!($before, " unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value) ", $after),
        }
    };
    (@text $name:ident two $sqlite:literal $postgres:literal) => {
        $crate::store::statements::Statement { name: stringify!($name), sqlite: $sqlite, postgres: $postgres }
    };
    ($($(#[$doc:meta])* $name:ident: $form:ident $($text:literal)+;)+) => {
        $(
            $(#[$doc])*
            pub(crate) const $name: $crate::store::statements::Statement =
                statements!(@text $name $form $($text)+);
        )+
        pub(super) const ALL: &[$crate::store::statements::Statement] = &[$($name),+];
    };
}
use statements;

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Statement> {
    let areas = [
        bulk::ALL,
        claims::ALL,
        erasures::ALL,
        export::ALL,
        fence::ALL,
        kept::ALL,
        keystore::ALL,
        pipeline::ALL,
        paper::ALL,
        people::ALL,
        plans::ALL,
        privacy::ALL,
        recommending::ALL,
        records::ALL,
        requests::ALL,
        retention::ALL,
        revisions::ALL,
        seals::ALL,
        shops::ALL,
        sign_ups::ALL,
        visits::ALL,
        address_changes::ALL,
        answers::ALL,
        api::ALL,
        approvals::ALL,
        catalogue::ALL,
        marks::ALL,
        moving::ALL,
        notice_news::ALL,
        notices::ALL,
        tasks::ALL,
        reads::ALL,
    ];
    areas.into_iter().flatten()
}
