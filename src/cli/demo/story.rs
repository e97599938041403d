//! Which business the demo plays, what comes in on its first morning, and what is its own about its days.

use super::{salon, shop};

/// See the module.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Story {
    /// A salon that reminds people of their visits.
    Salon,
    /// A shop that recommends, to those who agreed to it.
    Shop,
}

/// A file that comes in on the first morning: what it holds, where it lies, and what its rows are called.
pub type Coming = (&'static str, &'static str, &'static str);

impl Story {
    /// Path and text of each of its files.
    pub fn files(self) -> Box<dyn Iterator<Item = (&'static str, &'static str)>> {
        match self {
            Self::Salon => Box::new(salon::FILES.iter().copied()),
            Self::Shop => Box::new(shop::files()),
        }
    }

    /// From whom its mail comes.
    #[must_use]
    pub const fn sender(self) -> (&'static str, &'static str) {
        match self {
            Self::Salon => ("reminders", "salon.example"),
            Self::Shop => ("hello", "verveine.example"),
        }
    }

    /// Where it is.
    #[must_use]
    pub const fn place(self) -> &'static str {
        match self {
            Self::Salon => "Lyon",
            Self::Shop => "Nyons",
        }
    }

    /// What comes in on the first morning.
    #[must_use]
    pub const fn comes(self) -> &'static [Coming] {
        match self {
            Self::Salon => &[
                ("customers", "samples/customers.csv", "customers"),
                ("appointments", "samples/appointments.csv", "visits"),
            ],
            Self::Shop => &[
                ("products", "products.csv", "products"),
                ("customers", "customers.csv", "customers"),
                ("purchases", "purchases.csv", "purchases"),
            ],
        }
    }

    /// What is done with what came in.
    #[must_use]
    pub const fn promise(self) -> &'static str {
        match self {
            Self::Salon => "Each reminder passes the gate: consent, quiet hours, caps. Time flies:",
            Self::Shop => {
                "Only purchases of those who agreed are looked at. Each message passes the gate: consent, quiet hours, caps."
            }
        }
    }

    /// What the visitor may try with a customer's letter.
    #[must_use]
    pub fn invitation(self, customer: &str) -> [String; 2] {
        match self {
            Self::Salon => [
                format!("Try it: open the letter to {customer} and press its stop link; then press Enter here."),
                "A day passes, and this customer's next reminder does not leave. Ctrl-C ends the demo.".to_owned(),
            ],
            Self::Shop => [
                format!(
                    "Try it: open the letter to {customer} and press \"Not interested?\" at a product, and again on the page."
                ),
                "The next list, two weeks on, does without it: press Enter for each day. Ctrl-C ends the demo."
                    .to_owned(),
            ],
        }
    }
}
