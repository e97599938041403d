//! The words that give a message away, by language: the one file to edit when a phrase is missing, or refused wrongly.
//!
//! Phrases are written folded: small letters, no accents, no apostrophes (`n attendez plus`). In them
//!
//! | sign | stands for |
//! |---|---|
//! | `word*` | any word that begins so |
//! | `one\|other` | one of these words |
//! | `#` | a number |
//! | `…` | up to three words, or none |
//!
//! A phrase is found within one paragraph, in visible text, in subjects and in preheaders. What stands in
//! [`Vocabulary::innocent`] is taken out first: "no need to hurry" hurries nobody. English is read in every language,
//! because advertising is written in it everywhere. Single words are listed only where no honest sentence needs them.

/// One language's phrases.
#[derive(Debug)]
pub(super) struct Vocabulary {
    pub tag: &'static str,
    /// How a reason begins: "You get this because …".
    pub reasons: &'static [&'static str],
    /// Such a line, for whoever has none.
    pub reason: &'static str,
    /// Pressure that no message of a workflow can mean, because it is sent again and again.
    pub pressure: &'static [&'static str],
    /// Ends and countdowns: honest beside their date.
    pub deadlines: &'static [&'static str],
    /// Offers and discounts: not in a service message, and the same for everyone.
    pub offers: &'static [&'static str],
    /// What may be a customer's own, and also a discount: the same for everyone all the same.
    pub vouchers: &'static [&'static str],
    /// What is none of these, although it sounds so.
    pub innocent: &'static [&'static str],
    /// January to December.
    pub months: [&'static str; 12],
}

/// All of them, by their tags.
#[rustfmt::skip]
pub(super) const ALL: [Vocabulary; 6] = [
    Vocabulary {
        tag: "de",
        reasons: &[
            "sie|du erhalten|bekommen|erhaltst|bekommst diese|diesen|dieses|das … weil|da",
            "diese nachricht|mail geht|kommt … weil|da", "wir schreiben ihnen|dir … weil|da",
        ],
        reason: "Sie erhalten diese Nachricht, weil …",
        pressure: &[
            "letzt* chance", "letzt* gelegenheit", "jetzt oder nie", "jetzt zuschlagen",
            "schlagen sie jetzt|schnell|gleich zu", "greifen sie jetzt|schnell|gleich zu", "schnell zugreifen",
            "schnell sein lohnt", "beeilen sie sich", "beeil dich", "handeln sie jetzt|schnell|sofort",
            "solange … vorrat reicht", "nur noch wenige", "nur noch # platz*|stuck|exemplar*|termin*",
            "nur fur kurze zeit", "nicht entgehen", "bevor es zu spat ist", "zum allerletzten mal",
        ],
        deadlines: &[
            "nur noch # tag*|stunde*|minute*|woche*", "noch # tag*|stunde*|minute*|woche* bis|ubrig|zeit|gultig",
            "endet|enden in # tag*|stunde*|minute*|woche*", "endet|enden bald|heute|morgen",
            "lauft|laufen … bald|heute|morgen ab", "lauft|laufen … in # tag*|stunde*|minute*|woche* ab",
            "nur noch heute", "nur heute", "countdown",
        ],
        offers: &[
            "rabatt*", "gutschein* uber|fur|im", "gutscheincode*", "sonderangebot*",
            "unser*|aktuell*|exklusiv* angebot*", "angebot* gilt|gultig|sichern|nutzen",
            "aktionspreis*|sonderpreis*|vorteilspreis*", "# % auf|gunstiger|nachlass|sparen|reduziert", "sparen sie",
            "zum halben preis", "gratis dazu", "jetzt kaufen|bestellen|shoppen",
        ],
        vouchers: &["gutschein*", "nachlass*"],
        innocent: &["100 %", "sie sich nicht beeilen", "sie sich nicht zu beeilen", "ohne eile"],
        months: [
            "januar", "februar", "marz", "april", "mai", "juni", "juli", "august", "september", "oktober", "november",
            "dezember",
        ],
    },
    Vocabulary {
        tag: "en",
        reasons: &[
            "you get|got|receive|received this|these … because|since|as",
            "you are|re receiving|getting this|these … because|since|as",
            "this message|mail|e … to you because|since|as", "we write|wrote to you … because|since|as",
            "we are|re writing to you … because|since|as", "why you get|got|receive|received this",
        ],
        reason: "You get this because …",
        pressure: &[
            "last chance", "final chance", "last call", "final call", "act now|fast", "now or never", "hurry",
            "don t wait any longer", "why wait", "don t miss out", "don t miss this|these|your chance",
            "before it s too late", "while stocks|stock|supplies last|lasts", "for a limited time",
            "limited time offer|only", "almost|nearly gone|sold", "selling fast|out", "going fast",
            "time|stocks|places|seats is|are|s running out",
            "only # seat*|slot*|place*|spot*|item*|piece*|room*|appointment*|ticket*|copies|left",
            "only a few … left|remaining", "once in a lifetime",
        ],
        deadlines: &[
            "# … day*|hour*|minute*|week* left|remaining", "# day*|hour*|week* to go",
            "only|just # more day*|hour*|minute*|week*",
            "ends|ending|expires|expiring|closes|closing in # day*|hour*|minute*|week*",
            "ends|ending|expires|expiring|closes|closing soon|today|tonight|tomorrow", "today only", "only today",
            "final hours|days", "final # hours|days", "countdown", "clock is|s ticking",
        ],
        offers: &[
            "discount*", "voucher* for|worth|code*", "coupon*", "promo code*", "special|exclusive|our|limited offer*",
            "offer valid|ends|expires", "special|reduced|lower price*", "half price", "% off", "# % on", "% cheaper|less",
            "save #|up", "save € #", "buy one|now|today", "shop now|here|today", "order now|today", "free gift*",
            "on sale", "great deal*",
        ],
        vouchers: &["voucher*", "gift card*"],
        innocent: &["100 %", "% on arrival|booking", "% on the day", "no|not|never|without … hurry", "don t … hurry", "in a hurry"],
        months: [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december",
        ],
    },
    Vocabulary {
        tag: "es",
        reasons: &["recibe|recibes|recibio|recibiste este|esta … porque|ya", "le|te escribimos … porque|ya"],
        reason: "Recibe este mensaje porque …",
        pressure: &[
            "ultima oportunidad", "ultimas plazas|unidades", "ahora o nunca", "date|dese prisa", "apresurate",
            "apresurese", "no te lo pierdas", "no se lo pierda", "no lo dejes|deje pasar", "hasta agotar existencias",
            "por tiempo limitado", "antes de que sea tarde", "solo quedan # plazas|unidades|huecos",
        ],
        deadlines: &[
            "quedan|faltan # dia*|hora*|minuto*|semana*", "termina|acaba|caduca en # dia*|hora*",
            "termina|acaba|caduca pronto|hoy|manana", "solo hoy", "cuenta atras",
        ],
        offers: &[
            "descuento*", "cupon*", "oferta* especial*|exclusiva*|valida*", "nuestra|nuestras oferta*", "rebaja*",
            "codigo promocional", "ahorra|ahorre #", "compra|compre ahora", "precio especial", "a mitad de precio",
            "de regalo",
        ],
        vouchers: &["vale|vales de|por|regalo", "tarjeta regalo"],
        innocent: &["100 %", "sin darse|darte prisa"],
        months: [
            "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
            "noviembre", "diciembre",
        ],
    },
    Vocabulary {
        tag: "fr",
        reasons: &[
            "vous|tu recevez|recois ce|cet|cette … parce|car|puisque", "nous vous ecrivons … parce|car|puisque",
            "ce|cet|cette message|mail|courriel … parvient … parce|car|puisque",
            "pourquoi vous recevez|recevez ce|cet|cette",
        ],
        reason: "Vous recevez ce message parce que …",
        pressure: &[
            "derniere* chance*", "derniere* occasion*", "dernier* appel*", "dernieres places", "maintenant ou jamais",
            "depechez vous", "depeche toi", "faites vite", "n attendez plus", "n attends plus",
            "ne ratez pas cette|cet|notre|l", "a ne pas manquer|rater", "ne manquez pas cette|cet|notre|l offre",
            "ne manquez pas cette|notre occasion|offre", "ne manquez pas l occasion", "ne passez pas a cote",
            "ne laissez pas passer", "avant qu il ne soit trop tard", "avant qu il soit trop tard", "duree limitee",
            "temps limite", "jusqu a epuisement", "dans la limite des stocks",
            "plus que # place*|article*|piece*|creneau*", "plus que quelques place*|heure*|jour*", "il n en reste",
            "profitez en vite",
        ],
        deadlines: &[
            "plus que # jour*|heure*|minute*|semaine*", "il … reste # jour*|heure*|minute*|semaine*",
            "termine|finit|expire dans # jour*|heure*|minute*|semaine*", "termine|finit|expire bientot|aujourd|demain",
            "termine|finit|expire ce soir", "aujourd hui seulement", "seulement aujourd hui",
            "dernier* jour* pour profiter", "dernier* jour* de l offre", "compte a rebours",
        ],
        offers: &[
            "reduction* de|sur", "% de reduction|remise|rabais", "remise* de #", "remise* exceptionnelle*|immediate*",
            "bon* d achat", "bon* de reduction", "code* promo*", "promo|promos|promotion|promotions",
            "offre* speciale*|exclusive*|limitee*|valable*", "notre|nos|cette offre*",
            "prix special|reduit|exceptionnel|casse", "prix speciaux|reduits|exceptionnels|casses", "a moitie prix",
            "soldes", "% sur|offert*|moins", "economisez", "achetez maintenant|vite|ici",
            "commandez maintenant|vite|ici", "cadeau offert",
        ],
        vouchers: &["bon* cadeau*", "carte* cadeau*", "cheque* cadeau*", "reduction*", "rabais"],
        innocent: &["100 %", "% sur place", "pas plus que", "sans vous depecher"],
        months: [
            "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
            "decembre",
        ],
    },
    Vocabulary {
        tag: "it",
        reasons: &["riceve|ricevi|riceverai questo|questa … perche|poiche", "le|ti scriviamo … perche|poiche"],
        reason: "Riceve questo messaggio perché …",
        pressure: &[
            "ultima occasione|opportunita|possibilita", "ultimi posti|pezzi", "ora|adesso o mai piu", "si affretti",
            "affrettati", "non perdere|perda questa|quest|l occasione", "non lasciarti|si lasci scappare|sfuggire",
            "fino a esaurimento", "per un tempo limitato", "prima che sia tardi", "solo # posti|pezzi",
        ],
        deadlines: &[
            "mancano|restano … # giorn*|or*|minut*|settiman*", "termina|finisce|scade tra|fra # giorn*|or*",
            "termina|finisce|scade presto|oggi|domani|stasera", "solo oggi", "conto alla rovescia",
        ],
        offers: &[
            "sconto|sconti", "codice promozionale",
            "offerta|offerte speciale|speciali|esclusiva|esclusive|valida|valide", "nostra|nostre offerta|offerte",
            "promozion*", "saldi", "prezzo speciale|scontato", "a meta prezzo", "compra|acquista ora|subito",
            "in omaggio",
        ],
        vouchers: &["buono|buoni regalo|sconto|acquisto|omaggio", "buono|buoni da #", "carta regalo"],
        innocent: &["100 %", "senza fretta"],
        months: [
            "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
            "novembre", "dicembre",
        ],
    },
    Vocabulary {
        tag: "nl",
        reasons: &["u|je|jij ontvangt|krijgt dit|deze … omdat", "wij|we schrijven u|je … omdat"],
        reason: "U ontvangt dit bericht omdat …",
        pressure: &[
            "laatste kans", "nu of nooit", "wacht niet langer", "wees er snel bij", "haast je|u", "mis dit|deze niet",
            "mis het niet", "zolang … voorraad strekt", "op is op", "beperkte tijd", "voor het te laat is",
            "nog maar # plaats*|stuks|plekken",
        ],
        deadlines: &[
            "nog maar # dag*|uur|uren|minuten|week|weken", "nog # dag*|uur|uren|weken te gaan",
            "eindigt|verloopt over # dag*|uur", "eindigt|verloopt binnenkort|vandaag|morgen|vanavond", "alleen vandaag",
            "aftellen",
        ],
        offers: &[
            "korting*", "waardebon* van|voor", "aanbieding*", "actieprijs", "speciale prijs", "uitverkoop",
            "halve prijs", "bespaar #", "koop|bestel nu|vandaag",
        ],
        vouchers: &["waardebon*", "cadeaubon*"],
        innocent: &["100 %", "u niet te haasten", "zonder haast"],
        months: [
            "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
            "november", "december",
        ],
    },
];

/// What an answer or a forwarded message begins with, in the mail programs of Europe and America, before a colon.
pub(super) const REPLIES: [&str; 25] = [
    "re", "aw", "sv", "vs", "antw", "antwort", "odp", "rif", "res", "ynt", "bls", // answers
    "fw", "fwd", "wg", "tr", "rv", "vb", "vl", "doorst", "enc", "pd", "ilt", "trs", "i",
    "r", // forwarded; Italian answers and forwards
];
