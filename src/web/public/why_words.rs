//! The words of the page that says why a message came, in English, French and German.

/// Everything that the page says in one language.
pub struct WhyWords {
    /// The language's tag, for `lang`.
    pub tag: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Before the mailbox.
    pub mailbox: &'static str,
    /// Heading of what it is and what sets it off.
    pub what: &'static str,
    /// What sets it off: before, after, absent, on, agreed, yearly, cron, digest; where nobody knows any more; and what is recommended.
    pub triggers: [&'static str; 10],
    /// Before the workflow's name.
    pub name: &'static str,
    /// Heading of the ground.
    pub ground: &'static str,
    /// Agreed, arranged, signed up, bought, each before the date; and none of them.
    pub grounds: [&'static str; 7],
    /// On the link to where they say what should be recommended to them.
    pub recommended: &'static str,
    /// Heading of the data.
    pub data: &'static str,
    /// That it is all.
    pub data_meaning: &'static str,
    /// The address.
    pub address: &'static str,
    /// Where a field stands: recipient, trigger, condition, cap, subject, body, attachment, task, recommendation.
    pub places: [&'static str; 9],
    /// For which messages it is declared: this kind, every kind, and what needs none.
    pub declared: [&'static str; 3],
    /// A field of a special kind.
    pub sensitive: &'static str,
    /// Heading of the caps.
    pub caps: &'static str,
    /// Where there are none.
    pub no_caps: &'static str,
    /// Heading of what can be changed.
    pub change: &'static str,
    /// On the button that stops this kind.
    pub stop: &'static str,
    /// On the link to the preferences.
    pub preferences: &'static str,
    /// What this page leaves out, and on the button that mails the link to it.
    pub own_data: [&'static str; 2],
    /// Heading: the database is away; and what to do.
    pub failed: (&'static str, &'static str),
    /// How to reach a person.
    pub person: &'static str,
    /// What this page doesn't do.
    pub privacy: &'static str,
}

const ENGLISH: WhyWords = WhyWords {
    tag: "en",
    title: "Why you got this message",
    mailbox: "It went to",
    what: "What it is",
    triggers: [
        "It is written before something that you arranged with us.",
        "It is written after something that you arranged with us, or bought.",
        "It is written when some time has passed since you were last here.",
        "It is written after something new: what you arranged, bought or asked.",
        "It is written after you agreed to it.",
        "It is written once a year, on a day that you told us.",
        "It is written on fixed days of the calendar.",
        "It takes the place of several messages that would have come close together.",
        "We don’t write it any more.",
        "It is written when our nightly lists have enough for you that fits.",
    ],
    name: "Our name for it:",
    ground: "Why we may write it",
    grounds: [
        "You agreed to this kind of message on",
        "It belongs to something that you arranged with us, which we have known of since",
        "Somebody typed this address into our form, and we asked whether it was you. That was on",
        "You bought something from us that this is like, and could say no to such messages then. You still can, at any time. We have known of it since",
        "You asked us for a link to your data, on",
        "Somebody asked us to write to another address, and we ask both mailboxes. That was on",
        "It was prepared, and nobody has let it leave yet.",
    ],
    recommended: "Not interested? Or more of something? Say so",
    data: "What was read for it",
    data_meaning: "These kinds of data, by the names that we keep them under, and nothing else about you:",
    address: "your e-mail address",
    places: [
        "where it goes",
        "when it is sent",
        "whether it is sent",
        "how many are sent",
        "in the subject",
        "in the text",
        "in the calendar file",
        "for a person of ours",
        "to find what we recommend",
    ],
    declared: ["kept for this kind of message", "kept for every kind of message", "needed for any message"],
    sensitive: "sensitive",
    caps: "How many there may be",
    no_caps: "No number is set for this kind of message.",
    change: "Change it",
    stop: "Stop this kind of message",
    preferences: "Fewer, later, or something else",
    own_data: [
        "The values themselves, what you agreed to and what happened stand behind a link of their own, because mail is forwarded.",
        "Mail me that link",
    ],
    failed: (
        "We can’t say it now",
        "Our database can’t be reached just now. That is our fault, not yours: please come back in a few minutes.",
    ),
    person: "Questions? Reply to any of our messages: a person reads it.",
    privacy: "This page sets no cookies and tells nobody that you were here. It shows this one message’s reasons, and no values, because messages are forwarded.",
};

const FRENCH: WhyWords = WhyWords {
    tag: "fr",
    title: "Pourquoi vous avez reçu ce message",
    mailbox: "Il est parti pour",
    what: "Ce que c’est",
    triggers: [
        "Il est écrit avant quelque chose que vous avez convenu avec nous.",
        "Il est écrit après quelque chose que vous avez convenu avec nous, ou acheté.",
        "Il est écrit quand un certain temps a passé depuis votre dernière venue.",
        "Il est écrit après quelque chose de nouveau : ce que vous avez convenu, acheté ou demandé.",
        "Il est écrit après que vous l’avez accepté.",
        "Il est écrit une fois par an, un jour que vous nous avez dit.",
        "Il est écrit à jours fixes du calendrier.",
        "Il remplace plusieurs messages qui seraient arrivés presque en même temps.",
        "Nous ne l’écrivons plus.",
        "Il est écrit quand nos listes de la nuit ont assez qui vous va.",
    ],
    name: "Notre nom pour lui :",
    ground: "Pourquoi nous pouvons l’écrire",
    grounds: [
        "Vous avez accepté ce type de message le",
        "Il tient à quelque chose que vous avez convenu avec nous, que nous connaissons depuis le",
        "Quelqu’un a saisi cette adresse dans notre formulaire, et nous avons demandé si c’était vous. C’était le",
        "Vous avez acheté chez nous quelque chose de semblable et pouviez alors refuser ces messages. Vous le pouvez toujours, à tout moment. Nous le savons depuis le",
        "Vous nous avez demandé un lien vers vos données, le",
        "Quelqu’un nous a demandé d’écrire à une autre adresse, et nous interrogeons les deux boîtes. C’était le",
        "Il était préparé, et personne ne l’a encore laissé partir.",
    ],
    recommended: "Pas intéressé\u{a0}? Ou envie d’autre chose\u{a0}? Dites-le",
    data: "Ce qui a été lu pour lui",
    data_meaning: "Ces types de données, sous les noms que nous leur donnons, et rien d’autre sur vous :",
    address: "votre adresse e-mail",
    places: [
        "où il part",
        "quand il part",
        "s’il part",
        "combien partent",
        "dans l’objet",
        "dans le texte",
        "dans le fichier d’agenda",
        "pour une personne chez nous",
        "pour trouver ce que nous recommandons",
    ],
    declared: ["gardé pour ce type de message", "gardé pour tout type de message", "nécessaire à tout message"],
    sensitive: "sensible",
    caps: "Combien il peut y en avoir",
    no_caps: "Aucun nombre n’est fixé pour ce type de message.",
    change: "Le changer",
    stop: "Arrêter ce type de message",
    preferences: "Moins souvent, plus tard, ou autre chose",
    own_data: [
        "Les valeurs elles-mêmes, vos accords et ce qui s’est passé se trouvent derrière un lien à part, car les messages se transfèrent.",
        "M’envoyer ce lien",
    ],
    failed: (
        "Nous ne pouvons pas le dire maintenant",
        "Notre base de données est momentanément injoignable. C’est notre faute, pas la vôtre : revenez dans quelques minutes.",
    ),
    person: "Une question ? Répondez à n’importe lequel de nos messages : une personne le lira.",
    privacy: "Cette page ne dépose aucun cookie et ne signale votre visite à personne. Elle montre les raisons de ce seul message, et aucune valeur, car les messages se transfèrent.",
};

const GERMAN: WhyWords = WhyWords {
    tag: "de",
    title: "Warum Sie diese Nachricht bekommen haben",
    mailbox: "Sie ging an",
    what: "Was sie ist",
    triggers: [
        "Sie wird vor etwas geschrieben, das Sie mit uns vereinbart haben.",
        "Sie wird nach etwas geschrieben, das Sie mit uns vereinbart oder gekauft haben.",
        "Sie wird geschrieben, wenn seit Ihrem letzten Besuch einige Zeit vergangen ist.",
        "Sie wird nach etwas Neuem geschrieben: was Sie vereinbart, gekauft oder gefragt haben.",
        "Sie wird geschrieben, nachdem Sie zugestimmt haben.",
        "Sie wird einmal im Jahr geschrieben, an einem Tag, den Sie uns genannt haben.",
        "Sie wird an festen Tagen des Kalenders geschrieben.",
        "Sie steht anstelle mehrerer Nachrichten, die kurz nacheinander gekommen wären.",
        "Wir schreiben sie nicht mehr.",
        "Es wird geschrieben, wenn unsere Listen der Nacht genug haben, was zu Ihnen passt.",
    ],
    name: "Unser Name dafür:",
    ground: "Warum wir sie schreiben dürfen",
    grounds: [
        "Sie haben dieser Art von Nachricht zugestimmt am",
        "Sie gehört zu etwas, das Sie mit uns vereinbart haben. Wir wissen davon seit",
        "Jemand hat diese Adresse in unser Formular eingetragen, und wir haben gefragt, ob Sie es waren. Das war am",
        "Sie haben bei uns etwas Ähnliches gekauft und konnten solche Nachrichten dabei ablehnen. Das können Sie weiterhin, jederzeit. Wir wissen davon seit",
        "Sie haben uns um einen Link zu Ihren Daten gebeten, am",
        "Jemand hat uns gebeten, an eine andere Adresse zu schreiben, und wir fragen beide Postfächer. Das war am",
        "Sie war vorbereitet, und noch hat niemand sie abgehen lassen.",
    ],
    recommended: "Kein Interesse? Oder lieber etwas anderes? Sagen Sie es",
    data: "Was dafür gelesen wurde",
    data_meaning: "Diese Arten von Daten, unter den Namen, die wir ihnen geben, und nichts anderes über Sie:",
    address: "Ihre E-Mail-Adresse",
    places: [
        "wohin sie geht",
        "wann sie abgeht",
        "ob sie abgeht",
        "wie viele abgehen",
        "im Betreff",
        "im Text",
        "in der Kalenderdatei",
        "für einen Menschen bei uns",
        "um zu finden, was wir empfehlen",
    ],
    declared: ["geführt für diese Art von Nachricht", "geführt für jede Art von Nachricht", "für jede Nachricht nötig"],
    sensitive: "heikel",
    caps: "Wie viele es sein dürfen",
    no_caps: "Für diese Art von Nachricht ist keine Zahl festgelegt.",
    change: "Ändern",
    stop: "Diese Art von Nachricht beenden",
    preferences: "Seltener, später oder etwas anderes",
    own_data: [
        "Die Werte selbst, Ihre Einwilligungen und was geschehen ist, stehen hinter einem eigenen Link, weil Nachrichten weitergeleitet werden.",
        "Diesen Link zuschicken",
    ],
    failed: (
        "Das lässt sich gerade nicht sagen",
        "Unsere Datenbank ist gerade nicht erreichbar. Das ist unser Fehler, nicht Ihrer: Bitte kommen Sie in ein paar Minuten wieder.",
    ),
    person: "Fragen? Antworten Sie auf eine beliebige unserer Nachrichten: Ein Mensch liest sie.",
    privacy: "Diese Seite setzt keine Cookies und meldet niemandem, dass Sie hier waren. Sie zeigt die Gründe dieser einen Nachricht und keine Werte, denn Nachrichten werden weitergeleitet.",
};

/// By the language's tag, else in English.
pub fn named(tag: &str) -> &'static WhyWords {
    [&ENGLISH, &FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}
