//! Privacy notices, by the socket.

use super::answer;
use crate::engine::office::Office;
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};

pub(super) fn routes() -> Router<Office> {
    Router::new().route("/notices", get(notices)).route("/notices/{version}", get(notice))
}

async fn notices(State(office): State<Office>) -> Response {
    answer(office.notices().await)
}

async fn notice(State(office): State<Office>, Path(version): Path<String>) -> Response {
    answer(office.notice(&version).await)
}
