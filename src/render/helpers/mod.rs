//! What templates may call: dates, amounts and plurals in the message's language, and plain conditions.
//!
//! The language is the scope's `language`, read at the root, so that a helper says the same in a partial and in a block.
//! Handlebars' `log` is taken away: a template has no business writing a customer's name into our log.

mod money;
mod plural;
mod time;

use super::{error::Fault, speech::Speech};
use handlebars::{Context, Handlebars, Helper, HelperDef, JsonValue, RenderContext, RenderError, ScopedJson};

/// What a template may call, for suggestions and for the static check. The last ones are handlebars' own.
pub const NAMES: [&str; 20] = [
    "date", "time", "datetime", "money", "plural", "if", "unless", "each", "with", "lookup", "eq", "ne", "gt", "gte",
    "lt", "lte", "and", "or", "not", "len",
];

/// Puts the helpers into a registry, and takes away those that are not in [`NAMES`].
pub(super) fn register(registry: &mut Handlebars<'static>) {
    registry.unregister_helper("log");
    registry.unregister_helper("raw");
    let says: [(&str, Says); 5] = [
        ("date", Says(time::date)),
        ("time", Says(time::time)),
        ("datetime", Says(time::date_and_time)),
        ("money", Says(money::money)),
        ("plural", Says(plural::plural)),
    ];
    for (name, helper) in says {
        registry.register_helper(name, Box::new(helper));
    }
}

/// A helper that says something in the message's language.
struct Says(fn(&Helper<'_>, &Speech) -> Result<String, Fault>);

impl HelperDef for Says {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        let text = (self.0)(helper, &speech(context)?)?;
        // Its registry escapes it.
        Ok(ScopedJson::Derived(JsonValue::String(text)))
    }
}

/// How the message's language writes.
fn speech(context: &Context) -> Result<Speech, Fault> {
    let tag = context.data().get("language").and_then(JsonValue::as_str).unwrap_or_default();
    Speech::by_tag(tag).ok_or_else(|| Fault::NoSpeech(tag.to_owned()))
}

/// The helper's first parameter, read; it must be there, and be what the helper needs.
fn first<'h, T>(
    helper: &'h Helper<'_>,
    name: &'static str,
    needs: &'static str,
    read: impl FnOnce(&'h JsonValue) -> Option<T>,
) -> Result<T, Fault> {
    let unfit = |called: String| Fault::Unfit { helper: name, needs, name: called };
    let Some(param) = helper.param(0) else { return Err(unfit("nothing".to_owned())) };
    // What the template's author calls it.
    let called = || param.relative_path().cloned().unwrap_or_else(|| "a value".to_owned());
    if param.is_value_missing() {
        return Err(Fault::Missing(called()));
    }
    read(param.value()).ok_or_else(|| unfit(called()))
}
