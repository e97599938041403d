//! `[retention]`.

use crate::{
    base::Term,
    document::{Need, Table, parse_term},
    policy::retention::Terms,
};
use toml::Spanned;

/// Reads how long things are kept that have no fields.
pub(super) fn terms(root: &Table<'_>) -> Terms {
    let known = Terms::default();
    let Some(table) = root.table("retention", Need::May) else { return known };
    let term = |key, known: Term| table.parsed(key, Need::May, parse_term).map_or(known, Spanned::into_inner);
    let terms =
        Terms { visits_of_nobody: term("visits_of_nobody", known.visits_of_nobody), tasks: term("tasks", known.tasks) };
    table.finish(|_| None);
    terms
}
