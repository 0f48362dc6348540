//! Metrics besides that of the study, and runs that the user withdraws.

use std::collections::BTreeMap;

use jobs_core::{LearningCurve, Steps};

use super::{History, HistoryError};
use crate::{Event, MetricValues, Phase, RunId, Status};

impl History {
    /// Records that files which the study depends on have changed, and that the user accepts it. Nothing else follows from it here.
    pub fn accept_files(&mut self, hashes: BTreeMap<String, String>) {
        self.events.push(Event::Files { hashes });
    }

    /// Records metrics of a pending run. A value at a step that has one replaces it.
    ///
    /// # Errors
    /// A run that is not pending; a value that is not finite or not at a step of the run.
    pub fn record_metrics(&mut self, run: RunId, values: MetricValues) -> Result<(), HistoryError> {
        let index = self.index_of(run)?;
        let (status, to) = (self.runs[index].status, self.runs[index].to);
        if status != Status::Pending {
            return Err(HistoryError::NotPending { run, status });
        }
        if let Some(wrong) = wrong_metric(run, &values, to) {
            return Err(wrong);
        }
        let known = &mut self.runs[index].metrics;
        for (name, new) in &values {
            let all = known.entry(name.clone()).or_default();
            all.retain(|(step, _)| new.iter().all(|(s, _)| s != step));
            all.extend(new);
            all.sort_by_key(|(step, _)| *step);
        }
        self.events.push(Event::Metrics { run, values });
        Ok(())
    }

    /// Withdraws a run, whatever its state: a report entered by mistake, or a run that was asked for and given up. It keeps its number
    /// and configuration, has no data any more, and counts for nothing. Returns the steps that are free again.
    ///
    /// # Errors
    /// A run that does not exist, or that was withdrawn before.
    ///
    /// ```
    /// # use jobs::{History, Phase, Problem, Report, Status};
    /// # use jobs_core::{Budget, LearningCurve, SearchSpace, Seed, Steps, Target};
    /// # let space = SearchSpace::from_toml_str("[[dimension]]\nname = 'rate'\nkind = 'real'\nlow = 0.0\nhigh = 1.0")?;
    /// # let point = space.design(1, Seed(0)).remove(0);
    /// # let budget = Budget { total: Steps(500), full: Steps(100), early: Steps(20) };
    /// # let mut history = History::new(Problem::new(space, budget, Target::Best, Seed(0)))?;
    /// let trial = history.start(point, Steps(20), Phase::Search)?;
    /// let curve = LearningCurve::from_pairs([(Steps(20), 0.001)])?; // a typing error
    /// history.tell(Report { run: trial.run, step: trial.to, curve })?;
    /// assert_eq!(history.forget(trial.run)?, Steps(20));
    /// assert_eq!((history.spent(), history.runs()[0].status), (Steps(0), Status::Withdrawn));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn forget(&mut self, run: RunId) -> Result<Steps, HistoryError> {
        let freed = self.withdraw(run)?;
        self.events.push(Event::Forget { run });
        Ok(freed)
    }

    pub(super) fn withdraw(&mut self, run: RunId) -> Result<Steps, HistoryError> {
        let index = self.index_of(run)?;
        let record = &mut self.runs[index];
        if record.status == Status::Withdrawn {
            return Err(HistoryError::Withdrawn { run });
        }
        let promised = record.to.saturating_sub(record.step);
        // imported runs were free of charge
        let spent = if record.phase == Phase::Import { Steps::ZERO } else { record.step };
        (record.step, record.to, record.status) = (Steps::ZERO, Steps::ZERO, Status::Withdrawn);
        (record.curve, record.metrics) = (LearningCurve::new(), MetricValues::new());
        self.spent = self.spent.saturating_sub(spent);
        self.promised = self.promised.saturating_sub(promised);
        self.held.remove(&run);
        Ok(spent.saturating_add(promised))
    }
}

/// The first value that is not finite, or after step `to`.
pub(super) fn wrong_metric(run: RunId, values: &MetricValues, to: Steps) -> Option<HistoryError> {
    let mut all = values.iter().flat_map(|(name, v)| v.iter().map(move |(step, value)| (name, *step, *value)));
    let (name, step, value) = all.find(|(_, step, v)| !v.is_finite() || *step > to)?;
    Some(HistoryError::WrongMetric { run, name: name.clone(), value, step, to })
}
