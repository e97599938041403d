//! The words of the page of preferences, in English, French and German.

/// Everything that the page says in one language.
pub struct PreferenceWords {
    /// The language's tag, for `lang`.
    pub tag: &'static str,
    /// Heading.
    pub title: &'static str,
    /// Before the mailbox.
    pub mailbox: &'static str,
    /// How a purpose stands: on, off, refused.
    pub stands: [&'static str; 3],
    /// On the button that stops one kind.
    pub stop: &'static str,
    /// On the button that switches one kind on.
    pub switch_on: &'static str,
    /// On the button by which they ask to be asked by a message.
    pub ask: &'static str,
    /// What that is.
    pub ask_follows: &'static str,
    /// How to get back what was refused.
    pub refused_advice: &'static str,
    /// Heading of one's own limit, of one kind and of everything together.
    pub how_often: [&'static str; 2],
    /// Before the choice.
    pub at_most: &'static str,
    /// No limit, one a week, one a month, one a year, and the one that somebody set otherwise.
    pub rates: [&'static str; 5],
    /// On the button that keeps a choice.
    pub keep: &'static str,
    /// Heading of the silence.
    pub snooze: &'static str,
    /// What it means.
    pub snooze_meaning: &'static str,
    /// Before the day.
    pub snooze_until: &'static str,
    /// Which messages: marketing, everything.
    pub snoozed: [&'static str; 2],
    /// On the button.
    pub snooze_button: &'static str,
    /// Before the day, where there is silence.
    pub snoozed_until: &'static str,
    /// On the button that ends it.
    pub snooze_end: &'static str,
    /// Heading and label of the language.
    pub language: &'static str,
    /// Before the day on which a yes ends.
    pub ends: &'static str,
    /// On the button that says it anew.
    pub renew: &'static str,
    /// The end of all marketing: heading, what it means, and on the button.
    pub objection: [&'static str; 3],
    /// Heading of the end of everything.
    pub everything: &'static str,
    /// What it means.
    pub everything_meaning: &'static str,
    /// On the button.
    pub everything_button: &'static str,
    /// Above the kinds that only answer what people ask.
    pub answers: &'static str,
    /// On the link to the page that says why.
    pub why: &'static str,
    /// Another address: heading, what follows, above the field, and on the button.
    pub address: [&'static str; 4],
    /// Their data: heading, what they get, and on the button.
    pub data: [&'static str; 3],
    /// Before the names of what nobody has confirmed for a year.
    pub check: &'static str,
    /// What changed, or didn't.
    pub told: ToldWords,
    /// On the button that takes a change back.
    pub undo: &'static str,
    /// Heading: the database is away.
    pub failed: &'static str,
    /// What to do then.
    pub failed_advice: &'static str,
    /// A link of a rehearsal: heading and sentence.
    pub rehearsed: (&'static str, &'static str),
    /// Not a link of ours, or not any more: what to do.
    pub not_found_advice: &'static str,
    /// The browser's signal is heard.
    pub global_privacy_control: &'static str,
    /// How to reach a person.
    pub person: &'static str,
    /// What this page doesn't do.
    pub privacy: &'static str,
}

/// What changed, or didn't.
pub struct ToldWords {
    /// One kind was stopped.
    pub stopped: &'static str,
    /// Everything was.
    pub all_stopped: &'static str,
    /// A stop could only be written down: before and after the number of seconds.
    pub journalled: [&'static str; 2],
    /// The same without a number.
    pub journalled_here: &'static str,
    /// One kind was switched on.
    pub on: &'static str,
    /// A yes was said anew.
    pub renewed: &'static str,
    /// No marketing any more.
    pub objected: &'static str,
    /// A limit was kept.
    pub limited: &'static str,
    /// Silence until.
    pub snoozed: &'static str,
    /// It ended.
    pub awake: &'static str,
    /// The language was kept.
    pub language: &'static str,
    /// It was so already.
    pub already: &'static str,
    /// The mailbox that we have is asked about another address.
    pub address: &'static str,
    /// The link to their data is on its way.
    pub data: &'static str,
    /// A change was taken back.
    pub undone: &'static str,
    /// It couldn't be: something else happened since, or it is too late.
    pub outdated: &'static str,
    /// A no stands.
    pub no_stands: &'static str,
    /// The day isn't one.
    pub bad_day: &'static str,
    /// Nobody knows what was wanted.
    pub nothing: &'static str,
}

const ENGLISH: PreferenceWords = PreferenceWords {
    tag: "en",
    title: "What you get from us",
    mailbox: "For the mailbox",
    stands: ["On", "Off", "You said no"],
    stop: "Stop these",
    switch_on: "Switch on",
    ask: "Ask me by e-mail",
    ask_follows: "One click here is not enough. We send one message with one button to this mailbox, and nothing holds before you press it.",
    refused_advice: "You said no, and that stays. If you want them again, reply to one of our messages: a person reads it, and you will be asked to confirm by e-mail.",
    how_often: ["How often", "How often, everything together"],
    at_most: "At most",
    rates: ["no limit of my own", "one a week", "one a month", "one a year", "as agreed otherwise"],
    keep: "Keep",
    snooze: "Not for a while",
    snooze_meaning: "We are silent until the day that you name, and write again from then on. What would come too late by then doesn’t come at all.",
    snooze_until: "First day on which you want to hear from us",
    snoozed: ["Everything but what I arranged with you, such as a visit", "Everything"],
    snooze_button: "Be silent until then",
    snoozed_until: "We are silent until",
    snooze_end: "Write to me again now",
    language: "Language of our messages",
    ends: "Your yes ends by itself on",
    renew: "Keep these coming",
    objection: [
        "No advertising",
        "Nothing more that advertises, whatever you agreed to before, and whatever we begin later. What you arrange with us, such as a visit, goes on.",
        "No advertising any more",
    ],
    everything: "Nothing at all",
    everything_meaning: "No more messages of any kind, reminders of visits included. At once, and for good.",
    everything_button: "Stop everything",
    answers: "Messages that only answer what you ask",
    why: "Why did I get this message?",
    address: [
        "Another address",
        "Because mail is forwarded, we ask this mailbox first, then the new one: nothing changes before both have said yes. You can’t open this one any more? Then write to us.",
        "Your new e-mail address",
        "Ask both mailboxes",
    ],
    data: [
        "Your data",
        "See all that we know about you, take it away, have it put right, or have it erased. Because mail is forwarded, this goes by a link of its own: we mail it to your address, and it works once, within an hour.",
        "Mail me the link",
    ],
    check: "Nobody has confirmed this for a year. Is it still right?",
    told: ToldWords {
        address: "If that is another address than the one we have, a message with one button is on its way to this mailbox. Press it, and the new one is asked.",
        data: "On its way to your address: a message with one link. It works once, within an hour.",
        stopped: "Stopped. From now on, no more of these leave:",
        all_stopped: "Everything is stopped. From now on, we send no more messages to this mailbox.",
        journalled: [
            "Our database can’t be reached just now. Your stop is safe on disk, and in force at the latest after",
            "seconds.",
        ],
        journalled_here: "Our database can’t be reached just now. Your stop is safe on disk, and in force as soon as that is over. Until then, another message may still leave.",
        on: "Switched on:",
        renewed: "They go on. Your yes holds anew:",
        objected: "No advertising any more. It holds from now on, for everything that we have and will have to offer.",
        limited: "Your limit holds from now on:",
        snoozed: "We are silent until",
        awake: "The silence has ended. We write to you as before.",
        language: "From now on, we write to you in",
        already: "That was so already. Nothing has changed.",
        undone: "Taken back: it is as it was before.",
        outdated: "That can’t be taken back any more: something else was changed since, or too much time has passed. Here is what holds now.",
        no_stands: "You said no to this, so one click is not enough. Reply to one of our messages, and you will be asked to confirm by e-mail.",
        bad_day: "Please name a day after today, and at most a year ahead.",
        nothing: "We didn’t understand that. Nothing has changed.",
    },
    undo: "Undo",
    failed: "We can’t show your preferences now",
    failed_advice: "Our database can’t be reached just now. That is our fault, not yours: please come back in a few minutes. Stopping works all the same:",
    rehearsed: (
        "This is a rehearsal",
        "The link came in a rehearsed message, which only the business received. For a customer it leads to what they get and why. Here it shows nothing, and changes nothing.",
    ),
    not_found_advice: "These links work for 90 days. Please open it from a newer message, or reply to one of our messages: a person reads it. The link that stops messages goes on working.",
    global_privacy_control: "Your browser asks by Global Privacy Control that nobody sells or shares what is known about you. We do neither, for anybody, and nothing here is chosen for you.",
    person: "Questions? Reply to any of our messages: a person reads it.",
    privacy: "This page sets no cookies and tells nobody that you were here.",
};

const FRENCH: PreferenceWords = PreferenceWords {
    tag: "fr",
    title: "Ce que vous recevez de nous",
    mailbox: "Pour la boîte de réception",
    stands: ["Activé", "Désactivé", "Vous avez dit non"],
    stop: "Arrêter",
    switch_on: "Activer",
    ask: "Demandez-moi par e-mail",
    ask_follows: "Un clic ici ne suffit pas. Nous envoyons à cette boîte un message avec un bouton, et rien ne vaut avant que vous appuyiez dessus.",
    refused_advice: "Vous avez dit non, et cela reste ainsi. Si vous en voulez de nouveau, répondez à l’un de nos messages : une personne le lira, et une confirmation vous sera demandée par e-mail.",
    how_often: ["À quelle fréquence", "À quelle fréquence, tout compris"],
    at_most: "Au plus",
    rates: ["pas de limite personnelle", "un par semaine", "un par mois", "un par an", "comme convenu autrement"],
    keep: "Enregistrer",
    snooze: "Pas en ce moment",
    snooze_meaning: "Nous nous taisons jusqu’au jour que vous indiquez, puis nous écrivons de nouveau. Ce qui arriverait alors trop tard n’arrive pas du tout.",
    snooze_until: "Premier jour où vous voulez de nos nouvelles",
    snoozed: ["Tout, sauf ce que j’ai convenu avec vous, comme un rendez-vous", "Tout"],
    snooze_button: "Silence jusque-là",
    snoozed_until: "Nous nous taisons jusqu’au",
    snooze_end: "M’écrire de nouveau dès maintenant",
    language: "Langue de nos messages",
    ends: "Votre accord s’éteint de lui-même le",
    renew: "Continuer à les recevoir",
    objection: [
        "Pas de publicité",
        "Plus rien qui fasse de la publicité, quoi que vous ayez accepté avant, et quoi que nous commencions ensuite. Ce que vous convenez avec nous, comme un rendez-vous, continue.",
        "Plus de publicité",
    ],
    everything: "Plus rien du tout",
    everything_meaning: "Plus aucun message, rappels de rendez-vous compris. Tout de suite, et pour de bon.",
    everything_button: "Tout arrêter",
    answers: "Les messages qui ne font que vous répondre",
    why: "Pourquoi ai-je reçu ce message ?",
    address: [
        "Une autre adresse",
        "Comme les messages se transfèrent, nous interrogeons d’abord cette boîte, puis la nouvelle : rien ne change avant que les deux aient dit oui. Vous n’avez plus accès à celle-ci ? Alors écrivez-nous.",
        "Votre nouvelle adresse e-mail",
        "Interroger les deux boîtes",
    ],
    data: [
        "Vos données",
        "Voyez tout ce que nous savons de vous, emportez-le, faites-le corriger ou effacer. Comme les messages se transfèrent, cela passe par un lien à part : nous l’envoyons à votre adresse, et il fonctionne une fois, dans l’heure.",
        "M’envoyer le lien",
    ],
    check: "Personne ne l’a confirmé depuis un an. Est-ce encore juste ?",
    told: ToldWords {
        address: "Si c’est une autre adresse que celle que nous avons, un message avec un bouton est en route vers cette boîte. Appuyez, et la nouvelle sera interrogée.",
        data: "En route vers votre adresse : un message avec un lien. Il fonctionne une fois, dans l’heure.",
        stopped: "C’est arrêté. Dès maintenant, plus aucun de ces messages ne part :",
        all_stopped: "Tout est arrêté. Dès maintenant, nous n’envoyons plus aucun message à cette boîte.",
        journalled: [
            "Notre base de données est momentanément injoignable. Votre demande est conservée sur disque et prend effet au plus tard dans",
            "secondes.",
        ],
        journalled_here: "Notre base de données est momentanément injoignable. Votre demande est conservée sur disque et prend effet dès que ce sera rétabli. D’ici là, un message peut encore partir.",
        on: "Activé :",
        renewed: "Ils continuent. Votre accord vaut à nouveau :",
        objected: "Plus de publicité. Cela vaut dès maintenant, pour tout ce que nous proposons et proposerons.",
        limited: "Votre limite vaut dès maintenant :",
        snoozed: "Nous nous taisons jusqu’au",
        awake: "Le silence est terminé. Nous vous écrivons comme avant.",
        language: "Dès maintenant, nous vous écrivons en",
        already: "C’était déjà le cas. Rien n’a changé.",
        undone: "Annulé : tout est comme avant.",
        outdated: "Cela ne peut plus être annulé : autre chose a changé depuis, ou trop de temps a passé. Voici ce qui vaut maintenant.",
        no_stands: "Vous avez dit non, un clic ne suffit donc pas. Répondez à l’un de nos messages, et une confirmation vous sera demandée par e-mail.",
        bad_day: "Indiquez un jour à partir de demain, et au plus dans un an.",
        nothing: "Nous n’avons pas compris. Rien n’a changé.",
    },
    undo: "Annuler",
    failed: "Vos préférences ne peuvent pas être affichées maintenant",
    failed_advice: "Notre base de données est momentanément injoignable. C’est notre faute, pas la vôtre : revenez dans quelques minutes. Vous pouvez tout de même arrêter les messages :",
    rehearsed: (
        "Ceci est une répétition",
        "Ce lien vient d’un message de répétition, que seul l’établissement a reçu. Pour un client, il mène à ce qu’il reçoit et pourquoi. Ici, il ne montre rien et ne change rien.",
    ),
    not_found_advice: "Ces liens fonctionnent pendant 90 jours. Ouvrez-le depuis un message plus récent, ou répondez à l’un de nos messages : une personne le lira. Le lien qui arrête les messages continue de fonctionner.",
    global_privacy_control: "Votre navigateur demande par Global Privacy Control que personne ne vende ni ne partage ce que l’on sait de vous. Nous ne faisons ni l’un ni l’autre, pour personne, et rien n’est choisi ici à votre place.",
    person: "Une question ? Répondez à n’importe lequel de nos messages : une personne le lira.",
    privacy: "Cette page ne dépose aucun cookie et ne signale votre visite à personne.",
};

const GERMAN: PreferenceWords = PreferenceWords {
    tag: "de",
    title: "Was Sie von uns bekommen",
    mailbox: "Für das Postfach",
    stands: ["An", "Aus", "Sie haben Nein gesagt"],
    stop: "Beenden",
    switch_on: "Einschalten",
    ask: "Fragen Sie mich per E-Mail",
    ask_follows: "Ein Klick hier genügt nicht. Wir schicken an dieses Postfach eine Nachricht mit einem Knopf, und nichts gilt, bevor Sie ihn drücken.",
    refused_advice: "Sie haben Nein gesagt, und dabei bleibt es. Möchten Sie diese Nachrichten wieder, antworten Sie auf eine unserer E-Mails: Ein Mensch liest sie, und Sie werden per E-Mail um eine Bestätigung gebeten.",
    how_often: ["Wie oft", "Wie oft, alles zusammen"],
    at_most: "Höchstens",
    rates: [
        "keine eigene Grenze",
        "eine Nachricht pro Woche",
        "eine Nachricht im Monat",
        "eine Nachricht im Jahr",
        "wie anders vereinbart",
    ],
    keep: "Speichern",
    snooze: "Eine Zeit lang nicht",
    snooze_meaning: "Wir schweigen bis zu dem Tag, den Sie nennen, und schreiben dann wieder. Was bis dahin zu spät käme, kommt gar nicht.",
    snooze_until: "Erster Tag, an dem Sie wieder von uns hören möchten",
    snoozed: ["Alles außer dem, was ich mit Ihnen vereinbart habe, etwa ein Termin", "Alles"],
    snooze_button: "Bis dahin schweigen",
    snoozed_until: "Wir schweigen bis",
    snooze_end: "Schreiben Sie mir ab jetzt wieder",
    language: "Sprache unserer Nachrichten",
    ends: "Ihr Ja endet von selbst am",
    renew: "Weiterhin bekommen",
    objection: [
        "Keine Werbung",
        "Nichts mehr, was wirbt, wozu Sie auch vorher ja gesagt haben und was wir später auch anfangen. Was Sie mit uns vereinbaren, etwa ein Termin, geht weiter.",
        "Keine Werbung mehr",
    ],
    everything: "Gar nichts mehr",
    everything_meaning: "Keine Nachrichten mehr, auch keine Erinnerungen an Termine. Sofort und für immer.",
    everything_button: "Alles beenden",
    answers: "Nachrichten, die nur auf Ihre Fragen antworten",
    why: "Warum habe ich diese Nachricht bekommen?",
    address: [
        "Eine andere Adresse",
        "Weil Nachrichten weitergeleitet werden, fragen wir zuerst dieses Postfach, dann das neue: Nichts ändert sich, bevor beide Ja gesagt haben. Sie kommen an dieses nicht mehr heran? Dann schreiben Sie uns.",
        "Ihre neue E-Mail-Adresse",
        "Beide Postfächer fragen",
    ],
    data: [
        "Ihre Daten",
        "Sehen Sie alles, was wir über Sie wissen, nehmen Sie es mit, lassen Sie es berichtigen oder löschen. Weil Nachrichten weitergeleitet werden, geht das über einen eigenen Link: Wir schicken ihn an Ihre Adresse, und er gilt einmal, eine Stunde lang.",
        "Link zuschicken",
    ],
    check: "Das hat seit einem Jahr niemand bestätigt. Stimmt es noch?",
    told: ToldWords {
        address: "Ist das eine andere Adresse als die, die wir haben, so ist eine Nachricht mit einem Knopf an dieses Postfach unterwegs. Drücken Sie ihn, dann wird das neue gefragt.",
        data: "Unterwegs an Ihre Adresse: eine Nachricht mit einem Link. Er gilt einmal, eine Stunde lang.",
        stopped: "Beendet. Ab jetzt gehen keine dieser Nachrichten mehr ab:",
        all_stopped: "Alles ist beendet. Ab jetzt schicken wir keine Nachrichten mehr an dieses Postfach.",
        journalled: [
            "Unsere Datenbank ist gerade nicht erreichbar. Ihr Wunsch ist sicher gespeichert und gilt spätestens nach",
            "Sekunden.",
        ],
        journalled_here: "Unsere Datenbank ist gerade nicht erreichbar. Ihr Wunsch ist sicher gespeichert und gilt, sobald sie es wieder ist. Bis dahin kann noch eine Nachricht abgehen.",
        on: "Eingeschaltet:",
        renewed: "Sie kommen weiterhin. Ihr Ja gilt von neuem:",
        objected: "Keine Werbung mehr. Das gilt ab jetzt, für alles, was wir anbieten und anbieten werden.",
        limited: "Ihre Grenze gilt ab jetzt:",
        snoozed: "Wir schweigen bis",
        awake: "Die Ruhe ist beendet. Wir schreiben Ihnen wie zuvor.",
        language: "Ab jetzt schreiben wir Ihnen in dieser Sprache:",
        already: "Das war schon so. Nichts hat sich geändert.",
        undone: "Rückgängig gemacht: Es ist wieder wie zuvor.",
        outdated: "Das lässt sich nicht mehr rückgängig machen: Inzwischen hat sich etwas anderes geändert, oder es ist zu viel Zeit vergangen. Hier steht, was jetzt gilt.",
        no_stands: "Sie haben dazu Nein gesagt, darum genügt ein Klick nicht. Antworten Sie auf eine unserer E-Mails, dann werden Sie per E-Mail um eine Bestätigung gebeten.",
        bad_day: "Bitte nennen Sie einen Tag nach heute, höchstens ein Jahr voraus.",
        nothing: "Das haben wir nicht verstanden. Nichts hat sich geändert.",
    },
    undo: "Rückgängig machen",
    failed: "Ihre Einstellungen lassen sich gerade nicht zeigen",
    failed_advice: "Unsere Datenbank ist gerade nicht erreichbar. Das ist unser Fehler, nicht Ihrer: Bitte kommen Sie in ein paar Minuten wieder. Beenden können Sie die Nachrichten trotzdem:",
    rehearsed: (
        "Das ist eine Probe",
        "Der Link stammt aus einer Probenachricht, die nur der Betrieb bekommen hat. Kundinnen und Kunden führt er zu dem, was sie bekommen und warum. Hier zeigt er nichts und ändert nichts.",
    ),
    not_found_advice: "Diese Links gelten 90 Tage lang. Bitte öffnen Sie ihn aus einer neueren Nachricht, oder antworten Sie auf eine unserer E-Mails: Ein Mensch liest sie. Der Link zum Beenden gilt weiter.",
    global_privacy_control: "Ihr Browser bittet durch Global Privacy Control darum, dass niemand verkauft oder weitergibt, was über Sie bekannt ist. Wir tun beides nicht, bei niemandem, und nichts ist hier für Sie vorausgewählt.",
    person: "Fragen? Antworten Sie auf eine beliebige unserer Nachrichten: Ein Mensch liest sie.",
    privacy: "Diese Seite setzt keine Cookies und meldet niemandem, dass Sie hier waren.",
};

/// By the language's tag, else in English.
pub fn named(tag: &str) -> &'static PreferenceWords {
    [&ENGLISH, &FRENCH, &GERMAN].into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}

/// What languages call themselves; others go by their tags.
pub const AUTONYMS: [(&str, &str); 6] = [
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("nl", "Nederlands"),
];
