//! Mean ranks over tasks and seeds by budget, with Nemenyi's critical difference.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{finals, in_order};
use crate::comparison::row::ComparisonRow;
use crate::comparison::stats::{average_ranks, critical_difference};

/// A row of `ranks.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankRow {
    /// Budget, in full runs.
    pub full_runs: u64,
    /// Method.
    pub method: String,
    /// Mean rank of its final oracle value among the methods (1: lowest) over all tasks and the seeds that every method has.
    pub mean_rank: f64,
    /// Pairs of task and seed ranked.
    pub blocks: usize,
    /// Mean ranks this far apart differ at 5 % (Nemenyi); pairs of task and seed count as blocks, so it holds for these tasks only.
    pub critical_difference: Option<f64>,
}

/// By budget, the lowest rank first.
pub fn rank(rows: &[ComparisonRow]) -> Vec<RankRow> {
    let finals = finals(rows);
    let mut out = vec![];
    for full_runs in in_order(rows.iter().map(|r| r.full_runs)) {
        let here = || rows.iter().filter(|r| r.full_runs == full_runs);
        let methods = in_order(here().map(|r| r.method.as_str()));
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        let mut blocks = 0;
        for task in in_order(here().map(|r| r.task.as_str())) {
            let of: Vec<_> = methods.iter().filter_map(|&m| finals.get(&(full_runs, task, m))).collect();
            if of.len() < methods.len() {
                continue;
            }
            for seed in of[0].keys().filter(|s| of.iter().all(|by_seed| by_seed.contains_key(s))) {
                let values: Vec<f64> = of.iter().map(|by_seed| by_seed[seed]).collect();
                blocks += 1;
                for (method, rank) in methods.iter().zip(average_ranks(&values)) {
                    *sums.entry(method).or_default() += rank;
                }
            }
        }
        let critical_difference = critical_difference(methods.len(), blocks);
        let mut ranked: Vec<RankRow> = sums
            .into_iter()
            .map(|(method, sum)| {
                let mean_rank = sum / blocks as f64;
                RankRow { full_runs, method: method.to_owned(), mean_rank, blocks, critical_difference }
            })
            .collect();
        ranked.sort_by(|a, b| a.mean_rank.total_cmp(&b.mean_rank));
        out.extend(ranked);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_means_over_tasks_and_common_seeds() {
        let row = |task: &str, method: &str, seed, oracle| ComparisonRow {
            task: task.into(),
            full_runs: 15,
            method: method.into(),
            seed,
            steps: 1,
            oracle,
            inference: 0.0,
        };
        let rows = [
            row("t", "a", 0, 1.0),
            row("t", "b", 0, 2.0),
            row("t", "a", 1, 1.0),
            row("u", "a", 0, 3.0),
            row("u", "b", 0, 3.0),
        ];
        let ranks = rank(&rows);
        let found: Vec<_> = ranks.iter().map(|r| (r.method.as_str(), r.mean_rank, r.blocks)).collect();
        assert_eq!(found, [("a", 1.25, 2), ("b", 1.75, 2)]);
        assert!(rank(&[]).is_empty());
    }
}
