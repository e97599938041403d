//! The way in: through the daemon's socket when one runs, under the lock when none does, and never past it.

use super::office::installation;
use axum::body::Bytes;
use comity::{
    cli::control::{Door, Missing},
    clock::SystemClock,
    engine::{
        arrivals::import::{News, Removals},
        house::lock::{Lock, LockError},
        office::{Office, visits::Settled},
    },
    gate::facts::HaltCause,
    store::Dry,
    web::control::{self, ImportOrder},
};
use futures_util::stream;
use std::{collections::BTreeSet, os::unix::fs::PermissionsExt, sync::Arc};
use tokio::sync::oneshot;

const CUSTOMERS: &str = "id;email;first_name\nC1;anna@post.example;Anna\nC2;;Ben\nC3;carl@post.example;Carl\n";

async fn import(door: &Door, kind: &str, text: &str) -> anyhow::Result<Vec<News>> {
    let order = ImportOrder {
        kind: kind.to_owned(),
        name: "Liste é.csv".to_owned(),
        ignore: BTreeSet::new(),
        dry: Dry::Apply,
        removals: Removals::default(),
        shop: None,
    };
    let pieces: Vec<_> = text.as_bytes().chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    let mut heard = vec![];
    door.import(order, stream::iter(pieces), |news| heard.push(news)).await?;
    Ok(heard)
}

fn rejected_lines(heard: &[News]) -> Vec<u64> {
    let line = |news: &News| match news {
        News::Rejected(rejection) => Some(rejection.line),
        _ => None,
    };
    heard.iter().filter_map(line).collect()
}

/// Everything that can be asked, whichever way in.
async fn ask_everything(door: &Door) {
    let heard = import(door, "customers", CUSTOMERS).await.unwrap();
    assert_eq!(rejected_lines(&heard), [3]);
    let Some(News::Done(report)) = heard.last() else { panic!("{heard:?}") };
    assert_eq!((report.rows, report.created, report.rejected), (3, 2, 1));
    let nothing = import(door, "invoices", CUSTOMERS).await.unwrap_err().to_string();
    assert_eq!(
        nothing,
        "`invoices` is nothing that can be imported; write one of `customers`, `appointments`, `purchases`"
    );
    let misfit = import(door, "appointments", CUSTOMERS).await.unwrap();
    let Some(News::Failed(failure)) = misfit.last() else { panic!("{misfit:?}") };
    let findings = failure.header.clone().unwrap().into_findings();
    assert_eq!(&*findings.0[0].source.path, "Liste é.csv");

    assert_eq!(door.standing().await.unwrap().status.customers, 2);
    door.pause("wrong prices").await.unwrap();
    door.pause("").await.unwrap();
    let halts = door.standing().await.unwrap().status.halts;
    assert_eq!(halts.iter().map(|halt| halt.cause).collect::<Vec<_>>(), [HaltCause::Operator]);
    assert_eq!(door.resume().await.unwrap().len(), 1);
    assert_eq!(door.resume().await.unwrap(), []);
    assert_eq!(door.standing().await.unwrap().status.halts, []);

    let accounts = door.explain("CARL@post.example").await.unwrap();
    assert_eq!(
        accounts.iter().filter_map(|account| account.mailbox.as_deref()).collect::<Vec<_>>(),
        ["c…@post.example"]
    );
    assert_eq!(door.explain("C1").await.unwrap().len(), 1);
    assert!(door.explain("nobody@post.example").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_daemon_is_asked_through_its_socket() {
    let data = tempfile::tempdir().unwrap();
    let installation = installation(data.path());
    let _lock = Lock::acquire(data.path()).unwrap();
    // A socket that a dead daemon left behind is replaced.
    drop(control::bind(data.path()).unwrap());
    let office = Office::open(Arc::clone(&installation), Arc::new(SystemClock)).await.unwrap();
    let socket = control::bind(data.path()).unwrap();
    let mode = std::fs::metadata(control::path(data.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the socket is its owner's alone");
    let (close, closed) = oneshot::channel::<()>();
    let serving = tokio::spawn(control::serve(socket, office, None, async {
        let _ = closed.await;
    }));

    let door = Door::open(Arc::clone(&installation), Missing::Make).await.unwrap();
    assert!(door.is_daemon());
    ask_everything(&door).await;
    door.close().await;
    close.send(()).unwrap();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn only_an_import_that_plans_something_notes_its_rules() {
    let data = tempfile::tempdir().unwrap();
    let door = Door::open(installation(data.path()), Missing::Make).await.unwrap();
    let noted = async || door.standing().await.unwrap().revision.is_some();
    assert!(import(&door, "costumers", CUSTOMERS).await.is_err());
    let _ = import(&door, "customers", "shoe_size\n42\n").await.unwrap();
    assert_eq!(door.settle_visit(1, "nobody@post.example").await.unwrap(), Settled::NoSuchCustomer);
    assert!(!noted().await);
    let _ = import(&door, "customers", CUSTOMERS).await.unwrap();
    assert!(noted().await);
    door.close().await;
}

#[tokio::test]
async fn without_a_daemon_a_command_owns_the_installation_and_lets_go_of_it() {
    let data = tempfile::tempdir().unwrap();
    let installation = installation(data.path());
    let door = Door::open(Arc::clone(&installation), Missing::Make).await.unwrap();
    assert!(!door.is_daemon());
    let Err(error) = Door::open(Arc::clone(&installation), Missing::Make).await else {
        panic!("two own the installation")
    };
    assert!(matches!(error.downcast_ref(), Some(LockError::Held { .. })), "{error:#}");
    ask_everything(&door).await;
    door.close().await;
    assert!(!data.path().join("comity.db-wal").exists(), "all is in the one file that a backup copies");
    let again = Door::open(installation, Missing::Refuse).await.unwrap();
    assert_eq!(again.standing().await.unwrap().status.customers, 2);
    again.close().await;
}
