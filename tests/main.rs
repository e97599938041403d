//! All integration tests, one binary: linking is what takes the time.
#![cfg(test)]

mod civil;
mod catcher;
mod gate;
mod import;
mod pacing;
mod plan;
mod postgres;
mod rendering;
mod smtp_faults;
mod sentences;
mod stop_page;
mod store;
mod support;
mod tidy;
mod wire;
