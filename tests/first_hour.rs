//! A new owner's first hour, against Postfix with required TLS and AUTH: from the eight questions to a true reminder in
//! rehearsal. What it took is printed.

use crate::support::need;
use chrono::{TimeDelta, Timelike};
use comity::{
    base::{Clock, Instant},
    clock::SystemClock,
};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

const OWNER: &str = "zoe@chez-zoe.example";

fn file(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

fn comity(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_comity"));
    command.arg("-C").arg(folder).args(arguments).env("SSL_CERT_FILE", file("tests/support/tls/localhost.pem"));
    command.env("LANG", "C").env("COMITY_WEB__LISTEN", "127.0.0.1:0").stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(folder: &Path, arguments: &[&str], typed: &str) -> (bool, String) {
    let mut child = comity(folder, arguments).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}

fn since(began: Instant) -> Duration {
    Duration::from_millis((SystemClock.now().ms() - began.ms()).unsigned_abs())
}

/// Ended, however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The mail server ends with its input, the daemon by force.
        if self.0.stdin.take().is_none() || self.0.stdout.is_some() {
            let _ = self.0.kill();
        }
        let _ = self.0.wait();
    }
}

#[test]
fn a_new_owner_comes_from_eight_questions_to_a_true_reminder() {
    if !rustix::process::geteuid().is_root() {
        need::lacking("root, which Postfix wants", "run the tests as root");
        return;
    }
    if !need::program("postfix") || !need::program("dovecot") || !need::program("python3") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let (server, folder) = (place.path().join("server"), place.path().join("salon"));
    fs::create_dir(&server).unwrap();
    let (pem, key) = (file("tests/support/tls/localhost.pem"), file("tests/support/tls/localhost.key"));
    let mut tool = Command::new("python3");
    tool.arg(file("tests/tools/mail_server.py")).arg(&server).args([&pem, &key]).args([OWNER, "secret-horse"]);
    let mut child = tool.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let _server = Running(child);

    // Where it is noon now, so that no quiet hours come in between.
    let ahead = 12 - i64::from(SystemClock.now().to_utc().hour());
    let zone = format!("Etc/GMT{:+}", -ahead);
    let typed = format!(
        "Chez Zoe\n3 rue du Port, 13002 Marseille\n{zone}\nen\n{OWNER}\nlocalhost:{}\n\nsecret-horse\n\n\n",
        port.trim()
    );
    let began = SystemClock.now();
    let (done, said) = run(&folder, &["init", folder.to_str().unwrap()], &typed);
    assert!(done, "{said}");
    let (done, said) = run(&folder, &["send-test"], "");
    assert!(done && said.contains("logged in") && said.contains("accepted: 250"), "{said}");
    let tested_for = since(began);

    let start = (SystemClock.now().to_utc() + TimeDelta::hours(ahead + 24) + TimeDelta::seconds(30))
        .format("%Y-%m-%dT%H:%M:%S");
    let (customers, visits) = (place.path().join("customers.csv"), place.path().join("visits.csv"));
    fs::write(&customers, "id;email;first_name;last_name\nM;marie@post.example;Marie;Blanc\n").unwrap();
    fs::write(&visits, format!("id;customer;starts_at;status\nA1;M;{start};booked\n")).unwrap();
    for (kind, file) in [("customers", &customers), ("appointments", &visits)] {
        let (done, said) = run(&folder, &["import", kind, file.to_str().unwrap(), "--yes"], "");
        assert!(done, "{said}");
    }
    let _daemon = Running(comity(&folder, &["serve"]).spawn().unwrap());
    let reminder = loop {
        let letters = fs::read_dir(server.join("mail")).unwrap().map(|entry| entry.unwrap().path());
        let read = letters.map(|path| fs::read_to_string(path).unwrap_or_default().replace("=\n", ""));
        if let Some(letter) = read.into_iter().find(|letter| letter.contains("Subject: [Rehearsal]")) {
            break letter;
        }
        assert!(since(began) < Duration::from_mins(2), "no reminder came");
        std::thread::yield_now();
    };
    assert!(reminder.contains("this message was for marie@post.example"), "{reminder}");
    let log = fs::read_to_string(server.join("postfix.log")).unwrap();
    assert!(log.contains(&format!("to=<{OWNER}>")) && !log.contains("marie@post.example"), "{log}");
    println!(
        "{} keystrokes; an accepted test message after {tested_for:?}, a reminder after {:?}",
        typed.len(),
        since(began)
    );
    // A wrong password has its own sentence.
    fs::write(folder.join("smtp-password"), "wrong").unwrap();
    let (done, said) = run(&folder, &["send-test"], "");
    assert!(!done && said.contains("Type the password anew"), "{said}");
}
