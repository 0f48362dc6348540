use std::path::PathBuf;

use jobs_core::{Steps, TrainerError};
use thiserror::Error;

use crate::{History, MetricValues, Report, RunId, Timing, Trial};

/// Trains trials: on this thread, on others, in processes, on a cluster. Several at once, ending in any order.
pub trait Executor {
    /// Starts trials, or resumes them where an earlier process left off. Returns without waiting for them.
    ///
    /// # Errors
    /// Nothing can be trained; no trial of the study goes on.
    fn submit(&mut self, history: &History, trials: &[Trial]) -> Result<(), ExecutorError>;

    /// The next trial that has ended; `None` where none has after a short wait (well under a second).
    ///
    /// # Errors
    /// Nothing can be trained any more.
    fn wait(&mut self) -> Result<Option<Outcome>, ExecutorError>;

    /// Stops every trial with its state saved. Each still ends in [`Self::wait`]: as [`Outcome::Interrupted`], or with its report
    /// where it is done all the same.
    fn stop(&mut self);

    /// Other metrics that the trial of a run reported, once it has ended in [`Self::wait`].
    fn metrics(&mut self, _run: RunId) -> MetricValues {
        MetricValues::new()
    }

    /// How long the trial of a run took, once it has ended in [`Self::wait`]; `None` where nobody measured it.
    fn timing(&mut self, _run: RunId) -> Option<Timing> {
        None
    }

    /// Messages for the user (a retry, lines that are not measurements) since the last call.
    fn notes(&mut self) -> Vec<String> {
        vec![]
    }
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It reached its step, or diverged.
    Report(Report),
    /// It was stopped and can go on later; the study keeps it pending.
    Interrupted(RunId),
    /// It could not be trained, retries included.
    Failed {
        /// What it trained before it failed.
        report: Report,
        /// Why it failed.
        why: String,
    },
}

impl Outcome {
    /// Which run.
    pub fn run(&self) -> RunId {
        match self {
            Self::Report(report) | Self::Failed { report, .. } => report.run,
            Self::Interrupted(run) => *run,
        }
    }
}

/// Why no trial can be trained.
#[derive(Debug, Error)]
pub enum ExecutorError {
    /// A file or folder of a run.
    #[error("{what}: {source}")]
    Io {
        /// What was read or written.
        what: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// A trainer that is not expected to fail did.
    #[error("run {run}: {source}")]
    Trainer {
        /// Which run.
        run: RunId,
        /// Why.
        source: TrainerError,
    },
    /// A run reached its step without reporting the metric.
    #[error(
        "run {run} reached step {step} without reporting `{metric}`; its lines reported {}. Fix the trainer, or `metric` in the study file, \
         and remove {} before running again",
        keys.join(", "),
        folder.display()
    )]
    NoMetric {
        /// Which run.
        run: RunId,
        /// The step it reached.
        step: Steps,
        /// The metric of the study.
        metric: String,
        /// Keys of the lines it printed.
        keys: Vec<String>,
        /// The run's folder.
        folder: PathBuf,
    },
    /// The scheduler refused.
    #[error("{0}")]
    Refused(String),
}
