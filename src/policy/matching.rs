//! How a visit finds its customer where the calendar names no attendee: `[matching]` of `policy.toml`.

use crate::people::Means;

/// What may be used, and where customers' telephones and names stand.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Matching {
    /// The means that may be used. None: attendees alone.
    pub by: Vec<Means>,
    /// The customers' field that holds their telephone number.
    pub telephone: Option<String>,
    /// The customers' field that holds their first name.
    pub first_name: Option<String>,
    /// The customers' field that holds their last name.
    pub last_name: Option<String>,
    /// The country's calling code, such as `33`: so that `06 12…` and `+33 6 12…` are one number. Empty for none.
    pub calling_code: String,
}
