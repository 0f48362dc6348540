use numerics::normal;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Independent normal priors.
pub(crate) struct Prior {
    pub(crate) centre: Vec<f64>,
    /// Standard deviations.
    pub(crate) spread: Vec<f64>,
}

/// One step of elliptical slice sampling (Murray, Adams & MacKay 2010): a point of the ellipse through the state and a draw
/// of the prior, taken until its likelihood passes a random threshold below the state's. No step size to choose; `None` if
/// the state has no likelihood.
pub(crate) fn slice(
    state: &[f64],
    prior: &Prior,
    rng: &mut ChaCha8Rng,
    log_likelihood: impl Fn(&[f64]) -> Option<f64>,
) -> Option<Vec<f64>> {
    let other: Vec<f64> = prior.spread.iter().map(|s| s * normal::draw(rng)).collect();
    let threshold = log_likelihood(state)? + (1.0 - rng.random::<f64>()).ln();
    let mut angle = rng.random::<f64>() * std::f64::consts::TAU;
    let (mut low, mut high) = (angle - std::f64::consts::TAU, angle);
    loop {
        let (sin, cos) = angle.sin_cos();
        let moved: Vec<f64> =
            state.iter().zip(&prior.centre).zip(&other).map(|((s, c), o)| c + (s - c) * cos + o * sin).collect();
        if log_likelihood(&moved).is_some_and(|v| v > threshold) {
            return Some(moved);
        }
        if angle < 0.0 {
            low = angle;
        } else {
            high = angle;
        }
        // the bracket has shrunk onto the state itself
        if high - low < 1e-9 {
            return Some(state.to_vec());
        }
        angle = low + rng.random::<f64>() * (high - low);
    }
}

#[cfg(test)]
mod tests {
    use jobs_core::Seed;

    use super::*;

    #[test]
    fn slice_sampling_finds_a_known_posterior() {
        // prior N(0, 2^2), likelihood N(3; x, 1): posterior mean 12/5, variance 4/5
        let prior = Prior { centre: vec![0.0], spread: vec![2.0] };
        let mut rng = Seed(1).stream("test", 0);
        let (mut x, mut sum, mut squares, n) = (vec![0.0], 0.0, 0.0, 20_000.0);
        for _ in 0..20_000 {
            x = slice(&x, &prior, &mut rng, |x| Some(-0.5 * (3.0 - x[0]).powi(2))).unwrap();
            sum += x[0];
            squares += x[0] * x[0];
        }
        let mean = sum / n;
        assert!((mean - 2.4).abs() < 0.05, "{mean}");
        assert!((squares / n - mean * mean - 0.8).abs() < 0.06);
    }
}
