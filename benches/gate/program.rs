//! A built bench: lists its benchmarks and measures one of them, each time in a new process.
//!
//! A new process each time, since where it lies in memory is part of the noise, and the same for
//! all times of one process.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::baseline::is_ours;
use crate::fault::Fault;
use crate::order::lower_quartile;
use crate::sample;

/// An executable of criterion's.
#[derive(Clone, Debug)]
pub struct Program {
    name: String,
    executable: PathBuf,
    folder: PathBuf,
    home: PathBuf,
}

/// How long one benchmark is measured in one process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Seconds before times count.
    pub warm_up_s: f64,
    /// Seconds of all samples together.
    pub measurement_s: f64,
    /// Criterion's samples in it; at least 10.
    pub samples: usize,
}

/// Short samples, of some tens of microseconds to two milliseconds: below a time slice of the
/// scheduler, so that many are whole even where both cores are taken.
impl Default for Pace {
    fn default() -> Self {
        Pace { warm_up_s: 0.02, measurement_s: 0.05, samples: 40 }
    }
}

/// A process that takes so much longer than it was asked for is ended.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether a process has ended.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// Resamples of criterion's own statistics, which are not read.
const RESAMPLES: &str = "1001";
/// Bytes of a failed process's words that are shown.
const BYTES_SHOWN: usize = 2_000;

impl Program {
    /// What people call it, the executable, the folder to run it in, and a criterion home of its
    /// own, which is made and emptied.
    pub fn new(name: String, executable: PathBuf, folder: PathBuf, home: PathBuf) -> Self {
        Program { name, executable, folder, home }
    }

    /// The ids of ours.
    ///
    /// # Errors
    /// It does not run, or prints ratios whatever it is asked for.
    pub fn ids(&self) -> Result<Vec<String>, Fault> {
        let text = self.run(&["--list", "--format", "terse"], PATIENCE)?;
        if text.lines().any(|line| line.starts_with("RATIO ")) {
            let program = &self.name;
            return Err(Fault::Nothing(format!(
                "{program} is of before the gate: it takes its ratios whatever it is asked for, \
                 which would take hours here; name a later revision"
            )));
        }
        let id = |line: &str| line.strip_suffix(": benchmark").map(str::to_owned);
        Ok(text.lines().filter_map(id).filter(|id| is_ours(id)).collect())
    }

    /// Nanoseconds of one iteration: the lower quartile of criterion's samples, which half of them
    /// may be disturbed without moving.
    ///
    /// # Errors
    /// It does not run, or leaves no such sample.
    pub fn measure(&self, id: &str, pace: &Pace) -> Result<f64, Fault> {
        let Pace { warm_up_s, measurement_s, samples } = pace;
        let [warm_up, measurement] = [warm_up_s, measurement_s].map(|s| s.to_string());
        let samples = samples.to_string();
        let args = [
            "--exact",
            id,
            "--warm-up-time",
            &warm_up,
            "--measurement-time",
            &measurement,
            "--sample-size",
            &samples,
            "--nresamples",
            RESAMPLES,
        ];
        let asked = Duration::from_secs_f64(warm_up_s + measurement_s);
        self.run(&args, PATIENCE + asked * 10)?;
        let found = sample::baseline(&self.home, "new")?;
        match found.as_slice() {
            [sample] if sample.id == id => Ok(lower_quartile(&sample.sorted_ns)),
            found => {
                let ids: Vec<_> = found.iter().map(|sample| &sample.id).collect();
                let program = &self.name;
                Err(Fault::Data(format!("{program}: asked for {id}, it measured {ids:?}")))
            }
        }
    }

    /// Runs it in an empty home and gives what it printed.
    fn run(&self, args: &[&str], patience: Duration) -> Result<String, Fault> {
        let home = &self.home;
        match fs::remove_dir_all(home) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Fault::io("empty", home, error));
            }
            _ => fs::create_dir_all(home).map_err(|error| Fault::io("make", home, error))?,
        }
        let [out, err] = ["out.txt", "err.txt"].map(|name| home.join(name));
        let file =
            |path: &Path| File::create(path).map_err(|error| Fault::io("write", path, error));
        let mut command = Command::new(&self.executable);
        command.arg("--bench").args(args).args(["--color", "never"]);
        command.current_dir(&self.folder).env("CRITERION_HOME", home);
        command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&err)?);
        let ended =
            wait(command, patience).map_err(|error| Fault::io("run", &self.executable, error))?;
        let text = |path| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let said = text(&err).unwrap_or_default();
        match ended {
            Some(true) => text(&out).map_err(|error| Fault::io("read", &out, error)),
            failed => {
                let program = &self.name;
                let how = if failed.is_some() { "fails" } else { "does not end" };
                let shown = said.chars().take(BYTES_SHOWN).collect::<String>();
                Err(Fault::Data(format!("{program} {args:?} {how}:\n{shown}")))
            }
        }
    }
}

/// Whether it succeeded; none if it did not end in time and was killed.
fn wait(mut command: Command, patience: Duration) -> io::Result<Option<bool>> {
    let mut child = command.spawn()?;
    let began = Instant::now();
    while began.elapsed() < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        thread::sleep(LOOK_EVERY);
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that does what a bench would do, in shell.
    fn program(name: &str, script: &str) -> Program {
        let folder = std::env::temp_dir().join(format!("heart-gate-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let executable = folder.join("bench");
        // Written by another process: were it open for writing here while another test starts its
        // program, that one would inherit it, and this could not be run.
        let write = "printf '#!/bin/sh\n%s\n' \"$1\" >\"$2\" && chmod +x \"$2\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", write, "sh", script]).arg(&executable);
        assert!(shell.status().unwrap().success());
        Program::new(name.to_owned(), executable, folder.clone(), folder.join("home"))
    }

    fn forget(program: &Program) {
        fs::remove_dir_all(&program.folder).unwrap();
    }

    /// Leaves a sample as criterion does, of four times whose lower quartile is 10 ns.
    const MEASURES: &str = r#"
        mkdir -p "$CRITERION_HOME/c/x/new" "$CRITERION_HOME/c/x/base"
        echo '{"full_id":"c/heart/decode/knob"}' >"$CRITERION_HOME/c/x/new/benchmark.json"
        echo '{"iters":[1,2,3,4],"times":[10,400,33,80]}' >"$CRITERION_HOME/c/x/new/sample.json""#;

    #[test]
    fn ours_are_listed() {
        let list = "printf '%s: benchmark\\n' c/heart/decode/knob c/json/decode/knob";
        let bench = program("lists", list);
        assert_eq!(bench.ids().unwrap(), ["c/heart/decode/knob"]);
        forget(&bench);
    }

    #[test]
    fn a_bench_of_before_the_gate_is_refused() {
        let bench = program("before", "echo 'RATIO c/decode/knob: json / heart = 2.00'");
        let fault = bench.ids().unwrap_err();
        assert!(fault.code() == 66 && fault.to_string().contains("before the gate"), "{fault}");
        forget(&bench);
    }

    #[test]
    fn the_lower_quartile_is_measured_and_only_what_was_asked_for() {
        let bench = program("measures", MEASURES);
        let pace = Pace::default();
        assert_eq!(bench.measure("c/heart/decode/knob", &pace).unwrap(), 10.0);
        let fault = bench.measure("c/heart/decode/text", &pace).unwrap_err().to_string();
        assert!(fault.contains("c/heart/decode/text"), "{fault}");
        forget(&bench);
    }

    #[test]
    fn what_an_earlier_process_left_is_not_taken_for_the_times_of_this_one() {
        let bench = program("stale", &format!("[ -e once ] && exit 0; touch once\n{MEASURES}"));
        assert!(bench.measure("c/heart/decode/knob", &Pace::default()).is_ok());
        let fault = bench.measure("c/heart/decode/knob", &Pace::default()).unwrap_err();
        assert!(fault.to_string().contains("it measured []"), "{fault}");
        forget(&bench);
    }

    #[test]
    fn a_bench_that_fails_is_quoted() {
        let bench = program("fails", "echo 'thread main panicked' >&2; exit 101");
        let fault = bench.measure("c/heart/decode/knob", &Pace::default()).unwrap_err();
        let text = fault.to_string();
        assert!(
            text.contains("fails") && text.contains("panicked") && fault.code() == 65,
            "{text}"
        );
        forget(&bench);
    }

    #[test]
    fn a_bench_that_does_not_end_is_ended() {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do :; done"]);
        assert_eq!(wait(command, Duration::from_millis(50)).unwrap(), None);
    }
}
