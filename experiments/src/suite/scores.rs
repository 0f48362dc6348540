//! Scores of the methods on one family.

use std::collections::BTreeMap;

use serde::Serialize;

use super::REFERENCE;
use crate::comparison::row::ComparisonRow;
use crate::comparison::stats::mean;
use crate::comparison::suite::Suite;
use crate::comparison::summary::{BASELINE, StageRow, SummaryRow, stages, summarise};

/// A row of `families.csv`: one method on one family at one budget. Means are over the tasks of the family.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ScoreRow {
    /// The family.
    pub family: &'static str,
    /// Budget, in full runs.
    pub full_runs: u64,
    /// The method.
    pub method: String,
    /// Tasks.
    pub tasks: usize,
    /// Mean rank of the final value among the methods.
    pub rank: f64,
    /// Mean regret over that of random search: 0 is the best recorded, 1 random search.
    pub regret: f64,
    /// The same of the regret averaged along the budget.
    pub area: f64,
    /// Tasks on which `jobs` is significantly better, indistinguishable, and significantly worse (Wilcoxon, Holm).
    pub wins: usize,
    /// See [`Self::wins`].
    pub ties: usize,
    /// See [`Self::wins`].
    pub losses: usize,
    /// Geometric mean of the saving in budget of `jobs` against the method; a task on which it does not get there counts as 1.
    pub saving: Option<f64>,
    /// Cells without a result.
    pub failed: usize,
}

/// One per method.
pub(super) fn scores(family: &'static str, suite: &Suite, rows: &[ComparisonRow]) -> Vec<ScoreRow> {
    let optima: BTreeMap<String, f64> = suite.tasks.iter().map(|t| (t.name.clone(), t.optimum)).collect();
    let full = suite.tasks.first().map_or(0, |t| t.full_steps().0);
    let seeds = usize::try_from(suite.seeds.end - suite.seeds.start).unwrap_or(usize::MAX);
    let summary = summarise(rows, &optima, &BTreeMap::new(), full);
    let stages = stages(rows, &optima, seeds, full);
    let full_runs = suite.budgets.first().copied().unwrap_or(0);
    let one = |method: &str| score(family, full_runs, method, &summary, &stages);
    suite.methods.iter().filter_map(|m| one(m.name)).collect()
}

fn score(
    family: &'static str,
    full_runs: u64,
    method: &str,
    summary: &[SummaryRow],
    stages: &[StageRow],
) -> Option<ScoreRow> {
    let own: Vec<&SummaryRow> = summary.iter().filter(|r| r.method == method).collect();
    let baseline = |task: &str| summary.iter().find(|r| r.task == task && r.method == BASELINE);
    let (mut wins, mut ties, mut losses) = (0, 0, 0);
    for row in &own {
        let better = baseline(&row.task).is_some_and(|b| b.mean_oracle < row.mean_oracle);
        match row.p_vs_jobs {
            Some(p) if p < 0.05 && better => wins += 1,
            Some(p) if p < 0.05 => losses += 1,
            Some(_) => ties += 1,
            None => {}
        }
    }
    let relative = |of: fn(&StageRow) -> Option<f64>| {
        let value = |task: &str, method: &str| of(stages.iter().find(|s| s.task == task && s.method == method)?);
        let ratios = own.iter().filter_map(|r| {
            let reference = value(&r.task, REFERENCE).filter(|v| *v > 0.0)?;
            Some(value(&r.task, method)? / reference)
        });
        mean(&ratios.collect::<Vec<_>>())
    };
    let logs: Vec<f64> = own.iter().map(|r| r.saving.unwrap_or(1.0).ln()).collect();
    Some(ScoreRow {
        family,
        full_runs,
        method: method.to_owned(),
        tasks: own.len(),
        rank: mean(&own.iter().filter_map(|r| r.rank).collect::<Vec<_>>())?,
        regret: relative(|s| s.regret_100).unwrap_or(f64::NAN),
        area: relative(|s| s.mean_area).unwrap_or(f64::NAN),
        wins,
        ties,
        losses,
        saving: mean(&logs).filter(|_| method != BASELINE && !own.is_empty()).map(f64::exp),
        failed: stages.iter().filter(|s| s.method == method).map(|s| s.failed).sum(),
    })
}
