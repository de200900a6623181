//! Times and ratios of one run.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds of [`time`], unless they would take too long; odd, so that the median is one of them.
const ROUNDS: usize = 401;
/// Fewest rounds, however long they take.
const ROUNDS_MIN: usize = 31;
/// Length of a round: far below a time slice of the scheduler, so that most rounds are not cut by
/// another program even where both cores are taken.
const ROUND: Duration = Duration::from_micros(100);
/// How long all rounds of all ways may take together.
const BUDGET: Duration = Duration::from_secs(2);
/// Tries at finding how many calls a round holds; the fastest counts.
const TRIES: usize = 5;

/// Nanoseconds of one call of each way, at the median of 401 rounds of 100 us. The ways take
/// turns, so that a machine that is slow for a while is slow for all of them.
pub fn time<const N: usize>(ways: [&mut dyn FnMut(); N]) -> [f64; N] {
    let mut ways = ways.map(|way| {
        move |calls: u32| {
            let began = Instant::now();
            for _ in 0..calls {
                black_box(&mut *way)();
            }
            began.elapsed()
        }
    });
    time_prepared(ways.each_mut().map(|way| way as &mut dyn FnMut(u32) -> Duration))
}

/// The same for ways that hold the watch themselves, because what they prepare does not count:
/// each makes so many calls and says how long they took. Of calls that take milliseconds there
/// are fewer rounds, down to 31.
pub fn time_prepared<const N: usize>(mut ways: [&mut dyn FnMut(u32) -> Duration; N]) -> [f64; N] {
    let rounds_of = ways.each_mut().map(|way| calls_of_a_round(way));
    let together: Duration = rounds_of.iter().map(|(_, took)| *took).sum();
    let fit = BUDGET.as_nanos() / together.as_nanos().max(1);
    let rounds = usize::try_from(fit).unwrap_or(ROUNDS).clamp(ROUNDS_MIN, ROUNDS) | 1;
    let mut times = [const { Vec::new() }; N];
    for _ in 0..rounds {
        for (at, way) in ways.iter_mut().enumerate() {
            let (calls, _) = rounds_of[at];
            times[at].push(way(calls).as_secs_f64() * 1e9 / f64::from(calls));
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[rounds / 2]
    })
}

/// Whether criterion was asked for `--profile-time`: then a profiler watches, and sees ours alone.
/// Or for `--list`, when nothing is measured at all, or for one id by `--exact`, which the gate
/// (`tools/gate`) asks for and nothing more.
#[must_use]
pub fn is_profiled() -> bool {
    let of_one = |word: &str| matches!(word, "--list" | "--exact");
    std::env::args().any(|word| of_one(&word) || word.starts_with("--profile-time"))
}

/// Prints how many times as long the peer took as we did; more is better for us. Against a floor
/// it is below one: the part of our time that the floor takes already.
pub fn ratio(what: &str, (ours, our_ns): (&str, f64), (peer, peer_ns): (&str, f64)) {
    let ratio = peer_ns / our_ns;
    println!("RATIO {what}: {peer} / {ours} = {ratio:.2} ({peer_ns:.0} ns / {our_ns:.0} ns)");
}

/// Calls of a round, and how long they take.
fn calls_of_a_round(way: &mut dyn FnMut(u32) -> Duration) -> (u32, Duration) {
    let mut calls = 1_u32;
    loop {
        let fastest = (0..TRIES).map(|_| way(calls)).min().unwrap_or_default();
        if fastest >= ROUND || calls >= 1 << 20 {
            return (calls, fastest);
        }
        calls *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_way_takes_longer() {
        let spin = |turns: u32| move || (0..turns).for_each(|n| _ = black_box(n));
        let (mut short, mut long) = (spin(1_000), spin(20_000));
        let [short, long] = time([&mut short, &mut long]);
        assert!(long > 2.0 * short, "{long} ns, {short} ns");
    }

    #[test]
    fn what_is_prepared_does_not_count_and_slow_ways_have_fewer_rounds() {
        let mut asked = 0_usize;
        let mut slow = |calls: u32| {
            asked += 1;
            Duration::from_millis(50) * calls
        };
        let [slow_ns] = time_prepared([&mut slow]);
        assert_eq!(slow_ns, 5e7);
        assert_eq!(asked, TRIES + 41, "2 s of rounds of 50 ms, and an odd number of them");
        let mut quick = |calls: u32| Duration::from_nanos(10) * calls;
        assert_eq!(time_prepared([&mut quick]), [10.0]);
    }
}
