//! `[[shops]]`: web shops that call when something becomes of an order.

use super::{layers::Layers, secret, settings::Shop};
use crate::{
    document::{Complaint, Need, Table},
    intake::orders::ShopKind,
};
use std::{collections::BTreeSet, path::Path};
use zeroize::Zeroizing;

/// Letters that a secret has at least: shops make longer ones.
const SECRET_LETTERS_MIN: usize = 16;

/// Reads them all. They call at the API's port.
pub(super) fn read(layers: &Layers<'_>, root: &Table<'_>, folder: &Path, has_api: bool) -> Vec<Shop> {
    let mut names = BTreeSet::new();
    let tables = root.tables("shops", Need::May);
    if let Some(first) = tables.first()
        && !has_api
        && root.place("api").is_none()
    {
        let help = "write [api] with listen = \"127.0.0.1:8781\": /v1/webhooks/… is there";
        first.find(first.at(), Complaint::new("no port is open at which a shop could call", "where?", help));
    }
    tables.into_iter().filter_map(|table| shop(layers, table, folder, &mut names)).collect()
}

fn shop(layers: &Layers<'_>, table: Table<'_>, folder: &Path, names: &mut BTreeSet<String>) -> Option<Shop> {
    let name = table.parsed("name", Need::Must("name = \"shopify\""), parse_name);
    let words = ShopKind::ALL.map(|kind| (kind.name(), kind));
    let kind = table.choice("kind", Need::Must("kind = \"shopify\" or kind = \"woocommerce\""), &words);
    let file = table.text("secret_file", Need::Must("secret_file = \"shop-secret\""));
    let secret = file.and_then(|file| {
        let path = folder.join(file.get_ref());
        layers.note_secret(&path);
        table.take(file.span(), secret::read(&path).and_then(long_enough))
    });
    if let Some(name) = &name
        && !names.insert(name.get_ref().clone())
    {
        let message = format!("two shops are called `{}`", name.get_ref());
        table.find(name.span(), Complaint::new(message, "once more", "give it a name of its own"));
    }
    table.finish(|_| None);
    Some(Shop { name: name?.into_inner(), kind: kind?.into_inner(), secret: secret? })
}

fn parse_name(text: &str) -> Result<String, Complaint> {
    let valid = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if valid && !text.is_empty() && text.len() <= 48 {
        return Ok(text.to_owned());
    }
    let message = format!("`{text}` can't be the name of a shop");
    Err(Complaint::new(message, "bad name", "write small letters, digits and dashes, at most 48"))
}

/// Never shows what it read.
fn long_enough(secret: Zeroizing<String>) -> Result<Zeroizing<String>, Complaint> {
    if secret.trim().len() >= SECRET_LETTERS_MIN {
        return Ok(secret);
    }
    Err(Complaint::new(
        "the file holds no secret of a shop",
        "no secret",
        "copy the one that the shop shows beside its webhooks into the first line, and chmod 600 the file",
    ))
}
