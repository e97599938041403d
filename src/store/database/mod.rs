//! The two databases behind one face: a query with its arguments, a link that it is put to, and the rows that come back.
//!
//! Each statement has its text for either; whoever asks doesn't know which one answers. Only opening, and what stands in
//! [`super::conversation`], differ in more than text.

mod row;
mod ear;
mod query;
mod shelf;
mod link;

pub(super) use ear::{Ear, Knock};
pub(super) use link::{Link, Readers, Side};
pub(super) use query::{Query, arguments, query, query_as};
pub(super) use row::{Kind, Place, Row};
pub(super) use shelf::Shelf;
