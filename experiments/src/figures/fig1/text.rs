use serde::Serialize;

use super::rows::{ONLINE, Row};
use crate::comparison::stats::{mean, standard_error};

/// Mean over seeds; the rows of task `mean` are means over tasks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) task: String,
    /// N as told, one of [`ONLINE`], or `oracle`: the fixed N best for the task in hindsight.
    pub(crate) choice: String,
    pub(crate) seeds: usize,
    /// Mean number of full runs learnt from.
    pub(crate) full_runs: f64,
    pub(crate) regret: f64,
    /// Standard error over seeds (for `mean`: of the mean over tasks of each seed).
    pub(crate) regret_se: f64,
}

/// What tables call the fixed N that is best for a task in hindsight.
const ORACLE: &str = "oracle";
const MEAN: &str = "mean";

pub(super) fn summarise(rows: &[Row]) -> Vec<Summary> {
    let (tasks, choices) = (distinct(rows, |r| &r.task), distinct(rows, |r| &r.choice));
    let mut all = vec![];
    for task in &tasks {
        let of = |choice: &&str| summary(rows, task, choice);
        let each: Vec<Summary> = choices.iter().filter_map(of).collect();
        let fixed = each.iter().filter(|s| !ONLINE.contains(&s.choice.as_str()));
        let oracle = fixed.min_by(|a, b| a.regret.total_cmp(&b.regret)).cloned();
        all.extend(each);
        all.extend(oracle.map(|o| Summary { choice: ORACLE.into(), ..o }));
    }
    if tasks.len() > 1 {
        let over_tasks: Vec<Summary> =
            choices.iter().copied().chain([ORACLE]).filter_map(|choice| mean_of_tasks(&all, rows, choice)).collect();
        all.extend(over_tasks);
    }
    all
}

fn summary(rows: &[Row], task: &str, choice: &str) -> Option<Summary> {
    let here: Vec<&Row> = rows.iter().filter(|r| r.task == task && r.choice == choice).collect();
    let regrets: Vec<f64> = here.iter().map(|r| r.regret).collect();
    let runs: Vec<f64> = here.iter().map(|r| r.full_runs as f64).collect();
    Some(Summary {
        task: task.to_owned(),
        choice: choice.to_owned(),
        seeds: here.len(),
        full_runs: mean(&runs)?,
        regret: mean(&regrets)?,
        regret_se: standard_error(&regrets).unwrap_or(0.0),
    })
}

/// Mean over tasks. Seeds are shared by the tasks, so the error is that of the seeds' means; that of the oracle, another N on
/// each task, takes the tasks as independent.
fn mean_of_tasks(each: &[Summary], rows: &[Row], choice: &str) -> Option<Summary> {
    let same: Vec<&Summary> = each.iter().filter(|s| s.choice == choice).collect();
    let of = |f: fn(&Summary) -> f64| mean(&same.iter().map(|s| f(s)).collect::<Vec<_>>());
    let mut seeds: Vec<u64> = rows.iter().map(|r| r.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let of_seed = |seed: &u64| {
        let here = rows.iter().filter(|r| r.choice == choice && r.seed == *seed);
        mean(&here.map(|r| r.regret).collect::<Vec<_>>())
    };
    let means: Vec<f64> = seeds.iter().filter_map(of_seed).collect();
    let independent = same.iter().map(|s| s.regret_se.powi(2)).sum::<f64>().sqrt() / same.len().max(1) as f64;
    Some(Summary {
        task: MEAN.into(),
        choice: choice.to_owned(),
        seeds: same.first()?.seeds,
        full_runs: of(|s| s.full_runs)?,
        regret: of(|s| s.regret)?,
        regret_se: standard_error(&means).unwrap_or(independent),
    })
}

/// A line per choice, a column per task.
pub(super) fn in_words(summary: &[Summary]) -> String {
    let tasks = distinct(summary, |s| &s.task);
    let mut out =
        format!("\nFinal regret (mean over {} seeds)\n  N                   ", summary.first().map_or(0, |s| s.seeds));
    tasks.iter().for_each(|t| out += &format!("{:>16}", t.chars().take(15).collect::<String>()));
    out += "   mean N\n";
    for choice in distinct(summary, |s| &s.choice) {
        out += &format!("  {choice:20}");
        let mut n = 0.0;
        for task in &tasks {
            match summary.iter().find(|s| s.task == *task && s.choice == choice) {
                Some(s) => {
                    out += &format!("  {:.4} +- {:.3}", s.regret, s.regret_se);
                    n = s.full_runs;
                }
                None => out += &format!("{:>16}", "-"),
            }
        }
        out += &format!("{n:9.1}\n");
    }
    out
}

/// In order of appearance.
fn distinct<'a, R>(rows: &'a [R], of: impl Fn(&'a R) -> &'a String) -> Vec<&'a str> {
    let mut all: Vec<&str> = vec![];
    for row in rows {
        if !all.contains(&of(row).as_str()) {
            all.push(of(row));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oracle_is_the_best_fixed_choice_of_each_task() {
        let row = |task: &str, choice: &str, seed, full_runs, regret| Row {
            task: task.into(),
            choice: choice.into(),
            seed,
            full_runs,
            regret,
        };
        let mut rows = vec![];
        for seed in 0..2 {
            let s = seed as f64 * 0.2;
            rows.extend([
                row("a", "5", seed, 5, 1.0 + s),
                row("a", "10", seed, 10, 2.0 + s),
                row("a", ONLINE[0], seed, 7, 0.5),
            ]);
            rows.extend([
                row("b", "5", seed, 5, 4.0),
                row("b", "10", seed, 10, 3.0),
                row("b", ONLINE[0], seed, 9, 3.5),
            ]);
        }
        let all = summarise(&rows);
        let of = |task: &str, choice: &str| all.iter().find(|s| s.task == task && s.choice == choice).unwrap();
        assert_eq!((of("a", ORACLE).full_runs, of("b", ORACLE).full_runs), (5.0, 10.0));
        assert!((of(MEAN, ORACLE).regret - (1.1 + 3.0) / 2.0).abs() < 1e-12);
        assert!((of(MEAN, ONLINE[0]).full_runs - 8.0).abs() < 1e-12);
        // seeds' means of N = 5 are 2.5 and 2.6
        assert!((of(MEAN, "5").regret_se - 0.05).abs() < 1e-12);
        assert!(in_words(&all).contains("oracle"));
    }
}
