//! Data in: rows of files become customers and records.
