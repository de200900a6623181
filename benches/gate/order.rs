//! Order statistics: what sorted numbers say about a median without knowing how noise is spread.
//!
//! The number of values that lie below the true median is binomial with one half, whatever the
//! distribution (David & Nagaraja, *Order Statistics*, 3rd ed., §7.1). So the k-th smallest of n
//! values is above the true median only if fewer than k of them fell below it.

/// The largest k for which fewer than k successes in n fair coin tosses are as rare as `error`:
/// the k-th smallest of n values is above their true median no more often than that. `None` if n
/// values are too few to say anything so surely.
pub fn rank(n: usize, error: f64) -> Option<usize> {
    let mut ln_term = -(n as f64) * std::f64::consts::LN_2;
    let (mut sum, mut k) = (0.0, 0);
    while k < n {
        sum += ln_term.exp();
        if sum > error {
            break;
        }
        ln_term += ((n - k) as f64 / (k + 1) as f64).ln();
        k += 1;
    }
    (k > 0).then_some(k)
}

/// Bounds of the true median: it is below the first, and above the second, no more often than the
/// two errors say. 0 and infinity where the values are too few.
pub fn interval(sorted: &[f64], below: f64, above: f64) -> (f64, f64) {
    let n = sorted.len();
    let low = rank(n, below).map_or(0.0, |k| sorted[k - 1]);
    let high = rank(n, above).map_or(f64::INFINITY, |k| sorted[n - k]);
    (low, high)
}

/// The middle one, or the mean of the middle two; NaN of nothing.
pub fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => sorted[n / 2],
        _ => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// A quarter of the values is no larger; NaN of nothing.
pub fn lower_quartile(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len().saturating_sub(1) / 4).copied().unwrap_or(f64::NAN)
}

/// In ascending order.
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_binomial_table() {
        // P(X < 1) of 5 tosses is 1/32, of 16 tosses 1/65536; P(X < 2) of 16 is 17/65536.
        assert_eq!(rank(5, 1.0 / 32.0), Some(1));
        assert_eq!(rank(5, 0.031), None);
        assert_eq!(rank(16, 16.9 / 65_536.0), Some(1));
        assert_eq!(rank(16, 17.1 / 65_536.0), Some(2));
        // The usual 95 % interval of a median of 100 values: the 40th and the 61st.
        assert_eq!(rank(100, 0.025), Some(40));
        assert_eq!(rank(0, 0.5), None);
        // Also where the first terms are too small for a number.
        let k = rank(100_000, 0.001).expect("many values say much");
        assert!((49_500..49_520).contains(&k), "{k}");
    }

    #[test]
    fn an_interval_holds_the_middle_and_grows_with_what_is_asked() {
        let values = sorted((1..=100).map(f64::from));
        assert_eq!(interval(&values, 0.025, 0.025), (40.0, 61.0));
        let (low, high) = interval(&values, 0.0001, 0.0001);
        assert!(low < 40.0 && high > 61.0);
        assert_eq!(interval(&values[..3], 0.01, 0.01), (0.0, f64::INFINITY));
    }

    #[test]
    fn middles_and_quarters() {
        assert_eq!(median(&[1.0, 2.0, 9.0]), 2.0);
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), 3.0);
        assert!(median(&[]).is_nan() && lower_quartile(&[]).is_nan());
        assert_eq!(lower_quartile(&[1.0]), 1.0);
        assert_eq!(lower_quartile(&sorted((0..=100).map(f64::from))), 25.0);
    }
}
