//! The schemas of members, from what they hold; and an example of each.

use crate::{
    intake::{
        Column,
        json::{Form, Holds, Member, Need},
    },
    policy::{FieldType, OwnLimit},
    store::entry::{PROOF_FIELDS_MAX, PROOF_NAME_MAX, PROOF_TEXT_MAX},
};
use serde_json::{Map, Value, json};

/// As in `intake::cell`: a text has no control characters but line ends and tabs, and no letter that was lost.
const TEXT: &str = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFD]*$";
/// The same, and not blank.
const WORDS: &str = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFD]*[^\u0000-\u0020\u007F-\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000\uFFFD][^\u0000-\u0008\u000B-\u001F\u007F-\u009F\uFFFD]*$";
const TEXT_CHARACTERS_MAX: usize = crate::intake::CELL_CHARACTERS_MAX;
const DATETIME: &str = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?(\[[A-Za-z0-9_/+-]+\])?$";

/// Up to a year.
const WINDOW: &str = r"^(calendar (day|week|month|year)|([1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6]) days?|([1-9]|[1-4][0-9]|5[0-2]) weeks?)$";

/// What stands in no form.
pub(super) fn shared() -> Map<String, Value> {
    let outcomes = [
        "created",
        "changed",
        "unchanged",
        "stays-cancelled",
        "granted",
        "to-confirm",
        "stays-stopped",
        "stopped",
        "limited",
        "lifted",
        "taken",
        "taken-before",
    ];
    let result = json!({
        "type": "object",
        "required": ["outcome"],
        "properties": {
            "outcome": { "enum": outcomes },
            "fields": {
                "description": "After `changed`: the members that differed.",
                "type": "array",
                "items": { "type": "string" },
            },
        },
    });
    let flaw = json!({
        "type": "object",
        "required": ["pointer", "detail"],
        "properties": {
            "pointer": { "description": "Where in the body, as a JSON pointer.", "type": "string" },
            "detail": { "description": "What is wrong.", "type": "string" },
            "help": { "description": "What to write instead.", "type": "string" },
        },
    });
    let problem = json!({
        "description": "RFC 9457.",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "errors": { "type": "array", "items": { "$ref": "#/components/schemas/Flaw" } },
        },
    });
    let results = json!({
        "type": "object",
        "required": ["results"],
        "properties": { "results": { "type": "array", "items": { "$ref": "#/components/schemas/Result" } } },
    });
    let shared = [("Flaw", flaw), ("Problem", problem), ("Result", result), ("Results", results)];
    shared.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

/// One form of an object.
pub(super) fn object(form: &Form) -> Value {
    let properties: Map<String, Value> =
        form.members.iter().map(|member| (member.name.clone(), schema(member))).collect();
    let required: Vec<&str> =
        form.members.iter().filter(|member| member.need == Need::Must).map(|member| member.name.as_str()).collect();
    json!({
        "description": form.about,
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}

fn schema(member: &Member) -> Value {
    let must = member.need == Need::Must;
    let mut schema = match &member.holds {
        Holds::Word(words) if must => json!({ "enum": words }),
        Holds::Word(words) => {
            let words: Vec<Value> = words.iter().map(|word| json!(word)).chain([json!(""), Value::Null]).collect();
            return json!({ "description": member.about, "enum": words });
        }
        Holds::Past | Holds::Later => text(DATETIME),
        Holds::Text => text(if must { WORDS } else { TEXT }),
        Holds::Count => json!({ "type": "integer", "minimum": 1, "maximum": OwnLimit::AT_MOST_MAX }),
        Holds::Window => text(WINDOW),
        Holds::Proof => json!({
            "type": "object",
            "maxProperties": PROOF_FIELDS_MAX,
            "propertyNames": { "pattern": format!("^[a-z][a-z0-9_-]{{0,{}}}$", PROOF_NAME_MAX - 1) },
            "additionalProperties": { "type": "string", "pattern": TEXT, "maxLength": PROOF_TEXT_MAX },
        }),
        Holds::Column(column) => of_column(column, must),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(member.about));
        // Nothing is said by `null` and by a blank text alike.
        if !must && let Some(kind) = schema.get_mut("type") {
            *kind = json!([kind.clone(), "null"]);
        }
        if !must && let Some(Value::String(pattern)) = schema.get_mut("pattern") {
            *pattern = format!("{pattern}|^[ \\t\\n]*$");
        }
    }
    schema
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern, "maxLength": TEXT_CHARACTERS_MAX })
}

fn of_column(column: &Column, must: bool) -> Value {
    match column {
        Column::Email => json!({ "type": "string", "format": "email", "maxLength": 254 }),
        Column::Language => text("^[A-Za-z]{2,3}([_-][A-Za-z0-9_-]*)?$"),
        Column::Zone => text("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$"),
        Column::Field(_, kind) => of_field(*kind),
        Column::Id | Column::Customer if must => text(WORDS),
        Column::Id | Column::Customer | Column::Consent(_) | Column::Ignored => text(TEXT),
    }
}

fn of_field(kind: FieldType) -> Value {
    match kind {
        FieldType::Text => text(TEXT),
        FieldType::Integer => json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
        FieldType::Boolean => json!({ "type": "boolean" }),
        FieldType::Money => text(r"^-?[0-9]{1,15}(\.[0-9]{1,3})?( ?[A-Z]{3})?$"),
        FieldType::Datetime => text(DATETIME),
        FieldType::Date => text("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
        FieldType::MonthDay => text("^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
        FieldType::Products => Value::Null,
    }
}

/// An object of this form with all its members. Sent in the order customers, records, the others, they are taken.
pub(super) fn example(form: &Form) -> Value {
    Value::Object(form.members.iter().map(|member| (member.name.clone(), sample(form, member))).collect())
}

fn sample(form: &Form, member: &Member) -> Value {
    let (record, customer) = (json!("A1001"), json!("C0042"));
    match (&member.holds, member.name.as_str()) {
        (Holds::Word(words), _) => json!(words.first()),
        (Holds::Count, _) => json!(1),
        (Holds::Window, _) => json!("calendar month"),
        (Holds::Proof, _) => json!({ "till": "2" }),
        (Holds::Past, _) => json!("2026-03-29T10:00:00Z"),
        (Holds::Later, _) => json!("2027-03-29T10:00:00Z"),
        (Holds::Text, "record") => record,
        (Holds::Text, "sku") => json!("LAMP-1"),
        (Holds::Text, "name") => json!("Desk lamp"),
        (Holds::Text, "id") => json!(format!("{}-1001", form.word.as_deref().unwrap_or("event"))),
        (Holds::Text, _) => json!("As the person was shown it."),
        (Holds::Column(Column::Id), _) if form.members.iter().any(|other| other.name == "customer") => record,
        (Holds::Column(Column::Id | Column::Customer), _) => customer,
        (Holds::Column(Column::Email), _) => json!("marie@mail.example"),
        (Holds::Column(Column::Language), _) => json!("fr"),
        (Holds::Column(Column::Zone), _) => json!("Europe/Paris"),
        (Holds::Column(Column::Field(_, kind)), name) => match kind {
            FieldType::Text if matches!(name, "url" | "image") => Value::Null,
            FieldType::Text => json!(if name == "status" { "booked" } else { "Marie" }),
            FieldType::Integer => json!(45),
            FieldType::Boolean => json!(true),
            FieldType::Money => json!("42.00 EUR"),
            FieldType::Datetime => json!("2027-03-30T10:00[Europe/Paris]"),
            FieldType::Date => json!("2027-03-30"),
            FieldType::MonthDay => json!("03-30"),
            FieldType::Products => Value::Null,
        },
        (Holds::Column(Column::Consent(_) | Column::Ignored), _) => Value::Null,
    }
}
