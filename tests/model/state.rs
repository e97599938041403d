//! What there is in the model: plans, attempts, nodes, lanes, orders. Everything is a small number, so that states compare.

use comity::plan::PlanState;

/// How many ticks a permit lives; a tick is a second.
pub const LIFE: u8 = 2;
/// How many ticks a stop waits beyond it: nobody is frozen for so long between the last look and the write.
pub const MARGIN: u8 = 1;
/// After so many ticks without a beat a node counts as dead. Longer than a permit lives with its margin, and yet no promise
/// rests on that.
pub const LEASE: u8 = 4;

/// How far the model goes, and what may befall it how often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    pub shape: Shape,
    pub plans: usize,
    /// What `if_uncertain` says.
    pub if_uncertain: IfUncertain,
    pub budget: Budget,
}

/// Which nodes there are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One daemon with two lanes, under the installation's lock: the next one begins when it is dead, and rescues at its start.
    OneDaemon,
    /// Two daemons with a lane each, which know of each other by the database: one rescues when the other's lease is over.
    TwoDaemons,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IfUncertain {
    Leave,
    SendAgain,
}

/// What may still befall.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Budget {
    pub stops: u8,
    pub cancels: u8,
    pub rebookings: u8,
    pub crashes: u8,
    /// SIGSTOP, and SIGCONT at some later time.
    pub freezes: u8,
    /// A broken lane, a server that says no, a database that fails, a lane that is too slow.
    pub faults: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Plan {
    pub state: PlanState,
    pub epoch: u8,
    /// While it is leased.
    pub owner: Option<u8>,
    /// Ghost: counts everything that ends a claim or begins one, so that a claim is known to be over whatever epochs say.
    pub turn: u8,
    /// Ghost: bodies with their dot that the server took, or may have taken.
    pub arrived: u8,
}

/// As `attempts.state`, less what only rehearsals have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum AttemptState {
    Permitted,
    Intent,
    Accepted,
    Deferred,
    Rejected,
    Aborted,
    NotBegun,
    Revoked,
    Uncertain,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Attempt {
    pub plan: u8,
    pub epoch: u8,
    pub node: u8,
    pub state: AttemptState,
    /// Whether `receipt` is filled.
    pub closed: Closed,
    /// Whether `intent_at` is.
    pub intent: Intent,
    /// Ticks until its permit and the margin have passed; 0 when nobody asks any more.
    pub left: u8,
    /// Ghost.
    pub dot: Dot,
    /// Ghost: of the plan, when it was claimed for this.
    pub turn: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Closed {
    No,
    Yes,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Intent {
    None,
    Durable,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dot {
    Unwritten,
    Written,
}

/// One incarnation of a daemon.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    pub life: Life,
    /// Ticks since its last beat, as far as anybody asks.
    pub silent: u8,
    /// Which of the two daemons it is.
    pub seat: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Life {
    Alive,
    Frozen,
    Dead,
}

/// Where a worker and its lane are, from the claim to the receipt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lane {
    Idle,
    Drafting(Claim),
    /// Only where facts are read before the lock.
    Judged(Claim, Verdict),
    /// The permission is committed, and on its way to the lane.
    Cleared(u8, Mark),
    /// The flight is open.
    Aloft(u8, Mark),
    /// The last look is taken, `MAIL` is about to be written.
    Beginning(u8),
    /// It is written.
    Mailing(u8),
    /// It was answered. RCPT and DATA are on their way, and the intent.
    Begun(u8, Wanted),
    /// The body has begun.
    Body(u8),
    /// The dot is written.
    Dotted(u8),
    /// The flight is closed.
    Ended(u8, Receipt),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Claim {
    pub plan: u8,
    pub epoch: u8,
    /// Ghost.
    pub turn: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    Send,
    Refuse,
}

/// Whether a stop has taken it back in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mark {
    Free,
    Revoked,
}

/// The intent, as its lane knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wanted {
    Unasked,
    Durable,
    Failed,
}

/// What became of an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Receipt {
    Accepted,
    Deferred,
    Rejected,
    Aborted,
    NotBegun,
    Uncertain,
}

/// Something that somebody was answered, or will be: from then on no `MAIL FROM` for what it is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Order {
    pub cause: Cause,
    /// Which node carries it out.
    pub node: u8,
    /// Attempts that it found open, one bit each.
    pub found: u16,
    pub stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Cause {
    /// Of the customer, for good.
    Stop,
    /// Of the record of the first plan, until it is booked again.
    Cancel,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stage {
    /// The fact is on disk, and permits are revoked there.
    Written,
    /// They are revoked in memory, and so many ticks have passed since.
    Waiting(u8),
    Acknowledged,
}

/// Everything.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct State {
    pub plans: Vec<Plan>,
    pub attempts: Vec<Attempt>,
    pub nodes: Vec<Node>,
    pub lanes: [Lane; 2],
    pub orders: Vec<Order>,
    pub stopped: bool,
    pub cancelled: bool,
    pub budget: Budget,
}

impl State {
    pub fn at_first(bounds: &Bounds) -> Self {
        let plan = Plan { state: PlanState::Planned, epoch: 0, owner: None, turn: 0, arrived: 0 };
        let seats = match bounds.shape {
            Shape::OneDaemon => 1,
            Shape::TwoDaemons => 2,
        };
        Self {
            plans: vec![plan; bounds.plans],
            attempts: Vec::new(),
            nodes: (0..seats).map(|seat| Node { life: Life::Alive, silent: 0, seat }).collect(),
            lanes: [Lane::Idle; 2],
            orders: Vec::new(),
            stopped: false,
            cancelled: false,
            budget: bounds.budget,
        }
    }

    pub fn plan(&mut self, plan: u8) -> &mut Plan {
        &mut self.plans[usize::from(plan)]
    }

    pub fn attempt(&mut self, attempt: u8) -> &mut Attempt {
        &mut self.attempts[usize::from(attempt)]
    }

    pub fn node(&self, node: u8) -> Node {
        self.nodes[usize::from(node)]
    }

    /// Every plan has its receipt or its reason.
    pub fn is_over(&self) -> bool {
        self.plans.iter().all(|plan| plan.state.is_ended())
    }
}

impl Plan {
    /// Into another state, where nobody's claim goes on.
    pub fn turns(&mut self, to: PlanState) {
        self.turn += 1;
        self.owner = None;
        self.state = to;
    }
}

impl Lane {
    /// The attempt at hand.
    pub const fn attempt(self) -> Option<u8> {
        match self {
            Self::Idle | Self::Drafting(_) | Self::Judged(..) => None,
            Self::Cleared(attempt, _)
            | Self::Aloft(attempt, _)
            | Self::Beginning(attempt)
            | Self::Mailing(attempt)
            | Self::Begun(attempt, _)
            | Self::Body(attempt)
            | Self::Dotted(attempt)
            | Self::Ended(attempt, _) => Some(attempt),
        }
    }

    /// Whether a flight is open, as `Flights::knows` says it.
    pub const fn flies(self) -> bool {
        !matches!(self, Self::Idle | Self::Drafting(_) | Self::Judged(..) | Self::Cleared(..) | Self::Ended(..))
    }
}
