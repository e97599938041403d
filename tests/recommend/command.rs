//! `comity recommend` as people run it: its lists, its errors with their lines, and that consent can't be seen in the result.

use super::shops::{Dice, Row, rows};
use crate::support::process::COMITY;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use tempfile::TempDir;

/// Purchases of a gift shop; see the README beside it.
pub const GIFTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recommend/data/gifts.csv.gz");

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, what: &str, data: &Path, more: &[&str]) -> Output {
        let mut command = Command::new(COMITY);
        command.args(["recommend", "--all", what, "--data"]).arg(data).args(more).current_dir(self.0.path());
        command.output().unwrap()
    }
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lists(csv: &[u8]) -> BTreeMap<String, Vec<String>> {
    let text = std::str::from_utf8(csv).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("customer,rank,product"));
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines {
        let [customer, rank, product] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let list = lists.entry(customer.to_owned()).or_default();
        list.push(product.to_owned());
        assert_eq!(rank, list.len().to_string(), "{line}");
    }
    lists
}

fn csv<'a>(rows: impl IntoIterator<Item = &'a Row>, consent: impl Fn(&Row) -> Option<&'static str>) -> String {
    let mut text = String::from("customer,product,category,timestamp,consent\n");
    for row in rows {
        if let Some(consent) = consent(row) {
            let Row { customer, product, category, on } = row;
            writeln!(text, "{customer},{product},{category},{},{consent}", on.date()).unwrap();
        }
    }
    text
}

#[test]
fn everybody_gets_ten_without_doubles_and_new_means_never_bought() {
    let folder = Folder::new();
    let rows = rows(1, 200);
    let data = folder.write("purchases.csv", &csv(&rows, |_| Some("yes")));
    let whom = folder.write("whom.csv", "customer\nC001\nC002\na stranger\n");
    let output = folder.run("--new", &data, &["--customers", whom.to_str().unwrap(), "--out", "recs.csv"]);
    assert!(output.status.success(), "{}", told(&output));
    let new = lists(&fs::read(folder.0.path().join("recs.csv")).unwrap());
    assert_eq!(new.keys().collect::<Vec<_>>(), ["C001", "C002", "a stranger"]);
    let repeat = folder.run("--repeat", &data, &[]);
    assert!(repeat.status.success(), "{}", told(&repeat));
    let repeat = lists(&repeat.stdout);
    assert_eq!(repeat.len(), 200);
    for list in new.values().chain(repeat.values()) {
        assert_eq!((list.len(), list.iter().collect::<BTreeSet<_>>().len()), (10, 10), "{list:?}");
    }
    let bought = |name: &str, product: &String| rows.iter().any(|r| r.customer == name && r.product == *product);
    assert!(new.iter().all(|(name, list)| list.iter().all(|product| !bought(name, product))), "{new:?}");
    let known = |(name, list): (&String, &Vec<String>)| list.iter().any(|product| bought(name, product));
    assert!(repeat.iter().filter(|list| known(*list)).count() > 190);
}

#[test]
fn nobody_without_consent_changes_a_byte_neither_by_their_rows_nor_by_having_withdrawn() {
    let folder = Folder::new();
    for seed in [1, 2, 3] {
        // Three in ten didn't agree: with a no, with nothing, with a word that nobody understands, or with a no beside a yes.
        let rows = rows(seed, 260);
        let mut dice = Dice(seed);
        let said: BTreeMap<&str, u64> = rows.iter().map(|row| (&*row.customer, 0)).collect();
        let said: BTreeMap<&str, u64> = said.into_keys().map(|name| (name, dice.below(14))).collect();
        let consent = |row: &Row| match (said[&*row.customer], &*row.product) {
            (0, _) => "no",
            (1, _) => "",
            (2, _) => "perhaps",
            (3, "P00" | "P12" | "P24" | "P36" | "P48" | "P60") => "0",
            _ => "yes",
        };
        let refuses = |row: &Row| rows.iter().any(|other| other.customer == row.customer && consent(other) != "yes");
        let interleaved = csv(&rows, |row| Some(consent(row)));
        let deleted = csv(&rows, |row| (!refuses(row)).then_some("yes"));
        let lines = [&interleaved, &deleted].map(|text| text.lines().count());
        assert!(lines[0] - lines[1] > lines[0] / 5, "seed {seed}: {lines:?}");
        let files = [folder.write("with.csv", &interleaved), folder.write("without.csv", &deleted)];
        let whom: Vec<&str> = ["customer"].into_iter().chain(said.keys().copied()).collect();
        let whom = folder.write("whom.csv", &whom.join("\n"));
        for what in ["--new", "--repeat"] {
            let [with, without] = files.each_ref().map(|data| {
                let more = ["--customers", whom.to_str().unwrap(), "--today", "2026-07-20", "--out", "recs.csv"];
                let output = folder.run(what, data, &more);
                assert!(output.status.success(), "seed {seed}: {}", told(&output));
                (fs::read(folder.0.path().join("recs.csv")).unwrap(), output.stdout)
            });
            assert_eq!(with, without, "seed {seed}, {what}");
            assert!(!lists(&with.0).is_empty());
        }
    }
}

#[test]
fn what_is_sensitive_sold_out_or_not_in_the_catalogue_is_in_no_list() {
    let folder = Folder::new();
    let mut text = String::from("customer,product,category,timestamp,sensitive\n");
    for Row { customer, product, category, on } in rows(4, 200) {
        let sensitive = u8::from(product.ends_with('3'));
        writeln!(text, "{customer},{product},{category},{},{sensitive}", on.date()).unwrap();
    }
    let data = folder.write("purchases.csv", &text);
    let stock = |number: u32| match number % 10 {
        1 => "0",
        5 => "no",
        _ => "12",
    };
    let listed: Vec<String> = (0..60).map(|number| format!("P{number:02},{}", stock(number))).collect();
    let catalogue = folder.write("stock.csv", &format!("product,stock\n{}\n", listed.join("\n")));
    let output = folder.run("--repeat", &data, &["--catalogue", catalogue.to_str().unwrap()]);
    assert!(output.status.success(), "{}", told(&output));
    for product in lists(&output.stdout).values().flatten() {
        let number: u32 = product.trim_start_matches('P').parse().unwrap();
        assert!(number < 60 && ![1, 3, 5].contains(&(number % 10)), "{product}");
    }
}

#[test]
fn a_file_that_lacks_a_column_or_is_mostly_wrong_is_refused_and_says_where() {
    let folder = Folder::new();
    let refused = |text: &str| {
        let output = folder.run("--new", &folder.write("purchases.csv", text), &["--out", "recs.csv"]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(!folder.0.path().join("recs.csv").exists());
        told(&output).replace(&*folder.0.path().to_string_lossy(), "…")
    };
    assert_eq!(
        refused("customer,article,timestamp\nC1,P1,2026-01-01\n"),
        "comity: …/purchases.csv, line 1: there is no column \"product\". Needed: customer, product, timestamp. The file has: \
         customer, article, timestamp\n"
    );
    let rows = [
        "C1,P1,2026-01-01,4.25",
        ",P1,2026-01-01,4.25",
        "C1,,2026-01-01,4.25",
        "C1,P1,2026-02-30,4.25",
        "C1,P1,2026-01-01,-4.25",
        "C1,P1,2026-01-01,four",
        "C1,P1",
    ];
    assert_eq!(
        refused(&format!("customer,product,timestamp,price\n{}\n", rows.join("\n"))),
        "comity: more than a tenth of the rows can't be taken, so nothing is computed:\n\
         …/purchases.csv, line 3: no customer\n\
         …/purchases.csv, line 4: no product\n\
         …/purchases.csv, line 5: \"2026-02-30\" is no day: write 2027-03-30 or 2027-03-30 08:26:00\n\
         …/purchases.csv, line 6: the amount -4.25 is negative: leave out refunds, and the purchases that they refund\n\
         …/purchases.csv, line 7: \"four\" is no amount: write 4.25\n\
         …/purchases.csv, line 8: 2 fields, and the header has 4\n"
    );
    assert!(refused("").contains("there is no column \"customer\""));
    assert!(refused("customer,product,timestamp\n").contains("no purchases that count"));
    let small = refused("customer,product,timestamp\nC1,P1,2026-01-01\n");
    assert!(small.starts_with("comity: this shop can't recommend yet:\n0 customers who agreed bought two"), "{small}");
}

#[test]
fn a_few_bad_rows_are_left_out_and_said_and_a_bot_is_named() {
    let folder = Folder::new();
    let rows = rows(5, 200);
    let good = csv(&rows, |_| Some("1"));
    let plain = folder.run("--new", &folder.write("good.csv", &good), &["--today", "2026-08-01"]);
    let bad = format!("{good}C001,P01,kind 0,yesterday,1\n");
    let line = bad.lines().count();
    let output = folder.run("--new", &folder.write("bad.csv", &bad), &["--today", "2026-08-01"]);
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(output.stdout, plain.stdout, "a row that isn't taken changes nothing");
    assert!(told(&output).contains(&format!("bad.csv, line {line}: \"yesterday\" is no day")), "{}", told(&output));
    let pushed = "bot,P01,kind 0,2026-03-01,1\nbot,P71,kind 5,2026-03-01,1\n";
    let [once, often] = [1, 25_000].map(|times| {
        let name = format!("bot{times}.csv");
        folder.run(
            "--new",
            &folder.write(&name, &format!("{good}{}", pushed.repeat(times))),
            &["--today", "2026-08-01"],
        )
    });
    assert!(often.status.success(), "{}", told(&often));
    assert_eq!(once.stdout, often.stdout, "50,000 purchases count as one customer's");
    assert!(told(&often).contains("customer \"bot\" has more than 10000 purchases"), "{}", told(&often));
    assert_eq!(told(&once), "");
}

#[test]
fn one_customer_is_told_why() {
    let arguments = ["recommend", "--customer", "14911", "--new", "--data", GIFTS];
    let output = Command::new(COMITY).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 11, "{text}");
    let reason =
        |line: &str| line.contains("Because you bought") || line.contains("goes with") || line.contains("opular");
    assert!(text.lines().skip(1).all(reason), "{text}");
}
