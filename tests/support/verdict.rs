//! What happened in a house of several nodes, held against the promises: by the simulation's checker, which reads what people and the
//! mail server saw; and by what the database says in the end.

use super::{
    evidence::Evidence,
    history::{Begun, Course, HOUSE, Stopped},
    nodes::{CAP, Clicked, GUESTS, House, Node, SHOPPERS, Stop, VISITS},
    proof,
    relay::{Said, Told},
};
use crate::simulation::promises;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What came of it.
#[derive(Debug, Default)]
pub struct Judged {
    pub delivered: usize,
    /// Again, as the workflow has it where nobody knows of the first.
    pub again: usize,
    pub uncertain: usize,
    pub refused: usize,
    /// Transactions that a node began.
    pub begun: usize,
    /// How many nodes attempted messages.
    pub nodes: usize,
    pub broken: Vec<String>,
}

impl House {
    /// See the module. What was only written down at a node holds so long after its database was back.
    pub fn judge(&self, clicks: &[Clicked], applied: Duration) -> Judged {
        let evidence = Evidence::of(&self.rows);
        let course = self.course(clicks, applied);
        let nodes: BTreeSet<i64> = evidence.attempts.iter().map(|attempt| attempt.node).collect();
        let mut judged = Judged { begun: course.begun.len(), nodes: nodes.len(), ..Judged::default() };
        judged.broken = promises::broken(&course.history(), &HOUSE);
        self.ends(&evidence, clicks, &mut judged);
        if judged.begun < judged.delivered + judged.again {
            judged.broken.push("some arrived that no node has begun".to_owned());
        }
        judged
    }

    fn course(&self, clicks: &[Clicked], applied: Duration) -> Course {
        let applied = u64::try_from(applied.as_nanos()).unwrap();
        let within = |click: &Clicked| match click.stop {
            Stop::Now => Duration::ZERO,
            Stop::Written => {
                let holds = self.nodes[click.node].back_for(click.acknowledged_ns, applied);
                Duration::from_nanos(holds - click.acknowledged_ns)
            }
        };
        let stopped = |click: &Clicked| Stopped {
            customer: click.guest,
            asked_ns: click.asked_ns,
            answered_ns: click.acknowledged_ns,
            within: within(click),
        };
        Course {
            since_ns: self.since_ns,
            booked: self.booked.lock().unwrap().clone(),
            stopped: clicks.iter().map(stopped).collect(),
            doubts: self.nodes.iter().flat_map(Node::doubts).collect(),
            begun: self.nodes.iter().flat_map(|node| begun(&node.mail.told())).collect(),
            seen: self.witness.seen(),
        }
    }

    /// P3, P4, P6.
    fn ends(&self, evidence: &Evidence, clicks: &[Clicked], judged: &mut Judged) {
        let mut bodies: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for seen in self.witness.seen().into_iter().filter(|seen| seen.event == "dot") {
            let of_one = bodies.entry(seen.to.unwrap()).or_default();
            *of_one.entry(seen.message_id.unwrap()).or_default() += 1;
        }
        for n in 1..=GUESTS + SHOPPERS {
            let customer = format!("C{n}");
            let plans: Vec<_> = evidence.plans.iter().filter(|(_, plan)| plan.customer == customer).collect();
            let in_state = |state: &str| plans.iter().filter(|(_, plan)| plan.state == state).count();
            let (sent, uncertain, refused) = (in_state("sent"), in_state("uncertain"), in_state("refused"));
            // Of a plan that was sent again, the first attempt is of unknown fate.
            let unknown: usize = plans.iter().map(|(plan, _)| evidence.attempts(**plan, "uncertain")).sum();
            let of_one = bodies.remove(&proof::address(n)).unwrap_or_default();
            let (arrived, again) = (of_one.len(), of_one.values().map(|times| times - 1).sum::<usize>());
            judged.delivered += arrived;
            judged.again += again;
            judged.uncertain += uncertain;
            judged.refused += refused;
            let mut broken = |is_broken: bool, what: &str| {
                if is_broken {
                    judged.broken.push(format!(
                        "{what}: {customer}: {arrived} arrived, {again} again; {sent} sent, {uncertain} of unknown fate, \
                         {refused} refused of {}; {unknown} attempts of unknown fate",
                        plans.len()
                    ));
                }
            };
            let is_guest = n <= GUESTS;
            broken(sent + uncertain + refused != plans.len(), "P6: a plan has not ended");
            broken(arrived < sent, "P6: one that was sent did not arrive");
            broken(arrived > sent + unknown, "P4: one arrived that was not sent");
            broken(of_one.values().any(|times| *times > if is_guest { 2 } else { 1 }), "P4: one came too often");
            broken(again > unknown, "P4: one came again, and nobody doubted the first");
            if !is_guest {
                broken(sent + uncertain != CAP, "P3: less than the cap allows, or more");
            } else if !clicks.iter().any(|click| click.guest == n) {
                broken(refused > 0, "nothing was said against it");
                broken(plans.len() != VISITS + 2, "plans");
            }
        }
    }
}

/// The transactions that a node began, by what it said: what the network delivers later was not said later.
fn begun(told: &[Told]) -> Vec<Begun> {
    let (mut mails, mut begun): (BTreeMap<usize, u64>, BTreeMap<usize, Begun>) = Default::default();
    let mut all = vec![];
    for Told { boot_ns, link, said } in told {
        match said {
            Said::Mail => {
                all.extend(begun.remove(link));
                mails.insert(*link, *boot_ns);
            }
            Said::To(to) => {
                begun.insert(*link, Begun { boot_ns: mails[link], to: to.clone(), subject: None });
            }
            Said::Subject(subject) => {
                if let Some(begun) = begun.get_mut(link) {
                    begun.subject = Some(subject.clone());
                }
            }
        }
    }
    all.extend(begun.into_values());
    all
}
