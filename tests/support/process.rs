//! Real programs, started by tests and ended with them.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// The binary under test.
pub const COMITY: &str = env!("CARGO_BIN_EXE_comity");

/// A process that ends with the test.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Asked and not killed, so that it tidies up behind itself.
        if let Ok(None) = self.0.try_wait() {
            let pid = rustix::process::Pid::from_child(&self.0);
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = self.0.wait();
        }
    }
}

/// Starts a program and reads its output up to the line that has `words`; gives what follows them.
pub fn start(program: &Path, arguments: &[&str], words: &[&str]) -> (Process, Vec<String>) {
    try_start(program, arguments, words)
        .unwrap_or_else(|| panic!("{} ended without saying {words:?}", program.display()))
}

/// The same; `None` where it ended before it said so.
pub fn try_start(program: &Path, arguments: &[&str], words: &[&str]) -> Option<(Process, Vec<String>)> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let process = Process(child);
    let found = words
        .iter()
        .map(|word| lines.find_map(|line| line.unwrap().split_once(word).map(|(_, rest)| rest.trim().to_owned())));
    let found = found.collect::<Option<Vec<String>>>()?;
    // What it says later is read and forgotten, so that it never waits for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    Some((process, found))
}
