//! The demo: a salon in Lyon, or a shop in Nyons, its two hundred customers, and a mail server that delivers to nobody.
//!
//! What · `comity demo` lays a sample business out in a temporary folder and runs the real thing over it: the same
//! engine, the same gate, the same SMTP lanes and the same stop page as `comity serve`, on a clock that goes when it is
//! told to. Only the far end differs: a [`catcher`] on this machine takes every message, and a mailbox shows them.
//!
//! Example · The first evening eight reminders have left. Somebody opens one in the mailbox, presses its stop link, and
//! lets a day pass: that customer's next reminder is refused, and `comity explain` says why.
//!
//! Not promised · That time passes by itself. It stands still between two days, so that there is time to look around.

pub mod catcher;
mod chronicle;
mod digest;
mod host;
mod narrator;
mod play;
mod sample;
pub mod salon;
pub mod shop;
mod stage;
mod story;

use super::{leave::Leave, output};
use crate::{
    base::{Clock, keys::Keyring},
    clock::{ClockWatch, SystemClock, VirtualClock},
    config::{self, Installation},
    engine::{
        files::in_force::Outfit,
        house::{
            key_file,
            lifecycle::{Engine, Means},
            lock::Lock,
        },
        run::Going,
    },
    store::Lasting,
    web::{self, Public},
};
use anyhow::Context;
use catcher::{Behaviour, Catcher, Caught};
use digest::Digest;
use host::Lodge;
use narrator::{Aloud, Silent};
use play::Play;
use stage::{Basket, Stage};
use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    sync::{Arc, PoisonError},
};
use story::Story;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
};

/// Where the mailbox stands, if nobody else stands there.
const MAILBOX_PORT: u16 = 8025;
/// Where the stop page stands, likewise.
const PAGE_PORT: u16 = 8026;

/// Show what Comity does: a sample business, a mailbox to click in, and time that flies.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity demo                   open letters, press stop, let days pass
  comity demo --shop            a shop that recommends, to those who agreed, and says why
  comity demo --once            a month in one go, on one screen
  comity demo --once --verbose  the same, day by day
  comity demo --once --json     the same, for scripts

Nothing leaves this machine, and nothing is left on it when the demo ends.")]
pub struct Args {
    /// Play the shop: recommendations with their reasons.
    #[arg(long)]
    shop: bool,
    /// Let the whole month pass, print a summary, and end.
    #[arg(long)]
    once: bool,
    /// With --once: tell every day.
    #[arg(long, short, requires = "once", conflicts_with = "json")]
    verbose: bool,
    /// Print the counts as JSON at the end, and nothing else.
    #[arg(long)]
    json: bool,
}

/// Runs the demo.
///
/// # Errors
/// When something that it needs of this machine can't be had: a folder, a port.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    super::wait_for(demo(args))
}

async fn demo(args: &Args) -> anyhow::Result<ExitCode> {
    // Before anything lies on the disk that must not stay there.
    let leave = Leave::heed()?;
    let clock = VirtualClock::starting_at(play::curtain());
    let basket = Basket::default();
    let catcher = catch_into(&basket, &clock).await?;
    let (page, mailbox) = (listen(PAGE_PORT).await?, listen(MAILBOX_PORT).await?);
    let (page_at, mailbox_at) = (page.local_addr()?, mailbox.local_addr()?);

    let story = if args.shop { Story::Shop } else { Story::Salon };
    let folder = sample::Folder::new()?;
    sample::lay_out(story, folder.path(), catcher.address(), page_at)?;
    // The sample's own settings alone: the environment belongs to a real installation.
    let installation = config::load_with(folder.path(), []).context("the sample has a mistake")?;
    let installation = Arc::new(installation);
    let _lock = Lock::acquire(&installation.config.data)?;
    let keys = Arc::new(key_file::load(&installation.config.data)?);
    let engine = engine(&installation, &clock, &keys).await?;
    let stage = Arc::new(Stage::new(engine, Arc::clone(&clock), folder.path(), basket));

    let (presses, waiting) = mpsc::channel(8);
    let doors = Doors::open(&installation, &stage, keys, page, mailbox, presses)?;
    let (going, heard) = watch::channel(Going::On);
    let running = tokio::spawn({
        let stage = Arc::clone(&stage);
        async move { stage.engine.run(heard).await }
    });

    let play = Play { story, stage: Arc::clone(&stage), page: page_at, mailbox: mailbox_at };
    let result = match args {
        Args { once: true, json: true, .. } => play.whole(&mut Silent, leave).await,
        Args { once: true, verbose: true, .. } => play.whole(&mut Aloud::default(), leave).await,
        Args { once: true, .. } => play.whole(&mut Digest::default(), leave).await,
        Args { json: true, .. } => play.evening_by_evening(&mut Silent, waiting, leave).await,
        Args { .. } => play.evening_by_evening(&mut Aloud::default(), waiting, leave).await,
    };
    going.send_replace(Going::Soft);
    running.await?;
    doors.close().await;
    if args.json && result.is_ok() {
        output::json(&stage.counts().await?)?;
    }
    stage.engine.close().await;
    drop(catcher);
    result.map(|()| ExitCode::SUCCESS)
}

async fn catch_into(basket: &Basket, clock: &Arc<VirtualClock>) -> anyhow::Result<Catcher> {
    let basket = Arc::clone(basket);
    let callback = Arc::new(move |caught: Caught| basket.lock().unwrap_or_else(PoisonError::into_inner).push(caught));
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Catcher::listen(0, Behaviour::default(), clock, callback).await.context("the demo's mail server can't listen")
}

/// The port that people may remember, or any.
async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(at(port)).await {
        Ok(listener) => Ok(listener),
        Err(_) => TcpListener::bind(at(0)).await.context("this machine gives no port to listen on"),
    }
}

async fn engine(
    installation: &Arc<Installation>,
    clock: &Arc<VirtualClock>,
    keys: &Arc<Keyring>,
) -> anyhow::Result<Engine> {
    let means = Means {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        watch: ClockWatch::Off,
        outfit: Outfit::by_smtp(installation)?,
        keys: Arc::clone(keys),
        lasting: Lasting::ForEver,
    };
    Engine::open(Arc::clone(installation), means).await
}

/// The stop page, the mailbox, and the control socket for `comity explain`.
struct Doors {
    open: watch::Sender<bool>,
    serving: JoinSet<()>,
}

impl Doors {
    fn open(
        installation: &Installation,
        stage: &Arc<Stage>,
        keys: Arc<Keyring>,
        page: TcpListener,
        mailbox: TcpListener,
        presses: mpsc::Sender<host::Press>,
    ) -> anyhow::Result<Self> {
        let open = watch::Sender::new(false);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let public = Public::at(stage.engine.desk(), keys, Arc::clone(&clock));
        let lodge = Arc::new(Lodge { stage: Arc::clone(stage), presses });
        let mut serving = JoinSet::new();
        serving.spawn(web::listen::serve(page, web::router(public)?, Arc::clone(&clock), open.subscribe()));
        serving.spawn(web::listen::serve(mailbox, web::mailbox::router(lodge)?, clock, open.subscribe()));
        let socket = web::control::bind(&installation.config.data).context("the control socket can't be made")?;
        let (office, mut closing) = (stage.engine.office(), open.subscribe());
        serving.spawn(async move {
            let closed = async move {
                let _ = closing.wait_for(|closed| *closed).await;
            };
            // Without it the demo goes on; `comity explain` then says that it can't reach the daemon.
            let _ = web::control::serve(socket, office, None, closed).await;
        });
        Ok(Self { open, serving })
    }

    async fn close(mut self) {
        self.open.send_replace(true);
        while self.serving.join_next().await.is_some() {}
    }
}
