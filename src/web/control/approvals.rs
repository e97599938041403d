//! What people say of messages before they leave, by the socket.

use super::{answer, bad, told};
use crate::{
    base::PlanId,
    engine::office::{Office, approvals},
};
use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use chrono::NaiveDate;
use std::time::Duration;

pub(super) fn routes() -> Router<Office> {
    Router::new()
        .route("/approve", post(approve))
        .route("/approvals", post(judge))
        .route("/approvals/within", post(pending))
        .route("/approvals/history", post(history))
        .route("/approvals/{plan}", get(reading))
        .route("/runs", post(judge_run))
        .route("/runs/within", post(runs))
        .route("/runs/{workflow}/{day}", get(run))
}

async fn approve(State(office): State<Office>, order: String) -> Response {
    told(&order, async |order| answer(office.approve(order).await)).await
}

async fn judge(State(office): State<Office>, word: String) -> Response {
    told(&word, async |word| answer(office.judge(word).await)).await
}

async fn judge_run(State(office): State<Office>, word: String) -> Response {
    told(&word, async |word| answer(office.judge_run(word).await)).await
}

async fn pending(State(office): State<Office>, days: String) -> Response {
    within(&days, async |days| answer(office.pending(days).await)).await
}

async fn runs(State(office): State<Office>, days: String) -> Response {
    within(&days, async |days| answer(office.runs(days).await)).await
}

async fn history(State(office): State<Office>, last: String) -> Response {
    match last.trim().parse() {
        Ok(last) => answer(office.store.words(last).await),
        Err(why) => bad(&why),
    }
}

async fn reading(State(office): State<Office>, Path(plan): Path<i64>) -> Response {
    answer(office.reading(PlanId(plan)).await)
}

async fn run(State(office): State<Office>, Path((workflow, day)): Path<(String, NaiveDate)>) -> Response {
    answer(office.run(&workflow, day).await)
}

async fn within(days: &str, then: impl AsyncFnOnce(Duration) -> Response) -> Response {
    match days.trim().parse() {
        Ok(days) => then(approvals::days(days)).await,
        Err(why) => bad(&why),
    }
}
