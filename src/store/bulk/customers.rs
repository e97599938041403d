//! Customers of a chunk.
//!
//! A row is taken so where what becomes of it is sure beforehand: somebody new, somebody as before, somebody whose
//! fields or consents differ. Whatever else there is, is taken by itself and in its turn (see [`customers::put_one`]),
//! when what was gathered before is written: a mailbox or a zone that changes, a no of somebody who is known, somebody who
//! was erased or has another mailbox now, a row that means somebody whom a row before it has told of.

use super::{
    look::{self, Known, Sought, Words},
    write::{Change, Gathered, Who},
};
use crate::{
    base::{BlindIndex, CustomerId},
    people::{ConsentKind, Customer, Suppression, SuppressionReason, consent::ConsentMethod},
    store::{
        StoreError, cards,
        consents::Position,
        customers::{self, Found},
        round::Desk,
        types::{Applied, ConsentClaim, CustomerRow, Put, PutError, Replan, merged},
    },
    trigger::News,
    workflow::CUSTOMER,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// A chunk of an import, in the caller's transaction.
pub async fn put(desk: &mut Desk, rows: &[CustomerRow], planner: &dyn Replan) -> Result<Applied, StoreError> {
    let looked = look(desk, rows).await?;
    let (mut applied, mut people) = (Applied::default(), Vec::new());
    let (mut gathered, mut touched) = (Gathered::default(), Touched::default());
    for ((place, row), seen) in rows.iter().enumerate().zip(&looked.each) {
        let decided = if touched.takes(row, seen) { decide(desk, row, seen, &looked.words) } else { None };
        let Some(Decided { put, change, stays_stopped }) = decided else {
            gathered.write(desk, &mut people).await?;
            let meant = customers::put_one(desk, (place, row), planner, &mut people, &mut applied).await?;
            touched.also(meant);
            continue;
        };
        applied.puts.push(put);
        if stays_stopped {
            applied.stay_stopped.push(place);
        }
        if let Some(change) = change {
            applied.consents += u64::try_from(change.claims.len()).unwrap_or(u64::MAX);
            gathered.add(change);
        }
    }
    gathered.write(desk, &mut people).await?;
    applied.open.extend(cards::plan(desk, people, planner).await?);
    Ok(applied)
}

/// What was known before the first row was taken.
struct Looked {
    each: Vec<Seen>,
    words: Words,
}

/// Whom a row means.
struct Seen {
    mailbox: BlindIndex,
    known: Known,
    suppressions: Vec<Suppression>,
    /// Whether this name or this mailbox was somebody's who was erased.
    was_erased: bool,
}

async fn look(desk: &mut Desk, rows: &[CustomerRow]) -> Result<Looked, StoreError> {
    let mailboxes: Vec<BlindIndex> = rows.iter().map(|row| BlindIndex::of(&desk.keys, &row.address)).collect();
    let sought = rows.iter().zip(&mailboxes).map(|(row, mailbox)| match &row.external_id {
        Some(name) => Sought::Name(name),
        None => Sought::Mailbox(*mailbox),
    });
    let known = look::whom(desk, &sought.collect::<Vec<_>>()).await?;
    let mut suppressions = look::suppressions(desk, &mailboxes).await?;
    let unknown = rows.iter().enumerate().zip(&known).filter(|(_, known)| matches!(known, Known::Found(Found::Nobody)));
    let names = unknown.filter_map(|((place, row), _)| Some((place, row.external_id.as_deref()?)));
    let names: Vec<(usize, BlindIndex)> =
        names.map(|(place, name)| (place, BlindIndex::of_name(&desk.keys, CUSTOMER, name))).collect();
    let erased = look::erased(desk, names.into_iter()).await?;
    let is_erased = |row: &Suppression| row.purpose.is_none() && row.reason == SuppressionReason::Erased;
    let each: Vec<Seen> = mailboxes
        .into_iter()
        .zip(known)
        .enumerate()
        .map(|(place, (mailbox, known))| {
            let suppressions = suppressions.remove(&place).unwrap_or_default();
            let was_erased = erased.contains(&place) || suppressions.iter().any(is_erased);
            Seen { mailbox, known, suppressions, was_erased }
        })
        .collect();
    let claiming = rows.iter().zip(&each).filter(|(row, _)| !row.consents.is_empty());
    let claiming: Vec<CustomerId> = claiming.filter_map(|(_, seen)| Some(seen.customer()?.0)).collect();
    let words = Words::of(desk, &claiming).await?;
    Ok(Looked { each, words })
}

impl Seen {
    fn customer(&self) -> Option<(CustomerId, BlindIndex)> {
        match &self.known {
            Known::Found(Found::Customer(stored)) => Some((stored.id, stored.mailbox)),
            _ => None,
        }
    }
}

/// Of whom rows have told.
#[derive(Default)]
struct Touched<'a> {
    names: HashSet<&'a str>,
    mailboxes: HashSet<BlindIndex>,
    customers: HashSet<CustomerId>,
}

impl<'a> Touched<'a> {
    /// Whether what was seen of a row holds still: no row before it told of the same. Whom a name means, no mailbox decides.
    fn takes(&mut self, row: &'a CustomerRow, seen: &Seen) -> bool {
        let is_new = match &row.external_id {
            Some(name) => self.names.insert(name),
            None => !self.mailboxes.contains(&seen.mailbox),
        };
        self.mailboxes.insert(seen.mailbox);
        let is_first = seen.customer().is_none_or(|(customer, _)| !self.customers.contains(&customer));
        self.also(seen.customer());
        is_new && is_first
    }

    fn also(&mut self, meant: Option<(CustomerId, BlindIndex)>) {
        if let Some((customer, mailbox)) = meant {
            self.customers.insert(customer);
            self.mailboxes.insert(mailbox);
        }
    }
}

/// What becomes of a row.
struct Decided<'a> {
    put: Put,
    /// What it changes, where it changes anything.
    change: Option<Change<'a>>,
    /// Whether it claims a yes to what the person or the mailbox has said no to.
    stays_stopped: bool,
}

impl Decided<'_> {
    fn rejected(why: PutError) -> Self {
        Self { put: Put::Rejected(why), change: None, stays_stopped: false }
    }
}

/// What becomes of a row; `None` where it is to be taken by itself.
fn decide<'a>(desk: &Desk, row: &'a CustomerRow, seen: &Seen, words: &Words) -> Option<Decided<'a>> {
    let (who, mut columns, said) = match &seen.known {
        Known::Left => return None,
        Known::Found(Found::Nobody) if seen.was_erased => return None,
        Known::Found(Found::Nobody) => (Who::New, Vec::new(), None),
        Known::Found(Found::Several) => return Some(Decided::rejected(PutError::AmbiguousCustomer)),
        Known::Found(Found::Customer(stored)) => {
            let Ok(known) = stored.open(&desk.keys) else { return Some(Decided::rejected(PutError::Unreadable)) };
            let mut wanted = Customer {
                address: row.address.clone(),
                fields: merged(&row.fields, &row.untold, &known.fields),
                zone: row.zone.or(known.zone),
                language: row.language.clone().or(known.language.clone()),
                ..known.clone()
            };
            if seen.mailbox != stored.mailbox || wanted.zone != known.zone {
                return None;
            }
            let columns = customers::differences(&known, &wanted);
            wanted.version += i64::from(!columns.is_empty());
            (Who::Known(Box::new(((**stored).clone(), known, wanted))), columns, Some(stored.id))
        }
    };
    let Claims { added, agreed, stays_stopped } = claims(row, said, seen, words)?;
    columns.extend(added.iter().map(|claim| format!("consent:{}", claim.purpose)));
    let put = match &who {
        Who::New => Put::Created,
        Who::Known(_) if columns.is_empty() => Put::Unchanged,
        Who::Known(_) => Put::Changed(columns),
    };
    let change = Change { row, mailbox: seen.mailbox, who, claims: added, agreed };
    Some(Decided { change: (put != Put::Unchanged).then_some(change), put, stays_stopped })
}

/// What a row claims.
struct Claims<'a> {
    /// What the history doesn't hold.
    added: Vec<&'a ConsentClaim>,
    agreed: News,
    stays_stopped: bool,
}

fn claims<'a>(row: &'a CustomerRow, known: Option<CustomerId>, seen: &Seen, words: &Words) -> Option<Claims<'a>> {
    let (mut added, mut agreed, mut stays_stopped) = (Vec::new(), BTreeMap::new(), false);
    if row.consents.is_empty() {
        return Some(Claims { added, agreed: News::Nothing, stays_stopped });
    }
    // One claim after another about the same, or about all: what the first says counts for the second.
    let purposes: BTreeSet<&str> = row.consents.iter().map(|claim| &*claim.purpose).collect();
    if purposes.len() < row.consents.len() || purposes.contains("") {
        return None;
    }
    let (histories, bars) = known.map_or_else(Default::default, |customer| words.said(customer));
    for claim in &row.consents {
        let position = Position::of(&histories, &bars, &seen.suppressions, &claim.purpose);
        let is_yes = claim.kind == ConsentKind::Granted;
        stays_stopped |= is_yes && position.against.is_some();
        if position.holds(claim, ConsentMethod::Import) {
            continue;
        }
        if !is_yes && known.is_some() {
            // What is permitted to them is taken back.
            return None;
        }
        added.push(claim);
        if is_yes && position.against.is_none() {
            agreed.insert(claim.purpose.clone(), claim.at);
        }
    }
    let agreed = if agreed.is_empty() { News::Nothing } else { News::Agreed(agreed) };
    Some(Claims { added, agreed, stays_stopped })
}
