use jobs_core::{LearningCurve, Point, Seed, Steps};
use rand::RngExt;

use crate::{Phase, Problem, RunId, Status};

/// One run of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Its number.
    pub id: RunId,
    /// Its configuration.
    pub point: Point,
    /// The configuration, encoded.
    pub x: Vec<f64>,
    /// Its own seed.
    pub seed: Seed,
    /// Why it was asked for last.
    pub phase: Phase,
    /// Steps done and charged.
    pub step: Steps,
    /// The step it is asked to reach while pending, otherwise `step`.
    pub to: Steps,
    /// Everything told of it.
    pub curve: LearningCurve,
    /// Where it stands.
    pub status: Status,
}

/// Everything that has happened in a study: what methods decide upon.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    pub(crate) problem: Problem,
    pub(crate) runs: Vec<RunRecord>,
    pub(crate) spent: Steps,
    pub(crate) promised: Steps,
    pub(crate) tells: u64,
}

impl History {
    pub(crate) fn new(problem: Problem) -> Self {
        Self { problem, runs: vec![], spent: Steps::ZERO, promised: Steps::ZERO, tells: 0 }
    }

    /// What the study is about.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// All runs, in the order of being asked for.
    pub fn runs(&self) -> &[RunRecord] {
        &self.runs
    }

    /// A run by number.
    pub fn run(&self, id: RunId) -> Option<&RunRecord> {
        self.runs.get(usize::try_from(id.0).ok()?)
    }

    /// Steps charged for what was told.
    pub fn spent(&self) -> Steps {
        self.spent
    }

    /// Steps neither charged nor promised to pending runs.
    pub fn remaining(&self) -> Steps {
        self.problem.budget.total.saturating_sub(self.spent).saturating_sub(self.promised)
    }

    /// How often a run was told.
    pub fn tells(&self) -> u64 {
        self.tells
    }

    /// The candidates no run has begun with, in their order; `None` where any point of the space may be tried.
    pub fn open_candidates(&self) -> Option<Vec<&Point>> {
        let candidates = self.problem.candidates.as_deref()?;
        Some(candidates.iter().filter(|&p| !self.runs.iter().any(|r| r.point == *p)).collect())
    }

    /// A point drawn uniformly from the space, or from the open candidates; `None` where none is left. `index` tells one draw
    /// for a purpose from the next.
    pub fn draw(&self, purpose: &str, index: u64) -> Option<Point> {
        let mut rng = self.problem.seed.stream(purpose, index);
        match self.open_candidates() {
            None => Some(self.problem.space.sample(&mut rng)),
            Some(open) if open.is_empty() => None,
            Some(open) => Some(open[rng.random_range(0..open.len())].clone()),
        }
    }

    /// Runs that are whole full runs.
    pub fn finished(&self) -> impl DoubleEndedIterator<Item = &RunRecord> {
        self.runs.iter().filter(|r| r.status == Status::Finished)
    }

    /// Runs asked for and not yet told.
    pub fn pending(&self) -> impl DoubleEndedIterator<Item = &RunRecord> {
        self.runs.iter().filter(|r| r.status == Status::Pending)
    }

    /// Runs that stopped early and can go on.
    pub fn paused(&self) -> impl DoubleEndedIterator<Item = &RunRecord> {
        self.runs.iter().filter(|r| r.status == Status::Paused)
    }

    /// The target's value of a whole full run; of a run that diverged, what it had reached, if the target has that.
    pub fn value(&self, run: &RunRecord) -> Option<f64> {
        match run.status {
            Status::Finished | Status::Diverged => self.problem.target.of(&run.curve),
            Status::Pending | Status::Paused => None,
        }
    }

    /// The lowest value of a whole full run.
    pub fn best_finished(&self) -> Option<(&RunRecord, f64)> {
        let values = self.finished().filter_map(|r| Some((r, self.value(r)?)));
        values.min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The worst value seen: what a run that diverged without a value counts as, so that searches keep away from it.
    pub fn worst_value(&self) -> Option<f64> {
        let last = |r: &RunRecord| self.value(r).or_else(|| r.curve.last().map(|(_, v)| v));
        self.runs.iter().filter_map(last).max_by(f64::total_cmp)
    }
}
