//! The words of the page that asks a mailbox whether we shall write to another address, in English, French and German.

/// Everything that the page says in one language.
pub struct AddressWords {
    /// The language's tag, for `lang`.
    pub tag: &'static str,
    /// Heading of the question.
    pub title: &'static str,
    /// Before the address that they have.
    pub from: &'static str,
    /// Before the new one.
    pub to: &'static str,
    /// On the button.
    pub yes: &'static str,
    /// To whom it wasn't.
    pub not_you: &'static str,
    /// The mailbox that they have agreed: heading, and a sentence before the new one.
    pub agreed: (&'static str, &'static str),
    /// Both have: heading, and a sentence before the new one.
    pub done: (&'static str, &'static str),
    /// The link is too old, or something newer was asked for: heading and sentence.
    pub over: (&'static str, &'static str),
    /// The database is away: heading and sentence.
    pub failed: (&'static str, &'static str),
    /// How to reach a person.
    pub person: &'static str,
    /// What this page doesn't do.
    pub privacy: &'static str,
}

const ENGLISH: AddressWords = AddressWords {
    tag: "en",
    title: "Shall we write to another address?",
    from: "Until now",
    to: "From now on",
    yes: "Yes, that is right",
    not_you: "It wasn’t you who asked? Then there is nothing to do: without a yes from both mailboxes, nothing changes.",
    agreed: (
        "Almost done",
        "We have written to the new mailbox too. The change holds as soon as the button in that message is pressed:",
    ),
    done: ("Your address is changed", "From now on we write to"),
    over: (
        "This link is over",
        "It worked for seven days, or something newer was asked for since. Ask again on the page behind the link at the end of any of our messages.",
    ),
    failed: (
        "This could not be written down",
        "The fault is ours, and nothing has changed. Please try again in a minute.",
    ),
    person: "Questions? Reply to any of our messages: a person reads it.",
    privacy: "This page sets no cookies, loads nothing from elsewhere, and is not kept by your browser.",
};

const FRENCH: AddressWords = AddressWords {
    tag: "fr",
    title: "Faut-il écrire à une autre adresse ?",
    from: "Jusqu’ici",
    to: "Désormais",
    yes: "Oui, c’est bien cela",
    not_you: "La demande ne vient pas de vous ? Alors il n’y a rien à faire : sans un oui des deux boîtes, rien ne change.",
    agreed: (
        "C’est presque fait",
        "Nous avons aussi écrit à la nouvelle boîte. Le changement vaut dès que le bouton de ce message est pressé :",
    ),
    done: ("Votre adresse est changée", "Nous écrivons désormais à"),
    over: (
        "Ce lien est périmé",
        "Il fonctionnait sept jours, ou une demande plus récente a suivi. Redemandez sur la page au bout du lien de chacun de nos messages.",
    ),
    failed: (
        "Nous n’avons pas pu le noter",
        "La faute est de notre côté, et rien n’a changé. Réessayez dans une minute.",
    ),
    person: "Des questions ? Répondez à l’un de nos messages : une personne le lit.",
    privacy: "Cette page ne dépose aucun cookie, ne charge rien d’ailleurs, et votre navigateur ne la garde pas.",
};

const GERMAN: AddressWords = AddressWords {
    tag: "de",
    title: "Sollen wir an eine andere Adresse schreiben?",
    from: "Bisher",
    to: "Künftig",
    yes: "Ja, so ist es richtig",
    not_you: "Sie haben nicht darum gebeten? Dann ist nichts zu tun: Ohne ein Ja aus beiden Postfächern ändert sich nichts.",
    agreed: (
        "Fast fertig",
        "Wir haben auch an das neue Postfach geschrieben. Die Änderung gilt, sobald der Knopf in jener Nachricht gedrückt ist:",
    ),
    done: ("Ihre Adresse ist geändert", "Wir schreiben künftig an"),
    over: (
        "Dieser Link ist vorbei",
        "Er galt sieben Tage, oder es kam seither eine neuere Bitte. Bitten Sie noch einmal darum, auf der Seite hinter dem Link am Ende jeder unserer Nachrichten.",
    ),
    failed: (
        "Wir konnten das nicht festhalten",
        "Das ist unser Fehler, und es hat sich nichts geändert. Bitte versuchen Sie es in einer Minute noch einmal.",
    ),
    person: "Fragen? Antworten Sie auf eine beliebige unserer Nachrichten: Ein Mensch liest sie.",
    privacy: "Diese Seite setzt keine Cookies, lädt nichts von anderswo, und Ihr Browser behält sie nicht.",
};

/// Those of the language in which the page is.
pub fn of(tag: &str) -> &'static AddressWords {
    [&FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}
