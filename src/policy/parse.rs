//! Reads `policy.toml` into a policy, or into findings.
