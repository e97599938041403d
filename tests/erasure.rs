//! What is known about a person, taken away and then erased, by the real commands and the real daemon: every file of the
//! installation is searched, in all the forms in which a word may stand there.

use crate::support::{
    need, proof,
    real::{Premises, Witness},
    traces::found,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

/// Words of one person that stand nowhere else.
const WORDS: [&str; 4] = ["kanarienvogel", "stieglitz", "dompfaff", "C-bergfink"];

/// The file of an archive, by a program that shares no code with what wrote it.
fn unpacked(archive: &Path, file: &str) -> String {
    let script = "import sys, zipfile; sys.stdout.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]).decode())";
    let output = Command::new("python3").args(["-c", script]).arg(archive).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// All that a command says, however it ends.
fn said(premises: &Premises, arguments: &[&str]) -> String {
    let output = premises.comity(arguments).output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn a_person_takes_everything_away_and_then_nothing_of_them_is_left() {
    if !need::program("python3") {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    let witness = Witness::start(outside.path(), &[]);
    let premises = proof::premises(&witness);
    let [first, mailbox, stylist, id] = WORDS;
    let write = |file: &str, text: String| {
        let path = outside.path().join(file);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let policy = fs::read_to_string(premises.path().join("policy.toml")).unwrap();
    let policy = policy
        + "stylist = { type = \"text\", purposes = [\"*\"], keep = \"90 days\" }\n\
        [customer.fields]\nfirst_name = { type = \"text\", purposes = [\"*\"] }\n";
    fs::write(premises.path().join("policy.toml"), policy).unwrap();
    let people = format!("id,email,first_name\n{id},{mailbox}@shop.example,{first}\nC2,bert@shop.example,Bert\n");
    let visits = format!("id,customer,starts_at,stylist\nV1,{id},{0},{stylist}\nV2,C2,{0},Zoe\n", "2037-03-29T14:00");
    let (people, visits) = (write("customers.csv", people), write("visits.csv", visits));
    premises.run(&["import", "customers", &people, "--yes"]);
    premises.run(&["import", "appointments", &visits, "--yes"]);
    premises.run(&["consent", id]);

    // All of it, with who looked.
    let archive = outside.path().join("taken.zip");
    premises.run(&["export", id, "--to", archive.to_str().unwrap()]);
    let data = unpacked(&archive, "data.json");
    for word in WORDS {
        assert!(data.contains(word), "{word} is missing: {data}");
    }
    assert!(!data.contains("bert@") && !data.contains("Zoe"), "of nobody else");
    let data: Value = serde_json::from_str(&data).unwrap();
    assert!(!data["plans"].as_array().unwrap().is_empty());
    let ledger = data["ledger"].as_array().unwrap();
    let times = |sentence: &str| ledger.iter().filter(|line| line["sentence"] == sentence).count();
    assert_eq!(times("Somebody of the business looked at what this customer agreed to."), 1);
    assert_eq!(times("Somebody of the business looked at all that is known about this customer."), 1);
    assert!(unpacked(&archive, "records.csv").contains(stylist));
    assert_eq!(data["records"][0]["fields"]["stylist"], *stylist, "as the business's own file has it");
    assert_eq!(data["records"][0]["fields"]["starts_at"], "2037-03-29T14:00");
    assert!(unpacked(&archive, "READ-ME.txt").contains("Salon Lumière"));
    let refused = said(&premises, &["export", id, "--to", archive.to_str().unwrap()]);
    assert!(refused.contains("taken.zip can't be written"), "{refused}");

    let data_folder = premises.path().join("data");
    assert_eq!(found(&data_folder, &[first, mailbox, stylist]), BTreeSet::new(), "it is sealed at rest");
    assert!(!found(&data_folder, &[id]).is_empty(), "the search finds what stands there");
    premises.run(&["audit", "checkpoint"]);
    assert!(premises.run(&["erase", id]).contains("Nothing was erased"));
    let erased = premises.run(&["erase", id, "--yes"]);
    assert!(erased.contains("is nobody any more"), "{erased}");
    assert_eq!(found(premises.path(), &WORDS), BTreeSet::new());
    assert!(said(&premises, &["export", id]).contains("nobody has this id"));
    let revived = said(&premises, &["import", "customers", &people, "--yes"]);
    assert!(revived.contains("no import brings them back"), "{revived}");
    let verified = premises.run(&["audit", "verify"]);
    assert!(verified.contains("All is as it was written."), "{verified}");
    assert!(premises.run(&["explain", "C2"]).contains("Planned"), "the others stay");
}

#[test]
fn customers_keys_are_wrapped_anew_and_the_old_wrapping_opens_nothing() {
    let outside = tempfile::tempdir().unwrap();
    let witness = Witness::start(outside.path(), &[]);
    let premises = proof::premises(&witness);
    let people = outside.path().join("customers.csv");
    proof::write_customers(&people, 3);
    premises.run(&["import", "customers", people.to_str().unwrap(), "--yes"]);
    let before = premises.run(&["export", "C1", "--to", outside.path().join("before.zip").to_str().unwrap()]);
    assert!(before.contains("before.zip"));
    for round in 1..=2 {
        let told = premises.run(&["rewrap"]);
        assert!(told.contains("3 keys are wrapped with a new key"), "{told}");
        let keys = fs::read_to_string(premises.path().join("data/keys/wrapping.key")).unwrap();
        assert_eq!(keys.lines().count(), 1, "the older ones are gone");
        assert!(keys.starts_with(&format!("{} ", round + 1)), "{round}");
        premises.run(&["export", "C1", "--to", outside.path().join(format!("{round}.zip")).to_str().unwrap()]);
    }
    // Whoever has the master key alone, as it leaked.
    let wrapping = premises.path().join("data/keys/wrapping.key");
    let apart = wrapping.with_extension("apart");
    fs::rename(&wrapping, &apart).unwrap();
    let refused = said(&premises, &["export", "C1"]);
    assert!(refused.contains("does not open"), "{refused}");
    fs::rename(&apart, &wrapping).unwrap();
    premises.run(&["export", "C1", "--to", outside.path().join("after.zip").to_str().unwrap()]);
}

/// All files of an archive, by their names.
fn files(archive: &Path) -> BTreeMap<String, String> {
    let script = "import json, sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); \
                  print(json.dumps({name: z.read(name).decode() for name in z.namelist()}))";
    let output = Command::new("python3").args(["-c", script]).arg(archive).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The cells of a column.
fn column(table: &str, name: &str) -> Vec<String> {
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let at =
        rows.headers().unwrap().iter().position(|column| column == name).unwrap_or_else(|| panic!("{name}: {table}"));
    rows.records().map(|row| row.unwrap()[at].to_owned()).collect()
}

/// Two people with visits, and a yes of one of them: each value of hers is a word that stands nowhere else.
fn bring_two(premises: &Premises, outside: &Path) {
    let write = |file: &str, text: &str| {
        let path = outside.join(file);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let policy = fs::read_to_string(premises.path().join("policy.toml")).unwrap();
    let policy = policy
        + "stylist = { type = \"text\", purposes = [\"*\"], keep = \"90 days\" }\n\
        minutes = { type = \"integer\", purposes = [\"*\"], keep = \"90 days\" }\n\
        dose = { type = \"integer\", purposes = [\"reminders\"], keep = \"90 days\", sensitive = true }\n\
        [customer.fields]\nfirst_name = { type = \"text\", purposes = [\"*\"] }\n\
        birthday = { type = \"month-day\", purposes = [\"*\"] }\n\
        [purposes.letters]\ntitle = \"Letters\"\npromise = \"Now and then.\"\nbasis = \"consent\"\n";
    fs::write(premises.path().join("policy.toml"), policy).unwrap();
    let people = "id,email,first_name,birthday,time_zone\n\
                  C-bergfink,kanarienvogel@shop.example,dompfaff,12-24,America/Noronha\nC2,bert@shop.example,Bert,\n";
    let people = write("customers.csv", &people.replace("Bert,\n", "Bert,,\n"));
    let visits = write(
        "visits.csv",
        "id,customer,starts_at,stylist,minutes,dose\n\
         V-zeisig,C-bergfink,2037-03-29T14:07,stieglitz,45,987654\nV2,C2,2037-03-29T14:07,Zoe,30,1\n",
    );
    premises.run(&["import", "customers", &people, "--yes"]);
    premises.run(&["import", "appointments", &visits, "--yes"]);
    let by = ["--method", "paper", "--proof", "note=gimpel", "--place", "hänfling", "--by", "rohrammer"];
    premises.run(&[&["consent", "C-bergfink", "--record", "letters"][..], &by].concat());
}

#[test]
fn analysts_get_tokens_in_place_of_people_and_other_tokens_the_next_time() {
    if !need::program("python3") {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    let witness = Witness::start(outside.path(), &[]);
    let premises = proof::premises(&witness);
    bring_two(&premises, outside.path());

    let export = |name: &str| {
        let archive = outside.path().join(name);
        premises.run(&["export", "--pseudonymous", "--to", archive.to_str().unwrap()]);
        files(&archive)
    };
    let (first, second) = (export("first.zip"), export("second.zip"));
    // Each of these is a value of somebody's, and the export of one person has it.
    let own = outside.path().join("own.zip");
    premises.run(&["export", "C-bergfink", "--to", own.to_str().unwrap()]);
    let own = unpacked(&own, "data.json");
    let canaries = [
        "bergfink",
        "kanarienvogel",
        "dompfaff",
        "12-24",
        "Noronha",
        "zeisig",
        "14:07",
        "stieglitz",
        "987654",
        "gimpel",
        "hänfling",
        "rohrammer",
    ];
    for canary in canaries {
        assert!(own.contains(canary), "{canary} is nowhere: {own}");
        for (file, text) in &first {
            assert!(!text.contains(canary), "{canary} is in {file}: {text}");
        }
    }

    has_what_analysts_ask_for(&first);
    // No token of one is in the other.
    let people = column(&first["people.csv"], "person");
    for (file, text) in &second {
        for token in &people {
            assert!(!text.contains(token), "{token} is in {file} of the next export");
        }
    }
}

/// Who has which messages, and of what kind the visit was; each column is named where the file says what it is.
fn has_what_analysts_ask_for(first: &BTreeMap<String, String>) {
    let tables: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(tables, ["READ-ME.txt", "consents.csv", "messages.csv", "people.csv", "records.csv"]);
    let people: BTreeSet<String> = column(&first["people.csv"], "person").into_iter().collect();
    assert_eq!(people.len(), 2);
    assert_eq!(column(&first["records.csv"], "person").into_iter().collect::<BTreeSet<_>>(), people);
    let mut minutes = column(&first["records.csv"], "field minutes");
    minutes.sort();
    assert_eq!(minutes, ["30", "45"]);
    assert_eq!(column(&first["records.csv"], "field starts_at"), ["2037-03-29", "2037-03-29"]);
    assert_eq!(column(&first["consents.csv"], "purpose"), ["letters"]);
    let messages = column(&first["messages.csv"], "workflow");
    assert!(messages.len() == 4 && messages.contains(&"again".to_owned()), "{messages:?}");
    assert!(column(&first["messages.csv"], "person").iter().all(|person| people.contains(person)));
    for (file, text) in first.iter().filter(|(file, _)| *file != "READ-ME.txt") {
        let columns = text.lines().next().unwrap().split(',').filter(|column| !column.starts_with("field "));
        for name in columns {
            assert!(first["READ-ME.txt"].contains(name), "{name} of {file}");
        }
    }
}
