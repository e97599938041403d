//! Bar charts as SVG files that stand alone: groups of bars on one scale, each with its name, its figure, and a mark across it where
//! there is something to hold it against. They go by the reader's light or dark, need no font from elsewhere, and say nothing in
//! colour alone.

/// The picture's width, and where the scale begins and ends.
const WIDTH: f64 = 720.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 640.0;
const MARGIN: f64 = 16.0;
/// Title, and what the mark means.
const TOP: f64 = 70.0;
/// From one line to the next: names of groups, and bars.
const HEAD: f64 = 30.0;
const ROW: f64 = 24.0;
const THICK: f64 = 14.0;
/// What a bar's figure takes.
const WORDS: f64 = 60.0;
/// Numbers of the scale, and what they are.
const BOTTOM: f64 = 54.0;
/// No more lines than this on the scale.
const TICKS_MAX: f64 = 8.0;

const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #2b2320; paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
  .ground { fill: #ffffff }
  .title { font-size: 17px; font-weight: 600 }
  .group { font-weight: 600 }
  .soft { fill: #5f5249 }
  .tick { text-anchor: middle }
  .grid { stroke: #e3d8ca; stroke-width: 1 }
  .bar { fill: #0c7a6f }
  .mark { stroke: #b0472b; stroke-width: 3 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f1e9e0; stroke: #1c1917 }
    .ground { fill: #1c1917 }
    .soft { fill: #bfb2a6 }
    .grid { stroke: #443c36 }
    .bar { fill: #2fa497 }
    .mark { stroke: #ff9a7a }
  }
";

/// A chart.
pub struct Chart {
    /// What it shows.
    pub title: &'static str,
    /// What the scale counts, with its unit.
    pub axis: &'static str,
    /// What a mark across a bar means.
    pub mark: &'static str,
    /// From the top.
    pub groups: Vec<Group>,
}

/// Bars that belong together.
pub struct Group {
    /// Above them.
    pub name: String,
    /// From the top.
    pub bars: Vec<Bar>,
}

/// One bar.
pub struct Bar {
    /// To its left.
    pub name: String,
    /// Its length on the scale.
    pub value: f64,
    /// To its right.
    pub label: String,
    /// Where a mark stands across it.
    pub mark: Option<f64>,
}

/// From zero to the end of the last step.
struct Scale {
    step: f64,
    to: f64,
}

impl Chart {
    /// As the text of an SVG file.
    pub fn draw(&self) -> String {
        let scale = Scale::over(self.bars().flat_map(|bar| [bar.value, bar.mark.unwrap_or_default()]));
        let rows: f64 = self.groups.iter().map(|group| HEAD + ROW * number(group.bars.len())).sum();
        let (bottom, height) = (TOP + rows, TOP + rows + BOTTOM);
        let about = format!("xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\"");
        let mut drawn = vec![
            format!("<svg {about}>\n"),
            element("title", "", self.title),
            element("desc", "", &self.told()),
            format!("<style>{STYLE}{}", end("style")),
            format!("<rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\"/>\n"),
            text("title", MARGIN, 26.0, self.title),
            format!("<path class=\"mark\" d=\"M{MARGIN} 38v{THICK}\"/>\n"),
            text("soft", MARGIN + 10.0, 50.0, self.mark),
        ];
        for tick in scale.ticks() {
            let x = scale.x(tick);
            drawn.push(format!("<path class=\"grid\" d=\"M{x:.1} {TOP}V{bottom:.1}\"/>\n"));
            drawn.push(text("soft tick", x, bottom + 18.0, &scale.words(tick)));
        }
        drawn.push(text("soft", LEFT, bottom + 40.0, self.axis));
        let mut top = TOP;
        for group in &self.groups {
            drawn.push(text("group", MARGIN, top + 20.0, &group.name));
            top += HEAD;
            for bar in &group.bars {
                drawn.extend(bar.draw(&scale, top));
                top += ROW;
            }
        }
        drawn.push(end("svg"));
        drawn.concat()
    }

    /// The same for those who don't see it.
    fn told(&self) -> String {
        let group = |group: &Group| {
            let bars: Vec<_> = group.bars.iter().map(|bar| format!("{} {}", bar.name, bar.label)).collect();
            format!(" {}: {}.", group.name, bars.join("; "))
        };
        format!("{}; the mark: {}.", self.axis, self.mark) + &self.groups.iter().map(group).collect::<String>()
    }

    fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.groups.iter().flat_map(|group| &group.bars)
    }
}

impl Bar {
    fn draw(&self, scale: &Scale, top: f64) -> Vec<String> {
        let (y, line) = (top + (ROW - THICK) / 2.0, top + ROW / 2.0 + 4.5);
        let (end, mark) = (scale.x(self.value), self.mark.map(|mark| scale.x(mark)));
        // Words that would stand across the mark stand behind it.
        let words_at = mark.filter(|x| (end..end + WORDS).contains(x)).unwrap_or(end);
        let bar = format!(
            "<rect class=\"bar\" x=\"{LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{THICK}\" rx=\"2\"/>\n",
            end - LEFT
        );
        let mark = mark
            .map(|x| format!("<path class=\"mark\" d=\"M{x:.1} {:.1}v{}\"/>\n", y - 2.0, THICK + 4.0))
            .unwrap_or_default();
        vec![text("", MARGIN + 10.0, line, &self.name), bar, mark, text("", words_at + 8.0, line, &self.label)]
    }
}

impl Scale {
    fn over(ends: impl Iterator<Item = f64>) -> Self {
        let most = ends.fold(0.0, f64::max).max(1.0);
        let least = 10_f64.powf((most / TICKS_MAX).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| least * factor);
        let step = steps.into_iter().find(|step| step * TICKS_MAX >= most).unwrap_or(most);
        Self { step, to: step * (most / step).ceil() }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (0_u32..).map(|i| f64::from(i) * self.step).take_while(|at| *at <= self.to * 1.001)
    }

    fn words(&self, tick: f64) -> String {
        let digits = usize::from(self.step < 1.0);
        format!("{tick:.digits$}")
    }

    fn x(&self, at: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * at / self.to
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn text(class: &str, x: f64, y: f64, words: &str) -> String {
    element("text", &format!(" class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\""), words)
}

fn element(name: &str, attributes: &str, words: &str) -> String {
    let words = words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{name}{attributes}>{words}{}", end(name))
}

fn end(name: &str) -> String {
    format!("</{name}>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_has_few_round_steps_and_holds_all() {
        for (most, step, to) in [(100.0, 20.0, 100.0), (61.0, 10.0, 70.0), (6_021.0, 1_000.0, 7_000.0), (0.3, 0.2, 1.0)]
        {
            let scale = Scale::over([0.0, most].into_iter());
            assert!(
                (scale.step - step).abs() < 1e-9 && (scale.to - to).abs() < 1e-9,
                "{most}: {} {}",
                scale.step,
                scale.to
            );
        }
    }

    #[test]
    fn a_chart_names_its_bars_and_ends_what_it_begins() {
        let bar = Bar { name: "A & B".to_owned(), value: 50.0, label: "50 %".to_owned(), mark: Some(60.0) };
        let groups = vec![Group { name: "0 ms".to_owned(), bars: vec![bar] }];
        let drawn = Chart { title: "Title", axis: "%", mark: "wanted", groups }.draw();
        for name in ["svg", "title", "desc", "style", "text"] {
            let begun = drawn.matches(&format!("<{name}")).count();
            assert!(begun > 0 && begun == drawn.matches(&format!("</{name}>")).count(), "{name}: {drawn}");
        }
        assert!(drawn.contains("A &amp; B") && !drawn.contains("A & B"), "{drawn}");
    }
}
