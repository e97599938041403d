//! All integration tests, one binary: linking is what takes the time.
#![cfg(test)]

mod gate;
mod rendering;
mod import;
mod stop_page;
mod support;
mod tidy;
