//! What the calls did to one folder: which file, which bytes, which names, and from which moment on each of that must last.
//!
//! The rules are those of `fsync(2)`, taken at their word: what was written to a file lasts when a later `fsync` or `fdatasync` of this
//! file has ended; that a file has a name, or has it no more, lasts when one of the *folder* has.

use super::recording::Call;
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

/// A file or a folder, whatever its names are. The first is the folder that was watched.
pub type Node = usize;
/// The folder that was watched.
pub const ROOT: Node = 0;

/// What one call changed.
#[derive(Debug)]
pub enum Change {
    Written {
        file: Node,
        at: usize,
        bytes: Vec<u8>,
    },
    Length {
        file: Node,
        bytes: usize,
    },
    /// In a folder, all at once: a name and whose it is from now on.
    Names {
        folder: Node,
        names: Vec<(OsString, Option<Node>)>,
    },
}

/// A change, and when.
#[derive(Debug)]
pub struct Event {
    pub begun: usize,
    pub ended: usize,
    pub change: Change,
}

/// A file or a folder was made to last.
#[derive(Debug)]
struct Sync {
    node: Node,
    begun: usize,
    ended: usize,
}

/// What was said or heard on a socket.
#[derive(Debug)]
pub struct Words {
    pub is_said: bool,
    /// The socket's name, which no other ever has.
    pub on: Option<PathBuf>,
    pub ended: usize,
    pub bytes: Vec<u8>,
}

/// How a file was made.
#[derive(Clone, Debug)]
pub struct Made {
    pub is_folder: bool,
    pub mode: u32,
    /// Its first name.
    pub path: PathBuf,
}

/// See the module.
#[derive(Default)]
pub struct History {
    pub events: Vec<Event>,
    pub nodes: Vec<Made>,
    pub wire: Vec<Words>,
    /// The moment after all of it.
    pub over: usize,
    syncs: Vec<Sync>,
    root: PathBuf,
    names: BTreeMap<(Node, OsString), Node>,
    lengths: BTreeMap<Node, usize>,
    open: BTreeMap<i64, Open>,
}

/// An open file of the process that runs.
#[derive(Clone, Copy)]
struct Open {
    node: Node,
    at: usize,
    appends: bool,
}

impl History {
    /// Of this folder, in which nothing that matters lies yet.
    pub fn of(root: &Path) -> Self {
        let made = Made { is_folder: true, mode: 0o755, path: PathBuf::new() };
        Self { nodes: vec![made], root: root.canonicalize().unwrap(), ..Self::default() }
    }

    /// One life more, after all others.
    pub fn live(&mut self, log: &Path) {
        let (mut calls, over) = super::recording::read(log, self.over);
        calls.sort_by_key(|call| call.ended);
        self.open.clear();
        for call in &calls {
            self.take(call);
        }
        self.over = over;
    }

    /// From which moment on each event must be there, whatever happens (`usize::MAX`: never), where what makes these files last does
    /// nothing at all.
    pub fn lasting(&self, does_nothing: impl Fn(&Made) -> bool) -> Vec<usize> {
        let mut syncs: BTreeMap<Node, Vec<(usize, usize)>> = BTreeMap::new();
        for sync in self.syncs.iter().filter(|sync| !does_nothing(&self.nodes[sync.node])) {
            syncs.entry(sync.node).or_default().push((sync.begun, sync.ended));
        }
        let lasts_from = |event: &Event| {
            let (Change::Written { file: node, .. }
            | Change::Length { file: node, .. }
            | Change::Names { folder: node, .. }) = &event.change;
            let later = syncs.get(node).into_iter().flatten().filter(|(begun, _)| *begun >= event.ended);
            later.map(|(_, ended)| *ended).min().unwrap_or(usize::MAX)
        };
        self.events.iter().map(lasts_from).collect()
    }

    fn take(&mut self, call: &Call) {
        match call.name.as_str() {
            "open" => self.opened(call, 0),
            "openat" => self.opened(call, 1),
            "close" => drop(self.open.remove(&call.descriptor(0))),
            "lseek" => {
                if let (Some(open), Some(at)) = (self.open.get_mut(&call.descriptor(0)), call.result) {
                    open.at = usize::try_from(at).unwrap();
                }
            }
            "write" | "writev" | "pwrite64" | "sendto" | "sendmsg" => self.wrote(call),
            "recvfrom" => {
                let bytes = if call.result.is_some() { call.bytes(1) } else { Vec::new() };
                self.wire.push(Words { is_said: false, on: call.shown_at(0), ended: call.ended, bytes });
            }
            "ftruncate" => {
                if let Some(open) = self.file(call) {
                    let length = usize::try_from(call.number(1)).unwrap();
                    self.change(call, Change::Length { file: open.node, bytes: length });
                }
            }
            "fsync" | "fdatasync" => {
                if let Some(open) = self.open.get(&call.descriptor(0)).filter(|_| call.result.is_some()) {
                    self.syncs.push(Sync { node: open.node, begun: call.begun, ended: call.ended });
                }
            }
            "mkdir" => self.made(call, &call.path(0), true, call.number(1)),
            "mkdirat" => self.made(call, &call.path(1), true, call.number(2)),
            "unlink" | "rmdir" => self.renamed(call, &call.path(0), None),
            "unlinkat" => self.renamed(call, &call.path(1), None),
            "rename" => self.renamed(call, &call.path(0), Some(&call.path(1))),
            "renameat" | "renameat2" => self.renamed(call, &call.path(1), Some(&call.path(3))),
            "mmap" => {
                let is_written = call.text(3).contains("MAP_SHARED") && call.text(2).contains("PROT_WRITE");
                assert!(!is_written || self.file_at(call, 4).is_none(), "a file is written through memory: {call:?}");
            }
            _ => {
                let touches = (0..4).any(|nth| self.file_at(call, nth).is_some());
                let names = call.name.contains("link") || call.name == "truncate";
                let inside = (0..4).any(|nth| call.text(nth).starts_with('"') && self.place(&call.path(nth)).is_some());
                assert!(!(touches || names && inside), "a call that the proof doesn't know: {call:?}");
            }
        }
    }

    /// A file whose path is this argument.
    fn opened(&mut self, call: &Call, nth: usize) {
        let Some(descriptor) = call.result else { return };
        self.open.remove(&descriptor);
        let (path, flags) = (call.path(nth), call.text(nth + 1));
        let Some((folder, name)) = self.place(&path) else {
            if self.root == path {
                self.open.insert(descriptor, Open { node: ROOT, at: 0, appends: false });
            }
            return;
        };
        let known = self.names.get(&(folder, name.to_owned())).copied();
        if known.is_none() && flags.contains("O_CREAT") && !is_memory(&path) {
            self.made(call, &path, false, call.number(nth + 2));
        } else if let Some(file) = known.filter(|_| flags.contains("O_TRUNC")) {
            self.change(call, Change::Length { file, bytes: 0 });
        }
        if let Some(node) = self.names.get(&(folder, name.to_owned())).copied() {
            self.open.insert(descriptor, Open { node, at: 0, appends: flags.contains("O_APPEND") });
        }
    }

    fn wrote(&mut self, call: &Call) {
        let bytes = call.bytes(1);
        if call.is_to_socket(0) {
            self.wire.push(Words { is_said: true, on: call.shown_at(0), ended: call.ended, bytes });
            return;
        }
        let Some(open) = self.file(call) else { return };
        if let Some(written) = call.result {
            assert_eq!(usize::try_from(written).unwrap(), bytes.len(), "a write that stopped half way");
        }
        let at = match call.name.as_str() {
            "pwrite64" => usize::try_from(call.number(3)).unwrap(),
            _ if open.appends => self.lengths.get(&open.node).copied().unwrap_or(0),
            _ => open.at,
        };
        if let Some(open) = self.open.get_mut(&call.descriptor(0)).filter(|_| call.name != "pwrite64") {
            open.at = at + bytes.len();
        }
        self.change(call, Change::Written { file: open.node, at, bytes });
    }

    fn made(&mut self, call: &Call, path: &Path, is_folder: bool, mode: i64) {
        let Some((folder, name)) = self.place(path) else { return };
        let (mode, name) = (u32::try_from(mode).unwrap() & !0o022, name.to_owned());
        let node = self.nodes.len();
        let path = path.strip_prefix(&self.root).unwrap().to_owned();
        self.nodes.push(Made { is_folder, mode, path });
        self.change(call, Change::Names { folder, names: vec![(name, Some(node))] });
    }

    /// From one name to another, or away.
    fn renamed(&mut self, call: &Call, from: &Path, to: Option<&Path>) {
        let Some((folder, name)) = self.place(from) else { return };
        let Some(node) = self.names.get(&(folder, name.to_owned())).copied() else {
            // What nobody reads after a power cut: memory that is shared, and sockets.
            assert!(to.is_none(), "a file that the proof doesn't know is renamed: {call:?}");
            return;
        };
        let mut names = vec![(name.to_owned(), None)];
        if let Some((other, name)) = to.map(|to| self.place(to).expect("within the folder")) {
            assert_eq!(other, folder, "renamed from folder to folder: {call:?}");
            names.push((name.to_owned(), Some(node)));
        }
        self.change(call, Change::Names { folder, names });
    }

    fn change(&mut self, call: &Call, change: Change) {
        match &change {
            Change::Written { file, at, bytes } => {
                let length = self.lengths.entry(*file).or_default();
                *length = (at + bytes.len()).max(*length);
            }
            Change::Length { file, bytes } => drop(self.lengths.insert(*file, *bytes)),
            Change::Names { folder, names } => {
                for (name, node) in names {
                    let place = (*folder, name.clone());
                    match node {
                        Some(node) => drop(self.names.insert(place, *node)),
                        None => drop(self.names.remove(&place)),
                    }
                }
            }
        }
        self.events.push(Event { begun: call.begun, ended: call.ended, change });
    }

    /// The folder of a path, and its name there. `None`: it is none of the watched ones.
    fn place<'a>(&self, path: &'a Path) -> Option<(Node, &'a OsStr)> {
        let inside = path.strip_prefix(&self.root).ok()?;
        let name = inside.file_name()?;
        let mut folder = ROOT;
        for step in inside.parent()? {
            folder = *self.names.get(&(folder, step.to_owned()))?;
        }
        Some((folder, name))
    }

    /// The open file that a call is about, where it is one of the watched ones.
    fn file(&self, call: &Call) -> Option<Open> {
        self.file_at(call, 0)
    }

    fn file_at(&self, call: &Call, nth: usize) -> Option<Open> {
        let path = call.shown_at(nth).filter(|path| path.starts_with(&self.root) && !is_memory(path))?;
        let open = self.open.get(&call.descriptor(nth)).copied();
        assert!(
            open.is_some() || call.is_nameless(nth),
            "a file whose opening nobody saw: {} in {call:?}",
            path.display()
        );
        open.filter(|_| !call.is_nameless(nth))
    }
}

/// SQLite's index of its log, which lies in memory and is made anew: sqlite.org/walformat.html, 2.
fn is_memory(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-shm")
}
