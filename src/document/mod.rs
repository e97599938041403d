//! Files that people write: TOML with spans, read so that all mistakes are found at once.
