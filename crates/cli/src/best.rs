//! Which run is the best. Every command that names one takes it from here.

use jobs::{History, Recommendation, Status, Study};
use serde::{Deserialize, Serialize};

use crate::feasibility::{self, ConstraintValue};
use crate::loaded_study::{Direction, LoadedStudy};
use crate::numbers::Digits;

/// The best run so far, as metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Its number.
    pub run: u64,
    /// Whether it is a full run.
    pub trained_in_full: bool,
    /// Expected value of a full run, without noise.
    pub value: f64,
    /// Measured value of a full run.
    pub measured: Option<f64>,
    /// The best value so far of a run that is not trained in full, with its step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub so_far: Option<(u64, f64)>,
    /// Why it is not the full run with the best measured value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The constraints of the study at this run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<ConstraintValue>,
    /// Whether it satisfies all of them; none where the study has no constraint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feasible: Option<bool>,
}

/// What the method recommends, and the same as metrics; `None` while no run has a value.
///
/// # Errors
/// A method that cannot decide.
pub fn best(loaded: &LoadedStudy, study: &Study) -> anyhow::Result<Option<(Recommendation, Best)>> {
    let Some(recommended) = study.best()? else { return Ok(None) };
    let best = Best::of(loaded.direction, study.history(), &recommended);
    Ok(Some((recommended, best)))
}

impl Best {
    fn of(direction: Direction, history: &History, recommended: &Recommendation) -> Self {
        let record = history.run(recommended.run);
        let turn = |v: f64| direction.turn(v);
        let trained_in_full = record.is_some_and(|r| r.status == Status::Finished);
        let early = record.filter(|_| !trained_in_full).and_then(|r| r.curve.best());
        let mut best = Self {
            run: recommended.run.0,
            trained_in_full,
            value: turn(recommended.inference),
            measured: record.filter(|_| trained_in_full).and_then(|r| history.value(r)).map(turn),
            so_far: early.map(|(step, v)| (step.0, turn(v))),
            reason: None,
            constraints: record.map(|r| ConstraintValue::of(history, r)).unwrap_or_default(),
            feasible: None,
        };
        best.feasible = (!best.constraints.is_empty()).then(|| best.constraints.iter().all(|c| c.satisfied));
        best.reason = best.reason(direction, history);
        best
    }

    /// Why it is not the full run with the best measured value; `None` where it is, or where there is no full run.
    fn reason(&self, direction: Direction, history: &History) -> Option<String> {
        let (other, value) = history.best_finished().filter(|(r, _)| r.id.0 != self.run)?;
        let value = direction.turn(value);
        // of several equal ones, any is the best
        if self.measured == Some(value) {
            return None;
        }
        let digits = Digits::that_distinguish(self.measured.into_iter().chain([self.value, value]));
        let (lower, lowest) = if direction.maximise { ("higher", "highest") } else { ("lower", "lowest") };
        let (id, measured, run, expected) = (other.id, digits.write(value), self.run, digits.write(self.value));
        Some(if self.trained_in_full {
            format!(
                "run {id} measured {lower}, {measured}, but single measurements vary by chance: fitted to all runs, the method expects the \
                 {lowest} value from run {run}"
            )
        } else {
            format!(
                "run {id} measured the {lowest} value in full, {measured}; the method expects {expected} from run {run}"
            )
        })
    }

    /// What to say where it does not satisfy all constraints.
    pub fn infeasible(&self) -> Option<String> {
        feasibility::warning(self.run, &self.constraints)
    }

    /// Its value in words: `eval_loss measured 1.2345, 1.2300 expected without noise`.
    pub fn words(&self, metric: &str, full_steps: u64) -> String {
        let so_far = self.so_far.map(|(_, v)| v);
        let digits = Digits::that_distinguish(self.measured.into_iter().chain(so_far).chain([self.value]));
        let expected = digits.write(self.value);
        match (self.measured, self.so_far) {
            (Some(v), _) => format!("{metric} measured {}, {expected} expected without noise", digits.write(v)),
            (None, Some((step, v))) if v == self.value => {
                format!("{metric} {expected} at step {step} of {full_steps}, not trained in full yet")
            }
            (None, Some((step, v))) => format!(
                "{metric} {expected} expected, {} at step {step} of {full_steps}, not trained in full yet",
                digits.write(v)
            ),
            (None, None) => format!("{metric} {expected} expected, not trained in full yet"),
        }
    }
}
