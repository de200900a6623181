//! What processes cost, as the kernel counts it.

use std::time::Duration;

use serde::Serialize;

/// What the kernel counts a second of processor time in for programs, on x86, ARM and RISC-V
/// (proc_pid_stat(5), `sysconf(_SC_CLK_TCK)`).
const USER_HZ: f64 = 100.0;

/// A process or a group of them, under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// The name in the table.
    pub name: String,
    who: Who,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Process(u32),
    /// All of a process group: a broker may be a script and what that starts.
    Group(u32),
}

/// Cost of a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Whose.
    pub name: String,
    /// Of one core, per cent; null if it was not there all the time.
    pub cpu_percent: Option<f64>,
    /// Memory in RAM at the end of the span, MiB; null if it is gone.
    pub rss_mib: Option<f64>,
}

/// The kernel's counters at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Reading {
    ticks: Option<u64>,
    rss_kib: Option<u64>,
}

impl Watched {
    /// This very process.
    pub(super) fn own() -> Watched {
        Watched { name: "this process".to_owned(), who: Who::Process(std::process::id()) }
    }

    pub(super) fn group(name: &str, leader: u32) -> Watched {
        Watched { name: name.to_owned(), who: Who::Group(leader) }
    }

    /// Reads `NAME=PID`.
    ///
    /// # Errors
    /// Says what it should have been.
    pub fn parse(text: &str) -> Result<Watched, String> {
        let (name, pid) = text.split_once('=').ok_or("it has to be NAME=PID")?;
        let pid = pid.parse().map_err(|_| format!("{pid:?} is no process id"))?;
        if !std::path::Path::new(&format!("/proc/{pid}")).exists() {
            return Err(format!("there is no process {pid}"));
        }
        Ok(Watched { name: name.to_owned(), who: Who::Process(pid) })
    }

    pub(super) fn read(&self) -> Reading {
        match self.who {
            Who::Process(pid) => one(pid),
            Who::Group(group) => {
                let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
                let pids = entries.filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
                let of_it = |pid: &u32| stat(*pid).is_some_and(|stat| stat.group == group);
                pids.filter(of_it).map(one).fold(Reading::default(), Reading::plus)
            }
        }
    }

    /// What it cost from `before` to now, `span` later.
    pub(super) fn cost(&self, before: Reading, span: Duration) -> Cost {
        let now = self.read();
        let ticks = before.ticks.zip(now.ticks).and_then(|(a, b)| b.checked_sub(a));
        let cpu = ticks.map(|ticks| ticks as f64 / USER_HZ / span.as_secs_f64() * 100.0);
        Cost {
            name: self.name.clone(),
            cpu_percent: cpu.map(tenths),
            rss_mib: now.rss_kib.map(|kib| tenths(kib as f64 / 1024.0)),
        }
    }
}

impl Reading {
    fn plus(self, other: Reading) -> Reading {
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        Reading { ticks: sum(self.ticks, other.ticks), rss_kib: sum(self.rss_kib, other.rss_kib) }
    }
}

fn one(pid: u32) -> Reading {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let rss_kib = rss.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    Reading { ticks: stat(pid).map(|stat| stat.ticks), rss_kib }
}

struct Stat {
    group: u32,
    ticks: u64,
}

fn stat(pid: u32) -> Option<Stat> {
    read_stat(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// proc_pid_stat(5): the name may hold anything, so count from the last parenthesis.
fn read_stat(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    Some(Stat { group: u32::try_from(number(5)?).ok()?, ticks: number(14)? + number(15)? })
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_moves_no_field() {
        let text = "12 (a b) c) S 1 77 12 0 -1 4194560 1 2 3 4 100 23 0 0 20 0 1 0 5 6 7";
        let stat = read_stat(text).map(|stat| (stat.group, stat.ticks));
        assert_eq!(stat, Some((77, 123)));
        assert!(read_stat("12 (a").is_none() && read_stat("").is_none());
    }

    #[test]
    fn this_process_is_read_alone_and_in_its_group() {
        let own = Watched::own();
        let before = own.read();
        assert!(before.rss_kib > Some(1000) && before.ticks.is_some());
        let cost = own.cost(before, Duration::from_secs(1));
        assert!(cost.rss_mib > Some(1.0) && cost.cpu_percent >= Some(0.0), "{cost:?}");
        let stat = stat(std::process::id());
        let group = Watched::group("all", stat.map(|stat| stat.group).unwrap_or_default()).read();
        assert!(group.rss_kib >= before.rss_kib);
    }

    #[test]
    fn a_pid_is_read_with_its_name_and_a_wrong_one_is_told() {
        let own = std::process::id();
        let watched = Watched::parse(&format!("broker={own}"));
        assert_eq!(watched.map(|watched| watched.name), Ok("broker".to_owned()));
        for (text, word) in [("12", "NAME=PID"), ("a=b", "no process id"), ("a=0", "no process 0")]
        {
            let error = Watched::parse(text).err();
            assert!(error.as_ref().is_some_and(|error| error.contains(word)), "{error:?}");
        }
    }
}
