//! A real disk that is really full: a small tmpfs in a mount namespace that nobody else sees.
//!
//! It needs the right to mount: root, or user namespaces (`unshare --map-root-user`). Programs are started inside by
//! `nsenter`; the test reaches its files from outside, through `/proc`.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, ErrorKind, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// See the module. It is gone when dropped, when the last program inside has ended.
pub struct SmallDisk {
    /// Keeps the namespace.
    keeper: Child,
    seen_from_here: PathBuf,
    ways_in: &'static [&'static str],
}

/// How to get a namespace, and how to get in.
const WAYS: [(&[&str], &[&str]); 2] =
    [(&["--mount"], &["--mount"]), (&["--mount", "--map-root-user"], &["--user", "--mount", "--preserve-credentials"])];

impl SmallDisk {
    /// Mounts one over this folder. `None` where nobody may.
    pub fn mount(folder: &Path, bytes: u64) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mount = format!("mount -t tmpfs -o size={bytes},mode=0700 comity \"$0\" && echo mounted && exec cat");
        WAYS.iter().find_map(|(unshare, ways_in)| {
            let mut keeper = Command::new("unshare");
            keeper.args(*unshare).args(["sh", "-c", &mount]).arg(folder);
            keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
            let mut keeper = keeper.spawn().ok()?;
            let mut said = String::new();
            BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut said).unwrap();
            let seen_from_here = format!("/proc/{}/root{}", keeper.id(), folder.display()).into();
            let disk = Self { keeper, seen_from_here, ways_in };
            (said == "mounted\n").then_some(disk)
        })
    }

    /// A program that runs inside, not yet started.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--target={}", self.keeper.id())).args(self.ways_in).arg("--").arg(program);
        command
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut filler = File::create(self.seen_from_here.join("filler")).unwrap();
        let error = loop {
            if let Err(error) = filler.write_all(&[1; 512]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    }

    /// Makes room again.
    pub fn free(&self) {
        fs::remove_file(self.seen_from_here.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
