//! `{{money x}}`: `12.50 EUR`, as the scope writes amounts, in the language's own form.

use super::first;
use crate::{
    base::money,
    render::{error::Fault, speech::Speech},
};
use handlebars::Helper;

/// `{{money x}}`.
pub(super) fn money(helper: &Helper<'_>, speech: &Speech) -> Result<String, Fault> {
    let needs = "an amount with its currency";
    let (minor, currency) = first(helper, "money", needs, |amount| amount.as_str().and_then(money::parse_money))?;
    Ok(speech.money(minor, money::minor_digits(currency), currency))
}
