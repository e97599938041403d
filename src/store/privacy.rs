//! The privacy notices that were in force, each as people read it; and the assessments that somebody signed.

use super::{
    Store, StoreError,
    database::{Row, query},
    plan_rows::instant,
    round::Desk,
    statements::privacy::{KEEP_NOTICE, NOTICE, NOTICES, SIGN_ASSESSMENT, SIGNATURE},
};
use crate::{
    base::Instant,
    privacy::{Assessment, Content, Notice},
};
use serde::{Deserialize, Serialize};

/// A version, and since when it is or was in force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NoticeVersion {
    /// It.
    pub version: String,
    /// When it came into force.
    pub since: Instant,
}

impl NoticeVersion {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { version: row.try_get("version")?, since: instant(row, "since")? })
    }
}

/// Who signed an assessment, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signature {
    /// Who.
    pub who: String,
    /// When.
    pub at: Instant,
}

impl Store {
    /// Keeps a signature under an assessment.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn sign(&self, assessment: Assessment, who: String) -> Result<Signature, StoreError> {
        self.change(move |desk| Box::pin(async move { sign(desk, &assessment, who).await })).await
    }

    /// Who signed an assessment as it stands. `None`: nobody.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn signature(&self, assessment: &Assessment) -> Result<Option<Signature>, StoreError> {
        let asked = query(SIGNATURE).bind(&assessment.workflow).bind(&assessment.digest);
        let found = asked.fetch_optional(&mut self.reader().await?).await?;
        found.map(|row| Ok(Signature { who: row.try_get("who")?, at: instant(&row, "at")? })).transpose()
    }

    /// The last versions, at most so many, the one in force first.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn notices(&self, limit: u32) -> Result<Vec<NoticeVersion>, StoreError> {
        let found = query(NOTICES).bind(limit).fetch_all(&mut self.reader().await?).await?;
        found.iter().map(NoticeVersion::read).collect()
    }

    /// A version as people read it. `None` where it never was in force here.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn notice(&self, version: &str) -> Result<Option<(NoticeVersion, Content)>, StoreError> {
        let found = query(NOTICE).bind(version).fetch_optional(&mut self.reader().await?).await?;
        let Some(row) = found else { return Ok(None) };
        let content: String = row.try_get("content")?;
        let odd = |error: serde_json::Error| StoreError::odd("privacy_notices.content", &error.to_string());
        Ok(Some((NoticeVersion::read(&row)?, serde_json::from_str(&content).map_err(odd)?)))
    }
}

async fn sign(desk: &mut Desk, assessment: &Assessment, who: String) -> Result<Signature, StoreError> {
    let now = desk.clock.now();
    let content =
        serde_json::to_string(assessment).map_err(|error| StoreError::odd("assessments", &error.to_string()))?;
    query(SIGN_ASSESSMENT)
        .bind(&assessment.workflow)
        .bind(&assessment.digest)
        .bind(content)
        .bind(&who)
        .bind(now.ms())
        .execute(desk.database.alone().await?)
        .await?;
    Ok(Signature { who, at: now })
}

/// Keeps a notice, if another one is in force.
pub(super) async fn keep(desk: &mut Desk, notice: &Notice, now: Instant) -> Result<(), StoreError> {
    let keep = query(KEEP_NOTICE).bind(&notice.version).bind(notice.content.canonical()).bind(now.ms());
    keep.execute(desk.database.alone().await?).await?;
    Ok(())
}
