//! `[business.look]`.

use crate::{
    document::{Complaint, Need, Table},
    policy::look::{Accent, CONTRAST_MIN, Colour, DAY, Look, NIGHT, Paper},
};
use std::path::{Component, Path};
use toml::Spanned;

/// Reads the colours and the name of the logo's file.
pub(super) fn look(business: &Table<'_>) -> Look {
    let Some(table) = business.table("look", Need::May) else { return Look::default() };
    let colour = |key, paper: Paper, page| {
        table.parsed(key, Need::May, |text| strong(text, paper, page)).map(Spanned::into_inner)
    };
    let accent = Accent::of(colour("accent", DAY, "light"), colour("accent_by_night", NIGHT, "dark"));
    let logo = table.parsed("logo", Need::May, below).map(Spanned::into_inner);
    table.finish(|_| None);
    Look { accent, logo }
}

fn strong(text: &str, paper: Paper, page: &str) -> Result<Colour, Complaint> {
    let colour = Colour::parse(text).ok_or_else(|| {
        Complaint::new(format!("`{text}` is not a colour"), "no colour", "write six hexadecimal digits: \"#7a1f4b\"")
    })?;
    let contrast = paper.least_contrast(colour);
    if contrast >= CONTRAST_MIN {
        return Ok(colour);
    }
    let message = format!(
        "`{text}` is too weak on the {page} pages: {contrast:.1} to 1, where words need {CONTRAST_MIN} to 1 (WCAG 2.2, 1.4.3)"
    );
    Err(Complaint {
        message,
        label: "can't be read by everybody".into(),
        help: Some(format!("the nearest that can be read is \"{}\"", paper.strong_enough(colour))),
    })
}

/// A file of the installation.
fn below(text: &str) -> Result<String, Complaint> {
    let is_below = Path::new(text).components().all(|part| matches!(part, Component::Normal(_)));
    if is_below {
        return Ok(text.to_owned());
    }
    let help = "put the picture beside this file, and write its name: logo = \"logo.svg\"";
    Err(Complaint::new(format!("`{text}` is not in the installation's folder"), "elsewhere", help))
}
