use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::examples;
use crate::examples::last_seen;
use crate::shift_baseline::{blind_variance, student_inflation};

/// Fewest evaluations three parameters are fitted to.
const FEWEST: usize = 4;
/// Rates tried: 30 of them, in a geometric row for exponentials (from hardly bent to gone after the first step), 0.1, 0.2 .. 3
/// for powers.
const RATES: u32 = 30;
/// A fit may fall on by at most this multiple of what the curve has fallen already.
const FARTHEST: f64 = 1.0;

/// How a curve goes down to its floor a: l(s) = a + b d(s), b >= 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decay {
    /// d(s) = s^-c (`pow3` of Domhan et al. 2015).
    Power,
    /// d(s) = e^(-c s) (`exp3` of the same).
    Exponential,
}

impl Decay {
    /// d(s) of the rate with that index; steps are relative to the first one seen, `first`, and to the last one seen, `last`,
    /// so that nothing overflows or vanishes.
    fn at(self, index: u32, s: f64, first: f64, last: f64) -> f64 {
        match self {
            Self::Power => (s / first).powf(-0.1 * f64::from(index + 1)),
            Self::Exponential => {
                let rate = 0.1 * 1.25_f64.powi(index as i32) / (last - first);
                (-rate * (s - first)).exp()
            }
        }
    }

    /// The curve's value at `full` if it goes on like this from its part up to `early`: a and b are least squares for each rate
    /// and the best rate is taken. The last value where there are fewer than four evaluations, or the curve does not fall.
    fn extrapolate(self, curve: &LearningCurve, early: Steps, full: Steps) -> Result<f64, PredictorError> {
        let last = last_seen(curve, early)?;
        let seen: Vec<(f64, f64)> =
            curve.up_to(early).iter().filter(|(s, _)| s.0 > 0).map(|(s, v)| (s.as_f64(), v)).collect();
        let (Some(&first), Some(&(end, _)), true) = (seen.first(), seen.last(), seen.len() >= FEWEST) else {
            return Ok(last);
        };
        let n = seen.len() as f64;
        let mean_loss = seen.iter().map(|p| p.1).sum::<f64>() / n;
        let mut best: Option<(f64, f64)> = None;
        for index in 0..RATES {
            let decay = |s: f64| self.at(index, s, first.0, end);
            let mean_decay = seen.iter().map(|p| decay(p.0)).sum::<f64>() / n;
            let spread: f64 = seen.iter().map(|p| (decay(p.0) - mean_decay).powi(2)).sum();
            let product: f64 = seen.iter().map(|p| (decay(p.0) - mean_decay) * (p.1 - mean_loss)).sum();
            let b = product / spread;
            if !(b.is_finite() && b >= 0.0) {
                continue;
            }
            let fit = |s: f64| mean_loss + b * (decay(s) - mean_decay);
            let error: f64 = seen.iter().map(|p| (p.1 - fit(p.0)).powi(2)).sum();
            if best.is_none_or(|(e, _)| error < e) {
                best = Some((error, fit(full.as_f64())));
            }
        }
        let floor = last - FARTHEST * (first.1 - last).max(0.0);
        Ok(best.map_or(last, |(_, value)| value.max(floor)))
    }
}

/// A run's own early curve continued to the examples' last step; the variance is the mean squared error of the same procedure on
/// the examples.
#[derive(Clone, Debug)]
struct CurveFit {
    decay: Decay,
    early: Option<Steps>,
    full: Option<Steps>,
    variance: Option<f64>,
}

impl CurveFit {
    const fn new(decay: Decay) -> Self {
        Self { decay, early: None, full: None, variance: None }
    }

    fn fit(&mut self, space: &SearchSpace, examples: &[Example], early: Steps) -> Result<(), PredictorError> {
        examples::check(space, examples)?;
        self.early = Some(early);
        self.full = examples.iter().filter_map(|e| e.curve.last()).map(|(s, _)| s).max();
        self.variance = None;
        if let Some(full) = self.full {
            let mut squares = 0.0;
            for e in examples {
                squares += (e.value - self.decay.extrapolate(&e.curve, early, full)?).powi(2);
            }
            self.variance = Some(squares / examples.len() as f64 * student_inflation(examples.len()));
        }
        Ok(())
    }

    fn predict(&self, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        let early = self.early.unwrap_or(Steps(u64::MAX));
        let last = last_seen(curve, early)?;
        let mean = self.full.map_or(Ok(last), |full| self.decay.extrapolate(curve, early, full))?;
        Ok(Gaussian { mean, variance: self.variance.unwrap_or_else(|| blind_variance(last, curve)) })
    }
}

/// The run's own early curve continued by l(s) = a + b s^-c with b >= 0 (Domhan et al. 2015's `pow3`), evaluated at the
/// examples' last step.
///
/// a and b are least squares for each c of a grid, and the best c is taken. Where the curve has fewer than four evaluations,
/// does not fall, or the fit falls absurdly far, the last value stands. The variance is the mean squared error of the same
/// procedure on the examples.
#[derive(Clone, Debug)]
pub struct PowerLaw(CurveFit);

/// [`PowerLaw`] with l(s) = a + b e^(-c s) (Domhan et al. 2015's `exp3`).
#[derive(Clone, Debug)]
pub struct Exponential(CurveFit);

impl Default for PowerLaw {
    fn default() -> Self {
        Self(CurveFit::new(Decay::Power))
    }
}

impl Default for Exponential {
    fn default() -> Self {
        Self(CurveFit::new(Decay::Exponential))
    }
}

impl Predictor for PowerLaw {
    fn name(&self) -> &str {
        "power law"
    }

    fn fit(&mut self, space: &SearchSpace, examples: &[Example], early: Steps, _: Seed) -> Result<(), PredictorError> {
        self.0.fit(space, examples, early)
    }

    fn predict(&self, _: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        self.0.predict(curve)
    }
}

impl Predictor for Exponential {
    fn name(&self) -> &str {
        "exponential"
    }

    fn fit(&mut self, space: &SearchSpace, examples: &[Example], early: Steps, _: Seed) -> Result<(), PredictorError> {
        self.0.fit(space, examples, early)
    }

    fn predict(&self, _: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        self.0.predict(curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(law: impl Fn(u64) -> f64) -> LearningCurve {
        LearningCurve::from_pairs((1..=10).map(|k| (Steps(10 * k), law(10 * k)))).unwrap()
    }

    #[test]
    fn each_continues_its_own_law() {
        let power = |s: u64| 0.5 + 8.0 * (s as f64).powf(-0.7);
        let value = Decay::Power.extrapolate(&curve(power), Steps(100), Steps(600)).unwrap();
        assert!((value - power(600)).abs() < 1e-9, "{value}");
        // the rate with index 10: 0.1 1.25^10 / 90
        let exponential = |s: u64| 0.5 + 3.0 * (-0.1 * 1.25_f64.powi(10) / 90.0 * s as f64).exp();
        let value = Decay::Exponential.extrapolate(&curve(exponential), Steps(100), Steps(600)).unwrap();
        assert!((value - exponential(600)).abs() < 1e-9, "{value}");
    }

    #[test]
    fn the_last_value_stands_otherwise() {
        for decay in [Decay::Power, Decay::Exponential] {
            let rising = curve(|s| s as f64 / 10.0);
            assert_eq!(decay.extrapolate(&rising, Steps(100), Steps(600)), Ok(10.0));
            let short = curve(|s| 1.0 / s as f64).up_to(Steps(30));
            assert_eq!(decay.extrapolate(&short, Steps(100), Steps(600)), Ok(1.0 / 30.0));
        }
    }
}
