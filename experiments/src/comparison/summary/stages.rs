//! Regret along the budget: after a quarter, a half and all of it, and the area under the regret curve.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::in_order;
use crate::comparison::row::ComparisonRow;
use crate::comparison::stats::{mean, quantile};

/// A row of `stages.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRow {
    /// Task.
    pub task: String,
    /// Budget, in full runs.
    pub full_runs: u64,
    /// Method.
    pub method: String,
    /// Number of seeds.
    pub seeds: usize,
    /// Seeds of the suite whose cell failed.
    pub failed: usize,
    /// Mean regret of the recommendation after a quarter of the budget, over the seeds that had one by then.
    pub regret_25: Option<f64>,
    /// After half of it.
    pub regret_50: Option<f64>,
    /// At the end.
    pub regret_100: Option<f64>,
    /// Median over seeds of the final regret.
    pub median_regret: Option<f64>,
    /// Mean over seeds of the regret averaged over the budget from the first recommendation on.
    pub mean_area: Option<f64>,
}

/// By seed, (steps, regret) of each recommendation.
type Curves = BTreeMap<u64, Vec<(f64, f64)>>;

/// One per budget, task and method. `seeds` is how many each should have, `full_steps` the steps of a full run.
pub fn stages(rows: &[ComparisonRow], optima: &BTreeMap<String, f64>, seeds: usize, full_steps: u64) -> Vec<StageRow> {
    let mut curves: BTreeMap<(u64, &str, &str), Curves> = BTreeMap::new();
    for r in rows {
        let optimum = optima.get(&r.task).copied().unwrap_or(0.0);
        let key = (r.full_runs, r.task.as_str(), r.method.as_str());
        curves.entry(key).or_default().entry(r.seed).or_default().push((r.steps as f64, r.oracle - optimum));
    }
    let mut out = vec![];
    for full_runs in in_order(rows.iter().map(|r| r.full_runs)) {
        let total = full_runs.saturating_mul(full_steps) as f64;
        for task in in_order(rows.iter().map(|r| r.task.as_str())) {
            for method in in_order(rows.iter().map(|r| r.method.as_str())) {
                let Some(by_seed) = curves.get_mut(&(full_runs, task, method)) else { continue };
                by_seed.values_mut().for_each(|c| c.sort_by(|a, b| a.0.total_cmp(&b.0)));
                let over = |share: f64| {
                    let values: Vec<f64> = by_seed.values().filter_map(|c| at(c, share * total)).collect();
                    mean(&values)
                };
                let finals: Vec<f64> = by_seed.values().filter_map(|c| c.last().map(|p| p.1)).collect();
                let areas: Vec<f64> = by_seed.values().filter_map(|c| area(c, total)).collect();
                out.push(StageRow {
                    task: task.to_owned(),
                    full_runs,
                    method: method.to_owned(),
                    seeds: by_seed.len(),
                    failed: seeds.saturating_sub(by_seed.len()),
                    regret_25: over(0.25),
                    regret_50: over(0.5),
                    regret_100: mean(&finals),
                    median_regret: quantile(&finals, 0.5),
                    mean_area: mean(&areas),
                });
            }
        }
    }
    out
}

/// The value that holds at `steps`.
fn at(curve: &[(f64, f64)], steps: f64) -> Option<f64> {
    curve.iter().take_while(|(s, _)| *s <= steps).last().map(|p| p.1)
}

/// Mean of the step function from its first point to `total`; the value itself where it begins at the end.
fn area(curve: &[(f64, f64)], total: f64) -> Option<f64> {
    let (first, last) = (curve.first()?, curve.last()?);
    if first.0 >= total {
        return Some(last.1);
    }
    let until = curve.iter().skip(1).map(|p| p.0.min(total)).chain([total]);
    let sum: f64 = curve.iter().zip(until).map(|((from, v), to)| v * (to - from).max(0.0)).sum();
    Some(sum / (total - first.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seed: u64, steps: u64, oracle: f64) -> ComparisonRow {
        ComparisonRow { task: "t".into(), full_runs: 4, method: "jobs".into(), seed, steps, oracle, inference: 0.0 }
    }

    #[test]
    fn stages_and_areas_are_those_made_by_hand() {
        // a budget of 400 steps: regret 4 from 100 on, 2 from 200 on, 1 at the end; and 3 from 300 on
        let rows = [row(0, 100, 5.0), row(0, 200, 3.0), row(0, 400, 2.0), row(1, 300, 4.0)];
        let stages = stages(&rows, &BTreeMap::from([("t".into(), 1.0)]), 3, 100);
        let s = &stages[0];
        assert_eq!((s.seeds, s.failed), (2, 1));
        assert_eq!((s.regret_25, s.regret_50, s.regret_100), (Some(4.0), Some(2.0), Some(2.0)));
        assert_eq!(s.median_regret, Some(2.0));
        // (4 * 100 + 2 * 200) / 300 and 3
        assert!((s.mean_area.unwrap() - (800.0 / 300.0 + 3.0) / 2.0).abs() < 1e-12);
    }
}
