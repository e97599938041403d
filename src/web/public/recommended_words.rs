//! The words of the page on which people say what should be recommended to them, in English, French and German.

/// Everything that the page says in one language.
pub struct RecommendedWords {
    /// The language's tag, for `lang`.
    pub tag: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Before the mailbox.
    pub mailbox: &'static str,
    /// Heading of what this message recommended, and what it rests on.
    pub shown: [&'static str; 2],
    /// What the place of a product is made of: what they bought, that they bought it before, how it sells, what the owner favours.
    pub grounds: [&'static str; 4],
    /// On the button: not interested; and where that was said.
    pub not_interested: [&'static str; 2],
    /// Heading of the purchases that the reasons name, on the button: don't use it; and where that was said.
    pub purchases: [&'static str; 3],
    /// Heading of the categories, what it is for, before the category, before the choice.
    pub categories: [&'static str; 4],
    /// As it is inferred, more, less, never.
    pub tastes: [&'static str; 4],
    /// On the button that keeps it.
    pub keep: &'static str,
    /// Words about products: heading, what they are, on the button.
    pub forget: [&'static str; 3],
    /// What was said, and holds: not interested, unused, a category, forgotten; and nothing that this page has.
    pub told: [&'static str; 5],
    /// On the link to the page of preferences.
    pub preferences: &'static str,
    /// Heading: the database is away; and what to do.
    pub failed: (&'static str, &'static str),
    /// How to reach a person.
    pub person: &'static str,
    /// What this page doesn't do.
    pub privacy: &'static str,
}

const ENGLISH: RecommendedWords = RecommendedWords {
    tag: "en",
    title: "What we recommend to you",
    mailbox: "For",
    shown: [
        "In this message",
        "Each with its true reason, and what its place in the list is made of. Only what you bought from us is looked at, because you agreed to that.",
    ],
    grounds: [
        "from what you bought",
        "because you bought it before",
        "from how it sells to everybody",
        "from what we favour",
    ],
    not_interested: ["Not interested", "You aren’t interested: it isn’t recommended to you any more."],
    purchases: ["What you bought, as named above", "Don’t use this purchase", "It isn’t used any more."],
    categories: [
        "More of this, less of that",
        "What you say here goes before everything that we infer.",
        "Of",
        "I want",
    ],
    tastes: ["as you think", "more", "less", "nothing"],
    keep: "Keep",
    forget: [
        "What you took out",
        "Products that you aren’t interested in, and purchases that we don’t use:",
        "Forget these words of mine",
    ],
    told: [
        "Kept: it isn’t recommended to you any more.",
        "Kept: from the next list on, nothing rests on that purchase.",
        "Kept: the next list obeys.",
        "Forgotten: the next list is made without them.",
        "This page has nothing like that. Nothing was changed.",
    ],
    preferences: "Stop it, pause it, or choose how often",
    failed: (
        "That doesn’t work just now",
        "Our database can’t be reached just now, and nothing was changed. That is our fault, not yours: please come back in a few minutes.",
    ),
    person: "Questions? Reply to any of our messages: a person reads it.",
    privacy: "This page sets no cookies and tells nobody that you were here. What you bought stands on it only where this one message names it.",
};

const FRENCH: RecommendedWords = RecommendedWords {
    tag: "fr",
    title: "Ce que nous vous recommandons",
    mailbox: "Pour",
    shown: [
        "Dans ce message",
        "Chaque produit avec sa vraie raison, et ce qui fait sa place dans la liste. Seuls vos achats chez nous sont regardés, parce que vous l’avez accepté.",
    ],
    grounds: [
        "de ce que vous avez acheté",
        "parce que vous l’avez déjà acheté",
        "de ce qui se vend à tout le monde",
        "de ce que nous mettons en avant",
    ],
    not_interested: ["Pas intéressé", "Cela ne vous intéresse pas\u{a0}: il ne vous est plus recommandé."],
    purchases: ["Vos achats nommés ci-dessus", "Ne pas utiliser cet achat", "Il n’est plus utilisé."],
    categories: [
        "Plus de ceci, moins de cela",
        "Ce que vous dites ici passe avant tout ce que nous supposons.",
        "De",
        "Je veux",
    ],
    tastes: ["comme vous le pensez", "plus", "moins", "rien"],
    keep: "Garder",
    forget: [
        "Ce que vous avez écarté",
        "Produits qui ne vous intéressent pas, et achats que nous n’utilisons pas\u{a0}:",
        "Oublier ce que j’ai dit",
    ],
    told: [
        "C’est noté\u{a0}: il ne vous est plus recommandé.",
        "C’est noté\u{a0}: dès la prochaine liste, rien ne repose sur cet achat.",
        "C’est noté\u{a0}: la prochaine liste en tient compte.",
        "Oublié\u{a0}: la prochaine liste se fait sans.",
        "Cette page n’a rien de tel. Rien n’a été changé.",
    ],
    preferences: "L’arrêter, faire une pause, ou choisir la fréquence",
    failed: (
        "Cela ne marche pas pour l’instant",
        "Notre base de données est injoignable, et rien n’a été changé. C’est notre faute, pas la vôtre\u{a0}: revenez dans quelques minutes.",
    ),
    person: "Des questions\u{a0}? Répondez à l’un de nos messages\u{a0}: une personne le lit.",
    privacy: "Cette page ne pose aucun cookie et ne dit à personne que vous êtes passé. Vos achats n’y figurent que là où ce message-ci les nomme.",
};

const GERMAN: RecommendedWords = RecommendedWords {
    tag: "de",
    title: "Was wir Ihnen empfehlen",
    mailbox: "Für",
    shown: [
        "In dieser Nachricht",
        "Jedes mit seinem wahren Grund, und woraus sein Platz in der Liste besteht. Nur was Sie bei uns gekauft haben, wird angesehen, weil Sie dem zugestimmt haben.",
    ],
    grounds: [
        "aus dem, was Sie gekauft haben",
        "weil Sie es schon gekauft haben",
        "aus dem, was sich an alle verkauft",
        "aus dem, was uns wichtig ist",
    ],
    not_interested: ["Kein Interesse", "Es interessiert Sie nicht: Es wird Ihnen nicht mehr empfohlen."],
    purchases: [
        "Was Sie gekauft haben, wie oben genannt",
        "Diesen Kauf nicht verwenden",
        "Er wird nicht mehr verwendet.",
    ],
    categories: [
        "Mehr davon, weniger hiervon",
        "Was Sie hier sagen, geht allem vor, was wir vermuten.",
        "Von",
        "Ich möchte",
    ],
    tastes: ["wie Sie meinen", "mehr", "weniger", "nichts"],
    keep: "Merken",
    forget: [
        "Was Sie herausgenommen haben",
        "Produkte, die Sie nicht interessieren, und Käufe, die wir nicht verwenden:",
        "Diese Worte vergessen",
    ],
    told: [
        "Gemerkt: Es wird Ihnen nicht mehr empfohlen.",
        "Gemerkt: Von der nächsten Liste an beruht nichts auf diesem Kauf.",
        "Gemerkt: Die nächste Liste hält sich daran.",
        "Vergessen: Die nächste Liste kommt ohne sie aus.",
        "Nichts dergleichen steht auf dieser Seite. Geändert wurde nichts.",
    ],
    preferences: "Beenden, pausieren oder seltener",
    failed: (
        "Das geht gerade nicht",
        "Unsere Datenbank ist gerade nicht zu erreichen, und geändert wurde nichts. Das liegt an uns, nicht an Ihnen: Bitte kommen Sie in ein paar Minuten wieder.",
    ),
    person: "Fragen? Antworten Sie auf eine unserer Nachrichten: Ein Mensch liest es.",
    privacy: "Diese Seite setzt keine Cookies und sagt niemandem, dass Sie hier waren. Was Sie gekauft haben, steht hier nur, wo diese eine Nachricht es nennt.",
};

/// By the language's tag; English where there is no other.
#[must_use]
pub fn of(tag: &str) -> &'static RecommendedWords {
    match tag {
        "fr" => &FRENCH,
        "de" => &GERMAN,
        _ => &ENGLISH,
    }
}
