//! What a template sees: the permitted facts of one message, in the words that templates use.
//!
//! Values look as they do in a CSV file and in `sample.json`: a date and time is `2027-03-30T10:00[Europe/Paris]`, an
//! amount `12.50 EUR`; the helpers put them into the message's language. A field is here only if its declaration
//! permits the purpose. A declared field that has no value isn't here at all, so that strict mode refuses the message
//! with the hole ("Dear ,"); a template that can do without it asks first, by `{{#if}}`.

use super::{
    error::RenderError,
    snapshot::{Piece, Setting, Snapshot},
    templates::answer_name,
};
use crate::{
    base::{Recommended, Value, Zone, civil::CivilTime, hex, money::money_text, value::Fields},
    people::{Answer, Language},
    policy::{Field, Policy},
};
use handlebars::Context;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Where each answer is given.
pub type AnswerUrls = BTreeMap<Answer, String>;

/// Where a message's own links lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnUrls {
    /// `https://…/u/<token>`.
    pub stop: String,
    /// `https://…/preferences/<token>`.
    pub preferences: String,
    /// `https://…/why/<token>`.
    pub why: String,
    /// `https://…/recommended/<token>`: where they say what should be recommended to them.
    pub recommended: String,
    /// `https://…/privacy`: the same for everybody.
    pub privacy: String,
    /// `https://…/confirm/<token>`, where the message asks whether somebody signed up.
    pub confirm: Option<String>,
    /// `https://…/a/<answer>/<token>`, where the workflow asks for an answer.
    pub answers: Option<AnswerUrls>,
}

/// The names that templates may read, with their values.
#[derive(Debug)]
pub struct Scope(Context);

impl Scope {
    /// Of a message in this language.
    ///
    /// # Errors
    /// When the purpose isn't in the policy.
    pub fn of(snapshot: &Snapshot<'_>, language: &Language) -> Result<Self, RenderError> {
        let Snapshot { policy, customer, record, purpose, .. } = *snapshot;
        let mut names = common(policy, purpose, language, snapshot.urls)?;
        let customer_zone = customer.zone.unwrap_or(policy.business.time_zone);
        let speak = Speak { policy, language, urls: snapshot.urls };
        names.insert("customer".into(), permitted(&customer.fields, &policy.customer, purpose, customer_zone, speak));
        if let Some(kind) = policy.records.get(&record.kind) {
            let zone = snapshot.occurrence.zone;
            names.insert(record.kind.clone(), permitted(&record.fields, &kind.fields, purpose, zone, speak));
        }
        names.insert("moved".into(), snapshot.step.is_moved().into());
        names.insert("merged".into(), (snapshot.setting == Setting::Within).into());
        if let Setting::Gathering(pieces) = snapshot.setting {
            let piece = |Piece { title, text }: &Piece| json!({ "title": title, "text": text });
            names.insert("messages".into(), pieces.iter().map(piece).collect());
        }
        if let Some(previous) = snapshot.previous {
            names.insert("previous".into(), datetime(previous, snapshot.occurrence.zone));
        }
        Ok(Self(Json::Object(names).into()))
    }

    /// Of a sample: an object with the values of `customer`, of the record and of what else the template asks for.
    ///
    /// # Errors
    /// When the purpose isn't in the policy.
    pub fn of_sample(
        policy: &Policy,
        purpose: &str,
        language: &Language,
        urls: &OwnUrls,
        sample: &Json,
    ) -> Result<Self, RenderError> {
        let mut names = common(policy, purpose, language, urls)?;
        names.insert("moved".into(), false.into());
        names.insert("merged".into(), false.into());
        for (name, value) in sample.as_object().into_iter().flatten() {
            names.insert(name.clone(), value.clone());
        }
        names.values_mut().filter_map(Json::as_object_mut).for_each(|thing| lead_somewhere(thing, urls));
        Ok(Self(Json::Object(names).into()))
    }

    /// The one click that every body must show.
    pub(super) fn stop_url(&self) -> &str {
        self.0.data().get("stop_url").and_then(Json::as_str).unwrap_or_default()
    }

    /// As handlebars takes it.
    pub(super) fn context(&self) -> &Context {
        &self.0
    }
}

fn answers(urls: &AnswerUrls) -> Json {
    Json::Object(urls.iter().map(|(answer, url)| (answer_name(*answer).to_owned(), url.as_str().into())).collect())
}

/// A sample's products have their links like any others.
fn lead_somewhere(thing: &mut Map<String, Json>, urls: &OwnUrls) {
    let products = thing.values_mut().filter_map(Json::as_array_mut).flatten().filter_map(Json::as_object_mut);
    for product in products {
        product.insert("change_url".to_owned(), urls.recommended.as_str().into());
    }
}

/// What every message has.
fn common(
    policy: &Policy,
    purpose: &str,
    language: &Language,
    urls: &OwnUrls,
) -> Result<Map<String, Json>, RenderError> {
    let what = policy.purposes.get(purpose).ok_or_else(|| RenderError::NoPurpose(purpose.to_owned()))?;
    let business = &policy.business;
    let mut names = Map::new();
    names.insert(
        "business".into(),
        json!({
            "name": business.name,
            "postal_address": business.postal_address,
            "reply_to": business.reply_to.reveal(),
        }),
    );
    names.insert("purpose".into(), json!({ "title": what.title_in(language), "promise": what.promise_in(language) }));
    names.insert("stop_url".into(), urls.stop.as_str().into());
    names.insert("preferences_url".into(), urls.preferences.as_str().into());
    names.insert("why_url".into(), urls.why.as_str().into());
    names.insert("privacy_url".into(), urls.privacy.as_str().into());
    if let Some(confirm) = &urls.confirm {
        names.insert("confirm_url".into(), confirm.as_str().into());
    }
    if let Some(urls) = &urls.answers {
        names.insert("answers".into(), answers(urls));
    }
    names.insert("language".into(), language.tag().into());
    Ok(names)
}

/// The fields that may serve the purpose, and no more.
fn permitted(fields: &Fields, declared: &BTreeMap<String, Field>, purpose: &str, zone: Zone, speak: Speak<'_>) -> Json {
    let may_serve = |name: &str| declared.get(name).is_some_and(|field| field.purposes.allow(purpose));
    let fields = fields.iter().filter(|(name, _)| may_serve(name));
    Json::Object(fields.map(|(name, value)| (name.clone(), words(value, zone, speak))).collect())
}

/// What a list of products is told with.
#[derive(Clone, Copy)]
struct Speak<'a> {
    policy: &'a Policy,
    language: &'a Language,
    urls: &'a OwnUrls,
}

impl Speak<'_> {
    /// A product as templates see it: only what it has, so that strict mode refuses a hole.
    fn product(&self, product: &Recommended) -> Json {
        let change = format!("{}#{}", self.urls.recommended, anchor(&product.product));
        let mut parts = Map::from_iter([
            ("name".to_owned(), product.name.as_str().into()),
            ("reason".to_owned(), self.policy.reason(&product.because, self.language).into()),
            ("change_url".to_owned(), change.into()),
        ]);
        let may = [
            ("category", Some(product.category.clone()).filter(|category| !category.is_empty())),
            ("price", product.price.as_ref().map(ToString::to_string)),
            ("url", product.url.clone()),
            ("image", product.image.clone()),
        ];
        parts.extend(may.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
        Json::Object(parts)
    }
}

/// Where a product stands on the page that says why: by a digest, because an SKU may hold any sign.
#[must_use]
pub fn anchor(product: &str) -> String {
    format!("p{}", hex(Sha256::digest(product).iter().take(6)))
}

fn datetime(time: CivilTime, zone: Zone) -> Json {
    CivilTime { local: time.local, zone: Some(time.zone.unwrap_or(zone)) }.to_string().into()
}

/// A value as templates see it. `zone` is the one that a civil time is meant in if its source named none.
fn words(value: &Value, zone: Zone, speak: Speak<'_>) -> Json {
    match value {
        Value::Text(text) => Json::String(text.clone()),
        Value::Integer(number) => (*number).into(),
        Value::Boolean(yes) => (*yes).into(),
        Value::Money { minor, currency } => Json::String(money_text(*minor, currency)),
        Value::Datetime(time) => datetime(*time, zone),
        Value::Date(date) => Json::String(date.to_string()),
        Value::MonthDay(day) => Json::String(day.to_string()),
        Value::Products(products) => products.iter().map(|product| speak.product(product)).collect(),
    }
}
