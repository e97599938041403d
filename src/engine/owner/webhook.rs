//! A call to the owner's own server: what a customer answered, signed by the rules of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! The `webhook-id` is the same on every try, so that the server can tell a repeat; the signature covers id, time and body.
//! Any answer but a `2xx` is tried again, later and later, for three days; `410 Gone` means never again. A redirect is no
//! `2xx`.
//!
//! Invariant: nothing personal leaves by it: the visit's id in its source, when it begins, and what was answered.

use super::{Clerk, Scribe, ids};
use crate::{
    base::{Zone, token},
    config::Webhook,
    deliver,
    fetch::{Call, FetchError, Fetcher, Limits},
    people::Answer,
    store::{
        AnswerTold,
        notices::{Ended, Matter, Notice},
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

impl Clerk {
    /// Calls what waits, in the order in which it was answered: what can't be called holds up what came after it, so that
    /// the server hears the last word last.
    pub(super) async fn calls(&self, scribe: &Scribe<'_>) -> anyhow::Result<()> {
        let store = &self.office.store;
        let due = self.in_time(store.due_calls(self.office.clock.now()).await?).await?;
        if due.is_empty() {
            return Ok(());
        }
        let Some(webhook) = &scribe.installation().config.owner.webhook else {
            return Ok(store.end_notices(ids(&due), Ended::Moot).await?);
        };
        let limits = Limits { bytes_max: 0, time_max: CALL_FOR };
        let trust = deliver::trust(&[]).context("no certificates can be trusted")?;
        let fetcher = Fetcher::new(Arc::clone(&self.wire), trust, limits);
        for notice in due {
            let ended = match self.call(&fetcher, webhook, &notice).await {
                Ok(ended) => ended,
                Err(why) => return Ok(self.put_off(&[notice], format!("{why:#}")).await?),
            };
            store.end_notices(vec![notice.id], ended).await?;
        }
        Ok(())
    }

    async fn call(&self, fetcher: &Fetcher, webhook: &Webhook, notice: &Notice) -> anyhow::Result<Ended> {
        let Some(call) = self.compose(webhook, notice).await? else { return Ok(Ended::Moot) };
        let status = fetcher.call(&webhook.link, webhook.reach, call).await?;
        if status.is_success() {
            return Ok(Ended::Sent);
        }
        let why = FetchError::Status { host: webhook.link.host().to_owned(), status: status.as_u16() };
        if status.as_u16() == GONE {
            tracing::error!(%why, "the webhook wants no more calls");
            return Ok(Ended::GivenUp);
        }
        Err(why.into())
    }

    /// `None` where the answer is gone.
    async fn compose(&self, webhook: &Webhook, notice: &Notice) -> anyhow::Result<Option<Call>> {
        let Matter::Answer(answer) = notice.matter else { return Ok(None) };
        let told = self.office.store.answers_told(&[answer]).await?;
        let Some(body) = told.into_iter().next().and_then(body) else { return Ok(None) };
        let body = serde_json::to_string(&body)?;
        let id = token::call_id(&self.keys, notice.id);
        let timestamp = self.office.clock.now().to_utc().timestamp();
        let signature = sign(&webhook.secret, &id, timestamp, &body)?;
        let headers =
            vec![("webhook-id", id), ("webhook-timestamp", timestamp.to_string()), ("webhook-signature", signature)];
        Ok(Some(Call { headers, body }))
    }
}

fn body(AnswerTold { answer, at, plan, kind, record_name, .. }: AnswerTold) -> Option<Body> {
    let start = trigger::start_in(&plan.occurrence)?;
    let zone = start.zone.unwrap_or(Zone::UTC);
    Some(Body {
        kind: format!("{kind}.answered"),
        timestamp: at.to_string(),
        data: Data { id: record_name, starts_at: zone.zoned(start.at(zone)).to_rfc3339(), answer },
    })
}

/// `v1,` and the HMAC-SHA256 of id, time and body.
fn sign(secret: &[u8], id: &str, timestamp: i64, body: &str) -> anyhow::Result<String> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).context("the webhook's secret is no key")?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
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
