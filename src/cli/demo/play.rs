//! The play: what happens on which day, and who lets the days pass.

use super::{
    super::leave::Leave,
    host::Press,
    narrator::{Curtain, Narrator, Opening},
    stage::Stage,
    story::Story,
};
use crate::{
    base::{Clock, Instant, Zone, civil},
    ledger::entry::StopVia,
};
use anyhow::{Context, bail};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use std::{io::BufRead, net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

/// The sample's first visit is on the morning after this day.
const FIRST_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2027, 3, 8);
/// The sample's last visit is over by the evening of this day.
const LAST_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2027, 4, 7);
/// At noon of this day the salon's second file arrives: visits moved, visits cancelled.
const CHANGES_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2027, 3, 20);
/// Where time stops at night: the shop's lists are made then.
const NIGHT: Option<NaiveTime> = NaiveTime::from_hms_opt(4, 30, 0);
/// The salon opens its books.
const MORNING: Option<NaiveTime> = NaiveTime::from_hms_opt(7, 0, 0);
/// The second file's hour.
const NOON: Option<NaiveTime> = NaiveTime::from_hms_opt(12, 0, 0);
/// Where time stops each day: before the reminders that leave earlier because the night is quiet.
const EVENING: Option<NaiveTime> = NaiveTime::from_hms_opt(18, 30, 0);
/// The salon's zone, for the time before its policy is read.
const SALON: &str = "Europe/Paris";

/// When the play begins.
#[must_use]
pub fn curtain() -> Instant {
    at(FIRST_DAY, MORNING, Zone::parse(SALON).unwrap_or(Zone::UTC))
}

fn at(day: Option<NaiveDate>, time: Option<NaiveTime>, zone: Zone) -> Instant {
    zone.resolve(NaiveDateTime::new(day.unwrap_or_default(), time.unwrap_or_default()))
}

/// See the module.
pub struct Play {
    /// Which business plays.
    pub story: Story,
    /// Where it plays.
    pub stage: Arc<Stage>,
    /// Where the stop page stands.
    pub page: SocketAddr,
    /// Where the mailbox stands.
    pub mailbox: SocketAddr,
}

impl Play {
    /// A month in one go. On the first evening one customer stops, by the same one-click request that a mail program
    /// sends; or says what doesn't interest them, by the page's own button.
    ///
    /// # Errors
    /// When the engine, the database or the page fails.
    pub async fn whole(&self, narrator: &mut impl Narrator, mut leave: Leave) -> anyhow::Result<()> {
        tokio::select! {
            played = self.month(narrator) => played,
            () = leave.taken() => bail!("ended before the month was over"),
        }
    }

    async fn month(&self, narrator: &mut impl Narrator) -> anyhow::Result<()> {
        self.open(narrator).await?;
        match self.story {
            Story::Salon => {
                let letter = self.stage.worth_stopping().await?.context("nobody has a second reminder to stop")?;
                narrator.clicks(&letter.customer, StopVia::OneClick);
                post(self.page, &letter.stop_url, "List-Unsubscribe=One-Click").await?;
            }
            Story::Shop => {
                let choice = self.stage.recommended().context("nobody was recommended anything")?;
                narrator.takes_out(&choice.customer, &choice.product);
                post(self.page, &choice.url, &format!("not-interested={}", choice.place)).await?;
            }
        }
        while self.stage.clock.now() < at(LAST_DAY, EVENING, self.stage.zone()) {
            self.day(narrator).await?;
        }
        narrator.ends(&self.stage.counts().await?);
        Ok(())
    }

    /// The first day, and then a day for every Enter or press of the mailbox's button, until the visitor leaves.
    ///
    /// # Errors
    /// When the engine or the database fails.
    pub async fn evening_by_evening(
        &self,
        narrator: &mut impl Narrator,
        mut pressed: mpsc::Receiver<Press>,
        mut leave: Leave,
    ) -> anyhow::Result<()> {
        self.open(narrator).await?;
        let mut enters = enters();
        narrator.invites(&self.curtain().await?);
        loop {
            let press = tokio::select! {
                () = leave.taken() => break,
                Some(press) = pressed.recv() => Some(press),
                Some(()) = enters.recv() => None,
            };
            tokio::select! {
                () = leave.taken() => break,
                done = self.day(narrator) => done?,
            }
            if let Some(press) = press {
                let _ = press.send(());
            }
            narrator.invites(&self.curtain().await?);
        }
        narrator.ends(&self.stage.counts().await?);
        Ok(())
    }

    /// The morning's files, and the first day up to its evening.
    async fn open(&self, narrator: &mut impl Narrator) -> anyhow::Result<()> {
        let zone = self.stage.zone();
        let mut came = Vec::new();
        for (kind, file, what) in self.story.comes() {
            came.push((self.stage.import(kind, file).await?.created, *what));
        }
        let business = self.stage.engine.rulebook().policy().business.name.clone();
        narrator.opens(&Opening { business, story: self.story, came });
        self.night(narrator).await?;
        let beats = self.stage.pass(at(FIRST_DAY, EVENING, zone)).await?;
        narrator.tells(&beats, &self.stage.letters(), zone);
        Ok(())
    }

    /// From one evening to the next.
    async fn day(&self, narrator: &mut impl Narrator) -> anyhow::Result<()> {
        let zone = self.stage.zone();
        let now = self.stage.clock.now();
        let evening = zone.resolve(civil::days_after(zone.local(now), 1));
        let changes = at(CHANGES_DAY, NOON, zone);
        if self.story == Story::Shop {
            let night = zone.local(evening).date().and_time(NIGHT.unwrap_or_default());
            let beats = self.stage.pass(zone.resolve(night)).await?;
            narrator.tells(&beats, &self.stage.letters(), zone);
            self.night(narrator).await?;
        } else if now < changes && changes <= evening {
            let beats = self.stage.pass(changes).await?;
            narrator.tells(&beats, &self.stage.letters(), zone);
            let visits = self.stage.import("appointments", "samples/appointments-changed.csv").await?;
            narrator.changes(&visits);
        }
        let beats = self.stage.pass(evening).await?;
        narrator.tells(&beats, &self.stage.letters(), zone);
        Ok(())
    }

    /// What is done at night: the lists of everybody.
    async fn night(&self, narrator: &mut impl Narrator) -> anyhow::Result<()> {
        if let Some(made) = self.stage.engine.recommender().look().await?.filter(|made| made.people > 0) {
            narrator.recommends(&made);
        }
        Ok(())
    }

    async fn curtain(&self) -> anyhow::Result<Curtain> {
        let zone = self.stage.zone();
        let letter = match self.story {
            Story::Salon => self.stage.worth_stopping().await?.map(|letter| (letter.customer.clone(), letter.number)),
            Story::Shop => self.stage.recommended().map(|choice| (choice.customer, choice.letter)),
        };
        let (customer, letter) = letter.unzip();
        Ok(Curtain {
            time: zone.local(self.stage.clock.now()).format("%A %-d %B %Y, %H:%M").to_string(),
            mailbox: format!("http://{}/", self.mailbox),
            explain: self.stage.explain(),
            customer,
            letter: letter.map(|number| format!("http://{}/letters/{number}", self.mailbox)),
            story: self.story,
        })
    }
}

/// One message for each line on standard input; none at its end.
fn enters() -> mpsc::Receiver<()> {
    let (heard, enters) = mpsc::channel(1);
    // A thread, because a read from a terminal can't be cancelled; it ends with the process.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || heard.blocking_send(()).is_err() {
                return;
            }
        }
    });
    enters
}

/// What a mail program sends when its own unsubscribe button is pressed (RFC 8058 3.2), or a browser for a button of a page.
async fn post(page: SocketAddr, url: &str, body: &str) -> anyhow::Result<()> {
    let path = url.strip_prefix(&format!("http://{page}")).context("the link leads elsewhere")?;
    let mut stream = TcpStream::connect(page).await?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {page}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    if !answer.starts_with("HTTP/1.1 200") {
        bail!("the page did not take it");
    }
    Ok(())
}
