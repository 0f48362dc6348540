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
        *self.untold.entry(run).or_default() += seconds;
        self.events.push(Event::Seconds { run, seconds });
        Ok(())
    }

    /// Notes how many steps the time of a reported trial was for.
    pub(super) fn time_report(&mut self, run: RunId, steps: Steps) {
        if let Some(seconds) = self.untold.remove(&run).filter(|_| steps > Steps::ZERO) {
            self.timings.push((steps.as_f64(), seconds));
        }
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

    /// How long trials take, by least squares over those that were timed; `None` before the first.
    pub fn pace(&self) -> Option<Pace> {
        let n = self.timings.len() as f64;
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| self.timings.iter().map(of).sum::<f64>() / n;
        let (steps, seconds) = (mean(&|t| t.0), mean(&|t| t.1));
        if steps.is_nan() || steps <= 0.0 {
            return None;
        }
        let (spread, common) = (mean(&|t| (t.0 - steps).powi(2)), mean(&|t| (t.0 - steps) * (t.1 - seconds)));
        let step = if spread > 0.0 { common / spread } else { seconds / steps };
        // neither part is negative: otherwise the other one explains all
        Some(match seconds - step * steps {
            _ if step <= 0.0 => Pace { start_up: seconds, step: 0.0 },
            start_up if start_up < 0.0 => Pace { start_up: 0.0, step: seconds / steps },
            start_up => Pace { start_up, step },
        })
    }

    /// Seconds used, and those that the trials in training are expected to take.
    pub fn seconds_with_pending(&self) -> f64 {
        let Some(pace) = self.pace() else { return self.seconds() };
        let pending = self.pending().map(|r| pace.seconds(r.to.saturating_sub(r.step)));
        self.seconds() + pending.sum::<f64>()
    }
}

/// How long trials take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Seconds before the first step: loading the model and a checkpoint.
    pub start_up: f64,
    /// Seconds of a step, with its share of evaluations and checkpoints.
    pub step: f64,
}

impl Pace {
    /// Expected seconds of a trial of so many steps.
    pub fn seconds(&self, steps: Steps) -> f64 {
        self.start_up + self.step * steps.as_f64()
    }
}
