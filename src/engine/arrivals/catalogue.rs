//! A catalogue on its way into the store. It is what is sold now, as a whole: what it doesn't name is gone.
//!
//! So it is read to its end before anything changes. One that would take more than 30 % of the listed products away is
//! refused, because that is how a feed looks that broke off or came out empty; a person can say that it is meant. Where a row
//! can't be read at all, nothing is taken away: nobody knows which product it was.

use super::run::{CHUNK_ROWS, Run, Stop};
use crate::{
    intake::catalogue::{Catalogue, Item},
    store::{
        Applied, Dry,
        products::{ProductRow, may_go},
    },
};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, io, pin::pin};

/// Whether a person has said that products may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removals {
    /// Three of ten may.
    #[default]
    Few,
    /// As many as do.
    Allowed,
}

/// What was read.
#[derive(Default)]
struct Read {
    lines: Vec<u64>,
    rows: Vec<ProductRow>,
    /// All SKUs that are named, those of rejected rows too.
    named: BTreeSet<String>,
    /// Rows of which nobody knows what they name.
    unread: u64,
}

impl Run<'_> {
    /// A catalogue.
    pub(super) async fn catalogue<B: AsRef<[u8]>>(
        &mut self,
        mut catalogue: Catalogue,
        removals: Removals,
        bytes: impl Stream<Item = io::Result<B>>,
    ) -> Result<(), Stop> {
        let mut bytes = pin!(bytes);
        let mut read = Read::default();
        let mut length = 0_u64;
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            length += u64::try_from(piece.as_ref().len()).unwrap_or(u64::MAX);
            self.short_enough(length)?;
            catalogue.push(piece.as_ref())?;
            self.take_items(&mut catalogue, &mut read).await?;
            self.tell_progress(length);
        }
        catalogue.finish()?;
        self.take_items(&mut catalogue, &mut read).await?;
        let gone = self.gone(&read, catalogue.is_whole(), removals).await?;
        let Read { lines, rows, .. } = read;
        for (lines, rows) in lines.chunks(CHUNK_ROWS).zip(rows.chunks(CHUNK_ROWS)) {
            self.somebody_listens()?;
            let puts = self.office.store.put_products(rows.to_vec(), self.dry).await?;
            self.count(lines, Applied { puts, ..Applied::default() }).await?;
        }
        if self.dry == Dry::Apply {
            self.office.store.unlist_products(&gone).await?;
        }
        Ok(())
    }

    async fn take_items(&mut self, catalogue: &mut Catalogue, read: &mut Read) -> Result<(), Stop> {
        while let Some(item) = catalogue.next_item() {
            self.report.rows += 1;
            match item {
                Item::Product(line, shelved) => {
                    self.report.catalogue.images_left_out += u64::from(shelved.image_left_out);
                    read.named.insert(shelved.row.product.sku.clone());
                    read.lines.push(line);
                    read.rows.push(shelved.row);
                }
                Item::Rejected(line, defect, sku) => {
                    match sku {
                        Some(sku) => drop(read.named.insert(sku)),
                        None => read.unread += 1,
                    }
                    self.reject(line, defect.to_string()).await?;
                }
            }
        }
        Ok(())
    }

    /// The products that go. Nothing is changed yet.
    async fn gone(&mut self, read: &Read, is_whole: bool, removals: Removals) -> Result<BTreeSet<String>, Stop> {
        let listed = self.office.store.listed_products().await?;
        let gone: BTreeSet<String> = listed.difference(&read.named).cloned().collect();
        let count = |skus: &BTreeSet<String>| u64::try_from(skus.len()).unwrap_or(u64::MAX);
        let report = &mut self.report.catalogue;
        report.listed_before = count(&listed);
        if read.unread > 0 || !is_whole {
            report.stay = count(&gone);
            return Ok(BTreeSet::new());
        }
        report.gone = count(&gone);
        report.needs_a_word = removals == Removals::Few && !may_go(report.gone, report.listed_before);
        if report.needs_a_word && self.dry == Dry::Apply {
            let (gone, listed) = (report.gone, report.listed_before);
            report.gone = 0;
            return Err(Stop::TooManyGone { gone, listed });
        }
        Ok(gone)
    }
}
