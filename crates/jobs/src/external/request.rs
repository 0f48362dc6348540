use std::path::PathBuf;

use jobs_core::{PointRecord, Steps};
use serde::{Deserialize, Serialize};

use crate::{RunId, Trial};

/// The input of a training command (see the [module](super)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Number of the run.
    pub run: RunId,
    /// The run's seed, below 2^31, which every language and library accepts.
    pub seed: u64,
    /// The configuration.
    pub configuration: PointRecord,
    /// Steps trained and charged already.
    pub from: Steps,
    /// The step to reach.
    pub to: Steps,
    /// Steps of a full run.
    pub full_steps: Steps,
    /// The run's folder for checkpoints.
    pub checkpoint: PathBuf,
    /// Whether to resume from the newest checkpoint there, if there is one.
    pub resume: bool,
    /// Name of the metric to report.
    pub metric: String,
}

impl Request {
    /// The request of a trial, for a command that reports `metric` and keeps its state in `checkpoint`.
    pub fn of(trial: &Trial, full_steps: Steps, metric: &str, checkpoint: PathBuf, resume: bool) -> Self {
        Self {
            run: trial.run,
            seed: trial.seed.0 & 0x7fff_ffff,
            configuration: trial.point.record(),
            from: trial.from,
            to: trial.to,
            full_steps,
            checkpoint,
            resume,
            metric: metric.to_owned(),
        }
    }

    /// Whether it is for the same trial, resumed or not.
    pub(super) fn same_trial(&self, other: &Self) -> bool {
        (self.run, self.from, self.to, self.seed) == (other.run, other.from, other.to, other.seed)
            && self.configuration == other.configuration
    }
}
