//! `{{plural visits one="visit" other="visits"}}`: the word that a number asks for, by CLDR's rules.

use super::{first, speech, words};
use crate::render::error::Fault;
use handlebars::{Context, Handlebars, Helper, HelperDef, JsonValue, RenderContext, RenderError, ScopedJson};
use intl_pluralrules::{PluralCategory, PluralRuleType, PluralRules};
use unic_langid::LanguageIdentifier;

/// `{{plural n one="…" other="…"}}`.
pub(super) struct Plural;

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

impl HelperDef for Plural {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let count = first(helper, "plural", "a whole number", JsonValue::as_i64)?.unsigned_abs();
        let form = form(speech(context)?.tag(), count);
        let word = helper.hash_get(form).or_else(|| helper.hash_get("other")).ok_or(Fault::NoForm(form))?;
        Ok(words(word.value().as_str().unwrap_or_default().to_owned()))
    }
}
