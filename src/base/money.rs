//! Amounts: in the currency's minor unit, and as files write them.

/// Decimal places of a currency (ISO 4217): two but for those that say otherwise.
#[must_use]
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// An amount as files write it: `12.50 EUR`.
#[must_use]
pub fn money_text(minor: i64, currency: &str) -> String {
    let digits = minor_digits(currency);
    let scale = 10_u64.pow(digits);
    let sign = if minor < 0 { "-" } else { "" };
    let whole = minor.unsigned_abs() / scale;
    if digits == 0 {
        return format!("{sign}{whole} {currency}");
    }
    format!("{sign}{whole}.{:0width$} {currency}", minor.unsigned_abs() % scale, width = digits as usize)
}

/// Reads `12.50 EUR`, `12 EUR` or `-3.5 EUR` as minor units and currency. More decimal places than the currency has are
/// refused: nothing is rounded.
#[must_use]
pub fn parse_money(text: &str) -> Option<(i64, &str)> {
    let (amount, currency) = text.trim().rsplit_once(' ')?;
    if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    Some((parse_amount(amount.trim(), minor_digits(currency))?, currency))
}

/// Reads `12.50` or `12` as minor units of 10^-`digits`.
#[must_use]
pub fn parse_amount(text: &str, digits: u32) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places = u32::try_from(fraction.len()).ok().filter(|places| *places <= digits)?;
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || text.ends_with('.') {
        return None;
    }
    let fraction: i64 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let minor = whole.parse::<i64>().ok()?.checked_mul(10_i64.pow(digits))?;
    Some(sign * minor.checked_add(fraction * 10_i64.pow(digits - places))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_survives_writing_and_reading() {
        for (minor, currency, text) in
            [(1250, "EUR", "12.50 EUR"), (-5, "EUR", "-0.05 EUR"), (1000, "JPY", "1000 JPY"), (1, "KWD", "0.001 KWD")]
        {
            assert_eq!(money_text(minor, currency), text);
            assert_eq!(parse_money(text), Some((minor, currency)));
        }
        assert_eq!(parse_money("12 EUR"), Some((1200, "EUR")));
        assert_eq!(parse_money("12.5 EUR"), Some((1250, "EUR")));
    }

    #[test]
    fn an_amount_that_would_be_rounded_or_guessed_is_refused() {
        for text in
            ["12.505 EUR", "12,50 EUR", "12.50", "EUR 12", "12. EUR", ".5 EUR", "1 eur", "99999999999999999999 EUR"]
        {
            assert_eq!(parse_money(text), None, "{text}");
        }
    }
}
