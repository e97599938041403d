//! A form as a JSON Schema (draft 2020-12), for editors that complete and check TOML by one.

use super::form::{Form, Key, Kind, Presence};
use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

/// The whole file's.
#[must_use]
pub fn schema(file: &'static Form) -> Value {
    let mut defs = Map::new();
    let mut schema = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": file.name });
    extend(&mut schema, object(file, &mut defs));
    extend(&mut schema, json!({ "$defs": defs }));
    schema
}

fn object(form: &'static Form, defs: &mut Map<String, Value>) -> Value {
    let properties: Map<String, Value> =
        form.keys.iter().map(|key| (key.name.to_owned(), property(key, defs))).collect();
    let mut schema = json!({
        "description": form.about,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    let required: Vec<&str> =
        form.keys.iter().filter(|key| key.presence == Presence::Must).map(|key| key.name).collect();
    if !required.is_empty() {
        extend(&mut schema, json!({ "required": required }));
    }
    if !form.one_of.is_empty() {
        let one: Vec<Value> = form.one_of.iter().map(|key| json!({ "required": [key] })).collect();
        extend(&mut schema, json!({ "oneOf": one }));
    }
    schema
}

/// A field by its whole name.
const FIELD: &str = r"^[^.]+\..+$";

fn property(key: &Key, defs: &mut Map<String, Value>) -> Value {
    let mut schema = match key.kind {
        Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::WordOrField(words) => {
            json!({ "type": "string", "anyOf": [{ "enum": words }, { "pattern": FIELD }] })
        }
        Kind::Integer(from, i64::MAX) => json!({ "type": "integer", "minimum": from }),
        Kind::Integer(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        Kind::Words(words) => {
            json!({ "type": "array", "items": { "type": "string", "enum": words }, "minItems": 1 })
        }
        Kind::Table(form) => refer(form, defs),
        Kind::WordOr(words, form) => json!({ "anyOf": [{ "type": "string", "enum": words }, refer(form, defs)] }),
        Kind::Tables(form) => {
            let one = refer(form, defs);
            json!({ "anyOf": [one, { "type": "array", "items": one }] })
        }
        Kind::Named(form, names) => {
            let each = refer(form, defs);
            json!({ "type": "object", "propertyNames": { "pattern": names }, "additionalProperties": each })
        }
    };
    extend(&mut schema, json!({ "description": key.about }));
    if let Some(example) = example(key) {
        extend(&mut schema, json!({ "examples": [example] }));
    }
    schema
}

/// Each form stands once, however many keys lead to it.
fn refer(form: &'static Form, defs: &mut Map<String, Value>) -> Value {
    let name = slug(form.name);
    if !defs.contains_key(&name) {
        // Before what is in it, so that nothing is made twice.
        defs.insert(name.clone(), Value::Null);
        let made = object(form, defs);
        defs.insert(name.clone(), made);
    }
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A name for references: `[purposes.NAME]` is `purposes-name`.
#[must_use]
pub fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

fn extend(schema: &mut Value, more: Value) {
    if let (Value::Object(schema), Value::Object(more)) = (schema, more) {
        schema.extend(more);
    }
}

fn example(key: &Key) -> Option<Value> {
    let line = format!("example = {}", key.example);
    let table = DeTable::parse(&line).ok()?;
    json_of(table.get_ref().get("example")?.get_ref())
}

fn json_of(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::from(&**text)),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok().map(Value::from),
        DeValue::Boolean(yes) => Some(Value::from(*yes)),
        DeValue::Array(items) => items.iter().map(|item| json_of(item.get_ref())).collect(),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}
