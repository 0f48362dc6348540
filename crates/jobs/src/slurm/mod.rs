//! Attempts as tasks of Slurm job arrays.
//!
//! A batch of attempts is one `sbatch` of an array; the states of its tasks come from `squeue --json`. Tasks write their own files and
//! exit statuses (see [`external`](crate::external)), so they keep running when the study stops or is killed.
//!
//! | event | reaction |
//! | --- | --- |
//! | the controller does not answer, or answers nonsense | wait, for up to a day; a batch that may have been accepted is looked up by name |
//! | the queue is empty, all tasks included | wait for ten such answers before a task counts as lost |
//! | an array is larger than the cluster's MaxArraySize | submit smaller ones |
//! | `squeue --json` or another program is missing | an error before anything is submitted |
//! | a node fails, a task is requeued or preempted | Slurm starts it again, with `resume` set |
//! | the time limit | SIGTERM some time before; the run resumes in a new task |
//! | a task is cancelled, fails, or leaves the queue | its lines decide: resume from its checkpoint, or fail after several attempts |
//! | the process of the study stops or dies | tasks keep running; the next process takes them over |

mod batch;
mod launcher;
mod programs;
mod queue;

pub use launcher::SlurmLauncher;
pub use queue::{JobState, QueuedTask, parse_queue};

use std::path::PathBuf;
use std::time::Duration;

/// The default of [`SlurmOptions::patience`]: a day covers most maintenance.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// How tasks are submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct SlurmOptions {
    /// Partition; `None`: the default of the cluster.
    pub partition: Option<String>,
    /// Account to charge.
    pub account: Option<String>,
    /// Generic resources of a task, as `gpu:1`.
    pub gres: Option<String>,
    /// Time limit of a task, as Slurm writes it (`2:00:00`).
    pub time: Option<String>,
    /// Further options of `sbatch`, as `--mem=64G`, each a line.
    pub extra: Vec<String>,
    /// Lines of shell before the command: modules, environments.
    pub setup: Vec<String>,
    /// Time before the time limit at which a task is told to save a checkpoint.
    pub grace: Duration,
    /// Time between two queries of the queue.
    pub poll: Duration,
    /// How long the study waits for a Slurm that answered before and does not any more.
    pub patience: Duration,
    /// Slurm's configuration, where it is not in its usual place: what its programs take from `SLURM_CONF`.
    pub conf: Option<PathBuf>,
}

impl Default for SlurmOptions {
    fn default() -> Self {
        Self {
            partition: None,
            account: None,
            gres: None,
            time: None,
            extra: vec![],
            setup: vec![],
            grace: Duration::from_secs(120),
            poll: Duration::from_secs(10),
            patience: PATIENCE,
            conf: None,
        }
    }
}
