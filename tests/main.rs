//! All integration tests, one binary: linking is what takes the time.
#![cfg(test)]

mod tidy;
