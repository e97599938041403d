//! What has to be done so that a daemon passes a point.

use comity::fault::Point;

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// It starts.
    Start,
    /// It starts, and sends what is due: some messages, before one of which it dies.
    Send,
    /// It runs for a while.
    Run,
    /// Somebody clicks "stop".
    Stop,
    /// Somebody does while the database is away.
    StopWithoutDatabase,
    /// It starts with a journal that holds stops.
    StartWithJournal,
    /// It starts where a stop is on disk outside the database alone.
    StartWithWords,
    /// Sending is paused, and goes on.
    Resume,
    /// Customers are imported.
    ImportCustomers,
    /// Visits are.
    ImportVisits,
    /// A program brings a visit.
    Enter,
    /// Somebody approves a workflow.
    Approve,
    /// Somebody is erased.
    Erase,
    /// Files change, and are taken over.
    Reload,
    /// It is asked to end while it sends.
    End,
    /// Messages that may be merged fall due together.
    Gather,
    /// Days go by.
    Days,
    /// The installation moves to a server.
    Move,
}

/// What this point takes.
pub const fn deed(point: Point) -> Deed {
    use Point as P;
    match point {
        P::BeforeMigrations | P::AfterMigrations | P::AfterRescue | P::AfterNodeBegun | P::BeforeFlightsBegun => {
            Deed::Start
        }
        P::AfterLease
        | P::AfterClaim
        | P::AfterDraft
        | P::AfterConnect
        | P::AfterGreeting
        | P::AfterDecision
        | P::BeforePermitCommit
        | P::AfterPermitCommit
        | P::AfterPermit
        | P::BeforeLastLook
        | P::AfterLastLook
        | P::AfterMailWritten
        | P::AfterMail
        | P::AfterRcptWritten
        | P::AfterRcpt
        | P::AfterDataWritten
        | P::AfterData
        | P::BeforeIntentCommit
        | P::BeforeFenceNote
        | P::AfterFenceNote
        | P::AfterIntentCommit
        | P::BeforeBody
        | P::InBody
        | P::BeforeDotNoted
        | P::AfterDotNoted
        | P::AfterDot
        | P::AfterAnswer
        | P::BeforeReceiptCommit
        | P::AfterReceiptCommit => Deed::Send,
        P::AfterRsetWritten | P::AfterRset | P::BeforeBeatCommit | P::BeforeSealCommit => Deed::Run,
        P::BeforeKeptLine | P::AfterKeptLine | P::BeforeStopCommit | P::AfterStopCommit | P::BeforeStopAnswer => {
            Deed::Stop
        }
        P::BeforeJournalWrite | P::AfterJournalWrite => Deed::StopWithoutDatabase,
        P::AfterJournalReplay | P::BeforeJournalCleared | P::InJournalClearing | P::AfterJournalCleared => {
            Deed::StartWithJournal
        }
        P::AfterWordsReplayed => Deed::StartWithWords,
        P::AfterResume => Deed::Resume,
        P::AfterKeysMade => Deed::ImportCustomers,
        P::BeforeImportCommit | P::AfterImportCommit | P::BeforeImportNoted => Deed::ImportVisits,
        P::BeforeEntryCommit | P::AfterEntryCommit => Deed::Enter,
        P::BeforeApprovalCommit | P::AfterApprovalCommit => Deed::Approve,
        P::BeforeErasureCommit | P::AfterErasureCommit | P::AfterLogCleared => Deed::Erase,
        P::AfterSwitch | P::AfterReplannedPage | P::BeforeRulesAdopted => Deed::Reload,
        P::AfterEndAsked
        | P::BeforeSettleCommit
        | P::AfterSettleCommit
        | P::BeforeQuit
        | P::AfterDoorsClosed
        | P::AfterCheckpointWritten
        | P::BeforeDatabaseClosed => Deed::End,
        P::BeforeGatherCommit | P::AfterGather => Deed::Gather,
        P::BeforeForgettingCommit | P::AfterForgetting => Deed::Days,
        P::AfterTableMoved | P::HalfMoved => Deed::Move,
    }
}

/// How often a start surely passes it, at least.
pub const fn passes(point: Point) -> u64 {
    match deed(point) {
        Deed::Send => match point {
            // Once for each lane.
            Point::AfterConnect | Point::AfterGreeting => 3,
            // Once for a lot of messages.
            Point::AfterLease => 1,
            _ => 6,
        },
        _ => 1,
    }
}
