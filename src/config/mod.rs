//! The installation: its files, read as a whole or not at all.
