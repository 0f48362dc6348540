//! The bound against N, the searches and their summary.

use anyhow::Context;
use budget::{BoundModel, BoundPoint, ErrorRole, OnlineRule, RegretBound};
use jobs::{DriveOptions, InlineExecutor, Method, Phase, Problem, Study, drive};
use jobs_core::{Budget, Seed};
use methods::{OnlineJobs, jobs_with_full_runs};
use serde::Serialize;

use crate::comparison::results_folder::distinct;
use crate::comparison::stats::{mean, standard_error};
use crate::tasks::{TARGET, Task};
use crate::user_error::user;

/// How N is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Choice {
    Fixed(u64),
    /// Decided after each full run, by the bound with the predictor's error in this role.
    Online(ErrorRole),
}

impl Choice {
    pub(super) fn name(self) -> String {
        match self {
            Self::Fixed(n) => n.to_string(),
            Self::Online(ErrorRole::Noise) => ONLINE[0].into(),
            Self::Online(ErrorRole::Misspecification) => ONLINE[1].into(),
        }
    }
}

/// What tables call the online choices: by the paper's bound, and by the misspecified one.
pub(super) const ONLINE: [&str; 2] = ["online", "online-misspecified"];

/// One search.
pub(super) struct Cell<'a> {
    pub(super) task: &'a Task,
    pub(super) choice: Choice,
    pub(super) budget: Budget,
    pub(super) seed: u64,
}

/// Its result.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) task: String,
    /// N as given, or one of [`ONLINE`].
    pub(crate) choice: String,
    pub(crate) seed: u64,
    /// Full runs learned from.
    pub(crate) full_runs: u64,
    /// Noise-free loss of the recommendation above the optimum.
    pub(crate) regret: f64,
}

impl Cell<'_> {
    pub(super) fn run(&self) -> anyhow::Result<Row> {
        let problem = Problem::new(self.task.trainer.space().clone(), self.budget, TARGET, Seed(self.seed));
        let method: Box<dyn Method> = match self.choice {
            Choice::Fixed(n) => Box::new(jobs_with_full_runs(&problem, n)?),
            Choice::Online(role) => {
                let model = BoundModel { role, ..BoundModel::default() };
                let rule = OnlineRule { model, verification_runs: 0, ..OnlineRule::default() };
                Box::new(OnlineJobs::new(&problem, rule))
            }
        };
        let mut study = Study::new(problem, method)?;
        drive(&mut study, &mut InlineExecutor::new(self.task.trainer.as_ref()), &mut [], DriveOptions::default())?;
        let best = study.best()?.context("the study ended without a recommendation")?;
        let full_runs = study.history().runs().iter().filter(|r| r.phase == Phase::Learn).count() as u64;
        let regret = self.task.oracle(&best.point)? - self.task.optimum;
        Ok(Row { task: self.task.name.clone(), choice: self.choice.name(), seed: self.seed, full_runs, regret })
    }
}

/// The bound against N.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct BoundRow {
    pub(super) n: u64,
    pub(super) t: u64,
    /// The paper's bound, per round.
    pub(super) bound: f64,
    /// The misspecified bound, per round.
    pub(super) misspecified: f64,
}

/// The paper's and the misspecified bound at every N, nothing kept to verify: the form that is searched with here.
pub(super) fn bound(budget: &Budget) -> anyhow::Result<Vec<BoundRow>> {
    let with = |role| RegretBound { model: BoundModel { role, ..BoundModel::default() }, verification_runs: 0 };
    let paper = with(ErrorRole::Noise).curve(budget).map_err(user)?;
    let other = with(ErrorRole::Misspecification).curve(budget).map_err(user)?;
    let row = |(p, m): (BoundPoint, BoundPoint)| BoundRow {
        n: p.full_runs,
        t: p.early_runs,
        bound: p.bound,
        misspecified: m.bound,
    };
    Ok(paper.into_iter().zip(other).map(row).filter(|r| r.t > 0).collect())
}

/// Mean over seeds; the rows of task `mean` are means over tasks.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) task: String,
    /// N as given, one of [`ONLINE`], or `oracle`: the fixed N best for the task in hindsight.
    pub(crate) choice: String,
    pub(crate) seeds: usize,
    /// Mean number of full runs learned from.
    pub(crate) full_runs: f64,
    pub(crate) regret: f64,
    /// Standard error over seeds (for `mean`: of the mean over tasks of each seed).
    pub(crate) regret_se: f64,
}

/// What tables call the fixed N that is best for a task in hindsight.
pub(super) const ORACLE: &str = "oracle";
pub(super) const MEAN: &str = "mean";

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
