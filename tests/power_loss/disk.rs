//! What a disk may hold after the power went: what must last, and of the rest whatever chance leaves.
//!
//! The disk is worse than any real one is known to be. Of what nothing made last, each write, each sector of it, and each name may be there
//! or not, on its own, whatever came first: no journal keeps an order, a file's length comes with its bytes or not at all, and what is
//! missing before them is zeros.

use super::history::{Change, Event, History, Node, ROOT};
use crate::support::proof::Dice;
use std::{
    borrow::Cow,
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::{self, OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// What the name of a boot has.
const BOOT_BYTES: usize = 36;

/// Of what need not last, what is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Left {
    Nothing,
    All,
    /// As it falls, in sectors of so many bytes.
    Some(usize),
}

/// A power cut: after which moment, and what the disk made of it.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    pub at: usize,
    pub bytes: Left,
    pub names: Left,
    /// Of the dice.
    pub seed: u64,
}

/// What lies on the disk.
#[derive(Default)]
pub struct Disk {
    files: BTreeMap<Node, Vec<u8>>,
    names: BTreeMap<(Node, OsString), Node>,
}

impl Disk {
    /// After this cut, where each event lasts from these moments on.
    pub fn after(history: &History, lasting: &[usize], cut: Cut) -> Self {
        let mut dice = Dice::seeded(cut.seed);
        let mut disk = Self::default();
        for (event, lasts_from) in history.events.iter().zip(lasting).filter(|(event, _)| event.begun <= cut.at) {
            let must = *lasts_from <= cut.at;
            match &event.change {
                Change::Names { folder, names } => {
                    if must || falls(cut.names, &mut dice) {
                        disk.name(*folder, names);
                    }
                }
                Change::Length { file, bytes } => {
                    if must || falls(cut.bytes, &mut dice) {
                        disk.files.entry(*file).or_default().resize(*bytes, 0);
                    }
                }
                Change::Written { file, at, bytes } => {
                    let whole = must || cut.bytes == Left::All;
                    let sector = match cut.bytes {
                        _ if whole => usize::MAX,
                        Left::Some(sector) if dice.below(2) == 0 => sector,
                        _ => continue,
                    };
                    // Half of those that are there at all are torn.
                    let is_torn = !whole && dice.below(2) == 0;
                    disk.write(*file, *at, bytes, sector, || !is_torn || dice.below(2) == 0);
                }
            }
        }
        disk
    }

    fn name(&mut self, folder: Node, names: &[(OsString, Option<Node>)]) {
        for (name, node) in names {
            let place = (folder, name.clone());
            match node {
                Some(node) => drop(self.names.insert(place, *node)),
                None => drop(self.names.remove(&place)),
            }
        }
    }

    /// Each sector of it that is kept.
    fn write(&mut self, file: Node, at: usize, bytes: &[u8], sector: usize, mut keeps: impl FnMut() -> bool) {
        let held = self.files.entry(file).or_default();
        let mut done = 0;
        while done < bytes.len() {
            let from = at + done;
            let next = (from / sector + 1).saturating_mul(sector).min(at + bytes.len());
            if keeps() {
                if held.len() < next {
                    held.resize(next, 0);
                }
                held[from..next].copy_from_slice(&bytes[done..next - at]);
            }
            done = next - at;
        }
    }

    /// Lays it into this folder, beside what is there.
    pub fn lay(&self, history: &History, folder: &Path) {
        self.lay_folder(history, ROOT, folder);
    }

    fn lay_folder(&self, history: &History, node: Node, folder: &Path) {
        for ((_, name), child) in self.names.iter().filter(|((parent, _), _)| *parent == node) {
            let (path, made) = (folder.join(name), &history.nodes[*child]);
            if made.is_folder {
                fs::create_dir(&path).unwrap();
                fs::set_permissions(&path, Permissions::from_mode(made.mode)).unwrap();
                self.lay_folder(history, *child, &path);
            } else {
                let mut file = OpenOptions::new().create_new(true).write(true).mode(made.mode).open(&path).unwrap();
                let bytes = self.files.get(child).map_or(&[][..], Vec::as_slice);
                file.write_all(&after_another_boot(name, bytes)).unwrap();
            }
        }
    }
}

/// A machine whose power was lost begins another boot. One file names its boot, and is worth nothing in another.
fn after_another_boot<'a>(name: &OsStr, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    let boot = fs::read("/proc/sys/kernel/random/boot_id").unwrap();
    let at = || bytes.windows(BOOT_BYTES).position(|window| window == &boot[..BOOT_BYTES]);
    let Some(at) = (name == "flights").then(at).flatten() else { return Cow::Borrowed(bytes) };
    let mut bytes = bytes.to_vec();
    bytes[at..at + BOOT_BYTES].fill(b'0');
    Cow::Owned(bytes)
}

fn falls(left: Left, dice: &mut Dice) -> bool {
    match left {
        Left::Nothing => false,
        Left::All => true,
        Left::Some(_) => dice.below(2) == 0,
    }
}

/// The moments at which anything changed.
pub fn moments(events: &[Event]) -> Vec<usize> {
    let mut moments: Vec<usize> = events.iter().flat_map(|event| [event.begun, event.ended]).collect();
    moments.sort_unstable();
    moments.dedup();
    moments.retain(|moment| *moment != usize::MAX);
    moments
}
