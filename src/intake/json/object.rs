//! One object against its form: its members as cells, and everything that is wrong with it.

use super::{
    Flaw,
    members::{Form, Forms, Holds, Member, Need},
    value::Json,
};
use crate::{
    document::suggest::{did_you_mean, nearest},
    intake::{cell::Cell, columns::Column, defect::Defect},
    policy::FieldType,
    store::entry::{PROOF_FIELDS_MAX, PROOF_TEXT_MAX, is_proof_name},
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

/// A longer name is no name of ours; it is not repeated.
const NAME_CHARACTERS_MAX: usize = 100;

/// Where in the body something stands, as a JSON pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Pointer(String);

impl Pointer {
    /// One step further down.
    #[must_use]
    pub fn to(&self, step: &str) -> Self {
        Self(format!("{}/{}", self.0, step.replace('~', "~0").replace('/', "~1")))
    }

    /// Its text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// An object whose form is known: which members hold something, as text.
pub(super) struct Object<'t> {
    pub at: Pointer,
    pub form: &'t Form,
    texts: Vec<(&'t Member, Cow<'t, str>)>,
    /// Members that are there, whatever they hold.
    pub told: BTreeSet<&'t str>,
    /// Members that have their flaw already.
    flawed: BTreeSet<&'t str>,
}

impl<'t> Object<'t> {
    /// Reads one. `None` where it can't be said which form it should have.
    pub fn read(json: &'t Json, forms: &'t Forms, at: Pointer, flaws: &mut Vec<Flaw>) -> Option<Self> {
        let Json::Object(members) = json else {
            flaws.push(Flaw::new(&at, format!("{} where an object is expected", json.kind()), None));
            return None;
        };
        let form = form(members, forms, &at, flaws)?;
        let mut object = Self { at, form, texts: vec![], told: BTreeSet::new(), flawed: BTreeSet::new() };
        for (name, value) in members {
            match form.members.iter().find(|member| member.name == *name) {
                Some(member) if object.told.insert(&member.name) => match text(member, value) {
                    Ok(Some(text)) => object.texts.push((member, text)),
                    Ok(None) => {}
                    Err(defect) => {
                        object.flawed.insert(&member.name);
                        flaws.push(Flaw::of(&defect, &object.at));
                    }
                },
                Some(_) => flaws.push(Flaw::new(&object.at.to(name), "this member stands here twice".to_owned(), None)),
                None => flaws.push(unknown(name, form, &object.at)),
            }
        }
        Some(object)
    }

    /// The members that hold something, letter by letter sound.
    pub fn cells(&self, flaws: &mut Vec<Flaw>) -> Vec<(&'t Member, Cell<'_>)> {
        let mut cells = vec![];
        let mut flawed = self.flawed.clone();
        for (member, text) in &self.texts {
            match Cell::new(&member.name, text) {
                Ok(Some(cell)) => cells.push((*member, cell)),
                Ok(None) => {}
                Err(defect) => {
                    flawed.insert(&member.name);
                    flaws.push(Flaw::of(&defect, &self.at));
                }
            }
        }
        for Member { name, .. } in self.form.members.iter().filter(|member| member.need == Need::Must) {
            let is_there = cells.iter().any(|(member, _)| member.name == *name);
            if !is_there && !flawed.contains(name.as_str()) {
                flaws.push(Flaw::of(&Defect::Missing { column: name.clone() }, &self.at));
            }
        }
        cells
    }
}

/// The form by the object's own word.
fn form<'t>(members: &[(String, Json)], forms: &'t Forms, at: &Pointer, flaws: &mut Vec<Flaw>) -> Option<&'t Form> {
    let Some(by) = forms.by else { return forms.forms.first() };
    let word = match members.iter().find(|(name, _)| name == by) {
        Some((_, Json::Text(word))) => word.trim(),
        Some((_, other)) if *other != Json::Null => {
            let expected = Defect::Type { column: by.to_owned(), expected: "text" };
            flaws.push(Flaw::of(&expected, at));
            return None;
        }
        _ => {
            flaws.push(Flaw::of(&Defect::Missing { column: by.to_owned() }, at));
            return None;
        }
    };
    let found = forms.forms.iter().find(|form| form.word.as_deref() == Some(word));
    if found.is_none() {
        let help = did_you_mean(word, forms.words());
        flaws.push(Flaw::of(&Defect::Word { column: by.to_owned(), help }, at));
    }
    found
}

/// What a member holds, as the text that a file's cell would have; nothing for `null`.
fn text<'t>(member: &Member, value: &'t Json) -> Result<Option<Cow<'t, str>>, Defect> {
    let kind = match &member.holds {
        Holds::Column(Column::Field(_, kind)) => *kind,
        Holds::Count => FieldType::Integer,
        _ => FieldType::Text,
    };
    Ok(Some(match (kind, value) {
        (_, Json::Null) => return Ok(None),
        (_, Json::Object(pairs)) if member.holds == Holds::Proof => Cow::Owned(proof(member, pairs)?),
        (FieldType::Integer, Json::Integer(number)) => Cow::Owned(number.to_string()),
        (FieldType::Boolean, Json::Boolean(value)) => Cow::Owned(value.to_string()),
        (FieldType::Integer, _) => return Err(not(member, "a whole number, such as 3")),
        (FieldType::Boolean, _) => return Err(not(member, "true or false")),
        (_, Json::Text(text)) => Cow::Borrowed(text.as_str()),
        (FieldType::Money, _) => return Err(not(member, "text, such as \"12.50 EUR\"")),
        _ if member.holds == Holds::Proof => return Err(not(member, PROOF)),
        _ => return Err(not(member, "text")),
    }))
}

/// What `proof` holds.
const PROOF: &str =
    "an object of at most 8 texts of at most 200 characters, such as {\"till\": \"2\"}, each under another name";

/// As one text, letter by letter sound. What is empty is left out.
fn proof(member: &Member, pairs: &[(String, Json)]) -> Result<String, Defect> {
    let mut kept = BTreeMap::new();
    for (name, value) in pairs {
        let Json::Text(text) = value else { return Err(not(member, PROOF)) };
        let fits = is_proof_name(name) && text.chars().nth(PROOF_TEXT_MAX).is_none() && !kept.contains_key(name);
        if !fits {
            return Err(not(member, PROOF));
        }
        kept.insert(name, Cell::new(&member.name, text)?.map(Cell::text).unwrap_or_default());
    }
    if kept.len() > PROOF_FIELDS_MAX {
        return Err(not(member, PROOF));
    }
    kept.retain(|_, text| !text.is_empty());
    Ok(serde_json::to_string(&kept).unwrap_or_default())
}

fn not(member: &Member, expected: &'static str) -> Defect {
    Defect::Type { column: member.name.clone(), expected }
}

fn unknown(name: &str, form: &Form, at: &Pointer) -> Flaw {
    if name.chars().nth(NAME_CHARACTERS_MAX).is_some() {
        return Flaw::new(at, "a member with a name that is too long".to_owned(), None);
    }
    let names: Vec<&str> = form.members.iter().map(|member| member.name.as_str()).collect();
    let help = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.join(", ")),
    };
    Flaw::new(&at.to(name), "there is no such member".to_owned(), Some(help))
}
