use jobs_core::{Run, RunState, Steps, Trainer, TrainerError};
use thiserror::Error;

use crate::{Checkpoints, ExecutorError, Observer, Recommendation, Report, Study, StudyError, Trial};

/// Why a study stopped. What it was told until then stays valid.
#[derive(Debug, Error)]
pub enum DriveError {
    /// The study refused.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A run could not be trained.
    #[error("run {run}: {source}")]
    Trainer {
        /// Which run.
        run: u64,
        /// Why.
        source: TrainerError,
    },
    /// A checkpoint could not be kept or read.
    #[error("checkpoint of run {run}: {source}")]
    Checkpoint {
        /// Which run.
        run: u64,
        /// Why.
        source: std::io::Error,
    },
    /// Nothing can be trained.
    #[error(transparent)]
    Executor(#[from] ExecutorError),
    /// A run failed, and it does not look like its configuration's fault.
    #[error("run {run} failed: {why}")]
    Failed {
        /// Which run.
        run: u64,
        /// Why.
        why: String,
    },
    /// The study was asked to stop; it can go on.
    #[error("stopped; the study can go on")]
    Interrupted,
    /// An observer (a journal, say) could not go on.
    #[error("{0}")]
    Observer(String),
}

/// The whole method: asks, trains, tells, until the budget is spent. Trials left pending by an interrupted study are
/// trained first.
pub fn drive(
    study: &mut Study,
    trainer: &dyn Trainer,
    checkpoints: &mut dyn Checkpoints,
    observers: &mut [&mut dyn Observer],
) -> Result<Option<Recommendation>, DriveError> {
    let mut pending = study.pending();
    loop {
        let trial = match pending.pop() {
            Some(trial) => trial,
            None => match study.ask()? {
                Some(trial) => trial,
                None => return Ok(study.best()?),
            },
        };
        for observer in observers.iter_mut() {
            observer.asked(study, &trial).map_err(DriveError::Observer)?;
        }
        let report = train(trainer, checkpoints, &trial)?;
        study.tell(report.clone())?;
        for observer in observers.iter_mut() {
            observer.told(study, &report).map_err(DriveError::Observer)?;
        }
    }
}

/// Trains one trial: a new run, or a paused one from its checkpoint. Where the checkpoint is gone, the run is trained again
/// from its seed, which gives the same curve; the study is not charged twice for it.
fn train(trainer: &dyn Trainer, checkpoints: &mut dyn Checkpoints, trial: &Trial) -> Result<Report, DriveError> {
    let id = trial.run.0;
    let wrong = |source| DriveError::Trainer { run: id, source };
    let unkept = |source| DriveError::Checkpoint { run: id, source };
    let saved = if trial.from > Steps::ZERO { checkpoints.get(trial.run).map_err(unkept)? } else { None };
    let mut run: Box<dyn Run> = match saved {
        Some(saved) => trainer.resume(&saved).map_err(wrong)?,
        None => trainer.start(&trial.point, trial.seed).map_err(wrong)?,
    };
    let state = run.advance_to(trial.to).map_err(wrong)?;
    if state == RunState::Paused {
        checkpoints.put(trial.run, &run.save().map_err(wrong)?).map_err(unkept)?;
    } else {
        checkpoints.remove(trial.run).map_err(unkept)?;
    }
    Ok(Report { run: trial.run, step: run.step(), curve: run.curve().clone() })
}
