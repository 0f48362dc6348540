//! Constraints on metrics that runs report: a model of each, and what a search makes of it.

use gp::acquisition::{ExcessPenalty, LogPi};
use jobs::{History, Method, MethodError, OutcomeConstraint, RunRecord, Status};
use jobs_core::state::{StateReader, StateWriter};
use jobs_core::{Acquisition, AcquisitionOf, Criterion, Posterior};

use super::Jobs;

/// What a constraint adds to a confidence bound: a penalty where even an optimist expects a violation. Beside a logarithmic rule it is the
/// logarithm of the probability of feasibility (Gardner et al. 2014; Gelbart, Snoek and Adams 2014), which is [`LogPi`] below 0. Objective and
/// excess are on scales on which values that matter differ by about 1, so this weight dominates. The root is that of the search's beta when
/// the budget is used up.
pub(super) const PENALTY: ExcessPenalty = ExcessPenalty { weight: 10.0, root: 2.0 };

/// A model of a constrained metric: predictor and surrogate of [`Jobs`] on how far the metric is beyond its limit. It learns from full runs
/// and from early ones as the objective does.
pub struct ConstraintModel {
    constraint: OutcomeConstraint,
    learner: Box<Jobs>,
}

impl ConstraintModel {
    /// A model without data. `learner` has the same predictors and kind of surrogate as the objective's, on [`Scale::Excess`](super::Scale),
    /// and no design of its own.
    pub fn new(constraint: OutcomeConstraint, learner: Jobs) -> Self {
        Self { constraint, learner: Box::new(learner) }
    }

    fn observe(&mut self, history: &History) -> Result<(), MethodError> {
        self.learner.observe(&history.of_constraint(&self.constraint))
    }

    /// The belief about the excess, on its scale; `None` before there are values.
    fn posterior(&self) -> Option<Box<dyn Posterior + '_>> {
        self.learner.parts.model.is_ready().then(|| self.learner.posterior())
    }
}

impl Jobs {
    pub(super) fn observe_constraints(&mut self, history: &History) -> Result<(), MethodError> {
        self.parts.constraints.iter_mut().try_for_each(|c| c.observe(history))
    }

    /// The beliefs about the constraints that have data.
    pub(super) fn constraint_posteriors(&self) -> Vec<Box<dyn Posterior + '_>> {
        self.parts.constraints.iter().filter_map(ConstraintModel::posterior).collect()
    }

    /// Logarithm of the probability that an encoded point satisfies all constraints.
    pub(super) fn log_feasibility(&self, x: &[f64]) -> f64 {
        let rule = LogPi::default();
        self.constraint_posteriors().iter().map(|p| rule.value(p.predict(x))).sum()
    }

    /// By how much a point is expected to exceed its limits, summed on the scales of the models.
    pub(super) fn expected_excess(&self, x: &[f64]) -> f64 {
        self.constraint_posteriors().iter().map(|p| p.predict(x).mean.max(0.0)).sum()
    }

    /// The value that an improvement has to beat among runs of these posterior means: the lowest of a full run that satisfies the
    /// constraints; before there is one, of another run that is expected to. Where there is none, any feasible point is an improvement, and
    /// the highest mean makes it one.
    pub(super) fn value_to_beat(&self, history: &History, means: &[f64]) -> f64 {
        let runs = || history.runs().iter().zip(means.iter().copied());
        let finished = runs().filter(|(r, _)| r.status == Status::Finished && history.is_feasible(r)).map(|(_, m)| m);
        let expected = |r: &RunRecord| r.status == Status::Paused && self.expected_excess(&r.x) == 0.0;
        let others = || runs().filter(|(r, _)| expected(r)).map(|(_, m)| m).reduce(f64::min);
        let highest = || means.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        finished.reduce(f64::min).or_else(others).unwrap_or_else(highest)
    }

    pub(super) fn save_constraints(&self, to: &mut StateWriter) -> Option<()> {
        for constraint in &self.parts.constraints {
            to.list(&constraint.learner.to_state()?);
        }
        Some(())
    }

    pub(super) fn restore_constraints(&mut self, from: &mut StateReader<'_>) -> Option<()> {
        for constraint in &mut self.parts.constraints {
            constraint.learner.set_state(&from.list()?)?;
        }
        Some(())
    }
}

/// What the beliefs about constraints add to the worth of a point, by `rule`.
pub(super) fn terms<'a>(beliefs: &'a [Box<dyn Posterior + 'a>], rule: &'a dyn Acquisition) -> Vec<AcquisitionOf<'a>> {
    beliefs.iter().map(|p| AcquisitionOf::new(p.as_ref(), rule)).collect()
}

/// The same as criteria.
pub(super) fn as_criteria<'a>(terms: &'a [AcquisitionOf<'a>]) -> Vec<&'a dyn Criterion> {
    terms.iter().map(|t| t as &dyn Criterion).collect()
}
