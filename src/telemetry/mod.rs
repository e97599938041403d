//! Logs: text for people, JSON for machines, ids in both.
