//! The rounds: both sides in turns, until each benchmark is told or the rounds are used up.
//!
//! A round of a benchmark measures `old new new old` or `new old old new`, which of the two by a
//! coin, and takes the lower of a side's two times. Four neighbouring times share what the machine
//! does for longer than a second, the turned order cancels what rises or falls, and the lower time
//! is the less disturbed one. The coin makes the false alarms exact: were both sides the same
//! program, each ratio would be above 1 as often as below it, independently of all others,
//! whatever the noise looks like and however it lasts.
//!
//! It knows neither processes nor clocks: `measure` does.

use crate::judge::{Chances, Judgement, Rule, Verdict};
use crate::order::{median, sorted};

/// What is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// What was.
    Old,
    /// What is to be judged.
    New,
}

/// One benchmark's times so far.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Criterion's id.
    pub id: String,
    old_ns: Vec<f64>,
    new_ns: Vec<f64>,
}

/// Rounds at most, and the rule.
#[derive(Clone, Copy, Debug)]
pub struct Trial {
    /// What is too slow.
    pub rule: Rule,
    /// Rounds at most; a multiple of 4. Each benchmark is judged after a quarter of them, those
    /// that are unclear after half, and what then remains after all.
    pub rounds: usize,
    /// Benchmarks in it.
    pub ids: usize,
}

/// A fair coin (splitmix64): its seed is printed, so that an order can be had again.
pub struct Coin(pub u64);

const LOOKS: usize = 3;

impl Measured {
    /// Of a benchmark that was not measured yet.
    pub fn new(id: String) -> Self {
        Measured { id, ..Measured::default() }
    }

    /// Rounds so far.
    pub fn rounds(&self) -> usize {
        self.old_ns.len()
    }

    /// Median time of the old and of the new side, in nanoseconds of one iteration.
    pub fn medians_ns(&self) -> [f64; 2] {
        [&self.old_ns, &self.new_ns].map(|times| median(&sorted(times.iter().copied())))
    }

    fn ratios(&self) -> Vec<f64> {
        self.new_ns.iter().zip(&self.old_ns).map(|(new, old)| new / old).collect()
    }
}

impl Trial {
    /// Measures and judges. `measure` gives nanoseconds of one iteration of the benchmark on that
    /// side; `told` hears after each look how many rounds there were and how many benchmarks go on.
    ///
    /// # Errors
    /// The first one of `measure`.
    pub fn run<E>(
        &self,
        ids: Vec<String>,
        coin: &mut Coin,
        mut measure: impl FnMut(&str, Side) -> Result<f64, E>,
        mut told: impl FnMut(usize, usize),
    ) -> Result<Vec<(Measured, Judgement)>, E> {
        let mut all: Vec<_> = ids.into_iter().map(Measured::new).collect();
        for look in [self.rounds / 4, self.rounds / 2, self.rounds] {
            let open = |m: &&mut Measured| self.judge(m).verdict == Verdict::Unclear;
            let mut open: Vec<_> = all.iter_mut().filter(open).collect();
            while open.first().is_some_and(|measured| measured.rounds() < look) {
                for measured in &mut open {
                    let [old, new] = round(&measured.id, coin, &mut measure)?;
                    measured.old_ns.push(old);
                    measured.new_ns.push(new);
                }
            }
            let unclear = open.iter().filter(|m| self.judge(m).verdict == Verdict::Unclear).count();
            told(look, unclear);
            if unclear == 0 {
                break;
            }
        }
        Ok(all.into_iter().map(|measured| (measured.clone(), self.judge(&measured))).collect())
    }

    fn judge(&self, measured: &Measured) -> Judgement {
        self.rule.judge(&measured.ratios(), Chances { ids: self.ids, looks: LOOKS })
    }
}

impl Coin {
    fn turn(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn heads(&mut self) -> bool {
        self.turn() >> 63 == 1
    }
}

/// One round of one benchmark: the lower time of each side.
fn round<E>(
    id: &str,
    coin: &mut Coin,
    measure: &mut impl FnMut(&str, Side) -> Result<f64, E>,
) -> Result<[f64; 2], E> {
    let [outer, inner] = if coin.heads() { [Side::Old, Side::New] } else { [Side::New, Side::Old] };
    let first = measure(id, outer)?;
    let inner_ns = measure(id, inner)?.min(measure(id, inner)?);
    let outer_ns = first.min(measure(id, outer)?);
    Ok(if outer == Side::Old { [outer_ns, inner_ns] } else { [inner_ns, outer_ns] })
}

#[cfg(test)]
mod tests;
