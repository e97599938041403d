//! One night: what is told to whom, and whether it may be. Nothing here waits, writes or asks for the time.

use super::{
    gather::{Gathered, Reader},
    press::{Lists, Press, TooSmall},
};
use crate::{
    base::{CustomerId, Value, hex, value::Fields},
    policy::{Policy, Recommending, RecordType, recommending::Recommends},
    recommend::{
        Missing,
        audit::{Anomaly, Answer, Asked},
    },
    store::{BatchOutcome, Recommendation},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a night came to.
#[derive(Debug)]
pub struct Made {
    /// Whether it is to be published, or why not.
    pub outcome: BatchOutcome,
    /// Another one where any list is another; empty where there are none.
    pub version: String,
    /// What it was measured by.
    pub figures: Figures,
    /// Who is recommended something.
    pub recommended: Vec<Recommendation>,
}

/// What a batch was measured by. Nobody is named in it; products are, where a gate or what looks pushed is about them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Customers who agreed.
    pub agreed: usize,
    /// Of them, those who bought something that counts.
    pub customers: usize,
    /// Products that enough different customers bought.
    pub products: usize,
    /// Pairs of products that enough different customers bought.
    pub pairs: usize,
    /// Closed windows of the past that chose how it was made.
    pub windows: u32,
    /// What it reached in them, as NDCG of discoveries.
    pub ndcg: f64,
    /// What plain popularity reached there.
    pub popular_ndcg: f64,
    /// Customers with enough good candidates.
    pub lists: usize,
    /// What is missing, where the shop is too small.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What the gates of the audit say, one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<GateSaid>,
    /// What looks pushed: products that few accounts bought in a short time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pushed: Vec<String>,
}

/// What a gate of the audit says of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GateSaid {
    /// Whether the batch keeps to it, or that can't be measured.
    pub holds: bool,
    /// What was measured, and the limit.
    pub sentence: String,
}

/// Makes the lists, and looks at them.
pub fn make(gathered: Gathered, policy: &Policy) -> Made {
    let Some(rules) = &policy.recommending else { return nothing(Figures::default()) };
    let press = match Press::of(gathered, policy, rules) {
        Ok(press) => press,
        Err(TooSmall { agreed, customers, missing }) => {
            let missing = missing.iter().map(Missing::sentence).collect();
            return nothing(Figures { agreed, customers, missing, ..Figures::default() });
        }
    };
    let lists = press.lists();
    let (outcome, figures) = judged(&press, &lists, rules);
    let version = version(&lists);
    if outcome == BatchOutcome::Withheld {
        return Made { outcome, version, figures, recommended: Vec::new() };
    }
    let recommended = lists.iter().filter_map(|lists| recommendation(lists, policy, rules)).collect();
    Made { outcome, version, figures, recommended }
}

const fn nothing(figures: Figures) -> Made {
    Made { outcome: BatchOutcome::TooSmall, version: String::new(), figures, recommended: Vec::new() }
}

/// Asks the gates that need nobody's attributes.
fn judged(press: &Press<'_>, lists: &[Lists<'_>], rules: &Recommending) -> (BatchOutcome, Figures) {
    let audit = press.audit(lists, Asked::default());
    let verdicts = audit.verdicts(&press.gates());
    let gates = verdicts
        .iter()
        .map(|verdict| GateSaid { holds: verdict.answer != Answer::Fails, sentence: verdict.sentence.clone() });
    let gates: Vec<GateSaid> = gates.collect();
    let outcome = if gates.iter().all(|gate| gate.holds) { BatchOutcome::Publishing } else { BatchOutcome::Withheld };
    let enough = |lists: &&Lists<'_>| lists.discoveries.len() >= rules.at_least || !lists.repeats.is_empty();
    let figures = Figures {
        agreed: press.agreed(),
        customers: press.customers(),
        products: press.model.shelf.items.len(),
        pairs: press.model.partners.pairs(),
        windows: press.choice.windows,
        ndcg: press.choice.ndcg,
        popular_ndcg: press.choice.popular_ndcg,
        lists: lists.iter().filter(enough).count(),
        missing: Vec::new(),
        gates,
        pushed: audit.anomalies.iter().map(Anomaly::sentence).collect(),
    };
    (outcome, figures)
}

/// The record by which somebody is recommended something, where it is time and there is enough: one a night, each type in its turn.
fn recommendation(lists: &Lists<'_>, policy: &Policy, rules: &Recommending) -> Option<Recommendation> {
    let Lists { reader: Reader { customer, tastes, due, .. }, .. } = lists;
    let filled = due.iter().find_map(|kind| Some((kind, fields(lists, policy.records.get(kind)?, rules)?)));
    filled.map(|(kind, fields)| Recommendation {
        customer: *customer,
        kind: kind.clone(),
        fields,
        tastes: tastes.clone(),
    })
}

fn finds_new(record: &RecordType) -> bool {
    record.recommended().any(|(_, asked)| asked == Recommends::Discoveries)
}

/// What stands in a record of this type; `None` where that is too little.
fn fields(lists: &Lists<'_>, record: &RecordType, rules: &Recommending) -> Option<Fields> {
    let is_enough =
        if finds_new(record) { lists.discoveries.len() >= rules.at_least } else { !lists.repeats.is_empty() };
    let list = |(name, asked): (&str, Recommends)| {
        let products = match asked {
            Recommends::Discoveries => &lists.discoveries,
            Recommends::Repeats => &lists.repeats,
        };
        (!products.is_empty()).then(|| (name.to_owned(), Value::Products(products.clone())))
    };
    is_enough.then(|| record.recommended().filter_map(list).collect())
}

fn version(lists: &[Lists<'_>]) -> String {
    let mut hash = Sha256::new();
    for Lists { reader: Reader { customer: CustomerId(id), .. }, discoveries, repeats, .. } in lists {
        hash.update(id.to_be_bytes());
        for (section, products) in [(1_u8, discoveries), (2, repeats)] {
            hash.update([section]);
            for product in products {
                hash.update(product.product.as_bytes());
                hash.update([0]);
            }
        }
    }
    hex(hash.finalize().iter().take(8))
}
