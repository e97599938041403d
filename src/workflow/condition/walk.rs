//! What a condition reads and calls, checked before it ever runs.

use super::{KINDS, TEXT_BYTES_MAX, money};
use crate::{
    document::{Complaint, did_you_mean, suggest::nearest},
    policy::{FieldType, Scope},
};
use cel::{
    Program,
    common::ast::{Expr, IdedExpr, LiteralValue, SelectExpr, SourceInfo},
    parser::ParseErrors,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

/// The functions of the standard library that serve a question about fields.
const FUNCTIONS: [&str; 17] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "string",
    "int",
    "double",
    "timestamp",
    "duration",
    "max",
    "min",
    "has",
    "all",
    "exists",
    "exists_one",
    "filter",
];

/// Operators whose sides must be of one kind. Where the other side of an `&&` decides, CEL would not even complain.
const COMPARISONS: [&str; 6] = ["_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"];

/// What a walk found.
pub(super) struct Found {
    pub reads: BTreeMap<String, BTreeSet<String>>,
    pub complaints: Vec<(Range<usize>, Complaint)>,
}

struct Walk<'a> {
    text: &'a str,
    info: &'a SourceInfo,
    scope: &'a Scope<'a>,
    bound: Vec<String>,
    comprehensions: usize,
    found: Found,
}

/// Walks a compiled condition.
pub(super) fn walk(program: &Program, text: &str, scope: &Scope<'_>) -> Found {
    let found = Found { reads: BTreeMap::new(), complaints: Vec::new() };
    let info = program.source_info();
    let mut walk = Walk { text, info, scope, bound: Vec::new(), comprehensions: 0, found };
    walk.expr(program.expression());
    walk.truth(program.expression(), "== true");
    walk.found
}

impl Walk<'_> {
    fn expr(&mut self, node: &IdedExpr) {
        match &node.expr {
            Expr::Ident(name) if !self.bound.contains(name) => self.bare(node, name),
            Expr::Select(select) => self.select(node, select),
            Expr::Call(call) => {
                let operator = !call.func_name.starts_with(|c: char| c.is_ascii_alphabetic());
                if !operator && !FUNCTIONS.contains(&call.func_name.as_str()) {
                    let help = did_you_mean(&call.func_name, FUNCTIONS);
                    let message = format!("CEL has no function `{}` here", call.func_name);
                    self.complain(node, &call.func_name, Complaint { message, label: "unknown function".into(), help });
                }
                if let (true, [left, right]) = (COMPARISONS.contains(&call.func_name.as_str()), call.args.as_slice()) {
                    self.compare(left, right);
                }
                self.truths(&call.func_name, &call.args);
                call.target.iter().for_each(|target| self.expr(target));
                call.args.iter().for_each(|arg| self.expr(arg));
            }
            Expr::Comprehension(inner) => {
                self.comprehensions += 1;
                if self.comprehensions > 1 {
                    let complaint = Complaint::new(
                        "a comprehension inside another may run for very long",
                        "nested",
                        "use one of exists, all, filter, map, and put the rest into a field of the record",
                    );
                    self.complain(node, "", complaint);
                }
                self.expr(&inner.iter_range);
                let names = [Some(inner.iter_var.clone()), inner.iter_var2.clone(), Some(inner.accu_var.clone())];
                let before = self.bound.len();
                self.bound.extend(names.into_iter().flatten());
                for part in [&inner.accu_init, &inner.loop_cond, &inner.loop_step, &inner.result] {
                    self.expr(part);
                }
                self.bound.truncate(before);
                self.comprehensions -= 1;
            }
            Expr::List(list) => list.elements.iter().for_each(|element| self.expr(element)),
            Expr::Map(_) | Expr::Struct(_) => {
                let complaint = Complaint::new("a condition makes no maps", "a map", "compare the fields one by one");
                self.complain(node, "", complaint);
            }
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    /// The sides of an operator that must be yes or no.
    fn truths(&mut self, operator: &str, sides: &[IdedExpr]) {
        match (operator, sides) {
            ("!_", [side]) => self.truth(side, "!= true"),
            ("_&&_" | "_||_", sides) => sides.iter().for_each(|side| self.truth(side, "== true")),
            ("_?_:_", [asked, ..]) => self.truth(asked, "== true"),
            _ => {}
        }
    }

    /// A field that stands for yes or no by itself: without a value it would be neither, and nothing would be answered.
    fn truth(&mut self, node: &IdedExpr, instead: &str) {
        match &node.expr {
            Expr::Select(select) if !select.test => {
                let path = path(node);
                let Some([thing, field]) = path.as_deref() else { return };
                if self.scope.field(thing, field).is_ok_and(|field| field.kind == FieldType::Boolean) {
                    let message = format!("`{thing}.{field}` may have no value, which is neither yes nor no");
                    let not = if instead == "!= true" { " in place of the !" } else { "" };
                    let help = format!("write `{thing}.{field} {instead}`{not}");
                    self.complain(node, field, Complaint::new(message, "yes, no or nothing", help));
                }
            }
            Expr::Call(call) if call.func_name == "_?_:_" => {
                call.args.iter().skip(1).for_each(|side| self.truth(side, "== true"));
            }
            _ => {}
        }
    }

    fn compare(&mut self, left: &IdedExpr, right: &IdedExpr) {
        let (Some((one, _)), Some((other, word))) = (self.kind(left), self.kind(right)) else { return };
        if one != other {
            let help = match (one, other) {
                ("a number", "text") => "write the number without quotes",
                ("text", "a number") => "write the text in single quotes",
                ("yes or no", _) | (_, "yes or no") => "yes or no compares with true or false",
                _ => "compare values of one kind",
            };
            self.complain(
                right,
                &word,
                Complaint::new(format!("{one} is compared with {other}"), "different kinds", help),
            );
        }
    }

    /// What kind of value an expression is, where that is plain to see, and how it is written.
    fn kind(&self, node: &IdedExpr) -> Option<(&'static str, String)> {
        match &node.expr {
            Expr::Literal(LiteralValue::String(text)) => Some(("text", text.inner().to_owned())),
            Expr::Literal(LiteralValue::Int(number)) => Some(("a number", number.inner().to_string())),
            Expr::Literal(LiteralValue::Boolean(yes)) => Some(("yes or no", yes.inner().to_string())),
            Expr::Select(_) => {
                let path = path(node)?;
                let [thing, field, rest @ ..] = path.as_slice() else { return None };
                let kind = match (self.scope.field(thing, field).ok()?.kind, rest) {
                    (FieldType::Integer, []) | (FieldType::Money, ["minor"]) => "a number",
                    (FieldType::Boolean, []) => "yes or no",
                    (FieldType::Money, ["currency"]) => "text",
                    (FieldType::Money, _) | (_, [_, ..]) => return None,
                    (_, []) => "text",
                };
                Some((kind, path.last()?.to_string()))
            }
            _ => None,
        }
    }

    /// `appointment` alone, or a name that nobody declared.
    fn bare(&mut self, node: &IdedExpr, name: &str) {
        let complaint = if self.scope.has(name) {
            let example = self.scope.fields(name).next().map_or("field", |(field, _)| field);
            Complaint::new(
                format!("`{name}` alone is no value"),
                "which field?",
                format!("write one of its fields, such as `{name}.{example}`"),
            )
        } else {
            let owner = self.scope.things().find(|thing| self.scope.field(thing, name).is_ok());
            Complaint {
                message: format!("a condition knows no `{name}`"),
                label: "unknown name".into(),
                help: owner
                    .map(|owner| format!("did you mean `{owner}.{name}`?"))
                    .or_else(|| nearest(name, self.scope.things()).map(|near| format!("did you mean `{near}`?")))
                    .or_else(|| Some(format!("if it is a text, put it into single quotes: '{name}'"))),
            }
        };
        self.complain(node, name, complaint);
    }

    fn select(&mut self, node: &IdedExpr, select: &SelectExpr) {
        let path = path(node);
        match path.as_deref() {
            Some([thing, field, rest @ ..])
                if self.scope.has(thing) && !self.bound.iter().any(|name| name == thing) =>
            {
                match self.scope.field(thing, field) {
                    Ok(declared) => {
                        self.found.reads.entry((*thing).to_owned()).or_default().insert((*field).to_owned());
                        if let Some(complaint) = parts(thing, field, declared.kind, rest, select.test) {
                            self.complain(node, rest.last().unwrap_or(field), complaint);
                        }
                    }
                    Err(complaint) => self.complain(node, field, complaint),
                }
            }
            _ => self.expr(&select.operand),
        }
    }

    /// Adds a complaint about a word near a node. CEL knows where a node begins, or where its dot stands, not how long
    /// it is; the word itself is looked for from there.
    fn complain(&mut self, node: &IdedExpr, word: &str, complaint: Complaint) {
        let start = self.info.offset_for(node.id).map_or(0, |(start, _)| start as usize);
        // Offsets count characters.
        let start = self.text.char_indices().nth(start).map_or(0, |(at, _)| at);
        let span = match self.text.get(start..).and_then(|rest| rest.find(word)).or_else(|| self.text.find(word)) {
            Some(_) if word.is_empty() => 0..self.text.len(),
            Some(ahead) if self.text.get(start..).is_some_and(|rest| rest.contains(word)) => {
                start + ahead..start + ahead + word.len()
            }
            Some(at) => at..at + word.len(),
            None => 0..self.text.len(),
        };
        self.found.complaints.push((span, complaint));
    }
}

/// `a.b.c` as its names, if it is nothing but names.
fn path(node: &IdedExpr) -> Option<Vec<&str>> {
    match &node.expr {
        Expr::Ident(name) => Some(vec![name]),
        Expr::Select(select) => {
            let mut path = path(&select.operand)?;
            path.push(&select.field);
            Some(path)
        }
        _ => None,
    }
}

/// Only an amount has parts, and it is compared by them.
fn parts(thing: &str, field: &str, kind: FieldType, rest: &[&str], test: bool) -> Option<Complaint> {
    match (kind, rest) {
        (FieldType::Money, []) if test => None,
        (FieldType::Money, []) => Some(Complaint::new(
            format!("`{thing}.{field}` is an amount, which has a currency"),
            "an amount",
            format!("compare its cents: `{thing}.{field}.minor >= 5000`"),
        )),
        (FieldType::Money, ["minor" | "currency"]) | (_, []) => None,
        (FieldType::Money, [part, ..]) => Some(Complaint {
            message: format!("an amount has no `{part}`"),
            label: "unknown part".into(),
            help: did_you_mean(part, ["minor", "currency"]),
        }),
        (_, [part, ..]) => Some(Complaint::new(
            format!("`{thing}.{field}` is {} and has no parts", kind.name()),
            "no such part",
            format!("delete `.{part}`"),
        )),
    }
}

/// A value of each type, for a trial run that shows what kinds of values meet.
pub(super) fn typical(kind: FieldType) -> cel::Value {
    match kind {
        FieldType::Text => "".into(),
        FieldType::Integer => 1_i64.into(),
        FieldType::Boolean => true.into(),
        FieldType::Money => money(100, "EUR"),
        FieldType::Datetime => "2026-03-29T10:00".into(),
        FieldType::Date => "2026-03-29".into(),
        FieldType::MonthDay => "03-29".into(),
        FieldType::Products => vec!["SH-1"].into(),
    }
}

pub(super) fn not_a_question() -> Complaint {
    Complaint::new(
        "the condition is not a question of yes or no",
        "not yes or no",
        "compare something: \"appointment.status == 'booked'\"",
    )
}

pub(super) fn other_kinds() -> Complaint {
    Complaint::new(KINDS, "different kinds", "numbers compare with numbers, texts with texts in single quotes")
}

/// The parser's own words are a grammar's; these are the mistakes that people make.
pub(super) fn syntax(text: &str, errors: &ParseErrors) -> Vec<(Range<usize>, Complaint)> {
    let mistakes = [
        (" and ", "write && for \"and\""),
        (" or ", "write || for \"or\""),
        (" AND ", "write && for \"and\""),
        (" OR ", "write || for \"or\""),
        ("not ", "write ! for \"not\""),
        (" is ", "write == for \"is\""),
        ("\u{2019}", "write straight quotes: 'booked'"),
    ];
    let single_equals = text.bytes().enumerate().find_map(|(at, byte)| {
        let around = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(|b| b"=!<>".contains(b));
        (byte == b'=' && !around(at.checked_sub(1)) && !around(Some(at + 1))).then_some(at)
    });
    let complaint = |help: &str| Complaint::new("the condition is not CEL", "not CEL", help);
    if let Some(at) = single_equals {
        return vec![(at..at + 1, complaint("write == to compare"))];
    }
    if let Some((at, word, help)) = mistakes.iter().find_map(|(word, help)| Some((text.find(word)?, word, help))) {
        let start = at + word.len() - word.trim_start().len();
        return vec![(start..start + word.trim().len(), complaint(help))];
    }
    let at = errors.errors.first().map_or(0, |error| usize::try_from(error.pos.1 - 1).unwrap_or(0)).min(TEXT_BYTES_MAX);
    let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
    let help = if text.matches('\'').count() % 2 == 1 {
        "a quote is open; close it: 'booked'"
    } else if text.matches('(').count() != text.matches(')').count() {
        "close every ( with a )"
    } else {
        "write it as in \"appointment.status == 'booked' && appointment.duration_minutes > 30\""
    };
    vec![(at..text.len().max(at), complaint(help))]
}
