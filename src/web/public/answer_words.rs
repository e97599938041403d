//! The words of the answer page, in English, French and German.

use super::words;
use crate::people::{Answer, Language};

/// What is said about one answer.
pub struct Said {
    /// At its choice.
    pub choice: &'static str,
    /// Heading when it was taken.
    pub thanks: &'static str,
    /// And what follows from it.
    pub follows: &'static str,
}

/// Everything that the page says in one language.
pub struct AnswerWords {
    /// The language's tag, for `lang`.
    pub tag: &'static str,
    /// Heading of the question.
    pub ask: &'static str,
    /// Above the time.
    pub visit: &'static str,
    /// Above the choices.
    pub legend: &'static str,
    /// On the button.
    pub button: &'static str,
    /// Before the answer that was given last.
    pub before: &'static str,
    /// By answer, in their order.
    pub said: [Said; 3],
    /// On the link back to the question.
    pub change: &'static str,
    /// Past the visit: heading and sentence.
    pub over: (&'static str, &'static str),
    /// It is at another time now.
    pub moved: (&'static str, &'static str),
    /// It was cancelled.
    pub cancelled: (&'static str, &'static str),
    /// A link of a rehearsal.
    pub rehearsed: (&'static str, &'static str),
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
    /// How to reach a person.
    pub person: &'static str,
    /// What this page doesn't do.
    pub privacy: &'static str,
}

impl AnswerWords {
    /// About one answer.
    #[must_use]
    pub const fn of(&self, answer: Answer) -> &Said {
        let [coming, cant_come, another_time] = &self.said;
        match answer {
            Answer::Coming => coming,
            Answer::CantCome => cant_come,
            Answer::AnotherTime => another_time,
        }
    }
}

const ENGLISH: AnswerWords = AnswerWords {
    tag: "en",
    ask: "Are you coming?",
    visit: "Your visit",
    legend: "Your answer",
    button: "Send my answer",
    before: "You answered:",
    said: [
        Said {
            choice: "I’m coming",
            thanks: "See you soon",
            follows: "Thank you for telling us. We look forward to seeing you.",
        },
        Said {
            choice: "I can’t come",
            thanks: "Thank you for telling us",
            follows: "You get no more reminders of this visit. We hope to see you another day.",
        },
        Said {
            choice: "Another time, please",
            thanks: "Your wish is noted",
            follows: "Until another time is agreed, your visit stays as it is. If it is urgent, reply to the message: a person reads it.",
        },
    ],
    change: "Change my answer",
    over: (
        "This visit is over",
        "It can’t be answered any more. If something is left to say, reply to the message: a person reads it.",
    ),
    moved: (
        "This visit is at another time now",
        "The message that you opened is about the old time. Please answer by a newer one, or reply to it: a person reads it.",
    ),
    cancelled: (
        "This visit was cancelled",
        "There is nothing left to answer. If that surprises you, reply to the message: a person reads it.",
    ),
    rehearsed: (
        "This is a rehearsal",
        "The link came in a rehearsed message, which only the business received. For a customer it leads to a page with three answers. Here it changes nothing.",
    ),
    failed: "We couldn’t write down your answer",
    failed_advice: "That is our fault, not yours. Please try again in a minute, or reply to the message: a person reads it.",
    again: "Try again",
    not_found: "This link doesn’t lead anywhere",
    not_found_advice: "Some mail programs cut long links. Please open it from the message once more, or reply to the message: a person reads it.",
    person: "Questions? Reply to any of our messages: a person reads it.",
    privacy: "This page sets no cookies and tells nobody but us what you answer.",
};

const FRENCH: AnswerWords = AnswerWords {
    tag: "fr",
    ask: "Serez-vous des nôtres ?",
    visit: "Votre rendez-vous",
    legend: "Votre réponse",
    button: "Envoyer ma réponse",
    before: "Vous avez répondu :",
    said: [
        Said {
            choice: "Je viens",
            thanks: "À bientôt",
            follows: "Merci de nous l’avoir dit. Nous nous réjouissons de vous voir.",
        },
        Said {
            choice: "Je ne peux pas venir",
            thanks: "Merci de nous avoir prévenus",
            follows: "Vous ne recevrez plus de rappel pour ce rendez-vous. Au plaisir de vous voir un autre jour.",
        },
        Said {
            choice: "Un autre moment, s’il vous plaît",
            thanks: "Votre souhait est noté",
            follows: "Tant qu’un autre moment n’est pas convenu, votre rendez-vous reste tel quel. Si c’est urgent, répondez au message : une personne le lira.",
        },
    ],
    change: "Modifier ma réponse",
    over: (
        "Ce rendez-vous est passé",
        "On ne peut plus y répondre. S’il reste quelque chose à dire, répondez au message : une personne le lira.",
    ),
    moved: (
        "Ce rendez-vous a changé d’horaire",
        "Le message que vous avez ouvert parle de l’ancien horaire. Répondez depuis un message plus récent, ou écrivez-nous : une personne le lira.",
    ),
    cancelled: (
        "Ce rendez-vous a été annulé",
        "Il n’y a plus rien à répondre. Si cela vous surprend, répondez au message : une personne le lira.",
    ),
    rehearsed: (
        "Ceci est une répétition",
        "Ce lien vient d’un message de répétition, que seul l’établissement a reçu. Pour un client, il mène à une page avec trois réponses. Ici, il ne change rien.",
    ),
    failed: "Votre réponse n’a pas pu être enregistrée",
    failed_advice: "C’est notre faute, pas la vôtre. Réessayez dans une minute, ou répondez au message : une personne le lira.",
    again: "Réessayer",
    not_found: "Ce lien ne mène nulle part",
    not_found_advice: "Certains logiciels de messagerie coupent les longs liens. Rouvrez-le depuis le message, ou répondez au message : une personne le lira.",
    person: "Une question ? Répondez à n’importe lequel de nos messages : une personne le lira.",
    privacy: "Cette page ne dépose aucun cookie, et nous seuls apprenons ce que vous répondez.",
};

const GERMAN: AnswerWords = AnswerWords {
    tag: "de",
    ask: "Kommen Sie?",
    visit: "Ihr Termin",
    legend: "Ihre Antwort",
    button: "Antwort senden",
    before: "Sie haben geantwortet:",
    said: [
        Said { choice: "Ich komme", thanks: "Bis bald", follows: "Danke für die Nachricht. Wir freuen uns auf Sie." },
        Said {
            choice: "Ich kann nicht kommen",
            thanks: "Danke, dass Sie Bescheid sagen",
            follows: "An diesen Termin erinnern wir Sie nicht mehr. Wir freuen uns auf ein anderes Mal.",
        },
        Said {
            choice: "Lieber ein anderer Termin",
            thanks: "Ihr Wunsch ist notiert",
            follows: "Bis ein anderer Termin vereinbart ist, bleibt Ihrer, wie er ist. Wenn es eilt, antworten Sie auf die Nachricht: Ein Mensch liest sie.",
        },
    ],
    change: "Antwort ändern",
    over: (
        "Dieser Termin ist vorbei",
        "Er lässt sich nicht mehr beantworten. Ist noch etwas zu sagen, antworten Sie auf die Nachricht: Ein Mensch liest sie.",
    ),
    moved: (
        "Dieser Termin ist jetzt zu einer anderen Zeit",
        "Die Nachricht, die Sie geöffnet haben, nennt die alte Zeit. Bitte antworten Sie aus einer neueren, oder schreiben Sie uns zurück: Ein Mensch liest es.",
    ),
    cancelled: (
        "Dieser Termin wurde abgesagt",
        "Es gibt nichts mehr zu beantworten. Überrascht Sie das, antworten Sie auf die Nachricht: Ein Mensch liest sie.",
    ),
    rehearsed: (
        "Das ist eine Probe",
        "Der Link stammt aus einer Probenachricht, die nur der Betrieb bekommen hat. Kundinnen und Kunden führt er auf eine Seite mit drei Antworten. Hier ändert er nichts.",
    ),
    failed: "Ihre Antwort konnte nicht gespeichert werden",
    failed_advice: "Das ist unser Fehler, nicht Ihrer. Bitte versuchen Sie es in einer Minute noch einmal, oder antworten Sie auf die Nachricht: Ein Mensch liest sie.",
    again: "Noch einmal versuchen",
    not_found: "Dieser Link führt nirgendwohin",
    not_found_advice: "Manche Mailprogramme schneiden lange Links ab. Bitte öffnen Sie ihn noch einmal aus der Nachricht, oder antworten Sie auf die Nachricht: Ein Mensch liest sie.",
    person: "Fragen? Antworten Sie auf eine beliebige unserer Nachrichten: Ein Mensch liest sie.",
    privacy: "Diese Seite setzt keine Cookies, und nur wir erfahren, was Sie antworten.",
};

/// In the language in which the stop page would be.
pub fn choose(theirs: Option<&Language>, accepted: Option<&str>, business: &Language) -> &'static AnswerWords {
    let tag = words::choose(theirs, accepted, business).tag;
    [&ENGLISH, &FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}
