//! The time that runs take.

use jobs_core::Steps;

use super::{History, HistoryError};
use crate::{Event, RunId, Status};

impl History {
    /// Records the time that a trial of a pending run took, interrupted ones included. What is withdrawn later stays used.
    ///
    /// # Errors
    /// A run that is not pending, or a time that is negative or not finite.
    pub fn record_seconds(&mut self, run: RunId, seconds: f64) -> Result<(), HistoryError> {
        let status = self.runs[self.index_of(run)?].status;
        if status != Status::Pending {
            return Err(HistoryError::NotPending { run, status });
        }
        if !(seconds.is_finite() && seconds >= 0.0) {
            return Err(HistoryError::WrongTime { run, seconds });
        }
        *self.seconds.entry(run).or_default() += seconds;
        self.events.push(Event::Seconds { run, seconds });
        Ok(())
    }

    /// Seconds used by all runs together, as far as they are recorded.
    pub fn seconds(&self) -> f64 {
        self.seconds.values().sum()
    }

    /// Seconds that a run has used, as far as they are recorded.
    pub fn seconds_of(&self, run: RunId) -> Option<f64> {
        self.seconds.get(&run).copied()
    }

    /// Seconds per step of the runs that have a time: start-up and evaluations included, in the proportion in which they occurred.
    pub fn seconds_per_step(&self) -> Option<f64> {
        let timed = self.counted().filter(|r| r.step > Steps::ZERO).filter_map(|r| Some((r, self.seconds.get(&r.id)?)));
        let (steps, seconds) = timed.fold((0.0, 0.0), |(n, s), (r, seconds)| (n + r.step.as_f64(), s + seconds));
        (steps > 0.0 && seconds > 0.0).then_some(seconds / steps)
    }

    /// Seconds used, and those that the trials in training are expected to take.
    pub fn seconds_with_pending(&self) -> f64 {
        self.seconds() + self.promised.as_f64() * self.seconds_per_step().unwrap_or(0.0)
    }
}
