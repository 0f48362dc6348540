//! Attempts as tasks of Slurm job arrays, without a process of ours on the cluster.
//!
//! A batch of attempts is one `sbatch` of an array; what becomes of its tasks is read from `squeue --json`. The tasks write their
//! own files and exit statuses (see [`external`](crate::external)), so a study may stop, or be killed, while they go on.
//!
//! | what happens | what follows |
//! | --- | --- |
//! | the controller does not answer | waiting, until it does; a batch it may or may not have taken is looked for by name |
//! | a node fails, a task is requeued or preempted | Slurm starts it again, with `resume` set |
//! | the time limit | SIGTERM some time before; the run goes on in a new task |
//! | a task is cancelled, fails, or is forgotten | judged by its lines: on from its checkpoint, or failed after some attempts |
//! | the study's process stops or dies | tasks go on; the next process takes them over |

mod batch;
mod launcher;
mod programs;
mod queue;

pub use launcher::SlurmLauncher;
pub use queue::{JobState, QueuedTask, parse_queue};

use std::path::PathBuf;
use std::time::Duration;

/// How tasks are submitted.
#[derive(Clone, Debug, PartialEq)]
pub struct SlurmOptions {
    /// Partition; Slurm's default without.
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
    /// So long before the time limit a task is asked to keep a checkpoint.
    pub grace: Duration,
    /// Time between two looks at the queue.
    pub poll: Duration,
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
            conf: None,
        }
    }
}
