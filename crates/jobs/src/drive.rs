use thiserror::Error;

use crate::{Executor, ExecutorError, Observer, Outcome, Recommendation, Report, Study, StudyError, Trial};

/// This many failures in a row are not the fault of the configurations.
const FAILURES_IN_A_ROW: usize = 3;

/// How a study is driven.
#[derive(Clone, Copy)]
pub struct DriveOptions<'a> {
    /// Trials in training at once, at least one.
    pub workers: usize,
    /// Polled several times a second; once it returns `true` the study stops and can go on later.
    pub stop: &'a dyn Fn() -> bool,
}

impl Default for DriveOptions<'_> {
    /// One trial at a time, to the end of the budget.
    fn default() -> Self {
        Self { workers: 1, stop: &|| false }
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
    /// A run failed, and the cause does not seem to be its configuration.
    #[error("run {run} failed: {why}")]
    Failed {
        /// Which run.
        run: u64,
        /// Why.
        why: String,
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
/// A failed run is reported as diverged, so that the search avoids its configuration. The study stops instead where nothing has
/// been trained yet, or after three failures in a row: the configurations are then unlikely to be the cause.
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
    let (mut running, mut stopping, mut failures) = (0, false, 0);
    loop {
        if (options.stop)() && !stopping {
            stopping = true;
            executor.stop();
        }
        let free = if stopping { 0 } else { options.workers.max(1).saturating_sub(running) };
        let trials = next_trials(study, &mut waiting, free, observers)?;
        if !trials.is_empty() {
            running += trials.len();
            executor.submit(study.history(), &trials)?;
        }
        if running == 0 {
            return if stopping { Err(DriveError::Interrupted) } else { Ok(study.best()?) };
        }
        let outcome = executor.wait()?;
        for note in executor.notes() {
            observers.iter_mut().for_each(|o| o.noted(&note));
        }
        let Some(outcome) = outcome else { continue };
        running -= 1;
        let report = match outcome {
            Outcome::Interrupted(_) => continue,
            Outcome::Report(report) => {
                failures = 0;
                report
            }
            Outcome::Failed { report, why } => {
                failures += 1;
                if study.history().tells() == 0 || failures == FAILURES_IN_A_ROW {
                    executor.stop();
                    return Err(DriveError::Failed { run: report.run.0, why });
                }
                let note = format!("run {} counts as diverged: {why}", report.run);
                observers.iter_mut().for_each(|o| o.noted(&note));
                study.history().as_diverged(report)
            }
        };
        record(study, report, observers)?;
    }
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

fn record(study: &mut Study, report: Report, observers: &mut [&mut dyn Observer]) -> Result<(), DriveError> {
    study.tell(report.clone())?;
    for observer in observers.iter_mut() {
        observer.told(study, &report).map_err(DriveError::Observer)?;
    }
    Ok(())
}
