//! The stage: an engine on virtual time, the mail server that catches everything, and what both have done.

use super::{
    catcher::Caught,
    chronicle::{Beat, Chronicle, Counts},
};
use crate::{
    base::{Clock, Instant, Zone},
    clock::VirtualClock,
    engine::{
        arrivals::import::{News, Report, What},
        house::lifecycle::Engine,
        office::Office,
    },
    plan::PlanState,
    store::{Dry, PlanRow},
    web::mailbox::Letter,
};
use anyhow::{Context, anyhow, bail};
use futures_util::stream;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Mutex as AsyncMutex, mpsc};

/// What the catcher has taken and nobody has read yet.
pub type Basket = Arc<Mutex<Vec<Caught>>>;

/// A product that was recommended to somebody.
pub struct Recommended {
    /// Who.
    pub customer: String,
    /// The number of their letter.
    pub letter: usize,
    /// What it is called.
    pub product: String,
    /// The page on which they say that it doesn't interest them.
    pub url: String,
    /// Its place there.
    pub place: String,
}

/// See the module.
pub struct Stage {
    /// The engine; somebody else lets it run.
    pub engine: Engine,
    /// Its time.
    pub clock: Arc<VirtualClock>,
    /// Where the salon lies.
    pub folder: PathBuf,
    basket: Basket,
    letters: Mutex<Vec<Arc<Letter>>>,
    chronicle: AsyncMutex<Chronicle>,
}

impl Stage {
    /// Over an engine whose mail goes into the basket.
    #[must_use]
    pub fn new(engine: Engine, clock: Arc<VirtualClock>, folder: &Path, basket: Basket) -> Self {
        Self {
            engine,
            clock,
            folder: folder.to_owned(),
            basket,
            letters: Mutex::default(),
            chronicle: AsyncMutex::default(),
        }
    }

    /// The business's wall clock.
    #[must_use]
    pub fn zone(&self) -> Zone {
        self.engine.rulebook().policy().business.time_zone
    }

    /// Lets time pass until `to`, and tells what happened since it last told.
    ///
    /// # Errors
    /// The database's.
    pub async fn pass(&self, to: Instant) -> anyhow::Result<Vec<Beat>> {
        // Whatever was clicked or imported meanwhile is looked at before time goes on.
        self.clock.disturb();
        self.engine.wake.notify_one();
        self.clock.allow_until(to);
        self.clock.rested().await;
        self.news().await
    }

    /// Imports a file of the salon's.
    ///
    /// # Errors
    /// When the file can't be imported.
    pub async fn import(&self, kind: &str, file: &str) -> anyhow::Result<Report> {
        let office = self.engine.office();
        let what = office.what(kind, file.to_owned(), BTreeSet::new()).map_err(|why| anyhow!(why))?;
        let bytes = tokio::fs::read(self.folder.join(file)).await.with_context(|| file.to_owned())?;
        import(&office, what, bytes).await
    }

    /// All letters so far, oldest first.
    #[must_use]
    pub fn letters(&self) -> Vec<Arc<Letter>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The counts so far.
    ///
    /// # Errors
    /// The database's.
    pub async fn counts(&self) -> anyhow::Result<Counts> {
        let mut chronicle = self.chronicle.lock().await;
        chronicle.catch_up(&self.engine.store, self.zone()).await?;
        Ok(chronicle.counts())
    }

    /// Everything so far, oldest first, and who pressed stop.
    ///
    /// # Errors
    /// The database's.
    pub async fn history(&self) -> anyhow::Result<(Vec<Beat>, BTreeSet<String>)> {
        let mut chronicle = self.chronicle.lock().await;
        chronicle.catch_up(&self.engine.store, self.zone()).await?;
        // What came since is there, too: whoever signs up while time stands still looks for the answer.
        self.file(&chronicle);
        Ok((chronicle.beats.clone(), chronicle.stopped().clone()))
    }

    /// The first letter whose customer has another message of the same purpose to come, and hasn't stopped it: pressing
    /// stop there shows within a day.
    ///
    /// # Errors
    /// The database's.
    pub async fn worth_stopping(&self) -> anyhow::Result<Option<Arc<Letter>>> {
        let store = &self.engine.store;
        let soon = self.clock.now().plus(Duration::from_hours(24));
        let (_, stopped) = self.history().await?;
        for letter in self.letters().into_iter().rev().filter(|letter| !stopped.contains(&letter.customer)) {
            let Some(plan) = letter.plan else { continue };
            let Some(row) = store.plan(plan).await? else { continue };
            let comes = |next: &PlanRow| {
                next.state == PlanState::Planned && next.facts.purpose == row.facts.purpose && next.next_at < soon
            };
            if store.plans_of(row.facts.customer).await?.iter().any(comes) {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }

    /// The first product of the first letter that recommends one, with where to say that it doesn't interest.
    #[must_use]
    pub fn recommended(&self) -> Option<Recommended> {
        self.letters().iter().find_map(|letter| {
            let mut lines = letter.text.lines();
            let product = lines.find_map(|line| line.trim_start().strip_prefix("* "))?;
            let (url, place) =
                lines.find_map(|line| line.trim().split_once('#').filter(|(url, _)| url.contains("/recommended/")))?;
            Some(Recommended {
                customer: letter.customer.clone(),
                letter: letter.number,
                product: product.rsplit_once(", ").map_or(product, |(name, _)| name).to_owned(),
                url: url.to_owned(),
                place: place.to_owned(),
            })
        })
    }

    /// The command that explains, up to the customer, as whoever started this program would call it again.
    #[must_use]
    pub fn explain(&self) -> String {
        let comity = std::env::args().next().unwrap_or_else(|| "comity".to_owned());
        format!("{comity} --dir {} explain", self.folder.display())
    }

    async fn news(&self) -> anyhow::Result<Vec<Beat>> {
        let mut chronicle = self.chronicle.lock().await;
        chronicle.catch_up(&self.engine.store, self.zone()).await?;
        self.file(&chronicle);
        Ok(chronicle.untold())
    }

    /// Puts what the catcher took among the letters.
    fn file(&self, chronicle: &Chronicle) {
        let caught = std::mem::take(&mut *self.basket.lock().unwrap_or_else(PoisonError::into_inner));
        for caught in caught {
            let number = self.letters().len() + 1;
            let mut letter = Letter::read(number, &caught.bytes, self.zone());
            if let Some(plan) = letter.plan {
                letter.customer = chronicle.owner(plan);
            }
            self.letters.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(letter));
        }
    }
}

async fn import(office: &Office, what: What, bytes: Vec<u8>) -> anyhow::Result<Report> {
    let bytes = stream::iter([Ok::<_, std::io::Error>(bytes)]);
    let (listener, mut news) = mpsc::channel(16);
    let hear = async {
        while let Some(news) = news.recv().await {
            match news {
                News::Done(report) => return Ok(report),
                News::Failed(failure) => bail!("the sample can't be imported: {}", failure.why),
                News::Rejected(row) => tracing::warn!(row.line, row.reason, "a row of the sample was not taken"),
                News::Progress { .. } => {}
            }
        }
        bail!("the import ended without a word")
    };
    let ((), report) = tokio::join!(office.import(what, bytes, Dry::Apply, listener), hear);
    report
}
