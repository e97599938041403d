//! The mail server, in memory, and the lanes that lead to it: what a lane must do stands in `deliver::lane`, and is done
//! here with a server that misbehaves as the weather has it.
//!
//! What befalls a transaction hangs on the seed, the message and how often it was tried, and on nothing else: where a
//! script loses an act, the rest goes as before.

use super::{
    clock::SimClock,
    history::{End, History, Mail, What},
    script::{MINUTE, SECOND, Weather},
};
use comity::{
    base::BootTime,
    deliver::{
        ConnectFailure, Flight, Lane, Parcel, Transport,
        transport::{Begin, Boxed, Soundness},
    },
    ledger::{
        Carried, Phase, Receipt, Reply,
        receipt::{AbortCause, NotBegun},
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The server, and what it keeps.
pub struct Server {
    seed: u64,
    clock: Arc<SimClock>,
    history: Arc<History>,
    /// A lane that does not look before it writes.
    pub rash: Rash,
    kept: Mutex<Kept>,
}

/// A lane with a mistake in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rash {
    No,
    /// It takes no last look: neither at the permit's end nor at a stop.
    NoLook,
    /// It does not look at the permit's end.
    NoEnd,
    /// It writes no intent.
    NoIntent,
    /// It says that nothing arrived where nobody knows.
    Sure,
    /// Where its server doesn't answer, it waits.
    Mute,
    /// It says to a stop that `MAIL` is past while it is being written.
    Early,
}

struct Kept {
    weather: Weather,
    mails: usize,
    ids: Vec<String>,
    tried: BTreeMap<String, u64>,
}

/// What befalls a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Well,
    DeferredAt(Phase),
    RejectedAt(Phase),
    DroppedAt(Phase),
    Lost,
    Stalls,
    Lies,
}

impl Server {
    pub fn new(seed: u64, clock: Arc<SimClock>, history: Arc<History>, rash: Rash) -> Arc<Self> {
        let kept = Kept { weather: Weather::Fair, mails: 0, ids: vec![], tried: BTreeMap::new() };
        Arc::new(Self { seed, clock, history, rash, kept: Mutex::new(kept) })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn turn(&self, weather: Weather) {
        self.kept().weather = weather;
    }

    /// The so-manieth of this message's transactions.
    fn receive(&self, to: &str, subject: &str, id: &str) -> (Mail, u64) {
        let mut kept = self.kept();
        kept.mails += 1;
        let number = kept.mails;
        let place = kept.ids.iter().position(|known| known == id).unwrap_or_else(|| {
            kept.ids.push(id.to_owned());
            kept.ids.len() - 1
        });
        let tried = kept.tried.entry(subject.to_owned()).or_default();
        *tried += 1;
        let chance = mix(self.seed, &format!("{to} {subject} {tried}"));
        (Mail { number, to: to.to_owned(), subject: subject.to_owned(), id: place }, chance)
    }

    fn fate(&self, chance: u64) -> Fate {
        let phases = [Phase::Mail, Phase::Rcpt, Phase::Data, Phase::Dot];
        let phase = phases[usize::try_from(chance / 64 % 4).unwrap()];
        let fates = [
            Fate::DeferredAt(phase),
            Fate::RejectedAt(phase),
            Fate::DroppedAt(if phase == Phase::Dot { Phase::Body } else { phase }),
            Fate::Lost,
            Fate::Stalls,
            Fate::Lies,
        ];
        let weather = self.kept().weather;
        let fate = match weather {
            Weather::Fair | Weather::Away | Weather::Refusing => return Fate::Well,
            Weather::Deferring => fates[0],
            Weather::Rejecting => fates[1],
            Weather::Dropping => fates[2],
            Weather::Losing => fates[3],
            Weather::Stalling => fates[4],
            Weather::Lying => fates[5],
            Weather::Wild => fates[usize::try_from(chance / 256 % 6).unwrap()],
        };
        if chance % 64 < 40 { fate } else { Fate::Well }
    }
}

/// A number from a seed and a text.
pub fn mix(seed: u64, text: &str) -> u64 {
    let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let sum = text.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, step);
    let sum = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (sum ^ (sum >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 8
}

/// The way there. Each incarnation of the daemon has one.
pub struct Way {
    pub server: Arc<Server>,
    pub node: usize,
}

impl Transport for Way {
    fn connect(&self) -> Boxed<'_, Result<Box<dyn Lane>, ConnectFailure>> {
        let (server, node) = (Arc::clone(&self.server), self.node);
        Box::pin(async move {
            let now = server.clock.since_boot();
            server.clock.until(now + 30).await;
            let weather = server.kept().weather;
            match weather {
                Weather::Away => Err(ConnectFailure::Unreachable("nobody answers".to_owned())),
                Weather::Refusing => Err(ConnectFailure::Refused("535 no".to_owned())),
                _ => Ok(Box::new(SimLane { server, node, soundness: Soundness::Sound }) as Box<dyn Lane>),
            }
        })
    }
}

struct SimLane {
    server: Arc<Server>,
    node: usize,
    soundness: Soundness,
}

fn reply(code: u16) -> Reply {
    Reply { code, enhanced: None, text: String::new() }
}

/// What the header of this name says.
fn header(bytes: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(bytes);
    let head = text.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    let found = head.split("\r\n").find_map(|line| line.strip_prefix(name).map(str::trim).map(str::to_owned));
    found.unwrap_or_default()
}

impl SimLane {
    async fn pause(&self, ms: i64) {
        let now = self.server.clock.since_boot();
        self.server.clock.until(now + ms).await;
    }

    async fn transact(&mut self, parcel: &Parcel<'_>, flight: &dyn Flight) -> Receipt {
        let server = Arc::clone(&self.server);
        let letter = parcel.letter();
        let (to, id) = (letter.recipient.address().reveal().clone(), header(&letter.bytes, "Message-ID:"));
        let slow = mix(server.seed, &format!("{to} {} {}", letter.subject, server.clock.since_boot()));
        // A lane may wait for its processor between the permit and the last look.
        let span = [0, 0, 5, 300, 1_990, 2_600][usize::try_from(slow % 6).unwrap()];
        self.pause(span).await;
        if server.rash != Rash::NoLook {
            if server.rash != Rash::NoEnd && BootTime(server.clock.since_boot()) >= parcel.attempt().valid_until() {
                return Receipt::NotBegun(NotBegun::PermitExpired);
            }
            if flight.may_begin() == Begin::Revoked {
                return Receipt::NotBegun(NotBegun::Revoked);
            }
        }
        if server.rash == Rash::Early {
            flight.begun();
            self.pause(SECOND).await;
        }
        self.soundness = Soundness::Broken(None);
        let (mail, chance) = server.receive(&to, &letter.subject, &id);
        server.history.note(self.node, What::Mail(mail.clone()));
        let fate = server.fate(chance);
        let (end, receipt) = self.go_on(fate, chance, flight).await;
        server.history.note(self.node, What::Ended(mail, end));
        receipt
    }

    /// From `MAIL` to the end.
    async fn go_on(&mut self, fate: Fate, chance: u64, flight: &dyn Flight) -> (End, Receipt) {
        let span = [1, 8, 60, 700][usize::try_from(chance / 2048 % 4).unwrap()];
        self.pause(span).await;
        for phase in [Phase::Mail, Phase::Rcpt, Phase::Data] {
            if let Some(ended) = self.falls(fate, phase) {
                return ended;
            }
            if phase == Phase::Mail {
                flight.begun();
                if self.server.rash != Rash::NoIntent && flight.intent().await.is_err() {
                    return (End::Nothing, Receipt::Aborted { phase: Phase::Data, why: AbortCause::NoIntent });
                }
            }
            self.pause(span).await;
        }
        if flight.note_dot().is_err() {
            return (End::Nothing, Receipt::Aborted { phase: Phase::Body, why: AbortCause::NoIntent });
        }
        let unheard = if self.server.rash == Rash::Sure {
            Receipt::Aborted { phase: Phase::Dot, why: AbortCause::Disconnected }
        } else {
            Receipt::Uncertain
        };
        match fate {
            Fate::DroppedAt(_) => fallen(End::Nothing, Phase::Body),
            Fate::DeferredAt(_) | Fate::RejectedAt(_) => self.falls(fate, Phase::Dot).unwrap(),
            Fate::Lost => (End::TakenUnheard, unheard),
            Fate::Stalls => {
                // The limit of the answer to the dot.
                self.pause(10 * MINUTE).await;
                if self.server.rash == Rash::Mute {
                    std::future::pending::<()>().await;
                }
                if chance.is_multiple_of(2) { (End::TakenUnheard, unheard) } else { (End::Nothing, unheard) }
            }
            Fate::Lies => (End::TakenDenied, Receipt::Deferred { phase: Phase::Dot, reply: reply(451) }),
            Fate::Well => {
                self.soundness = Soundness::Sound;
                (End::Taken, Receipt::Accepted(reply(250)))
            }
        }
    }

    /// Whether it ends here.
    fn falls(&mut self, fate: Fate, here: Phase) -> Option<(End, Receipt)> {
        match fate {
            Fate::DeferredAt(phase) if phase == here => {
                self.soundness = Soundness::Sound;
                Some((End::Deferred, Receipt::Deferred { phase, reply: reply(451) }))
            }
            Fate::RejectedAt(phase) if phase == here => {
                self.soundness = Soundness::Sound;
                Some((End::Rejected, Receipt::Rejected { phase, reply: reply(550) }))
            }
            Fate::DroppedAt(phase) if phase == here => Some(fallen(End::Nothing, phase)),
            _ => None,
        }
    }
}

/// The connection is gone.
const fn fallen(end: End, phase: Phase) -> (End, Receipt) {
    (end, Receipt::Aborted { phase, why: AbortCause::Disconnected })
}

impl Lane for SimLane {
    fn carry<'a>(&'a mut self, parcel: Parcel<'a>, flight: &'a dyn Flight) -> Boxed<'a, Carried> {
        Box::pin(async move {
            let receipt = self.transact(&parcel, flight).await;
            parcel.carried(receipt)
        })
    }

    fn is_sound(&self) -> Soundness {
        self.soundness.clone()
    }

    fn close(self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(async move { self.pause(SECOND / 20).await })
    }
}
