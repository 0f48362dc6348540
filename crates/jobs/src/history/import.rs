//! Runs that were trained elsewhere.

use jobs_core::LearningCurve;

use super::withdraw::wrong_metric;
use super::{History, HistoryError, RunRecord};
use crate::{Event, ImportedRun, Phase, RunId, Status};

impl History {
    /// Records runs trained elsewhere as prior knowledge, free of charge: all of them or, on an error, none. Those that stopped early stay
    /// as they are: their checkpoints are not here.
    ///
    /// # Errors
    /// A point of another space, a curve whose steps do not rise, a run without evaluations, a run that stopped early and yet reached the
    /// end, or an invalid value of another metric.
    pub fn import(&mut self, runs: Vec<ImportedRun>) -> Result<(), HistoryError> {
        let mut records = Vec::with_capacity(runs.len());
        for (index, run) in runs.iter().enumerate() {
            let id = RunId((self.runs.len() + index) as u64);
            let record = self.imported(id, run);
            records.push(record.map_err(|problem| HistoryError::Import { index, problem })?);
        }
        self.runs.extend(records);
        self.events.push(Event::Import { runs });
        Ok(())
    }

    fn imported(&self, id: RunId, run: &ImportedRun) -> Result<RunRecord, String> {
        let space = &self.problem.space;
        let point = space.point_from_record(&run.point).map_err(|e| e.to_string())?;
        let diverged = run.diverged_at.map(|s| (s, f64::NAN));
        let curve = LearningCurve::from_pairs(run.evaluations.iter().copied().chain(diverged));
        let curve = curve.map_err(|e| e.to_string())?;
        let last = run.diverged_at.or(curve.last().map(|(step, _)| step));
        let step = last.ok_or("it has no evaluation, expected at least one")?;
        let full = self.problem.budget.full;
        let status = match (run.diverged_at, run.partial) {
            (Some(_), _) => Status::Diverged,
            (None, true) if step < full => Status::Paused,
            (None, true) => return Err(format!("it stopped early and is at step {step}, expected one before {full}")),
            (None, false) => Status::Finished,
        };
        let metrics = run.metrics.clone();
        if let Some(wrong) = wrong_metric(id, &metrics, full) {
            return Err(wrong.to_string());
        }
        let (x, seed) = (space.encode(&point), self.problem.seed.derive("run", id.0));
        Ok(RunRecord { id, x, seed, point, phase: Phase::Import, step, to: step, curve, metrics, status })
    }
}
