use jobs_core::{Example, Gaussian, LearningCurve, Point, Predictor, PredictorError, SearchSpace, Seed, Steps};

use crate::LogLoss;

/// Two predictors combined: the mixture of their beliefs N(m_1, v_1) and N(m_2, v_2) with weights in proportion to
/// their precisions,
///
/// `p = v_2 / (v_1 + v_2)`, mean `p m_1 + (1 - p) m_2`, variance `p v_1 + (1 - p) v_2 + p (1 - p) (m_1 - m_2)^2`.
///
/// The mean is that of independent measurements, weighed by their errors; the variance is not, since both learnt from the
/// same examples: it lies between the two, or above where they disagree.
#[derive(Clone, Debug, Default)]
pub struct Both<P, Q>(P, Q);

impl<P: Predictor, Q: Predictor> Both<P, Q> {
    /// Of these two.
    pub fn new(one: P, other: Q) -> Self {
        Self(one, other)
    }
}

impl<P: Predictor + Clone> Both<P, LogLoss<P>> {
    /// The same predictor on losses and on their logarithms.
    pub fn scales(predictor: P) -> Self {
        Self(predictor.clone(), LogLoss::new(predictor))
    }
}

fn mixture(one: Gaussian, other: Gaussian) -> Gaussian {
    let p = other.variance / (one.variance + other.variance);
    // both exact, or both without bound
    let p = if p.is_finite() { p } else { 0.5 };
    let (q, apart) = (1.0 - p, one.mean - other.mean);
    Gaussian { mean: other.mean + p * apart, variance: p * one.variance + q * other.variance + p * q * apart * apart }
}

impl<P: Predictor, Q: Predictor> Predictor for Both<P, Q> {
    fn name(&self) -> &str {
        "mixture of two"
    }

    fn fit(
        &mut self,
        space: &SearchSpace,
        examples: &[Example],
        early: Steps,
        seed: Seed,
    ) -> Result<(), PredictorError> {
        self.0.fit(space, examples, early, seed)?;
        self.1.fit(space, examples, early, seed)
    }

    fn predict(&self, point: &Point, curve: &LearningCurve) -> Result<Gaussian, PredictorError> {
        Ok(mixture(self.0.predict(point, curve)?, self.1.predict(point, curve)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surer_one_counts_more_and_disagreement_widens() {
        let (sure, unsure) = (Gaussian { mean: 1.0, variance: 0.1 }, Gaussian { mean: 2.0, variance: 0.3 });
        let both = mixture(sure, unsure);
        assert!((both.mean - 1.25).abs() < 1e-12);
        // 3/4 0.1 + 1/4 0.3 + 3/16
        assert!((both.variance - 0.3375).abs() < 1e-12);
        assert_eq!(mixture(sure, sure), sure);
        let exact = Gaussian { mean: 1.0, variance: 0.0 };
        assert_eq!(mixture(exact, unsure), exact);
        assert_eq!(mixture(exact, exact), exact);
    }
}
