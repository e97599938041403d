//! The sample shop, inside the binary: its own files, and those that it shares with the salon.

macro_rules! own {
    ($($path:literal),+ $(,)?) => {
        [$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/shop/", $path)))),+]
    };
}

/// Path in the installation and text of each file of its own, as they lie below `samples/shop`.
const OWN: [(&str, &str); 25] = own![
    "customers.csv",
    "policy.toml",
    "products.csv",
    "purchases.csv",
    "templates/mail/recommendations/body.html.hbs",
    "templates/mail/recommendations/body.txt.hbs",
    "templates/mail/recommendations/fr/body.html.hbs",
    "templates/mail/recommendations/fr/body.txt.hbs",
    "templates/mail/recommendations/fr/subject.hbs",
    "templates/mail/recommendations/sample.json",
    "templates/mail/recommendations/subject.hbs",
    "templates/mail/replenish/body.html.hbs",
    "templates/mail/replenish/body.txt.hbs",
    "templates/mail/replenish/fr/body.html.hbs",
    "templates/mail/replenish/fr/body.txt.hbs",
    "templates/mail/replenish/fr/subject.hbs",
    "templates/mail/replenish/sample.json",
    "templates/mail/replenish/subject.hbs",
    "templates/mail/win-back/body.html.hbs",
    "templates/mail/win-back/body.txt.hbs",
    "templates/mail/win-back/fr/body.html.hbs",
    "templates/mail/win-back/fr/body.txt.hbs",
    "templates/mail/win-back/fr/subject.hbs",
    "templates/mail/win-back/sample.json",
    "templates/mail/win-back/subject.hbs",
];
const WORKFLOWS: [(&str, &str); 3] =
    own!["workflows/recommendations.toml", "workflows/replenish.toml", "workflows/win-back.toml"];

/// Workflows that do for a salon what they do for a shop, with their templates.
const SHARED: [&str; 3] = ["confirm-sign-up", "own-data", "thank-you-after-purchase"];

/// Path in the installation and text of each file.
pub fn files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_shared = |path: &str| {
        let of = |name: &str| {
            path == format!("workflows/{name}.toml") || path.starts_with(&format!("templates/mail/{name}/"))
        };
        path.starts_with("templates/partials/") || SHARED.iter().any(|name| of(name))
    };
    let shared = super::salon::FILES.iter().copied().filter(move |(path, _)| is_shared(path));
    OWN.into_iter().chain(WORKFLOWS).chain(shared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    fn below(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(root, &path, found);
            } else {
                found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }

    #[test]
    fn the_binary_holds_every_file_of_the_sample_shop() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/shop");
        let mut there = BTreeSet::new();
        below(&root, &root, &mut there);
        let own: BTreeSet<String> = OWN.iter().chain(&WORKFLOWS).map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(own, there);
        let all: Vec<&str> = files().map(|(path, _)| path).collect();
        assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len(), "each once");
    }
}
