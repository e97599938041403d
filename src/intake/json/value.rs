//! JSON as it was written: nothing that stands there twice is lost, and nothing is read that is not JSON.
//!
//! The usual readers keep the last of two members with one name, silently; here both are there, and the second is a flaw.
//! What RFC 8259 forbids is refused by `serde_json`, with line and column: trailing text, lone surrogates, bytes that are
//! not UTF-8, numbers beyond every machine, and more than 128 levels.

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use std::fmt;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` and `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Number(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, with its members in the order in which they stand.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What kind of value it is, for sentences.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "true or false",
            Self::Integer(_) | Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Whole numbers that every reader holds exactly (RFC 8259 6).
const EXACT_MAX: f64 = 9_007_199_254_740_991.0;

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        #[expect(clippy::cast_precision_loss, reason = "it is beyond every whole number that is taken")]
        Ok(i64::try_from(value).map_or(Json::Number(value as f64), Json::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        // `3.0` is a whole number in JSON Schema.
        #[expect(clippy::cast_possible_truncation, reason = "it is whole, and within what both hold")]
        Ok(if value.fract() == 0.0 && value.abs() <= EXACT_MAX {
            Json::Integer(value as i64)
        } else {
            Json::Number(value)
        })
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Json, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn both_of_two_members_with_one_name_are_there() {
        let twice = Json::Object(vec![("a".into(), Json::Integer(1)), ("a".into(), Json::Null)]);
        assert_eq!(read(r#"{"a": 1, "a": null}"#).unwrap(), twice);
    }

    #[test]
    fn whole_numbers_stay_whole_and_no_other_becomes_one() {
        assert_eq!(read("3.0").unwrap(), Json::Integer(3));
        assert_eq!(read("-9223372036854775808").unwrap(), Json::Integer(i64::MIN));
        for other in ["3.5", "9223372036854775808", "1e300", "-1e20"] {
            assert!(matches!(read(other).unwrap(), Json::Number(_)), "{other}");
        }
    }

    #[test]
    fn what_is_not_json_is_not_read() {
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        for no in ["", "{}{}", "{} x", "[1,]", "{'a':1}", r#""\ud800""#, "1e999", "NaN", "01", "\u{feff}{}", &deep] {
            assert!(read(no).is_err(), "{no}");
        }
        assert!(serde_json::from_slice::<Json>(b"\"\xff\"").is_err());
    }
}
