use jobs_core::{LearningCurve, PredictorError, Steps};

/// A curve's losses at a quarter, half, three quarters and the whole of the early budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Readings {
    pub(crate) losses: [f64; 4],
    /// Variance of the last loss where the curve ended before the early budget did and had to be continued.
    pub(crate) continuation_variance: f64,
}

/// Reads early curves on any grid of evaluations.
///
/// Between evaluations a curve is linear. Outside the steps where it was evaluated it moves as the examples' mean curve
/// does: a run stopped at s < early is continued by mean_i(l_i(early) - l_i(s)), and the variance of these rises over the
/// examples is reported; likewise backwards for curves that start late.
#[derive(Clone, Debug)]
pub(crate) struct EarlyGrid {
    early: Steps,
    steps: [Steps; 4],
    curves: Vec<LearningCurve>,
}

impl EarlyGrid {
    pub(crate) fn fit<'a>(curves: impl Iterator<Item = &'a LearningCurve>, early: Steps) -> Self {
        let at = |k: u128| Steps((u128::from(early.0) * k / 4) as u64);
        let steps = [at(1), at(2), at(3), early];
        let curves = curves.map(|c| cut(c, early)).filter(|c| !c.is_empty()).collect();
        Self { early, steps, curves }
    }

    pub(crate) fn read(&self, curve: &LearningCurve) -> Result<Readings, PredictorError> {
        let curve = cut(curve, self.early);
        let (Some(first), Some(last)) = (curve.iter().next(), curve.last()) else {
            return Err(PredictorError::EmptyCurve);
        };
        let mut losses = [0.0; 4];
        let mut continuation_variance = 0.0;
        for (loss, &step) in losses.iter_mut().zip(&self.steps) {
            *loss = if step > last.0 {
                let (rise, variance) = self.rise(last.0, step);
                continuation_variance = variance;
                last.1 + rise
            } else if step < first.0 {
                first.1 + self.rise(first.0, step).0
            } else {
                curve.interpolate(step).ok_or(PredictorError::EmptyCurve)?
            };
        }
        Ok(Readings { losses, continuation_variance })
    }

    /// Mean and variance over the examples of the rise from one step to another.
    fn rise(&self, from: Steps, to: Steps) -> (f64, f64) {
        let rises: Vec<f64> =
            self.curves.iter().filter_map(|c| Some(c.interpolate(to)? - c.interpolate(from)?)).collect();
        let n = rises.len().max(1) as f64;
        let mean = rises.iter().sum::<f64>() / n;
        (mean, rises.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n)
    }
}

/// The part of a curve up to `early`; its first evaluation where all come later.
fn cut(curve: &LearningCurve, early: Steps) -> LearningCurve {
    let part = curve.up_to(early);
    if part.is_empty() { curve.steps().first().map_or(part, |&s| curve.up_to(s)) } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(pairs: &[(u64, f64)]) -> LearningCurve {
        LearningCurve::from_pairs(pairs.iter().map(|&(s, v)| (Steps(s), v))).unwrap()
    }

    #[test]
    fn reads_grids_gaps_and_short_curves() {
        let examples = [
            curve(&[(25, 4.0), (50, 3.0), (75, 2.5), (100, 2.0), (400, 0.0)]),
            curve(&[(25, 5.0), (50, 4.0), (75, 3.5), (100, 3.2)]),
        ];
        let grid = EarlyGrid::fit(examples.iter(), Steps(100));
        assert_eq!(grid.read(&examples[0]).unwrap().losses, [4.0, 3.0, 2.5, 2.0]);
        // a gap is bridged
        assert_eq!(grid.read(&curve(&[(25, 4.0), (75, 3.0), (100, 1.0)])).unwrap().losses, [4.0, 3.5, 3.0, 1.0]);
        // a run stopped at 50 is continued like the examples, by the mean rise (-1.0 - 0.8) / 2, with its variance
        let short = grid.read(&curve(&[(25, 6.0), (50, 5.0)])).unwrap();
        assert!((short.losses[3] - 4.1).abs() < 1e-12);
        assert!((short.continuation_variance - 0.01).abs() < 1e-12);
        // one that starts late is traced back
        assert!((grid.read(&curve(&[(50, 5.0), (100, 4.0)])).unwrap().losses[0] - 6.0).abs() < 1e-12);
        // only late evaluations: the first stands for all that came before
        assert!(grid.read(&curve(&[(400, 1.0), (500, 0.5)])).unwrap().losses[3] == 1.0);
        assert_eq!(grid.read(&LearningCurve::new()), Err(PredictorError::EmptyCurve));
    }
}
