//! How the public pages look: the business's own colour, by day and by night, and where its logo lies.
//!
//! Promise · Whatever colour a business has, what is written on its pages can be read: WCAG 2.2 (1.4.3) asks for 4.5 to 1 between
//! words and what they stand on. A colour that is too weak is a finding; the words on a button, the colour of a button under the
//! pointer, and the wash behind what is chosen are made from it, and can't be chosen apart.

use std::fmt;

/// Between words and what they stand on (WCAG 2.2, 1.4.3).
pub const CONTRAST_MIN: f64 = 4.5;
/// How much of the colour is in the wash behind what is chosen.
const WASH_PERCENT: u8 = 8;
/// How much of black or white is in a button under the pointer.
const OVER_PERCENT: u8 = 25;

/// `[business.look]`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// The colour of buttons and links. Without it, the pages' own.
    pub accent: Option<Accent>,
    /// The file of the logo, below the installation's folder.
    pub logo: Option<String>,
}

/// A colour, red, green and blue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Colour(pub [u8; 3]);

/// What the pages are drawn on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Paper {
    /// Around the card.
    pub ground: Colour,
    /// The card.
    pub card: Colour,
    /// What makes a colour stand out more from both.
    away: Colour,
}

/// By day. As in `templates/pages/stop.css`; a test holds them together.
pub const DAY: Paper = Paper { ground: Colour([0xf6, 0xf3, 0xee]), card: Colour([0xff; 3]), away: Colour([0; 3]) };
/// By night.
pub const NIGHT: Paper =
    Paper { ground: Colour([0x14, 0x17, 0x1a]), card: Colour([0x1d, 0x22, 0x26]), away: Colour([0xff; 3]) };

/// The colours that come from one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tones {
    /// Buttons and links.
    pub act: Colour,
    /// A button under the pointer.
    pub over: Colour,
    /// Words on a button.
    pub on: Colour,
    /// Behind what is chosen.
    pub wash: Colour,
}

/// The business's colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accent {
    /// On light pages.
    pub by_day: Tones,
    /// On dark ones.
    pub by_night: Tones,
}

impl Colour {
    /// `#7a1f4b`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        let [_, rgb @ ..] = number.to_be_bytes();
        Some(Self(rgb))
    }

    /// "Contrast ratio" in WCAG 2.2.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// "Relative luminance" in WCAG 2.2.
    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126f64.mul_add(r, 0.7152f64.mul_add(g, 0.0722 * b))
    }

    /// With so much of another in it.
    fn with(self, percent: u8, other: Self) -> Self {
        let (of, all) = (u32::from(percent), 100);
        let mut mixed = self.0;
        for (channel, theirs) in mixed.iter_mut().zip(other.0) {
            let sum = u32::from(*channel) * (all - of) + u32::from(theirs) * of;
            *channel = u8::try_from((sum + all / 2) / all).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl Paper {
    /// What comes from a colour on this paper.
    #[must_use]
    pub fn tones(&self, act: Colour) -> Tones {
        let wash = self.card.with(WASH_PERCENT, act);
        let on = if self.away == DAY.away { DAY.card } else { NIGHT.ground };
        Tones { act, over: act.with(OVER_PERCENT, self.away), on, wash }
    }

    /// The least contrast of all that is written in the colour, or on it.
    #[must_use]
    pub fn least_contrast(&self, act: Colour) -> f64 {
        let Tones { over, on, wash, .. } = self.tones(act);
        let pairs = [(act, self.card), (act, self.ground), (act, wash), (on, act), (on, over)];
        pairs.into_iter().map(|(word, paper)| word.contrast(paper)).fold(f64::INFINITY, f64::min)
    }

    /// The colour nearest to this one that is strong enough.
    #[must_use]
    pub fn strong_enough(&self, colour: Colour) -> Colour {
        let mixed = (0..=100).map(|percent| colour.with(percent, self.away));
        mixed.into_iter().find(|mixed| self.least_contrast(*mixed) >= CONTRAST_MIN).unwrap_or(self.away)
    }
}

impl Accent {
    /// From colours that are strong enough; where there is only one, the other is the nearest to it that is.
    #[must_use]
    pub fn of(by_day: Option<Colour>, by_night: Option<Colour>) -> Option<Self> {
        let either = by_day.or(by_night)?;
        let on =
            |paper: Paper, colour: Option<Colour>| paper.tones(colour.unwrap_or_else(|| paper.strong_enough(either)));
        Some(Self { by_day: on(DAY, by_day), by_night: on(NIGHT, by_night) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some of each kind: grey, strong, pale, and between.
    fn colours() -> impl Iterator<Item = Colour> {
        let steps = [0u8, 0x33, 0x7a, 0xb0, 0xff];
        steps
            .into_iter()
            .flat_map(move |r| steps.into_iter().flat_map(move |g| steps.into_iter().map(move |b| Colour([r, g, b]))))
    }

    #[test]
    fn any_colour_has_one_near_it_that_can_be_read_by_day_and_one_by_night() {
        for colour in colours() {
            for paper in [DAY, NIGHT] {
                let strong = paper.strong_enough(colour);
                assert!(paper.least_contrast(strong) >= CONTRAST_MIN, "{colour} {strong}");
                if paper.least_contrast(colour) >= CONTRAST_MIN {
                    assert_eq!(strong, colour);
                }
            }
        }
    }

    #[test]
    fn what_else_stands_on_the_wash_can_be_read_with_any_colour() {
        let words = |text| Colour::parse(text).unwrap();
        for colour in colours() {
            let accent = Accent::of(Some(DAY.strong_enough(colour)), None).unwrap();
            // Words, in `--ink`; signs, in `--good` and `--bad`, for which WCAG 1.4.11 asks for 3 to 1.
            for (word, wash, least) in [
                ("#24211d", accent.by_day.wash, 4.5),
                ("#1c7a4d", accent.by_day.wash, 3.0),
                ("#a2431c", accent.by_day.wash, 3.0),
                ("#eceae6", accent.by_night.wash, 4.5),
                ("#74d3a0", accent.by_night.wash, 3.0),
                ("#f0a27d", accent.by_night.wash, 3.0),
            ] {
                let contrast = words(word).contrast(wash);
                assert!(contrast >= least, "{word} on {wash}, from {colour}: {contrast}");
            }
        }
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits_behind_a_sharp() {
        assert_eq!(Colour::parse("#7A1f4b").unwrap().to_string(), "#7a1f4b");
        for text in ["7a1f4b", "#7a1", "#7a1f4g", "#+a1f4b", "red", "#7a1f4b00", "#é1f4b", ""] {
            assert_eq!(Colour::parse(text), None, "{text}");
        }
        assert!((Colour([0; 3]).contrast(Colour([0xff; 3])) - 21.0).abs() < 1e-9);
    }
}
