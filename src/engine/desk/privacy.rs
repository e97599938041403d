//! The privacy notice at the desk: the one in force, which the files say, and the earlier ones, which are kept.

use super::{AnswerFailed, stop::Desk};
use crate::{
    base::Instant,
    deliver::transport::Boxed,
    people::Language,
    privacy::Told,
    store::{NoticeVersion, StoreError},
};

/// Shows privacy notices.
pub trait PrivacyDesk: Send + Sync {
    /// The notice in force. It is shown also while the database is away, without its day and the earlier ones.
    fn in_force<'a>(&'a self, language: &'a Language) -> Boxed<'a, Option<NoticeView>>;

    /// A version that is or was in force. `None` where there was none such.
    ///
    /// # Errors
    /// When the database can't be asked.
    fn version<'a>(
        &'a self,
        version: &'a str,
        language: &'a Language,
    ) -> Boxed<'a, Result<Option<NoticeView>, AnswerFailed>>;
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeView {
    /// Its version.
    pub version: String,
    /// Since when it is or was in force; `None` while the database is away.
    pub since: Option<Instant>,
    /// The notice.
    pub told: Told,
    /// The others, the last first.
    pub others: Vec<NoticeVersion>,
}

/// So many earlier versions are named on the page. `comity notice --history` names all.
const OTHERS_MAX: u32 = 6;

impl Desk {
    async fn notice_in_force(&self, language: &Language) -> Option<NoticeView> {
        let notice = self.in_force.now().notice();
        let told = notice.content.in_language(language.tag())?.clone();
        let known = match self.standby.store() {
            Some(store) => store.notices(OTHERS_MAX).await.unwrap_or_default(),
            None => Vec::new(),
        };
        let (mine, others): (Vec<_>, Vec<_>) = known.into_iter().partition(|known| known.version == notice.version);
        Some(NoticeView { since: mine.first().map(|mine| mine.since), version: notice.version, told, others })
    }

    async fn notice_of(&self, version: &str, language: &Language) -> Result<Option<NoticeView>, AnswerFailed> {
        let failed = |error: StoreError| AnswerFailed(error.to_string());
        let store = self.database()?;
        let Some((kept, content)) = store.notice(version).await.map_err(failed)? else { return Ok(None) };
        let told = content.in_language(language.tag()).cloned();
        let others = store.notices(OTHERS_MAX).await.map_err(failed)?;
        let others = others.into_iter().filter(|other| other.version != kept.version).collect();
        Ok(told.map(|told| NoticeView { version: kept.version, since: Some(kept.since), told, others }))
    }
}

impl PrivacyDesk for Desk {
    fn in_force<'a>(&'a self, language: &'a Language) -> Boxed<'a, Option<NoticeView>> {
        Box::pin(self.notice_in_force(language))
    }

    fn version<'a>(
        &'a self,
        version: &'a str,
        language: &'a Language,
    ) -> Boxed<'a, Result<Option<NoticeView>, AnswerFailed>> {
        Box::pin(self.notice_of(version, language))
    }
}
