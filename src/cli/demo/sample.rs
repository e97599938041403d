//! Lays a sample business out in a folder of the demo's own.

use super::story::Story;
use crate::{cli::schema::File, deliver::dkim};
use anyhow::Context;
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::Write,
    net::SocketAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// A folder of the demo's own, gone when the demo is.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new one among the system's temporary files, for this user alone.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new() -> anyhow::Result<Self> {
        let mut name = [0; 4];
        getrandom::fill(&mut name).context("the system gives no random bytes")?;
        let path = std::env::temp_dir().join(format!("comity-demo-{:08x}", u32::from_be_bytes(name)));
        DirBuilder::new().mode(0o700).create(&path).with_context(|| format!("{} can't be made", path.display()))?;
        Ok(Self(path))
    }

    /// Where.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed now, the system removes with its other temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Lays a sample out: its files, a configuration for these addresses, and a DKIM key of its own.
///
/// # Errors
/// When a file can't be written.
pub fn lay_out(story: Story, root: &Path, catcher: SocketAddr, page: SocketAddr) -> anyhow::Result<()> {
    for (path, text) in story.files() {
        write(&root.join(path), text, 0o644)?;
    }
    for file in File::ALL {
        write(&root.join(file.path()), &file.schema(), 0o644)?;
    }
    write(&root.join("comity.toml"), &configuration(story, catcher, page), 0o644)?;
    write(&root.join("data/keys/dkim.pem"), &dkim::new_key()?, 0o600)
}

fn configuration(story: Story, catcher: SocketAddr, page: SocketAddr) -> String {
    let (name, domain) = story.sender();
    format!(
        "# Made by `comity demo`: its mail server delivers nothing, its links lead to this machine.\n\
         [data]\ndirectory = \"data\"\n\n\
         [mail]\nfrom = \"{name}@{domain}\"\n\n\
         [mail.dkim]\ndomain = \"{domain}\"\nselector = \"demo\"\n\n\
         [smtp]\nhost = \"{}\"\nport = {}\ntls = \"none-on-loopback\"\nlanes = 4\n\n\
         [web]\nlisten = \"{page}\"\npublic_url = \"http://{page}\"\n\n\
         [log]\nformat = \"text\"\nlevel = \"error\"\n",
        catcher.ip(),
        catcher.port(),
    )
}

fn write(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let shown = || format!("{} can't be written", path.display());
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(shown)?;
    }
    let mut file = OpenOptions::new().create_new(true).write(true).mode(mode).open(path).with_context(shown)?;
    file.write_all(text.as_bytes()).with_context(shown)
}
