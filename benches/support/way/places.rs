//! Who runs on which core.
//!
//! Where the scheduler puts a thread that it wakes weighs more than what a client does: on two
//! virtual cores a bare client's message takes 60 us while all that it wakes happens to stay on one
//! core and 105 to 125 us where one has to be woken from idleness first, and which of the two comes
//! changes with a microsecond of either client (docs/latency.md). So nobody is moved here.

use std::io;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The variable that chooses.
const VARIABLE: &str = "HEART_BENCH_PLACES";

/// Brokers and clients.
#[derive(Clone, Copy, Debug)]
pub enum Places {
    /// All on one core. It has no time to sleep between two hops, so what is measured is work, all
    /// work, and nothing else.
    Together(usize),
    /// Each as if it had a host of its own, asleep until something comes.
    Apart {
        /// The core of the brokers, and of whoever echoes.
        brokers: usize,
        /// The core of everyone else.
        clients: usize,
    },
    /// Wherever the scheduler likes.
    Free,
}

/// Why nobody can be placed.
#[derive(Debug, thiserror::Error)]
pub enum PlacesError {
    /// The kernel does not allow it.
    #[error("a thread cannot be kept on a core: {0}; {VARIABLE}=free leaves it to the scheduler")]
    System(#[from] io::Error),
    /// It takes two.
    #[error("{VARIABLE} is \"apart\", and this process may use one core only")]
    OneCore,
    /// The variable has a value that is none.
    #[error("{VARIABLE} is {0:?}; it knows \"together\", \"apart\" and \"free\"")]
    Unknown(String),
}

impl Places {
    /// What `HEART_BENCH_PLACES` says: `together` (or nothing), `apart` or `free`. From here on this
    /// thread, and what it starts, runs where clients do.
    ///
    /// # Errors
    /// [`PlacesError`]
    pub fn from_surroundings() -> Result<Places, PlacesError> {
        let word = std::env::var_os(VARIABLE).unwrap_or_else(|| "together".into());
        let places = Places::of(&word.to_string_lossy(), cores()?)?;
        if let Places::Together(clients) | Places::Apart { clients, .. } = places {
            keep_on(clients)?;
        }
        Ok(places)
    }

    /// On the first and the last of some cores: neighbours may be two threads of one.
    fn of(word: &str, (first, last): (usize, usize)) -> Result<Places, PlacesError> {
        match word {
            "together" => Ok(Places::Together(last)),
            "apart" if first == last => Err(PlacesError::OneCore),
            "apart" => Ok(Places::Apart { brokers: first, clients: last }),
            "free" => Ok(Places::Free),
            other => Err(PlacesError::Unknown(other.to_owned())),
        }
    }

    /// What is started by `start` runs where brokers do.
    ///
    /// # Errors
    /// The kernel does not allow it.
    pub fn with_brokers<T>(&self, start: impl FnOnce() -> T) -> io::Result<T> {
        let Places::Apart { brokers, clients } = *self else { return Ok(start()) };
        keep_on(brokers)?;
        let started = start();
        keep_on(clients)?;
        Ok(started)
    }
}

impl std::fmt::Display for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Places::Together(core) => write!(f, "together on core {core}"),
            Places::Apart { brokers, clients } => {
                write!(f, "apart, brokers on core {brokers}, clients on core {clients}")
            }
            Places::Free => f.write_str("free, as the scheduler likes"),
        }
    }
}

/// The first and the last core that this thread may use.
fn cores() -> io::Result<(usize, usize)> {
    let allowed = sched_getaffinity(None)?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    // A thread that runs has one.
    let first = cores.next().unwrap_or_default();
    Ok((first, cores.next_back().unwrap_or(first)))
}

/// This thread, and what it starts from now on.
fn keep_on(core: usize) -> io::Result<()> {
    let mut only = CpuSet::new();
    only.set(core);
    Ok(sched_setaffinity(None, &only)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mine() -> Vec<usize> {
        let allowed = sched_getaffinity(None).unwrap();
        (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect()
    }

    #[test]
    fn what_is_started_stays_where_its_kind_has_its_place() {
        // In a thread of its own: those of other tests stay where they are.
        let test = std::thread::spawn(|| {
            let (brokers, clients) = cores().unwrap();
            keep_on(clients).unwrap();
            let places = Places::Apart { brokers, clients };
            let started = places.with_brokers(|| std::thread::spawn(mine)).unwrap();
            assert_eq!(started.join().unwrap(), [brokers]);
            assert_eq!(std::thread::spawn(mine).join().unwrap(), [clients]);
            let started = Places::Together(clients).with_brokers(|| std::thread::spawn(mine));
            assert_eq!(started.unwrap().join().unwrap(), [clients]);
        });
        test.join().unwrap();
    }

    #[test]
    fn left_to_the_scheduler_nobody_is_kept_anywhere() {
        let before = mine();
        assert_eq!(Places::Free.with_brokers(mine).unwrap(), before);
        assert_eq!(mine(), before);
    }

    #[test]
    fn a_word_that_means_nothing_is_refused_and_apart_takes_two_cores() {
        let places = |word, cores| Places::of(word, cores).map(|places| places.to_string());
        assert_eq!(places("together", (0, 3)).unwrap(), "together on core 3");
        let apart = "apart, brokers on core 0, clients on core 3";
        assert_eq!(places("apart", (0, 3)).unwrap(), apart);
        assert!(matches!(places("apart", (2, 2)), Err(PlacesError::OneCore)));
        let refused = places("aprt", (0, 3)).unwrap_err().to_string();
        assert!(refused.contains("HEART_BENCH_PLACES is \"aprt\""), "{refused}");
    }
}
