//! What is said to the owner on top of a customer's message: whose it is, and that they didn't get it.

use super::draft::Draft;
use crate::people::Language;
use handlebars::html_escape as escape;

/// Why the owner gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The installation rehearses.
    Rehearsal {
        /// Whose message it is, in full: the owner knows the customers, and must see who would have been written to.
        customer: String,
    },
    /// `comity send-test`, with the link that proves the public page.
    Test {
        /// `https://…/proof/<token>`.
        proof_url: String,
    },
}

/// A line of a notice: words, and where they lead.
struct Line {
    words: String,
    link: Option<String>,
}

/// The draft with a notice in its subject, HTML and text. The draft itself stays addressed to its customer.
#[must_use]
pub fn marked(draft: &Draft, notice: &Notice, language: &Language) -> Draft {
    let french = language.tag() == "fr";
    let (subject, lines) = match notice {
        Notice::Rehearsal { customer } => rehearsal(customer, french),
        Notice::Test { proof_url } => test(proof_url, french),
    };
    Draft {
        subject: format!("[{subject}] {}", draft.subject),
        html: on_top(&draft.html, &html(&lines)),
        text: format!("{}\n{}", text(&lines), draft.text),
        ..draft.clone()
    }
}

fn rehearsal(to: &str, french: bool) -> (&'static str, Vec<Line>) {
    let (subject, whose, links) = if french {
        (
            "Répétition",
            format!("Répétition : ce message était pour {to}. Vous seul l'avez reçu."),
            "Ses liens ne changent rien.",
        )
    } else {
        (
            "Rehearsal",
            format!("Rehearsal: this message was for {to}. Nobody but you has received it."),
            "Its links change nothing.",
        )
    };
    (subject, vec![Line { words: format!("{whose} {links}"), link: None }])
}

fn test(proof_url: &str, french: bool) -> (&'static str, Vec<Line>) {
    let (subject, what, proof) = if french {
        (
            "Essai",
            "Ceci est un essai avec des données inventées : votre serveur de messagerie a accepté nos messages.",
            "Ouvrez ce lien sur un téléphone, sans le Wi-Fi : il prouve que votre page publique est joignable.",
        )
    } else {
        (
            "Test",
            "This is a test with invented data: your mail server takes our messages.",
            "Open this link on a telephone, off your Wi-Fi: it proves that your public page can be reached.",
        )
    };
    let plain = Line { words: what.to_owned(), link: None };
    (subject, vec![plain, Line { words: proof.to_owned(), link: Some(proof_url.to_owned()) }])
}

fn html(lines: &[Line]) -> String {
    let paragraph = |line: &Line| {
        let words = escape(&line.words);
        match &line.link {
            Some(link) => {
                format!(
                    "<p style=\"margin:6px 0 0;\"><a href=\"{}\" style=\"color:#1d3f72;\">{words}</a></p>",
                    escape(link)
                )
            }
            None => format!("<p style=\"margin:0;\">{words}</p>"),
        }
    };
    let paragraphs: String = lines.iter().map(paragraph).collect();
    format!(
        "<div role=\"note\" style=\"padding:14px 20px;background:#fff3c4;color:#3d2f00;border-bottom:2px solid #d9a800;\
         font:16px/24px -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;\">{paragraphs}</div>"
    )
}

fn text(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        text.extend(["*** ", &line.words, "\n"]);
        if let Some(link) = &line.link {
            text.extend(["    ", link, "\n"]);
        }
    }
    text
}

/// Inside the body, before anything that the template shows there.
fn on_top(html: &str, banner: &str) -> String {
    let inside = html.find("<body").and_then(|body| html.get(body..)?.find('>').map(|end| body + end + 1));
    let (head, body) = html.split_at(inside.unwrap_or(0));
    format!("{head}\n{banner}{body}")
}
