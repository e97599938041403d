//! What can be seen of an element: whether its style, or the page's style sheet, hides it.
//!
//! Hidden is what nobody reads: not displayed, transparent, too small, moved out of the page, or written in the colour of
//! its ground. A style sheet hides by tags, classes and ids; a rule for some screens hides as one for all does, because
//! whoever has such a screen doesn't see it; only a rule for printers doesn't count. Colours are compared where both are
//! written at elements. What a mail program does by itself, such as turning colours in the dark, nobody knows.

use super::markup::Tag;

/// Letters smaller than this are not for reading.
const PIXELS_MIN: f32 = 6.0;
/// Ink and ground that differ less are one colour to the eye. WCAG 2.2 wants 4.5; this only finds what is hidden.
const CONTRAST_MIN: f32 = 1.3;

/// How text looks at one place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    /// Nothing inside can be seen, whatever it says of itself.
    is_gone: bool,
    is_invisible: bool,
    is_tiny: bool,
    ink: Ink,
    ground: Option<Colour>,
}

/// What text is written in.
#[derive(Clone, Copy, Debug, Default)]
enum Ink {
    /// Nothing says so, or in words that aren't known here.
    #[default]
    Unknown,
    /// In nothing.
    Clear,
    Of(Colour),
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Colour([f32; 3]);

/// The hiding rules of a page's style sheets.
#[derive(Debug, Default)]
pub(super) struct Sheet(Vec<Vec<Compound>>);

/// `a.stop#x`: what one element must be.
#[derive(Debug)]
struct Compound {
    tag: String,
    marks: Vec<String>,
}

/// An element that is open: its tag, its classes (`.a`) and its id (`#b`).
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    tag: String,
    marks: Vec<String>,
}

impl Element {
    pub(super) fn of(tag: &Tag, html: &str) -> Self {
        let mut marks = vec![];
        for (name, value) in &tag.attributes {
            let value = html.get(value.clone()).unwrap_or_default();
            match name.as_str() {
                "class" => marks.extend(value.split_whitespace().map(|class| format!(".{class}"))),
                "id" => marks.push(format!("#{value}")),
                _ => {}
            }
        }
        Self { tag: tag.name.clone(), marks }
    }

    fn is(&self, compound: &Compound) -> bool {
        let is_tag = compound.tag.is_empty() || compound.tag == "*" || compound.tag == self.tag;
        is_tag && compound.marks.iter().all(|mark| self.marks.contains(mark))
    }
}

impl Look {
    /// Whether text with this look is read.
    pub(super) fn is_seen(&self) -> bool {
        let fades = match (self.ink, self.ground) {
            (Ink::Clear, _) => true,
            (Ink::Of(ink), Some(ground)) => contrast(ink, ground) < CONTRAST_MIN,
            _ => false,
        };
        !(self.is_gone || self.is_invisible || self.is_tiny || fades)
    }

    /// The look inside of an element. `path` leads to it from the outside, itself included.
    pub(super) fn inside(mut self, tag: &Tag, html: &str, sheet: &Sheet, path: &[Element]) -> Self {
        if tag.name == "a" {
            // Links don't take the colour of the text around them.
            self.ink = Ink::Unknown;
        }
        self.is_gone |= matches!(tag.name.as_str(), "head" | "object" | "audio" | "video") || sheet.hides(path);
        for (name, value) in &tag.attributes {
            let value = html.get(value.clone()).unwrap_or_default();
            match name.as_str() {
                "hidden" => self.is_gone = true,
                "bgcolor" => self.ground = colour(value).or(self.ground),
                "color" | "text" => self.ink = colour(value).map_or(self.ink, Ink::Of),
                "style" => self.declare(value),
                _ => {}
            }
        }
        self
    }

    fn declare(&mut self, style: &str) {
        self.is_gone |= hides(style);
        for (name, value) in declarations(style) {
            match name.as_str() {
                "visibility" => self.is_invisible = matches!(value.as_str(), "hidden" | "collapse"),
                "color" if is_clear(&value) => self.ink = Ink::Clear,
                "color" => self.ink = colour(&value).map_or(Ink::Unknown, Ink::Of),
                "background" | "background-color" if value.contains("url(") => self.ground = None,
                "background" | "background-color" => {
                    self.ground = ground(&value).or(self.ground);
                }
                "font-size" => self.size(&value),
                "font" => {
                    let size = value
                        .split_whitespace()
                        .find(|word| matches!(unit(word), (Some(number), unit) if !unit.is_empty() || number <= 0.0));
                    self.size(size.and_then(|size| size.split('/').next()).unwrap_or_default());
                }
                _ => {}
            }
        }
    }

    fn size(&mut self, value: &str) {
        let (number, unit) = unit(value);
        match (number, unit) {
            (Some(number), "px" | "pt" | "") => self.is_tiny = number < PIXELS_MIN,
            (Some(number), "em" | "rem") if number < 0.4 => self.is_tiny = true,
            (Some(number), "%") if number < 40.0 => self.is_tiny = true,
            (Some(_), "rem") => self.is_tiny = false,
            _ => {}
        }
    }
}

/// Whether declarations hide an element for good.
fn hides(style: &str) -> bool {
    let clips = declarations(style).any(|(name, value)| name.starts_with("overflow") && value == "hidden");
    declarations(style).any(|(name, value)| {
        let (number, unit) = unit(&value);
        let at_most = |most: f32| number.is_some_and(|number| number <= most);
        let is_slit = at_most(0.0) || matches!(unit, "px" | "pt") && number.is_some_and(|number| number < PIXELS_MIN);
        match name.as_str() {
            "display" => value == "none",
            "mso-hide" => value == "all",
            "opacity" => at_most(0.1),
            "max-height" | "max-width" => at_most(0.0),
            "height" | "width" => clips && is_slit,
            "text-indent" | "left" | "right" | "top" | "bottom" | "margin-left" | "margin-top" => at_most(-500.0),
            "clip" => value.starts_with("rect(0"),
            "clip-path" => ["inset(50%", "inset(100%", "circle(0"].iter().any(|shape| value.starts_with(shape)),
            "transform" => value.starts_with("scale(0)"),
            _ => false,
        }
    })
}

/// Names and values, in small letters.
fn declarations(style: &str) -> impl Iterator<Item = (String, String)> + '_ {
    style.split(';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        let value = value.to_ascii_lowercase().replace("!important", "");
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    })
}

/// A number and the unit after it.
fn unit(value: &str) -> (Option<f32>, &str) {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(value.len());
    let (number, unit) = value.split_at_checked(end).unwrap_or((value, ""));
    (number.parse().ok(), unit.split(|c: char| !c.is_ascii_alphabetic() && c != '%').next().unwrap_or_default())
}

impl Sheet {
    /// Takes the rules of one more `<style>`.
    pub(super) fn read(&mut self, css: &str) {
        let css = without_comments(css);
        let mut rest = css.as_str();
        while let Some(open) = rest.find('{') {
            let prelude = rest.get(..open).unwrap_or_default().trim();
            let end = block(rest, open);
            let inside = rest.get(open + 1..end).unwrap_or_default();
            if prelude.starts_with("@media") || prelude.starts_with("@supports") {
                if !prelude.contains("print") {
                    self.read(inside);
                }
            } else if !prelude.starts_with('@') && (hides(inside) || makes_small(inside)) {
                self.0.extend(prelude.split(',').filter_map(selector));
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }

    fn hides(&self, path: &[Element]) -> bool {
        let Some((own, around)) = path.split_last() else { return false };
        self.0.iter().any(|compounds| {
            let Some((last, outer)) = compounds.split_last() else { return false };
            let mut around = around.iter();
            own.is(last) && outer.iter().all(|compound| around.any(|element| element.is(compound)))
        })
    }
}

fn makes_small(style: &str) -> bool {
    let mut look = Look::default();
    look.declare(style);
    look.is_tiny || look.is_invisible
}

fn without_comments(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out
}

/// Where the block that opens at a place closes.
fn block(css: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, c) in css.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    css.len()
}

/// A selector of tags, classes and ids; others hide only at times, or something beside.
fn selector(text: &str) -> Option<Vec<Compound>> {
    if text.contains([':', '[', '+', '~']) {
        return None;
    }
    let compound = |word: &str| {
        let starts: Vec<usize> = word.match_indices(['.', '#']).map(|(at, _)| at).collect();
        let ends = starts.iter().skip(1).copied().chain([word.len()]);
        let marks = starts.iter().zip(ends).filter_map(|(start, end)| word.get(*start..end)).map(str::to_owned);
        let tag = word.split(['.', '#']).next().unwrap_or_default().to_ascii_lowercase();
        Compound { tag, marks: marks.collect() }
    };
    Some(text.split(|c: char| c.is_whitespace() || c == '>').filter(|word| !word.is_empty()).map(compound).collect())
}

/// Whether a colour is none: `transparent`, `rgba(0, 0, 0, 0)`.
fn is_clear(colour: &str) -> bool {
    let alpha =
        colour.strip_prefix("rgba(").and_then(|inside| inside.trim_end_matches(')').rsplit([',', '/', ' ']).next());
    colour == "transparent" || alpha.and_then(|alpha| alpha.parse().ok()).is_some_and(|alpha: f32| alpha <= 0.1)
}

/// The colours that people write, with those names that stand for a ground.
fn colour(text: &str) -> Option<Colour> {
    let text = text.trim().to_ascii_lowercase();
    let digits: Vec<f32> = match text.as_str() {
        "white" => vec![255.0; 3],
        "black" => vec![0.0; 3],
        "silver" => vec![192.0; 3],
        "gray" | "grey" => vec![128.0; 3],
        "whitesmoke" => vec![245.0; 3],
        text => {
            if let Some(hex) = text.strip_prefix('#') {
                let width = if hex.len() >= 6 { 2 } else { 1 };
                let pair = |at: usize| u8::from_str_radix(&hex.get(at..at + width)?.repeat(3 - width), 16).ok();
                (0..3).map(|part| pair(part * width).map(f32::from)).collect::<Option<_>>()?
            } else {
                let (inside, _) = text.split_once("rgb")?.1.split_once('(')?.1.split_once(')')?;
                let numbers = inside.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
                numbers.map(|number| number.parse().ok()).take(3).collect::<Option<_>>()?
            }
        }
    };
    Some(Colour(digits.try_into().ok()?))
}

/// The colour among the words of a `background`.
fn ground(value: &str) -> Option<Colour> {
    match value.split_once("rgb") {
        Some((_, rest)) => colour(&format!("rgb{}", rest.split_inclusive(')').next()?)),
        None => value.split_whitespace().find_map(colour),
    }
}

/// WCAG 2.2: contrast ratio, from 1 to 21.
fn contrast(one: Colour, other: Colour) -> f32 {
    let channel = |part: f32| {
        let part = part / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let luminance =
        |Colour([red, green, blue]): Colour| 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::{super::markup, Element, Look, Sheet};

    /// Whether the `x` of a page is seen.
    fn is_seen(html: &str) -> bool {
        let (mut sheet, mut path, mut looks) = (Sheet::default(), vec![], vec![Look::default()]);
        for token in markup::tokens(html) {
            match token {
                markup::Token::Raw(_, css) => sheet.read(html.get(css).unwrap()),
                markup::Token::Open(tag) => {
                    path.push(Element::of(&tag, html));
                    looks.push(looks.last().unwrap().inside(&tag, html, &sheet, &path));
                }
                markup::Token::Close(_) => {
                    path.pop();
                    looks.pop();
                }
                markup::Token::Text(text) if html.get(text.clone()) == Some("x") => {
                    return looks.last().unwrap().is_seen();
                }
                markup::Token::Text(_) => {}
            }
        }
        panic!("no x in {html}");
    }

    #[test]
    fn what_nobody_can_read_is_hidden() {
        for hidden in [
            "<p style=\"display: none\">x",
            "<p style='DISPLAY:NONE !important'><b style=\"display:block\">x",
            "<p hidden>x",
            "<p style=\"visibility:hidden\">x",
            "<p style=\"opacity:0\">x",
            "<p style=\"font-size:0\">x",
            "<p style=\"font-size:1px\">x",
            "<p style=\"font:1px/1px Arial\">x",
            "<p style=\"font:0/0 a\">x",
            "<p style=\"color:transparent\">x",
            "<p style=\"color:rgba(0, 0, 0, 0)\">x",
            "<p style=\"height:1px;width:1px;overflow:hidden\">x",
            "<p style=\"position:absolute;right:-9999px\">x",
            "<p style=\"max-height:0;overflow:hidden\">x",
            "<p style=\"height:0;overflow:hidden\">x",
            "<p style=\"mso-hide:all\">x",
            "<p style=\"position:absolute;left:-9999px\">x",
            "<p style=\"text-indent:-9999px\">x",
            "<div style=\"background:#ffffff\"><p style=\"color:#fff\">x",
            "<div style=\"background-color:white\"><p style=\"color:#fefefe\">x",
            "<table bgcolor=\"#222222\"><font color=\"#202020\">x",
            "<div style=\"background:rgb(250, 250, 250)\"><a style=\"color:rgb(249,249,249)\">x",
            "<style>.stop { display:none }</style><p class=\"a stop\">x",
            "<style>/* a */ p { color: red } div #x a, em { font-size: 1px }</style><div><p id=\"x\"><a>x",
            "<style>@media (max-width: 600px) { .wide { display: none !important; } }</style><p class=\"wide\">x",
        ] {
            assert!(!is_seen(hidden), "{hidden}");
        }
    }

    #[test]
    fn what_people_can_read_is_not_hidden() {
        for seen in [
            "<p>x",
            "<p style=\"display:none\">a</p><p>x",
            "<td style=\"font-size:0\"><p style=\"font-size:16px\">x",
            "<td style=\"font-size:0\"><p style=\"font:600 16px/24px Georgia\">x",
            "<p style=\"font-size:90%\">x",
            "<p style=\"font-size:.8em\">x",
            "<p style=\"max-width:0.5em\">x",
            "<p style=\"height:0\">x",
            "<p style=\"height:1em;overflow:hidden\">x",
            "<p style=\"color:transparent\"><b style=\"color:#333\">x",
            "<p style=\"color:rgba(0, 0, 0, .7)\">x",
            "<p style=\"visibility:hidden\"><b style=\"visibility:visible\">x",
            "<p style=\"opacity:.7\">x",
            "<p style=\"margin-left:-10px\">x",
            "<div style=\"background:#ffffff\"><p style=\"color:#767676\">x",
            // A link has a colour of its own.
            "<div style=\"background:#fff\"><p style=\"color:#fff\"><a>x",
            "<div style=\"background:#fff\"><div style=\"background:#000\"><p style=\"color:#fff\">x",
            "<div style=\"background:#fff url(a.png)\"><p style=\"color:#fff\">x",
            "<style>.stop { display:none }</style><p class=\"stops\">x",
            "<style>@media print { p { display:none } } .a p { display:none }</style><p>x",
            "<style>a:hover { opacity: 0 }</style><a>x",
        ] {
            assert!(is_seen(seen), "{seen}");
        }
    }
}
