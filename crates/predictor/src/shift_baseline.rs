use jobs_core::{Example, Gaussian, LearningCurve, PredictorError, SearchSpace, Steps};

use crate::examples::{self, last_seen};

/// The belief about a run with few or no examples: the last early loss plus the mean rise of the examples.
///
/// With residuals r_1..r_n (final value minus last early loss) and v = last loss seen:
///
/// | n | mean | variance |
/// | --- | --- | --- |
/// | 0 | v | w |
/// | 1 | v + r_1 | w + r_1^2 |
/// | 2.. | v + mean(r) | t(n - 1)^2 (1 + 1/n) s^2 |
///
/// where w = (range of the losses seen)^2 + (v / 10)^2, s^2 the residuals' sample variance, and t(k) the ratio of the 95 %
/// quantiles of Student's distribution with k degrees of freedom and the normal one, so that a normal 90 % interval
/// covers 90 %.
#[derive(Clone, Debug, Default)]
pub(crate) struct ShiftBaseline {
    /// Where the losses seen end; none before any fit.
    early: Option<Steps>,
    n: usize,
    shift: f64,
    /// Predictive variance once there are two residuals.
    variance: f64,
}

impl ShiftBaseline {
    /// From examples, which are checked first. Every predictor's fit starts with this.
    pub(crate) fn fit(space: &SearchSpace, examples: &[Example], early: Steps) -> Result<Self, PredictorError> {
        examples::check(space, examples)?;
        Ok(Self { early: Some(early), ..Self::of_residuals(&examples::residuals(examples, early)?) })
    }

    fn of_residuals(residuals: &[f64]) -> Self {
        let n = residuals.len();
        let count = n.max(1) as f64;
        let shift = residuals.iter().sum::<f64>() / count;
        let squares: f64 = residuals.iter().map(|r| (r - shift).powi(2)).sum();
        let variance =
            if n < 2 { 0.0 } else { squares / (count - 1.0) * (1.0 + 1.0 / count) * student_inflation(n - 1) };
        Self { early: None, n, shift, variance }
    }

    /// Last step of an early run; before any fit all of a run counts.
    pub(crate) fn early(&self) -> Steps {
        self.early.unwrap_or(Steps(u64::MAX))
    }

    pub(crate) fn predict(&self, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        Ok(self.after(last_seen(curve, self.early())?, curve))
    }

    fn after(&self, last: f64, curve: &LearningCurve) -> Gaussian {
        let variance = match self.n {
            0 => blind_variance(last, curve),
            1 => blind_variance(last, curve) + self.shift * self.shift,
            _ => self.variance,
        };
        Gaussian { mean: last + self.shift, variance }
    }
}

/// Spread to expect of a run's end from the run alone.
pub(crate) fn blind_variance(last: f64, curve: &LearningCurve) -> f64 {
    let low = curve.losses().iter().copied().fold(f64::INFINITY, f64::min);
    let high = curve.losses().iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let range = if low <= high { high - low } else { 0.0 };
    range * range + (0.1 * last).powi(2)
}

/// (95 % quantile of Student's t with `degrees` degrees of freedom / 1.645)^2, within 3 % from three degrees on.
pub(crate) fn student_inflation(degrees: usize) -> f64 {
    match degrees {
        0 | 1 => 14.73,
        2 => 3.15,
        3 => 2.05,
        _ => {
            let k = degrees as f64;
            k / (k - 1.7)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_inflation_matches_tables() {
        // t_0.95 from tables: 4: 2.132, 7: 1.895, 10: 1.812, 30: 1.697
        for (k, t) in [(4, 2.132), (7, 1.895), (10, 1.812), (30, 1.697)] {
            let exact = (t / 1.645_f64).powi(2);
            assert!((student_inflation(k) / exact - 1.0).abs() < 0.05, "{k}");
        }
    }

    #[test]
    fn wide_with_nothing_and_narrower_with_more() {
        let curve = LearningCurve::from_pairs([(Steps(1), 3.0), (Steps(2), 2.0)]).unwrap();
        let none = ShiftBaseline::of_residuals(&[]).after(2.0, &curve);
        assert_eq!(none.mean, 2.0);
        assert!(none.sd() >= 1.0);
        let two = ShiftBaseline::of_residuals(&[-0.5, -0.4]).after(2.0, &curve);
        let many = ShiftBaseline::of_residuals(&[-0.5, -0.4, -0.5, -0.4, -0.5, -0.4]).after(2.0, &curve);
        assert!((two.mean - 1.55).abs() < 1e-12 && (many.mean - 1.55).abs() < 1e-12);
        assert!(many.variance < two.variance && two.variance < none.variance);
    }
}
