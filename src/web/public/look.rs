//! How the pages look: the style that all businesses share, with the colours and the logo of this one.
//!
//! The logo is the only thing that a page fetches, from its own host, by an address that says nothing of who reads. It may be
//! kept by the browser, because another picture has another address.

use super::{Public, STYLE};
use crate::{
    config::Logo,
    engine::desk::Look,
    policy::look::{Accent, Tones},
    web::shield,
};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::fmt;

/// The place of the logo; the name of the business stands in it for whoever doesn't see it.
const LOGO: &str = "header img{display:block;max-width:100%;max-height:4rem}\
@media (prefers-color-scheme:dark){header img{padding:.5rem .75rem;border-radius:.75rem;background:#f6f3ee}}";
/// A picture of lines may have a style of its own, and nothing else: what a browser is told that opens it by itself.
const PICTURE: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";
/// A day: it is the same for everybody.
const KEPT: &str = "public, max-age=86400, immutable";

/// The style of a page. Its text is what stands between `<style>` and `</style>`.
pub struct Style(Look);

impl Style {
    /// Of this business.
    pub const fn of(look: Look) -> Self {
        Self(look)
    }

    /// Where the logo is, if there is one.
    pub fn logo(&self) -> Option<String> {
        self.0.logo.as_deref().map(address)
    }

    /// The policy for a page in this style.
    ///
    /// # Errors
    /// Never: a hash makes a header.
    pub fn policy(&self) -> Result<HeaderValue, header::InvalidHeaderValue> {
        let extra = if self.0.logo.is_some() { "img-src 'self'; " } else { "" };
        shield::policy(&self.to_string(), extra)
    }
}

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(STYLE)?;
        if let Some(Accent { by_day, by_night }) = &self.0.accent {
            root(f, by_day)?;
            f.write_str("@media (prefers-color-scheme:dark){")?;
            root(f, by_night)?;
            f.write_str("}")?;
        }
        if self.0.logo.is_some() { f.write_str(LOGO) } else { Ok(()) }
    }
}

fn root(f: &mut fmt::Formatter<'_>, Tones { act, over, on, wash }: &Tones) -> fmt::Result {
    write!(f, ":root{{--act:{act};--act-over:{over};--on-act:{on};--wash:{wash}}}")
}

fn address(logo: &Logo) -> String {
    format!("/logo/{}", logo.digest)
}

impl Public {
    /// The style of the business in force.
    pub(super) fn style(&self) -> Style {
        Style::of(self.desk.business().look)
    }
}

/// The logo, by the address that pages give it.
pub(super) async fn logo(State(public): State<Public>, digest: Path<String>, headers: HeaderMap) -> Response {
    match public.desk.business().look.logo.filter(|logo| logo.digest == *digest) {
        Some(logo) => {
            let headers = [(header::CONTENT_TYPE, logo.kind), (header::CACHE_CONTROL, KEPT)];
            let mut response = (StatusCode::OK, headers, logo.bytes.clone()).into_response();
            let picture = HeaderValue::from_static(PICTURE);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, picture);
            response
        }
        None => public.not_found(&headers),
    }
}
