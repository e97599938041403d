//! The privacy notices that were in force, as the business asks for them; and the assessments that it signs.

use super::Office;
use crate::{
    privacy::{Content, assess},
    store::{NoticeVersion, Signature, StoreError},
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

/// Somebody's signature under an assessment as they read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOrder {
    /// Of which workflow.
    pub workflow: String,
    /// Its digest.
    pub digest: String,
    /// Who.
    pub who: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signed {
    /// It is kept.
    Kept(Signature),
    /// The files that were read are not those in force.
    OtherFiles,
}

impl Office {
    /// Keeps a signature under the assessment of a workflow as it is in force.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_assessment(&self, SignOrder { workflow, digest, who }: SignOrder) -> Result<Signed, StoreError> {
        let edition = self.in_force.now();
        let installation = edition.rulebook.installation();
        let workflow = installation.workflows.get(&workflow);
        let assessment = workflow.map(|workflow| assess(&installation.policy, workflow, &installation.flows));
        match assessment.filter(|assessment| assessment.digest == digest) {
            Some(assessment) => Ok(Signed::Kept(self.store.sign(assessment, who).await?)),
            None => Ok(Signed::OtherFiles),
        }
    }

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
