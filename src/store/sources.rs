//! Calendars that are polled, as their rows.

use super::{
    StoreError,
    book::rows,
    calendar::{Belief, SourceState},
    database::{Row, query},
    round::Desk,
    statements::visits::{BELIEVE, FORGET_SOURCES, JUDGE_AGAIN, PUT_SOURCE, RELEASE_VISITS},
};
use crate::{base::Instant, ledger::Act};
use serde::Serialize;

/// Notes how a calendar stands.
pub(super) async fn note(desk: &mut Desk, state: &SourceState) -> Result<(), StoreError> {
    let (trouble, since) = match &state.trouble {
        Some((trouble, since)) => (trouble.as_str(), Some(since.ms())),
        None => ("", None),
    };
    query(PUT_SOURCE)
        .bind(&state.name)
        .bind(&state.etag)
        .bind(&state.modified)
        .bind(state.fetches)
        .bind(state.confirmed_at.map(Instant::ms))
        .bind(state.visits)
        .bind(trouble)
        .bind(since)
        .execute(desk.database.alone().await?)
        .await?;
    Ok(())
}

/// A row of what is kept.
#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

/// Forgets all calendars but these.
pub(super) async fn keep_only(desk: &mut Desk, names: &[String]) -> Result<(), StoreError> {
    let kept = rows(&names.iter().map(|name| Name { name }).collect::<Vec<_>>())?;
    for statement in [RELEASE_VISITS, FORGET_SOURCES] {
        query(statement).bind(&kept).execute(desk.database.alone().await?).await?;
    }
    Ok(())
}

/// Takes a calendar at its word.
pub(super) async fn believe(desk: &mut Desk, source: &str) -> Result<bool, StoreError> {
    let done = query(BELIEVE).bind(source).execute(desk.database.alone().await?).await?;
    let believed = done.rows_affected() > 0;
    if believed {
        desk.note(Act::Believed { calendar: source.to_owned() })?;
    }
    Ok(believed)
}

/// Judges it again.
pub(super) async fn judge_again(desk: &mut Desk, source: &str) -> Result<(), StoreError> {
    query(JUDGE_AGAIN).bind(source).execute(desk.database.alone().await?).await?;
    Ok(())
}

/// A row of `sources`.
pub(super) fn source(row: &Row) -> Result<SourceState, StoreError> {
    let at = |column| row.try_get::<Option<i64>, _>(column).map(|at| at.map(Instant::from_ms));
    let trouble: String = row.try_get("trouble")?;
    Ok(SourceState {
        name: row.try_get("name")?,
        etag: row.try_get("etag")?,
        modified: row.try_get("modified")?,
        fetches: row.try_get("fetches")?,
        confirmed_at: at("confirmed_at")?,
        visits: row.try_get("visits")?,
        trouble: at("trouble_since")?.map(|since| (trouble, since)),
        belief: match row.try_get("believed")? {
            0_i64 => Belief::Judged,
            _ => Belief::Granted,
        },
    })
}
