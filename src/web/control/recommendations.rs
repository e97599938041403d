//! Recommendations, by the socket.

use super::{answer, told};
use crate::engine::office::Office;
use axum::{Router, extract::State, response::Response, routing::get};

pub(super) fn routes() -> Router<Office> {
    Router::new().route("/recommendations", get(last).post(make))
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
