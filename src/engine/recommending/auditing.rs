//! The audit of the installation's own lists, on demand: as they would be made now, with the groups that an auditor brought.

use super::{
    gather::{Gathered, Reader},
    press::{Press, TooSmall},
};
use crate::{
    base::EmailAddress,
    policy::Policy,
    recommend::{
        Missing,
        audit::{Asked, Audit, Beside, Brought, Gates, Groups, Verdict},
    },
    store::{Store, StoreError},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct AuditOrder {
    /// The groups that an auditor brought, by the customers' ids in the files that they were imported from, or their addresses.
    pub groups: Brought,
    /// What the deals of the permutation test are drawn from.
    pub seed: u64,
    /// Whether item-kNN is held against them, too.
    pub neighbours: bool,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Audited {
    /// It itself.
    pub audit: Audit,
    /// What the gates say of it.
    pub verdicts: Vec<Verdict>,
    /// The policy's limits.
    pub gates: Gates,
    /// So many different customers stand behind everything.
    pub k: u32,
    /// So many products a list shows.
    pub show: usize,
    /// Customers that were brought and are not among those who agreed: nothing is looked at for them.
    pub unknown: usize,
}

/// What was brought, with each customer by their name in the till.
pub struct Known {
    groups: Groups,
    unknown: usize,
}

/// Finds out who they are. Only those who agreed are known.
pub async fn known(store: &Store, brought: &Brought, readers: &BTreeMap<String, Reader>) -> Result<Known, StoreError> {
    let mut names = BTreeMap::new();
    for (customer, _) in &brought.customers {
        let found = match EmailAddress::parse(customer) {
            Ok(address) => store.find_by_mailbox(&address).await?,
            Err(_) => store.find_by_external_id(customer).await?.into_iter().collect(),
        };
        // Of several at one mailbox nobody knows who is meant.
        if let [one] = &*found {
            let name = Reader::named(one.id);
            if readers.contains_key(&name) {
                names.insert(customer.as_str(), name);
            }
        }
    }
    let groups = Groups::of(brought, |customer| names.get(customer).cloned());
    // Somebody may stand in the file twice.
    let unknown = brought.customers.iter().filter(|(customer, _)| !names.contains_key(customer.as_str())).count();
    Ok(Known { groups, unknown })
}

/// Makes the lists as a night would, and looks at them.
pub fn audit(
    gathered: Gathered,
    policy: &Policy,
    known: Known,
    order: &AuditOrder,
) -> Option<Result<Audited, Vec<String>>> {
    let rules = policy.recommending.as_ref()?;
    let press = match Press::of(gathered, policy, rules) {
        Ok(press) => press,
        Err(TooSmall { missing, .. }) => return Some(Err(missing.iter().map(Missing::sentence).collect())),
    };
    let beside = if order.neighbours { Beside::Neighbours } else { Beside::Popularity };
    let asked = Asked { groups: known.groups, seed: order.seed, beside, ..Asked::default() };
    let audit = press.audit(&press.lists(), asked);
    let gates = press.gates();
    let verdicts = audit.verdicts(&gates);
    Some(Ok(Audited { audit, verdicts, gates, k: rules.k, show: rules.show, unknown: known.unknown }))
}
