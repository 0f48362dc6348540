use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::examples;
use crate::fallback::{blind_variance, last_seen, student_inflation};

/// Fewest evaluations three parameters are fitted to.
const FEWEST: usize = 4;
/// Exponents tried: 0.1, 0.2 .. 3.
const EXPONENTS: std::ops::RangeInclusive<u32> = 1..=30;
/// A fit may fall on by at most this multiple of what the curve has fallen already.
const FARTHEST: f64 = 1.0;

/// The run's own early curve continued by l(s) = a + b s^-c with b >= 0 (Domhan et al. 2015's `pow3`), evaluated at the
/// examples' last step.
///
/// a and b are least squares for each c of a grid, and the best c is taken. Where the curve has fewer than four
/// evaluations, does not fall, or the fit falls absurdly far, the last value stands. The variance is the mean squared error of the same procedure on the
/// examples.
#[derive(Clone, Debug, Default)]
pub struct PowerLaw {
    early: Option<Steps>,
    full: Option<Steps>,
    variance: Option<f64>,
}

/// The curve's value at `full` if it goes on as a power law from its part up to `early`.
fn extrapolate(curve: &LearningCurve, early: Steps, full: Steps) -> Result<f64, PredictorError> {
    let last = last_seen(curve, early)?;
    let seen: Vec<(f64, f64)> =
        curve.up_to(early).iter().filter(|(s, _)| s.0 > 0).map(|(s, v)| (s.as_f64(), v)).collect();
    let (Some(first), true) = (seen.first(), seen.len() >= FEWEST) else { return Ok(last) };
    let n = seen.len() as f64;
    let mean_loss = seen.iter().map(|p| p.1).sum::<f64>() / n;
    let mut best: Option<(f64, f64)> = None;
    for tenth in EXPONENTS {
        let c = f64::from(tenth) / 10.0;
        // steps relative to the first one, so that powers neither overflow nor vanish
        let power = |s: f64| (s / first.0).powf(-c);
        let mean_power = seen.iter().map(|p| power(p.0)).sum::<f64>() / n;
        let spread: f64 = seen.iter().map(|p| (power(p.0) - mean_power).powi(2)).sum();
        let product: f64 = seen.iter().map(|p| (power(p.0) - mean_power) * (p.1 - mean_loss)).sum();
        let b = product / spread;
        if !(b.is_finite() && b >= 0.0) {
            continue;
        }
        let fit = |s: f64| mean_loss + b * (power(s) - mean_power);
        let error: f64 = seen.iter().map(|p| (p.1 - fit(p.0)).powi(2)).sum();
        if best.is_none_or(|(e, _)| error < e) {
            best = Some((error, fit(full.as_f64())));
        }
    }
    let floor = last - FARTHEST * (first.1 - last).max(0.0);
    Ok(best.map_or(last, |(_, value)| value.max(floor)))
}

impl Predictor for PowerLaw {
    fn name(&self) -> &str {
        "power law"
    }

    fn fit(&mut self, space: &SearchSpace, examples: &[Example], early: Steps, _: Seed) -> Result<(), PredictorError> {
        examples::check(space, examples)?;
        self.early = Some(early);
        self.full = examples.iter().filter_map(|e| e.curve.last()).map(|(s, _)| s).max();
        self.variance = None;
        if let Some(full) = self.full {
            let mut squares = 0.0;
            for e in examples {
                squares += (e.value - extrapolate(&e.curve, early, full)?).powi(2);
            }
            self.variance = Some(squares / examples.len() as f64 * student_inflation(examples.len()));
        }
        Ok(())
    }

    fn predict(&self, _: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let early = self.early.unwrap_or(Steps(u64::MAX));
        let last = last_seen(curve, early)?;
        let mean = self.full.map_or(Ok(last), |full| extrapolate(curve, early, full))?;
        Ok(Gaussian { mean, variance: self.variance.unwrap_or_else(|| blind_variance(last, curve)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continues_a_power_law_and_keeps_to_the_last_value_otherwise() {
        let law = |s: u64| 0.5 + 8.0 * (s as f64).powf(-0.7);
        let curve = LearningCurve::from_pairs((1..=10).map(|k| (Steps(10 * k), law(10 * k)))).unwrap();
        let value = extrapolate(&curve, Steps(100), Steps(600)).unwrap();
        assert!((value - law(600)).abs() < 1e-9, "{value}");
        let rising = LearningCurve::from_pairs((1..=10).map(|k| (Steps(10 * k), k as f64))).unwrap();
        assert_eq!(extrapolate(&rising, Steps(100), Steps(600)), Ok(10.0));
        assert_eq!(extrapolate(&curve.up_to(Steps(30)), Steps(100), Steps(600)), Ok(law(30)));
    }
}
