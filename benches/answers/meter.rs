//! CPU time of another process, to the nanosecond, from the scheduler's own account.

use std::fs;

use anyhow::{Context as _, ensure};

/// Nanoseconds that all threads of process `pid` have been running. Threads that ended are not
/// counted, so measure while the pool of workers stands.
pub(super) fn cpu_nanos(pid: u32) -> anyhow::Result<u64> {
    let mut total = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let path = thread?.path().join("schedstat");
        // A thread may end between the listing and the reading.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let nanos = text.split_whitespace().next().context("an empty schedstat")?;
        total += nanos.parse::<u64>()?;
    }
    ensure!(total > 0, "this kernel keeps no schedstat for process {pid}");
    Ok(total)
}

/// The processes that `pid` started.
pub(super) fn children(pid: u32) -> anyhow::Result<Vec<u32>> {
    let mut found = Vec::new();
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(thread?.path().join("children"))?;
        found.extend(text.split_whitespace().filter_map(|word| word.parse::<u32>().ok()));
    }
    Ok(found)
}
