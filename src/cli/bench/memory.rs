//! This process's peak memory, as the kernel counts it.

use anyhow::Context;

/// `VmHWM` of `/proc/self/status`, in MB of 1,000,000 bytes.
///
/// # Errors
/// Where there is no `/proc`.
pub fn peak_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("no /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM in /proc")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0 / 1e6)
}
