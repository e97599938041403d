//! What every page for customers owes to whoever reads it, measured on the style sheet and the templates themselves.

use comity::policy::look;
use std::{collections::BTreeMap, fs, path::Path};

fn page_file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/pages").join(name)).unwrap()
}

/// The colours of a `:root { … }`, by their names.
fn colours<'a>(style: &'a str) -> BTreeMap<&'a str, [f64; 3]> {
    let block = style.split_once(":root {").unwrap().1.split_once('}').unwrap().0;
    let colour = |line: &'a str| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
        let number = u32::from_str_radix(value.get(..6)?, 16).ok()?;
        let channel = |shift: u32| f64::from((number >> shift) & 255) / 255.0;
        Some((name, [channel(16), channel(8), channel(0)]))
    };
    block.lines().filter_map(colour).collect()
}

/// WCAG 2.2, "relative luminance".
fn luminance(rgb: [f64; 3]) -> f64 {
    let [r, g, b] = rgb.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126f64.mul_add(r, 0.7152f64.mul_add(g, 0.0722 * b))
}

/// WCAG 2.2, "contrast ratio".
fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn what_is_written_stands_out_from_what_it_is_written_on_by_day_and_by_night() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 1e-9);
    let style = page_file("stop.css");
    let (day, night) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    for (when, style) in [("day", day), ("night", night)] {
        let colours = colours(style);
        // WCAG 1.4.3: 4.5 to 1 for text.
        let text = [
            ("ink", "card"),
            ("ink", "ground"),
            ("ink", "wash"),
            ("soft", "card"),
            ("soft", "ground"),
            ("act", "card"),
            ("act", "wash"),
            ("on-act", "act"),
            ("on-act", "act-over"),
            ("good", "card"),
        ];
        for (word, paper) in text {
            let ratio = contrast(colours[word], colours[paper]);
            assert!(ratio >= 4.5, "by {when}, {word} on {paper}: {ratio:.2}");
        }
        // WCAG 1.4.11: 3 to 1 for what tells parts apart.
        for (sign, paper) in [("act", "card"), ("soft", "card"), ("good", "wash"), ("bad", "wash")] {
            let ratio = contrast(colours[sign], colours[paper]);
            assert!(ratio >= 3.0, "by {when}, {sign} on {paper}: {ratio:.2}");
        }
    }
}

#[test]
fn colours_of_a_business_are_measured_on_what_the_pages_are_drawn_on() {
    let style = page_file("stop.css");
    let (day, night) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    for (style, paper) in [(day, look::DAY), (night, look::NIGHT)] {
        let colours = colours(style);
        for (name, ours) in [("card", paper.card), ("ground", paper.ground)] {
            let bytes = ours.0.map(|channel| format!("{:.4}", f64::from(channel) / 255.0));
            assert_eq!(colours[name].map(|channel| format!("{channel:.4}")), bytes, "{name}");
        }
    }
}

#[test]
fn the_style_takes_no_side_so_that_it_can_be_read_from_the_right() {
    let style = page_file("stop.css");
    for side in
        ["margin-left", "margin-right", "padding-left", "padding-right", "border-left", "border-right", "float:"]
    {
        assert!(!style.contains(side), "{side}");
    }
    assert!(!style.contains("text-align: left") && !style.contains("text-align: right"));
    assert!(page_file("page.html").contains("dir=\"ltr\""));
}

#[test]
fn every_page_has_one_heading_a_place_for_each_part_and_a_name_for_each_field() {
    let frame = page_file("page.html");
    for part in ["<html lang=", "<title>", "<header>", "<main>", "<footer>", "name=\"viewport\"", "noindex"] {
        assert_eq!(frame.matches(part).count(), 1, "{part}");
    }
    for name in [
        "stop.html",
        "answer.html",
        "preferences.html",
        "why.html",
        "recommended.html",
        "my_data.html",
        "address.html",
        "privacy.html",
    ] {
        let page = page_file(name);
        assert!(!page.contains("<script") && !page.contains(" style=") && !page.contains("http://"), "{name}");
        assert!(!page.contains("<img") && !page.contains("tabindex") && !page.contains("autofocus"), "{name}");
        let fields = ["<select", "<input", "<textarea"].into_iter().flat_map(|tag| page.match_indices(tag));
        for (field, rest) in fields.map(|(at, _)| page.split_at(at)) {
            let tag = rest.split('>').next().unwrap();
            let id = tag.split_once(" id=\"").map(|(_, id)| id.split('"').next().unwrap());
            let is_named = tag.contains("aria-labelledby=")
                || id.is_some_and(|id| page.contains(&format!("for=\"{id}\"")))
                || field.rsplit('<').next().is_some_and(|before| before.starts_with("label"));
            assert!(is_named, "{name}: {tag}");
        }
    }
}

/// What the server in front lets through is what there is, but for what watches over the daemon.
#[test]
fn every_page_is_let_through_by_the_server_in_front() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let routes = read("src/web/public/mod.rs");
    let routes = routes.split(".route(\"/").skip(1).map(|rest| rest.split(['/', '"']).next().unwrap());
    let caddy = read("deploy/Caddyfile");
    let let_through = caddy.lines().find(|line| line.trim_start().starts_with("@ours path")).unwrap();
    let mut pages = 0;
    for route in routes.filter(|route| !["healthz", "readyz"].contains(route)) {
        assert!(let_through.split(' ').any(|path| path.trim_end_matches("/*") == format!("/{route}")), "{route}");
        assert!(read("deploy/README.md").contains(&format!("`/{route}")), "deploy/README.md doesn't name /{route}");
        pages += 1;
    }
    assert!(pages > 8, "{pages}");
}
