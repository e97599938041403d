//! Reads `workflows/*.toml` into workflows, or into findings.
