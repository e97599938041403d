//! Reads an installation's directory as a whole, or not at all.

use super::{Config, Installation, read};
use crate::{
    base::{Findings, Source},
    policy::{Policy, Scope, parse as policy},
    render::{
        compile::{self, Compilation, Files, Use},
        flow,
    },
    workflow::{Asks, Workflow, parse as workflow},
};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The largest file that people write by hand.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// How deep folders go under `templates/`.
const FOLDERS_MAX: usize = 4;

/// Why an installation can't be had.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its files have mistakes: all of them, by file and place.
    #[error("{} in the installation's files", count(.0))]
    Findings(Findings),
    /// There is none.
    #[error("{} is not an installation: it has no comity.toml; name its folder with --dir, or see `comity demo`", .0.display())]
    NoInstallation(PathBuf),
    /// A file can't be read.
    #[error("{} can't be read: {error}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

fn count(findings: &Findings) -> String {
    match findings.0.len() {
        1 => "1 mistake".to_owned(),
        many => format!("{many} mistakes"),
    }
}

/// Loads the installation at `root`, with the process's environment over its settings.
///
/// # Errors
/// Every mistake at once, or the file that can't be read.
pub fn load(root: &Path) -> Result<Installation, LoadError> {
    load_with(
        root,
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    )
}

/// The same with an environment of the caller's.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    root: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Installation, LoadError> {
    if !root.join("comity.toml").is_file() {
        return Err(LoadError::NoInstallation(root.to_owned()));
    }
    let mut findings = Findings::default();
    let (config, found) = read::read(&file(root, "comity.toml")?, root, variables);
    findings.absorb(found);

    let policy_file =
        if root.join("policy.toml").is_file() { file(root, "policy.toml")? } else { Source::new("policy.toml", "") };
    let reading = policy::parse(&policy_file);
    findings.absorb(reading.findings);
    let policy = reading.policy;
    // Whoever uses a name that couldn't be read is not to blame: what hangs on names is checked once they are right.
    let known = policy.as_ref().filter(|_| reading.names == policy::Names::Sure);

    let templates = templates(root)?;
    let workflow_files = workflows(root)?;
    let mut workflows = BTreeMap::new();
    let names = compile::names(&templates);
    for (name, source) in &workflow_files {
        let (workflow, found) = workflow::parse(source, name, &revision_of(source, &templates), known, &names);
        findings.absorb(found);
        workflows.extend(workflow.map(|workflow| (name.clone(), Arc::new(workflow))));
    }
    let uses = known.map(|policy| uses(&workflows, policy)).unwrap_or_default();
    let compiled = policy.as_ref().map(|policy| compile::compile(&templates, &policy.business.language, &uses));
    let compiled = compiled.map(|Compilation { templates, reads, findings: found }| {
        findings.absorb(found);
        (templates, reads)
    });
    no_workflow(root, &workflow_files, &mut findings);
    no_calendar_record(config.as_ref(), known, &policy_file, &mut findings);
    match (config, policy, compiled) {
        (Some(config), Some(policy), Some((compiled, reads))) if findings.is_empty() => {
            let revision = digest([&policy_file].into_iter().chain(workflow_files.values()).chain(templates.values()));
            let flows = flow::flows(&policy, workflows.values().map(AsRef::as_ref), &reads);
            let (policy, templates) = (Arc::new(policy), Arc::new(compiled));
            Ok(Installation { root: root.to_owned(), config, policy, workflows, templates, flows, revision })
        }
        _ => Err(LoadError::Findings(findings.sorted())),
    }
}

fn uses<'a>(workflows: &'a BTreeMap<String, Arc<Workflow>>, policy: &'a Policy) -> Vec<Use<'a>> {
    let of = |workflow: &'a Arc<Workflow>| Use {
        workflow: &workflow.name,
        template: &workflow.template,
        scope: match workflow.asks {
            Asks::ForAnAnswer => Scope::of(policy, &workflow.purpose, &workflow.record).with_answers(),
            Asks::Nothing => Scope::of(policy, &workflow.purpose, &workflow.record),
        },
    };
    workflows.values().map(of).collect()
}

/// An installation without a promise sends nothing: that is a mistake rather than a wish.
fn no_workflow(root: &Path, workflows: &BTreeMap<String, Source>, findings: &mut Findings) {
    if workflows.is_empty() && findings.is_empty() {
        let source = Source::new(root.join("workflows").display().to_string(), "");
        let help = "write workflows/<name>.toml; the sample installation has one";
        findings.add(&source, 0..0, "there is no workflow", "nothing to do", Some(help.into()));
    }
}

/// Calendars whose visits would go nowhere.
fn no_calendar_record(config: Option<&Config>, policy: Option<&Policy>, file: &Source, findings: &mut Findings) {
    if let (Some(config), Some(policy)) = (config, policy)
        && !config.sources.is_empty()
        && policy.calendar_record().is_none()
    {
        let help = "write calendar = \"start\" at the field of a record type that says when a visit begins";
        let message = "comity.toml has calendars, and no field takes what they tell";
        findings.add(file, 0..0, message, "no calendar field", Some(help.into()));
    }
}

/// A workflow's revision: of its file and of every template, because partials are shared.
fn revision_of(workflow: &Source, templates: &Files) -> String {
    digest([workflow].into_iter().chain(templates.values()))
}

fn digest<'a>(sources: impl Iterator<Item = &'a Source>) -> String {
    let mut hash = Sha256::new();
    for source in sources {
        // Lengths keep two files apart from one with both texts.
        hash.update((source.path.len() as u64).to_be_bytes());
        hash.update(source.path.as_bytes());
        hash.update((source.text.len() as u64).to_be_bytes());
        hash.update(source.text.as_bytes());
    }
    let first: [u8; 8] = hash.finalize().first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

fn workflows(root: &Path) -> Result<BTreeMap<String, Source>, LoadError> {
    let mut found = BTreeMap::new();
    for path in entries(&root.join("workflows"))? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if let Some(stem) = name.strip_suffix(".toml").filter(|_| path.is_file()) {
            found.insert(stem.to_owned(), file(root, &format!("workflows/{name}"))?);
        }
    }
    Ok(found)
}

fn templates(root: &Path) -> Result<Files, LoadError> {
    let mut files = Files::new();
    // The pages beside them are compiled into the binary.
    for folder in ["templates/mail", "templates/partials"] {
        collect(root, folder, FOLDERS_MAX, &mut files)?;
    }
    Ok(files)
}

fn collect(root: &Path, folder: &str, depth: usize, files: &mut Files) -> Result<(), LoadError> {
    for path in entries(&root.join(folder))? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let below = format!("{folder}/{name}");
        // Editors leave files that begin with a dot or end with a tilde.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(root, &below, depth - 1, files)?;
            }
        } else {
            files.insert(below.trim_start_matches("templates/").to_owned(), file(root, &below)?);
        }
    }
    Ok(())
}

/// A folder's entries in the order of their names. A folder that isn't there has none.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let fail = |error| LoadError::Io { path: folder.to_owned(), error };
    match fs::read_dir(folder) {
        Ok(entries) => {
            let mut paths =
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(fail)?;
            paths.sort();
            Ok(paths)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(fail(error)),
    }
}

/// One file, as UTF-8.
fn file(root: &Path, name: &str) -> Result<Source, LoadError> {
    let path = root.join(name);
    let fail = |error| LoadError::Io { path: path.clone(), error };
    if fs::metadata(&path).map_err(fail)?.len() > FILE_BYTES_MAX {
        return Err(fail(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB")));
    }
    let text = fs::read_to_string(&path).map_err(fail)?;
    Ok(Source::new(name, text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned)))
}
