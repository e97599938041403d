//! The words of the privacy notice, in English, French and German. `{}` stands for what the files say.

use crate::{people::Means, policy::Practice};

/// All that a notice says of itself in one language.
#[derive(Debug)]
pub struct Words {
    /// The language's tag.
    pub tag: &'static str,
    /// Heading of the whole.
    pub title: &'static str,
    /// Heading of who answers for it.
    pub who: &'static str,
    /// Before the mailbox.
    pub mailbox: &'static str,
    /// Who reads it.
    pub person: &'static str,
    /// Before whom to ask about data.
    pub officer: &'static str,
    /// Heading of the purposes.
    pub purposes: &'static str,
    /// That each stands alone.
    pub each: &'static str,
    /// Before a ground.
    pub ground: &'static str,
    /// By contract, by consent, asked for, after a sale.
    pub grounds: [&'static str; 6],
    /// How long a yes holds.
    pub lasts: &'static str,
    /// Double opt-in.
    pub confirmed: &'static str,
    /// Before what is read.
    pub read: &'static str,
    /// Before how many.
    pub most: &'static str,
    /// Of a record, that there is one.
    pub that_there_is: &'static str,
    /// Heading of what is kept.
    pub data: &'static str,
    /// Where it comes from.
    pub kept: &'static str,
    /// What is kept of everybody: what, and for how long.
    pub always: [(&'static str, &'static str); 4],
    /// That a kind of data serves every purpose.
    pub for_all: &'static str,
    /// That it serves some.
    pub for_these: &'static str,
    /// How long it is kept: of a record, of a customer.
    pub keep: [&'static str; 2],
    /// That it has no end of its own.
    pub keep_on: &'static str,
    /// What sensitive means here.
    pub sensitive: &'static str,
    /// By what entries of the calendar are known.
    pub searched: &'static str,
    /// Address, telephone, name.
    pub means: [&'static str; 3],
    /// Hours, days, months: one and many.
    pub terms: [[&'static str; 2]; 3],
    /// Heading of who else sees it.
    pub others: &'static str,
    /// Where no processor is named.
    pub nobody: &'static str,
    /// Before the processors.
    pub processors: &'static str,
    /// Whose mailbox it goes to.
    pub providers: &'static str,
    /// The day of a contract.
    pub contract: &'static str,
    /// What protects the data abroad.
    pub safeguard: &'static str,
    /// Heading of what isn't done.
    pub never: &'static str,
    /// What isn't done.
    pub nevers: [&'static str; 3],
    /// That some are left out, for comparison.
    pub holdouts: &'static str,
    /// That the beginning of the network address is kept.
    pub network: &'static str,
    /// Heading of the rights.
    pub rights: &'static str,
    /// Their data, by a link of their own.
    pub by_link: (&'static str, &'static str),
    /// What stands in each message: a word, and what it does.
    pub in_each_message: [(&'static str, &'static str); 3],
    /// What is asked for by letter.
    pub by_letter: (&'static str, &'static str),
    /// Before the authority.
    pub complain: &'static str,
    /// Where the policy names none.
    pub any_authority: &'static str,
}

impl Words {
    /// What entries of the calendar are searched for.
    pub(super) const fn means(&self, means: Means) -> &'static str {
        let [address, telephone, name] = self.means;
        match means {
            Means::Address => address,
            Means::Telephone => telephone,
            Means::Name => name,
        }
    }
}

const ENGLISH: Words = Words {
    tag: "en",
    title: "What we do with your data",
    who: "Who we are",
    mailbox: "Write to us",
    person: "A person reads it.",
    officer: "For questions about your data",
    purposes: "What we write, and why we may",
    each: "These are all our reasons to write. Each stands alone: a yes to one is no yes to another, and each can be stopped with one click.",
    ground: "Why we may",
    grounds: [
        "It belongs to something that you arranged with us (GDPR, Article 6(1)(b)). You can stop it all the same.",
        "You said yes, and for no other reason (GDPR, Article 6(1)(a)). You can take your yes back at any time, and nothing else changes for you.",
        "Somebody typed your address into our form. We ask once whether it was you, so that nobody can sign up somebody else (GDPR, Article 6(1)(f)).",
        "You bought something from us, and could say no to letters about what is like it when you gave your address; you did not (GDPR, Article 6(1)(f); ePrivacy Directive, Article 13(2)). You can say no at any time, in one step.",
        "You asked us for your own data, and this answers you (GDPR, Articles 6(1)(c) and 15).",
        "Somebody asked us to write to another address. We ask both mailboxes first, so that nobody can take your messages (GDPR, Articles 6(1)(c) and 16).",
    ],
    lasts: "A yes holds {}, and then ends by itself.",
    confirmed: "A yes that came by a form holds only when your address has confirmed it.",
    read: "What is read for it",
    most: "How many there may be",
    that_there_is: "that there is one ({})",
    data: "What we keep about you",
    kept: "It comes from you, from what you arrange with us, and from our calendar. Each kind of data may be read for what stands beside it, and for nothing else: the program that writes our messages refuses anything more. What serves only one kind of message goes when you stop it; what is over its time goes by itself.",
    always: [
        ("Your e-mail address, language and time zone", "for every message; while you are our customer"),
        ("What you agreed to and stopped", "when, how and in which words; for as long as we may have to prove it"),
        (
            "What we sent you",
            "when, for which reason, and what the mail server answered, but not the text; for as long as we may have to prove it",
        ),
        (
            "A code made from your address, after a stop for good",
            "only so that no list brings you back; your address can’t be read from it",
        ),
    ],
    for_all: "for everything above",
    for_these: "for “{}”",
    keep: ["kept for {} after its date", "kept for {} after we last heard of you"],
    keep_on: "kept while you are our customer",
    sensitive: "sensitive, so that no advertising reads it",
    searched: "To know whose visit an entry of our calendar is, you are looked for in its title, notes and place (by {}). Nobody is guessed.",
    means: ["e-mail address", "telephone number", "name"],
    terms: [["hour", "hours"], ["day", "days"], ["month", "months"]],
    others: "Who else sees it",
    nobody: "No other company works on your data for us.",
    processors: "These companies work on your data for us, by contract and for nothing of their own:",
    providers: "Your own mail provider receives our messages, as it does all your mail. We sell and lend your data to nobody.",
    contract: "contract of {}",
    safeguard: "protected there by: {}",
    never: "What we don’t do",
    nevers: [
        "No message tells us whether you opened it, and no link in one tells us that you followed it. Our pages set no cookies.",
        "No secret profile: what is kept about you stands above.",
        "No program decides anything about you but when a message that you may get leaves, by fixed rules. Each message has a link that says why it came.",
    ],
    holdouts: "To see whether messages help, some people, drawn by lot, get none of a kind for a while. Nothing else changes for them.",
    network: "With a yes that you say on our own pages, we keep the beginning of your network address, as a proof that it was said. It leads to no person, and the rest is never kept.",
    rights: "What you can do",
    in_each_message: [
        ("Stop", "by the link in each message: at once, with one button, without a reason"),
        ("Choose", "by the link to your preferences: fewer, later, in another language, or nothing at all"),
        ("Ask why", "by the link that says why this message came: the reason, what was read, and how to change it"),
    ],
    by_link: (
        "See your data, take it away or erase it yourself",
        "by the link to your choices: there you ask for a link of its own, which comes by mail",
    ),
    by_letter: (
        "See, take along, correct, restrict, object or be forgotten",
        "write to {}, or answer any message. It costs nothing, and you have an answer within a month (GDPR, Articles 12 and 15 to 21).",
    ),
    complain: "Complain",
    any_authority: "at the data protection authority where you live or work (GDPR, Article 77)",
};

const FRENCH: Words = Words {
    tag: "fr",
    title: "Ce que nous faisons de vos données",
    who: "Qui nous sommes",
    mailbox: "Nous écrire",
    person: "Une personne vous lit.",
    officer: "Pour vos questions sur vos données",
    purposes: "Ce que nous écrivons, et de quel droit",
    each: "Voici toutes nos raisons d’écrire. Chacune est à part : un oui à l’une n’est pas un oui à une autre, et chacune s’arrête en un clic.",
    ground: "De quel droit",
    grounds: [
        "Cela tient à quelque chose que vous avez convenu avec nous (RGPD, article 6, 1, b). Vous pouvez l’arrêter quand même.",
        "Vous avez dit oui, et pour aucune autre raison (RGPD, article 6, 1, a). Vous pouvez reprendre votre oui à tout moment, sans que rien d’autre ne change pour vous.",
        "Quelqu’un a saisi votre adresse dans notre formulaire. Nous demandons une fois si c’était vous, pour que personne ne puisse inscrire quelqu’un d’autre (RGPD, article 6, 1, f).",
        "Vous avez acheté chez nous et pouviez refuser les messages sur des produits semblables en donnant votre adresse ; vous ne l’avez pas fait (RGPD, article 6, 1, f ; directive vie privée, article 13, 2). Vous pouvez dire non à tout moment, en un geste.",
        "Vous nous avez demandé vos propres données, et ceci vous répond (RGPD, articles 6, 1, c et 15).",
        "Quelqu’un nous a demandé d’écrire à une autre adresse. Nous interrogeons d’abord les deux boîtes, pour que personne ne puisse prendre vos messages (RGPD, articles 6, 1, c et 16).",
    ],
    lasts: "Un oui vaut {}, puis prend fin de lui-même.",
    confirmed: "Un oui venu d’un formulaire ne vaut que si votre adresse l’a confirmé.",
    read: "Ce qui est lu pour cela",
    most: "Combien il peut y en avoir",
    that_there_is: "qu’il y en a un ({})",
    data: "Ce que nous gardons sur vous",
    kept: "Cela vient de vous, de ce que vous convenez avec nous et de notre agenda. Chaque type de données ne peut être lu que pour ce qui est écrit à côté : le programme qui écrit nos messages refuse tout le reste. Ce qui ne sert qu’à un type de message disparaît quand vous l’arrêtez ; ce qui a fait son temps disparaît de lui-même.",
    always: [
        (
            "Votre adresse e-mail, votre langue et votre fuseau horaire",
            "pour chaque message ; tant que vous êtes notre client",
        ),
        (
            "Ce que vous avez accepté et arrêté",
            "quand, comment et en quels mots ; tant que nous pouvons avoir à le prouver",
        ),
        (
            "Ce que nous vous avons envoyé",
            "quand, pour quelle raison et ce qu’a répondu le serveur de messagerie, mais pas le texte ; tant que nous pouvons avoir à le prouver",
        ),
        (
            "Un code tiré de votre adresse, après un arrêt définitif",
            "seulement pour qu’aucune liste ne vous ramène ; votre adresse ne peut pas en être relue",
        ),
    ],
    for_all: "pour tout ce qui précède",
    for_these: "pour « {} »",
    keep: ["gardé {} après sa date", "gardé {} après vos dernières nouvelles"],
    keep_on: "gardé tant que vous êtes notre client",
    sensitive: "sensible, donc lu par aucune publicité",
    searched: "Pour savoir à qui est une visite de notre agenda, nous vous cherchons dans son titre, ses notes et son lieu (par {}). Personne n’est deviné.",
    means: ["adresse e-mail", "numéro de téléphone", "nom"],
    terms: [["heure", "heures"], ["jour", "jours"], ["mois", "mois"]],
    others: "Qui d’autre les voit",
    nobody: "Aucune autre entreprise ne travaille sur vos données pour nous.",
    processors: "Ces entreprises travaillent sur vos données pour nous, par contrat et pour rien d’autre :",
    providers: "Votre propre messagerie reçoit nos messages, comme tout votre courrier. Nous ne vendons ni ne prêtons vos données à personne.",
    contract: "contrat du {}",
    safeguard: "protégées là-bas par : {}",
    never: "Ce que nous ne faisons pas",
    nevers: [
        "Aucun message ne nous dit si vous l’avez ouvert, et aucun de ses liens ne nous dit que vous l’avez suivi. Nos pages ne déposent aucun cookie.",
        "Pas de profil secret : ce que nous gardons sur vous est écrit plus haut.",
        "Aucun programme ne décide rien sur vous, sinon quand part un message que vous pouvez recevoir, selon des règles fixes. Chaque message a un lien qui dit pourquoi il est venu.",
    ],
    holdouts: "Pour voir si les messages servent, quelques personnes tirées au sort n’en reçoivent pas d’un type pendant un temps. Rien d’autre ne change pour elles.",
    network: "Avec un oui donné sur nos propres pages, nous gardons le début de votre adresse réseau, comme preuve qu’il a été donné. Il ne mène à personne, et le reste n’est jamais gardé.",
    rights: "Ce que vous pouvez faire",
    in_each_message: [
        ("Arrêter", "par le lien dans chaque message : tout de suite, d’un bouton, sans raison à donner"),
        ("Choisir", "par le lien vers vos préférences : moins, plus tard, dans une autre langue, ou plus rien"),
        (
            "Demander pourquoi",
            "par le lien qui dit pourquoi ce message est venu : la raison, ce qui a été lu et comment le changer",
        ),
    ],
    by_link: (
        "Voir vos données, les emporter ou les effacer vous-même",
        "par le lien vers vos choix : vous y demandez un lien à part, qui vient par e-mail",
    ),
    by_letter: (
        "Voir, emporter, corriger, limiter, vous opposer ou être oublié",
        "écrivez à {}, ou répondez à n’importe quel message. C’est gratuit, et vous avez une réponse dans le mois (RGPD, articles 12 et 15 à 21).",
    ),
    complain: "Vous plaindre",
    any_authority: "auprès de l’autorité de protection des données du lieu où vous vivez ou travaillez (RGPD, article 77)",
};

const GERMAN: Words = Words {
    tag: "de",
    title: "Was wir mit Ihren Daten tun",
    who: "Wer wir sind",
    mailbox: "Schreiben Sie uns",
    person: "Ein Mensch liest es.",
    officer: "Bei Fragen zu Ihren Daten",
    purposes: "Was wir schreiben, und warum wir es dürfen",
    each: "Das sind alle unsere Gründe zu schreiben. Jeder steht für sich: Ein Ja zu einem ist keines zu einem anderen, und jeder endet mit einem Klick.",
    ground: "Warum wir es dürfen",
    grounds: [
        "Es gehört zu etwas, das Sie mit uns vereinbart haben (DSGVO, Artikel 6 Absatz 1 b). Beenden können Sie es trotzdem.",
        "Sie haben Ja gesagt, und aus keinem anderen Grund (DSGVO, Artikel 6 Absatz 1 a). Ihr Ja können Sie jederzeit zurücknehmen, und sonst ändert sich nichts für Sie.",
        "Jemand hat Ihre Adresse in unser Formular eingetragen. Wir fragen einmal, ob Sie es waren, damit niemand jemand anderen anmelden kann (DSGVO, Artikel 6 Absatz 1 f).",
        "Sie haben bei uns gekauft und konnten Nachrichten über Ähnliches ablehnen, als Sie Ihre Adresse nannten; Sie haben es nicht getan (DSGVO, Artikel 6 Absatz 1 f; ePrivacy-Richtlinie, Artikel 13 Absatz 2). Nein sagen können Sie jederzeit, in einem Schritt.",
        "Sie haben uns nach Ihren eigenen Daten gefragt, und dies ist die Antwort (DSGVO, Artikel 6 Absatz 1 c und 15).",
        "Jemand hat uns gebeten, an eine andere Adresse zu schreiben. Wir fragen zuerst beide Postfächer, damit niemand Ihre Nachrichten an sich ziehen kann (DSGVO, Artikel 6 Absatz 1 c und 16).",
    ],
    lasts: "Ein Ja gilt {} und endet dann von selbst.",
    confirmed: "Ein Ja aus einem Formular gilt nur, wenn Ihre Adresse es bestätigt hat.",
    read: "Was dafür gelesen wird",
    most: "Wie viele es sein dürfen",
    that_there_is: "dass es so etwas gibt ({})",
    data: "Was wir über Sie aufbewahren",
    kept: "Es kommt von Ihnen, aus dem, was Sie mit uns vereinbaren, und aus unserem Kalender. Jede Art von Daten darf für das gelesen werden, was daneben steht, und für nichts anderes: Das Programm, das unsere Nachrichten schreibt, verweigert alles Weitere. Was nur einer Art von Nachricht dient, geht, wenn Sie sie beenden; was seine Zeit hatte, geht von selbst.",
    always: [
        ("Ihre E-Mail-Adresse, Sprache und Zeitzone", "für jede Nachricht; solange Sie bei uns Kunde sind"),
        (
            "Wozu Sie Ja gesagt und was Sie beendet haben",
            "wann, wie und in welchen Worten; solange wir es vielleicht nachweisen müssen",
        ),
        (
            "Was wir Ihnen geschickt haben",
            "wann, aus welchem Grund und was der Mailserver geantwortet hat, aber nicht den Text; solange wir es vielleicht nachweisen müssen",
        ),
        (
            "Ein Code aus Ihrer Adresse, nachdem Sie alles beendet haben",
            "nur damit keine Liste Sie zurückbringt; Ihre Adresse lässt sich daraus nicht lesen",
        ),
    ],
    for_all: "für alles oben",
    for_these: "für „{}“",
    keep: [
        "bis {} nach seinem Datum aufbewahrt",
        "bis {} nach dem Letzten, was wir von Ihnen gehört haben, aufbewahrt",
    ],
    keep_on: "aufbewahrt, solange Sie bei uns Kunde sind",
    sensitive: "heikel, also liest keine Werbung es",
    searched: "Um zu wissen, wessen Besuch ein Eintrag unseres Kalenders ist, werden Titel, Notizen und Ort nach Ihnen durchsucht (mit {}). Niemand wird geraten.",
    means: ["E-Mail-Adresse", "Telefonnummer", "Name"],
    terms: [["Stunde", "Stunden"], ["Tag", "Tage"], ["Monat", "Monate"]],
    others: "Wer sie sonst sieht",
    nobody: "Kein anderes Unternehmen arbeitet für uns mit Ihren Daten.",
    processors: "Diese Unternehmen arbeiten für uns mit Ihren Daten, mit Vertrag und für nichts Eigenes:",
    providers: "Ihr eigener Mailanbieter empfängt unsere Nachrichten, wie alle Ihre Post. Wir verkaufen und verleihen Ihre Daten an niemanden.",
    contract: "Vertrag vom {}",
    safeguard: "dort geschützt durch: {}",
    never: "Was wir nicht tun",
    nevers: [
        "Keine Nachricht verrät uns, ob Sie sie geöffnet haben, und kein Link darin, dass Sie ihm gefolgt sind. Unsere Seiten setzen keine Cookies.",
        "Kein geheimes Profil: Was wir über Sie aufbewahren, steht oben.",
        "Kein Programm entscheidet etwas über Sie, außer wann eine Nachricht abgeht, die Sie bekommen dürfen, nach festen Regeln. Jede Nachricht hat einen Link, der sagt, warum sie kam.",
    ],
    holdouts: "Um zu sehen, ob Nachrichten nützen, bekommen einige durch das Los eine Zeit lang keine von einer Art. Sonst ändert sich nichts für sie.",
    network: "Zu einem Ja auf unseren eigenen Seiten bewahren wir den Anfang Ihrer Netzwerkadresse auf, als Beleg, dass es gegeben wurde. Er führt zu keiner Person, und der Rest wird nie aufbewahrt.",
    rights: "Was Sie tun können",
    in_each_message: [
        ("Beenden", "über den Link in jeder Nachricht: sofort, mit einem Knopf, ohne Grund"),
        ("Wählen", "über den Link zu Ihren Einstellungen: seltener, später, in einer anderen Sprache oder gar nichts"),
        (
            "Fragen, warum",
            "über den Link, der sagt, warum diese Nachricht kam: der Grund, was gelesen wurde und wie es sich ändern lässt",
        ),
    ],
    by_link: (
        "Ihre Daten selbst ansehen, mitnehmen oder löschen",
        "über den Link zu Ihren Einstellungen: Dort verlangen Sie einen eigenen Link, der per E-Mail kommt",
    ),
    by_letter: (
        "Ansehen, mitnehmen, berichtigen, einschränken, widersprechen oder vergessen werden",
        "schreiben Sie an {} oder antworten Sie auf eine beliebige Nachricht. Es kostet nichts, und Sie haben die Antwort binnen eines Monats (DSGVO, Artikel 12 und 15 bis 21).",
    ),
    complain: "Sich beschweren",
    any_authority: "bei der Datenschutzbehörde, wo Sie wohnen oder arbeiten (DSGVO, Artikel 77)",
};

impl Words {
    /// What people are told of a practice.
    #[must_use]
    pub const fn practice(&self, practice: Practice) -> &'static str {
        match practice {
            Practice::Holdouts => self.holdouts,
            Practice::NetworkPrefix => self.network,
        }
    }
}

/// Each language that our pages speak.
pub const ALL: [&Words; 3] = [&ENGLISH, &FRENCH, &GERMAN];

/// By the language's tag, else in English.
#[must_use]
pub fn of(tag: &str) -> &'static Words {
    ALL.into_iter().find(|words| words.tag == tag).unwrap_or(&ENGLISH)
}
