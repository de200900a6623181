//! The judgement over one benchmark: slower, fine, or not to be told.
//!
//! Judged is the *ratio* new / old against a limit, by a distribution-free interval of its median
//! ([`crate::order`]). Slower: the whole interval lies above the limit. Fine: it lies below. Else
//! nothing is claimed.

use serde::Serialize;

use crate::order::{interval, median, sorted};

/// What is too slow, and how often the gate may be wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The largest ratio new / old that is let pass; above 1.
    pub limit: f64,
    /// How often a whole run may call anything slower whose true ratio is at most the limit.
    pub false_alarm: f64,
    /// How often one benchmark whose true ratio is above the limit may be called fine.
    pub miss: f64,
}

/// How many judgements share the rule's errors (Bonferroni): whichever of them is wrong, the run
/// is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chances {
    /// Benchmarks in this run.
    pub ids: usize,
    /// Times that each may be judged.
    pub looks: usize,
}

/// What is said of a benchmark.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The true ratio is above the limit.
    Slower,
    /// The true ratio is not above the limit.
    Fine,
    /// Noise hides on which side of the limit it is.
    Unclear,
}

/// A verdict and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// The median ratio new / old.
    pub ratio: f64,
    /// Lower end of the interval; 0 where values are too few.
    pub low: f64,
    /// Upper end; infinite where values are too few.
    pub high: f64,
    /// What follows.
    pub verdict: Verdict,
}

impl Default for Rule {
    fn default() -> Self {
        Rule { limit: 1.10, false_alarm: 0.01, miss: 0.01 }
    }
}

impl Rule {
    /// Judges the ratios of rounds in which both sides were measured.
    pub fn judge(&self, ratios: &[f64], chances: Chances) -> Judgement {
        let ratios = sorted(ratios.iter().copied());
        let [below, above] = self.errors(chances);
        let (low, high) = interval(&ratios, below, above);
        self.of_interval(median(&ratios), low, high)
    }

    /// The errors of a lower and an upper end that keep the rule's.
    pub fn errors(&self, chances: Chances) -> [f64; 2] {
        let (ids, looks) = (chances.ids.max(1) as f64, chances.looks.max(1) as f64);
        [self.false_alarm / ids / looks, self.miss / looks]
    }

    /// What an interval says.
    pub fn of_interval(&self, ratio: f64, low: f64, high: f64) -> Judgement {
        let verdict = if low > self.limit {
            Verdict::Slower
        } else if high <= self.limit {
            Verdict::Fine
        } else {
            Verdict::Unclear
        };
        Judgement { ratio, low, high, verdict }
    }

    /// How many rounds would tell, by the square-root law, where so many did not. `None` if the
    /// ratio is so near the limit that not even a hundred times as many would.
    pub fn rounds_to_tell(&self, judgement: &Judgement, rounds: usize) -> Option<usize> {
        let Judgement { ratio, low, high, .. } = *judgement;
        let end = if ratio > self.limit { low } else { high };
        let (half, distance) = ((end / ratio).ln().abs(), (ratio / self.limit).ln().abs());
        if !half.is_finite() {
            return Some(rounds * 2);
        }
        // A quarter more than the law says, since the width is a guess too.
        let times = 1.25 * (half / distance).powi(2);
        (times <= 100.0).then(|| (rounds as f64 * times).ceil() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALONE: Chances = Chances { ids: 1, looks: 1 };

    #[test]
    fn only_an_interval_beyond_the_limit_is_a_verdict() {
        let rule = Rule::default();
        let verdict = |ratios: &[f64]| rule.judge(ratios, ALONE).verdict;
        assert_eq!(verdict(&[1.2; 10]), Verdict::Slower);
        assert_eq!(verdict(&[1.0; 10]), Verdict::Fine);
        assert_eq!(verdict(&[0.5; 10]), Verdict::Fine);
        // The limit itself is let pass.
        assert_eq!(verdict(&[1.10; 10]), Verdict::Fine);
        // Ten rounds: each of them must agree. Three are no evidence at all.
        assert_eq!(verdict(&[&[1.2; 9][..], &[1.0]].concat()), Verdict::Unclear);
        assert_eq!(verdict(&[2.0; 3]), Verdict::Unclear);
        assert_eq!(verdict(&[]), Verdict::Unclear);
    }

    #[test]
    fn more_judgements_ask_for_more_evidence() {
        let rule = Rule::default();
        let ratios = [&[1.2; 15][..], &[1.0]].concat();
        assert_eq!(rule.judge(&ratios, ALONE).verdict, Verdict::Slower);
        let many = Chances { ids: 16, looks: 3 };
        assert_eq!(rule.judge(&ratios, many).verdict, Verdict::Unclear);
    }

    #[test]
    fn rounds_to_tell_follow_the_noise_and_the_distance() {
        let rule = Rule::default();
        let unclear = |ratio, low, high| rule.of_interval(ratio, low, high);
        let near = rule.rounds_to_tell(&unclear(1.12, 1.02, 1.20), 64).unwrap();
        let far = rule.rounds_to_tell(&unclear(1.20, 1.09, 1.30), 64).unwrap();
        assert!(near > far && far > 64, "{near} {far}");
        assert_eq!(rule.rounds_to_tell(&unclear(1.10, 1.0, 1.2), 64), None);
        assert_eq!(rule.rounds_to_tell(&unclear(1.3, 0.0, f64::INFINITY), 8), Some(16));
    }
}
