//! A call to the owner's own server: what a customer answered, signed by the rules of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! The `webhook-id` is the same on every try, so that the server can tell a repeat; the signature covers id, time and body.
//! Any answer but a `2xx` is tried again, later and later, for three days. A redirect is no `2xx`. After `410 Gone` nothing is
//! called any more, over every restart, until `comity.toml` names another address or another secret; the owner hears of it.
//!
//! Invariant: nothing personal leaves by it: the visit's id in its source, when it begins, and what was answered. An id may
//! hold an address, as those of calendars do; one with an `@` goes as its hash under the secret, by which a server that
//! knows the id finds it all the same.

use super::{ALARM_WITHIN, Clerk, Scribe, ids};
use crate::{
    base::{Instant, Zone, token},
    config::Webhook,
    deliver,
    fetch::{Call, FetchError, Fetcher, Limits},
    people::Answer,
    store::{
        AnswerTold, Store, StoreError,
        notices::{Ended, Matter, NewNotice, Notice, Way},
    },
    trigger,
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;
use std::{sync::Arc, time::Duration};

/// The specification asks for 15 to 30 seconds.
const CALL_FOR: Duration = Duration::from_secs(20);
/// HTTP's word for "never again".
const GONE: u16 = 410;

/// The body of a call.
#[derive(Serialize)]
struct Body {
    /// `appointment.answered`.
    #[serde(rename = "type")]
    kind: String,
    /// When it was answered.
    timestamp: String,
    data: Data,
}

#[derive(Serialize)]
struct Data {
    /// What the source calls the visit.
    id: String,
    starts_at: String,
    answer: Answer,
}

/// What became of a call.
enum Called {
    /// The server took it.
    Taken,
    /// There was nothing to tell.
    Nothing,
    /// The server wants none any more.
    Gone,
}

impl Clerk {
    /// Calls what waits, in the order in which it was answered: what can't be called holds up what came after it, so that
    /// the server hears the last word last.
    pub(super) async fn calls(&self, scribe: &Scribe<'_>) -> anyhow::Result<()> {
        let store = &self.office.store;
        let due = self.in_time(store.due_calls(self.office.clock.now()).await?).await?;
        if due.is_empty() {
            return Ok(());
        }
        let webhook = match &scribe.installation().config.owner.webhook {
            Some(webhook) if gone_since(store, webhook).await?.is_none() => webhook,
            _ => return Ok(store.end_notices(ids(&due), Ended::Moot).await?),
        };
        let limits = Limits { bytes_max: 0, time_max: CALL_FOR };
        let trust = deliver::trust(&[]).context("no certificates can be trusted")?;
        let fetcher = Fetcher::new(Arc::clone(&self.wire), trust, limits);
        for (n, notice) in due.iter().enumerate() {
            match self.call(&fetcher, webhook, notice).await {
                Ok(Called::Taken) => store.end_notices(vec![notice.id], Ended::Sent).await?,
                Ok(Called::Nothing) => store.end_notices(vec![notice.id], Ended::Moot).await?,
                Ok(Called::Gone) => return Ok(self.hang_up(webhook, due.get(n..).unwrap_or_default()).await?),
                Err(why) => return Ok(self.put_off(std::slice::from_ref(notice), format!("{why:#}")).await?),
            }
        }
        Ok(())
    }

    async fn call(&self, fetcher: &Fetcher, webhook: &Webhook, notice: &Notice) -> anyhow::Result<Called> {
        let Some(call) = self.compose(webhook, notice).await? else { return Ok(Called::Nothing) };
        let status = fetcher.call(&webhook.link, webhook.reach, call).await?;
        if status.is_success() {
            return Ok(Called::Taken);
        }
        if status.as_u16() == GONE {
            return Ok(Called::Gone);
        }
        Err(FetchError::Status { host: webhook.link.host().to_owned(), status: status.as_u16() }.into())
    }

    /// Never again, says the server, and is believed.
    async fn hang_up(&self, webhook: &Webhook, waiting: &[Notice]) -> Result<(), StoreError> {
        tracing::error!(host = webhook.link.host(), "the webhook wants no more calls (410 Gone)");
        let now = self.office.clock.now();
        let matter = Matter::WebhookGone { endpoint: mark(webhook), since: now };
        let expires_at = now.plus(ALARM_WITHIN);
        self.office.store.announce(NewNotice { matter, way: Way::Mail, next_at: now, expires_at }).await?;
        self.office.store.end_notices(ids(waiting), Ended::GivenUp).await
    }

    /// `None` where the answer is gone.
    async fn compose(&self, webhook: &Webhook, notice: &Notice) -> anyhow::Result<Option<Call>> {
        let Matter::Answer(answer) = notice.matter.clone()? else { return Ok(None) };
        let told = self.office.store.answers_told(&[answer]).await?;
        let Some(told) = told.into_iter().next() else { return Ok(None) };
        let Some(body) = body(told, &webhook.secret)? else { return Ok(None) };
        let body = serde_json::to_string(&body)?;
        let id = token::call_id(&self.keys, notice.id);
        let timestamp = self.office.clock.now().to_utc().timestamp();
        let signature = sign(&webhook.secret, &id, timestamp, &body)?;
        let headers =
            vec![("webhook-id", id), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signature)];
        Ok(Some(Call { headers, body }))
    }
}

/// Since when the server that comity.toml names wants no more calls.
///
/// # Errors
/// When the database can't be read.
pub async fn gone_since(store: &Store, webhook: &Webhook) -> Result<Option<Instant>, StoreError> {
    store.webhook_gone(&mark(webhook)).await
}

fn mark(webhook: &Webhook) -> String {
    webhook.link.mark(&webhook.secret)
}

fn body(told: AnswerTold, secret: &[u8]) -> anyhow::Result<Option<Body>> {
    let AnswerTold { answer, at, plan, kind, record_name, .. } = told;
    let Some(start) = trigger::start_in(&plan.occurrence) else { return Ok(None) };
    let zone = start.zone.unwrap_or(Zone::UTC);
    let starts_at = zone.zoned(start.at(zone)).to_rfc3339();
    Ok(Some(Body {
        kind: format!("{kind}.answered"),
        timestamp: at.to_string(),
        data: Data { id: impersonal(record_name, secret)?, starts_at, answer },
    }))
}

/// An id that can hold no address.
fn impersonal(id: String, secret: &[u8]) -> anyhow::Result<String> {
    if !id.contains('@') {
        return Ok(id);
    }
    // No call's id begins so: the hash is no signature of anything.
    Ok(format!("hmac-sha256:{}", mac(secret, &format!("id:{id}"))?))
}

/// `v1,` and the HMAC-SHA256 of id, time and body.
fn sign(secret: &[u8], id: &str, timestamp: i64, body: &str) -> anyhow::Result<String> {
    Ok(format!("v1,{}", mac(secret, &format!("{id}.{timestamp}.{body}"))?))
}

fn mac(secret: &[u8], text: &str) -> anyhow::Result<String> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).context("the webhook's secret is no key")?;
    mac.update(text.as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::sign;
    use base64::{Engine, engine::general_purpose::STANDARD};

    /// The example of the specification's own reference implementations.
    #[test]
    fn a_call_is_signed_as_the_standard_says() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
