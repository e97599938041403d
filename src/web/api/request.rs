//! What stands around a body: whose key, which `Idempotency-Key`, whether it is JSON, and the body itself, within limits.

use super::{
    Api,
    problem::{Kind, Problem},
};
use crate::{
    base::{Clock, api_key::ApiKey},
    deliver::pace::NotYet,
    store::KeyRow,
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::time::Duration;

/// A body is no longer: a hundred rows with room to spare.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// And takes no longer to come.
const BODY_FOR: Duration = Duration::from_secs(20);
/// An `Idempotency-Key` is no longer.
pub const REPEAT_KEY_CHARACTERS_MAX: usize = 255;
/// The header (draft-ietf-httpapi-idempotency-key-header).
pub const REPEAT_KEY: &str = "idempotency-key";

impl Api {
    /// Whose request it is, if its key is in force and has not used up its requests.
    ///
    /// # Errors
    /// What stands against it.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<KeyRow, Problem> {
        let key = bearer(headers).and_then(ApiKey::parse).ok_or_else(Problem::no_key)?;
        let known = self.desk.office().store.key_in_force(key.id()).await;
        let (row, digest) = known.map_err(|error| Problem::of_store(&error))?.ok_or_else(Problem::no_key)?;
        if !key.has_digest(&digest) {
            return Err(Problem::no_key());
        }
        self.pace.take(&row.id).map_err(|NotYet(wait)| Problem::too_many(wait))?;
        Ok(row)
    }
}

/// RFC 6750 2.1; the scheme in any case (RFC 9110 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return None };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim_start())
}

/// The `Idempotency-Key`, with or without the quotes that the draft asks for.
pub fn repeat_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut given = headers.get_all(REPEAT_KEY).iter();
    let value = match (given.next(), given.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value.to_str().unwrap_or_default().trim(),
        (Some(_), Some(_)) => "",
    };
    let key = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let is_sound = !key.is_empty() && key.len() <= REPEAT_KEY_CHARACTERS_MAX;
    if !is_sound || !key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"') {
        let how =
            format!("Idempotency-Key is 1 to {REPEAT_KEY_CHARACTERS_MAX} visible characters, once; no quotes in it");
        return Err(Problem::new(Kind::BAD_HEADER, how));
    }
    Ok(Some(key))
}

/// `application/json`, in UTF-8 and not packed.
pub fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let other = |how| Err(Problem::new(Kind::OTHER_TYPE, how));
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = media.split(';').map(str::trim);
    if !parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json")) {
        return other("send Content-Type: application/json");
    }
    let charset = parts.find_map(|part| part.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset")));
    if charset.is_some_and(|(_, charset)| !charset.trim_matches('"').eq_ignore_ascii_case("utf-8")) {
        return other("JSON is UTF-8 (RFC 8259 8.1)");
    }
    let packed = headers.get(header::CONTENT_ENCODING);
    if packed.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return other("send the body as it is, without Content-Encoding");
    }
    Ok(())
}

/// The whole body.
pub async fn body(body: Body, clock: &dyn Clock) -> Result<Bytes, Problem> {
    let collected = tokio::select! {
        collected = Limited::new(body, BODY_BYTES_MAX).collect() => collected,
        () = clock.wait_for(BODY_FOR) => {
            let how = format!("send it within {} seconds", BODY_FOR.as_secs());
            return Err(Problem::new(Kind::TOO_SLOW, how));
        }
    };
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            Problem::new(Kind::TOO_LONG, format!("send at most {BODY_BYTES_MAX} bytes: fewer rows at a time"))
        } else {
            Problem::new(Kind::CUT_OFF, "send it again")
        }
    })
}
