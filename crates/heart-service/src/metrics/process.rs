//! What the kernel says about this process.

use std::fmt::Write as _;

use rustix::time::{ClockId, clock_gettime};

/// One reading. A figure that the kernel does not give is left out.
pub(super) struct Process {
    cpu_seconds: f64,
    resident_bytes: Option<u64>,
    threads: Option<u64>,
    open_fds: Option<u64>,
}

impl Process {
    pub(super) fn now() -> Self {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let open_fds = std::fs::read_dir("/proc/self/fd").ok().map(|entries| {
            // The folder itself is open while it is read.
            (entries.count() as u64).saturating_sub(1)
        });
        Process {
            cpu_seconds: cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9,
            resident_bytes: field(&status, "VmRSS:").map(|kib| kib.saturating_mul(1024)),
            threads: field(&status, "Threads:"),
            open_fds,
        }
    }

    pub(super) fn write(&self, started: f64, text: &mut String) {
        let float = |value: f64| Some(format!("{value:.3}"));
        let whole = |value: Option<u64>| value.map(|value| value.to_string());
        let figures = [
            ("cpu_seconds_total", "counter", "Time on processors.", float(self.cpu_seconds)),
            ("resident_memory_bytes", "gauge", "Memory held in RAM.", whole(self.resident_bytes)),
            ("threads", "gauge", "Threads.", whole(self.threads)),
            ("open_fds", "gauge", "Open file descriptors.", whole(self.open_fds)),
            ("start_time_seconds", "gauge", "When it started, since 1970 UTC.", float(started)),
        ];
        for (name, kind, help, figure) in figures {
            let Some(figure) = figure else { continue };
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "# HELP heart_process_{name} {help}\n# TYPE heart_process_{name} {kind}\n\
                 heart_process_{name} {figure}\n"
            );
        }
    }
}

/// The number behind `name` in the manner of proc_pid_status(5).
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let status = "VmHWM:\t  90 kB\nVmRSS:\t   2104 kB\nThreads:\t7\n";
        assert_eq!(field(status, "VmRSS:"), Some(2104));
        assert_eq!(field(status, "Threads:"), Some(7));
        assert_eq!(field(status, "VmSwap:"), None);
    }
}
