//! The binary itself: exit codes, JSON for scripts, words for people.

use comity::{base::Clock, clock::SystemClock, engine::house::lock::Lock};
use serde_json::Value;
use std::{
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

/// Runs the binary on the repository's own installation, with its data in a folder of the test's.
fn comity(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_comity"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COMITY_DATA__DIRECTORY", data)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn a_script_reads_the_exit_code_and_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let import = ["import", "customers", "samples/customers.csv", "--yes", "--json"];
    let first = comity(&data, &import);
    assert_eq!(code(&first), Some(0), "{}", said(&first));
    assert_eq!(json(&first)["created"], 200);
    assert_eq!(json(&comity(&data, &import))["unchanged"], 200);
    let visits = ["import", "appointments", "samples/appointments.csv", "--preview", "--json"];
    let preview = json(&comity(&data, &visits));
    assert_eq!((&preview["preview"], &preview["rejections"]), (&Value::Bool(true), &Value::Array(vec![])));

    let broken = folder.path().join("broken.csv");
    std::fs::write(&broken, "email;first_name\nanna@post.example;Anna\nnonsense;Ben\n").unwrap();
    let partly = comity(&data, &["import", "customers", broken.to_str().unwrap(), "--yes"]);
    assert_eq!(code(&partly), Some(4), "{partly:?}");
    let words = String::from_utf8_lossy(&partly.stdout).into_owned();
    assert!(words.contains("2 rows: 1 new, 0 changed, 0 as before, 1 rejected."), "{words}");
    assert!(words.contains("this is not an e-mail address") && words.contains(" 3 "), "{words}");

    let status = json(&comity(&data, &["status", "--json"]));
    assert_eq!((&status["customers"], &status["records"]), (&Value::from(201), &Value::from(0)));
    let explained = comity(&data, &["explain", "C001"]);
    assert!(String::from_utf8_lossy(&explained.stdout).contains("s…@post.example"), "{explained:?}");
    assert_eq!(code(&comity(&data, &["explain", "C999"])), Some(1));
}

#[test]
fn a_file_longer_than_the_limit_is_refused_with_the_name_of_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_comity"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COMITY_DATA__DIRECTORY", folder.path())
        .env("COMITY_LIMITS__IMPORT_BYTES", "1000")
        .args(["import", "customers", "samples/customers.csv", "--yes"])
        .output()
        .unwrap();
    assert_eq!(code(&output), Some(1));
    assert!(said(&output).contains("longer than 1000 bytes, the limit `import_bytes`"), "{}", said(&output));
    assert_eq!(json(&comity(folder.path(), &["status", "--json"]))["customers"], 0);
}

#[test]
fn a_header_that_does_not_fit_is_drawn_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.csv");
    std::fs::write(&file, "id;emial;first_name\nC1;anna@post.example;Anna\n").unwrap();
    let output = comity(folder.path(), &["import", "customers", file.to_str().unwrap(), "--yes"]);
    assert_eq!(code(&output), Some(1));
    let words = said(&output);
    for part in ["export.csv", "emial", "did you mean `email`?", "the columns don't fit"] {
        assert!(words.contains(part), "{part} is missing in:\n{words}");
    }
}

#[test]
fn a_command_that_finds_the_installation_held_does_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let _lock = Lock::acquire(folder.path()).unwrap();
    for arguments in [
        &["import", "customers", "samples/customers.csv", "--yes"][..],
        &["pause"],
        &["resume"],
        &["status"],
        &["explain", "C001"],
    ] {
        let output = comity(folder.path(), arguments);
        assert_eq!(code(&output), Some(3), "{arguments:?}: {output:?}");
        let owner = format!("(process {})", std::process::id());
        assert!(said(&output).contains(&owner), "{arguments:?}: {}", said(&output));
    }
    assert!(!folder.path().join("comity.db").exists());
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let folder = tempfile::tempdir().unwrap();
    let output = comity(folder.path(), &["import", "customers", "samples/customers.csv"]);
    assert_eq!(code(&output), Some(1));
    assert!(said(&output).contains("add --yes to import"), "{}", said(&output));
    assert!(!folder.path().join("comity.db").exists());
}

/// A daemon, for as long as a test needs it.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn commands_go_through_the_daemon_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let child = Command::new(env!("CARGO_BIN_EXE_comity"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COMITY_DATA__DIRECTORY", data)
        .env("COMITY_WEB__LISTEN", "127.0.0.1:0")
        .arg("serve")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut daemon = Daemon(child);
    // The socket is made after the lock is taken, so no command can get in between.
    while !data.join("control.sock").exists() {
        assert!(daemon.0.try_wait().unwrap().is_none(), "the daemon ended before it opened its socket");
        std::thread::yield_now();
    }
    let imported = comity(data, &["import", "customers", "samples/customers.csv", "--yes", "--json"]);
    assert_eq!(code(&imported), Some(0), "{}", said(&imported));
    let visits = comity(data, &["import", "appointments", "samples/appointments.csv", "--yes", "--json"]);
    assert_eq!(code(&visits), Some(0), "{}", said(&visits));
    let status = json(&comity(data, &["status", "--json"]));
    assert_eq!((&status["daemon"], &status["customers"]), (&Value::Bool(true), &Value::from(200)));
    assert_eq!(code(&comity(data, &["pause", "--note", "a test"])), Some(0));
    assert_eq!(json(&comity(data, &["status", "--json"]))["halts"][0]["cause"], "operator");
    assert_eq!(code(&comity(data, &["serve"])), Some(3), "two daemons own one installation");

    let id = rustix::process::Pid::from_child(&daemon.0);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.0.wait().unwrap().success());
    let status = json(&comity(data, &["status", "--json"]));
    assert_eq!((&status["daemon"], &status["customers"]), (&Value::Bool(false), &Value::from(200)));
    assert_eq!(status["halts"][0]["cause"], "operator", "a pause outlives the daemon");
}

/// The most memory that the import of a file takes, in kilobytes, as the system counts it.
fn memory_of_importing(data: &Path, file: &Path) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_comity"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COMITY_DATA__DIRECTORY", data)
        .args(["import", "customers", file.to_str().unwrap(), "--ignore", "note", "--yes"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success() && peak > 0);
            return peak;
        }
        // The peak only grows, so the last look is the one that counts.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        std::thread::yield_now();
    }
}

#[test]
fn a_file_is_never_in_memory_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    // Few rows and long ones: the database's own cache must not hide what is measured.
    let write = |name: &str, note: usize| {
        let row = |n| format!("C{n};c{n}@post.example;\"{}\"\n", "é".repeat(note / 2));
        let text: String = std::iter::once("id;email;note\n".to_owned()).chain((0..1_000).map(row)).collect();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let (short, long) = (write("short.csv", 10), write("long.csv", 30_000));
    let base = memory_of_importing(&folder.path().join("a"), &short);
    let peak = memory_of_importing(&folder.path().join("b"), &long);
    assert!(peak < base + 10_000, "30 MB of file took {peak} kB, where a short one takes {base} kB");
}

#[test]
fn a_visit_that_nobody_is_known_for_is_listed_and_settled_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let (data, customers, calendar) =
        (folder.path().join("data"), folder.path().join("c.csv"), folder.path().join("v.ics"));
    std::fs::write(&customers, "email;first_name;last_name\nzoe@post.example;Zoé;Durand\n").unwrap();
    let soon = SystemClock.now().plus(Duration::from_hours(24 * 30)).to_utc().format("%Y%m%dT100000Z");
    let event = format!("BEGIN:VEVENT\r\nUID:z\r\nDTSTART:{soon}\r\nSUMMARY:Zoé\\, colour\r\nEND:VEVENT\r\n");
    std::fs::write(&calendar, format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{event}END:VCALENDAR\r\n")).unwrap();
    let [customers, calendar] = [&customers, &calendar].map(|path| path.to_str().unwrap());
    assert_eq!(code(&comity(&data, &["import", "customers", customers, "--yes"])), Some(0));
    assert_eq!(code(&comity(&data, &["import", "calendar", calendar, "--yes"])), Some(0));

    let listed = String::from_utf8(comity(&data, &["visits", "--unmatched"]).stdout).unwrap();
    assert!(
        listed.contains("Zoé, colour")
            && listed.contains("Zoé Durand (@1, z…@post.example): comity visits settle 1 @1"),
        "{listed}"
    );
    assert_eq!(json(&comity(&data, &["visits", "--json"]))["likely"][0]["customer"], "@1");
    assert_eq!(code(&comity(&data, &["visits", "settle", "1", "@7"])), Some(1));
    let settled = comity(&data, &["visits", "settle", "1", "@1"]);
    assert_eq!(code(&settled), Some(0), "{}", said(&settled));
    assert_eq!(json(&comity(&data, &["status", "--json"]))["visits_of_nobody"], 0);
    assert_eq!(json(&comity(&data, &["status", "--json"]))["records"], 1);
}
