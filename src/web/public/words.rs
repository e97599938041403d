//! The page's words, in English, French and German.

use crate::people::Language;

/// Everything that the page says in one language. `{…}` stands for nothing here: sentences with names in them are made
/// in the template from their two halves.
pub struct Words {
    /// The language's tag, for `lang`.
    pub tag: &'static str,
    /// Heading of the question.
    pub ask: &'static str,
    /// Above the purpose.
    pub kind: &'static str,
    /// Above the mailbox.
    pub mailbox: &'static str,
    /// On the button.
    pub button: &'static str,
    /// On the link to something else, before the button is pressed.
    pub instead: &'static str,
    /// And after it.
    pub besides: &'static str,
    /// Heading of what stopping means.
    pub meaning: &'static str,
    /// What stopping means: a word, and its sentence.
    pub points: [(&'static str, &'static str); 3],
    /// Heading of the answer.
    pub stopped: &'static str,
    /// The answer, before the purpose's title.
    pub stopped_from: &'static str,
    /// Between the title and the mailbox.
    pub stopped_to: &'static str,
    /// What is not promised.
    pub stopped_limit: &'static str,
    /// Heading: written down, not yet in force.
    pub journalled: &'static str,
    /// The bound, before the number of seconds.
    pub journalled_within: &'static str,
    /// And after it.
    pub journalled_seconds: &'static str,
    /// Where there is none.
    pub journalled_here: &'static str,
    /// Heading: nowhere on disk.
    pub failed: &'static str,
    /// What to do then.
    pub failed_advice: &'static str,
    /// On the button then.
    pub again: &'static str,
    /// Heading: not a link of ours.
    pub not_found: &'static str,
    /// What to do then.
    pub not_found_advice: &'static str,
    /// Heading: a stop link of a rehearsal.
    pub rehearsed: &'static str,
    /// What it would do.
    pub rehearsed_meaning: &'static str,
    /// Heading: the owner looks whether the page is there.
    pub prove: &'static str,
    /// What to do then.
    pub prove_advice: &'static str,
    /// On the button then.
    pub prove_button: &'static str,
    /// Heading: it is.
    pub proven: &'static str,
    /// What that means.
    pub proven_meaning: &'static str,
    /// How to reach a person.
    pub person: &'static str,
    /// What this page doesn't do.
    pub privacy: &'static str,
}

const ENGLISH: Words = Words {
    tag: "en",
    ask: "Stop these e-mails?",
    kind: "Kind of message",
    mailbox: "Mailbox",
    button: "Stop these e-mails",
    instead: "Fewer messages instead, or not now?",
    besides: "What else you get from us",
    meaning: "What stopping means",
    points: [
        (
            "At once.",
            "After you press the button, no more of these messages leave, not even one that is already planned.",
        ),
        ("Only these.", "Everything else that you arranged with us stays as it is."),
        ("For good.", "Nobody here can switch them on again for you, and no import can."),
    ],
    stopped: "Stopped",
    stopped_from: "From now on, we send no more messages of the kind",
    stopped_to: "to",
    stopped_limit: "One that left before this moment may still arrive. You need do nothing else.",
    journalled: "Your stop is written down",
    journalled_within: "Our database can’t be reached just now. Your stop is safe on disk, and it is in force after",
    journalled_seconds: "at the latest. Until then, a message that was already on its way may still leave.",
    journalled_here: "Our database can’t be reached just now. Your stop is safe on disk, and it is in force as soon as that is over. Until then, another message may still leave.",
    failed: "We couldn’t write down your stop",
    failed_advice: "That is our fault, not yours. Please press the button again in a minute, or reply to one of our messages with the word “stop”.",
    again: "Try again",
    not_found: "This link doesn’t lead anywhere",
    not_found_advice: "Some mail programs cut long links. Please open it from the message once more, or reply to the message with the word “stop”. If we don’t know you any more, you get no messages from us.",
    rehearsed: "This is a rehearsal",
    rehearsed_meaning: "The link came in a rehearsed message, which only the business received. For a customer it leads to a page with one button, which stops these messages at once. Here it changes nothing.",
    prove: "Your public page can be reached",
    prove_advice: "If you read this on a telephone outside your own network, so can your customers. Press the button to note it.",
    prove_button: "I see this page",
    proven: "Noted",
    proven_meaning: "Your public page is proven. “comity status” says since when.",
    person: "Questions, or pressed by mistake? Reply to any of our messages: a person reads it.",
    privacy: "This page sets no cookies and tells nobody that you were here.",
};

const FRENCH: Words = Words {
    tag: "fr",
    ask: "Ne plus recevoir ces e-mails ?",
    kind: "Type de message",
    mailbox: "Boîte de réception",
    button: "Ne plus recevoir ces e-mails",
    instead: "Plutôt moins de messages, ou pas en ce moment ?",
    besides: "Ce que vous recevez d’autre de nous",
    meaning: "Ce que cela change",
    points: [
        (
            "Tout de suite.",
            "Dès que vous appuyez sur le bouton, plus aucun de ces messages ne part, pas même un message déjà prévu.",
        ),
        ("Rien que ceux-ci.", "Tout ce que vous avez convenu avec nous par ailleurs reste inchangé."),
        ("Pour de bon.", "Personne ici ne peut les réactiver à votre place, aucun import non plus."),
    ],
    stopped: "C’est arrêté",
    stopped_from: "Dès maintenant, nous n’envoyons plus de messages du type",
    stopped_to: "à",
    stopped_limit: "Un message parti avant cet instant peut encore arriver. Vous n’avez rien d’autre à faire.",
    journalled: "Votre demande est enregistrée",
    journalled_within: "Notre base de données est momentanément injoignable. Votre demande est conservée sur disque et prend effet au plus tard dans",
    journalled_seconds: "D’ici là, un message déjà en cours d’envoi peut encore partir.",
    journalled_here: "Notre base de données est momentanément injoignable. Votre demande est conservée sur disque et prend effet dès que ce sera rétabli. D’ici là, un message peut encore partir.",
    failed: "Votre demande n’a pas pu être enregistrée",
    failed_advice: "C’est notre faute, pas la vôtre. Appuyez de nouveau sur le bouton dans une minute, ou répondez à l’un de nos messages par le mot « stop ».",
    again: "Réessayer",
    not_found: "Ce lien ne mène nulle part",
    not_found_advice: "Certains logiciels de messagerie coupent les longs liens. Rouvrez-le depuis le message, ou répondez au message par le mot « stop ». Si nous ne vous connaissons plus, vous ne recevez aucun message de notre part.",
    rehearsed: "Ceci est une répétition",
    rehearsed_meaning: "Ce lien vient d’un message de répétition, que seul l’établissement a reçu. Pour un client, il mène à une page avec un bouton qui arrête ces messages tout de suite. Ici, il ne change rien.",
    prove: "Votre page publique est joignable",
    prove_advice: "Si vous lisez ceci sur un téléphone hors de votre propre réseau, vos clients le peuvent aussi. Appuyez sur le bouton pour le noter.",
    prove_button: "Je vois cette page",
    proven: "C’est noté",
    proven_meaning: "Votre page publique est prouvée. « comity status » dit depuis quand.",
    person: "Une question, ou une erreur ? Répondez à n’importe lequel de nos messages : une personne le lira.",
    privacy: "Cette page ne dépose aucun cookie et ne signale votre visite à personne.",
};

const GERMAN: Words = Words {
    tag: "de",
    ask: "Diese E-Mails nicht mehr bekommen?",
    kind: "Art der Nachricht",
    mailbox: "Postfach",
    button: "Diese E-Mails beenden",
    instead: "Lieber weniger Nachrichten, oder nur jetzt nicht?",
    besides: "Was Sie sonst von uns bekommen",
    meaning: "Was das bedeutet",
    points: [
        (
            "Sofort.",
            "Sobald Sie den Knopf drücken, geht keine dieser Nachrichten mehr ab, auch keine, die schon geplant ist.",
        ),
        ("Nur diese.", "Alles andere, was Sie mit uns vereinbart haben, bleibt, wie es ist."),
        ("Für immer.", "Niemand hier kann sie für Sie wieder einschalten, auch kein Import."),
    ],
    stopped: "Beendet",
    stopped_from: "Ab jetzt schicken wir keine Nachrichten mehr von der Art",
    stopped_to: "an",
    stopped_limit: "Eine, die vor diesem Augenblick abging, kann noch ankommen. Sie müssen nichts weiter tun.",
    journalled: "Ihr Wunsch ist gespeichert",
    journalled_within: "Unsere Datenbank ist gerade nicht erreichbar. Ihr Wunsch ist sicher gespeichert und gilt spätestens nach",
    journalled_seconds: "Bis dahin kann eine Nachricht, die schon unterwegs war, noch abgehen.",
    journalled_here: "Unsere Datenbank ist gerade nicht erreichbar. Ihr Wunsch ist sicher gespeichert und gilt, sobald sie es wieder ist. Bis dahin kann noch eine Nachricht abgehen.",
    failed: "Ihr Wunsch konnte nicht gespeichert werden",
    failed_advice: "Das ist unser Fehler, nicht Ihrer. Bitte drücken Sie den Knopf in einer Minute noch einmal, oder antworten Sie auf eine unserer Nachrichten mit dem Wort „Stopp“.",
    again: "Noch einmal versuchen",
    not_found: "Dieser Link führt nirgendwohin",
    not_found_advice: "Manche Mailprogramme schneiden lange Links ab. Bitte öffnen Sie ihn noch einmal aus der Nachricht, oder antworten Sie auf die Nachricht mit dem Wort „Stopp“. Kennen wir Sie nicht mehr, bekommen Sie keine Nachrichten von uns.",
    rehearsed: "Das ist eine Probe",
    rehearsed_meaning: "Der Link stammt aus einer Probenachricht, die nur der Betrieb bekommen hat. Kundinnen und Kunden führt er auf eine Seite mit einem Knopf, der diese Nachrichten sofort beendet. Hier ändert er nichts.",
    prove: "Ihre öffentliche Seite ist erreichbar",
    prove_advice: "Wenn Sie dies auf einem Telefon außerhalb Ihres eigenen Netzes lesen, können es Ihre Kunden auch. Drücken Sie den Knopf, um das festzuhalten.",
    prove_button: "Ich sehe diese Seite",
    proven: "Notiert",
    proven_meaning: "Ihre öffentliche Seite ist bewiesen. „comity status“ sagt, seit wann.",
    person: "Fragen, oder aus Versehen gedrückt? Antworten Sie auf eine beliebige unserer Nachrichten: Ein Mensch liest sie.",
    privacy: "Diese Seite setzt keine Cookies und meldet niemandem, dass Sie hier waren.",
};

/// The customer's language, else the first of the browser's that we have, else the business's, else English.
pub fn choose(theirs: Option<&Language>, accepted: Option<&str>, business: &Language) -> &'static Words {
    let browser = accepted.unwrap_or_default().split(',').filter_map(|range| range.split(';').next());
    theirs
        .and_then(|language| named(language.tag()))
        .or_else(|| browser.filter_map(Language::parse).find_map(|language| named(language.tag())))
        .or_else(|| named(business.tag()))
        .unwrap_or(&ENGLISH)
}

fn named(tag: &str) -> Option<&'static Words> {
    [&ENGLISH, &FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(tag: &str) -> Language {
        Language::parse(tag).unwrap()
    }

    #[test]
    fn the_customers_language_comes_before_the_browsers_and_the_businesss() {
        let french = language("fr");
        assert_eq!(choose(Some(&french), Some("en"), &language("en")).tag, "fr");
        assert_eq!(choose(None, Some("it;q=0.9, fr-CH;q=0.8, en"), &language("en")).tag, "fr");
        assert_eq!(choose(None, Some("it, nl"), &french).tag, "fr");
        assert_eq!(choose(None, Some("de-AT"), &french).tag, "de");
        assert_eq!(choose(None, None, &language("it")).tag, "en");
        assert_eq!(choose(Some(&language("it")), Some("\u{fffd},;=,"), &french).tag, "fr");
    }
}
