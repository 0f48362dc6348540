//! `[[outcome_constraint]]`: limits on metrics that runs report beside that of the study.

use jobs::{Bound, OutcomeConstraint};
use serde::Deserialize;

use super::lines::line_of_nth;
use super::{Complaints, StudyFile, TrainerKind};

/// The section of the study file.
const SECTION: &str = "outcome_constraint";
/// Most constraints: each has a model of its own, which is fitted after every report.
const MOST: usize = 20;

/// `[[outcome_constraint]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeConstraintTable {
    /// Key in the lines of the trainer.
    pub metric: String,
    /// No value above this.
    pub at_most: Option<f64>,
    /// No value below this.
    pub at_least: Option<f64>,
}

impl OutcomeConstraintTable {
    fn bounds(&self) -> impl Iterator<Item = Bound> {
        self.at_most.map(Bound::AtMost).into_iter().chain(self.at_least.map(Bound::AtLeast))
    }
}

/// The constraints of a study file; a table with both limits is two of them.
pub(crate) fn outcome_constraints(file: &StudyFile) -> Vec<OutcomeConstraint> {
    let of = |t: &OutcomeConstraintTable| {
        let metric = t.metric.clone();
        t.bounds().map(move |bound| OutcomeConstraint { metric: metric.clone(), bound }).collect::<Vec<_>>()
    };
    file.outcome_constraint.iter().flat_map(of).collect()
}

/// Rejects constraints that cannot be checked.
pub(super) fn check_outcomes(file: &StudyFile, complaints: &Complaints<'_>) -> anyhow::Result<()> {
    for (n, table) in file.outcome_constraint.iter().enumerate() {
        if let Some((key, problem)) = problem_of(file, n, table) {
            let line = line_of_nth(complaints.text, SECTION, n, key);
            return Err(complaints.at_line(line, SECTION, key, problem));
        }
    }
    Ok(())
}

/// The key that is wrong, and why.
fn problem_of(file: &StudyFile, n: usize, table: &OutcomeConstraintTable) -> Option<(&'static str, String)> {
    let metric = table.metric.as_str();
    if n >= MOST {
        return Some(("metric", format!("is of constraint {}, expected at most {MOST} constraints", n + 1)));
    }
    if file.trainer.kind != TrainerKind::Command {
        let problem = "cannot be used: the trainer reports no other metric; expected trainer.kind = \"command\"";
        return Some(("metric", problem.into()));
    }
    if metric.trim().is_empty() || metric == "step" {
        return Some((
            "metric",
            "is not a valid name; expected a key of the trainer's lines, other than \"step\"".into(),
        ));
    }
    if metric == file.objective.metric {
        return Some(("metric", format!("is `{metric}`, the objective of the study; expected another metric")));
    }
    if let Some(before) = file.outcome_constraint[..n].iter().position(|t| t.metric == metric) {
        let problem = format!("is `{metric}`, as in constraint {}; give both limits in one table", before + 1);
        return Some(("metric", problem));
    }
    for (key, value) in [("at_most", table.at_most), ("at_least", table.at_least)] {
        if let Some(v) = value.filter(|v| !v.is_finite()) {
            return Some((key, format!("is {v}, expected a finite number")));
        }
    }
    match (table.at_least, table.at_most) {
        (None, None) => Some(("metric", format!("is `{metric}` without a limit; expected `at_most` or `at_least`"))),
        (Some(least), Some(most)) if least > most => {
            Some(("at_least", format!("is {least}, above at_most = {most}: no value satisfies both")))
        }
        _ => None,
    }
}
