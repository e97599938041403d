//! `{{money x}}`: `12.50 EUR`, as the scope writes amounts, in the language's own form.

use super::{called, first, speech, words};
use crate::{base::value, render::error::Fault};
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
        const NEEDS: &str = "an amount with its currency";
        let param = first(helper, "money", NEEDS)?;
        let (minor, currency) = param.value().as_str().and_then(value::parse_money).ok_or_else(|| Fault::Unfit {
            helper: "money",
            needs: NEEDS,
            name: called(param),
        })?;
        Ok(words(speech(context)?.money(minor, value::minor_digits(currency), currency)))
    }
}
