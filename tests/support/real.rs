//! The real binary in an installation of its own, and a witness: an SMTP server that shares no code with it.

use super::{disk::SmallDisk, evidence::Rows, need, postgres};
use rustix::process::{Pid, Signal};
use serde::Deserialize;
use std::{
    fs, io,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};
use tempfile::TempDir;

/// How long the binary may take to get ready or to end. Far more than it needs, even on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The SMTP server of `tests/tools/smtp_server.py`, with its log.
pub struct Witness {
    child: Child,
    folder: PathBuf,
    delays: Vec<String>,
    /// How many there were before it, at the same place.
    before: u32,
    pub port: u16,
}

/// One line of the witness's log.
#[derive(Clone, Debug, Deserialize)]
pub struct Seen {
    pub boot_ns: u64,
    pub session: u64,
    pub event: String,
    #[serde(default)]
    pub to: Option<String>,
    #[serde(default)]
    pub message_id: Option<String>,
    #[serde(default)]
    pub subject: Option<String>,
    #[serde(default)]
    pub stop: Option<String>,
}

impl Witness {
    /// Starts one, which writes into `folder`. `delays` are `verb=seconds`, before its answers.
    pub fn start(folder: &Path, delays: &[&str]) -> Self {
        Self::deferring(folder, delays, 0)
    }

    /// The same, and every `defer`-th message is deferred; with 0 none.
    pub fn deferring(folder: &Path, delays: &[&str], defer: u32) -> Self {
        let delays = delays.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (child, port) = begin(folder, &delays, defer, (0, 0));
        Self { child, folder: folder.to_owned(), delays, before: 0, port }
    }

    /// As `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// One that takes the place of the one that is gone, and goes on with its log.
    pub fn start_again(&mut self, defer: u32) {
        self.kill();
        self.before += 1;
        (self.child, _) = begin(&self.folder, &self.delays, defer, (self.port, self.before * 1_000_000));
    }

    /// All that it has seen, in order.
    pub fn seen(&self) -> Vec<Seen> {
        let text = fs::read_to_string(self.folder.join("wire.jsonl")).unwrap_or_default();
        // The last line may still be on its way to the file.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Witness {
    /// Each message that it took, and when.
    pub fn bodies(&self) -> Vec<(u64, String)> {
        let dots = self.seen().into_iter().filter(|seen| seen.event == "dot").map(|seen| seen.boot_ns);
        let spool = self.folder.join("spool");
        let read = |number: usize| fs::read_to_string(spool.join(format!("{number:06}.eml"))).unwrap();
        dots.zip(1..).map(|(at, number)| (at, read(number))).collect()
    }

    /// One that takes its place, defers nobody, and answers at once.
    pub fn start_again_in_haste(&mut self) {
        self.delays.clear();
        self.start_again(0);
    }

    /// How often its log has these words, as it is now.
    pub fn count(&self, words: &str) -> usize {
        fs::read_to_string(self.folder.join("wire.jsonl")).unwrap_or_default().matches(words).count()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The process, and the port that it took: this one, or with 0 any.
fn begin(folder: &Path, delays: &[String], defer: u32, (port, first_session): (u16, u32)) -> (Child, u16) {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools/smtp_server.py");
    let mut command = Command::new("python3");
    command.arg(tool).arg("--log").arg(folder.join("wire.jsonl")).arg("--spool").arg(folder.join("spool"));
    for delay in delays {
        command.args(["--delay", delay]);
    }
    for (name, number) in [("--defer", defer), ("--port", u32::from(port)), ("--first-session", first_session)] {
        command.arg(name).arg(number.to_string());
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
    (child, port.trim().parse().unwrap())
}

/// A business of its own in a temporary folder: the sample's templates, other rules.
pub struct Premises {
    folder: TempDir,
    disk: Option<SmallDisk>,
    server: Option<String>,
    /// Where all nodes of one database sign.
    checkpoints: Option<PathBuf>,
}

impl Premises {
    /// With these files in addition to the sample's templates.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &folder.path().join("templates"));
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder, disk: None, server: None, checkpoints: None }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The same with its rows on a server, in a database of their own.
    pub fn on_server(self) -> Self {
        self.on(postgres::database())
    }

    /// The same in this one.
    pub fn on(self, url: String) -> Self {
        Self { server: Some(url), ..self }
    }

    /// The server's address.
    pub fn server(&self) -> &str {
        self.server.as_deref().expect("its rows are on a server")
    }

    /// Another machine over the same database: its own folder, with the same files and keys.
    pub fn another(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for below in ["templates", "workflows", "data/keys"] {
            copy(&self.path().join(below), &folder.path().join(below));
        }
        for file in ["comity.toml", "policy.toml"] {
            fs::copy(self.path().join(file), folder.path().join(file)).unwrap();
        }
        Self {
            folder,
            disk: None,
            server: self.server.clone(),
            checkpoints: Some(self.path().join("data/checkpoints")),
        }
    }

    /// Where its rows are.
    pub fn rows(&self) -> Rows {
        match &self.server {
            Some(url) => Rows::Server(url.clone()),
            None => Rows::File(self.path().join("data/comity.db")),
        }
    }

    /// The same with its data on a disk of its own. `None` where this machine lets nobody mount one.
    pub fn on_disk(mut self, bytes: u64) -> Option<Self> {
        self.disk = Some(SmallDisk::mount(&self.path().join("data"), bytes)?);
        Some(self)
    }

    /// Where the data lie, if that is a disk of its own.
    pub fn disk(&self) -> &SmallDisk {
        self.disk.as_ref().unwrap()
    }

    /// A command, not yet run.
    pub fn comity(&self, arguments: &[&str]) -> Command {
        const COMITY: &str = env!("CARGO_BIN_EXE_comity");
        let mut command = self.disk.as_ref().map_or_else(|| Command::new(COMITY), |disk| disk.command(COMITY));
        command.arg("--dir").arg(self.path()).args(arguments).stdin(Stdio::null());
        for name in [
            "COMITY_FAULT",
            "COMITY_FAULT_LOG",
            "COMITY_FREEZE",
            "COMITY_HURRY",
            "COMITY_STALL",
            "COMITY_WINDOW",
            "COMITY_LOG",
        ] {
            command.env_remove(name);
        }
        if let Some(url) = &self.server {
            command.env("COMITY_DATA__DATABASE", url);
        }
        if let Some(folder) = &self.checkpoints {
            command.env("COMITY_DATA__CHECKPOINTS", folder);
        }
        command
    }

    /// The files of the database in which this stands as it is.
    pub fn files_that_hold(&self, text: &str) -> Vec<&'static str> {
        let holds = |file: &&str| {
            let bytes = fs::read(self.path().join(file)).unwrap();
            bytes.windows(text.len()).any(|window| window == text.as_bytes())
        };
        ["data/comity.db", "data/comity.db-wal"].into_iter().filter(holds).collect()
    }

    /// Runs a command to its end. Anything but success fails the test, with what the command said.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.comity(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "comity {arguments:?} ended with {}:\n{said}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts the daemon, without waiting for it to be ready.
    pub fn serve(&self, environment: &[(&str, &str)]) -> Daemon {
        let mut command = self.comity(&["serve"]);
        command.envs(environment.iter().copied());
        Daemon::start(command)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A running `comity serve`. It is killed when dropped.
pub struct Daemon {
    child: Child,
    said: mpsc::Receiver<String>,
    heard: Vec<String>,
}

impl Daemon {
    /// By this command.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap());
        let (tell, said) = mpsc::channel();
        std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, said, heard: Vec::new() }
    }

    /// Waits until the stop page is open, and says where. `None` when the daemon ended before that.
    pub fn stop_page(&mut self) -> Option<SocketAddr> {
        let line = self.hear("the stop page is open")?;
        Some(line["address"].as_str().unwrap().parse().unwrap())
    }

    /// Waits until the daemon has its database and takes commands, too. `None` when it ended before that.
    pub fn ready(&mut self) -> Option<SocketAddr> {
        let page = self.stop_page()?;
        self.hear("the database is open").map(|_| page)
    }

    /// Waits until the daemon has logged this message, now or before. `None` when it ended without it.
    pub fn hear(&mut self, message: &str) -> Option<serde_json::Value> {
        let parse = |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap_or_default();
        let says = |line: &serde_json::Value| line["message"] == message;
        if let Some(line) = self.heard.iter().map(parse).find(says) {
            return Some(line);
        }
        loop {
            match self.said.recv_timeout(PATIENCE) {
                Ok(line) => {
                    let parsed = parse(&line);
                    self.heard.push(line);
                    if says(&parsed) {
                        return Some(parsed);
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(mpsc::RecvTimeoutError::Timeout) => panic!("no {message:?}; the daemon said {:#?}", self.heard),
            }
        }
    }

    /// As `kill -9` does, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Its number.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// SIGTERM, and waits for a soft end.
    pub fn end(mut self) {
        self.signal(Signal::TERM);
        let (tell, ended) = mpsc::channel::<()>();
        let mut child = std::mem::replace(&mut self.child, Command::new("true").spawn().unwrap());
        std::thread::spawn(move || (child.wait(), drop(tell)));
        let ended = ended.recv_timeout(PATIENCE);
        assert_eq!(ended, Err(mpsc::RecvTimeoutError::Disconnected), "SIGTERM did not end it: {:#?}", self.said());
    }

    /// All that it has said so far.
    pub fn said(&mut self) -> &[String] {
        self.heard.extend(self.said.try_iter());
        &self.heard
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One click, as a mail program does it (RFC 8058). The status, once the answer is here.
pub fn one_click(page: SocketAddr, link: &str) -> u16 {
    status(&click(page, link))
}

/// The same, where perhaps nobody listens at the moment.
pub fn try_click(page: SocketAddr, link: &str) -> Option<u16> {
    try_click_and_read(page, link).map(|answer| status(&answer))
}

/// The same; the whole answer, where one comes.
pub fn try_click_and_read(page: SocketAddr, link: &str) -> Option<String> {
    exchange(page, &request(link)).ok().filter(|answer| !answer.is_empty())
}

/// The same; the whole answer.
pub fn try_to_click(page: SocketAddr, link: &str) -> Option<String> {
    exchange(page, &request(link)).ok().filter(|answer| !answer.is_empty())
}

/// The whole answer.
pub fn click(page: SocketAddr, link: &str) -> String {
    exchange(page, &request(link)).unwrap()
}

fn request(link: &str) -> String {
    let path = link.strip_prefix("https://stop.salon.example").unwrap();
    let body = "List-Unsubscribe=One-Click";
    let form = "application/x-www-form-urlencoded";
    let head = format!("POST {path} HTTP/1.1\r\nHost: stop.salon.example\r\nContent-Type: {form}\r\n");
    head + &format!("Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// What the page says at this path.
pub fn look(page: SocketAddr, path: &str) -> String {
    try_look(page, path).unwrap()
}

/// The same, where perhaps nobody listens at the moment.
pub fn try_look(page: SocketAddr, path: &str) -> Option<String> {
    exchange(page, &format!("GET {path} HTTP/1.1\r\nHost: stop.salon.example\r\nConnection: close\r\n\r\n")).ok()
}

fn exchange(page: SocketAddr, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(page)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// The clock that the witness writes down, in nanoseconds.
pub fn boot_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    u64::try_from(time.tv_sec).unwrap() * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap()
}

/// Whether the witness can run here.
pub fn can_run() -> bool {
    need::program("python3")
}
