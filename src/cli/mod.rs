//! Doors for the business: the commands.
