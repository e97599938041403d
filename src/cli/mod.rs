//! Doors for the business: the commands. Each is a file; this one lists them.

pub mod output;
pub mod schema;
mod leave;
pub mod demo;
mod data_flow;
pub mod check;
pub mod preview;
pub mod rehearse;
mod script;
pub mod serve;
pub mod go_live;
pub mod init;
pub mod send_test;
pub mod control;
pub mod import;
pub mod status;
pub mod visits;
pub mod explain;
mod migrate;
mod notice;
mod ropa;
mod assess;
mod by;
mod shown;
pub mod consent;
pub mod bars;
pub mod export;
pub mod erase;
pub mod requests;
pub mod approve;
pub mod approvals;
pub mod limit;
pub mod tasks;
pub mod pause;
pub mod reload;
pub mod believe;
pub mod keys;
mod link_keys;
mod rewrap;
pub mod openapi;
pub mod forms;
pub mod dkim;
pub mod recommend;
mod recommendations;
mod audit;
pub mod bench;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

const FIRST_STEPS: &str = "First steps:
  comity demo                       a sample salon, and a mailbox to click in
  comity init FOLDER                an installation of your own: eight questions
  comity check                      what is wrong with this folder's files, if anything
  comity import customers FILE.csv  and appointments likewise; it asks first
  comity rehearse                   who would get what in the next seven days
  comity serve                      the daemon

Each command has its own --help, with examples.";

/// Email automation with manners: consent, caps and quiet hours before every send.
#[derive(Debug, Parser)]
#[command(name = "comity", version, max_term_width = 100, after_help = FIRST_STEPS)]
pub struct Cli {
    /// The folder that holds comity.toml; also by `COMITY_DIR`.
    #[arg(
        long,
        short = 'C',
        global = true,
        default_value = ".",
        value_name = "DIR",
        env = "COMITY_DIR",
        hide_env = true
    )]
    pub dir: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[expect(missing_docs, reason = "each command's words stand at its arguments")]
#[derive(Debug, Subcommand)]
pub enum Command {
    Demo(demo::Args),
    Init(init::Args),
    /// Check the installation's files, and show every mistake at once.
    Check(check::Check),
    Preview(preview::Preview),
    Rehearse(rehearse::Args),
    Serve(serve::Args),
    SendTest(send_test::Args),
    GoLive(go_live::Args),
    Import(import::Args),
    Status(status::Args),
    Explain(explain::Args),
    Notice(notice::Args),
    Ropa(ropa::Args),
    Assess(assess::Args),
    Visits(visits::Args),
    Reload(reload::Args),
    Approve(approve::Args),
    Approvals(approvals::Args),
    Consent(consent::Args),
    Object(bars::ObjectArgs),
    Restrict(bars::RestrictArgs),
    Minor(bars::MinorArgs),
    Export(export::Args),
    Erase(erase::Args),
    Audit(audit::Args),
    Limit(limit::Args),
    Requests(requests::Args),
    Tasks(tasks::Args),
    Pause(pause::PauseArgs),
    Resume(pause::ResumeArgs),
    Believe(believe::Args),
    Keys(keys::Args),
    LinkKeys(link_keys::Args),
    Rewrap(rewrap::Args),
    Migrate(migrate::Args),
    Openapi(openapi::Args),
    Forms(forms::Args),
    Schema(schema::Args),
    Dkim(dkim::Arguments),
    Recommend(recommend::Args),
    Recommendations(recommendations::Args),
    Bench(bench::Args),
    /// Print shell completions.
    Completions {
        /// bash, zsh, fish, elvish or powershell.
        shell: clap_complete::Shell,
    },
    /// The demo's mail server as a process of its own, for proofs.
    #[command(hide = true)]
    DemoCatcher(demo::catcher::Arguments),
}

/// Runs one command.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Check(args) => check::run(&args, &cli.dir),
        Command::Serve(args) => serve::run(&cli.dir, &args),
        Command::Init(args) => init::run(&args),
        Command::SendTest(args) => send_test::run(&cli.dir, &args),
        Command::GoLive(args) => go_live::run(&cli.dir, &args),
        Command::Rehearse(args) => rehearse::run(&cli.dir, &args),
        Command::Bench(args) => bench::run(&cli.dir, &args),
        Command::Recommend(args) => recommend::run(&args),
        Command::Recommendations(args) => recommendations::run(&cli.dir, &args),
        Command::Preview(args) => preview::run(&args, &cli.dir),
        Command::Dkim(arguments) => dkim::run(&arguments, &cli.dir),
        Command::Import(args) => import::run(&cli.dir, &args),
        Command::Status(args) => status::run(&cli.dir, &args),
        Command::Visits(args) => visits::run(&cli.dir, &args),
        Command::Explain(args) => explain::run(&cli.dir, &args),
        Command::Reload(args) => reload::run(&cli.dir, &args),
        Command::Assess(args) => assess::run(&cli.dir, &args),
        Command::Ropa(args) => ropa::run(&cli.dir, &args),
        Command::Notice(args) => notice::run(&cli.dir, &args),
        Command::Approvals(args) => approvals::run(&cli.dir, &args),
        Command::Consent(args) => consent::run(&cli.dir, &args),
        Command::Object(args) => bars::object(&cli.dir, &args),
        Command::Restrict(args) => bars::restrict(&cli.dir, &args),
        Command::Minor(args) => bars::minor(&cli.dir, &args),
        Command::Export(args) => export::run(&cli.dir, &args),
        Command::Erase(args) => erase::run(&cli.dir, &args),
        Command::Audit(args) => audit::run(&cli.dir, &args),
        Command::Limit(args) => limit::run(&cli.dir, &args),
        Command::Requests(args) => requests::run(&cli.dir, &args),
        Command::Tasks(args) => tasks::run(&cli.dir, &args),
        Command::Approve(args) => approve::run(&cli.dir, &args),
        Command::Pause(args) => pause::pause(&cli.dir, &args),
        Command::Resume(args) => pause::resume(&cli.dir, &args),
        Command::Believe(args) => believe::run(&cli.dir, &args),
        Command::Keys(args) => keys::run(&cli.dir, &args),
        Command::LinkKeys(args) => link_keys::run(&cli.dir, &args),
        Command::Forms(args) => forms::run(&cli.dir, &args),
        Command::Rewrap(rewrap::Args {}) => rewrap::run(&cli.dir),
        Command::Migrate(migrate::Args {}) => migrate::run(&cli.dir),
        Command::Openapi(openapi::Args {}) => openapi::run(&cli.dir),
        Command::Schema(args) => Ok(schema::run(&args)),
        Command::Completions { shell } => Ok(completions(shell)),
        Command::Demo(args) => demo::run(&args),
        Command::DemoCatcher(arguments) => wait_for(demo::catcher::run(arguments)).map(|()| ExitCode::SUCCESS),
    };
    match result {
        Ok(code) => code,
        Err(error) => output::fail(&error),
    }
}

fn completions(shell: clap_complete::Shell) -> ExitCode {
    use clap::CommandFactory;
    clap_complete::generate(shell, &mut Cli::command(), "comity", &mut std::io::stdout());
    ExitCode::SUCCESS
}

/// Runs a command that waits, to its end.
///
/// # Errors
/// The command's own, or that the system gives no threads.
pub fn wait_for<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}
