//! The OpenAPI document (3.1), made from the tables that requests are read by: the members of each resource, the problems
//! that there are, the fields of policy.toml.
//!
//! Invariant: nothing about a member stands here that the reader doesn't go by. What a schema can't say (that a date is
//! past, that a customer is known) is answered by 422.

mod schema;

use super::{
    problem::Kind,
    request::{REPEAT_KEY, REPEAT_KEY_CHARACTERS_MAX},
};
use crate::{
    intake::json::{Form, Forms, Resource},
    policy::{Nature, Policy},
    store::entry::ENTRY_ROWS_MAX,
};
use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The document under this policy.
#[must_use]
pub fn document(policy: &Policy) -> Value {
    let records = policy.records_of(Nature::Lasting).map(|kind| Resource::Records(kind.clone()));
    let resources = [Resource::Customers].into_iter().chain(records).chain([
        Resource::Consents,
        Resource::Bars,
        Resource::Limits,
        Resource::Events,
        Resource::Products,
    ]);
    let (mut paths, mut schemas) = (Map::new(), schema::shared());
    for resource in resources {
        let forms = resource.forms(policy);
        let name = name(&resource);
        schemas.extend(schemas_of(&name, &forms));
        paths.insert(path(&resource), json!({ (method(&resource)): operation(&resource, &name, &forms) }));
    }
    let myself = json!({
        "operationId": "getDocument",
        "summary": "This document.",
        "responses": responses(&[Kind::NO_KEY, Kind::TOO_MANY, Kind::BROKEN, Kind::AWAY], json!({
            "description": "This document.",
            "content": { "application/json": { "schema": { "type": "object" } } },
        })),
    });
    paths.insert("/v1/openapi.json".to_owned(), json!({ "get": myself }));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}: Comity", policy.business.name),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "A body is taken whole or not at all. Sent again, it changes nothing: ids say what is what.",
        },
        "security": [{ "key": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": problems(),
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "A key that `comity keys new` made." },
            },
        },
    })
}

/// The problems that a request with rows can meet.
const OF_ROWS: [Kind; 15] = [
    Kind::NOT_JSON,
    Kind::BAD_HEADER,
    Kind::CUT_OFF,
    Kind::NO_KEY,
    Kind::NOT_ALLOWED,
    Kind::TOO_SLOW,
    Kind::UNDER_WAY,
    Kind::TOO_LONG,
    Kind::OTHER_TYPE,
    Kind::FLAWED,
    Kind::KEY_REUSED,
    Kind::TOO_MANY,
    Kind::BROKEN,
    Kind::AWAY,
    Kind::NOT_FOUND,
];

fn path(resource: &Resource) -> String {
    match resource {
        Resource::Customers => "/v1/customers".to_owned(),
        Resource::Records(kind) => format!("/v1/records/{kind}"),
        Resource::Consents => "/v1/consents".to_owned(),
        Resource::Bars => "/v1/bars".to_owned(),
        Resource::Limits => "/v1/limits".to_owned(),
        Resource::Events => "/v1/events".to_owned(),
        Resource::Products => "/v1/products".to_owned(),
    }
}

/// A product is put as it is now; all else is brought.
const fn method(resource: &Resource) -> &'static str {
    match resource {
        Resource::Products => "put",
        _ => "post",
    }
}

/// What one object of the resource is called.
fn name(resource: &Resource) -> String {
    match resource {
        Resource::Customers => "Customer".to_owned(),
        Resource::Records(kind) => format!("Record_{}", plain(kind)),
        Resource::Consents => "Consent".to_owned(),
        Resource::Bars => "Bar".to_owned(),
        Resource::Limits => "Limit".to_owned(),
        Resource::Events => "Event".to_owned(),
        Resource::Products => "Product".to_owned(),
    }
}

/// What names of components may hold (OpenAPI 3.1, Components Object).
fn plain(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' }).collect()
}

/// The object, and each of its forms where there are several.
fn schemas_of(name: &str, forms: &Forms) -> Vec<(String, Value)> {
    let form_name =
        |form: &Form| form.word.as_deref().map_or_else(|| name.to_owned(), |word| format!("{name}_{}", plain(word)));
    let mut schemas: Vec<(String, Value)> =
        forms.forms.iter().map(|form| (form_name(form), schema::object(form))).collect();
    if let Some(by) = forms.by {
        let of = |form: &Form| format!("#/components/schemas/{}", form_name(form));
        let each: Vec<Value> = forms.forms.iter().map(|form| json!({ "$ref": of(form) })).collect();
        let mapping: BTreeMap<&str, String> =
            forms.forms.iter().filter_map(|form| Some((form.word.as_deref()?, of(form)))).collect();
        let one = json!({ "oneOf": each, "discriminator": { "propertyName": by, "mapping": mapping } });
        schemas.push((name.to_owned(), one));
    }
    schemas
}

fn operation(resource: &Resource, name: &str, forms: &Forms) -> Value {
    let one = json!({ "$ref": format!("#/components/schemas/{name}") });
    let examples: BTreeMap<String, Value> = forms
        .forms
        .iter()
        .map(|form| (plain(form.word.as_deref().unwrap_or("one")), json!({ "value": schema::example(form) })))
        .collect();
    let may = super::need(resource);
    json!({
        "operationId": operation_id(resource),
        "summary": summary(resource, forms),
        "description": format!("Needs a key that may do `{may}`."),
        "parameters": [{
            "name": REPEAT_KEY,
            "in": "header",
            "description": "Sent again under the same name within a day, a request gets its first answer.",
            "schema": {
                "type": "string",
                "pattern": format!("^(\"[!#-~]{{1,{max}}}\"|[!#-~]{{1,{max}}})$", max = REPEAT_KEY_CHARACTERS_MAX),
            },
        }],
        "requestBody": {
            "required": true,
            "content": { "application/json": {
                "schema": { "oneOf": [
                    one,
                    { "type": "array", "items": one, "minItems": 1, "maxItems": ENTRY_ROWS_MAX },
                ] },
                "examples": examples,
            } },
        },
        "responses": responses(&OF_ROWS, json!({
            "description": "All rows are taken, and what they end holds. In the order of the rows.",
            "headers": { "idempotent-replayed": {
                "description": "`true` where this answer was given before.",
                "schema": { "const": "true" },
            } },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Results" } } },
        })),
    })
}

fn operation_id(resource: &Resource) -> String {
    match resource {
        Resource::Records(kind) => format!("postRecords_{}", plain(kind)),
        Resource::Customers => "postCustomers".to_owned(),
        Resource::Consents => "postConsents".to_owned(),
        Resource::Bars => "postBars".to_owned(),
        Resource::Limits => "postLimits".to_owned(),
        Resource::Events => "postEvents".to_owned(),
        Resource::Products => "putProducts".to_owned(),
    }
}

fn summary(resource: &Resource, forms: &Forms) -> String {
    match resource {
        Resource::Records(kind) => format!("Bring records of the type `{kind}`."),
        Resource::Customers => "Bring customers.".to_owned(),
        Resource::Consents => "Report who agreed or withdrew.".to_owned(),
        Resource::Bars => "Report what stops messages whatever people agreed to.".to_owned(),
        Resource::Products => "Say what is sold. Products that aren't named stay as they are.".to_owned(),
        Resource::Limits => "Report how much customers want to hear at most.".to_owned(),
        Resource::Events => format!("Report what happened: {}.", forms.words().join(", ")),
    }
}

/// The responses by status. Problems with one status are one response.
fn responses(kinds: &[Kind], done: Value) -> Value {
    let mut responses = Map::new();
    responses.insert("200".to_owned(), done);
    for kind in kinds {
        let status = kind.status.as_str();
        responses.insert(status.to_owned(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    Value::Object(responses)
}

fn problems() -> Value {
    let mut by_status: BTreeMap<StatusCode, Vec<Kind>> = BTreeMap::new();
    for kind in Kind::ALL {
        by_status.entry(kind.status).or_default().push(*kind);
    }
    let responses = by_status.into_iter().map(|(status, kinds)| {
        let titles: Vec<&str> = kinds.iter().map(|kind| kind.title).collect();
        let types: Vec<String> = kinds.iter().map(|kind| kind.uri()).collect();
        let schema = json!({ "allOf": [
            { "$ref": "#/components/schemas/Problem" },
            { "properties": { "type": { "enum": types }, "status": { "const": status.as_u16() } } },
        ] });
        let mut response = json!({
            "description": format!("{}.", titles.join("; or: ")),
            "content": { "application/problem+json": { "schema": schema } },
        });
        if let (Some(headers), Some(response)) = (headers(status), response.as_object_mut()) {
            response.insert("headers".to_owned(), headers);
        }
        (status.as_str().to_owned(), response)
    });
    Value::Object(responses.collect())
}

/// The headers that come with a status.
fn headers(status: StatusCode) -> Option<Value> {
    let (name, about) = match status {
        StatusCode::UNAUTHORIZED => ("WWW-Authenticate", "How to authenticate."),
        StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            ("Retry-After", "After so many seconds it is worth another try.")
        }
        StatusCode::METHOD_NOT_ALLOWED => ("Allow", "What can be done here."),
        _ => return None,
    };
    Some(json!({ name: { "description": about, "required": true, "schema": { "type": "string" } } }))
}
