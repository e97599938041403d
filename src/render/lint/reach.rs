//! What a name in a template leads to.

use super::place::{Place, quoted};
use crate::{
    base::Source,
    document::{Complaint, did_you_mean},
    policy::{AnswerLinks, ConfirmLink, FieldType, Gathers, Scope},
};
use handlebars::template::Parameter;
use std::{collections::BTreeMap, ops::Range};

/// The end of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// Everything.
    Root,
    /// `customer` or the record.
    Thing(String),
    /// `business` or `purpose`.
    Fixed(&'static str),
    /// A declared field.
    Field(Named),
    /// `previous`: a date and time that is not always there.
    Previous,
    /// What every message has, by its whole name: `business.postal_address`.
    Said(String),
    /// `messages`: those that a digest is made of.
    Messages,
    /// One of them.
    Message,
    /// One of the products that are recommended.
    Product,
    /// Text that a partial is given.
    Written(Written),
    /// An answer.
    Words,
}

/// Text that a partial is given, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Written {
    pub text: String,
    pub source: Source,
    pub span: Range<usize>,
}

/// A declared field, as it is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    /// `customer` or the record's type.
    pub thing: String,
    /// The field.
    pub field: String,
    pub kind: FieldType,
    pub shown: Shown,
}

impl Reach {
    /// The whole name, wherever it was read from.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Field(named) => Some(format!("{}.{}", named.thing, named.field)),
            Self::Previous => Some("previous".to_owned()),
            Self::Said(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// What a partial is given at a place.
    pub(super) fn given(param: &Parameter, place: &Place<'_>, scope: &Scope<'_>) -> Self {
        if let Parameter::Literal(serde_json::Value::String(text)) = param {
            let span = quoted(place, text);
            return Self::Written(Written { text: text.clone(), source: place.source.clone(), span });
        }
        let reach = param.as_name().and_then(|name| place.context.resolve(name, scope).ok());
        reach.unwrap_or(Self::Words)
    }
}

/// Where a field may be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shown {
    /// Anywhere.
    Anywhere,
    /// In bodies, not in subjects, which telephones show to everyone around.
    Sensitive,
}

/// What is there beside the things.
const FIXED: [(&str, &[&str]); 3] = [
    ("business", &["name", "postal_address", "reply_to"]),
    ("purpose", &["title", "promise"]),
    ("answers", &["coming_url", "cant_come_url", "another_time_url"]),
];
const WORDS: [&str; 7] = ["stop_url", "preferences_url", "why_url", "privacy_url", "moved", "merged", "language"];
/// Names that hold a whole address of our own.
const LINKS: [&str; 8] = [
    CONFIRM,
    "stop_url",
    "preferences_url",
    "why_url",
    "privacy_url",
    "answers.coming_url",
    "answers.cant_come_url",
    "answers.another_time_url",
];
/// Where a sign-up is confirmed: in messages that ask for it.
pub(super) const CONFIRM: &str = "confirm_url";
/// What each of `messages` has.
const OF_A_MESSAGE: [&str; 2] = ["title", "text"];
/// What each recommended product has; the last ones not always.
const OF_A_PRODUCT: [&str; 7] = ["name", "reason", "change_url", "category", "price", "url", "image"];
/// Those that are a whole address: the catalogue takes none that leads elsewhere than the business's own links.
const PRODUCT_LINKS: [&str; 2] = ["product.url", "product.change_url"];
/// The address of a picture: the catalogue takes none from elsewhere than the business's own hosts.
const PRODUCT_IMAGE: &str = "product.image";

/// Whether this name, from wherever it is read, holds a whole address of our own.
pub(super) fn is_own_link(name: &str) -> bool {
    LINKS.contains(&name.trim_start_matches("../").trim_start_matches("@root/").trim_start_matches("this."))
}

impl Reach {
    /// What one entry of it is, where it is a list.
    pub(super) fn entry(&self) -> Option<Self> {
        match self {
            Self::Messages => Some(Self::Message),
            Self::Field(Named { kind: FieldType::Products, .. }) => Some(Self::Product),
            _ => None,
        }
    }

    /// Whether it is a whole address that `href` may hold, or `src` where that is asked.
    pub(super) fn is_address(&self, of_image: bool) -> bool {
        match self {
            Self::Said(name) if of_image => name == PRODUCT_IMAGE,
            Self::Said(name) => PRODUCT_LINKS.contains(&name.as_str()),
            _ => false,
        }
    }
}

/// Where names are looked up: the present place first, the ones around it by `../`.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// From the outside in.
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
struct Level {
    base: Reach,
    given: BTreeMap<String, Reach>,
}

impl Context {
    /// The whole scope.
    pub(super) fn root() -> Self {
        Self { levels: vec![Level { base: Reach::Root, given: BTreeMap::new() }] }
    }

    /// Inside of something.
    pub(super) fn inside(&self, reach: Reach) -> Self {
        let mut levels = self.levels.clone();
        levels.push(Level { base: reach, given: BTreeMap::new() });
        Self { levels }
    }

    /// With values of its own, as a partial gets them.
    pub(super) fn given(mut self, given: BTreeMap<String, Reach>) -> Self {
        if let Some(level) = self.levels.last_mut() {
            level.given.extend(given);
        }
        self
    }

    /// What a name leads to.
    pub(super) fn resolve(&self, raw: &str, scope: &Scope<'_>) -> Result<Reach, Complaint> {
        let mut levels = self.levels.as_slice();
        let mut names = raw;
        if let Some(rest) = names.strip_prefix("@root") {
            levels = levels.get(..1).unwrap_or(levels);
            names = rest.trim_start_matches(['.', '/']);
        }
        while let Some(rest) = names.strip_prefix("..") {
            let outer = levels.len().saturating_sub(1).max(1);
            levels = levels.get(..outer).unwrap_or(levels);
            names = rest.trim_start_matches(['.', '/']);
        }
        let names = names
            .strip_prefix("this")
            .map_or(names, |rest| if rest.is_empty() || rest.starts_with(['.', '/']) { rest } else { names });
        if raw.contains(['[', '@']) && !raw.starts_with("@root") {
            return Err(Complaint::new(
                format!("`{raw}` is not a name that a template may read"),
                "not allowed",
                "write plain names with dots: customer.first_name",
            ));
        }
        let Some(level) = levels.last() else { return Ok(Reach::Words) };
        let mut names = names.split(['.', '/']).filter(|name| !name.is_empty());
        let Some(first) = names.next() else { return Ok(level.base.clone()) };
        let start = match level.given.get(first) {
            Some(given) => given.clone(),
            None => step(&level.base, first, scope).map_err(|complaint| self.outward(first, scope, complaint))?,
        };
        names.try_fold(start, |reach, name| step(&reach, name, scope))
    }

    /// A name of the root that is used inside of a thing is one step away.
    fn outward(&self, name: &str, scope: &Scope<'_>, complaint: Complaint) -> Complaint {
        if self.levels.len() > 1 && step(&Reach::Root, name, scope).is_ok() {
            return Complaint { help: Some(format!("from in here, write `../{name}`")), ..complaint };
        }
        complaint
    }
}

fn step(from: &Reach, name: &str, scope: &Scope<'_>) -> Result<Reach, Complaint> {
    match from {
        Reach::Root => root(name, scope),
        Reach::Thing(thing) => scope.field(thing, name).map(|field| {
            let shown = if field.sensitive { Shown::Sensitive } else { Shown::Anywhere };
            Reach::Field(Named { thing: thing.clone(), field: name.to_owned(), kind: field.kind, shown })
        }),
        Reach::Fixed(thing) => {
            let known = parts(thing);
            if known.contains(&name) {
                return Ok(Reach::Said(format!("{thing}.{name}")));
            }
            Err(Complaint {
                message: format!("`{thing}` has no `{name}`"),
                label: "unknown name".into(),
                help: did_you_mean(name, known.iter().copied()),
            })
        }
        Reach::Message if OF_A_MESSAGE.contains(&name) => Ok(Reach::Said(format!("message.{name}"))),
        Reach::Product if OF_A_PRODUCT.contains(&name) => Ok(Reach::Said(format!("product.{name}"))),
        Reach::Product => Err(Complaint {
            message: format!("a recommended product has no `{name}`"),
            label: "unknown name".into(),
            help: did_you_mean(name, OF_A_PRODUCT),
        }),
        Reach::Field(Named { kind: FieldType::Products, thing, field, .. }) => Err(Complaint::new(
            format!("`{thing}.{field}` is a list"),
            "which of them?",
            format!("write {{{{#each {thing}.{field}}}}}{{{{name}}}} … {{{{reason}}}}{{{{/each}}}}"),
        )),
        Reach::Message => Err(Complaint {
            message: format!("one of `messages` has no `{name}`"),
            label: "unknown name".into(),
            help: did_you_mean(name, OF_A_MESSAGE),
        }),
        Reach::Messages => Err(Complaint::new(
            "`messages` is a list",
            "which of them?",
            "write {{#each messages}}{{title}} … {{text}}{{/each}}",
        )),
        Reach::Field(_) | Reach::Previous | Reach::Said(_) | Reach::Written(_) | Reach::Words => Err(Complaint::new(
            format!("there is no `{name}` in a single value"),
            "no such part",
            "stop at the name before it",
        )),
    }
}

fn root(name: &str, scope: &Scope<'_>) -> Result<Reach, Complaint> {
    if scope.has(name) {
        return Ok(Reach::Thing(name.to_owned()));
    }
    if let Some((fixed, _)) = FIXED.iter().find(|(fixed, _)| *fixed == name) {
        if *fixed == "answers" && scope.answers == AnswerLinks::None {
            let help = "write `answers = true` at the top of the workflow";
            return Err(Complaint::new("the workflow asks for no answer", "not there", help));
        }
        return Ok(Reach::Fixed(fixed));
    }
    if WORDS.contains(&name) {
        return Ok(Reach::Said(name.to_owned()));
    }
    if name == CONFIRM {
        let help = "only a workflow whose purpose has basis = \"request\" asks whether somebody signed up";
        return match scope.confirms {
            ConfirmLink::Carried => Ok(Reach::Said(name.to_owned())),
            ConfirmLink::None => Err(Complaint::new("this workflow confirms no sign-up", "not there", help)),
        };
    }
    if name == "previous" {
        return Ok(Reach::Previous);
    }
    if name == "messages" {
        let help = "only a workflow with the trigger `digest` is made of other messages";
        return match scope.gathers {
            Gathers::Messages => Ok(Reach::Messages),
            Gathers::Nothing => Err(Complaint::new("this workflow gathers no messages", "not there", help)),
        };
    }
    let owner = scope.things().find(|thing| scope.field(thing, name).is_ok());
    let known = scope.things().chain(FIXED.iter().map(|(fixed, _)| *fixed)).chain(WORDS).chain(["previous"]);
    let known: Vec<&str> = known.collect();
    Err(Complaint {
        message: format!("a template knows no `{name}`"),
        label: "unknown name".into(),
        help: owner.map(|owner| format!("did you mean `{owner}.{name}`?")).or_else(|| did_you_mean(name, known)),
    })
}

/// What a fixed thing has.
fn parts(thing: &str) -> &'static [&'static str] {
    FIXED.iter().find(|(fixed, _)| *fixed == thing).map_or(&[], |(_, parts)| parts)
}

/// What can't be shown as it is.
pub(super) fn unfit(name: &str, reach: &Reach, scope: &Scope<'_>) -> Option<Complaint> {
    let helper = match reach {
        Reach::Root => return Some(Complaint::new("everything at once can't be shown", "show what?", "name a field")),
        Reach::Thing(thing) => {
            let example = scope.fields(thing).next().map_or("…", |(field, _)| field);
            return Some(Complaint::new(
                format!("`{name}` alone is no value"),
                "which field?",
                format!("write one of its fields, such as {{{{{name}.{example}}}}}"),
            ));
        }
        Reach::Fixed(fixed) => {
            return Some(Complaint::new(
                format!("`{name}` alone is no value"),
                "which part?",
                format!("write a part of it, such as {{{{{name}.{}}}}}", parts(fixed).first().unwrap_or(&"name")),
            ));
        }
        Reach::Messages | Reach::Message => {
            let help = "write {{#each messages}}{{title}} … {{text}}{{/each}}";
            return Some(Complaint::new(format!("`{name}` alone is no value"), "which part?", help));
        }
        Reach::Product | Reach::Field(Named { kind: FieldType::Products, .. }) => {
            let help = "write {{#each recommendation.products}}{{name}} … {{reason}}{{/each}}";
            return Some(Complaint::new(format!("`{name}` alone is no value"), "which part?", help));
        }
        Reach::Said(said) if said == "product.price" => "money",
        Reach::Previous | Reach::Field(Named { kind: FieldType::Datetime, .. }) => "datetime",
        Reach::Field(Named { kind: FieldType::Date | FieldType::MonthDay, .. }) => "date",
        Reach::Field(Named { kind: FieldType::Money, .. }) => "money",
        Reach::Field(_) | Reach::Said(_) | Reach::Written(_) | Reach::Words => return None,
    };
    Some(Complaint::new(
        format!("`{name}` as it is stored is not for people to read"),
        "not in words",
        format!("write {{{{{helper} {name}}}}}"),
    ))
}

/// What a helper can't work on.
pub(super) fn misfit(helper: &str, name: &str, reach: &Reach) -> Option<Complaint> {
    let kind = match reach {
        Reach::Field(named) => named.kind,
        Reach::Previous => FieldType::Datetime,
        _ => return None,
    };
    let wanted = match helper {
        "date" if !matches!(kind, FieldType::Datetime | FieldType::Date | FieldType::MonthDay) => "a date",
        "time" | "datetime" if kind != FieldType::Datetime => "a date and time",
        "money" if kind != FieldType::Money => "an amount",
        "plural" if kind != FieldType::Integer => "a whole number",
        _ => return None,
    };
    Some(Complaint::new(
        format!("`{name}` is {}, but `{helper}` shows {wanted}", kind.name()),
        "wrong type",
        format!("give `{helper}` a field that holds {wanted}"),
    ))
}

/// Whether a condition asks if the visit moved.
pub(super) fn asks_moved(param: &Parameter) -> bool {
    match param {
        Parameter::Subexpression(inner) => {
            inner.name() == "and" && inner.params().is_some_and(|params| params.iter().any(asks_moved))
        }
        other => {
            other.as_name().is_some_and(|name| matches!(name.rsplit(['.', '/']).next(), Some("moved" | "previous")))
        }
    }
}
