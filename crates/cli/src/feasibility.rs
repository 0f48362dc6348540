//! Whether the best run satisfies the constraints of the study, for every command that names it.

use jobs::{Bound, History, OutcomeConstraint, RunRecord};
use serde::{Deserialize, Serialize};

use crate::numbers::Digits;

/// A constraint and the value of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConstraintValue {
    /// The metric.
    pub metric: String,
    /// Its value at the evaluation that scores the run; none where the run has not reported it.
    pub value: Option<f64>,
    /// The limit from above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// The limit from below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Whether the value is known and within the limit.
    pub satisfied: bool,
}

impl ConstraintValue {
    /// The constraints of the study at a run.
    pub fn of(history: &History, run: &RunRecord) -> Vec<Self> {
        let at = |c: &OutcomeConstraint| {
            let value = history.constrained_value(run, c);
            let (at_most, at_least) = match c.bound {
                Bound::AtMost(limit) => (Some(limit), None),
                Bound::AtLeast(limit) => (None, Some(limit)),
            };
            let satisfied = value.is_some_and(|v| c.violation(v) == 0.0);
            Self { metric: c.metric.clone(), value, at_most, at_least, satisfied }
        };
        history.problem().constraints.iter().map(at).collect()
    }

    /// `general 2.1000 (at most 2.0000: violated)`
    pub fn words(&self) -> String {
        let limit = self.at_most.or(self.at_least);
        let digits = Digits::that_distinguish(self.value.into_iter().chain(limit));
        let limit = match (self.at_most, self.at_least) {
            (Some(most), _) => format!("at most {}", digits.write(most)),
            (None, least) => format!("at least {}", least.map_or_else(String::new, |v| digits.write(v))),
        };
        match self.value {
            None => format!("{} not reported ({limit})", self.metric),
            Some(v) if self.satisfied => format!("{} {} ({limit})", self.metric, digits.write(v)),
            Some(v) => format!("{} {} ({limit}: violated)", self.metric, digits.write(v)),
        }
    }
}

/// All constraints in words.
pub fn words(constraints: &[ConstraintValue]) -> String {
    constraints.iter().map(ConstraintValue::words).collect::<Vec<_>>().join(", ")
}

/// What to say where the run does not satisfy all constraints; `None` where it does.
pub fn warning(run: u64, constraints: &[ConstraintValue]) -> Option<String> {
    let violated: Vec<ConstraintValue> = constraints.iter().filter(|c| !c.satisfied).cloned().collect();
    if violated.is_empty() {
        return None;
    }
    Some(format!("no run satisfies all constraints yet; run {run} violates them least: {}", words(&violated)))
}
