//! The words of the pages on which somebody signs up and confirms it, in English, French and German.

/// Everything that these pages say in one language, beside the words of every page.
pub struct SignUpWords {
    /// Of which language.
    pub tag: &'static str,
    /// Heading of the form.
    pub ask: &'static str,
    /// Above the choices.
    pub legend: &'static str,
    /// Above the address.
    pub address: &'static str,
    /// Under it.
    pub address_hint: &'static str,
    /// On the button.
    pub button: &'static str,
    /// What follows, under the button.
    pub follows: &'static str,
    /// Nothing was chosen.
    pub no_choice: &'static str,
    /// The address can't be one.
    pub no_address: &'static str,
    /// Beside the field that nobody fills.
    pub trap: &'static str,
    /// It was taken: heading, and two sentences.
    pub taken: (&'static str, &'static str, &'static str),
    /// Nothing is offered: heading and sentence.
    pub closed: (&'static str, &'static str),
    /// Too many came at once: heading and sentence.
    pub too_many: (&'static str, &'static str),
    /// It is nowhere on disk: heading and sentence.
    pub failed: (&'static str, &'static str),
    /// Heading of the question behind the link of a confirmation.
    pub confirm: &'static str,
    /// Above the mailbox.
    pub mailbox: &'static str,
    /// On the button.
    pub yes: &'static str,
    /// To whom it wasn't.
    pub not_you: &'static str,
    /// It holds: heading and sentence.
    pub confirmed: (&'static str, &'static str),
    /// It held already, by this link: heading and sentence.
    pub already: (&'static str, &'static str),
    /// The link is too old: heading and sentence.
    pub expired: (&'static str, &'static str),
    /// On the link to the form.
    pub again: &'static str,
}

const ENGLISH: SignUpWords = SignUpWords {
    tag: "en",
    ask: "What would you like to get from us?",
    legend: "Nothing is chosen for you",
    address: "Your e-mail address",
    address_hint: "We use it for this alone, and give it to nobody.",
    button: "Sign me up",
    follows: "We then send you one message with one button. Nothing holds before you press it.",
    no_choice: "Please choose at least one kind of message.",
    no_address: "This doesn’t look like an e-mail address. It is written as in anna@example.org.",
    trap: "Leave this empty",
    taken: (
        "Please look into your mailbox",
        "If this is your address, a message with one button is on its way to it. Nothing else comes before you press that button; it works for seven days.",
        "We ask an address once in thirty days. Nothing there? Look into the folder for junk, or write to us.",
    ),
    closed: ("There is nothing to sign up for here", "Please write to us if you would like to hear from us."),
    too_many: ("Too many people at once", "Please try again in a minute."),
    failed: ("This could not be written down", "The fault is ours. Please try again in a minute."),
    confirm: "Shall we write to you?",
    mailbox: "To this mailbox",
    yes: "Yes, please",
    not_you: "It wasn’t you who signed up? Then there is nothing to do: without the button, nothing comes.",
    confirmed: (
        "Thank you",
        "We have your yes. Each message has a link by which you change it or end it, in one step.",
    ),
    already: (
        "You have confirmed this before",
        "There is nothing to do. Each message has a link by which you change it or end it.",
    ),
    expired: (
        "This link is too old",
        "It worked for seven days, and nothing comes without a yes. You can sign up again.",
    ),
    again: "To the form",
};

const FRENCH: SignUpWords = SignUpWords {
    tag: "fr",
    ask: "Que souhaitez-vous recevoir de nous ?",
    legend: "Rien n’est choisi à votre place",
    address: "Votre adresse e-mail",
    address_hint: "Elle ne sert qu’à cela, et nous ne la donnons à personne.",
    button: "M’inscrire",
    follows: "Vous recevez alors un message avec un bouton. Rien ne vaut avant que vous n’ayez appuyé.",
    no_choice: "Choisissez au moins un type de message.",
    no_address: "Ceci ne ressemble pas à une adresse e-mail. Elle s’écrit comme anna@example.org.",
    trap: "Laissez ceci vide",
    taken: (
        "Regardez dans votre boîte de réception",
        "Si cette adresse est la vôtre, un message avec un bouton est en route. Rien d’autre ne vient avant que vous n’ayez appuyé ; le bouton fonctionne sept jours.",
        "Nous interrogeons une adresse une fois en trente jours. Rien reçu ? Regardez dans les indésirables, ou écrivez-nous.",
    ),
    closed: ("Il n’y a pas d’inscription ici", "Écrivez-nous si vous souhaitez de nos nouvelles."),
    too_many: ("Trop de monde à la fois", "Réessayez dans une minute."),
    failed: ("Nous n’avons pas pu le noter", "La faute est de notre côté. Réessayez dans une minute."),
    confirm: "Pouvons-nous vous écrire ?",
    mailbox: "À cette adresse",
    yes: "Oui, volontiers",
    not_you: "Cette inscription ne vient pas de vous ? Alors il n’y a rien à faire : sans le bouton, rien ne vient.",
    confirmed: (
        "Merci",
        "Nous avons votre accord. Chaque message porte un lien pour le changer ou y mettre fin, en un geste.",
    ),
    already: (
        "Vous l’avez déjà confirmé",
        "Il n’y a rien à faire. Chaque message porte un lien pour changer cela ou y mettre fin.",
    ),
    expired: (
        "Ce lien est trop ancien",
        "Il valait sept jours, et rien ne vient sans accord. Vous pouvez vous inscrire à nouveau.",
    ),
    again: "Vers le formulaire",
};

const GERMAN: SignUpWords = SignUpWords {
    tag: "de",
    ask: "Was möchten Sie von uns bekommen?",
    legend: "Nichts ist für Sie vorgewählt",
    address: "Ihre E-Mail-Adresse",
    address_hint: "Wir brauchen sie nur dafür und geben sie niemandem.",
    button: "Anmelden",
    follows: "Sie bekommen dann eine Nachricht mit einem Knopf. Bevor Sie ihn drücken, gilt nichts.",
    no_choice: "Bitte wählen Sie mindestens eine Art von Nachricht.",
    no_address: "Das sieht nicht wie eine E-Mail-Adresse aus. Man schreibt sie wie anna@example.org.",
    trap: "Dies bleibt leer",
    taken: (
        "Bitte schauen Sie in Ihr Postfach",
        "Ist es Ihre Adresse, so ist eine Nachricht mit einem Knopf unterwegs. Bevor Sie ihn drücken, kommt nichts anderes; er gilt sieben Tage.",
        "Eine Adresse fragen wir einmal in dreißig Tagen. Nichts gekommen? Schauen Sie in den Spam-Ordner, oder schreiben Sie uns.",
    ),
    closed: ("Hier gibt es keine Anmeldung", "Schreiben Sie uns, wenn Sie von uns hören möchten."),
    too_many: ("Zu viele auf einmal", "Bitte versuchen Sie es in einer Minute noch einmal."),
    failed: (
        "Das konnte nicht gespeichert werden",
        "Das ist unser Fehler. Bitte versuchen Sie es in einer Minute noch einmal.",
    ),
    confirm: "Dürfen wir Ihnen schreiben?",
    mailbox: "An dieses Postfach",
    yes: "Ja, gern",
    not_you: "Sie haben sich nicht angemeldet? Dann ist nichts zu tun: Ohne den Knopf kommt nichts.",
    confirmed: (
        "Danke",
        "Ihr Ja ist notiert. Jede Nachricht hat einen Link, mit dem Sie es in einem Schritt ändern oder beenden.",
    ),
    already: (
        "Das haben Sie schon bestätigt",
        "Es ist nichts zu tun. Jede Nachricht hat einen Link, mit dem Sie das ändern oder beenden.",
    ),
    expired: (
        "Dieser Link ist zu alt",
        "Er galt sieben Tage, und ohne ein Ja kommt nichts. Sie können sich noch einmal anmelden.",
    ),
    again: "Zum Formular",
};

/// Those of the language in which the page is.
pub fn of(tag: &str) -> &'static SignUpWords {
    [&FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}
