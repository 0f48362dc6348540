//! Which runs satisfy the constraints of the study.

use jobs_core::{LearningCurve, Steps, Target};

use super::{History, RunRecord};
use crate::{OutcomeConstraint, Status};

impl History {
    /// A constrained metric at the evaluation that scores a run, or the latest before it; `None` where the run has not reported it.
    pub fn constrained_value(&self, run: &RunRecord, constraint: &OutcomeConstraint) -> Option<f64> {
        let scored = match self.problem.target {
            Target::Best => run.curve.best(),
            Target::Last => run.curve.last(),
        };
        value_at(run, &constraint.metric, scored?.0)
    }

    /// By how much a run violates the constraints, summed over them as shares of their limits: 0 where it satisfies all, infinite where a
    /// metric is missing.
    pub fn violation(&self, run: &RunRecord) -> f64 {
        let of = |c: &OutcomeConstraint| self.constrained_value(run, c).map_or(f64::INFINITY, |v| c.violation(v));
        self.problem.constraints.iter().map(of).sum()
    }

    /// Whether a run is known to satisfy all constraints.
    pub fn is_feasible(&self, run: &RunRecord) -> bool {
        self.violation(run) == 0.0
    }

    /// The history as a model of a constrained metric sees it: the curve of a run is how far the metric was beyond its limit at the
    /// evaluation that would have scored the run there, and its last value counts. Runs without the metric count for nothing.
    pub fn of_constraint(&self, constraint: &OutcomeConstraint) -> Self {
        let mut seen = self.clone();
        seen.problem.target = Target::Last;
        seen.problem.constraints.clear();
        for run in &mut seen.runs {
            run.curve = excess_so_far(run, constraint, self.problem.target);
            if run.curve.is_empty() || run.status == Status::Diverged {
                run.status = Status::Withdrawn;
            }
        }
        seen
    }
}

/// The latest value of a metric up to a step.
fn value_at(run: &RunRecord, metric: &str, step: Steps) -> Option<f64> {
    let before = run.metrics.get(metric)?.iter().rev().find(|(s, _)| *s <= step);
    before.map(|(_, value)| *value)
}

fn excess_so_far(run: &RunRecord, constraint: &OutcomeConstraint, target: Target) -> LearningCurve {
    let (mut lowest, mut scored) = (f64::INFINITY, None);
    let mut excess = |(step, loss): (Steps, f64)| {
        if target == Target::Last || scored.is_none() || loss < lowest {
            (lowest, scored) = (loss, Some(step));
        }
        Some((step, constraint.excess(value_at(run, &constraint.metric, scored?)?)))
    };
    // the steps are those of a curve: they rise
    LearningCurve::from_pairs(run.curve.iter().filter_map(&mut excess)).unwrap_or_default()
}
