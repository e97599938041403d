//! What this process has used, as the kernel counts it.

use anyhow::Context;

/// `VmHWM` of `/proc/self/status`: the peak of its memory, in MB of 1,000,000 bytes.
///
/// # Errors
/// Where there is no `/proc`.
pub fn peak_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("no /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM in /proc")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024.0 / 1e6)
}

/// Begins to look for the peak anew: 5 in `/proc/self/clear_refs`, see `man 5 proc_pid_clear_refs`.
///
/// # Errors
/// Where the kernel doesn't know it.
pub fn forget_peak() -> anyhow::Result<()> {
    std::fs::write("/proc/self/clear_refs", "5").context("no /proc/self/clear_refs")
}

/// Processor time of all threads, in seconds.
///
/// # Errors
/// Where there is no `/proc`.
pub fn cpu_seconds() -> anyhow::Result<f64> {
    cpu_seconds_in("/proc/self/stat")
}

/// Processor time of the thread that asks, in seconds.
///
/// # Errors
/// Where there is no `/proc`.
pub fn thread_cpu_seconds() -> anyhow::Result<f64> {
    cpu_seconds_in("/proc/thread-self/stat")
}

/// `utime` and `stime`, which count in hundredths (`USER_HZ`, see `man 5 proc_pid_stat`).
fn cpu_seconds_in(stat: &str) -> anyhow::Result<f64> {
    let stat = std::fs::read_to_string(stat).with_context(|| format!("no {stat}"))?;
    // The name, in brackets, may hold anything; the fields after it are numbers. `utime` is the 14th of all.
    let (_, fields) = stat.rsplit_once(')').context("no name in what the kernel counts")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}
