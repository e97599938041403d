//! One row of a table out of the text that has come so far (RFC 4180, with any delimiter).
//!
//! The usual readers always find *a* parse: a quote that somebody forgot to close swallows the next rows, and their
//! customers are gone without a word. Here a quoted cell must end where a cell may end. Where it doesn't, the defect is
//! that line's alone, and reading goes on with the next line.
//!
//! A quote inside a bare cell (`Anna "Nan" Smith`) is a letter like any other.

use super::defect::Defect;

/// A row may be so long, with all its cells and line breaks: far more than a customer or an appointment has.
pub const ROW_BYTES_MAX: usize = 64 * 1024;
/// And have so many cells.
pub const CELLS_MAX: usize = 200;

/// What stands at the start of a text.
#[derive(Debug, PartialEq, Eq)]
pub struct Split {
    /// The row's cells, or what is wrong with its first line.
    pub cells: Result<Vec<String>, Defect>,
    /// So many bytes of the text are done, the line end included.
    pub bytes: usize,
}

/// Where in a row the reader stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first letter of a cell.
    Start,
    /// In a cell without quotes.
    Bare,
    /// In a quoted cell.
    Quoted,
    /// After a quote in a quoted cell: its end, or the first of two that stand for one.
    Quote,
}

/// The first row of `text`, whose line ends are LF. `None` where its end hasn't come yet.
pub fn split(text: &str, delimiter: char) -> Option<Split> {
    let mut cells = vec![];
    let mut cell = String::new();
    let mut place = Place::Start;
    for (at, letter) in text.char_indices() {
        if at >= ROW_BYTES_MAX {
            let defect = if place == Place::Quoted { Defect::QuoteNotClosed } else { Defect::RowTooLong };
            return first_line(text, defect);
        }
        place = match (place, letter) {
            (Place::Quoted, '"') => Place::Quote,
            (Place::Start, '"') => Place::Quoted,
            (Place::Quote, '"') => {
                cell.push('"');
                Place::Quoted
            }
            (Place::Quoted, letter) => {
                cell.push(letter);
                Place::Quoted
            }
            (_, '\n') => {
                cells.push(cell);
                return Some(Split { cells: Ok(cells), bytes: at + 1 });
            }
            (_, letter) if letter == delimiter => {
                cells.push(std::mem::take(&mut cell));
                Place::Start
            }
            (Place::Quote, ' ') => Place::Quote,
            (Place::Quote, _) => return first_line(text, Defect::QuoteNotClosed),
            (Place::Start | Place::Bare, letter) => {
                cell.push(letter);
                Place::Bare
            }
        };
        if cells.len() >= CELLS_MAX {
            return first_line(text, Defect::TooManyCells);
        }
    }
    None
}

/// Blames the first line and goes on after it. A line that is itself too long ends where the limit is: what follows
/// is read as rows of their own, each of which then has its own defect.
fn first_line(text: &str, defect: Defect) -> Option<Split> {
    let bytes = match text.find('\n') {
        Some(end) => end + 1,
        None if text.len() >= ROW_BYTES_MAX => text.len(),
        None => return None,
    };
    Some(Split { cells: Err(defect), bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<String> {
        split(text, ';').unwrap().cells.unwrap()
    }

    #[test]
    fn quoted_cells_hold_delimiters_line_breaks_and_quotes() {
        assert_eq!(cells("a;\"b;c\";\"d\ne\";\"f\"\"g\"\nnext"), ["a", "b;c", "d\ne", "f\"g"]);
        assert_eq!(cells("a \"b\" c;;\"\" ;\n"), ["a \"b\" c", "", "", ""]);
    }

    #[test]
    fn a_quote_that_is_not_closed_costs_its_own_line_only() {
        let text = "3;\"Anna;x\n4;\"Ben\";y\n5;Carl;z\n";
        let broken = split(text, ';').unwrap();
        assert_eq!(broken, Split { cells: Err(Defect::QuoteNotClosed), bytes: "3;\"Anna;x\n".len() });
        assert_eq!(cells(text.get(broken.bytes..).unwrap()), ["4", "Ben", "y"]);
    }

    #[test]
    fn a_row_waits_for_its_end() {
        assert_eq!(split("a;b", ';'), None);
        assert_eq!(split("a;\"b\n", ';'), None);
    }

    #[test]
    fn a_row_without_end_is_a_fault() {
        let endless = "x".repeat(ROW_BYTES_MAX + 10);
        assert_eq!(split(&endless, ';').unwrap().cells, Err(Defect::RowTooLong));
        assert_eq!(split(&";".repeat(CELLS_MAX + 1), ';'), None);
        assert_eq!(split(&(";".repeat(CELLS_MAX + 1) + "\n"), ';').unwrap().cells, Err(Defect::TooManyCells));
    }
}
