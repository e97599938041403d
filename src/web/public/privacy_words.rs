//! The words around the privacy notice on its page, in English, French and German. The notice has its own.

/// Everything that the page says in one language beside the notice.
pub struct PrivacyWords {
    /// The language's tag, for `lang`.
    pub tag: &'static str,
    /// Since when it is in force, and its version.
    pub since: &'static str,
    /// The same of one that is in force no more.
    pub earlier: &'static str,
    /// Heading of the other versions.
    pub others: &'static str,
    /// Heading: the database is away; and what to do.
    pub failed: (&'static str, &'static str),
    /// What this page doesn't do.
    pub privacy: &'static str,
}

const ENGLISH: PrivacyWords = PrivacyWords {
    tag: "en",
    since: "In force since {day}. Version {version}.",
    earlier: "As it came into force on {day}, and in force no more. Version {version}.",
    others: "Other versions",
    failed: (
        "We can’t show it now",
        "Our database can’t be reached just now. That is our fault, not yours: please come back in a few minutes.",
    ),
    privacy: "This page sets no cookies and tells nobody that you were here.",
};

const FRENCH: PrivacyWords = PrivacyWords {
    tag: "fr",
    since: "En vigueur depuis le {day}. Version {version}.",
    earlier: "Telle qu’entrée en vigueur le {day} ; elle ne l’est plus. Version {version}.",
    others: "Autres versions",
    failed: (
        "Nous ne pouvons pas l’afficher maintenant",
        "Notre base de données est momentanément injoignable. C’est notre faute, pas la vôtre : revenez dans quelques minutes.",
    ),
    privacy: "Cette page ne dépose aucun cookie et ne signale votre visite à personne.",
};

const GERMAN: PrivacyWords = PrivacyWords {
    tag: "de",
    since: "In Kraft seit {day}. Fassung {version}.",
    earlier: "So in Kraft getreten am {day}, und nicht mehr in Kraft. Fassung {version}.",
    others: "Andere Fassungen",
    failed: (
        "Das lässt sich gerade nicht zeigen",
        "Unsere Datenbank ist gerade nicht erreichbar. Das ist unser Fehler, nicht Ihrer: Bitte kommen Sie in ein paar Minuten wieder.",
    ),
    privacy: "Diese Seite setzt keine Cookies und meldet niemandem, dass Sie hier waren.",
};

/// Each language by its own name.
pub const LANGUAGES: [(&str, &str); 3] = [("en", "English"), ("fr", "Français"), ("de", "Deutsch")];

/// By the language's tag, else in English.
pub fn of(tag: &str) -> &'static PrivacyWords {
    [&ENGLISH, &FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}
