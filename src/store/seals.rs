//! Sealing what came: read by a reader, written in a small transaction of its own.
//!
//! With nothing new, a look is one statement that looks at the end of nine tables, and nothing is written.

use super::{
    Store, StoreError,
    archive::{self, leaf},
    database::{Link, query, query_as},
    round::Desk,
    statements::{
        Statement,
        seals::{
            ADD_SEAL, APPROVAL_ROWS, ASSESSMENT_ROWS, BAR_ROWS, CONSENT_ROWS, EVIDENCE_ROWS, LAST_CHECKPOINT,
            LAST_ROWS, LAST_SEAL, LEDGER_LINES, LEDGER_ROWS, NOTE_CHECKPOINT, NOTICE_ROWS, REVISION_ROWS, SEAL,
            UNSEALED_SINCE, WORDING_ROWS,
        },
    },
};
use crate::{
    audit::{Checkpoint, Field, Hash, Head, Seal, Source, Upto, canonical},
    base::Instant,
    fault::{self, Point},
};

/// Leaves in one seal. More follow in the next, at once.
const LEAVES_MAX: usize = 4096;

/// The rows of a source.
pub(super) const fn rows_of(source: Source) -> Statement {
    match source {
        Source::Ledger => LEDGER_ROWS,
        Source::Consents => CONSENT_ROWS,
        Source::Evidence => EVIDENCE_ROWS,
        Source::Wordings => WORDING_ROWS,
        Source::Approvals => APPROVAL_ROWS,
        Source::Revisions => REVISION_ROWS,
        Source::Bars => BAR_ROWS,
        Source::Notices => NOTICE_ROWS,
        Source::Assessments => ASSESSMENT_ROWS,
    }
}

impl Store {
    /// Where the chain stands.
    ///
    /// # Errors
    /// When the database can't be read, or its last seal is damaged: nothing can be sealed on it.
    pub async fn last_seal(&self) -> Result<Head, StoreError> {
        let row = query(LAST_SEAL).fetch_optional(&mut self.reader().await?).await?;
        row.map_or_else(|| Ok(Head::before_all()), |row| archive::seal(&row).map(|seal| seal.head))
    }

    /// A seal by its number.
    ///
    /// # Errors
    /// When the database can't be read, or it is damaged.
    pub async fn seal(&self, number: i64) -> Result<Option<Head>, StoreError> {
        let row = query(SEAL).bind(number).fetch_optional(&mut self.reader().await?).await?;
        row.map(|row| archive::seal(&row).map(|seal| seal.head)).transpose()
    }

    /// The next seal after this one, not yet written; `None` where nothing came since. There may be more for another.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn unsealed(&self, head: &Head, now: Instant) -> Result<Option<Seal>, StoreError> {
        let mut reader = self.reader().await?;
        let last = last_rows(&mut reader).await?;
        let mut upto = head.upto.clone();
        let mut leaves = vec![];
        for (source, last) in last.0 {
            if last <= upto.of(source).max(0) {
                continue;
            }
            let (mut new, read_to) =
                new_leaves(&mut reader, source, upto.of(source)..last, LEAVES_MAX - leaves.len()).await?;
            leaves.append(&mut new);
            if let Some(read_to) = read_to {
                upto.0.insert(source, read_to);
            }
        }
        Ok((!leaves.is_empty()).then(|| head.seal(now, upto, leaves)))
    }

    /// When the oldest entry of the ledger was written that no seal covers; `None` where all are covered.
    ///
    /// # Errors
    /// When the database can't be read, or its last seal is damaged.
    pub async fn unsealed_since(&self) -> Result<Option<Instant>, StoreError> {
        let sealed = self.last_seal().await?.upto.of(Source::Ledger).max(0);
        let asked = query_as(UNSEALED_SINCE).bind(sealed);
        let at: Option<i64> = asked.fetch_optional(&mut self.reader().await?).await?;
        Ok(at.map(Instant::from_ms))
    }

    /// Writes a seal.
    ///
    /// # Errors
    /// When the database can't be written, or another seal has this number.
    pub async fn keep_seal(&self, seal: Seal) -> Result<(), StoreError> {
        self.errand(move |desk| Box::pin(async move { keep(desk, &seal).await })).await
    }

    /// The last checkpoint that was noted: its number, its seal, and when it was made.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn last_checkpoint(&self) -> Result<Option<(i64, i64, Instant)>, StoreError> {
        let row = query(LAST_CHECKPOINT).fetch_optional(&mut self.reader().await?).await?;
        row.as_ref().map(archive::checkpoint).transpose()
    }

    /// Notes that a checkpoint stands in its file.
    ///
    /// # Errors
    /// When the database can't be written.
    pub async fn note_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let Checkpoint { number, seal, made_at, .. } = *checkpoint;
        self.errand(move |desk| {
            Box::pin(async move {
                let asked = query(NOTE_CHECKPOINT).bind(number).bind(seal).bind(made_at.ms());
                asked.execute(desk.database.alone().await?).await?;
                Ok(())
            })
        })
        .await
    }
}

/// The last row of each source.
pub(super) async fn last_rows(connection: &mut Link) -> Result<Upto, StoreError> {
    let row = query(LAST_ROWS).fetch_one(connection).await?;
    let of = |(column, source)| Ok((source, row.try_get::<i64, usize>(column)?));
    Ok(Upto(Source::ALL.into_iter().enumerate().map(of).collect::<Result<_, StoreError>>()?))
}

/// The leaves of rows after the start of a range and up to its end, at most so many, and the last row that was read.
async fn new_leaves(
    connection: &mut Link,
    source: Source,
    range: std::ops::Range<i64>,
    limit: usize,
) -> Result<(Vec<Hash>, Option<i64>), StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    if source == Source::Ledger {
        let asked = query_as(LEDGER_LINES).bind(range.start).bind(range.end).bind(limit);
        let lines: Option<String> = asked.fetch_one(connection).await?;
        let odd = || StoreError::odd("ledger", "a row that is none");
        let mut rows = ledger_leaves(&lines.unwrap_or_default()).ok_or_else(odd)?;
        // They come in the order in which they were read, which no database promises.
        rows.sort_unstable_by_key(|(id, _)| *id);
        let last = rows.last().map(|(id, _)| *id);
        return Ok((rows.into_iter().map(|(_, leaf)| leaf).collect(), last));
    }
    let asked = query(rows_of(source)).bind(range.start).bind(range.end).bind(limit);
    let rows = asked.fetch_all(connection).await?;
    let last = rows.last().map(|row| row.try_get(0)).transpose()?;
    Ok((rows.iter().map(|row| leaf(source, row)).collect::<Result<_, _>>()?, last))
}

/// The leaves of what [`LEDGER_LINES`] gives, with the rows' numbers.
fn ledger_leaves(mut lines: &str) -> Option<Vec<(i64, Hash)>> {
    let mut leaves = vec![];
    while !lines.is_empty() {
        let mut fields = Vec::with_capacity(Source::Ledger.columns().len());
        for _ in 1..Source::Ledger.columns().len() {
            let (number, rest) = lines.split_once(' ')?;
            fields.push(if number.is_empty() { Field::Nothing } else { Field::Integer(number.parse().ok()?) });
            lines = rest;
        }
        let (length, rest) = lines.split_once(' ')?;
        let (happening, rest) = rest.split_at_checked(length.parse().ok()?)?;
        fields.push(Field::Text(happening.into()));
        let Some(Field::Integer(id)) = fields.first() else { return None };
        leaves.push((*id, canonical::leaf(Source::Ledger, &fields)));
        lines = rest;
    }
    Some(leaves)
}

async fn keep(desk: &mut Desk, seal: &Seal) -> Result<(), StoreError> {
    let Seal { head: Head { seal, sealed_at, upto, tree, chain }, leaves } = seal;
    let joined = |hashes: &[Hash]| hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>();
    query(ADD_SEAL)
        .bind(*seal)
        .bind(sealed_at.ms())
        .bind(upto.text())
        .bind(i64::try_from(tree.size()).unwrap_or(i64::MAX))
        .bind(joined(tree.peaks()))
        .bind(joined(leaves))
        .bind(chain.0.as_slice())
        .execute(desk.database.alone().await?)
        .await?;
    fault::point(Point::BeforeSealCommit);
    Ok(())
}
