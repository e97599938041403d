//! The audit for the terminal.

use crate::{
    cli::output,
    recommend::{
        audit::{
            Accuracy, Answer, Audit, Line, Share, Verdict,
            words::{self, mean, percent},
        },
        measure::{Figures, Mean},
    },
};

/// So many products, makers and anomalies are shown.
const SHOWN: usize = 10;

/// Prints it.
pub fn print(audit: &Audit, verdicts: &[Verdict]) {
    output::line(format_args!("Lists of {}: {}\n", audit.on, in_short(verdicts)));
    for verdict in verdicts {
        output::line(format_args!("  {:7}  {}", mark(verdict.answer), verdict.sentence));
    }
    match &audit.window {
        Some(window) => {
            output::line(format_args!("\nAccuracy, {} to {}", window.from, window.to));
            accuracy(&[("new", &window.new), ("all", &window.all)]);
            output::line(format_args!(
                "{} of the customers with something new to find found nothing. Gini of utility {:.3}.",
                percent(window.new.without_hit),
                window.new.utility_gini
            ));
        }
        None => output::line("\nAccuracy isn't known: no closed window has enough customers who came back."),
    }
    groups(audit);
    exposure(audit);
    anomalies(audit);
}

/// One line on all verdicts.
pub fn in_short(verdicts: &[Verdict]) -> String {
    let many = |answer| verdicts.iter().filter(|verdict| verdict.answer == answer).count();
    let (holds, fails, unknown) = (many(Answer::Holds), many(Answer::Fails), many(Answer::Unknown));
    let unknown = if unknown > 0 { format!(", {unknown} can't be measured") } else { String::new() };
    match fails {
        0 => format!("no gate fails ({holds} hold{unknown})."),
        1 => format!("one gate FAILS ({holds} hold{unknown})."),
        _ => format!("{fails} gates FAIL ({holds} hold{unknown})."),
    }
}

const fn mark(answer: Answer) -> &'static str {
    match answer {
        Answer::Holds => "holds",
        Answer::Fails => "FAILS",
        Answer::Unknown => "unknown",
    }
}

fn accuracy(both: &[(&str, &Accuracy)]) {
    let mut table = output::table(["", "method", "HR@10", "NDCG@10", "coverage", "Gini", "categories", "customers"]);
    for (list, Accuracy { lines, .. }) in both {
        for Line { method, figures } in lines {
            let Figures { customers, hit_rate, ndcg, coverage, gini, categories } = figures;
            table.add_row([
                (*list).to_owned(),
                method.clone().into_owned(),
                mean(hit_rate, 3),
                mean(ndcg, 4),
                percent(*coverage),
                format!("{gini:.3}"),
                format!("{categories:.1}"),
                customers.to_string(),
            ]);
        }
    }
    output::line(table);
}

fn groups(audit: &Audit) {
    output::line("\nWhom it serves");
    let mut table = output::table(["", "group", "customers", "HR@10", "price steer"]);
    for attribute in [&audit.activity].into_iter().chain(&audit.groups) {
        for group in &attribute.groups {
            table.add_row([
                attribute.name.clone(),
                group.name.clone(),
                group.customers.to_string(),
                mean(&group.hit_rate, 3),
                steer(group.steer.as_ref()),
            ]);
        }
    }
    table.add_row([String::new(), "everybody".to_owned(), String::new(), String::new(), steer(audit.steer.as_ref())]);
    output::line(table);
    output::line(
        "Price steer: the price percentile within its category, of what is recommended minus of what was bought.",
    );
    for attribute in [&audit.activity].into_iter().chain(&audit.groups) {
        let compared = words::compared(attribute);
        if !compared.is_empty() {
            output::line(format_args!("{}: {}", attribute.name, compared.join(" ")));
        }
    }
}

fn steer(steer: Option<&Mean>) -> String {
    steer.map_or_else(|| "–".to_owned(), words::steer)
}

fn exposure(audit: &Audit) {
    let exposure = &audit.exposure;
    output::line(format_args!(
        "\nWhat is shown: {} of {} products in {} lists ({}). Gini of exposure {:.3}.",
        exposure.products.len(),
        exposure.shelf,
        exposure.lists,
        percent(exposure.coverage),
        exposure.gini
    ));
    for (what, shares) in [("product", &exposure.products), ("maker", &exposure.makers)] {
        // One maker alone has all of both: that says nothing.
        if shares.len() < 2 {
            continue;
        }
        let mut table = output::table([what, "of the places", "of the purchases", "times"]);
        for share in shares.iter().take(SHOWN) {
            table.add_row(row(share));
        }
        if let Some(own) = exposure.own_brands.as_ref().filter(|_| what == "maker") {
            table.add_row(row(&Share { name: "own brands".to_owned(), ..own.clone() }));
        }
        output::line(table);
    }
}

fn row(share: &Share) -> [String; 4] {
    [share.name.clone(), percent(share.exposure), percent(share.purchases), words::times(share)]
}

fn anomalies(audit: &Audit) {
    if audit.anomalies.is_empty() {
        output::line("\nNothing looks pushed.");
        return;
    }
    output::line("\nLook at these: it may be that somebody pushes.");
    for anomaly in audit.anomalies.iter().take(SHOWN) {
        output::line(format_args!("  {}", anomaly.sentence()));
    }
    if audit.anomalies.len() > SHOWN {
        output::line(format_args!("  … and {} more (--json has them all).", audit.anomalies.len() - SHOWN));
    }
}
