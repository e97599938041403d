//! A draw: a number that is one customer's own for one workflow, the same each time, and chance to whoever has no key.

use super::{Handle, keys::Keyring, sealed::mac};

/// How many numbers there are: a hundredth of a percent each.
pub const NUMBERS: u16 = 10_000;

/// The customer's number, below [`NUMBERS`]. What is left over when 2⁶⁴ is divided by them favours none by more than one in
/// 10¹⁵.
#[must_use]
pub fn draw(keys: &Keyring, customer: Handle, workflow: &str) -> u16 {
    let tag = mac(keys.draw(), &[&customer.0, workflow.as_bytes()]);
    let first = tag.first_chunk::<8>().copied().unwrap_or_default();
    u16::try_from(u64::from_be_bytes(first) % u64::from(NUMBERS)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(master: u8) -> Keyring {
        Keyring::derive(&[master; 32])
    }

    fn customers() -> impl Iterator<Item = Handle> {
        (0_u128..20_000).map(|number| Handle(number.to_be_bytes()))
    }

    #[test]
    fn a_customers_number_stays_theirs_and_says_nothing_about_another_workflow_or_house() {
        let part = |keys: &Keyring, workflow: &str| -> Vec<Handle> {
            customers().filter(|customer| draw(keys, *customer, workflow) < NUMBERS / 20).collect()
        };
        let one = part(&keys(1), "tips");
        assert_eq!(one, part(&keys(1), "tips"));
        assert!((900..1100).contains(&one.len()), "a twentieth of 20,000: {}", one.len());
        for other in [part(&keys(1), "birthday"), part(&keys(2), "tips")] {
            let both = other.iter().filter(|customer| one.contains(customer)).count();
            assert!((20..90).contains(&both), "a twentieth of a twentieth: {both}");
        }
    }
}
