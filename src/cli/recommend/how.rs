//! How lists are made: the options that `recommend` and its audit share, and the shop that they are made from.

use super::{purchases, purchases::Also, sheet::Refusals};
use crate::{
    cli::output,
    recommend::{Settings, Shop, View, Weight, Weights},
};
use anyhow::Context;
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    thread,
};

/// How lists are made.
#[derive(Debug, clap::Args)]
pub struct How {
    /// What may be recommended.
    #[arg(long, requires = "data", value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// So many different customers must stand behind a pair or a product.
    #[arg(long, requires = "data", value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..))]
    k: u32,
    /// Look wider: no category crowds the others out, and the last place is for a new one.
    #[arg(long, requires = "data")]
    wide: bool,
    /// Don't offer again what was bought in the last so many days.
    #[arg(long, requires = "data", value_name = "DAYS", default_value_t = 0)]
    rest: u16,
    /// What the catalogue's column `values` says counts so much more, from 0.5 to 2: local=1.2.
    #[arg(long, requires = "data", value_name = "VALUE=FACTOR")]
    favour: Vec<String>,
}

impl How {
    /// As the engine takes them.
    ///
    /// # Errors
    /// When a weight can't be read.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let weight = |text: &String| {
            let (name, factor) = text.split_once('=')?;
            Some(Weight { name: name.trim().to_owned(), factor: factor.trim().parse().ok()? })
        };
        let weights =
            self.favour.iter().map(|text| weight(text).with_context(|| format!("--favour {text}: write local=1.2")));
        Ok(Settings {
            k: self.k,
            rest_days: self.rest,
            view: if self.wide { View::Wide } else { View::Narrow },
            weights: Weights::new(weights.collect::<anyhow::Result<_>>()?),
            hands: hands(),
            ..Settings::default()
        })
    }

    /// The shop in a file of purchases, and the rows of it that can't be taken. What the owner should look at is said at once.
    ///
    /// # Errors
    /// When a file can't be read.
    pub fn shop(&self, data: &Path, settings: &Settings, also: &Also) -> anyhow::Result<(Shop, Refusals)> {
        let mut read = purchases::read(data, also)?;
        read.odd.iter().for_each(output::warn);
        read.refusals.lines().for_each(output::warn);
        if let Some(path) = &self.catalogue {
            purchases::catalogue(path, &mut read.till, &settings.weights, also)?;
        }
        Ok((read.till.close(), read.refusals))
    }
}

/// As many threads as there are processors, and no more than help.
#[must_use]
pub fn hands() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).min(NonZeroUsize::MIN.saturating_add(7))
}
