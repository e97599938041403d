//! A share of the customers: what one of several copies of a database rehearses, so that all processors have work.
//!
//! All that the gate asks about a message is of its customer and of their mailbox: records, consents, stops, what has filled
//! the caps. So customers of one mailbox are never parted, and nothing that happens in one share is seen in another. The
//! number of people in a run is of all customers: whoever counts that must not divide them.
//!
//! Invariant: only copies are divided. In the share's own copy, what is planned for the others is void.

use super::{
    Store, StoreError,
    database::{query, query_as},
    round::Desk,
    statements::paper::{INDEXES_BY_STATE, LAST_PLAN, LEAVE_TO_OTHERS},
};
use crate::base::BlindIndex;
use std::num::NonZeroU8;

/// First bytes of a mailbox's keyed hash, which are as even as dice.
const FIRST_BYTES: u16 = 256;
/// It counts the people of a run; whoever counts them is not divided.
const OF_RUNS: &str = "plans_by_run";
/// Plans that one transaction leaves to others: each page that it changes is kept in memory until it ends.
const PAGE: i64 = 50_000;

/// So many shares, and which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    nth: u8,
    of: NonZeroU8,
}

impl Share {
    /// Everybody.
    pub const ALL: Self = Self { nth: 0, of: NonZeroU8::MIN };

    /// All shares of so many.
    pub fn each(of: NonZeroU8) -> impl Iterator<Item = Self> {
        (0..of.get()).map(move |nth| Self { nth, of })
    }

    /// Whether customers with this mailbox belong to it.
    pub(super) fn has(self, BlindIndex([first, ..]): BlindIndex) -> bool {
        (self.first(0)..self.first(1)).contains(&u16::from(first))
    }

    /// The first byte of this share's first mailbox, or of the next one's.
    fn first(self, next: u16) -> u16 {
        ((u16::from(self.nth) + next) * FIRST_BYTES).div_ceil(self.of.get().into())
    }
}

impl Store {
    /// From now on only these customers are written to. Once for a copy that nobody works on yet, and for ever.
    ///
    /// Half of all plans change their state: the indexes that hang on it are made anew, which costs less than each change.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn keep_to(&self, share: Share) -> Result<(), StoreError> {
        if share.of == NonZeroU8::MIN {
            return Ok(());
        }
        let indexes = self.errand(move |desk| Box::pin(drop_indexes(desk))).await?;
        let mut next = Some(0);
        while let Some(after) = next {
            next = self.errand(move |desk| Box::pin(leave_to_others(desk, share, after))).await?;
        }
        self.errand(move |desk| Box::pin(make_indexes(desk, share, indexes))).await
    }
}

/// Gives how each was made.
async fn drop_indexes(desk: &mut Desk) -> Result<Vec<String>, StoreError> {
    let connection = desk.database.alone().await?;
    let indexes: Vec<(String, String)> = query_as(INDEXES_BY_STATE).fetch_all(&mut *connection).await?;
    let mut made_by = Vec::with_capacity(indexes.len());
    for (name, sql) in indexes {
        connection.script(format!("DROP INDEX {name}")).await?;
        if name != OF_RUNS {
            made_by.push(sql);
        }
    }
    Ok(made_by)
}

/// A page of plans. Gives where the next one begins.
async fn leave_to_others(desk: &mut Desk, share: Share, after: i64) -> Result<Option<i64>, StoreError> {
    let byte = |first: u16| u8::try_from(first).ok().map(|first| vec![first]);
    let connection = desk.database.alone().await?;
    let last: i64 = query_as(LAST_PLAN).fetch_one(&mut *connection).await?;
    let until = after.saturating_add(PAGE);
    query(LEAVE_TO_OTHERS)
        .bind(byte(share.first(0)))
        .bind(byte(share.first(1)))
        .bind(after)
        .bind(until)
        .execute(&mut *connection)
        .await?;
    Ok((until < last).then_some(until))
}

async fn make_indexes(desk: &mut Desk, share: Share, made_by: Vec<String>) -> Result<(), StoreError> {
    let connection = desk.database.alone().await?;
    for sql in made_by {
        connection.script(sql).await?;
    }
    desk.share = share;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mailbox_belongs_to_exactly_one_share() {
        for of in (1..=u8::MAX).filter_map(NonZeroU8::new) {
            for first in 0..=u8::MAX {
                let mut mailbox = BlindIndex([7; 32]);
                mailbox.0[0] = first;
                assert_eq!(Share::each(of).filter(|share| share.has(mailbox)).count(), 1, "{first} of {of}");
            }
        }
    }
}
