//! Plots as SVG, drawn by hand: rows with a name on the left and a mark on a common scale. Colours come from the page, so that
//! light, dark and paper each have their own. No meaning is in a colour alone.

use crate::recommend::measure::Mean;
use askama::Template;

/// The picture's width, where the scale begins and ends.
const WIDTH: f64 = 480.0;
const LEFT: f64 = 168.0;
const RIGHT: f64 = 462.0;
/// Room above the rows, and where there are words in it.
const TOP: f64 = 6.0;
const TOP_WITH_WORDS: f64 = 26.0;
/// From one row to the next.
const ROW: f64 = 26.0;
const BOTTOM: f64 = 28.0;
/// So many letters fit to the left of the scale.
const LETTERS: usize = 25;
/// About so many marks on the scale.
const TICKS: f64 = 4.0;

/// A value with its interval.
#[derive(Clone, Debug)]
pub struct Dot {
    name: String,
    mean: Mean,
}

impl Dot {
    /// With this name.
    pub fn of(name: &str, mean: Mean) -> Self {
        Self { name: name.to_owned(), mean }
    }
}

/// Two shares of the same thing.
#[derive(Clone, Debug)]
pub struct Bar {
    name: String,
    places: f64,
    purchases: f64,
}

impl Bar {
    /// With this name.
    pub fn of(name: &str, places: f64, purchases: f64) -> Self {
        Self { name: name.to_owned(), places, purchases }
    }
}

enum Rows {
    Dots(Vec<Dot>),
    Bars(Vec<Bar>),
}

/// A plot.
pub struct Plot {
    id: String,
    title: String,
    rows: Rows,
    digits: usize,
    least: f64,
    guides: Vec<(f64, &'static str)>,
}

struct Row {
    y: String,
    text_y: String,
    name: String,
    marks: Vec<Mark>,
}

struct Mark {
    class: &'static str,
    kind: Kind,
}

enum Kind {
    /// From, to, and the middle.
    Whisker(String, String, String),
    /// From, top, width.
    Bar(String, String, String),
}

struct Tick {
    x: String,
    label: String,
}

#[derive(Template)]
#[template(path = "pages/plot.svg", escape = "html")]
struct Picture {
    id: String,
    title: String,
    about: String,
    width: String,
    height: String,
    top: String,
    bottom: String,
    below: String,
    left: String,
    ticks: Vec<Tick>,
    zero: Option<String>,
    guides: Vec<Tick>,
    rows: Vec<Row>,
    is_paired: bool,
}

impl Plot {
    /// Dots with whiskers. `id` is unlike all others of the page.
    pub fn dots(id: &str, title: &str, dots: Vec<Dot>, digits: usize) -> Self {
        Self::new(id, title, Rows::Dots(dots), digits, f64::INFINITY)
    }

    /// Pairs of bars, as shares.
    pub fn bars(id: &str, title: &str, bars: Vec<Bar>) -> Self {
        Self::new(id, title, Rows::Bars(bars), 1, 0.0)
    }

    fn new(id: &str, title: &str, rows: Rows, digits: usize, least: f64) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), rows, digits, least, guides: Vec::new() }
    }

    /// With a scale that begins at zero.
    pub fn with_zero(mut self) -> Self {
        self.least = 0.0;
        self
    }

    /// With a line across all rows.
    pub fn guide(mut self, at: f64, label: &'static str) -> Self {
        self.guides.push((at, label));
        self
    }

    /// The plot, as SVG.
    ///
    /// # Errors
    /// Never with the template that this binary holds.
    pub fn draw(&self) -> askama::Result<Drawn> {
        let (scale, rows) = (self.scale(), self.count());
        let top = self.top();
        let bottom = top + ROW * rows;
        let tick = |at: f64| Tick { x: px(scale.x(at)), label: self.label(at, scale.step) };
        let picture = Picture {
            id: self.id.clone(),
            title: self.title.clone(),
            about: self.about(),
            width: px(WIDTH),
            height: px(bottom + BOTTOM),
            top: px(top),
            bottom: px(bottom),
            below: px(bottom + 17.0),
            left: px(LEFT),
            ticks: scale.ticks().map(tick).collect(),
            zero: (scale.from < 0.0 && scale.to > 0.0).then(|| px(scale.x(0.0))),
            guides: self
                .guides
                .iter()
                .map(|(at, label)| Tick { x: px(scale.x(*at)), label: (*label).to_owned() })
                .collect(),
            rows: self.draw_rows(&scale),
            is_paired: matches!(self.rows, Rows::Bars(_)),
        };
        Ok(Drawn { title: self.title.clone(), svg: picture.render()? })
    }

    fn top(&self) -> f64 {
        let has_words = !self.guides.is_empty() || matches!(self.rows, Rows::Bars(_));
        if has_words { TOP_WITH_WORDS } else { TOP }
    }

    fn count(&self) -> f64 {
        let rows = match &self.rows {
            Rows::Dots(dots) => dots.len(),
            Rows::Bars(bars) => bars.len(),
        };
        f64::from(u32::try_from(rows).unwrap_or(u32::MAX))
    }

    fn scale(&self) -> Scale {
        let ends: Vec<f64> = match &self.rows {
            Rows::Dots(dots) => {
                dots.iter().flat_map(|Dot { mean, .. }| [mean.value - mean.margin, mean.value + mean.margin]).collect()
            }
            Rows::Bars(bars) => bars.iter().flat_map(|bar| [bar.places, bar.purchases]).collect(),
        };
        let all = || ends.iter().copied().chain(self.guides.iter().map(|(at, _)| *at));
        Scale::over(all().fold(self.least, f64::min), all().fold(0.0, f64::max))
    }

    fn label(&self, at: f64, step: f64) -> String {
        match &self.rows {
            // No more digits than tell two marks apart.
            Rows::Bars(_) if step >= 0.01 => format!("{:.0} %", 100.0 * at),
            Rows::Bars(_) => format!("{:.1} %", 100.0 * at),
            Rows::Dots(_) => {
                let digits = if step >= 0.1 {
                    1
                } else if step >= 0.01 {
                    2
                } else {
                    3
                };
                format!("{at:.digits$}").replace('-', "−")
            }
        }
    }

    /// What the plot shows, for those who don't see it.
    fn about(&self) -> String {
        let digits = self.digits;
        let rows: Vec<String> = match &self.rows {
            Rows::Dots(dots) => {
                dots.iter().map(|Dot { name, mean }| format!("{name} {:.digits$}", mean.value)).collect()
            }
            Rows::Bars(bars) => bars
                .iter()
                .map(|bar| {
                    format!(
                        "{} {:.1} % of the places, {:.1} % of the purchases",
                        bar.name,
                        100.0 * bar.places,
                        100.0 * bar.purchases
                    )
                })
                .collect(),
        };
        format!("{}.", rows.join("; "))
    }

    fn draw_rows(&self, scale: &Scale) -> Vec<Row> {
        let top = self.top();
        let middles = (0_u32..).map(|row| top + ROW * (f64::from(row) + 0.5));
        let row =
            |y: f64, name: &str, marks: Vec<Mark>| Row { y: px(y), text_y: px(y + 4.0), name: shortened(name), marks };
        match &self.rows {
            Rows::Dots(dots) => {
                let marks = |mean: Mean| {
                    let [from, to, at] = [mean.value - mean.margin, mean.value + mean.margin, mean.value]
                        .map(|value| px(scale.x(value)));
                    vec![Mark { class: "dot", kind: Kind::Whisker(from, to, at) }]
                };
                middles.zip(dots).map(|(y, dot)| row(y, &dot.name, marks(dot.mean))).collect()
            }
            Rows::Bars(bars) => {
                let mark = |class, top: f64, share: f64| {
                    let width = (scale.x(share) - scale.x(0.0)).max(0.5);
                    Mark { class, kind: Kind::Bar(px(scale.x(0.0)), px(top), px(width)) }
                };
                let marks =
                    |y: f64, bar: &Bar| vec![mark("places", y - 9.0, bar.places), mark("purchases", y, bar.purchases)];
                middles.zip(bars).map(|(y, bar)| row(y, &bar.name, marks(y, bar))).collect()
            }
        }
    }
}

/// A drawn plot, with its title for those who see it.
pub struct Drawn {
    /// Its title.
    pub title: String,
    /// The plot, as SVG.
    pub svg: String,
}

/// Where a value lies.
struct Scale {
    from: f64,
    to: f64,
    step: f64,
}

impl Scale {
    /// Over these ends, and out to round numbers.
    fn over(least: f64, most: f64) -> Self {
        let most = if most > least { most } else { least + 1.0 };
        let rough = (most - least) / TICKS;
        let ten = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|n| n * ten).find(|step| *step >= rough).unwrap_or(rough);
        Self { from: (least / step).floor() * step, to: (most / step).ceil() * step, step }
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * (value - self.from) / (self.to - self.from).max(f64::MIN_POSITIVE)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        // A hair more, for the last one isn't met exactly.
        let last = self.to + self.step / 1_000.0;
        let (from, step) = (self.from, self.step);
        (0_u32..64).map(move |n| from + f64::from(n) * step).take_while(move |at| *at <= last)
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    name.chars().take(LETTERS - 1).chain(['…']).collect()
}

fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_goes_out_to_round_numbers() {
        let ticks = |least, most| Scale::over(least, most).ticks().map(|at| format!("{at:.3}")).collect::<Vec<_>>();
        assert_eq!(ticks(0.0, 0.37), ["0.000", "0.100", "0.200", "0.300", "0.400"]);
        assert_eq!(ticks(-0.02, 0.03), ["-0.020", "0.000", "0.020", "0.040"]);
        assert_eq!(ticks(0.0, 0.0), ["0.000", "0.500", "1.000"], "nothing at all has a scale, too");
    }

    #[test]
    fn names_are_escaped_and_what_is_too_long_is_cut() {
        let mean = Mean { value: 0.2, margin: 0.1 };
        let svg = Plot::dots("x", "<b>", vec![Dot::of("“1 < 2 & a name that is much too long”", mean)], 2)
            .draw()
            .unwrap()
            .svg;
        assert!(svg.contains("&#60;b&#62;") && svg.contains("“1 &#60; 2 &#38; a name that"), "{svg}");
        assert!(svg.contains("…</text>"), "{svg}");
    }
}
