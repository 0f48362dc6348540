//! Runs that the user takes out of the search's hands: skipped, failed, or paused for a while.

use jobs_core::{LearningCurve, Steps};

use super::{History, HistoryError};
use crate::{Event, MetricValues, Phase, RunId, Status};

impl History {
    /// Withdraws a run ([`Self::forget`]) whose configuration is not to be tried: it is not proposed again. Returns the steps that are free
    /// again.
    ///
    /// # Errors
    /// A run that does not exist, or that was withdrawn before.
    pub fn skip(&mut self, run: RunId) -> Result<Steps, HistoryError> {
        let freed = self.withdraw(run)?;
        self.skipped.insert(run);
        self.events.push(Event::Skip { run });
        Ok(freed)
    }

    /// Marks a run as failed: it counts as diverged without any loss, so that the search avoids its configuration. The steps that were
    /// reserved for it are free again.
    ///
    /// # Errors
    /// A run that does not exist, or that has ended already.
    ///
    /// ```
    /// # use jobs::{History, Phase, Problem, Status};
    /// # use jobs_core::{Budget, SearchSpace, Seed, Steps, Target};
    /// # let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rate'\nkind = 'real'\nlow = 0.0\nhigh = 1.0")?;
    /// # let point = space.design(1, Seed(0)).remove(0);
    /// # let budget = Budget { total: Steps(500), full: Steps(100), early: Steps(20) };
    /// # let mut history = History::new(Problem::new(space, budget, Target::Best, Seed(0)))?;
    /// let run = history.start(point, Steps(100), Phase::Search)?.run; // it turns out to need too much memory
    /// history.fail(run)?;
    /// assert_eq!((history.runs()[0].status, history.remaining()), (Status::Diverged, Steps(500)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fail(&mut self, run: RunId) -> Result<(), HistoryError> {
        let index = self.index_of(run)?;
        let record = &mut self.runs[index];
        if !matches!(record.status, Status::Pending | Status::Paused) {
            return Err(HistoryError::NotUnderWay { run, status: record.status });
        }
        let mut curve = LearningCurve::new();
        curve.push(record.step.max(Steps(1)), f64::NAN)?;
        let reserved = record.to.saturating_sub(record.step);
        (record.curve, record.metrics, record.to, record.status) =
            (curve, MetricValues::new(), record.step, Status::Diverged);
        self.promised = self.promised.saturating_sub(reserved);
        self.held.remove(&run);
        self.events.push(Event::Fail { run });
        Ok(())
    }

    /// Holds a run: it is not trained further until it is [released](Self::release). The steps reserved for it stay reserved.
    ///
    /// # Errors
    /// A run that does not exist, has ended, or is held already.
    pub fn hold(&mut self, run: RunId) -> Result<(), HistoryError> {
        let record = &self.runs[self.index_of(run)?];
        let goes_on = matches!(record.status, Status::Pending | Status::Paused) && record.phase != Phase::Import;
        if !goes_on {
            return Err(HistoryError::NotUnderWay { run, status: record.status });
        }
        if !self.held.insert(run) {
            return Err(HistoryError::Held { run });
        }
        self.events.push(Event::Hold { run });
        Ok(())
    }

    /// Lets a held run go on.
    ///
    /// # Errors
    /// A run that is not held.
    pub fn release(&mut self, run: RunId) -> Result<(), HistoryError> {
        self.index_of(run)?;
        if !self.held.remove(&run) {
            return Err(HistoryError::NotHeld { run });
        }
        self.events.push(Event::Release { run });
        Ok(())
    }

    /// Whether a run is held.
    pub fn is_held(&self, run: RunId) -> bool {
        self.held.contains(&run)
    }

    /// The runs that are held.
    pub fn held(&self) -> impl Iterator<Item = RunId> + '_ {
        self.held.iter().copied()
    }
}
