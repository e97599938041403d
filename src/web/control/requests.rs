//! The register of requests, by the socket.

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
        .route("/requests", get(open).post(add))
        .route("/requests/all", get(all))
        .route("/requests/looks", get(looks))
        .route("/requests/{request}", post(done))
}

async fn open(State(office): State<Office>) -> Response {
    answer(office.requests(false).await)
}

async fn all(State(office): State<Office>) -> Response {
    answer(office.requests(true).await)
}

async fn looks(State(office): State<Office>) -> Response {
    answer(office.looks().await)
}

async fn add(State(office): State<Office>, entry: String) -> Response {
    told(&entry, async |entry| answer(office.add_request(entry).await)).await
}

async fn done(State(office): State<Office>, Path(request): Path<i64>) -> Response {
    answer(office.answer_request(request).await)
}
