//! Recommendations, by the socket.

use super::{answer, told};
use crate::engine::office::Office;
use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    response::Response,
    routing::{get, post},
};

/// An auditor's groups of a million customers.
const GROUPS_BYTES_MAX: usize = 64 << 20;

pub(super) fn routes() -> Router<Office> {
    let audit = post(audit).layer(DefaultBodyLimit::max(GROUPS_BYTES_MAX));
    Router::new().route("/recommendations", get(last).post(make)).route("/recommendations/audit", audit)
}

async fn last(State(office): State<Office>) -> Response {
    answer(office.last_batch().await.map_err(|error| format!("{error:#}")))
}

async fn make(State(office): State<Office>, order: String) -> Response {
    // In a task of its own: what is begun is ended where the one who asked went away.
    told(&order, async |order| match tokio::spawn(async move { office.make_batch(order).await }).await {
        Ok(made) => answer(made.map_err(|error| format!("{error:#}"))),
        Err(gone) => super::failed(&gone),
    })
    .await
}

async fn audit(State(office): State<Office>, order: String) -> Response {
    told(&order, async |order| answer(office.audit_lists(order).await.map_err(|error| format!("{error:#}")))).await
}
