//! Times and ratios of one run.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rounds of [`time`]; odd, so that the median is one of them.
const ROUNDS: usize = 401;
/// Length of a round: far below a time slice of the scheduler, so that most rounds are not cut by
/// another program even where both cores are taken.
const ROUND: Duration = Duration::from_micros(100);
/// Tries at finding how many calls a round holds; the fastest counts.
const TRIES: usize = 5;

/// Nanoseconds of one call of each way, at the median of 401 rounds of 100 us. The ways take
/// turns, so that a machine that is slow for a while is slow for all of them.
pub fn time<const N: usize>(mut ways: [&mut dyn FnMut(); N]) -> [f64; N] {
    let calls = ways.each_mut().map(|way| calls_of_a_round(way));
    let mut rounds: [[f64; N]; ROUNDS] = [[0.0; N]; ROUNDS];
    for round in &mut rounds {
        for (at, way) in ways.iter_mut().enumerate() {
            round[at] = nanos(way, calls[at]) / f64::from(calls[at]);
        }
    }
    std::array::from_fn(|at| {
        let mut times = rounds.map(|round| round[at]);
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
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

/// Prints how many times as long the peer took as we did; more is better for us.
pub fn ratio(what: &str, (ours, our_ns): (&str, f64), (peer, peer_ns): (&str, f64)) {
    let ratio = peer_ns / our_ns;
    println!("RATIO {what}: {peer} / {ours} = {ratio:.2} ({peer_ns:.0} ns / {our_ns:.0} ns)");
}

fn nanos(way: &mut dyn FnMut(), calls: u32) -> f64 {
    let began = Instant::now();
    for _ in 0..calls {
        black_box(&mut *way)();
    }
    began.elapsed().as_secs_f64() * 1e9
}

fn calls_of_a_round(way: &mut dyn FnMut()) -> u32 {
    let enough = ROUND.as_secs_f64() * 1e9;
    let mut calls = 1_u32;
    while calls < 1 << 20 {
        let fastest = (0..TRIES).map(|_| nanos(way, calls)).fold(f64::MAX, f64::min);
        if fastest >= enough {
            break;
        }
        calls *= 2;
    }
    calls
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
}
