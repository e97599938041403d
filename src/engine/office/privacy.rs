//! The privacy notices that were in force, as the business asks for them.

use super::Office;
use crate::{
    privacy::Content,
    store::{NoticeVersion, StoreError},
};
use serde::{Deserialize, Serialize};

/// So many versions are told.
const VERSIONS_MAX: u32 = 1_000;

/// A version as people read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeptNotice {
    /// Which, and since when.
    pub version: NoticeVersion,
    /// What it says.
    pub content: Content,
}

impl Office {
    /// All versions that were in force, the last first.
    ///
    /// # Errors
    /// The database's.
    pub async fn notices(&self) -> Result<Vec<NoticeVersion>, StoreError> {
        self.store.notices(VERSIONS_MAX).await
    }

    /// One of them. `None` where it never was in force here.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice(&self, version: &str) -> Result<Option<KeptNotice>, StoreError> {
        let found = self.store.notice(version).await?;
        Ok(found.map(|(version, content)| KeptNotice { version, content }))
    }
}
