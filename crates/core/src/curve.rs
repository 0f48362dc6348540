use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Steps;

/// The losses of one run at the steps where it was evaluated: steps rise strictly, losses are finite.
///
/// A curve may be short, have gaps, be empty, or end in divergence ([`Self::diverged_at`]): all are data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LearningCurve {
    steps: Vec<Steps>,
    losses: Vec<f64>,
    diverged_at: Option<Steps>,
}

/// Why a value could not join a curve.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum CurveError {
    /// Time went back.
    #[error("step {step} does not come after step {last}: evaluations must rise strictly")]
    StepNotAfter {
        /// The refused step.
        step: Steps,
        /// The last step of the curve.
        last: Steps,
    },
    /// The run had already diverged.
    #[error("step {step} comes after the run diverged at step {diverged_at}")]
    AfterDivergence {
        /// The refused step.
        step: Steps,
        /// Where the run diverged.
        diverged_at: Steps,
    },
}

impl LearningCurve {
    /// A curve without evaluations.
    pub fn new() -> Self {
        Self::default()
    }

    /// A curve from (step, loss) pairs; a loss that is not finite marks divergence and must come last.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (Steps, f64)>) -> Result<Self, CurveError> {
        let mut curve = Self::new();
        for (step, loss) in pairs {
            curve.push(step, loss)?;
        }
        Ok(curve)
    }

    /// Adds one evaluation. A loss that is not finite is recorded as divergence at that step.
    pub fn push(&mut self, step: Steps, loss: f64) -> Result<(), CurveError> {
        if let Some(diverged_at) = self.diverged_at {
            return Err(CurveError::AfterDivergence { step, diverged_at });
        }
        if let Some(&last) = self.steps.last()
            && step <= last
        {
            return Err(CurveError::StepNotAfter { step, last });
        }
        if loss.is_finite() {
            self.steps.push(step);
            self.losses.push(loss);
        } else {
            self.diverged_at = Some(step);
        }
        Ok(())
    }

    /// The evaluated steps, rising.
    pub fn steps(&self) -> &[Steps] {
        &self.steps
    }

    /// The losses at [`Self::steps`], all finite.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// (step, loss) pairs in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Steps, f64)> + '_ {
        self.steps.iter().copied().zip(self.losses.iter().copied())
    }

    /// Number of finite evaluations.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is no finite evaluation.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The step at which the loss stopped being finite, if it did.
    pub fn diverged_at(&self) -> Option<Steps> {
        self.diverged_at
    }

    /// The last evaluation.
    pub fn last(&self) -> Option<(Steps, f64)> {
        Some((*self.steps.last()?, *self.losses.last()?))
    }

    /// The evaluation with the lowest loss (the first of equals): the checkpoint one would keep.
    pub fn best(&self) -> Option<(Steps, f64)> {
        self.iter().min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The loss evaluated exactly at `step`.
    pub fn at(&self, step: Steps) -> Option<f64> {
        self.steps.binary_search(&step).ok().map(|i| self.losses[i])
    }

    /// The loss at `step`, linear between its neighbours and constant outside them; `None` for an empty curve.
    pub fn interpolate(&self, step: Steps) -> Option<f64> {
        let after = self.steps.partition_point(|&s| s < step);
        match (after.checked_sub(1), self.steps.get(after)) {
            (_, Some(&s)) if s == step => Some(self.losses[after]),
            (Some(before), Some(&s1)) => {
                let s0 = self.steps[before];
                let share = (step.as_f64() - s0.as_f64()) / (s1.as_f64() - s0.as_f64());
                Some(self.losses[before] + share * (self.losses[after] - self.losses[before]))
            }
            (Some(before), None) => Some(self.losses[before]),
            (None, Some(_)) => Some(self.losses[after]),
            (None, None) => None,
        }
    }

    /// The same curve on another scale: every loss through `to`, steps and divergence as they are.
    pub fn map(&self, to: impl Fn(f64) -> f64) -> Self {
        let pairs = self.iter().map(|(step, loss)| (step, to(loss)));
        let diverged = self.diverged_at().map(|step| (step, f64::NAN));
        // the steps are those of a curve: they rise
        Self::from_pairs(pairs.chain(diverged)).unwrap_or_default()
    }

    /// The part of the curve seen by a run stopped at `step` (inclusive).
    pub fn up_to(&self, step: Steps) -> Self {
        let n = self.steps.partition_point(|&s| s <= step);
        Self {
            steps: self.steps[..n].to_vec(),
            losses: self.losses[..n].to_vec(),
            diverged_at: self.diverged_at.filter(|&d| d <= step),
        }
    }
}

/// Which number of a curve is its value. The two differ for runs that overfit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The lowest validation loss along the run.
    #[default]
    Best,
    /// The loss at the last evaluation.
    Last,
}

impl Target {
    /// The target's value on a curve; `None` where there is no evaluation. A run that diverged has no `Last`.
    pub fn of(self, curve: &LearningCurve) -> Option<f64> {
        match self {
            Self::Best => curve.best().map(|(_, loss)| loss),
            Self::Last if curve.diverged_at().is_some() => None,
            Self::Last => curve.last().map(|(_, loss)| loss),
        }
    }

    /// The target's value at every evaluation of a run that would stop there: for [`Self::Best`] the lowest loss so far.
    pub fn so_far(self, curve: &LearningCurve) -> LearningCurve {
        let mut lowest = f64::INFINITY;
        let pairs = curve.iter().map(|(step, loss)| {
            lowest = lowest.min(loss);
            (step, if self == Self::Best { lowest } else { loss })
        });
        let pairs: Vec<(Steps, f64)> = pairs.collect();
        let diverged = curve.diverged_at().map(|step| (step, f64::NAN));
        // the steps are those of a curve: they rise
        LearningCurve::from_pairs(pairs.into_iter().chain(diverged)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(pairs: &[(u64, f64)]) -> LearningCurve {
        LearningCurve::from_pairs(pairs.iter().map(|&(s, v)| (Steps(s), v))).unwrap()
    }

    #[test]
    fn targets_interpolation_and_cuts() {
        let c = curve(&[(25, 2.0), (50, 1.0), (100, 1.5)]);
        assert_eq!(Target::Best.of(&c), Some(1.0));
        assert_eq!(Target::Last.of(&c), Some(1.5));
        assert_eq!(c.interpolate(Steps(75)), Some(1.25));
        assert_eq!(c.interpolate(Steps(50)), Some(1.0));
        assert_eq!(c.interpolate(Steps(1)), Some(2.0));
        assert_eq!(c.interpolate(Steps(999)), Some(1.5));
        assert_eq!(c.up_to(Steps(99)).last(), Some((Steps(50), 1.0)));
        assert_eq!(LearningCurve::new().interpolate(Steps(3)), None);
    }

    #[test]
    fn divergence_is_data_and_final() {
        let mut c = curve(&[(25, 2.0)]);
        c.push(Steps(50), f64::NAN).unwrap();
        assert_eq!(c.diverged_at(), Some(Steps(50)));
        assert_eq!(Target::Last.of(&c), None);
        assert_eq!(Target::Best.of(&c), Some(2.0));
        assert!(matches!(c.push(Steps(75), 1.0), Err(CurveError::AfterDivergence { .. })));
        assert_eq!(c.up_to(Steps(49)).diverged_at(), None);
    }

    #[test]
    fn time_does_not_go_back() {
        assert!(curve(&[(25, 2.0)]).push(Steps(25), 1.0).is_err());
    }
}
