//! Lines that a child process says, as they come.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Wide: it only ends a test that has failed anyway.
pub const BOUND: Duration = Duration::from_secs(60);

/// What a child says. Read by a thread of its own, so that the child never waits for us.
pub struct Lines {
    from: Receiver<String>,
    /// Everything heard so far, for messages.
    pub heard: Vec<String>,
}

impl Lines {
    pub fn of(pipe: impl Read + Send + 'static) -> Lines {
        let (to, from) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                if to.send(line).is_err() {
                    return;
                }
            }
        });
        Lines { from, heard: Vec::new() }
    }

    /// Waits for the first line from now on of which `pick` makes something.
    #[track_caller]
    pub fn find<T>(&mut self, what: &str, pick: impl Fn(&str) -> Option<T>) -> T {
        let until = Instant::now() + BOUND;
        loop {
            let rest = until.saturating_duration_since(Instant::now());
            let Ok(line) = self.from.recv_timeout(rest) else {
                panic!("no {what} within {BOUND:?}; heard:\n{}", self.heard.join("\n"));
            };
            let picked = pick(&line);
            self.heard.push(line);
            if let Some(picked) = picked {
                return picked;
            }
        }
    }

    /// Everything up to the end of the pipe.
    pub fn rest(&mut self) -> &[String] {
        while let Ok(line) = self.from.recv_timeout(BOUND) {
            self.heard.push(line);
        }
        &self.heard
    }
}

/// Asks `question` until it has an answer.
#[track_caller]
pub fn until<T>(what: &str, mut question: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + BOUND;
    while Instant::now() < end {
        if let Some(answer) = question() {
            return answer;
        }
        // Between two questions the two cores belong to those who are asked.
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("no {what} within {BOUND:?}");
}
