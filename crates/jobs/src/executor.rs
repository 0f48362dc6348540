use thiserror::Error;

use crate::{Report, RunId, Study, Trial};

/// Trains trials somewhere: threads, processes, a cluster. Several at once, in any order.
pub trait Executor {
    /// Begins trials, or goes on with them where an earlier process left off. Returns without waiting for them.
    fn submit(&mut self, study: &Study, trials: &[Trial]) -> Result<(), ExecutorError>;

    /// Waits a little (well under a second) for a trial to end.
    fn wait(&mut self) -> Result<Option<Ended>, ExecutorError>;

    /// Asks every trial to keep its state and stop. Each then ends as [`Ended::Interrupted`], or reports all the same.
    fn stop(&mut self);

    /// What people should know (a retry, lines that were no measurements), each said once.
    fn notes(&mut self) -> Vec<String> {
        vec![]
    }
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// It reached its step, or diverged.
    Report(Report),
    /// It was stopped and can go on later; the study keeps it pending.
    Interrupted(RunId),
    /// It could not be trained, retries included.
    Failed {
        /// What it did before it failed.
        report: Report,
        /// Why it failed.
        why: String,
    },
}

impl Ended {
    /// Which run.
    pub fn run(&self) -> RunId {
        match self {
            Self::Report(report) | Self::Failed { report, .. } => report.run,
            Self::Interrupted(run) => *run,
        }
    }
}

/// Why trials cannot be trained at all.
#[derive(Debug, Error)]
pub enum ExecutorError {
    /// A file or folder of a run.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// The scheduler, or whatever stands between, refused.
    #[error("{0}")]
    Refused(String),
}
