use std::sync::Arc;

use thiserror::Error;

use crate::{LearningCurve, Point, PointError, SearchSpace, Seed, Steps};

/// Trains configurations. Live fine-tuning, emulated curves and recorded runs all stand behind this.
///
/// Laws ([`crate::conformance::check_trainer`]): `advance_to(a); advance_to(b)` equals `advance_to(b)`; a saved and resumed run goes
/// on bit for bit; the same point and seed give the same run.
pub trait Trainer: Send + Sync {
    /// The space whose points it trains.
    fn space(&self) -> &SearchSpace;

    /// Steps of a full run.
    fn full_steps(&self) -> Steps;

    /// A run at step 0.
    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError>;

    /// A run as [`Run::save`] left it.
    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError>;
}

/// A trainer that several users share.
impl<T: Trainer + ?Sized> Trainer for Arc<T> {
    fn space(&self) -> &SearchSpace {
        (**self).space()
    }

    fn full_steps(&self) -> Steps {
        (**self).full_steps()
    }

    fn start(&self, point: &Point, seed: Seed) -> Result<Box<dyn Run>, TrainerError> {
        (**self).start(point, seed)
    }

    fn resume(&self, saved: &[u8]) -> Result<Box<dyn Run>, TrainerError> {
        (**self).resume(saved)
    }
}

/// Where a run stands after it was advanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It reached the step asked for and can go on.
    Paused,
    /// It reached its last step.
    Finished,
    /// Its loss stopped being finite; it will not go on. What its curve holds stays valid.
    Diverged,
}

/// One run of one configuration.
pub trait Run: Send {
    /// Trains until `step` (at most the trainer's full steps) and evaluates on the way. A step already reached is no work.
    fn advance_to(&mut self, step: Steps) -> Result<RunState, TrainerError>;

    /// Steps done.
    fn step(&self) -> Steps;

    /// Everything evaluated so far.
    fn curve(&self) -> &LearningCurve;

    /// The complete state, for [`Trainer::resume`].
    fn save(&self) -> Result<Vec<u8>, TrainerError>;
}

/// Why a run could not start or go on. Divergence is not an error: see [`RunState::Diverged`].
#[derive(Debug, Error)]
pub enum TrainerError {
    /// The point does not belong to the trainer's space.
    #[error(transparent)]
    Point(#[from] PointError),
    /// Asked to go past a full run.
    #[error("asked to advance to step {asked}, a full run has {full}")]
    PastFull {
        /// The step asked for.
        asked: Steps,
        /// The trainer's full steps.
        full: Steps,
    },
    /// Saved state that does not belong to this trainer or is damaged.
    #[error("cannot resume a run: {0}")]
    BadCheckpoint(String),
    /// Anything else the trainer met; kept as its own words.
    #[error("training failed: {0}")]
    Failed(String),
}
