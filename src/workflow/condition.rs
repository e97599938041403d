//! Conditions in CEL, a standard with a grammar that we can walk. The crate is wrapped here and nowhere else.
//!
//! A condition sees `customer.<field>` and `<record>.<field>`, each declared and permitted for the workflow's purpose.
//! Text, whole numbers and yes/no are CEL's own; dates and times are texts as the files write them
//! (`'2026-03-29T10:00'`), which compare in the order of time; an amount has `.minor` (cents) and `.currency`. A declared
//! field without a value is `null`.
//!
//! Invariant: no condition can run long. CEL has no loops but its comprehensions; those may not be nested (a nested one
//! over 10^5 pairs took 89 ms), and the text has a limit.

use crate::{
    base::{Value, value::Fields},
    document::Complaint,
    policy::Scope,
};
use cel::{Context, Env, ExecutionError, Program, objects::Key};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    ops::Range,
    sync::{Arc, LazyLock},
};

mod walk;

/// Longest condition.
const TEXT_BYTES_MAX: usize = 1000;

/// Building the standard library takes ten times as long as a condition.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// A compiled condition.
pub struct Condition {
    /// As written.
    pub text: String,
    program: Program,
    /// The fields that it reads, by thing.
    reads: BTreeMap<String, BTreeSet<String>>,
}

/// A condition that could not be answered: an error, never a permission. It names fields, no values.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why}: it reads {}", .fields.join(", "))]
pub struct Unanswered {
    /// What went wrong.
    pub why: &'static str,
    /// The fields that the condition reads; those without a value say so.
    pub fields: Vec<String>,
}

impl Condition {
    /// Compiles a condition and checks all that it reads.
    ///
    /// # Errors
    /// Every complaint, each with the bytes of the text that it is about.
    pub fn compile(text: &str, scope: &Scope<'_>) -> Result<Self, Vec<(Range<usize>, Complaint)>> {
        let everything = 0..text.len();
        let program = Self::parse(text)?;
        let found = walk::walk(&program, text, scope);
        if !found.complaints.is_empty() {
            return Err(found.complaints);
        }
        let condition = Self { text: text.to_owned(), program, reads: found.reads };
        match condition
            .run(|thing, field| scope.field(thing, field).ok().map_or(cel::Value::Null, |f| walk::typical(f.kind)))
        {
            Ok(cel::Value::Bool(_)) => Ok(condition),
            Ok(_) => Err(vec![(everything, walk::not_a_question())]),
            Err(error) if reason(&error) == KINDS => Err(vec![(everything, walk::other_kinds())]),
            // A division by zero or a failing function may be due to the typical values alone.
            Err(_) => Ok(condition),
        }
    }

    /// The fields that it reads: `appointment.status`.
    pub fn reads(&self) -> impl Iterator<Item = String> + '_ {
        self.reads.iter().flat_map(|(thing, fields)| fields.iter().map(move |field| format!("{thing}.{field}")))
    }

    /// Checks the spelling alone, where nobody knows yet what may be read.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub fn spell(text: &str) -> Result<(), Vec<(Range<usize>, Complaint)>> {
        Self::parse(text).map(|_| ())
    }

    fn parse(text: &str) -> Result<Program, Vec<(Range<usize>, Complaint)>> {
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("a condition has at most {TEXT_BYTES_MAX} bytes");
            let complaint = Complaint::new(message, "too long", "put the decision into a field of the record");
            return Err(vec![(0..text.len(), complaint)]);
        }
        ENV.compile(text).map_err(|errors| walk::syntax(text, &errors))
    }

    /// The answer for one record and its customer.
    ///
    /// # Errors
    /// When the values don't allow an answer, such as an order between a number and nothing.
    pub fn holds(&self, record: &Fields, customer: &Fields) -> Result<bool, Unanswered> {
        let fields_of = |thing: &str| if thing == "customer" { customer } else { record };
        let answer = self.run(|thing, field| fields_of(thing).get(field).map_or(cel::Value::Null, to_cel));
        let why = match answer {
            Ok(cel::Value::Bool(answer)) => return Ok(answer),
            Ok(_) => "the condition is not a question of yes or no",
            Err(error) => reason(&error),
        };
        let name = |thing: &str, field: &String| match fields_of(thing).get(field) {
            Some(_) => format!("{thing}.{field}"),
            None => format!("{thing}.{field} (no value)"),
        };
        let fields = self.reads.iter().flat_map(|(thing, fields)| fields.iter().map(move |field| name(thing, field)));
        Err(Unanswered { why, fields: fields.collect() })
    }

    fn run(&self, value: impl Fn(&str, &str) -> cel::Value) -> Result<cel::Value, ExecutionError> {
        let mut context = Context::with_env(Arc::clone(&ENV));
        for (thing, fields) in &self.reads {
            let values: HashMap<Key, cel::Value> =
                fields.iter().map(|field| (Key::from(field.clone()), value(thing, field))).collect();
            context.add_variable_from_value(thing.clone(), values);
        }
        self.program.execute(&context)
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({})", self.text)
    }
}

/// Whole numbers must become CEL's `int`: an unsigned one does not add to a literal.
fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Boolean(yes) => (*yes).into(),
        Value::Money { minor, currency } => money(*minor, currency),
        Value::Datetime(at) => at.local.format("%Y-%m-%dT%H:%M").to_string().into(),
        Value::Date(on) => on.to_string().into(),
        Value::MonthDay(day) => day.to_string().into(),
        Value::Products(products) => products.iter().map(|product| product.product.as_str()).collect::<Vec<_>>().into(),
    }
}

fn money(minor: i64, currency: &str) -> cel::Value {
    HashMap::from([("minor".to_owned(), cel::Value::from(minor)), ("currency".to_owned(), cel::Value::from(currency))])
        .into()
}

const KINDS: &str = "the condition compares values of different kinds";

/// What an execution error means, without the values that its own text would show.
const fn reason(error: &ExecutionError) -> &'static str {
    match error {
        ExecutionError::NoSuchOverload(_)
        | ExecutionError::ValuesNotComparable(..)
        | ExecutionError::UnsupportedBinaryOperator(..)
        | ExecutionError::UnexpectedType { .. } => KINDS,
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => "the condition divides by zero",
        ExecutionError::Overflow(..) => "the condition counts beyond 64 bits",
        ExecutionError::FunctionError { .. } => "a function of the condition fails on these values",
        _ => "the condition can't be answered",
    }
}

#[cfg(test)]
mod tests;
