//! A house with some hundred entries under three checkpoints, and what a verifier reads in it.

use crate::support::{proof, real::Premises};
use chrono::TimeDelta;
use comity::{
    audit::{Hash, Source, checkpoint, note::PublicKey},
    engine::audit::{self, Book, Report},
    store::{Database, archive::Archive},
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// How many attacks of each test: few in each run, 20,000 for the report with `COMITY_ATTACKS=20000`.
pub fn rounds() -> usize {
    proof::scale("COMITY_ATTACKS", 150)
}

/// With a purpose that needs a yes.
const TIPS: &str = r#"
[purposes.tips]
title = "Tips"
promise = "One mail a month with something worth knowing."
basis = "consent"
"#;

pub struct House {
    pub premises: Premises,
}

impl House {
    /// With one checkpoint, of nothing but its files.
    pub fn empty() -> Self {
        let premises = proof::premises_to(9);
        fs::write(premises.path().join("policy.toml"), format!("{}{TIPS}", proof::POLICY)).unwrap();
        proof::bring_customers(&premises, 0);
        premises.run(&["pause"]);
        premises.run(&["audit", "checkpoint"]);
        Self { premises }
    }

    /// With customers, consents and their evidence, plans, approvals and halts, and three checkpoints.
    pub async fn built() -> Self {
        let house = Self::empty();
        let people: Vec<usize> = (1..=50).collect();
        let mut text = String::from("id;email;consent:tips\n");
        for n in &people {
            writeln!(text, "C{n};{};{}", proof::address(*n), if n % 7 == 0 { "no" } else { "2026-01-02" }).unwrap();
        }
        house.import("customers", &text);
        fs::copy(house.database(), house.backup()).unwrap();
        house.add_what_the_api_and_approvers_do().await;
        let file = house.premises.path().join("visits.csv");
        let due = proof::now() + TimeDelta::days(30);
        proof::write_visits(
            &file,
            "V",
            people.iter().map(|n| (*n, due + TimeDelta::minutes(i64::try_from(*n).unwrap()))),
        );
        house.premises.run(&["import", "--yes", "appointments", file.to_str().unwrap()]);
        house.premises.run(&["audit", "checkpoint"]);
        house.premises.run(&["resume"]);
        for (n, word) in [(1, "object"), (2, "restrict"), (3, "minor"), (4, "object"), (5, "minor")] {
            house.premises.run(&[word, &format!("C{n}"), "--by", "lucie"]);
        }
        house.import("customers", &text.replace("2026-01-02", "no"));
        house.premises.run(&["audit", "checkpoint"]);
        house
    }

    fn import(&self, kind: &str, text: &str) {
        let file = self.premises.path().join("import.csv");
        fs::write(&file, text).unwrap();
        self.premises.run(&["import", "--yes", kind, file.to_str().unwrap()]);
    }

    /// Rows as the API and the approvals write them: this house has neither.
    async fn add_what_the_api_and_approvers_do(&self) {
        let mut connection = connect(&self.database()).await;
        for n in 1..=8_i64 {
            sqlx::query("INSERT INTO consent_evidence (consent, content) VALUES ($1, randomblob(90))")
                .bind(n)
                .execute(&mut connection)
                .await
                .unwrap();
            sqlx::query(
                "INSERT INTO assessments (workflow, digest, content, who, at)
                 VALUES ('once', '0123456789abcde' || $1, '{}', 'lucie', 1767225600000)",
            )
            .bind(n)
            .execute(&mut connection)
            .await
            .unwrap();
            sqlx::query(
                "INSERT INTO approvals (workflow, plan, day, said, seen, who, at)
                 VALUES ('once', $1, '', 'approved', 'r1', 'lucie', 1767225600000)",
            )
            .bind(n)
            .execute(&mut connection)
            .await
            .unwrap();
        }
        connection.close().await.unwrap();
    }

    pub fn database(&self) -> PathBuf {
        self.premises.path().join("data/comity.db")
    }

    /// A copy from before the second checkpoint.
    pub fn backup(&self) -> PathBuf {
        self.premises.path().join("backup.db")
    }

    fn book(&self) -> PathBuf {
        self.premises.path().join("data/checkpoints/checkpoints.txt")
    }

    /// What stands in the file of checkpoints.
    pub fn checkpoints(&self) -> String {
        fs::read_to_string(self.book()).unwrap()
    }

    /// Each with the empty line behind it.
    pub fn notes(&self) -> Vec<String> {
        checkpoint::notes(&self.checkpoints()).map(|note| format!("{note}\n")).collect()
    }

    pub fn key(&self) -> PublicKey {
        audit::public_key(&self.premises.path().join("data")).unwrap().unwrap()
    }

    /// What a verifier finds in this database.
    pub async fn verify(&self, database: &Path) -> anyhow::Result<Report> {
        audit::verify(
            &mut Archive::open(&Database::file(database.to_owned())).await?,
            &Book::at(self.book()),
            &self.key(),
        )
        .await
    }

    /// The same with other checkpoints.
    pub async fn verify_with(&self, database: &Path, checkpoints: &str) -> anyhow::Result<Report> {
        let file = self.premises.path().join("other.txt");
        fs::write(&file, checkpoints).unwrap();
        audit::verify(&mut Archive::open(&Database::file(database.to_owned())).await?, &Book::at(file), &self.key())
            .await
    }

    /// All that is sealed, and the seals.
    pub async fn content(&self, database: &Path) -> anyhow::Result<(Vec<(i64, Hash)>, String)> {
        let mut archive = Archive::open(&Database::file(database.to_owned())).await?;
        let mut rows = Vec::new();
        for source in Source::ALL {
            let all = archive.rows(source, i64::MIN..i64::MAX).await?;
            rows.extend(all.iter().map(|row| (row.id, row.leaf(source))));
        }
        Ok((rows, format!("{:?}", archive.seals(0).await?)))
    }
}

/// A connection that may do anything.
pub async fn connect(database: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(database).foreign_keys(false);
    SqliteConnection::connect_with(&options).await.unwrap()
}
