//! The reader alone: bytes in, rows and rejections out.

use comity::{
    base::{Source, Value, Zone, civil::CivilTime},
    intake::{self, Intake, Line, Order, Sheet, Unusable},
    people::ConsentKind,
    policy::{self, Policy},
    store::{CustomerRef, CustomerRow, RecordRow},
    trigger::RecordStatus,
};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc};

const POLICY: &str = r#"
[business]
name = "Salon Lumière"
postal_address = "12 rue des Lilas, 69001 Lyon, France"
reply_to = "hello@salon.example"
time_zone = "Europe/Paris"
language = "fr"
currency = "EUR"

[purposes.appointment-reminders]
title = "Appointment reminders"
promise = "We write before each visit."
basis = "contract"

[purposes.birthday]
title = "Birthday note"
promise = "One note a year."
basis = "consent"

[purposes.visit-tips]
title = "Tips for your visit"
promise = "One note before a visit."
basis = "consent"

[customer.fields]
first_name = { type = "text", purposes = ["*"] }
last_name = { type = "text", purposes = ["*"] }
birthday = { type = "month-day", purposes = ["birthday"] }
visits = { type = "integer", purposes = ["*"] }

[records.appointment.fields]
status = { type = "text", purposes = ["appointment-reminders"] }
starts_at = { type = "datetime", purposes = ["appointment-reminders"] }
service = { type = "text", purposes = ["appointment-reminders"] }
price = { type = "money", purposes = ["appointment-reminders"] }
first_visit = { type = "boolean", purposes = ["appointment-reminders"] }
duration_minutes = { type = "integer", purposes = ["appointment-reminders"] }
stylist = { type = "text", purposes = ["appointment-reminders"] }
"#;

pub fn policy() -> Arc<Policy> {
    let policy::parse::Reading { policy, findings, .. } = policy::parse::parse(&Source::new("policy.toml", POLICY));
    assert!(findings.is_empty(), "{findings:?}");
    Arc::new(policy.unwrap())
}

pub fn order(sheet: &str) -> Order {
    Order {
        sheet: Sheet::named(sheet, &policy()).unwrap(),
        name: format!("{sheet}.csv"),
        ignore: BTreeSet::new(),
        rows_max: intake::ROWS_MAX,
        now: Zone::parse("Europe/Paris").unwrap().resolve(CivilTime::parse("2027-03-08T00:00").unwrap().local),
    }
}

/// All lines of a file that comes in pieces of this many bytes.
fn read_in_steps(order: Order, bytes: &[u8], step: usize) -> Result<Vec<Line>, Unusable> {
    let mut intake = Intake::new(order, policy());
    let mut lines = vec![];
    for piece in bytes.chunks(step) {
        intake.push(piece)?;
        lines.extend(std::iter::from_fn(|| intake.next_line()));
    }
    intake.finish()?;
    lines.extend(std::iter::from_fn(|| intake.next_line()));
    Ok(lines)
}

fn read(sheet: &str, text: &str) -> Vec<Line> {
    read_in_steps(order(sheet), text.as_bytes(), 4096).unwrap()
}

fn customer(line: &Line) -> &CustomerRow {
    match line {
        Line::Customer(_, row) => row,
        other => panic!("not a customer: {other:?}"),
    }
}

fn record(line: &Line) -> &RecordRow {
    match line {
        Line::Record(_, row) => row,
        other => panic!("not a record: {other:?}"),
    }
}

/// Line number and sentence of each rejection.
fn rejections(lines: &[Line]) -> Vec<(u64, String)> {
    let said = |line: &Line| match line {
        Line::Rejected(number, defect) => Some((*number, defect.to_string())),
        _ => None,
    };
    lines.iter().filter_map(said).collect()
}

fn sentence(sheet: &str, text: &str) -> String {
    let rejected = rejections(&read(sheet, text));
    assert_eq!(rejected.len(), 1, "one rejection expected of {text:?}: {rejected:?}");
    rejected.into_iter().next().unwrap().1
}

fn first_names(lines: &[Line]) -> Vec<String> {
    let name = |line| match customer(line).fields.get("first_name") {
        Some(Value::Text(name)) => name.clone(),
        other => panic!("no first name: {other:?}"),
    };
    lines.iter().map(name).collect()
}

#[test]
fn every_encoding_and_delimiter_says_the_same() {
    let utf_16 = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    // All letters of the table are below U+0100, where windows-1252 and Unicode agree.
    let latin = |text: &str| text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect::<Vec<u8>>();
    for delimiter in [";", ",", "\t"] {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["id;email;first_name", "1;zoe@post.example;Zoë", "2;anais@post.example;\"Anaïs; Marie\"", ""]
                .join(end)
                .replace(';', delimiter);
            let marked = format!("\u{FEFF}{text}");
            let forms = [
                ("UTF-8", text.clone().into_bytes()),
                ("UTF-8 with a mark", marked.clone().into_bytes()),
                ("windows-1252", latin(&text)),
                ("UTF-16 LE with a mark", utf_16(&marked, u16::to_le_bytes)),
                ("UTF-16 BE with a mark", utf_16(&marked, u16::to_be_bytes)),
                ("UTF-16 LE", utf_16(&text, u16::to_le_bytes)),
                ("UTF-16 BE", utf_16(&text, u16::to_be_bytes)),
            ];
            for (form, bytes) in forms {
                for step in [1, 3, 4096] {
                    let what = format!("{form}, delimiter {delimiter:?}, line end {end:?}, step {step}");
                    let lines =
                        read_in_steps(order("customers"), &bytes, step).unwrap_or_else(|e| panic!("{what}: {e:?}"));
                    let names = ["Zoë".to_owned(), format!("Anaïs{delimiter} Marie")];
                    assert_eq!(first_names(&lines), names, "{what}");
                    assert_eq!(customer(&lines[0]).external_id.as_deref(), Some("1"), "{what}");
                }
            }
        }
    }
}

#[test]
fn a_letter_that_makes_no_sense_rejects_its_row_and_no_other() {
    let mut bytes = "email;first_name\na@post.example;Zoë\nb@post.example;An".as_bytes().to_vec();
    bytes.extend(b"\xEFs\nc@post.example;Chlo\xC3\xA9\n");
    let lines = read_in_steps(order("customers"), &bytes, 7).unwrap();
    assert_eq!(
        rejections(&lines),
        [(3, "first_name: a letter was lost in a conversion; export the file again, as UTF-8".to_owned())]
    );
    assert_eq!(first_names(&[lines[0].clone(), lines[2].clone()]), ["Zoë", "Chloé"]);
}

#[test]
fn every_broken_row_has_its_line_and_its_reason() {
    let lines = read(
        "customers",
        "id;email;first_name;time_zone;birthday;visits;consent:birthday\n\
         1;anna@post.example;Anna;Europe/Paris;03-29;3;2026-05-01\n\
         2;;Ben;;;;\n\
         3;carla(at)post.example;Carla;;;;\n\
         \n\
         4;dora@post.example;Dora;Europe/Pariss;;;\n\
         5;emil@post.example;Emil;;31-31;;\n\
         6;fay@post.example;Fay;;;many;\n\
         7;gus@post.example;Gus;;;;yes\n\
         8;hal@post.example;Hal;;;;2028-01-01\n\
         9;ida@post.example;Ida;;\n\
         10;jo@post.example;\"Jo;;;;\n\
         11;kim@post.example;\"Kim \"\"K\"\"\";;;;\n\
         1;lou@post.example;Lou;;;;\n\
         12;mia@post.example;Mi\u{7}a;;;;\n\
         13;no@localpart@;No;;;;\n",
    );
    let expected = [
        (3, "email: empty, and it is needed"),
        (4, "email: this is not an e-mail address"),
        (6, "time_zone: there is no time zone `Europe/Pariss`; did you mean `Europe/Paris`?"),
        (7, "birthday: not a day of the year, such as `03-29`"),
        (8, "visits: not a whole number, such as `3`"),
        (9, "consent:birthday: a yes needs the date on which it was given"),
        (10, "consent:birthday: the date lies in the future"),
        (11, "5 cells where the header names 7 columns"),
        (12, "a quote is opened and not closed where its cell ends; write a quote inside a cell twice"),
        (14, "the same id stands in line 2 already; that line was taken, this one was not"),
        (15, "first_name: a control character, which no message may carry"),
        (16, "email: the domain is not valid"),
    ];
    let expected: Vec<(u64, String)> = expected.iter().map(|(line, said)| (*line, (*said).to_owned())).collect();
    assert_eq!(rejections(&lines), expected);
    let taken: Vec<&Line> = lines.iter().filter(|line| !matches!(line, Line::Rejected(..))).collect();
    assert_eq!(
        taken.iter().map(|line| customer(line).external_id.as_deref()).collect::<Vec<_>>(),
        [Some("1"), Some("11")]
    );
    let anna = customer(taken[0]);
    assert_eq!(anna.consents.len(), 1);
    assert_eq!(anna.consents[0].kind, ConsentKind::Granted);
    assert_eq!(anna.consents[0].at.to_string(), "2026-04-30T22:00:00.000Z");
    assert_eq!(anna.consents[0].source, "customers.csv:2");
}

#[test]
fn an_appointment_is_read_by_its_declared_types() {
    let lines = read(
        "appointments",
        "id;customer;starts_at;status;service;price;first_visit\n\
         A1;C1;2027-03-28T10:00;booked;Coupe et brushing;42,50 €;yes\n\
         A2;anna@post.example;28/03/2027 10:00;Cancelled;;;0\n\
         A3;C1;2027-03-28T10:00[America/Martinique];;;;\n",
    );
    let one = record(&lines[0]);
    assert_eq!(one.kind, "appointment");
    assert_eq!(one.customer, CustomerRef::ExternalId("C1".to_owned()));
    assert_eq!(one.fields["starts_at"], Value::Datetime(CivilTime::parse("2027-03-28T10:00").unwrap()));
    assert_eq!(one.fields["price"], Value::Money { minor: 4250, currency: "EUR".to_owned() });
    assert_eq!(one.fields["first_visit"], Value::Boolean(true));
    assert_eq!(one.status, Some(RecordStatus::Live));
    let two = record(&lines[1]);
    assert!(matches!(two.customer, CustomerRef::Address { .. }));
    assert_eq!((two.status, two.fields.contains_key("service")), (Some(RecordStatus::Cancelled), false));
    let Value::Datetime(start) = &record(&lines[2]).fields["starts_at"] else { panic!("not a date") };
    assert_eq!(start.zone, Zone::parse("America/Martinique"));
}

#[test]
fn what_a_file_has_no_column_for_stays_as_it_is_known() {
    let lines = read("appointments", "id;customer;starts_at\nA1;C1;2027-03-28T10:00\n");
    let row = record(&lines[0]);
    assert_eq!(
        row.untold.iter().map(String::as_str).collect::<Vec<_>>(),
        ["duration_minutes", "first_visit", "price", "service", "status", "stylist"]
    );
    assert_eq!(row.status, None);
}

#[test]
fn an_unknown_time_zone_of_a_visit_is_named() {
    let said = sentence("appointments", "id;customer;starts_at\nA1;C1;2027-03-28T10:00[Paris/Europe]\n");
    assert!(said.starts_with("starts_at: there is no time zone `Paris/Europe`"), "{said}");
    let said = sentence("appointments", "id;customer;starts_at\nA1;C1;next Tuesday\n");
    assert_eq!(said, "starts_at: not a date and time, such as `2026-03-29T10:00` or `29/03/2026 10:00`");
}

#[test]
fn two_customers_may_share_an_address_under_two_ids() {
    let lines = read(
        "customers",
        "id;email\n1;family@post.example\n2;Family@post.example\n;family@post.example\n;alone@post.example\n;ALONE@post.example\n",
    );
    assert_eq!(
        rejections(&lines),
        [
            (4, "the same email stands in line 2 already; that line was taken, this one was not".to_owned()),
            (6, "the same email stands in line 5 already; that line was taken, this one was not".to_owned()),
        ]
    );
    assert_eq!(lines.len(), 5);
}

#[test]
fn columns_that_do_not_fit_stop_the_file_with_all_findings_at_once() {
    let refused = |sheet: &str, header: &str| match read_in_steps(order(sheet), format!("{header}\n").as_bytes(), 9) {
        Err(Unusable::Columns(findings)) => {
            findings.0.into_iter().map(|f| (f.span, f.message, f.help.unwrap_or_default())).collect::<Vec<_>>()
        }
        other => panic!("{header}: {other:?}"),
    };
    let found = refused("customers", "id;mail;fist_name;email;Email;shoe size;consent:birthdya");
    let said: Vec<(&str, &str)> = found.iter().map(|(_, message, help)| (message.as_str(), help.as_str())).collect();
    assert_eq!(
        said,
        [
            ("there is no column `mail`", "did you mean `email`?"),
            ("there is no column `fist_name`", "did you mean `first_name`?"),
            ("two columns are called `Email`", ""),
            (
                "there is no column `shoe size`",
                "declare it under [customer.fields] in policy.toml, or leave it out with `--ignore shoe size`"
            ),
            ("there is no column `consent:birthdya`", "did you mean `consent:birthday`?"),
        ]
    );
    assert_eq!(found[1].0, 8..17);
    let found = refused("appointments", "id|customer|starts_at");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[1].2.contains("separated by"), "{found:?}");
}

#[test]
fn a_column_is_left_out_only_when_asked() {
    let mut order = order("customers");
    order.ignore.insert("Shoe Size".to_owned());
    let lines = read_in_steps(order, b"email,shoe_size\nanna@post.example,44\n", 64).unwrap();
    assert!(customer(&lines[0]).fields.is_empty());
}

#[test]
fn files_that_are_no_tables_are_refused_as_a_whole() {
    let refused = |bytes: &[u8]| read_in_steps(order("customers"), bytes, 3).unwrap_err();
    assert_eq!(refused(b"PK\x03\x04 and the rest of an xlsx file"), Unusable::Spreadsheet);
    assert_eq!(refused(b""), Unusable::Empty);
    assert_eq!(refused(b"\r\n\r\n  \r\n"), Unusable::Empty);
    assert_eq!(read_in_steps(order("customers"), &vec![b'x'; 300_000], 4096).unwrap_err(), Unusable::Headless);
}

#[test]
fn excel_may_name_its_delimiter_itself() {
    let lines = read("customers", "sep=,\nemail,first_name\nanna@post.example,Anna\nx;Ben\n");
    assert_eq!(first_names(&lines[..1]), ["Anna"]);
    assert_eq!(rejections(&lines), [(4, "1 cells where the header names 2 columns".to_owned())]);
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row() {
    let mut text = "id;customer;starts_at;service\n1;C1;2027-03-28T10:00;\"Cut\n".to_owned();
    let count = 3_000;
    text.extend((0..count).map(|number| format!("N{number};C1;2027-03-28T10:00;Colour\n")));
    for step in [100, 5_000, 1_000_000] {
        let lines = read_in_steps(order("appointments"), text.as_bytes(), step).unwrap();
        assert_eq!(rejections(&lines).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2], "step {step}");
        assert_eq!(lines.len(), count + 1, "step {step}");
    }
}

#[test]
fn a_long_file_is_read_row_by_row() {
    let mut intake = Intake::new(order("customers"), policy());
    intake.push(b"id;email\n").unwrap();
    let mut rows = 0;
    for number in 0..20_000 {
        intake.push(format!("{number};c{number}@post.example\n").as_bytes()).unwrap();
        let lines = std::iter::from_fn(|| intake.next_line()).count();
        rows += lines;
        // Nothing is decided about the encoding while all is ASCII, so up to one sample is held back.
        assert!(rows + 3_200 > number, "{rows} rows out after {number} rows in");
    }
    intake.finish().unwrap();
    rows += std::iter::from_fn(|| intake.next_line()).count();
    assert_eq!(rows, 20_000);
}

#[test]
fn a_yes_is_dated_by_the_clock_of_the_one_who_gave_it() {
    let lines = read(
        "customers",
        "email;time_zone;consent:birthday\n\
         a@post.example;america/martinique;2026-05-01T12:00\n\
         b@post.example;;2026-05-01T12:00Z\n\
         c@post.example;;no\n",
    );
    // A trailing `Z` without seconds is no instant of RFC 3339, and no guess is made.
    assert_eq!(rejections(&lines).len(), 1, "{lines:?}");
    assert_eq!(customer(&lines[0]).consents[0].at.to_string(), "2026-05-01T16:00:00.000Z");
    let no = &customer(&lines[2]).consents[0];
    assert_eq!((no.kind, no.at), (ConsentKind::Withdrawn, order("customers").now));
}

#[test]
fn the_samples_are_read_to_the_last_row() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    for (file, sheet) in
        [("customers", "customers"), ("appointments", "appointments"), ("appointments-changed", "appointments")]
    {
        let bytes = std::fs::read(folder.join(file).with_extension("csv")).unwrap();
        let rows = String::from_utf8_lossy(&bytes).lines().count() - 1;
        let lines = read_in_steps(order(sheet), &bytes, 4096).unwrap();
        assert_eq!(rejections(&lines), [], "{file}");
        assert_eq!(lines.len(), rows, "{file}");
    }
}

/// Bytes that look enough like a table to reach the rows.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"id;email;first_name;time_zone;birthday;visits;consent:birthday\n".to_vec()),
        Just(b"1;a@post.example;\"x\n".to_vec()),
        Just(b"\xFF\xFE".to_vec()),
        Just(b"\xEF\xBB\xBF".to_vec()),
        Just(b"sep=".to_vec()),
        prop::collection::vec(prop::sample::select(b";,\t\"\n\r\0 aZ1-:@\xC3\xA9\xFF".to_vec()), 0..40),
        prop::collection::vec(any::<u8>(), 0..60),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_soup_of_bytes_breaks_the_reader(bytes in soup(), step in 1_usize..40, records: bool) {
        let sheet = if records { "appointments" } else { "customers" };
        let in_steps = read_in_steps(order(sheet), &bytes, step);
        let at_once = read_in_steps(order(sheet), &bytes, bytes.len().max(1));
        prop_assert_eq!(in_steps, at_once);
    }

    #[test]
    fn no_row_is_lost(rows in prop::collection::vec("[a-z ;é]{0,12}", 0..30)) {
        // Whatever stands in the rows, each line that holds a letter comes out, taken or rejected.
        let text = format!("id;email\n{}\n", rows.join("\n"));
        let lines = read("customers", &text);
        let seen: BTreeSet<u64> = lines.iter().map(|line| match line {
            Line::Customer(number, _) | Line::Record(number, _) | Line::Rejected(number, _) => *number,
        }).collect();
        for (at, row) in rows.iter().enumerate() {
            if row.contains(char::is_alphabetic) {
                prop_assert!(seen.contains(&(at as u64 + 2)), "line {} of {:?} is gone: {:?}", at + 2, text, lines);
            }
        }
    }
}

#[test]
fn more_rows_than_an_import_takes_are_refused_by_line() {
    let order = Order { rows_max: 2, ..order("customers") };
    let text = "email\na@post.example\nb@post.example\nc@post.example\nd@post.example\n";
    let lines = read_in_steps(order, text.as_bytes(), 5).unwrap();
    assert_eq!(lines.len(), 3);
    let said = "the file has more than 2 rows; this one and all after it were not read: split the file";
    assert_eq!(rejections(&lines), [(4, said.to_owned())]);
}
