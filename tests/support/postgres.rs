//! A throw-away PostgreSQL: made by `initdb`, reached through a socket in a temporary folder, gone when dropped.

use super::proof::wait_in_steps;
use rustix::process::{Pid, Signal};
use std::{
    fs,
    io::Write,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{ChildStdin, Command, Stdio},
    sync::{LazyLock, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// The cluster that all tests share. What watches over it ends it when the tests' process ends, however it does.
static SHARED: LazyLock<(Cluster, Mutex<u32>, ChildStdin)> = LazyLock::new(|| {
    let cluster = Cluster::start();
    let mut watch = cluster.program("sh");
    let (data, folder) = (cluster.data(), cluster.dir.path().to_owned());
    let end = format!(
        "cat; {}/pg_ctl -D {} -m immediate stop; rm -rf {}",
        cluster.programs.display(),
        data.display(),
        folder.display()
    );
    #[expect(clippy::zombie_processes, reason = "it ends after this process")]
    let mut watch =
        watch.args(["-c", &end]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let held = watch.stdin.take().unwrap();
    (cluster, Mutex::new(0), held)
});

/// The address of an empty database of one's own, in the cluster that all tests share.
pub fn database() -> String {
    make("")
}

/// The same with all that stands in another, which nobody is connected to.
pub fn copy(url: &str) -> String {
    make(&format!(" TEMPLATE {}", name(url)))
}

/// The socket at which the server of a database listens.
pub fn socket(url: &str) -> PathBuf {
    let folder = url.split("?host=").nth(1).expect("the address names a folder");
    Path::new(folder).join(".s.PGSQL.5432")
}

/// The address of a database for whoever comes by a port of this machine.
pub fn through(url: &str, port: u16) -> String {
    format!("postgres://comity@127.0.0.1:{port}/{}", name(url))
}

/// Its rows, as a back-up has them: all of them, or those of one table.
pub fn dump(url: &str, table: Option<&str>) -> String {
    let of_table = table.iter().flat_map(|table| ["-t", table]);
    dumped(url, &["--data-only"].into_iter().chain(of_table).collect::<Vec<_>>())
}

/// All that stands in it, for an empty database.
pub fn dump_all(url: &str) -> String {
    dumped(url, &[])
}

fn dumped(url: &str, arguments: &[&str]) -> String {
    let (cluster, ..) = &*SHARED;
    let mut dump = cluster.program("pg_dump");
    dump.args(["-U", "comity", "-h"]).arg(cluster.dir.path()).args(["-d", name(url)]).args(arguments);
    let output = dump.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a script in it.
pub fn script(url: &str, text: &str) {
    SHARED.0.script_in(name(url), text).unwrap();
}

/// What it answers to a script.
pub fn ask(url: &str, text: &str) -> String {
    SHARED.0.script_in(name(url), text).unwrap()
}

/// Ends all sessions of a database, and puts another one in its place.
pub fn fail_over(url: &str, to: &str) {
    let (cluster, ..) = &*SHARED;
    let (lost, new) = (name(url), name(to));
    let swap = format!(
        "ALTER DATABASE {lost} ALLOW_CONNECTIONS false;
         SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{lost}';
         ALTER DATABASE {lost} RENAME TO {lost}_lost;
         ALTER DATABASE {new} RENAME TO {lost};"
    );
    cluster.script(&swap).unwrap();
}

fn name(url: &str) -> &str {
    url.split(['/', '?']).nth(3).expect("the address names a database")
}

fn make(like: &str) -> String {
    let (cluster, made, _) = &*SHARED;
    let mut made = made.lock().unwrap();
    *made += 1;
    cluster.script(&format!("CREATE DATABASE test_{made}{like};")).unwrap();
    cluster.url(&format!("test_{made}"))
}

/// A running cluster.
pub struct Cluster {
    dir: TempDir,
    programs: PathBuf,
    owner: Option<u32>,
}

impl Cluster {
    /// Makes and starts one. PostgreSQL refuses to run as root; there, the user `postgres` runs it.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let owner = is_root().then(|| number(Command::new("id").args(["-u", "postgres"])));
        if let Some(owner) = owner {
            chown(dir.path(), Some(owner), None).unwrap();
        }
        let cluster = Self { dir, programs: programs(), owner };
        let data = cluster.data();
        let mut initdb = cluster.program("initdb");
        run(initdb.args(["--auth=trust", "--username=comity", "--encoding=UTF8", "--no-sync", "-D"]).arg(&data));
        cluster.start_again();
        cluster
    }

    /// Ends it in the middle of whatever it does, as a power cut does.
    pub fn stop(&self) {
        run(self.program("pg_ctl").arg("-D").arg(self.data()).args(["-m", "immediate", "stop"]));
    }

    /// The same by `kill -9` of the server and of all that it started.
    pub fn kill(&self) {
        let pid = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let server: i32 = pid.lines().next().unwrap().trim().parse().unwrap();
        // One that has ended by itself meanwhile is gone, too.
        let tell = |pid: i32, signal| {
            let _ = rustix::process::kill_process(Pid::from_raw(pid).unwrap(), signal);
        };
        // Held first, so that it starts nobody whom this doesn't see.
        tell(server, Signal::STOP);
        wait_in_steps(Duration::from_millis(1), || {
            state_of(server).is_none_or(|(_, state)| state == 'T').then_some(())
        });
        let all: Vec<i32> = [server].into_iter().chain(started_by(server)).collect();
        for pid in &all {
            tell(*pid, Signal::KILL);
        }
        wait_in_steps(Duration::from_millis(5), || all.iter().all(|pid| !is_alive(*pid)).then_some(()));
        // As long as nobody has asked how it ended, the number of a dead process looks taken.
        for lock in [self.data().join("postmaster.pid"), self.dir.path().join(".s.PGSQL.5432.lock")] {
            let _ = fs::remove_file(lock);
        }
    }

    /// The same cluster, with what was committed.
    pub fn start_again(&self) {
        let options = format!("-k {} -c listen_addresses='' -c max_connections=400 -F", self.dir.path().display());
        let log = self.dir.path().join("log");
        let mut start = self.program("pg_ctl");
        start.arg("-D").arg(self.data()).arg("-l").arg(&log).args(["-w", "-o", &options, "start"]);
        // The server keeps what it inherits open: no pipes.
        let status = start.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{status}: {}", fs::read_to_string(log).unwrap_or_default());
    }

    /// The address of one of its databases.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://comity@localhost/{name}?host={}", self.dir.path().display())
    }

    /// Runs a script, one statement after the other. What the first failure says, if one fails.
    pub fn script(&self, text: &str) -> Result<String, String> {
        self.script_in("postgres", text)
    }

    fn script_in(&self, database: &str, text: &str) -> Result<String, String> {
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "comity", "-d", database, "-h"]).arg(self.dir.path());
        psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = psql.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = Command::new(if path.exists() { path } else { name.into() });
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        if let Some(owner) = self.owner {
            command.uid(owner);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let _ = self.program("pg_ctl").arg("-D").arg(data).args(["-m", "immediate", "stop"]).output();
    }
}

/// Processes that this one started, and that run.
fn started_by(parent: i32) -> Vec<i32> {
    let all = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|pid| matches!(state_of(*pid), Some((of, state)) if of == parent && state != 'Z')).collect()
}

fn is_alive(pid: i32) -> bool {
    state_of(pid).is_some_and(|(_, state)| state != 'Z')
}

/// Its parent, and how it is.
fn state_of(pid: i32) -> Option<(i32, char)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // Behind the name, which may hold anything.
    let mut rest = stat.rsplit_once(')')?.1.split_whitespace();
    let state = rest.next()?.chars().next()?;
    Some((rest.next()?.parse().ok()?, state))
}

fn is_root() -> bool {
    number(Command::new("id").arg("-u")) == 0
}

fn number(command: &mut Command) -> u32 {
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a user id")
}

/// The newest PostgreSQL that Debian keeps, else the one on the path.
fn programs() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).filter(|bin| has(bin)).collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    found.pop().or_else(|| std::env::split_paths(&path).find(|bin| has(bin))).expect(
        "PostgreSQL is needed to prepare every statement on it: install it (Debian: apt-get install postgresql)",
    )
}

fn has(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "psql"].iter().all(|program| folder.join(program).exists())
}

fn run(command: &mut Command) {
    // The server keeps what it inherits open: no pipes.
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}
