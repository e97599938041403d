//! Tasks for people of the business, by the socket.

use super::{answer, told};
use crate::engine::office::Office;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};

pub(super) fn routes() -> Router<Office> {
    Router::new().route("/tasks", get(tasks)).route("/tasks/{task}", post(end))
}

async fn tasks(State(office): State<Office>) -> Response {
    answer(office.tasks().await)
}

async fn end(State(office): State<Office>, Path(task): Path<i64>, word: String) -> Response {
    told(&word, async |word| answer(office.end_task(task, word).await)).await
}
