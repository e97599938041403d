//! Files begin by saying what they are for, and stay small enough to read.

use super::{House, Violation, reading::Reading};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 400;

/// Every file says in `//!` what it is for.
pub fn files_say_what_they_are_for(house: &House, found: &mut Vec<Violation>) {
    for reading in all(house).filter(|r| !r.has_header) {
        let what = "the file doesn't begin with `//!`".to_owned();
        found.push(Violation::at(&reading.path, 1, what, "Say in one sentence what it is for."));
    }
}

/// Functions fit on a page, files into a head.
pub fn files_and_functions_are_short(house: &House, found: &mut Vec<Violation>) {
    for reading in all(house) {
        for function in reading.functions.iter().filter(|f| f.what.1 > FUNCTION_LINES_MAX) {
            let (name, lines) = &function.what;
            let what = format!("the function `{name}` has {lines} lines, more than {FUNCTION_LINES_MAX}");
            let to_do = "Split it where a comment would say what comes next.";
            found.push(Violation::at(&reading.path, function.line, what, to_do));
        }
    }
    for reading in house.production.iter().filter(|r| r.lines > FILE_LINES_MAX) {
        let what = format!("the file has {} lines without its tests, more than {FILE_LINES_MAX}", reading.lines);
        found.push(Violation::at(&reading.path, 1, what, "Split it by what its parts are for."));
    }
}

/// A lint is silenced only where it is expected, with the reason; a test is never put to sleep.
pub fn nothing_is_silenced(house: &House, found: &mut Vec<Violation>) {
    for reading in all(house) {
        for attribute in &reading.silenced {
            let what = format!("`{}` silences a lint without a reason", attribute.what);
            let to_do = "Write `#[expect(lint, reason = \"…\")]`, or mend what the lint found.";
            found.push(Violation::at(&reading.path, attribute.line, what, to_do));
        }
        for line in &reading.ignored {
            let what = "an ignored test proves nothing".to_owned();
            found.push(Violation::at(&reading.path, *line, what, "Mend it or delete it."));
        }
    }
}

fn all(house: &House) -> impl Iterator<Item = &Reading> {
    house.production.iter().chain(&house.tests)
}
