//! `comity audit recommendations` as people and scripts run it: the table, JSON, the page, and what is refused.

use super::shops::{Row, rows};
use crate::support::process::COMITY;
use std::{
    fmt::Write as _,
    fs,
    path::PathBuf,
    process::{Command, Output},
};
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    /// With purchases that have prices and makers, and a file of groups.
    fn new() -> Self {
        Self::with(|number| (format!("{}.50", 1 + number % 12), ["House", "Berg", "Tal & Söhne"][number % 3]))
    }

    /// With these prices and makers.
    fn with(about: impl Fn(usize) -> (String, &'static str)) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let mut text = String::from("customer,product,category,timestamp,price,manufacturer\n");
        for Row { customer, product, category, on } in rows(3, 260) {
            let number: usize = product.trim_start_matches('P').parse().unwrap();
            let (price, maker) = about(number);
            writeln!(text, "{customer},{product},{category},{},{price},{maker}", on.date()).unwrap();
        }
        folder.write("purchases.csv", &text);
        let mut text = String::from("customer,age,town\n");
        for number in 0..260 {
            let age = ["18-34", "35-64", "65+"][number % 3];
            let town = if number % 20 == 0 { "Kleinstadt" } else { "<b>Basel</b>" };
            writeln!(text, "C{number:03},{age},{town}").unwrap();
        }
        folder.write("people.csv", &text);
        folder
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, more: &[&str]) -> Output {
        let mut command = Command::new(COMITY);
        command.args(["audit", "recommendations", "--data", "purchases.csv"]).args(more).current_dir(self.0.path());
        command.output().unwrap()
    }

    fn said(&self, more: &[&str]) -> String {
        let output = self.run(more);
        assert!(output.status.success(), "{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn files(&self) -> Vec<String> {
        let files = fs::read_dir(self.0.path()).unwrap();
        let mut files: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        files
    }
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn the_table_says_what_was_found() {
    let folder = Folder::new();
    insta::assert_snapshot!("audit", folder.said(&["--k", "8"]));
    let asked = ["--k", "8", "--cut", "2026-06-22", "--groups", "people.csv", "--own-brand", "House", "--neighbours"];
    insta::assert_snapshot!("audit-of-groups", folder.said(&asked));
    assert_eq!(folder.files(), ["people.csv", "purchases.csv"], "nothing is written");
}

#[test]
fn json_has_the_audit_and_the_verdicts_and_no_customer() {
    let folder = Folder::new();
    let text = folder.said(&["--k", "8", "--groups", "people.csv", "--json"]);
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    let verdicts = whole["verdicts"].as_array().unwrap();
    assert!(
        verdicts.iter().any(|verdict| verdict["gate"] == "accuracy" && verdict["answer"] == "holds"),
        "{verdicts:?}"
    );
    let shares = whole["audit"]["exposure"]["products"].as_array().unwrap();
    let sum: f64 = shares.iter().map(|share| share["exposure"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < 1e-9);
    assert!(!text.contains("\"C0") && !text.contains("Kleinstadt"), "{text}");
}

#[test]
fn a_gate_that_fails_is_an_exit_code_only_where_that_is_asked() {
    let first = Folder::with(|_| (String::new(), "Berg"));
    let whole: serde_json::Value = serde_json::from_str(&first.said(&["--k", "8", "--json"])).unwrap();
    // A maker of what has most of the places beside its purchases, and one of the rest.
    let mut pushed = Vec::new();
    for share in whole["audit"]["exposure"]["products"].as_array().unwrap() {
        if share["exposure"].as_f64().unwrap() > 2.0 * share["purchases"].as_f64().unwrap() {
            pushed.push(share["name"].as_str().unwrap().trim_start_matches('P').parse::<usize>().unwrap());
        }
    }
    assert!(!pushed.is_empty());
    let folder = Folder::with(|number| (String::new(), if pushed.contains(&number) { "House" } else { "Berg" }));
    for (more, code) in [
        (&["--own-brand", "House", "--gate"][..], 1),
        (&["--own-brand", "House"], 0),
        (&["--own-brand", "Berg", "--gate"], 0),
        (&["--gate"], 0),
    ] {
        let output = folder.run(&[&["--k", "8"], more].concat());
        let table = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{more:?}: {table}");
        assert_eq!(table.contains("FAILS"), more.contains(&"House"), "{more:?}: {table}");
        assert!(table.contains("unknown  activity: no prices"), "{table}");
    }
}

#[test]
fn the_page_is_one_well_formed_file_that_needs_nothing_else() {
    let folder = Folder::new();
    let asked = ["--k", "8", "--groups", "people.csv", "--own-brand", "House", "--html", "audit.html"];
    assert!(folder.said(&asked).starts_with("audit.html: "));
    let page = fs::read_to_string(folder.path("audit.html")).unwrap();
    is_well_formed(&page);
    for resource in ["<script", "src=", "href=", "url(", "@import", "<link", "<img", "<use", "onload", "javascript:"] {
        assert!(!page.contains(resource), "{resource}");
    }
    assert_eq!(page.matches("://").count(), page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
    assert!(!page.contains("Kleinstadt") && !page.contains("<b>Basel"), "a small group, and a name that isn't escaped");
    assert!(page.contains("&#60;b&#62;Basel&#60;/b&#62;") && page.contains("Tal &#38; Söhne"), "{page}");
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print"));
    let plots: Vec<&str> = page.split("<svg ").skip(1).collect();
    assert!(plots.len() >= 8, "{}", plots.len());
    for plot in &plots {
        assert!(plot.contains("role=\"img\"") && plot.contains("<title id=") && plot.contains("<desc id="), "{plot}");
    }
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "no id is there twice");
    assert_eq!(page.matches("<figure>").count(), page.matches("<table>").count(), "figures as tables, too");
}

/// Every element that is opened is closed, in the order in which it should be.
fn is_well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag that ends");
        let name = tag.split([' ', '\n', '/']).find(|name| !name.is_empty()).unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "…{tag}");
        } else if !tag.ends_with('/') && !name.starts_with('!') && name != "meta" {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn what_cant_be_asked_says_what_to_do() {
    let folder = Folder::new();
    folder.write("strangers.csv", "customer,age\nX1,65+\n");
    folder.write("nothing.csv", "customer\nC001\n");
    folder.write("short.csv", "customer,age\nC001\n");
    let refused = |more: &[&str]| {
        let output = folder.run(more);
        assert_eq!(output.status.code(), Some(1), "{more:?}");
        told(&output)
    };
    let all = [
        refused(&["--own-brand", "Haus"]),
        refused(&["--maker", "producer"]),
        refused(&["--groups", "strangers.csv"]),
        refused(&["--groups", "nothing.csv"]),
        refused(&["--groups", "short.csv"]),
        refused(&["--cut", "yesterday"]),
        refused(&["--cut", "2026-01-02"]),
        refused(&["--html", "no/where.html"]),
    ];
    insta::assert_snapshot!("audit-refused", all.concat());
}

#[test]
fn a_catalogue_is_read_for_its_prices_where_these_are_looked_at() {
    let folder = Folder::new();
    let lines: Vec<String> = (0..72).map(|number| format!("P{number:02},House,{} EUR", 5 + number % 9)).collect();
    folder.write("stock.csv", &format!("product,maker,price\n{}\n", lines.join("\n")));
    let output = folder.run(&["--k", "8", "--catalogue", "stock.csv"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(told(&output), "comity: stock.csv, line 2: \"5 EUR\" is no amount: write 4.25\n");
    let mut lists = Command::new(COMITY);
    lists.args([
        "recommend",
        "--all",
        "--new",
        "--data",
        "purchases.csv",
        "--catalogue",
        "stock.csv",
        "--out",
        "l.csv",
    ]);
    assert!(lists.current_dir(folder.0.path()).output().unwrap().status.success(), "lists don't look at prices");
    folder.write("stock.csv", &format!("product,maker,price\n{}\n", lines.join("\n").replace(" EUR", "")));
    let said = folder.said(&["--k", "8", "--catalogue", "stock.csv", "--own-brand", "House"]);
    assert!(said.contains("The own brands have 100.0 % of the places and 100.0 % of the purchases"), "{said}");
}
