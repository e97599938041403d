//! What a file that people write may hold: every key, once, with its type, its meaning and an example.
//!
//! Readers ask a [`Table`](super::Table) key by key, and a table looks each key up in its form. A key that the form
//! doesn't have, or has with another type, other words or other limits, is a mistake in the program, and the first test
//! that reads the table fails. Editors complete and check by the JSON Schema that [`schema`](super::schema) makes from the
//! same forms, and people look keys up in the [`reference`](super::reference) made from them.
//!
//! A form says less than its reader knows: which purpose there is, which field a trigger may name, and what one key
//! means for another are for the reader to find. So a file that the reader accepts keeps to its form, and not always the
//! other way round.

/// A table.
#[derive(Debug)]
pub struct Form {
    /// As people write it: `[business]`.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Its keys, in the order in which people read of them.
    pub keys: &'static [Key],
    /// Keys of which it has exactly one. None: no such rule.
    pub one_of: &'static [&'static str],
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// It.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// Whether it must.
    pub presence: Presence,
    /// What it means, in a sentence or two.
    pub about: &'static str,
    /// A value as TOML writes it; empty where it is a table.
    pub example: &'static str,
}

/// What may stand at a key.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text that isn't empty.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or a field by its whole name: `purchase.product`.
    WordOrField(&'static [&'static str]),
    /// A whole number, from and to.
    Integer(i64, i64),
    /// Yes or no.
    Boolean,
    /// A list of texts that isn't empty.
    Texts,
    /// A list of some of these words.
    Words(&'static [&'static str]),
    /// A table.
    Table(&'static Form),
    /// One of these words, or a table.
    WordOr(&'static [&'static str], &'static Form),
    /// A table, or a list of them.
    Tables(&'static Form),
    /// A table whose keys are names of the writer's own, in these letters, each a table.
    Named(&'static Form, &'static str),
}

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It must.
    Must,
    /// It must be set, here or by a variable of the environment.
    MustSomewhere,
    /// It has a default.
    May,
}

impl Form {
    /// A table with these keys.
    #[must_use]
    pub const fn new(name: &'static str, about: &'static str, keys: &'static [Key]) -> Self {
        Self { name, about, keys, one_of: &[] }
    }

    /// Which has exactly one of some.
    #[must_use]
    pub const fn with_one_of(self, one_of: &'static [&'static str]) -> Self {
        Self { one_of, ..self }
    }

    /// A key by its name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Kind {
    /// The form of the tables that may stand there.
    #[must_use]
    pub const fn form(self) -> Option<&'static Form> {
        match self {
            Self::Table(form) | Self::WordOr(_, form) | Self::Tables(form) | Self::Named(form, _) => Some(form),
            _ => None,
        }
    }
}

impl Key {
    const fn new(name: &'static str, kind: Kind, example: &'static str, about: &'static str) -> Self {
        Self { name, kind, presence: Presence::May, about, example }
    }

    /// It must be there.
    #[must_use]
    pub const fn must(self) -> Self {
        Self { presence: Presence::Must, ..self }
    }

    /// It must be set, here or by a variable of the environment.
    #[must_use]
    pub const fn must_somewhere(self) -> Self {
        Self { presence: Presence::MustSomewhere, ..self }
    }
}

/// Text.
#[must_use]
pub const fn text(name: &'static str, example: &'static str, about: &'static str) -> Key {
    Key::new(name, Kind::Text, example, about)
}

/// One of these words.
#[must_use]
pub const fn word(
    name: &'static str,
    words: &'static [&'static str],
    example: &'static str,
    about: &'static str,
) -> Key {
    Key::new(name, Kind::Word(words), example, about)
}

/// One of these words, or a field.
#[must_use]
pub const fn word_or_field(
    name: &'static str,
    words: &'static [&'static str],
    example: &'static str,
    about: &'static str,
) -> Key {
    Key::new(name, Kind::WordOrField(words), example, about)
}

/// One of these words, or a table.
#[must_use]
pub const fn word_or(
    name: &'static str,
    (words, form): (&'static [&'static str], &'static Form),
    example: &'static str,
    about: &'static str,
) -> Key {
    Key::new(name, Kind::WordOr(words, form), example, about)
}

/// A whole number within these limits.
#[must_use]
pub const fn integer(name: &'static str, limits: (i64, i64), example: &'static str, about: &'static str) -> Key {
    Key::new(name, Kind::Integer(limits.0, limits.1), example, about)
}

/// Yes or no.
#[must_use]
pub const fn boolean(name: &'static str, example: &'static str, about: &'static str) -> Key {
    Key::new(name, Kind::Boolean, example, about)
}

/// A list of texts.
#[must_use]
pub const fn texts(name: &'static str, example: &'static str, about: &'static str) -> Key {
    Key::new(name, Kind::Texts, example, about)
}

/// A list of some of these words.
#[must_use]
pub const fn words(
    name: &'static str,
    words: &'static [&'static str],
    example: &'static str,
    about: &'static str,
) -> Key {
    Key::new(name, Kind::Words(words), example, about)
}

/// A table.
#[must_use]
pub const fn table(name: &'static str, form: &'static Form, about: &'static str) -> Key {
    Key::new(name, Kind::Table(form), "", about)
}

/// A table, or a list of them.
#[must_use]
pub const fn tables(name: &'static str, form: &'static Form, about: &'static str) -> Key {
    Key::new(name, Kind::Tables(form), "", about)
}

/// Tables by names of the writer's own, which match this pattern.
#[must_use]
pub const fn named(name: &'static str, form: &'static Form, names: &'static str, about: &'static str) -> Key {
    Key::new(name, Kind::Named(form, names), "", about)
}
