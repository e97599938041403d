//! `{{money x}}`: `12.50 EUR`, as the scope writes amounts, in the language's own form.

use super::{first, speech, words};
use crate::base::value;
use handlebars::{Context, Handlebars, Helper, HelperDef, RenderContext, RenderError, ScopedJson};

/// `{{money x}}`.
pub(super) struct Money;

impl HelperDef for Money {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let (minor, currency) = first(helper, "money", "an amount with its currency", |amount| {
            amount.as_str().and_then(value::parse_money)
        })?;
        Ok(words(speech(context)?.money(minor, value::minor_digits(currency), currency)))
    }
}
