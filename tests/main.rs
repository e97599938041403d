//! All integration tests, one binary: linking is what takes the time.
#![cfg(test)]

mod gate;
mod import;
mod plan;
mod rendering;
mod stop_page;
mod support;
mod tidy;
mod wire;
