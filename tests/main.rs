//! All integration tests, one binary: linking is what takes the time.
#![cfg(test)]

mod answers;
mod away;
mod browser;
mod calendars;
mod catcher;
mod check;
mod civil;
mod clockwork;
mod crash;
mod demo;
mod feed;
mod fetch;
mod first_hour;
mod full_disk;
mod gate;
mod import;
mod init;
mod pacing;
mod plan;
mod postgres;
mod preview;
mod race;
mod rehearsal;
mod rendering;
mod schedule;
mod sentences;
mod slow_callers;
mod sixty_days;
mod smtp_faults;
mod stop_page;
mod store;
mod stories;
mod support;
mod tidy;
mod wire;
