//! Headers that every answer carries: nothing loads, nothing frames, nothing is kept, nothing tells where one came from.
//!
//! A stop link is a capability: whoever holds it may stop. So it must not leak by a referrer, a cache, a search engine
//! or a page that loads something from elsewhere (OWASP ASVS 5.0: 3.4.1 and 3.4.3 to 3.4.6, 14.2.1).
//!
//! Invariant: no answer sets a cookie, and none redirects: RFC 8058 3.1 forbids it for the one-click address.

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// What doesn't depend on the page.
const FIXED: [(HeaderName, &str); 7] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Browsers heed it over HTTPS only, so it is harmless on the demo's own machine.
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The policy for pages whose only style is this one, inline, known by its hash. `extra` ends in `;` or is empty.
///
/// # Errors
/// When `extra` is not a header's text.
pub fn policy(style: &str, extra: &str) -> Result<HeaderValue, header::InvalidHeaderValue> {
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    HeaderValue::from_str(&format!(
        "default-src 'none'; style-src 'sha256-{hash}'; form-action 'self'; {extra}frame-ancestors 'none'; base-uri 'none'"
    ))
}

/// Nothing may be shown or loaded.
pub const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Puts the headers on an answer. What says for itself how long it may be kept and what may run in it, a picture, keeps that.
pub fn cover(mut response: Response, policy: HeaderValue) -> Response {
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    response
}
