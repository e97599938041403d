//! Postfix's `smtp-sink` and `smtp-source`: the limits that a measurement is held against, from the same run.

use crate::{base::Clock, clock::SystemClock};
use anyhow::{Context, bail};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How often the sink's port is tried before it is given up.
const KNOCKS_MAX: usize = 400;
/// Between two knocks.
const KNOCK_AGAIN: Duration = Duration::from_millis(10);

/// A running `smtp-sink`: takes every message and forgets it. Ends when dropped.
#[derive(Debug)]
pub struct Sink {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Sink {
    /// Starts one on a free port of this machine.
    ///
    /// # Errors
    /// When Postfix isn't installed, or the sink doesn't listen.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    /// Starts one that behaves in other ways: options of `man smtp-sink`.
    ///
    /// # Errors
    /// As [`Sink::start`].
    pub async fn start_with(options: &[&str]) -> anyhow::Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let mut command = Command::new(program("smtp-sink")?);
        if rustix::process::geteuid().is_root() {
            // It refuses to run as root.
            command.args(["-u", "nobody"]);
        }
        let child = command
            .args(options)
            .arg(address.to_string())
            .arg("1024")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("smtp-sink doesn't start")?;
        let mut sink = Self { child, address };
        for _ in 0..KNOCKS_MAX {
            if TcpStream::connect(address).is_ok() {
                return Ok(sink);
            }
            if let Some(status) = sink.child.try_wait()? {
                bail!("smtp-sink ended at once: {status}");
            }
            SystemClock.wait_for(KNOCK_AGAIN).await;
        }
        bail!("smtp-sink doesn't listen on {address}")
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `smtp-source` against a server: the fastest that a C program sends.
///
/// # Errors
/// When Postfix isn't installed, or the source fails.
pub fn run_source(server: SocketAddr, messages: usize, bytes: usize, lanes: usize) -> anyhow::Result<()> {
    let status = Command::new(program("smtp-source")?)
        .args(["-d", "-s", &lanes.to_string(), "-m", &messages.to_string(), "-l", &bytes.to_string()])
        .args(["-f", "bench@salon.example", "-t", "customer@mail.example"])
        .arg(server.to_string())
        .stdout(Stdio::null())
        .status()
        .context("smtp-source doesn't start")?;
    if !status.success() {
        bail!("smtp-source failed: {status}");
    }
    Ok(())
}

/// Debian keeps both in /usr/sbin, which a person's PATH may lack.
fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/usr/lib/postfix/sbin"].map(PathBuf::from));
    let found = folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    found.with_context(|| format!("{name} is not installed; on Debian: apt-get install postfix"))
}
