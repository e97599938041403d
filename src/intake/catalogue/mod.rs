//! Catalogues: what a shop sells, as a table or as the feed that it makes for Google Merchant Center.
//!
//! ```text
//!  bytes ─► sheet (CSV)  ─┐
//!                         ├─► shelve ─► ProductRow
//!           feed (XML)   ─┘    (rules)   or the line and its defect
//! ```
//!
//! Which of the two it is, the first letter says. Both become the same named texts, and go through the same rules: an
//! amount is in the business's currency, a link leads where the business may link to, an image comes from where images may
//! come from.
//!
//! Pure, and in bounded memory: a feed's entities are never expanded, and no element is longer than a few pages.

mod feed;
mod sheet;
mod shelve;

pub use shelve::Shelved;
pub(super) use shelve::{Named, Shelf, Texts};

use super::{
    defect::{Defect, Unusable},
    row::Seen,
};
use crate::{base::Instant, policy::Policy, store::products::ProductRow};
use feed::Feed;
use sheet::Sheet;
use std::{collections::BTreeSet, sync::Arc};

/// A catalogue has so many products at most.
pub const PRODUCTS_MAX: u64 = 200_000;

/// One product, or why it can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// It can.
    Product(u64, Shelved),
    /// It can't. Where its SKU could be read, the catalogue names it all the same: what is known of it stays.
    Rejected(u64, Defect, Option<String>),
}

/// A catalogue being read.
pub struct Catalogue {
    policy: Arc<Policy>,
    now: Instant,
    name: String,
    ignore: BTreeSet<String>,
    form: Form,
    seen: Seen,
    items: u64,
}

/// How it is written.
enum Form {
    /// Nothing but white space and marks of an encoding has come.
    Unknown(Vec<u8>),
    Table(Sheet),
    Feed(Feed),
}

impl Catalogue {
    /// Begins a file of this name, now: a sale's price may hold for a time. Columns to `ignore` are left out.
    #[must_use]
    pub fn new(policy: Arc<Policy>, now: Instant, name: String, ignore: BTreeSet<String>) -> Self {
        Self { policy, now, name, ignore, form: Form::Unknown(vec![]), seen: Seen::default(), items: 0 }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// When the file as a whole can't be used.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        if let Form::Unknown(head) = &mut self.form {
            head.extend_from_slice(bytes);
            let Some(first) = head.iter().find(|byte| !is_mark(**byte)) else { return Ok(()) };
            let is_feed = *first == b'<';
            let head = std::mem::take(head);
            self.form = if is_feed {
                Form::Feed(Feed::default())
            } else {
                Form::Table(Sheet::new(self.name.clone(), self.ignore.clone()))
            };
            return self.push(&head);
        }
        match &mut self.form {
            Form::Unknown(_) => Ok(()),
            Form::Table(sheet) => sheet.push(bytes),
            Form::Feed(feed) => feed.push(bytes),
        }
    }

    /// The file has ended.
    ///
    /// # Errors
    /// When the file as a whole can't be used: a feed that was cut off is one of fewer products.
    pub fn finish(&mut self) -> Result<(), Unusable> {
        match &mut self.form {
            Form::Unknown(_) => Err(Unusable::Empty),
            Form::Table(sheet) => sheet.finish(),
            Form::Feed(feed) => feed.finish(),
        }
    }

    /// The next product. `None` until more bytes come.
    pub fn next_item(&mut self) -> Option<Item> {
        if self.items > PRODUCTS_MAX {
            return None;
        }
        let (line, texts) = match &mut self.form {
            Form::Unknown(_) => None,
            Form::Table(sheet) => sheet.next_texts(),
            Form::Feed(feed) => feed.next_texts(),
        }?;
        self.items += 1;
        if self.items > PRODUCTS_MAX {
            return Some(Item::Rejected(line, Defect::TooManyRows { max: PRODUCTS_MAX }, None));
        }
        let texts = match texts {
            Ok(texts) => texts,
            Err(defect) => return Some(Item::Rejected(line, defect, None)),
        };
        let sku = texts.sku();
        Some(match self.take(line, &texts) {
            Ok(shelved) => Item::Product(line, shelved),
            Err(defect) => Item::Rejected(line, defect, sku),
        })
    }

    /// Whether all products were read: then what isn't named is gone.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.items <= PRODUCTS_MAX
    }

    fn take(&mut self, line: u64, texts: &Texts) -> Result<Shelved, Defect> {
        let shelved = Shelf::new(&self.policy, self.now).shelve(texts)?;
        let ProductRow { product, .. } = &shelved.row;
        let first = self.seen.first(line, ("sku", &product.sku), None);
        first.map_err(|line| Defect::Duplicate { key: "sku", line })?;
        Ok(shelved)
    }
}

/// A byte order mark of any encoding, the NULs of UTF-16, or white space.
fn is_mark(byte: u8) -> bool {
    matches!(byte, 0xEF | 0xBB | 0xBF | 0xFE | 0xFF | 0) || byte.is_ascii_whitespace()
}
