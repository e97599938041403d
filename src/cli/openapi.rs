//! `comity openapi`: the document of the API, for whoever makes a client.

use super::output;
use crate::{config, web::api::openapi};
use std::{path::Path, process::ExitCode};

/// Print the API's OpenAPI document, with the fields of policy.toml.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity openapi > comity-api.json
  comity openapi | jq '.components.schemas.Record_appointment'

A running daemon gives the same at /v1/openapi.json, to whoever has a key.")]
pub struct Args {}

/// Prints.
///
/// # Errors
/// When the installation can't be read.
pub fn run(dir: &Path) -> anyhow::Result<ExitCode> {
    let document = openapi::document(&config::load(dir)?.policy);
    output::line(serde_json::to_string_pretty(&document)?);
    Ok(ExitCode::SUCCESS)
}
