//! Mistakes that can be planted in the model, each with the promise that the exploration must then see broken.

use super::{
    properties::Promise,
    state::{
        IfUncertain::{self, Leave, SendAgain},
        Shape::{self, OneDaemon, TwoDaemons},
    },
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mistake {
    /// The fact is written, and what was permitted stays permitted.
    StopRevokesNothing,
    /// It revokes, and waits for nobody.
    StopWaitsForNobody,
    /// A permission on its way from the commit to its lane is not marked.
    NoMarks,
    /// A permission that is revoked on disk counts as closed, whatever its lane is doing.
    RevokedCountsAsClosed,
    /// The lanes of another node are not waited for: what one daemon may do, and several may not.
    OtherNodesAreTrusted,
    /// The stop waits for a permit's life, without the margin.
    NoMargin,
    /// `MAIL` is written whenever the lane gets to it.
    PermitLifeUnchecked,
    /// The world's, not ours: a process is frozen for any time between its last look and the write.
    FrozenAtTheLook,
    /// The gate is asked about facts that were read before the lock.
    FactsBeforeTheLock,
    /// The conditions on the epoch are dropped.
    EpochDropped,
    /// A plan that lives again counts its epochs from zero.
    RevivedUnderAnOldEpoch,
    /// A plan lives again whose message may have arrived.
    RevivesWhatMayHaveArrived,
    /// Claims take what isn't planned.
    ClaimWithoutCondition,
    /// The body first.
    IntentAfterTheBody,
    /// An intent is written whatever became of the permission.
    IntentUnconditional,
    /// A node is rescued that is alive.
    RescueOfTheLiving,
    /// An intent of a dead owner is tried again, as if nothing had left.
    IntentRescuedAsRetry,
    /// Whoever rescues doesn't know that the message was repeated already.
    RescueForgetsARepetition,
    /// A lane that lost its server before the dot says that nobody knows.
    UncertainBeforeTheDot,
    /// Whoever rescues leaves leased plans as they are.
    RescueKeepsLeases,
    /// Permissions whose answer was lost are left where they are.
    LostPermissionsStay,
}

/// Where a mistake shows: by which promise, and what must befall.
#[rustfmt::skip]
pub const PLANTED: [(Mistake, Promise, Shape, IfUncertain, [u8; 6]); 24] = [
    (Mistake::StopRevokesNothing, Promise::Stop, OneDaemon, Leave, [1, 0, 0, 0, 0, 0]),
    (Mistake::StopWaitsForNobody, Promise::Stop, OneDaemon, Leave, [1, 0, 0, 0, 0, 0]),
    (Mistake::NoMarks, Promise::Stop, OneDaemon, Leave, [1, 0, 0, 0, 0, 0]),
    (Mistake::RevokedCountsAsClosed, Promise::Stop, TwoDaemons, Leave, [1, 0, 0, 0, 0, 0]),
    (Mistake::OtherNodesAreTrusted, Promise::Stop, TwoDaemons, Leave, [1, 0, 0, 0, 0, 0]),
    (Mistake::NoMargin, Promise::Stop, TwoDaemons, Leave, [1, 0, 0, 0, 0, 0]),
    (Mistake::PermitLifeUnchecked, Promise::Stop, TwoDaemons, Leave, [1, 0, 0, 0, 1, 0]),
    (Mistake::FrozenAtTheLook, Promise::Stop, TwoDaemons, Leave, [1, 0, 0, 0, 0, 0]),
    (Mistake::FactsBeforeTheLock, Promise::Stop, OneDaemon, Leave, [1, 0, 0, 0, 0, 0]),
    (Mistake::EpochDropped, Promise::OverIsOver, OneDaemon, Leave, [0, 1, 1, 0, 0, 0]),
    (Mistake::RevivedUnderAnOldEpoch, Promise::OverIsOver, OneDaemon, Leave, [0, 1, 1, 0, 0, 0]),
    (Mistake::RevivesWhatMayHaveArrived, Promise::Once, OneDaemon, Leave, [0, 1, 1, 0, 0, 0]),
    (Mistake::ClaimWithoutCondition, Promise::OneAtATime, OneDaemon, Leave, [0, 0, 0, 0, 0, 0]),
    (Mistake::ClaimWithoutCondition, Promise::Once, OneDaemon, Leave, [0, 0, 0, 0, 0, 0]),
    (Mistake::IntentAfterTheBody, Promise::IntentFirst, OneDaemon, Leave, [0, 0, 0, 1, 0, 0]),
    (Mistake::IntentAfterTheBody, Promise::Once, OneDaemon, Leave, [0, 0, 0, 1, 0, 0]),
    (Mistake::IntentUnconditional, Promise::Once, OneDaemon, Leave, [0, 1, 1, 0, 0, 0]),
    (Mistake::RescueOfTheLiving, Promise::TheLivingAreLeft, TwoDaemons, Leave, [0, 0, 0, 0, 0, 0]),
    (Mistake::RescueOfTheLiving, Promise::UncertainIsTrue, TwoDaemons, Leave, [0, 0, 0, 0, 0, 0]),
    (Mistake::IntentRescuedAsRetry, Promise::Once, OneDaemon, Leave, [0, 0, 0, 1, 0, 0]),
    (Mistake::RescueForgetsARepetition, Promise::Once, OneDaemon, SendAgain, [0, 0, 0, 2, 0, 0]),
    (Mistake::UncertainBeforeTheDot, Promise::UncertainIsTrue, OneDaemon, Leave, [0, 0, 0, 0, 0, 1]),
    (Mistake::RescueKeepsLeases, Promise::Ends, OneDaemon, Leave, [0, 0, 0, 1, 0, 0]),
    (Mistake::LostPermissionsStay, Promise::Ends, OneDaemon, Leave, [0, 0, 0, 0, 0, 1]),
];
