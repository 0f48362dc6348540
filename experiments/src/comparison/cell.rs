//! One cell of a comparison (a task, a budget, a method and a seed) and the loop that computes it.

use std::fmt;
use std::sync::Arc;

use jobs::{DriveOptions, InlineExecutor, Observer, Problem, Recommendation, Report, Study, Trial, drive};
use jobs_core::{Budget, Seed, Steps};

use super::trace::Trace;
use crate::tasks::{TARGET, Task};
use methods::MethodEntry;

/// One task, budget, method and seed.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    /// The task.
    pub task: &'a Task,
    /// The budget, in full runs.
    pub full_runs: u64,
    /// Steps of an early run.
    pub early: Steps,
    /// The method.
    pub method: &'static MethodEntry,
    /// The seed.
    pub seed: u64,
}

/// The recommendation after some steps.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CellRow {
    /// Steps used so far.
    pub steps: u64,
    /// Noise-free value of the recommendation's full run.
    pub oracle: f64,
    /// The value that the method predicted for it.
    pub inference: f64,
}

impl Cell<'_> {
    /// The problem the method sees.
    pub fn problem(&self) -> Problem {
        let full = self.task.trainer.full_steps();
        let budget = Budget { total: Steps(full.0.saturating_mul(self.full_runs)), full, early: self.early };
        let problem = Problem::new(self.task.trainer.space().clone(), budget, TARGET, Seed(self.seed))
            .with_transfer(self.task.transfer.clone());
        match &self.task.candidates {
            Some(candidates) => problem.among(Arc::clone(candidates)),
            None => problem,
        }
    }

    /// What its files are called.
    pub fn file_name(&self) -> String {
        let name = format!("{}-{}-{}-{}", self.task.name, self.full_runs, self.method.name, self.seed);
        name.replace(['/', '\\'], "_")
    }

    fn row(&self, study: &Study, best: &Recommendation) -> anyhow::Result<CellRow> {
        let oracle = self.task.oracle(&best.point)?;
        Ok(CellRow { steps: study.history().spent().0, oracle, inference: best.inference })
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} C={} {} seed {}", self.task.name, self.full_runs, self.method.name, self.seed)
    }
}

/// Runs a cell. It has a row for each change of the recommended configuration, and one at the end.
///
/// # Errors
/// A method that does not apply, a trainer that failed, or a study without a recommendation.
pub fn run_cell(cell: &Cell<'_>, say: impl Fn(String)) -> anyhow::Result<Vec<CellRow>> {
    let problem = cell.problem();
    let method = cell.method.make(&problem)?;
    let mut study = Study::new(problem, method)?;
    let mut recorder = Recorder { cell, say, trace: Trace::default() };
    let mut executor = InlineExecutor::new(cell.task.trainer.as_ref());
    drive(&mut study, &mut executor, &mut [&mut recorder], DriveOptions::default())?;
    let (best, rows) = recorder.trace.finish(&study, |best| cell.row(&study, best))?;
    cell.task.keep(&cell.file_name(), &study, &best)?;
    Ok(rows)
}

struct Recorder<'a, S> {
    cell: &'a Cell<'a>,
    say: S,
    trace: Trace<CellRow>,
}

impl<S: Fn(String)> Observer for Recorder<'_, S> {
    fn asked(&mut self, study: &Study, trial: &Trial) -> Result<(), String> {
        let h = study.history();
        let (spent, total) = (h.spent(), h.problem().budget.total);
        let best = self.trace.last().map_or(String::new(), |r| format!(", best {:.4}", r.oracle));
        (self.say)(format!("{}: {}, {spent} of {total} steps{best}", self.cell, trial.phase));
        Ok(())
    }

    fn told(&mut self, study: &Study, _report: &Report) -> Result<(), String> {
        if self.cell.task.only_at_the_end() {
            return Ok(());
        }
        self.trace.record(study, |best| self.cell.row(study, best)).map_err(|e| e.to_string())
    }
}
