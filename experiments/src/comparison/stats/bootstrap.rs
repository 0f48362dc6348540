use super::{mean, quantile};

/// A confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Percentile bootstrap interval of the mean (Efron 1979) at `confidence`, for example 0.95, from `resamples` resamples. The
/// same seed gives the same interval. `None` for no values or a confidence outside (0, 1).
pub fn bootstrap_mean(values: &[f64], confidence: f64, resamples: usize, seed: u64) -> Option<Interval> {
    if values.is_empty() || resamples == 0 || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let mut random = SplitMix(seed);
    let mut resample = || (0..values.len()).map(|_| values[random.below(values.len())]).sum::<f64>();
    let means: Vec<f64> = (0..resamples).map(|_| resample() / values.len() as f64).collect();
    let tail = (1.0 - confidence) / 2.0;
    // A constant sample has no spread, whatever rounding says.
    let centre = mean(values)?;
    if values.iter().all(|v| *v == values[0]) {
        return Some(Interval { low: centre, high: centre });
    }
    Some(Interval { low: quantile(&means, tail)?, high: quantile(&means, 1.0 - tail)? })
}

/// SplitMix64 (Steele, Lea & Flood 2014): enough to draw indices.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in 0..n; the bias of at most n / 2^64 does not matter.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V: [f64; 8] = [0.913, 0.887, 0.951, 0.902, 0.874, 0.93, 0.941, 0.89];

    #[test]
    fn agrees_with_scipy_up_to_its_own_noise() {
        // scipy 1.17: scipy.stats.bootstrap((V,), np.mean, confidence_level=0.9, n_resamples=200_000, method="percentile",
        // rng=np.random.default_rng(0)).confidence_interval
        let (low, high) = (0.896_125, 0.926_125);
        let found = bootstrap_mean(&V, 0.9, 20_000, 1).unwrap();
        assert!((found.low - low).abs() < 4e-4 && (found.high - high).abs() < 4e-4, "{found:?}");
    }

    #[test]
    fn is_reproducible_and_widens_with_confidence() {
        let ninety = bootstrap_mean(&V, 0.9, 2_000, 3).unwrap();
        assert_eq!(bootstrap_mean(&V, 0.9, 2_000, 3).unwrap(), ninety);
        let more = bootstrap_mean(&V, 0.99, 2_000, 3).unwrap();
        assert!(more.low < ninety.low && more.high > ninety.high);
    }

    #[test]
    fn odd_input_is_none_or_a_point() {
        assert_eq!(bootstrap_mean(&[], 0.9, 10, 0), None);
        assert_eq!(bootstrap_mean(&V, 1.0, 10, 0), None);
        assert_eq!(bootstrap_mean(&V, 0.9, 0, 0), None);
        assert_eq!(bootstrap_mean(&[0.1, 0.1, 0.1], 0.9, 10, 0).map(|i| i.low == i.high), Some(true));
    }
}
