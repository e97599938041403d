//! How a server looks things up. Its plans are made once, over tables that are empty yet and were never counted: as with a
//! database that is a minute old. They must be right all the same when these hold millions of rows.

use super::{looks, on_postgres, world::World};
use comity::store::{
    SESSION,
    statements::{self, Statement},
};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgConnectOptions};
use std::{fmt::Write as _, str::FromStr};

/// What a message goes through on its way.
const HOT: [&str; 20] = [
    "CLAIM",
    "CLAIMED",
    "ASKED",
    "ASKED_ABOUT",
    "ASKED_BARS",
    "ASKED_SUPPRESSIONS",
    "ASKED_CONSENTS",
    "ASKED_STEPS",
    "ASKED_SLOTS",
    "PERMIT",
    "TO_SENDING",
    "TO_PLANNED",
    "TO_REFUSED",
    "INTENT",
    "CLOSING",
    "CLOSE_ATTEMPTS",
    "CLOSE_PLANS",
    "ENTER",
    "NEXT_CLAIM",
    "BEAT",
];

/// Counting reads what it counts, as there; and one copy's rows are all that a node of it has.
const MAY_SCAN_TOO: [&str; 3] = ["COUNT_ANSWERS", "LEAVE_TO_OTHERS", "TAKE_HOME"];

/// Few rows, whatever the table holds: what is leased, unanswered, open, of one customer; or all rows are what is asked for.
const BY_A_SMALL_INDEX: [&str; 14] = [
    "COMPANIONS",
    "DELAY_NOTICES",
    "END_NOTICES",
    "FORGET_SOURCES",
    "LOST",
    "NOT_BEGUN",
    "OPEN_FOR_PLANS",
    "ORPHANS",
    "RELEASE_ORPHANS",
    "RELEASE_VISITS",
    "STILL_TO_SEND",
    "TO_PARTED",
    "UNCERTAIN_DIGESTS",
    "WAKE_STEPS",
];

/// A database with all tables and no rows, and a session like those of a node.
async fn connect() -> PgConnection {
    let url = on_postgres::world::World::new().await.url.unwrap();
    PgConnection::connect_with(&PgConnectOptions::from_str(&url).unwrap().options(SESSION)).await.unwrap()
}

/// What it reads and by which index, in the order in which the loops are nested.
struct Way(Vec<String>);

impl Way {
    async fn of(statement: &Statement, connection: &mut PgConnection) -> Self {
        let number = |piece: &str| piece.split(|c: char| !c.is_ascii_digit()).next()?.parse::<usize>().ok();
        let parameters = statement.postgres.split('$').skip(1).filter_map(number).max().unwrap_or(0);
        let nothing = vec!["NULL"; parameters].join(", ");
        let arguments = if parameters == 0 { String::new() } else { format!("({nothing})") };
        let prepare = AssertSqlSafe(format!("PREPARE asked AS {}", statement.postgres));
        let prepared = sqlx::raw_sql(prepare).execute(&mut *connection).await;
        prepared.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
        let explain = AssertSqlSafe(format!("EXPLAIN (FORMAT JSON) EXECUTE asked{arguments}"));
        let explained = sqlx::raw_sql(explain).fetch_one(&mut *connection).await.unwrap();
        let plan: Value = serde_json::from_str(explained.try_get_raw(0).unwrap().as_str().unwrap()).unwrap();
        sqlx::raw_sql("DEALLOCATE asked").execute(connection).await.unwrap();
        let mut way = Self(Vec::new());
        way.walk(&plan[0]["Plan"]);
        way
    }

    fn walk(&mut self, node: &Value) {
        let word = |key: &str| node[key].as_str().unwrap_or_default();
        let kind = word("Node Type");
        if kind.ends_with(" Scan") && kind != "Subquery Scan" && kind != "Bitmap Heap Scan" {
            let what = [word("Relation Name"), word("Function Name")].concat();
            let by = word("Index Name");
            self.0.push(match kind {
                // The index of a bitmap is named without its table.
                kind if kind.contains("Index") => format!("look up {what} by {by}").replace("  ", " "),
                "CTE Scan" | "WorkTable Scan" => "go through those".to_owned(),
                _ => format!("read {what}"),
            });
        }
        if ["Hash Join", "Merge Join"].contains(&kind) {
            self.0.push(kind.to_lowercase());
        }
        let nodes = node["Plans"].as_array().map_or(&[][..], Vec::as_slice);
        // What is computed once or for each row of the loop stands behind what the loop goes through.
        let is_part = |node: &&Value| ["InitPlan", "SubPlan"].map(Value::from).contains(&node["Parent Relationship"]);
        nodes.iter().filter(|node| !is_part(node)).for_each(|node| self.walk(node));
        nodes.iter().filter(is_part).for_each(|node| self.walk(node));
    }
}

#[tokio::test]
async fn what_a_message_goes_through_is_looked_up_by_index_in_both_databases() {
    let mut connection = connect().await;
    let world = World::new().await;
    let mut files = looks::connect(&world).await;
    let mut said = String::new();
    for name in HOT {
        let statement = statements::all().find(|statement| statement.name == name).unwrap();
        writeln!(said, "{name}").unwrap();
        for step in looks::query_plan(&mut files, statement.sqlite).await {
            writeln!(said, "    files:  {step}").unwrap();
        }
        for step in Way::of(statement, &mut connection).await.0 {
            writeln!(said, "    server: {step}").unwrap();
        }
    }
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn no_statement_reads_a_whole_table_on_a_server_that_never_counted_its_rows() {
    let mut connection = connect().await;
    let mut whole = Vec::new();
    let mut looked_at = 0;
    let may_not = |name: &&str| !looks::MAY_SCAN.contains(name) && !MAY_SCAN_TOO.contains(name);
    for statement in statements::all().filter(|statement| may_not(&statement.name)) {
        let Way(steps) = Way::of(statement, &mut connection).await;
        looked_at += steps.len();
        let reads = |step: &&String| step.ends_with(" join") || (step.starts_with("read ") && *step != "read unnest");
        whole.extend(steps.iter().filter(reads).map(|step| format!("{}: {step}", statement.name)));
    }
    assert!(whole.is_empty(), "these read a whole table: {whole:#?}");
    assert!(looked_at > 300, "{looked_at} steps");
}

#[tokio::test]
async fn what_comes_in_as_rows_is_gone_through_first_on_a_server_too() {
    let mut connection = connect().await;
    let mut others = Vec::new();
    for statement in statements::all().filter(|statement| statement.postgres.contains("jsonb_array_elements($1")) {
        let Way(steps) = Way::of(statement, &mut connection).await;
        if steps.first().is_none_or(|first| first != "read unnest") {
            others.push((statement.name, steps));
        }
    }
    others.retain(|(name, _)| !BY_A_SMALL_INDEX.contains(name));
    assert!(others.is_empty(), "{others:#?}");
}
