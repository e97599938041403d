//! Approvals that hold no more because nobody has signed what they stand for: the policy has changed, and with it the risk.

use super::in_force::Edition;
use crate::{
    engine::flights::Flights,
    gate::{Topic, facts::Said},
    privacy::assess,
    store::{NewWord, Store, StoreError},
    workflow::Approval,
};

/// Who takes them back.
const WHO: &str = "comity (its assessment is not signed)";

/// Withdraws them. When it returns, nothing more of these workflows begins.
///
/// # Errors
/// The database's.
pub(super) async fn withdraw(store: &Store, edition: &Edition, flights: &Flights) -> Result<(), StoreError> {
    let installation = edition.rulebook.installation();
    for workflow in installation.workflows.values() {
        let assessment = assess(&installation.policy, workflow, &installation.flows);
        let needs =
            workflow.oversight.approval == Approval::Workflow && assessment.needs_signature(&installation.policy);
        if !needs || store.signature(&assessment).await?.is_some() {
            continue;
        }
        let topic = Topic::Workflow(workflow.name.clone());
        let words = store.last_words(&[topic.clone()].into()).await?;
        if words.get(&topic).is_some_and(|spoken| spoken.word.said == Said::Approved) {
            tracing::warn!(
                workflow = workflow.name,
                level = assessment.level.name(),
                "its approval is withdrawn: nobody has signed the assessment of what it may do now (`comity assess`)"
            );
            let word = NewWord { topic, said: Said::Withdrawn, seen: workflow.revision.clone(), who: WHO.to_owned() };
            flights.revoke(&store.say(word).await?).await;
        }
    }
    Ok(())
}
