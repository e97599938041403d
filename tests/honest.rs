//! Honest messages, as a table: what presses, pretends, hides, watches or sells where it may not doesn't load, in English,
//! French and German; and what honest people write does, however close it comes.

use crate::support::proof;
use comity::{
    base::Findings,
    config::{self, Installation, LoadError},
    document::report::{self, Canvas},
};
use std::fs;

/// A message of this basis, in this language.
#[derive(Clone, Copy, Debug)]
struct Of(&'static str, Basis);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    Service,
    Marketing,
}

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Subject,
    /// A paragraph of both bodies.
    Both,
    Html,
    Text,
    /// The end of both bodies: the reason, the stop link, the sender.
    End,
    HtmlEnd,
    TextEnd,
    /// A line under `[business]`.
    Business,
    /// Lines of the purpose `tips`, its promise with them.
    Purpose,
    /// A line of the workflow.
    Workflow,
    /// A partial, `peek`.
    Peek,
    Sample,
    /// The same message in French, beside its own.
    French,
}
use At::{Both, Business, End, French, Html, HtmlEnd, Peek, Purpose, Sample, Subject, Text, TextEnd, Workflow};

type Change = (At, &'static str);

const EN: Of = Of("en", Basis::Marketing);
const FR: Of = Of("fr", Basis::Marketing);
const DE: Of = Of("de", Basis::Marketing);
const ES: Of = Of("es", Basis::Marketing);
const IT: Of = Of("it", Basis::Marketing);
const NL: Of = Of("nl", Basis::Marketing);
const EN_SERVICE: Of = Of("en", Basis::Service);
const FR_SERVICE: Of = Of("fr", Basis::Service);
const DE_SERVICE: Of = Of("de", Basis::Service);

const REASON_EN: &str = "You get this because you asked for it.";
const REASON_FR: &str = "Vous recevez ce message parce que vous l'avez demandé.";
const REASON_DE: &str = "Sie erhalten diese Nachricht, weil Sie es so wollten.";
const REASON_ES: &str = "Recibe este mensaje porque lo ha pedido.";
const REASON_IT: &str = "Riceve questo messaggio perché lo ha chiesto.";
const REASON_NL: &str = "U ontvangt dit bericht omdat u erom vroeg.";

/// What must not load: the message, what is underlined, and words of the complaint.
#[rustfmt::skip]
const REFUSED: &[(Of, &[Change], &str, &str)] = &[
    // Fake answers.
    (EN, &[(Subject, "Re: your visit")], "Re:", "answers or forwards"),
    (EN, &[(Subject, "Fwd: our spring card")], "Fwd:", "answers or forwards"),
    (EN, &[(Subject, "{{#if customer.first_name}}Your visit{{else}}FW: your visit{{/if}}")], "FW:", "answers or forwards"),
    (FR, &[(Subject, "RE : votre visite")], "RE :", "answers or forwards"),
    (FR, &[(Subject, "TR: notre carte")], "TR:", "answers or forwards"),
    (DE, &[(Subject, "AW: Ihr Termin")], "AW:", "answers or forwards"),
    (DE, &[(Subject, "WG: Ihr Termin")], "WG:", "answers or forwards"),
    (DE, &[(Subject, "[Salon] Aw[2]: Ihr Termin")], "Aw[2]:", "answers or forwards"),
    (EN, &[(Subject, "RES: your visit")], "RES:", "answers or forwards"),
    (EN, &[(Subject, "{{> peek}}"), (Peek, "Re: your visit")], "Re:", "answers or forwards"),
    (EN, &[(Subject, "{{> peek what=\"Re: your visit\"}}"), (Peek, "{{what}}")], "Re:", "answers or forwards"),
    // Pressure.
    (EN, &[(Both, "It is your last chance to come in spring.")], "last chance", "again and again"),
    (EN, &[(Subject, "Hurry, spring is here")], "Hurry", "again and again"),
    (EN, &[(Both, "Book while stocks last.")], "while stocks last", "again and again"),
    (EN, &[(Html, "<p>La<b>st</b> <i>cha&shy;nce</i></p>"), (Text, "Last things")], "La<b>st</b> <i>cha&shy;nce", "again and again"),
    (EN, &[(Html, "<p hidden>Act now</p>")], "Act now", "again and again"),
    (EN, &[(Both, "{{#if customer.first_name}}A{{else}}Only 3 seats left.{{/if}}")], "Only 3 seats", "again and again"),
    (EN, &[(Both, "{{#with customer.first_name}}A{{else}}It is your last chance.{{/with}}")], "last chance", "again and again"),
    (EN, &[(Both, "{{plural customer.visits one=\"Last chance.\" other=\"Spring.\"}}")], "Last chance", "again and again"),
    (FR, &[(Both, "C'est la dernière chance.")], "dernière chance", "again and again"),
    (FR, &[(Both, "Dépêchez-vous !")], "Dépêchez-vous", "again and again"),
    (FR, &[(Subject, "N’attendez plus")], "N’attendez plus", "again and again"),
    (DE, &[(Both, "Letzte Chance für den Frühling.")], "Letzte Chance", "again and again"),
    (DE, &[(Subject, "Nur noch wenige Plätze")], "Nur noch wenige", "again and again"),
    (DE, &[(Both, "Solange der Vorrat reicht.")], "Solange der Vorrat reicht", "again and again"),
    // Advertising speaks English everywhere.
    (DE, &[(Both, "Last chance für den Frühling.")], "Last chance", "again and again"),
    (ES, &[(Both, "Es su última oportunidad.")], "última oportunidad", "again and again"),
    (IT, &[(Both, "È l'ultima occasione.")], "ultima occasione", "again and again"),
    (NL, &[(Both, "Dit is uw laatste kans.")], "laatste kans", "again and again"),
    // Countdowns.
    (EN, &[(Both, "Two things: 3 days left.")], "3 days left", "counts down"),
    (EN, &[(Subject, "It ends tonight")], "ends tonight", "counts down"),
    (EN, &[(Both, "Your visit is on {{date appointment.starts_at}}.\n\nOnly 2 hours left!")], "2 hours left", "counts down"),
    (EN, &[(Both, "{{customer.visits}} days left, and open 24/7.")], "customer.visits", "counts down"),
    (FR, &[(Both, "Plus que 3 jours.")], "Plus que 3 jours", "counts down"),
    (FR, &[(Both, "Il vous reste 2 heures.")], "Il vous reste 2 heures", "counts down"),
    (DE, &[(Both, "Nur noch 3 Tage.")], "Nur noch 3 Tage", "counts down"),
    (DE, &[(Both, "Das Angebot endet heute.")], "endet heute", "counts down"),
    // Stop, sender, reason.
    (EN, &[(HtmlEnd, "<p style=\"display:none\"><a href=\"{{stop_url}}\">Stop</a></p><p>You get this because you asked. {{business.postal_address}}</p>")], "stop_url", "nobody sees it"),
    (EN, &[(HtmlEnd, "<p><a href=\"{{stop_url}}\"></a></p><p>You get this because you asked. {{business.postal_address}}</p>")], "stop_url", "nobody sees it"),
    (EN, &[(HtmlEnd, "<p><a href=\"{{stop_url}}\">.</a></p><p>You get this because you asked. {{business.postal_address}}</p>")], "stop_url", "nobody sees it"),
    (EN, &[(HtmlEnd, "<p style=\"background:#fff\"><a href=\"{{stop_url}}\" style=\"color:#fefefe\">Stop</a></p><p>You get this because you asked. {{business.postal_address}}</p>")], "stop_url", "nobody sees it"),
    (EN, &[(HtmlEnd, "<!-- {{stop_url}} --><p>You get this because you asked. {{business.postal_address}}</p>{{#if customer.first_name}}<a href=\"{{stop_url}}\">Stop</a>{{/if}}")], "", "only where a condition holds"),
    (FR, &[(HtmlEnd, "<p><a href=\"{{stop_url}}\">Stop</a> Vous recevez ce message parce que vous l'avez demandé.</p><p style=\"font-size:1px\">{{business.postal_address}}</p>")], "business.postal_address", "nobody sees it"),
    (EN, &[(HtmlEnd, "<style>.s{visibility:hidden}</style><p class=\"s\">{{business.postal_address}}</p><p><a href=\"{{stop_url}}\">Stop</a> You get this because you asked.</p>")], "business.postal_address", "nobody sees it"),
    (EN, &[(TextEnd, "You get this because you asked. {{#unless moved}}{{stop_url}}{{/unless}} {{business.postal_address}}")], "", "only where a condition holds"),
    (EN, &[(End, "{{stop_url}} {{business.postal_address}}")], "", "doesn't say why it came"),
    (FR, &[(End, "You get this because you asked. {{stop_url}} {{business.postal_address}}")], "", "doesn't say why it came"),
    (DE, &[(HtmlEnd, "<p hidden>Sie erhalten diese Nachricht, weil Sie es so wollten.</p><p><a href=\"{{stop_url}}\">Stop</a> {{business.postal_address}}</p>")], "", "doesn't say why it came"),
    // Two bodies, one message.
    (EN, &[(Html, "<p>We give 20 % on colour.</p>"), (Text, "We give something on colour.")], "20", "the HTML body shows `20`, and"),
    (EN, &[(Html, "<p>{{customer.first_name}}</p>")], "customer.first_name", "shows `customer.first_name`"),
    (FR, &[(Text, "{{#if moved}}{{datetime previous}}{{/if}}")], "previous", "the text body shows `previous`"),
    (EN, &[(Text, "Spring begins and our gardens open early every morning until evening falls, with music, cakes and a small market.")], "Spring", "says what the other body doesn't: Spring, begins"),
    (DE, &[(Html, "<p>Der Frühling beginnt, unsere Gärten öffnen früh jeden Morgen, abends gibt es Musik, Kuchen sowie einen kleinen Markt draußen.</p>")], "Frühling", "says what the other body doesn't"),
    // Links.
    (EN, &[(Both, "https://evil.example/offer")], "https://evil.example/offer", "not the business's own"),
    (EN, &[(Html, "<p><a href=\"https://evil.example/offer\">Offer</a></p>"), (Text, "Offer")], "https://evil.example/offer", "not the business's own"),
    (EN, &[(Html, "<p><a href=\"https://salon.example.evil.example/\">x</a></p>")], "https://salon.example.evil.example/", "not the business's own"),
    (EN, &[(Html, "<p><a href=\"https://salon.example@evil.example/\">x</a></p>")], "https://salon.example@evil.example/", "leads elsewhere than it seems"),
    (EN, &[(Html, "<p><a href=\"https://{{appointment.status}}.salon.example/\">x</a></p>")], "https://", "leads elsewhere than it seems"),
    (EN, &[(Html, "<p><a href='/spring'>x</a></p>")], "/spring", "leads nowhere"),
    (EN, &[(Html, "<p><a href=\"javascript:alert(1)\">x</a></p>")], "javascript:alert(1)", "not the address of a page"),
    (EN, &[(Html, "<p><a href=\"mailto:eve@evil.example\">x</a></p>")], "mailto:eve@evil.example", "not the business's own"),
    (EN, &[(Html, "<p><a href=\"https://salon.example/?c={{customer.visits}}\">x</a></p>")], "https://salon.example/?c=", "knows who clicks"),
    (FR, &[(Text, "https://salon.example/?c={{customer.visits}}")], "https://salon.example/?c=", "knows who clicks"),
    (EN, &[(Both, "{{#if customer.visits}}https://salon.example/a{{else}}https://salon.example/b{{/if}}")], "https://salon.example/b", "hangs on `customer.visits`"),
    (EN, &[(HtmlEnd, "<p><a href=\"https://salon.example/?to={{stop_url}}\">Stop</a> You get this because you asked. {{business.postal_address}}</p>")], "https://salon.example/?to=", "would see every click"),
    (EN, &[(Business, "links = [\"maps.example/salon\"]"), (Both, "https://maps.example/other")], "https://maps.example/other", "not the business's own"),
    // Images.
    (EN, &[(Html, "<img src=\"https://salon.example/logo.png\" alt=\"\">")], "https://salon.example/logo.png", "would hear who reads"),
    (EN, &[(Html, "<table background=\"https://salon.example/b.png\"></table>")], "https://salon.example/b.png", "would hear who reads"),
    (EN, &[(Html, "<p style=\"background:url('https://salon.example/b.png')\">a</p>"), (Text, "a")], "https://salon.example/b.png", "would hear who reads"),
    (EN, &[(Html, "<link rel=\"stylesheet\" href=\"https://fonts.example/a.css\">")], "https://fonts.example/a.css", "would hear who reads"),
    (EN, &[(Html, "<style>@import \"https://fonts.example/a.css\";</style>")], "https://fonts.example/a.css", "would hear who reads"),
    (EN, &[(Html, "<img srcset=\"//salon.example/a.png 1x, //salon.example/b.png 2x\">")], "//salon.example/a.png", "would hear who reads"),
    (EN, &[(Html, "<img srcset=\"cid:a 1x,https://salon.example/b.png 2x\">")], "https://salon.example/b.png", "would hear who reads"),
    (EN, &[(Html, "<p style=\"background:image-set('https://salon.example/b.png' 1x)\">a</p>"), (Text, "a")], "https://salon.example/b.png", "would hear who reads"),
    (EN, &[(Business, "images = [\"salon.example/mail\"]"), (Html, "<img src=\"https://salon.example/mail/{{appointment.status}}.png\">")], "https://salon.example/mail/", "tells who reads"),
    (EN, &[(Business, "images = [\"salon.example/mail\"]"), (Html, "{{#if customer.visits}}<img src=\"https://salon.example/mail/a.png\">{{/if}}")], "https://salon.example/mail/a.png", "hangs on `customer.visits`"),
    (EN, &[(Business, "images = [\"salon.example/mail\"]"), (Html, "<img src=\"https://salon.example/other/a.png\">")], "https://salon.example/other/a.png", "would hear who reads"),
    // Service messages sell nothing and lead nowhere.
    (EN_SERVICE, &[(Both, "Colour from €45 this week.")], "€45", "names no price but the appointment's own"),
    (FR_SERVICE, &[(Both, "La couleur à 45 € cette semaine.")], "45 €", "names no price but the appointment's own"),
    (DE_SERVICE, &[(Both, "Farbe ab 45 Euro.")], "45 Euro", "names no price but the appointment's own"),
    (EN_SERVICE, &[(Both, "And 20 % on colour.")], "20 % on", "nobody agreed to offers"),
    (EN_SERVICE, &[(Both, "A discount waits for you.")], "discount", "nobody agreed to offers"),
    (FR_SERVICE, &[(Subject, "Votre visite, et nos offres")], "nos offres", "nobody agreed to offers"),
    (DE_SERVICE, &[(Both, "Unser Angebot im Mai: Farbe.")], "Unser Angebot", "nobody agreed to offers"),
    (EN_SERVICE, &[(Both, "https://salon.example/shop")], "https://salon.example/shop", "links to nothing beside the appointment"),
    (FR_SERVICE, &[(Html, "<p><a href=\"https://salon.example\">Salon</a></p>"), (Text, "Salon")], "https://salon.example", "links to nothing beside the appointment"),
    // Prices for everyone.
    (EN, &[(Both, "{{#if customer.visits}}We give 10 % on colour.{{/if}}")], "10 %", "hangs on `customer.visits`"),
    (EN, &[(Both, "{{#if (gt customer.visits 3)}}A voucher waits for you.{{/if}}")], "voucher", "hangs on `customer.visits`"),
    (FR, &[(Both, "{{#unless customer.first_name}}Une remise de 5 €.{{/unless}}")], "5 €", "hangs on `customer.first_name`"),
    (DE, &[(Both, "{{#if customer.visits}}{{> peek}}{{/if}}"), (Peek, "Ein Gutschein.")], "Gutschein", "hangs on `customer.visits`"),
    (EN, &[(Both, "{{#if customer.visits}}It costs {{money appointment.price}}.{{/if}}")], "appointment.price", "hangs on `customer.visits`"),
    (EN, &[(Both, "For you: {{money customer.special}}.")], "customer.special", "a price for one customer"),
    (EN, &[(Both, "For you: {{customer.visits}} % off.")], "customer.visits", "a price for one customer"),
    (EN, &[(Both, "{{#if (eq language \"en\")}}We give 10 %.{{/if}}")], "10 %", "hangs on `language`"),
    (EN, &[(Workflow, "only_if = \"customer.visits > 3\""), (Both, "We give 10 % on colour.")], "10 %", "only for those whom the workflow chooses by `customer.visits`"),
    (FR, &[(Workflow, "only_if = \"customer.visits > 3\""), (Both, "Une remise exceptionnelle.")], "remise exceptionnelle", "only for those whom the workflow chooses by `customer.visits`"),
    (EN, &[(Purpose, "prices_depend_on = [\"visits\"]\npromise = \"We write what is good to know.\""), (Both, "{{#if customer.visits}}We give 10 % on colour.{{/if}}")], "10 %", "the purpose's promise doesn't say so"),
    (EN, &[(Purpose, "prices_depend_on = [\"visits\"]\npromise = \"After ten visits you get 5 % on colour.\""), (Both, "{{#if customer.visits}}We give 10 % on colour.{{/if}}")], "10 %", "the purpose's promise doesn't say so"),
    (DE, &[(Purpose, "prices_depend_on = [\"visits\"]\npromise = \"Nach zehn Besuchen bekommen Sie 5 %.\""), (Both, "{{#if customer.first_name}}Für Sie 5 % Rabatt.{{/if}}")], "5 %", "hangs on `customer.first_name`"),
    (EN, &[(Both, "{{#with customer.visits}}We give 10 % on colour.{{/with}}")], "10 %", "hangs on `customer.visits`"),
    (EN, &[(Both, "{{#if (gt (len customer.first_name) 3)}}We give 10 % on colour.{{/if}}")], "10 %", "hangs on `customer.first_name`"),
    (EN, &[(Both, "{{plural customer.visits one=\"Colour.\" other=\"Colour at 10 % off.\"}}")], "10 %", "hangs on `customer.visits`"),
    (EN, &[(Both, "We give 10 % on colour."), (French, "Nous vous faisons 15 % sur la couleur.")], "", "this language names 15 %, and the other one 10 %"),
];

/// What must load.
#[rustfmt::skip]
const TAKEN: &[(Of, &[Change])] = &[
    (EN, &[]), (FR, &[]), (DE, &[]), (ES, &[]), (IT, &[]), (NL, &[]), (EN_SERVICE, &[]), (FR_SERVICE, &[]), (DE_SERVICE, &[]),
    // Subjects that are about something.
    (EN, &[(Subject, "Reminder: your visit, re colour")]),
    (EN, &[(Subject, "Ref: A1001")]),
    (FR, &[(Subject, "Rendez-vous : mardi")]),
    (DE, &[(Subject, "Betreff: Ihr Termin")]),
    (DE, &[(Subject, "Ihr Termin: wir freuen uns")]),
    (EN, &[(Subject, "{{customer.first_name}}: your visit")]),
    (EN, &[(Business, "name = \"Re: Start\""), (Subject, "{{business.name}} your visit")]),
    // Words that press nobody.
    (EN, &[(Both, "There is no need to hurry: we keep your place.")]),
    (EN, &[(Both, "If you are in a hurry, ring twice. Please don't wait outside.")]),
    (EN, &[(Both, "We write so that you don't miss it. In the last 90 days you came twice.")]),
    (EN, &[(Both, "If you are running out of shampoo, tell us. It was the last of its kind; take your chance at the raffle.")]),
    (EN, &[(Both, "It takes 15 minutes to go from the station to us.")]),
    (EN_SERVICE, &[(Both, "This is our last reminder. You can cancel until the day before.")]),
    (FR, &[(Both, "Ne manquez pas votre rendez-vous. La séance ne dure pas plus que 2 heures.")]),
    (FR, &[(Both, "Profitez-en tranquillement. Un empêchement de dernière minute ? Appelez-nous.")]),
    (FR, &[(Both, "Si vous attendez plus de dix minutes, sonnez. La dernière fois, nous avions parlé d'une chance.")]),
    (DE, &[(Both, "Sie müssen sich nicht beeilen. Bitte noch 10 Minuten einwirken lassen.")]),
    (DE, &[(Both, "In den letzten 3 Tagen war viel los. Wir bitten Sie, noch 2 Tage nicht zu waschen.")]),
    (DE, &[(Both, "Damit Sie ihn nicht verpassen: Ihr Termin.")]),
    // Countdowns with their date.
    (EN, &[(Both, "Only 2 days left: we see you on {{date appointment.starts_at}}.")]),
    (EN, &[(Both, "The exhibition ends soon, on 31 March.")]),
    (FR, &[(Both, "Plus que 2 jours, jusqu'au {{date appointment.starts_at}}.")]),
    (FR, &[(Both, "Il vous reste 3 jours, jusqu'au 31 mars.")]),
    (DE, &[(Both, "Nur noch 2 Tage bis zu Ihrem Termin am {{date appointment.starts_at}}.")]),
    (DE, &[(Both, "Die Ausstellung endet bald, am 31.03.2027.")]),
    (EN, &[(Subject, "2 days to go: {{date appointment.starts_at}}")]),
    // Stop, sender and reason, in whatever way they are shown.
    (EN, &[(HtmlEnd, "<p style=\"background:#fff;color:#767676;font-size:12px\"><a href=\"{{stop_url}}\">Stop</a> You're receiving this e-mail because you asked. {{business.postal_address}}</p>")]),
    (EN, &[(HtmlEnd, "<p>Stop: {{stop_url}}<br>You get this because you asked.<br>{{business.postal_address}}</p>")]),
    (EN, &[(HtmlEnd, "<p hidden><a href=\"{{stop_url}}\">Stop</a></p><p><a href=\"{{stop_url}}\">Stop</a> You get this because you asked. {{business.postal_address}}</p>")]),
    (EN, &[(End, "{{> peek why=\"You get this because you asked.\"}}"), (Peek, "{{why}} {{stop_url}} {{business.postal_address}}")]),
    (FR, &[(End, "{{#if moved}}Vous recevez cet e-mail car vous avez rendez-vous.{{else}}Vous recevez ce courriel parce que vous l'avez demandé.{{/if}} {{stop_url}} {{business.postal_address}}")]),
    (DE, &[(End, "Du bekommst diese Mail, weil du sie wolltest. {{stop_url}} {{business.postal_address}}")]),
    // Two bodies that differ as bodies do.
    (EN, &[(Html, "<h1>Hello</h1><p>We look forward to you.</p><ol><li>Come</li><li>Stay</li></ol>"), (Text, "We look forward to you.\n\n1. Come\n2. Stay")]),
    (FR, &[(Html, "<p>Prix&nbsp;: d&eacute;j&agrave; 20&nbsp;% ; l&#8217;&eacute;t&eacute;</p>"), (Text, "Prix : déjà 20 % ; l'été")]),
    (EN, &[(Html, "<title>Some 99 words</title><div style=\"display:none\">A preheader with 7 things that stand nowhere else at all, for the list of messages</div>")]),
    (EN, &[(Html, "<p>{{customer.first_name}}, <b>we</b> are open 9:00 to 18:00.</p>"), (Text, "{{customer.first_name}}, we are open 9:00 to 18:00.")]),
    (EN, &[(Both, "{{#with customer}}{{first_name}}: {{visits}} {{plural visits one=\"visit\" other=\"visits\"}}{{/with}}. Colour is at €45.")]),
    // Words that only look like a voucher.
    (ES, &[(Workflow, "only_if = \"customer.visits > 3\""), (Both, "Vale la pena: nos vemos en Valencia.")]),
    (IT, &[(Workflow, "only_if = \"customer.visits > 3\""), (Both, "Buono a sapersi. Buoni consigli per tutti.")]),
    // Links to the business.
    (EN, &[(Both, "https://salon.example/spring")]),
    (EN, &[(Both, "See www.salon.example, or http://shop.salon.example/a?b=c.")]),
    (EN, &[(Html, "<p><a href=\"https://salon.example/spring\">Spring</a></p>"), (Text, "Spring: https://salon.example/spring")]),
    (EN, &[(Html, "<p><a href=\"mailto:{{business.reply_to}}\">Write</a> <a href=\"tel:+33478000000\">Call</a> <a href=\"#top\">Up</a></p>"), (Text, "Write or call.")]),
    (EN, &[(Business, "links = [\"maps.example/salon\"]"), (Both, "https://maps.example/salon/way")]),
    (EN, &[(Both, "https://salon.example/visits/{{appointment.status}}")]),
    (EN, &[(Both, "{{#if appointment.status}}https://salon.example/a{{else}}https://salon.example/b{{/if}}")]),
    // Images where the policy allows them, and those that are in the message.
    (EN, &[(Business, "images = [\"salon.example/mail\"]"), (Html, "<img src=\"https://salon.example/mail/logo.png\" alt=\"Salon\">")]),
    (EN, &[(Html, "<img src=\"data:image/png;base64,iVBORw0KGgo=\" alt=\"Salon\">")]),
    // Service messages about their record.
    (EN_SERVICE, &[(Both, "It costs {{money appointment.price}}.")]),
    (EN_SERVICE, &[(Sample, "{ \"appointment\": { \"status\": \"20 % off\", \"price\": \"52.00 EUR\" } }"), (Both, "It is {{appointment.status}}: {{money appointment.price}}.")]),
    (EN_SERVICE, &[(Both, "May we offer you a coffee? Bring your voucher, if you have one. 100 days of joy.")]),
    (FR_SERVICE, &[(Both, "Nous vous offrons un café. La remise de votre commande se fait au comptoir.")]),
    (DE_SERVICE, &[(Both, "Wir bieten Ihnen einen Kaffee an. Bringen Sie Ihren Gutschein mit.")]),
    (EN_SERVICE, &[(Both, "Half is due today, or 50 % on arrival.")]),
    (FR_SERVICE, &[(Both, "Vous réglez 50 % sur place.")]),
    (EN_SERVICE, &[(Both, "https://salon.example/visits/{{appointment.status}}")]),
    (EN_SERVICE, &[(Business, "contact = [\"https://salon.example/find-us\"]"), (Both, "https://salon.example/find-us")]),
    (EN_SERVICE, &[(Both, "It begins at 15:00. 100 % cotton towels are there. After that, 50 % of the price is due.")]),
    (EN_SERVICE, &[(Html, "<p><a href=\"tel:+33478000000\">Call us</a></p>"), (Text, "Call us")]),
    // Prices for everyone.
    (EN, &[(Both, "We give 10 % on colour, for €45.")]),
    (EN, &[(Both, "{{#if customer.first_name}}{{customer.first_name}}, we{{else}}We{{/if}} give 10 % on colour.")]),
    (EN, &[(Both, "{{#if appointment.price}}It costs {{money appointment.price}}, and a voucher is welcome.{{/if}}")]),
    (EN, &[(Workflow, "only_if = \"customer.visits > 3\""), (Both, "Colour is at €45 this week.")]),
    (EN, &[(Workflow, "only_if = \"appointment.status == 'booked'\""), (Both, "We give 10 % on colour.")]),
    (EN, &[(Purpose, "prices_depend_on = [\"visits\"]\npromise = \"After ten visits you get 10 % on colour.\""), (Both, "{{#if (gt customer.visits 9)}}Now you have 10 % on colour.{{/if}} {{purpose.promise}}")]),
    (EN, &[(Purpose, "prices_depend_on = [\"visits\"]\npromise = \"After ten visits you get a voucher.\""), (Workflow, "only_if = \"customer.visits > 9\""), (Both, "Here is your voucher. {{purpose.promise}}")]),
    (EN, &[(Both, "Colour is at €1,000.00, or 10 per cent less."), (French, "La couleur est à 1 000 €, ou 10 % de moins.")]),
    (EN, &[(Both, "We give 10 % on colour."), (French, "Nous vous faisons 10 % sur la couleur.")]),
    (FR, &[(Both, "{{#if customer.visits}}Déjà {{customer.visits}} visites !{{/if}} Une remise de 5 € pour tous.")]),
];

const POLICY: &str = r#"
[business]
name = "Salon Lumière"
postal_address = "12 rue des Lilas, 69001 Lyon, France"
reply_to = "hello@salon.example"
time_zone = "Europe/Paris"
language = "en"
[purposes.reminders]
title = "Reminders"
promise = "We write before each visit."
basis = "contract"
[purposes.tips]
title = "Tips"
promise = "We write what is good to know."
basis = "consent"
[customer.fields]
first_name = { type = "text", purposes = ["*"] }
visits = { type = "integer", purposes = ["*"] }
special = { type = "money", purposes = ["*"] }
[records.appointment.fields]
starts_at = { type = "datetime", purposes = ["*"] }
status = { type = "text", purposes = ["*"] }
price = { type = "money", purposes = ["*"] }
"#;
const WORKFLOW: &str = r#"purpose = "tips"
template = "plain"
[trigger]
record = "appointment"
before = { field = "starts_at", by = ["1h"] }
"#;

fn reason(language: &str) -> &'static str {
    match language {
        "fr" => REASON_FR,
        "de" => REASON_DE,
        "es" => REASON_ES,
        "it" => REASON_IT,
        "nl" => REASON_NL,
        _ => REASON_EN,
    }
}

fn load(Of(language, basis): Of, changes: &[Change]) -> Result<Installation, Findings> {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let said = |wanted: &[At]| changes.iter().find(|(at, _)| wanted.contains(at)).map(|(_, text)| *text);
    let bodies = |folder: &str, language: &str, html: &str, text: &str| {
        let end = format!("{} {{{{stop_url}}}} {{{{business.postal_address}}}}", reason(language));
        let html_end = said(&[HtmlEnd, End]).map_or_else(|| format!("<p>{end}</p>"), str::to_owned);
        let text_end = said(&[TextEnd, End]).map_or(end, str::to_owned);
        write(&format!("{folder}/body.html.hbs"), &format!("{html}\n{html_end}\n"));
        write(&format!("{folder}/body.txt.hbs"), &format!("{text}\n\n{text_end}\n"));
    };
    let plain = said(&[Both]).unwrap_or_default();
    let paragraphs = format!("<p>{}</p>", plain.replace("\n\n", "</p>\n<p>"));
    let html = said(&[Html]).map_or(paragraphs, str::to_owned);
    bodies("templates/mail/plain", language, &html, said(&[Text]).unwrap_or(plain));
    write("templates/mail/plain/subject.hbs", said(&[Subject]).unwrap_or("Spring"));
    write("templates/mail/plain/sample.json", said(&[Sample]).unwrap_or("{}"));
    if let Some(french) = said(&[French]) {
        bodies("templates/mail/plain/fr", "fr", &format!("<p>{french}</p>"), french);
        write("templates/mail/plain/fr/subject.hbs", "Printemps");
    }
    if let Some(peek) = said(&[Peek]) {
        write("templates/partials/peek.hbs", peek);
    }
    let mut policy = POLICY.replace("language = \"en\"", &format!("language = \"{language}\""));
    match said(&[Business]) {
        Some(line) if line.starts_with("name") => policy = policy.replace("name = \"Salon Lumière\"", line),
        Some(line) => policy = policy.replace("time_zone", &format!("{line}\ntime_zone")),
        None => {}
    }
    if let Some(lines) = said(&[Purpose]) {
        policy = policy.replace("promise = \"We write what is good to know.\"", lines);
    }
    write("comity.toml", &proof::settings(25));
    write("policy.toml", &policy);
    let purpose = if basis == Basis::Service { "reminders" } else { "tips" };
    let line = said(&[Workflow]).unwrap_or_default();
    write("workflows/visit.toml", &format!("{}{line}\n", WORKFLOW.replace("tips", purpose)));
    match config::load_with(folder.path(), Vec::new()) {
        Ok(installation) => Ok(installation),
        Err(LoadError::Findings(findings)) => Err(findings),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn what_is_dishonest_does_not_load() {
    let mut wrong = vec![];
    for (of, changes, underlined, words) in REFUSED {
        let Err(findings) = load(*of, changes) else {
            wrong.push(format!("{of:?} {changes:?} loads"));
            continue;
        };
        let is_it = |finding: &comity::base::Finding| {
            let at = finding.source.text.get(finding.span.clone()).unwrap_or_default();
            at == *underlined && finding.message.contains(words) && finding.help.is_some()
        };
        if !findings.0.iter().any(is_it) {
            wrong.push(format!(
                "{of:?} {changes:?}: no {words:?} at {underlined:?}, but\n{}",
                report::draw(&findings, Canvas::Plain)
            ));
        }
        // Nothing else is blamed along with it.
        let others: Vec<_> = findings
            .0
            .iter()
            .filter(|finding| !finding.message.contains(words))
            .map(|finding| &finding.message)
            .collect();
        if !others.is_empty() {
            wrong.push(format!("{of:?} {changes:?}: also {others:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_is_honest_loads() {
    let mut wrong = vec![];
    for (of, changes) in TAKEN {
        if let Err(findings) = load(*of, changes) {
            wrong.push(format!("{of:?} {changes:?}:\n{}", report::draw(&findings, Canvas::Plain)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
