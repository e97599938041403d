//! `comity check --data-flow`: which field flows into which message, for which purpose, as a table and as a picture.

use super::output;
use crate::{
    config::Installation,
    policy::Basis,
    render::flow::{Flow, unused},
    web,
};
use anyhow::Context;
use std::{fs, path::Path};

/// Prints the table.
pub fn print(installation: &Installation) {
    let mut table = output::table(["field", "", "message", "where", "purpose"]);
    for flow in &installation.flows {
        let places: Vec<&str> = flow.places.iter().map(|place| place.name()).collect();
        let marks: Vec<&str> = flow.marks().collect();
        table.add_row([&flow.field, &marks.join(", "), &flow.workflow, &places.join(", "), &purpose(flow)]);
    }
    output::line(table);
    let unused = unused(&installation.policy, &installation.flows);
    if !unused.is_empty() {
        output::line(format_args!("\nThese flow nowhere, so nobody needs them: {}.", unused.join(", ")));
    }
}

fn purpose(flow: &Flow) -> String {
    let ground = match flow.basis {
        Some(Basis::Contract) => ", by contract",
        Some(Basis::Request) => ", on request",
        Some(Basis::Consent) => ", by consent",
        Some(Basis::SoftOptIn) => ", after a sale",
        None => "",
    };
    format!("{}{ground}", flow.purpose)
}

/// Writes the picture.
///
/// # Errors
/// When the file can't be written.
pub fn draw(installation: &Installation, file: &Path) -> anyhow::Result<()> {
    let unused = unused(&installation.policy, &installation.flows);
    let picture = web::data_flow::picture(&installation.flows, &unused)?;
    fs::write(file, picture).with_context(|| format!("{} can't be written", file.display()))
}
