//! Paired differences of test losses between `jobs` and every other method, with intervals.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::references::{NAME, Reference};
use crate::comparison::results_folder::distinct;
use crate::comparison::row::ComparisonRow;
use crate::comparison::stats::{bootstrap_mean, mean};
use crate::comparison::summary::{BASELINE, write_csv};

const FILE: &str = "paired.csv";
const RESAMPLES: usize = 10_000;
/// The row of all targets together.
const ALL: &str = "all";

/// A row of `paired.csv`.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Paired {
    /// Target, or `all`.
    task: String,
    /// Budget, in full runs.
    full_runs: u64,
    /// The other method.
    method: String,
    /// Pairs: the same target and seed.
    pairs: usize,
    /// Mean test loss of the other method minus that of `jobs`: positive where `jobs` is better.
    difference: f64,
    /// 95 % bootstrap interval over pairs.
    low: f64,
    /// Its upper end.
    high: f64,
    /// Pairs in which `jobs` has the lower test loss.
    wins: usize,
}

/// Writes the table; gives back its file.
pub(super) fn write(rows: &[ComparisonRow], references: &[Reference], out: &Path) -> anyhow::Result<PathBuf> {
    let mut all = rows.to_vec();
    for row in rows.iter().filter(|r| r.method == BASELINE) {
        let own = references.iter().filter(|r| r.task == row.task);
        all.extend(own.map(|r| ComparisonRow { method: NAME.into(), oracle: r.test, ..row.clone() }));
    }
    let path = out.join(FILE);
    write_csv(&path, &paired(&all))?;
    Ok(path)
}

fn paired(rows: &[ComparisonRow]) -> Vec<Paired> {
    let mut budgets: Vec<u64> = rows.iter().map(|r| r.full_runs).collect();
    budgets.sort_unstable();
    budgets.dedup();
    let mut found = vec![];
    for full_runs in budgets {
        for method in distinct(rows, |r| &r.method).into_iter().filter(|m| *m != BASELINE) {
            let tasks = distinct(rows, |r| &r.task);
            let own = tasks.iter().map(|task| (*task, differences(rows, full_runs, method, task)));
            let own: Vec<(&str, Vec<f64>)> = own.collect();
            let together = own.iter().flat_map(|(_, d)| d.clone()).collect();
            for (task, values) in own.into_iter().chain([(ALL, together)]) {
                found.extend(summary(task, full_runs, method, &values));
            }
        }
    }
    found
}

/// A method's test losses minus those of `jobs`, by seed.
fn differences(rows: &[ComparisonRow], full_runs: u64, method: &str, task: &str) -> Vec<f64> {
    let of = |name: &'static str, seed: u64| {
        rows.iter().find(|r| (r.method.as_str(), r.task.as_str(), r.full_runs, r.seed) == (name, task, full_runs, seed))
    };
    let own = rows.iter().filter(|r| r.method == method && r.task == task && r.full_runs == full_runs);
    own.filter_map(|r| Some(r.oracle - of(BASELINE, r.seed)?.oracle)).collect()
}

fn summary(task: &str, full_runs: u64, method: &str, values: &[f64]) -> Option<Paired> {
    let interval = bootstrap_mean(values, 0.95, RESAMPLES, 0)?;
    let (difference, wins) = (mean(values)?, values.iter().filter(|d| **d > 0.0).count());
    let (task, method) = (task.to_owned(), method.to_owned());
    Some(Paired {
        task,
        full_runs,
        method,
        pairs: values.len(),
        difference,
        low: interval.low,
        high: interval.high,
        wins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_target_and_seed_make_a_pair() {
        let row = |method: &str, seed, oracle| ComparisonRow {
            task: "t".into(),
            full_runs: 10,
            method: method.into(),
            seed,
            steps: 100,
            oracle,
            inference: 0.0,
        };
        let rows = [row("jobs", 0, 1.0), row("jobs", 1, 2.0), row("boca", 1, 1.5), row("boca", 2, 9.0)];
        let found = paired(&rows);
        assert_eq!(found.len(), 2, "{found:?}"); // the target and all together
        assert_eq!((found[0].pairs, found[0].difference, found[0].wins), (1, -0.5, 0));
    }
}
