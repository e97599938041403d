//! `{{plural visits one="visit" other="visits"}}`: the word that a number asks for, by CLDR's rules.

use super::first;
use crate::render::{error::Fault, speech::Speech};
use handlebars::{Helper, JsonValue};
use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
use unic_langid::LanguageIdentifier;

/// The form's name, by CLDR.
fn form(language: &str, count: u64) -> &'static str {
    let language = language.parse::<LanguageIdentifier>().ok();
    let rules = language.and_then(|language| PluralRules::create(language, PluralRuleType::CARDINAL).ok());
    match rules.and_then(|rules| rules.select(count).ok()) {
        Some(PluralCategory::ZERO) => "zero",
        Some(PluralCategory::ONE) => "one",
        Some(PluralCategory::TWO) => "two",
        Some(PluralCategory::FEW) => "few",
        Some(PluralCategory::MANY) => "many",
        Some(PluralCategory::OTHER) | None => "other",
    }
}

/// `{{plural n one="…" other="…"}}`.
pub(super) fn plural(helper: &Helper<'_>, speech: &Speech) -> Result<String, Fault> {
    let count = first(helper, "plural", "a whole number", JsonValue::as_i64)?.unsigned_abs();
    let form = form(speech.tag(), count);
    let word = helper.hash_get(form).or_else(|| helper.hash_get("other")).ok_or(Fault::NoForm(form))?;
    Ok(word.value().as_str().unwrap_or_default().to_owned())
}
