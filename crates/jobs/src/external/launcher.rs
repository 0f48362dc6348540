use super::Attempt;
use crate::{ExecutorError, RunId};

/// Starts attempts and says what became of them: processes of this machine, tasks of a cluster.
///
/// The command writes to the attempt's files by itself and its exit status is left in one, so a launcher of a later process can
/// say what became of an attempt it never launched.
pub trait Launcher {
    /// Starts attempts, each with its own command line and files.
    fn launch(&mut self, attempts: &[Attempt]) -> Result<(), ExecutorError>;

    /// Takes over an attempt launched by an earlier process.
    fn adopt(&mut self, attempt: &Attempt) -> Result<(), ExecutorError>;

    /// What is known of an attempt now.
    fn fate(&mut self, attempt: &Attempt) -> Result<Fate, ExecutorError>;

    /// Asks an attempt to keep its state and stop.
    fn terminate(&mut self, attempt: &Attempt);

    /// Ends an attempt.
    fn kill(&mut self, attempt: &Attempt);

    /// Forgets an attempt that has ended.
    fn forget(&mut self, run: RunId);

    /// Whether attempts go on by themselves when the study's process stops.
    fn outlives_us(&self) -> bool;

    /// What people should know, each said once.
    fn notes(&mut self) -> Vec<String> {
        vec![]
    }
}

/// What is known of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits for its turn.
    Waiting,
    /// It runs.
    Running,
    /// It ended with this status; from 128 on by signal status - 128.
    Exited(i32),
    /// It ended without a status: killed with its machine, cancelled, out of time.
    Lost(String),
}
