//! Doors for customers: the stop page.
