//! A part of a transaction that may be taken back alone, with all that it says: in the database and outside it.

use super::{StoreError, database::query, fence::Pending, round::Desk, statements::control};
use crate::fault::{self, Point};

/// Where such a part begins. They may be nested: what is taken back or let stand is the innermost.
#[must_use = "it ends by being taken back or let stand"]
pub(super) struct Savepoint {
    /// Words that are to be kept outside, before it.
    said: usize,
    /// Keys that are taken before it.
    taken: usize,
    /// What is to be noted outside, before it.
    noted: Pending,
}

impl Desk {
    /// Commits the whole: what was said is on disk outside before, and how far that came is noted after.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        self.keep().await?;
        self.database.commit().await?;
        if self.fence.says_anything() {
            fault::point(Point::BeforeFenceNote);
        }
        self.fence.committed(self.clock.now());
        Ok(())
    }

    /// Takes the whole back.
    pub async fn give_up(&mut self) {
        self.kept.forget();
        self.fence.forget();
        self.database.take_back().await;
    }

    /// Begins a part.
    pub fn set_savepoint(&mut self) -> Savepoint {
        self.database.say(query(control::SAVEPOINT));
        Savepoint { said: self.kept.said_so_far(), taken: self.ready.taken_so_far(), noted: self.fence.said_so_far() }
    }

    /// Takes back what was done since then.
    pub fn take_back_to(&mut self, Savepoint { said, taken, noted }: Savepoint) {
        self.kept.forget_after(said);
        self.fence.forget_after(noted);
        self.ready.put_back_after(taken);
        self.database.say(query(control::ROLLBACK_TO));
        self.database.say(query(control::RELEASE));
    }

    /// The same where one of its statements failed: what still waits to be said is forgotten.
    pub async fn give_up_since(&mut self, Savepoint { said, taken, noted }: Savepoint) -> Result<(), StoreError> {
        self.kept.forget_after(said);
        self.fence.forget_after(noted);
        self.ready.put_back_after(taken);
        self.database.take_back_to(control::ROLLBACK_TO).await?;
        self.database.say(query(control::RELEASE));
        Ok(())
    }

    /// Lets it stand.
    pub fn let_stand(&mut self, _: Savepoint) {
        self.database.say(query(control::RELEASE));
    }
}
