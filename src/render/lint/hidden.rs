//! Whether text of an HTML body stands in a preheader: an element that isn't shown, whose text mail programs list beside
//! the subject.

use super::honest::{Opens, opens};

/// Where the reading stands. Tags may be cut by expressions in their attributes.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden {
    /// Elements that are open, from the one that is hidden.
    depth: usize,
    /// A tag that has begun.
    tag: Option<String>,
}

impl Hidden {
    /// Goes on over this text.
    pub(super) fn over(&mut self, text: &str) {
        for c in text.chars() {
            match (c, &mut self.tag) {
                ('>', Some(_)) => {
                    let tag = self.tag.take().unwrap_or_default();
                    self.tag(&tag);
                }
                (_, Some(tag)) => tag.push(c),
                ('<', None) => self.tag = Some(String::new()),
                _ => {}
            }
        }
    }

    /// Whether what comes next is hidden.
    pub(super) const fn is(&self) -> bool {
        self.depth > 0
    }

    fn tag(&mut self, tag: &str) {
        if tag.starts_with('/') {
            self.depth = self.depth.saturating_sub(1);
            return;
        }
        match opens(tag) {
            Opens::Nothing => {}
            _ if self.depth > 0 => self.depth += 1,
            Opens::Hidden => self.depth = 1,
            // So they are called in every template that has one.
            Opens::Shown if tag.to_ascii_lowercase().contains("preheader") => self.depth = 1,
            Opens::Shown => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Hidden;

    fn ends_hidden(pieces: &[&str]) -> bool {
        let mut hidden = Hidden::default();
        for piece in pieces {
            hidden.over(piece);
        }
        hidden.is()
    }

    #[test]
    fn what_stands_in_an_element_that_is_not_shown_is_a_preheader() {
        for hidden in [
            &["<div style=\"display: none\">"][..],
            &["<body><p>A</p><span hidden>"],
            &["<div class=\"preheader\"><b>A</b> "],
            &["<div style=\"max-height:0\"><a href=\"", "\">", "</a>"],
            &["<DIV STYLE='DISPLAY:NONE'><br><img src=\"x\">"],
        ] {
            assert!(ends_hidden(hidden), "{hidden:?}");
        }
        for shown in [
            &["<div style=\"display:block\">"][..],
            &["<div hidden>A</div>"],
            &["<div hidden><b>A</b></div><p>"],
            &["<style>a { display:none } p > b { }</style><p>"],
            &["display:none"],
        ] {
            assert!(!ends_hidden(shown), "{shown:?}");
        }
    }
}
