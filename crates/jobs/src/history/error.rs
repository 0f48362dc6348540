use jobs_core::{BudgetError, CurveError, PointError, Steps};
use thiserror::Error;

use crate::{RunId, Status};

/// Why an event is refused. A refused event changes nothing.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum HistoryError {
    /// An unusable budget.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// A point that is not of the study's space.
    #[error(transparent)]
    Point(#[from] PointError),
    /// A learning curve whose steps do not rise.
    #[error(transparent)]
    Curve(#[from] CurveError),
    /// A run number that does not exist.
    #[error("there is no run {run}; the study has {runs} runs, numbered from 0")]
    NoSuchRun {
        /// The number.
        run: RunId,
        /// Number of runs.
        runs: usize,
    },
    /// A run started out of order.
    #[error("run {run} starts, expected run {expected}")]
    OutOfOrder {
        /// The number given.
        run: RunId,
        /// The next number.
        expected: RunId,
    },
    /// Only paused runs can advance.
    #[error("run {run} cannot advance: it is {status:?}, expected {:?}", Status::Paused)]
    NotPaused {
        /// Which run.
        run: RunId,
        /// Its state.
        status: Status,
    },
    /// Only runs that have not ended can be failed or paused.
    #[error("run {run} is {status:?}, expected {:?} or {:?}", Status::Pending, Status::Paused)]
    NotUnderWay {
        /// Which run.
        run: RunId,
        /// Its state.
        status: Status,
    },
    /// A run that the user holds.
    #[error("run {run} is paused by the user")]
    Held {
        /// Which run.
        run: RunId,
    },
    /// A run that the user does not hold.
    #[error("run {run} is not paused by the user")]
    NotHeld {
        /// Which run.
        run: RunId,
    },
    /// A time that is none.
    #[error("run {run} took {seconds} seconds, expected a number of at least 0")]
    WrongTime {
        /// Which run.
        run: RunId,
        /// Its time.
        seconds: f64,
    },
    /// A run whose checkpoint is not here.
    #[error("run {run} cannot advance: it was trained elsewhere, and its checkpoint is not here")]
    Elsewhere {
        /// Which run.
        run: RunId,
    },
    /// A trial that goes backwards or past a full run.
    #[error("a trial from step {from} to step {to}; expected a later step, up to a full run's {full}")]
    StepRange {
        /// First step.
        from: Steps,
        /// Last step.
        to: Steps,
        /// Steps of a full run.
        full: Steps,
    },
    /// A trial that the budget does not cover.
    #[error("a trial of {steps} steps; {remaining} steps of the budget remain")]
    OverBudget {
        /// Steps of the trial.
        steps: Steps,
        /// Steps left.
        remaining: Steps,
    },
    /// A budget below what is used.
    #[error("a budget of {total} steps; {used} are used or reserved for runs in training, expected at least as many")]
    BelowUsed {
        /// The budget.
        total: Steps,
        /// Steps used, with those reserved for pending runs.
        used: Steps,
    },
    /// A point outside the list of candidates, or one that has a run already.
    #[error("the point is not an open candidate: it is not listed, or it has a run already")]
    NotOpen,
    /// Only pending runs can be reported.
    #[error("run {run} was reported, but it is {status:?}, expected {:?}", Status::Pending)]
    NotPending {
        /// Which run.
        run: RunId,
        /// Its state.
        status: Status,
    },
    /// A run that was withdrawn before.
    #[error("run {run} was withdrawn before")]
    Withdrawn {
        /// Which run.
        run: RunId,
    },
    /// Metrics that are not finite, or at a step outside the trial.
    #[error("run {run}: the metric `{name}` is {value} at step {step}, expected a finite value at a step up to {to}")]
    WrongMetric {
        /// Which run.
        run: RunId,
        /// The metric.
        name: String,
        /// Its value.
        value: f64,
        /// Its step.
        step: Steps,
        /// Last step of the trial.
        to: Steps,
    },
    /// A report at another step than the trial's last.
    #[error("run {run} was reported at step {reported}; its trial goes from step {from} to step {to}")]
    WrongStep {
        /// Which run.
        run: RunId,
        /// The step reported.
        reported: Steps,
        /// First step of the trial.
        from: Steps,
        /// Last step of the trial.
        to: Steps,
    },
    /// A reported curve that does not continue the curve reported before.
    #[error("run {run}: {problem}")]
    WrongCurve {
        /// Which run.
        run: RunId,
        /// What is wrong.
        problem: String,
    },
    /// A run that cannot be imported.
    #[error("imported run {index}: {problem}")]
    Import {
        /// Position in the list of imported runs, from 0.
        index: usize,
        /// What is wrong.
        problem: String,
    },
    /// An event that does not follow from those before it.
    #[error("event {index} does not fit: {source}")]
    Replay {
        /// Position of the event, from 0.
        index: usize,
        /// What is wrong.
        source: Box<Self>,
    },
}
