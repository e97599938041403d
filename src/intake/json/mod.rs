//! What comes by the API: JSON into the same rows that files become, through the same checks.
//!
//! ```text
//!  bytes ─► value ─► object ─► cell ─► row ─► CustomerRow | RecordRow | ConsentRow | LimitRow | EventRow
//!           (JSON)   (members)  (types)        or every flaw, each with its pointer
//! ```
//!
//! A body is one object or a list of up to [`ENTRY_ROWS_MAX`]; it is taken whole or not at all, so all flaws are told at
//! once. A member that is left out is like a column that a file doesn't have: what is known stays. `null` and `""` are like
//! an empty cell.

pub mod members;
mod object;
mod rows;
mod value;

pub use members::{Form, Forms, Holds, Member, Need, Resource};
pub use object::Pointer;

use super::defect::Defect;
use crate::{
    base::Instant,
    policy::Policy,
    store::entry::{ENTRY_ROWS_MAX, Rows},
};
use serde::Serialize;
use value::Json;

/// One thing that is wrong with a body. No sentence repeats what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// Where: a JSON pointer.
    pub pointer: String,
    /// What is wrong.
    pub detail: String,
    /// What to write instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Flaw {
    /// At this place.
    #[must_use]
    pub fn new(at: &Pointer, detail: String, help: Option<String>) -> Self {
        Self { pointer: at.clone().into_text(), detail, help }
    }

    /// Of an object at this place.
    fn of(defect: &Defect, at: &Pointer) -> Self {
        let at = defect.column().map_or_else(|| at.clone(), |column| at.to(column));
        Self::new(&at, defect.to_string(), None)
    }
}

/// Why a body can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is not JSON, for this reason.
    NotJson(String),
    /// It is JSON, with these flaws.
    Flaws(Vec<Flaw>),
}

/// How a body was written: the places of its rows depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One object.
    One,
    /// A list.
    List,
}

impl Shape {
    /// Where a row stands.
    #[must_use]
    pub fn place(self, row: usize) -> Pointer {
        match self {
            Self::One => Pointer::default(),
            Self::List => Pointer::default().to(&row.to_string()),
        }
    }
}

/// Reads a body.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(body: &[u8], resource: &Resource, policy: &Policy, now: Instant) -> Result<(Shape, Rows), Refused> {
    let json: Json = serde_json::from_slice(body).map_err(|why| Refused::NotJson(why.to_string()))?;
    let (shape, objects) = match &json {
        Json::List(objects) => (Shape::List, objects.as_slice()),
        one => (Shape::One, std::slice::from_ref(one)),
    };
    let count = |detail: String| Refused::Flaws(vec![Flaw::new(&Pointer::default(), detail, None)]);
    if objects.is_empty() {
        return Err(count("an empty list: there is nothing to do".to_owned()));
    }
    if objects.len() > ENTRY_ROWS_MAX {
        return Err(count(format!("{} rows; send at most {ENTRY_ROWS_MAX} at a time", objects.len())));
    }
    let forms = resource.forms(policy);
    let mut reader = rows::Reader { policy, resource, forms: &forms, now, shape, flaws: vec![] };
    let rows = reader.rows(objects);
    if reader.flaws.is_empty() { Ok((shape, rows)) } else { Err(Refused::Flaws(reader.flaws)) }
}
