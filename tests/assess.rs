//! Impact assessments: what the files show, by a rule that anybody can follow, and who must answer for it by name.

use crate::support::{clock::HandClock, daemon::Daemon, process::COMITY, proof};
use comity::{
    config::{self, Installation},
    engine::{
        files::NotReloaded,
        office::{
            approval::{Answered, Order},
            privacy::{SignOrder, Signed},
        },
    },
    gate::{DraftCause, facts::Said},
    policy::Level,
    privacy::{Assessment, assess},
};
use std::{collections::BTreeMap, fs, path::Path, process::Command};

const ONCE: &str = "workflows/once.toml";

fn policy(sign_above: &str) -> String {
    let health = "[customer.fields]\nhealth = { type = \"text\", purposes = [\"reminders\"], sensitive = true }\n";
    format!("{}{health}[assessment]\nsign_above = \"{sign_above}\"\n", proof::POLICY)
}

/// A salon whose workflow `once` reads what customers said of their health, and waits for somebody's yes.
async fn salon(sign_above: &str) -> Daemon {
    let premises = proof::premises_to(25);
    fs::write(premises.path().join("policy.toml"), policy(sign_above)).unwrap();
    let once = fs::read_to_string(premises.path().join(ONCE)).unwrap();
    let once =
        once.replace("approval = \"none\"", "approval = \"workflow\"") + "only_if = \"customer.health != 'ill'\"\n";
    fs::write(premises.path().join(ONCE), once).unwrap();
    let daemon = Daemon::over(premises, HandClock::new()).await;
    daemon.files().reload().await.unwrap();
    daemon
}

fn of(installation: &Installation, workflow: &str) -> Assessment {
    assess(&installation.policy, &installation.workflows[workflow], &installation.flows)
}

async fn approve(daemon: &Daemon) -> Answered {
    let edition = daemon.engine.in_force.now();
    let revision = edition.rulebook.workflow("once").unwrap().revision.clone();
    let (workflow, who) = ("once".to_owned(), "Lucie".to_owned());
    let order = Order { workflow, said: Said::Approved, revision: Some(revision), who };
    daemon.engine.office().approve(order).await.unwrap()
}

async fn sign(daemon: &Daemon, digest: Option<&str>) -> Signed {
    let own = of(daemon.engine.in_force.now().rulebook.installation(), "once").digest;
    let digest = digest.map_or(own, str::to_owned);
    let order = SignOrder { workflow: "once".to_owned(), digest, who: "Lucie".to_owned() };
    daemon.engine.office().sign_assessment(order).await.unwrap()
}

async fn why_a_draft(daemon: &Daemon) -> Option<DraftCause> {
    let drafts = daemon.engine.office().standing().await.unwrap().drafts;
    drafts.into_iter().find(|draft| draft.workflow == "once").map(|draft| draft.why)
}

#[tokio::test]
async fn what_is_above_the_policys_level_is_approved_only_when_somebody_has_signed_it_as_it_stands() {
    let daemon = salon("low").await;
    assert_eq!(approve(&daemon).await, Answered::NeedsAssessment { level: Level::Medium });
    assert_eq!(sign(&daemon, Some("0123456789abcdef")).await, Signed::OtherFiles);
    assert_eq!(approve(&daemon).await, Answered::NeedsAssessment { level: Level::Medium });
    let Signed::Kept(signature) = sign(&daemon, None).await else { panic!("not kept") };
    assert_eq!(signature.who, "Lucie");
    assert!(matches!(approve(&daemon).await, Answered::Kept { .. }));
    assert_eq!(why_a_draft(&daemon).await, None);
    // Another title of what it reads is no other risk, and the signature holds.
    let titled = policy("low").replace("sensitive = true", "sensitive = true, title = \"how you are\"");
    fs::write(daemon.premises.path().join("policy.toml"), titled).unwrap();
    daemon.files().reload().await.unwrap();
    let as_it_stands = of(daemon.engine.in_force.now().rulebook.installation(), "once");
    assert_eq!(as_it_stands.risks[0].what, "It reads sensitive data: how you are (customer.health).");
    assert!(matches!(approve(&daemon).await, Answered::Kept { .. }));
    assert_eq!(why_a_draft(&daemon).await, None);
    // A change of the workflow is another one, that nobody has signed.
    let path = daemon.premises.path().join(ONCE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("'ill'", "'sick'")).unwrap();
    daemon.files().reload().await.unwrap();
    assert_eq!(approve(&daemon).await, Answered::NeedsAssessment { level: Level::Medium });
    daemon.end().await;
}

#[tokio::test]
async fn a_policy_that_raises_the_bar_takes_back_an_approval_that_nobody_signed_for() {
    let daemon = salon("medium").await;
    assert!(matches!(approve(&daemon).await, Answered::Kept { .. }));
    assert_eq!(why_a_draft(&daemon).await, None);
    fs::write(daemon.premises.path().join("policy.toml"), policy("low")).unwrap();
    daemon.files().reload().await.unwrap();
    assert!(
        matches!(why_a_draft(&daemon).await, Some(DraftCause::Withdrawn { .. })),
        "{:?}",
        why_a_draft(&daemon).await
    );
    let _ = sign(&daemon, None).await;
    assert!(matches!(approve(&daemon).await, Answered::Kept { .. }));
    // Signed for, it outlives the next change of the files.
    daemon.files().reload().await.unwrap();
    assert_eq!(why_a_draft(&daemon).await, None);
    daemon.end().await;
}

#[tokio::test]
async fn files_that_would_send_it_by_nobodys_yes_are_not_taken_over_and_say_what_to_do() {
    let daemon = salon("low").await;
    let path = daemon.premises.path().join(ONCE);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("approval = \"workflow\"", "approval = \"none\"")).unwrap();
    let refused = daemon.files().reload().await.unwrap_err();
    assert!(matches!(refused, NotReloaded::Load(_)), "{refused}");
    let told = refused.in_full();
    assert!(told.contains("the risk of this workflow is medium: somebody must answer for it by name"), "{told}");
    assert!(told.contains("comity assess once --sign"), "{told}");
    daemon.end().await;
}

#[tokio::test]
#[should_panic(expected = "assessments are append-only")]
async fn a_signature_is_never_written_over() {
    let daemon = salon("low").await;
    let _ = sign(&daemon, None).await;
    daemon.sql("UPDATE assessments SET who = 'Nobody'").await;
}

#[test]
fn the_samples_levels_are_what_the_rule_gives_and_the_command_says_why() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installation = config::load(root).unwrap();
    let levels = installation.workflows.keys().map(|name| (name.as_str(), of(&installation, name)));
    let levels: BTreeMap<&str, (u32, Level)> = levels.map(|(name, it)| (name, (it.points, it.level))).collect();
    let expected = BTreeMap::from([
        ("address-change", (1, Level::Low)),
        ("appointment-reminder", (4, Level::Medium)),
        ("appointment-thanks", (2, Level::Low)),
        ("birthday", (1, Level::Low)),
        ("confirm-sign-up", (1, Level::Low)),
        ("consent-renewal", (1, Level::Low)),
        ("lead-nurturing", (2, Level::Low)),
        ("notice-change", (0, Level::Low)),
        ("own-data", (1, Level::Low)),
        ("thank-you-after-purchase", (1, Level::Low)),
        ("visit-tips", (3, Level::Medium)),
        ("welcome", (1, Level::Low)),
        ("win-back", (3, Level::Medium)),
    ]);
    assert_eq!(levels, expected);
    let run = Command::new(COMITY).args(["-C", env!("CARGO_MANIFEST_DIR"), "assess", "win-back"]).output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(text.starts_with("# Impact assessment of win-back\n\nFor letters. Level: "), "{text}");
    assert!(
        text.contains("what they left undone, decides whether they get it. Lowered: a yes to it ends by itself."),
        "{text}"
    );
    let reminder = of(&installation, "appointment-reminder");
    assert_eq!(reminder.risks[0].what, "It reads sensitive data: what you come for (appointment.service).");
    let none = Command::new(COMITY).args(["-C", env!("CARGO_MANIFEST_DIR"), "assess", "win-bac"]).output().unwrap();
    assert!(!none.status.success());
    assert!(String::from_utf8(none.stderr).unwrap().contains("did you mean `win-back`?"));
}
