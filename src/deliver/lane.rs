//! A lane: one SMTP connection, one transaction at a time, and the truth about each.
//!
//! ```text
//!  last look ─► MAIL ─► begun ─► RCPT ─► DATA ─► 354 ─┐
//!                                intent ──────────────┴► body ─► note ─► dot ─► answer
//! ```
//!
//! **Stop.** The permit's life and [`Flight::may_begin`] are asked in the same breath in which `MAIL` is written; a
//! `MAIL` that the wire doesn't take before the permit ends is never finished. [`Flight::begun`] is called when `MAIL`
//! was answered, when it failed, and when the future is dropped.
//!
//! **Truth.** Before the dot has left us, nothing can have arrived: `Aborted`, or what the server said. After it, only
//! an answer counts, and no answer is `Uncertain`. `Gauge` knows which side we are on; whoever comes after a death knows it by the
//! note.
//!
//! **Distrust.** A lane is `Broken` from the first byte of a transaction until its end is known to be clean, so a
//! dropped future, a timeout or an odd answer leaves it broken by doing nothing. A server that speaks out of turn
//! between two transactions breaks it too.
//!
//! **Speed.** Where the server offers PIPELINING (RFC 2920), MAIL, RCPT and DATA leave together: two round trips a
//! message instead of four. The promises stay: nothing but the envelope leaves before the intent is on disk, and a
//! rejected RCPT whose DATA is accepted nevertheless closes the lane instead of sending an empty message.

use super::{
    Parcel, classify,
    noting::noted,
    reply::{Setback, from_error, from_response},
    route::Timeouts,
    stream::{Dot, Gauge},
    transport::{Begin, Boxed, DotNotNoted, Flight, Lane, Letter, Soundness},
    within::{within, within_each},
};
use crate::{
    base::{BootTime, Clock, EmailAddress},
    fault::{self, Point},
    ledger::{
        Carried, Phase, Receipt, Reply,
        receipt::{AbortCause, NotBegun},
    },
};
use futures_util::future::join;
use lettre::transport::smtp::{Error, client::AsyncSmtpConnection, commands::Rset, response::Response};
use std::{sync::Arc, task::Poll, time::Duration};
use tokio::sync::OwnedSemaphorePermit;

/// A lane that broke before it was this old and carried anything didn't lie idle: the server doesn't want it.
const YOUTH: Duration = Duration::from_secs(10);
/// RSET and QUIT are courtesies: a server that takes longer is left alone.
const COURTESY_LIMIT: Duration = Duration::from_secs(5);

/// See the module.
pub struct SmtpLane {
    talk: AsyncSmtpConnection,
    gauge: Arc<Gauge>,
    clock: Arc<dyn Clock>,
    timeouts: Timeouts,
    pipelining: Pipelining,
    soundness: Soundness,
    wear: Wear,
    opened_at: BootTime,
    _berth: OwnedSemaphorePermit,
}

/// Whether the server takes several commands at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pipelining {
    /// It said so.
    Offered,
    /// It didn't.
    None,
}

/// On a lane that lay idle, a 421 or an end at MAIL was meant for the idleness, and the retry is free. A server that
/// ends every new lane would be asked for ever, so there it counts as an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wear {
    New,
    Used,
}

/// Where the envelope failed, and whether the dialogue is still in step.
struct Fallen {
    phase: Phase,
    setback: Setback,
    step: Step,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    /// An RSET brings the lane back.
    Kept,
    /// The server waits for a body that it must not get, or nobody knows what it waits for.
    Lost,
}

/// Tells the flight that `MAIL` is over, however that came about.
struct Begun<'a>(&'a dyn Flight);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.begun();
    }
}

/// The envelope in words.
struct Envelope<'a> {
    mail: String,
    rcpt: String,
    recipient: &'a EmailAddress,
}

impl<'a> Envelope<'a> {
    fn of(letter: &'a Letter) -> Self {
        Self {
            mail: format!("MAIL FROM:<{}>\r\n", letter.sender.reveal()),
            rcpt: format!("RCPT TO:<{}>\r\n", letter.recipient.address().reveal()),
            recipient: letter.recipient.address(),
        }
    }
}

impl SmtpLane {
    pub(super) fn new(
        talk: AsyncSmtpConnection,
        gauge: Arc<Gauge>,
        clock: Arc<dyn Clock>,
        timeouts: Timeouts,
        pipelining: Pipelining,
        berth: OwnedSemaphorePermit,
    ) -> Self {
        let (soundness, wear, opened_at) = (Soundness::Sound, Wear::New, clock.boot());
        Self { talk, gauge, clock, timeouts, pipelining, soundness, wear, opened_at, _berth: berth }
    }

    /// One transaction, from the last look to the answer.
    pub(super) async fn transact(&mut self, valid_until: BootTime, letter: &Letter, flight: &dyn Flight) -> Receipt {
        fault::point(Point::BeforeLastLook);
        fault::stall(Point::BeforeLastLook, &*self.clock).await;
        if self.soundness != Soundness::Sound {
            return Receipt::NotBegun(NotBegun::LaneBroken);
        }
        self.soundness = Soundness::Broken(None);
        if let Err(setback) = self.listen().await {
            return self.break_off(Phase::Connect, setback);
        }
        let envelope = Envelope::of(letter);
        let not_begun = if self.clock.boot() >= valid_until {
            Some(NotBegun::PermitExpired)
        } else {
            (flight.may_begin() == Begin::Revoked).then_some(NotBegun::Revoked)
        };
        if let Some(why) = not_begun {
            self.soundness = Soundness::Sound;
            return Receipt::NotBegun(why);
        }
        let mail = {
            let _begun = Begun(flight);
            fault::point(Point::AfterLastLook);
            self.mail(&envelope, valid_until).await
        };
        fault::point(Point::AfterMail);
        if let Err(setback) = mail {
            return self.turned_away(setback, &envelope).await;
        }
        self.wear = Wear::Used;
        let (ready, intent) = join(self.rcpt_and_data(&envelope), flight.intent()).await;
        if let Err(fallen) = ready {
            return self.fall(fallen).await;
        }
        if intent.is_err() {
            return Receipt::Aborted { phase: Phase::Data, why: AbortCause::NoIntent };
        }
        fault::point(Point::BeforeBody);
        self.body(letter, flight).await
    }

    /// A server at rest says nothing. Whatever it says between two transactions, or its end, breaks the lane. One look
    /// at what has arrived already, without waiting.
    async fn listen(&mut self) -> Result<(), Setback> {
        let heard_before = self.gauge.heard();
        let mut reading = std::pin::pin!(self.talk.read_response());
        let news = std::future::poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await;
        match news {
            Poll::Pending if self.gauge.heard() == heard_before => Ok(()),
            Poll::Ready(Err(error)) => Err(from_error(&error, &self.gauge, None)),
            Poll::Pending | Poll::Ready(Ok(_)) => Err(Setback::Odd),
        }
    }

    /// Ends a transaction on a lane that the server has ended, or that is out of step before it began.
    fn break_off(&mut self, phase: Phase, setback: Setback) -> Receipt {
        let is_idle = self.wear == Wear::Used || self.clock.boot() >= self.opened_at.plus(YOUTH);
        self.soundness = match &setback {
            Setback::Negative(reply) => Soundness::Broken(Some(reply.clone())),
            Setback::Odd | Setback::TimedOut | Setback::Lost => Soundness::Broken(None),
        };
        match setback {
            _ if is_idle => Receipt::NotBegun(NotBegun::LaneBroken),
            Setback::Negative(reply) => classify::negative(phase, reply),
            other => aborted(phase, &other),
        }
    }

    /// Writes MAIL, with RCPT and DATA behind it where they may be, and hears the answer to MAIL.
    async fn mail(&mut self, envelope: &Envelope<'_>, valid_until: BootTime) -> Result<(), Setback> {
        let words = match self.pipelining {
            Pipelining::Offered => [envelope.mail.as_str(), &envelope.rcpt, "DATA\r\n"].concat(),
            Pipelining::None => envelope.mail.clone(),
        };
        let written_at = self.gauge.flushed() + words.len() as u64;
        let left = u64::try_from(valid_until.0.saturating_sub(self.clock.boot().0)).unwrap_or(0);
        let limit = || {
            if self.gauge.flushed() >= written_at {
                (Mail::Gone, self.timeouts.command)
            } else {
                (Mail::Leaving, Duration::from_millis(left))
            }
        };
        let heard = within_each(&*self.clock, limit, self.talk.command(words)).await.map_err(|_| Setback::TimedOut);
        self.expect(heard?, 2, envelope.recipient).map(drop)
    }

    /// RCPT and DATA, up to the 354.
    async fn rcpt_and_data(&mut self, envelope: &Envelope<'_>) -> Result<(), Fallen> {
        let rcpt = self.next(&envelope.rcpt, 2, self.timeouts.command, envelope.recipient).await;
        if let Err(setback) = rcpt {
            let step = self.drain(&setback, &[(3, self.timeouts.data)], envelope.recipient).await;
            return Err(Fallen { phase: Phase::Rcpt, setback, step });
        }
        fault::point(Point::AfterRcpt);
        match self.next("DATA\r\n", 3, self.timeouts.data, envelope.recipient).await {
            Ok(_) => {
                fault::point(Point::AfterData);
                Ok(())
            }
            Err(setback) => Err(Fallen { phase: Phase::Data, setback, step: Step::Kept }),
        }
    }

    /// Hears the answers to the commands that had left already when one before them was rejected. All must be
    /// rejections too: after a yes to DATA the server waits for a body.
    async fn drain(&mut self, setback: &Setback, coming: &[(u16, Duration)], recipient: &EmailAddress) -> Step {
        if self.pipelining == Pipelining::None || is_farewell(setback) || !matches!(setback, Setback::Negative(_)) {
            return Step::Kept;
        }
        for (class, limit) in coming {
            if !matches!(self.next("", *class, *limit, recipient).await, Err(Setback::Negative(_))) {
                return Step::Lost;
            }
        }
        Step::Kept
    }

    /// The next answer; says the command first, unless it has left with MAIL.
    async fn next(
        &mut self,
        command: &str,
        class: u16,
        limit: Duration,
        recipient: &EmailAddress,
    ) -> Result<Reply, Setback> {
        let heard = match self.pipelining {
            Pipelining::Offered => within(&*self.clock, limit, self.talk.read_response()).await,
            Pipelining::None => within(&*self.clock, limit, self.talk.command(command)).await,
        };
        self.expect(heard.map_err(|_| Setback::TimedOut)?, class, recipient)
    }

    /// A yes of the right class, or what came instead.
    fn expect(&self, heard: Result<Response, Error>, class: u16, to: &EmailAddress) -> Result<Reply, Setback> {
        match heard {
            Ok(response) if u16::from(response.code()) / 100 == class => Ok(from_response(&response, Some(to))),
            Ok(_) => Err(Setback::Odd),
            Err(error) => Err(from_error(&error, &self.gauge, Some(to))),
        }
    }

    /// MAIL was not taken.
    async fn turned_away(&mut self, setback: Setback, envelope: &Envelope<'_>) -> Receipt {
        if setback == Setback::Lost || is_farewell(&setback) {
            return self.break_off(Phase::Mail, setback);
        }
        self.wear = Wear::Used;
        let coming = [(2, self.timeouts.command), (3, self.timeouts.data)];
        let step = self.drain(&setback, &coming, envelope.recipient).await;
        self.fall(Fallen { phase: Phase::Mail, setback, step }).await
    }

    /// Ends a transaction that got no 354, and brings the lane back where that is possible.
    async fn fall(&mut self, Fallen { phase, setback, step }: Fallen) -> Receipt {
        let Setback::Negative(reply) = setback else { return aborted(phase, &setback) };
        if reply.code == 421 {
            self.soundness = Soundness::Broken(Some(reply.clone()));
        } else if step == Step::Kept {
            self.reset().await;
        }
        classify::negative(phase, reply)
    }

    async fn reset(&mut self) {
        if let Ok(Ok(answer)) = within(&*self.clock, COURTESY_LIMIT, self.talk.command(Rset)).await
            && answer.has_code(250)
        {
            fault::point(Point::AfterRset);
            self.soundness = Soundness::Sound;
        }
    }

    /// Body, note, dot, answer. lettre stuffs the dots and writes `\r\n.\r\n` itself, so the last line end is its own.
    async fn body(&mut self, letter: &Letter, flight: &dyn Flight) -> Receipt {
        let bytes = letter.bytes.strip_suffix(b"\r\n").unwrap_or(&letter.bytes);
        let limit = || match self.gauge.dot() {
            Dot::Unwritten => (Phase::Body, self.timeouts.body),
            Dot::Handed => (Phase::Dot, self.timeouts.dot),
        };
        self.gauge.begin_body();
        let message = noted(&self.gauge, flight, self.talk.message(bytes));
        let heard = within_each(&*self.clock, limit, message).await;
        self.gauge.end_body();
        let answer = match heard {
            Ok(Err(DotNotNoted)) => return Receipt::Aborted { phase: Phase::Body, why: AbortCause::NoIntent },
            Ok(Ok(heard)) => self.expect(heard, 2, letter.recipient.address()),
            Err(_) => Err(Setback::TimedOut),
        };
        match (answer, self.gauge.dot()) {
            (Ok(reply), Dot::Handed) => {
                fault::point(Point::AfterAnswer);
                self.soundness = Soundness::Sound;
                Receipt::Accepted(reply)
            }
            (Err(Setback::Negative(reply)), Dot::Handed) => {
                self.soundness =
                    if reply.code == 421 { Soundness::Broken(Some(reply.clone())) } else { Soundness::Sound };
                classify::negative(Phase::Dot, reply)
            }
            (Err(_), Dot::Handed) => Receipt::Uncertain,
            (Err(setback), Dot::Unwritten) => aborted(Phase::Body, &setback),
            (Ok(_), Dot::Unwritten) => aborted(Phase::Body, &Setback::Odd),
        }
    }
}

impl Lane for SmtpLane {
    fn carry<'a>(&'a mut self, parcel: Parcel<'a>, flight: &'a dyn Flight) -> Boxed<'a, Carried> {
        Box::pin(async move {
            let receipt = self.transact(parcel.attempt().valid_until(), parcel.letter(), flight).await;
            parcel.carried(receipt)
        })
    }

    fn is_sound(&self) -> Soundness {
        self.soundness.clone()
    }

    fn close(mut self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(async move {
            if self.soundness == Soundness::Sound {
                fault::point(Point::BeforeQuit);
                let _ = within(&*self.clock, COURTESY_LIMIT, self.talk.quit()).await;
            }
        })
    }
}

/// The stages of MAIL.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mail {
    /// Not all of it is written: the permit's life counts.
    Leaving,
    /// Written: the server's time counts.
    Gone,
}

/// Nothing can have arrived: the dot has not left us.
const fn aborted(phase: Phase, setback: &Setback) -> Receipt {
    let why = match setback {
        Setback::TimedOut => AbortCause::Timeout,
        Setback::Lost => AbortCause::Disconnected,
        Setback::Odd | Setback::Negative(_) => AbortCause::OddReply,
    };
    Receipt::Aborted { phase, why }
}

/// 421: the server closes (RFC 5321 3.8).
fn is_farewell(setback: &Setback) -> bool {
    matches!(setback, Setback::Negative(reply) if reply.code == 421)
}
