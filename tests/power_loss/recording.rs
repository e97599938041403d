//! What programs did to files and said on the wire, call by call, as `strace` wrote it down.
//!
//! Each line that it writes is a moment: a call has begun in one and ended in one, often the same. Strings are shown in hexadecimal
//! digits, whole, so that nothing in them is taken for what stands around them.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    os::unix::ffi::OsStringExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// All that changes a file, or makes it last, and what is heard and said.
const CALLS: &str = "open,openat,creat,close,dup,dup2,dup3,lseek,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,\
                     fallocate,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,fsync,\
                     fdatasync,sync_file_range,msync,mmap,copy_file_range,sendfile,sendto,sendmsg,recvfrom";
/// Bytes of a string that are shown: more than any call has.
const SHOWN: &str = "4194304";

/// One call, as it was shown.
#[derive(Debug)]
pub struct Call {
    pub name: String,
    arguments: Vec<String>,
    /// `None`: the power, or a signal, was quicker.
    pub result: Option<i64>,
    pub begun: usize,
    pub ended: usize,
}

/// Who traces: a command that waits for its end, or a daemon that is asked to end and killed.
#[derive(Clone, Copy)]
pub enum Tracer {
    Parent,
    /// What is started is the daemon itself.
    Aside,
}

/// The same command, with each of its calls written down.
pub fn recorded(command: &Command, log: &Path, tracer: Tracer) -> Command {
    let mut strace = Command::new("strace");
    if matches!(tracer, Tracer::Aside) {
        strace.arg("-D");
    }
    strace.args(["-f", "--seccomp-bpf", "-q", "-y", "-xx", "-s", SHOWN, "-e", "signal=kill", "-e"]);
    strace.arg(format!("trace={CALLS}")).arg("-o").arg(log);
    strace.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace
}

/// The calls of one life, in the order in which they ended, the first moment being this; and the moment after all of them.
pub fn read(log: &Path, first: usize) -> (Vec<Call>, usize) {
    let text = fs::read_to_string(log).unwrap();
    let mut unfinished: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    let mut calls = Vec::new();
    let mut moment = first;
    for line in text.lines() {
        moment += 1;
        let (thread, shown) = line.split_once(' ').unwrap();
        let shown = shown.trim_start();
        if let Some(begin) = shown.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, (moment, begin));
        } else if let Some((_, end)) = shown.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>")) {
            let (since, begin) = unfinished.remove(thread).unwrap();
            calls.extend(call(&format!("{begin}{end}"), since, moment));
        } else {
            calls.extend(call(shown, moment, moment));
        }
    }
    let cut_short =
        unfinished.into_values().filter_map(|(begun, begin)| call(&format!("{begin}) = ?"), begun, usize::MAX));
    calls.extend(cut_short);
    (calls, moment + 1)
}

/// `None`: it failed, or is no call.
fn call(shown: &str, begun: usize, ended: usize) -> Option<Call> {
    let (name, rest) = shown.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    let arguments = arguments.trim_end().strip_suffix(')')?.trim_end_matches(" <unfinished ...>");
    let number = result.split([' ', '<']).next()?;
    let result = if number == "?" { None } else { Some(whole(number)) };
    let ended = if result.is_none() { usize::MAX } else { ended };
    let is_done = result.is_none_or(|result| result >= 0);
    is_done.then(|| Call { name: name.to_owned(), arguments: split(arguments), result, begun, ended })
}

/// At the commas that stand in no list and no string.
fn split(arguments: &str) -> Vec<String> {
    let (mut depth, mut is_quoted, mut parts) = (0, false, vec![String::new()]);
    for letter in arguments.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '[' | '{' if !is_quoted => depth += 1,
            ']' | '}' if !is_quoted => depth -= 1,
            ',' if depth == 0 && !is_quoted => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().unwrap().push(letter);
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

fn whole(number: &str) -> i64 {
    let read = match number.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None if number.len() > 1 && number.starts_with('0') => i64::from_str_radix(number, 8).ok(),
        None => number.parse().ok(),
    };
    read.unwrap_or_else(|| panic!("no number: {number}"))
}

/// Of `\x68\x69`.
fn unhexed(digits: &str) -> Vec<u8> {
    let bytes = digits.as_bytes().chunks(4);
    bytes.map(|byte| (value(byte[2]) << 4) | value(byte[3])).collect()
}

fn value(digit: u8) -> u8 {
    u8::try_from(char::from(digit).to_digit(16).expect("a hexadecimal digit")).unwrap()
}

impl Call {
    pub fn text(&self, nth: usize) -> &str {
        self.arguments.get(nth).map_or("", String::as_str)
    }

    pub fn number(&self, nth: usize) -> i64 {
        whole(self.text(nth))
    }

    /// The string that an argument is; of a list of pieces, all of them.
    pub fn bytes(&self, nth: usize) -> Vec<u8> {
        let strings = self.text(nth).split('"').skip(1).step_by(2);
        assert!(!self.text(nth).contains("\"..."), "a string that isn't shown whole: {}", self.name);
        strings.flat_map(unhexed).collect()
    }

    /// A path, from the folder that the argument before it names where it has one.
    pub fn path(&self, nth: usize) -> PathBuf {
        let path = PathBuf::from(OsString::from_vec(self.bytes(nth)));
        let from = nth.checked_sub(1).and_then(|before| self.shown_at(before)).unwrap_or_default();
        from.join(path)
    }

    /// An open file by its number.
    pub fn descriptor(&self, nth: usize) -> i64 {
        let text = self.text(nth);
        text.split('<').next().unwrap().parse().unwrap_or(-1)
    }

    /// What an open file is called at that moment; a socket has a name of its own kind.
    pub fn shown_at(&self, nth: usize) -> Option<PathBuf> {
        let (_, shown) = self.text(nth).split_once('<')?;
        let (name, _) = shown.split_once('>')?;
        Some(PathBuf::from(OsString::from_vec(unhexed(name))))
    }

    /// Whether the file of this argument has no name any more.
    pub fn is_nameless(&self, nth: usize) -> bool {
        self.text(nth).ends_with("(deleted)")
    }

    pub fn is_to_socket(&self, nth: usize) -> bool {
        self.shown_at(nth).is_some_and(|name| name.to_string_lossy().starts_with("socket:"))
    }
}
