//! A part of a transaction that may be taken back alone, with all that it says: in the database and outside it.

use super::{StoreError, database::query, round::Desk, statements::control};

/// Where such a part begins. They may be nested: what is taken back or let stand is the innermost.
#[must_use = "it ends by being taken back or let stand"]
pub(super) struct Savepoint {
    /// Words that are to be kept outside, before it.
    said: usize,
    /// Keys that are taken before it.
    taken: usize,
}

impl Desk {
    /// Begins a part.
    pub fn set_savepoint(&mut self) -> Savepoint {
        self.database.say(query(control::SAVEPOINT));
        Savepoint { said: self.kept.said_so_far(), taken: self.ready.taken_so_far() }
    }

    /// Takes back what was done since then.
    pub fn take_back_to(&mut self, Savepoint { said, taken }: Savepoint) {
        self.kept.forget_after(said);
        self.ready.put_back_after(taken);
        self.database.say(query(control::ROLLBACK_TO));
        self.database.say(query(control::RELEASE));
    }

    /// The same where one of its statements failed: what still waits to be said is forgotten.
    pub async fn give_up_since(&mut self, Savepoint { said, taken }: Savepoint) -> Result<(), StoreError> {
        self.kept.forget_after(said);
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
