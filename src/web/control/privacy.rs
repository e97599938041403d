//! Privacy notices and assessments, by the socket.

use super::{answer, told};
use crate::engine::office::Office;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};

pub(super) fn routes() -> Router<Office> {
    Router::new()
        .route("/notices", get(notices))
        .route("/notices/{version}", get(notice))
        .route("/assessments", post(sign))
}

async fn notices(State(office): State<Office>) -> Response {
    answer(office.notices().await)
}

async fn notice(State(office): State<Office>, Path(version): Path<String>) -> Response {
    answer(office.notice(&version).await)
}

async fn sign(State(office): State<Office>, order: String) -> Response {
    told(&order, async |order| answer(office.sign_assessment(order).await)).await
}
