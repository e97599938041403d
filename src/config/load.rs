//! Reads an installation's directory as a whole, or not at all.

use super::{Config, Installation, Trace, folder, logo, read};
use crate::{
    base::{Findings, Source},
    policy::{Policy, Scope, parse as policy},
    privacy::assess,
    render::{
        compile::{self, Compilation, Files, TaskUse, Use},
        flow::{self, Flow},
    },
    workflow::{Approval, Asks, Condition, Workflow, parse as workflow},
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The largest file that people write by hand.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// How often files that are being written are read again before the reader gives up.
const READINGS_MAX: usize = 5;

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
    /// Somebody is writing them.
    #[error("the installation's files change while they are read; try again when they are written")]
    Moving,
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
    load_with(root, environment())
}

/// The data directory of the installation at `root`, as far as it can be told from a file with mistakes, or without one.
#[must_use]
pub fn data(root: &Path) -> PathBuf {
    let mut bytes = Vec::new();
    let file = fs::File::open(root.join("comity.toml"));
    let _ = file.and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    // Whatever one letter of it is: an umlaut of another encoding elsewhere doesn't move the directory.
    let settings = Source::new("comity.toml", String::from_utf8_lossy(&bytes).into_owned());
    read::data(&settings, root, environment())
}

fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Loads it, and knows that nobody wrote while it read: half of an editor's work is never taken for the whole. Gives the
/// trace that the files left, whatever was found in them. With an earlier trace most files are read only once.
///
/// # Errors
/// As [`load`]; or the files keep changing.
pub fn load_still(root: &Path, earlier: &Trace) -> (Result<Installation, LoadError>, Trace) {
    let mut before = earlier.again(root);
    for _ in 0..READINGS_MAX {
        let mut named = Vec::new();
        let loaded = load_naming(root, environment(), &mut named);
        let after = Trace::of(root, named);
        if after == before {
            return (loaded, after);
        }
        before = after;
    }
    (Err(LoadError::Moving), before)
}

/// As [`load`], with an environment of the caller's.
///
/// # Errors
/// As [`load`].
pub fn load_with(
    root: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Installation, LoadError> {
    load_naming(root, variables, &mut Vec::new())
}

/// Names the files besides that the others name, whatever else is wrong: secrets, and the logo.
fn load_naming(
    root: &Path,
    variables: impl IntoIterator<Item = (String, String)>,
    files: &mut Vec<PathBuf>,
) -> Result<Installation, LoadError> {
    if !root.join("comity.toml").is_file() {
        return Err(LoadError::NoInstallation(root.to_owned()));
    }
    let mut findings = Findings::default();
    let settings = read::read(&file(root, "comity.toml")?, root, variables);
    findings.absorb(settings.findings);
    let config = settings.config;
    *files = settings.secrets;

    let policy_file =
        if root.join("policy.toml").is_file() { file(root, "policy.toml")? } else { Source::new("policy.toml", "") };
    let reading = policy::parse(&policy_file);
    findings.absorb(reading.findings);
    let policy = reading.policy;
    let picture = policy.as_ref().and_then(|policy| policy.business.look.logo.as_deref());
    files.extend(picture.map(|name| root.join(name)));
    let logo = picture.and_then(|name| logo::read(root, name, &policy_file, &mut findings));
    // Whoever uses a name that couldn't be read is not to blame: what hangs on names is checked once they are right.
    let known = policy.as_ref().filter(|_| reading.names == policy::Names::Sure);

    let templates = templates(root)?;
    let workflow_files = workflows(root)?;
    let mut workflows = BTreeMap::new();
    let names = compile::names(&templates);
    for (name, source) in &workflow_files {
        let (workflow, found) =
            workflow::parse(source, name, &|used| revision_of(source, used, &templates), known, &names);
        findings.absorb(found);
        workflows.extend(workflow.map(|workflow| (name.clone(), Arc::new(workflow))));
    }
    two_digests(&workflows, &workflow_files, &mut findings);
    let uses = known.map(|policy| uses(&workflows, policy)).unwrap_or_default();
    let tasks = known.map(|policy| tasks(&workflows, policy)).unwrap_or_default();
    let compiled = policy.as_ref().map(|policy| compile::compile(&templates, &policy.business.language, &uses, &tasks));
    let compiled = compiled.map(|Compilation { templates, reads, findings: mut found }| {
        // Of a workflow's file the words of a task are all that was compiled; the whole line is shown.
        for finding in &mut found.0 {
            let file = workflow_files.values().find(|file| file.path == finding.source.path);
            finding.source = file.unwrap_or(&finding.source).clone();
        }
        findings.absorb(found);
        (templates, reads)
    });
    no_workflow(root, &workflow_files, &mut findings);
    no_calendar_record(config.as_ref(), known, &policy_file, &mut findings);
    match (config, policy, compiled) {
        (Some(config), Some(policy), Some((compiled, reads))) if findings.is_empty() => {
            let revision = {
                let settings = Source::new("comity.toml", config.shown());
                let rules = [&settings, &policy_file].into_iter();
                digest(rules.chain(workflow_files.values()).chain(templates.values()))
            };
            let flows = flow::flows(&policy, workflows.values().map(AsRef::as_ref), &reads);
            unsigned(&policy, &workflows, &workflow_files, &flows, &mut findings);
            if !findings.is_empty() {
                return Err(LoadError::Findings(findings.sorted()));
            }
            let (policy, templates) = (Arc::new(policy), Arc::new(compiled));
            Ok(Installation { root: root.to_owned(), config, policy, workflows, logo, templates, flows, revision })
        }
        _ => Err(LoadError::Findings(findings.sorted())),
    }
}

fn uses<'a>(workflows: &'a BTreeMap<String, Arc<Workflow>>, policy: &'a Policy) -> Vec<Use<'a>> {
    let of = |workflow: &'a Arc<Workflow>| {
        let scope = Scope::of(policy, &workflow.purpose, workflow.trigger.subject());
        let scope = match workflow.asks {
            Asks::ForAnAnswer => scope.with_answers(),
            Asks::Nothing => scope,
        };
        let scope = if workflow.trigger.gathers_within().is_some() { scope.with_messages() } else { scope };
        let of_customers = |field: &String| field.starts_with("customer.");
        let asked: BTreeSet<String> = workflow.conditions().flat_map(Condition::reads).filter(of_customers).collect();
        let templates = workflow.templates().into_iter();
        templates.map(move |template| Use {
            workflow: &workflow.name,
            template,
            policy,
            scope: scope.clone(),
            asked: asked.clone(),
        })
    };
    workflows.values().flat_map(of).collect()
}

/// A message goes into one digest, so its purpose has one.
fn two_digests(workflows: &BTreeMap<String, Arc<Workflow>>, files: &BTreeMap<String, Source>, findings: &mut Findings) {
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, workflow) in workflows.iter().filter(|(_, workflow)| workflow.trigger.gathers_within().is_some()) {
        let Some(other) = known.insert(&workflow.purpose, name) else { continue };
        let Some(file) = files.get(name) else { continue };
        let at = file.text.find("digest").unwrap_or_default();
        let message = format!("`{other}` gathers the messages of `{}` already", workflow.purpose);
        let help = "delete one of the two: a message can go into one digest only";
        findings.add(file, at..at + "digest".len(), message, "a second digest", Some(help.into()));
    }
}

/// What somebody must answer for by name can't go live by nobody's yes, and that yes is to the workflow as a whole.
fn unsigned(
    policy: &Policy,
    workflows: &BTreeMap<String, Arc<Workflow>>,
    files: &BTreeMap<String, Source>,
    flows: &[Flow],
    findings: &mut Findings,
) {
    for (name, workflow) in workflows.iter().filter(|(_, workflow)| workflow.oversight.approval != Approval::Workflow) {
        let assessment = assess(policy, workflow, flows);
        let Some(file) = files.get(name).filter(|_| assessment.needs_signature(policy)) else { continue };
        let at = file.text.find("approval").unwrap_or_default();
        let message =
            format!("the risk of this workflow is {}: somebody must answer for it by name", assessment.level.name());
        let help = format!(
            "write approval = \"workflow\", then `comity assess {name} --sign` and `comity approve {name}`; `comity assess {name}` says why"
        );
        findings.add(file, at..at + "approval".len(), message, "without a signed assessment", Some(help));
    }
}

fn tasks<'a>(workflows: &'a BTreeMap<String, Arc<Workflow>>, policy: &'a Policy) -> Vec<TaskUse<'a>> {
    let of = |workflow: &'a Arc<Workflow>| {
        let scope = Scope::of(policy, &workflow.purpose, workflow.trigger.subject());
        workflow.tasks().map(move |task| TaskUse { workflow: &workflow.name, task, scope: scope.clone() })
    };
    workflows.values().flat_map(of).collect()
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

/// A workflow's revision: of its file, of its templates but for their samples, and of the partials, which any may use.
fn revision_of(workflow: &Source, used: &BTreeSet<&str>, templates: &Files) -> String {
    let is_used = |path: &str| match path.strip_prefix("mail/").and_then(|path| path.split_once('/')) {
        Some((folder, file)) => used.contains(folder) && file != "sample.json",
        None => true,
    };
    digest([workflow].into_iter().chain(templates.iter().filter(|(path, _)| is_used(path)).map(|(_, source)| source)))
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
    folder::workflows(root)?.into_iter().map(|(name, path)| Ok((name, file(root, &path)?))).collect()
}

fn templates(root: &Path) -> Result<Files, LoadError> {
    let read = |path: String| {
        let source = file(root, &path)?;
        Ok((path.trim_start_matches("templates/").to_owned(), source))
    };
    folder::templates(root)?.into_iter().map(read).collect()
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
