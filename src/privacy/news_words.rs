//! The words in which people read what changed in the privacy notice, in English, French and German. `{}` stands for what it is about.

/// Everything that is said of changes in one language.
pub struct NewsWords {
    /// The language's tag.
    pub tag: &'static str,
    /// A new purpose: its title and its promise.
    pub new_purpose: &'static str,
    /// A purpose's ground.
    pub other_basis: &'static str,
    /// A purpose, and a field that its messages read.
    pub reads: &'static str,
    /// A field.
    pub new_data: &'static str,
    /// A field.
    pub kept_longer: &'static str,
    /// A company.
    pub new_processor: &'static str,
    /// A field's name in a sentence.
    pub quoted: &'static str,
}

const ENGLISH: NewsWords = NewsWords {
    tag: "en",
    new_purpose: "We write something new: “{}”. {}",
    other_basis: "“{}” rests on another ground now.",
    reads: "For “{}” we read something more now: {}.",
    new_data: "We keep something new about you: {}.",
    kept_longer: "We keep something for longer: {}.",
    new_processor: "Another company works on your data for us, or from another country: {}.",
    quoted: "“{}”",
};

const FRENCH: NewsWords = NewsWords {
    tag: "fr",
    new_purpose: "Nous écrivons quelque chose de nouveau : « {} ». {}",
    other_basis: "« {} » repose désormais sur un autre fondement.",
    reads: "Pour « {} », nous lisons désormais aussi : {}.",
    new_data: "Nous gardons quelque chose de nouveau sur vous : {}.",
    kept_longer: "Nous gardons quelque chose plus longtemps : {}.",
    new_processor: "Une autre entreprise travaille sur vos données pour nous, ou depuis un autre pays : {}.",
    quoted: "« {} »",
};

const GERMAN: NewsWords = NewsWords {
    tag: "de",
    new_purpose: "Wir schreiben etwas Neues: „{}“. {}",
    other_basis: "„{}“ beruht jetzt auf einer anderen Grundlage.",
    reads: "Für „{}“ lesen wir jetzt auch: {}.",
    new_data: "Wir bewahren etwas Neues über Sie auf: {}.",
    kept_longer: "Wir bewahren etwas länger auf: {}.",
    new_processor: "Ein anderes Unternehmen arbeitet für uns mit Ihren Daten, oder aus einem anderen Land: {}.",
    quoted: "„{}“",
};

/// By the language's tag, else in English.
#[must_use]
pub fn of(tag: &str) -> &'static NewsWords {
    [&FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}
