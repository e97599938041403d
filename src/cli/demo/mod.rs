//! The demo: a salon, its customers, and a mail server that delivers to nobody.

pub mod catcher;
