//! Telephone numbers as people write them, brought to one form so that two writings of one number are equal.
//!
//! Numbers are compared, never dialled: the form is the digits that matter. `06 12 34 56 78`, `+33 6 12 34 56 78`,
//! `0033 (0)6.12.34.56.78` are all `612345678` where the country's calling code is 33. A number of another country keeps
//! its calling code.

/// The shortest national number that is looked for: shorter runs of digits are prices, dates and house numbers.
const DIGITS_MIN: usize = 8;
/// The longest number (E.164: 15 digits), with `00` in front.
const DIGITS_MAX: usize = 17;

/// A number in the form that is compared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Telephone(String);

impl Telephone {
    /// A number that stands alone, such as a field's value. `None` where it has too few or too many digits.
    #[must_use]
    pub fn parse(text: &str, calling_code: &str) -> Option<Self> {
        let text = text.replace("(0)", "");
        let international = text.trim_start().starts_with('+');
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let has_letters = text.chars().any(char::is_alphabetic);
        (!has_letters).then(|| Self::of(&digits, international, calling_code)).flatten()
    }

    /// All that may be a number in a text. Digits that stand in groups are tried in all neighbouring groups, because a
    /// time or a price may stand right before: `14:30 06 12 34 56 78`.
    #[must_use]
    pub fn all_in(text: &str, calling_code: &str) -> Vec<Self> {
        let text = text.replace("(0)", "");
        let mut found = Vec::new();
        for run in text.split(|c: char| !(c.is_ascii_digit() || " .-/+()\u{a0}\u{202f}".contains(c))) {
            let groups: Vec<&str> = run.split(|c: char| !(c.is_ascii_digit() || c == '+')).collect();
            let groups: Vec<&str> = groups.into_iter().filter(|group| !group.is_empty()).collect();
            for start in 0..groups.len() {
                let (mut digits, mut international) = (String::new(), false);
                for (place, group) in groups.iter().skip(start).enumerate() {
                    let bare = group.trim_start_matches('+');
                    if bare.len() != group.len() {
                        // A plus begins a number and never stands within one.
                        if place > 0 {
                            break;
                        }
                        international = true;
                    }
                    digits.push_str(bare);
                    if digits.len() > DIGITS_MAX {
                        break;
                    }
                    found.extend(Self::of(&digits, international, calling_code));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    fn of(digits: &str, international: bool, calling_code: &str) -> Option<Self> {
        let (digits, international) = match digits.strip_prefix("00") {
            Some(rest) if !international => (rest, true),
            _ => (digits, international),
        };
        let national = match digits.strip_prefix(calling_code) {
            Some(rest) if international && !calling_code.is_empty() => rest,
            _ if international => digits,
            // A national number without its trunk zero is a part of one, or none.
            _ => digits.strip_prefix('0')?,
        };
        let digits = national.trim_start_matches('0');
        (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()).then(|| Self(digits.to_owned()))
    }
}

impl std::fmt::Debug for Telephone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Telephone(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Telephone;

    #[test]
    fn one_number_in_many_writings_is_one() {
        let one = Telephone::parse("06 12 34 56 78", "33").unwrap();
        for writing in ["0612345678", "+33 6 12 34 56 78", "0033612345678", "+33 (0)6.12.34.56.78", "06-12-34-56-78"] {
            assert_eq!(Telephone::parse(writing, "33"), Some(one.clone()), "{writing}");
            assert!(Telephone::all_in(&format!("Marie, coupe, {writing} merci"), "33").contains(&one), "{writing}");
            assert!(Telephone::all_in(&format!("45 € 14:30 {writing}"), "33").contains(&one), "{writing}");
        }
        assert_ne!(Telephone::parse("+41 6 12 34 56 78", "33"), Some(one));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "45 €", "12.05.2027", "10:00", "69001 Lyon", "call me"] {
            assert_eq!(Telephone::parse(text, "33"), None, "{text}");
        }
    }
}
