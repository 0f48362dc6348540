use std::collections::BTreeMap;
use std::time::Instant;

use thiserror::Error;

use crate::{Executor, ExecutorError, Observer, Outcome, Recommendation, Report, RunId, Study, StudyError, Trial};

/// Failures in a row after which a study stops, unless something else is set.
const FAILURES_IN_A_ROW: usize = 3;

/// How a study is driven.
#[derive(Clone, Copy)]
pub struct DriveOptions<'a> {
    /// Trials in training at once, at least one.
    pub workers: usize,
    /// Polled several times a second; once it returns `true` the study stops and can go on later.
    pub stop: &'a dyn Fn() -> bool,
    /// Runs that may fail one after the other; with as many the study stops, since the configurations are then unlikely to be the cause.
    pub max_failures_in_a_row: usize,
    /// Runs that may fail in all while this loop runs; with as many the study stops. `None`: any number.
    pub max_failures: Option<usize>,
}

impl Default for DriveOptions<'_> {
    /// One trial at a time, to the end of the budget.
    fn default() -> Self {
        Self { workers: 1, stop: &|| false, max_failures_in_a_row: FAILURES_IN_A_ROW, max_failures: None }
    }
}

/// Why a study stopped. Everything reported before stays valid.
#[derive(Debug, Error)]
pub enum DriveError {
    /// The study refused a trial or a report.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// Nothing can be trained.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// A run failed and a limit of [`DriveOptions`] is reached.
    #[error("run {run} failed: {why}; {limit}")]
    Failed {
        /// The last run that failed.
        run: u64,
        /// Why.
        why: String,
        /// The limit, in words.
        limit: String,
    },
    /// No run of the study has ever had a finite loss.
    #[error("all {runs} runs so far diverged before their first finite loss")]
    NoValue {
        /// Runs that have ended.
        runs: usize,
    },
    /// A stop was requested; the study can go on.
    #[error("stopped; the study can go on")]
    Interrupted,
    /// An observer (a journal, for example) failed.
    #[error("{0}")]
    Observer(String),
}

/// The loop of every study: asks for trials, has them trained, records their reports, until the budget is used up.
///
/// Up to `workers` trials are in training at once and are reported in the order in which they end. Trials that an interrupted
/// study left pending come first. With an [`InlineExecutor`](crate::InlineExecutor) this is the plain sequential loop.
///
/// A failed run, even the first, is recorded as diverged, so that the search avoids its configuration and goes on with another. The study
/// stops at the limits of [`DriveOptions`], and where as many runs as may fail in a row have ended and none has ever had a finite loss.
///
/// # Errors
/// [`DriveError`]; [`DriveError::Interrupted`] after a stop, once all trials have ended.
///
/// ```
/// use jobs::{DriveOptions, InlineExecutor, Study, drive};
/// # use jobs_core::{Run, RunState, Trainer, TrainerError};
/// # fn example(study: &mut Study, trainer: &dyn Trainer) -> Result<(), jobs::DriveError> {
/// let best = drive(study, &mut InlineExecutor::new(trainer), &mut [], DriveOptions::default())?;
/// # Ok(())
/// # }
/// ```
pub fn drive(
    study: &mut Study,
    executor: &mut dyn Executor,
    observers: &mut [&mut dyn Observer],
    options: DriveOptions<'_>,
) -> Result<Option<Recommendation>, DriveError> {
    let mut waiting = study.history().pending_trials();
    let (mut running, mut stopping, mut failures) = (0, false, Failures::default());
    let mut started: BTreeMap<RunId, Instant> = BTreeMap::new();
    loop {
        if (options.stop)() && !stopping {
            stopping = true;
            executor.stop();
        }
        let free = if stopping { 0 } else { options.workers.max(1).saturating_sub(running) };
        let trials = next_trials(study, &mut waiting, free, observers)?;
        if !trials.is_empty() {
            running += trials.len();
            started.extend(trials.iter().map(|t| (t.run, Instant::now())));
            executor.submit(study.history(), &trials)?;
        }
        if running == 0 {
            return if stopping { Err(DriveError::Interrupted) } else { Ok(study.best()?) };
        }
        let outcome = executor.wait().inspect_err(|_| executor.stop())?;
        for note in executor.notes() {
            observers.iter_mut().for_each(|o| o.noted(&note));
        }
        let Some(outcome) = outcome else { continue };
        running -= 1;
        if let Some(since) = started.remove(&outcome.run()) {
            study.record_seconds(outcome.run(), since.elapsed().as_secs_f64())?;
        }
        let failed = take(study, executor, outcome, observers, &mut failures, &options)?;
        if let Some(error) = failed {
            executor.stop();
            return Err(error);
        }
    }
}

/// Records what became of a trial; gives back why the loop has to end, if it has to.
fn take(
    study: &mut Study,
    executor: &mut dyn Executor,
    outcome: Outcome,
    observers: &mut [&mut dyn Observer],
    failures: &mut Failures,
    options: &DriveOptions<'_>,
) -> Result<Option<DriveError>, DriveError> {
    let failed = match outcome {
        Outcome::Interrupted(run) => {
            interrupted(study, run, observers)?;
            return Ok(None);
        }
        Outcome::Report(report) => {
            failures.in_a_row = 0;
            record(study, executor, report, observers)?;
            None
        }
        Outcome::Failed { report, why } => {
            let (run, limit) = (report.run.0, failures.count(options));
            observers.iter_mut().for_each(|o| o.noted(&format!("run {run} counts as diverged: {why}")));
            let report = study.history().as_diverged(report);
            record(study, executor, report, observers)?;
            limit.map(|limit| DriveError::Failed { run, why, limit })
        }
    };
    Ok(failed.or_else(|| without_value(study, options)))
}

/// Runs that failed while the loop ran.
#[derive(Default)]
struct Failures {
    in_a_row: usize,
    all: usize,
}

impl Failures {
    /// Counts one more; the limit that it reaches, in words.
    fn count(&mut self, options: &DriveOptions<'_>) -> Option<String> {
        (self.in_a_row, self.all) = (self.in_a_row + 1, self.all + 1);
        if self.in_a_row >= options.max_failures_in_a_row.max(1) {
            return Some(format!("{} runs in a row have failed", self.in_a_row));
        }
        options.max_failures.filter(|most| self.all >= *most).map(|_| format!("{} runs have failed", self.all))
    }
}

/// An error where enough runs have ended and none of the study has a finite loss.
fn without_value(study: &Study, options: &DriveOptions<'_>) -> Option<DriveError> {
    let history = study.history();
    if history.runs().iter().any(|run| run.curve.best().is_some()) {
        return None;
    }
    let runs = history.runs().iter().filter(|run| run.curve.diverged_at().is_some()).count();
    (runs >= options.max_failures_in_a_row.max(1)).then_some(DriveError::NoValue { runs })
}

/// Up to `free` trials: those left pending first, then those the method proposes.
fn next_trials(
    study: &mut Study,
    waiting: &mut Vec<Trial>,
    free: usize,
    observers: &mut [&mut dyn Observer],
) -> Result<Vec<Trial>, DriveError> {
    let mut trials = vec![];
    while trials.len() < free {
        let next = match waiting.pop() {
            Some(trial) => Some(trial),
            None => study.ask()?,
        };
        let Some(trial) = next else { break };
        for observer in observers.iter_mut() {
            observer.asked(study, &trial).map_err(DriveError::Observer)?;
        }
        trials.push(trial);
    }
    Ok(trials)
}

/// Has observers record what happened since the last report: the time that an interrupted trial took.
fn interrupted(study: &Study, run: RunId, observers: &mut [&mut dyn Observer]) -> Result<(), DriveError> {
    let Some(trial) = study.history().pending_trials().into_iter().find(|t| t.run == run) else { return Ok(()) };
    if study.history().seconds_of(run).is_some() {
        for observer in observers.iter_mut() {
            observer.asked(study, &trial).map_err(DriveError::Observer)?;
        }
    }
    Ok(())
}

fn record(
    study: &mut Study,
    executor: &mut dyn Executor,
    report: Report,
    observers: &mut [&mut dyn Observer],
) -> Result<(), DriveError> {
    let metrics = executor.metrics(report.run);
    if !metrics.is_empty() {
        study.record_metrics(report.run, metrics)?;
    }
    if let Some(timing) = executor.timing(report.run) {
        observers.iter_mut().for_each(|o| o.timed(report.run, timing));
    }
    study.tell(report.clone())?;
    study.follow_time()?;
    for observer in observers.iter_mut() {
        observer.told(study, &report).map_err(DriveError::Observer)?;
    }
    Ok(())
}
