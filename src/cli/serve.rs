//! `comity serve`: the daemon.

use super::{output, script::Span};
use crate::{
    base::{Clock, keys::Keyring},
    clock::{ClockWatch, SystemClock, VirtualClock},
    config::{self, Api, Installation, Trace},
    deliver::Tls,
    engine::{
        arrivals::{entry::EntryDesk, feeds},
        audit::Sealer,
        desk::stop::Desk,
        files::{
            Files,
            in_force::{InForce, Outfit},
        },
        house::{
            front::Front,
            key_file,
            lifecycle::{Engine, Means},
            lock::Lock,
        },
        owner::Clerk,
        run::Going,
    },
    fault::{self, Point},
    store::{Lasting, Rescued},
    telemetry,
    web::{self, Public},
};
use anyhow::{Context, bail};
use futures_util::FutureExt;
use std::{path::Path, process::ExitCode, sync::Arc};
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    task::JoinSet,
};

/// Run the daemon: send what is due, answer the stop page, take imports.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity serve                      in the installation's folder
  comity -C /etc/comity serve       anywhere

SIGHUP: read the files again, as `comity reload` does; a changed file is also noticed by itself.
SIGTERM or Ctrl-C once: finish what is on the wire, then end. Twice: end now.")]
pub struct Args {
    #[command(flatten, next_help_heading = "On virtual time, for trying out (sends only to this machine)")]
    span: Span,
}

/// Runs until told to stop.
///
/// # Errors
/// When the installation can't be read, its lock is held, or a port or the database can't be had.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let (installation, trace) = config::load_still(dir, &Trace::default());
    let installation = Arc::new(installation?);
    telemetry::start(&installation.config.log);
    let _lock = match Lock::acquire(&installation.config.data) {
        Ok(lock) => lock,
        Err(held) => {
            output::warn(format_args!("comity: {held:#}"));
            return Ok(ExitCode::from(output::HELD));
        }
    };
    super::wait_for(serve(installation, trace, args))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(installation: Arc<Installation>, trace: Trace, args: &Args) -> anyhow::Result<()> {
    let keys = Arc::new(key_file::load(&installation.config.data)?);
    let script = args.span.read(&installation)?;
    if script.is_some() && installation.config.smtp.tls != Tls::NoneOnLoopback {
        bail!(
            "virtual time is for trying things out: it sends only to this machine ([smtp] tls = \"none-on-loopback\")"
        );
    }
    let virtual_clock = script.as_ref().map(|script| VirtualClock::starting_at(script.from));
    let (clock, watch): (Arc<dyn Clock>, _) = match &virtual_clock {
        Some(clock) => (Arc::clone(clock) as Arc<dyn Clock>, ClockWatch::Off),
        None => (Arc::new(SystemClock), ClockWatch::On),
    };
    let outfit = Outfit::by_smtp(&installation)?;
    let means = Means { clock, watch, outfit, keys: Arc::clone(&keys), lasting: Lasting::ForEver };
    let front = Front::new(Arc::clone(&installation), means);
    // From here on a SIGHUP doesn't kill, also where the database is away; on virtual time files stay as they are.
    let hangups = signal(SignalKind::hangup())?;
    let mut doors = Doors::open(&installation, front.desk(), keys).await?;
    let (going, heard) = watch::channel(Going::On);
    tokio::spawn(heed_signals(going, Arc::clone(&front.in_force)));
    let mut ended = heard.clone();
    let entered = tokio::select! {
        entered = front.enter_in_time(&SystemClock) => Some(entered.context("the database can't be opened")?),
        _ = ended.wait_for(|going| *going != Going::On) => None,
    };
    let mut sealer = None;
    if let Some(entered) = entered {
        let engine = Engine::begin(&front, entered);
        let files =
            script.is_none().then(|| Arc::new(engine.files(&installation.root, trace, Arc::new(Outfit::by_smtp))));
        doors.open_control(&installation, &engine, files.clone())?;
        doors.open_api(&installation, &engine).await?;
        let Rescued { aborted, uncertain, released } = engine.rescued;
        tracing::info!(aborted, uncertain, released, "the database is open");
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready, sd_notify::NotifyState::Status("at work")]);
        match (script, virtual_clock, files) {
            (Some(script), Some(clock), _) => tokio::select! {
                played = script.play(&engine, &clock) => played?,
                _ = ended.wait_for(|going| *going != Going::On) => {}
            },
            (_, _, Some(files)) => {
                let sealing = Sealer::new(engine.store.clone(), Arc::new(SystemClock), &installation.config);
                Box::pin(work(&engine, &files, &sealing, hangups, heard)).await;
                // Whoever signed until now signs what came last.
                sealer = engine.leads().then_some(sealing);
            }
            _ => {}
        }
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    doors.close(ended).await;
    fault::point(Point::AfterDoorsClosed);
    if let Some(sealer) = sealer {
        sealer.finish().await;
    }
    front.close().await;
    tracing::info!("ended");
    Ok(())
}

/// Sends what is due, looks at the calendars and at the files, tells the owner, and seals the ledger, until told to stop. What a
/// calendar tells is taken in short transactions: a look that is cut off is done again. A letter to the owner is ended.
async fn work(engine: &Engine, files: &Files, sealer: &Sealer, mut hangups: Signal, going: watch::Receiver<Going>) {
    let wire: Arc<dyn Clock> = Arc::new(SystemClock);
    let office = engine.office();
    let clerk = Clerk { office: engine.office(), keys: Arc::clone(&engine.keys), wire: Arc::clone(&wire) };
    let heed_hangups = async {
        while hangups.recv().await.is_some() {
            // What came of it is logged.
            let _ = files.reload().await;
        }
    };
    let alone = engine.alone(|| {
        let going = going.clone();
        async {
            tokio::join!(feeds::keep(&office, &wire), sealer.keep(going));
        }
        .boxed()
    });
    let besides = async { tokio::join!(alone, files.look(), heed_hangups) };
    let mut ending = going.clone();
    let nobodys = async {
        let _ = ending.wait_for(|going| *going != Going::On).await;
        if engine.leads() {
            std::future::pending::<()>().await;
        }
    };
    // A letter that is being written is ended; who writes none waits for none.
    let letters = async {
        tokio::select! {
            () = engine.alone(|| clerk.keep(going.clone()).boxed()) => {}
            () = nobodys => {}
        }
    };
    tokio::select! {
        _ = async { tokio::join!(engine.run(going.clone()), letters) } => {}
        _ = besides => {}
    }
}

/// The public page, and later the control socket.
struct Doors {
    open: watch::Sender<bool>,
    serving: JoinSet<()>,
}

impl Doors {
    async fn open(installation: &Installation, desk: Arc<Desk>, keys: Arc<Keyring>) -> anyhow::Result<Self> {
        let open = watch::Sender::new(false);
        let mut serving = JoinSet::new();
        let listen = installation.config.web.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("{listen} can't be listened on"))?;
        tracing::info!(address = %listener.local_addr()?, "the stop page is open");
        let public = Public::at(desk, keys, Arc::new(SystemClock));
        let page = web::router(public)?;
        serving.spawn(web::listen::serve_apart(listener, page, Arc::new(SystemClock), open.subscribe())?);
        Ok(Self { open, serving })
    }

    fn open_control(
        &mut self,
        installation: &Installation,
        engine: &Engine,
        files: Option<Arc<Files>>,
    ) -> anyhow::Result<()> {
        let socket = web::control::bind(&installation.config.data).context("the control socket can't be made")?;
        let (office, mut closing) = (engine.office(), self.open.subscribe());
        self.serving.spawn(async move {
            let closed = async move {
                let _ = closing.wait_for(|closed| *closed).await;
            };
            if let Err(error) = web::control::serve(socket, office, files, closed).await {
                tracing::error!(%error, "the control socket broke");
            }
        });
        Ok(())
    }

    /// The API, where comity.toml has one, on a port of its own.
    async fn open_api(&mut self, installation: &Installation, engine: &Engine) -> anyhow::Result<()> {
        let Some(Api { listen, per_minute }) = installation.config.api else { return Ok(()) };
        let listener = TcpListener::bind(listen).await.with_context(|| format!("{listen} can't be listened on"))?;
        tracing::info!(address = %listener.local_addr()?, "the API is open");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let api = web::api::Api::new(EntryDesk::new(engine.office()), per_minute, Arc::clone(&clock));
        self.serving.spawn(web::listen::serve(listener, web::api::router(api), clock, self.open.subscribe()));
        Ok(())
    }

    /// Lets the answers under way end, as long as that may take: a reload or an import that is cut off is done again.
    async fn close(mut self, mut going: watch::Receiver<Going>) {
        self.open.send_replace(true);
        let ended = async { while self.serving.join_next().await.is_some() {} };
        tokio::select! {
            () = ended => {}
            _ = going.wait_for(|going| *going == Going::Hard) => {}
        }
    }
}

/// The first signal asks for a soft end; the second, or the limit on what is on the wire, for a hard one.
async fn heed_signals(going: watch::Sender<Going>, in_force: Arc<InForce>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals can't be heard; only kill -9 will end this process");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("ending: what is on the wire is finished first");
    fault::point(Point::AfterEndAsked);
    going.send_replace(Going::Soft);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = SystemClock.wait_for(in_force.now().config().limits.shutdown) => {}
    }
    tracing::warn!("ending now");
    going.send_replace(Going::Hard);
}
