//! "Did you mean": the known word that is nearest to an unknown one.

/// How alike two words must be, from 0 to 1, to be worth suggesting.
const LIKENESS_MIN: f64 = 0.8;

/// The nearest of the known words, if one is near enough.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&word, &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

/// A sentence: the nearest word, or all of them when none is near.
#[must_use]
pub fn did_you_mean<'k>(word: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> Option<String> {
    if let Some(near) = nearest(word, known.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let all: Vec<String> = known.into_iter().map(|known| format!("`{known}`")).collect();
    // A longer list is no help.
    match all.as_slice() {
        [only] => Some(format!("write {only}")),
        [_, ..] if all.len() <= 12 => Some(format!("write one of {}", all.join(", "))),
        _ => None,
    }
}
