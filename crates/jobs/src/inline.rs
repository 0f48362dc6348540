use std::collections::VecDeque;

use jobs_core::{Run, RunState, Steps, Trainer};

use crate::{Checkpoints, Executor, ExecutorError, History, MemoryCheckpoints, Outcome, Report, Trial};

/// Trains on the calling thread, one trial after another in the order of submission.
///
/// A paused run resumes from its checkpoint. Where the checkpoint is gone, the run is trained again from its seed, which gives
/// the same curve and is not charged twice. An error of the trainer stops the study ([`ExecutorError::Trainer`]).
pub struct InlineExecutor<'a> {
    trainer: &'a dyn Trainer,
    checkpoints: Box<dyn Checkpoints + 'a>,
    submitted: VecDeque<Trial>,
    stopping: bool,
}

impl<'a> InlineExecutor<'a> {
    /// Keeps checkpoints in memory.
    pub fn new(trainer: &'a dyn Trainer) -> Self {
        Self::with_checkpoints(trainer, MemoryCheckpoints::default())
    }

    /// Keeps checkpoints in `checkpoints`.
    pub fn with_checkpoints(trainer: &'a dyn Trainer, checkpoints: impl Checkpoints + 'a) -> Self {
        Self { trainer, checkpoints: Box::new(checkpoints), submitted: VecDeque::new(), stopping: false }
    }

    fn train(&mut self, trial: &Trial) -> Result<Report, ExecutorError> {
        let failed = |source| ExecutorError::Trainer { run: trial.run, source };
        let unkept = |source| ExecutorError::Io { what: format!("the checkpoint of run {}", trial.run), source };
        let saved = if trial.from > Steps::ZERO { self.checkpoints.get(trial.run).map_err(unkept)? } else { None };
        let mut run: Box<dyn Run> = match saved {
            Some(saved) => self.trainer.resume(&saved).map_err(failed)?,
            None => self.trainer.start(&trial.point, trial.seed).map_err(failed)?,
        };
        if run.advance_to(trial.to).map_err(failed)? == RunState::Paused {
            self.checkpoints.put(trial.run, &run.save().map_err(failed)?).map_err(unkept)?;
        } else {
            self.checkpoints.remove(trial.run).map_err(unkept)?;
        }
        Ok(Report { run: trial.run, step: run.step(), curve: run.curve().clone() })
    }
}

impl Executor for InlineExecutor<'_> {
    fn submit(&mut self, _history: &History, trials: &[Trial]) -> Result<(), ExecutorError> {
        self.submitted.extend(trials.iter().cloned());
        Ok(())
    }

    fn wait(&mut self) -> Result<Option<Outcome>, ExecutorError> {
        let Some(trial) = self.submitted.pop_front() else { return Ok(None) };
        if self.stopping {
            return Ok(Some(Outcome::Interrupted(trial.run)));
        }
        self.train(&trial).map(Outcome::Report).map(Some)
    }

    fn stop(&mut self) {
        self.stopping = true;
    }
}
