//! All integration tests, one binary: linking is what takes the time.
#![cfg(test)]

mod stop_page;
mod support;
mod tidy;
