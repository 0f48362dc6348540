//! A budget in time: it ends the study, and sets the budget in steps that methods plan with.

use jobs_core::Steps;

use crate::{RunId, Study, StudyError};

/// Changes of the budget in steps below this share of what is left are not made: each one has the method plan anew.
const WORTH_A_CHANGE: f64 = 0.1;

/// A budget in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeLimit {
    /// Seconds of all runs together.
    pub seconds: f64,
    /// A budget in steps that holds besides.
    pub most: Option<Steps>,
}

impl Study {
    /// Limits the time of all runs together. It is no event: like the program that runs the study, it may change from day to day.
    pub fn set_time_limit(&mut self, limit: Option<TimeLimit>) {
        self.limit = limit;
    }

    /// Whether the time is used, by what has run and by what is in training.
    pub fn is_out_of_time(&self) -> bool {
        self.limit.is_some_and(|limit| self.history().seconds_with_pending() >= limit.seconds)
    }

    /// Records the time that a trial took, where time is limited ([`History::record_seconds`](crate::History::record_seconds)).
    ///
    /// # Errors
    /// A run that is not pending, or an invalid time.
    pub fn record_seconds(&mut self, run: RunId, seconds: f64) -> Result<(), StudyError> {
        if self.limit.is_none() {
            return Ok(());
        }
        Ok(self.history_mut().record_seconds(run, seconds)?)
    }

    /// Sets the budget in steps to what the time that is left covers, at the pace of the study's own runs. Without one it stays.
    ///
    /// # Errors
    /// A method that cannot split it.
    pub fn follow_time(&mut self) -> Result<(), StudyError> {
        let (Some(limit), Some(pace)) = (self.limit, self.history().seconds_per_step()) else { return Ok(()) };
        let (h, budget) = (self.history(), self.history().problem().budget);
        let left = (limit.seconds - h.seconds_with_pending()).max(0.0) / pace;
        let reachable = h.used().0.saturating_add(left as u64).min(limit.most.map_or(u64::MAX, |most| most.0));
        let total = Steps(reachable).max(h.used()).max(budget.full);
        let change = (total.as_f64() - budget.total.as_f64()).abs();
        let is_worth_it = change > WORTH_A_CHANGE * budget.total.saturating_sub(h.used()).as_f64();
        if total == budget.total || !(is_worth_it || change >= budget.full.as_f64()) {
            return Ok(());
        }
        self.set_total(total)
    }
}
