//! Saving in budget: how many times fewer steps the baseline needs to reach what another method ends with.

use std::collections::{BTreeMap, BTreeSet};

use super::{BASELINE, in_order};
use crate::comparison::row::ComparisonRow;

/// Oracle values by seed, each as (steps, value) in the order of steps.
type Runs = BTreeMap<u64, Vec<(u64, f64)>>;

/// Saving in budget by (budget in full runs, task, method).
///
/// With `f` the other method's mean final oracle value over its seeds and `m(s)` the baseline's mean oracle value after `s` steps,
///
/// ```text
/// saving = C / s*,    s* = the first step from which on m(s) <= f
/// ```
///
/// where `C` is the budget in steps and `m` is taken over the steps at which every seed of the baseline has a recommendation. A later rise of
/// `m` above `f` moves `s*` behind it, so that a lucky dip does not count. Where the baseline never reaches `f` within the budget there
/// is no entry: the saving is below 1 and its size is unknown.
pub(super) fn savings(rows: &[ComparisonRow], full_steps: u64) -> BTreeMap<(u64, String, String), f64> {
    let mut runs: BTreeMap<(u64, &str, &str), Runs> = BTreeMap::new();
    for r in rows {
        let key = (r.full_runs, r.task.as_str(), r.method.as_str());
        runs.entry(key).or_default().entry(r.seed).or_default().push((r.steps, r.oracle));
    }
    runs.values_mut().flat_map(BTreeMap::values_mut).for_each(|run| run.sort_by_key(|(steps, _)| *steps));
    let mut savings = BTreeMap::new();
    for full_runs in in_order(rows.iter().map(|r| r.full_runs)) {
        for task in in_order(rows.iter().map(|r| r.task.as_str())) {
            let Some(curve) = runs.get(&(full_runs, task, BASELINE)).map(mean_curve) else { continue };
            let budget = full_runs.saturating_mul(full_steps) as f64;
            for (&(_, _, method), other) in
                runs.range((full_runs, task, "")..).take_while(|((c, t, _), _)| (*c, *t) == (full_runs, task))
            {
                let finals: Vec<f64> = other.values().filter_map(|run| run.last().map(|p| p.1)).collect();
                let reached = finals.iter().sum::<f64>() / finals.len() as f64;
                if method != BASELINE
                    && let Some(steps) = stays_at_or_below(&curve, reached)
                {
                    savings.insert((full_runs, task.to_owned(), method.to_owned()), budget / steps as f64);
                }
            }
        }
    }
    savings
}

/// Mean over the seeds, from the first step at which all of them have a value.
fn mean_curve(runs: &Runs) -> Vec<(u64, f64)> {
    let steps: BTreeSet<u64> = runs.values().flatten().map(|p| p.0).collect();
    let at = |run: &[(u64, f64)], step: u64| run.iter().take_while(|(s, _)| *s <= step).last().map(|p| p.1);
    let mean = |step: u64| {
        let values: Option<Vec<f64>> = runs.values().map(|run| at(run, step)).collect();
        values.map(|v| (step, v.iter().sum::<f64>() / v.len() as f64))
    };
    steps.into_iter().filter(|step| *step > 0).filter_map(mean).collect()
}

/// The first step from which on the curve is never above `value`.
fn stays_at_or_below(curve: &[(u64, f64)], value: f64) -> Option<u64> {
    let above = curve.iter().rposition(|(_, y)| *y > value);
    curve.get(above.map_or(0, |i| i + 1)).map(|(step, _)| *step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(method: &str, seed: u64, steps: u64, oracle: f64) -> ComparisonRow {
        ComparisonRow { task: "t".into(), full_runs: 4, method: method.into(), seed, steps, oracle, inference: 0.0 }
    }

    #[test]
    fn savings_are_those_made_by_hand() {
        let mut rows = vec![
            row("jobs", 0, 50, 9.0),
            row("jobs", 0, 100, 3.0),
            row("jobs", 0, 150, 5.0),
            row("jobs", 0, 200, 2.0),
            row("jobs", 1, 80, 3.0),
        ];
        // means of jobs: 6 from 80, 3 from 100, 4 from 150, 2.5 from 200
        rows.extend([row("even", 0, 400, 6.0), row("dip", 0, 400, 3.0), row("out-of-reach", 0, 400, 2.0)]);
        let savings = savings(&rows, 100);
        let of = |method: &str| savings.get(&(4, "t".to_owned(), method.to_owned())).copied();
        assert_eq!(of("even"), Some(400.0 / 80.0));
        assert_eq!(of("dip"), Some(400.0 / 200.0), "the dip at step 100 does not count");
        assert_eq!((of("out-of-reach"), of("jobs")), (None, None));
    }

    #[test]
    fn without_the_baseline_there_are_none() {
        assert!(savings(&[row("random", 0, 100, 1.0)], 100).is_empty());
        assert!(savings(&[], 100).is_empty());
    }
}
