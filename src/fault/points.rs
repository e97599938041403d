//! The names of all points, in one place: where something could be lost or done twice if the process died there.
//!
//! `tests/crash.rs` kills the daemon at every one of them, on both databases; it fails where one is never reached.

macro_rules! points {
    ($($(#[$says:meta])* $point:ident = $name:literal,)+) => {
        /// A place in the code.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Point {
            $($(#[$says])* $point,)+
        }

        impl Point {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$point),+];

            /// As the environment names it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => $name,)+
                }
            }
        }
    };
}

points! {
    // A start.
    /// The database is reached, its tables may be those of an older version.
    BeforeMigrations = "before-migrations",
    /// The tables are this version's.
    AfterMigrations = "after-migrations",
    /// Words that an older database doesn't know are applied, and not committed.
    AfterWordsReplayed = "after-words-replayed",
    /// What the dead left is closed, and not committed.
    AfterRescue = "after-rescue",
    /// This incarnation has its row.
    AfterNodeBegun = "after-node-begun",
    /// All is as it was told; the flight recorder says still what the dead one did.
    BeforeFlightsBegun = "before-flights-begun",

    // New files.
    /// They are in force in the database, and not yet in memory.
    AfterSwitch = "after-switch",
    /// A page of records is planned anew.
    AfterReplannedPage = "after-replanned-page",
    /// All are, and the database doesn't say so yet.
    BeforeRulesAdopted = "before-rules-adopted",

    // One message, from its claim to its receipt.
    /// Plans are leased, and not committed.
    AfterLease = "after-lease",
    /// A plan is in a worker's hands.
    AfterClaim = "after-claim",
    /// It has gone into another message together with others, and that isn't committed.
    BeforeGatherCommit = "before-gather-commit",
    /// It is committed.
    AfterGather = "after-gather",
    /// It is rendered.
    AfterDraft = "after-draft",
    /// The mail server has taken the connection.
    AfterConnect = "after-connect",
    /// It has answered EHLO.
    AfterGreeting = "after-greeting",
    /// The gate has decided about the lot; nothing is written.
    AfterDecision = "after-decision",
    /// Attempts and slots are written, and not committed.
    BeforePermitCommit = "before-permit-commit",
    /// They are committed, nobody has heard of it.
    AfterPermitCommit = "after-permit-commit",
    /// The worker holds the permission.
    AfterPermit = "after-permit",
    /// Where a lane can be kept waiting before its last look.
    BeforeLastLook = "before-last-look",
    /// The last look was taken; MAIL is written next.
    AfterLastLook = "after-last-look",
    /// MAIL is in the kernel's hands.
    AfterMailWritten = "after-mail-written",
    /// It was answered.
    AfterMail = "after-mail",
    /// RCPT is in the kernel's hands.
    AfterRcptWritten = "after-rcpt-written",
    /// It was answered.
    AfterRcpt = "after-rcpt",
    /// DATA is in the kernel's hands.
    AfterDataWritten = "after-data-written",
    /// The server waits for the body.
    AfterData = "after-data",
    /// Intents are written, and not committed.
    BeforeIntentCommit = "before-intent-commit",
    /// A transaction is committed; how far the database has come is not noted outside it.
    BeforeFenceNote = "before-fence-note",
    /// It is noted.
    AfterFenceNote = "after-fence-note",
    /// Intents are committed, nobody has heard of it.
    AfterIntentCommit = "after-intent-commit",
    /// The body is written next.
    BeforeBody = "before-body",
    /// A part of it is.
    InBody = "in-body",
    /// All of it is, without its dot; the dot is noted next.
    BeforeDotNoted = "before-dot-noted",
    /// It is noted outside the database, and written next.
    AfterDotNoted = "after-dot-noted",
    /// All of it is, with its dot.
    AfterDot = "after-dot",
    /// The server has taken the message; nothing says so on our side.
    AfterAnswer = "after-answer",
    /// Receipts are written, and not committed.
    BeforeReceiptCommit = "before-receipt-commit",
    /// They are committed.
    AfterReceiptCommit = "after-receipt-commit",
    /// RSET is in the kernel's hands, after a no.
    AfterRsetWritten = "after-rset-written",
    /// It was answered.
    AfterRset = "after-rset",

    // A stop.
    /// It is to be kept outside the database.
    BeforeKeptLine = "before-kept-line",
    /// It is, and the database isn't committed.
    AfterKeptLine = "after-kept-line",
    /// It is written, and not committed.
    BeforeStopCommit = "before-stop-commit",
    /// It is committed, and no flight is taken back.
    AfterStopCommit = "after-stop-commit",
    /// It holds, and nobody was told.
    BeforeStopAnswer = "before-stop-answer",
    /// The database is away; the journal comes next.
    BeforeJournalWrite = "before-journal-write",
    /// The stop is in the journal, and nobody was told.
    AfterJournalWrite = "after-journal-write",
    /// What the journal holds is applied, and not committed.
    AfterJournalReplay = "after-journal-replay",
    /// It is committed, and stands in the journal still.
    BeforeJournalCleared = "before-journal-cleared",
    /// The first entry is blanked.
    InJournalClearing = "in-journal-clearing",
    /// The journal is empty.
    AfterJournalCleared = "after-journal-cleared",
    /// A pause is lifted, and what it held is not due yet.
    AfterResume = "after-resume",

    // What comes in.
    /// New keys are on disk, and seal nothing.
    AfterKeysMade = "after-keys-made",
    /// A chunk of an import is written, and not committed.
    BeforeImportCommit = "before-import-commit",
    /// It is committed, and nothing is taken back in memory.
    AfterImportCommit = "after-import-commit",
    /// All of it is done, and the ledger has no line of it.
    BeforeImportNoted = "before-import-noted",
    /// A request of the API is done, and not committed.
    BeforeEntryCommit = "before-entry-commit",
    /// It is committed, and not answered.
    AfterEntryCommit = "after-entry-commit",
    /// A person's word about messages is written, and not committed.
    BeforeApprovalCommit = "before-approval-commit",
    /// It is committed, and what waited for it is not due yet.
    AfterApprovalCommit = "after-approval-commit",

    // What goes.
    /// Somebody's rows are deleted, and not committed.
    BeforeErasureCommit = "before-erasure-commit",
    /// They are gone; the log may hold them.
    AfterErasureCommit = "after-erasure-commit",
    /// The log is emptied, and the database doesn't say so yet.
    AfterLogCleared = "after-log-cleared",
    /// Fields whose time is over are taken out, and not committed.
    BeforeForgettingCommit = "before-forgetting-commit",
    /// They are gone, and the day isn't done.
    AfterForgetting = "after-forgetting",

    // What goes on beside it.
    /// A sign of life is written, and not committed.
    BeforeBeatCommit = "before-beat-commit",
    /// A seal is written, and not committed.
    BeforeSealCommit = "before-seal-commit",
    /// A checkpoint is signed in its file, and the database doesn't know it.
    AfterCheckpointWritten = "after-checkpoint-written",

    // A soft end.
    /// It is asked for.
    AfterEndAsked = "after-end-asked",
    /// Plans are given back, and not committed.
    BeforeSettleCommit = "before-settle-commit",
    /// They are.
    AfterSettleCommit = "after-settle-commit",
    /// A lane says goodbye next.
    BeforeQuit = "before-quit",
    /// Nobody answers any more.
    AfterDoorsClosed = "after-doors-closed",
    /// The keys that nobody took are back; the database closes next.
    BeforeDatabaseClosed = "before-database-closed",

    // A move to a server.
    /// One table is carried and compared.
    AfterTableMoved = "after-table-moved",
    /// The files say that they were moved; the server doesn't say yet that all is there.
    HalfMoved = "half-moved",
}

impl Point {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|point| point.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Point;
    use std::{collections::BTreeSet, fs, path::Path};

    fn sources(folder: &Path) -> String {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let source = |path: std::path::PathBuf| match path {
            path if path.is_dir() => sources(&path),
            path if path.ends_with("fault/points.rs") => String::new(),
            path => fs::read_to_string(path).unwrap(),
        };
        entries.map(source).collect()
    }

    #[test]
    fn each_has_a_name_of_its_own_and_a_place_in_the_code() {
        let names: BTreeSet<&str> = Point::ALL.iter().map(|point| point.name()).collect();
        assert_eq!(names.len(), Point::ALL.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')), "{names:?}");
        assert!(Point::ALL.iter().all(|point| Point::named(point.name()) == Some(*point)));
        let code = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        for point in Point::ALL {
            let passed = format!("Point::{point:?}");
            let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
            assert!(code.split(&passed).skip(1).any(is_whole), "nothing in the code passes {passed}");
        }
    }
}
