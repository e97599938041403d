//! The words of the page on which somebody sees their own data, in English, French and German.

use crate::people::consent::ConsentMethod;

/// Everything that the page says in one language.
pub struct MyDataWords {
    /// The language's tag, for `lang`.
    pub tag: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Before the mailbox.
    pub mailbox: &'static str,
    /// What the button does.
    pub meaning: &'static str,
    /// On the button.
    pub open: &'static str,
    /// Whoever didn't ask.
    pub not_you: &'static str,
    /// How long it stays open.
    pub open_for: &'static str,
    /// Heading of the person's own fields.
    pub about: &'static str,
    /// The address.
    pub address: &'static str,
    /// The language.
    pub language: &'static str,
    /// The time zone.
    pub zone: &'static str,
    /// Heading of visits, purchases and the like.
    pub records: &'static str,
    /// Heading of what they agreed to.
    pub consents: &'static str,
    /// A yes, before the purpose.
    pub yes: &'static str,
    /// A no, before the purpose.
    pub no: &'static str,
    /// All purposes.
    pub everything: &'static str,
    /// How a yes or a no was said, as [`MyDataWords::how`] orders them.
    pub ways: [&'static str; 9],
    /// Heading of what we wrote.
    pub messages: &'static str,
    /// Heading of what happened.
    pub history: &'static str,
    /// What that is.
    pub history_meaning: &'static str,
    /// Heading of the archive.
    pub take: &'static str,
    /// What is in it.
    pub take_meaning: &'static str,
    /// On the button.
    pub take_button: &'static str,
    /// Heading of what is wrong.
    pub correct: &'static str,
    /// Above the field.
    pub correct_label: &'static str,
    /// What follows.
    pub correct_follows: &'static str,
    /// On the button.
    pub correct_button: &'static str,
    /// On the button by which they say that all is right.
    pub confirm: &'static str,
    /// It was kept.
    pub confirmed: &'static str,
    /// It was noted.
    pub noted: &'static str,
    /// As much of theirs waits as is kept.
    pub enough: &'static str,
    /// Nothing was written.
    pub nothing: &'static str,
    /// Heading of the erasure.
    pub erase: &'static str,
    /// What it means.
    pub erase_meaning: &'static str,
    /// On what opens the button.
    pub erase_summary: &'static str,
    /// The last word before it.
    pub erase_last: &'static str,
    /// On the button.
    pub erase_button: &'static str,
    /// How to reach a person.
    pub person: &'static str,
    /// What this page doesn't do.
    pub privacy: &'static str,
    /// The link was opened before, or is too old: heading and sentence.
    pub over: (&'static str, &'static str),
    /// They are nobody any more: heading and sentence.
    pub erased: (&'static str, &'static str),
    /// The database is away: heading and sentence.
    pub failed: (&'static str, &'static str),
}

const ENGLISH: MyDataWords = MyDataWords {
    tag: "en",
    title: "What we know about you",
    mailbox: "Of the mailbox",
    meaning: "This opens everything that we keep about you: to read, to take away, to have put right, or to have erased. The link opens once; then you have a quarter of an hour.",
    open: "Open my data",
    not_you: "You didn’t ask for this? Then there is nothing to do. Nobody sees anything without this mailbox, and the link ends by itself.",
    open_for: "This stays open for a quarter of an hour. Of long lists, the newest are shown here; the archive below has everything.",
    about: "About you",
    address: "E-mail address",
    language: "Language",
    zone: "Time zone",
    records: "What you arranged with us",
    consents: "What you agreed to, and what not",
    yes: "yes to",
    no: "no to",
    everything: "everything",
    ways: [
        "as our own list says",
        "by the link in a message",
        "in person",
        "by a form",
        "on paper",
        "by telephone",
        "on the page behind a message",
        "by taking your last word back",
        "by the link that was mailed for it",
    ],
    messages: "What we wrote to you",
    history: "What happened",
    history_meaning: "Each decision and each look at your data, as our system notes it (in English)",
    take: "Take it away",
    take_meaning: "Everything of the above, every row that we keep, in one archive: as tables for a spreadsheet, and as JSON for programs.",
    take_button: "Download the archive",
    correct: "Something is wrong",
    correct_label: "What should it be?",
    correct_follows: "A person of ours puts it right, and you hear from us within a month.",
    correct_button: "Send",
    confirm: "All of this is right",
    confirmed: "Thank you. We ask again in a year at the earliest.",
    noted: "Noted. A person of ours puts it right, and you hear from us within a month.",
    enough: "As much of yours waits for us as we can keep here. Please reply to one of our messages: a person reads it.",
    nothing: "Please write what should be put right.",
    erase: "Erase me",
    erase_meaning: "Everything above goes, in all our files, and can’t be brought back: no import and no calendar revives it. If you book again yourself, we know you as somebody new.",
    erase_summary: "I want to be erased",
    erase_last: "There is no way back. Appointments that stand are not called off by this: for that, tell us.",
    erase_button: "Erase everything about me",
    person: "Questions? Reply to any of our messages: a person reads it.",
    privacy: "This page sets no cookies, loads nothing from elsewhere, and is not kept by your browser.",
    over: (
        "This link is over",
        "It was opened before, or it is more than an hour old. Ask for a new one: at the end of each of our messages there is a link to what you get from us, and from there.",
    ),
    erased: (
        "You are erased",
        "Everything that we knew about you is gone, here and in each copy that hangs on your key. We send you nothing more, not even a confirmation.",
    ),
    failed: ("This can’t be shown just now", "The fault is ours, and nothing was done. Please try again in a minute."),
};

const FRENCH: MyDataWords = MyDataWords {
    tag: "fr",
    title: "Ce que nous savons de vous",
    mailbox: "Pour l’adresse",
    meaning: "Ceci ouvre tout ce que nous conservons sur vous : à lire, à emporter, à faire corriger ou effacer. Le lien s’ouvre une fois ; vous avez ensuite un quart d’heure.",
    open: "Ouvrir mes données",
    not_you: "Vous n’avez rien demandé ? Alors il n’y a rien à faire. Sans cette boîte, personne ne voit rien, et le lien s’éteint de lui-même.",
    open_for: "Ceci reste ouvert un quart d’heure. Des longues listes, vous voyez ici le plus récent ; l’archive ci-dessous contient tout.",
    about: "Vous",
    address: "Adresse e-mail",
    language: "Langue",
    zone: "Fuseau horaire",
    records: "Ce que vous avez convenu avec nous",
    consents: "Ce que vous avez accepté, ou non",
    yes: "oui à",
    no: "non à",
    everything: "tout",
    ways: [
        "d’après notre propre liste",
        "par le lien d’un message",
        "de vive voix",
        "par un formulaire",
        "sur papier",
        "par téléphone",
        "sur la page liée à un message",
        "en reprenant votre dernier choix",
        "par le lien envoyé pour cela",
    ],
    messages: "Ce que nous vous avons écrit",
    history: "Ce qui s’est passé",
    history_meaning: "Chaque décision et chaque consultation de vos données, telles que notre système les note (en anglais)",
    take: "Emporter",
    take_meaning: "Tout ce qui précède, chaque ligne que nous conservons, dans une archive : en tableaux, et en JSON pour les programmes.",
    take_button: "Télécharger l’archive",
    correct: "Quelque chose est faux",
    correct_label: "Comment devrait-ce être ?",
    correct_follows: "Une personne de chez nous le corrige, et vous avez une réponse dans le mois.",
    correct_button: "Envoyer",
    confirm: "Tout cela est juste",
    confirmed: "Merci. Nous ne redemanderons pas avant un an.",
    noted: "C’est noté. Une personne de chez nous le corrige, et vous avez une réponse dans le mois.",
    enough: "Il y a déjà autant de vos demandes en attente que nous pouvons en garder ici. Répondez à l’un de nos messages : une personne le lira.",
    nothing: "Écrivez ce qu’il faut corriger.",
    erase: "Effacez-moi",
    erase_meaning: "Tout ce qui précède disparaît de tous nos fichiers, sans retour : ni import ni calendrier ne le ramène. Si vous réservez à nouveau vous-même, vous serez pour nous quelqu’un de nouveau.",
    erase_summary: "Je veux être effacé(e)",
    erase_last: "Il n’y a pas de retour. Les rendez-vous pris ne sont pas annulés par là : pour cela, dites-le-nous.",
    erase_button: "Effacer tout ce qui me concerne",
    person: "Une question ? Répondez à n’importe lequel de nos messages : une personne le lira.",
    privacy: "Cette page ne dépose aucun cookie, ne charge rien d’ailleurs, et votre navigateur ne la conserve pas.",
    over: (
        "Ce lien est épuisé",
        "Il a déjà été ouvert, ou il a plus d’une heure. Demandez-en un nouveau : à la fin de chacun de nos messages, un lien mène à ce que vous recevez de nous, et de là.",
    ),
    erased: (
        "Vous êtes effacé(e)",
        "Tout ce que nous savions de vous a disparu, ici et dans chaque copie qui dépend de votre clé. Nous ne vous envoyons plus rien, pas même une confirmation.",
    ),
    failed: (
        "Ceci ne peut pas être montré à l’instant",
        "La faute est de notre côté, et rien n’a été fait. Réessayez dans une minute.",
    ),
};

const GERMAN: MyDataWords = MyDataWords {
    tag: "de",
    title: "Was wir über Sie wissen",
    mailbox: "Für das Postfach",
    meaning: "Dies öffnet alles, was wir über Sie aufbewahren: zum Lesen, Mitnehmen, Berichtigen oder Löschen. Der Link öffnet einmal; dann haben Sie eine Viertelstunde.",
    open: "Meine Daten öffnen",
    not_you: "Sie haben nicht darum gebeten? Dann ist nichts zu tun. Ohne dieses Postfach sieht niemand etwas, und der Link endet von selbst.",
    open_for: "Dies bleibt eine Viertelstunde offen. Von langen Listen steht hier das Neueste; das Archiv unten enthält alles.",
    about: "Über Sie",
    address: "E-Mail-Adresse",
    language: "Sprache",
    zone: "Zeitzone",
    records: "Was Sie mit uns vereinbart haben",
    consents: "Wozu Sie ja gesagt haben, und wozu nicht",
    yes: "ja zu",
    no: "nein zu",
    everything: "allem",
    ways: [
        "nach unserer eigenen Liste",
        "über den Link in einer Nachricht",
        "persönlich",
        "über ein Formular",
        "auf Papier",
        "am Telefon",
        "auf der Seite hinter einer Nachricht",
        "indem Sie Ihr letztes Wort zurücknahmen",
        "über den dafür gesandten Link",
    ],
    messages: "Was wir Ihnen geschrieben haben",
    history: "Was geschehen ist",
    history_meaning: "Jede Entscheidung und jeder Blick auf Ihre Daten, wie unser System sie notiert (auf Englisch)",
    take: "Mitnehmen",
    take_meaning: "Alles hier, jede Zeile, die wir aufbewahren, in einem Archiv: als Tabellen, und als JSON für Programme.",
    take_button: "Archiv herunterladen",
    correct: "Etwas stimmt nicht",
    correct_label: "Wie müsste es heißen?",
    correct_follows: "Ein Mensch bei uns berichtigt es, und Sie hören innerhalb eines Monats von uns.",
    correct_button: "Abschicken",
    confirm: "Das stimmt alles",
    confirmed: "Danke. Wir fragen frühestens in einem Jahr wieder.",
    noted: "Notiert. Ein Mensch bei uns berichtigt es, und Sie hören innerhalb eines Monats von uns.",
    enough: "Von Ihnen wartet schon so viel, wie wir hier aufbewahren können. Bitte antworten Sie auf eine unserer Nachrichten: Ein Mensch liest sie.",
    nothing: "Bitte schreiben Sie, was zu berichtigen ist.",
    erase: "Mich löschen",
    erase_meaning: "Alles hier verschwindet aus allen unseren Dateien und kommt nicht zurück: kein Import und kein Kalender bringt es wieder. Wenn Sie selbst wieder buchen, kennen wir Sie als jemand Neues.",
    erase_summary: "Ich möchte gelöscht werden",
    erase_last: "Es gibt keinen Weg zurück. Termine, die stehen, sind damit nicht abgesagt: Dafür sagen Sie uns Bescheid.",
    erase_button: "Alles über mich löschen",
    person: "Fragen? Antworten Sie auf eine beliebige unserer Nachrichten: Ein Mensch liest sie.",
    privacy: "Diese Seite setzt keine Cookies, lädt nichts von anderswo, und Ihr Browser behält sie nicht.",
    over: (
        "Dieser Link ist vorbei",
        "Er wurde schon geöffnet, oder er ist über eine Stunde alt. Verlangen Sie einen neuen: Am Ende jeder unserer Nachrichten führt ein Link zu dem, was Sie von uns bekommen, und von dort.",
    ),
    erased: (
        "Sie sind gelöscht",
        "Alles, was wir über Sie wussten, ist fort, hier und in jeder Kopie, die an Ihrem Schlüssel hängt. Wir schicken Ihnen nichts mehr, auch keine Bestätigung.",
    ),
    failed: (
        "Das kann gerade nicht gezeigt werden",
        "Das ist unser Fehler, und es ist nichts geschehen. Bitte versuchen Sie es in einer Minute noch einmal.",
    ),
};

impl MyDataWords {
    /// How a yes or a no was said, for after a comma.
    pub const fn how(&self, method: ConsentMethod) -> &'static str {
        let [import, one_click, in_person, form, paper, telephone, preferences, undone, confirmed] = self.ways;
        match method {
            ConsentMethod::Import => import,
            ConsentMethod::OneClick => one_click,
            ConsentMethod::InPerson => in_person,
            ConsentMethod::Form => form,
            ConsentMethod::Paper => paper,
            ConsentMethod::Telephone => telephone,
            ConsentMethod::PreferencePage => preferences,
            ConsentMethod::Undone => undone,
            ConsentMethod::Confirmed => confirmed,
        }
    }
}

/// Those of the language in which the page is.
pub fn of(tag: &str) -> &'static MyDataWords {
    [&FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}
