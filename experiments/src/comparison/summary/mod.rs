//! Summary of a comparison: final losses by task, budget and method, with ranks and significance.

mod markdown;
mod ranks;
mod saving;
mod stages;
mod table;
mod win_tie_loss;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::comparison::row::ComparisonRow;
use crate::comparison::stats::{average_ranks, holm, mean, signed_rank, standard_error};
use crate::files::write_atomic;
pub use markdown::markdown;
pub(crate) use markdown::rounded;
pub use ranks::{RankRow, rank};
pub use stages::{StageRow, stages};
pub use table::{table, table_with};
pub use win_tie_loss::{BaselineRank, MedianRatio, Outcome, Pair, Rival, WinTieLoss, win_tie_losses};

/// The method that the others are compared with.
pub const BASELINE: &str = "jobs";

/// A row of `summary.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// Task.
    pub task: String,
    /// Budget, in full runs.
    pub full_runs: u64,
    /// Method.
    pub method: String,
    /// Number of seeds.
    pub seeds: usize,
    /// Mean over seeds of the final oracle value: that of the seed's last row.
    pub mean_oracle: f64,
    /// Its standard error; empty for one seed.
    pub se_oracle: Option<f64>,
    /// `mean_oracle` - the task's optimum; empty where no optimum is known.
    pub mean_regret: Option<f64>,
    /// Mean over seeds of the method's rank (1: lowest final oracle) among the methods, over the seeds that every method has;
    /// empty if there is none.
    pub rank: Option<f64>,
    /// Two-sided Wilcoxon signed-rank p-value against [`BASELINE`] on the seeds both have, Holm-corrected over the methods of
    /// this task and budget; empty for the baseline itself and where it is absent.
    pub p_vs_jobs: Option<f64>,
    /// Standard deviation of one run's loss near the task's best; empty where it is not known.
    #[serde(default)]
    pub noise: Option<f64>,
    /// Saving in budget: how many times fewer steps [`BASELINE`] needs to reach `mean_oracle`; empty for the baseline itself and where it
    /// does not reach it within the budget, which is a saving below 1.
    #[serde(default)]
    pub saving: Option<f64>,
}

type BySeed = BTreeMap<u64, f64>;

/// Summary rows by budget, task and method, each in the order of their first appearance in `rows`. `optima` and `noise` are by task,
/// where they are known; `full_steps` is the length of a full run.
pub fn summarise(
    rows: &[ComparisonRow],
    optima: &BTreeMap<String, f64>,
    noise: &BTreeMap<String, f64>,
    full_steps: u64,
) -> Vec<SummaryRow> {
    let budgets = in_order(rows.iter().map(|r| r.full_runs));
    let tasks = in_order(rows.iter().map(|r| r.task.as_str()));
    let methods = in_order(rows.iter().map(|r| r.method.as_str()));
    let finals = finals(rows);
    let savings = saving::savings(rows, full_steps);
    let mut summary = vec![];
    for &full_runs in &budgets {
        for &task in &tasks {
            let of = |&method| Some((method, finals.get(&(full_runs, task, method))?));
            let group: Vec<(&str, &BySeed)> = methods.iter().filter_map(of).collect();
            let ranks = mean_ranks(&group);
            let p_values = p_values(&group);
            for (i, (method, by_seed)) in group.iter().enumerate() {
                let values: Vec<f64> = by_seed.values().copied().collect();
                let Some(mean_oracle) = mean(&values) else { continue };
                summary.push(SummaryRow {
                    task: task.to_owned(),
                    full_runs,
                    method: (*method).to_owned(),
                    seeds: values.len(),
                    mean_oracle,
                    se_oracle: standard_error(&values),
                    mean_regret: optima.get(task).map(|optimum| mean_oracle - optimum),
                    rank: ranks.get(i).copied(),
                    p_vs_jobs: p_values[i],
                    noise: noise.get(task).copied(),
                    saving: savings.get(&(full_runs, task.to_owned(), (*method).to_owned())).copied(),
                });
            }
        }
    }
    summary
}

/// Writes a table of rows, `summary.csv` and the like.
///
/// # Errors
/// If it cannot be written.
pub fn write_csv<R: Serialize>(path: &Path, rows: &[R]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(vec![]);
    for row in rows {
        writer.serialize(row).with_context(|| format!("a row of {}", path.display()))?;
    }
    Ok(write_atomic(path, &writer.into_inner().with_context(|| path.display().to_string())?)?)
}

/// The oracle value of each seed's row of largest steps.
fn finals(rows: &[ComparisonRow]) -> BTreeMap<(u64, &str, &str), BySeed> {
    let mut last: BTreeMap<(u64, &str, &str, u64), &ComparisonRow> = BTreeMap::new();
    for row in rows {
        let kept = last.entry((row.full_runs, &row.task, &row.method, row.seed)).or_insert(row);
        if row.steps >= kept.steps {
            *kept = row;
        }
    }
    let mut finals: BTreeMap<_, BySeed> = BTreeMap::new();
    for ((full_runs, task, method, seed), row) in last {
        finals.entry((full_runs, task, method)).or_default().insert(seed, row.oracle);
    }
    finals
}

/// One per method, or nothing where no seed is common to all.
fn mean_ranks(group: &[(&str, &BySeed)]) -> Vec<f64> {
    let everywhere = |seed: &&u64| group.iter().all(|(_, by_seed)| by_seed.contains_key(seed));
    let Some((_, first)) = group.first() else { return vec![] };
    let seeds: Vec<u64> = first.keys().filter(everywhere).copied().collect();
    let mut sums = vec![0.0; if seeds.is_empty() { 0 } else { group.len() }];
    for seed in &seeds {
        let values: Vec<f64> = group.iter().map(|(_, by_seed)| by_seed[seed]).collect();
        for (sum, rank) in sums.iter_mut().zip(average_ranks(&values)) {
            *sum += rank;
        }
    }
    sums.iter().map(|s| s / seeds.len() as f64).collect()
}

/// One per method.
fn p_values(group: &[(&str, &BySeed)]) -> Vec<Option<f64>> {
    let Some((_, baseline)) = group.iter().find(|(name, _)| *name == BASELINE) else { return vec![None; group.len()] };
    let raw = group.iter().map(|(name, by_seed)| {
        let pairs = by_seed.iter().filter_map(|(seed, v)| baseline.get(seed).map(|b| (*v, *b)));
        let (a, b): (Vec<f64>, Vec<f64>) = pairs.unzip();
        if *name == BASELINE || a.is_empty() { None } else { signed_rank(&a, &b).map(|test| test.p_value) }
    });
    let raw: Vec<Option<f64>> = raw.collect();
    let mut corrected = holm(&raw.iter().flatten().copied().collect::<Vec<_>>()).into_iter();
    raw.iter().map(|p| p.and_then(|_| corrected.next())).collect()
}

fn in_order<T: Ord + Copy>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = BTreeSet::new();
    items.filter(|item| seen.insert(*item)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(task: &str, method: &str, seed: u64, steps: u64, oracle: f64) -> ComparisonRow {
        ComparisonRow { task: task.into(), full_runs: 15, method: method.into(), seed, steps, oracle, inference: 0.0 }
    }

    /// Six seeds: `random` always worse than `jobs`, `bo` better on seeds 0 and 1 only.
    fn rows() -> Vec<ComparisonRow> {
        let mut rows = vec![];
        for seed in 0..6 {
            // multiples of 1/64, so that equal differences are equal to the bit
            let by = seed as f64 / 64.0;
            rows.push(row("gsm8k", "jobs", seed, 9375, 1.0 + by));
            rows.push(row("gsm8k", "jobs", seed, 625, 7.0));
            rows.push(row("gsm8k", "bo", seed, 9000, if seed < 2 { 0.75 + by } else { 1.5 + by }));
            rows.push(row("gsm8k", "random", seed, 9375, 2.0 + by * 1.5));
        }
        rows
    }

    #[test]
    fn numbers_are_those_made_by_hand() {
        let by_task = |value| BTreeMap::from([("gsm8k".to_owned(), value)]);
        let summary = summarise(&rows(), &by_task(0.5), &by_task(0.01), 625);
        let names: Vec<_> = summary.iter().map(|r| r.method.as_str()).collect();
        assert_eq!(names, ["jobs", "bo", "random"]);
        let jobs = &summary[0];
        assert_eq!((jobs.seeds, jobs.full_runs, jobs.p_vs_jobs, jobs.noise), (6, 15, None, Some(0.01)));
        assert!((jobs.mean_oracle - (1.0 + 2.5 / 64.0)).abs() < 1e-12, "the last row by steps, not by place");
        // the sample variance of 0, 1, ..., 5 is 3.5
        assert!((jobs.se_oracle.unwrap() - (3.5_f64 / 6.0).sqrt() / 64.0).abs() < 1e-12);
        assert!((jobs.mean_regret.unwrap() - (0.5 + 2.5 / 64.0)).abs() < 1e-12);
        let ranks: Vec<_> = summary.iter().map(|r| r.rank.unwrap()).collect();
        assert_eq!(ranks, [8.0 / 6.0, 10.0 / 6.0, 3.0]);
        // random is always worse: 2/64, by Holm times 2. bo is better by two of size 1/4, which share rank 1.5, and worse by
        // four of rank 4.5: a rank sum of 3 or less has 4 of the 64 sign patterns
        assert_eq!(summary[2].p_vs_jobs, Some(4.0 / 64.0));
        assert_eq!(summary[1].p_vs_jobs, Some(8.0 / 64.0));
    }

    #[test]
    fn columns_are_as_documented() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.csv");
        let one = [row("t", "jobs", 0, 1, 0.5), row("t", "bo", 0, 1, 0.75)];
        write_csv(&path, &summarise(&one, &BTreeMap::new(), &BTreeMap::new(), 625)).unwrap();
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            "task,full_runs,method,seeds,mean_oracle,se_oracle,mean_regret,rank,p_vs_jobs,noise,saving\n\
             t,15,jobs,1,0.5,,,1.0,,,\nt,15,bo,1,0.75,,,2.0,1.0,,9375.0\n"
        );
    }

    #[test]
    fn a_missing_seed_costs_only_that_seed() {
        let mut rows = rows();
        rows.retain(|r| !(r.method == "bo" && r.seed == 3));
        let summary = summarise(&rows, &BTreeMap::new(), &BTreeMap::new(), 625);
        assert_eq!(summary.iter().map(|r| r.seeds).collect::<Vec<_>>(), [6, 5, 6]);
        assert_eq!(summary[0].rank, Some(7.0 / 5.0), "ranked on the five seeds all have");
        assert!(summary.iter().all(|r| r.mean_regret.is_none()));
    }

    #[test]
    fn without_the_baseline_or_a_common_seed_columns_are_empty() {
        let rows = [row("t", "a", 0, 1, 0.5), row("t", "b", 1, 1, 0.6)];
        let summary = summarise(&rows, &BTreeMap::new(), &BTreeMap::new(), 625);
        assert!(summary.iter().all(|r| r.rank.is_none() && r.p_vs_jobs.is_none()));
        assert!(summarise(&[], &BTreeMap::new(), &BTreeMap::new(), 625).is_empty());
    }
}
