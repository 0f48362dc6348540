//! A study's history: the fold of its [`Event`]s, with every check of what may happen next.

mod budget;
mod error;
mod feasible;
mod fold;
mod import;
mod queue;
mod steer;
mod time;
mod untried;
mod withdraw;

use std::collections::{BTreeMap, BTreeSet};

use jobs_core::{BudgetError, LearningCurve, Point, Seed, Steps};
use rand::RngExt;

pub use self::error::HistoryError;
pub use self::queue::Queued;
pub use self::time::Pace;
use crate::{Event, MetricValues, Phase, Problem, RunId, Status, Trial};

/// One run of a study.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// Number of the run.
    pub id: RunId,
    /// Configuration.
    pub point: Point,
    /// The configuration, encoded.
    pub x: Vec<f64>,
    /// Seed of the run.
    pub seed: Seed,
    /// Why its latest trial was started.
    pub phase: Phase,
    /// Steps trained and charged to the budget.
    pub step: Steps,
    /// The step a pending run has to reach; equal to `step` otherwise.
    pub to: Steps,
    /// Every evaluation reported so far.
    pub curve: LearningCurve,
    /// Every other metric reported so far.
    pub metrics: MetricValues,
    /// State of the run.
    pub status: Status,
}

impl RunRecord {
    /// The trial of a pending run.
    fn trial(&self) -> Trial {
        let Self { id, point, seed, step, to, phase, .. } = self;
        Trial { run: *id, point: point.clone(), seed: *seed, from: *step, to: *to, phase: *phase }
    }
}

/// Everything that has happened in a study: the input of every [`Method`](crate::Method).
///
/// A history is the fold of its events ([`History::replay`]) and needs no method: a program that only looks at a study reads
/// its journal into one. [`Study`](crate::Study) adds the method that decides what to train next.
///
/// ```
/// use jobs::{History, Phase, Problem, Report};
/// use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
///
/// let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rate'\nkind = 'real'\nlow = 0.0\nhigh = 1.0")?;
/// let point = space.design(1, Seed(0)).remove(0);
/// let budget = Budget { total: Steps(500), full: Steps(100), early: Steps(20) };
/// let problem = Problem::new(space, budget, Target::Best, Seed(0));
///
/// let mut history = History::new(problem.clone())?;
/// let trial = history.start(point, Steps(20), Phase::Search)?;
/// let curve = LearningCurve::from_pairs([(Steps(20), 1.5)])?;
/// history.tell(Report { run: trial.run, step: trial.to, curve })?;
/// assert_eq!(history.spent(), Steps(20));
/// assert_eq!(History::replay(problem, history.events().to_vec())?, history);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    problem: Problem,
    runs: Vec<RunRecord>,
    spent: Steps,
    promised: Steps,
    tells: u64,
    queue: Vec<Queued>,
    skipped: BTreeSet<RunId>,
    held: BTreeSet<RunId>,
    seconds: BTreeMap<RunId, f64>,
    /// Seconds since the last report of a run.
    untold: BTreeMap<RunId, f64>,
    /// Steps and seconds of reported trials.
    timings: Vec<(f64, f64)>,
    events: Vec<Event>,
}

impl History {
    /// The history of a study in which nothing has happened.
    ///
    /// # Errors
    /// An unusable budget.
    pub fn new(problem: Problem) -> Result<Self, BudgetError> {
        problem.check()?;
        let (spent, promised) = (Steps::ZERO, Steps::ZERO);
        let (skipped, held, seconds) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        let (runs, queue, events, untold, timings) = (vec![], vec![], vec![], BTreeMap::new(), vec![]);
        Ok(Self { problem, runs, spent, promised, tells: 0, queue, skipped, held, seconds, untold, timings, events })
    }

    /// What the study is about, with the budget now in force ([`History::set_total`]).
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The events, in order: [`History::replay`] gives this history again.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// All runs, in the order in which they started.
    pub fn runs(&self) -> &[RunRecord] {
        &self.runs
    }

    /// The runs that were not withdrawn.
    pub fn counted(&self) -> impl DoubleEndedIterator<Item = &RunRecord> {
        self.runs.iter().filter(|r| r.status != Status::Withdrawn)
    }

    /// A run by number.
    pub fn run(&self, id: RunId) -> Option<&RunRecord> {
        self.runs.get(usize::try_from(id.0).ok()?)
    }

    /// Budget used: the steps of all reports, without those of withdrawn runs.
    pub fn spent(&self) -> Steps {
        self.spent
    }

    /// Budget left: steps neither used nor reserved for pending runs.
    pub fn remaining(&self) -> Steps {
        self.problem.budget.total.saturating_sub(self.spent).saturating_sub(self.promised)
    }

    /// Number of reports so far.
    pub fn tells(&self) -> u64 {
        self.tells
    }

    /// The candidates without a run, in their order; `None` where any point of the space may be tried.
    pub fn open_candidates(&self) -> Option<Vec<&Point>> {
        let candidates = self.problem.candidates.as_deref()?;
        Some(candidates.iter().filter(|&p| !self.was_tried(p)).collect())
    }

    /// A point drawn uniformly from the space, or from the open candidates; `None` where none is left. Draws with the same
    /// `purpose` differ by their `index`.
    pub fn draw(&self, purpose: &str, index: u64) -> Option<Point> {
        let mut rng = self.problem.seed.stream(purpose, index);
        match self.open_candidates() {
            None => Some(self.problem.space.sample(&mut rng)),
            Some(open) if open.is_empty() => None,
            Some(open) => Some(open[rng.random_range(0..open.len())].clone()),
        }
    }

    /// Full runs.
    pub fn finished(&self) -> impl DoubleEndedIterator<Item = &RunRecord> {
        self.runs.iter().filter(|r| r.status == Status::Finished)
    }

    /// Runs in training: started or advanced, and not yet reported.
    pub fn pending(&self) -> impl DoubleEndedIterator<Item = &RunRecord> {
        self.runs.iter().filter(|r| r.status == Status::Pending)
    }

    /// The trials in training that are not held, the latest first: what an interrupted study has to finish.
    pub fn pending_trials(&self) -> Vec<Trial> {
        self.pending().rev().filter(|r| !self.is_held(r.id)).map(RunRecord::trial).collect()
    }

    /// Runs that stopped early and can go on. Those that are held may not, and those imported cannot: their checkpoints are not here.
    pub fn paused(&self) -> impl DoubleEndedIterator<Item = &RunRecord> {
        self.runs.iter().filter(|r| r.status == Status::Paused && r.phase != Phase::Import && !self.is_held(r.id))
    }

    /// The target's value of a full run, or of a diverged run that reached one.
    pub fn value(&self, run: &RunRecord) -> Option<f64> {
        match run.status {
            Status::Finished | Status::Diverged => self.problem.target.of(&run.curve),
            Status::Pending | Status::Paused | Status::Withdrawn => None,
        }
    }

    /// The full run of lowest value, and that value: among those that satisfy the study's constraints, or else among those that violate
    /// them least ([`History::violation`]).
    pub fn best_finished(&self) -> Option<(&RunRecord, f64)> {
        let values = self.finished().filter_map(|r| Some((r, self.value(r)?, self.violation(r))));
        let best = values.min_by(|a, b| a.2.total_cmp(&b.2).then(a.1.total_cmp(&b.1)));
        best.map(|(run, value, _)| (run, value))
    }

    /// The worst value seen. A run that diverged without a value counts as this, so that searches avoid its configuration.
    pub fn worst_value(&self) -> Option<f64> {
        let last = |r: &RunRecord| self.value(r).or_else(|| r.curve.last().map(|(_, v)| v));
        self.runs.iter().filter_map(last).max_by(f64::total_cmp)
    }
}
