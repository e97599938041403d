//! The door for web shops that call: `/v1/webhooks/shopify` and `/v1/webhooks/woocommerce`.
//!
//! A call needs no key: it is signed, by HMAC-SHA256 over the body as it came, with a secret that `[[shops]]` of comity.toml
//! names. Nothing of a body is read before its signature is known to be right, and a wrong one leaves nothing but a count in
//! the log.
//!
//! Invariant: whoever doesn't know the secret changes nothing, whatever they send, and learns nothing from how long it takes.

use super::{
    Api,
    problem::{Kind, Problem},
    request,
};
use crate::{
    config::Shop,
    engine::arrivals::shops::{Answer, Signed},
    intake::orders::ShopKind,
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;

/// Bodies that are held at once; the next one waits.
const CALLS_MAX: usize = 32;
/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 32;
/// What WooCommerce asks when a webhook is saved: no signature, and no more than this.
const PING: &str = "webhook_id=";
const PING_BYTES_MAX: u64 = 64;
/// Letters of a call's name.
const NAME_LETTERS_MAX: usize = 100;

/// What all calls share.
pub struct Calls {
    places: Semaphore,
    refused: AtomicU64,
}

impl Default for Calls {
    fn default() -> Self {
        Self { places: Semaphore::new(CALLS_MAX), refused: AtomicU64::new(0) }
    }
}

/// The headers of one kind of shop.
struct Headers {
    signature: &'static str,
    topic: &'static str,
    name: &'static str,
}

const fn headers_of(kind: ShopKind) -> Headers {
    match kind {
        ShopKind::Shopify => {
            Headers { signature: "x-shopify-hmac-sha256", topic: "x-shopify-topic", name: "x-shopify-webhook-id" }
        }
        ShopKind::WooCommerce => Headers {
            signature: "x-wc-webhook-signature",
            topic: "x-wc-webhook-topic",
            name: "x-wc-webhook-delivery-id",
        },
    }
}

/// A call of Shopify's.
pub(super) async fn shopify(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.called(ShopKind::Shopify, request).await
}

/// A call of WooCommerce's.
pub(super) async fn woocommerce(State(api): State<Api>, request: Request) -> Result<Response, Problem> {
    api.called(ShopKind::WooCommerce, request).await
}

impl Api {
    async fn called(&self, kind: ShopKind, request: Request) -> Result<Response, Problem> {
        let edition = self.desk.office().in_force.now();
        let shops: Vec<Shop> = edition.config().shops.iter().filter(|shop| shop.kind == kind).cloned().collect();
        if shops.is_empty() {
            let how = format!("comity.toml has no shop of this kind: [[shops]] with kind = \"{}\"", kind.name());
            return Err(Problem::new(Kind::NOT_FOUND, how));
        }
        let _place = self.calls.places.acquire().await.map_err(|_| Problem::under_way())?;
        let (parts, body) = request.into_parts();
        let headers = headers_of(kind);
        let Some(signature) = signature(&parts.headers, headers.signature) else {
            if kind == ShopKind::WooCommerce && is_short(&parts.headers) {
                let body = request::body(body, self.clock.as_ref()).await?;
                if is_ping(&body) {
                    return Ok((StatusCode::OK, "here").into_response());
                }
            }
            return Ok(self.refuse(kind));
        };
        let body = request::body(body, self.clock.as_ref()).await?;
        // Every secret is tried, so that it takes as long whichever it is.
        let signed = shops
            .into_iter()
            .fold(None, |found, shop| if is_signed(&shop, &body, &signature) { Some(shop) } else { found });
        let Some(shop) = signed else { return Ok(self.refuse(kind)) };
        let (topic, name) = (text(&parts.headers, headers.topic), text(&parts.headers, headers.name));
        let call = Signed { shop, topic: topic.unwrap_or_default(), name, body: body.to_vec() };
        self.take(call).await
    }

    async fn take(&self, call: Signed) -> Result<Response, Problem> {
        let shop = call.shop.name.clone();
        let office = self.desk.office().clone();
        // In a task of its own, because hyper drops this one when the caller hangs up.
        let heard = tokio::spawn(async move { office.hear_shop(call).await }).await;
        let heard = heard.map_err(|_| Problem::new(Kind::BROKEN, "the log says what is wrong"))?;
        let word = match heard.map_err(|error| Problem::of_store(&error))? {
            Answer::Done => "done",
            Answer::Before => "done before",
            Answer::Nothing => "nothing to do",
            Answer::NotTaken(why) => {
                tracing::warn!(shop, why, "a call of a web shop was not taken");
                "not taken: the log says why"
            }
        };
        Ok((StatusCode::OK, word).into_response())
    }

    /// Said for the first one, the second, the fourth, the eighth: whoever tries doesn't fill the log.
    fn refuse(&self, kind: ShopKind) -> Response {
        let refused = self.calls.refused.fetch_add(1, Ordering::Relaxed) + 1;
        if refused.is_power_of_two() {
            tracing::warn!(refused, shop = kind.name(), "calls that no shop of comity.toml signed were refused");
        }
        (StatusCode::UNAUTHORIZED, "this isn't signed with the secret of a shop in comity.toml").into_response()
    }
}

fn signature(headers: &HeaderMap, name: &str) -> Option<[u8; SIGNATURE_BYTES]> {
    let mut given = headers.get_all(name).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return None };
    STANDARD.decode(value.as_bytes()).ok()?.try_into().ok()
}

fn is_signed(shop: &Shop, body: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
    // A key of any length will do.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(shop.secret.as_bytes()) else { return false };
    mac.chain_update(body).verify_slice(signature).is_ok()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.chars().take(NAME_LETTERS_MAX).collect())
}

fn is_short(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length <= PING_BYTES_MAX)
}

fn is_ping(body: &[u8]) -> bool {
    let id = body.strip_prefix(PING.as_bytes()).unwrap_or_default();
    !id.is_empty() && id.iter().all(u8::is_ascii_digit)
}
