use super::Attempt;
use crate::{ExecutorError, RunId};

/// Starts attempts and follows them: processes of this machine, tasks of a cluster.
///
/// The command writes to the attempt's files itself, and a file receives its exit status, so the launcher of a later process can
/// follow an attempt that it never launched.
pub trait Launcher {
    /// Starts attempts, each with its own command line and files.
    fn launch(&mut self, attempts: &[Attempt]) -> Result<(), ExecutorError>;

    /// Takes over an attempt launched by an earlier process.
    fn adopt(&mut self, attempt: &Attempt) -> Result<(), ExecutorError>;

    /// The present state of an attempt.
    fn fate(&mut self, attempt: &Attempt) -> Result<Fate, ExecutorError>;

    /// Has an attempt save its state and stop.
    fn terminate(&mut self, attempt: &Attempt);

    /// Ends an attempt.
    fn kill(&mut self, attempt: &Attempt);

    /// Forgets an attempt that has ended.
    fn forget(&mut self, run: RunId);

    /// Whether attempts keep running when the process of the study stops.
    fn outlives_us(&self) -> bool;

    /// Messages for the user since the last call.
    fn notes(&mut self) -> Vec<String> {
        vec![]
    }
}

/// State of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is queued.
    Waiting,
    /// It runs.
    Running,
    /// It ended with this status; above 128, by the signal status - 128.
    Exited(i32),
    /// It ended without a status: killed with its machine, cancelled, out of time.
    Lost(String),
}
